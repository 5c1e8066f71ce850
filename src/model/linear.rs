//! A weight `[out, in]` in, products with it out: one row at a time from bf16, f32 or GGML blocks, many rows by GEMM.

use candle_core::quantized::QMatMul;
use candle_core::{Device, Module, Result, Tensor};

use super::kernels::{self, Matrix};
use super::quant::{Quant, Role, quantise};
use super::tensors::{f32s, rows};
use super::weights::{Kind, Stored};

/// Up to so many rows of input, weights are read once and multiplied row by row; beyond, GEMM is faster.
const FEW: usize = 12;

/// Numbers of a bf16 weight that are widened at a time for GEMM (64 MiB of f32).
const WIDENED: usize = 16 << 20;

/// A linear map without bias.
pub(super) struct Linear {
    inner: usize,
    weight: Weight,
}

enum Weight {
    /// `[out, in]`.
    F32(Tensor),
    /// The checkpoint's own bits: half the memory, and exact, because bf16 is the upper half of f32.
    Bf16(Vec<u16>),
    Blocks(QMatMul),
}

impl Linear {
    /// Joins stored weights of `inner` columns into one, rows after rows.
    ///
    /// # Errors
    /// A sentence, when the weight does not fit the quantisation.
    pub(super) fn new(
        parts: &[Stored<'_>],
        inner: usize,
        quant: Quant,
        role: Role,
    ) -> std::result::Result<Self, String> {
        let format = quant.format(role, inner)?;
        if format.is_none() && parts.iter().all(|part| part.kind == Kind::Bf16) {
            let bits = match parts {
                [one] => one.bits(),
                several => several
                    .iter()
                    .map(Stored::bits)
                    .collect::<Vec<_>>()
                    .concat(),
            };
            return Ok(Self {
                inner,
                weight: Weight::Bf16(bits),
            });
        }
        let numbers = match parts {
            [one] => one.to_f32(),
            several => several
                .iter()
                .map(Stored::to_f32)
                .collect::<Vec<_>>()
                .concat(),
        };
        let outer = numbers.len() / inner;
        let weight = match format {
            Some(format) => quantise(numbers, inner, format).map(Weight::Blocks),
            None => Tensor::from_vec(numbers, (outer, inner), &Device::Cpu).map(Weight::F32),
        };
        Ok(Self {
            inner,
            weight: weight.map_err(|error| error.to_string())?,
        })
    }

    /// `[t, in]` → `[t, out]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let t = x.elem_count() / self.inner;
        match &self.weight {
            Weight::Blocks(blocks) => blocks.forward(x),
            Weight::F32(weight) if t > FEW => x.matmul(&weight.t()?),
            Weight::F32(weight) => {
                let out = f32s(weight, |w| {
                    f32s(x, |x| kernels::multiply(x, Matrix::F32(w), self.inner))
                })??;
                rows(out, t)
            }
            Weight::Bf16(bits) if t > FEW => self.widened(bits, x),
            Weight::Bf16(bits) => rows(
                f32s(x, |x| kernels::multiply(x, Matrix::Bf16(bits), self.inner))?,
                t,
            ),
        }
    }

    fn widened(&self, bits: &[u16], x: &Tensor) -> Result<Tensor> {
        let outer = (WIDENED / self.inner).max(1);
        let parts = bits
            .chunks(outer * self.inner)
            .map(|part| {
                let outer = part.len() / self.inner;
                let weight =
                    Tensor::from_vec(kernels::widen_all(part), (outer, self.inner), &Device::Cpu)?;
                x.matmul(&weight.t()?)
            })
            .collect::<Result<Vec<_>>>()?;
        match parts.as_slice() {
            [one] => Ok(one.clone()),
            several => Tensor::cat(several, 1),
        }
    }

    /// Rows of the weight, `[ids, in]`: the embedding.
    pub(super) fn pick(&self, ids: &[u32]) -> Result<Tensor> {
        match &self.weight {
            Weight::Blocks(blocks) => blocks.embedding(&Tensor::new(ids, &Device::Cpu)?),
            Weight::F32(weight) => rows(f32s(weight, |w| self.copy(w, ids, |&x| x))?, ids.len()),
            Weight::Bf16(bits) => rows(
                self.copy(bits, ids, |&bits| f32::from_bits(u32::from(bits) << 16)),
                ids.len(),
            ),
        }
    }

    fn copy<T>(&self, from: &[T], ids: &[u32], widen: impl Fn(&T) -> f32) -> Vec<f32> {
        ids.iter()
            .flat_map(|&id| {
                let row = id as usize * self.inner;
                &from[row..row + self.inner]
            })
            .map(widen)
            .collect()
    }

    /// Numbers, and the bytes they take.
    pub(super) fn size(&self) -> (u64, u64) {
        let (numbers, bytes) = match &self.weight {
            Weight::F32(weight) => (weight.elem_count(), weight.elem_count() * 4),
            Weight::Bf16(bits) => (bits.len(), bits.len() * 2),
            Weight::Blocks(QMatMul::QTensor(blocks)) => {
                (blocks.shape().elem_count(), blocks.storage_size_in_bytes())
            }
            Weight::Blocks(QMatMul::Tensor(dense) | QMatMul::TensorF16(dense)) => (
                dense.elem_count(),
                dense.elem_count() * dense.dtype().size_in_bytes(),
            ),
        };
        (numbers as u64, bytes as u64)
    }
}
