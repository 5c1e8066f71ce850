//! A session's file in, its head and its lines out, one after the other: what comes first, lists and replays need no more.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use memchr::memchr;

use super::error::Error;
use super::v1::{self, Head, Parts, Record};

/// No line is longer, in bytes.
const LONGEST_LINE: usize = 16 << 20;

/// A place between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Here {
    /// Lines before it.
    number: usize,
    /// Bytes before it.
    offset: u64,
}

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
    with_prompts: bool,
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
            with_prompts: true,
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

    /// The same, but the ids of the prompts are left out of the turns: they are what a long session has most of, and only who
    /// computes again needs them.
    #[must_use]
    pub fn without_prompts(self) -> Self {
        Self {
            with_prompts: false,
            ..self
        }
    }

    /// Where the next line begins.
    pub fn here(&self) -> Here {
        Here {
            number: self.number,
            offset: self.whole,
        }
    }

    /// Goes back to where a line begins: it is the next one that is read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn go_back(&mut self, here: Here) -> Result<(), Error> {
        let moved = self.file.seek(SeekFrom::Start(here.offset));
        moved.map_err(|error| Error::io(&self.name, &error))?;
        (self.number, self.whole) = (here.number, here.offset);
        Ok(())
    }

    /// Goes to the first line that begins in the last bytes of a longer file; whether it is one. How many lines are before
    /// it, nobody knows then.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn go_near_end(&mut self, n_bytes: u64) -> Result<bool, Error> {
        let failed = |error: std::io::Error| Error::io(&self.name, &error);
        let length = self.file.get_ref().metadata().map_err(failed)?.len();
        let from = length.saturating_sub(n_bytes);
        if from <= self.whole {
            return Ok(false);
        }
        self.file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let skipped = self.file.skip_until(b'\n').map_err(failed)?;
        let skipped = u64::try_from(skipped).unwrap_or(u64::MAX);
        (self.number, self.whole) = (0, from.saturating_add(skipped));
        Ok(true)
    }

    /// What is to be said of the line that was read last when its data are not what they should be.
    pub(super) fn damaged(&self, problem: &str) -> Error {
        damaged(&self.name, self.number, problem)
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
            let is_event = self.line.starts_with('[');
            if !is_event && (self.line.starts_with('#') || self.line.trim().is_empty()) {
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
        let with_prompts = self.with_prompts;
        let Some(parts) = self.next_parts()? else {
            return Ok(None);
        };
        let record = if with_prompts {
            parts.record()
        } else {
            parts.record_without_prompt()
        };
        let delay = parts.delay;
        match record {
            Ok(record) => Ok(Some((delay, record))),
            Err(problem) => Err(self.damaged(&problem)),
        }
    }

    /// Whether there was another line; a line without its line feed is none, unless it is whole all the same.
    fn next_line(&mut self) -> Result<bool, Error> {
        let mut bytes = std::mem::take(&mut self.line).into_bytes();
        bytes.clear();
        let read = read_line(&mut self.file, &mut bytes);
        read.map_err(|error| Error::io(&self.name, &error))?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let is_ended = bytes.last() == Some(&b'\n');
        if !is_ended && bytes.len() >= LONGEST_LINE {
            let problem = format!("it is longer than {} MiB", LONGEST_LINE >> 20);
            return Err(damaged(&self.name, self.number + 1, &problem));
        }
        let n = bytes.len() as u64;
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

/// A line with its line feed, or what there is of it: up to the end of the file, or to the longest that a line may be.
fn read_line(file: &mut BufReader<File>, line: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let bytes = match file.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let end = memchr(b'\n', bytes).map(|at| at + 1);
        let n = end.unwrap_or(bytes.len());
        line.extend_from_slice(&bytes[..n]);
        file.consume(n);
        if end.is_some() || n == 0 || line.len() >= LONGEST_LINE {
            return Ok(());
        }
    }
}

/// Whether a line that lacks its line feed lacks nothing else.
fn is_whole(line: &str) -> bool {
    let is_event = v1::parts(line).is_ok_and(|parts| parts.record().is_ok());
    // the end of a comment that was cut is nothing that was said
    is_event || line.starts_with('#') || v1::head(line).is_ok()
}

fn damaged(name: &str, number: usize, problem: &str) -> Error {
    Error::new(
        name,
        &format!(
            "line {number} is damaged: {problem}; nothing was changed, and `medlab sessions branch` can copy the turns before it"
        ),
    )
}
