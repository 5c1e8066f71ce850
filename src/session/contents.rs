//! A session's file in, everything in it but the words of the answers out; those are read turn by turn, when they are wanted.
//!
//! So a long session is shown at once, and never held whole.

use std::collections::HashSet;
use std::path::Path;

use super::error::Error;
use super::read::{Here, Reader};
use super::story::{Story, Told};
use super::v1::{Head, Model, Part, Record};

/// What is in a session, the words of its answers left out.
pub struct Contents {
    /// Everything else. The answers in it, their ids and the ids of the prompts are empty.
    pub story: Story,
    reader: Reader,
    turns: Vec<Listed>,
    /// Turns that count, of all conversations: there is one more after each reset.
    kept: HashSet<usize>,
    /// For each reset, how many turns were before it.
    resets: Vec<usize>,
    models: Vec<(usize, Model)>,
}

/// A turn's place in the file, and what is known of its words.
struct Listed {
    here: Here,
    is_answered: bool,
}

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It belongs to the conversation, or to one before a reset.
    Kept,
    /// It was asked again, and the other answer counts.
    Replaced,
    /// It was taken back.
    Undone,
    /// It was asked without the turns before it.
    Fresh,
    /// It was asked to see what an answer hangs on.
    Control,
    /// Nothing was said.
    Unanswered,
}

impl Standing {
    /// Whether a reader wants it without asking for everything.
    pub fn is_told(self) -> bool {
        matches!(self, Self::Kept | Self::Unanswered)
    }
}

impl Contents {
    /// Looks through a session.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let reader = Reader::open(path)?.without_prompts();
        let mut contents = Self {
            story: Story::new(reader.head().clone()),
            reader,
            turns: Vec::new(),
            kept: HashSet::new(),
            resets: Vec::new(),
            models: Vec::new(),
        };
        while contents.next()? {}
        contents.story.settle();
        contents.end_conversation();
        for told in &mut contents.story.turns {
            told.answer.clear();
            told.ids.clear();
            told.logprobs.clear();
            told.answer_ids.clear();
        }
        Ok(contents)
    }

    /// Takes the next line; of the pieces only the first of every answer, which shows that there is one.
    fn next(&mut self) -> Result<bool, Error> {
        let here = self.reader.here();
        let is_waiting = self.turns.last().is_some_and(|it| !it.is_answered);
        let Some(parts) = self.reader.next_parts()? else {
            return Ok(false);
        };
        let delay = parts.delay;
        let record = match parts.kind {
            "piece" if !is_waiting => None,
            _ => Some(parts.record_without_prompt()),
        };
        self.story.seconds += delay;
        match record.transpose() {
            Ok(Some(record)) => self.take(record, here),
            Ok(None) => {}
            Err(problem) => return Err(self.reader.damaged(&problem)),
        }
        Ok(true)
    }

    fn take(&mut self, record: Record, here: Here) {
        match &record {
            Record::Piece(piece) => match (piece.part, self.turns.last_mut()) {
                (None, Some(last)) => last.is_answered = true,
                (None | Some(Part::Thinking | Part::Mark), _) => return,
            },
            Record::Turn(_) => self.turns.push(Listed {
                here,
                is_answered: false,
            }),
            Record::Reset => {
                self.story.settle();
                self.end_conversation();
                self.resets.push(self.story.turns.len());
            }
            Record::Resume(resume) if resume.model != self.story.model => {
                let model = resume.model.clone();
                self.models.push((self.story.turns.len(), model));
            }
            _ => {}
        }
        self.story.add(record);
    }

    fn end_conversation(&mut self) {
        self.kept.extend(self.story.thread());
    }

    /// Whether the file ends in the middle of a line.
    pub fn is_torn(&self) -> bool {
        self.reader.is_torn()
    }

    /// Whether everything was reset between two turns.
    pub fn is_reset_between(&self, first: usize, second: usize) -> bool {
        self.resets.iter().any(|it| first < *it && *it <= second)
    }

    /// The model that answered a turn.
    pub fn model_of(&self, turn: usize) -> &Model {
        let before = self.models.iter().rev().find(|(from, _)| *from <= turn);
        before.map_or(&self.story.head.model, |(_, model)| model)
    }

    /// The index of the turn of this number.
    pub fn index_of(&self, number: usize) -> Option<usize> {
        let turns = &self.story.turns;
        turns.iter().rposition(|told| told.turn.n == number)
    }

    /// What became of every turn, in order.
    pub fn standings(&self) -> Vec<Standing> {
        let turns = self.story.turns.iter();
        let replaced: HashSet<usize> = turns.clone().filter_map(|it| it.turn.retry_of).collect();
        let standing = |(index, told): (usize, &Told)| match &told.turn {
            _ if self.kept.contains(&index) => Standing::Kept,
            turn if turn.control.is_some() => Standing::Control,
            turn if turn.fresh => Standing::Fresh,
            _ if !self.turns[index].is_answered => Standing::Unanswered,
            turn if replaced.contains(&turn.n) => Standing::Replaced,
            _ => Standing::Undone,
        };
        turns.enumerate().map(standing).collect()
    }

    /// A turn with its words.
    ///
    /// # Errors
    /// When they cannot be read any more.
    pub fn told(&mut self, index: usize) -> Result<Told, Error> {
        self.reader.go_back(self.turns[index].here)?;
        let mut said = Story::new(Head::default());
        while let Some((_, record)) = self.reader.next_record()? {
            let is_last = match &record {
                Record::Turn(_) if said.turns.is_empty() => false,
                Record::Piece(_) => false,
                Record::Done(_) | Record::Failed(_) => true,
                _ => break,
            };
            said.add(record);
            if is_last {
                break;
            }
        }
        let said = said.turns.pop().unwrap_or_default();
        Ok(Told {
            answer: said.answer,
            thinking: said.thinking,
            ids: said.ids,
            logprobs: said.logprobs,
            answer_ids: said.answer_ids,
            end: said.end,
            ..self.story.turns[index].clone()
        })
    }
}
