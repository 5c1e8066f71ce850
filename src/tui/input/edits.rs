//! Changes of a text in, what undoes and redoes them out.

use super::editor::{Span, SpanKind};

/// The most changes that are kept.
const MOST: usize = 500;

/// The most bytes of text that are kept for undoing.
const MOST_BYTES: usize = 8 << 20;

/// A stretch of text and its spans, counted from its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) spans: Vec<Span>,
}

impl Part {
    /// Without spans.
    pub(super) fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            spans: Vec::new(),
        }
    }

    /// All one span.
    pub(super) fn span(text: &str, kind: SpanKind) -> Self {
        Self {
            text: text.to_owned(),
            spans: vec![Span {
                at: 0..text.len(),
                kind,
            }],
        }
    }
}

/// What a change was made by: changes of one kind that touch are undone together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Typing,
    Erasing,
    Alone,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: usize,
    pub(super) removed: Part,
    pub(super) inserted: Part,
    /// The caret before and after.
    pub(super) caret: (usize, usize),
    pub(super) group: Group,
}

/// Changes that can be undone and redone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edits {
    done: Vec<Edit>,
    undone: Vec<Edit>,
}

impl Edits {
    /// Takes a change that was made.
    pub(super) fn add(&mut self, edit: Edit) {
        self.undone.clear();
        let edit = match self.done.last_mut() {
            Some(last) => match last.join(edit) {
                None => return,
                Some(edit) => edit,
            },
            None => edit,
        };
        self.done.push(edit);
        let size = |it: &Edit| it.removed.text.len() + it.inserted.text.len();
        let mut bytes: usize = self.done.iter().map(size).sum();
        while self.done.len() > MOST || bytes > MOST_BYTES && self.done.len() > 1 {
            bytes -= size(&self.done.remove(0));
        }
    }

    /// The change to take back.
    pub(super) fn undo(&mut self) -> Option<Edit> {
        let edit = self.done.pop()?;
        self.undone.push(edit.clone());
        Some(edit)
    }

    /// The change to make again.
    pub(super) fn redo(&mut self) -> Option<Edit> {
        let edit = self.undone.pop()?;
        self.done.push(edit.clone());
        Some(edit)
    }
}

impl Edit {
    /// Makes one change of two, if they belong together; else gives the second back.
    fn join(&mut self, next: Self) -> Option<Self> {
        let is_plain = |it: &Part| it.spans.is_empty();
        let parts = [&self.removed, &self.inserted, &next.removed, &next.inserted];
        if self.group != next.group || !parts.into_iter().all(is_plain) {
            return Some(next);
        }
        match self.group {
            Group::Typing
                if next.at == self.at + self.inserted.text.len() && !self.ends_before(&next) =>
            {
                self.inserted.text.push_str(&next.inserted.text);
            }
            Group::Erasing if next.at + next.removed.text.len() == self.at => {
                self.removed.text.insert_str(0, &next.removed.text);
                self.at = next.at;
            }
            Group::Erasing if next.at == self.at => {
                self.removed.text.push_str(&next.removed.text);
            }
            _ => return Some(next),
        }
        self.caret.1 = next.caret.1;
        None
    }

    /// Whether a word begins with the next letter.
    fn ends_before(&self, next: &Self) -> bool {
        let blank = |it: Option<char>| it.is_some_and(char::is_whitespace);
        let last = blank(self.inserted.text.chars().next_back());
        last && !blank(next.inserted.text.chars().next())
    }
}
