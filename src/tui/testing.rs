//! A buffer in, its rows as text out: for tests of whole screens.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::style::Modifier;

use crate::tui::theme::{ASCII, Theme};

/// A theme by its name.
pub(crate) fn theme(name: &str) -> Theme {
    match name {
        "ascii" => Theme::named("none").unwrap().with(ASCII),
        _ => Theme::named(name).unwrap(),
    }
}

/// The rows of a buffer; a wide character takes its cells once.
pub(crate) fn rows_of(buf: &Buffer) -> String {
    let area = buf.area;
    let row = |y| {
        let (mut row, mut x) = (String::new(), area.x);
        while x < area.right() {
            let symbol = buf[(x, y)].symbol();
            row.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    let rows: Vec<String> = (area.y..area.bottom()).map(row).collect();
    rows.join("\n")
}

/// The rows of a buffer in which what is reversed is a `#`, bold a `*`, dim a `.`, anything else a blank.
pub(crate) fn modifiers_of(buf: &Buffer) -> String {
    let area = buf.area;
    let sign = |(x, y)| match buf[(x, y)].modifier {
        it if it.contains(Modifier::REVERSED) => '#',
        it if it.contains(Modifier::BOLD) => '*',
        it if it.contains(Modifier::DIM) => '.',
        _ => ' ',
    };
    let row = |y| {
        let row: String = (area.x..area.right()).map(|x| sign((x, y))).collect();
        row.trim_end().to_owned()
    };
    let rows: Vec<String> = (area.y..area.bottom()).map(row).collect();
    rows.join("\n")
}
