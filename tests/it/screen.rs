//! The interface in a terminal, end to end.

mod harness;

mod interface;

mod interface_tmux;

mod words;
