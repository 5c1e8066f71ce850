//! THE STRAIGHT LINE: one question, pictures and conversation in, events and an answer out. `ask` and `repl` differ only in their sink.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};

use crate::boxes;
use crate::context::{self, Conversation, Exchange, Fitted, Label, Language, Prior};
use crate::engine::{Engine, Job, Loaded, Sampling};
use crate::error::Failure;
use crate::imaging::{self, Picture, View};
use crate::preprocess::{self, Fit, Prepared};
use crate::prompt::trim;
use crate::session::journal::{Journal, Scribe};
use crate::session::listen::listen;
use crate::session::story::{self, Story};
use crate::session::v1::{self, Opening, Priors, Record};
use crate::session::{Event, Fan, Sink, Stop};

mod asking;
pub mod facts;
pub mod find;
pub mod rerun;

pub use asking::{Answer, Asking, Control, Named};

/// A model, the pictures that are open, and the conversation about them.
pub struct Lab {
    engine: Engine,
    opened: Vec<Opened>,
    conversation: Conversation,
    journal: Journal,
    /// For each turn of the conversation, its number in the record.
    numbers: Vec<usize>,
    /// How questions are asked from now on.
    pub options: Options,
}

/// What a lab was about, while it is about something else.
pub struct Aside {
    opened: Vec<Opened>,
    conversation: Conversation,
    journal: Journal,
    numbers: Vec<usize>,
}

/// How questions are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Tokens of prompt and answer together.
    pub ctx: usize,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// The longest answer, in tokens.
    pub max_new_tokens: usize,
    /// How pictures opened from now on become square.
    pub fit: Fit,
    /// How pictures opened from now on are looked at.
    pub view: View,
    /// The language to answer in.
    pub language: Language,
}

/// A picture in use, as opened and as the model gets it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its number among all that were opened, from 1.
    pub id: u32,
    /// What the model is told before it: `prior`, `current`.
    pub role: Option<String>,
    /// What opens it again: a path, `sample:NAME`.
    pub source: String,
    /// The decoded picture.
    pub picture: Picture,
    /// What the model gets.
    pub prepared: Arc<Prepared>,
}

impl Lab {
    /// A lab without pictures and without a past.
    pub fn new(engine: Engine, options: Options) -> Self {
        Self {
            engine,
            opened: Vec::new(),
            conversation: Conversation::default(),
            journal: Journal::default(),
            numbers: Vec::new(),
            options,
        }
    }

    /// What everybody may know of the model.
    pub fn loaded(&self) -> &Arc<Loaded> {
        self.engine.loaded()
    }

    /// The engine, for `inspect`, `bench` and `replay`.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The conversation so far.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// The record that is kept of this lab.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Keeps a record from now on.
    pub fn keep(&mut self, journal: Journal) {
        self.journal = journal;
    }

    /// Goes on where a session ended: with its conversation, its pictures (opened again, by their ids) and its record.
    ///
    /// # Errors
    /// When a picture that is open in the session is not among them.
    pub fn resume(
        &mut self,
        story: &Story,
        mut pictures: Vec<(u32, Opened)>,
        journal: Journal,
    ) -> Result<()> {
        let mut opened = Vec::with_capacity(story.open.len());
        for id in &story.open {
            let place = pictures.iter().position(|(it, _)| it == id);
            let place = place.with_context(|| format!("picture {id} of the session is missing"))?;
            opened.push(pictures.swap_remove(place).1);
        }
        let thread = story.thread();
        self.numbers = thread.iter().map(|it| story.turns[*it].turn.n).collect();
        self.conversation = story.now();
        self.opened = opened;
        self.journal = journal;
        Ok(())
    }

    /// Opens a file, a series or `sample:NAME`; it belongs to the next question. Returns the index of its first picture.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&mut self, source: &str) -> Result<usize, imaging::Error> {
        let opened = imaging::open_as(source, &self.options.view, imaging::Watch::default())?;
        let first = self.opened.len();
        self.take(Named::of(source, opened.pictures));
        Ok(first)
    }

    /// Takes pictures that are open already; they belong to the next question.
    pub fn take(&mut self, named: Named) {
        let mut shown = Vec::with_capacity(named.pictures.len());
        for picture in named.pictures {
            let prepared =
                preprocess::prepare(&picture, &self.loaded().preprocess, self.options.fit);
            self.conversation.labels.push(Label {
                before: named.role.clone().unwrap_or_default(),
                after: picture.label.clone().unwrap_or_default(),
            });
            let opened = Opened {
                id: self.journal.next_picture(),
                role: named.role.clone(),
                source: named.source.clone(),
                picture,
                prepared: Arc::new(prepared),
            };
            shown.push(facts::shown(&opened));
            self.opened.push(opened);
        }
        self.conversation.pictures = self.opened.len();
        self.journal.keep(Record::Open(Opening {
            name: named.name,
            path: named.path,
            pictures: shown,
        }));
    }

    /// Closes a picture: it leaves the turns that showed it, and those after it move up by one.
    ///
    /// # Errors
    /// When there is no such picture.
    pub fn close(&mut self, index: usize) -> Result<Opened> {
        if index >= self.opened.len() {
            let open = self.opened.len();
            return Err(Failure::Usage(format!(
                "there is no picture {}; {open} are open",
                index.saturating_add(1)
            ))
            .into());
        }
        for turn in &mut self.conversation.turns {
            turn.pictures.retain(|&shown| shown != index);
            turn.pictures
                .iter_mut()
                .filter(|shown| **shown > index)
                .for_each(|shown| *shown -= 1);
        }
        let closed = self.opened.remove(index);
        self.conversation.labels.remove(index);
        self.conversation.pictures = self.opened.len();
        self.journal
            .keep(Record::Close(v1::Close { picture: closed.id }));
        Ok(closed)
    }

    /// The pictures in use, in the order they were opened.
    pub fn pictures(&self) -> &[Opened] {
        &self.opened
    }

    /// Sets the prior report, in place of those there are; white space around it does not count.
    ///
    /// # Errors
    /// When it is empty.
    pub fn set_prior(&mut self, report: &str) -> Result<()> {
        let before = std::mem::take(&mut self.conversation.priors);
        let set = self.add_prior(None, report);
        if set.is_err() {
            self.conversation.priors = before;
        }
        set
    }

    /// Adds a prior report behind those there are; one with a date takes the place of one with the same date.
    ///
    /// # Errors
    /// When it is empty.
    pub fn add_prior(&mut self, date: Option<&str>, report: &str) -> Result<()> {
        let report = trim(report);
        if report.is_empty() {
            return Err(Failure::Usage(
                "the prior report is empty; give a file with its text".to_owned(),
            )
            .into());
        }
        let prior = Prior {
            date: date.map(str::to_owned),
            text: report.to_owned(),
        };
        let priors = &mut self.conversation.priors;
        match priors
            .iter_mut()
            .find(|it| it.date.is_some() && it.date == prior.date)
        {
            Some(same) => *same = prior,
            None => priors.push(prior),
        }
        self.keep_priors();
        Ok(())
    }

    /// Forgets the prior reports; returns them.
    pub fn clear_prior(&mut self) -> Vec<Prior> {
        let forgotten = std::mem::take(&mut self.conversation.priors);
        if !forgotten.is_empty() {
            self.keep_priors();
        }
        forgotten
    }

    fn keep_priors(&mut self) {
        let reports = self.conversation.priors.iter().map(|it| v1::Prior {
            date: it.date.clone(),
            text: it.text.clone(),
        });
        let reports = reports.collect();
        self.journal.keep(Record::Prior(Priors { reports }));
    }

    /// Sets the system text; "" for none.
    pub fn set_system(&mut self, system: &str) {
        system.clone_into(&mut self.conversation.system);
    }

    /// Asks, tells the sink what happens, and remembers the question and the answer.
    ///
    /// An answer that was cancelled or ran out of tokens is remembered as far as it went and marked `partial`; one that
    /// was cancelled before its first word is not remembered. The model thinks aloud only to the user: later
    /// prompts repeat the answer without the thinking.
    ///
    /// # Errors
    /// When the question is empty, does not fit the window, or the engine fails; then nothing is remembered.
    /// A failure of the engine is also told to the sink, as `Event::Failed`.
    pub fn ask(
        &mut self,
        question: &str,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<Answer> {
        self.ask_with(Asking::of(question), cancel, sink)
    }

    /// The same, with where the question came from.
    ///
    /// # Errors
    /// As `ask`.
    pub fn ask_with(
        &mut self,
        asking: Asking,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<Answer> {
        let shows = context::new_pictures(&self.conversation);
        let before = asking.before.clone();
        let (answer, answer_ids) = self.send(self.current(), asking, cancel, sink)?;
        if !answer_ids.is_empty() || answer.stats.stop != Stop::Cancelled {
            self.conversation.turns.push(Exchange {
                before,
                question: answer.question.clone(),
                answer: answer.text.clone(),
                answer_ids,
                pictures: shows,
                partial: answer.stats.stop != Stop::EndOfTurn,
            });
            self.numbers.push(answer.turn);
        }
        Ok(answer)
    }

    /// The question behind the regions that are marked in pictures it is the first to ask about: `Region R1: [y0, x0, y1, x1]`,
    /// each in 0..=1000 of the square that the model gets. A picture that was cropped to its region needs no such line.
    fn with_regions(&self, question: &str, pictures: &[usize]) -> String {
        if trim(question).is_empty() {
            return String::new();
        }
        let marked = pictures.iter().filter_map(|index| {
            let picture = &self.opened[*index].picture;
            let region = picture.region.filter(|_| picture.cropped.is_none())?;
            let fit = self.opened[*index].prepared.fit;
            Some(picture.box_for_model(region.edges(), fit).map(f64::round))
        });
        let heading = self.options.language.region_heading(question);
        let mut text = String::new();
        for (number, [y0, x0, y1, x1]) in (1..).zip(marked) {
            let name = heading.replace("{}", &format!("R{number}"));
            writeln!(text, "{name}[{y0}, {x0}, {y1}, {x1}]").expect("a String takes every write");
        }
        // asked again, it has the lines already
        if question.starts_with(&text) {
            return question.to_owned();
        }
        text + question
    }

    /// Asks with the pictures and the prior reports but without the turns, and remembers nothing: the conversation stays as it was.
    ///
    /// # Errors
    /// As `ask`.
    pub fn ask_fresh(
        &mut self,
        asking: Asking,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<Answer> {
        let mut conversation = self.current();
        conversation.turns.clear();
        if asking.control == Some(Control::None) {
            conversation.pictures = 0;
            conversation.labels.clear();
        }
        let asking = Asking {
            is_fresh: true,
            ..asking
        };
        Ok(self.send(conversation, asking, cancel, sink)?.0)
    }

    /// Asks the last question again; the new answer replaces the old one. The old one stays when there is no new one
    /// (an error, or a cancel before the first word).
    ///
    /// # Errors
    /// When nothing was asked yet; else as `ask`.
    pub fn retry(&mut self, cancel: &Arc<AtomicBool>, sink: &mut dyn Sink) -> Result<Answer> {
        let Some((last, number)) = self.conversation.turns.pop().zip(self.numbers.pop()) else {
            return Err(Failure::Usage(
                "nothing was asked yet; there is nothing to retry".to_owned(),
            )
            .into());
        };
        let turns = self.conversation.turns.len();
        let asking = Asking {
            before: last.before.clone(),
            retry_of: Some(number),
            ..Asking::of(&last.question)
        };
        let answer = self.ask_with(asking, cancel, sink);
        if self.conversation.turns.len() == turns {
            self.conversation.turns.push(last);
            self.numbers.push(number);
        }
        answer
    }

    /// Forgets the last question and its answer; returns them. Its pictures stay open and belong to the next question.
    pub fn undo(&mut self) -> Option<Exchange> {
        let undone = self.conversation.turns.pop()?;
        let turn = self.numbers.pop().unwrap_or_default();
        self.journal.keep(Record::Undo(v1::Undo { turn }));
        Some(undone)
    }

    /// Forgets turns, prior reports and pictures; the system text stays.
    pub fn reset(&mut self) {
        self.opened.clear();
        self.numbers.clear();
        let system = std::mem::take(&mut self.conversation.system);
        self.conversation = Conversation {
            system,
            ..Conversation::default()
        };
        self.journal.keep(Record::Reset);
    }

    /// Puts pictures, conversation and record aside: the lab is as new, with the same model.
    pub fn set_aside(&mut self) -> Aside {
        Aside {
            opened: std::mem::take(&mut self.opened),
            conversation: std::mem::take(&mut self.conversation),
            journal: std::mem::take(&mut self.journal),
            numbers: std::mem::take(&mut self.numbers),
        }
    }

    /// Goes on with what was put aside; what there was in between is forgotten.
    pub fn take_back(&mut self, aside: Aside) {
        self.opened = aside.opened;
        self.conversation = aside.conversation;
        self.journal = aside.journal;
        self.numbers = aside.numbers;
    }

    /// The number, in the record, of the last turn of the conversation.
    pub fn last_turn(&self) -> Option<usize> {
        self.numbers.last().copied()
    }

    /// What would be sent for a question now: the prompt, its tokens by slot, what is left out, and the room for the answer.
    ///
    /// # Errors
    /// When the question is empty or does not fit the window.
    pub fn budget(&self, question: &str) -> Result<Fitted> {
        let pictures = context::new_pictures(&self.conversation);
        self.fit(&self.current(), &self.with_regions(question, &pictures))
    }

    /// The conversation as it stands, in the language that is set.
    fn current(&self) -> Conversation {
        Conversation {
            language: self.options.language,
            ..self.conversation.clone()
        }
    }

    fn fit(&self, conversation: &Conversation, question: &str) -> Result<Fitted> {
        let Options {
            ctx,
            max_new_tokens,
            ..
        } = self.options;
        context::fit(conversation, question, self.loaded(), ctx, max_new_tokens)
    }

    /// Sends a question, and keeps the record of it; returns the answer and the ids to remember of it.
    fn send(
        &mut self,
        mut conversation: Conversation,
        asking: Asking,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<(Answer, Vec<u32>)> {
        let shows = context::new_pictures(&conversation);
        let question = self.with_regions(&asking.question, &shows);
        conversation.before.clone_from(&asking.before);
        let fitted = self.fit(&conversation, &question)?;
        let turn = self.journal.next_turn();
        let asking = Asking { question, ..asking };
        let ids = |indices: &[usize]| indices.iter().map(|it| self.opened[*it].id).collect();
        let record = v1::Turn {
            n: turn,
            pictures: ids(&(0..conversation.pictures).collect::<Vec<_>>()),
            shows: ids(&shows),
            system: conversation.system,
            language: conversation.language.name().to_owned(),
            ..self.record_of(&asking, &fitted)
        };
        self.journal.keep(Record::Turn(Box::new(record)));
        let prepared = self.prepared(asking.control);
        let max_new_tokens = self.options.max_new_tokens.min(fitted.room);
        let cut_by_window = max_new_tokens < self.options.max_new_tokens;
        let job = Job {
            prompt: fitted.prompt.clone(),
            pictures: prepared.clone(),
            sampling: self.options.sampling.clone(),
            max_new_tokens,
            cancel: Arc::clone(cancel),
        };
        let loaded = Arc::clone(self.engine.loaded());
        let mut scribe = Scribe::new(&mut self.journal, &loaded.tokens);
        let mut fan = Fan::new();
        fan.add("transcript", &mut scribe);
        fan.add("screen", sink);
        for sentence in &fitted.dropped {
            fan.tell(&Event::LeftOut(sentence.clone()));
        }
        let events = self.engine.ask(job);
        let heard = listen(&events, &loaded.tokens, cut_by_window, &mut fan);
        let sink_failed = fan.take_lost().pop().map(|lost| lost.error);
        let heard = heard?;
        let boxes = self.boxes(turn, &heard.text);
        let answer = Answer {
            turn,
            question: asking.question,
            text: heard.text,
            thinking: heard.thinking,
            ids: heard.ids,
            boxes,
            stats: heard.stats,
            slots: fitted.slots,
            dropped: fitted.dropped,
            room: fitted.room,
            prompt: fitted.prompt,
            pictures: prepared,
            sink_failed,
        };
        Ok((answer, heard.answer_ids))
    }

    /// What the model gets of the pictures.
    fn prepared(&self, control: Option<Control>) -> Vec<Arc<preprocess::Prepared>> {
        let config = &self.loaded().preprocess;
        let of = |it: &Opened| match control {
            Some(Control::Blank) => Arc::new(preprocess::blank(&it.prepared, config)),
            _ => Arc::clone(&it.prepared),
        };
        self.opened.iter().map(of).collect()
    }

    /// What a turn's record says of the question and the settings.
    fn record_of(&self, asking: &Asking, fitted: &Fitted) -> v1::Turn {
        let runs: Vec<(usize, u32)> = fitted
            .prompt
            .pictures
            .iter()
            .map(|(first, index)| (*first, self.opened[*index].id))
            .collect();
        let slots = fitted.slots.iter();
        v1::Turn {
            before: asking.before.clone(),
            question: asking.question.clone(),
            prompt: asking.prompt.clone(),
            fresh: asking.is_fresh,
            control: asking.control.map(|it| it.name().to_owned()),
            retry_of: asking.retry_of,
            ctx: self.options.ctx,
            max_new_tokens: self.options.max_new_tokens,
            sampling: v1::Draw::from(&self.options.sampling),
            slots: slots.map(|it| (it.slot.to_owned(), it.tokens)).collect(),
            dropped: fitted.dropped.clone(),
            room: fitted.room,
            ids: story::places(
                &fitted.prompt.ids,
                &runs,
                self.loaded().config.tokens_per_picture(),
            ),
            ..v1::Turn::default()
        }
    }

    /// Reads boxes out of an answer, and keeps them. They are taken to lie in the picture that was opened last.
    fn boxes(&mut self, turn: usize, text: &str) -> Option<v1::Boxes> {
        let opened = self.opened.last()?;
        let found = boxes::parse(text)?;
        let boxed = found.boxes.into_iter().map(|it| v1::Boxed {
            pixels: opened.picture.box_in_source(it.box_2d, opened.prepared.fit),
            label: it.label,
            box_2d: it.box_2d,
            picture: opened.id,
        });
        let boxes = v1::Boxes {
            turn,
            boxes: boxed.collect(),
            remarks: found.remarks,
        };
        self.journal.keep(Record::Boxes(boxes.clone()));
        Some(boxes)
    }
}

impl Opened {
    /// Every step from the file's values to the model's, in order.
    pub fn chain(&self) -> Vec<String> {
        [self.picture.origin.chain.as_slice(), &self.prepared.chain].concat()
    }
}
