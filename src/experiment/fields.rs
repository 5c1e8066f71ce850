//! A table of TOML, JSON or CSV in, its fields out, each asked for by name and kind; whatever nobody asked for is refused.

use std::cell::RefCell;
use std::fmt;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Pairs;
use crate::nearest::nearest;
use crate::session::safe::printable_line;

/// What is wrong with an experiment's file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file beside the experiment that it is in, as written; `None` is the experiment's own.
    pub within: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(within) = &self.within {
            write!(f, "{}: ", printable_line(within))?;
        }
        write!(f, "line {}: {}", self.line, printable_line(&self.problem))
    }
}

impl std::error::Error for Problem {}

/// A problem of the experiment's own file.
pub(super) fn at(line: usize, problem: impl Into<String>) -> Problem {
    Problem {
        within: None,
        line,
        problem: problem.into(),
    }
}

/// Where something begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// The file beside the experiment; `None` is the experiment's own.
    pub(super) within: Option<String>,
    /// The line, from 1.
    pub(super) line: usize,
}

impl Spot {
    /// In the experiment's own file.
    pub(super) fn here(line: usize) -> Self {
        Self { within: None, line }
    }

    /// A problem there.
    pub(super) fn problem(&self, problem: String) -> Problem {
        Problem {
            within: self.within.clone(),
            line: self.line,
            problem,
        }
    }
}

/// A value and the line it begins in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Text(String),
    Number(String),
    Truth(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Something that no field takes, by its name.
    Other(&'static str),
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) node: Node,
}

impl Kind {
    /// What it is called in a sentence.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Truth(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(name) => name,
        }
    }
}

impl Node {
    /// From TOML; `line` tells a place's line.
    pub(super) fn of_toml(value: &Spanned<DeValue<'_>>, line: &dyn Fn(usize) -> usize) -> Self {
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => {
                Kind::Number(number.as_str().replace('_', ""))
            }
            DeValue::Integer(_) => Kind::Other("a number that is not decimal"),
            DeValue::Float(number) => Kind::Number(number.as_str().replace('_', "")),
            DeValue::Boolean(truth) => Kind::Truth(*truth),
            DeValue::Datetime(_) => Kind::Other("a date"),
            DeValue::Array(values) => {
                Kind::List(values.iter().map(|it| Self::of_toml(it, line)).collect())
            }
            DeValue::Table(table) => Kind::Table(Self::entries(table, line)),
        };
        Self {
            line: line(value.span().start),
            kind,
        }
    }

    /// The fields of a TOML table, in the file's order.
    pub(super) fn entries(table: &DeTable<'_>, line: &dyn Fn(usize) -> usize) -> Vec<Entry> {
        let mut entries: Vec<(usize, Entry)> = table
            .iter()
            .map(|(key, value)| {
                let entry = Entry {
                    key: key.get_ref().to_string(),
                    line: line(key.span().start),
                    node: Self::of_toml(value, line),
                };
                (key.span().start, entry)
            })
            .collect();
        entries.sort_by_key(|(place, _)| *place);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// From JSON that stands in one line.
    pub(super) fn of_json(value: Value, line: usize) -> Self {
        let kind = match value {
            Value::Null => Kind::Other("null"),
            Value::Bool(truth) => Kind::Truth(truth),
            Value::Number(number) => Kind::Number(number.to_string()),
            Value::String(text) => Kind::Text(text),
            Value::Array(values) => Kind::List(
                values
                    .into_iter()
                    .map(|it| Self::of_json(it, line))
                    .collect(),
            ),
            Value::Object(object) => Kind::Table(
                object
                    .into_iter()
                    .map(|(key, value)| Entry {
                        key,
                        line,
                        node: Self::of_json(value, line),
                    })
                    .collect(),
            ),
        };
        Self { line, kind }
    }
}

/// The fields of a table, each asked for once by name; `finish` refuses those that were not asked for.
pub(super) struct Fields<'a> {
    /// What the table is, for sentences (`the variant "short"`).
    pub(super) what: String,
    /// Its line.
    pub(super) line: usize,
    entries: &'a [Entry],
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// Of a table.
    pub(super) fn new(what: impl Into<String>, line: usize, entries: &'a [Entry]) -> Self {
        Self {
            what: what.into(),
            line,
            entries,
            asked: RefCell::new(Vec::new()),
        }
    }

    /// Of a value that must be a table.
    pub(super) fn of(what: &str, node: &'a Node) -> Result<Self, Problem> {
        match &node.kind {
            Kind::Table(entries) => Ok(Self::new(what, node.line, entries)),
            other => Err(at(
                node.line,
                format!("{what} is {}; give a table", other.name()),
            )),
        }
    }

    /// The field of this name.
    pub(super) fn get(&self, key: &'static str) -> Option<&'a Entry> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.entries.iter().find(|it| it.key == key)
    }

    /// A problem with this table.
    pub(super) fn problem(&self, problem: &str) -> Problem {
        at(self.line, format!("{} {problem}", self.what))
    }

    /// A problem with a field.
    pub(super) fn wrong(&self, entry: &Entry, wanted: &str) -> Problem {
        let (key, kind) = (&entry.key, entry.node.kind.name());
        at(
            entry.line,
            format!("{key} of {} is {kind}; give {wanted}", self.what),
        )
    }

    /// A text, if there is one.
    pub(super) fn text(&self, key: &'static str) -> Result<Option<String>, Problem> {
        self.get(key)
            .map(|entry| match &entry.node.kind {
                Kind::Text(text) => Ok(text.clone()),
                _ => Err(self.wrong(entry, "text")),
            })
            .transpose()
    }

    /// A text with words in it, if there is one.
    pub(super) fn words(&self, key: &'static str) -> Result<Option<String>, Problem> {
        let text = self.text(key)?;
        let line = self.get(key).map_or(self.line, |it| it.line);
        match text {
            Some(text) if text.trim().is_empty() => Err(at(
                line,
                format!("{key} of {} is empty; write it, or leave it out", self.what),
            )),
            text => Ok(text),
        }
    }

    /// A list of texts, or one text, if there is one; no text is empty.
    pub(super) fn texts(&self, key: &'static str) -> Result<Option<Vec<String>>, Problem> {
        let Some(entry) = self.get(key) else {
            return Ok(None);
        };
        let wanted = "text, or a list of texts";
        let nodes = match &entry.node.kind {
            Kind::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(&entry.node),
        };
        let texts = nodes.iter().map(|node| match &node.kind {
            Kind::Text(text) if text.trim().is_empty() => Err(at(
                node.line,
                format!(
                    "{key} of {} has an empty text; write it, or leave it out",
                    self.what
                ),
            )),
            Kind::Text(text) => Ok(text.clone()),
            other if nodes.len() > 1 => Err(at(
                node.line,
                format!(
                    "{key} of {} has {} in it; give {wanted}",
                    self.what,
                    other.name()
                ),
            )),
            _ => Err(self.wrong(entry, wanted)),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// Whether it is true; `false` where there is none.
    pub(super) fn truth(&self, key: &'static str) -> Result<bool, Problem> {
        match self.get(key) {
            None => Ok(false),
            Some(entry) => match entry.node.kind {
                Kind::Truth(truth) => Ok(truth),
                _ => Err(self.wrong(entry, "true or false")),
            },
        }
    }

    /// A table of names and values as text; empty where there is none.
    pub(super) fn pairs(&self, key: &'static str) -> Result<Vec<(String, String, usize)>, Problem> {
        let Some(entry) = self.get(key) else {
            return Ok(Vec::new());
        };
        let Kind::Table(entries) = &entry.node.kind else {
            return Err(self.wrong(entry, "a table"));
        };
        entries
            .iter()
            .map(|it| match value(&it.node) {
                Some(value) => Ok((it.key.clone(), value, it.line)),
                None => Err(at(
                    it.line,
                    format!(
                        "{} of {key} of {} is {}; give text, a number, true or false",
                        it.key,
                        self.what,
                        it.node.kind.name()
                    ),
                )),
            })
            .collect()
    }

    /// A table of names and values as text, as a map.
    pub(super) fn map(&self, key: &'static str) -> Result<Pairs, Problem> {
        let pairs = self.pairs(key)?.into_iter();
        Ok(pairs.map(|(name, value, _)| (name, value)).collect())
    }

    /// Refuses a field that was not asked for.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        let asked = self.asked.borrow();
        let Some(entry) = self
            .entries
            .iter()
            .find(|it| !asked.contains(&it.key.as_str()))
        else {
            return Ok(());
        };
        let hint = match nearest(&entry.key, asked.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there is {}", asked.join(", ")),
        };
        let problem = format!("{} has no {:?}; {hint}", self.what, entry.key);
        Err(at(entry.line, problem))
    }
}

/// A text, number or truth as it would be typed.
pub(super) fn value(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
        Kind::Truth(truth) => Some(truth.to_string()),
        Kind::List(_) | Kind::Table(_) | Kind::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Vec<Entry> {
        Node::entries(DeTable::parse(text).unwrap().get_ref(), &|_| 7)
    }

    #[test]
    fn a_field_that_nobody_asked_for_is_refused_with_the_nearest_name() {
        let entries = table("titel = 'x'");
        let fields = Fields::new("the experiment", 1, &entries);
        fields.get("title");
        let problem = fields.finish().unwrap_err().to_string();
        assert_eq!(
            problem,
            "line 7: the experiment has no \"titel\"; did you mean title?"
        );
    }

    #[test]
    fn a_field_of_another_kind_is_named_with_what_it_is() {
        let entries = table("a = 1\nb = ['x', 2]\nc = ''\nd = 1979-05-27\ne = 0x1f");
        let fields = Fields::new("the case", 1, &entries);
        let check = |problem: Problem, text: &str| assert_eq!(problem.problem, text);
        check(
            fields.text("a").unwrap_err(),
            "a of the case is a number; give text",
        );
        check(
            fields.texts("b").unwrap_err(),
            "b of the case has a number in it; give text, or a list of texts",
        );
        check(
            fields.words("c").unwrap_err(),
            "c of the case is empty; write it, or leave it out",
        );
        check(
            fields.truth("d").unwrap_err(),
            "d of the case is a date; give true or false",
        );
        check(
            fields.pairs("e").unwrap_err(),
            "e of the case is a number that is not decimal; give a table",
        );
    }

    #[test]
    fn what_a_file_says_cannot_command_a_terminal() {
        let problem = at(1, "no \u{1b}[31m here\nsecond");
        assert_eq!(problem.to_string(), "line 1: no \\u{1b}[31m here\\nsecond");
    }
}
