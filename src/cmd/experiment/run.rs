//! Cells of an experiment in, a row of results for each out, as soon as it is answered.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::cmd::pictures;
use crate::experiment::grid::{self, Cell, locate};
use crate::experiment::row::{Boxed, Row};
use crate::experiment::score::{Said, score};
use crate::experiment::{Case, Experiment};
use crate::imaging::View;
use crate::judge::Reader;
use crate::lab::{Answer, Asking, Control, Lab};
use crate::preprocess::Fit;
use crate::session::{Sink, Stop};
use crate::settings::Settings;

/// A lab that answers cells.
pub(super) struct Runner<'a> {
    pub(super) lab: &'a mut Lab,
    /// As they are without the experiment.
    pub(super) settings: &'a Settings,
    pub(super) folder: &'a Path,
    pub(super) experiment: &'a Experiment,
    /// The case whose pictures are open, and how they are looked at.
    open: Option<(usize, View, Fit)>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        lab: &'a mut Lab,
        settings: &'a Settings,
        folder: &'a Path,
        experiment: &'a Experiment,
    ) -> Self {
        Self {
            lab,
            settings,
            folder,
            experiment,
            open: None,
        }
    }

    /// Asks a cell, while the sink is told; `None` when it was stopped. What goes wrong stands in the row.
    pub(super) fn row(
        &mut self,
        cell: &Cell,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Option<Row> {
        let mut row = Row::of(cell, self.experiment);
        let begun = Instant::now();
        let answered = self.answer(cell, cancel, sink);
        if cancel.load(Ordering::SeqCst) {
            return None;
        }
        match answered {
            Ok(answer) if answer.stats.stop == Stop::Cancelled => return None,
            Ok(answer) => self.fill(&mut row, answer),
            Err(error) => row.error = Some(format!("{error:#}")),
        }
        row.ms = Some((begun.elapsed().as_secs_f64() * 1e6).round() / 1e3);
        let case = self.experiment.cases.get(cell.case);
        if let Some((said, expect)) = Said::of(&row).zip(case.and_then(|it| it.expect.as_ref())) {
            let marks = score(said, expect, &Reader).marks;
            row.score = marks
                .into_iter()
                .map(|(mark, value)| (mark.name().to_owned(), value))
                .collect();
        }
        Some(row)
    }

    fn answer(
        &mut self,
        cell: &Cell,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> anyhow::Result<Answer> {
        let mut settings = self.settings.clone();
        for (key, value) in &cell.settings {
            settings.set(key, value)?;
        }
        settings.set("seed", &cell.seed.to_string())?;
        let case = &self.experiment.cases[cell.case];
        self.lab.options = settings.options();
        self.lab.set_system(&settings.system);
        self.show(cell, case, &settings, cancel)?;
        let asking = Asking {
            before: cell.before.clone(),
            control: control(cell.control),
            ..Asking::of(&cell.question)
        };
        self.lab.ask_fresh(asking, cancel, sink)
    }

    /// Opens what the case shows, unless it is open already, looked at in the same way.
    fn show(
        &mut self,
        cell: &Cell,
        case: &Case,
        settings: &Settings,
        cancel: &Arc<AtomicBool>,
    ) -> anyhow::Result<()> {
        let way = (cell.case, settings.options().view, settings.fit);
        if self.open.as_ref() == Some(&way) {
            return Ok(());
        }
        self.open = None;
        self.lab.reset();
        let names: Vec<String> = case
            .pictures
            .iter()
            .map(|it| locate(self.folder, it))
            .collect();
        for named in pictures::open_until(&names, settings, cancel)? {
            self.lab.take(named);
        }
        for prior in &case.priors {
            self.lab.add_prior(None, prior)?;
        }
        self.open = Some(way);
        Ok(())
    }

    fn fill(&self, row: &mut Row, answer: Answer) {
        let stats = &answer.stats;
        let pixels = self
            .lab
            .pictures()
            .iter()
            .map(|it| it.prepared.sha256.as_str());
        let about = json!({
            "prompt_tokens": stats.prompt_tokens,
            "image_tokens": stats.image_tokens,
            "new_tokens": stats.new_tokens,
            "first_token_ms": stats.first_token_ms,
            "total_ms": stats.total_ms,
            "stop": stats.stop.name(),
            "ids": answer.ids,
            "dropped": answer.dropped,
            "pixels_sha256": pixels.collect::<Vec<_>>(),
            "model": self.lab.loaded().sha256,
        });
        row.about = match about {
            Value::Object(about) => about,
            _ => Map::new(),
        };
        let boxes = answer.boxes.into_iter().flat_map(|it| it.boxes);
        row.boxes = boxes
            .map(|it| Boxed {
                label: it.label,
                square: Some(it.box_2d),
                pixels: Some(it.pixels),
            })
            .collect();
        row.answer = Some(answer.text);
    }
}

fn control(control: grid::Control) -> Option<Control> {
    match control {
        grid::Control::None => None,
        grid::Control::Neutral => Some(Control::Blank),
        grid::Control::NoPicture => Some(Control::None),
        grid::Control::Paraphrase(_) => Some(Control::Paraphrase),
    }
}
