//! What was measured at each place and what it means in, nothing out: one frame before any window.

use serde::{Deserialize, Serialize};

use super::axes;
use super::range::is_padding;
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

/// What one pixel holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pixel {
    /// A value, in the unit of [`Scale::unit`].
    Grey(f32),
    /// Red, green, blue.
    Rgb([u8; 3]),
}

impl Frame {
    /// What the pixel of a column and a row (from 0) holds; `None` outside.
    pub fn value_at(&self, x: usize, y: usize) -> Option<Pixel> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = y.checked_mul(self.width)?.checked_add(x)?;
        match &self.values {
            Values::Grey(values) => values.get(at).copied().map(Pixel::Grey),
            Values::Rgb(rgb) => rgb.as_chunks().0.get(at).copied().map(Pixel::Rgb),
        }
    }
}

impl Scale {
    /// Whether a value stands for "nothing here" ([`Scale::padding`]).
    pub fn is_padding(&self, value: f32) -> bool {
        is_padding(value, self.padding)
    }
}

impl Place {
    /// Millimetres in the patient (LPS) of a place in the frame: column and row, of which whole numbers are centres of
    /// pixels (PS3.3 C.7.6.2.1.1). `None` where position, directions or spacing are not known, and where the spacing is
    /// that of the detector.
    pub fn patient(&self, column: f64, row: f64) -> Option<[f64; 3]> {
        let [down, across] = self.spacing_mm.filter(|_| !self.at_detector)?;
        let [along_row, along_column] = axes::row_and_column(self.orientation?);
        let start = axes::along(self.position?, column * across, along_row);
        let mm = axes::along(start, row * down, along_column);
        mm.iter().all(|it| it.is_finite()).then_some(mm)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(values: Values) -> Frame {
        Frame {
            width: 3,
            height: 2,
            values,
            scale: Scale::default(),
            place: Place::default(),
            chain: Vec::new(),
        }
    }

    #[test]
    fn a_pixel_is_found_by_its_column_and_row() {
        let grey = frame(Values::Grey(vec![0.0, 1.0, 2.0, 10.0, 11.0, 12.0]));
        assert_eq!(grey.value_at(2, 1), Some(Pixel::Grey(12.0)));
        assert_eq!(grey.value_at(0, 1), Some(Pixel::Grey(10.0)));
        assert_eq!(grey.value_at(3, 0), None);
        assert_eq!(grey.value_at(0, 2), None);
        assert_eq!(grey.value_at(usize::MAX, usize::MAX), None);
        let rgb = frame(Values::Rgb((0..18).collect()));
        assert_eq!(rgb.value_at(1, 1), Some(Pixel::Rgb([12, 13, 14])));
        let short = frame(Values::Rgb(vec![1, 2]));
        assert_eq!(short.value_at(0, 0), None);
    }

    #[test]
    fn a_place_in_the_patient_goes_along_the_row_by_the_columns_spacing() {
        let place = Place {
            spacing_mm: Some([2.0, 0.5]),
            position: Some([-10.0, 20.0, 30.0]),
            // coronal: rows to the left, columns to the feet
            orientation: Some([1.0, 0.0, 0.0, 0.0, 0.0, -1.0]),
            ..Place::default()
        };
        assert_eq!(place.patient(0.0, 0.0), Some([-10.0, 20.0, 30.0]));
        assert_eq!(place.patient(4.0, 3.0), Some([-8.0, 20.0, 24.0]));
        assert_eq!(place.patient(-0.5, 0.25), Some([-10.25, 20.0, 29.5]));
        assert_eq!(place.patient(f64::NAN, 0.0), None);
        let without = |change: fn(&mut Place)| {
            let mut place = place.clone();
            change(&mut place);
            place.patient(0.0, 0.0)
        };
        assert_eq!(without(|it| it.position = None), None);
        assert_eq!(without(|it| it.orientation = None), None);
        assert_eq!(without(|it| it.spacing_mm = None), None);
        assert_eq!(without(|it| it.at_detector = true), None);
    }

    #[test]
    fn padding_is_from_the_first_value_to_the_second() {
        let scale = Scale {
            padding: Some((-2000.0, -1999.0)),
            ..Scale::default()
        };
        let is = [-2000.0, -1999.5, -1998.0, f32::NAN].map(|it| scale.is_padding(it));
        assert_eq!(is, [true, true, false, false]);
        assert!(!Scale::default().is_padding(0.0));
    }
}
