//! Pieces of a line, each in several lengths, and a width in; the pieces that fit out, the dearest as long as can be.

use crate::tui::talk::wrap;
use ratatui::style::Style;

/// A piece of the line.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Its texts, the longest first, each with what it costs to give it up for the next (or for nothing, after the last). The
    /// cheapest is given up first. [`KEPT`] is never given up.
    pub(super) forms: Vec<(String, u8)>,
    /// How it looks.
    pub(super) style: Style,
    /// Whether it stands at the right end.
    pub(super) is_right: bool,
}

/// What is never given up.
pub(super) const KEPT: u8 = u8::MAX;

/// The pieces that fit into so many cells when `gap` cells stand between them: texts in their order.
pub(super) fn fit(pieces: &[Piece], width: usize, gap: usize) -> Vec<(usize, &str)> {
    let mut levels = vec![0; pieces.len()];
    let mut given = Vec::new();
    while needed(pieces, &levels, gap) > width {
        let costs = pieces.iter().zip(&levels).enumerate();
        let costs = costs.filter_map(|(n, (piece, level))| Some((piece.forms.get(*level)?.1, n)));
        let Some((_, cheapest)) = costs.filter(|it| it.0 < KEPT).min() else {
            break;
        };
        given.push((cheapest, levels[cheapest]));
        levels[cheapest] += 1;
    }
    // The last that was given up may have left room for something dear that was given up before.
    for (n, level) in given.into_iter().rev() {
        let now = levels[n];
        if level < now {
            levels[n] = level;
            if needed(pieces, &levels, gap) > width {
                levels[n] = now;
            }
        }
    }
    shown(pieces, &levels).collect()
}

fn shown<'a>(pieces: &'a [Piece], levels: &[usize]) -> impl Iterator<Item = (usize, &'a str)> {
    let texts = pieces.iter().zip(levels).enumerate();
    let texts =
        texts.filter_map(|(n, (piece, level))| Some((n, piece.forms.get(*level)?.0.as_str())));
    texts.filter(|it| !it.1.is_empty())
}

fn needed(pieces: &[Piece], levels: &[usize], gap: usize) -> usize {
    let widths = shown(pieces, levels).map(|it| wrap::width(it.1) + gap);
    widths.sum::<usize>().saturating_sub(gap)
}
