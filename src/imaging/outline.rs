//! A picture and a rectangle in, the same picture with the rectangle's edge drawn out: no wider than its coordinates say.

use super::Picture;
use super::square::Yxyx;

/// Bright yellow: seen on black and on white.
const COLOUR: [u8; 3] = [255, 220, 0];

impl Picture {
    /// Draws the edge of a rectangle: top, left, bottom, right in pixels of the file's frame, also where this is a crop of it.
    /// The edge goes inwards; it is a 64th of the picture's shorter side wide, to be seen in a terminal's few cells. What lies
    /// outside is not drawn.
    pub fn draw_box(&mut self, source: Yxyx) {
        let (x, y) = self
            .cropped
            .map_or((0.0, 0.0), |part| (part.x0 as f64, part.y0 as f64));
        let [top, left, bottom, right] = source;
        let (across, down) = (self.width as f64, self.height as f64);
        let [top, bottom] = [top - y, bottom - y].map(|it| it.round().clamp(0.0, down));
        let [left, right] = [left - x, right - x].map(|it| it.round().clamp(0.0, across));
        let wide = (self.width.min(self.height) / 64).max(1);
        let [top, bottom, left, right] = [top, bottom, left, right].map(whole);
        let places = (top..bottom).flat_map(|row| (left..right).map(move |column| (row, column)));
        let is_edge = |(row, column): &(usize, usize)| {
            let from_edge = [
                row - top,
                bottom - 1 - row,
                column - left,
                right - 1 - column,
            ];
            from_edge.iter().any(|it| *it < wide)
        };
        for (row, column) in places.filter(is_edge) {
            let at = (row * self.width + column) * 3;
            if let Some(pixel) = self.rgb.get_mut(at..at + 3) {
                pixel.copy_from_slice(&COLOUR);
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the picture, rounded"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Origin};
    use super::*;
    use crate::imaging::region::Bounds;

    fn picture(width: usize, height: usize) -> Picture {
        let origin = Origin {
            name: "a".to_owned(),
            sha256: String::new(),
            format: Format::Png,
            frame: None,
            window: None,
            chain: Vec::new(),
        };
        Picture::plain(width, height, vec![0; width * height * 3], origin)
    }

    fn drawn(picture: &Picture) -> Vec<String> {
        let rows = picture.rgb.chunks(picture.width * 3);
        let shown = |row: &[u8]| {
            let pixels = row.chunks(3);
            pixels
                .map(|it| if it == COLOUR { '#' } else { '.' })
                .collect()
        };
        rows.map(shown).collect()
    }

    #[test]
    fn the_edge_lies_within_the_box_and_the_picture() {
        let mut it = picture(6, 5);
        it.draw_box([1.0, 1.0, 5.0, 5.0]);
        assert_eq!(
            drawn(&it),
            ["......", ".####.", ".#..#.", ".#..#.", ".####."]
        );
        let mut out = picture(3, 2);
        out.draw_box([-9.0, 1.0, 99.0, 99.0]);
        assert_eq!(drawn(&out), [".##", ".##"]);
        let mut none = picture(3, 2);
        none.draw_box([1.0, 2.0, 1.0, 2.0]);
        none.draw_box([f64::NAN, 0.0, f64::NAN, 1.0]);
        assert_eq!(drawn(&none), ["...", "..."]);
    }

    #[test]
    fn in_a_crop_it_lies_where_it_lies_in_the_file() {
        let mut it = picture(3, 3);
        it.cropped = Some(Bounds {
            x0: 10,
            y0: 20,
            x1: 13,
            y1: 23,
        });
        it.draw_box([21.0, 11.0, 23.0, 13.0]);
        assert_eq!(drawn(&it), ["...", ".##", ".##"]);
    }
}
