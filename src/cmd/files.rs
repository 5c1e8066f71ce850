//! A path and what belongs there in, a file out: a new one or one over another file, never over a device or a folder.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context as _;
use image::{ImageFormat, RgbImage};

use super::because;
use crate::error::Failure;

/// Writes bytes.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    may_be_written(path)?;
    fs_err::write(path, bytes).map_err(|error| cannot(path, &error))
}

/// Writes a file piece by piece: it is there when it is whole, and not before.
pub(super) fn whole(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    may_be_written(path)?;
    let cannot = |error: std::io::Error| cannot(path, &error);
    // a link is followed: what it leads to is written, not the link itself
    let target = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let draft = target.with_file_name(name);
    let file = fs_err::File::create(&draft).map_err(cannot)?;
    let mut out = std::io::BufWriter::new(file);
    let written = write(&mut out)
        .and_then(|()| Ok(out.flush().map_err(cannot)?))
        .and_then(|()| Ok(fs_err::rename(&draft, &target).map_err(cannot)?));
    if written.is_err() {
        let _ = fs_err::remove_file(&draft);
    }
    written
}

/// Writes a picture of `height * width * 3` bytes as PNG; says what it wrote.
pub(super) fn png(
    path: &Path,
    (width, height): (usize, usize),
    rgb: &[u8],
) -> anyhow::Result<String> {
    write(path, &png_bytes((width, height), rgb)?)?;
    Ok(format!("{width}x{height} pixels to {}", path.display()))
}

/// The same as bytes.
pub(super) fn png_bytes((width, height): (usize, usize), rgb: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (across, down) = (u32::try_from(width)?, u32::try_from(height)?);
    let picture =
        RgbImage::from_raw(across, down, rgb.to_vec()).context("a picture of another size")?;
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// Refuses what is there already and is no file.
pub(super) fn may_be_written(path: &Path) -> Result<(), Failure> {
    match fs_err::metadata(path) {
        Ok(there) if there.is_dir() => Err(fail(path, "it is a folder")),
        Ok(there) if !there.is_file() => Err(fail(path, "it is not a regular file")),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Why a file could not be written, in one sentence.
pub(super) fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => fail(path, "no such folder"),
        _ => fail(path, &because(error)),
    }
}

fn fail(path: &Path, problem: &str) -> Failure {
    Failure::Usage(format!("{} cannot be written: {problem}", path.display()))
}
