//! Pictures in, pixels out: byte-equal to Pillow's resize, bit-equal to Transformers' values; places map there and back.

use candle_core::Device;
use medlab::imaging::{Format, Origin, Picture};
use medlab::preprocess::square::Square;
use medlab::preprocess::{Fit, Prepared, PreprocessConfig, prepare, stack};

use crate::imaging::{sha256, table};

/// The bytes that `tools/imaging/make_golden.py` makes by the same formula.
fn noise(n: usize, kind: &str) -> Vec<u8> {
    let hash = |i: u32| {
        let mut h = i.wrapping_mul(2_654_435_761);
        h ^= h >> 15;
        h.wrapping_mul(2_246_822_519).to_be_bytes()[0]
    };
    let step = |byte: u8| if byte < 128 { 0 } else { 255 };
    let bytes = (0..u32::try_from(n).unwrap()).map(hash);
    bytes
        .map(|byte| if kind == "steps" { step(byte) } else { byte })
        .collect()
}

fn picture(width: usize, height: usize, kind: &str) -> Picture {
    let origin = Origin {
        name: "noise".into(),
        sha256: String::new(),
        format: Format::Png,
        frame: None,
        window: None,
        chain: Vec::new(),
    };
    Picture::plain(width, height, noise(width * height * 3, kind), origin)
}

fn config(size: usize, kind: &str) -> PreprocessConfig {
    let (mean, std) = match kind {
        "clip" => (
            [0.481_454_66, 0.457_827_5, 0.408_210_73],
            [0.268_629_54, 0.261_302_6, 0.275_777_1],
        ),
        _ => ([0.5; 3], [0.5; 3]),
    };
    PreprocessConfig {
        size,
        rescale: 1.0 / 255.0,
        mean,
        std,
    }
}

fn prepared(width: usize, height: usize, size: usize, fit: Fit) -> Prepared {
    prepare(
        &picture(width, height, "noise"),
        &config(size, "noise"),
        fit,
    )
}

#[test]
fn bytes_are_pillows_and_values_are_transformers() {
    let rows = table("resize.tsv");
    assert!(rows.len() > 110);
    for row in rows {
        let [width, height, size] = [1, 2, 3].map(|at| row[at].parse::<usize>().unwrap());
        let fit = if row[4] == "pad" {
            Fit::Pad
        } else {
            Fit::Stretch
        };
        let prepared = prepare(
            &picture(width, height, &row[0]),
            &config(size, &row[0]),
            fit,
        );
        assert_eq!(prepared.rgb.len(), size * size * 3);
        assert_eq!(sha256(&prepared.rgb), row[5], "bytes of {row:?}");
        assert_eq!(prepared.sha256, row[6], "values of {row:?}");
    }
}

#[test]
fn the_hash_is_of_the_values_and_the_chain_says_the_steps() {
    let prepared = prepared(61, 47, 24, Fit::Pad);
    let bytes: Vec<u8> = prepared
        .values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    assert_eq!(prepared.sha256, sha256(&bytes));
    assert_eq!(
        prepared.chain,
        [
            "zeros around it to 61x61",
            "resized to 24x24, bilinear with antialias",
            "(value * 0.003922 - mean 0.5) / std 0.5"
        ]
    );
    assert_eq!(
        prepared
            .values
            .iter()
            .copied()
            .fold(1.0, f32::min)
            .to_string(),
        "-1",
        "padding is black"
    );
}

#[test]
fn a_square_needs_no_padding() {
    let (pad, stretch) = (
        prepared(40, 40, 32, Fit::Pad),
        prepared(40, 40, 32, Fit::Stretch),
    );
    assert_eq!((pad.values, pad.chain), (stretch.values, stretch.chain));
}

#[test]
fn stacked_pixels_are_n_3_s_s_in_order() {
    let (a, b) = (
        prepared(30, 20, 16, Fit::Pad),
        prepared(20, 30, 16, Fit::Pad),
    );
    let pixels = stack(&[&a, &b], &Device::Cpu).unwrap();
    assert_eq!(pixels.dims(), [2, 3, 16, 16]);
    let values: Vec<f32> = pixels.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(values, [a.values.clone(), b.values].concat());
    assert!(stack(&[], &Device::Cpu).is_err());
    assert!(stack(&[&a, &prepared(5, 5, 8, Fit::Pad)], &Device::Cpu).is_err());
}

#[track_caller]
fn close(a: [f64; 4], b: [f64; 4]) {
    let far = a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-6);
    assert!(!far, "{a:?} is not {b:?}");
}

#[test]
fn boxes_map_to_the_models_square_and_back() {
    // 200 wide, 100 high: 50 rows of zeros above
    let square = Square::new(200, 100, Fit::Pad);
    close(
        square.to_model([0.0, 0.0, 100.0, 200.0]),
        [250.0, 0.0, 750.0, 1000.0],
    );
    close(
        square.to_picture([250.0, 0.0, 750.0, 1000.0]),
        [0.0, 0.0, 100.0, 200.0],
    );
    close(
        square.to_picture([0.0, 0.0, 1000.0, 500.0]),
        [0.0, 0.0, 100.0, 100.0],
    );
    let stretched = Square::new(200, 100, Fit::Stretch);
    close(
        stretched.to_model([25.0, 50.0, 100.0, 200.0]),
        [250.0, 250.0, 1000.0, 1000.0],
    );
    // an odd zero goes below
    close(Square::new(3, 2, Fit::Pad).to_model([0.0; 4]), [0.0; 4]);
}

#[test]
fn every_box_comes_back_for_every_shape() {
    for (width, height) in [(1, 1), (2, 3), (7, 5), (1841, 1955), (1000, 3), (3, 1000)] {
        for fit in [Fit::Pad, Fit::Stretch] {
            let square = Square::new(width, height, fit);
            let (w, h) = (width as f64, height as f64);
            for place in [
                [0.0, 0.0, h, w],
                [h / 3.0, w / 4.0, h / 2.0, w / 2.0],
                [0.5, 0.25, 1.0, 0.75],
            ] {
                close(square.to_picture(square.to_model(place)), place);
            }
        }
    }
}
