//! The items of a sentence in, the sentence in segments with its mentions of findings out: what the later steps fill in.

use std::ops::Range;

use super::items::{Item, What};
use super::lexicon::Entry;
use super::rules::{Between, Sense, Tag};

/// A sentence on its way from items to findings.
#[derive(Debug)]
pub(super) struct Parsed {
    pub items: Vec<Item>,
    pub segments: Vec<Segment>,
    /// In the order of the text.
    pub mentions: Vec<Mention>,
    /// Which items are part of a mention or used up by a rule: their other meanings do not count.
    pub used: Vec<bool>,
}

/// What stands between two commas, conjunctions and the like.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub items: Range<usize>,
    /// What stands before it.
    pub before: Between,
    /// Its mentions: indices into [`Parsed::mentions`].
    pub mentions: Range<usize>,
    /// What it says of the finding before it at a place of its own: "absent on the right" behind "present on the left".
    pub echo: Option<Sense>,
}

/// A place of the text that names a finding.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub what: &'static Entry,
    /// The item at which it stands; a state ("the heart is not enlarged") stands at its predicate.
    pub at: usize,
    /// Its bytes.
    pub span: Range<usize>,
    /// The words themselves deny it: "normal", "clear", "nothing".
    pub denied: bool,
    /// It counts only where it is denied.
    pub weak: bool,
    /// It was read from an organ and its state.
    pub state: bool,
    /// What the cues make of it.
    pub decided: Option<Sense>,
}

impl Parsed {
    /// Splits the items at everything that stands between.
    pub(super) fn new(items: Vec<Item>) -> Self {
        let mut segments = Vec::new();
        let mut start = 0;
        let mut before = Between::But;
        let mut last = Between::Comma;
        for (i, item) in items.iter().enumerate() {
            let What::Between(between) = item.what else {
                continue;
            };
            push(&mut segments, start..i, before);
            // A comma and a word in a row ("and" after a comma) part as the stronger does.
            let empty = start == i && i > 0;
            before = between;
            if empty {
                before = stronger(last, between);
            }
            last = before;
            start = i + 1;
        }
        push(&mut segments, start..items.len(), before);
        let used = vec![false; items.len()];
        Self {
            items,
            segments,
            mentions: Vec::new(),
            used,
        }
    }

    /// Tells every segment its mentions.
    pub(super) fn place_mentions(&mut self) {
        self.mentions.sort_by_key(|it| it.at);
        let mut next = 0;
        for segment in &mut self.segments {
            let first = next;
            while self
                .mentions
                .get(next)
                .is_some_and(|it| it.at < segment.items.end)
            {
                next += 1;
            }
            segment.mentions = first..next;
        }
    }

    /// Whether an item has a meaning that is not used up.
    pub(super) fn has(&self, item: usize, tag: Tag) -> bool {
        self.is_free(item) && self.items.get(item).is_some_and(|it| it.has(tag))
    }

    /// The first meaning of an item that is wanted, if it is not used up.
    pub(super) fn find<T>(&self, item: usize, wanted: impl Fn(Tag) -> Option<T>) -> Option<T> {
        self.items
            .get(item)
            .filter(|_| self.is_free(item))
            .and_then(|it| it.find(wanted))
    }

    /// Whether an item names a zone: an organ's own is no place of its state ("the liver is enlarged").
    pub(super) fn has_zone(&self, item: usize) -> bool {
        self.find(item, |tag| matches!(tag, Tag::Zone(_)).then_some(()))
            .is_some()
    }

    /// Uses an item up.
    pub(super) fn take(&mut self, item: usize) {
        if let Some(used) = self.used.get_mut(item) {
            *used = true;
        }
    }

    fn is_free(&self, item: usize) -> bool {
        self.used.get(item).is_some_and(|it| !it)
    }
}

fn push(segments: &mut Vec<Segment>, items: Range<usize>, before: Between) {
    if !items.is_empty() {
        segments.push(Segment {
            items,
            before,
            mentions: 0..0,
            echo: None,
        });
    }
}

/// Which of two separators in a row counts.
fn stronger(a: Between, b: Between) -> Between {
    let rank = |it: Between| match it {
        Between::Comma => 0,
        Between::And => 1,
        Between::Or => 2,
        Between::Nor => 3,
        Between::ChineseComma => 4,
        Between::Colon => 5,
        Between::But => 6,
    };
    if rank(a) >= rank(b) { a } else { b }
}
