//! A title, a foot and an area in, an empty box drawn there out, and what is left inside.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// Draws the box; what stands behind it is wiped away. Areas too small for a box have none.
pub(crate) fn frame(
    title: &str,
    foot: (&str, Style),
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) -> Rect {
    let area = area.intersection(buf.area);
    wipe(theme, area, buf);
    if area.width < 8 || area.height < 4 {
        return area;
    }
    let [tl, tr, bl, br, across, down] = theme.symbols.frame;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let border = theme.border_focus;
    for x in area.x + 1..right {
        buf.set_stringn(x, area.y, across, 1, border);
        buf.set_stringn(x, bottom, across, 1, border);
    }
    for y in area.y + 1..bottom {
        buf.set_stringn(area.x, y, down, 1, border);
        buf.set_stringn(right, y, down, 1, border);
    }
    for (x, y, sign) in [
        (area.x, area.y, tl),
        (right, area.y, tr),
        (area.x, bottom, bl),
        (right, bottom, br),
    ] {
        buf.set_stringn(x, y, sign, 1, border);
    }
    let room = usize::from(area.width).saturating_sub(6);
    for (y, text, style) in [(area.y, title, theme.title), (bottom, foot.0, foot.1)] {
        if !text.is_empty() {
            let text = wrap::shorten(text, room, theme.symbols.ellipsis);
            put(buf, (area.x + 2, y), &format!(" {text} "), room + 2, style);
        }
    }
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width - 4,
        height: area.height - 2,
    }
}

/// Empties an area.
pub(crate) fn wipe(theme: &Theme, area: Rect, buf: &mut Buffer) {
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            buf[(x, y)].reset();
        }
    }
    buf.set_style(area, theme.text);
}

/// Draws a text no wider than so many cells; the column after it.
pub(crate) fn put(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    room: usize,
    style: Style,
) -> u16 {
    let mut at = x;
    let end = usize::from(x).saturating_add(room);
    for cluster in text.graphemes(true) {
        let (sign, wide) = wrap::glyph(cluster);
        if usize::from(at) + usize::from(wide) > end || !buf.area.contains((at, y).into()) {
            break;
        }
        if wide > 0 {
            at = buf.set_stringn(at, y, sign, usize::from(wide), style).0;
        }
    }
    at
}

/// A count of cells as the screen counts.
pub(crate) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
