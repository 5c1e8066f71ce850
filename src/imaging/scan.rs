//! A DICOM file's bytes in, where its picture's attributes lie out: our own walk over lengths and nesting.
//!
//! It comes before any parser, because a parser that believes a declared length asks for gigabytes for a file
//! of 304 bytes, and one that follows every nesting ends the process. Only the attributes in [`WANTED`] are kept:
//! nothing about the patient goes any further.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Fallible;

/// Group and element.
pub(super) type TagId = (u16, u16);

/// Attributes that make a picture. All sit at the top level, or in the functional groups of enhanced objects.
const WANTED: [TagId; 19] = [
    (0x0028, 0x0002),
    (0x0028, 0x0004),
    (0x0028, 0x0006),
    (0x0028, 0x0008),
    (0x0028, 0x0010),
    (0x0028, 0x0011),
    (0x0028, 0x0100),
    (0x0028, 0x0101),
    (0x0028, 0x0102),
    (0x0028, 0x0103),
    (0x0028, 0x0120),
    (0x0028, 0x0121),
    (0x0028, 0x1050),
    (0x0028, 0x1051),
    (0x0028, 0x1052),
    (0x0028, 0x1053),
    (0x0028, 0x1056),
    (0x0028, 0x3000),
    (0x0028, 0x3010),
];
/// `PixelData`.
pub(super) const PIXEL_DATA: TagId = (0x7fe0, 0x0010);
/// Shared, then per-frame functional groups.
const FUNCTIONAL_GROUPS: [TagId; 2] = [(0x5200, 0x9229), (0x5200, 0x9230)];
/// In them: `FrameVOILUTSequence`, `PixelValueTransformationSequence`.
const SEARCHED: [TagId; 2] = [(0x0028, 0x9132), (0x0028, 0x9145)];
/// Of these, the attributes that are taken: window, its function, rescale.
const WANTED_OF_GROUPS: std::ops::RangeInclusive<TagId> = (0x0028, 0x1050)..=(0x0028, 0x1056);
/// Deepest nesting that is followed; real files stay below ten.
const MAX_DEPTH: usize = 64;

/// How the data set is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Value representations are in the file.
    pub(super) explicit: bool,
    /// Numbers begin with their high byte.
    pub(super) big: bool,
}

/// Where one element lies in the file.
#[derive(Debug, Clone)]
pub(super) struct Span {
    /// `US`, `OW` …; `None` in implicit encoding.
    pub(super) vr: Option<[u8; 2]>,
    /// Header and value.
    pub(super) whole: Range<usize>,
    /// The value alone: for pixel data cut at the end of the file, for a sequence of unknown length empty.
    pub(super) value: Range<usize>,
    /// What the header says of the value's length; `None` for undefined.
    pub(super) declared: Option<usize>,
}

/// What the walk found.
pub(super) struct Scan {
    /// Encoding found in the data set, which may not be the one that the file announces.
    pub(super) encoding: Encoding,
    /// The wanted elements.
    pub(super) found: BTreeMap<TagId, Span>,
}

/// The transfer syntax UID, and where the data set begins; `meta` is where the file meta group begins.
pub(super) fn transfer_syntax(bytes: &[u8], meta: usize) -> Fallible<(String, usize)> {
    let little = Encoding {
        explicit: true,
        big: false,
    };
    let walk = Walk {
        bytes,
        encoding: little,
        found: BTreeMap::new(),
        in_groups: false,
    };
    let mut at = meta;
    let mut syntax = None;
    while walk.u16_at(at).is_some_and(|group| group == 0x0002) {
        let header = walk.header(at)?;
        let end = walk.end_of(&header)?;
        if header.tag == (0x0002, 0x0010) {
            let value = String::from_utf8_lossy(&bytes[header.value..end]);
            syntax = Some(value.trim_matches(['\0', ' ']).to_owned());
        }
        at = end;
    }
    match syntax {
        Some(uid) if !uid.is_empty() && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            Ok((uid, at))
        }
        _ => {
            Err("is DICOM but does not name its transfer syntax in the file meta group".to_owned())
        }
    }
}

/// Walks the data set from `start` to its pixel data.
pub(super) fn data_set(bytes: &[u8], start: usize, announced: Encoding) -> Fallible<Scan> {
    let explicit = match bytes.get(start + 4..start + 6) {
        Some(vr) if announced.explicit => vr.iter().all(u8::is_ascii_uppercase),
        _ => announced.explicit,
    };
    let mut walk = Walk {
        bytes,
        encoding: Encoding {
            explicit,
            ..announced
        },
        found: BTreeMap::new(),
        in_groups: false,
    };
    walk.elements(start, bytes.len(), 0)?;
    Ok(Scan {
        encoding: walk.encoding,
        found: walk.found,
    })
}

struct Header {
    tag: TagId,
    vr: Option<[u8; 2]>,
    start: usize,
    value: usize,
    len: Option<usize>,
}

struct Walk<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
    found: BTreeMap<TagId, Span>,
    /// Inside functional groups, whose contents count for the picture; those of other sequences do not.
    in_groups: bool,
}

impl Walk<'_> {
    fn u16_at(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at + 2)?.try_into().ok()?;
        Some(if self.encoding.big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if self.encoding.big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    }

    /// Reads an element's or an item's header.
    fn header(&self, start: usize) -> Fallible<Header> {
        self.try_header(start).ok_or_else(|| {
            format!("is a truncated DICOM file: it ends inside the element at byte {start}")
        })
    }

    fn try_header(&self, start: usize) -> Option<Header> {
        let tag = (self.u16_at(start)?, self.u16_at(start + 2)?);
        let is_item = tag.0 == 0xfffe;
        let (vr, value, len) = if self.encoding.explicit && !is_item {
            let vr: [u8; 2] = self.bytes.get(start + 4..start + 6)?.try_into().ok()?;
            if has_short_length(vr) {
                (Some(vr), start + 8, u32::from(self.u16_at(start + 6)?))
            } else {
                (Some(vr), start + 12, self.u32_at(start + 8)?)
            }
        } else {
            (None, start + 8, self.u32_at(start + 4)?)
        };
        let len = (len != u32::MAX).then_some(len as usize);
        Some(Header {
            tag,
            vr,
            start,
            value,
            len,
        })
    }

    /// The end of a value of defined length, which must lie in the file.
    fn end_of(&self, header: &Header) -> Fallible<usize> {
        let (group, element) = header.tag;
        let Some(len) = header.len else {
            return Err(format!(
                "is a damaged DICOM file: ({group:04X},{element:04X}) has no length"
            ));
        };
        match header.value.checked_add(len) {
            Some(end) if end <= self.bytes.len() => Ok(end),
            _ => Err(format!(
                "is a truncated or damaged DICOM file: ({group:04X},{element:04X}) declares {len} bytes, {} are left",
                self.bytes.len() - header.value
            )),
        }
    }

    /// Elements up to `end` or to the end mark of their item; gives the place behind.
    fn elements(&mut self, start: usize, end: usize, depth: usize) -> Fallible<usize> {
        let mut at = start;
        while at < end {
            let header = self.header(at)?;
            if header.tag == PIXEL_DATA && depth == 0 {
                let end = header
                    .value
                    .saturating_add(header.len.unwrap_or(0))
                    .min(self.bytes.len());
                self.keep(&header, end.max(header.value));
                return Ok(self.bytes.len());
            }
            if header.tag.0 == 0xfffe {
                return Ok(header.value);
            }
            at = self.element(&header, depth)?;
        }
        Ok(at)
    }

    /// One element; gives the place behind it.
    fn element(&mut self, header: &Header, depth: usize) -> Fallible<usize> {
        let searched = match depth {
            0 => FUNCTIONAL_GROUPS.contains(&header.tag),
            _ => self.in_groups && SEARCHED.contains(&header.tag),
        };
        let (behind, value_end) = if header.len.is_none() || searched {
            let outside = self.in_groups;
            self.in_groups = searched;
            let behind = self.sequence(header, depth + 1)?;
            self.in_groups = outside;
            (behind, header.value)
        } else {
            let end = self.end_of(header)?;
            (end, end)
        };
        let wanted = match depth {
            0 => WANTED.contains(&header.tag),
            _ => {
                self.in_groups
                    && WANTED_OF_GROUPS.contains(&header.tag)
                    && !self.found.contains_key(&header.tag)
            }
        };
        if wanted {
            self.keep(header, value_end);
        }
        Ok(behind)
    }

    fn keep(&mut self, header: &Header, value_end: usize) {
        let span = Span {
            vr: header.vr,
            whole: header.start..value_end,
            value: header.value..value_end,
            declared: header.len,
        };
        self.found.insert(header.tag, span);
    }

    /// Items up to the sequence's length or end mark; gives the place behind.
    fn sequence(&mut self, header: &Header, depth: usize) -> Fallible<usize> {
        if depth > MAX_DEPTH {
            return Err(format!(
                "is a damaged DICOM file: sequences lie in each other more than {MAX_DEPTH} deep"
            ));
        }
        let end = match header.len {
            Some(_) => self.end_of(header)?,
            None => self.bytes.len(),
        };
        // PS3.5 6.2.2: a UN of undefined length is written as implicit little endian
        let outer = self.encoding;
        if header.vr == Some(*b"UN") {
            self.encoding = Encoding {
                explicit: false,
                big: false,
            };
        }
        let behind = self.items(header.value, end, depth);
        self.encoding = outer;
        behind
    }

    fn items(&mut self, start: usize, end: usize, depth: usize) -> Fallible<usize> {
        let mut at = start;
        while at < end {
            let item = self.header(at)?;
            at = match item.tag {
                (0xfffe, 0xe0dd) => return Ok(item.value),
                (0xfffe, 0xe000) => {
                    let item_end = match item.len {
                        Some(_) => self.end_of(&item)?,
                        None => end,
                    };
                    self.elements(item.value, item_end, depth)?
                }
                (group, element) => {
                    return Err(format!(
                        "is a damaged DICOM file: ({group:04X},{element:04X}) stands where an item of a sequence should"
                    ));
                }
            };
        }
        Ok(at)
    }
}

/// PS3.5 7.1.2: representations with two bytes of length.
fn has_short_length(vr: [u8; 2]) -> bool {
    const SHORT: [&[u8; 2]; 21] = [
        b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN",
        b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
    ];
    SHORT.contains(&&vr)
}
