//! Speed of the embedded model's parts on this machine: load, vision, prefill of a prompt with a picture, one decoded token.

#![expect(clippy::panic, reason = "a benchmark that cannot start says why")]

use std::sync::Arc;

use candle_core::{Device, Tensor};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use medlab::engine::Quant;
use medlab::model::cache::{Cache, Slot};
use medlab::model::weights::{Files, Shard};
use medlab::model::{Chunk, Model};

/// Words after the picture.
const WORDS: usize = 64;

fn files() -> Files {
    Files {
        name: "phantom".to_owned(),
        config: include_bytes!("../src/demo/config.json").into(),
        generation: None,
        preprocessor: None,
        tokenizer: include_bytes!("../src/demo/tokenizer.json").into(),
        shards: vec![Shard::embedded(
            "model.safetensors",
            include_bytes!("../src/demo/model.safetensors"),
        )],
    }
}

fn load(quant: Quant) -> Model {
    Model::load(&files(), quant, &|_| ()).unwrap_or_else(|error| panic!("{error}"))
}

/// A grey picture with a slope, `[1, 3, S, S]`.
fn pixels(model: &Model) -> Tensor {
    let side = model
        .config()
        .vision
        .as_ref()
        .expect("phantom sees")
        .image_size;
    let values: Vec<f32> = (0..3 * side * side)
        .map(|i| (i % side) as f32 / side as f32 - 0.5)
        .collect();
    Tensor::from_vec(values, (1, 3, side, side), &Device::Cpu).expect("as many values as pixels")
}

/// `<bos>`, a picture, and words.
fn prompt(model: &Model) -> (Vec<u32>, Vec<Slot>) {
    let config = model.config();
    let rows = config.tokens_per_picture();
    let words: Vec<u32> = (300..).step_by(7).take(WORDS).collect();
    let ids = [
        vec![config.bos_token],
        vec![config.image_token; rows],
        words.clone(),
    ]
    .concat();
    let hash: Arc<str> = "picture".into();
    let image = (0..rows).map(|row| Slot::Image {
        hash: hash.clone(),
        row,
    });
    let slots = [Slot::Token(config.bos_token)]
        .into_iter()
        .chain(image)
        .chain(Slot::tokens(&words))
        .collect();
    (ids, slots)
}

/// Reads tokens into the cache: logits after the last.
fn read(model: &mut Model, cache: &mut Cache, chunk: &Chunk<'_>) -> Vec<f32> {
    let states = model
        .read(cache, chunk, &mut || true)
        .expect("the decoder runs")
        .expect("nobody stops it");
    let last = states
        .dim(0)
        .and_then(|t| states.narrow(0, t - 1, 1))
        .expect("at least one token");
    model
        .logits(&last)
        .and_then(|logits| logits.flatten_all()?.to_vec1())
        .expect("numbers")
}

fn see(model: &Model, pixels: &Tensor) -> Tensor {
    model
        .see(pixels, &mut |_| true)
        .expect("the tower runs")
        .expect("nobody stops it")
}

fn engine(criterion: &mut Criterion) {
    criterion.bench_function("load", |bench| {
        bench.iter_with_large_drop(|| load(Quant::None));
    });
    let model = load(Quant::None);
    let pixels = pixels(&model);
    criterion.bench_function("vision", |bench| bench.iter(|| see(&model, &pixels)));
    let text = model.config().text.clone();
    let rows = [see(&model, &pixels).get(0).expect("one picture")];
    let (ids, slots) = prompt(&model);
    let chunk = Chunk {
        ids: &ids,
        slots: &slots,
        pictures: &rows,
    };
    for (name, quant) in [("f32", Quant::None), ("q8", Quant::Q8), ("q4", Quant::Q4)] {
        let mut model = load(quant);
        let title = format!("prefill of {} tokens, {name}", ids.len());
        criterion.bench_function(&title, |bench| {
            let empty = || Cache::new(&text, 512);
            let fill = |mut cache| read(&mut model, &mut cache, &chunk);
            bench.iter_batched(empty, fill, BatchSize::SmallInput);
        });
        let mut cache = Cache::new(&text, 512);
        read(&mut model, &mut cache, &chunk);
        criterion.bench_function(&format!("decode of one token, {name}"), |bench| {
            bench.iter(|| one(&mut model, &mut cache, ids.len()));
        });
    }
}

/// One more token after a prompt of `after` tokens; every 256 tokens the answer begins anew.
fn one(model: &mut Model, cache: &mut Cache, after: usize) -> Vec<f32> {
    if cache.len() > after + 256 {
        cache
            .truncate(after)
            .expect("the rings hold a chunk more than the window");
    }
    let chunk = Chunk {
        ids: &[400],
        slots: &[Slot::Token(400)],
        pictures: &[],
    };
    read(model, cache, &chunk)
}

criterion_group!(benches, engine);
criterion_main!(benches);
