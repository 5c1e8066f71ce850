//! The one integration-test binary: a module per surface; each says in its first line what belongs there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::needless_for_each,
    clippy::format_collect,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
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
