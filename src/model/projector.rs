//! Patches `[p, vision width]` in, a picture's rows `[n, hidden]` out: average pooling, norm, projection.

use candle_core::{Device, Result, Tensor};

use super::LoadError;
use super::config::{TextConfig, VisionConfig};
use super::text::RmsNorm;
use super::weights::Weights;

/// What joins the tower to the decoder.
pub(super) struct Projector {
    mm_soft_emb_norm: RmsNorm,
    mm_input_projection_weight: Tensor, // [vision width, hidden], not transposed
    patches_per_side: usize,
    pool: usize,
}

impl Projector {
    pub(super) fn load(
        weights: &Weights<'_>,
        vision: &VisionConfig,
        text: &TextConfig,
    ) -> std::result::Result<Self, LoadError> {
        let shape = [vision.hidden_size, text.hidden_size];
        let projection = weights.f32("projector.mm_input_projection_weight", &shape)?;
        Ok(Self {
            mm_soft_emb_norm: RmsNorm::load(
                weights,
                "projector.mm_soft_emb_norm.weight",
                vision.hidden_size,
                vision.layer_norm_eps,
            )?,
            mm_input_projection_weight: Tensor::from_vec(projection, &shape, &Device::Cpu)
                .expect("the shape was checked against the file's"),
            patches_per_side: vision.patches_per_side(),
            pool: vision.pool(),
        })
    }

    /// `[p, vision width]` → `[n, hidden]`.
    pub(super) fn forward(&self, patches: &Tensor) -> Result<Tensor> {
        let (side, width) = (self.patches_per_side, patches.dim(1)?);
        let pooled = patches
            .t()?
            .reshape((1, width, side, side))?
            .avg_pool2d(self.pool)?; // [1, width, rows, rows]
        let pooled = pooled.reshape((width, ()))?.t()?.contiguous()?; // [n, width]
        self.mm_soft_emb_norm
            .forward(&pooled)?
            .matmul(&self.mm_input_projection_weight)
    }

    /// Parameters.
    pub(super) fn size(&self) -> usize {
        let (width, hidden) = self.mm_input_projection_weight.dims2().expect("a matrix");
        width * hidden + width
    }
}
