//! A line of text and a width in, the byte ranges of its rows out; how wide what a person sees as one character is.
//!
//! Rows break at blanks, after hyphens inside words, and between Chinese, Japanese and Korean characters, but never so
//! that closing punctuation begins a row or opening punctuation ends one (GB/T 15834, 5.1; a small part of UAX #14).
//! What has no such place is cut between two characters.

use std::ops::Range;

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation;

/// The longest character that is drawn, in bytes; hostile text piles thousands of marks on one letter.
const LONGEST: usize = 64;

/// What is drawn for one grapheme cluster, and its width in cells; a width of 0 is not drawn.
///
/// This is the width that the screen's buffer reckons with, or rows and cells would disagree.
pub fn glyph(cluster: &str) -> (&str, u16) {
    match cluster.as_bytes() {
        [byte] if byte.is_ascii_control() => ("", 0),
        [_] => (cluster, 1),
        _ if cluster.len() > LONGEST => ("\u{fffd}", 1),
        _ if cluster.contains(char::is_control) => ("", 0),
        _ => (cluster, cluster.cell_width()),
    }
}

/// The width of a text in cells.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|it| matches!(it, b' '..=b'~')) {
        return text.len();
    }
    text.graphemes(true)
        .map(|it| usize::from(glyph(it).1))
        .sum()
}

/// The longest beginning of a text that is no wider than `most` cells.
pub fn clip(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += usize::from(glyph(cluster).1);
        if used > most {
            return &text[..at];
        }
    }
    text
}

/// A text cut to at most `most` cells, with `ellipsis` (one cell) where something is missing.
pub fn shorten(text: &str, most: usize, ellipsis: &str) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    match most {
        0 => String::new(),
        _ => format!("{}{ellipsis}", clip(text, most - 1).trim_end()),
    }
}

/// Calls `row` with the byte range of each row of a line, broken at words; there is always at least one.
///
/// Blanks where a row ends belong to no row. A row is wider than `width` only where one character alone is.
pub fn words(line: &str, width: usize, mut row: impl FnMut(Range<usize>)) {
    let width = width.max(1);
    let mut start = 0;
    let mut used = 0;
    let mut place: Option<Place> = None;
    let mut before = Before::default();
    for (at, cluster) in line.grapheme_indices(true) {
        let wide = usize::from(glyph(cluster).1);
        let class = Class::of(cluster);
        if at > start && before.may_end(class, cluster) {
            place = Some(Place {
                end: before.ink,
                next: at,
                used,
            });
        }
        while class != Class::Blank && used + wide > width && at > start {
            let cut = place.take().filter(|it| it.end > start).unwrap_or(Place {
                end: before.ink.max(start),
                next: at,
                used,
            });
            row(start..cut.end);
            start = cut.next;
            used -= cut.used;
        }
        used += wide;
        before.step(class, cluster, at);
    }
    row(start..line.len().min(before.ink).max(start));
}

/// Calls `row` with the byte range of each row of a line, cut wherever the width is reached: code keeps its blanks.
pub fn chop(line: &str, width: usize, mut row: impl FnMut(Range<usize>)) {
    let width = width.max(1);
    let (mut start, mut used) = (0, 0);
    for (at, cluster) in line.grapheme_indices(true) {
        let wide = usize::from(glyph(cluster).1);
        if used + wide > width && at > start {
            row(start..at);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    row(start..line.len());
}

/// A place where a row may end.
struct Place {
    /// The end of its ink.
    end: usize,
    /// Where the next row begins.
    next: usize,
    /// Cells from the row's beginning to `next`.
    used: usize,
}

/// What stands before the character that is looked at.
#[derive(Default)]
struct Before<'a> {
    class: Option<Class>,
    /// Whether a letter stands before the last character.
    letter: bool,
    cluster: &'a str,
    /// The end of the last character that is no blank.
    ink: usize,
}

impl<'a> Before<'a> {
    fn step(&mut self, class: Class, cluster: &'a str, at: usize) {
        self.letter = self.class == Some(Class::Letter);
        self.class = Some(class);
        self.cluster = cluster;
        if class != Class::Blank {
            self.ink = at + cluster.len();
        }
    }

    /// Whether a row may end between the last character and this one.
    fn may_end(&self, class: Class, cluster: &str) -> bool {
        use Class::{Blank, Close, Hyphen, LatinClose, LatinOpen, Letter, Open, Wide};
        let Some(last) = self.class else {
            return false;
        };
        match (last, class) {
            (_, Blank) => false,
            (Blank, _) => true,
            (_, Close) | (Open, _) | (Wide, LatinClose) | (LatinOpen, Wide) => false,
            // Chinese dashes and dots come in pairs.
            (Wide, Wide) => !(matches!(cluster, "—" | "…") && self.cluster == cluster),
            (Wide | Close, _) | (_, Wide | Open) => true,
            (Hyphen, Letter) => self.letter,
            _ => false,
        }
    }
}

/// How a character behaves at the end of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Letter,
    Hyphen,
    Wide,
    Open,
    Close,
    /// Closes after a wide character, and is part of a word after a letter.
    LatinClose,
    LatinOpen,
    Other,
}

impl Class {
    fn of(cluster: &str) -> Self {
        let Some(first) = cluster.chars().next() else {
            return Self::Other;
        };
        // A blank that carries an accent has ink.
        let is_alone = first.len_utf8() == cluster.len();
        match first {
            _ if first.is_whitespace() && !is_alone => Self::Other,
            ' ' | '\t' | '\u{3000}' => Self::Blank,
            '-' | '/' | '–' => Self::Hyphen,
            ',' | '.' | ':' | ';' | '!' | '?' | ')' | ']' | '}' | '%' | '"' | '\'' => {
                Self::LatinClose
            }
            '(' | '[' | '{' => Self::LatinOpen,
            _ if first.is_ascii() => {
                if first.is_ascii_alphabetic() {
                    Self::Letter
                } else {
                    Self::Other
                }
            }
            '（' | '〔' | '［' | '｛' | '《' | '〈' | '【' | '〖' | '「' | '『' | '“' | '‘' => {
                Self::Open
            }
            '、' | '。' | '，' | '．' | '：' | '；' | '？' | '！' | '）' | '〕' | '］' | '｝'
            | '》' | '〉' | '】' | '〗' | '」' | '』' | '”' | '’' | '％' | '‰' | '℃' | '°'
            | '·' | '～' | '々' | 'ー' | 'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ'
            | 'ょ' | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' => {
                Self::Close
            }
            '—' | '…' => Self::Wide,
            _ if glyph(cluster).1 >= 2 => Self::Wide,
            _ if first.is_whitespace() && first != '\u{a0}' && first != '\u{202f}' => Self::Blank,
            _ if first.is_alphabetic() => Self::Letter,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(line: &str, width: usize) -> Vec<&str> {
        let mut rows = Vec::new();
        words(line, width, |it| rows.push(&line[it]));
        rows
    }

    #[track_caller]
    fn check(line: &str, width: usize, expected: &[&str]) {
        assert_eq!(rows(line, width), expected, "{line:?} at {width}");
    }

    #[test]
    fn rows_break_at_words() {
        check("", 10, &[""]);
        check("No effusion.", 12, &["No effusion."]);
        check("No effusion.", 11, &["No", "effusion."]);
        check("a  b", 3, &["a", "b"]);
        check("a  b", 4, &["a  b"]);
        check("  indented text", 10, &["  indented", "text"]);
        check("trailing   ", 8, &["trailing"]);
        check("   ", 2, &[""]);
        check(
            "follow-up in 3-5 days",
            8,
            &["follow-", "up in", "3-5 days"],
        );
        check("posteroanterior", 6, &["poster", "oanter", "ior"]);
    }

    #[test]
    fn chinese_breaks_between_characters_and_never_before_closing_punctuation() {
        check("双肺野清晰。", 12, &["双肺野清晰。"]);
        check("双肺野清晰。", 10, &["双肺野清", "晰。"]);
        check("双肺野清晰。", 11, &["双肺野清", "晰。"]);
        check("诊断（肺炎）", 6, &["诊断", "（肺", "炎）"]);
        check("他说：“好”。", 8, &["他说：", "“好”。"]);
        check("左肺CT示结节", 8, &["左肺CT示", "结节"]);
        check("左肺,右肺", 4, &["左", "肺,", "右肺"]);
        check("约3.5 cm大小", 8, &["约3.5 cm", "大小"]);
        check("甲——乙", 4, &["甲——", "乙"]);
        check("一、二", 2, &["一", "、", "二"]);
    }

    #[test]
    fn clusters_stay_whole() {
        check(
            "e\u{301}e\u{301}e\u{301}",
            2,
            &["e\u{301}e\u{301}", "e\u{301}"],
        );
        check(
            "👩\u{200d}⚕\u{fe0f}👩\u{200d}⚕\u{fe0f}",
            3,
            &["👩\u{200d}⚕\u{fe0f}", "👩\u{200d}⚕\u{fe0f}"],
        );
        check("🇩🇪🇨🇳", 2, &["🇩🇪", "🇨🇳"]);
        check("中", 1, &["中"]);
        check("中a", 1, &["中", "a"]);
    }

    #[test]
    fn code_is_cut_where_the_width_is_reached() {
        let mut rows = Vec::new();
        let line = "let x  =  中;";
        chop(line, 6, |it| rows.push(&line[it]));
        assert_eq!(rows, ["let x ", " =  中", ";"]);
    }

    #[test]
    fn texts_are_measured_and_cut() {
        assert_eq!(width("a中e\u{301}"), 4);
        assert_eq!(clip("a中b", 2), "a");
        assert_eq!(shorten("effusion", 5, "…"), "effu…");
        assert_eq!(shorten("积液积液", 5, "…"), "积液…");
        assert_eq!(shorten("ok", 2, "…"), "ok");
        assert_eq!(shorten("no", 0, "…"), "");
        let pile = format!("a{}", "\u{301}".repeat(5000));
        assert_eq!(glyph(&pile), ("\u{fffd}", 1));
    }

    /// A small generator: what it yields depends on the seed only.
    fn random(seed: u64, most: usize) -> String {
        let alphabet: Vec<&str> = "a b - . , ( ) 中 。 （ ） “ ” — … 👩\u{200d}⚕\u{fe0f} e\u{301} \u{301} 🇩 ﾞ क्षि ﷽ \u{200d} - 3 \u{a0}".split(' ').chain([" ", " "]).collect();
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        let n = next() % most;
        (0..n).map(|_| alphabet[next() % alphabet.len()]).collect()
    }

    #[test]
    fn no_row_is_wider_than_the_width_and_nothing_but_blanks_is_lost() {
        for seed in 0..5000 {
            let line = random(seed, 40);
            let limit = 1 + usize::try_from(seed % 17).unwrap();
            let widest = line.graphemes(true).map(width).max().unwrap_or(0);
            for row in rows(&line, limit) {
                assert!(
                    width(row.trim_end()) <= limit.max(widest),
                    "{line:?} at {limit}: {row:?}"
                );
            }
            let inked = |it: &str| it.replace([' ', '\u{3000}'], "");
            assert_eq!(inked(&rows(&line, limit).concat()), inked(&line));
            let mut cut = String::new();
            chop(&line, limit, |it| cut.push_str(&line[it]));
            assert_eq!(cut, line);
        }
    }
}
