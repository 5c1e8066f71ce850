//! Two texts in, what was deleted and inserted between them out: by word, by character in Chinese, exact to the byte.
//!
//! A text is cut into words, single Chinese characters and single marks, each with the white space before it. Words are
//! compared, white space is not, so that a changed line break does not tear a sentence apart; it is still reported.
//! What is equal and deleted, joined, is the first text; what is equal and inserted is the second.
//!
//! The comparison is the shortest edit script of Myers (Algorithmica 1986;1:251, doi:10.1007/BF01840446) up to
//! [`EDITS`] edits. Beyond, the texts are cut at words that are in both exactly once (Bram Cohen's patience diff), and
//! the parts are compared; where no such word is, the longest path found so far is kept and the search begins anew
//! behind it. So the work is bounded by a small constant times `EDITS` times the length, and nothing depends on a clock.

use std::collections::HashMap;

use crate::findings::is_han;

/// A part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'t> {
    /// In both texts.
    Equal(&'t str),
    /// Only in the first.
    Deleted(&'t str),
    /// Only in the second.
    Inserted(&'t str),
}

/// Where two texts begin to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence<'t> {
    /// The byte of the first text.
    pub at_first: usize,
    /// The byte of the second text.
    pub at_second: usize,
    /// How many words both texts share before it.
    pub words: usize,
    /// The first text's next word; `None` at its end.
    pub first: Option<&'t str>,
    /// The second text's next word.
    pub second: Option<&'t str>,
}

/// Edits up to which the comparison is the shortest.
pub const EDITS: usize = 400;
/// How often a part is cut at its unique words before it is searched as it is.
const DEPTH: usize = 6;

/// Compares two texts. Deletions stand before the insertions that replace them; equal parts are as long as can be.
pub fn diff<'t>(first: &'t str, second: &'t str) -> Vec<Change<'t>> {
    let (a, b) = (words(first), words(second));
    let (x, y) = numbered(&a, &b);
    let mut same = Vec::new();
    let whole = Part {
        a: (0, x.len()),
        b: (0, y.len()),
        depth: 0,
    };
    match_parts(&x, &y, whole, &mut same);
    changes((first, &a), (second, &b), &same)
}

/// The comparison as plain text: `the [-left-]{+right+} lung`.
pub fn render(changes: &[Change<'_>]) -> String {
    let mut out = String::new();
    for change in changes {
        match change {
            Change::Equal(text) => out.push_str(text),
            Change::Deleted(text) => {
                out.push_str("[-");
                out.push_str(text);
                out.push_str("-]");
            }
            Change::Inserted(text) => {
                out.push_str("{+");
                out.push_str(text);
                out.push_str("+}");
            }
        }
    }
    out
}

/// Where two texts begin to differ, word by word; white space counts only where nothing else differs. `None` when they
/// are equal.
pub fn first_difference<'t>(first: &'t str, second: &'t str) -> Option<Divergence<'t>> {
    if first == second {
        return None;
    }
    let (a, b) = (words(first), words(second));
    let word = |it: Option<&Word<'t>>| it.map(|it| it.text);
    let same = a
        .iter()
        .zip(&b)
        .take_while(|(a, b)| a.text == b.text)
        .count();
    if same < a.len() || same < b.len() {
        return Some(Divergence {
            at_first: a.get(same).map_or(first.len(), |it| it.start),
            at_second: b.get(same).map_or(second.len(), |it| it.start),
            words: same,
            first: word(a.get(same)),
            second: word(b.get(same)),
        });
    }
    // The words are equal: the gap before one of them is not, or that at the end.
    let mut at = (0, 0);
    for (n, (x, y)) in a.iter().zip(&b).enumerate() {
        if first.get(at.0..x.start) != second.get(at.1..y.start) {
            return Some(Divergence {
                at_first: at.0,
                at_second: at.1,
                words: n,
                first: Some(x.text),
                second: Some(y.text),
            });
        }
        at = (x.start + x.text.len(), y.start + y.text.len());
    }
    Some(Divergence {
        at_first: at.0,
        at_second: at.1,
        words: same,
        first: None,
        second: None,
    })
}

/// A word and the byte at which it starts.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
}

/// The words of a text: runs of letters and digits, single Chinese characters, single marks.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut end = start + c.len_utf8();
        if is_letter(c) {
            while let Some((at, c)) = chars.next_if(|it| is_letter(it.1)) {
                end = at + c.len_utf8();
            }
        }
        out.extend(text.get(start..end).map(|text| Word { text, start }));
    }
    out
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

/// Equal words get equal numbers.
fn numbered<'t>(a: &[Word<'t>], b: &[Word<'t>]) -> (Vec<usize>, Vec<usize>) {
    let mut known: HashMap<&'t str, usize> = HashMap::new();
    let mut number = |it: &Word<'t>| {
        let fresh = known.len();
        *known.entry(it.text).or_insert(fresh)
    };
    let x = a.iter().map(&mut number).collect();
    (x, b.iter().map(&mut number).collect())
}

/// A part of both texts still to be compared: half-open ranges of words.
#[derive(Debug, Clone, Copy)]
struct Part {
    a: (usize, usize),
    b: (usize, usize),
    depth: usize,
}

/// Collects runs of equal words as `(in a, in b, how many)`, in order.
fn match_parts(x: &[usize], y: &[usize], whole: Part, same: &mut Vec<(usize, usize, usize)>) {
    let mut stack = vec![whole];
    while let Some(part) = stack.pop() {
        let (p, q) = (&x[part.a.0..part.a.1], &y[part.b.0..part.b.1]);
        let head = p.iter().zip(q).take_while(|(a, b)| a == b).count();
        let rest = p.len().min(q.len()) - head;
        let tails = p.iter().rev().zip(q.iter().rev());
        let tail = tails.take(rest).take_while(|(a, b)| a == b).count();
        push(same, part.a.0, part.b.0, head);
        let inner = Part {
            a: (part.a.0 + head, part.a.1 - tail),
            b: (part.b.0 + head, part.b.1 - tail),
            ..part
        };
        // What is on the stack comes behind this part: its tail must not overtake the inner parts.
        if tail > 0 {
            stack.push(Part {
                a: (part.a.1 - tail, part.a.1),
                b: (part.b.1 - tail, part.b.1),
                depth: DEPTH,
            });
        }
        if inner.a.0 < inner.a.1 && inner.b.0 < inner.b.1 {
            split(x, y, inner, same, &mut stack);
        }
    }
}

/// Compares a part whose ends differ, or cuts it into parts.
fn split(
    x: &[usize],
    y: &[usize],
    part: Part,
    same: &mut Vec<(usize, usize, usize)>,
    stack: &mut Vec<Part>,
) {
    let (p, q) = (&x[part.a.0..part.a.1], &y[part.b.0..part.b.1]);
    let path = shortest(p, q);
    if !path.is_whole && part.depth < DEPTH {
        let anchors = unique(p, q);
        if !anchors.is_empty() {
            let mut end = (part.a.1, part.b.1);
            for (i, j) in anchors.into_iter().rev() {
                let at = (part.a.0 + i, part.b.0 + j);
                stack.push(Part {
                    a: (at.0, end.0),
                    b: (at.1, end.1),
                    depth: part.depth + 1,
                });
                end = at;
            }
            stack.push(Part {
                a: (part.a.0, end.0),
                b: (part.b.0, end.1),
                depth: part.depth + 1,
            });
            return;
        }
    }
    for (i, j, n) in path.runs {
        push(same, part.a.0 + i, part.b.0 + j, n);
    }
    if !path.is_whole {
        stack.push(Part {
            a: (part.a.0 + path.end.0, part.a.1),
            b: (part.b.0 + path.end.1, part.b.1),
            depth: DEPTH,
        });
    }
}

fn push(same: &mut Vec<(usize, usize, usize)>, i: usize, j: usize, n: usize) {
    if n > 0 {
        same.push((i, j, n));
    }
}

/// An edit path from the beginning of two sequences.
struct Path {
    runs: Vec<(usize, usize, usize)>,
    end: (usize, usize),
    /// It reaches the end of both.
    is_whole: bool,
}

/// The shortest edit path, or the furthest of [`EDITS`] edits.
fn shortest(first: &[usize], second: &[usize]) -> Path {
    let ends = (first.len(), second.len());
    let most = (ends.0 + ends.1).min(EDITS);
    // furthest[k + most]: how far the best path on the diagonal k = i - j gets in the first text.
    let mut furthest = vec![0_usize; 2 * most + 2];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    let mut best = (0, most, 0);
    for edits in 0..=most {
        trace.push(furthest[most - edits..=most + edits].to_vec());
        for slot in (most - edits..=most + edits).step_by(2) {
            // Points outside the texts are kept: no path leads back from them.
            let (i, j) = advance(&furthest, slot, most, edits);
            furthest[slot] = i;
            if i > ends.0 || j > ends.1 {
                continue;
            }
            let both = first[i..].iter().zip(&second[j..]);
            let same = both.take_while(|(a, b)| a == b).count();
            let (i, j) = (i + same, j + same);
            furthest[slot] = i;
            if i + j > best.0 {
                best = (i + j, slot, edits);
            }
            if (i, j) == ends {
                return Path {
                    runs: walk(&trace, ends, edits, most),
                    end: ends,
                    is_whole: true,
                };
            }
        }
    }
    let (sum, slot, edits) = best;
    // i + j = sum, i - j = slot - most
    let i = (sum + slot - most) / 2;
    let end = (i, sum - i);
    Path {
        runs: walk(&trace, end, edits, most),
        end,
        is_whole: false,
    }
}

/// Where the best path of so many edits enters a diagonal.
fn advance(furthest: &[usize], slot: usize, most: usize, edits: usize) -> (usize, usize) {
    let first = if edits == 0 {
        0
    } else if is_down(slot, most, edits, |it| furthest[it]) {
        furthest[slot + 1]
    } else {
        furthest[slot - 1] + 1
    };
    (first, first + most - slot)
}

/// Whether the best path enters a diagonal by an insertion (from the diagonal above) rather than by a deletion.
fn is_down(slot: usize, most: usize, edits: usize, at: impl Fn(usize) -> usize) -> bool {
    slot == most - edits || (slot != most + edits && at(slot - 1) < at(slot + 1))
}

/// The runs of equal words along a path to `end`.
fn walk(
    trace: &[Vec<usize>],
    end: (usize, usize),
    edits: usize,
    most: usize,
) -> Vec<(usize, usize, usize)> {
    let mut runs = Vec::new();
    let (mut i, mut j) = end;
    for edits in (1..=edits).rev() {
        // A row holds the furthest points before so many edits were made, from slot `most - edits` on.
        let row = &trace[edits];
        let at = |slot: usize| row[slot + edits - most];
        let slot = i + most - j;
        let down = is_down(slot, most, edits, at);
        let before = if down { slot + 1 } else { slot - 1 };
        let from = (at(before), at(before) + most - before);
        let start = if down {
            (from.0, from.1 + 1)
        } else {
            (from.0 + 1, from.1)
        };
        if i > start.0 {
            runs.push((start.0, start.1, i - start.0));
        }
        (i, j) = from;
    }
    if i > 0 {
        runs.push((0, 0, i));
    }
    runs.reverse();
    runs
}

/// The longest increasing sequence of words that are in both exactly once.
fn unique(p: &[usize], q: &[usize]) -> Vec<(usize, usize)> {
    #[derive(Default)]
    struct Seen {
        p: usize,
        q: usize,
        at_q: usize,
    }
    let mut seen: HashMap<usize, Seen> = HashMap::new();
    for it in p {
        seen.entry(*it).or_default().p += 1;
    }
    for (j, it) in q.iter().enumerate() {
        let seen = seen.entry(*it).or_default();
        (seen.q, seen.at_q) = (seen.q + 1, j);
    }
    let once = p.iter().enumerate().filter_map(|(i, it)| {
        let seen = seen.get(it)?;
        (seen.p == 1 && seen.q == 1).then_some((i, seen.at_q))
    });
    increasing(&once.collect::<Vec<_>>())
}

/// The longest subsequence whose second numbers rise; patience sorting.
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut piles: Vec<usize> = Vec::new();
    let mut back: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (n, (_, j)) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|it| pairs[*it].1 < *j);
        back.push(pile.checked_sub(1).map(|it| piles[it]));
        if pile == piles.len() {
            piles.push(n);
        } else {
            piles[pile] = n;
        }
    }
    let mut out = Vec::with_capacity(piles.len());
    let mut at = piles.last().copied();
    while let Some(n) = at {
        out.push(pairs[n]);
        at = back[n];
    }
    out.reverse();
    out
}

/// Writes equal words, and what is between them, as changes.
fn changes<'t>(
    (first, a): (&'t str, &[Word<'t>]),
    (second, b): (&'t str, &[Word<'t>]),
    same: &[(usize, usize, usize)],
) -> Vec<Change<'t>> {
    let mut writer = Writer {
        first,
        second,
        at: (0, 0),
        equal: 0,
        out: Vec::new(),
    };
    for (i, j, n) in same {
        for (x, y) in a[*i..i + n].iter().zip(&b[*j..j + n]) {
            writer.gap(x.start, y.start);
            writer.same(x.text.len());
        }
    }
    writer.gap(first.len(), second.len());
    writer.flush();
    writer.out
}

struct Writer<'t> {
    first: &'t str,
    second: &'t str,
    /// How far both texts are written, but for `equal` bytes.
    at: (usize, usize),
    /// Bytes that are equal in both and not yet written.
    equal: usize,
    out: Vec<Change<'t>>,
}

impl<'t> Writer<'t> {
    fn same(&mut self, bytes: usize) {
        self.equal += bytes;
    }

    fn flush(&mut self) {
        let n = std::mem::take(&mut self.equal);
        if n > 0 {
            let text = &self.first[self.at.0..self.at.0 + n];
            self.out.push(Change::Equal(text));
            self.at = (self.at.0 + n, self.at.1 + n);
        }
    }

    /// What stands in both up to these bytes: equal white space is equal, all else is deleted and inserted.
    fn gap(&mut self, to_first: usize, to_second: usize) {
        let old: &'t str = &self.first[self.at.0 + self.equal..to_first];
        let new: &'t str = &self.second[self.at.1 + self.equal..to_second];
        let shared = if old == new {
            old.len()
        } else {
            shared_space(old, new)
        };
        self.same(shared);
        if old == new {
            return;
        }
        let tail = if shared == old.len() || shared == new.len() {
            0
        } else {
            shared_end(&old[shared..], &new[shared..])
        };
        self.flush();
        let (deleted, inserted) = (
            &old[shared..old.len() - tail],
            &new[shared..new.len() - tail],
        );
        if !deleted.is_empty() {
            self.out.push(Change::Deleted(deleted));
        }
        if !inserted.is_empty() {
            self.out.push(Change::Inserted(inserted));
        }
        self.at = (to_first - tail, to_second - tail);
        self.same(tail);
    }
}

/// Bytes of white space that both begin with.
fn shared_space(a: &str, b: &str) -> usize {
    let both = a.chars().zip(b.chars());
    let shared = both.take_while(|(a, b)| a == b && a.is_whitespace());
    shared.map(|it| it.0.len_utf8()).sum()
}

/// Bytes of white space that both end with.
fn shared_end(a: &str, b: &str) -> usize {
    let both = a.chars().rev().zip(b.chars().rev());
    let shared = both.take_while(|(a, b)| a == b && a.is_whitespace());
    shared.map(|it| it.0.len_utf8()).sum()
}

#[cfg(test)]
mod tests;
