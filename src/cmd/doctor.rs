//! Nothing in, what a bug report needs out: program, terminal, folders, and every setting with where it came from.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use crate::cli::{DoctorArgs, Flags};
use crate::session::safe::printable;
use crate::settings::{Settings, config_path, history_path, state_folder};
use crate::tui::terminal::examine;

/// How long the terminal may think about what it is asked.
const PATIENCE: Duration = Duration::from_secs(2);

impl DoctorArgs {
    /// Prints the report on standard output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn run(self, flags: &Flags, settings: &Settings) -> anyhow::Result<()> {
        let report = program()
            + &terminal()
            + &pictures(settings)
            + &folders(flags)
            + &all_settings(settings);
        std::io::stdout().write_all(report.as_bytes())?;
        Ok(())
    }
}

fn program() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let (system, chip) = (std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "medlab {} on {system} {chip}, {cores} cores\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn terminal() -> String {
    let kind = |is_terminal: bool| {
        if is_terminal {
            "terminal"
        } else {
            "no terminal"
        }
    };
    let streams = [
        ("standard input", std::io::stdin().is_terminal()),
        ("standard output", std::io::stdout().is_terminal()),
        ("standard error", std::io::stderr().is_terminal()),
    ];
    let mut report = "\nterminal\n".to_owned();
    for (name, is_terminal) in streams {
        row(&mut report, name, kind(is_terminal), "");
    }
    let names = [
        "TERM",
        "COLORTERM",
        "TERM_PROGRAM",
        "TMUX",
        "STY",
        "ZELLIJ",
        "SSH_CONNECTION",
        "NO_COLOR",
        "LANG",
    ];
    for name in names {
        let value = std::env::var_os(name).map(|it| it.to_string_lossy().into_owned());
        // Addresses are nobody's business; that there is a connection is.
        let value = if name == "SSH_CONNECTION" {
            value.map(|_| "set".to_owned())
        } else {
            value
        };
        row(&mut report, name, value.as_deref().unwrap_or("unset"), "");
    }
    report
}

/// How the full screen shows pictures on this terminal, and why so.
fn pictures(settings: &Settings) -> String {
    let mut report = String::new();
    let caps = match examine(settings.graphics, PATIENCE) {
        Ok(caps) => caps,
        Err(error) => {
            row(&mut report, "pictures", "unknown", &error.to_string());
            return report;
        }
    };
    let lang = settings.lang;
    row(
        &mut report,
        "pictures",
        caps.protocol.name(),
        caps.why.text(lang),
    );
    let cell = format!("{} x {} pixels", caps.cell.width, caps.cell.height);
    let known = if caps.cell.is_measured {
        ""
    } else {
        "a guess: the terminal does not tell"
    };
    row(&mut report, "cell", &cell, known);
    let yes = |it: bool| if it { "yes" } else { "no" };
    row(
        &mut report,
        "calls itself",
        caps.name.as_deref().unwrap_or("nothing"),
        "",
    );
    row(&mut report, "answers", yes(caps.answers), "");
    row(&mut report, "24-bit colours", yes(caps.has_truecolor), "");
    let updates = caps.has_updates.map_or("unknown", yes);
    row(&mut report, "synchronised updates", updates, "");
    let background = match caps.is_light {
        Some(true) => "light",
        Some(false) => "dark",
        None => "unknown",
    };
    row(&mut report, "background", background, "");
    row(&mut report, "kitty's keyboard", yes(caps.has_keyboard), "");
    report
}

fn folders(flags: &Flags) -> String {
    let mut report = "\nfiles\n".to_owned();
    let config = config_path(flags, &|name| std::env::var(name).ok()).path;
    let log = state_folder().map(|it| it.join("medlab.log"));
    let files = [
        ("settings", config),
        ("history", history_path()),
        ("log", log),
    ];
    for (name, path) in files {
        match path {
            None => row(&mut report, name, "no home folder", ""),
            Some(path) => {
                let state = if path.exists() { "" } else { "does not exist" };
                row(&mut report, name, &path.display().to_string(), state);
            }
        }
    }
    report
}

fn all_settings(settings: &Settings) -> String {
    let mut report = "\nsettings\n".to_owned();
    for origin in &settings.origins {
        let value = if origin.value.is_empty() {
            "\"\""
        } else {
            &origin.value
        };
        row(&mut report, origin.key, value, &origin.place.to_string());
    }
    report
}

fn row(report: &mut String, name: &str, value: &str, note: &str) {
    let (value, note) = (printable(value), printable(note));
    let line = format!("  {name:<20} {value:<24} {note}");
    writeln!(report, "{}", line.trim_end()).expect("a string takes everything");
}
