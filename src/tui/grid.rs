//! Questions and their answers in as they come, a table that fills out: a row a case, a column a way to ask. Pure state, a view.
//!
//! It serves experiments, and with one row `/compare` and `/paraphrase`. Cells are marked against the truth where there is one;
//! one cell can be pinned: every other is then shown as what differs from it, and in each row `≠` marks the cells that do not
//! say what the pinned column's says.

use std::collections::HashMap;
use std::sync::Arc;

use crate::experiment::figures::Figure;
use crate::experiment::grid::Control;
use crate::experiment::progress::RECENT;
use crate::experiment::row::Row;
use crate::experiment::score::{Said, agree};
use crate::judge::Reader;
use crate::settings::Lang;

mod cell;

mod keys;

mod look;

mod msg;

mod plan;

mod tally;

mod view;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod screens_tests;

pub use cell::{Cell, Done, Mark};
pub use keys::{Binding, KEYS, When};
pub use msg::{Effect, Go, Msg};
pub use plan::{Asked, Column, Head, Plan};

use tally::Tally;

use crate::tui::sheets::text::{self, Line, Text};

/// In which order rows stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were planned.
    #[default]
    Planned,
    /// Those whose cells differ first.
    DifferingFirst,
    /// Only those whose cells differ.
    OnlyDiffering,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Questions are asked.
    #[default]
    Asking,
    /// It was stopped.
    Stopped,
    /// Everything was asked.
    Over,
}

/// A row and a column.
type Place = (usize, usize);

/// A table that fills.
#[derive(Debug)]
pub struct Grid {
    lang: Lang,
    plan: Plan,
    by_id: HashMap<String, Vec<usize>>,
    /// By row and column.
    cells: Vec<Cell>,
    /// The question of each cell: an index into the plan's.
    asked: Vec<Option<usize>>,
    tallies: Vec<Tally>,
    /// Paraphrases whose answer says something else than the question's own, and all that can be compared, by column.
    flips: Vec<(usize, usize)>,
    differs: Vec<bool>,
    figures: Vec<(String, Vec<Figure>)>,
    running: Vec<usize>,
    follows: bool,
    /// Milliseconds of the last answers.
    took: Vec<f64>,
    state: State,
    order: Order,
    /// Rows as they are shown.
    shown: Vec<usize>,
    at: Place,
    pinned: Option<Place>,
    /// First row on the screen (as shown) and first column.
    first: Place,
    size: (u16, u16),
    panel: Vec<Line>,
    /// What that is about: cell, pinned cell, how far the answer is, language.
    panel_about: Option<(Place, Option<Place>, usize, Lang)>,
    sheet: Option<Text>,
}

impl Grid {
    /// Nothing is planned yet.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            plan: Plan::default(),
            by_id: HashMap::new(),
            cells: Vec::new(),
            asked: Vec::new(),
            tallies: Vec::new(),
            flips: Vec::new(),
            differs: Vec::new(),
            figures: Vec::new(),
            running: Vec::new(),
            follows: true,
            took: Vec::new(),
            state: State::Asking,
            order: Order::Planned,
            shown: Vec::new(),
            at: (0, 0),
            pinned: None,
            first: (0, 0),
            size: (0, 0),
            panel: Vec::new(),
            panel_about: None,
            sheet: None,
        }
    }

    /// What is planned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The cell that is chosen: row and column.
    pub fn at(&self) -> (usize, usize) {
        self.at
    }

    /// The cell that others are compared with.
    pub fn pinned(&self) -> Option<(usize, usize)> {
        self.pinned
    }

    /// In which order rows stand.
    pub fn order(&self) -> Order {
        self.order
    }

    /// How far it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// Rows as they are shown.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// The answer that is open as a sheet.
    pub fn sheet(&self) -> Option<&Text> {
        self.sheet.as_ref()
    }

    /// Which keys count.
    pub fn when(&self) -> When {
        match self.sheet {
            Some(_) => When::Sheet,
            None => When::Looking,
        }
    }

    /// A cell.
    pub fn cell(&self, (row, column): (usize, usize)) -> &Cell {
        let n = self.plan.columns.len();
        let index = row.checked_mul(n).and_then(|it| it.checked_add(column));
        let found = index
            .filter(|_| column < n)
            .and_then(|it| self.cells.get(it));
        found.unwrap_or(&Cell::Absent)
    }

    /// The question of a cell.
    pub fn question(&self, (row, column): (usize, usize)) -> &str {
        let index = row * self.plan.columns.len() + column;
        let asked = self.asked.get(index).copied().flatten();
        let asked = asked.and_then(|it| self.plan.cells.get(it));
        asked.map_or("", |it| &it.question)
    }

    /// Cells that are over, and all; each question counts as often as it stands in the table.
    pub fn progress(&self) -> (usize, usize) {
        let sum = |of: fn(&Tally) -> usize| self.tallies.iter().map(of).sum();
        (sum(|it| it.done + it.failed), sum(|it| it.asked))
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Plan(plan) => self.begin(*plan),
            Msg::Begin { id } => self.ask(&id),
            Msg::Piece(text) => self.piece(&text),
            Msg::Row(row) => {
                let is_new = row.ms.filter(|it| it.is_finite());
                self.took.extend(is_new);
                let spare = self.took.len().saturating_sub(RECENT);
                self.took.drain(..spare);
                self.answer(&row);
                self.arrange();
            }
            Msg::Rows(rows) => {
                for row in &rows {
                    self.answer(row);
                }
                self.arrange();
            }
            Msg::End { is_stopped } => self.end(is_stopped),
            Msg::Figures(figures) => self.figures = figures,
            Msg::Resize(width, height) => {
                self.size = (width, height);
                self.sheet_msg(text::Msg::Resize(width, height));
            }
            Msg::Lang(lang) => self.lang = lang,
            Msg::Go(go) => self.go(go),
            Msg::Click(column, row) => self.click(column, row),
            Msg::Open => self.open(),
            Msg::Sheet(msg) => effects = self.sheet_msg(msg),
            Msg::Pin => {
                self.pinned = Some(self.at).filter(|it| Some(*it) != self.pinned);
                (0..self.plan.rows.len()).for_each(|it| self.compare(it));
                self.arrange();
            }
            Msg::Sort => {
                self.order = match self.order {
                    Order::Planned => Order::DifferingFirst,
                    Order::DifferingFirst => Order::OnlyDiffering,
                    Order::OnlyDiffering => Order::Planned,
                };
                self.arrange();
            }
            Msg::Take => {
                let question = self.question(self.at);
                effects.extend((!question.is_empty()).then(|| Effect::Take(question.to_owned())));
            }
            Msg::Stop => effects.extend((self.state == State::Asking).then_some(Effect::Stop)),
            Msg::Escape if self.sheet.is_some() => effects = self.sheet_msg(text::Msg::Escape),
            Msg::Escape => effects.push(Effect::Leave),
        }
        self.settle();
        effects
    }

    fn begin(&mut self, plan: Plan) {
        let (lang, size) = (self.lang, self.size);
        let (n_rows, n) = (plan.rows.len(), plan.columns.len());
        *self = Self {
            size,
            by_id: plan.by_id(),
            cells: vec![Cell::Absent; n_rows.saturating_mul(n)],
            asked: vec![None; n_rows.saturating_mul(n)],
            tallies: vec![Tally::default(); n],
            flips: vec![(0, 0); n],
            differs: vec![false; n_rows],
            shown: (0..n_rows).collect(),
            plan,
            ..Self::new(lang)
        };
        for index in 0..self.plan.cells.len() {
            if let Some(place) = self.place(index) {
                self.asked[place] = Some(index);
                self.put(place, Cell::Waiting);
            }
        }
    }

    /// The place of one of the plan's cells: an index into `cells`; `None` where the plan is wrong.
    fn place(&self, index: usize) -> Option<usize> {
        let asked = self.plan.cells.get(index)?;
        let n = self.plan.columns.len();
        let is_there = asked.row < self.plan.rows.len() && asked.column < n;
        is_there.then_some(asked.row * n + asked.column)
    }

    /// The places of an id.
    fn places(&self, id: &str) -> Vec<usize> {
        let cells = self.by_id.get(id).map_or(&[][..], Vec::as_slice);
        cells.iter().filter_map(|it| self.place(*it)).collect()
    }

    fn put(&mut self, place: usize, cell: Cell) {
        let n = self.plan.columns.len().max(1);
        let tally = self.tallies.get_mut(place % n);
        if let Some((tally, old)) = tally.zip(self.cells.get_mut(place)) {
            tally.count(old, false);
            tally.count(&cell, true);
            *old = cell;
        }
    }

    fn ask(&mut self, id: &str) {
        self.state = State::Asking;
        self.pause();
        let places = self.places(id);
        for place in &places {
            let cell = Cell::Running {
                tokens: 0,
                text: String::new(),
            };
            self.put(*place, cell);
        }
        let n = self.plan.columns.len().max(1);
        if let Some(place) = places.first().filter(|_| self.follows) {
            self.at = (place / n, place % n);
        }
        self.running = places;
    }

    /// What is being answered waits again.
    fn pause(&mut self) {
        for place in std::mem::take(&mut self.running) {
            if matches!(self.cells.get(place), Some(Cell::Running { .. })) {
                self.put(place, Cell::Waiting);
            }
        }
    }

    fn answer(&mut self, row: &Arc<Row>) {
        let n = self.plan.columns.len().max(1);
        for place in self.places(&row.id) {
            let expect = self
                .plan
                .rows
                .get(place / n)
                .and_then(|it| it.expect.as_ref());
            let cell = Cell::of(row, expect);
            // a later failure takes no answer away
            let is_worse = !matches!(cell, Cell::Done(_));
            if is_worse && self.cells.get(place).is_some_and(|it| it.done().is_some()) {
                continue;
            }
            self.flip(place, false);
            self.put(place, cell);
            self.flip(place, true);
            self.compare(place / n);
            self.running.retain(|it| *it != place);
        }
    }

    fn piece(&mut self, text: &str) {
        for index in &self.running {
            if let Some(cell) = self.cells.get_mut(*index) {
                cell.push(text);
            }
        }
    }

    fn end(&mut self, is_stopped: bool) {
        self.pause();
        self.state = if is_stopped {
            State::Stopped
        } else {
            State::Over
        };
    }

    /// Counts the flips that a cell takes part in, or takes them off again.
    fn flip(&mut self, place: usize, is_more: bool) {
        let n = self.plan.columns.len().max(1);
        let (row, column) = (place / n, place % n);
        for (index, it) in self.plan.columns.iter().enumerate() {
            let is_pair = index == column || it.of == Some(column);
            let own = it
                .of
                .filter(|_| is_pair && matches!(it.control, Control::Paraphrase(_)));
            let Some(own) = own else {
                continue;
            };
            let both = self
                .cell((row, index))
                .done()
                .zip(self.cell((row, own)).done());
            let said = both.and_then(|(a, b)| Said::of(&a.row).zip(Said::of(&b.row)));
            let Some((a, b)) = said else {
                continue;
            };
            let expect = self.plan.rows.get(row).and_then(|it| it.expect.as_ref());
            let by = usize::from(!agree(a, b, expect, &Reader));
            let Some((flips, all)) = self.flips.get_mut(index) else {
                continue;
            };
            (*flips, *all) = if is_more {
                (*flips + by, *all + 1)
            } else {
                (flips.saturating_sub(by), all.saturating_sub(1))
            };
        }
    }

    /// Whether the cells of a row differ: from the pinned column's, or from the first that is answered. Answers without the
    /// picture are meant to.
    fn compare(&mut self, row: usize) {
        let is_blind = |it: &Column| matches!(it.control, Control::Neutral | Control::NoPicture);
        let base = self.base_key(row);
        let columns = self.plan.columns.iter().enumerate();
        let mut seeing = columns.filter(|it| !is_blind(it.1)).map(|it| it.0);
        let is_other = |column| {
            let key = self.cell((row, column)).done().map(|it| it.key.as_str());
            base.zip(key).is_some_and(|(base, key)| base != key)
        };
        let differs = seeing.any(is_other);
        if let Some(it) = self.differs.get_mut(row) {
            *it = differs;
        }
    }

    /// What the cells of a row are compared with.
    fn base_key(&self, row: usize) -> Option<&str> {
        let columns = 0..self.plan.columns.len();
        let column = match self.pinned {
            Some((_, column)) => Some(column),
            None => columns
                .into_iter()
                .find(|it| self.cell((row, *it)).done().is_some()),
        };
        self.cell((row, column?)).done().map(|it| it.key.as_str())
    }

    /// Puts the rows in order; the chosen cell stays chosen where it is still seen.
    fn arrange(&mut self) {
        let all = 0..self.plan.rows.len();
        let differs = |it: &usize| self.differs.get(*it).copied().unwrap_or_default();
        self.shown = match self.order {
            Order::Planned => all.collect(),
            Order::OnlyDiffering => all.filter(differs).collect(),
            Order::DifferingFirst => {
                let (mut first, rest): (Vec<usize>, Vec<usize>) = all.partition(differs);
                first.extend(rest);
                first
            }
        };
        if !self.shown.contains(&self.at.0) {
            self.at.0 = self.shown.first().copied().unwrap_or(0);
        }
    }
}
