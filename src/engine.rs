//! Jobs in by channel, events out by channel: the one thread that owns the model, its cache and every tensor.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Instant;

use anyhow::{Context, anyhow};

use crate::model::LoadError;
use crate::model::config::ModelConfig;
use crate::preprocess::{Prepared, PreprocessConfig};
use crate::prompt::Prompt;
use crate::session::Event;
use crate::tokenizer::{SpecialTokens, Tokenizer};

mod answer;
mod load;
mod plan;
mod seen;
mod worker;

pub use crate::model::quant::Quant;
pub use crate::model::sample::{Choice, Sampling};

/// Where a model's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Inside the program.
    Phantom,
    /// A folder in Transformers format.
    Folder(PathBuf),
}

/// One question for the engine.
pub struct Job {
    /// What the model reads.
    pub prompt: Prompt,
    /// The pictures that `prompt.pictures` speaks of.
    pub pictures: Vec<Arc<Prepared>>,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// At most so many.
    pub max_new_tokens: usize,
    /// Set to stop within one token, layer of a prefill chunk, or vision layer.
    pub cancel: Arc<AtomicBool>,
}

/// What everybody may know of the loaded model; no tensors.
pub struct Loaded {
    /// `phantom`, or the folder's name.
    pub name: String,
    /// SHA-256 over the weight files (hex), in shard order.
    pub sha256: String,
    /// The checkpoint's graph.
    pub config: ModelConfig,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
    /// Its special ids.
    pub tokens: SpecialTokens,
    /// Its picture preparation.
    pub preprocess: PreprocessConfig,
    /// `cpu`.
    pub device: String,
    /// How its weights are kept.
    pub quant: Quant,
    /// Milliseconds it took to load.
    pub load_ms: f64,
    /// (part, parameters, bytes in memory).
    pub memory: Vec<(String, u64, u64)>,
}

/// What the thread is asked to do.
enum Request {
    Ask {
        job: Job,
        arrived: Instant,
        events: Sender<Event>,
    },
    Logits {
        prompt: Prompt,
        pictures: Vec<Arc<Prepared>>,
        reply: Sender<anyhow::Result<Vec<Vec<f32>>>>,
    },
    Alternatives {
        prompt: Prompt,
        pictures: Vec<Arc<Prepared>>,
        count: usize,
        reply: Sender<anyhow::Result<Vec<Choice>>>,
    },
}

/// The handle: send it jobs. When it is dropped, the thread ends after the job it is at.
pub struct Engine {
    loaded: Arc<Loaded>,
    requests: Sender<Request>,
}

impl Engine {
    /// Loads a model on a new thread and waits for it, reporting `Event::Loading` to `progress`.
    ///
    /// # Errors
    /// When the checkpoint is missing, broken, or of another architecture.
    pub fn start(
        source: &Source,
        quant: Quant,
        progress: &mut dyn FnMut(Event),
    ) -> Result<Self, LoadError> {
        let fail = |problem: String| LoadError {
            name: load::name(source),
            problem,
        };
        let (requests, inbox) = mpsc::channel();
        let (news, reports) = mpsc::channel();
        let source_there = source.clone();
        std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || worker::run(&source_there, quant, &news, inbox))
            .map_err(|error| fail(format!("cannot start a thread for the model: {error}")))?;
        for report in reports {
            match report {
                worker::Report::Progress(done) => progress(Event::Loading(done)),
                worker::Report::Ready(loaded) => return Ok(Self { loaded, requests }),
                worker::Report::Failed(error) => return Err(error),
            }
        }
        Err(fail(
            "loading stopped without a reason; please report this with the model's name".to_owned(),
        ))
    }

    /// What was loaded.
    pub fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// Asks; events arrive on the receiver, ending with `Done` or `Failed`. Dropping the receiver cancels.
    pub fn ask(&self, job: Job) -> Receiver<Event> {
        let (events, receiver) = mpsc::channel();
        let request = Request::Ask {
            job,
            arrived: Instant::now(),
            events: events.clone(),
        };
        if self.requests.send(request).is_err() {
            // The receiver is in this function's hands, so this send arrives.
            let _ = events.send(Event::Failed(
                "the engine's thread is gone; start again".to_owned(),
            ));
        }
        receiver
    }

    /// Logits at every position of a prompt, `[t, vocab]` row by row, through the same path as `ask` (for `inspect`),
    /// but with a cache of its own, so that a conversation goes on as if it had not been called.
    ///
    /// # Errors
    /// When the model fails.
    pub fn logits(
        &self,
        prompt: Prompt,
        pictures: Vec<Arc<Prepared>>,
    ) -> anyhow::Result<Vec<Vec<f32>>> {
        self.request(|reply| Request::Logits {
            prompt,
            pictures,
            reply,
        })
    }

    /// The `count` tokens that are the likeliest to come next after a prompt, the likeliest first; with a cache of its own, as
    /// `logits`, but for the last position alone.
    ///
    /// # Errors
    /// When the model fails.
    pub fn alternatives(
        &self,
        prompt: Prompt,
        pictures: Vec<Arc<Prepared>>,
        count: usize,
    ) -> anyhow::Result<Vec<Choice>> {
        self.request(|reply| Request::Alternatives {
            prompt,
            pictures,
            count,
            reply,
        })
    }

    fn request<T>(
        &self,
        request: impl FnOnce(Sender<anyhow::Result<T>>) -> Request,
    ) -> anyhow::Result<T> {
        let (reply, answer) = mpsc::channel();
        self.requests
            .send(request(reply))
            .map_err(|error| anyhow!("the engine's thread is gone ({error}); start again"))?;
        answer
            .recv()
            .context("the engine's thread is gone; start again")?
    }
}
