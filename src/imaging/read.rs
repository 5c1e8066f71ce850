//! A path in, its bytes and what kind of file they are out; refuses what is not a regular file of sane size.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::guard::MAX_FILE_BYTES;
use super::{Fallible, Format, dicom};

/// What the first bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// PNG, JPEG, TIFF …
    Raster(Format),
    /// DICOM, with or without preamble and meta group.
    Dicom,
    /// NIfTI or ANALYZE, or a gzip archive that may hold one.
    Nifti,
    /// Something that is not read, with its article.
    Other(&'static str),
}

/// First bytes of pictures: where, what, which.
const RASTERS: [(usize, &[u8], Format); 10] = [
    (0, b"\x89PNG\r\n\x1a\n", Format::Png),
    (0, &[0xff, 0xd8, 0xff], Format::Jpeg),
    (0, b"II*\0", Format::Tiff),
    (0, b"MM\0*", Format::Tiff),
    (0, b"II+\0", Format::Tiff),
    (0, b"MM\0+", Format::Tiff),
    (8, b"WEBP", Format::WebP),
    (0, b"GIF87a", Format::Gif),
    (0, b"GIF89a", Format::Gif),
    (0, b"BM", Format::Bmp),
];

/// First bytes of NIfTI: version 1 in either order of bytes, version 2 likewise, gzip.
const VOLUMES: [(usize, &[u8]); 7] = [
    (0, &[0x5c, 1, 0, 0]),
    (0, &[0, 0, 1, 0x5c]),
    (4, b"n+2\0"),
    (4, b"ni2\0"),
    (344, b"n+1\0"),
    (344, b"ni1\0"),
    (0, b"\x1f\x8b"),
];

/// First bytes of what people try to open and we do not read.
const OTHERS: [(usize, &[u8], &str); 8] = [
    (4, b"ftyp", "an HEIF picture or a video"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"RIFF", "a sound or a video"),
];

/// Decides by content. DICOM comes first: its preamble may look like anything.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    if bytes.get(128..132) == Some(b"DICM") {
        return Kind::Dicom;
    }
    let is = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if let Some((.., format)) = RASTERS.iter().find(|(at, magic, _)| is(*at, magic)) {
        return Kind::Raster(*format);
    }
    if VOLUMES.iter().any(|(at, magic)| is(*at, magic)) {
        return Kind::Nifti;
    }
    if let Some((.., what)) = OTHERS.iter().find(|(at, magic, _)| is(*at, magic)) {
        return Kind::Other(what);
    }
    match bytes {
        [] => Kind::Other("an empty file"),
        _ if dicom::looks_like(bytes) => Kind::Dicom,
        _ if is_text(bytes) => Kind::Other("a text file"),
        _ => Kind::Other("not a kind of picture that is known here"),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        // the cut may go through the middle of a character
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    whole.chars().all(|c| !c.is_control() || c.is_whitespace())
}

/// The bytes of a regular file that is not too large.
pub(super) fn file(path: &Path) -> Fallible<Vec<u8>> {
    let file = regular(path)?;
    let len = file.metadata().map_or(0, |about| about.len());
    let mut bytes = Vec::new();
    // as much as it needs: growing step by step would take up to twice of that
    usize::try_from(len)
        .ok()
        .and_then(|len| bytes.try_reserve_exact(len + 1).ok())
        .ok_or_else(|| too_large(len))?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| because(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// The first bytes of a regular file, at most so many.
pub(super) fn head(path: &Path, most: u64) -> Fallible<Vec<u8>> {
    let mut bytes = Vec::new();
    regular(path)?
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| because(&error))?;
    Ok(bytes)
}

fn too_large(bytes: u64) -> String {
    format!(
        "is too large: {} MiB, at most {} are read",
        bytes >> 20,
        MAX_FILE_BYTES >> 20
    )
}

fn regular(path: &Path) -> Fallible<fs_err::File> {
    let about = fs_err::metadata(path).map_err(|error| because(&error))?;
    if about.is_dir() {
        return Err("is a folder, expected one picture file: name a file in it".to_owned());
    }
    if !about.is_file() {
        return Err(
            "is not a regular file, expected a picture: save it to a file first".to_owned(),
        );
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(too_large(about.len()));
    }
    fs_err::File::open(path).map_err(|error| because(&error))
}

pub(super) fn because(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        ErrorKind::NotADirectory => "no such file: a part of its path is not a folder".to_owned(),
        ErrorKind::InvalidFilename => "no such file: the name is too long".to_owned(),
        ErrorKind::InvalidInput => "no such file: the name holds a zero character".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let check = |bytes: &[u8], expected: Kind| assert_eq!(kind(bytes), expected, "{bytes:?}");
        let mut dicom = b"II*\0".to_vec();
        dicom.resize(128, 0);
        dicom.extend(b"DICM");
        check(&dicom, Kind::Dicom);
        check(b"\x02\0\0\0UL\x04\0", Kind::Dicom);
        check(b"\x08\0\x05\0\x0a\0\0\0ISO_IR 100", Kind::Dicom);
        check(b"\0\x08\0\x05CS\0\x0aISO_IR 100", Kind::Dicom);
        check(b"\x89PNG\r\n\x1a\n", Kind::Raster(Format::Png));
        check(&[0xff, 0xd8, 0xff, 0xe0], Kind::Raster(Format::Jpeg));
        check(b"GIF89a", Kind::Raster(Format::Gif));
        check(b"RIFF....WEBPVP8 ", Kind::Raster(Format::WebP));
        check(&[0x5c, 1, 0, 0, 0], Kind::Nifti);
        check(b"RIFF....WAVEfmt ", Kind::Other("a sound or a video"));
        check(b"", Kind::Other("an empty file"));
        check("caf\u{e9}\n".as_bytes(), Kind::Other("a text file"));
        check(
            &[7, 200, 0],
            Kind::Other("not a kind of picture that is known here"),
        );
    }
}
