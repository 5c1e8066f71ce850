//! The grid's state in, cells of the screen out: how far it is, the table, what is said of the chosen cell, and figures.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::experiment::progress::time_left;
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

use super::cell::{Cell, Mark};
use super::{Grid, Order, State, tally};
use crate::tui::progress;
use crate::tui::sheets::frame::{cells, put, wipe};
use crate::tui::sheets::text::draw_lines;

/// The widest names and cells, and the narrowest cells, in columns.
const NAME: usize = 24;
const WIDEST: usize = 30;
const NARROWEST: usize = 9;

/// The most rows whose names are measured.
const MEASURED: usize = 500;

/// What stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// The first row of the table, below its head.
    pub(super) top: u16,
    /// Rows of the table on the screen.
    pub(super) rows: usize,
    /// Columns of the table on the screen.
    pub(super) columns: usize,
    /// Cells of a row's name, and of a column.
    name: usize,
    column: usize,
    /// Rows below the table: the rule and what is said of the chosen cell; figures and results.
    panel: u16,
    foot: u16,
}

impl Layout {
    pub(super) fn of<'a>(
        (width, height): (u16, u16),
        names: impl Iterator<Item = &'a str>,
        (n_rows, n_columns): (usize, usize),
    ) -> Self {
        let width = usize::from(width);
        let top = match height {
            0..=2 => 0,
            3..=4 => 1,
            _ => 2,
        };
        let foot = match height {
            0..=5 => 0,
            6..=9 => 1,
            _ => 2,
        };
        // what the table does not need is for what is said of a cell
        let spare = height
            .saturating_sub(top + foot)
            .saturating_sub(cells(n_rows.max(1)));
        let panel = match height {
            0..=7 => 0,
            8..=11 => spare,
            _ => spare.max(height / 3),
        };
        let panel = if panel < 2 { 0 } else { panel };
        let widest = names.take(MEASURED).map(wrap::width).max().unwrap_or(0);
        let name = widest.clamp(4, NAME).min(width / 4);
        let left = width.saturating_sub(name);
        // a blank stands before every column
        let column = left / n_columns.max(1);
        let column = column.saturating_sub(1).clamp(NARROWEST, WIDEST);
        Self {
            top,
            rows: usize::from(height.saturating_sub(top + foot + panel)),
            columns: (left / (column + 1)).max(1),
            name,
            column,
            panel,
            foot,
        }
    }

    /// The column on the screen at a place of it.
    pub(super) fn column_at(&self, x: u16) -> Option<usize> {
        let x = usize::from(x).checked_sub(self.name + 1)?;
        Some(x / (self.column + 1))
    }

    fn x(&self, column: usize) -> u16 {
        cells(self.name + 1 + column * (self.column + 1))
    }
}

impl Grid {
    /// Draws it over an area as large as [`super::Msg::Resize`] said; where the cursor belongs while a query is typed.
    pub fn view(
        &self,
        theme: &Theme,
        lang: Lang,
        area: Rect,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        if let Some(sheet) = &self.sheet {
            return sheet.view(theme, lang, area, buf);
        }
        wipe(theme, area, buf);
        let layout = self.layout();
        if layout.top > 0 {
            self.head(theme, lang, Rect { height: 1, ..area }, buf);
        }
        if layout.top > 1 {
            self.names(
                &layout,
                theme,
                Rect {
                    y: area.y + 1,
                    height: 1,
                    ..area
                }
                .intersection(area),
                buf,
            );
        }
        let table = below(area, layout.top, cells(layout.rows));
        self.table(&layout, (theme, lang), table, buf);
        let panel = below(
            area,
            layout.top.saturating_add(cells(layout.rows)),
            layout.panel,
        );
        self.panel(theme, panel, buf);
        let foot = below(area, area.height.saturating_sub(layout.foot), layout.foot);
        self.foot((theme, lang), foot, buf);
        None
    }

    /// The title, and how far it is.
    fn head(&self, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let (done, all) = self.progress();
        let mut parts = vec![format!("{done}/{all}")];
        let left = time_left(&self.took, all.saturating_sub(done));
        match self.state {
            State::Stopped => parts.push(lang.pick("stopped", "已停止").to_owned()),
            State::Over => parts.push(lang.pick("over", "已完成").to_owned()),
            State::Asking if done < all => {
                parts.extend(left.map(|it| progress::time_left(it, lang)));
            }
            State::Asking => {}
        }
        let failed: usize = self.tallies.iter().map(|it| it.failed).sum();
        if failed > 0 {
            parts.push(format!("{failed} {}", lang.pick("failed", "失败")));
        }
        let order = match self.order {
            Order::Planned => None,
            Order::DifferingFirst => Some(lang.pick("differing first", "差异优先")),
            Order::OnlyDiffering => Some(lang.pick("only differing", "仅差异")),
        };
        parts.extend(order.map(str::to_owned));
        let tail = parts.join(" · ");
        let room = usize::from(area.width);
        let left = room.saturating_sub(wrap::width(&tail) + 1);
        let title = wrap::shorten(&self.plan.title, left, theme.symbols.ellipsis);
        let x = put(buf, (area.x, area.y), &title, left, theme.title);
        let x = if x > area.x { x + 1 } else { x };
        let room = usize::from(area.right().saturating_sub(x));
        put(buf, (x, area.y), &tail, room, theme.text);
    }

    /// The names of the columns.
    fn names(&self, layout: &Layout, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let columns = self.plan.columns.iter().enumerate();
        let last = self.plan.columns.len().saturating_sub(self.first.1);
        for (n, (index, column)) in columns.skip(self.first.1).take(layout.columns).enumerate() {
            let style = if index == self.at.1 {
                theme.heading
            } else {
                theme.dim
            };
            let x = area.x.saturating_add(layout.x(n));
            let room = layout
                .column
                .min(usize::from(area.right().saturating_sub(x)));
            let name = middle(&column.name, room, theme.symbols.ellipsis);
            put(buf, (x, area.y), &name, room, style);
        }
        // there is more to the left or right
        let signs = &theme.symbols;
        if self.first.1 > 0 {
            put(buf, (area.x, area.y), "<", 1, theme.accent);
        }
        if last > layout.columns {
            let sign = if signs.user.is_ascii() {
                ">"
            } else {
                signs.folded
            };
            put(buf, (area.right() - 1, area.y), sign, 1, theme.accent);
        }
    }

    fn table(&self, layout: &Layout, (theme, lang): (&Theme, Lang), area: Rect, buf: &mut Buffer) {
        if self.shown.is_empty() && !area.is_empty() {
            let words = match self.order {
                Order::OnlyDiffering => lang.pick("no row differs", "没有差异"),
                _ => lang.pick("nothing to ask", "没有问题"),
            };
            put(
                buf,
                (area.x, area.y),
                words,
                usize::from(area.width),
                theme.dim,
            );
        }
        for (y, row) in (area.y..area.bottom()).zip(self.shown.iter().skip(self.first.0)) {
            let head = self.plan.rows.get(*row).map_or("", |it| &it.name);
            let name = wrap::shorten(head, layout.name, theme.symbols.ellipsis);
            let style = if *row == self.at.0 {
                theme.accent
            } else {
                theme.text
            };
            put(buf, (area.x, y), &name, layout.name, style);
            let columns = self.first.1..self.plan.columns.len();
            for (n, column) in columns.take(layout.columns).enumerate() {
                let x = area.x.saturating_add(layout.x(n));
                let room = layout
                    .column
                    .min(usize::from(area.right().saturating_sub(x)));
                let place = Rect::new(x, y, cells(room), 1).intersection(area);
                self.cell_at((*row, column), (theme, lang), place, buf);
            }
        }
    }

    fn cell_at(
        &self,
        place: (usize, usize),
        (theme, lang): (&Theme, Lang),
        area: Rect,
        buf: &mut Buffer,
    ) {
        if area.is_empty() {
            return;
        }
        let room = usize::from(area.width);
        let (sign, text, style) = shown(self.cell(place), theme, lang);
        let is_pinned = self.pinned == Some(place);
        let base = self.base_key(place.0);
        let key = self.cell(place).done().map(|it| it.key.as_str());
        let is_other = base.zip(key).is_some_and(|(base, key)| base != key);
        let mark = match (is_pinned, is_other) {
            (true, _) => "=",
            (false, true) if theme.symbols.user.is_ascii() => "!",
            (false, true) => "≠",
            _ => "",
        };
        let style = if place == self.at {
            theme.chosen
        } else {
            style
        };
        buf.set_style(area, style);
        let left = room.saturating_sub(wrap::width(mark));
        let text = format!("{sign} {text}");
        let text = wrap::shorten(text.trim_end(), left, theme.symbols.ellipsis);
        put(buf, (area.x, area.y), &text, left, style);
        if left < room {
            put(
                buf,
                (area.x.saturating_add(cells(left)), area.y),
                mark,
                1,
                style,
            );
        }
    }

    fn panel(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let room = usize::from(area.width);
        let rule = theme.symbols.rule.repeat(room);
        put(buf, (area.x, area.y), &rule, room, theme.furniture);
        let row = self.plan.rows.get(self.at.0).map(|it| it.name.as_str());
        let column = self.plan.columns.get(self.at.1);
        if let Some((row, column)) = row.zip(column.map(|it| it.name.as_str())) {
            let name = format!(" {row}, {column} ");
            let name = wrap::shorten(&name, room.saturating_sub(4), theme.symbols.ellipsis);
            let x = area.x.saturating_add(2);
            put(buf, (x, area.y), &name, room.saturating_sub(2), theme.dim);
        }
        draw_lines(&self.panel, theme, below(area, 1, area.height - 1), buf);
    }

    /// Figures of the chosen column, and where the answers are.
    fn foot(&self, (theme, lang): (&Theme, Lang), area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width);
        if area.is_empty() {
            return;
        }
        let line = wrap::shorten(&self.figures_line(lang), room, theme.symbols.ellipsis);
        put(buf, (area.x, area.y), &line, room, theme.text);
        if area.height > 1 && !self.plan.results.is_empty() {
            let words = lang.pick("answers are in ", "结果保存于 ");
            let line = format!("{words}{}", self.plan.results);
            let line = wrap::shorten(&line, room, theme.symbols.ellipsis);
            put(buf, (area.x, area.y + 1), &line, room, theme.dim);
        }
    }

    /// The figures of the chosen column: those of the report, once there is one.
    fn figures_line(&self, lang: Lang) -> String {
        let Some(column) = self.plan.columns.get(self.at.1) else {
            return String::new();
        };
        // seeds of one way are one arm of the report
        let arm = column
            .name
            .rsplit_once(" #")
            .map_or(column.name.as_str(), |it| it.0);
        let live = self
            .tallies
            .get(self.at.1)
            .map_or_else(Vec::new, |it| it.line(lang));
        let of_report = self.figures.iter().find(|it| it.0 == arm);
        let mut parts = match of_report {
            Some((_, figures)) if !figures.is_empty() => tally::report(figures, lang),
            _ => live,
        };
        if let Some((flips, all)) = self.flips.get(self.at.1).filter(|it| it.1 > 0) {
            parts.push(match lang {
                Lang::En => format!("{flips} of {all} flip"),
                Lang::Zh => format!("{flips}/{all} 翻转"),
            });
        }
        let all: (usize, usize) = self
            .flips
            .iter()
            .fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        if all.1 > 0 && column.of.is_none() {
            let words = lang.pick("flip rate", "翻转率");
            parts.push(format!("{words} {:.2}", all.0 as f64 / all.1 as f64));
        }
        if parts.is_empty() {
            return String::new();
        }
        format!("{}: {}", column.name, parts.join(" · "))
    }
}

/// A name cut in its middle: the names of controls differ at their ends.
fn middle(name: &str, room: usize, ellipsis: &str) -> String {
    if wrap::width(name) <= room || room < 5 {
        return wrap::shorten(name, room, ellipsis);
    }
    let mut end = name.len();
    for (at, _) in name.char_indices().rev() {
        if wrap::width(name.get(at..).unwrap_or("")) > room / 2 {
            break;
        }
        end = at;
    }
    let tail = name.get(end..).unwrap_or("");
    let head = wrap::clip(name, room - 1 - wrap::width(tail));
    format!("{head}{ellipsis}{tail}")
}

/// What stands in a cell: a sign, words, and how both look.
fn shown(cell: &Cell, theme: &Theme, lang: Lang) -> (&'static str, String, Style) {
    let signs = &theme.symbols;
    let right = if signs.user.is_ascii() { "+" } else { "✓" };
    match cell {
        Cell::Absent => ("", String::new(), theme.dim),
        Cell::Waiting => (signs.free, String::new(), theme.dim),
        Cell::Running { tokens, text } => {
            let last = text.rsplit('\n').next().unwrap_or("");
            (signs.caret, format!("{tokens} {last}"), theme.accent)
        }
        Cell::Failed(_) => (
            signs.warning,
            lang.pick("failed", "失败").to_owned(),
            theme.failure,
        ),
        Cell::Done(done) => {
            let short = if done.short.is_empty() {
                lang.pick("(empty)", "（空）").to_owned()
            } else {
                done.short.clone()
            };
            match done.mark {
                None => (" ", short, theme.text),
                Some(Mark::Right) => (right, short, theme.success),
                Some(Mark::Wrong) => (signs.failure, short, theme.failure),
                Some(Mark::Uncertain) => ("?", short, theme.warning),
            }
        }
    }
}

/// So many rows of an area, from one on.
fn below(area: Rect, from: u16, height: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(from),
        height,
        ..area
    }
    .intersection(area)
}
