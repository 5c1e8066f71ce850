//! A DICOM file in, its header as lines to read out; what identifies the patient is masked unless it is asked for.

use dicom_core::dictionary::{DataDictionary as _, DataDictionaryEntry as _};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec as _};
use serde::{Deserialize, Serialize};

use super::File;
use super::profile;
use super::scan::{self, Listed, TagId};
use crate::imaging::{Fallible, origin};

/// What stands for a value that identifies somebody.
const MASK: &str = "(masked)";
/// Characters of a value that are shown.
const MAX_SHOWN: usize = 160;
const CHARSET: TagId = (0x0008, 0x0005);

/// One element of a header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// 0 at the top level, one more for each sequence around it.
    pub depth: usize,
    /// Group and element.
    pub tag: (u16, u16),
    /// `DS`, `PN` …, from the file or from the dictionary.
    pub vr: String,
    /// The dictionary's keyword; empty for a private or unknown element.
    pub name: String,
    /// The value, safe to print and cut to what can be read; empty for a sequence.
    pub value: String,
    /// The element belongs to those that identify a person (PS3.15 table E.1-1); its value is masked unless asked for.
    pub identifies: bool,
}

impl File<'_> {
    /// Every element in front of the pixel data, with the patient's masked unless `phi`.
    pub(in crate::imaging) fn tags(&self, phi: bool) -> Fallible<Vec<Tag>> {
        let listed = scan::list(&self.bytes, self.start, self.scan.encoding)?;
        let charset = listed
            .iter()
            .find(|it| it.tag == CHARSET)
            .and_then(|it| charset(&self.bytes[it.value.clone()]))
            .unwrap_or_default();
        let mut told_by = None;
        let tag = |it: &Listed| {
            if told_by.is_some_and(|depth| it.depth <= depth) {
                told_by = None;
            }
            let tag = self.tag(it, &charset, (told_by.is_some(), phi));
            if it.is_sequence && tag.identifies {
                told_by.get_or_insert(it.depth);
            }
            tag
        };
        Ok(listed.iter().map(tag).collect())
    }

    /// One element; `inside` a sequence that identifies every element does, as the sequence would go with all that is in it.
    fn tag(
        &self,
        listed: &Listed,
        charset: &SpecificCharacterSet,
        (inside, phi): (bool, bool),
    ) -> Tag {
        let (group, element) = listed.tag;
        let entry = StandardDataDictionary.by_tag(dicom_core::Tag(group, element));
        let vr = match listed.vr {
            Some(vr) if vr != *b"UN" => String::from_utf8_lossy(&vr).into_owned(),
            _ => entry
                .map_or("UN", |entry| entry.vr().relaxed().to_string())
                .to_owned(),
        };
        let two: Option<[u8; 2]> = vr.as_bytes().try_into().ok();
        let identifies = inside || profile::identifies(listed.tag, two);
        let bytes = &self.bytes[listed.value.clone()];
        let value = match (identifies, listed.is_sequence) {
            (_, true) => String::new(),
            (true, _) if !phi && !bytes.is_empty() => MASK.to_owned(),
            _ => shorten(&origin::printable(&value(bytes, &vr, listed.big, charset))),
        };
        Tag {
            depth: listed.depth,
            tag: listed.tag,
            vr: if listed.is_sequence {
                "SQ".to_owned()
            } else {
                origin::printable(&vr)
            },
            name: entry.map_or_else(String::new, |entry| entry.alias().to_owned()),
            value,
            identifies,
        }
    }
}

fn charset(value: &[u8]) -> Option<SpecificCharacterSet> {
    let text = String::from_utf8_lossy(value);
    // of several, the last one is the richest; the first may be empty
    text.split('\\')
        .rev()
        .find_map(|code| SpecificCharacterSet::from_code(code.trim_matches(['\0', ' '])))
}

/// A value as text: characters by the file's character set, numbers in decimal, anything else by its size.
fn value(bytes: &[u8], vr: &str, big: bool, charset: &SpecificCharacterSet) -> String {
    match vr {
        "AE" | "AS" | "CS" | "DA" | "DS" | "DT" | "IS" | "TM" | "UI" | "UR" => {
            String::from_utf8_lossy(bytes)
                .trim_matches(['\0', ' '])
                .to_owned()
        }
        "LO" | "LT" | "PN" | "SH" | "ST" | "UC" | "UT" => charset
            .decode(bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
            .trim_matches(['\0', ' '])
            .to_owned(),
        "US" | "xs" => numbers(bytes, |two| word(two, big).to_string()),
        "SS" => numbers(bytes, |two| word(two, big).cast_signed().to_string()),
        "UL" => numbers(bytes, |four| long(four, big).to_string()),
        "SL" => numbers(bytes, |four| long(four, big).cast_signed().to_string()),
        "FL" => numbers(bytes, |four| f32::from_bits(long(four, big)).to_string()),
        "FD" => numbers(bytes, |eight: [u8; 8]| {
            let bits = if big {
                u64::from_be_bytes(eight)
            } else {
                u64::from_le_bytes(eight)
            };
            f64::from_bits(bits).to_string()
        }),
        "AT" => numbers(bytes, |four: [u8; 4]| {
            let [a, b, c, d] = four;
            format!("({:04X},{:04X})", word([a, b], big), word([c, d], big))
        }),
        _ => format!("{} bytes", bytes.len()),
    }
}

fn numbers<const N: usize>(bytes: &[u8], show: impl Fn([u8; N]) -> String) -> String {
    let shown = bytes
        .chunks_exact(N)
        .take(MAX_SHOWN)
        .map(|chunk| show(chunk.try_into().expect("chunks of N")));
    shown.collect::<Vec<_>>().join("\\")
}

fn word(two: [u8; 2], big: bool) -> u16 {
    if big {
        u16::from_be_bytes(two)
    } else {
        u16::from_le_bytes(two)
    }
}

fn long(four: [u8; 4], big: bool) -> u32 {
    if big {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
