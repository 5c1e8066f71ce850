//! An experiment and its cells in, or one question in several ways; rows, columns, and which cell stands where out.

use std::collections::{BTreeMap, HashMap};

use crate::experiment::grid::{Control, Grid};
use crate::experiment::score::shown_truth;
use crate::experiment::{Expect, Experiment};
use crate::session::safe::printable_line;

/// What is asked, as a table.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What it is called.
    pub title: String,
    /// Where the answers are kept, "" for nowhere.
    pub results: String,
    /// What is asked about.
    pub rows: Vec<Head>,
    /// Ways to ask.
    pub columns: Vec<Column>,
    /// What is asked, by row and column.
    pub cells: Vec<Asked>,
}

/// What a row is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// The truth in a few words, "" when it is not known.
    pub truth: String,
    /// The truth.
    pub expect: Option<Expect>,
}

/// A way to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Which control it is.
    pub control: Control,
    /// Of a control, the column of the question itself.
    pub of: Option<usize>,
}

/// What is asked in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Names the answer; several cells may share it.
    pub id: String,
    /// The row.
    pub row: usize,
    /// The column.
    pub column: usize,
    /// The question.
    pub question: String,
}

/// What makes a column: variant, view, control, seed.
type Key = (usize, Option<usize>, Control, u64);

impl Plan {
    /// The table of an experiment: a row a case; a column a variant, view, control and seed.
    pub fn of(experiment: &Experiment, grid: &Grid, results: &str) -> Self {
        let key = |it: &crate::experiment::grid::Cell| (it.variant, it.view, it.control, it.seed);
        let mut keys: BTreeMap<Key, usize> = grid.cells.iter().map(|it| (key(it), 0)).collect();
        for (n, column) in keys.values_mut().enumerate() {
            *column = n;
        }
        let many_seeds = keys
            .keys()
            .any(|it| it.2 == Control::None && it.3 != first_seed(experiment));
        let columns = keys
            .keys()
            .map(|it| column(experiment, it, &keys, many_seeds));
        let rows = experiment.cases.iter().map(|it| Head {
            name: printable_line(&it.name),
            truth: it
                .expect
                .as_ref()
                .map_or_else(String::new, |it| printable_line(&shown_truth(it))),
            expect: it.expect.clone(),
        });
        let cells = grid.cells.iter().map(|it| Asked {
            id: it.id.clone(),
            row: it.case,
            column: keys.get(&key(it)).copied().unwrap_or(0),
            question: it.question.clone(),
        });
        Self {
            title: printable_line(&experiment.title),
            results: printable_line(results),
            rows: rows.collect(),
            columns: columns.collect(),
            cells: cells.collect(),
        }
    }

    /// One row: the same asked in several ways (`/compare`, `/paraphrase`). Each way has a name and a question; the id of its
    /// answer is its index as text.
    pub fn line(title: &str, about: &str, ways: &[(&str, &str)]) -> Self {
        let columns = ways.iter().map(|it| Column {
            name: printable_line(it.0),
            control: Control::None,
            of: None,
        });
        let cells = ways.iter().enumerate().map(|(column, it)| Asked {
            id: column.to_string(),
            row: 0,
            column,
            question: it.1.to_owned(),
        });
        Self {
            title: printable_line(title),
            results: String::new(),
            rows: vec![Head {
                name: printable_line(about),
                ..Head::default()
            }],
            columns: columns.collect(),
            cells: cells.collect(),
        }
    }

    /// The cells of each id.
    pub(super) fn by_id(&self) -> HashMap<String, Vec<usize>> {
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, cell) in self.cells.iter().enumerate() {
            by_id.entry(cell.id.clone()).or_default().push(index);
        }
        by_id
    }
}

fn first_seed(experiment: &Experiment) -> u64 {
    experiment.seeds.first().copied().unwrap_or(0)
}

fn column(experiment: &Experiment, key: &Key, keys: &BTreeMap<Key, usize>, many: bool) -> Column {
    let (variant, view, control, seed) = *key;
    let mut name = experiment
        .variants
        .get(variant)
        .map_or_else(String::new, |it| it.name.clone());
    if let Some(view) = view.and_then(|it| experiment.views.get(it)) {
        name = format!("{name}@{}", view.name);
    }
    if control != Control::None {
        name = format!("{name} {control}");
    } else if many {
        name = format!("{name} #{seed}");
    }
    let own = (variant, view, Control::None, seed);
    Column {
        name: printable_line(&name),
        control,
        of: keys.get(&own).copied().filter(|_| control != Control::None),
    }
}
