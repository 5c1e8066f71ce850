//! A DICOM file's bytes in, where its picture's attributes lie out: our own walk over lengths and nesting.
//!
//! It comes before any parser, because a parser that believes a declared length asks for gigabytes for a file
//! of 304 bytes, and one that follows every nesting ends the process. Only the attributes that [`is_wanted`] names are
//! kept: nothing about the patient goes any further.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::imaging::Fallible;

/// Group and element.
pub(super) type TagId = (u16, u16);

/// `PixelData`.
pub(super) const PIXEL_DATA: TagId = (0x7fe0, 0x0010);
/// `FloatPixelData`.
pub(super) const FLOAT_PIXELS: TagId = (0x7fe0, 0x0008);
/// `DoubleFloatPixelData`.
pub(super) const DOUBLE_PIXELS: TagId = (0x7fe0, 0x0009);
/// `ExtendedOffsetTable` and its lengths lie in front of the pixel data.
const EXTENDED_OFFSETS: [TagId; 2] = [(0x7fe0, 0x0001), (0x7fe0, 0x0002)];

/// Deepest nesting that is followed; real files stay below ten.
const MAX_DEPTH: usize = 64;
/// Longest value that is kept beside pixels: a lookup table of 65536 entries and per-frame groups are shorter.
const MAX_VALUE: usize = 64 << 20;

/// What of group 0008, 0018, 0020 … makes a picture: where it lies, how it is meant, which series it belongs to.
const WANTED: [TagId; 41] = [
    (0x0008, 0x0005),
    (0x0008, 0x0008),
    (0x0008, 0x0016),
    (0x0008, 0x0018),
    (0x0008, 0x0060),
    (0x0008, 0x0064),
    (0x0018, 0x0015),
    (0x0018, 0x0050),
    (0x0018, 0x0086),
    (0x0018, 0x0088),
    (0x0018, 0x1063),
    (0x0018, 0x1164),
    (0x0018, 0x5101),
    (0x0018, 0x9087),
    (0x0020, 0x000d),
    (0x0020, 0x000e),
    (0x0020, 0x0011),
    (0x0020, 0x0012),
    (0x0020, 0x0013),
    (0x0020, 0x0020),
    (0x0020, 0x0032),
    (0x0020, 0x0037),
    (0x0020, 0x0060),
    (0x0020, 0x0062),
    (0x0020, 0x0100),
    (0x0020, 0x1041),
    (0x0054, 0x1001),
    (0x2050, 0x0020),
    (0x3004, 0x0002),
    (0x3004, 0x000c),
    (0x3004, 0x000e),
    (0x5200, 0x9229),
    (0x5200, 0x9230),
    (0x7fe0, 0x0001),
    (0x7fe0, 0x0002),
    (0x0018, 0x0040),
    (0x0008, 0x2144),
    (0x0020, 0x9128),
    (0x0018, 0x0081),
    (0x0018, 0x1065),
    (0x0008, 0x2111),
];

/// Whether an attribute at the top level is kept: the list above, the image pixel group, and overlay planes.
fn is_wanted(tag: TagId) -> bool {
    tag.0 == 0x0028 || is_overlay(tag) || WANTED.contains(&tag)
}

fn is_overlay((group, _): TagId) -> bool {
    (0x6000..=0x601e).contains(&group) && group % 2 == 0
}

/// Whether an attribute holds the picture itself.
fn is_pixels(tag: TagId) -> bool {
    [PIXEL_DATA, FLOAT_PIXELS, DOUBLE_PIXELS].contains(&tag)
}

/// How the data set is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Value representations are in the file.
    pub(super) explicit: bool,
    /// Numbers begin with their high byte.
    pub(super) big: bool,
}

impl Encoding {
    /// Implicit little endian, the default of the standard.
    pub(super) const IMPLICIT: Self = Self {
        explicit: false,
        big: false,
    };
    /// Explicit little endian, which all compressed files have.
    pub(super) const EXPLICIT: Self = Self {
        explicit: true,
        big: false,
    };
    /// Explicit big endian, retired.
    pub(super) const BIG: Self = Self {
        explicit: true,
        big: true,
    };

    /// Its transfer syntax UID.
    pub(super) fn uid(self) -> &'static str {
        match (self.explicit, self.big) {
            (false, _) => "1.2.840.10008.1.2",
            (true, false) => "1.2.840.10008.1.2.1",
            (true, true) => "1.2.840.10008.1.2.2",
        }
    }
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
    /// The picture itself, which no parser sees.
    pub(super) is_pixels: bool,
}

/// What the walk found.
pub(super) struct Scan {
    /// Encoding found in the data set, which may not be the one that the file announces.
    pub(super) encoding: Encoding,
    /// The wanted elements.
    pub(super) found: BTreeMap<TagId, Span>,
}

/// What the file meta group says, and where the data set begins; `meta` is where the group begins.
pub(super) fn meta(bytes: &[u8], meta: usize) -> Fallible<(Option<String>, usize)> {
    let walk = Walk::new(bytes, Encoding::EXPLICIT);
    let mut at = meta;
    let mut syntax = None;
    while walk.u16_at(at).is_some_and(|group| group == 0x0002) {
        let header = walk.header(at)?;
        let end = walk.end_of(&header)?;
        if header.tag == (0x0002, 0x0010) {
            let value = String::from_utf8_lossy(&bytes[header.value..end]);
            let uid = value.trim_matches(['\0', ' ']);
            let is_uid = !uid.is_empty() && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            syntax = is_uid.then(|| uid.to_owned());
        }
        at = end;
    }
    Ok((syntax, at))
}

/// How a data set that begins at `start` is written down, by its first element alone; `None` when it is not DICOM.
pub(super) fn sniff(bytes: &[u8], start: usize) -> Option<Encoding> {
    let head: [u8; 8] = bytes.get(start..start + 8)?.try_into().ok()?;
    let [g0, g1, .., v0, v1, l0, l1] = head;
    let (little, big) = (u16::from_le_bytes([g0, g1]), u16::from_be_bytes([g0, g1]));
    let is_first = |group: u16| {
        matches!(
            group,
            0x0002 | 0x0004 | 0x0008 | 0x0010 | 0x0018 | 0x0020 | 0x0028
        )
    };
    if is_vr([v0, v1]) {
        return match (is_first(little), is_first(big)) {
            (true, _) => Some(Encoding::EXPLICIT),
            (_, true) => Some(Encoding::BIG),
            _ => None,
        };
    }
    let len = u32::from_le_bytes([v0, v1, l0, l1]);
    let element = u16::from_le_bytes([head[2], head[3]]);
    let fits = len <= 1024 && element <= 0x0400;
    (is_first(little) && fits).then_some(Encoding::IMPLICIT)
}

/// Walks the data set from `start` to its pixel data.
pub(super) fn data_set(bytes: &[u8], start: usize, announced: Encoding) -> Fallible<Scan> {
    let explicit = match bytes.get(start + 4..start + 6) {
        Some(vr) if announced.explicit => vr.iter().all(u8::is_ascii_uppercase),
        _ => announced.explicit,
    };
    let encoding = Encoding {
        explicit,
        ..announced
    };
    let mut walk = Walk::new(bytes, encoding);
    walk.elements(start, bytes.len(), 0)?;
    Ok(Scan {
        encoding: walk.encoding,
        found: walk.found,
    })
}

/// Every element from `start` to the pixel data, in order.
pub(super) fn list(bytes: &[u8], start: usize, encoding: Encoding) -> Fallible<Vec<Listed>> {
    let mut walk = Walk::new(bytes, encoding);
    walk.listed = Some(Vec::new());
    walk.elements(start, bytes.len(), 0)?;
    Ok(walk.listed.unwrap_or_default())
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
    /// From here on there are only zeros.
    filling: usize,
    /// Every element met, where all of them are to be listed.
    listed: Option<Vec<Listed>>,
}

/// An element of a listing.
pub(super) struct Listed {
    /// 0 at the top level, one more for each sequence around it.
    pub(super) depth: usize,
    pub(super) tag: TagId,
    pub(super) vr: Option<[u8; 2]>,
    /// Where its value lies; empty for a sequence.
    pub(super) value: Range<usize>,
    pub(super) is_sequence: bool,
    /// How its numbers are written down.
    pub(super) big: bool,
}

/// Most elements that are listed.
const MAX_LISTED: usize = 100_000;

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        let last = bytes.iter().rposition(|byte| *byte != 0);
        Self {
            bytes,
            encoding,
            found: BTreeMap::new(),
            filling: last.map_or(0, |last| last + 1),
            listed: None,
        }
    }

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
            if depth == 0 && self.is_filling(at) {
                return Ok(self.bytes.len());
            }
            let header = self.header(at)?;
            if depth == 0 && is_pixels(header.tag) {
                let end = header
                    .value
                    .saturating_add(header.len.unwrap_or(self.bytes.len()))
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

    /// Whether nothing but zeros follows, as some writers fill up the last block of a file.
    fn is_filling(&self, at: usize) -> bool {
        at >= self.filling
    }

    /// One element; gives the place behind it.
    fn element(&mut self, header: &Header, depth: usize) -> Fallible<usize> {
        let wanted = depth == 0 && is_wanted(header.tag);
        let is_looked_into = wanted || self.listed.is_some();
        let is_sequence = header.len.is_none() || (is_looked_into && self.looks_like_items(header));
        self.list(header, depth, is_sequence)?;
        let behind = if is_sequence {
            self.sequence(header, depth + 1)?
        } else {
            self.end_of(header)?
        };
        if wanted {
            let len = behind - header.value;
            if len > MAX_VALUE && !EXTENDED_OFFSETS.contains(&header.tag) {
                let (group, element) = header.tag;
                return Err(format!(
                    "is not readable here: ({group:04X},{element:04X}) has {} MiB, at most {} are read",
                    len >> 20,
                    MAX_VALUE >> 20
                ));
            }
            self.keep(header, behind);
        }
        Ok(behind)
    }

    fn list(&mut self, header: &Header, depth: usize, is_sequence: bool) -> Fallible<()> {
        let end = if is_sequence {
            header.value
        } else {
            self.end_of(header)?
        };
        let Some(listed) = &mut self.listed else {
            return Ok(());
        };
        if listed.len() >= MAX_LISTED {
            return Err(format!(
                "has more than {MAX_LISTED} elements, no more are listed"
            ));
        }
        listed.push(Listed {
            depth,
            tag: header.tag,
            vr: header.vr,
            value: header.value..end,
            is_sequence,
            big: self.encoding.big,
        });
        Ok(())
    }

    /// Whether a value of known length is a sequence: by its type, or because it begins with an item.
    fn looks_like_items(&self, header: &Header) -> bool {
        let begins = self.u16_at(header.value) == Some(0xfffe)
            && self.u16_at(header.value + 2) == Some(0xe000);
        match header.vr {
            Some(vr) => vr == *b"SQ",
            None => begins && header.len.is_some_and(|len| len >= 8),
        }
    }

    fn keep(&mut self, header: &Header, value_end: usize) {
        let span = Span {
            vr: header.vr,
            whole: header.start..value_end,
            value: header.value..value_end,
            declared: header.len,
            is_pixels: is_pixels(header.tag),
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
        if header.vr == Some(*b"UN") && header.len.is_none() {
            self.encoding = Encoding::IMPLICIT;
        }
        // the pixel data of an icon: its items hold bytes, not elements
        let behind = if is_pixels(header.tag) {
            self.fragments(header.value, end)
        } else {
            self.items(header.value, end, depth)
        };
        self.encoding = outer;
        behind
    }

    /// Items whose values are not looked into.
    fn fragments(&self, start: usize, end: usize) -> Fallible<usize> {
        let mut at = start;
        while at < end {
            let item = self.header(at)?;
            match item.tag {
                (0xfffe, 0xe0dd) => return Ok(item.value),
                _ => at = self.end_of(&item)?,
            }
        }
        Ok(at)
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

/// PS3.5 6.2: a value representation that the standard knows.
fn is_vr(vr: [u8; 2]) -> bool {
    const LONG: [&[u8; 2]; 13] = [
        b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV",
    ];
    has_short_length(vr) || LONG.contains(&&vr)
}

/// PS3.5 7.1.2: representations with two bytes of length.
fn has_short_length(vr: [u8; 2]) -> bool {
    const SHORT: [&[u8; 2]; 21] = [
        b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN",
        b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
    ];
    SHORT.contains(&&vr)
}
