//! The bytes of native pixel data in, stored values out: bits, sign and byte order (PS3.5 8.1), pure.

use super::Fallible;

/// How one stored value lies in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// 8 or 16.
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
        if !matches!(allocated, 8 | 16) {
            return Err(format!(
                "has {allocated} bits a value, only 8 and 16 are read yet"
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

    /// Bytes a value.
    pub(super) fn bytes(self) -> usize {
        if self.allocated == 8 { 1 } else { 2 }
    }

    /// How many bits carry the value.
    pub(super) fn stored(self) -> u32 {
        self.stored
    }

    /// Number of different bit patterns.
    pub(super) fn patterns(self) -> u32 {
        1 << self.allocated
    }

    /// The value that a bit pattern stands for: bits outside the value cut away, sign extended.
    pub(super) fn value(self, pattern: u16) -> i32 {
        self.extend(i32::from(pattern) >> (self.high + 1 - self.stored))
    }

    /// The value that the lowest bits of a number stand for, as pixel padding is written.
    pub(super) fn extend(self, bits: i32) -> i32 {
        let mask = (1_i32 << self.stored) - 1;
        let value = bits & mask;
        if self.signed && value >> (self.stored - 1) == 1 {
            value - mask - 1
        } else {
            value
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
    /// One byte a value.
    Bytes,
    /// One byte a value, but the two of a 16-bit word have changed places (8 bits as OW in big endian).
    SwappedBytes,
    /// Two bytes a value, low byte first.
    Little,
    /// Two bytes a value, high byte first.
    Big,
}

/// The bit patterns of pixel data, one after the other.
pub(super) fn patterns(data: &[u8], order: Order) -> Vec<u16> {
    let pairs = data.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    match order {
        Order::Bytes => data.iter().map(|byte| u16::from(*byte)).collect(),
        Order::SwappedBytes => pairs
            .flat_map(|[a, b]| [u16::from(b), u16::from(a)])
            .collect(),
        Order::Little => pairs.map(u16::from_le_bytes).collect(),
        Order::Big => pairs.map(u16::from_be_bytes).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bits: (u32, u32, u32), signed: bool, rows: &[(u16, i32)]) {
        let layout = Layout::new(bits.0, bits.1, bits.2, signed).unwrap();
        for (pattern, value) in rows {
            assert_eq!(layout.value(*pattern), *value, "{pattern:#06x} as {layout}");
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
    }

    #[test]
    fn impossible_layouts_are_refused() {
        for bits in [
            (1, 1, 0),
            (32, 32, 31),
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
        assert_eq!(patterns(&[1, 2, 3], Order::Bytes), [1, 2, 3]);
        assert_eq!(patterns(&[1, 2, 3, 4], Order::SwappedBytes), [2, 1, 4, 3]);
        assert_eq!(patterns(&[1, 2, 3, 4], Order::Little), [0x0201, 0x0403]);
        assert_eq!(patterns(&[1, 2, 3, 4], Order::Big), [0x0102, 0x0304]);
    }
}
