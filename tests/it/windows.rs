//! A choice of window, a frame and what is known about it in; which window it gets, in which words, and its shades out.

use medlab::imaging::Window;
use medlab::imaging::display::show;
use medlab::imaging::frame::{Frame, NamedWindow, Scale, Values, VoiLut};
use medlab::imaging::preset::WindowChoice;
use medlab::imaging::range::Range;
use medlab::imaging::shade::{About, Curve, Shade, resolve};
use medlab::imaging::window::Function;

use crate::display::{CT, frame, values};

fn scale_of(windows: &[(f64, f64, &str)]) -> Scale {
    let named = |(center, width, name): &(f64, f64, &str)| NamedWindow {
        name: (*name).to_owned(),
        window: Window::new(*center, *width, Function::Linear).unwrap(),
    };
    Scale {
        windows: windows.iter().map(named).collect(),
        ..Scale::default()
    }
}

fn of(values: &[f32], scale: Scale) -> Frame {
    Frame {
        scale,
        ..frame(values.to_vec())
    }
}

fn chosen(choice: Option<&str>, frame: &Frame, about: &About<'_>) -> Result<Shade, String> {
    let choice: Option<WindowChoice> = choice.map(|it| it.parse().unwrap());
    resolve(choice.as_ref(), frame, about)
}

#[track_caller]
fn check(choice: Option<&str>, frame: &Frame, about: &About<'_>, why: &str) -> Curve {
    let shade = chosen(choice, frame, about).unwrap();
    assert_eq!(shade.why, why);
    shade.curve
}

#[track_caller]
fn check_refused(choice: &str, frame: &Frame, about: &About<'_>, expected: &str) {
    let problem = chosen(Some(choice), frame, about).unwrap_err();
    assert_eq!(problem, expected);
}

const MR: About<'static> = About {
    modality: Some("MR"),
    unit: None,
    volume: None,
};
const NOBODY: About<'static> = About {
    modality: None,
    unit: None,
    volume: None,
};

#[test]
fn without_a_choice_the_file_decides_then_the_modality() {
    let values: Vec<f32> = (0..=1000_u16).map(f32::from).collect();
    let two = of(
        &values,
        scale_of(&[(40.0, 400.0, "ABDOMEN"), (-600.0, 1500.0, "")]),
    );
    check(
        None,
        &two,
        &CT,
        "window 40/400 \"ABDOMEN\" (1 of 2) from the file",
    );
    let one = of(&values, scale_of(&[(300.0, 600.0, " ")]));
    check(None, &one, &MR, "window 300/600 from the file");
    let bare = of(&values, Scale::default());
    check(
        None,
        &bare,
        &CT,
        "no window in the file, CT in HU: window 40/400",
    );
    let spread = "no window in the file: percentiles 1 to 99, 10..990 to 0..255";
    check(None, &bare, &MR, spread);
    check(None, &bare, &NOBODY, spread);
    let no_unit = About { unit: None, ..CT };
    check(None, &bare, &no_unit, spread);
}

#[test]
fn eight_bits_are_left_alone_unless_their_range_means_nothing() {
    let scale = Scale {
        possible: Some((0.0, 255.0)),
        ..Scale::default()
    };
    let frame = of(&(0..=255_u8).map(f32::from).collect::<Vec<_>>(), scale);
    let us = About {
        modality: Some("US"),
        ..NOBODY
    };
    let shade = chosen(None, &frame, &us).unwrap();
    assert_eq!(shade.why, "no window in the file: 8-bit values as they are");
    let shown: Vec<u8> = (0..=255_u8).flat_map(|shade| [shade; 3]).collect();
    assert_eq!(show(&frame, &shade, false).rgb, shown);
    let film = About {
        modality: Some("dx"),
        ..NOBODY
    };
    check(
        None,
        &frame,
        &film,
        "no window in the file: percentiles 1 to 99, 2.55..252.45 to 0..255",
    );
}

#[test]
fn percentiles_that_are_one_give_way_to_the_range_and_that_to_black() {
    let mut values = vec![5.0; 1000];
    values[7] = 9.0;
    check(
        None,
        &of(&values, Scale::default()),
        &MR,
        "no window in the file, percentiles 1..99 are one value: 5..9 to 0..255",
    );
    values[7] = 5.0;
    let flat = of(&values, Scale::default());
    let curve = check(
        Some("auto"),
        &flat,
        &MR,
        "as asked, percentiles 1..99 are one value, and all values are equal: black",
    );
    assert_eq!(curve, Curve::Flat(0));
    let padding = Scale {
        padding: Some((5.0, 5.0)),
        ..Scale::default()
    };
    check(
        Some("full"),
        &of(&values, padding),
        &MR,
        "as asked, and there is nothing but padding: black",
    );
    let nothing = of(&[f32::NAN; 4], Scale::default());
    let curve = check(
        None,
        &nothing,
        &NOBODY,
        "no window in the file, and there is nothing but padding: black",
    );
    assert_eq!(curve, Curve::Flat(0));
}

#[test]
fn a_volume_is_measured_once_for_all_its_slices() {
    let slice = of(&[10.0, 20.0], Scale::default());
    let volume = Range::of([0.0, 10.0, 20.0, 40.0].into_iter(), None, [1.0, 99.0]).unwrap();
    let about = About {
        volume: Some(&volume),
        ..MR
    };
    check(
        None,
        &slice,
        &about,
        "no window in the file: percentiles 1 to 99 of the volume, 0.3..39.4 to 0..255",
    );
    check(
        Some("full"),
        &slice,
        &about,
        "as asked: 0..40 of the volume to 0..255",
    );
    let curve = check(
        Some("minmax-volume"),
        &slice,
        &about,
        "0..40 of the volume to 0..255, rounded, as asked",
    );
    assert_eq!(
        curve,
        Curve::Rounded {
            min: 0.0,
            max: 40.0
        }
    );
    check_refused(
        "auto:2-98",
        &slice,
        &about,
        "is measured over its volume at percentiles [1.0, 99.0], and [2.0, 98.0] are wanted: measure again",
    );
    check_refused(
        "minmax-volume",
        &slice,
        &MR,
        "is one picture, and minmax-volume is for a volume: open its whole series, or take full",
    );
    let flat = Range::of([7.0, 7.0].into_iter(), None, [1.0, 99.0]).unwrap();
    let about = About {
        volume: Some(&flat),
        ..MR
    };
    let curve = check(
        Some("minmax-volume"),
        &slice,
        &about,
        "all values of the volume are equal: white, as published",
    );
    assert_eq!(curve, Curve::Flat(255));
}

#[test]
fn presets_are_for_ct_in_hu_only() {
    let frame = of(&[0.0, 1.0], scale_of(&[(40.0, 400.0, "")]));
    check(
        Some("lung"),
        &frame,
        &CT,
        "window -600/1500 (lung) as asked",
    );
    check(
        Some("rgb"),
        &frame,
        &CT,
        "HU -1024..1024 to red, -135..215 to green, 0..80 to blue (rgb) as asked",
    );
    check(
        Some("rgb-1"),
        &frame,
        &CT,
        "HU -1225..1025 to red, -135..215 to green, 0..80 to blue (rgb-1) as asked",
    );
    check(Some("-600/1500"), &frame, &MR, "window -600/1500 as asked");
    check_refused(
        "lung",
        &frame,
        &MR,
        "is MR without a unit of its values, and the window lung is for CT in HU: give its numbers, -600/1500, or auto",
    );
    check_refused(
        "rgb",
        &frame,
        &NOBODY,
        "does not say that it is CT in HU, and the window rgb is for CT in HU: give centre/width, or auto",
    );
    let pet = About {
        modality: Some("PT\u{1b}[31m"),
        unit: Some("BQML"),
        volume: None,
    };
    check_refused(
        "bone",
        &frame,
        &pet,
        "is PT\\u{1b}[31m in BQML, and the window bone is for CT in HU: give its numbers, 400/2000, or auto",
    );
}

#[test]
fn what_the_file_does_not_bring_is_said() {
    let bare = of(&[0.0, 1.0], Scale::default());
    let one = of(&[0.0, 1.0], scale_of(&[(1.0, 2.0, "")]));
    let two = of(&[0.0, 1.0], scale_of(&[(1.0, 2.0, "A"), (3.0, 4.0, "B")]));
    check(
        Some("file:2"),
        &two,
        &MR,
        "window 3/4 \"B\" (2 of 2) from the file, as asked",
    );
    check_refused(
        "file",
        &bare,
        &CT,
        "brings no window of its own, and file was asked for: take auto, or centre/width",
    );
    check_refused(
        "file:2",
        &one,
        &CT,
        "brings one window of its own, and file:2 was asked for: take file",
    );
    check_refused(
        "file:3",
        &two,
        &CT,
        "brings 2 windows of its own, and file:3 was asked for: take file:1 to file:2",
    );
    check_refused(
        "lut",
        &two,
        &CT,
        "brings no lookup table of its own, and lut was asked for: take auto, or centre/width",
    );
    let mut empty = bare;
    empty.scale.luts.push(VoiLut {
        name: String::new(),
        first: 0.0,
        entries: Vec::new(),
        bits: 8,
    });
    check_refused(
        "lut",
        &empty,
        &CT,
        "has an empty lookup table (VOILUTSequence): take another window, for example auto",
    );
}

#[test]
fn colour_stays_as_it_is() {
    let mut frame = frame(Vec::new());
    frame.values = Values::Rgb(vec![1, 2, 3, 250, 251, 252]);
    let curve = check(None, &frame, &CT, "");
    let shade = chosen(Some("lung"), &frame, &MR).unwrap();
    assert_eq!((shade.curve.clone(), curve), (Curve::Colour, Curve::Colour));
    assert_eq!(
        shade.why,
        "colour as it is: a window (lung) is for grey values"
    );
    assert_eq!(show(&frame, &shade, false).rgb, [1, 2, 3, 250, 251, 252]);
    let inverted = show(&frame, &shade, true);
    assert_eq!(inverted.rgb, [254, 253, 252, 5, 4, 3]);
    assert_eq!(inverted.chain[1..], ["inverted as asked"]);
}

// --- inversion, padding, NaN ----------------------------------------------------------------------------------------

#[track_caller]
fn shades(values: &[f32], inverted: bool, invert: bool, expected: &[u8], chain: &[&str]) {
    let scale = Scale {
        inverted,
        padding: Some((-2000.0, -1999.0)),
        ..Scale::default()
    };
    let frame = of(values, scale);
    let shade = chosen(Some("0/101"), &frame, &CT).unwrap();
    let shown = show(&frame, &shade, invert);
    let grey: Vec<u8> = shown.rgb.iter().step_by(3).copied().collect();
    assert_eq!(grey, expected);
    assert!(
        shown
            .rgb
            .as_chunks()
            .0
            .iter()
            .all(|[r, g, b]| r == g && g == b)
    );
    assert_eq!(shown.chain[1..], *chain);
}

#[test]
fn two_inversions_are_none() {
    let values = [-500.0, -0.5, 500.0];
    shades(&values, false, false, &[0, 127, 255], &["grey to RGB"]);
    shades(
        &values,
        true,
        false,
        &[255, 127, 0],
        &["MONOCHROME1 inverted", "grey to RGB"],
    );
    shades(
        &values,
        false,
        true,
        &[255, 127, 0],
        &["inverted as asked", "grey to RGB"],
    );
    shades(
        &values,
        true,
        true,
        &[0, 127, 255],
        &[
            "MONOCHROME1 left as stored: inverted as asked",
            "grey to RGB",
        ],
    );
}

#[test]
fn nothing_is_black_whichever_way_the_shades_go() {
    let values = [
        -2000.0,
        -1999.5,
        f32::NAN,
        -1998.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
    ];
    let said = ["padding black (2 px)", "NaN black (1 px)", "grey to RGB"];
    shades(&values, false, false, &[0, 0, 0, 0, 255, 0], &said);
    shades(
        &values,
        true,
        false,
        &[0, 0, 0, 255, 0, 255],
        &["MONOCHROME1 inverted", said[0], said[1], said[2]],
    );
}

/// Whole numbers go through a table, others do not: nobody must see it.
#[test]
fn a_table_changes_nothing() {
    for choice in ["40/400", "rgb", "auto", "full", "lut"] {
        let mut whole = frame(values("whole", 9000));
        whole.scale.luts.push(VoiLut {
            name: String::new(),
            first: -100.0,
            entries: (0..500).collect(),
            bits: 9,
        });
        whole.scale.padding = Some((100.0, 200.0));
        let shade = chosen(Some(choice), &whole, &CT).unwrap();
        let through_table = show(&whole, &shade, true).rgb;
        let Values::Grey(grey) = &whole.values else {
            panic!("made grey")
        };
        // one by one there is nothing to be gained from a table
        let one_by_one: Vec<u8> = grey
            .iter()
            .flat_map(|value| {
                let alone = Frame {
                    width: 1,
                    values: Values::Grey(vec![*value]),
                    ..whole.clone()
                };
                show(&alone, &shade, true).rgb
            })
            .collect();
        assert!(through_table == one_by_one, "{choice}");
    }
}
