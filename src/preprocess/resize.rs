//! RGB bytes and how they lie in a square in, a square of another size out: byte for byte Pillow's `BILINEAR` resize.
//!
//! After `src/libImaging/Resample.c` of Pillow 13: a triangle filter, widened when shrinking; weights in 22-bit fixed
//! point; one direction after the other, rounded to bytes in between. Padding is never built: a zero adds nothing to a sum.

use rayon::prelude::*;

use crate::imaging::square::Axis;

/// Bits behind the point of a weight: 32, less 8 for the byte and 2 for the sum.
const PRECISION: u32 = 32 - 8 - 2;

/// What one output value is made of: pixels of the picture from `first` on, each with its weight.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// Resizes a picture lying in a rectangle of zeros to `size * size` pixels.
pub(super) fn bilinear(rgb: &[u8], across: Axis, down: Axis, size: usize) -> Vec<u8> {
    let (columns, rows) = (taps(across, size), taps(down, size));
    if rgb.is_empty() || size == 0 {
        return vec![0; 3 * size * size];
    }
    if down_first(across.total, down.total, size) {
        resize_across(
            &resize_down(rgb, 3 * across.len, &rows),
            across.len,
            &columns,
        )
    } else {
        resize_down(&resize_across(rgb, across.len, &columns), 3 * size, &rows)
    }
}

/// Pillow 13 shrinks the height first where that saves most; until Pillow 12 the width always came first. The two
/// differ by a rounding, and only for a tall picture that is stretched: a padded one is square.
fn down_first(width: usize, height: usize, size: usize) -> bool {
    height > size && height + size > 2 * width
}

/// Every row to as many pixels as there are taps.
fn resize_across(rgb: &[u8], width: usize, columns: &[Taps]) -> Vec<u8> {
    let rows = rgb.len() / (3 * width);
    let mut out = vec![0; rows * 3 * columns.len()];
    out.par_chunks_mut(3 * columns.len())
        .zip(rgb.par_chunks(3 * width))
        .for_each(|(out, row)| resize_row(row, columns, out));
    out
}

/// Every column to as many pixels as there are taps.
fn resize_down(rgb: &[u8], row_bytes: usize, rows: &[Taps]) -> Vec<u8> {
    let mut out = vec![0; rows.len() * row_bytes];
    out.par_chunks_mut(row_bytes)
        .zip(rows)
        .for_each(|(out, taps)| blend_rows(rgb, taps, out));
    out
}

/// One row of the picture to one row of the square.
fn resize_row(row: &[u8], columns: &[Taps], out: &mut [u8]) {
    for (pixel, taps) in out.chunks_exact_mut(3).zip(columns) {
        let mut sums = [ROUND; 3];
        for (source, weight) in row[3 * taps.first..].chunks_exact(3).zip(&taps.weights) {
            for (sum, value) in sums.iter_mut().zip(source) {
                *sum += i32::from(*value) * weight;
            }
        }
        for (value, sum) in pixel.iter_mut().zip(sums) {
            *value = byte(sum);
        }
    }
}

/// Several rows, each with its weight, to one.
fn blend_rows(rows: &[u8], taps: &Taps, out: &mut [u8]) {
    let mut sums = vec![ROUND; out.len()];
    let sources = rows[taps.first * out.len()..].chunks_exact(out.len());
    for (row, weight) in sources.zip(&taps.weights) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += i32::from(*value) * weight;
        }
    }
    for (value, sum) in out.iter_mut().zip(sums) {
        *value = byte(sum);
    }
}

/// A half, so that cutting the fraction rounds.
const ROUND: i32 = 1 << (PRECISION - 1);

fn byte(sum: i32) -> u8 {
    u8::try_from((sum >> PRECISION).clamp(0, 255)).expect("clamped to a byte")
}

/// The taps of every output place, those that fall into the padding left out.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Pillow cuts its places and rounds its weights by the same casts; places are not negative, weights below 2^22"
)]
fn taps(axis: Axis, size: usize) -> Vec<Taps> {
    let scale = axis.total as f64 / size as f64;
    let support = scale.max(1.0);
    let place = |out: usize| {
        let center = (out as f64 + 0.5) * scale;
        let first = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(axis.total);
        let triangle =
            |at: usize| (1.0 - ((at as f64 - center + 0.5) * (1.0 / support)).abs()).max(0.0);
        (first, (first..end).map(triangle).collect::<Vec<f64>>())
    };
    let taps = |(first, weights): (usize, Vec<f64>)| {
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: &f64| (0.5 + weight / sum * f64::from(1 << PRECISION)) as i32;
        let cut = axis.before.saturating_sub(first).min(weights.len());
        let behind = (first + weights.len()).saturating_sub(axis.before + axis.len);
        let kept = weights.len().saturating_sub(behind).max(cut);
        Taps {
            first: (first + cut).saturating_sub(axis.before).min(axis.len),
            weights: weights[cut..kept].iter().map(fixed).collect(),
        }
    };
    (0..size).map(place).map(taps).collect()
}
