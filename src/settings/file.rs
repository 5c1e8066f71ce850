//! The settings file in, its entries with their lines out, and the keys that it binds.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigPath, Key};
use crate::error::Failure;
use crate::tui::keymap;

/// One `key = value` of the file.
pub(super) struct Entry {
    /// The file.
    pub(super) path: PathBuf,
    /// The key's line, from 1.
    pub(super) line: usize,
    /// The setting's name.
    pub(super) key: &'static str,
    /// Its value as text.
    pub(super) value: String,
}

/// The entries of the file; none when it does not exist and was not named.
pub(super) fn read_file(config: &ConfigPath) -> Result<Vec<Entry>, Failure> {
    let Some(path) = &config.path else {
        return Ok(Vec::new());
    };
    match fs_err::read_to_string(path) {
        Ok(text) => entries(path, &text),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound && !config.named => Ok(Vec::new()),
        Err(err) => Err(Failure::Usage(format!("settings: {err}"))),
    }
}

/// The keys that the settings file changes, in its table `[keys]`; half a sentence when that is none.
///
/// # Errors
/// When the file is there and cannot be read, or its table is not one of keys.
pub fn keys_of(config: &ConfigPath) -> Result<Vec<keymap::Change>, keymap::Problem> {
    let path = config.path.as_ref();
    let text = path.and_then(|it| fs_err::read_to_string(it).ok());
    text.map_or_else(|| Ok(Vec::new()), |text| keymap::written(&text))
}

fn entries(path: &Path, text: &str) -> Result<Vec<Entry>, Failure> {
    let at = |offset: usize| line_of(text, offset);
    let say = |line: usize, problem: &str| {
        Failure::Usage(format!("{}:{line}: {problem}", path.display()))
    };
    let table = DeTable::parse(text).map_err(|err| {
        let line = at(err.span().map_or(0, |it| it.start));
        say(line, &format!("not TOML: {}", err.message()))
    })?;
    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        // the table of keys is the full screen's: `keys_of` reads it
        if keymap::is_keys(name.get_ref(), value) {
            continue;
        }
        let line = at(name.span().start);
        let key = Key::find(name.get_ref()).map_err(|err| say(line, &err.to_string()))?;
        let value = text_of(value).ok_or_else(|| {
            let kind = value.get_ref().type_str();
            let article = if kind.starts_with('a') { "an" } else { "a" };
            say(
                line,
                &format!(
                    "{} is {article} {kind}; give text, a number, true or false",
                    key.name
                ),
            )
        })?;
        entries.push(Entry {
            path: path.to_owned(),
            line,
            key: key.name,
            value,
        });
    }
    Ok(entries)
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
