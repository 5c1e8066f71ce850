//! A data set and its shape in, what is known of the file without decoding out.

use super::attributes::Attributes;
use super::groups::{self, OfFrame};
use super::scan::TagId;
use super::shape::Shape;
use super::{grey, place};
use crate::imaging::about::{About, BurnedIn, Ids};
use crate::imaging::origin::{self, Format};

const IMAGE_TYPE: TagId = (0x0008, 0x0008);
const SOP_CLASS: TagId = (0x0008, 0x0016);
const SOP_INSTANCE: TagId = (0x0008, 0x0018);
const MODALITY: TagId = (0x0008, 0x0060);
const FRAME_RATE: TagId = (0x0008, 0x2144);
const BODY_PART: TagId = (0x0018, 0x0015);
const CINE_RATE: TagId = (0x0018, 0x0040);
const ECHO_TIME: TagId = (0x0018, 0x0081);
const ECHO_NUMBERS: TagId = (0x0018, 0x0086);
const FRAME_TIME: TagId = (0x0018, 0x1063);
const VIEW_POSITION: TagId = (0x0018, 0x5101);
const B_VALUE: TagId = (0x0018, 0x9087);
const STUDY: TagId = (0x0020, 0x000d);
const SERIES: TagId = (0x0020, 0x000e);
const SERIES_NUMBER: TagId = (0x0020, 0x0011);
const ACQUISITION: TagId = (0x0020, 0x0012);
const INSTANCE_NUMBER: TagId = (0x0020, 0x0013);
const TEMPORAL: TagId = (0x0020, 0x0100);
const BURNED_IN: TagId = (0x0028, 0x0301);
const LOSSY: TagId = (0x0028, 0x2110);
const RATIO: TagId = (0x0028, 0x2112);
const ICC: TagId = (0x0028, 0x2000);
const DOSE_UNITS: TagId = (0x3004, 0x0002);
const DOSE_SCALING: TagId = (0x3004, 0x000e);

/// Pictures of screens and scans of paper, single and multi-frame (PS3.4 B.5).
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// Collects it. What does not fit the standard is left out, not guessed.
pub(super) fn about(top: Attributes<'_>, shape: &Shape, mut notes: Vec<String>) -> About {
    notes.extend(remarks(top));
    let first = OfFrame::new(top, 0);
    let places = if groups::has_own(top) {
        (0..shape.frames)
            .map(|frame| place::of(OfFrame::new(top, frame)))
            .collect()
    } else {
        Vec::new()
    };
    let modality = word(top, MODALITY);
    About {
        format: Format::Dicom,
        width: shape.columns,
        height: shape.rows,
        frames: shape.frames,
        slices: shape.frames,
        grey: shape.colour.is_grey(),
        unit: shape.colour.is_grey().then(|| grey::unit(first)).flatten(),
        view: [word(top, BODY_PART), word(top, VIEW_POSITION)]
            .into_iter()
            .flatten()
            .collect(),
        image_type: top
            .texts(IMAGE_TYPE)
            .iter()
            .map(|text| origin::printable(text))
            .collect(),
        ids: ids(top),
        place: place::of(first),
        places,
        frame_ms: frame_ms(top),
        burned_in: burned_in(top, modality.as_deref()),
        modality,
        notes,
    }
}

/// A short word of the file, if it is one: capitals, digits and blanks, as the standard wants.
fn word(top: Attributes<'_>, tag: TagId) -> Option<String> {
    let is_word = |text: &String| {
        text.len() <= 16
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " _-".contains(c))
    };
    top.text(tag).filter(is_word)
}

fn ids(top: Attributes<'_>) -> Ids {
    let uid = |tag| top.text(tag).unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cut to whole numbers on purpose"
    )]
    let whole = |tag| top.number(tag).map(|number| number as i64);
    let repeat = [ECHO_TIME, ECHO_NUMBERS, B_VALUE, TEMPORAL];
    Ids {
        study: uid(STUDY),
        series: uid(SERIES),
        instance: uid(SOP_INSTANCE),
        series_number: whole(SERIES_NUMBER),
        acquisition: whole(ACQUISITION),
        instance_number: whole(INSTANCE_NUMBER),
        repeat: repeat
            .iter()
            .map(|tag| top.text(*tag).unwrap_or_default())
            .collect(),
    }
}

fn frame_ms(top: Attributes<'_>) -> Option<f64> {
    let rate = |tag| {
        top.number(tag)
            .filter(|rate| *rate > 0.0)
            .map(|rate| 1000.0 / rate)
    };
    top.number(FRAME_TIME)
        .filter(|ms| *ms > 0.0)
        .or_else(|| rate(FRAME_RATE))
        .or_else(|| rate(CINE_RATE))
}

/// The attribute decides; without it, pictures that come from screens and ultrasound machines are suspected. `SECONDARY` as
/// the second word of `ImageType` is no ground: every reformatted slice has it (PS3.3 C.7.6.1.1.2).
fn burned_in(top: Attributes<'_>, modality: Option<&str>) -> BurnedIn {
    let derived = top
        .texts(IMAGE_TYPE)
        .iter()
        .any(|word| word.contains("SAVE") || word.contains("SCREEN"));
    let is_capture = top
        .text(SOP_CLASS)
        .is_some_and(|class| class.starts_with(SECONDARY_CAPTURE));
    match top.text(BURNED_IN).as_deref() {
        Some("YES") => BurnedIn::Yes,
        Some("NO") => BurnedIn::No,
        _ if matches!(modality, Some("US" | "SC" | "OT" | "ES" | "XC" | "IVUS")) => {
            BurnedIn::Likely
        }
        _ if derived || is_capture => BurnedIn::Likely,
        _ => BurnedIn::No,
    }
}

/// What a person should know before looking.
fn remarks(top: Attributes<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    if top.text(LOSSY).as_deref() == Some("01") {
        remarks.push(match top.number(RATIO) {
            Some(ratio) => format!("was compressed with loss, {ratio:.0}:1"),
            None => "was compressed with loss".to_owned(),
        });
    }
    if top.has(ICC) {
        remarks.push("colour profile ignored".to_owned());
    }
    if let Some(scaling) = top.number(DOSE_SCALING) {
        let unit = word(top, DOSE_UNITS).unwrap_or_default();
        remarks.push(format!(
            "dose grid: one step is {scaling} {unit}; values are steps"
        ));
    }
    remarks
}
