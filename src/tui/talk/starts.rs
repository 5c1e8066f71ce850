//! A line without its indent in, the block that it begins out: fence, heading, rule, list item, JSON, or plain text.

use super::sheet::Lead;

/// Columns of a tab stop, and of an indent that makes code.
pub(super) const TAB: usize = 4;

/// What a line begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start<'a> {
    /// A fenced code block.
    Fence {
        sign: char,
        length: usize,
        language: &'a str,
    },
    /// A heading: its text is the bytes `from..to`.
    Heading { from: usize, to: usize },
    /// A rule.
    Rule,
    /// An item of a list: the bytes of its marker, and the columns from the marker to its text.
    Item {
        lead: Lead,
        length: usize,
        content: usize,
    },
    /// JSON without a fence.
    Json,
    /// A paragraph.
    Text,
}

/// What the line begins; `in_text` when a paragraph is open, `in_list` when an item is.
pub(super) fn start(line: &str, in_text: bool, in_list: bool) -> Start<'_> {
    fence(line)
        .or_else(|| heading(line))
        .or_else(|| is_rule(line).then_some(Start::Rule))
        .or_else(|| item(line).filter(|it| !in_text || in_list || interrupts(it, line)))
        .or_else(|| (!in_text && is_json(line)).then_some(Start::Json))
        .unwrap_or(Start::Text)
}

/// Whether a line has no ink.
pub(super) fn is_blank(line: &str) -> bool {
    line.bytes().all(|it| it == b' ' || it == b'\t')
}

/// Columns of blanks that the line begins with.
pub(super) fn indent_of(line: &str) -> usize {
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    super::markdown::indent_width(&line[..blanks], 0)
}

/// The bytes of at most so many columns of blanks that the line begins with.
pub(super) fn strip_columns(line: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, letter) in line.char_indices() {
        used += match letter {
            ' ' => 1,
            '\t' => TAB - used % TAB,
            _ => return at,
        };
        if used > columns {
            return at;
        }
    }
    line.len()
}

/// Whether the line ends a fenced code block.
pub(super) fn is_closing_fence(line: &str, sign: char, length: usize) -> bool {
    let line = line.trim_matches([' ', '\t']);
    line.len() >= length && line.chars().all(|it| it == sign)
}

/// The level of the heading that the line makes of the paragraph above it.
pub(super) fn setext(line: &str) -> Option<usize> {
    let line = line.trim_end_matches([' ', '\t']);
    let is_all = |sign: char| !line.is_empty() && line.chars().all(|it| it == sign);
    if is_all('=') {
        Some(1)
    } else if is_all('-') {
        Some(2)
    } else {
        None
    }
}

fn fence(line: &str) -> Option<Start<'_>> {
    let sign = line.chars().next().filter(|it| matches!(it, '`' | '~'))?;
    let rest = line.trim_start_matches(sign);
    let length = line.len() - rest.len();
    if length < 3 || sign == '`' && rest.contains('`') {
        return None;
    }
    let language = rest.split_whitespace().next().unwrap_or("");
    Some(Start::Fence {
        sign,
        length,
        language,
    })
}

fn heading(line: &str) -> Option<Start<'_>> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let from = line.len() - rest.trim_start_matches([' ', '\t']).len();
    let text = rest.trim_matches([' ', '\t']);
    // Signs at its end belong to the heading's frame, if a blank is before them.
    let bare = text.trim_end_matches('#');
    let is_framed = bare.is_empty() || bare.ends_with([' ', '\t']);
    let text = if is_framed {
        bare.trim_end_matches([' ', '\t'])
    } else {
        text
    };
    Some(Start::Heading {
        from,
        to: from + text.len(),
    })
}

fn is_rule(line: &str) -> bool {
    let mut signs = line.chars().filter(|it| !matches!(it, ' ' | '\t'));
    let Some(sign) = signs.next().filter(|it| matches!(it, '-' | '*' | '_')) else {
        return false;
    };
    signs.clone().count() >= 2 && signs.all(|it| it == sign)
}

fn item(line: &str) -> Option<Start<'_>> {
    let (lead, marker) = bullet(line).or_else(|| number(line))?;
    let rest = &line[marker..];
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let blanks = indent_of(rest);
    let content = match blanks {
        1..=TAB if !is_blank(rest) => marker + blanks,
        _ => marker + 1,
    };
    Some(Start::Item {
        lead,
        length: marker + usize::from(!rest.is_empty()),
        content,
    })
}

fn bullet(line: &str) -> Option<(Lead, usize)> {
    line.starts_with(['-', '*', '+'])
        .then_some((Lead::Bullet(0), 1))
}

fn number(line: &str) -> Option<(Lead, usize)> {
    let digits = line.len()
        - line
            .trim_start_matches(|it: char| it.is_ascii_digit())
            .len();
    let after = line[digits..]
        .chars()
        .next()
        .filter(|it| matches!(it, '.' | ')'))?;
    let number = line[..digits].parse().ok().filter(|_| digits <= 9)?;
    Some((Lead::Number(number, after), digits + 1))
}

/// Whether an item may begin in the middle of a paragraph (`CommonMark` 5.2, 5.3).
fn interrupts(item: &Start<'_>, line: &str) -> bool {
    match item {
        Start::Item { lead, length, .. } => {
            let is_first = !matches!(lead, Lead::Number(number, _) if *number != 1);
            is_first && !is_blank(&line[*length..])
        }
        _ => false,
    }
}

fn is_json(line: &str) -> bool {
    let Some(rest) = line.strip_prefix(['{', '[']) else {
        return false;
    };
    let next = rest.trim_start().chars().next();
    match next {
        None | Some('{') => true,
        Some('"') => {
            line.starts_with('{') || rest.contains("\",") || rest.trim_end().ends_with('"')
        }
        Some('[') => line.starts_with('['),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &Start<'_>) {
        assert_eq!(start(line, false, false), *expected, "{line:?}");
    }

    #[test]
    fn lines_begin_blocks() {
        let item = |lead, length, content| Start::Item {
            lead,
            length,
            content,
        };
        check(
            "```json",
            &Start::Fence {
                sign: '`',
                length: 3,
                language: "json",
            },
        );
        check(
            "~~~~",
            &Start::Fence {
                sign: '~',
                length: 4,
                language: "",
            },
        );
        check("``` a ` b", &Start::Text);
        check("# Findings #", &Start::Heading { from: 2, to: 10 });
        check("## C#", &Start::Heading { from: 3, to: 5 });
        check("#", &Start::Heading { from: 1, to: 1 });
        check("#1 finding", &Start::Text);
        check("- - -", &Start::Rule);
        check("**", &Start::Text);
        check("- a", &item(Lead::Bullet(0), 2, 2));
        check("-   a", &item(Lead::Bullet(0), 2, 4));
        check("-", &item(Lead::Bullet(0), 1, 2));
        check("10) a", &item(Lead::Number(10, ')'), 4, 4));
        check("1.5 cm", &Start::Text);
        check("-1", &Start::Text);
        check("1234567890. a", &Start::Text);
        check("[{\"box_2d\"", &Start::Json);
        check("{", &Start::Json);
        check("[1] Smith", &Start::Text);
        check("[\"a\", \"b\"]", &Start::Json);
        check("{x}", &Start::Text);
    }

    #[test]
    fn a_paragraph_is_not_interrupted_by_every_number() {
        assert_eq!(start("2. cm", true, false), Start::Text);
        assert!(matches!(start("2. cm", true, true), Start::Item { .. }));
        assert!(matches!(start("1. a", true, false), Start::Item { .. }));
        assert_eq!(start("-", true, false), Start::Text);
        assert_eq!(start("{", true, false), Start::Text);
    }

    #[test]
    fn blanks_are_counted_in_columns() {
        assert_eq!(indent_of("  \ta"), 4);
        assert_eq!(strip_columns("    code", 4), 4);
        assert_eq!(strip_columns("  code", 4), 2);
        assert_eq!(strip_columns("\tcode", 2), 0);
        assert_eq!(setext("---"), Some(2));
        assert_eq!(setext("=-="), None);
    }
}
