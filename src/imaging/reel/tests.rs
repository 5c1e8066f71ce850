//! Series, volumes, films and pictures in, made and from the tree; every frame seen as `open_as` shows it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::made::{CT, Folder, MR, Made};
use super::*;
use crate::imaging::display::{self, Shown as Seen};
use crate::imaging::open_as;

/// What is typed as a window: each is shown alike, or refused in the same words.
const WINDOWS: [&str; 13] = [
    "default",
    "auto",
    "auto:5-90",
    "full",
    "minmax-volume",
    "40/400",
    "900/1200",
    "file",
    "file:2",
    "lut",
    "lung",
    "rgb",
    "rgb-1",
];

fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    path.join(name).to_str().unwrap().to_owned()
}

fn view(typed: &str) -> View {
    let mut view = View::default();
    for word in typed.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap();
        view.set(key, value).unwrap();
    }
    view
}

fn open(name: &str, typed: &str) -> Reel {
    Reel::open(name, &view(typed), Watch::default()).unwrap()
}

/// One slice from 0.
fn alone(slice: usize) -> Slices {
    let number = slice + 1;
    Slices::Listed(vec![Span {
        first: number,
        last: number,
        step: 1,
    }])
}

/// A frame as an onlooker makes a picture of it.
fn seen(reel: &Reel, view: &View, slice: usize) -> Result<(Arc<Frame>, Shade, Seen), Error> {
    let frame = reel.frame(slice, Watch::default())?;
    let range = reel.range(view.window, Watch::default())?;
    let shade = reel.shade(&frame, view.window.as_ref(), range.as_ref())?;
    let seen = display::show(&frame, &shade, view.invert);
    Ok((frame, shade, seen))
}

/// The slice of a reel is what `open_as` gives for it, to the last byte and word.
#[track_caller]
fn same(reel: &Reel, name: &str, view: &View, slice: Option<usize>) {
    let view = View {
        slices: slice.map(alone),
        ..view.clone()
    };
    let slice = slice.unwrap_or(reel.facts().first);
    let opened = open_as(name, &view, Watch::default());
    let (expected, (frame, shade, seen)) = match (opened, seen(reel, &view, slice)) {
        (Ok(opened), Ok(seen)) => (opened, seen),
        (Err(a), Err(b)) => return assert_eq!(a.to_string(), b.to_string()),
        (Ok(_), Err(error)) => panic!("{view:?}: {error}"),
        (Err(error), Ok(_)) => panic!("{view:?} is shown, and open_as says {error}"),
    };
    let expected = &expected.pictures[0];
    assert_eq!(seen.rgb, expected.rgb, "{name} {view:?}");
    let chain = [frame.chain.as_slice(), &seen.chain].concat();
    assert_eq!(chain, expected.origin.chain);
    assert_eq!(
        (frame.width, frame.height),
        (expected.width, expected.height)
    );
    assert_eq!(frame.place, expected.place);
    assert_eq!(shade.curve.window(), expected.origin.window);
    let facts = reel.facts();
    assert_eq!(facts.modality, expected.modality);
    assert_eq!(facts.format, expected.origin.format);
    assert_eq!(facts.name, expected.origin.name);
    assert_eq!(reel.sha256(slice).as_ref(), Some(&expected.origin.sha256));
    let of = (facts.n_slices > 1).then_some((slice + 1, facts.n_slices));
    assert_eq!(expected.slice, of);
}

/// Every slice in every window.
#[track_caller]
fn check(name: &str, typed: &str) {
    let reel = open(name, typed);
    let facts = reel.facts();
    let first = reel.frame(0, Watch::default()).unwrap();
    assert_eq!((first.width, first.height), facts.size, "{name}");
    for (window, invert) in WINDOWS.iter().zip([false, true].iter().cycle()) {
        let mut view = view(typed);
        view.set("window", window).unwrap();
        view.invert = *invert;
        same(&reel, name, &view, None);
        (0..facts.n_slices.min(8)).for_each(|slice| same(&reel, name, &view, Some(slice)));
    }
}

#[test]
fn slices_of_a_series_are_those_that_are_opened() {
    for made in [CT, MR] {
        let folder = Folder::of(made);
        check(folder.name(), "");
        check(folder.name(), "plane=coronal");
        check(folder.name(), "plane=axial slab=mean:3");
        check(folder.name(), "slab=max:5mm");
    }
    check(&data("dicomdir"), "");
    check(&data("dicomdir/DICOMDIR"), "series=3");
    check(&data("dicomdir/98892001/CT5N/*"), "plane=sagittal");
}

#[test]
fn files_of_every_kind_are_those_that_are_opened() {
    for name in [
        "images/made/ct-two-windows.dcm",
        "images/made/enhanced.dcm",
        "images/made/frames.dcm",
        "images/made/grey16.png",
        "images/made/mono1.dcm",
        "images/made/padding.dcm",
        "images/made/rgb8.png",
        "images/made/turned-6.jpg",
        "images/made/voi-lut.dcm",
        "images/real/SC_rgb_rle_2frame.dcm",
        "images/real/emri_small_RLE.dcm",
        "images/real/rtdose.dcm",
    ] {
        check(&data(name), "");
    }
    check(&data("images/made/overlay.dcm"), "overlays=on");
    check(&data("images/real/emri_small_RLE.dcm"), "plane=sagittal");
    check(&data("images/made/rgb8.png"), "plane=axial");
    check("sample:cxr-effusion", "");
    check("sample:cxr-effusion", "plane=coronal");
}

#[test]
fn volumes_are_those_that_are_opened() {
    for name in [
        "ct.nii.gz",
        "labels.nii.gz",
        "nan.nii",
        "rgb24.nii.gz",
        "pair.hdr",
    ] {
        check(&data(&format!("nifti/{name}")), "");
        check(&data(&format!("nifti/{name}")), "plane=coronal");
    }
    check(&data("nifti/ct.nii.gz"), "plane=sagittal slab=min:4");
    check(&data("nifti/time.nii.gz"), "time=2");
    check(&data("nifti/one-slice.nii"), "");
}

#[test]
fn a_slice_without_a_window_among_others_with_one_is_shown_over_the_volume() {
    let made = Made {
        window: Some(("500", "900")),
        last_window: false,
        ..MR
    };
    let folder = Folder::of(made);
    let reel = open(folder.name(), "");
    assert_eq!(reel.range(None, Watch::default()).unwrap(), None);
    check(folder.name(), "");
    // one of two was decoded with the range, one before
    let bare = (0..5).map(|slice| reel.frame(slice, Watch::default()).unwrap());
    let bare: Vec<_> = bare.filter(|it| it.scale.windows.is_empty()).collect();
    assert_eq!(bare.len(), 1);
    let shade = reel.shade(&bare[0], None, None).unwrap();
    assert!(shade.why.contains("of the volume"), "{}", shade.why);
}

#[test]
fn nothing_is_decoded_before_it_is_looked_at() {
    let folder = Folder::of(CT);
    let reel = open(folder.name(), "");
    folder.lose(1);
    let watch = Watch::default();
    let found: Vec<_> = (0..4).map(|slice| reel.frame(slice, watch)).collect();
    let problem = found[1].as_ref().unwrap_err().to_string();
    assert_eq!(problem, format!("{}: no such file", folder.name()));
    assert!([0, 2, 3].iter().all(|slice| found[*slice].is_ok()));
    // and what was decoded stays at hand
    let at_hand: Vec<bool> = (0..5).map(|slice| reel.at_hand(slice).is_some()).collect();
    assert_eq!(at_hand, [true, false, true, true, false]);
    let hashes: Vec<bool> = (0..5).map(|slice| reel.sha256(slice).is_some()).collect();
    assert_eq!(hashes, at_hand);
    let again = reel.frame(2, watch).unwrap();
    assert!(Arc::ptr_eq(&again, found[2].as_ref().unwrap()));
}

#[test]
fn a_range_is_measured_once_and_only_where_it_is_needed() {
    let watch = Watch::default();
    let folder = Folder::of(MR);
    let reel = open(folder.name(), "");
    let range = reel.range(None, watch).unwrap().unwrap();
    (0..5).for_each(|slice| folder.lose(slice));
    let auto = Some(WindowChoice::Percentiles(
        crate::imaging::preset::PERCENTILES,
    ));
    assert_eq!(reel.range(auto, watch).unwrap(), Some(range));
    assert_eq!(
        reel.range(Some(WindowChoice::Full), watch).unwrap(),
        Some(range)
    );
    // padding counts for MedGemma's window alone; the slices are at hand
    let padded = reel.range(Some(WindowChoice::VolumeMinMax), watch).unwrap();
    assert_eq!((range.min, padded.unwrap().min), (74.0, -2000.0));
    assert_eq!(reel.range("40/400".parse().ok(), watch).unwrap(), None);

    let folder = Folder::of(CT);
    let reel = open(folder.name(), "");
    folder.lose(0);
    assert_eq!(reel.range(None, watch).unwrap(), None);
    assert_eq!(reel.range("lung".parse().ok(), watch).unwrap(), None);
    assert!(reel.range(auto, watch).is_err());
}

#[test]
fn another_plane_needs_no_file_again() {
    let folder = Folder::of(CT);
    let reel = open(folder.name(), "");
    let coronal = reel
        .again(&view("plane=coronal"), Watch::default())
        .unwrap();
    assert_eq!(coronal.facts().size, (8, 4));
    let sagittal = view("plane=sagittal");
    let expected = open_as(folder.name(), &sagittal, Watch::default()).unwrap();
    reel.frame(2, Watch::default()).unwrap();
    (0..4).for_each(|slice| folder.lose(slice));
    let across = coronal.again(&sagittal, Watch::default()).unwrap();
    let (.., seen) = seen(&across, &sagittal, across.facts().first).unwrap();
    assert_eq!(seen.rgb, expected.pictures[0].rgb);
    let back = across.again(&view(""), Watch::default()).unwrap();
    assert_eq!(back.facts(), reel.facts());
    assert!(back.at_hand(2).is_some());
    // the number of the series that was taken by itself is the same series
    assert!(
        back.again(&view("series=1 plane=axial"), Watch::default())
            .is_ok()
    );
    for other in ["series=2", "overlays=on"] {
        let error = back.again(&view(other), Watch::default()).unwrap_err();
        assert!(error.problem.contains("has no files in it"), "{error}");
    }
}

#[test]
fn slices_that_are_at_hand_are_stacked_as_they_are() {
    let folder = Folder::of(CT);
    let coronal = view("plane=coronal window=auto");
    let expected = open_as(folder.name(), &coronal, Watch::default()).unwrap();
    let reel = open(folder.name(), "");
    for slice in 0..4 {
        reel.frame(slice, Watch::default()).unwrap();
        folder.lose(u16::try_from(slice).unwrap());
    }
    let cut = reel.again(&coronal, Watch::default()).unwrap();
    let (.., seen) = seen(&cut, &coronal, cut.facts().first).unwrap();
    assert_eq!(seen.rgb, expected.pictures[0].rgb);
    assert_eq!(
        cut.sha256(0).as_ref(),
        Some(&expected.pictures[0].origin.sha256)
    );
    assert_eq!(cut.sha256(6), None);
}

#[test]
fn another_point_of_time_is_another_volume() {
    let name = data("nifti/time.nii.gz");
    let reel = open(&name, "");
    let n_times = reel.facts().n_times;
    assert!(n_times > 1);
    let second = view("time=2");
    let later = reel.again(&second, Watch::default()).unwrap();
    for typed in ["window=auto", "window=full"] {
        let of = |time: &str| view(&format!("{typed} {time}"));
        same(&reel, &name, &of("time=1"), None);
        same(&later, &name, &of("time=2"), None);
    }
    let error = later.again(&view("time=99"), Watch::default()).unwrap_err();
    let expected = open_as(&name, &view("time=99"), Watch::default()).unwrap_err();
    assert_eq!(error.to_string(), expected.to_string());
}

#[track_caller]
fn has(name: &str, typed: &str, expected: &str) {
    let reel = open(name, typed);
    let facts = reel.facts();
    let say = |is: bool, word: &'static str| if is { word } else { "" };
    let plane = facts.plane.map_or_else(String::new, |it| it.to_string());
    let (width, height) = facts.size;
    let n_times = format!("{} times", facts.n_times);
    let words = [
        facts.modality.as_deref().unwrap_or_default(),
        &format!("{}x{width}x{height}", facts.n_slices),
        say(facts.is_volume, "volume"),
        &plane,
        say(facts.is_moving, "moving"),
        &format!("from {}", facts.first),
        if facts.n_times > 1 { &n_times } else { "" },
    ];
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    assert_eq!(words.join(" "), expected, "{name} {typed}");
}

#[test]
fn what_is_known_before_the_first_frame() {
    let (ct, mr) = (Folder::of(CT), Folder::of(MR));
    has(ct.name(), "", "CT 4x8x6 volume axial from 2");
    has(ct.name(), "plane=coronal", "CT 6x8x4 volume coronal from 3");
    has(mr.name(), "", "MR 5x8x6 volume sagittal from 2");
    has(
        &data("images/made/frames.dcm"),
        "",
        "OT 2x23x17 moving from 0",
    );
    has(&data("images/made/rgb8.png"), "", "1x23x17 from 0");
    has(&data("images/made/turned-6.jpg"), "", "1x9x14 from 0");
    has(
        &data("images/real/rtdose.dcm"),
        "",
        "RTDOSE 15x10x10 axial from 0",
    );
    has(
        &data("images/real/CT_small.dcm"),
        "",
        "CT 1x128x128 axial from 0",
    );
    has(
        &data("nifti/ct.nii.gz"),
        "",
        "CT 16x24x20 volume axial from 8",
    );
    has(&data("nifti/one-slice.nii"), "", "1x7x6 axial from 0");
    has(
        &data("nifti/time.nii.gz"),
        "",
        "4x6x5 volume axial from 2 7 times",
    );
    has("sample:ct-nodule", "", "1x256x256 from 0");
    // every one of its pictures has a direction of its own
    has(&data("dicomdir"), "", "MR 7x16x16 from 0");
    let facts = open(&data("dicomdir"), "").facts().clone();
    let (name, series) = (facts.name.as_str(), facts.series);
    assert_eq!((name, series.map(|it| it.1)), ("dicomdir", Some(13)));
    assert!(
        facts.notes.iter().any(|it| it.contains("of 13 taken")),
        "{:?}",
        facts.notes
    );
    assert_eq!(open("sample:ct-nodule", "").facts().series, None);
}

#[track_caller]
fn offers(name: &str, typed: &str, expected: &str) {
    let reel = open(name, typed);
    let frame = reel.frame(0, Watch::default()).unwrap();
    let presets = reel.presets(&frame);
    let names: Vec<&str> = presets.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names.join(", "), expected, "{name}");
    for (name, choice) in presets {
        let range = reel.range(Some(choice), Watch::default()).unwrap();
        let shade = reel.shade(&frame, Some(&choice), range.as_ref());
        assert!(shade.is_ok(), "{name}: {shade:?}");
    }
}

#[test]
fn every_window_that_is_offered_can_be_looked_through() {
    let presets = "soft-tissue, lung, mediastinum, bone, brain, stroke, liver, subdural, stroke-hard, liver-plain, \
                   angio, pe, temporal-bone, auto, full";
    let ct = Folder::of(CT);
    offers(
        ct.name(),
        "",
        &format!("file BRIGHT, {presets}, minmax-volume, rgb, rgb-1"),
    );
    offers(
        &data("images/made/ct-two-windows.dcm"),
        "",
        "file, file:2, auto, full",
    );
    offers(
        &data("images/real/CT_small.dcm"),
        "",
        &format!("{presets}, rgb, rgb-1"),
    );
    offers(
        &data("nifti/ct.nii.gz"),
        "plane=coronal",
        &format!("{presets}, minmax-volume, rgb, rgb-1"),
    );
    offers(Folder::of(MR).name(), "", "auto, full, minmax-volume");
    offers(&data("images/made/voi-lut.dcm"), "", "lut, auto, full");
    offers(&data("images/made/grey8.png"), "", "auto, full");
    offers(&data("images/made/rgb8.png"), "", "");
    offers("sample:cxr-normal", "", "auto, full");
}

#[test]
fn a_series_that_is_too_large_to_be_held_is_seen_slice_by_slice() {
    let folder = Folder::of(MR);
    let mut reel = open(folder.name(), "");
    let stock = Arc::get_mut(&mut reel.stock).unwrap();
    let What::Series(series) = &mut stock.found.what else {
        panic!("it is a folder");
    };
    (series.about.width, series.about.height) = (16_384, 16_384);
    reel.facts = facts::of(&reel.stock, &reel.shown).unwrap();
    assert!(!reel.facts().is_volume);
    assert_eq!(reel.facts().first, 2);
    let frame = reel.frame(2, Watch::default()).unwrap();
    assert!(reel.presets(&frame).is_empty());
    assert_eq!(reel.range(None, Watch::default()).unwrap(), None);
    let shade = reel.shade(&frame, None, None).unwrap();
    assert!(!shade.why.contains("of the volume"), "{}", shade.why);
    let error = reel.range(Some(WindowChoice::Full), Watch::default());
    assert!(
        error
            .unwrap_err()
            .problem
            .contains("too large for the window full")
    );
}

#[test]
fn threads_that_want_the_same_frame_get_one() {
    fn shared<T: Send + Sync>(_: &T) {}
    let folder = Folder::of(CT);
    let reel = open(folder.name(), "");
    shared(&reel);
    let frames: Vec<Arc<Frame>> = std::thread::scope(|scope| {
        let looks = (0..8).map(|_| scope.spawn(|| reel.frame(1, Watch::default()).unwrap()));
        let looks: Vec<_> = looks.collect();
        looks.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(frames.iter().all(|it| Arc::ptr_eq(it, &frames[0])));
}

#[test]
fn whatever_takes_long_can_be_stopped() {
    let folder = Folder::of(MR);
    let reel = open(folder.name(), "");
    let cancel = AtomicBool::new(true);
    let watch = Watch {
        cancel: &cancel,
        ..Watch::default()
    };
    let stopped = |problem: Option<Error>| {
        assert_eq!(problem.unwrap().problem, "was stopped before it was open");
    };
    stopped(reel.frame(0, watch).err());
    stopped(reel.range(None, watch).err());
    stopped(reel.again(&view("plane=axial"), watch).err());
    stopped(Reel::open(folder.name(), &View::default(), watch).err());
    cancel.store(false, Ordering::SeqCst);
    assert!(reel.frame(0, watch).is_ok() && reel.range(None, watch).is_ok());
}

#[test]
fn a_volume_says_how_far_it_has_come() {
    #[track_caller]
    fn check(name: &str, typed: &str, expected: usize) {
        let (done, of) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let progress = |so_far: usize, all: usize| {
            done.store(so_far, Ordering::SeqCst);
            of.store(all, Ordering::SeqCst);
        };
        let watch = Watch::default().with(&progress);
        Reel::open(name, &view(typed), watch).unwrap();
        assert_eq!((done.into_inner(), of.into_inner()), (expected, expected));
    }
    check(Folder::of(CT).name(), "plane=coronal", 4);
    check(&data("nifti/ct.nii.gz"), "", 16);
    check(&data("nifti/time.nii.gz"), "time=2", 4);
}

#[test]
fn what_is_not_there_is_one_sentence() {
    #[track_caller]
    fn check(name: &str, typed: &str, expected: &str) {
        let view = view(typed);
        let error = Reel::open(name, &view, Watch::default()).unwrap_err();
        let as_opened = open_as(name, &view, Watch::default()).unwrap_err();
        assert_eq!(error.to_string(), as_opened.to_string());
        assert!(error.problem.contains(expected), "{error}");
    }
    check("sample:cxr", "", "no such sample");
    check("no/such/file.dcm", "", "no such file");
    let folder = Folder::of(CT);
    check(folder.name(), "series=9", "there is no series 9");
    check(folder.name(), "plane=axial time=2", "one point of time");
    let reel = open(folder.name(), "");
    let missing = |slice| reel.frame(slice, Watch::default()).unwrap_err().problem;
    assert_eq!(missing(4), "has no slice 5: there are 4, counted from 1");
    assert!(missing(usize::MAX).contains("there are 4"));
    let one = open("sample:cxr-normal", "").frame(1, Watch::default());
    assert!(one.unwrap_err().problem.contains("there is one"));
    // as it may come from somebody who counts from 0
    let early = View {
        time: Some(0),
        ..View::default()
    };
    let name = data("nifti/ct.nii.gz");
    assert!(Reel::open(&name, &early, Watch::default()).is_ok());
}

#[test]
fn a_reel_in_memory_is_a_reel() {
    let facts = Facts {
        n_slices: 3,
        size: (8, 6),
        is_volume: true,
        ..open("sample:ct-nodule", "").facts().clone()
    };
    let folder = Folder::of(MR);
    let mr = open(folder.name(), "");
    let frames = (0..3).map(|slice| mr.frame(slice, Watch::default()).unwrap());
    let reel = Reel::in_memory(facts, frames.collect(), &[true, false]);
    assert!(reel.at_hand(0).is_some() && reel.at_hand(1).is_none());
    let second = reel.frame(1, Watch::default()).unwrap();
    assert_eq!(second, mr.frame(1, Watch::default()).unwrap());
    assert!(reel.at_hand(1).is_some() && reel.frame(3, Watch::default()).is_err());
    let auto = "auto".parse().ok();
    assert!(reel.range(auto, Watch::default()).unwrap().is_some());
}

/// A folder of the tree's own data as a path.
#[test]
fn a_name_is_told_without_its_folder() {
    let path = PathBuf::from(data("images/made/rgb8.png"));
    let facts = open(path.to_str().unwrap(), "").facts().clone();
    assert_eq!(facts.name, "rgb8.png");
    let error = Reel::open(
        &data("no\u{1b}[31m.png"),
        &View::default(),
        Watch::default(),
    );
    assert!(!error.unwrap_err().to_string().contains('\u{1b}'));
}
