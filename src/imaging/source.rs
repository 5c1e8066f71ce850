//! Where a picture's bytes are in (a file, a member of a zip archive, memory), the bytes out, held to a size.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::guard::MAX_FILE_BYTES;
use super::{Fallible, origin, read};

/// Where the bytes of one picture file are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A file inside a zip archive.
    Member {
        /// The archive.
        archive: PathBuf,
        /// The member's name in it.
        name: String,
    },
    /// Bytes that came from somewhere else; the name is only for people.
    Bytes {
        /// What the picture is called.
        name: String,
        /// Its bytes; shared, since every slice of a series has its source.
        bytes: Arc<Vec<u8>>,
    },
}

impl Source {
    /// The last part of its name, safe to print: never a folder.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => origin::file_name(&path.to_string_lossy()),
            Self::Member { name, .. } | Self::Bytes { name, .. } => origin::file_name(name),
        }
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// When it is missing, may not be read, or is too large.
    pub(super) fn bytes(&self) -> Fallible<Vec<u8>> {
        match self {
            Self::File(path) => read::file(path),
            Self::Member { archive, name } => member(archive, name, MAX_FILE_BYTES),
            Self::Bytes { bytes, .. } => Ok(bytes.to_vec()),
        }
    }

    /// Its first bytes, at most so many.
    ///
    /// # Errors
    /// As `bytes`.
    pub(super) fn head(&self, most: u64) -> Fallible<Vec<u8>> {
        match self {
            Self::File(path) => read::head(path, most),
            Self::Member { archive, name } => member_head(archive, name, most),
            Self::Bytes { bytes, .. } => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                Ok(bytes[..bytes.len().min(most)].to_vec())
            }
        }
    }
}

fn open(archive: &Path) -> Fallible<zip::ZipArchive<std::fs::File>> {
    let file = std::fs::File::open(archive).map_err(|error| read::because(&error))?;
    zip::ZipArchive::new(file)
        .map_err(|error| format!("is a damaged zip archive: {}", origin::reason(&error)))
}

fn member_head(archive: &Path, name: &str, most: u64) -> Fallible<Vec<u8>> {
    let mut archive = open(archive)?;
    let member = archive
        .by_name(name)
        .map_err(|error| because(name, &error))?;
    let mut bytes = Vec::new();
    member
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| read::because(&error))?;
    Ok(bytes)
}

/// A member's bytes, unpacked no further than a limit whatever its header says.
fn member(archive: &Path, name: &str, limit: u64) -> Fallible<Vec<u8>> {
    let bytes = member_head(archive, name, limit + 1)?;
    if bytes.len() as u64 > limit {
        return Err(format!(
            "is too large: more than {} MiB when unpacked, no more is read",
            limit >> 20
        ));
    }
    Ok(bytes)
}

fn because(name: &str, error: &zip::result::ZipError) -> String {
    use zip::result::ZipError;
    let name = origin::printable(name);
    match error {
        ZipError::FileNotFound => format!("has no member '{name}'"),
        ZipError::UnsupportedArchive(_) => {
            format!(
                "its member '{name}' is encrypted or packed in a way that is not read: unpack it first"
            )
        }
        error => format!("its member '{name}' is damaged: {}", origin::reason(error)),
    }
}
