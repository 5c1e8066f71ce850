//! Bits and the samples around in, the next samples of a line out: contexts, regular and run mode (T.87 A.3 to A.7).

use super::bits::Bits;
use super::coding::Coding;

/// By run index, how many bits the length of the rest of a run has: `J` (T.87 A.2.1).
const RUN_BITS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// What was learnt of the errors in one kind of surroundings (T.87 A.2.1).
#[derive(Clone, Copy)]
struct Context {
    /// `A`: sum of the errors' sizes.
    sizes: u32,
    /// `B`: sum of the errors, less what the correction took up.
    bias: i32,
    /// `N`: how many errors were counted.
    count: i32,
    /// `C`: what is added to the prediction.
    correction: i16,
    /// The Golomb parameter of the next error.
    k: u8,
    /// Whether the codes of the next error have changed places (T.87 A.5.2).
    flipped: bool,
}

impl Context {
    fn new(coding: &Coding) -> Self {
        let sizes = first_sizes(coding);
        Self {
            sizes,
            bias: 0,
            count: 1,
            correction: 0,
            k: golomb_parameter(sizes, 1),
            flipped: false,
        }
    }

    /// Counts a quantised error (T.87 A.6).
    #[inline]
    fn learn(&mut self, error: i32, coding: &Coding) {
        let mut sizes = self.sizes + error.unsigned_abs();
        let mut bias = self.bias + error * coding.step;
        let mut count = self.count;
        if count == coding.reset {
            sizes >>= 1;
            bias >>= 1;
            count >>= 1;
        }
        count += 1;
        if bias <= -count {
            bias = (bias + count).max(1 - count);
            self.correction = (self.correction - 1).max(-128);
        } else if bias > 0 {
            bias = (bias - count).min(0);
            self.correction = (self.correction + 1).min(127);
        }
        self.sizes = sizes;
        self.bias = bias;
        self.count = count;
        self.k = golomb_parameter(sizes, count);
        self.flipped = self.k == 0 && coding.near == 0 && 2 * bias <= -count;
    }
}

/// What was learnt of the samples that end a run (T.87 A.2.1).
#[derive(Clone, Copy)]
struct Ending {
    /// `A`: sum of the errors' sizes.
    sizes: u32,
    /// `N`: how many errors were counted.
    count: i32,
    /// `Nn`: how many of them were below zero.
    negative: i32,
}

/// Decodes the samples of one scan, line by line; all components of the scan share what it learns.
pub(super) struct Model<'a> {
    coding: &'a Coding,
    bits: Bits<'a>,
    contexts: [Context; 365],
    /// By whether the samples left and above are alike: `RItype`.
    endings: [Ending; 2],
}

impl<'a> Model<'a> {
    /// Knows nothing yet.
    pub(super) fn new(coding: &'a Coding, bits: Bits<'a>) -> Self {
        let ending = Ending {
            sizes: first_sizes(coding),
            count: 1,
            negative: 0,
        };
        Self {
            coding,
            bits,
            contexts: [Context::new(coding); 365],
            endings: [ending; 2],
        }
    }

    /// Where the reading stands.
    pub(super) fn bits(&self) -> &Bits<'a> {
        &self.bits
    }

    /// Decodes a line of one component. Both lines have one sample more on either side (T.87 A.2.1).
    pub(super) fn line<const PLAIN: bool>(
        &mut self,
        above: &[u16],
        line: &mut [u16],
        run_index: &mut usize,
    ) {
        let width = line.len() - 2;
        let above = &above[..line.len()];
        let mut at = 1;
        while at <= width {
            let left = line[at - 1];
            let [a, b, c, d] = [left, above[at], above[at - 1], above[at + 1]].map(i32::from);
            let context = self.context(a, b, c, d);
            if context != 0 {
                line[at] = self.regular::<PLAIN>(context, a, b, c);
                at += 1;
                continue;
            }
            let end = at + self.run(run_index, width + 1 - at);
            line[at..end].fill(left);
            at = end;
            if end <= width {
                line[end] = self.ending::<PLAIN>(a, above[end].into(), true, *run_index);
                *run_index = run_index.saturating_sub(1);
                at += 1;
            }
        }
    }

    /// Decodes a line of pixels of `N` components; both lines have one pixel more on either side.
    pub(super) fn pixels<const N: usize, const PLAIN: bool>(
        &mut self,
        above: &[[u16; N]],
        line: &mut [[u16; N]],
        run_index: &mut usize,
    ) {
        let width = line.len() - 2;
        let above = &above[..line.len()];
        let mut at = 1;
        while at <= width {
            let around = [line[at - 1], above[at], above[at - 1], above[at + 1]];
            let contexts: [i32; N] = std::array::from_fn(|part| {
                let [a, b, c, d] = around.map(|pixel| i32::from(pixel[part]));
                self.context(a, b, c, d)
            });
            if contexts != [0; N] {
                line[at] = self.regular_pixel::<N, PLAIN>(contexts, around);
                at += 1;
                continue;
            }
            let end = at + self.run(run_index, width + 1 - at);
            line[at..end].fill(around[0]);
            at = end;
            if end <= width {
                line[end] = self.ending_pixel::<N, PLAIN>(around[0], above[end], *run_index);
                *run_index = run_index.saturating_sub(1);
                at += 1;
            }
        }
    }

    /// A pixel in regular mode; `around` it are those to the left, above, above to the left and above to the right.
    #[inline]
    fn regular_pixel<const N: usize, const PLAIN: bool>(
        &mut self,
        contexts: [i32; N],
        around: [[u16; N]; 4],
    ) -> [u16; N] {
        std::array::from_fn(|part| {
            let [a, b, c, _] = around.map(|pixel| i32::from(pixel[part]));
            self.regular::<PLAIN>(contexts[part], a, b, c)
        })
    }

    /// The pixel that ends a run of pixels like `run`.
    #[inline]
    fn ending_pixel<const N: usize, const PLAIN: bool>(
        &mut self,
        run: [u16; N],
        above: [u16; N],
        run_index: usize,
    ) -> [u16; N] {
        std::array::from_fn(|part| {
            self.ending::<PLAIN>(run[part].into(), above[part].into(), false, run_index)
        })
    }

    /// The number of the surroundings, negative where signs are to be turned (T.87 A.3.3, A.3.4); zero for a run.
    #[inline]
    fn context(&self, a: i32, b: i32, c: i32, d: i32) -> i32 {
        let [q1, q2, q3] = [d - b, b - c, c - a].map(|difference| self.coding.gradient(difference));
        81 * q1 + 9 * q2 + q3
    }

    /// A sample in regular mode (T.87 A.4, A.5).
    #[inline]
    fn regular<const PLAIN: bool>(&mut self, context: i32, a: i32, b: i32, c: i32) -> u16 {
        let coding = self.coding;
        let sign = context >> 31;
        let context = &mut self.contexts[context.unsigned_abs() as usize];
        let (low, high) = (a.min(b), a.max(b));
        let edge = (a + b - c).clamp(low, high);
        let predicted =
            (edge + ((i32::from(context.correction) ^ sign) - sign)).clamp(0, coding.largest);
        let most = coding.range.cast_unsigned();
        let escape = coding.limit - coding.wide - 1;
        let code = self.bits.golomb(context.k.into(), escape, coding.wide);
        if code > most {
            self.bits.damage();
            return 0;
        }
        let code = code.cast_signed();
        let error = (code >> 1) ^ -(code & 1) ^ -i32::from(context.flipped);
        context.learn(error, coding);
        self.sample::<PLAIN>(predicted, (error ^ sign) - sign)
    }

    /// Length of a run that has room for so many pixels (T.87 A.7.1); all of them when it is not ended by a sample.
    fn run(&mut self, run_index: &mut usize, room: usize) -> usize {
        let mut length = 0;
        while self.bits.bit() {
            let whole = 1 << RUN_BITS[*run_index];
            if whole <= room - length {
                *run_index = (*run_index + 1).min(31);
            }
            length += whole.min(room - length);
            if length == room {
                return room;
            }
        }
        let rest = self.bits.number(RUN_BITS[*run_index]) as usize;
        if rest >= room - length {
            self.bits.damage();
            return room;
        }
        length + rest
    }

    /// The sample that ends a run (T.87 A.7.2); `a` is the run's, `b` is above it.
    /// Where `either` is false the samples of several components end it, and their kind is always that of an edge.
    fn ending<const PLAIN: bool>(&mut self, a: i32, b: i32, either: bool, run_index: usize) -> u16 {
        let coding = self.coding;
        let alike = either && (a - b).abs() <= coding.near;
        let kind = u32::from(alike);
        let ending = &mut self.endings[usize::from(alike)];
        let halved = ending.count.cast_unsigned() >> 1;
        let k = golomb_parameter(ending.sizes + halved * kind, ending.count);
        let escape = coding.limit - RUN_BITS[run_index] - coding.wide - 2;
        let code = self.bits.golomb(k.into(), escape, coding.wide);
        if code > coding.range.cast_unsigned() {
            self.bits.damage();
            return 0;
        }
        let odd = (code + kind) & 1;
        let size = (code + kind + odd).cast_signed() / 2;
        let is_negative = (k != 0 || 2 * ending.negative >= ending.count) == (odd == 1);
        ending.negative += i32::from(is_negative && size != 0);
        ending.sizes += (code + 1 - kind) >> 1;
        if ending.count == coding.reset {
            ending.sizes >>= 1;
            ending.count >>= 1;
            ending.negative >>= 1;
        }
        ending.count += 1;
        let error = if is_negative { -size } else { size };
        if alike {
            self.sample::<PLAIN>(a, error)
        } else if a > b {
            self.sample::<PLAIN>(b, -error)
        } else {
            self.sample::<PLAIN>(b, error)
        }
    }

    /// Prediction and quantised error make a sample (T.87 A.4.4, A.4.5).
    #[inline]
    fn sample<const PLAIN: bool>(&self, predicted: i32, error: i32) -> u16 {
        let coding = self.coding;
        if PLAIN {
            return low((predicted + error) & coding.largest);
        }
        let mut sample = predicted + error * coding.step;
        if sample < -coding.near {
            sample += coding.range * coding.step;
        } else if sample > coding.largest + coding.near {
            sample -= coding.range * coding.step;
        }
        low(sample.clamp(0, coding.largest))
    }
}

/// What `A` begins with (T.87 A.2.1).
fn first_sizes(coding: &Coding) -> u32 {
    ((coding.range + 32) / 64).max(2).cast_unsigned()
}

/// The smallest `k` with `count << k >= sizes` (T.87 A.5.1).
#[inline]
fn golomb_parameter(sizes: u32, count: i32) -> u8 {
    let count = count.cast_unsigned();
    let k = count.leading_zeros().saturating_sub(sizes.leading_zeros());
    let [k, ..] = (k + u32::from(count << k < sizes)).to_le_bytes();
    k
}

/// A sample, which is never negative and never more than 16 bits.
#[inline]
fn low(sample: i32) -> u16 {
    let [low, high, ..] = sample.to_le_bytes();
    u16::from_le_bytes([low, high])
}
