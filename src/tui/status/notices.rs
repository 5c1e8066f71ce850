//! Sentences that a person should see for a while in, one at a time out; the clock is the caller's.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::session::safe::printable_line;
use crate::tui::talk::wrap;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Said in passing.
    Info,
    /// Something went well.
    Success,
    /// Should be looked at.
    Warning,
    /// Something went wrong.
    Failure,
}

/// A sentence for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub weight: Weight,
    /// The sentence, harmless.
    pub text: String,
}

/// Notices that wait, and the one that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    shown: Option<(Notice, Instant)>,
    waiting: VecDeque<Notice>,
}

/// The most that wait; then the oldest that are no failures go.
const MOST: usize = 16;

/// The most cells of a notice that are kept.
const LONGEST: usize = 400;

impl Notice {
    /// Any text becomes one harmless line.
    pub fn new(weight: Weight, text: &str) -> Self {
        Self {
            weight,
            text: printable_line(wrap::clip(text, LONGEST)),
        }
    }

    /// How long it is shown when nothing waits: as long as it takes to read, a failure twice that.
    fn time(&self) -> Duration {
        let cells = u32::try_from(wrap::width(&self.text)).unwrap_or(u32::MAX);
        let reading = Duration::from_millis(2500) + Duration::from_millis(50) * cells.min(150);
        if self.weight == Weight::Failure {
            reading * 2
        } else {
            reading
        }
    }

    /// How long it is shown when another waits.
    fn least(&self) -> Duration {
        match self.weight {
            Weight::Failure => self.time() / 2,
            _ => Duration::from_millis(1500),
        }
    }
}

impl Notices {
    /// A notice more; one that is shown or waits already is not said twice.
    pub fn say(&mut self, notice: Notice, now: Instant) {
        self.tick(now);
        if let Some((_, since)) = self.shown.as_mut().filter(|it| it.0 == notice) {
            *since = now;
            return;
        }
        if self.waiting.contains(&notice) {
            return;
        }
        if self.waiting.len() >= MOST {
            let light = |it: &Notice| it.weight != Weight::Failure;
            let oldest = self.waiting.iter().position(light).unwrap_or(0);
            self.waiting.remove(oldest);
        }
        self.waiting.push_back(notice);
        self.tick(now);
    }

    /// The notice that is shown.
    pub fn shown(&self) -> Option<&Notice> {
        self.shown.as_ref().map(|it| &it.0)
    }

    /// Lets time go by; whether something changed.
    pub fn tick(&mut self, now: Instant) -> bool {
        let is_over = self.next_change().is_some_and(|it| it <= now);
        if self.shown.is_some() && !is_over {
            return false;
        }
        let before = self.shown.take().is_some();
        self.shown = self.waiting.pop_front().map(|it| (it, now));
        before || self.shown.is_some()
    }

    /// When `tick` will change something.
    pub fn next_change(&self) -> Option<Instant> {
        let (notice, since) = self.shown.as_ref()?;
        let time = if self.waiting.is_empty() {
            notice.time()
        } else {
            notice.least().min(notice.time())
        };
        since.checked_add(time)
    }

    /// The shown one was read: the next.
    pub fn dismiss(&mut self, now: Instant) {
        self.shown = None;
        self.tick(now);
    }
}
