//! Fixtures cut short and with changed bytes in; no panic, little memory and little time must come out.

use std::io::Cursor;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use medlab::imaging::nifti;
use medlab::imaging::plane::{Plane, View};
use medlab::imaging::slab::{Projection, Thickness};
use medlab::imaging::volume::Volume;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nifti");
const CUTS: usize = 200;
const FLIPS: usize = 1000;

/// A generator whose numbers are the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0);
        number % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }
}

/// What became of the inputs.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    refused: usize,
    longest: Duration,
}

impl Tally {
    fn try_out(&mut self, header: &[u8], values: Option<&[u8]>) {
        let start = Instant::now();
        nifti::sniff(header);
        let done = match values {
            None => nifti::open(Cursor::new(header)).and_then(all),
            Some(values) => {
                nifti::open_pair(Cursor::new(header), Cursor::new(values)).and_then(all)
            }
        };
        match done {
            Ok(()) => self.read += 1,
            Err(problem) => {
                assert!(!problem.is_empty() && !problem.ends_with('.'), "{problem}");
                self.refused += 1;
            }
        }
        self.longest = self.longest.max(start.elapsed());
    }
}

/// Everything that can be done with a file.
fn all(mut file: nifti::Nifti<Cursor<&[u8]>>) -> Result<(), String> {
    let header = file.header().clone();
    let (slices, volumes) = (header.size[2], header.volumes());
    file.slice(slices - 1, volumes - 1)?;
    let volume = file.volume(volumes - 1)?;
    look(&volume)?;
    if volumes > 1 {
        file.slice(0, volumes / 2)?;
        file.volume(0)?;
    }
    Ok(())
}

fn look(volume: &Volume) -> Result<(), String> {
    for plane in Plane::ALL {
        let view = View::new(volume, plane)?;
        let middle = view.slices() / 2;
        view.letters();
        let slab = view.slab(
            volume,
            middle,
            Thickness::Millimetres(7.0),
            Projection::Mean,
        )?;
        assert_eq!((slab.width, slab.height), (view.width(), view.height()));
        view.slice(volume, view.slices() - 1)?;
    }
    Ok(())
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::fast())
        .read_to_end(&mut out)
        .expect("memory takes every write");
    out
}

/// One to four bytes changed, within the first `within`.
fn changed(bytes: &[u8], within: usize, most: usize, dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(most) {
        let at = dice.below(within.min(out.len()));
        let byte = match dice.below(4) {
            0 => 0,
            1 => 0xff,
            2 => out[at] ^ (1 << dice.below(8)),
            _ => dice.byte(),
        };
        out[at] = byte;
    }
    out
}

fn fuzz(path: &Path, tally: &mut Tally, dice: &mut Dice) {
    let read = |path: &Path| std::fs::read(path).expect("a fixture");
    let whole = read(path);
    let partner = nifti::partners(path)
        .into_iter()
        .find(|it| it.exists())
        .map(|it| read(&it));
    let values = partner.as_deref();
    for cut in 0..CUTS {
        let end = if cut % 2 == 0 {
            cut * whole.len() / CUTS
        } else {
            dice.below(whole.len())
        };
        tally.try_out(&whole[..end], values);
        if let Some(values) = values {
            tally.try_out(&whole, Some(&values[..dice.below(values.len())]));
        }
    }
    let mut inside = Vec::new();
    let is_gzip = flate2::read::MultiGzDecoder::new(whole.as_slice())
        .read_to_end(&mut inside)
        .is_ok();
    for _ in 0..FLIPS {
        tally.try_out(&changed(&whole, whole.len(), 1, dice), values);
        if is_gzip {
            tally.try_out(&zipped(&changed(&inside, 348, 4, dice)), values);
        } else {
            tally.try_out(&changed(&whole, 348, 4, dice), values);
        }
        if let Some(values) = values {
            tally.try_out(&whole, Some(&changed(values, values.len(), 2, dice)));
        }
    }
}

/// The most memory that this process ever had, KiB.
fn peak() -> Option<usize> {
    let status = std::fs::read("/proc/self/status").ok()?;
    let status = String::from_utf8(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn damaged_files_end_in_a_sentence_or_a_volume() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(FIXTURES)
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            !path.to_string_lossy().ends_with(".tsv") && !path.to_string_lossy().contains(".img")
        })
        .collect();
    files.sort();
    assert!(files.len() > 60);
    let before = peak();
    let (mut tally, mut dice) = (Tally::default(), Dice(0x5eed));
    for path in &files {
        fuzz(path, &mut tally, &mut dice);
    }
    let after = peak();
    println!(
        "{} files, {tally:?}, peak {before:?} to {after:?} KiB",
        files.len()
    );
    assert!(tally.read > 10_000 && tally.refused > 10_000, "{tally:?}");
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after - before < 256 << 10, "{} KiB", after - before);
    }
}
