//! Pictures to be shown in, bytes or cells for the terminal out: on a thread of its own, where a newer job replaces a waiting one.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use ratatui::buffer::Cell;

use super::fit::{Fit, Part};
use super::pixels::Pixels;
use super::{Quality, cells, iterm, kitty, sixel};

/// Makes the pixels of a picture, on the worker's thread.
pub type Make = Arc<dyn Fn() -> Pixels + Send + Sync>;

/// Tells somebody that there is news.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the terminal is to get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// This part of the picture, in so many pixels, as PNG.
    Kitty {
        part: Part,
        size: (usize, usize),
    },
    Iterm,
    Sixel,
    Blocks {
        has_truecolor: bool,
    },
    Letters {
        is_light: bool,
    },
}

pub(super) struct Job {
    pub(super) pane: u8,
    pub(super) serial: u64,
    pub(super) key: u64,
    pub(super) group: u64,
    pub(super) quality: Quality,
    pub(super) fit: Fit,
    pub(super) way: Way,
    pub(super) make: Make,
}

/// A job that is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) pane: u8,
    pub(super) serial: u64,
    pub(super) key: u64,
    pub(super) group: u64,
    pub(super) quality: Quality,
    pub(super) fit: Fit,
    pub(super) encoded: Encoded,
}

#[derive(Debug)]
pub(super) enum Encoded {
    /// A PNG of this part of the picture.
    Png {
        bytes: Vec<u8>,
        part: Part,
        size: (usize, usize),
    },
    /// A command that draws where the cursor is.
    Inline(Vec<u8>),
    /// Row by row.
    Cells(Vec<Cell>),
}

#[derive(Default)]
struct Slots {
    waiting: VecDeque<Job>,
    done: Vec<Done>,
    wake_at: Option<Instant>,
    is_closed: bool,
}

/// The thread, and what lies before and behind it.
pub(super) struct Worker {
    shared: Arc<(Mutex<Slots>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(wake: Wake) -> Self {
        let shared = Arc::<(Mutex<Slots>, Condvar)>::default();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("pictures".to_owned())
            .spawn(move || work(&theirs, &wake))
            .ok();
        Self { shared, thread }
    }

    /// Puts a job in; one of the same pane that nobody has begun is forgotten.
    pub(super) fn submit(&self, job: Job) {
        let mut slots = lock(&self.shared.0);
        slots.waiting.retain(|it| it.pane != job.pane);
        slots.waiting.push_back(job);
        self.shared.1.notify_one();
    }

    /// Takes the newest that is done for a pane.
    pub(super) fn take(&self, pane: u8) -> Option<Done> {
        let mut slots = lock(&self.shared.0);
        let newest = slots.done.iter().rposition(|it| it.pane == pane)?;
        let done = slots.done.swap_remove(newest);
        slots.done.retain(|it| it.pane != pane);
        Some(done)
    }

    /// Tells at this time that a frame should be drawn, or earlier.
    pub(super) fn wake_at(&self, at: Instant) {
        let mut slots = lock(&self.shared.0);
        slots.wake_at = slots.wake_at.map_or(Some(at), |it| Some(it.min(at)));
        self.shared.1.notify_one();
    }

    /// Forgets what was asked for a pane.
    pub(super) fn forget(&self, pane: u8) {
        let mut slots = lock(&self.shared.0);
        slots.waiting.retain(|it| it.pane != pane);
        slots.done.retain(|it| it.pane != pane);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        lock(&self.shared.0).is_closed = true;
        self.shared.1.notify_one();
        if let Some(thread) = self.thread.take() {
            // it has told of its panic by itself
            let _ = thread.join();
        }
    }
}

fn lock(slots: &Mutex<Slots>) -> MutexGuard<'_, Slots> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(shared: &(Mutex<Slots>, Condvar), wake: &Wake) {
    let mut slots = lock(&shared.0);
    while !slots.is_closed {
        if let Some(job) = slots.waiting.pop_front() {
            drop(slots);
            let done = job.work();
            slots = lock(&shared.0);
            slots.done.push(done);
            wake();
            continue;
        }
        let now = Instant::now();
        if slots.wake_at.take_if(|it| *it <= now).is_some() {
            wake();
            continue;
        }
        slots = wait(slots, &shared.1, now);
    }
}

/// Until there is something to do.
fn wait<'a>(
    slots: MutexGuard<'a, Slots>,
    changed: &Condvar,
    now: Instant,
) -> MutexGuard<'a, Slots> {
    let Some(at) = slots.wake_at else {
        return changed.wait(slots).unwrap_or_else(PoisonError::into_inner);
    };
    let waited = changed.wait_timeout(slots, at.saturating_duration_since(now));
    waited.unwrap_or_else(PoisonError::into_inner).0
}

impl Job {
    pub(super) fn work(self) -> Done {
        let pixels = (self.make)().thrifty();
        let is_draft = self.quality == Quality::Draft;
        let encoded = match self.way {
            Way::Kitty { part, size } => Encoded::Png {
                bytes: kitty::png(&pixels.sample(part, size), is_draft),
                part,
                size,
            },
            Way::Iterm => {
                let size = self.fit.pixels_for(self.fit.part, is_draft);
                let png = kitty::png(&pixels.sample(self.fit.part, size), is_draft);
                Encoded::Inline(iterm::inline(&png, self.fit.cells))
            }
            Way::Sixel => Encoded::Inline(sixel::encode(&pixels, &self.fit, is_draft)),
            Way::Blocks { has_truecolor } => {
                // indexed colours take half the bytes
                let has_truecolor = has_truecolor && !is_draft;
                Encoded::Cells(cells::blocks(&pixels, &self.fit, has_truecolor))
            }
            Way::Letters { is_light } => {
                Encoded::Cells(cells::letters(&pixels, &self.fit, is_light))
            }
        };
        Done {
            pane: self.pane,
            serial: self.serial,
            key: self.key,
            group: self.group,
            quality: self.quality,
            fit: self.fit,
            encoded,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use ratatui::layout::Rect;

    use super::super::fit::{CellSize, Zoom};
    use super::super::pixels::Kind;
    use super::*;

    #[test]
    fn somebody_is_woken_at_the_earliest_time_and_once() {
        let (wake, woken) = channel();
        let wake = Mutex::new(wake);
        let worker = Worker::start(Arc::new(move || {
            let _ = wake.lock().unwrap().send(());
        }));
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        worker.wake_at(at(60_000));
        worker.wake_at(at(50));
        worker.wake_at(at(70_000));
        woken.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(50));
        assert!(woken.recv_timeout(Duration::from_millis(50)).is_err());
    }

    #[test]
    fn a_newer_job_replaces_the_one_that_waits() {
        let (begun, gate) = (channel::<()>(), channel::<()>());
        let gate_out = Mutex::new(gate.1);
        let woken = channel();
        let wake = Mutex::new(woken.0);
        let worker = Worker::start(Arc::new(move || {
            let _ = wake.lock().unwrap().send(());
        }));
        let room = Rect::new(0, 0, 4, 4);
        let fit = Fit::new((2, 2), 1.0, Zoom::default(), room, CellSize::GUESS).unwrap();
        let job = |pane, key, make| Job {
            pane,
            serial: key,
            key,
            group: 0,
            quality: Quality::Full,
            fit,
            way: Way::Letters { is_light: false },
            make,
        };
        let pixels = || Pixels::new(2, 2, Kind::Grey, vec![255; 4]).unwrap();
        let begun_in = Mutex::new(begun.0);
        worker.submit(job(
            0,
            1,
            Arc::new(move || {
                begun_in.lock().unwrap().send(()).unwrap();
                gate_out.lock().unwrap().recv().unwrap();
                pixels()
            }),
        ));
        begun.1.recv_timeout(Duration::from_secs(5)).unwrap();
        for key in 2..100 {
            worker.submit(job(0, key, Arc::new(pixels)));
        }
        worker.submit(job(1, 7, Arc::new(pixels)));
        gate.0.send(()).unwrap();
        for _ in 0..3 {
            woken.1.recv_timeout(Duration::from_secs(5)).unwrap();
        }
        assert!(
            woken.1.recv_timeout(Duration::from_millis(50)).is_err(),
            "98 jobs were replaced"
        );
        assert_eq!(worker.take(0).map(|it| it.key), Some(99));
        assert_eq!(worker.take(1).map(|it| it.key), Some(7));
        assert!(worker.take(0).is_none());
    }
}
