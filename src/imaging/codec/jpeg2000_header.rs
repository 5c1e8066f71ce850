//! The markers of a JPEG 2000 code stream in (T.800 annex A), its sizes out: held to the header, and to its own length.
//!
//! The decoder behind this walk is machine-translated C that asks for memory by what headers say. So what they say is
//! checked first: size, components, precision; that every tile is there to its end; and that there are no more
//! packets than bytes (each takes one at least, B.10) and no absurd number of code blocks.

use super::jpeg2000_coding::{Area, Codings, Grid, Reader, damaged, truncated};
use super::{Expected, Fallible};

/// Most code blocks of a frame; the decoder takes about 280 bytes for each. With the usual 64x64 or 32x32 this is
/// never reached; with the smallest, 4x4, by 16 million samples.
const MOST_CODE_BLOCKS: u64 = 1_000_000;

const SOT: u16 = 0xff90;
const SOD: u16 = 0xff93;
const EOC: u16 = 0xffd9;

/// What the code stream says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Bits a sample.
    pub precision: u32,
    pub signed: bool,
    /// Whether the first three components went through a colour transform, which the decoder undoes.
    pub transformed: bool,
    /// The byte behind the last tile-part, where the end mark belongs.
    pub end: usize,
}

/// Walks over a code stream.
pub(super) fn read(stream: &[u8], expected: &Expected) -> Fallible<Header> {
    let mut reader = Reader(stream);
    if reader.u16()? != 0xff4f || reader.u16()? != 0xff51 {
        return Err(damaged("it does not begin with its size"));
    }
    let (grid, mut header) = size(reader.body()?, expected)?;
    let mut codings = Codings::default();
    loop {
        match reader.u16()? {
            SOT => break,
            EOC | SOD => return Err(damaged("it has no tiles")),
            marker => codings.read(marker, reader.body()?, grid.components)?,
        }
    }
    header.transformed = codings.transformed;
    let start = stream.len() - reader.0.len() - 2;
    let (tiles, len) = tile_parts(&stream[start..], grid, &codings)?;
    header.end = start + len;
    let ended = stream[header.end..].starts_with(&EOC.to_be_bytes());
    if !tiles.iter().all(|tile| tile.is_whole(ended)) {
        return Err(truncated());
    }
    let (mut packets, mut blocks) = (0_u64, 0_u64);
    for (index, tile) in (0..).zip(&tiles) {
        let codings = tile.own.as_ref().unwrap_or(&codings);
        for component in 0..grid.components {
            let (precincts, more) = codings.of(component)?.count(grid.tile(index));
            packets = packets.saturating_add(precincts.saturating_mul(codings.layers));
            blocks = blocks.saturating_add(more);
        }
    }
    if packets > stream.len() as u64 {
        return Err(damaged(&format!(
            "its {} bytes cannot hold the {packets} packets it speaks of",
            stream.len()
        )));
    }
    if blocks > MOST_CODE_BLOCKS {
        return Err(format!(
            "is JPEG 2000 in {blocks} code blocks, at most {MOST_CODE_BLOCKS} are read: decompress it first"
        ));
    }
    Ok(header)
}

/// The size segment (A.5.1), held to the header.
fn size(mut body: Reader<'_>, expected: &Expected) -> Fallible<(Grid, Header)> {
    body.u16()?;
    let mut pair = || -> Fallible<(u64, u64)> { Ok((body.number(4)?, body.number(4)?)) };
    let (end, start, tile, tile_start) = (pair()?, pair()?, pair()?, pair()?);
    let components = usize::from(body.u16()?);
    let possible = |end, start, tile: u64, tile_start| {
        tile_start <= start && start < end && tile > 0 && tile_start + tile > start
    };
    if !possible(end.0, start.0, tile.0, tile_start.0)
        || !possible(end.1, start.1, tile.1, tile_start.1)
    {
        return Err(damaged("impossible sizes"));
    }
    let side = |end: u64, start: u64| usize::try_from(end - start).unwrap_or(usize::MAX);
    let width_height = (side(end.0, start.0), side(end.1, start.1));
    let depth = body.u8()?;
    let precision = u32::from(depth & 0x7f) + 1;
    expected.hold("JPEG 2000", width_height, components, precision)?;
    let mut same = body.bytes(2)? == [1, 1];
    for _ in 1..components {
        same &= body.bytes(3)? == [depth, 1, 1];
    }
    if !same {
        return Err(
            "is JPEG 2000 with components of different depth or size, which is not read: decompress it first"
                .to_owned(),
        );
    }
    let grid = Grid {
        image: Area {
            x: (start.0, end.0),
            y: (start.1, end.1),
        },
        tile,
        tile_start,
        components,
    };
    let header = Header {
        precision,
        signed: depth & 0x80 != 0,
        transformed: false,
        end: 0,
    };
    Ok((grid, header))
}

/// What is known of a tile.
#[derive(Debug, Clone, Default)]
struct Tile {
    /// Tile-parts that were seen, and how many it says there are; 0 when it does not say.
    parts: usize,
    said: usize,
    /// How it is coded, when it says so itself.
    own: Option<Codings>,
}

impl Tile {
    /// Whether all tile-parts are there; `ended` says whether the code stream has an end mark.
    fn is_whole(&self, ended: bool) -> bool {
        match self.said {
            0 => self.parts > 0 && ended,
            said => self.parts >= said,
        }
    }
}

/// Goes from tile-part to tile-part (A.4.2), each of which must be there to its end, and gives their length together.
fn tile_parts(stream: &[u8], grid: Grid, codings: &Codings) -> Fallible<(Vec<Tile>, usize)> {
    let tiles = {
        let (across, down) = grid.tiles();
        // a tile-part has 14 bytes at least
        usize::try_from(across.saturating_mul(down))
            .ok()
            .filter(|tiles| tiles.saturating_mul(14) <= stream.len())
            .ok_or_else(truncated)?
    };
    let mut tiles = vec![Tile::default(); tiles];
    let mut rest = stream;
    loop {
        let mut reader = Reader(rest);
        // padding, a missing end mark
        if rest.len() < 2 || reader.u16()? != SOT {
            break;
        }
        let mut body = reader.body()?;
        let index = usize::from(body.u16()?);
        let len = usize::try_from(body.number(4)?).unwrap_or(usize::MAX);
        let part = match len {
            0 => up_to_end(rest),
            len => rest.get(..len),
        }
        .ok_or_else(truncated)?;
        let tile = tiles
            .get_mut(index)
            .ok_or_else(|| damaged("a tile that it does not have"))?;
        tile.parts += 1;
        body.u8()?;
        tile.said = tile.said.max(body.u8()?.into());
        // 2 bytes marker, 2 length, 8 body
        part_header(part.get(12..).ok_or_else(truncated)?, tile, grid, codings)?;
        rest = &rest[part.len()..];
    }
    Ok((tiles, stream.len() - rest.len()))
}

/// What comes before the end mark, behind which there may be padding.
fn up_to_end(stream: &[u8]) -> Option<&[u8]> {
    let last = stream.iter().rposition(|byte| *byte != 0)?;
    stream[..=last].strip_suffix(&EOC.to_be_bytes())
}

/// The header of a tile-part, behind its first segment.
fn part_header(bytes: &[u8], tile: &mut Tile, grid: Grid, codings: &Codings) -> Fallible<()> {
    let mut reader = Reader(bytes);
    loop {
        let marker = reader.u16()?;
        if marker == SOD {
            return Ok(());
        }
        let body = reader.body()?;
        if !matches!(marker, 0xff52 | 0xff53) {
            continue;
        }
        let own = tile.own.get_or_insert_with(|| codings.clone());
        if marker == 0xff52 {
            // goes over what was said of components for all tiles (A.6.2)
            own.own.clear();
        }
        own.read(marker, body, grid.components)?;
        if own.transformed != codings.transformed {
            return Err(
                "is JPEG 2000 whose tiles differ in colour transform, which is not read: decompress it first"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Expected = Expected {
        width: 60,
        height: 40,
        components: 1,
        bits_allocated: 16,
        bits_stored: 12,
        signed: false,
        photometric_is_rgb: false,
    };

    fn segment(marker: u16, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len() + 2).unwrap();
        [&marker.to_be_bytes()[..], &len.to_be_bytes(), body].concat()
    }

    /// `numbers`: end, start, tile and first tile, each across and down.
    fn size_of(numbers: [u32; 8], components: &[[u8; 3]]) -> Vec<u8> {
        let mut body = vec![0, 0];
        body.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        body.extend(u16::try_from(components.len()).unwrap().to_be_bytes());
        body.extend(components.concat());
        [&[0xff, 0x4f], segment(0xff51, &body).as_slice()].concat()
    }

    const PLAIN: [u32; 8] = [60, 40, 0, 0, 60, 40, 0, 0];
    const GREY: [[u8; 3]; 1] = [[11, 1, 1]];

    /// Two decompositions, blocks of 64x64; `precincts` are their sizes from the lowest resolution on.
    fn coding(layers: u16, block: u8, precincts: &[u8]) -> Vec<u8> {
        let [high, low] = layers.to_be_bytes();
        let style = u8::from(!precincts.is_empty());
        let body = [&[style, 0, high, low, 0, 2, block, block, 0, 1], precincts].concat();
        segment(0xff52, &body)
    }

    /// A tile-part of `data` bytes; `more` are segments in its header.
    fn part(tile: u16, of: u8, more: &[u8], data: usize) -> Vec<u8> {
        let len = u32::try_from(14 + more.len() + data).unwrap();
        let body = [&tile.to_be_bytes()[..], &len.to_be_bytes(), &[0, of]].concat();
        let mut part = segment(SOT, &body);
        part.extend(more);
        part.extend(SOD.to_be_bytes());
        part.resize(part.len() + data, 7);
        part
    }

    const END: [u8; 2] = [0xff, 0xd9];

    #[track_caller]
    fn refused(parts: &[Vec<u8>], words: &str) {
        let problem = super::read(&parts.concat(), &HEADER).unwrap_err();
        assert!(problem.contains(words), "{problem}");
    }

    #[test]
    fn a_plain_code_stream_is_read() {
        let parts = [
            size_of(PLAIN, &GREY),
            coding(1, 4, &[]),
            part(0, 1, &[], 30),
        ];
        let stream = [parts.concat().as_slice(), &END, &[0]].concat();
        let header = read(&stream, &HEADER).unwrap();
        assert_eq!((header.precision, header.signed), (12, false));
        assert_eq!(header.end, stream.len() - 3);
        assert!(!header.transformed);
    }

    #[test]
    fn the_size_is_held_to_the_header() {
        refused(
            &[size_of([60_000, 60_000, 0, 0, 60_000, 60_000, 0, 0], &GREY)],
            "60000x60000",
        );
        refused(
            &[size_of([u32::MAX, 40, 0, 0, 1, 40, 0, 0], &GREY)],
            "4294967295x40",
        );
        refused(&[size_of(PLAIN, &[[11, 1, 1]; 3])], "3 components");
        refused(&[size_of(PLAIN, &[[16, 1, 1]])], "17 bits");
        refused(&[size_of(PLAIN, &[[11, 2, 1]])], "different depth or size");
        for impossible in [
            [60, 40, 60, 0, 60, 40, 0, 0],
            [60, 40, 0, 0, 0, 40, 0, 0],
            [60, 40, 0, 0, 60, 40, 1, 0],
            [65, 40, 5, 0, 4, 40, 0, 0],
        ] {
            refused(&[size_of(impossible, &GREY)], "impossible sizes");
        }
        let two = Expected {
            components: 2,
            ..HEADER
        };
        let stream = size_of(PLAIN, &[[11, 1, 1], [10, 1, 1]]);
        assert!(read(&stream, &two).unwrap_err().contains("different depth"));
    }

    #[test]
    fn every_tile_must_be_there_to_its_end() {
        let start = [
            size_of([60, 40, 0, 0, 32, 40, 0, 0], &GREY),
            coding(1, 4, &[]),
        ]
        .concat();
        let read = |parts: &[Vec<u8>], end: &[u8]| {
            let stream = [start.as_slice(), &parts.concat(), end].concat();
            super::read(&stream, &HEADER).map(|_| ())
        };
        let (first, second) = (part(0, 1, &[], 30), part(1, 1, &[], 30));
        assert!(read(&[first.clone(), second.clone()], &END).is_ok());
        assert!(read(&[first.clone(), second.clone()], &[]).is_ok());
        assert!(read(std::slice::from_ref(&first), &END).is_err());
        assert!(read(&[first.clone(), second[..40].to_vec()], &[]).is_err());
        assert!(read(&[first.clone(), second, part(2, 1, &[], 3)], &END).is_err());
        // two parts of the second tile
        let half = part(1, 2, &[], 30);
        assert!(read(&[first.clone(), half.clone()], &END).is_err());
        assert!(read(&[first.clone(), half.clone(), half], &[]).is_ok());
        // how many parts is not said: the end mark must be there
        let open = part(1, 0, &[], 30);
        assert!(read(&[first.clone(), open.clone()], &END).is_ok());
        assert!(read(&[first.clone(), open], &[]).is_err());
        // up to the end mark
        let mut last = part(1, 1, &[], 30);
        last[6..10].fill(0);
        assert!(read(&[first.clone(), last.clone()], &[0xff, 0xd9, 0]).is_ok());
        assert!(read(&[first, last], &[]).is_err());
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused() {
        let stream = |coding: Vec<u8>| {
            [
                size_of(PLAIN, &GREY),
                coding,
                part(0, 1, &[], 30),
                END.to_vec(),
            ]
        };
        refused(&stream(coding(60_000, 4, &[])), "180000 packets");
        // precincts of 1x1 at the lowest resolution, of 2x2 above
        refused(&stream(coding(1, 4, &[0, 0x11, 0x11])), "900 packets");
        refused(&stream(coding(1, 9, &[])), "impossible decompositions");
        refused(&stream(coding(1, 4, &[0, 0, 0])), "impossible precincts");
        refused(
            &[
                size_of([60, 40, 0, 0, 1, 1, 0, 0], &GREY),
                coding(1, 4, &[]),
                part(0, 1, &[], 30),
            ],
            "truncated",
        );
        let large = Expected {
            width: 5000,
            height: 5000,
            ..HEADER
        };
        let parts = [
            size_of([5000, 5000, 0, 0, 5000, 5000, 0, 0], &GREY),
            coding(1, 0, &[]),
            part(0, 1, &[], 30),
            END.to_vec(),
        ];
        let problem = read(&parts.concat(), &large).unwrap_err();
        assert!(problem.contains("1563751 code blocks"), "{problem}");
    }

    #[test]
    fn a_tile_and_a_component_may_have_their_own_coding() {
        // five decompositions for component 0, in the main header and in the tile's
        let own = segment(0xff53, &[0, 0, 5, 4, 4, 0, 1]);
        let many = segment(0xff53, &[0, 1, 0, 4, 4, 0, 1, 0]);
        let stream = |main: &[u8], tile: &[u8]| {
            [
                size_of(PLAIN, &GREY),
                coding(1, 4, &[]),
                main.to_vec(),
                part(0, 1, tile, 30),
                END.to_vec(),
            ]
        };
        assert!(read(&stream(&own, &own).concat(), &HEADER).is_ok());
        refused(&stream(&many, &[]), "2400 packets");
        refused(&stream(&[], &many), "2400 packets");
        refused(
            &stream(&segment(0xff53, &[1, 0, 5, 4, 4, 0, 1]), &[]),
            "does not have",
        );
        // the tile's own default goes over the component's for all tiles
        assert!(read(&stream(&many, &coding(1, 4, &[])).concat(), &HEADER).is_ok());
        let transformed = segment(0xff52, &[0, 0, 0, 1, 1, 2, 4, 4, 0, 1]);
        refused(&stream(&[], &transformed), "differ in colour transform");
    }
}
