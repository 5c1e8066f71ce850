//! Keys and clicks: state before, messages, state after.

use super::growing_tests::Dice;
use super::message::{End, Message};
use super::scroll::{Move, Scroll};
use super::select::Action;
use super::tests::{asked, pane, piece, plain, said, screen, take};
use super::{Choose, Effect, Find, KEYS, MenuMsg, Msg, Talk, TokenMsg};
use crate::settings::Lang;
use crate::tokenizer::Voice;

/// Twenty questions of one row with answers of two: sixty messages' rows in a pane of ten.
fn long() -> Talk {
    let mut talk = pane(40, 10);
    for turn in 1..=20 {
        take(
            &mut talk,
            asked(
                turn,
                &format!("question {turn}"),
                &format!("answer {turn}\nmore {turn}"),
            ),
        );
    }
    talk
}

/// The first and the last text on the screen.
fn ends(talk: &Talk) -> (String, String) {
    let shown = screen(talk, &plain()).0;
    let words = |it: &str| {
        it.trim_matches(|it: char| !it.is_ascii_alphanumeric())
            .to_owned()
    };
    let mut rows = shown.lines().map(words).filter(|it| !it.is_empty());
    let first = rows.next().unwrap_or_default();
    (first.clone(), rows.next_back().unwrap_or(first))
}

#[track_caller]
fn check_scroll(moves: &[Move], first: &str, last: &str, follows: bool) {
    let mut talk = long();
    take(&mut talk, moves.iter().map(|it| Msg::Scroll(*it)));
    let found = ends(&talk);
    assert_eq!(
        (found.0.as_str(), found.1.as_str()),
        (first, last),
        "{moves:?}"
    );
    assert_eq!(talk.scroll().follows, follows, "{moves:?}");
}

#[test]
fn the_screen_moves_by_rows_and_pages_and_stops_at_both_ends() {
    check_scroll(&[], "question 19", "more 20", true);
    check_scroll(&[Move::Up(1)], "more 18", "answer 20", false);
    check_scroll(&[Move::Up(2), Move::Down(1)], "more 18", "answer 20", false);
    check_scroll(
        &[Move::Up(3), Move::Down(3)],
        "question 19",
        "more 20",
        true,
    );
    check_scroll(&[Move::PageUp], "question 17", "more 18", false);
    check_scroll(
        &[Move::PageUp, Move::PageDown],
        "question 19",
        "more 20",
        true,
    );
    check_scroll(&[Move::HalfUp], "question 18", "more 19", false);
    check_scroll(&[Move::Top], "question 1", "more 2", false);
    check_scroll(&[Move::Top, Move::Up(5)], "question 1", "more 2", false);
    check_scroll(&[Move::Top, Move::HalfDown], "question 2", "more 3", false);
    check_scroll(
        &[Move::Top, Move::PageDown, Move::PageDown],
        "more 4",
        "answer 6",
        false,
    );
    check_scroll(
        &[Move::Top, Move::Down(1000)],
        "question 19",
        "more 20",
        true,
    );
    check_scroll(&[Move::Top, Move::End], "question 19", "more 20", true);
    check_scroll(&[Move::Up(usize::MAX / 2)], "question 1", "more 2", false);
}

#[test]
fn the_screen_stays_put_while_text_comes_below() {
    let mut talk = long();
    talk.update(Msg::Scroll(Move::Up(4)));
    let before = screen(&talk, &plain()).0;
    take(&mut talk, [Msg::Add(Message::answer(21))]);
    take(&mut talk, said("one two three\n\nfour five six seven"));
    let after = screen(&talk, &plain()).0;
    assert!(talk.scroll().has_unseen);
    assert!(after.ends_with("↓ new text below"), "{after}");
    let texts = |it: &str| -> Vec<String> {
        it.lines()
            .take(9)
            .map(|it| it.trim_end_matches(['┃', ' ']).to_owned())
            .collect()
    };
    assert_eq!(texts(&before), texts(&after));
    talk.update(Msg::Scroll(Move::End));
    assert!(!talk.scroll().has_unseen);
    assert_eq!(ends(&talk).1, "four five six seven");
}

#[test]
fn at_the_end_the_screen_follows_the_text() {
    let mut talk = long();
    take(&mut talk, [Msg::Add(Message::answer(21))]);
    for msg in said("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven") {
        talk.update(msg);
        assert!(talk.scroll().follows);
    }
    assert_eq!(ends(&talk), ("two".to_owned(), "eleven".to_owned()));
}

#[test]
fn another_width_keeps_the_text_at_the_top() {
    let mut talk = pane(60, 8);
    let words: Vec<String> = (0..400).map(|it| format!("w{it}")).collect();
    take(&mut talk, asked(1, "long?", &words.join(" ")));
    take(
        &mut talk,
        [Msg::Scroll(Move::Top), Msg::Scroll(Move::Down(12))],
    );
    let first = |talk: &Talk| ends(talk).0.split(' ').next().unwrap().to_owned();
    let before = first(&talk);
    for width in [30, 100, 24, 60] {
        talk.update(Msg::Resize(width, 8));
        let row = ends(&talk).0;
        assert!(
            row.split(' ').any(|it| it == before),
            "{before} is not in {row:?} at {width}"
        );
    }
    assert!(!talk.scroll().follows);
}

#[track_caller]
fn check_choice(msgs: &[Msg], chosen: Option<usize>, effects: &[Effect]) {
    let mut talk = long();
    let found = take(&mut talk, msgs.iter().cloned());
    assert_eq!(
        (talk.chosen(), found.as_slice()),
        (chosen, effects),
        "{msgs:?}"
    );
}

#[test]
fn a_message_is_chosen_and_something_is_done_with_its_turn() {
    let act = |turn, action| Effect::Act { turn, action };
    let previous = Msg::Choose(Choose::Previous);
    check_choice(std::slice::from_ref(&previous), Some(39), &[]);
    check_choice(&[previous.clone(), previous.clone()], Some(38), &[]);
    check_choice(&[Msg::Choose(Choose::Next)], Some(36), &[]);
    check_choice(
        &[Msg::Choose(Choose::Last), Msg::Choose(Choose::Next)],
        Some(39),
        &[],
    );
    check_choice(&[previous.clone(), Msg::Choose(Choose::Nothing)], None, &[]);
    check_choice(&[Msg::Act(Action::Retry)], None, &[]);
    check_choice(
        &[previous.clone(), Msg::Act(Action::Retry)],
        Some(39),
        &[act(20, Action::Retry)],
    );
    let copied = Effect::Copy("answer 20\nmore 20".to_owned());
    check_choice(
        &[previous.clone(), Msg::Act(Action::CopyMessage)],
        Some(39),
        std::slice::from_ref(&copied),
    );
    let menu = [previous.clone(), Msg::Menu(MenuMsg::Open)];
    let with = |more: &[Msg]| [&menu, more].concat();
    check_choice(
        &with(&[Msg::Menu(MenuMsg::Enter)]),
        Some(39),
        &[act(20, Action::Retry)],
    );
    check_choice(
        &with(&[Msg::Menu(MenuMsg::Down), Msg::Menu(MenuMsg::Enter)]),
        Some(39),
        &[act(20, Action::Edit)],
    );
    check_choice(
        &with(&[Msg::Menu(MenuMsg::Up), Msg::Menu(MenuMsg::Enter)]),
        Some(39),
        &[act(20, Action::Context)],
    );
    check_choice(&with(&[Msg::Menu(MenuMsg::Key('c'))]), Some(39), &[copied]);
    check_choice(&with(&[Msg::Menu(MenuMsg::Key('?'))]), Some(39), &[]);
    check_choice(
        &with(&[Msg::Escape, Msg::Menu(MenuMsg::Key('c'))]),
        Some(39),
        &[],
    );
    check_choice(
        &with(&[Msg::Escape, Msg::Escape, Msg::Escape]),
        None,
        &[Effect::Leave],
    );
}

#[test]
fn choosing_brings_the_message_onto_the_screen() {
    let mut talk = long();
    for _ in 0..30 {
        talk.update(Msg::Choose(Choose::Previous));
        let chosen = talk.chosen().unwrap();
        let shown = screen(&talk, &plain()).0;
        let turn = chosen / 2 + 1;
        let words = if chosen.is_multiple_of(2) {
            format!("question {turn}")
        } else {
            format!("more {turn}")
        };
        assert!(shown.contains(&words), "{words} is not in\n{shown}");
        assert!(chosen.is_multiple_of(2) || shown.contains("▌"), "{shown}");
    }
}

#[test]
fn a_click_chooses_a_second_one_opens_the_list_and_one_on_thinking_unfolds_it() {
    let mut talk = pane(40, 20);
    take(
        &mut talk,
        [
            Msg::Add(Message::question(1, "Why?", vec![])),
            Msg::Add(Message::answer(1)),
        ],
    );
    take(
        &mut talk,
        [
            piece("Look\nleft", Voice::Thinking, -0.1),
            piece("Clear", Voice::Answer, -0.1),
        ],
    );
    talk.update(Msg::End(End::Whole, None));
    talk.update(Msg::Click(3, 0));
    assert_eq!(talk.chosen(), Some(0));
    talk.update(Msg::Click(3, 0));
    assert_eq!(talk.menu().map(|it| it.message), Some(0));
    talk.update(Msg::Click(3, 0));
    assert!(talk.menu().is_none());
    talk.update(Msg::Click(5, 2));
    let shown = screen(&talk, &plain()).0;
    assert!(
        shown.contains("▾ thinking\n▌ Look\n▌ left\n▌\n▌ Clear"),
        "{shown}"
    );
    talk.update(Msg::Click(5, 2));
    assert!(!screen(&talk, &plain()).0.contains("Look"));
    talk.update(Msg::Click(5, 15));
    assert_eq!(talk.chosen(), None);
    take(&mut talk, [Msg::FoldAll]);
    assert!(screen(&talk, &plain()).0.contains("Look"));
}

#[test]
fn a_click_on_a_tinted_token_looks_at_it_also_where_text_is_wrapped() {
    let mut talk = pane(20, 12);
    take(&mut talk, [Msg::Add(Message::answer(4))]);
    let pieces = [
        "**",
        "双肺",
        "**",
        "野清晰，",
        "未见积液，心影",
        "大小",
        "正常",
    ];
    take(&mut talk, pieces.map(|it| piece(it, Voice::Answer, -1.0)));
    take(&mut talk, [Msg::End(End::Whole, None), Msg::Tint]);
    // Sixteen cells: 双肺野清晰，未见 / 积液，心影大小正 / 常
    for (column, row, token) in [
        (2, 0, 1),
        (5, 0, 1),
        (6, 0, 3),
        (14, 0, 4),
        (2, 1, 4),
        (13, 1, 5),
        (2, 2, 6),
    ] {
        let effects = talk.update(Msg::Click(column, row));
        let asked = |it: &Effect| matches!(it, Effect::Probabilities { token: found, turn: 4, .. } if *found == token);
        assert!(
            effects.iter().any(asked),
            "{column},{row}: {effects:?}\n{}",
            screen(&talk, &plain()).0
        );
    }
    assert_eq!(talk.looked().map(|it| it.token), Some(6));
    take(&mut talk, [Msg::Token(TokenMsg::Previous)]);
    assert_eq!(talk.looked().map(|it| it.token), Some(5));
    take(
        &mut talk,
        [Msg::Token(TokenMsg::Next), Msg::Token(TokenMsg::Next)],
    );
    assert_eq!(talk.looked().map(|it| it.token), Some(6));
    take(&mut talk, [Msg::Escape]);
    assert_eq!(talk.looked(), None);
}

#[track_caller]
fn check_search(finds: &[Find], here: (Option<usize>, usize), on_screen: &str) {
    let mut talk = long();
    let mut effects = take(&mut talk, finds.iter().cloned().map(Msg::Find));
    while effects.pop() == Some(Effect::SearchOn) {
        effects = talk.update(Msg::Find(Find::On));
    }
    assert_eq!(
        talk.search().map(super::search::Search::count),
        Some(here),
        "{finds:?}"
    );
    let shown = screen(&talk, &plain()).0;
    assert!(shown.contains(on_screen), "{on_screen} is not in\n{shown}");
}

#[test]
fn a_search_finds_the_nearest_place_above_and_goes_both_ways() {
    let open = |query: &str| vec![Find::Open, Find::Type(query.to_owned())];
    let with = |query: &str, more: &[Find]| [open(query), more.to_vec()].concat();
    check_search(&open("ANSWER 1"), (Some(11), 11), "answer 19");
    check_search(&open("question 3"), (Some(1), 1), "question 3");
    check_search(
        &with("more 1", &[Find::Previous, Find::Previous]),
        (Some(9), 11),
        "more 17",
    );
    check_search(&with("more 1", &[Find::Next]), (Some(1), 11), "more 1\n");
    check_search(
        &with("more 1", &[Find::Next, Find::Previous]),
        (Some(11), 11),
        "more 19",
    );
    check_search(&with("more 12x", &[Find::Erase]), (Some(1), 1), "more 12");
    check_search(&with("more 12x", &[]), (None, 0), "not found");
    check_search(
        &with("more", &[Find::Accept, Find::Next]),
        (Some(1), 20),
        "more 1",
    );
}

#[test]
fn a_search_sees_text_that_comes_while_it_is_open() {
    let mut talk = long();
    take(
        &mut talk,
        [
            Msg::Find(Find::Open),
            Msg::Find(Find::Type("nodule".to_owned())),
        ],
    );
    assert_eq!(talk.search().unwrap().count(), (None, 0));
    take(&mut talk, [Msg::Add(Message::answer(21))]);
    take(&mut talk, said("A **nod**ule, and a Nodule."));
    assert_eq!(talk.search().unwrap().count(), (None, 2));
    take(&mut talk, [Msg::Find(Find::Next)]);
    assert_eq!(talk.search().unwrap().count(), (Some(1), 2));
    take(&mut talk, [Msg::Find(Find::Cancel)]);
    assert!(talk.search().is_none());
}

#[test]
fn a_long_question_is_folded_and_copied_whole() {
    let long: Vec<String> = (0..100).map(|it| format!("line {it}")).collect();
    let mut talk = pane(40, 20);
    take(
        &mut talk,
        [Msg::Add(Message::question(1, &long.join("\n"), vec![]))],
    );
    let shown = screen(&talk, &plain()).0;
    assert!(shown.contains("line 9\n  ▸ 90 lines more"), "{shown}");
    take(&mut talk, [Msg::Choose(Choose::Last)]);
    let effects = take(
        &mut talk,
        [Msg::Act(Action::CopyMessage), Msg::Act(Action::Fold)],
    );
    assert_eq!(effects, [Effect::Copy(long.join("\n"))]);
    take(&mut talk, [Msg::Scroll(Move::End)]);
    let shown = screen(&talk, &plain()).0;
    assert!(
        shown.contains("line 99") && shown.contains("▌ ▾ fold"),
        "{shown}"
    );
    let mut talk = pane(40, 60);
    take(
        &mut talk,
        [Msg::Add(Message::question(1, &"积液".repeat(1000), vec![]))],
    );
    assert!(screen(&talk, &plain()).0.contains("▸ 1600 characters more"));
}

#[test]
fn an_undone_turn_says_so() {
    let mut talk = long();
    let undone = |turn, is_undone| Msg::Undone { turn, is_undone };
    talk.update(undone(20, true));
    let shown = screen(&talk, &plain()).0;
    assert!(
        shown.contains("question 20\n  undone") && shown.contains("more 20\n  undone"),
        "{shown}"
    );
    talk.update(undone(20, false));
    assert!(!screen(&talk, &plain()).0.contains("undone"));
}

#[test]
fn what_is_forgotten_leaves_an_empty_pane() {
    let mut talk = long();
    take(
        &mut talk,
        [
            Msg::Choose(Choose::Last),
            Msg::Menu(MenuMsg::Open),
            Msg::Clear,
        ],
    );
    assert_eq!(screen(&talk, &plain()).0.trim(), "");
    assert_eq!(talk.scroll(), Scroll::default());
    take(&mut talk, asked(1, "again?", "yes"));
    assert_eq!(ends(&talk), ("again".to_owned(), "yes".to_owned()));
}

#[test]
fn a_piece_without_an_answer_is_nobody_s() {
    let mut talk = pane(20, 5);
    take(
        &mut talk,
        [
            piece("x", Voice::Answer, 0.0),
            Msg::End(End::Whole, None),
            Msg::Phase("y".to_owned()),
        ],
    );
    assert!(talk.entries().is_empty());
}

#[test]
fn sheets_far_from_the_screen_are_forgotten_and_drawn_again() {
    let mut talk = pane(60, 20);
    for turn in 1..=2000 {
        take(&mut talk, asked(turn, &format!("question {turn}"), "yes"));
    }
    let n_drawn = |talk: &Talk| {
        (0..talk.entries().len())
            .filter(|it| talk.entries().sheet(*it).is_some())
            .count()
    };
    assert!(n_drawn(&talk) < 400, "{}", n_drawn(&talk));
    for _ in 0..1000 {
        talk.update(Msg::Scroll(Move::PageUp));
    }
    assert_eq!(ends(&talk).0, "question 1");
    assert!(n_drawn(&talk) < 400, "{}", n_drawn(&talk));
}

/// Anything that can happen.
fn anything(dice: &mut Dice) -> Msg {
    let number = dice.below(60);
    let size = |dice: &mut Dice| u16::try_from(dice.below(70)).unwrap();
    match number {
        0..20 => piece(
            &dice.text(4),
            [Voice::Answer, Voice::Thinking][dice.below(2)],
            -2.0,
        ),
        20..24 => Msg::Add(Message::answer(dice.below(5))),
        24..26 => Msg::Add(Message::question(dice.below(5), &dice.text(40), vec![])),
        26 => Msg::Add(Message::picture(&dice.text(3), &dice.text(3), "")),
        27 => Msg::End(End::Failed(dice.text(5)), None),
        28 => Msg::Resize(size(dice), size(dice)),
        29 => Msg::Undone {
            turn: dice.below(5),
            is_undone: dice.below(2) == 0,
        },
        30 => Msg::Find(Find::Type(dice.text(2))),
        31 => Msg::Token(TokenMsg::Top {
            message: dice.below(9),
            token: dice.below(9),
            top: vec![(dice.text(3), -1.0)],
        }),
        32..36 => Msg::Click(size(dice), size(dice)),
        36 => Msg::Menu(MenuMsg::Key(['c', '1', 't', 'p', 'r'][dice.below(5)])),
        37 => Msg::Phase(dice.text(4)),
        38 => Msg::Lang([Lang::En, Lang::Zh][dice.below(2)]),
        39 if dice.below(9) == 0 => Msg::Clear,
        _ => KEYS[dice.below(KEYS.len())].msg.clone(),
    }
}

#[test]
fn whatever_happens_is_no_panic_and_rows_stay_in_the_pane() {
    for seed in 0..120 {
        let mut dice = Dice::new(seed);
        let mut talk = pane(
            1 + u16::try_from(dice.below(60)).unwrap(),
            1 + u16::try_from(dice.below(30)).unwrap(),
        );
        for _ in 0..120 {
            talk.update(anything(&mut dice));
            let (shown, cursor) = screen(&talk, &plain());
            assert!(shown.lines().count() <= usize::from(talk.size.1));
            assert!(cursor.is_none_or(|it| it.x < talk.size.0 && it.y < talk.size.1));
        }
    }
}

#[test]
fn no_key_means_two_things_at_once() {
    for one in KEYS {
        for key in one.keys.split(' ') {
            let same = KEYS
                .iter()
                .filter(|it| it.when == one.when && it.keys.split(' ').any(|it| it == key));
            assert_eq!(same.count(), 1, "{key}");
            assert!(!one.en.is_empty() && !one.zh.is_empty());
        }
    }
}
