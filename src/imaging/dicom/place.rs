//! A frame's attributes in, where it lies in the patient out (PS3.3 C.7.6.2, C.7.6.16.2, 10.7).

use super::groups::{MEASURES, ORIENTATION, OfFrame, POSITION};
use super::scan::TagId;
use crate::imaging::frame::Place;

const PIXEL_SPACING: TagId = (0x0028, 0x0030);
const ASPECT: TagId = (0x0028, 0x0034);
const IMAGER_SPACING: TagId = (0x0018, 0x1164);
const THICKNESS: TagId = (0x0018, 0x0050);
const IMAGE_POSITION: TagId = (0x0020, 0x0032);
const IMAGE_ORIENTATION: TagId = (0x0020, 0x0037);
const PATIENT_ORIENTATION: TagId = (0x0020, 0x0020);
const LATERALITY: TagId = (0x0020, 0x0060);
const IMAGE_LATERALITY: TagId = (0x0020, 0x0062);

/// Reads the place of a frame; what is not there or not possible is `None`.
pub(super) fn of(frame: OfFrame<'_>) -> Place {
    let top = frame.top;
    let sane = |spacing: &[f64; 2]| spacing.iter().all(|mm| *mm > 0.0 && *mm < 1e4);
    let spacing = frame
        .with(MEASURES, PIXEL_SPACING)
        .vector(PIXEL_SPACING)
        .filter(sane);
    let imager = top.vector(IMAGER_SPACING).filter(sane);
    let aspect = top
        .vector::<2>(ASPECT)
        .filter(|[down, across]| *down > 0.0 && *across > 0.0)
        .map(|[down, across]| down / across);
    let letters = top.texts(PATIENT_ORIENTATION);
    let side = top
        .text(IMAGE_LATERALITY)
        .or_else(|| top.text(LATERALITY))
        .and_then(|side| side.chars().next())
        .filter(|side| matches!(side, 'L' | 'R'));
    Place {
        spacing_mm: spacing.or(imager),
        at_detector: spacing.is_none() && imager.is_some(),
        aspect,
        position: frame.with(POSITION, IMAGE_POSITION).vector(IMAGE_POSITION),
        orientation: frame
            .with(ORIENTATION, IMAGE_ORIENTATION)
            .vector(IMAGE_ORIENTATION)
            .filter(is_orthonormal),
        thickness_mm: frame
            .with(MEASURES, THICKNESS)
            .number(THICKNESS)
            .filter(|mm| *mm > 0.0),
        letters: <[String; 2]>::try_from(letters)
            .ok()
            .filter(|both| both.iter().all(|letters| is_direction(letters))),
        laterality: side,
    }
}

/// Two unit vectors at a right angle, within what decimal text rounds away.
fn is_orthonormal(orientation: &[f64; 6]) -> bool {
    let (row, column) = orientation.split_at(3);
    let near = |value: f64, expected: f64| (value - expected).abs() < 0.01;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    near(dot(row, row), 1.0) && near(dot(column, column), 1.0) && near(dot(row, column), 0.0)
}

/// `L`, `PR`, `AFL` …
fn is_direction(letters: &str) -> bool {
    (1..=3).contains(&letters.len()) && letters.chars().all(|c| "LRAPHF".contains(c))
}
