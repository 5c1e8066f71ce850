//! f32 rows in, GGML blocks out: which format each weight gets under `--quant`.

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{Device, Tensor};

/// How the linear weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quant {
    /// As the checkpoint has them; arithmetic is in f32.
    None,
    /// `Q8_0`: 8 bits in blocks of 32.
    Q8,
    /// `Q4_K`: 4 bits in blocks of 256 (`Q4_0`, blocks of 32, where a row is no multiple of 256); the head and the
    /// embedding in `Q6_K` or `Q8_0`.
    Q4,
}

/// What a weight is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Linear,
    Head,
}

impl Quant {
    /// The format for rows of `inner` numbers; `None` to leave them.
    ///
    /// # Errors
    /// When no format of this size has blocks that fit into a row.
    pub(super) fn format(self, role: Role, inner: usize) -> Result<Option<GgmlDType>, String> {
        let wide = inner.is_multiple_of(256);
        let format = match (self, role) {
            (Self::None, _) => return Ok(None),
            (Self::Q4, Role::Linear) if wide => GgmlDType::Q4K,
            (Self::Q4, Role::Linear) => GgmlDType::Q4_0,
            (Self::Q4, Role::Head) if wide => GgmlDType::Q6K,
            (Self::Q8, _) | (Self::Q4, Role::Head) => GgmlDType::Q8_0,
        };
        if inner.is_multiple_of(32) {
            return Ok(Some(format));
        }
        Err(format!(
            "cannot be quantised: rows of {inner} numbers are no multiple of the 32 of a block; load it without --quant"
        ))
    }
}

/// Quantises `[out, inner]` numbers.
pub(super) fn quantise(
    rows: Vec<f32>,
    inner: usize,
    format: GgmlDType,
) -> candle_core::Result<QMatMul> {
    let outer = rows.len() / inner;
    let tensor = Tensor::from_vec(rows, (outer, inner), &Device::Cpu)?;
    QMatMul::from_qtensor(QTensor::quantize(&tensor, format)?)
}
