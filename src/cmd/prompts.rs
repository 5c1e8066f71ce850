//! A prompt's name or none in, its words or the list of all prompts out.

use std::io::Write as _;

use super::{because, prompting, say};
use crate::cli::PromptsArgs;
use crate::error::Failure;
use crate::library::{Place, Prompt, Wording, built_in_file};
use crate::session::safe::printable;
use crate::settings::{Lang, Settings};

impl PromptsArgs {
    /// Prints it.
    ///
    /// # Errors
    /// When there is no such prompt; when files of the person's own are no prompts, each is said.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let library = prompting::library(settings);
        let mut out = std::io::stdout().lock();
        if let Some(name) = &self.name {
            let prompt = library.find(name)?;
            let text = if self.file {
                file_of(prompt)?
            } else {
                shown(prompt, settings.lang)
            };
            out.write_all(printable(&text).as_bytes())?;
            return Ok(());
        }
        for row in library.rows(settings.lang) {
            let text = format!("{}\n    {} ({})\n", row.usage, row.title, row.place);
            out.write_all(printable(&text).as_bytes())?;
        }
        let problems = library.problems();
        for problem in problems {
            say(&problem.to_string());
        }
        if problems.is_empty() {
            Ok(())
        } else {
            let all = problems.len() + library.prompts().len();
            Err(Failure::Some(problems.len(), all).into())
        }
    }
}

/// The file that a prompt is read from.
fn file_of(prompt: &Prompt) -> Result<String, Failure> {
    match &prompt.place {
        Place::BuiltIn => Ok(built_in_file(&prompt.name).unwrap_or_default().to_owned()),
        Place::Own { file, .. } => fs_err::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("{}: {}", file.display(), because(&error)))),
    }
}

/// All about a prompt, for people.
fn shown(prompt: &Prompt, lang: Lang) -> String {
    let wording = prompt.wording(lang);
    let mut lines = vec![prompt.usage(lang), wording.title.clone()];
    let variables = wording.variables.iter();
    lines.extend(variables.map(|it| format!("  {}: {}", it.name, it.description)));
    let settings = prompt.settings.iter().chain(&prompt.view);
    lines.extend(settings.map(|(key, value)| format!("  --{key} {value}")));
    lines.extend(words(wording, lang));
    let about = [
        (lang.pick("notes", "说明"), &prompt.notes),
        (lang.pick("source", "来源"), &prompt.source),
    ];
    let about = about.iter().filter(|(_, what)| !what.is_empty());
    lines.extend(about.map(|(heading, what)| format!("\n{heading}: {what}")));
    lines.join("\n") + "\n"
}

fn words(wording: &Wording, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let system = wording.system.as_deref().unwrap_or_default();
    if !system.is_empty() {
        lines.push(format!("\n{}:\n{system}", lang.pick("system", "系统文本")));
    }
    if !wording.before.is_empty() {
        let heading = lang.pick("before the pictures", "图片之前");
        lines.push(format!("\n{heading}:\n{}", wording.before));
    }
    lines.push(format!("\n{}", wording.text));
    if !wording.paraphrases.is_empty() {
        lines.push(format!("\n{}:", lang.pick("in other words", "其他说法")));
        lines.extend(wording.paraphrases.iter().map(|it| format!("  {it}")));
    }
    lines
}
