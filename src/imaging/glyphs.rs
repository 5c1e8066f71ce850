//! Text and a place in a picture in, letters in the picture out: light with a dark edge, legible on anything.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Yellow-white, so that letters are not taken for a part of a grey picture.
const INK: [u8; 3] = [255, 240, 170];
/// Of 255: how dark the edge makes what is under it.
const EDGE: u16 = 220;
const WEIGHT: FontWeight = FontWeight::Bold;

/// A picture that is drawn on.
pub(super) struct Canvas<'a> {
    pub(super) rgb: &'a mut [u8],
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Letters of one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    size: RasterHeight,
}

impl Face {
    /// Letters that suit a picture of this size.
    pub(super) fn for_picture(width: usize, height: usize) -> Self {
        let size = match width.min(height) {
            0..640 => RasterHeight::Size16,
            640..1024 => RasterHeight::Size20,
            1024..1600 => RasterHeight::Size24,
            _ => RasterHeight::Size32,
        };
        Self { size }
    }

    /// From one line to the next.
    pub(super) fn line(self) -> usize {
        self.size.val()
    }

    /// How wide a text is.
    pub(super) fn width_of(self, text: &str) -> usize {
        text.chars().count() * get_raster_width(WEIGHT, self.size)
    }

    /// What room letters leave to the picture's edge.
    pub(super) fn margin(self) -> usize {
        self.size.val() / 4
    }

    /// As many letters as there is room for.
    pub(super) fn cut(self, text: &str, room: usize) -> String {
        let letters = room / get_raster_width(WEIGHT, self.size);
        text.chars().take(letters).collect()
    }

    fn edge(self) -> usize {
        if self.size.val() < 24 { 1 } else { 2 }
    }
}

/// How much of each pixel of a box the letters cover, 0 to 255.
struct Mask {
    width: usize,
    height: usize,
    cover: Vec<u8>,
}

impl Mask {
    /// A line of text with room for its edge around it. What the font lacks is a question mark.
    fn of(text: &str, face: Face) -> Self {
        let edge = face.edge();
        let (width, height) = (face.width_of(text) + 2 * edge, face.line() + 2 * edge);
        let mut cover = vec![0; width * height];
        let step = get_raster_width(WEIGHT, face.size);
        for (i, letter) in text.chars().enumerate() {
            let glyph = get_raster(letter, WEIGHT, face.size)
                .or_else(|| get_raster('?', WEIGHT, face.size))
                .expect("the question mark is built in");
            let left = edge + i * step;
            for (y, row) in glyph.rows().enumerate() {
                cover[(edge + y) * width + left..][..row.len()].copy_from_slice(row);
            }
        }
        Self {
            width,
            height,
            cover,
        }
    }

    /// The most that is covered around a pixel.
    fn around(&self, x: usize, y: usize, edge: usize) -> u8 {
        let rows = y.saturating_sub(edge)..(y + edge + 1).min(self.height);
        let columns = x.saturating_sub(edge)..(x + edge + 1).min(self.width);
        let row = |y: usize| &self.cover[y * self.width..][columns.clone()];
        rows.flat_map(row).copied().max().unwrap_or_default()
    }
}

impl Canvas<'_> {
    /// One line of text, its upper left corner here. What lies outside is cut off.
    pub(super) fn write(&mut self, text: &str, (left, top): (usize, usize), face: Face) {
        let edge = face.edge();
        let mask = Mask::of(text, face);
        for (at, ink) in mask.cover.iter().enumerate() {
            let (x, y) = (at % mask.width, at / mask.width);
            // the mask begins its edge before the text
            let place = (left + x)
                .checked_sub(edge)
                .zip((top + y).checked_sub(edge));
            let Some(pixel) = place.and_then(|(x, y)| self.pixel(x, y)) else {
                continue;
            };
            let dark = u16::from(mask.around(x, y, edge)) * EDGE / 255;
            for (value, ink_value) in pixel.iter_mut().zip(INK) {
                *value = mixed(mixed(*value, 0, dark), ink_value, u16::from(*ink));
            }
        }
    }

    fn pixel(&mut self, x: usize, y: usize) -> Option<&mut [u8]> {
        if x >= self.width {
            return None;
        }
        let at = 3 * (y * self.width + x);
        self.rgb.get_mut(at..at + 3)
    }
}

/// A value with a part of another over it.
fn mixed(under: u8, over: u8, part: u16) -> u8 {
    let sum = u16::from(under) * (255 - part) + u16::from(over) * part;
    u8::try_from((sum + 127) / 255).expect("between the two")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn drawn(text: &str, background: u8, size: usize) -> Vec<u8> {
        let mut rgb = vec![background; 3 * size * size];
        let mut canvas = Canvas {
            rgb: &mut rgb,
            width: size,
            height: size,
        };
        canvas.write(text, (5, 5), Face::for_picture(size, size));
        rgb
    }

    #[test]
    fn letters_are_light_and_dark_on_any_ground() {
        for background in [0, 60, 128, 200, 255] {
            for size in [100, 700, 1200, 1800] {
                let rgb = drawn("R 12", background, size);
                let (min, max) = (rgb.iter().min().unwrap(), rgb.iter().max().unwrap());
                assert!(
                    *min < 60 && *max > 240,
                    "{min}..{max} on {background}, {size}"
                );
            }
        }
    }

    #[test]
    fn what_the_font_lacks_is_a_question_mark() {
        assert_eq!(drawn("\u{4e2d}", 0, 100), drawn("?", 0, 100));
        assert_eq!(drawn("\n", 0, 100), drawn("?", 0, 100));
        assert_ne!(drawn("²µ°", 0, 100), drawn("???", 0, 100));
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut rgb = vec![7; 3 * 4 * 4];
        let mut canvas = Canvas {
            rgb: &mut rgb,
            width: 4,
            height: 4,
        };
        let face = Face::for_picture(4, 4);
        canvas.write("words", (40, 0), face);
        canvas.write("words", (0, 40), face);
        assert_eq!(rgb, [7; 3 * 4 * 4]);
        assert_eq!(face.cut("words", 3 * face.width_of("w")), "wor");
    }
}
