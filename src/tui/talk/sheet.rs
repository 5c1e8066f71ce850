//! Lines of styled text in, rows of a width out: what a message looks like, from its source's bytes to its cells and back.

use std::ops::Range;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use super::wrap;

/// What a stretch of text is; the theme says how it looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    #[default]
    Text,
    /// A person's words.
    User,
    /// What the model thought.
    Thinking,
    /// A heading.
    Heading,
    /// Code.
    Code,
    /// An address.
    Link,
    /// The bars and rules around text.
    Furniture,
    /// A name in JSON.
    Key,
    /// A text in JSON.
    String,
    /// A number in JSON.
    Number,
    /// Beside the point.
    Dim,
    /// A remark of the program.
    Remark,
    /// A warning of it.
    Warning,
    /// What went wrong.
    Failure,
}

/// A kind and what is laid over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Face {
    /// What it is.
    pub kind: Kind,
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Struck out.
    pub strike: bool,
}

impl From<Kind> for Face {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }
}

/// What stands before the text of a line, from the outside in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// So many blanks.
    Indent(u16),
    /// A bullet, by the depth of its list.
    Bullet(usize),
    /// A number and what follows it.
    Number(u32, char),
    /// The bar of a quotation.
    Quote,
    /// The bar of code.
    Code,
    /// The bar of JSON, with the numbers of the first and the last box that the line tells of.
    Json(Option<(u16, u16)>),
    /// The sign of something that can be folded: whether it is open.
    Fold(bool),
}

impl Lead {
    /// Its width in cells.
    pub fn width(self) -> u16 {
        match self {
            Self::Indent(width) => width,
            Self::Bullet(_) | Self::Quote | Self::Code | Self::Fold(_) => 2,
            Self::Number(number, _) => {
                2 + u16::try_from(number.checked_ilog10().unwrap_or(0) + 1).unwrap_or(10)
            }
            Self::Json(_) => 5,
        }
    }

    /// What stands there on the rows after the first.
    #[must_use]
    pub fn after(self) -> Self {
        match self {
            Self::Bullet(_) | Self::Number(..) | Self::Fold(_) => Self::Indent(self.width()),
            Self::Json(_) => Self::Json(None),
            Self::Indent(_) | Self::Quote | Self::Code => self,
        }
    }
}

/// How a line becomes rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Shape {
    /// Broken at words.
    #[default]
    Words,
    /// Cut at the width.
    Code,
    /// A rule as wide as the pane.
    Rule,
    /// A row of a table: the text of each column, as byte ranges of the sheet.
    Cells(Arc<Columns>, Vec<Range<usize>>),
    /// The rule under a table's head.
    HeadRule(Arc<Columns>),
}

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The widest text of each, in cells.
    pub widths: Vec<usize>,
    /// Where each one's text stands.
    pub sides: Vec<Side>,
}

/// Where text stands in its column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// At the left.
    #[default]
    Left,
    /// In the middle.
    Middle,
    /// At the right.
    Right,
}

/// A line before it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its text, as a byte range of the sheet.
    pub span: Range<usize>,
    /// What stands before it.
    pub leads: Vec<Lead>,
    /// How it becomes rows.
    pub shape: Shape,
}

/// A stretch of text of one face that is copied from one place of the source; it ends where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where it begins in the sheet's text.
    pub at: usize,
    /// Where it begins in the source; `None` for text of our own.
    pub source: Option<usize>,
    /// How it looks.
    pub face: Face,
}

/// A row of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its line.
    pub line: usize,
    /// Whether it is the line's first.
    pub is_first: bool,
    /// Its pieces: the first and the one after the last.
    pub pieces: (usize, usize),
}

/// A piece of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text, as a byte range of the sheet.
    pub span: Range<usize>,
    /// Its column, from the content's left edge.
    pub x: u16,
}

/// How far a sheet was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    text: usize,
    runs: usize,
    lines: usize,
    rows: usize,
    pieces: usize,
    laid: usize,
}

/// Styled text and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    text: String,
    runs: Vec<Run>,
    lines: Vec<Line>,
    rows: Vec<Row>,
    pieces: Vec<Piece>,
    /// Lines that have their rows.
    laid: usize,
}

/// Blanks between a table's columns.
const BETWEEN: usize = 2;

impl Sheet {
    /// The text as it is seen, a line feed after each line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The rows of the lines that were laid.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The pieces of a row.
    pub fn pieces(&self, row: &Row) -> &[Piece] {
        self.pieces.get(row.pieces.0..row.pieces.1).unwrap_or(&[])
    }

    /// The runs.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Where the next text will stand.
    pub fn end(&self) -> usize {
        self.text.len()
    }

    /// How far it is written now.
    pub fn mark(&self) -> Mark {
        Mark {
            text: self.text.len(),
            runs: self.runs.len(),
            lines: self.lines.len(),
            rows: self.rows.len(),
            pieces: self.pieces.len(),
            laid: self.laid,
        }
    }

    /// Forgets what was written since the mark.
    pub fn rewind(&mut self, mark: Mark) {
        self.text.truncate(mark.text);
        self.runs.truncate(mark.runs);
        self.lines.truncate(mark.lines);
        self.rows.truncate(mark.rows);
        self.pieces.truncate(mark.pieces);
        self.laid = mark.laid;
    }

    /// Adds text to the line that is being written. Tabs become blanks; `source` is where the text stands in the source.
    pub fn put(&mut self, text: &str, source: Option<usize>, face: Face) {
        let mut at = 0;
        for part in text.split_inclusive('\t') {
            let (words, has_tab) = match part.strip_suffix('\t') {
                Some(words) => (words, true),
                None => (part, false),
            };
            self.run(words, source.map(|it| it + at), face);
            if has_tab {
                self.run("    ", None, face);
            }
            at += part.len();
        }
    }

    fn run(&mut self, text: &str, source: Option<usize>, face: Face) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        let goes_on = self.runs.last().is_some_and(|last| {
            let next = last.source.map(|it| it + (at - last.at));
            last.face == face && next == source
        });
        if !goes_on {
            self.runs.push(Run { at, source, face });
        }
        self.text.push_str(text);
    }

    /// Ends the line that began at `start`.
    pub fn close(&mut self, start: usize, leads: Vec<Lead>, shape: Shape) {
        self.lines.push(Line {
            span: start..self.text.len(),
            leads,
            shape,
        });
        self.text.push('\n');
    }

    /// Adds a whole line of one face that is not in the source.
    pub fn say(&mut self, text: &str, face: Face) {
        let start = self.end();
        self.put(text, None, face);
        self.close(start, Vec::new(), Shape::Words);
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.close(self.end(), Vec::new(), Shape::Words);
    }

    /// Breaks the lines that have no rows yet.
    pub fn lay(&mut self, width: u16) {
        for index in self.laid..self.lines.len() {
            self.lay_line(index, width);
        }
        self.laid = self.lines.len();
    }

    fn lay_line(&mut self, index: usize, width: u16) {
        let line = &self.lines[index];
        let lead = lead_width(&line.leads, width);
        let room = usize::from(width.saturating_sub(lead)).max(1);
        let text = self.text.get(line.span.clone()).unwrap_or("");
        let (rows, pieces, start) = (&mut self.rows, &mut self.pieces, line.span.start);
        let mut row = |span: Range<usize>| {
            let first = pieces.len();
            if !span.is_empty() {
                pieces.push(Piece {
                    span: start + span.start..start + span.end,
                    x: lead,
                });
            }
            rows.push(Row {
                line: index,
                is_first: rows.last().is_none_or(|it: &Row| it.line != index),
                pieces: (first, pieces.len()),
            });
        };
        match &line.shape {
            Shape::Words => wrap::words(text, room, row),
            Shape::Code => wrap::chop(text, room, row),
            Shape::Rule | Shape::HeadRule(_) => row(0..0),
            Shape::Cells(columns, cells) => {
                let layout = spread(columns, room, lead);
                let table = lay_cells(&self.text, cells, &layout, columns);
                for (n, line) in table.into_iter().enumerate() {
                    let first = pieces.len();
                    pieces.extend(line);
                    rows.push(Row {
                        line: index,
                        is_first: n == 0,
                        pieces: (first, pieces.len()),
                    });
                }
            }
        }
    }

    /// The first place in the text that shows what stands at or after a place in the source.
    pub fn place_of_source(&self, source: usize) -> Option<usize> {
        let ends = self
            .runs
            .iter()
            .skip(1)
            .map(|it| it.at)
            .chain([self.text.len()]);
        for (run, end) in self.runs.iter().zip(ends) {
            let Some(from) = run.source else {
                continue;
            };
            // Line feeds at a run's end are in the text, and may not be in the source.
            let length = self.text.get(run.at..end)?.trim_end_matches('\n').len();
            if source < from + length {
                return Some(run.at + source.saturating_sub(from));
            }
        }
        None
    }

    /// The row and the column of a place in the text; `None` where it is not seen.
    pub fn place(&self, at: usize) -> Option<(usize, u16)> {
        let line = self.lines.partition_point(|it| it.span.end < at);
        let from = self.rows.partition_point(|it| it.line < line);
        let rows = self.rows.get(from..)?;
        let end = self.lines.get(line)?.span.end;
        let has = |it: &&Piece| it.span.contains(&at) || it.span.end == at && at == end;
        let mut rows = (from..).zip(rows).take_while(|it| it.1.line == line);
        let found = rows.find_map(|(row, it)| Some((row, self.pieces(it).iter().find(has)?)));
        let (row, piece) = found?;
        let before = wrap::width(self.text.get(piece.span.start..at)?);
        Some((row, piece.x.saturating_add(cells(before))))
    }

    /// The first row that shows the place or what comes after it.
    pub fn row_of(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|it| it.span.end < at);
        let from = self.rows.partition_point(|it| it.line < line);
        let within = self.rows[from.min(self.rows.len())..]
            .iter()
            .take_while(|it| it.line == line)
            .filter(|it| {
                self.pieces(it)
                    .first()
                    .is_some_and(|it| it.span.start <= at)
            })
            .count();
        from + within.saturating_sub(1)
    }

    /// Where a row's text begins; of an empty row, its line's beginning.
    pub fn start_of(&self, row: usize) -> usize {
        let Some(row) = self.rows.get(row) else {
            return self.text.len();
        };
        let line = self.lines.get(row.line).map_or(0, |it| it.span.start);
        self.pieces(row).first().map_or(line, |it| it.span.start)
    }

    /// The place in the text of the character at a column of a row.
    pub fn at(&self, row: usize, column: u16) -> Option<usize> {
        let row = self.rows.get(row)?;
        let piece = self.pieces(row).iter().rfind(|it| it.x <= column)?;
        let text = self.text.get(piece.span.clone())?;
        let mut x = piece.x;
        let mut clusters = text.grapheme_indices(true);
        let found = clusters.find(|(_, cluster)| {
            x = x.saturating_add(wrap::glyph(cluster).1);
            column < x
        });
        found.map(|it| piece.span.start + it.0)
    }

    /// The run that a place in the text belongs to: an index.
    pub fn run_at(&self, at: usize) -> Option<usize> {
        self.runs.partition_point(|it| it.at <= at).checked_sub(1)
    }

    /// Where a place in the text stands in the source.
    pub fn source(&self, at: usize) -> Option<usize> {
        let run = self.runs.get(self.run_at(at)?)?;
        Some(run.source? + (at - run.at))
    }
}

/// The width of what stands before a line, in a pane of this width: at most half of it.
pub fn lead_width(leads: &[Lead], width: u16) -> u16 {
    let wanted = leads
        .iter()
        .fold(0, |sum: u16, it| sum.saturating_add(it.width()));
    wanted.min(width / 2)
}

/// A count of cells as the screen counts.
pub(super) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Where each column begins and how wide it is, for a table in so many cells: the widest columns yield first.
pub fn spread(columns: &Columns, room: usize, lead: u16) -> Vec<(u16, usize)> {
    let n = columns.widths.len();
    let room = room.saturating_sub(BETWEEN * n.saturating_sub(1)).max(n);
    let mut widths: Vec<usize> = columns.widths.iter().map(|it| (*it).max(1)).collect();
    let mut sorted = widths.clone();
    sorted.sort_unstable();
    let mut left = room;
    let mut most = usize::MAX;
    for (index, width) in sorted.iter().enumerate() {
        let share = left / (n - index);
        if *width > share {
            most = share.max(1);
            break;
        }
        left -= width;
    }
    let mut x = usize::from(lead);
    for width in &mut widths {
        *width = (*width).min(most);
    }
    widths
        .into_iter()
        .map(|width| {
            let place = (cells(x), width);
            x += width + BETWEEN;
            place
        })
        .collect()
}

/// The rows of a table's row: each column's text is broken in its own width.
fn lay_cells(
    text: &str,
    cells_of: &[Range<usize>],
    layout: &[(u16, usize)],
    columns: &Columns,
) -> Vec<Vec<Piece>> {
    let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
    for (index, (cell, (x, width))) in cells_of.iter().zip(layout).enumerate() {
        let words = text.get(cell.clone()).unwrap_or("");
        let mut n = 0;
        wrap::words(words, *width, |span| {
            let spare = width.saturating_sub(wrap::width(&words[span.clone()]));
            let shift = match columns.sides.get(index).copied().unwrap_or_default() {
                Side::Left => 0,
                Side::Middle => spare / 2,
                Side::Right => spare,
            };
            if rows.len() <= n {
                rows.push(Vec::new());
            }
            if !span.is_empty() {
                rows[n].push(Piece {
                    span: cell.start + span.start..cell.start + span.end,
                    x: x.saturating_add(cells(shift)),
                });
            }
            n += 1;
        });
    }
    rows
}
