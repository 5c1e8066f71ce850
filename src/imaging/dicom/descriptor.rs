//! The three words that describe a lookup table in, what they mean out (PS3.3 C.11.1.1, C.7.6.3.1.5), for LUTs and palettes alike.

/// What a table's descriptor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// Entries, 1 to 65536.
    pub(super) count: usize,
    /// The value that the first entry is for.
    pub(super) first: i64,
    /// Bits an entry.
    pub(super) bits: u16,
}

impl Descriptor {
    /// `signed` says how the first mapped value is to be taken. `None` unless there are three words.
    pub(super) fn of(words: &[u16], signed: bool) -> Option<Self> {
        let &[count, first, bits] = words else {
            return None;
        };
        Some(Self {
            // 65536 does not fit in a word and is written as 0
            count: if count == 0 {
                1 << 16
            } else {
                usize::from(count)
            },
            first: if signed {
                i64::from(first.cast_signed())
            } else {
                i64::from(first)
            },
            bits,
        })
    }

    /// The place of a value's entry; beyond its ends a table goes on with its first or last.
    pub(super) fn place(self, value: i64) -> usize {
        let last = self.count - 1;
        usize::try_from(value - self.first).unwrap_or(0).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_descriptor() {
        let of = |words: &[u16], signed| {
            let it = Descriptor::of(words, signed)?;
            Some((it.count, it.first, it.bits))
        };
        assert_eq!(of(&[256, 0, 16], false), Some((256, 0, 16)));
        assert_eq!(of(&[0, 0xff00, 8], false), Some((65_536, 65_280, 8)));
        assert_eq!(of(&[0, 0xff00, 8], true), Some((65_536, -256, 8)));
        assert_eq!(of(&[256, 0], false), None);
    }

    #[test]
    fn beyond_its_ends_a_table_goes_on() {
        let table = Descriptor::of(&[4, 10, 8], false).unwrap();
        assert_eq!(
            [-5, 9, 10, 12, 13, 14, 99].map(|it| table.place(it)),
            [0, 0, 0, 2, 3, 3, 3]
        );
    }
}
