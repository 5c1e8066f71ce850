//! A TIFF's or a GIF's bytes in, where its pages begin or how many there are out, by our own walk.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::imaging::Fallible;

/// Most pages that are looked for.
const MAX_PAGES: usize = 65_536;

/// Byte offset of every page's directory (TIFF 6.0 section 2; `BigTIFF`).
pub(super) fn of_tiff(bytes: &[u8]) -> Fallible<Vec<u64>> {
    let tiff = Tiff::of(bytes).ok_or("is a truncated TIFF: it ends inside its header")?;
    let mut pages = Vec::new();
    let mut seen = BTreeSet::new();
    let mut at = tiff.first();
    while let Some(page) = at.filter(|page| *page != 0) {
        if pages.len() >= MAX_PAGES || !seen.insert(page) {
            return Err("is a damaged TIFF: its pages go round in a circle".to_owned());
        }
        pages.push(page);
        at = tiff.next(page);
    }
    match pages.len() {
        0 => Err("is a damaged TIFF: it has no pages".to_owned()),
        _ => Ok(pages),
    }
}

/// The same file with another page as its first, for a decoder that reads only that.
pub(super) fn with_first(bytes: &[u8], page: u64) -> Cow<'_, [u8]> {
    let Some(tiff) = Tiff::of(bytes) else {
        return Cow::Borrowed(bytes);
    };
    if tiff.first() == Some(page) {
        return Cow::Borrowed(bytes);
    }
    let (at, len) = tiff.first_at();
    let mut bytes = bytes.to_vec();
    let big = page.to_be_bytes();
    let offset = if tiff.big_endian {
        big[8 - len..].to_vec()
    } else {
        page.to_le_bytes()[..len].to_vec()
    };
    bytes[at..at + len].copy_from_slice(&offset);
    Cow::Owned(bytes)
}

struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// 64-bit offsets.
    wide: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let wide = matches!(bytes.get(..4)?, b"II+\0" | b"MM\0+");
        bytes.get(..if wide { 16 } else { 8 })?;
        Some(Self {
            bytes,
            big_endian: bytes.starts_with(b"MM"),
            wide,
        })
    }

    fn number(&self, at: u64, len: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(len)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        })
    }

    /// Where the offset of the first page stands, and its length.
    fn first_at(&self) -> (usize, usize) {
        if self.wide { (8, 8) } else { (4, 4) }
    }

    fn first(&self) -> Option<u64> {
        let (at, len) = self.first_at();
        self.number(at as u64, len)
    }

    /// The page behind a page; `None` where the file ends.
    fn next(&self, page: u64) -> Option<u64> {
        let (count_len, entry, offset_len) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let entries = self.number(page, count_len)?;
        let behind = entries
            .checked_mul(entry)?
            .checked_add(page)?
            .checked_add(count_len as u64)?;
        self.number(behind, offset_len)
    }
}

/// Number of pictures in a GIF (`GIF89a`, sections 18 to 26); at least 1.
pub(super) fn of_gif(bytes: &[u8]) -> usize {
    frames(bytes).unwrap_or(0).max(1)
}

fn frames(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut count = 0;
    while let Some(block) = bytes.get(at) {
        at = match block {
            0x21 => blocks(bytes, at + 2),
            0x2c => {
                count += 1;
                let Some(flags) = bytes.get(at + 9) else {
                    break;
                };
                blocks(bytes, at + 11 + table(*flags))
            }
            _ => break,
        };
    }
    Some(count)
}

/// The place behind a chain of sub-blocks.
fn blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(len) = bytes.get(at) {
        at += 1 + usize::from(*len);
        if *len == 0 {
            break;
        }
    }
    at
}
