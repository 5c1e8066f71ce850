//! DICOM and NIfTI files that name a patient in; nothing that tells who it is in anything that comes out, unless asked for.

use std::path::{Path, PathBuf};

use medlab::imaging;
use rayon::prelude::*;
use serde_json::Value;

use crate::cli::{Seen, TINY, run};
use crate::hostile_files::{Says, compressed, element, header};
use crate::imaging::{images, sha256};

/// A file and the texts in it that identify, as `tools/reference/identities.py` finds them.
pub(crate) struct Known {
    path: PathBuf,
    texts: Vec<String>,
}

/// Every file of the list, or of another list and folder: `MEDLAB_IDENTITIES` and `MEDLAB_CORPUS`.
pub(crate) fn known() -> Vec<Known> {
    let other = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let list = other("MEDLAB_IDENTITIES").unwrap_or_else(|| images().join("identities.json"));
    let folder = other("MEDLAB_CORPUS").unwrap_or_else(|| images().parent().unwrap().to_owned());
    let list: Value = serde_json::from_str(&fs_err::read_to_string(list).unwrap()).unwrap();
    let known = |(name, file): (&String, &Value)| {
        let path = folder.join(name);
        let bytes = fs_err::read(&path).unwrap();
        assert_eq!(
            file["sha256"],
            sha256(&bytes),
            "{name} is the file that the list was made of"
        );
        let texts = file["texts"].as_array().unwrap().iter();
        Known {
            path,
            texts: texts
                .map(|text| text.as_str().unwrap().to_owned())
                .collect(),
        }
    };
    list["files"]
        .as_object()
        .unwrap()
        .iter()
        .map(known)
        .collect()
}

impl Known {
    pub(crate) fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// The first text of it that is in what was said.
    fn told(&self, said: &str) -> Option<&str> {
        self.texts
            .iter()
            .find(|text| is_in(said, text))
            .map(String::as_str)
    }

    /// What gives the patient away, with the words of the command that did.
    pub(crate) fn leak(&self, by: &str, said: &str) -> Option<String> {
        let text = self.told(said)?;
        Some(format!("{}: {by} tells {text:?}", self.name()))
    }
}

/// Whether a text is in what was said. Digits alone, as of a time, have to stand by themselves: they occur in hashes and
/// in milliseconds too.
fn is_in(said: &str, text: &str) -> bool {
    let goes_on = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '.');
    let is_number = text.chars().all(|it| it.is_ascii_digit());
    said.match_indices(text).any(|(at, _)| {
        let before = said[..at].chars().next_back();
        let after = said[at + text.len()..].chars().next();
        !is_number || !goes_on(before) && !goes_on(after)
    })
}

fn said(seen: &Seen) -> String {
    format!("{}\n{}", seen.out, seen.err)
}

/// A folder that holds the file alone, under its own name.
fn alone(file: &Known) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let name = file.path.file_name().unwrap();
    fs_err::copy(&file.path, folder.path().join(name)).unwrap();
    folder
}

/// What gave the patient of a file away, and how many commands did what they were asked to.
fn leaks(file: &Known) -> (Vec<String>, usize) {
    let mut done = 0;
    let folder = alone(file);
    let name = file.name();
    let around = folder.path().to_str().unwrap();
    let words: [&[&str]; 9] = [
        &["inspect", name],
        &["inspect", name, "--json"],
        &["inspect", name, "--header"],
        &["inspect", name, "--header", "--json"],
        &["inspect", around, "--list-series"],
        &["inspect", name, "--list-series"],
        &["view", name, "--json"],
        &[
            "ask",
            name,
            "What is it?",
            "--json",
            "--max-new-tokens",
            "1",
        ],
        &["repl", name, "--json"],
    ];
    let mut leaks: Vec<String> = words
        .iter()
        .filter_map(|words| {
            let model: &[&str] = if words[0] == "view" { &[] } else { &TINY };
            let seen = run(&[words, model].concat());
            done += usize::from(seen.code == 0);
            file.leak(&words.join(" "), &said(&seen))
        })
        .collect();
    leaks.extend(recorded_leaks(file, &folder.path().join("talk.jsonl")));
    if let Ok(mut picture) = imaging::open(name) {
        picture.rgb.clear();
        leaks.extend(file.leak("the picture itself", &format!("{picture:?}")));
    }
    (leaks, done)
}

/// The same for a session about the file, and for what is exported of it.
fn recorded_leaks(file: &Known, session: &Path) -> Vec<String> {
    let (name, session) = (file.name(), session.to_str().unwrap());
    let words = ["ask", name, "What is it?", "--max-new-tokens", "1"];
    let asked = run(&[&words[..], &["--session", session], &TINY].concat());
    if asked.code != 0 {
        return Vec::new();
    }
    let transcript = fs_err::read_to_string(session).unwrap();
    let mut leaks = Vec::from_iter(file.leak("the transcript", &transcript));
    for format in ["md", "html", "json", "chat"] {
        let words = ["sessions", "export", session, "--format", format];
        let exported = run(&words);
        assert_eq!(exported.code, 0, "{name}: {}", exported.err);
        leaks.extend(file.leak(&words.join(" "), &said(&exported)));
    }
    leaks
}

#[test]
fn nothing_that_comes_out_names_a_patient() {
    let known = known();
    assert!(known.len() >= 40, "{}", known.len());
    let (leaks, done): (Vec<Vec<String>>, Vec<usize>) = known.par_iter().map(leaks).unzip();
    let whole = done.iter().filter(|done| **done == 9).count();
    assert!(whole >= 30, "of {} files {whole} are pictures", known.len());
    let leaks = leaks.concat();
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

/// Or the test above could not fail: what it looks for is what the program reads.
#[test]
fn the_header_names_the_patient_when_it_is_asked_to() {
    let mut told = 0;
    for file in known() {
        let seen = run(&["inspect", file.name(), "--header", "--phi"]);
        if seen.code != 0 {
            continue;
        }
        assert!(
            file.told(&seen.out).is_some(),
            "{}: nothing of {:?} is in {}",
            file.name(),
            file.texts,
            seen.out
        );
        let masked = run(&["inspect", file.name(), "--header"]);
        assert!(
            masked.out.contains("(masked)"),
            "{}: {}",
            file.name(),
            masked.out
        );
        told += 1;
    }
    assert!(told >= 25, "{told}");
}

/// A file whose every identifying attribute shouts, at the top and inside sequences, known and private.
fn shouting() -> Vec<u8> {
    let text = |tag, vr: &str| element(tag, vr, b"SHOUTING", 8);
    let item = |inside: Vec<u8>| {
        let len = u32::try_from(inside.len()).unwrap().to_le_bytes();
        [b"\xfe\xff\0\xe0".as_slice(), &len, &inside].concat()
    };
    let sequence = |tag, inside: Vec<u8>| {
        let item = item(inside);
        let len = u32::try_from(item.len()).unwrap();
        element(tag, "SQ", &item, len)
    };
    let inside = [text((0x10, 0x10), "PN"), text((0x10, 0x20), "LO")].concat();
    let all = [
        text((8, 0x80), "LO"),
        text((8, 0x90), "PN"),
        text((8, 0x1030), "LO"),
        text((8, 0x103e), "LO"),
        sequence((8, 0x1110), inside.clone()),
        text((9, 0x10), "LO"),
        text((9, 0x1001), "LO"),
        text((9, 0x1002), "UN"),
        text((0x10, 0x10), "PN"),
        text((0x10, 0x20), "LO"),
        text((0x10, 0x4000), "LT"),
        text((0x18, 0x1000), "LO"),
        text((0x18, 0x1030), "LO"),
        text((0x20, 0x4000), "LT"),
        sequence((0x40, 0x275), inside),
        text((0x40, 0xa123), "PN"),
    ];
    compressed(
        &Says {
            syntax: "1.2.840.10008.1.2.5",
            rows: 1,
            columns: 4,
            ..Says::GREY
        },
        &all.concat(),
        &[
            [1, 0, 0, 0, 64, 0, 0, 0].as_slice(),
            &[0; 56],
            &[3, 1, 2, 3, 4],
        ]
        .concat(),
    )
}

#[test]
fn what_is_inside_sequences_and_private_attributes_is_masked_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dcm");
    fs_err::write(&path, shouting()).unwrap();
    let file = Known {
        path,
        texts: vec!["SHOUTING".to_owned()],
    };
    assert_eq!(leaks(&file), (Vec::new(), 9));
    let seen = run(&["inspect", file.name(), "--header", "--phi"]);
    assert_eq!(seen.out.matches("SHOUTING").count(), 17, "{}", seen.out);
}

/// What the program says on standard error of a file with this modality and this remark about burned-in text.
fn warned(modality: &str, burned_in: Option<&str>) -> String {
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let syntax = b"1.2.840.10008.1.2.1\0";
    file.extend(element((2, 0x10), "UI", syntax, 20));
    let says = Says {
        rows: 2,
        columns: 2,
        ..Says::GREY
    };
    let mut more = Vec::new();
    if let Some(word) = burned_in {
        let len = u32::try_from(word.len()).unwrap();
        more = element((0x28, 0x301), "CS", word.as_bytes(), len);
    }
    let mut attributes = header(&says, &more);
    let at = attributes.windows(2).position(|two| two == b"OT").unwrap();
    attributes[at..at + 2].copy_from_slice(modality.as_bytes());
    file.extend(attributes);
    file.extend(element((0x7fe0, 0x10), "OB", &[1, 2, 3, 4], 4));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dcm");
    fs_err::write(&path, file).unwrap();
    let seen = run(&["view", path.to_str().unwrap(), "--json"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    seen.err
}

#[test]
fn burned_in_text_is_warned_of() {
    let check = |modality: &str, burned_in: Option<&str>, expected: Option<&str>| {
        let err = warned(modality, burned_in);
        match expected {
            Some(words) => assert!(err.contains(words), "{modality} {burned_in:?}: {err}"),
            None => assert!(!err.contains("burned"), "{modality} {burned_in:?}: {err}"),
        }
    };
    let (says, often) = (
        "says that text about the patient is burned",
        "often have text about the patient burned",
    );
    check("MR", Some("YES "), Some(says));
    check("MR", Some("NO"), None);
    check("MR", None, None);
    check("US", None, Some(often));
    check("US", Some("NO"), None);
    check("US", Some("YES "), Some(says));
    check("OT", None, Some(often));
}

#[test]
fn a_real_secondary_capture_is_warned_of_and_a_real_mr_is_not() {
    let warned = |file: &str| run(&["view", images().join(file).to_str().unwrap(), "--json"]).err;
    assert!(warned("real/SC_rgb_small_odd.dcm").contains("burned into their pixels"));
    assert!(!warned("real/MR_small_implicit.dcm").contains("burned"));
}
