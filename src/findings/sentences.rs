//! Tokens in, sentences out, each with whether it is a question.

use std::ops::Range;

use super::tokens::{Kind, Line, Mark, Token};

/// A run of tokens that states something by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its tokens, ends of lines among them.
    pub tokens: Range<usize>,
    /// It ends with a question mark.
    pub asked: bool,
    /// An empty line stands before it.
    pub apart: bool,
}

/// Words after which a sentence goes on in the next line, whatever that begins with.
const OPEN: &[&str] = &[
    "no", "not", "of", "the", "a", "an", "and", "or", "nor", "without", "in", "with", "is", "are",
    "left", "right", "to", "for", "on", "at", "未", "无", "及", "和", "或", "与", "，", "、", ",",
];

/// Splits at full stops, question marks, semicolons, and at ends of lines that wrap no sentence.
pub(super) fn sentences(tokens: &[Token]) -> Vec<Sentence> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut apart = false;
    for (i, token) in tokens.iter().enumerate() {
        let last = i.checked_sub(1).and_then(|it| tokens.get(it));
        let (ends, asked) = match token.kind {
            Kind::Mark(Mark::Stop | Mark::Semicolon) => (true, false),
            Kind::Mark(Mark::Question) => (true, true),
            Kind::Line(line) => (!goes_on(line, last), false),
            _ => (false, false),
        };
        if !ends {
            continue;
        }
        if i > start {
            let tokens = start..i;
            out.push(Sentence {
                tokens,
                asked,
                apart,
            });
            apart = false;
        }
        apart |= matches!(token.kind, Kind::Line(Line { blank: true, .. }));
        start = i + 1;
    }
    if start < tokens.len() {
        out.push(Sentence {
            tokens: start..tokens.len(),
            asked: false,
            apart,
        });
    }
    out
}

/// Whether a sentence goes on over the end of a line.
fn goes_on(line: Line, last: Option<&Token>) -> bool {
    if line.blank || line.fresh {
        return false;
    }
    let open = last.is_some_and(|it| OPEN.contains(&it.word.as_str()));
    let unseen = last.is_some_and(|it| it.word == "见");
    open || unseen || (line.long && line.lower)
}
