//! An answer and the truth in, what a cell of the grid shows of it out.

use std::sync::Arc;

use crate::experiment::Expect;
use crate::experiment::row::Row;
use crate::experiment::score::{self, Said, Score};
use crate::experiment::words::words;
use crate::findings::{self, Tongue};
use crate::judge::Reader;
use crate::session::safe::{printable, printable_line};

/// The most characters that a cell may have to show.
const SHORT: usize = 80;

/// The most of an answer that is kept while it is given, in bytes.
const TAIL: usize = 4096;

/// What became of a question.
#[derive(Debug, Clone, Default)]
pub enum Cell {
    /// There is no such question.
    #[default]
    Absent,
    /// It was not asked yet.
    Waiting,
    /// It is being answered.
    Running {
        /// Tokens so far.
        tokens: usize,
        /// The end of what was said, harmless to show.
        text: String,
    },
    /// It was answered.
    Done(Box<Done>),
    /// It was asked in vain: why, harmless to show.
    Failed(String),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Done {
    /// All that is known about it.
    pub row: Arc<Row>,
    /// What it says in a few words.
    pub short: String,
    /// Whether it is right, where that is known.
    pub mark: Option<Mark>,
    /// What is wrong, a phrase each.
    pub faults: Vec<String>,
    /// What it says, so that two that say the same are equal.
    pub(super) key: String,
}

/// Whether an answer is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is.
    Right,
    /// It is not.
    Wrong,
    /// It does not decide where the truth does.
    Uncertain,
}

impl Cell {
    /// What a row says.
    pub fn of(row: &Arc<Row>, expect: Option<&Expect>) -> Self {
        let Some(said) = Said::of(row) else {
            let problem = row.error.as_deref().unwrap_or("no answer");
            return Self::Failed(printable(problem));
        };
        let score = expect.map(|it| score::score(said, it, &Reader));
        let short = score::shown(said, expect);
        let short: String = short.chars().take(SHORT).collect();
        let short = match measure(score.as_ref()) {
            Some(measure) => format!("{measure} {short}"),
            None => short,
        };
        Self::Done(Box::new(Done {
            row: Arc::clone(row),
            short: printable_line(short.trim()),
            mark: score.as_ref().and_then(mark),
            key: key(said, score.as_ref()),
            faults: score.map_or_else(Vec::new, |it| it.faults),
        }))
    }

    /// A token more; nothing unless it is being answered.
    pub(super) fn push(&mut self, piece: &str) {
        if let Self::Running { tokens, text } = self {
            *tokens += 1;
            text.push_str(&printable(piece));
            let spare = text.len().saturating_sub(TAIL);
            text.drain(..text.ceil_char_boundary(spare));
        }
    }

    /// The answer, if there is one.
    pub fn done(&self) -> Option<&Done> {
        match self {
            Self::Done(done) => Some(done),
            _ => None,
        }
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }
}

impl Done {
    /// The answer as it was given.
    pub fn answer(&self) -> &str {
        self.row.answer.as_deref().unwrap_or("")
    }
}

fn mark(score: &Score) -> Option<Mark> {
    let right = *score.marks.get(&score::Mark::Right)?;
    let is_open = score.class.as_ref().is_some_and(|it| {
        let said = it.said.as_deref();
        said != Some(it.truth.as_str()) && said.is_none_or(|it| it == "uncertain")
    });
    Some(match right {
        right if right >= 1.0 => Mark::Right,
        _ if is_open => Mark::Uncertain,
        _ => Mark::Wrong,
    })
}

/// How good it is, where that is no yes or no: `IoU 0.62`.
fn measure(score: Option<&Score>) -> Option<String> {
    let marks = &score?.marks;
    let names = [(score::Mark::Iou, "IoU"), (score::Mark::TokenF1, "F1")];
    let found = names.iter().find_map(|it| Some((it.1, marks.get(&it.0)?)));
    found.map(|(name, value)| format!("{name} {value:.2}"))
}

/// The verdict or choice where the truth asks for one, else the findings, else the words.
fn key(said: Said<'_>, score: Option<&Score>) -> String {
    if let Some(class) = score.and_then(|it| it.class.as_ref()) {
        return class.said.clone().unwrap_or_else(|| "?".to_owned());
    }
    let found = findings::read(said.text);
    let mut phrases: Vec<String> = found.iter().map(|it| it.phrase(Tongue::English)).collect();
    phrases.sort_unstable();
    phrases.dedup();
    if phrases.is_empty() {
        phrases = words(said.text);
    }
    phrases.join(" ")
}
