//! A source in, a loaded model out: the embedded files or a folder, and the small configs beside the weights.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::{Loaded, Quant, Source};
use crate::model::config::ModelConfig;
use crate::model::keys::{ids, printable, short};
use crate::model::weights::{Files, Shard};
use crate::model::{LoadError, Model};
use crate::preprocess::PreprocessConfig;
use crate::tokenizer::{NamedTokens, SpecialTokens, Tokenizer};

/// The name a source goes by.
pub(super) fn name(source: &Source) -> String {
    match source {
        Source::Phantom => "phantom".to_owned(),
        Source::Folder(folder) => printable(
            &folder
                .file_name()
                .unwrap_or(folder.as_os_str())
                .to_string_lossy(),
        ),
    }
}

/// Opens the files of a source.
fn files(source: &Source) -> Result<Files, LoadError> {
    match source {
        Source::Folder(folder) => Files::open(folder),
        Source::Phantom => Ok(Files {
            name: name(source),
            config: Cow::Borrowed(include_bytes!("../demo/config.json")),
            generation: Some(Cow::Borrowed(include_bytes!(
                "../demo/generation_config.json"
            ))),
            preprocessor: Some(Cow::Borrowed(include_bytes!(
                "../demo/preprocessor_config.json"
            ))),
            tokenizer: Cow::Borrowed(include_bytes!("../demo/tokenizer.json")),
            shards: vec![Shard::embedded(
                "model.safetensors",
                include_bytes!("../demo/model.safetensors"),
            )],
        }),
    }
}

/// Loads everything; weights are hashed on another thread meanwhile.
pub(super) fn load(
    source: &Source,
    quant: Quant,
    progress: &(dyn Fn(f32) + Sync),
) -> Result<(Model, Loaded), LoadError> {
    let begun = Instant::now();
    let files = files(source)?;
    let fail = |problem: String| LoadError {
        name: files.name.clone(),
        problem,
    };
    let (sha256, tokenizer, model) = std::thread::scope(|scope| {
        let sha256 = scope.spawn(|| files.sha256());
        let tokenizer = scope.spawn(|| Tokenizer::from_bytes(&files.tokenizer));
        let model = Model::load(&files, quant, progress);
        (sha256.join(), tokenizer.join(), model)
    });
    let model = model?;
    let sha256 = sha256.map_err(|_panic| fail("the weights could not be hashed".to_owned()))?;
    let tokenizer = tokenizer
        .map_err(|_panic| fail("tokenizer.json could not be read".to_owned()))?
        .map_err(|error| fail(printable(&format!("{error:#}"))))?;
    let mut config = model.config().clone();
    let named = NamedTokens {
        boi: Some(config.boi_token),
        eoi: Some(config.eoi_token),
        image: Some(config.image_token),
        stop: stop_ids(files.generation.as_deref(), &config).map_err(&fail)?,
    };
    let tokens = SpecialTokens::find(&tokenizer, &named)
        .map_err(|error| fail(printable(&format!("{error:#}"))))?;
    let preprocess = preprocess(files.preprocessor.as_deref(), &mut config).map_err(&fail)?;
    let loaded = Loaded {
        name: files.name.clone(),
        sha256,
        tokenizer: Arc::new(tokenizer),
        tokens,
        preprocess,
        device: "cpu".to_owned(),
        quant,
        memory: model.memory(),
        config,
        load_ms: begun.elapsed().as_secs_f64() * 1e3,
    };
    Ok((model, loaded))
}

/// `eos_token_id` of `generation_config.json`, else of `config.json`.
fn stop_ids(generation: Option<&[u8]>, config: &ModelConfig) -> Result<Vec<u32>, String> {
    let Some(json) = generation else {
        return Ok(config.eos_tokens.clone());
    };
    let json: Value = serde_json::from_slice(json).map_err(|error| {
        format!("generation_config.json is not JSON ({error}); download it again")
    })?;
    match json.get("eos_token_id") {
        None | Some(Value::Null) => Ok(config.eos_tokens.clone()),
        Some(value) => ids(value).ok_or_else(|| {
            format!(
                "generation_config.json: eos_token_id is {}, expected a token id or a list of them",
                short(value)
            )
        }),
    }
}

/// What `preprocessor_config.json` says; without one, what Gemma 3's does, for this checkpoint's picture size.
fn preprocess(json: Option<&[u8]>, config: &mut ModelConfig) -> Result<PreprocessConfig, String> {
    let side = config.vision.as_ref().map(|vision| vision.image_size);
    let Some(json) = json else {
        if side.is_some() {
            config.notes.push(
                "there is no preprocessor_config.json: pictures are prepared as for Gemma 3"
                    .to_owned(),
            );
        }
        let size = side.unwrap_or(896);
        return Ok(PreprocessConfig {
            size,
            rescale: 1.0 / 255.0,
            mean: [0.5; 3],
            std: [0.5; 3],
        });
    };
    let root: Value = serde_json::from_slice(json).map_err(|error| {
        format!("preprocessor_config.json is not JSON ({error}); download it again")
    })?;
    // Transformers 5 may write `processor_config.json`, which holds the same one level down.
    let keys = Keys(root.get("image_processor").unwrap_or(&root));
    keys.refuse_other_steps()?;
    let size = keys.size(side)?;
    if let Some(side) = side
        && side != size
    {
        return Err(format!(
            "preprocessor_config.json makes pictures of {size} pixels a side, but config.json expects {side}"
        ));
    }
    Ok(PreprocessConfig {
        size,
        rescale: keys.number("rescale_factor", 1.0 / 255.0)?,
        mean: keys.colours("image_mean")?,
        std: keys.colours("image_std")?,
    })
}

/// The keys of `preprocessor_config.json`.
struct Keys<'a>(&'a Value);

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn wrong(key: &str, value: &Value, expected: &str) -> String {
        format!(
            "preprocessor_config.json: {key} is {}, expected {expected}",
            short(value)
        )
    }

    /// Steps that are always taken, or never.
    fn refuse_other_steps(&self) -> Result<(), String> {
        let fixed = [
            ("do_resize", true),
            ("do_rescale", true),
            ("do_normalize", true),
            ("do_pan_and_scan", false),
        ];
        for (key, expected) in fixed {
            if let Some(value) = self
                .get(key)
                .filter(|value| value.as_bool() != Some(expected))
            {
                return Err(Self::wrong(key, value, &expected.to_string()));
            }
        }
        match self
            .get("resample")
            .filter(|value| value.as_u64() != Some(2))
        {
            Some(value) => Err(Self::wrong("resample", value, "2 (bilinear)")),
            None => Ok(()),
        }
    }

    fn size(&self, default: Option<usize>) -> Result<usize, String> {
        let Some(value) = self.get("size") else {
            return Ok(default.unwrap_or(896));
        };
        let side = |value: &Value| {
            value
                .as_u64()
                .filter(|side| (1..=1 << 14).contains(side))
                .and_then(|side| usize::try_from(side).ok())
        };
        let pair = (
            value.get("height").and_then(side),
            value.get("width").and_then(side),
        );
        match pair {
            (Some(height), Some(width)) if height == width => Ok(height),
            _ => side(value).ok_or_else(|| Self::wrong("size", value, "equal height and width")),
        }
    }

    fn number(&self, key: &str, default: f64) -> Result<f64, String> {
        match self.get(key) {
            None => Ok(default),
            Some(value) => value
                .as_f64()
                .filter(|&number| number > 0.0)
                .ok_or_else(|| Self::wrong(key, value, "a positive number")),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    fn colours(&self, key: &str) -> Result<[f32; 3], String> {
        let Some(value) = self.get(key) else {
            return Ok([0.5; 3]);
        };
        let numbers: Option<Vec<f32>> = value.as_array().and_then(|list| {
            list.iter()
                .map(|number| number.as_f64().map(|number| number as f32))
                .collect()
        });
        numbers
            .and_then(|numbers| <[f32; 3]>::try_from(numbers).ok())
            .filter(|numbers| key != "image_std" || numbers.iter().all(|&number| number > 0.0))
            .ok_or_else(|| Self::wrong(key, value, "three numbers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(json: &str) -> Result<PreprocessConfig, String> {
        let mut config = ModelConfig::parse(br#"{"model_type":"gemma3_text"}"#).unwrap();
        preprocess(Some(json.as_bytes()), &mut config)
    }

    #[test]
    fn both_spellings_of_the_preprocessor_are_read() {
        let inner = r#"{"size":{"height":56,"width":56},"rescale_factor":0.00392156862745098,"image_mean":[0.5,0.4,0.3],"image_std":[0.5,0.5,0.5],"do_pan_and_scan":null}"#;
        let flat = keys(inner).unwrap();
        assert_eq!((flat.size, flat.mean), (56, [0.5, 0.4, 0.3]));
        assert_eq!(
            keys(&format!(
                r#"{{"image_processor":{inner},"image_seq_length":4}}"#
            )),
            Ok(flat)
        );
    }

    #[test]
    fn steps_that_are_not_built_are_refused_by_name() {
        for (json, key) in [
            (r#"{"do_pan_and_scan":true}"#, "do_pan_and_scan"),
            (r#"{"resample":3}"#, "resample"),
            (r#"{"size":{"height":56,"width":64}}"#, "size"),
            (r#"{"image_std":[0.5,0,0.5]}"#, "image_std"),
            (r#"{"rescale_factor":"x"}"#, "rescale_factor"),
        ] {
            assert!(keys(json).unwrap_err().contains(key), "{json}");
        }
    }

    #[test]
    fn stop_ids_may_be_one_or_many() {
        let config =
            ModelConfig::parse(br#"{"model_type":"gemma3_text","eos_token_id":[1,106]}"#).unwrap();
        assert_eq!(stop_ids(None, &config), Ok(vec![1, 106]));
        assert_eq!(
            stop_ids(Some(br#"{"eos_token_id":7}"#), &config),
            Ok(vec![7])
        );
        assert_eq!(
            stop_ids(Some(br#"{"eos_token_id":[7,8]}"#), &config),
            Ok(vec![7, 8])
        );
        assert!(stop_ids(Some(br#"{"eos_token_id":"x"}"#), &config).is_err());
    }
}
