//! Files in, pictures (8-bit RGB, any size, with their origin) out; looks at the bytes, never at the extension.
//!
//! `read` fetches the bytes, [`decode`] decides what they are and hands them to one decoder a kind;
//! every decoder gives the same thing: size, RGB bytes, and the steps it took, in words.

mod dicom;
mod guard;
mod origin;
mod raster;
mod read;
mod samples;
mod scan;
mod stored;
pub mod window;

pub(crate) use origin::sha256;
pub use origin::{Format, Origin};
pub use samples::{Sample, samples};
pub use window::Window;

/// A decoded picture: `rgb` holds `height * width * 3` bytes, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width * 3` bytes: red, green, blue.
    pub rgb: Vec<u8>,
    /// Where it came from and how it became 8-bit.
    pub origin: Origin,
}

/// Why a picture could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct Error {
    /// The name as it was given, control characters escaped.
    pub name: String,
    /// One sentence: what it was, what was expected, what to do.
    pub problem: String,
}

/// What a decoder gives: everything of a picture but its name and hash.
struct Decoded {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    format: Format,
    window: Option<Window>,
    chain: Vec<String>,
}

/// A decoder's result; the sentence lacks only the file's name.
type Fallible<T> = Result<T, String>;

/// Opens a file, or `sample:NAME`.
///
/// # Errors
/// When it is missing, not a picture, damaged, or too large.
pub fn open(source: &str) -> Result<Picture, Error> {
    if let Some(name) = source.strip_prefix("sample:") {
        return open_sample(source, name);
    }
    let bytes = read::file(source).map_err(|problem| error(source, problem))?;
    decode(source, &bytes)
}

/// Decodes bytes that came from somewhere else than a file; `name` is what the picture is called.
///
/// # Errors
/// When they are not a picture, damaged, or too large.
pub fn decode(name: &str, bytes: &[u8]) -> Result<Picture, Error> {
    let decoded = guard::catch(|| by_content(bytes)).map_err(|problem| error(name, problem))?;
    Ok(Picture {
        width: decoded.width,
        height: decoded.height,
        rgb: decoded.rgb,
        origin: Origin {
            name: origin::file_name(name),
            sha256: sha256(bytes),
            format: decoded.format,
            frame: None,
            window: decoded.window,
            chain: decoded.chain,
        },
    })
}

fn open_sample(source: &str, name: &str) -> Result<Picture, Error> {
    let Some(png) = samples::bytes(name) else {
        let names: Vec<_> = samples().iter().map(|sample| sample.name).collect();
        return Err(error(
            source,
            format!("no such sample, expected one of {}", names.join(" ")),
        ));
    };
    let mut picture = decode(source, png)?;
    source.clone_into(&mut picture.origin.name);
    picture.origin.format = Format::Sample;
    Ok(picture)
}

fn by_content(bytes: &[u8]) -> Fallible<Decoded> {
    match read::kind(bytes) {
        read::Kind::Png => raster::png(bytes),
        read::Kind::Jpeg => raster::jpeg(bytes),
        read::Kind::Dicom { meta } => dicom::decode(bytes, meta),
        read::Kind::Other(what) => Err(format!(
            "is {what}, expected a PNG, a JPEG or a DICOM file: convert it first"
        )),
    }
}

fn error(name: &str, problem: String) -> Error {
    Error {
        name: origin::printable(name),
        problem,
    }
}
