//! A name and how to look at it in, pictures out: the way from a file or a folder to what is seen, in one place.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::about::BurnedIn;
use super::cut::{Block, Cut};
use super::dicom::Tag;
use super::frame::{Frame, Values};
use super::pick::{Slices, Span, pick};
use super::preset::{self, WindowChoice};
use super::range::{Range, is_padding};
use super::region::{Marked, Region};
use super::series::{self, OrderedBy, Scanned, Series};
use super::source::Source;
use super::square::Square;
use super::statistics::measure;
use super::view::View;
use super::volume::MAX_VOXELS;
use super::watch::Watch;
use super::{
    Error, Fallible, Format, Origin, Picture, crop, display, error, fetch, origin, raster, samples,
    shade, through_jpeg,
};

/// Pictures of one name, and what a person should know about how they were chosen.
#[derive(Debug)]
pub struct Opened {
    /// One, or several slices in order.
    pub pictures: Vec<Picture>,
    /// One sentence each: other series there are, gaps, what was guessed.
    pub notes: Vec<String>,
}

/// What a name stands for, before anything is decoded.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) what: What,
    pub(super) notes: Vec<String>,
    /// Series under the name, of which one was chosen.
    pub(super) n_series: usize,
}

pub(super) enum What {
    Sample(&'static str),
    Series(Box<Series>),
}

/// Finds what a name stands for: a file, `sample:NAME`, a folder, a DICOMDIR, a pattern, a zip archive.
pub(super) fn find(name: &str, view: &View, watch: Watch<'_>) -> Fallible<Found> {
    if let Some(sample) = name.strip_prefix("sample:") {
        return Ok(Found {
            name: name.to_owned(),
            what: What::Sample(samples::named(sample)?),
            notes: Vec::new(),
            n_series: 0,
        });
    }
    Found::among(name, &scan(name, watch)?, view.series)
}

/// Looks through what a name stands for; one file is looked at by the decoding child, many by their headers alone.
pub(super) fn scan(name: &str, watch: Watch<'_>) -> Fallible<Scanned> {
    match one_file(name) {
        Some(source) => {
            let about = fetch::about(&source, watch)?;
            Ok(Scanned::of_one(source, about))
        }
        None => series::scan(name, watch),
    }
}

/// The file that a name stands for, if it is one that holds no others, or one that is not there.
pub(super) fn one_file(name: &str) -> Option<Source> {
    let path = Path::new(name);
    let is_there = path.is_file() && !series::holds_many(path);
    let is_nothing = !series::is_pattern(name) && !path.exists() && !name.contains('!');
    (is_there || is_nothing).then(|| Source::File(path.to_owned()))
}

/// The series that is meant, and what to say about the others.
pub(super) fn choose(scanned: &Scanned, number: Option<usize>) -> Fallible<(Series, Vec<String>)> {
    let all = scanned.series().count();
    let series = match number {
        None => scanned
            .main()
            .ok_or_else(|| "has no pictures in it".to_owned())?,
        Some(number) => scanned
            .numbered(number)
            .ok_or_else(|| format!("has {all} series, there is no series {number}"))?,
    };
    let mut notes = series.warnings.clone();
    if let Some(part) = series.part {
        notes.push(format!(
            "part {} of {} of its series taken, which has several pictures at each place; --series N takes another",
            part.number, part.of
        ));
    }
    if all > 1 {
        notes.push(format!(
            "series {} of {all} taken ({} slices); --series N takes another, medlab inspect --list-series lists them",
            series.number,
            series.slices.len()
        ));
    }
    notes.extend(series.about.notes.iter().cloned());
    notes.extend(burned_in(series.about.burned_in));
    Ok((series.clone(), notes))
}

fn burned_in(burned_in: BurnedIn) -> Option<String> {
    match burned_in {
        BurnedIn::No => None,
        BurnedIn::Yes => Some(
            "the file says that text about the patient is burned into its pixels: the model and the screen will see it"
                .to_owned(),
        ),
        BurnedIn::Likely => Some(
            "pictures of this kind often have text about the patient burned into their pixels: look before you share"
                .to_owned(),
        ),
    }
}

/// Opens a file, or `sample:NAME`, as it wants to be seen; of several slices the first that would be shown.
///
/// # Errors
/// When it is missing, not a picture, damaged, or too large.
pub fn open(name: &str) -> Result<Picture, Error> {
    let mut opened = open_as(name, &View::default(), Watch::default())?;
    Ok(opened.pictures.swap_remove(0))
}

/// Opens whatever a name stands for, looked at in a certain way.
///
/// # Errors
/// When it is missing, not a picture, damaged, too large, cannot be seen that way, or was stopped.
pub fn open_as(name: &str, view: &View, watch: Watch<'_>) -> Result<Opened, Error> {
    find(name, view, watch)
        .and_then(|found| found.shown(view, watch))
        .map_err(|problem| error(name, problem))
}

/// Bytes from memory, as they want to be seen.
pub(super) fn decode(name: &str, bytes: &[u8]) -> Fallible<Picture> {
    let source = Source::Bytes {
        name: name.to_owned(),
        bytes: Arc::new(bytes.to_vec()),
    };
    let about = fetch::about(&source, Watch::default())?;
    let found = Found::among(name, &Scanned::of_one(source, about), None)?;
    Ok(found
        .shown(&View::default(), Watch::default())?
        .pictures
        .swap_remove(0))
}

/// The header of a DICOM file; of a series that of its first slice.
pub(super) fn header(name: &str, phi: bool) -> Fallible<Vec<Tag>> {
    let (series, _) = choose(&scan(name, Watch::default())?, None)?;
    let first = series.slices.first().ok_or("has no slices")?;
    fetch::tags(&first.source, phi)
}

/// One frame to be shown, with what is known of it.
struct Scene {
    frame: Frame,
    sha256: String,
    /// From 0.
    slice: usize,
}

/// Frames to be shown, and what they have in common.
struct Scenes {
    all: Vec<Scene>,
    of: usize,
    range: Option<Range>,
    modality: Option<String>,
    unit: Option<String>,
    format: Format,
}

impl Found {
    fn among(name: &str, scanned: &Scanned, series: Option<usize>) -> Fallible<Self> {
        let (series, notes) = choose(scanned, series)?;
        Ok(Self {
            name: name.to_owned(),
            what: What::Series(Box::new(series)),
            notes,
            n_series: scanned.series().count(),
        })
    }

    /// Decodes and shows the slices that the view picks.
    fn shown(self, view: &View, watch: Watch<'_>) -> Fallible<Opened> {
        let mut notes = self.notes.clone();
        let scenes = match &self.what {
            What::Sample(sample) => sample_scene(sample)?,
            What::Series(series) => {
                let scenes = of_series(series, view, watch)?;
                if view.slices.is_none() && scenes.of > 1 {
                    notes.push(format!(
                        "slice {} of {} taken; --slices takes others, as in 12, 5-9, all, auto:7",
                        scenes.all.first().map_or(0, |scene| scene.slice + 1),
                        scenes.of
                    ));
                }
                scenes
            }
        };
        let steps = scenes.all.iter().flat_map(|scene| &scene.frame.chain);
        notes.extend(
            steps
                .filter(|step| step.starts_with("truncated file"))
                .cloned(),
        );
        let label = scenes.all.len() > 1;
        let pictures: Fallible<Vec<Picture>> = scenes
            .all
            .par_iter()
            .map(|scene| scenes.picture(scene, &self.name, view, label))
            .collect();
        Ok(Opened {
            pictures: pictures?,
            notes,
        })
    }
}

/// The frame of `sample:NAME`.
pub(super) fn sample_frame(name: &str) -> Fallible<Frame> {
    let name = samples::named(name.trim_start_matches("sample:"))?;
    let bytes = samples::bytes(name).ok_or("no such sample")?;
    raster::frame(bytes, Format::Png, 0)
}

fn sample_scene(name: &'static str) -> Fallible<Scenes> {
    let bytes = samples::bytes(name).ok_or("no such sample")?;
    let scene = Scene {
        frame: sample_frame(name)?,
        sha256: origin::sha256(bytes),
        slice: 0,
    };
    Ok(Scenes {
        all: vec![scene],
        of: 1,
        range: None,
        modality: None,
        unit: None,
        format: Format::Sample,
    })
}

/// Whether it is a block in space; some are too large to be held at once.
pub(super) fn is_volume(series: &Series) -> bool {
    let placed = matches!(series.ordered_by, OrderedBy::Place | OrderedBy::Line);
    series.slices.len() > 1 && (placed || series.about.format == Format::Nifti)
}

fn of_series(series: &Series, view: &View, watch: Watch<'_>) -> Fallible<Scenes> {
    if is_cut(series, view) {
        return of_volume(series, view, watch);
    }
    let n = series.slices.len();
    let picked = pick(n, &wanted(view.slices.as_ref(), is_volume(series)))?;
    let range = if needs_range(series, view.window) {
        let decoded = |at: usize| fetch::slice(&series.slices[at], view.overlays, watch);
        range_of(series, view.window, watch, |at| Ok(decoded(at)?.0))?
    } else {
        None
    };
    let mut all = Vec::with_capacity(picked.len());
    let scene = |slice: &usize| -> Fallible<Scene> {
        let it = &series.slices[*slice];
        let (mut frame, sha256) = fetch::slice(it, view.overlays, watch)?;
        fetch::put_in_place(&mut frame, it);
        Ok(Scene {
            frame,
            sha256,
            slice: *slice,
        })
    };
    fetch::in_order(&picked, watch, scene, |scene| {
        all.push(scene);
        Ok(())
    })?;
    Ok(Scenes {
        all,
        of: n,
        range,
        modality: series.about.modality.clone(),
        unit: series.about.unit.clone(),
        format: series.about.format,
    })
}

/// Whether slices are cut out of a volume, not decoded one by one.
pub(super) fn is_cut(series: &Series, view: &View) -> bool {
    let is_nifti = series.about.format == Format::Nifti;
    is_nifti || view.plane.is_some() || view.slab.is_some()
}

/// The slices that are meant: of a volume the middle one, of a film that moves the first.
pub(super) fn wanted(slices: Option<&Slices>, is_volume: bool) -> Slices {
    match slices {
        Some(slices) => slices.clone(),
        None if is_volume => Slices::Middle,
        None => Slices::Listed(vec![Span {
            first: 1,
            last: 1,
            step: 1,
        }]),
    }
}

/// Whether shades hang on all slices: MR without a window of its own, and windows that are asked for as percentiles.
pub(super) fn needs_range(series: &Series, window: Option<WindowChoice>) -> bool {
    let many = series.slices.len() > 1 && series.about.grey;
    let is_mr = series.about.modality.as_deref() == Some("MR");
    match window {
        Some(WindowChoice::VolumeMinMax) => true,
        Some(WindowChoice::Percentiles(_) | WindowChoice::Full) => many && is_volume(series),
        None => many && is_mr && is_volume(series),
        Some(_) => false,
    }
}

/// Whether the values of all slices can be held at once.
pub(super) fn fits(series: &Series) -> bool {
    let pixels = series.about.width * series.about.height;
    pixels.saturating_mul(series.slices.len()) <= MAX_VOXELS
}

/// What the values of all slices reach over; every one of them (from 0) has to be at hand.
pub(super) fn range_of(
    series: &Series,
    window: Option<WindowChoice>,
    watch: Watch<'_>,
    decoded: impl Fn(usize) -> Fallible<Frame> + Sync,
) -> Fallible<Option<Range>> {
    if !fits(series) {
        // shown slice by slice then, unless all of them were asked for
        return match window {
            None => Ok(None),
            Some(choice) => Err(format!(
                "is too large for the window {choice}, which needs the values of all slices at once: give its numbers, as in 300/600"
            )),
        };
    }
    // to be exact, MedGemma's way counts padding too
    let counts_padding = matches!(window, Some(WindowChoice::VolumeMinMax));
    let values_of = |slice: &usize| -> Fallible<Vec<f32>> {
        let frame = decoded(*slice)?;
        let padding = frame.scale.padding.filter(|_| !counts_padding);
        Ok(match frame.values {
            Values::Grey(mut values) => {
                values.retain(|value| !is_padding(*value, padding));
                values
            }
            Values::Rgb(_) => Vec::new(),
        })
    };
    let slices: Vec<usize> = (0..series.slices.len()).collect();
    let mut values = Vec::new();
    fetch::in_order(&slices, watch, values_of, |of_slice| {
        values.push(of_slice);
        Ok(())
    })?;
    let all = values.iter().flatten().copied();
    Ok(Range::of(all, None, percentiles(window)))
}

/// The percentiles that a range for this window has.
pub(super) fn percentiles(window: Option<WindowChoice>) -> [f64; 2] {
    window.map_or(preset::PERCENTILES, |choice| choice.percentiles())
}

/// Slices of a volume, cut in a plane.
fn of_volume(series: &Series, view: &View, watch: Watch<'_>) -> Fallible<Scenes> {
    let decoded = |at: usize| fetch::slice(&series.slices[at], view.overlays, watch);
    let block = Block::of(series, view, watch, decoded)?;
    let cut = Cut::new(Arc::new(block), series, view)?;
    let n = cut.slices();
    let picked = pick(n, &wanted(view.slices.as_ref(), true))?;
    let scene = |slice: &usize| -> Fallible<Scene> {
        Ok(Scene {
            frame: cut.frame(*slice)?,
            sha256: cut.block().sha256.clone(),
            slice: *slice,
        })
    };
    let scenes: Fallible<Vec<Scene>> = picked.iter().map(scene).collect();
    Ok(Scenes {
        all: scenes?,
        of: n,
        range: cut.block().range(percentiles(view.window)),
        modality: cut.modality(series),
        unit: cut.unit(series),
        format: series.about.format,
    })
}

impl Scenes {
    /// One frame as a picture: window, crop, JPEG, in this order.
    fn picture(&self, scene: &Scene, name: &str, view: &View, label: bool) -> Fallible<Picture> {
        let frame = &scene.frame;
        let known = shade::About {
            modality: self.modality.as_deref(),
            unit: frame.scale.unit.as_deref().or(self.unit.as_deref()),
            volume: self.range.as_ref(),
        };
        // the window is found over the whole frame, also where only a part of it is shown
        let shade = shade::resolve(view.window.as_ref(), frame, &known)?;
        let region = region(view, frame)?;
        let measured = region.map(|region| measure(frame, &region)).transpose()?;
        let cropped = region.filter(|_| view.crop).map(|region| region.bounds());
        let part = cropped.map(|part| crop::frame(frame, part)).transpose()?;
        let frame = part.as_ref().unwrap_or(frame);
        let shown = display::show(frame, &shade, view.invert);
        let mut chain = frame.chain.clone();
        chain.extend(shown.chain);
        let name = match name.strip_prefix("sample:") {
            Some(_) => name.to_owned(),
            None => origin::file_name(name),
        };
        let mut picture = Picture {
            width: frame.width,
            height: frame.height,
            rgb: shown.rgb,
            place: frame.place.clone(),
            region,
            measured,
            cropped,
            slice: (self.of > 1).then_some((scene.slice + 1, self.of)),
            label: label.then(|| format!("SLICE {}", scene.slice + 1)),
            modality: self.modality.clone(),
            view: view.typed(),
            origin: Origin {
                name,
                sha256: scene.sha256.clone(),
                format: self.format,
                frame: (self.of > 1).then_some(scene.slice + 1),
                window: shade.curve.window(),
                chain: Vec::new(),
            },
        };
        if let Some(quality) = view.jpeg_quality {
            picture.rgb =
                through_jpeg::through_jpeg(&picture.rgb, picture.width, picture.height, quality);
            chain.push(through_jpeg::step(quality));
        }
        picture.origin.chain = chain;
        Ok(picture)
    }
}

/// The region of a view in a frame's pixels.
fn region(view: &View, frame: &Frame) -> Fallible<Option<Region>> {
    let region = match view.region {
        None if view.crop => {
            return Err(
                "cannot be cropped: mark a region first, as in --region 100,120,64,64".to_owned(),
            );
        }
        None => return Ok(None),
        Some(Marked::Source(region)) => region,
        Some(Marked::Square(square)) => {
            let edges = Square::new(frame.width, frame.height, view.fit).to_picture(square);
            Region::from_edges(edges, frame.width, frame.height)?
        }
    };
    region.check(frame.width, frame.height)?;
    Ok(Some(region))
}
