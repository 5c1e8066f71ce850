//! Coding segments of a JPEG 2000 code stream in (T.800 A.6), numbers of precincts and code blocks out (annex B).

use super::Fallible;

/// A sentence about bytes that make no sense.
pub(super) fn damaged(what: &str) -> String {
    format!("holds a damaged JPEG 2000 frame: {what}")
}

/// A sentence about bytes that are not there.
pub(super) fn truncated() -> String {
    "holds a truncated JPEG 2000 frame: its data ends too early".to_owned()
}

/// Numbers, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Fallible<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn number(&mut self, bytes: usize) -> Fallible<u64> {
        Ok(self
            .bytes(bytes)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn u8(&mut self) -> Fallible<u8> {
        Ok(self.bytes(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Fallible<u16> {
        let two = self.bytes(2)?;
        Ok(u16::from_be_bytes([two[0], two[1]]))
    }

    /// The body of a marker segment.
    pub(super) fn body(&mut self) -> Fallible<Self> {
        let len = usize::from(self.u16()?);
        let body = len
            .checked_sub(2)
            .ok_or_else(|| damaged("a segment is shorter than its own length"))?;
        Ok(Self(self.bytes(body)?))
    }
}

/// Image and tiles on the reference grid (SIZ, A.5.1); components are not subsampled, so these are their own too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub image: Area,
    /// Size of a tile, and where the first one begins.
    pub tile: (u64, u64),
    pub tile_start: (u64, u64),
    pub components: usize,
}

/// From the first to behind the last, across and down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub x: (u64, u64),
    pub y: (u64, u64),
}

impl Grid {
    pub(super) fn tiles(&self) -> (u64, u64) {
        let across = self.image.x.1 - self.tile_start.0;
        let down = self.image.y.1 - self.tile_start.1;
        (across.div_ceil(self.tile.0), down.div_ceil(self.tile.1))
    }

    /// The part of the image in a tile (B.3).
    pub(super) fn tile(&self, index: u64) -> Area {
        let across = self.tiles().0;
        let side = |place: u64, size: u64, start: u64, image: (u64, u64)| {
            let first = start + place * size;
            (first.max(image.0), (first + size).min(image.1))
        };
        Area {
            x: side(index % across, self.tile.0, self.tile_start.0, self.image.x),
            y: side(index / across, self.tile.1, self.tile_start.1, self.image.y),
        }
    }
}

/// How a component of a tile is coded (COD and COC, A.6.1 and A.6.2).
#[derive(Debug, Clone)]
pub(super) struct Coding {
    /// Exponents of a code block's width and height.
    block: (u32, u32),
    /// Exponents of a precinct's width and height, from the lowest resolution on; one more than decompositions.
    precincts: Vec<(u32, u32)>,
}

impl Coding {
    /// `own_precincts` says whether their sizes follow.
    fn read(reader: &mut Reader<'_>, own_precincts: bool) -> Fallible<Self> {
        let decompositions = reader.u8()?;
        let (width, height) = (reader.u8()?, reader.u8()?);
        reader.bytes(2)?;
        let block = (u32::from(width & 15) + 2, u32::from(height & 15) + 2);
        if decompositions > 32 || block.0 > 10 || block.1 > 10 || block.0 + block.1 > 12 {
            return Err(damaged("impossible decompositions or code blocks"));
        }
        let precincts = (0..=decompositions)
            .map(|resolution| {
                let sizes = if own_precincts { reader.u8()? } else { 0xff };
                let sizes = (u32::from(sizes & 15), u32::from(sizes >> 4));
                if resolution > 0 && (sizes.0 == 0 || sizes.1 == 0) {
                    return Err(damaged("impossible precincts"));
                }
                Ok(sizes)
            })
            .collect::<Fallible<_>>()?;
        Ok(Self { block, precincts })
    }

    /// Precincts and code blocks of this component in a tile (B.6 and B.7).
    pub(super) fn count(&self, tile: Area) -> (u64, u64) {
        let decompositions = self.precincts.len() - 1;
        let (mut precincts, mut blocks) = (0_u64, 0_u64);
        for (resolution, size) in self.precincts.iter().enumerate() {
            let level = u32::try_from(decompositions - resolution).unwrap_or(u32::MAX);
            let across = pieces(scaled(tile.x, level, 0), size.0);
            let down = pieces(scaled(tile.y, level, 0), size.1);
            precincts = precincts.saturating_add(across.saturating_mul(down));
            let bands: &[(u64, u64)] = match resolution {
                0 => &[(0, 0)],
                _ => &[(1, 0), (0, 1), (1, 1)],
            };
            let (level, less) = if resolution == 0 {
                (level, 0)
            } else {
                (level + 1, 1)
            };
            for (x, y) in bands {
                let across = pieces(scaled(tile.x, level, *x), self.block.0.min(size.0 - less));
                let down = pieces(scaled(tile.y, level, *y), self.block.1.min(size.1 - less));
                blocks = blocks.saturating_add(across.saturating_mul(down));
            }
        }
        (precincts, blocks)
    }
}

/// A side of a tile in a band of `level` decompositions; `high` is 1 for the upper half of frequencies (B-15).
fn scaled(side: (u64, u64), level: u32, high: u64) -> (u64, u64) {
    let shift = level.checked_sub(1).map_or(0, |half| high << half);
    let at = |edge: u64| edge.saturating_sub(shift).div_ceil(1 << level);
    (at(side.0), at(side.1))
}

/// How many pieces of `1 << exponent`, on a grid from 0, a side touches.
fn pieces(side: (u64, u64), exponent: u32) -> u64 {
    if side.0 >= side.1 {
        return 0;
    }
    side.1.div_ceil(1 << exponent) - (side.0 >> exponent)
}

/// What is coded how: everywhere, or in one tile.
#[derive(Debug, Clone, Default)]
pub(super) struct Codings {
    pub layers: u64,
    pub transformed: bool,
    default: Option<Coding>,
    /// Of single components.
    pub own: Vec<(usize, Coding)>,
}

impl Codings {
    pub(super) fn of(&self, component: usize) -> Fallible<&Coding> {
        let own = self.own.iter().rev().find(|(of, _)| *of == component);
        own.map(|(_, coding)| coding)
            .or(self.default.as_ref())
            .ok_or_else(|| damaged("it does not say how it is coded"))
    }

    /// Takes a marker segment in, when it is about coding.
    pub(super) fn read(
        &mut self,
        marker: u16,
        mut body: Reader<'_>,
        components: usize,
    ) -> Fallible<()> {
        match marker {
            0xff52 => {
                let style = body.u8()?;
                body.u8()?;
                self.layers = body.u16()?.into();
                self.transformed = body.u8()? == 1;
                self.default = Some(Coding::read(&mut body, style & 1 == 1)?);
            }
            0xff53 => {
                let component = body.number(if components < 257 { 1 } else { 2 })?;
                let component = usize::try_from(component)
                    .ok()
                    .filter(|component| *component < components)
                    .ok_or_else(|| damaged("a component that it does not have"))?;
                let style = body.u8()?;
                self.own
                    .push((component, Coding::read(&mut body, style & 1 == 1)?));
            }
            _ => {}
        }
        Ok(())
    }
}
