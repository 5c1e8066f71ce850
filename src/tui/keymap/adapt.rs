//! A pane's own table of keys in, rows of the keymap out, each with a name for the settings.

use super::{Key, Place, Row};

/// A row of a pane's table.
#[derive(Debug)]
pub struct Binding<W: 'static, M: 'static> {
    /// The keys that do it, as the settings write them, separated by blanks.
    pub keys: &'static str,
    /// When they do it.
    pub when: W,
    /// What they do.
    pub msg: M,
    /// What it is called in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

/// The rows of a table: where its keys count, and what its messages are to whoever hears them. Their names are made of the
/// English words.
pub fn rows<W: Copy, M: Clone, A>(
    table: &[Binding<W, M>],
    place: impl Fn(W) -> Place,
    does: impl Fn(M) -> A,
) -> Vec<Row<A>> {
    let row = |it: &Binding<W, M>| {
        let does = does(it.msg.clone());
        Row::new(place(it.when), &slug(it.en), it.keys, does, (it.en, it.zh))
    };
    table.iter().map(row).collect()
}

impl<A> Row<A> {
    /// A row of this name after its place's; keys separated by blanks; English and Chinese words.
    pub(super) fn new(
        place: Place,
        name: &str,
        keys: &str,
        does: A,
        (en, zh): (&'static str, &'static str),
    ) -> Self {
        let keys = keys.split_whitespace();
        Self {
            id: format!("{}.{name}", place.prefix()),
            place,
            keys: keys
                .map(|it| Key::parse(it).expect("a table's keys have names"))
                .collect(),
            does,
            en,
            zh,
            is_changed: false,
        }
    }
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
