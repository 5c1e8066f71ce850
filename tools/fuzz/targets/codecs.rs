//! Seven bytes that say what a frame is and the frame in, decoded by the transfer syntax's decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(file) = medlab_fuzz::wrapped(bytes) {
        medlab_fuzz::open("x.dcm", &file);
    }
});
