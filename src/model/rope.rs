//! Positions in, rotations out: cosines and sines in f32, as many as were needed so far.

use super::config::Rope;

/// A rotary table that grows.
pub(super) struct Table {
    /// Angle of one step, for each of the `d / 2` pairs.
    frequencies: Vec<f32>,
    cos: Vec<f32>, // [t, d / 2]
    sin: Vec<f32>, // [t, d / 2]
}

impl Table {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the reference keeps frequencies in f32"
    )]
    pub(super) fn new(rope: Rope, head_dim: usize) -> Self {
        let frequencies = (0..head_dim / 2)
            .map(|i| {
                let exponent = (2 * i) as f32 / head_dim as f32;
                let frequency = 1.0 / rope.theta.powf(f64::from(exponent)) as f32;
                frequency / rope.factor as f32
            })
            .collect();
        Self {
            frequencies,
            cos: Vec::new(),
            sin: Vec::new(),
        }
    }

    /// Makes sure that positions below `length` can be turned.
    pub(super) fn grow(&mut self, length: usize) {
        let half = self.frequencies.len();
        let have = self.cos.len() / half;
        if length <= have {
            return;
        }
        for position in have..length.next_power_of_two().max(256) {
            for frequency in &self.frequencies {
                let (sin, cos) = (position as f32 * frequency).sin_cos();
                self.cos.push(cos);
                self.sin.push(sin);
            }
        }
    }

    /// Turns one head (`[d]`) to its position: pairs are `(i, i + d / 2)`.
    pub(super) fn turn(&self, head: &mut [f32], position: usize) {
        let half = self.frequencies.len();
        let at = position * half..(position + 1) * half;
        let (cos, sin) = (&self.cos[at.clone()], &self.sin[at]);
        let (first, second) = head.split_at_mut(half);
        for i in 0..half {
            let (a, b) = (first[i], second[i]);
            first[i] = a * cos[i] - b * sin[i];
            second[i] = b * cos[i] + a * sin[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_beyond_256_differ() {
        let mut table = Table::new(
            Rope {
                theta: 1e6,
                factor: 8.0,
            },
            4,
        );
        table.grow(1002);
        let at = |position| {
            let mut head = [1.0, 0.0, 0.0, 0.0];
            table.turn(&mut head, position);
            head
        };
        for position in [0, 257, 1001] {
            let angle = position as f32 / 8.0;
            assert!((at(position)[0] - angle.cos()).abs() < 1e-6);
            assert!((at(position)[2] - angle.sin()).abs() < 1e-6);
        }
    }
}
