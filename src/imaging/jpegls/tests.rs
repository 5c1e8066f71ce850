//! Small streams in, checks of what the decoder makes of them out.

use std::path::PathBuf;

use super::*;

/// The picture of 4x4 pixels that the standard codes step by step (T.87 H.3).
const EXAMPLE: [u8; 57] = [
    0xff, 0xd8, 0xff, 0xf7, 0x00, 0x0b, 0x08, 0x00, 0x04, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00, 0xff,
    0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x6c, 0x80, 0x20, 0x8e,
    0x01, 0xc0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6e, 0xe6, 0x00, 0x00, 0x01, 0xbc, 0x18, 0x00,
    0x00, 0x05, 0xd8, 0x00, 0x00, 0x91, 0x60, 0xff, 0xd9,
];
const PIXELS: [u16; 16] = [
    0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
];
/// Where parts of the example are.
const FRAME: usize = 2;
const PRECISION: usize = 6;
const HEIGHT: usize = 7;
const SCAN: usize = 15;
const TABLE: usize = 21;
const NEAR: usize = 22;
const POINT_TRANSFORM: usize = 24;
const DATA: usize = 25;
const END: usize = 55;

fn expected(width: usize, height: usize, components: usize) -> Expected {
    Expected {
        width,
        height,
        components,
        bits_allocated: 16,
        bits_stored: 16,
        signed: false,
        photometric_is_rgb: false,
    }
}

/// The values, which are never wider than 16 bits.
fn narrow(samples: &Samples) -> &[u16] {
    match &samples.values {
        Values::Narrow(values) => values,
        Values::Wide(_) => panic!("wide values"),
    }
}

/// The bytes with some of them replaced.
fn with(stream: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream[at..at + bytes.len()].copy_from_slice(bytes);
    stream
}

/// The bytes with more between them.
fn and(stream: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    [&stream[..at], bytes, &stream[at..]].concat()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/images/jls")
}

fn stream(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// A line of the table: a stream, what it is, its bits and the hash of its values.
struct Row {
    name: String,
    expected: Expected,
    bits: u32,
    sha256: String,
}

fn table() -> Vec<Row> {
    let table = String::from_utf8(stream("jls.tsv")).unwrap();
    let rows: Vec<Row> = table
        .lines()
        .skip(2)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let number = |i: usize| cells[i].parse::<usize>().unwrap();
            Row {
                name: cells[0].to_owned(),
                expected: expected(number(1), number(2), number(3)),
                bits: cells[4].parse().unwrap(),
                sha256: cells[5].to_owned(),
            }
        })
        .collect();
    assert!(rows.len() > 70);
    rows
}

fn sha256(values: &[u16]) -> String {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    crate::imaging::sha256(&bytes)
}

#[test]
fn the_example_of_the_standard() {
    let samples = decode(&EXAMPLE, &expected(4, 4, 1)).unwrap();
    assert_eq!(narrow(&samples), PIXELS);
    assert_eq!((samples.width, samples.height), (4, 4));
    assert_eq!((samples.components, samples.bits), (1, 8));
    assert_eq!(samples.notes, [""; 0]);
}

#[test]
fn every_stream_of_the_table() {
    for row in table() {
        let samples = decode(&stream(&row.name), &row.expected)
            .unwrap_or_else(|problem| panic!("{}: {problem}", row.name));
        assert_eq!(samples.bits, row.bits, "{}", row.name);
        assert_eq!(sha256(narrow(&samples)), row.sha256, "{}", row.name);
    }
}

#[track_caller]
fn notes(name: &str, components: usize, width: usize, height: usize, expected_notes: &[&str]) {
    let samples = decode(&stream(name), &expected(width, height, components)).unwrap();
    assert_eq!(samples.notes, expected_notes);
}

#[test]
fn what_one_should_know_of_the_values_is_noted() {
    notes(
        "made/grey-8-near-1.jls",
        1,
        31,
        11,
        &["JPEG-LS near-lossless (NEAR 1)"],
    );
    notes(
        "made/table-1.jls",
        1,
        31,
        11,
        &["JPEG-LS mapping table applied"],
    );
    notes(
        "made/hp2-ilv-1-8.jls",
        3,
        13,
        7,
        &["JPEG-LS colour transform HP2 undone"],
    );
    notes("made/spiff.jls", 3, 23, 11, &["JPEG-LS SPIFF header: RGB"]);
    let samples = decode(&EXAMPLE[..END], &expected(4, 4, 1)).unwrap();
    assert_eq!(narrow(&samples), PIXELS);
    assert_eq!(samples.notes, ["JPEG-LS data without an end marker"]);
}

#[test]
fn a_stream_that_ends_too_early_is_truncated() {
    for row in table() {
        let whole = stream(&row.name);
        if whole.len() > 1_000 {
            continue;
        }
        for end in 2..whole.len() {
            match decode(&whole[..end], &row.expected) {
                Err(problem) => assert!(
                    problem.starts_with("is truncated"),
                    "{} to {end}: {problem}",
                    row.name
                ),
                // Only what follows the last sample is missing: an end marker, fill bytes, padding.
                Ok(samples) => {
                    assert_eq!(
                        sha256(narrow(&samples)),
                        row.sha256,
                        "{} to {end}",
                        row.name
                    );
                    assert!(whole.len() - end <= 4, "{} to {end}", row.name);
                }
            }
        }
    }
}

#[test]
fn damaged_streams_do_not_panic_and_never_give_another_size() {
    let mut state = 0x2545_f491_u32;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % n
    };
    let (mut decoded, mut refused) = (0, 0);
    for row in table() {
        let whole = stream(&row.name);
        if whole.len() > 1_100 {
            continue;
        }
        for _ in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..=below(3) {
                let at = below(bytes.len());
                bytes[at] ^= [1, 0x80, 0xff, 0x10][below(4)];
            }
            let Expected {
                width,
                height,
                components,
                ..
            } = row.expected;
            match decode(&bytes, &row.expected) {
                Ok(samples) => {
                    assert_eq!(narrow(&samples).len(), width * height * components);
                    decoded += 1;
                }
                Err(problem) => {
                    assert!(!problem.is_empty() && !problem.ends_with('.'), "{problem}");
                    refused += 1;
                }
            }
        }
    }
    assert!(decoded > 100 && refused > 1_000, "{decoded} and {refused}");
}

#[track_caller]
fn refused(bytes: &[u8], wanted: &str) {
    refused_as(bytes, &expected(4, 4, 1), wanted);
}

#[track_caller]
fn refused_as(bytes: &[u8], expected: &Expected, wanted: &str) {
    let problem = decode(bytes, expected).expect_err("it is refused");
    assert!(problem.contains(wanted), "{problem}");
}

#[test]
fn another_frame_than_expected_is_refused_before_memory_is_asked_for() {
    refused_as(
        &EXAMPLE,
        &expected(4, 5, 1),
        "is 4x4 with 1 values a pixel, the DICOM header says 4x5 with 1",
    );
    refused_as(
        &EXAMPLE,
        &expected(4, 4, 3),
        "the DICOM header says 4x4 with 3",
    );
    let huge = with(&EXAMPLE, HEIGHT, &[0xff, 0xff, 0xff, 0xff]);
    refused(&huge, "is 65535x65535");
    refused_as(
        &huge,
        &expected(65_535, 65_535, 1),
        "cannot come from 32 bytes",
    );
    let oversize = [&[0xff, 0xf8, 0, 12, 4, 4][..], &[0xff; 8]].concat();
    let huge = and(&with(&EXAMPLE, HEIGHT, &[0; 4]), SCAN, &oversize);
    let side = 0xffff_ffff;
    refused_as(&huge, &expected(side, side, 1), "cannot come from 32 bytes");
    let empty = with(&EXAMPLE, HEIGHT, &[0; 4]);
    refused_as(&empty, &expected(0, 0, 1), "is 0x0");
}

#[test]
fn what_is_no_jpeg_ls_is_refused() {
    refused(b"", "do not begin with a start-of-image marker");
    refused(b"\x89PNG", "do not begin with a start-of-image marker");
    refused(
        &with(&EXAMPLE, FRAME + 1, &[0xc3]),
        "are JPEG (SOF3), not JPEG-LS",
    );
    refused(&with(&EXAMPLE, FRAME + 1, &[0xf9]), "T.870");
    refused(
        &with(&EXAMPLE, FRAME + 1, &[0xd8]),
        "the marker 0xffd8 at byte 2",
    );
    refused(&with(&EXAMPLE, FRAME, &[0x12]), "0x12 at byte 2");
    refused(&with(&EXAMPLE, SCAN + 1, &[0xd9]), "before the first scan");
    refused(&and(&EXAMPLE, SCAN, &[0xff, 0xf8, 0, 3, 5]), "T.870");
}

#[test]
fn headers_that_make_no_sense_are_refused() {
    refused(&with(&EXAMPLE, PRECISION, &[1]), "have 1 bits, not 2 to 16");
    refused(&with(&EXAMPLE, PRECISION, &[17]), "have 17 bits");
    refused(
        &with(&EXAMPLE, FRAME + 1, &[0xfe]),
        "scan header makes no sense",
    );
    refused(
        &and(&EXAMPLE, SCAN, &EXAMPLE[FRAME..SCAN]),
        "frame header makes no sense",
    );
    refused(&with(&EXAMPLE, 20, &[7]), "scan header makes no sense");
    refused(
        &with(&EXAMPLE, NEAR, &[128]),
        "near-lossless with an error of 128",
    );
    refused(
        &with(&EXAMPLE, POINT_TRANSFORM, &[1]),
        "a JPEG-LS point transform",
    );
    refused(&with(&EXAMPLE, TABLE, &[1]), "scan header makes no sense");
    refused(
        &and(&EXAMPLE, SCAN, &[0xff, 0xdd, 0, 3, 1]),
        "restart interval makes no sense",
    );
    refused(
        &and(&EXAMPLE, SCAN, &[0xff, 0xf8, 0, 4, 1, 0]),
        "preset parameters makes no sense",
    );
    refused(&and(&EXAMPLE, END, &EXAMPLE[SCAN..END]), "is there twice");
    let colour = stream("made/colour-3-ilv-1.jls");
    let frame = expected(23, 11, 3);
    refused_as(
        &with(&colour, 13, &[0x21]),
        &frame,
        "components of different sizes",
    );
    refused_as(&with(&colour, 15, &[1]), &frame, "have the same identifier");
    refused_as(
        &with(&colour, 33, &[0]),
        &frame,
        "interleaving makes no sense",
    );
}

#[test]
fn data_that_make_no_sense_are_refused() {
    refused(&and(&EXAMPLE, END, &[1]), "go on behind the last line");
    let restarts = and(&EXAMPLE, SCAN, &[0xff, 0xdd, 0, 4, 0, 2]);
    refused(&restarts, "go on behind the last line");
    refused(
        &with(&EXAMPLE, DATA, &[0; 8]),
        "make no sense in line 1 of 4",
    );
    let restarts = stream("made/restart-4-of-2-bytes.jls");
    let at = restarts
        .windows(2)
        .position(|two| two == [0xff, 0xd0])
        .unwrap();
    let frame = expected(9, 43, 1);
    refused_as(
        &with(&restarts, at + 1, &[0xd1]),
        &frame,
        "0xd1 where restart marker 0 is due",
    );
}

#[test]
fn zero_bytes_behind_the_last_sample_are_borne() {
    let padded = and(&EXAMPLE, END, &[0; 3]);
    assert_eq!(
        narrow(&decode(&padded, &expected(4, 4, 1)).unwrap()),
        PIXELS
    );
}

#[test]
fn a_number_of_lines_is_held_to_the_header() {
    let lines = [0xff, 0xdc, 0, 4, 0, 4];
    let open = with(&EXAMPLE, HEIGHT, &[0, 0]);
    let whole = decode(&and(&open, END, &lines), &expected(4, 4, 1)).unwrap();
    assert_eq!(narrow(&whole), PIXELS);
    refused(&open, "before the number of lines");
    refused(
        &and(&open, END, &with(&lines, 5, &[5])),
        "has not the 4 lines",
    );
    refused(&and(&open, SCAN, &lines), "has not the 4 lines");
    refused(
        &and(&open, END, &EXAMPLE[SCAN..END]),
        "never says how many lines",
    );
    refused_as(&and(&open, END, &lines), &expected(4, 5, 1), "is truncated");
}

#[test]
fn mapping_tables_are_held_to_their_samples() {
    let selected = with(&EXAMPLE, TABLE, &[9]);
    let short = [&[0xff, 0xf8, 0, 15, 2, 9, 1][..], &[7; 10]].concat();
    refused(
        &and(&selected, SCAN, &short),
        "sample is 90, but its mapping table has 10 entries",
    );
    let wide = [&[0xff, 0xf8, 0, 11, 2, 9, 3][..], &[7; 6]].concat();
    refused(&and(&selected, SCAN, &wide), "3 bytes an entry");
    let alone = [0xff, 0xf8, 0, 6, 3, 9, 1, 7];
    refused(
        &and(&selected, SCAN, &alone),
        "continuation of a mapping table",
    );
}

#[test]
fn colour_transforms_that_mean_different_things_are_refused() {
    let hp = |kind: u8| [0xff, 0xe8, 0, 7, b'm', b'r', b'f', b'x', kind];
    refused(&and(&EXAMPLE, FRAME, &hp(4)), "only 1 to 3 are read");
    refused(
        &and(&EXAMPLE, FRAME, &hp(1)),
        "not 3 interleaved, lossless components",
    );
    for name in ["made/colour-3-ilv-0.jls", "made/colour-3-ilv-1-near-2.jls"] {
        let bytes = and(&stream(name), FRAME, &hp(1));
        refused_as(
            &bytes,
            &expected(23, 11, 3),
            "not 3 interleaved, lossless components",
        );
    }
    let none = and(&EXAMPLE, FRAME, &hp(0));
    assert_eq!(narrow(&decode(&none, &expected(4, 4, 1)).unwrap()), PIXELS);
}
