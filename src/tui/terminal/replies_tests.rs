//! The parser against every split of every answer, with keys before, between and behind.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::*;

fn heard(pieces: &[&[u8]]) -> Vec<Heard> {
    let mut parser = Parser::default();
    let mut all = Vec::new();
    for piece in pieces {
        parser.feed(piece, true, &mut |it| all.push(it));
    }
    assert_eq!(parser.rest(), Rest::None, "{pieces:?}");
    all
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Heard {
    Heard::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

fn letter(c: char) -> Heard {
    key(KeyCode::Char(c), KeyModifiers::NONE)
}

/// Answers as terminals give them.
#[rustfmt::skip]
fn answers() -> Vec<(&'static str, Reply)> {
    let version = |name: &str| Reply::Version(name.to_owned());
    vec![
        ("\x1b[?62;4;22c", Reply::Attributes(vec![62, 4, 22])),
        ("\x1b[?1;2c", Reply::Attributes(vec![1, 2])),
        ("\x1b[?6c", Reply::Attributes(vec![6])),
        ("\x1bP>|kitty(0.42.1)\x1b\\", version("kitty(0.42.1)")),
        ("\x1bP>|XTerm(390)\x1b\\", version("XTerm(390)")),
        ("\x1bP>|tmux 3.3a\x07", version("tmux 3.3a")),
        ("\x1b_Gi=31;OK\x1b\\", Reply::Graphics { id: 31, is_ok: true }),
        ("\x1b_Gi=7,p=1;ENOENT:no such image\x1b\\", Reply::Graphics { id: 7, is_ok: false }),
        ("\x1b_Gi=31;EINVAL:no\x1b\\", Reply::Graphics { id: 31, is_ok: false }),
        ("\x1b_Gnonsense\x1b\\", Reply::Other),
        ("\x1b[6;18;9t", Reply::Cell(9, 18)),
        ("\x1b[4;720;1152t", Reply::Area(1152, 720)),
        ("\x1b[8;40;120t", Reply::Other),
        ("\x1b[?2026;2$y", Reply::Mode(2026, 2)),
        ("\x1b[?2026;0$y", Reply::Mode(2026, 0)),
        ("\x1b[?1u", Reply::Keyboard(1)),
        ("\x1b[0n", Reply::Ready),
        ("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", Reply::Background([30, 30, 46])),
        ("\x1b]11;rgb:ffff/ffff/ffff\x07", Reply::Background([255, 255, 255])),
        ("\x1b]11;rgb:f/8/0\x07", Reply::Background([255, 136, 0])),
        ("\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", Reply::Background([0, 0, 0])),
        ("\x1b]11;chartreuse\x1b\\", Reply::Other),
        ("\x1b]10;rgb:0000/0000/0000\x1b\\", Reply::Other),
        ("\x1b[>41;390;0c", Reply::Other),
        ("\x1b[12;40R", Reply::Other),
        ("\x1bP1$r0m\x1b\\", Reply::Other),
        ("\x1bP1+r524742=38\x1b\\", Reply::Other),
        ("\x1b[?997;1n", Reply::Other),
    ]
}

/// What a person types, and what comes of it.
#[rustfmt::skip]
fn typed() -> Vec<(&'static str, Vec<Heard>)> {
    use KeyModifiers as With;
    let ctrl = |c| vec![key(KeyCode::Char(c), With::CONTROL)];
    let one = |code, with| vec![key(code, with)];
    vec![
        ("a", vec![letter('a')]),
        ("肺", vec![letter('肺')]),
        ("é🫁", vec![letter('é'), letter('🫁')]),
        ("A", one(KeyCode::Char('A'), With::SHIFT)),
        ("\r", one(KeyCode::Enter, With::NONE)),
        ("\t", one(KeyCode::Tab, With::NONE)),
        ("\x7f", one(KeyCode::Backspace, With::NONE)),
        ("\x03", ctrl('c')),
        ("\x1a", ctrl('z')),
        ("\n", ctrl('j')),
        ("\0", ctrl(' ')),
        ("\x1ba", one(KeyCode::Char('a'), With::ALT)),
        ("\x1b\r", one(KeyCode::Enter, With::ALT)),
        ("\x1b肺", one(KeyCode::Char('肺'), With::ALT)),
        ("\x1b[A", one(KeyCode::Up, With::NONE)),
        ("\x1bOA", one(KeyCode::Up, With::NONE)),
        ("\x1b[1;5C", one(KeyCode::Right, With::CONTROL)),
        ("\x1b[1;2R", one(KeyCode::F(3), With::SHIFT)),
        ("\x1b[3~", one(KeyCode::Delete, With::NONE)),
        ("\x1b[5;3~", one(KeyCode::PageUp, With::ALT)),
        ("\x1b[15~", one(KeyCode::F(5), With::NONE)),
        ("\x1b[24~", one(KeyCode::F(12), With::NONE)),
        ("\x1b[[A", one(KeyCode::F(1), With::NONE)),
        ("\x1b[Z", one(KeyCode::BackTab, With::SHIFT)),
        ("\x1b[27u", one(KeyCode::Esc, With::NONE)),
        ("\x1b[99;5u", ctrl('c')),
        ("\x1b[13;2u", one(KeyCode::Enter, With::SHIFT)),
        ("\x1b[27;5;9~", one(KeyCode::Tab, With::CONTROL)),
        ("\x1b[57414u", one(KeyCode::Enter, With::NONE)),
    ]
}

/// What else comes from a person or a window, and what nobody knows.
#[rustfmt::skip]
fn done() -> Vec<(&'static str, Vec<Heard>)> {
    use KeyModifiers as With;
    let mouse = |kind, column, row, modifiers| {
        vec![Heard::Event(Event::Mouse(MouseEvent { kind, column, row, modifiers }))]
    };
    let paste = |text: &str| vec![Heard::Event(Event::Paste(text.to_owned()))];
    vec![
        ("\x1b[I", vec![Heard::Event(Event::FocusGained)]),
        ("\x1b[O", vec![Heard::Event(Event::FocusLost)]),
        ("\x1b[<0;5;7M", mouse(MouseEventKind::Down(MouseButton::Left), 4, 6, With::NONE)),
        ("\x1b[<2;5;7m", mouse(MouseEventKind::Up(MouseButton::Right), 4, 6, With::NONE)),
        ("\x1b[<34;300;70M", mouse(MouseEventKind::Drag(MouseButton::Right), 299, 69, With::NONE)),
        ("\x1b[<80;1;1M", mouse(MouseEventKind::ScrollUp, 0, 0, With::CONTROL)),
        ("\x1b[<65;1;1M", mouse(MouseEventKind::ScrollDown, 0, 0, With::NONE)),
        ("\x1b[200~two\r\nlines\x1b[31m\x1b[201~", paste("two\nlines\x1b[31m")),
        ("\x1b[200~\x1b[201~", paste("")),
        // nobody knows them, and nobody sees them
        ("\x1b[M !!", vec![]),
        ("\x1b[99999999999999999999u", vec![]),
        ("\x1b[<0;0;0M", vec![]),
        ("\x1b[1;2;3;4;5 q", vec![Heard::Reply(Reply::Other)]),
    ]
}

/// All of it.
fn everything() -> Vec<(&'static str, Vec<Heard>)> {
    let replies = answers()
        .into_iter()
        .map(|it| (it.0, vec![Heard::Reply(it.1)]));
    replies.chain(typed()).chain(done()).collect()
}

#[test]
fn every_answer_is_understood_whole() {
    for (text, reply) in answers() {
        assert_eq!(heard(&[text.as_bytes()]), [Heard::Reply(reply)], "{text:?}");
    }
}

#[test]
fn everything_is_understood_whole() {
    for (text, events) in everything() {
        assert_eq!(heard(&[text.as_bytes()]), events, "{text:?}");
    }
}

#[test]
fn every_split_of_everything_between_everything_is_the_same() {
    let all = everything();
    let pairs = all
        .iter()
        .flat_map(|first| all.iter().map(move |second| (first, second)));
    for (first, second) in pairs {
        let text = format!("{}{}x", first.0, second.0);
        let mut means = [first.1.clone(), second.1.clone()].concat();
        means.push(letter('x'));
        let bytes = text.as_bytes();
        for at in 0..=bytes.len() {
            assert_eq!(
                heard(&[&bytes[..at], &bytes[at..]]),
                means,
                "{text:?} at {at}"
            );
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(heard(&single), means, "{text:?} byte by byte");
    }
}

#[test]
fn random_streams_in_random_pieces_mean_what_they_mean_whole() {
    let all = everything();
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..2000 {
        let (mut text, mut means) = (String::new(), Vec::new());
        for _ in 0..=random(12) {
            let (part, meaning) = &all[random(all.len())];
            text += part;
            means.extend(meaning.clone());
        }
        let (mut rest, mut pieces) = (text.as_bytes(), Vec::new());
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(random(rest.len()) + 1);
            pieces.push(piece);
            rest = tail;
        }
        assert_eq!(heard(&pieces), means, "{text:?}");
    }
}

#[test]
fn an_escape_alone_is_the_key_when_nothing_follows() {
    let mut parser = Parser::default();
    let mut all = Vec::new();
    parser.feed(b"\x1b", false, &mut |it| all.push(it));
    assert_eq!(parser.rest(), Rest::MayBeKey);
    parser.give_up(&mut |it| all.push(it));
    parser.feed(b"[", false, &mut |it| all.push(it));
    assert_eq!(all, [key(KeyCode::Esc, KeyModifiers::NONE), letter('[')]);
}

#[test]
fn the_rest_of_an_answer_whose_escape_was_given_up_does_not_become_keys() {
    for (text, reply) in answers() {
        let mut parser = Parser::default();
        let mut all = Vec::new();
        for (nth, byte) in text.bytes().enumerate() {
            parser.feed(&[byte], true, &mut |it| all.push(it));
            if nth == 0 {
                parser.give_up(&mut |it| all.push(it));
            }
        }
        assert_eq!(
            all,
            [key(KeyCode::Esc, KeyModifiers::NONE), Heard::Reply(reply)],
            "{text:?}"
        );
    }
}

#[test]
fn alt_with_a_letter_that_begins_answers_is_a_key_when_nothing_follows() {
    for c in ['[', ']', 'O', 'P', '_', '^', 'X'] {
        let mut parser = Parser::default();
        let mut all = Vec::new();
        parser.feed(format!("\x1b{c}").as_bytes(), false, &mut |it| all.push(it));
        assert_eq!(parser.rest(), Rest::MayBeKey);
        parser.give_up(&mut |it| all.push(it));
        let Heard::Event(Event::Key(pressed)) = &all[0] else {
            panic!("{all:?}")
        };
        assert_eq!((pressed.code, all.len()), (KeyCode::Char(c), 1));
        assert!(pressed.modifiers.contains(KeyModifiers::ALT));
    }
    let typed = heard(&[b"\x1bPatient"]);
    assert_eq!(typed.len(), 7, "Alt+P, then letters: {typed:?}");
}

#[test]
fn what_begins_and_never_ends_is_dropped_and_typing_goes_on() {
    for begun in [
        "\x1b[?62;4",
        "\x1b_Gi=31;O",
        "\x1b]11;rgb:1e",
        "\x1bP>|kit",
        "\u{80}",
    ] {
        let mut parser = Parser::default();
        let mut all = Vec::new();
        parser.feed(begun.as_bytes(), true, &mut |it| all.push(it));
        parser.give_up(&mut |it| all.push(it));
        parser.feed(b"ok", true, &mut |it| all.push(it));
        assert_eq!(
            all.split_off(all.len() - 2),
            [letter('o'), letter('k')],
            "{begun:?}"
        );
    }
}

#[test]
fn a_key_in_the_middle_of_an_answer_is_heard() {
    let all = heard(&[b"\x1b_Gi=31;\x03"]);
    assert_eq!(all, [key(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
    let all = heard(&[b"\x1b[?62\x1b[A"]);
    assert_eq!(all, [key(KeyCode::Up, KeyModifiers::NONE)]);
}

#[test]
fn endless_answers_take_no_endless_memory() {
    let mut parser = Parser::default();
    let mut all = Vec::new();
    parser.feed(b"\x1b_G", true, &mut |it| all.push(it));
    for _ in 0..100 {
        parser.feed(&[b'A'; 1000], true, &mut |it| all.push(it));
        assert!(parser.bytes.len() <= MOST);
    }
    parser.feed(b"\x1b\\q", true, &mut |it| all.push(it));
    assert_eq!(all, [Heard::Reply(Reply::Other), letter('q')]);
}

#[test]
fn a_paste_beyond_the_limit_is_cut_and_ends_where_it_ends() {
    let mut parser = Parser::default();
    let mut all = Vec::new();
    parser.feed(b"\x1b[200~", false, &mut |it| all.push(it));
    parser.feed(&vec![b'p'; MOST_PASTED + 100_000], false, &mut |it| {
        all.push(it);
    });
    parser.feed(b"\x1b[201~z", false, &mut |it| all.push(it));
    let Heard::Event(Event::Paste(text)) = &all[0] else {
        panic!("no paste")
    };
    assert!(text.len() >= MOST_PASTED - PASTE_END.len() && text.len() <= MOST_PASTED);
    assert_eq!(all[1..], [letter('z')]);
}

#[test]
fn any_bytes_at_all_are_survived_and_no_control_character_is_typed() {
    const OFTEN: &[u8] = b"\x1b[\x1b]\x1b_\x1bP;?<0123456789GMm~uctRnyO\\\x07";
    let mut seed = 99_u64;
    let mut parser = Parser::default();
    for round in 0..20_000_u32 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let bytes = seed.to_le_bytes();
        let often = bytes.map(|it| OFTEN[usize::from(it) % OFTEN.len()]);
        let picked = if round % 2 == 0 { bytes } else { often };
        parser.feed(&picked, seed & 1 == 0, &mut |it| {
            let Heard::Event(Event::Key(KeyEvent { code, .. })) = it else {
                return;
            };
            let is_control = matches!(code, KeyCode::Char(c) if c.is_control() && c < '\u{80}');
            assert!(!is_control, "{picked:?}: {code:?}");
        });
        if seed.is_multiple_of(5) {
            parser.give_up(&mut |_| {});
            parser.paste = None;
        }
    }
}
