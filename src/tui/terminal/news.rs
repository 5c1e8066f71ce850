//! What the threads around the terminal tell its owner, and how many of its questions are still open.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::replies::{Heard, Reply};

/// What the keyboard's thread tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    /// Something was typed, clicked, pasted or answered.
    Heard(Heard),
    /// The terminal is gone.
    Ended,
}

/// What a signal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there are no signals"))]
pub(super) enum Told {
    /// The window has another size.
    Resized,
    /// The process was stopped and goes on.
    Continued,
    /// The process has to end: the signal's number.
    End(i32),
}

/// Questions that end with one that every terminal answers, and how many of those answers have come.
///
/// While one is open, an ESC is more likely the beginning of an answer than the key.
#[derive(Debug)]
pub(super) struct Questions {
    asked: AtomicU32,
    answered: AtomicU32,
    /// The terminal is being left: answers are still read, and everything else is thrown away.
    is_leaving: AtomicBool,
    /// When something of it happened last, in milliseconds since `begin`.
    last: AtomicU64,
    begin: Instant,
}

/// A terminal that has said nothing for so long says nothing.
const SILENCE: Duration = Duration::from_secs(3);

impl Questions {
    pub(super) fn new() -> Self {
        Self {
            asked: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            is_leaving: AtomicBool::new(false),
            last: AtomicU64::new(0),
            begin: Instant::now(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// One more question is on its way.
    pub(super) fn ask(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.last.store(self.now(), Ordering::SeqCst);
    }

    /// What was open will not be answered: the terminal was left in between.
    pub(super) fn forget(&self) {
        self.answered
            .store(self.asked.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// From now on, or no longer, answers are read though the terminal is not ours any more.
    pub(super) fn set_leaving(&self, is_leaving: bool) {
        self.is_leaving.store(is_leaving, Ordering::SeqCst);
    }

    /// Whether they are.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console answers nothing"))]
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::SeqCst)
    }

    /// Something was answered.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console answers nothing"))]
    pub(super) fn hear(&self, reply: &Reply) {
        if matches!(reply, Reply::Attributes(_)) {
            let at_most = |it: u32| (it < self.asked.load(Ordering::SeqCst)).then_some(it + 1);
            // more answers than questions are somebody else's
            let _ = self
                .answered
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, at_most);
        }
        self.last.store(self.now(), Ordering::SeqCst);
    }

    /// Whether an answer is still to be expected.
    pub(super) fn is_open(&self) -> bool {
        let quiet = self.now().saturating_sub(self.last.load(Ordering::SeqCst));
        self.asked.load(Ordering::SeqCst) > self.answered.load(Ordering::SeqCst)
            && u128::from(quiet) < SILENCE.as_millis()
    }

    /// Whether the terminal has ever answered.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst) > 0
    }
}
