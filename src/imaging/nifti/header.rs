//! The first bytes of a NIfTI-1, NIfTI-2 or ANALYZE 7.5 file in, what they say about its voxels out.
//!
//! Fields and their places are those of `nifti1.h`, `nifti2.h` and `dbh.h`. Text fields and extensions may name a
//! patient and are never looked at.

use super::datatype::Datatype;
use super::fields::{Fields, Version};
use super::place::{Forms, Grid};
use crate::imaging::Fallible;
use crate::imaging::volume::MAX_VOXELS;

/// What a header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The format.
    pub version: Version,
    /// Byte order of header and values.
    pub big_endian: bool,
    /// The values are in a second file (`.img`).
    pub pair: bool,
    /// Whether the values are numbers of regions (`NIFTI_INTENT_LABEL`), not measured.
    pub labels: bool,
    /// Columns, rows, slices, each at least 1; their product is at most [`MAX_VOXELS`].
    pub size: [usize; 3],
    /// Points of time (`dim[4]`), at least 1.
    pub times: usize,
    /// Values a voxel and time (`dim[5] * dim[6] * dim[7]`), at least 1.
    pub components: usize,
    /// How a voxel is stored.
    pub datatype: Datatype,
    /// First byte of the values in their file.
    pub offset: u64,
    /// `scl_slope` and `scl_inter`, where they change anything.
    pub rescale: Option<[f64; 2]>,
    /// `cal_min` and `cal_max`, where they are a range.
    pub cal: Option<[f64; 2]>,
    /// Where the voxels lie.
    pub grid: Grid,
    /// Seconds from one point of time to the next, where the header says so.
    pub seconds: Option<f64>,
    /// What was found, in the field's words.
    pub chain: Vec<String>,
}

impl Header {
    /// Reads a header; `bytes` are the first of the file (540 or more; 348 are enough for NIfTI-1 and ANALYZE).
    ///
    /// # Errors
    /// When it is none of the three formats, damaged, or of voxels that are not read or too many.
    pub fn parse(bytes: &[u8]) -> Fallible<Self> {
        let fields = Fields::new(bytes)?;
        let raw = match fields.version {
            Version::Two => Raw::two(&fields),
            _ => Raw::one(&fields),
        };
        let datatype = Datatype::new(raw.datatype)?;
        if fields.version == Version::Analyze && datatype.is_colour() {
            return Err(
                "is an ANALYZE file in colour, whose byte order is not defined: convert it to NIfTI first".to_owned(),
            );
        }
        if (3000..3100).contains(&raw.intent) && raw.dim[1..4] == [1, 1, 1] {
            return Err("is CIFTI data on a brain's surface, expected voxels".to_owned());
        }
        let shape = Shape::new(&raw)?;
        let mut chain = vec![title(&fields, datatype, &shape)];
        let offset = raw.offset(&fields, &mut chain)?;
        let rescale = raw.rescale(&fields, datatype, &mut chain)?;
        if usize::try_from(raw.bits) != Ok(8 * datatype.bytes()) {
            chain.push(format!("bitpix is {}: datatype is believed", raw.bits));
        }
        let labels = raw.intent == 1002;
        if labels {
            chain.push("numbers of regions (intent label)".to_owned());
        }
        Ok(Self {
            version: fields.version,
            big_endian: fields.big,
            pair: fields.pair,
            labels,
            size: shape.size,
            times: shape.times,
            components: shape.components,
            datatype,
            offset,
            rescale,
            cal: range(raw.cal),
            grid: raw.forms(shape.size).grid(&mut chain),
            seconds: raw.seconds(),
            chain,
        })
    }

    /// How many volumes the file holds: `times * components`, times counted first.
    pub fn volumes(&self) -> usize {
        self.times * self.components
    }

    /// Bytes of one volume in the file.
    pub fn volume_bytes(&self) -> u64 {
        let [columns, rows, slices] = self.size;
        (columns * rows * slices * self.datatype.bytes()) as u64
    }

    /// First byte behind the values of all volumes.
    pub fn end(&self) -> u64 {
        self.offset + self.volumes() as u64 * self.volume_bytes()
    }
}

/// Whether bytes are the header of a pair; `None` when they are no header.
///
/// ANALYZE has no magic, so its sizes must be right.
pub(super) fn is_pair(bytes: &[u8]) -> Option<bool> {
    let fields = Fields::new(bytes).ok()?;
    if fields.version != Version::Analyze {
        return Some(fields.pair);
    }
    let raw = Raw::one(&fields);
    let is_sized = (1..=7).contains(&raw.dim[0]) && raw.dim[1..4].iter().all(|it| *it > 0);
    (is_sized && matches!(raw.bits, 1 | 8 | 16 | 24 | 32 | 64)).then_some(true)
}

/// The sizes of a header, checked.
struct Shape {
    size: [usize; 3],
    times: usize,
    components: usize,
}

impl Shape {
    fn new(raw: &Raw) -> Fallible<Self> {
        let rank = usize::try_from(raw.dim[0])
            .ok()
            .filter(|it| (1..=7).contains(it));
        let Some(rank) = rank else {
            return Err(format!(
                "is damaged: it says it has {} dimensions, expected 1 to 7",
                raw.dim[0]
            ));
        };
        let used = &raw.dim[1..=rank];
        let mut dim = [1_usize; 7];
        for (to, from) in dim.iter_mut().zip(used) {
            *to = usize::try_from(*from)
                .ok()
                .filter(|it| *it > 0)
                .ok_or_else(|| {
                    format!(
                        "is damaged: it says it is {}, expected numbers above 0",
                        product(used)
                    )
                })?;
        }
        let multiply = |dims: &[usize]| {
            dims.iter()
                .try_fold(1_usize, |all, it| all.checked_mul(*it))
        };
        let voxels = multiply(&dim[..3]).filter(|it| *it <= MAX_VOXELS);
        // 2^53 bytes are out of reach of every file; below, no later sum or product can overflow
        let volumes = multiply(&dim[3..]).filter(|it| *it as u64 <= 1 << 22);
        if voxels.is_none() || volumes.is_none() {
            return Err(format!(
                "is too large: {} values, at most {} million a volume are read: cut or resample it first",
                product(used),
                MAX_VOXELS / 1_000_000
            ));
        }
        Ok(Self {
            size: [dim[0], dim[1], dim[2]],
            times: dim[3],
            components: dim[4] * dim[5] * dim[6],
        })
    }
}

/// The fields that matter, as they stand in any of the formats.
struct Raw {
    dim: [i64; 8],
    intent: i32,
    datatype: i16,
    bits: i16,
    pixdim: [f64; 8],
    offset: f64,
    slope: f64,
    intercept: f64,
    /// `cal_min`, `cal_max`.
    cal: [f64; 2],
    units: u8,
    qform_code: i32,
    sform_code: i32,
    quatern: [f64; 3],
    qoffset: [f64; 3],
    srow: [[f64; 4]; 3],
}

impl Raw {
    /// NIfTI-1, and ANALYZE where the two agree.
    fn one(fields: &Fields<'_>) -> Self {
        let nifti = fields.version == Version::One;
        let float = |at| f64::from(fields.f32(at));
        let floats = |at: usize| [0, 4, 8].map(|it| float(at + it));
        let code = |at| if nifti { i32::from(fields.i16(at)) } else { 0 };
        Self {
            dim: [0, 1, 2, 3, 4, 5, 6, 7].map(|it| i64::from(fields.i16(40 + 2 * it))),
            intent: code(68),
            datatype: fields.i16(70),
            bits: fields.i16(72),
            pixdim: [0, 1, 2, 3, 4, 5, 6, 7].map(|it| float(76 + 4 * it)),
            offset: float(108),
            slope: float(112),
            intercept: if nifti { float(116) } else { 0.0 },
            cal: [float(128), float(124)],
            units: if nifti { fields.bytes[123] } else { 2 },
            qform_code: code(252),
            sform_code: code(254),
            quatern: floats(256),
            qoffset: floats(268),
            srow: [280, 296, 312].map(|at| [0, 4, 8, 12].map(|it| float(at + it))),
        }
    }

    fn two(fields: &Fields<'_>) -> Self {
        let float = |at| fields.f64(at);
        let floats = |at: usize| [0, 8, 16].map(|it| float(at + it));
        Self {
            dim: [0, 1, 2, 3, 4, 5, 6, 7].map(|it| fields.i64(16 + 8 * it)),
            intent: fields.i32(504),
            datatype: fields.i16(12),
            bits: fields.i16(14),
            pixdim: [0, 1, 2, 3, 4, 5, 6, 7].map(|it| float(104 + 8 * it)),
            offset: fields.i64(168) as f64,
            slope: float(176),
            intercept: float(184),
            cal: [float(200), float(192)],
            // an int32 of which one byte is used
            units: fields.i32(500).to_le_bytes()[0],
            qform_code: fields.i32(344),
            sform_code: fields.i32(348),
            quatern: floats(352),
            qoffset: floats(376),
            srow: [400, 432, 464].map(|at| [0, 8, 16, 24].map(|it| float(at + it))),
        }
    }

    /// `vox_offset`, in bytes. It is a float in NIfTI-1, and may be more than 352: extensions lie between.
    fn offset(&self, fields: &Fields<'_>, chain: &mut Vec<String>) -> Fallible<u64> {
        let least = match (fields.pair, fields.version) {
            (true, _) => 0,
            (false, Version::Two) => 544,
            (false, _) => 352,
        };
        if self.offset == 0.0 {
            if least > 0 {
                chain.push(format!("vox_offset is 0, {least} is meant"));
            }
            return Ok(least);
        }
        let offset = whole(self.offset).ok_or_else(|| {
            format!(
                "is damaged: its values are said to begin at byte {} (vox_offset)",
                self.offset
            )
        })?;
        if offset < least {
            return Err(format!(
                "is damaged: its values are said to begin at byte {offset} (vox_offset), inside the header of {least}"
            ));
        }
        Ok(offset)
    }

    /// The rescale; a slope of 0 or one that is not finite means none, and colours have none (`nifti1.h`, `scl_slope`).
    fn rescale(
        &self,
        fields: &Fields<'_>,
        datatype: Datatype,
        chain: &mut Vec<String>,
    ) -> Fallible<Option<[f64; 2]>> {
        let Self {
            slope, intercept, ..
        } = *self;
        if datatype.is_colour() || slope == 0.0 || !slope.is_finite() {
            return Ok(None);
        }
        if !intercept.is_finite() {
            return Err(format!(
                "is damaged: its slope is {slope} and its intercept {intercept} (scl_slope, scl_inter)"
            ));
        }
        if slope.to_bits() == 1.0_f64.to_bits() && intercept == 0.0 {
            return Ok(None);
        }
        chain.push(if fields.version == Version::Analyze {
            format!("scale {slope} (SPM, funused1)")
        } else {
            format!("rescale {slope} * stored + {intercept}")
        });
        Ok(Some([slope, intercept]))
    }

    /// `pixdim[4]` in seconds; frequencies and shifts are no time.
    fn seconds(&self) -> Option<f64> {
        let scale = match self.units & 0x38 {
            8 => 1.0,
            16 => 1e-3,
            24 => 1e-6,
            _ => return None,
        };
        let step = self.pixdim[4];
        (self.dim[0] > 3 && step > 0.0 && step.is_finite()).then_some(step * scale)
    }

    fn forms(&self, size: [usize; 3]) -> Forms {
        let [hand, x, y, z, ..] = self.pixdim;
        Forms {
            size,
            pixdim: [hand, x, y, z],
            qform_code: self.qform_code,
            quatern: self.quatern,
            qoffset: self.qoffset,
            sform_code: self.sform_code,
            srow: self.srow,
            unit: self.units & 7,
        }
    }
}

/// `NIfTI-1, int16 little-endian, 128x96x24, 2 times`.
fn title(fields: &Fields<'_>, datatype: Datatype, shape: &Shape) -> String {
    let version = match fields.version {
        Version::Analyze => "ANALYZE 7.5",
        Version::One => "NIfTI-1",
        Version::Two => "NIfTI-2",
    };
    let order = if fields.big { "big" } else { "little" };
    let mut parts = vec![
        version.to_owned(),
        format!("{datatype} {order}-endian"),
        product(&shape.size),
    ];
    if shape.times > 1 {
        parts.push(format!("{} times", shape.times));
    }
    if shape.components > 1 {
        parts.push(format!("{} components", shape.components));
    }
    parts.join(", ")
}

/// A number of bytes that can be: whole, not negative, below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and in the range of both"
)]
fn whole(number: f64) -> Option<u64> {
    let possible = (0.0..9e15).contains(&number) && number.fract() == 0.0;
    possible.then_some(number as u64)
}

/// A range that has an extent.
fn range([low, high]: [f64; 2]) -> Option<[f64; 2]> {
    (low.is_finite() && high.is_finite() && low < high).then_some([low, high])
}

/// `128x96x24`.
fn product(numbers: &[impl ToString]) -> String {
    let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    words.join("x")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A NIfTI-1 file of 3x4x5 int16 without values.
    fn one() -> Vec<u8> {
        let mut bytes = vec![0; 352];
        bytes[0..4].copy_from_slice(&348_i32.to_le_bytes());
        for (i, dim) in [3_i16, 3, 4, 5, 1, 1, 1, 1].into_iter().enumerate() {
            put(&mut bytes, 40 + 2 * i, &dim.to_le_bytes());
        }
        put(&mut bytes, 70, &4_i16.to_le_bytes());
        put(&mut bytes, 72, &16_i16.to_le_bytes());
        put(&mut bytes, 108, &352_f32.to_le_bytes());
        put(&mut bytes, 344, b"n+1\0");
        bytes
    }

    fn put(bytes: &mut [u8], at: usize, field: &[u8]) {
        bytes[at..at + field.len()].copy_from_slice(field);
    }

    #[track_caller]
    fn refused(at: usize, field: &[u8], word: &str) {
        let mut bytes = one();
        put(&mut bytes, at, field);
        let problem = Header::parse(&bytes).unwrap_err();
        assert!(problem.contains(word), "{problem}");
    }

    #[test]
    fn a_small_header() {
        let header = Header::parse(&one()).unwrap();
        assert_eq!(
            (header.version, header.pair, header.big_endian),
            (Version::One, false, false)
        );
        assert_eq!((header.size, header.volumes()), ([3, 4, 5], 1));
        assert_eq!((header.offset, header.end()), (352, 352 + 120));
        assert_eq!(header.chain[0], "NIfTI-1, int16 little-endian, 3x4x5");
    }

    #[test]
    fn dimensions_that_cannot_be_are_refused() {
        refused(40, &0_i16.to_le_bytes(), "has 0 dimensions");
        refused(40, &8_i16.to_le_bytes(), "has 8 dimensions");
        refused(42, &(-3_i16).to_le_bytes(), "it is -3x4x5");
        refused(44, &0_i16.to_le_bytes(), "it is 3x0x5");
        let most = i16::MAX.to_le_bytes();
        refused(42, &[most, most, most].concat(), "32767x32767x32767 values");
        refused(
            40,
            &[[7, 0], most, most, [1, 0], most, most].concat(),
            "at most 134 million",
        );
    }

    #[test]
    fn sizes_beyond_the_rank_do_not_count() {
        let mut bytes = one();
        put(&mut bytes, 48, &[0xff; 8]);
        assert_eq!(Header::parse(&bytes).unwrap().size, [3, 4, 5]);
        put(&mut bytes, 40, &2_i16.to_le_bytes());
        assert_eq!(Header::parse(&bytes).unwrap().size, [3, 4, 1]);
    }

    #[test]
    fn places_of_values_that_cannot_be_are_refused() {
        for (offset, word) in [
            (f32::NAN, "NaN"),
            (-16.0, "-16"),
            (352.5, "352.5"),
            (348.0, "inside the header"),
            (1e30, "byte 1"),
        ] {
            refused(108, &offset.to_le_bytes(), word);
        }
        let mut bytes = one();
        put(&mut bytes, 108, &0_f32.to_le_bytes());
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(
            (header.offset, header.chain[1].as_str()),
            (352, "vox_offset is 0, 352 is meant")
        );
    }

    #[test]
    fn a_slope_of_zero_or_nan_is_none() {
        for (slope, intercept, expected) in [
            (0.0_f32, 5.0_f32, None),
            (f32::NAN, 5.0, None),
            (f32::INFINITY, 5.0, None),
            (1.0, 0.0, None),
            (1.0, 5.0, Some([1.0, 5.0])),
            (-0.5, 0.0, Some([-0.5, 0.0])),
        ] {
            let mut bytes = one();
            put(
                &mut bytes,
                112,
                &[slope.to_le_bytes(), intercept.to_le_bytes()].concat(),
            );
            assert_eq!(
                Header::parse(&bytes).unwrap().rescale,
                expected,
                "{slope} {intercept}"
            );
        }
        refused(
            112,
            &[2_f32.to_le_bytes(), f32::NAN.to_le_bytes()].concat(),
            "intercept NaN",
        );
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Header::parse(b"").unwrap_err().contains("0 bytes long"));
        assert!(
            Header::parse(&one()[..347])
                .unwrap_err()
                .contains("347 bytes of a NIfTI header of 348")
        );
        refused(0, b"\x89PNG", "not a NIfTI file");
        refused(
            0,
            &540_i32.to_le_bytes(),
            "352 bytes of a NIfTI header of 540",
        );
        refused(70, &32_i16.to_le_bytes(), "complex");
        let mut two = vec![0; 544];
        put(&mut two, 0, &540_i32.to_be_bytes());
        put(&mut two, 4, b"n+2\0\n\x1a\n");
        assert!(Header::parse(&two).unwrap_err().contains("changed as text"));
    }

    #[test]
    fn analyze_is_taken_for_what_it_is() {
        let mut bytes = one();
        put(&mut bytes, 344, &[0; 4]);
        put(&mut bytes, 108, &0_f32.to_le_bytes());
        put(&mut bytes, 252, &[1, 0, 1, 0]); // `orient` and `originator`, not form codes
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(
            (header.version, header.pair, header.offset),
            (Version::Analyze, true, 0)
        );
        assert!(!header.grid.placed);
        assert_eq!(is_pair(&bytes), Some(true));
        put(&mut bytes, 40, &9_i16.to_le_bytes());
        assert_eq!(is_pair(&bytes), None);
        assert_eq!(is_pair(&one()), Some(false));
    }

    #[test]
    fn time_is_in_seconds() {
        for (units, expected) in [
            (8, Some(2500.0)),
            (16 | 2, Some(2.5)),
            (24, Some(0.0025)),
            (32, None),
            (0, None),
        ] {
            let mut bytes = one();
            put(&mut bytes, 40, &4_i16.to_le_bytes());
            put(&mut bytes, 76 + 16, &2500_f32.to_le_bytes());
            bytes[123] = units;
            assert_eq!(Header::parse(&bytes).unwrap().seconds, expected, "{units}");
        }
    }
}
