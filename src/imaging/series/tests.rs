//! Made-up headers of slices in, their order out: what sorting along the normal promises, case by case.

use super::*;
use crate::imaging::about::{BurnedIn, Ids};
use crate::imaging::origin::Format;

pub(super) const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
pub(super) const CORONAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0];
pub(super) const SAGITTAL: [f64; 6] = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];

/// A header of one CT slice without a place.
pub(super) fn about() -> About {
    About {
        format: Format::Dicom,
        width: 64,
        height: 48,
        frames: 1,
        slices: 1,
        grey: true,
        modality: Some("CT".to_owned()),
        unit: None,
        view: Vec::new(),
        image_type: Vec::new(),
        ids: Ids {
            study: "1.2.3".to_owned(),
            series: "1.2.3.4".to_owned(),
            ..Ids::default()
        },
        place: Place {
            spacing_mm: Some([0.7, 0.7]),
            ..Place::default()
        },
        places: Vec::new(),
        frame_ms: None,
        burned_in: BurnedIn::No,
        notes: Vec::new(),
    }
}

/// A slice of a direction, somewhere, with a number and an identifier made of its place and number.
pub(super) fn slice(orientation: [f64; 6], position: [f64; 3], number: i64) -> About {
    let mut it = about();
    it.place.orientation = Some(orientation);
    it.place.position = Some(position);
    it.ids.instance_number = Some(number);
    it.ids.instance = format!("1.9.{number}.{:?}", position.map(f64::to_bits));
    it
}

/// Axial slices at these heights, with numbers that go down.
pub(super) fn axial(heights: impl IntoIterator<Item = f64>) -> Vec<About> {
    let slices = heights.into_iter().zip(0..);
    slices
        .map(|(z, number)| slice(AXIAL, [-10.0, 5.0, z], 900 - number))
        .collect()
}

/// Files named by their place in the list.
pub(super) fn files(abouts: Vec<About>) -> Vec<(Source, About)> {
    let file = |index: usize| Source::File(format!("scans/IM{index}").into());
    abouts
        .into_iter()
        .enumerate()
        .map(|(index, about)| (file(index), about))
        .collect()
}

pub(super) fn grouped(abouts: Vec<About>) -> Vec<Series> {
    group(files(abouts))
        .into_iter()
        .flat_map(|study| study.series)
        .collect()
}

#[track_caller]
pub(super) fn one(abouts: Vec<About>) -> Series {
    let mut series = grouped(abouts);
    assert_eq!(series.len(), 1, "{series:#?}");
    series.remove(0)
}

fn numbers(series: &Series) -> Vec<i64> {
    series
        .slices
        .iter()
        .map(|slice| slice.instance_number.unwrap())
        .collect()
}

#[track_caller]
pub(super) fn warned(series: &Series, expected: &[&str]) {
    assert_eq!(
        series.warnings.len(),
        expected.len(),
        "{:?}",
        series.warnings
    );
    for (warning, expected) in series.warnings.iter().zip(expected) {
        assert!(warning.contains(expected), "'{warning}' lacks '{expected}'");
    }
}

/// Slices of a direction at `from + i * step` are ordered along the normal, whatever their numbers and their files' order.
#[track_caller]
fn ordered_along(orientation: [f64; 6], step: [f64; 3], is_upward: bool) {
    let from = [12.5, -80.0, 33.0];
    let at = |i: i64| [0, 1, 2].map(|axis| from[axis] + step[axis] * i as f64);
    // numbers are neither those of space nor against it
    let abouts: Vec<About> = (0..11)
        .map(|i| slice(orientation, at(i), i * 7 % 11))
        .collect();
    let mut expected: Vec<i64> = (0..11).map(|i| i * 7 % 11).collect();
    if !is_upward {
        expected.reverse();
    }
    for turn in 0..11 {
        let mut turned = abouts.clone();
        turned.rotate_left(turn);
        let series = one(turned);
        assert_eq!(numbers(&series), expected, "{orientation:?}");
        assert_eq!(series.ordered_by, OrderedBy::Place);
        let length = step.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((series.spacing_mm.unwrap() - length).abs() < 1e-9);
        warned(&series, &[]);
    }
}

#[test]
fn slices_are_ordered_along_their_normal() {
    ordered_along(AXIAL, [0.0, 0.0, 2.0], true);
    ordered_along(AXIAL, [0.0, 0.0, -2.0], false);
    ordered_along(CORONAL, [0.0, 3.0, 0.0], true);
    ordered_along(CORONAL, [0.0, -3.0, 0.0], false);
    // the normal of a sagittal slice points to the right of the patient, against x
    ordered_along(SAGITTAL, [1.5, 0.0, 0.0], false);
    ordered_along(SAGITTAL, [-1.5, 0.0, 0.0], true);
    // feet first, looked at from above: the normal points down
    ordered_along([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 2.0], false);
    let (sin, cos) = 25_f64.to_radians().sin_cos();
    ordered_along(
        [1.0, 0.0, 0.0, 0.0, cos, sin],
        [0.0, -2.0 * sin, 2.0 * cos],
        true,
    );
    let (s, c) = 50_f64.to_radians().sin_cos();
    ordered_along(
        [c, s, 0.0, -s * sin, c * sin, -cos],
        [-s * 4.0 * cos, c * 4.0 * cos, 4.0 * sin],
        true,
    );
}

#[test]
fn numbers_against_space_do_not_turn_the_stack() {
    let series = one(axial((0..20).map(|i| -766.5 - 2.0 * f64::from(i))));
    let first = series.slices.first().unwrap();
    assert_eq!(first.place.position, Some([-10.0, 5.0, -804.5]));
    let last = series.slices.last().unwrap();
    assert_eq!(last.place.position, Some([-10.0, 5.0, -766.5]));
    assert_eq!(series.spacing_mm, Some(2.0));
    assert!(numbers(&series).is_sorted());
}

#[test]
fn a_tilted_gantry_is_reported() {
    let (sin, cos) = 12_f64.to_radians().sin_cos();
    let tilted = [1.0, 0.0, 0.0, 0.0, cos, sin];
    // the table moves along z, the slices lean
    let series = one((0..30)
        .map(|i| slice(tilted, [0.0, 0.0, 5.0 * i as f64], i))
        .collect());
    warned(&series, &["gantry tilt: the stack leans by 12.0 degrees"]);
    assert!((series.spacing_mm.unwrap() - 5.0 * cos).abs() < 1e-9);
    // decimal text rounds: a thousandth sideways is no tilt
    let straight = (0..30).map(|i| slice(AXIAL, [0.001 * (i % 2) as f64, 0.0, 5.0 * i as f64], i));
    warned(&one(straight.collect()), &[]);
}

#[test]
fn slices_beside_each_other_are_reported() {
    let aside = |i: i64| if i == 4 { 6.0 } else { 0.0 };
    let series = one((0..9)
        .map(|i| slice(AXIAL, [aside(i), 0.0, i as f64], i))
        .collect());
    warned(&series, &["shifted sideways by up to 6.00 mm"]);
}

#[test]
fn gaps_are_reported_with_slices_and_millimetres() {
    let series = one(axial([0.0, 2.0, 4.0, 8.0, 10.0]));
    warned(
        &series,
        &[
            "a gap of 4.00 mm between slices 3 and 4, usual are 2.00 mm: one slice seems to be missing",
        ],
    );
    let series = one(axial([0.0, 2.0, 4.0, 12.0, 14.0]));
    warned(
        &series,
        &[
            "a gap of 8.00 mm between slices 3 and 4, usual are 2.00 mm: 3 slices seem to be missing",
        ],
    );
    let series = one(axial([0.0, 2.0, 4.0, 5.0, 7.0, 10.1]));
    warned(
        &series,
        &[
            "a short step of 1.00 mm between slices 3 and 4",
            "a gap of 3.10 mm between slices 5 and 6, usual are 2.00 mm",
        ],
    );
    assert!(!series.warnings[1].contains("missing"));
    let series = one(axial([
        0.0, 1.0, 2.0, 4.0, 7.0, 8.0, 10.5, 13.0, 14.0, 15.0,
    ]));
    warned(
        &series,
        &[
            "irregular spacing: 4 of 9 steps are 2.00 to 3.00 mm instead of 1.00 mm, the first between slices 3 and 4",
        ],
    );
}

#[test]
fn what_rounding_does_is_no_gap() {
    // 1 % of 0.625 mm is less than a hundredth
    warned(&one(axial([0.0, 0.63, 1.25, 1.88, 2.5, 3.13, 3.75])), &[]);
    warned(&one(axial([0.0, 5.0, 10.049, 15.0])), &[]);
    warned(
        &one(axial([0.0, 5.0, 10.06, 15.0])),
        &["a gap of 5.06 mm", "a short step of 4.94 mm"],
    );
}

#[test]
fn the_same_picture_counts_once() {
    let mut twice = axial([0.0, 2.0, 4.0]);
    twice.push(twice[1].clone());
    let series = one(twice);
    assert_eq!(series.slices.len(), 3);
    warned(&series, &["1 left out: the same picture twice"]);
    // saved anew under another identifier
    let mut anew = axial([0.0, 2.0, 4.0]);
    let mut copy = anew[1].clone();
    copy.ids.instance = "1.9.77".to_owned();
    anew.push(copy);
    let series = one(anew);
    assert_eq!(series.slices.len(), 3);
    warned(&series, &["1 left out: same place and same InstanceNumber"]);
}

#[test]
fn different_pictures_with_one_identifier_all_stay() {
    let mut broken = axial([0.0, 2.0, 4.0]);
    for it in &mut broken {
        "1.9.1".clone_into(&mut it.ids.instance);
    }
    let series = one(broken);
    assert_eq!(series.slices.len(), 3);
    warned(
        &series,
        &["2 different pictures carry the identifier of another"],
    );
}

/// Slices at five heights, recorded again for every label.
pub(super) fn again(labels: &[&str]) -> Vec<About> {
    let heights = [0.0, 3.0, 6.0, 9.0, 12.0];
    let mut abouts = Vec::new();
    for (turn, label) in (0..).zip(labels) {
        for (index, mut it) in (0..).zip(axial(heights)) {
            it.ids.instance_number = Some(turn * 5 + index);
            it.ids.instance = format!("1.9.{turn}.{index}");
            it.ids.repeat = vec![(*label).to_owned()];
            abouts.push(it);
        }
    }
    abouts
}

#[track_caller]
fn parted(series: &[Series], labels: &[&str]) {
    let found: Vec<&str> = series
        .iter()
        .map(|it| it.about.ids.repeat[0].as_str())
        .collect();
    assert_eq!(found, labels);
    for (index, it) in series.iter().enumerate() {
        assert_eq!(
            it.part,
            Some(Part {
                number: index + 1,
                of: labels.len()
            })
        );
        assert_eq!(it.slices.len(), 5);
        assert_eq!(it.spacing_mm, Some(3.0));
        warned(it, &["4-D: split into"]);
    }
}

#[test]
fn echoes_are_parted_in_the_order_of_their_times() {
    parted(
        &grouped(again(&["100", "9.5", "20"])),
        &["9.5", "20", "100"],
    );
    // and numbers that begin anew with every echo do not make them copies
    let mut anew = again(&["10", "20"]);
    for (index, it) in (0..).zip(&mut anew) {
        it.ids.instance_number = Some(index % 5);
    }
    parted(&grouped(anew), &["10", "20"]);
}

#[test]
fn points_of_time_that_no_header_tells_apart_are_parted_by_turn() {
    let mut abouts = again(&["", "", ""]);
    // numbers decide, not names
    abouts.reverse();
    let series = grouped(abouts);
    assert_eq!(series.len(), 3);
    for (turn, it) in (0..).zip(&series) {
        let first = turn * 5;
        assert_eq!(numbers(it), (first..first + 5).collect::<Vec<i64>>());
        warned(it, &["the headers do not say what differs"]);
    }
}

#[test]
fn acquisitions_part_only_what_lies_at_the_same_place() {
    let mut passes = again(&["", ""]);
    for (index, it) in passes.iter_mut().enumerate() {
        it.ids.acquisition = Some(if index < 5 { 2 } else { 1 });
    }
    let series = grouped(passes);
    assert_eq!(
        series
            .iter()
            .map(|it| it.about.ids.acquisition)
            .collect::<Vec<_>>(),
        [Some(1), Some(2)]
    );
    // some scanners count it up from slice to slice
    let mut counted = axial([0.0, 2.0, 4.0, 6.0]);
    for (it, number) in counted.iter_mut().zip(0..) {
        it.ids.acquisition = Some(number);
    }
    warned(&one(counted), &[]);
    let mut counted = again(&["", ""]);
    for (it, number) in counted.iter_mut().zip(0..) {
        it.ids.acquisition = Some(number);
    }
    let series = grouped(counted);
    assert_eq!(
        series.iter().map(|it| it.slices.len()).collect::<Vec<_>>(),
        [5, 5]
    );
}

#[test]
fn what_differs_from_place_to_place_parts_nothing() {
    let mut abouts = again(&["", ""]);
    for (index, it) in abouts.iter_mut().enumerate() {
        it.ids.repeat = vec![if index % 5 < 2 { "10" } else { "20" }.to_owned()];
    }
    let series = grouped(abouts);
    let sizes: Vec<usize> = series.iter().map(|it| it.slices.len()).collect();
    assert_eq!(sizes, [5, 5]);
}

#[test]
fn a_part_that_lacks_slices_says_so() {
    let mut torn = again(&["1", "2"]);
    torn.pop();
    let series = grouped(torn);
    warned(&series[0], &["4-D"]);
    warned(&series[1], &["4-D", "part 2 has 4 slices, others have 5"]);
}

#[test]
fn pictures_at_one_place_are_a_film() {
    let beats: Vec<About> = (0..25)
        .map(|i| slice(AXIAL, [1.0, 2.0, 3.0], i * 7 % 25))
        .collect();
    let series = one(beats);
    assert_eq!(numbers(&series), (0..25).collect::<Vec<i64>>());
    assert_eq!(
        (series.ordered_by, series.spacing_mm),
        (OrderedBy::Number, None)
    );
    warned(&series, &["a film: 25 pictures at one place"]);
}

#[test]
fn without_positions_numbers_decide_and_it_is_said() {
    let nowhere = |modality: &str, number: Option<i64>| {
        let mut it = about();
        it.modality = Some(modality.to_owned());
        it.ids.instance_number = number;
        it
    };
    let series = one([3, 1, 2].map(|number| nowhere("CT", Some(number))).to_vec());
    assert_eq!(numbers(&series), [1, 2, 3]);
    assert_eq!(series.ordered_by, OrderedBy::Number);
    warned(&series, &["no positions in the headers"]);
    // films have none and need none
    warned(
        &one([3, 1, 2].map(|number| nowhere("CR", Some(number))).to_vec()),
        &[],
    );
    // IM2 before IM10
    let mut unnumbered = vec![nowhere("CT", Some(1)); 11];
    unnumbered[10] = nowhere("CT", None);
    let series = one(unnumbered);
    assert_eq!(series.ordered_by, OrderedBy::Name);
    assert_eq!(series.slices[2].source.name(), "IM2");
    assert_eq!(series.slices[10].source.name(), "IM10");
    warned(
        &series,
        &["no positions in the headers", "ordered by file name"],
    );
}

#[test]
fn without_directions_the_line_of_the_positions_decides() {
    let mut lost: Vec<About> = (0..6)
        .map(|i| slice(AXIAL, [0.0, -3.0 * i as f64, 1.0 * i as f64], i * 5 % 6))
        .collect();
    for it in &mut lost {
        it.place.orientation = None;
    }
    lost.swap(0, 3);
    let series = one(lost);
    assert_eq!(series.ordered_by, OrderedBy::Line);
    // upwards along y, where they reach farthest
    assert_eq!(numbers(&series), [1, 2, 3, 4, 5, 0]);
    warned(&series, &["orientation unknown"]);
}
