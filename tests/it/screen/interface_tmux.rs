//! The interface end to end in a real tmux.

use super::harness::personality::{KITTY, XTERM};
use super::harness::tmux::Tmux;
use super::words::*;

fn is_ready(text: &str) -> bool {
    text.contains(ALWAYS) && !text.contains(LOADING)
}

/// The interface in a tmux of its own, with no terminal attached.
fn started(config: &str) -> Option<Tmux> {
    let tmux = Tmux::new(config)?;
    tmux.start(&[medlab(), "--lang", "en", FILM], (120, 40));
    tmux.wait_until("ready", is_ready);
    Some(tmux)
}

#[test]
fn it_starts_answers_follows_the_size_and_leaves_the_pane_as_it_was() {
    let Some(tmux) = started("") else { return };
    assert!(tmux.modes().contains("alternate_on") && tmux.modes().contains("mouse_button_flag"));
    tmux.text(QUESTION);
    tmux.keys("Enter");
    tmux.wait_for(ANSWER);
    for (columns, rows) in [(80, 24), (40, 12), (120, 40)] {
        tmux.resize(columns, rows);
        let size = format!("{columns}x{rows}");
        tmux.wait_until(&size, |it| {
            it.lines()
                .all(|line| line.chars().count() <= columns.into())
        });
    }
    tmux.wait_for(ALWAYS);
    tmux.paste("one\ntwo");
    tmux.wait_until("both lines", |it| it.contains("one") && it.contains("two"));
    assert!(tmux.capture_coloured().contains("\x1b["));
    tmux.keys("C-q");
    assert_eq!(tmux.wait_exit(), 0);
    assert_eq!(tmux.modes(), "");
}

#[test]
fn a_terminal_with_pictures_gets_them_through_tmux_and_the_next_one_too() {
    let Some(tmux) = started("set -g allow-passthrough on\nset -g focus-events on") else {
        return;
    };
    let mut first = tmux.attach(KITTY, (120, 40));
    first.wait_for(ALWAYS);
    first.wait_until("a picture", |it| it.kitty.pictures.len() == 1);
    first.settle();
    assert_eq!(first.terminal.kitty.faults, Vec::<String>::new());
    assert!(first.terminal.n("\u{10eeee}") > 100, "cells stand for it");
    tmux.detach();
    first.wait_exit();
    let mut second = tmux.attach(KITTY, (120, 40));
    second.wait_until("a picture", |it| it.kitty.pictures.len() == 1);
    tmux.keys("C-q");
    second.wait_until("no picture", |it| it.kitty.pictures.is_empty());
    assert_eq!(tmux.wait_exit(), 0);
}

#[test]
fn a_terminal_without_pictures_gets_blocks_and_detaching_harms_nothing() {
    let Some(tmux) = started("set -g allow-passthrough off") else {
        return;
    };
    let mut first = tmux.attach(XTERM, (120, 40));
    first.wait_for(ALWAYS);
    assert_eq!(first.terminal.kitty.n_sent, 0);
    tmux.detach();
    first.wait_exit();
    tmux.text("typed");
    tmux.wait_for("typed");
    tmux.keys("C-q");
    assert_eq!(tmux.wait_exit(), 0);
    assert_eq!(tmux.modes(), "");
}
