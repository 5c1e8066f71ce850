//! Requests in, events out: the loop of the engine's thread. A panic in one job is a failure of that job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use candle_core::{Device, Tensor};

use super::seen::Seen;
use super::{Choice, Loaded, Quant, Request, Source, answer, load, plan};
use crate::model::cache::{Cache, Slot};
use crate::model::keys::printable;
use crate::model::sample::likeliest;
use crate::model::{Chunk, LoadError, Model};
use crate::preprocess::Prepared;
use crate::prompt::Prompt;
use crate::session::Event;

/// Tokens read at once, unless a picture has more.
const CHUNK: usize = 512;

/// News of the loading.
pub(super) enum Report {
    /// 0.0 ..= 1.0.
    Progress(f32),
    Ready(Arc<Loaded>),
    Failed(LoadError),
}

/// Everything the thread owns.
pub(super) struct Worker {
    pub(super) loaded: Arc<Loaded>,
    pub(super) model: Model,
    pub(super) cache: Cache,
    pub(super) seen: Seen,
    /// The first id of the embedding's padding rows.
    pub(super) vocabulary: usize,
}

/// The thread: loads, reports, then serves until the handle is gone.
pub(super) fn run(source: &Source, quant: Quant, news: &Sender<Report>, inbox: Receiver<Request>) {
    // Threads of its own, with this one's work on one of them: work is then shared without waking anybody from outside.
    let name = |i| format!("engine {i}");
    let report = |error: String| {
        // Nobody hears it when the handle was given up meanwhile.
        let _ = news.send(Report::Failed(LoadError {
            name: load::name(source),
            problem: error,
        }));
    };
    match rayon::ThreadPoolBuilder::new().thread_name(name).build() {
        Err(error) => report(format!("cannot start threads for the model: {error}")),
        Ok(pool) => pool.install(move || {
            let loaded = catch_unwind(|| {
                load::load(source, quant, &|done| {
                    drop(news.send(Report::Progress(done)));
                })
            });
            match loaded {
                Err(panic) => report(format!(
                    "loading failed inside: {}; please report this",
                    panic_text(panic.as_ref())
                )),
                Ok(Err(error)) => drop(news.send(Report::Failed(error))),
                Ok(Ok((model, loaded))) => Worker::new(model, loaded).serve(news, &inbox),
            }
        }),
    }
}

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    printable(text.unwrap_or("no reason given"))
}

impl Worker {
    fn new(model: Model, loaded: Loaded) -> Self {
        let config = &loaded.config;
        let rows = config.text.vocab_size;
        let known =
            |id: usize| u32::try_from(id).is_ok_and(|id| loaded.tokenizer.piece(id).is_some());
        let vocabulary = (0..rows)
            .rev()
            .find(|&id| known(id))
            .map_or(rows, |last| last + 1);
        let cache = Cache::new(&config.text, CHUNK.max(config.tokens_per_picture()));
        Self {
            model,
            cache,
            seen: Seen::default(),
            vocabulary,
            loaded: Arc::new(loaded),
        }
    }

    fn serve(mut self, news: &Sender<Report>, inbox: &Receiver<Request>) {
        if news.send(Report::Ready(self.loaded.clone())).is_err() {
            return;
        }
        while let Ok(request) = inbox.recv() {
            match request {
                Request::Ask {
                    job,
                    arrived,
                    events,
                } => {
                    let last =
                        self.guarded(|worker| answer::answer(worker, &job, arrived, &events));
                    let last = last.map_or_else(
                        |error| Event::Failed(printable(&format!("{error:#}"))),
                        Event::Done,
                    );
                    // Nobody hears it when the receiver was dropped, which is a way to cancel.
                    let _ = events.send(last);
                }
                Request::Logits {
                    prompt,
                    pictures,
                    reply,
                } => {
                    let logits = self.guarded(|worker| worker.logits(&prompt, &pictures));
                    let _ = reply.send(logits);
                }
                Request::Alternatives {
                    prompt,
                    pictures,
                    count,
                    reply,
                } => {
                    let choices =
                        self.guarded(|worker| worker.alternatives(&prompt, &pictures, count));
                    let _ = reply.send(choices);
                }
            }
        }
    }

    /// Turns a panic into a failure; what was half written is forgotten.
    fn guarded<R>(
        &mut self,
        body: impl FnOnce(&mut Self) -> anyhow::Result<R>,
    ) -> anyhow::Result<R> {
        catch_unwind(AssertUnwindSafe(|| body(self))).unwrap_or_else(|panic| {
            self.cache.clear();
            Err(anyhow::anyhow!(
                "the engine failed inside: {}; please report this",
                panic_text(panic.as_ref())
            ))
        })
    }

    /// The rows of a prompt's pictures, in order of their places; only pictures not seen lately go through the tower.
    /// `None` when `go_on(layers done, layers to do)` says stop.
    pub(super) fn see(
        &mut self,
        prompt: &Prompt,
        pictures: &[Arc<Prepared>],
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> anyhow::Result<Option<Vec<Tensor>>> {
        let wanted: Vec<&Prepared> = prompt
            .pictures
            .iter()
            .map(|&(_, index)| pictures[index].as_ref())
            .collect();
        let hashes: Vec<&str> = wanted
            .iter()
            .map(|picture| picture.sha256.as_str())
            .collect();
        let mut new: Vec<&Prepared> = Vec::new();
        for picture in &wanted {
            if !self.seen.holds(&picture.sha256)
                && !new.iter().any(|other| other.sha256 == picture.sha256)
            {
                new.push(picture);
            }
        }
        let layers = self.model.vision_layers();
        let total = new.len() * layers;
        for (i, picture) in new.into_iter().enumerate() {
            let pixels = Tensor::from_slice(
                &picture.values,
                (1, 3, picture.size, picture.size),
                &Device::Cpu,
            )?;
            let Some(rows) = self
                .model
                .see(&pixels, &mut |done| go_on(i * layers + done, total))?
            else {
                return Ok(None);
            };
            self.seen.put(&picture.sha256, rows.get(0)?, &hashes);
        }
        let rows = hashes
            .iter()
            .map(|hash| self.seen.get(hash).expect("it was there, or was just put"));
        Ok(Some(rows.collect()))
    }

    /// Logits at every place, with a cache of their own.
    fn logits(
        &mut self,
        prompt: &Prompt,
        pictures: &[Arc<Prepared>],
    ) -> anyhow::Result<Vec<Vec<f32>>> {
        let mut logits = Vec::with_capacity(prompt.ids.len());
        self.read_apart(prompt, pictures, &mut |model, states, _| {
            logits.extend(model.logits(&states)?.to_vec2()?);
            Ok(())
        })?;
        Ok(logits)
    }

    /// The likeliest tokens after the last place, with a cache of their own.
    fn alternatives(
        &mut self,
        prompt: &Prompt,
        pictures: &[Arc<Prepared>],
        count: usize,
    ) -> anyhow::Result<Vec<Choice>> {
        let mut last = Vec::new();
        self.read_apart(prompt, pictures, &mut |model, states, is_last| {
            if is_last {
                let state = states.narrow(0, states.dim(0)? - 1, 1)?;
                last = model.logits(&state)?.flatten_all()?.to_vec1()?;
            }
            Ok(())
        })?;
        let banned = [self.loaded.tokens.image];
        Ok(likeliest(&last, self.vocabulary, &banned, count)?)
    }

    /// Reads a prompt with a cache of its own; `each` gets the states of every chunk, and whether it is the last.
    fn read_apart(
        &mut self,
        prompt: &Prompt,
        pictures: &[Arc<Prepared>],
        each: &mut dyn FnMut(&Model, Tensor, bool) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let slots = plan::slots(prompt, pictures, &self.loaded.config)?;
        let rows = self
            .see(prompt, pictures, &mut |_, _| true)?
            .expect("nobody told it to stop");
        let mut cache = Cache::new(&self.loaded.config.text, self.cache.chunk());
        for part in plan::chunks(&slots, 0, cache.chunk()) {
            let is_last = part.end == slots.len();
            let pictures = pictures_in(prompt, &rows, &part);
            let chunk = Chunk {
                ids: &prompt.ids[part.clone()],
                slots: &slots[part],
                pictures,
            };
            let states = self
                .model
                .read(&mut cache, &chunk, &mut || true)?
                .expect("nobody told it to stop");
            each(&self.model, states, is_last)?;
        }
        Ok(())
    }

    /// Rewinds to what a prompt shares with what was read, as far as that can be; gives how many places are kept.
    pub(super) fn rewind(&mut self, slots: &[Slot]) -> usize {
        let kept = plan::reusable(self.cache.trace(), slots);
        if self.cache.truncate(kept).is_err() {
            self.cache.clear();
        }
        self.cache.len()
    }
}

/// The rows of the pictures whose places lie in this part of the prompt.
pub(super) fn pictures_in<'a>(
    prompt: &Prompt,
    rows: &'a [Tensor],
    part: &std::ops::Range<usize>,
) -> &'a [Tensor] {
    let before = |place: usize| {
        prompt
            .pictures
            .iter()
            .filter(|(first, _)| *first < place)
            .count()
    };
    &rows[before(part.start)..before(part.end)]
}
