//! A picture whose pixels may be oblong in, the same with square ones out: for looking, never for the model.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, RgbImage};

use super::frame::Place;

/// How many times as long as wide a pixel may be before the file is not believed.
const MAX_RATIO: f64 = 50.0;
/// Largest side that is made, in pixels.
const MAX_SIDE: f64 = 16_384.0;

/// Columns and rows that show a frame in its true proportions: one of the two is kept, the other grows.
///
/// From the spacing in mm, else from `PixelAspectRatio`; where the file says neither, or nothing that can be, its own size.
pub fn true_size(width: usize, height: usize, place: &Place) -> (usize, usize) {
    let ratio = match (place.spacing_mm, place.aspect) {
        (Some([row, column]), _) => row / column,
        (None, Some(aspect)) => aspect,
        (None, None) => 1.0,
    };
    let believed = (1.0 / MAX_RATIO..=MAX_RATIO).contains(&ratio);
    if !believed {
        return (width, height);
    }
    if ratio > 1.0 {
        (width, grown(height, ratio))
    } else {
        (grown(width, 1.0 / ratio), height)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from the side itself to the largest side"
)]
fn grown(side: usize, ratio: f64) -> usize {
    let largest = MAX_SIDE.max(side as f64);
    (side as f64 * ratio).round().min(largest) as usize
}

/// `rgb`, `height * width * 3` bytes, in another size; bilinear, with antialias where it shrinks.
///
/// # Panics
/// When `rgb` is not as long as the size says.
pub fn resize(
    rgb: &[u8],
    (width, height): (usize, usize),
    (to_width, to_height): (usize, usize),
) -> Vec<u8> {
    if (width, height) == (to_width, to_height) {
        return rgb.to_vec();
    }
    let side = |side: usize| u32::try_from(side).expect("a side of a picture");
    let picture: ImageBuffer<image::Rgb<u8>, &[u8]> =
        ImageBuffer::from_raw(side(width), side(height), rgb).expect("as long as its size says");
    let resized: RgbImage = imageops::resize(
        &picture,
        side(to_width),
        side(to_height),
        FilterType::Triangle,
    );
    resized.into_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spacing_mm: Option<[f64; 2]>, aspect: Option<f64>, size: (usize, usize)) {
        let place = Place {
            spacing_mm,
            aspect,
            ..Place::default()
        };
        assert_eq!(true_size(100, 40, &place), size, "{place:?}");
    }

    #[test]
    fn the_coarser_direction_grows() {
        check(None, None, (100, 40));
        check(Some([0.5, 0.5]), None, (100, 40));
        check(Some([2.0, 0.8]), None, (100, 100));
        check(Some([0.8, 2.0]), None, (250, 40));
        check(None, Some(1.25), (100, 50));
        check(Some([0.5, 0.5]), Some(1.25), (100, 40));
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 60.0] {
            check(Some([ratio, 1.0]), None, (100, 40));
            check(None, Some(ratio), (100, 40));
        }
        let place = Place {
            aspect: Some(50.0),
            ..Place::default()
        };
        assert_eq!(true_size(1, 1000, &place), (1, 16_384));
    }

    #[test]
    fn one_colour_stays_one_colour() {
        let rgb: Vec<u8> = [10, 200, 30].repeat(6);
        assert_eq!(resize(&rgb, (3, 2), (3, 4)), [10, 200, 30].repeat(12));
        assert_eq!(resize(&rgb, (3, 2), (1, 1)), [10, 200, 30]);
        assert_eq!(resize(&rgb, (3, 2), (3, 2)), rgb);
    }
}
