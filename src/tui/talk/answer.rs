//! Pieces of an answer in, its text with sections, tokens and end out.

use std::ops::Range;

use super::markdown::{CodeBlock, Markdown};
use super::sheet::{Kind, Sheet};
use crate::session::safe::{printable, printable_line};
use crate::settings::Lang;
use crate::tokenizer::Voice;

/// An answer, as far as it came.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Thinking and answer as they came, harmless to show.
    text: String,
    /// Bytes of it that no later piece changes.
    settled: usize,
    /// What came after them, as it came: a control character's look may depend on what follows.
    held: String,
    sections: Vec<Section>,
    tokens: Vec<Token>,
    is_unfolded: bool,
    phase: String,
    end: Option<End>,
    figures: Option<Figures>,
}

/// A stretch of one voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Whose it is.
    pub voice: Voice,
    /// Where its text begins.
    pub at: usize,
    /// Its first token: an index.
    pub token: usize,
}

/// A token of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    /// Where its text ends, in bytes of the answer; answers are not longer than 4 GiB.
    end: u32,
    /// Natural logarithm of its probability before any sampling setting.
    pub logprob: f32,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The model had said everything.
    Whole,
    /// Somebody stopped it.
    Stopped,
    /// The longest answer that was wanted is reached.
    Length,
    /// The context window is full.
    Window,
    /// The program ended in the middle.
    Cut,
    /// It could not be given, and why.
    Failed(String),
}

/// Counts and speeds of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Tokens of thinking and answer.
    pub new_tokens: usize,
    /// Tokens a second after the first.
    pub tokens_per_s: f64,
    /// Milliseconds to the first token.
    pub first_token_ms: f64,
}

impl Answer {
    /// Thinking and answer, harmless to show.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its stretches of one voice.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The bytes of a section; empty when there is none.
    pub fn section(&self, index: usize) -> Range<usize> {
        let Some(section) = self.sections.get(index) else {
            return self.text.len()..self.text.len();
        };
        let end = self
            .sections
            .get(index + 1)
            .map_or(self.text.len(), |it| it.at);
        section.at..end
    }

    /// Its tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// How it ended; `None` while it goes on.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What is done before the first token.
    pub fn phase(&self) -> &str {
        &self.phase
    }

    /// Says what is done before the first token.
    pub fn set_phase(&mut self, phase: &str) {
        self.phase = printable_line(phase);
    }

    /// Whether thinking is shown.
    pub fn is_unfolded(&self) -> bool {
        self.is_unfolded
    }

    /// Shows thinking or folds it.
    pub fn set_unfolded(&mut self, is_unfolded: bool) {
        self.is_unfolded = is_unfolded;
    }

    /// Whether any of it is thinking.
    pub fn has_thinking(&self) -> bool {
        self.sections.iter().any(|it| it.voice == Voice::Thinking)
    }

    /// Takes a token.
    pub fn push(&mut self, text: &str, voice: Voice, logprob: f32) {
        if self.sections.last().is_none_or(|it| it.voice != voice) {
            self.settle();
            self.sections.push(Section {
                voice,
                at: self.text.len(),
                token: self.tokens.len(),
            });
        }
        self.held.push_str(text);
        let before = self.text.split_off(self.settled);
        let cut = last_cut(&self.held);
        let (done, rest) = self.held.split_at(cut);
        self.text.push_str(&printable(done));
        let settled = self.text.len();
        self.text.push_str(&printable(rest));
        self.held.drain(..cut);
        let same = self.settled + common(&before, &self.text[self.settled..]);
        for token in self
            .tokens
            .iter_mut()
            .rev()
            .take_while(|it| it.end() > same)
        {
            token.end = short(same);
        }
        self.settled = settled;
        self.tokens.push(Token {
            end: short(self.text.len()),
            logprob,
        });
    }

    /// Ends it.
    pub fn finish(&mut self, end: End, figures: Option<Figures>) {
        self.settle();
        self.figures = figures;
        self.end = Some(match end {
            End::Failed(problem) => End::Failed(printable(problem.trim_end())),
            end => end,
        });
    }

    fn settle(&mut self) {
        self.settled = self.text.len();
        self.held.clear();
    }

    /// Whether a section is not shown.
    pub fn is_folded(&self, section: usize) -> bool {
        !self.is_unfolded && self.thought(section).is_some()
    }

    /// The tokens of a section that is thinking.
    pub fn thought(&self, section: usize) -> Option<usize> {
        let it = self
            .sections
            .get(section)
            .filter(|it| it.voice == Voice::Thinking)?;
        let end = self
            .sections
            .get(section + 1)
            .map_or(self.tokens.len(), |it| it.token);
        Some(end - it.token)
    }

    /// The token that a place in the text belongs to: an index.
    pub fn token_at(&self, place: usize) -> Option<usize> {
        let index = self.tokens.partition_point(|it| it.end() <= place);
        (index < self.tokens.len()).then_some(index)
    }

    /// The text of a token: its bytes.
    pub fn token_span(&self, index: usize) -> Option<Range<usize>> {
        let end = self.tokens.get(index)?.end();
        let before = index.checked_sub(1).and_then(|it| self.tokens.get(it));
        let start = before.map_or(0, Token::end);
        Some(start.min(end)..end)
    }

    /// What was said, without the thinking.
    pub fn said(&self) -> String {
        let parts = self.answers().filter_map(|it| self.text.get(it));
        parts.collect::<String>().trim().to_owned()
    }

    fn answers(&self) -> impl Iterator<Item = Range<usize>> {
        let sections = self.sections.iter().enumerate();
        sections
            .filter(|it| it.1.voice == Voice::Answer)
            .map(|it| self.section(it.0))
    }

    /// Its code blocks.
    pub fn codes(&self) -> Vec<CodeBlock> {
        let mut codes = Vec::new();
        for span in self.answers() {
            let mut markdown = Markdown::with_codes();
            let mut nowhere = Sheet::default();
            for line in self.text.get(span).unwrap_or("").split_terminator('\n') {
                markdown.line(line, 0, &mut nowhere);
            }
            codes.extend(markdown.finish(false, &mut nowhere));
        }
        codes
    }

    /// Writes how it ended, and how fast it was.
    pub(super) fn write_end(&self, lang: Lang, out: &mut Sheet) {
        let why = match &self.end {
            None => return,
            Some(End::Failed(problem)) => {
                for line in problem.lines() {
                    out.say(line, Kind::Failure.into());
                }
                ""
            }
            Some(End::Whole) => "",
            Some(End::Stopped) => lang.pick("stopped", "已停止"),
            Some(End::Length) => lang.pick(
                "cut off: the longest answer is reached",
                "截断：已达最长回答",
            ),
            Some(End::Window) => lang.pick(
                "cut off: the context window is full",
                "截断：上下文窗口已满",
            ),
            Some(End::Cut) => lang.pick("cut off: the program ended", "截断：程序已退出"),
        };
        let figures = self
            .figures
            .as_ref()
            .map(|it| it.say(lang))
            .unwrap_or_default();
        let words: Vec<&str> = [why, &figures]
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect();
        if !words.is_empty() {
            out.say(&words.join(lang.pick("; ", "；")), Kind::Dim.into());
        }
    }
}

impl Figures {
    fn say(&self, lang: Lang) -> String {
        let (n, speed, first) = (
            self.new_tokens,
            self.tokens_per_s,
            self.first_token_ms / 1000.0,
        );
        match lang {
            Lang::En => format!("{n} tokens, {speed:.1}/s, first after {first:.2} s"),
            Lang::Zh => format!("{n} 词元，{speed:.1}/秒，首词元 {first:.2} 秒"),
        }
    }
}

impl Token {
    /// Where its text ends, in bytes of the answer.
    pub fn end(&self) -> usize {
        self.end as usize
    }
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The bytes that two texts begin with alike.
fn common(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|it| it.0 == it.1);
    same.map(|it| it.0.len_utf8()).sum()
}

/// The last place of a text such that what is before it looks the same whatever follows: the last character waits, and
/// so does what comes before a joiner.
fn last_cut(text: &str) -> usize {
    let joins = |it: char| matches!(it, '\u{200c}' | '\u{200d}');
    let mut after: Option<char> = None;
    for (at, letter) in text.char_indices().rev() {
        let waits = joins(letter) || letter == '\r';
        if after.is_some_and(|it| !joins(it)) && !waits {
            return at + letter.len_utf8();
        }
        after = Some(letter);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(pieces: &[&str]) -> Answer {
        let mut answer = Answer::default();
        for piece in pieces {
            answer.push(piece, Voice::Answer, -0.1);
        }
        answer
    }

    #[test]
    fn text_is_harmless_however_it_is_cut_into_pieces() {
        let text = "a\r\nb\rc\u{1b}[31m 👩\u{200d}⚕\u{fe0f} a\u{200d}b 末\u{200d} \u{200d}";
        let letters: Vec<String> = text.chars().map(String::from).collect();
        for n in 1..letters.len() {
            let pieces: Vec<String> = letters
                .chunks(n)
                .map(<[std::string::String]>::concat)
                .collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            for upto in 0..=pieces.len() {
                let answer = answer(&pieces[..upto]);
                assert_eq!(answer.text(), printable(&pieces[..upto].concat()));
                let ends: Vec<usize> = answer.tokens().iter().map(super::Token::end).collect();
                assert!(ends.is_sorted(), "{ends:?}");
                assert!(ends.last().is_none_or(|it| *it <= answer.text().len()));
            }
        }
    }

    #[test]
    fn a_place_belongs_to_a_token() {
        let answer = answer(&["No", " eff", "", "usion"]);
        let token = |place| answer.token_at(place);
        assert_eq!(
            [0, 1, 2, 6, 7].map(token),
            [Some(0), Some(0), Some(1), Some(3), Some(3)]
        );
        assert_eq!(token(11), None);
        assert_eq!(answer.token_span(1), Some(2..6));
        assert_eq!(answer.token_span(2), Some(6..6));
        assert_eq!(answer.token_span(4), None);
    }

    #[test]
    fn thinking_is_not_what_was_said() {
        let mut answer = Answer::default();
        for (piece, voice) in [
            ("Look", Voice::Thinking),
            (" left.", Voice::Thinking),
            ("\nClear.", Voice::Answer),
        ] {
            answer.push(piece, voice, 0.0);
        }
        assert_eq!(answer.said(), "Clear.");
        assert_eq!(answer.thought(0), Some(2));
        assert_eq!(answer.thought(1), None);
        assert!(answer.is_folded(0) && !answer.is_folded(1));
        assert_eq!(answer.section(0), 0..10);
    }

    #[test]
    fn code_is_copied_without_its_fence() {
        let answer = answer(&["See\n```json\n[1,\n", " 2]\n```\n- x\n  ```\n  y\n"]);
        let code = |language: &str, text: &str| CodeBlock {
            language: language.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            answer.codes(),
            [code("json", "[1,\n 2]\n"), code("", "y\n")]
        );
    }
}
