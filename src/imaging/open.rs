//! A name and how to look at it in, pictures out: the way from a file or a folder to what is seen, in one place.

use rayon::prelude::*;

use super::about::{About, BurnedIn};
use super::child;
use super::dicom::Tag;
use super::frame::{Frame, Values};
use super::pick::{Slices, Span, pick};
use super::plane::View as PlaneView;
use super::range::Range;
use super::region::{Marked, Region};
use super::series::{self, OrderedBy, Scanned, Series};
use super::service::{Answer, Request, Wish};
use super::shade;
use super::source::Source;
use super::square::Square;
use super::statistics::measure;
use super::view::View;
use super::volume::Volume;
use super::{
    Error, Fallible, Format, Origin, Picture, crop, display, error, origin, raster, samples, stack,
    through_jpeg, volume_file,
};

/// How far it has come: headers read or slices decoded, and how many there are.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Pictures of one name, and what a person should know about how they were chosen.
#[derive(Debug)]
pub struct Opened {
    /// One, or several slices in order.
    pub pictures: Vec<Picture>,
    /// One sentence each: other series there are, gaps, what was guessed.
    pub notes: Vec<String>,
}

/// A series that was found and how many slices it has as it is looked at; nothing is decoded yet.
pub struct Stack {
    name: String,
    source: From,
    notes: Vec<String>,
}

enum From {
    Sample(&'static str),
    Series(Box<Series>),
}

/// Finds what a name stands for: a file, `sample:NAME`, a folder, a DICOMDIR, a pattern, a zip archive.
///
/// # Errors
/// When there is nothing, or nothing that is a picture.
pub fn find(name: &str, view: &View, progress: Progress<'_>) -> Result<Stack, Error> {
    if let Some(sample) = name.strip_prefix("sample:") {
        let sample = samples::named(sample).map_err(|problem| error(name, problem))?;
        return Ok(Stack {
            name: name.to_owned(),
            source: From::Sample(sample),
            notes: Vec::new(),
        });
    }
    let scanned =
        scan(name, &|done, all| progress(done, all)).map_err(|problem| error(name, problem))?;
    let (series, notes) = choose(&scanned, view.series).map_err(|problem| error(name, problem))?;
    Ok(Stack {
        name: name.to_owned(),
        source: From::Series(Box::new(series)),
        notes,
    })
}

/// Looks through what a name stands for; one file is looked at by the decoding child, many by their headers alone.
pub(super) fn scan(name: &str, progress: &dyn Fn(usize, usize)) -> Fallible<Scanned> {
    let path = std::path::Path::new(name);
    let is_one = path.is_file() && !series::holds_many(path);
    if is_one || !series::is_pattern(name) && !path.exists() && !name.contains('!') {
        let source = Source::File(path.to_owned());
        let about = about(&source)?;
        return Ok(Scanned::of_one(source, about));
    }
    series::scan(name, progress)
}

/// The series that is meant, and what to say about the others.
fn choose(scanned: &Scanned, number: Option<usize>) -> Fallible<(Series, Vec<String>)> {
    let all: Vec<&Series> = scanned
        .studies
        .iter()
        .flat_map(|study| &study.series)
        .collect();
    let none = || match scanned.skipped.as_slice() {
        [] => "has no pictures in it".to_owned(),
        [(file, why)] => format!("has no pictures in it: {file} {why}"),
        [(file, why), ..] => format!(
            "has no pictures in it: {file} {why}, and {} files more",
            scanned.skipped.len() - 1
        ),
    };
    let series = match number {
        None => scanned.main().ok_or_else(none)?,
        Some(number) => all
            .iter()
            .find(|series| series.number == number)
            .ok_or_else(|| format!("has {} series, there is no series {number}", all.len()))?,
    };
    let mut notes = series.warnings.clone();
    if let Some(part) = series.part {
        notes.push(format!(
            "part {} of {} of its series taken, which has several pictures at each place; --series N takes another",
            part.number, part.of
        ));
    }
    if all.len() > 1 {
        notes.push(format!(
            "series {} of {} taken ({} slices); --series N takes another, medlab inspect --series lists them",
            series.number,
            all.len(),
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

fn about(source: &Source) -> Fallible<About> {
    match ask(source, Wish::About)? {
        Answer::About(about) => Ok(*about),
        _ => Err("was answered with something else than asked for".to_owned()),
    }
}

fn frame(source: &Source, index: usize, overlays: bool) -> Fallible<(Frame, String)> {
    match ask(source, Wish::Frame { index, overlays })? {
        Answer::Frame(frame, sha256) => Ok((*frame, sha256)),
        _ => Err("was answered with something else than asked for".to_owned()),
    }
}

fn ask(source: &Source, wish: Wish) -> Fallible<Answer> {
    child::call(&Request {
        source: source.clone(),
        wish,
    })
}

/// Opens a file, or `sample:NAME`, as it wants to be seen; of several slices the first that would be shown.
///
/// # Errors
/// When it is missing, not a picture, damaged, or too large.
pub fn open(name: &str) -> Result<Picture, Error> {
    let mut opened = open_as(name, &View::default(), &|_, _| {})?;
    Ok(opened.pictures.swap_remove(0))
}

/// Opens whatever a name stands for, looked at in a certain way.
///
/// # Errors
/// When it is missing, not a picture, damaged, too large, or cannot be seen that way.
pub fn open_as(name: &str, view: &View, progress: Progress<'_>) -> Result<Opened, Error> {
    find(name, view, progress)?.pictures(view, progress)
}

/// Bytes from memory, as they want to be seen.
pub(super) fn decode(name: &str, bytes: &[u8]) -> Fallible<Picture> {
    let source = Source::Bytes {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    let about = about(&source)?;
    let scanned = Scanned::of_one(source, about);
    let view = View::default();
    let (series, notes) = choose(&scanned, None)?;
    let stack = Stack {
        name: name.to_owned(),
        source: From::Series(Box::new(series)),
        notes,
    };
    Ok(stack.shown(&view, &|_, _| {})?.pictures.swap_remove(0))
}

/// The header of a DICOM file; of a series that of its first slice.
pub(super) fn header(name: &str, phi: bool) -> Fallible<Vec<Tag>> {
    let (series, _) = choose(&scan(name, &|_, _| {})?, None)?;
    let first = series.slices.first().ok_or("has no slices")?;
    match ask(&first.source, Wish::Tags { phi })? {
        Answer::Tags(tags) => Ok(tags),
        _ => Err("was answered with something else than asked for".to_owned()),
    }
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

impl Stack {
    /// Slices that a view can pick from, before any is decoded; a plane of a volume may have another number.
    pub fn slices(&self) -> usize {
        match &self.source {
            From::Sample(_) => 1,
            From::Series(series) => series.slices.len(),
        }
    }

    /// Whether the slices are places in a body, not moments of a film.
    pub fn is_volume(&self) -> bool {
        match &self.source {
            From::Sample(_) => false,
            From::Series(series) => is_volume(series),
        }
    }

    /// Decodes and shows the slices that the view picks.
    ///
    /// # Errors
    /// When one cannot be decoded or shown that way.
    pub fn pictures(self, view: &View, progress: Progress<'_>) -> Result<Opened, Error> {
        let name = self.name.clone();
        self.shown(view, progress)
            .map_err(|problem| error(&name, problem))
    }

    fn shown(self, view: &View, progress: Progress<'_>) -> Fallible<Opened> {
        let mut notes = self.notes.clone();
        let scenes = match &self.source {
            From::Sample(sample) => sample_scene(sample)?,
            From::Series(series) => {
                let scenes = of_series(series, view, progress)?;
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

fn sample_scene(name: &'static str) -> Fallible<Scenes> {
    let bytes = samples::bytes(name).ok_or("no such sample")?;
    let scene = Scene {
        frame: raster::frame(bytes, Format::Png, 0)?,
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

fn is_volume(series: &Series) -> bool {
    let placed = matches!(series.ordered_by, OrderedBy::Place | OrderedBy::Line);
    series.slices.len() > 1 && (placed || series.about.format == Format::Nifti)
}

fn of_series(series: &Series, view: &View, progress: Progress<'_>) -> Fallible<Scenes> {
    let is_nifti = series.about.format == Format::Nifti;
    if is_nifti || view.plane.is_some() || view.slab.is_some() {
        return of_volume(series, view, progress);
    }
    let n = series.slices.len();
    let picked = pick(n, &wanted(view, is_volume(series)))?;
    let range = if needs_range(series, view) {
        range_of(series, view, progress)?
    } else {
        None
    };
    let done = std::sync::atomic::AtomicUsize::new(0);
    let scenes: Fallible<Vec<Scene>> = picked
        .par_iter()
        .map(|slice| {
            let it = &series.slices[*slice];
            let (mut frame, sha256) = frame(&it.source, it.frame, view.overlays)?;
            if frame.place.position.is_none() {
                frame.place.position = it.place.position;
            }
            let before = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            progress(before + 1, picked.len());
            Ok(Scene {
                frame,
                sha256,
                slice: *slice,
            })
        })
        .collect();
    Ok(Scenes {
        all: scenes?,
        of: n,
        range,
        modality: series.about.modality.clone(),
        unit: series.about.unit.clone(),
        format: series.about.format,
    })
}

/// The slices that are meant: of a volume the middle one, of a film that moves the first.
fn wanted(view: &View, is_volume: bool) -> Slices {
    match &view.slices {
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
fn needs_range(series: &Series, view: &View) -> bool {
    use super::preset::WindowChoice;
    let many = series.slices.len() > 1 && series.about.grey;
    let is_mr = series.about.modality.as_deref() == Some("MR");
    match view.window {
        Some(WindowChoice::VolumeMinMax) => true,
        Some(WindowChoice::Percentiles(_) | WindowChoice::Full) => many && is_volume(series),
        None => many && is_mr && is_volume(series),
        Some(_) => false,
    }
}

/// What the values of all slices reach over.
fn range_of(series: &Series, view: &View, progress: Progress<'_>) -> Fallible<Option<Range>> {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let values: Fallible<Vec<Vec<f32>>> = series
        .slices
        .par_iter()
        .map(|slice| {
            let (frame, _) = frame(&slice.source, slice.frame, false)?;
            let before = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            progress(before + 1, series.slices.len());
            let padding = match view.window {
                // to be exact, MedGemma's way counts padding too
                Some(super::preset::WindowChoice::VolumeMinMax) => None,
                _ => frame.scale.padding,
            };
            Ok(match frame.values {
                Values::Grey(mut values) => {
                    values.retain(|value| !super::range::is_padding(*value, padding));
                    values
                }
                Values::Rgb(_) => Vec::new(),
            })
        })
        .collect();
    let values = values?;
    let percent = percentiles(view);
    Ok(Range::of(values.iter().flatten().copied(), None, percent))
}

fn percentiles(view: &View) -> [f64; 2] {
    view.window
        .map_or(super::preset::PERCENTILES, |choice| choice.percentiles())
}

/// Slices of a volume, cut in a plane.
fn of_volume(series: &Series, view: &View, progress: Progress<'_>) -> Fallible<Scenes> {
    let (volume, sha256) = volume(series, view, progress)?;
    let plane = match view.plane {
        Some(plane) => PlaneView::new(&volume, plane)?,
        None if series.about.format == Format::Nifti => volume_file::default_view(&volume)?,
        None => PlaneView::nearest(&volume)?,
    };
    let n = plane.slices();
    let picked = pick(n, &wanted(view, true))?;
    let cut = |slice: usize| match view.slab {
        Some(slab) => plane.slab(&volume, slice, slab.thickness, slab.projection),
        None => plane.slice(&volume, slice),
    };
    let scenes: Fallible<Vec<Scene>> = picked
        .iter()
        .map(|slice| {
            Ok(Scene {
                frame: cut(*slice)?,
                sha256: sha256.clone(),
                slice: *slice,
            })
        })
        .collect();
    let range = match &volume.values {
        Values::Grey(values) => Range::of(
            values.iter().copied(),
            volume.scale.padding,
            percentiles(view),
        ),
        Values::Rgb(_) => None,
    };
    let unit = volume.scale.unit.clone();
    let is_hu = unit.as_deref() == Some("HU");
    Ok(Scenes {
        all: scenes?,
        of: n,
        range,
        modality: series
            .about
            .modality
            .clone()
            .or_else(|| is_hu.then(|| "CT".to_owned())),
        unit: unit.or_else(|| series.about.unit.clone()),
        format: series.about.format,
    })
}

/// All slices as one block, and the hash of what they came from: of several files, of their hashes in order.
fn volume(series: &Series, view: &View, progress: Progress<'_>) -> Fallible<(Volume, String)> {
    let time = view.time.unwrap_or(1) - 1;
    let first = series.slices.first().ok_or("has no slices")?;
    if series.about.format == Format::Nifti {
        return match ask(&first.source, Wish::Volume { time })? {
            Answer::Volume(volume, sha256) => Ok((*volume, sha256)),
            _ => Err("was answered with something else than asked for".to_owned()),
        };
    }
    if time > 0 {
        return Err("has one point of time: --time is for volumes in time (NIfTI)".to_owned());
    }
    let done = std::sync::atomic::AtomicUsize::new(0);
    let frames: Fallible<Vec<(Frame, String)>> = series
        .slices
        .par_iter()
        .map(|slice| {
            let frame = frame(&slice.source, slice.frame, view.overlays)?;
            let before = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            progress(before + 1, series.slices.len());
            Ok(frame)
        })
        .collect();
    let (frames, hashes): (Vec<Frame>, Vec<String>) = frames?.into_iter().unzip();
    let one_file = hashes.windows(2).all(|two| two[0] == two[1]);
    let sha256 = match hashes.first() {
        Some(hash) if one_file => hash.clone(),
        _ => origin::sha256(hashes.concat().as_bytes()),
    };
    Ok((stack::stack(frames)?, sha256))
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

/// Every frame of what a name stands for as measured values, one after the other: of one file in its own order, of a
/// series in the order of its slices.
///
/// # Errors
/// When one cannot be decoded, or `take` fails.
pub fn values(
    name: &str,
    view: &View,
    take: &mut dyn FnMut(&Frame, usize) -> Fallible<()>,
) -> Result<(), Error> {
    each(name, view, take).map_err(|problem| error(name, problem))
}

fn each(
    name: &str,
    view: &View,
    take: &mut dyn FnMut(&Frame, usize) -> Fallible<()>,
) -> Fallible<()> {
    if let Some(sample) = name.strip_prefix("sample:") {
        let scenes = sample_scene(samples::named(sample)?)?;
        return scenes.all.iter().try_for_each(|it| take(&it.frame, 1));
    }
    let path = std::path::Path::new(name);
    if path.is_file() && !series::holds_many(path) {
        let source = Source::File(path.to_owned());
        let frames = about(&source)?.frames;
        return (0..frames)
            .try_for_each(|index| take(&frame(&source, index, view.overlays)?.0, frames));
    }
    let (series, _) = choose(&scan(name, &|_, _| {})?, view.series)?;
    let n = series.slices.len();
    series
        .slices
        .iter()
        .try_for_each(|slice| take(&frame(&slice.source, slice.frame, view.overlays)?.0, n))
}
