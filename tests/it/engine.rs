//! The engine from outside: events and their order, cancelling, prompts that do not fit, sampling, what is told of a model.
//!
//! Its helpers (tiny checkpoints, made-up pictures and prompts) also serve `equalities`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use medlab::engine::{Engine, Job, Quant, Sampling, Source};
use medlab::preprocess::{Fit, Prepared};
use medlab::prompt::Prompt;
use medlab::session::{Event, Stats, Stop};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize_to_file};
use sha2::{Digest, Sha256};

mod checkpoints;
mod quantised;

/// A random checkpoint that Transformers made: `tiny-old` or `tiny-new`.
pub(crate) fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

pub(crate) fn start(name: &str) -> Engine {
    started(&tiny(name), Quant::None)
}

fn started(folder: &Path, quant: Quant) -> Engine {
    Engine::start(&Source::Folder(folder.to_owned()), quant, &mut |_| ())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A picture that is noise, the same for the same seed.
pub(crate) fn picture(size: usize, seed: u32) -> Arc<Prepared> {
    let values: Vec<f32> = noise(seed)
        .take(3 * size * size)
        .map(|n| (n % 2001) as f32 / 1000.0 - 1.0)
        .collect();
    let mut hasher = Sha256::new();
    for value in &values {
        hasher.update(value.to_le_bytes());
    }
    let sha256 = hex(&hasher.finalize());
    Arc::new(Prepared {
        size,
        values,
        rgb: Vec::new(),
        sha256,
        chain: vec!["noise".to_owned()],
        fit: Fit::Stretch,
    })
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn noise(seed: u32) -> impl Iterator<Item = u32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    })
}

/// A part of a made-up prompt.
pub(crate) enum Part {
    /// So many words, other ones for another seed.
    Words(usize, u32),
    /// A picture by its index.
    Picture(usize),
}

/// `<bos>`, then the parts, pictures between `<start_of_image>` and `<end_of_image>`.
pub(crate) fn prompt(engine: &Engine, parts: &[Part]) -> Prompt {
    let tokens = &engine.loaded().tokens;
    let mut prompt = Prompt {
        ids: vec![tokens.bos],
        pictures: Vec::new(),
    };
    for part in parts {
        match part {
            Part::Words(count, seed) => prompt
                .ids
                .extend(noise(*seed).take(*count).map(|n| 20 + n % 200)),
            Part::Picture(index) => {
                prompt.ids.push(tokens.boi);
                prompt.pictures.push((prompt.ids.len(), *index));
                prompt.ids.extend(vec![
                    tokens.image;
                    engine.loaded().config.tokens_per_picture()
                ]);
                prompt.ids.push(tokens.eoi);
            }
        }
    }
    prompt
}

pub(crate) fn job(prompt: &Prompt, pictures: &[Arc<Prepared>], max_new_tokens: usize) -> Job {
    Job {
        prompt: prompt.clone(),
        pictures: pictures.to_vec(),
        sampling: Sampling::default(),
        max_new_tokens,
        cancel: Arc::new(AtomicBool::new(false)),
    }
}

/// What an answer came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) ids: Vec<u32>,
    pub(crate) logprobs: Vec<f32>,
    pub(crate) text: String,
}

pub(crate) fn said(events: Receiver<Event>) -> (Said, Stats) {
    let mut said = Said {
        ids: vec![],
        logprobs: vec![],
        text: String::new(),
    };
    for event in events {
        match event {
            Event::Piece {
                id, logprob, text, ..
            } => {
                said.ids.push(id);
                said.logprobs.push(logprob);
                said.text.push_str(&text);
            }
            Event::Done(stats) => return (said, stats),
            Event::Failed(why) => panic!("{why}"),
            _ => {}
        }
    }
    panic!("the events ended without `Done`");
}

fn failed(events: Receiver<Event>) -> String {
    match events.into_iter().last() {
        Some(Event::Failed(why)) => why,
        other => panic!("expected a failure, found {other:?}"),
    }
}

/// A picture and 20 words for `tiny-new`.
fn one_picture(engine: &Engine) -> (Prompt, Vec<Arc<Prepared>>) {
    let size = engine.loaded().preprocess.size;
    (
        prompt(
            engine,
            &[Part::Words(2, 1), Part::Picture(0), Part::Words(20, 2)],
        ),
        vec![picture(size, 1)],
    )
}

/// A copy of a tiny checkpoint to break.
fn copy_of(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(tiny(name)).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

fn load_error(folder: &Path) -> String {
    match Engine::start(&Source::Folder(folder.to_owned()), Quant::None, &mut |_| ()) {
        Ok(_) => panic!("a broken checkpoint was loaded"),
        Err(error) => {
            let text = error.to_string();
            assert!(
                !text.contains('\n') && !text.chars().any(char::is_control),
                "one line: {text:?}"
            );
            text
        }
    }
}

#[test]
fn events_come_in_order_and_count_right() {
    let engine = start("tiny-new");
    let (prompt, pictures) = one_picture(&engine);
    let events: Vec<Event> = engine.ask(job(&prompt, &pictures, 5)).iter().collect();
    let stage = |event: &Event| match event {
        Event::Loading(_) | Event::LeftOut(_) => 0,
        Event::Vision { .. } => 1,
        Event::Prefill { .. } => 2,
        Event::Piece { .. } => 3,
        Event::Done(_) | Event::Failed(_) => 4,
    };
    let stages: Vec<u8> = events.iter().map(stage).collect();
    assert!(stages.is_sorted() && stages[0] == 1 && stages.contains(&2) && stages.contains(&3));
    assert_eq!(events[0], Event::Vision { done: 1, total: 2 });
    assert!(events.contains(&Event::Vision { done: 2, total: 2 }));
    assert!(events.contains(&Event::Prefill {
        done: prompt.ids.len(),
        total: prompt.ids.len()
    }));
    let Some(Event::Done(stats)) = events.last() else {
        panic!("{:?}", events.last())
    };
    let pieces = events.iter().filter(|event| stage(event) == 3).count();
    assert_eq!(
        (stats.prompt_tokens, stats.image_tokens, stats.reused_tokens),
        (prompt.ids.len(), 16, 0)
    );
    assert_eq!((stats.new_tokens, stats.stop), (pieces, Stop::Length));
    assert!(stats.vision_ms > 0.0 && stats.prefill_ms > 0.0 && stats.tokens_per_s > 0.0);
    assert!(
        stats.first_token_ms >= stats.vision_ms + stats.prefill_ms
            && stats.total_ms >= stats.first_token_ms
    );
}

#[test]
fn a_second_question_about_a_picture_reads_only_what_is_new() {
    let engine = start("tiny-new");
    let (mut prompt, pictures) = one_picture(&engine);
    let (first, _) = said(engine.ask(job(&prompt, &pictures, 4)));
    prompt.ids.extend(&first.ids);
    let had = prompt.ids.len() - 1; // the last token was said, and not yet read
    prompt.ids.extend([30, 31, 32]);
    let events: Vec<Event> = engine.ask(job(&prompt, &pictures, 4)).iter().collect();
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Vision { .. })),
        "the picture was seen before"
    );
    assert_eq!(events[0], Event::Prefill { done: 4, total: 4 });
    let Some(Event::Done(stats)) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert_eq!((stats.reused_tokens, stats.prompt_tokens), (had, had + 4));
    assert!(stats.vision_ms == 0.0);
}

#[test]
fn the_same_picture_twice_in_a_prompt_is_seen_once() {
    let engine = start("tiny-new");
    let size = engine.loaded().preprocess.size;
    let prompt = prompt(
        &engine,
        &[Part::Picture(0), Part::Words(3, 1), Part::Picture(1)],
    );
    let events: Vec<Event> = engine
        .ask(job(&prompt, &[picture(size, 5), picture(size, 5)], 1))
        .iter()
        .collect();
    assert_eq!(events[0], Event::Vision { done: 1, total: 2 });
}

#[test]
fn a_cancelled_answer_stops_where_it_is() {
    let engine = start("tiny-new");
    let (prompt, pictures) = one_picture(&engine);
    let stop_at = |wanted: fn(&Event) -> bool, max: usize| {
        let job = job(&prompt, &pictures, max);
        let cancel = job.cancel.clone();
        let mut after = 0;
        for event in engine.ask(job) {
            if let Event::Done(stats) = event {
                assert_eq!(stats.stop, Stop::Cancelled);
                return (stats, after);
            }
            after += usize::from(cancel.load(Ordering::Relaxed));
            if wanted(&event) {
                cancel.store(true, Ordering::Relaxed);
            }
        }
        panic!("the events ended without `Done`");
    };
    let (stats, _) = stop_at(|event| matches!(event, Event::Piece { .. }), 4000);
    assert!(
        stats.new_tokens < 3500,
        "{} tokens were made after all",
        stats.new_tokens
    );
    let early = job(&prompt, &pictures, 5);
    early.cancel.store(true, Ordering::Relaxed);
    let events: Vec<Event> = engine.ask(early).iter().collect();
    assert!(
        matches!(events.as_slice(), [Event::Done(stats)] if stats.stop == Stop::Cancelled && stats.new_tokens == 0)
    );
}

#[test]
fn nobody_listening_is_a_cancel_and_the_next_question_is_answered() {
    let engine = start("tiny-old");
    let prompt = prompt(&engine, &[Part::Words(30, 3)]);
    let fresh = said(start("tiny-old").ask(job(&prompt, &[], 6))).0;
    drop(engine.ask(job(&prompt, &[], 3900)));
    let begun = std::time::Instant::now();
    assert_eq!(said(engine.ask(job(&prompt, &[], 6))).0.ids, fresh.ids);
    assert!(
        begun.elapsed().as_secs_f64() < 5.0,
        "the answer nobody wanted was given up"
    );
}

#[test]
fn the_limit_of_the_model_ends_an_answer_and_a_longer_prompt_fails() {
    let folder = copy_of("tiny-old");
    rewrite(
        &folder.path().join("config.json"),
        &[(
            "\"max_position_embeddings\": 4096",
            "\"max_position_embeddings\": 40",
        )],
    );
    let engine = started(folder.path(), Quant::None);
    let fits = prompt(&engine, &[Part::Words(34, 3)]); // and <bos>: 35
    let (said, stats) = said(engine.ask(job(&fits, &[], 100)));
    if stats.stop != Stop::EndOfTurn {
        assert_eq!((said.ids.len(), stats.stop), (5, Stop::Window));
    }
    let longer = prompt(&engine, &[Part::Words(40, 3)]);
    assert!(failed(engine.ask(job(&longer, &[], 1))).contains("reads at most 40"));
}

#[test]
fn prompts_that_do_not_fit_their_pictures_fail_in_a_sentence_and_the_engine_goes_on() {
    let engine = start("tiny-new");
    let (prompt, pictures) = one_picture(&engine);
    let mut shifted = prompt.clone();
    shifted.pictures[0].0 += 1;
    let mut unnamed = prompt.clone();
    unnamed.pictures.clear();
    let mut unknown = prompt.clone();
    unknown.ids.push(100_000);
    let empty = Prompt {
        ids: vec![],
        pictures: vec![],
    };
    for (prompt, pictures, says) in [
        (&prompt, vec![], "names picture 0"),
        (&shifted, pictures.clone(), "expected 16 places"),
        (&unnamed, pictures.clone(), "names 0 pictures"),
        (&unknown, pictures.clone(), "100000"),
        (&empty, vec![], "empty"),
        (&prompt, vec![picture(28, 1)], "expected [3, 112, 112]"),
    ] {
        let why = failed(engine.ask(job(prompt, &pictures, 3)));
        assert!(
            why.contains(says) && !why.contains('\n'),
            "{why:?} does not say {says:?}"
        );
    }
    let mut hot = job(&prompt, &pictures, 3);
    hot.sampling.temperature = -1.0;
    assert!(failed(engine.ask(hot)).contains("temperature is -1"));
    assert_eq!(said(engine.ask(job(&prompt, &pictures, 3))).1.new_tokens, 3);
}

#[test]
fn logits_do_not_disturb_a_conversation() {
    let engine = start("tiny-new");
    let (prompt, pictures) = one_picture(&engine);
    let first = said(engine.ask(job(&prompt, &pictures, 4))).0;
    let logits = engine.logits(prompt.clone(), pictures.clone()).unwrap();
    assert_eq!((logits.len(), logits[0].len()), (prompt.ids.len(), 304));
    let (again, stats) = said(engine.ask(job(&prompt, &pictures, 4)));
    assert_eq!(again.ids, first.ids);
    assert_eq!(stats.reused_tokens, prompt.ids.len() - 1);
    let best = (0..299).max_by(|&a, &b| {
        logits[prompt.ids.len() - 1][a].total_cmp(&logits[prompt.ids.len() - 1][b])
    });
    assert_eq!(best.unwrap(), first.ids[0] as usize);
}

#[test]
fn alternatives_are_the_likeliest_of_the_last_place() {
    let engine = start("tiny-new");
    let (prompt, pictures) = one_picture(&engine);
    let logits = engine.logits(prompt.clone(), pictures.clone()).unwrap();
    let last = logits.last().unwrap();
    let image = engine.loaded().tokens.image;
    let mut ids: Vec<u32> = (0..299).filter(|id| *id != image).collect();
    ids.sort_by(|a, b| last[*b as usize].total_cmp(&last[*a as usize]));
    let first = said(engine.ask(job(&prompt, &pictures, 1))).0;
    let choices = engine.alternatives(prompt.clone(), pictures.clone(), 5);
    let choices = choices.unwrap();
    let chosen: Vec<u32> = choices.iter().map(|it| it.id).collect();
    assert_eq!(chosen, ids[..5]);
    assert_eq!(chosen[0], first.ids[0], "greedy");
    assert!((choices[0].logprob - first.logprobs[0]).abs() < 1e-4);
    let (_, stats) = said(engine.ask(job(&prompt, &pictures, 1)));
    assert_eq!(
        stats.reused_tokens,
        prompt.ids.len() - 1,
        "it has a cache of its own"
    );
    assert!(engine.alternatives(prompt, Vec::new(), 5).is_err());
}

#[test]
fn the_same_seed_gives_the_same_answer_and_another_seed_another() {
    let engine = start("tiny-old");
    let prompt = prompt(&engine, &[Part::Words(12, 9)]);
    let draw = |seed: u64| {
        let mut job = job(&prompt, &[], 24);
        job.sampling = Sampling {
            temperature: 1.5,
            top_k: Some(200),
            top_p: Some(0.99),
            seed,
            ..Sampling::default()
        };
        said(engine.ask(job)).0
    };
    let once = draw(1);
    assert_eq!(once.ids, draw(1).ids);
    assert_ne!(once.ids, draw(2).ids);
    assert!(
        once.ids.iter().all(|id| (*id as usize) < 298),
        "no padding row, and no place of a picture"
    );
}

#[test]
fn what_was_loaded_is_told() {
    let mut progress = Vec::new();
    let engine = Engine::start(
        &Source::Folder(tiny("tiny-new")),
        Quant::None,
        &mut |event| progress.push(event),
    )
    .unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(progress.last(), Some(Event::Loading(done)) if (*done - 1.0).abs() < 1e-6));
    let loaded = engine.loaded();
    let bytes = std::fs::read(tiny("tiny-new").join("model.safetensors")).unwrap();
    let hex = hex(&Sha256::digest(&bytes));
    assert_eq!(
        (loaded.name.as_str(), &loaded.sha256, loaded.device.as_str()),
        ("tiny-new", &hex, "cpu")
    );
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let stored: usize = tensors
        .iter()
        .map(|(_, view)| view.shape().iter().product::<usize>())
        .sum();
    let told: u64 = loaded
        .memory
        .iter()
        .map(|(_, parameters, _)| parameters)
        .sum();
    assert_eq!(
        told, stored as u64,
        "every parameter belongs to one part: {:?}",
        loaded.memory
    );
}

#[test]
fn phantom_loads_and_speaks() {
    let engine = Engine::start(&Source::Phantom, Quant::None, &mut |_| ())
        .unwrap_or_else(|error| panic!("{error}"));
    let loaded = engine.loaded();
    assert_eq!(loaded.name, "phantom");
    assert!(loaded.config.notes.is_empty(), "{:?}", loaded.config.notes);
    let size = loaded.preprocess.size;
    let prompt = prompt(&engine, &[Part::Picture(0), Part::Words(8, 2)]);
    let (said, stats) = said(engine.ask(job(&prompt, &[picture(size, 1)], 4)));
    assert!(said.ids.len() <= 4 && stats.image_tokens == loaded.config.tokens_per_picture());
}

/// Root mean square of the difference over that of the reference.
fn relative_error(ours: &[Vec<f32>], reference: &[Vec<f32>]) -> f64 {
    let pairs = || {
        let (ours, reference) = (ours.iter().flatten(), reference.iter().flatten());
        ours.zip(reference)
            .map(|(a, b)| (f64::from(*a), f64::from(*b)))
    };
    let difference: f64 = pairs().map(|(a, b)| (a - b).powi(2)).sum();
    (difference / pairs().map(|(_, b)| b.powi(2)).sum::<f64>()).sqrt()
}

fn rewrite(path: &Path, changes: &[(&str, &str)]) {
    let mut text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{} holds no {from}", path.display());
        text = text.replace(from, to);
    }
    std::fs::write(path, text).unwrap();
}
