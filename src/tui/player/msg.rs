//! What can happen to a session that is played, and what somebody else has to do about it: data only.

use std::sync::Arc;
use std::time::Instant;

use crate::session::read::Here;
use crate::session::v1::{Boxes, Opening, Record};
use crate::settings::Lang;
use crate::tui::talk;

use super::marks::Marks;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Msg {
    /// Play from the beginning.
    Begin,
    /// Records that were read: the answer to [`Effect::Read`].
    Chunk(Chunk),
    /// Where the turns are, once the whole session was looked through.
    Marks(Marks),
    /// It is time: the answer to [`Effect::Wake`]. One that comes too early or too often does no harm.
    Wake,
    /// The interface speaks this language.
    Lang(Lang),
    /// Play, or pause.
    Toggle,
    /// One record further, and pause.
    Step,
    /// Go elsewhere.
    Seek(Seek),
    /// A step faster, or slower.
    Faster(bool),
    /// The longest pause a step longer, or shorter.
    Longer(bool),
    /// Go on from here in a session of its own.
    Branch,
    /// Leave the session.
    Leave,
}

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seek {
    /// To the next question.
    Next,
    /// To the question before; to this turn's own when its answer goes on for a while.
    Previous,
    /// To the beginning.
    Start,
    /// To the end.
    End,
    /// To the question of this number, as the session counts.
    Turn(usize),
}

/// Some records of a session, one after the other.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The ticket of the [`Effect::Read`] that it answers.
    pub ticket: u64,
    /// The records, each with its delay in seconds.
    pub records: Vec<(f64, Record)>,
    /// Where the next chunk begins, or why there is none.
    pub next: Next,
}

/// What stands behind a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// More, from here on.
    At(Here),
    /// Nothing; `is_torn` when the last line is cut off.
    End {
        /// Whether the file ends in the middle of a line.
        is_torn: bool,
    },
    /// A damaged line, and what is wrong with it.
    Damaged(String),
}

/// What somebody else has to do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Hand this to the conversation's pane.
    Talk(talk::Msg),
    /// Show a picture that was opened then.
    Show {
        /// Its id in the session.
        picture: u32,
        /// What was opened.
        opening: Arc<Opening>,
    },
    /// Draw the boxes that an answer names.
    Boxes(Boxes),
    /// Close a picture; `None` closes all.
    Close(Option<u32>),
    /// Send [`Msg::Wake`] then; of several only the last counts.
    Wake(Instant),
    /// Read on with [`super::source::Source::chunk`], and send [`Msg::Chunk`].
    Read {
        /// Stands in the answer.
        ticket: u64,
        /// Where it begins; `None` at the session's beginning.
        from: Option<Here>,
    },
    /// Branch the session after this turn and go on there.
    Branch {
        /// The last turn that both will have.
        turn: usize,
    },
    /// Give the screen back.
    Leave,
}
