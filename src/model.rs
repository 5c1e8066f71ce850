//! Gemma 3 with eyes: pixels and ids in, logits out. Knows no text, no terminal, no session.
//!
//! Letters of shapes: `b` batch, `n` rows of a picture, `t` tokens, `p` patches, `h` heads, `d` head size. Names of fields
//! are the checkpoint's. Weights stay in bf16 where the checkpoint has them so; arithmetic is in f32, as in Transformers
//! with `dtype=float32`.

use std::sync::Arc;

use candle_core::{Result, Tensor};

pub mod attention;
pub mod cache;
pub mod config;
mod kernels;
pub mod keys;
mod linear;
mod projector;
pub mod quant;
mod rope;
pub mod sample;
mod tensors;
mod text;
mod vision;
pub mod weights;

use attention::{Span, picture_runs};
use cache::{Cache, Slot};
use config::ModelConfig;
use projector::Projector;
use quant::Quant;
use text::Text;
use vision::Tower;
use weights::{Files, Weights};

/// Why a checkpoint could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct LoadError {
    /// The model as it was named.
    pub name: String,
    /// One sentence: what was found, what was expected, what to do.
    pub problem: String,
}

/// A loaded checkpoint.
pub struct Model {
    config: ModelConfig,
    eyes: Option<(Tower, Projector)>,
    text: Text,
}

impl Model {
    /// Loads a checkpoint in the memory of the CPU; calls `progress` with 0.0 ..= 1.0, from any thread.
    ///
    /// # Errors
    /// When the config asks for another graph, or a tensor is missing, superfluous or of another shape.
    pub fn load(
        files: &Files,
        quant: Quant,
        progress: &(dyn Fn(f32) + Sync),
    ) -> std::result::Result<Self, LoadError> {
        let mut config =
            ModelConfig::parse(&files.config).map_err(|problem| files.fail(problem))?;
        let weights = Weights::read(files)?;
        if config.vision.is_some() && !weights.has("vision.") && !weights.has("projector.") {
            config.vision = None;
            config
                .notes
                .push("the checkpoint holds no vision tower: it reads, and cannot see".to_owned());
        }
        let steps = (config.text.layers.len() + 2) as f32;
        let text = Text::load(files, &weights, &config.text, quant, &|done| {
            progress(done as f32 / steps);
        })?;
        progress((steps - 1.0) / steps);
        let eyes = match &config.vision {
            None => None,
            Some(vision) => Some((
                Tower::load(&weights, vision)?,
                Projector::load(&weights, vision, &config.text)?,
            )),
        };
        weights.finish(config.text.tie_word_embeddings)?;
        progress(1.0);
        Ok(Self { config, eyes, text })
    }

    /// The checkpoint's graph.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Layers of the tower; 0 when it cannot see.
    pub fn vision_layers(&self) -> usize {
        self.eyes.as_ref().map_or(0, |(tower, _)| tower.depth())
    }

    /// The tower alone: pixels `[b, 3, S, S]` → patches `[b, p, vision width]` after `post_layernorm`, before pooling.
    ///
    /// # Errors
    /// When the checkpoint cannot see, or the pixels have another shape.
    pub fn vision_hidden(&self, pixels: &Tensor) -> Result<Tensor> {
        let (tower, _) = self.eyes()?;
        let patches = (0..pixels.dim(0)?)
            .filter_map(|b| {
                pixels
                    .get(b)
                    .and_then(|pixels| tower.forward(&pixels.contiguous()?, &mut |_| true))
                    .transpose()
            })
            .collect::<Result<Vec<_>>>()?;
        Tensor::stack(&patches, 0)
    }

    /// Sees pictures, one after another: pixels `[b, 3, S, S]` → rows `[b, n, hidden]`, ready for their places. Calls
    /// `go_on(layers done)` after each of `b · vision_layers()` layers and gives `None` when told to stop.
    ///
    /// # Errors
    /// When the checkpoint cannot see, or the pixels have another shape.
    pub fn see(
        &self,
        pixels: &Tensor,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Tensor>> {
        let (tower, projector) = self.eyes()?;
        let mut seen = Vec::new();
        for b in 0..pixels.dim(0)? {
            let before = b * tower.depth();
            let Some(patches) = tower.forward(&pixels.get(b)?.contiguous()?, &mut |done| {
                go_on(before + done)
            })?
            else {
                return Ok(None);
            };
            seen.push(projector.forward(&patches)?);
        }
        Tensor::stack(&seen, 0).map(Some)
    }

    fn eyes(&self) -> Result<&(Tower, Projector)> {
        match &self.eyes {
            Some(eyes) => Ok(eyes),
            None => candle_core::bail!(
                "this checkpoint has no vision tower; ask without pictures, or choose another model"
            ),
        }
    }

    /// Ids and the rows of their pictures (`[n, hidden]` each, in order of their places) → embeddings `[t, hidden]`.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or the rows do not fill the places.
    pub fn embed(&self, ids: &[u32], pictures: &[Tensor]) -> Result<Tensor> {
        let vocab = self.config.text.vocab_size;
        if let Some(id) = ids
            .iter()
            .find(|&&id| id as usize >= vocab && id != self.config.image_token)
        {
            candle_core::bail!("the token {id} is not in the vocabulary of {vocab}")
        }
        let image = self.config.image_token;
        let runs = picture_runs(ids, image);
        let places: usize = runs.iter().map(std::ops::Range::len).sum();
        let given = pictures
            .iter()
            .map(|rows| rows.dim(0))
            .sum::<Result<usize>>()?;
        if places != given {
            candle_core::bail!(
                "the prompt has {places} places for pictures, but the pictures have {given} rows"
            )
        }
        // A place's own embedding is overwritten, and its id may lie beyond the embedding's rows.
        let words: Vec<u32> = ids
            .iter()
            .map(|&id| if id == image { 0 } else { id })
            .collect();
        let words = self.text.embed(&words)?;
        if runs.is_empty() {
            return Ok(words);
        }
        let rows = Tensor::cat(pictures, 0)?;
        let (mut parts, mut at, mut row) = (Vec::new(), 0, 0);
        for run in runs {
            parts.push(words.narrow(0, at, run.start - at)?);
            parts.push(rows.narrow(0, row, run.len())?);
            row += run.len();
            at = run.end;
        }
        parts.push(words.narrow(0, at, ids.len() - at)?);
        parts.retain(|part| part.elem_count() > 0);
        Tensor::cat(&parts, 0)
    }

    /// Reads the next tokens into the cache: ids, what to remember of each (`slots`), and their pictures' rows → states
    /// `[t, hidden]`. A picture must come whole. Looks at `go_on` before each layer; when told to stop gives `None`, and
    /// the cache is as if nothing had been read.
    ///
    /// # Errors
    /// When there are more tokens than the cache takes at once, or rows and places disagree.
    pub fn read(
        &mut self,
        cache: &mut Cache,
        chunk: &Chunk<'_>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Tensor>> {
        if chunk.ids.is_empty()
            || chunk.ids.len() > cache.chunk()
            || chunk.slots.len() != chunk.ids.len()
        {
            candle_core::bail!(
                "{} tokens at once, expected 1 to {}",
                chunk.ids.len(),
                cache.chunk()
            )
        }
        let embeddings = self.embed(chunk.ids, chunk.pictures)?;
        let span = Span::new(cache.len(), chunk.ids, self.config.image_token);
        let states = self
            .text
            .forward(embeddings, &span, cache, self.text.depth(), go_on)?;
        if states.is_some() {
            cache.accept(chunk.slots);
        }
        Ok(states)
    }

    /// States `[t, hidden]` → logits `[t, vocab]`.
    ///
    /// # Errors
    /// When the states have another width.
    pub fn logits(&self, states: &Tensor) -> Result<Tensor> {
        self.text.logits(states)
    }

    /// Everything at once, without a cache to keep: logits `[t, vocab]` at every position.
    ///
    /// # Errors
    /// As for [`Model::embed`].
    pub fn forward_all(&mut self, ids: &[u32], pictures: &[Tensor]) -> Result<Tensor> {
        let states = self.hidden_after(self.text.depth(), ids, pictures)?;
        self.logits(&states)
    }

    /// The states `[t, hidden]` after the first `layers` decoder layers (0: the embeddings), before the last norm.
    ///
    /// # Errors
    /// As for [`Model::embed`].
    pub fn hidden_after(
        &mut self,
        layers: usize,
        ids: &[u32],
        pictures: &[Tensor],
    ) -> Result<Tensor> {
        let embeddings = self.embed(ids, pictures)?;
        let mut cache = Cache::new(&self.config.text, ids.len());
        let span = Span::new(0, ids, self.config.image_token);
        let states = self
            .text
            .forward(embeddings, &span, &mut cache, layers, &mut || true)?;
        Ok(states.expect("nobody told it to stop"))
    }

    /// What each part takes: name, parameters, bytes.
    pub fn memory(&self) -> Vec<(String, u64, u64)> {
        let [embeddings, decoder] = self.text.sizes();
        let eyes = self.eyes.as_ref().map(|(tower, projector)| {
            [
                ("vision", tower.size() as u64),
                ("projector", projector.size() as u64),
            ]
            .map(|(name, count)| (name.to_owned(), count, count * 4))
        });
        let text = [("embeddings", embeddings), ("decoder", decoder)];
        eyes.into_iter()
            .flatten()
            .chain(text.map(|(name, (count, bytes))| (name.to_owned(), count, bytes)))
            .collect()
    }
}

/// Tokens that are read at once.
pub struct Chunk<'a> {
    /// Their ids.
    pub ids: &'a [u32],
    /// What the cache remembers of each.
    pub slots: &'a [Slot],
    /// The rows of the pictures among them, `[n, hidden]` each, in order.
    pub pictures: &'a [Tensor],
}

impl Slot {
    /// Plain tokens.
    pub fn tokens(ids: &[u32]) -> Vec<Self> {
        ids.iter().map(|&id| Self::Token(id)).collect()
    }

    /// The places of a picture of `rows` rows.
    pub fn picture(hash: &str, rows: usize) -> Vec<Self> {
        let hash: Arc<str> = hash.into();
        (0..rows)
            .map(|row| Self::Image {
                hash: hash.clone(),
                row,
            })
            .collect()
    }
}
