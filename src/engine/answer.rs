//! One job in, its events out: see, prefill, decode, and stop for the right reason.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Instant;

use anyhow::{Context, anyhow};

use super::worker::{Worker, pictures_in};
use super::{Job, plan};
use crate::model::Chunk;
use crate::model::cache::Slot;
use crate::model::sample::{Choice, Sampler};
use crate::session::{Event, Stats, Stop};
use crate::tokenizer::{TextStream, Voice};

/// Sends events; once nobody listens, or the job was cancelled, it is time to stop.
struct Listener<'a> {
    job: &'a Job,
    events: &'a Sender<Event>,
    gone: bool,
}

impl Listener<'_> {
    /// Sends, and says whether to go on.
    fn tell(&mut self, event: Event) -> bool {
        self.gone |= self.events.send(event).is_err();
        self.go_on()
    }

    fn go_on(&self) -> bool {
        !self.gone && !self.job.cancel.load(Ordering::Relaxed)
    }
}

/// Answers a job.
///
/// # Errors
/// When prompt, pictures and settings do not fit the model, or it fails.
pub(super) fn answer(
    worker: &mut Worker,
    job: &Job,
    arrived: Instant,
    events: &Sender<Event>,
) -> anyhow::Result<Stats> {
    job.sampling.check().map_err(|problem| anyhow!(problem))?;
    let slots = plan::slots(&job.prompt, &job.pictures, &worker.loaded.config)?;
    let mut listener = Listener {
        job,
        events,
        gone: false,
    };
    let mut stats = Stats {
        prompt_tokens: slots.len(),
        image_tokens: slots
            .iter()
            .filter(|slot| matches!(slot, Slot::Image { .. }))
            .count(),
        reused_tokens: 0,
        new_tokens: 0,
        vision_ms: 0.0,
        prefill_ms: 0.0,
        first_token_ms: 0.0,
        total_ms: 0.0,
        tokens_per_s: 0.0,
        stop: Stop::Cancelled,
    };
    if let Some(logits) = prefill(worker, &slots, &mut listener, &mut stats)? {
        stats.stop = decode(worker, logits, &mut listener, (arrived, &mut stats))?;
    }
    stats.total_ms = ms(arrived);
    if stats.new_tokens > 1 {
        let seconds = (stats.total_ms - stats.first_token_ms) / 1e3;
        stats.tokens_per_s = (stats.new_tokens - 1) as f64 / seconds.max(1e-9);
    }
    Ok(stats)
}

/// Milliseconds since then.
fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Sees the pictures and reads the prompt: logits `[vocab]` at its last place; `None` when cancelled.
fn prefill(
    worker: &mut Worker,
    slots: &[Slot],
    listener: &mut Listener<'_>,
    stats: &mut Stats,
) -> anyhow::Result<Option<Vec<f32>>> {
    let job = listener.job;
    if !listener.go_on() {
        return Ok(None);
    }
    let begun = Instant::now();
    let mut layers = 0;
    let rows = worker.see(&job.prompt, &job.pictures, &mut |done, total| {
        layers = total;
        listener.tell(Event::Vision { done, total })
    })?;
    if layers > 0 {
        stats.vision_ms = ms(begun);
    }
    let Some(rows) = rows else { return Ok(None) };
    let begun = Instant::now();
    stats.reused_tokens = worker.rewind(slots);
    let total = slots.len() - stats.reused_tokens;
    let mut last = None;
    for part in plan::chunks(slots, stats.reused_tokens, worker.cache.chunk()) {
        let done = part.end - stats.reused_tokens;
        let pictures = pictures_in(&job.prompt, &rows, &part);
        let chunk = Chunk {
            ids: &job.prompt.ids[part.clone()],
            slots: &slots[part],
            pictures,
        };
        last = worker
            .model
            .read(&mut worker.cache, &chunk, &mut || listener.go_on())?;
        if last.is_none() || !listener.tell(Event::Prefill { done, total }) {
            stats.prefill_ms = ms(begun);
            return Ok(None);
        }
    }
    let states = last.context("a prompt always leaves its last token to be read")?;
    let logits = worker
        .model
        .logits(&states.narrow(0, states.dim(0)? - 1, 1)?)?;
    let logits = logits.flatten_all()?.to_vec1()?;
    stats.prefill_ms = ms(begun);
    Ok(Some(logits))
}

/// Chooses tokens until something ends the answer; says what.
fn decode(
    worker: &mut Worker,
    mut logits: Vec<f32>,
    listener: &mut Listener<'_>,
    (arrived, stats): (Instant, &mut Stats),
) -> anyhow::Result<Stop> {
    let loaded = worker.loaded.clone();
    let limit = loaded.config.text.max_position_embeddings;
    let mut sampler = Sampler::new(
        listener.job.sampling.clone(),
        worker.vocabulary,
        vec![loaded.tokens.image],
    );
    let mut pieces = Pieces {
        stream: loaded.tokenizer.stream(&loaded.tokens),
        waiting: None,
    };
    let mut ids = listener.job.prompt.ids.clone();
    while stats.new_tokens < listener.job.max_new_tokens {
        if !listener.go_on() {
            return Ok(Stop::Cancelled);
        }
        let choice = sampler.choose(&mut logits, &ids)?;
        if stats.new_tokens == 0 {
            stats.first_token_ms = ms(arrived);
        }
        if loaded.tokens.stop.contains(&choice.id) {
            pieces.finish(listener);
            return Ok(Stop::EndOfTurn);
        }
        stats.new_tokens += 1;
        pieces.say(choice, listener);
        if stats.new_tokens == listener.job.max_new_tokens {
            break;
        }
        if ids.len() + 1 > limit - 1 {
            pieces.finish(listener);
            return Ok(Stop::Window);
        }
        ids.push(choice.id);
        let chunk = Chunk {
            ids: &[choice.id],
            slots: &[Slot::Token(choice.id)],
            pictures: &[],
        };
        let states = worker
            .model
            .read(&mut worker.cache, &chunk, &mut || true)?
            .expect("nobody told it to stop");
        logits = worker.model.logits(&states)?.flatten_all()?.to_vec1()?;
    }
    pieces.finish(listener);
    Ok(Stop::Length)
}

/// Turns chosen tokens into events. A token without text waits for the next one, so that what the text stream still
/// holds back at the end (half a character) can go out with the token it belongs to.
struct Pieces<'a> {
    stream: TextStream<'a>,
    waiting: Option<(Choice, Voice, String)>,
}

impl Pieces<'_> {
    fn say(&mut self, choice: Choice, listener: &mut Listener<'_>) {
        let (voice, text) = self.stream.push(choice.id);
        self.flush(listener);
        let silent = text.is_empty();
        self.waiting = Some((choice, voice, text));
        if !silent {
            self.flush(listener);
        }
    }

    fn finish(&mut self, listener: &mut Listener<'_>) {
        let (voice, text) = self.stream.finish();
        if let Some(waiting) = &mut self.waiting {
            waiting.1 = voice;
            waiting.2.push_str(&text);
        }
        self.flush(listener);
    }

    fn flush(&mut self, listener: &mut Listener<'_>) {
        if let Some((choice, voice, text)) = self.waiting.take() {
            listener.tell(Event::Piece {
                id: choice.id,
                text,
                voice,
                logprob: choice.logprob,
            });
        }
    }
}
