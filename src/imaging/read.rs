//! A path in, its bytes and what kind of file they are out; refuses what is not a regular file of sane size.

use std::io::{ErrorKind, Read};

use super::Fallible;
use super::guard::MAX_FILE_BYTES;

/// What the first bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// DICOM whose file meta group begins at this byte.
    Dicom {
        /// 132 behind a preamble, 0 without one.
        meta: usize,
    },
    /// Something that is not read, with its article.
    Other(&'static str),
}

/// First bytes of what people try to open and we do not read.
const OTHERS: [(usize, &[u8], &str); 14] = [
    (0, b"GIF8", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (8, b"WEBP", "a WebP picture"),
    (4, b"ftyp", "an HEIF picture or a video"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (344, b"n+1\0", "a NIfTI volume"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
];

/// Decides by content.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Kind::Png;
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Kind::Jpeg;
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Kind::Dicom { meta: 132 };
    }
    if bytes.starts_with(b"\x02\0\0\0UL") {
        return Kind::Dicom { meta: 0 };
    }
    let known = OTHERS
        .iter()
        .find(|(at, magic, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    match known {
        Some((_, _, what)) => Kind::Other(what),
        None if bytes.is_empty() => Kind::Other("an empty file"),
        None if is_text(bytes) => Kind::Other("a text file"),
        None => Kind::Other("not a kind of picture that is known here"),
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
pub(super) fn file(path: &str) -> Fallible<Vec<u8>> {
    let about = fs_err::metadata(path).map_err(|error| because(&error))?;
    if about.is_dir() {
        return Err("is a folder, expected one picture file: name a file in it".to_owned());
    }
    if !about.is_file() {
        return Err(
            "is not a regular file, expected a picture: save it to a file first".to_owned(),
        );
    }
    let too_large = |bytes: u64| {
        format!(
            "is too large: {} MiB, at most {} are read",
            bytes >> 20,
            MAX_FILE_BYTES >> 20
        )
    };
    if about.len() > MAX_FILE_BYTES {
        return Err(too_large(about.len()));
    }
    let file = fs_err::File::open(path).map_err(|error| because(&error))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| because(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

fn because(error: &std::io::Error) -> String {
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
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        assert_eq!(kind(&dicom), Kind::Dicom { meta: 132 });
        assert_eq!(kind(b"\x02\0\0\0UL\x04\0"), Kind::Dicom { meta: 0 });
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Kind::Png);
        assert_eq!(kind(&[0xff, 0xd8, 0xff, 0xe0]), Kind::Jpeg);
        assert_eq!(kind(b"GIF89a"), Kind::Other("a GIF picture"));
        assert_eq!(kind(b""), Kind::Other("an empty file"));
        assert_eq!(kind("caf\u{e9}\n".as_bytes()), Kind::Other("a text file"));
        assert_eq!(
            kind(&[7, 200, 0]),
            Kind::Other("not a kind of picture that is known here")
        );
    }
}
