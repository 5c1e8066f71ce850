//! Names of keys in, keys and what is shown out; what terminals send in, the same keys out.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::key::{Key, typed};

const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const NONE: KeyModifiers = KeyModifiers::NONE;

fn c(c: char) -> KeyCode {
    KeyCode::Char(c)
}

/// A name, what the terminal sends, and what is shown.
#[track_caller]
fn check(name: &str, code: KeyCode, held: KeyModifiers, shown: &str) {
    let key = Key::parse(name).unwrap();
    assert_eq!(Key::of(&KeyEvent::new(code, held)), Some(key), "{name}");
    assert_eq!(key.to_string(), shown);
    assert_eq!(Key::parse(shown), Ok(key), "what is shown can be written");
    assert_eq!(Key::of(&key.event()), Some(key), "its own event is it");
}

#[test]
fn names_are_keys_and_keys_have_names() {
    check("ctrl-j", c('j'), CTRL, "Ctrl-J");
    check("Ctrl-J", c('J'), CTRL, "Ctrl-J");
    check("alt-enter", KeyCode::Enter, ALT, "Alt-Enter");
    check("shift-up", KeyCode::Up, SHIFT, "Shift-Up");
    check("G", c('G'), SHIFT, "G");
    check("G", c('G'), NONE, "G");
    check("shift-g", c('g'), SHIFT, "G");
    check("g", c('g'), NONE, "g");
    check("?", c('?'), NONE, "?");
    check("f1", KeyCode::F(1), NONE, "F1");
    check("F12", KeyCode::F(12), NONE, "F12");
    check("f", c('f'), NONE, "f");
    check("space", c(' '), NONE, "Space");
    check("pageup", KeyCode::PageUp, NONE, "PgUp");
    check("pgdn", KeyCode::PageDown, NONE, "PgDn");
    check("-", c('-'), NONE, "-");
    check("alt--", c('-'), ALT, "Alt--");
    check("alt-<", c('<'), ALT, "Alt-<");
    check("é", c('é'), NONE, "é");
    check("alt-shift-é", c('É'), ALT, "Alt-Shift-É");
    check("积", c('积'), NONE, "积");
    check(
        "ctrl-alt-shift-left",
        KeyCode::Left,
        CTRL | ALT | SHIFT,
        "Ctrl-Alt-Shift-Left",
    );
    check("ctrl-shift-a", c('A'), CTRL | SHIFT, "Ctrl-Shift-A");
    check("super-k", c('k'), KeyModifiers::SUPER, "Super-k");
}

#[test]
fn the_same_key_is_the_same_in_every_terminal() {
    // Bytes that are two keys.
    check("ctrl-i", c('i'), CTRL, "Tab");
    check("tab", c('i'), CTRL, "Tab");
    check("ctrl-m", c('m'), CTRL, "Enter");
    check("ctrl-[", c('['), CTRL, "Esc");
    check("ctrl-h", c('h'), CTRL, "Ctrl-H");
    // 0x1f is Ctrl-7 to crossterm, Ctrl-/ or Ctrl-_ to people, and a key with Shift to kitty.
    check("ctrl-_", c('7'), CTRL, "Ctrl-_");
    check("ctrl-_", c('/'), CTRL, "Ctrl-_");
    check("ctrl-/", c('-'), CTRL | SHIFT, "Ctrl-_");
    check("ctrl-space", c('@'), CTRL, "Ctrl-Space");
    check("ctrl-\\", c('4'), CTRL, "Ctrl-\\");
    // Kitty names the key and Shift where others send the character.
    check("alt-shift-r", c('R'), ALT | SHIFT, "Alt-Shift-R");
    check("alt-shift-r", c('r'), ALT | SHIFT, "Alt-Shift-R");
    check("alt-shift-r", c('R'), ALT, "Alt-Shift-R");
    check("alt-R", c('r'), ALT, "Alt-R");
    check("alt-<", c(','), ALT | SHIFT, "Alt-<");
    check("?", c('/'), SHIFT, "?");
    check("shift-tab", KeyCode::BackTab, SHIFT, "Shift-Tab");
    check("backtab", KeyCode::Tab, SHIFT, "Shift-Tab");
    check("backtab", KeyCode::BackTab, NONE, "Shift-Tab");
    check("alt-x", c('x'), KeyModifiers::META, "Alt-X");
}

#[test]
fn what_is_no_key_press_is_no_key() {
    let mut release = KeyEvent::new(c('q'), CTRL);
    release.kind = KeyEventKind::Release;
    assert_eq!(Key::of(&release), None);
    let mut repeat = KeyEvent::new(c('q'), CTRL);
    repeat.kind = KeyEventKind::Repeat;
    assert_eq!(Key::of(&repeat), Key::parse("ctrl-q").ok());
    for code in [
        KeyCode::CapsLock,
        KeyCode::Null,
        KeyCode::KeypadBegin,
        c('\u{1b}'),
        c('\0'),
    ] {
        assert_eq!(Key::of(&KeyEvent::new(code, NONE)), None, "{code:?}");
    }
}

#[test]
fn characters_are_typed_and_commands_are_not() {
    let of = |code, held| typed(&KeyEvent::new(code, held));
    assert_eq!(of(c('a'), NONE), Some('a'));
    assert_eq!(of(c('A'), SHIFT), Some('A'));
    assert_eq!(of(c('中'), NONE), Some('中'));
    assert_eq!(of(c(' '), NONE), Some(' '));
    assert_eq!(of(c('a'), CTRL), None);
    assert_eq!(of(c('a'), ALT), None);
    assert_eq!(of(KeyCode::Enter, NONE), None);
    assert_eq!(of(c('\u{7f}'), NONE), None);
}

#[track_caller]
fn check_unknown(name: &str, near: Option<&str>) {
    let unknown = Key::parse(name).unwrap_err();
    assert_eq!(unknown.near.as_deref(), near, "{name}");
}

#[test]
fn a_mistyped_name_gets_the_nearest() {
    check_unknown("ctl-p", Some("ctrl-p"));
    check_unknown("control-p", Some("ctrl-p"));
    check_unknown("ctrl+p", Some("ctrl-p"));
    check_unknown("option-left", Some("alt-left"));
    check_unknown("ctrl-pagup", Some("ctrl-pageup"));
    check_unknown("alt-entr", Some("alt-enter"));
    check_unknown("alt-ctl-x", Some("alt-ctrl-x"));
    check_unknown("f99", None);
    check_unknown("f0", None);
    check_unknown("quit the program", None);
    check_unknown("", None);
    check_unknown("\u{1b}", None);
    check_unknown("ctrl-é积积积", None);
}

#[test]
fn no_text_is_a_panic_and_what_is_understood_is_shown_as_itself() {
    let parts = [
        "ctrl-", "alt-", "shift-", "-", "+", "f", "1", "é", "A", "\0", "up", "", " ",
    ];
    let pairs = || parts.iter().flat_map(|a| parts.map(|b| format!("{a}{b}")));
    for name in pairs().flat_map(|it| parts.map(|c| format!("{it}{c}"))) {
        if let Ok(key) = Key::parse(&name) {
            assert_eq!(Key::parse(&key.to_string()), Ok(key), "{name}");
        }
    }
}
