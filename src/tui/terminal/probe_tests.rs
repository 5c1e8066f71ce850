//! Terminals as they answer, by transcript, and what is made of it.

use super::super::replies::{Heard, Parser};
use super::*;
use crate::settings::Lang;
use ratatui::layout::Rect;

const SCREEN: Screen = Screen {
    columns: 120,
    rows: 40,
    pixels: (0, 0),
};

/// A terminal: what it is called, its environment, and what it answers to each question it knows.
struct Played {
    environment: &'static [(&'static str, &'static str)],
    answers: &'static [(&'static str, &'static str)],
}

const KITTY: Played = Played {
    environment: &[
        ("TERM", "xterm-kitty"),
        ("COLORTERM", "truecolor"),
        ("KITTY_WINDOW_ID", "1"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|kitty(0.42.1)\x1b\\"),
        (ASK_CELL, "\x1b[6;20;10t"),
        (ASK_AREA, "\x1b[4;800;1200t"),
        (ASK_BACKGROUND, "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (ASK_GRAPHICS, "\x1b_Gi=31;OK\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;2$y"),
        (ASK_KEYBOARD, "\x1b[?0u"),
        (ASK_ATTRIBUTES, "\x1b[?62;c"),
    ],
};

const GHOSTTY: Played = Played {
    environment: &[
        ("TERM", "xterm-ghostty"),
        ("COLORTERM", "truecolor"),
        ("TERM_PROGRAM", "ghostty"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|ghostty 1.2.3\x1b\\"),
        (ASK_CELL, "\x1b[6;34;16t"),
        (ASK_BACKGROUND, "\x1b]11;rgb:2828/2c2c/3434\x1b\\"),
        (ASK_GRAPHICS, "\x1b_Gi=31;OK\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;2$y"),
        (ASK_KEYBOARD, "\x1b[?0u"),
        (ASK_ATTRIBUTES, "\x1b[?62;22c"),
    ],
};

const WEZTERM: Played = Played {
    environment: &[
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("TERM_PROGRAM", "WezTerm"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\"),
        (ASK_CELL, "\x1b[6;17;8t"),
        (ASK_GRAPHICS, "\x1b_Gi=31;OK\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;2$y"),
        (ASK_BACKGROUND, "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (ASK_ATTRIBUTES, "\x1b[?65;4;6;18;22c"),
    ],
};

const ITERM: Played = Played {
    environment: &[
        ("TERM", "xterm-256color"),
        ("LC_TERMINAL", "iTerm2"),
        ("SSH_CONNECTION", "1 2 3 4"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|iTerm2 3.6.2\x1b\\"),
        (ASK_CELL, "\x1b[6;18;8t"),
        (ASK_GRAPHICS, "\x1b_Gi=31;OK\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;2$y"),
        (ASK_BACKGROUND, "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"),
        (ASK_KEYBOARD, "\x1b[?0u"),
        (ASK_ATTRIBUTES, "\x1b[?64;1;2;4;6;17;18;21;22c"),
    ],
};

const FOOT: Played = Played {
    environment: &[("TERM", "foot"), ("COLORTERM", "truecolor")],
    answers: &[
        (ASK_NAME, "\x1bP>|foot(1.16.2)\x1b\\"),
        (ASK_CELL, "\x1b[6;15;7t"),
        (ASK_AREA, "\x1b[4;600;840t"),
        (ASK_BACKGROUND, "\x1b]11;rgb:2424/2424/2424\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;2$y"),
        (ASK_KEYBOARD, "\x1b[?0u"),
        (ASK_ATTRIBUTES, "\x1b[?62;4;22;28c"),
    ],
};

const XTERM: Played = Played {
    environment: &[("TERM", "xterm-256color")],
    answers: &[
        (ASK_NAME, "\x1bP>|XTerm(390)\x1b\\"),
        (ASK_BACKGROUND, "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"),
        (ASK_UPDATES, "\x1b[?2026;0$y"),
        (ASK_ATTRIBUTES, "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"),
    ],
};

const XTERM_340: Played = Played {
    environment: &[("TERM", "xterm-256color")],
    answers: &[
        (ASK_NAME, "\x1bP>|XTerm(390)\x1b\\"),
        (ASK_ATTRIBUTES, "\x1b[?63;1;2;4;6;9;15;16;22;28c"),
    ],
};

const APPLE: Played = Played {
    environment: &[
        ("TERM", "xterm-256color"),
        ("TERM_PROGRAM", "Apple_Terminal"),
    ],
    answers: &[
        (ASK_BACKGROUND, "\x1b]11;rgb:ffff/ffff/ffff\x07"),
        (ASK_ATTRIBUTES, "\x1b[?1;2c"),
    ],
};

const SILENT: Played = Played {
    environment: &[("TERM", "xterm-256color")],
    answers: &[],
};

const CONSOLE: Played = Played {
    environment: &[("TERM", "linux")],
    answers: &[(ASK_ATTRIBUTES, "\x1b[?6c")],
};

const TMUX: Played = Played {
    environment: &[
        ("TERM", "tmux-256color"),
        ("TMUX", "/tmp/tmux-0/default,1,0"),
        ("COLORTERM", "truecolor"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|tmux 3.5a\x1b\\"),
        (ASK_CELL, "\x1b[6;20;10t"),
        (ASK_ATTRIBUTES, "\x1b[?1;2;4c"),
    ],
};

const ZELLIJ: Played = Played {
    environment: &[
        ("TERM", "xterm-kitty"),
        ("ZELLIJ", "0"),
        ("KITTY_WINDOW_ID", "1"),
    ],
    answers: &[
        (ASK_NAME, "\x1bP>|Zellij(4300)\x1b\\"),
        (ASK_CELL, "\x1b[6;20;10t"),
        (ASK_ATTRIBUTES, "\x1b[?62;4c"),
    ],
};

impl Played {
    fn probe(&self, wish: Graphics) -> Probe {
        let get = |name: &str| {
            self.environment
                .iter()
                .find(|it| it.0 == name)
                .map(|it| it.1.to_owned())
        };
        Probe::new(wish, Environment::read(&get), SCREEN)
    }

    /// What comes back for these questions, in their order.
    fn answer(&self, questions: &str) -> String {
        let mut known: Vec<(usize, &str)> = self
            .answers
            .iter()
            .flat_map(|(question, answer)| {
                questions.match_indices(question).map(|it| (it.0, *answer))
            })
            .collect();
        known.sort_unstable();
        known.into_iter().map(|it| it.1).collect()
    }

    /// Asks and answers until there is nothing more to ask. Everything that was asked comes back too.
    fn talk(&self, probe: &mut Probe) -> String {
        let (mut parser, mut asked) = (Parser::default(), String::new());
        let mut next = probe.begin();
        while !next.is_empty() {
            let answer = self.answer(&next);
            asked += &next;
            next.clear();
            parser.feed(answer.as_bytes(), true, &mut |heard| match heard {
                Heard::Reply(reply) => next += &probe.hear(&reply),
                Heard::Event(event) => panic!("an answer leaked: {event:?}"),
            });
        }
        asked
    }

    fn caps(&self, wish: Graphics) -> Caps {
        let mut probe = self.probe(wish);
        self.talk(&mut probe);
        probe.caps()
    }
}

#[track_caller]
fn check(played: &Played, protocol: Protocol, why: Why) -> Caps {
    let caps = played.caps(Graphics::Auto);
    assert_eq!((caps.protocol, caps.why), (protocol, why));
    caps
}

#[test]
fn every_terminal_gets_what_it_does_best() {
    let caps = check(&KITTY, Protocol::Kitty, Why::Answered);
    assert_eq!(
        (caps.cell, caps.has_updates, caps.is_light),
        (CellSize::measured(10, 20).unwrap(), Some(true), Some(false))
    );
    assert!(caps.has_truecolor && caps.has_keyboard && caps.answers && !caps.is_remote);
    assert_eq!(caps.name.as_deref(), Some("kitty(0.42.1)"));
    check(&GHOSTTY, Protocol::Kitty, Why::Answered);
    check(&WEZTERM, Protocol::Iterm, Why::Preferred);
    let caps = check(&ITERM, Protocol::Iterm, Why::Preferred);
    assert!(caps.is_remote && caps.is_light == Some(true) && caps.has_truecolor);
    check(&FOOT, Protocol::Sixel, Why::Answered);
    let caps = check(&XTERM, Protocol::Blocks, Why::Lacks);
    assert_eq!(
        (caps.has_updates, caps.has_truecolor, caps.cell),
        (Some(false), false, CellSize::GUESS)
    );
    check(&XTERM_340, Protocol::Blocks, Why::NoCellSize);
    let caps = check(&APPLE, Protocol::Blocks, Why::Lacks);
    assert_eq!(
        (caps.is_light, caps.has_updates, caps.name),
        (Some(true), None, None)
    );
    let caps = check(&SILENT, Protocol::Blocks, Why::Silent);
    assert!(!caps.answers && !caps.cell.is_measured && caps.is_light.is_none());
    check(&CONSOLE, Protocol::Blocks, Why::Lacks);
    let caps = check(&ZELLIJ, Protocol::Sixel, Why::Answered);
    assert_eq!(caps.multiplexer, Multiplexer::Zellij);
}

#[test]
fn nobody_is_asked_what_would_be_seen() {
    for (played, seen) in [
        (&APPLE, &[ASK_UPDATES, ASK_GRAPHICS][..]),
        (&SILENT, &[ASK_UPDATES, ASK_GRAPHICS]),
        (
            &CONSOLE,
            &[ASK_UPDATES, ASK_GRAPHICS, ASK_NAME, ASK_BACKGROUND],
        ),
        (&TMUX, &[ASK_GRAPHICS]),
    ] {
        let asked = played.talk(&mut played.probe(Graphics::Auto));
        for question in seen {
            assert!(
                !asked.contains(question),
                "{:?}: {question:?}",
                played.environment
            );
        }
    }
}

#[test]
fn every_round_ends_with_what_every_terminal_answers() {
    for played in [
        &KITTY, &GHOSTTY, &WEZTERM, &ITERM, &FOOT, &XTERM, &APPLE, &SILENT, &CONSOLE, &TMUX,
        &ZELLIJ,
    ] {
        let mut probe = played.probe(Graphics::Auto);
        assert!(probe.begin().ends_with(ASK_ATTRIBUTES));
        probe.hear(&Reply::Version("some".to_owned()));
        let next = probe.hear(&Reply::Attributes(vec![1]));
        assert!(
            next.is_empty() || next.ends_with(ASK_ATTRIBUTES),
            "{next:?}"
        );
        assert_eq!(
            probe.hear(&Reply::Attributes(vec![1])),
            "",
            "and there are two rounds"
        );
    }
}

#[test]
fn before_any_answer_the_environment_decides() {
    let first = |played: &Played| played.probe(Graphics::Auto).caps();
    assert_eq!(
        (first(&KITTY).protocol, first(&KITTY).why),
        (Protocol::Kitty, Why::Named)
    );
    assert_eq!(first(&ITERM).protocol, Protocol::Iterm);
    assert_eq!(
        (first(&FOOT).protocol, first(&FOOT).why),
        (Protocol::Blocks, Why::Silent)
    );
    assert_eq!(
        (first(&TMUX).protocol, first(&TMUX).why),
        (Protocol::Blocks, Why::TmuxAsked)
    );
    assert_eq!(
        first(&ZELLIJ).protocol,
        Protocol::Blocks,
        "KITTY_WINDOW_ID is inherited"
    );
}

#[test]
fn an_answer_that_comes_late_counts() {
    let mut probe = FOOT.probe(Graphics::Auto);
    probe.begin();
    assert_eq!(probe.caps().protocol, Protocol::Blocks);
    probe.hear(&Reply::Cell(7, 15));
    probe.hear(&Reply::Attributes(vec![62, 4]));
    assert_eq!(probe.caps().protocol, Protocol::Sixel);
    probe.hear(&Reply::Graphics {
        id: 31,
        is_ok: true,
    });
    assert_eq!(probe.caps().protocol, Protocol::Kitty);
    probe.hear(&Reply::Graphics {
        id: 99,
        is_ok: false,
    });
    assert_eq!(
        probe.caps().protocol,
        Protocol::Kitty,
        "an answer about some picture is not about the protocol"
    );
}

#[test]
fn what_the_person_says_goes_before_everything() {
    for (wish, protocol) in [
        (Graphics::Sixel, Protocol::Sixel),
        (Graphics::Iterm, Protocol::Iterm),
        (Graphics::Blocks, Protocol::Blocks),
        (Graphics::Ascii, Protocol::Ascii),
        (Graphics::None, Protocol::None),
        (Graphics::Kitty, Protocol::Kitty),
    ] {
        let caps = SILENT.caps(wish);
        assert_eq!((caps.protocol, caps.why), (protocol, Why::Asked));
    }
    assert_eq!(TMUX.caps(Graphics::Kitty).protocol, Protocol::KittyInTmux);
}

#[test]
fn without_colours_pictures_are_pixels_or_letters() {
    let plain = |played: &Played, wish, name: Option<&str>| {
        let all: Vec<_> = played
            .environment
            .iter()
            .copied()
            .chain([("NO_COLOR", "1")])
            .collect();
        let get = |name: &str| all.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        let mut probe = Probe::new(wish, Environment::read(&get), SCREEN);
        played.talk(&mut probe);
        if let Some(name) = name {
            probe.hear_tmux(facts(name, true));
        }
        let caps = probe.caps();
        assert!(!caps.wants_colours);
        (caps.protocol, caps.why)
    };
    assert_eq!(
        plain(&KITTY, Graphics::Auto, None),
        (Protocol::Kitty, Why::Answered)
    );
    assert_eq!(
        plain(&FOOT, Graphics::Auto, None),
        (Protocol::Sixel, Why::Answered)
    );
    assert_eq!(
        plain(&APPLE, Graphics::Auto, None),
        (Protocol::Ascii, Why::NoColour)
    );
    assert_eq!(
        plain(&TMUX, Graphics::Auto, Some("kitty(0.42)")),
        (Protocol::Ascii, Why::NoColour)
    );
    assert_eq!(
        plain(&KITTY, Graphics::Blocks, None),
        (Protocol::Ascii, Why::AskedWithoutColours)
    );
}

fn facts(name: &str, passes: bool) -> Facts {
    Facts {
        passes_through: Some(passes),
        term: "xterm-256color".to_owned(),
        name: name.to_owned(),
        client: "1".to_owned(),
        ..Facts::default()
    }
}

#[test]
fn in_tmux_it_depends_on_what_is_around_it_and_gets_through() {
    let verdict = |facts: Facts| {
        let mut probe = TMUX.probe(Graphics::Auto);
        TMUX.talk(&mut probe);
        let next = probe.hear_tmux(facts);
        let caps = probe.caps();
        assert_eq!(caps.multiplexer, Multiplexer::Tmux);
        (caps.protocol, caps.why, !next.is_empty())
    };
    let plain = |protocol, why| (protocol, why, false);
    assert_eq!(
        verdict(facts("kitty(0.42.1)", true)),
        plain(Protocol::KittyInTmux, Why::ThroughTmux)
    );
    assert_eq!(
        verdict(facts("ghostty 1.2", true)),
        plain(Protocol::KittyInTmux, Why::ThroughTmux)
    );
    assert_eq!(
        verdict(facts("kitty(0.42.1)", false)),
        plain(Protocol::Blocks, Why::TmuxBlocks)
    );
    assert_eq!(
        verdict(facts("WezTerm 2024", true)),
        plain(Protocol::Blocks, Why::TmuxLacks)
    );
    assert_eq!(
        verdict(Facts::default()),
        plain(Protocol::Blocks, Why::TmuxDetached)
    );
    assert_eq!(
        verdict(facts("", true)),
        (Protocol::Blocks, Why::TmuxLacks, true),
        "asked around tmux"
    );
    let sixel = Facts {
        has_sixel: true,
        ..facts("foot(1.16)", false)
    };
    assert_eq!(verdict(sixel), plain(Protocol::Sixel, Why::TmuxDraws));
}

#[test]
fn a_nameless_terminal_around_tmux_may_still_answer() {
    let mut probe = TMUX.probe(Graphics::Auto);
    TMUX.talk(&mut probe);
    assert!(
        probe
            .hear_tmux(facts("", true))
            .starts_with("\x1bPtmux;\x1b\x1b_G")
    );
    probe.hear(&Reply::Graphics {
        id: 31,
        is_ok: true,
    });
    assert_eq!(probe.caps().protocol, Protocol::KittyInTmux);
}

#[test]
fn an_ssh_inside_of_tmux_is_recognised_by_the_answer() {
    let far = Played {
        environment: &[("TERM", "xterm-256color"), ("SSH_TTY", "/dev/pts/1")],
        ..TMUX
    };
    let mut probe = far.probe(Graphics::Auto);
    let asked = far.talk(&mut probe);
    assert!(asked.contains("\x1bPtmux;") && !asked.contains(&format!("c{ASK_GRAPHICS}")));
    assert_eq!(
        (probe.caps().multiplexer, probe.caps().protocol),
        (Multiplexer::Tmux, Protocol::Blocks)
    );
    probe.hear(&Reply::Graphics {
        id: 31,
        is_ok: true,
    });
    assert_eq!(probe.caps().protocol, Protocol::KittyInTmux);
}

#[test]
fn a_cell_is_as_large_as_the_best_source_says() {
    let mut probe = XTERM.probe(Graphics::Auto);
    probe.resized(Screen {
        columns: 100,
        rows: 50,
        pixels: (900, 900),
    });
    assert_eq!(probe.caps().cell, CellSize::measured(9, 18).unwrap());
    probe.hear(&Reply::Area(800, 800));
    assert_eq!(probe.caps().cell, CellSize::measured(8, 16).unwrap());
    probe.hear(&Reply::Cell(10, 21));
    assert_eq!(probe.caps().cell, CellSize::measured(10, 21).unwrap());
    probe.hear(&Reply::Cell(0, 0));
    assert_eq!(
        probe.caps().cell,
        CellSize::measured(10, 21).unwrap(),
        "nonsense changes nothing"
    );
    probe.hear(&Reply::Attributes(vec![62]));
    assert_eq!(
        probe.resized(SCREEN),
        [ASK_CELL, ASK_ATTRIBUTES].concat(),
        "a font may have changed"
    );
}

#[test]
fn every_reason_is_told_in_both_languages() {
    use Why::{
        Answered, Asked, AskedWithoutColours, Dumb, Lacks, Named, NoCellSize, NoColour, Preferred,
        Silent, ThroughTmux, TmuxAsked, TmuxBlocks, TmuxDetached, TmuxDraws, TmuxLacks,
    };
    let all = [
        Asked,
        AskedWithoutColours,
        Answered,
        Named,
        Preferred,
        ThroughTmux,
        TmuxDraws,
        TmuxBlocks,
        TmuxLacks,
        TmuxDetached,
        TmuxAsked,
        Why::Screen,
        NoCellSize,
        Lacks,
        Silent,
        NoColour,
        Dumb,
    ];
    let texts: std::collections::BTreeSet<_> = all
        .iter()
        .flat_map(|it| [it.text(Lang::En), it.text(Lang::Zh)])
        .collect();
    assert_eq!(texts.len(), 2 * all.len());
    assert!(texts.iter().all(|it| !it.ends_with(['.', '。'])));
}

#[test]
fn pictures_that_would_scroll_the_screen_keep_off_its_last_row() {
    let screen = Rect::new(0, 0, 80, 24);
    let room = |played: &Played, area| played.caps(Graphics::Auto).room(area, screen);
    assert_eq!(room(&FOOT, screen), Rect::new(0, 0, 80, 23));
    assert_eq!(
        room(&FOOT, Rect::new(0, 0, 80, 23)),
        Rect::new(0, 0, 80, 23)
    );
    assert_eq!(room(&KITTY, screen), screen);
}
