//! The one integration-test binary: a module per surface; each says in its first line what belongs there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "helpers of tests are tests"
)]

// Files to pixels.
mod damaged;
mod dicom;
mod display;
#[cfg(target_os = "linux")]
mod hostile;
mod hostile_files;
mod imaging;
mod nifti;
mod nifti_fuzz;
mod preprocess;
mod series;
mod windows;

// Words to prompts.
mod around;
mod context;
mod prompt;

// Pixels and prompts to answers.
mod engine;
mod equalities;
mod lab;
mod parity;

// The program as people meet it.
mod check;
mod cli;
mod inspect;
mod privacy;
mod refused;
mod repl;
mod replay;
#[cfg(target_os = "linux")]
mod screen;
mod sessions;
mod sessions_change;
mod sessions_export;
mod sessions_format;
mod sessions_readme;
mod transcript;
mod verify;
mod view;

// The house.
mod tidy;

// Experiments: what is asked, how it is marked, and what it proves.
mod examples;
mod experiment;
mod junit;
mod statistics;
