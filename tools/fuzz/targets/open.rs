//! Bytes in, opened as whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| medlab_fuzz::open("x.bin", bytes));
