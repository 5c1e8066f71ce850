//! Pictures, slices and sessions in, the narrow rail out: pure state, `update` that says what somebody else has to do, and a view.

use crate::session::safe::printable_line;
use crate::tui::talk::wrap;

mod keys;

mod msg;

mod rows;

mod view;

#[cfg(test)]
mod tests;

pub use keys::{Binding, KEYS};
pub use msg::{Effect, Go, Msg};
pub use rows::Row;

/// What a picture is to the model's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The earlier one.
    Prior,
    /// The one that is asked about.
    Current,
}

impl Role {
    /// The role after this one, round the ends: none, prior, current.
    pub fn next(role: Option<Self>) -> Option<Self> {
        match role {
            None => Some(Self::Prior),
            Some(Self::Prior) => Some(Self::Current),
            Some(Self::Current) => None,
        }
    }
}

/// An open picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is called.
    pub name: String,
    /// Its slices; 1 for a flat picture.
    pub n_slices: usize,
    /// What it is to the question.
    pub role: Option<Role>,
}

/// What the parts of the picture in view are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// Series of a study.
    Series,
    /// Slices of a volume.
    Slices,
}

/// The series or slices of the picture in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What they are.
    pub kind: PartKind,
    /// What each is called.
    pub names: Vec<String>,
    /// The one that is shown.
    pub here: usize,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// How somebody else finds it again.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was, how long it is: small.
    pub note: String,
    /// Whether it is this one.
    pub is_here: bool,
}

/// The rail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rail {
    pictures: Vec<Picture>,
    /// The picture in view.
    in_view: Option<usize>,
    /// The one beside it.
    second: Option<usize>,
    parts: Option<Parts>,
    /// Whether the parts are listed.
    is_unfolded: bool,
    sessions: Vec<Session>,
    /// The chosen row.
    at: usize,
    /// The row at the top.
    top: usize,
    /// Cells across and down.
    size: (u16, u16),
}

/// The most cells of a name that are kept.
const LONGEST: usize = 120;

fn clean(text: &str) -> String {
    printable_line(wrap::clip(text, LONGEST))
}

impl Rail {
    /// Nothing is open.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pictures.
    pub fn pictures(&self) -> &[Picture] {
        &self.pictures
    }

    /// The chosen row.
    pub fn chosen(&self) -> Row {
        self.row(self.at).unwrap_or(Row::Open)
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let before = self.chosen();
        let mut effects = Vec::new();
        match msg {
            Msg::Resize(width, height) => self.size = (width, height),
            Msg::Pictures {
                list,
                in_view,
                second,
            } => {
                let was_empty = self.pictures.is_empty();
                self.set_pictures(list, in_view, second);
                let first = self.in_view.filter(|_| was_empty).map(Row::Picture);
                self.keep(first.unwrap_or(before));
            }
            Msg::Parts(parts) => {
                self.parts = parts.map(|it| Parts {
                    names: it.names.iter().map(|it| clean(it)).collect(),
                    ..it
                });
                self.keep(before);
            }
            Msg::Part(here) => {
                if let Some(parts) = &mut self.parts {
                    parts.here = here;
                }
            }
            Msg::Sessions(list) => {
                self.sessions = list.into_iter().map(cleaned).collect();
                self.keep(before);
            }
            Msg::Go(go) => self.go(go),
            Msg::Unfold(is_unfolded) => {
                self.is_unfolded = is_unfolded;
                let to = match before {
                    Row::Part(_) if !is_unfolded => Row::Parts,
                    other => other,
                };
                self.keep(to);
            }
            Msg::Enter => effects = self.enter(),
            Msg::Close => effects.extend(self.picture().map(Effect::Close)),
            Msg::Role => effects.extend(self.next_role()),
            Msg::SideBySide => effects.extend(self.picture().map(Effect::SideBySide)),
            Msg::Open => effects.push(Effect::Open),
            Msg::Browse => effects.push(Effect::Browse),
            Msg::Click(column, row) => effects = self.click(column, row),
            Msg::Scroll(by) => {
                self.scroll(by);
                return effects;
            }
            Msg::Escape => effects.push(Effect::Leave),
        }
        self.settle();
        effects
    }

    fn set_pictures(&mut self, list: Vec<Picture>, in_view: Option<usize>, second: Option<usize>) {
        let is_there = |it: &usize| *it < list.len();
        self.in_view = in_view.filter(is_there);
        self.second = second.filter(is_there);
        self.pictures = list
            .into_iter()
            .map(|it| Picture {
                name: clean(&it.name),
                ..it
            })
            .collect();
        if self.in_view.is_none() {
            self.parts = None;
        }
    }

    /// The picture that the chosen row is about.
    fn picture(&self) -> Option<usize> {
        match self.chosen() {
            Row::Picture(index) => Some(index),
            Row::Parts | Row::Part(_) => self.in_view,
            _ => None,
        }
    }

    fn next_role(&self) -> Option<Effect> {
        let index = self.picture()?;
        let role = self.pictures.get(index)?.role;
        Some(Effect::Role(index, Role::next(role)))
    }

    fn enter(&mut self) -> Vec<Effect> {
        match self.chosen() {
            Row::Picture(index) => vec![Effect::Show(index)],
            Row::Parts => {
                let is_unfolded = !self.is_unfolded;
                self.update(Msg::Unfold(is_unfolded))
            }
            Row::Part(index) => vec![Effect::Part(index)],
            Row::Session(index) => {
                let session = self.sessions.get(index).filter(|it| !it.is_here);
                session
                    .map(|it| Effect::OpenSession(it.id.clone()))
                    .into_iter()
                    .collect()
            }
            Row::Open => vec![Effect::Open],
            Row::Browse => vec![Effect::Browse],
            Row::Head(_) => Vec::new(),
        }
    }

    /// A picture, a slice or a command at once; a session only when it was chosen already: it is a longer way back.
    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if column >= self.size.0 || row >= self.size.1 {
            return Vec::new();
        }
        if self.is_folded() {
            return self.click_folded(usize::from(row));
        }
        let index = self.top.saturating_add(usize::from(row));
        let was_chosen = index == self.at;
        match self.row(index) {
            None | Some(Row::Head(_)) => Vec::new(),
            Some(Row::Session(_)) if !was_chosen => {
                self.at = index;
                Vec::new()
            }
            Some(_) => {
                self.at = index;
                self.enter()
            }
        }
    }

    /// The first rows are pictures; the rest asks for the rail with names.
    fn click_folded(&mut self, row: usize) -> Vec<Effect> {
        let index = self.folded_top().saturating_add(row);
        if index >= self.pictures.len() {
            return vec![Effect::Unfold];
        }
        self.keep(Row::Picture(index));
        self.enter()
    }

    /// Whether there is room for marks only.
    pub fn is_folded(&self) -> bool {
        self.size.0 < view::NAMED
    }
}

fn cleaned(session: Session) -> Session {
    Session {
        title: clean(&session.title),
        note: clean(&session.note),
        ..session
    }
}
