//! Keys in, text with a caret out: moves by what a person sees as one character, undoes, and keeps folded stretches whole.
//!
//! The text is always whole: a long paste that is shown as `[Pasted 312 lines]` is in it, and a [`Span`] says that it is
//! shown so, and moved over and erased at once.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::edits::{Edit, Edits, Group, Part};
use super::shown::Shown;

use crate::settings::Lang;

/// The longest text that is shown as it is, in bytes: beyond that it is folded, or each key would feel it.
pub const SEEN_MOST: usize = 32 << 10;

/// A stretch of the text that is one for the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its bytes.
    pub at: Range<usize>,
    /// What it is.
    pub kind: SpanKind,
}

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// A long paste, folded: so many lines and characters.
    Paste {
        /// Lines.
        lines: usize,
        /// Characters.
        letters: usize,
    },
    /// The name of a picture or a region, `@` included.
    Name,
}

impl SpanKind {
    /// What a paste of this text is, once it is folded.
    pub fn of(text: &str) -> Self {
        Self::Paste {
            lines: text.lines().count(),
            letters: text.chars().count(),
        }
    }
}

/// Where the caret goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// A character to the left.
    Left,
    /// A character to the right.
    Right,
    /// To the beginning of the word before.
    WordLeft,
    /// To the end of the word after.
    WordRight,
    /// To the beginning of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// To the beginning of the text.
    Start,
    /// To the end of the text.
    End,
}

/// A text that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Editor {
    text: String,
    /// In order, none in another.
    spans: Vec<Span>,
    caret: usize,
    /// The column that the caret wants to be in when it moves by rows.
    goal: Option<usize>,
    edits: Edits,
    /// What was cut last.
    cut: String,
}

impl Editor {
    /// A text that nobody wrote here: there is nothing to undo.
    #[cfg(test)]
    pub(super) fn with(text: &str, caret: usize) -> Self {
        Self {
            text: text.to_owned(),
            caret,
            ..Self::default()
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its spans.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Where the caret is, in bytes.
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text as it is shown in so many columns.
    pub fn shown(&self, lang: Lang, width: usize) -> Shown {
        Shown::of(&self.text, &self.spans, lang, width)
    }

    /// Puts text where the caret is.
    pub fn insert(&mut self, text: &str) {
        let group = match text.graphemes(true).nth(1) {
            None => Group::Typing,
            Some(_) => Group::Alone,
        };
        self.splice(self.caret..self.caret, Part::plain(text), group);
    }

    /// Puts text where the caret is, as one span.
    pub fn insert_span(&mut self, text: &str, kind: SpanKind) {
        self.splice(self.caret..self.caret, Part::span(text, kind), Group::Alone);
    }

    /// Puts a name in the place of what was typed of it, and a blank after it.
    pub fn complete(&mut self, range: Range<usize>, name: &str, kind: Option<SpanKind>) {
        let part = match kind {
            Some(kind) => Part::span(name, kind),
            None => Part::plain(name),
        };
        self.splice(range, part, Group::Alone);
    }

    /// Puts something else in the place of everything; a very long text is folded.
    pub fn replace(&mut self, text: &str) {
        if text != self.text {
            let part = if text.len() > SEEN_MOST {
                Part::span(text, SpanKind::of(text))
            } else {
                Part::plain(text)
            };
            self.splice(0..self.text.len(), part, Group::Alone);
        }
        self.caret = self.text.len();
    }

    /// Puts another text and its spans in the place of everything, the caret where it was in it.
    pub fn restore(&mut self, text: &str, spans: Vec<Span>, caret: usize) {
        let part = Part {
            text: text.to_owned(),
            spans,
        };
        self.splice(0..self.text.len(), part, Group::Alone);
        self.caret = self.near(caret);
    }

    /// Takes everything out: the text goes, and what can be undone with it.
    pub fn take(&mut self) -> String {
        let cut = std::mem::take(&mut self.cut);
        let text = std::mem::take(self).text;
        self.cut = cut;
        text
    }

    /// Moves the caret; whether it could.
    pub fn go(&mut self, go: Go, lang: Lang, width: usize) -> bool {
        let goal = self.goal.take();
        let to = match go {
            Go::Left => self.before(self.caret),
            Go::Right => self.after(self.caret),
            Go::WordLeft => self.word_before(self.caret),
            Go::WordRight => self.word_after(self.caret),
            Go::Start => 0,
            Go::End => self.text.len(),
            Go::LineStart => self.line(lang).start,
            Go::LineEnd => self.line(lang).end,
            Go::Up | Go::Down => {
                let shown = self.shown(lang, width);
                let (row, column) = shown.place(self.caret);
                let goal = goal.unwrap_or(column);
                self.goal = Some(goal);
                let target = if go == Go::Up {
                    row.checked_sub(1)
                } else {
                    Some(row + 1)
                };
                let found = target.and_then(|it| shown.at(it, goal));
                found.map_or(self.caret, |it| self.near(it))
            }
        };
        std::mem::replace(&mut self.caret, to) != to
    }

    /// Puts the caret at a row and column of the shown text.
    pub fn click(&mut self, row: usize, column: usize, lang: Lang, width: usize) {
        self.goal = None;
        let shown = self.shown(lang, width);
        let last = shown.rows().len().saturating_sub(1);
        if let Some(at) = shown.at(row.min(last), column) {
            self.caret = self.near(at);
        }
    }

    /// Erases the character (or the span) before the caret.
    pub fn erase(&mut self) {
        self.splice(
            self.before(self.caret)..self.caret,
            Part::default(),
            Group::Erasing,
        );
    }

    /// Erases the character (or the span) after the caret.
    pub fn delete(&mut self) {
        self.splice(
            self.caret..self.after(self.caret),
            Part::default(),
            Group::Erasing,
        );
    }

    /// Cuts from the caret to where a movement would bring it; what was cut can be put back with `yank`.
    pub fn cut(&mut self, go: Go, lang: Lang) {
        let before = self.caret;
        self.go(go, lang, usize::MAX);
        let after = std::mem::replace(&mut self.caret, before);
        let range = before.min(after)..before.max(after);
        if !range.is_empty() {
            self.text[range.clone()].clone_into(&mut self.cut);
            self.splice(range, Part::default(), Group::Alone);
        }
    }

    /// Puts back what was cut last.
    pub fn yank(&mut self) {
        let cut = self.cut.clone();
        self.splice(self.caret..self.caret, Part::plain(&cut), Group::Alone);
    }

    /// Shows the folded paste at the caret as it is.
    ///
    /// # Errors
    /// When it is too long for that: its bytes.
    pub fn unfold(&mut self) -> Result<(), usize> {
        let touches = |it: &Span| {
            matches!(it.kind, SpanKind::Paste { .. })
                && (it.at.start..=it.at.end).contains(&self.caret)
        };
        let Some(index) = self.spans.iter().rposition(touches) else {
            return Ok(());
        };
        let length = self.spans[index].at.len();
        if length > SEEN_MOST {
            return Err(length);
        }
        self.spans.remove(index);
        Ok(())
    }

    /// Takes back the last change; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(edit) = self.edits.undo() else {
            return false;
        };
        self.apply(edit.at, edit.inserted.text.len(), &edit.removed);
        self.caret = edit.caret.0;
        true
    }

    /// Makes the last change that was taken back; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(edit) = self.edits.redo() else {
            return false;
        };
        self.apply(edit.at, edit.removed.text.len(), &edit.inserted);
        self.caret = edit.caret.1;
        true
    }

    /// Changes a stretch, so that it can be undone.
    fn splice(&mut self, range: Range<usize>, part: Part, group: Group) {
        if range.is_empty() && part.text.is_empty() {
            return;
        }
        self.goal = None;
        let within = |it: &&Span| range.start <= it.at.start && it.at.end <= range.end;
        let spans = self.spans.iter().filter(within).map(|it| Span {
            at: it.at.start - range.start..it.at.end - range.start,
            kind: it.kind,
        });
        let removed = Part {
            text: self.text[range.clone()].to_owned(),
            spans: spans.collect(),
        };
        self.apply(range.start, range.len(), &part);
        let after = range.start + part.text.len();
        self.edits.add(Edit {
            at: range.start,
            removed,
            inserted: part,
            caret: (self.caret, after),
            group,
        });
        self.caret = after;
    }

    /// Puts a part in the place of so many bytes.
    fn apply(&mut self, at: usize, length: usize, part: &Part) {
        self.text.replace_range(at..at + length, &part.text);
        self.spans
            .retain(|it| it.at.end <= at || it.at.start >= at + length);
        for span in self
            .spans
            .iter_mut()
            .filter(|it| it.at.start >= at + length)
        {
            let shift = |place: usize| place - length + part.text.len();
            span.at = shift(span.at.start)..shift(span.at.end);
        }
        self.spans.extend(part.spans.iter().map(|it| Span {
            at: it.at.start + at..it.at.end + at,
            kind: it.kind,
        }));
        self.spans.sort_by_key(|it| it.at.start);
    }

    /// The nearest place at or before this one that the caret can be at.
    fn near(&self, place: usize) -> usize {
        let mut place = place.min(self.text.len());
        if let Some(span) = self
            .spans
            .iter()
            .find(|it| it.at.start < place && place < it.at.end)
        {
            return span.at.start;
        }
        while !self.text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }

    fn before(&self, place: usize) -> usize {
        if let Some(span) = self.spans.iter().find(|it| it.at.end == place) {
            return span.at.start;
        }
        let floor = self
            .spans
            .iter()
            .rfind(|it| it.at.end < place)
            .map_or(0, |it| it.at.end);
        let last = self.text[floor..place].graphemes(true).next_back();
        place - last.map_or(0, str::len)
    }

    fn after(&self, place: usize) -> usize {
        if let Some(span) = self.spans.iter().find(|it| it.at.start == place) {
            return span.at.end;
        }
        let next = self.spans.iter().find(|it| it.at.start > place);
        let ceiling = next.map_or(self.text.len(), |it| it.at.start);
        let first = self.text[place..ceiling].graphemes(true).next();
        place + first.map_or(0, str::len)
    }

    fn word_before(&self, mut place: usize) -> usize {
        loop {
            if let Some(span) = self.spans.iter().find(|it| it.at.end == place) {
                return span.at.start;
            }
            let floor = self
                .spans
                .iter()
                .rfind(|it| it.at.end < place)
                .map_or(0, |it| it.at.end);
            let Some(word) = self.text[floor..place].split_word_bounds().next_back() else {
                return place;
            };
            place -= word.len();
            if word.contains(char::is_alphanumeric) {
                return place;
            }
        }
    }

    fn word_after(&self, mut place: usize) -> usize {
        loop {
            if let Some(span) = self.spans.iter().find(|it| it.at.start == place) {
                return span.at.end;
            }
            let next = self.spans.iter().find(|it| it.at.start > place);
            let ceiling = next.map_or(self.text.len(), |it| it.at.start);
            let Some(word) = self.text[place..ceiling].split_word_bounds().next() else {
                return place;
            };
            place += word.len();
            if word.contains(char::is_alphanumeric) {
                return place;
            }
        }
    }

    /// The line that the caret is in; a line feed in a folded paste ends none.
    fn line(&self, lang: Lang) -> Range<usize> {
        let shown = self.shown(lang, usize::MAX);
        let caret = shown.from_text(self.caret);
        let start = shown.text()[..caret].rfind('\n').map_or(0, |it| it + 1);
        let end = shown.text()[caret..]
            .find('\n')
            .map_or(shown.text().len(), |it| caret + it);
        shown.to_text(start)..shown.to_text(end)
    }
}
