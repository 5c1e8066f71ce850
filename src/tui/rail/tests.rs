//! Rails in, effects and screens out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Effect, Go, Msg, PartKind, Parts, Picture, Rail, Role, Row, Session};
use crate::settings::Lang;
use crate::tui::testing::{modifiers_of, rows_of, theme};

fn picture(name: &str, n_slices: usize, role: Option<Role>) -> Picture {
    Picture {
        name: name.to_owned(),
        n_slices,
        role,
    }
}

fn session(id: &str, title: &str, note: &str, is_here: bool) -> Session {
    let text = |it: &str| it.to_owned();
    Session {
        id: text(id),
        title: text(title),
        note: text(note),
        is_here,
    }
}

fn full(width: u16, height: u16) -> Rail {
    let mut rail = Rail::new();
    let list = vec![
        picture("chest-2024.dcm", 1, Some(Role::Prior)),
        picture("chest-2026.dcm", 1, Some(Role::Current)),
        picture("thorax/series-3", 40, None),
    ];
    let names = (1..=40).map(|it| format!("slice {it}")).collect();
    let parts = Parts {
        kind: PartKind::Slices,
        names,
        here: 11,
    };
    let sessions = vec![
        session("s3", "", "now", true),
        session("s2", "effusion, left", "4 turns", false),
        session("s1", "结节随访", "12 turns", false),
    ];
    let msgs = [
        Msg::Resize(width, height),
        Msg::Pictures {
            list,
            in_view: Some(2),
            second: Some(0),
        },
        Msg::Parts(Some(parts)),
        Msg::Sessions(sessions),
        Msg::Go(Go::Top),
    ];
    for msg in msgs {
        assert_eq!(rail.update(msg), []);
    }
    rail
}

fn drawn(rail: &Rail, looks: (&str, Lang)) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, rail.size.0, rail.size.1));
    let area = buf.area;
    rail.view(true, &theme(looks.0), looks.1, area, &mut buf);
    buf
}

/// What happens in order, the effects of the last, and the row that is chosen then.
#[track_caller]
fn check(msgs: &[Msg], effects: &[Effect], chosen: Row) {
    let mut rail = full(24, 12);
    let mut last = Vec::new();
    for msg in msgs {
        last = rail.update(msg.clone());
    }
    assert_eq!((last.as_slice(), rail.chosen()), (effects, chosen));
}

const DOWN: Msg = Msg::Go(Go::Down);

#[test]
fn keys_choose_and_do() {
    check(&[], &[], Row::Picture(0));
    check(&[Msg::Enter], &[Effect::Show(0)], Row::Picture(0));
    check(&[DOWN, Msg::Enter], &[Effect::Show(1)], Row::Picture(1));
    check(&[DOWN, Msg::Close], &[Effect::Close(1)], Row::Picture(1));
    check(
        &[Msg::Role],
        &[Effect::Role(0, Some(Role::Current))],
        Row::Picture(0),
    );
    check(
        &[DOWN, Msg::Role],
        &[Effect::Role(1, None)],
        Row::Picture(1),
    );
    check(
        &[Msg::SideBySide],
        &[Effect::SideBySide(0)],
        Row::Picture(0),
    );
    check(&[DOWN, DOWN, DOWN], &[], Row::Parts);
    check(
        &[DOWN, DOWN, DOWN, Msg::Close],
        &[Effect::Close(2)],
        Row::Parts,
    );
    check(
        &[DOWN, DOWN, DOWN, DOWN, Msg::Enter],
        &[Effect::Open],
        Row::Open,
    );
    check(&[DOWN, DOWN, DOWN, DOWN, DOWN], &[], Row::Session(0));
    check(
        &[DOWN, DOWN, DOWN, DOWN, DOWN, Msg::Enter],
        &[],
        Row::Session(0),
    );
    check(&[Msg::Go(Go::End)], &[], Row::Browse);
    check(
        &[Msg::Go(Go::End), Msg::Enter],
        &[Effect::Browse],
        Row::Browse,
    );
    check(
        &[Msg::Go(Go::End), Msg::Go(Go::Up), Msg::Enter],
        &[Effect::OpenSession("s1".to_owned())],
        Row::Session(2),
    );
    check(&[Msg::Go(Go::End), Msg::Close], &[], Row::Browse);
    check(&[Msg::Go(Go::End), Msg::Go(Go::Top)], &[], Row::Picture(0));
    check(&[Msg::Go(Go::Up)], &[], Row::Picture(0));
    check(&[Msg::Escape], &[Effect::Leave], Row::Picture(0));
    check(&[Msg::Browse], &[Effect::Browse], Row::Picture(0));
}

#[test]
fn slices_are_listed_and_folded() {
    let unfold = [DOWN, DOWN, DOWN, Msg::Enter];
    check(&unfold, &[], Row::Parts);
    let with = |more: &[Msg]| [unfold.as_slice(), more].concat();
    check(
        &with(&[DOWN, DOWN, Msg::Enter]),
        &[Effect::Part(1)],
        Row::Part(1),
    );
    check(
        &with(&[Msg::Go(Go::PageDown), Msg::Enter]),
        &[Effect::Part(10)],
        Row::Part(10),
    );
    check(&with(&[DOWN, DOWN, Msg::Unfold(false)]), &[], Row::Parts);
    check(&with(&[DOWN, DOWN, Msg::Parts(None)]), &[], Row::Session(0));
}

#[test]
fn the_choice_stays_with_its_row_when_lists_change() {
    let more = |n: usize| Msg::Pictures {
        list: (0..n)
            .map(|it| picture(&format!("p{it}"), 1, None))
            .collect(),
        in_view: Some(2),
        second: None,
    };
    check(&[Msg::Go(Go::End), more(9)], &[], Row::Browse);
    check(&[DOWN, more(9)], &[], Row::Picture(1));
    check(
        &[Msg::Go(Go::End), Msg::Sessions(Vec::new()), more(0)],
        &[],
        Row::Browse,
    );
    check(&[DOWN, more(0)], &[], Row::Session(0));
}

#[test]
fn the_mouse_chooses_and_does() {
    check(&[Msg::Click(3, 2)], &[Effect::Show(1)], Row::Picture(1));
    check(&[Msg::Click(3, 0)], &[], Row::Picture(0));
    check(&[Msg::Click(3, 5)], &[Effect::Open], Row::Open);
    check(&[Msg::Click(3, 9)], &[], Row::Session(1));
    check(
        &[Msg::Click(3, 9), Msg::Click(3, 9)],
        &[Effect::OpenSession("s2".to_owned())],
        Row::Session(1),
    );
    check(&[Msg::Click(24, 2)], &[], Row::Picture(0));
    check(&[Msg::Click(3, 12)], &[], Row::Picture(0));
    let narrow = Msg::Resize(3, 12);
    check(
        &[narrow.clone(), Msg::Click(1, 1)],
        &[Effect::Show(1)],
        Row::Picture(1),
    );
    check(
        &[narrow, Msg::Click(1, 7)],
        &[Effect::Unfold],
        Row::Picture(0),
    );
}

#[test]
fn the_wheel_moves_the_screen_to_both_ends() {
    let mut rail = full(24, 6);
    let most = rail.n_rows() - 6;
    for n in 1..=20 {
        rail.update(Msg::Scroll(1));
        assert_eq!(rail.top, n.min(most));
        let on_screen = rail.top..rail.top + 6;
        assert!(
            on_screen.contains(&rail.at) && !matches!(rail.chosen(), Row::Head(_)),
            "{rail:?}"
        );
    }
    rail.update(Msg::Scroll(i16::MIN));
    assert_eq!(rail.top, 0);
}

#[test]
fn wide() {
    insta::assert_snapshot!(rows_of(&drawn(&full(30, 14), ("none", Lang::En))), @"
         pictures
        │1 chest-2024.dcm       prior
         2 chest-2026.dcm     current
        ▸3 thorax/series-3         40
           ▸ slice 12/40
         + open a picture

         sessions
        ●this session             now
         effusion, left       4 turns
         结节随访            12 turns
         all sessions
        ");
    insta::assert_snapshot!(rows_of(&drawn(&full(30, 14), ("none", Lang::Zh))), @"
         图片
        │1 chest-2024.dcm        既往
         2 chest-2026.dcm        当前
        ▸3 thorax/series-3         40
           ▸ 层面 12/40
         + 打开图片

         会话
        ●本次会话                 now
         effusion, left       4 turns
         结节随访            12 turns
         所有会话
        ");
}

#[test]
fn narrow() {
    let mut rail = full(18, 9);
    rail.update(Msg::Unfold(true));
    insta::assert_snapshot!(rows_of(&drawn(&rail, ("none", Lang::En))), @"
         pictures
        │1 chest-2… prior
         2 chest-2026.… c
        ▸3 thorax/ser… 40
           ▾ slice 12/40
               slice 1
               slice 2
               slice 3
               slice 4   ↓
        ");
    rail.update(Msg::Go(Go::PageDown));
    rail.update(Msg::Go(Go::PageDown));
    insta::assert_snapshot!(rows_of(&drawn(&rail, ("ascii", Lang::En))), @"
          slice 5   ^
          slice 6
          slice 7
          slice 8
          slice 9
          slice 10
          slice 11
        - slice 12
          slice 13  v
        ");
}

#[test]
fn three_columns() {
    insta::assert_snapshot!(rows_of(&drawn(&full(3, 6), ("none", Lang::En))), @"
        │1p
         2c
        ▸3


         ▸
        ");
}

#[test]
fn the_chosen_row_is_seen_without_colour() {
    let shown = modifiers_of(&drawn(&full(24, 3), ("none", Lang::En)));
    let rows: Vec<&str> = shown.lines().collect();
    assert_eq!(rows[1], "#".repeat(24));
    assert!(!rows[2].contains('#'));
}

#[test]
fn nothing_is_open() {
    let mut rail = Rail::new();
    rail.update(Msg::Resize(20, 6));
    insta::assert_snapshot!(rows_of(&drawn(&rail, ("none", Lang::En))), @"
        pictures
        + open a picture

        sessions
        all sessions
        ");
    assert_eq!(rail.chosen(), Row::Open);
}

#[test]
fn no_size_and_no_text_is_a_panic() {
    let all = [Go::Up, Go::Down, Go::PageUp, Go::PageDown, Go::Top, Go::End];
    for width in 0..30 {
        for height in 0..9 {
            let mut rail = full(width, height);
            let list =
                vec![picture(&"\u{1b}]0;\u{202e}积\u{301}".repeat(900), usize::MAX, None); 3];
            rail.update(Msg::Pictures {
                list,
                in_view: Some(7),
                second: Some(usize::MAX),
            });
            rail.update(Msg::Part(usize::MAX));
            for go in all {
                rail.update(Msg::Go(go));
                rail.update(Msg::Unfold(true));
                let buf = drawn(&rail, ("none", Lang::Zh));
                assert!(!rows_of(&buf).contains(|it: char| it.is_control() && it != '\n'));
            }
            for at in 0..40 {
                rail.update(Msg::Click(at, at));
                rail.update(Msg::Scroll(-3));
            }
        }
    }
}

#[test]
fn thousands_of_slices_are_no_matter() {
    let mut rail = full(24, 20);
    let names = (0..200_000).map(|it| it.to_string()).collect();
    rail.update(Msg::Parts(Some(Parts {
        kind: PartKind::Slices,
        names,
        here: 7,
    })));
    rail.update(Msg::Unfold(true));
    let begin = std::time::Instant::now();
    for _ in 0..1000 {
        rail.update(Msg::Go(Go::PageDown));
        drawn(&rail, ("none", Lang::En));
    }
    assert!(begin.elapsed().as_secs() < 2, "{:?}", begin.elapsed());
}
