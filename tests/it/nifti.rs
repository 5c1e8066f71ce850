//! Fixtures and nibabel's reading of them in; our reading must be the same, bit for bit.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use medlab::imaging::frame::Values;
use medlab::imaging::nifti::{self, Nifti};
use medlab::imaging::plane::{Plane, View};
use medlab::imaging::volume::Volume;
use sha2::{Digest, Sha256};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nifti");

trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

fn open(path: &Path) -> Result<Nifti<Box<dyn Bytes>>, String> {
    let file = |path: &Path| -> Result<Box<dyn Bytes>, String> {
        Ok(Box::new(
            File::open(path).map_err(|error| error.to_string())?,
        ))
    };
    let partners = nifti::partners(path);
    if partners.is_empty() {
        return nifti::open(file(path)?);
    }
    let values = partners.iter().find(|it| it.exists()).ok_or("no partner")?;
    nifti::open_pair(file(path)?, file(values)?)
}

/// One bit pattern for all that is no number.
fn bits(value: f32) -> u32 {
    if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        value.to_bits()
    }
}

fn sha(values: &[Values]) -> String {
    let mut hash = Sha256::new();
    for values in values {
        match values {
            Values::Grey(grey) => {
                let bytes: Vec<u8> = grey.iter().flat_map(|it| bits(*it).to_le_bytes()).collect();
                hash.update(&bytes);
            }
            Values::Rgb(rgb) => hash.update(rgb),
        }
    }
    let digest = hash.finalize();
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    })
}

fn displayed(volume: &Volume, plane: Plane) -> String {
    let view = View::new(volume, plane).expect("a whole volume");
    let slices: Vec<Values> = (0..view.slices())
        .map(|i| view.slice(volume, i).expect("a slice that is there").values)
        .collect();
    sha(&slices)
}

fn near(is: &[f64], expected: &[f64], name: &str) {
    assert_eq!(is.len(), expected.len());
    let size = expected.iter().fold(1.0_f64, |most, it| most.max(it.abs()));
    for (a, b) in is.iter().zip(expected) {
        assert!(
            (a - b).abs() <= 1e-12 * size,
            "{name}: {is:?} for {expected:?}"
        );
    }
}

/// One line of the table; gives the number of voxels.
fn check(folder: &Path, line: &str) -> usize {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[
        name,
        number,
        size,
        kind,
        place,
        stored,
        axial,
        coronal,
        sagittal,
    ] = fields.as_slice()
    else {
        unreachable!("the table has nine columns: {line}");
    };
    let number = number.parse().expect("a number");
    let mut file = open(&folder.join(name)).expect(name);
    let volume = file.volume(number).expect(name);
    let said = volume.size.map(|it| it.to_string()).join("x");
    assert_eq!(said, size, "{name}");
    assert_eq!(
        kind == "rgb",
        matches!(volume.values, Values::Rgb(_)),
        "{name}"
    );
    let [a, b, c] = volume.steps;
    let expected: Vec<f64> = place
        .split(',')
        .map(|it| it.parse().expect("a number"))
        .collect();
    near(&[a, b, c, volume.origin].concat(), &expected, name);
    assert_eq!(sha(std::slice::from_ref(&volume.values)), stored, "{name}");
    for (plane, expected) in Plane::ALL.into_iter().zip([axial, coronal, sagittal]) {
        assert_eq!(displayed(&volume, plane), expected, "{name} {plane}");
    }
    let voxels = volume.size.iter().product();
    if voxels < 10_000 {
        let slices: Vec<Values> = (0..volume.size[2])
            .map(|k| file.slice(k, number).expect(name).values)
            .collect();
        assert_eq!(sha(&slices), stored, "{name} slice by slice");
    }
    voxels
}

fn table(folder: &Path, tsv: &str) -> [usize; 3] {
    let lines = tsv.lines().skip(2);
    let counts = lines.clone().map(|line| check(folder, line));
    let volumes = lines.clone().count();
    let mut names: Vec<&str> = lines.filter_map(|line| line.split('\t').next()).collect();
    names.dedup();
    [names.len(), volumes, counts.sum()]
}

#[test]
fn values_places_and_planes_are_those_of_nibabel() {
    let folder = Path::new(FIXTURES);
    let tsv = std::fs::read(folder.join("golden.tsv")).unwrap();
    let [files, volumes, _] = table(folder, std::str::from_utf8(&tsv).unwrap());
    assert_eq!((files, volumes), (51, 62));
}

/// Files that are too large for the repository: a table made by `tools/nifti_golden.py FILE...`
#[test]
fn further_files_are_read_as_nibabel_reads_them() {
    let Ok(path) = std::env::var("NIFTI_TSV") else {
        println!("skipped: NIFTI_TSV names no table");
        return;
    };
    let tsv = std::fs::read(path).unwrap();
    let [files, volumes, voxels] = table(Path::new("/"), std::str::from_utf8(&tsv).unwrap());
    println!("{files} files, {volumes} volumes, {voxels} voxels are the same");
}

#[track_caller]
fn refused(name: &str, words: &str) {
    let problem = open(&Path::new(FIXTURES).join(name))
        .and_then(|mut it| it.volume(0))
        .expect_err(name);
    assert!(problem.contains(words), "{name}: {problem}");
}

#[test]
fn what_is_not_read_ends_in_a_sentence() {
    refused("refused-bit.nii", "one bit a voxel (datatype 1)");
    refused("refused-complex.nii", "complex numbers (datatype 32)");
    refused("refused-float128.nii", "128-bit numbers");
    refused("refused-negative.nii", "5x-4x3");
    refused("refused-huge.nii", "32767x32767x32767");
    refused("refused-offset-nan.nii", "NaN (vox_offset)");
    refused("refused-cut.nii", "end at byte 472, the file has 471");
    refused("refused-cut.nii.gz", "between bytes 352 and 472");
    refused("refused-cut-stream.nii.gz", "cut short");
    refused("refused-checksum.nii.gz", "checksum");
    refused("refused-bomb.nii.gz", "cannot hold the 500000352");
}

#[track_caller]
fn says(name: &str, expected: &[&str]) {
    let volume = open(&Path::new(FIXTURES).join(name))
        .and_then(|mut it| it.volume(0))
        .expect(name);
    assert_eq!(volume.chain, expected, "{name}");
    assert_eq!(
        volume.scale.unit.is_some(),
        name.starts_with("ct"),
        "{name}"
    );
}

#[test]
fn the_chain_says_what_was_done() {
    let sform = "place from sform (scanner)";
    says(
        "ct.nii.gz",
        &[
            "NIfTI-1, int16 little-endian, 24x20x16",
            sform,
            "gzip",
            "HU, judged by the values",
        ],
    );
    says(
        "scaled.nii",
        &[
            "NIfTI-1, int16 little-endian, 5x4x3",
            "rescale 0.30000001192092896 * stored + -1000.7000122070313",
            sform,
        ],
    );
    says(
        "nan.nii",
        &[
            "NIfTI-1, float32 little-endian, 5x4x3",
            sform,
            "voxels that are not a number: 9",
            "voxels that are infinite: 1",
        ],
    );
    says(
        "analyze.hdr",
        &[
            "ANALYZE 7.5, int16 little-endian, 5x4x3",
            "no place in the patient: left and right are not known",
            "spacing from pixdim",
        ],
    );
    says(
        "both-forms.nii",
        &[
            "NIfTI-1, uint8 little-endian, 5x4x3",
            sform,
            "directions are in doubt: LPS by sform, RAS by qform",
        ],
    );
    says(
        "vector.nii",
        &[
            "NIfTI-1, float32 little-endian, 4x3x2, 2 times, 3 components",
            sform,
            "time 1/2, component 1/3",
        ],
    );
}
