//! A picture's size and how it is fitted in, places in it and in the model's square out, both ways.

/// How a picture that is not square becomes square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Centred zero padding to a square, then resize (what MedGemma was trained with; the default).
    #[default]
    Pad,
    /// Resize to a square whatever the shape (what the bare Hugging Face processor does).
    Stretch,
}

impl std::fmt::Display for Fit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pad => "pad",
            Self::Stretch => "stretch",
        })
    }
}

/// One direction of the square: `len` pixels of the picture, `before` zeros in front, `total` in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) before: usize,
    pub(crate) len: usize,
    pub(crate) total: usize,
}

impl Axis {
    /// Pixel of the picture to 0..=1000 of the square.
    fn to_model(self, place: f64) -> f64 {
        ((place + self.before as f64) * 1000.0 / self.total as f64).clamp(0.0, 1000.0)
    }

    /// 0..=1000 of the square to pixel of the picture; what lies in the padding goes to the edge.
    fn to_picture(self, place: f64) -> f64 {
        (place * self.total as f64 / 1000.0 - self.before as f64).clamp(0.0, self.len as f64)
    }
}

/// A box: top, left, bottom, right, as `MedGemma` writes them. In pixels of the picture, or in 0..=1000 of the square.
pub type Yxyx = [f64; 4];

/// How a picture lies in the square that the model gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    across: Axis,
    down: Axis,
}

impl Square {
    /// For a picture of this size. Of an odd number of zeros, the one more comes after.
    pub fn new(width: usize, height: usize, fit: Fit) -> Self {
        let axis = |len: usize| {
            let total = match fit {
                Fit::Pad => width.max(height),
                Fit::Stretch => len,
            };
            Axis {
                before: (total - len) / 2,
                len,
                total,
            }
        };
        Self {
            across: axis(width),
            down: axis(height),
        }
    }

    /// Whether anything is added around the picture.
    pub fn is_padded(&self) -> bool {
        [self.across, self.down]
            .iter()
            .any(|axis| axis.len != axis.total)
    }

    /// A box in pixels of the picture to 0..=1000 of the square.
    pub fn to_model(&self, [top, left, bottom, right]: Yxyx) -> Yxyx {
        let (y, x) = (self.down, self.across);
        [
            y.to_model(top),
            x.to_model(left),
            y.to_model(bottom),
            x.to_model(right),
        ]
    }

    /// A box in 0..=1000 of the square to pixels of the picture; what lies in the padding is cut off.
    pub fn to_picture(&self, [top, left, bottom, right]: Yxyx) -> Yxyx {
        let (y, x) = (self.down, self.across);
        [
            y.to_picture(top),
            x.to_picture(left),
            y.to_picture(bottom),
            x.to_picture(right),
        ]
    }

    pub(crate) fn across(&self) -> Axis {
        self.across
    }

    pub(crate) fn down(&self) -> Axis {
        self.down
    }
}
