//! A frame or a picture and whole pixels of it in, these alone out, at their own resolution.

use super::Fallible;
use super::axes::{along, row_and_column};
use super::frame::{Frame, Place, Values};
use super::region::Bounds;

/// The part of a frame, with its place in the patient.
///
/// # Errors
/// When the part reaches out of the frame, or is empty.
pub(super) fn frame(frame: &Frame, part: Bounds) -> Fallible<Frame> {
    let size = (frame.width, frame.height);
    let values = match &frame.values {
        Values::Grey(values) => Values::Grey(cut(values, size, 1, part)?),
        Values::Rgb(bytes) => Values::Rgb(cut(bytes, size, 3, part)?),
    };
    let mut chain = frame.chain.clone();
    chain.push(step(size, part));
    Ok(Frame {
        width: part.width(),
        height: part.height(),
        values,
        scale: frame.scale.clone(),
        place: Place {
            position: moved(&frame.place, part),
            ..frame.place.clone()
        },
        chain,
    })
}

/// What was done, for the chain.
pub(super) fn step((width, height): (usize, usize), part: Bounds) -> String {
    format!(
        "cropped to {}x{} pixels from column {} and row {} of {width}x{height}",
        part.width(),
        part.height(),
        part.x0,
        part.y0
    )
}

fn cut<T: Copy>(
    values: &[T],
    (width, height): (usize, usize),
    per_pixel: usize,
    part: Bounds,
) -> Fallible<Vec<T>> {
    if !part.lies_in(width, height) {
        return Err(format!(
            "has {width}x{height} pixels, and no part of them is from column {} to {} and from row {} to {}",
            part.x0, part.x1, part.y0, part.y1
        ));
    }
    Ok(values
        .chunks_exact(per_pixel * width)
        .take(part.y1)
        .skip(part.y0)
        .flat_map(|row| &row[per_pixel * part.x0..per_pixel * part.x1])
        .copied()
        .collect())
}

/// The centre of the part's first pixel (PS3.3 C.7.6.2.1.1).
fn moved(place: &Place, part: Bounds) -> Option<[f64; 3]> {
    let (position, [row_mm, column_mm]) = place.position.zip(place.spacing_mm)?;
    let [row, column] = row_and_column(place.orientation?);
    let across = part.x0 as f64 * column_mm;
    let down = part.y0 as f64 * row_mm;
    Some(along(along(position, across, row), down, column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::frame::Scale;

    fn whole() -> Frame {
        Frame {
            width: 4,
            height: 3,
            values: Values::Grey((0..12_u8).map(f32::from).collect()),
            scale: Scale::default(),
            place: Place {
                spacing_mm: Some([2.0, 0.5]),
                position: Some([-10.0, 20.0, 5.0]),
                orientation: Some([1.0, 0.0, 0.0, 0.0, 0.6, -0.8]),
                ..Place::default()
            },
            chain: vec!["made".to_owned()],
        }
    }

    const PART: Bounds = Bounds {
        x0: 1,
        y0: 1,
        x1: 3,
        y1: 3,
    };

    #[test]
    fn values_and_place_go_with_the_part() {
        let part = frame(&whole(), PART).unwrap();
        assert_eq!((part.width, part.height), (2, 2));
        assert_eq!(part.values, Values::Grey(vec![5.0, 6.0, 9.0, 10.0]));
        assert_eq!(part.place.position, Some([-9.5, 21.2, 3.4]));
        assert_eq!(part.place.orientation, whole().place.orientation);
        assert_eq!(
            part.chain,
            [
                "made",
                "cropped to 2x2 pixels from column 1 and row 1 of 4x3"
            ]
        );
    }

    #[test]
    fn colour_is_cut_by_pixel() {
        let bytes: Vec<u8> = (0..12).flat_map(|at| [at, at, 200]).collect();
        let mut coloured = whole();
        coloured.values = Values::Rgb(bytes);
        let part = frame(&coloured, PART).unwrap();
        assert_eq!(
            part.values,
            Values::Rgb(vec![5, 5, 200, 6, 6, 200, 9, 9, 200, 10, 10, 200])
        );
    }

    #[test]
    fn a_position_needs_a_direction() {
        let mut unknown = whole();
        unknown.place.orientation = None;
        assert_eq!(frame(&unknown, PART).unwrap().place.position, None);
    }

    #[test]
    fn a_part_outside_is_refused() {
        for part in [
            Bounds { x1: 5, ..PART },
            Bounds { y1: 4, ..PART },
            Bounds { x1: 1, ..PART },
            Bounds { y0: 7, ..PART },
        ] {
            let problem = frame(&whole(), part).unwrap_err();
            assert!(problem.contains("has 4x3 pixels"), "{problem}");
        }
    }
}
