//! The bytes of a header in, which of the three formats it is and the numbers in its fields out.

use crate::imaging::Fallible;

/// Bytes of a NIfTI-1 or ANALYZE header: the least that is one.
pub(super) const BYTES_1: usize = 348;
/// Bytes of a NIfTI-2 header: the most that is looked at.
pub(super) const BYTES_2: usize = 540;

/// Which of the three formats a header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// ANALYZE 7.5: no magic, no orientation that can be trusted.
    Analyze,
    /// NIfTI-1.
    One,
    /// NIfTI-2.
    Two,
}

/// A header's bytes with their format and order.
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) version: Version,
    pub(super) big: bool,
    pub(super) pair: bool,
}

impl<'a> Fields<'a> {
    /// Decides by `sizeof_hdr` (348 or 540 in one byte order) and the magic.
    pub(super) fn new(bytes: &'a [u8]) -> Fallible<Self> {
        let Some(first) = bytes.first_chunk::<4>() else {
            return Err(format!(
                "is {} bytes long, expected a NIfTI header of 348 or 540",
                bytes.len()
            ));
        };
        let (length, big) = match (u32::from_le_bytes(*first), u32::from_be_bytes(*first)) {
            (348, _) => (BYTES_1, false),
            (_, 348) => (BYTES_1, true),
            (540, _) => (BYTES_2, false),
            (_, 540) => (BYTES_2, true),
            (other, _) => {
                return Err(format!(
                    "is not a NIfTI file: it begins with {other} as the length of its header, expected 348 or 540"
                ));
            }
        };
        let Some(bytes) = bytes.get(..length) else {
            return Err(format!(
                "is cut short: {} bytes of a NIfTI header of {length}",
                bytes.len()
            ));
        };
        let (version, pair) = if length == BYTES_1 {
            match &bytes[344..348] {
                b"n+1\0" => (Version::One, false),
                b"ni1\0" => (Version::One, true),
                _ => (Version::Analyze, true),
            }
        } else {
            match &bytes[4..12] {
                b"n+2\0\r\n\x1a\n" => (Version::Two, false),
                b"ni2\0\r\n\x1a\n" => (Version::Two, true),
                _ => {
                    return Err(
                        "is damaged: its header is as long as that of NIfTI-2 but lacks the magic \
                                n+2 or ni2, or was changed as text is by a transfer"
                            .to_owned(),
                    );
                }
            }
        };
        Ok(Self {
            bytes,
            version,
            big,
            pair,
        })
    }

    fn take<const N: usize>(&self, at: usize) -> [u8; N] {
        let field = self.bytes[at..].first_chunk::<N>();
        let mut field = *field.expect("new() made sure that the header is whole");
        if self.big {
            field.reverse();
        }
        field
    }

    pub(super) fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.take(at))
    }

    pub(super) fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.take(at))
    }

    pub(super) fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.take(at))
    }

    pub(super) fn f32(&self, at: usize) -> f32 {
        f32::from_le_bytes(self.take(at))
    }

    pub(super) fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.take(at))
    }
}
