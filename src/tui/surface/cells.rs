//! Pixels in, cells of text out: coloured half blocks, two pixels a cell, or letters by brightness.

use ratatui::buffer::Cell;
use ratatui::style::Color;

use super::fit::Fit;
use super::pixels::Pixels;

/// Two pixels a cell: the upper one is the letter, the lower one what is behind it. 24-bit colours, or the 256 indexed ones.
pub(super) fn blocks(pixels: &Pixels, fit: &Fit, has_truecolor: bool) -> Vec<Cell> {
    let (columns, rows) = (usize::from(fit.cells.width), usize::from(fit.cells.height));
    let small = pixels.sample(fit.part, (columns, rows * 2));
    let colours: Vec<Color> = small
        .colours()
        .map(|[r, g, b]| {
            if has_truecolor {
                Color::Rgb(r, g, b)
            } else {
                Color::Indexed(indexed([r, g, b]))
            }
        })
        .collect();
    let pairs = colours.chunks_exact(columns * 2);
    pairs
        .flat_map(|pair| {
            let (upper, lower) = pair.split_at(columns);
            upper
                .iter()
                .zip(lower)
                .map(|(upper, lower)| block(*upper, *lower))
        })
        .collect()
}

fn block(upper: Color, lower: Color) -> Cell {
    let mut cell = Cell::default();
    cell.bg = lower;
    if upper != lower {
        cell.set_symbol("▀");
        cell.fg = upper;
    }
    cell
}

/// The levels of the six-by-six-by-six cube of xterm's 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of xterm's colours 16 to 255: a cube, and 24 greys between 8 and 238.
fn indexed([r, g, b]: [u8; 3]) -> u8 {
    let distance = |other: [u8; 3]| -> u32 {
        let pairs = [r, g, b].into_iter().zip(other);
        pairs
            .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum()
    };
    let nearest = |value: u8| {
        let levels = CUBE.iter().zip(0_u8..);
        levels
            .min_by_key(|it| it.0.abs_diff(value))
            .expect("six levels")
    };
    let [red, green, blue] = [r, g, b].map(nearest);
    let cube = 16 + 36 * red.1 + 6 * green.1 + blue.1;
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = u8::try_from((mean.saturating_sub(3) / 10).min(23)).expect("at most 23");
    let grey = 8 + 10 * step;
    if distance([grey; 3]) < distance([*red.0, *green.0, *blue.0]) {
        232 + step
    } else {
        cube
    }
}

/// From nothing to much ink.
const INK: &[u8] = b" .,:;-=+*oa#%W@";

/// One letter a cell, by brightness; on a light background, darkness is ink. No colour at all.
pub(super) fn letters(pixels: &Pixels, fit: &Fit, is_light: bool) -> Vec<Cell> {
    let (columns, rows) = (usize::from(fit.cells.width), usize::from(fit.cells.height));
    let small = pixels.sample(fit.part, (columns, rows));
    let cell = |colour: [u8; 3]| {
        let mut cell = Cell::default();
        cell.set_char(letter(colour, is_light));
        cell
    };
    small.colours().map(cell).collect()
}

/// The letter that has as much ink as a colour has brightness; on a light background, as it has darkness.
pub fn letter([r, g, b]: [u8; 3], is_light: bool) -> char {
    // Rec. 601 luma, in 256ths
    let luma = (77 * usize::from(r) + 150 * usize::from(g) + 29 * usize::from(b)) / 256;
    let ink = if is_light { 255 - luma } else { luma };
    char::from(INK[ink * (INK.len() - 1) / 255])
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::super::fit::{CellSize, Zoom};
    use super::super::pixels::Kind;
    use super::*;

    fn fit(width: usize, height: usize, columns: u16, rows: u16) -> Fit {
        let room = Rect::new(0, 0, columns, rows);
        Fit::new((width, height), 1.0, Zoom::default(), room, CellSize::GUESS).unwrap()
    }

    #[test]
    fn a_cell_shows_two_pixels() {
        let pixels = Pixels::new(2, 2, Kind::Grey, vec![0, 255, 255, 255]).unwrap();
        let cells = blocks(&pixels, &fit(2, 2, 2, 1), true);
        assert_eq!(cells[0].symbol(), "▀");
        assert_eq!(
            (cells[0].fg, cells[0].bg),
            (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255))
        );
        assert_eq!(
            (cells[1].symbol(), cells[1].bg),
            (" ", Color::Rgb(255, 255, 255))
        );
    }

    #[test]
    fn indexed_colours_are_the_nearest_there_are() {
        let table = |n: u8| -> [u8; 3] {
            if n >= 232 {
                return [8 + 10 * (n - 232); 3];
            }
            let n = usize::from(n - 16);
            [CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6]]
        };
        let distance = |one: [u8; 3], other: [u8; 3]| -> u32 {
            (0..3)
                .map(|it| u32::from(one[it].abs_diff(other[it])).pow(2))
                .sum()
        };
        for value in 0..=255 {
            for colour in [[value; 3], [value, 255 - value, 40], [0, value, value]] {
                let best = (16..=255)
                    .map(|it| distance(table(it), colour))
                    .min()
                    .unwrap();
                let got = distance(table(indexed(colour)), colour);
                assert!(got <= best + 60, "{colour:?}: {got} and not {best}");
            }
        }
        assert_eq!(
            (indexed([0; 3]), indexed([255; 3]), indexed([8; 3])),
            (16, 231, 232)
        );
    }

    #[test]
    fn letters_have_no_colour_and_turn_round_on_a_light_background() {
        let pixels = Pixels::new(4, 2, Kind::Grey, vec![0, 80, 160, 255, 0, 80, 160, 255]).unwrap();
        let fit = fit(4, 2, 4, 1);
        let text = |is_light| -> String {
            letters(&pixels, &fit, is_light)
                .iter()
                .map(Cell::symbol)
                .collect()
        };
        assert_eq!(text(false), " ;*@");
        assert_eq!(text(true), "@o- ");
        let plain = |it: &Cell| it.fg == Color::Reset && it.bg == Color::Reset;
        assert!(letters(&pixels, &fit, false).iter().all(plain));
    }
}
