//! Sizes and wishes in, places out: tables for the sizes people have, and every size there is for what must always hold.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Border, Kind, LEAST, Layout, Pane, RailForm, Sizes, Way, Wish};
use crate::settings::Lang;
use crate::tui::testing::{rows_of, theme};

fn layout(width: u16, height: u16, wish: &Wish) -> Layout {
    Layout::new(Rect::new(0, 0, width, height), wish, Sizes::default())
}

/// `kind  rail 0+18x48  picture …`: columns and rows of everything that is shown.
fn told(layout: &Layout) -> String {
    let [first, second] = layout.pictures;
    let parts = [
        ("title", layout.title),
        ("rail", layout.rail),
        ("picture", first),
        ("second", second),
        ("talk", layout.talk),
        ("gauge", layout.gauge),
        ("progress", layout.progress),
        ("input", layout.input),
        ("player", layout.player),
        ("status", layout.status),
    ];
    let shown = parts.into_iter().filter_map(|(name, area)| {
        let it = area?;
        Some(format!(
            "{name} {},{} {}x{}",
            it.x, it.y, it.width, it.height
        ))
    });
    let shown: Vec<String> = shown.collect();
    format!("{:?}: {}", layout.kind, shown.join("; "))
}

#[track_caller]
fn check(size: (u16, u16), wish: Wish, expected: &str) {
    assert_eq!(told(&layout(size.0, size.1, &wish)), expected);
}

const fn with(focus: Pane, front: Pane) -> Wish {
    Wish {
        focus,
        front,
        rail: RailForm::Open,
        has_picture: true,
        is_full: false,
        is_double: false,
        input: 1,
        has_progress: false,
        has_player: false,
    }
}

const ASKING: Wish = with(Pane::Input, Pane::Talk);

#[test]
fn a_wide_window_has_three_columns() {
    check(
        (120, 40),
        ASKING,
        "Wide: title 0,0 120x1; rail 0,1 18x37; picture 19,1 53x37; talk 73,1 47x35; gauge 73,36 47x1; input 73,37 47x1; status 0,38 120x2",
    );
    check(
        (200, 60),
        Wish {
            is_double: true,
            ..ASKING
        },
        "Wide: title 0,0 200x1; rail 0,1 30x57; picture 31,1 44x57; second 76,1 44x57; talk 121,1 79x55; gauge 121,56 79x1; input 121,57 79x1; status 0,58 200x2",
    );
    check(
        (120, 40),
        Wish {
            rail: RailForm::Folded,
            ..ASKING
        },
        "Wide: title 0,0 120x1; rail 0,1 3x37; picture 4,1 61x37; talk 66,1 54x35; gauge 66,36 54x1; input 66,37 54x1; status 0,38 120x2",
    );
    check(
        (120, 10),
        Wish {
            has_picture: false,
            rail: RailForm::Hidden,
            ..ASKING
        },
        "Wide: talk 0,0 120x7; gauge 0,7 120x1; input 0,8 120x1; status 0,9 120x1",
    );
}

#[test]
fn an_ordinary_window_has_the_picture_above_the_conversation() {
    check(
        (80, 24),
        ASKING,
        "Stacked: picture 0,0 80x11; talk 0,12 80x9; gauge 0,21 80x1; input 0,22 80x1; status 0,23 80x1",
    );
    check(
        (80, 24),
        with(Pane::Rail, Pane::Rail),
        "Stacked: rail 0,0 80x21; gauge 0,21 80x1; input 0,22 80x1; status 0,23 80x1",
    );
    check(
        (80, 24),
        Wish {
            has_picture: false,
            ..ASKING
        },
        "Stacked: talk 0,0 80x21; gauge 0,21 80x1; input 0,22 80x1; status 0,23 80x1",
    );
    check(
        (80, 24),
        Wish {
            is_double: true,
            has_player: true,
            ..ASKING
        },
        "Stacked: picture 0,0 39x10; second 40,0 40x10; talk 0,11 80x9; gauge 0,20 80x1; input 0,21 80x1; player 0,22 80x1; status 0,23 80x1",
    );
}

#[test]
fn a_tiny_window_has_one_pane_and_the_input() {
    let talk = "Single: talk 0,0 40x9; gauge 0,9 40x1; input 0,10 40x1; status 0,11 40x1";
    let picture = "Single: picture 0,0 40x9; gauge 0,9 40x1; input 0,10 40x1; status 0,11 40x1";
    check((40, 12), ASKING, talk);
    check((40, 12), with(Pane::Input, Pane::Picture), picture);
    check((40, 12), with(Pane::Picture, Pane::Talk), picture);
    check((40, 12), with(Pane::Input, Pane::Input), talk);
    check(
        (30, 8),
        Wish { input: 9, ..ASKING },
        "Single: talk 0,0 30x4; gauge 0,4 30x1; input 0,5 30x2; status 0,7 30x1",
    );
}

#[test]
fn the_picture_can_be_alone() {
    let alone = Wish {
        is_full: true,
        ..with(Pane::Picture, Pane::Picture)
    };
    check(
        (200, 60),
        alone,
        "Full: picture 0,0 200x58; status 0,58 200x2",
    );
    check((40, 12), alone, "Full: picture 0,0 40x11; status 0,11 40x1");
    check((29, 8), alone, "TooSmall: ");
    check((30, 7), alone, "TooSmall: ");
}

#[test]
fn a_long_input_grows_up_to_a_third_and_the_picture_stays_where_it_is() {
    for (width, height) in [(120, 40), (80, 24), (200, 60)] {
        let short = layout(width, height, &ASKING);
        for rows in 1..40 {
            let long = layout(
                width,
                height,
                &Wish {
                    input: rows,
                    ..ASKING
                },
            );
            let most = (height - 1) / 3;
            let input = long.input.unwrap().height;
            assert!(
                input <= most && input >= rows.min(most - 1),
                "{rows}: {input}"
            );
            if rows <= 4 || width >= 110 {
                assert_eq!(long.pictures, short.pictures, "{rows} rows");
            }
        }
    }
}

#[test]
fn progress_moves_nothing() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let before = layout(width, height, &ASKING);
        let after = layout(
            width,
            height,
            &Wish {
                has_progress: true,
                ..ASKING
            },
        );
        assert_eq!(after.progress, before.gauge);
        assert_eq!(
            (after.pictures, after.talk, after.input),
            (before.pictures, before.talk, before.input)
        );
    }
}

/// Every combination of switches that changes the geometry.
fn wishes() -> Vec<Wish> {
    let mut all = Vec::new();
    for focus in [Pane::Rail, Pane::Picture, Pane::Talk, Pane::Input] {
        for bits in 0..8_u16 {
            let bit = |n: u16| bits & (1 << n) != 0;
            all.push(Wish {
                focus,
                front: if bit(0) { Pane::Picture } else { Pane::Talk },
                rail: [RailForm::Open, RailForm::Folded, RailForm::Hidden][usize::from(bits % 3)],
                has_picture: bits != 3,
                is_full: bits == 5,
                is_double: bit(1),
                input: bits * 3,
                has_progress: bit(2),
                has_player: bit(0),
            });
        }
    }
    all
}

#[track_caller]
fn check_places(area: Rect, wish: &Wish, sizes: Sizes) {
    let it = Layout::new(area, wish, sizes);
    let single = [
        it.title,
        it.rail,
        it.pictures[0],
        it.pictures[1],
        it.talk,
        it.gauge,
    ];
    let more = [it.progress, it.input, it.player, it.status];
    let parts: Vec<Rect> = single
        .into_iter()
        .chain(more)
        .flatten()
        .chain(it.lines.iter().map(|it| it.area))
        .collect();
    let mut covered = 0;
    for (n, part) in parts.iter().enumerate() {
        assert!(
            !part.is_empty() && part.intersection(area) == *part,
            "{area:?} {wish:?}: {part:?}"
        );
        covered += u32::from(part.width) * u32::from(part.height);
        for other in &parts[..n] {
            assert!(
                !part.intersects(*other),
                "{area:?} {wish:?}: {part:?} {other:?}"
            );
        }
    }
    let all = u32::from(area.width) * u32::from(area.height);
    let is_small = area.width < LEAST.0 || area.height < LEAST.1;
    // Without overlap, as many cells as the area has mean that none is forgotten.
    assert_eq!(covered, if is_small { 0 } else { all }, "{area:?} {wish:?}");
    assert_eq!(is_small, it.kind == Kind::TooSmall);
    let is_shown = |pane| it.panes().any(|it| it.0 == pane);
    assert!(
        is_small || it.kind == Kind::Full || is_shown(Pane::Input),
        "{area:?} {wish:?}"
    );
    let has_focus =
        is_shown(wish.focus) || wish.focus == Pane::Rail && wish.rail == RailForm::Hidden;
    assert!(
        is_small || it.kind == Kind::Full || has_focus || !wish.has_picture,
        "{area:?} {wish:?}"
    );
}

#[test]
fn panes_fill_the_window_and_never_overlap_in_any_size() {
    let wishes = wishes();
    let odd = [
        Sizes::default(),
        Sizes {
            rail: 0,
            across: 0,
            down: 0,
        },
        Sizes {
            rail: u16::MAX,
            across: u16::MAX,
            down: u16::MAX,
        },
    ];
    for width in 1..=250 {
        for height in 1..=80 {
            let n = usize::from(width * 3 + height);
            for wish in wishes.iter().skip(n % 4).step_by(4) {
                check_places(Rect::new(0, 0, width, height), wish, odd[n % 3]);
            }
        }
    }
    for wish in &wishes {
        for (width, height) in [(80, 24), (40, 12), (120, 40), (110, 8), (30, 8), (250, 80)] {
            for sizes in odd {
                check_places(Rect::new(3, 2, width, height), wish, sizes);
            }
        }
    }
    check_places(
        Rect::new(0, 0, u16::MAX, u16::MAX / 2),
        &ASKING,
        Sizes::default(),
    );
}

#[test]
fn a_border_goes_where_it_is_dragged_and_stays_there() {
    let widths = (110..=250).step_by(7);
    for (width, height) in widths
        .map(|it| (it, 40))
        .chain([(80, 24), (60, 50), (80, 40)])
    {
        let mut sizes = Sizes::default();
        let area = Rect::new(0, 0, width, height);
        let it = Layout::new(area, &ASKING, sizes);
        for line in it.lines.clone() {
            let border = line.border.unwrap();
            let at = (line.area.x, line.area.y);
            assert_eq!(it.border_at(at.0, at.1), Some(border));
            let to = (at.0.saturating_sub(1), at.1.saturating_sub(1));
            it.drag(&mut sizes, border, at);
            let same = Layout::new(area, &ASKING, sizes);
            assert_eq!(same.border_at(at.0, at.1), Some(border), "{width}x{height}");
            if border == Border::Rail && at.0 <= 18 {
                continue;
            }
            it.drag(&mut sizes, border, to);
            let moved = Layout::new(area, &ASKING, sizes);
            let to = if line.is_upright {
                (to.0, at.1)
            } else {
                (at.0, to.1)
            };
            assert_eq!(
                moved.border_at(to.0, to.1),
                Some(border),
                "{width}x{height}"
            );
            it.drag(&mut sizes, border, at);
        }
    }
}

#[test]
fn a_border_dragged_far_away_stops_at_what_panes_need() {
    for (width, height) in [(110, 8), (250, 80), (80, 24), (30, 18)] {
        for to in [(0, 0), (u16::MAX, u16::MAX)] {
            let mut sizes = Sizes::default();
            let area = Rect::new(0, 0, width, height);
            let it = Layout::new(area, &ASKING, sizes);
            for border in [Border::Rail, Border::Across, Border::Down] {
                it.drag(&mut sizes, border, to);
            }
            check_places(area, &ASKING, sizes);
            let again = Layout::new(area, &ASKING, sizes);
            again.drag(&mut sizes, Border::Down, to);
            assert!(again.talk.unwrap().height >= 3);
        }
    }
}

#[track_caller]
fn check_border(size: (u16, u16), focus: Pane, way: Way, expected: Option<Border>) {
    assert_eq!(
        layout(size.0, size.1, &with(focus, Pane::Talk)).border_of(focus, way),
        expected
    );
}

#[test]
fn keys_move_the_border_beside_the_pane() {
    check_border((120, 40), Pane::Rail, Way::Left, Some(Border::Rail));
    check_border((120, 40), Pane::Picture, Way::Left, Some(Border::Across));
    check_border((120, 40), Pane::Talk, Way::Right, Some(Border::Across));
    check_border((120, 40), Pane::Input, Way::Right, Some(Border::Across));
    check_border((120, 40), Pane::Input, Way::Up, None);
    check_border((80, 24), Pane::Input, Way::Up, Some(Border::Down));
    check_border((80, 24), Pane::Picture, Way::Left, None);
    check_border((40, 12), Pane::Picture, Way::Up, None);
    let (mut sizes, it) = (Sizes::default(), layout(120, 40, &ASKING));
    assert!(it.push(&mut sizes, Pane::Talk, Way::Left));
    let moved = Layout::new(it.area, &ASKING, sizes);
    assert_eq!(moved.talk.unwrap().x, it.talk.unwrap().x - 2);
}

#[track_caller]
fn check_next(wish: Wish, expected: [Pane; 2]) {
    assert_eq!([wish.next(true), wish.next(false)], expected);
}

#[test]
fn the_keys_go_round_the_panes_that_are_there() {
    check_next(with(Pane::Input, Pane::Talk), [Pane::Rail, Pane::Talk]);
    check_next(with(Pane::Rail, Pane::Talk), [Pane::Picture, Pane::Input]);
    let no_rail = Wish {
        rail: RailForm::Hidden,
        has_picture: false,
        ..ASKING
    };
    check_next(no_rail, [Pane::Talk, Pane::Talk]);
}

#[test]
fn a_pane_that_gets_the_keys_is_shown() {
    let mut wish = Wish {
        has_picture: false,
        rail: RailForm::Hidden,
        ..ASKING
    };
    wish.give(Pane::Picture);
    assert!(wish.has_picture && wish.front == Pane::Picture);
    wish.toggle_full();
    assert!(wish.is_full && wish.focus == Pane::Picture);
    wish.give(Pane::Input);
    assert!(!wish.is_full && wish.front == Pane::Picture);
    wish.give(Pane::Rail);
    assert_eq!(wish.rail, RailForm::Open);
    wish.give(Pane::Picture);
    wish.toggle_picture();
    assert_eq!(
        (wish.has_picture, wish.focus, wish.front),
        (false, Pane::Input, Pane::Talk)
    );
    wish.toggle_full();
    assert!(wish.has_picture && wish.is_full);
    wish.toggle_full();
    assert!(!wish.is_full);
}

fn small(width: u16, height: u16, lang: Lang) -> String {
    let it = layout(width, height, &ASKING);
    let mut buf = Buffer::empty(it.area);
    it.view(Pane::Input, &theme("none"), lang, &mut buf);
    rows_of(&buf)
}

#[test]
fn a_window_without_room_says_so() {
    assert_eq!(
        small(60, 1, Lang::En),
        "the window is too small: 30 × 8 needed, it is 60 × 1"
    );
    assert_eq!(small(20, 5, Lang::Zh).trim_end(), "太小：需 30 × 8");
    assert_eq!(
        small(40, 5, Lang::Zh).trim_end(),
        "窗口太小：需要 30 × 8，现为 40 × 5"
    );
    assert_eq!(small(29, 2, Lang::En).trim_end(), "too small: needs 30 × 8");
    assert_eq!(
        small(12, 3, Lang::En).trim_end(),
        "too small:\nneeds 30 × 8"
    );
    for (width, height) in [(0, 0), (1, 1), (0, 9), (3, 0), (1, 40)] {
        small(width, height, Lang::Zh);
    }
}

#[test]
fn lines_say_who_has_the_keys_without_colour() {
    let shown = |size: (u16, u16), focus| {
        let it = layout(size.0, size.1, &with(focus, Pane::Talk));
        let mut buf = Buffer::empty(it.area);
        it.view(focus, &theme("none"), Lang::En, &mut buf);
        let rows = rows_of(&buf);
        let all: Vec<String> = rows.lines().map(|it| it.trim_end().to_owned()).collect();
        all[11].clone()
    };
    assert!(shown((80, 24), Pane::Picture).starts_with("── ↑ picture ───"));
    assert!(shown((80, 24), Pane::Talk).starts_with("── ↓ conversation ───"));
    assert!(shown((80, 24), Pane::Input).starts_with("──────"));
    let signs = |focus| {
        shown((120, 40), focus)
            .split_whitespace()
            .collect::<String>()
    };
    assert_eq!(signs(Pane::Rail), "┃│");
    assert_eq!(signs(Pane::Picture), "┃┃");
    assert_eq!(signs(Pane::Talk), "│┃");
    assert_eq!(signs(Pane::Input), "│┃");
}
