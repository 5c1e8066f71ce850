//! A name as it was typed in, its frames one by one before any window out: for somebody who turns slices and windows at will.
//!
//! A frame is decoded when it is asked for, and kept as long as there is room; only a volume (NIfTI, or a plane or a slab
//! of a series) is decoded as a whole. What is seen in the end has the pixels of [`super::open_as`]:
//! `display::show(&frame, &reel.shade(&frame, window, range)?, invert)`.

mod facts;
#[cfg(test)]
mod given;
mod keep;
#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cut::{Block, Cut};
use super::frame::{Frame, Values};
use super::open::{self, Found, What};
use super::origin::{self, printable};
use super::pick::{Slices, Span, pick};
use super::preset::{PRESETS, ThreeWindows, WindowChoice};
use super::range::Range;
use super::series::Series;
use super::shade::{self, About, Shade};
use super::view::View;
use super::watch::Watch;
use super::{Error, Fallible, Format, error, fetch, samples};

pub use facts::Facts;
use keep::Keep;
use turns::Turns;

/// Bytes of frames as they were acquired that are kept: 256 CT slices.
const DECODED: usize = 256 << 20;
/// Bytes of slices that were cut out of a volume and are kept: they are soon cut again.
const CUT: usize = 64 << 20;

/// Frames of a series, a volume, a film or a picture, to be shared between threads.
pub struct Reel {
    stock: Arc<Stock>,
    shown: Shown,
    facts: Facts,
}

impl std::fmt::Debug for Reel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reel")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// What was found under a name, and what is decoded of it: shared by all reels that show the same in another way.
struct Stock {
    found: Found,
    /// The series that was asked for, and whether overlays are drawn in.
    asked: (Option<usize>, bool),
    /// As they were acquired.
    frames: Keep,
    /// Whether the place of one of them is known from its series alone: stacked, they would not be where their files say.
    is_told: AtomicBool,
    /// The volume at a point of time (from 1).
    block: Mutex<Option<(usize, Arc<Block>)>>,
    ranges: Mutex<Vec<Measured>>,
    turns: Turns<Work>,
}

/// How frames come about.
enum Shown {
    /// Decoded one by one.
    Decoded,
    /// Cut out of a volume.
    Cut(Box<Slicing>),
    /// Given from the start.
    #[cfg(test)]
    Given(Vec<Arc<Frame>>),
}

/// A volume that is cut.
struct Slicing {
    cut: Cut,
    /// The point of time, from 1.
    time: usize,
    frames: Keep,
}

/// A range: over which values, at which percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Measure {
    /// Bits of the percentiles.
    percent: [u64; 2],
    counts_padding: bool,
    /// Over the volume at a point of time, not over the slices as they were acquired.
    time: Option<usize>,
}

/// A range that was measured; `None` where there is nothing but padding.
#[derive(Debug, Clone, Copy)]
struct Measured {
    what: Measure,
    range: Option<Range>,
}

/// What takes long and is done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Block(usize),
    Measure(Measure),
}

impl Reel {
    /// Finds what a name stands for as [`super::open_as`] does. Of the view count series, plane, slab, time and overlays;
    /// window, slices, region, crop and inversion are the onlooker's.
    ///
    /// # Errors
    /// When it is missing, not a picture, damaged, too large, cannot be cut that way, or was stopped.
    pub fn open(name: &str, view: &View, watch: Watch<'_>) -> Result<Self, Error> {
        Stock::of(name, view, watch)
            .and_then(|stock| Self::of(Arc::new(stock), view, watch))
            .map_err(|problem| error(name, problem))
    }

    /// The same name seen in another plane, slab or point of time: what was found and decoded already is shared, not
    /// looked for and decoded again. Another series, and overlays on or off, open it anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn again(&self, view: &View, watch: Watch<'_>) -> Result<Self, Error> {
        if !self.stock.answers(view) {
            return Self::open(&self.stock.found.name, view, watch);
        }
        let stock = Arc::clone(&self.stock);
        Self::of(stock, view, watch).map_err(|problem| self.error(problem))
    }

    fn of(stock: Arc<Stock>, view: &View, watch: Watch<'_>) -> Fallible<Self> {
        let shown = match &stock.found.what {
            What::Series(series) if open::is_cut(series, view) => Shown::Cut(Box::new(Slicing {
                cut: Cut::new(stock.block(series, view, watch)?, series, view)?,
                time: time(view),
                frames: Keep::new(CUT),
            })),
            _ => Shown::Decoded,
        };
        let facts = facts::of(&stock, &shown)?;
        Ok(Self {
            stock,
            shown,
            facts,
        })
    }

    /// What is known of all frames.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Milliseconds from frame to frame of a film, where its file says so.
    pub fn frame_ms(&self) -> Option<f64> {
        let is_moving = self.facts.is_moving;
        let series = self.stock.series().filter(|_| is_moving);
        series.and_then(|series| series.about.frame_ms)
    }

    /// A frame (from 0): decoded or cut, unless it is at hand. Threads that want the same frame wait for the first of them.
    ///
    /// # Errors
    /// When there is no such slice, it cannot be decoded, or was stopped.
    pub fn frame(&self, slice: usize, watch: Watch<'_>) -> Result<Arc<Frame>, Error> {
        self.made(slice, watch)
            .map_err(|problem| self.error(problem))
    }

    /// The same, if it takes neither decoding nor cutting.
    pub fn at_hand(&self, slice: usize) -> Option<Arc<Frame>> {
        self.frames().get(slice)
    }

    /// What the values of all slices reach over, where [`super::open_as`] shows them all alike: MR of which the first
    /// frame brings no window, percentiles, the full range. Every slice is decoded for it unless it is a volume already.
    /// Each range is found once. `None` where a frame is shown by itself, and where the window says it all.
    ///
    /// # Errors
    /// When a slice cannot be decoded, there are too many to be held at once, or it was stopped.
    pub fn range(
        &self,
        choice: Option<WindowChoice>,
        watch: Watch<'_>,
    ) -> Result<Option<Range>, Error> {
        self.range_for(choice, watch)
            .map_err(|problem| self.error(problem))
    }

    /// How a frame is shown, as [`super::open_as`] decides. `range` is that of [`Self::range`] for the same choice; where it
    /// is missing and needed (a frame without a window among others that bring one) it is measured here.
    ///
    /// # Errors
    /// When the window is not for this picture, or the file does not bring it; as [`Self::range`] where that is measured.
    pub fn shade(
        &self,
        frame: &Frame,
        choice: Option<&WindowChoice>,
        range: Option<&Range>,
    ) -> Result<Shade, Error> {
        self.shaded(frame, choice, range)
            .map_err(|problem| self.error(problem))
    }

    /// The windows that this frame can be looked at in, named: the file's own (`file ABDOMEN`, `file:2` …) and its lookup
    /// tables, presets that fit it, `auto`, `full`, and the ways of `MedGemma`. None for colour.
    pub fn presets(&self, frame: &Frame) -> Vec<(String, WindowChoice)> {
        if matches!(frame.values, Values::Rgb(_)) {
            return Vec::new();
        }
        let scale = &frame.scale;
        let mut all = Vec::new();
        for (number, window) in (1..).zip(&scale.windows) {
            all.push(named(WindowChoice::File(number), &window.name));
        }
        for (number, lut) in (1..).zip(&scale.luts) {
            if !lut.entries.is_empty() {
                all.push(named(WindowChoice::Lut(number), &lut.name));
            }
        }
        let is_ct = self.known(frame, None).is_ct_in_hu();
        if is_ct {
            let presets = PRESETS.iter().map(WindowChoice::Preset);
            all.extend(presets.map(|it| named(it, "")));
        }
        let auto = WindowChoice::Percentiles(super::preset::PERCENTILES);
        let over_all = [auto, WindowChoice::Full];
        all.extend(
            over_all
                .iter()
                .filter(|it| self.can_measure(**it))
                .map(|it| named(*it, "")),
        );
        if self.facts.is_volume {
            all.push(named(WindowChoice::VolumeMinMax, ""));
        }
        if is_ct {
            let three = [ThreeWindows::MedGemma15, ThreeWindows::MedGemma1];
            all.extend(three.map(|it| named(WindowChoice::Three(it), "")));
        }
        all
    }

    /// Lower-case hex SHA-256 of the file that a slice (from 0) came from, once its frame was read; of a volume that is
    /// made of several files, of their hashes in order.
    pub fn sha256(&self, slice: usize) -> Option<String> {
        match self.slicing() {
            Some(Slicing { cut, .. }) => {
                let is_there = slice < self.facts.n_slices;
                is_there.then(|| cut.block().sha256.clone())
            }
            None => self.stock.frames.sha256(slice),
        }
    }

    fn error(&self, problem: String) -> Error {
        error(&self.stock.found.name, problem)
    }

    fn slicing(&self) -> Option<&Slicing> {
        if let Shown::Cut(slicing) = &self.shown {
            Some(slicing)
        } else {
            None
        }
    }

    fn frames(&self) -> &Keep {
        let slicing = self.slicing();
        slicing.map_or(&self.stock.frames, |slicing| &slicing.frames)
    }

    fn made(&self, slice: usize, watch: Watch<'_>) -> Fallible<Arc<Frame>> {
        let frames = self.frames();
        if let Some(frame) = frames.get(slice) {
            return Ok(frame);
        }
        let number = slice.saturating_add(1);
        let span = Span {
            first: number,
            last: number,
            step: 1,
        };
        pick(self.facts.n_slices, &Slices::Listed(vec![span]))?;
        let _turn = frames.turns.wait(slice, watch)?;
        if let Some(frame) = frames.get(slice) {
            return Ok(frame);
        }
        let (frame, sha256) = match &self.shown {
            Shown::Decoded => self.stock.decoded(slice, watch)?,
            Shown::Cut(it) => (it.cut.frame(slice)?, it.cut.block().sha256.clone()),
            #[cfg(test)]
            Shown::Given(all) => (Frame::clone(&all[slice]), String::new()),
        };
        Ok(frames.put(slice, frame, sha256))
    }

    /// What is known of a frame besides its values.
    fn known<'a>(&'a self, frame: &'a Frame, range: Option<&'a Range>) -> About<'a> {
        let unit = frame.scale.unit.as_deref();
        About {
            modality: self.facts.modality.as_deref(),
            unit: unit.or(self.facts.unit.as_deref()),
            volume: range,
        }
    }

    fn shaded(
        &self,
        frame: &Frame,
        choice: Option<&WindowChoice>,
        range: Option<&Range>,
    ) -> Fallible<Shade> {
        let known = self.known(frame, range);
        let is_missing = range.is_none()
            && self.is_over_all(choice.copied())
            && shade::looks_at_values(choice, frame, &known);
        if !is_missing {
            return shade::resolve(choice, frame, &known);
        }
        let range = self.measured(choice.copied(), Watch::default())?;
        shade::resolve(choice, frame, &self.known(frame, range.as_ref()))
    }

    fn range_for(&self, choice: Option<WindowChoice>, watch: Watch<'_>) -> Fallible<Option<Range>> {
        if !self.is_over_all(choice) {
            return Ok(None);
        }
        // files mostly bring windows, and a series of which every slice must be decoded before the first is seen is a pain
        let first = self.made(self.facts.first, watch)?;
        if shade::looks_at_values(choice.as_ref(), &first, &self.known(&first, None)) {
            self.measured(choice, watch)
        } else {
            Ok(None)
        }
    }

    /// Whether a choice that looks at values looks at those of all slices; not by itself where they are too many.
    fn is_over_all(&self, choice: Option<WindowChoice>) -> bool {
        match (&self.shown, self.stock.series()) {
            (Shown::Decoded, Some(series)) => {
                open::needs_range(series, choice) && (choice.is_some() || open::fits(series))
            }
            (Shown::Decoded, None) => false,
            (Shown::Cut(_), _) => true,
            #[cfg(test)]
            (Shown::Given(_), _) => self.facts.is_volume,
        }
    }

    /// Whether the values that it looks at can be held at once.
    fn can_measure(&self, choice: WindowChoice) -> bool {
        match (&self.shown, self.stock.series()) {
            (Shown::Decoded, Some(series)) => {
                open::fits(series) || !open::needs_range(series, Some(choice))
            }
            _ => true,
        }
    }

    /// The range over all slices, at the percentiles of a choice.
    fn measured(&self, choice: Option<WindowChoice>, watch: Watch<'_>) -> Fallible<Option<Range>> {
        let percent = open::percentiles(choice);
        let slicing = self.slicing();
        let measure = Measure {
            percent: percent.map(f64::to_bits),
            counts_padding: slicing.is_none() && choice == Some(WindowChoice::VolumeMinMax),
            time: slicing.map(|slicing| slicing.time),
        };
        if let Some(known) = self.stock.measured(measure) {
            return Ok(known.range);
        }
        let _turn = self.stock.turns.wait(Work::Measure(measure), watch)?;
        if let Some(known) = self.stock.measured(measure) {
            return Ok(known.range);
        }
        let range = match (&self.shown, self.stock.series()) {
            (Shown::Cut(it), _) => it.cut.block().range(percent),
            (Shown::Decoded, Some(series)) => open::range_of(series, choice, watch, |slice| {
                self.stock.borrowed(slice, watch)
            })?,
            (Shown::Decoded, None) => None,
            #[cfg(test)]
            (Shown::Given(all), _) => given::range(all, percent),
        };
        let what = measure;
        lock(&self.stock.ranges).push(Measured { what, range });
        Ok(range)
    }
}

impl Stock {
    fn of(name: &str, view: &View, watch: Watch<'_>) -> Fallible<Self> {
        let stock = Self {
            found: open::find(name, view, watch)?,
            asked: (view.series, view.overlays),
            frames: Keep::new(DECODED),
            is_told: AtomicBool::new(false),
            block: Mutex::default(),
            ranges: Mutex::default(),
            turns: Turns::default(),
        };
        if stock.is_plain() {
            // only its pixels say how large it is: its header knows nothing of turning it upright
            let (frame, sha256) = stock.decoded(0, watch)?;
            stock.frames.put(0, frame, sha256);
        }
        Ok(stock)
    }

    fn series(&self) -> Option<&Series> {
        match &self.found.what {
            What::Sample(_) => None,
            What::Series(series) => Some(series),
        }
    }

    /// Whether it is a picture, no DICOM or NIfTI file.
    fn is_plain(&self) -> bool {
        let format = self.series().map(|series| series.about.format);
        !matches!(format, Some(Format::Dicom | Format::Nifti))
    }

    /// Whether a view asks for the series and the overlays that are in stock.
    fn answers(&self, view: &View) -> bool {
        let (series, overlays) = self.asked;
        let number = self.series().map(|series| series.number);
        let is_series = view.series == series || (view.series.is_some() && view.series == number);
        is_series && view.overlays == overlays
    }

    /// A frame as it was acquired, and the hash of its file.
    fn decoded(&self, slice: usize, watch: Watch<'_>) -> Fallible<(Frame, String)> {
        match &self.found.what {
            What::Sample(name) => {
                let bytes = samples::bytes(name).ok_or("no such sample")?;
                Ok((open::sample_frame(name)?, origin::sha256(bytes)))
            }
            What::Series(series) => {
                let slice = series.slices.get(slice).ok_or("has no such slice")?;
                let (mut frame, sha256) = fetch::slice(slice, self.asked.1, watch)?;
                if fetch::put_in_place(&mut frame, slice) {
                    self.is_told.store(true, Ordering::SeqCst);
                }
                Ok((frame, sha256))
            }
        }
    }

    /// The same for somebody who looks at its values once and lets go of them: what others look at stays at hand.
    fn borrowed(&self, slice: usize, watch: Watch<'_>) -> Fallible<Frame> {
        if let Some(frame) = self.frames.get(slice) {
            return Ok(Frame::clone(&frame));
        }
        let (frame, sha256) = self.decoded(slice, watch)?;
        self.frames.offer(slice, &frame, sha256);
        Ok(frame)
    }

    /// All slices as one block.
    fn block(&self, series: &Series, view: &View, watch: Watch<'_>) -> Fallible<Arc<Block>> {
        let time = time(view);
        let held = || {
            let held = lock(&self.block);
            let is_it = held.as_ref().filter(|(of, _)| *of == time);
            is_it.map(|(_, block)| Arc::clone(block))
        };
        if let Some(block) = held() {
            return Ok(block);
        }
        let _turn = self.turns.wait(Work::Block(time), watch)?;
        if let Some(block) = held() {
            return Ok(block);
        }
        let n_slices = series.slices.len() / series.times.max(1);
        let is_one_file = series.about.format == Format::Nifti;
        if is_one_file {
            (watch.progress)(0, n_slices);
        }
        let slice = |at: usize| match self.frames.get(at).zip(self.frames.sha256(at)) {
            Some((frame, sha256)) if !self.is_told.load(Ordering::SeqCst) => {
                Ok((Frame::clone(&frame), sha256))
            }
            _ => fetch::slice(&series.slices[at], view.overlays, watch),
        };
        let block = Arc::new(Block::of(series, view, watch, slice)?);
        if is_one_file {
            (watch.progress)(n_slices, n_slices);
        }
        *lock(&self.block) = Some((time, Arc::clone(&block)));
        Ok(block)
    }

    /// A range that was measured before.
    fn measured(&self, measure: Measure) -> Option<Measured> {
        let ranges = lock(&self.ranges);
        ranges.iter().find(|it| it.what == measure).copied()
    }
}

/// Which point of time is looked at, from 1.
fn time(view: &View) -> usize {
    view.time.unwrap_or(1).max(1)
}

/// A window and its name: as it is typed, then what the file calls it.
fn named(choice: WindowChoice, of_file: &str) -> (String, WindowChoice) {
    let name = format!("{choice} {}", printable(of_file.trim()));
    (name.trim_end().to_owned(), choice)
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    // what is in it is replaced or added as a whole
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
