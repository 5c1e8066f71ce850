//! Sessions in, their turns asked again out: with the model that they were made with, and the pictures that they had, or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::progress::Progress;
use super::recording::places;
use super::remark;
use crate::engine::{Choice, Engine, Quant, Source};
use crate::error::Failure;
use crate::findings::{self, Tongue};
use crate::imaging::Watch;
use crate::lab::facts;
use crate::lab::find::{self, Found, Places};
use crate::lab::rerun::{Rerun, wanted};
use crate::prompt::TEMPLATE;
use crate::session::read::Reader;
use crate::session::story::{Story, Told};
use crate::session::verify::{self, Compared, Said};
use crate::session::{Error, Event, Sink};
use crate::settings::{Place, Settings};

/// How many tokens are named where an answer goes another way.
const ALTERNATIVES: usize = 5;

/// Asks sessions again.
pub(super) struct Again<'a> {
    settings: &'a Settings,
    folders: &'a [PathBuf],
    /// Whether another model, or pictures that are prepared in another way, will do.
    anyway: bool,
    /// The model that was loaded last.
    engine: Option<((Source, Quant), Engine)>,
}

/// What became of a turn that was asked again.
pub(super) enum Outcome {
    /// It was answered.
    Answered(Box<Answered>),
    /// It could not be asked, and why.
    NotAsked(String),
}

/// A turn that was asked again.
pub(super) struct Answered {
    /// How far it is the same.
    pub(super) compared: Compared,
    /// What was said.
    pub(super) said: Said,
    /// The likeliest tokens where the answer goes another way, the likeliest first.
    pub(super) alternatives: Vec<Choice>,
}

/// Reads a session.
pub(super) fn read(path: &Path) -> Result<Story, Error> {
    Story::read(&mut Reader::open(path)?)
}

impl<'a> Again<'a> {
    /// Nothing is loaded yet.
    pub(super) fn new(settings: &'a Settings, folders: &'a [PathBuf], anyway: bool) -> Self {
        Self {
            settings,
            folders,
            anyway,
            engine: None,
        }
    }

    /// Asks some turns of a session again, in order; `each` is told what became of each.
    ///
    /// # Errors
    /// When the model or a picture is not as it was, so that nothing can be verified; when `cancel` was set
    /// (`Failure::Interrupted`); or when `each` fails.
    pub(super) fn ask(
        &mut self,
        path: &Path,
        story: &Story,
        turns: &[&Told],
        cancel: &Arc<AtomicBool>,
        each: &mut dyn FnMut(&Engine, &Told, Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let name = path.display().to_string();
        let (anyway, lang) = (self.anyway, self.settings.lang);
        let places = places(self.folders, path);
        let refuse = |problem: &str| refuse(&name, problem, anyway);
        let engine = self.load(story, &name)?;
        let now = facts::model(engine.loaded());
        for problem in verify::other_model(story, TEMPLATE, &now) {
            refuse(&problem)?;
        }
        let found = pictures(story, turns, &places, engine, cancel)?;
        for (id, found) in &found {
            if !matches!(found, Found::Same(_)) {
                let picture = find::name_of(&story.openings, *id);
                refuse(&format!("{picture} {}", find::problem(found)))?;
            }
        }
        let rerun = Rerun::new(engine, story, found);
        for told in turns {
            let mut progress = Progress::new(lang);
            let mut sink = |event: &Event| {
                progress.event(event);
                Ok(())
            };
            let outcome = match ask(&rerun, told, cancel, &mut sink) {
                Ok(answered) => Outcome::Answered(Box::new(answered)),
                Err(error) if is_interrupted(&error) => return Err(error),
                Err(error) => Outcome::NotAsked(format!("{error:#}")),
            };
            progress.clear();
            each(engine, told, outcome)?;
        }
        Ok(())
    }

    /// The model of a session; the one that is loaded already, if it is that.
    fn load(&mut self, story: &Story, name: &str) -> anyhow::Result<&Engine> {
        let wanted = self.wanted(story, name)?;
        let is_loaded = self.engine.as_ref().is_some_and(|it| it.0 == wanted);
        if !is_loaded {
            self.engine = None;
            let mut progress = Progress::new(self.settings.lang);
            let engine = Engine::start(&wanted.0, wanted.1, &mut |event| progress.event(&event))?;
            progress.clear();
            self.engine = Some((wanted, engine));
        }
        let loaded = self.engine.as_ref().map(|it| &it.1);
        Ok(loaded.expect("it was loaded before, or just now"))
    }

    /// Where the model of a session is, and how its weights were kept; flags come first.
    fn wanted(&self, story: &Story, name: &str) -> Result<(Source, Quant), Error> {
        let is_flag = |key: &str| {
            let origin = self.settings.origins.iter().find(|it| it.key == key);
            origin.is_some_and(|it| it.place == Place::Flag)
        };
        let source = if !is_flag("model") && story.model.name == "phantom" {
            Source::Phantom
        } else {
            self.settings.model.clone()
        };
        let quants = [Quant::None, Quant::Q8, Quant::Q4];
        let then = quants
            .into_iter()
            .find(|it| facts::quant_name(*it) == story.model.quant);
        let quant = match then {
            _ if is_flag("quant") || story.model.quant.is_empty() => self.settings.quant,
            Some(quant) => quant,
            None => {
                let problem = format!(
                    "was made with --quant {}, which this medlab does not know",
                    story.model.quant
                );
                return Err(Error::new(name, &problem));
            }
        };
        Ok((source, quant))
    }
}

/// Says that something is not as it was, or ends it there.
fn refuse(name: &str, problem: &str, anyway: bool) -> Result<(), Error> {
    if anyway {
        remark(&format!("{name}: {problem}"));
        return Ok(());
    }
    let problem = format!("{problem}; --anyway asks all the same");
    Err(Error::new(name, &problem))
}

/// The pictures that some turns were asked about.
fn pictures(
    story: &Story,
    turns: &[&Told],
    places: &Places,
    engine: &Engine,
    cancel: &AtomicBool,
) -> anyhow::Result<BTreeMap<u32, Found>> {
    let watch = Watch {
        cancel,
        ..Watch::default()
    };
    let wanted = wanted(turns.iter().copied());
    let config = &engine.loaded().preprocess;
    match find::reopen(&story.openings, &wanted, places, config, watch) {
        Ok(mut found) => {
            found.retain(|id, _| wanted.contains(id));
            Ok(found)
        }
        Err(_) if watch.is_stopped() => Err(Failure::Interrupted.into()),
        Err(error) => Err(error.into()),
    }
}

/// Asks a turn again, and compares.
fn ask(
    rerun: &Rerun<'_>,
    told: &Told,
    cancel: &Arc<AtomicBool>,
    sink: &mut dyn Sink,
) -> anyhow::Result<Answered> {
    let (said, prompt) = rerun.ask(told, cancel, sink)?;
    let compared = verify::compare(told, &said, &same);
    let alternatives = match compared.answer {
        Some(gap) => rerun.alternatives(told, &prompt, &said.ids[..gap.at], ALTERNATIVES)?,
        None => Vec::new(),
    };
    Ok(Answered {
        compared,
        said,
        alternatives,
    })
}

/// Whether two answers speak of the same findings. Answers that speak of none have nothing in common.
fn same(then: &str, now: &str) -> bool {
    let (then, now) = (findings::read(then), findings::read(now));
    !then.is_empty() && findings::compare_findings(&then, &now).is_empty()
}

/// Whether an answer makes a claim, and why.
pub(super) fn says(answer: &str, claim: &str, tongue: Tongue) -> (bool, String) {
    let verdict = findings::says(answer, claim);
    (verdict.holds, verdict.reason(tongue).to_owned())
}

/// Whether Ctrl-C is what went wrong.
pub(super) fn is_interrupted(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Failure::Interrupted))
}

/// A token's text as people read it; "" for one that the vocabulary lacks.
pub(super) fn token_text(engine: &Engine, id: u32) -> String {
    let piece = engine.loaded().tokenizer.piece(id);
    piece.unwrap_or_default().replace('▁', " ")
}
