//! `inspect` as people meet it: the chain of each picture, the very prompt that `ask` sends, tensors in safetensors files.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use crate::cli::{Seen, finish, medlab};
use crate::imaging::{images, sha256};

fn run(home: &Path, args: &[&str]) -> Seen {
    finish(medlab(home, args), b"")
}

/// Runs it, expects success, and reads its JSON.
#[track_caller]
fn inspect(args: &[&str]) -> Value {
    let home = tempfile::tempdir().unwrap();
    let seen = run(home.path(), &[&["inspect", "--json"], args].concat());
    assert_eq!(seen.code, 0, "{}", seen.err);
    serde_json::from_str(&seen.out).unwrap()
}

fn file(name: &str) -> String {
    images().join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_chain_goes_from_the_file_to_the_tensor() {
    let home = tempfile::tempdir().unwrap();
    let ct = file("made/ct-window.dcm");
    let seen = run(
        home.path(),
        &["inspect", &ct, "--question", "Is there a nodule?", "--ids"],
    );
    assert_eq!(seen.code, 0, "{}", seen.err);
    let steps = [
        "model      phantom (cpu, none), sha256 ",
        "picture 1  ct-window.dcm\n",
        "→ DICOM explicit little endian 23x17 MONOCHROME2, 12 of 16 bits unsigned\n",
        "→ rescale slope 1 intercept -1024\n",
        "→ window 40/400 from the file\n",
        "→ zeros around it to 23x23\n",
        "→ resized to 256x256, bilinear with antialias\n",
        "pixels [3, 256, 256] sha256 ",
        "question   Is there a nodule?\n",
        "prompt     ",
        "pictures     ",
        "ids        2 ",
    ];
    let mut rest = seen.out.as_str();
    for step in steps {
        let at = rest.find(step);
        assert!(at.is_some(), "'{step}' is not next in {rest}");
        rest = &rest[at.unwrap() + step.len()..];
    }
    assert!(
        !seen.out.contains("Secret") && !seen.out.contains('\u{1b}'),
        "{}",
        seen.out
    );
}

#[test]
fn json_has_everything_and_the_sums_are_right() {
    let (film, slice) = ("sample:cxr-effusion", file("made/ct-window.dcm"));
    let seen = inspect(&[
        film,
        &slice,
        "--question",
        "What is new?",
        "--fit",
        "stretch",
    ]);
    let count = |key: &str| seen[key].as_u64().unwrap();
    let ids = seen["ids"].as_array().unwrap();
    assert_eq!(ids.len() as u64, count("prompt_tokens"));
    let slots = seen["slots"].as_array().unwrap();
    let sum: u64 = slots.iter().map(|it| it["tokens"].as_u64().unwrap()).sum();
    assert_eq!((slots.len(), sum), (6, count("prompt_tokens")));
    assert!(count("prompt_tokens") + count("room") <= count("ctx"));
    let places = seen["places"].as_array().unwrap();
    assert_eq!(places.len(), 2);
    let first = usize::try_from(places[0]["first_place"].as_u64().unwrap()).unwrap();
    let of_pictures = ids.iter().filter(|id| **id == ids[first]).count() as u64;
    assert_eq!((of_pictures, of_pictures), (count("image_tokens"), 128));
    let picture = &seen["pictures"][1];
    assert_eq!(picture["name"], "ct-window.dcm");
    assert_eq!(
        picture["file_sha256"],
        sha256(&fs_err::read(&slice).unwrap())
    );
    assert_eq!([&picture["width"], &picture["height"]], [23, 17]);
    assert_eq!(picture["window"]["center"], 40.0);
    assert_eq!(picture["window"]["function"], "LINEAR");
    assert_eq!(picture["fit"], "stretch");
    assert!(
        !picture["chain"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it.as_str().unwrap().contains("zeros"))
    );
}

#[test]
fn the_prompt_and_the_pixels_are_those_of_ask() {
    let home = tempfile::tempdir().unwrap();
    let question = "Is there a pleural effusion?";
    let common = ["--system", "Be brief.", "--json"];
    let asked = run(
        home.path(),
        &[
            &[
                "ask",
                "sample:cxr-effusion",
                question,
                "--max-new-tokens",
                "1",
            ],
            common.as_slice(),
        ]
        .concat(),
    );
    assert_eq!(asked.code, 0, "{}", asked.err);
    let asked: Value = serde_json::from_str(&asked.out).unwrap();
    let seen = inspect(&[
        "sample:cxr-effusion",
        "--question",
        question,
        "--system",
        "Be brief.",
    ]);
    for key in ["prompt_tokens", "image_tokens", "model"] {
        assert_eq!(seen[key], asked[key], "{key}");
    }
    for key in [
        "pixels_sha256",
        "file_sha256",
        "chain",
        "fit",
        "format",
        "name",
        "width",
        "height",
    ] {
        assert_eq!(seen["pictures"][0][key], asked["pictures"][0][key], "{key}");
    }
}

#[test]
fn pixels_are_written_as_a_tensor() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("pixels.safetensors");
    let seen = inspect(&[
        "sample:cxr-prior",
        "sample:cxr-current",
        "--pixels",
        path.to_str().unwrap(),
    ]);
    let bytes = fs_err::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let pixels = tensors.tensor("pixels").unwrap();
    assert_eq!(
        (pixels.dtype(), pixels.shape()),
        (Dtype::F32, [2, 3, 256, 256].as_slice())
    );
    let halves = pixels.data().split_at(pixels.data().len() / 2);
    for (picture, half) in [halves.0, halves.1].into_iter().enumerate() {
        assert_eq!(seen["pictures"][picture]["pixels_sha256"], sha256(half));
    }
}

/// The pictures, the question and the numbers are a case of `tools/reference/make.py`.
#[test]
fn logits_are_written_as_a_tensor_and_are_those_of_transformers() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("logits.safetensors");
    let seen = inspect(&[
        "tests/data/golden/pictures/chest.png",
        "tests/data/golden/pictures/tall.png",
        "--question",
        "What has changed?",
        "--logits",
        path.to_str().unwrap(),
    ]);
    let (ours, golden) = (
        fs_err::read(&path).unwrap(),
        fs_err::read("tests/data/golden/phantom.safetensors").unwrap(),
    );
    let tensor = |file, name| {
        SafeTensors::deserialize(file)
            .unwrap()
            .tensor(name)
            .unwrap()
    };
    let (ids, golden_ids) = (tensor(&ours, "ids"), tensor(&golden, "two-pictures/ids"));
    assert_eq!(
        (ids.dtype(), ids.shape(), ids.data()),
        (Dtype::U32, golden_ids.shape(), golden_ids.data())
    );
    assert_eq!(seen["prompt_tokens"], ids.shape()[0]);
    let (logits, last) = (
        tensor(&ours, "logits"),
        tensor(&golden, "two-pictures/last"),
    );
    assert_eq!(
        (logits.dtype(), logits.shape()),
        (Dtype::F32, [ids.shape()[0], last.shape()[0]].as_slice())
    );
    let (logits, last) = (numbers(logits.data()), numbers(last.data()));
    let top = last.iter().fold(0.0, |top: f32, x| top.max(x.abs()));
    for (ours, theirs) in logits[logits.len() - last.len()..].iter().zip(&last) {
        assert!((ours - theirs).abs() <= 1e-4 * top, "{ours} {theirs}");
    }
}

/// The numbers of little-endian f32 bytes.
fn numbers(bytes: &[u8]) -> Vec<f32> {
    let bytes = bytes.chunks_exact(4);
    bytes
        .map(|x| f32::from_le_bytes(x.try_into().unwrap()))
        .collect()
}

#[test]
fn bad_input_is_one_sentence_with_the_right_code() {
    let home = tempfile::tempdir().unwrap();
    let check = |args: &[&str], code: i32, expected: &str| {
        let seen = run(home.path(), &[&["inspect"], args].concat());
        assert_eq!(
            (seen.code, seen.out.as_str()),
            (code, ""),
            "{args:?}: {}",
            seen.err
        );
        let last = seen.err.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("medlab: ") && last.contains(expected),
            "{args:?}: {}",
            seen.err
        );
        assert!(!seen.err.contains("panicked"), "{}", seen.err);
    };
    let (plan, film) = (file("real/rtplan.dcm"), "sample:cxr-normal");
    check(&["missing.png"], 3, "missing.png: no such file");
    check(&[&plan], 3, "without pixel data");
    check(&["sample:cxr-unicorn"], 3, "no such sample");
    check(&[film, "--question", " "], 2, "question is empty");
    check(
        &[film, "--pixels", "no/such/folder/x.safetensors"],
        2,
        "no/such/folder/x.safetensors cannot be written: no such folder",
    );
    let home = home.path().to_str().unwrap();
    check(
        &[film, "--logits", home],
        2,
        "cannot be written: it is a folder",
    );
    check(&[film, "--fit", "squeeze"], 2, "squeeze");
}

#[test]
#[cfg(unix)]
fn a_device_is_not_replaced_by_a_file() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let seen = run(
        home.path(),
        &[
            "inspect",
            "sample:cxr-normal",
            "--pixels",
            pipe.to_str().unwrap(),
        ],
    );
    assert_eq!(seen.code, 2, "{}", seen.err);
    assert!(
        seen.err.contains("it is not a regular file"),
        "{}",
        seen.err
    );
    assert!(!fs_err::metadata(&pipe).unwrap().is_file());
}
