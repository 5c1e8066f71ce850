//! What happens in a lab in, records in a transcript out.
//!
//! The file is begun with the first question, and given up with one warning when it cannot be written.

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::error::Error;
use super::transcript::{Transcript, why};
use super::v1::{Head, Part, Piece, Record};
use super::{Event, Sink, Stats, Stop, v1};
use crate::tokenizer::{SpecialTokens, Voice};

/// Keeps the record of a lab.
#[derive(Default)]
pub struct Journal {
    state: State,
    trouble: Option<String>,
    /// Turns so far.
    turns: usize,
    /// Pictures so far.
    pictures: u32,
}

#[derive(Default)]
enum State {
    /// Nothing is kept.
    #[default]
    Off,
    /// There is no file yet: nothing worth keeping was said.
    Waiting(Box<Waiting>),
    Open(Box<Transcript>),
}

struct Waiting {
    path: PathBuf,
    head: Head,
    clock: Box<dyn Clock>,
    records: Vec<Record>,
}

impl Journal {
    /// A session of its own, whose file appears with the first question.
    pub fn begin(path: PathBuf, head: Head, clock: Box<dyn Clock>) -> Self {
        let waiting = Waiting {
            path,
            head,
            clock,
            records: Vec::new(),
        };
        Self {
            state: State::Waiting(Box::new(waiting)),
            ..Self::default()
        }
    }

    /// Goes on with a session that has so many turns and pictures.
    pub fn go_on(transcript: Transcript, turns: usize, pictures: u32) -> Self {
        Self {
            state: State::Open(Box::new(transcript)),
            trouble: None,
            turns,
            pictures,
        }
    }

    /// Where the session is, or will be; `None` when nothing is kept.
    pub fn path(&self) -> Option<&Path> {
        match &self.state {
            State::Off => None,
            State::Waiting(waiting) => Some(&waiting.path),
            State::Open(transcript) => Some(transcript.path()),
        }
    }

    /// Whether there is a file.
    pub fn is_begun(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// The number that the next turn will get.
    pub fn coming_turn(&self) -> usize {
        self.turns + 1
    }

    /// A number for the next turn.
    pub fn next_turn(&mut self) -> usize {
        self.turns += 1;
        self.turns
    }

    /// A number for the next picture.
    pub fn next_picture(&mut self) -> u32 {
        self.pictures += 1;
        self.pictures
    }

    /// Why nothing is kept any more, once.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// Keeps a record. What cannot be written ends the keeping, not the conversation: see [`Self::take_trouble`].
    pub fn keep(&mut self, record: Record) {
        let is_worth_a_file = matches!(
            record,
            Record::Turn(_) | Record::Note(_) | Record::Title(_) | Record::Other(..)
        );
        if let State::Waiting(waiting) = &mut self.state {
            waiting.records.push(record);
            if is_worth_a_file {
                self.start();
            }
            return;
        }
        self.write(&record);
    }

    /// Waits until everything that was kept is on the disk.
    pub fn sync(&mut self) {
        if let State::Open(transcript) = &mut self.state
            && let Err(error) = transcript.sync()
        {
            self.give_up(&why(&error));
        }
    }

    fn start(&mut self) {
        let State::Waiting(waiting) = std::mem::take(&mut self.state) else {
            return;
        };
        let Waiting {
            path,
            head,
            clock,
            records,
        } = *waiting;
        match Transcript::create(&path, &head, clock) {
            Ok(transcript) => self.state = State::Open(Box::new(transcript)),
            Err(Error { name, problem }) => {
                self.trouble = Some(format!(
                    "this session is not recorded: {name}: {problem}; the conversation goes on"
                ));
            }
        }
        for record in &records {
            self.write(record);
        }
    }

    fn write(&mut self, record: &Record) {
        if let State::Open(transcript) = &mut self.state
            && let Err(error) = transcript.write(record)
        {
            self.give_up(&why(&error));
        }
    }

    fn give_up(&mut self, why: &str) {
        let Some(path) = self.path().map(|it| it.display().to_string()) else {
            return;
        };
        self.trouble = Some(format!(
            "this session is recorded no more: {path}: {why}; what was said so far is kept, and the conversation goes on"
        ));
        self.state = State::Off;
    }
}

/// Tells a journal what an answer is; to be told before everybody else.
pub struct Scribe<'a> {
    journal: &'a mut Journal,
    tokens: &'a SpecialTokens,
}

impl<'a> Scribe<'a> {
    /// For a model with these tokens.
    pub fn new(journal: &'a mut Journal, tokens: &'a SpecialTokens) -> Self {
        Self { journal, tokens }
    }
}

impl Sink for Scribe<'_> {
    /// Never fails: the journal remembers its troubles.
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        match event {
            Event::Piece {
                id,
                text,
                voice,
                logprob,
            } if !self.tokens.stop.contains(id) => {
                let is_mark = [self.tokens.think_start, self.tokens.think_end].contains(&Some(*id));
                let part = match voice {
                    _ if is_mark => Some(Part::Mark),
                    Voice::Thinking => Some(Part::Thinking),
                    Voice::Answer => None,
                };
                self.journal.keep(Record::Piece(Piece {
                    id: *id,
                    text: text.clone(),
                    logprob: *logprob,
                    part,
                }));
            }
            Event::Done(stats) => {
                self.journal.keep(Record::Done(done(stats)));
                self.journal.sync();
            }
            Event::Failed(problem) => {
                let text = problem.clone();
                self.journal.keep(Record::Failed(v1::Text { text }));
                self.journal.sync();
            }
            Event::Piece { .. }
            | Event::Loading(_)
            | Event::LeftOut(_)
            | Event::Vision { .. }
            | Event::Prefill { .. } => {}
        }
        Ok(())
    }
}

fn done(stats: &Stats) -> v1::Done {
    v1::Done {
        stop: stats.stop.name().to_owned(),
        prompt_tokens: stats.prompt_tokens,
        image_tokens: stats.image_tokens,
        reused_tokens: stats.reused_tokens,
        new_tokens: stats.new_tokens,
        vision_ms: to_the_microsecond(stats.vision_ms),
        prefill_ms: to_the_microsecond(stats.prefill_ms),
        first_token_ms: to_the_microsecond(stats.first_token_ms),
        total_ms: to_the_microsecond(stats.total_ms),
        tokens_per_s: to_the_microsecond(stats.tokens_per_s),
    }
}

fn to_the_microsecond(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

impl Stop {
    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndOfTurn => "end_of_turn",
            Self::Length => "length",
            Self::Window => "window",
            Self::Cancelled => "cancelled",
        }
    }
}
