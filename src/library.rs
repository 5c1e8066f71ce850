//! The built-in prompts and a person's own prompt files in; a question with its system text, settings and paraphrases out.
//!
//! # A prompt
//!
//! A prompt is a question that is asked again and again: its words, with `{{variables}}` for what changes, and how the
//! question is to be asked. It is asked by `/use NAME key=value …` or `--prompt NAME --set-var key=value`.
//! The built-in ones are the files in `library/prompts/`, and good to start from. A person's own are the files
//! `NAME.toml` and `NAME.md` in one folder; a file with a built-in's name takes its place, and the listing says so.
//! A name is of lower-case words with dashes. What is wrong with a file is one sentence, hides no other file, and no
//! built-in prompt silently stands in for a broken file of the same name.
//!
//! # As TOML
//!
//! ```toml
//! title = "One organ"                  # for the listing; its name when left out
//! language = "en"                      # of the texts on this level: en (when left out) or zh
//! system = "You are a radiologist."    # left out: the one that is set stays; "": none
//! before = ""                          # a text that stands before the pictures
//! text = "How does the {{organ}} look?"
//! paraphrases = ["What does the {{organ}} look like?"]   # the same question in other words, with the same variables
//! format = "text"                      # what is expected: text, yes-no, boxes, json, choice
//! choices = []                         # the possible answers, when the format is choice
//! notes = "For the curious."
//! source = "own wording"               # where the wording is from
//!
//! [variables.organ]                    # each variable that the texts use
//! description = "an organ"
//! example = "left lung"                # for the usage line
//! default = "heart"                    # left out: a value must be given; "": it may stay empty
//! values = ["heart", "left lung"]      # left out: any value; letter case does not count
//!
//! [settings]                           # as in the settings file: max-new-tokens, min-p, repetition-penalty, seed,
//! temperature = 0                      # temperature, top-k, top-p
//!
//! [view]                               # how pictures are looked at: window, slices, plane, slab, …
//! window = "lung"
//!
//! [zh]                                 # the same prompt in the other language: title, system, before, text,
//! text = "{{organ}}怎么样?"            # paraphrases, choices, and what differs of the variables
//! [zh.variables.organ]
//! default = "心脏"
//! values = ["心脏", "左肺"]
//! ```
//!
//! Two braces that shall stay are written `\{{`; single braces, and so JSON, need nothing. Blanks around a text are
//! taken off, as the chat template does.
//!
//! # As Markdown
//!
//! The same keys between two `+++` lines, all of which may be left out, then the text. The long texts may be sections:
//! `## System`, `## Before` and `## Paraphrases` (a list), and with a language `## Text (zh)`, `## System (zh)` and so
//! on. Any other heading belongs to the text; `\## System` is text, too.
//!
//! # Which language
//!
//! `--lang zh` takes the Chinese wording, `--lang en` the English one. With `auto`, Chinese characters in a value or
//! in the questions so far take the Chinese one; else it is the language of the interface ([`language`]). A prompt in
//! one language only is asked in that one.

mod built_in;
mod complete;
mod file;
mod folder;
mod markdown;
mod render;
mod table;
mod template;
mod typed;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::context::{Language, has_chinese};
use crate::error::Failure;
use crate::nearest::nearest;
use crate::session::safe::printable_line;
use crate::settings::Lang;

pub use built_in::file as built_in_file;
pub use complete::Offer;
pub use file::Kind;
pub use render::{Rendered, VALUE_MOST, render};
pub use typed::{Use, assignment, parse_use, quoted};

/// The settings that a prompt may have in `[settings]`.
pub const SETTINGS: [&str; 7] = [
    "max-new-tokens",
    "min-p",
    "repetition-penalty",
    "seed",
    "temperature",
    "top-k",
    "top-p",
];

/// The settings that a prompt may have in `[view]`: those of how pictures are looked at that no single picture decides.
pub const VIEW: [&str; 8] = [
    "crop",
    "invert",
    "jpeg-quality",
    "overlays",
    "plane",
    "slab",
    "slices",
    "window",
];

/// A question with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Its name: lower-case words with dashes.
    pub name: String,
    /// Where it is from.
    pub place: Place,
    /// Its words, once for each language it is in; the first are those of the file's own language.
    pub wordings: Vec<Wording>,
    /// Settings to apply while it is asked: name and value as text, in the order of the file.
    pub settings: Vec<(String, String)>,
    /// Settings of how pictures are looked at, likewise.
    pub view: Vec<(String, String)>,
    /// Whatever a user should know, "" for nothing.
    pub notes: String,
    /// Where the wording is from, "" when nobody said.
    pub source: String,
}

/// Where a prompt is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The program itself.
    BuiltIn,
    /// A file of the person's own.
    Own {
        /// The file.
        file: PathBuf,
        /// Whether it took the place of a built-in one.
        replaces: bool,
    },
}

/// A prompt in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Wording {
    /// The language.
    pub lang: Lang,
    /// For the listing.
    pub title: String,
    /// System text with variables; `None` leaves the one that is set, `Some("")` is none.
    pub system: Option<String>,
    /// A text with variables that stands before the pictures, "" for none.
    pub before: String,
    /// The question, with variables.
    pub text: String,
    /// What the texts leave open, in the order in which it first stands there.
    pub variables: Vec<Variable>,
    /// What the answer should be.
    pub format: Format,
    /// The question in other words, with the same variables.
    pub paraphrases: Vec<String>,
}

/// What a prompt leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value when none is given; `None` when one must be given.
    pub default: Option<String>,
    /// One line about it, "" for none.
    pub description: String,
    /// A value for the usage line, "" for none.
    pub example: String,
    /// The values it may have; none when it may have any.
    pub values: Vec<String>,
}

/// What an answer should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Format {
    /// Words.
    #[default]
    Text,
    /// Yes or no, 有 or 没有.
    YesNo,
    /// A JSON list of boxes, as [`crate::boxes`] reads it.
    Boxes,
    /// One of these.
    Choice(Vec<String>),
    /// Any JSON.
    Json,
}

/// The names of the formats, as a file gives them.
pub const FORMATS: [&str; 5] = ["text", "yes-no", "boxes", "choice", "json"];

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::YesNo => f.write_str("yes-no"),
            Self::Boxes => f.write_str("boxes"),
            Self::Choice(choices) => write!(f, "choice: {}", choices.join(", ")),
            Self::Json => f.write_str("json"),
        }
    }
}

/// A file of the person's own that is no prompt, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the folder.
    pub file: PathBuf,
    /// The line, from 1; `None` when it is the file as a whole.
    pub line: Option<usize>,
    /// One sentence that says what to do.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable_line(&self.file.to_string_lossy()))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Says whether a setting can have a value, as `/set` would: half a sentence when not.
pub type Possible<'a> = &'a dyn Fn(&str, &str) -> Result<(), String>;

/// Every prompt there is.
#[derive(Debug, Clone)]
pub struct Library {
    prompts: Vec<Prompt>,
    problems: Vec<Problem>,
}

/// A prompt as the listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its title in the language of the listing, if it has one.
    pub title: &'a str,
    /// How it is asked: `/use localize object="right lung"`.
    pub usage: String,
    /// Where it is from, in words.
    pub place: String,
}

impl Library {
    /// The built-in prompts alone.
    pub fn built_in() -> Self {
        Self {
            prompts: built_in::prompts(),
            problems: Vec::new(),
        }
    }

    /// The built-in prompts and the files of a folder, which need not exist. A built-in prompt with the name of a broken
    /// file is left out, so that nobody asks it instead. `possible` judges the values of settings.
    pub fn open(folder: &Path, possible: Possible<'_>) -> Self {
        let mut library = Self::built_in();
        let (own, problems) = folder::read(folder, possible);
        for mut prompt in own {
            let same = library.prompts.iter().position(|it| it.name == prompt.name);
            match (same, &mut prompt.place) {
                (Some(index), Place::Own { replaces, .. }) => {
                    *replaces = true;
                    library.prompts[index] = prompt;
                }
                _ => library.prompts.push(prompt),
            }
        }
        library.problems = problems;
        let mut prompts = std::mem::take(&mut library.prompts);
        prompts.retain(|it| library.broken(&it.name).is_none());
        prompts.sort_by(|a, b| a.name.cmp(&b.name));
        library.prompts = prompts;
        library
    }

    /// The prompts, by name.
    pub fn prompts(&self) -> &[Prompt] {
        &self.prompts
    }

    /// The files that are no prompts.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The prompt of this name.
    ///
    /// # Errors
    /// When there is none (names the nearest), or a file of the person's own has this name and is broken.
    pub fn find(&self, name: &str) -> Result<&Prompt, Failure> {
        if let Some(problem) = self.broken(name) {
            return Err(Failure::Usage(problem.to_string()));
        }
        let found = self.prompts.iter().find(|it| it.name == name);
        found.ok_or_else(|| {
            let names = self.prompts.iter().map(|it| it.name.as_str());
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
            };
            Failure::Usage(format!(
                "no prompt is called {:?}; {hint}",
                table::short(name)
            ))
        })
    }

    /// The prompts as a listing shows them.
    pub fn rows(&self, lang: Lang) -> Vec<Row<'_>> {
        let rows = self.prompts.iter().map(|prompt| Row {
            name: &prompt.name,
            title: &prompt.wording(lang).title,
            usage: prompt.usage(lang),
            place: prompt.place.words(lang),
        });
        rows.collect()
    }

    /// The file of the person's own that has this name and is broken.
    fn broken(&self, name: &str) -> Option<&Problem> {
        let named = |it: &&Problem| file::name_of(&it.file).is_some_and(|(own, _)| own == name);
        self.problems.iter().find(named)
    }
}

impl Prompt {
    /// A prompt from a file's text; the place is [`Place::BuiltIn`] until somebody says otherwise.
    ///
    /// # Errors
    /// What is wrong with it, `line N: ` in front of it where it is on one line.
    pub fn read(
        name: &str,
        kind: Kind,
        text: &str,
        possible: Possible<'_>,
    ) -> Result<Self, Failure> {
        file::read(name, kind, text, possible).map_err(|trouble| {
            let at = trouble.line.map(|line| format!("line {line}: "));
            Failure::Usage(at.unwrap_or_default() + &trouble.problem)
        })
    }

    /// Its words in a language; those of its first language when it has none in this one.
    pub fn wording(&self, lang: Lang) -> &Wording {
        let wanted = self.wordings.iter().find(|it| it.lang == lang);
        wanted.unwrap_or_else(|| self.wordings.first().expect("a prompt has words"))
    }

    /// How it is asked: `/use localize object="right lung"`; what may be left out stands in brackets.
    pub fn usage(&self, lang: Lang) -> String {
        let mut usage = format!("/use {}", self.name);
        for variable in &self.wording(lang).variables {
            let value = typed::quoted(variable.shown());
            let part = match variable.default {
                None => format!(" {}={value}", variable.name),
                Some(_) => format!(" [{}={value}]", variable.name),
            };
            usage.push_str(&part);
        }
        usage
    }
}

impl Variable {
    /// A value to show: the example, else the default, else the first allowed one, else `…`.
    pub fn shown(&self) -> &str {
        let values = [
            Some(&self.example),
            self.default.as_ref(),
            self.values.first(),
        ];
        let mut said = values.into_iter().flatten().filter(|it| !it.is_empty());
        said.next().map_or("…", String::as_str)
    }
}

impl Place {
    /// In words, for the listing.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::BuiltIn => lang.pick("built in", "内置").to_owned(),
            Self::Own { file, replaces } => {
                let file = printable_line(&file.to_string_lossy());
                let instead = if *replaces {
                    lang.pick(", in place of the built-in one", "(替代内置提示)")
                } else {
                    ""
                };
                format!("{file}{instead}")
            }
        }
    }
}

/// The language to ask a prompt in: the one that is wanted; with `Auto` Chinese when something `heard` (values, the
/// questions so far) has Chinese characters, else the language of the interface.
pub fn language(wanted: Language, heard: &[&str], interface: Lang) -> Lang {
    match wanted {
        Language::English => Lang::En,
        Language::Chinese => Lang::Zh,
        Language::Auto if heard.iter().any(|it| has_chinese(it)) => Lang::Zh,
        Language::Auto => interface,
    }
}

#[cfg(test)]
mod tests;
