//! Running slices, two pictures and other planes: messages in, what goes along out.

use std::time::Duration;

use crate::imaging::plane::Plane;
use crate::imaging::view::View;

use super::msg::Opened;
use super::tests::{Bench, film, opened, series};
use super::*;

#[test]
fn slices_run_in_step_with_the_clock() {
    let mut bench = Bench::with_ct(80, 30);
    let start = bench.now;
    let beat = Duration::from_millis(100);
    assert_eq!(
        bench.send(Msg::Cine(Cine::Toggle)),
        [Effect::Wake(start + beat)]
    );
    assert_eq!(bench.send(Msg::Tick), [Effect::Wake(start + beat)]);
    assert_eq!(bench.slice(0), 4);
    for nth in 1..=6_u32 {
        bench.now = start + beat * nth + Duration::from_millis(3);
        let effects = bench.send(Msg::Tick);
        assert!(
            effects.contains(&Effect::Wake(start + beat * (nth + 1))),
            "{effects:?}"
        );
    }
    assert_eq!(bench.slice(0), 1); // 5, 6, 7, 8, 0, 1
    bench.send(Msg::Cine(Cine::Faster));
    bench.now += Duration::from_secs(9);
    let effects = bench.send(Msg::Tick);
    assert!(effects.contains(&Effect::Wake(
        bench.now + Duration::from_secs(1).div_f64(15.0)
    )));
    bench.send(Msg::Cine(Cine::Toggle));
    assert_eq!(bench.send(Msg::Tick), []);
    assert_eq!(bench.viewer.wakes_at(), None);
}

#[test]
fn a_slice_that_is_not_there_yet_holds_the_run() {
    let mut bench = Bench::new(80, 30);
    let first = bench.send(opened(0, 1, "a", series("a", 9, 0.0, false)));
    bench.load(&first);
    bench.send(Msg::Cine(Cine::Toggle));
    bench.now += Duration::from_secs(1);
    let asked = bench.send(Msg::Tick);
    assert_eq!(bench.slice(0), 5);
    bench.now += Duration::from_secs(1);
    bench.send(Msg::Tick);
    assert_eq!(bench.slice(0), 5);
    bench.load(&asked);
    bench.now += Duration::from_secs(1);
    bench.send(Msg::Tick);
    assert_eq!(bench.slice(0), 6);
}

#[test]
fn what_is_seen_can_be_read_back_as_it_is_typed() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Window(Adjust::Centre(3)));
    bench.send(Msg::Tool(Tool::Ellipse));
    bench.send(Msg::Edit(Edit::Accept));
    let mut view = View::default();
    for (key, text) in bench.viewer.look() {
        view.set(key, &text).unwrap();
    }
    assert_eq!(view.window, bench.viewer.half().unwrap().window);
    assert_eq!(Some(view), bench.viewer.look_as_view());
}

#[test]
fn the_usual_slice_is_no_change() {
    let mut bench = Bench::with_ct(80, 40);
    let typed = |text: &str| vec![("slices", text.to_owned())];
    assert!(!bench.viewer.is_changed_from(&[]) && !bench.viewer.is_changed_from(&typed("5")));
    assert!(bench.viewer.is_changed_from(&typed("4")));
    bench.send(Msg::Slice(Go::By(1)));
    assert!(bench.viewer.is_changed_from(&[]) && !bench.viewer.is_changed_from(&typed("6")));
    bench.send(Msg::Invert);
    assert!(bench.viewer.is_changed_from(&typed("6")));
}

#[test]
fn another_plane_is_opened_by_somebody_else_and_keeps_the_window() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Window(Adjust::Preset(3)));
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Accept));
    assert_eq!(bench.send(Msg::Plane(Plane::Axial)), []);
    let effects = bench.send(Msg::Plane(Plane::Coronal));
    let [
        Effect::Reopen(Opened {
            pane: 0,
            id: 1,
            view,
            ..
        }),
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(view.plane, Some(Plane::Coronal));
    bench.send(Msg::Open(Opened {
        pane: 0,
        id: 1,
        name: "chest.dcm".to_owned(),
        reel: series("chest.dcm", 7, 0.0, true),
        view: view.clone(),
    }));
    assert_eq!(bench.look(), "window=lung slices=4 plane=coronal");
    // a mark stays in its plane
    bench.send(Msg::Choose(true));
    let effects = bench.send(Msg::Choose(true));
    assert_eq!(
        effects,
        [Effect::Say(
            "R1 is in another plane: the plane it came in".to_owned()
        )]
    );
    // and the way back is the way it came
    let effects = bench.send(Msg::Plane(Plane::Axial));
    assert!(
        matches!(&effects[..], [Effect::Reopen(it)] if it.view.plane.is_none()),
        "{effects:?}"
    );
}

#[test]
fn two_pictures_go_together_by_millimetres() {
    let mut bench = Bench::with_ct(120, 40);
    // the same levels of the patient, two slices further on
    bench.send(opened(
        1,
        2,
        "prior.dcm",
        series("prior.dcm", 12, -10.0, true),
    ));
    assert!(bench.viewer.is_split());
    bench.send(Msg::Slice(Go::By(1)));
    assert_eq!((bench.slice(0), bench.slice(1)), (5, 7));
    bench.send(Msg::Window(Adjust::Preset(3)));
    bench.send(Msg::Invert);
    for half in bench.viewer.halves.iter().flatten() {
        assert_eq!(half.window.unwrap().to_string(), "lung");
        assert!(half.is_inverted);
    }
    bench.send(Msg::Other);
    bench.send(Msg::Slice(Go::Last));
    assert_eq!((bench.slice(0), bench.slice(1)), (8, 11));
    bench.send(Msg::Link);
    bench.send(Msg::Slice(Go::By(-4)));
    assert_eq!((bench.slice(0), bench.slice(1)), (8, 7));
    // linked again, they keep what a person has lined up
    bench.send(Msg::Link);
    bench.send(Msg::Slice(Go::By(-2)));
    assert_eq!((bench.slice(0), bench.slice(1)), (6, 5));
    bench.send(Msg::Other);
    bench.send(Msg::Slice(Go::By(1)));
    assert_eq!((bench.slice(0), bench.slice(1)), (7, 6));
}

#[test]
fn pictures_without_common_millimetres_go_together_by_number() {
    let mut bench = Bench::with_ct(120, 40);
    bench.send(opened(
        1,
        2,
        "prior.dcm",
        series("prior.dcm", 6, 9000.0, true),
    ));
    bench.send(Msg::Slice(Go::To(2)));
    assert_eq!((bench.slice(0), bench.slice(1)), (2, 2));
    bench.send(Msg::Slice(Go::Last));
    assert_eq!((bench.slice(0), bench.slice(1)), (8, 5));
}

#[test]
fn a_window_that_one_of_two_refuses_is_the_other_s() {
    let mut bench = Bench::with_ct(120, 40);
    bench.send(opened(1, 2, "film", film()));
    let effects = bench.send(Msg::Window(Adjust::Preset(3)));
    assert_eq!(bench.look(), "window=lung slices=5");
    assert_eq!(bench.viewer.halves[1].as_ref().unwrap().window, None);
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Say(it) if it.starts_with("film: ")))
    );
}

#[test]
fn a_film_runs_as_fast_as_it_was_recorded_until_a_person_says_otherwise() {
    let mut bench = Bench::new(80, 30);
    let frames = (0..3).map(|it| Arc::new(super::tests::ct(it, 0.0)));
    let facts = crate::imaging::reel::Facts {
        is_moving: true,
        is_volume: false,
        ..super::tests::facts("film", 3)
    };
    let reel = crate::imaging::reel::Reel::in_memory(facts, frames.collect(), &[true; 3]);
    let recorded = reel.frame_ms().map_or(10.0, |ms| 1000.0 / ms);
    bench.send(opened(0, 1, "film", Arc::new(reel)));
    assert!((bench.viewer.slices_a_second() - recorded).abs() < 1e-9);
    for _ in 0..20 {
        bench.send(Msg::Cine(Cine::Slower));
    }
    assert!((bench.viewer.slices_a_second() - 1.0).abs() < 1e-9);
    for _ in 0..20 {
        bench.send(Msg::Cine(Cine::Faster));
    }
    assert!((bench.viewer.slices_a_second() - 30.0).abs() < 1e-9);
}
