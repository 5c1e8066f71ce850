//! A conversation with one of everything in, whole screens out: sizes, languages, themes, popups.

use ratatui::layout::Position;

use super::message::{End, Message};
use super::scroll::Move;
use super::select::Action;
use super::tests::{ascii, drawn, everything, modifiers, pane, piece, plain, screen, take};
use super::{Choose, Effect, Find, MenuMsg, Msg, TokenMsg};
use crate::settings::Lang;
use crate::tokenizer::Voice;
use crate::tui::theme::Theme;

/// The screens of one theme, top and bottom of the conversation.
fn both_ends(width: u16, height: u16, lang: Lang, theme: &Theme) -> String {
    let mut talk = everything(width, height, lang);
    let bottom = screen(&talk, theme).0;
    talk.update(Msg::Scroll(Move::Top));
    format!(
        "{}\n{}\n{bottom}",
        screen(&talk, theme).0,
        "=".repeat(usize::from(width))
    )
}

#[test]
fn wide() {
    insta::assert_snapshot!(both_ends(100, 30, Lang::En, &plain()));
}

#[test]
fn middle() {
    insta::assert_snapshot!(both_ends(60, 20, Lang::En, &plain()));
}

#[test]
fn tiny() {
    insta::assert_snapshot!(both_ends(40, 12, Lang::En, &plain()));
}

#[test]
fn chinese() {
    insta::assert_snapshot!(both_ends(60, 20, Lang::Zh, &plain()));
}

#[test]
fn chinese_tiny() {
    insta::assert_snapshot!(both_ends(40, 12, Lang::Zh, &plain()));
}

#[test]
fn ascii_only() {
    let shown = both_ends(60, 30, Lang::En, &ascii());
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn modifiers_tell_apart_what_colours_tell_apart() {
    let mut talk = everything(60, 14, Lang::En);
    talk.update(Msg::Scroll(Move::Top));
    insta::assert_snapshot!(modifiers(&talk, &plain()));
}

#[test]
fn themes_differ_in_looks_only() {
    let talk = everything(80, 24, Lang::En);
    let expected = screen(&talk, &plain());
    for name in crate::tui::theme::THEMES {
        let theme = Theme::named(name).unwrap();
        assert_eq!(screen(&talk, &theme), expected, "{name}");
    }
}

#[test]
fn the_list_of_actions_stands_beside_its_message() {
    let mut talk = everything(60, 20, Lang::En);
    take(
        &mut talk,
        [Msg::Scroll(Move::Top), Msg::Choose(Choose::Next)],
    );
    take(
        &mut talk,
        [Msg::Choose(Choose::Next), Msg::Choose(Choose::Next)],
    );
    take(
        &mut talk,
        [Msg::Menu(MenuMsg::Open), Msg::Menu(MenuMsg::Down)],
    );
    insta::assert_snapshot!(screen(&talk, &plain()).0);
}

#[test]
fn a_token_s_table_stands_beside_it() {
    let mut talk = pane(60, 12);
    take(
        &mut talk,
        [
            Msg::Add(Message::question(1, "Effusion?", vec![])),
            Msg::Add(Message::answer(1)),
        ],
    );
    let pieces = [
        ("No", -0.1),
        (" pleural", -0.02),
        (" effu", -1.2),
        ("sion", -0.001),
        (" seen.", -3.0),
    ];
    take(&mut talk, pieces.map(|it| piece(it.0, Voice::Answer, it.1)));
    take(
        &mut talk,
        [Msg::End(End::Whole, None), Msg::Choose(Choose::Last)],
    );
    take(
        &mut talk,
        [Msg::Act(Action::Probabilities), Msg::Token(TokenMsg::Next)],
    );
    let effects = take(&mut talk, [Msg::Token(TokenMsg::Next)]);
    let asks = Effect::Probabilities {
        turn: 1,
        message: 1,
        token: 2,
    };
    assert_eq!(effects, [asks]);
    let top = [(" fluid", 0.5_f32), (" effu", 0.3), (" thickening", 0.1)];
    let top = top.map(|it| (it.0.to_owned(), it.1.ln())).to_vec();
    let answer = |token| TokenMsg::Top {
        message: 1,
        token,
        top: top.clone(),
    };
    take(&mut talk, [Msg::Token(answer(1)), Msg::Token(answer(2))]);
    insta::assert_snapshot!(screen(&talk, &plain()).0);
    insta::assert_snapshot!("tinted", modifiers(&talk, &plain()));
}

#[test]
fn a_search_has_its_own_line_and_the_cursor() {
    let mut talk = everything(60, 12, Lang::En);
    take(
        &mut talk,
        [
            Msg::Find(Find::Open),
            Msg::Find(Find::Type("EFFUSION".to_owned())),
        ],
    );
    let (shown, cursor) = screen(&talk, &plain());
    assert_eq!(cursor, Some(Position::new(9, 11)));
    assert_eq!(shown.lines().last(), Some("/EFFUSION  5/5"));
    insta::assert_snapshot!(shown);
    insta::assert_snapshot!("found", modifiers(&talk, &plain()));
}

#[test]
fn how_an_answer_ended_is_said() {
    let mut talk = pane(60, 30);
    for (turn, end) in [
        End::Stopped,
        End::Length,
        End::Window,
        End::Cut,
        End::Failed("the model's thread ended: out of memory\u{7}".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        take(
            &mut talk,
            [
                Msg::Add(Message::answer(turn)),
                piece("No eff", Voice::Answer, 0.0),
            ],
        );
        talk.update(Msg::End(end, None));
    }
    take(
        &mut talk,
        [
            Msg::Add(Message::answer(9)),
            Msg::Phase("looking at the picture, 12 of 27".to_owned()),
        ],
    );
    insta::assert_snapshot!(screen(&talk, &plain()).0);
}

#[test]
fn a_pane_too_small_for_anything_is_not_a_panic() {
    for width in 0..24 {
        for height in 0..5 {
            let mut talk = everything(width, height, Lang::Zh);
            take(
                &mut talk,
                [Msg::Choose(Choose::Last), Msg::Menu(MenuMsg::Open)],
            );
            drawn(&talk, &plain());
            take(
                &mut talk,
                [Msg::Escape, Msg::Tint, Msg::Token(TokenMsg::Previous)],
            );
            take(
                &mut talk,
                [
                    Msg::Find(Find::Open),
                    Msg::Find(Find::Type("积液".to_owned())),
                ],
            );
            drawn(&talk, &plain());
        }
    }
}
