//! A file's overlay planes in, which pixels of a frame they mark out (PS3.3 C.9.2).

use super::attributes::Attributes;
use super::scan::TagId;

/// One overlay plane laid over a frame.
pub(super) struct Overlay {
    rows: usize,
    columns: usize,
    /// Place of its first pixel in the frame, from 0; may lie outside.
    top: i64,
    left: i64,
    bits: Bits,
}

enum Bits {
    /// `OverlayData`: one bit a pixel.
    Own(Vec<u8>, usize),
    /// In this bit of the stored values, as older files have it.
    InPixels(u32),
}

/// The overlay planes that lie over a frame (from 0).
pub(super) fn of(file: Attributes<'_>, frame: usize) -> Vec<Overlay> {
    (0x6000..=0x601e)
        .step_by(2)
        .filter_map(|group| plane(file, group, frame))
        .collect()
}

fn plane(file: Attributes<'_>, group: u16, frame: usize) -> Option<Overlay> {
    let tag = |element| -> TagId { (group, element) };
    let rows = usize::try_from(file.int(tag(0x0010))?).ok()?;
    let columns = usize::try_from(file.int(tag(0x0011))?).ok()?;
    let origin = file.words(tag(0x0050));
    let place = |at: usize| {
        origin
            .get(at)
            .map_or(1, |word| i64::from(word.cast_signed()))
            - 1
    };
    let frames = usize::try_from(file.int(tag(0x0015)).unwrap_or(1)).ok()?;
    let first = usize::try_from(file.int(tag(0x0051)).unwrap_or(1))
        .ok()?
        .max(1)
        - 1;
    let own = file.bytes(tag(0x3000));
    let bits = if own.is_empty() {
        Bits::InPixels(u32::try_from(file.int(tag(0x0102))?).ok()?)
    } else {
        // a plane of one frame lies over all of them
        let at = if frames > 1 {
            frame.checked_sub(first)?
        } else {
            0
        };
        let skip = at.checked_mul(rows.checked_mul(columns)?)?;
        (at < frames).then_some(())?;
        Bits::Own(own, skip)
    };
    Some(Overlay {
        rows,
        columns,
        top: place(0),
        left: place(1),
        bits,
    })
}

impl Overlay {
    /// Whether the bits lie in the stored values, which must then be at hand.
    pub(super) fn is_in_pixels(&self) -> bool {
        matches!(self.bits, Bits::InPixels(_))
    }

    /// Marks its pixels in a mask of `height` rows of `width`; `patterns` are the stored values, if they are native ones.
    pub(super) fn mark(&self, mask: &mut [bool], width: usize, patterns: &[u32]) {
        let height = mask.len() / width.max(1);
        let rows = (0..self.rows).filter_map(|y| Some((y, at(self.top, y, height)?)));
        for (y, row) in rows {
            let columns = (0..self.columns).filter_map(|x| Some((x, at(self.left, x, width)?)));
            for (x, column) in columns {
                let pixel = row * width + column;
                mask[pixel] |= self.is_set(y, x, pixel, patterns);
            }
        }
    }

    fn is_set(&self, y: usize, x: usize, pixel: usize, patterns: &[u32]) -> bool {
        match &self.bits {
            Bits::Own(bytes, skip) => {
                let bit = skip + y * self.columns + x;
                bytes
                    .get(bit / 8)
                    .is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
            }
            Bits::InPixels(place) => patterns
                .get(pixel)
                .is_some_and(|pattern| pattern.checked_shr(*place).unwrap_or(0) & 1 == 1),
        }
    }
}

/// `offset + index`, if that lies in the frame.
fn at(offset: i64, index: usize, len: usize) -> Option<usize> {
    let place = usize::try_from(offset + i64::try_from(index).ok()?).ok()?;
    (place < len).then_some(place)
}
