//! Keys, clicks and what the model says in, one screen out: the picture, the conversation, and everything about both.
//!
//! `terminal` is the only door to the terminal, `surface` shows pictures in it. The parts of the screen are pure: state,
//! `update` that says what somebody else has to do, and a view. `app` is what they have to do with each other, `desk` the
//! words between the screen and the laboratory, which works on a thread of its own (`cmd::tui` starts both).

pub mod app;

pub mod desk;

// Parts of the screen.
pub mod picture;

pub mod talk;

pub mod input;

pub mod gauge;

pub mod rail;

pub mod status;

pub mod progress;

pub mod title;

pub mod layout;

// What lies over them.
pub mod pick;

pub mod sheets;

pub mod player;

pub mod grid;

// Keys, colours and signs.
pub mod keymap;

pub mod look;

pub mod theme;

// The terminal.
pub mod surface;

pub mod terminal;

#[cfg(test)]
mod testing;
