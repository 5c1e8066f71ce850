//! Pixels `[3, S, S]` in, patches `[p, width]` out: the SigLIP tower, in f32.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::LoadError;
use super::config::VisionConfig;
use super::kernels;
use super::tensors::{change, f32s, rows};
use super::weights::Weights;

/// Scores kept at a time (4 MiB): few enough to stay in a cache between the two products.
const SCORES: usize = 1 << 20;

struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    eps: f32,
}

impl LayerNorm {
    fn load(
        weights: &Weights<'_>,
        name: &str,
        config: &VisionConfig,
    ) -> std::result::Result<Self, LoadError> {
        let shape = [config.hidden_size];
        Ok(Self {
            weight: weights.f32(&format!("{name}.weight"), &shape)?,
            bias: weights.f32(&format!("{name}.bias"), &shape)?,
            eps: config.layer_norm_eps,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut out = vec![0f32; x.elem_count()];
        f32s(x, |x| {
            kernels::layer_norm(x, &self.weight, &self.bias, self.eps, &mut out);
        })?;
        rows(out, x.dim(0)?)
    }

    fn size(&self) -> usize {
        self.weight.len() + self.bias.len()
    }
}

/// A linear map with bias.
struct Affine {
    weight: Tensor, // [out, in]
    bias: Vec<f32>,
}

impl Affine {
    /// Joins maps of the same input, rows after rows.
    fn load(
        weights: &Weights<'_>,
        names: &[String],
        shape: (usize, usize),
    ) -> std::result::Result<Self, LoadError> {
        let (outer, inner) = shape;
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weight.extend(weights.f32(&format!("{name}.weight"), &[outer, inner])?);
            bias.extend(weights.f32(&format!("{name}.bias"), &[outer])?);
        }
        Ok(Self {
            weight: matrix(weight, inner),
            bias,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        change(x.matmul(&self.weight.t()?)?, |y| {
            kernels::add_bias(y, &self.bias);
        })
    }

    fn forward_gelu(&self, x: &Tensor) -> Result<Tensor> {
        change(x.matmul(&self.weight.t()?)?, |y| {
            kernels::add_bias_gelu(y, &self.bias);
        })
    }

    fn size(&self) -> usize {
        self.weight.elem_count() + self.bias.len()
    }
}

/// Numbers as `[rows, inner]`.
fn matrix(numbers: Vec<f32>, inner: usize) -> Tensor {
    let outer = numbers.len() / inner;
    Tensor::from_vec(numbers, (outer, inner), &Device::Cpu)
        .expect("the shape was checked against the file's")
}

struct Block {
    layer_norm1: LayerNorm,
    qkv_proj: Affine,
    out_proj: Affine,
    layer_norm2: LayerNorm,
    fc1: Affine,
    fc2: Affine,
    heads: usize,
}

impl Block {
    fn load(
        weights: &Weights<'_>,
        config: &VisionConfig,
        i: usize,
    ) -> std::result::Result<Self, LoadError> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let name = |part: &str| format!("vision.encoder.layers.{i}.{part}");
        Ok(Self {
            layer_norm1: LayerNorm::load(weights, &name("layer_norm1"), config)?,
            qkv_proj: Affine::load(
                weights,
                &["q", "k", "v"].map(|part| name(&format!("self_attn.{part}_proj"))),
                (width, width),
            )?,
            out_proj: Affine::load(weights, &[name("self_attn.out_proj")], (width, width))?,
            layer_norm2: LayerNorm::load(weights, &name("layer_norm2"), config)?,
            fc1: Affine::load(weights, &[name("mlp.fc1")], (inner, width))?,
            fc2: Affine::load(weights, &[name("mlp.fc2")], (width, inner))?,
            heads: config.num_attention_heads,
        })
    }

    /// `[p, width]` → `[p, width]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let seen = self.attend(&self.qkv_proj.forward(&self.layer_norm1.forward(x)?)?)?;
        let x = sum(self.out_proj.forward(&seen)?, x)?;
        let out = self
            .fc2
            .forward(&self.fc1.forward_gelu(&self.layer_norm2.forward(&x)?)?)?;
        sum(out, &x)
    }

    /// `[p, 3 width]` → `[p, width]`: every patch sees every patch.
    fn attend(&self, qkv: &Tensor) -> Result<Tensor> {
        let (p, width) = (qkv.dim(0)?, qkv.dim(1)? / 3);
        let d = width / self.heads;
        let scale = (d as f32).powf(-0.5);
        let heads = qkv.reshape((p, 3 * self.heads, d))?.transpose(0, 1)?; // [3 h, p, d], a view
        let part = |i: usize| heads.narrow(0, i * self.heads, self.heads); // [h, p, d]
        let (queries, keys, values) = (part(0)?, part(1)?.transpose(1, 2)?, part(2)?);
        let step = (SCORES / (self.heads * p)).clamp(1, p);
        let mut parts = Vec::new();
        for from in (0..p).step_by(step) {
            let scores = queries.narrow(1, from, step.min(p - from))?.matmul(&keys)?; // [h, step, p]
            let weights = change(scores, |scores| {
                kernels::softmax_rows(scores, p, scale, |_| 0..p);
            })?;
            parts.push(weights.matmul(&values)?.transpose(0, 1)?.contiguous()?); // [step, h, d]
        }
        Tensor::cat(&parts, 0)?.reshape((p, width))
    }

    fn size(&self) -> usize {
        let affine = [&self.qkv_proj, &self.out_proj, &self.fc1, &self.fc2].map(Affine::size);
        affine.iter().sum::<usize>() + self.layer_norm1.size() + self.layer_norm2.size()
    }
}

/// `a + b`, in `a`.
fn sum(a: Tensor, b: &Tensor) -> Result<Tensor> {
    f32s(b, |b| {
        change(a, |a| a.iter_mut().zip(b).for_each(|(a, b)| *a += b))
    })?
}

/// The tower.
pub(super) struct Tower {
    patch_embedding: Affine,
    position_embedding: Tensor, // [p, width]
    blocks: Vec<Block>,
    post_layernorm: LayerNorm,
    patch_size: usize,
    pixels: [usize; 3],
}

impl Tower {
    pub(super) fn load(
        weights: &Weights<'_>,
        config: &VisionConfig,
    ) -> std::result::Result<Self, LoadError> {
        let (width, channels, patch) = (config.hidden_size, config.num_channels, config.patch_size);
        let patches = config.patches_per_side().pow(2);
        let patch_weight = weights.f32(
            "vision.embeddings.patch_embedding.weight",
            &[width, channels, patch, patch],
        )?;
        let patch_embedding = Affine {
            weight: matrix(patch_weight, channels * patch * patch),
            bias: weights.f32("vision.embeddings.patch_embedding.bias", &[width])?,
        };
        let positions = weights.f32(
            "vision.embeddings.position_embedding.weight",
            &[patches, width],
        )?;
        let blocks = (0..config.num_hidden_layers)
            .into_par_iter()
            .map(|i| Block::load(weights, config, i));
        Ok(Self {
            patch_embedding,
            position_embedding: matrix(positions, width),
            blocks: blocks.collect::<std::result::Result<_, _>>()?,
            post_layernorm: LayerNorm::load(weights, "vision.post_layernorm", config)?,
            patch_size: patch,
            pixels: [channels, config.image_size, config.image_size],
        })
    }

    /// One picture `[3, S, S]` → patches `[p, width]` after the last norm; `None` when `go_on(layers done)` says stop.
    pub(super) fn forward(
        &self,
        pixels: &Tensor,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Tensor>> {
        if pixels.dims() != self.pixels {
            candle_core::bail!(
                "a picture has shape {:?}, expected {:?}",
                pixels.dims(),
                self.pixels
            )
        }
        let mut x = sum(
            self.patch_embedding.forward(&self.patches(pixels)?)?,
            &self.position_embedding,
        )?;
        for (i, block) in self.blocks.iter().enumerate() {
            x = block
                .forward(&x)
                .map_err(|error| error.context(format!("vision layer {i}")))?;
            if !go_on(i + 1) {
                return Ok(None);
            }
        }
        self.post_layernorm.forward(&x).map(Some)
    }

    /// `[3, S, S]` → `[p, 3 · patch · patch]`, patches in rows from the top left.
    fn patches(&self, pixels: &Tensor) -> Result<Tensor> {
        let [channels, side, _] = self.pixels;
        let (patch, count) = (self.patch_size, side / self.patch_size);
        pixels
            .reshape((channels, count, patch, count, patch))?
            .permute((1, 3, 0, 2, 4))?
            .contiguous()?
            .reshape((count * count, channels * patch * patch))
    }

    pub(super) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// Parameters.
    pub(super) fn size(&self) -> usize {
        let ends = self.patch_embedding.size()
            + self.position_embedding.elem_count()
            + self.post_layernorm.size();
        self.blocks.iter().map(Block::size).sum::<usize>() + ends
    }
}
