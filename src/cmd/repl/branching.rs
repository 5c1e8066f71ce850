//! `/branch` in; a new session that begins as this one did, up to a turn, and goes on from there, out.

use super::Talk;
use crate::cmd::{recording, remark};
use crate::error::Failure;
use crate::session::branch::branch;
use crate::session::clock::{Clock as _, System};
use crate::session::store::{Store, name};
use crate::session::transcript::{Reopened, Transcript};

impl Talk {
    /// Goes on in a branch; the session that it comes from stays as it is.
    pub(super) fn branch(&mut self, turn: Option<usize>) -> anyhow::Result<()> {
        if !self.lab.journal().is_begun() {
            let problem = "/branch: nothing is recorded yet; ask something first, in a session (--session NAME)";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        let from = self
            .lab
            .journal()
            .path()
            .map(std::path::Path::to_owned)
            .unwrap_or_default();
        let store = Store::of(self.settings.sessions.as_deref());
        let clock = System::start();
        let beside = Store::of(from.parent());
        let to = beside
            .fresh_path(&clock)
            .or_else(|_| store.fresh_path(&clock))?;
        let id = format!("{:016x}", System::stamp());
        branch(&from, turn, &to, &id, &clock.date())?;
        let Reopened {
            transcript, story, ..
        } = Transcript::reopen(&to, Box::new(System::start()))?;
        let aside = self.lab.set_aside();
        if let Err(error) = recording::resume(&mut self.lab, transcript, &story, &self.folders) {
            self.lab.take_back(aside);
            return Err(error);
        }
        self.settings.resume(&story.settings)?;
        self.lab.options = self.settings.options();
        self.lab.set_system(&self.settings.system);
        self.groups.clear();
        self.groups_of_all();
        let (en, zh) = (
            "the conversation goes on in the branch",
            "对话在分支中继续:",
        );
        remark(&format!(
            "{} {}",
            self.settings.lang.pick(en, zh),
            name(&to)
        ));
        Ok(())
    }
}
