//! A component of lower resolution in, rows of full resolution out, to the bit as libjpeg's triangle filter.
//!
//! T.81 leaves open how a subsampled component is spread. libjpeg's "fancy upsampling" (three quarters of the nearer
//! sample, one of the farther one) is what dcmtk, GDCM and Pillow show, and what is done here; factors other than 2
//! repeat the sample, as there.

/// How a component's samples lie on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Factors {
    /// Pixels a sample, across.
    pub across: usize,
    /// Pixels a sample, down.
    pub down: usize,
}

/// A component: `width * height` samples, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coarse<'a> {
    pub samples: &'a [u16],
    pub width: usize,
    pub height: usize,
    pub factors: Factors,
}

impl Coarse<'_> {
    fn row(&self, y: usize) -> &[u16] {
        &self.samples[y * self.width..][..self.width]
    }

    /// Writes row `y` of full resolution over `row`; `sums` is scratch.
    pub(super) fn spread(&self, y: usize, sums: &mut Vec<u32>, row: &mut [u16]) {
        let Factors { across, down } = self.factors;
        let near = self.row((y / down).min(self.height - 1));
        match (across, down) {
            (2, 1) if self.width > 2 => {
                sums.clear();
                sums.extend(near.iter().map(|sample| u32::from(*sample)));
                spread_row(sums, 2, [1, 2], row);
            }
            (2, 2) if self.width > 2 => {
                sums.clear();
                sums.extend(weighed(near, self.neighbour(y)));
                spread_row(sums, 4, [8, 7], row);
            }
            (1, 2) => {
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for (out, sum) in row.iter_mut().zip(weighed(near, self.neighbour(y))) {
                    *out = narrow((sum + bias) >> 2);
                }
            }
            _ => {
                for (pixels, sample) in row.chunks_mut(across).zip(near) {
                    pixels.fill(*sample);
                }
            }
        }
    }

    /// The second nearest row of samples, with two rows of pixels a row of samples; at the edge, the nearest.
    fn neighbour(&self, y: usize) -> &[u16] {
        let near = (y / 2).min(self.height - 1);
        let far = if y.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(self.height - 1)
        };
        self.row(far)
    }
}

/// Three times the nearer row and the farther one.
fn weighed<'a>(near: &'a [u16], far: &'a [u16]) -> impl Iterator<Item = u32> + 'a {
    near.iter()
        .zip(far)
        .map(|(near, far)| u32::from(*near) * 3 + u32::from(*far))
}

/// Spreads a row to double width; `sums` are samples times `1 << (bits - 2)`, and `biases` round left and right pixels.
///
/// At both ends the sample stands for its missing neighbour.
fn spread_row(sums: &[u32], bits: u32, biases: [u32; 2], row: &mut [u16]) {
    let pixel = |near: u32, far: u32, side: usize| narrow((near * 3 + far + biases[side]) >> bits);
    let last = sums.len() - 1;
    row[0] = pixel(sums[0], sums[0], 0);
    row[1] = pixel(sums[0], sums[1], 1);
    for (pixels, near) in row[2..].chunks_exact_mut(2).zip(sums.windows(3)) {
        pixels[0] = pixel(near[1], near[0], 0);
        pixels[1] = pixel(near[1], near[2], 1);
    }
    row[last * 2] = pixel(sums[last], sums[last - 1], 0);
    if let Some(end) = row.get_mut(last * 2 + 1) {
        *end = pixel(sums[last], sums[last], 1);
    }
}

/// A weighted mean of samples is a sample.
#[inline]
fn narrow(mean: u32) -> u16 {
    let [low, high, ..] = mean.to_le_bytes();
    u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: &[u16], width: usize, factors: (usize, usize), full: &[&[u16]]) {
        let coarse = Coarse {
            samples,
            width,
            height: samples.len() / width,
            factors: Factors {
                across: factors.0,
                down: factors.1,
            },
        };
        for (y, expected) in full.iter().enumerate() {
            let mut row = vec![9999; expected.len()];
            coarse.spread(y, &mut Vec::new(), &mut row);
            assert_eq!(row, *expected, "row {y}");
        }
    }

    #[test]
    fn double_width() {
        check(&[10, 20, 40], 3, (2, 1), &[&[10, 13, 17, 25, 35, 40]]);
        // an odd picture has no last pixel
        check(&[10, 20, 40], 3, (2, 1), &[&[10, 13, 17, 25, 35]]);
        // too narrow for the filter
        check(&[10, 20], 2, (2, 1), &[&[10, 10, 20, 20]]);
    }

    #[test]
    fn double_width_and_height() {
        check(
            &[0, 16, 32, 64, 80, 96],
            3,
            (2, 2),
            &[
                &[0, 4, 12, 20, 28, 32],
                &[16, 20, 28, 36, 44, 48],
                &[48, 52, 60, 68, 76, 80],
                &[64, 68, 76, 84, 92, 96],
            ],
        );
    }

    #[test]
    fn double_height_and_other_factors() {
        check(&[10, 20], 1, (1, 2), &[&[10], &[13], &[17], &[20]]);
        check(&[10, 20], 2, (4, 1), &[&[10, 10, 10, 10, 20, 20]]);
        check(
            &[10, 20],
            1,
            (3, 3),
            &[&[10; 3], &[10; 3], &[10; 3], &[20; 3]],
        );
    }

    #[test]
    fn the_largest_samples_stay_in_range() {
        check(&[4095; 6], 3, (2, 2), &[&[4095; 6], &[4095; 6]]);
    }
}
