//! The interface end to end in a terminal that is played: what it shows, what it sends, and what it leaves behind.

use std::time::Duration;

use rustix::process::Signal;

use super::harness::keys::Button;
use super::harness::personality::{BYTE_BY_BYTE, KITTY, LATE, SILENT, SIXEL, TMUX, When, XTERM};
use super::harness::pty::{Program, Pty};
use super::words::*;

/// Asks, and waits for the whole answer.
#[track_caller]
fn ask(pty: &mut Pty) {
    pty.text(QUESTION);
    pty.keys("enter");
    pty.wait_for(ANSWER);
    pty.settle();
}

#[test]
fn it_starts_shows_a_picture_answers_and_leaves_nothing_behind() {
    let mut pty = started(&[FILM], KITTY);
    let modes = &pty.terminal.modes;
    for mode in [1000, 1002, 1006, 1049, 2004] {
        assert!(modes.is_on(mode), "{mode}");
    }
    let (picture, place) = pty.terminal.kitty.only();
    assert!(picture.pixels.iter().any(|it| *it > 100) && picture.pixels.contains(&0));
    assert!(place.cells.0 > 10 && place.cells.1 > 10, "{place:?}");
    assert!(u32::from(place.at.0 + place.cells.1) <= 40);
    let n_sent = pty.terminal.kitty.n_sent;
    ask(&mut pty);
    let kitty = &pty.terminal.kitty;
    assert_eq!(
        kitty.n_sent, n_sent,
        "a picture that did not change was sent again"
    );
    assert_eq!(kitty.faults, Vec::<String>::new());
    assert_eq!(pty.terminal.n_cut, 0);
    let [begun, ended] = pty.terminal.modes.updates;
    assert!(begun > 3 && begun == ended, "frames are synchronised");
    leave(pty);
}

#[test]
fn idle_is_no_byte_and_a_key_is_few() {
    for personality in [KITTY, SILENT, XTERM] {
        let mut pty = started(&[FILM], personality);
        pty.run(Duration::from_millis(1500));
        assert_eq!(
            pty.run(Duration::from_secs(2)),
            0,
            "{}",
            pty.terminal.dump()
        );
        let before = pty.terminal.bytes.len();
        pty.text("ŧ");
        pty.wait_for("ŧ");
        pty.settle();
        let n_bytes = pty.terminal.bytes.len() - before;
        assert!(n_bytes <= 400, "{n_bytes} bytes for a letter");
        leave(pty);
    }
}

#[test]
fn escape_gives_an_answer_up_and_the_next_question_is_answered() {
    let arguments = [LONG_ANSWER, &[FILM]].concat();
    let mut pty = started(&arguments, KITTY);
    pty.text("Describe the picture.");
    pty.keys("enter");
    pty.wait_until("busy", |it| BUSY.iter().any(|word| it.shows(word)));
    pty.keys("esc");
    pty.wait_for(STOPPED);
    pty.settle();
    let n = pty.terminal.contents().matches(STOPPED).count();
    pty.text("And again?");
    pty.keys("enter");
    pty.wait_until("busy", |it| BUSY.iter().any(|word| it.shows(word)));
    pty.keys("esc");
    pty.wait_until("stopped again", |it| {
        it.contents().matches(STOPPED).count() > n
    });
    pty.settle();
    leave(pty);
}

#[test]
fn a_region_is_drawn_by_mouse_and_sent_with_its_name() {
    let mut pty = started(&[FILM], KITTY);
    let place = pty.terminal.kitty.only().1.clone();
    let (row, column) = place.at;
    let (columns, rows) = place.cells;
    let from = (column + columns / 4, row + rows / 4);
    let to = (column + columns / 2, row + rows / 2);
    pty.keys(TO_PICTURE);
    pty.keys("r");
    pty.drag(Button::Left, from, to);
    pty.wait_for("R1");
    pty.settle();
    pty.keys(TO_INPUT);
    pty.text("What is in @R1?");
    pty.wait_for("@R1?");
    leave(pty);
}

#[test]
fn slices_are_scrolled_by_wheel_and_keys_and_the_old_ones_are_freed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.nii");
    fs_err::write(&path, series()).unwrap();
    let mut pty = started(&[path.to_str().unwrap()], KITTY);
    pty.wait_for("slice 5/9");
    let (before, place) = pty.terminal.kitty.only();
    let (before, at) = (before.pixels.clone(), (place.at.1 + 5, place.at.0 + 5));
    pty.press(Button::WheelDown, at);
    pty.wait_for("slice 6/9");
    pty.settle();
    let (after, _) = pty.terminal.kitty.only();
    assert_ne!(after.pixels, before);
    pty.press(Button::WheelUp, at);
    pty.wait_for("slice 5/9");
    pty.settle();
    assert_eq!(
        pty.terminal.kitty.only().0.pixels,
        before,
        "the same slice, the same pixels"
    );
    // the window is changed with the other button: the same slice, other greys
    let n_sent = pty.terminal.kitty.n_sent;
    pty.drag(Button::Right, at, (at.0 + 6, at.1));
    pty.wait_until("another window", |it| it.kitty.n_sent > n_sent);
    pty.settle();
    assert_ne!(pty.terminal.kitty.only().0.pixels, before);
    pty.keys(TO_PICTURE);
    for _ in 0..4 {
        pty.keys(NEXT_SLICE);
    }
    pty.wait_for("slice 9/9");
    pty.settle();
    let kitty = &pty.terminal.kitty;
    assert!(
        kitty.pictures.len() <= 2,
        "{} are held",
        kitty.pictures.len()
    );
    assert_eq!(kitty.n_sent - kitty.n_freed, kitty.pictures.len());
    leave(pty);
}

#[test]
fn a_hidden_picture_is_taken_away_and_comes_back() {
    let mut pty = started(&[FILM], KITTY);
    pty.keys(HIDE);
    pty.wait_until("no picture", |it| it.kitty.n_shown() == 0);
    pty.settle();
    pty.keys(HIDE);
    pty.wait_until("a picture", |it| it.kitty.n_shown() == 1);
    leave(pty);
}

#[test]
fn what_the_model_sees_takes_the_place_of_the_picture_and_gives_it_back() {
    let mut pty = started(&[FILM], KITTY);
    pty.keys(TO_PICTURE);
    let before = pty.terminal.kitty.only().0.clone();
    for _ in 0..6 {
        pty.keys(EYE);
        pty.wait_for(SEEN);
        pty.settle();
        assert_ne!(pty.terminal.kitty.only().0, &before);
        pty.keys(EYE);
        pty.wait_until("the picture", |it| !it.shows(SEEN));
        pty.settle();
        assert_eq!(pty.terminal.kitty.only().0, &before);
        // a new picture is never freed with the old one, nor placed before it is there
        assert_eq!(pty.terminal.kitty.faults, Vec::<String>::new());
    }
    leave(pty);
}

#[test]
fn it_follows_the_size_of_the_window() {
    let mut pty = started(&[FILM], KITTY);
    for (columns, rows) in [
        (200, 60),
        (80, 24),
        (40, 12),
        (20, 5),
        (3, 2),
        (1, 1),
        (120, 40),
    ] {
        pty.resize(columns, rows);
        pty.settle();
        for place in pty.terminal.kitty.placements.values() {
            let fits = place.at.0 + place.cells.1 <= rows && place.at.1 + place.cells.0 <= columns;
            assert!(fits, "{columns} × {rows}: {place:?}");
        }
    }
    pty.wait_for(ALWAYS);
    assert_eq!(pty.terminal.kitty.n_shown(), 1);
    leave(pty);
}

#[test]
fn pasted_text_is_folded_cleaned_and_never_keys() {
    let mut pty = started(&[FILM], KITTY);
    pty.paste("one \x1b[31m\x03word");
    pty.wait_for("word");
    pty.settle();
    assert_eq!(pty.terminal.n("\x1b[31mword"), 0);
    pty.keys("ctrl-u");
    let long: Vec<String> = (0..312).map(|it| format!("line {it}")).collect();
    pty.paste(&long.join("\n"));
    pty.wait_for("312 lines");
    leave(pty);
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let mut pty = Program::new(["bash", "--norc", "--noprofile", "-i"])
        .size(120, 40)
        .start();
    pty.wait_for("$ ");
    pty.text(&format!("{} --lang en {FILM}\r", medlab()));
    pty.wait_until("ready", is_ready);
    pty.settle();
    for _ in 0..2 {
        pty.keys(SUSPEND);
        pty.wait_until("the shell", |it| !it.is_alternate() && it.shows("Stopped"));
        let kitty = &pty.terminal.kitty;
        assert_eq!((kitty.n_shown(), kitty.pictures.len()), (0, 0));
        pty.text("stty -a | tr ' ' '\\n' | grep -c '^icanon\\|^echo;*$\\|^isig'\r");
        pty.wait_for("\n3");
        pty.text("clear; fg\r");
        pty.wait_until("the interface", |it| it.is_alternate() && is_ready(it));
        pty.wait_until("its picture", |it| it.kitty.n_shown() == 1);
        pty.settle();
    }
    pty.text("after");
    pty.wait_for("after");
    pty.keys("ctrl-u");
    pty.keys(QUIT);
    pty.wait_until("the shell", |it| !it.is_alternate());
    // what is typed before the shell reads again is thrown away with late answers
    pty.settle();
    pty.text("exit\r");
    pty.wait_exit();
    let left = pty.terminal.left_behind();
    // bash has modes of its own
    let mine: Vec<_> = left.iter().filter(|it| !it.contains("2004")).collect();
    assert!(mine.is_empty(), "{mine:?}");
}

#[test]
fn signals_and_a_broken_link_end_it_with_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut pty = started(&[FILM], KITTY);
        pty.signal(signal);
        let status = pty.wait_exit();
        assert_eq!(status.code(), Some(128 + signal.as_raw()), "{status:?}");
        pty.check_as_it_was();
    }
    let arguments = [LONG_ANSWER, &[FILM]].concat();
    let mut pty = started(&arguments, KITTY);
    pty.text("Describe the picture.");
    pty.keys("enter");
    pty.wait_until("busy", |it| BUSY.iter().any(|word| it.shows(word)));
    pty.signal(Signal::TERM);
    assert_eq!(pty.wait_exit().code(), Some(143));
    pty.check_as_it_was();
    started(&[FILM], KITTY).hang_up();
}

#[test]
fn a_panic_of_any_thread_leaves_the_terminal_a_report_and_the_session() {
    for thread in ["screen", "laboratory"] {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().to_str().unwrap().to_owned();
        let mut pty = program(&[FILM])
            .env("MEDLAB_PANIC", thread)
            .env("XDG_STATE_HOME", &state)
            .on(KITTY)
            .start();
        let status = pty.wait_exit();
        assert_eq!(status.code(), Some(101), "{thread}: {status:?}");
        assert!(
            pty.terminal.shows("a fault of the program itself"),
            "{}",
            pty.terminal.dump()
        );
        assert!(
            pty.terminal.shows("please send this report"),
            "{}",
            pty.terminal.dump()
        );
        // a picture may have been on its way: its data are ended where they were cut, and that is no picture
        let mut left = pty.left_behind();
        left.retain(|it| !it.starts_with("picture fault: EBADPNG"));
        assert!(left.is_empty(), "{left:?}\n{}", pty.terminal.dump());
        let reports = fs_err::read_dir(folder.path().join("medlab/reports")).unwrap();
        let report = reports.into_iter().next().unwrap().unwrap().path();
        let report = fs_err::read_to_string(report).unwrap();
        assert!(report.contains("a test asked for it"), "{report}");
    }
}

#[test]
fn answers_of_a_terminal_never_become_text_whenever_they_come() {
    for personality in [
        SILENT,
        LATE,
        BYTE_BY_BYTE,
        KITTY.when(When::After(Duration::from_millis(700))),
    ] {
        let mut pty = program(&[FILM]).on(personality).start();
        pty.wait_for(ALWAYS);
        pty.text("typed");
        pty.wait_for("typed");
        pty.wait_until("ready", is_ready);
        pty.settle();
        if personality != SILENT {
            pty.wait_until("a picture", |it| it.kitty.n_shown() == 1);
        }
        let contents = pty.terminal.contents();
        for stray in ["kitty(", "[?62", "rgb:", "OK;", "2026"] {
            assert!(!contents.contains(stray), "{stray}: {contents}");
        }
        leave(pty);
    }
}

#[test]
fn terminals_with_less_get_what_they_can_show() {
    let mut pty = started(&[FILM], SIXEL);
    pty.wait_until("sixel", |it| it.n_sixel > 0);
    leave(pty);
    for personality in [XTERM, TMUX, SILENT] {
        let pty = started(&[FILM], personality);
        let terminal = &pty.terminal;
        assert_eq!((terminal.n_sixel, terminal.kitty.n_sent), (0, 0));
        assert!(
            terminal.shows("▀") || terminal.shows("▄"),
            "{}",
            terminal.dump()
        );
        leave(pty);
    }
    let mut pty = program(&[FILM]).on(XTERM).env("NO_COLOR", "1").start();
    pty.wait_until("ready", is_ready);
    pty.settle();
    let n_coloured = pty.terminal.n_coloured;
    assert_eq!(n_coloured, 0, "{}", pty.terminal.dump());
    leave(pty);
}

#[test]
fn the_mouse_can_be_given_to_the_terminal_and_taken_back() {
    let mut pty = started(&[FILM], KITTY);
    pty.keys(MOUSE_OFF);
    pty.wait_until("no mouse", |it| {
        !it.modes.is_on(1002) && !it.modes.is_on(1000)
    });
    pty.keys(MOUSE_OFF);
    pty.wait_until("the mouse", |it| {
        it.modes.is_on(1002) && it.modes.is_on(1006)
    });
    leave(pty);
}
