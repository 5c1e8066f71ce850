//! A text and where its caret is in, what could be meant out: `/` a command or its value, `@` a picture or a region.

use std::ops::Range;

use crate::session::safe::printable_line;

/// A command that can be completed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// Its name, without the slash.
    pub name: String,
    /// Its arguments as help shows them.
    pub arguments: String,
    /// A line about it, in the reader's language.
    pub about: String,
    /// What may stand after it, if that is known.
    pub values: Vec<String>,
    /// Whether somebody has to be asked what may stand after it (files).
    pub asks: bool,
    /// Whether it is done at once also while the model answers.
    pub is_instant: bool,
}

/// A picture or a region that can be named in a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its name, without the `@`.
    pub name: String,
    /// A line about it, in the reader's language.
    pub about: String,
}

/// What can be completed to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What kind of word it is.
    pub what: What,
    /// Where the word begins, sign included; it ends at the caret.
    pub start: usize,
    /// What was typed of it, sign included.
    pub typed: String,
    /// What it could be, the likeliest first.
    pub list: Vec<Candidate>,
    /// The one that stands in the text; `None` while what was typed does.
    pub at: Option<usize>,
}

/// What kind of word is completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A command.
    Command,
    /// What stands after this command.
    Value(String),
    /// A picture or a region.
    Name,
}

/// A word that could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The word, sign included.
    pub word: String,
    /// A line about it.
    pub about: String,
}

impl Name {
    /// Its text made harmless: names of files come from anywhere.
    pub(super) fn harmless(self) -> Self {
        Self {
            name: printable_line(&self.name),
            about: printable_line(&self.about),
        }
    }
}

impl Candidate {
    /// Its text made harmless: names of files come from anywhere.
    pub(super) fn harmless(self) -> Self {
        Self {
            word: printable_line(&self.word),
            about: printable_line(&self.about),
        }
    }
}

/// What is known that can be completed.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The commands.
    pub commands: Vec<Command>,
    /// The pictures and regions.
    pub names: Vec<Name>,
}

/// The most words that are offered.
const MOST: usize = 64;

impl Known {
    /// What the word at the caret could be; `None` when it is nothing that is completed, or nothing fits.
    pub fn complete(&self, text: &str, caret: usize) -> Option<Completion> {
        let before = text.get(..caret)?;
        let (what, start, list) = self.name(before).or_else(|| self.command(before))?;
        if list.is_empty() {
            return None;
        }
        Some(Completion {
            what,
            start,
            typed: before[start..].to_owned(),
            list,
            at: None,
        })
    }

    fn name(&self, before: &str) -> Option<(What, usize, Vec<Candidate>)> {
        let start = before.rfind('@')?;
        let typed = &before[start + 1..];
        let is_address = before[..start].ends_with(|it: char| it.is_ascii_alphanumeric());
        if typed.contains(char::is_whitespace) || is_address {
            return None;
        }
        let names = self
            .names
            .iter()
            .map(|it| (it.name.as_str(), it.about.as_str()));
        Some((What::Name, start, rank(typed, names, "@")))
    }

    fn command(&self, before: &str) -> Option<(What, usize, Vec<Candidate>)> {
        let typed = before.strip_prefix('/')?;
        if typed.contains('\n') {
            return None;
        }
        let Some((name, rest)) = typed.split_once(' ') else {
            let about = |it: &Command| {
                format!("{}  {}", it.arguments, it.about)
                    .trim_start()
                    .to_owned()
            };
            let commands: Vec<(&str, String)> = self
                .commands
                .iter()
                .map(|it| (it.name.as_str(), about(it)))
                .collect();
            let commands = commands.iter().map(|it| (it.0, it.1.as_str()));
            return Some((What::Command, 0, rank(typed, commands, "/")));
        };
        let command = self.commands.iter().find(|it| it.name == name)?;
        let word = rest.rsplit(' ').next().unwrap_or("");
        let values = command.values.iter().map(|it| (it.as_str(), ""));
        let what = What::Value(command.name.clone());
        Some((what, before.len() - word.len(), rank(word, values, "")))
    }

    /// The command whose values somebody has to be asked for, and the word that was typed of one.
    pub fn asks(&self, text: &str, caret: usize) -> Option<(String, String)> {
        let (name, rest) = text.get(..caret)?.strip_prefix('/')?.split_once(' ')?;
        let is_asked = self.commands.iter().any(|it| it.asks && it.name == name);
        let word = rest.rsplit(' ').next().unwrap_or("");
        is_asked.then(|| (name.to_owned(), word.to_owned()))
    }

    /// Whether an input is a command that is done at once also while the model answers.
    pub fn is_instant(&self, text: &str) -> bool {
        let name = text
            .trim_start()
            .strip_prefix('/')
            .and_then(|it| it.split_whitespace().next());
        self.commands
            .iter()
            .any(|it| it.is_instant && Some(it.name.as_str()) == name)
    }

    /// The pictures and regions that a text names, in its order, each once: after an `@` the longest name that fits.
    pub fn named(&self, text: &str) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        for (at, _) in text.match_indices('@') {
            if text[..at].ends_with(|it: char| it.is_ascii_alphanumeric()) {
                continue;
            }
            let rest = &text[at + 1..];
            let fits = |it: &&Name| {
                let after = rest.strip_prefix(it.name.as_str());
                after.is_some_and(|it| !it.starts_with(|it: char| it.is_ascii_alphanumeric()))
            };
            let longest = self
                .names
                .iter()
                .filter(fits)
                .max_by_key(|it| it.name.len());
            if let Some(name) = longest.filter(|it| !named.contains(&it.name)) {
                named.push(name.name.clone());
            }
        }
        named
    }
}

impl Completion {
    /// The bytes of the word, now that this stands in the text.
    pub fn range(&self) -> Range<usize> {
        let word = self
            .at
            .and_then(|it| self.list.get(it))
            .map_or(&self.typed, |it| &it.word);
        self.start..self.start + word.len()
    }

    /// The next or the previous word, round the ends.
    pub fn step(&mut self, down: bool) {
        let n = self.list.len().max(1);
        self.at = Some(match self.at {
            None => {
                if down {
                    0
                } else {
                    n - 1
                }
            }
            Some(at) => (at + if down { 1 } else { n - 1 }) % n,
        });
    }
}

/// The words that fit what was typed: those that begin with it, then those that have it in them, then those that have its
/// letters in their order.
fn rank<'a>(
    typed: &str,
    words: impl Iterator<Item = (&'a str, &'a str)>,
    sign: &str,
) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let mut fitting: Vec<(usize, Candidate)> = words
        .filter_map(|(word, about)| {
            let candidate = Candidate {
                word: format!("{sign}{word}"),
                about: about.to_owned(),
            };
            Some((grade(&word.to_lowercase(), &typed)?, candidate))
        })
        .collect();
    fitting.sort_by_key(|it| it.0);
    fitting.into_iter().map(|it| it.1).take(MOST).collect()
}

fn grade(word: &str, typed: &str) -> Option<usize> {
    if word.starts_with(typed) {
        return Some(0);
    }
    if word.contains(typed) {
        return Some(1);
    }
    let mut letters = word.chars();
    typed
        .chars()
        .all(|it| letters.any(|letter| letter == it))
        .then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let command = |name: &str, values: &[&str]| Command {
            name: name.to_owned(),
            values: values.iter().map(|it| (*it).to_owned()).collect(),
            asks: name == "open",
            is_instant: name == "context",
            ..Command::default()
        };
        let name = |name: &str| Name {
            name: name.to_owned(),
            about: String::new(),
        };
        Known {
            commands: vec![
                command("open", &[]),
                command("window", &["lung", "bone", "auto"]),
                command("context", &[]),
                command("retry", &[]),
            ],
            names: vec![name("chest.dcm"), name("R1"), name("R12")],
        }
    }

    #[track_caller]
    fn check(text: &str, start: usize, words: &[&str]) {
        let caret = text.find('|').unwrap();
        let found = known().complete(&text.replacen('|', "", 1), caret);
        let list = found.as_ref().map(|it| {
            it.list
                .iter()
                .map(|it| it.word.as_str())
                .collect::<Vec<_>>()
        });
        assert_eq!(list.unwrap_or_default(), words, "{text:?}");
        assert!(
            words.is_empty() || found.unwrap().start == start,
            "{text:?}"
        );
    }

    #[test]
    fn words_are_completed_by_their_sign() {
        check("/|", 0, &["/open", "/window", "/context", "/retry"]);
        check("/o|", 0, &["/open", "/window", "/context"]);
        check("/ry|", 0, &["/retry"]);
        check("/zz|", 0, &[]);
        check("a /|", 0, &[]);
        check("/window |", 8, &["lung", "bone", "auto"]);
        check("/window b|", 8, &["bone"]);
        check("/nothing b|", 0, &[]);
        check("@|", 0, &["@chest.dcm", "@R1", "@R12"]);
        check("see @r|", 4, &["@R1", "@R12"]);
        check("请看@R|的边缘", 6, &["@R1", "@R12"]);
        check("me@R|", 0, &[]);
        check("@R1 |", 0, &[]);
        check("/window @c|", 8, &["@chest.dcm"]);
        check("plain|", 0, &[]);
    }

    #[test]
    fn a_question_names_what_it_is_about() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(known().named(text), expected, "{text:?}");
        check("What is @R1?", &["R1"]);
        check("@R12 and @R1, @R12", &["R12", "R1"]);
        check("比较@R1与@chest.dcm的边缘", &["R1", "chest.dcm"]);
        check("@R123 a@R1 @ R1 @r1", &[]);
    }

    #[test]
    fn files_are_asked_for() {
        let asks = |text: &str| known().asks(text, text.len());
        assert_eq!(
            asks("/open a ch"),
            Some(("open".to_owned(), "ch".to_owned()))
        );
        assert_eq!(asks("/open"), None);
        assert_eq!(asks("/window l"), None);
        assert!(
            known().is_instant("/context")
                && !known().is_instant("/retry")
                && !known().is_instant("context")
        );
    }
}
