//! `/use` and `/prompts` in, a question of the library asked with its settings, or the list of all out.

use super::Talk;
use crate::cmd::{prompting, remark};
use crate::library;
use crate::tui::desk::Way;

impl Talk {
    /// Asks a prompt. Its settings and its system text hold for this question, the way it looks at pictures from now on.
    pub(super) fn use_prompt(&mut self, typed: &str) -> anyhow::Result<()> {
        let wanted = library::parse_use(typed)?;
        let turns = &self.lab.conversation().turns;
        let heard: Vec<&str> = turns.iter().map(|it| it.question.as_str()).collect();
        let ready = prompting::ready(&self.library, &wanted, &self.settings, &heard)?;
        if !ready.view.is_empty() {
            let problem = format!(
                "/use {}: open a picture first, as in /open scan.dcm",
                wanted.name
            );
            self.look_all(&ready.view, problem)?;
        }
        self.lab.options = ready.settings.options();
        self.lab.set_system(&ready.settings.system);
        let asking = ready.asking;
        self.asks(&asking.question, Way::Plain);
        let answered = self.answer(|lab, cancel, sink| lab.ask_with(asking, cancel, sink));
        self.lab.options = self.settings.options();
        self.lab.set_system(&self.settings.system);
        let answer = answered?;
        prompting::check_format(&ready.format, &answer);
        self.last_used = Some((answer.question, wanted));
        Ok(())
    }

    pub(super) fn list_prompts(&self) -> anyhow::Result<()> {
        let lang = self.settings.lang;
        for problem in self.library.problems() {
            remark(&problem.to_string());
        }
        let rows: Vec<String> = self
            .library
            .rows(lang)
            .iter()
            .map(|row| format!("{}\n    {} ({})", row.usage, row.title, row.place))
            .collect();
        self.tell(&rows.join("\n"))
    }
}
