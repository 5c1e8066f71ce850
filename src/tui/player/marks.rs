//! A session's file in, where its turns stand out: places, times and pictures, a few bytes a turn. Answers are not read.

use std::sync::Arc;

use crate::session::read::{Here, Reader};
use crate::session::v1::{Opening, Record};

/// The longest pauses that can be chosen, in seconds.
pub const GAPS: [f64; 5] = [0.5, 1.0, 2.0, 5.0, 30.0];

/// Times since the session's beginning in seconds, one for each of [`GAPS`].
pub type Clocks = [f64; GAPS.len()];

/// The most turns that are remembered.
const MOST_TURNS: usize = 200_000;

/// The most pictures that are remembered.
const MOST_PICTURES: usize = 20_000;

/// Lets a delay pass on every clock.
pub fn pass(clocks: &mut Clocks, delay: f64) {
    for (clock, gap) in clocks.iter_mut().zip(GAPS) {
        *clock += delay.clamp(0.0, gap);
    }
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The turn's number, as the session counts.
    pub n: usize,
    /// Records before its question.
    pub record: usize,
    /// Where its question's line begins.
    pub here: Here,
    /// When the record before it was.
    pub clocks: Clocks,
}

/// Where the turns of a session stand.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// The turns, in order.
    pub turns: Vec<Mark>,
    /// What was opened, each with the records before it.
    pub openings: Vec<(usize, Arc<Opening>)>,
    /// Records in all.
    pub records: usize,
    /// When the last record was.
    pub clocks: Clocks,
}

impl Marks {
    /// Looks a session through from where the reader is, which is its beginning. Where it is damaged, this ends: who plays it
    /// will come there.
    pub fn read(reader: &mut Reader) -> Self {
        let mut marks = Self::default();
        let mut n_pictures = 0_usize;
        loop {
            let here = reader.here();
            let Ok(Some(parts)) = reader.next_parts() else {
                return marks;
            };
            let before = marks.clocks;
            pass(&mut marks.clocks, parts.delay);
            let record = match parts.kind {
                "turn" | "open" => parts.record_without_prompt(),
                _ => Ok(Record::Reset),
            };
            match record {
                Err(_) => return marks,
                Ok(Record::Turn(turn)) if marks.turns.len() < MOST_TURNS => {
                    marks.turns.push(Mark {
                        n: turn.n,
                        record: marks.records,
                        here,
                        clocks: before,
                    });
                }
                Ok(Record::Open(opening)) if n_pictures < MOST_PICTURES => {
                    n_pictures += opening.pictures.len();
                    marks.openings.push((marks.records, Arc::new(opening)));
                }
                Ok(_) => {}
            }
            marks.records += 1;
        }
    }

    /// The last opening before a record.
    pub fn opened_before(&self, record: usize) -> Option<&Arc<Opening>> {
        let after = self.openings.partition_point(|it| it.0 < record);
        self.openings.get(after.checked_sub(1)?).map(|it| &it.1)
    }

    /// The turn that a record belongs to, once the record was played: an index.
    pub fn turn_at(&self, played: usize) -> Option<usize> {
        let after = self.turns.partition_point(|it| it.record < played);
        after.checked_sub(1)
    }
}
