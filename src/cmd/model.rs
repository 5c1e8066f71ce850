//! A loaded model in, what is known of it out: architecture, parameters, memory by part, licence and hash.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::output::json_pretty;
use super::start;
use crate::cli::ModelInfoArgs;
use crate::engine::{Loaded, Source};
use crate::lab::facts::quant_name;
use crate::model::config::{LayerKind, TextConfig};
use crate::session::safe::printable;
use crate::settings::Settings;

/// What every checkpoint that we load is.
const ARCHITECTURE: &str = "Gemma3ForConditionalGeneration";

impl ModelInfoArgs {
    /// Loads the model and prints what is known of it.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let lab = start(settings)?;
        let info = info(lab.loaded(), settings);
        let text = if self.json {
            json_pretty(&info)
        } else {
            table(&info).context("a table")?
        };
        std::io::stdout().write_all(text.as_bytes())?;
        Ok(())
    }
}

fn info(loaded: &Loaded, settings: &Settings) -> Value {
    let part = |(part, parameters, bytes): &(String, u64, u64)| json!({ "part": part, "parameters": parameters, "bytes": bytes });
    let parameters: u64 = loaded.memory.iter().map(|it| it.1).sum();
    let bytes: u64 = loaded.memory.iter().map(|it| it.2).sum();
    let config = &loaded.config;
    json!({
        "architecture": ARCHITECTURE,
        "model": {
            "name": loaded.name,
            "hash": loaded.sha256,
            "tokenizer_hash": loaded.tokenizer.sha256(),
            "device": loaded.device,
            "quant": quant_name(loaded.quant),
            "stored_as": config.dtype,
        },
        "licence": licence(&settings.model),
        "text": text_json(&config.text),
        "vision": config.vision.as_ref().map(|it| json!({
            "width": it.hidden_size,
            "layers": it.num_hidden_layers,
            "heads": it.num_attention_heads,
            "image_size": it.image_size,
            "patch_size": it.patch_size,
            "tokens_per_picture": it.tokens_per_picture,
        })),
        "context": { "window": settings.ctx, "longest": config.text.max_position_embeddings },
        "parameters": parameters,
        "bytes": bytes,
        "memory": loaded.memory.iter().map(part).collect::<Vec<_>>(),
        "load_ms": loaded.load_ms,
        "notes": config.notes,
    })
}

fn text_json(text: &TextConfig) -> Value {
    let n_global = text
        .layers
        .iter()
        .filter(|it| **it == LayerKind::Global)
        .count();
    json!({
        "width": text.hidden_size,
        "layers": text.layers.len(),
        "global_layers": n_global,
        "local_layers": text.layers.len() - n_global,
        "sliding_window": text.sliding_window,
        "heads": text.num_attention_heads,
        "kv_heads": text.num_key_value_heads,
        "head_width": text.head_dim,
        "vocabulary": text.vocab_size,
    })
}

/// The licence: ours, or what the front matter of the folder's README says.
fn licence(source: &Source) -> String {
    match source {
        Source::Phantom => "Apache-2.0".to_owned(),
        Source::Folder(folder) => {
            stated(folder).unwrap_or_else(|| "not stated in the folder".to_owned())
        }
    }
}

/// `license_name`, else `license`, of a model card's front matter.
fn stated(folder: &Path) -> Option<String> {
    let card = fs_err::read_to_string(folder.join("README.md")).ok()?;
    let matter = card.strip_prefix("---")?.split("\n---").next()?;
    let value = |key: &str| {
        matter
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':').map(str::trim))
    };
    value("license_name")
        .or_else(|| value("license"))
        .map(str::to_owned)
}

#[expect(clippy::too_many_lines, reason = "one line a row of the table")]
fn table(info: &Value) -> Result<String, std::fmt::Error> {
    let mut table = String::new();
    let mut row = |name: &str, value: String| writeln!(table, "{name:<14} {}", printable(&value));
    let (model, text, vision) = (&info["model"], &info["text"], &info["vision"]);
    row("model", plain(&model["name"]))?;
    row("architecture", plain(&info["architecture"]))?;
    row("licence", plain(&info["licence"]))?;
    row("hash", plain(&model["hash"]))?;
    row("tokenizer", plain(&model["tokenizer_hash"]))?;
    row(
        "device",
        format!(
            "{}, weights {} (stored as {})",
            plain(&model["device"]),
            plain(&model["quant"]),
            plain(&model["stored_as"])
        ),
    )?;
    row(
        "context",
        format!(
            "{} tokens (the model takes up to {})",
            info["context"]["window"], info["context"]["longest"]
        ),
    )?;
    row(
        "text",
        format!(
            "{} layers ({} local of {} tokens, {} global), {} wide, {} heads of {} ({} for keys and values), {} tokens known",
            text["layers"],
            text["local_layers"],
            text["sliding_window"],
            text["global_layers"],
            text["width"],
            text["heads"],
            text["head_width"],
            text["kv_heads"],
            text["vocabulary"]
        ),
    )?;
    if vision.is_object() {
        let (side, patch) = (&vision["image_size"], &vision["patch_size"]);
        let (layers, width, heads) = (&vision["layers"], &vision["width"], &vision["heads"]);
        let tokens = &vision["tokens_per_picture"];
        row(
            "vision",
            format!(
                "{layers} layers, {width} wide, {heads} heads; {side} × {side} pixels, patches of {patch}, {tokens} tokens a picture"
            ),
        )?;
    }
    let size = |it: &Value| {
        format!(
            "{:>8.2} M parameters {:>9.2} MiB",
            number(&it["parameters"]) / 1e6,
            number(&it["bytes"]) / 1_048_576.0
        )
    };
    row("memory", size(info))?;
    for part in info["memory"].as_array().into_iter().flatten() {
        row(&format!("  {}", plain(&part["part"])), size(part))?;
    }
    for note in info["notes"].as_array().into_iter().flatten() {
        row("note", plain(note))?;
    }
    Ok(table)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
