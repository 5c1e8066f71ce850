//! What happens while a question is answered (`Event`), and who is told (`Sink`, `Fan`). Knows no screen.

pub mod branch;
pub mod check;
pub mod clock;
pub mod contents;
mod error;
pub mod export;
pub mod journal;
pub(crate) mod listen;
pub mod outline;
pub mod read;
pub mod remove;
pub mod replay;
pub mod safe;
pub mod search;
pub mod store;
pub mod story;
pub mod transcript;
pub mod v1;
pub mod verify;

pub use error::Error;

use crate::tokenizer::Voice;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Weights are being loaded: 0.0 ..= 1.0.
    Loading(f32),
    /// Something does not fit the window and is left out of the prompt: a sentence, before the prompt is sent.
    LeftOut(String),
    /// Layers of the vision tower done, for the pictures not seen before.
    Vision {
        /// Layers done.
        done: usize,
        /// Layers in all.
        total: usize,
    },
    /// Prompt tokens evaluated (those reused from the cache are not counted).
    Prefill {
        /// Tokens done.
        done: usize,
        /// Tokens to do.
        total: usize,
    },
    /// A token was chosen; `text` may be empty while a character is incomplete.
    Piece {
        /// The token.
        id: u32,
        /// What it completes.
        text: String,
        /// Thinking or answer.
        voice: Voice,
        /// Natural logarithm of its probability before any sampling setting.
        logprob: f32,
    },
    /// The answer is whole (or was stopped).
    Done(Stats),
    /// The answer could not be given; the engine goes on.
    Failed(String),
}

/// Counts and timings of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Tokens of the prompt, pictures included.
    pub prompt_tokens: usize,
    /// Of these, places of pictures.
    pub image_tokens: usize,
    /// Of the prompt's, those already in the cache.
    pub reused_tokens: usize,
    /// Tokens generated, the stop token not counted.
    pub new_tokens: usize,
    /// Milliseconds in the vision tower; 0 when its rows were cached.
    pub vision_ms: f64,
    /// Milliseconds of prefill.
    pub prefill_ms: f64,
    /// Milliseconds from the job's arrival to its first token.
    pub first_token_ms: f64,
    /// Milliseconds from the job's arrival to its end.
    pub total_ms: f64,
    /// Tokens a second after the first.
    pub tokens_per_s: f64,
    /// Why it ended.
    pub stop: Stop,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The model said a stop id.
    EndOfTurn,
    /// `max_new_tokens` was reached.
    Length,
    /// The context window is full.
    Window,
    /// It was cancelled.
    Cancelled,
}

/// Somebody who is told.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    /// When it cannot be written; the sink is then dropped from a `Fan`, the answer goes on.
    fn event(&mut self, event: &Event) -> anyhow::Result<()>;
}

/// Several sinks told in order; one that fails is dropped and remembered, the others go on.
#[derive(Default)]
pub struct Fan<'a> {
    sinks: Vec<(String, &'a mut dyn Sink)>,
    lost: Vec<Lost>,
}

/// A sink that failed and is told no more.
#[derive(Debug)]
pub struct Lost {
    /// The name it was added with.
    pub name: String,
    /// Why.
    pub error: anyhow::Error,
}

impl<'a> Fan<'a> {
    /// No sinks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sink under a name for messages (`transcript`, `screen`); the first added is told first.
    pub fn add(&mut self, name: &str, sink: &'a mut dyn Sink) {
        self.sinks.push((name.to_owned(), sink));
    }

    /// Tells every sink.
    pub fn tell(&mut self, event: &Event) {
        let mut kept = Vec::with_capacity(self.sinks.len());
        for (name, sink) in self.sinks.drain(..) {
            match sink.event(event) {
                Ok(()) => kept.push((name, sink)),
                Err(error) => self.lost.push(Lost { name, error }),
            }
        }
        self.sinks = kept;
    }

    /// The sinks that failed since this was last asked.
    pub fn take_lost(&mut self) -> Vec<Lost> {
        std::mem::take(&mut self.lost)
    }
}

impl Sink for Fan<'_> {
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        self.tell(event);
        Ok(())
    }
}

/// Nobody: for work whose events no one waits for.
impl Sink for () {
    fn event(&mut self, _event: &Event) -> anyhow::Result<()> {
        Ok(())
    }
}

impl<F: FnMut(&Event) -> anyhow::Result<()>> Sink for F {
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        self(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_that_fails_is_dropped_reported_once_and_the_others_go_on() {
        let (mut first, mut second) = (Vec::new(), 0);
        let mut transcript = |event: &Event| {
            first.push(event.clone());
            Ok(())
        };
        let mut screen = |_: &Event| {
            second += 1;
            anyhow::bail!("screen closed")
        };
        let mut fan = Fan::new();
        fan.add("transcript", &mut transcript);
        fan.add("screen", &mut screen);
        let events = [
            Event::Loading(0.5),
            Event::Loading(1.0),
            Event::Failed("x".to_owned()),
        ];
        for event in &events {
            fan.event(event).unwrap();
        }
        let lost = fan.take_lost();
        assert_eq!((lost.len(), lost[0].name.as_str()), (1, "screen"));
        assert_eq!(lost[0].error.to_string(), "screen closed");
        assert!(fan.take_lost().is_empty());
        drop(fan);
        assert_eq!((first.as_slice(), second), (events.as_slice(), 1));
    }
}
