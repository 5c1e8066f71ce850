//! What is known of a file before any pixel is decoded: kind, frames, modality, the series it belongs to.

use serde::{Deserialize, Serialize};

use super::frame::Place;
use super::origin::Format;

/// A picture file's header, as far as it matters for opening, sorting and showing. Nothing in it names the patient;
/// the UIDs in [`Ids`] stay inside `imaging`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// What the bytes are.
    pub format: Format,
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Frames, slices or pages; 1 for a single picture. A NIfTI file with a time axis counts every point of time.
    pub frames: usize,
    /// Slices at one point of time, where the frames are a volume in time (NIfTI); else the same as `frames`.
    pub slices: usize,
    /// Grey values that a window applies to; colour otherwise.
    pub grey: bool,
    /// `CT`, `MR`, `CR`, `DX`, `US` … (PS3.3 C.7.3.1.1.1); `None` when the file does not say.
    pub modality: Option<String>,
    /// `HU` … as [`super::frame::Scale::unit`].
    pub unit: Option<String>,
    /// Body part and view position, in the file's words.
    pub view: Vec<String>,
    /// `ImageType`: `ORIGINAL`, `PRIMARY`, `AXIAL`, `LOCALIZER` …
    pub image_type: Vec<String>,
    /// What sorts it into series.
    pub ids: Ids,
    /// Where the first frame lies.
    pub place: Place,
    /// Where every frame lies, when each has its own place; empty otherwise.
    pub places: Vec<Place>,
    /// Milliseconds from frame to frame, for films that move.
    pub frame_ms: Option<f64>,
    /// Whether the pixels themselves may carry a patient's name.
    pub burned_in: BurnedIn,
    /// What a person should know: repaired, ignored, guessed.
    pub notes: Vec<String>,
}

/// Numbers and UIDs by which files are grouped and sorted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ids {
    /// `StudyInstanceUID`.
    pub study: String,
    /// `SeriesInstanceUID`.
    pub series: String,
    /// `SOPInstanceUID`.
    pub instance: String,
    /// `SeriesNumber`.
    pub series_number: Option<i64>,
    /// `AcquisitionNumber`.
    pub acquisition: Option<i64>,
    /// `InstanceNumber`.
    pub instance_number: Option<i64>,
    /// What else tells apart slices at the same place: echo time, b-value, point of time.
    pub repeat: Vec<String>,
}

/// Whether the pixels carry text about the patient (PS3.3 C.7.6.1.1.5, and a guess where the attribute is missing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BurnedIn {
    /// The file says no, or nothing speaks for it.
    No,
    /// The file says yes.
    Yes,
    /// The file says nothing, and pictures of this kind often do: ultrasound, secondary capture.
    Likely,
}
