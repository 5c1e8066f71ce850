//! Bytes in, read as a NIfTI volume and cut in every plane.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use medlab::imaging::nifti;
use medlab::imaging::plane::{Plane, View};

/// Cuts the middle of every plane.
fn look(bytes: &[u8]) -> Result<(), String> {
    let mut file = nifti::open(Cursor::new(bytes))?;
    let (size, times) = (file.header().size, file.header().volumes());
    file.slice(size[2] - 1, times - 1)?;
    let volume = file.volume(times - 1)?;
    for plane in Plane::ALL {
        let view = View::new(&volume, plane)?;
        view.slice(&volume, view.slices() / 2)?;
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    if let Err(problem) = look(bytes) {
        assert!(
            !problem.is_empty() && !problem.ends_with('.'),
            "{problem:?}"
        );
    }
});
