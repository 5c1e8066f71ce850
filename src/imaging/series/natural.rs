//! Two names or UIDs in, which comes first for a person out: runs of digits count as numbers.

use std::cmp::Ordering;

/// `slice2` before `slice10`, `1.2.9` before `1.2.10`. Equal only if the texts are.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let (ordering, taken) = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (number(left), number(right));
            (by_value(m, n), (m.len(), n.len()))
        } else {
            (x.cmp(&y), (x.len_utf8(), y.len_utf8()))
        };
        if ordering.is_ne() {
            return ordering;
        }
        (left, right) = (&left[taken.0..], &right[taken.1..]);
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits that a text begins with.
fn number(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

/// Digits of any length: without leading zeros, the longer number is the larger.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &str, then: &str) {
        assert_eq!(compare(first, then), Ordering::Less);
        assert_eq!(compare(then, first), Ordering::Greater);
        assert_eq!(compare(first, first), Ordering::Equal);
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        check("slice2.dcm", "slice10.dcm");
        check("1.2.840.9", "1.2.840.10");
        check("a", "a1");
        check("a1b", "a1c");
        check("007", "7");
        check("IM9", "IM00010");
        check("9", "184467440737095516150");
        check("é1", "é2");
        check("", "0");
    }
}
