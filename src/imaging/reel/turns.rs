//! Several threads that want the same work in, one of them at it at a time out; the others wait, or stop when they are told to.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::imaging::Fallible;
use crate::imaging::watch::Watch;

/// How often somebody who waits looks whether the work is still wanted.
const LOOK_UP: Duration = Duration::from_millis(20);

/// Who is at what.
#[derive(Debug)]
pub(super) struct Turns<K> {
    taken: Mutex<Vec<K>>,
    freed: Condvar,
}

/// The right to do a piece of work; others may have it once this is dropped.
#[must_use]
pub(super) struct Turn<'a, K: PartialEq> {
    turns: &'a Turns<K>,
    key: Option<K>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self {
            taken: Mutex::new(Vec::new()),
            freed: Condvar::new(),
        }
    }
}

impl<K: Copy + PartialEq> Turns<K> {
    /// Waits until nobody else is at it. A thread of a pool never waits, since the work that it would wait for may itself
    /// wait for a thread of the pool: better to do something twice.
    pub(super) fn wait(&self, key: K, watch: Watch<'_>) -> Fallible<Turn<'_, K>> {
        if rayon::current_thread_index().is_some() {
            let turns = self;
            return Ok(Turn { turns, key: None });
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.contains(&key) {
            watch.goes_on()?;
            let waited = self.freed.wait_timeout(taken, LOOK_UP);
            (taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        watch.goes_on()?;
        taken.push(key);
        Ok(Turn {
            turns: self,
            key: Some(key),
        })
    }
}

impl<K: PartialEq> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        let Some(key) = &self.key else {
            return;
        };
        let taken = self.turns.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        taken.retain(|it| it != key);
        self.turns.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    #[test]
    fn one_at_a_time_for_each_piece_of_work() {
        let turns = Turns::default();
        let (at_it, most, done) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        let work = || {
            let _turn = turns.wait(7, Watch::default()).unwrap();
            most.fetch_max(at_it.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(3));
            at_it.fetch_sub(1, Ordering::SeqCst);
            done.fetch_add(1, Ordering::SeqCst);
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(work);
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (1, 8));
        let _seven = turns.wait(7, Watch::default()).unwrap();
        let _eight = turns.wait(8, Watch::default()).unwrap();
    }

    #[test]
    fn who_waits_can_be_stopped() {
        let turns = Turns::default();
        let _turn = turns.wait(7, Watch::default()).unwrap();
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let watch = Watch {
                    cancel: &cancel,
                    ..Watch::default()
                };
                turns.wait(7, watch).map(|_| ())
            });
            std::thread::sleep(Duration::from_millis(30));
            assert!(!waits.is_finished());
            cancel.store(true, Ordering::SeqCst);
            let problem = waits.join().unwrap().unwrap_err();
            assert!(problem.contains("was stopped"), "{problem}");
        });
    }

    #[test]
    fn a_panic_gives_the_turn_back() {
        let turns = Turns::default();
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _turn = turns.wait(7, Watch::default()).unwrap();
            std::panic::resume_unwind(Box::new("a decoder broke down"));
        }));
        assert!(broken.is_err());
        let _turn = turns.wait(7, Watch::default()).unwrap();
    }

    #[test]
    fn a_thread_of_a_pool_does_not_wait() {
        let turns = Turns::default();
        let _turn = turns.wait(7, Watch::default()).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let in_pool = || turns.wait(7, Watch::default()).is_ok();
        assert!(pool.unwrap().install(in_pool));
    }
}
