//! Items and what was typed in; which of them fit, in which order, which one is chosen and which are seen, out.
//!
//! What fits is found when the query or the items change; a screen costs what is seen of it, however many items there are.

use super::fuzzy::{Fitter, Query};
use super::item::Item;
use crate::tui::input::editor::Editor;

/// In which order items that fit stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The best first; those that are as good in the order in which they came.
    #[default]
    Best,
    /// In the order in which they came, under their headings. Words are looked for, not letters: nothing would put what
    /// fits by accident at the end.
    Given,
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The heading of this number.
    Heading(usize),
    /// The item of this index.
    Item(usize),
    /// What was typed, as it is.
    Typed,
}

/// Where the choice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A row up; from the first to the last.
    Up,
    /// A row down; from the last to the first.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
}

/// Items to choose from.
#[derive(Debug, Default)]
pub struct List {
    /// What is typed.
    pub(super) editor: Editor,
    query: Query,
    items: Vec<Item>,
    /// The heading of each item.
    groups: Vec<usize>,
    headings: Vec<String>,
    /// Score and index of those that fit, in order.
    fitting: Vec<(u32, usize)>,
    rows: Vec<Row>,
    at: usize,
    top: usize,
    page: usize,
    order: Order,
    takes_typed: bool,
    /// Whether somebody chose a row: then it stays chosen when items come.
    is_moved: bool,
    /// Whether more items may come.
    pub(super) is_waiting: bool,
}

impl List {
    /// An empty list.
    pub fn new(order: Order) -> Self {
        Self {
            order,
            page: 1,
            ..Self::default()
        }
    }

    /// The same; what is typed can be chosen too, as it is.
    #[must_use]
    pub fn taking_typed(self) -> Self {
        Self {
            takes_typed: true,
            ..self
        }
    }

    /// The same with items.
    #[must_use]
    pub fn with(mut self, items: Vec<Item>) -> Self {
        self.add(items);
        self
    }

    /// What is typed.
    pub fn typed(&self) -> &str {
        self.editor.text()
    }

    /// All items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Items that fit.
    pub fn n_fitting(&self) -> usize {
        self.fitting.len()
    }

    /// The rows, headings among them.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The index of the row that is chosen, and of the first one that is seen.
    pub fn place(&self) -> (usize, usize) {
        (self.at, self.top)
    }

    /// The heading of a number.
    pub(super) fn heading(&self, number: usize) -> &str {
        self.headings.get(number).map_or("", String::as_str)
    }

    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    /// The row that is chosen.
    pub fn chosen_row(&self) -> Option<Row> {
        self.rows.get(self.at).copied()
    }

    /// The item that is chosen.
    pub fn chosen(&self) -> Option<&Item> {
        match self.chosen_row()? {
            Row::Item(index) => self.items.get(index),
            Row::Heading(_) | Row::Typed => None,
        }
    }

    /// Takes more items, made harmless.
    pub fn add(&mut self, items: Vec<Item>) {
        let from = self.items.len();
        for item in items {
            let item = item.harmless();
            let known = self.headings.iter().rposition(|it| *it == item.group);
            self.groups.push(known.unwrap_or_else(|| {
                self.headings.push(item.group.clone());
                self.headings.len() - 1
            }));
            self.items.push(item);
        }
        self.fit(from);
    }

    /// Puts other items in place of all; the one that is chosen stays so if it is among them.
    pub fn replace(&mut self, items: Vec<Item>) {
        let chosen = self.chosen().map(|it| it.key.clone());
        let at = self.at;
        self.items.clear();
        self.groups.clear();
        self.headings.clear();
        self.fitting.clear();
        self.add(items);
        if !self.is_moved {
            return;
        }
        let is_it = |row: &Row| match row {
            Row::Item(index) => Some(&self.items[*index].key) == chosen.as_ref(),
            Row::Heading(_) | Row::Typed => false,
        };
        let place = self.rows.iter().position(is_it);
        self.choose(place.unwrap_or(at));
    }

    /// Says that the query has changed.
    pub fn typed_on(&mut self) {
        self.query = Query::of(self.editor.text(), self.order == Order::Best);
        self.fitting.clear();
        self.is_moved = false;
        self.fit(0);
    }

    /// Says how many rows are seen.
    pub fn set_page(&mut self, rows: usize) {
        self.page = rows.max(1);
        self.settle();
    }

    /// Fits the items from this one on, and puts all in order.
    fn fit(&mut self, from: usize) {
        let chosen = self.chosen_row().filter(|_| self.is_moved);
        if self.query.is_empty() {
            let dotted = |it: &usize| !self.items[*it].is_hidden;
            let all = (from..self.items.len()).filter(dotted);
            self.fitting.extend(all.map(|it| (0, it)));
        } else {
            let mut fitter = Fitter::new();
            for (index, item) in self.items.iter().enumerate().skip(from) {
                let score = fitter.score(&self.query, item);
                self.fitting.extend(score.map(|it| (it, index)));
            }
        }
        let is_grouped = self.is_grouped();
        let groups = &self.groups;
        self.fitting.sort_by_key(|(score, index)| {
            let group = if is_grouped { groups[*index] } else { 0 };
            let best = match self.order {
                Order::Best => *score,
                Order::Given => 0,
            };
            (group, std::cmp::Reverse(best), *index)
        });
        self.lay();
        let place = chosen.and_then(|it| self.rows.iter().position(|row| *row == it));
        self.at = place.unwrap_or(0);
        if place.is_none() {
            self.top = 0;
        }
        self.choose(self.at);
    }

    /// Whether items stand under their headings.
    fn is_grouped(&self) -> bool {
        self.order == Order::Given || self.query.is_empty()
    }

    /// Makes the rows.
    fn lay(&mut self) {
        let has_headings = self.is_grouped() && self.headings.iter().any(|it| !it.is_empty());
        self.rows.clear();
        let mut before = None;
        for (_, index) in &self.fitting {
            let group = self.groups[*index];
            if has_headings && before != Some(group) && !self.headings[group].is_empty() {
                self.rows.push(Row::Heading(group));
            }
            before = Some(group);
            self.rows.push(Row::Item(*index));
        }
        let typed = self.editor.text().trim();
        let is_one = |it: &Item| it.name == typed;
        if self.takes_typed && !typed.is_empty() && !self.items.iter().any(is_one) {
            // Who typed the beginning of a name may mean it; else what was typed is meant.
            let begins = |(_, index): &(u32, usize)| self.items[*index].name.starts_with(typed);
            let is_name = self.fitting.iter().any(begins);
            let place = if is_name { self.rows.len() } else { 0 };
            self.rows.insert(place, Row::Typed);
        }
    }

    /// Moves the choice.
    pub fn go(&mut self, go: Move) {
        let last = self.rows.len().saturating_sub(1);
        let (at, is_up) = match go {
            Move::Up => (self.above().unwrap_or(last), true),
            Move::Down if self.at >= last => (0, false),
            Move::Down => (self.at + 1, false),
            Move::PageUp => (self.at.saturating_sub(self.page), true),
            Move::PageDown => (self.at.saturating_add(self.page).min(last), false),
            Move::First => (0, false),
            Move::Last => (last, true),
        };
        self.is_moved = true;
        // a heading cannot be chosen: the row after it can, or the one before it
        let is_heading = matches!(self.rows.get(at), Some(Row::Heading(_)));
        let at = match (is_heading, is_up, at.checked_sub(1)) {
            (true, true, Some(above)) => above,
            _ => at,
        };
        self.choose(at);
    }

    /// The row above that can be chosen.
    fn above(&self) -> Option<usize> {
        let is_heading = |it: &usize| matches!(self.rows.get(*it), Some(Row::Heading(_)));
        (0..self.at).rev().find(|it| !is_heading(it))
    }

    /// Chooses a row; the one after it if that is a heading. Whether there is one.
    pub fn choose(&mut self, row: usize) -> bool {
        let mut at = row.min(self.rows.len().saturating_sub(1));
        if matches!(self.rows.get(at), Some(Row::Heading(_))) {
            at += 1;
        }
        self.at = at;
        self.settle();
        row < self.rows.len()
    }

    /// Chooses the row that is seen at this height; whether there is one that can be chosen.
    pub fn click(&mut self, height: usize) -> bool {
        let row = self.top + height;
        let is_there = matches!(self.rows.get(row), Some(Row::Item(_) | Row::Typed));
        if is_there {
            self.is_moved = true;
            self.at = row;
            self.settle();
        }
        is_there
    }

    /// Brings the chosen row onto the screen, and its heading if that is right above.
    fn settle(&mut self) {
        let under_heading = self.at > 0 && matches!(self.rows[self.at - 1], Row::Heading(_));
        let first = self.at - usize::from(under_heading && self.page > 1);
        let least = (self.at + 1).saturating_sub(self.page);
        let most = self.rows.len().saturating_sub(self.page);
        self.top = self.top.min(most).clamp(least.min(first), first);
    }
}
