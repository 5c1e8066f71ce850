//! Words after `medlab sessions` in, what was typed out: one struct a command.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Commands about recorded sessions. A session is given by its name, by a beginning of its name that no other has, as `last`
/// (the one that was changed last), or by its file.
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// Lists the sessions, the one that was changed last first
    List(ListArgs),
    /// Prints a session as it is read: questions, pictures, answers, notes
    Show(ShowArgs),
    /// Finds words in all sessions: in questions, answers, notes, titles, verdicts and prior reports
    Search(SearchArgs),
    /// Writes a session as Markdown, HTML, JSON, or chat messages
    Export(ExportArgs),
    /// Removes sessions
    Rm(RmArgs),
    /// Makes a new session that begins as another one up to one of its turns; the other is left as it is
    Branch(BranchArgs),
}

/// `sessions list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions list
  medlab sessions list --sessions ./sessions
  medlab sessions list --json | jq -r 'select(.turns > 3) | .session'

Times are UTC. A file that is damaged, or no session, has a row that says so and a
sentence on standard error; the others are listed all the same. The exit code is 5
only when there are files and none of them is a session.")]
pub struct ListArgs {
    /// Prints one JSON line a session
    #[arg(long)]
    pub json: bool,
}

/// `sessions show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions show last
  medlab sessions show first --turn 2
  medlab sessions show sessions/prior.jsonl --all --thinking show
  medlab sessions show first --json | jq '.turns[].answer'")]
pub struct ShowArgs {
    /// The session
    #[arg(value_name = "NAME|FILE")]
    pub name: String,
    /// This turn alone
    #[arg(long, value_name = "N")]
    pub turn: Option<usize>,
    /// Also turns that are no part of the conversation: undone, retried, asked fresh, controls
    #[arg(long)]
    pub all: bool,
    /// Prints one JSON object, the one of `export --format json`
    #[arg(long)]
    pub json: bool,
}

/// `sessions search`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions search effusion left
  medlab sessions search \"pleural effusion\"
  medlab sessions search 胸腔积液
  medlab sessions search effusion --json | jq -r .session | sort -u

All words must be in the same text; words in quotes must follow each other. Upper and
lower case, and full and half width, are the same. Every turn that ever was is looked
through, also those that were undone. Exit code: 0 found, 1 nothing found (as grep),
5 nothing found and a session could not be read.")]
pub struct SearchArgs {
    /// What to look for
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// Prints one JSON line a text that has the words
    #[arg(long)]
    pub json: bool,
}

/// `sessions export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions export last > session.md
  medlab sessions export first --format html -o first.html --with-pictures film.png sample:cxr-effusion
  medlab sessions export first --format json | jq .turns
  medlab sessions export first --format chat --with-pictures film.png -o messages.json

A session has no pixels in it: pictures are shown only when their files are given, and
only where the SHA-256 of a file is the recorded one. `--thinking show` adds what the
model thought to Markdown and HTML; JSON always has it.")]
pub struct ExportArgs {
    /// The session
    #[arg(value_name = "NAME|FILE")]
    pub name: String,
    /// What to write
    #[arg(long, short = 'f', value_name = "FORMAT", value_enum, default_value_t = ExportFormat::Md)]
    pub format: ExportFormat,
    /// Where to write it [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Files (or sample:NAME) to take the session's pictures from
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub with_pictures: Vec<String>,
    /// Also turns that are no part of the conversation: undone, retried, asked fresh, controls
    #[arg(long)]
    pub all: bool,
}

/// What a session can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Markdown with a front matter
    Md,
    /// One page that needs nothing beside it
    Html,
    /// One JSON object with everything but prompts and pixels
    Json,
    /// Messages as chat models take them
    Chat,
}

/// `sessions rm`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions rm first
  medlab sessions rm first second --yes

All of them are looked at before the first is removed: when one is no session, or
another medlab is at it, nothing is removed.")]
pub struct RmArgs {
    /// The sessions
    #[arg(value_name = "NAME|FILE", required = true)]
    pub names: Vec<String>,
    /// Does not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// `sessions branch`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medlab sessions branch last
  medlab sessions branch first 2
  medlab sessions branch first 2 other-window
  medlab repl --session \"$(medlab sessions branch first 2)\"

Prints the new session's name. Without a turn, everything is copied. The first session is
only read: another medlab may be at it, and what is behind the turn may be damaged.")]
pub struct BranchArgs {
    /// The session
    #[arg(value_name = "NAME|FILE")]
    pub name: String,
    /// The last turn that both have [default: the last]
    #[arg(value_name = "TURN")]
    pub turn: Option<String>,
    /// The new session's name or file [default: the name and a number]
    #[arg(value_name = "NEW")]
    pub new: Option<String>,
}
