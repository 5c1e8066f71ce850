//! Dequantised coefficients of an 8x8 block in, its samples out, to the bit as libjpeg's accurate integer transform.
//!
//! The method is Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications"
//! (ICASSP 1989), in fixed point as libjpeg rounds it (`JDCT_ISLOW`), so that a picture has the same values here as
//! in dcmtk, GDCM and Pillow. T.81 A.3.3 leaves the rounding open.

#![expect(
    clippy::inline_always,
    reason = "a body that is not inlined into `dispatch` is compiled for the oldest processor"
)]

use std::num::Wrapping;

use pulp::{Arch, NullaryFnOnce};

/// Coefficients or samples of a block, row by row.
pub(super) type Block = [Wrapping<i32>; 64];

/// Bits behind the point of the constants.
const CONSTANT_BITS: usize = 13;

/// Number, with [`CONSTANT_BITS`] bits behind the point.
const fn fixed(ten_thousand_millionths: i64) -> Wrapping<i32> {
    let scaled = ten_thousand_millionths * (1 << CONSTANT_BITS) + 500_000_000;
    let [a, b, c, d, ..] = (scaled / 1_000_000_000).to_le_bytes();
    Wrapping(i32::from_le_bytes([a, b, c, d]))
}

const F_0_298631336: Wrapping<i32> = fixed(298_631_336);
const F_0_390180644: Wrapping<i32> = fixed(390_180_644);
const F_0_541196100: Wrapping<i32> = fixed(541_196_100);
const F_0_765366865: Wrapping<i32> = fixed(765_366_865);
const F_0_899976223: Wrapping<i32> = fixed(899_976_223);
const F_1_175875602: Wrapping<i32> = fixed(1_175_875_602);
const F_1_501321110: Wrapping<i32> = fixed(1_501_321_110);
const F_1_847759065: Wrapping<i32> = fixed(1_847_759_065);
const F_1_961570560: Wrapping<i32> = fixed(1_961_570_560);
const F_2_053119869: Wrapping<i32> = fixed(2_053_119_869);
const F_2_562915447: Wrapping<i32> = fixed(2_562_915_447);
const F_3_072711026: Wrapping<i32> = fixed(3_072_711_026);

/// The inverse transform for one precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inverse {
    arch: Arch,
    /// Bits behind the point between the passes: as many as 32 bits have room for.
    between: usize,
    centre: i32,
    max: u16,
}

impl Inverse {
    /// For samples of 8 or 12 bits.
    pub(super) fn new(precision: u32) -> Self {
        Self {
            arch: Arch::new(),
            between: if precision == 8 { 2 } else { 1 },
            centre: 1 << (precision - 1),
            max: (1 << precision) - 1,
        }
    }

    /// Samples of a block whose coefficients behind `last`, in zigzag order, are zero.
    pub(super) fn samples(self, block: &Block, last: usize) -> [u16; 64] {
        if last == 0 {
            // both passes of a lone first coefficient, exactly
            let first = block[0] << self.between;
            return [self.limit(descale(first, self.between + 3)); 64];
        }
        let mut samples = [0; 64];
        self.arch.dispatch(Transform {
            inverse: self,
            block,
            samples: &mut samples,
        });
        samples
    }

    #[inline(always)]
    fn limit(self, value: Wrapping<i32>) -> u16 {
        let level = value.0.saturating_add(self.centre);
        let [low, high, ..] = level.clamp(0, self.max.into()).to_le_bytes();
        u16::from_le_bytes([low, high])
    }
}

/// Both passes over a block. A closure would not be inlined, it is too long.
struct Transform<'a> {
    inverse: Inverse,
    block: &'a Block,
    samples: &'a mut [u16; 64],
}

impl NullaryFnOnce for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut work = *self.block;
        columns(&mut work, CONSTANT_BITS - self.inverse.between);
        transpose(&mut work);
        columns(&mut work, CONSTANT_BITS + self.inverse.between + 3);
        transpose(&mut work);
        for (sample, value) in self.samples.iter_mut().zip(work) {
            *sample = self.inverse.limit(value);
        }
    }
}

/// Drops bits behind the point, rounding halves up.
#[inline(always)]
fn descale(value: Wrapping<i32>, bits: usize) -> Wrapping<i32> {
    (value + (Wrapping(1) << (bits - 1))) >> bits
}

#[inline(always)]
fn transpose(block: &mut Block) {
    for row in 0..8 {
        for column in 0..row {
            block.swap(row * 8 + column, column * 8 + row);
        }
    }
}

/// The one-dimensional transform of every column; `drop` bits behind the point are dropped from the result.
#[inline(always)]
fn columns(block: &mut Block, drop: usize) {
    for i in 0..8 {
        let at = |row: usize| block[row * 8 + i];

        // even coefficients
        let z1 = (at(2) + at(6)) * F_0_541196100;
        let even2 = z1 - at(6) * F_1_847759065;
        let even3 = z1 + at(2) * F_0_765366865;
        let even0 = (at(0) + at(4)) << CONSTANT_BITS;
        let even1 = (at(0) - at(4)) << CONSTANT_BITS;
        let even = [even0 + even3, even1 + even2, even1 - even2, even0 - even3];

        // odd coefficients
        let z5 = (at(7) + at(3) + at(5) + at(1)) * F_1_175875602;
        let z1 = (at(7) + at(1)) * F_0_899976223;
        let z2 = (at(5) + at(3)) * F_2_562915447;
        let z3 = z5 - (at(7) + at(3)) * F_1_961570560;
        let z4 = z5 - (at(5) + at(1)) * F_0_390180644;
        let odd = [
            at(1) * F_1_501321110 - z1 + z4,
            at(3) * F_3_072711026 - z2 + z3,
            at(5) * F_2_053119869 - z2 + z4,
            at(7) * F_0_298631336 - z1 + z3,
        ];

        for (row, (even, odd)) in even.into_iter().zip(odd).enumerate() {
            block[row * 8 + i] = descale(even + odd, drop);
            block[(7 - row) * 8 + i] = descale(even - odd, drop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transform as T.81 A.3.3 writes it, in floating point.
    fn by_definition(block: &Block, precision: i32) -> [f64; 64] {
        let c = |u: usize| if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let cosine = |x: usize, u: usize| {
            ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()
        };
        std::array::from_fn(|at| {
            let (y, x) = (at / 8, at % 8);
            let sum: f64 = (0..64)
                .map(|k| (k / 8, k % 8, f64::from(block[k].0)))
                .map(|(v, u, s)| c(u) * c(v) * s * cosine(x, u) * cosine(y, v))
                .sum();
            (sum / 4.0 + 2_f64.powi(precision - 1)).clamp(0.0, 2_f64.powi(precision) - 1.0)
        })
    }

    fn noise(seed: u32, size: i32) -> Block {
        let mut state = seed;
        std::array::from_fn(|k| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let level = i32::try_from(state >> 8).unwrap() % (2 * size) - size;
            Wrapping(level / (1 + i32::try_from(k).unwrap() / 4))
        })
    }

    #[test]
    fn samples_are_within_one_of_the_definition() {
        for (precision, size) in [(8, 900), (12, 14_000)] {
            for seed in 0..200 {
                let block = noise(seed, size);
                let samples = Inverse::new(precision).samples(&block, 63);
                let exact = by_definition(&block, precision.cast_signed());
                let is_close =
                    |(sample, exact): (&u16, f64)| (f64::from(*sample) - exact).abs() < 1.0;
                assert!(
                    samples.iter().zip(exact).all(is_close),
                    "{samples:?} {exact:?}"
                );
            }
        }
    }

    #[test]
    fn a_lone_first_coefficient_needs_no_transform() {
        for precision in [8, 12] {
            for first in (-40_000..40_000).step_by(37) {
                let mut block = [Wrapping(0); 64];
                block[0] = Wrapping(first);
                let inverse = Inverse::new(precision);
                assert_eq!(
                    inverse.samples(&block, 0),
                    inverse.samples(&block, 63),
                    "{first}"
                );
            }
        }
    }

    #[test]
    fn the_largest_numbers_are_no_fault() {
        for value in [i32::MIN, i32::MAX, -1] {
            for precision in [8, 12] {
                let samples = Inverse::new(precision).samples(&[Wrapping(value); 64], 63);
                assert!(samples.iter().all(|sample| *sample < 1 << precision));
            }
        }
    }
}
