//! Slices with their positions along a normal in; those at the same place parted (echo, b-value, point of time) out.

use std::collections::{BTreeMap, HashSet};

use super::natural;
use super::order::Item;
use crate::imaging::axes::{Vector, dot};

/// A slice and where it lies.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    /// Millimetres along the normal.
    pub(super) at: f64,
    /// The number of its place, from 0; slices at the same place have the same.
    pub(super) level: usize,
    pub(super) item: Item<'a>,
}

/// Slices at different places.
pub(super) struct Part<'a> {
    pub(super) slices: Vec<Placed<'a>>,
    pub(super) why: Why,
}

/// By what slices at the same place were told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There was only one each.
    Alone,
    /// Their headers differ in what makes pictures different.
    Headers,
    /// Nothing but their order.
    Order,
}

impl Why {
    pub(super) fn sentence(self, of: usize) -> String {
        match self {
            Self::Alone | Self::Headers => {
                format!("4-D: split into {of} parts by acquisition, echo, b-value or point of time")
            }
            Self::Order => {
                format!(
                    "4-D: split into {of} parts by the order of the pictures at each place; the headers do not say what differs"
                )
            }
        }
    }
}

/// Orders slices along a normal; ties stay in the order of instance numbers, then of frames, then of names.
pub(super) fn at(items: Vec<Item<'_>>, normal: Vector, tolerance: f64) -> Vec<Placed<'_>> {
    let place = |item: Item<'_>| item.position().map(|position| dot(normal, position));
    let mut placed: Vec<Placed<'_>> = items
        .into_iter()
        .filter_map(|item| place(item).map(|at| (at, item)))
        .map(|(at, item)| Placed { at, level: 0, item })
        .collect();
    placed.sort_by(|a, b| a.at.total_cmp(&b.at));
    let (mut level, mut before) = (0, None);
    for one in &mut placed {
        if before.is_some_and(|before| one.at - before > tolerance) {
            level += 1;
        }
        (one.level, before) = (level, Some(one.at));
    }
    placed.sort_by_key(|one| {
        let number = one.item.number();
        (one.level, number.is_none(), number, one.item.frame)
    });
    placed
}

/// How many places there are.
pub(super) fn places(placed: &[Placed<'_>]) -> usize {
    placed.last().map_or(0, |last| last.level + 1)
}

/// Keeps one of several files that say the same of themselves: place, number, and all that could tell them apart.
pub(super) fn without_doubles(placed: Vec<Placed<'_>>) -> (Vec<Placed<'_>>, usize) {
    let before = placed.len();
    let mut met = HashSet::new();
    let mut kept = placed;
    kept.retain(|one| {
        let ids = &one.item.file.about.ids;
        let is_frame = one.item.file.about.frames > 1;
        let Some(number) = ids.instance_number.filter(|_| !is_frame) else {
            return true;
        };
        met.insert((one.level, number, ids.acquisition, ids.repeat.clone()))
    });
    let doubles = before - kept.len();
    (kept, doubles)
}

/// Parts slices so that each part has one slice at a place.
pub(super) fn split(placed: Vec<Placed<'_>>) -> Vec<Part<'_>> {
    let labels = placed
        .iter()
        .map(|it| it.item.file.about.ids.repeat.len())
        .max()
        .unwrap_or(0);
    let mut parts = vec![Part {
        slices: placed,
        why: Why::Alone,
    }];
    // the last label is the acquisition number: some count it up from slice to slice
    for label in 0..=labels {
        parts = parts
            .into_iter()
            .flat_map(|part| by_label(part, label, labels))
            .collect();
    }
    parts.into_iter().flat_map(by_turn).collect()
}

/// The largest number of slices at one place.
fn most_at_a_place(slices: &[Placed<'_>]) -> usize {
    slices
        .chunk_by(|a, b| a.level == b.level)
        .map(<[_]>::len)
        .max()
        .unwrap_or(0)
}

fn label_of(item: Item<'_>, label: usize, labels: usize) -> String {
    let ids = &item.file.about.ids;
    match ids.acquisition.filter(|_| label == labels) {
        Some(number) => number.to_string(),
        None => ids.repeat.get(label).cloned().unwrap_or_default(),
    }
}

/// Parts by one label, if it tells slices at the same place apart and does not take the stack itself apart.
fn by_label(part: Part<'_>, label: usize, labels: usize) -> Vec<Part<'_>> {
    let most = most_at_a_place(&part.slices);
    if most < 2 {
        return vec![part];
    }
    let mut values: BTreeMap<String, Vec<Placed<'_>>> = BTreeMap::new();
    for one in &part.slices {
        values
            .entry(label_of(one.item, label, labels))
            .or_default()
            .push(*one);
    }
    let after = values
        .values()
        .map(|slices| most_at_a_place(slices))
        .max()
        .unwrap_or(0);
    if values.len() < 2 || values.len() > most || after >= most {
        return vec![part];
    }
    let mut values: Vec<(String, Vec<Placed<'_>>)> = values.into_iter().collect();
    values.sort_by(
        |(a, _), (b, _)| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => natural::compare(a, b),
        },
    );
    let parts = values.into_iter().map(|(_, slices)| Part {
        slices,
        why: Why::Headers,
    });
    parts.collect()
}

/// Parts what is left by turn: every first at its place, every second …
fn by_turn(part: Part<'_>) -> Vec<Part<'_>> {
    let most = most_at_a_place(&part.slices);
    if most < 2 {
        return vec![part];
    }
    let mut turns: Vec<Vec<Placed<'_>>> = vec![Vec::new(); most];
    for place in part.slices.chunk_by(|a, b| a.level == b.level) {
        for (turn, one) in turns.iter_mut().zip(place) {
            turn.push(*one);
        }
    }
    let parts = turns.into_iter().map(|slices| Part {
        slices,
        why: Why::Order,
    });
    parts.collect()
}
