//! A deflated data set in (PS3.5 A.5), its bytes out: all of them up to a limit, or as many as its header takes.

use std::io::Read as _;

use crate::imaging::{Fallible, guard};

/// Bytes of a data set in which its pixel data almost always begins.
pub(super) const SHORT_HEADER: u64 = 1 << 20;
/// And in which it begins always: longer values are refused.
pub(super) const LONG_HEADER: u64 = 80 << 20;
/// Bytes that are unpacked at once.
const PORTION: usize = 32 << 20;

/// All of it. It grows by portions: doubling would ask for more memory than the limit.
pub(super) fn all(packed: &[u8]) -> Fallible<Vec<u8>> {
    let mut data = Vec::new();
    let mut inflater = flate2::read::DeflateDecoder::new(packed);
    loop {
        let len = data.len();
        if data.try_reserve_exact(PORTION).is_err() {
            return Err(too_large());
        }
        let read = (&mut inflater).take(PORTION as u64).read_to_end(&mut data);
        if read.is_err() {
            return Err(damaged());
        }
        if data.len() as u64 > guard::MAX_INFLATED_BYTES {
            return Err(too_large());
        }
        if data.len() == len {
            return Ok(data);
        }
    }
}

/// The first bytes of it, as far as they can be unpacked.
pub(super) fn head(packed: &[u8], most: u64) -> Fallible<Vec<u8>> {
    let mut data = Vec::new();
    let read = flate2::read::DeflateDecoder::new(packed)
        .take(most)
        .read_to_end(&mut data);
    if read.is_err() && data.is_empty() {
        return Err(damaged());
    }
    Ok(data)
}

fn damaged() -> String {
    "is a damaged DICOM file: its deflated data cannot be unpacked".to_owned()
}

fn too_large() -> String {
    format!(
        "is too large: more than {} MiB when unpacked, no more is read",
        guard::MAX_INFLATED_BYTES >> 20
    )
}
