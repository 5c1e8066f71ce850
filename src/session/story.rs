//! A session's records in, what was said out: every turn that ever was, and the conversation as it stands.
//!
//! Records are never taken back; what undo, retry and reset mean is found here. Each turn knows the turn before it in its
//! conversation, so that an undone turn keeps its past, and a retried one shares it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::error::Error;
use super::read::Reader;
use super::v1::{
    Boxes, Done, Expect, Head, Model, Note, Opening, Part, Piece, Place, Prior, Record, Shown,
    Turn, Verdict,
};
use crate::context::{self, Conversation, Exchange};

/// What was said in a session.
#[derive(Debug, Default)]
pub struct Story {
    /// What it was made with.
    pub head: Head,
    /// The model as it was last: the head's, unless another process went on.
    pub model: Model,
    /// What it is called, if it was given a title.
    pub title: Option<String>,
    /// Every setting that an answer or a picture depends on, as it is now.
    pub settings: BTreeMap<String, String>,
    /// Everything that was opened.
    pub openings: Vec<Opening>,
    /// Ids of the pictures that are open, in order.
    pub open: Vec<u32>,
    /// The prior reports as they are now.
    pub priors: Arc<Vec<Prior>>,
    /// Every turn that ever was, in order.
    pub turns: Vec<Told>,
    /// Notes about the session as a whole.
    pub notes: Vec<String>,
    /// Expectations of turns that are not there.
    pub astray: Vec<Expect>,
    /// Records of kinds that this program does not know.
    pub unknown: usize,
    /// Seconds from its first line to its last.
    pub seconds: f64,
    /// The last turn of the conversation as it stands: an index.
    tip: Option<usize>,
    /// The turn that is being answered.
    current: Option<usize>,
    by_number: HashMap<usize, usize>,
}

/// A turn and all that belongs to it.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The question.
    pub turn: Turn,
    /// The turn before it in its conversation: an index.
    pub parent: Option<usize>,
    /// The prior reports that it was asked with.
    pub priors: Arc<Vec<Prior>>,
    /// The answer, thinking left out.
    pub answer: String,
    /// What the model thought before, "" for nothing.
    pub thinking: String,
    /// Every id that was said.
    pub ids: Vec<u32>,
    /// Natural logarithm of each one's probability.
    pub logprobs: Vec<f32>,
    /// Those that are the answer: no thinking, no marks of thinking.
    pub answer_ids: Vec<u32>,
    /// How it ended.
    pub end: End,
    /// Places in the pictures that it speaks of.
    pub boxes: Option<Boxes>,
    /// What must hold of it.
    pub expects: Vec<Expect>,
    /// What somebody noted.
    pub notes: Vec<String>,
    /// What somebody thinks of it.
    pub verdicts: Vec<Verdict>,
    /// Seconds from the session's beginning to the question.
    pub at: f64,
}

/// How an answer ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum End {
    /// In the middle: the program ended, or has not ended yet.
    #[default]
    Cut,
    /// Properly.
    Done(Done),
    /// There is none.
    Failed(String),
}

impl Told {
    /// Whether the answer is not all that the model would have said.
    pub fn is_partial(&self) -> bool {
        !matches!(&self.end, End::Done(done) if done.stop == "end_of_turn")
    }

    /// Whether later turns stand on it: there is an answer, if only the beginning of one.
    fn counts(&self) -> bool {
        let answered = match &self.end {
            End::Done(done) => done.stop != "cancelled" || !self.answer_ids.is_empty(),
            End::Cut => !self.answer_ids.is_empty(),
            End::Failed(_) => false,
        };
        answered && !self.turn.fresh
    }
}

impl Story {
    /// Reads a session to its end.
    ///
    /// # Errors
    /// When a line is damaged.
    pub fn read(reader: &mut Reader) -> Result<Self, Error> {
        let mut story = Self::new(reader.head().clone());
        while let Some((delay, record)) = reader.next_record()? {
            story.seconds += delay;
            story.add(record);
        }
        story.settle();
        Ok(story)
    }

    /// Nothing was said yet.
    pub fn new(head: Head) -> Self {
        Self {
            model: head.model.clone(),
            settings: head.settings.clone(),
            head,
            ..Self::default()
        }
    }

    /// Takes the next record.
    pub fn add(&mut self, record: Record) {
        match record {
            Record::Piece(piece) => return self.piece(&piece),
            Record::Done(done) => return self.end(End::Done(done)),
            Record::Failed(problem) => return self.end(End::Failed(problem.text)),
            Record::Boxes(boxes) => {
                let about = self.numbered_mut(boxes.turn);
                return about
                    .into_iter()
                    .for_each(|told| told.boxes = Some(boxes.clone()));
            }
            _ => self.settle(),
        }
        match record {
            Record::Resume(resume) => self.model = resume.model,
            Record::Open(opening) => {
                self.open.extend(opening.pictures.iter().map(|it| it.id));
                self.openings.push(opening);
            }
            Record::Close(close) => self.open.retain(|id| *id != close.picture),
            Record::Prior(priors) => self.priors = Arc::new(priors.reports),
            Record::Set(set) => {
                self.settings.insert(set.key, set.value);
            }
            Record::Turn(turn) => self.turn(*turn),
            Record::Undo(_) => {
                self.tip = self.tip.and_then(|tip| self.turns[tip].parent);
            }
            Record::Reset => {
                self.tip = None;
                self.open.clear();
                self.priors = Arc::default();
            }
            Record::Expect(expect) => match self.numbered_mut(expect.turn) {
                Some(told) => told.expects.push(expect),
                None => self.astray.push(expect),
            },
            Record::Note(note) => self.note(note),
            Record::Verdict(verdict) => {
                let told = self.numbered_mut(verdict.turn);
                if let Some(told) = told {
                    told.verdicts.push(verdict);
                }
            }
            Record::Title(title) => self.title = Some(title.text),
            Record::Other(..) => self.unknown += 1,
            Record::Piece(_) | Record::Done(_) | Record::Failed(_) | Record::Boxes(_) => {}
        }
    }

    fn turn(&mut self, turn: Turn) {
        let parent = match turn.retry_of.and_then(|n| self.by_number.get(&n)) {
            _ if turn.fresh => None,
            Some(before) => self.turns[*before].parent,
            None => self.tip,
        };
        let index = self.turns.len();
        self.by_number.insert(turn.n, index);
        self.turns.push(Told {
            parent,
            turn,
            priors: Arc::clone(&self.priors),
            at: self.seconds,
            ..Told::default()
        });
        self.current = Some(index);
    }

    fn piece(&mut self, piece: &Piece) {
        let Some(told) = self.current.map(|index| &mut self.turns[index]) else {
            return;
        };
        told.ids.push(piece.id);
        told.logprobs.push(piece.logprob);
        match piece.part {
            None => {
                told.answer.push_str(&piece.text);
                told.answer_ids.push(piece.id);
            }
            Some(Part::Thinking) => told.thinking.push_str(&piece.text),
            Some(Part::Mark) => {}
        }
    }

    fn end(&mut self, end: End) {
        if let Some(index) = self.current {
            self.turns[index].end = end;
        }
        self.settle();
    }

    /// Nothing more comes of the turn that was being answered: the conversation goes on from it, if it counts.
    pub(super) fn settle(&mut self) {
        if let Some(index) = self.current.take()
            && self.turns[index].counts()
        {
            self.tip = Some(index);
        }
    }

    fn note(&mut self, note: Note) {
        match note.turn {
            None => self.notes.push(note.text),
            Some(turn) => {
                let told = self.numbered_mut(turn);
                if let Some(told) = told {
                    told.notes.push(note.text);
                }
            }
        }
    }

    fn numbered_mut(&mut self, number: usize) -> Option<&mut Told> {
        let index = *self.by_number.get(&number)?;
        self.turns.get_mut(index)
    }

    /// The turn of this number.
    pub fn numbered(&self, number: usize) -> Option<&Told> {
        self.turns.get(*self.by_number.get(&number)?)
    }

    /// The conversation as it stands, oldest turn first: indices.
    pub fn thread(&self) -> Vec<usize> {
        self.chain(self.tip)
    }

    /// From the beginning of a conversation to one of its turns.
    fn chain(&self, tip: Option<usize>) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = tip;
        while let Some(index) = next {
            chain.push(index);
            // a parent comes before its child, or the file lies
            next = self.turns[index].parent.filter(|parent| *parent < index);
        }
        chain.reverse();
        chain
    }

    /// The picture of this id.
    pub fn picture(&self, id: u32) -> Option<&Shown> {
        let mut all = self.openings.iter().flat_map(|it| &it.pictures);
        all.find(|picture| picture.id == id)
    }

    /// What stands for the session where there is little room: its title, or its first question, on one line.
    pub fn title(&self) -> String {
        let title = self.title.as_ref().filter(|it| !it.trim().is_empty());
        match (title, self.turns.first()) {
            (Some(title), _) => one_line(title),
            (None, Some(first)) => one_line(&first.turn.question),
            (None, None) => String::new(),
        }
    }

    /// The conversation that the next question stands on.
    pub fn now(&self) -> Conversation {
        let system = self.settings.get("system").cloned().unwrap_or_default();
        self.conversation(self.tip, &self.open, &self.priors, system)
    }

    /// The conversation that a turn stood on, its own system text and language included.
    pub fn before(&self, told: &Told) -> Conversation {
        let turn = &told.turn;
        let parent = told.parent.filter(|_| !turn.fresh);
        let conversation =
            self.conversation(parent, &turn.pictures, &told.priors, turn.system.clone());
        Conversation {
            language: turn.language.parse().unwrap_or_default(),
            before: turn.before.clone(),
            ..conversation
        }
    }

    fn conversation(
        &self,
        tip: Option<usize>,
        open: &[u32],
        priors: &[Prior],
        system: String,
    ) -> Conversation {
        let place = |id: &u32| open.iter().position(|it| it == id);
        let turns = self.chain(tip).into_iter().map(|index| {
            let told = &self.turns[index];
            Exchange {
                before: told.turn.before.clone(),
                question: told.turn.question.clone(),
                answer: told.answer.clone(),
                answer_ids: told.answer_ids.clone(),
                pictures: told.turn.shows.iter().filter_map(place).collect(),
                partial: told.is_partial(),
            }
        });
        let words = |id: &u32| {
            let shown = self.picture(*id);
            let label = shown
                .and_then(|it| it.facts.get("label"))
                .and_then(|it| it.as_str());
            context::Label {
                before: shown.and_then(|it| it.role.clone()).unwrap_or_default(),
                after: label.unwrap_or_default().to_owned(),
            }
        };
        Conversation {
            system,
            priors: priors
                .iter()
                .map(|it| context::Prior {
                    date: it.date.clone(),
                    text: it.text.clone(),
                })
                .collect(),
            turns: turns.collect(),
            pictures: open.len(),
            labels: open.iter().map(words).collect(),
            ..Conversation::default()
        }
    }
}

/// A text on one line, and no longer than a line.
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 72;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A prompt as the file writes it: every run of places of a picture is one entry.
pub fn places(ids: &[u32], runs: &[(usize, u32)], tokens_per_picture: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = 0;
    for (first, picture) in runs {
        places.extend(ids[at..*first].iter().copied().map(Place::Id));
        places.push(Place::Picture { picture: *picture });
        at = first + tokens_per_picture;
    }
    places.extend(ids[at..].iter().copied().map(Place::Id));
    places
}
