//! A folder and sizes in, files to measure with out: a series of noisy slices, and long sessions made of a recorded one.

use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::signs::{LAST, QUESTION, Signs};

/// Pixels across and down a slice.
const SIDE: i32 = 512;

/// Slices of the series.
pub(super) const SLICES: i16 = 40;

/// Rows that an answer of a made session has at least: its pieces are recorded ones, so the width of the screen decides.
const PIECES_PER_ROW: usize = 12;

/// Writes a volume of 512 × 512 × 40 values (`NIfTI-1`, 16 bits, little endian): an ellipse that grows, with noise of 20, in
/// numbers such as CT has. Noise decides how many bytes a slice is.
pub(super) fn series(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("series.nii");
    let mut out = BufWriter::new(fs_err::File::create(&path)?);
    out.write_all(&header())?;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for z in 0..SLICES {
        let reach = 150 + i32::from(z);
        for at in 0..SIDE * SIDE {
            let (x, y) = (at % SIDE - SIDE / 2, at / SIDE - SIDE / 2);
            let is_inside = x * x + y * y * 3 / 2 < reach * reach;
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            // the sum of four even draws is nearly normal, of standard deviation 20
            let draws = (0..4).map(|nth| i16::try_from((seed >> (nth * 8)) % 35).unwrap_or(0));
            let noise: i16 = draws.sum::<i16>() - 68;
            let value = if is_inside { 40 + noise } else { -1000 + noise };
            out.write_all(&value.to_le_bytes())?;
        }
    }
    out.flush()?;
    Ok(path)
}

/// The fields of <https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h> that matter, and four empty bytes after them.
fn header() -> [u8; 352] {
    let mut header = [0; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    let side = i16::try_from(SIDE).expect("512");
    for (nth, n) in (0_usize..).zip([3, side, side, SLICES, 1, 1, 1, 1]) {
        put(40 + nth * 2, &n.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes());
    put(72, &16_i16.to_le_bytes());
    for (nth, size) in (0_usize..).zip([1.0, 0.7, 0.7, 2.0]) {
        put(76 + nth * 4, &f32::to_le_bytes(size));
    }
    put(108, &352_f32.to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    // millimetres; place in the scanner by rows
    put(123, &[2]);
    put(254, &1_i16.to_le_bytes());
    for (at, size) in [(280, -0.7), (300, -0.7), (320, 2.0)] {
        put(at, &f32::to_le_bytes(size));
    }
    put(344, b"n+1\0");
    header
}

/// Records a session of one question with the program itself: so long ones have its model, and its format.
pub(super) fn record(
    program: &Path,
    signs: &Signs,
    arguments: &[OsString],
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let path = folder.join("recorded.jsonl");
    let mut child = Command::new(program)
        .args(signs.record)
        .args(arguments)
        .args(signs.session)
        .arg(&path)
        .arg(signs.picture)
        .env("XDG_DATA_HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(format!("{QUESTION}\n").as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "no session could be recorded: {}",
        error.trim_end()
    );
    Ok(path)
}

/// How long a session is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// Rows of conversation on a usual screen, at least.
    Rows(usize),
    /// Bytes of the file.
    Bytes(usize),
}

/// The parts of a recorded session that are said again and again.
struct Recorded {
    head: String,
    turn: Value,
    answer: String,
    n_pieces: usize,
    done: String,
}

impl Recorded {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs_err::read(path)?;
        let text = String::from_utf8(bytes)?;
        let (mut head, mut turn, mut answer, mut done, mut n_pieces) =
            (String::new(), None, String::new(), None, 0);
        for (nth, line) in text.lines().enumerate() {
            let event: Value = serde_json::from_str(line)?;
            match event.get(1).and_then(Value::as_str) {
                _ if nth == 0 => head = format!("{line}\n"),
                Some("turn") if turn.is_some() => break,
                Some("turn") => turn = Some(event),
                Some("piece") if !line.contains('\u{fffd}') => {
                    n_pieces += 1;
                    answer = format!("{answer}{line}\n");
                }
                Some("done") => done = Some(format!("{line}\n")),
                _ if turn.is_none() => head = format!("{head}{line}\n"),
                _ => {}
            }
        }
        let (Some(turn), Some(done), 1..) = (turn, done, n_pieces) else {
            bail!("the recorded session has no whole turn");
        };
        Ok(Self {
            head,
            turn,
            answer,
            n_pieces,
            done,
        })
    }
}

/// Writes a session so long, whose last question is `LAST`; gives its turns.
pub(super) fn long(recorded: &Path, to: &Path, length: Length) -> anyhow::Result<usize> {
    let mut recorded = Recorded::read(recorded)?;
    // as many rows a turn as a long report has, so that the work is in rows and in turns
    let repeats = (25 * PIECES_PER_ROW).div_ceil(recorded.n_pieces);
    let rows_a_turn = repeats * recorded.n_pieces / PIECES_PER_ROW;
    let answer = recorded.answer.repeat(repeats) + &recorded.done;
    let (mut size, mut n, mut is_last) = (0, 0, false);
    let mut out = BufWriter::new(fs_err::File::create(to)?);
    out.write_all(recorded.head.as_bytes())?;
    while !is_last {
        n += 1;
        size += answer.len();
        is_last = match length {
            Length::Rows(rows) => n * rows_a_turn >= rows,
            Length::Bytes(bytes) => size >= bytes,
        };
        let turn = recorded.turn.get_mut(2).context("a turn without data")?;
        turn["n"] = n.into();
        if n > 1 {
            turn["shows"] = Value::Array(Vec::new());
        }
        if is_last {
            turn["question"] = LAST.into();
        }
        let line = recorded.turn.to_string();
        size += line.len();
        writeln!(out, "{line}")?;
        out.write_all(answer.as_bytes())?;
    }
    out.flush()?;
    Ok(n)
}

/// Tokens of the answers that a session's file has, one number an answer.
pub(super) fn tokens_of(session: &Path) -> anyhow::Result<Vec<usize>> {
    let bytes = fs_err::read(session)?;
    let lines = bytes.split(|it| *it == b'\n');
    // the last line may be on its way
    let events = lines.filter_map(|it| serde_json::from_slice::<Value>(it).ok());
    let done = events.filter(|it| it.get(1).and_then(Value::as_str) == Some("done"));
    Ok(done
        .map(|it| {
            let n = it.get(2).and_then(|it| it["new_tokens"].as_u64());
            n.and_then(|it| usize::try_from(it).ok()).unwrap_or(0)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_session_repeats_a_recorded_turn_and_ends_with_known_words() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        let recorded = "{\"version\":1}\n[0.0,\"open\",{\"name\":\"x\"}]\n[0.0,\"turn\",{\"n\":1,\"question\":\"q\",\"shows\":[1]}]\n[0.1,\"piece\",{\"id\":1,\"text\":\"one \"}]\n[0.1,\"piece\",{\"id\":2,\"text\":\"two.\"}]\n[0.0,\"done\",{\"new_tokens\":2}]\n[0.0,\"turn\",{\"n\":2}]\n";
        fs_err::write(&from, recorded).unwrap();
        let n = long(&from, &to, Length::Rows(120)).unwrap();
        assert_eq!(n, 5);
        let bytes = fs_err::read(&to).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("{\"version\":1}\n[0.0,\"open\""));
        assert_eq!(text.matches("\"turn\"").count(), 5);
        assert_eq!(text.matches("\"shows\":[1]").count(), 1);
        assert_eq!(text.matches(LAST).count(), 1);
        assert_eq!(text.matches("\"piece\"").count(), 5 * 300);
        assert!(text.contains("\"n\":5,"));
        assert_eq!(tokens_of(&to).unwrap(), [2; 5]);
        long(&from, &to, Length::Bytes(200_000)).unwrap();
        let size = fs_err::metadata(&to).unwrap().len();
        assert!((200_000..250_000).contains(&size), "{size}");
        fs_err::write(&from, "{}\n").unwrap();
        assert!(long(&from, &to, Length::Rows(1)).is_err());
    }

    #[test]
    fn the_series_is_as_long_as_its_header_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = series(folder.path()).unwrap();
        let bytes = fs_err::read(path).unwrap();
        assert_eq!(bytes.len(), 352 + 512 * 512 * 2 * 40);
        assert_eq!(bytes[344..348], *b"n+1\0");
    }
}
