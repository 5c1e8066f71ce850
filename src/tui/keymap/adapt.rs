//! A pane's own table of keys in, rows of the keymap out, each with a name for the settings.

use super::{Key, Place, Row};
use crate::tui::{input, talk};

/// What the keymap has to know of a row of a pane's table.
#[derive(Debug)]
pub struct Part<A> {
    /// Its name after the place's; `None` makes one of the English words.
    pub id: Option<&'static str>,
    /// Where its keys count.
    pub place: Place,
    /// The keys, separated by blanks.
    pub keys: &'static str,
    /// What they do.
    pub does: A,
    /// What it is called in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

/// Rows of any table: `part` says what a row of it is.
pub fn rows<B, A>(table: &[B], part: impl Fn(&B) -> Part<A>) -> Vec<Row<A>> {
    let parts = table.iter().map(part);
    parts
        .map(|it| {
            let name = it.id.map_or_else(|| slug(it.en), str::to_owned);
            let keys = it.keys.split_whitespace();
            Row {
                id: format!("{}.{name}", it.place.prefix()),
                place: it.place,
                keys: keys
                    .map(|it| Key::parse(it).expect("a table's keys have names"))
                    .collect(),
                does: it.does,
                en: it.en,
                zh: it.zh,
                is_changed: false,
            }
        })
        .collect()
}

/// `row-up` of `row up; earlier input`: what stands before the first semicolon, small, with hyphens.
pub fn slug(words: &str) -> String {
    let first = words.split(';').next().unwrap_or("");
    let parts = first.split(|it: char| !it.is_ascii_alphanumeric());
    let parts: Vec<String> = parts
        .filter(|it| !it.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    parts.join("-")
}

/// The rows of the conversation.
pub fn talk_rows<A>(wrap: impl Fn(talk::Msg) -> A) -> Vec<Row<A>> {
    rows(talk::KEYS, |it| Part {
        id: None,
        place: match it.when {
            talk::When::Reading => Place::Talk,
            talk::When::Menu => Place::Menu,
            talk::When::Typing => Place::Typing,
        },
        keys: it.keys,
        does: wrap(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
}

/// Keys of the input's table that the whole screen needs, and what they become: Ctrl-P is the palette everywhere, and Ctrl-N
/// alone would be half a pair; Alt-R is the prior report.
const OTHERWISE: [(&str, &str); 3] = [
    ("up ctrl-p", "up"),
    ("down ctrl-n", "down"),
    ("alt-_ alt-r", "alt-shift-u alt-_"),
];

/// The rows of the input.
pub fn input_rows<A>(wrap: impl Fn(input::Msg) -> A) -> Vec<Row<A>> {
    rows(input::KEYS, |it| Part {
        id: None,
        place: match it.when {
            input::When::Always => Place::Input,
            input::When::Waiting => Place::Waiting,
        },
        keys: OTHERWISE
            .iter()
            .find(|(keys, _)| *keys == it.keys)
            .map_or(it.keys, |it| it.1),
        does: wrap(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
}
