//! The harness against bytes and keys that are known: each of its checks finds what it is there for.

use base64::Engine as _;

use super::keys::encode;
use super::modes::Modes;
use super::personality::{KITTY, Kind, Personality, SILENT, SIXEL, TMUX, XTERM};
use super::terminal::Terminal;
use super::wire::{Piece, Splitter};

fn pieces(bytes: &[u8], portion: usize) -> Vec<Piece> {
    let (mut splitter, mut out) = (Splitter::new(), Vec::new());
    for part in bytes.chunks(portion) {
        splitter.take(part, &mut |piece, _| out.push(piece));
    }
    // text may come in any number of runs
    out.into_iter().fold(Vec::new(), |mut all, piece| {
        match (all.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(more)) => before.push_str(&more),
            (_, piece) => all.push(piece),
        }
        all
    })
}

#[test]
fn a_stream_is_cut_into_the_same_pieces_wherever_it_is_read() {
    let stream = "a肺\x1b[?25l\x1b]2;t\x07\x1b_Gi=1;AA\x1b\\\r\n\x1b[1;2Hb\x1bPtmux;\x1b\x1b_Gq=2\x1b\x1b\\\x1b\\\x1b7\x1bP1q#\x1b\\";
    let expected = vec![
        Piece::Text("a肺".to_owned()),
        Piece::Csi("?25".to_owned(), 'l'),
        Piece::Osc(b"2;t".to_vec()),
        Piece::Apc(b"Gi=1;AA".to_vec()),
        Piece::Control(13),
        Piece::Control(10),
        Piece::Csi("1;2".to_owned(), 'H'),
        Piece::Text("b".to_owned()),
        Piece::Dcs(b"tmux;\x1b_Gq=2\x1b\\".to_vec()),
        Piece::Escape("7".to_owned()),
        Piece::Dcs(b"1q#".to_vec()),
    ];
    for portion in 1..=stream.len() {
        assert_eq!(pieces(stream.as_bytes(), portion), expected, "{portion}");
    }
}

#[test]
fn what_is_cut_short_or_no_utf_8_is_told() {
    let cut = |text: &[u8]| Piece::Cut(text.to_vec());
    assert_eq!(
        pieces(b"\x1b_Gi=1;AA\x18x", 1),
        [cut(b"Gi=1;AA"), Piece::Text("x".to_owned())]
    );
    assert_eq!(
        pieces(b"\x1b[1;\x1b[2J", 3),
        [cut(b"1;"), Piece::Csi("2".to_owned(), 'J')]
    );
    assert_eq!(
        pieces(b"\x1b_Gabc\x1b[m", 100),
        [cut(b"Gabc"), Piece::Csi(String::new(), 'm')]
    );
    assert_eq!(
        pieces(b"\xe8\x82a\xff", 1),
        [
            Piece::Broken(0xe8),
            Piece::Broken(0x82),
            Piece::Text("a".to_owned()),
            Piece::Broken(0xff)
        ]
    );
}

/// What `bytes` leave behind, in a terminal of 20 × 5.
fn left(bytes: &str) -> Vec<String> {
    let mut terminal = Terminal::new(KITTY, (20, 5));
    terminal.take(bytes.as_bytes());
    terminal.left_behind()
}

#[test]
fn everything_that_is_left_behind_is_named() {
    #[track_caller]
    fn check(bytes: &str, expected: &[&str]) {
        assert_eq!(left(bytes), expected, "{bytes:?}");
    }
    check("plain \x1b[1mwords\x1b[0m\r\n", &[]);
    check("\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1049l", &[]);
    check("\x1b[?1049h", &["mode 1049 on"]);
    check("\x1b[?47h", &["mode 1049 on"]);
    check("\x1b[?25l", &["mode 25 off"]);
    check("\x1b[?7l", &["mode 7 off"]);
    check(
        "\x1b[?1000;1002;1006h",
        &["mode 1000 on", "mode 1002 on", "mode 1006 on"],
    );
    check("\x1b[?2004h", &["mode 2004 on"]);
    check("\x1b[?1004h", &["mode 1004 on"]);
    check("\x1b[>1u", &["keyboard pushed 1 times, main screen"]);
    check("\x1b[>1u\x1b[<u", &[]);
    check("\x1b[<u", &["fault: a keyboard popped too often"]);
    check(
        "\x1b[?1049h\x1b[>1u\x1b[?1049l",
        &["keyboard pushed 1 times, alternate screen"],
    );
    check("\x1b[22;0t", &["title stack at +1"]);
    check("\x1b[22;0t\x1b]2;x\x1b\\\x1b[23;0t", &[]);
    check("\x1b[6 q", &["cursor shape 6"]);
    check("\x1b[6 q\x1b[0 q", &[]);
    check("\x1b[?2026h", &["updates begun 1, ended 0"]);
    check("\x1b[?2026h\x1b[?2026l\x1b[?2026l", &[]);
    check(
        "\x1b[?2026h\x1b[?2026h\x1b[?2026l",
        &["fault: an update begun inside an update"],
    );
    check("\x1b[31m", &["text is still coloured"]);
    check("\x1b[7m", &["text is still coloured"]);
    check("\x1b[?1x", &["unknown, 1 times: CSI ?1x"]);
    check(
        "\x1b]777;x\x07\x1b]777;x\x07",
        &["unknown, 2 times: OSC 777;x"],
    );
    check("\x1b_other\x1b\\", &["unknown, 1 times: APC \"other\""]);
    check("\x01", &["unknown, 1 times: control 0x01"]);
    check("\x1b[1;", &["a sequence has no end: \"1;\""]);
    check("\x1b", &["a sequence has no end: \"\""]);
}

/// A picture of one value, as a PNG in base 64.
fn picture(width: u32, height: u32, value: u8) -> String {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![value; (width * height) as usize];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn sent(id: u32, data: &str) -> String {
    format!("\x1b_Ga=t,f=100,i={id},q=2;{data}\x1b\\")
}

#[test]
fn a_picture_is_put_together_of_its_chunks_shown_and_freed() {
    let data = picture(7, 3, 200);
    let (first, second) = data.split_at(40);
    let mut terminal = Terminal::new(KITTY, (20, 5));
    let stream = format!(
        "\x1b_Ga=t,f=100,i=5,q=2,m=1;{first}\x1b\\\x1b_Gq=2,m=0;{second}\x1b\\\x1b[2;4H\x1b_Ga=p,i=5,p=1,x=1,y=0,w=6,h=3,c=4,r=2,z=-1,C=1,q=1\x1b\\"
    );
    for byte in stream.bytes() {
        terminal.take(&[byte]);
    }
    let (shown, place) = terminal.kitty.only();
    assert_eq!((shown.width, shown.height, shown.channels), (7, 3, 1));
    assert_eq!(shown.pixels, [200; 21]);
    assert_eq!(shown.n_wire, data.len());
    assert_eq!((place.at, place.cells), ((1, 3), (4, 2)));
    assert_eq!((place.source, place.is_virtual), ([1, 0, 6, 3], false));
    assert_eq!(terminal.kitty.n_placed, 1);
    assert_eq!(
        terminal.left_behind(),
        ["picture 5 is still held", "picture 5 is still shown"]
    );
    terminal.take(b"\x1b_Ga=d,d=i,i=5,q=2\x1b\\");
    assert_eq!(terminal.left_behind(), ["picture 5 is still held"]);
    terminal.take(b"\x1b_Ga=d,d=I,i=5,q=2\x1b\\\x1b_Ga=d,d=I,i=5,q=2\x1b\\");
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
    let kitty = &terminal.kitty;
    assert_eq!((kitty.n_sent, kitty.n_freed, kitty.peak), (1, 1, 21));
    assert!(kitty.n_bytes > data.len());
}

#[test]
fn what_the_protocol_does_not_allow_is_a_fault() {
    #[track_caller]
    fn check(commands: &str, fault: &str) {
        let mut terminal = Terminal::new(KITTY, (20, 5));
        terminal.take(commands.as_bytes());
        let faults = &terminal.kitty.faults;
        assert!(
            faults.iter().any(|it| it.contains(fault)),
            "{fault}: {faults:?}"
        );
        assert!(!terminal.left_behind().is_empty());
    }
    let data = picture(4, 4, 9);
    let long = "A".repeat(4100);
    check("\x1b_Ga=p,i=5\x1b\\", "ENOENT");
    check(&sent(0, &data), "without an id");
    check(&sent(1, "!!!!"), "base 64");
    check(&sent(1, "AAAA"), "EBADPNG");
    check(&sent(1, &data[..data.len() - 40]), "EBADPNG");
    check("\x1b_Ga=t,f=24,i=1,s=2,v=2;AAAA\x1b\\", "ENODATA");
    check("\x1b_Ga=t,f=7,i=1;AAAA\x1b\\", "format 7");
    check("\x1b_Ga=t,t=f,f=100,i=1;AAAA\x1b\\", "only direct");
    check("\x1b_Ga=d,d=z\x1b\\", "deletes by");
    check("\x1b_Ga=x,i=1\x1b\\", "no action");
    check("\x1b_Ga=t,f=100,i=1,m=1;AAA\x1b\\", "inside four");
    check(&sent(1, &long), "4100 bytes");
    let begun = format!("\x1b_Ga=t,f=100,i=1,m=1;AAAA\x1b\\{}", sent(2, &data));
    check(&begun, "begun before");
    let outside = format!("{}\x1b_Ga=p,i=1,w=5,h=1\x1b\\", sent(1, &data));
    check(&outside, "outside of 4 × 4");
}

#[test]
fn a_new_picture_with_an_old_id_and_a_cleared_screen_take_placements_away() {
    let mut terminal = Terminal::new(KITTY, (20, 5));
    let data = picture(4, 4, 9);
    terminal.take(format!("{}\x1b_Ga=p,i=1\x1b\\", sent(1, &data)).as_bytes());
    assert_eq!(terminal.kitty.n_shown(), 1);
    terminal.take(sent(1, &picture(2, 2, 1)).as_bytes());
    assert_eq!((terminal.kitty.n_shown(), terminal.kitty.n_sent), (0, 2));
    terminal.take(b"\x1b_Ga=p,i=1\x1b\\\x1b_Ga=p,U=1,i=1,p=2\x1b\\\x1b[2J");
    assert_eq!(terminal.kitty.n_shown(), 1, "placeholders are text");
    terminal.take(b"\x1b_Ga=d,d=A\x1b\\");
    assert_eq!(terminal.kitty.n_freed, 0, "shown by placeholders");
    terminal.take(b"\x1b_Ga=d,d=I,i=1\x1b\\\x1b_Gq=2,m=0;\x1b\\");
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
    // through tmux's envelope it is the same picture
    let command = sent(3, &data).replace('\x1b', "\x1b\x1b");
    terminal.take(format!("\x1bPtmux;{command}\x1b\\").as_bytes());
    assert_eq!(terminal.kitty.pictures[&3].pixels, [9; 16]);
}

/// Everything that this terminal answers to these questions, at once.
fn answers(personality: Personality, questions: &str) -> String {
    let mut terminal = Terminal::new(personality, (90, 30));
    terminal.take(questions.as_bytes());
    let mut all = Vec::new();
    while let Some(answer) = terminal.due() {
        all.extend(answer);
    }
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
    String::from_utf8(all).unwrap()
}

#[test]
fn each_kind_of_terminal_answers_as_it_does() {
    let questions = "\x1b[>0q\x1b[16t\x1b[14t\x1b]11;?\x1b\\\x1b[?2026$p\x1b[?u\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[5n\x1b[6n\x1b[c";
    assert_eq!(
        answers(KITTY, questions),
        "\x1bP>|kitty(0.42.1)\x1b\\\x1b[6;16;8t\x1b[4;480;720t\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?2026;2$y\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[0n\x1b[1;1R\x1b[?62;c"
    );
    assert_eq!(answers(SILENT, questions), "");
    let sixel = answers(SIXEL, questions);
    assert!(sixel.contains(";4;") && sixel.contains("XTerm") && !sixel.contains("OK"));
    let xterm = answers(XTERM, questions);
    assert!(!xterm.contains(";4;") && xterm.contains("2026;0$y") && !xterm.contains("?0u"));
    assert!(answers(TMUX, questions).contains("tmux"));
    assert!(answers(KITTY.light(), questions).contains("rgb:ffff/ffff/ffff"));
    assert_eq!(XTERM.kind, Kind::Xterm);
}

#[test]
fn keys_are_sent_as_the_program_asked_for_them() {
    #[track_caller]
    fn check(name: &str, keyboard: u8, expected: &str) {
        let bytes = encode(name, keyboard, false);
        assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{name}");
    }
    check("ctrl-c", 0, "\x03");
    check("ctrl-c", 1, "\x1b[99;5u");
    check("esc", 0, "\x1b");
    check("esc", 1, "\x1b[27u");
    check("enter", 1, "\r");
    check("alt-enter", 0, "\x1b\r");
    check("alt-enter", 1, "\x1b[13;3u");
    check("shift-enter", 1, "\x1b[13;2u");
    check("shift-tab", 0, "\x1b[Z");
    check("tab", 1, "\t");
    check("a", 1, "a");
    check("]", 0, "]");
    check("肺", 1, "肺");
    check("-", 0, "-");
    check("alt-x", 0, "\x1bx");
    check("up", 0, "\x1b[A");
    check("ctrl-shift-up", 1, "\x1b[1;6A");
    check("pageup", 0, "\x1b[5~");
    check("f1", 0, "\x1bOP");
    check("ctrl-space", 0, "\0");
    assert_eq!(encode("up", 0, true), b"\x1bOA");
}

#[test]
#[should_panic(expected = "no key is called \"retrun\"")]
fn a_key_that_does_not_exist_is_an_error() {
    encode("retrun", 0, false);
}

#[test]
fn a_place_on_the_screen_is_found_by_its_text_in_cells() {
    let mut terminal = Terminal::new(KITTY, (20, 5));
    terminal.take("\x1b[3;1H肺肺 nodule".as_bytes());
    assert_eq!(terminal.find("nodule"), Some((5, 2)));
    assert_eq!(terminal.find("mass"), None);
    assert_eq!(terminal.n("\x1b[3"), 1);
    terminal.take(b"\x1b]2;a title\x07\x1b]52;c;QQ==\x07\x1bP0;1q#1\x1b\\\x1b]1337;File=x:AA\x07");
    assert_eq!(terminal.title, "a title");
    assert_eq!(terminal.clipboard, ["c;QQ=="]);
    assert_eq!((terminal.n_sixel, terminal.n_iterm), (1, 1));
    terminal.take(b"\x1b[38;5H\x1b[1;39;49m\x1b[0m\x1b[m");
    assert_eq!(terminal.n_coloured, 0);
    terminal.take(b"\x1b[1;31m\x1b[48;5;1m\x1b[97m\x1b[0m");
    assert_eq!(terminal.n_coloured, 3);
}

#[test]
fn modes_remember_what_was_ever_on() {
    let mut modes = Modes::default();
    assert!(modes.csi("?1003", 'h') && modes.csi("?1003", 'l'));
    assert!(modes.left().is_empty() && modes.ever.contains(&1003));
    assert!(modes.csi(">1", 'u') && modes.csi("=5;1", 'u'));
    assert_eq!(modes.keyboard(), 5);
    assert!(!modes.csi("1;1", 'H'));
    assert!(modes.csi("?x", 'h'));
    assert_eq!(modes.faults, ["no mode: \"x\""]);
    assert!(modes.csi("!", 'p') && modes.keyboard() == 0);
}
