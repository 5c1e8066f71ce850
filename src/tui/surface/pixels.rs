//! Grey or coloured bytes in, the part of them that is shown out, at the size it is shown at.

use super::fit::{Part, whole};

/// What a pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One byte: 0 is black.
    Grey,
    /// Three bytes: red, green, blue.
    Rgb,
}

impl Kind {
    /// Bytes of a pixel.
    pub fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// A picture as it is to look: windowed, with everything drawn into it, 8 bits a channel, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    kind: Kind,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} × {}", self.kind, self.width, self.height)
    }
}

impl Pixels {
    /// `height * width * channels` bytes as a picture; `None` when there are more or fewer, or none.
    pub fn new(width: usize, height: usize, kind: Kind, bytes: Vec<u8>) -> Option<Self> {
        let n_bytes = width
            .checked_mul(height)
            .and_then(|it| it.checked_mul(kind.channels()))?;
        (n_bytes > 0 && n_bytes == bytes.len()).then_some(Self {
            width,
            height,
            kind,
            bytes,
        })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// What a pixel is made of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// All values.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Red, green and blue of each pixel.
    pub fn colours(&self) -> impl Iterator<Item = [u8; 3]> {
        let n_channels = self.kind.channels();
        self.bytes
            .chunks_exact(n_channels)
            .map(move |it| [it[0], it[n_channels / 2], it[n_channels - 1]])
    }

    /// The same picture in as few bytes: grey when no pixel has a colour.
    #[must_use]
    pub fn thrifty(self) -> Self {
        let is_grey = self.kind == Kind::Rgb && self.colours().all(|[r, g, b]| r == g && g == b);
        if !is_grey {
            return self;
        }
        Self {
            kind: Kind::Grey,
            bytes: self.bytes.iter().copied().step_by(3).collect(),
            ..self
        }
    }

    /// A part of it in `width` × `height` pixels. What lies beyond the picture is black.
    ///
    /// Smaller: the mean over the area of each new pixel. Larger: linear between the nearest. Of the same size and from
    /// whole pixels on: the very bytes.
    #[must_use]
    pub fn sample(&self, part: Part, (width, height): (usize, usize)) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let n_channels = self.kind.channels();
        let columns = Taps::of_axis(self.width, part.x, part.width, width);
        let rows = Taps::of_axis(self.height, part.y, part.height, height);
        let mut bytes = vec![0; width * height * n_channels];
        let mut narrow = Narrowed {
            of: self,
            columns: &columns,
            kept: std::collections::VecDeque::new(),
            first: 0,
        };
        let mut sums = vec![0.0; width * n_channels];
        for (taps, out) in rows.iter().zip(bytes.chunks_exact_mut(width * n_channels)) {
            sums.fill(0.0);
            for (nth, weight) in taps.weights.iter().enumerate() {
                let row = narrow.row(taps.first, taps.first + nth);
                add(&mut sums, row.iter().copied(), *weight);
            }
            for (byte, sum) in out.iter_mut().zip(&sums) {
                *byte = rounded(*sum);
            }
        }
        Self {
            width,
            height,
            kind: self.kind,
            bytes,
        }
    }
}

/// Rows of a picture, each made narrower once, and kept while a later row of the result may need it.
struct Narrowed<'a> {
    of: &'a Pixels,
    columns: &'a [Taps],
    kept: std::collections::VecDeque<Vec<f32>>,
    first: usize,
}

impl Narrowed<'_> {
    /// Row `wanted`; those above `oldest` are not asked for any more.
    fn row(&mut self, oldest: usize, wanted: usize) -> &[f32] {
        while self.first < oldest && self.kept.pop_front().is_some() {
            self.first += 1;
        }
        if self.kept.is_empty() {
            self.first = wanted;
        }
        while self.first + self.kept.len() <= wanted {
            let row = self.narrow(self.first + self.kept.len());
            self.kept.push_back(row);
        }
        &self.kept[wanted - self.first]
    }

    fn narrow(&self, y: usize) -> Vec<f32> {
        let n_channels = self.of.kind.channels();
        let stride = self.of.width * n_channels;
        let row = &self.of.bytes[y * stride..(y + 1) * stride];
        let mut out = vec![0.0; self.columns.len() * n_channels];
        for (taps, sums) in self.columns.iter().zip(out.chunks_exact_mut(n_channels)) {
            let pixels = row[taps.first * n_channels..].chunks_exact(n_channels);
            for (weight, pixel) in taps.weights.iter().zip(pixels) {
                add(sums, pixel.iter().copied().map(f32::from), *weight);
            }
        }
        out
    }
}

/// Adds so much of some values.
fn add(sums: &mut [f32], values: impl Iterator<Item = f32>, weight: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

/// What a new row or column is the sum of: so much of each old one from `first` on.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn of_axis(size: usize, start: f64, extent: f64, n_new: usize) -> Vec<Self> {
        let step = extent / n_new as f64;
        (0..n_new)
            .map(|nth| {
                if step >= 1.0 {
                    let from = start + nth as f64 * step;
                    Self::mean(size, from, step)
                } else {
                    Self::between(size, start + (nth as f64 + 0.5) * step)
                }
            })
            .collect()
    }

    /// The mean over `from .. from + step`.
    fn mean(size: usize, from: f64, step: f64) -> Self {
        let (low, high) = (from.max(0.0), (from + step).min(size as f64));
        if high <= low {
            return Self::nothing();
        }
        let first = whole(low.floor()).min(size - 1);
        let last = whole(high.ceil()).clamp(first + 1, size);
        let weight = |old: usize| {
            let covered = high.min(old as f64 + 1.0) - low.max(old as f64);
            narrowed(covered.max(0.0) / step)
        };
        let weights = (first..last).map(weight).collect();
        Self { first, weights }
    }

    /// Linear between the centres of the two nearest.
    fn between(size: usize, at: f64) -> Self {
        if !(0.0..size as f64).contains(&at) {
            return Self::nothing();
        }
        let at = (at - 0.5).clamp(0.0, (size - 1) as f64);
        let first = whole(at.floor());
        let share = narrowed(at - at.floor());
        let mut weights = vec![1.0 - share, share];
        weights.truncate(size - first);
        Self { first, weights }
    }

    fn nothing() -> Self {
        Self {
            first: 0,
            weights: Vec::new(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
fn narrowed(weight: f64) -> f32 {
    weight as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a weighted mean of bytes; `as` saturates"
)]
fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, bytes: &[u8]) -> Pixels {
        Pixels::new(width, height, Kind::Grey, bytes.to_vec()).unwrap()
    }

    fn part(x: f64, y: f64, width: f64, height: f64) -> Part {
        Part {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn a_picture_of_another_size_than_its_bytes_is_none() {
        assert!(Pixels::new(2, 2, Kind::Rgb, vec![0; 12]).is_some());
        assert!(Pixels::new(2, 2, Kind::Rgb, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, Kind::Grey, Vec::new()).is_none());
        assert!(Pixels::new(usize::MAX, usize::MAX, Kind::Rgb, vec![1]).is_none());
    }

    #[test]
    fn the_same_size_is_the_very_bytes() {
        let bytes: Vec<u8> = (0..=255).collect();
        let picture = grey(16, 16, &bytes);
        assert_eq!(
            picture.sample(part(0.0, 0.0, 16.0, 16.0), (16, 16)),
            picture
        );
        let corner = picture.sample(part(3.0, 5.0, 2.0, 2.0), (2, 2));
        assert_eq!(corner.bytes(), [83, 84, 99, 100]);
    }

    #[test]
    fn half_the_size_is_the_mean_of_four() {
        let picture = grey(4, 2, &[0, 100, 255, 255, 50, 50, 255, 255]);
        let half = picture.sample(part(0.0, 0.0, 4.0, 2.0), (2, 1));
        assert_eq!(half.bytes(), [50, 255]);
    }

    #[test]
    fn what_lies_beyond_the_picture_is_black() {
        let picture = grey(2, 2, &[200; 4]);
        let wide = picture.sample(part(-2.0, 0.0, 6.0, 2.0), (6, 2));
        assert_eq!(wide.bytes()[..6], [0, 0, 200, 200, 0, 0]);
        let far = picture.sample(part(50.0, 50.0, 4.0, 4.0), (8, 8));
        assert!(far.bytes().iter().all(|it| *it == 0));
    }

    #[test]
    fn larger_is_linear_and_stays_within_the_values() {
        let picture = grey(2, 1, &[0, 200]);
        let large = picture.sample(part(0.0, 0.0, 2.0, 1.0), (4, 2));
        assert_eq!(large.bytes(), [0, 50, 150, 200, 0, 50, 150, 200]);
    }

    #[test]
    fn colours_that_are_grey_take_a_third() {
        let picture = Pixels::new(2, 1, Kind::Rgb, vec![7, 7, 7, 9, 9, 9]).unwrap();
        assert_eq!(picture.thrifty(), grey(2, 1, &[7, 9]));
        let red = Pixels::new(1, 1, Kind::Rgb, vec![7, 0, 0]).unwrap();
        assert_eq!(red.clone().thrifty(), red);
        assert_eq!(grey(1, 1, &[3]).colours().next(), Some([3, 3, 3]));
        assert_eq!(red.colours().next(), Some([7, 0, 0]));
    }

    #[test]
    fn any_part_of_any_picture_can_be_asked_for() {
        let picture = grey(3, 2, &[1, 2, 3, 4, 5, 6]);
        for part in [
            part(-1e9, -1e9, 2e9, 2e9),
            part(2.999, 1.999, 0.001, 0.001),
            part(0.5, 0.5, 1.0, 1.0),
            part(f64::NAN, 0.0, 1.0, 1.0),
            part(0.0, 0.0, 0.0, 0.0),
        ] {
            for size in [(1, 1), (7, 3), (0, 5)] {
                let sampled = picture.sample(part, size);
                assert_eq!(sampled.width(), size.0.max(1));
            }
        }
    }
}
