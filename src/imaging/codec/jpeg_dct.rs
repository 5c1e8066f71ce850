//! The blocks of a JPEG frame with cosine transform in (T.81 A.1 and A.2, 8 or 12 bits), samples of full resolution out.

use super::Fallible;
use super::jpeg_frame::{Component, Frame, Scan, Tables, damaged};
use super::jpeg_idct::{Block, Inverse};
use super::jpeg_upsample::{Coarse, Factors};

/// Where the coefficients of a zigzag lie in a block (T.81 figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A frame while its scans are read.
#[derive(Debug)]
pub(super) struct Dct {
    width: usize,
    inverse: Inverse,
    /// Minimum coded units of a scan with several components.
    units: (usize, usize),
    pub(super) planes: Vec<Plane>,
    /// Samples of full resolution, those of a pixel side by side.
    samples: Vec<u16>,
    /// Scans that have been read.
    pub(super) scans: usize,
}

/// One component.
#[derive(Debug)]
pub(super) struct Plane {
    /// Sampling factors: blocks of a minimum coded unit.
    across: usize,
    down: usize,
    /// Its own size.
    width: usize,
    height: usize,
    factors: Factors,
    /// Its samples, `width * height`, when they are fewer than the picture's; else they go there at once.
    coarse: Vec<u16>,
    quantisation: usize,
    pub(super) seen: bool,
    /// Progressive: blocks a row with those that fill the last unit, and all coefficients, in zigzag order.
    pub(super) blocks_across: usize,
    pub(super) coefficients: Vec<i16>,
    /// Progressive: the quantisation as its first scan found it.
    pub(super) steps: [i32; 64],
}

impl Plane {
    /// Blocks that hold samples, across and down.
    fn blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }

    /// The quantisation that the tables have for this component.
    pub(super) fn steps(&self, tables: &Tables) -> Fallible<[i32; 64]> {
        tables.quantisation[self.quantisation]
            .map(|table| table.map(i32::from))
            .ok_or_else(|| damaged("a quantisation table is missing"))
    }
}

/// The blocks that a scan goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// Minimum coded units across and down.
    pub units: (usize, usize),
    /// Whether a unit is one block of the only component.
    pub single: bool,
}

impl Dct {
    /// For a frame whose scans lie in `left` bytes.
    pub(super) fn new(frame: &Frame, left: usize) -> Fallible<Self> {
        let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|c| c.across), most(|c| c.down));
        let units = (
            frame.width.div_ceil(8 * across),
            frame.height.div_ceil(8 * down),
        );
        let mut planes = Vec::new();
        let mut blocks = 0;
        for component in &frame.components {
            if across % component.across != 0 || down % component.down != 0 {
                return Err(
                    "is JPEG whose components have sizes that are no multiples of each other, which is not read"
                        .to_owned(),
                );
            }
            let plane = Plane {
                across: component.across,
                down: component.down,
                width: (frame.width * component.across).div_ceil(across),
                height: (frame.height * component.down).div_ceil(down),
                factors: Factors {
                    across: across / component.across,
                    down: down / component.down,
                },
                coarse: Vec::new(),
                quantisation: component.quantisation,
                seen: false,
                blocks_across: units.0 * component.across,
                coefficients: Vec::new(),
                steps: [0; 64],
            };
            let (x, y) = plane.blocks();
            blocks += x * y;
            planes.push(plane);
        }
        // a block takes at least one bit
        if blocks.div_ceil(8) > left {
            return Err(format!(
                "holds a truncated JPEG frame: {left} bytes cannot hold {}x{} pixels",
                frame.width, frame.height
            ));
        }
        for plane in &mut planes {
            if plane.factors != (Factors { across: 1, down: 1 }) {
                plane.coarse = vec![0; plane.width * plane.height];
            }
        }
        Ok(Self {
            width: frame.width,
            inverse: Inverse::new(frame.precision),
            units,
            samples: vec![0; frame.width * frame.height * planes.len()],
            planes,
            scans: 0,
        })
    }

    /// Whether every component has been in a scan.
    pub(super) fn has_all(&self) -> bool {
        self.planes.iter().all(|plane| plane.seen)
    }

    /// The blocks of a scan.
    pub(super) fn grid(&self, scan: &Scan) -> Fallible<Grid> {
        if let [part] = scan.parts.as_slice() {
            return Ok(Grid {
                units: self.planes[part.component].blocks(),
                single: true,
            });
        }
        // T.81 B.2.3
        let blocks: usize = scan
            .parts
            .iter()
            .map(|part| &self.planes[part.component])
            .map(|plane| plane.across * plane.down)
            .sum();
        if blocks > 10 {
            return Err(damaged("more than ten blocks in a unit"));
        }
        Ok(Grid {
            units: self.units,
            single: false,
        })
    }

    /// Rows of blocks of a component, with those that fill the last unit.
    pub(super) fn block_rows(&self, component: usize) -> usize {
        self.units.1 * self.planes[component].down
    }

    /// How many blocks of a component lie in a unit, across and down.
    pub(super) fn blocks_of_unit(&self, component: usize, grid: Grid) -> (usize, usize) {
        if grid.single {
            (1, 1)
        } else {
            let plane = &self.planes[component];
            (plane.across, plane.down)
        }
    }

    /// Transforms a block and puts its samples where they belong; `last` as in [`Inverse::samples`].
    ///
    /// Blocks that only fill the last unit are dropped.
    pub(super) fn put(
        &mut self,
        component: usize,
        place: (usize, usize),
        block: &Block,
        last: usize,
    ) {
        let components = self.planes.len();
        let plane = &mut self.planes[component];
        let (left, top) = (place.0 * 8, place.1 * 8);
        if left >= plane.width || top >= plane.height {
            return;
        }
        let (columns, rows) = (8.min(plane.width - left), 8.min(plane.height - top));
        let (target, first, step) = if plane.coarse.is_empty() {
            (&mut self.samples, component, components)
        } else {
            (&mut plane.coarse, 0, 1)
        };
        let samples = self.inverse.samples(block, last);
        for (y, row) in (top..).zip(samples.chunks_exact(8).take(rows)) {
            let target = &mut target[(y * plane.width + left) * step + first..];
            scatter(target, 0, step, &row[..columns]);
        }
    }

    /// The samples of full resolution, those of a pixel side by side.
    pub(super) fn finish(mut self) -> Vec<u16> {
        let components = self.planes.len();
        let (mut sums, mut line) = (Vec::new(), vec![0; self.width]);
        for (component, plane) in self.planes.iter().enumerate() {
            if plane.coarse.is_empty() {
                continue;
            }
            let coarse = Coarse {
                samples: &plane.coarse,
                width: plane.width,
                height: plane.height,
                factors: plane.factors,
            };
            for (y, row) in self
                .samples
                .chunks_exact_mut(self.width * components)
                .enumerate()
            {
                coarse.spread(y, &mut sums, &mut line);
                scatter(row, component, components, &line);
            }
        }
        self.samples
    }
}

/// Puts the samples of one component among those of `components`.
#[inline]
fn scatter(pixels: &mut [u16], component: usize, components: usize, samples: &[u16]) {
    match components {
        1 => pixels[..samples.len()].copy_from_slice(samples),
        3 => {
            for (pixel, sample) in pixels[component..].chunks_mut(3).zip(samples) {
                pixel[0] = *sample;
            }
        }
        _ => {
            let of_component = pixels[component..].iter_mut().step_by(components);
            for (to, sample) in of_component.zip(samples) {
                *to = *sample;
            }
        }
    }
}
