//! A query and messages in, the places where it stands out; step by step, so that a long session does not stop a key.
//!
//! Upper and lower case are the same; Chinese is found by its characters. What is searched is what is seen: `**bold**` is
//! found as `bold`, folded thinking is not found.

use std::collections::BTreeMap;
use std::ops::Range;

use super::entries::Entries;

/// Bytes of text that are searched between two keys.
pub const STEP: usize = 32 * 1024;

/// The most places of one message.
const MOST: usize = 1000;

/// A search.
#[derive(Debug, Clone, Default)]
pub struct Search {
    query: String,
    /// Whether keys go to the query.
    pub is_typing: bool,
    hits: BTreeMap<usize, Vec<Range<usize>>>,
    /// Messages that are yet to be searched: the two ranges are gone through from their ends.
    todo: [Range<usize>; 2],
    /// Messages that the query was found in before a letter was added to it, the next one last.
    again: Vec<usize>,
    /// Where it stands: a message, and the number of the place in it.
    here: Option<(usize, usize)>,
    /// The message that it was begun at.
    from: usize,
}

impl Search {
    /// A search that begins at a message, and goes up from there first.
    pub fn begin(from: usize) -> Self {
        Self {
            is_typing: true,
            from,
            ..Self::default()
        }
    }

    /// What is looked for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Looks for something else. A longer query can only stand where the shorter one stood.
    pub fn look_for(&mut self, query: String, n_messages: usize) {
        let is_longer = !self.query.is_empty() && query.starts_with(&self.query);
        self.query = query;
        self.here = None;
        if is_longer {
            let hits = std::mem::take(&mut self.hits);
            self.again.extend(hits.into_keys());
            let from = self.from;
            self.again.sort_unstable_by_key(|it| (*it <= from, *it));
            return;
        }
        self.hits.clear();
        self.again.clear();
        let from = (self.from + 1).min(n_messages);
        self.todo = if self.query.is_empty() {
            [0..0, 0..0]
        } else {
            [0..from, from..n_messages]
        };
    }

    /// Whether everything was searched.
    pub fn is_done(&self) -> bool {
        self.again.is_empty() && self.todo.iter().all(Range::is_empty)
    }

    /// Searches on for about so many bytes; the first place that is found becomes the one that it stands at.
    pub fn step(&mut self, entries: &Entries, bytes: usize) {
        let mut left = bytes;
        while left > 0 {
            let todo = self
                .todo
                .iter_mut()
                .find_map(std::iter::DoubleEndedIterator::next_back);
            let Some(index) = self.again.pop().or(todo) else {
                return;
            };
            let length = entries
                .get(index)
                .map_or(0, super::message::Message::length);
            left = left.saturating_sub(length.max(64));
            self.search(index, entries);
            if let (None, Some(hits)) = (self.here, self.hits.get(&index)) {
                self.here = Some((index, hits.len() - 1));
            }
        }
    }

    fn search(&mut self, index: usize, entries: &Entries) {
        let found = entries
            .seen(index, |text| find(text, &self.query))
            .unwrap_or_default();
        if found.is_empty() {
            self.hits.remove(&index);
        } else {
            self.hits.insert(index, found);
        }
    }

    /// A message looks different now.
    pub fn changed(&mut self, index: usize, entries: &Entries) {
        let is_todo = self.again.contains(&index) || self.todo.iter().any(|it| it.contains(&index));
        if self.query.is_empty() || is_todo {
            return;
        }
        self.search(index, entries);
        let n_hits = self.hits.get(&index).map_or(0, Vec::len);
        match self.here {
            Some((message, number)) if message == index && number >= n_hits => {
                self.here = n_hits.checked_sub(1).map(|last| (index, last));
            }
            _ => {}
        }
    }

    /// The places in a message.
    pub fn hits(&self, index: usize) -> &[Range<usize>] {
        self.hits.get(&index).map_or(&[], Vec::as_slice)
    }

    /// Where it stands.
    pub fn here(&self) -> Option<(usize, &Range<usize>)> {
        let (index, number) = self.here?;
        Some((index, self.hits.get(&index)?.get(number)?))
    }

    /// How many places there are, and the number of the one that it stands at (from 1, in the order of the text).
    pub fn count(&self) -> (Option<usize>, usize) {
        let total = self.hits.values().map(Vec::len).sum();
        let here = self.here.map(|(index, number)| {
            let before: usize = self.hits.range(..index).map(|it| it.1.len()).sum();
            before + number + 1
        });
        (here, total)
    }

    /// Goes to the next place below, from the last to the first.
    pub fn next(&mut self) {
        let Some((index, number)) = self.here else {
            self.here = self.hits.keys().next().map(|it| (*it, 0));
            return;
        };
        self.here = if number + 1 < self.hits(index).len() {
            Some((index, number + 1))
        } else {
            let mut after = self.hits.range(index + 1..).chain(&self.hits);
            after.next().map(|it| (*it.0, 0))
        };
    }

    /// Goes to the next place above, from the first to the last.
    pub fn previous(&mut self) {
        let last = |it: (&usize, &Vec<Range<usize>>)| (*it.0, it.1.len().saturating_sub(1));
        let Some((index, number)) = self.here else {
            self.here = self.hits.iter().next_back().map(last);
            return;
        };
        self.here = if let Some(before) = number.checked_sub(1) {
            Some((index, before))
        } else {
            let before = self.hits.range(..index).next_back();
            before.or_else(|| self.hits.iter().next_back()).map(last)
        };
    }
}

/// The places of a query in a text: lines and blanks as they are, upper case as lower case.
pub fn find(text: &str, query: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = query.chars().map(fold).collect();
    let Some((first, rest)) = wanted.split_first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = next_of(text, from, *first) {
        let mut letters = text[at..].char_indices();
        letters.next();
        let matches = rest
            .iter()
            .all(|it| letters.next().is_some_and(|found| fold(found.1) == *it));
        let end = letters.next().map_or(text.len(), |it| at + it.0);
        if matches {
            found.push(at..end);
            from = end;
        } else {
            from = at + text[at..].chars().next().map_or(1, char::len_utf8);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// Where a character stands next, upper or lower case.
fn next_of(text: &str, from: usize, letter: char) -> Option<usize> {
    let at = text.get(from..)?.find(|it| fold(it) == letter);
    at.map(|it| from + it)
}

/// A character in lower case, if that is one character.
fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let mut low = letter.to_lowercase();
    match (low.next(), low.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, query: &str, expected: &[&str]) {
        let found: Vec<&str> = find(text, query).into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, expected, "{query:?} in {text:?}");
    }

    #[test]
    fn places_are_found_whatever_their_case() {
        check(
            "No effusion. EFFUSION",
            "effusion",
            &["effusion", "EFFUSION"],
        );
        check("Röntgen RÖNTGEN", "röntgen", &["Röntgen", "RÖNTGEN"]);
        check("双肺野清晰，左肺清晰", "清晰", &["清晰", "清晰"]);
        check("aaaa", "aa", &["aa", "aa"]);
        check("aab", "ab", &["ab"]);
        check("İstanbul K 5", "istanbul", &[]);
        check("\u{212a} k", "K", &["\u{212a}", "k"]);
        check("a", "", &[]);
        check("", "a", &[]);
        check("one\ntwo", "e\nt", &["e\nt"]);
    }
}
