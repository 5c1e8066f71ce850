//! Pixel data and a frame's number in, that frame's bytes out: native frames by size, encapsulated ones by their fragments (PS3.5 A.4).

use std::borrow::Cow;

use super::attributes::Attributes;
use super::scan::{Span, TagId};
use super::shape::{Colour, Shape};
use crate::imaging::Fallible;

const EXTENDED_OFFSETS: TagId = (0x7fe0, 0x0001);
/// First bytes of a compressed frame: JPEG and JPEG-LS, JPEG 2000 codestream and file.
const STARTS: [&[u8]; 3] = [
    &[0xff, 0xd8, 0xff],
    &[0xff, 0x4f, 0xff, 0x51],
    b"\0\0\0\x0cjP  ",
];

/// Bytes of one frame of uncompressed pixel data, and the bits to skip in the first of them.
pub(super) struct Native<'a> {
    /// What there is of the frame; shorter than it should be in a truncated file.
    pub(super) bytes: &'a [u8],
    /// Bits before the first value, for one bit a value.
    pub(super) skip: usize,
    /// Bytes that the frame needs.
    pub(super) needed: usize,
}

/// Cuts a frame out of uncompressed pixel data. Frames of one bit a value follow each other without a gap (PS3.5 8.1.1).
pub(super) fn native<'a>(data: &'a [u8], shape: &Shape, frame: usize) -> Fallible<Native<'a>> {
    let bits = bits_of_frame(shape);
    let start = bits.checked_mul(frame);
    let end = start.and_then(|start| start.checked_add(bits));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(format!(
            "is a damaged DICOM file: it says it has {} frames",
            shape.frames
        ));
    };
    let first = (start / 8).min(data.len());
    // where the frame is the last one, the byte that makes the length even belongs to it
    let behind = end.div_ceil(8).next_multiple_of(2).min(data.len());
    Ok(Native {
        bytes: &data[first..behind.max(first)],
        skip: start % 8,
        needed: end.div_ceil(8) - start / 8,
    })
}

/// Bits of one frame: `YBR_FULL_422` shares colour between two pixels.
fn bits_of_frame(shape: &Shape) -> usize {
    let values = match shape.colour {
        Colour::Ybr422 => shape.pixels() * 2,
        _ => shape.values(),
    };
    values * shape.bits()
}

/// The fragments of encapsulated pixel data, and where each begins counted from the first item behind the offset table.
struct Fragments<'a> {
    offsets: Vec<u64>,
    pieces: Vec<(u64, &'a [u8])>,
}

/// A frame's compressed bytes: its fragments joined.
pub(super) fn encapsulated<'a>(
    bytes: &'a [u8],
    span: &Span,
    file: Attributes<'_>,
    frames: usize,
    frame: usize,
) -> Fallible<Cow<'a, [u8]>> {
    let fragments = Fragments::read(&bytes[span.value.clone()], file)?;
    let missing = || {
        format!(
            "is a truncated or damaged DICOM file: frame {} of {frames} has no data",
            frame + 1
        )
    };
    let pieces = fragments.of(frame, frames).ok_or_else(missing)?;
    match pieces {
        [] => Err(missing()),
        [(_, one)] => Ok(Cow::Borrowed(one)),
        many => Ok(Cow::Owned(
            many.iter().flat_map(|(_, piece)| *piece).copied().collect(),
        )),
    }
}

impl<'a> Fragments<'a> {
    /// Items up to the end mark, or as far as the file goes.
    fn read(data: &'a [u8], file: Attributes<'_>) -> Fallible<Self> {
        let mut items = Items { data, at: 0 };
        let table = items
            .next()
            .ok_or("is a damaged DICOM file: its compressed pixel data has no items")?;
        let basic = table
            .chunks_exact(4)
            .map(|four| u64::from(u32::from_le_bytes([four[0], four[1], four[2], four[3]])));
        let extended = file.bytes(EXTENDED_OFFSETS);
        let extended = extended
            .chunks_exact(8)
            .map(|eight| u64::from_le_bytes(eight.try_into().expect("eight bytes")));
        let offsets: Vec<u64> = match extended.len() {
            0 => basic.collect(),
            _ => extended.collect(),
        };
        let first = items.at;
        let mut pieces = Vec::new();
        loop {
            let begin = items.at;
            let Some(piece) = items.next() else { break };
            pieces.push(((begin - first) as u64, piece));
        }
        Ok(Self { offsets, pieces })
    }

    /// The fragments of a frame.
    fn of(&self, frame: usize, frames: usize) -> Option<&[(u64, &'a [u8])]> {
        if frames == 1 {
            return Some(&self.pieces);
        }
        if self.pieces.len() == frames {
            return self.pieces.get(frame..=frame);
        }
        let starts = if self.offsets.len() == frames {
            self.by_offsets()
        } else {
            self.by_marks()
        };
        let begin = *starts.get(frame)?;
        let end = starts.get(frame + 1).copied().unwrap_or(self.pieces.len());
        self.pieces.get(begin..end)
    }

    /// The index of every frame's first fragment, as the offset table has it.
    fn by_offsets(&self) -> Vec<usize> {
        let index = |offset: &u64| self.pieces.partition_point(|(begin, _)| begin < offset);
        self.offsets.iter().map(index).collect()
    }

    /// The same without a table: a fragment that begins like a compressed picture begins a frame.
    fn by_marks(&self) -> Vec<usize> {
        let begins = |piece: &[u8]| STARTS.iter().any(|start| piece.starts_with(start));
        (0..self.pieces.len())
            .filter(|index| begins(self.pieces[*index].1))
            .collect()
    }
}

/// The values of the items one after the other; the last one may be cut by the end of the file.
struct Items<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let head: [u8; 8] = self.data.get(self.at..self.at + 8)?.try_into().ok()?;
        let [0xfe, 0xff, 0x00, 0xe0, length @ ..] = head else {
            return None;
        };
        let len = u32::from_le_bytes(length) as usize;
        let begin = self.at + 8;
        let end = begin.saturating_add(len).min(self.data.len());
        self.at = end;
        Some(&self.data[begin..end])
    }
}

/// What a compressed frame is by its first bytes, for files that do not say it.
pub(super) fn syntax_of(data: &[u8]) -> Option<&'static str> {
    let mut items = Items { data, at: 0 };
    let frame = items.nth(1)?;
    if frame.starts_with(STARTS[1]) || frame.starts_with(STARTS[2]) {
        return Some("1.2.840.10008.1.2.4.90");
    }
    if !frame.starts_with(STARTS[0]) {
        return None;
    }
    let mark = frame
        .windows(2)
        .find(|two| two[0] == 0xff && matches!(two[1], 0xc0..=0xc3 | 0xf7))?;
    Some(match mark[1] {
        0xc0 => "1.2.840.10008.1.2.4.50",
        0xc3 => "1.2.840.10008.1.2.4.70",
        0xf7 => "1.2.840.10008.1.2.4.80",
        _ => "1.2.840.10008.1.2.4.51",
    })
}
