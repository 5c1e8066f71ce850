//! The entropy-coded bytes of a JPEG scan in, Huffman symbols and their values out (T.81 F.2.2).
//!
//! Nothing here fails half-way: what is wrong with the bits is remembered and asked for at the end of a row.

use super::Fallible;

/// Codes of up to this many bits, with the bits of their value, are looked up at once.
const LOOK: u32 = 11;

/// A decoded symbol with the value that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    /// Zero coefficients before the value (AC); 0 for DC and lossless tables.
    pub run: u32,
    /// Bits of the value, 0 to 16.
    pub size: u32,
    /// The signed value (T.81 EXTEND), 0 when `size` is.
    pub value: i32,
}

/// One entry of the lookup table.
#[derive(Debug, Clone, Copy, Default)]
struct Fast {
    value: i16,
    /// Run in the high half, size in the low half.
    symbol: u8,
    /// Bits of code and value together; 0 when they are more than [`LOOK`].
    bits: u8,
}

/// A Huffman table (T.81 C.2), ready for decoding.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    fast: Vec<Fast>,
    /// For codes of 1 to 16 bits: the first code that is longer, moved to the top of 16 bits.
    limits: [u32; 17],
    /// For codes of 1 to 16 bits: what to add to the code to get the place of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
    ac: bool,
}

/// Fills in what bits that begin with a code of `len` bits mean: its symbol, and the value of `size` bits behind it.
/// Where these are more than [`LOOK`], or the value has no room, nothing is filled in.
fn look_up(beginnings: &mut [Fast], symbol: u8, len: u32, size: u32) {
    let Some(left) = (LOOK - len).checked_sub(size) else {
        return;
    };
    for (raw, same) in (0..).zip(beginnings.chunks_exact_mut(1 << left)) {
        let Ok(value) = i16::try_from(extend(raw, size)) else {
            continue;
        };
        same.fill(Fast {
            value,
            symbol,
            bits: u8::try_from(len + size).expect("at most LOOK"),
        });
    }
}

impl Huffman {
    /// From the number of codes of 1 to 16 bits, and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8], ac: bool) -> Fallible<Self> {
        if !ac && symbols.iter().any(|size| *size > 16) {
            return Err("holds a damaged JPEG frame: a value of more than 16 bits".to_owned());
        }
        let mut table = Self {
            fast: vec![Fast::default(); 1 << LOOK],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
            ac,
        };
        let mut code = 0_u32;
        let mut first = 0_u32;
        for (len, count) in (1..=16_u32).zip(counts) {
            let count = u32::from(*count);
            table.offsets[len as usize] = first.cast_signed() - code.cast_signed();
            code += count;
            first += count;
            if code > 1 << len {
                return Err(
                    "holds a damaged JPEG frame: a Huffman table has too many codes".to_owned(),
                );
            }
            table.limits[len as usize] = code << (16 - len);
            code <<= 1;
        }
        if first as usize != symbols.len() {
            return Err("holds a damaged JPEG frame: a Huffman table lacks symbols".to_owned());
        }
        table.look_up_all(counts);
        Ok(table)
    }

    /// Fills in every beginning of [`LOOK`] bits that holds a whole code and its value.
    fn look_up_all(&mut self, counts: &[u8; 16]) {
        let mut symbols = self.symbols.iter();
        let mut at = 0;
        for (len, count) in (1..=LOOK).zip(counts) {
            for symbol in symbols.by_ref().take(usize::from(*count)) {
                let end = at + (1 << (LOOK - len));
                let (_, size) = self.split(*symbol);
                look_up(&mut self.fast[at..end], *symbol, len, size);
                at = end;
            }
        }
    }

    /// The symbol at the top of 16 bits, and the length of its code.
    fn find(&self, bits: u32) -> Option<(u8, u32)> {
        let len = (1..=16_u32).find(|len| bits < self.limits[*len as usize])?;
        let code = (bits >> (16 - len)).cast_signed();
        let place = usize::try_from(code + self.offsets[len as usize]).ok()?;
        Some((*self.symbols.get(place)?, len))
    }

    /// Run and size of a symbol.
    fn split(&self, symbol: u8) -> (u32, u32) {
        let symbol = u32::from(symbol);
        if self.ac {
            (symbol >> 4, symbol & 15)
        } else {
            (0, symbol)
        }
    }
}

/// The signed value of `size` bits (T.81 F.2.2.1): those that begin with 0 are negative.
fn extend(raw: u32, size: u32) -> i32 {
    if size > 0 && raw >> (size - 1) == 0 {
        raw.cast_signed() - (1 << size) + 1
    } else {
        raw.cast_signed()
    }
}

/// Reads the bits of one scan, from the first byte of its data to the marker that ends it.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in the buffer.
    at: usize,
    /// The next bits, at the top.
    buffer: u64,
    /// How many of them are there.
    count: u32,
    /// How many of these are zeros put behind the end of the data.
    made_up: u32,
    wrong: Option<Wrong>,
}

/// What can be wrong with a scan's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// More bits were needed than there are.
    EndsEarly,
    /// Bits that are no code of the table, or a coefficient beyond the 63rd.
    NoSuchCode,
}

impl<'a> Bits<'a> {
    /// Begins at byte `at`.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            buffer: 0,
            count: 0,
            made_up: 0,
            wrong: None,
        }
    }

    /// The byte that the marker is at or behind.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Remembers that the bits make no sense.
    pub(super) fn no_such_code(&mut self) {
        self.wrong.get_or_insert(Wrong::NoSuchCode);
    }

    /// A sentence when anything has been wrong since the beginning.
    pub(super) fn check(&self) -> Fallible<()> {
        let wrong = match self.wrong {
            None if self.made_up > self.count => Some(Wrong::EndsEarly),
            wrong => wrong,
        };
        match wrong {
            None => Ok(()),
            Some(Wrong::EndsEarly) => {
                Err("holds a truncated JPEG frame: its data ends too early".to_owned())
            }
            Some(Wrong::NoSuchCode) => Err(
                "holds a damaged JPEG frame: its data does not fit its Huffman tables".to_owned(),
            ),
        }
    }

    /// Makes at least 32 bits ready.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let next = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>);
        if let Some(eight) = next {
            let word = u64::from_be_bytes(*eight);
            if !has_marker_byte(word) {
                self.buffer |= word >> self.count;
                let bytes = (64 - self.count) / 8;
                self.at += bytes as usize;
                self.count += bytes * 8;
                return;
            }
        }
        self.fill_slowly();
    }

    /// The byte that stands for those that are missing; it is wrong once its bits have been asked for.
    fn make_up(&mut self) -> u8 {
        if self.made_up > self.count {
            self.wrong.get_or_insert(Wrong::EndsEarly);
        }
        self.made_up = self.made_up.min(self.count) + 8;
        0
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..) {
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                // a marker, or the end
                Some([0xff, ..] | []) | None => self.make_up(),
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            // the fast way may have left part of a byte behind the counted bits
            self.buffer &= !(u64::MAX >> self.count);
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn peek(&self, bits: u32) -> u32 {
        // at most 16 of 64 bits
        u32::try_from(self.buffer >> (64 - bits)).unwrap_or_default()
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// `n` bits as they are, at most 16.
    #[inline]
    pub(super) fn raw(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        self.fill();
        let raw = self.peek(n);
        self.skip(n);
        raw
    }

    /// A symbol and the value that follows it.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Huffman) -> Symbol {
        self.fill();
        let fast = table.fast[self.peek(LOOK) as usize];
        if fast.bits == 0 {
            return self.symbol_slowly(table);
        }
        self.skip(u32::from(fast.bits));
        let (run, size) = table.split(fast.symbol);
        Symbol {
            run,
            size,
            value: fast.value.into(),
        }
    }

    fn symbol_slowly(&mut self, table: &Huffman) -> Symbol {
        let Some((symbol, len)) = table.find(self.peek(16)) else {
            self.no_such_code();
            self.skip(16);
            return Symbol {
                run: 0,
                size: 0,
                value: 0,
            };
        };
        self.skip(len);
        let (run, size) = table.split(symbol);
        let value = match size {
            0 => 0,
            // lossless: -32768 or 32768, the same modulo 2^16, without further bits (T.81 H.1.2.2)
            16 => 32_768,
            size => {
                let raw = self.peek(size);
                self.skip(size);
                extend(raw, size)
            }
        };
        Symbol { run, size, value }
    }

    /// Goes behind the restart marker that must come next; `index` counts them from 0 (T.81 F.2.1.3.1).
    pub(super) fn restart(&mut self, index: usize) -> Fallible<()> {
        self.check()?;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let marker = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
        let wanted = 0xd0 + (index & 7);
        match marker {
            Some(step) if usize::from(rest[step + 1]) == wanted => {
                *self = Self::new(self.bytes, self.at + step + 2);
                Ok(())
            }
            Some(_) => Err(format!(
                "holds a damaged JPEG frame: its restart marker {} is missing",
                index & 7
            )),
            None => Err("holds a truncated JPEG frame: its data ends too early".to_owned()),
        }
    }
}

/// Whether one of the eight bytes is 0xff.
#[inline]
fn has_marker_byte(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let inverted = !word;
    inverted.wrapping_sub(LOW) & !inverted & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes 0, 10, 110, 1110 for the sizes 0, 1, 5 and 16; and one of 16 bits for size 2.
    fn table() -> Huffman {
        let mut counts = [0; 16];
        counts[..4].fill(1);
        counts[15] = 1;
        Huffman::new(&counts, &[0, 1, 5, 16, 2], false).unwrap()
    }

    #[track_caller]
    fn check(bytes: &[u8], values: &[i32], wrong: Option<&str>) {
        let table = table();
        let mut bits = Bits::new(bytes, 0);
        let read: Vec<i32> = values.iter().map(|_| bits.symbol(&table).value).collect();
        assert_eq!(read, values);
        match (bits.check(), wrong) {
            (Ok(()), None) => {}
            (Err(problem), Some(word)) => assert!(problem.contains(word), "{problem}"),
            (result, _) => panic!("{result:?}"),
        }
    }

    #[test]
    fn symbols_and_their_values() {
        // 0 | 10 1 | 10 0 | 110 10101 | 110 01010 …
        check(
            &[0b0101_1001, 0b1010_1011, 0b1001_0101],
            &[0, 1, -1, 21, -21],
            None,
        );
        // 1110 | 1111000000000000 11 | 0 0: over 11 bits, and a value without bits of its own
        check(&[0b1110_1111, 0, 0b0000_1100], &[32_768, 3, 0, 0], None);
    }

    #[test]
    fn stuffed_bytes_are_one_and_markers_are_none() {
        // a code that is not in the table: sixteen ones
        check(
            &[0xff, 0, 0xff, 0, 0, 0, 0, 0, 0],
            &[0, 0],
            Some("does not fit"),
        );
        // 1110 1110 | marker
        check(&[0xee, 0xff, 0xd9], &[32_768, 32_768], None);
        check(
            &[0xee, 0xff, 0xd9],
            &[32_768, 32_768, 0],
            Some("ends too early"),
        );
        check(&[0xee], &[32_768, 32_768, 0], Some("ends too early"));
        check(&[], &[0; 200], Some("ends too early"));
    }

    #[test]
    fn both_ways_of_filling_the_buffer_read_the_same() {
        // runs of plain bytes, then stuffed ones close together, then plain ones up to the end
        let plain: Vec<u8> = (0..300_u32)
            .map(|i| match i {
                100..200 if i % 7 == 0 => 0xff,
                i => u8::try_from(i * 89 % 255).unwrap(),
            })
            .collect();
        let stuffed: Vec<u8> = plain
            .iter()
            .flat_map(|byte| {
                [*byte, 0]
                    .into_iter()
                    .take(if *byte == 0xff { 2 } else { 1 })
            })
            .collect();
        let mut bits = Bits::new(&stuffed, 0);
        let mut at = 0;
        for len in [3, 11, 16, 1, 7, 13].into_iter().cycle() {
            if at + len > plain.len() * 8 {
                break;
            }
            let expected = (at..at + len).fold(0, |value, bit| {
                value << 1 | u32::from(plain[bit / 8] >> (7 - bit % 8) & 1)
            });
            assert_eq!(bits.raw(u32::try_from(len).unwrap()), expected, "bit {at}");
            at += len;
        }
        assert_eq!(bits.check(), Ok(()));
        bits.raw(16);
        assert!(bits.check().is_err());
    }

    #[test]
    fn restart_markers_come_in_order() {
        let bytes = [0x12, 0xff, 0xd0, 0x34, 0xff, 0xff, 0xd1, 0x56, 0xff, 0xd9];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!(bits.raw(8), 0x12);
        bits.restart(0).unwrap();
        assert_eq!(bits.raw(8), 0x34);
        assert!(bits.restart(2).unwrap_err().contains("missing"));
        bits.restart(1).unwrap();
        assert_eq!(bits.raw(8), 0x56);
        assert!(bits.restart(2).unwrap_err().contains("missing"));
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[0, 1, 2], false).is_err());
        counts[0] = 2;
        assert!(Huffman::new(&counts, &[0], false).is_err());
        assert!(Huffman::new(&counts, &[0, 17], false).is_err());
        assert!(Huffman::new(&counts, &[0, 0x17], true).is_ok());
    }
}
