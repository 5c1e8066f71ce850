//! Words behind `replay` and `check` in, what was typed out.

use std::path::PathBuf;

use clap::Args;

/// `replay`: a session again, without a model; or with one, to see whether it says the same.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab replay first-look
  medlab replay last --speed 4 --max-pause 1s
  medlab replay sessions/first-look.jsonl --turn 2
  medlab replay first-look --pictures ~/films --step
  medlab replay first-look --verify
  medlab replay first-look --verify --json | jq .grade

A session is named by its name, by the beginning of its name, by its file, or `last`.
--verify exits with 1 when an answer differs, and with 5 when the session cannot be verified here.")]
pub struct ReplayArgs {
    /// The session
    #[arg(value_name = "SESSION")]
    pub session: String,
    /// So many times as fast [default: 1 at a terminal, else no delays]
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// No pause is longer: 500ms, 1s, 2, or off [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = pause)]
    pub max_pause: Option<f64>,
    /// Waits for Enter before each question
    #[arg(long)]
    pub step: bool,
    /// This turn alone
    #[arg(long, value_name = "N", value_parser = turn)]
    pub turn: Option<usize>,
    /// Also shows settings, thinking, timings, boxes, expectations, and records that are not known
    #[arg(long)]
    pub all: bool,
    /// Looks below this folder for the session's pictures; may be repeated
    #[arg(long = "pictures", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// What is asked of `--verify`.
    #[command(flatten)]
    pub proof: ProofArgs,
}

/// `replay --verify`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verifying")]
pub struct ProofArgs {
    /// Asks the model every question again, and tells whether it says the same
    #[arg(long, conflicts_with_all = ["speed", "max_pause", "step", "all"])]
    pub verify: bool,
    /// Verifies with another model, or with pictures that are prepared in another way, all the same
    #[arg(long, requires = "verify")]
    pub anyway: bool,
    /// Prints one JSON object a turn
    #[arg(long, requires = "verify")]
    pub json: bool,
}

/// `check`: sessions as regression cases.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab check sessions/*.jsonl
  medlab check regression --junit report.xml
  medlab check sessions/ --recorded
  medlab check first-look --pictures ~/films --all --json

What must hold is written into a session by /expect, /expect-not and /expect-box in the REPL.
Exits with 0 when everything holds, with 1 when something does not, with 5 when a session is
broken or cannot be checked here.")]
pub struct CheckArgs {
    /// Sessions: names, files, folders, patterns
    #[arg(value_name = "SESSION", required = true)]
    pub named: Vec<String>,
    /// Writes the results as XML in the format of `JUnit`
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Looks below this folder for the sessions' pictures; may be repeated
    #[arg(long = "pictures", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Judges the answers as they were recorded; no model
    #[arg(long, conflicts_with_all = ["anyway", "all"])]
    pub recorded: bool,
    /// Asks with another model, or with pictures that are prepared in another way, all the same
    #[arg(long)]
    pub anyway: bool,
    /// Also asks the questions that nothing is expected of, and tells whether the answers are the same
    #[arg(long)]
    pub all: bool,
    /// Prints one JSON object for each thing that was looked at
    #[arg(long)]
    pub json: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok();
    let speed = speed.filter(|it: &f64| (0.01..=1000.0).contains(it));
    speed.ok_or_else(|| "give a number from 0.01 to 1000".to_owned())
}

/// Seconds.
fn pause(text: &str) -> Result<f64, String> {
    if text == "off" {
        return Ok(f64::INFINITY);
    }
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => Some(seconds),
        Err(_) => humantime::parse_duration(text)
            .ok()
            .map(|it| it.as_secs_f64()),
    };
    let seconds = seconds.filter(|it| it.is_finite() && *it >= 0.0);
    seconds.ok_or_else(|| "give a time, as 500ms, 1s or 2, or off".to_owned())
}

fn turn(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|it| *it >= 1);
    number.ok_or_else(|| "turns are counted from 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_speeds_are_read_or_refused() {
        let seconds = |text| pause(text).ok();
        assert_eq!(seconds("1s"), Some(1.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("1.5"), Some(1.5));
        assert_eq!(seconds("off"), Some(f64::INFINITY));
        assert_eq!(
            (seconds("-1"), seconds("soon"), seconds("inf")),
            (None, None, None)
        );
        assert_eq!(speed("4"), Ok(4.0));
        assert!(speed("0").is_err() && speed("nan").is_err() && speed("1e9").is_err());
        assert_eq!((turn("2"), turn("0").is_err()), (Ok(2), true));
    }
}
