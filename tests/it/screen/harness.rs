//! A program in a terminal that is played, and in a real tmux: what it shows, what it sends, and what it leaves behind.

pub(crate) mod keys;

pub(crate) mod modes;

pub(crate) mod personality;

pub(crate) mod pictures;

pub(crate) mod pty;

pub(crate) mod terminal;

pub(crate) mod tmux;

pub(crate) mod wire;

mod tests;

mod tests_pty;
