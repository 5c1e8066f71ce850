//! The bits of a sequential scan in (T.81 F.2: baseline and extended), its blocks out to the frame.

use std::num::Wrapping;

use super::Fallible;
use super::jpeg_bits::{Bits, Huffman};
use super::jpeg_dct::{Dct, ZIGZAG};
use super::jpeg_frame::{Scan, Tables, damaged};
use super::jpeg_idct::Block;

/// A component while its scan is read.
struct Part<'a> {
    component: usize,
    dc: &'a Huffman,
    ac: &'a Huffman,
    steps: [i32; 64],
    /// Blocks of a minimum coded unit.
    blocks: (usize, usize),
    /// The first coefficient of the block before.
    prediction: Wrapping<i32>,
}

/// The Huffman table at `place`.
pub(super) fn table(tables: &[Option<Huffman>; 4], place: usize) -> Fallible<&Huffman> {
    tables
        .get(place)
        .and_then(Option::as_ref)
        .ok_or_else(|| damaged("a Huffman table is missing"))
}

/// Counts minimum coded units between restart markers.
pub(super) struct Restarts {
    interval: usize,
    left: usize,
    passed: usize,
}

impl Restarts {
    /// `interval` is 0 when there are no markers.
    pub(super) fn every(interval: usize) -> Self {
        Self {
            interval,
            left: interval,
            passed: 0,
        }
    }

    /// Before each unit: passes a marker when one is due, and says whether it did.
    #[inline]
    pub(super) fn due(&mut self, bits: &mut Bits<'_>) -> Fallible<bool> {
        if self.interval == 0 {
            return Ok(false);
        }
        let due = self.left == 0;
        if due {
            bits.restart(self.passed)?;
            self.passed += 1;
            self.left = self.interval;
        }
        self.left -= 1;
        Ok(due)
    }
}

/// Reads one scan.
pub(super) fn scan(
    dct: &mut Dct,
    scan: &Scan,
    tables: &Tables,
    bits: &mut Bits<'_>,
) -> Fallible<()> {
    let grid = dct.grid(scan)?;
    let mut parts = Vec::new();
    for part in &scan.parts {
        let plane = &mut dct.planes[part.component];
        if plane.seen {
            return Err(damaged("a component is coded twice"));
        }
        plane.seen = true;
        parts.push(Part {
            component: part.component,
            dc: table(&tables.dc, part.dc)?,
            ac: table(&tables.ac, part.ac)?,
            steps: plane.steps(tables)?,
            blocks: dct.blocks_of_unit(part.component, grid),
            prediction: Wrapping(0),
        });
    }
    let mut restarts = Restarts::every(tables.restart);
    for y in 0..grid.units.1 {
        for x in 0..grid.units.0 {
            if restarts.due(bits)? {
                Part::restart(&mut parts);
            }
            for part in &mut parts {
                part.unit(dct, (x, y), bits);
            }
        }
        bits.check()?;
    }
    Ok(())
}

impl Part<'_> {
    /// Behind a restart marker nothing is known of the blocks before.
    fn restart(parts: &mut [Self]) {
        for part in parts {
            part.prediction = Wrapping(0);
        }
    }

    /// The blocks of this component in one unit.
    fn unit(&mut self, dct: &mut Dct, unit: (usize, usize), bits: &mut Bits<'_>) {
        let (across, down) = self.blocks;
        for y in unit.1 * down..(unit.1 + 1) * down {
            for x in unit.0 * across..(unit.0 + 1) * across {
                let mut block = [Wrapping(0); 64];
                let last = self.block(bits, &mut block);
                dct.put(self.component, (x, y), &block, last);
            }
        }
    }

    /// Dequantised coefficients of the next block, and the place of the last one in the zigzag.
    fn block(&mut self, bits: &mut Bits<'_>, block: &mut Block) -> usize {
        self.prediction += bits.symbol(self.dc).value;
        block[0] = self.prediction * Wrapping(self.steps[0]);
        let mut last = 0;
        let mut k = 1;
        while k < 64 {
            let symbol = bits.symbol(self.ac);
            if symbol.size == 0 && symbol.run < 15 {
                break;
            }
            if symbol.size == 0 {
                k += 16;
                continue;
            }
            k += symbol.run as usize;
            let (Some(place), Some(step)) = (ZIGZAG.get(k), self.steps.get(k)) else {
                bits.no_such_code();
                break;
            };
            block[usize::from(place & 63)] = Wrapping(symbol.value) * Wrapping(*step);
            last = k;
            k += 1;
        }
        last
    }
}
