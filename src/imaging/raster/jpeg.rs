//! A JPEG's bytes in, its size and what its frame header says out, by our own walk over its markers.

use crate::imaging::{Fallible, guard};

/// Width, height, and whether it is grey.
pub(super) fn size(bytes: &[u8]) -> Fallible<(usize, usize, bool)> {
    let header = JpegHeader::first(bytes)?;
    Ok((header.width, header.height, header.components == 1))
}

/// Judges the size, finds out whether the file is whole, and says what it is.
pub(super) fn check(bytes: &[u8], chain: &mut Vec<String>) -> Fallible<()> {
    let header = JpegHeader::of(bytes)?;
    guard::size(header.width, header.height, 3)?;
    chain.push(format!(
        "JPEG {}-bit {} {}x{}",
        header.depth,
        header.colour(),
        header.width,
        header.height
    ));
    Ok(())
}

/// The frame header of a JPEG, read by our own walk over its markers.
struct JpegHeader {
    width: usize,
    height: usize,
    depth: u8,
    components: u8,
}

impl JpegHeader {
    /// The first frame header; the file may end behind it.
    fn first(bytes: &[u8]) -> Fallible<Self> {
        Self::walk(bytes, true)
    }

    /// Also finds out whether the file is whole: the decoder paints what is missing grey and says nothing.
    fn of(bytes: &[u8]) -> Fallible<Self> {
        Self::walk(bytes, false)
    }

    fn walk(bytes: &[u8], first_is_enough: bool) -> Fallible<Self> {
        let truncated = || "is a truncated JPEG: its data ends too early".to_owned();
        let sizeless = || "is a damaged JPEG: it ends before it says how large it is".to_owned();
        let mut header = None;
        let mut at = 2;
        loop {
            // to the next marker: entropy-coded data holds 0xff only before 0x00 and restart marks
            let step = bytes
                .get(at..)
                .and_then(|rest| {
                    rest.windows(2)
                        .position(|w| w[0] == 0xff && !matches!(w[1], 0 | 0xff | 0xd0..=0xd7))
                })
                .ok_or_else(truncated)?;
            let segment = &bytes[at + step..];
            if segment[1] == 0xd9 {
                return header.ok_or_else(sizeless);
            }
            let len = segment
                .get(2..4)
                .map(|len| usize::from(u16::from_be_bytes([len[0], len[1]])));
            let body = len
                .filter(|len| *len >= 2)
                .and_then(|len| segment.get(4..2 + len))
                .ok_or_else(truncated)?;
            // start of frame: C0..=CF but the three that are tables
            let is_frame =
                matches!(segment[1], 0xc0..=0xcf) && !matches!(segment[1], 0xc4 | 0xc8 | 0xcc);
            if is_frame {
                header = Some(Self::of_frame(body).ok_or_else(truncated)?);
            }
            if is_frame && first_is_enough {
                return header.ok_or_else(sizeless);
            }
            at += step + 4 + body.len();
        }
    }

    fn of_frame(body: &[u8]) -> Option<Self> {
        let &[depth, h1, h0, w1, w0, components, ..] = body else {
            return None;
        };
        Some(Self {
            width: u16::from_be_bytes([w1, w0]).into(),
            height: u16::from_be_bytes([h1, h0]).into(),
            depth,
            components,
        })
    }

    fn colour(&self) -> &'static str {
        match self.components {
            1 => "grey",
            3 => "colour",
            4 => "CMYK",
            _ => "of unknown colour",
        }
    }
}
