//! A session's records with their delays in, the same events again out, at their own pace: no model, no clock, no screen.
//!
//! ```text
//! Reader → only → limit → accelerate → play → Audience
//! ```
//!
//! Each step but the last takes an iterator over records with their delays, and gives one.

use std::collections::BTreeMap;

use super::error::Error;
use super::read::Reader;
use super::v1::{Opening, Part, Piece, Record, Shown};
use super::{Event, Sink, Stats, Stop, v1};
use crate::tokenizer::Voice;

/// A record, and the seconds since the one before; or why there are no more.
pub type Timed = Result<(f64, Record), Error>;

/// Who watches a session: a sink for the answers' events, told of everything else that happened.
pub trait Audience: Sink {
    /// Waits so many seconds before what comes next; whether to go on.
    ///
    /// # Errors
    /// When there is no use in going on.
    fn wait(&mut self, seconds: f64, next: &Record) -> anyhow::Result<bool>;

    /// Something that happened, apart from the words of an answer and its end.
    ///
    /// # Errors
    /// When it cannot be shown.
    fn record(&mut self, record: &Record) -> anyhow::Result<()>;

    /// The answer ended in the middle: the program that gave it did.
    ///
    /// # Errors
    /// When it cannot be shown.
    fn cut(&mut self) -> anyhow::Result<()>;
}

/// The records of a session, in order.
pub fn records(reader: &mut Reader) -> impl Iterator<Item = Timed> {
    std::iter::from_fn(|| reader.next_record().transpose())
}

/// No delay is longer than this, in seconds.
pub fn limit(records: impl Iterator<Item = Timed>, max_pause: f64) -> impl Iterator<Item = Timed> {
    records.map(move |timed| timed.map(|(delay, record)| (delay.min(max_pause), record)))
}

/// So many times as fast; infinity has no delays.
pub fn accelerate(records: impl Iterator<Item = Timed>, speed: f64) -> impl Iterator<Item = Timed> {
    records.map(move |timed| timed.map(|(delay, record)| (delay / speed, record)))
}

/// One turn alone: its pictures, its prior reports, the question, the answer, and what was said about it later, without the
/// delays between them. Nothing comes when there is no such turn.
pub fn only(records: impl Iterator<Item = Timed>, turn: usize) -> impl Iterator<Item = Timed> {
    let mut only = Only {
        turn,
        ..Only::default()
    };
    records.flat_map(move |timed| match timed {
        Ok((delay, record)) => only.take(delay, record),
        Err(error) => vec![Err(error)],
    })
}

#[derive(Default)]
struct Only {
    turn: usize,
    openings: Vec<Opening>,
    priors: v1::Priors,
    is_at_it: bool,
}

impl Only {
    /// What of the turn a record is.
    fn take(&mut self, delay: f64, record: Record) -> Vec<Timed> {
        match record {
            Record::Turn(turn) if turn.n == self.turn => {
                self.is_at_it = true;
                let mut all = self.pictures(&turn.pictures);
                if !self.priors.reports.is_empty() {
                    all.push(Record::Prior(self.priors.clone()));
                }
                all.push(Record::Turn(turn));
                return all.into_iter().map(|it| Ok((0.0, it))).collect();
            }
            Record::Piece(_) | Record::Done(_) | Record::Failed(_) if self.is_at_it => {
                return vec![Ok((delay, record))];
            }
            Record::Piece(_) | Record::Done(_) | Record::Failed(_) => return Vec::new(),
            _ if self.is_about_it(&record) => return vec![Ok((0.0, record))],
            // not what happens after an answer: that takes nothing away from it
            Record::Boxes(_) => {}
            Record::Open(opening) => {
                self.is_at_it = false;
                self.openings.push(opening);
            }
            Record::Prior(priors) => {
                self.is_at_it = false;
                self.priors = priors;
            }
            Record::Reset => {
                self.is_at_it = false;
                self.priors.reports.clear();
            }
            _ => self.is_at_it = false,
        }
        Vec::new()
    }

    /// What was opened, those of these ids alone.
    fn pictures(&self, ids: &[u32]) -> Vec<Record> {
        let openings = self.openings.iter().map(|opening| {
            let shown = opening.pictures.iter().filter(|it| ids.contains(&it.id));
            Opening {
                pictures: shown.cloned().collect(),
                ..opening.clone()
            }
        });
        let some = openings.filter(|it| !it.pictures.is_empty());
        some.map(Record::Open).collect()
    }

    fn is_about_it(&self, record: &Record) -> bool {
        let turn = match record {
            Record::Boxes(it) => it.turn,
            Record::Undo(it) => it.turn,
            Record::Expect(it) => it.turn,
            Record::Verdict(it) => it.turn,
            Record::Note(it) => return it.turn == Some(self.turn),
            _ => return false,
        };
        turn == self.turn
    }
}

/// Plays records to an audience; whether it was played to the end.
///
/// # Errors
/// When the session is damaged, or the audience says so.
pub fn play(
    records: impl IntoIterator<Item = Timed>,
    audience: &mut dyn Audience,
) -> anyhow::Result<bool> {
    let mut is_answering = false;
    for timed in records {
        let (delay, record) = timed?;
        let event = event(&record);
        let goes_on = event.is_some() || matches!(record, Record::Boxes(_));
        if is_answering && !goes_on {
            is_answering = false;
            audience.cut()?;
        }
        if !audience.wait(delay, &record)? {
            return Ok(false);
        }
        match event {
            // words without a question belong to no answer
            Some(event) if is_answering => {
                is_answering = matches!(event, Event::Piece { .. });
                audience.event(&event)?;
            }
            Some(_) => {}
            None => {
                is_answering |= matches!(record, Record::Turn(_));
                audience.record(&record)?;
            }
        }
    }
    if is_answering {
        audience.cut()?;
    }
    Ok(true)
}

/// The event that a record keeps, if it is one of an answer.
fn event(record: &Record) -> Option<Event> {
    match record {
        Record::Piece(piece) => Some(Event::Piece {
            id: piece.id,
            text: piece.text.clone(),
            voice: voice(piece),
            logprob: piece.logprob,
        }),
        Record::Done(done) => Some(Event::Done(stats(done))),
        Record::Failed(problem) => Some(Event::Failed(problem.text.clone())),
        _ => None,
    }
}

fn voice(piece: &Piece) -> Voice {
    match piece.part {
        None => Voice::Answer,
        Some(Part::Thinking | Part::Mark) => Voice::Thinking,
    }
}

/// The counts as the engine gave them; an end that this program does not know is one from outside.
fn stats(done: &v1::Done) -> Stats {
    let all = [Stop::EndOfTurn, Stop::Length, Stop::Window, Stop::Cancelled];
    let stop = all.into_iter().find(|it| it.name() == done.stop);
    Stats {
        prompt_tokens: done.prompt_tokens,
        image_tokens: done.image_tokens,
        reused_tokens: done.reused_tokens,
        new_tokens: done.new_tokens,
        vision_ms: done.vision_ms,
        prefill_ms: done.prefill_ms,
        first_token_ms: done.first_token_ms,
        total_ms: done.total_ms,
        tokens_per_s: done.tokens_per_s,
        stop: stop.unwrap_or(Stop::Cancelled),
    }
}

/// Pictures that were opened so far, by id: what later records name by their numbers.
#[derive(Debug, Default)]
pub struct Cast {
    pictures: BTreeMap<u32, (String, Shown)>,
}

impl Cast {
    /// Remembers what was opened.
    pub fn take(&mut self, opening: &Opening) {
        let pictures = opening.pictures.iter();
        self.pictures
            .extend(pictures.map(|it| (it.id, (opening.name.clone(), it.clone()))));
    }

    /// A picture and the name that it was opened by.
    pub fn get(&self, id: u32) -> Option<(&str, &Shown)> {
        let (name, shown) = self.pictures.get(&id)?;
        Some((name, shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::v1::{Done, Note, Text, Turn, Undo};

    /// Writes down what it is told.
    #[derive(Default)]
    struct Notes {
        said: Vec<String>,
        waited: Vec<f64>,
        /// Stops after so many waits.
        patience: Option<usize>,
    }

    impl Sink for Notes {
        fn event(&mut self, event: &Event) -> anyhow::Result<()> {
            self.said.push(match event {
                Event::Piece { text, voice, .. } => format!("{voice:?} {text}"),
                Event::Done(stats) => format!("done {}", stats.stop.name()),
                other => format!("{other:?}"),
            });
            Ok(())
        }
    }

    impl Audience for Notes {
        fn wait(&mut self, seconds: f64, _next: &Record) -> anyhow::Result<bool> {
            self.waited.push(seconds);
            Ok(self.patience.is_none_or(|most| self.waited.len() <= most))
        }

        fn record(&mut self, record: &Record) -> anyhow::Result<()> {
            self.said.push(match record {
                Record::Turn(turn) => format!("> {}", turn.question),
                Record::Open(opening) => format!("open {}", opening.name),
                Record::Prior(priors) => format!("prior {}", priors.reports.len()),
                Record::Note(note) => format!("note {}", note.text),
                Record::Undo(undo) => format!("undo {}", undo.turn),
                other => format!("{other:?}"),
            });
            Ok(())
        }

        fn cut(&mut self) -> anyhow::Result<()> {
            self.said.push("cut".to_owned());
            Ok(())
        }
    }

    fn piece(text: &str, part: Option<Part>) -> Record {
        Record::Piece(Piece {
            text: text.to_owned(),
            part,
            ..Piece::default()
        })
    }

    fn turn(n: usize, question: &str) -> Record {
        Record::Turn(Box::new(Turn {
            n,
            question: question.to_owned(),
            pictures: vec![1],
            ..Turn::default()
        }))
    }

    fn done(stop: &str) -> Record {
        Record::Done(Done {
            stop: stop.to_owned(),
            ..Done::default()
        })
    }

    fn opening(name: &str, ids: &[u32]) -> Record {
        let shown = ids.iter().map(|id| Shown {
            id: *id,
            ..Shown::default()
        });
        Record::Open(Opening {
            name: name.to_owned(),
            path: None,
            pictures: shown.collect(),
        })
    }

    fn note(turn: Option<usize>, text: &str) -> Record {
        Record::Note(Note {
            turn,
            text: text.to_owned(),
        })
    }

    fn timed(records: Vec<Record>) -> impl Iterator<Item = Timed> {
        (0_u16..).zip(records).map(|(n, it)| Ok((f64::from(n), it)))
    }

    fn session() -> Vec<Record> {
        vec![
            opening("a.png", &[1]),
            opening("b.png", &[2]),
            turn(1, "One?"),
            piece("hm", Some(Part::Thinking)),
            piece("", Some(Part::Mark)),
            piece("Left", None),
            done("end_of_turn"),
            turn(2, "Two?"),
            piece("Ri", None),
            note(Some(1), "good"),
            Record::Undo(Undo { turn: 1 }),
            turn(3, "Three?"),
            Record::Failed(Text {
                text: "nan".to_owned(),
            }),
        ]
    }

    #[track_caller]
    fn check(records: impl Iterator<Item = Timed>, expected: &[&str]) -> Notes {
        let mut notes = Notes::default();
        assert!(play(records, &mut notes).unwrap());
        assert_eq!(notes.said, expected);
        notes
    }

    #[test]
    fn everything_is_told_in_order_and_an_answer_without_an_end_is_cut() {
        check(
            timed(session()),
            &[
                "open a.png",
                "open b.png",
                "> One?",
                "Thinking hm",
                "Thinking ",
                "Answer Left",
                "done end_of_turn",
                "> Two?",
                "Answer Ri",
                "cut",
                "note good",
                "undo 1",
                "> Three?",
                "Failed(\"nan\")",
            ],
        );
        check(
            timed(vec![turn(1, "One?"), piece("L", None)]),
            &["> One?", "Answer L", "cut"],
        );
        check(timed(vec![turn(1, "One?")]), &["> One?", "cut"]);
        check(timed(vec![piece("L", None), done("length")]), &[]);
        check(timed(Vec::new()), &[]);
    }

    #[test]
    fn pauses_are_limited_first_and_then_everything_is_faster() {
        let records = || timed(vec![note(None, "x"); 6]);
        let delays = |records: &mut dyn Iterator<Item = Timed>| -> Vec<f64> {
            records.map(|it| it.unwrap().0).collect()
        };
        assert_eq!(
            delays(&mut limit(records(), 2.5)),
            [0.0, 1.0, 2.0, 2.5, 2.5, 2.5]
        );
        assert_eq!(
            delays(&mut accelerate(limit(records(), 2.0), 4.0)),
            [0.0, 0.25, 0.5, 0.5, 0.5, 0.5]
        );
        assert_eq!(delays(&mut accelerate(records(), f64::INFINITY)), [0.0; 6]);
        assert_eq!(
            delays(&mut accelerate(records(), 0.5)),
            [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        );
    }

    #[test]
    fn one_turn_comes_with_its_pictures_and_what_was_said_of_it() {
        let notes = check(
            only(timed(session()), 1),
            &[
                "open a.png",
                "> One?",
                "Thinking hm",
                "Thinking ",
                "Answer Left",
                "done end_of_turn",
                "note good",
                "undo 1",
            ],
        );
        assert_eq!(notes.waited, [0.0, 0.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0]);
        check(
            only(timed(session()), 2),
            &["open a.png", "> Two?", "Answer Ri", "cut"],
        );
        check(only(timed(session()), 9), &[]);
    }

    #[test]
    fn it_stops_when_the_audience_does_and_fails_where_the_session_does() {
        let mut notes = Notes {
            patience: Some(3),
            ..Notes::default()
        };
        assert!(!play(timed(session()), &mut notes).unwrap());
        assert_eq!(notes.said, ["open a.png", "open b.png", "> One?"]);
        let damaged = timed(session())
            .take(2)
            .chain([Err(Error::new("s", "line 4 is damaged"))]);
        let mut notes = Notes::default();
        let error = play(damaged, &mut notes).unwrap_err();
        assert_eq!(error.to_string(), "s: line 4 is damaged");
        assert_eq!(notes.said.len(), 2);
    }
}
