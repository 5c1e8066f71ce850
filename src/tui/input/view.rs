//! The input's state in, cells and the cursor out: what waits, what is offered, the text, and the list of completions.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Input;
use super::complete::Completion;
use super::editor::SpanKind;
use super::shown::Shown;
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// Columns before the text: the sign, and a blank.
const LEFT: u16 = 2;

/// The most rows for what waits.
const WAITING: usize = 3;

/// The most rows of the list of completions.
const LISTED: u16 = 8;

/// Columns of text: the last one is the caret's.
pub(super) fn columns(width: u16) -> usize {
    usize::from(width.saturating_sub(LEFT + 1)).max(1)
}

impl Input {
    /// Rows that it needs.
    pub fn height(&self) -> u16 {
        let wanted = self.n_rows + self.above().len();
        u16::try_from(wanted)
            .unwrap_or(u16::MAX)
            .clamp(1, self.size.1.max(1))
    }

    /// Draws it; the list of completions goes to the bottom of what is `above`. Where the cursor belongs.
    ///
    /// The cursor is where the caret is seen, so that an input method opens its window there.
    pub fn view(
        &self,
        theme: &Theme,
        area: Rect,
        above: Rect,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        buf.set_style(area, theme.text);
        let top = self.top_rows(area.height);
        for (y, (line, is_here)) in (area.y..).zip(self.above().into_iter().take(usize::from(top)))
        {
            let (style, mark) = if is_here {
                (theme.chosen, theme.symbols.folded)
            } else {
                (theme.dim, " ")
            };
            let line = format!("{mark} {line}");
            let line = wrap::shorten(&line, usize::from(area.width), theme.symbols.ellipsis);
            buf.set_stringn(area.x, y, line, usize::from(area.width), style);
        }
        let rest = Rect {
            y: area.y + top,
            height: area.height - top,
            ..area
        };
        let cursor = self.text(theme, rest, buf);
        if let Some(completion) = &self.completion {
            completions(completion, theme, above.intersection(buf.area), buf);
        }
        cursor
    }

    /// Rows over the text that there is room for.
    fn top_rows(&self, height: u16) -> u16 {
        let wanted = u16::try_from(self.above().len()).unwrap_or(u16::MAX);
        wanted.min(height.saturating_sub(1))
    }

    /// Rows of text that there is room for.
    pub(super) fn text_rows(&self) -> usize {
        let height = self.height();
        usize::from(height - self.top_rows(height))
    }

    /// What stands over the text: what waits, what is offered, what is looked for; and whether it is chosen.
    fn above(&self) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        let waiting = self.queue.waiting();
        let from = self
            .queue
            .at()
            .map_or(0, |it| (it + 1).saturating_sub(WAITING));
        for (index, text) in waiting.iter().enumerate().skip(from).take(WAITING) {
            let first = text.lines().next().unwrap_or("");
            let more = match (text.lines().count().saturating_sub(1), self.lang) {
                (0, _) => String::new(),
                (n, Lang::En) => format!(" (+{n} lines)"),
                (n, Lang::Zh) => format!("（另 {n} 行）"),
            };
            let words = self.lang.pick("waits", "排队");
            lines.push((
                format!("{words} {}: {first}{more}", index + 1),
                self.queue.at() == Some(index),
            ));
        }
        let hidden = waiting.len().saturating_sub(from + WAITING);
        if hidden > 0 {
            lines.push((
                format!("{hidden} {}", self.lang.pick("more wait", "条还在排队")),
                false,
            ));
        }
        if self.queue.is_held {
            let words = self
                .lang
                .pick("stopped: Enter asks what waits", "已停止：按回车继续提问");
            lines.push((words.to_owned(), false));
        }
        if let Some(offer) = self.offered() {
            let words = self
                .lang
                .pick("Tab opens it as a picture", "按 Tab 作为图片打开");
            lines.push((format!("{}: {words}", offer.path), false));
        }
        if let Some(lookup) = &self.lookup {
            let words = self.lang.pick("earlier input with", "历史输入包含");
            let none = if lookup.has_failed() {
                self.lang.pick(" (none)", "（无）")
            } else {
                ""
            };
            lines.push((format!("{words}: {}{none}", lookup.query()), false));
        }
        lines
    }

    /// Draws the text; where the caret is.
    fn text(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let sign = if self.is_busy { theme.dim } else { theme.user };
        buf.set_stringn(
            area.x,
            area.y,
            theme.symbols.user,
            usize::from(area.width),
            sign,
        );
        let width = self.columns();
        let shown = self.editor.shown(self.lang, width);
        let (row, column) = shown.place(self.editor.caret());
        let n_rows = shown.rows().len();
        let first = first_row(self.top, row, n_rows, usize::from(area.height));
        if self.editor.is_empty() {
            let hint = self.placeholder();
            let hint = wrap::shorten(hint, width, theme.symbols.ellipsis);
            buf.set_stringn(
                area.x + LEFT.min(area.width - 1),
                area.y,
                hint,
                width,
                theme.placeholder,
            );
        }
        let rows = shown.rows();
        for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(first)) {
            draw_row(
                &shown,
                row.clone(),
                (area.x + LEFT, y, area.right()),
                theme,
                buf,
            );
        }
        let x = LEFT.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
        let y = u16::try_from(row - first).unwrap_or(0);
        let (x, y) = (
            area.x + x.min(area.width - 1),
            area.y + y.min(area.height - 1),
        );
        Some(Position::new(x, y))
    }

    fn placeholder(&self) -> &'static str {
        if self.is_busy {
            self.lang.pick(
                "Enter lets a question wait, Esc stops the answer",
                "回车排队提问，Esc 停止回答",
            )
        } else {
            self.lang.pick(
                "Ask about the picture; / for commands, @ for pictures",
                "就图片提问；/ 命令，@ 图片",
            )
        }
    }

    /// The row and column of the shown text at a column and row of the input's area, as it was drawn.
    pub(super) fn text_at(&self, column: u16, row: u16) -> Option<(usize, usize)> {
        let row = row.checked_sub(self.top_rows(self.height()))?;
        let row = self.top + usize::from(row);
        Some((row, usize::from(column.saturating_sub(LEFT))))
    }
}

/// The first of `n_rows` that is seen when it was `top`, the caret is in row `caret`, and there is room for `room`.
pub(super) fn first_row(top: usize, caret: usize, n_rows: usize, room: usize) -> usize {
    let least = (caret + 1).saturating_sub(room);
    top.min(n_rows.saturating_sub(room))
        .clamp(least, caret.max(least))
}

/// Draws a row of the text at a column and row of the screen, up to the column after its last.
fn draw_row(
    shown: &Shown,
    row: std::ops::Range<usize>,
    (mut x, y, right): (u16, u16, u16),
    theme: &Theme,
    buf: &mut Buffer,
) {
    let text = shown.text().get(row.clone()).unwrap_or("");
    for (at, cluster) in text.grapheme_indices(true) {
        let (sign, wide) = wrap::glyph(cluster);
        if x.saturating_add(wide) > right {
            return;
        }
        let style = match shown.kind(row.start + at) {
            Some(SpanKind::Paste { .. }) => theme.fold,
            Some(SpanKind::Name) => theme.code.patch(theme.strong),
            None => Style::new(),
        };
        if wide > 0 {
            x = buf.set_stringn(x, y, sign, usize::from(wide), style).0;
        }
    }
}

/// Draws the list of completions at the bottom of an area.
fn completions(completion: &Completion, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let n = u16::try_from(completion.list.len()).unwrap_or(u16::MAX);
    let height = n.min(LISTED).min(area.height);
    let widest = completion
        .list
        .iter()
        .map(|it| wrap::width(&it.word))
        .max()
        .unwrap_or(0);
    let widest = widest.min(usize::from(area.width) / 2);
    let at = completion.at.unwrap_or(0);
    let from = (at + 1).saturating_sub(usize::from(height));
    let first = area.bottom() - height;
    for (y, (index, candidate)) in
        (first..area.bottom()).zip(completion.list.iter().enumerate().skip(from))
    {
        let is_here = completion.at == Some(index);
        let (style, mark) = if is_here {
            (theme.chosen, theme.symbols.folded)
        } else {
            (theme.text, " ")
        };
        let word = wrap::shorten(&candidate.word, widest, theme.symbols.ellipsis);
        let pad = " ".repeat(widest.saturating_sub(wrap::width(&word)));
        let line = format!("{mark} {word}{pad}  {}", candidate.about);
        let line = wrap::shorten(&line, usize::from(area.width), theme.symbols.ellipsis);
        for x in area.x..area.right() {
            buf[(x, y)].reset();
        }
        buf.set_style(Rect::new(area.x, y, area.width, 1), theme.text.patch(style));
        buf.set_stringn(
            area.x,
            y,
            line,
            usize::from(area.width),
            theme.text.patch(style),
        );
    }
}
