//! A scan's header and bytes in, lines of samples in a picture out: interleaving and restarts (T.87 A.8, B).

use super::bits::Bits;
use super::coding::Coding;
use super::model::Model;
use crate::imaging::Fallible;

/// How the components of a scan take turns: `ILV` (T.87 C.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interleave {
    /// Line by line; a single component is that as well.
    Line,
    /// Pixel by pixel.
    Sample,
}

/// One component of a scan.
#[derive(Debug)]
pub(super) struct Channel {
    /// Its place within a pixel.
    pub(super) place: usize,
    /// How many bits its values have.
    pub(super) bits: u32,
    /// What its samples stand for, where they are indices into a mapping table.
    pub(super) table: Option<Vec<u16>>,
}

/// What a scan header says, and what holds for it.
#[derive(Debug)]
pub(super) struct Scan {
    /// The components, 1 to 4, in their order.
    pub(super) channels: Vec<Channel>,
    /// How they take turns.
    pub(super) interleave: Interleave,
    /// The constants of the coding.
    pub(super) coding: Coding,
    /// After how many lines everything begins anew; 0 when never.
    pub(super) restart: usize,
}

/// The picture that the scans fill; rows are added as they are decoded.
#[derive(Debug)]
pub(super) struct Picture {
    /// Pixels a row, not zero.
    pub(super) width: usize,
    /// Rows, not zero.
    pub(super) height: usize,
    /// Values a pixel, not zero.
    pub(super) components: usize,
    /// Interleaved by pixel.
    pub(super) values: Vec<u16>,
}

/// The line that is decoded, the line above, and one pixel more on either side of both.
struct Lines {
    above: Vec<u16>,
    line: Vec<u16>,
    run_index: usize,
}

impl Lines {
    /// Above the first line everything is zero.
    fn new(width: usize, depth: usize) -> Self {
        let zeros = vec![0; (width + 2) * depth];
        Self {
            above: zeros.clone(),
            line: zeros,
            run_index: 0,
        }
    }

    /// Goes down by a line, and sets the pixels beyond its ends (T.87 A.2.1).
    fn next(&mut self, depth: usize) {
        std::mem::swap(&mut self.above, &mut self.line);
        let end = self.above.len() - depth;
        self.above.copy_within(end - depth..end, end);
        self.line[..depth].copy_from_slice(&self.above[depth..2 * depth]);
    }
}

impl Scan {
    /// Decodes the scan that begins at a byte; gives the place of the marker behind it.
    ///
    /// # Errors
    /// When the bytes end too early, or make no sense.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        start: usize,
        picture: &mut Picture,
    ) -> Fallible<usize> {
        let mut model = Model::new(&self.coding, Bits::new(bytes, start));
        let mut planes = self.planes(picture.width);
        for y in 0..picture.height {
            if self.restart != 0 && y != 0 && y.is_multiple_of(self.restart) {
                let marker = finish(&model)?;
                let begin = after_restart(bytes, marker, y / self.restart - 1)?;
                model = Model::new(&self.coding, Bits::new(bytes, begin));
                planes = self.planes(picture.width);
            }
            let depth = self.depth();
            for (plane, channels) in planes.iter_mut().zip(self.channels.chunks(depth)) {
                plane.next(depth);
                decode_line(&mut model, depth, self.coding.is_plain(), plane);
                check(&model, y, picture.height)?;
                picture.store(y, channels, &plane.line)?;
            }
        }
        finish(&model)
    }

    /// How many components lie side by side in a line.
    fn depth(&self) -> usize {
        match self.interleave {
            Interleave::Line => 1,
            Interleave::Sample => self.channels.len(),
        }
    }

    fn planes(&self, width: usize) -> Vec<Lines> {
        let depth = self.depth();
        (0..self.channels.len() / depth)
            .map(|_| Lines::new(width, depth))
            .collect()
    }
}

fn decode_line(model: &mut Model<'_>, depth: usize, is_plain: bool, lines: &mut Lines) {
    let Lines {
        above,
        line,
        run_index,
    } = lines;
    match (depth, is_plain) {
        (2, _) => decode_pixels::<2>(model, is_plain, lines),
        (3, _) => decode_pixels::<3>(model, is_plain, lines),
        (4, _) => decode_pixels::<4>(model, is_plain, lines),
        (_, true) => model.line::<true>(above, line, run_index),
        (_, false) => model.line::<false>(above, line, run_index),
    }
}

fn decode_pixels<const N: usize>(model: &mut Model<'_>, is_plain: bool, lines: &mut Lines) {
    let (above, _) = lines.above.as_chunks::<N>();
    let (line, _) = lines.line.as_chunks_mut::<N>();
    if is_plain {
        model.pixels::<N, true>(above, line, &mut lines.run_index);
    } else {
        model.pixels::<N, false>(above, line, &mut lines.run_index);
    }
}

/// Whether the line that was just decoded came from bytes that are there and make sense.
fn check(model: &Model<'_>, y: usize, height: usize) -> Fallible<()> {
    let bits = model.bits();
    if bits.ran_out() {
        return Err(format!(
            "is truncated: its JPEG-LS data end in line {} of {height}",
            y + 1
        ));
    }
    if bits.is_damaged() {
        return Err(format!(
            "is damaged: its JPEG-LS data make no sense in line {} of {height}",
            y + 1
        ));
    }
    Ok(())
}

fn finish(model: &Model<'_>) -> Fallible<usize> {
    model.bits().finish().ok_or_else(|| {
        "is damaged: its JPEG-LS data go on behind the last line of a scan".to_owned()
    })
}

/// The place behind the restart marker with a number, taken modulo 8 (T.81 B.2.1).
fn after_restart(bytes: &[u8], marker: usize, number: usize) -> Fallible<usize> {
    let fill = bytes
        .get(marker..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| **byte == 0xff)
        .count();
    let code = bytes.get(marker + fill).copied();
    match code {
        None => Err("is truncated: its JPEG-LS data end before a restart marker".to_owned()),
        Some(code) if fill > 0 && usize::from(code) == 0xd0 + number % 8 => Ok(marker + fill + 1),
        Some(code) => Err(format!(
            "is damaged: its JPEG-LS data have {code:#04x} where restart marker {} is due",
            number % 8
        )),
    }
}

impl Picture {
    /// Puts a decoded line, with its margins, into a row.
    fn store(&mut self, y: usize, channels: &[Channel], line: &[u16]) -> Fallible<()> {
        let row = self.width * self.components;
        let (begin, end) = (y * row, (y + 1) * row);
        let depth = channels.len();
        let line = &line[depth..line.len() - depth];
        let is_whole = depth == self.components
            && channels
                .iter()
                .enumerate()
                .all(|(i, channel)| channel.place == i && channel.table.is_none());
        if self.values.len() < end {
            if is_whole {
                self.values.extend_from_slice(line);
                return Ok(());
            }
            self.values.resize(end, 0);
        }
        let pixels = self.values[begin..end].chunks_exact_mut(self.components);
        for (pixel, samples) in pixels.zip(line.chunks_exact(depth)) {
            for (channel, sample) in channels.iter().zip(samples) {
                pixel[channel.place] = channel.value(*sample)?;
            }
        }
        Ok(())
    }
}

impl Channel {
    /// What a sample stands for.
    fn value(&self, sample: u16) -> Fallible<u16> {
        let Some(table) = &self.table else {
            return Ok(sample);
        };
        table.get(usize::from(sample)).copied().ok_or_else(|| {
            format!(
                "is damaged: a JPEG-LS sample is {sample}, but its mapping table has {} entries",
                table.len()
            )
        })
    }
}
