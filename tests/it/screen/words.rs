//! What the end-to-end tests press and look for in the interface: everything that ties them to its words, in one place.

use super::harness::personality::Personality;
use super::harness::pty::{Program, Pty};
use super::harness::terminal::Terminal;

/// The program under test.
pub(super) fn medlab() -> &'static str {
    option_env!("CARGO_BIN_EXE_medlab").unwrap_or("/tmp/h/i5/proof/bin/medlab")
}

/// A picture that is inside the program.
pub(super) const FILM: &str = "sample:cxr-effusion";

/// In the status line from the first paint to the last.
pub(super) const ALWAYS: &str = "research only";

/// In the status line while the model is on its way.
pub(super) const LOADING: &str = "loading";

/// A question, and words of one row of the answer that the phantom gives to it about `FILM`.
pub(super) const QUESTION: &str = "Is there a pleural effusion?";
pub(super) const ANSWER: &str = "moderate right pleural";

/// Arguments that make an answer long enough to be cancelled.
pub(super) const LONG_ANSWER: &[&str] = &["--temperature", "8", "--max-new-tokens", "512"];

/// Any of them: an answer is being made.
pub(super) const BUSY: &[&str] = &["answering", "looking", "reading"];

/// An answer was given up.
pub(super) const STOPPED: &str = "stopped";

/// Keys.
pub(super) const TO_PICTURE: &str = "alt-1";
pub(super) const TO_INPUT: &str = "alt-3";
pub(super) const QUIT: &str = "ctrl-q";
pub(super) const SUSPEND: &str = "ctrl-z";
pub(super) const NEXT_SLICE: &str = "down";
pub(super) const MOUSE_OFF: &str = "f12";
pub(super) const EYE: &str = "m";
pub(super) const SEEN: &str = "what the model sees";
pub(super) const HIDE: &str = "alt-h";

/// The interface with these arguments, in English, on a terminal of 120 × 40.
pub(super) fn program(arguments: &[&str]) -> Program {
    let words = [&[medlab(), "--lang", "en"], arguments].concat();
    Program::new(words).size(120, 40)
}

/// Whether it is drawn and the model can be asked.
pub(super) fn is_ready(terminal: &Terminal) -> bool {
    terminal.shows(ALWAYS) && !terminal.shows(LOADING)
}

/// Started, with nothing under way any more.
#[track_caller]
pub(super) fn started(arguments: &[&str], personality: Personality) -> Pty {
    let mut pty = program(arguments).on(personality).start();
    pty.wait_until("ready", is_ready);
    pty.settle();
    pty.wait_until("ready", is_ready);
    pty.settle();
    pty
}

/// Leaves by its own key; nothing may be left behind.
#[track_caller]
pub(super) fn leave(mut pty: Pty) {
    pty.keys(QUIT);
    assert_eq!(pty.wait_exit().code(), Some(0), "{}", pty.terminal.dump());
    pty.check_as_it_was();
    let terminal = &pty.terminal;
    assert!(
        !terminal.modes.ever.contains(&1003),
        "motion without a button was asked for"
    );
    assert_eq!(terminal.kitty.n_sent, terminal.kitty.n_freed);
    assert!(!terminal.is_alternate());
}

/// A volume of 64 × 64 × 9 values (`NIfTI-1`, 16 bits): each slice of another brightness, with a pattern.
pub(super) fn series() -> Vec<u8> {
    let mut header = [0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (nth, n) in [3_i16, 64, 64, 9, 1, 1, 1, 1].iter().enumerate() {
        put(40 + nth * 2, &n.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes());
    put(72, &16_i16.to_le_bytes());
    for (nth, size) in [1.0_f32, 1.0, 1.0, 2.0].iter().enumerate() {
        put(76 + nth * 4, &size.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    put(123, &[2]);
    put(254, &1_i16.to_le_bytes());
    for (at, size) in [(280, -1.0_f32), (300, -1.0), (320, 2.0)] {
        put(at, &size.to_le_bytes());
    }
    put(344, b"n+1\0");
    let mut bytes = header.to_vec();
    for z in 0..9_i16 {
        for at in 0..64 * 64_i16 {
            bytes.extend((z * 100 + at % 64).to_le_bytes());
        }
    }
    bytes
}
