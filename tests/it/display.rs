//! Values in, what is seen, measured and picked out: numpy, pydicom, Pillow and Python give the same.

use std::path::Path;

use medlab::imaging::display::show;
use medlab::imaging::frame::{Frame, Place, Scale, Values, VoiLut};
use medlab::imaging::pick::{self, Slices};
use medlab::imaging::range::Range;
use medlab::imaging::region::Marked;
use medlab::imaging::shade::{About, resolve};
use medlab::imaging::statistics::{Found, Measured, Statistics, measure};
use medlab::imaging::through_jpeg::through_jpeg;
use sha2::{Digest, Sha256};

/// The rows of a golden table, without its two header lines.
fn table(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/display")
        .join(name);
    let text = fs_err::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .skip(2)
        .map(|line| line.split('\t').map(str::to_owned).collect());
    rows.collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The bytes that `tools/imaging/display_golden.py` makes by the same formula.
fn noise(n: usize) -> Vec<u8> {
    let hash = |i: u32| {
        let mut h = i.wrapping_mul(2_654_435_761);
        h ^= h >> 15;
        h.wrapping_mul(2_246_822_519).to_be_bytes()[0]
    };
    (0..u32::try_from(n).unwrap()).map(hash).collect()
}

fn words(n: usize) -> Vec<u16> {
    let bytes = noise(2 * n);
    let pairs = bytes.as_chunks().0.iter();
    pairs.map(|pair| u16::from_be_bytes(*pair)).collect()
}

pub(crate) fn values(kind: &str, n: usize) -> Vec<f32> {
    let value = |word: u16| match kind {
        "whole" => f32::from(word % 4096) - 1024.0,
        "quarters" => f32::from(word % 4096) / 4.0 - 300.0,
        _ => (f32::from(word) - 30000.0) * 0.0137,
    };
    words(n).into_iter().map(value).collect()
}

pub(crate) fn frame(values: Vec<f32>) -> Frame {
    Frame {
        width: values.len(),
        height: 1,
        values: Values::Grey(values),
        scale: Scale::default(),
        place: Place::default(),
        chain: Vec::new(),
    }
}

pub(crate) const CT: About<'static> = About {
    modality: Some("CT"),
    unit: Some("HU"),
    volume: None,
};

fn rgb(frame: &Frame, choice: &str, about: &About<'_>) -> Vec<u8> {
    let shade = resolve(Some(&choice.parse().unwrap()), frame, about).unwrap();
    show(frame, &shade, false).rgb
}

#[test]
fn three_windows_are_numpys() {
    let rows = table("three.tsv");
    assert_eq!(rows.len(), 8);
    for row in rows {
        let n = row[2].parse().unwrap();
        let hu = match row[1].as_str() {
            "every" => (-8000..8000_i16)
                .map(|quarter| f32::from(quarter) / 4.0)
                .collect(),
            kind => values(kind, n),
        };
        assert_eq!(hu.len(), n);
        assert_eq!(sha256(&rgb(&frame(hu), &row[0], &CT)), row[3], "{row:?}");
    }
}

#[test]
fn mr_over_its_volume_is_numpys() {
    let rows = table("minmax.tsv");
    assert_eq!(rows.len(), 9);
    for row in rows {
        let frame = frame(values(&row[0], row[1].parse().unwrap()));
        let Values::Grey(grey) = &frame.values else {
            panic!("made grey")
        };
        let range = Range::of(grey.iter().copied(), None, [1.0, 99.0]).unwrap();
        close(&[range.min, range.max], &row[2..4]);
        let about = About {
            modality: Some("MR"),
            unit: None,
            volume: Some(&range),
        };
        assert_eq!(
            sha256(&rgb(&frame, "minmax-volume", &about)),
            row[4],
            "{row:?}"
        );
    }
}

#[test]
fn lookup_tables_are_pydicoms() {
    let rows = table("lut.tsv");
    assert_eq!(rows.len(), 6);
    for row in rows {
        let (n, bits): (usize, u32) = (row[0].parse().unwrap(), row[2].parse().unwrap());
        let mut entries: Vec<u16> = words(n).iter().map(|word| word >> (16 - bits)).collect();
        entries[0] |= 1_u16 << (bits - 1);
        let mut frame = frame((-1500..4500_i16).map(f32::from).collect());
        frame.scale.luts.push(VoiLut {
            name: String::new(),
            first: row[1].parse().unwrap(),
            entries,
            bits,
        });
        assert_eq!(
            sha256(&rgb(&frame, "lut", &About::default())),
            row[3],
            "{row:?}"
        );
        let shade = resolve(None, &frame, &About::default()).unwrap();
        assert!(
            shade
                .why
                .starts_with(&format!("lookup table of {n} entries of {bits} bits"))
        );
    }
}

#[track_caller]
fn close(found: &[f64], expected: &[String]) {
    for (found, expected) in found.iter().zip(expected) {
        let expected: f64 = expected.parse().unwrap();
        let far = (found - expected).abs() > 1e-12 * expected.abs().max(1.0);
        assert!(!far, "{found} is not {expected}");
    }
}

#[test]
fn percentiles_are_numpys() {
    let rows = table("percentiles.tsv");
    assert_eq!(rows.len(), 90);
    for row in rows {
        let percent = [2, 3].map(|at| row[at].parse().unwrap());
        let values = values(&row[0], row[1].parse().unwrap());
        let range = Range::of(values.into_iter(), None, percent).unwrap();
        close(&[range.min, range.at[0], range.at[1], range.max], &row[4..]);
    }
}

#[test]
fn through_a_jpeg_is_byte_equal_to_pillow() {
    let rows = table("jpeg.tsv");
    assert!(rows.len() > 280);
    for row in rows {
        let [width, height, quality] = [1, 2, 3].map(|at| row[at].parse::<usize>().unwrap());
        let picture: Vec<u8> = match row[0].as_str() {
            "noise" => noise(3 * width * height),
            "steps" => noise(3 * width * height)
                .iter()
                .map(|byte| if *byte < 128 { 0 } else { 255 })
                .collect(),
            _ => ramps(width, height),
        };
        let after = through_jpeg(&picture, width, height, u8::try_from(quality).unwrap());
        assert_eq!(sha256(&after), row[4], "{row:?}");
    }
}

fn ramps(width: usize, height: usize) -> Vec<u8> {
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let pixel = [5 * x + 3 * y, 2 * x + 7 * y, x * y];
            rgb.extend(pixel.map(|value| u8::try_from(value % 256).unwrap()));
        }
    }
    rgb
}

#[test]
fn slices_are_pythons() {
    let rows = table("pick.tsv");
    assert_eq!(rows.len(), 119);
    for row in rows {
        let [n, count] = [0, 1].map(|at| row[at].parse().unwrap());
        let picked = pick::pick(n, &Slices::Spread(count)).unwrap();
        let words: Vec<String> = picked.iter().map(usize::to_string).collect();
        assert_eq!(words.join(","), row[2], "{count} of {n}");
        if count == pick::PUBLISHED {
            assert_eq!(pick::pick(n, &Slices::Published).unwrap(), picked);
        }
    }
}

fn measured(frame: &Frame, region: &str) -> Measured {
    let Marked::Source(region) = region.parse().unwrap() else {
        panic!("{region} is not in source pixels")
    };
    measure(frame, &region).unwrap()
}

fn grey(measured: &Measured) -> &Statistics {
    match &measured.values {
        Found::Grey(Some(statistics)) => statistics,
        other => panic!("no grey values: {other:?}"),
    }
}

#[test]
fn regions_are_numpys() {
    let rows = table("regions.tsv");
    assert_eq!(rows.len(), 24);
    for row in rows {
        let mut frame = frame(values(&row[0], 60 * 50));
        (frame.width, frame.height) = (60, 50);
        let measured = measured(&frame, &row[1]);
        let found = grey(&measured);
        assert_eq!(
            [measured.pixels, found.n].map(|n| n.to_string()),
            [row[2].clone(), row[2].clone()],
            "{row:?}"
        );
        close(
            &[found.mean, found.sd, found.min, found.median, found.max],
            &row[3..],
        );
    }
}

/// A liver in a contrast CT, 30 x 30 pixels of 0.9765625 mm.
#[test]
fn a_region_of_a_real_slice() {
    let rows = table("ct-roi.tsv");
    let hu: Vec<f32> = rows
        .iter()
        .flatten()
        .map(|value| value.parse().unwrap())
        .collect();
    let mut frame = frame(hu);
    (frame.width, frame.height) = (30, 30);
    frame.scale.unit = Some("HU".to_owned());
    frame.place.spacing_mm = Some([0.976_562_5; 2]);
    let measured = measured(&frame, "0,0,30,30");
    assert_eq!(
        measured.to_string(),
        "900 pixels, 858.31 mm², mean 77.981 HU, SD 50.673, min -106, median 97, max 138"
    );
}
