//! Why a session could not be read or written: one sentence behind its name, exit code 5.

use std::io;

use super::safe::printable;

/// Why a session could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct Error {
    /// The session's name or file, control characters escaped.
    pub name: String,
    /// One sentence: what it was, what was expected, what to do.
    pub problem: String,
}

impl Error {
    /// From a name and a sentence.
    pub fn new(name: &str, problem: &str) -> Self {
        Self {
            name: printable(name),
            problem: printable(problem),
        }
    }

    /// From what the system says.
    pub fn io(name: &str, error: &io::Error) -> Self {
        Self::new(name, &because(error))
    }
}

/// Why a session's file could not be read or written, without its name.
pub(super) fn because(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such session; medlab sessions list shows those there are".to_owned()
        }
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::FileTooLarge => "it is larger than files may be here".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the quota of this disk is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is not a folder".to_owned(),
        kind => kind.to_string(),
    }
}
