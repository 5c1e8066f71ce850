//! Slices of one size and direction in, in order along their normal out, with their spacing and what is odd about them.
//!
//! PS3.3 C.7.6.2.1.1: the normal is the cross product of the row's and the column's direction; a slice lies at the projection
//! of its position on it. `SliceLocation` and `SliceThickness` say nothing reliable about that and are not used.

use std::collections::HashMap;

use super::group::File;
use super::repeat::{self, Placed};
use super::{OrderedBy, Part, Slice};
use crate::imaging::axes::{Vector, along, cross, dot, minus, norm, row_and_column, unit};
use crate::imaging::frame::Place;

/// Farthest position that is believed, mm.
const MAX_MM: f64 = 1e6;
/// Positions that differ by less are the same, mm; with very small pixels, less.
const SAME_PLACE_MM: f64 = 0.01;
/// Steps that differ from the median by a larger share are reported.
const IRREGULAR: f64 = 0.01;
/// Most single gaps that are reported; more are summed up.
const MAX_GAPS: usize = 3;
/// A stack leans when its slices drift sideways by more than this, mm …
const DRIFT_MM: f64 = 0.1;
/// … and at a larger angle, degrees.
const LEAN_DEGREES: f64 = 0.1;
/// Kinds of pictures that are slices, of which a position is expected.
const SECTIONS: [&str; 3] = ["CT", "MR", "PT"];

/// One frame of a file.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) file: &'a File,
    pub(super) frame: usize,
}

/// Slices in order.
pub(super) struct Ordered {
    pub(super) slices: Vec<Slice>,
    pub(super) by: OrderedBy,
    pub(super) part: Option<Part>,
    pub(super) spacing_mm: Option<f64>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Item<'a> {
    pub(super) fn place(&self) -> &'a Place {
        let about = &self.file.about;
        about.places.get(self.frame).unwrap_or(&about.place)
    }

    /// Its position, if it can be one.
    pub(super) fn position(&self) -> Option<Vector> {
        self.place()
            .position
            .filter(|it| it.iter().all(|x| x.abs() <= MAX_MM))
    }

    pub(super) fn normal(&self) -> Option<Vector> {
        self.place().orientation.map(normal)
    }

    pub(super) fn number(&self) -> Option<i64> {
        self.file.about.ids.instance_number
    }

    fn slice(&self) -> Slice {
        Slice {
            source: self.file.source.clone(),
            frame: self.frame,
            place: self.place().clone(),
            instance_number: self.number(),
        }
    }
}

/// Orders a stack. Several come out when it was recorded more than once at the same places; each with its first slice.
pub(super) fn stack(items: Vec<Item<'_>>) -> Vec<(Item<'_>, Ordered)> {
    let (items, mut warnings) = without_copies(items);
    let Some((normal, by)) = direction(&items) else {
        warnings.extend(unplaced(&items));
        return vec![by_number(items, warnings)];
    };
    if by == OrderedBy::Line {
        warnings.push("orientation unknown: ordered along the line of the positions".to_owned());
    }
    let tolerance = tolerance(&items);
    let placed = repeat::at(items, normal, tolerance);
    let (placed, again) = repeat::without_doubles(placed);
    if again > 0 {
        warnings.push(format!(
            "{again} left out: same place and same InstanceNumber as another"
        ));
    }
    if placed.len() > 1 && repeat::places(&placed) == 1 {
        warnings.push(format!("a film: {} pictures at one place", placed.len()));
        return vec![by_number(
            placed.into_iter().map(|it| it.item).collect(),
            warnings,
        )];
    }
    let along = Along {
        normal,
        by,
        tolerance,
    };
    let parts = repeat::split(placed);
    let most = parts.iter().map(|part| part.slices.len()).max();
    let of = parts.len();
    let ordered = parts.iter().zip(1..).filter_map(|(part, number)| {
        let mut ordered = along.ordered(&part.slices);
        let mut about = warnings.clone();
        if of > 1 {
            ordered.part = Some(Part { number, of });
            about.push(part.why.sentence(of));
        }
        if let Some(most) = most.filter(|most| part.slices.len() < *most) {
            let n = part.slices.len();
            about.push(format!("part {number} has {n} slices, others have {most}"));
        }
        ordered.warnings.splice(..0, about);
        Some((part.slices.first()?.item, ordered))
    });
    ordered.collect()
}

/// What slices are ordered along.
struct Along {
    normal: Vector,
    by: OrderedBy,
    tolerance: f64,
}

impl Along {
    /// Slices that are in order, with what is odd about their places.
    fn ordered(&self, slices: &[Placed<'_>]) -> Ordered {
        let steps = Steps::of(slices, self.tolerance);
        let mut warnings = steps.warnings();
        if self.by == OrderedBy::Place {
            warnings.extend(lean(slices, self.normal));
        }
        let by = match slices.len() {
            1 => OrderedBy::Nothing,
            _ => self.by,
        };
        Ordered {
            slices: slices.iter().map(|it| it.item.slice()).collect(),
            by,
            part: None,
            spacing_mm: steps.median(),
            warnings,
        }
    }
}

/// Pictures of different directions: there is no order in space.
pub(super) fn mixed(items: Vec<Item<'_>>) -> (Item<'_>, Ordered) {
    let (items, mut warnings) = without_copies(items);
    warnings.push("every picture has a direction of its own: no order in space".to_owned());
    by_number(items, warnings)
}

/// The direction along which slices are ordered; `None` when there is none to be had.
fn direction(items: &[Item<'_>]) -> Option<(Vector, OrderedBy)> {
    let first = items.first()?;
    let positions: Vec<Vector> = items.iter().map(Item::position).collect::<Option<_>>()?;
    match first.normal() {
        Some(normal) => Some((normal, OrderedBy::Place)),
        None => line(&positions).map(|line| (line, OrderedBy::Line)),
    }
}

/// The direction of the longest line through positions; along its largest component it goes up.
fn line(positions: &[Vector]) -> Option<Vector> {
    let farthest = |from: Vector| {
        let far = |it: &Vector| norm(minus(*it, from));
        positions
            .iter()
            .copied()
            .max_by(|a, b| far(a).total_cmp(&far(b)))
    };
    let one = farthest(*positions.first()?)?;
    let other = farthest(one)?;
    let line = minus(other, one);
    let largest = line
        .into_iter()
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    Some(unit(line)?.map(|x| x * largest.signum()))
}

/// Orders pictures that have no order in space, and says how. The first one comes along.
fn by_number(mut items: Vec<Item<'_>>, mut warnings: Vec<String>) -> (Item<'_>, Ordered) {
    let is_numbered = items.iter().all(|item| item.number().is_some());
    let one_file = items
        .windows(2)
        .all(|two| std::ptr::eq(two[0].file, two[1].file));
    let by = match items.len() {
        0 | 1 => OrderedBy::Nothing,
        _ if one_file => OrderedBy::Frame,
        _ if is_numbered => OrderedBy::Number,
        _ => OrderedBy::Name,
    };
    match by {
        OrderedBy::Number => items.sort_by_key(|item| (item.number(), item.frame)),
        OrderedBy::Name => {
            warnings.push("ordered by file name: InstanceNumber is missing".to_owned());
        }
        _ => {}
    }
    let first = *items.first().expect("a stack has a slice");
    let ordered = Ordered {
        slices: items.iter().map(Item::slice).collect(),
        by,
        part: None,
        spacing_mm: None,
        warnings,
    };
    (first, ordered)
}

/// What to say when slices have no position. Films and snapshots have none and need none.
fn unplaced(items: &[Item<'_>]) -> Option<String> {
    let first = items.first()?;
    let modality = first.file.about.modality.as_deref();
    let is_section =
        modality.is_none_or(|it| SECTIONS.contains(&it)) || first.place().orientation.is_some();
    (items.len() > 1 && is_section)
        .then(|| "no positions in the headers: the order is that of InstanceNumber or file names, not of space".to_owned())
}

/// Keeps one of several files with one `SOPInstanceUID`, as long as they say the same of themselves.
fn without_copies(items: Vec<Item<'_>>) -> (Vec<Item<'_>>, Vec<String>) {
    let mut met: HashMap<(&str, usize), Item<'_>> = HashMap::new();
    let mut kept = Vec::new();
    let (mut copies, mut namesakes) = (0, 0);
    for item in items {
        let uid = item.file.about.ids.instance.as_str();
        if uid.is_empty() {
            kept.push(item);
            continue;
        }
        match met.get(&(uid, item.frame)) {
            Some(first)
                if first.position() == item.position() && first.number() == item.number() =>
            {
                copies += 1;
            }
            Some(_) => {
                namesakes += 1;
                kept.push(item);
            }
            None => {
                met.insert((uid, item.frame), item);
                kept.push(item);
            }
        }
    }
    let mut warnings = Vec::new();
    if copies > 0 {
        warnings.push(format!("{copies} left out: the same picture twice"));
    }
    if namesakes > 0 {
        warnings.push(format!(
            "{namesakes} different pictures carry the identifier of another"
        ));
    }
    (kept, warnings)
}

/// How far apart two positions may be and still be the same.
fn tolerance(items: &[Item<'_>]) -> f64 {
    let spacing = items
        .iter()
        .filter_map(|item| item.place().spacing_mm)
        .flatten();
    let finest = spacing.fold(f64::INFINITY, f64::min);
    SAME_PLACE_MM.min(finest / 20.0)
}

/// Distances from slice to slice, mm.
struct Steps {
    mm: Vec<f64>,
    tolerance: f64,
}

impl Steps {
    fn of(slices: &[Placed<'_>], tolerance: f64) -> Self {
        let mm = slices.windows(2).map(|two| two[1].at - two[0].at).collect();
        Self { mm, tolerance }
    }

    /// The lower one of two in the middle: with as many gaps as steps, the step counts.
    fn median(&self) -> Option<f64> {
        median(self.mm.clone())
    }

    fn warnings(&self) -> Vec<String> {
        let Some(median) = self.median() else {
            return Vec::new();
        };
        let is_odd = |step: f64| (step - median).abs() > (median * IRREGULAR).max(self.tolerance);
        let odd: Vec<(usize, f64)> = self
            .mm
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, step)| is_odd(*step))
            .collect();
        let Some((first, _)) = odd.first().filter(|_| odd.len() > MAX_GAPS) else {
            return odd
                .into_iter()
                .map(|(before, step)| gap(before + 1, step, median))
                .collect();
        };
        let shortest = odd
            .iter()
            .map(|(_, step)| *step)
            .fold(f64::INFINITY, f64::min);
        let longest = odd.iter().map(|(_, step)| *step).fold(0.0, f64::max);
        let range = match (mm(shortest), mm(longest)) {
            (shortest, longest) if shortest == longest => longest,
            (shortest, longest) => format!("{shortest} to {longest}"),
        };
        vec![format!(
            "irregular spacing: {} of {} steps are {range} mm instead of {} mm, the first between slices {} and {}",
            odd.len(),
            self.mm.len(),
            mm(median),
            first + 1,
            first + 2
        )]
    }
}

/// One step that is not like the others, behind the slice of this number.
fn gap(slice: usize, step: f64, median: f64) -> String {
    let times = step / median;
    let missing = times.round() - 1.0;
    let looks_missing = missing >= 1.0 && (times - times.round()).abs() < 0.05;
    let hint = match missing {
        _ if !looks_missing => String::new(),
        missing if missing < 1.5 => ": one slice seems to be missing".to_owned(),
        missing => format!(": {missing:.0} slices seem to be missing"),
    };
    let what = if step > median {
        "a gap"
    } else {
        "a short step"
    };
    format!(
        "{what} of {} mm between slices {slice} and {}, usual are {} mm{hint}",
        mm(step),
        slice + 1,
        mm(median)
    )
}

/// Whether the slices drift sideways: all by one angle (gantry tilt, shear), or irregularly.
fn lean(slices: &[Placed<'_>], normal: Vector) -> Option<String> {
    let positions: Vec<Vector> = slices.iter().filter_map(|it| it.item.position()).collect();
    let (first, last) = (*positions.first()?, *positions.last()?);
    let whole = minus(last, first);
    let height = dot(whole, normal);
    let across = norm(along(whole, -height, normal));
    let off_line = |position: &Vector| {
        let from_first = minus(*position, first);
        let share = if height > 0.0 {
            dot(from_first, normal) / height
        } else {
            0.0
        };
        norm(along(from_first, -share, whole))
    };
    let farthest = positions.iter().map(off_line).fold(0.0, f64::max);
    let pixel = slices
        .first()?
        .item
        .place()
        .spacing_mm
        .map_or(1.0, |[down, right]| down.min(right));
    let degrees = across.atan2(height).to_degrees();
    if farthest > DRIFT_MM.max(pixel / 2.0) {
        return Some(format!(
            "slices are shifted sideways by up to {} mm",
            mm(farthest)
        ));
    }
    (across > DRIFT_MM && degrees > LEAN_DEGREES)
        .then(|| format!("gantry tilt: the stack leans by {degrees:.1} degrees to its slices"))
}

/// The median step of slices that stay as they are, where all of them have a place.
pub(super) fn spacing(slices: &[Slice]) -> Option<f64> {
    let normal = normal(slices.first()?.place.orientation?);
    let at: Vec<f64> = slices
        .iter()
        .map(|slice| slice.place.position.map(|position| dot(normal, position)))
        .collect::<Option<_>>()?;
    let steps = at.windows(2).map(|two| (two[1] - two[0]).abs()).collect();
    median(steps).filter(|mm| mm.is_finite() && *mm > 0.0)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// Millimetres as text.
pub(super) fn mm(value: f64) -> String {
    if value >= 0.1 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

/// The normal of the slices: row times column.
fn normal(orientation: [f64; 6]) -> Vector {
    let [row, column] = row_and_column(orientation);
    cross(row, column)
}
