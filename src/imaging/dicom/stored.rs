//! The bytes of native pixel data in, stored values out: bits, sign and byte order (PS3.5 8.1), pure.

use crate::imaging::Fallible;

/// How one stored value lies in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// 1, 8, 16 or 32.
    allocated: u32,
    /// Of these, how many carry the value.
    stored: u32,
    /// The place of the highest of them.
    high: u32,
    /// Two's complement.
    signed: bool,
}

impl Layout {
    /// From `BitsAllocated`, `BitsStored`, `HighBit` and `PixelRepresentation`.
    pub(super) fn new(allocated: u32, stored: u32, high: u32, signed: bool) -> Fallible<Self> {
        if !matches!(allocated, 1 | 8 | 16 | 32) {
            return Err(format!(
                "has {allocated} bits a value, only 1, 8, 16 and 32 are read"
            ));
        }
        if stored == 0 || stored > allocated || high >= allocated || high + 1 < stored {
            return Err(format!(
                "is a damaged DICOM file: {stored} bits stored up to bit {high} do not fit in {allocated}"
            ));
        }
        Ok(Self {
            allocated,
            stored,
            high,
            signed,
        })
    }

    /// From the precision and the sign that a code stream has of its own.
    pub(super) fn of_stream(bits: u32, signed: bool) -> Fallible<Self> {
        let allocated = match bits {
            0..=8 => 8,
            9..=16 => 16,
            _ => 32,
        };
        Self::new(allocated, bits, bits.saturating_sub(1), signed)
    }

    /// Bits a value takes.
    pub(super) fn allocated(self) -> u32 {
        self.allocated
    }

    /// How many bits carry the value.
    pub(super) fn stored(self) -> u32 {
        self.stored
    }

    /// Two's complement.
    pub(super) fn signed(self) -> bool {
        self.signed
    }

    /// The value that a bit pattern stands for: bits outside the value cut away, sign extended.
    pub(super) fn value(self, pattern: u32) -> i64 {
        self.extend(pattern >> (self.high + 1 - self.stored))
    }

    /// The value that the lowest bits of a number stand for, as decoders give it and pixel padding is written.
    pub(super) fn extend(self, bits: u32) -> i64 {
        let mask = (1_i64 << self.stored) - 1;
        let value = i64::from(bits) & mask;
        if self.signed && value >> (self.stored - 1) == 1 {
            value - mask - 1
        } else {
            value
        }
    }

    /// Smallest and largest value.
    pub(super) fn range(self) -> (i64, i64) {
        let count = 1_i64 << self.stored;
        if self.signed {
            (-count / 2, count / 2 - 1)
        } else {
            (0, count - 1)
        }
    }
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.signed { "signed" } else { "unsigned" };
        write!(f, "{} of {} bits {sign}", self.stored, self.allocated)
    }
}

/// How the bytes of pixel data are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One bit a value, the lowest of each byte first (PS3.5 8.1.1).
    Bits {
        /// Bits before the first value.
        skip: usize,
    },
    /// One byte a value.
    Bytes,
    /// One byte a value, but the two of a 16-bit word have changed places (8 bits as OW in big endian).
    SwappedBytes,
    /// Two or four bytes a value, low byte first.
    Little(usize),
    /// Two or four bytes a value, high byte first.
    Big(usize),
}

/// The bit patterns of pixel data, one after the other.
pub(super) fn patterns(data: &[u8], order: Order) -> Vec<u32> {
    match order {
        Order::Bits { skip } => data
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| u32::from(byte >> bit & 1)))
            .skip(skip)
            .collect(),
        Order::Bytes => data.iter().map(|byte| u32::from(*byte)).collect(),
        Order::SwappedBytes => data
            .chunks_exact(2)
            .flat_map(|two| [u32::from(two[1]), u32::from(two[0])])
            .collect(),
        Order::Little(2) => data
            .chunks_exact(2)
            .map(|two| u32::from(u16::from_le_bytes([two[0], two[1]])))
            .collect(),
        Order::Big(2) => data
            .chunks_exact(2)
            .map(|two| u32::from(u16::from_be_bytes([two[0], two[1]])))
            .collect(),
        Order::Little(_) => data
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect(),
        Order::Big(_) => data
            .chunks_exact(4)
            .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bits: (u32, u32, u32), signed: bool, rows: &[(u32, i64)]) {
        let layout = Layout::new(bits.0, bits.1, bits.2, signed).unwrap();
        for (pattern, value) in rows {
            assert_eq!(layout.value(*pattern), *value, "{pattern:#06x} as {layout}");
            let (min, max) = layout.range();
            assert!((min..=max).contains(value), "{value} as {layout}");
        }
    }

    #[test]
    fn bits_outside_the_value_are_cut_and_the_sign_is_extended() {
        check((16, 16, 15), false, &[(0, 0), (0xffff, 65_535)]);
        check(
            (16, 16, 15),
            true,
            &[(0x7fff, 32_767), (0x8000, -32_768), (0xffff, -1)],
        );
        check((16, 12, 11), false, &[(0xf123, 0x123), (0x0fff, 4095)]);
        check(
            (16, 12, 11),
            true,
            &[(0x0800, -2048), (0xf7ff, 2047), (0x0fff, -1)],
        );
        check((16, 12, 15), false, &[(0x1234, 0x123)]);
        check((16, 12, 15), true, &[(0xfff7, -1)]);
        check((8, 8, 7), true, &[(0x80, -128), (0x7f, 127)]);
        check((8, 1, 0), true, &[(1, -1), (2, 0)]);
        check((1, 1, 0), false, &[(1, 1), (0, 0)]);
        check((32, 32, 31), false, &[(u32::MAX, 4_294_967_295)]);
        check(
            (32, 32, 31),
            true,
            &[(u32::MAX, -1), (1 << 31, -2_147_483_648)],
        );
        check((32, 24, 23), true, &[(0xff80_0000, -8_388_608)]);
    }

    #[test]
    fn impossible_layouts_are_refused() {
        for bits in [
            (4, 4, 3),
            (12, 12, 11),
            (64, 64, 63),
            (16, 0, 0),
            (16, 17, 15),
            (16, 12, 16),
            (16, 12, 10),
        ] {
            assert!(
                Layout::new(bits.0, bits.1, bits.2, false).is_err(),
                "{bits:?}"
            );
        }
    }

    #[test]
    fn byte_orders() {
        let check = |data: &[u8], order: Order, expected: &[u32]| {
            assert_eq!(patterns(data, order), expected, "{order:?}");
        };
        check(&[1, 2, 3], Order::Bytes, &[1, 2, 3]);
        check(&[1, 2, 3, 4], Order::SwappedBytes, &[2, 1, 4, 3]);
        check(&[1, 2, 3, 4], Order::Little(2), &[0x0201, 0x0403]);
        check(&[1, 2, 3, 4], Order::Big(2), &[0x0102, 0x0304]);
        check(&[1, 2, 3, 4], Order::Little(4), &[0x0403_0201]);
        check(&[1, 2, 3, 4], Order::Big(4), &[0x0102_0304]);
        check(
            &[0b1010_0001],
            Order::Bits { skip: 0 },
            &[1, 0, 0, 0, 0, 1, 0, 1],
        );
        check(&[0b1010_0001], Order::Bits { skip: 5 }, &[1, 0, 1]);
    }
}
