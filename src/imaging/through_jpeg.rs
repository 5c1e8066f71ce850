//! A picture and a quality in, what is left of it after a JPEG out: byte for byte Pillow's save and open.
//!
//! Models have often seen their pictures through a JPEG: `MedGemma`'s CT notebook sends quality 75, its server 95. Of a JPEG's
//! two halves, the entropy code changes nothing, so only the lossy one is done here: YCbCr, colour halved in both directions
//! (4:2:0, Pillow's default), cosine transform, quantisation (ITU-T T.81 Annex A), and back, in the whole-number arithmetic of
//! libjpeg-turbo's defaults (`JDCT_ISLOW`, fancy upsampling), on which Pillow stands.

use rayon::prelude::*;

/// Samples a side of a block.
const SIDE: usize = 8;

/// A block: 64 samples or coefficients, row by row.
type Block = [[i32; SIDE]; SIDE];

/// T.81 Table K.1, brightness.
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// T.81 Table K.2, colour: its upper left corner; all the rest is 99.
const CHROMA: [[u16; 4]; 4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
];

/// A picture after a JPEG of this quality, 1 to 100.
///
/// # Panics
/// When `rgb` is not `height * width * 3` bytes.
pub fn through_jpeg(rgb: &[u8], width: usize, height: usize, quality: u8) -> Vec<u8> {
    assert_eq!(rgb.len(), 3 * width * height, "bytes of the picture");
    if rgb.is_empty() {
        return Vec::new();
    }
    let [mut luma, blue, red] = [0, 1, 2].map(|channel| Plane::of(rgb, width, height, channel));
    luma.through_blocks(&steps(&LUMA, quality));
    let chroma = steps(&chroma_table(), quality);
    let [blue, red] = [blue, red].map(|plane| {
        let mut half = plane.halved();
        half.through_blocks(&chroma);
        half
    });
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(3 * width)
        .enumerate()
        .for_each(|(y, row)| {
            let (blue, red) = (blue.doubled_row(y, width), red.doubled_row(y, width));
            let luma = luma.row(y).iter().zip(blue).zip(red);
            for (pixel, ((luma, blue), red)) in row.as_chunks_mut().0.iter_mut().zip(luma) {
                *pixel = to_rgb((*luma).into(), blue, red);
            }
        });
    out
}

/// What is done, for the chain.
pub fn step(quality: u8) -> String {
    format!("through a JPEG of quality {quality}, colour 4:2:0")
}

fn chroma_table() -> [u16; 64] {
    let mut table = [99; 64];
    for (row, corner) in table.chunks_exact_mut(SIDE).zip(CHROMA) {
        row[..4].copy_from_slice(&corner);
    }
    table
}

/// How far quantised values lie apart: libjpeg's scale of qualities, no step above a byte.
fn steps(table: &[u16; 64], quality: u8) -> Block {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    let mut steps = Block::default();
    for (step, base) in steps.as_flattened_mut().iter_mut().zip(table) {
        let scaled = (u32::from(*base) * percent + 50) / 100;
        *step = i32::try_from(scaled.clamp(1, 255)).expect("a byte");
    }
    steps
}

/// One component of a picture. Rows are as long as its blocks are; what lies right of `width` and below `height` is filler.
struct Plane {
    width: usize,
    height: usize,
    stride: usize,
    samples: Vec<u8>,
}

impl Plane {
    /// Room for whole blocks.
    fn new(width: usize, height: usize) -> Self {
        let stride = width.next_multiple_of(SIDE);
        Self {
            width,
            height,
            stride,
            samples: vec![0; stride * height.next_multiple_of(SIDE)],
        }
    }

    /// Component 0 (brightness), 1 (blue) or 2 (red) of a picture.
    fn of(rgb: &[u8], width: usize, height: usize, channel: usize) -> Self {
        let mut plane = Self::new(width, height);
        let rows = plane.samples.chunks_exact_mut(plane.stride);
        for (row, source) in rows.zip(rgb.chunks_exact(3 * width)) {
            for (sample, pixel) in row.iter_mut().zip(source.as_chunks().0) {
                *sample = component(*pixel, channel);
            }
        }
        plane.fill();
        plane
    }

    /// The last column and the last row repeated to the end of the blocks.
    fn fill(&mut self) {
        for row in self.samples.chunks_exact_mut(self.stride) {
            let last = row[self.width - 1];
            row[self.width..].fill(last);
        }
        let (rows, below) = self.samples.split_at_mut(self.stride * self.height);
        let last = &rows[rows.len() - self.stride..];
        for row in below.chunks_exact_mut(self.stride) {
            row.copy_from_slice(last);
        }
    }

    fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.stride..][..self.width]
    }

    /// Two by two pixels to one. Halves go down in even columns and up in odd ones, so that nothing drifts.
    fn halved(&self) -> Self {
        let mut half = Self::new(self.width.div_ceil(2), self.height.div_ceil(2));
        let last = self.width - 1;
        for y in 0..half.height {
            let upper = self.row(2 * y);
            let lower = self.row((2 * y + 1).min(self.height - 1));
            let row = &mut half.samples[y * half.stride..][..half.stride];
            for (x, sample) in row.iter_mut().enumerate() {
                let sum = [(2 * x).min(last), (2 * x + 1).min(last)]
                    .map(|x| u16::from(upper[x]) + u16::from(lower[x]));
                let round = 1 + u16::from(!x.is_multiple_of(2));
                *sample = byte(((sum[0] + sum[1] + round) >> 2).into());
            }
        }
        let (rows, below) = half.samples.split_at_mut(half.stride * half.height);
        let last = &rows[rows.len() - half.stride..];
        for row in below.chunks_exact_mut(half.stride) {
            row.copy_from_slice(last);
        }
        half
    }

    /// One row of twice the height and width: each sample counts three times as much as its neighbour on the other side.
    fn doubled_row(&self, y: usize, width: usize) -> Vec<i32> {
        let near = y / 2;
        let far = if y.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(self.height - 1)
        };
        if self.width <= 2 {
            // too narrow for it: libjpeg repeats the samples
            let row = self.row(near);
            return (0..width).map(|x| row[x / 2].into()).collect();
        }
        let rows = self.row(near).iter().zip(self.row(far));
        let sums: Vec<i32> = rows
            .map(|(near, far)| 3 * i32::from(*near) + i32::from(*far))
            .collect();
        let last = self.width - 1;
        let at = |x: usize| {
            let (own, left) = (x / 2, x.is_multiple_of(2));
            let (other, round) = if left {
                (own.saturating_sub(1), 8)
            } else {
                ((own + 1).min(last), 7)
            };
            (3 * sums[own] + sums[other] + round) >> 4
        };
        (0..width).map(at).collect()
    }

    /// Every block transformed, quantised, and back.
    fn through_blocks(&mut self, steps: &Block) {
        let stride = self.stride;
        self.samples.par_chunks_mut(SIDE * stride).for_each(|rows| {
            for x in (0..stride).step_by(SIDE) {
                through_block(rows, stride, x, steps);
            }
        });
    }
}

fn through_block(rows: &mut [u8], stride: usize, x: usize, steps: &Block) {
    let mut block = Block::default();
    for (values, row) in block.iter_mut().zip(rows.chunks_exact(stride)) {
        for (value, sample) in values.iter_mut().zip(&row[x..]) {
            *value = i32::from(*sample) - 128;
        }
    }
    let mut coefficients = forward(&block);
    for (value, step) in coefficients
        .as_flattened_mut()
        .iter_mut()
        .zip(steps.as_flattened())
    {
        *value = quantised(*value, *step) * step;
    }
    let block = backward(&coefficients);
    for (values, row) in block.iter().zip(rows.chunks_exact_mut(stride)) {
        for (value, sample) in values.iter().zip(&mut row[x..]) {
            *sample = byte(value + 128);
        }
    }
}

/// The nearest multiple, halves away from 0; the transform's values are 8 times too large.
fn quantised(value: i32, step: i32) -> i32 {
    let divisor = 8 * step;
    let steps = (value.abs() + divisor / 2) / divisor;
    if value < 0 { -steps } else { steps }
}

// --- the cosine transform ------------------------------------------------------------------------------------------

/// Bits behind the point of the cosines.
const BITS: u32 = 13;
/// Bits behind the point that are kept between the two directions.
const KEPT: u32 = 2;

/// Even frequencies 0, 2, 4, 6 (down) of the sums of samples that lie opposite each other (across).
///
/// `8192 √2 cos(…)` of T.81 A.3.3, but that each number is what the rounded constants of the fast algorithm (Loeffler,
/// Ligtenberg and Moschytz 1989) add up to: 10703 and 10704, which are one cosine, come from there.
const EVEN: [[i32; 4]; 4] = [
    [8192, 8192, 8192, 8192],
    [10703, 4433, -4433, -10703],
    [8192, -8192, -8192, 8192],
    [4433, -10704, 10704, -4433],
];

/// Odd frequencies 1, 3, 5, 7 of the differences.
const ODD: [[i32; 4]; 4] = [
    [11363, 9633, 6437, 2260],
    [9633, -2259, -11362, -6436],
    [6437, -11362, 2261, 9633],
    [2260, -6436, 9633, -11363],
];

/// Samples around 0 to 8 times their coefficients.
fn forward(samples: &Block) -> Block {
    let rows = samples.map(|row| to_frequencies(row, BITS - KEPT));
    let columns = transposed(&rows).map(|column| to_frequencies(column, BITS + KEPT));
    transposed(&columns)
}

/// Coefficients to samples around 0.
///
/// A block's coefficients are at most 1024 long (64 samples of at most 128), what quantising adds at most 8 * 128; so no
/// sum is above 2048 * 8 * 4 * 8192, and 32 bits are enough.
fn backward(coefficients: &Block) -> Block {
    let columns = transposed(coefficients).map(|column| to_samples(column, BITS - KEPT));
    transposed(&columns).map(|row| to_samples(row, BITS + KEPT + 3))
}

fn to_frequencies(samples: [i32; SIDE], shift: u32) -> [i32; SIDE] {
    let sums: [i32; 4] = std::array::from_fn(|i| samples[i] + samples[7 - i]);
    let differences: [i32; 4] = std::array::from_fn(|i| samples[i] - samples[7 - i]);
    std::array::from_fn(|k| {
        let sum = if k.is_multiple_of(2) {
            dot(EVEN[k / 2], sums)
        } else {
            dot(ODD[k / 2], differences)
        };
        rounded(sum, shift)
    })
}

fn to_samples(frequencies: [i32; SIDE], shift: u32) -> [i32; SIDE] {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = frequencies;
    let across = |matrix: [[i32; 4]; 4], values: [i32; 4], i: usize| {
        dot(
            [matrix[0][i], matrix[1][i], matrix[2][i], matrix[3][i]],
            values,
        )
    };
    std::array::from_fn(|n| {
        let i = n.min(7 - n);
        let even = across(EVEN, [c0, c2, c4, c6], i);
        let odd = across(ODD, [c1, c3, c5, c7], i);
        rounded(if n < 4 { even + odd } else { even - odd }, shift)
    })
}

fn dot(a: [i32; 4], b: [i32; 4]) -> i32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
}

/// Without its last bits; halves go up.
fn rounded(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

fn transposed(block: &Block) -> Block {
    std::array::from_fn(|i| std::array::from_fn(|j| block[j][i]))
}

// --- colour --------------------------------------------------------------------------------------------------------

/// A half, 16 bits behind the point.
const HALF: i32 = 1 << 15;

/// Brightness, blue or red of a pixel (JFIF 1.02), 16 bits behind the point.
fn component(pixel: [u8; 3], channel: usize) -> u8 {
    let [r, g, b] = pixel.map(i32::from);
    let sum = match channel {
        0 => 19_595 * r + 38_470 * g + 7_471 * b + HALF,
        // the last of the 16 bits is taken off, so that 255.5 does not become 256
        1 => -11_059 * r - 21_709 * g + 32_768 * b + (128 << 16) + HALF - 1,
        _ => 32_768 * r - 27_439 * g - 5_329 * b + (128 << 16) + HALF - 1,
    };
    byte(sum >> 16)
}

fn to_rgb(luma: i32, blue: i32, red: i32) -> [u8; 3] {
    let (blue, red) = (blue - 128, red - 128);
    [
        byte(luma + ((91_881 * red + HALF) >> 16)),
        byte(luma + ((-22_554 * blue - 46_802 * red + HALF) >> 16)),
        byte(luma + ((116_130 * blue + HALF) >> 16)),
    ]
}

fn byte(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).expect("clamped to a byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte equality with Pillow is an integration test; what must hold without a reference is here.
    #[test]
    fn one_colour_comes_back_and_grey_stays_grey() {
        for grey in [0, 1, 127, 128, 254, 255] {
            let rgb = vec![grey; 3 * 19 * 11];
            assert_eq!(through_jpeg(&rgb, 19, 11, 95), rgb, "{grey}");
        }
        let ramp: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
        let after = through_jpeg(&ramp, 32, 8, 50);
        assert_ne!(after, ramp);
        assert!(after.as_chunks().0.iter().all(|[r, g, b]| r == g && g == b));
        assert!(through_jpeg(&[], 0, 0, 75).is_empty());
    }

    #[test]
    fn qualities_are_libjpegs() {
        let first = |quality| steps(&LUMA, quality)[0][..3].to_vec();
        assert_eq!(first(50), [16, 11, 10]);
        assert_eq!(first(75), [8, 6, 5]);
        assert_eq!(first(95), [2, 1, 1]);
        assert_eq!(first(100), [1, 1, 1]);
        assert_eq!(first(10), [80, 55, 50]);
        assert_eq!(first(1), [255, 255, 255]);
        assert_eq!(first(0), first(1));
        assert_eq!(first(101), first(100));
        assert_eq!(steps(&chroma_table(), 50)[7], [99; 8]);
    }

    #[test]
    fn there_and_back_again() {
        let block: Block = std::array::from_fn(|y| {
            std::array::from_fn(|x| i32::try_from((x * 37 + y * 91) % 256).unwrap() - 128)
        });
        let coefficients = forward(&block).map(|row| row.map(|value| (value + 4) >> 3));
        for (a, b) in backward(&coefficients)
            .as_flattened()
            .iter()
            .zip(block.as_flattened())
        {
            assert!((a - b).abs() <= 1, "{a} is not {b}");
        }
    }
}
