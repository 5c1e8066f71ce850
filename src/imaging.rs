//! Files in, pictures (8-bit RGB, any size, with their origin) out; looks at the bytes, never at the extension.
//!
//! ```text
//! name → series (folder, DICOMDIR, zip, one file) → source → service → Frame (measured values and their meaning)
//!      → shade (window, LUT, percentiles) → display → crop, JPEG → Picture
//! ```
//!
//! What touches the bytes of a file (`service`) runs in a second process (`child`) once [`isolate`] was called; what comes
//! back is judged again. `dicom`, `raster` and `nifti` give the same thing, a [`frame::Frame`]; volumes are cut in planes
//! and slabs; [`open_as`] is the whole way. A [`reel::Reel`] stops before the window: frames for somebody who looks at them
//! one after the other.

pub mod about;
pub mod axes;
pub mod caption;
mod child;
mod codec;
mod crop;
mod cut;
mod dicom;
pub mod display;
mod fetch;
pub mod frame;
mod glyphs;
mod guard;
mod jpegls;
mod look;
pub mod montage;
pub mod nifti;
mod open;
mod origin;
pub mod outline;
pub mod pick;
pub mod plane;
pub mod preset;
pub mod range;
mod raster;
mod read;
pub mod reel;
pub mod region;
mod samples;
pub mod series;
mod service;
pub mod shade;
pub mod slab;
mod source;
pub mod square;
pub mod stack;
pub mod statistics;
pub mod through_jpeg;
mod values;
pub mod view;
pub mod volume;
mod volume_file;
mod watch;
pub mod window;
pub mod zoom;

pub use child::{ARGUMENT as CHILD_ARGUMENT, isolate, serve};
pub use dicom::Tag;
pub use open::{Opened, open, open_as};
pub use origin::{Format, Origin};
pub(crate) use origin::{file_name, sha256, sha256_of_file};
pub use reel::Reel;
pub use samples::{Sample, samples};
pub use source::Source;
pub use values::values;
pub use view::View;
pub use watch::Watch;
pub use window::Window;

use frame::Place;
use region::{Bounds, Region};
use square::{Fit, Square, Yxyx};
use statistics::Measured;

/// A decoded picture: `rgb` holds `height * width * 3` bytes, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width * 3` bytes: red, green, blue.
    pub rgb: Vec<u8>,
    /// Where it lies in the patient.
    pub place: Place,
    /// The region that was marked in it, in pixels of the uncropped picture.
    pub region: Option<Region>,
    /// What the values in the region are like.
    pub measured: Option<Measured>,
    /// The part of the whole picture that this is.
    pub cropped: Option<Bounds>,
    /// Which slice of how many, from 1; `None` for a picture that stands alone.
    pub slice: Option<(usize, usize)>,
    /// What the model is told after it, where several slices are shown: `SLICE 7`.
    pub label: Option<String>,
    /// `CT`, `MR` …
    pub modality: Option<String>,
    /// How it was looked at, as typed: enough to see the same again.
    pub view: Vec<(&'static str, String)>,
    /// Where it came from and how it became 8-bit.
    pub origin: Origin,
}

impl Picture {
    /// A box in 0..=1000 of the square that the model got, as it answers (top, left, bottom, right), to pixels of the frame
    /// that the picture was made of: also where the model saw only a crop of it.
    pub fn box_in_source(&self, square: Yxyx, fit: Fit) -> Yxyx {
        let [top, left, bottom, right] =
            Square::new(self.width, self.height, fit).to_picture(square);
        let (x, y) = self
            .cropped
            .map_or((0.0, 0.0), |part| (part.x0 as f64, part.y0 as f64));
        [top + y, left + x, bottom + y, right + x]
    }

    /// A box in pixels of the frame to 0..=1000 of the square that the model gets; what lies outside a crop goes to its edge.
    pub fn box_for_model(&self, source: Yxyx, fit: Fit) -> Yxyx {
        let (x, y) = self
            .cropped
            .map_or((0.0, 0.0), |part| (part.x0 as f64, part.y0 as f64));
        let [top, left, bottom, right] = source;
        let square = Square::new(self.width, self.height, fit);
        square.to_model([top - y, left - x, bottom - y, right - x])
    }

    /// A picture of which nothing is known but its pixels: `height * width * 3` bytes.
    pub fn plain(width: usize, height: usize, rgb: Vec<u8>, origin: Origin) -> Self {
        Self {
            width,
            height,
            rgb,
            place: Place::default(),
            region: None,
            measured: None,
            cropped: None,
            slice: None,
            label: None,
            modality: None,
            view: Vec::new(),
            origin,
        }
    }
}

/// Why a picture could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct Error {
    /// The name as it was given, control characters escaped.
    pub name: String,
    /// One sentence: what it was, what was expected, what to do.
    pub problem: String,
}

/// A decoder's result; the sentence lacks only the file's name.
type Fallible<T> = Result<T, String>;

/// Decodes bytes that came from somewhere else than a file, as they want to be seen; `name` is what the picture is called.
///
/// # Errors
/// When they are not a picture, damaged, or too large.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Picture, Error> {
    open::decode(name, bytes).map_err(|problem| error(name, problem))
}

/// The studies and series that a name stands for, one line each, and what was skipped; nothing in it names a patient.
///
/// # Errors
/// When nothing can be looked through.
pub fn list(name: &str) -> Result<Vec<String>, Error> {
    open::scan(name, Watch::default())
        .map(|scanned| series::report(&scanned))
        .map_err(|problem| error(name, problem))
}

/// The header of a DICOM file, element by element; what identifies the patient is masked unless `phi`.
///
/// # Errors
/// When it is no DICOM file, or damaged.
pub fn header(name: &str, phi: bool) -> Result<Vec<Tag>, Error> {
    open::header(name, phi).map_err(|problem| error(name, problem))
}

fn error(name: &str, problem: String) -> Error {
    Error {
        name: origin::printable(name),
        problem,
    }
}
