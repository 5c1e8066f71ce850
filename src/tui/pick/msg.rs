//! What can happen to a picker, and what somebody else has to do about it: data only.

use std::path::PathBuf;

use super::item::{Item, Line};
use super::list::Move;
use super::source::{Listing, SessionRow};
use crate::session::search::Hit;
use crate::tui::input::Edit;
use crate::tui::input::editor::Go;

/// Something that happens to a picker.
#[derive(Debug, Clone)]
pub enum Msg {
    /// The area that it may use is so many cells wide and high.
    Resize(u16, u16),
    /// Characters were typed or pasted.
    Type(String),
    /// Change what is typed.
    Edit(Edit),
    /// Move the caret.
    Go(Go),
    /// Move the choice.
    Move(Move),
    /// Scroll the preview, down or up.
    Preview(bool),
    /// Do something with what is chosen.
    Act(Act),
    /// Leave the innermost thing that is open.
    Escape,
    /// The mouse was pressed at a column and row of the area.
    Click(u16, u16),
    /// What a key of each row of [`super::KEYS`] is called, as they are bound; "" for a row without.
    Bound(Vec<String>),
    /// A sentence about what was done or failed, in the reader's language.
    Say(String),
    /// News from somewhere else: the answer to an effect.
    News(News),
}

/// What somebody else found out.
#[derive(Debug, Clone)]
pub enum News {
    /// Items, perhaps not all yet.
    Items {
        /// Some items.
        items: Vec<Item>,
        /// Whether there are no more.
        is_last: bool,
    },
    /// The preview of an item: the answer to [`Effect::Preview`].
    Preview {
        /// The item's key.
        key: String,
        /// Its lines.
        lines: Vec<Line>,
    },
    /// Sessions: new ones, or more about those that are listed.
    Sessions {
        /// Rows.
        rows: Vec<SessionRow>,
        /// Whether there are no more.
        is_last: bool,
    },
    /// What a search found in one session: the answer to [`Effect::Search`].
    Hits {
        /// What was looked for.
        query: String,
        /// The session's file.
        path: PathBuf,
        /// The places.
        hits: Vec<Hit>,
    },
    /// A search is over.
    Searched {
        /// What was looked for.
        query: String,
    },
    /// A session is not there any more.
    Removed(PathBuf),
    /// A folder: the answer to [`Effect::List`].
    Listed(Listing),
}

/// Something that is done with what is chosen; what it is depends on the picker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// What Enter does.
    Enter,
    /// What else could be meant: put it into the input, open the folder itself.
    Other,
    /// Take it into a choice of several, or out of it.
    Mark,
    /// Go to where it lies: the folder above.
    Above,
    /// Type, or stop typing and let letters be keys; the next field.
    Switch,
    /// The field before.
    Back,
    /// Replay the session.
    Replay,
    /// Delete it.
    Delete,
    /// Branch from it.
    Branch,
    /// Export it.
    Export,
    /// Copy its path.
    Copy,
    /// Put the next allowed value into the field.
    NextValue,
    /// Put the one before.
    ValueBefore,
    /// Yes, do it.
    Yes,
    /// No, do not.
    No,
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The picker is done with: forget it.
    Close,
    /// Do this. Without [`Effect::Close`] before it the picker stays open.
    Do(Outcome),
    /// Look for this in all sessions, and stop looking for anything else; "" only stops. Wait a little before: every key says so.
    Search(String),
    /// Make this item's preview, and none but the newest that was asked for.
    Preview(String),
    /// List this folder.
    List(PathBuf),
}

/// What a person meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Run this command line, as if it was typed.
    Run(String),
    /// Put this into the input, the caret behind it.
    Fill(String),
    /// Do this action of the keymap.
    Action(String),
    /// Go on with this session.
    Resume(PathBuf),
    /// Replay this session.
    Replay(PathBuf),
    /// Branch from this session.
    Branch(PathBuf),
    /// Export this session.
    Export(PathBuf),
    /// Delete this session's file: it was asked for twice. Answer with [`News::Removed`] or [`Msg::Say`].
    Delete(PathBuf),
    /// Copy this text.
    Copy(String),
    /// The item of this key, of a list that the parent made.
    Chosen(String),
}
