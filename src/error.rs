//! Any error in, one line and an exit code out: the code says who can fix it.

use std::io;

use crate::imaging;
use crate::model::LoadError;
use crate::session;

/// What went wrong, where somebody decides by the kind.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An argument, a setting, or a file of settings or text: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The model could not answer: exit code 4.
    #[error("{0}")]
    Model(String),
    /// Some of several items failed, each already reported: exit code 1.
    #[error("{0} of {1} items failed")]
    Some(usize, usize),
    /// What was looked for is nowhere, which is an answer too: exit code 1.
    #[error("{0}")]
    Nothing(String),
    /// Ctrl-C: exit code 130.
    #[error("interrupted")]
    Interrupted,
    /// This signal asked for the end: exit code 128 + its number.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// A fault of the program itself, already reported: exit code 101, as of any Rust program.
    #[error("a fault of the program itself")]
    Panicked,
}

/// The exit code for an error, by who can fix it.
///
/// 0 done (also a closed pipe) · 1 some items failed, or nothing was found · 2 usage or settings · 3 a picture · 4 the model ·
/// 5 a session file · 101 a fault of the program · 128 + n ended by signal n (130 interrupted). Whatever has no kind of its own is 2.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return match failure {
                Failure::Some(..) | Failure::Nothing(_) => 1,
                Failure::Usage(_) => 2,
                Failure::Model(_) => 4,
                Failure::Interrupted => 130,
                Failure::Signal(signal) => u8::try_from(128 + signal).unwrap_or(130),
                Failure::Panicked => 101,
            };
        }
        if cause.is::<imaging::Error>() {
            return 3;
        }
        if cause.is::<LoadError>() {
            return 4;
        }
        if cause.is::<session::Error>() {
            return 5;
        }
        if is_broken_pipe(cause) {
            return 0;
        }
    }
    2
}

/// Whether the reader of our output has gone away, which is no failure of ours.
fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn the_code_says_who_can_fix_it() {
        let picture = imaging::Error {
            name: "a.png".into(),
            problem: "no such file".into(),
        };
        let model = LoadError {
            name: "m".into(),
            problem: "no config.json".into(),
        };
        let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        let check =
            |error: anyhow::Error, code: u8| assert_eq!(exit_code(&error), code, "{error:#}");
        check(Failure::Some(1, 3).into(), 1);
        check(Failure::Nothing("x".into()).into(), 1);
        check(Failure::Usage("x".into()).into(), 2);
        check(anyhow::anyhow!("anything else"), 2);
        check(anyhow::Error::new(picture).context("while opening"), 3);
        check(Failure::Model("nan".into()).into(), 4);
        check(anyhow::Error::new(model).context("while loading"), 4);
        check(session::Error::new("a.jsonl", "is empty").into(), 5);
        check(Failure::Interrupted.into(), 130);
        check(Failure::Signal(15).into(), 143);
        check(Failure::Panicked.into(), 101);
        check(
            Err::<(), _>(pipe)
                .context("writing the answer")
                .unwrap_err(),
            0,
        );
    }
}
