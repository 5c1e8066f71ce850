//! What was measured at each place and what it means in, nothing out: one frame before any window.

use serde::{Deserialize, Serialize};

use super::window::Window;

/// Measured values, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Values {
    /// One value a pixel, in the unit of [`Scale::unit`]: after the modality LUT or the rescale.
    Grey(Vec<f32>),
    /// Three bytes a pixel: red, green, blue.
    Rgb(Vec<u8>),
}

/// One frame or slice: `height * width` values and what they mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The values.
    pub values: Values,
    /// How grey values are meant and meant to be shown; of no use for colour.
    pub scale: Scale,
    /// Where the frame lies.
    pub place: Place,
    /// The steps from the stored values to these, in order, in the field's words.
    pub chain: Vec<String>,
}

/// What grey values mean and how the file wants them shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scale {
    /// `HU` …; `None` when the file does not say.
    pub unit: Option<String>,
    /// Windows that the file brings, in its order.
    pub windows: Vec<NamedWindow>,
    /// Lookup tables that the file brings instead of windows (`VOILUTSequence`).
    pub luts: Vec<VoiLut>,
    /// The smallest value is white (`MONOCHROME1`).
    pub inverted: bool,
    /// Values from the first to the second stand for "nothing here" (`PixelPaddingValue`), after the rescale.
    pub padding: Option<(f32, f32)>,
    /// The values are shades already, of so many bits (8 or 16), and are shown as they are unless a window is asked for.
    pub shades: Option<u32>,
    /// Smallest and largest value that the stored bits can give, after the rescale.
    pub possible: Option<(f32, f32)>,
}

/// A window of the file, with what the file calls it (`WindowCenterWidthExplanation`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedWindow {
    /// The file's word for it; may be empty.
    pub name: String,
    /// Centre, width, function.
    pub window: Window,
}

/// A VOI lookup table (PS3.3 C.11.2.1.1): value `first + i` is shown as `shades[i]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoiLut {
    /// `LUTExplanation`; may be empty.
    pub name: String,
    /// The value that the first entry is for; smaller ones get the first entry, larger than the table the last.
    pub first: f64,
    /// Entries, of `bits` bits each.
    pub entries: Vec<u16>,
    /// Bits an entry, 8 to 16.
    pub bits: u32,
}

/// Where a frame lies in the patient (LPS: x to the left, y to the back, z to the head; PS3.3 C.7.6.2.1.1).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Millimetres from row to row and from column to column.
    pub spacing_mm: Option<[f64; 2]>,
    /// Whether the spacing is of the detector's plane and not of the patient (`ImagerPixelSpacing`).
    pub at_detector: bool,
    /// Height over width of one pixel, when only that is known (`PixelAspectRatio`).
    pub aspect: Option<f64>,
    /// Centre of the first pixel, mm.
    pub position: Option<[f64; 3]>,
    /// Direction of a row (along increasing columns), then of a column.
    pub orientation: Option<[f64; 6]>,
    /// Nominal thickness of the slice, mm.
    pub thickness_mm: Option<f64>,
    /// Letters at the right and the lower edge when only they are known (`PatientOrientation`, for films).
    pub letters: Option<[String; 2]>,
    /// `L` or `R`, where the file says of which side of a paired body part this is.
    pub laterality: Option<char>,
}
