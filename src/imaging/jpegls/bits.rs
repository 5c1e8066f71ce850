//! The entropy-coded bytes of a scan in, bits and Golomb codes out (T.87 A.1, A.5.3), stuffed bits taken away.

/// Reads bits from the first byte after a scan header up to the next marker.
///
/// A `0xFF` byte is followed by a stuffed zero bit (T.87 A.1); one that is followed by a one bit begins a marker.
/// Past the end it goes on with zeros and remembers it, so that the inner loop needs no `Result`:
/// who reads asks [`Bits::ran_out`] and [`Bits::is_damaged`] once a line.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to be taken into the window.
    next: usize,
    /// The bits to be read next, the first in the highest place.
    window: u64,
    /// How many bits of the window count.
    held: u32,
    /// How many zeros were taken in after the end.
    invented: u32,
    /// Whether the byte before `next` was `0xFF`.
    stuffed: bool,
    /// Whether a code was met that no encoder writes.
    damaged: bool,
}

impl<'a> Bits<'a> {
    /// Begins at a byte.
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        Self {
            bytes,
            next: start,
            window: 0,
            held: 0,
            invented: 0,
            stuffed: false,
            damaged: false,
        }
    }

    /// Whether more bits were read than there are.
    pub(super) fn ran_out(&self) -> bool {
        self.held < self.invented
    }

    /// Whether something was read that no encoder writes.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Remembers that what was read makes no sense.
    #[cold]
    pub(super) fn damage(&mut self) {
        self.damaged = true;
    }

    /// One bit.
    #[inline]
    pub(super) fn bit(&mut self) -> bool {
        if self.held == 0 {
            self.refill();
        }
        let bit = self.window >> 63 == 1;
        self.skip(1);
        bit
    }

    /// A number of at most 31 bits.
    #[inline]
    pub(super) fn number(&mut self, bits: u32) -> u32 {
        if self.held < bits {
            self.refill();
        }
        let number = low(self.window >> 1 >> (63 - bits));
        self.skip(bits);
        number
    }

    /// A limited Golomb code with parameter `k` (T.87 A.5.3): `escape` zeros say that `wide` bits follow.
    #[inline]
    pub(super) fn golomb(&mut self, k: u32, escape: u32, wide: u32) -> u32 {
        if self.held < 32 {
            self.refill();
        }
        let zeros = self.window.leading_zeros();
        if zeros < escape && zeros + k < self.held {
            let rest = self.window << zeros << 1;
            self.window = rest << k;
            self.held -= zeros + 1 + k;
            return (zeros << k) | low(rest >> 1 >> (63 - k));
        }
        self.long_golomb(k, escape, wide)
    }

    /// As [`Bits::golomb`], for codes that are longer than what is held.
    #[cold]
    fn long_golomb(&mut self, k: u32, escape: u32, wide: u32) -> u32 {
        let mut zeros = 0;
        loop {
            self.refill();
            let more = self.window.leading_zeros().min(self.held);
            zeros += more;
            self.skip(more);
            if zeros > escape {
                self.damage();
                return 0;
            }
            if self.held > 0 {
                self.skip(1);
                break;
            }
        }
        if zeros < escape {
            (zeros << k) | self.number(k)
        } else {
            self.number(wide) + 1
        }
    }

    /// Reads the padding behind the last code; gives the place of the marker, or of the end of the bytes.
    ///
    /// Up to 7 bits fill the last byte, with whatever value; zero bytes behind it are borne. `None` when there is more.
    pub(super) fn finish(mut self) -> Option<usize> {
        self.refill();
        let rest = self.held - self.invented.min(self.held);
        self.skip(rest.min(7));
        loop {
            if self.window != 0 {
                return None;
            }
            if self.invented > 0 {
                return Some(self.next);
            }
            self.held = 0;
            self.refill();
        }
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.window <<= bits;
        self.held -= bits;
    }

    /// Fills the window to at least 56 bits: eight bytes at once where none of them is `0xFF`.
    #[inline]
    fn refill(&mut self) {
        let ahead = self.bytes.get(self.next..).and_then(<[u8]>::first_chunk);
        match ahead {
            Some(eight) if !self.stuffed => {
                let word = u64::from_be_bytes(*eight);
                if has_ff(word) {
                    self.refill_by_byte();
                } else {
                    let taken = (63 - self.held) / 8;
                    let filled = self.held + 8 * taken;
                    self.window |= word >> self.held & !(u64::MAX >> filled);
                    self.held = filled;
                    self.next += taken as usize;
                }
            }
            _ => self.refill_by_byte(),
        }
    }

    #[inline(never)]
    fn refill_by_byte(&mut self) {
        while self.held < 56 {
            let Some(byte) = self.byte() else {
                self.held += 8;
                self.invented = self.invented.saturating_add(8);
                continue;
            };
            let bits = if self.stuffed { 7 } else { 8 };
            self.window |= u64::from(byte) << (64 - bits - self.held);
            self.held += bits;
            self.stuffed = byte == 0xff;
            self.next += 1;
        }
    }

    /// The next byte, if it belongs to the scan.
    fn byte(&self) -> Option<u8> {
        let byte = *self.bytes.get(self.next)?;
        if byte == 0xff {
            // The bit after it is a stuffed zero, or this is a marker.
            self.bytes
                .get(self.next + 1)
                .filter(|after| **after < 0x80)?;
        }
        Some(byte)
    }
}

/// Whether one of the eight bytes is `0xFF`.
#[inline]
fn has_ff(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero_where_ff = !word;
    zero_where_ff.wrapping_sub(ONES) & word & (ONES << 7) != 0
}

/// The lowest 32 bits.
#[inline]
fn low(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
