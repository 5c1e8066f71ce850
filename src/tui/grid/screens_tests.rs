//! A grid with one of everything in, whole screens out: sizes, languages, without colour, ASCII.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;

use crate::experiment::figures::{Figure, Method, Metric};
use crate::settings::Lang;
use crate::tui::theme::{ASCII, THEMES, Theme};

use super::tests::{half, said};
use super::{Go, Grid, Msg};

fn screen(grid: &Grid, (width, height): (u16, u16), lang: Lang, theme: &Theme) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    grid.view(theme, lang, area, &mut buf);
    let row = |y| {
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            let sign = buf[(x, y)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    (0..height).map(row).collect::<Vec<String>>().join("\n")
}

fn plain() -> Theme {
    Theme::named("none").unwrap()
}

#[track_caller]
fn shown(width: u16, height: u16, lang: Lang) -> String {
    let mut grid = half(width, height, lang);
    let running = screen(&grid, (width, height), lang, &plain());
    for go in [Go::Top, Go::First] {
        grid.update(Msg::Go(go));
    }
    grid.update(Msg::Pin);
    for _ in 0..5 {
        grid.update(Msg::Go(Go::Right));
    }
    let rule = "=".repeat(usize::from(width));
    let compared = screen(&grid, (width, height), lang, &plain());
    format!("{running}\n{rule}\n{compared}")
}

#[test]
fn wide() {
    insta::assert_snapshot!(shown(120, 30, Lang::En));
}

#[test]
fn middle() {
    insta::assert_snapshot!(shown(80, 24, Lang::En));
}

#[test]
fn tiny() {
    insta::assert_snapshot!(shown(40, 12, Lang::En));
}

#[test]
fn chinese() {
    insta::assert_snapshot!(shown(80, 24, Lang::Zh));
}

#[test]
fn figures_of_a_report_take_the_place_of_live_ones() {
    let mut grid = half(80, 14, Lang::En);
    grid.update(Msg::Go(Go::First));
    let foot = |grid: &Grid, lang| {
        let all = screen(grid, (80, 14), lang, &plain());
        all.lines().nth(12).unwrap().to_owned()
    };
    insta::assert_snapshot!(foot(&grid, Lang::En), @"short: accuracy 0.50 (0.09 to 0.91) of 2 cases · failed 1 · flip rate 0.50");
    let figure = Figure {
        metric: Metric::BalancedAccuracy,
        value: 0.75,
        n: 2,
        interval: Some((0.5, 1.0)),
        method: Method::Bootstrap,
    };
    grid.update(Msg::Figures(vec![("short".to_owned(), vec![figure])]));
    insta::assert_snapshot!(foot(&grid, Lang::En), @"short: balanced accuracy 0.75 (0.50 to 1.00) of 2 cases · flip rate 0.50");
    insta::assert_snapshot!(foot(&grid, Lang::Zh), @"short: 平衡准确率 0.75（0.50 至 1.00） 共 2 例 · 翻转率 0.50");
    for _ in 0..3 {
        grid.update(Msg::Go(Go::Right));
    }
    insta::assert_snapshot!(foot(&grid, Lang::En), @"short paraphrase-1: accuracy 0.00 (0.00 to 0.79) of 1 case · 1 of 1 flip");
}

#[test]
fn ascii_is_ascii() {
    let mut grid = half(80, 24, Lang::En);
    said(&mut grid, 1, "long", "No.");
    grid.update(Msg::Pin);
    let all = screen(&grid, (80, 24), Lang::En, &plain().with(ASCII));
    // the names of cases are what they are
    let all = all.replace("正常", "").replace('·', "");
    assert!(all.is_ascii(), "{all}");
}

#[test]
fn themes_differ_in_looks_only() {
    let grid = half(80, 24, Lang::En);
    let expected = screen(&grid, (80, 24), Lang::En, &plain());
    for name in THEMES {
        let theme = Theme::named(name).unwrap();
        assert_eq!(
            screen(&grid, (80, 24), Lang::En, &theme),
            expected,
            "{name}"
        );
    }
}

#[test]
fn no_size_is_a_panic() {
    for width in 0..40 {
        for height in 0..20 {
            for lang in [Lang::En, Lang::Zh] {
                let mut grid = half(width, height, lang);
                screen(&grid, (width, height), lang, &plain());
                // and a screen that is not what it was said to be
                screen(&grid, (width / 2, height + 3), lang, &plain());
                grid.update(Msg::Click(width / 2, height / 2));
                grid.update(Msg::Open);
                screen(&grid, (width, height), lang, &plain());
            }
        }
    }
}

#[test]
fn what_a_model_says_steers_nothing_however_long_it_is() {
    let mut grid = half(60, 20, Lang::En);
    let hostile = "\u{1b}[2J\u{202e}\r\n\t积液 no effusion\u{0} e\u{301} ".repeat(10_000);
    said(&mut grid, 0, "short", &hostile);
    said(&mut grid, 0, "long", &format!("{hostile} and a nodule"));
    for go in [Go::Top, Go::First] {
        grid.update(Msg::Go(go));
    }
    grid.update(Msg::Pin);
    for _ in 0..5 {
        grid.update(Msg::Go(Go::Right));
    }
    let table = screen(&grid, (60, 20), Lang::En, &plain());
    grid.update(Msg::Open);
    let sheet = screen(&grid, (60, 20), Lang::En, &plain());
    for shown in [table, sheet] {
        assert!(shown.contains("\\u{1b}"), "{shown}");
        let is_bad = |it: char| it.is_control() && it != '\n' || it == '\u{202e}';
        assert!(!shown.contains(is_bad), "{shown:?}");
    }
}
