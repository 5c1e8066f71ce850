//! Embeddings in, states and logits out: the decoder.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::LoadError;
use super::attention::{Attention, Span};
use super::cache::{Cache, Store};
use super::config::{LayerKind, TextConfig};
use super::kernels;
use super::linear::Linear;
use super::quant::{Quant, Role};
use super::rope::Table;
use super::tensors::{f32s, rows};
use super::weights::{Files, Weights};

/// Gemma's norm: in f32, times `1 + weight`.
pub(super) struct RmsNorm {
    /// With the one added.
    weight: Vec<f32>,
    eps: f32,
}

impl RmsNorm {
    pub(super) fn load(
        weights: &Weights<'_>,
        name: &str,
        width: usize,
        eps: f32,
    ) -> std::result::Result<Self, LoadError> {
        Ok(Self {
            weight: one_plus(weights.f32(name, &[width])?),
            eps,
        })
    }

    /// `[t, width]` → the same.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        rows(f32s(x, |x| self.norm(x))?, x.dim(0)?)
    }

    /// `x + norm(y)`.
    fn add(&self, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        let mut sum = f32s(y, |y| self.norm(y))?;
        f32s(x, |x| sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x))?;
        rows(sum, x.dim(0)?)
    }

    fn norm(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0f32; x.len()];
        kernels::rms_norm(x, &self.weight, self.eps, &mut out);
        out
    }

    fn size(&self) -> u64 {
        self.weight.len() as u64
    }
}

fn one_plus(weight: Vec<f32>) -> Vec<f32> {
    weight.into_iter().map(|w| 1.0 + w).collect()
}

struct Layer {
    kind: LayerKind,
    input_layernorm: RmsNorm,
    qkv_proj: Linear,
    self_attn: Attention,
    o_proj: Linear,
    post_attention_layernorm: RmsNorm,
    pre_feedforward_layernorm: RmsNorm,
    gate_up_proj: Linear,
    down_proj: Linear,
    post_feedforward_layernorm: RmsNorm,
    intermediate_size: usize,
}

impl Layer {
    fn load(
        files: &Files,
        weights: &Weights<'_>,
        config: &TextConfig,
        i: usize,
        quant: Quant,
    ) -> std::result::Result<Self, LoadError> {
        let (hidden, inner, d) = (
            config.hidden_size,
            config.intermediate_size,
            config.head_dim,
        );
        let (q, kv) = (
            config.num_attention_heads * d,
            config.num_key_value_heads * d,
        );
        let name = |part: &str| format!("text.layers.{i}.{part}.weight");
        let norm = |part: &str| RmsNorm::load(weights, &name(part), hidden, config.rms_norm_eps);
        let linear = |parts: &[(&str, usize)], from: usize| {
            let stored = parts
                .iter()
                .map(|(part, to)| weights.take(&name(part), &[*to, from]))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            Linear::new(&stored, from, quant, Role::Linear)
                .map_err(|problem| files.fail(format!("decoder layer {i} {problem}")))
        };
        let head_norm = |part: &str| weights.f32(&name(part), &[d]).map(one_plus);
        let kind = config.layers[i];
        Ok(Self {
            kind,
            input_layernorm: norm("input_layernorm")?,
            qkv_proj: linear(
                &[
                    ("self_attn.q_proj", q),
                    ("self_attn.k_proj", kv),
                    ("self_attn.v_proj", kv),
                ],
                hidden,
            )?,
            self_attn: Attention::new(
                config,
                kind,
                head_norm("self_attn.q_norm")?,
                head_norm("self_attn.k_norm")?,
            ),
            o_proj: linear(&[("self_attn.o_proj", hidden)], q)?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            pre_feedforward_layernorm: norm("pre_feedforward_layernorm")?,
            gate_up_proj: linear(&[("mlp.gate_proj", inner), ("mlp.up_proj", inner)], hidden)?,
            down_proj: linear(&[("mlp.down_proj", hidden)], inner)?,
            post_feedforward_layernorm: norm("post_feedforward_layernorm")?,
            intermediate_size: inner,
        })
    }

    /// `[t, hidden]` → `[t, hidden]`.
    fn forward(&self, x: &Tensor, span: &Span, rope: &Table, store: &mut Store) -> Result<Tensor> {
        let qkv = self.qkv_proj.forward(&self.input_layernorm.forward(x)?)?; // [t, (h + 2 kv) d]
        let seen = self.self_attn.forward(&qkv, span, rope, store)?; // [t, h d]
        let x = self
            .post_attention_layernorm
            .add(x, &self.o_proj.forward(&seen)?)?;
        let gate_up = self
            .gate_up_proj
            .forward(&self.pre_feedforward_layernorm.forward(&x)?)?; // [t, 2 f]
        let out = self.down_proj.forward(&self.gated(&gate_up)?)?;
        self.post_feedforward_layernorm.add(&x, &out)
    }

    /// `[gate | up]` → `gelu(gate) · up`.
    fn gated(&self, gate_up: &Tensor) -> Result<Tensor> {
        let t = gate_up.dim(0)?;
        let mut out = vec![0f32; t * self.intermediate_size];
        f32s(gate_up, |x| {
            kernels::gelu_times(x, self.intermediate_size, &mut out);
        })?;
        rows(out, t)
    }

    fn size(&self) -> (u64, u64) {
        let norms = [
            &self.input_layernorm,
            &self.post_attention_layernorm,
            &self.pre_feedforward_layernorm,
            &self.post_feedforward_layernorm,
        ];
        let small = norms.iter().map(|norm| norm.size()).sum::<u64>() + self.self_attn.size();
        [
            &self.qkv_proj,
            &self.o_proj,
            &self.gate_up_proj,
            &self.down_proj,
        ]
        .iter()
        .map(|linear| linear.size())
        .fold((small, small * 4), |sum, size| {
            (sum.0 + size.0, sum.1 + size.1)
        })
    }
}

/// The decoder.
pub(super) struct Text {
    embed_tokens: Linear,
    lm_head: Option<Linear>,
    layers: Vec<Layer>,
    norm: RmsNorm,
    embed_scale: f64,
    rope_global: Table,
    rope_local: Table,
}

impl Text {
    /// Loads all layers, on all cores; calls `done(layers so far)`.
    pub(super) fn load(
        files: &Files,
        weights: &Weights<'_>,
        config: &TextConfig,
        quant: Quant,
        done: &(dyn Fn(usize) + Sync),
    ) -> std::result::Result<Self, LoadError> {
        let so_far = AtomicUsize::new(0);
        let layers = (0..config.layers.len())
            .into_par_iter()
            .map(|i| {
                let layer = Layer::load(files, weights, config, i, quant)?;
                done(so_far.fetch_add(1, Ordering::Relaxed) + 1);
                Ok(layer)
            })
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let head = |name: &str| {
            let stored = weights.take(name, &[config.vocab_size, config.hidden_size])?;
            Linear::new(&[stored], config.hidden_size, quant, Role::Head)
                .map_err(|problem| files.fail(format!("{name} {problem}")))
        };
        Ok(Self {
            layers,
            embed_tokens: head("text.embed_tokens.weight")?,
            lm_head: if config.tie_word_embeddings {
                None
            } else {
                Some(head("lm_head.weight")?)
            },
            norm: RmsNorm::load(
                weights,
                "text.norm.weight",
                config.hidden_size,
                config.rms_norm_eps,
            )?,
            embed_scale: root_in_f32(config.hidden_size),
            rope_global: Table::new(config.rope_global, config.head_dim),
            rope_local: Table::new(config.rope_local, config.head_dim),
        })
    }

    /// Ids → scaled embeddings `[t, hidden]`.
    pub(super) fn embed(&self, ids: &[u32]) -> Result<Tensor> {
        self.embed_tokens.pick(ids)? * self.embed_scale
    }

    /// `[t, hidden]` → `[t, hidden]` after the first `layers` layers, before the last norm. Looks at `go_on` before each
    /// layer and gives `None` when told to stop; the caller accepts what was written to the cache, or not.
    pub(super) fn forward(
        &mut self,
        embeddings: Tensor,
        span: &Span,
        cache: &mut Cache,
        layers: usize,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Tensor>> {
        let end = span.start + span.ends.len();
        self.rope_global.grow(end);
        self.rope_local.grow(end);
        cache.begin(span.ends.len());
        let mut x = embeddings;
        for (i, (layer, store)) in self
            .layers
            .iter()
            .zip(&mut cache.layers)
            .take(layers)
            .enumerate()
        {
            if !go_on() {
                return Ok(None);
            }
            let rope = match layer.kind {
                LayerKind::Global => &self.rope_global,
                LayerKind::Local => &self.rope_local,
            };
            x = layer
                .forward(&x, span, rope, store)
                .map_err(|error| error.context(format!("decoder layer {i}")))?;
        }
        Ok(Some(x))
    }

    /// States `[t, hidden]` after the last layer → logits `[t, vocab]`.
    pub(super) fn logits(&self, states: &Tensor) -> Result<Tensor> {
        self.lm_head
            .as_ref()
            .unwrap_or(&self.embed_tokens)
            .forward(&self.norm.forward(states)?)
    }

    pub(super) fn depth(&self) -> usize {
        self.layers.len()
    }

    /// Parameters and bytes of the embeddings (and a head of its own), and of the rest.
    pub(super) fn sizes(&self) -> [(u64, u64); 2] {
        let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        let norm = (self.norm.size(), self.norm.size() * 4);
        [
            self.lm_head
                .iter()
                .map(Linear::size)
                .fold(self.embed_tokens.size(), add),
            self.layers.iter().map(Layer::size).fold(norm, add),
        ]
    }
}

/// The root of a width, rounded to f32 as the reference does.
fn root_in_f32(width: usize) -> f64 {
    f64::from((width as f32).sqrt())
}
