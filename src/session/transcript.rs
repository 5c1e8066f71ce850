//! Records in, lines at the end of a session's file out: locked, whole lines only, on the disk at the end of each turn.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::OpenOptions;

use super::clock::Clock;
use super::error::{Error, because};
use super::read::Reader;
use super::story::Story;
use super::v1::{self, Head, Record};

/// A session's file that this process, and no other, may add to.
pub struct Transcript {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    len: u64,
    clock: Box<dyn Clock>,
    last: f64,
}

/// A session that was opened again.
pub struct Reopened {
    /// To go on with.
    pub transcript: Transcript,
    /// What was said.
    pub story: Story,
    /// Bytes of a torn last line that were taken away.
    pub torn: u64,
}

impl Transcript {
    /// Begins a session. Its file appears with its head in it, or not at all; its folder is made, and only its owner may look
    /// into it, if it is not there.
    ///
    /// # Errors
    /// When there is a file of that name, or none can be written there.
    pub fn create(path: &Path, head: &Head, clock: Box<dyn Clock>) -> Result<Self, Error> {
        let line = v1::head_line(head);
        let made = begin(path, &head.id, |file| file.write_all(line.as_bytes()));
        let file = made.map_err(|error| not_begun(path, &error))?;
        let len = line.len() as u64;
        let last = clock.seconds();
        Ok(Self {
            path: path.to_owned(),
            file,
            len,
            clock,
            last,
        })
    }

    /// Opens a session to go on with it. A last line that is torn is taken away; nothing else is ever changed.
    ///
    /// # Errors
    /// When there is none, it is damaged, cannot be written to, or another process is at it.
    pub fn reopen(path: &Path, clock: Box<dyn Clock>) -> Result<Reopened, Error> {
        let name = path.display().to_string();
        // what is no session at all is not even locked
        drop(Reader::open(path)?);
        let failed = |error: io::Error| Error::io(&name, &error);
        let file = OpenOptions::new().read(true).write(true).open(path);
        let mut file = file.map_err(failed)?.into_file();
        lock(&name, &file)?;
        let mut reader = Reader::new(&name, file.try_clone().map_err(failed)?)?.without_prompts();
        let story = Story::read(&mut reader)?;
        let size = file.metadata().map_err(failed)?.len();
        let mut len = reader.offset();
        let torn = size - len;
        if torn > 0 {
            file.set_len(len).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        len += end_line(&mut file, len).map_err(failed)?;
        let last = clock.seconds();
        let path = path.to_owned();
        let transcript = Self {
            path,
            file,
            len,
            clock,
            last,
        };
        Ok(Reopened {
            transcript,
            story,
            torn,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a record: one write of one whole line. When it fails, what was written of the line is taken away again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        let now = self.clock.seconds();
        let line = v1::line((now - self.last).max(0.0), record);
        self.last = now;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // a torn line would be mended by whoever opens it next, if this fails too
            let _ = self.file.set_len(self.len);
            let _ = self.file.seek(SeekFrom::Start(self.len));
            return Err(error);
        }
        self.len += line.len() as u64;
        Ok(())
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Why a transcript could not be written, for people.
pub(super) fn why(error: &io::Error) -> String {
    because(error)
}

/// Why a session could not be begun.
pub(super) fn not_begun(path: &Path, error: &io::Error) -> Error {
    let name = path.display().to_string();
    match error.kind() {
        io::ErrorKind::AlreadyExists => Error::new(&name, "there is a session of this name"),
        _ => Error::io(&name, error),
    }
}

/// Makes a session's file and locks it. It is written under another name first: a session without its head could not be read.
pub(super) fn begin(
    path: &Path,
    id: &str,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<File> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    make(folder)?;
    let draft = folder.join(format!(".{id}.new"));
    let made = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&draft)?;
    let mut file = made.into_file();
    let begun = file
        .try_lock()
        .map_err(io::Error::from)
        .and_then(|()| write(&mut file))
        .and_then(|()| file.sync_all())
        .and_then(|()| appear(&draft, path));
    // the link is what counts; the draft's name goes in any case
    let _ = fs_err::remove_file(&draft);
    begun.map(|()| file)
}

fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs_err::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Gives a file its name. A link never takes the place of a file that is there, as a rename does; a disk that has no links
/// is looked at first.
fn appear(draft: &Path, path: &Path) -> io::Result<()> {
    match fs_err::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if path.exists() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs_err::rename(draft, path),
        Ok(()) => Ok(()),
    }
}

/// Takes the lock. A process that is just being started by somebody else holds a copy of it for a moment: so it is tried for
/// a while.
pub(super) fn lock(name: &str, file: &File) -> Result<(), Error> {
    const TRIES: usize = 10;
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(Error::io(name, &error)),
        }
    }
    Err(Error::new(
        name,
        "another medlab is at this session: leave that one, or branch it with `medlab sessions branch`",
    ))
}

/// Ends a last line that only lacks its line feed; gives how many bytes that took.
fn end_line(file: &mut File, len: u64) -> io::Result<u64> {
    let mut last = [0];
    file.seek(SeekFrom::Start(len.saturating_sub(1)))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(0);
    }
    file.write_all(b"\n")?;
    Ok(1)
}
