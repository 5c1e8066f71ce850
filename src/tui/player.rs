//! A session's records in as they are read, the conversation and its pictures out at their own pace: pure state, and a view.
//!
//! ```text
//! Read → chunk → Msg::Chunk → buffer → (it is time) → cues → Effect::Talk, Effect::Show
//! ```
//!
//! No more than two chunks are held ([`source`]), whatever the session's length. To go back, the conversation is cleared and
//! played again at once, from at most [`BACK`] turns before; the places of the turns come from [`Marks`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::session::read::Here;
use crate::session::safe::printable_line;
use crate::session::v1::Record;
use crate::settings::Lang;
use crate::tui::talk;
use crate::tui::talk::message::Level;

mod cues;

mod keys;

pub mod marks;

mod msg;

pub mod source;

mod view;

#[cfg(test)]
mod tests;

pub use keys::{Binding, KEYS, When};
pub use marks::Marks;
pub use msg::{Chunk, Effect, Msg, Next, Seek};

use cues::Cues;
use marks::{Clocks, GAPS, pass};

/// The speeds that can be chosen.
pub const SPEEDS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// The speed of the record, and the longest pause, at the beginning: indices.
const NORMAL: (usize, usize) = (2, 2);

/// So many turns before the one that is sought are shown again.
pub const BACK: usize = 20;

/// The next chunk is read when fewer records wait.
const LOW: usize = 64;

/// What took longer than this is not made up for by haste.
const LAG: Duration = Duration::from_millis(250);

/// It is not woken more often than this: what comes meanwhile is shown together.
const FRAME: Duration = Duration::from_millis(16);

/// An answer that goes on for so many seconds is begun again before the question before it is sought.
const AGAIN: f64 = 1.5;

/// The most records that are played at once, so that keys are heard in between.
const BURST: usize = 512;

/// A session that is played.
#[derive(Debug)]
pub struct Player {
    name: String,
    lang: Lang,
    cues: Cues,
    is_playing: bool,
    /// Indices into [`SPEEDS`] and [`GAPS`].
    speed: usize,
    gap: usize,
    /// Records that were read and not played, with their delays.
    waiting: VecDeque<(f64, Record)>,
    next: Source,
    ticket: u64,
    is_reading: bool,
    /// When the last record was due, or what was waited since then when it was paused.
    last: Since,
    /// Records before the next.
    at: usize,
    clocks: Clocks,
    marks: Option<Marks>,
    goal: Option<Goal>,
}

/// Where the next chunk comes from.
#[derive(Debug, Clone)]
enum Source {
    From(Option<Here>),
    Nowhere {
        problem: Option<String>,
        is_torn: bool,
    },
}

#[derive(Debug, Clone, Copy)]
enum Since {
    When(Instant),
    Waited(Duration),
}

/// Up to where records are played without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Goal {
    /// Records before it.
    record: usize,
    /// Whether what comes up to there is shown at once.
    is_sought: bool,
}

/// What a player does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It plays.
    Playing,
    /// It waits for a key.
    Paused,
    /// It goes elsewhere.
    Seeking,
    /// Everything was played.
    Over,
    /// It came to a damaged line.
    Damaged,
}

impl Player {
    /// A session of this name, not begun yet.
    pub fn new(name: &str, lang: Lang) -> Self {
        Self {
            name: printable_line(name),
            lang,
            cues: Cues::new(lang),
            is_playing: true,
            speed: NORMAL.0,
            gap: NORMAL.1,
            waiting: VecDeque::new(),
            next: Source::From(None),
            ticket: 0,
            is_reading: false,
            last: Since::Waited(Duration::ZERO),
            at: 0,
            clocks: Clocks::default(),
            marks: None,
            goal: None,
        }
    }

    /// The session's name, harmless to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does.
    pub fn state(&self) -> State {
        match &self.next {
            _ if self.goal.is_some_and(|it| it.is_sought) => State::Seeking,
            Source::Nowhere { problem, .. } if self.waiting.is_empty() => match problem {
                Some(_) => State::Damaged,
                None => State::Over,
            },
            _ if self.is_playing => State::Playing,
            _ => State::Paused,
        }
    }

    /// How many times as fast as it was.
    pub fn speed(&self) -> f64 {
        SPEEDS.get(self.speed).copied().unwrap_or(1.0)
    }

    /// No pause is longer, in seconds, before it is accelerated.
    pub fn longest_pause(&self) -> f64 {
        GAPS.get(self.gap).copied().unwrap_or(2.0)
    }

    /// Seconds that were played and seconds in all, long pauses shortened; no total before [`Msg::Marks`].
    pub fn seconds(&self) -> (f64, Option<f64>) {
        let of = |clocks: &Clocks| clocks.get(self.gap).copied().unwrap_or(0.0);
        (
            of(&self.clocks),
            self.marks.as_ref().map(|it| of(&it.clocks)),
        )
    }

    /// The turn that is played, from 1 in the order of the session, 0 before the first; and how many there are.
    pub fn turn(&self) -> (usize, Option<usize>) {
        let Some(marks) = &self.marks else {
            return (0, None);
        };
        let turn = marks.turn_at(self.at).map_or(0, |it| it + 1);
        (turn, Some(marks.turns.len()))
    }

    /// Records that were read and not played.
    pub fn held(&self) -> usize {
        self.waiting.len()
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        let mut out = Vec::new();
        match msg {
            Msg::Begin => self.jump(None, &mut out),
            Msg::Chunk(chunk) => self.take(chunk),
            Msg::Marks(marks) => self.marks = Some(marks),
            Msg::Wake => {}
            Msg::Lang(lang) => {
                self.lang = lang;
                self.cues.set_lang(lang);
            }
            Msg::Toggle if self.is_over() => {
                self.is_playing = true;
                self.jump(None, &mut out);
            }
            Msg::Toggle => self.play(!self.is_playing, now),
            Msg::Step => {
                self.play(false, now);
                let record = self.at.saturating_add(1);
                self.goal.get_or_insert(Goal {
                    record,
                    is_sought: false,
                });
            }
            Msg::Seek(seek) => self.seek(seek, &mut out),
            Msg::Faster(is_faster) => self.speed = stepped(self.speed, is_faster, SPEEDS.len()),
            Msg::Longer(is_longer) => self.gap = stepped(self.gap, is_longer, GAPS.len()),
            Msg::Branch => out.extend(self.cues.turn.map(|turn| Effect::Branch { turn })),
            Msg::Leave => {
                self.play(false, now);
                return vec![Effect::Leave];
            }
        }
        self.go_on(now, &mut out);
        out
    }

    fn is_over(&self) -> bool {
        matches!(self.state(), State::Over | State::Damaged)
    }

    fn take(&mut self, chunk: Chunk) {
        // what was asked for before somebody went elsewhere comes too late
        if chunk.ticket != self.ticket || !self.is_reading {
            return;
        }
        self.is_reading = false;
        self.waiting.extend(chunk.records);
        self.next = match chunk.next {
            Next::At(here) => Source::From(Some(here)),
            Next::End { is_torn } => Source::Nowhere {
                problem: None,
                is_torn,
            },
            Next::Damaged(problem) => Source::Nowhere {
                problem: Some(problem),
                is_torn: false,
            },
        };
    }

    fn play(&mut self, is_playing: bool, now: Instant) {
        self.is_playing = is_playing;
        self.last = match self.last {
            Since::Waited(waited) if is_playing => {
                Since::When(now.checked_sub(waited).unwrap_or(now))
            }
            Since::When(when) if !is_playing => Since::Waited(now.saturating_duration_since(when)),
            same => same,
        };
    }

    fn seek(&mut self, seek: Seek, out: &mut Vec<Effect>) {
        if seek == Seek::Start {
            return self.jump(None, out);
        }
        let Some(marks) = &self.marks else {
            // where turns are is not known yet, but the end is reached from anywhere
            if seek == Seek::End {
                self.aim(usize::MAX);
            }
            return;
        };
        let n_turns = marks.turns.len();
        let begun = marks.turn_at(self.at);
        let next = marks.turns.partition_point(|it| it.record < self.at);
        let target = match seek {
            Seek::Start => Some(0),
            Seek::End => None,
            Seek::Next => Some(next).filter(|it| *it < n_turns),
            Seek::Turn(n) => match marks.turns.iter().position(|it| it.n == n) {
                Some(index) => Some(index),
                None => return,
            },
            Seek::Previous => {
                let mark = begun.and_then(|it| marks.turns.get(it));
                let clock = |it: &Clocks| it.get(self.gap).copied().unwrap_or(0.0);
                let since = mark.map_or(0.0, |it| clock(&self.clocks) - clock(&it.clocks));
                let is_again = since > AGAIN * self.speed() || self.is_over();
                let back = usize::from(!is_again);
                match begun.and_then(|it| it.checked_sub(back)) {
                    Some(index) => Some(index),
                    None => return self.jump(None, out),
                }
            }
        };
        let index = target.unwrap_or(n_turns);
        // the question itself is shown
        let record = marks
            .turns
            .get(index)
            .map_or(usize::MAX, |it| it.record.saturating_add(1));
        let is_near = index.saturating_sub(begun.unwrap_or(0)) <= BACK;
        if record <= self.at || !is_near {
            self.jump(Some(index.saturating_sub(BACK)), out);
        }
        self.aim(record);
    }

    fn aim(&mut self, record: usize) {
        if record > self.at {
            self.goal = Some(Goal {
                record,
                is_sought: true,
            });
            self.cues.hold();
        }
    }

    /// Clears the conversation and reads from a turn on, or from the beginning.
    fn jump(&mut self, turn: Option<usize>, out: &mut Vec<Effect>) {
        self.waiting.clear();
        self.ticket = self.ticket.wrapping_add(1);
        self.is_reading = false;
        self.goal = None;
        self.cues = Cues::new(self.lang);
        self.last = Since::Waited(Duration::ZERO);
        out.push(Effect::Talk(talk::Msg::Clear));
        let turn = turn.filter(|it| *it > 0);
        let marks = self.marks.as_ref();
        let mark = turn.and_then(|it| marks?.turns.get(it));
        self.at = mark.map_or(0, |it| it.record);
        self.clocks = mark.map_or(Clocks::default(), |it| it.clocks);
        self.next = Source::From(mark.map(|it| it.here));
        out.push(Effect::Close(None));
        let (Some(mark), Some(turn)) = (mark, turn) else {
            return;
        };
        let words = match self.lang {
            Lang::En if turn == 1 => "1 turn before is not shown here".to_owned(),
            Lang::En => format!("{turn} turns before are not shown here"),
            Lang::Zh => format!("此前 {turn} 轮对话未在此显示"),
        };
        let opening = marks.and_then(|it| it.opened_before(mark.record)).cloned();
        self.cues.say(None, Level::Plain, &words, out);
        if let Some((first, opening)) = opening.and_then(|it| Some((it.pictures.first()?.id, it))) {
            self.cues.show(first, &opening, out);
        }
    }

    /// Plays what is due, reads on, and says when to be woken.
    fn go_on(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.is_playing {
            self.play(true, now);
        }
        for _ in 0..BURST {
            let Some((delay, _)) = self.waiting.front() else {
                break;
            };
            let delay = delay.clamp(0.0, self.longest_pause()) / self.speed();
            let due = match (self.goal, self.last) {
                (Some(_), _) => now,
                (None, Since::When(last)) => last + Duration::from_secs_f64(delay),
                (None, Since::Waited(_)) => break,
            };
            if due > now {
                break;
            }
            self.play_one(due, now, out);
        }
        self.settle(out);
        self.read_on(out);
        self.wake(now, out);
    }

    fn play_one(&mut self, due: Instant, now: Instant, out: &mut Vec<Effect>) {
        let Some((delay, record)) = self.waiting.pop_front() else {
            return;
        };
        pass(&mut self.clocks, delay);
        self.at = self.at.saturating_add(1);
        self.cues.take(record, out);
        let earliest = now.checked_sub(LAG).unwrap_or(now);
        self.last = match self.last {
            Since::When(_) => Since::When(due.max(earliest)),
            Since::Waited(_) => Since::Waited(Duration::ZERO),
        };
        if self.goal.is_some_and(|it| it.record <= self.at) {
            self.goal = None;
            self.cues.release(out);
        }
    }

    /// Ends what is open when nothing comes any more.
    fn settle(&mut self, out: &mut Vec<Effect>) {
        let Source::Nowhere { problem, is_torn } = &mut self.next else {
            return;
        };
        if !self.waiting.is_empty() {
            return;
        }
        self.goal = None;
        // said once
        let is_torn = std::mem::take(is_torn);
        let problem = problem.clone();
        self.cues.cut(out);
        if is_torn {
            let words = self.lang.pick(
                "the session's last line is cut off in the middle, as in a crash",
                "会话的最后一行中途截断，如程序崩溃时",
            );
            self.cues.say(None, Level::Warning, words, out);
        }
        if let Some(problem) = problem.filter(|it| !it.is_empty()) {
            self.cues.say(None, Level::Failure, &problem, out);
            self.next = Source::Nowhere {
                problem: Some(String::new()),
                is_torn: false,
            };
        }
        self.cues.release(out);
    }

    fn read_on(&mut self, out: &mut Vec<Effect>) {
        let Source::From(from) = self.next else {
            return;
        };
        if !self.is_reading && self.waiting.len() < LOW {
            self.is_reading = true;
            out.push(Effect::Read {
                ticket: self.ticket,
                from,
            });
        }
    }

    fn wake(&self, now: Instant, out: &mut Vec<Effect>) {
        let Some((delay, _)) = self.waiting.front() else {
            return;
        };
        let delay = delay.clamp(0.0, self.longest_pause()) / self.speed();
        match (self.goal, self.last) {
            (Some(_), _) => out.push(Effect::Wake(now)),
            (None, Since::When(last)) => {
                let due = last + Duration::from_secs_f64(delay);
                out.push(Effect::Wake(due.max(now + FRAME)));
            }
            (None, Since::Waited(_)) => {}
        }
    }
}

fn stepped(index: usize, up: bool, n: usize) -> usize {
    if up {
        (index + 1).min(n.saturating_sub(1))
    } else {
        index.saturating_sub(1)
    }
}
