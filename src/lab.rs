//! THE STRAIGHT LINE: one question, pictures and conversation in, events and an answer out. `ask` and `repl` differ only in their sink.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use crate::context::{self, Conversation, Exchange, Fitted, Language, SlotUse};
use crate::engine::{Engine, Job, Loaded, Sampling};
use crate::error::Failure;
use crate::imaging::{self, Picture, View};
use crate::preprocess::{self, Fit, Prepared};
use crate::prompt::trim;
use crate::session::listen::{Heard, listen};
use crate::session::{Sink, Stats, Stop};

/// A model, the pictures that are open, and the conversation about them.
pub struct Lab {
    engine: Engine,
    opened: Vec<Opened>,
    conversation: Conversation,
    /// How questions are asked from now on.
    pub options: Options,
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
    /// The decoded picture.
    pub picture: Picture,
    /// What the model gets.
    pub prepared: Arc<Prepared>,
}

/// What was answered, and what it stood on.
#[derive(Debug)]
pub struct Answer {
    /// The question as asked.
    pub question: String,
    /// The answer, thinking left out.
    pub text: String,
    /// What the model thought before, "" for nothing.
    pub thinking: String,
    /// Every id the model said, thinking and its marks included, stop id left out.
    pub ids: Vec<u32>,
    /// Counts and timings.
    pub stats: Stats,
    /// Tokens of the prompt by slot.
    pub slots: Vec<SlotUse>,
    /// What was left out of the prompt, one sentence each.
    pub dropped: Vec<String>,
    /// Tokens that the window left for the answer.
    pub room: usize,
    /// Why the sink was told no more, if it failed; the answer is whole all the same.
    pub sink_failed: Option<anyhow::Error>,
}

impl Lab {
    /// A lab without pictures and without a past.
    pub fn new(engine: Engine, options: Options) -> Self {
        Self {
            engine,
            opened: Vec::new(),
            conversation: Conversation::default(),
            options,
        }
    }

    /// What everybody may know of the model.
    pub fn loaded(&self) -> &Arc<Loaded> {
        self.engine.loaded()
    }

    /// The engine, for `inspect` and `bench`.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The conversation so far.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Opens a file, a series or `sample:NAME`; it belongs to the next question. Returns the index of its first picture.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&mut self, source: &str) -> Result<usize, imaging::Error> {
        let opened = imaging::open_as(source, &self.options.view, imaging::Watch::default())?;
        let first = self.opened.len();
        for picture in opened.pictures {
            self.take(picture);
        }
        Ok(first)
    }

    /// Takes a picture that is open already; it belongs to the next question. Returns its index.
    pub fn take(&mut self, picture: Picture) -> usize {
        let prepared = preprocess::prepare(&picture, &self.loaded().preprocess, self.options.fit);
        let label = picture.label.clone().unwrap_or_default();
        self.conversation.labels.push(label);
        self.opened.push(Opened {
            picture,
            prepared: Arc::new(prepared),
        });
        self.conversation.pictures = self.opened.len();
        self.opened.len() - 1
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
        Ok(closed)
    }

    /// The pictures in use, in the order they were opened.
    pub fn pictures(&self) -> &[Opened] {
        &self.opened
    }

    /// Sets the prior report; white space around it does not count.
    ///
    /// # Errors
    /// When it is empty.
    pub fn set_prior(&mut self, report: &str) -> Result<()> {
        let report = trim(report);
        if report.is_empty() {
            return Err(Failure::Usage(
                "the prior report is empty; give a file with its text".to_owned(),
            )
            .into());
        }
        self.conversation.prior = Some(report.to_owned());
        Ok(())
    }

    /// Forgets the prior report; returns it.
    pub fn clear_prior(&mut self) -> Option<String> {
        self.conversation.prior.take()
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
        let pictures = context::new_pictures(&self.conversation);
        let question = &self.with_regions(question, &pictures);
        let fitted = self.fit(&self.current(), question)?;
        let (answer, answer_ids) = self.answer(question, fitted, cancel, sink)?;
        if !answer_ids.is_empty() || answer.stats.stop != Stop::Cancelled {
            self.conversation.turns.push(Exchange {
                question: question.to_owned(),
                answer: answer.text.clone(),
                answer_ids,
                pictures,
                partial: answer.stats.stop != Stop::EndOfTurn,
            });
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

    /// Asks with the pictures and the prior report but without the turns, and remembers nothing: the conversation stays as it was.
    ///
    /// # Errors
    /// As `ask`.
    pub fn ask_fresh(
        &self,
        question: &str,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<Answer> {
        let fresh = Conversation {
            turns: Vec::new(),
            ..self.current()
        };
        let question = &self.with_regions(question, &context::new_pictures(&fresh));
        let fitted = self.fit(&fresh, question)?;
        Ok(self.answer(question, fitted, cancel, sink)?.0)
    }

    /// Asks the last question again; the new answer replaces the old one. The old one stays when there is no new one
    /// (an error, or a cancel before the first word).
    ///
    /// # Errors
    /// When nothing was asked yet; else as `ask`.
    pub fn retry(&mut self, cancel: &Arc<AtomicBool>, sink: &mut dyn Sink) -> Result<Answer> {
        let Some(last) = self.undo() else {
            return Err(Failure::Usage(
                "nothing was asked yet; there is nothing to retry".to_owned(),
            )
            .into());
        };
        let turns = self.conversation.turns.len();
        let answer = self.ask(&last.question, cancel, sink);
        if self.conversation.turns.len() == turns {
            self.conversation.turns.push(last);
        }
        answer
    }

    /// Forgets the last question and its answer; returns them. Its pictures stay open and belong to the next question.
    pub fn undo(&mut self) -> Option<Exchange> {
        self.conversation.turns.pop()
    }

    /// Forgets turns, prior report and pictures; the system text stays.
    pub fn reset(&mut self) {
        self.opened.clear();
        let system = std::mem::take(&mut self.conversation.system);
        self.conversation = Conversation {
            system,
            ..Conversation::default()
        };
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

    /// Sends a fitted prompt; returns the answer and the ids to remember of it.
    fn answer(
        &self,
        question: &str,
        fitted: Fitted,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<(Answer, Vec<u32>)> {
        let Fitted {
            prompt,
            slots,
            dropped,
            room,
        } = fitted;
        let max_new_tokens = self.options.max_new_tokens.min(room);
        let cut_by_window = max_new_tokens < self.options.max_new_tokens;
        let events = self.engine.ask(Job {
            prompt,
            pictures: self
                .opened
                .iter()
                .map(|opened| Arc::clone(&opened.prepared))
                .collect(),
            sampling: self.options.sampling.clone(),
            max_new_tokens,
            cancel: Arc::clone(cancel),
        });
        let Heard {
            text,
            thinking,
            ids,
            answer_ids,
            stats,
            sink_failed,
        } = listen(&events, &self.loaded().tokens, cut_by_window, sink)?;
        let question = question.to_owned();
        Ok((
            Answer {
                question,
                text,
                thinking,
                ids,
                stats,
                slots,
                dropped,
                room,
                sink_failed,
            },
            answer_ids,
        ))
    }
}

impl Opened {
    /// Every step from the file's values to the model's, in order.
    pub fn chain(&self) -> Vec<String> {
        [self.picture.origin.chain.as_slice(), &self.prepared.chain].concat()
    }
}
