//! Pickers as a person meets them: keys and news in, what is chosen, asked and done out.

use super::kinds_tests::{hits, library, listed, session_rows, sessions};
use super::list::{Order, Row};
use super::palette::{Action, Place};
use super::{Act, Effect, Item, KEYS, Line, Msg, News, Outcome, Picker};
use crate::context::Language;
use crate::settings::{KEYS as SETTINGS, Lang, Origin};
use crate::tui::input::Edit;
use crate::tui::input::editor::Go;

/// Presses keys as the parent would: the first row of the table that counts, else text. The effects of all.
pub(super) fn press(picker: &mut Picker, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        let counts =
            |it: &&super::Binding| picker.counts(it.when) && it.keys.split(' ').any(|it| it == key);
        let msg = KEYS.iter().find(counts).map(|it| it.msg.clone());
        let text = if key == "space" { " " } else { key };
        let msg = msg.or_else(|| picker.takes_text().then(|| Msg::Type(text.to_owned())));
        effects.extend(msg.into_iter().flat_map(|it| picker.update(it)));
    }
    effects
}

pub(super) fn sized(mut picker: Picker, width: u16, height: u16) -> Picker {
    picker.update(Msg::Resize(width, height));
    picker
}

/// What was meant in the end, without previews that are asked for on the way.
#[track_caller]
pub(super) fn done(effects: &[Effect]) -> Outcome {
    match effects {
        [.., Effect::Close, Effect::Do(outcome)]
        | [.., Effect::Close, Effect::Search(_), Effect::Do(outcome)] => outcome.clone(),
        other => panic!("nothing was meant: {other:?}"),
    }
}

pub(super) fn chosen(picker: &Picker) -> &str {
    match picker.list().chosen_row() {
        Some(Row::Typed) => "(typed)",
        _ => picker.list().chosen().map_or("", |it| it.name.as_str()),
    }
}

pub(super) fn actions(lang: Lang) -> Vec<Action> {
    let action = |id: &str, place, keys: &str, en: &str, zh: &str| Action {
        id: id.to_owned(),
        name: lang.pick(en, zh).to_owned(),
        keys: keys.to_owned(),
        place,
        why_not: None,
    };
    let off = lang.pick("no picture is open", "没有打开的图片").to_owned();
    vec![
        action(
            "palette",
            Place::Everywhere,
            "Ctrl-P",
            "commands and actions",
            "命令与操作",
        ),
        action("focus", Place::Everywhere, "Tab", "next pane", "下一窗格"),
        Action {
            why_not: Some(off),
            ..action("invert", Place::Picture, "i", "black for white", "反色")
        },
        action("ask", Place::Input, "Enter", "ask", "提问"),
        action(
            "search",
            Place::Conversation,
            "/",
            "search the conversation",
            "搜索对话",
        ),
    ]
}

#[track_caller]
fn check_palette(keys: &str, expected: &Outcome) {
    let mut picker = sized(Picker::palette(&actions(Lang::En), &[], Lang::En), 100, 30);
    assert_eq!(done(&press(&mut picker, keys)), *expected, "{keys}");
}

#[test]
fn the_palette_runs_what_needs_no_more_and_fills_the_input_with_the_rest() {
    check_palette("u n d o enter", &Outcome::Run("/undo".into()));
    check_palette("/ u n d o enter", &Outcome::Run("/undo".into()));
    check_palette("o p e n enter", &Outcome::Fill("/open ".into()));
    check_palette("w i n d o w enter", &Outcome::Fill("/window ".into()));
    check_palette("s e t enter", &Outcome::Run("/set".into()));
    check_palette("s e t alt-enter", &Outcome::Fill("/set ".into()));
    check_palette(
        "n e x t space p a n e enter",
        &Outcome::Action("focus".into()),
    );
    check_palette("enter", &Outcome::Fill("/open ".into()));
    check_palette("up enter", &Outcome::Action("search".into()));
}

#[test]
fn what_cannot_be_done_says_why_and_stays() {
    let unable = [("retry", "nothing was asked yet")];
    let mut picker = sized(
        Picker::palette(&actions(Lang::En), &unable, Lang::En),
        100,
        30,
    );
    assert_eq!(press(&mut picker, "r e t r y enter"), []);
    assert_eq!(picker.said, "nothing was asked yet");
    press(&mut picker, "ctrl-u w h i t e");
    assert_eq!(
        (chosen(&picker), picker.said.as_str()),
        ("black for white", "")
    );
    assert_eq!(press(&mut picker, "enter esc"), [Effect::Close]);
}

#[test]
fn every_command_and_action_is_in_the_palette_and_the_help() {
    for lang in [Lang::En, Lang::Zh] {
        let n = crate::command::COMMANDS.len() + actions(lang).len();
        let palette = Picker::palette(&actions(lang), &[], lang);
        let help = Picker::help(&actions(lang), lang);
        assert_eq!([palette, help].map(|it| it.list().items().len()), [n, n]);
    }
}

#[test]
fn the_help_keeps_its_order_while_it_is_filtered() {
    let mut picker = sized(Picker::help(&actions(Lang::En), Lang::En), 100, 40);
    press(&mut picker, "s e a r c h");
    let names: Vec<&str> = picker
        .list()
        .rows()
        .iter()
        .filter_map(|it| match it {
            Row::Item(index) => Some(picker.list().items()[*index].name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names.first(), Some(&"search the conversation"));
    assert_eq!(
        done(&press(&mut picker, "enter")),
        Outcome::Action("search".into())
    );
}

fn numbers(n: usize) -> Vec<Item> {
    (0..n)
        .map(|it| Item::new(it.to_string(), format!("item {it}")))
        .collect()
}

fn items(items: Vec<Item>, is_last: bool) -> Msg {
    Msg::News(News::Items { items, is_last })
}

#[track_caller]
fn check_moves(keys: &str, expected: &str, top: usize) {
    let mut picker = sized(Picker::choice("numbers", Order::Best, Lang::En), 40, 12);
    picker.update(items(numbers(30), true));
    press(&mut picker, keys);
    assert_eq!(
        (chosen(&picker), picker.list().place().1),
        (expected, top),
        "{keys}"
    );
}

#[test]
fn the_choice_moves_and_the_screen_follows() {
    // eight rows are seen
    check_moves("down", "item 1", 0);
    check_moves("up", "item 29", 22);
    check_moves("up down", "item 0", 0);
    check_moves("pagedown", "item 8", 1);
    check_moves("pagedown pagedown", "item 16", 9);
    check_moves(
        "pagedown pagedown pagedown pagedown pagedown",
        "item 29",
        22,
    );
    check_moves("ctrl-end", "item 29", 22);
    check_moves("ctrl-end pageup", "item 21", 21);
    check_moves("ctrl-end ctrl-home", "item 0", 0);
    check_moves("tab j j k", "item 1", 0);
    check_moves("tab G", "item 29", 22);
    check_moves("2 9", "item 29", 0);
    check_moves("2 9 backspace", "item 2", 0);
}

#[test]
fn items_that_come_later_do_not_move_the_choice() {
    let mut picker = sized(Picker::choice("numbers", Order::Best, Lang::En), 40, 12);
    assert!(picker.list().is_waiting);
    picker.update(items(numbers(3), false));
    assert_eq!(chosen(&picker), "item 0");
    press(&mut picker, "down");
    let better = vec![Item::new("x", "item 1 is it"), Item::new("y", "1")];
    picker.update(items(better, true));
    assert_eq!(chosen(&picker), "item 1");
    assert!(!picker.list().is_waiting);
    press(&mut picker, "1");
    assert_eq!((chosen(&picker), picker.list().n_fitting()), ("1", 3));
    assert_eq!(
        done(&press(&mut picker, "enter")),
        Outcome::Chosen("y".into())
    );
}

#[test]
fn an_empty_list_is_no_trouble() {
    let mut picker = sized(Picker::choice("none", Order::Given, Lang::Zh), 40, 12);
    for row in KEYS {
        if !matches!(row.msg, Msg::Escape) {
            assert_eq!(picker.update(row.msg.clone()), [], "{:?}", row.msg);
        }
    }
    picker.update(items(Vec::new(), true));
    assert_eq!(press(&mut picker, "积 液 enter esc"), [Effect::Close]);
}

#[test]
fn the_query_is_edited_where_its_caret_is() {
    let mut picker = sized(Picker::choice("numbers", Order::Best, Lang::En), 40, 12);
    press(&mut picker, "胸 x 积 液 left left backspace 腔");
    assert_eq!(picker.list().typed(), "胸腔积液");
    press(&mut picker, "home delete end ctrl-w");
    assert_eq!(picker.list().typed(), "腔积");
    press(&mut picker, "ctrl-y");
    assert_eq!(picker.list().typed(), "腔积液");
    press(&mut picker, "ctrl-u ctrl-_");
    assert_eq!(picker.list().typed(), "腔积液");
    picker.update(Msg::Type("a\u{1b}[2J\nb".into()));
    assert_eq!(picker.list().typed(), "腔积液a\\u{1b}[2J\\nb");
    picker.update(Msg::Edit(Edit::Cut(Go::Start)));
    assert_eq!(picker.list().typed(), "");
}

#[test]
fn a_click_chooses_and_a_second_one_does_it() {
    let mut picker = sized(Picker::choice("numbers", Order::Best, Lang::En), 40, 12);
    picker.update(items(numbers(30), true));
    assert_eq!(picker.update(Msg::Click(5, 4)), []);
    assert_eq!(chosen(&picker), "item 2");
    assert_eq!(picker.update(Msg::Click(5, 1)), []);
    assert_eq!(picker.update(Msg::Click(99, 99)), []);
    assert_eq!(
        done(&picker.update(Msg::Click(5, 4))),
        Outcome::Chosen("2".into())
    );
}

pub(super) fn origins() -> Vec<Origin> {
    let origin = |it: &crate::settings::Key| Origin {
        key: it.name,
        value: it.default.to_owned(),
        place: crate::settings::Place::Default,
    };
    SETTINGS.iter().map(origin).collect()
}

#[track_caller]
fn check_set(keys: &str, line: &str) {
    let mut picker = sized(Picker::settings(&origins(), Lang::En), 100, 30);
    assert_eq!(
        done(&press(&mut picker, keys)),
        Outcome::Run(line.into()),
        "{keys}"
    );
}

#[test]
fn a_setting_is_chosen_then_its_value_or_one_that_is_typed() {
    check_set("t e m p enter down enter", "/set temperature 0.7");
    check_set("t e m p enter 0 . 3 5 enter", "/set temperature 0.35");
    check_set("t e m p enter 7 enter", "/set temperature 7");
    check_set("w i n d o w enter l u n enter", "/set window lung");
    check_set("w i n d o w enter 4 0 / 4 0 0 enter", "/set window 40/400");
    check_set(
        "s y s t e m enter B e space b r i e f . enter",
        "/set system Be brief.",
    );
    check_set("w i n d o w enter f i l e up enter", "/set window file");
}

#[test]
fn a_setting_that_cannot_change_says_how_it_can() {
    let mut picker = sized(Picker::settings(&origins(), Lang::En), 100, 30);
    assert_eq!(press(&mut picker, "d e v i c e enter"), []);
    assert!(picker.said.contains("--device"), "{}", picker.said);
    assert_eq!(press(&mut picker, "ctrl-u t e m p enter esc"), []);
    assert_eq!(
        (chosen(&picker), picker.list().typed()),
        ("temperature", "temp")
    );
    assert_eq!(press(&mut picker, "esc"), [Effect::Close]);
}

#[test]
fn the_keys_that_are_bound_are_the_ones_that_are_shown() {
    let mut picker = sessions(Lang::En, 100, 30);
    assert_eq!(
        [Act::Delete, Act::Switch].map(|it| picker.key_of(it)),
        ["d", "/"]
    );
    press(&mut picker, "/");
    assert_eq!(
        [Act::Delete, Act::Switch].map(|it| picker.key_of(it)),
        ["alt-d", "tab"]
    );
    press(&mut picker, "alt-d");
    assert_eq!(
        [Act::Yes, Act::No, Act::Delete].map(|it| picker.key_of(it)),
        ["y", "n", ""]
    );
    press(&mut picker, "n");
    let name = |(row, _)| format!("F{row}\u{1b}");
    picker.update(Msg::Bound(KEYS.iter().enumerate().map(name).collect()));
    let row = KEYS.iter().position(|it| it.keys == "alt-d").unwrap();
    assert_eq!(picker.key_of(Act::Delete), format!("F{row}\\u{{1b}}"));
    picker.update(Msg::Bound(vec![String::new(); KEYS.len()]));
    assert_eq!(picker.key_of(Act::Delete), "");
}

#[test]
fn where_the_order_is_given_words_are_looked_for_and_not_letters() {
    let mut help = sized(Picker::help(&actions(Lang::En), Lang::En), 100, 40);
    press(&mut help, "s c r s t n");
    assert_eq!(help.list().n_fitting(), 0);
    press(&mut help, "ctrl-u c t r l - p");
    assert_eq!(chosen(&help), "commands and actions");
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// A message of any kind.
fn any(chance: &mut Chance) -> Msg {
    const TEXTS: [&str; 9] = [
        "a",
        " ",
        "积液",
        "~/",
        "../",
        "e\u{301}",
        "\u{1b}",
        "👩\u{200d}⚕",
        "0.7 x",
    ];
    let text = TEXTS[chance.below(TEXTS.len())];
    let number = u16::try_from(chance.below(50)).unwrap();
    match chance.below(12) {
        0 => Msg::Type(text.to_owned()),
        1 => Msg::Resize(number * 4, 50 - number),
        2 => Msg::Click(number, number / 2),
        3 => hits(text, "newest", &[(text, true)]),
        4 => listed("/home/ann/data"),
        5 => Msg::News(News::Sessions {
            rows: session_rows(),
            is_last: number > 9,
        }),
        6 => Msg::News(News::Removed("/s/newest.jsonl".into())),
        7 => Msg::News(News::Preview {
            key: "/s/chinese.jsonl".to_owned(),
            lines: vec![Line::new(super::Face::Text, text); usize::from(number)],
        }),
        8 => items(numbers(usize::from(number)), number > 9),
        _ => KEYS[chance.below(KEYS.len())].msg.clone(),
    }
}

#[test]
fn whatever_happens_it_goes_on() {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    let theme = crate::tui::theme::Theme::named("none").unwrap();
    let mut chance = Chance(7);
    for round in 0..60 {
        let mut picker = match round % 6 {
            0 => Picker::palette(&actions(Lang::Zh), &[("open", "no")], Lang::Zh),
            1 => Picker::help(&actions(Lang::En), Lang::En),
            2 => Picker::prompts(&library(), Language::Auto, Lang::En),
            3 => sessions(Lang::Zh, 80, 24),
            4 => super::kinds_tests::files(),
            _ => Picker::settings(&origins(), Lang::En),
        };
        for _ in 0..300 {
            picker.update(any(&mut chance));
            let (width, height) = picker.size;
            let area = Rect::new(0, 0, width, height);
            let cursor = picker.view(&theme, area, &mut Buffer::empty(area));
            assert!(cursor.is_none_or(|it| area.contains(it)));
            let (at, top) = picker.list().place();
            let rows = picker.list().rows();
            let is_seen = top <= at && at < top + picker.places().rows().max(1);
            assert!(rows.is_empty() || is_seen, "{at} {top} {area}");
            assert!(!matches!(rows.get(at), Some(Row::Heading(_))), "{at}");
        }
    }
}
