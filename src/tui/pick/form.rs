//! Fields with their defaults in, what was written in each out: the values of a prompt or of a setting.

use crate::session::safe::printable_line;
use crate::tui::input::editor::Editor;

/// A field.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// A line about it.
    pub about: String,
    /// What it may be; nothing when it may be anything.
    pub values: Vec<String>,
    /// What stands in it while it is empty.
    pub example: String,
    /// Whether it may stay empty.
    pub may_be_empty: bool,
    pub(super) editor: Editor,
}

impl Field {
    /// A field with a text in it; everything is made harmless.
    pub(super) fn new(name: &str, text: &str) -> Self {
        let mut editor = Editor::default();
        editor.replace(&printable_line(text));
        Self {
            name: printable_line(name),
            editor,
            ..Self::default()
        }
    }

    /// What is written in it.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    /// Whether something must be written in it yet.
    fn is_open(&self) -> bool {
        !self.may_be_empty && self.text().trim().is_empty()
    }

    /// Puts the next or the previous allowed value into it.
    fn step(&mut self, is_next: bool) {
        let n = self.values.len();
        if n == 0 {
            return;
        }
        let text = self.text().trim().to_lowercase();
        let at = self.values.iter().position(|it| it.to_lowercase() == text);
        let to = match (at, is_next) {
            (None, true) => 0,
            (None, false) => n - 1,
            (Some(at), true) => (at + 1) % n,
            (Some(at), false) => (at + n - 1) % n,
        };
        let value = self.values[to].clone();
        self.editor.replace(&value);
    }
}

/// Fields that are filled one after the other.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// What they are for.
    pub title: String,
    fields: Vec<Field>,
    at: usize,
    /// What is wrong with them.
    pub problem: String,
}

impl Form {
    /// Fields with a title; the first that must be filled has the keys.
    pub(super) fn new(title: &str, fields: Vec<Field>) -> Self {
        let open = fields.iter().position(Field::is_open);
        Self {
            title: printable_line(title),
            at: open.unwrap_or(0),
            fields,
            problem: String::new(),
        }
    }

    /// The fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The index of the field that has the keys.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is written in each.
    pub fn values(&self) -> Vec<String> {
        self.fields.iter().map(|it| it.text().to_owned()).collect()
    }

    pub(super) fn editor(&mut self) -> Option<&mut Editor> {
        self.problem.clear();
        self.fields.get_mut(self.at).map(|it| &mut it.editor)
    }

    /// The next field or the one before, round the ends.
    pub(super) fn step(&mut self, is_next: bool) {
        let n = self.fields.len().max(1);
        self.at = (self.at + if is_next { 1 } else { n - 1 }) % n;
    }

    /// Chooses a field.
    pub(super) fn choose(&mut self, at: usize) {
        if at < self.fields.len() {
            self.at = at;
        }
    }

    /// Puts the next or the previous allowed value into the field that has the keys.
    pub(super) fn step_value(&mut self, is_next: bool) {
        self.problem.clear();
        if let Some(field) = self.fields.get_mut(self.at) {
            field.step(is_next);
        }
    }

    /// Goes to the next field that must be filled yet; whether there is none.
    pub(super) fn is_whole(&mut self) -> bool {
        let n = self.fields.len();
        let next = (0..n).map(|it| (self.at + it) % n);
        let open = next.into_iter().find(|it| self.fields[*it].is_open());
        self.at = open.unwrap_or(self.at);
        open.is_none()
    }
}
