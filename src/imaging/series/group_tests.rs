//! Made-up headers of files in, studies and series out: what grouping promises, case by case.

use super::tests::{
    AXIAL, CORONAL, SAGITTAL, about, again, axial, files, grouped, one, slice, warned,
};
use super::*;
use crate::imaging::about::Ids;
use crate::imaging::origin::Format;

#[test]
fn other_sizes_and_pixels_are_split_off() {
    let mut sizes = axial([0.0, 2.0, 4.0, 6.0, 8.0]);
    sizes[4].width = 128;
    let series = grouped(sizes);
    assert_eq!(
        series.iter().map(|it| it.slices.len()).collect::<Vec<_>>(),
        [4, 1]
    );
    warned(
        &series[0],
        &["one of 2 stacks of its series, which differ in size"],
    );
    let mut zoomed = axial([0.0, 2.0, 4.0, 6.0, 8.0]);
    zoomed[0].place.spacing_mm = Some([0.5, 0.5]);
    zoomed[1].place.spacing_mm = Some([0.700_1, 0.7]);
    let series = grouped(zoomed);
    assert_eq!(
        series.iter().map(|it| it.slices.len()).collect::<Vec<_>>(),
        [4, 1]
    );
    warned(&series[0], &["which differ in pixel spacing"]);
}

#[test]
fn directions_that_differ_by_rounding_are_one() {
    let mut rounded = axial([0.0, 2.0, 4.0, 6.0]);
    for (it, jitter) in rounded.iter_mut().zip([0.0004, 0.0005, 0.0006, -0.0003]) {
        it.place.orientation = Some([1.0, jitter, 0.0, -jitter, 1.0, 0.0]);
    }
    warned(&one(rounded), &[]);
}

/// As many slices in each direction as are asked for, in one series; how many of the found series are localisers.
#[track_caller]
fn localisers(planes: &[([f64; 6], usize)], expected: &[(usize, bool)]) {
    let mut abouts = Vec::new();
    let mut number = 0;
    for (orientation, slices) in planes {
        for i in 0..*slices {
            let at = 4.0 * i as f64;
            abouts.push(slice(*orientation, [at, at, at], number));
            number += 1;
        }
    }
    let found: Vec<(usize, bool)> = grouped(abouts)
        .iter()
        .map(|it| (it.slices.len(), it.is_localizer))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn short_stacks_across_each_other_are_localisers() {
    localisers(&[(AXIAL, 1), (CORONAL, 1), (SAGITTAL, 1)], &[(3, true)]);
    localisers(&[(AXIAL, 5), (CORONAL, 5), (SAGITTAL, 5)], &[(5, true); 3]);
    localisers(&[(CORONAL, 1), (AXIAL, 40)], &[(40, false), (1, true)]);
    // a reformatted volume in three planes is none
    localisers(&[(AXIAL, 60), (CORONAL, 40)], &[(60, false), (40, false)]);
    // discs of a spine, each along its own
    let disc = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        [1.0, 0.0, 0.0, 0.0, cos, sin]
    };
    localisers(
        &[(disc(-15.0), 4), (disc(0.0), 4), (disc(20.0), 4)],
        &[(4, false); 3],
    );
    // a model that turns
    let turns: Vec<([f64; 6], usize)> = (0..12).map(|i| (disc(f64::from(i) * 30.0), 1)).collect();
    localisers(&turns, &[(12, false)]);
}

fn in_series(number: Option<i64>, uid: &str, slices: usize) -> Vec<About> {
    let mut abouts = axial((0..slices).map(|i| i as f64));
    for (index, it) in abouts.iter_mut().enumerate() {
        it.ids.series_number = number;
        uid.clone_into(&mut it.ids.series);
        it.ids.instance = format!("{uid}.{index}");
    }
    abouts
}

#[test]
fn series_are_ordered_by_number_then_uid_and_localisers_come_last() {
    let mut scout = in_series(Some(1), "1.1", 2);
    for it in &mut scout {
        it.image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            .map(str::to_owned)
            .to_vec();
    }
    let all = [
        scout,
        in_series(None, "1.2", 3),
        in_series(Some(7), "1.10", 4),
        in_series(Some(7), "1.9", 5),
        in_series(Some(3), "1.3", 6),
    ];
    let series = grouped(all.concat());
    let order: Vec<&str> = series
        .iter()
        .map(|it| it.about.ids.series.as_str())
        .collect();
    assert_eq!(order, ["1.3", "1.9", "1.10", "1.2", "1.1"]);
    assert_eq!(
        series.iter().map(|it| it.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert!(series[4].is_localizer);
}

#[test]
fn the_main_series_is_the_longest_that_is_no_localiser() {
    #[track_caller]
    fn check(all: &[Vec<About>], expected: &str) {
        let scanned = Scanned {
            studies: group(files(all.concat())),
            ..Scanned::default()
        };
        assert_eq!(scanned.main().unwrap().about.ids.series, expected);
    }
    let mut scout = in_series(Some(1), "1.1", 9);
    for it in &mut scout {
        it.image_type = vec!["LOCALIZER".to_owned()];
    }
    check(
        &[
            scout.clone(),
            in_series(Some(2), "1.2", 3),
            in_series(Some(3), "1.3", 5),
        ],
        "1.3",
    );
    check(
        &[in_series(Some(2), "1.2", 5), in_series(Some(3), "1.3", 5)],
        "1.2",
    );
    check(&[scout], "1.1");
    assert_eq!(Scanned::default().main(), None);
}

#[test]
fn loose_pictures_are_series_of_their_own() {
    let png = || About {
        format: Format::Png,
        modality: None,
        ids: Ids::default(),
        ..about()
    };
    let pages = About {
        format: Format::Tiff,
        frames: 3,
        slices: 3,
        ..png()
    };
    let series = grouped(vec![png(), png(), pages]);
    assert_eq!(
        series.iter().map(|it| it.slices.len()).collect::<Vec<_>>(),
        [1, 1, 3]
    );
    assert_eq!(series[0].ordered_by, OrderedBy::Nothing);
    assert_eq!(series[2].ordered_by, OrderedBy::Frame);
    assert_eq!(series[2].slices[2].frame, 2);
}

#[test]
fn dicom_without_uids_is_grouped_by_folder() {
    let mut abouts = axial([0.0, 2.0, 4.0]);
    for it in &mut abouts {
        it.ids = Ids::default();
    }
    let mut files = files(abouts);
    files.push((Source::File("other/IM1".into()), files[0].1.clone()));
    let found: Vec<usize> = group(files)
        .iter()
        .flat_map(|study| &study.series)
        .map(|it| it.slices.len())
        .collect();
    assert_eq!(found, [1, 3]);
}

#[test]
fn a_volume_file_stays_in_its_own_order() {
    let mut volume = about();
    volume.format = Format::Nifti;
    volume.ids = Ids::default();
    (volume.frames, volume.slices) = (12, 4);
    let place = |k: i32| Place {
        position: Some([0.0, 0.0, 9.0 - 2.5 * f64::from(k)]),
        orientation: Some(AXIAL),
        ..Place::default()
    };
    volume.places = (0..4).map(place).collect();
    let series = one(vec![volume]);
    assert_eq!(
        (series.times, series.slices.len(), series.spacing_mm),
        (3, 12, Some(2.5))
    );
    assert_eq!(
        series.slices.iter().map(|it| it.frame).collect::<Vec<_>>(),
        (0..12).collect::<Vec<_>>()
    );
    assert_eq!(series.slices[5].place.position, Some([0.0, 0.0, 6.5]));
    warned(&series, &["4-D: 3 points of time of 4 slices"]);
}

/// A multi-frame file whose frames lie at these heights.
fn enhanced(heights: &[f64]) -> About {
    let mut it = slice(AXIAL, [0.0, 0.0, heights[0]], 1);
    it.frames = heights.len();
    it.slices = heights.len();
    let place = |z: &f64| Place {
        position: Some([0.0, 0.0, *z]),
        ..it.place.clone()
    };
    it.places = heights.iter().map(place).collect();
    it
}

fn frames(series: &Series) -> Vec<usize> {
    series.slices.iter().map(|slice| slice.frame).collect()
}

#[test]
fn frames_with_places_are_ordered_by_them() {
    let series = one(vec![enhanced(&[4.0, 0.0, 2.0, 6.0])]);
    assert_eq!(frames(&series), [1, 2, 0, 3]);
    assert_eq!(
        (series.spacing_mm, series.ordered_by),
        (Some(2.0), OrderedBy::Place)
    );
    let series = grouped(vec![enhanced(&[0.0, 2.0, 4.0, 0.0, 2.0, 4.0])]);
    assert_eq!(
        series.iter().map(frames).collect::<Vec<_>>(),
        [[0, 1, 2], [3, 4, 5]]
    );
    warned(&series[0], &["4-D: split into 2 parts by the order"]);
    let series = one(vec![enhanced(&[5.0; 8])]);
    assert_eq!(frames(&series), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(series.ordered_by, OrderedBy::Frame);
    // two files of one series go on where the first ends
    let mut second = enhanced(&[6.0, 8.0]);
    "1.9.2".clone_into(&mut second.ids.instance);
    let series = one(vec![second, enhanced(&[0.0, 2.0, 4.0])]);
    assert_eq!(series.slices.len(), 5);
    warned(&series, &[]);
}

#[test]
fn a_film_stays_in_the_order_of_its_frames_and_counts_once() {
    let mut film = about();
    film.modality = Some("XA".to_owned());
    (film.frames, film.slices) = (96, 96);
    "1.9.5".clone_into(&mut film.ids.instance);
    let mut other = film.clone();
    "1.9.6".clone_into(&mut other.ids.instance);
    let series = grouped(vec![film.clone(), other, film]);
    assert_eq!(series.len(), 2);
    assert_eq!(frames(&series[0]), (0..96).collect::<Vec<_>>());
    assert_eq!(series[0].ordered_by, OrderedBy::Frame);
    warned(&series[0], &["1 left out: the same film twice"]);
    warned(&series[1], &[]);
}

#[test]
fn absurd_headers_do_no_harm() {
    let mut endless = about();
    (endless.frames, endless.slices) = (usize::MAX, usize::MAX);
    let series = one(vec![endless]);
    assert_eq!(series.slices.len(), 500_000);
    warned(&series, &["the first 500000 are listed"]);
    let far = one(vec![
        slice(AXIAL, [0.0, 0.0, f64::MAX], 1),
        slice(AXIAL, [0.0, 0.0, -f64::MAX], 2),
    ]);
    assert_eq!(far.ordered_by, OrderedBy::Number);
    let mut none = about();
    (none.frames, none.slices) = (0, 0);
    assert_eq!(one(vec![none]).slices.len(), 1);
    assert_eq!(group(Vec::new()), []);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let all = [
        again(&["2", "1"]),
        in_series(Some(4), "1.7", 6),
        in_series(Some(4), "1.8", 6),
        vec![enhanced(&[4.0, 0.0])],
        vec![about(), about()],
    ];
    let files = files(all.concat());
    let expected = group(files.clone());
    for turn in 1..files.len() {
        let mut turned = files.clone();
        turned.rotate_left(turn);
        turned.swap(0, 7);
        assert_eq!(group(turned), expected);
    }
}

#[test]
fn the_report_counts_and_warns_and_names_nobody() {
    let mut all = [again(&["1", "2", "3"]), in_series(Some(9), "1.7", 2)].concat();
    for it in &mut all {
        it.view = vec!["CHEST".to_owned()];
    }
    let scanned = Scanned {
        studies: group(files(all)),
        skipped: ["a", "b", "c", "d"]
            .map(|name| (name.to_owned(), "is a text file".to_owned()))
            .to_vec(),
    };
    let lines = report(&scanned);
    assert_eq!(
        lines,
        [
            "  1  CT CHEST 64x48, 2 slices every 1.00 mm",
            "2-4  CT CHEST 64x48, 3 times 5 slices every 3.00 mm",
            "     4-D: split into 3 parts by acquisition, echo, b-value or point of time",
            "left out or odd",
            "     a, b, c and 1 more, each is a text file",
        ]
    );
    assert!(!lines.concat().contains("1.2.3"));
}
