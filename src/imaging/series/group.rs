//! Files with their headers in; studies, series and stacks of one size and direction out.

use std::collections::HashMap;
use std::path::Path;

use super::order::{self, Item, Ordered};
use super::{OrderedBy, Series, Slice, Study, natural};
use crate::imaging::about::About;
use crate::imaging::axes;
use crate::imaging::frame::Place;
use crate::imaging::origin::Format;
use crate::imaging::source::Source;

/// Most slices of all series together.
const MAX_SLICES: usize = 500_000;
/// Two stacks have one direction when no part of their vectors differs by more.
const SAME_DIRECTION: f64 = 1e-3;
/// Two stacks have one pixel spacing when they differ by no larger share.
const SAME_SPACING: f64 = 1e-3;
/// Longest stack that may be a localiser without saying so.
const LOCALIZER_SLICES: usize = 15;
/// Most single pictures of different directions that may be one.
const LOCALIZER_SINGLES: usize = 3;
/// Cosine of 45 degrees: more than that apart, two stacks look at different planes.
const OTHER_PLANE: f64 = 0.707;

/// A file and its header.
pub(super) struct File {
    pub(super) source: Source,
    pub(super) about: About,
}

/// What files of one series have in common.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    study: String,
    series: OfSeries,
}

#[derive(PartialEq, Eq, Hash)]
enum OfSeries {
    /// `SeriesInstanceUID`.
    Uid(String),
    /// DICOM without it: folder, modality, width, height.
    Folder(String, Option<String>, usize, usize),
    /// A film: its series and its `SOPInstanceUID`, by which copies of it are known.
    Film(String, String, usize),
    /// A file that is a series of its own: its place in the list.
    Alone(usize),
}

/// Sorts files into studies and series. The result does not depend on the order of the files.
pub fn group(files: Vec<(Source, About)>) -> Vec<Study> {
    let mut studies: Vec<(String, Vec<Series>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut left = MAX_SLICES;
    for (key, files) in by_key(files) {
        let series = match key.series {
            OfSeries::Alone(_) | OfSeries::Film(..) => {
                alone(&files, &mut left).into_iter().collect()
            }
            _ => stacks(&files, &mut left),
        };
        let place = *places.entry(key.study.clone()).or_insert_with(|| {
            studies.push((key.study, Vec::new()));
            studies.len() - 1
        });
        if let Some((_, all)) = studies.get_mut(place) {
            all.extend(series);
        }
    }
    studies.sort_by(|(a, _), (b, _)| {
        a.is_empty()
            .cmp(&b.is_empty())
            .then_with(|| natural::compare(a, b))
    });
    let mut number = 0;
    let numbered = studies.into_iter().map(|(_, mut series)| {
        series.sort_by(in_study);
        for one in &mut series {
            number += 1;
            one.number = number;
        }
        Study { series }
    });
    numbered.collect()
}

/// By localiser or not, then series number, then UID; what is equal stays as it was.
fn in_study(a: &Series, b: &Series) -> std::cmp::Ordering {
    let (x, y) = (&a.about.ids, &b.about.ids);
    let number = |number: Option<i64>| (number.is_none(), number);
    a.is_localizer
        .cmp(&b.is_localizer)
        .then_with(|| number(x.series_number).cmp(&number(y.series_number)))
        .then_with(|| natural::compare(&x.series, &y.series))
}

/// Files of one series each, in the order of the first file's name.
fn by_key(files: Vec<(Source, About)>) -> Vec<(Key, Vec<File>)> {
    let mut named: Vec<(String, File)> = files
        .into_iter()
        .map(|(source, about)| (whole_name(&source), File { source, about }))
        .collect();
    named.sort_by(|(a, _), (b, _)| natural::compare(a, b));
    let mut groups: HashMap<Key, (usize, Vec<File>)> = HashMap::new();
    for (index, (name, file)) in named.into_iter().enumerate() {
        let key = Key {
            study: file.about.ids.study.clone(),
            series: of_series(&file.about, &name, index),
        };
        groups
            .entry(key)
            .or_insert_with(|| (index, Vec::new()))
            .1
            .push(file);
    }
    let mut groups: Vec<(Key, (usize, Vec<File>))> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (first, _))| *first);
    groups
        .into_iter()
        .map(|(key, (_, files))| (key, files))
        .collect()
}

fn whole_name(source: &Source) -> String {
    match source {
        Source::File(path) => path.to_string_lossy().into_owned(),
        Source::Member { archive, name } => format!("{}/{name}", archive.to_string_lossy()),
        Source::Bytes { name, .. } => name.clone(),
    }
}

fn of_series(about: &About, name: &str, index: usize) -> OfSeries {
    let is_film = about.frames > 1 && about.places.iter().all(|place| place.position.is_none());
    let ids = &about.ids;
    if about.format == Format::Dicom && is_film && !ids.instance.is_empty() {
        return OfSeries::Film(ids.series.clone(), ids.instance.clone(), about.frames);
    }
    if about.format != Format::Dicom || is_film {
        return OfSeries::Alone(index);
    }
    if about.ids.series.is_empty() {
        let folder = Path::new(name)
            .parent()
            .map(|folder| folder.to_string_lossy().into_owned());
        return OfSeries::Folder(
            folder.unwrap_or_default(),
            about.modality.clone(),
            about.width,
            about.height,
        );
    }
    OfSeries::Uid(about.ids.series.clone())
}

/// A file whose frames stay as they stand: a film, pages, a volume or several in time.
/// Of several files that are the same, the first.
fn alone(files: &[File], left: &mut usize) -> Option<Series> {
    let file = files.first()?;
    let about = &file.about;
    let frames = about.frames.max(1);
    let listed = frames.min(*left).max(1);
    *left = left.saturating_sub(listed);
    let each = if about.slices == 0 {
        frames
    } else {
        about.slices
    };
    let times = if frames.is_multiple_of(each) {
        frames / each
    } else {
        1
    };
    let slices: Vec<Slice> = (0..listed)
        .map(|frame| Slice {
            source: file.source.clone(),
            frame,
            place: place(about, frame, each),
            instance_number: about.ids.instance_number,
        })
        .collect();
    let mut warnings = Vec::new();
    if files.len() > 1 {
        warnings.push(format!("{} left out: the same film twice", files.len() - 1));
    }
    if times > 1 {
        let slices = if each == 1 {
            "one slice".to_owned()
        } else {
            format!("{each} slices")
        };
        warnings.push(format!(
            "4-D: {times} points of time of {slices}, one after the other"
        ));
    }
    if listed < frames {
        warnings.push(format!(
            "has {frames} frames; there are too many slices in all, the first {listed} are listed"
        ));
    }
    let ordered = Ordered {
        spacing_mm: order::spacing(slices.get(..each).unwrap_or(&slices)),
        by: if frames == 1 {
            OrderedBy::Nothing
        } else {
            OrderedBy::Frame
        },
        part: None,
        slices,
        warnings,
    };
    Some(Series {
        times,
        ..new_series(about, ordered, says_localizer(about))
    })
}

/// Where a frame lies that stays where it stands in its file.
fn place(about: &About, frame: usize, each: usize) -> Place {
    match about.places.get(frame % each) {
        Some(place) => place.clone(),
        None if frame == 0 => about.place.clone(),
        // of the others it is not known
        None => Place {
            position: None,
            ..about.place.clone()
        },
    }
}

/// Slices of one size and direction.
struct Stack<'a> {
    items: Vec<Item<'a>>,
    /// Every picture has a direction of its own.
    is_mixed: bool,
}

/// Stacks of one series.
fn stacks(files: &[File], left: &mut usize) -> Vec<Series> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut cut = 0;
    for file in files {
        let frames = file.about.frames.max(1);
        let listed = frames.min(*left);
        *left -= listed;
        cut += frames - listed;
        items.extend((0..listed).map(|frame| Item { file, frame }));
    }
    let stacks = together(by_shape(items));
    let differences = differences(&stacks);
    let scouts: Vec<bool> = stacks
        .iter()
        .map(|stack| is_localizer(stack, &stacks))
        .collect();
    let count = stacks.len();
    let mut series = Vec::new();
    for (stack, is_localizer) in stacks.into_iter().zip(scouts) {
        let parts = if stack.is_mixed {
            vec![order::mixed(stack.items)]
        } else {
            order::stack(stack.items)
        };
        for (first, mut ordered) in parts {
            if count > 1 {
                ordered.warnings.push(format!(
                    "one of {count} stacks of its series, which differ in {differences}"
                ));
            }
            if cut > 0 {
                ordered.warnings.push(format!(
                    "{cut} slices of its series are not listed: there are too many"
                ));
            }
            series.push(new_series(&first.file.about, ordered, is_localizer));
        }
    }
    series
}

fn new_series(about: &About, ordered: Ordered, is_localizer: bool) -> Series {
    Series {
        number: 0, // until all are sorted
        modality: about.modality.clone(),
        view: about.view.clone(),
        width: about.width,
        height: about.height,
        is_localizer,
        slices: ordered.slices,
        ordered_by: ordered.by,
        part: ordered.part,
        times: 1,
        spacing_mm: ordered.spacing_mm,
        about: about.clone(),
        warnings: ordered.warnings,
    }
}

/// Stacks of one shape each, the largest first.
fn by_shape(items: Vec<Item<'_>>) -> Vec<Stack<'_>> {
    let mut stacks: Vec<Stack<'_>> = Vec::new();
    let mut latest = 0;
    for item in items {
        let fits = |stack: &Stack<'_>| {
            stack
                .items
                .first()
                .is_some_and(|first| is_one_shape(first, &item))
        };
        // files of one stack mostly follow each other
        let place = match stacks.get(latest) {
            Some(stack) if fits(stack) => Some(latest),
            _ => stacks.iter().position(fits),
        };
        latest = place.unwrap_or(stacks.len());
        match stacks.get_mut(latest) {
            Some(stack) => stack.items.push(item),
            None => stacks.push(Stack {
                items: vec![item],
                is_mixed: false,
            }),
        }
    }
    stacks.sort_by_key(|stack| std::cmp::Reverse(stack.items.len()));
    stacks
}

fn is_one_shape(a: &Item<'_>, b: &Item<'_>) -> bool {
    is_one_size(a, b) && is_one_spacing(a, b) && is_one_direction(a, b)
}

fn is_one_size(a: &Item<'_>, b: &Item<'_>) -> bool {
    let discrete = |item: &Item<'_>| {
        let about = &item.file.about;
        let is_placed = item.position().is_some();
        (
            about.width,
            about.height,
            about.grey,
            says_localizer(about),
            is_placed,
        )
    };
    discrete(a) == discrete(b)
}

fn is_one_spacing(a: &Item<'_>, b: &Item<'_>) -> bool {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= SAME_SPACING * x.abs().max(y.abs());
    match (a.place().spacing_mm, b.place().spacing_mm) {
        (Some(a), Some(b)) => a.iter().zip(&b).all(near),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn is_one_direction(a: &Item<'_>, b: &Item<'_>) -> bool {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= SAME_DIRECTION;
    match (a.place().orientation, b.place().orientation) {
        (Some(a), Some(b)) => a.iter().zip(&b).all(near),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Puts single pictures of one size, each with a direction of its own, together: two scouts, a model that turns.
fn together(stacks: Vec<Stack<'_>>) -> Vec<Stack<'_>> {
    let (singles, mut stacks): (Vec<Stack<'_>>, Vec<Stack<'_>>) =
        stacks.into_iter().partition(|stack| stack.items.len() == 1);
    let mut mixed: Vec<Stack<'_>> = Vec::new();
    for item in singles.into_iter().flat_map(|stack| stack.items) {
        let is_turned = item.place().orientation.is_some();
        let fits = |stack: &&mut Stack<'_>| {
            let first = stack.items.first();
            is_turned
                && first
                    .is_some_and(|it| it.place().orientation.is_some() && is_one_size(it, &item))
        };
        match mixed.iter_mut().find(fits) {
            Some(stack) => {
                stack.items.push(item);
                stack.is_mixed = true;
            }
            None => mixed.push(Stack {
                items: vec![item],
                is_mixed: false,
            }),
        }
    }
    stacks.extend(mixed);
    stacks
}

/// What the stacks of a series differ in, in words.
fn differences(stacks: &[Stack<'_>]) -> String {
    let firsts: Vec<&Item<'_>> = stacks
        .iter()
        .filter_map(|stack| stack.items.first())
        .collect();
    let differ =
        |same: fn(&Item<'_>, &Item<'_>) -> bool| firsts.windows(2).any(|two| !same(two[0], two[1]));
    let words = [
        (
            "size",
            differ(|a, b| {
                of_file(a, |it| (it.width, it.height)) == of_file(b, |it| (it.width, it.height))
            }),
        ),
        ("pixel spacing", differ(is_one_spacing)),
        ("direction", differ(is_one_direction)),
        (
            "colour",
            differ(|a, b| of_file(a, |it| it.grey) == of_file(b, |it| it.grey)),
        ),
        (
            "whether they have a position",
            differ(|a, b| a.position().is_some() == b.position().is_some()),
        ),
    ];
    let words: Vec<&str> = words
        .iter()
        .filter(|(_, is_so)| *is_so)
        .map(|(word, _)| *word)
        .collect();
    match words.as_slice() {
        [] => "purpose".to_owned(), // localisers and others
        words => words.join(", "),
    }
}

fn of_file<T>(item: &Item<'_>, what: fn(&About) -> T) -> T {
    what(&item.file.about)
}

fn says_localizer(about: &About) -> bool {
    about.image_type.iter().any(|word| word == "LOCALIZER")
}

/// A scout: says so, or is a short stack among longer ones that look at other planes.
fn is_localizer(stack: &Stack<'_>, all: &[Stack<'_>]) -> bool {
    let Some(first) = stack.items.first() else {
        return false;
    };
    if says_localizer(&first.file.about) {
        return true;
    }
    if stack.is_mixed {
        return stack.items.len() <= LOCALIZER_SINGLES;
    }
    let Some(normal) = first.normal() else {
        return false;
    };
    let across = all.iter().filter(|other| {
        let other = other.items.first().and_then(Item::normal);
        other.is_some_and(|other| axes::dot(normal, other).abs() < OTHER_PLANE)
    });
    let across: usize = across.map(|other| other.items.len()).sum();
    stack.items.len() <= LOCALIZER_SLICES && stack.items.len() < across
}
