//! A file's name and bytes in, what we remember of it out; never a patient tag, never a folder.

use std::fmt::Write as _;
use std::io::Read as _;

use sha2::{Digest, Sha256};

use super::Window;

/// What we remember of where a picture came from. Never a patient tag, never a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// File name without its folder and with control characters escaped, or `sample:NAME`.
    pub name: String,
    /// Lower-case hex SHA-256 of the file's bytes.
    pub sha256: String,
    /// What the bytes were.
    pub format: Format,
    /// Which frame or slice of the file, from 1; `None` when the file holds one picture.
    pub frame: Option<usize>,
    /// The window that made grey values 8-bit; `None` when none was needed.
    pub window: Option<Window>,
    /// The steps from stored values to 8-bit RGB, in order, in the field's words.
    pub chain: Vec<String>,
}

/// What a file's bytes were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// A drawing that ships inside the program.
    Sample,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// TIFF.
    Tiff,
    /// WebP.
    WebP,
    /// BMP.
    Bmp,
    /// GIF.
    Gif,
    /// DICOM.
    Dicom,
    /// NIfTI, or ANALYZE.
    Nifti,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sample => "sample",
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Dicom => "DICOM",
            Self::Nifti => "NIfTI",
        })
    }
}

/// Lower-case hex SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    })
}

/// The same of a file, a piece at a time.
pub(crate) fn sha256_of_file(path: &std::path::Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = fs_err::File::open(path)?;
    let mut piece = vec![0; 1 << 18];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&piece[..n]),
        }
    }
}

/// The last part of a path, safe to print.
pub(crate) fn file_name(path: &str) -> String {
    let name = std::path::Path::new(path)
        .file_name()
        .map_or(path.into(), std::ffi::OsStr::to_string_lossy);
    printable(&name)
}

/// The text with control characters (escape sequences, newlines, direction marks) written out as escapes.
pub(super) fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_control() || is_invisible(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

/// What a decoder of somebody else says of a failure, as the end of a sentence of ours.
pub(super) fn reason(error: &impl std::fmt::Display) -> String {
    printable(error.to_string().trim_end_matches(['.', ' ', '\n']))
}

/// Marks that change the order or the look of what surrounds them and show nothing themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
