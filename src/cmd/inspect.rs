//! Pictures and a question in, what the model would get out: the chain of each picture, the prompt's ids, the token budget.

use std::io::Write as _;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Value, json};

use super::output::{json_pretty, model_json};
use super::{files, pictures, prior, start, values};
use crate::cli::InspectArgs;
use crate::context::Fitted;
use crate::error::Failure;
use crate::imaging::montage::{Layout, Tile, montage};
use crate::imaging::{self, Tag};
use crate::lab::facts::{picture_json, quant_name};
use crate::lab::{Lab, Opened};
use crate::session::safe::printable;
use crate::settings::Settings;

impl InspectArgs {
    /// Prepares everything that `ask` would, by the same path, and shows it instead of asking; the model runs only for `--logits`.
    ///
    /// # Errors
    /// When a picture, the question or the model is wrong, or a file cannot be written.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        if let Some(done) = self.without_model(settings)? {
            std::io::stdout().write_all(done.as_bytes())?;
            return Ok(());
        }
        let pictures = pictures::open(&self.files, settings)?;
        let priors: Result<Vec<_>, _> = self.priors.iter().map(|it| prior::of_flag(it)).collect();
        let priors = priors?;
        let mut lab = start(settings)?;
        for picture in pictures {
            lab.take(picture);
        }
        for prior in priors {
            lab.add_prior(prior.date.as_deref(), &prior.text)?;
        }
        let fitted = lab.budget(&self.question)?;
        let mut written = Vec::new();
        if let Some(path) = &self.pixels {
            written.push(write_pixels(path, &lab)?);
        }
        if let Some(path) = &self.png {
            let wrote = write_png(path, &lab)?;
            written.push(format!("what the model sees, {wrote}"));
        }
        if let Some(path) = &self.logits {
            written.push(write_logits(path, &lab, &fitted)?);
        }
        let text = if self.json {
            json_pretty(&self.object(&lab, &fitted, settings))
        } else {
            self.report(&lab, &fitted, settings, &written)
        };
        std::io::stdout().write_all(text.as_bytes())?;
        Ok(())
    }

    /// What is about the files alone: header, list of series, values. `None` when nothing of it was asked for.
    fn without_model(&self, settings: &Settings) -> anyhow::Result<Option<String>> {
        let view = settings.options().view;
        if self.about.header {
            let mut tags = Vec::new();
            for name in &self.files {
                tags.push((name, imaging::header(name, self.about.phi)?));
            }
            return Ok(Some(if self.json {
                json_pretty(&json!(
                    tags.iter().map(|(_, it)| tags_json(it)).collect::<Vec<_>>()
                ))
            } else {
                tags.iter().map(|(_, it)| tag_lines(it)).collect()
            }));
        }
        if self.about.list_series {
            let mut lines = Vec::new();
            for name in &self.files {
                lines.extend(imaging::list(name)?);
            }
            return Ok(Some(lines.iter().map(|it| printable(it) + "\n").collect()));
        }
        if let Some(path) = &self.about.values {
            let wrote = values::write(&self.files, &view, path)?;
            return Ok(Some(format!("wrote {wrote}\n")));
        }
        Ok(None)
    }

    /// For people: a block a picture, the budget, the ids.
    fn report(
        &self,
        lab: &Lab,
        fitted: &Fitted,
        settings: &Settings,
        written: &[String],
    ) -> String {
        let loaded = lab.loaded();
        let (name, device, quant) = (&loaded.name, &loaded.device, quant_name(loaded.quant));
        let model = format!("{name} ({device}, {quant}), sha256 {}", loaded.sha256);
        let mut lines = vec![line("model", &model)];
        for (index, opened) in lab.pictures().iter().enumerate() {
            lines.extend(picture_lines(index + 1, opened));
        }
        lines.push(line("question", &self.question));
        let (length, ctx, room) = (fitted.prompt.ids.len(), settings.ctx, fitted.room);
        let budget = format!("{length} tokens of {ctx}, {room} left for the answer");
        lines.push(line("prompt", &budget));
        if let Some(most) = fitted.pictures_that_fit(lab.pictures().len()) {
            let fit = format!("{most} such pictures fit with this question");
            lines.push(line("", &fit));
        }
        let slots = fitted.slots.iter();
        lines.extend(slots.map(|slot| line("", &format!("{:12} {:>5}", slot.slot, slot.tokens))));
        lines.extend(fitted.dropped.iter().map(|what| line("left out", what)));
        if self.ids {
            let ids: Vec<String> = fitted.prompt.ids.iter().map(u32::to_string).collect();
            lines.push(line("ids", &ids.join(" ")));
        }
        lines.extend(written.iter().map(|what| line("wrote", what)));
        lines.join("\n") + "\n"
    }

    /// For programs: one object.
    fn object(&self, lab: &Lab, fitted: &Fitted, settings: &Settings) -> Value {
        let (loaded, ids) = (lab.loaded(), &fitted.prompt.ids);
        let slots = fitted.slots.iter();
        let places = fitted.prompt.pictures.iter();
        json!({
            "question": self.question,
            "pictures": lab.pictures().iter().map(picture_json).collect::<Vec<_>>(),
            "pixels_shape": pixels_shape(lab),
            "prompt_tokens": ids.len(),
            "image_tokens": ids.iter().filter(|id| **id == loaded.tokens.image).count(),
            "ids": ids,
            "places": places
                .map(|(first, picture)| json!({ "first_place": first, "picture": picture }))
                .collect::<Vec<_>>(),
            "slots": slots
                .map(|it| json!({ "slot": it.slot, "tokens": it.tokens }))
                .collect::<Vec<_>>(),
            "dropped": fitted.dropped,
            "pictures_that_fit": fitted.pictures_that_fit(lab.pictures().len()),
            "ctx": settings.ctx,
            "room": fitted.room,
            "model": model_json(loaded),
        })
    }
}

/// A name and what there is to say, safe to print.
fn line(name: &str, what: &str) -> String {
    format!("{name:11}{}", printable(what))
}

fn picture_lines(number: usize, opened: &Opened) -> Vec<String> {
    let origin = &opened.picture.origin;
    let mut lines = vec![
        line(&format!("picture {number}"), &origin.name),
        line("", &format!("file sha256 {}", origin.sha256)),
    ];
    let chain = opened.chain();
    lines.extend(chain.iter().map(|step| line("", &format!("→ {step}"))));
    let (size, sha256) = (opened.prepared.size, &opened.prepared.sha256);
    let pixels = format!("pixels [3, {size}, {size}] sha256 {sha256}");
    lines.push(line("", &pixels));
    lines
}

/// `(0028,0010) US Rows                 512`, indented by sequence.
fn tag_lines(tags: &[Tag]) -> String {
    let line = |tag: &Tag| {
        let (group, element) = tag.tag;
        let indent = "  ".repeat(tag.depth);
        let line = format!(
            "{indent}({group:04X},{element:04X}) {} {:32} {}",
            tag.vr, tag.name, tag.value
        );
        printable(line.trim_end()) + "\n"
    };
    tags.iter().map(line).collect()
}

fn tags_json(tags: &[Tag]) -> Value {
    let one = |tag: &Tag| {
        let (group, element) = tag.tag;
        json!({
            "tag": format!("{group:04X},{element:04X}"),
            "depth": tag.depth,
            "vr": tag.vr,
            "name": tag.name,
            "value": tag.value,
            "identifies": tag.identifies,
        })
    };
    json!(tags.iter().map(one).collect::<Vec<_>>())
}

/// What the model sees, picture by picture from left to right.
fn write_png(path: &Path, lab: &Lab) -> anyhow::Result<String> {
    let size = lab.loaded().preprocess.size;
    let tiles: Vec<Tile<'_>> = lab
        .pictures()
        .iter()
        .map(|opened| Tile {
            rgb: &opened.prepared.rgb,
            size: (size, size),
            label: opened.picture.label.clone().unwrap_or_default(),
        })
        .collect();
    if let [one] = tiles.as_slice() {
        return files::png(path, one.size, one.rgb);
    }
    let sheet = montage(&tiles, Layout::default()).map_err(Failure::Usage)?;
    files::png(path, (sheet.width, sheet.height), &sheet.rgb)
}

fn pixels_shape(lab: &Lab) -> [usize; 4] {
    let size = lab.loaded().preprocess.size;
    [lab.pictures().len(), 3, size, size]
}

/// `pixels`, f32, `[n, 3, S, S]`.
fn write_pixels(path: &Path, lab: &Lab) -> anyhow::Result<String> {
    let shape = pixels_shape(lab);
    let values = lab.pictures().iter().flat_map(|it| &it.prepared.values);
    let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
    let pixels = TensorView::new(Dtype::F32, shape.to_vec(), &bytes)?;
    write(path, [("pixels", pixels)])?;
    Ok(format!("pixels {shape:?} f32 to {}", path.display()))
}

/// `logits`, f32, `[t, vocabulary]`, at every position of the prompt, and its `ids`, u32, `[t]`.
fn write_logits(path: &Path, lab: &Lab, fitted: &Fitted) -> anyhow::Result<String> {
    let prompt = &fitted.prompt;
    let pictures = lab.pictures().iter().map(|it| it.prepared.clone());
    let rows = lab
        .engine()
        .logits(prompt.clone(), pictures.collect())
        .map_err(|error| Failure::Model(format!("{error:#}")))?;
    let (tokens, vocabulary) = (rows.len(), rows.first().map_or(0, Vec::len));
    let values = rows.into_iter().flatten();
    let values: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
    let ids: Vec<u8> = prompt.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    let logits = TensorView::new(Dtype::F32, vec![tokens, vocabulary], &values)?;
    let ids = TensorView::new(Dtype::U32, vec![prompt.ids.len()], &ids)?;
    write(path, [("logits", logits), ("ids", ids)])?;
    Ok(format!(
        "logits [{tokens}, {vocabulary}] f32 and ids [{tokens}] u32 to {}",
        path.display()
    ))
}

fn write<const N: usize>(path: &Path, tensors: [(&str, TensorView<'_>); N]) -> anyhow::Result<()> {
    Ok(files::write(path, &serialize(tensors, None)?)?)
}
