//! Sizes and decoders in, a sentence out when a file asks for too much or its decoder breaks down.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::Fallible;

/// Largest file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 512 << 20;
/// Largest data that is unpacked from a deflated or gzipped file, in bytes.
pub(super) const MAX_INFLATED_BYTES: u64 = 512 << 20;
/// Most frames of a file.
const MAX_FRAMES: usize = 100_000;
/// Most slices of a volume over all points of time: an hour of functional MR has half of them.
const MAX_SLICES: usize = 1 << 18;
/// Largest width or height, in pixels.
const MAX_SIDE: usize = 16_384;
/// Largest number of pixels.
const MAX_PIXELS: usize = 100_000_000;
/// Largest decoded picture, in bytes, before it becomes 8-bit RGB.
pub(super) const MAX_DECODED_BYTES: usize = 512 << 20;

/// Refuses what has no pixels or too many, before anything is allocated.
pub(super) fn size(width: usize, height: usize, bytes_per_pixel: usize) -> Fallible<()> {
    if width == 0 || height == 0 {
        return Err(format!("has no pixels: it says it is {width}x{height}"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS {
        return Err(format!(
            "is too large: {width}x{height} pixels, at most {MAX_SIDE} a side and {} million in all are read: \
             make it smaller first",
            MAX_PIXELS / 1_000_000
        ));
    }
    let decoded = width * height * bytes_per_pixel;
    if decoded > MAX_DECODED_BYTES {
        return Err(format!(
            "is too large: {} MiB when decoded, at most {} are read: make it smaller first",
            decoded >> 20,
            MAX_DECODED_BYTES >> 20
        ));
    }
    Ok(())
}

/// Refuses more frames than a file can hold.
pub(super) fn frames(frames: usize, bytes: usize) -> Fallible<()> {
    if frames > MAX_FRAMES || frames > bytes {
        return Err(format!(
            "is a damaged DICOM file: it says it has {frames} frames in {bytes} bytes"
        ));
    }
    Ok(())
}

/// Refuses a volume of more slices, over all points of time, than can be remembered one by one.
pub(super) fn slices(slices: usize, times: usize) -> Fallible<()> {
    let all = slices.saturating_mul(times);
    if slices > MAX_SIDE || all > MAX_SLICES {
        return Err(format!(
            "is too large: {slices} slices at {times} points of time, at most {MAX_SIDE} slices and {MAX_SLICES} in all \
             are read: cut it first"
        ));
    }
    Ok(())
}

thread_local! {
    /// Whether this thread is inside a decoder, whose panics are answers and not faults of ours.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; a panic in it becomes a sentence and is not reported on the terminal.
pub(super) fn catch<T>(decode: impl FnOnce() -> Fallible<T>) -> Fallible<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !DECODING.get() {
                before(info);
            }
        }));
    });
    let outer = DECODING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(outer);
    result.unwrap_or_else(|_| Err("is damaged in a way that its decoder cannot handle".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_decoder_is_a_sentence() {
        let problem = catch(|| -> Fallible<()> { panic!("index out of bounds") }).unwrap_err();
        assert!(problem.contains("damaged"), "{problem}");
        assert!(!DECODING.get());
    }

    #[test]
    fn sizes_are_checked_before_memory_is_asked_for() {
        assert!(size(16_384, 6_000, 3).is_ok());
        assert!(size(0, 5, 1).unwrap_err().contains("no pixels"));
        assert!(size(16_385, 1, 1).unwrap_err().contains("too large"));
        assert!(size(16_000, 16_000, 1).unwrap_err().contains("million"));
        assert!(size(10_000, 9_999, 8).unwrap_err().contains("MiB"));
        assert!(slices(72, 2_000).is_ok());
        assert!(slices(16_385, 1).unwrap_err().contains("at most 16384"));
        assert!(slices(30_000, usize::MAX).is_err());
    }
}
