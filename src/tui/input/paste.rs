//! Pasted text in, text that is safe to edit out; whether it is to be folded, and whether it is the path of one file.

use crate::session::safe::printable;

use super::editor::SpanKind;

/// The most text that one paste may have, in bytes.
pub const LONGEST: usize = 1 << 20;

/// Lines from which a paste is folded.
const MANY_LINES: usize = 7;

/// Characters from which a paste is folded.
const MANY_LETTERS: usize = 800;

/// The longest path that is looked for.
const LONGEST_PATH: usize = 4096;

/// Makes pasted or typed text clean: line feeds only, no terminal's sequences, no control characters but line feed and
/// tab; marks that hide or reorder text become visible escapes.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|it: char| it.is_control() && it != '\n' && it != '\t') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = sequence(rest);
        rest = &rest[length..];
    }
    out.push_str(rest);
    printable(&out)
}

/// The bytes of the control sequence (ECMA-48 5.3 to 5.6) or the control character that the text begins with.
fn sequence(text: &str) -> usize {
    let bytes = text.as_bytes();
    let alone = text.chars().next().map_or(0, char::len_utf8);
    match bytes {
        [0x1b, b'[', rest @ ..] => {
            let is_inner = |it: &u8| matches!(it, 0x20..=0x3f);
            let inner = rest.iter().take_while(|it| is_inner(it)).count();
            let ends = rest.get(inner).is_some_and(|it| matches!(it, 0x40..=0x7e));
            if ends { 2 + inner + 1 } else { alone }
        }
        [0x1b, b']' | b'P' | b'X' | b'^' | b'_', ..] => {
            let line = text.find('\n').unwrap_or(text.len());
            let bell = text[..line].find('\u{7}').map(|it| it + 1);
            let end = text[..line].find("\u{1b}\\").map(|it| it + 2);
            match (bell, end) {
                (Some(bell), Some(end)) => bell.min(end),
                (one, other) => one.or(other).unwrap_or(alone),
            }
        }
        [0x1b, rest @ ..] => {
            let inner = rest
                .iter()
                .take_while(|it| matches!(it, 0x20..=0x2f))
                .count();
            let ends = rest.get(inner).is_some_and(|it| matches!(it, 0x30..=0x7e));
            if inner > 0 && ends {
                1 + inner + 1
            } else {
                alone
            }
        }
        _ => alone,
    }
}

/// How a pasted text is folded; `None` when it is short enough to be seen.
pub fn fold(text: &str) -> Option<SpanKind> {
    let lines = text.lines().count();
    let letters = text.chars().count();
    (lines >= MANY_LINES || letters >= MANY_LETTERS).then(|| SpanKind::of(text))
}

/// The path, if the text is one and nothing else: from a file manager (`file://`, quoted, with backslashes) or typed.
///
/// Whether there is such a file is for somebody to find out who may look.
pub fn path(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_PATH || text.contains(char::is_control) {
        return None;
    }
    if let Some(rest) = text.strip_prefix("file://") {
        let rest = rest.strip_prefix("localhost").unwrap_or(rest);
        return percent(rest).filter(|it| it.starts_with('/'));
    }
    for quote in ['\'', '"'] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner.filter(|it| !it.contains(quote)) {
            return looks_like_one(inner).then(|| inner.to_owned());
        }
    }
    let plain = unescape(text)?;
    looks_like_one(&plain).then_some(plain)
}

/// A text without the backslashes of a shell; `None` when a blank has none before it: then they are several words.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next()?),
            it if it.is_whitespace() => return None,
            it => plain.push(it),
        }
    }
    Some(plain)
}

/// Whether a word looks like a path: it begins like one, or it has an ending.
fn looks_like_one(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/"]
        .iter()
        .any(|it| text.starts_with(it))
        && text.len() > 2;
    let is_command = text.starts_with('/') && !text[1..].contains(['/', '.']);
    let ending = text
        .rsplit_once('.')
        .filter(|it| !it.0.is_empty())
        .map(|it| it.1);
    let ends = ending.is_some_and(|it| {
        (2..=5).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric())
    });
    let is_address = text.contains("://");
    !is_address && !is_command && (begins || ends)
}

/// `%20` and its like as what they stand for.
fn percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'%' {
            let code = std::str::from_utf8(more.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(code, 16).ok()?);
            rest = more.get(2..)?;
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_is_clean() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text), expected, "{text:?}");
        check("a\r\nb\rc\td", "a\nb\nc\td");
        check("\u{1b}[1;31mred\u{1b}[0m", "red");
        check("\u{1b}]0;title\u{7}x\u{1b}]8;;u\u{1b}\\y", "xy");
        check(
            "\u{1b}]0;title without an end\nnext",
            "]0;title without an end\nnext",
        );
        check("\u{1b}(Bx\u{1b}cy\u{1b}", "xcy");
        check("\u{9b}31mx\0\u{7f}y", "31mxy");
        check("a\u{202e}b", "a\\u{202e}b");
        check("左肺\u{1b}[", "左肺[");
        check("\u{1b}[200~evil\u{1b}[201~", "evil");
    }

    #[test]
    fn long_pastes_are_folded() {
        assert_eq!(fold("a\nb\nc"), None);
        let lines = "x\n".repeat(312);
        let folded = SpanKind::Paste {
            lines: 312,
            letters: 624,
        };
        assert_eq!(fold(&lines), Some(folded));
        let long = "字".repeat(800);
        let folded = SpanKind::Paste {
            lines: 1,
            letters: 800,
        };
        assert_eq!(fold(&long), Some(folded));
    }

    #[test]
    fn a_path_alone_is_a_path() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(path(text).as_deref(), expected, "{text:?}");
        };
        check("/data/chest.dcm\n", Some("/data/chest.dcm"));
        check("'/data/my film.png'", Some("/data/my film.png"));
        check("/data/my\\ film.png ", Some("/data/my film.png"));
        check(
            "file:///data/my%20film%E5%B7%A6.png",
            Some("/data/my film左.png"),
        );
        check("file://localhost/a.png", Some("/a.png"));
        check("file:///a%0ab", None);
        check("file:///a%zz", None);
        check("scan.nii.gz", Some("scan.nii.gz"));
        check("~/x", Some("~/x"));
        check("../series", Some("../series"));
        check("Is it a.png?", None);
        check("/help", None);
        check("/open a.png", None);
        check("e.g.", None);
        check("3.5", None);
        check("https://a.b/c.png", None);
        check("a.png b.png", None);
        check("/a.png\n/b.png", None);
        check("", None);
    }
}
