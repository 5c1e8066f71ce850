//! Names of sessions in, none of them there any more out; asks before.

use std::io::{self, IsTerminal as _, Write as _};

use crate::cli::RmArgs;
use crate::cmd::remark;
use crate::error::Failure;
use crate::session::remove::Removable;
use crate::session::safe::printable_line;
use crate::session::store::{self, Store};
use crate::session::{self};
use crate::settings::{Lang, Settings};

impl RmArgs {
    /// Removes all of them, or none.
    ///
    /// # Errors
    /// When one is no session or another process is at it, nobody can be asked, or the disk says no.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let mut paths = Vec::new();
        for name in &self.names {
            let path = store.find(name)?;
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let claimed: Result<Vec<Removable>, session::Error> =
            paths.iter().map(|it| Removable::claim(it)).collect();
        let claimed = claimed?;
        let names = claimed.iter().map(|it| store::name(it.path()));
        let names: Vec<String> = names.map(|it| printable_line(&it)).collect();
        if !self.yes && !agreed(&names, settings.lang)? {
            remark(
                settings
                    .lang
                    .pick("nothing was removed", "没有删除任何会话"),
            );
            return Ok(());
        }
        for (session, name) in claimed.into_iter().zip(&names) {
            session.remove()?;
            let removed = settings.lang.pick("removed", "已删除");
            remark(&format!("{removed} {name}"));
        }
        Ok(())
    }
}

/// Asks whoever is at the terminal.
fn agreed(names: &[String], lang: Lang) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let problem = "nobody can be asked here whether the sessions are to be removed; give --yes";
        return Err(Failure::Usage(problem.to_owned()).into());
    }
    let listed = names.join(", ");
    let question = match lang {
        Lang::En => format!("remove {listed} for ever? [y/N] "),
        Lang::Zh => format!("永久删除 {listed}? [y/N] "),
    };
    let mut err = io::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes", "是"].contains(&answer.trim().to_lowercase().as_str()))
}
