//! A NIfTI datatype code and the bytes of values in, values as f32 or as colours out (`nifti1.h`, field `datatype`).

use crate::imaging::Fallible;

/// How one voxel lies in the file; complex, 1-bit and 128-bit voxels are refused by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datatype {
    /// 2, `DT_UINT8`.
    U8,
    /// 256, `DT_INT8`.
    I8,
    /// 4, `DT_INT16`.
    I16,
    /// 512, `DT_UINT16`.
    U16,
    /// 8, `DT_INT32`.
    I32,
    /// 768, `DT_UINT32`.
    U32,
    /// 1024, `DT_INT64`.
    I64,
    /// 1280, `DT_UINT64`.
    U64,
    /// 16, `DT_FLOAT32`.
    F32,
    /// 64, `DT_FLOAT64`.
    F64,
    /// 128, `DT_RGB24`: red, green and blue of a voxel side by side.
    Rgb,
    /// 2304, `DT_RGBA32`.
    Rgba,
}

impl Datatype {
    /// The type of a code.
    ///
    /// # Errors
    /// When voxels of that type are not read here.
    pub(super) fn new(code: i16) -> Fallible<Self> {
        let refused = match code {
            2 => return Ok(Self::U8),
            4 => return Ok(Self::I16),
            8 => return Ok(Self::I32),
            16 => return Ok(Self::F32),
            64 => return Ok(Self::F64),
            128 => return Ok(Self::Rgb),
            256 => return Ok(Self::I8),
            512 => return Ok(Self::U16),
            768 => return Ok(Self::U32),
            1024 => return Ok(Self::I64),
            1280 => return Ok(Self::U64),
            2304 => return Ok(Self::Rgba),
            0 => "does not say of which type its values are",
            1 => "holds one bit a voxel",
            32 | 1792 | 2048 => "holds complex numbers",
            1536 => "holds 128-bit numbers",
            _ => "holds values of an unknown type",
        };
        Err(format!(
            "{refused} (datatype {code}), expected 8- to 64-bit numbers or RGB: convert it first"
        ))
    }

    /// Bytes a voxel.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::Rgb => 3,
            Self::I32 | Self::U32 | Self::F32 | Self::Rgba => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether voxels are colours.
    pub fn is_colour(self) -> bool {
        matches!(self, Self::Rgb | Self::Rgba)
    }

    /// Smallest and largest value that the stored bits can give, after the rescale; 8 and 16 bits only.
    pub(super) fn possible(self, rescale: Option<[f64; 2]>) -> Option<(f32, f32)> {
        let (low, high) = match self {
            Self::U8 => (0.0, 255.0),
            Self::I8 => (-128.0, 127.0),
            Self::I16 => (-32_768.0, 32_767.0),
            Self::U16 => (0.0, 65_535.0),
            _ => return None,
        };
        let [a, b] = [low, high].map(|stored| rescaled(stored, rescale));
        Some((a.min(b), a.max(b)))
    }

    /// Appends grey values: stored value, rescale in f64, f32. Bytes that are no whole voxel are left out.
    pub(super) fn grey(
        self,
        bytes: &[u8],
        big: bool,
        rescale: Option<[f64; 2]>,
        out: &mut Vec<f32>,
    ) {
        macro_rules! numbers {
            ($number:ty) => {{
                let from = if big {
                    <$number>::from_be_bytes
                } else {
                    <$number>::from_le_bytes
                };
                let voxels = bytes.as_chunks::<{ size_of::<$number>() }>().0;
                out.extend(
                    voxels
                        .iter()
                        .map(|voxel| rescaled(from(*voxel).to_f64(), rescale)),
                );
            }};
        }
        match self {
            Self::U8 => numbers!(u8),
            Self::I8 => numbers!(i8),
            Self::I16 => numbers!(i16),
            Self::U16 => numbers!(u16),
            Self::I32 => numbers!(i32),
            Self::U32 => numbers!(u32),
            Self::I64 => numbers!(i64),
            Self::U64 => numbers!(u64),
            Self::F32 => numbers!(f32),
            Self::F64 => numbers!(f64),
            Self::Rgb | Self::Rgba => {}
        }
    }

    /// Appends the red, green and blue of colour voxels; alpha is left out.
    pub(super) fn colour(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Rgb => out.extend_from_slice(bytes),
            Self::Rgba => {
                let voxels = bytes.as_chunks::<4>().0;
                out.extend(voxels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]));
            }
            _ => {}
        }
    }
}

impl std::fmt::Display for Datatype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::U16 => "uint16",
            Self::I32 => "int32",
            Self::U32 => "uint32",
            Self::I64 => "int64",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Rgb => "RGB24",
            Self::Rgba => "RGBA32",
        })
    }
}

/// A number of a file; 64-bit integers are rounded to the nearest f64.
trait Number {
    fn to_f64(self) -> f64;
}

macro_rules! number {
    ($($number:ty)*) => {
        $(impl Number for $number {
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        })*
    };
}

number!(u8 i8 i16 u16 i32 u32 f32 f64);

impl Number for i64 {
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Number for u64 {
    fn to_f64(self) -> f64 {
        self as f64
    }
}

/// `scl_slope * stored + scl_inter` in f64, rounded once.
#[expect(
    clippy::cast_possible_truncation,
    reason = "values are f32 everywhere else; what is too large becomes infinite and is counted"
)]
fn rescaled(stored: f64, rescale: Option<[f64; 2]>) -> f32 {
    match rescale {
        None => stored as f32,
        Some([slope, intercept]) => (stored * slope + intercept) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(datatype: Datatype, little: &[u8], expected: &[f32]) {
        assert_eq!(little.len(), datatype.bytes() * expected.len());
        let big: Vec<u8> = little
            .chunks(datatype.bytes())
            .flat_map(|voxel| voxel.iter().rev().copied())
            .collect();
        for (bytes, is_big) in [(little, false), (big.as_slice(), true)] {
            let mut values = Vec::new();
            datatype.grey(bytes, is_big, None, &mut values);
            assert_eq!(values, expected, "{datatype}, big endian {is_big}");
        }
    }

    #[test]
    fn every_number_in_both_byte_orders() {
        check(Datatype::U8, &[0, 128, 255], &[0.0, 128.0, 255.0]);
        check(Datatype::I8, &[0, 128, 255], &[0.0, -128.0, -1.0]);
        check(
            Datatype::I16,
            &[1, 0x80, 0xff, 0x7f],
            &[-32_767.0, 32_767.0],
        );
        check(Datatype::U16, &[1, 0x80, 0xff, 0x7f], &[32_769.0, 32_767.0]);
        check(Datatype::I32, &[0, 0, 0, 0x80], &[-2_147_483_648.0]);
        check(Datatype::U32, &[0, 0, 0, 0x80], &[2_147_483_648.0]);
        check(
            Datatype::I64,
            &[0, 0, 0, 0, 0, 0, 0, 0x80],
            &[-9.223_372e18],
        );
        check(Datatype::U64, &[0xff; 8], &[1.844_674_4e19]);
        check(Datatype::F32, &1.5_f32.to_le_bytes(), &[1.5]);
        check(Datatype::F64, &(-0.1_f64).to_le_bytes(), &[-0.1]);
    }

    #[test]
    fn the_rescale_is_done_in_f64() {
        let mut values = Vec::new();
        let stored = 16_777_217_i32.to_le_bytes(); // not an f32
        Datatype::I32.grey(&stored, false, Some([2.0, -33_554_432.0]), &mut values);
        assert_eq!(values, [2.0]);
        assert_eq!(
            Datatype::U8.possible(Some([-2.0, 10.0])),
            Some((-500.0, 10.0))
        );
        assert_eq!(Datatype::F32.possible(None), None);
    }

    #[test]
    fn alpha_is_left_out() {
        let mut rgb = Vec::new();
        Datatype::Rgba.colour(&[1, 2, 3, 4, 5, 6, 7, 8], &mut rgb);
        Datatype::Rgb.colour(&[9, 10, 11], &mut rgb);
        assert_eq!(rgb, [1, 2, 3, 5, 6, 7, 9, 10, 11]);
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (code, word) in [
            (0, "does not say"),
            (1, "one bit"),
            (32, "complex"),
            (1536, "128-bit"),
            (1792, "complex"),
            (7, "unknown"),
        ] {
            let problem = Datatype::new(code).unwrap_err();
            assert!(problem.contains(word), "{problem}");
        }
    }
}
