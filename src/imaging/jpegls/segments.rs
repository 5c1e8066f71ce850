//! The bytes of a JPEG-LS stream in, its marker segments out, one after the other (T.81 B.1, T.87 C.1).

use crate::imaging::Fallible;

/// Start of image.
const SOI: u8 = 0xd8;
/// End of image.
pub(super) const EOI: u8 = 0xd9;
/// Start of scan; the scan's data follow.
pub(super) const SOS: u8 = 0xda;
/// Number of lines, behind the first scan.
pub(super) const DNL: u8 = 0xdc;
/// Restart interval.
pub(super) const DRI: u8 = 0xdd;
/// Application data that may be a SPIFF header or a colour transform.
pub(super) const APP8: u8 = 0xe8;
/// Start of a JPEG-LS frame.
pub(super) const SOF55: u8 = 0xf7;
/// JPEG-LS preset parameters.
pub(super) const LSE: u8 = 0xf8;
/// Start of a frame of the extensions (T.870).
const SOF57: u8 = 0xf9;

/// A walk over the marker segments of a stream.
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    /// Where the next marker is to be.
    pub(super) at: usize,
}

impl<'a> Segments<'a> {
    /// Begins behind the first marker.
    ///
    /// # Errors
    /// When that is not the one that begins an image.
    pub(super) fn open(bytes: &'a [u8]) -> Fallible<Self> {
        if bytes.starts_with(&[0xff, SOI]) {
            Ok(Self { bytes, at: 2 })
        } else {
            Err("is damaged: its JPEG-LS data do not begin with a start-of-image marker".to_owned())
        }
    }

    /// The next marker and the bytes of its segment; `None` at the end of the bytes.
    ///
    /// # Errors
    /// When there is something else than a marker of JPEG-LS, or its segment is cut off.
    pub(super) fn next(&mut self) -> Fallible<Option<(u8, &'a [u8])>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
        let Some((code, rest)) = rest[fill..].split_first() else {
            return Ok(None);
        };
        if fill == 0 {
            return Err(format!(
                "is damaged: its JPEG-LS data have {code:#04x} at byte {} where a marker is due",
                self.at
            ));
        }
        self.at += fill + 1;
        match code {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(format!(
                    "is damaged: its frames are JPEG (SOF{}), not JPEG-LS as the transfer syntax says",
                    code - 0xc0
                ));
            }
            &SOF57 => {
                return Err(
                    "uses the JPEG-LS extensions (T.870), which are not read: convert it to plain JPEG-LS"
                        .to_owned(),
                );
            }
            &EOI => return Ok(Some((EOI, &[]))),
            0xda | 0xdc | 0xdd | 0xe0..=0xef | 0xf7 | 0xf8 | 0xfe => {}
            code => {
                return Err(format!(
                    "is damaged: its JPEG-LS data have the marker 0xff{code:02x} at byte {} where none such belongs",
                    self.at - 2
                ));
            }
        }
        let body = rest
            .split_first_chunk()
            .map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))
            .and_then(|(length, rest)| rest.get(..length.checked_sub(2)?))
            .ok_or_else(|| {
                format!(
                    "is truncated: its JPEG-LS segment 0xff{code:02x} is longer than what is left"
                )
            })?;
        self.at += 2 + body.len();
        Ok(Some((*code, body)))
    }
}

/// An unsigned number of up to four bytes, the highest first.
pub(super) fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) as usize
}
