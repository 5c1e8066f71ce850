//! Which kind of stack is wanted in, a folder of DICOM files of it out: for tests.

use std::path::Path;

/// DICOM files of a stack of 6 rows and 8 columns of somebody who does not exist.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) modality: &'static str,
    pub(super) orientation: &'static str,
    pub(super) n_slices: u16,
    /// Centre and width, of every slice but the last.
    pub(super) window: Option<(&'static str, &'static str)>,
    pub(super) last_window: bool,
}

pub(super) const MR: Made = Made {
    modality: "MR",
    orientation: "0\\1\\0\\0\\0\\-1",
    n_slices: 5,
    window: None,
    last_window: true,
};
pub(super) const CT: Made = Made {
    modality: "CT",
    orientation: "1\\0\\0\\0\\1\\0",
    n_slices: 4,
    window: Some(("40", "400")),
    last_window: true,
};

impl Made {
    fn write(&self, folder: &Path) {
        for slice in 0..self.n_slices {
            fs_err::write(folder.join(format!("IM{slice}")), self.file(slice)).unwrap();
        }
    }

    fn file(&self, slice: u16) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        let mut put = |tag: (u16, u16), vr: &str, value: &[u8]| element(&mut bytes, tag, vr, value);
        put((0x0002, 0x0010), "UI", b"1.2.840.10008.1.2.1");
        put((0x0008, 0x0018), "UI", format!("2.25.7.{slice}").as_bytes());
        put((0x0008, 0x0060), "CS", self.modality.as_bytes());
        put((0x0020, 0x000d), "UI", b"2.25.5");
        put((0x0020, 0x000e), "UI", b"2.25.6");
        put((0x0020, 0x0013), "IS", slice.to_string().as_bytes());
        // steps along all axes: along the normal of either orientation the places differ
        let at = 2.5 * f64::from(slice);
        let position = format!("{at}\\-20\\{at}");
        put((0x0020, 0x0032), "DS", position.as_bytes());
        put((0x0020, 0x0037), "DS", self.orientation.as_bytes());
        put((0x0028, 0x0002), "US", &1_u16.to_le_bytes());
        put((0x0028, 0x0004), "CS", b"MONOCHROME2");
        put((0x0028, 0x0010), "US", &6_u16.to_le_bytes());
        put((0x0028, 0x0011), "US", &8_u16.to_le_bytes());
        put((0x0028, 0x0030), "DS", b"0.7\\0.5");
        for (tag, value) in [(0x0100, 16_u16), (0x0101, 16), (0x0102, 15), (0x0103, 1)] {
            put((0x0028, tag), "US", &value.to_le_bytes());
        }
        put((0x0028, 0x0120), "SS", &(-2000_i16).to_le_bytes());
        let is_last = slice + 1 == self.n_slices;
        if let Some((center, width)) = self.window.filter(|_| self.last_window || !is_last) {
            put((0x0028, 0x1050), "DS", center.as_bytes());
            put((0x0028, 0x1051), "DS", width.as_bytes());
            put((0x0028, 0x1055), "LO", b"BRIGHT");
        }
        if self.modality == "CT" {
            put((0x0028, 0x1052), "DS", b"-1000");
            put((0x0028, 0x1053), "DS", b"1");
        }
        let pixels = (0..48_i16).flat_map(|i| value(i, slice).to_le_bytes());
        put((0x7fe0, 0x0010), "OW", &pixels.collect::<Vec<u8>>());
        bytes
    }
}

/// Stored values: padding in the corner, others that differ from slice to slice.
fn value(i: i16, slice: u16) -> i16 {
    let slice = i16::try_from(slice).unwrap();
    match i {
        0 | 1 => -2000,
        _ => 37 * i + 211 * slice * slice,
    }
}

/// An element of an explicit little endian data set.
fn element(bytes: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &[u8]) {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    bytes.extend(tag.0.to_le_bytes());
    bytes.extend(tag.1.to_le_bytes());
    bytes.extend(vr.as_bytes());
    if vr == "OW" {
        bytes.extend([0, 0]);
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    bytes.extend(value);
}

/// A folder with a series in it.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn of(made: Made) -> Self {
        let folder = tempfile::tempdir().unwrap();
        made.write(folder.path());
        Self(folder)
    }

    pub(super) fn name(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    pub(super) fn lose(&self, slice: u16) {
        fs_err::remove_file(self.0.path().join(format!("IM{slice}"))).unwrap();
    }
}
