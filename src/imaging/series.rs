//! A name as it was typed in, studies and series of pictures in their right order out, with what is wrong with them.
//!
//! `gather` finds files, `look` reads their headers, [`group()`] sorts: by study and series, by direction and size, then along
//! the normal of the slices. File names and instance numbers decide only where positions are missing, and that is said.

mod archive;
mod dicomdir;
mod gather;
mod group;
#[cfg(test)]
mod group_tests;
mod natural;
mod order;
mod records;
mod repeat;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{self, Sender};

use rayon::prelude::*;

use super::about::About;
use super::frame::Place;
use super::source::Source;
use super::watch::Watch;
use super::{Fallible, look};

pub use gather::{Gathered, gather, holds_many, is_pattern};
pub use group::group;
pub use report::report;

/// What belongs to one study; loose pictures (PNG, NIfTI …) are a study of their own, the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// By series number, localisers last.
    pub series: Vec<Series>,
}

/// Pictures of one size and direction that belong together, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// From 1, through all studies, in the order in which they are shown.
    pub number: usize,
    /// `CT`, `MR` …
    pub modality: Option<String>,
    /// Body part and view position, in the file's words.
    pub view: Vec<String>,
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// A scout: pictures that only show where others were planned.
    pub is_localizer: bool,
    /// In order; never empty.
    pub slices: Vec<Slice>,
    /// What the order comes from.
    pub ordered_by: OrderedBy,
    /// Where several series are one stack that was recorded again and again: which of them this is.
    pub part: Option<Part>,
    /// Points of time in `slices`, one after the other, each with as many (NIfTI); 1 otherwise.
    pub times: usize,
    /// Millimetres from slice to slice along their normal: the median.
    pub spacing_mm: Option<f64>,
    /// Header of the first slice's file.
    pub about: About,
    /// What a person should know: gaps, duplicates, how it was sorted where positions do not say.
    pub warnings: Vec<String>,
}

/// One picture of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The file.
    pub source: Source,
    /// The frame in it, from 0.
    pub frame: usize,
    /// Where it lies.
    pub place: Place,
    /// `InstanceNumber` of the file.
    pub instance_number: Option<i64>,
}

/// What the order of slices comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderedBy {
    /// Nothing to order: one picture.
    Nothing,
    /// Position along the normal of the slices: a stack in space.
    Place,
    /// Position along the line through all positions; in which direction the slices look is not known.
    Line,
    /// `InstanceNumber`: films at one place, or pictures without a position.
    Number,
    /// The frames of one file as they stand: films, pages, volumes.
    Frame,
    /// File names.
    Name,
}

/// One point of time, echo … of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// What was found under a name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scanned {
    /// Studies, those of loose pictures last.
    pub studies: Vec<Study>,
    /// What was left out, and what is odd about an index or a search that ended early: a printable name without its folder,
    /// and why.
    pub skipped: Vec<(String, String)>,
}

impl Scanned {
    /// One file alone.
    pub fn of_one(source: Source, about: About) -> Self {
        Self {
            studies: group(vec![(source, about)]),
            ..Self::default()
        }
    }

    /// Every series, in the order shown.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.studies.iter().flat_map(|study| &study.series)
    }

    /// The series of this number.
    pub fn numbered(&self, number: usize) -> Option<&Series> {
        self.series().find(|series| series.number == number)
    }

    /// The one with the most slices that is no localiser, the first of equals; a localiser only if there is nothing else.
    pub fn main(&self) -> Option<&Series> {
        let key = |series: &&Series| {
            let (slices, number) = (series.slices.len(), series.number);
            (!series.is_localizer, slices, std::cmp::Reverse(number))
        };
        self.series().max_by_key(key)
    }
}

/// Finds the files that a name stands for (as [`gather()`]), reads their headers in parallel and sorts them (as [`group()`]).
///
/// The watch is told how many headers were read (0 as long as files are searched) and how many files were found, on the
/// thread of the caller.
///
/// # Errors
/// When there is no such file, none of the files is a picture, or it was stopped.
pub fn scan(name: &str, watch: Watch<'_>) -> Fallible<Scanned> {
    let gathered = gather(name, watch.with(&|_, found| (watch.progress)(0, found)))?;
    finish(gathered, watch)
}

/// The same for several names at once: what is found under all of them is sorted together. Files that are found twice count once.
///
/// # Errors
/// As [`scan`]; with the name that is not there.
pub fn scan_all(names: &[&str], watch: Watch<'_>) -> Result<Scanned, super::Error> {
    let mut all = Gathered::default();
    for name in names {
        let before = all.files.len();
        let progress = |_, found| (watch.progress)(0, before + found);
        let found =
            gather(name, watch.with(&progress)).map_err(|problem| super::error(name, problem))?;
        all.append(found);
    }
    all.once();
    finish(all, watch).map_err(|problem| super::error(&names.join(" "), problem))
}

fn finish(gathered: Gathered, watch: Watch<'_>) -> Fallible<Scanned> {
    let Gathered { files, mut skipped } = gathered;
    let total = files.len();
    let looks = look_at(&files, watch);
    watch.goes_on()?;
    let mut pictures = Vec::new();
    for (source, about) in files.into_iter().zip(looks) {
        match about {
            Ok(about) => pictures.push((source, about)),
            Err(why) => skipped.push((source.name(), why)),
        }
    }
    if pictures.is_empty() {
        return Err(nothing(total, &skipped));
    }
    Ok(Scanned {
        studies: group(pictures),
        skipped,
    })
}

/// Why there is no picture, with the first reasons.
fn nothing(looked_at: usize, skipped: &[(String, String)]) -> String {
    match (looked_at, skipped) {
        (1, [(_, why)]) => why.clone(),
        (_, []) => "has no files in it, expected pictures".to_owned(),
        (_, reasons) => {
            let first: Vec<String> = reasons
                .iter()
                .take(3)
                .map(|(name, why)| format!("{name} {why}"))
                .collect();
            format!(
                "has no picture among {} files: {}",
                reasons.len(),
                first.join("; ")
            )
        }
    }
}

/// Reads headers in parallel; answers are in the order of the files.
///
/// In a pool of its own: whoever calls may be a thread of the common pool, and would wait here for work that only the
/// common pool can do.
fn look_at(files: &[Source], watch: Watch<'_>) -> Vec<Fallible<About>> {
    let pool = match rayon::ThreadPoolBuilder::new().build() {
        Ok(pool) => pool,
        Err(error) => {
            let why = format!("cannot be looked at: no threads ({error})");
            return vec![Err(why); files.len()];
        }
    };
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| pool.install(move || abouts(files, &tell, watch)));
        for (looked, ()) in (1..).zip(told) {
            (watch.progress)(looked, files.len());
        }
        looking.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// The same; `tell` gets a message for every file.
fn abouts(files: &[Source], tell: &Sender<()>, watch: Watch<'_>) -> Vec<Fallible<About>> {
    let one_more = || {
        // nobody may be listening any more
        let _ = tell.send(());
    };
    let mut archives: HashMap<&Path, Vec<(usize, &str)>> = HashMap::new();
    for (index, source) in files.iter().enumerate() {
        if let Source::Member { archive, name } = source {
            archives.entry(archive).or_default().push((index, name));
        }
    }
    let mut of_members: HashMap<usize, Fallible<About>> = HashMap::new();
    for (archive, members) in archives {
        let (indices, names): (Vec<usize>, Vec<&str>) = members.into_iter().unzip();
        let abouts = archive::about(archive, &names, &one_more, watch);
        of_members.extend(indices.into_iter().zip(abouts));
    }
    let looked: Vec<Option<Fallible<About>>> = (0..files.len())
        .map(|index| of_members.remove(&index))
        .collect();
    let rest = looked.into_par_iter().zip(files).map(|(looked, source)| {
        looked.unwrap_or_else(|| {
            let about = watch.goes_on().and_then(|()| look::about(source));
            one_more();
            about
        })
    });
    rest.collect()
}
