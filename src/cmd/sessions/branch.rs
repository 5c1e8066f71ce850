//! A session's name and a turn in, a new session that begins in the same way out.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::BranchArgs;
use crate::cmd::remark;
use crate::error::Failure;
use crate::session::branch::{Branched, branch};
use crate::session::clock::{Clock as _, System};
use crate::session::safe::printable_line;
use crate::session::store::{self, Store};
use crate::session::{self};
use crate::settings::{Lang, Settings};

impl BranchArgs {
    /// Makes the branch, and prints its name.
    ///
    /// # Errors
    /// When there is no such session or turn, or the branch cannot be written.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let from = store.find(&self.name)?;
        let (turn, new) = self.turn_and_new()?;
        let to = match &new {
            Some(new) => store.path_to_write(new)?,
            None => free(store, &from)?,
        };
        let clock = System::start();
        let id = format!("{:016x}", System::stamp());
        let branched = branch(&from, turn, &to, &id, &clock.date())?;
        tell(branched, settings.lang);
        let name = if new.is_some_and(|it| Path::new(&it) == to) {
            to.display().to_string()
        } else {
            store::name(&to)
        };
        writeln!(std::io::stdout(), "{}", printable_line(&name))?;
        Ok(())
    }

    /// `branch NAME other` names the new session and no turn.
    fn turn_and_new(&self) -> Result<(Option<usize>, Option<String>), Failure> {
        let Some(turn) = &self.turn else {
            return Ok((None, None));
        };
        match (turn.parse(), &self.new) {
            (Ok(turn), new) => Ok((Some(turn), new.clone())),
            (Err(_), None) => Ok((None, Some(turn.clone()))),
            (Err(_), Some(_)) => Err(Failure::Usage(format!(
                "{turn:?} is no turn; give its number, as in: medlab sessions branch NAME 2 NEW"
            ))),
        }
    }
}

/// The first name with a number that no session has.
fn free(store: &Store, from: &Path) -> Result<PathBuf, session::Error> {
    let name = store::name(from);
    for n in 2.. {
        let path = store.path_to_write(&format!("{name}-{n}"))?;
        if !path.exists() {
            return Ok(path);
        }
    }
    unreachable!("numbers do not end")
}

fn tell(branched: Branched, lang: Lang) {
    let turn = branched.turn;
    remark(&match (lang, turn) {
        (Lang::En, 0) => "nothing was asked in it yet".to_owned(),
        (Lang::En, _) => format!("branched after turn {turn}"),
        (Lang::Zh, 0) => "其中还没有提问".to_owned(),
        (Lang::Zh, _) => format!("从第 {turn} 轮之后分出"),
    });
    if branched.is_cut {
        let (en, zh) = (
            "the answer of that turn has no end there: the branch has its beginning, marked as partial",
            "该轮回答没有结尾:分支中只有其开头,标为不完整",
        );
        remark(lang.pick(en, zh));
    }
}
