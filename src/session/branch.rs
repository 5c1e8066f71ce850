//! A session and one of its turns in, a session of its own out that begins with the same lines; the first is only read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::error::Error;
use super::read::Reader;
use super::transcript::{begin, not_begun};
use super::v1::{self, Branch, Record};

/// What a branch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branched {
    /// The last turn that it has; 0 when it has none.
    pub turn: usize,
    /// Whether the answer of that turn has no end: the program ended in the middle of it, or has not ended yet.
    pub is_cut: bool,
}

/// Copies the lines up to the end of a turn, byte for byte, under a head with another id and time. What was said about the
/// turn right behind it (boxes, expectations, notes, verdicts) belongs to it. Without a turn everything is copied, so that the
/// branch is where the session is now.
///
/// The session is only read, so that another process may be at it, and what is behind the turn may be damaged. A last line
/// that is torn is not copied.
///
/// # Errors
/// When there is no such session or turn, it is damaged before the turn's end, or the new file is there already or cannot be
/// written; then there is none.
pub fn branch(
    from: &Path,
    turn: Option<usize>,
    to: &Path,
    id: &str,
    started: &str,
) -> Result<Branched, Error> {
    let mut reader = Reader::open(from)?.without_prompts();
    let session = reader.head().id.clone();
    let mut copy = Copy {
        begin: reader.offset(),
        end: reader.offset(),
        branched: Branched {
            turn: 0,
            is_cut: false,
        },
    };
    match turn {
        None => while copy.take(&mut reader)?.is_some() {},
        Some(turn) => copy.up_to(&mut reader, turn, from)?,
    }
    let branched = copy.branched;
    let origin = Branch {
        session,
        turn: branched.turn,
    };
    let name = from.display().to_string();
    let failed = |error: io::Error| Error::io(&name, &error);
    let source = fs_err::File::open(from).map_err(failed)?.into_file();
    let mut source = BufReader::new(source);
    let mut head = String::new();
    source.read_line(&mut head).map_err(failed)?;
    let head = v1::head_of_branch(&head, id, started, &origin)
        .map_err(|problem| Error::new(&name, &problem))?;
    let made = begin(to, id, |file| {
        file.write_all(head.as_bytes())?;
        copy.write(&mut source, file)
    });
    made.map_err(|error| not_begun(to, &error))?;
    Ok(branched)
}

/// Which bytes are copied, and what is in them.
struct Copy {
    begin: u64,
    end: u64,
    branched: Branched,
}

impl Copy {
    /// Takes the next line to those that are copied.
    fn take(&mut self, reader: &mut Reader) -> Result<Option<Record>, Error> {
        let Some((_, record)) = reader.next_record()? else {
            return Ok(None);
        };
        self.end = reader.offset();
        match &record {
            Record::Turn(turn) => {
                self.branched = Branched {
                    turn: turn.n,
                    is_cut: true,
                }
            }
            Record::Done(_) | Record::Failed(_) => self.branched.is_cut = false,
            _ => {}
        }
        Ok(Some(record))
    }

    /// Takes all lines up to the end of a turn.
    fn up_to(&mut self, reader: &mut Reader, turn: usize, from: &Path) -> Result<(), Error> {
        let mut last = 0;
        loop {
            match self.take(reader)? {
                Some(Record::Turn(it)) if it.n == turn => break,
                Some(Record::Turn(it)) => last = it.n,
                Some(_) => {}
                None => {
                    let name = from.display().to_string();
                    return Err(Error::new(&name, &no_such_turn(turn, last)));
                }
            }
        }
        while self.branched.is_cut {
            let before = (self.end, self.branched);
            match self.take(reader)? {
                Some(Record::Piece(_) | Record::Done(_) | Record::Failed(_)) => {}
                // the answer has no end: something else begins
                Some(_) => {
                    (self.end, self.branched) = before;
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
        // what is behind the turn may be anything, damaged too
        loop {
            let before = (self.end, self.branched);
            match self.take(reader) {
                Ok(Some(record)) if about(&record) == Some(turn) => {}
                _ => {
                    (self.end, self.branched) = before;
                    return Ok(());
                }
            }
        }
    }

    fn write(&self, source: &mut BufReader<File>, to: &mut File) -> io::Result<()> {
        source.seek(SeekFrom::Start(self.begin))?;
        let n_bytes = self.end - self.begin;
        let copied = io::copy(&mut source.take(n_bytes), to)?;
        if copied != n_bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if n_bytes > 0 && !ends_in_line_feed(source, self.end)? {
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// A last line may lack its line feed and nothing else.
fn ends_in_line_feed(source: &mut BufReader<File>, end: u64) -> io::Result<bool> {
    let mut last = [0];
    source.seek(SeekFrom::Start(end - 1))?;
    source.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The turn that a record says something of, if it does.
fn about(record: &Record) -> Option<usize> {
    match record {
        Record::Boxes(it) => Some(it.turn),
        Record::Expect(it) => Some(it.turn),
        Record::Note(it) => it.turn,
        Record::Verdict(it) => Some(it.turn),
        _ => None,
    }
}

fn no_such_turn(turn: usize, last: usize) -> String {
    match last {
        0 => format!("has no turn {turn}: nothing was asked in it"),
        last => format!("has no turn {turn}; the last is {last}"),
    }
}
