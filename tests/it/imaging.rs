//! Files in, pictures out: every kind we claim to read against Pillow and pydicom, every bad file to one sentence.

use std::path::{Path, PathBuf};

use medlab::imaging::{self, Format, Picture};
use sha2::{Digest, Sha256};

pub(crate) fn images() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/images")
}

/// The rows of a golden table, without its two header lines.
pub(crate) fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs_err::read_to_string(images().join(name)).unwrap();
    let rows = text
        .lines()
        .skip(2)
        .map(|line| line.split('\t').map(str::to_owned).collect());
    rows.collect()
}

/// The rows of `rasters.tsv` about files with this extension.
fn rasters(extension: &str) -> Vec<Vec<String>> {
    let of_it = |row: &Vec<String>| row[0].rsplit('.').next() == Some(extension);
    table("rasters.tsv").into_iter().filter(of_it).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn open(file: &str) -> Picture {
    imaging::open(images().join(file).to_str().unwrap()).unwrap()
}

/// The sentence that a file of these bytes is answered with.
#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let problem = imaging::decode("x.bin", bytes).unwrap_err().problem;
    assert!(problem.contains(expected), "'{problem}' lacks '{expected}'");
    assert!(!problem.contains('\n') && problem.len() < 250, "{problem}");
}

fn bytes(file: &str) -> Vec<u8> {
    fs_err::read(images().join(file)).unwrap()
}

#[test]
fn png_is_byte_equal_to_pillow() {
    let pngs = rasters("png");
    assert!(pngs.len() >= 20);
    for row in pngs {
        let picture = open(&format!("made/{}", row[0]));
        assert_eq!(picture.origin.format, Format::Png);
        assert_eq!(
            [picture.width.to_string(), picture.height.to_string()],
            row[1..3],
            "{}",
            row[0]
        );
        assert_eq!(
            sha256(&picture.rgb),
            row[3],
            "{}: {:?}",
            row[0],
            picture.origin.chain
        );
    }
}

/// Two decoders of the same JPEG round their cosine transform differently, and spread halved colour differently.
#[test]
fn jpeg_is_within_rounding_of_pillow() {
    let jpegs = rasters("jpg");
    assert!(jpegs.len() >= 16);
    for row in jpegs {
        let picture = open(&format!("made/{}", row[0]));
        let expected = open(&format!("made/{}", row[0].replace(".jpg", ".expected.png")));
        assert_eq!(
            sha256(&expected.rgb),
            row[3],
            "the table and the decoded picture of Pillow are of one run"
        );
        assert_eq!(
            (picture.width, picture.height),
            (expected.width, expected.height),
            "{}",
            row[0]
        );
        let differences = picture
            .rgb
            .iter()
            .zip(&expected.rgb)
            .map(|(a, b)| a.abs_diff(*b));
        let worst = differences.max().unwrap();
        let bound = if row[0].starts_with("turned") || row[0].starts_with("grey") {
            1
        } else {
            5
        };
        assert!(worst <= bound, "{} differs by {worst}", row[0]);
    }
}

#[test]
fn dicom_is_equal_to_pydicom() {
    let rows = table("dicom.tsv");
    assert!(rows.len() >= 28);
    for row in rows {
        let picture = open(&row[0]);
        assert_eq!(picture.origin.format, Format::Dicom);
        assert_eq!(
            [picture.width.to_string(), picture.height.to_string()],
            row[1..3],
            "{}",
            row[0]
        );
        assert_eq!(
            sha256(&picture.rgb),
            row[3],
            "{}: {:?}",
            row[0],
            picture.origin.chain
        );
    }
}

#[test]
fn the_chain_says_every_step() {
    let chain = |file: &str| open(file).origin.chain.join(" | ");
    assert_eq!(
        chain("made/grey8.png"),
        "PNG 8-bit grey 23x17 | grey to RGB"
    );
    assert_eq!(
        chain("made/grey-alpha16.png"),
        "PNG 16-bit grey with alpha 23x17 | alpha dropped | 16 bits to 8: the high byte of 0..65535 | grey to RGB"
    );
    assert!(
        chain("made/grey16-dark.png").contains("very dark: of 0..65535 only 0..4"),
        "12 bits in 16 are named"
    );
    assert_eq!(
        chain("made/turned-6.jpg"),
        "JPEG 8-bit grey 14x9 | EXIF orientation 6 applied | grey to RGB"
    );
    assert_eq!(
        chain("made/ct-window.dcm"),
        "DICOM explicit little endian 23x17 MONOCHROME2, 12 of 16 bits unsigned | rescale slope 1 intercept -1024 | \
         window 40/400 from the file | grey to RGB"
    );
    assert_eq!(
        chain("made/mono1.dcm"),
        "DICOM explicit little endian 23x17 MONOCHROME1, 12 of 16 bits unsigned | window 40/400 from the file | \
         MONOCHROME1 inverted | grey to RGB"
    );
    let no_window = chain("made/no-window.dcm");
    assert!(
        no_window.contains(
            "intercept -1024 | no window in the file: percentiles 1 to 99, -966.9..3025.1 to 0..255"
        ),
        "{no_window}"
    );
    assert!(
        chain("made/rgb-planes.dcm")
            .ends_with("RGB, 8 of 8 bits unsigned | colour planes to pixels")
    );
}

#[test]
fn origin_has_the_files_name_and_hash_but_no_folder_and_no_patient() {
    let picture = open("made/ct-window.dcm");
    assert_eq!(picture.origin.name, "ct-window.dcm");
    assert_eq!(picture.origin.sha256, sha256(&bytes("made/ct-window.dcm")));
    assert_eq!(picture.origin.window.unwrap().width.to_string(), "400");
    assert_eq!(picture.origin.frame, None);
    let said = format!("{:?}", picture.origin);
    assert!(
        !said.contains("Secret") && !said.contains("SECRET"),
        "{said}"
    );
}

#[test]
fn content_decides_and_not_the_extension() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.jpg");
    fs_err::copy(images().join("made/grey8.png"), &path).unwrap();
    assert_eq!(
        imaging::open(path.to_str().unwrap()).unwrap().origin.format,
        Format::Png
    );
}

#[test]
fn samples_open_and_have_a_truth() {
    assert_eq!(imaging::samples().len(), 12);
    for sample in imaging::samples() {
        let picture = imaging::open(&format!("sample:{}", sample.name)).unwrap();
        assert_eq!(picture.origin.format, Format::Sample);
        assert_eq!(picture.origin.name, format!("sample:{}", sample.name));
        assert!(
            picture.width >= 224 && !sample.truth.is_empty(),
            "{}",
            sample.name
        );
    }
    let problem = imaging::open("sample:cxr-unicorn").unwrap_err().to_string();
    assert!(
        problem.contains("cxr-effusion"),
        "{problem} names the ones there are"
    );
}

#[test]
fn what_is_not_a_picture_file_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let check = |path: &str, expected: &str| {
        let problem = imaging::open(path).unwrap_err().problem;
        assert!(
            problem.contains(expected),
            "{path}: '{problem}' lacks '{expected}'"
        );
    };
    check(&at("missing.png"), "no such file");
    check(&at("missing/film.png"), "no such file");
    check(folder.path().to_str().unwrap(), "has no files in it");
    check(&"x".repeat(5000), "name is too long");
    check("a\0b", "zero character");
    check("", "no such file");
    fs_err::write(at("empty.png"), b"").unwrap();
    check(&at("empty.png"), "an empty file");
    fs_err::write(at("notes.dcm"), "the lungs are clear\n").unwrap();
    check(&at("notes.dcm"), "a text file");
    let huge = fs_err::File::create(at("huge.png")).unwrap();
    huge.set_len(1 << 30).unwrap();
    check(&at("huge.png"), "is too large: 1024 MiB");
    let file = format!("{}/film.png", at("empty.png"));
    check(&file, "no such file");
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_device_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    for path in [pipe.to_str().unwrap(), "/dev/zero"] {
        let problem = imaging::open(path).unwrap_err().problem;
        assert!(problem.contains("not a regular file"), "{problem}");
    }
}

#[test]
fn control_characters_in_names_are_written_out() {
    let error = imaging::open("evil\u{1b}[31m\r\nname\u{202e}.png").unwrap_err();
    assert_eq!(
        error.to_string(),
        "evil\\u{1b}[31m\\r\\nname\\u{202e}.png: no such file"
    );
    let picture = imaging::decode("a/b\u{7}.png", &bytes("made/grey8.png")).unwrap();
    assert_eq!(picture.origin.name, "b\\u{7}.png");
}

#[test]
fn other_kinds_of_file_are_named() {
    refused(b"RIFF\0\0\0\0WAVEfmt ", "a sound or a video");
    refused(b"%PDF-1.7", "a PDF document");
    refused(b"PK\x03\x04", "a zip archive");
    refused(&[7; 400], "not a kind of picture");
}

#[test]
fn dicom_without_a_picture_says_so() {
    refused(&bytes("real/rtplan.dcm"), "without pixel data");
    refused(
        &bytes("real/meta_missing_tsyntax.dcm"),
        "does not say how it is written down",
    );
}

/// `dicom-object` takes 4.2 GB for the first of these and 3.7 GB for the third; our scan comes before it.
#[test]
fn hostile_files_are_one_sentence_at_once() {
    refused(&bytes("hostile/len_bomb_OW_4GB.dcm"), "no usable Rows");
    refused(
        &boast([0xff, 0xff, 0xff, 0xfe]),
        "(0008,2111) declares 4278190079 bytes",
    );
    refused(
        &bytes("hostile/native_65535x65535_512bytes.dcm"),
        "too large: 65535x65535",
    );
    refused(&bytes("real/UN_sequence.dcm"), "without pixel data");
    refused(&bytes("hostile/rle_65535x65535.dcm"), "too large");
    refused(&bytes("hostile/j2k_siz_60000.dcm"), "60000");
    refused(
        &bytes("hostile/png_bomb_60000.png"),
        "too large: 60000x60000",
    );
    refused(&nested_sequences(20_000), "deep");
}

/// A picture with a text in front of it that says how long it is and is not.
fn boast(len: [u8; 4]) -> Vec<u8> {
    let mut file = bytes("made/ct-window.dcm");
    let at = before_the_picture(&file);
    let element = [b"\x08\0\x11\x21UT\0\0".as_slice(), &len].concat();
    file.splice(at..at, element);
    file
}

/// Where the first attribute of the picture begins: `SamplesPerPixel`.
fn before_the_picture(file: &[u8]) -> usize {
    file.windows(6)
        .position(|w| w == [0x28, 0, 2, 0, b'U', b'S'])
        .unwrap()
}

/// Sequences in sequences, all of unknown length.
fn nested_sequences(depth: usize) -> Vec<u8> {
    let mut file = bytes("made/ct-window.dcm");
    let at = before_the_picture(&file);
    let sequence = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff";
    file.splice(at..at, sequence.repeat(depth));
    file
}

#[test]
fn shallow_nesting_and_the_sequences_of_a_scanner_do_not_matter() {
    let mut file = bytes("made/ct-window.dcm");
    let whole = imaging::decode("whole.dcm", &file).unwrap();
    let at = before_the_picture(&file);
    // a private UN of unknown length, which is implicit inside, with an item of known and one of unknown length
    let private = b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff\
        \xfe\xff\0\xe0\x0a\0\0\0\x08\0\x50\x11\x02\0\0\0ab\
        \xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x50\x11\x02\0\0\0ab\xfe\xff\x0d\xe0\0\0\0\0\
        \xfe\xff\xdd\xe0\0\0\0\0";
    file.splice(at..at, *private);
    assert_eq!(
        imaging::decode("private.dcm", &file).unwrap().rgb,
        whole.rgb
    );
}

#[test]
fn a_truncated_file_is_never_a_picture() {
    for file in [
        "made/rgb8.png",
        "made/palette8.png",
        "made/colour-420.jpg",
        "made/progressive.jpg",
        "made/grey.jpg",
    ] {
        let whole = bytes(file);
        // the PNG's end mark and its checksum carry no pixels
        let end = whole.len() - if file.ends_with("png") { 12 } else { 0 };
        for len in (0..end).step_by(7) {
            assert!(
                imaging::decode(file, &whole[..len]).is_err(),
                "{file} cut to {len} of {}",
                whole.len()
            );
        }
    }
    refused(&bytes("made/colour-420.jpg")[..600], "truncated JPEG");
    refused(&bytes("made/rgb8.png")[..300], "truncated PNG");
}

/// As in dcmtk and pydicom, what is there of a grey picture is seen; what is missing is black and said, and never measured.
#[test]
fn a_truncated_dicom_file_is_a_picture_that_says_so_or_none() {
    for file in [
        "made/ct-window.dcm",
        "made/implicit.dcm",
        "made/big.dcm",
        "made/enhanced.dcm",
    ] {
        let whole = bytes(file);
        let complete = imaging::decode(file, &whole).unwrap();
        for len in 0..whole.len() - 1 {
            let Ok(picture) = imaging::decode(file, &whole[..len]) else {
                continue;
            };
            let chain = picture.origin.chain.join(" | ");
            assert!(
                chain.contains("truncated file: the last "),
                "{file} {len}: {chain}"
            );
            let half = picture.rgb.len() / 2 - 6;
            assert_eq!(picture.rgb[..half], complete.rgb[..half], "{file} {len}");
        }
        let halved = &whole[..whole.len() / 4];
        assert!(imaging::decode(file, halved).is_err(), "{file}");
    }
    let whole = bytes("made/rgb-planes.dcm");
    refused(&whole[..whole.len() - 2], "truncated");
    let truncated = open("real/MR_truncated.dcm");
    assert!(
        truncated
            .origin
            .chain
            .join(" ")
            .contains("the last 31 of 4096 pixels are missing")
    );
}

/// Whatever a flipped byte does, it ends in a picture or a sentence.
#[test]
fn flipped_bytes_never_panic() {
    for file in [
        "made/rgb8.png",
        "made/palette8-alpha.png",
        "made/cmyk.jpg",
        "made/progressive.jpg",
        "made/enhanced.dcm",
        "made/big.dcm",
    ] {
        let whole = bytes(file);
        for at in (0..whole.len()).step_by(whole.len() / 300 + 1) {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            if let Err(error) = imaging::decode(file, &broken) {
                assert!(!error.problem.contains('\n'), "{}", error.problem);
            }
        }
    }
}

#[test]
fn pictures_without_pixels_or_with_too_many_are_refused() {
    let mut png = bytes("made/grey8.png");
    png[16..24].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 5]);
    refused(&png, "has no pixels: it says it is 0x5");
    png[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    refused(&png, "at most 16384 a side and 100 million");
    let mut jpeg = bytes("made/grey.jpg");
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    refused(&jpeg, "too large: 65535x65535");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0, 0, 0, 9]);
    refused(&jpeg, "has no pixels");
}
