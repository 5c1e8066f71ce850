//! Ids in, one at a time; text out, in whole characters and in the right voice.

use super::{SpecialTokens, Tokenizer, Voice};

/// What Gemma writes first when it thinks; it is a label, not a thought.
const THINKING_HEADER: &str = "thought\n";

/// Ids in, text out; holds back half a character, and the header of a thought.
///
/// Says what Transformers' `decode(ids, skip_special_tokens=True)` says, except that a run of bytes that is not
/// UTF-8 costs one U+FFFD for each broken character (Transformers gives up the whole run, which a stream cannot know).
pub struct TextStream<'a> {
    tokenizer: &'a Tokenizer,
    tokens: SpecialTokens,
    voice: Voice,
    /// The bytes of a character that is not whole yet.
    bytes: Vec<u8>,
    /// The beginning of a thought while it may still be the header.
    header: Option<String>,
}

/// What an id stands for.
enum Piece {
    Text(String),
    Byte(u8),
    Silent,
}

impl<'a> TextStream<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer, tokens: &SpecialTokens) -> Self {
        let tokens = tokens.clone();
        Self {
            tokenizer,
            tokens,
            voice: Voice::Answer,
            bytes: Vec::new(),
            header: None,
        }
    }

    /// The text that this id completes, possibly empty, in the voice it belongs to.
    /// The ids that begin and end a thought have no text of their own.
    pub fn push(&mut self, id: u32) -> (Voice, String) {
        if Some(id) == self.tokens.think_start {
            return self.turn_to(Voice::Thinking, Some(String::new()));
        }
        if Some(id) == self.tokens.think_end {
            return self.turn_to(Voice::Answer, None);
        }
        let text = match self.piece(id) {
            Piece::Text(text) => self.broken() + &text,
            Piece::Byte(byte) => {
                self.bytes.push(byte);
                whole_characters(&mut self.bytes)
            }
            Piece::Silent => String::new(),
        };
        (self.voice, self.without_header(text))
    }

    /// What was held back (a broken character becomes U+FFFD).
    pub fn finish(&mut self) -> (Voice, String) {
        let text = self.broken();
        let text = self.without_header(text);
        self.header = None;
        (self.voice, text)
    }

    /// The voice that the next id speaks in.
    pub fn voice(&self) -> Voice {
        self.voice
    }

    fn turn_to(&mut self, voice: Voice, header: Option<String>) -> (Voice, String) {
        let held = self.finish();
        self.voice = voice;
        self.header = header;
        held
    }

    fn piece(&self, id: u32) -> Piece {
        let Some(piece) = self.tokenizer.piece(id) else {
            return Piece::Silent;
        };
        if self.tokens.stop.contains(&id) || self.tokenizer.is_special(&piece) {
            return Piece::Silent;
        }
        byte_of(&piece).map_or_else(|| Piece::Text(piece.replace('▁', " ")), Piece::Byte)
    }

    /// What the held bytes are when no byte follows: U+FFFD, or nothing.
    fn broken(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned()
    }

    /// Holds a thought's first characters back while they may be the header, and drops the header.
    fn without_header(&mut self, text: String) -> String {
        let Some(mut held) = self.header.take() else {
            return text;
        };
        held.push_str(&text);
        if let Some(rest) = held.strip_prefix(THINKING_HEADER) {
            return rest.to_owned();
        }
        if THINKING_HEADER.starts_with(&held) {
            self.header = Some(held);
            return String::new();
        }
        held
    }
}

/// The byte that `<0xE4>` stands for.
fn byte_of(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2)
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Takes the characters that are whole; leaves the beginning of one that is not.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    loop {
        let (valid, broken) = match std::str::from_utf8(bytes) {
            Ok(_) => (bytes.len(), Some(0)),
            Err(error) => (error.valid_up_to(), error.error_len()),
        };
        let characters: Vec<u8> = bytes.drain(..valid).collect();
        text.push_str(&String::from_utf8_lossy(&characters));
        match broken {
            Some(0) | None => return text,
            Some(length) => {
                bytes.drain(..length);
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::NamedTokens;
    use super::*;

    fn phantom() -> (Tokenizer, SpecialTokens) {
        let json = include_bytes!("../demo/tokenizer.json");
        let tokenizer = Tokenizer::from_bytes(json).unwrap();
        let tokens = SpecialTokens::find(&tokenizer, &NamedTokens::default()).unwrap();
        (tokenizer, tokens)
    }

    #[test]
    fn a_thought_is_never_mixed_into_the_answer() {
        let (tokenizer, tokens) = phantom();
        let run = |words: &str| -> (String, String) {
            let mut stream = tokenizer.stream(&tokens);
            let (mut thinking, mut answer) = (String::new(), String::new());
            let mut take = |(voice, words): (Voice, String)| match voice {
                Voice::Thinking => thinking.push_str(&words),
                Voice::Answer => answer.push_str(&words),
            };
            for id in tokenizer.encode(words).unwrap() {
                take(stream.push(id));
            }
            take(stream.finish());
            (thinking, answer)
        };
        let table = [
            (
                "<unused94>thought\nthe side?<unused95>Left.",
                "the side?",
                "Left.",
            ),
            (
                "<unused94>thought\n<unused95>Left.<end_of_turn>",
                "",
                "Left.",
            ),
            (
                "<unused94>thoughts first<unused95>Left.",
                "thoughts first",
                "Left.",
            ),
            ("<unused94>thought\ncut sh", "cut sh", ""),
            ("<unused94>thou", "", ""),
            ("Left.<unused95> Right<eos>", "", "Left. Right"),
            (
                "a<unused94>b<unused95>c<unused94>thought\nd<unused95>e",
                "bd",
                "ace",
            ),
            ("<bos>plain<pad>", "", "plain"),
        ];
        for (words, thinking, answer) in table {
            assert_eq!(
                run(words),
                (thinking.to_owned(), answer.to_owned()),
                "{words:?}"
            );
        }
    }

    #[test]
    fn broken_bytes_become_replacement_characters() {
        let (tokenizer, tokens) = phantom();
        let byte = |byte: u8| tokenizer.id_of(&format!("<0x{byte:02X}>")).unwrap();
        let a = tokenizer.id_of("a").unwrap();
        let table: [(&[u32], &[&str], &str); 5] = [
            (&[byte(0xE4), byte(0xBD), byte(0xA0)], &["", "", "你"], ""),
            (&[byte(0xE4), a], &["", "\u{fffd}a"], ""),
            (&[byte(0xFF), byte(0x41)], &["\u{fffd}", "A"], ""),
            (
                &[byte(0xE4), byte(0xBD), byte(0xE4)],
                &["", "", "\u{fffd}"],
                "\u{fffd}",
            ),
            (
                &[byte(0xF0), byte(0x9F), tokens.stop[0]],
                &["", "", ""],
                "\u{fffd}",
            ),
        ];
        for (ids, pieces, rest) in table {
            let mut stream = tokenizer.stream(&tokens);
            let said: Vec<String> = ids.iter().map(|&id| stream.push(id).1).collect();
            assert_eq!(
                (said, stream.finish().1.as_str()),
                (pieces.iter().map(|&piece| piece.to_owned()).collect(), rest)
            );
        }
    }

    #[test]
    fn a_thought_that_ends_in_half_a_character_keeps_its_voice() {
        let (tokenizer, tokens) = phantom();
        let mut stream = tokenizer.stream(&tokens);
        let half = tokenizer.id_of("<0xE4>").unwrap();
        for id in [
            tokens.think_start.unwrap(),
            tokenizer.id_of("x").unwrap(),
            half,
        ] {
            stream.push(id);
        }
        assert_eq!(
            stream.push(tokens.think_end.unwrap()),
            (Voice::Thinking, "\u{fffd}".to_owned())
        );
        assert_eq!(stream.push(half), (Voice::Answer, String::new()));
        assert_eq!(stream.finish(), (Voice::Answer, "\u{fffd}".to_owned()));
    }
}
