//! A text with spans in, what is seen of it out, row by row, and which place of one is which of the other.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::editor::{Span, SpanKind};
use crate::settings::Lang;
use crate::tui::talk::wrap;

/// What is shown for a tab.
const TAB: &str = "    ";

/// A text as it is seen: folded stretches are a word in brackets, tabs are blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    text: String,
    /// Stretches that are shown otherwise, in order.
    swaps: Vec<Swap>,
    width: usize,
    rows: Vec<Range<usize>>,
}

/// A stretch that is shown otherwise than it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Swap {
    /// Its bytes in the text.
    real: Range<usize>,
    /// Its bytes in what is shown.
    seen: Range<usize>,
    kind: Option<SpanKind>,
}

impl Shown {
    /// What is seen of a text in so many columns.
    pub fn of(text: &str, spans: &[Span], lang: Lang, width: usize) -> Self {
        let mut shown = Self {
            width,
            ..Self::default()
        };
        let mut from = 0;
        for span in spans {
            shown.plain(text, from..span.at.start);
            let word = match span.kind {
                SpanKind::Name => text[span.at.clone()].to_owned(),
                SpanKind::Paste { lines, letters } => label(lines, letters, lang),
            };
            shown.swap(span.at.clone(), &word, Some(span.kind));
            from = span.at.end;
        }
        shown.plain(text, from..text.len());
        shown.rows = rows(&shown.text, width);
        shown
    }

    fn plain(&mut self, text: &str, range: Range<usize>) {
        let mut at = range.start;
        for part in text[range].split_inclusive('\t') {
            let words = part.trim_end_matches('\t');
            self.text.push_str(words);
            if words.len() < part.len() {
                self.swap(at + words.len()..at + part.len(), TAB, None);
            }
            at += part.len();
        }
    }

    fn swap(&mut self, real: Range<usize>, word: &str, kind: Option<SpanKind>) {
        let start = self.text.len();
        self.text.push_str(word);
        self.swaps.push(Swap {
            real,
            seen: start..self.text.len(),
            kind,
        });
    }

    /// What is seen.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place that is seen of a place in the text.
    pub fn from_text(&self, place: usize) -> usize {
        let after = self.swaps.partition_point(|it| it.real.start < place);
        match after.checked_sub(1).and_then(|it| self.swaps.get(it)) {
            Some(swap) if place < swap.real.end => swap.seen.start,
            Some(swap) => swap.seen.end + (place - swap.real.end),
            None => place,
        }
    }

    /// The place in the text of one that is seen; within a word in brackets, its beginning.
    pub fn to_text(&self, place: usize) -> usize {
        let after = self.swaps.partition_point(|it| it.seen.start < place);
        match after.checked_sub(1).and_then(|it| self.swaps.get(it)) {
            Some(swap) if place < swap.seen.end => swap.real.start,
            Some(swap) => swap.real.end + (place - swap.seen.end),
            None => place,
        }
    }

    /// The span that a seen place belongs to.
    pub fn kind(&self, place: usize) -> Option<SpanKind> {
        let index = self.swaps.partition_point(|it| it.seen.end <= place);
        self.swaps
            .get(index)
            .filter(|it| it.seen.contains(&place))?
            .kind
    }

    /// The rows: each has the bytes from its beginning to the next one's, blanks and line feed at its end included.
    pub fn rows(&self) -> &[Range<usize>] {
        &self.rows
    }

    /// The row and the column of a place in the text; blanks beyond the width are at its last column.
    pub fn place(&self, place: usize) -> (usize, usize) {
        let seen = self.from_text(place);
        let rows = &self.rows;
        let row = rows
            .partition_point(|it| it.start <= seen)
            .saturating_sub(1);
        let start = rows.get(row).map_or(0, |it| it.start);
        (row, wrap::width(&self.text[start..seen]).min(self.width))
    }

    /// The place in the text at a row and column; `None` where there is no such row.
    pub fn at(&self, row: usize, column: usize) -> Option<usize> {
        let rows = &self.rows;
        let range = rows.get(row)?.clone();
        let is_last = row + 1 == rows.len();
        let words = &self.text[range.clone()];
        // The place after a row's last blank is the next row's first.
        let most = match words.graphemes(true).next_back() {
            Some(last) if !is_last => range.end - last.len(),
            _ => range.end,
        };
        let mut used = 0;
        for (at, cluster) in words.grapheme_indices(true) {
            used += usize::from(wrap::glyph(cluster).1);
            if used > column {
                return Some(self.to_text((range.start + at).min(most)));
            }
        }
        Some(self.to_text(most))
    }
}

fn rows(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        let first = starts.len();
        wrap::words(line, width, |row| starts.push(at + row.start));
        if let Some(start) = starts.get_mut(first) {
            *start = at;
        }
        at += line.len() + 1;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|it| *it.0..it.1).collect()
}

/// What is shown for a long paste.
fn label(lines: usize, letters: usize, lang: Lang) -> String {
    match (lines, lang) {
        (0 | 1, Lang::En) => format!("[Pasted {letters} characters]"),
        (0 | 1, Lang::Zh) => format!("[已粘贴 {letters} 字符]"),
        (_, Lang::En) => format!("[Pasted {lines} lines]"),
        (_, Lang::Zh) => format!("[已粘贴 {lines} 行]"),
    }
}
