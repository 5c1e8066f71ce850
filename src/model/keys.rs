//! One JSON object of `config.json` in, typed values out; remembers which keys were asked for and judges the rest.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::config::{LayerKind, Rope};

/// Keys that say nothing about the graph of a forward pass.
const HARMLESS: &[&str] = &[
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_name_or_path",
    "add_cross_attention",
    "architectures",
    "attention_dropout",
    "attn_implementation",
    "auto_map",
    "bad_words_ids",
    "begin_suppress_tokens",
    "cache_implementation",
    "chunk_size_feed_forward",
    "cross_attention_hidden_size",
    "decoder_start_token_id",
    "diversity_penalty",
    "do_sample",
    "dtype",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "eos_token_id",
    "exponential_decay_length_penalty",
    "finetuning_task",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "id2label",
    "initializer_factor",
    "initializer_range",
    "is_decoder",
    "is_encoder_decoder",
    "label2id",
    "length_penalty",
    "max_length",
    "min_length",
    "mm_tokens_per_image",
    "model_type",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_image_tokens",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_scores",
    "pad_token_id",
    "prefix",
    "problem_type",
    "projection_dim",
    "projector_hidden_act",
    "pruned_heads",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict",
    "return_dict_in_generate",
    "sep_token_id",
    "suppress_tokens",
    "task_specific_params",
    "temperature",
    "tf_legacy_loss",
    "tie_encoder_decoder",
    "tie_word_embeddings",
    "tokenizer_class",
    "top_k",
    "top_p",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "typical_p",
    "unsloth_fixed",
    "unsloth_version",
    "use_bfloat16",
    "use_cache",
    "vision_use_head",
];

/// Parts of names that speak of the graph: an unknown key that holds one and is switched on is refused.
const GRAPH_WORDS: &[&str] = &[
    "activation",
    "altup",
    "attention",
    "attn",
    "bias",
    "block",
    "expert",
    "hidden",
    "kv",
    "laurel",
    "layer",
    "lora",
    "moe",
    "norm",
    "pool",
    "quant",
    "residual",
    "rope",
    "rotary",
    "scal",
    "softcap",
    "sparsity",
    "window",
];

/// A JSON object, read key by key.
pub(super) struct Fields<'a> {
    /// Before every name in a message: `text_config.`, or nothing.
    path: &'static str,
    map: &'a Map<String, Value>,
    asked: HashSet<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(path: &'static str, map: &'a Map<String, Value>) -> Self {
        Self {
            path,
            map,
            asked: HashSet::new(),
        }
    }

    /// The value of a key; an explicit null is as good as none, as in Transformers.
    fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.insert(key);
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn wrong(&self, key: &str, value: &Value, expected: &str) -> String {
        format!(
            "config.json: {}{key} is {}, expected {expected}",
            self.path,
            short(value)
        )
    }

    pub(super) fn object(
        &mut self,
        key: &'static str,
    ) -> Result<Option<&'a Map<String, Value>>, String> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(self.wrong(key, other, "an object")),
        }
    }

    pub(super) fn text(&mut self, keys: &[&'static str]) -> Result<Option<String>, String> {
        let mut found = None;
        for &key in keys {
            match self.value(key) {
                None => {}
                Some(Value::String(text)) => found = found.or_else(|| Some(text.clone())),
                Some(other) => return Err(self.wrong(key, other, "a text")),
            }
        }
        Ok(found)
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, String> {
        match self.value(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(key, other, "true or false")),
        }
    }

    pub(super) fn number(&mut self, key: &'static str, default: f64) -> Result<f64, String> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => value
                .as_f64()
                .filter(|number| number.is_finite())
                .ok_or_else(|| self.wrong(key, value, "a number")),
        }
    }

    /// The small number under a norm's root.
    #[expect(clippy::cast_possible_truncation, reason = "epsilons are used in f32")]
    pub(super) fn epsilon(&mut self, key: &'static str, default: f64) -> Result<f32, String> {
        let epsilon = self.number(key, default)?;
        if (0.0..0.1).contains(&epsilon) {
            return Ok(epsilon as f32);
        }
        Err(format!(
            "config.json: {}{key} is {epsilon}, expected a small number such as 1e-6",
            self.path
        ))
    }

    /// A positive whole number, under the first of these names that is there.
    pub(super) fn size(&mut self, keys: &[&'static str], default: usize) -> Result<usize, String> {
        let mut found = None;
        for &key in keys {
            let Some(value) = self.value(key) else {
                continue;
            };
            let size = value
                .as_u64()
                .filter(|&size| size > 0 && size <= 1 << 24)
                .and_then(|size| usize::try_from(size).ok())
                .ok_or_else(|| self.wrong(key, value, "a whole number from 1 to 16777216"))?;
            found = found.or(Some(size));
        }
        Ok(found.unwrap_or(default))
    }

    /// A side in pixels: one number, or two equal ones.
    pub(super) fn side(&mut self, key: &'static str, default: usize) -> Result<usize, String> {
        let Some(Value::Array(sides)) = self.value(key) else {
            return self.size(&[key], default);
        };
        match sides.as_slice() {
            [one, two]
                if one == two
                    && one
                        .as_u64()
                        .is_some_and(|side| (1..=1 << 16).contains(&side)) =>
            {
                Ok(one
                    .as_u64()
                    .and_then(|side| usize::try_from(side).ok())
                    .unwrap_or(default))
            }
            _ => Err(self.wrong(
                key,
                &Value::Array(sides.clone()),
                "one number, or two equal ones",
            )),
        }
    }

    pub(super) fn id(&mut self, keys: &[&'static str], default: u32) -> Result<u32, String> {
        let mut found = None;
        for &key in keys {
            let Some(value) = self.value(key) else {
                continue;
            };
            found = found.or(Some(
                id(value).ok_or_else(|| self.wrong(key, value, "a token id"))?,
            ));
        }
        Ok(found.unwrap_or(default))
    }

    /// One id or a list of them.
    pub(super) fn ids(&mut self, key: &'static str) -> Result<Option<Vec<u32>>, String> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        ids(value)
            .map(Some)
            .ok_or_else(|| self.wrong(key, value, "a token id or a list of them"))
    }

    /// Refuses any activation but the tanh approximation of GELU.
    pub(super) fn activation(&mut self, keys: &[&'static str]) -> Result<(), String> {
        match self.text(keys)?.as_deref() {
            None | Some("gelu_pytorch_tanh") => Ok(()),
            Some(other) => Err(format!(
                "config.json: {}{} is {other:?}, and only \"gelu_pytorch_tanh\" is built",
                self.path, keys[0]
            )),
        }
    }

    /// What each layer sees, from `layer_types` or the pattern's length.
    pub(super) fn layers(&mut self, count: usize) -> Result<Vec<LayerKind>, String> {
        let pattern = self.size(&["sliding_window_pattern", "_sliding_window_pattern"], 6)?;
        let Some(value) = self.value("layer_types") else {
            let kind = |i: usize| match i % pattern {
                0 => LayerKind::Global,
                _ => LayerKind::Local,
            };
            return Ok((1..=count).map(kind).collect());
        };
        let names = value
            .as_array()
            .ok_or_else(|| self.wrong("layer_types", value, "a list"))?;
        if names.len() != count {
            return Err(format!(
                "config.json: layer_types names {} layers, but num_hidden_layers is {count}",
                names.len()
            ));
        }
        names
            .iter()
            .map(|name| match name.as_str() {
                Some("sliding_attention") => Ok(LayerKind::Local),
                Some("full_attention") => Ok(LayerKind::Global),
                _ => Err(self.wrong(
                    "layer_types",
                    name,
                    "\"sliding_attention\" or \"full_attention\"",
                )),
            })
            .collect()
    }

    /// The global and the local rotation, in the old spelling or the new.
    pub(super) fn ropes(&mut self) -> Result<(Rope, Rope), String> {
        let theta_global = self.number("rope_theta", 1e6)?;
        let theta_local = self.number("rope_local_base_freq", 1e4)?;
        let scaling = self.object("rope_scaling")?;
        let parameters = self.object("rope_parameters")?;
        let part = |key: &str| match parameters.and_then(|map| map.get(key)) {
            Some(Value::Object(map)) => Ok(Some(map)),
            None | Some(Value::Null) => Ok(None),
            Some(other) => Err(format!(
                "config.json: rope_parameters.{key} is {}, expected an object",
                short(other)
            )),
        };
        if let Some(key) = parameters.and_then(|map| {
            map.keys()
                .find(|key| !matches!(key.as_str(), "full_attention" | "sliding_attention"))
        }) {
            return Err(format!(
                "config.json: rope_parameters holds {:?}, expected \"full_attention\" and \"sliding_attention\"",
                printable(key)
            ));
        }
        let mut global = Rope {
            theta: theta_global,
            factor: 1.0,
        };
        for (path, map) in [
            ("rope_parameters.full_attention", part("full_attention")?),
            ("rope_scaling", scaling),
        ] {
            global = map.map_or(Ok(global), |map| rope(path, map, global))?;
        }
        let local = Rope {
            theta: theta_local,
            factor: 1.0,
        };
        let local = part("sliding_attention")?.map_or(Ok(local), |map| {
            rope("rope_parameters.sliding_attention", map, local)
        })?;
        Ok((global, local))
    }

    /// Judges the keys that nobody asked for.
    pub(super) fn finish(self, notes: &mut Vec<String>) -> Result<(), String> {
        for (key, value) in self.map {
            if self.asked.contains(key.as_str())
                || HARMLESS.contains(&key.as_str())
                || is_off(value)
            {
                continue;
            }
            let name = printable(key);
            if GRAPH_WORDS.iter().any(|word| key.contains(word)) {
                return Err(format!(
                    "config.json: {}{name} is {}, which changes the graph and is not built; use a plain Gemma 3 checkpoint",
                    self.path,
                    short(value)
                ));
            }
            notes.push(format!(
                "config.json: {}{name} is not known and was ignored",
                self.path
            ));
        }
        Ok(())
    }
}

/// One rotation's object over what is known so far.
fn rope(path: &str, map: &Map<String, Value>, so_far: Rope) -> Result<Rope, String> {
    let number = |key: &str, default: f64| match map.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value
            .as_f64()
            .filter(|&number| number > 0.0)
            .ok_or_else(|| {
                format!(
                    "config.json: {path}.{key} is {}, expected a positive number",
                    short(value)
                )
            }),
    };
    let kind = map
        .get("rope_type")
        .or_else(|| map.get("type"))
        .and_then(Value::as_str)
        .unwrap_or("default");
    let factor = match kind {
        "default" => 1.0,
        "linear" => number("factor", 1.0)?,
        other => {
            return Err(format!(
                "config.json: {path}.rope_type is {:?}, expected \"default\" or \"linear\"",
                printable(other)
            ));
        }
    };
    let known = ["rope_type", "type", "factor", "rope_theta"];
    let is_harmless = |key: &str, value: &Value| {
        known.contains(&key)
            || is_off(value)
            || (key == "partial_rotary_factor" && value.as_f64() == Some(1.0))
    };
    if let Some((key, _)) = map.iter().find(|(key, value)| !is_harmless(key, value)) {
        return Err(format!(
            "config.json: {path}.{} changes the graph and is not built",
            printable(key)
        ));
    }
    Ok(Rope {
        theta: number("rope_theta", so_far.theta)?,
        factor,
    })
}

/// Whether a value switches nothing on.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::String(_) => false,
    }
}

/// A value that may be a token's id.
fn id(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}

/// A token id, or a list of them with at least one.
pub fn ids(value: &Value) -> Option<Vec<u32>> {
    match value {
        Value::Array(list) if !list.is_empty() => list.iter().map(id).collect(),
        other => id(other).map(|id| vec![id]),
    }
}

/// A value for a message: short, and without control characters.
pub fn short(value: &Value) -> String {
    let text = printable(&value.to_string());
    if text.chars().count() <= 60 {
        text
    } else {
        text.chars().take(57).chain("...".chars()).collect()
    }
}

/// A text from a file for a message: without control characters.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
