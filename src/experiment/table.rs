//! Headings, tables and lists in, plain text out that fits a terminal's width; a Chinese character is two columns wide.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::session::safe::{printable, printable_line};

/// A piece of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; its level, from 1.
    Heading(usize, String),
    /// A paragraph.
    Text(String),
    /// Points, one below another.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// Somebody's words, as they are; in Markdown only.
    Quote(String),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub head: String,
    /// Whether it has numbers, which stand at its right edge.
    pub number: bool,
}

impl Table {
    /// Without rows; a heading that begins with `>` is a column of numbers.
    pub fn new(heads: &[&str]) -> Self {
        let columns = heads.iter().map(|head| Column {
            head: head.trim_start_matches('>').to_owned(),
            number: head.starts_with('>'),
        });
        Self {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; what is missing is empty, what is too much is left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }
}

/// Blanks between columns.
const GAP: usize = 2;
/// The least width that a column is shortened to.
const LEAST: usize = 6;

/// The blocks as text, with a line feed behind each line, as wide as `width` columns or less as far as that is possible.
pub fn text(blocks: &[Block], width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for block in blocks {
        if !lines.is_empty() && !matches!(block, Block::Quote(_)) {
            lines.push(String::new());
        }
        match block {
            Block::Heading(level, heading) => {
                let heading = printable_line(heading);
                let rule = if *level == 1 { "=" } else { "-" };
                lines.extend(wrap(&heading, "", width));
                lines.push(rule.repeat(heading.width().min(width)));
            }
            Block::Text(text) => lines.extend(wrap(&printable_line(text), "", width)),
            Block::List(points) => {
                let wrapped = points
                    .iter()
                    .map(|it| wrap(&printable_line(it), "  ", width));
                let pointed = wrapped.map(|mut lines| {
                    lines[0].insert_str(0, "- ");
                    lines
                });
                lines.extend(pointed.flatten());
            }
            Block::Table(table) => lines.extend(grid(table, width)),
            Block::Quote(text) => {
                let words = printable(text);
                let wrapped = words
                    .lines()
                    .flat_map(|line| wrap(line, "", width.saturating_sub(2)));
                lines.extend(wrapped.map(|line| format!("  {line}")));
            }
        }
    }
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn grid(table: &Table, width: usize) -> Vec<String> {
    let clean =
        |cells: &[String]| -> Vec<String> { cells.iter().map(|it| printable_line(it)).collect() };
    let heads: Vec<String> = table.columns.iter().map(|it| it.head.clone()).collect();
    let heads = clean(&heads);
    let rows: Vec<Vec<String>> = table.rows.iter().map(|it| clean(it)).collect();
    let all = std::iter::once(&heads).chain(&rows);
    let mut widths = vec![0; heads.len()];
    for row in all {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.width());
        }
    }
    let Some(widths) = shrunk(widths, width) else {
        return records(&heads, &rows, width);
    };
    let line = |cells: &[String]| -> String {
        let parts = table.columns.iter().zip(cells).zip(&widths);
        let parts: Vec<String> = parts
            .map(|((column, cell), width)| padded(cell, *width, column.number))
            .collect();
        parts.join(&" ".repeat(GAP))
    };
    let rule: Vec<String> = widths.iter().map(|it| "-".repeat(*it)).collect();
    let mut lines = vec![line(&heads), rule.join(&" ".repeat(GAP))];
    lines.extend(rows.iter().map(|it| line(it)));
    lines
}

/// Widths that fit, the widest column made narrower first; `None` when that would leave less than [`LEAST`].
fn shrunk(mut widths: Vec<usize>, width: usize) -> Option<Vec<usize>> {
    let gaps = GAP * widths.len().saturating_sub(1);
    let room = width.saturating_sub(gaps);
    while widths.iter().sum::<usize>() > room {
        let excess = widths.iter().sum::<usize>() - room;
        let mut sorted = widths.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let widest = *sorted.first()?;
        let next = sorted.iter().copied().find(|it| *it < widest).unwrap_or(0);
        let target = next.max(widest.saturating_sub(excess)).max(LEAST);
        if widest <= LEAST {
            return None;
        }
        let column = widths.iter_mut().find(|it| **it == widest)?;
        *column = target.min(widest - 1);
    }
    Some(widths)
}

/// A table that is too wide, a line a cell.
fn records(heads: &[String], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        for (head, cell) in heads.iter().zip(row).filter(|it| !it.1.is_empty()) {
            lines.extend(wrap(&format!("{head}: {cell}"), "  ", width));
        }
    }
    lines
}

/// A text shortened to a width and filled up to it.
fn padded(text: &str, width: usize, right: bool) -> String {
    let text = clip(text, width);
    let blanks = " ".repeat(width.saturating_sub(text.width()));
    if right {
        blanks + &text
    } else {
        text + &blanks
    }
}

/// As much of a text as fits, with `…` where something was left out.
pub fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let mut clipped = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        used += wide;
        clipped.push(c);
    }
    clipped + "…"
}

/// A text in lines of a width; lines behind the first begin with `indent`. Breaks at blanks, between Chinese characters, and
/// inside a word only when it is longer than a line.
fn wrap(text: &str, indent: &str, width: usize) -> Vec<String> {
    let room = width.saturating_sub(indent.width()).max(2);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for piece in pieces(text, room) {
        let wide = piece.trim_end().width();
        if used > 0 && used + wide > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push_str(piece);
        used += piece.width();
    }
    lines.push(line);
    let indented = lines.iter().enumerate().map(|(at, line)| match at {
        0 => line.trim_end().to_owned(),
        _ => format!("{indent}{}", line.trim_end()),
    });
    indented.collect()
}

/// What a line may be broken between: words with the blanks behind them, wide characters; single characters where a word is
/// wider than `room`.
fn pieces(text: &str, room: usize) -> Vec<&str> {
    let mut all = Vec::new();
    for piece in unbroken(text) {
        if piece.trim_end().width() > room {
            all.extend(piece.split_inclusive(|_: char| true));
        } else {
            all.push(piece);
        }
    }
    all
}

fn unbroken(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let wide = |c: char| c.width() == Some(2);
        let breaks =
            before.is_some_and(|it| (it == ' ' && c != ' ') || wide(it) || (wide(c) && it != ' '));
        let closes = matches!(
            c,
            '，' | '。' | '、' | '；' | '：' | '）' | '！' | '？' | ' '
        );
        if breaks && !closes {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    pieces.push(&text[start..]);
    pieces
}
