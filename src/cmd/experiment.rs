//! An experiment's file in, its answers appended to a results file and its report out; what was answered before is not asked again.

mod run;
mod world;

use std::fs::{File, TryLockError};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fs_err::OpenOptions;

use super::output::json_pretty;
use super::progress::Progress;
use super::{because, files, load, prompting, remark};
use crate::cli::ExperimentArgs;
use crate::error::Failure;
use crate::experiment::grid::{Cell, Grid, cells};
use crate::experiment::report::{Pinned, Report, pinned_rows, report};
use crate::experiment::row::{self, Row, pending};
use crate::experiment::{Baseline, Experiment, blocks, file, json, markdown, progress, table};
use crate::judge::Reader;
use crate::lab::Lab;
use crate::session::Event;
use crate::session::read::Reader as SessionReader;
use crate::session::safe::printable;
use crate::session::story::Story;
use crate::settings::Settings;
use crate::terminal::Interrupt;
use run::Runner;
use world::{Folder, Here};

/// An experiment that was read, and where it stands.
pub(super) struct Planned {
    pub(super) experiment: Experiment,
    folder: PathBuf,
    /// Answers that are the baseline.
    pinned: Option<(String, Vec<Row>)>,
}

impl ExperimentArgs {
    /// Asks what is not answered yet, and reports.
    ///
    /// # Errors
    /// When the experiment or its results are wrong, the model cannot be loaded, it was interrupted, or cells failed.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let planned = Planned::read(&self.file, settings)?;
        let interrupt = Interrupt::install()?;
        let mut lab = load(settings)?;
        let grid = planned.grid(&lab, settings)?;
        for note in &grid.notes {
            remark(note);
        }
        let results = self
            .results
            .clone()
            .unwrap_or_else(|| self.file.with_extension("results.jsonl"));
        let mut results = Results::open(&results)?;
        let is_whole = interrupt.during(|cancel| {
            planned.ask(&mut lab, settings, &grid, &mut results, (cancel, &|_| {}))
        })?;
        let report = planned.report(&grid, &results.rows);
        self.tell(&report)?;
        if !is_whole {
            remark("stopped; the same command goes on from here");
            return Err(Failure::Interrupted.into());
        }
        let failed = report.counts.failed;
        if failed > 0 {
            return Err(Failure::Some(failed, report.counts.cells).into());
        }
        Ok(())
    }

    fn tell(&self, report: &Report) -> anyhow::Result<()> {
        let blocks = blocks::blocks(report, self.full);
        if let Some(path) = &self.report {
            files::write(path, markdown::markdown(&blocks).as_bytes())?;
            remark(&format!("report written to {}", path.display()));
        }
        let text = if self.json {
            json_pretty(&json::json(report))
        } else {
            printable(&table::text(&blocks, super::width()))
        };
        std::io::stdout().write_all(text.as_bytes())?;
        Ok(())
    }
}

/// What happens while an experiment is asked.
pub(super) enum Asking<'a> {
    /// This cell is asked.
    Begins(&'a Cell),
    /// A piece of its answer.
    Piece(&'a str),
    /// What became of it.
    Answered(&'a Row),
}

/// A sink that hands on the pieces of an answer.
pub(super) fn pieces(tell: impl Fn(&str)) -> impl FnMut(&Event) -> anyhow::Result<()> {
    move |event| {
        if let Event::Piece { text, .. } = event {
            tell(text);
        }
        Ok(())
    }
}

/// Who is told.
type Told<'a> = &'a dyn Fn(Asking<'_>);

impl Planned {
    /// Reads an experiment and the answers it is compared with.
    ///
    /// # Errors
    /// When something is wrong with one of them.
    pub(super) fn read(path: &Path, settings: &Settings) -> anyhow::Result<Self> {
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let usage = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
        let text = fs_err::read_to_string(path).map_err(|error| usage(because(&error)))?;
        let beside = Folder {
            path: folder.clone(),
            settings,
        };
        let experiment =
            file::parse(&text, &beside).map_err(|problem| usage(problem.to_string()))?;
        let pinned = pinned(&experiment, &folder)?;
        Ok(Self {
            experiment,
            folder,
            pinned,
        })
    }

    /// Its cells, for this model and these settings.
    ///
    /// # Errors
    /// When a picture or a prompt is not there.
    pub(super) fn grid(&self, lab: &Lab, settings: &Settings) -> Result<Grid, Failure> {
        let library = prompting::library(settings);
        let here = Here {
            folder: &self.folder,
            settings,
            library: &library,
            lab,
        };
        cells(&self.experiment, &here).map_err(Failure::Usage)
    }

    /// Asks what has no answer yet; false when it was stopped.
    ///
    /// # Errors
    /// When the results cannot be written.
    pub(super) fn ask(
        &self,
        lab: &mut Lab,
        settings: &Settings,
        grid: &Grid,
        results: &mut Results,
        (cancel, tell): (&Arc<AtomicBool>, Told<'_>),
    ) -> Result<bool, Failure> {
        let left: Vec<_> = pending(&grid.cells, &results.rows)
            .into_iter()
            .cloned()
            .collect();
        let mut runner = Runner::new(lab, settings, &self.folder, &self.experiment);
        let mut progress = Progress::new(settings.lang);
        let mut took = Vec::new();
        for (done, cell) in left.iter().enumerate() {
            let left_ms = progress::time_left(&took, left.len() - done);
            let words = left_ms.map_or_else(String::new, progress::spoken);
            progress.cells(done, left.len(), &words);
            tell(Asking::Begins(cell));
            let mut sink = pieces(|text| tell(Asking::Piece(text)));
            let Some(row) = runner.row(cell, cancel, &mut sink) else {
                return Ok(false);
            };
            took.extend(row.ms);
            tell(Asking::Answered(&row));
            results.add(row)?;
        }
        Ok(true)
    }

    /// What came of it.
    pub(super) fn report(&self, grid: &Grid, rows: &[Row]) -> Report {
        let pinned = self
            .pinned
            .as_ref()
            .map(|(name, rows)| Pinned { name, rows });
        report(&self.experiment, grid, rows, pinned, &Reader)
    }
}

/// The answers that an experiment is compared with, where they are not its own.
fn pinned(experiment: &Experiment, folder: &Path) -> anyhow::Result<Option<(String, Vec<Row>)>> {
    match &experiment.baseline {
        None | Some(Baseline::Arm(..)) => Ok(None),
        Some(Baseline::Results { file, variant }) => {
            let path = folder.join(file);
            let usage = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
            let open = fs_err::File::open(&path).map_err(|error| usage(because(&error)))?;
            let results =
                row::read(BufReader::new(open)).map_err(|damage| usage(damage.to_string()))?;
            let rows = pinned_rows(&results.rows, variant.as_deref()).map_err(usage)?;
            Ok(Some((file.clone(), rows)))
        }
        Some(Baseline::Session(file)) => {
            let mut reader = SessionReader::open(&folder.join(file))?;
            let story = Story::read(&mut reader)?;
            Ok(Some((file.clone(), rows_of(&story, experiment))))
        }
    }
}

/// A session's answers as rows: the turns of its conversation belong to the cases in their order.
fn rows_of(story: &Story, experiment: &Experiment) -> Vec<Row> {
    let turns = story.thread().into_iter().map(|index| &story.turns[index]);
    let rows = turns.zip(&experiment.cases).map(|(told, case)| Row {
        case: case.name.clone(),
        question: told.turn.question.clone(),
        answer: Some(told.answer.clone()),
        ..Row::default()
    });
    rows.collect()
}

/// A results file: what is in it, and where the next row goes.
pub(super) struct Results {
    path: PathBuf,
    file: File,
    pub(super) rows: Vec<Row>,
}

impl Results {
    /// Opens a results file, or makes one. A last line that is torn is taken away.
    ///
    /// # Errors
    /// When it is damaged, cannot be written, or another process is at it.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        files::may_be_written(path)?;
        let cannot = |error: std::io::Error| files::cannot(path, &error);
        let usage = |problem: &str| Failure::Usage(format!("{}: {problem}", path.display()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = file.map_err(cannot)?.into_file();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(usage(
                    "another medlab is writing these results; wait for it",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let read = row::read(BufReader::new(&file)).map_err(|damage| usage(&damage.to_string()))?;
        file.set_len(read.whole).map_err(cannot)?;
        file.seek(SeekFrom::End(0)).map_err(cannot)?;
        if read.open {
            file.write_all(b"\n").map_err(cannot)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            rows: read.rows,
        })
    }

    fn add(&mut self, row: Row) -> Result<(), Failure> {
        row.write(&mut self.file)
            .map_err(|error| files::cannot(&self.path, &error))?;
        self.rows.push(row);
        Ok(())
    }
}
