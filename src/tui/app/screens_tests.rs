//! A screen with something of everything in, whole screens out: sizes, themes, signs, languages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::tests::{Bench, TURN, budget};
use super::{App, Msg};
use crate::tui::desk::News;
use crate::tui::surface::HOLE;
use crate::tui::testing::rows_of;

/// The whole screen; cells of a picture are `░`, the cursor is told behind.
fn painted(app: &mut App, now: std::time::Instant) -> (Buffer, String) {
    let mut buf = Buffer::empty(app.area);
    let (_, cursor) = app.paint(&mut buf, now);
    let rows = rows_of(&buf).replace(HOLE, "░");
    let cursor = cursor.map_or_else(String::new, |it| format!("\ncursor {},{}", it.x, it.y));
    (buf, rows + &cursor)
}

fn screen(bench: &mut Bench) -> String {
    painted(&mut bench.app, bench.now).1
}

/// A picture with a region and a box, a turn that is over, one that is being answered, one that waits, and a full gauge.
fn everything(width: u16, height: u16, env: &[(&str, &str)]) -> Bench {
    let mut bench = Bench::with(width, height, env);
    bench.play("@ready @state @idle");
    bench.play(TURN);
    bench.play("alt-1 =r enter esc esc @budget");
    bench.play("=Where_is_it? enter @asked @piece @piece =And_the_heart? enter =Is_@R1");
    bench
}

/// Each way in which cells look, by a letter, and where it is.
fn styles(buf: &Buffer) -> String {
    let mut known: Vec<(Color, Color, Modifier)> = Vec::new();
    let mut rows = Vec::new();
    for y in buf.area.top()..buf.area.bottom() {
        let row = (buf.area.left()..buf.area.right()).map(|x| {
            let cell = &buf[(x, y)];
            let look = (cell.fg, cell.bg, cell.modifier);
            let at = known.iter().position(|it| *it == look).unwrap_or_else(|| {
                known.push(look);
                known.len() - 1
            });
            char::from(b'a' + u8::try_from(at).unwrap())
        });
        rows.push(row.collect::<String>());
    }
    let legend = known.iter().enumerate().map(|(n, (fg, bg, modifier))| {
        let letter = char::from(b'a' + u8::try_from(n).unwrap());
        format!("{letter} {fg} on {bg} {modifier:?}")
    });
    rows.extend(legend);
    rows.join("\n")
}

#[test]
fn very_wide() {
    insta::assert_snapshot!(screen(&mut everything(200, 60, &[])));
}

#[test]
fn wide() {
    insta::assert_snapshot!(screen(&mut everything(120, 40, &[])));
}

#[test]
fn stacked() {
    insta::assert_snapshot!(screen(&mut everything(80, 24, &[])));
}

#[test]
fn tiny() {
    let mut bench = everything(40, 12, &[]);
    insta::assert_snapshot!(screen(&mut bench));
    bench.play("ctrl-u alt-1 alt-3");
    insta::assert_snapshot!("tiny_picture", screen(&mut bench));
}

#[test]
fn too_small() {
    let mut bench = everything(40, 12, &[]);
    bench.send(Msg::Event(crossterm::event::Event::Resize(29, 7)));
    assert_eq!(screen(&mut bench).trim_end(), "too small: needs 30 × 8");
}

#[test]
fn light() {
    let mut bench = everything(80, 24, &[("MEDLAB_THEME", "light")]);
    let (buf, rows) = painted(&mut bench.app, bench.now);
    assert_eq!(rows, screen(&mut everything(80, 24, &[])));
    insta::assert_snapshot!(styles(&buf));
}

#[test]
fn no_colour() {
    let mut bench = everything(80, 24, &[("NO_COLOR", "1")]);
    let (buf, rows) = painted(&mut bench.app, bench.now);
    assert_eq!(rows, screen(&mut everything(80, 24, &[])));
    let is_plain = |it: &ratatui::buffer::Cell| it.fg == Color::Reset && it.bg == Color::Reset;
    assert!(buf.content.iter().all(is_plain));
    insta::assert_snapshot!(styles(&buf));
}

#[test]
fn ascii() {
    let mut bench = everything(120, 40, &[("MEDLAB_SYMBOLS", "ascii")]);
    let (buf, rows) = painted(&mut bench.app, bench.now);
    let is_ascii = |it: &ratatui::buffer::Cell| it.symbol() == HOLE || it.symbol().is_ascii();
    let other = buf.content.iter().find(|it| !is_ascii(it));
    assert_eq!(other, None);
    insta::assert_snapshot!(rows);
}

#[test]
fn chinese() {
    let mut bench = everything(120, 40, &[("MEDLAB_LANG", "zh")]);
    insta::assert_snapshot!(screen(&mut bench));
    let mut bench = everything(40, 12, &[("MEDLAB_LANG", "zh")]);
    insta::assert_snapshot!("chinese_tiny", screen(&mut bench));
}

#[test]
fn the_first_frame() {
    let mut bench = Bench::new(120, 40);
    insta::assert_snapshot!(screen(&mut bench));
    bench.now += std::time::Duration::from_secs(2);
    bench.news(News::Progress(Some(("loading".to_owned(), 0.4))));
    bench.now += std::time::Duration::from_secs(2);
    bench.send(Msg::Tick);
    insta::assert_snapshot!("loading", screen(&mut bench));
}

#[test]
fn what_lies_over_the_panes() {
    let mut bench = everything(100, 30, &[]);
    bench.play("ctrl-u ctrl-p");
    insta::assert_snapshot!("palette", screen(&mut bench));
    bench.play("esc alt-r =Old_film.");
    insta::assert_snapshot!("prior", screen(&mut bench));
    bench.play("ctrl-s ctrl-q");
    insta::assert_snapshot!("leave", screen(&mut bench));
    bench.play("=n alt-2 =kkkkk enter");
    insta::assert_snapshot!("menu", screen(&mut bench));
    bench.play("=x =no_effusion");
    insta::assert_snapshot!("expect", screen(&mut bench));
    bench.play("esc");
    bench.news(News::Sent(Ok(crate::tui::sheets::build::Sent {
        ctx: 2048,
        slots: budget().slots,
        dropped: budget().dropped,
        room: 1359,
        parts: Vec::new(),
    })));
    insta::assert_snapshot!("context", screen(&mut bench));
}

#[test]
fn a_session_that_is_played_has_its_own_line() {
    let mut bench = Bench::ready(100, 24);
    bench.play(TURN);
    bench.send(Msg::Play("/s/chest.jsonl".into()));
    insta::assert_snapshot!(screen(&mut bench));
}

#[test]
fn no_size_is_a_panic() {
    for (width, height) in (0..12).flat_map(|x| (0..9).map(move |y| (x * 17, y * 7))) {
        let mut bench = everything(60, 20, &[]);
        bench.send(Msg::Event(crossterm::event::Event::Resize(width, height)));
        for keys in ["", "ctrl-p", "esc alt-r", "esc ctrl-q", "=n alt-4"] {
            bench.play(keys);
            assert_eq!(bench.app.area, Rect::new(0, 0, width, height));
            painted(&mut bench.app, bench.now);
        }
    }
}
