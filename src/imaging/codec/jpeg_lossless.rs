//! The bits of lossless scans in (T.81 annex H, process 14, every predictor), samples of 2 to 16 bits out.

use super::Fallible;
use super::jpeg_bits::{Bits, Huffman};
use super::jpeg_frame::{Frame, Scan, Tables, damaged};
use super::jpeg_sequential::table;

/// A frame while its scans are read.
#[derive(Debug)]
pub(super) struct Lossless {
    width: usize,
    precision: u32,
    components: usize,
    seen: Vec<bool>,
    /// The samples, those of a pixel side by side.
    samples: Vec<u16>,
}

impl Lossless {
    /// For a frame whose scans lie in `left` bytes.
    pub(super) fn new(frame: &Frame, left: usize) -> Fallible<Self> {
        let components = frame.components.len();
        if components > 1
            && frame
                .components
                .iter()
                .any(|c| (c.across, c.down) != (1, 1))
        {
            return Err(
                "is lossless JPEG with components of different sizes, which is not read: decompress it first"
                    .to_owned(),
            );
        }
        let samples = frame.width * frame.height * components;
        // a sample takes at least one bit
        if samples.div_ceil(8) > left {
            return Err(format!(
                "holds a truncated JPEG frame: {left} bytes cannot hold {}x{} pixels",
                frame.width, frame.height
            ));
        }
        Ok(Self {
            width: frame.width,
            precision: frame.precision,
            components,
            seen: vec![false; components],
            samples: vec![0; samples],
        })
    }

    /// Whether every component has been in a scan.
    pub(super) fn has_all(&self) -> bool {
        self.seen.iter().all(|seen| *seen)
    }

    /// The samples, those of a pixel side by side.
    pub(super) fn finish(self) -> Vec<u16> {
        self.samples
    }

    /// Reads one scan.
    pub(super) fn scan(
        &mut self,
        scan: &Scan,
        tables: &Tables,
        bits: &mut Bits<'_>,
    ) -> Fallible<()> {
        if scan.low >= self.precision {
            return Err(damaged("a point transform takes all bits"));
        }
        if !tables.restart.is_multiple_of(self.width) {
            return Err(damaged(
                "restart markers of a lossless frame are not at the ends of rows",
            ));
        }
        let mut parts = Vec::new();
        for part in &scan.parts {
            if std::mem::replace(&mut self.seen[part.component], true) {
                return Err(damaged("a component is coded twice"));
            }
            parts.push((part.component, table(&tables.dc, part.dc)?));
        }
        let rows = Rows {
            parts,
            components: self.components,
            width: self.width,
            start: 1 << (self.precision - scan.low - 1),
            interval: tables.restart / self.width,
        };
        // table H.1; Ra is to the left, Rb above, Rc above and to the left
        match scan.first {
            1 => rows.read(&mut self.samples, bits, |a, _, _| a),
            2 => rows.read(&mut self.samples, bits, |_, b, _| b),
            3 => rows.read(&mut self.samples, bits, |_, _, c| c),
            4 => rows.read(&mut self.samples, bits, |a, b, c| a + b - c),
            5 => rows.read(&mut self.samples, bits, |a, b, c| a + ((b - c) >> 1)),
            6 => rows.read(&mut self.samples, bits, |a, b, c| b + ((a - c) >> 1)),
            7 => rows.read(&mut self.samples, bits, |a, b, _| (a + b) >> 1),
            other => Err(damaged(&format!("predictor {other}, expected 1 to 7"))),
        }?;
        self.widen(scan);
        Ok(())
    }

    /// Undoes the point transform, and cuts what damaged data puts above the precision.
    fn widen(&mut self, scan: &Scan) {
        let mask = u16::MAX >> (16 - self.precision);
        for part in &scan.parts {
            let of_component = self.samples[part.component..].iter_mut();
            for sample in of_component.step_by(self.components) {
                *sample = *sample << scan.low & mask;
            }
        }
    }
}

/// The rows of a scan.
struct Rows<'a> {
    /// Components and their tables.
    parts: Vec<(usize, &'a Huffman)>,
    /// Of the frame.
    components: usize,
    width: usize,
    /// What the first sample is predicted to be.
    start: u16,
    /// Rows between restart markers; 0 when there are none.
    interval: usize,
}

impl Rows<'_> {
    /// Reads all rows, predicting a sample from its three neighbours `(left, above, above and left)`.
    fn read(
        &self,
        samples: &mut [u16],
        bits: &mut Bits<'_>,
        predict: impl Fn(i32, i32, i32) -> i32 + Copy,
    ) -> Fallible<()> {
        let row_len = self.width * self.components;
        for y in 0..samples.len() / row_len {
            let mut first = y == 0;
            if !first && self.interval > 0 && y % self.interval == 0 {
                bits.restart(y / self.interval - 1)?;
                first = true;
            }
            let (before, from_here) = samples.split_at_mut(y * row_len);
            let row = &mut from_here[..row_len];
            if first {
                self.first_row(row, bits);
            } else {
                self.row(&before[(y - 1) * row_len..], row, bits, predict);
            }
            bits.check()?;
        }
        Ok(())
    }

    /// The first row, and that behind a restart marker: predicted from the left only (H.1.2.1).
    fn first_row(&self, row: &mut [u16], bits: &mut Bits<'_>) {
        for x in 0..self.width {
            for (component, huffman) in &self.parts {
                let at = x * self.components + component;
                let prediction = match at.checked_sub(self.components) {
                    Some(left) => row[left],
                    None => self.start,
                };
                row[at] = add(prediction.into(), bits.symbol(huffman).value);
            }
        }
    }

    /// Any other row; its first sample is predicted from above.
    fn row(
        &self,
        above: &[u16],
        row: &mut [u16],
        bits: &mut Bits<'_>,
        predict: impl Fn(i32, i32, i32) -> i32,
    ) {
        match self.parts.as_slice() {
            [(_, huffman)] if self.components == 1 => grey_row(above, row, huffman, bits, predict),
            _ => self.row_of_parts(above, row, bits, predict),
        }
    }

    /// A row of a frame, or of a scan, of several components.
    fn row_of_parts(
        &self,
        above: &[u16],
        row: &mut [u16],
        bits: &mut Bits<'_>,
        predict: impl Fn(i32, i32, i32) -> i32,
    ) {
        let step = self.components;
        for (component, huffman) in &self.parts {
            row[*component] = add(above[*component].into(), bits.symbol(huffman).value);
        }
        for x in 1..self.width {
            for (component, huffman) in &self.parts {
                let at = x * step + component;
                let prediction = predict(
                    row[at - step].into(),
                    above[at].into(),
                    above[at - step].into(),
                );
                row[at] = add(prediction, bits.symbol(huffman).value);
            }
        }
    }
}

/// A row of the only component.
fn grey_row(
    above: &[u16],
    row: &mut [u16],
    huffman: &Huffman,
    bits: &mut Bits<'_>,
    predict: impl Fn(i32, i32, i32) -> i32,
) {
    let mut corner = i32::from(above[0]);
    let mut left = add(corner, bits.symbol(huffman).value);
    row[0] = left;
    for (sample, above) in row[1..].iter_mut().zip(&above[1..]) {
        let above = i32::from(*above);
        let prediction = predict(left.into(), above, corner);
        left = add(prediction, bits.symbol(huffman).value);
        *sample = left;
        corner = above;
    }
}

/// A prediction and its difference, modulo 2^16 (H.1.2.1).
#[inline]
fn add(prediction: i32, difference: i32) -> u16 {
    let [low, high, ..] = (prediction + difference).to_le_bytes();
    u16::from_le_bytes([low, high])
}
