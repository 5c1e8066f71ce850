//! One line of a results file in, an answered cell out, and back; a torn last line is found and told, nothing else is forgiven.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::grid::Cell;

/// The longest line of a results file, in bytes.
pub const LONGEST_LINE: usize = 16 << 20;
/// The most lines of a results file.
pub const MOST_ROWS: usize = 1_000_000;

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The cell's id.
    pub id: String,
    /// The variant's name.
    pub variant: String,
    /// The view's name, where the experiment has views.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub view: String,
    /// The case's name.
    pub case: String,
    /// The sampling seed.
    pub seed: u64,
    /// `""` for the question itself, else [`super::grid::Control`]'s word: `neutral`, `no-picture`, `paraphrase-1`, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub control: String,
    /// The question as sent.
    pub question: String,
    /// The answer, thinking left out; `None` when there is none, then `error` says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The boxes of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<Boxed>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The answer's marks by [`super::score::Mark`]'s names, for who reads the file; reports mark anew.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub score: BTreeMap<String, f64>,
    /// Milliseconds that the answer took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// Everything else about the answer: tokens, timings, hashes of pictures and model.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub about: Map<String, Value>,
}

/// A box and what is in it; at least one of its two places is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Boxed {
    /// What is in it.
    pub label: String,
    /// `[y0, x0, y1, x1]` in 0..=1000 of the square that the model gets.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub square: Option<[f64; 4]>,
    /// `[y0, x0, y1, x1]` in pixels of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<[f64; 4]>,
}

impl Row {
    /// The row of a cell, without what came of it.
    pub fn of(cell: &Cell, experiment: &super::Experiment) -> Self {
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        Self {
            id: cell.id.clone(),
            variant: name(experiment.variants.get(cell.variant).map(|it| &it.name)),
            view: name(
                cell.view
                    .and_then(|it| experiment.views.get(it))
                    .map(|it| &it.name),
            ),
            case: name(experiment.cases.get(cell.case).map(|it| &it.name)),
            seed: cell.seed,
            control: cell.control.to_string(),
            question: cell.question.clone(),
            ..Self::default()
        }
    }

    /// Writes the row as one line, whole or not at all as far as one `write` is.
    ///
    /// # Errors
    /// When it cannot be written, or a number in it is none.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        to.write_all(&line)?;
        to.flush()
    }
}

/// What a results file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// Its rows, in order.
    pub rows: Vec<Row>,
    /// Bytes up to the end of the last whole line: what to cut the file to before writing on.
    pub whole: u64,
    /// Whether something stood behind them: a line that was torn off.
    pub torn: bool,
    /// Whether the last whole line lacks its line feed: write one before the next row.
    pub open: bool,
}

/// What is wrong with a results file.
#[derive(Debug)]
pub enum Damage {
    /// It cannot be read.
    Read(io::Error),
    /// A line that is not the last is no row; the line, from 1, and what is wrong with it.
    Line(usize, String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(err) => write!(f, "it cannot be read: {err}"),
            Self::Line(line, problem) => write!(f, "line {line}: {problem}"),
        }
    }
}

impl std::error::Error for Damage {}

/// Reads a results file.
///
/// A last line without a line feed that is no row was torn off when it was written: it is left out and told (`torn`). One
/// that is a row counts.
///
/// # Errors
/// When any other line is no row, a line is longer than [`LONGEST_LINE`], or there are more than [`MOST_ROWS`].
pub fn read(mut from: impl BufRead) -> Result<Results, Damage> {
    let mut results = Results::default();
    for number in 1.. {
        let mut line = Vec::new();
        let most = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
        let got = (&mut from).take(most).read_until(b'\n', &mut line);
        if got.map_err(Damage::Read)? == 0 {
            break;
        }
        if line.len() > LONGEST_LINE {
            let problem = format!("longer than {LONGEST_LINE} bytes; this is no results file");
            return Err(Damage::Line(number, problem));
        }
        if results.rows.len() >= MOST_ROWS {
            return Err(Damage::Line(number, format!("more than {MOST_ROWS} rows")));
        }
        let ended = line.last() == Some(&b'\n');
        if !line.trim_ascii().is_empty() {
            match serde_json::from_slice(&line) {
                Ok(row) => results.rows.push(row),
                Err(_) if !ended => {
                    results.torn = true;
                    break;
                }
                Err(err) => {
                    return Err(Damage::Line(
                        number,
                        format!("this is no row of results: {err}"),
                    ));
                }
            }
        }
        results.whole += u64::try_from(line.len()).unwrap_or(u64::MAX);
        results.open = !ended;
    }
    Ok(results)
}

/// The row that counts for each id: the last with an answer, else the last.
pub fn by_id(rows: &[Row]) -> BTreeMap<&str, &Row> {
    let mut chosen: BTreeMap<&str, &Row> = BTreeMap::new();
    for row in rows {
        let slot = chosen.entry(&row.id).or_insert(row);
        if row.answer.is_some() || slot.answer.is_none() {
            *slot = row;
        }
    }
    chosen
}

/// The cells that have no answer yet, each id once, in the grid's order.
pub fn pending<'a>(cells: &'a [Cell], rows: &[Row]) -> Vec<&'a Cell> {
    let mut answered: std::collections::HashSet<&str> = rows
        .iter()
        .filter(|it| it.answer.is_some())
        .map(|it| it.id.as_str())
        .collect();
    let left = cells.iter().filter(|it| answered.insert(&it.id));
    left.collect()
}
