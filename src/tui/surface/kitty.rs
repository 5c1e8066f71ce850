//! A PNG, an id and a place in, commands of the kitty graphics protocol out; and the cells that stand for a picture in tmux.
//!
//! The protocol: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>. What is used of it: transmission of PNG by chunks
//! (`a=t,f=100`), placements with a source rectangle (`a=p`), virtual placements shown by Unicode placeholders (`U=1`), and
//! deletion with (`d=I`) and without (`d=i`) the data.

use base64::Engine as _;
use ratatui::buffer::Cell;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::pixels::{Kind, Pixels};

/// Base64 bytes of a chunk, the most the protocol allows.
pub(super) const CHUNK: usize = 4096;

/// The character of which each cell of a virtual placement is made.
const PLACEHOLDER: char = '\u{10eeee}';

/// Columns and rows that placeholders can count.
pub(super) const MOST_CELLS: u16 = 297;

/// Combining characters that stand for 0, 1, 2 …: (first, how many in a row), in the protocol's order.
#[rustfmt::skip]
const NUMERALS: &[(u32, u32)] = &[
    (0x305, 1), (0x30d, 2), (0x310, 1), (0x312, 1), (0x33d, 3), (0x346, 1), (0x34a, 3), (0x350, 3), (0x357, 1),
    (0x35b, 1), (0x363, 13), (0x483, 5), (0x592, 4), (0x597, 3), (0x59c, 6), (0x5a8, 2), (0x5ab, 2), (0x5af, 1),
    (0x5c4, 1), (0x610, 8), (0x657, 5), (0x65d, 2), (0x6d6, 7), (0x6df, 4), (0x6e4, 1), (0x6e7, 2), (0x6eb, 2),
    (0x730, 1), (0x732, 2), (0x735, 2), (0x73a, 1), (0x73d, 1), (0x73f, 3), (0x743, 1), (0x745, 1), (0x747, 1),
    (0x749, 2), (0x7eb, 7), (0x7f3, 1), (0x816, 4), (0x81b, 9), (0x825, 3), (0x829, 5), (0x951, 1), (0x953, 2),
    (0xf82, 2), (0xf86, 2), (0x135d, 3), (0x17dd, 1), (0x193a, 1), (0x1a17, 1), (0x1a75, 8), (0x1b6b, 1),
    (0x1b6d, 7), (0x1cd0, 3), (0x1cda, 2), (0x1ce0, 1), (0x1dc0, 2), (0x1dc3, 7), (0x1dcb, 2), (0x1dd1, 22),
    (0x1dfe, 1), (0x20d0, 2), (0x20d4, 4), (0x20db, 2), (0x20e1, 1), (0x20e7, 1), (0x20e9, 1), (0x20f0, 1),
    (0x2cef, 3), (0x2de0, 32), (0xa66f, 1), (0xa67c, 2), (0xa6f0, 2), (0xa8e0, 18), (0xaab0, 1), (0xaab2, 2),
    (0xaab7, 2), (0xaabe, 2), (0xaac1, 1), (0xfe20, 7), (0x10a0f, 1), (0x10a38, 1), (0x1d185, 5), (0x1d1aa, 4),
    (0x1d242, 3),
];

fn numeral(mut n: u32) -> Option<char> {
    for (first, len) in NUMERALS {
        if n < *len {
            return char::from_u32(first + n);
        }
        n -= len;
    }
    None
}

/// A PNG larger than this is made again with more care: noise is where that pays.
const LARGE: usize = 150 << 10;

/// Pixels as a PNG of 8 bits, grey or RGB.
///
/// Full: every value, made fast (0.5 ms for 512 × 512), and slowly (25 ms) only where that leaves a large file. A draft has 64
/// levels a channel and the slow way at once, which halves it: it has few pixels, and is for a slow link.
pub(super) fn png(pixels: &Pixels, is_draft: bool) -> Vec<u8> {
    if is_draft {
        let coarse: Vec<u8> = pixels
            .bytes()
            .iter()
            .map(|it| (it & 0xfc) | (it >> 6))
            .collect();
        return compressed(
            pixels,
            &coarse,
            png::Compression::Balanced,
            png::Filter::Sub,
        );
    }
    let bytes = pixels.bytes();
    let fast = compressed(pixels, bytes, png::Compression::Fast, png::Filter::Adaptive);
    if fast.len() < LARGE {
        return fast;
    }
    let slow = compressed(pixels, bytes, png::Compression::Balanced, png::Filter::Sub);
    if slow.len() < fast.len() { slow } else { fast }
}

fn compressed(
    pixels: &Pixels,
    bytes: &[u8],
    compression: png::Compression,
    filter: png::Filter,
) -> Vec<u8> {
    let mut out = Vec::new();
    let size = |n: usize| u32::try_from(n).expect("a picture for a screen");
    let mut encoder = png::Encoder::new(&mut out, size(pixels.width()), size(pixels.height()));
    encoder.set_color(match pixels.kind() {
        Kind::Grey => png::ColorType::Grayscale,
        Kind::Rgb => png::ColorType::Rgb,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().expect("memory takes everything");
    writer
        .write_image_data(bytes)
        .expect("as many bytes as the header says");
    writer.finish().expect("memory takes everything");
    out
}

/// What a multiplexer passes on to the terminal around it as it is; outside of one, nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrap {
    /// Straight to the terminal.
    Bare,
    /// Through tmux (`allow-passthrough`).
    Tmux,
}

impl Wrap {
    /// One command, wrapped.
    pub(super) fn around(self, command: &str) -> Vec<u8> {
        match self {
            Self::Bare => command.as_bytes().to_vec(),
            Self::Tmux => {
                let inner = command.replace('\x1b', "\x1b\x1b");
                format!("\x1bPtmux;{inner}\x1b\\").into_bytes()
            }
        }
    }
}

/// The commands that send a PNG without showing it, each to be written without a pause in it.
pub(super) fn upload(id: u32, png: &[u8], wrap: Wrap) -> Vec<Vec<u8>> {
    let text = base64::engine::general_purpose::STANDARD.encode(png);
    let n_chunks = text.len().div_ceil(CHUNK);
    let chunks = text.as_bytes().chunks(CHUNK).enumerate();
    chunks
        .map(|(nth, chunk)| {
            let more = u8::from(nth + 1 < n_chunks);
            let chunk = std::str::from_utf8(chunk).expect("base64 is ASCII");
            let keys = if nth == 0 {
                format!("a=t,f=100,i={id},q=2,m={more}")
            } else {
                format!("q=2,m={more}")
            };
            wrap.around(&format!("\x1b_G{keys};{chunk}\x1b\\"))
        })
        .collect()
}

/// A rectangle of whole pixels in what was sent: x, y, width, height.
pub(super) type Source = [u32; 4];

/// Shows a rectangle of what was sent in some cells, under the text; what the same id showed before goes away.
///
/// An error is answered (`q=1`): the terminal may have dropped the data.
pub(super) fn place(id: u32, source: Source, cells: Rect) -> String {
    let [x, y, width, height] = source;
    format!(
        "\x1b[{};{}H\x1b_Ga=p,i={id},p=1,x={x},y={y},w={width},h={height},c={},r={},z=-1,C=1,q=1\x1b\\",
        cells.y + 1,
        cells.x + 1,
        cells.width,
        cells.height
    )
}

/// Lets placeholders show the whole of what was sent.
pub(super) fn place_virtual(id: u32, cells: Rect, wrap: Wrap) -> Vec<u8> {
    wrap.around(&format!(
        "\x1b_Ga=p,U=1,i={id},c={},r={},q=2\x1b\\",
        cells.width, cells.height
    ))
}

/// Takes a picture from the screen and leaves its data with the terminal.
pub(super) fn hide(id: u32) -> String {
    format!("\x1b_Ga=d,d=i,i={id},q=2\x1b\\")
}

/// Takes a picture from the screen and frees its data.
pub(super) fn delete(id: u32, wrap: Wrap) -> Vec<u8> {
    wrap.around(&format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\"))
}

/// The cell that shows column and row of a virtual placement.
///
/// The id's low byte is an indexed foreground, which survives terminals and multiplexers without 24-bit colours; its high
/// byte is a third numeral. A cell right of another one of the same picture needs no numerals: `continues`.
pub(super) fn placeholder(id: u32, column: u16, row: u16, continues: bool) -> Cell {
    let mut symbol = String::from(PLACEHOLDER);
    if !continues {
        for n in [u32::from(row), u32::from(column), id >> 24] {
            symbol.extend(numeral(n));
        }
    }
    let mut cell = Cell::default();
    cell.set_symbol(&symbol);
    cell.fg = Color::Indexed(u8::try_from(id & 0xff).expect("one byte"));
    cell
}

/// Ids for the panes of one process: two a pane, used in turn, so that the new picture stands before the old one goes.
///
/// The middle bytes are zero and the outer ones are not, so that a placeholder can say each; processes that share a
/// terminal hardly ever share an id.
pub(super) fn id(process: u32, pane: u8, turn: bool) -> u32 {
    let low = 1 + (process % 31) * 8 + u32::from(pane & 3) * 2 + u32::from(turn);
    let high = 1 + (process / 31) % 255;
    (high << 24) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_numerals_for_297_cells() {
        let all: std::collections::BTreeSet<_> = (0..297).filter_map(numeral).collect();
        assert_eq!(all.len(), usize::from(MOST_CELLS));
        assert_eq!(numeral(297), None);
        assert_eq!((numeral(0), numeral(1)), (Some('\u{305}'), Some('\u{30d}')));
        assert_eq!(numeral(296), Some('\u{1d244}'));
    }

    #[test]
    fn a_placeholder_says_row_column_and_id() {
        let cell = placeholder(0x0200_002a, 2, 1, false);
        assert_eq!(cell.symbol(), "\u{10eeee}\u{30d}\u{30e}\u{30e}");
        assert_eq!(cell.fg, Color::Indexed(42));
        assert_eq!(placeholder(0x0200_002a, 3, 1, true).symbol(), "\u{10eeee}");
    }

    #[test]
    fn ids_differ_by_pane_and_turn_and_can_be_said_by_a_placeholder() {
        let mut seen = std::collections::BTreeSet::new();
        let panes = (0..4).flat_map(|pane| [(pane, false), (pane, true)]);
        let all = panes.flat_map(|it| [1, 31, 4711, 65_535, u32::MAX].map(|process| (process, it)));
        for (process, (pane, turn)) in all {
            let id = id(process, pane, turn);
            assert!(seen.insert(id), "{id:x} twice");
            assert_eq!(id & 0x00ff_ff00, 0);
            assert!(id & 0xff != 0 && (1..=255).contains(&(id >> 24)));
        }
    }

    #[test]
    fn tmux_gets_each_command_wrapped_with_its_escapes_doubled() {
        assert_eq!(
            Wrap::Tmux.around("\x1b_Ga=d\x1b\\"),
            b"\x1bPtmux;\x1b\x1b_Ga=d\x1b\x1b\\\x1b\\"
        );
    }
}
