//! A folder of sessions and a name in, the session's file out.

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::error::Error;

/// What the files of sessions end in.
pub const ENDING: &str = "jsonl";

/// Where sessions are kept.
pub struct Store {
    folder: Option<PathBuf>,
}

impl Store {
    /// A folder; `None` where there is no home folder and nobody named another.
    pub fn of(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_owned),
        }
    }

    /// The folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn folder(&self) -> Result<&Path, Error> {
        self.folder.as_deref().ok_or_else(|| {
            Error::new(
                "sessions",
                "have no folder here: name one with --sessions DIR, or a session by its file",
            )
        })
    }

    /// The file of a session that is there: a file's name as typed, or a session's name in the folder, or its beginning if only
    /// one begins so; `last` is the one that was changed last.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, typed: &str) -> Result<PathBuf, Error> {
        if is_path(typed) || Path::new(typed).is_file() {
            return Ok(PathBuf::from(typed));
        }
        let file = self.folder()?.join(format!("{typed}.{ENDING}"));
        if file.is_file() {
            return Ok(file);
        }
        let all = self.all()?;
        if typed == "last" {
            let changed = |path: &PathBuf| fs_err::metadata(path).and_then(|it| it.modified()).ok();
            let last = all.into_iter().max_by_key(changed);
            return last.ok_or_else(|| Error::new(typed, "there is no session yet"));
        }
        let begins = |path: &&PathBuf| name(path).starts_with(typed) && !typed.is_empty();
        let mut beginning: Vec<&PathBuf> = all.iter().filter(begins).collect();
        match (beginning.pop(), beginning.len()) {
            (Some(only), 0) => Ok(only.clone()),
            (Some(_), more) => Err(Error::new(
                typed,
                &format!("begins the names of {} sessions; type more of it", more + 1),
            )),
            (None, _) => Err(Error::new(
                typed,
                "there is no such session; medlab sessions list shows those there are",
            )),
        }
    }

    /// The file of a session that is there, or is to be made.
    ///
    /// # Errors
    /// When the name is not one for a file, or there is no folder for sessions.
    pub fn path_to_write(&self, typed: &str) -> Result<PathBuf, Error> {
        if is_path(typed) {
            return Ok(PathBuf::from(typed));
        }
        let is_name = !typed.is_empty() && !typed.starts_with('.') && typed.chars().all(is_of_name);
        if !is_name {
            return Err(Error::new(
                typed,
                "is no name for a session: use letters, digits, '.', '-' and '_', or give a file that ends in .jsonl",
            ));
        }
        Ok(self.folder()?.join(format!("{typed}.{ENDING}")))
    }

    /// A file for a session that nobody named: called by the time.
    ///
    /// # Errors
    /// As [`Self::path_to_write`].
    pub fn fresh_path(&self, clock: &dyn Clock) -> Result<PathBuf, Error> {
        let time = clock.date().trim_end_matches('Z').replace(':', "-");
        let folder = self.folder()?;
        let mut name = time.clone();
        for n in 2.. {
            let path = folder.join(format!("{name}.{ENDING}"));
            if !path.exists() {
                return Ok(path);
            }
            name = format!("{time}-{n}");
        }
        unreachable!("numbers do not end")
    }

    /// The files of all sessions, by name.
    ///
    /// # Errors
    /// When the folder cannot be listed; one that is not there has none.
    pub fn all(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder()?;
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let failed = |error: std::io::Error| Error::io(&folder.display().to_string(), &error);
        let mut all = Vec::new();
        for entry in fs_err::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_session = path.extension().is_some_and(|it| it == ENDING);
            if is_session && !name(&path).starts_with('.') {
                all.push(path);
            }
        }
        all.sort();
        Ok(all)
    }
}

/// What a session is called: its file without folder and ending.
pub fn name(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |it| it.to_string_lossy().into_owned())
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_')
}

fn is_path(typed: &str) -> bool {
    let ends = Path::new(typed).extension().is_some_and(|it| it == ENDING);
    ends || typed.contains(std::path::is_separator)
}
