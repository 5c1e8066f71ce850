//! A session's file in, its head and its lines out, one after the other: what comes first, lists and replays need no more.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::error::Error;
use super::v1::{self, Head, Parts, Record};

/// No line is longer, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// Lines of a session, in order.
pub struct Reader {
    name: String,
    file: BufReader<File>,
    head: Head,
    line: String,
    number: usize,
    /// Bytes of all lines that were read whole.
    whole: u64,
    torn: bool,
}

impl Reader {
    /// Opens a session's file and reads its head.
    ///
    /// # Errors
    /// When there is none, or it is no session that this program knows.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let about = fs_err::metadata(path).map_err(|error| Error::io(&name, &error))?;
        if !about.is_file() {
            return Err(Error::new(
                &name,
                "is not a regular file, expected a session",
            ));
        }
        let file = fs_err::File::open(path).map_err(|error| Error::io(&name, &error))?;
        Self::new(&name, file.into_file())
    }

    /// Reads a file that is open already, from its beginning.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn new(name: &str, mut file: File) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(0))
            .map_err(|error| Error::io(name, &error))?;
        let mut reader = Self {
            name: name.to_owned(),
            file: BufReader::with_capacity(1 << 18, file),
            head: Head::default(),
            line: String::new(),
            number: 0,
            whole: 0,
            torn: false,
        };
        if !reader.next_line()? {
            let problem = if reader.torn {
                "is no whole session: its first line is cut, so that nothing of it can be read"
            } else {
                "is empty, expected a session"
            };
            return Err(reader.error(problem));
        }
        reader.head = v1::head(&reader.line).map_err(|problem| reader.error(&problem))?;
        Ok(reader)
    }

    /// The first line.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The number of the line that was read last, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Where the line ends that was read last, in bytes from the file's beginning.
    pub fn offset(&self) -> u64 {
        self.whole
    }

    /// Whether the file ends in the middle of a line, as after a crash. Known once there is no next line; what the torn line
    /// would have said is lost.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// The next event, cut but not read; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or the line is damaged.
    pub fn next_parts(&mut self) -> Result<Option<Parts<'_>>, Error> {
        while self.next_line()? {
            let is_comment = self.line.starts_with('#') || self.line.trim().is_empty();
            if is_comment {
                continue;
            }
            // borrowed anew, since a loop may not hand out what it goes on with
            return match v1::parts(&self.line) {
                Ok(parts) => Ok(Some(parts)),
                Err(problem) => Err(damaged(&self.name, self.number, problem)),
            };
        }
        Ok(None)
    }

    /// The next event and its delay in seconds; `None` at the end.
    ///
    /// # Errors
    /// As [`Self::next_parts`].
    pub fn next_record(&mut self) -> Result<Option<(f64, Record)>, Error> {
        let number = self.number + 1;
        let Some(parts) = self.next_parts()? else {
            return Ok(None);
        };
        let (delay, record) = (parts.delay, parts.record());
        let number = number.max(self.number);
        match record {
            Ok(record) => Ok(Some((delay, record))),
            Err(problem) => Err(damaged(&self.name, number, &problem)),
        }
    }

    /// Whether there was another line; a line without its line feed is none, unless it is whole all the same.
    fn next_line(&mut self) -> Result<bool, Error> {
        let mut bytes = std::mem::take(&mut self.line).into_bytes();
        bytes.clear();
        let mut most = self.file.by_ref().take(LONGEST_LINE);
        let read = most.read_until(b'\n', &mut bytes);
        let n = read.map_err(|error| Error::io(&self.name, &error))? as u64;
        if n == 0 {
            return Ok(false);
        }
        let is_ended = bytes.last() == Some(&b'\n');
        if !is_ended && n == LONGEST_LINE {
            let problem = format!("it is longer than {} MiB", LONGEST_LINE >> 20);
            return Err(damaged(&self.name, self.number + 1, &problem));
        }
        let text = String::from_utf8(bytes);
        if !is_ended && !text.as_deref().is_ok_and(is_whole) {
            self.torn = true;
            return Ok(false);
        }
        self.number += 1;
        self.whole += n;
        let number = self.number;
        self.line = text.map_err(|_utf8| damaged(&self.name, number, "it is not text in UTF-8"))?;
        Ok(true)
    }

    fn error(&self, problem: &str) -> Error {
        Error::new(&self.name, problem)
    }
}

/// Whether a line that lacks its line feed lacks nothing else.
fn is_whole(line: &str) -> bool {
    v1::parts(line).is_ok_and(|parts| parts.record().is_ok()) || v1::head(line).is_ok()
}

fn damaged(name: &str, number: usize, problem: &str) -> Error {
    Error::new(
        name,
        &format!(
            "line {number} is damaged: {problem}; nothing was changed, and `medlab sessions branch` can copy the turns before it"
        ),
    )
}
