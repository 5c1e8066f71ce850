//! A PNG's bytes in, its size and what its header says out, before a decoder sees it.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{ImageError, Limits};

use crate::imaging::{Fallible, Format, guard};

/// Width, height, and whether it is grey.
pub(super) fn size(bytes: &[u8]) -> Fallible<(usize, usize, bool)> {
    let header = header(bytes)?;
    Ok((header.width, header.height, matches!(header.kind, 0 | 4)))
}

/// Judges the size, and says what the file is.
pub(super) fn check(bytes: &[u8], chain: &mut Vec<String>) -> Fallible<()> {
    let header = header(bytes)?;
    guard::size(header.width, header.height, header.bytes_per_pixel())?;
    chain.push(format!(
        "PNG {}-bit {} {}x{}",
        header.depth,
        header.colour(),
        header.width,
        header.height
    ));
    let damaged = |error: ImageError| super::damaged(Format::Png, &error);
    let decoder =
        PngDecoder::with_limits(Cursor::new(bytes), Limits::default()).map_err(damaged)?;
    if decoder.is_apng().map_err(damaged)? {
        chain.push("animated: its still picture taken".to_owned());
    }
    Ok(())
}

fn header(bytes: &[u8]) -> Fallible<PngHeader> {
    PngHeader::of(bytes).ok_or_else(|| "is a truncated PNG: it ends inside its header".to_owned())
}

/// The first chunk of a PNG.
struct PngHeader {
    width: usize,
    height: usize,
    depth: u8,
    kind: u8,
}

impl PngHeader {
    fn of(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let four = bytes.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(four)).ok()
        };
        Some(Self {
            width: number(16)?,
            height: number(20)?,
            depth: *bytes.get(24)?,
            kind: *bytes.get(25)?,
        })
    }

    fn colour(&self) -> &'static str {
        match self.kind {
            0 => "grey",
            2 => "RGB",
            3 => "palette",
            4 => "grey with alpha",
            6 => "RGB with alpha",
            _ => "of unknown colour",
        }
    }

    /// As decoded; a palette or a transparent colour may turn out to have alpha.
    fn bytes_per_pixel(&self) -> usize {
        let channels = match self.kind {
            0 | 4 => 2,
            _ => 4,
        };
        channels * if self.depth == 16 { 2 } else { 1 }
    }
}
