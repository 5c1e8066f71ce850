//! Pictures, keys, the mouse and answers' places in, one or two pictures with everything measured in them out: pure state, `update`, and a view.
//!
//! `update` takes one message ([`Msg`]) and says what somebody else has to do ([`Effect`]); `loader` does what takes long, on
//! threads of its own; `view` says what is to be seen ([`crate::tui::surface::Wanted`]) and writes the words around it.

use std::sync::Arc;
use std::time::Instant;

use crate::imaging::plane::Plane;
use crate::imaging::preset::{PERCENTILES, WindowChoice};
use crate::imaging::view::View;
use crate::settings::Lang;

mod cine;
mod corners;
mod draw;
pub mod eye;
mod half;
mod keys;
mod link;
pub mod loader;
mod marking;
mod marks;
mod mouse;
mod msg;
mod paper;
mod place;
mod text;
mod view;
mod window;

#[cfg(test)]
mod along_tests;
#[cfg(test)]
mod mouse_tests;
#[cfg(test)]
mod screens_tests;
#[cfg(test)]
pub(super) mod tests;

pub use eye::ModelEye;
pub use keys::{Binding, KEYS, When};
pub use marks::Mention;
pub use msg::{Adjust, Cine, Edit, Effect, Go, Loaded, Msg, Opened, Probe, Tool, Want, ZoomBy};
pub use view::Stage;

use half::Half;
use link::Link;
use marks::{Draft, Marks, Named};
use mouse::Drag;

/// The largest zoom.
const MAX_ZOOM: f64 = 32.0;
/// How much larger or smaller one step of the zoom is.
const ZOOM_STEP: f64 = 1.25;

/// The pictures' pane.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Viewer {
    lang: Lang,
    halves: [Option<Half>; 2],
    /// How often something was opened in each half: what was of an earlier one is never shown for it.
    serials: [u32; 2],
    /// The half that the keys go to.
    front: usize,
    is_split: bool,
    link: Link,
    marks: Marks,
    tool: Tool,
    draft: Option<Draft>,
    drag: Option<Drag>,
    is_probing: bool,
    shows_boxes: bool,
    /// When the next slice comes, while they run.
    cine: Option<Instant>,
    /// Slices a second that a person asked for.
    speed: Option<u32>,
    eye: Option<Arc<ModelEye>>,
    /// It is of another look than the one on the screen.
    is_eye_old: bool,
    shows_eye: bool,
    shows_grid: bool,
}

impl Viewer {
    /// No picture yet.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            halves: [None, None],
            serials: [0; 2],
            front: 0,
            is_split: false,
            link: Link::default(),
            marks: Marks::default(),
            tool: Tool::default(),
            draft: None,
            drag: None,
            is_probing: false,
            shows_boxes: true,
            cine: None,
            speed: None,
            eye: None,
            is_eye_old: false,
            shows_eye: false,
            shows_grid: true,
        }
    }

    /// The interface speaks this language.
    pub fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
    }

    /// The picture that the keys go to: which half, and its id.
    pub fn front(&self) -> Option<(usize, u32)> {
        self.half().map(|it| (self.front, it.id))
    }

    /// The pictures that are open, left and right.
    pub fn ids(&self) -> [Option<u32>; 2] {
        [0, 1].map(|at: usize| Some(self.halves[at].as_ref()?.id))
    }

    /// The slice that is shown in front, from 0.
    pub fn slice(&self) -> Option<usize> {
        self.half().map(|it| it.slice)
    }

    /// The slices of a picture that is open in the pane.
    pub fn n_slices(&self, id: u32) -> Option<usize> {
        let mut open = self.halves.iter().flatten();
        open.find(|it| it.id == id)
            .map(|it| it.reel.facts().n_slices)
    }

    /// Which series of how many the picture in front is, from 1; `None` for a drawing.
    pub fn series(&self) -> Option<(usize, usize)> {
        self.half()?.reel.facts().series
    }

    /// Whether two pictures are to stand side by side.
    pub fn is_split(&self) -> bool {
        self.is_split && self.halves.iter().all(Option::is_some)
    }

    /// Which keys of [`KEYS`] count: those of this, and those of [`When::Looking`] that it does not have.
    pub fn when(&self) -> When {
        if self.draft.is_some() {
            When::Drawing
        } else if self.is_probing {
            When::Probing
        } else {
            When::Looking
        }
    }

    /// How the picture in front is looked at, as typed: enough for the model to get what is on the screen.
    pub fn look(&self) -> Vec<(&'static str, String)> {
        self.look_as_view().map_or_else(Vec::new, |it| it.typed())
    }

    /// The same for `imaging::open_as`.
    pub fn look_as_view(&self) -> Option<View> {
        let half = self.half()?;
        let chosen = self
            .marks
            .chosen()
            .filter(|it| (it.id, it.slice, it.plane) == (half.id, half.slice, half.view.plane));
        Some(half.look(chosen.and_then(marks::Mark::region)))
    }

    /// Whether the picture in front is looked at in another way than in `typed`, which the model got.
    pub fn is_changed_from(&self, typed: &[(&'static str, String)]) -> bool {
        let Some(half) = self.half() else {
            return false;
        };
        let first = (half.reel.facts().first + 1).to_string();
        // the slice that is shown when nobody asks for one
        let said = |look: &[(&'static str, String)]| {
            let mut look = look.to_vec();
            look.retain(|it| *it != ("slices", first.clone()));
            look.sort_unstable();
            look
        };
        said(&self.look()) != said(typed)
    }

    /// The regions of all pictures that were shown, for completion and for sending.
    pub fn region_mentions(&self) -> Vec<Mention> {
        let fit = self.half().map(|it| it.view.fit).unwrap_or_default();
        self.marks.mentions(fit, self.lang)
    }

    /// When [`Msg::Tick`] is due, or the view should be drawn again because a draft has rested.
    pub fn wakes_at(&self) -> Option<Instant> {
        let rests = self.halves.iter().flatten();
        let rests = rests.filter_map(|it| it.pace.wakes_at());
        rests.chain(self.cine).min()
    }

    fn half(&self) -> Option<&Half> {
        self.halves.get(self.front)?.as_ref()
    }

    fn half_mut(&mut self) -> Option<&mut Half> {
        self.halves.get_mut(self.front)?.as_mut()
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        let (before, front) = (self.look(), self.front());
        let mut effects = self.take(msg, now);
        if front.is_some() && (before, front) != (self.look(), self.front()) {
            effects.push(Effect::LookChanged);
            effects.extend(self.ask_for_eye());
        }
        effects
    }

    fn take(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        match msg {
            Msg::Open(opened) => return self.open(opened),
            Msg::Close(pane) => self.close(pane),
            Msg::Frame(loaded) => return self.loaded(loaded),
            Msg::FrameFailed {
                pane,
                id,
                slice,
                problem,
            } => self.failed(pane, id, slice, &problem),
            Msg::Measured {
                mark,
                region,
                measured,
            } => self.marks.measured(mark, region, measured),
            Msg::Boxes { id, slice, boxes } => self.name(Named { id, slice, boxes }),
            Msg::Eye(eye) => {
                self.eye = eye;
                self.is_eye_old = false;
            }
            Msg::Mouse(event) => return self.mouse(event),
            Msg::Tick => return self.tick(now),
            Msg::Cine(cine) => return self.run(cine, now),
            msg => return self.act(&msg),
        }
        Vec::new()
    }

    /// What a person does to the picture in front.
    fn act(&mut self, msg: &Msg) -> Vec<Effect> {
        match *msg {
            Msg::Slice(go) => return self.go(self.front, go),
            Msg::Window(adjust) => return self.adjust(adjust),
            Msg::Invert => self.invert(),
            Msg::Plane(plane) => return self.cut(plane),
            Msg::Zoom(by) => self.zoom(by, None),
            Msg::Pan(columns, rows) => self.pan(f64::from(columns), f64::from(rows)),
            Msg::Tool(tool) => self.take_tool(tool),
            Msg::Edit(edit) => return self.edit(edit),
            Msg::Choose(is_next) => return self.choose(is_next),
            Msg::Change => self.change(),
            Msg::Remove => return self.remove(),
            Msg::Probe(probe) => self.probe(probe),
            Msg::ModelEye => return self.toggle_eye(),
            Msg::Grid => self.shows_grid = !self.shows_grid,
            Msg::ShowBoxes => self.shows_boxes = !self.shows_boxes,
            Msg::SideBySide => return self.toggle_split(),
            Msg::Link => return self.toggle_link(),
            Msg::Other => return self.switch(),
            Msg::FullScreen => return vec![Effect::FullScreen],
            Msg::Hide => return vec![Effect::Hide],
            Msg::Copy => return self.copy(),
            Msg::Escape => return self.escape(),
            _ => {}
        }
        Vec::new()
    }

    fn open(&mut self, mut opened: Opened) -> Vec<Effect> {
        opened.pane = opened.pane.min(1);
        let pane = opened.pane;
        self.serials[pane] = self.serials[pane].wrapping_add(1);
        let mut half = Half::new(opened);
        // the same picture in another plane keeps its window
        if let Some(before) = self.halves[pane].as_ref().filter(|it| it.id == half.id) {
            half.window = before.window;
            half.is_inverted = before.is_inverted;
            half.home = before.home;
        }
        let effects = half.fetch();
        self.halves[pane] = Some(half);
        self.is_split |= pane == 1;
        self.link.forget();
        if self.half().is_none() || pane == self.front {
            self.front = pane;
            self.settle();
        }
        effects
    }

    /// Forgets what was going on in another picture.
    fn settle(&mut self) {
        self.draft = None;
        self.drag = None;
        self.cine = None;
        self.is_probing = false;
        self.eye = None;
    }

    fn close(&mut self, pane: usize) {
        if let Some(half) = self.halves.get_mut(pane) {
            *half = None;
        }
        if self.half().is_none() {
            self.front = self.halves.iter().position(Option::is_some).unwrap_or(0);
            self.settle();
        }
    }

    fn loaded(&mut self, loaded: Loaded) -> Vec<Effect> {
        let half = self.halves.get_mut(loaded.pane).and_then(Option::as_mut);
        let Some(half) = half.filter(|it| it.id == loaded.id) else {
            return Vec::new();
        };
        half.take(loaded)
    }

    fn failed(&mut self, pane: usize, id: u32, slice: usize, problem: &str) {
        let half = self.halves.get_mut(pane).and_then(Option::as_mut);
        if let Some(half) = half.filter(|it| (it.id, it.slice) == (id, slice)) {
            half.problem = Some(crate::session::safe::printable_line(problem));
            self.cine = None;
        }
    }

    fn name(&mut self, named: Named) {
        let is_same = |it: &Named| (it.id, it.slice) == (named.id, named.slice);
        self.marks.named.retain(|it| !is_same(it));
        if !named.boxes.is_empty() {
            self.marks.named.push(named);
            self.shows_boxes = true;
        }
    }

    /// Goes to a slice, and with the other picture to the one that lies there.
    fn go(&mut self, pane: usize, go: Go) -> Vec<Effect> {
        let Some(half) = self.halves.get_mut(pane).and_then(Option::as_mut) else {
            return Vec::new();
        };
        let before = half.slice;
        half.learn();
        let mut effects = half.go(go);
        if half.slice != before {
            half.learn();
            self.draft = None;
            effects.extend(self.follow(pane));
        }
        effects
    }

    /// Takes the other picture along to the slice that this one is at.
    fn follow(&mut self, pane: usize) -> Vec<Effect> {
        if !self.link.is_on {
            return Vec::new();
        }
        let other = 1 - pane.min(1);
        let (first, second) = self.halves.split_at_mut(1);
        let (Some(Some(first)), Some(Some(second))) = (first.first_mut(), second.first_mut())
        else {
            return Vec::new();
        };
        let (leads, follows) = if other == 1 {
            (first, second)
        } else {
            (second, first)
        };
        follows.learn();
        let slice = self.link.slice(leads, follows);
        follows.go(Go::To(slice))
    }

    /// The halves that windows and inversion go to: that in front, and with it the other one.
    fn linked(&self) -> Vec<usize> {
        let other = 1 - self.front.min(1);
        let has_other = self.halves[other].is_some();
        if self.link.is_on && has_other {
            vec![self.front, other]
        } else {
            vec![self.front]
        }
    }

    fn look_through(&mut self, window: Option<WindowChoice>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for pane in self.linked() {
            if let Some(half) = self.halves.get_mut(pane).and_then(Option::as_mut) {
                effects.extend(half.look_through(window));
            }
        }
        effects
    }

    fn adjust(&mut self, adjust: Adjust) -> Vec<Effect> {
        let Some(half) = self.half() else {
            return Vec::new();
        };
        let window = match adjust {
            Adjust::Default => None,
            Adjust::Auto => Some(WindowChoice::Percentiles(PERCENTILES)),
            Adjust::To(window) => window,
            Adjust::Preset(number) => {
                let frame = half.there.as_ref().map(|it| &it.frame);
                let presets = frame.map_or_else(Vec::new, |it| half.reel.presets(it));
                let Some((name, window)) = number.checked_sub(1).and_then(|at| presets.get(at))
                else {
                    return vec![Effect::Say(text::no_preset(number, &presets, self.lang))];
                };
                let said = Effect::Say(text::preset(number, name, window, self.lang));
                let window = *window;
                let mut effects = self.look_through(Some(window));
                if self.half().is_some_and(|it| it.window == Some(window)) {
                    effects.insert(0, said);
                }
                return effects;
            }
            Adjust::Centre(steps) => return self.adjust_by(0.0, f64::from(steps)),
            Adjust::Width(steps) => return self.adjust_by(f64::from(steps), 0.0),
        };
        self.look_through(window)
    }

    fn adjust_by(&mut self, width: f64, centre: f64) -> Vec<Effect> {
        let Some((window, step)) = self.half().and_then(Half::window_and_step) else {
            return self.no_window();
        };
        let window = window::moved(&window, step, width, centre);
        self.look_through(Some(WindowChoice::Numbers(window)))
    }

    fn no_window(&self) -> Vec<Effect> {
        let is_there = self.half().is_some_and(|it| it.there.is_some());
        let said = self.lang.pick(
            "this picture is not seen through a window with a centre and a width: press w for one",
            "此图片目前没有窗位和窗宽：按 w 可设一个",
        );
        let said = is_there.then(|| Effect::Say(said.to_owned()));
        said.into_iter().collect()
    }

    fn invert(&mut self) {
        let inverted = self.half().is_some_and(|it| it.is_inverted);
        for pane in self.linked() {
            if let Some(half) = self.halves.get_mut(pane).and_then(Option::as_mut) {
                half.is_inverted = !inverted;
            }
        }
    }

    fn cut(&mut self, plane: Plane) -> Vec<Effect> {
        let Some(half) = self.half() else {
            return Vec::new();
        };
        if half.plane() == Some(plane) {
            return Vec::new();
        }
        if !half.reel.facts().is_volume {
            let said = self.lang.pick(
                "this picture is no volume, so it cannot be cut in another plane",
                "此图片不是容积数据，无法按其他平面重建",
            );
            return vec![Effect::Say(said.to_owned())];
        }
        let view = View {
            plane: Some(plane).filter(|it| Some(*it) != half.home),
            slices: None,
            region: None,
            window: half.window,
            invert: half.is_inverted,
            ..half.view.clone()
        };
        vec![Effect::Reopen(Opened {
            pane: self.front,
            id: half.id,
            name: half.name.clone(),
            reel: Arc::clone(&half.reel),
            view,
        })]
    }

    fn toggle_eye(&mut self) -> Vec<Effect> {
        self.shows_eye = !self.shows_eye && self.half().is_some();
        self.draft = None;
        self.is_probing = false;
        if let Some(half) = self.half_mut() {
            half.probe = None;
        }
        if self.eye.is_some() && !self.is_eye_old {
            return Vec::new();
        }
        self.ask_for_eye().into_iter().collect()
    }

    /// What the model sees has to be prepared, when it is looked at.
    fn ask_for_eye(&mut self) -> Option<Effect> {
        if !self.shows_eye {
            self.eye = None;
            return None;
        }
        let (pane, id) = self.front()?;
        self.is_eye_old = self.eye.is_some();
        Some(Effect::ModelEye { pane, id })
    }

    fn toggle_split(&mut self) -> Vec<Effect> {
        if self.halves.iter().any(Option::is_none) {
            let said = self.lang.pick(
                "there is one picture only: open a second one",
                "只有一幅图片：请再打开一幅",
            );
            return vec![Effect::Say(said.to_owned())];
        }
        self.is_split = !self.is_split;
        Vec::new()
    }

    fn toggle_link(&mut self) -> Vec<Effect> {
        let [Some(left), Some(right)] = &self.halves else {
            return self.toggle_split();
        };
        self.link.toggle(left, right);
        let said = if self.link.is_on {
            self.lang.pick(
                "window and slice go together, from here on",
                "窗与层面从此处起联动",
            )
        } else {
            self.lang.pick("each picture by itself", "两幅图片各自独立")
        };
        vec![Effect::Say(said.to_owned())]
    }

    fn switch(&mut self) -> Vec<Effect> {
        let other = 1 - self.front.min(1);
        if self.halves[other].is_none() {
            return Vec::new();
        }
        self.front_to(other);
        Vec::new()
    }

    fn front_to(&mut self, pane: usize) {
        if pane != self.front {
            self.front = pane;
            self.settle();
        }
    }

    fn escape(&mut self) -> Vec<Effect> {
        let was_drawing = self.draft.take().is_some();
        let was_open = (self.drag.take().is_some() || was_drawing)
            || std::mem::take(&mut self.is_probing)
            || self.cine.take().is_some()
            || std::mem::take(&mut self.shows_eye)
            || self.marks.chosen.take().is_some();
        if was_open {
            Vec::new()
        } else {
            vec![Effect::Leave]
        }
    }
}
