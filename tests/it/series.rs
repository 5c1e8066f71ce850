//! Folders, indexes and archives in, series in order out: against pydicom and GDCM, and on studies of an invented patient.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use medlab::imaging::pick::Slices;
use medlab::imaging::series::{OrderedBy, Scanned, Series, report, scan, scan_all};
use medlab::imaging::{Source, View, Watch, open_as};

/// What of the invented patient must never be told.
const SECRETS: [&str; 7] = [
    "Quillfeather",
    "ZQ-424242",
    "19470209",
    "19990824",
    "Dr. Bunsen's",
    "very private",
    "2.25.99",
];

fn indexes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dicomdir")
}

fn found(path: &Path) -> Scanned {
    scan(path.to_str().unwrap(), Watch::default()).unwrap()
}

/// Modality, size, spacing and files of a series, as `series.tsv` has them.
fn row(series: &Series, folder: &Path) -> String {
    let path = |source: &Source| match source {
        Source::File(path) => path
            .strip_prefix(folder)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/"),
        other => panic!("{other:?}"),
    };
    let files: Vec<String> = series
        .slices
        .iter()
        .map(|slice| path(&slice.source))
        .collect();
    let spacing = series
        .spacing_mm
        .map_or_else(|| "-".to_owned(), |mm| format!("{mm:.3}"));
    format!(
        "{}\t{}x{}\t{spacing}\t{}",
        series.modality.as_deref().unwrap(),
        series.width,
        series.height,
        files.join(" ")
    )
}

/// The table without its two header lines.
fn golden() -> Vec<String> {
    let text = fs_err::read_to_string(indexes().join("series.tsv")).unwrap();
    text.lines().skip(2).map(str::to_owned).collect()
}

#[track_caller]
fn is_golden(scanned: &Scanned, folder: &Path) {
    let mut rows: Vec<String> = scanned.series().map(|series| row(series, folder)).collect();
    rows.sort();
    assert_eq!(rows, golden());
}

#[test]
fn a_folder_is_sorted_as_pydicom_and_gdcm_sort_it() {
    let scanned = found(&indexes());
    is_golden(&scanned, &indexes());
    // localisers are known by what they say, or by their three planes
    let scouts = scanned.series().filter(|series| series.is_localizer);
    assert_eq!(
        scouts.map(|series| series.slices.len()).collect::<Vec<_>>(),
        [2, 3, 3]
    );
    assert_eq!(scanned.main().unwrap().slices.len(), 7);
}

#[test]
fn every_way_to_write_an_index_leads_to_the_same_series() {
    #[track_caller]
    fn check(name: &str, odd: &[&str]) {
        let scanned = found(&indexes().join(name));
        is_golden(&scanned, &indexes());
        assert_eq!(scanned.skipped.len(), odd.len(), "{:?}", scanned.skipped);
        for ((file, why), expected) in scanned.skipped.iter().zip(odd) {
            assert_eq!(file, name);
            assert!(why.contains(expected), "{why}");
        }
    }
    check("DICOMDIR", &[]);
    check("DICOMDIR-implicit", &[]);
    check("DICOMDIR-bigEnd", &[]);
    check("DICOMDIR-reordered", &[]);
    check(
        "DICOMDIR-nooffset",
        &["is damaged: only what could be read of it was used"],
    );
    check("DICOMDIR-nopatient", &["has no links to 30 of its files"]);
    let problem = scan(
        indexes().join("DICOMDIR-empty.dcm").to_str().unwrap(),
        Watch::default(),
    );
    assert!(problem.unwrap_err().contains("lists nothing"));
}

#[test]
fn an_index_finds_lower_case_names_and_says_what_is_missing() {
    let home = tempfile::tempdir().unwrap();
    fs_err::copy(indexes().join("DICOMDIR"), home.path().join("dicomdir")).unwrap();
    let folder = home.path().join("98892001/ct5n");
    fs_err::create_dir_all(&folder).unwrap();
    for name in ["2062", "2392", "3023"] {
        fs_err::copy(
            indexes().join("98892001/CT5N").join(name),
            folder.join(name),
        )
        .unwrap();
    }
    let scanned = found(&home.path().join("dicomdir"));
    assert_eq!(
        scanned
            .series()
            .map(|series| row(series, home.path()))
            .collect::<Vec<_>>(),
        ["CT\t16x16\t2.500\t98892001/ct5n/3023 98892001/ct5n/2392 98892001/ct5n/2062"]
    );
    assert!(
        scanned.main().unwrap().warnings[0].contains("a gap of 5.00 mm between slices 1 and 2")
    );
    assert_eq!(scanned.skipped.len(), 28);
    assert!(
        scanned
            .skipped
            .iter()
            .all(|(_, why)| why == "is listed in the index, but missing")
    );
}

/// Where a slice of the invented patient lies and what it is of.
#[derive(Clone)]
struct Slice {
    series: u32,
    modality: &'static str,
    kind: &'static str,
    orientation: &'static str,
    position: [f64; 3],
    number: u32,
    echo: &'static str,
    size: u16,
}

/// Half of an explicit little endian data set: an element.
fn put(bytes: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &[u8]) {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    bytes.extend(tag.0.to_le_bytes());
    bytes.extend(tag.1.to_le_bytes());
    bytes.extend(vr.as_bytes());
    if vr == "OW" {
        bytes.extend([0, 0]);
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    bytes.extend(value);
}

/// A DICOM file of Zebedee Quillfeather, who does not exist.
fn dicom(slice: &Slice) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    put(&mut bytes, (0x0002, 0x0010), "UI", b"1.2.840.10008.1.2.1");
    bytes.extend(patient_and_study(slice));
    bytes.extend(place(slice));
    bytes.extend(pixels(slice));
    bytes
}

/// Groups 0008 to 0018.
fn patient_and_study(slice: &Slice) -> Vec<u8> {
    let instance = format!(
        "2.25.99.{}.{}.{}",
        slice.series,
        slice.number,
        slice.echo.len()
    );
    let mut set = Vec::new();
    put(&mut set, (0x0008, 0x0008), "CS", slice.kind.as_bytes());
    put(
        &mut set,
        (0x0008, 0x0016),
        "UI",
        b"1.2.840.10008.5.1.4.1.1.2",
    );
    put(&mut set, (0x0008, 0x0018), "UI", instance.as_bytes());
    put(&mut set, (0x0008, 0x0020), "DA", b"19990824");
    put(&mut set, (0x0008, 0x0060), "CS", slice.modality.as_bytes());
    put(&mut set, (0x0008, 0x0080), "LO", b"Dr. Bunsen's hospital");
    put(&mut set, (0x0008, 0x1030), "LO", b"very private study");
    put(&mut set, (0x0008, 0x103e), "LO", b"very private series");
    put(&mut set, (0x0010, 0x0010), "PN", b"Quillfeather^Zebedee");
    put(&mut set, (0x0010, 0x0020), "LO", b"ZQ-424242");
    put(&mut set, (0x0010, 0x0030), "DA", b"19470209");
    put(&mut set, (0x0018, 0x0015), "CS", b"CHEST");
    put(&mut set, (0x0018, 0x0050), "DS", b"3");
    if !slice.echo.is_empty() {
        put(&mut set, (0x0018, 0x0081), "DS", slice.echo.as_bytes());
    }
    set
}

/// Group 0020.
fn place(slice: &Slice) -> Vec<u8> {
    let [x, y, z] = slice.position;
    let series = format!("2.25.99.{}", slice.series);
    let position = format!("{x}\\{y}\\{z}");
    let mut set = Vec::new();
    put(&mut set, (0x0020, 0x000d), "UI", b"2.25.99");
    put(&mut set, (0x0020, 0x000e), "UI", series.as_bytes());
    put(
        &mut set,
        (0x0020, 0x0011),
        "IS",
        slice.series.to_string().as_bytes(),
    );
    put(
        &mut set,
        (0x0020, 0x0013),
        "IS",
        slice.number.to_string().as_bytes(),
    );
    put(&mut set, (0x0020, 0x0032), "DS", position.as_bytes());
    put(
        &mut set,
        (0x0020, 0x0037),
        "DS",
        slice.orientation.as_bytes(),
    );
    set
}

/// Groups 0028 and 7FE0.
fn pixels(slice: &Slice) -> Vec<u8> {
    let mut set = Vec::new();
    put(&mut set, (0x0028, 0x0002), "US", &1_u16.to_le_bytes());
    put(&mut set, (0x0028, 0x0004), "CS", b"MONOCHROME2");
    for tag in [0x0010, 0x0011] {
        put(&mut set, (0x0028, tag), "US", &slice.size.to_le_bytes());
    }
    put(&mut set, (0x0028, 0x0030), "DS", b"0.5\\0.5");
    for (tag, value) in [(0x0100, 16_u16), (0x0101, 12), (0x0102, 11), (0x0103, 0)] {
        put(&mut set, (0x0028, tag), "US", &value.to_le_bytes());
    }
    let values = usize::from(slice.size) * usize::from(slice.size);
    put(&mut set, (0x7fe0, 0x0010), "OW", &vec![0; 2 * values]);
    set
}

const CT: Slice = Slice {
    series: 2,
    modality: "CT",
    kind: "ORIGINAL\\PRIMARY\\AXIAL",
    orientation: "1\\0\\0\\0\\1\\0",
    position: [0.0; 3],
    number: 0,
    echo: "",
    size: 8,
};

/// The files of a study: a scout, a CT with a gap and a copy, an MR with two echoes, things that are no pictures.
fn study() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let scout = Slice {
        series: 1,
        kind: "ORIGINAL\\PRIMARY\\LOCALIZER",
        orientation: "1\\0\\0\\0\\0\\-1",
        ..CT
    };
    files.push(("scout.dcm".to_owned(), dicom(&scout)));
    // the scanner went down; its sixth slice is lost
    for number in (1..=12).filter(|number| *number != 6) {
        let z = 40.0 - 2.5 * f64::from(number);
        files.push((
            format!("ct/IM{number}"),
            dicom(&Slice {
                number,
                position: [-4.0, 7.0, z],
                ..CT
            }),
        ));
    }
    files.push(("ct/copy of IM3".to_owned(), files[3].1.clone()));
    for (turn, echo) in (0..).zip(["102.5", "9.8"]) {
        for index in 0..4_u32 {
            let slice = Slice {
                series: 3,
                modality: "MR",
                kind: "ORIGINAL\\PRIMARY\\M",
                // sagittal, from the right to the left
                orientation: "0\\1\\0\\0\\0\\-1",
                position: [-3.0 + 2.0 * f64::from(index), -50.0, 60.0],
                number: turn * 4 + index + 1,
                echo,
                ..CT
            };
            files.push((format!("mr/{echo}/{index}"), dicom(&slice)));
        }
    }
    files.push((
        "README".to_owned(),
        b"Burned for Zebedee, with love".to_vec(),
    ));
    files.push(("empty".to_owned(), Vec::new()));
    files.push((".thumbs".to_owned(), b"x".to_vec()));
    files.push(("ct/IM6".to_owned(), files[1].1[..300].to_vec()));
    files
}

fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
}

fn zipped(path: &Path, files: &[(String, Vec<u8>)]) {
    let mut writer = zip::ZipWriter::new(fs_err::File::create(path).unwrap());
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

fn names(series: &Series) -> Vec<String> {
    series
        .slices
        .iter()
        .map(|slice| slice.source.name())
        .collect()
}

/// Series of the study in every way it can be given.
#[track_caller]
fn is_the_study(scanned: &Scanned) {
    let all: Vec<&Series> = scanned.series().collect();
    assert_eq!(all.len(), 4);
    let ct: Vec<String> = [12, 11, 10, 9, 8, 7, 5, 4]
        .map(|n| format!("IM{n}"))
        .to_vec();
    assert_eq!(names(all[0])[..8], ct);
    assert_eq!(all[0].slices.len(), 11);
    assert_eq!(all[0].spacing_mm, Some(2.5));
    // the normal of a sagittal slice points to the right
    for part in &all[1..3] {
        assert_eq!(names(part), ["3", "2", "1", "0"]);
        assert_eq!(part.ordered_by, OrderedBy::Place);
    }
    assert_eq!(all[1].about.ids.repeat[0], "9.8");
    assert!(all[3].is_localizer);
    assert_eq!(scanned.main().unwrap().number, 1);
}

#[test]
fn a_report_tells_what_there_is_and_nothing_about_the_patient() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &study());
    let scanned = found(home.path());
    is_the_study(&scanned);
    let lines = report(&scanned);
    assert_eq!(
        lines[..9],
        [
            "  1  CT CHEST 8x8, 11 slices every 2.50 mm",
            "     1 left out: the same picture twice",
            "     a gap of 5.00 mm between slices 6 and 7, usual are 2.50 mm: one slice seems to be missing",
            "2-3  MR CHEST 8x8, 2 times 4 slices every 2.00 mm",
            "     4-D: split into 2 parts by acquisition, echo, b-value or point of time",
            "  4  CT CHEST 8x8, 1 picture (localiser)",
            "left out or odd",
            "     .thumbs is hidden",
            "     README is a text file, expected a DICOM or NIfTI file or a PNG, JPEG, TIFF, WebP, BMP or GIF picture: \
             convert it first",
        ]
    );
    assert_eq!(lines.len(), 11, "{lines:#?}");
    let text = lines.join("\n");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn an_archive_is_as_good_as_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("study.zip");
    zipped(&path, &study());
    let scanned = found(&path);
    is_the_study(&scanned);
    assert_eq!(scanned.skipped.len(), 4);
    let part = |member: &str| scan(&format!("{}!{member}", path.display()), Watch::default());
    assert_eq!(part("mr").unwrap().series().count(), 2);
    assert_eq!(part("mr/9.8/*").unwrap().series().count(), 1);
    assert_eq!(part("ct/IM7").unwrap().main().unwrap().slices.len(), 1);
    assert_eq!(part("ct/IM13").unwrap_err(), "has no member 'ct/IM13'");
    assert!(part("README").unwrap_err().contains("is a text file"));
}

#[test]
fn several_names_are_sorted_together_and_nothing_counts_twice() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &study());
    let all: Vec<String> = ["ct", "scout.dcm", "mr", "ct/IM1*", "mr/9.8"]
        .map(|name| home.path().join(name).to_str().unwrap().to_owned())
        .to_vec();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    is_the_study(&scan_all(&all, Watch::default()).unwrap());
    let error = scan_all(&[all[0], "no/such/folder"], Watch::default()).unwrap_err();
    assert_eq!(error.to_string(), "no/such/folder: no such file");
}

#[test]
fn a_scan_and_an_opening_end_when_they_are_told_to() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &study());
    let (cancel, told) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let stop_at_three = |done, total| {
        told.lock().unwrap().push(done);
        cancel.store(total > 0 && done >= 3, Ordering::SeqCst);
    };
    let watch = Watch {
        progress: &stop_at_three,
        cancel: &cancel,
    };
    let name = home.path().to_str().unwrap();
    let problem = scan(name, watch).unwrap_err();
    assert_eq!(problem, "was stopped before it was open");
    assert!(told.lock().unwrap().contains(&3), "it had begun");
    // headers alone, then slices: it is the decoding that is stopped
    cancel.store(false, Ordering::SeqCst);
    let once_decoding = |done: usize, total: usize| {
        let seen = told.lock().unwrap().last().copied();
        told.lock().unwrap().push(done);
        cancel.store(
            done < total && seen.is_some_and(|seen| seen > done),
            Ordering::SeqCst,
        );
    };
    let watch = Watch {
        progress: &once_decoding,
        cancel: &cancel,
    };
    let all = View {
        slices: Some(Slices::All),
        ..Default::default()
    };
    let error = open_as(name, &all, watch).unwrap_err();
    assert_eq!(error.problem, "was stopped before it was open");
}

#[test]
fn progress_ends_with_every_file() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &study());
    let told = Mutex::new(Vec::new());
    let progress = |looked, found| told.lock().unwrap().push((looked, found));
    let watch = Watch::default().with(&progress);
    scan(home.path().to_str().unwrap(), watch).unwrap();
    let told = told.into_inner().unwrap();
    let files = study().len() - 1; // one is hidden
    assert_eq!(told.last(), Some(&(files, files)));
    assert!(
        told.windows(2)
            .all(|two| two[0].0 <= two[1].0 && two[0].1 <= two[1].1)
    );
}

#[test]
fn a_name_without_pictures_is_one_sentence() {
    #[track_caller]
    fn check(path: &Path, expected: &str) {
        let problem = scan(path.to_str().unwrap(), Watch::default()).unwrap_err();
        assert!(problem.starts_with(expected), "{problem}");
        assert!(!problem.contains('\n'));
    }
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        &[
            ("a.txt".to_owned(), b"text".to_vec()),
            ("b.txt".to_owned(), b"text".to_vec()),
        ],
    );
    fs_err::create_dir(home.path().join("nothing")).unwrap();
    check(&home.path().join("a.txt"), "is a text file");
    check(
        home.path(),
        "has no picture among 2 files: a.txt is a text file",
    );
    check(&home.path().join("nothing"), "has no files in it");
    check(&home.path().join("missing"), "no such file");
}
