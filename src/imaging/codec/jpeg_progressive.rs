//! The bits of progressive scans in (T.81 G.1.2 and G.2), their coefficients and at the end their blocks out.

use std::num::Wrapping;

use super::Fallible;
use super::jpeg_bits::{Bits, Huffman};
use super::jpeg_dct::{Dct, Plane, ZIGZAG};
use super::jpeg_frame::{Scan, Tables, damaged};
use super::jpeg_sequential::{Restarts, table};

/// Most scans of a frame: encoders make about ten; each may cost the whole picture's time for a few bytes.
const MOST_SCANS: usize = 100;

/// Reads one scan.
pub(super) fn scan(
    dct: &mut Dct,
    scan: &Scan,
    tables: &Tables,
    bits: &mut Bits<'_>,
) -> Fallible<()> {
    dct.scans += 1;
    if dct.scans > MOST_SCANS {
        return Err(format!(
            "is a progressive JPEG of more than {MOST_SCANS} scans, which is not read: decompress it first"
        ));
    }
    // G.1.1.1
    let is_dc = scan.first == 0;
    let possible = scan.low < 14
        && scan.before < 15
        && if is_dc {
            scan.last == 0
        } else {
            scan.first <= scan.last && scan.last < 64 && scan.parts.len() == 1
        };
    if !possible {
        return Err(damaged("a progressive scan of impossible coefficients"));
    }
    for part in &scan.parts {
        let rows = dct.block_rows(part.component);
        let plane = &mut dct.planes[part.component];
        if !plane.seen {
            plane.seen = true;
            plane.steps = plane.steps(tables)?;
            plane.coefficients = vec![0; plane.blocks_across * rows * 64];
        }
    }
    if is_dc {
        first_coefficients(dct, scan, tables, bits)
    } else {
        other_coefficients(dct, scan, tables, bits)
    }
}

/// A scan of first coefficients, of one component or several (G.1.2.1).
fn first_coefficients(
    dct: &mut Dct,
    scan: &Scan,
    tables: &Tables,
    bits: &mut Bits<'_>,
) -> Fallible<()> {
    let grid = dct.grid(scan)?;
    let mut parts = Vec::new();
    for part in &scan.parts {
        let huffman = match scan.before {
            0 => Some(table(&tables.dc, part.dc)?),
            _ => None,
        };
        let blocks = dct.blocks_of_unit(part.component, grid);
        parts.push(First {
            component: part.component,
            huffman,
            low: scan.low,
            blocks,
            prediction: Wrapping(0),
        });
    }
    let mut restarts = Restarts::every(tables.restart);
    for unit_y in 0..grid.units.1 {
        for unit_x in 0..grid.units.0 {
            if restarts.due(bits)? {
                First::restart(&mut parts);
            }
            for part in &mut parts {
                part.unit(&mut dct.planes[part.component], (unit_x, unit_y), bits);
            }
        }
        bits.check()?;
    }
    Ok(())
}

/// A component while a scan of its first coefficients is read.
struct First<'a> {
    component: usize,
    /// `None` where the scan has one more bit of each coefficient.
    huffman: Option<&'a Huffman>,
    /// The place of the scan's last bit.
    low: u32,
    /// Blocks of a minimum coded unit.
    blocks: (usize, usize),
    /// The first coefficient of the block before.
    prediction: Wrapping<i32>,
}

impl First<'_> {
    /// Behind a restart marker nothing is known of the blocks before.
    fn restart(parts: &mut [Self]) {
        for part in parts {
            part.prediction = Wrapping(0);
        }
    }

    /// The blocks of this component in one unit.
    #[inline]
    fn unit(&mut self, plane: &mut Plane, unit: (usize, usize), bits: &mut Bits<'_>) {
        let (across, down) = self.blocks;
        for y in unit.1 * down..(unit.1 + 1) * down {
            for x in unit.0 * across..(unit.0 + 1) * across {
                self.coefficient(&mut plane.block((x, y))[0], bits);
            }
        }
    }

    /// The first coefficient of the next block.
    #[inline]
    fn coefficient(&mut self, coefficient: &mut i16, bits: &mut Bits<'_>) {
        if let Some(huffman) = self.huffman {
            self.prediction += bits.symbol(huffman).value;
            *coefficient = store(self.prediction.0, self.low);
        } else if bits.raw(1) == 1 {
            *coefficient |= 1 << self.low;
        }
    }
}

/// A scan of other coefficients, of one component (G.1.2.2 and G.1.2.3).
fn other_coefficients(
    dct: &mut Dct,
    scan: &Scan,
    tables: &Tables,
    bits: &mut Bits<'_>,
) -> Fallible<()> {
    let grid = dct.grid(scan)?;
    let part = scan.parts[0];
    let huffman = table(&tables.ac, part.ac)?;
    let plane = &mut dct.planes[part.component];
    let mut band = Band {
        first: scan.first,
        last: scan.last,
        low: scan.low,
        ended: 0,
    };
    let mut restarts = Restarts::every(tables.restart);
    for y in 0..grid.units.1 {
        for x in 0..grid.units.0 {
            if restarts.due(bits)? {
                band.ended = 0;
            }
            let block = plane.block((x, y));
            if scan.before == 0 {
                band.read(block, huffman, bits);
            } else {
                band.refine(block, huffman, bits);
            }
        }
        bits.check()?;
    }
    Ok(())
}

impl Plane {
    /// The coefficients of a block.
    fn block(&mut self, place: (usize, usize)) -> &mut [i16] {
        let start = (place.1 * self.blocks_across + place.0) * 64;
        &mut self.coefficients[start..start + 64]
    }
}

/// A value at its bit position; damaged streams have values beyond 16 bits.
fn store(value: i32, low: u32) -> i16 {
    let [a, b, ..] = value.wrapping_shl(low).to_le_bytes();
    i16::from_le_bytes([a, b])
}

/// A band of coefficients while its scan is read.
struct Band {
    first: usize,
    last: usize,
    low: u32,
    /// How many blocks, from the next one on, have nothing more in this band.
    ended: u32,
}

impl Band {
    /// How many blocks a symbol without value ends, with this one; `None` for a run of sixteen zeros.
    fn end(run: u32, bits: &mut Bits<'_>) -> Option<u32> {
        (run < 15).then(|| (1 << run) + bits.raw(run))
    }

    /// The first scan of the band.
    fn read(&mut self, block: &mut [i16], huffman: &Huffman, bits: &mut Bits<'_>) {
        if self.ended > 0 {
            self.ended -= 1;
            return;
        }
        let mut k = self.first;
        while k <= self.last {
            let symbol = bits.symbol(huffman);
            if symbol.size == 0
                && let Some(blocks) = Self::end(symbol.run, bits)
            {
                self.ended = blocks - 1;
                return;
            }
            if symbol.size == 0 {
                k += 16;
                continue;
            }
            k += symbol.run as usize;
            if k > self.last {
                bits.no_such_code();
                return;
            }
            block[k] = store(symbol.value, self.low);
            k += 1;
        }
    }

    /// Another scan of the band: one more bit of each coefficient, and new ones of one bit.
    fn refine(&mut self, block: &mut [i16], huffman: &Huffman, bits: &mut Bits<'_>) {
        let mut k = self.first;
        while self.ended == 0 && k <= self.last {
            let symbol = bits.symbol(huffman);
            if symbol.size == 0
                && let Some(blocks) = Self::end(symbol.run, bits)
            {
                self.ended = blocks;
                break;
            }
            k = self.pass_zeros(block, k, symbol.run, bits);
            if symbol.size > 0 && k > self.last {
                bits.no_such_code();
                return;
            }
            if symbol.size > 0 {
                block[k] = store(symbol.value.signum(), self.low);
            }
            k += 1;
        }
        if self.ended > 0 {
            self.pass_zeros(block, k, 64, bits);
            self.ended -= 1;
        }
    }

    /// Goes on to the zero behind `run` zeros, refining what is not zero on the way.
    fn pass_zeros(&self, block: &mut [i16], from: usize, run: u32, bits: &mut Bits<'_>) -> usize {
        let one = 1_i16 << self.low;
        let mut zeros = run;
        for (k, coefficient) in block.iter_mut().enumerate().take(self.last + 1).skip(from) {
            if *coefficient == 0 && zeros == 0 {
                return k;
            }
            if *coefficient == 0 {
                zeros -= 1;
            } else if bits.raw(1) == 1 && *coefficient & one == 0 {
                *coefficient = coefficient.wrapping_add(one * coefficient.signum());
            }
        }
        self.last + 1
    }
}

/// Transforms all blocks, when all scans have been read.
pub(super) fn finish(dct: &mut Dct) {
    for component in 0..dct.planes.len() {
        let plane = &mut dct.planes[component];
        let steps = plane.steps;
        let across = plane.blocks_across;
        let coefficients = std::mem::take(&mut plane.coefficients);
        for (i, zigzag) in coefficients.chunks_exact(64).enumerate() {
            let mut block = [Wrapping(0); 64];
            let mut last = 0;
            for (k, value) in zigzag.iter().enumerate().filter(|(_, value)| **value != 0) {
                block[usize::from(ZIGZAG[k])] = Wrapping(i32::from(*value)) * Wrapping(steps[k]);
                last = k;
            }
            dct.put(component, (i % across, i / across), &block, last);
        }
    }
}
