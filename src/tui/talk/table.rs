//! The lines of a table in, its rows in columns out.

use std::ops::Range;
use std::sync::Arc;

use super::inline::{Chunk, inline};
use super::markdown::{Slice, put_chunk};
use super::sheet::{Columns, Face, Lead, Shape, Sheet, Side};
use super::starts::{Start, start};
use super::wrap;

/// A table so far.
#[derive(Debug, Clone)]
pub(super) struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<Cell>>,
}

/// The text of one column in one row.
#[derive(Debug, Clone, Default)]
struct Cell {
    text: String,
    /// Where it stands in the source.
    at: usize,
}

impl Cell {
    fn put(&self, chunks: &[Chunk], out: &mut Sheet) {
        for chunk in chunks {
            let words = &self.text[chunk.span.clone()];
            put_chunk(words, self.at + chunk.span.start, chunk.face, out);
        }
    }
}

/// More columns than this are no table that anybody can read.
const MOST_COLUMNS: usize = 32;

impl Table {
    /// A table whose head is the paragraph's last line (where it begins in the text, and in the source), if the next
    /// line is the rule under such a head.
    pub(super) fn open(head: (usize, usize), paragraph: &str, rule: &str) -> Option<Self> {
        let line = paragraph.get(head.0..)?;
        if !line.contains('|') {
            return None;
        }
        let sides: Option<Vec<Side>> = split(rule, 0).iter().map(|it| side(&it.text)).collect();
        let sides = sides.filter(|it| it.len() <= MOST_COLUMNS)?;
        let cells = split(line, head.1);
        (cells.len() == sides.len()).then(|| Self {
            sides,
            rows: vec![cells],
        })
    }

    /// Whether a line is the next row.
    pub(super) fn takes(line: Slice<'_>) -> bool {
        line.text.contains('|') && start(line.text, true, false) == Start::Text
    }

    /// Takes the next row.
    pub(super) fn row(&mut self, line: Slice<'_>) {
        let mut cells = split(line.text, line.at);
        cells.resize_with(self.sides.len(), Cell::default);
        self.rows.push(cells);
    }

    /// Writes the table behind its leads: the first line has the first of them, the others what comes after.
    pub(super) fn put(self, leads: &[Lead], base: Face, out: &mut Sheet) {
        let faces = [Face {
            strong: true,
            ..base
        }]
        .into_iter()
        .chain(std::iter::repeat(base));
        let rows: Vec<Vec<Vec<Chunk>>> = self.rows.iter().zip(faces).map(chunks).collect();
        let seen = |cell: &Cell, chunks: &[Chunk]| -> usize {
            let mut alone = Sheet::default();
            cell.put(chunks, &mut alone);
            wrap::width(alone.text())
        };
        let mut widths = vec![0; self.sides.len()];
        for (cells, chunks) in self.rows.iter().zip(&rows) {
            for ((widest, cell), chunks) in widths.iter_mut().zip(cells).zip(chunks) {
                *widest = seen(cell, chunks).max(*widest);
            }
        }
        let columns = Arc::new(Columns {
            widths,
            sides: self.sides,
        });
        let after: Vec<Lead> = leads.iter().map(|it| it.after()).collect();
        for (n, (cells, chunks)) in self.rows.iter().zip(&rows).enumerate() {
            let start = out.end();
            let spans = put_cells(cells, chunks, out);
            let leads = if n == 0 { leads } else { &after };
            let shape = Shape::Cells(Arc::clone(&columns), spans);
            out.close(start, leads.to_vec(), shape);
            if n == 0 {
                let rule = Shape::HeadRule(Arc::clone(&columns));
                out.close(out.end(), after.clone(), rule);
            }
        }
    }
}

/// Puts the cells of a row side by side; where each one's text stands in the sheet.
fn put_cells(cells: &[Cell], chunks: &[Vec<Chunk>], out: &mut Sheet) -> Vec<Range<usize>> {
    let mut spans = Vec::with_capacity(cells.len());
    for (cell, chunks) in cells.iter().zip(chunks) {
        if !spans.is_empty() {
            out.put("  ", None, Face::default());
        }
        let from = out.end();
        cell.put(chunks, out);
        spans.push(from..out.end());
    }
    spans
}

/// What is shown of each cell of a row.
fn chunks((cells, face): (&Vec<Cell>, Face)) -> Vec<Vec<Chunk>> {
    cells
        .iter()
        .map(|it| inline(&it.text, face, false))
        .collect()
}

/// The cells of a line that stands at `at` in the source.
fn split(line: &str, at: usize) -> Vec<Cell> {
    let inner = line.trim_matches([' ', '\t']);
    let shift = line.len() - line.trim_start_matches([' ', '\t']).len();
    let (inner, shift) = match inner.strip_prefix('|') {
        Some(rest) => (rest, shift + 1),
        None => (inner, shift),
    };
    let mut cells = Vec::new();
    let mut from = 0;
    let mut is_escaped = false;
    for (place, letter) in inner.char_indices() {
        match letter {
            '|' if !is_escaped => {
                cells.push(cell(inner, from, place, at + shift));
                from = place + 1;
                is_escaped = false;
            }
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    if from < inner.len() {
        cells.push(cell(inner, from, inner.len(), at + shift));
    }
    cells
}

fn cell(line: &str, from: usize, to: usize, at: usize) -> Cell {
    let text = &line[from..to];
    let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
    Cell {
        text: text.trim_matches([' ', '\t']).to_owned(),
        at: at + from + blanks,
    }
}

/// Where a column's text stands, by the piece of the rule under its head; `None` when it is no such piece.
fn side(rule: &str) -> Option<Side> {
    let inner = rule.strip_prefix(':').unwrap_or(rule);
    let inner = inner.strip_suffix(':').unwrap_or(inner);
    if inner.is_empty() || !inner.bytes().all(|it| it == b'-') {
        return None;
    }
    Some(match (rule.starts_with(':'), rule.ends_with(':')) {
        (true, true) => Side::Middle,
        (false, true) => Side::Right,
        _ => Side::Left,
    })
}
