//! Records of a session in, what the conversation and the picture have to do out; at once, or many at a time when it is sought.

use std::sync::Arc;

use crate::session::check::claims;
use crate::session::v1::{Boxes, Done, Opening, Part, Piece, Prior, Record, Shown, Turn};
use crate::settings::Lang;
use crate::tokenizer::Voice;
use crate::tui::talk;
use crate::tui::talk::message::{End, Figures, Level, Message, Note};

use super::msg::Effect;

/// The most messages that are sent at once.
const MOST_HELD: usize = 64;

/// Makes effects of records.
#[derive(Debug)]
pub(super) struct Cues {
    lang: Lang,
    /// The turn that is being answered.
    answering: Option<usize>,
    /// The last question.
    pub(super) turn: Option<usize>,
    had_priors: bool,
    /// What was not sent yet, while many records are taken at once.
    held: Option<Held>,
}

/// What is sent at once.
#[derive(Debug, Default)]
struct Held {
    messages: Vec<Message>,
    /// The answer that grows.
    answer: Option<Message>,
    /// The picture that was shown last.
    show: Option<Effect>,
    boxes: Option<Boxes>,
}

impl Cues {
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            lang,
            answering: None,
            turn: None,
            had_priors: false,
            held: None,
        }
    }

    pub(super) fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
    }

    /// What follows is held back until [`Self::release`].
    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Sends what was held back. An answer that has not ended goes on in the pane.
    pub(super) fn release(&mut self, out: &mut Vec<Effect>) {
        let Some(held) = self.held.take() else {
            return;
        };
        let mut messages = held.messages;
        messages.extend(held.answer);
        if !messages.is_empty() {
            out.push(Effect::Talk(talk::Msg::AddAll(messages)));
        }
        out.extend(held.show);
        out.extend(held.boxes.map(Effect::Boxes));
    }

    /// Takes a record.
    pub(super) fn take(&mut self, record: Record, out: &mut Vec<Effect>) {
        let goes_on = matches!(
            record,
            Record::Piece(_) | Record::Done(_) | Record::Failed(_) | Record::Boxes(_)
        );
        if !goes_on {
            self.cut(out);
        }
        match record {
            Record::Turn(turn) => self.question(&turn, out),
            Record::Piece(piece) if self.answering.is_some() => self.piece(piece, out),
            Record::Done(done) => self.end(end(&done), Some(figures(&done)), out),
            Record::Failed(problem) => self.end(End::Failed(problem.text), None, out),
            // words without a question belong to no answer
            Record::Piece(_) => {}
            Record::Open(opening) => self.opened(&Arc::new(opening), out),
            Record::Boxes(boxes) => self.boxes(boxes, out),
            other => self.happened(other, out),
        }
    }

    /// The answer ended in the middle, if one is being given.
    pub(super) fn cut(&mut self, out: &mut Vec<Effect>) {
        self.end(End::Cut, None, out);
    }

    fn piece(&mut self, piece: Piece, out: &mut Vec<Effect>) {
        let voice = match piece.part {
            None => Voice::Answer,
            Some(Part::Thinking | Part::Mark) => Voice::Thinking,
        };
        let (text, logprob) = (piece.text, piece.logprob);
        let growing = self.held.as_mut().and_then(|it| it.answer.as_mut());
        match growing.and_then(Message::as_answer_mut) {
            Some(answer) => answer.push(&text, voice, logprob),
            None => out.push(Effect::Talk(talk::Msg::Piece {
                text,
                voice,
                logprob,
            })),
        }
    }

    fn end(&mut self, end: End, figures: Option<Figures>, out: &mut Vec<Effect>) {
        if self.answering.take().is_none() {
            return;
        }
        let grown = self.held.as_mut().and_then(|it| it.answer.take());
        let Some(mut message) = grown else {
            out.push(Effect::Talk(talk::Msg::End(end, figures)));
            return;
        };
        if let Some(answer) = message.as_answer_mut() {
            answer.finish(end, figures);
        }
        self.add(message, out);
    }

    fn add(&mut self, message: Message, out: &mut Vec<Effect>) {
        let Some(held) = &mut self.held else {
            out.push(Effect::Talk(talk::Msg::Add(message)));
            return;
        };
        held.messages.push(message);
        // a long session is not held as a whole
        if held.messages.len() >= MOST_HELD {
            let messages = std::mem::take(&mut held.messages);
            out.push(Effect::Talk(talk::Msg::AddAll(messages)));
        }
    }

    /// Says something.
    pub(super) fn say(
        &mut self,
        turn: Option<usize>,
        level: Level,
        text: &str,
        out: &mut Vec<Effect>,
    ) {
        self.add(Message::remark(turn, level, text), out);
    }

    fn question(&mut self, turn: &Turn, out: &mut Vec<Effect>) {
        for dropped in &turn.dropped {
            self.say(Some(turn.n), Level::Dropped, dropped, out);
        }
        self.add(Message::question(turn.n, &turn.question, notes(turn)), out);
        self.answering = Some(turn.n);
        self.turn = Some(turn.n);
        if let Some(held) = &mut self.held {
            held.answer = Some(Message::answer(turn.n));
        } else {
            let words = self.lang.pick("reading", "正在阅读");
            out.push(Effect::Talk(talk::Msg::Add(Message::answer(turn.n))));
            out.push(Effect::Talk(talk::Msg::Phase(words.to_owned())));
        }
    }

    /// A message for what was opened; a series is one.
    fn opened(&mut self, opening: &Arc<Opening>, out: &mut Vec<Effect>) {
        let Some(first) = opening.pictures.first() else {
            return;
        };
        let name = match (opening.pictures.len(), self.lang) {
            (1, _) => opening.name.clone(),
            (n, Lang::En) => format!("{} ({n} pictures)", opening.name),
            (n, Lang::Zh) => format!("{}（{n} 张图片）", opening.name),
        };
        let message = Message::picture(&name, &window(first), &slice(first));
        self.add(message, out);
        self.show(first.id, opening, out);
    }

    /// Shows a picture.
    pub(super) fn show(&mut self, picture: u32, opening: &Arc<Opening>, out: &mut Vec<Effect>) {
        let show = Effect::Show {
            picture,
            opening: Arc::clone(opening),
        };
        match &mut self.held {
            Some(held) => held.show = Some(show),
            None => out.push(show),
        }
    }

    fn boxes(&mut self, boxes: Boxes, out: &mut Vec<Effect>) {
        for remark in &boxes.remarks {
            self.say(Some(boxes.turn), Level::Plain, remark, out);
        }
        match &mut self.held {
            Some(held) => held.boxes = Some(boxes),
            None => out.push(Effect::Boxes(boxes)),
        }
    }

    /// Everything that happens between answers.
    fn happened(&mut self, record: Record, out: &mut Vec<Effect>) {
        match record {
            Record::Undo(undo) => {
                let is_held = self.held.is_some();
                // what is undone has to be there
                self.release(out);
                out.push(Effect::Talk(talk::Msg::Undone {
                    turn: undo.turn,
                    is_undone: true,
                }));
                if is_held {
                    self.hold();
                }
            }
            Record::Close(close) => self.close(Some(close.picture), out),
            Record::Reset => {
                self.had_priors = false;
                let words = self.lang.pick(
                    "everything forgotten: turns, prior reports and pictures",
                    "全部清除：对话、既往报告和图片",
                );
                self.say(None, Level::Plain, words, out);
                self.close(None, out);
            }
            Record::Prior(priors) => self.priors(&priors.reports, out),
            other => {
                let (turn, lines) = self.words(&other);
                for line in lines {
                    self.say(turn, Level::Plain, &line, out);
                }
            }
        }
    }

    fn close(&mut self, picture: Option<u32>, out: &mut Vec<Effect>) {
        if let Some(held) = &mut self.held {
            held.show = None;
        }
        out.push(Effect::Close(picture));
    }

    fn priors(&mut self, reports: &[Prior], out: &mut Vec<Effect>) {
        let had = std::mem::replace(&mut self.had_priors, !reports.is_empty());
        if reports.is_empty() && had {
            let words = self.lang.pick("the prior report is gone", "既往报告已清除");
            self.say(None, Level::Plain, words, out);
        }
        let heading = self.lang.pick("prior report", "既往报告");
        for report in reports {
            let line = match &report.date {
                Some(date) => format!("{heading} ({date}): {}", report.text),
                None => format!("{heading}: {}", report.text),
            };
            self.say(None, Level::Plain, &line, out);
        }
    }

    /// What is said of a record that has no place of its own.
    fn words(&self, record: &Record) -> (Option<usize>, Vec<String>) {
        let pick = |en, zh| self.lang.pick(en, zh);
        match record {
            Record::Note(it) => (
                it.turn,
                vec![format!("{}: {}", pick("note", "备注"), it.text)],
            ),
            Record::Verdict(it) => {
                let words = [it.grade.as_str(), it.text.as_str()];
                let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
                let line = format!("{}: {}", pick("verdict", "评价"), words.join(", "));
                (Some(it.turn), vec![line])
            }
            Record::Expect(it) => {
                let expected = pick("expected", "预期");
                let lines = claims(it);
                let lines = lines.iter().map(|it| format!("{expected}: {}", it.name()));
                (Some(it.turn), lines.collect())
            }
            Record::Title(it) => (
                None,
                vec![format!("{}: {}", pick("title", "标题"), it.text)],
            ),
            Record::Set(it) => (None, vec![format!("{} = {}", it.key, it.value)]),
            Record::Resume(it) => {
                let model = &it.model;
                let line = format!(
                    "{} ({}, {}) · {}",
                    model.name, model.device, model.quant, it.at
                );
                (None, vec![line])
            }
            Record::Other(kind, _) => (None, vec![kind.clone()]),
            _ => (None, Vec::new()),
        }
    }
}

fn notes(turn: &Turn) -> Vec<Note> {
    let mut notes: Vec<Note> = turn.retry_of.map(Note::Retry).into_iter().collect();
    notes.extend(match turn.control.as_deref() {
        Some("blank") => Some(Note::Blank),
        Some("none") => Some(Note::Sightless),
        Some("paraphrase") => Some(Note::Paraphrase),
        _ if turn.fresh => Some(Note::Fresh),
        _ => None,
    });
    notes
}

fn end(done: &Done) -> End {
    match done.stop.as_str() {
        "end_of_turn" => End::Whole,
        "length" => End::Length,
        "window" => End::Window,
        _ => End::Stopped,
    }
}

fn figures(done: &Done) -> Figures {
    Figures {
        new_tokens: done.new_tokens,
        tokens_per_s: done.tokens_per_s,
        first_token_ms: done.first_token_ms,
    }
}

fn window(shown: &Shown) -> String {
    let number = |key: &str| shown.facts.get("window")?.get(key)?.as_f64();
    match (number("center"), number("width")) {
        (Some(center), Some(width)) => format!("{center}/{width}"),
        _ => String::new(),
    }
}

fn slice(shown: &Shown) -> String {
    let whole = |key: &str| shown.facts.get(key)?.as_u64();
    match (whole("frame"), whole("frames")) {
        (Some(frame), Some(frames)) => format!("{frame}/{frames}"),
        (Some(frame), None) => frame.to_string(),
        _ => String::new(),
    }
}
