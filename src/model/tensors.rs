//! Tensors in, slices out, and back: the one bridge between candle and the inner loops.

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result, Storage, Tensor};

/// Lends the numbers of a contiguous f32 tensor of the CPU.
pub(super) fn f32s<R>(tensor: &Tensor, body: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(numbers)) = &*storage else {
        candle_core::bail!(
            "expected f32 on the CPU, found {:?} on {:?}",
            tensor.dtype(),
            tensor.device()
        )
    };
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("expected a contiguous tensor, found {layout:?}")
    };
    Ok(body(&numbers[start..end]))
}

/// Numbers as `[t, width]`.
pub(super) fn rows(numbers: Vec<f32>, t: usize) -> Result<Tensor> {
    let width = numbers.len() / t;
    Tensor::from_vec(numbers, (t, width), &Device::Cpu)
}

/// A change of f32 numbers in place.
struct InPlace<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        "in place"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(numbers), Some((start, end))) = (storage, layout.contiguous_offsets())
        else {
            candle_core::bail!("expected contiguous f32, found {layout:?}")
        };
        self.0(&mut numbers[start..end]);
        Ok(())
    }
}

/// Changes the numbers of a tensor that nobody else holds.
pub(super) fn change(tensor: Tensor, body: impl Fn(&mut [f32])) -> Result<Tensor> {
    tensor.inplace_op1(&InPlace(body))?;
    Ok(tensor)
}
