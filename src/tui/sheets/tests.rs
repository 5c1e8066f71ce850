//! Keys in, texts and answers out.

use crate::context::SlotUse;
use crate::prompt::Prompt;
use crate::session::v1::Place;
use crate::settings::Lang;
use crate::tui::input::editor::Go;
use crate::tui::talk::Find;
use crate::tui::talk::scroll::Move;

use super::ask::{Answer, Confirm, ConfirmMsg, Question, QuestionMsg};
use super::build::{self, Sent};
use super::paper::{self, Paper, What};
use super::sent::{Part, Words, parts, places};
use super::text::{self, Line, Look, Text};
use super::write::{self, Write};
use super::{Binding, When};

fn typed(text: &str) -> paper::Msg {
    paper::Msg::Write(Write::Insert(text.to_owned()))
}

fn prior(date: Option<&str>, text: &str) -> Paper {
    let mut paper = Paper::new(What::Prior, date, text, Lang::En);
    paper.update(paper::Msg::Resize(40, 12));
    paper
}

fn take(paper: &mut Paper, msgs: Vec<paper::Msg>) -> Vec<paper::Effect> {
    msgs.into_iter().flat_map(|it| paper.update(it)).collect()
}

#[test]
fn a_report_is_written_counted_and_accepted() {
    let mut paper = prior(None, "");
    let effects = take(
        &mut paper,
        vec![typed("Old"), paper::Msg::Newline, typed("film.")],
    );
    assert_eq!(effects, vec![paper::Effect::Count; 3]);
    take(
        &mut paper,
        vec![paper::Msg::Field, typed("2020-01-02"), paper::Msg::Newline],
    );
    take(
        &mut paper,
        vec![paper::Msg::Write(Write::Go(Go::End)), typed(" ")],
    );
    let accepted = paper.update(paper::Msg::Accept);
    let expected = paper::Effect::Accept {
        date: Some("2020-01-02".to_owned()),
        text: "Old\nfilm.".to_owned(),
    };
    assert_eq!(accepted, [expected]);
}

#[test]
fn changes_are_not_lost_without_a_word() {
    let mut paper = prior(Some("2020"), "Text");
    assert_eq!(
        paper.update(paper::Msg::Escape),
        [paper::Effect::Leave],
        "nothing was changed"
    );
    paper.update(typed("!"));
    assert_eq!(paper.update(paper::Msg::Escape), []);
    assert_eq!(paper.when(), When::Asking);
    assert_eq!(paper.update(typed("slipped in")), []);
    assert_eq!(paper.update(paper::Msg::Drop(false)), []);
    assert_eq!((paper.when(), paper.text()), (When::Writing, "Text!"));
    // written back as it was, nothing is asked
    paper.update(paper::Msg::Write(Write::Erase));
    assert_eq!(paper.update(paper::Msg::Escape), [paper::Effect::Leave]);
    paper.update(typed("?"));
    paper.update(paper::Msg::Escape);
    assert_eq!(paper.update(paper::Msg::Drop(true)), [paper::Effect::Leave]);
    assert_eq!(paper.update(paper::Msg::Drop(true)), []);
}

#[test]
fn undo_ends_at_the_text_that_was_there() {
    let mut paper = prior(None, "There before");
    let undo = || paper::Msg::Write(Write::Undo);
    take(&mut paper, vec![undo(), undo()]);
    assert_eq!(paper.text(), "There before");
    take(
        &mut paper,
        vec![typed(" x"), paper::Msg::Write(Write::Cut(Go::Start))],
    );
    assert_eq!(paper.text(), "");
    take(&mut paper, vec![undo()]);
    assert_eq!(paper.text(), "There before x");
    take(&mut paper, vec![undo(), undo(), undo()]);
    assert_eq!(paper.text(), "There before");
    take(&mut paper, vec![paper::Msg::Write(Write::Redo)]);
    assert_eq!(paper.text(), "There before x");
    let mut paper = prior(None, "");
    take(&mut paper, vec![typed("a"), undo()]);
    assert_eq!(paper.text(), "");
}

#[test]
fn what_is_pasted_is_harmless_and_a_date_is_one_line() {
    let mut paper = prior(None, "");
    let paste = |text: &str| paper::Msg::Write(Write::Paste(text.to_owned()));
    take(&mut paper, vec![paste("a\r\nb\u{1b}[31m\u{202e}c\t")]);
    assert_eq!(paper.text(), "a\nb\\u{202e}c\t");
    take(&mut paper, vec![paper::Msg::Field, paste("1\n2\t3")]);
    assert_eq!(paper.date(), Some("1 2 3"));
    // very long ones stay whole, and are shown folded
    let long = "行 words\n".repeat(50_000);
    take(&mut paper, vec![paper::Msg::Field, paste(&long)]);
    assert!(paper.text().len() > 500_000);
    let huge = "x".repeat(5 << 20);
    take(&mut paper, vec![paste(&huge)]);
    assert!(paper.text().len() < 3 << 20);
    let mut system = Paper::new(What::System, Some("no date here"), "S", Lang::En);
    take(&mut system, vec![paper::Msg::Field, typed("y")]);
    assert_eq!((system.text(), system.date()), ("Sy", None));
}

#[test]
fn a_question_is_answered_by_words_or_by_choice() {
    #[track_caller]
    fn check(question: &mut Question, msgs: Vec<QuestionMsg>, expected: impl Into<Option<Answer>>) {
        let last = msgs
            .into_iter()
            .map(|it| question.update(it, Lang::En))
            .last();
        assert_eq!(last.unwrap(), expected.into());
    }
    let text = |it: &str| Some(Answer::Text(it.to_owned()));
    let insert = |it: &str| QuestionMsg::Write(Write::Insert(it.to_owned()));
    let mut verdict = Question::new("verdict", "", &["good", "bad"]);
    check(&mut verdict, vec![QuestionMsg::Enter], None);
    check(
        &mut verdict,
        vec![QuestionMsg::Choose(true), QuestionMsg::Enter],
        text("good"),
    );
    check(
        &mut verdict,
        vec![QuestionMsg::Choose(true), QuestionMsg::Enter],
        text("bad"),
    );
    check(
        &mut verdict,
        vec![QuestionMsg::Choose(true), QuestionMsg::Enter],
        text("good"),
    );
    check(
        &mut verdict,
        vec![QuestionMsg::Choose(false), QuestionMsg::Enter],
        text("bad"),
    );
    check(
        &mut verdict,
        vec![insert(", says\nnothing"), QuestionMsg::Enter],
        text("bad, says nothing"),
    );
    check(
        &mut verdict,
        vec![QuestionMsg::Escape],
        Some(Answer::Nothing),
    );
    let mut title = Question::new("title", "x", &[]).or_nothing();
    check(
        &mut title,
        vec![QuestionMsg::Choose(true), QuestionMsg::Choose(false)],
        None,
    );
    check(
        &mut title,
        vec![QuestionMsg::Write(Write::Erase), QuestionMsg::Enter],
        text(""),
    );
}

#[test]
fn yes_and_no_are_said_by_letter_or_by_choice() {
    #[track_caller]
    fn check(is_yes: bool, msgs: &[ConfirmMsg], expected: Option<bool>) {
        let mut confirm = Confirm::new("Delete?", is_yes);
        let last = msgs.iter().map(|it| confirm.update(*it)).last();
        assert_eq!(last.unwrap(), expected);
    }
    use ConfirmMsg::{Enter, Say, Switch};
    check(false, &[Enter], Some(false));
    check(false, &[Switch], None);
    check(false, &[Switch, Enter], Some(true));
    check(true, &[Switch, Switch, Enter], Some(true));
    check(false, &[Say(true)], Some(true));
    check(true, &[Say(false)], Some(false));
}

struct Letters;

impl Words for Letters {
    fn text(&self, ids: &[u32]) -> String {
        ids.iter().filter_map(|it| char::from_u32(*it)).collect()
    }

    fn special(&self, id: u32) -> Option<String> {
        (id == 1).then(|| "<start_of_turn>".to_owned())
    }
}

#[test]
fn a_prompt_is_read_with_its_tokens_and_pictures() {
    let prompt = Prompt {
        ids: vec![1, 97, 98, 0, 0, 0, 99],
        pictures: vec![(3, 1)],
    };
    let places = places(&prompt, 3);
    let picture = Place::Picture { picture: 2 };
    let ids = [1, 97, 98].map(Place::Id);
    assert_eq!(places, [&ids[..], &[picture, Place::Id(99)]].concat());
    let expected = [
        Part::Special("<start_of_turn>".to_owned()),
        Part::Text("ab".to_owned()),
        Part::Picture {
            number: 2,
            tokens: 3,
        },
        Part::Text("c".to_owned()),
    ];
    assert_eq!(parts(&places, 3, &Letters), expected);
    assert_eq!(parts(&[], 3, &Letters), []);
}

pub(super) fn sent() -> Sent {
    Sent {
        ctx: 2048,
        slots: [
            "system",
            "question",
            "pictures",
            "prior report",
            "turns",
            "template",
        ]
        .into_iter()
        .zip([12, 9, 256, 0, 40, 10])
        .map(|(slot, tokens)| SlotUse { slot, tokens })
        .collect(),
        dropped: vec!["turn 1 (120 tokens) does not fit".to_owned()],
        room: 1721,
        parts: vec![
            Part::Special("<bos>".to_owned()),
            Part::Special("<start_of_turn>".to_owned()),
            Part::Text("user\nYou are a radiologist.\n\n".to_owned()),
            Part::Picture {
                number: 1,
                tokens: 256,
            },
            Part::Text("\n\nIs there an effusion? <start_of_turn> 有积液吗？\u{1b}[2J".to_owned()),
            Part::Special("<end_of_turn>".to_owned()),
        ],
    }
}

#[test]
fn the_context_is_shown_exactly() {
    let text = build::context(&sent(), Lang::En);
    let all: Vec<&str> = text.lines().iter().map(Line::text).collect();
    let exact = all.iter().skip_while(|it| **it != "exactly").skip(1);
    let exact: Vec<&str> = exact.copied().collect();
    assert_eq!(
        exact,
        [
            "<bos><start_of_turn>user",
            "You are a radiologist.",
            "",
            "⟦picture 1: 256 tokens⟧",
            "",
            "Is there an effusion? <start_of_turn> 有积液吗？\\u{1b}[2J<end_of_turn>",
        ]
    );
    assert_eq!(all[0], "327 of 2048 tokens, 1721 left for the answer");
}

#[test]
fn a_difference_says_what_changed_and_how() {
    #[track_caller]
    fn check(first: &str, second: &str, expected: &[&str]) {
        let all = build::difference_lines(first, second, Lang::En);
        assert_eq!(all.iter().map(Line::text).collect::<Vec<_>>(), expected);
    }
    check("Same.", "Same.", &["identical", "Same."]);
    check("", "", &["identical"]);
    check(
        "No effusion.",
        "Small effusion.",
        &[
            "affirmed: no pleural effusion → small pleural effusion",
            "",
            "[-No-]{+Small+} effusion.",
        ],
    );
    check(
        "A\nB",
        "A\nC",
        &["the same findings in other words", "", "A", "[-B-]{+C+}"],
    );
}

fn page() -> Text {
    let lines = (1..=100).map(|n| Line::of(Look::Plain, &format!("line {n} 积液 Effusion")));
    let mut text = Text::new("t\u{1b}", lines.collect(), Lang::En);
    text.update(text::Msg::Resize(40, 12));
    text
}

fn top(text: &Text) -> String {
    let theme = crate::tui::theme::Theme::named("none").unwrap();
    let area = ratatui::layout::Rect::new(0, 0, 40, 12);
    let mut buf = ratatui::buffer::Buffer::empty(area);
    text.view(&theme, Lang::En, area, &mut buf);
    let row: String = (2..10).map(|x| buf[(x, 1)].symbol()).collect();
    row.trim_end().to_owned()
}

#[test]
fn a_text_scrolls_within_its_ends_and_keeps_its_place_in_another_size() {
    let mut text = page();
    for (by, expected) in [
        (Move::Up(3), "line 1 积"),
        (Move::Down(2), "line 3 积"),
        (Move::PageDown, "line 12"),
        (Move::HalfUp, "line 7 积"),
        (Move::End, "line 91"),
        (Move::Down(9), "line 91"),
        (Move::PageUp, "line 82"),
    ] {
        text.update(text::Msg::Scroll(by));
        assert!(
            top(&text)
                .replace(' ', "")
                .starts_with(&expected.replace(' ', "")),
            "{by:?}: {}",
            top(&text)
        );
    }
    text.update(text::Msg::Resize(12, 12));
    text.update(text::Msg::Resize(40, 12));
    assert!(top(&text).starts_with("line 82"), "{}", top(&text));
}

#[test]
fn a_search_goes_round_and_leaves_before_the_sheet() {
    let mut text = page();
    text.update(text::Msg::Find(Find::Open));
    assert_eq!(text.when(), When::Finding);
    text.update(text::Msg::Find(Find::Type("LINE 50".to_owned())));
    assert!(
        top(&text).starts_with("line 47"),
        "a third from the top: {}",
        top(&text)
    );
    text.update(text::Msg::Find(Find::Accept));
    assert_eq!(text.when(), When::Reading);
    text.update(text::Msg::Find(Find::Previous));
    text.update(text::Msg::Find(Find::Next));
    for find in [
        Find::Open,
        Find::Type("积液x".to_owned()),
        Find::Erase,
        Find::On,
        Find::Next,
    ] {
        text.update(text::Msg::Find(find));
    }
    assert_eq!(text.update(text::Msg::Escape), []);
    assert_eq!(text.update(text::Msg::Escape), [text::Effect::Leave]);
    text.update(text::Msg::Find(Find::Open));
    text.update(text::Msg::Find(Find::Accept));
    assert_eq!(text.when(), When::Reading);
}

#[test]
fn a_text_that_is_too_long_is_cut_and_says_so() {
    let lines = vec![Line::of(Look::Plain, &"x".repeat(1 << 20)); 8];
    let text = Text::new("t", lines, Lang::En);
    assert!(text.lines().len() < 8);
    assert_eq!(
        text.lines().last().unwrap().text(),
        "cut: the rest is too long to show"
    );
}

#[track_caller]
fn check_keys<M>(keys: &[&[Binding<M>]]) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for binding in keys.iter().flat_map(|it| it.iter()) {
        assert!(
            !binding.en.is_empty() && !binding.zh.is_ascii(),
            "{}",
            binding.keys
        );
        let when = format!("{:?}", binding.when);
        seen.extend(binding.keys.split(' ').map(|it| (it, when.clone())));
    }
    let n = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), n);
}

#[test]
fn every_key_has_words_in_both_languages_and_no_key_is_there_twice() {
    check_keys(&[super::paper::KEYS]);
    check_keys(&[super::text::KEYS]);
    check_keys(&[super::ask::CONFIRM_KEYS]);
    check_keys(&[super::ask::QUESTION_KEYS]);
    check_keys(&[write::KEYS]);
    let of_writing: Vec<&str> = write::KEYS
        .iter()
        .flat_map(|it| it.keys.split(' '))
        .collect();
    let of_paper = super::paper::KEYS
        .iter()
        .filter(|it| it.when == When::Writing);
    for key in of_paper.flat_map(|it| it.keys.split(' ')) {
        assert!(!of_writing.contains(&key), "{key}");
    }
}
