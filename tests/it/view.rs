//! `view` and the parts of `inspect` that need no model, as a program meets them: files, exit codes, what is written.

use std::path::Path;
use std::process::{Command, Output};

use crate::imaging::images;

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_medlab"))
        .args(words)
        .env_remove("MEDLAB_CONFIG")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .output()
        .unwrap()
}

fn fixture(file: &str) -> String {
    images().join(file).to_str().unwrap().to_owned()
}

#[track_caller]
fn done(words: &[&str]) -> (String, String) {
    let output = run(words);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(0), "{words:?}: {err}");
    (out, err)
}

#[track_caller]
fn refused(words: &[&str], code: i32, expected: &str) {
    let output = run(words);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {err}");
    assert!(err.contains(expected), "{words:?}: {err} lacks {expected}");
    assert!(
        err.lines()
            .last()
            .unwrap_or_default()
            .starts_with("medlab: "),
        "{err}"
    );
}

/// Magic, version, header, then the values: what `NumPy` reads.
fn npy(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs_err::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + len) % 64, 0);
    let header = String::from_utf8(bytes[10..10 + len].to_vec()).unwrap();
    assert!(header.ends_with(" \n"));
    (header.trim_end().to_owned(), bytes[10 + len..].to_vec())
}

#[test]
fn values_are_written_for_numpy() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("values.npy");
    let to = out.to_str().unwrap();
    let (said, _) = done(&["inspect", &fixture("made/frames.dcm"), "--values", to]);
    assert!(said.contains("values [2, 17, 23] f32"), "{said}");
    let (header, values) = npy(&out);
    assert_eq!(
        header,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 17, 23), }"
    );
    assert_eq!(values.len(), 2 * 17 * 23 * 4);
    done(&["inspect", &fixture("made/rgb-planes.dcm"), "--values", to]);
    let (header, values) = npy(&out);
    assert!(
        header.contains("'|u1'") && header.contains("(1, 17, 23, 3)"),
        "{header}"
    );
    assert_eq!(values.len(), 17 * 23 * 3);
}

#[test]
fn a_header_is_listed_with_the_patient_masked() {
    let file = fixture("made/ct-window.dcm");
    let (masked, _) = done(&["inspect", &file, "--header"]);
    assert!(
        masked.contains("(0028,0010) US Rows") && masked.contains("(0028,1050) DS WindowCenter")
    );
    assert!(masked.contains("(0010,0010) PN PatientName"), "{masked}");
    assert!(
        masked.contains("(masked)") && !masked.contains("Secret"),
        "{masked}"
    );
    let (whole, _) = done(&["inspect", &file, "--header", "--phi"]);
    assert!(
        whole.contains("Secret^Patient") && whole.contains("SECRET-ID"),
        "{whole}"
    );
    refused(
        &["inspect", &fixture("made/grey8.png"), "--header"],
        3,
        "no DICOM header",
    );
}

#[test]
fn a_picture_is_written_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let to = out.to_str().unwrap();
    let file = fixture("made/ct-window.dcm");
    done(&["view", &file, "-o", to]);
    let written = medlab::imaging::open(to).unwrap();
    assert_eq!(written.rgb, medlab::imaging::open(&file).unwrap().rgb);
    done(&[
        "view",
        &file,
        &fixture("made/mono1.dcm"),
        "-o",
        to,
        "--columns",
        "2",
    ]);
    let sheet = medlab::imaging::open(to).unwrap();
    assert!(sheet.width > 2 * 23, "{}", sheet.width);
    refused(&["view", &file], 2, "-o OUT.png");
    refused(
        &["view", &file, "-o", "/nonexistent/out.png"],
        2,
        "cannot be written",
    );
}

#[test]
fn windows_regions_and_slices_are_asked_for_by_flag() {
    let file = fixture("made/ct-two-windows.dcm");
    let (json, said) = done(&[
        "view", &file, "--json", "--window", "file:2", "--region", "2,3,10,8",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let picture = &json[0];
    assert_eq!(picture["window"]["center"], -600.0);
    assert_eq!(picture["statistics"]["pixels"], 80);
    assert_eq!(picture["view"]["region"], "rect:2,3,10,8");
    assert!(
        said.contains("R1 rect:2,3,10,8: 80 pixels, mean "),
        "{said}"
    );
    let (json, _) = done(&["view", &file, "--json", "--region", "2,3,10,8", "--crop=on"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json[0]["width"].as_u64(), json[0]["height"].as_u64()),
        (Some(10), Some(8))
    );
    let (json, said) = done(&[
        "view",
        &fixture("made/frames.dcm"),
        "--json",
        "--slices",
        "all",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[1]["label"], "SLICE 2", "{said}");
    refused(
        &["view", &file, "--json", "--window", "lunge"],
        2,
        "did you mean lung",
    );
    refused(&["view", &file, "--json", "--window", "lung"], 3, "CT");
    refused(
        &["view", &file, "--json", "--region", "20,3,10,8"],
        3,
        "reaches out",
    );
    refused(&["view", &file, "--json", "--slices", "2"], 3, "1");
}

/// There and back, for films of odd sizes, both ways of becoming square, and crops at their edges.
#[test]
fn boxes_of_the_model_come_back_to_the_source() {
    use medlab::imaging::{View, Watch, open_as};
    use medlab::preprocess::Fit;
    let file = fixture("made/ct-window.dcm");
    for crop in [
        None,
        Some("0,0,7,13"),
        Some("10,2,13,15"),
        Some("22,16,1,1"),
    ] {
        let mut view = View::default();
        if let Some(region) = crop {
            view.set("region", region).unwrap();
            view.set("crop", "on").unwrap();
        }
        let picture = &open_as(&file, &view, Watch::default()).unwrap().pictures[0];
        let (x, y) = picture.cropped.map_or((0, 0), |part| (part.x0, part.y0));
        let edges = [y, x, y + picture.height, x + picture.width].map(|edge| edge as f64);
        for fit in [Fit::Pad, Fit::Stretch] {
            let square = picture.box_for_model(edges, fit);
            let back = picture.box_in_source(square, fit);
            // what lies in the padding is cut off
            let whole = picture.box_in_source([0.0, 0.0, 1000.0, 1000.0], fit);
            for (is, expected) in back.iter().chain(&whole).zip(edges.iter().cycle()) {
                assert!(
                    (is - expected).abs() < 1e-9,
                    "{crop:?} {fit}: {back:?} {whole:?}"
                );
            }
        }
    }
}

#[test]
fn the_square_that_the_model_sees_is_written_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("seen.png");
    let (said, _) = done(&[
        "inspect",
        "sample:ct-nodule",
        "--png",
        out.to_str().unwrap(),
    ]);
    assert!(
        said.contains("what the model sees, 256x256 pixels to"),
        "{said}"
    );
    let seen = medlab::imaging::open(out.to_str().unwrap()).unwrap();
    assert_eq!((seen.width, seen.height), (256, 256));
}

#[test]
fn a_region_is_told_to_the_model_and_slices_get_their_labels() {
    let object =
        |words: &[&str]| -> serde_json::Value { serde_json::from_str(&done(words).0).unwrap() };
    let plain = object(&[
        "inspect",
        "sample:ct-nodule",
        "--json",
        "-q",
        "What is here?",
    ]);
    let marked = object(&[
        "inspect",
        "sample:ct-nodule",
        "--json",
        "-q",
        "What is here?",
        "--region",
        "64,64,64,64",
    ]);
    let tokens = |object: &serde_json::Value, slot: usize| object["slots"][slot]["tokens"].as_u64();
    assert!(
        tokens(&marked, 1) > tokens(&plain, 1),
        "{}",
        marked["slots"]
    );
    let film = fixture("made/frames.dcm");
    let one = object(&["inspect", &film, "--json", "--slices", "1"]);
    let both = object(&["inspect", &film, "--json", "--slices", "all"]);
    assert!(
        tokens(&both, 2) > tokens(&one, 2).map(|one| 2 * one),
        "labels count as pictures"
    );
    // the number that is said to fit does fit, and a few more do not
    let fit = usize::try_from(both["pictures_that_fit"].as_u64().unwrap()).unwrap();
    let slices = |n: usize| vec!["1"; n].join(",");
    object(&["inspect", &film, "--json", "--slices", &slices(fit)]);
    refused(
        &["inspect", &film, "--slices", &slices(fit + 2)],
        2,
        "more than fit",
    );
    refused(
        &[
            "inspect",
            &film,
            "--slices",
            "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
        ],
        2,
        "--slices auto:",
    );
}
