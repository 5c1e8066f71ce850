//! Pictures in, their values before any window out as one `NumPy` file (`.npy`, version 1.0), frame by frame.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::files;
use crate::error::Failure;
use crate::imaging::frame::{Frame, Values};
use crate::imaging::{self, View};

/// Bytes of the header, a multiple of 64, with room for every shape.
const HEADER: usize = 128;

/// What all frames of one file have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    rows: usize,
    columns: usize,
    colour: bool,
}

/// Writes `[frames, rows, columns]` f32, or `[frames, rows, columns, 3]` u8 for colour; says what it wrote.
pub(super) fn write(names: &[String], view: &View, path: &Path) -> anyhow::Result<String> {
    files::may_be_written(path)?;
    let cannot = |error: std::io::Error| files::cannot(path, &error);
    let mut file = std::io::BufWriter::new(fs_err::File::create(path).map_err(cannot)?);
    let wrote = write_all(&mut file, names, view, &cannot);
    if wrote.is_err() {
        // half of the values would be mistaken for all of them; what cannot be removed has no header
        let _ = fs_err::remove_file(path);
    }
    Ok(format!("values {} to {}", wrote?, path.display()))
}

/// The values, then the header in front of them; says their shape.
fn write_all(
    file: &mut (impl Write + Seek),
    names: &[String],
    view: &View,
    cannot: &impl Fn(std::io::Error) -> Failure,
) -> anyhow::Result<String> {
    file.write_all(&[0; HEADER]).map_err(cannot)?;
    let (mut shape, mut frames) = (None, 0);
    imaging::values(names, view, &mut |frame| {
        let of = Shape {
            rows: frame.height,
            columns: frame.width,
            colour: matches!(frame.values, Values::Rgb(_)),
        };
        if *shape.get_or_insert(of) != of {
            return Err(format!(
                "frame {} has another size or kind than the first; write them one by one",
                frames + 1
            ));
        }
        frames += 1;
        append(file, frame).map_err(|error| format!("the values cannot be written: {error}"))
    })?;
    let shape = shape.ok_or_else(|| Failure::Usage("there are no frames to write".to_owned()))?;
    file.seek(SeekFrom::Start(0)).map_err(cannot)?;
    file.write_all(&header(shape, frames)).map_err(cannot)?;
    file.flush().map_err(cannot)?;
    Ok(shape.says(frames))
}

fn append(file: &mut impl Write, frame: &Frame) -> std::io::Result<()> {
    match &frame.values {
        Values::Grey(values) => {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            file.write_all(&bytes)
        }
        Values::Rgb(rgb) => file.write_all(rgb),
    }
}

impl Shape {
    fn says(self, frames: usize) -> String {
        let Self { rows, columns, .. } = self;
        if self.colour {
            format!("[{frames}, {rows}, {columns}, 3] u8")
        } else {
            format!("[{frames}, {rows}, {columns}] f32")
        }
    }
}

/// Magic, version, length, dictionary, blanks, line feed: <https://numpy.org/neps/nep-0001-npy-format.html>.
fn header(shape: Shape, frames: usize) -> Vec<u8> {
    let Shape { rows, columns, .. } = shape;
    let (descr, last) = if shape.colour {
        ("|u1", ", 3")
    } else {
        ("<f4", "")
    };
    let dictionary = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({frames}, {rows}, {columns}{last}), }}"
    );
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend([u8::try_from(HEADER - 10).expect("a small header"), 0]);
    header.extend(dictionary.as_bytes());
    header.resize(HEADER - 1, b' ');
    header.push(b'\n');
    header
}
