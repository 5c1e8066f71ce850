//! The one integration-test binary: a module per surface; each says in its first line what belongs there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "helpers of tests are tests"
)]

// Files to pixels.
mod imaging;
mod preprocess;

// Words to prompts.
mod context;
mod prompt;

// Pixels and prompts to answers.
mod engine;
mod equalities;
mod lab;
mod parity;

// The program as people meet it.
mod cli;
mod inspect;
mod refused;
mod repl;

// The house.
mod tidy;
