//! One picture of the pane: what is wanted of it, what is there of it, and how it is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::imaging::frame::{Frame, Values};
use crate::imaging::pick::{Slices, Span};
use crate::imaging::plane::Plane;
use crate::imaging::preset::WindowChoice;
use crate::imaging::range::Range;
use crate::imaging::region::{Marked as MarkedRegion, Region};
use crate::imaging::shade::Shade;
use crate::imaging::view::View;
use crate::imaging::window::Window;
use crate::session::safe::printable_line;
use crate::tui::surface::{Fit, Pace, Zoom};
use ratatui::layout::Rect;

use super::msg::{Effect, Go, Loaded, Opened, Want};
use super::place;
use crate::imaging::reel::Reel;

/// Frames that are decoded before they are wanted, in the direction of travel.
const AHEAD: usize = 4;
/// Values that are looked at without another thread: some milliseconds.
const FEW: usize = 1 << 20;

/// A frame that is there, and how it is shaded.
#[derive(Debug, Clone)]
pub(super) struct There {
    pub(super) slice: usize,
    pub(super) frame: Arc<Frame>,
    pub(super) shade: Arc<Shade>,
    /// What `shade` is for.
    pub(super) window: Option<WindowChoice>,
}

/// Where things were drawn last; positions of the mouse mean nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drawn {
    /// All of the half.
    pub(super) area: Rect,
    /// The picture, or what the model sees of it.
    pub(super) fit: Option<Fit>,
}

pub(super) struct Half {
    pub(super) number: usize,
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) reel: Arc<Reel>,
    /// As it was opened; window, inversion, slice and region are not read from here.
    pub(super) view: View,
    /// The plane that it came in, when it was opened as it came.
    pub(super) home: Option<Plane>,
    pub(super) slice: usize,
    pub(super) window: Option<WindowChoice>,
    pub(super) is_inverted: bool,
    pub(super) there: Option<There>,
    pub(super) zoom: Zoom,
    pub(super) eye_zoom: Zoom,
    /// Column and row of the pixel that is looked at.
    pub(super) probe: Option<(usize, usize)>,
    pub(super) problem: Option<String>,
    pub(super) pace: Pace,
    pub(super) drawn: Drawn,
    ranges: Vec<(Option<WindowChoice>, Range)>,
    /// Of slices that were seen: how they lie along the normal, mm.
    depths: BTreeMap<usize, f64>,
    is_backwards: bool,
}

impl std::fmt::Debug for Half {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Half")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("slice", &self.slice)
            .finish_non_exhaustive()
    }
}

/// Whether a window may be found by looking at values.
pub(super) fn looks_at_values(reel: &Reel, window: Option<&WindowChoice>, frame: &Frame) -> bool {
    let scale = &frame.scale;
    let is =
        |text: Option<&String>, word| text.is_some_and(|it| it.trim().eq_ignore_ascii_case(word));
    let facts = reel.facts();
    let is_ct = is(facts.modality.as_ref(), "CT") && is(facts.unit.as_ref(), "HU");
    match window {
        None => {
            let brings = !scale.windows.is_empty() || !scale.luts.is_empty();
            !brings && !is_ct && scale.shades.is_none()
        }
        Some(WindowChoice::Percentiles(_) | WindowChoice::Full | WindowChoice::VolumeMinMax) => {
            true
        }
        Some(_) => false,
    }
}

impl Half {
    pub(super) fn new(opened: Opened) -> Self {
        let facts = opened.reel.facts();
        let last = facts.n_slices.saturating_sub(1);
        let asked = match &opened.view.slices {
            Some(Slices::Listed(spans)) => spans.first().map(|it| it.first.saturating_sub(1)),
            _ => None,
        };
        Self {
            number: opened.pane.min(1),
            id: opened.id,
            name: printable_line(&opened.name),
            slice: asked.unwrap_or(facts.first).min(last),
            window: opened.view.window,
            is_inverted: opened.view.invert,
            home: opened
                .reel
                .facts()
                .plane
                .filter(|_| opened.view.plane.is_none()),
            view: opened.view,
            reel: opened.reel,
            there: None,
            zoom: Zoom::default(),
            eye_zoom: Zoom::default(),
            probe: None,
            problem: None,
            pace: Pace::default(),
            drawn: Drawn::default(),
            ranges: Vec::new(),
            depths: BTreeMap::new(),
            is_backwards: false,
        }
    }

    pub(super) fn n_slices(&self) -> usize {
        self.reel.facts().n_slices.max(1)
    }

    /// The plane that is seen. Slices are counted otherwise in the plane that a volume came in than in the same one as asked for:
    /// what belongs to a slice goes by `view.plane`.
    pub(super) fn plane(&self) -> Option<Plane> {
        self.view.plane.or(self.reel.facts().plane)
    }

    /// Columns and rows of the frame that is there.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        self.there
            .as_ref()
            .map(|it| (it.frame.width, it.frame.height))
    }

    fn want(&self) -> Want {
        Want {
            pane: self.number,
            id: self.id,
            slice: self.slice,
            window: self.window,
            reel: Arc::clone(&self.reel),
        }
    }

    fn range(&self, window: Option<&WindowChoice>) -> Option<&Range> {
        let found = self.ranges.iter().find(|it| it.0.as_ref() == window);
        found.map(|it| &it.1)
    }

    /// How a frame is shaded, when that takes no time; `None` when another thread should find out.
    fn shaded(
        &self,
        frame: &Frame,
        window: Option<&WindowChoice>,
    ) -> Option<Result<Shade, String>> {
        let range = self.range(window);
        let is_cheap = !looks_at_values(&self.reel, window, frame)
            || range.is_some()
            || (!self.reel.facts().is_volume && frame.width * frame.height <= FEW);
        let shade = || self.reel.shade(frame, window, range);
        is_cheap.then(|| shade().map_err(|it| it.problem))
    }

    /// Goes to a slice: shows it when it is at hand, else asks for it.
    pub(super) fn go(&mut self, go: Go) -> Vec<Effect> {
        let last = self.n_slices() - 1;
        let by = |n: i32| {
            let n_steps = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            if n < 0 {
                self.slice.saturating_sub(n_steps)
            } else {
                self.slice.saturating_add(n_steps)
            }
        };
        let slice = match go {
            Go::By(n) => by(n),
            Go::First => 0,
            Go::Last => last,
            Go::To(slice) => slice,
        }
        .min(last);
        if slice == self.slice && self.there.is_some() {
            return Vec::new();
        }
        self.is_backwards = slice < self.slice;
        self.slice = slice;
        self.problem = None;
        self.fetch()
    }

    /// Gets the slice that is wanted.
    pub(super) fn fetch(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let at_hand = self.reel.at_hand(self.slice);
        let shaded = at_hand.and_then(|frame| {
            let shade = self.shaded(&frame, self.window.as_ref())?.ok()?;
            Some((frame, shade))
        });
        match shaded {
            Some((frame, shade)) => self.show(self.slice, frame, shade),
            None => effects.push(Effect::Frame(self.want())),
        }
        let ahead = self.ahead();
        if !ahead.is_empty() {
            effects.push(Effect::Prefetch(self.want(), ahead));
        }
        effects
    }

    /// What is likely to be wanted next and not at hand.
    fn ahead(&self) -> Vec<usize> {
        let n_slices = self.n_slices();
        let on = |n: usize| self.slice.checked_add(n).filter(|it| *it < n_slices);
        let back = |n: usize| self.slice.checked_sub(n);
        let step = |n: usize, is_back: bool| if is_back { back(n) } else { on(n) };
        let ahead = (1..=AHEAD).filter_map(|n| step(n, self.is_backwards));
        let behind = step(1, !self.is_backwards);
        ahead
            .chain(behind)
            .filter(|it| self.reel.at_hand(*it).is_none())
            .collect()
    }

    fn show(&mut self, slice: usize, frame: Arc<Frame>, shade: Shade) {
        if let Some(mm) = place::depth(&frame.place) {
            self.depths.insert(slice, mm);
        }
        let is_other = self.size() != Some((frame.width, frame.height));
        if is_other {
            self.probe = None;
            self.zoom = Zoom::default();
        }
        self.there = Some(There {
            slice,
            frame,
            shade: Arc::new(shade),
            window: self.window,
        });
    }

    /// Takes a frame that was asked for. One of a slice that is no longer wanted is shown while it is nearer to that than
    /// what is there: so a fast scroll is seen.
    pub(super) fn take(&mut self, loaded: Loaded) -> Vec<Effect> {
        let Loaded {
            slice,
            window,
            frame,
            range,
            shade,
            ..
        } = loaded;
        if let Some(range) = range
            && self.range(window.as_ref()).is_none()
        {
            self.ranges.push((window, range));
        }
        let distance = |of: usize| of.abs_diff(self.slice);
        let is_nearer = self
            .there
            .as_ref()
            .is_none_or(|it| distance(slice) <= distance(it.slice));
        if slice == self.slice {
            self.problem = None;
        }
        let shade = if window == self.window {
            shade
        } else {
            match self.shaded(&frame, self.window.as_ref()) {
                Some(shade) => shade,
                None if slice == self.slice => return vec![Effect::Frame(self.want())],
                None => return Vec::new(),
            }
        };
        match shade {
            Ok(shade) if is_nearer => self.show(slice, frame, shade),
            Ok(_) => {}
            Err(problem) => return self.refuse(&problem),
        }
        Vec::new()
    }

    /// The window is not for this picture: back to the one before, and the reason said.
    fn refuse(&mut self, problem: &str) -> Vec<Effect> {
        let before = self.there.as_ref().and_then(|it| it.window);
        if before == self.window {
            self.problem = Some(printable_line(problem));
            return Vec::new();
        }
        self.window = before;
        let mut effects = vec![self.says(problem)];
        effects.extend(self.fetch());
        effects
    }

    fn says(&self, problem: &str) -> Effect {
        Effect::Say(format!("{}: {}", self.name, printable_line(problem)))
    }

    /// Looks through another window.
    pub(super) fn look_through(&mut self, window: Option<WindowChoice>) -> Vec<Effect> {
        if window == self.window {
            return Vec::new();
        }
        let Some(there) = &self.there else {
            self.window = window;
            return self.fetch();
        };
        match self.shaded(&there.frame, window.as_ref()) {
            Some(Ok(shade)) => {
                self.window = window;
                let (slice, frame) = (there.slice, Arc::clone(&there.frame));
                self.show(slice, frame, shade);
                if slice == self.slice {
                    return Vec::new();
                }
                vec![Effect::Frame(self.want())]
            }
            Some(Err(problem)) => vec![self.says(&problem)],
            None => {
                self.window = window;
                vec![Effect::Frame(self.want())]
            }
        }
    }

    /// The window that is seen and one step of it.
    pub(super) fn window_and_step(&self) -> Option<(Window, f64)> {
        let there = self.there.as_ref()?;
        if matches!(there.frame.values, Values::Rgb(_)) {
            return None;
        }
        let window = there.shade.curve.window()?;
        let range = self.ranges.first().map(|it| &it.1);
        let extent = super::window::extent(&there.frame, range, &window);
        Some((window, super::window::step(extent, &window)))
    }

    /// Millimetres of a slice along the normal: as its file says, else as far on as its neighbours are apart.
    pub(super) fn depth(&self, slice: usize) -> Option<f64> {
        if let Some(mm) = self.depths.get(&slice) {
            return Some(*mm);
        }
        let (near, mm) = self.nearest(|it, _| it.abs_diff(slice) as f64)?;
        Some(mm + (slice as f64 - near as f64) * self.step()?)
    }

    fn nearest(&self, how_far: impl Fn(usize, f64) -> f64) -> Option<(usize, f64)> {
        let far = |it: &(&usize, &f64)| how_far(*it.0, *it.1);
        let near = self.depths.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        near.map(|it| (*it.0, *it.1))
    }

    /// Millimetres from a slice to the next, when two were seen.
    fn step(&self) -> Option<f64> {
        let pairs = self.depths.iter().zip(self.depths.iter().skip(1));
        let near = pairs.min_by_key(|(a, b)| b.0 - a.0)?;
        let step = (near.1.1 - near.0.1) / (near.1.0 - near.0.0) as f64;
        (step.is_finite() && step != 0.0).then_some(step)
    }

    /// The slice that lies nearest to some millimetres; may lie beyond the ends.
    pub(super) fn slice_at(&self, mm: f64) -> Option<f64> {
        let (near, at) = self.nearest(|_, it| (it - mm).abs())?;
        let off = (mm - at) / self.step()?;
        let slice = near as f64 + off.round();
        slice.is_finite().then_some(slice)
    }

    /// Learns where the slices beside the one that is wanted lie.
    pub(super) fn learn(&mut self) {
        let beside = [self.slice.checked_sub(1), self.slice.checked_add(1)];
        for slice in beside.into_iter().flatten() {
            let unknown = !self.depths.contains_key(&slice);
            let frame = unknown.then(|| self.reel.at_hand(slice)).flatten();
            if let Some(mm) = frame.and_then(|it| place::depth(&it.place)) {
                self.depths.insert(slice, mm);
            }
        }
    }

    /// How the picture is looked at; with the region that is chosen in it.
    pub(super) fn look(&self, region: Option<Region>) -> View {
        let slice = self.slice + 1;
        let is_one_of_many = self.n_slices() > 1;
        let span = Span {
            first: slice,
            last: slice,
            step: 1,
        };
        View {
            window: self.window,
            invert: self.is_inverted,
            slices: is_one_of_many.then(|| Slices::Listed(vec![span])),
            crop: self.view.crop && region.is_some(),
            region: region.map(MarkedRegion::Source),
            ..self.view.clone()
        }
    }
}
