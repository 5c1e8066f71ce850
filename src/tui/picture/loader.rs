//! Pictures and frames that are wanted in, the same decoded out: two threads, one for each half, where the newest wish wins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::imaging::frame::Frame;
use crate::imaging::region::Region;
use crate::imaging::statistics::{Measured, measure};
use crate::imaging::view::View;
use crate::imaging::{Error, Watch};

use super::half::looks_at_values;
use super::msg::{Effect, Loaded, Msg, Opened, Want};
use crate::imaging::reel::Reel;

/// A frame that takes longer than this is given up for a newer one; a faster one is shown on the way.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is to be done.
#[derive(Debug)]
pub enum Request {
    /// Open a picture; everything else for that half is forgotten.
    Open {
        /// Which half.
        pane: usize,
        /// The picture.
        id: u32,
        /// What to open.
        name: String,
        /// What to call it.
        title: String,
        /// How.
        view: View,
    },
    /// Open the same picture in another way.
    Again(Opened),
    /// Decode a frame.
    Frame(Want),
    /// Decode frames that may be wanted next.
    Prefetch(Want, Vec<usize>),
    /// Measure a region.
    Measure {
        /// Which half.
        pane: usize,
        /// Which mark.
        mark: usize,
        /// Of what.
        frame: Arc<Frame>,
        /// Where.
        region: Region,
    },
    /// Nothing is wanted for this half any more.
    Forget(usize),
}

impl Request {
    /// What an effect asks of the loader; `None` when it is for somebody else.
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Reopen(opened) => Some(Self::Again(opened.clone())),
            Effect::Frame(want) => Some(Self::Frame(want.clone())),
            Effect::Prefetch(want, slices) => Some(Self::Prefetch(want.clone(), slices.clone())),
            Effect::Measure {
                mark,
                frame,
                region,
            } => Some(Self::Measure {
                pane: 0,
                mark: *mark,
                frame: Arc::clone(frame),
                region: *region,
            }),
            _ => None,
        }
    }
}

/// What the loader has to say.
#[derive(Debug)]
pub enum LoaderMsg {
    /// For the pane: hand it to [`super::Viewer::update`].
    Pane(Box<Msg>),
    /// How far the opening of a picture has come, or the look over all its slices that a window needs.
    Progress {
        /// Which half.
        pane: usize,
        /// The picture.
        id: u32,
        /// Done so far.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// A picture could not be opened.
    OpenFailed {
        /// Which half.
        pane: usize,
        /// The picture.
        id: u32,
        /// Why; the name is at its front.
        problem: String,
    },
}

/// Tells somebody, from another thread.
pub type Tell = Arc<dyn Fn(LoaderMsg) + Send + Sync>;

/// Opens what a name stands for.
type Opener = fn(&str, &View, Watch<'_>) -> Result<Reel, Error>;

/// What a thread does next; of each kind the newest.
#[derive(Default)]
struct Queue {
    open: Option<Open>,
    frame: Option<Want>,
    measures: Vec<Measure>,
    ahead: Option<(Want, Vec<usize>)>,
    running: Option<Running>,
    is_closed: bool,
}

struct Open {
    id: u32,
    from: From,
    title: String,
    view: View,
}

/// What is opened.
enum From {
    Name(String),
    Reel(Arc<Reel>),
}

struct Measure {
    mark: usize,
    frame: Arc<Frame>,
    region: Region,
}

/// What is being done, and how to stop it.
struct Running {
    kind: Kind,
    since: Instant,
    cancel: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Frame,
    Measure,
    Ahead,
}

enum Job {
    Open(Open),
    Frame(Want),
    Measure(Measure),
    Ahead(Want, usize),
}

impl Job {
    fn kind(&self) -> Kind {
        match self {
            Self::Open(_) => Kind::Open,
            Self::Frame(_) => Kind::Frame,
            Self::Measure(_) => Kind::Measure,
            Self::Ahead(..) => Kind::Ahead,
        }
    }
}

impl Queue {
    fn next(&mut self) -> Option<Job> {
        if let Some(open) = self.open.take() {
            return Some(Job::Open(open));
        }
        if let Some(want) = self.frame.take() {
            return Some(Job::Frame(want));
        }
        if let Some(measure) = self.measures.pop() {
            return Some(Job::Measure(measure));
        }
        let (want, slices) = self.ahead.as_mut()?;
        let (want, slice) = (want.clone(), slices.first().copied());
        let Some(slice) = slice else {
            self.ahead = None;
            return None;
        };
        slices.remove(0);
        Some(Job::Ahead(want, slice))
    }

    /// Stops what is being done, if it is one of these.
    fn stop(&self, kinds: &[Kind], after: Duration) {
        if let Some(running) = &self.running
            && kinds.contains(&running.kind)
            && running.since.elapsed() >= after
        {
            running.cancel.store(true, Ordering::SeqCst);
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Open {
                id,
                name,
                title,
                view,
                ..
            } => {
                self.forget();
                self.open = Some(Open {
                    id,
                    from: From::Name(name),
                    title,
                    view,
                });
            }
            Request::Again(opened) => {
                self.forget();
                self.open = Some(Open {
                    id: opened.id,
                    from: From::Reel(opened.reel),
                    title: opened.name,
                    view: opened.view,
                });
            }
            Request::Frame(want) => {
                self.stop(&[Kind::Ahead], Duration::ZERO);
                self.stop(&[Kind::Frame], PATIENCE);
                self.ahead = None;
                self.frame = Some(want);
            }
            Request::Prefetch(want, slices) => self.ahead = Some((want, slices)),
            Request::Measure {
                mark,
                frame,
                region,
                ..
            } => {
                self.measures.retain(|it| it.mark != mark);
                self.measures.push(Measure {
                    mark,
                    frame,
                    region,
                });
            }
            Request::Forget(_) => self.forget(),
        }
    }

    fn forget(&mut self) {
        self.stop(&[Kind::Open, Kind::Frame, Kind::Ahead], Duration::ZERO);
        self.open = None;
        self.frame = None;
        self.ahead = None;
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    news: Condvar,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // a queue is whole after each of its changes, also where a thread panicked between two
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The threads that decode. They end when it is dropped.
pub struct Loader {
    shared: [Arc<Shared>; 2],
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl Loader {
    /// Starts them; what they have to say goes to `tell`, on their threads.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(tell: &Tell) -> std::io::Result<Self> {
        Self::start_with(tell, Reel::open)
    }

    fn start_with(tell: &Tell, opener: Opener) -> std::io::Result<Self> {
        let shared = [0, 1].map(|_| Arc::new(Shared::default()));
        let mut threads = Vec::new();
        for (pane, shared) in shared.iter().enumerate() {
            let worker = Worker {
                opener,
                pane,
                shared: Arc::clone(shared),
                tell: Arc::clone(tell),
            };
            let builder = std::thread::Builder::new().name(format!("pictures-{pane}"));
            threads.push(builder.spawn(move || worker.run())?);
        }
        Ok(Self { shared, threads })
    }

    /// Something more to do.
    pub fn ask(&self, request: Request) {
        let pane = match &request {
            Request::Open { pane, .. } | Request::Measure { pane, .. } | Request::Forget(pane) => {
                *pane
            }
            Request::Again(opened) => opened.pane,
            Request::Frame(want) | Request::Prefetch(want, _) => want.pane,
        };
        let shared = &self.shared[pane.min(1)];
        shared.queue().take(request);
        shared.news.notify_all();
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        for shared in &self.shared {
            let mut queue = shared.queue();
            queue.forget();
            queue.measures.clear();
            queue.is_closed = true;
            drop(queue);
            shared.news.notify_all();
        }
        for thread in self.threads.drain(..) {
            // a thread that panicked has nothing more to do
            let _ = thread.join();
        }
    }
}

struct Worker {
    opener: Opener,
    pane: usize,
    shared: Arc<Shared>,
    tell: Tell,
}

impl Worker {
    fn run(&self) {
        while let Some((job, cancel)) = self.next() {
            self.work(job, &cancel);
            self.shared.queue().running = None;
        }
    }

    /// Waits for something to do; `None` at the end.
    fn next(&self) -> Option<(Job, Arc<AtomicBool>)> {
        let mut queue = self.shared.queue();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(job) = queue.next() {
                let cancel = Arc::new(AtomicBool::new(false));
                queue.running = Some(Running {
                    kind: job.kind(),
                    since: Instant::now(),
                    cancel: Arc::clone(&cancel),
                });
                return Some((job, cancel));
            }
            queue = self
                .shared
                .news
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self, job: Job, cancel: &AtomicBool) {
        let watch = Watch {
            progress: &|_, _| {},
            cancel,
        };
        match job {
            Job::Open(open) => self.open(open, watch),
            Job::Frame(want) => self.frame(&want, watch),
            // nobody waits for it: what cannot be decoded is said when it is wanted
            Job::Ahead(want, slice) => drop(want.reel.frame(slice, watch)),
            Job::Measure(it) => {
                let measured: Result<Measured, String> = measure(&it.frame, &it.region);
                self.tell_pane(Msg::Measured {
                    mark: it.mark,
                    region: it.region,
                    measured,
                });
            }
        }
    }

    fn tell_pane(&self, msg: Msg) {
        (self.tell)(LoaderMsg::Pane(Box::new(msg)));
    }

    fn open(&self, open: Open, watch: Watch<'_>) {
        let (pane, id) = (self.pane, open.id);
        let progress = |done, of| (self.tell)(LoaderMsg::Progress { pane, id, done, of });
        let watch_on = watch.with(&progress);
        let opened = match &open.from {
            From::Name(name) => (self.opener)(name, &open.view, watch_on),
            From::Reel(reel) => reel.again(&open.view, watch_on),
        };
        if watch.is_stopped() {
            return;
        }
        (self.tell)(match opened {
            Ok(reel) => LoaderMsg::Pane(Box::new(Msg::Open(Opened {
                pane,
                id,
                name: open.title,
                reel: Arc::new(reel),
                view: open.view,
            }))),
            Err(error) => LoaderMsg::OpenFailed {
                pane,
                id,
                problem: error.to_string(),
            },
        });
    }

    fn frame(&self, want: &Want, watch: Watch<'_>) {
        let (pane, id) = (self.pane, want.id);
        let progress = |done, of| (self.tell)(LoaderMsg::Progress { pane, id, done, of });
        let loaded = decode(want, watch.with(&progress));
        if watch.is_stopped() {
            return;
        }
        self.tell_pane(match loaded {
            Ok(loaded) => Msg::Frame(loaded),
            Err(error) => Msg::FrameFailed {
                pane: want.pane,
                id: want.id,
                slice: want.slice,
                problem: error.problem,
            },
        });
    }
}

/// A frame, what its volume reaches over, and how it is shaded.
pub(super) fn decode(want: &Want, watch: Watch<'_>) -> Result<Loaded, Error> {
    let frame = want.reel.frame(want.slice, watch)?;
    // over a whole volume it takes long: only where the window needs it
    let range = if looks_at_values(&want.reel, want.window.as_ref(), &frame) {
        want.reel.range(want.window, watch)?
    } else {
        None
    };
    let shade = want
        .reel
        .shade(&frame, want.window.as_ref(), range.as_ref());
    Ok(Loaded {
        pane: want.pane,
        id: want.id,
        slice: want.slice,
        window: want.window,
        frame,
        range,
        shade: shade.map_err(|it| it.problem),
    })
}

#[cfg(test)]
#[path = "loader_tests.rs"]
mod tests;
