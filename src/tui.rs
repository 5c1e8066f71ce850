//! Keys, clicks and what the model says in, one screen out: the picture, the conversation, and everything about both.
//!
//! `terminal` is the only door to the terminal, `surface` shows pictures in it; `talk`, `input` and `gauge` are parts of
//! the screen: pure state, `update` that says what somebody else has to do, and a view.

pub mod gauge;

pub mod input;

pub mod surface;

pub mod talk;

pub mod terminal;

pub mod theme;
