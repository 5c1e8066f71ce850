//! Lines of text and places in, cells out: cut with a sign, never over another line, never beyond the area.

use crate::tui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Columns that a text takes.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// As much of a text as fits, with a sign where it was cut.
pub(super) fn cut(text: &str, room: u16, sign: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut columns = width(sign);
    if columns > room {
        return kept;
    }
    for letter in text.graphemes(true) {
        columns = columns.saturating_add(width(letter));
        if columns > room {
            break;
        }
        kept.push_str(letter);
    }
    kept + sign
}

/// Cells to write on; what was written is not written over.
pub(super) struct Paper<'a> {
    theme: &'a Theme,
    buf: &'a mut Buffer,
    area: Rect,
    taken: Vec<Rect>,
}

impl<'a> Paper<'a> {
    pub(super) fn new(theme: &'a Theme, buf: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buf.area);
        Self {
            theme,
            buf,
            area,
            taken: Vec::new(),
        }
    }

    fn put(&mut self, at: Rect, text: &str, style: Style) {
        let at = at.intersection(self.area);
        if at.is_empty() || text.is_empty() {
            return;
        }
        for cell in at.positions() {
            let cell = &mut self.buf[cell];
            cell.reset();
            cell.set_style(self.theme.text);
        }
        let room = usize::from(at.width);
        self.buf.set_stringn(at.x, at.y, text, room, style);
        self.taken.push(at);
    }

    /// At the left end of a row.
    pub(super) fn left(&mut self, row: Rect, text: &str, style: Style) {
        let text = cut(text, row.width, self.theme.symbols.ellipsis);
        let at = Rect {
            width: width(&text),
            height: 1,
            ..row
        };
        self.put(at, &text, style);
    }

    /// At the right end of a row.
    pub(super) fn right(&mut self, row: Rect, text: &str, style: Style) {
        let text = cut(text, row.width, self.theme.symbols.ellipsis);
        let columns = width(&text);
        let at = Rect {
            x: row.right().saturating_sub(columns),
            width: columns,
            height: 1,
            ..row
        };
        self.put(at, &text, style);
    }

    /// In the middle of the area.
    pub(super) fn middle(&mut self, text: &str, style: Style) {
        let area = self.area;
        let text = cut(text, area.width, self.theme.symbols.ellipsis);
        let columns = width(&text);
        let at = Rect {
            x: area.x + (area.width - columns.min(area.width)) / 2,
            y: area.y + area.height / 2,
            width: columns,
            height: 1,
        };
        self.put(at, &text, style);
    }

    /// At a place, if it is free, a column on both sides too, and all of it is in the area; whether it was.
    pub(super) fn at(&mut self, x: u16, y: u16, text: &str, style: Style) -> bool {
        let at = Rect {
            x,
            y,
            width: width(text),
            height: 1,
        };
        let around = Rect {
            x: x.saturating_sub(1),
            width: at.width.saturating_add(2),
            ..at
        };
        let is_free = !self.taken.iter().any(|it| it.intersects(around));
        let is_inside = self.area.intersection(at) == at;
        if is_free && is_inside {
            self.put(at, text, style);
        }
        is_free && is_inside
    }
}
