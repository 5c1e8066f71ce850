//! Movements in, the first row on the screen out; it stays where it is while text comes below, unless it is at the end.

use super::entries::Entries;

/// Where the screen is in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    /// The message at the top of the screen.
    pub top: usize,
    /// The row of it that is the first on the screen.
    pub row: usize,
    /// Whether the screen stays at the end.
    pub follows: bool,
    /// Whether text came below that nobody has seen.
    pub has_unseen: bool,
}

/// A movement of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// So many rows up.
    Up(usize),
    /// So many rows down.
    Down(usize),
    /// A screen up, one row of the old one kept.
    PageUp,
    /// A screen down, one row of the old one kept.
    PageDown,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// To the beginning.
    Top,
    /// To the end, to stay there.
    End,
}

impl Default for Scroll {
    fn default() -> Self {
        Self {
            top: 0,
            row: 0,
            follows: true,
            has_unseen: false,
        }
    }
}

impl Scroll {
    /// Moves a screen of so many rows.
    pub fn go(&mut self, by: Move, entries: &mut Entries, rows: usize) {
        match by {
            Move::Up(n) => self.up(n, entries),
            Move::Down(n) => self.down(n, entries),
            Move::PageUp => self.up(rows.saturating_sub(1).max(1), entries),
            Move::PageDown => self.down(rows.saturating_sub(1).max(1), entries),
            Move::HalfUp => self.up((rows / 2).max(1), entries),
            Move::HalfDown => self.down((rows / 2).max(1), entries),
            Move::Top => (self.top, self.row) = (0, 0),
            Move::End => (self.top, self.row) = (entries.len(), 0),
        }
        self.rest(entries, rows);
    }

    fn up(&mut self, mut n: usize, entries: &mut Entries) {
        while n > self.row && self.top > 0 {
            n -= self.row;
            self.top -= 1;
            self.row = entries.height(self.top);
        }
        self.row = self.row.saturating_sub(n);
    }

    fn down(&mut self, n: usize, entries: &mut Entries) {
        self.row += n;
        while self.top < entries.len() {
            let height = entries.height(self.top);
            if self.row < height {
                break;
            }
            self.row -= height;
            self.top += 1;
        }
    }

    /// After a movement: not beyond the end, and at the end it stays there.
    fn rest(&mut self, entries: &mut Entries, rows: usize) {
        let end = end(entries, rows);
        self.follows = (self.top, self.row) >= end;
        if self.follows {
            (self.top, self.row) = end;
            self.has_unseen = false;
        }
    }

    /// After a change of the messages or the screen: at the end it stays there, else where it is.
    pub fn settle(&mut self, entries: &mut Entries, rows: usize) {
        let end = end(entries, rows);
        if self.follows || (self.top, self.row) >= end {
            (self.top, self.row) = end;
            self.follows = true;
            self.has_unseen = false;
        }
        self.row = self.row.min(entries.height(self.top).saturating_sub(1));
        for (index, _) in self.shown(entries, rows) {
            entries.draw(index);
        }
    }

    /// The messages on the screen, each with its rows on the screen.
    pub fn shown(&self, entries: &mut Entries, rows: usize) -> Vec<(usize, usize)> {
        let mut shown = Vec::new();
        let (mut left, mut skip) = (rows, self.row);
        for index in self.top..entries.len() {
            if left == 0 {
                break;
            }
            let height = entries.height(index).saturating_sub(skip).min(left);
            shown.push((index, height));
            left -= height;
            skip = 0;
        }
        shown
    }

    /// Brings a row of a message onto the screen, into its middle if it was not there.
    pub fn show(&mut self, index: usize, row: usize, entries: &mut Entries, rows: usize) {
        for (message, height) in self.shown(entries, rows) {
            let first = if message == self.top { self.row } else { 0 };
            if message == index && (first..first + height).contains(&row) {
                return;
            }
        }
        (self.top, self.row) = (index, row);
        self.up(rows / 2, entries);
        self.rest(entries, rows);
    }
}

/// The message and row at the top when the last row of all is at the bottom.
fn end(entries: &mut Entries, rows: usize) -> (usize, usize) {
    // The empty row after the last message is not shown.
    let mut left = rows + 1;
    for index in (0..entries.len()).rev() {
        let height = entries.height(index);
        if height >= left {
            return (index, height - left);
        }
        left -= height;
    }
    (0, 0)
}
