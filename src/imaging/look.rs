//! A source in, what it is out, without decoding a pixel and without reading more than it takes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::about::About;
use super::source::Source;
use super::{Fallible, dicom, guard, raster, read, volume_file};

/// First bytes that are read of a file; what comes before the pixels is almost always shorter.
const HEAD: u64 = 64 << 10;
/// Then this much, then everything.
const LONGER_HEAD: u64 = 4 << 20;

/// Taken where much of a file is read or unpacked to look at it: one at a time, however many are looked at.
static LARGE: Mutex<()> = Mutex::new(());

/// Waits until no other large file is looked at.
pub(super) fn large() -> MutexGuard<'static, ()> {
    // it guards no data that a panic could leave half-written
    LARGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at a file's header. Cheap: for scanning folders.
pub(super) fn about(source: &Source) -> Fallible<About> {
    let mut last = Err("is an empty file, expected a picture".to_owned());
    for most in [HEAD, LONGER_HEAD, guard::MAX_FILE_BYTES] {
        let _one = (most > LONGER_HEAD).then(large);
        let bytes = source.head(most)?;
        last = guard::catch(|| of_bytes(&bytes));
        let is_hopeless = matches!(read::kind(&bytes), read::Kind::Other(_));
        if last.is_ok() || is_hopeless || (bytes.len() as u64) < most {
            break;
        }
    }
    last
}

/// The same for bytes that are at hand.
pub(super) fn of_bytes(bytes: &[u8]) -> Fallible<About> {
    match read::kind(bytes) {
        read::Kind::Dicom => dicom::File::header(bytes)?.about(),
        read::Kind::Raster(format) => raster::about(bytes, format),
        read::Kind::Nifti => volume_file::about(bytes),
        read::Kind::Other(what) => Err(refused(what)),
    }
}

/// Why something is not opened.
pub(super) fn refused(what: &str) -> String {
    format!(
        "is {what}, expected a DICOM or NIfTI file or a PNG, JPEG, TIFF, WebP, BMP or GIF picture: convert it first"
    )
}
