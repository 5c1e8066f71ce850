//! The tokens of a sentence in, its meaningful parts (`Item`s) out: phrases of the tables, measurements, numbers and separators.

use std::ops::Range;

use super::finding::{Length, Size};
use super::rules::{Between, Rules, Tag};
use super::tokens::{Kind, Mark, Token};

/// A part of a sentence.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub what: What,
    /// Its bytes.
    pub span: Range<usize>,
    /// Its last word stands in the plural.
    pub plural: bool,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A phrase of the tables.
    Known(&'static [Tag]),
    /// A measurement.
    Size(Size),
    /// A number without a unit.
    Number(u32),
    /// Something between two parts.
    Between(Between),
    /// Any other word.
    Word,
}

impl Item {
    /// The meanings of a phrase.
    pub(super) fn tags(&self) -> &'static [Tag] {
        match self.what {
            What::Known(tags) => tags,
            _ => &[],
        }
    }

    /// Whether it has this meaning.
    pub(super) fn has(&self, tag: Tag) -> bool {
        self.tags().contains(&tag)
    }

    /// The first of its meanings that is wanted.
    pub(super) fn find<T>(&self, wanted: impl Fn(Tag) -> Option<T>) -> Option<T> {
        self.tags().iter().copied().find_map(wanted)
    }
}

/// The longest length that is believed, in hundredths of a millimetre: ten metres.
const LONGEST: u64 = 1_000_000;

/// The items of these tokens. Each place takes the longest phrase that begins there.
pub(super) fn items(rules: &'static Rules, tokens: &[Token]) -> Vec<Item> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = tokens.get(at..).filter(|it| !it.is_empty()) {
        let (what, n) = match rest {
            // "12 May 2021" doubts nothing.
            [may, ..] if may.word == "may" && beside_number(tokens, at) => (Some(What::Word), 1),
            _ => next(rules, rest),
        };
        let taken = rest.get(..n).unwrap_or(rest);
        if let (Some(what), [first, .., last] | [first @ last]) = (what, taken) {
            out.push(Item {
                what,
                span: first.span.start..last.span.end,
                plural: last.plural,
            });
        }
        at += n;
    }
    out
}

/// Whether a number stands before or behind a token.
fn beside_number(tokens: &[Token], at: usize) -> bool {
    let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
    beside
        .filter_map(|it| tokens.get(it))
        .any(|it| it.kind == Kind::Number)
}

/// What the tokens begin with, and how many of them that is.
fn next(rules: &'static Rules, rest: &[Token]) -> (Option<What>, usize) {
    let Some(first) = rest.first() else {
        return (None, 1);
    };
    if let Some((size, n)) = size(rules, rest) {
        return (Some(What::Size(size)), n);
    }
    if let Some((tags, n)) = rules.longest(rest) {
        let joins = tags.iter().find_map(|it| match it {
            Tag::Between(between) => Some(*between),
            _ => None,
        });
        return (Some(joins.map_or(What::Known(tags), What::Between)), n);
    }
    let what = match first.kind {
        Kind::Mark(Mark::Comma) => Some(What::Between(Between::Comma)),
        Kind::Mark(Mark::ChineseComma) => Some(What::Between(Between::ChineseComma)),
        Kind::Mark(Mark::List) => Some(What::Between(Between::And)),
        Kind::Mark(Mark::Colon) => Some(What::Between(Between::Colon)),
        Kind::Mark(Mark::Sign) if first.word == "/" => Some(What::Between(Between::Or)),
        Kind::Mark(Mark::Joint) => Some(What::Known(&[Tag::To])),
        Kind::Number => first.word.parse().ok().map(What::Number),
        Kind::Word => Some(What::Word),
        Kind::Mark(_) | Kind::Line(_) => None,
    };
    (what, 1)
}

/// A measurement that the tokens begin with: "12 mm", "3 x 4 cm", "2cm×3cm", "3-5 mm".
fn size(rules: &Rules, rest: &[Token]) -> Option<(Size, usize)> {
    let mut numbers: Vec<(&str, Option<u32>)> = Vec::new();
    let mut range = false;
    let mut at = 0;
    loop {
        let number = rest.get(at).filter(|it| it.kind == Kind::Number)?;
        let (unit, n) = unit(rules, rest.get(at + 1..).unwrap_or_default());
        numbers.push((&number.word, unit));
        at += 1 + n;
        let Some(next) = rest.get(at) else { break };
        let then_number = rest.get(at + 1).is_some_and(|it| it.kind == Kind::Number);
        let times = next.kind == Kind::Mark(Mark::Times) || means(rules, next, Tag::Times);
        let joint = next.kind == Kind::Mark(Mark::Joint);
        // "8 mm to 12 mm" may be a change; "8 to 12 mm" is a range.
        let to = joint || (unit.is_none() && means(rules, next, Tag::To));
        let more =
            then_number && (times && numbers.len() < 3 && !range || to && numbers.len() == 1);
        if !more {
            break;
        }
        range = to && !times;
        at += 1;
    }
    let lengths = lengths(&numbers)?;
    let size = match *lengths {
        [a] => Size::One(a),
        [a, b] if range => Size::Range(a.min(b), a.max(b)),
        [a, b] => Size::Across(a, b, None),
        [a, b, c] => Size::Across(a, b, Some(c)),
        _ => return None,
    };
    Some((size, at))
}

/// The numbers as lengths; a number without a unit has that of the one behind it.
fn lengths(numbers: &[(&str, Option<u32>)]) -> Option<Vec<Length>> {
    let mut unit = None;
    let mut out = Vec::with_capacity(numbers.len());
    for (number, own) in numbers.iter().rev() {
        unit = own.or(unit);
        out.push(length(number, unit?)?);
    }
    out.reverse();
    Some(out)
}

/// A decimal number times a unit of hundredths of a millimetre, rounded; `None` beyond what is believed.
fn length(number: &str, unit: u32) -> Option<Length> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok().filter(|it| *it <= LONGEST)?;
    let thousandths = part.bytes().chain(*b"000").take(3);
    let part = thousandths.fold(0, |sum, it| sum * 10 + u64::from(it.saturating_sub(b'0')));
    let hundredths = ((whole * 1000 + part) * u64::from(unit) + 500) / 1000;
    (hundredths <= LONGEST).then_some(())?;
    u32::try_from(hundredths).ok().map(Length)
}

fn unit(rules: &Rules, rest: &[Token]) -> (Option<u32>, usize) {
    let Some((tags, n)) = rules.longest(rest) else {
        return (None, 0);
    };
    let unit = tags.iter().find_map(|it| match it {
        Tag::Unit(unit) => Some(*unit),
        _ => None,
    });
    (unit, if unit.is_some() { n } else { 0 })
}

fn means(rules: &Rules, token: &Token, tag: Tag) -> bool {
    let one = std::slice::from_ref(token);
    rules.longest(one).is_some_and(|it| it.0.contains(&tag))
}
