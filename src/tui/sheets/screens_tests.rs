//! Sheets with something of everything in, whole areas out: sizes, languages, ASCII, no colour.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::{Position, Rect};

use crate::settings::Lang;
use crate::tui::talk::Find;
use crate::tui::theme::{ASCII, THEMES, Theme};

use super::ask::{Confirm, Question, QuestionMsg};
use super::build;
use super::paper::{self, Paper, What};
use super::tests::sent;
use super::text::{self, Text};
use super::write::Write;

type Drawn = (String, Option<Position>);

fn screen(
    (width, height): (u16, u16),
    draw: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
) -> Drawn {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::filled(area, ratatui::buffer::Cell::new("x"));
    let cursor = draw(area, &mut buf);
    let row = |y| {
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            let sign = buf[(x, y)].symbol();
            row.push_str(sign);
            x += sign.cell_width().max(1);
        }
        row.trim_end().to_owned()
    };
    ((0..height).map(row).collect::<Vec<_>>().join("\n"), cursor)
}

fn plain() -> Theme {
    Theme::named("none").unwrap()
}

fn context(size: (u16, u16), lang: Lang, theme: &Theme) -> Drawn {
    let mut text = build::context(&sent(), lang);
    text.update(text::Msg::Resize(size.0, size.1));
    screen(size, |area, buf| text.view(theme, lang, area, buf))
}

fn report(size: (u16, u16), lang: Lang) -> Paper {
    let mut paper = Paper::new(What::Prior, Some("2024-03-05"), "Heart: normal.\n", lang);
    paper.update(paper::Msg::Resize(size.0, size.1));
    let more =
        "既往报告：右侧少量胸腔积液，较前减少。 The right effusion is smaller than it was before.";
    paper.update(paper::Msg::Write(Write::Paste(more.to_owned())));
    paper.update(paper::Msg::Tokens {
        used: 48,
        room: 1200,
    });
    paper
}

fn written(size: (u16, u16), lang: Lang, theme: &Theme) -> Drawn {
    let paper = report(size, lang);
    screen(size, |area, buf| paper.view(theme, lang, area, buf))
}

#[test]
fn the_context_sent() {
    let sizes = [(100, 24), (80, 20), (40, 12)];
    let mut all: Vec<String> = sizes.map(|it| context(it, Lang::En, &plain()).0).into();
    all.push(context((60, 20), Lang::Zh, &plain()).0);
    insta::assert_snapshot!(all.join("\n\n"));
    let ascii = context((100, 24), Lang::En, &plain().with(ASCII)).0;
    assert!(ascii.contains("[picture 1: 256 tokens]"), "{ascii}");
}

#[test]
fn a_prior_report() {
    let sizes = [(80, 12), (40, 10), (20, 5)];
    let mut all: Vec<String> = sizes.map(|it| written(it, Lang::En, &plain()).0).into();
    all.push(written((40, 10), Lang::Zh, &plain()).0);
    let mut paper = report((50, 8), Lang::En);
    paper.update(paper::Msg::Tokens {
        used: 4800,
        room: -12,
    });
    let (drawn, cursor) = screen((50, 8), |area, buf| {
        paper.view(&plain(), Lang::En, area, buf)
    });
    assert!(cursor.is_some());
    all.push(drawn);
    paper.update(paper::Msg::Escape);
    let (drawn, cursor) = screen((50, 8), |area, buf| {
        paper.view(&plain(), Lang::En, area, buf)
    });
    assert_eq!(cursor, None);
    all.push(drawn);
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn the_cursor_is_where_the_caret_is() {
    let mut paper = Paper::new(What::Prior, None, "", Lang::Zh);
    paper.update(paper::Msg::Resize(40, 10));
    let at = |paper: &Paper| {
        screen((40, 10), |area, buf| {
            paper.view(&plain(), Lang::Zh, area, buf)
        })
        .1
    };
    paper.update(paper::Msg::Write(Write::Insert("积液".to_owned())));
    assert_eq!(at(&paper), Some(Position::new(6, 3)));
    paper.update(paper::Msg::Click(4, 3));
    assert_eq!(at(&paper), Some(Position::new(4, 3)));
    paper.update(paper::Msg::Click(20, 1));
    assert_eq!(
        at(&paper),
        Some(Position::new(8, 1)),
        "behind the date's name"
    );
}

#[test]
fn a_difference_a_chain_and_a_failure() {
    let first = "There is a small right pleural effusion. The heart is normal.";
    let second = "There is a small left pleural effusion. The heart is enlarged.";
    let steps = [
        "read 512 × 512 grey".to_owned(),
        "window 40/400\u{1b}[31m".to_owned(),
    ];
    let sheets: [Text; 3] = [
        build::difference(("turn 1", first), ("turn 2", second), Lang::En),
        build::chain("ct.dcm", &steps, Lang::Zh),
        build::failure(
            "the model's thread ended",
            "at layer 3\nout of memory\u{7}",
            Lang::En,
        ),
    ];
    let all = sheets.map(|mut sheet| {
        sheet.update(text::Msg::Resize(60, 10));
        screen((60, 10), |area, buf| {
            sheet.view(&plain(), Lang::En, area, buf)
        })
        .0
    });
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_search_has_the_cursor_in_the_frame() {
    let mut text = build::context(&sent(), Lang::En);
    text.update(text::Msg::Resize(60, 12));
    text.update(text::Msg::Find(Find::Open));
    text.update(text::Msg::Find(Find::Type("effusion".to_owned())));
    let (drawn, cursor) = screen((60, 12), |area, buf| {
        text.view(&plain(), Lang::En, area, buf)
    });
    assert_eq!(cursor, Some(Position::new(12, 11)));
    assert!(
        drawn
            .lines()
            .last()
            .unwrap()
            .starts_with("╰─ /effusion 1/1 "),
        "{drawn}"
    );
    assert!(drawn.contains("Is there an effusion?"), "{drawn}");
}

fn verdict() -> Question {
    let mut verdict = Question::new("verdict on turn 3:", "", &["good", "bad", "unsure"]);
    verdict.update(QuestionMsg::Choose(true), Lang::En);
    verdict.update(QuestionMsg::Choose(true), Lang::En);
    verdict
}

#[test]
fn questions_are_one_line() {
    let mut all = Vec::new();
    let confirm = Confirm::new("Delete the session \"chest\"?", false);
    for (width, lang) in [
        (80, Lang::En),
        (60, Lang::Zh),
        (40, Lang::En),
        (14, Lang::En),
    ] {
        let yes_no = screen((width, 1), |area, buf| {
            confirm.view(&plain(), lang, area, buf);
            None
        });
        let (verdict, cursor) = screen((width, 2), |area, buf| verdict().view(&plain(), area, buf));
        assert!(cursor.is_some_and(|it| it.x < width && it.y == 0));
        all.extend([yes_no.0, verdict]);
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn themes_differ_in_looks_only() {
    for name in THEMES {
        let theme = Theme::named(name).unwrap();
        let size = (70, 16);
        assert_eq!(
            context(size, Lang::En, &theme),
            context(size, Lang::En, &plain()),
            "{name}"
        );
        assert_eq!(
            written(size, Lang::En, &theme),
            written(size, Lang::En, &plain()),
            "{name}"
        );
    }
}

#[test]
fn no_size_is_a_panic() {
    let sizes = (0..30).flat_map(|width| (0..9).map(move |height| (width, height)));
    for (size, lang) in sizes.flat_map(|it| [(it, Lang::En), (it, Lang::Zh)]) {
        context(size, lang, &plain());
        written(size, lang, &plain());
        let mut paper = report(size, lang);
        paper.update(paper::Msg::Page(true));
        paper.update(paper::Msg::Click(size.0, size.1));
        // another size than it was told
        let turned = (size.1, size.0);
        screen(turned, |area, buf| paper.view(&plain(), lang, area, buf));
        screen(size, |area, buf| {
            Confirm::new("Delete 会话?", true).view(&plain(), lang, area, buf);
            verdict().view(&plain(), area, buf)
        });
    }
}

#[test]
fn a_token_does_not_look_like_the_same_letters_in_a_text() {
    let mut text = build::context(&sent(), Lang::En);
    text.update(text::Msg::Resize(100, 24));
    let area = Rect::new(0, 0, 100, 24);
    let mut buf = Buffer::empty(area);
    text.view(&plain(), Lang::En, area, &mut buf);
    let is_reversed = |x, y| {
        buf[(x, y)]
            .modifier
            .contains(ratatui::style::Modifier::REVERSED)
    };
    // `<start_of_turn>` of the template, and the one that a person typed
    assert!(is_reversed(8, 13) && is_reversed(2, 16));
    assert!(!is_reversed(25, 18));
    assert_eq!(buf[(25, 18)].symbol(), "s");
}
