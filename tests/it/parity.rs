//! Our tensors against Hugging Face Transformers': pixels, vision, projector, a local and a global layer, logits, greedy tokens.
//!
//! The golden files are made by `tools/reference/make.py`. Cases are checked stage by stage in the order of the path, so the
//! first stage that fails is the one to look at; `long` crosses the window and the prefill chunks many times.

mod golden;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use candle_core::{Device, IndexOp, Tensor};
use golden::{Case, Golden, Turn, data, distance, same};
use medlab::engine::{Engine, Job, Loaded, Quant, Sampling, Source};
use medlab::imaging;
use medlab::model::Model;
use medlab::model::weights::Files;
use medlab::preprocess::{self, Prepared};
use medlab::prompt::{Message, Part, Prompt, render};
use medlab::session::{Event, Stop};
use safetensors::SafeTensors;
use safetensors::tensor::{TensorView, serialize_to_file};

#[test]
fn a_checkpoint_in_the_old_spelling_agrees_with_transformers() {
    check("tiny-old", &Source::Folder(data().join("tiny-old")));
}

#[test]
fn a_checkpoint_in_the_new_spelling_agrees_with_transformers() {
    check("tiny-new", &Source::Folder(data().join("tiny-new")));
}

#[test]
fn phantom_agrees_with_transformers() {
    check("phantom", &Source::Phantom);
}

#[test]
fn asking_in_any_order_on_one_cache_gives_the_greedy_tokens_of_transformers() {
    for name in ["tiny-old", "tiny-new"] {
        let golden = Golden::open(name);
        let engine = start(&Source::Folder(data().join(name)));
        // Forwards, backwards and each one twice: prefixes are reused, rewound, and wholly there.
        for case in golden.cases.iter().chain(golden.cases.iter().rev()) {
            let (prompt, pictures) = input(engine.loaded(), case);
            let answer = ask(&engine, prompt, pictures);
            assert_eq!(
                answer.ids,
                golden.ids(case, "greedy"),
                "{name} {}",
                case.name
            );
        }
    }
}

#[test]
fn every_layout_of_tensor_names_gives_the_same_logits() {
    // As in tiny-new, as Google's first files, as Transformers 5.17 writes, and as a tower without its tower's name.
    let layouts = [
        [
            "language_model.model.",
            "vision_tower.vision_model.",
            "multi_modal_projector.",
        ],
        [
            "language_model.model.",
            "vision_tower.",
            "multi_modal_projector.",
        ],
        [
            "model.language_model.",
            "model.vision_tower.",
            "model.multi_modal_projector.",
        ],
        [
            "language_model.model.",
            "vision_model.",
            "multi_modal_projector.",
        ],
    ];
    let golden = Golden::open("tiny-new");
    let case = golden.case("one-picture");
    let engine = start(&Source::Folder(data().join("tiny-new")));
    let (prompt, pictures) = input(engine.loaded(), case);
    let expected = engine.logits(prompt.clone(), pictures.clone()).unwrap();
    for layout in layouts {
        let folder = tempfile::tempdir().unwrap();
        rename_tensors(folder.path(), layout);
        let engine = start(&Source::Folder(folder.path().to_owned()));
        assert_eq!(
            engine.logits(prompt.clone(), pictures.clone()).unwrap(),
            expected,
            "{layout:?}"
        );
    }
}

#[test]
fn a_difference_of_one_part_in_five_thousand_is_seen() {
    let reference: Vec<f32> = (1..1000u16).map(|n| f32::from(n).sin()).collect();
    let ours: Vec<f32> = reference.iter().map(|x| x * 1.0002).collect();
    let (relative, largest) = distance(&ours, &reference);
    assert!(
        relative > golden::TOLERANCE && largest > golden::TOLERANCE,
        "{relative} {largest}"
    );
    let mut one_wrong = reference.clone();
    one_wrong[500] += 2e-4;
    let (relative, largest) = distance(&one_wrong, &reference);
    assert!(
        relative < golden::TOLERANCE && largest > golden::TOLERANCE,
        "{relative} {largest}"
    );
    let mut not_a_number = reference.clone();
    not_a_number[3] = f32::NAN;
    assert!(distance(&not_a_number, &reference).0.is_nan());
}

/// Every stage of every case, through the model's own functions and then through the engine.
fn check(name: &str, source: &Source) {
    let golden = Golden::open(name);
    let engine = start(source);
    let loaded = engine.loaded();
    assert_eq!(
        golden.weights_sha256, loaded.sha256,
        "{name} was trained or made again: run `python tools/reference/make.py golden` as its first lines say"
    );
    let mut stages = Stages::load(source);
    let mut told = format!("{name}, largest difference over largest value:\n");
    for case in &golden.cases {
        let at = format!("{name}, {}", case.name);
        let (prompt, pictures) = input(loaded, case);
        assert_eq!(
            prompt.ids,
            golden.ids(case, "ids"),
            "{at}: the prompt's ids"
        );
        check_pixels(&at, &golden, case, &pictures);
        let worst = stages.check(&at, &golden, case, &prompt, &pictures);
        let logits = engine.logits(prompt.clone(), pictures.clone()).unwrap();
        check_logits(
            &format!("{at}: logits of Engine::logits"),
            &golden,
            case,
            &logits,
        );
        check_answer(&at, &golden, case, &ask(&engine, prompt, pictures));
        writeln!(told, "  {}: {worst:.1e}", case.name).unwrap();
    }
    println!("{told}");
}

/// The model without the engine, stage by stage.
struct Stages(Model);

impl Stages {
    fn load(source: &Source) -> Self {
        let folder = match source {
            Source::Folder(folder) => folder.clone(),
            Source::Phantom => Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo"),
        };
        let files = Files::open(&folder).unwrap_or_else(|e| panic!("{e}"));
        Self(Model::load(&files, Quant::None, &|_| ()).unwrap_or_else(|e| panic!("{e}")))
    }

    /// Each stage on our own result of the one before; gives the largest difference of the logits.
    fn check(
        &mut self,
        at: &str,
        golden: &Golden,
        case: &Case,
        prompt: &Prompt,
        pictures: &[Arc<Prepared>],
    ) -> f64 {
        let rows = if pictures.is_empty() {
            Vec::new()
        } else {
            self.see(at, golden, case, pictures)
        };
        for layer in golden.layers(case) {
            let ours = self.0.hidden_after(layer + 1, &prompt.ids, &rows).unwrap();
            same(
                &format!("{at}: decoder layer {layer}"),
                &flat(&ours),
                &golden.floats(case, &format!("hidden_{layer}")).unwrap().0,
            );
        }
        let logits = self
            .0
            .forward_all(&prompt.ids, &rows)
            .unwrap()
            .to_vec2()
            .unwrap();
        check_logits(&format!("{at}: logits all at once"), golden, case, &logits)
    }

    /// The rows of the pictures, after the tower and the projector were compared where the case has them.
    fn see(
        &self,
        at: &str,
        golden: &Golden,
        case: &Case,
        pictures: &[Arc<Prepared>],
    ) -> Vec<Tensor> {
        let pictures: Vec<&Prepared> = pictures.iter().map(AsRef::as_ref).collect();
        let pixels = preprocess::stack(&pictures, &Device::Cpu).unwrap();
        let rows = self.0.see(&pixels, &mut |_| true).unwrap().unwrap();
        if let Some((reference, shape)) = golden.floats(case, "vision") {
            let patches = self.0.vision_hidden(&pixels).unwrap();
            let kept = Tensor::new(golden.ids(case, "patches"), &Device::Cpu).unwrap();
            let patches = patches.index_select(&kept, 1).unwrap();
            assert_eq!(patches.dims(), shape, "{at}: the tower's shape");
            same(&format!("{at}: vision tower"), &flat(&patches), &reference);
            let (reference, shape) = golden.floats(case, "projector").unwrap();
            assert_eq!(rows.dims(), shape, "{at}: the projector's shape");
            same(&format!("{at}: projector"), &flat(&rows), &reference);
        }
        (0..pictures.len())
            .map(|picture| rows.i(picture).unwrap())
            .collect()
    }
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Ours are the processor's, value for value.
fn check_pixels(at: &str, golden: &Golden, case: &Case, pictures: &[Arc<Prepared>]) {
    if let Some(levels) = golden.levels(case, "pixels_u8") {
        let ours = pictures.iter().flat_map(|picture| &picture.values);
        let wrong = ours
            .zip(&levels)
            .filter(|&(ours, level)| ((ours * 0.5 + 0.5) * 255.0 - f32::from(*level)).abs() > 0.5)
            .count();
        assert_eq!(
            wrong,
            0,
            "{at}: of {} pixels so many have another 8-bit level",
            levels.len()
        );
    }
    let ours: Vec<&String> = pictures.iter().map(|picture| &picture.sha256).collect();
    let reference: Vec<&String> = case.pixels_sha256.iter().collect();
    assert_eq!(ours, reference, "{at}: the pixels' SHA-256");
}

/// Logits at every position against the kept columns, the sum over all of them, the best id, and the whole last row.
fn check_logits(stage: &str, golden: &Golden, case: &Case, logits: &[Vec<f32>]) -> f64 {
    let columns = golden.ids(case, "columns");
    let kept: Vec<f32> = golden
        .ids(case, "positions")
        .iter()
        .flat_map(|&at| {
            columns
                .iter()
                .map(move |&column| logits[at as usize][column as usize])
        })
        .collect();
    let worst = same(stage, &kept, &golden.floats(case, "logits").unwrap().0);
    same(
        stage,
        logits.last().unwrap(),
        &golden.floats(case, "last").unwrap().0,
    );
    let sums: Vec<f32> = logits.iter().map(|row| logsumexp(row)).collect();
    same(
        &format!("{stage}: sum over the vocabulary"),
        &sums,
        &golden.floats(case, "logsumexp").unwrap().0,
    );
    let best: Vec<u32> = logits.iter().map(|row| argmax(row)).collect();
    let reference = golden.ids(case, "argmax");
    let differ = best
        .iter()
        .zip(&reference)
        .filter(|(ours, reference)| ours != reference)
        .count();
    // Two logits that are closer than the tolerance may change places at a position or two of a long prompt.
    assert!(
        differ * 200 <= best.len(),
        "{stage}: the best id differs at {differ} of {} positions",
        best.len()
    );
    worst
}

/// Greedy tokens are the reference's, and the answer ends where its does.
fn check_answer(at: &str, golden: &Golden, case: &Case, answer: &Answer) {
    let mut expected = golden.ids(case, "greedy");
    let stopped = expected
        .last()
        .is_some_and(|id| answer.stop_ids.contains(id));
    if stopped {
        expected.pop();
    }
    assert_eq!(answer.ids, expected, "{at}: greedy tokens of Engine::ask");
    let stop = if stopped {
        Stop::EndOfTurn
    } else {
        Stop::Length
    };
    assert_eq!(answer.stop, stop, "{at}");
    let last = golden.floats(case, "last").unwrap().0;
    let Some(&first) = expected.first() else {
        return;
    };
    let logprob = last[first as usize] - logsumexp(&last);
    assert!(
        (answer.first_logprob - logprob).abs() < 1e-3,
        "{at}: {} is not {logprob}",
        answer.first_logprob
    );
}

/// What the engine said.
struct Answer {
    ids: Vec<u32>,
    first_logprob: f32,
    stop: Stop,
    stop_ids: Vec<u32>,
}

fn start(source: &Source) -> Engine {
    Engine::start(source, Quant::None, &mut |_| ()).unwrap_or_else(|e| panic!("{e}"))
}

/// Asks for 32 greedy tokens.
fn ask(engine: &Engine, prompt: Prompt, pictures: Vec<Arc<Prepared>>) -> Answer {
    let sampling = Sampling {
        temperature: 0.0,
        top_k: None,
        top_p: None,
        min_p: None,
        repetition_penalty: 1.0,
        seed: 0,
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let events = engine.ask(Job {
        prompt,
        pictures,
        sampling,
        max_new_tokens: 32,
        cancel,
    });
    let (mut ids, mut first_logprob) = (Vec::new(), f32::NAN);
    for event in events {
        match event {
            Event::Piece { id, logprob, .. } => {
                if ids.is_empty() {
                    first_logprob = logprob;
                }
                ids.push(id);
            }
            Event::Done(stats) => {
                let stop_ids = engine.loaded().tokens.stop.clone();
                return Answer {
                    ids,
                    first_logprob,
                    stop: stats.stop,
                    stop_ids,
                };
            }
            Event::Failed(why) => panic!("{why}"),
            Event::LeftOut(_)
            | Event::Loading(_)
            | Event::Vision { .. }
            | Event::Prefill { .. } => (),
        }
    }
    panic!("the events ended without Done");
}

/// A case as the product makes it: its pictures opened and prepared, its words through the chat template.
fn input(loaded: &Loaded, case: &Case) -> (Prompt, Vec<Arc<Prepared>>) {
    let mut shown = 0;
    let mut part = |text: &String| {
        if text.starts_with('@') {
            shown += 1;
            Part::Picture(shown - 1)
        } else {
            Part::Text(text.clone())
        }
    };
    let messages: Vec<Message> = case
        .turns
        .iter()
        .map(|turn| match turn {
            Turn::User(parts) => Message::User(parts.iter().map(&mut part).collect()),
            Turn::Model(text) => Message::Model(loaded.tokenizer.encode(text).unwrap()),
        })
        .collect();
    let places = loaded.config.tokens_per_picture();
    let prompt = render(
        &loaded.tokenizer,
        &loaded.tokens,
        places,
        &case.system,
        &messages,
    )
    .unwrap();
    let prepare = |name: &String| {
        let file = data().join(format!("golden/pictures/{name}.png"));
        let picture = imaging::open(file.to_str().unwrap()).unwrap_or_else(|e| panic!("{e}"));
        Arc::new(preprocess::prepare(&picture, &loaded.preprocess, case.fit))
    };
    (prompt, case.pictures.iter().map(prepare).collect())
}

/// tiny-new with its tensors under other names: text, tower, projector.
fn rename_tensors(folder: &Path, [text, tower, projector]: [&str; 3]) {
    let from = data().join("tiny-new");
    for file in [
        "config.json",
        "tokenizer.json",
        "generation_config.json",
        "preprocessor_config.json",
    ] {
        std::fs::copy(from.join(file), folder.join(file)).unwrap();
    }
    let bytes = std::fs::read(from.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let rename = |name: &str| {
        let pairs = [
            ("model.language_model.", text),
            ("model.vision_tower.vision_model.", tower),
            ("model.multi_modal_projector.", projector),
        ];
        let found = pairs
            .iter()
            .find_map(|(old, new)| Some(format!("{new}{}", name.strip_prefix(old)?)));
        found.expect("tiny-new has three groups of tensors")
    };
    let renamed: Vec<(String, TensorView<'_>)> = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (rename(&name), view))
        .collect();
    serialize_to_file(renamed, None, &folder.join("model.safetensors")).unwrap();
}

/// The logarithm of the sum of the exponentials.
fn logsumexp(row: &[f32]) -> f32 {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|x| f64::from(x - top).exp()).sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "back to the reference's f32"
    )]
    let sum = sum.ln() as f32;
    top + sum
}

/// The first of the largest.
fn argmax(row: &[f32]) -> u32 {
    let best = (0..row.len()).reduce(|best, at| if row[at] > row[best] { at } else { best });
    u32::try_from(best.unwrap()).unwrap()
}
