//! Pickers in, whole screens out: sizes, languages, themes, and what a frame costs.

use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::kinds_tests::{files, hits, listed, sessions};
use super::list::Order;
use super::tests::{actions, origins, press, sized};
use super::{Face, Item, Line, Msg, News, Picker};
use crate::context::Language;
use crate::library::Library;
use crate::settings::Lang;
use crate::tui::theme::{ASCII, THEMES, Theme};

fn plain() -> Theme {
    Theme::named("none").unwrap()
}

fn drawn(picker: &Picker, theme: &Theme) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, picker.size.0, picker.size.1);
    let mut buf = Buffer::empty(area);
    for position in area.positions() {
        buf[position].set_symbol("░");
    }
    let cursor = picker.view(theme, area, &mut buf);
    (buf, cursor)
}

/// The screen as text, and where the cursor is.
fn screen(picker: &Picker, theme: &Theme) -> String {
    let (buf, cursor) = drawn(picker, theme);
    let row = |y| -> String {
        let (mut row, mut x) = (String::new(), 0);
        while x < buf.area.width {
            let sign = buf[(x, y)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    let rows: Vec<String> = (0..buf.area.height).map(row).collect();
    let cursor = cursor.map_or("no cursor".to_owned(), |it| {
        format!("cursor {},{}", it.x, it.y)
    });
    format!("{}\n{cursor}", rows.join("\n"))
}

/// The characters that are marked.
fn underlined(picker: &Picker) -> String {
    let (buf, _) = drawn(picker, &plain());
    let cells = buf.content().iter();
    let marked = cells.filter(|it| it.modifier.contains(Modifier::UNDERLINED | Modifier::BOLD));
    marked.map(ratatui::buffer::Cell::symbol).collect()
}

fn typed(mut picker: Picker, text: &str) -> Picker {
    picker.update(Msg::Type(text.to_owned()));
    picker
}

fn palette(lang: Lang, width: u16, height: u16) -> Picker {
    sized(Picker::palette(&actions(lang), &[], lang), width, height)
}

fn prompts(lang: Lang, width: u16, height: u16) -> Picker {
    let picker = Picker::prompts(&Library::built_in(), Language::Auto, lang);
    typed(sized(picker, width, height), "loc")
}

fn browser(lang: Lang, width: u16, height: u16) -> Picker {
    let mut picker = sessions(lang, width, height);
    press(&mut picker, "/");
    picker.update(Msg::Type("积液".into()));
    picker.update(hits(
        "积液",
        "newest",
        &[("small ", false), ("积液", true), (" at the left", false)],
    ));
    picker.update(Msg::News(News::Preview {
        key: "/s/newest.jsonl".into(),
        lines: vec![
            Line::new(Face::Heading, "Is there an effusion?"),
            Line::new(Face::Dim, "session newest"),
            Line::default(),
            Line::new(Face::User, "Is there an effusion?"),
            Line::new(Face::Text, "Blunting of the left costophrenic angle, which suggests a small pleural effusion. \u{1b}[2J"),
        ],
    }));
    picker
}

#[test]
fn palette_wide() {
    insta::assert_snapshot!(screen(&typed(palette(Lang::En, 120, 24), "pict"), &plain()));
    let marked = underlined(&typed(palette(Lang::En, 120, 24), "pic"));
    assert!(
        marked.len() > 9 && marked.replace("pic", "").is_empty(),
        "{marked}"
    );
}

#[test]
fn palette_eighty() {
    insta::assert_snapshot!(screen(&palette(Lang::En, 80, 24), &plain()));
}

#[test]
fn palette_chinese() {
    insta::assert_snapshot!(screen(&typed(palette(Lang::Zh, 80, 20), "图片"), &plain()));
}

#[test]
fn palette_tiny() {
    insta::assert_snapshot!(screen(&palette(Lang::Zh, 40, 12), &plain()));
}

#[test]
fn help_eighty() {
    let picker = sized(Picker::help(&actions(Lang::En), Lang::En), 80, 24);
    insta::assert_snapshot!(screen(&picker, &plain()));
}

#[test]
fn help_chinese_ascii() {
    let mut picker = sized(Picker::help(&actions(Lang::Zh), Lang::Zh), 60, 12);
    press(&mut picker, "pagedown pagedown");
    insta::assert_snapshot!(screen(&picker, &plain().with(ASCII)));
}

#[test]
fn prompts_wide() {
    insta::assert_snapshot!(screen(&prompts(Lang::En, 120, 30), &plain()));
}

#[test]
fn prompts_stacked_chinese() {
    insta::assert_snapshot!(screen(&prompts(Lang::Zh, 60, 30), &plain()));
}

#[test]
fn prompts_form() {
    let mut picker = prompts(Lang::En, 120, 24);
    press(&mut picker, "enter 右 肺");
    insta::assert_snapshot!(screen(&picker, &plain()));
    let mut picker = prompts(Lang::Zh, 40, 12);
    press(&mut picker, "enter");
    insta::assert_snapshot!("prompts_form_tiny", screen(&picker, &plain()));
}

#[test]
fn sessions_wide() {
    insta::assert_snapshot!(screen(&browser(Lang::En, 140, 24), &plain()));
    assert!(underlined(&browser(Lang::En, 140, 24)).contains("积液"));
}

#[test]
fn sessions_eighty_chinese() {
    insta::assert_snapshot!(screen(&sessions(Lang::Zh, 80, 24), &plain()));
}

#[test]
fn sessions_asked() {
    let mut picker = sessions(Lang::En, 40, 12);
    press(&mut picker, "d");
    insta::assert_snapshot!(screen(&picker, &plain()));
}

#[test]
fn files_eighty() {
    let mut picker = files();
    picker.update(Msg::Resize(80, 24));
    press(&mut picker, "down down ctrl-t");
    insta::assert_snapshot!(screen(&picker, &plain()));
}

#[test]
fn files_ascii_tiny() {
    let mut picker = files();
    picker.update(Msg::Resize(40, 12));
    picker.update(listed("/home/ann/data"));
    let shown = screen(&typed(picker, "png"), &plain().with(ASCII));
    insta::assert_snapshot!(shown);
}

#[test]
fn settings_eighty() {
    let mut picker = sized(Picker::settings(&origins(), Lang::En), 80, 24);
    insta::assert_snapshot!(screen(&picker, &plain()));
    press(&mut picker, "w i n d o w enter s o f t");
    insta::assert_snapshot!("settings_value", screen(&picker, &plain()));
}

/// One of each kind, filled.
fn all(lang: Lang) -> Vec<Picker> {
    let mut form = prompts(lang, 80, 24);
    press(&mut form, "enter");
    let mut asked = sessions(lang, 80, 24);
    press(&mut asked, "d");
    vec![
        palette(lang, 80, 24),
        sized(Picker::help(&actions(lang), lang), 80, 24),
        prompts(lang, 80, 24),
        form,
        browser(lang, 80, 24),
        asked,
        files(),
        sized(Picker::settings(&origins(), lang), 80, 24),
        Picker::choice("nothing", Order::Given, lang),
        typed(palette(lang, 80, 24), &"长".repeat(500)),
    ]
}

#[test]
fn every_size_is_drawn_and_nothing_steers_the_terminal() {
    let widths = (0..24).chain([40, 63, 64, 80, 130, 300]);
    let sizes = widths.flat_map(|it| (0..26).chain([60]).map(move |height| (it, height)));
    let sizes: Vec<(u16, u16)> = sizes.collect();
    for mut picker in [all(Lang::En), all(Lang::Zh)].into_iter().flatten() {
        for (width, height) in &sizes {
            check_size(&mut picker, *width, *height);
        }
    }
}

#[track_caller]
fn check_size(picker: &mut Picker, width: u16, height: u16) {
    // also when nobody said that the size is another one
    if width.is_multiple_of(2) {
        picker.update(Msg::Resize(width, height));
    }
    let area = Rect::new(2, 1, width, height);
    let mut buf = Buffer::empty(Rect::new(0, 0, width + 3, height + 2));
    let cursor = picker.view(&plain(), area, &mut buf);
    let is_inside = cursor.is_none_or(|it| area.contains(it));
    assert!(is_inside, "{width}x{height}");
    let cells = buf.content().iter();
    let mut hazards = cells.filter(|it| it.symbol().contains(char::is_control));
    assert_eq!(hazards.next(), None, "{width}x{height}");
    let outside = |it: &Position| !area.contains(*it) && buf[*it].symbol() != " ";
    let mut outside = buf.area.positions().filter(outside);
    assert_eq!(outside.next(), None, "{width}x{height}");
}

#[test]
fn themes_differ_in_looks_only_and_plain_signs_are_ascii() {
    for picker in all(Lang::En) {
        let expected = screen(&picker, &plain());
        for name in THEMES {
            assert_eq!(
                screen(&picker, &Theme::named(name).unwrap()),
                expected,
                "{name}"
            );
        }
    }
    let picker = palette(Lang::En, 80, 24);
    let shown = screen(&picker, &plain().with(ASCII)).replace('░', "");
    let strange: String = shown.chars().filter(|it| !it.is_ascii()).collect();
    // the help's own words have it
    assert!(strange.chars().all(|it| it == '…'), "{strange}");
}

#[test]
fn ten_thousand_items_cost_what_is_seen_of_them() {
    let item = |n: usize| {
        let about = format!("左侧胸腔积液 slice {n}");
        Item::new(n.to_string(), format!("file-{n}.dcm")).about(about)
    };
    for query in ["", "fl9", "积液"] {
        let mut picker = sized(Picker::choice("many", Order::Best, Lang::En), 160, 50);
        picker.update(Msg::News(News::Items {
            items: (0..10_000).map(item).collect(),
            is_last: true,
        }));
        let start = Instant::now();
        picker = typed(picker, query);
        let found = start.elapsed();
        press(&mut picker, "pagedown pagedown");
        let area = Rect::new(0, 0, 160, 50);
        let mut buf = Buffer::empty(area);
        let times = (0..20).map(|_| {
            let start = Instant::now();
            picker.view(&plain(), area, &mut buf);
            start.elapsed()
        });
        let frame = times.min().unwrap();
        // ten times what it should be on a machine that does nothing else
        assert!(
            frame < Duration::from_millis(10),
            "{query:?}: a frame {frame:?}, the key before it {found:?}"
        );
    }
}
