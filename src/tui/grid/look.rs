//! Keys in, the cell that is looked at out: moving, opening, and what is said of it below the table.

use crate::settings::Lang;

use super::msg::{Effect, Go};
use super::view::Layout;
use super::{Cell, Grid, Mark};
use crate::tui::sheets::build::difference_lines;
use crate::tui::sheets::text::{self, Line, Look, Text, lines};

/// The most of an answer that stands below the table, in bytes.
const MOST_BELOW: usize = 2000;

impl Grid {
    pub(super) fn go(&mut self, go: Go) {
        self.follows = go == Go::Running;
        let (rows, columns) = (self.shown.len(), self.plan.columns.len());
        let n = columns.max(1);
        if let Some(place) = self.running.first().filter(|_| self.follows) {
            self.at = (place / n, place % n);
            return;
        }
        let page = self.layout().rows.max(2) - 1;
        let row = self.row_shown().unwrap_or(0);
        let last = rows.saturating_sub(1);
        let row = match go {
            Go::Up => row.saturating_sub(1),
            Go::Down => (row + 1).min(last),
            Go::PageUp => row.saturating_sub(page),
            Go::PageDown => (row + page).min(last),
            Go::Top => 0,
            Go::End => last,
            _ => row,
        };
        self.at.0 = self.shown.get(row).copied().unwrap_or(0);
        let column = self.at.1;
        self.at.1 = match go {
            Go::Left => column.saturating_sub(1),
            Go::Right => (column + 1).min(n - 1),
            Go::First => 0,
            Go::Last => n - 1,
            _ => column,
        };
    }

    /// Where the chosen row is shown: an index.
    pub(super) fn row_shown(&self) -> Option<usize> {
        self.shown.iter().position(|it| *it == self.at.0)
    }

    pub(super) fn click(&mut self, column: u16, row: u16) {
        let layout = self.layout();
        let Some(row) = row.checked_sub(layout.top).map(usize::from) else {
            return;
        };
        let found = self.shown.get(self.first.0 + row);
        if let Some(found) = found.filter(|_| row < layout.rows) {
            self.follows = false;
            self.at.0 = *found;
            if let Some(at) = layout.column_at(column) {
                let last = self.plan.columns.len().saturating_sub(1);
                self.at.1 = (self.first.1 + at).min(last);
            }
        }
    }

    /// Brings the chosen cell onto the screen, and says below the table what there is to say of it.
    pub(super) fn settle(&mut self) {
        let layout = self.layout();
        let row = self.row_shown().unwrap_or(0);
        let keep = |first: usize, at: usize, room: usize, n: usize| {
            let room = room.max(1);
            let least = (at + 1).saturating_sub(room);
            first.min(n.saturating_sub(room)).clamp(least, at)
        };
        self.first = (
            keep(self.first.0, row, layout.rows, self.shown.len()),
            keep(
                self.first.1,
                self.at.1,
                layout.columns,
                self.plan.columns.len(),
            ),
        );
        let tokens = match self.cell(self.at) {
            Cell::Running { tokens, .. } => *tokens + 4,
            Cell::Absent => 0,
            Cell::Waiting => 1,
            Cell::Done(_) => 2,
            Cell::Failed(_) => 3,
        };
        let about = (self.at, self.pinned, tokens, self.lang);
        if self.panel_about != Some(about) {
            self.panel_about = Some(about);
            self.panel = self.below(MOST_BELOW);
        }
    }

    /// What there is to say of the chosen cell, so much of the answer at most.
    fn below(&self, most: usize) -> Vec<Line> {
        let cut = |text: &str| {
            let end = text.floor_char_boundary(most);
            text.get(..end).unwrap_or("").to_owned()
        };
        let mut all = lines(Look::Dim, &cut(self.question(self.at)));
        let pick = |en, zh| self.lang.pick(en, zh);
        let pinned = self.pinned.filter(|it| *it != self.at);
        let base = pinned.and_then(|it| self.cell(it).done());
        match self.cell(self.at) {
            Cell::Absent => {}
            Cell::Waiting => all.push(Line::of(Look::Dim, pick("not asked yet", "尚未提问"))),
            Cell::Running { text, .. } => all.extend(lines(Look::Plain, text)),
            Cell::Failed(problem) => all.extend(lines(Look::Failure, &cut(problem))),
            Cell::Done(done) => {
                all.extend(self.truth(done.mark, &done.faults));
                let answer = cut(done.answer());
                all.extend(match base {
                    Some(base) => difference_lines(&cut(base.answer()), &answer, self.lang),
                    None => lines(Look::Plain, &answer),
                });
            }
        }
        all
    }

    /// What was expected, and whether it came.
    fn truth(&self, mark: Option<Mark>, faults: &[String]) -> Option<Line> {
        let truth = self.plan.rows.get(self.at.0).map_or("", |it| &it.truth);
        if truth.is_empty() {
            return None;
        }
        let (look, word) = match (mark, self.lang) {
            (Some(Mark::Right), Lang::En) => (Look::Good, "right"),
            (Some(Mark::Right), Lang::Zh) => (Look::Good, "正确"),
            (Some(Mark::Wrong), Lang::En) => (Look::Failure, "wrong"),
            (Some(Mark::Wrong), Lang::Zh) => (Look::Failure, "错误"),
            (Some(Mark::Uncertain), Lang::En) => (Look::Warning, "uncertain"),
            (Some(Mark::Uncertain), Lang::Zh) => (Look::Warning, "不确定"),
            (None, _) => (Look::Dim, ""),
        };
        let expected = self.lang.pick("expected", "预期");
        let line = Line::of(Look::Dim, &format!("{expected}: {truth} ")).and(look, word);
        let faults = faults.join("; ");
        let is_said = mark == Some(Mark::Right) || faults.is_empty();
        Some(if is_said {
            line
        } else {
            line.and(Look::Dim, &format!(" ({faults})"))
        })
    }

    /// Opens the whole answer.
    pub(super) fn open(&mut self) {
        let mut all = self.below(usize::MAX);
        let done = self.cell(self.at).done();
        let is_compared = self.pinned.is_some_and(|it| it != self.at);
        if let Some(done) = done.filter(|_| is_compared) {
            all.push(Line::default());
            all.push(Line::of(
                Look::Heading,
                self.lang.pick("whole answer", "完整回答"),
            ));
            all.extend(lines(Look::Plain, done.answer()));
        }
        if let Some(ms) = done.and_then(|it| it.row.ms) {
            let seconds = self.lang.pick("seconds", "秒");
            all.push(Line::default());
            all.push(Line::of(
                Look::Dim,
                &format!("{:.1} {seconds}", ms / 1000.0),
            ));
        }
        let row = self.plan.rows.get(self.at.0).map_or("", |it| &it.name);
        let column = self.plan.columns.get(self.at.1).map_or("", |it| &it.name);
        let mut sheet = Text::new(&format!("{row} · {column}"), all, self.lang);
        sheet.update(text::Msg::Resize(self.size.0, self.size.1));
        self.sheet = Some(sheet);
    }

    pub(super) fn sheet_msg(&mut self, msg: text::Msg) -> Vec<Effect> {
        let Some(sheet) = &mut self.sheet else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        for effect in sheet.update(msg) {
            match effect {
                text::Effect::Copy(text) => effects.push(Effect::Copy(text)),
                text::Effect::Leave => self.sheet = None,
            }
        }
        effects
    }

    pub(super) fn layout(&self) -> Layout {
        let names = self.plan.rows.iter().map(|it| it.name.as_str());
        Layout::of(
            self.size,
            names,
            (self.shown.len(), self.plan.columns.len()),
        )
    }
}
