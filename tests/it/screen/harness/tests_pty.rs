//! The harness with programs of one line: what it starts, sends, waits for and finds left over.

use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rustix::process::Signal;

use super::keys::Button;
use super::personality::{BYTE_BY_BYTE, KITTY, LATE, SILENT, When, XTERM};
use super::pty::{Program, Pty};
use super::tmux::Tmux;

/// Raw mode, some words, then what is read shown as octal numbers until a `q`.
const SHOWS_KEYS: &str = "before=$(stty -g); stty raw -echo; printf 'ready\\r\\n'; while c=$(dd bs=1 count=1 2>/dev/null | od -An -to1 | tr -d ' \\n'); [ \"$c\" != 161 ]; do printf '%s ' \"$c\"; done; stty $before";

fn octal(text: &str) -> String {
    let each: Vec<String> = text.bytes().map(|it| format!("{it:03o}")).collect();
    each.join(" ")
}

fn keys_shown(before: &str) -> Pty {
    let mut pty = Program::shell(&format!("printf '{before}'; {SHOWS_KEYS}"))
        .size(200, 20)
        .start();
    pty.wait_for("ready");
    pty
}

#[test]
fn a_program_is_started_with_a_clean_environment_and_its_end_is_known() {
    let mut pty = Program::shell("printf '%s %s %s\\n' \"$TERM\" \"${CARGO_PKG_NAME:-none}\" \"$X\"; stty size; pwd; tty; exit 7")
        .size(123, 45)
        .env("X", "肺")
        .start();
    assert_eq!(pty.wait_exit().code(), Some(7));
    assert!(pty.terminal.shows("xterm-256color none 肺"));
    assert!(pty.terminal.shows("45 123"));
    let home = pty.home().to_str().unwrap().to_owned();
    assert!(pty.terminal.shows(&home));
    assert!(pty.terminal.shows("/dev/pts/"), "a controlling terminal");
    pty.check_as_it_was();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut pty = Program::shell("pwd").folder(elsewhere.path()).start();
    pty.wait_for(elsewhere.path().to_str().unwrap());
}

#[test]
fn keys_text_paste_and_mouse_arrive_as_bytes() {
    let mut pty = keys_shown("");
    pty.keys("a ctrl-c esc up");
    pty.text("肺");
    pty.paste("x\ny");
    pty.focus(true);
    pty.wait_for(&octal("a\x03\x1b\x1b[A肺x\ry"));
    pty.keys("q");
    assert_eq!(pty.wait_exit().code(), Some(0));

    let mut pty = keys_shown("\\033[>1u\\033[?2004;1004;1002;1006h");
    pty.keys("ctrl-c");
    pty.paste("x\ny");
    pty.focus(false);
    pty.wait_for(&octal("\x1b[99;5u\x1b[200~x\ry\x1b[201~\x1b[O"));
    pty.drag(Button::Left, (3, 4), (5, 4));
    pty.wait_for(&octal("\x1b[<0;4;5M\x1b[<32;5;5M\x1b[<32;6;5M\x1b[<0;6;5m"));
    pty.press(Button::WheelUp, (0, 0));
    pty.press(Button::WheelDown, (0, 0));
    pty.press(Button::Right, (0, 0));
    pty.wait_for(&octal("\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<2;1;1M"));
    pty.keys("q");
    pty.wait_exit();
    assert_eq!(
        pty.left_behind(),
        [
            "mode 1002 on",
            "mode 1004 on",
            "mode 1006 on",
            "mode 2004 on",
            "keyboard pushed 1 times, main screen"
        ]
    );
}

#[test]
#[should_panic(expected = "nobody asked for the mouse")]
fn a_click_that_no_terminal_would_send_is_an_error() {
    keys_shown("").press(Button::Left, (1, 1));
}

#[test]
fn a_wait_that_ends_in_nothing_says_what_was_there() {
    let mut pty = Program::shell("printf 'some words\\033[?2004h'").start();
    let failed = catch_unwind(AssertUnwindSafe(|| pty.wait_for("other words")));
    let message = *failed.unwrap_err().downcast::<String>().unwrap();
    for part in [
        "it has ended",
        "other words",
        "| some words",
        "mode 2004 on",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn questions_are_answered_in_each_terminals_own_time() {
    let program = || {
        // raw before it asks, or the answer is echoed
        let asks = "before=$(stty -g); stty raw -echo; printf '\\033[c\\033[5n'";
        Program::shell(&format!(
            "{asks}; {}",
            SHOWS_KEYS.split_once("; ").unwrap().1
        ))
        .size(200, 20)
    };
    let answer = octal("\x1b[?62;c\x1b[0n");
    for personality in [
        KITTY,
        BYTE_BY_BYTE,
        KITTY.when(When::After(Duration::from_millis(80))),
    ] {
        let mut pty = program().on(personality).start();
        pty.wait_for(&answer);
        pty.keys("q");
        assert_eq!(pty.wait_exit().code(), Some(0));
        pty.check_as_it_was();
    }
    let mut pty = program().on(SILENT).start();
    pty.wait_for("ready");
    assert_eq!(pty.run(Duration::from_millis(300)), 0);
    let mut pty = program().on(LATE).start();
    pty.wait_for("ready");
    assert_eq!(pty.run(Duration::from_millis(300)), 0);
    pty.keys("x");
    pty.wait_for(&answer);
    let mut pty = program().on(XTERM).start();
    pty.wait_for(&octal("\x1b[?64;"));
}

#[test]
fn a_new_size_reaches_the_program() {
    let mut pty =
        Program::shell("trap 'stty size' WINCH; printf 'ready\\n'; while sleep 0.05; do :; done")
            .start();
    pty.wait_for("ready");
    pty.resize(41, 17);
    pty.wait_for("17 41");
    let (rows, columns) = pty.terminal.screen().size();
    assert_eq!((columns.get(), rows.get()), (41, 17));
}

#[test]
fn signals_stops_and_ends_are_seen() {
    let mut pty = Program::shell(
        "trap 'echo term; exit 3' TERM; printf 'ready\\n'; while sleep 0.02; do :; done",
    )
    .start();
    pty.wait_for("ready");
    pty.signal(Signal::STOP);
    pty.wait_stopped();
    pty.signal(Signal::CONT);
    pty.signal(Signal::TERM);
    assert_eq!(pty.wait_exit().code(), Some(3));
    assert!(pty.terminal.shows("term"));

    let mut pty = Program::shell("printf 'ready\\n'; while sleep 0.02; do :; done").start();
    pty.wait_for("ready");
    pty.signal(Signal::KILL);
    assert_eq!(pty.wait_exit().signal(), Some(9));

    let mut pty =
        Program::shell("trap 'exit 5' HUP; printf 'ready\\n'; while sleep 0.02; do :; done")
            .start();
    pty.wait_for("ready");
    assert_eq!(pty.hang_up().code(), Some(5));
}

#[test]
fn bytes_are_counted_and_quiet_is_noticed() {
    let mut pty = Program::shell("printf 123; sleep 0.3; printf 45; read x").start();
    pty.wait_for("123");
    assert_eq!(pty.terminal.n("23"), 1);
    pty.wait_for("45");
    assert_eq!(pty.settle(), 0);
    pty.type_bytes(b"\n");
    pty.wait_exit();
    assert_eq!(pty.terminal.bytes, b"12345\r\n");
    assert!(pty.pid() > 1);
}

#[test]
fn a_line_discipline_that_is_not_given_back_is_told() {
    let mut pty = Program::shell("stty raw -echo").start();
    pty.wait_exit();
    assert_eq!(pty.left_behind(), ["the line discipline is another one"]);
    let mut pty = Program::shell("printf ready; sleep 0.2; true").start();
    pty.wait_for("ready");
    pty.text("for the shell\n");
    pty.wait_exit();
    assert_eq!(
        pty.left_behind(),
        ["14 bytes are left for the shell to read"]
    );
    assert!(catch_unwind(AssertUnwindSafe(|| pty.check_as_it_was())).is_err());
}

#[test]
fn a_large_paste_does_not_hang_a_program_that_reads_slowly() {
    let mut pty = Program::shell(
        "stty raw -echo; printf ready; sleep 0.2; head -c 300000 | wc -c; stty sane",
    )
    .start();
    pty.wait_for("ready");
    pty.paste(&"x".repeat(300_000));
    pty.wait_for("300000");
    pty.wait_exit();
}

#[test]
fn a_program_in_a_real_tmux_is_driven_and_read() {
    let Some(tmux) = Tmux::new("set -g allow-passthrough on") else {
        return;
    };
    let script = tmux.file("script", "printf '\\033[?1049h\\033[?1002h\\033[?1006h\\033[31mready\\033[0m\\r\\n'; stty size; while read line; do echo \"got $line\"; [ \"$line\" = end ] && break; stty size; done; printf '\\033[?1002l\\033[?1006l\\033[?1049lover\\n'; exit 4");
    tmux.start(&["sh", &script], (70, 20));
    tmux.wait_for("20 70");
    assert!(tmux.capture_coloured().contains("\x1b[31mready"));
    let modes = tmux.modes();
    assert_eq!(
        modes,
        "alternate_on mouse_any_flag mouse_button_flag mouse_sgr_flag"
    );
    tmux.resize(60, 15);
    tmux.text("some 肺");
    tmux.keys("Enter");
    tmux.wait_for("got some 肺");
    tmux.wait_for("15 60");
    let mut first = tmux.attach(KITTY, (70, 20));
    first.wait_for("got some 肺");
    tmux.detach();
    assert_eq!(first.wait_exit().code(), Some(0));
    let mut second = tmux.attach(XTERM, (50, 12));
    second.wait_for("got some 肺");
    tmux.paste("end\n");
    assert_eq!(tmux.wait_exit(), 4);
    assert_eq!(tmux.modes(), "");
}

#[test]
fn without_tmux_nothing_is_tested_and_it_is_said() {
    assert!(Tmux::with("tmux-that-is-not-there", "").is_none());
}
