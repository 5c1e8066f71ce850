//! A data set that was parsed in, single attribute values out: text, numbers, words, items, also where a `UN` hides the type.

use std::io::Cursor;

use dicom_object::file::ReadPreamble;
use dicom_object::{InMemDicomObject, OpenFileOptions, Tag};

use super::scan::{Encoding, Scan, TagId};
use crate::imaging::{Fallible, origin};

/// Attributes of a data set or of one item of a sequence.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a> {
    object: &'a InMemDicomObject,
    big: bool,
}

/// A data set that was cut out of a file and parsed.
pub(super) struct DataSet {
    object: InMemDicomObject,
    big: bool,
}

impl DataSet {
    /// Cuts the elements that the walk kept out of the file and has `dicom-object` parse them; it sees nothing else.
    pub(super) fn parse(bytes: &[u8], scan: &Scan) -> Fallible<Self> {
        let mut cut = meta(scan.encoding);
        for span in scan.found.values().filter(|span| !span.is_pixels) {
            cut.extend(&bytes[span.whole.clone()]);
        }
        let object = OpenFileOptions::new()
            .read_preamble(ReadPreamble::Never)
            .from_reader(Cursor::new(cut))
            .map_err(|error| {
                let problem = origin::reason(&error);
                format!("is a damaged DICOM file: {problem}")
            })?;
        Ok(Self {
            object: object.into_inner(),
            big: scan.encoding.big,
        })
    }

    /// Its attributes at the top level.
    pub(super) fn top(&self) -> Attributes<'_> {
        Attributes {
            object: &self.object,
            big: self.big,
        }
    }
}

/// A file meta group that names the encoding.
fn meta(encoding: Encoding) -> Vec<u8> {
    let mut uid = encoding.uid().as_bytes().to_vec();
    if uid.len() % 2 == 1 {
        uid.push(0);
    }
    let len = u8::try_from(uid.len()).expect("our three UIDs are short");
    let mut bytes = b"DICM\x02\0\0\0UL\x04\0".to_vec();
    bytes.extend([len + 8, 0, 0, 0]);
    bytes.extend(b"\x02\0\x10\0UI");
    bytes.extend([len, 0]);
    bytes.extend(uid);
    bytes
}

impl Attributes<'_> {
    /// Whether the attribute is there with a value.
    pub(super) fn has(self, tag: TagId) -> bool {
        self.object.get(Tag(tag.0, tag.1)).is_some_and(|element| {
            !element.value().multiplicity().eq(&0) || self.first_item(tag).is_some()
        })
    }

    /// The items of a sequence; none when there is no such sequence.
    pub(super) fn items(self, tag: TagId) -> impl Iterator<Item = Self> {
        let items = self
            .object
            .get(Tag(tag.0, tag.1))
            .and_then(|element| element.items())
            .unwrap_or_default();
        items.iter().map(move |object| Self {
            object,
            big: self.big,
        })
    }

    /// The first item of a sequence.
    pub(super) fn first_item(self, tag: TagId) -> Option<Self> {
        self.items(tag).next()
    }

    /// The item of this number of a sequence, from 0.
    pub(super) fn item(self, tag: TagId, index: usize) -> Option<Self> {
        self.items(tag).nth(index)
    }

    /// Every value of a text or number attribute, without padding; those that are empty too.
    pub(super) fn texts(self, tag: TagId) -> Vec<String> {
        self.whole_text(tag)
            .map(|text| {
                text.split('\\')
                    .map(|one| one.trim_matches(['\0', ' ']).to_owned())
                    .collect()
            })
            .unwrap_or_default()
    }

    fn whole_text(self, tag: TagId) -> Option<String> {
        let element = self.object.get(Tag(tag.0, tag.1))?;
        match element.vr().to_string() {
            "UN" => Some(String::from_utf8_lossy(&element.to_bytes().ok()?).into_owned()),
            _ => Some(element.to_str().ok()?.into_owned()),
        }
    }

    /// The first value of a text or number attribute, unless it is empty.
    pub(super) fn text(self, tag: TagId) -> Option<String> {
        let first = self.texts(tag).into_iter().next()?;
        (!first.is_empty()).then_some(first)
    }

    /// Every value of an attribute of decimal numbers; one that is none becomes NaN.
    pub(super) fn numbers(self, tag: TagId) -> Vec<f64> {
        let number = |text: &String| text.parse().unwrap_or(f64::NAN);
        self.texts(tag).iter().map(number).collect()
    }

    /// The first value of an attribute of decimal numbers, if it is a finite one.
    pub(super) fn number(self, tag: TagId) -> Option<f64> {
        self.text(tag)?.parse().ok().filter(|x: &f64| x.is_finite())
    }

    /// Exactly so many finite numbers.
    pub(super) fn vector<const N: usize>(self, tag: TagId) -> Option<[f64; N]> {
        let numbers: [f64; N] = self.numbers(tag).try_into().ok()?;
        numbers.iter().all(|x| x.is_finite()).then_some(numbers)
    }

    /// Every value of an attribute of two binary bytes, as the bits stand there (also when a `UN` or `OB` hides what they are).
    pub(super) fn words(self, tag: TagId) -> Vec<u16> {
        let Some(element) = self.object.get(Tag(tag.0, tag.1)) else {
            return Vec::new();
        };
        let Ok(bytes) = element.to_bytes() else {
            return Vec::new();
        };
        let raw = matches!(element.vr().to_string(), "UN" | "OB");
        let pairs = bytes.chunks_exact(2).map(|two| [two[0], two[1]]);
        if raw && self.big {
            pairs.map(u16::from_be_bytes).collect()
        } else {
            pairs.map(u16::from_le_bytes).collect()
        }
    }

    /// The raw bytes of an attribute.
    pub(super) fn bytes(self, tag: TagId) -> Vec<u8> {
        self.object
            .get(Tag(tag.0, tag.1))
            .and_then(|element| element.to_bytes().ok())
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()
    }

    /// The first value of an attribute of two binary bytes.
    pub(super) fn int(self, tag: TagId) -> Option<i32> {
        let element = self.object.get(Tag(tag.0, tag.1))?;
        if element.vr().to_string() == "UN" {
            return self.words(tag).first().map(|word| i32::from(*word));
        }
        element.to_int().ok()
    }

    /// A size or a count that the file must have.
    pub(super) fn count(self, tag: TagId, name: &str) -> Fallible<u32> {
        self.int(tag)
            .and_then(|value| u32::try_from(value).ok())
            .ok_or_else(|| format!("is a damaged DICOM file: it has no usable {name}"))
    }
}
