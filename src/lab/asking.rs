//! What a lab is given and gives back: pictures by name, a question and where it came from, an answer and what it stood on.

use std::sync::Arc;

use crate::context::SlotUse;
use crate::imaging::{self, Picture};
use crate::preprocess::Prepared;
use crate::prompt::Prompt;
use crate::session::{Stats, v1};

/// What was answered, and what it stood on.
#[derive(Debug)]
pub struct Answer {
    /// The number of the turn in the record, from 1.
    pub turn: usize,
    /// The question as the model read it, marked regions before it.
    pub question: String,
    /// The answer, thinking left out.
    pub text: String,
    /// What the model thought before, "" for nothing.
    pub thinking: String,
    /// Every id the model said, thinking and its marks included, stop id left out.
    pub ids: Vec<u32>,
    /// Places in the pictures that it speaks of.
    pub boxes: Option<v1::Boxes>,
    /// Counts and timings.
    pub stats: Stats,
    /// Tokens of the prompt by slot.
    pub slots: Vec<SlotUse>,
    /// What was left out of the prompt, one sentence each.
    pub dropped: Vec<String>,
    /// Tokens that the window left for the answer.
    pub room: usize,
    /// The prompt that was sent.
    pub prompt: Prompt,
    /// The pictures that it refers to.
    pub pictures: Vec<Arc<Prepared>>,
    /// Why the sink was told no more, if it failed; the answer is whole all the same.
    pub sink_failed: Option<anyhow::Error>,
}

/// Pictures that one name stands for.
#[derive(Debug)]
pub struct Named {
    /// `sample:NAME`, or the file's or folder's name without where it lies.
    pub name: String,
    /// What opens it again.
    pub source: String,
    /// Where it lies, if that may be recorded.
    pub path: Option<String>,
    /// What the model is told before each: `prior`, `current`.
    pub role: Option<String>,
    /// The pictures, in order.
    pub pictures: Vec<Picture>,
}

impl Named {
    /// Pictures that were opened by a name as typed.
    pub fn of(typed: &str, pictures: Vec<Picture>) -> Self {
        let name = match typed.strip_prefix("sample:") {
            Some(_) => typed.to_owned(),
            None => imaging::file_name(typed),
        };
        Self {
            name,
            source: typed.to_owned(),
            path: None,
            role: None,
            pictures,
        }
    }
}

/// A question, and what a record says about where it came from.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// What stands before the pictures that are new with it, "" for nothing.
    pub before: String,
    /// The question.
    pub question: String,
    /// The prompt of the library that it was made from.
    pub prompt: Option<v1::Used>,
    /// What is done to the pictures, to see whether they matter.
    pub control: Option<Control>,
    /// Asked without the earlier turns.
    pub is_fresh: bool,
    /// The turn whose answer this one replaces.
    pub retry_of: Option<usize>,
}

impl Asking {
    /// A question that somebody typed.
    pub fn of(question: &str) -> Self {
        Self {
            question: question.to_owned(),
            ..Self::default()
        }
    }
}

/// A question that is asked to see what its answer hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Every picture is replaced by one of even grey, of the same size.
    Blank,
    /// The pictures are left out.
    None,
    /// Other words for the same question.
    Paraphrase,
}

impl Control {
    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::None => "none",
            Self::Paraphrase => "paraphrase",
        }
    }
}
