//! The rail's lists in, its rows by number out, without making a list of them; choosing and scrolling.

use super::{Go, Rail};

/// A row of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A heading, or an empty row; cannot be chosen.
    Head(Head),
    /// A picture.
    Picture(usize),
    /// How many parts the picture in view has, and which is shown.
    Parts,
    /// A part of the picture in view.
    Part(usize),
    /// Open another picture.
    Open,
    /// A session.
    Session(usize),
    /// All sessions.
    Browse,
}

/// A heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Over the pictures.
    Pictures,
    /// Nothing.
    Gap,
    /// Over the sessions.
    Sessions,
}

impl Rail {
    /// Rows that belong to the picture in view: the line of its parts, and the parts when they are listed.
    fn n_part_rows(&self) -> usize {
        let parts = self.parts.as_ref().map_or(0, |it| it.names.len());
        match parts {
            0 | 1 => 0,
            _ if self.is_unfolded => parts + 1,
            _ => 1,
        }
    }

    /// Rows in all.
    pub(super) fn n_rows(&self) -> usize {
        // Headings, gap, and the two commands.
        self.pictures.len() + self.n_part_rows() + self.sessions.len() + 5
    }

    /// The row of a number.
    pub(super) fn row(&self, index: usize) -> Option<Row> {
        let mut left = index;
        let mut take = |n: usize| {
            if left < n {
                return true;
            }
            left -= n;
            false
        };
        let parts = self.n_part_rows();
        let before = match self.in_view {
            Some(it) if parts > 0 => it + 1,
            _ => self.pictures.len(),
        };
        let row = match () {
            () if take(1) => Row::Head(Head::Pictures),
            () if take(before) => Row::Picture(left),
            () if parts > 0 && take(1) => Row::Parts,
            () if take(parts.saturating_sub(1)) => Row::Part(left),
            () if take(self.pictures.len() - before) => Row::Picture(before + left),
            () if take(1) => Row::Open,
            () if take(1) => Row::Head(Head::Gap),
            () if take(1) => Row::Head(Head::Sessions),
            () if take(self.sessions.len()) => Row::Session(left),
            () if take(1) => Row::Browse,
            () => return None,
        };
        Some(row)
    }

    /// Where a row is now.
    fn index_of(&self, row: Row) -> Option<usize> {
        (0..self.n_rows()).find(|it| self.row(*it) == Some(row))
    }

    /// Chooses this row again after the lists have changed; what is gone leaves the choice where it was.
    pub(super) fn keep(&mut self, row: Row) {
        let index = self.index_of(row).unwrap_or(self.at);
        self.at = index.min(self.n_rows() - 1);
    }

    fn can_choose(&self, index: usize) -> bool {
        self.row(index)
            .is_some_and(|it| !matches!(it, Row::Head(_)))
    }

    pub(super) fn go(&mut self, go: Go) {
        let page = usize::from(self.size.1).saturating_sub(1).max(1);
        let last = self.n_rows() - 1;
        let (to, is_down) = match go {
            Go::Up => (self.at.saturating_sub(1), false),
            Go::Down => (self.at.saturating_add(1), true),
            Go::PageUp => (self.at.saturating_sub(page), false),
            Go::PageDown => (self.at.saturating_add(page), true),
            Go::Top => (0, true),
            Go::End => (last, false),
        };
        let to = to.min(last);
        let can = |it: &usize| self.can_choose(*it);
        let found = if is_down {
            (to..=last).find(can).or_else(|| (0..to).rev().find(can))
        } else {
            (0..=to).rev().find(can).or_else(|| (to..=last).find(can))
        };
        self.at = found.unwrap_or(self.at);
        if self.at == 1 {
            // The heading over the first row is shown with it.
            self.top = 0;
        }
    }

    /// The chosen row can be chosen, and is on the screen.
    pub(super) fn settle(&mut self) {
        self.at = self.at.min(self.n_rows() - 1);
        if !self.can_choose(self.at) {
            self.go(Go::Down);
        }
        let rows = usize::from(self.size.1);
        if rows == 0 {
            return;
        }
        self.top = self.top.min(self.at);
        if self.at >= self.top + rows {
            self.top = self.at + 1 - rows;
        }
        self.top = self.top.min(self.n_rows().saturating_sub(rows));
    }

    /// Moves the screen; the choice goes along where it would leave it.
    pub(super) fn scroll(&mut self, by: i16) {
        let rows = usize::from(self.size.1);
        let most = self.n_rows().saturating_sub(rows);
        let step = usize::from(by.unsigned_abs());
        self.top = if by < 0 {
            self.top.saturating_sub(step)
        } else {
            self.top.saturating_add(step).min(most)
        };
        let last = (self.top + rows).saturating_sub(1).max(self.top);
        let at = self.at.clamp(self.top, last);
        let can = |it: &usize| self.can_choose(*it);
        let below = (at..=last).find(can);
        self.at = below
            .or_else(|| (self.top..at).rev().find(can))
            .unwrap_or(at);
    }

    /// The first picture that the folded rail shows: the one in view is on the screen.
    pub(super) fn folded_top(&self) -> usize {
        let rows = usize::from(self.size.1).saturating_sub(1);
        self.in_view.map_or(0, |it| (it + 1).saturating_sub(rows))
    }
}
