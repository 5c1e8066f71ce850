//! A prompt's name and values in, a question out that knows where it came from, with the settings to ask it with.

use std::collections::BTreeMap;

use super::remark;
use crate::error::Failure;
use crate::lab::{Answer, Asking};
use crate::library::{self, Format, Library, Use};
use crate::session::v1::Used;
use crate::settings::{Settings, prompts_path};

/// The built-in prompts and the person's own.
pub(super) fn library(settings: &Settings) -> Library {
    let possible = |key: &str, value: &str| {
        let mut tried = settings.clone();
        tried.set(key, value).map_err(|problem| problem.to_string())
    };
    match prompts_path() {
        Some(folder) => Library::open(&folder, &possible),
        None => Library::built_in(),
    }
}

/// A prompt that is ready to be asked.
pub(super) struct Ready {
    pub(super) asking: Asking,
    /// Settings while it is asked.
    pub(super) settings: Settings,
    /// How pictures are to be looked at for it: names and values.
    pub(super) view: Vec<(String, String)>,
    /// What the answer should be.
    pub(super) format: Format,
    /// The question in other words.
    pub(super) paraphrases: Vec<String>,
}

impl Ready {
    /// A question that somebody typed.
    pub(super) fn question(question: &str, settings: &Settings) -> Self {
        Self {
            asking: Asking::of(question),
            settings: settings.clone(),
            view: Vec::new(),
            format: Format::Text,
            paraphrases: Vec::new(),
        }
    }
}

/// Fills a prompt in. `heard` are the questions so far: they may say which language is spoken.
///
/// # Errors
/// When there is no such prompt, a value is missing or wrong, or a setting of the prompt is not possible.
pub(super) fn ready(
    library: &Library,
    wanted: &Use,
    settings: &Settings,
    heard: &[&str],
) -> Result<Ready, Failure> {
    let prompt = library.find(&wanted.name)?;
    let values = wanted.values.iter().map(|(_, value)| value.as_str());
    let heard: Vec<&str> = values
        .chain([wanted.rest.as_str()])
        .chain(heard.iter().copied())
        .collect();
    let lang = library::language(settings.language, &heard, settings.lang);
    let rendered = library::render(prompt, lang, &wanted.values_for(prompt, lang)?)?;
    let mut settings = settings.clone();
    for (key, value) in &rendered.settings {
        settings.set(key, value)?;
    }
    if let Some(system) = &rendered.system {
        settings.system.clone_from(system);
    }
    let values: BTreeMap<String, String> = rendered.values.iter().cloned().collect();
    let asking = Asking {
        before: rendered.before.clone(),
        prompt: Some(Used {
            name: rendered.name.clone(),
            values,
        }),
        ..Asking::of(&rendered.text)
    };
    Ok(Ready {
        asking,
        settings,
        view: rendered.view,
        format: rendered.format,
        paraphrases: rendered.paraphrases,
    })
}

/// Says where an answer is not what the prompt asks for.
pub(super) fn check_format(format: &Format, answer: &Answer) {
    let expected = match format {
        Format::Boxes if answer.boxes.is_none() => "a JSON list of boxes",
        Format::Json if !holds_json(&answer.text) => "JSON",
        Format::Choice(choices) if !names_one(choices, &answer.text) => "one of the choices",
        _ => return,
    };
    remark(&format!(
        "the prompt asks for {expected}, and there is none in the answer"
    ));
}

/// Whether JSON is in a text: all of it, or in a fence.
fn holds_json(text: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text.trim()).is_ok();
    let fenced = text.split("```").skip(1).step_by(2);
    is_json(text) || fenced.map(|it| it.trim_start_matches("json")).any(is_json)
}

fn names_one(choices: &[String], answer: &str) -> bool {
    let answer = answer.to_lowercase();
    choices.iter().any(|it| answer.contains(&it.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Flags;

    #[test]
    fn the_settings_of_every_built_in_prompt_are_possible() {
        let settings = Settings::gather(&Flags::default(), &|_| None).unwrap();
        let library = Library::built_in();
        assert!(library.prompts().len() >= 20);
        for prompt in library.prompts() {
            let mut settings = settings.clone();
            for (key, value) in prompt.settings.iter().chain(&prompt.view) {
                settings.set(key, value).unwrap();
            }
        }
    }

    #[test]
    fn json_is_found_alone_and_in_a_fence() {
        assert!(holds_json("{\"a\": 1}") && holds_json("So:\n```json\n[1]\n```\nDone."));
        assert!(!holds_json("No JSON {here}.") && !holds_json("```\nplain\n```"));
    }
}
