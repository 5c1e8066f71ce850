//! Pictures in, the model's pixels `[n, 3, S, S]` out; the only file that knows both pictures and tensors.
//!
//! Value for value what `Gemma3ImageProcessorPil` of Transformers gives: Pillow's resize on bytes, then
//! `(value * rescale - mean) / std`, not fused (the fused form of the other backend differs in the last bit).

mod resize;

use candle_core::{Device, Tensor};

use crate::imaging::square::Square;
use crate::imaging::{Picture, sha256};

pub use crate::imaging::square::{self, Fit};

/// `preprocessor_config.json`, the parts that matter.
#[derive(Debug, Clone, PartialEq)]
pub struct PreprocessConfig {
    /// Pixels a side of what the model takes.
    pub size: usize,
    /// Rescale factor, 1/255, as the file has it: in f32 it would change the last bit of the pixels.
    pub rescale: f64,
    /// Mean a channel, 0.5.
    pub mean: [f32; 3],
    /// Standard deviation a channel, 0.5.
    pub std: [f32; 3],
}

/// One picture as the model gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Pixels a side.
    pub size: usize,
    /// `3 * size * size` values, channel by channel.
    pub values: Vec<f32>,
    /// What the model sees, for people: `size * size * 3` bytes, red, green, blue, row by row.
    pub rgb: Vec<u8>,
    /// SHA-256 of `values` as little-endian f32.
    pub sha256: String,
    /// The steps from the picture to the values, in order.
    pub chain: Vec<String>,
    /// How it was made square.
    pub fit: Fit,
}

/// Fits, resizes (Pillow's bilinear with antialias), rescales and normalises.
pub fn prepare(picture: &Picture, config: &PreprocessConfig, fit: Fit) -> Prepared {
    let size = config.size;
    let square = Square::new(picture.width, picture.height, fit);
    let rgb = resize::bilinear(&picture.rgb, square.across(), square.down(), size);
    let values = normalised(&rgb, config);
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let mut chain = Vec::new();
    if square.is_padded() {
        let (width, height) = (square.across().total, square.down().total);
        chain.push(format!("zeros around it to {width}x{height}"));
    }
    chain.push(format!("resized to {size}x{size}, bilinear with antialias"));
    chain.push(format!(
        "(value * {:.6} - mean {}) / std {}",
        config.rescale,
        one_or_three(config.mean),
        one_or_three(config.std)
    ));
    Prepared {
        size,
        values,
        rgb,
        sha256: sha256(&bytes),
        chain,
        fit,
    }
}

/// A picture of the same size without anything in it: even grey, from edge to edge, so that nothing of the first is left.
pub fn blank(prepared: &Prepared, config: &PreprocessConfig) -> Prepared {
    const GREY: u8 = 128;
    let rgb = vec![GREY; prepared.rgb.len()];
    let values = normalised(&rgb, config);
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    Prepared {
        size: prepared.size,
        sha256: sha256(&bytes),
        values,
        rgb,
        chain: vec![format!("even grey of {GREY} in its place")],
        fit: prepared.fit,
    }
}

/// Bytes by pixel to values by channel. There are only 256 bytes, so each channel has a table.
fn normalised(rgb: &[u8], config: &PreprocessConfig) -> Vec<f32> {
    let mut values = Vec::with_capacity(rgb.len());
    for (channel, (mean, std)) in config.mean.iter().zip(config.std).enumerate() {
        let table: Vec<f32> = (0..=255_u8)
            .map(|byte| (rescaled(byte, config.rescale) - mean) / std)
            .collect();
        let bytes = rgb.iter().skip(channel).step_by(3);
        values.extend(bytes.map(|byte| table[usize::from(*byte)]));
    }
    values
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "multiplied in f64, kept in f32, as Transformers does"
)]
fn rescaled(byte: u8, factor: f64) -> f32 {
    (f64::from(byte) * factor) as f32
}

fn one_or_three(values: [f32; 3]) -> String {
    let [red, green, blue] = values.map(|value| value.to_string());
    if red == green && green == blue {
        red
    } else {
        format!("{red} {green} {blue}")
    }
}

/// Stacks prepared pictures into `[n, 3, S, S]` f32.
///
/// # Errors
/// When there is none, or their sizes differ.
pub fn stack(pictures: &[&Prepared], device: &Device) -> candle_core::Result<Tensor> {
    let tensors = pictures
        .iter()
        .map(|p| Tensor::from_slice(&p.values, (3, p.size, p.size), device))
        .collect::<candle_core::Result<Vec<_>>>()?;
    Tensor::stack(&tensors, 0)
}
