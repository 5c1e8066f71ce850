//! Texts with marks, frames, previews and fields in, cells out.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::form::Form;
use super::item::{Face, Line};
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// Draws a text, cut to `most` columns; `style` says how each character looks. How many columns it takes.
pub(super) fn text(
    (x, y): (u16, u16),
    most: u16,
    text: &str,
    theme: &Theme,
    buf: &mut Buffer,
    style: impl Fn(usize) -> Style,
) -> u16 {
    let is_cut = wrap::width(text) > usize::from(most);
    let room = if is_cut { most.saturating_sub(1) } else { most };
    let mut used: u16 = 0;
    for (number, cluster) in text.graphemes(true).enumerate() {
        let (sign, wide) = wrap::glyph(cluster);
        if used.saturating_add(wide) > room {
            break;
        }
        if wide > 0 {
            buf.set_stringn(x + used, y, sign, usize::from(wide), style(number));
        }
        used += wide;
    }
    if is_cut && most > 0 {
        buf.set_stringn(x + used, y, theme.symbols.ellipsis, 1, style(usize::MAX));
        used += 1;
    }
    used
}

/// Draws text on one line of an area, in one style.
pub(super) fn line(area: Rect, words: &str, style: Style, theme: &Theme, buf: &mut Buffer) -> u16 {
    if area.is_empty() {
        return 0;
    }
    text((area.x, area.y), area.width, words, theme, buf, |_| style)
}

/// Empties an area, and draws a frame with a title around it.
pub(super) fn frame(area: Rect, title: &str, theme: &Theme, buf: &mut Buffer) {
    let [top_left, top_right, bottom_left, bottom_right, across, down] = theme.symbols.frame;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let inner = usize::from(area.width - 2);
    let rule = across.repeat(inner);
    let style = theme.border_focus;
    for (y, left, end) in [
        (area.y, top_left, top_right),
        (bottom, bottom_left, bottom_right),
    ] {
        buf.set_stringn(area.x, y, left, 1, style);
        buf.set_stringn(area.x + 1, y, &rule, inner, style);
        buf.set_stringn(right, y, end, 1, style);
    }
    for y in area.y + 1..bottom {
        buf.set_stringn(area.x, y, down, 1, style);
        buf.set_stringn(right, y, down, 1, style);
    }
    let title = wrap::shorten(title, inner.saturating_sub(4), theme.symbols.ellipsis);
    if !title.is_empty() {
        buf.set_stringn(area.x + 2, area.y, format!(" {title} "), inner, theme.title);
    }
}

/// Draws the line between the list and the preview.
pub(super) fn divider(area: Rect, theme: &Theme, buf: &mut Buffer) {
    let [.., across, down] = theme.symbols.frame;
    let sign = if area.width == 1 { down } else { across };
    for position in area.positions() {
        buf.set_stringn(position.x, position.y, sign, 1, theme.border);
    }
}

fn face(face: Face, theme: &Theme) -> Style {
    match face {
        Face::Text => theme.text,
        Face::Dim => theme.dim,
        Face::Heading => theme.heading,
        Face::User => theme.user,
        Face::Warning => theme.warning,
        Face::Hit => theme.text.patch(theme.hit),
    }
}

/// Draws lines, broken at words, as many as there is room for.
pub(super) fn lines<'a>(
    area: Rect,
    lines: impl Iterator<Item = &'a Line>,
    theme: &Theme,
    buf: &mut Buffer,
) {
    let mut ys = area.y..area.bottom();
    for line in lines {
        for row in line.rows(usize::from(area.width)) {
            let Some(y) = ys.next() else {
                return;
            };
            piece_by_piece(line, row, (area, y), theme, buf);
        }
    }
}

/// Draws a row of a line, each character as it looks.
fn piece_by_piece(
    line: &Line,
    row: Range<usize>,
    (area, y): (Rect, u16),
    theme: &Theme,
    buf: &mut Buffer,
) {
    let mut x = area.x;
    for (at, cluster) in line.text()[row.clone()].grapheme_indices(true) {
        let (sign, wide) = wrap::glyph(cluster);
        if wide > 0 && x.saturating_add(wide) <= area.right() {
            let style = face(line.face(row.start + at), theme);
            x = buf.set_stringn(x, y, sign, usize::from(wide), style).0;
        }
    }
}

/// The part of a text around its caret that fits: where it begins, and the caret's column in it.
pub(super) fn window(text: &str, caret: usize, columns: usize) -> (usize, usize) {
    let mut start = 0;
    let mut column = wrap::width(&text[..caret]);
    for cluster in text[..caret].graphemes(true) {
        if column < columns.max(1) {
            break;
        }
        start += cluster.len();
        column -= usize::from(wrap::glyph(cluster).1);
    }
    (start, column)
}

/// Rows below the fields: about the field, what it may be, and what is wrong.
const BELOW: usize = 4;

/// The first field that is seen in so many rows, and how many are; the title takes a row.
fn fields_seen(form: &Form, rows: usize) -> (usize, usize) {
    let n = form.fields().len();
    let seen = rows.saturating_sub(1 + BELOW).max(1).min(n.max(1));
    ((form.at() + 1).saturating_sub(seen), seen)
}

/// The field that is seen at a height of the list's area.
pub(super) fn field_at(form: &Form, rows: usize, height: usize) -> usize {
    let (top, seen) = fields_seen(form, rows);
    match height.checked_sub(1) {
        Some(row) if row < seen => top + row,
        _ => usize::MAX,
    }
}

/// Draws fields; where the caret is.
pub(super) fn form(
    form: &Form,
    area: Rect,
    lang: Lang,
    theme: &Theme,
    buf: &mut Buffer,
) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let (top, seen) = fields_seen(form, usize::from(area.height));
    // where there is one row only, it is a field's
    let has_title = area.height > 1;
    if has_title {
        line(area, &form.title, theme.title, theme, buf);
    }
    let names = form.fields().iter().map(|it| wrap::width(&it.name));
    let name_width = names.max().unwrap_or(0).min(usize::from(area.width / 3));
    let mut caret = None;
    let mut y = area.y + u16::from(has_title);
    for (index, field) in form.fields().iter().enumerate().skip(top).take(seen) {
        let is_here = index == form.at();
        let row = Rect {
            y,
            height: area.bottom().saturating_sub(y).min(1),
            ..area
        };
        y = y.saturating_add(1);
        let mark = if is_here { theme.symbols.folded } else { " " };
        let style = if is_here { theme.accent } else { theme.text };
        let name = wrap::shorten(&field.name, name_width, theme.symbols.ellipsis);
        let pad = " ".repeat(name_width - wrap::width(&name));
        let used = line(row, &format!("{mark} {name}{pad} : "), style, theme, buf);
        let rest = Rect {
            x: row.x + used,
            width: row.width - used,
            ..row
        };
        let column = value(field, rest, theme, buf);
        if is_here && !rest.is_empty() {
            caret = Some(Position::new(rest.x + column.min(rest.width - 1), rest.y));
        }
    }
    let below = Rect {
        y: (y + 1).min(area.bottom()),
        height: area.bottom().saturating_sub(y + 1),
        ..area
    };
    lines(below, about(form, lang).iter(), theme, buf);
    caret
}

/// Draws what is written in a field; the caret's column.
fn value(field: &super::form::Field, area: Rect, theme: &Theme, buf: &mut Buffer) -> u16 {
    let text = field.text();
    if text.is_empty() {
        line(area, &field.example, theme.placeholder, theme, buf);
        return 0;
    }
    let columns = usize::from(area.width);
    let (start, column) = window(text, field.editor.caret(), columns);
    line(area, &text[start..], theme.text, theme, buf);
    u16::try_from(column).unwrap_or(u16::MAX)
}

/// What there is to say about the field that has the keys.
fn about(form: &Form, lang: Lang) -> Vec<Line> {
    let mut lines = Vec::new();
    if !form.problem.is_empty() {
        lines.push(Line::new(Face::Warning, &form.problem));
    }
    let Some(field) = form.fields().get(form.at()) else {
        return lines;
    };
    if !field.about.is_empty() {
        lines.push(Line::new(Face::Dim, &field.about));
    }
    if !field.values.is_empty() {
        let words = lang.pick("one of", "可选");
        let text = format!("{words}: {}", field.values.join(" | "));
        lines.push(Line::new(Face::Dim, &text));
    }
    lines
}
