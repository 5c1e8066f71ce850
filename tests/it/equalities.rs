//! Equalities that need no reference: however a prompt is cut, cached, cancelled or edited, the answer is the same.

use std::sync::atomic::Ordering;

use candle_core::{Device, Tensor};
use medlab::engine::{Engine, Quant};
use medlab::model::cache::{Cache, Slot};
use medlab::model::weights::Files;
use medlab::model::{Chunk, Model};
use medlab::prompt::Prompt;
use medlab::session::{Event, Stop};

use crate::engine::{Part, Said, job, picture, prompt, said, start, tiny};

/// Both checkpoints: old and new spelling, other widths, windows (8 and 6) and pictures (4 and 16 rows).
const BOTH: [&str; 2] = ["tiny-old", "tiny-new"];

fn load(name: &str) -> Model {
    Model::load(&Files::open(&tiny(name)).unwrap(), Quant::None, &|_| ())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn pixels(model: &Model, seeds: &[u32]) -> Tensor {
    let size = model.config().vision.as_ref().unwrap().image_size;
    let one = |&seed: &u32| {
        Tensor::from_slice(&picture(size, seed).values, (3, size, size), &Device::Cpu).unwrap()
    };
    Tensor::stack(&seeds.iter().map(one).collect::<Vec<_>>(), 0).unwrap()
}

fn see(model: &Model, seeds: &[u32]) -> Vec<Tensor> {
    let rows = model
        .see(&pixels(model, seeds), &mut |_| true)
        .unwrap()
        .unwrap();
    (0..seeds.len()).map(|b| rows.get(b).unwrap()).collect()
}

/// Words, a picture, words, a picture, words: several windows long.
fn two_pictures(model: &Model) -> (Vec<u32>, Vec<Slot>) {
    let config = model.config();
    let rows = config.tokens_per_picture();
    let words = |count: u32| {
        (0..count)
            .map(|i| 20 + (i * 37) % 200)
            .collect::<Vec<u32>>()
    };
    let (mut ids, mut slots) = (vec![config.bos_token], vec![Slot::Token(config.bos_token)]);
    for (count, hash) in [(9, Some("a")), (5, Some("b")), (21, None)] {
        ids.extend(words(count));
        slots.extend(Slot::tokens(&words(count)));
        if let Some(hash) = hash {
            ids.extend(vec![config.image_token; rows]);
            slots.extend(Slot::picture(hash, rows));
        }
    }
    (ids, slots)
}

/// Reads a prompt in chunks of at most `step` tokens, pictures whole; logits at every place.
fn read(
    model: &mut Model,
    cache: &mut Cache,
    (ids, slots): (&[u32], &[Slot]),
    pictures: &[Tensor],
    step: usize,
) -> Vec<f32> {
    let image = model.config().image_token;
    let rows = model.config().tokens_per_picture();
    let (mut at, mut logits) = (cache.len(), Vec::new());
    let mut next = ids[..at].iter().filter(|&&id| id == image).count() / rows;
    while at < ids.len() {
        let mut end = if ids[at] == image {
            at + rows
        } else {
            (at + step).min(ids.len())
        };
        let mut count = usize::from(ids[at] == image);
        // A chunk that reaches into a picture takes it whole when it has room, and else ends before it.
        if let Some(first) = ids[at..end]
            .iter()
            .position(|&id| id == image)
            .filter(|_| ids[at] != image)
        {
            let first = at + first;
            (end, count) = if first + rows - at <= step {
                (first + rows, count + 1)
            } else {
                (first, count)
            };
        }
        let chunk = Chunk {
            ids: &ids[at..end],
            slots: &slots[at..end],
            pictures: &pictures[next..next + count],
        };
        let states = model.read(cache, &chunk, &mut || true).unwrap().unwrap();
        logits.extend(
            model
                .logits(&states)
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1::<f32>()
                .unwrap(),
        );
        next += count;
        at = end;
    }
    logits
}

#[track_caller]
fn near(ours: &[f32], reference: &[f32], what: &str) {
    assert_eq!(ours.len(), reference.len(), "{what}");
    let top = reference.iter().fold(0f32, |top, x| top.max(x.abs()));
    let worst = ours
        .iter()
        .zip(reference)
        .fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(worst <= 2e-5 * top, "{what}: {worst} of {top}");
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn all_at_once_is_token_by_token_is_in_chunks() {
    for name in BOTH {
        let mut model = load(name);
        let pictures = see(&model, &[1, 2]);
        let (ids, slots) = two_pictures(&model);
        assert!(
            ids.len() > 4 * model.config().text.sliding_window,
            "the window is crossed many times"
        );
        let at_once = numbers(&model.forward_all(&ids, &pictures).unwrap());
        for (step, chunk) in [(1, 16), (2, 16), (7, 16), (13, 64), (30, 64), (200, 200)] {
            let mut cache = Cache::new(&model.config().text, chunk);
            let in_chunks = read(
                &mut model,
                &mut cache,
                (&ids, &slots),
                &pictures,
                step.min(chunk),
            );
            near(&in_chunks, &at_once, &format!("{name} in chunks of {step}"));
            assert_eq!(cache.trace(), slots);
        }
    }
}

#[test]
fn many_tokens_one_by_one_are_the_same_as_at_once_long_after_the_rings_wrapped() {
    for name in BOTH {
        let mut model = load(name);
        let ids: Vec<u32> = (0..150).map(|i| 20 + (i * 61) % 211).collect();
        let slots = Slot::tokens(&ids);
        let at_once = numbers(&model.forward_all(&ids, &[]).unwrap());
        let mut cache = Cache::new(&model.config().text, 1);
        near(
            &read(&mut model, &mut cache, (&ids, &slots), &[], 1),
            &at_once,
            name,
        );
    }
}

#[test]
fn a_picture_is_seen_the_same_alone_and_among_others() {
    for name in BOTH {
        let model = load(name);
        let (alone, together, swapped) = (
            see(&model, &[1]),
            see(&model, &[1, 2]),
            see(&model, &[2, 1]),
        );
        assert_eq!(numbers(&alone[0]), numbers(&together[0]));
        assert_eq!(numbers(&together[0]), numbers(&swapped[1]));
        assert_eq!(numbers(&together[1]), numbers(&swapped[0]));
        assert_ne!(numbers(&together[0]), numbers(&together[1]));
    }
}

#[test]
fn two_pictures_swapped_swap_their_rows_and_nothing_before_them_changes() {
    for name in BOTH {
        let mut model = load(name);
        let (a, b) = {
            let seen = see(&model, &[1, 2]);
            (seen[0].clone(), seen[1].clone())
        };
        let (ids, _) = two_pictures(&model);
        let rows = model.config().tokens_per_picture();
        let embedded = |pictures: &[Tensor]| model.embed(&ids, pictures).unwrap();
        let (ab, ba) = (
            embedded(&[a.clone(), b.clone()]),
            embedded(&[b.clone(), a.clone()]),
        );
        let places = |x: &Tensor, at: usize| numbers(&x.narrow(0, at, rows).unwrap());
        let (first, second) = (10, 10 + rows + 5);
        assert_eq!(places(&ab, first), numbers(&a));
        assert_eq!(
            (places(&ab, first), places(&ab, second)),
            (places(&ba, second), places(&ba, first))
        );
        let vocab = model.config().text.vocab_size;
        let (ab, ba) = (
            numbers(&model.forward_all(&ids, &[a.clone(), b.clone()]).unwrap()),
            numbers(&model.forward_all(&ids, &[b, a]).unwrap()),
        );
        near(
            &ab[..first * vocab],
            &ba[..first * vocab],
            "before the first picture",
        );
        let last = |x: &[f32]| x[x.len() - vocab..].to_vec();
        assert_ne!(last(&ab), last(&ba), "the order of pictures matters");
    }
}

#[test]
fn a_picture_is_read_whole_and_earlier_words_do_not_see_it() {
    for name in BOTH {
        let mut model = load(name);
        let pictures = see(&model, &[1, 2, 3]);
        let (ids, _) = two_pictures(&model);
        let vocab = model.config().text.vocab_size;
        let base = numbers(&model.forward_all(&ids, &pictures[..2]).unwrap());
        // Only the last row of the first picture changes: its first place must notice, the word before it must not.
        let rows = model.config().tokens_per_picture();
        let changed = Tensor::cat(
            &[
                pictures[0].narrow(0, 0, rows - 1).unwrap(),
                pictures[2].narrow(0, 0, 1).unwrap(),
            ],
            0,
        )
        .unwrap();
        let other = numbers(
            &model
                .forward_all(&ids, &[changed, pictures[1].clone()])
                .unwrap(),
        );
        let at = |x: &[f32], place: usize| x[place * vocab..(place + 1) * vocab].to_vec();
        near(&at(&other, 9), &at(&base, 9), "the word before the picture");
        assert_ne!(
            at(&other, 10),
            at(&base, 10),
            "the picture's first place sees its last"
        );
    }
}

#[test]
fn a_rewound_cache_reads_on_as_if_it_had_never_read_more() {
    for name in BOTH {
        let mut model = load(name);
        let window = model.config().text.sliding_window;
        let ids: Vec<u32> = (0..90).map(|i| 20 + (i * 17) % 223).collect();
        let mut edited = ids.clone();
        let chunk = 16;
        let mut cache = Cache::new(&model.config().text, chunk);
        read(&mut model, &mut cache, (&ids, &Slot::tokens(&ids)), &[], 9);
        let earliest = cache.earliest();
        assert_eq!(earliest, 90 - chunk - 1);
        assert_eq!(cache.truncate(earliest - 1), Err(earliest));
        assert_eq!(cache.len(), 90, "a refused rewind changes nothing");
        cache.truncate(earliest).unwrap();
        edited[earliest..].iter_mut().for_each(|id| *id += 1);
        let at_once = numbers(&model.forward_all(&edited, &[]).unwrap());
        let vocab = model.config().text.vocab_size;
        let tail = read(
            &mut model,
            &mut cache,
            (&edited, &Slot::tokens(&edited)),
            &[],
            5,
        );
        near(&tail, &at_once[earliest * vocab..], name);
        // Nothing wrapped yet: any length will do.
        let mut short = Cache::new(&model.config().text, 64);
        read(
            &mut model,
            &mut short,
            (&ids[..window + 20], &Slot::tokens(&ids[..window + 20])),
            &[],
            64,
        );
        assert_eq!((short.earliest(), short.truncate(1)), (0, Ok(())));
    }
}

#[test]
fn a_chunk_that_is_stopped_half_way_leaves_the_cache_as_it_was() {
    for name in BOTH {
        let mut model = load(name);
        let pictures = see(&model, &[1, 2]);
        let (ids, slots) = two_pictures(&model);
        let at_once = numbers(&model.forward_all(&ids, &pictures).unwrap());
        let vocab = model.config().text.vocab_size;
        for layers in [0, 1, 5] {
            let mut cache = Cache::new(&model.config().text, 16);
            let before = read(&mut model, &mut cache, (&ids[..10], &slots[..10]), &[], 6);
            let other: Vec<u32> = (0..16).map(|i| 100 + i).collect();
            let mut left = layers;
            let stopped = model.read(
                &mut cache,
                &Chunk {
                    ids: &other,
                    slots: &Slot::tokens(&other),
                    pictures: &[],
                },
                &mut || {
                    left -= 1;
                    left >= 0
                },
            );
            assert!(stopped.unwrap().is_none() && cache.len() == 10);
            let after = read(&mut model, &mut cache, (&ids, &slots), &pictures, 16);
            near(
                &[before, after].concat(),
                &at_once[..ids.len() * vocab],
                &format!("{name} after {layers} layers"),
            );
        }
    }
}

#[test]
fn the_tower_stops_after_the_layer_it_is_told_to() {
    let model = load("tiny-old");
    let mut layers = Vec::new();
    let rows = model.see(&pixels(&model, &[1, 2]), &mut |done| {
        layers.push(done);
        done < 4
    });
    assert!(rows.unwrap().is_none());
    assert_eq!(layers, [1, 2, 3, 4]);
}

/// An answer by an engine that has just started.
fn fresh(name: &str, prompt: &Prompt, seeds: &[u32], count: usize) -> Said {
    ask(&start(name), prompt, seeds, count).0
}

/// An answer and how much was reused.
fn ask(engine: &Engine, prompt: &Prompt, seeds: &[u32], count: usize) -> (Said, usize) {
    let size = engine.loaded().preprocess.size;
    let pictures: Vec<_> = seeds.iter().map(|&seed| picture(size, seed)).collect();
    let (said, stats) = said(engine.ask(job(prompt, &pictures, count)));
    (said, stats.reused_tokens)
}

#[track_caller]
fn same(ours: &Said, reference: &Said) {
    assert_eq!((&ours.ids, &ours.text), (&reference.ids, &reference.text));
    let worst = ours
        .logprobs
        .iter()
        .zip(&reference.logprobs)
        .fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(worst < 1e-3, "log probabilities differ by {worst}");
}

#[test]
fn with_prefix_reuse_is_without() {
    for name in BOTH {
        let engine = start(name);
        let parts = [
            Part::Words(3, 1),
            Part::Picture(0),
            Part::Words(12, 2),
            Part::Picture(1),
            Part::Words(30, 3),
        ];
        let first = prompt(&engine, &parts);
        let (answer, reused) = ask(&engine, &first, &[1, 2], 10);
        assert_eq!(reused, 0);
        same(&answer, &fresh(name, &first, &[1, 2], 10));
        let mut second = first.clone();
        second.ids.extend(&answer.ids);
        second.ids.extend(20..40);
        let (follow_up, reused) = ask(&engine, &second, &[1, 2], 10);
        assert_eq!(reused, first.ids.len() + 9);
        same(&follow_up, &fresh(name, &second, &[1, 2], 10));
        // The same question again: all but its last token is there.
        let (again, reused) = ask(&engine, &second, &[1, 2], 10);
        assert_eq!(reused, second.ids.len() - 1);
        same(&again, &follow_up);
    }
}

#[test]
fn another_picture_at_the_same_place_is_not_mistaken_for_the_first() {
    for name in BOTH {
        let engine = start(name);
        let parts = [
            Part::Words(3, 1),
            Part::Picture(0),
            Part::Words(5, 2),
            Part::Picture(1),
            Part::Words(4, 3),
        ];
        let prompt = prompt(&engine, &parts);
        for seeds in [[1, 2], [1, 3], [2, 1], [1, 2]] {
            same(
                &ask(&engine, &prompt, &seeds, 8).0,
                &fresh(name, &prompt, &seeds, 8),
            );
        }
    }
}

#[test]
fn an_edited_history_rewinds_where_it_can_and_else_starts_over() {
    for name in BOTH {
        let engine = start(name);
        let with = |count: usize, seed: u32, tail: u32| {
            prompt(&engine, &[Part::Words(count, seed), Part::Words(40, tail)])
        };
        // 1 200 tokens: more than the rings hold (512 and a window), so the rings have forgotten the beginning.
        let (long, edited_late, edited_early) =
            (with(1160, 1, 2), with(1160, 1, 3), with(1160, 9, 2));
        ask(&engine, &long, &[], 4);
        let (answer, reused) = ask(&engine, &edited_late, &[], 6);
        assert!(
            reused >= 1161,
            "the last 40 words were read again, not all: {reused}"
        );
        same(&answer, &fresh(name, &edited_late, &[], 6));
        let (answer, reused) = ask(&engine, &edited_early, &[], 6);
        assert_eq!(reused, 0);
        same(&answer, &fresh(name, &edited_early, &[], 6));
        // Shorter than what was read, by less than the rings hold, and by more.
        for keep in [900, 200] {
            let mut short = edited_early.clone();
            short.ids.truncate(keep);
            let (answer, reused) = ask(&engine, &short, &[], 6);
            assert_eq!(reused, if keep == 900 { 899 } else { 0 });
            same(&answer, &fresh(name, &short, &[], 6));
            ask(&engine, &edited_early, &[], 2);
        }
    }
}

#[test]
fn cancel_and_ask_again_is_fresh() {
    for name in BOTH {
        let engine = start(name);
        let size = engine.loaded().preprocess.size;
        let parts = [Part::Words(3, 1), Part::Picture(0), Part::Words(700, 2)];
        let prompt = prompt(&engine, &parts);
        let expected = fresh(name, &prompt, &[4], 8);
        let moments: [fn(&Event) -> bool; 3] = [
            |event| matches!(event, Event::Vision { .. }),
            |event| matches!(event, Event::Prefill { .. }),
            |event| matches!(event, Event::Piece { .. }),
        ];
        for (seed, moment) in [40, 41, 42].into_iter().zip(moments) {
            // Another picture each time, so that the tower has work.
            let job = job(&prompt, &[picture(size, seed)], 3000);
            let cancel = job.cancel.clone();
            let stop = |event: Event| {
                cancel.fetch_or(moment(&event), Ordering::Relaxed);
                match event {
                    Event::Done(stats) => Some(stats.stop),
                    _ => None,
                }
            };
            let stopped = engine.ask(job).iter().find_map(stop);
            assert_eq!(stopped, Some(Stop::Cancelled));
            same(&ask(&engine, &prompt, &[4], 8).0, &expected);
        }
    }
}
