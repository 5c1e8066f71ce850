//! The table `[keys]` of the settings file in, changes to the keymap out; what is wrong with them, in words.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Key, Place};
use crate::session::safe::printable_line;
use crate::settings::Lang;

/// A row that should have other keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The line of the file, from 1.
    pub line: usize,
    /// The row's name.
    pub id: String,
    /// Its keys, separated by blanks; "" for none.
    pub keys: String,
}

/// Something about the changes that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The file, or its table, is not what it should be.
    NotKeys(usize, String),
    /// No row is called so.
    NoSuchRow {
        /// The line of the file.
        line: usize,
        /// The name.
        id: String,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// No key is called so.
    NoSuchKey {
        /// The line of the file.
        line: usize,
        /// The row.
        id: String,
        /// The name.
        key: String,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// The key writes a character where it should be a command.
    Typed {
        /// The line of the file.
        line: usize,
        /// The row.
        id: String,
        /// The key.
        key: Key,
    },
    /// Two rows of a place want one key.
    Taken {
        /// The key.
        key: Key,
        /// Where.
        place: Place,
        /// The row that has it.
        by: String,
        /// The row that goes without.
        from: String,
    },
    /// A pane's key comes before one of the whole screen.
    Hidden {
        /// The key.
        key: Key,
        /// Where the inner one counts.
        place: Place,
        /// The inner row.
        by: String,
        /// The outer row, which the key does not reach there.
        from: String,
    },
}

impl Problem {
    /// The line of the file that it is about, if it is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotKeys(line, _)
            | Self::NoSuchRow { line, .. }
            | Self::NoSuchKey { line, .. }
            | Self::Typed { line, .. } => Some(*line),
            Self::Taken { .. } | Self::Hidden { .. } => None,
        }
    }

    /// One sentence without a period.
    pub fn say(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        let meant = |near: &Option<String>, otherwise: &str| match near {
            Some(near) => format!("did you mean {near}?"),
            None => otherwise.to_owned(),
        };
        match self {
            Self::NotKeys(_, what) => printable_line(what),
            Self::NoSuchRow { id, near, .. } => format!(
                "nothing that has keys is called {}; {}",
                quoted(id),
                meant(near, "help (F1) shows the names")
            ),
            Self::NoSuchKey { id, key, near, .. } => format!(
                "{} is no key for {id}; {}",
                quoted(key),
                meant(
                    near,
                    "keys are called ctrl-j, alt-enter, shift-up, G, f1, space"
                )
            ),
            Self::Typed { id, key, .. } => format!(
                "{key} is typed where {id} counts; give a key with ctrl or alt, or one that writes nothing"
            ),
            Self::Taken {
                key,
                place,
                by,
                from,
            } => format!(
                "{key} ({}) is {by}, so {from} goes without it",
                place.name(Lang::En)
            ),
            Self::Hidden {
                key,
                place,
                by,
                from,
            } => format!(
                "{key} is {by} ({}), so {from} is not reached by it there",
                place.name(Lang::En)
            ),
        }
    }

    fn chinese(&self) -> String {
        let meant = |near: &Option<String>, otherwise: &str| match near {
            Some(near) => format!("是否指 {near}？"),
            None => otherwise.to_owned(),
        };
        match self {
            Self::NotKeys(_, what) => printable_line(what),
            Self::NoSuchRow { id, near, .. } => format!(
                "没有名为 {} 的按键项；{}",
                quoted(id),
                meant(near, "帮助（F1）列出所有名称")
            ),
            Self::NoSuchKey { id, key, near, .. } => format!(
                "{id} 的按键 {} 无法识别；{}",
                quoted(key),
                meant(near, "写法如 ctrl-j、alt-enter、shift-up、G、f1、space")
            ),
            Self::Typed { id, key, .. } => {
                format!(
                    "{key} 在 {id} 生效处用于输入文字；请用带 ctrl 或 alt 的键，或不产生字符的键"
                )
            }
            Self::Taken {
                key,
                place,
                by,
                from,
            } => format!(
                "{key}（{}）已用于 {by}，{from} 不再使用它",
                place.name(Lang::Zh)
            ),
            Self::Hidden {
                key,
                place,
                by,
                from,
            } => format!(
                "{key} 在“{}”中是 {by}，在那里到不了 {from}",
                place.name(Lang::Zh)
            ),
        }
    }
}

/// Text of a file, harmless and not longer than a line needs.
fn quoted(text: &str) -> String {
    let text = printable_line(text);
    let most = text.char_indices().nth(40).map_or(text.len(), |it| it.0);
    let rest = if most < text.len() { "..." } else { "" };
    format!("\"{}{rest}\"", text.get(..most).unwrap_or(""))
}

/// The changes that a settings file asks for: its table `[keys]`, none when there is no such table. Both `"picture.invert" = "i"`
/// and `picture.invert = "i"` are understood.
///
/// # Errors
/// When the text is not TOML, `keys` is no table, or the keys of a row are not a text.
pub fn written(text: &str) -> Result<Vec<Change>, Problem> {
    let line = |offset: usize| {
        let before = text.as_bytes().iter().take(offset);
        before.filter(|it| **it == b'\n').count() + 1
    };
    let table = DeTable::parse(text).map_err(|err| {
        let at = line(err.span().map_or(0, |it| it.start));
        Problem::NotKeys(at, format!("not TOML: {}", err.message()))
    })?;
    let keys = table.get_ref().iter().find(|it| it.0.get_ref() == "keys");
    let Some((name, value)) = keys else {
        return Ok(Vec::new());
    };
    let DeValue::Table(keys) = value.get_ref() else {
        let kind = value.get_ref().type_str();
        return Err(Problem::NotKeys(
            line(name.span().start),
            format!("keys is {}; give a table, such as [keys]", a(kind)),
        ));
    };
    let mut changes = Vec::new();
    gather("", keys, &line, &mut changes)?;
    changes.sort_by_key(|it| it.line);
    Ok(changes)
}

fn gather(
    before: &str,
    table: &DeTable<'_>,
    line: &dyn Fn(usize) -> usize,
    changes: &mut Vec<Change>,
) -> Result<(), Problem> {
    for (name, value) in table {
        let id = format!("{before}{}", name.get_ref());
        let line_here = line(name.span().start);
        match value.get_ref() {
            DeValue::String(keys) => changes.push(Change {
                line: line_here,
                id,
                keys: keys.to_string(),
            }),
            DeValue::Table(inner) if before.is_empty() => {
                gather(&format!("{id}."), inner, line, changes)?;
            }
            other => {
                let what = format!(
                    "the keys of {} are {}; give text, such as \"ctrl-p f5\"",
                    quoted(&id),
                    a(other.type_str())
                );
                return Err(Problem::NotKeys(line_here, what));
            }
        }
    }
    Ok(())
}

fn a(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

/// Whether a value of the settings file is the table of keys, which the settings leave to the keymap.
pub fn is_keys(name: &str, value: &Spanned<DeValue<'_>>) -> bool {
    name == "keys" && matches!(value.get_ref(), DeValue::Table(_))
}
