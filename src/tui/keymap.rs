//! Tables of keys and the settings' changes in, what an event means in a place out; help and hints from the same rows.
//!
//! A row has a name (`app.palette`), a place, keys, and an action of the parent's type. Panes bring tables of their own
//! (`rows` takes any); the settings change any row by its name.

use std::collections::HashMap;

use crossterm::event::KeyEvent;

use crate::nearest::nearest;

mod adapt;

mod app;

mod file;

mod key;

mod place;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod key_tests;

pub use adapt::{Binding, rows, slug};
pub use app::{Do, app_rows};
pub use file::{Change, Problem, is_keys, written};
pub use key::{Key, Unknown, typed};
pub use place::Place;

/// Something that keys do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<A> {
    /// Its name in the settings.
    pub id: String,
    /// Where its keys count.
    pub place: Place,
    /// The keys.
    pub keys: Vec<Key>,
    /// What they do.
    pub does: A,
    /// What it is called in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    /// Whether the settings changed its keys.
    pub is_changed: bool,
}

impl<A> Row<A> {
    /// Its keys as they are shown: `Ctrl-P, F5`; "" for none.
    pub fn shown(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(Key::to_string).collect();
        keys.join(", ")
    }
}

/// All keys.
#[derive(Debug, Clone)]
pub struct Keymap<A> {
    rows: Vec<Row<A>>,
    bound: HashMap<(Place, Key), usize>,
}

impl<A> Keymap<A> {
    /// A keymap of these rows; where two want one key in one place, the first has it.
    pub fn new(rows: Vec<Row<A>>) -> Self {
        let mut map = Self {
            rows,
            bound: HashMap::new(),
        };
        map.bind();
        map
    }

    /// All rows.
    pub fn rows(&self) -> &[Row<A>] {
        &self.rows
    }

    /// The row of a name.
    pub fn row(&self, id: &str) -> Option<&Row<A>> {
        self.rows.iter().find(|it| it.id == id)
    }

    /// What an event means in the first of these places where it means something. A key that only some terminals can tell from a
    /// simpler one is that one where it means nothing itself.
    pub fn lookup(&self, places: &[Place], event: &KeyEvent) -> Option<&Row<A>> {
        let key = Key::of(event)?;
        let find = |key| {
            let mut found = places.iter().filter_map(|it| self.bound.get(&(*it, key)));
            found.next().and_then(|it| self.rows.get(*it))
        };
        find(key).or_else(|| find(key.simpler()?))
    }

    /// The first key of a row as it is shown, for hints; `None` when it has none.
    pub fn hint(&self, id: &str) -> Option<String> {
        Some(self.row(id)?.keys.first()?.to_string())
    }

    /// Takes the settings' changes; returns what a person should know about them, one sentence each.
    ///
    /// A change that cannot be understood leaves its row as it is. A changed row has its keys before one that was not changed;
    /// of two changed ones the later in the file has them.
    pub fn change(&mut self, changes: &[Change]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut order = Vec::new();
        for change in changes {
            match self.taken(change) {
                Ok((index, keys)) => {
                    self.give(index, keys);
                    order.push(index);
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(self.bind_first(order.into_iter().rev()));
        problems.extend(self.hidden());
        problems
    }

    fn give(&mut self, index: usize, keys: Vec<Key>) {
        if let Some(row) = self.rows.get_mut(index) {
            row.keys = keys;
            row.is_changed = true;
        }
    }

    /// The row and the keys of a change.
    fn taken(&self, change: &Change) -> Result<(usize, Vec<Key>), Problem> {
        let (id, line) = (&change.id, change.line);
        let index = self.rows.iter().position(|it| it.id == *id);
        let Some((index, row)) = index.and_then(|it| Some((it, self.rows.get(it)?))) else {
            return Err(Problem::NoSuchRow {
                line,
                id: id.clone(),
                near: self.near(id),
            });
        };
        let mut keys: Vec<Key> = Vec::new();
        for name in change.keys.split_whitespace() {
            let key = Key::parse(name).map_err(|it| Problem::NoSuchKey {
                line,
                id: id.clone(),
                key: it.name,
                near: it.near,
            })?;
            if row.place.takes_text() && key.is_typed() {
                return Err(Problem::Typed {
                    line,
                    id: id.clone(),
                    key,
                });
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok((index, keys))
    }

    /// The name that was probably meant: also one that is right behind the dot, or before it.
    fn near(&self, id: &str) -> Option<String> {
        let ids = || self.rows.iter().map(|it| it.id.as_str());
        if let Some(near) = nearest(id, ids()) {
            return Some(near.to_owned());
        }
        let (_, name) = id.rsplit_once('.').unwrap_or(("", id));
        let names = ids().map(|it| it.split_once('.').map_or(it, |it| it.1));
        // Of three letters, two that are wrong leave nothing to guess from.
        let near = nearest(name, names).filter(|_| name.len() > 3)?;
        let of_name = |it: &&str| it.split_once('.').is_some_and(|it| it.1 == near);
        ids().find(of_name).map(str::to_owned)
    }

    fn bind(&mut self) {
        self.bind_first(std::iter::empty());
    }

    /// Binds these rows first, then the others; returns which row goes without a key.
    fn bind_first(&mut self, first: impl Iterator<Item = usize>) -> Vec<Problem> {
        let mut order: Vec<usize> = Vec::new();
        for index in first.chain(0..self.rows.len()) {
            if !order.contains(&index) {
                order.push(index);
            }
        }
        self.bound.clear();
        order.into_iter().flat_map(|it| self.bind_row(it)).collect()
    }

    fn bind_row(&mut self, index: usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some(row) = self.rows.get(index) else {
            return problems;
        };
        let mut kept = Vec::new();
        for key in &row.keys {
            let by = self.bound.get(&(row.place, *key));
            if let Some(by) = by.and_then(|it| self.rows.get(*it)) {
                problems.push(Problem::Taken {
                    key: *key,
                    place: row.place,
                    by: by.id.clone(),
                    from: row.id.clone(),
                });
            } else {
                self.bound.insert((row.place, *key), index);
                kept.push(*key);
            }
        }
        self.set_keys(index, kept);
        problems
    }

    fn set_keys(&mut self, index: usize, keys: Vec<Key>) {
        if let Some(row) = self.rows.get_mut(index) {
            row.keys = keys;
        }
    }

    /// Keys of an outer place that an inner one takes, where one of both was changed. Places that are left before anything else is
    /// done may do so.
    pub fn hidden(&self) -> Vec<Problem> {
        let rows = self.rows.iter().filter(|it| !it.place.is_inner());
        rows.flat_map(|it| self.hidden_by(it)).collect()
    }

    fn hidden_by(&self, row: &Row<A>) -> Vec<Problem> {
        let outer = row.place.stack().iter().skip(1);
        let pairs = outer.flat_map(|place| row.keys.iter().map(move |key| (*place, *key)));
        let hidden = pairs.filter_map(|(place, key)| {
            let hidden = self.rows.get(*self.bound.get(&(place, key))?)?;
            (hidden.is_changed || row.is_changed).then(|| Problem::Hidden {
                key,
                place: row.place,
                by: row.id.clone(),
                from: hidden.id.clone(),
            })
        });
        hidden.collect()
    }
}
