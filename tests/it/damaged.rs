//! Every picture fixture cut short and with changed bytes in; a picture or one sentence out, and never a panic.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use medlab::imaging;
use rayon::prelude::*;

use crate::hostile_files::{Says, check_sentence, compressed};

/// With this variable set, every file is cut at [`CUTS`] places and changed at [`FLIPS`]; without it fewer, by its size.
const THOROUGH: &str = "MEDLAB_THOROUGH";
/// More files to damage: a folder.
const CORPUS: &str = "MEDLAB_CORPUS";
const CUTS: usize = 200;
const FLIPS: usize = 1000;
/// Bytes of a file, over all its damaged copies, that are decoded where it is not thorough.
const BYTES_A_FILE: usize = 250_000;
/// What a panic in a decoder is answered with.
const PANICKED: &str = "in a way that its decoder cannot handle";

/// A generator whose numbers are the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    /// Its own numbers for every file.
    fn of(name: &str) -> Self {
        let seed = name.bytes().fold(0x5eed_u64, |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(seed | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap();
        number % limit.max(1)
    }

    /// A byte that is often one of those which mean something.
    fn byte(&mut self, now: u8) -> u8 {
        match self.below(5) {
            0 => 0,
            1 => 0xff,
            2 => now ^ (1 << self.below(8)),
            3 => !now,
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }
}

/// A file and where it came from.
struct Fixture {
    name: String,
    bytes: Vec<u8>,
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Pictures and volumes in the folders of fixtures, and compressed frames put into DICOM files.
fn fixtures() -> Vec<Fixture> {
    let mut files = Vec::new();
    for folder in ["images", "nifti", "golden/pictures"] {
        walk(&data().join(folder), &mut files);
    }
    if let Some(corpus) = std::env::var_os(CORPUS) {
        walk(Path::new(&corpus), &mut files);
    }
    files.sort();
    let is_text = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        ["md", "tsv", "json", "jls"]
            .iter()
            .any(|text| extension == *text)
    };
    files.retain(|path| !is_text(path));
    let read = |path: PathBuf| {
        let short = path.strip_prefix(data()).unwrap_or(&path);
        Fixture {
            name: short.to_string_lossy().into_owned(),
            bytes: fs_err::read(&path).unwrap(),
        }
    };
    let mut fixtures: Vec<Fixture> = files.into_iter().map(read).collect();
    fixtures.extend(frames());
    fixtures.extend(jpeg_ls());
    fixtures
}

fn rows(table: &str) -> Vec<Vec<String>> {
    let text = fs_err::read_to_string(data().join(table)).unwrap();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(cells)
        .collect()
}

fn frames() -> impl Iterator<Item = Fixture> {
    rows("frames/frames.tsv").into_iter().map(|row| {
        let number = |cell: usize| row[cell].parse::<u16>().unwrap();
        let syntax = format!("1.2.840.10008.1.2.{}", row[1]);
        let says = Says {
            syntax: &syntax,
            columns: number(2),
            rows: number(3),
            samples: number(4),
            allocated: number(5),
            stored: number(6),
            signed: row[7] == "1",
            photometric: if number(4) == 1 { "MONOCHROME2" } else { "RGB" },
        };
        let name = format!("frames/{}.frame", row[0]);
        let frame = fs_err::read(data().join(&name)).unwrap();
        Fixture {
            bytes: compressed(&says, &[], &frame),
            name,
        }
    })
}

fn jpeg_ls() -> impl Iterator<Item = Fixture> {
    rows("images/jls/jls.tsv").into_iter().filter_map(|row| {
        let number = |cell: usize| row[cell].parse::<u16>().unwrap();
        let (samples, bits) = (number(3), number(4));
        // DICOM knows one or three samples a pixel
        let photometric = match samples {
            1 => "MONOCHROME2",
            3 => "RGB",
            _ => return None,
        };
        let says = Says {
            syntax: "1.2.840.10008.1.2.4.80",
            columns: number(1),
            rows: number(2),
            samples,
            allocated: if bits > 8 { 16 } else { 8 },
            stored: bits,
            signed: false,
            photometric,
        };
        let name = format!("images/jls/{}", row[0]);
        let stream = fs_err::read(data().join(&name)).unwrap();
        Some(Fixture {
            bytes: compressed(&says, &[], &stream),
            name,
        })
    })
}

/// What became of the damaged copies.
#[derive(Debug, Default)]
struct Tally {
    pictures: usize,
    refused: usize,
    /// How often each file made a decoder panic, and how it was damaged first.
    panicked: BTreeMap<String, (usize, String)>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.refused += other.refused;
        self.panicked.extend(other.panicked);
    }

    fn try_out(&mut self, name: &str, bytes: &[u8], how: &dyn Fn() -> String) {
        match imaging::decode("x.bin", bytes) {
            Ok(picture) => {
                let pixels = picture.width * picture.height;
                assert_eq!(picture.rgb.len(), pixels * 3, "{name}: {}", how());
                self.pictures += 1;
            }
            Err(error) => {
                check_sentence(&format!("{name}, {}", how()), &error.problem);
                self.refused += 1;
                if error.problem.contains(PANICKED) {
                    self.panicked
                        .entry(name.to_owned())
                        .or_insert_with(|| (0, how()))
                        .0 += 1;
                    keep(name, bytes);
                }
            }
        }
    }

    /// The header and the listing take another way than the picture: from a file.
    fn look(&mut self, name: &str, bytes: &[u8], path: &Path) {
        fs_err::write(path, bytes).unwrap();
        let file = path.to_str().unwrap();
        let looked = [imaging::header(file, true).err(), imaging::list(file).err()];
        for error in looked.into_iter().flatten() {
            check_sentence(name, &error.problem);
            if error.problem.contains(PANICKED) {
                let how = || (0, "its header".to_owned());
                self.panicked.entry(name.to_owned()).or_insert_with(how).0 += 1;
                keep(name, bytes);
            }
        }
    }

    fn of(fixture: &Fixture, thorough: bool) -> Self {
        let (name, whole) = (fixture.name.as_str(), fixture.bytes.as_slice());
        let mut tally = Self::default();
        let mut dice = Dice::of(name);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bin");
        let share = |most: usize| {
            let fewer = (BYTES_A_FILE / whole.len().max(1)).clamp(4, most);
            if thorough { most } else { fewer }
        };
        let cuts = share(CUTS);
        for cut in 0..cuts {
            let len = cut * whole.len() / cuts + dice.below(whole.len() / cuts + 1);
            let len = len.min(whole.len());
            tally.try_out(name, &whole[..len], &|| format!("cut to {len} bytes"));
        }
        let flips = share(FLIPS);
        for flip in 0..flips {
            // every other one where headers are, and several at once there
            let (places, times) = match flip % 2 {
                0 => (
                    flip * whole.len() / flips..(flip + 2) * whole.len() / flips,
                    1,
                ),
                _ => (0..1024.min(whole.len()), 1 + dice.below(3)),
            };
            let mut broken = whole.to_vec();
            let changes = change(&mut broken, &places, times, &mut dice);
            tally.try_out(name, &broken, &|| format!("changed: {changes:?}"));
            if flip % 16 < 2 {
                tally.look(name, &broken, &path);
            }
        }
        tally
    }
}

/// Changes so many bytes at these places; gives where and to what.
fn change(
    bytes: &mut [u8],
    places: &Range<usize>,
    times: usize,
    dice: &mut Dice,
) -> Vec<(usize, u8)> {
    let mut changes = Vec::new();
    for _ in 0..times {
        let at = places.start + dice.below(places.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte = dice.byte(*byte);
            changes.push((at, *byte));
        }
    }
    changes
}

/// Writes what made a decoder panic into a folder that is named for it, to be looked at.
fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("MEDLAB_KEEP_PANICS") {
        let path = Path::new(&folder).join(format!("{}.bin", name.replace('/', "_")));
        fs_err::write(path, bytes).unwrap();
    }
}

#[test]
fn damaged_files_end_in_a_picture_or_one_sentence_and_never_in_a_panic() {
    let thorough = std::env::var_os(THOROUGH).is_some();
    let mut fixtures = fixtures();
    assert!(fixtures.len() > 250, "{}", fixtures.len());
    fixtures.sort_by_key(|fixture| std::cmp::Reverse(fixture.bytes.len()));
    let all = Mutex::new(Tally::default());
    fixtures.par_iter().with_max_len(1).for_each(|fixture| {
        let tally = Tally::of(fixture, thorough);
        all.lock().unwrap().add(tally);
    });
    let all = all.into_inner().unwrap();
    println!(
        "{} files, {} pictures, {} refused",
        fixtures.len(),
        all.pictures,
        all.refused
    );
    assert!(all.pictures > 1000 && all.refused > 1000);
    assert!(
        all.panicked.is_empty(),
        "decoders panicked: {:#?}",
        all.panicked
    );
}
