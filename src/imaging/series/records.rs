//! A DICOMDIR's bytes in, its directory records in the order of their links out (PS3.3 annex F).
//!
//! The index is never believed: links are followed as long as they lead to records, and a damaged end is cut off. What kind
//! a record is of (patient, study, series, picture) does not matter: files say themselves where they belong.

use std::collections::{HashMap, HashSet};

use super::gather::MAX_FILES;

/// Most records of an index: files and the patients, studies and series above them.
const MAX_RECORDS: usize = 4 * MAX_FILES;

const ITEM: (u16, u16) = (0xfffe, 0xe000);
const ITEM_END: (u16, u16) = (0xfffe, 0xe00d);
const SEQUENCE_END: (u16, u16) = (0xfffe, 0xe0dd);

/// One directory record (PS3.3 F.3.2.2), as far as it matters.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Record {
    /// Where its item begins in the file, by which others refer to it.
    offset: usize,
    /// `OffsetOfTheNextDirectoryRecord`; 0 for none.
    next: usize,
    /// `OffsetOfReferencedLowerLevelDirectoryEntity`; 0 for none.
    lower: usize,
    /// `RecordInUseFlag`.
    pub(super) in_use: bool,
    /// The parts of `ReferencedFileID`.
    pub(super) file: Option<Vec<String>>,
}

/// What was read of an index.
pub(super) struct Index {
    /// Where the first record is said to be; 0 for none.
    first: usize,
    records: Vec<Record>,
    /// Something did not fit, and reading ended there.
    pub(super) is_cut: bool,
}

impl Index {
    /// Reads as much as is there.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        let mut index = Self {
            first: 0,
            records: Vec::new(),
            is_cut: false,
        };
        while let Some(header) = reader.header() {
            match header.tag {
                (0x0004, 0x1200) => index.first = reader.number(&header),
                (0x0004, 0x1220) => {
                    index.is_cut = !reader.records(&header, &mut index.records);
                    return index;
                }
                _ => {}
            }
            if !reader.step_over(&header) {
                break;
            }
        }
        index.is_cut = true;
        index
    }

    /// The records in the order of their links, then those that no link leads to; where a link leads to nothing, in the
    /// order of the file.
    pub(super) fn in_order(&self) -> InOrder<'_> {
        let Some(mut records) = self.linked().filter(|linked| !linked.is_empty()) else {
            return InOrder {
                records: self.records.iter().collect(),
                is_broken: true,
                unlinked: 0,
            };
        };
        let linked: HashSet<usize> = records.iter().map(|record| record.offset).collect();
        let others = self
            .records
            .iter()
            .filter(|record| record.file.is_some() && !linked.contains(&record.offset));
        let before = records.len();
        records.extend(others);
        InOrder {
            unlinked: records.len() - before,
            is_broken: false,
            records,
        }
    }

    /// Follows the links: a record, what lies below it, then the next one. `None` if one leads to no record.
    fn linked(&self) -> Option<Vec<&Record>> {
        let places: HashMap<usize, &Record> =
            self.records.iter().map(|it| (it.offset, it)).collect();
        let mut order = Vec::new();
        let mut met = HashSet::new();
        let mut open = vec![self.first];
        while let Some(offset) = open.pop() {
            if offset == 0 || !met.insert(offset) {
                continue;
            }
            let record = *places.get(&offset)?;
            order.push(record);
            open.extend([record.next, record.lower]);
        }
        Some(order)
    }
}

/// Records of an index, and what is wrong with their links.
pub(super) struct InOrder<'a> {
    pub(super) records: Vec<&'a Record>,
    is_broken: bool,
    unlinked: usize,
}

impl InOrder<'_> {
    /// What is wrong with them, if anything.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self {
                is_broken: true, ..
            } => Some("has broken links: its entries were taken as they stand".to_owned()),
            Self { unlinked: 0, .. } => None,
            Self { unlinked, .. } => Some(format!(
                "has no links to {unlinked} of its files: they were taken too"
            )),
        }
    }
}

/// An element's header.
#[derive(Debug)]
struct Header {
    tag: (u16, u16),
    value: usize,
    /// `None` for undefined.
    len: Option<usize>,
}

/// Reads elements one after the other and never past the end.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    explicit: bool,
    big: bool,
}

impl<'a> Reader<'a> {
    /// Begins behind the file meta group, which is always explicit little endian.
    fn new(bytes: &'a [u8]) -> Self {
        let mut reader = Self {
            bytes,
            at: 132,
            explicit: true,
            big: false,
        };
        while bytes.get(reader.at..reader.at + 2) == Some(&[2, 0]) {
            match reader.header() {
                Some(header) if reader.step_over(&header) => {}
                _ => break,
            }
        }
        // the first group is 0004, whichever byte comes first
        let start = bytes.get(reader.at..reader.at + 6).unwrap_or_default();
        reader.big = start.first() == Some(&0);
        reader.explicit = start.iter().skip(4).all(u8::is_ascii_uppercase);
        reader
    }

    fn u16_at(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    }

    /// The header at the present place; does not move.
    fn header(&self) -> Option<Header> {
        const LONG: [&[u8]; 13] = [
            b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT",
            b"UV",
        ];
        let at = self.at;
        let tag = (self.u16_at(at)?, self.u16_at(at + 2)?);
        let (value, len) = if tag.0 == ITEM.0 || !self.explicit {
            (at + 8, self.u32_at(at + 4)?)
        } else if LONG.contains(&self.bytes.get(at + 4..at + 6)?) {
            (at + 12, self.u32_at(at + 8)?)
        } else {
            (at + 8, u32::from(self.u16_at(at + 6)?))
        };
        let len = (len != u32::MAX).then_some(len as usize);
        Some(Header { tag, value, len })
    }

    /// A value's bytes, as many as are there.
    fn value(&self, header: &Header) -> &'a [u8] {
        let end = header.value.saturating_add(header.len.unwrap_or(0));
        self.bytes
            .get(header.value..end.min(self.bytes.len()))
            .unwrap_or_default()
    }

    fn number(&self, header: &Header) -> usize {
        match header.len {
            Some(4) => self.u32_at(header.value).unwrap_or(0) as usize,
            Some(2) => self.u16_at(header.value).unwrap_or(0).into(),
            _ => 0,
        }
    }

    /// Goes behind an element, and everything inside it; false at the end of the bytes.
    fn step_over(&mut self, header: &Header) -> bool {
        let Some(len) = header.len else {
            return self.step_over_items(header);
        };
        match header.value.checked_add(len) {
            Some(end) if end <= self.bytes.len() => {
                self.at = end;
                true
            }
            _ => false,
        }
    }

    /// Goes behind a value of undefined length: by counting what begins and ends.
    fn step_over_items(&mut self, header: &Header) -> bool {
        let mut depth = 1_u32;
        self.at = header.value;
        while depth > 0 {
            let Some(inner) = self.header() else {
                return false;
            };
            match (inner.tag, inner.len) {
                (ITEM_END | SEQUENCE_END, _) => {
                    depth -= 1;
                    self.at = inner.value;
                }
                (_, None) => {
                    depth += 1;
                    self.at = inner.value;
                }
                (_, Some(_)) if self.step_over(&inner) => {}
                _ => return false,
            }
        }
        true
    }

    /// Reads the items of the record sequence; false when it ends before its end.
    fn records(&mut self, sequence: &Header, records: &mut Vec<Record>) -> bool {
        let end = match sequence.len {
            Some(len) => sequence.value.saturating_add(len),
            None => usize::MAX,
        };
        self.at = sequence.value;
        while self.at < end {
            let Some(item) = self.header() else {
                return false;
            };
            if item.tag != ITEM || records.len() >= MAX_RECORDS {
                return item.tag == SEQUENCE_END;
            }
            let (record, is_whole) = self.record(&item);
            records.push(record);
            if !is_whole {
                return false;
            }
        }
        end <= self.bytes.len() || sequence.len.is_none()
    }

    /// One record. It ends where it says, where its end mark stands, or where the next one begins.
    fn record(&mut self, item: &Header) -> (Record, bool) {
        let mut record = Record {
            offset: self.at,
            in_use: true,
            ..Record::default()
        };
        let end = item
            .len
            .map_or(usize::MAX, |len| item.value.saturating_add(len));
        self.at = item.value;
        while self.at < end {
            let Some(header) = self.header() else {
                return (record, false);
            };
            match header.tag {
                ITEM => break,
                ITEM_END => {
                    self.at = header.value;
                    break;
                }
                (0x0004, 0x1400) => record.next = self.number(&header),
                (0x0004, 0x1410) => record.in_use = self.number(&header) != 0,
                (0x0004, 0x1420) => record.lower = self.number(&header),
                (0x0004, 0x1500) => record.file = file_id(self.value(&header)),
                _ => {}
            }
            if !self.step_over(&header) {
                return (record, false);
            }
        }
        (record, true)
    }
}

/// The parts of a file's name: folders, then the file (PS3.10 8.2). Slashes separate too, as some writers want it.
fn file_id(value: &[u8]) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(value);
    let parts = text
        .split(['\\', '/'])
        .map(|part| part.trim_matches(['\0', ' ']));
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record to be written: the places of the next and the first lower record in the list, whether it is in use, its file.
    pub(in super::super) struct Written<'a> {
        pub(in super::super) next: Option<usize>,
        pub(in super::super) lower: Option<usize>,
        pub(in super::super) in_use: bool,
        pub(in super::super) file: &'a str,
    }

    /// Pictures one after the other.
    pub(in super::super) fn chain<'a>(files: &[&'a str]) -> Vec<Written<'a>> {
        let record = |(index, file): (usize, &&'a str)| Written {
            next: (index + 1 < files.len()).then_some(index + 1),
            lower: None,
            in_use: true,
            file,
        };
        files.iter().enumerate().map(record).collect()
    }

    fn element(tag: (u16, u16), vr: [u8; 2], value: &[u8]) -> Vec<u8> {
        let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
        bytes.extend(vr);
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
        bytes
    }

    fn number(tag: (u16, u16), value: usize) -> Vec<u8> {
        element(tag, *b"UL", &u32::try_from(value).unwrap().to_le_bytes())
    }

    fn item(record: &Written<'_>, offset: impl Fn(Option<usize>) -> usize) -> Vec<u8> {
        let mut value = number((4, 0x1400), offset(record.next));
        value.extend(element(
            (4, 0x1410),
            *b"US",
            if record.in_use {
                &[0xff, 0xff]
            } else {
                &[0, 0]
            },
        ));
        value.extend(number((4, 0x1420), offset(record.lower)));
        value.extend(element((4, 0x1430), *b"CS", b"IMAGE "));
        if !record.file.is_empty() {
            let mut file = record.file.as_bytes().to_vec();
            file.resize(file.len().next_multiple_of(2), b' ');
            value.extend(element((4, 0x1500), *b"CS", &file));
        }
        // an icon, as a sequence of undefined length with an item of undefined length in it
        value.extend(b"\x88\0\0\x02SQ\0\0\xff\xff\xff\xff");
        value.extend(b"\xfe\xff\0\xe0\xff\xff\xff\xff");
        value.extend(element((0x28, 0x10), *b"US", &[8, 0]));
        value.extend(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0");
        let mut bytes = b"\xfe\xff\0\xe0".to_vec();
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
        bytes
    }

    /// A DICOMDIR of these records; the first one is the root's first.
    pub(in super::super) fn index(records: &[Written<'_>]) -> Vec<u8> {
        let mut meta = element((2, 2), *b"UI", b"1.2.840.10008.1.3.10");
        meta.extend(element((2, 0x10), *b"UI", b"1.2.840.10008.1.2.1\0"));
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        bytes.extend(number((2, 0), meta.len()));
        bytes.extend(meta);
        let first = bytes.len() + 12 + 12;
        let mut offsets = vec![first];
        for record in records {
            offsets.push(offsets[offsets.len() - 1] + item(record, |_| 0).len());
        }
        let offset = |record: Option<usize>| record.map_or(0, |place| offsets[place]);
        bytes.extend(number(
            (4, 0x1200),
            offset((!records.is_empty()).then_some(0)),
        ));
        bytes.extend(b"\x04\0\x20\x12SQ\0\0");
        bytes.extend(
            u32::try_from(offsets[records.len()] - first)
                .unwrap()
                .to_le_bytes(),
        );
        assert_eq!(bytes.len(), first);
        bytes.extend(records.iter().flat_map(|record| item(record, offset)));
        bytes
    }

    fn files(index: &Index) -> Vec<String> {
        let files = index
            .in_order()
            .records
            .into_iter()
            .filter_map(|record| record.file.clone());
        files.map(|parts| parts.join("/")).collect()
    }

    #[test]
    fn links_decide_the_order() {
        let mut records = chain(&["A\\1", "A\\2", "A\\3"]);
        // a folder in front: 3 → (2 → 1), then 0
        records.push(Written {
            next: Some(0),
            lower: Some(2),
            in_use: true,
            file: "",
        });
        records[0].next = None;
        records[2].next = Some(1);
        records[1].next = None;
        let mut bytes = index(&records);
        let read = Index::read(&bytes);
        assert_eq!(read.records.len(), 4);
        assert!(!read.is_cut);
        // the root points to the first in the file
        assert_eq!(files(&read), ["A/1", "A/2", "A/3"]);
        assert_eq!(read.in_order().unlinked, 2);
        let root = u32::try_from(read.records[3].offset).unwrap().to_le_bytes();
        let at = bytes
            .windows(4)
            .position(|four| four == [4, 0, 0, 0x12])
            .unwrap()
            + 8;
        bytes[at..at + 4].copy_from_slice(&root);
        let read = Index::read(&bytes);
        assert_eq!(files(&read), ["A/3", "A/2", "A/1"]);
        assert_eq!(read.in_order().note(), None);
    }

    #[test]
    fn links_that_go_round_end() {
        let mut records = chain(&["1", "2", "3"]);
        records[2].next = Some(0);
        records[1].lower = Some(1);
        assert_eq!(files(&Index::read(&index(&records))), ["1", "2", "3"]);
    }

    #[test]
    fn without_links_the_order_is_that_of_the_file() {
        let mut bytes = index(&chain(&["1", "2", "3"]));
        let mark = bytes
            .windows(4)
            .rposition(|four| four == [4, 0, 0, 0x14])
            .unwrap();
        // the last record's next one lies in the middle of nowhere
        bytes[mark + 8] = 77;
        let read = Index::read(&bytes);
        assert_eq!(files(&read), ["1", "2", "3"]);
        assert!(read.in_order().note().unwrap().contains("broken links"));
    }

    #[test]
    fn what_is_not_in_use_is_known() {
        let mut records = chain(&["1", "2"]);
        records[1].in_use = false;
        let read = Index::read(&index(&records));
        assert_eq!(
            read.records
                .iter()
                .map(|record| record.in_use)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }

    #[test]
    fn a_damaged_end_is_cut_off() {
        let whole = index(&chain(&["1", "2", "3"]));
        let all = Index::read(&whole);
        for end in 0..whole.len() {
            let read = Index::read(&whole[..end]);
            assert!(read.is_cut, "{end}");
            let complete = read.records.len().saturating_sub(1);
            assert_eq!(read.records[..complete], all.records[..complete]);
        }
    }

    #[test]
    fn a_record_ends_where_the_next_one_begins() {
        let whole = index(&chain(&["1", "2", "3"]));
        let mut bytes = whole.clone();
        let second = Index::read(&whole).records[1].offset;
        // the second says it is 16 bytes longer than it is
        bytes[second + 4] += 16;
        let read = Index::read(&bytes);
        assert_eq!(read.records, Index::read(&whole).records);
        assert!(!read.is_cut);
    }

    #[test]
    fn bytes_that_lie_do_no_harm() {
        let whole = index(&chain(&["1", "2", "3"]));
        for at in 132..whole.len() {
            for lie in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = lie;
                let read = Index::read(&bytes);
                assert!(read.in_order().records.len() <= read.records.len());
            }
        }
    }

    #[test]
    fn names_are_parted_and_trimmed() {
        #[track_caller]
        fn check(value: &[u8], expected: &[&str]) {
            assert_eq!(file_id(value).unwrap_or_default(), expected);
        }
        check(b"DICOM\\PAT1\\IM1 ", &["DICOM", "PAT1", "IM1"]);
        check(b"DICOM/IM1\0", &["DICOM", "IM1"]);
        check(b"\\ABS\\IM1", &["ABS", "IM1"]);
        check(b"  ", &[]);
        check(b"\xff", &["\u{fffd}"]);
    }
}
