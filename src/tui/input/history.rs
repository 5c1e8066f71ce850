//! Earlier inputs in, the one that is looked for out: up and down, and by a part of it (Ctrl-R).

use super::editor::{Editor, Span};
use crate::tui::talk::search::find;

/// The most inputs that are kept.
const MOST: usize = 1000;

/// The most bytes of them.
const MOST_BYTES: usize = 4 << 20;

/// Earlier inputs, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    entries: Vec<String>,
    /// The one that is in the editor.
    at: Option<usize>,
    /// What was in the editor before.
    draft: Option<Draft>,
}

/// A text that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    text: String,
    spans: Vec<Span>,
    caret: usize,
}

impl Draft {
    fn of(editor: &Editor) -> Self {
        Self {
            text: editor.text().to_owned(),
            spans: editor.spans().to_vec(),
            caret: editor.caret(),
        }
    }

    fn restore(self, editor: &mut Editor) {
        editor.restore(&self.text, self.spans, self.caret);
    }
}

impl History {
    /// Earlier inputs, the oldest first.
    pub fn new(entries: &[String]) -> Self {
        let mut history = Self::default();
        for entry in entries {
            history.add(entry);
        }
        history
    }

    /// The inputs, the oldest first.
    pub fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Takes an input that was sent; whether it is to be remembered: one after the same is not, nor one that begins with
    /// a blank.
    pub fn add(&mut self, text: &str) -> bool {
        self.leave();
        if text.trim().is_empty()
            || text.starts_with(' ')
            || self.entries.last().is_some_and(|it| it == text)
        {
            return false;
        }
        self.entries.push(text.to_owned());
        let spare = self.entries.len().saturating_sub(MOST);
        self.entries.drain(..spare);
        let mut bytes: usize = self.entries.iter().map(String::len).sum();
        while bytes > MOST_BYTES && self.entries.len() > 1 {
            bytes -= self.entries.remove(0).len();
        }
        true
    }

    /// Forgets where it was: the text in the editor is a new one.
    pub fn leave(&mut self) {
        self.at = None;
        self.draft = None;
    }

    /// Puts the input before into the editor; whether there was one.
    pub fn previous(&mut self, editor: &mut Editor) -> bool {
        let next = self.at.unwrap_or(self.entries.len()).checked_sub(1);
        let Some((at, entry)) = next.and_then(|it| Some((it, self.entries.get(it)?))) else {
            return false;
        };
        if self.at.is_none() {
            self.draft = Some(Draft::of(editor));
        }
        self.at = Some(at);
        editor.replace(entry);
        true
    }

    /// Puts the input after into the editor, after the last what was there before; whether there was one.
    pub fn next(&mut self, editor: &mut Editor) -> bool {
        let Some(at) = self.at else {
            return false;
        };
        if let Some(entry) = self.entries.get(at + 1) {
            self.at = Some(at + 1);
            editor.replace(entry);
        } else {
            self.at = None;
            if let Some(draft) = self.draft.take() {
                draft.restore(editor);
            }
        }
        true
    }
}

/// A search through the inputs.
#[derive(Debug, Clone)]
pub struct Lookup {
    query: String,
    /// The input that it stands at.
    at: Option<usize>,
    draft: Draft,
}

impl Lookup {
    /// Begins; what is in the editor comes back if it is given up.
    pub fn begin(editor: &Editor) -> Self {
        Self {
            query: String::new(),
            at: None,
            draft: Draft::of(editor),
        }
    }

    /// What is looked for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Whether something was looked for and not found.
    pub fn has_failed(&self) -> bool {
        self.at.is_none() && !self.query.is_empty()
    }

    /// Looks for more, from the newest.
    pub fn look_for(&mut self, query: String, history: &History, editor: &mut Editor) {
        self.query = query;
        self.at = None;
        self.older(history, editor);
    }

    /// Goes to the next older input that has the query in it, and puts it into the editor.
    pub fn older(&mut self, history: &History, editor: &mut Editor) {
        let before = self.at.unwrap_or(history.entries.len());
        let has = |it: &usize| !find(&history.entries[*it], &self.query).is_empty();
        let Some(at) = (0..before).rev().find(has) else {
            return;
        };
        self.at = Some(at);
        editor.replace(&history.entries[at]);
    }

    /// Gives up: the editor has what it had.
    pub fn cancel(self, editor: &mut Editor) {
        self.draft.restore(editor);
    }
}
