//! Pixels in, sixel out: greys without dithering (the format has 101 of them), colours as they are while they are few.
//!
//! The format: DEC VT330/VT340 Programmer Reference Manual, volume 2, chapter 14. Colours are percentages, so no encoder can
//! show more than 101 greys; none are made up by dithering, which would draw texture into a picture that has none.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::fit::{Fit, Part};
use super::pixels::{Kind, Pixels};

/// Colours that every terminal with sixel has registers for.
const REGISTERS: usize = 256;

/// The picture for the cells of a fit, as one command that begins where the cursor is; never taller than the cells.
pub(super) fn encode(pixels: &Pixels, fit: &Fit, is_draft: bool) -> Vec<u8> {
    let device = fit.device();
    // whole bands of six rows; a band that is begun would reach into the cells below
    let height = (device.1 / 6 * 6).max(6);
    let part = Part {
        height: fit.part.height * height as f64 / device.1 as f64,
        ..fit.part
    };
    let block = if is_draft { 2 } else { 1 };
    let small = pixels.sample(part, (device.0.div_ceil(block), height / block));
    let picture = Indexed::of(&small, is_draft);
    picture.write(block)
}

/// A picture as numbers of colours.
struct Indexed {
    width: usize,
    /// Of each pixel.
    numbers: Vec<u8>,
    /// In percent.
    colours: Vec<[u8; 3]>,
}

impl Indexed {
    fn of(pixels: &Pixels, is_draft: bool) -> Self {
        // a draft has 26 greys, or steps of colour: fewer colours a band, fewer bytes
        let step = if is_draft { 4 } else { 1 };
        let percent = |value: u8| {
            let exact = (u16::from(value) * 100 + 127) / 255;
            u8::try_from((exact + step / 2) / step * step)
                .unwrap_or(100)
                .min(100)
        };
        let all: Vec<[u8; 3]> = pixels.colours().map(|it| it.map(percent)).collect();
        let mut registers: BTreeMap<[u8; 3], u8> = BTreeMap::new();
        for colour in &all {
            let next = registers.len();
            if next < REGISTERS {
                let next = u8::try_from(next).expect("below 256");
                registers.entry(*colour).or_insert(next);
            } else if !registers.contains_key(colour) {
                return Self::quantised(pixels);
            }
        }
        let mut colours = vec![[0; 3]; registers.len()];
        for (colour, number) in &registers {
            colours[usize::from(*number)] = *colour;
        }
        Self {
            width: pixels.width(),
            numbers: all.iter().map(|it| registers[it]).collect(),
            colours,
        }
    }

    /// A photograph: the 256 colours that serve it best.
    fn quantised(pixels: &Pixels) -> Self {
        debug_assert_eq!(pixels.kind(), Kind::Rgb, "there are only 101 greys");
        let rgba: Vec<u8> = pixels
            .colours()
            .flat_map(|[r, g, b]| [r, g, b, 255])
            .collect();
        let net = color_quant::NeuQuant::new(10, REGISTERS, &rgba);
        let number = |it: &[u8]| u8::try_from(net.index_of(it)).expect("below 256");
        let percent =
            |value: &u8| u8::try_from((u16::from(*value) * 100 + 127) / 255).unwrap_or(100);
        let palette = net.color_map_rgb();
        Self {
            width: pixels.width(),
            numbers: rgba.chunks_exact(4).map(number).collect(),
            colours: palette
                .chunks_exact(3)
                .map(|it| [percent(&it[0]), percent(&it[1]), percent(&it[2])])
                .collect(),
        }
    }

    /// Each pixel becomes a block of `block` × `block`.
    fn write(&self, block: usize) -> Vec<u8> {
        let height = self.numbers.len() / self.width;
        let mut out = Vec::with_capacity(self.numbers.len());
        let (wide, tall) = (self.width * block, height * block);
        write!(out, "\x1bP0;1;0q\"1;1;{wide};{tall}").expect("memory takes everything");
        for (number, [r, g, b]) in self.colours.iter().enumerate() {
            write!(out, "#{number};2;{r};{g};{b}").expect("memory takes everything");
        }
        for band in self.numbers.chunks(self.width * (6 / block)) {
            self.write_band(band, block, &mut out);
            out.push(b'-');
        }
        out.pop();
        out.extend_from_slice(b"\x1b\\");
        out
    }

    fn write_band(&self, band: &[u8], block: usize, out: &mut Vec<u8>) {
        let mut masks: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        let bits = (1_u8 << block) - 1;
        for (y, row) in band.chunks(self.width).enumerate() {
            for (x, number) in row.iter().enumerate() {
                let mask = masks.entry(*number).or_insert_with(|| vec![0; self.width]);
                mask[x] |= bits << (y * block);
            }
        }
        let mut is_first = true;
        for (number, mask) in &masks {
            if !std::mem::take(&mut is_first) {
                out.push(b'$');
            }
            write!(out, "#{number}").expect("memory takes everything");
            write_runs(mask, block, out);
        }
    }
}

/// Runs of equal columns; those at the end where nothing is are left out.
fn write_runs(mask: &[u8], block: usize, out: &mut Vec<u8>) {
    let n_used = mask.iter().rposition(|it| *it != 0).map_or(0, |it| it + 1);
    for run in mask[..n_used].chunk_by(|one, other| one == other) {
        let (sixel, n) = (run[0] + b'?', run.len() * block);
        if n > 3 {
            write!(out, "!{n}").expect("memory takes everything");
            out.push(sixel);
        } else {
            out.extend(std::iter::repeat_n(sixel, n));
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::super::fit::{CellSize, Zoom};
    use super::*;

    const CELL: CellSize = CellSize {
        width: 8,
        height: 16,
        is_measured: true,
    };

    fn fit(width: usize, height: usize, columns: u16, rows: u16) -> Fit {
        let room = Rect::new(0, 0, columns, rows);
        Fit::new((width, height), 1.0, Zoom::default(), room, CELL).unwrap()
    }

    #[track_caller]
    fn decoded(bytes: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
        let image = icy_sixel::SixelDecoder::new().decode(bytes).unwrap();
        let colours = image.pixels.chunks_exact(4);
        let colours = colours.map(|it| [it[0], it[1], it[2]]).collect();
        (image.width, image.height, colours)
    }

    #[test]
    fn greys_come_back_within_half_a_percent() {
        let bytes: Vec<u8> = (0..96 * 96)
            .map(|it| u8::try_from(it % 251).unwrap())
            .collect();
        let pixels = Pixels::new(96, 96, Kind::Grey, bytes).unwrap();
        let (width, height, back) = decoded(&encode(&pixels, &fit(96, 96, 12, 6), false));
        assert_eq!((width, height), (96, 96));
        for (was, is) in pixels.colours().zip(back) {
            assert!(
                was[0].abs_diff(is[0]) <= 2 && is[0] == is[1] && is[1] == is[2],
                "{was:?} {is:?}"
            );
        }
    }

    #[test]
    fn a_few_colours_among_greys_stay() {
        let mut bytes: Vec<u8> = (0..48 * 48)
            .flat_map(|it| [u8::try_from(it % 256).unwrap(); 3])
            .collect();
        bytes[..3].copy_from_slice(&[255, 0, 0]);
        let pixels = Pixels::new(48, 48, Kind::Rgb, bytes).unwrap();
        let (_, _, back) = decoded(&encode(&pixels, &fit(48, 48, 6, 3), false));
        assert_eq!(back[0], [255, 0, 0]);
    }

    #[test]
    fn a_photograph_is_shown_in_256_colours_close_to_its_own() {
        let bytes: Vec<u8> = (0..96_u8)
            .flat_map(|y| (0..96_u8).flat_map(move |x| [x * 2, y * 2, 128]))
            .collect();
        let pixels = Pixels::new(96, 96, Kind::Rgb, bytes).unwrap();
        let (_, _, back) = decoded(&encode(&pixels, &fit(96, 96, 12, 6), false));
        let error: u64 = pixels
            .colours()
            .zip(back)
            .flat_map(|(was, is)| (0..3).map(move |nth| u64::from(was[nth].abs_diff(is[nth]))))
            .sum();
        assert!(error / (96 * 96 * 3) < 12, "{error}");
    }

    #[test]
    fn it_never_reaches_into_the_cells_below() {
        let pixels = Pixels::new(100, 100, Kind::Grey, vec![9; 10_000]).unwrap();
        for rows in 1..8 {
            let fit = fit(100, 100, 80, rows);
            for is_draft in [false, true] {
                let (width, height, _) = decoded(&encode(&pixels, &fit, is_draft));
                assert!(height <= fit.device().1 && height + 6 > fit.device().1.min(height + 5));
                assert_eq!(width, fit.device().0);
            }
        }
    }

    #[test]
    fn a_draft_is_much_smaller() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 26).unwrap() + 90
        };
        let bytes: Vec<u8> = (0..256 * 256).map(|_| noise()).collect();
        let pixels = Pixels::new(256, 256, Kind::Grey, bytes).unwrap();
        let fit = fit(256, 256, 32, 16);
        let n = |is_draft| encode(&pixels, &fit, is_draft).len();
        assert!(n(true) * 3 < n(false), "{} {}", n(true), n(false));
    }
}
