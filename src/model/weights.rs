//! A checkpoint's files in, its tensors by one name each out: one file or shards, mapped, three name layouts.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use memmap2::Mmap;
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use sha2::{Digest, Sha256};

use super::LoadError;
use super::keys::printable;

/// The files of a checkpoint in Transformers format.
pub struct Files {
    /// As the model is named to people: the folder's name, or `phantom`.
    pub name: String,
    /// `config.json`.
    pub config: Cow<'static, [u8]>,
    /// `generation_config.json`, where there is one.
    pub generation: Option<Cow<'static, [u8]>>,
    /// `preprocessor_config.json` (or `processor_config.json`), where there is one.
    pub preprocessor: Option<Cow<'static, [u8]>>,
    /// `tokenizer.json`.
    pub tokenizer: Cow<'static, [u8]>,
    /// The weights, in shard order.
    pub shards: Vec<Shard>,
}

/// One `.safetensors` file.
pub struct Shard {
    /// Its file name, for messages.
    pub name: String,
    bytes: Bytes,
}

enum Bytes {
    Embedded(&'static [u8]),
    Mapped(Mmap),
}

impl Shard {
    /// A file that is part of the program.
    pub fn embedded(name: &str, bytes: &'static [u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: Bytes::Embedded(bytes),
        }
    }

    /// Maps a file.
    ///
    /// # Errors
    /// When it cannot be opened or mapped.
    pub fn map(path: &Path) -> std::io::Result<Self> {
        let file = fs_err::File::open(path)?;
        #[expect(
            unsafe_code,
            reason = "memory-mapping has no safe form; reading instead would double the memory of a large model"
        )]
        // SAFETY: the map is read-only and private to this program. Should another program truncate the file meanwhile,
        // the system ends this one (SIGBUS); no memory of ours is changed.
        let map = unsafe { Mmap::map(file.file()) }?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Ok(Self {
            name: printable(&name),
            bytes: Bytes::Mapped(map),
        })
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Embedded(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}

/// What a folder must hold, for messages.
const NEEDED: &str = "a model folder needs config.json, tokenizer.json and .safetensors files";

impl Files {
    /// Opens a folder in Transformers format; weights are mapped, not read.
    ///
    /// # Errors
    /// When a file is missing or cannot be read, or the index of the shards is broken.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let shown = folder.file_name().map_or_else(
            || folder.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        let name = printable(&shown);
        let fail = |problem: String| LoadError {
            name: name.clone(),
            problem,
        };
        if !folder.is_dir() {
            let path = printable(&folder.display().to_string());
            return Err(fail(format!(
                "{path} is not a folder; name one that holds config.json and .safetensors files"
            )));
        }
        let need = |file: &str| match fs_err::read(folder.join(file)) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(fail(format!("the folder holds no {file}; {NEEDED}")))
            }
            Err(error) => Err(fail(printable(&error.to_string()))),
        };
        let want = |file: &str| {
            if folder.join(file).exists() {
                need(file).map(Some)
            } else {
                Ok(None)
            }
        };
        let (config, tokenizer) = (need("config.json")?, need("tokenizer.json")?);
        let shards = shard_paths(folder)
            .map_err(&fail)?
            .iter()
            .map(|path| Shard::map(path).map_err(|error| fail(printable(&error.to_string()))))
            .collect::<Result<_, _>>()?;
        let preprocessor = want("preprocessor_config.json")?;
        Ok(Self {
            config,
            generation: want("generation_config.json")?,
            preprocessor: if preprocessor.is_some() {
                preprocessor
            } else {
                want("processor_config.json")?
            },
            tokenizer,
            shards,
            name,
        })
    }

    /// Lower-case hex SHA-256 over the weight files, in shard order.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for shard in &self.shards {
            hasher.update(shard.bytes());
        }
        hasher
            .finalize()
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }

    pub(super) fn fail(&self, problem: String) -> LoadError {
        LoadError {
            name: self.name.clone(),
            problem,
        }
    }
}

/// `model.safetensors`, or what its index names.
fn shard_paths(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let single = folder.join("model.safetensors");
    let index = folder.join("model.safetensors.index.json");
    if single.exists() {
        return Ok(vec![single]);
    }
    if !index.exists() {
        return Err(format!("the folder holds no model.safetensors; {NEEDED}"));
    }
    let broken = "model.safetensors.index.json is broken, expected a \"weight_map\" from tensor to file; download it again";
    let json = fs_err::read(&index).map_err(|error| printable(&error.to_string()))?;
    let json: serde_json::Value =
        serde_json::from_slice(&json).map_err(|error| format!("{broken} ({error})"))?;
    let map = json
        .get("weight_map")
        .and_then(serde_json::Value::as_object)
        .ok_or(broken)?;
    let mut files = BTreeMap::new();
    for file in map.values() {
        let file = file.as_str().ok_or(broken)?;
        if file.contains(['/', '\\']) || file.contains("..") {
            return Err(format!(
                "model.safetensors.index.json names {:?}, expected a file of the same folder",
                printable(file)
            ));
        }
        files.insert(file.to_owned(), folder.join(file));
    }
    if files.is_empty() {
        return Err(broken.to_owned());
    }
    Ok(files.into_values().collect())
}

/// Which layout a prefix belongs to, and the one name it is called here; longest first.
const PREFIXES: &[(&str, &str)] = &[
    ("model.language_model.lm_head.", "lm_head."),
    ("model.language_model.", "text."),
    ("model.vision_tower.vision_model.", "vision."),
    ("model.vision_tower.", "vision."),
    ("model.multi_modal_projector.", "projector."),
    ("language_model.lm_head.", "lm_head."),
    ("language_model.model.", "text."),
    ("vision_tower.vision_model.", "vision."),
    ("vision_tower.", "vision."),
    ("vision_model.", "vision."),
    ("multi_modal_projector.", "projector."),
    ("lm_head.", "lm_head."),
    ("model.", "text."),
];

/// Every tensor of a checkpoint, by one name each: `text.…`, `vision.…`, `projector.…`, `lm_head.…`.
pub(super) struct Weights<'a> {
    files: &'a Files,
    tensors: HashMap<String, TensorView<'a>>,
    /// The name each part goes by in this checkpoint, for messages: `text.` is `language_model.model.`.
    spelled: HashMap<&'static str, &'static str>,
    used: Mutex<HashSet<String>>,
}

impl<'a> Weights<'a> {
    /// Reads the headers of all shards.
    pub(super) fn read(files: &'a Files) -> Result<Self, LoadError> {
        let header = |shard: &'a Shard| {
            SafeTensors::deserialize(shard.bytes())
                .map(|header| (shard, header))
                .map_err(|error| {
                    files.fail(format!(
                        "{} is not a whole .safetensors file ({error}); download it again",
                        shard.name
                    ))
                })
        };
        let headers = files.shards.iter().map(header);
        let headers = headers.collect::<Result<Vec<_>, _>>()?;
        let named = headers
            .iter()
            .flat_map(|(shard, header)| header.iter().map(move |(name, view)| (shard, name, view)));
        let mut tensors = HashMap::new();
        let mut spelled = HashMap::new();
        for (shard, name, view) in named {
            let Some((prefix, part)) = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix))
            else {
                return Err(files.fail(format!(
                    "{} holds the unknown tensor {:?}",
                    shard.name,
                    printable(name)
                )));
            };
            spelled.insert(*part, *prefix);
            let known = format!("{part}{}", &name[prefix.len()..]);
            if tensors.insert(known, view).is_some() {
                return Err(files.fail(format!("the tensor {:?} is there twice", printable(name))));
            }
        }
        Ok(Self {
            files,
            tensors,
            spelled,
            used: Mutex::new(HashSet::new()),
        })
    }

    /// Whether any tensor of this part is there.
    pub(super) fn has(&self, part: &str) -> bool {
        self.tensors.keys().any(|name| name.starts_with(part))
    }

    /// One tensor, whose shape must be this.
    pub(super) fn take(&self, name: &str, shape: &[usize]) -> Result<Stored<'a>, LoadError> {
        let Some(view) = self.tensors.get(name) else {
            return Err(self.files.fail(format!(
                "the tensor {:?} is missing; the checkpoint is incomplete or its config.json is another model's",
                self.spell(name)
            )));
        };
        self.used
            .lock()
            .expect("no thread panics while it holds this lock")
            .insert(name.to_owned());
        if view.shape() != shape {
            return Err(self.files.fail(format!(
                "the tensor {:?} has shape {:?}, expected {shape:?} from config.json",
                self.spell(name),
                view.shape()
            )));
        }
        let kind = match view.dtype() {
            Dtype::BF16 => Kind::Bf16,
            Dtype::F16 => Kind::F16,
            Dtype::F32 => Kind::F32,
            other => {
                return Err(self.files.fail(format!(
                    "the tensor {:?} is stored as {other:?}, expected BF16, F16 or F32",
                    self.spell(name)
                )));
            }
        };
        Ok(Stored {
            kind,
            bytes: view.data(),
        })
    }

    /// One tensor as f32.
    pub(super) fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LoadError> {
        Ok(self.take(name, shape)?.to_f32())
    }

    /// Says when a tensor was not used: the graph would not be the checkpoint's.
    pub(super) fn finish(self, tied: bool) -> Result<(), LoadError> {
        let used = self
            .used
            .lock()
            .expect("no thread panics while it holds this lock");
        let mut extra: Vec<_> = self
            .tensors
            .keys()
            .filter(|name| !used.contains(*name) && !is_spare(name, tied))
            .map(|name| self.spell(name))
            .collect();
        extra.sort();
        match extra.as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => {
                let more = if rest.is_empty() {
                    String::new()
                } else {
                    format!(" and {} more", rest.len())
                };
                Err(self.files.fail(format!(
                    "holds tensors that this graph has no place for: {first:?}{more}"
                )))
            }
        }
    }

    /// The checkpoint's own spelling of a name.
    fn spell(&self, name: &str) -> String {
        let (part, rest) = name
            .split_once('.')
            .map_or((name, ""), |(part, rest)| (part, rest));
        let part = format!("{part}.");
        let spelled = self.spelled.get(part.as_str()).copied();
        printable(&format!("{}{rest}", spelled.unwrap_or(&part)))
    }
}

/// Tensors that Transformers does not use either: a copy of a tied head, buffers, the tower's classification head.
fn is_spare(name: &str, tied: bool) -> bool {
    (tied && name == "lm_head.weight")
        || name.ends_with("rotary_emb.inv_freq")
        || name == "vision.embeddings.position_ids"
        || name.starts_with("vision.head.")
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bf16,
    F16,
    F32,
}

/// A tensor as it lies in the file, little-endian, row by row.
pub(super) struct Stored<'a> {
    pub(super) kind: Kind,
    bytes: &'a [u8],
}

impl Stored<'_> {
    /// The numbers, exactly.
    pub(super) fn to_f32(&self) -> Vec<f32> {
        match self.kind {
            Kind::Bf16 => self
                .bits()
                .into_par_iter()
                .map(|bits| f32::from_bits(u32::from(bits) << 16))
                .collect(),
            Kind::F16 => self.bits().into_iter().map(half_to_f32).collect(),
            Kind::F32 => self
                .bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        }
    }

    /// The 16 bits of each number (for `Bf16` and `F16`).
    pub(super) fn bits(&self) -> Vec<u16> {
        self.bytes
            .chunks_exact(2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .collect()
    }
}

/// IEEE half precision to single, exactly.
fn half_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits) & 0x3ff;
    match exponent {
        // Subnormal: fraction × 2⁻²⁴, exact in f32.
        0 => f32::from_bits(sign | (fraction as f32 * 2f32.powi(-24)).to_bits()),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::half_to_f32;

    #[test]
    fn halves_become_the_same_numbers() {
        for (bits, number) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
        ] {
            assert!(
                (half_to_f32(bits) - number).abs() < f32::EPSILON * number.abs(),
                "{bits:#x}"
            );
        }
        assert!(half_to_f32(0x7c00).is_infinite());
    }
}
