//! The command line in, an exit code out: what was typed becomes settings, and settings become done; one file a command.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, ModelCommand};
use crate::engine::Engine;
use crate::error::{Failure, exit_code};
use crate::imaging;
use crate::lab::{Answer, Lab};
use crate::session::Stop;
use crate::session::safe::printable;
use crate::settings::Settings;
use crate::terminal::{self, dim};

mod again;

mod ask;

mod check;

mod repl;

mod inspect;

mod model;

mod pictures;

mod values;

mod view;

mod bench;

mod bench_imaging;

mod bench_tui;

mod diff;

mod doctor;

mod ear;

mod experiment;

mod files;

mod output;

mod prior;

mod progress;

mod prompting;

mod prompts;

mod recording;

mod replay;
mod sessions;

mod tui;

pub use bench_tui::BenchTui;
use progress::Progress;

/// Runs the program; the code says who can fix what went wrong (`error`).
pub fn run() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words
        .next()
        .is_some_and(|word| word == imaging::CHILD_ARGUMENT)
        && words.next().is_none()
    {
        let served = imaging::serve();
        return ExitCode::from(u8::from(served.is_err()));
    }
    terminal::tame_panics();
    if let Ok(program) = std::env::current_exe() {
        imaging::isolate(program);
    }
    let done = typed().and_then(|cli| cli.map_or(Ok(()), Cli::run));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = exit_code(&error);
            let is_told = matches!(
                error.downcast_ref(),
                Some(
                    Failure::Some(..)
                        | Failure::Interrupted
                        | Failure::Signal(_)
                        | Failure::Panicked
                )
            );
            if code != 0 && !is_told {
                say(&format!("medlab: {error:#}"));
            }
            ExitCode::from(code)
        }
    }
}

/// What was typed; `None` when it was help or the version, which is then printed.
fn typed() -> anyhow::Result<Option<Cli>> {
    let error = match Cli::try_parse() {
        Ok(cli) => return Ok(Some(cli)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => error.print()?,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            write!(std::io::stdout(), "{}", help(&error))?;
        }
        _ => return Err(Failure::Usage(one_sentence(&error)).into()),
    }
    Ok(None)
}

/// What was typed is nothing, and there is no terminal for the full screen.
fn print_help() -> anyhow::Result<()> {
    let mut command = Cli::command();
    let text = command.render_help();
    write!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn help(error: &clap::Error) -> String {
    let text = error.render();
    if std::io::stdout().is_terminal() && terminal::has_colours() {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

/// What clap says in several lines, without the usage.
fn one_sentence(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let is_of_use = |line: &&str| !line.is_empty() && !line.starts_with("For more information");
    let lines = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:"));
    let parts = lines.filter(is_of_use).map(|line| {
        line.trim_start_matches("error: ")
            .trim_start_matches("tip: ")
    });
    let parts: Vec<&str> = parts.collect();
    format!("{}; see --help", parts.join("; ").trim_end_matches('.'))
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        let settings = Settings::gather(&self.flags, &|name| std::env::var(name).ok())?;
        if let (Some(_), Some(file)) = (&self.command, self.tui.files.first()) {
            let problem = format!("{file} stands before the command; files belong behind it");
            return Err(Failure::Usage(problem).into());
        }
        let Some(command) = self.command else {
            return self.tui.run(&self.flags, settings);
        };
        match command {
            Command::Ask(it) => it.run(settings),
            Command::Repl(it) => it.run(settings),
            Command::Prompts(it) => it.run(&settings),
            Command::Diff(it) => it.run(&settings),
            Command::Experiment(it) => it.run(&settings),
            Command::Inspect(it) => it.run(&settings),
            Command::View(it) => it.run(&settings),
            Command::Sessions(it) => it.run(&settings),
            Command::Replay(it) => it.run(&settings),
            Command::Check(it) => it.run(&settings),
            Command::Model(ModelCommand::Info(it)) => it.run(&settings),
            Command::Bench(it) => it.run(&settings),
            Command::Doctor(it) => it.run(&self.flags, &settings),
        }
    }
}

/// Loads the model, says which it is, and opens a lab with it.
fn start(settings: &Settings) -> anyhow::Result<Lab> {
    let lab = load(settings)?;
    let notice = output::notice(&settings.model, lab.loaded(), settings.lang);
    remark(&notice);
    Ok(lab)
}

/// Loads the model and opens a lab with it.
fn load(settings: &Settings) -> anyhow::Result<Lab> {
    let mut progress = Progress::new(settings.lang);
    let engine = Engine::start(&settings.model, settings.quant, &mut |event| {
        progress.event(&event);
    })?;
    progress.clear();
    let longest = engine.loaded().config.text.max_position_embeddings;
    if settings.ctx > longest {
        let problem = format!(
            "--ctx: {} is not possible; this model takes up to {longest} tokens",
            settings.ctx
        );
        return Err(Failure::Usage(problem).into());
    }
    let mut lab = Lab::new(engine, settings.options());
    lab.set_system(&settings.system);
    Ok(lab)
}

/// No question and no report is longer than this, in bytes.
const LONGEST_TEXT: u64 = 1 << 20;

/// The text of a prior report's file.
fn read_prior(path: &Path) -> Result<String, Failure> {
    let text = match fs_err::metadata(path) {
        Ok(found) if found.is_dir() => Err("is a folder, expected a text file".to_owned()),
        Ok(_) => fs_err::File::open(path)
            .map_err(|error| because(&error))
            .and_then(read_text),
        Err(error) => Err(because(&error)),
    };
    text.map_err(|problem| {
        let path = path.display();
        Failure::Usage(format!(
            "{path}: the prior report cannot be read: {problem}"
        ))
    })
}

/// All of a short text; the error is half a sentence.
fn read_text(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut most = from.take(LONGEST_TEXT + 1);
    most.read_to_end(&mut bytes)
        .map_err(|error| because(&error))?;
    if bytes.len() as u64 > LONGEST_TEXT {
        return Err("it is longer than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_utf8| "it is not text in UTF-8".to_owned())
}

/// Why a file could not be read or written, without its name.
fn because(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is not a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Columns of the terminal that standard output is, or a common number of them.
pub(crate) fn width() -> usize {
    const COMMON: usize = 100;
    terminal::columns().unwrap_or(COMMON)
}

/// What a person should know of an answer beside its words.
fn remarks(answer: &Answer, settings: &Settings) -> Vec<String> {
    let mut remarks = Vec::new();
    let cut = match answer.stats.stop {
        Stop::EndOfTurn | Stop::Cancelled => None,
        Stop::Length => Some(format!(
            "the answer was cut off after {} tokens; raise --max-new-tokens",
            settings.max_new_tokens
        )),
        Stop::Window => Some(format!(
            "the answer was cut off at the end of the window of {}; raise --ctx",
            settings.ctx
        )),
    };
    remarks.extend(cut);
    remarks
}

/// A line on standard error; control characters are escaped.
fn say(text: &str) {
    if let Some(ear) = ear::listener() {
        return ear(ear::Said::Remark(text.to_owned()));
    }
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

/// The same for what is less important than an answer: dimmed on a terminal.
fn remark(text: &str) {
    if let Some(ear) = ear::listener() {
        return ear(ear::Said::Remark(text.to_owned()));
    }
    let mut err = std::io::stderr().lock();
    // a line of progress may stand where the remark belongs
    let begin = if err.is_terminal() { "\r\x1b[2K" } else { "" };
    // nobody is left to tell when standard error is gone
    let _ = writeln!(err, "{begin}{}", dim(&printable(text)));
}
