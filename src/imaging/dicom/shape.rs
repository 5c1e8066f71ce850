//! The image pixel module's attributes in (PS3.3 C.7.6.3), what one frame's pixel data looks like out.

use super::attributes::Attributes;
use super::scan::TagId;
use super::stored::Layout;
use crate::imaging::{Fallible, guard, origin};

const SAMPLES_PER_PIXEL: TagId = (0x0028, 0x0002);
const PHOTOMETRIC: TagId = (0x0028, 0x0004);
const PLANAR: TagId = (0x0028, 0x0006);
const FRAMES: TagId = (0x0028, 0x0008);
const ROWS: TagId = (0x0028, 0x0010);
const COLUMNS: TagId = (0x0028, 0x0011);
const BITS_ALLOCATED: TagId = (0x0028, 0x0100);
const BITS_STORED: TagId = (0x0028, 0x0101);
const HIGH_BIT: TagId = (0x0028, 0x0102);
const PIXEL_REPRESENTATION: TagId = (0x0028, 0x0103);

/// What one value or three mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    /// `MONOCHROME1` (inverted) or `MONOCHROME2`.
    Grey {
        /// The smallest value is white.
        inverted: bool,
    },
    /// `PALETTE COLOR`.
    Palette,
    /// `RGB`.
    Rgb,
    /// `YBR_FULL` and, once decompressed, everything else that is YCbCr of full range.
    Ybr,
    /// `YBR_FULL_422`: in uncompressed files two pixels share their colour.
    Ybr422,
    /// `YBR_PARTIAL_422`, `YBR_PARTIAL_420`: YCbCr of 16..=235.
    YbrPartial,
    /// `YBR_RCT`, `YBR_ICT`: undone by the JPEG 2000 decoder.
    YbrJpeg2000,
}

impl Colour {
    fn of(photometric: &str, samples: u32) -> Option<Self> {
        Some(match (photometric, samples) {
            ("MONOCHROME1", 1) => Self::Grey { inverted: true },
            ("MONOCHROME2" | "", 1) => Self::Grey { inverted: false },
            ("PALETTE COLOR", 1) => Self::Palette,
            ("RGB" | "", 3) => Self::Rgb,
            ("YBR_FULL", 3) => Self::Ybr,
            ("YBR_FULL_422", 3) => Self::Ybr422,
            ("YBR_PARTIAL_422" | "YBR_PARTIAL_420", 3) => Self::YbrPartial,
            ("YBR_RCT" | "YBR_ICT", 3) => Self::YbrJpeg2000,
            _ => return None,
        })
    }

    /// The standard's word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Grey { inverted: false } => "MONOCHROME2",
            Self::Grey { inverted: true } => "MONOCHROME1",
            Self::Palette => "PALETTE COLOR",
            Self::Rgb => "RGB",
            Self::Ybr => "YBR_FULL",
            Self::Ybr422 => "YBR_FULL_422",
            Self::YbrPartial => "YBR_PARTIAL",
            Self::YbrJpeg2000 => "YBR_RCT or YBR_ICT",
        }
    }

    /// Values a pixel.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            _ => 3,
        }
    }

    /// Whether the picture has a grey scale that a window applies to.
    pub(super) fn is_grey(self) -> bool {
        matches!(self, Self::Grey { .. })
    }
}

/// How the values are written down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Numbers {
    /// Integers.
    Whole(Layout),
    /// 32-bit floating point (`FloatPixelData`).
    Float,
    /// 64-bit floating point (`DoubleFloatPixelData`).
    Double,
}

/// How the pixel data is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) frames: usize,
    pub(super) colour: Colour,
    /// Colour by plane, not by pixel.
    pub(super) planar: bool,
    pub(super) numbers: Numbers,
}

impl Shape {
    /// Reads and judges the attributes; `float` is 4 or 8 where the pixel data is floating point.
    pub(super) fn of(file: Attributes<'_>, float: Option<usize>) -> Fallible<Self> {
        let rows = file.count(ROWS, "Rows")? as usize;
        let columns = file.count(COLUMNS, "Columns")? as usize;
        let samples = file
            .count(SAMPLES_PER_PIXEL, "SamplesPerPixel")
            .unwrap_or(1);
        let photometric = file.text(PHOTOMETRIC).unwrap_or_default();
        let colour = Colour::of(&photometric, samples).ok_or_else(|| {
            format!(
                "has photometric interpretation '{}' with {samples} samples a pixel, expected MONOCHROME1, \
                 MONOCHROME2 or PALETTE COLOR with 1, or RGB or YBR with 3",
                origin::printable(&photometric)
            )
        })?;
        let numbers = match float {
            Some(4) => Numbers::Float,
            Some(_) => Numbers::Double,
            None => Numbers::Whole(layout(file)?),
        };
        let shape = Self {
            rows,
            columns,
            frames: frames(file)?,
            colour,
            planar: samples > 1 && file.int(PLANAR) == Some(1),
            numbers,
        };
        guard::size(columns, rows, samples as usize * shape.bits().div_ceil(8))?;
        Ok(shape)
    }

    /// Bits a value takes in uncompressed pixel data.
    pub(super) fn bits(&self) -> usize {
        match self.numbers {
            Numbers::Whole(layout) => layout.allocated() as usize,
            Numbers::Float => 32,
            Numbers::Double => 64,
        }
    }

    /// Pixels a frame.
    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Values a frame, once every pixel has its own.
    pub(super) fn values(&self) -> usize {
        self.pixels() * self.colour.samples()
    }
}

/// `NumberOfFrames`; none means one.
fn frames(file: Attributes<'_>) -> Fallible<usize> {
    let Some(text) = file.text(FRAMES) else {
        return Ok(1);
    };
    match text.parse::<u32>() {
        Ok(0) => Ok(1),
        Ok(frames) => Ok(frames as usize),
        Err(_) => Err(format!(
            "is a damaged DICOM file: '{}' is no number of frames",
            origin::printable(&text)
        )),
    }
}

/// Bits allocated, stored, the highest of them, the sign. What is missing or impossible follows from what is there.
fn layout(file: Attributes<'_>) -> Fallible<Layout> {
    let allocated = file.count(BITS_ALLOCATED, "BitsAllocated")?;
    let stored = file.count(BITS_STORED, "BitsStored").unwrap_or(allocated);
    let high = file
        .count(HIGH_BIT, "HighBit")
        .unwrap_or_else(|_| stored.saturating_sub(1));
    let signed = file.int(PIXEL_REPRESENTATION) == Some(1);
    Layout::new(allocated, stored, high, signed)
}
