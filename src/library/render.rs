//! A prompt, a language and values for its variables in; the texts as they are asked out.

use super::table::{short, unseen};
use super::template::{fill, pieces};
use super::{Format, Prompt, Variable, Wording};
use crate::error::Failure;
use crate::nearest::nearest;
use crate::settings::Lang;

/// The longest value of a variable, in characters.
pub const VALUE_MOST: usize = 1000;

/// The longest text that comes out, in bytes.
const TEXT_MOST: usize = 1024 * 1024;

/// A prompt with values in the places of its variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The prompt's name.
    pub name: String,
    /// The language it is in.
    pub lang: Lang,
    /// System text; `None` leaves the one that is set, `Some("")` is none.
    pub system: Option<String>,
    /// A text that stands before the pictures, "" for none.
    pub before: String,
    /// The question.
    pub text: String,
    /// The question in other words.
    pub paraphrases: Vec<String>,
    /// What the answer should be.
    pub format: Format,
    /// Settings to apply while it is asked, as text.
    pub settings: Vec<(String, String)>,
    /// Settings of how pictures are looked at, as text.
    pub view: Vec<(String, String)>,
    /// The value of every variable, defaults too.
    pub values: Vec<(String, String)>,
}

/// The texts of a prompt with values in the places of its variables. Values are put in as they are, blanks around
/// them taken off; where a variable has allowed values, letter case does not count.
///
/// # Errors
/// When a variable has no value, a value has no variable, or a value is given twice, is not allowed, is empty, is
/// longer than [`VALUE_MOST`] or holds a character that cannot be seen: one sentence that names the variable and
/// shows the usage.
pub fn render(
    prompt: &Prompt,
    lang: Lang,
    values: &[(String, String)],
) -> Result<Rendered, Failure> {
    let wording = prompt.wording(lang);
    let taken = taken(wording, values).map_err(|problem| refused(prompt, lang, &problem))?;
    let value = |name: &str| {
        let found = taken.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let filled = |text: &str| {
        let pieces = pieces(text).map_err(|problem| refused(prompt, lang, &problem))?;
        fill(&pieces, &value, TEXT_MOST).ok_or_else(|| {
            let problem = "its text becomes longer than 1 MiB; give shorter values";
            refused(prompt, lang, problem)
        })
    };
    let paraphrases = wording.paraphrases.iter().map(|it| filled(it));
    Ok(Rendered {
        name: prompt.name.clone(),
        lang: wording.lang,
        system: wording.system.as_deref().map(filled).transpose()?,
        before: filled(&wording.before)?,
        text: filled(&wording.text)?,
        paraphrases: paraphrases.collect::<Result<_, _>>()?,
        format: wording.format.clone(),
        settings: prompt.settings.clone(),
        view: prompt.view.clone(),
        values: taken,
    })
}

/// What is wrong with how a prompt is asked, and how to ask it.
pub(super) fn refused(prompt: &Prompt, lang: Lang, problem: &str) -> Failure {
    Failure::Usage(format!(
        "prompt {}: {problem}, as in {}",
        prompt.name,
        prompt.usage(lang)
    ))
}

/// The value of every variable, in the order of the variables.
fn taken(wording: &Wording, values: &[(String, String)]) -> Result<Vec<(String, String)>, String> {
    let variables = &wording.variables;
    for (index, (name, _)) in values.iter().enumerate() {
        if !variables.iter().any(|it| it.name == *name) {
            return Err(unknown(variables, name));
        }
        if values[..index].iter().any(|(other, _)| other == name) {
            return Err(format!("{name} is given twice; give it once"));
        }
    }
    let pairs = variables.iter().map(|variable| {
        let given = values.iter().find(|(name, _)| *name == variable.name);
        let value = match (given, &variable.default) {
            (Some((_, value)), _) => accepted(variable, value)?,
            (None, Some(default)) => default.clone(),
            (None, None) => return Err(missing(variable)),
        };
        Ok((variable.name.clone(), value))
    });
    pairs.collect()
}

fn unknown(variables: &[Variable], name: &str) -> String {
    let names = variables.iter().map(|it| it.name.as_str());
    let hint = match nearest(name, names.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None if variables.is_empty() => "it has none".to_owned(),
        None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
    };
    format!("no variable is called {:?} ({hint}); ask it", short(name))
}

fn missing(variable: &Variable) -> String {
    let about = match variable.description.as_str() {
        "" => String::new(),
        words => format!(" ({words})"),
    };
    format!("{}{about} has no value; give it one", variable.name)
}

/// A value as it is put in.
fn accepted(variable: &Variable, value: &str) -> Result<String, String> {
    let (name, value) = (&variable.name, value.trim());
    if let Some(found) = value
        .chars()
        .find(|c| c.is_control())
        .or_else(|| unseen(value))
    {
        return Err(format!(
            "{name} holds U+{:04X}, which cannot be seen; give plain text on one line",
            u32::from(found)
        ));
    }
    let length = value.chars().count();
    if length > VALUE_MOST {
        return Err(format!(
            "{name} has {length} characters, and {VALUE_MOST} are the most; shorten it"
        ));
    }
    if value.is_empty() && variable.default.as_deref() != Some("") {
        return Err(format!("{name} is empty; give it a value"));
    }
    if variable.values.is_empty() {
        return Ok(value.to_owned());
    }
    let same = |it: &&String| it.to_lowercase() == value.to_lowercase();
    variable.values.iter().find(same).cloned().ok_or_else(|| {
        let (values, shown) = (variable.values.join(", "), short(value));
        format!("{name} cannot be {shown:?} (it may be {values}); choose one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::tests::toml;

    const LOCATE: &str = "text = 'Where is the {{object}}{{how}}?'\nparaphrases = ['Find the {{object}}{{how}}.']\nsystem = ''\nbefore = '{{side}}'\n\
        [variables.object]\ndescription = 'what to look for'\nexample = 'right lung'\n\
        [variables.side]\nvalues = ['left', 'Right']\ndefault = 'left'\n\
        [variables.how]\ndefault = ''\n";

    fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        values.iter().map(owned).collect()
    }

    #[track_caller]
    fn check(values: &[(&str, &str)], text: &str, before: &str) {
        let rendered = render(&toml(LOCATE), Lang::En, &pairs(values)).unwrap();
        assert_eq!(
            (rendered.text.as_str(), rendered.before.as_str()),
            (text, before)
        );
        assert_eq!(rendered.system.as_deref(), Some(""));
        assert_eq!(rendered.values.len(), 3);
    }

    #[track_caller]
    fn check_refused(values: &[(&str, &str)], problem: &str) {
        let found = render(&toml(LOCATE), Lang::En, &pairs(values)).unwrap_err();
        let usage = "as in /use own [side=left] object=\"right lung\" [how=…]";
        assert_eq!(found.to_string(), format!("prompt own: {problem}, {usage}"));
    }

    #[test]
    fn values_go_where_their_variables_are() {
        check(&[("object", "heart")], "Where is the heart?", "left");
        check(
            &[("object", " heart "), ("side", "RIGHT"), ("how", " now")],
            "Where is the heartnow?",
            "Right",
        );
        check(
            &[("object", "心脏"), ("how", "")],
            "Where is the 心脏?",
            "left",
        );
        // a value is never looked into
        check(
            &[("object", "{{side}} \\{{ {{object}}")],
            "Where is the {{side}} \\{{ {{object}}?",
            "left",
        );
        let rendered = render(&toml(LOCATE), Lang::Zh, &pairs(&[("object", "heart")])).unwrap();
        assert_eq!(rendered.paraphrases, ["Find the heart."]);
        assert_eq!(rendered.lang, Lang::En);
        assert_eq!(
            rendered.values,
            pairs(&[("side", "left"), ("object", "heart"), ("how", "")])
        );
    }

    #[test]
    fn a_wrong_value_is_one_sentence_with_the_usage() {
        check_refused(&[], "object (what to look for) has no value; give it one");
        check_refused(
            &[("objekt", "heart")],
            "no variable is called \"objekt\" (did you mean object?); ask it",
        );
        check_refused(
            &[("object", "heart"), ("zzzz", "1")],
            "no variable is called \"zzzz\" (it has side, object, how); ask it",
        );
        check_refused(
            &[("object", "a"), ("object", "b")],
            "object is given twice; give it once",
        );
        check_refused(
            &[("object", "a"), ("side", "up")],
            "side cannot be \"up\" (it may be left, Right); choose one",
        );
        check_refused(&[("object", "  ")], "object is empty; give it a value");
        check_refused(
            &[("object", "a"), ("side", "")],
            "side is empty; give it a value",
        );
        for (value, code) in [
            ("a\nb", "000A"),
            ("a\tb", "0009"),
            ("a\u{1b}[2J", "001B"),
            ("a\u{202e}b", "202E"),
            ("a\u{200b}b", "200B"),
        ] {
            let problem =
                format!("object holds U+{code}, which cannot be seen; give plain text on one line");
            check_refused(&[("object", value)], &problem);
        }
        check_refused(
            &[("object", &"长".repeat(1001))],
            "object has 1001 characters, and 1000 are the most; shorten it",
        );
        let longest = "长".repeat(1000);
        check(
            &[("object", &longest)],
            &format!("Where is the {longest}?"),
            "left",
        );
    }

    #[test]
    fn a_prompt_without_variables_takes_none() {
        let found = render(&toml("text = 'a'"), Lang::En, &pairs(&[("b", "c")])).unwrap_err();
        assert_eq!(
            found.to_string(),
            "prompt own: no variable is called \"b\" (it has none); ask it, as in /use own"
        );
    }

    #[test]
    fn what_becomes_too_long_is_refused() {
        let text = format!("text = '{}'\n[variables.a]", "{{a}}".repeat(2000));
        let found = render(&toml(&text), Lang::En, &pairs(&[("a", &"x".repeat(1000))]));
        assert_eq!(
            found.unwrap_err().to_string(),
            "prompt own: its text becomes longer than 1 MiB; give shorter values, as in /use own a=…"
        );
    }
}
