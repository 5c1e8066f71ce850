//! Golden files in, cases with their reference tensors out; and how two tensors are compared.

use std::path::{Path, PathBuf};

use medlab::preprocess::Fit;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// Two results are the same when the distance of the vectors, and the largest difference of two values, are at most
/// this part of the reference's length and largest value.
pub(super) const TOLERANCE: f64 = 1e-4;

/// One file that `tools/reference/make.py` wrote.
pub(super) struct Golden {
    bytes: Vec<u8>,
    /// Of the weights it was computed with.
    pub(super) weights_sha256: String,
    /// Prompts and their pictures, in the file's order.
    pub(super) cases: Vec<Case>,
}

/// One prompt.
pub(super) struct Case {
    /// `one-picture` …
    pub(super) name: String,
    /// How its pictures became square.
    pub(super) fit: Fit,
    /// System text, may be empty.
    pub(super) system: String,
    /// Users' and the model's turns, alternating.
    pub(super) turns: Vec<Turn>,
    /// File names of the pictures without `.png`, in the order of the prompt.
    pub(super) pictures: Vec<String>,
    /// SHA-256 of each one's normalised pixels as little-endian f32.
    pub(super) pixels_sha256: Vec<String>,
}

/// One turn of a case.
pub(super) enum Turn {
    /// Texts, and pictures as `@name`.
    User(Vec<String>),
    /// What the model had said.
    Model(String),
}

/// `tests/data`.
pub(super) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

impl Golden {
    /// Reads `tests/data/golden/NAME.safetensors`.
    pub(super) fn open(name: &str) -> Self {
        let path = data().join(format!("golden/{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a safetensors header");
        let metadata = header.metadata().as_ref().expect("make.py writes metadata");
        let cases: Value = serde_json::from_str(&metadata["cases"]).expect("`cases` is JSON");
        let cases = cases
            .as_array()
            .expect("a list of cases")
            .iter()
            .map(Case::of)
            .collect();
        let weights_sha256 = metadata["weights_sha256"].clone();
        Self {
            bytes,
            weights_sha256,
            cases,
        }
    }

    /// A case by its name.
    pub(super) fn case(&self, name: &str) -> &Case {
        self.cases
            .iter()
            .find(|case| case.name == name)
            .expect("a case of that name")
    }

    /// The tensor `CASE/WHAT` as f32 and its shape, if the case has it.
    pub(super) fn floats(&self, case: &Case, what: &str) -> Option<(Vec<f32>, Vec<usize>)> {
        let (bytes, shape) = self.raw(case, what, Dtype::F32)?;
        Some((
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
            shape,
        ))
    }

    /// The tensor `CASE/WHAT` of ids or places.
    pub(super) fn ids(&self, case: &Case, what: &str) -> Vec<u32> {
        let (bytes, _) = self
            .raw(case, what, Dtype::U32)
            .expect("every case has its ids");
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|b| u32::from_le_bytes(*b))
            .collect()
    }

    /// The tensor `CASE/WHAT` of 8-bit levels, if the case has it.
    pub(super) fn levels(&self, case: &Case, what: &str) -> Option<Vec<u8>> {
        self.raw(case, what, Dtype::U8).map(|(bytes, _)| bytes)
    }

    /// The layers whose output the case has.
    pub(super) fn layers(&self, case: &Case) -> Vec<usize> {
        let start = format!("{}/hidden_", case.name);
        let tensors = self.tensors();
        let mut layers: Vec<usize> = tensors
            .names()
            .iter()
            .filter_map(|name| name.strip_prefix(&start)?.parse().ok())
            .collect();
        layers.sort_unstable();
        layers
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a safetensors file")
    }

    fn raw(&self, case: &Case, what: &str, dtype: Dtype) -> Option<(Vec<u8>, Vec<usize>)> {
        let tensors = self.tensors();
        let view = tensors.tensor(&format!("{}/{what}", case.name)).ok()?;
        assert_eq!(view.dtype(), dtype, "{}/{what}", case.name);
        Some((view.data().to_vec(), view.shape().to_vec()))
    }
}

impl Case {
    fn of(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let texts = |value: &Value| {
            value
                .as_array()
                .expect("a list")
                .iter()
                .map(text)
                .collect::<Vec<_>>()
        };
        let turn = |turn: &Value| {
            if turn.is_string() {
                Turn::Model(text(turn))
            } else {
                Turn::User(texts(turn))
            }
        };
        Self {
            name: text(&value["name"]),
            fit: if value["fit"] == "pad" {
                Fit::Pad
            } else {
                Fit::Stretch
            },
            system: text(&value["system"]),
            turns: value["turns"]
                .as_array()
                .expect("a list")
                .iter()
                .map(turn)
                .collect(),
            pictures: texts(&value["pictures"]),
            pixels_sha256: texts(&value["pixels_sha256"]),
        }
    }
}

/// How far `ours` is from the reference: (distance over length, largest difference over largest value). A NaN makes the
/// first one NaN.
pub(super) fn distance(ours: &[f32], reference: &[f32]) -> (f64, f64) {
    assert_eq!(
        ours.len(),
        reference.len(),
        "as many values as the reference"
    );
    let (mut square, mut length, mut largest, mut top) = (0.0, 0.0, 0.0f64, 0.0f64);
    for (a, b) in ours.iter().zip(reference) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        square += (a - b) * (a - b);
        length += b * b;
        largest = largest.max((a - b).abs());
        top = top.max(b.abs());
    }
    ((square / length).sqrt(), largest / top)
}

/// A stage's result must be the reference's, `stage` names the first that is not; gives the largest difference.
#[track_caller]
pub(super) fn same(stage: &str, ours: &[f32], reference: &[f32]) -> f64 {
    let (relative, largest) = distance(ours, reference);
    assert!(
        relative <= TOLERANCE && largest <= TOLERANCE,
        "{stage} is the first stage that differs: {relative:.2e} relative, {largest:.2e} at the worst value"
    );
    largest
}
