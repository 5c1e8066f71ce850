//! Pictures and one question in, one answer out: streamed to standard output, or as one JSON object.

use std::io::Write as _;
use std::path::Path;

use super::output::{Screen, answer_json, json_pretty};
use super::prompting::{self, Ready};
use super::recording::Recording;
use super::{pictures, prior, read_text, remark, remarks};
use crate::cli::AskArgs;
use crate::error::Failure;
use crate::imaging;
use crate::lab::Options;
use crate::library::{self, Use};
use crate::session::Stop;
use crate::settings::Settings;
use crate::terminal::Interrupt;

impl AskArgs {
    /// Asks; Ctrl-C ends the answer and keeps what was said.
    ///
    /// # Errors
    /// When a word, a picture or the model is wrong, or the answer was interrupted.
    pub fn run(self, mut settings: Settings) -> anyhow::Result<()> {
        let settings = &mut settings;
        if self.list_samples {
            return list_samples();
        }
        let recording = Recording {
            session: self.session.as_deref(),
            by_default: false,
            folders: &self.folders,
        };
        let begun = recording.begin(settings)?;
        let (files, ready) = self.pictures_and_question(settings)?;
        for (key, value) in &ready.view {
            settings.set(key, value)?;
        }
        let pictures = pictures::open(&files, settings)?;
        let priors: Result<Vec<_>, _> = self.priors.iter().map(|it| prior::of_flag(it)).collect();
        let priors = priors?;
        let interrupt = Interrupt::install()?;
        let mut lab = begun.start(settings)?;
        for picture in pictures {
            lab.take(picture);
        }
        for prior in priors {
            lab.add_prior(prior.date.as_deref(), &prior.text)?;
        }
        let mut out = std::io::stdout();
        lab.options = Options {
            view: lab.options.view.clone(),
            fit: lab.options.fit,
            ..ready.settings.options()
        };
        lab.set_system(&ready.settings.system);
        let answer = interrupt.during(|cancel| {
            let mut screen = Screen::new((!self.json).then_some(&mut out as _), settings, cancel);
            let answer = lab.ask_with(ready.asking, cancel, &mut screen)?;
            screen.finish(answer)
        })?;
        for text in remarks(&answer, settings) {
            remark(&text);
        }
        prompting::check_format(&ready.format, &answer);
        if let Some(trouble) = lab.journal().take_trouble() {
            remark(&trouble);
        }
        if self.json {
            let object = answer_json(&answer, &lab, settings);
            out.write_all(json_pretty(&object).as_bytes())?;
        }
        if answer.stats.stop == Stop::Cancelled {
            Err(Failure::Interrupted.into())
        } else {
            Ok(())
        }
    }

    /// The pictures, and what to ask: with a prompt of the library every word is a picture.
    fn pictures_and_question(&self, settings: &Settings) -> anyhow::Result<(Vec<String>, Ready)> {
        let Some(name) = &self.prompt else {
            let (files, question) = self.told_apart()?;
            return Ok((files, Ready::question(&question, settings)));
        };
        let values: Result<_, _> = self
            .values
            .iter()
            .map(|it| library::assignment(it))
            .collect();
        let wanted = Use {
            name: name.clone(),
            values: values?,
            rest: String::new(),
        };
        let files = [self.images.as_slice(), &self.words].concat();
        let ready = prompting::ready(&prompting::library(settings), &wanted, settings, &[])?;
        Ok((files, ready))
    }

    /// The words, told apart: with `--image` all of them are the question, else the last.
    fn told_apart(&self) -> anyhow::Result<(Vec<String>, String)> {
        let (files, question) = match self.words.split_last() {
            _ if !self.images.is_empty() => (self.images.clone(), self.words.join(" ")),
            Some((last, files)) if !files.is_empty() && is_picture(last) => {
                let problem = "is a picture, and the last argument must be the question; add it";
                return Err(Failure::Usage(format!("{last:?} {problem}")).into());
            }
            Some((question, files)) if !files.is_empty() || self.goes_on() => {
                (files.to_vec(), question.clone())
            }
            _ => {
                let problem = "give a picture and then a question, as in: medlab ask film.png \"Is there a nodule?\"";
                return Err(Failure::Usage(problem.to_owned()).into());
            }
        };
        let question = if question == "-" {
            read_question()?
        } else {
            question
        };
        if question.trim().is_empty() {
            return Err(Failure::Usage(
                "the question is empty; give it as the last argument".to_owned(),
            )
            .into());
        }
        Ok((files, question))
    }

    /// Whether the question may stand alone: a session that goes on has its pictures.
    fn goes_on(&self) -> bool {
        self.session.is_some()
    }
}

fn read_question() -> anyhow::Result<String> {
    let question = read_text(std::io::stdin().lock());
    Ok(question.map_err(|problem| {
        Failure::Usage(format!(
            "standard input: the question cannot be read: {problem}"
        ))
    })?)
}

/// Whether somebody named a picture where the question belongs.
fn is_picture(word: &str) -> bool {
    word.starts_with("sample:") || Path::new(word).is_file()
}

fn list_samples() -> anyhow::Result<()> {
    let samples = imaging::samples();
    let widest = samples.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut out = std::io::stdout().lock();
    for sample in samples {
        writeln!(out, "sample:{:widest$}  {}", sample.name, sample.truth)?;
    }
    Ok(())
}
