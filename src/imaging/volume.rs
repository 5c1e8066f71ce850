//! Slices of one size in, a block of values with its place in the patient out.

use serde::{Deserialize, Serialize};

use super::frame::{Frame, Place, Scale, Values};

/// A block of values: what a series of slices or a NIfTI file holds at one point of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Columns, rows, slices.
    pub size: [usize; 3],
    /// `columns * rows * slices` pixels, columns fastest, then rows, then slices.
    pub values: Values,
    /// What grey values mean.
    pub scale: Scale,
    /// Millimetres (LPS: x to the left, y to the back, z to the head) of one step along columns, rows, slices.
    pub steps: [[f64; 3]; 3],
    /// Centre of the first voxel, mm, LPS.
    pub origin: [f64; 3],
    /// Whether `steps` and `origin` are from the file, not assumed (unit spacing, axial).
    pub placed: bool,
    /// How the block was made, in order, in the field's words.
    pub chain: Vec<String>,
}

/// The most voxels of a volume that is read: 512 MiB as f32.
pub const MAX_VOXELS: usize = 128 << 20;

impl Volume {
    /// A slice (from 0, less than there are) as it is stored: columns, then rows.
    pub(super) fn stored(&self, k: usize) -> Frame {
        let [width, height, _] = self.size;
        let pixels = width * height;
        let of = k * pixels..(k + 1) * pixels;
        Frame {
            width,
            height,
            values: match &self.values {
                Values::Grey(values) => Values::Grey(values[of].to_vec()),
                Values::Rgb(rgb) => Values::Rgb(rgb[3 * of.start..3 * of.end].to_vec()),
            },
            scale: self.scale.clone(),
            place: Place::default(),
            chain: self.chain.clone(),
        }
    }
}
