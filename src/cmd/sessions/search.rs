//! Words in, one line for each text of a session that has them out; sessions are looked through side by side, and come in order.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;

use crate::cli::SearchArgs;
use crate::cmd::output::json_line;
use crate::cmd::say;
use crate::error::Failure;
use crate::session::safe::{printable, printable_line};
use crate::session::search::{Found, Hit, Kind, Query, search};
use crate::session::store::{self, Store};
use crate::session::{self};
use crate::settings::{Lang, Settings};
use crate::terminal::has_colours;

/// Sessions that are looked through before what was found in them is printed.
const AT_ONCE: usize = 64;

impl SearchArgs {
    /// Looks through all sessions, by name.
    ///
    /// # Errors
    /// When nothing is found, or there is nothing to look for.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let Some(query) = Query::of(&self.words) else {
            let problem =
                "there is nothing to look for; give a word, as in: medlab sessions search effusion";
            return Err(Failure::Usage(problem.to_owned()).into());
        };
        let paths = store.all()?;
        let (mut n_hits, mut n_unread) = (0, 0);
        for some in paths.chunks(AT_ONCE) {
            let look = |path: &PathBuf| (store::name(path), search(path, &query));
            let found: Vec<_> = some.par_iter().map(look).collect();
            let mut lines = String::new();
            for (name, found) in found {
                let (hits, is_read) = complained(found);
                n_hits += hits.len();
                n_unread += usize::from(!is_read);
                lines.extend(hits.iter().map(|hit| self.line(&name, hit, settings.lang)));
            }
            io::stdout().write_all(lines.as_bytes())?;
        }
        match (n_hits, n_unread) {
            (0, 0) => Err(Failure::Nothing(format!(
                "nothing was found in {} sessions",
                paths.len()
            ))
            .into()),
            (0, _) => Err(nothing_readable(store).into()),
            _ => Ok(()),
        }
    }

    /// What is printed of a text.
    fn line(&self, name: &str, hit: &Hit, lang: Lang) -> String {
        if self.json {
            return in_json(name, hit);
        }
        in_words(name, hit, lang)
    }
}

/// What was found in a session, and whether it could be read to its end; says why not.
fn complained(found: Result<Found, session::Error>) -> (Vec<Hit>, bool) {
    let Found { hits, damage } = found.unwrap_or_else(|error| Found {
        hits: Vec::new(),
        damage: Some(error),
    });
    if let Some(error) = &damage {
        say(&format!("medlab: {error}"));
    }
    (hits, damage.is_none())
}

fn nothing_readable(store: &Store) -> session::Error {
    let folder = store.folder().unwrap_or(Path::new("sessions"));
    let name = folder.display().to_string();
    session::Error::new(
        &name,
        "nothing was found, but not every session could be read",
    )
}

fn in_words(name: &str, hit: &Hit, lang: Lang) -> String {
    let turn = hit.turn.map_or_else(String::new, |turn| format!("{turn}:"));
    let (before, after) = if io::stdout().is_terminal() && has_colours() {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("[", "]")
    };
    let parts = hit.line.iter().map(|part| {
        let (before, after) = if part.is_hit {
            (before, after)
        } else {
            ("", "")
        };
        format!("{before}{}{after}", printable_line(&part.text))
    });
    let line: String = parts.collect();
    format!(
        "{}:{turn}{}: {line}\n",
        printable(name),
        kind(hit.kind, lang)
    )
}

fn kind(kind: Kind, lang: Lang) -> &'static str {
    match (lang, kind) {
        (Lang::En, _) => kind.name(),
        (Lang::Zh, Kind::Title) => "标题",
        (Lang::Zh, Kind::Question) => "问题",
        (Lang::Zh, Kind::Answer) => "回答",
        (Lang::Zh, Kind::Note) => "备注",
        (Lang::Zh, Kind::Verdict) => "评价",
        (Lang::Zh, Kind::Prior) => "既往报告",
    }
}

/// The line, and in it the hits: where each begins and ends, counted in characters.
fn in_json(name: &str, hit: &Hit) -> String {
    let (mut line, mut hits, mut at) = (String::new(), Vec::new(), 0);
    for part in &hit.line {
        let end = at + part.text.chars().count();
        hits.extend(part.is_hit.then_some([at, end]));
        line.push_str(&part.text);
        at = end;
    }
    json_line(&json!({
        "session": name,
        "turn": hit.turn,
        "text": hit.kind.name(),
        "line": line,
        "hits": hits,
    }))
}
