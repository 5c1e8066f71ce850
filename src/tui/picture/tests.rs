//! The pane as a person meets it: messages in, state and effects out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::imaging::Format;
use crate::imaging::frame::{Frame, NamedWindow, Place, Scale, Values};
use crate::imaging::plane::Plane;
use crate::imaging::preset::WindowChoice;
use crate::imaging::view::View;
use crate::imaging::window::{Function, Window};
use crate::session::v1::Boxed;
use crate::settings::Lang;
use crate::tui::surface::{CellSize, Quality, Wanted};
use crate::tui::terminal::probe::{Caps, Multiplexer, Protocol, Why};
use crate::tui::theme::Theme;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::loader::{LoaderMsg, Request};
use super::msg::{Loaded, Opened};
use super::*;
use crate::imaging::reel::{Facts, Reel};

/// A slice of CT: 64 × 64 pixels of 2 mm, value `10 * slice` but for a bright square of 1000 HU at (16, 16) to (32, 32).
pub(super) fn ct(slice: usize, first_mm: f64) -> Frame {
    let value = |x: usize, y: usize| {
        let is_bright = (16..32).contains(&x) && (16..32).contains(&y);
        if is_bright {
            1000.0
        } else {
            10.0 * f32::from(u8::try_from(slice).unwrap())
        }
    };
    let values = (0..64 * 64).map(|at| value(at % 64, at / 64)).collect();
    Frame {
        width: 64,
        height: 64,
        values: Values::Grey(values),
        scale: Scale {
            unit: Some("HU".to_owned()),
            windows: vec![NamedWindow {
                name: "ABDOMEN".to_owned(),
                window: Window::new(40.0, 400.0, Function::Linear).unwrap(),
            }],
            possible: Some((-1024.0, 3072.0)),
            ..Scale::default()
        },
        place: Place {
            spacing_mm: Some([2.0, 2.0]),
            position: Some([-64.0, -64.0, first_mm + 5.0 * slice as f64]),
            orientation: Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            ..Place::default()
        },
        chain: Vec::new(),
    }
}

pub(super) fn facts(name: &str, n_slices: usize) -> Facts {
    Facts {
        name: name.to_owned(),
        modality: Some("CT".to_owned()),
        unit: Some("HU".to_owned()),
        format: Format::Dicom,
        n_slices,
        size: (64, 64),
        is_volume: true,
        plane: Some(Plane::Axial),
        is_moving: false,
        first: n_slices / 2,
        notes: Vec::new(),
        series: None,
        n_times: 1,
    }
}

/// A series of CT; the first slice lies at so many mm. `ready`: nothing needs decoding.
pub(in crate::tui) fn series(name: &str, n_slices: usize, first_mm: f64, ready: bool) -> Arc<Reel> {
    let frames = (0..n_slices).map(|it| Arc::new(ct(it, first_mm)));
    Arc::new(Reel::in_memory(
        facts(name, n_slices),
        frames.collect(),
        &vec![ready; n_slices],
    ))
}

/// A film without anything known about it.
pub(super) fn film() -> Arc<Reel> {
    let frame = Frame {
        scale: Scale::default(),
        place: Place::default(),
        values: Values::Grey(
            (0..64_u8 * 2)
                .cycle()
                .take(64 * 64)
                .map(f32::from)
                .collect(),
        ),
        ..ct(0, 0.0)
    };
    let facts = Facts {
        modality: None,
        unit: None,
        is_volume: false,
        plane: None,
        first: 0,
        ..facts("film", 1)
    };
    Arc::new(Reel::in_memory(facts, vec![Arc::new(frame)], &[true]))
}

pub(in crate::tui) fn opened(pane: usize, id: u32, name: &str, reel: Arc<Reel>) -> Msg {
    Msg::Open(Opened {
        pane,
        id,
        name: name.to_owned(),
        reel,
        view: View::default(),
    })
}

pub(in crate::tui) fn caps(protocol: Protocol) -> Caps {
    Caps {
        protocol,
        why: Why::Silent,
        cell: CellSize {
            width: 8,
            height: 16,
            is_measured: true,
        },
        has_truecolor: true,
        has_updates: None,
        is_light: None,
        multiplexer: Multiplexer::None,
        passes_through: false,
        answers: true,
        has_keyboard: false,
        wants_colours: true,
        is_remote: false,
        name: None,
    }
}

/// A frame that was wanted, as the loader gives it.
pub(in crate::tui) fn decoded(want: &msg::Want) -> Msg {
    Msg::Frame(loader::decode(want, crate::imaging::Watch::default()).unwrap())
}

/// A viewer, a screen, and a clock.
pub(super) struct Bench {
    pub(super) viewer: Viewer,
    pub(super) size: (u16, u16),
    pub(super) caps: Caps,
    pub(super) theme: Theme,
    pub(super) lang: Lang,
    pub(super) now: Instant,
}

impl Bench {
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self {
            viewer: Viewer::new(Lang::En),
            size: (width, height),
            caps: caps(Protocol::Kitty),
            theme: Theme::named("none").unwrap(),
            lang: Lang::En,
            now: Instant::now(),
        }
    }

    /// With a CT of 9 slices, all at hand, at slice 5; drawn once.
    pub(super) fn with_ct(width: u16, height: u16) -> Self {
        let mut bench = Self::new(width, height);
        bench.send(opened(0, 1, "chest.dcm", series("chest.dcm", 9, 0.0, true)));
        bench.draw();
        bench
    }

    pub(super) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.viewer.update(msg, self.now)
    }

    pub(super) fn draw(&mut self) -> (Buffer, Vec<Wanted>) {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buf = Buffer::empty(area);
        let stage = Stage {
            theme: &self.theme,
            caps: &self.caps,
            area,
            screen: area,
            now: self.now,
        };
        let wanted = self.viewer.view(stage, self.lang, &mut buf);
        (buf, wanted)
    }

    /// As the loader does it, at once.
    pub(super) fn load(&mut self, effects: &[Effect]) -> Vec<Effect> {
        let wants = effects.iter().filter_map(|it| match it {
            Effect::Frame(want) => Some(want.clone()),
            _ => None,
        });
        let mut more = Vec::new();
        for want in wants.collect::<Vec<_>>() {
            let loaded = super::loader::decode(&want, crate::imaging::Watch::default());
            more.extend(self.send(Msg::Frame(loaded.unwrap())));
        }
        more
    }

    /// The only wanted picture.
    pub(super) fn wanted(&mut self) -> Wanted {
        let (_, mut wanted) = self.draw();
        assert_eq!(wanted.len(), 1);
        wanted.remove(0)
    }

    pub(super) fn mouse(&mut self, kind: MouseEventKind, at: (u16, u16)) -> Vec<Effect> {
        self.mouse_with(kind, at, KeyModifiers::NONE)
    }

    pub(super) fn mouse_with(
        &mut self,
        kind: MouseEventKind,
        (column, row): (u16, u16),
        modifiers: KeyModifiers,
    ) -> Vec<Effect> {
        self.send(Msg::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers,
        }))
    }

    pub(super) fn drag(
        &mut self,
        button: MouseButton,
        from: (u16, u16),
        to: (u16, u16),
    ) -> Vec<Effect> {
        self.mouse(MouseEventKind::Down(button), from);
        let mut effects = self.mouse(MouseEventKind::Drag(button), to);
        effects.extend(self.mouse(MouseEventKind::Up(button), to));
        effects
    }

    pub(super) fn slice(&self, pane: usize) -> usize {
        self.viewer.halves[pane].as_ref().unwrap().slice
    }

    pub(super) fn look(&self) -> String {
        let look = self.viewer.look();
        let look: Vec<String> = look.iter().map(|(key, it)| format!("{key}={it}")).collect();
        look.join(" ")
    }
}

/// After these messages, on a CT of 9 slices at slice 5, it is looked at like this.
#[track_caller]
fn check(msgs: &[Msg], look: &str) {
    let mut bench = Bench::with_ct(80, 40);
    for msg in msgs {
        bench.send(msg.clone());
        bench.draw();
    }
    assert_eq!(bench.look(), look, "{msgs:?}");
}

#[test]
fn slices_by_keys() {
    let by = |n| Msg::Slice(Go::By(n));
    check(&[], "slices=5");
    check(&[by(1)], "slices=6");
    check(&[by(-1), by(-1)], "slices=3");
    check(&[by(10)], "slices=9");
    check(&[by(-10)], "slices=1");
    check(&[by(i32::MIN)], "slices=1");
    check(&[Msg::Slice(Go::First), by(-1)], "slices=1");
    check(&[Msg::Slice(Go::Last), by(1)], "slices=9");
    check(&[Msg::Slice(Go::To(usize::MAX))], "slices=9");
}

#[test]
fn windows_by_keys() {
    let adjust = |it| Msg::Window(it);
    check(&[adjust(Adjust::Preset(1))], "window=file slices=5");
    check(&[adjust(Adjust::Preset(3))], "window=lung slices=5");
    check(&[adjust(Adjust::Preset(0))], "slices=5");
    check(&[adjust(Adjust::Preset(99))], "slices=5");
    check(&[adjust(Adjust::Auto)], "window=auto slices=5");
    check(
        &[adjust(Adjust::Preset(3)), adjust(Adjust::Default)],
        "slices=5",
    );
    check(&[adjust(Adjust::Width(1))], "window=40/425 slices=5");
    check(&[adjust(Adjust::Centre(-2))], "window=-10/400 slices=5");
    check(
        &[adjust(Adjust::Preset(6)), adjust(Adjust::Width(-900))],
        "window=40/1 slices=5",
    );
    check(&[Msg::Invert], "invert=on slices=5");
    check(&[Msg::Invert, Msg::Invert], "slices=5");
}

#[test]
fn the_window_s_name_is_said_and_shown() {
    let mut bench = Bench::with_ct(80, 30);
    let effects = bench.send(Msg::Window(Adjust::Preset(3)));
    assert_eq!(
        effects,
        [
            Effect::Say("window 3: lung".to_owned()),
            Effect::LookChanged
        ]
    );
    let effects = bench.send(Msg::Window(Adjust::Preset(40)));
    assert!(
        matches!(&effects[..], [Effect::Say(it)] if it.contains("there is no window 40: 1 file ABDOMEN, 2 soft-tissue")),
        "{effects:?}"
    );
}

#[test]
fn a_window_that_is_not_for_the_picture_is_refused_and_nothing_changes() {
    let mut bench = Bench::new(60, 20);
    bench.send(opened(0, 1, "film", film()));
    bench.draw();
    let lung = WindowChoice::by_key('4');
    let effects = bench.send(Msg::Window(Adjust::To(lung)));
    assert!(
        matches!(&effects[..], [Effect::Say(it)] if it.starts_with("film: does not say that it is CT")),
        "{effects:?}"
    );
    assert_eq!(bench.look(), "");
    let effects = bench.send(Msg::Plane(Plane::Coronal));
    assert!(matches!(&effects[..], [Effect::Say(it)] if it.contains("no volume")));
}

#[test]
fn a_slice_that_is_not_at_hand_is_asked_for_and_the_one_before_stays() {
    let mut bench = Bench::new(80, 30);
    let reel = series("chest.dcm", 9, 0.0, false);
    let effects = bench.send(opened(0, 1, "chest.dcm", Arc::clone(&reel)));
    let want = |slice| Want {
        pane: 0,
        id: 1,
        slice,
        window: None,
        reel: Arc::clone(&reel),
    };
    assert_eq!(
        effects,
        [
            Effect::Frame(want(4)),
            Effect::Prefetch(want(4), vec![5, 6, 7, 8, 3])
        ]
    );
    bench.load(&effects);
    let effects = bench.send(Msg::Slice(Go::By(-1)));
    assert_eq!(
        effects,
        [
            Effect::Frame(want(3)),
            Effect::Prefetch(want(3), vec![2, 1, 0]),
            Effect::LookChanged
        ]
    );
    let there = |bench: &Bench| bench.viewer.half().unwrap().there.as_ref().unwrap().slice;
    assert_eq!((bench.slice(0), there(&bench)), (3, 4));
    bench.load(&effects);
    assert_eq!(there(&bench), 3);
}

#[test]
fn a_late_frame_does_not_replace_a_newer_one() {
    let mut bench = Bench::new(80, 30);
    let reel = series("chest.dcm", 9, 0.0, false);
    let first = bench.send(opened(0, 1, "chest.dcm", reel));
    bench.load(&first);
    let far = bench.send(Msg::Slice(Go::Last));
    let near = bench.send(Msg::Slice(Go::By(-2)));
    bench.load(&near);
    bench.load(&far);
    assert_eq!(
        bench.viewer.half().unwrap().there.as_ref().unwrap().slice,
        6
    );
    // nor one of a picture that is not there any more
    let late = bench.send(Msg::Slice(Go::First));
    bench.send(opened(0, 2, "other.dcm", series("other.dcm", 3, 0.0, true)));
    bench.load(&late);
    let half = bench.viewer.half().unwrap();
    assert_eq!((half.id, half.there.as_ref().unwrap().slice), (2, 1));
}

#[test]
fn what_cannot_be_decoded_is_said_in_its_place() {
    let mut bench = Bench::new(60, 12);
    bench.send(opened(0, 1, "a.dcm", series("a.dcm", 9, 0.0, false)));
    let failed = |slice| Msg::FrameFailed {
        pane: 0,
        id: 1,
        slice,
        problem: "is cut off\u{1b}[2J".to_owned(),
    };
    bench.send(failed(8));
    assert_eq!(bench.viewer.half().unwrap().problem, None);
    bench.send(failed(4));
    let problem = bench.viewer.half().unwrap().problem.clone();
    assert_eq!(problem.as_deref(), Some("is cut off\\u{1b}[2J"));
    bench.send(Msg::Slice(Go::By(1)));
    assert_eq!(bench.viewer.half().unwrap().problem, None);
}

#[test]
fn a_window_over_the_volume_is_asked_for_once() {
    let mut bench = Bench::with_ct(80, 30);
    let effects = bench.send(Msg::Window(Adjust::Auto));
    assert!(
        matches!(&effects[0], Effect::Frame(want) if want.window.is_some()),
        "{effects:?}"
    );
    bench.load(&effects);
    let effects = bench.send(Msg::Slice(Go::By(1)));
    assert_eq!(effects, [Effect::LookChanged]);
    let there = bench.viewer.half().unwrap().there.clone().unwrap();
    assert!(
        there.shade.why.contains("of the volume"),
        "{}",
        there.shade.why
    );
}

#[test]
fn what_the_model_sees_is_asked_for_when_it_is_looked_at() {
    let mut bench = Bench::with_ct(80, 40);
    let ask = Effect::ModelEye { pane: 0, id: 1 };
    assert_eq!(bench.send(Msg::ModelEye), std::slice::from_ref(&ask));
    assert_eq!(bench.draw().1.len(), 0);
    bench.send(Msg::Eye(Some(Arc::new(square()))));
    let eye = bench.wanted();
    assert_eq!(eye.fit.size, (64, 64));
    assert_eq!(bench.send(Msg::Invert), [Effect::LookChanged, ask]);
    assert!(bench.viewer.is_eye_old);
    bench.send(Msg::Grid);
    assert_ne!(bench.wanted().key, eye.key);
    assert_eq!(bench.send(Msg::ModelEye), []);
    assert_ne!(bench.wanted().group, eye.group);
    assert_eq!(bench.send(Msg::Escape), [Effect::Leave]);
}

/// What a model might see.
pub(super) fn square() -> ModelEye {
    ModelEye {
        side: 64,
        rgb: Arc::new(
            (0..64 * 64 * 3)
                .map(|it| u8::try_from(it % 251).unwrap())
                .collect(),
        ),
        grid: 16,
        content: [8, 0, 56, 64],
        fit: "pad".to_owned(),
        window: "40/400".to_owned(),
        hash: "0123456789abcdef0123".to_owned(),
    }
}

#[test]
fn a_drawn_picture_is_a_draft_while_it_changes_and_full_after_a_rest() {
    let mut bench = Bench::with_ct(80, 40);
    let first = bench.wanted();
    assert_eq!(first.quality, Quality::Full);
    bench.send(Msg::Slice(Go::By(1)));
    bench.now += Duration::from_millis(300);
    assert_eq!(bench.wanted().quality, Quality::Full);
    for _ in 0..3 {
        bench.now += Duration::from_millis(20);
        bench.send(Msg::Slice(Go::By(-1)));
        assert_eq!(bench.wanted().quality, Quality::Draft);
    }
    assert_eq!(
        bench.viewer.wakes_at(),
        Some(bench.now + crate::tui::surface::REST)
    );
    bench.now += crate::tui::surface::REST;
    let full = bench.wanted();
    assert_eq!(full.quality, Quality::Full);
    assert_eq!(bench.wanted().key, full.key);
    assert_eq!(bench.viewer.wakes_at(), None);
}

#[test]
fn grey_stays_grey_until_something_has_a_colour() {
    let mut bench = Bench::with_ct(80, 40);
    let kind = |bench: &mut Bench| (bench.wanted().make)().kind();
    assert_eq!(kind(&mut bench), crate::tui::surface::Kind::Grey);
    bench.send(boxes(1, None, &[("nodule", [16.0, 16.0, 32.0, 32.0])]));
    assert_eq!(kind(&mut bench), crate::tui::surface::Kind::Rgb);
    bench.caps.wants_colours = false;
    assert_eq!(kind(&mut bench), crate::tui::surface::Kind::Grey);
    bench.caps.wants_colours = true;
    bench.send(Msg::ShowBoxes);
    assert_eq!(kind(&mut bench), crate::tui::surface::Kind::Grey);
}

pub(super) fn boxes(id: u32, slice: Option<usize>, boxes: &[(&str, [f64; 4])]) -> Msg {
    let boxed = |(label, pixels): &(&str, [f64; 4])| Boxed {
        label: (*label).to_owned(),
        box_2d: [0.0; 4],
        picture: id,
        pixels: *pixels,
    };
    Msg::Boxes {
        id,
        slice,
        boxes: boxes.iter().map(boxed).collect(),
    }
}

#[test]
fn places_of_answers_are_on_their_slice_only() {
    let mut bench = Bench::with_ct(80, 40);
    let plain = bench.wanted().key;
    bench.send(boxes(1, Some(7), &[("nodule", [1.0, 1.0, 9.0, 9.0])]));
    assert_eq!(bench.wanted().key, plain);
    bench.send(Msg::Slice(Go::To(7)));
    let with = bench.wanted().key;
    bench.send(Msg::ShowBoxes);
    assert_ne!(bench.wanted().key, with);
    bench.send(boxes(1, Some(7), &[]));
    bench.send(Msg::ShowBoxes);
    assert_ne!(bench.wanted().key, with);
}

#[test]
fn every_key_is_bound_once_and_named_in_both_languages() {
    let mut seen = std::collections::BTreeSet::new();
    for row in KEYS {
        for key in row.keys.split(' ') {
            assert!(seen.insert((format!("{:?}", row.when), key)), "{key}");
        }
        assert!(row.en.is_ascii() && !row.zh.is_ascii(), "{row:?}");
    }
}

#[test]
fn any_two_keys_on_nothing_on_one_and_on_two_pictures() {
    for n_pictures in 0..3 {
        for area in [(80, 40), (10, 3), (0, 0)] {
            let mut bench = Bench::new(area.0, area.1);
            if n_pictures > 0 {
                bench.send(opened(0, 1, "a", series("a", 5, 0.0, true)));
            }
            if n_pictures > 1 {
                bench.send(opened(1, 2, "b", film()));
            }
            for (first, second) in KEYS.iter().flat_map(|a| KEYS.iter().map(move |b| (a, b))) {
                bench.send(first.msg.clone());
                bench.send(second.msg.clone());
            }
            for row in KEYS {
                bench.send(row.msg.clone());
                bench.draw();
            }
        }
    }
}

#[test]
fn the_loader_takes_what_the_pane_asks() {
    let mut bench = Bench::new(80, 30);
    let reel = series("chest.dcm", 9, 0.0, false);
    let effects = bench.send(opened(0, 1, "chest.dcm", reel));
    let requests = effects.iter().filter_map(Request::of).count();
    assert_eq!(requests, 2);
    assert!(Request::of(&Effect::Hide).is_none());
    let (sender, receiver) = std::sync::mpsc::channel();
    let tell: super::loader::Tell = Arc::new(move |msg| drop(sender.send(msg)));
    let loader = super::loader::Loader::start(&tell).unwrap();
    effects
        .iter()
        .filter_map(Request::of)
        .for_each(|it| loader.ask(it));
    let told = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
    let LoaderMsg::Pane(msg) = told else {
        panic!("{told:?}");
    };
    assert!(
        matches!(*msg, Msg::Frame(Loaded { slice: 4, .. })),
        "{msg:?}"
    );
    bench.send(*msg);
    assert_eq!(
        bench.viewer.half().unwrap().there.as_ref().unwrap().slice,
        4
    );
}
