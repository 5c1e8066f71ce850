//! What a row says in, an `Item` with harmless text out: anything that can be chosen from a list.

use super::fuzzy::Letters;
use crate::session::safe::printable_line;
use crate::tui::talk::wrap;

/// The most characters of a row's text: beyond that nobody reads, and a matcher would feel it.
const MOST: usize = 400;

/// The most bytes of text that is searched and not shown.
const SEARCHED: usize = 16 << 10;

/// Something that can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// What it is known by; never shown, and no two items of a list have the same.
    pub key: String,
    /// Its name: letters in their order find it.
    pub name: String,
    /// A line about it: words find it.
    pub about: String,
    /// What stands at the right edge: its keys, its value.
    pub keys: String,
    /// The heading that it stands under, "" for none.
    pub group: String,
    /// Text that is searched too, and not shown.
    pub text: String,
    /// What was found in it elsewhere, in parts, and whether each is what was looked for: stands in place of `about`, and
    /// the item is in the list whatever the query is.
    pub found: Vec<(String, bool)>,
    /// Why it cannot be chosen now.
    pub why_not: Option<String>,
    /// Whether only a query that begins with a dot finds it.
    pub is_hidden: bool,
    /// Name, line about it and searched text as they are matched, once it is in a list.
    pub(super) letters: [Letters; 3],
}

impl Item {
    /// An item with a key and a name.
    pub fn new(key: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    /// The same, with a line about it.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            ..self
        }
    }

    /// The same, with something at the right edge.
    #[must_use]
    pub fn keys(self, keys: impl Into<String>) -> Self {
        Self {
            keys: keys.into(),
            ..self
        }
    }

    /// The same, under a heading.
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            ..self
        }
    }

    /// The same, with text that is searched too.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..self
        }
    }

    /// The same, and why it cannot be chosen, if it cannot.
    #[must_use]
    pub fn why_not(self, why_not: Option<String>) -> Self {
        Self { why_not, ..self }
    }

    /// The same with every text that is shown made harmless and short; the key stays as it is.
    pub(super) fn harmless(self) -> Self {
        let found = self.found.into_iter();
        let (name, about) = (line(&self.name), line(&self.about));
        let text = beginning(self.text, SEARCHED);
        Self {
            letters: [&name, &about, &text].map(|it| Letters::of(it)),
            name,
            about,
            keys: line(&self.keys),
            group: line(&self.group),
            text,
            found: found.map(|(text, is_hit)| (line(&text), is_hit)).collect(),
            why_not: self.why_not.as_deref().map(line),
            key: self.key,
            is_hidden: self.is_hidden,
        }
    }
}

impl Item {
    /// Name, line about it and searched text, each with its letters.
    pub(super) fn letters(&self) -> [(&Letters, &str); 3] {
        let [name, about, text] = &self.letters;
        [(name, &self.name), (about, &self.about), (text, &self.text)]
    }
}

/// The beginning of a text, on one line, harmless.
fn line(text: &str) -> String {
    let end = text.char_indices().nth(MOST).map_or(text.len(), |it| it.0);
    printable_line(&text[..end])
}

/// At most so many bytes of a text.
fn beginning(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Face {
    /// Ordinary.
    #[default]
    Text,
    /// Beside the point.
    Dim,
    /// A heading.
    Heading,
    /// A person's own words.
    User,
    /// What should be looked at.
    Warning,
    /// What was looked for.
    Hit,
}

/// A line of a preview, of any length; it is broken where it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// Where each piece ends, in bytes, and how it looks.
    pieces: Vec<(usize, Face)>,
}

impl Line {
    /// A line that looks the same all over; its text is made harmless.
    pub fn new(face: Face, text: &str) -> Self {
        Self::of(&[(face, text)])
    }

    /// A line of several pieces; their text is made harmless.
    pub fn of(pieces: &[(Face, &str)]) -> Self {
        let mut line = Self::default();
        for (face, text) in pieces {
            line.text
                .push_str(&printable_line(&text.replace('\t', "    ")));
            line.pieces.push((line.text.len(), *face));
        }
        line
    }

    /// One line for each line of a text.
    pub fn all(face: Face, text: &str) -> impl Iterator<Item = Self> {
        text.lines().map(move |it| Self::new(face, it))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the text looks at a byte.
    pub(super) fn face(&self, at: usize) -> Face {
        let piece = self.pieces.iter().find(|it| at < it.0);
        piece.map_or(Face::Text, |it| it.1)
    }

    /// The bytes of its rows in so many columns.
    pub(super) fn rows(&self, width: usize) -> Vec<std::ops::Range<usize>> {
        let mut rows = Vec::new();
        wrap::words(&self.text, width, |row| rows.push(row));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_harmless_and_short_and_the_key_stays() {
        let evil = "a\u{1b}[2J\n\u{202e}b";
        let item = Item {
            text: "长".repeat(10_000),
            found: vec![(evil.to_owned(), true)],
            ..Item::new(evil, evil)
                .about(evil)
                .keys(evil)
                .group("长".repeat(1000))
                .why_not(Some(evil.to_owned()))
        };
        let item = item.harmless();
        let shown = "a\\u{1b}[2J\\n\\u{202e}b";
        assert_eq!(
            [&item.name, &item.about, &item.keys, &item.found[0].0],
            [shown; 4]
        );
        assert_eq!(item.why_not.as_deref(), Some(shown));
        assert_eq!(item.key, evil);
        assert_eq!(item.group.chars().count(), MOST);
        assert_eq!(item.text.len(), SEARCHED - SEARCHED % 3);
    }

    #[test]
    fn a_line_knows_its_pieces() {
        let line = Line::of(&[(Face::Dim, "a\tb"), (Face::Hit, "积液\u{7}")]);
        assert_eq!(line.text(), "a    b积液\\u{7}");
        assert_eq!(
            [0, 5, 6, 99].map(|it| line.face(it)),
            [Face::Dim, Face::Dim, Face::Hit, Face::Text]
        );
        assert_eq!(line.rows(6), [0..6, 6..12, 12..17]);
    }
}
