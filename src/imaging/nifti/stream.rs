//! A file of values, plain or gzip, in; the bytes of a range, piece by piece, out.
//!
//! A gzip stream can only be read from its start: what lies before the range is inflated and dropped, what lies behind
//! it is not inflated at all. Nothing is ever held but one piece.

use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;

use crate::imaging::Fallible;

/// Bytes that are handed on at a time: whole voxels of 1, 2, 3, 4 and 8 bytes.
const PIECE: usize = 48 << 10;
/// The most that deflate can make of a byte: 258 bytes from two codes of one bit each.
const DEFLATE_RATIO: u64 = 1032;
/// The most that is inflated to get at values: some minutes, at worst.
const MAX_INFLATED: u64 = 16 << 30;
/// What may follow the values in a gzip stream before its checksum is given up.
const MAX_TAIL: u64 = 1 << 20;

/// A range of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first one.
    pub(super) at: u64,
    /// How many.
    pub(super) bytes: u64,
    /// Nothing of use follows.
    pub(super) is_last: bool,
}

/// A file that is read in ranges.
#[derive(Debug)]
pub(super) struct Source<R> {
    file: R,
    /// Bytes of the file.
    length: u64,
    gzip: bool,
}

impl<R: Read + Seek> Source<R> {
    /// Looks at the first two bytes.
    pub(super) fn new(mut file: R) -> Fallible<Self> {
        let length = file
            .seek(SeekFrom::End(0))
            .map_err(|error| because(&error))?;
        file.seek(SeekFrom::Start(0))
            .map_err(|error| because(&error))?;
        let mut magic = Vec::new();
        file.by_ref()
            .take(2)
            .read_to_end(&mut magic)
            .map_err(|error| because(&error))?;
        let gzip = magic == [0x1f, 0x8b];
        Ok(Self { file, length, gzip })
    }

    /// Whether it is compressed.
    pub(super) fn is_gzip(&self) -> bool {
        self.gzip
    }

    /// The first bytes: at most `limit`, at least `least` where the file is not broken before them.
    pub(super) fn head(&mut self, least: usize, limit: usize) -> Fallible<Vec<u8>> {
        self.rewind(0)?;
        let mut head = Vec::new();
        let read = if self.gzip {
            let members = Members::new(BufReader::new(&mut self.file));
            members.take(limit as u64).read_to_end(&mut head)
        } else {
            self.file.by_ref().take(limit as u64).read_to_end(&mut head)
        };
        match read {
            // what is broken behind the header is found, and said, where it is read
            Err(error) if head.len() < least => {
                let of = format!("between bytes {} and {least} of its header", head.len());
                Err(broken(&error, &of))
            }
            _ => Ok(head),
        }
    }

    /// Refuses what can't hold values up to byte `end`, before anything is allocated.
    pub(super) fn check_room(&self, end: u64) -> Fallible<()> {
        if !self.gzip && self.length < end {
            return Err(format!(
                "is cut short: its values end at byte {end}, the file has {}: get it again",
                self.length
            ));
        }
        if self.gzip && self.length.saturating_mul(DEFLATE_RATIO) < end {
            return Err(format!(
                "is cut short: {} bytes of gzip cannot hold the {end} that its header asks for: get it again",
                self.length
            ));
        }
        if self.gzip && end > MAX_INFLATED {
            return Err(format!(
                "is too large: {} GiB when inflated, at most {} are: inflate it to a .nii first",
                end >> 30,
                MAX_INFLATED >> 30
            ));
        }
        Ok(())
    }

    /// Hands the bytes of a range to `sink`, in pieces of whole voxels.
    pub(super) fn read(&mut self, span: Span, sink: &mut dyn FnMut(&[u8])) -> Fallible<()> {
        if self.gzip {
            self.rewind(0)?;
            let mut stream = Members::new(BufReader::new(&mut self.file));
            pieces(&mut stream, span.at, 0, &mut |_| {})?;
            pieces(&mut stream, span.bytes, span.at, sink)?;
            if span.is_last {
                finish(&mut stream)?;
            }
            return Ok(());
        }
        self.rewind(span.at)?;
        pieces(&mut self.file, span.bytes, span.at, sink)
    }

    fn rewind(&mut self, at: u64) -> Fallible<()> {
        let found = self.file.seek(SeekFrom::Start(at));
        found.map(|_| ()).map_err(|error| because(&error))
    }
}

/// Reads `bytes` bytes, of which the first is byte `start` of the file.
fn pieces(
    from: &mut dyn Read,
    bytes: u64,
    start: u64,
    sink: &mut dyn FnMut(&[u8]),
) -> Fallible<()> {
    let mut piece = vec![0; PIECE];
    let mut left = bytes;
    while left > 0 {
        let wanted = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let part = &mut piece[..wanted];
        from.read_exact(part).map_err(|error| {
            let at = start + (bytes - left);
            broken(
                &error,
                &format!("between bytes {at} and {} of its values", start + bytes),
            )
        })?;
        sink(part);
        left -= wanted as u64;
    }
    Ok(())
}

/// Reads on to the checksum, so that flipped bits do not become wrong voxels.
fn finish(stream: &mut dyn Read) -> Fallible<()> {
    let tail = std::io::copy(&mut stream.take(MAX_TAIL), &mut std::io::sink());
    match tail {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err("is cut short: its gzip stream lacks its checksum: get it again".to_owned())
        }
        Err(error) => Err(format!("is damaged: {error}: get it again")),
    }
}

/// The sentence for a file that can't be read.
fn because(error: &std::io::Error) -> String {
    format!("cannot be read: {}", error.kind())
}

/// The sentence for a file that ends or breaks off at a place.
fn broken(error: &std::io::Error, place: &str) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => format!("is cut short: it ends {place}: get it again"),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            format!("is damaged: {error} {place}: get it again")
        }
        kind => format!("cannot be read: {kind}"),
    }
}

/// What the members of a gzip file hold, one after the other (RFC 1952, 2.2); bytes that are no member end it.
struct Members<R> {
    /// `None` behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(file: R) -> Self {
        Self {
            member: Some(GzDecoder::new(file)),
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let bytes = member.read(to)?;
            if bytes > 0 {
                return Ok(bytes);
            }
            let mut rest = self.member.take().expect("it was there").into_inner();
            if rest.fill_buf()?.starts_with(&[0x1f]) {
                self.member = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(file: &[u8], at: u64, bytes: u64, is_last: bool) -> Fallible<Vec<u8>> {
        let mut all = Vec::new();
        let span = Span { at, bytes, is_last };
        Source::new(Cursor::new(file))?.read(span, &mut |piece| all.extend_from_slice(piece))?;
        Ok(all)
    }

    fn noise() -> Vec<u8> {
        (0..200_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0])
            .collect()
    }

    #[test]
    fn a_range_is_the_same_plain_compressed_and_in_two_members() {
        let bytes = noise();
        let two = [gzip(&bytes[..70_000]), gzip(&bytes[70_000..])].concat();
        for file in [bytes.clone(), gzip(&bytes), two] {
            assert_eq!(read(&file, 0, 200_000, true).unwrap(), bytes);
            assert_eq!(
                read(&file, 69_990, 60_000, false).unwrap(),
                bytes[69_990..129_990]
            );
            assert!(read(&file, 200_000, 0, true).unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_cut_short_says_where() {
        let bytes = noise();
        let problem = read(&bytes[..1000], 500, 501, true).unwrap_err();
        assert!(problem.contains("between bytes 500 and 1001"), "{problem}");
        let file = gzip(&bytes);
        let problem = read(&file[..file.len() / 2], 0, 200_000, true).unwrap_err();
        assert!(
            problem.contains("cut short") && problem.contains("and 200000"),
            "{problem}"
        );
        let problem = read(&file[..file.len() - 3], 0, 200_000, true).unwrap_err();
        assert!(problem.contains("lacks its checksum"), "{problem}");
        assert!(read(&file[..file.len() - 3], 0, 200_000, false).is_ok());
    }

    #[test]
    fn a_wrong_checksum_is_found_and_rubbish_behind_it_is_not_minded() {
        let mut file = gzip(&noise());
        file.extend(b"\0\0rubbish");
        assert!(read(&file, 0, 200_000, true).is_ok());
        let checksum = file.len() - 9 - 8;
        file[checksum] ^= 1;
        let problem = read(&file, 0, 200_000, true).unwrap_err();
        assert!(problem.contains("checksum"), "{problem}");
    }

    #[test]
    fn room_is_known_before_reading() {
        let plain = Source::new(Cursor::new([0; 100])).unwrap();
        assert!(plain.check_room(100).is_ok());
        let problem = plain.check_room(101).unwrap_err();
        assert!(problem.contains("byte 101, the file has 100"), "{problem}");
        let file = Source::new(Cursor::new([0x1f, 0x8b, 8, 0])).unwrap();
        assert!(file.check_room(4 * 1032).is_ok());
        assert!(
            file.check_room(4 * 1032 + 1)
                .unwrap_err()
                .contains("4 bytes of gzip")
        );
        let long = Source {
            length: 1 << 28,
            ..file
        };
        assert!(long.check_room(16 << 30).is_ok());
        assert!(
            long.check_room((16 << 30) + 1)
                .unwrap_err()
                .contains("inflate it")
        );
    }
}
