//! medlab: a laboratory for medical vision-language models in the terminal. Research only, not for diagnosis.
//!
//! This page is the map. Read it once, then the modules in the order of the list at its end.
//!
//! # Seen from above
//!
//! A person has pictures (films, slices, drawings) and a question. The program turns the pictures into pixels, the
//! conversation into a prompt, lets a Gemma 3 model with a SigLIP eye read both, and tells what the model says while
//! it says it. A small model of exactly that architecture, `phantom`, trained on drawings, is inside the program, so
//! that everything works without a download. Everything the model gets can be looked at (`inspect`), everything it
//! says is counted and timed (`--json`, `bench`).
//!
//! # The straight line
//!
//! ```text
//! files → imaging → preprocess → vision ┐
//! turns → context → prompt ─────────────┴→ decode → Event → Fan ┬→ transcript (first: what is lost on screen is not lost)
//!                                          transcript → replay ─┴→ screen, JSON, progress
//! ```
//!
//! `lab::Lab` is that line as code: pictures and turns in, events out. `ask`, `repl` and the full screen differ only in the
//! sink they pass. The full screen (`tui`) is state, `update` and a view, without I/O; `cmd::tui` is the loop around it. The model lives on one thread that owns every tensor (`engine`): a job goes in by channel, events come out
//! by channel, and a cancel flag is looked at between tokens, prefill chunks and vision layers.
//!
//! # Names
//!
//! One word a thing, in code, flags, JSON and README alike:
//! *picture* (a decoded image) · *pixels* (the tensor made of it) · *rows* (what the vision tower and projector
//! make of the pixels) · *prompt* (what the model reads) · *token* (an id) · *piece* (its text) · *turn* (a
//! question and its answer) · *session* (turns and all that belongs to them, on disk) · *event* (something that
//! happened) · *sink* (somebody who is told) · *window* (centre and width of a grey scale; the *context window* has
//! its adjective) · *sample* (a drawing inside the program).
//!
//! # Invariants
//!
//! They are absences; `tests/it/tidy.rs` or clippy holds each.
//!
//! * `imaging` knows no tensors. `preprocess` is the only module that knows both pictures and tensors.
//! * `model` knows no text, no terminal, no session.
//! * `session` knows no screen.
//! * Nothing below `cmd` and the front ends prints.
//! * No clock and no randomness decides an answer, but the seed that was passed in.
//! * Text from a file, a model or the person reaches the terminal only through `session::safe`.
//! * Only what is read from or written to files derives serde (checkpoints, `session/v1`, an experiment's rows), and what
//!   travels between the program and its decoding child.
//! * A session's file is only added to; what was said before is never changed. It holds no pixels and no patient.
//! * The ids that are sent are a function of the record alone: `session::story` and `context` make them again.
//! * The bytes of a picture file are touched in the decoding child only; what identifies a patient does not leave `imaging`.
//! * Every file begins with one sentence: what comes in, what goes out. No file is longer than 600 lines.
//!
//! # Exit codes
//!
//! By who can fix it, in `error.rs` only: 0 done · 1 some items failed · 2 usage or settings · 3 a picture ·
//! 4 the model · 5 a session file · 101 a fault of the program · 128 + n ended by signal n (130 interrupted).

// The line itself.
pub mod lab;

pub mod boxes;

pub mod experiment;

// What an answer says, and how two differ.
pub mod findings;

pub mod words;

pub mod judge;

pub mod junit;

pub mod library;

// A file becomes a picture, a picture becomes pixels.
pub mod imaging;

pub mod preprocess;

// Words become ids, turns become a prompt that fits.
pub mod tokenizer;

pub mod prompt;

pub mod context;

// Pixels and ids become logits; a thread becomes the model's home.
pub mod model;

pub mod engine;

// What happens, and who is told.
pub mod session;

// The house around it: typed → meant → done.
pub mod cli;

pub mod settings;

pub mod command;

pub mod nearest;

pub mod cmd;

pub mod repl;

pub mod tui;

pub mod terminal;

pub mod error;
