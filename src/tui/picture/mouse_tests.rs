//! Presses, drags, the wheel and keys that draw in, marks with their measures out.

use crate::imaging::region::{Bounds, Region};
use crossterm::event::{KeyModifiers, MouseButton, MouseEventKind};

use super::tests::{Bench, film, opened, series};
use super::*;

/// The cell that shows a place of the picture.
fn cell(bench: &Bench, x: f64, y: f64) -> (u16, u16) {
    bench
        .viewer
        .half()
        .unwrap()
        .drawn
        .fit
        .unwrap()
        .cell_of(x, y)
        .unwrap()
}

#[test]
fn a_right_drag_is_the_window() {
    let mut bench = Bench::with_ct(80, 40);
    let effects = bench.drag(MouseButton::Right, (40, 20), (44, 20));
    assert_eq!(effects, [Effect::LookChanged]);
    assert_eq!(bench.look(), "window=40/500 slices=5");
    // back to where it began is back to what it was
    bench.mouse(MouseEventKind::Down(MouseButton::Right), (40, 20));
    bench.mouse(MouseEventKind::Drag(MouseButton::Right), (10, 3));
    bench.mouse(MouseEventKind::Drag(MouseButton::Right), (40, 22));
    assert_eq!(bench.look(), "window=165/500 slices=5");
    bench.mouse(MouseEventKind::Drag(MouseButton::Right), (40, 20));
    assert_eq!(bench.look(), "window=40/500 slices=5");
    bench.mouse(MouseEventKind::Up(MouseButton::Right), (40, 20));
    bench.mouse(MouseEventKind::Drag(MouseButton::Right), (1, 1));
    assert_eq!(bench.look(), "window=40/500 slices=5");
}

#[test]
fn the_wheel_is_slices_and_with_control_zoom() {
    let mut bench = Bench::with_ct(80, 40);
    bench.mouse(MouseEventKind::ScrollDown, (40, 20));
    assert_eq!(bench.look(), "slices=6");
    bench.mouse(MouseEventKind::ScrollUp, (40, 20));
    assert_eq!(bench.look(), "slices=5");
    let under = bench.wanted().fit.pixel_at(50, 12).unwrap();
    for _ in 0..4 {
        bench.mouse_with(MouseEventKind::ScrollUp, (50, 12), KeyModifiers::CONTROL);
        let fit = bench.wanted().fit;
        let now = fit.pixel_at(50, 12).unwrap();
        // but for whole pixels, and what cannot be moved while all of its height is seen
        assert!(
            (now.0 - under.0).abs() <= 1.5 && (now.1 - under.1).abs() <= 1.5,
            "{now:?} {under:?}"
        );
    }
    assert_eq!(bench.look(), "slices=5");
    bench.send(Msg::Zoom(ZoomBy::Fit));
    let zoom = bench.viewer.half().unwrap().zoom;
    assert_eq!(
        (zoom.factor.to_string(), zoom.centre),
        ("1".to_owned(), None)
    );
}

#[test]
fn a_picture_without_slices_is_zoomed_by_the_wheel() {
    let mut bench = Bench::new(60, 20);
    bench.send(opened(0, 1, "film", film()));
    bench.draw();
    for _ in 0..100 {
        bench.mouse(MouseEventKind::ScrollUp, (30, 10));
    }
    assert!((bench.viewer.half().unwrap().zoom.factor - MAX_ZOOM).abs() < 1e-9);
    bench.draw();
    for _ in 0..100 {
        bench.mouse(MouseEventKind::ScrollDown, (30, 10));
    }
    assert!((bench.viewer.half().unwrap().zoom.factor - 1.0).abs() < 1e-9);
}

#[test]
fn what_is_seen_is_moved_by_the_middle_button_by_shift_and_by_keys() {
    let zoomed = || {
        let mut bench = Bench::with_ct(80, 40);
        bench.send(Msg::Zoom(ZoomBy::In));
        bench.send(Msg::Zoom(ZoomBy::In));
        bench.send(Msg::Zoom(ZoomBy::In));
        bench.draw();
        bench
    };
    let part = |bench: &mut Bench| bench.wanted().fit.part;
    let mut bench = zoomed();
    let before = part(&mut bench);
    bench.drag(MouseButton::Middle, (40, 20), (30, 20));
    assert!(part(&mut bench).x > before.x);
    let mut by_shift = zoomed();
    by_shift.mouse_with(
        MouseEventKind::Down(MouseButton::Left),
        (40, 20),
        KeyModifiers::SHIFT,
    );
    by_shift.mouse_with(
        MouseEventKind::Drag(MouseButton::Left),
        (30, 20),
        KeyModifiers::SHIFT,
    );
    assert_eq!(part(&mut by_shift), part(&mut bench));
    by_shift.mouse(MouseEventKind::Up(MouseButton::Left), (30, 20));
    assert_eq!(by_shift.viewer.region_mentions(), []);
    let mut by_keys = zoomed();
    by_keys.send(Msg::Pan(0, -2));
    assert!(part(&mut by_keys).y < before.y);
    for _ in 0..50 {
        by_keys.send(Msg::Pan(-4, 0));
        by_keys.draw();
    }
    // at the edge, one step back is seen at once
    let edge = part(&mut by_keys).x;
    by_keys.send(Msg::Pan(4, 0));
    assert!(edge.abs() < 1e-9 && part(&mut by_keys).x > edge);
}

#[test]
fn a_drag_is_a_region_with_its_measures() {
    let mut bench = Bench::with_ct(80, 40);
    let (from, to) = (cell(&bench, 16.5, 16.5), cell(&bench, 31.5, 31.5));
    let effects = bench.drag(MouseButton::Left, from, to);
    assert_eq!(effects, [Effect::LookChanged]);
    let mention = bench.viewer.region_mentions().remove(0);
    assert_eq!(
        (mention.name.as_str(), mention.id, mention.slice),
        ("R1", 1, 4)
    );
    let Bounds { x0, y0, x1, y1 } = mention.crop;
    assert!(
        x0.abs_diff(16) <= 1
            && y0.abs_diff(16) <= 1
            && x1.abs_diff(32) <= 1
            && y1.abs_diff(32) <= 1,
        "{:?}",
        mention.crop
    );
    assert!(bench.look().contains("region=rect:"), "{}", bench.look());
    // of 64 pixels, a pixel is 15.6 of the model's 1000
    let expected = [y0, x0, y1, x1].map(|it| it as f64 * 15.625);
    for (is, expected) in mention.model.iter().zip(expected) {
        assert!((f64::from(*is) - expected).abs() <= 0.5, "{mention:?}");
    }
}

#[test]
fn regions_by_keys_alone() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Tool(Tool::Rectangle));
    assert_eq!(bench.viewer.when(), When::Drawing);
    let draft = bench.viewer.draft.unwrap();
    assert_eq!((draft.from, draft.to), ((21.0, 21.0), (43.0, 43.0)));
    bench.send(Msg::Edit(Edit::MoveFine(-5, -5)));
    bench.send(Msg::Edit(Edit::GrowFine(-6, -6)));
    bench.send(Msg::Edit(Edit::Accept));
    assert_eq!(bench.viewer.when(), When::Looking);
    let region = bench.viewer.region_mentions().remove(0);
    assert_eq!(
        region.crop,
        Bounds {
            x0: 16,
            y0: 16,
            x1: 32,
            y1: 32
        }
    );
    assert_eq!(
        region.description,
        "rectangle, slice 5, mean 1000 HU SD 0 min 1000 max 1000 n 256"
    );
    // the same again, changed
    bench.send(Msg::Change);
    bench.send(Msg::Edit(Edit::MoveFine(16, 0)));
    bench.send(Msg::Edit(Edit::Accept));
    let region = bench.viewer.region_mentions();
    assert_eq!((region.len(), region[0].crop.x0), (1, 32));
    assert!(
        region[0].description.contains("mean 40 HU"),
        "{}",
        region[0].description
    );
    // forgotten
    bench.send(Msg::Change);
    bench.send(Msg::Edit(Edit::Move(-3, 0)));
    bench.send(Msg::Edit(Edit::Drop));
    assert_eq!(bench.viewer.region_mentions()[0].crop.x0, 32);
}

#[test]
fn a_shape_stays_in_the_picture_and_is_never_nothing() {
    for tool in [Tool::Rectangle, Tool::Ellipse, Tool::Ruler] {
        let mut bench = Bench::with_ct(80, 40);
        bench.send(Msg::Tool(tool));
        for edit in [
            Edit::Move(127, 127),
            Edit::Grow(-128, -128),
            Edit::Grow(127, -128),
            Edit::Move(-128, 0),
            Edit::Grow(-128, 127),
        ] {
            for _ in 0..5 {
                bench.send(Msg::Edit(edit));
                let draft = bench.viewer.draft.unwrap();
                match draft.figure((64, 64)) {
                    Some(marks::Figure::Region(region)) => region.check(64, 64).unwrap(),
                    Some(marks::Figure::Ruler(..)) | None => assert_eq!(tool, Tool::Ruler),
                }
            }
        }
        bench.send(Msg::Edit(Edit::Accept));
        bench.draw();
    }
}

#[test]
fn marks_are_chosen_removed_and_keep_their_names() {
    let mut bench = Bench::with_ct(80, 40);
    for tool in [Tool::Rectangle, Tool::Ellipse, Tool::Ruler] {
        bench.send(Msg::Tool(tool));
        bench.send(Msg::Edit(Edit::Accept));
    }
    let name = |bench: &Bench| bench.viewer.marks.chosen().map(marks::Mark::name);
    assert_eq!(name(&bench).as_deref(), Some("L1"));
    let mut names = Vec::new();
    for _ in 0..4 {
        bench.send(Msg::Choose(true));
        names.push(name(&bench).unwrap_or_default());
    }
    assert_eq!(names, ["", "R1", "R2", "L1"]);
    bench.send(Msg::Choose(false));
    bench.send(Msg::Choose(false));
    let effects = bench.send(Msg::Remove);
    assert_eq!(
        effects,
        [Effect::Say("removed R1".to_owned()), Effect::LookChanged]
    );
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Accept));
    let names: Vec<String> = bench
        .viewer
        .region_mentions()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["R2", "R3"]);
    assert!(matches!(
        bench.viewer.region_mentions()[0].region,
        Region::Ellipse { .. }
    ));
}

#[test]
fn a_mark_is_of_its_slice_and_choosing_it_goes_there() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Accept));
    let with = bench.wanted().key;
    bench.send(Msg::Slice(Go::First));
    assert_eq!(bench.look(), "slices=1");
    bench.send(Msg::Choose(true)); // past the last
    bench.send(Msg::Choose(true));
    assert!(
        bench.look().starts_with("slices=5 region="),
        "{}",
        bench.look()
    );
    assert_eq!(bench.wanted().key, with);
}

#[test]
fn a_click_looks_at_a_pixel_and_chooses_the_region_around_it() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Accept));
    let at = cell(&bench, 2.0, 2.0);
    bench.drag(MouseButton::Left, at, at);
    assert_eq!(bench.viewer.marks.chosen, None);
    let line = bench
        .viewer
        .probe_line(bench.viewer.half().unwrap())
        .unwrap();
    assert!(
        line.contains(") 40 HU  R ") && line.ends_with(" H 20.0 mm"),
        "{line}"
    );
    let at = cell(&bench, 30.0, 30.0);
    bench.drag(MouseButton::Left, at, at);
    assert!(bench.viewer.marks.chosen.is_some());
    let effects = bench.send(Msg::Copy);
    assert!(
        matches!(&effects[..], [Effect::Copy(it)] if it.starts_with("R1 44.0x44.0 mm  mean")),
        "{effects:?}"
    );
}

#[test]
fn the_probe_by_keys() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Probe(Probe::Toggle));
    assert_eq!(bench.viewer.when(), When::Probing);
    let probe = |bench: &Bench| bench.viewer.half().unwrap().probe.unwrap();
    assert_eq!(probe(&bench), (32, 32));
    bench.send(Msg::Probe(Probe::MoveFine(-12, -12)));
    let effects = bench.send(Msg::Copy);
    assert_eq!(
        effects,
        [Effect::Copy(
            "(20, 20) 1000 HU  R 24.0 A 24.0 H 20.0 mm".to_owned()
        )]
    );
    for _ in 0..9 {
        bench.send(Msg::Probe(Probe::Move(127, -128)));
    }
    assert_eq!(probe(&bench), (63, 0));
    bench.send(Msg::Probe(Probe::Toggle));
    assert_eq!(bench.viewer.when(), When::Looking);
}

#[test]
fn a_ruler_is_as_long_as_the_millimetres_are() {
    let mut bench = Bench::with_ct(80, 40);
    bench.send(Msg::Tool(Tool::Ruler));
    bench.send(Msg::Edit(Edit::GrowFine(8, 30)));
    bench.send(Msg::Edit(Edit::Accept));
    let effects = bench.send(Msg::Copy);
    let expected = (30.0_f64 * 2.0).hypot(30.0 * 2.0);
    assert_eq!(effects, [Effect::Copy(format!("L1 {expected:.1} mm"))]);
    assert!(bench.viewer.look().iter().all(|it| it.0 != "region"));
}

#[test]
fn a_large_region_is_measured_by_somebody_else() {
    let mut bench = Bench::new(80, 40);
    let frame = crate::imaging::frame::Frame {
        width: 1024,
        height: 1024,
        values: crate::imaging::frame::Values::Grey(vec![7.0; 1 << 20]),
        ..super::tests::ct(0, 0.0)
    };
    let reel = crate::imaging::reel::Reel::in_memory(
        super::tests::facts("large", 1),
        vec![Arc::new(frame)],
        &[true],
    );
    bench.send(opened(0, 1, "large", Arc::new(reel)));
    bench.draw();
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Move(-100, -100)));
    bench.send(Msg::Edit(Edit::Grow(100, 100)));
    let effects = bench.send(Msg::Edit(Edit::Accept));
    let Effect::Measure {
        mark,
        frame,
        region,
    } = &effects[0]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(
        bench.viewer.region_mentions()[0].description,
        "rectangle, slice 1"
    );
    let measured = crate::imaging::statistics::measure(frame, region);
    bench.send(Msg::Measured {
        mark: *mark,
        region: *region,
        measured,
    });
    let description = bench.viewer.region_mentions().remove(0).description;
    assert_eq!(
        description,
        "rectangle, slice 1, mean 7 HU SD 0 min 7 max 7 n 1048576"
    );
}

#[test]
fn a_click_in_the_other_picture_brings_it_to_the_front() {
    let mut bench = Bench::with_ct(100, 40);
    bench.send(opened(1, 2, "prior.dcm", series("prior.dcm", 9, 0.0, true)));
    bench.draw();
    assert!(bench.viewer.takes_mouse(75, 20) && !bench.viewer.takes_mouse(100, 20));
    let effects = bench.drag(MouseButton::Left, (75, 20), (75, 20));
    assert_eq!(bench.viewer.front(), Some((1, 2)));
    assert_eq!(effects, []);
    // the wheel scrolls what is under it and leaves the keys where they are
    bench.send(Msg::Link);
    bench.mouse(MouseEventKind::ScrollDown, (20, 20));
    assert_eq!((bench.slice(0), bench.slice(1)), (5, 4));
    assert_eq!(bench.viewer.front(), Some((1, 2)));
}

#[test]
fn any_mouse_event_anywhere_is_harmless() {
    let buttons = [MouseButton::Left, MouseButton::Right, MouseButton::Middle];
    let kinds = buttons.map(|it| {
        [
            MouseEventKind::Down(it),
            MouseEventKind::Drag(it),
            MouseEventKind::Up(it),
        ]
    });
    let everywhere = |bench: &mut Bench| {
        for at in [(0, 0), (3, 1), (75, 20), (u16::MAX, u16::MAX)] {
            for kind in kinds.iter().flatten() {
                bench.mouse(*kind, at);
                bench.draw();
            }
            bench.mouse(MouseEventKind::Moved, at);
            bench.mouse_with(MouseEventKind::ScrollUp, at, KeyModifiers::CONTROL);
            bench.mouse(MouseEventKind::ScrollLeft, at);
        }
    };
    for size in [(100, 40), (7, 2), (0, 0)] {
        let mut bench = Bench::new(size.0, size.1);
        for id in [0, 1, 2] {
            everywhere(&mut bench);
            let reel = series("a", 3, 0.0, true);
            bench.send(opened(usize::from(id == 1), id, "a", reel));
            bench.send(Msg::ModelEye);
        }
        everywhere(&mut bench);
    }
}
