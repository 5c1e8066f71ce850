//! Default tables and changes in, what keys mean out: no two want one key, and every terminal can send what is needed.

use std::collections::BTreeSet;

use crossterm::event::KeyEvent;

use super::{
    Binding, Change, Do, Key, Keymap, Place, Problem, app_rows, rows, slug, typed, written,
};
use crate::settings::Lang;
use crate::tui::layout::Pane;
use crate::tui::rail;
use crate::tui::{input, talk};

/// What a parent makes of all tables.
#[derive(Debug, Clone)]
enum Does {
    App(Do),
    Talk(talk::Msg),
    Input(input::Msg),
    Rail(rail::Msg),
}

fn defaults() -> Keymap<Does> {
    let mut all = app_rows(Does::App);
    all.extend(rows(talk::KEYS, talk::When::place, Does::Talk));
    all.extend(rows(input::KEYS, input::When::place, Does::Input));
    all.extend(rows(rail::KEYS, |()| Place::Rail, Does::Rail));
    Keymap::new(all)
}

fn event(name: &str) -> KeyEvent {
    Key::parse(name).unwrap().event()
}

#[track_caller]
fn check(map: &Keymap<Does>, place: Place, key: &str, expected: &str) {
    let found = map.lookup(place.stack(), &event(key));
    assert_eq!(
        found.map_or("", |it| &it.id),
        expected,
        "{key} in {place:?}"
    );
}

#[test]
fn a_key_means_what_the_innermost_place_says() {
    let map = defaults();
    check(&map, Place::Input, "ctrl-p", "app.palette");
    check(&map, Place::Menu, "ctrl-p", "menu.row-up");
    check(&map, Place::Input, "ctrl-w", "input.cut-the-word-before");
    check(&map, Place::Talk, "ctrl-w", "app.pane-after");
    check(&map, Place::Input, "tab", "input.complete");
    check(&map, Place::Picture, "tab", "app.pane-after");
    check(&map, Place::Input, "?", "");
    check(&map, Place::Picture, "?", "app.help-here");
    check(&map, Place::Typing, "f1", "app.help");
    check(&map, Place::Picture, "f", "");
    check(&map, Place::Talk, "f", "");
    check(&map, Place::Input, "alt-r", "app.prior");
    check(&map, Place::Input, "alt-shift-u", "input.redo");
    check(&map, Place::Input, "alt-left", "input.word-left");
    check(&map, Place::Input, "alt-shift-left", "app.border-left");
    check(&map, Place::Waiting, "enter", "waiting.change-it");
    check(&map, Place::Waiting, "left", "input.left");
    check(&map, Place::Input, "enter", "input.ask");
    check(&map, Place::Talk, "esc", "talk.leave");
    check(&map, Place::Picture, "esc", "app.to-input");
    check(&map, Place::Rail, "x", "rail.close-the-picture");
    check(&map, Place::Input, "shift-enter", "input.new-line");
    check(&map, Place::Menu, "shift-enter", "menu.do-it");
    check(&map, Place::Input, "shift-backspace", "input.erase");
    check(
        &map,
        Place::Input,
        "alt-backspace",
        "input.cut-the-word-before",
    );
    check(
        &map,
        Place::Input,
        "ctrl-shift-w",
        "input.cut-the-word-before",
    );
    check(
        &map,
        Place::Talk,
        "ctrl-enter",
        "talk.what-can-be-done-with-it",
    );
    check(&map, Place::Input, "shift-left", "");
    check(&map, Place::Talk, "x", "");
}

#[test]
fn a_row_gives_the_message_of_its_pane() {
    let map = defaults();
    let row = map.lookup(&[Place::Talk], &event("G")).unwrap();
    assert!(
        matches!(row.does, Does::Talk(talk::Msg::Scroll(_))),
        "{row:?}"
    );
    let row = map.lookup(&[Place::Input], &event("enter")).unwrap();
    assert!(
        matches!(row.does, Does::Input(input::Msg::Enter)),
        "{row:?}"
    );
    let row = map.lookup(Place::Input.stack(), &event("alt-2")).unwrap();
    assert!(
        matches!(row.does, Does::App(Do::Focus(Pane::Talk))),
        "{row:?}"
    );
    let row = map.lookup(&[Place::Rail], &event("r")).unwrap();
    assert!(matches!(row.does, Does::Rail(rail::Msg::Role)), "{row:?}");
}

#[test]
fn no_two_rows_have_one_name_or_want_one_key() {
    let map = defaults();
    let ids: BTreeSet<&str> = map.rows().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), map.rows().len());
    let tables: usize = map.rows().iter().map(|it| it.keys.len()).sum();
    assert_eq!(map.bound.len(), tables);
    let mut fresh = defaults();
    assert_eq!(fresh.change(&[]), []);
    assert_eq!(fresh.rows(), map.rows());
}

impl PartialEq for Does {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// What a pane may take from the whole screen: its own way of the same, or a list that is left first.
const TAKEN: [(&str, &str); 7] = [
    ("talk.leave", "app.to-input"),
    ("rail.leave", "app.to-input"),
    ("menu.row-up", "app.palette"),
    ("search.place-before", "app.palette"),
    ("waiting.take-it-away", "input.erase-what-follows"),
    ("waiting.take-it-away", "input.erase"),
    ("waiting.change-it", "input.ask"),
];

#[test]
fn no_pane_takes_a_key_of_the_whole_screen_but_on_purpose() {
    let map = defaults();
    let mut taken = BTreeSet::new();
    for row in map.rows() {
        for key in &row.keys {
            for outer in row.place.stack().iter().skip(1) {
                let hidden = map
                    .bound
                    .get(&(*outer, *key))
                    .map(|it| map.rows[*it].id.as_str());
                taken.extend(hidden.map(|it| (row.id.as_str(), it)));
            }
        }
    }
    assert_eq!(taken, BTreeSet::from(TAKEN));
}

#[test]
fn every_terminal_can_send_a_key_for_everything() {
    let map = defaults();
    for row in map.rows() {
        assert!(
            row.keys.iter().any(|it| it.is_common()),
            "{}: {}",
            row.id,
            row.shown()
        );
        let is_typed = row.keys.iter().any(|it| it.is_typed());
        assert!(
            !(row.place.takes_text() && is_typed),
            "{}: {}",
            row.id,
            row.shown()
        );
    }
}

#[test]
fn every_row_has_chinese_words() {
    for row in defaults().rows() {
        assert!(
            !row.zh.is_ascii() && row.en.is_ascii() && !row.en.is_empty(),
            "{row:?}"
        );
        let is_name =
            |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-.".contains(it);
        assert!(
            row.id.chars().all(is_name) && !row.id.ends_with('.'),
            "{}",
            row.id
        );
    }
}

#[track_caller]
fn check_change(text: &str, expected: &[&str]) -> Keymap<Does> {
    let mut map = defaults();
    let problems = map.change(&written(text).unwrap());
    let said: Vec<String> = problems.iter().map(|it| it.say(Lang::En)).collect();
    assert_eq!(said, expected);
    for problem in problems {
        let zh = problem.say(Lang::Zh);
        assert!(!zh.is_ascii() && !zh.ends_with('。'), "{zh}");
    }
    map
}

#[test]
fn settings_change_keys_by_name() {
    let map = check_change(
        "[keys]\n\"app.palette\" = \"ctrl-p f5\"\ntalk.search = 's /'\n",
        &[],
    );
    check(&map, Place::Input, "f5", "app.palette");
    check(&map, Place::Talk, "s", "talk.search");
    assert_eq!(map.hint("app.palette").unwrap(), "Ctrl-P");
    assert_eq!(map.row("app.palette").unwrap().shown(), "Ctrl-P, F5");
    let map = check_change("lang = 'zh'\n[keys]\n'app.quit' = ''", &[]);
    check(&map, Place::Input, "ctrl-q", "");
    assert_eq!(map.hint("app.quit"), None);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_and_changes_nothing() {
    let map = check_change(
        "[keys]\n'app.palete' = 'f5'\n'input.palette' = 'f5'\n'app.quit' = 'ctl-q'\n'app.help' = 'h'\n'nothing.at.all' = 'f5'\n'app.redraw' = \"ctrl-l wibble\\u0007\"",
        &[
            "nothing that has keys is called \"app.palete\"; did you mean app.palette?",
            "nothing that has keys is called \"input.palette\"; did you mean app.palette?",
            "\"ctl-q\" is no key for app.quit; did you mean ctrl-q?",
            "h is typed where app.help counts; give a key with ctrl or alt, or one that writes nothing",
            "nothing that has keys is called \"nothing.at.all\"; help (F1) shows the names",
            "\"wibble\\u{7}\" is no key for app.redraw; keys are called ctrl-j, alt-enter, shift-up, G, f1, space",
        ],
    );
    assert_eq!(map.rows(), defaults().rows());
}

#[test]
fn two_that_want_one_key_are_told_by_name() {
    let map = check_change(
        "[keys]\n'talk.search' = 'n'",
        &["n (conversation) is talk.search, so talk.next-place goes without it"],
    );
    check(&map, Place::Talk, "n", "talk.search");
    assert_eq!(map.hint("talk.next-place"), None);
    let map = check_change(
        "[keys]\n'app.theme' = 'f5'\n'app.language' = 'f5 f4'",
        &["F5 (everywhere) is app.language, so app.theme goes without it"],
    );
    check(&map, Place::Input, "f5", "app.language");
    let swapped = "[keys]\n'talk.next-place' = 'N'\n'talk.place-before' = 'n'";
    check(
        &check_change(swapped, &[]),
        Place::Talk,
        "n",
        "talk.place-before",
    );
}

#[test]
fn a_pane_that_hides_a_key_of_the_whole_screen_is_told() {
    check_change(
        "[keys]\n'input.undo' = 'ctrl-q'",
        &["Ctrl-Q is input.undo (input), so app.quit is not reached by it there"],
    );
    check_change(
        "[keys]\n'app.quit' = 'ctrl-d'",
        &[
            "Ctrl-D is talk.half-a-page-down (conversation), so app.quit is not reached by it there",
            "Ctrl-D is input.erase-what-follows (input), so app.quit is not reached by it there",
        ],
    );
}

#[track_caller]
fn check_file(text: &str, line: usize, expected: &str) {
    let problem = written(text).unwrap_err();
    assert_eq!(
        (problem.line(), problem.say(Lang::En)),
        (Some(line), expected.to_owned())
    );
}

#[test]
fn a_file_that_is_none_is_told_with_its_line() {
    assert_eq!(written("").unwrap(), []);
    assert_eq!(written("model = 'phantom'\n").unwrap(), []);
    check_file(
        "\nkeys = 3",
        2,
        "keys is an integer; give a table, such as [keys]",
    );
    check_file(
        "[keys]\n\n'app.quit' = ['ctrl-q']",
        3,
        "the keys of \"app.quit\" are an array; give text, such as \"ctrl-p f5\"",
    );
    check_file(
        "[keys]\napp.quit.now = 'f5'",
        2,
        "the keys of \"app.quit\" are a table; give text, such as \"ctrl-p f5\"",
    );
    assert!(matches!(written("[keys"), Err(Problem::NotKeys(1, _))));
    let changes = written("[keys]\n'b' = 'f1'\napp.quit = ' '\n").unwrap();
    let expected = [("b", 2, "f1"), ("app.quit", 3, " ")];
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.id.as_str(), it.line, it.keys.as_str()))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn hostile_names_are_shown_harmless_and_short() {
    let change = Change {
        line: 1,
        id: "\u{1b}[2J\u{202e}积".repeat(500),
        keys: "f1".to_owned(),
    };
    for lang in [Lang::En, Lang::Zh] {
        let said = defaults().change(std::slice::from_ref(&change))[0].say(lang);
        assert!(
            !said.contains(char::is_control) && said.chars().count() < 150,
            "{said}"
        );
    }
}

#[test]
fn names_are_made_of_the_first_words() {
    assert_eq!(slug("row up; earlier input"), "row-up");
    assert_eq!(slug("write in $EDITOR"), "write-in-editor");
    assert_eq!(slug("cut to the line's end"), "cut-to-the-line-s-end");
    assert_eq!(slug(""), "");
}

const OWN: &[Binding<bool, u8>] = &[
    own(false, "i I", 1, "invert; black for white"),
    own(false, "tab", 2, "next mark"),
    own(true, "esc i", 3, "forget it"),
];

const fn own(when: bool, keys: &'static str, msg: u8, en: &'static str) -> Binding<bool, u8> {
    Binding {
        keys,
        when,
        msg,
        en,
        zh: "反转",
    }
}

#[test]
fn any_table_can_be_taken() {
    let place = |is_drawing| {
        if is_drawing {
            Place::Drawing
        } else {
            Place::Picture
        }
    };
    let rows = rows(OWN, place, |it| it).into_iter().chain(app_rows(|_| 0));
    let mut map = Keymap::new(rows.collect());
    let found = |map: &Keymap<u8>, place: Place, key| {
        let row = map.lookup(place.stack(), &event(key));
        row.map(|it| (it.id.clone(), it.does))
    };
    let own = |id: &str, does| Some((id.to_owned(), does));
    assert_eq!(found(&map, Place::Picture, "I"), own("picture.invert", 1));
    assert_eq!(
        found(&map, Place::Drawing, "i"),
        own("drawing.forget-it", 3)
    );
    assert_eq!(found(&map, Place::Drawing, "I"), own("picture.invert", 1));
    assert_eq!(
        found(&map, Place::Picture, "tab"),
        own("picture.next-mark", 2)
    );
    assert_eq!(
        found(&map, Place::Picture, "ctrl-w"),
        own("app.pane-after", 0)
    );
    assert_eq!(
        map.change(&written("[keys]\npicture.invert = 'f5'").unwrap()),
        []
    );
    assert_eq!(found(&map, Place::Picture, "i"), None);
}

#[test]
fn what_is_typed_is_left_to_the_one_who_takes_text() {
    let map = defaults();
    for letter in ('a'..='z').chain(['?', '/', ' ', '中']) {
        let key = KeyEvent::new(
            crossterm::event::KeyCode::Char(letter),
            crossterm::event::KeyModifiers::NONE,
        );
        for place in Place::ALL.into_iter().filter(|it| it.takes_text()) {
            assert!(
                map.lookup(place.stack(), &key).is_none(),
                "{letter} in {place:?}"
            );
        }
        assert_eq!(typed(&key), Some(letter));
    }
}
