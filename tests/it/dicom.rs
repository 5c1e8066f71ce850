//! DICOM files that a plain reader gets wrong or refuses: their values are pydicom's, bit for bit, and each trap has a file.

use medlab::imaging::frame::{Frame, Values};
use medlab::imaging::view::View;
use medlab::imaging::{self, Picture, Watch};

use crate::imaging::{images, sha256, table};

fn path(file: &str) -> String {
    images().join(file).to_str().unwrap().to_owned()
}

fn frames(file: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    imaging::values(&[path(file)], &View::default(), &mut |frame| {
        frames.push(frame.clone());
        Ok(())
    })
    .unwrap();
    frames
}

fn grey(frame: &Frame) -> &[f32] {
    match &frame.values {
        Values::Grey(values) => values,
        Values::Rgb(_) => panic!("colour"),
    }
}

fn seen(file: &str, settings: &[(&str, &str)]) -> Picture {
    let mut view = View::default();
    for (key, value) in settings {
        view.set(key, value).unwrap();
    }
    let mut opened = imaging::open_as(&path(file), &view, Watch::default()).unwrap();
    opened.pictures.swap_remove(0)
}

#[track_caller]
fn says(file: &str, step: &str) {
    let chain = seen(file, &[]).origin.chain.join(" | ");
    assert!(chain.contains(step), "{file}: {chain} lacks {step}");
}

/// Every file of the table that `tools/reference/imaging.py` makes; what a lossy codec rounds is compared elsewhere.
#[test]
fn values_before_any_window_are_those_of_pydicom() {
    let mut exact = 0;
    for row in table("values.tsv") {
        let [file, _, kind, dtype, shape, bound, expected, ..] = row.as_slice() else {
            panic!("the table has nine columns: {row:?}");
        };
        assert_eq!(kind, "DICOM");
        let frames = frames(file);
        let first = &frames[0];
        let mut is = format!("{}x{}x{}", frames.len(), first.height, first.width);
        let mut bytes = Vec::new();
        for frame in &frames {
            match &frame.values {
                Values::Grey(values) => {
                    assert_eq!(dtype, "float32", "{file}");
                    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                }
                Values::Rgb(rgb) => {
                    assert_eq!(dtype, "uint8", "{file}");
                    bytes.extend(rgb);
                }
            }
        }
        if dtype == "uint8" {
            is += "x3";
        }
        assert_eq!(&is, shape, "{file}");
        if bound == "0" {
            assert_eq!(&sha256(&bytes), expected, "{file}: {:?}", first.chain);
            exact += 1;
        }
    }
    assert!(exact >= 45, "{exact}");
}

#[test]
fn numbers_that_a_un_hides_are_read_as_text() {
    says("made/un-rescale.dcm", "rescale slope 2 intercept -1024");
}

#[test]
fn a_modality_lut_is_followed_and_goes_on_with_its_ends() {
    says("made/modality-lut.dcm", "modality LUT of 4 entries");
    let frames = frames("made/modality-lut.dcm");
    let values = grey(&frames[0]);
    assert!(values.contains(&0.0) && values.contains(&65_535.0));
}

#[test]
fn palettes_become_colour() {
    says(
        "real/OBXXXX1A_rle.dcm",
        "palette of 256 entries of 16 bits to RGB",
    );
}

#[test]
fn ycbcr_is_expanded_and_converted_once() {
    says(
        "real/SC_ybr_full_422_uncompressed.dcm",
        "colour of every two pixels spread to both",
    );
    says("made/ybr.dcm", "YCbCr to RGB");
    // the header says RGB, and so do the components' names: converting it would be off by up to 137
    let chain = seen("real/SC_jpeg_no_color_transform.dcm", &[])
        .origin
        .chain
        .join(" ");
    assert!(!chain.contains("YCbCr"), "{chain}");
}

#[test]
fn bits_outside_the_value_and_bytes_behind_the_frame_do_not_count() {
    let junk = frames("made/signed-junk-above.dcm");
    assert!(
        grey(&junk[0])
            .iter()
            .all(|value| (-2048.0..2048.0).contains(value))
    );
    let odd = seen("real/SC_rgb_small_odd.dcm", &[]);
    assert_eq!(odd.rgb.len(), 27);
}

#[test]
fn planes_single_bits_long_words_and_floats_are_read() {
    says("made/rgb-planes.dcm", "colour planes to pixels");
    says("real/liver_1frame.dcm", "1 of 1 bits");
    says("made/32-bit.dcm", "32 of 32 bits");
    says("real/SC_rgb_rle_32bit.dcm", "32 bits to 8: the highest");
    says("made/float.dcm", "32-bit floating point");
}

#[test]
fn files_that_break_the_rules_are_read_as_far_as_they_go() {
    says(
        "real/SC_rgb_jpeg.dcm",
        "its data set is written as implicit VR, its meta group says explicit",
    );
    says("made/no-preamble.dcm", "no preamble");
    says(
        "real/MR_truncated.dcm",
        "the last 31 of 4096 pixels are missing",
    );
    assert_eq!(frames("real/MR_small_padded.dcm")[0].width, 64);
}

#[test]
fn every_window_and_table_of_the_file_can_be_asked_for() {
    let window = |settings: &[(&str, &str)]| {
        let window = seen("made/ct-two-windows.dcm", settings)
            .origin
            .window
            .unwrap();
        (window.center.to_string(), window.width.to_string())
    };
    let pair = |center: &str, width: &str| (center.to_owned(), width.to_owned());
    assert_eq!(window(&[]), pair("40", "400"));
    assert_eq!(window(&[("window", "file:2")]), pair("-600", "1500"));
    says(
        "made/voi-lut.dcm",
        "lookup table of 4 entries of 16 bits from value 1000",
    );
    let mut view = View::default();
    view.set("window", "file:3").unwrap();
    let problem =
        imaging::open_as(&path("made/ct-two-windows.dcm"), &view, Watch::default()).unwrap_err();
    assert!(problem.problem.contains('2'), "{problem}");
}

/// A frame without a group of its own takes the shared one, never its neighbour's.
#[test]
fn per_frame_groups_do_not_shift() {
    let frames = frames("made/enhanced-gap.dcm");
    let first: Vec<f32> = frames.iter().map(|frame| grey(frame)[0]).collect();
    let stored = (first[0] - 10.0) / 2.0;
    assert_eq!(
        first,
        [
            stored * 2.0 + 10.0,
            stored * 3.0 + 20.0,
            stored * 4.0 + 30.0
        ]
    );
}

#[test]
fn overlays_are_drawn_on_demand_only() {
    for file in ["made/overlay.dcm", "made/overlay-in-pixels.dcm"] {
        let (plain, drawn) = (seen(file, &[]), seen(file, &[("overlays", "on")]));
        let marked = [0, 1, 23, 5 * 23 + 7, 23 * 17 - 1];
        for pixel in 0..23 * 17 {
            if marked.contains(&pixel) {
                assert_eq!(drawn.rgb[3 * pixel], 255, "{file} {pixel}");
            }
        }
        assert!(
            marked.iter().any(|pixel| plain.rgb[3 * pixel] != 255),
            "{file}"
        );
        assert!(
            drawn
                .origin
                .chain
                .contains(&"overlay planes drawn white".to_owned())
        );
    }
}

#[test]
fn monochrome1_is_inverted_and_back_on_demand() {
    let (plain, back) = (
        seen("made/mono1.dcm", &[]),
        seen("made/mono1.dcm", &[("invert", "on")]),
    );
    assert!(
        plain
            .origin
            .chain
            .contains(&"MONOCHROME1 inverted".to_owned())
    );
    let sums = plain
        .rgb
        .iter()
        .zip(&back.rgb)
        .map(|(a, b)| u16::from(*a) + u16::from(*b));
    assert!(sums.into_iter().all(|sum| matches!(sum, 254 | 255)));
}
