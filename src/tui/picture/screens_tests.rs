//! One or two pictures with everything on them in, whole screens out: sizes, languages, signs.

use crate::settings::Lang;
use crate::tui::surface::CellSize;
use crate::tui::terminal::probe::Protocol;
use crate::tui::theme::{ASCII, Theme};
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;

use super::tests::{Bench, boxes, film, opened, series, square};
use super::*;

/// The screen as text, blanks at the ends of rows taken off.
fn text(buffer: &Buffer) -> String {
    let row = |y| -> String {
        let (mut row, mut x) = (String::new(), 0);
        while x < buffer.area.width {
            let sign = buffer[(x, y)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    let rows: Vec<String> = (0..buffer.area.height).map(row).collect();
    rows.join("\n")
}

fn screen(bench: &mut Bench) -> String {
    text(&bench.draw().0)
}

/// A CT with two regions, a ruler, places of an answer, a window and a probe.
fn everything(width: u16, height: u16) -> Bench {
    let mut bench = Bench::with_ct(width, height);
    for (tool, x, y) in [
        (Tool::Ellipse, -15, 10),
        (Tool::Ruler, 10, 12),
        (Tool::Rectangle, -5, -5),
    ] {
        bench.send(Msg::Tool(tool));
        bench.send(Msg::Edit(Edit::MoveFine(x, y)));
        bench.send(Msg::Edit(Edit::Accept));
    }
    bench.send(boxes(
        1,
        None,
        &[
            ("nodule", [8.0, 40.0, 16.0, 52.0]),
            ("结节\u{1b}", [40.0, 48.0, 50.0, 60.0]),
        ],
    ));
    bench.send(Msg::Window(Adjust::Preset(3)));
    bench.send(Msg::Probe(Probe::Toggle));
    bench.send(Msg::Probe(Probe::Toggle));
    bench
}

#[test]
fn wide() {
    insta::assert_snapshot!(screen(&mut everything(100, 50)));
}

#[test]
fn middle() {
    insta::assert_snapshot!(screen(&mut everything(60, 20)));
}

#[test]
fn tiny() {
    insta::assert_snapshot!(screen(&mut everything(30, 8)));
}

#[test]
fn chinese() {
    let mut bench = everything(100, 50);
    bench.lang = Lang::Zh;
    insta::assert_snapshot!(screen(&mut bench));
}

#[test]
fn chinese_tiny() {
    let mut bench = everything(30, 8);
    bench.lang = Lang::Zh;
    insta::assert_snapshot!(screen(&mut bench));
}

#[test]
fn drawing() {
    let mut bench = Bench::with_ct(100, 50);
    bench.send(Msg::Tool(Tool::Ellipse));
    bench.send(Msg::Invert);
    bench.send(Msg::Zoom(ZoomBy::In));
    insta::assert_snapshot!(screen(&mut bench));
}

#[test]
fn side_by_side() {
    let mut bench = everything(100, 30);
    bench.send(opened(
        1,
        2,
        "prior\u{7}.dcm",
        series("prior.dcm", 12, -10.0, true),
    ));
    bench.send(Msg::Slice(Go::By(1)));
    let (buffer, wanted) = bench.draw();
    assert_eq!(wanted.iter().map(|it| it.pane).collect::<Vec<_>>(), [0, 1]);
    insta::assert_snapshot!(text(&buffer));
}

#[test]
fn side_by_side_where_there_is_no_room_is_the_one_in_front() {
    let mut bench = Bench::with_ct(40, 12);
    bench.send(opened(
        1,
        2,
        "prior.dcm",
        series("prior.dcm", 12, -10.0, true),
    ));
    assert_eq!(bench.draw().1.len(), 1);
    assert!(screen(&mut bench).contains("chest.dcm"));
    bench.send(Msg::Other);
    assert!(screen(&mut bench).contains("prior.dcm"));
}

#[test]
fn what_the_model_sees() {
    let mut bench = everything(60, 24);
    bench.send(Msg::ModelEye);
    let before = screen(&mut bench);
    bench.send(Msg::Eye(Some(Arc::new(square()))));
    bench.draw();
    bench.send(Msg::Probe(Probe::Toggle));
    insta::assert_snapshot!(format!(
        "{before}\n{}\n{}",
        "=".repeat(60),
        screen(&mut bench)
    ));
}

#[test]
fn nothing_known_and_nothing_promised() {
    let mut bench = Bench::new(60, 20);
    bench.caps.protocol = Protocol::Blocks;
    bench.caps.cell = CellSize::GUESS;
    bench.send(opened(0, 1, "film.png", film()));
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.draw();
    bench.send(Msg::Tool(Tool::Rectangle));
    bench.send(Msg::Edit(Edit::Accept));
    bench.send(Msg::Probe(Probe::Toggle));
    insta::assert_snapshot!(screen(&mut bench));
}

#[test]
fn ascii_only() {
    let mut bench = everything(80, 24);
    bench.theme = Theme::named("none").unwrap().with(ASCII);
    bench.send(boxes(1, None, &[("nodule", [8.0, 40.0, 16.0, 52.0])]));
    let shown = screen(&mut bench).replace(crate::tui::surface::HOLE, "?");
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn where_no_picture_can_be_shown_the_reason_is() {
    let mut bench = everything(60, 12);
    bench.caps.protocol = Protocol::None;
    let (buffer, wanted) = bench.draw();
    assert_eq!(wanted.len(), 0);
    let shown = text(&buffer);
    assert!(
        shown.contains("no pictures here: the terminal has not answered"),
        "{shown}"
    );
    assert!(shown.contains("R2 ") && shown.contains("HU  "), "{shown}");
}

#[test]
fn no_picture_and_none_that_can_be_read() {
    let mut bench = Bench::new(50, 5);
    assert!(screen(&mut bench).contains("no picture yet"));
    bench.send(opened(0, 1, "a.dcm", series("a.dcm", 9, 0.0, false)));
    assert!(screen(&mut bench).contains("loading 5…"));
    bench.send(Msg::FrameFailed {
        pane: 0,
        id: 1,
        slice: 4,
        problem: "is cut off".to_owned(),
    });
    let shown = screen(&mut bench);
    assert!(
        shown.contains("✗ is cut off") && !shown.contains("loading"),
        "{shown}"
    );
}

#[test]
fn themes_differ_in_looks_only() {
    let mut bench = everything(80, 24);
    let expected = screen(&mut bench);
    for name in crate::tui::theme::THEMES {
        bench.theme = Theme::named(name).unwrap();
        assert_eq!(screen(&mut bench), expected, "{name}");
    }
}

#[test]
fn a_pane_of_any_size_is_not_a_panic() {
    let mut bench = everything(80, 24);
    bench.send(opened(
        1,
        2,
        "名称很长的文件名称很长的文件.dcm",
        series("b", 12, -10.0, true),
    ));
    let every_size = |bench: &mut Bench| {
        for width in (0..60).chain([u16::MAX / 60]) {
            for height in 0..16 {
                bench.size = (width, height);
                bench.draw();
            }
        }
    };
    for protocol in [
        Protocol::Kitty,
        Protocol::Sixel,
        Protocol::Ascii,
        Protocol::None,
    ] {
        bench.caps.protocol = protocol;
        for lang in [Lang::En, Lang::Zh] {
            bench.lang = lang;
            every_size(&mut bench);
        }
    }
}

#[test]
fn nothing_is_drawn_beside_the_pane() {
    let mut bench = everything(80, 24);
    bench.send(opened(1, 2, "b", film()));
    let whole = Rect::new(0, 0, 60, 20);
    for area in [
        Rect::new(5, 3, 45, 12),
        Rect::new(50, 15, 40, 40),
        Rect::new(70, 2, 9, 9),
    ] {
        let mut buffer = Buffer::filled(whole, ratatui::buffer::Cell::new("~"));
        let stage = Stage {
            theme: &bench.theme,
            caps: &bench.caps,
            area,
            screen: whole,
            now: bench.now,
        };
        let wanted = bench.viewer.view(stage, Lang::En, &mut buffer);
        for at in whole.positions() {
            assert_eq!(
                buffer[at].symbol() == "~",
                !area.contains(at),
                "{area} {at}"
            );
        }
        let is_inside =
            |it: &crate::tui::surface::Wanted| area.intersection(it.fit.cells) == it.fit.cells;
        assert!(wanted.iter().all(is_inside));
    }
}
