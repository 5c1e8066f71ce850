//! Small files made here in, their volumes and slices or sentences out.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::*;
use crate::imaging::frame::Values;

/// A NIfTI-1 file of int16 with these sizes, whose values count up from 0, and `gap` bytes behind the header.
fn file(dims: &[i16], gap: usize) -> Vec<u8> {
    let mut bytes = vec![0xaa; 352 + gap];
    bytes[..352].fill(0);
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    put(40, &i16::try_from(dims.len()).unwrap().to_le_bytes());
    for (i, dim) in dims.iter().enumerate() {
        put(42 + 2 * i, &dim.to_le_bytes());
        put(80 + 4 * i, &2_f32.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes());
    put(72, &16_i16.to_le_bytes());
    put(
        108,
        &f32::from(i16::try_from(352 + gap).unwrap()).to_le_bytes(),
    );
    put(112, &[0.5_f32.to_le_bytes(), 10_f32.to_le_bytes()].concat());
    put(
        124,
        &[300_f32.to_le_bytes(), 100_f32.to_le_bytes()].concat(),
    );
    put(252, &1_i16.to_le_bytes());
    put(344, b"n+1\0");
    let count: i16 = dims.iter().product();
    bytes.extend((0..count).flat_map(i16::to_le_bytes));
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::best())
        .read_to_end(&mut out)
        .unwrap();
    out
}

fn counted(from: u16, to: u16) -> Values {
    Values::Grey(
        (from..to)
            .map(|stored| f32::from(stored) * 0.5 + 10.0)
            .collect(),
    )
}

#[test]
fn volumes_and_slices_of_a_plain_and_a_compressed_file_are_the_same() {
    let plain = file(&[2, 3, 4, 5], 0);
    for bytes in [gzip(&plain), plain] {
        let mut nifti = open(Cursor::new(bytes)).unwrap();
        let volume = nifti.volume(3).unwrap();
        assert_eq!(volume.values, counted(72, 96));
        assert_eq!(volume.size, [2, 3, 4]);
        assert!(
            volume.chain.contains(&"time 4/5".to_owned()),
            "{:?}",
            volume.chain
        );
        let frame = nifti.slice(2, 4).unwrap();
        assert_eq!(frame.values, counted(108, 114));
        assert_eq!((frame.width, frame.height), (2, 3));
        assert_eq!(frame.place.spacing_mm, Some([2.0, 2.0]));
        assert_eq!(
            frame.place.orientation,
            Some([-1.0, 0.0, 0.0, 0.0, -1.0, 0.0])
        );
        assert_eq!(frame.place.position, Some([0.0, 0.0, 4.0]));
        assert!(
            nifti
                .volume(5)
                .unwrap_err()
                .contains("no point of time 6: the last is 5")
        );
        assert!(
            nifti
                .slice(4, 0)
                .unwrap_err()
                .contains("no slice 5: the last is 4")
        );
    }
}

/// The trap that other readers fall into: values begin at `vox_offset`, whether or not extensions are announced.
#[test]
fn values_begin_at_vox_offset() {
    let plain = file(&[2, 3, 4], 64);
    for bytes in [gzip(&plain), plain] {
        assert_eq!(
            open(Cursor::new(bytes)).unwrap().volume(0).unwrap().values,
            counted(0, 24)
        );
    }
}

#[test]
fn components_follow_times() {
    let mut nifti = open(Cursor::new(file(&[2, 1, 1, 3, 2], 0))).unwrap();
    assert_eq!(
        (
            nifti.header().times,
            nifti.header().components,
            nifti.header().volumes()
        ),
        (3, 2, 6)
    );
    let volume = nifti.volume(4).unwrap();
    assert_eq!(volume.values, counted(8, 10));
    assert_eq!(volume.chain.last().unwrap(), "time 2/3, component 2/2");
}

#[test]
fn the_files_own_window_is_called_cal() {
    let volume = open(Cursor::new(file(&[2, 1, 1], 0)))
        .unwrap()
        .volume(0)
        .unwrap();
    let window = &volume.scale.windows[0];
    assert_eq!(
        (
            window.name.as_str(),
            window.window.center,
            window.window.width
        ),
        ("cal", 200.0, 200.0)
    );
    assert_eq!(volume.scale.possible, Some((-16_374.0, 16_393.5)));
    assert_eq!(volume.scale.unit, None);
}

#[test]
fn a_file_that_is_cut_short_says_by_how_much() {
    let plain = file(&[2, 3, 4], 0);
    let problem = open(Cursor::new(&plain[..399])).unwrap_err();
    assert!(
        problem.contains("end at byte 400, the file has 399"),
        "{problem}"
    );
    let mut short = gzip(&plain);
    short.truncate(short.len() - 20);
    let problem = open(Cursor::new(short))
        .and_then(|mut it| it.volume(0))
        .unwrap_err();
    assert!(problem.contains("cut short"), "{problem}");
    let problem = open(Cursor::new(gzip(&file(&[2, 3, 4], 0)[..390])))
        .unwrap()
        .volume(0)
        .unwrap_err();
    assert!(problem.contains("bytes 352 and 400"), "{problem}");
}

#[test]
fn a_small_gzip_file_cannot_ask_for_much_memory() {
    let mut bomb = file(&[2, 3, 4], 0);
    bomb[42..48].copy_from_slice(
        &[
            500_i16.to_le_bytes(),
            500_i16.to_le_bytes(),
            500_i16.to_le_bytes(),
        ]
        .concat(),
    );
    let problem = open(Cursor::new(gzip(&bomb))).unwrap_err();
    assert!(
        problem.contains("bytes of gzip cannot hold the 250000352"),
        "{problem}"
    );
}

#[test]
fn pairs_are_opened_as_pairs() {
    let mut header = file(&[2, 3, 4], 0);
    let values = header.split_off(352);
    header[344..348].copy_from_slice(b"ni1\0");
    header[108..112].fill(0);
    assert_eq!(sniff(&header), Some(Kind::PairHeader));
    assert!(
        open(Cursor::new(&header))
            .unwrap_err()
            .contains("only the header of a pair")
    );
    for values in [gzip(&values), values.clone()] {
        let mut nifti = open_pair(Cursor::new(&header), Cursor::new(values)).unwrap();
        assert_eq!(nifti.volume(0).unwrap().values, counted(0, 24));
    }
    let single = file(&[2, 3, 4], 0);
    assert_eq!(sniff(&gzip(&single)), Some(Kind::Single));
    assert!(
        open_pair(Cursor::new(single), Cursor::new(values))
            .unwrap_err()
            .contains("in one file")
    );
    assert_eq!(sniff(b"\x1f\x8b\x08"), None);
}

#[track_caller]
fn check_partners(name: &str, expected: &[&str]) {
    let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
    assert_eq!(partners(Path::new(name)), expected, "{name}");
}

#[test]
fn the_other_file_of_a_pair_lies_beside_it() {
    check_partners("a/b.c.hdr", &["a/b.c.img", "a/b.c.img.gz"]);
    check_partners("a/B.IMG", &["a/B.HDR", "a/B.HDR.gz"]);
    check_partners("b.hdr.gz", &["b.img.gz", "b.img"]);
    for other in ["b.nii", "b.nii.gz", "hdr", "", "..", "é"] {
        check_partners(other, &[]);
    }
}

#[test]
fn odd_values_are_kept_and_counted() {
    let mut bytes = file(&[2, 1, 1], 0);
    bytes[70..74].copy_from_slice(&[16, 0, 32, 0]);
    bytes.truncate(352);
    bytes.extend([f32::NAN.to_le_bytes(), f32::INFINITY.to_le_bytes()].concat());
    let volume = open(Cursor::new(bytes)).unwrap().volume(0).unwrap();
    let Values::Grey(values) = &volume.values else {
        panic!("grey became colour");
    };
    assert!(values[0].is_nan() && values[1].is_infinite());
    assert!(
        volume
            .chain
            .contains(&"voxels that are not a number: 1".to_owned()),
        "{:?}",
        volume.chain
    );
}
