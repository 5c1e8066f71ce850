//! What was said and what happened in, one sheet a message out; an answer that grows is drawn from where it changed.

use super::markdown::{CodeBlock, Markdown};
use super::sheet::{Face, Kind, Lead, Mark, Shape, Sheet};
use crate::session::safe::{printable, printable_line};
use crate::settings::Lang;

pub use super::answer::{Answer, End, Figures, Token};

/// One entry of the conversation.
#[derive(Debug, Clone)]
pub struct Message {
    /// The turn that it belongs to, as the session counts; `None` for what belongs to no question.
    pub turn: Option<usize>,
    /// Whether the turn was undone.
    pub is_undone: bool,
    /// What it is.
    pub body: Body,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum Body {
    /// A question.
    Question(Question),
    /// An answer.
    Answer(Answer),
    /// Something that the program has to say.
    Remark(Level, String),
    /// A picture that was opened.
    Picture(Opened),
}

/// A question of so many lines or bytes is folded …
const LONG_LINES: usize = 24;
const LONG_BYTES: usize = 4000;

/// … to so many.
const FOLDED_LINES: usize = 10;
const FOLDED_BYTES: usize = 1200;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// As it was asked, harmless to show.
    text: String,
    notes: Vec<Note>,
    is_unfolded: bool,
}

/// What is particular about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Asked without the earlier turns.
    Fresh,
    /// Asked again: the turn whose answer it replaces.
    Retry(usize),
    /// Asked in other words: the turn that it was edited from.
    Edited(usize),
    /// The first of a branch: the turn after which it goes its own way.
    Branch(usize),
    /// A control with grey pictures in place of the real ones.
    Blank,
    /// A control without pictures.
    Sightless,
    /// A control in other words.
    Paraphrase,
}

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For those who want to know.
    Plain,
    /// Something was left out of what the model read.
    Dropped,
    /// It should be looked at.
    Warning,
    /// It went wrong.
    Failure,
}

/// A picture that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    name: String,
    facts: Vec<(&'static str, &'static str, String)>,
}

/// What the look of a message depends on, beside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Cells across.
    pub width: u16,
    /// The language of the program's own words.
    pub lang: Lang,
}

impl Message {
    /// A question.
    pub fn question(turn: usize, text: &str, notes: Vec<Note>) -> Self {
        let text = printable(text.trim_end());
        Self::of(
            Some(turn),
            Body::Question(Question {
                text,
                notes,
                is_unfolded: false,
            }),
        )
    }

    /// An answer that begins now.
    pub fn answer(turn: usize) -> Self {
        Self::of(Some(turn), Body::Answer(Answer::default()))
    }

    /// A remark of the program.
    pub fn remark(turn: Option<usize>, level: Level, text: &str) -> Self {
        Self::of(turn, Body::Remark(level, printable(text.trim_end())))
    }

    /// A picture that was opened: its name, and how it is looked at (window, slice), "" where that says nothing.
    pub fn picture(name: &str, window: &str, slice: &str) -> Self {
        let fact = |en, zh, text: &str| (en, zh, printable_line(text));
        let facts = [fact("window", "窗", window), fact("slice", "层面", slice)];
        let facts = facts.into_iter().filter(|it| !it.2.is_empty()).collect();
        let name = printable_line(name);
        Self::of(None, Body::Picture(Opened { name, facts }))
    }

    fn of(turn: Option<usize>, body: Body) -> Self {
        Self {
            turn,
            is_undone: false,
            body,
        }
    }

    /// The answer, if it is one.
    pub fn as_answer(&self) -> Option<&Answer> {
        match &self.body {
            Body::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The answer, to be changed.
    pub fn as_answer_mut(&mut self) -> Option<&mut Answer> {
        match &mut self.body {
            Body::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// Whether there is something in it that can be folded, and is not shown.
    pub fn is_folded(&self) -> Option<bool> {
        match &self.body {
            Body::Question(it) => it.beginning().map(|_| !it.is_unfolded),
            Body::Answer(it) => it.has_thinking().then_some(!it.is_unfolded()),
            Body::Remark(..) | Body::Picture(_) => None,
        }
    }

    /// Folds what can be folded, or shows it.
    pub fn set_folded(&mut self, is_folded: bool) {
        match &mut self.body {
            Body::Question(it) => it.is_unfolded = !is_folded,
            Body::Answer(it) => it.set_unfolded(!is_folded),
            Body::Remark(..) | Body::Picture(_) => {}
        }
    }

    /// Its text as it was said, for the clipboard; of an answer without the thinking.
    pub fn copy(&self) -> String {
        match &self.body {
            Body::Question(question) => question.text.clone(),
            Body::Answer(answer) => answer.said(),
            Body::Remark(_, text) => text.clone(),
            Body::Picture(opened) => opened.name.clone(),
        }
    }

    /// The code blocks of an answer.
    pub fn codes(&self) -> Vec<CodeBlock> {
        self.as_answer().map(Answer::codes).unwrap_or_default()
    }

    /// Bytes of its source.
    pub fn length(&self) -> usize {
        match &self.body {
            Body::Question(question) => question.text.len(),
            Body::Answer(answer) => answer.text().len(),
            Body::Remark(_, text) => text.len(),
            Body::Picture(opened) => opened.name.len(),
        }
    }

    /// Writes it, without its rows.
    pub fn write(&self, lang: Lang, out: &mut Sheet) {
        match &self.body {
            Body::Question(question) => question.write(lang, out),
            Body::Answer(answer) => Writer::default().write(answer, lang, None, out),
            Body::Remark(level, text) => {
                for line in text.lines() {
                    out.say(line, level.kind().into());
                }
            }
            Body::Picture(opened) => opened.write(lang, out),
        }
        if self.is_undone {
            out.say(lang.pick("undone", "已撤销"), Kind::Dim.into());
        }
        if out.lines().is_empty() {
            out.gap();
        }
        out.gap();
    }
}

impl Level {
    fn kind(self) -> Kind {
        match self {
            Self::Plain => Kind::Remark,
            Self::Dropped | Self::Warning => Kind::Warning,
            Self::Failure => Kind::Failure,
        }
    }
}

impl Question {
    /// Where the part ends that is shown while it is folded; `None` when it is short.
    fn beginning(&self) -> Option<usize> {
        let lines = self.text.match_indices('\n');
        let is_long = lines.clone().count() >= LONG_LINES || self.text.len() > LONG_BYTES;
        let line = lines
            .map(|it| it.0)
            .nth(FOLDED_LINES - 1)
            .unwrap_or(self.text.len());
        is_long.then(|| line.min(self.text.floor_char_boundary(FOLDED_BYTES)))
    }

    fn write(&self, lang: Lang, out: &mut Sheet) {
        let beginning = self.beginning();
        let end = beginning
            .filter(|_| !self.is_unfolded)
            .unwrap_or(self.text.len());
        let (seen, hidden) = self.text.split_at(end);
        let mut at = 0;
        for line in seen.split('\n') {
            let start = out.end();
            out.put(line, Some(at), Kind::User.into());
            out.close(start, Vec::new(), Shape::Words);
            at += line.len() + 1;
        }
        if beginning.is_some() {
            let words = match (hidden.lines().count(), hidden.chars().count(), lang) {
                (_, 0, _) => lang.pick("fold", "折叠").to_owned(),
                (0 | 1, n, Lang::En) => format!("{n} characters more"),
                (0 | 1, n, Lang::Zh) => format!("另有 {n} 字符"),
                (n, _, Lang::En) => format!("{} lines more", n - 1),
                (n, _, Lang::Zh) => format!("另有 {} 行", n - 1),
            };
            let start = out.end();
            out.put(&words, None, Kind::Dim.into());
            out.close(start, vec![Lead::Fold(self.is_unfolded)], Shape::Words);
        }
        for note in &self.notes {
            out.say(&note.say(lang), Kind::Dim.into());
        }
    }
}

impl Note {
    fn say(self, lang: Lang) -> String {
        let plain = |en: &str, zh: &str| lang.pick(en, zh).to_owned();
        let numbered =
            |en: &str, zh: &str, turn: usize| lang.pick(en, zh).replace("{}", &turn.to_string());
        match self {
            Self::Fresh => plain("asked without the earlier turns", "提问时不带之前的对话"),
            Self::Retry(turn) => numbered("question {} asked again", "重新提问第 {} 问", turn),
            Self::Edited(turn) => numbered("question {} in other words", "修改自第 {} 问", turn),
            Self::Branch(turn) => {
                numbered("a branch after question {}", "第 {} 问之后的分支", turn)
            }
            Self::Blank => plain(
                "control: grey pictures in place of the real ones",
                "对照：以灰图代替真实图片",
            ),
            Self::Sightless => plain("control: without pictures", "对照：不带图片"),
            Self::Paraphrase => plain("control: in other words", "对照：换一种说法"),
        }
    }
}

impl Opened {
    fn write(&self, lang: Lang, out: &mut Sheet) {
        let start = out.end();
        let name = Face {
            strong: true,
            ..Face::default()
        };
        out.put(&self.name, None, name);
        for (en, zh, fact) in &self.facts {
            let text = format!("{}{} {fact}", lang.pick(", ", "，"), lang.pick(en, zh));
            out.put(&text, None, Kind::Dim.into());
        }
        out.close(start, Vec::new(), Shape::Words);
    }
}

/// An answer's sheet as far as it cannot change any more.
#[derive(Debug, Default)]
pub struct Writer {
    markdown: Markdown,
    /// Sections that are over.
    section: usize,
    /// Whether the section after those was begun.
    has_begun: bool,
    /// Bytes of the source that were taken as whole lines.
    taken: usize,
    mark: Mark,
}

impl Writer {
    /// Brings the sheet up to the answer as it is now: what cannot change any more stays, the open end is written anew.
    ///
    /// With a width the rows are made too.
    pub fn write(&mut self, answer: &Answer, lang: Lang, width: Option<u16>, out: &mut Sheet) {
        out.rewind(self.mark);
        while self.section + 1 < answer.sections().len() {
            let end = answer.section(self.section).end;
            self.take(answer, end, lang, out);
            let markdown = std::mem::take(&mut self.markdown);
            self.end_section(answer, markdown, lang, out);
            self.taken = end;
            self.section += 1;
            self.has_begun = false;
        }
        // Whatever follows, a line that has its line feed stays as it is.
        self.take(answer, answer.text().len(), lang, out);
        if let Some(width) = width {
            out.lay(width);
        }
        self.mark = out.mark();
        self.tail(answer, lang, out);
        if let Some(width) = width {
            out.lay(width);
        }
    }

    /// How far the sheet cannot change any more.
    #[cfg(test)]
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Takes the lines that are whole before `to`.
    fn take(&mut self, answer: &Answer, to: usize, lang: Lang, out: &mut Sheet) {
        if self.section >= answer.sections().len() || answer.is_folded(self.section) {
            return;
        }
        if !std::mem::replace(&mut self.has_begun, true) && answer.thought(self.section).is_some() {
            self.markdown = Markdown::of(Kind::Thinking);
            let start = out.end();
            out.put(lang.pick("thinking", "思考"), None, Kind::Dim.into());
            out.close(start, vec![Lead::Fold(true)], Shape::Words);
        }
        while let Some(rest) = answer.text().get(self.taken..to) {
            let Some(length) = rest.find('\n') else {
                break;
            };
            self.markdown.line(&rest[..length], self.taken, out);
            self.taken += length + 1;
        }
    }

    /// Writes what may still change.
    fn tail(&self, answer: &Answer, lang: Lang, out: &mut Sheet) {
        if !answer.sections().is_empty() {
            self.end_section(answer, self.markdown.clone(), lang, out);
        } else if answer.end().is_none() {
            out.say(answer.phase(), Kind::Dim.into());
        }
        answer.write_end(lang, out);
    }

    /// Writes what is left of the section; of folded thinking, the line that stands for it.
    fn end_section(&self, answer: &Answer, mut markdown: Markdown, lang: Lang, out: &mut Sheet) {
        let is_last = self.section + 1 == answer.sections().len();
        if answer.is_folded(self.section) {
            let n_tokens = answer.thought(self.section).unwrap_or(0);
            let words = match lang {
                Lang::En => format!("thinking, {n_tokens} tokens"),
                Lang::Zh => format!("思考，{n_tokens} 词元"),
            };
            let start = out.end();
            out.put(&words, None, Kind::Dim.into());
            return out.close(start, vec![Lead::Fold(false)], Shape::Words);
        }
        let mut at = self.taken;
        let rest = answer.text().get(at..answer.section(self.section).end);
        for line in rest.unwrap_or("").split_terminator('\n') {
            markdown.line(line, at, out);
            at += line.len() + 1;
        }
        markdown.finish(is_last && answer.end().is_none(), out);
        if answer.thought(self.section).is_some() && !is_last {
            out.gap();
        }
    }
}
