//! What the screen asks of the laboratory and what the laboratory tells the screen: data that goes between two threads.

use std::path::PathBuf;
use std::sync::Arc;

use crate::context::{Prior, SlotUse};
use crate::imaging::square::Yxyx;
use crate::preprocess::{Prepared, PreprocessConfig};
use crate::session::v1::Boxes;
use crate::session::{Event, Stats};
use crate::settings::{Lang, Origin};
use crate::tui::sheets::build::Sent;
use crate::tui::talk::message::Message;

/// What the screen asks for. One is done after the other, in this order.
#[derive(Debug, Clone)]
pub enum Order {
    /// A question, or a command with its slash.
    Line(String),
    /// All of these, one after the other, until one fails; they count as one.
    All(Vec<Self>),
    /// Look at a picture in another way: settings of pictures and their values, as typed.
    Look {
        /// What opens it.
        source: String,
        /// Settings and values.
        view: Vec<(String, String)>,
    },
    /// Open a part of a picture beside it: settings of pictures and their values, as typed.
    Crop {
        /// What opens it.
        source: String,
        /// Settings and values.
        view: Vec<(String, String)>,
    },
    /// Tell what a question would fill.
    Budget(String),
    /// Take this for the prior report, all others out; "" for none.
    Prior {
        /// Its date, if it has one.
        date: Option<String>,
        /// Its text.
        text: String,
    },
    /// Count the tokens of a text.
    Count(String),
    /// What the model thought of instead of a token.
    Top {
        /// The turn.
        turn: usize,
        /// The token of its answer, from 0.
        token: usize,
        /// For whoever asked.
        message: usize,
    },
    /// What follows is about this turn's answer: an expectation, a verdict, a note.
    About(usize),
    /// Ask the question of this turn again with these words. The last one is replaced, an earlier one gets a branch.
    Edit {
        /// The turn.
        turn: usize,
        /// The new words.
        question: String,
    },
    /// Tell what was sent for a turn.
    Sent(usize),
    /// Tell what would be sent for a question.
    Preview(String),
    /// Go on with this session, or with a new one.
    Session(Option<PathBuf>),
}

/// What the laboratory tells.
#[derive(Debug)]
pub enum News {
    /// The model is ready.
    Ready(Ready),
    /// There is no model, and why.
    NoModel(String),
    /// A session goes on: what was said last in it, before the model is there.
    Early(Vec<Message>),
    /// A session begins, or goes on; the conversation so far is these messages.
    Begin(Vec<Message>),
    /// The conversation is another one now: these messages.
    Story(Vec<Message>),
    /// A question was asked.
    Asked(Asked),
    /// Something happened while it is answered.
    Event(Event),
    /// The answer is over.
    Answered(Box<Answered>),
    /// A turn was taken back.
    Undone(usize),
    /// Something that a command says.
    Told(String),
    /// Something to know.
    Remark(String),
    /// It went wrong.
    Failed(String),
    /// How far something has come that takes long, and of how much; `None` when it is over.
    Progress(Option<(String, f64)>),
    /// How things stand.
    State(Box<State>),
    /// What a question would fill.
    Budget(Result<Budget, String>),
    /// The answer to [`Order::Count`].
    Counted(usize),
    /// Something about an experiment, or about one question asked in several ways.
    Grid(crate::tui::grid::Msg),
    /// The answer to [`Order::Top`]: texts and natural logarithms of probabilities.
    Top {
        /// Who asked.
        message: usize,
        /// The token.
        token: usize,
        /// The likeliest first.
        top: Vec<(String, f32)>,
    },
    /// The answer to [`Order::Sent`] and [`Order::Preview`].
    Sent(Result<Sent, String>),
    /// Nothing is left to do.
    Idle,
    /// The person wants to leave.
    Quit,
    /// Play this session.
    Replay(String),
    /// Show this picture.
    Show(u32),
}

/// The model that answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// Its name.
    pub name: String,
    /// Where it computes.
    pub device: String,
    /// How its weights are kept.
    pub quant: String,
    /// Whether it is the one that knows drawings only.
    pub is_phantom: bool,
    /// Tokens of a picture.
    pub tokens_per_picture: usize,
    /// How pictures are prepared for it.
    pub preprocess: Arc<PreprocessConfig>,
}

/// A question on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The turn, as the session counts.
    pub turn: usize,
    /// As it was typed.
    pub question: String,
    /// How it is asked.
    pub way: Way,
}

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// With everything that was said.
    Plain,
    /// Without the earlier turns.
    Fresh,
    /// In place of this turn's answer.
    Retry(usize),
    /// With even grey in place of the pictures.
    Blank,
    /// Without the pictures.
    Sightless,
    /// In other words.
    Paraphrase,
}

/// An answer that is over.
#[derive(Debug)]
pub struct Answered {
    /// The turn.
    pub turn: usize,
    /// Counts and timings.
    pub stats: Stats,
    /// Places that it speaks of.
    pub boxes: Option<Boxes>,
    /// What to know of it.
    pub remarks: Vec<String>,
}

/// How things stand.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The pictures that are open, in order.
    pub pictures: Vec<Picture>,
    /// The prior reports.
    pub priors: Vec<Prior>,
    /// The system text.
    pub system: String,
    /// The turn that was answered last.
    pub last_turn: Option<usize>,
    /// Questions of the conversation.
    pub turns: usize,
    /// The session's file, if there is one.
    pub session: Option<PathBuf>,
    /// Whether a record is kept, or will be from the first question on.
    pub is_recorded: bool,
    /// Every setting, its value, and where that was written.
    pub settings: Vec<Origin>,
    /// The language of the interface.
    pub lang: Option<Lang>,
}

/// A picture that is open.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its number among all that were opened.
    pub id: u32,
    /// What opens it again: a path, `sample:NAME`.
    pub source: String,
    /// Its name.
    pub name: String,
    /// `prior`, `current`.
    pub role: Option<String>,
    /// How it was looked at, as typed.
    pub view: Vec<(&'static str, String)>,
    /// Which slice of how many, from 1.
    pub slice: Option<(usize, usize)>,
    /// The window, in words.
    pub window: String,
    /// Columns and rows.
    pub size: (usize, usize),
    /// The part that it is of the whole picture: top, left, bottom, right in pixels.
    pub cropped: Option<Yxyx>,
    /// What the model gets.
    pub prepared: Arc<Prepared>,
    /// Every step from the file's values to the model's.
    pub chain: Vec<String>,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Whether no question has been asked about it yet.
    pub is_new: bool,
}

/// What a question would fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Tokens by slot.
    pub slots: Vec<SlotUse>,
    /// What would be left out, one sentence each.
    pub dropped: Vec<String>,
    /// Tokens that are left for the answer.
    pub room: usize,
    /// Tokens of the window.
    pub ctx: usize,
}
