//! Keys, pastes and sizes in; who has the keys, what lies over the panes, and what has to be done out.

use std::fmt::Write as _;
use std::time::Duration;

use crossterm::event::Event as TermEvent;

use super::Msg;
use super::tests::{Bench, TURN, check, state, then};
use crate::context::Prior;
use crate::settings::Lang;
use crate::tui::desk::News;
use crate::tui::keymap::{Keymap, Place};
use crate::tui::talk;
use crate::tui::talk::message::Message;

#[test]
fn the_first_frame_needs_nobody() {
    let mut bench = Bench::new(120, 40);
    assert_eq!(bench.stands(), "input:");
    assert_eq!(
        bench.play("@ready @state @idle"),
        ["session Some(\"/s/2026-11-24-chest.jsonl\")"],
        "the picture on the screen is the one that the laboratory opened"
    );
    assert_eq!(bench.talk(), ["@ chest.dcm"]);
}

#[test]
fn the_keys_go_from_pane_to_pane() {
    check("f6", &[], "rail:");
    check("f6 f6", &[], "picture:");
    check("f6 f6 f6 f6", &[], "input:");
    check("shift-f6", &[], "talk:");
    check("alt-1", &[], "picture:");
    check("alt-1 ctrl-w", &[], "talk:");
    check("alt-2 tab", &[], "input:");
    check("alt-0 tab", &[], "picture:");
    check("alt-2 backtab", &[], "picture:");
    check("alt-1 esc", &[], "input:");
    check("alt-2 esc", &[], "input:");
    check("alt-0 esc", &[], "input:");
    check("esc", &[], "picture:");
    check("alt-h f6 f6", &[], "talk:");
    check("alt-h esc", &[], "talk:");
    check("alt-4", &[], "picture:");
    check("alt-4 esc", &[], "input:");
    check("f9 f9 f6", &[], "picture:");
    check("alt-1 =f", &[], "picture:");
    check("=f", &[], "input: f");
}

#[test]
fn a_list_opens_and_runs_what_is_chosen() {
    check("ctrl-p", &[], "input > list:");
    check("ctrl-p esc", &[], "input:");
    check("ctrl-p =experiment_ esc", &[], "input:");
    check("ctrl-p =mouse_off enter", &["mouse false"], "input:");
    check("=draft ctrl-p =to_the_conv enter", &[], "talk: draft");
    check("ctrl-p =settings enter", &[], "input > list:");
    check("f1", &[], "input > list:");
    check("f2 esc", &[], "input:");
    check("alt-1 =?", &[], "picture > list:");
    check("ctrl-o", &["job list"], "input > list:");
    check("alt-s", &["job listsessions"], "input > list:");
    check("f1 enter", &[], "input > list:");
    check("alt-p esc", &[], "input:");
}

#[test]
fn keys_do_not_wander_under_a_list() {
    check("alt-p f6 esc", &[], "input:");
    check("alt-p alt-1 esc", &[], "input:");
    check("alt-r f6 esc", &[], "input:");
    check("alt-x ctrl-p tab esc", &[], "input:");
}

#[test]
fn a_prior_report_is_written_and_accepted() {
    let mut bench = check(
        "alt-r =Old",
        &["count(\"o\")", "count(\"ol\")", "count(\"old\")"],
        "input > paper:",
    );
    bench.play("=_film.");
    then(
        &mut bench,
        "ctrl-s",
        &["prior None \"Old film.\""],
        "input:",
    );
    let mut state = state(0);
    state.priors.push(Prior {
        date: Some("2020".to_owned()),
        text: "Clear.".to_owned(),
    });
    bench.news(News::State(Box::new(state)));
    then(
        &mut bench,
        "alt-r ctrl-s",
        &["prior Some(\"2020\") \"Clear.\""],
        "input:",
    );
    // changes are not lost without a word
    then(&mut bench, "alt-r esc", &[], "input:");
    bench.play("alt-r =x");
    then(&mut bench, "esc", &[], "input > paper:");
    then(&mut bench, "=n", &[], "input > paper:");
    then(&mut bench, "esc =y", &[], "input:");
}

#[test]
fn looks_language_and_mouse_are_changed_by_a_key() {
    let mut bench = check("f3", &[], "input:");
    assert_eq!(bench.app.look.name, "light");
    bench.play("f3 f3 f3");
    assert_eq!(bench.app.look.name, "dark");
    let mut bench = check("f4", &[], "input:");
    assert_eq!(bench.app.lang(), Lang::Zh);
    bench.play(TURN);
    assert_eq!(bench.app.lang(), Lang::Zh, "a turn does not take it back");
    bench.play("f4");
    assert_eq!(bench.app.lang(), Lang::En);
    let mut state = state(1);
    state.lang = Some(Lang::Zh);
    bench.news(News::State(Box::new(state)));
    assert_eq!(bench.app.lang(), Lang::Zh, "/set lang zh");
    check("f12", &["mouse false"], "input:");
    check("alt-m f12", &["mouse false", "mouse true"], "input:");
}

#[test]
fn leaving_asks_while_an_answer_would_be_lost() {
    check("ctrl-q", &["quit"], "input:");
    check("ctrl-d", &["quit"], "input:");
    check("=x ctrl-d", &[], "input: x");
    check("=/quit enter", &["quit"], "input:");
    let asked = "=One? enter @asked";
    let mut bench = check(
        &format!("{asked} ctrl-q"),
        &["line One?"],
        "input > confirm:",
    );
    then(&mut bench, "=n", &[], "input:");
    then(&mut bench, "ctrl-q enter", &[], "input:");
    then(&mut bench, "ctrl-q ctrl-q esc", &[], "input:");
    then(&mut bench, "ctrl-q =y", &["quit"], "input:");
}

#[test]
fn pasted_text_goes_into_the_input() {
    let paste = |text: &str| Msg::Event(TermEvent::Paste(text.to_owned()));
    let mut bench = check("alt-1", &[], "picture:");
    assert_eq!(bench.send(paste("left lung\u{1b}[2J")), [""; 0]);
    assert_eq!(bench.stands(), "input: left lung");
    assert_eq!(bench.send(paste("/data/other.png")), ["job check"]);
    let mut bench = check("alt-p", &[], "input > list:");
    bench.send(paste("chest\nnever"));
    assert_eq!(bench.stands(), "input > list:");
    let mut bench = check("alt-r", &[], "input > paper:");
    bench.send(paste("one\ntwo"));
    then(
        &mut bench,
        "ctrl-s",
        &["prior None \"one\\ntwo\""],
        "input:",
    );
}

#[test]
fn a_window_that_is_too_small_loses_nothing() {
    let resize = |x, y| Msg::Event(TermEvent::Resize(x, y));
    let mut bench = check("=draft", &[], "input: draft");
    bench.play("ctrl-p");
    for (width, height) in [(3, 2), (1, 1), (40, 12), (300, 90), (120, 40)] {
        bench.send(resize(width, height));
    }
    let before = bench.app.layout.clone();
    then(&mut bench, "esc", &[], "input: draft");
    assert_eq!(bench.app.layout, before);
    assert_eq!(bench.app.layout.area.width, 120);
    assert!(bench.app.layout.talk.is_some());
}

#[test]
fn a_session_is_played_in_place_of_the_conversation() {
    let mut bench = Bench::ready(120, 40);
    bench.play(TURN);
    let before = bench.talk();
    then(
        &mut bench,
        "=/replay_chest enter",
        &["job play chest"],
        "input:",
    );
    bench.send(Msg::Play("/s/chest.jsonl".into()));
    then(&mut bench, "", &[], "talk:");
    assert_eq!(bench.talk(), [""; 0]);
    then(&mut bench, "esc", &[], "input:");
    assert_eq!(bench.talk(), before);
    // what is asked meanwhile is answered behind it
    bench.send(Msg::Play("/s/chest.jsonl".into()));
    bench.play("alt-3 =Why? enter @asked @piece");
    assert_eq!(bench.talk(), [""; 0]);
    bench.play("alt-2 esc @done @idle");
    assert_eq!(
        &bench.talk()[before.len()..],
        ["> Why?", "< There is **no** effusion. Whole"]
    );
}

#[test]
fn notices_come_and_go() {
    let mut bench = check("ctrl-c", &[], "input:");
    assert!(bench.app.status.next_change().is_some());
    bench.now += Duration::from_mins(1);
    bench.send(Msg::Tick);
    assert!(bench.app.status.next_change().is_none());
}

#[test]
fn an_experiment_fills_while_something_else_is_done() {
    use crate::experiment::row::Row;
    use crate::tui::grid::{Msg as Grid, Plan};
    let plan = || {
        let ways = [("one", "Any effusion?"), ("two", "Is fluid seen?")];
        News::Grid(Grid::Plan(Box::new(Plan::line(
            "two ways",
            "chest.dcm",
            &ways,
        ))))
    };
    let row = |id: &str| {
        News::Grid(Grid::Row(std::sync::Arc::new(Row {
            id: id.to_owned(),
            answer: Some("No effusion.".to_owned()),
            ..Row::default()
        })))
    };
    let mut bench = check("alt-x", &[], "input:");
    assert!(bench.talk()[1].starts_with("# no experiment runs"));
    bench.news(plan());
    then(&mut bench, "", &[], "input > grid:");
    bench.news(row("0"));
    then(&mut bench, "=x", &["stop"], "input > grid:");
    then(&mut bench, "enter esc", &[], "input > grid:");
    then(&mut bench, "esc =meanwhile", &[], "input: meanwhile");
    bench.news(row("1"));
    bench.news(News::Grid(Grid::End { is_stopped: false }));
    assert_eq!(bench.talk()[2], "# the experiment is over; Alt-X shows it");
    then(&mut bench, "alt-x", &[], "input > grid: meanwhile");
    then(&mut bench, "right =p", &[], "input: Is fluid seen?");
}

#[test]
fn every_terminal_can_send_a_key_for_everything() {
    for row in super::keys::rows() {
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

/// Names stand in people's settings: they must not change by accident.
#[test]
fn the_whole_table() {
    let mut all = String::new();
    let map = Keymap::new(super::keys::rows());
    for place in Place::ALL {
        let _ = writeln!(all, "== {}", place.name(Lang::En));
        for row in map.rows().iter().filter(|it| it.place == place) {
            let _ = writeln!(
                all,
                "{:40} {:34} {} / {}",
                row.id,
                row.shown(),
                row.en,
                row.zh
            );
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn no_place_takes_a_key_of_the_whole_screen_but_on_purpose() {
    let rows = super::keys::rows();
    let mut taken = std::collections::BTreeSet::new();
    for row in &rows {
        let around = row.place.stack().iter().skip(1);
        for (key, place) in row
            .keys
            .iter()
            .flat_map(|key| around.clone().map(move |it| (key, it)))
        {
            let hidden = rows
                .iter()
                .filter(|it| it.place == *place && it.keys.contains(key));
            taken.extend(
                hidden
                    .filter(|it| it.id.starts_with("app."))
                    .map(|it| format!("{key}: {} before {}", row.id, it.id)),
            );
        }
    }
    insta::assert_snapshot!(taken.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_wrong_with_keys_is_still_there_when_a_session_has_begun() {
    let mut bench = check("alt-x", &[], "input:");
    let before = bench.talk();
    bench.play("@begin");
    assert_eq!(bench.talk(), before);
    bench.play("@empty");
    assert_eq!(bench.talk(), [""; 0], "/reset");
}

#[test]
fn what_a_played_session_said_is_no_turn_of_this_one() {
    let mut bench = Bench::ready(120, 40);
    bench.send(Msg::Play("/s/chest.jsonl".into()));
    let played = talk::Msg::Add(Message::question(4, "Played?", Vec::new()));
    drop(bench.app.talk(played, bench.now));
    bench.now += Duration::from_mins(1);
    bench.send(Msg::Tick);
    // Enter branches while a session is played; a second click opens the list
    for msg in [
        talk::Msg::Choose(talk::Choose::Last),
        talk::Msg::Menu(talk::MenuMsg::Open),
    ] {
        drop(bench.app.talk(msg, bench.now));
    }
    then(&mut bench, "=r", &[], "talk:");
    assert!(
        bench
            .app
            .status
            .notices
            .shown()
            .is_some_and(|it| it.text.contains("is played"))
    );
}
