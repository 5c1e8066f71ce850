//! A line in the very form in which version 1 is written in, its parts, a piece or a prompt's ids out: fast.
//!
//! Any other form gives `None`, and is read the general way.
//!
//! A long session is almost nothing but pieces and ids; everything else is too rare to matter.

use memchr::{memchr, memchr2, memrchr};

use super::{Part, Parts, Piece, Place};

/// Cuts `[0.123, "kind", {…}]` and its line feed.
pub(super) fn parts(line: &str) -> Option<Parts<'_>> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let inner = line.strip_prefix('[')?.strip_suffix("}]")?;
    let point = inner.bytes().take(12).position(|it| it == b'.')?;
    let thousandths = inner.get(point + 1..point + 4)?;
    let rest = inner.get(point + 4..)?.strip_prefix(", \"")?;
    let delay = digits(inner.get(..point)?)? * 1000 + digits(thousandths)?;
    let end = memchr(b'"', rest.as_bytes())?;
    let (kind, rest) = rest.split_at_checked(end)?;
    let start = line.len() - "}]".len() - rest.strip_prefix("\", ")?.len();
    let data = line.get(start..line.len() - 1)?;
    let is_plain = kind.bytes().all(|it| it != b'\\') && data.starts_with('{');
    #[expect(
        clippy::cast_precision_loss,
        reason = "so few digits that f64 has them all"
    )]
    let delay = delay as f64 / 1000.0;
    is_plain.then_some(Parts { delay, kind, data })
}

/// Up to 12 digits, at least one.
fn digits(text: &str) -> Option<u64> {
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| {
        text.bytes()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    })
}

/// Reads `{"id":1,"text":"…","logprob":-0.5}`, with `,"part":"thinking"` or `,"part":"mark"` at its end or without.
pub(super) fn piece(data: &str) -> Option<Piece> {
    let rest = data.strip_prefix("{\"id\":")?;
    let (id, rest) = number(rest)?;
    let rest = rest.strip_prefix(",\"text\":")?;
    let (text, rest) = string(rest)?;
    let rest = rest.strip_prefix(",\"logprob\":")?;
    let (logprob, rest) = real(rest)?;
    let part = match rest {
        "}" => None,
        ",\"part\":\"thinking\"}" => Some(Part::Thinking),
        ",\"part\":\"mark\"}" => Some(Part::Mark),
        _ => return None,
    };
    Some(Piece {
        id,
        text,
        logprob,
        part,
    })
}

/// A whole number and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let (mut number, mut n_digits) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
        n_digits += 1;
    }
    let is_json = n_digits == 1 || n_digits > 1 && !text.starts_with('0');
    is_json
        .then(|| text.split_at_checked(n_digits))?
        .map(|(_, rest)| (number, rest))
}

/// A number as Rust writes a finite f32, and what follows it: `-0.5`, `0.0`, `-12`. JSON has no `.5`, `5.`, `05` or `nan`, and
/// what has an exponent is left to serde.
fn real(text: &str) -> Option<(f32, &str)> {
    let is_part = |it: &u8| matches!(it, b'0'..=b'9' | b'.' | b'-');
    let end = text.bytes().take_while(|it| is_part(it)).count();
    let (written, rest) = text.split_at_checked(end)?;
    let unsigned = written.strip_prefix('-').unwrap_or(written).as_bytes();
    let begins_well = match unsigned {
        [b'0', next, ..] => *next == b'.',
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    };
    let is_json = begins_well && unsigned.last().is_some_and(u8::is_ascii_digit);
    let number: f32 = written.parse().ok().filter(|_| is_json)?;
    number.is_finite().then_some((number, rest))
}

/// A string and what follows it; one with escapes is left to serde, up to its end.
fn string(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let bytes = inner.as_bytes();
    let mut at = memchr2(b'"', b'\\', bytes)?;
    let is_plain = bytes[at] == b'"';
    while bytes.get(at)? == &b'\\' {
        // what is escaped is passed over, be it a quote or a backslash
        let next = at + 2;
        at = next + memchr2(b'"', b'\\', bytes.get(next..)?)?;
    }
    let (string, rest) = (inner.get(..at)?, inner.get(at + 1..)?);
    if !is_plain {
        let string = serde_json::from_str(text.get(..at + 2)?).ok()?;
        return Some((string, rest));
    }
    // a control character is not JSON
    let is_json = string.bytes().all(|it| it >= b' ');
    is_json.then(|| (string.to_owned(), rest))
}

/// Cuts `{…,"ids":[…]}` into what comes before the ids, as an object of its own, and the ids. What looks like the ids' name
/// cannot be a part of a string: a quote in it would have a backslash before it, not a comma.
pub(super) fn without_ids(data: &str) -> Option<(String, &str)> {
    let inner = data.strip_suffix("]}")?;
    let begin = memrchr(b'[', inner.as_bytes())?;
    let (before, ids) = (inner.get(..begin)?, inner.get(begin + 1..)?);
    let before = before.strip_suffix(",\"ids\":")?;
    let mut object = String::with_capacity(before.len() + 1);
    object.push_str(before);
    object.push('}');
    Some((object, ids))
}

/// Reads `2,105,{"picture":1},108`, telling every entry.
pub(super) fn each_place(ids: &str, tell: &mut dyn FnMut(Place)) -> Option<()> {
    let mut rest = ids;
    while !rest.is_empty() {
        let after = if rest.starts_with('{') {
            let (picture, after) = number(rest.strip_prefix("{\"picture\":")?)?;
            tell(Place::Picture { picture });
            after.strip_prefix('}')?
        } else {
            let (id, after) = number(rest)?;
            tell(Place::Id(id));
            after
        };
        rest = match after.strip_prefix(',') {
            Some(rest) if !rest.is_empty() => rest,
            None if after.is_empty() => after,
            _ => return None,
        };
    }
    Some(())
}
