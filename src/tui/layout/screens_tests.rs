//! All pieces of the frame in, whole screens out: where everything stands, at the sizes people have.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Layout, Pane, RailForm, Sizes, Wish};
use crate::session::Event;
use crate::settings::Lang;
use crate::tui::progress::{Progress, What};
use crate::tui::rail::{Msg as RailMsg, PartKind, Parts, Picture, Rail, Role, Session};
use crate::tui::status::{Model, Msg as StatusMsg, Status};
use crate::tui::testing::{rows_of, theme};
use crate::tui::title::Title;

fn rail(area: Rect) -> Rail {
    let picture = |name: &str, n_slices, role| Picture {
        name: name.to_owned(),
        n_slices,
        role,
    };
    let list = vec![
        picture("chest-2024.dcm", 1, Some(Role::Prior)),
        picture("thorax", 40, Some(Role::Current)),
    ];
    let parts = Parts {
        kind: PartKind::Slices,
        names: vec![String::new(); 40],
        here: 11,
    };
    let here = Session {
        id: "1".to_owned(),
        title: String::new(),
        note: String::new(),
        is_here: true,
    };
    let mut rail = Rail::new();
    for msg in [
        RailMsg::Resize(area.width, area.height),
        RailMsg::Pictures {
            list,
            in_view: Some(1),
            second: None,
        },
        RailMsg::Parts(Some(parts)),
        RailMsg::Sessions(vec![here]),
    ] {
        rail.update(msg);
    }
    rail
}

/// The whole frame; panes of others say their names.
fn screen(size: (u16, u16), wish: Wish, looks: (&str, Lang)) -> String {
    let (theme, lang) = (theme(looks.0), looks.1);
    let now = Instant::now();
    let area = Rect::new(0, 0, size.0, size.1);
    let layout = Layout::new(area, &wish, Sizes::default());
    let mut buf = Buffer::empty(area);
    layout.view(wish.focus, &theme, lang, &mut buf);
    let title = Title {
        picture: "thorax".to_owned(),
        session: "2026-11-24".to_owned(),
        note: String::new(),
    };
    title.view(&layout, wish.focus, &theme, lang, &mut buf);
    if let Some(area) = layout.rail {
        rail(area).view(wish.focus == Pane::Rail, &theme, lang, area, &mut buf);
    }
    let mut progress = Progress::default();
    progress.step(What::Prefill, 400, 900, now);
    if let Some(area) = layout.progress {
        let later = now + Duration::from_secs(1);
        progress.view(later, &theme, lang, area, &mut buf);
    }
    let mut status = Status::default();
    let model = Model {
        name: "phantom".to_owned(),
        device: "cpu".to_owned(),
        quant: String::new(),
        is_phantom: true,
    };
    status.update(StatusMsg::Model(model), now);
    let reading = Event::Prefill {
        done: 400,
        total: 900,
    };
    status.update(StatusMsg::Event(reading), now);
    if let Some(area) = layout.status {
        status.view(&theme, lang, area, &mut buf);
    }
    let others = [
        ("[picture]", layout.pictures[0]),
        ("[second]", layout.pictures[1]),
        ("[talk]", layout.talk),
        ("[gauge]", layout.gauge),
        ("[input]", layout.input),
        ("[player]", layout.player),
    ];
    for (name, area) in others {
        if let Some(area) = area {
            buf.set_stringn(area.x, area.y, name, usize::from(area.width), theme.text);
        }
    }
    rows_of(&buf)
}

const READING: Wish = Wish {
    focus: Pane::Talk,
    front: Pane::Talk,
    rail: RailForm::Open,
    has_picture: true,
    is_full: false,
    is_double: false,
    input: 1,
    has_progress: true,
    has_player: false,
};

#[test]
fn wide() {
    insta::assert_snapshot!(screen((120, 20), READING, ("none", Lang::En)), @"
         medlab             thorax                                               ▸2026-11-24
         pictures         │[picture]                                            ┃[talk]
         1 chest-2… prior │                                                     ┃
        ▸2 thorax current │                                                     ┃
           ▸ slice 12/40  │                                                     ┃
         + open a picture │                                                     ┃
                          │                                                     ┃
         sessions         │                                                     ┃
        ●this session     │                                                     ┃
         all sessions     │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃
                          │                                                     ┃reading the prompt 400/900 ████████············
                          │                                                     ┃[input]
        reading 400/900 · not recorded · phantom cpu            phantom: knows drawings only · research only · not for diagnosis
        ");
    let double = Wish {
        is_double: true,
        rail: RailForm::Folded,
        focus: Pane::Picture,
        ..READING
    };
    insta::assert_snapshot!(screen((130, 12), double, ("ascii", Lang::En)), @"
         1p|[picture]                       |[second]                         #[talk]
        +2c|                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #
           |                                |                                 #reading the prompt 400/900 ##############..................
         + |                                |                                 #[input]
        reading 400/900 - not recorded - phantom cpu                      phantom: knows drawings only - research only - not for diagnosis
        ");
}

#[test]
fn ordinary() {
    insta::assert_snapshot!(screen((80, 24), READING, ("none", Lang::Zh)), @"
        [picture]










        ── ↓ 对话 ──────────────────────────────────────────────────────────────────────
        [talk]








        正在读取提示 400/900 █████████████████·······················
        [input]
        读取 400/900 · 未记录 · phantom      phantom：只认识图画 · 仅供研究 · 不用于诊断
        ");
    let rail = Wish {
        focus: Pane::Rail,
        ..READING
    };
    insta::assert_snapshot!(screen((80, 18), rail, ("none", Lang::En)), @"
         pictures
         1 chest-2024.dcm                                                         prior
        ▸2 thorax                                                            40 current
           ▸ slice 12/40
         + open a picture

         sessions
        ●this session
         all sessions






        reading the prompt 400/900 █████████████████·······················
        [input]
        reading 400/900 · phantom cpu   phantom: knows drawings only · not for diagnosis
        ");
}

#[test]
fn tiny() {
    insta::assert_snapshot!(screen((40, 12), READING, ("none", Lang::En)), @"
        [talk]








        reading the prompt 400/900 █████········
        [input]
        400/900     drawings · not for diagnosis
        ");
    let player = Wish {
        has_player: true,
        has_progress: false,
        focus: Pane::Picture,
        ..READING
    };
    insta::assert_snapshot!(screen((30, 8), player, ("none", Lang::Zh)), @"
        [picture]



        [gauge]
        [input]
        [player]
        400/900    仅图画 · 不用于诊断
        ");
}

#[test]
fn in_ascii_everything_is() {
    for size in [(200, 60), (120, 40), (80, 24), (40, 12), (20, 5)] {
        let shown = screen(size, READING, ("ascii", Lang::En));
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn themes_differ_in_looks_only() {
    let expected = screen((120, 30), READING, ("none", Lang::En));
    for name in crate::tui::theme::THEMES {
        assert_eq!(screen((120, 30), READING, (name, Lang::En)), expected);
    }
}
