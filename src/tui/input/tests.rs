//! Keys in, text and effects out.

use super::complete::{Candidate, Command, Name};
use super::editor::{Go, SpanKind};
use super::*;

fn commands() -> Vec<Command> {
    let command = |name: &str, arguments: &str, about: &str| Command {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        about: about.to_owned(),
        ..Command::default()
    };
    let mut commands = vec![
        command("open", "FILE…", "open pictures"),
        command("window", "WINDOW", "another window"),
        command("context", "", "what fills the context window"),
        command("retry", "", "ask the last question again"),
    ];
    commands[0].asks = true;
    commands[1].values = ["lung", "bone"].map(str::to_owned).to_vec();
    commands[2].is_instant = true;
    commands
}

/// An input with a text, `|` for the caret.
pub(super) fn input(text: &str) -> Input {
    let mut input = Input::new(
        Lang::En,
        commands(),
        &["first".to_owned(), "second\nline".to_owned()],
    );
    input.update(Msg::Resize(40, 10));
    let caret = text.find('|').unwrap();
    input.update(Msg::Insert(text.replacen('|', "", 1)));
    input
        .editor
        .restore(&text.replacen('|', "", 1), Vec::new(), caret);
    input.completion = None;
    let name = |name: &str| Name {
        name: name.to_owned(),
        about: "ellipse, 32 x 28 mm".to_owned(),
    };
    input.update(Msg::Names(vec![name("chest.dcm"), name("R1"), name("R2")]));
    input.completion = None;
    input
}

fn shown(input: &Input) -> String {
    let mut text = input.editor.text().to_owned();
    text.insert(input.editor.caret(), '|');
    text
}

fn type_in(text: &str) -> Vec<Msg> {
    text.chars().map(|it| Msg::Insert(it.to_string())).collect()
}

fn entered(text: &str, names: &[&str]) -> Effect {
    Effect::Enter(Entered {
        text: text.to_owned(),
        names: names.iter().map(|it| (*it).to_owned()).collect(),
    })
}

fn remember(text: &str) -> Effect {
    Effect::Remember(text.to_owned())
}

pub(super) fn paste(text: &str) -> Msg {
    Msg::Paste(text.to_owned())
}

#[track_caller]
fn check(before: &str, msgs: impl Into<Vec<Msg>>, after: &str, effects: &[Effect]) {
    let msgs: Vec<Msg> = msgs.into();
    let mut input = input(before);
    let found: Vec<Effect> = msgs
        .iter()
        .flat_map(|it| input.update(it.clone()))
        .collect();
    assert_eq!(
        (shown(&input).as_str(), found.as_slice()),
        (after, effects),
        "{before:?} {msgs:?}"
    );
}

#[test]
fn enter_asks_and_a_backslash_or_another_key_makes_a_line() {
    let asked = [remember("why?"), entered("why?", &[])];
    check("why?|", vec![Msg::Enter], "|", &asked);
    check("wh|y?", vec![Msg::Enter], "|", &asked);
    check("why?|", vec![Msg::Newline], "why?\n|", &[]);
    check("why?\\|", vec![Msg::Enter], "why?\n|", &[]);
    check(
        "why?\\\\|",
        vec![Msg::Enter],
        "|",
        &[remember("why?\\\\"), entered("why?\\\\", &[])],
    );
    check("  \n |", vec![Msg::Enter], "  \n |", &[]);
    check(
        "see @R1|",
        vec![Msg::Enter],
        "|",
        &[remember("see @R1"), entered("see @R1", &["R1"])],
    );
    check(
        "see @R1|",
        vec![Msg::Edit(Edit::Undo), Msg::Edit(Edit::Redo)],
        "see @R1|",
        &[],
    );
    check(
        " secret|",
        vec![Msg::Enter],
        "|",
        &[entered(" secret", &[])],
    );
}

#[test]
fn escape_leaves_the_innermost_thing() {
    check("a|", vec![Msg::Escape], "a|", &[Effect::Leave]);
    check(
        "|",
        [type_in("/w"), vec![Msg::Escape, Msg::Escape]].concat(),
        "/w|",
        &[Effect::Leave],
    );
    check(
        "|",
        [type_in("/"), vec![Msg::Tab, Msg::Tab, Msg::Escape]].concat(),
        "/|",
        &[],
    );
    let busy = vec![Msg::Enter, Msg::Escape, Msg::Idle, Msg::Escape];
    check(
        "q|",
        busy,
        "|",
        &[
            remember("q"),
            entered("q", &[]),
            Effect::Cancel,
            Effect::Leave,
        ],
    );
    check(
        "text|",
        vec![Msg::Interrupt, Msg::Interrupt],
        "|",
        &[Effect::Interrupt],
    );
    check(
        "text|",
        vec![Msg::Interrupt, Msg::Edit(Edit::Undo)],
        "text|",
        &[],
    );
}

#[test]
fn words_are_completed_and_tab_goes_round() {
    let with = |text: &str, n: usize| [type_in(text), vec![Msg::Tab; n]].concat();
    check("|", with("/w", 1), "/window |", &[]);
    check("|", with("/", 1), "/open|", &[]);
    check("|", with("/", 2), "/window|", &[]);
    check("|", with("/", 5), "/open|", &[]);
    check(
        "|",
        [type_in("/"), vec![Msg::BackTab]].concat(),
        "/retry|",
        &[],
    );
    check(
        "|",
        [
            type_in("/"),
            vec![Msg::Go(Go::Down), Msg::Go(Go::Down), Msg::Go(Go::Up)],
        ]
        .concat(),
        "/open|",
        &[],
    );
    check(
        "|",
        [with("/w", 1), vec![Msg::Tab, Msg::Tab]].concat(),
        "/window bone|",
        &[],
    );
    check(
        "|",
        [with("/w", 1), vec![Msg::Tab, Msg::Enter]].concat(),
        "/window lung|",
        &[],
    );
    check("请看|的边缘", with("@r", 1), "请看@R1|的边缘", &[]);
    check("请看|的边缘", with("@ch", 1), "请看@chest.dcm |的边缘", &[]);
    check(
        "|",
        [with("@R", 2), vec![Msg::Edit(Edit::Erase)]].concat(),
        "|",
        &[],
    );
    check("|", with("@zz", 1), "@zz|", &[]);
    check("/window lung|", vec![Msg::Tab], "/window lung |", &[]);
}

#[test]
fn files_are_asked_for_and_come_later() {
    let ask = Effect::AskValues {
        command: "open".to_owned(),
        typed: "ch".to_owned(),
    };
    let values = |typed: &str| Msg::Values {
        command: "open".to_owned(),
        typed: typed.to_owned(),
        list: ["chest.dcm", "check.png"]
            .map(|it| Candidate {
                word: it.to_owned(),
                about: String::new(),
            })
            .to_vec(),
    };
    check(
        "/open ch|",
        vec![Msg::Tab, values("ch"), Msg::Tab, Msg::Tab],
        "/open check.png|",
        std::slice::from_ref(&ask),
    );
    check(
        "/open ch|",
        vec![Msg::Tab, values("c"), Msg::Escape],
        "/open ch|",
        &[ask, Effect::Leave],
    );
}

#[test]
fn pastes_are_cleaned_folded_and_whole() {
    check("a|b", vec![paste("x\r\ny\u{1b}[1m")], "ax\ny|b", &[]);
    let long = "line\n".repeat(20);
    let mut input = input("see |");
    input.update(paste(&long));
    let kind = SpanKind::Paste {
        lines: 20,
        letters: 100,
    };
    assert_eq!(input.editor.spans()[0].kind, kind);
    assert_eq!(
        input.editor.shown(Lang::En, 80).text(),
        "see [Pasted 20 lines]"
    );
    let effects = input.update(Msg::Enter);
    assert_eq!(effects[1], entered(&format!("see {long}"), &[]));
    let huge = "x".repeat(paste::LONGEST + 1);
    let notice = Effect::Say(Notice::TooLong(huge.len()));
    check("a|", vec![paste(&huge)], "a|", &[notice]);
    assert!(Notice::TooLong(3).say(Lang::En).contains("3 bytes"));
}

#[test]
fn a_pasted_path_is_offered_as_a_picture() {
    let path = "/data/my film.png";
    let asks = Effect::Check(path.to_owned());
    let checked = |is_file| Msg::Checked {
        path: path.to_owned(),
        is_file,
    };
    let open = Effect::Attach(path.to_owned());
    let pasted = || paste("'/data/my film.png'\n");
    check(
        "|",
        vec![pasted(), checked(true), Msg::Tab],
        "|",
        &[asks.clone(), open.clone()],
    );
    check(
        "|",
        vec![pasted(), checked(true), Msg::Enter],
        "|",
        &[asks.clone(), open.clone()],
    );
    check(
        "see | now",
        vec![pasted(), checked(true), Msg::Tab],
        "see | now",
        &[asks.clone(), open],
    );
    let text = "'/data/my film.png'";
    check(
        "|",
        vec![pasted(), checked(true), Msg::Escape, Msg::Tab],
        &format!("{text}|"),
        std::slice::from_ref(&asks),
    );
    check(
        "|",
        vec![pasted(), checked(false), Msg::Tab],
        &format!("{text}|"),
        std::slice::from_ref(&asks),
    );
    check(
        "|",
        vec![pasted(), Msg::Tab],
        &format!("{text}|"),
        std::slice::from_ref(&asks),
    );
    let asked = [asks, remember(text), entered(text, &[])];
    check(
        "|",
        vec![pasted(), Msg::Enter, checked(true), Msg::Tab],
        "|",
        &asked,
    );
}

#[test]
fn earlier_inputs_come_back() {
    let up = Msg::Go(Go::Up);
    let down = Msg::Go(Go::Down);
    check("new|", vec![up.clone()], "second\nline|", &[]);
    check(
        "new|",
        vec![up.clone(), up.clone(), up.clone(), up.clone()],
        "first|",
        &[],
    );
    check("ne|w", vec![up.clone(), down.clone()], "ne|w", &[]);
    check("new|", vec![down], "new|", &[]);
    let sent = [remember("third"), entered("third", &[])];
    check("third|", vec![Msg::Enter, up.clone()], "third|", &sent);
    check(
        "second\nline|",
        vec![Msg::Enter, up],
        "second\nline|",
        &[entered("second\nline", &[])],
    );
}

#[test]
fn earlier_inputs_are_looked_through() {
    let look =
        |text: &str, more: &[Msg]| [vec![Msg::Lookup], type_in(text), more.to_vec()].concat();
    check("new|", look("FIRS", &[Msg::Enter]), "first|", &[]);
    check("new|", look("i", &[]), "second\nline|", &[]);
    check("new|", look("i", &[Msg::Lookup]), "first|", &[]);
    check(
        "new|",
        look("i", &[Msg::Lookup, Msg::Lookup]),
        "first|",
        &[],
    );
    check("ne|w", look("i", &[Msg::Escape]), "ne|w", &[]);
    check(
        "new|",
        look("firzz", &[Msg::Edit(Edit::Erase), Msg::Edit(Edit::Erase)]),
        "first|",
        &[],
    );
    check("new|", look("first", &[Msg::Go(Go::Left)]), "firs|t", &[]);
    check("new|", look("i", &[Msg::Idle, Msg::Lookup]), "first|", &[]);
}

#[test]
fn questions_wait_while_the_model_answers() {
    let ask = |text: &str| [type_in(text), vec![Msg::Enter]].concat();
    let busy = [ask("one"), ask("two"), ask("three")].concat();
    let with = |more: Vec<Msg>| [busy.clone(), more].concat();
    let sent = |more: &[Effect]| {
        let begun = [
            remember("one"),
            entered("one", &[]),
            remember("two"),
            remember("three"),
        ];
        [&begun, more].concat()
    };
    check("|", with(vec![]), "|", &sent(&[]));
    check(
        "|",
        with(vec![Msg::Idle]),
        "|",
        &sent(&[entered("two", &[])]),
    );
    check(
        "|",
        with(vec![Msg::Idle, Msg::Idle, Msg::Idle]),
        "|",
        &sent(&[entered("two", &[]), entered("three", &[])]),
    );
    let run = [remember("/context"), Effect::Run("/context".to_owned())];
    check("|", with(ask("/context")), "|", &sent(&run));
    check(
        "|",
        with(vec![Msg::Queue(QueueMsg::Up), Msg::Queue(QueueMsg::Take)]),
        "three|",
        &sent(&[]),
    );
    check(
        "|",
        with(vec![Msg::Queue(QueueMsg::Up), Msg::Go(Go::Up), Msg::Enter]),
        "two|",
        &sent(&[]),
    );
    let removed = vec![
        Msg::Queue(QueueMsg::Up),
        Msg::Go(Go::Up),
        Msg::Queue(QueueMsg::Remove),
        Msg::Idle,
    ];
    check("|", with(removed), "|", &sent(&[entered("three", &[])]));
    let kept = [
        type_in("draft"),
        vec![Msg::Queue(QueueMsg::Up), Msg::Enter, Msg::Idle, Msg::Idle],
    ]
    .concat();
    check(
        "|",
        with(kept),
        "three|",
        &sent(&[entered("two", &[]), entered("draft", &[])]),
    );
}

#[test]
fn what_waits_after_a_stopped_answer_waits_for_enter() {
    let ask = |text: &str| [type_in(text), vec![Msg::Enter]].concat();
    let stopped = [ask("one"), ask("two"), vec![Msg::Escape, Msg::Idle]].concat();
    let begun = [
        remember("one"),
        entered("one", &[]),
        remember("two"),
        Effect::Cancel,
    ];
    check("|", stopped.clone(), "|", &begun);
    check(
        "|",
        [stopped, vec![Msg::Enter]].concat(),
        "|",
        &[&begun[..], &[entered("two", &[])]].concat(),
    );
}

#[test]
fn another_program_may_write_the_text() {
    let opened = Effect::OpenEditor("a\nb".to_owned());
    let edited = Msg::Edited("c\r\nd\u{7}\n".to_owned());
    check(
        "a\n|b",
        vec![Msg::OpenEditor, edited, Msg::Edit(Edit::Undo)],
        "a\n|b",
        std::slice::from_ref(&opened),
    );
    check(
        "a\n|b",
        vec![Msg::OpenEditor, Msg::Edited("c\r\nd\u{7}\n".to_owned())],
        "c\nd|",
        &[opened],
    );
}

#[test]
fn a_click_puts_the_caret_where_it_is_seen() {
    let mut it = input("双肺野清晰\nabc|");
    for (column, row, expected) in [
        (2, 0, "|双肺野清晰\nabc"),
        (5, 0, "双|肺野清晰\nabc"),
        (30, 1, "双肺野清晰\nabc|"),
        (4, 1, "双肺野清晰\nab|c"),
        (0, 9, "双肺野清晰\n|abc"),
    ] {
        it.update(Msg::Click(column, row));
        assert_eq!(shown(&it), expected, "{column},{row}");
    }
}

#[test]
fn a_click_finds_the_row_also_where_the_text_is_scrolled() {
    let mut it = input("a\nb\nc\nd\ne|");
    it.update(Msg::Resize(40, 3));
    it.update(Msg::Click(2, 0));
    assert_eq!(shown(&it), "a\nb\n|c\nd\ne");
    it.update(Msg::Click(2, 2));
    assert_eq!(shown(&it), "a\nb\nc\nd\n|e");
    it.update(Msg::Go(Go::Start));
    it.update(Msg::Click(2, 1));
    assert_eq!(shown(&it), "a\n|b\nc\nd\ne");
}

/// Anything that can happen; `below` is a die.
fn anything(mut below: impl FnMut(usize) -> usize) -> Msg {
    const TEXTS: [&str; 14] = [
        "a",
        " ",
        "\n",
        "左",
        "/",
        "@",
        "R1",
        "/open ",
        "\\",
        "\u{301}",
        "/data/x.png",
        "l\nl\nl\nl\nl\nl\nl\nl\n",
        "\t",
        "👩\u{200d}⚕",
    ];
    let text = TEXTS[below(TEXTS.len())].to_owned();
    let mut cells = || u16::try_from(below(40)).unwrap();
    let (one, other, kind) = (cells(), cells(), below(30));
    match kind {
        0..8 => Msg::Insert(text),
        8..11 => Msg::Paste(text),
        11 => Msg::Edited(text),
        12 => Msg::Checked {
            path: "/data/x.png".to_owned(),
            is_file: below(2) == 0,
        },
        13 => Msg::Idle,
        14 => Msg::Click(one, other),
        15 => Msg::Resize(one, other),
        16 => Msg::Values {
            command: "open".to_owned(),
            typed: String::new(),
            list: vec![Candidate {
                word: text,
                about: String::new(),
            }],
        },
        _ => KEYS[below(KEYS.len())].msg.clone(),
    }
}

#[test]
fn any_keys_are_no_panic_and_what_is_sent_was_written() {
    let mut state = 3_u64;
    let mut below = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % most
    };
    for _ in 0..150 {
        let mut it = input("|");
        for _ in 0..80 {
            let written = it.editor.text().to_owned();
            let sent = it.update(anything(&mut below));
            let is_other = |it: &Effect| matches!(it, Effect::Remember(text) if *text != written);
            assert!(!sent.iter().any(is_other), "{written:?} {sent:?}");
            assert!(it.editor.text().is_char_boundary(it.editor.caret()));
            super::screens_tests::screen(&mut it, 20, 8, Lang::En);
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
