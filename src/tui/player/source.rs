//! A session's file and a place in it in, the next records out: so many at once, that a long session is never in memory.

use crate::session::read::{Here, Reader};
use crate::session::v1::Record;

use super::msg::{Chunk, Next};

/// The most records of a chunk.
pub const RECORDS: usize = 256;

/// A chunk ends behind so many bytes of the file.
pub const BYTES: u64 = 1 << 20;

/// A session that is read a chunk at a time.
pub struct Source {
    reader: Reader,
    start: Here,
}

impl Source {
    /// Reads a session that was just opened. The ids of prompts are not needed (`Reader::without_prompts`).
    pub fn new(reader: Reader) -> Self {
        let start = reader.here();
        Self { reader, start }
    }

    /// Reads a chunk: what answers [`super::Effect::Read`].
    ///
    /// It ends behind [`RECORDS`] records or [`BYTES`] bytes, whichever comes first, and has at least one record where there
    /// is one. A session has lines of at most 16 MiB, so this is the most that a chunk can be longer.
    pub fn chunk(&mut self, ticket: u64, from: Option<Here>) -> Chunk {
        let mut records = Vec::new();
        let next = self.read(from.unwrap_or(self.start), &mut records);
        Chunk {
            ticket,
            records,
            next: next.unwrap_or_else(Next::Damaged),
        }
    }

    fn read(&mut self, from: Here, records: &mut Vec<(f64, Record)>) -> Result<Next, String> {
        let reader = &mut self.reader;
        reader.go_back(from).map_err(|error| error.to_string())?;
        let start = reader.offset();
        while records.len() < RECORDS && reader.offset().saturating_sub(start) < BYTES {
            let Some(timed) = reader.next_record().map_err(|error| error.to_string())? else {
                let is_torn = reader.is_torn();
                return Ok(Next::End { is_torn });
            };
            records.push(timed);
        }
        Ok(Next::At(reader.here()))
    }
}
