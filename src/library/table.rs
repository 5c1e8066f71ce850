//! A TOML table in; its texts, lists and tables out, each with its line, and one sentence for whatever does not belong there.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::nearest::nearest;
use crate::session::safe::printable;

/// What is wrong with a prompt's file, and on which line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The line; `None` when it is the file as a whole.
    pub(super) line: Option<usize>,
    /// One sentence.
    pub(super) problem: String,
}

pub(super) type Fallible<T> = Result<T, Trouble>;

/// A problem on a line.
pub(super) fn trouble<T>(line: usize, problem: impl Into<String>) -> Fallible<T> {
    Err(Trouble {
        line: Some(line),
        problem: problem.into(),
    })
}

/// A text and the line where it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Where a TOML text stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'a> {
    /// The TOML text.
    pub(super) text: &'a str,
    /// The line of the file on which it begins, from 1.
    pub(super) first: usize,
}

impl Lines<'_> {
    pub(super) fn at(self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        before.filter(|byte| *byte == b'\n').count() + self.first
    }
}

/// A table of a prompt's file.
#[derive(Debug, Clone)]
pub(super) struct Table<'a> {
    pub(super) entries: &'a DeTable<'a>,
    pub(super) lines: Lines<'a>,
    /// The line where it was given.
    pub(super) line: usize,
    /// What it is, as a sentence names it: `a prompt`, `[variables.object]`.
    pub(super) named: String,
}

impl<'a> Table<'a> {
    /// Refuses keys that are not among these.
    pub(super) fn only(&self, keys: &[&str]) -> Fallible<()> {
        for (key, _) in self.entries {
            let name = key.get_ref().as_ref();
            if keys.contains(&name) {
                continue;
            }
            let hint = match nearest(name, keys.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("it may have {}", keys.join(", ")),
            };
            let problem = format!("{} has no key {:?}; {hint}", self.named, short(name));
            return trouble(self.lines.at(key.span().start), problem);
        }
        Ok(())
    }

    /// Names and tables of all entries, in the order of their lines.
    pub(super) fn tables(&self) -> Fallible<Vec<(Said, Self)>> {
        let mut tables = Vec::new();
        for (key, value) in self.entries {
            let line = self.lines.at(key.span().start);
            let text = key.get_ref().to_string();
            let table = self.inner(&text, line, value)?;
            tables.push((Said { text, line }, table));
        }
        tables.sort_by_key(|(name, _)| name.line);
        Ok(tables)
    }

    /// The table of this key.
    pub(super) fn table(&self, key: &str) -> Fallible<Option<Self>> {
        let Some((line, value)) = self.entry(key) else {
            return Ok(None);
        };
        self.inner(key, line, value).map(Some)
    }

    /// The text of this key, blanks around it taken off; lines stay.
    pub(super) fn text(&self, key: &str) -> Fallible<Option<Said>> {
        let Some((line, value)) = self.entry(key) else {
            return Ok(None);
        };
        let DeValue::String(text) = value.get_ref() else {
            return wrong(key, line, value, "text in quotes");
        };
        checked(key, text, line).map(Some)
    }

    /// The text of this key, which may have one line only.
    pub(super) fn line_of(&self, key: &str) -> Fallible<Option<Said>> {
        let said = self.text(key)?;
        match &said {
            Some(it) if it.text.contains('\n') => trouble(
                it.line,
                format!("{key} has several lines; put it on one line"),
            ),
            _ => Ok(said),
        }
    }

    /// The texts of this key; none when it is not there.
    pub(super) fn texts(&self, key: &str) -> Fallible<Vec<Said>> {
        let Some((line, value)) = self.entry(key) else {
            return Ok(Vec::new());
        };
        let what = "a list of texts, as in [\"one\", \"two\"]";
        let DeValue::Array(items) = value.get_ref() else {
            return wrong(key, line, value, what);
        };
        let said = items.iter().map(|item| {
            let line = self.lines.at(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => checked(key, text, line),
                _ => wrong(key, line, item, what),
            }
        });
        said.collect()
    }

    /// Every entry as a name and its value as text: texts, numbers, true and false.
    pub(super) fn values(&self) -> Fallible<Vec<(Said, String)>> {
        let mut values = Vec::new();
        for (key, value) in self.entries {
            let line = self.lines.at(key.span().start);
            let name = key.get_ref().to_string();
            let text = match value.get_ref() {
                DeValue::String(text) => checked(&name, text, line)?.text,
                DeValue::Integer(number) => number.to_string(),
                DeValue::Float(number) => number.to_string(),
                DeValue::Boolean(truth) => truth.to_string(),
                _ => return wrong(&name, line, value, "text, a number, true or false"),
            };
            values.push((Said { text: name, line }, text));
        }
        values.sort_by_key(|(name, _)| name.line);
        Ok(values)
    }

    fn entry(&self, key: &str) -> Option<(usize, &'a Spanned<DeValue<'a>>)> {
        let found = self.entries.iter().find(|(name, _)| name.get_ref() == key);
        found.map(|(name, value)| (self.lines.at(name.span().start), value))
    }

    fn inner(&self, key: &str, line: usize, value: &'a Spanned<DeValue<'a>>) -> Fallible<Self> {
        let DeValue::Table(entries) = value.get_ref() else {
            return wrong(key, line, value, &format!("a table, as in [{key}]"));
        };
        let named = match self.named.strip_suffix(']') {
            Some(outer) => format!("{outer}.{}]", short(key)),
            None => format!("[{}]", short(key)),
        };
        Ok(Self {
            entries,
            lines: self.lines,
            line,
            named,
        })
    }
}

/// A value of another kind than is wanted.
fn wrong<T>(key: &str, line: usize, value: &Spanned<DeValue<'_>>, wanted: &str) -> Fallible<T> {
    let kind = value.get_ref().type_str();
    let article = if kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    trouble(
        line,
        format!("{:?} is {article} {kind}; give {wanted}", short(key)),
    )
}

/// A word of a file, short enough for a sentence.
pub(super) fn short(word: &str) -> String {
    const MOST: usize = 40;
    if word.chars().count() <= MOST {
        return word.to_owned();
    }
    word.chars().take(MOST).chain(['…']).collect()
}

/// A text without the blanks around it, as the chat template trims it too.
///
/// # Errors
/// When it holds a character that cannot be seen.
pub(super) fn checked(key: &str, text: &str, line: usize) -> Fallible<Said> {
    match unseen(text) {
        Some(found) => trouble(
            line,
            format!(
                "{} holds U+{:04X}, which cannot be seen; take it out",
                short(key),
                u32::from(found)
            ),
        ),
        None => Ok(Said {
            text: text.trim().to_owned(),
            line,
        }),
    }
}

/// The first character of a text that a person would not see: a control (line feeds and tabs may be), or a mark that
/// hides or reorders what stands around it.
pub(super) fn unseen(text: &str) -> Option<char> {
    let shown = printable(text);
    let mut both = text.chars().zip(shown.chars());
    both.find(|(was, is)| was != is).map(|(was, _)| was)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_found() {
        let check = |text: &str, found: Option<char>| assert_eq!(unseen(text), found, "{text:?}");
        check("", None);
        check("Where is it?\n\tHere. 在哪里？ é 🫁", None);
        check("a\u{1b}[2J", Some('\u{1b}'));
        check("a\rb", Some('\r'));
        check("a\r\nb", Some('\r'));
        check("a\r\n", Some('\r'));
        check("left\u{202e}thgir", Some('\u{202e}'));
        check("\u{200b}", Some('\u{200b}'));
        check("x\u{0}", Some('\u{0}'));
    }
}
