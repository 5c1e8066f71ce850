//! Slices of f32 in, slices of f32 out: the inner loops, compiled for the widest vectors this processor has.
//!
//! Each function asks `pulp` once for the processor's level (`widest`) and runs a plain loop that the compiler turns into
//! vectors of that level. Sums run in a fixed number of lanes, so that a result does not depend on how work was shared out.

#![expect(
    clippy::inline_always,
    reason = "a body that is not inlined into `widest` is compiled for the oldest processor"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Partial sums a reduction keeps.
const LANES: usize = 32;

/// Multiply-adds that are worth waking another thread for.
const TASK: usize = 96 * 1024;

/// A loop that `pulp` compiles once for every level.
struct Wide<F>(F);

impl<R, F: FnOnce() -> R> WithSimd for Wide<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        (self.0)()
    }
}

/// Runs a closure, which must be `#[inline(always)]`, compiled for the widest vectors of this processor.
///
/// The bound makes it a closure of the kind `FnOnce`. A closure that is given to `Arch::dispatch` itself becomes one of
/// the kind `Fn`, is called through a shim that nothing inlines, and so is compiled for the oldest processor.
fn widest<R>(body: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(Wide(body))
}

/// A matrix `[out, in]` by rows.
#[derive(Clone, Copy)]
pub(super) enum Matrix<'a> {
    F32(&'a [f32]),
    /// The upper halves of f32 numbers.
    Bf16(&'a [u16]),
}

#[inline(always)]
fn widen(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[inline(always)]
fn sum_lanes(lanes: [f32; LANES]) -> f32 {
    let mut sums = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

#[inline(always)]
fn dot_inline(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    sum_lanes(lanes) + tail
}

#[inline(always)]
fn dot_bf16_inline(a: &[f32], b: &[u16]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(a, &b)| a * widen(b))
        .sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for i in 0..LANES {
            lanes[i] += a[i] * widen(b[i]);
        }
    }
    sum_lanes(lanes) + tail
}

/// Runs `body(first item, items)` over equal shares of `out`, `width` numbers an item, on as many threads as the work is worth.
fn share(
    out: &mut [f32],
    width: usize,
    work_per_item: usize,
    body: impl Fn(usize, &mut [f32]) + Sync,
) {
    let items = out.len() / width.max(1);
    let tasks = (items * work_per_item / TASK).clamp(1, rayon::current_num_threads());
    if tasks == 1 {
        return body(0, out);
    }
    let each = items.div_ceil(tasks);
    out.par_chunks_mut(each * width)
        .enumerate()
        .for_each(|(task, part)| body(task * each, part));
}

/// `x [m, in] · matrixᵀ` for few rows `m`: `[m, out]`.
pub(super) fn multiply(x: &[f32], matrix: Matrix<'_>, inner: usize) -> Vec<f32> {
    let m = x.len() / inner;
    let outer = match matrix {
        Matrix::F32(w) => w.len(),
        Matrix::Bf16(w) => w.len(),
    } / inner;
    let mut out = vec![0f32; m * outer];
    if m == 1 {
        share(&mut out, 1, inner, |first, part| {
            multiply_one(x, matrix, inner, first, part);
        });
        return out;
    }
    let mut turned = vec![0f32; m * outer]; // [out, m]
    share(&mut turned, m, inner * m, |first, part| {
        multiply_few(x, matrix, inner, first, part);
    });
    for (j, column) in turned.chunks_exact(m).enumerate() {
        for (i, &value) in column.iter().enumerate() {
            out[i * outer + j] = value;
        }
    }
    out
}

fn multiply_one(x: &[f32], matrix: Matrix<'_>, inner: usize, first: usize, out: &mut [f32]) {
    let part = first * inner..(first + out.len()) * inner;
    widest(
        #[inline(always)]
        || match matrix {
            Matrix::F32(w) => {
                for (out, w) in out.iter_mut().zip(w[part].chunks_exact(inner)) {
                    *out = dot_inline(x, w);
                }
            }
            Matrix::Bf16(w) => {
                for (out, w) in out.iter_mut().zip(w[part].chunks_exact(inner)) {
                    *out = dot_bf16_inline(x, w);
                }
            }
        },
    );
}

/// Row `j` of a matrix as f32; `wide`, as long as a row, is scratch for what is stored narrower.
#[inline(always)]
fn row_of<'a>(matrix: Matrix<'a>, j: usize, wide: &'a mut [f32]) -> &'a [f32] {
    let row = j * wide.len()..(j + 1) * wide.len();
    match matrix {
        Matrix::F32(w) => &w[row],
        Matrix::Bf16(w) => {
            for (wide, &bits) in wide.iter_mut().zip(&w[row]) {
                *wide = widen(bits);
            }
            wide
        }
    }
}

fn multiply_few(x: &[f32], matrix: Matrix<'_>, inner: usize, first: usize, out: &mut [f32]) {
    let m = x.len() / inner;
    let mut wide = vec![0f32; inner];
    widest(
        #[inline(always)]
        || {
            for (j, out) in out.chunks_exact_mut(m).enumerate() {
                let w = row_of(matrix, first + j, &mut wide);
                for (out, x) in out.iter_mut().zip(x.chunks_exact(inner)) {
                    *out = dot_inline(x, w);
                }
            }
        },
    );
}

/// The f32 numbers of bf16 bits.
pub(super) fn widen_all(bits: &[u16]) -> Vec<f32> {
    let mut out = vec![0f32; bits.len()];
    share(&mut out, 1, 1, |first, part| {
        let bits = &bits[first..first + part.len()];
        widest(
            #[inline(always)]
            || {
                for (out, &bits) in part.iter_mut().zip(bits) {
                    *out = widen(bits);
                }
            },
        );
    });
    out
}

/// e to the x, within two units in the last place (Cephes `expf`); 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it rounds to a whole number
    let y = x.clamp(-87.0, 88.0);
    let shifted = y * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = y - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut series = 1.987_569_2e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5e-1,
    ] {
        series = series * r + c;
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_sub(ROUND.to_bits() - 127) << 23);
    let value = (series * r * r + r + 1.0) * power;
    if x < -87.0 { 0.0 } else { value }
}

#[inline(always)]
fn max_inline(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let blocks = x.chunks_exact(LANES);
    let tail = blocks
        .remainder()
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    for block in blocks {
        for i in 0..LANES {
            lanes[i] = if block[i] > lanes[i] {
                block[i]
            } else {
                lanes[i]
            };
        }
    }
    lanes.iter().copied().fold(tail, f32::max)
}

/// Turns scores into weights: soft-max of `scale · x`; gives the sum's inverse already multiplied in.
#[inline(always)]
fn softmax_inline(x: &mut [f32], scale: f32) {
    let top = max_inline(x) * scale;
    let mut lanes = [0f32; LANES];
    let mut blocks = x.chunks_exact_mut(LANES);
    for block in &mut blocks {
        for i in 0..LANES {
            block[i] = exp(block[i] * scale - top);
            lanes[i] += block[i];
        }
    }
    let mut sum = 0f32;
    for x in blocks.into_remainder() {
        *x = exp(*x * scale - top);
        sum += *x;
    }
    let share = 1.0 / (sum + sum_lanes(lanes));
    for x in x {
        *x *= share;
    }
}

/// Soft-max of `scale · x` in place within each row's visible range (`visible(row)`); 0 outside it.
pub(super) fn softmax_rows(
    x: &mut [f32],
    width: usize,
    scale: f32,
    visible: impl Fn(usize) -> Range<usize> + Sync,
) {
    share(x, width, width * 4, |first, part| {
        widest(
            #[inline(always)]
            || {
                for (row, x) in part.chunks_exact_mut(width).enumerate() {
                    let range = visible(first + row);
                    x[..range.start].fill(0.0);
                    x[range.end..].fill(0.0);
                    softmax_inline(&mut x[range], scale);
                }
            },
        );
    });
}

/// One query over the keys and values of one head: `rows` of `stride` numbers, the head's at `at`.
pub(super) struct OneHead<'a> {
    pub(super) keys: &'a [f32],
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) at: usize,
    /// Rows that are visible, in order of position: one run, or two where a ring wraps.
    pub(super) runs: [Range<usize>; 2],
}

/// Attention of one query (`[d]`) into `out` (`[d]`); `scores` is scratch.
pub(super) fn attend_one(
    query: &[f32],
    head: &OneHead<'_>,
    scale: f32,
    scores: &mut Vec<f32>,
    out: &mut [f32],
) {
    let d = query.len();
    scores.clear();
    scores.resize(head.runs.iter().map(Range::len).sum(), 0.0);
    widest(
        #[inline(always)]
        || {
            let rows = || head.runs.iter().flat_map(Clone::clone);
            for (score, row) in scores.iter_mut().zip(rows()) {
                let at = row * head.stride + head.at;
                *score = dot_inline(query, &head.keys[at..at + d]);
            }
            softmax_inline(scores, scale);
            out.fill(0.0);
            for (&weight, row) in scores.iter().zip(rows()) {
                let at = row * head.stride + head.at;
                for (out, value) in out.iter_mut().zip(&head.values[at..at + d]) {
                    *out += weight * value;
                }
            }
        },
    );
}

/// Gemma's RMS norm of each row: all in f32, times `weight`, which has the one already added.
pub(super) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let width = weight.len();
    widest(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let scale = 1.0 / (dot_inline(x, x) / width as f32 + eps).sqrt();
                for ((out, x), w) in out.iter_mut().zip(x).zip(weight) {
                    *out = x * scale * w;
                }
            }
        },
    );
}

/// Layer norm of each row, with weight and bias.
pub(super) fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32]) {
    let width = weight.len();
    share(out, width, width * 4, |first, out| {
        let x = &x[first * width..first * width + out.len()];
        widest(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                    layer_norm_inline(x, weight, bias, eps, out);
                }
            },
        );
    });
}

#[inline(always)]
fn layer_norm_inline(x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32]) {
    let width = weight.len() as f32;
    let mean = sum_inline(x) / width;
    for (out, x) in out.iter_mut().zip(x) {
        *out = x - mean;
    }
    let scale = 1.0 / (dot_inline(out, out) / width + eps).sqrt();
    for ((out, w), b) in out.iter_mut().zip(weight).zip(bias) {
        *out = *out * scale * w + b;
    }
}

#[inline(always)]
fn sum_inline(x: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let blocks = x.chunks_exact(LANES);
    let tail: f32 = blocks.remainder().iter().sum();
    for block in blocks {
        for i in 0..LANES {
            lanes[i] += block[i];
        }
    }
    sum_lanes(lanes) + tail
}

/// GELU, tanh form: `x/2 · (1 + tanh u)` is `x / (1 + e^(-2u))`.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    const TWICE_ROOT_2_OVER_PI: f32 = 1.595_769;
    x / (1.0 + exp(-TWICE_ROOT_2_OVER_PI * (x + 0.044_715 * x * x * x)))
}

/// Rows `[gate | up]` of `2f` numbers in, `gelu(gate) · up` of `f` numbers out.
pub(super) fn gelu_times(x: &[f32], width: usize, out: &mut [f32]) {
    share(out, width, width * 8, |first, out| {
        let x = &x[first * 2 * width..];
        widest(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(2 * width).zip(out.chunks_exact_mut(width)) {
                    gelu_times_inline(x, out);
                }
            },
        );
    });
}

#[inline(always)]
fn gelu_times_inline(x: &[f32], out: &mut [f32]) {
    let (gate, up) = x.split_at(out.len());
    for ((out, &gate), up) in out.iter_mut().zip(gate).zip(up) {
        *out = gelu(gate) * up;
    }
}

/// `x + bias` in place, row by row.
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    let width = bias.len();
    share(x, width, width, |_, x| {
        for x in x.chunks_exact_mut(width) {
            x.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
        }
    });
}

/// `gelu(x + bias)` in place, row by row.
pub(super) fn add_bias_gelu(x: &mut [f32], bias: &[f32]) {
    let width = bias.len();
    share(x, width, width * 8, |_, x| {
        widest(
            #[inline(always)]
            || {
                for x in x.chunks_exact_mut(width) {
                    x.iter_mut().zip(bias).for_each(|(x, b)| *x = gelu(*x + b));
                }
            },
        );
    });
}

/// The place of the largest number among the first ones; the first of equals, as in PyTorch.
pub(super) fn argmax(x: &[f32]) -> usize {
    let top = widest(
        #[inline(always)]
        || max_inline(x),
    );
    x.iter().position(|&x| x >= top).unwrap_or(0)
}

/// Logarithm of the sum of e to the x.
pub(super) fn log_sum_exp(x: &[f32]) -> f32 {
    let (top, sum) = widest(
        #[inline(always)]
        || {
            let top = max_inline(x);
            let mut lanes = [0f32; LANES];
            let blocks = x.chunks_exact(LANES);
            let mut sum = 0f32;
            for &x in blocks.remainder() {
                sum += exp(x - top);
            }
            for block in blocks {
                for i in 0..LANES {
                    lanes[i] += exp(block[i] - top);
                }
            }
            (top, sum + sum_lanes(lanes))
        },
    );
    top + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same each time.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    }

    fn near(a: f32, b: f32, tolerance: f32) {
        assert!(
            (a - b).abs() <= tolerance * b.abs().max(1.0),
            "{a} is not {b}"
        );
    }

    #[test]
    fn exponentials_are_right_to_the_last_bits() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            let relative = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(relative < 2.5e-7, "exp({x}) is off by {relative:e}");
        }
        assert!(exp(-100.0) == 0.0 && exp(f32::NEG_INFINITY) == 0.0);
    }

    #[test]
    fn gelu_is_its_tanh_form() {
        for i in -1200..1200 {
            let x = f64::from(i) / 100.0;
            let exact = 0.5
                * x
                * (1.0
                    + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh());
            #[expect(
                clippy::cast_possible_truncation,
                reason = "hundredths are compared in f32"
            )]
            let (ours, exact) = (gelu(x as f32), exact as f32);
            near(ours, exact, 1e-6);
        }
    }

    #[test]
    fn products_do_not_depend_on_how_many_rows_come_at_once() {
        for inner in [7, 32, 67, 256] {
            let (outer, m) = (33, 5);
            let (x, w) = (numbers(m * inner, 1), numbers(outer * inner, 2));
            let bits: Vec<u16> = w
                .iter()
                .map(|w| u16::try_from(w.to_bits() >> 16).unwrap())
                .collect();
            let rounded: Vec<f32> = bits.iter().map(|&bits| widen(bits)).collect();
            let together = multiply(&x, Matrix::F32(&rounded), inner);
            assert_eq!(together, multiply(&x, Matrix::Bf16(&bits), inner));
            for (i, x) in x.chunks_exact(inner).enumerate() {
                assert_eq!(
                    together[i * outer..(i + 1) * outer],
                    multiply(x, Matrix::Bf16(&bits), inner)
                );
            }
            let exact: f64 = x[..inner]
                .iter()
                .zip(&rounded)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            assert!((f64::from(together[0]) - exact).abs() < 1e-5);
        }
    }

    #[test]
    fn softmax_sees_only_its_range() {
        let mut x = numbers(3 * 70, 3);
        let before = x.clone();
        softmax_rows(&mut x, 70, 0.5, |row| row..70 - row);
        for row in 0..3 {
            let x = &x[row * 70..(row + 1) * 70];
            near(x.iter().sum(), 1.0, 1e-6);
            assert!(x[..row].iter().chain(&x[70 - row..]).all(|&x| x == 0.0));
            let ratio = (x[10] / x[20]).ln();
            near(
                ratio,
                0.5 * (before[row * 70 + 10] - before[row * 70 + 20]),
                1e-5,
            );
        }
    }

    #[test]
    fn the_first_of_equal_maxima_is_taken() {
        let mut x = vec![0.0; 100];
        x[40] = 3.0;
        x[70] = 3.0;
        assert_eq!(argmax(&x), 40);
        near(log_sum_exp(&x), (98.0 + 2.0 * 3f32.exp()).ln(), 1e-6);
    }
}
