//! A colour frame's values in, 8-bit RGB out: planes, palettes, YCbCr (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5, C.7.9), pure.

use super::attributes::Attributes;
use super::descriptor::Descriptor;
use super::scan::TagId;
use crate::imaging::Fallible;

const DESCRIPTORS: [TagId; 3] = [(0x0028, 0x1101), (0x0028, 0x1102), (0x0028, 0x1103)];
const TABLES: [TagId; 3] = [(0x0028, 0x1201), (0x0028, 0x1202), (0x0028, 0x1203)];
const SEGMENTED: [TagId; 3] = [(0x0028, 0x1221), (0x0028, 0x1222), (0x0028, 0x1223)];

/// One of three palettes.
struct Palette {
    descriptor: Descriptor,
    /// Of 8 or 16 bits.
    entries: Vec<u16>,
    is_wide: bool,
}

/// The three palettes of a `PALETTE COLOR` file.
pub(super) struct Palettes([Palette; 3]);

impl Palettes {
    /// Reads red, green and blue; `signed` says how the first mapped value is to be taken.
    pub(super) fn read(file: Attributes<'_>, signed: bool) -> Fallible<Self> {
        let palette = |channel: usize| Palette::read(file, channel, signed);
        Ok(Self([palette(0)?, palette(1)?, palette(2)?]))
    }

    /// Stored values to RGB.
    pub(super) fn rgb(&self, values: &[i64]) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(values.len() * 3);
        for value in values {
            rgb.extend(self.0.each_ref().map(|palette| palette.shade(*value)));
        }
        rgb
    }

    /// For the chain.
    pub(super) fn step(&self) -> String {
        let [red, ..] = &self.0;
        format!(
            "palette of {} entries of {} bits to RGB",
            red.entries.len(),
            if red.is_wide { 16 } else { 8 }
        )
    }
}

impl Palette {
    fn read(file: Attributes<'_>, channel: usize, signed: bool) -> Fallible<Self> {
        let damaged = || {
            "is a damaged DICOM file: it has colours by palette but no usable palette".to_owned()
        };
        let descriptor =
            Descriptor::of(&file.words(DESCRIPTORS[channel]), signed).ok_or_else(damaged)?;
        let segments = file.words(SEGMENTED[channel]);
        let (mut entries, bits) = if segments.is_empty() {
            table(file, channel, descriptor.count, descriptor.bits)
        } else {
            let entries = expand(&segments, descriptor.count).ok_or_else(damaged)?;
            (entries, descriptor.bits)
        };
        if entries.len() < descriptor.count || !matches!(bits, 8 | 16) {
            return Err(damaged());
        }
        entries.truncate(descriptor.count);
        Ok(Self {
            descriptor,
            entries,
            is_wide: bits == 16,
        })
    }

    /// The high byte of the entry.
    fn shade(&self, value: i64) -> u8 {
        let [high, low] = self.entries[self.descriptor.place(value)].to_be_bytes();
        if self.is_wide { high } else { low }
    }
}

/// A plain table: 16-bit entries, or 8-bit ones in words or packed two to a word. Some files say 16 bits and fill only
/// 8 of them (PS3.3 C.7.6.3.1.5 warns of it); then the entries are taken as 8 bits.
fn table(file: Attributes<'_>, channel: usize, count: usize, bits: u16) -> (Vec<u16>, u16) {
    let words = file.words(TABLES[channel]);
    if words.len() < count {
        let bytes = file.bytes(TABLES[channel]);
        return (bytes.iter().map(|byte| u16::from(*byte)).collect(), 8);
    }
    let fits = words.iter().take(count).all(|word| *word < 256);
    (words, if bits == 16 && fits { 8 } else { bits })
}

/// Segmented palettes (PS3.3 C.7.9.2): discrete, linear, and indirect segments, which repeat others.
fn expand(words: &[u16], count: usize) -> Option<Vec<u16>> {
    let mut entries = Vec::with_capacity(count);
    let mut at = 0;
    while at < words.len() && entries.len() < count {
        at = segment(words, at, &mut entries, true)?;
    }
    Some(entries)
}

/// Expands the segment at a word; gives the place behind it.
fn segment(words: &[u16], at: usize, entries: &mut Vec<u16>, may_repeat: bool) -> Option<usize> {
    let (kind, len) = (*words.get(at)?, usize::from(*words.get(at + 1)?));
    let body = at + 2;
    match kind {
        0 => {
            entries.extend(words.get(body..body + len)?);
            Some(body + len)
        }
        1 => {
            let (from, to) = (f64::from(*entries.last()?), f64::from(*words.get(body)?));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between two 16-bit entries"
            )]
            let step = |i: usize| (from + (to - from) * i as f64 / len as f64).round() as u16;
            entries.extend((1..=len).map(step));
            Some(body + 1)
        }
        2 if may_repeat => {
            let low = usize::from(*words.get(body)?);
            let high = usize::from(*words.get(body + 1)?);
            // a byte offset from the table's begin
            let mut from = (high << 16 | low) / 2;
            for _ in 0..len {
                from = segment(words, from, entries, false)?;
                if entries.len() > 1 << 17 {
                    return None;
                }
            }
            Some(body + 2)
        }
        _ => None,
    }
}

/// Three planes one after the other to three values a pixel.
pub(super) fn interleave<T: Copy>(values: &[T]) -> Vec<T> {
    let plane = values.len() / 3;
    (0..plane)
        .flat_map(|at| [values[at], values[plane + at], values[2 * plane + at]])
        .collect()
}

/// Values of any depth to bytes: of more than 8 bits the highest.
pub(super) fn bytes(values: &[u32], bits: u32) -> Vec<u8> {
    let shift = bits.saturating_sub(8);
    values
        .iter()
        .map(|value| u8::try_from((value >> shift) & 0xff).expect("masked to 8 bits"))
        .collect()
}

/// `YBR_FULL_422` as uncompressed files have it, two pixels in `Y1 Y2 Cb Cr`, to three values a pixel.
pub(super) fn from_422(values: &[u8]) -> Vec<u8> {
    values
        .chunks_exact(4)
        .flat_map(|four| {
            let [y1, y2, cb, cr] = [four[0], four[1], four[2], four[3]];
            [y1, cb, cr, y2, cb, cr]
        })
        .collect()
}

/// Every three values through a function.
fn by_pixel(values: &[u8], to: impl Fn([u8; 3]) -> [u8; 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len());
    for pixel in values.as_chunks().0 {
        out.extend(to(*pixel));
    }
    out
}

/// YCbCr of full range to RGB (PS3.3 C.7.6.3.1.2, ITU-T T.871), rounded.
pub(super) fn from_ybr(values: &[u8]) -> Vec<u8> {
    by_pixel(values, |pixel| {
        let [y, cb, cr] = pixel.map(f64::from);
        let (cb, cr) = (cb - 128.0, cr - 128.0);
        [
            y + 1.402 * cr,
            y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587,
            y + 1.772 * cb,
        ]
        .map(to_byte)
    })
}

/// YCbCr of 16..=235 and 16..=240 to RGB (ITU-R BT.601), rounded.
pub(super) fn from_ybr_partial(values: &[u8]) -> Vec<u8> {
    by_pixel(values, |pixel| {
        let [y, cb, cr] = pixel.map(f64::from);
        let (y, cb, cr) = (1.1644 * (y - 16.0), cb - 128.0, cr - 128.0);
        [
            y + 1.5960 * cr,
            y - 0.3918 * cb - 0.8130 * cr,
            y + 2.0172 * cb,
        ]
        .map(to_byte)
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255"
)]
fn to_byte(value: f64) -> u8 {
    // for what is not negative, cutting the fraction is rounding down, and much quicker than `floor`
    (value + 0.5).clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segmented_palettes_unfold() {
        // the forms of PS3.3 C.7.9.2: three entries, a ramp to 9 in three steps, then both again
        let words = [0, 3, 1, 2, 3, 1, 3, 9, 2, 2, 0, 0];
        assert_eq!(
            expand(&words, 12),
            Some(vec![1, 2, 3, 5, 7, 9, 1, 2, 3, 5, 7, 9])
        );
        assert_eq!(expand(&[1, 3, 9], 3), None, "a ramp from nowhere");
        assert_eq!(expand(&[0, 9, 1], 9), None, "entries that are not there");
        assert_eq!(
            expand(&[2, 1, 0, 0], 4),
            None,
            "a segment that repeats itself"
        );
    }

    #[test]
    fn colours_of_known_ybr() {
        let check = |ybr: [u8; 3], rgb: [u8; 3]| assert_eq!(from_ybr(&ybr), rgb, "{ybr:?}");
        check([0, 128, 128], [0, 0, 0]);
        check([255, 128, 128], [255, 255, 255]);
        check([76, 85, 255], [254, 0, 0]);
        assert_eq!(from_422(&[1, 2, 3, 4]), [1, 3, 4, 2, 3, 4]);
        assert_eq!(from_ybr_partial(&[235, 128, 128]), [255, 255, 255]);
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6]), [1, 3, 5, 2, 4, 6]);
    }
}
