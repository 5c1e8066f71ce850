//! A layout in, the lines between panes out, and the sentence of a window without room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Kind, LEAST, Layout, Line, Pane};
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

impl Layout {
    /// Draws the lines between panes; those of the pane that has the keys are stronger, without colours too.
    pub fn view(&self, focus: Pane, theme: &Theme, lang: Lang, buf: &mut Buffer) {
        if self.kind == Kind::TooSmall {
            too_small(self.area, theme, lang, buf);
            return;
        }
        for line in &self.lines {
            let area = line.area.intersection(buf.area);
            if line.is_upright {
                upright(line, area, focus, theme, buf);
            } else {
                level(line, area, focus, (theme, lang), buf);
            }
        }
    }
}

fn upright(line: &Line, area: Rect, focus: Pane, theme: &Theme, buf: &mut Buffer) {
    let is_near = is_near(line, focus);
    let (sign, style) = if is_near {
        (theme.symbols.thumb, theme.border_focus)
    } else {
        (theme.symbols.beside, theme.border)
    };
    for y in area.y..area.bottom() {
        buf.set_stringn(area.x, y, sign, 1, style);
    }
}

/// The input belongs to the conversation; a line between two pictures to neither.
fn is_near(line: &Line, focus: Pane) -> bool {
    let focus = if focus == Pane::Input {
        Pane::Talk
    } else {
        focus
    };
    line.border.is_some() && line.beside.contains(&focus)
}

/// `── ↑ picture ───`: which of both has the keys, if one has.
fn level(line: &Line, area: Rect, focus: Pane, looks: (&Theme, Lang), buf: &mut Buffer) {
    let (theme, lang) = looks;
    let columns = usize::from(area.width);
    let has_keys = line.border.is_some() && line.beside.contains(&focus);
    let style = if has_keys {
        theme.border_focus
    } else {
        theme.border
    };
    if area.is_empty() {
        return;
    }
    buf.set_stringn(
        area.x,
        area.y,
        theme.symbols.rule.repeat(columns),
        columns,
        style,
    );
    if !has_keys || columns < 24 {
        return;
    }
    let words = if focus == Pane::Picture {
        let words = lang.pick("picture", "图片");
        format!(" {} {words} ", theme.symbols.above)
    } else {
        let words = lang.pick("conversation", "对话");
        format!(" {} {words} ", theme.symbols.below)
    };
    buf.set_stringn(area.x + 2, area.y, words, columns - 4, theme.title);
}

/// The longest of several sentences that fits into one row, else the shortest, in as many rows as there are.
fn too_small(area: Rect, theme: &Theme, lang: Lang, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    buf.set_style(area, theme.text);
    let is_plain = theme.symbols.full.is_ascii();
    let times = if is_plain { "x" } else { "×" };
    let need = format!("{} {times} {}", LEAST.0, LEAST.1);
    let is = format!("{} {times} {}", area.width, area.height);
    let texts = match lang {
        Lang::En => [
            format!("the window is too small: {need} needed, it is {is}"),
            format!("too small: {need} needed, it is {is}"),
            format!("too small: needs {need}"),
        ],
        Lang::Zh => [
            format!("窗口太小：需要 {need}，现为 {is}"),
            format!("太小：需要 {need}，现为 {is}"),
            format!("太小：需 {need}"),
        ],
    };
    let columns = usize::from(area.width);
    let fitting = texts.iter().find(|it| wrap::width(it) <= columns);
    let text = fitting.unwrap_or(&texts[2]);
    let mut y = area.y;
    wrap::words(text, columns, |row| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, text.get(row).unwrap_or(""), columns, theme.text);
            y += 1;
        }
    });
}
