//! The square that the model gets in, the same with its padding hatched and its grid of tokens out; and which token a pixel is in.

use std::sync::Arc;

use crate::settings::Lang;
use crate::tui::surface::{Kind, Pixels};

/// What the model sees of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEye {
    /// Pixels a side.
    pub side: usize,
    /// `side * side * 3` bytes, the very ones that the model gets, before they are scaled to -1..1.
    pub rgb: Arc<Vec<u8>>,
    /// Tokens a side: 16 for 256 of them, 8 for 64.
    pub grid: usize,
    /// Top, left, bottom, right of the picture within the square; the rest is padding.
    pub content: [usize; 4],
    /// How the picture becomes a square: `pad`.
    pub fit: String,
    /// The window, as typed.
    pub window: String,
    /// Of the bytes.
    pub hash: String,
}

/// Of lines between tokens.
const LINE: [u8; 3] = [0, 190, 255];
/// Of stripes in the padding.
const STRIPE: [u8; 3] = [40, 70, 150];

impl ModelEye {
    fn is_padding(&self, x: usize, y: usize) -> bool {
        let [top, left, bottom, right] = self.content;
        !(top..bottom).contains(&y) || !(left..right).contains(&x)
    }

    /// Percent of the square that is padding, rounded.
    pub(super) fn padding_percent(&self) -> usize {
        let [top, left, bottom, right] = self.content.map(|it| it.min(self.side));
        let inside = bottom.saturating_sub(top) * right.saturating_sub(left);
        let all = (self.side * self.side).max(1);
        ((all - inside.min(all)) * 100 + all / 2) / all
    }

    /// The pixels: with stripes in the padding and lines between tokens, or as they are. `wide` is how wide a line must be to be
    /// seen. `None` when there are not as many bytes as the side says.
    pub(super) fn pixels(&self, with_grid: bool, wide: usize, has_colours: bool) -> Option<Pixels> {
        let mut rgb = self.rgb.as_ref().clone();
        let side = self.side;
        if with_grid && side > 0 && rgb.len() == side * side * 3 {
            let (pixels, _) = rgb.as_chunks_mut::<3>();
            for (at, pixel) in pixels.iter_mut().enumerate() {
                *pixel = self.marked(*pixel, (at % side, at / side), wide, has_colours);
            }
        }
        Some(Pixels::new(side, side, Kind::Rgb, rgb)?.thrifty())
    }

    /// A pixel with the line or the stripe that goes through it.
    fn marked(
        &self,
        pixel: [u8; 3],
        (x, y): (usize, usize),
        wide: usize,
        has_colours: bool,
    ) -> [u8; 3] {
        let is_stripe = || ((x + y) / (4 * wide.max(1))).is_multiple_of(3);
        if self.is_line(x, wide) || self.is_line(y, wide) {
            mixed(pixel, grey_unless(LINE, has_colours), 140)
        } else if self.is_padding(x, y) && is_stripe() {
            mixed(pixel, grey_unless(STRIPE, has_colours), 200)
        } else {
            pixel
        }
    }

    /// Whether a line between two tokens goes through here.
    fn is_line(&self, at: usize, wide: usize) -> bool {
        let grid = self.grid.max(1);
        let nth = at * grid / self.side.max(1);
        let start = (nth * self.side).div_ceil(grid);
        nth > 0 && at - start.min(at) < wide.max(1)
    }

    /// The token that a pixel is in: its number, row and column, each from 1.
    pub(super) fn token(&self, x: usize, y: usize) -> Option<[usize; 3]> {
        if x >= self.side || y >= self.side || self.grid == 0 {
            return None;
        }
        let [row, column] = [y, x].map(|at| at * self.grid / self.side);
        Some([row * self.grid + column + 1, row + 1, column + 1])
    }

    /// What a pixel is.
    pub(super) fn value(&self, x: usize, y: usize, lang: Lang) -> Option<String> {
        let [nth, row, column] = self.token(x, y)?;
        let at = 3 * (y * self.side + x);
        let pixel = self.rgb.get(at..at + 3)?;
        let what = if self.is_padding(x, y) {
            lang.pick("padding", "填充").to_owned()
        } else {
            format!("RGB {} {} {}", pixel[0], pixel[1], pixel[2])
        };
        Some(match lang {
            Lang::En => format!("{what}  token {nth} (row {row}, column {column})"),
            Lang::Zh => format!("{what}  词元 {nth}（第 {row} 行第 {column} 列）"),
        })
    }
}

fn grey_unless(colour: [u8; 3], has_colours: bool) -> [u8; 3] {
    if has_colours {
        colour
    } else {
        [*colour.iter().max().unwrap_or(&0); 3]
    }
}

/// A colour with so many 255ths of another.
fn mixed(of: [u8; 3], with: [u8; 3], share: u16) -> [u8; 3] {
    let mix = |a: u8, b: u8| {
        let sum = u16::from(a) * (255 - share) + u16::from(b) * share;
        u8::try_from(sum / 255).unwrap_or(u8::MAX)
    };
    [0, 1, 2].map(|at: usize| mix(of[at], with[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn eye(side: usize, grid: usize, content: [usize; 4]) -> ModelEye {
        ModelEye {
            side,
            rgb: Arc::new(vec![100; side * side * 3]),
            grid,
            content,
            fit: "pad".to_owned(),
            window: "40/400".to_owned(),
            hash: "ab12".to_owned(),
        }
    }

    #[test]
    fn the_bare_square_is_the_very_bytes() {
        let eye = eye(64, 16, [0, 0, 64, 64]);
        let bare = eye.pixels(false, 1, true).unwrap();
        assert_eq!(bare.kind(), Kind::Grey);
        assert!(bare.bytes().iter().all(|it| *it == 100));
    }

    #[test]
    fn lines_stand_between_tokens_and_stripes_in_the_padding_only() {
        let eye = eye(64, 16, [16, 0, 48, 64]);
        let pixels = eye.pixels(true, 1, true).unwrap();
        let at = |x: usize, y: usize| {
            let at = 3 * (y * 64 + x);
            <[u8; 3]>::try_from(&pixels.bytes()[at..at + 3]).unwrap()
        };
        assert_eq!(at(5, 21), [100; 3]);
        assert_ne!(at(4, 21), [100; 3]);
        assert_ne!(at(5, 20), [100; 3]);
        assert_eq!(at(1, 21), [100; 3]);
        let padding: Vec<_> = (0..16).map(|y| at(1, y)).collect();
        assert!(padding.iter().any(|it| *it != [100; 3]) && padding.contains(&[100; 3]));
        let grey = eye.pixels(true, 1, false).unwrap();
        assert_eq!(grey.kind(), Kind::Grey);
        assert_eq!(eye.padding_percent(), 50);
    }

    #[test]
    fn a_pixel_knows_its_token() {
        let eye = eye(896, 16, [0, 0, 896, 896]);
        assert_eq!(eye.token(0, 0), Some([1, 1, 1]));
        assert_eq!(eye.token(895, 895), Some([256, 16, 16]));
        assert_eq!(eye.token(56, 0), Some([2, 1, 2]));
        assert_eq!(eye.token(896, 0), None);
    }

    #[test]
    fn a_square_that_is_none_is_not_shown() {
        let mut eye = eye(8, 0, [9, 9, 0, 0]);
        assert!(eye.pixels(true, 0, true).is_some());
        eye.rgb = Arc::new(vec![0; 5]);
        assert!(eye.pixels(true, 1, true).is_none());
        assert_eq!(eye.value(0, 0, Lang::En), None);
    }
}
