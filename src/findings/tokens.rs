//! A text in, its tokens out: words in their base form, Chinese characters, numbers and the marks that mean something.

use std::ops::Range;

use super::fold::{fold, is_han};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, or a single Chinese character.
    Word,
    /// Digits, with at most one point in them.
    Number,
    /// A mark.
    Mark(Mark),
    /// The end of a line.
    Line(Line),
}

/// The marks that structure a text. All others are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Full stop, exclamation mark, braces: the sentence ends.
    Stop,
    /// Question mark.
    Question,
    /// Semicolon.
    Semicolon,
    /// Comma, bracket, dash between spaces.
    Comma,
    /// The comma of Chinese text, which ends a clause.
    ChineseComma,
    /// The Chinese list mark `、`.
    List,
    /// Colon, or the border between cells of a table.
    Colon,
    /// Slash, ampersand, arrow: looked up as words.
    Sign,
    /// Hyphen or tilde between numbers.
    Joint,
    /// Multiplication between numbers.
    Times,
}

/// What is known at the end of a line about whether the sentence goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about two lines"
)]
pub(super) struct Line {
    /// The next line is empty.
    pub blank: bool,
    /// The next line begins with a bullet, a number, a heading or a table row.
    pub fresh: bool,
    /// The next line begins with a lower-case letter or a digit.
    pub lower: bool,
    /// The line was so long that it may have been wrapped.
    pub long: bool,
}

/// A piece of the text.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    /// Lower case, singular, plain characters; what tables of phrases are compared with.
    pub word: String,
    /// Whether the base form is shorter than what was written: "nodules".
    pub plural: bool,
    /// Its bytes.
    pub span: Range<usize>,
}

/// Bytes from which a line counts as wrapped.
const WRAPPED: usize = 40;
/// Points after these end no sentence.
const SHORT: &[&str] = &[
    "approx", "ca", "eg", "ie", "vs", "incl", "resp", "cf", "dr", "fig", "max", "min", "diam",
    "est", "lt", "rt", "e", "i", "g",
];

/// Splits a text. Linear in its length.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let all = text
        .char_indices()
        .filter_map(|(at, c)| fold(c).map(|plain| (at, plain, c)));
    let mut scanner = Scanner {
        chars: all.collect(),
        text,
        at: 0,
        line: 0,
        out: Vec::new(),
    };
    scanner.skip_bullet();
    while scanner.at < scanner.chars.len() {
        scanner.step();
    }
    scanner.out
}

struct Scanner<'a> {
    /// Byte, folded, as written.
    chars: Vec<(usize, char, char)>,
    text: &'a str,
    at: usize,
    /// The byte at which the line began.
    line: usize,
    out: Vec<Token>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.chars
            .get(self.at.saturating_add(ahead))
            .map_or('\0', |it| it.1)
    }

    fn before(&self) -> char {
        let before = self.at.checked_sub(1).and_then(|it| self.chars.get(it));
        before.map_or('\0', |it| it.1)
    }

    /// The byte after the character before `at`.
    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.text.len(), |it| it.0)
    }

    fn step(&mut self) {
        let c = self.peek(0);
        if c.is_ascii_digit() {
            self.number();
        } else if is_han(c) {
            self.push(Kind::Word, 1);
        } else if c.is_alphanumeric() {
            self.word();
        } else if c == '\n' {
            self.end_line();
        } else if let Some(mark) = self.mark(c) {
            self.push(Kind::Mark(mark), 1);
        } else {
            self.at += 1;
        }
    }

    /// Takes `n` characters as a token.
    fn push(&mut self, kind: Kind, n: usize) {
        let end = self.at.saturating_add(n).min(self.chars.len());
        let taken = self.chars.get(self.at..end).unwrap_or_default();
        let raw: String = taken.iter().map(|it| it.1).collect();
        let start = self.byte(self.at);
        let last = taken.last().map_or(start, |it| it.0 + it.2.len_utf8());
        let (word, plural) = match kind {
            Kind::Word => base(&raw),
            _ => (raw, false),
        };
        self.out.push(Token {
            kind,
            word,
            plural,
            span: start..last,
        });
        self.at = end;
    }

    fn number(&mut self) {
        let mut n = 0;
        let mut point = false;
        loop {
            let c = self.peek(n);
            let decimal = c == '.' && !point && self.peek(n + 1).is_ascii_digit();
            if !c.is_ascii_digit() && !decimal {
                break;
            }
            point |= decimal;
            n += 1;
        }
        self.push(Kind::Number, n);
    }

    /// A word, with apostrophes inside and digits after its first letter ("t2", "isn't").
    fn word(&mut self) {
        let measured = self.after_measure();
        if measured && matches!(self.peek(0), 'x' | 'X') && self.peek(1).is_ascii_digit() {
            return self.push(Kind::Mark(Mark::Times), 1);
        }
        let mut n = 1;
        loop {
            let c = self.peek(n);
            let inner = c == '\'' && self.peek(n + 1).is_alphabetic();
            if is_han(c) || !(c.is_alphanumeric() || inner) {
                break;
            }
            // "5mmx3mm"
            let unit = n == 2 && self.before().is_ascii_digit() && self.is_unit();
            if unit && matches!(c, 'x' | 'X') && self.peek(3).is_ascii_digit() {
                break;
            }
            n += 1;
        }
        self.push(Kind::Word, n);
    }

    fn is_unit(&self) -> bool {
        matches!(
            (
                self.peek(0).to_ascii_lowercase(),
                self.peek(1).to_ascii_lowercase()
            ),
            ('m' | 'c', 'm')
        )
    }

    /// Whether the last token is a number or a unit behind one.
    fn after_measure(&self) -> bool {
        self.out
            .last()
            .is_some_and(|it| it.kind == Kind::Number || matches!(&*it.word, "mm" | "cm"))
    }

    fn mark(&mut self, c: char) -> Option<Mark> {
        let written = self.chars.get(self.at).map_or(c, |it| it.2);
        Some(match c {
            '.' => return self.ends_sentence().then_some(Mark::Stop),
            '!' | '。' | '{' | '}' | '…' => Mark::Stop,
            '?' => Mark::Question,
            ';' => Mark::Semicolon,
            ',' if written != ',' || is_han(self.before()) => Mark::ChineseComma,
            ',' | '(' | '[' | ')' | ']' => Mark::Comma,
            '、' => Mark::List,
            ':' if self.before().is_ascii_digit() && self.peek(1).is_ascii_digit() => return None,
            ':' | '|' => Mark::Colon,
            '/' | '&' | '→' => Mark::Sign,
            '~' => Mark::Joint,
            '×' => Mark::Times,
            '*' if self.after_measure() && self.next_is_digit() => Mark::Times,
            '-' => return self.dash(),
            _ => return None,
        })
    }

    /// Hyphens inside words are nothing; between numbers a range; between spaces a comma.
    fn dash(&mut self) -> Option<Mark> {
        if self.peek(1) == '>' {
            if let Some(next) = self.chars.get_mut(self.at) {
                next.1 = '→';
            }
            return Some(Mark::Sign);
        }
        if self.after_measure() && self.next_is_digit() {
            return Some(Mark::Joint);
        }
        let apart = self.before() == ' ' && matches!(self.peek(1), ' ' | '\n' | '\0' | '-');
        let chinese = is_han(self.before()) && self.before() != '-' && self.peek(1) == '-';
        (apart || chinese || self.before() == '-').then_some(Mark::Comma)
    }

    fn next_is_digit(&self) -> bool {
        let next = self.chars.get(self.at + 1..).unwrap_or_default();
        next.iter()
            .take(3)
            .find(|it| it.1 != ' ')
            .is_some_and(|it| it.1.is_ascii_digit())
    }

    /// Whether a point ends a sentence: not inside a number, an abbreviation or a name.
    fn ends_sentence(&self) -> bool {
        let after = self.peek(1);
        let short = self.out.last().is_some_and(|it| {
            it.span.end == self.byte(self.at) && SHORT.contains(&it.word.to_lowercase().as_str())
        });
        // "J.Smith", "e.g": a letter follows at once, and a single one stands before.
        let inside = after.is_ascii_lowercase() && self.before().is_ascii_alphabetic();
        let decimal = after.is_ascii_digit() && self.before().is_ascii_digit();
        !(short || inside || decimal)
    }

    fn end_line(&mut self) {
        let start = self.byte(self.at);
        let long = start.saturating_sub(self.line) >= WRAPPED;
        self.at += 1;
        let mut blank = false;
        loop {
            match self.peek(0) {
                ' ' => self.at += 1,
                '\n' => {
                    blank = true;
                    self.at += 1;
                }
                _ => break,
            }
        }
        self.line = self.byte(self.at);
        let fresh = self.skip_bullet();
        let next = self.peek(0);
        let line = Line {
            blank,
            fresh,
            lower: next.is_lowercase() || next.is_ascii_digit() || next == '(',
            long,
        };
        self.out.push(Token {
            kind: Kind::Line(line),
            word: String::new(),
            plural: false,
            span: start..start + 1,
        });
    }

    /// Passes over what a list item, a heading or a quotation begins with.
    fn skip_bullet(&mut self) -> bool {
        let mut fresh = false;
        loop {
            let c = self.peek(0);
            let next = self.peek(1);
            let bullet = matches!(c, '-' | '+' | '*') && next == ' ';
            let digits = usize::from(c.is_ascii_digit())
                + usize::from(c.is_ascii_digit() && next.is_ascii_digit());
            let close = self.peek(digits);
            let beyond = self.peek(digits + 1);
            let numbered = digits > 0
                && (matches!(close, ')' | '、') || (close == '.' && !beyond.is_ascii_digit()));
            if numbered {
                self.at += digits + 1;
                fresh = true;
            } else if bullet
                || matches!(
                    c,
                    '#' | '•' | '·' | '◦' | '▪' | '‣' | '●' | '○' | '■' | '◆' | '>' | '|'
                )
                || (c == '*' && next == '*')
                || ('①'..='⑳').contains(&c)
            {
                fresh = true;
                self.at += 1;
            } else if c == ' ' && fresh {
                self.at += 1;
            } else {
                return fresh;
            }
        }
    }
}

/// The base form of a word: lower case (but a lone L or R, which is a side only as a capital), singular.
fn base(raw: &str) -> (String, bool) {
    if matches!(raw, "L" | "R") {
        return (raw.to_owned(), false);
    }
    let word = raw.to_lowercase().replace('œ', "oe").replace('æ', "ae");
    let singular = singular(&word);
    let plural = singular.is_some();
    (singular.unwrap_or(word), plural)
}

/// The singular by spelling alone, used on texts and tables alike, so that it need not be English.
fn singular(word: &str) -> Option<String> {
    // "Rules out" denies, "rule out" asks; "suggests" ends what "to suggest" does not.
    let verb = matches!(word, "rules" | "excludes" | "suggests" | "indicates");
    if word.len() <= 3 || verb || !word.is_ascii() {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return (word.len() > 4).then(|| format!("{stem}y"));
    }
    let whole = ["sses", "xes", "ches", "shes"]
        .iter()
        .any(|it| word.ends_with(it));
    if whole {
        return word.strip_suffix("es").map(str::to_owned);
    }
    let fixed = ["ss", "us", "is", "'s"].iter().any(|it| word.ends_with(it));
    word.strip_suffix('s').filter(|_| !fixed).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words: Vec<String> = tokens(text)
            .into_iter()
            .map(|it| match it.kind {
                Kind::Word | Kind::Number => it.word,
                Kind::Mark(mark) => format!("{mark:?}"),
                Kind::Line(_) => "Line".to_owned(),
            })
            .collect();
        assert_eq!(words.join(" "), expected, "{text:?}");
    }

    #[test]
    fn words_numbers_and_marks() {
        check("No opacities, masses.", "no opacity Comma mass Stop");
        check("**Heart:** normal", "heart Colon normal");
        check("ground-glass T2 isn’t", "ground glass t2 isn't");
        check("12mm 1.5 cm.", "12 mm 1.5 cm Stop");
        check("3x4 cm, 5mmx3mm", "3 Times 4 cm Comma 5 mm Times 3 mm");
        check("3-5 mm – 2 * 3cm", "3 Joint 5 mm Joint 2 Times 3 cm");
        check("lungs - clear e.g. this", "lung Comma clear e g this");
        check("右肺，１２毫米。", "右 肺 ChineseComma 12 毫 米 Stop");
        check("R effusion r/o", "R effusion r Sign o");
        check("8 mm -> 9 mm", "8 mm Sign 9 mm");
        check("- one\n2. two\n\n# three", "one Line two Line three");
        check("", "");
    }
}
