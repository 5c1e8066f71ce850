//! The file of a session in, nothing out: it is removed, if it is a session and nobody is at it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::read::Reader;
use super::transcript::lock;

/// A session that may be removed: no other process can open it to go on with it in the meantime.
pub struct Removable {
    path: PathBuf,
    /// Locked as long as it is there.
    _file: File,
}

impl Removable {
    /// Makes sure that it is a session, damaged or not, and that nobody is at it.
    ///
    /// # Errors
    /// When it is none, or another process is at it.
    pub fn claim(path: &Path) -> Result<Self, Error> {
        drop(Reader::open(path)?);
        let name = path.display().to_string();
        let file = fs_err::File::open(path).map_err(|error| Error::io(&name, &error))?;
        let file = file.into_file();
        lock(&name, &file)?;
        Ok(Self {
            path: path.to_owned(),
            _file: file,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it.
    ///
    /// # Errors
    /// When the folder or the disk says no.
    pub fn remove(self) -> Result<(), Error> {
        let removed = fs_err::remove_file(&self.path);
        removed.map_err(|error| Error::io(&self.path.display().to_string(), &error))
    }
}
