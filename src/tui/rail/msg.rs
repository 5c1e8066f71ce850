//! What can happen to the rail, and what somebody else has to do about it: data only.

use super::{Parts, Picture, Role, Session};

/// Something that happens to the rail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// It is so many cells wide and high.
    Resize(u16, u16),
    /// These pictures are open.
    Pictures {
        /// All of them.
        list: Vec<Picture>,
        /// The one in view.
        in_view: Option<usize>,
        /// The one beside it.
        second: Option<usize>,
    },
    /// The picture in view has these parts.
    Parts(Option<Parts>),
    /// This part is in view.
    Part(usize),
    /// This session and those before.
    Sessions(Vec<Session>),
    /// Choose another row.
    Go(Go),
    /// List the parts, or fold them.
    Unfold(bool),
    /// Do what the chosen row is for.
    Enter,
    /// Close the chosen picture.
    Close,
    /// Give the chosen picture the next role.
    Role,
    /// Show the chosen picture beside the one in view, or no more.
    SideBySide,
    /// Open another picture.
    Open,
    /// Look through all sessions.
    Browse,
    /// The mouse was pressed at a column and row of the rail.
    Click(u16, u16),
    /// The wheel turned by so many rows, down when positive.
    Scroll(i16),
    /// Leave the rail.
    Escape,
}

/// Choosing another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// The one above.
    Up,
    /// The one below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first.
    Top,
    /// The last.
    End,
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bring this picture into view.
    Show(usize),
    /// Bring this series or slice of the picture into view.
    Part(usize),
    /// Close this picture.
    Close(usize),
    /// Give this picture a role.
    Role(usize, Option<Role>),
    /// Show this picture beside the one in view; none beside it when it is the one in view or is beside it already.
    SideBySide(usize),
    /// Go on in this session.
    OpenSession(String),
    /// Show all sessions.
    Browse,
    /// Let a file be chosen.
    Open,
    /// Show the rail with names.
    Unfold,
    /// Give the keys to somebody else.
    Leave,
}
