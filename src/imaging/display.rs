//! A frame and how its values become shades in, 8-bit RGB out: the last step before a picture.

use rayon::prelude::*;

use super::frame::{Frame, Values, VoiLut};
use super::range::is_padding;
use super::shade::{Curve, Shade};

/// A frame as a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// `height * width * 3` bytes, red, green, blue.
    pub rgb: Vec<u8>,
    /// The steps from values to bytes, in order, in the field's words.
    pub chain: Vec<String>,
}

/// Values taken at a time by one thread.
const CHUNK: usize = 1 << 16;

/// Shows a frame.
///
/// `MONOCHROME1` of the file and the person's `invert` undo each other. Padding (`PixelPaddingValue`) and NaN are black
/// in any case, also where an inversion makes the smallest value white: a bright frame around a film would blind the
/// eye and mean nothing to the model.
pub fn show(frame: &Frame, shade: &Shade, invert: bool) -> Shown {
    let mut chain = Vec::new();
    if !shade.why.is_empty() {
        chain.push(shade.why.clone());
    }
    let rgb = match &frame.values {
        Values::Rgb(rgb) if invert => {
            chain.push("inverted as asked".to_owned());
            rgb.iter().map(|value| 255 - value).collect()
        }
        Values::Rgb(rgb) => rgb.clone(),
        Values::Grey(values) => grey(values, frame, shade, invert, &mut chain),
    };
    Shown { rgb, chain }
}

fn grey(
    values: &[f32],
    frame: &Frame,
    shade: &Shade,
    invert: bool,
    chain: &mut Vec<String>,
) -> Vec<u8> {
    let scale = &frame.scale;
    let shader = Shader {
        curve: &shade.curve,
        inverted: scale.inverted != invert,
        padding: scale.padding,
    };
    match (scale.inverted, invert) {
        (false, false) => {}
        (true, false) => chain.push("MONOCHROME1 inverted".to_owned()),
        (false, true) => chain.push("inverted as asked".to_owned()),
        (true, true) => chain.push("MONOCHROME1 left as stored: inverted as asked".to_owned()),
    }
    let (rgb, empty) = shader.rgb(values);
    if empty.padding > 0 {
        chain.push(format!("padding black ({} px)", empty.padding));
    }
    if empty.nan > 0 {
        chain.push(format!("NaN black ({} px)", empty.nan));
    }
    if !matches!(shade.curve, Curve::Three(_)) {
        chain.push("grey to RGB".to_owned());
    }
    rgb
}

/// Pixels that show nothing.
#[derive(Clone, Copy, Default)]
struct Empty {
    padding: usize,
    nan: usize,
}

impl Empty {
    fn plus(self, other: Self) -> Self {
        Self {
            padding: self.padding + other.padding,
            nan: self.nan + other.nan,
        }
    }
}

/// The highest 8 of so many bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of at most 16 bits, of which 8 are kept"
)]
fn high_bits(value: f32, bits: u32) -> u8 {
    ((value as u32) >> bits.saturating_sub(8)).min(255) as u8
}

/// A curve with what is done around it.
struct Shader<'a> {
    curve: &'a Curve,
    inverted: bool,
    padding: Option<(f32, f32)>,
}

impl Shader<'_> {
    /// Every value to three bytes, through a table where values repeat.
    fn rgb(&self, values: &[f32]) -> (Vec<u8>, Empty) {
        let table = Table::of(values, self);
        let mut rgb = vec![0; 3 * values.len()];
        let empty = rgb
            .par_chunks_mut(3 * CHUNK)
            .zip(values.par_chunks(CHUNK))
            .map(|(rgb, values)| match &table {
                Some(table) => self.fill(rgb, values, |value| table.shade(value)),
                None => self.fill(rgb, values, |value| self.shade(value)),
            })
            .reduce(Empty::default, Empty::plus);
        (rgb, empty)
    }

    fn fill(&self, rgb: &mut [u8], values: &[f32], shade: impl Fn(f32) -> [u8; 3]) -> Empty {
        let mut empty = Empty::default();
        for (pixel, value) in rgb.as_chunks_mut().0.iter_mut().zip(values) {
            *pixel = if value.is_nan() {
                empty.nan += 1;
                [0; 3]
            } else if is_padding(*value, self.padding) {
                empty.padding += 1;
                [0; 3]
            } else {
                shade(*value)
            };
        }
        empty
    }

    /// The shade of a value that is there.
    fn shade(&self, value: f32) -> [u8; 3] {
        let shade = match self.curve {
            Curve::Window(window) if self.inverted => {
                return [window.shade_inverted(value.into()); 3];
            }
            Curve::Window(window) => return [window.shade(value.into()); 3],
            Curve::Colour => [0; 3],
            Curve::Flat(shade) => [*shade; 3],
            Curve::Shades(bits) => [high_bits(value, *bits); 3],
            Curve::Lut(lut) => [looked_up(lut, value.into()); 3],
            Curve::Rounded { min, max } => [rounded(value.into(), *min, *max); 3],
            Curve::Three(ends) => ends.map(|ends| rounded_f32(value, ends)),
        };
        if self.inverted && !matches!(self.curve, Curve::Flat(_)) {
            shade.map(|shade| 255 - shade)
        } else {
            shade
        }
    }
}

/// The entry of a value (PS3.3 C.11.2.1.1): before the table the first, after it the last, between two the lower. Of
/// more than 8 bits the highest 8.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the table, and the fraction is meant to be cut"
)]
fn looked_up(lut: &VoiLut, value: f64) -> u8 {
    let last = lut.entries.len().saturating_sub(1);
    let at = (value - lut.first).clamp(0.0, last as f64) as usize;
    let entry = lut.entries.get(at).copied().unwrap_or_default();
    let shade = u32::from(entry)
        .checked_shr(lut.bits.saturating_sub(8))
        .unwrap_or_default();
    u8::try_from(shade).unwrap_or(u8::MAX)
}

/// `round((value - min) / (max - min) * 255)`, half to even, in f64 and in this order.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255 and rounded"
)]
fn rounded(value: f64, min: f64, max: f64) -> u8 {
    ((value - min) / (max - min) * 255.0)
        .round_ties_even()
        .clamp(0.0, 255.0) as u8
}

/// The same in f32, as `MedGemma`'s CT notebook has it: cut to the ends first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 255 and rounded"
)]
fn rounded_f32(value: f32, [black, white]: [f32; 2]) -> u8 {
    let part = (value.clamp(black, white) - black) / (white - black);
    (part * 255.0).round_ties_even() as u8
}

/// The smallest and the largest value, when all are whole numbers; NaN does not count.
fn whole_ends(values: &[f32]) -> Option<(f32, f32)> {
    let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
    let mut whole = true;
    for value in values {
        whole &= value.is_nan() || value.fract() == 0.0;
        min = min.min(*value);
        max = max.max(*value);
    }
    whole.then_some((min, max))
}

/// The shades of all whole numbers from the smallest value to the largest.
struct Table {
    first: f32,
    shades: Vec<[u8; 3]>,
}

impl Table {
    /// Where all values are whole numbers of a 16-bit range, and more of them than the table would have entries.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers from 0 to 65535"
    )]
    fn of(values: &[f32], shader: &Shader<'_>) -> Option<Self> {
        let ends = values.par_chunks(CHUNK).map(whole_ends).reduce(
            || Some((f32::INFINITY, f32::NEG_INFINITY)),
            |a, b| {
                let ((min_a, max_a), (min_b, max_b)) = (a?, b?);
                Some((min_a.min(min_b), max_a.max(max_b)))
            },
        );
        let (first, last) = ends?;
        let exact = first >= -16_777_216.0 && last <= 16_777_216.0;
        let span = last - first;
        if !exact || !(0.0..65_536.0).contains(&span) || span as usize >= values.len() {
            return None;
        }
        let shades = (0..=span as u16).map(|step| shader.shade(first + f32::from(step)));
        Some(Self {
            first,
            shades: shades.collect(),
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers from 0 to 65535"
    )]
    fn shade(&self, value: f32) -> [u8; 3] {
        self.shades[(value - self.first) as usize]
    }
}
