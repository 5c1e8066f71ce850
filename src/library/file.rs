//! The text of a prompt's file in, the prompt or the one thing that is wrong with it out.

use std::path::Path;

use toml::de::DeTable;

use super::markdown::{self, Part, Section};
use super::table::{Fallible, Lines, Said, Table, Trouble, checked, short, trouble};
use super::template::{self, pieces};
use super::{FORMATS, Format, Place, Possible, Prompt, SETTINGS, VIEW, Variable, Wording};
use crate::nearest::nearest;
use crate::settings::Lang;

/// What a prompt's file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `NAME.toml`.
    Toml,
    /// `NAME.md`.
    Markdown,
}

/// The most paraphrases and the most variables of a wording.
const MOST: usize = 100;

const WORDS: [&str; 6] = [
    "title",
    "system",
    "before",
    "text",
    "paraphrases",
    "choices",
];
const KEYS: [&str; 15] = [
    "title",
    "system",
    "before",
    "text",
    "paraphrases",
    "choices",
    "language",
    "format",
    "notes",
    "source",
    "variables",
    "settings",
    "view",
    "en",
    "zh",
];
const OF_VARIABLE: [&str; 4] = ["default", "description", "example", "values"];

/// The name and kind that a file's name says; `None` when it is no prompt's.
pub(super) fn name_of(path: &Path) -> Option<(&str, Kind)> {
    let kind = match path.extension()?.to_str()? {
        "toml" => Kind::Toml,
        "md" => Kind::Markdown,
        _ => return None,
    };
    path.file_stem()?.to_str().map(|name| (name, kind))
}

/// Whether a word can name a prompt: lower-case words with dashes.
pub(super) fn is_name(word: &str) -> bool {
    let of_word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    word.len() <= 64
        && word
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(of_word))
}

/// The prompt of a file, named by it.
pub(super) fn read(name: &str, kind: Kind, text: &str, possible: Possible<'_>) -> Fallible<Prompt> {
    if !is_name(name) {
        let problem = format!(
            "{:?} is no name of a prompt; use lower-case words with dashes, as in chest-findings",
            short(name)
        );
        let line = None;
        return Err(Trouble { line, problem });
    }
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let (front, first, sections) = match kind {
        Kind::Toml => (text.as_str(), 1, Vec::new()),
        Kind::Markdown => {
            let parts = markdown::parts(&text)?;
            (parts.front, parts.front_line, parts.sections)
        }
    };
    let lines = Lines { text: front, first };
    let parsed = DeTable::parse(front).map_err(|err| {
        let line = lines.at(err.span().map_or(0, |it| it.start));
        let problem = format!("not TOML: {}", err.message().replace('\n', ", "));
        Trouble {
            line: Some(line),
            problem,
        }
    })?;
    let top = Table {
        entries: parsed.get_ref(),
        lines,
        line: first,
        named: "a prompt".to_owned(),
    };
    prompt(name, &top, &sections, possible)
}

fn prompt(
    name: &str,
    top: &Table<'_>,
    sections: &[Section],
    possible: Possible<'_>,
) -> Fallible<Prompt> {
    top.only(&KEYS)?;
    let (own, other) = languages(top)?;
    let words = words(top, sections, own, true)?;
    let format = format(top, &words)?;
    let variables = declared(top, &[])?;
    let first = wording(name, own, &words, &variables, format)?;
    let mut wordings = vec![first];
    let table = top.table(tag(other))?;
    let elsewhere = sections.iter().any(|it| it.lang == Some(other));
    if table.is_some() || elsewhere {
        let second = second(top, table, sections, other, &wordings[0], &variables)?;
        wordings.push(second);
    }
    let plain = |key| Ok(top.text(key)?.map_or_else(String::new, |it| it.text));
    Ok(Prompt {
        name: name.to_owned(),
        place: Place::BuiltIn,
        wordings,
        settings: settings(top, "settings", &SETTINGS, possible)?,
        view: settings(top, "view", &VIEW, possible)?,
        notes: plain("notes")?,
        source: plain("source")?,
    })
}

/// The wording in the other language, from its table and the sections that name it.
fn second(
    top: &Table<'_>,
    table: Option<Table<'_>>,
    sections: &[Section],
    lang: Lang,
    first: &Wording,
    variables: &[(Variable, usize)],
) -> Fallible<Wording> {
    let empty = DeTable::new();
    let table = match table {
        Some(table) => table,
        None => Table {
            entries: &empty,
            lines: top.lines,
            line: top.line,
            named: format!("[{}]", tag(lang)),
        },
    };
    table.only(&[WORDS.as_slice(), &["variables"]].concat())?;
    let mut words = words(&table, sections, lang, false)?;
    let wanting = [
        ("system", first.system.as_deref(), &words.system),
        ("before", Some(first.before.as_str()), &words.before),
    ];
    for (key, above, here) in wanting {
        if above.is_some_and(|it| !it.is_empty()) && here.is_none() {
            let problem = format!(
                "{} has no {key}, and the one above is in the other language; give it here, or {key} = \"\" for none",
                table.named
            );
            return trouble(table.line, problem);
        }
    }
    let inherited = first.system.as_ref().map(|text| Said {
        text: text.clone(),
        line: table.line,
    });
    words.system = words.system.or(inherited);
    let format = match (&first.format, words.choices.len()) {
        (Format::Choice(above), given) if given != above.len() => {
            let problem = format!(
                "{} has {given} choices, and there are {} above; give the same ones in this language",
                table.named,
                above.len()
            );
            return trouble(table.line, problem);
        }
        (Format::Choice(_), _) => Format::Choice(choices(&words.choices)?),
        (other, 0) => other.clone(),
        _ => return needless_choices(words.choices[0].line),
    };
    let variables = declared(&table, variables)?;
    wording(&first.title, lang, &words, &variables, format)
}

/// The language of the texts on the first level, and the other one.
fn languages(top: &Table<'_>) -> Fallible<(Lang, Lang)> {
    let said = top.line_of("language")?;
    let (own, other) = match said.as_ref().map(|it| it.text.as_str()) {
        None | Some("en") => (Lang::En, Lang::Zh),
        Some("zh") => (Lang::Zh, Lang::En),
        Some(word) => {
            let problem = format!("language {:?} is unknown; use en or zh", short(word));
            return trouble(said.as_ref().map_or(1, |it| it.line), problem);
        }
    };
    if let Some(same) = top.table(tag(own))? {
        let problem = format!(
            "[{0}] is the language of the whole file; move its keys to the top, or say which language is there with language",
            tag(own)
        );
        return trouble(same.line, problem);
    }
    Ok((own, other))
}

fn tag(lang: Lang) -> &'static str {
    lang.pick("en", "zh")
}

/// The texts of one language, as given.
struct Words {
    title: Option<Said>,
    system: Option<Said>,
    before: Option<Said>,
    text: Said,
    paraphrases: Vec<Said>,
    choices: Vec<Said>,
}

/// The texts of one language from a table and from the sections of a Markdown file.
fn words(table: &Table<'_>, sections: &[Section], lang: Lang, is_own: bool) -> Fallible<Words> {
    let mut text = table.text("text")?;
    let mut system = table.text("system")?;
    let mut before = table.text("before")?;
    let mut paraphrases = table.texts("paraphrases")?;
    for section in sections {
        if !(section.lang == Some(lang) || is_own && section.lang.is_none()) {
            continue;
        }
        let key = match section.part {
            Part::Text => "text",
            Part::System => "system",
            Part::Before => "before",
            Part::Paraphrases => "paraphrases",
        };
        let said = checked(key, &section.said.text, section.said.line)?;
        if section.part == Part::Text && said.text.is_empty() {
            continue; // nothing stands under the front matter
        }
        let slot = match section.part {
            Part::Text => &mut text,
            Part::System => &mut system,
            Part::Before => &mut before,
            Part::Paraphrases if paraphrases.is_empty() => {
                paraphrases = markdown::items(&section.said)?;
                continue;
            }
            Part::Paraphrases => return twice(key, section.said.line),
        };
        if slot.is_some() {
            return twice(key, section.said.line);
        }
        *slot = Some(said);
    }
    let said = text.filter(|it| !it.text.is_empty());
    let Some(text) = said else {
        let problem = if is_own {
            "the prompt has no text; give text = \"the question\""
        } else {
            "the other language has no text; give it there, or take its table out"
        };
        return trouble(table.line, problem);
    };
    Ok(Words {
        title: table.line_of("title")?.filter(|it| !it.text.is_empty()),
        system,
        before,
        text,
        paraphrases,
        choices: table.texts("choices")?,
    })
}

fn twice<T>(key: &str, line: usize) -> Fallible<T> {
    trouble(line, format!("{key} is given twice; keep one of the two"))
}

fn format(top: &Table<'_>, words: &Words) -> Fallible<Format> {
    let said = top.line_of("format")?;
    let line = said.as_ref().map_or(top.line, |it| it.line);
    let format = match said.as_ref().map(|it| it.text.as_str()) {
        None | Some("text") => Format::Text,
        Some("yes-no") => Format::YesNo,
        Some("boxes") => Format::Boxes,
        Some("json") => Format::Json,
        Some("choice") if words.choices.len() < 2 => {
            return trouble(
                line,
                "a choice needs two answers at least; give choices = [\"one\", \"two\"]",
            );
        }
        Some("choice") => Format::Choice(choices(&words.choices)?),
        Some(word) => {
            let near = nearest(word, FORMATS.iter().copied());
            let hint = near.map_or_else(
                || format!("use {}", FORMATS.join(", ")),
                |it| format!("did you mean {it}?"),
            );
            return trouble(line, format!("format {:?} is unknown; {hint}", short(word)));
        }
    };
    match (&format, words.choices.first()) {
        (Format::Choice(_), _) | (_, None) => Ok(format),
        (_, Some(choice)) => needless_choices(choice.line),
    }
}

fn needless_choices<T>(line: usize) -> Fallible<T> {
    trouble(
        line,
        "choices are given, but the format is no choice; write format = \"choice\", or take them out",
    )
}

/// Choices, each once and none empty.
fn choices(said: &[Said]) -> Fallible<Vec<String>> {
    distinct("a choice", said)?;
    Ok(said.iter().map(|it| it.text.clone()).collect())
}

fn distinct(what: &str, said: &[Said]) -> Fallible<()> {
    for (index, it) in said.iter().enumerate() {
        if it.text.is_empty() {
            return trouble(
                it.line,
                format!("{what} is empty; write it, or take it out"),
            );
        }
        if said[..index].iter().any(|other| other.text == it.text) {
            let problem = format!(
                "{what} is there twice ({:?}); take one out",
                short(&it.text)
            );
            return trouble(it.line, problem);
        }
    }
    Ok(())
}

/// The variables of a table, each with its line; of one that is known from above, what is not said here stays.
fn declared(table: &Table<'_>, above: &[(Variable, usize)]) -> Fallible<Vec<(Variable, usize)>> {
    let mut variables = above.to_vec();
    let Some(tables) = table.table("variables")? else {
        return Ok(variables);
    };
    for (name, inner) in tables.tables()? {
        let known = variables.iter_mut().find(|(it, _)| it.name == name.text);
        let mut variable = match &known {
            Some((it, _)) => it.clone(),
            None if template::is_name(&name.text) => Variable {
                name: name.text.clone(),
                ..Variable::default()
            },
            None => {
                let problem = format!(
                    "{:?} is no name of a variable; use a letter, then letters, digits, - and _, all lower-case",
                    short(&name.text)
                );
                return trouble(name.line, problem);
            }
        };
        fill_in(&mut variable, &inner)?;
        match known {
            Some(slot) => *slot = (variable, name.line),
            None => variables.push((variable, name.line)),
        }
    }
    if variables.len() > MOST {
        return trouble(
            tables.line,
            format!("there are more than {MOST} variables; make several prompts of it"),
        );
    }
    Ok(variables)
}

fn fill_in(variable: &mut Variable, table: &Table<'_>) -> Fallible<()> {
    table.only(&OF_VARIABLE)?;
    if let Some(said) = table.line_of("description")? {
        variable.description = said.text;
    }
    let values = table.texts("values")?;
    distinct("a value", &values)?;
    if !values.is_empty() {
        variable.values = values.into_iter().map(|it| it.text).collect();
    }
    let default = table.line_of("default")?;
    let example = table.line_of("example")?;
    let line = default.as_ref().or(example.as_ref());
    let line = line.map_or(table.line, |it| it.line);
    if let Some(said) = example {
        variable.example = said.text;
    }
    if let Some(said) = default {
        variable.default = Some(said.text);
    }
    let given = [
        ("default", variable.default.as_deref()),
        (
            "example",
            Some(variable.example.as_str()).filter(|it| !it.is_empty()),
        ),
    ];
    for (key, value) in given {
        let Some(value) = value.filter(|it| !variable.values.is_empty() && !allows(variable, it))
        else {
            continue;
        };
        let problem = format!(
            "the {key} {:?} of {} is not among its values; use one of {}",
            short(value),
            variable.name,
            variable.values.join(", ")
        );
        return trouble(line, problem);
    }
    Ok(())
}

fn allows(variable: &Variable, value: &str) -> bool {
    variable.values.iter().any(|it| it == value)
}

/// The wording of checked texts.
fn wording(
    name: &str,
    lang: Lang,
    words: &Words,
    variables: &[(Variable, usize)],
    format: Format,
) -> Fallible<Wording> {
    let named = |what: &str, said: &Said| {
        let pieces = pieces(&said.text).map_err(|problem| Trouble {
            line: Some(said.line),
            problem: format!("{what}: {problem}"),
        })?;
        let used = template::variables(&pieces);
        let unknown = used
            .iter()
            .find(|it| !variables.iter().any(|(known, _)| known.name == **it));
        match unknown {
            Some(unknown) => trouble(
                said.line,
                format!(
                    "{what} uses {{{{{unknown}}}}}, which is not declared; add [variables.{unknown}]"
                ),
            ),
            None => Ok(used.into_iter().map(str::to_owned).collect::<Vec<_>>()),
        }
    };
    let of_text = named("text", &words.text)?;
    let mut used = Vec::new();
    for (what, said) in [("system", &words.system), ("before", &words.before)] {
        used.extend(said.as_ref().map_or(Ok(Vec::new()), |it| named(what, it))?);
    }
    used.extend(of_text.iter().cloned());
    for (variable, line) in variables {
        if !used.contains(&variable.name) {
            let problem = format!(
                "the variable {0} is declared and never used; write {{{{{0}}}}} into the text, or take it out",
                variable.name
            );
            return trouble(*line, problem);
        }
    }
    paraphrases(words, &of_text, &named)?;
    let place = |name: &str| used.iter().position(|it| it == name);
    let mut variables: Vec<Variable> = variables.iter().map(|(it, _)| it.clone()).collect();
    variables.sort_by_key(|it| place(&it.name));
    let text_of = |said: &Option<Said>| said.as_ref().map(|it| it.text.clone());
    Ok(Wording {
        lang,
        title: text_of(&words.title).unwrap_or_else(|| name.to_owned()),
        system: text_of(&words.system),
        before: text_of(&words.before).unwrap_or_default(),
        text: words.text.text.clone(),
        variables,
        format,
        paraphrases: words.paraphrases.iter().map(|it| it.text.clone()).collect(),
    })
}

/// Refuses paraphrases that are no other words for the same question.
fn paraphrases(
    words: &Words,
    of_text: &[String],
    named: &dyn Fn(&str, &Said) -> Fallible<Vec<String>>,
) -> Fallible<()> {
    distinct("a paraphrase", &words.paraphrases)?;
    for (number, said) in (1..).zip(&words.paraphrases) {
        let what = format!("paraphrase {number}");
        checked(&what, &said.text, said.line)?;
        if number > MOST {
            return trouble(
                said.line,
                format!("there are more than {MOST} paraphrases; take some out"),
            );
        }
        if said.text == words.text.text {
            return trouble(
                said.line,
                format!("{what} is the text itself; use other words, or take it out"),
            );
        }
        let own = named(&what, said)?;
        let (wanting, left) = (
            of_text.iter().find(|it| !own.contains(it)),
            own.iter().find(|it| !of_text.contains(it)),
        );
        if let Some(name) = wanting {
            let problem =
                format!("{what} does not use {{{{{name}}}}}, which the text does; put it in");
            return trouble(said.line, problem);
        }
        if let Some(name) = left {
            let problem =
                format!("{what} uses {{{{{name}}}}}, which the text does not; take it out");
            return trouble(said.line, problem);
        }
    }
    Ok(())
}

/// Names and values of a table of settings.
fn settings(
    top: &Table<'_>,
    key: &str,
    keys: &[&str],
    possible: Possible<'_>,
) -> Fallible<Vec<(String, String)>> {
    let Some(table) = top.table(key)? else {
        return Ok(Vec::new());
    };
    table.only(keys)?;
    let mut pairs = Vec::new();
    for (name, value) in table.values()? {
        if let Err(problem) = possible(&name.text, &value) {
            let problem = format!("{} {:?}: {problem}", name.text, short(&value));
            return trouble(name.line, problem);
        }
        pairs.push((name.text, value));
    }
    Ok(pairs)
}
