//! Lines of JSON in, the same lines with names, texts and numbers told apart and boxes numbered out.

use super::sheet::{Face, Kind, Lead, Shape, Sheet};

/// The name that `MedGemma` gives a box.
const BOX: &str = "\"box_2d\"";

/// JSON so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Json {
    /// Brackets that are open.
    depth: usize,
    /// Boxes so far.
    boxes: u16,
    /// Whether it stands in a fence, which alone ends it.
    is_fenced: bool,
}

impl Json {
    /// In a code block.
    pub(super) fn fenced() -> Self {
        Self {
            is_fenced: true,
            ..Self::default()
        }
    }

    /// Writes a line behind its leads; whether the JSON goes on after it.
    pub(super) fn line(
        &mut self,
        text: &str,
        at: usize,
        mut leads: Vec<Lead>,
        out: &mut Sheet,
    ) -> bool {
        let start = out.end();
        let before = self.boxes;
        let mut from = 0;
        let mut is_over = false;
        while let Some((length, kind)) = self.token(&text[from..]) {
            let piece = &text[from..from + length];
            let kind = if is_over { Kind::Text } else { kind };
            if kind == Kind::Key && piece == BOX {
                self.boxes = self.boxes.saturating_add(1);
            }
            out.put(piece, Some(at + from), Face::from(kind));
            from += length;
            is_over = is_over || !self.is_fenced && self.depth == 0;
        }
        let boxes = (self.boxes > before).then_some((before + 1, self.boxes));
        leads.push(Lead::Json(boxes));
        out.close(start, leads, Shape::Words);
        self.is_fenced || self.depth > 0
    }

    /// The bytes and the kind of the next token; brackets are counted.
    fn token(&mut self, text: &str) -> Option<(usize, Kind)> {
        let first = text.chars().next()?;
        let run = |is_in: fn(char) -> bool| text.find(|it| !is_in(it)).unwrap_or(text.len());
        Some(match first {
            '"' => {
                let length = string_length(text);
                let is_key = text[length..].trim_start().starts_with(':');
                (length, if is_key { Kind::Key } else { Kind::String })
            }
            '{' | '[' => {
                self.depth += 1;
                (1, Kind::Code)
            }
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                (1, Kind::Code)
            }
            '-' | '0'..='9' => (
                run(|it| matches!(it, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')),
                Kind::Number,
            ),
            _ if first.is_alphabetic() => (run(char::is_alphabetic), Kind::Number),
            _ => {
                let plain = |it: char| !it.is_alphanumeric() && !"\"{}[]-".contains(it);
                (run(plain).max(first.len_utf8()), Kind::Code)
            }
        })
    }
}

/// The bytes of the text that a quote begins, to its closing quote or the line's end.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
