//! A series and how it is looked at in, what can be said of all of its frames before one of them is decoded out.

use super::{Shown, Stock};
use crate::imaging::axes;
use crate::imaging::frame::Place;
use crate::imaging::open::{What, fits, is_volume, wanted};
use crate::imaging::pick::pick;
use crate::imaging::plane::Plane;
use crate::imaging::series::{OrderedBy, Series};
use crate::imaging::{Fallible, Format, origin};

/// What is known of all frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The file's name without its folder and with control characters escaped, or `sample:NAME`.
    pub name: String,
    /// `CT`, `MR` …
    pub modality: Option<String>,
    /// `HU` …; a frame may have its own.
    pub unit: Option<String>,
    /// What the files are.
    pub format: Format,
    /// Slices, frames or pages; at least 1.
    pub n_slices: usize,
    /// Columns and rows of the first frame; pages of one file may differ.
    pub size: (usize, usize),
    /// Whether it is a block in space that can be cut in planes and slabs.
    pub is_volume: bool,
    /// The plane it is cut in; of frames as they were acquired the one that is nearest to theirs, where that is known.
    pub plane: Option<Plane>,
    /// Frames that follow each other in time: a film.
    pub is_moving: bool,
    /// The slice (from 0) that is shown when nobody names one: of a volume the middle one.
    pub first: usize,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
    /// Which series of how many under the name, the number from 1; `None` for a drawing that ships inside the program.
    pub series: Option<(usize, usize)>,
    /// Points of time that there are, of which this is one; 1 for what does not change.
    pub n_times: usize,
}

/// Facts about what is in stock, shown in one of the ways.
pub(super) fn of(stock: &Stock, shown: &Shown) -> Fallible<Facts> {
    let found = &stock.found;
    match &found.what {
        What::Sample(_) => Ok(of_sample(stock)),
        What::Series(series) => {
            let mut facts = of_series(series)?;
            if let Some(frame) = stock.frames.get(0).filter(|_| stock.is_plain()) {
                facts.size = (frame.width, frame.height);
            }
            facts.name = origin::file_name(&found.name);
            facts.notes.clone_from(&found.notes);
            facts.series = Some((series.number, found.n_series));
            if let Shown::Cut(slicing) = shown {
                let cut = &slicing.cut;
                facts.modality = cut.modality(series);
                facts.unit = cut.unit(series);
                facts.n_slices = cut.slices();
                facts.size = cut.size();
                facts.is_volume = cut.block().volume.size[2] > 1;
                facts.plane = Some(cut.plane());
                facts.is_moving = false;
                facts.first = first(cut.slices(), true)?;
            }
            Ok(facts)
        }
    }
}

fn of_sample(stock: &Stock) -> Facts {
    let frame = stock.frames.get(0);
    Facts {
        name: stock.found.name.clone(),
        modality: None,
        unit: None,
        format: Format::Sample,
        n_slices: 1,
        size: frame.map_or((0, 0), |it| (it.width, it.height)),
        is_volume: false,
        plane: None,
        is_moving: false,
        first: 0,
        notes: Vec::new(),
        series: None,
        n_times: 1,
    }
}

/// Of frames as they were acquired.
fn of_series(series: &Series) -> Fallible<Facts> {
    let about = &series.about;
    let n_slices = series.slices.len();
    Ok(Facts {
        name: String::new(),
        modality: about.modality.clone(),
        unit: about.unit.clone(),
        format: about.format,
        n_slices,
        size: (about.width, about.height),
        is_volume: is_volume(series) && fits(series),
        plane: acquired(series),
        is_moving: is_moving(series),
        first: first(n_slices, is_volume(series))?,
        notes: Vec::new(),
        series: None,
        n_times: series.times,
    })
}

/// The slice that is shown when a view names none.
fn first(n_slices: usize, is_volume: bool) -> Fallible<usize> {
    let picked = pick(n_slices, &wanted(None, is_volume))?;
    picked
        .first()
        .copied()
        .ok_or_else(|| "has no slices".to_owned())
}

/// The plane that is nearest to that of the slices, if it is one for all of them.
fn acquired(series: &Series) -> Option<Plane> {
    let mut planes = series.slices.iter().map(|it| nearest(&it.place));
    let first = planes.next()??;
    planes.all(|it| it == Some(first)).then_some(first)
}

fn nearest(place: &Place) -> Option<Plane> {
    let [row, column] = axes::row_and_column(place.orientation?);
    let nearest = axes::nearest(&[row, column, axes::cross(row, column)])?;
    // which axis of the patient slices like it are stacked along
    match nearest.axes.map(|(direction, _)| direction) {
        [2, _, _] => Some(Plane::Sagittal),
        [_, 2, _] => Some(Plane::Coronal),
        _ => Some(Plane::Axial),
    }
}

/// Frames of one file that have no places of their own. Pages of a TIFF do not move, and neither do slices of which only
/// the direction is known (a dose grid), unless the file says how fast.
fn is_moving(series: &Series) -> bool {
    let about = &series.about;
    let may_move = match about.format {
        Format::Gif => true,
        Format::Dicom => about.frame_ms.is_some() || about.place.orientation.is_none(),
        _ => false,
    };
    // the place of the file is the first frame's, and says nothing about the others
    let mut others = series.slices.iter().skip(1);
    may_move
        && series.slices.len() > 1
        && series.ordered_by == OrderedBy::Frame
        && others.all(|it| it.place.position.is_none())
}
