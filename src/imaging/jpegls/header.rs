//! Marker segments in, what they say of the frame and its scans out (T.87 C.2), held to what is expected.

use super::coding::{Coding, Presets};
use super::scan::{Channel, Interleave, Scan};
use super::segments::{APP8, DRI, LSE, SOF55, number};
use super::transform::Transform;
use crate::imaging::Fallible;
use crate::imaging::codec::Expected;

/// Everything the segments said so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    frame: Option<Frame>,
    /// Height and width, of segments that have them for want of bits in the frame header.
    oversize: Option<(usize, usize)>,
    presets: Presets,
    /// Lines from restart to restart; 0 when there are none.
    restart: usize,
    tables: Vec<Table>,
    /// What was done to the colours before they were coded.
    pub(super) transform: Option<Transform>,
    /// What the SPIFF header calls the colours.
    pub(super) colours: Option<&'static str>,
}

/// A frame header.
#[derive(Debug)]
struct Frame {
    precision: u32,
    height: usize,
    width: usize,
    /// The components' identifiers.
    components: Vec<u8>,
}

/// A mapping table: what samples stand for.
#[derive(Debug)]
struct Table {
    id: u8,
    /// Bytes an entry.
    wide: usize,
    bytes: Vec<u8>,
}

impl Header {
    /// Reads any segment but the header of a scan and the number of lines.
    ///
    /// # Errors
    /// When it makes no sense, or says something that is not read.
    pub(super) fn read(&mut self, marker: u8, body: &[u8]) -> Fallible<()> {
        match marker {
            SOF55 => self.read_frame(body),
            LSE => self.read_presets(body),
            DRI if matches!(body.len(), 2..=4) => {
                self.restart = number(body);
                Ok(())
            }
            DRI => Err(damaged("restart interval")),
            APP8 => self.read_application(body),
            _ => Ok(()),
        }
    }

    fn read_frame(&mut self, body: &[u8]) -> Fallible<()> {
        let [precision, y1, y0, x1, x0, count, parts @ ..] = body else {
            return Err(damaged("frame header"));
        };
        if self.frame.is_some() || *count == 0 || parts.len() != 3 * usize::from(*count) {
            return Err(damaged("frame header"));
        }
        if !(2..=16).contains(precision) {
            return Err(format!(
                "is damaged: its JPEG-LS samples have {precision} bits, not 2 to 16"
            ));
        }
        if *count > 1 && parts.chunks_exact(3).any(|part| part[1] != 0x11) {
            return Err(
                "has JPEG-LS components of different sizes, which DICOM does not allow: convert it first".to_owned(),
            );
        }
        let components: Vec<u8> = parts.chunks_exact(3).map(|part| part[0]).collect();
        if (1..components.len()).any(|i| components[..i].contains(&components[i])) {
            return Err(
                "is damaged: two of its JPEG-LS components have the same identifier".to_owned(),
            );
        }
        self.frame = Some(Frame {
            precision: u32::from(*precision),
            height: number(&[*y1, *y0]),
            width: number(&[*x1, *x0]),
            components,
        });
        Ok(())
    }

    /// The four kinds of LSE segments (T.87 C.2.4).
    fn read_presets(&mut self, body: &[u8]) -> Fallible<()> {
        match body {
            [1, numbers @ ..] if numbers.len() == 10 => {
                let (numbers, _) = numbers.as_chunks::<2>();
                let [largest, t1, t2, t3, reset] =
                    std::array::from_fn(|i| u16::from_be_bytes(numbers[i]));
                self.presets = Presets {
                    largest,
                    thresholds: [t1, t2, t3],
                    reset,
                };
            }
            [2, id @ 1..=255, wide @ 1..=255, bytes @ ..] => {
                self.tables.retain(|table| table.id != *id);
                self.tables.push(Table {
                    id: *id,
                    wide: usize::from(*wide),
                    bytes: bytes.to_vec(),
                });
            }
            [3, id, wide, bytes @ ..] => {
                let wide = usize::from(*wide);
                let table = self.tables.iter_mut().find(|table| table.id == *id);
                table
                    .filter(|table| table.wide == wide)
                    .ok_or_else(|| damaged("continuation of a mapping table"))?
                    .bytes
                    .extend_from_slice(bytes);
            }
            [4, wide @ 2..=4, sides @ ..] if sides.len() == 2 * usize::from(*wide) => {
                let (height, width) = sides.split_at(usize::from(*wide));
                self.oversize = Some((number(height), number(width)));
            }
            [5..=13, ..] => {
                return Err(
                    "uses the JPEG-LS extensions (T.870), which are not read: convert it to plain JPEG-LS"
                        .to_owned(),
                );
            }
            _ => return Err(damaged("preset parameters")),
        }
        Ok(())
    }

    fn read_application(&mut self, body: &[u8]) -> Fallible<()> {
        if let [b'm', b'r', b'f', b'x', kind] = body {
            self.transform = Transform::of(*kind)?;
        } else if body.starts_with(b"SPIFF\0") {
            self.colours = body.get(18).and_then(|space| colours(*space));
        }
        Ok(())
    }

    /// Holds the frame to what is expected; gives whether it says how many lines it has.
    ///
    /// # Errors
    /// When there is no frame yet, or it is another one.
    pub(super) fn hold(&self, expected: &Expected) -> Fallible<bool> {
        let frame = self.frame.as_ref().ok_or_else(|| damaged("scan header"))?;
        let (height, width) = self.oversize.unwrap_or_default();
        let height = if frame.height == 0 {
            height
        } else {
            frame.height
        };
        let width = if frame.width == 0 { width } else { frame.width };
        let has_lines = height != 0;
        let height = if has_lines { height } else { expected.height };
        let components = frame.components.len();
        if (width, height, components) != (expected.width, expected.height, expected.components)
            || width == 0
            || height == 0
        {
            return Err(format!(
                "is damaged: its JPEG-LS frame is {width}x{height} with {components} values a pixel, \
                 the DICOM header says {}x{} with {}",
                expected.width, expected.height, expected.components
            ));
        }
        Ok(has_lines)
    }

    /// Reads the header of a scan (T.87 C.2.3).
    ///
    /// # Errors
    /// When it makes no sense, or says something that is not read.
    pub(super) fn scan(&self, body: &[u8]) -> Fallible<Scan> {
        let frame = self.frame.as_ref().ok_or_else(|| damaged("scan header"))?;
        let [count @ 1..=4, parts @ .., near, interleave, shift] = body else {
            return Err(damaged("scan header"));
        };
        if parts.len() != 2 * usize::from(*count) {
            return Err(damaged("scan header"));
        }
        if shift & 0x0f != 0 {
            return Err(
                "has a JPEG-LS point transform, which is not read: convert it first".to_owned(),
            );
        }
        let interleave = match (count, interleave) {
            (1, 0..=2) | (_, 1) => Interleave::Line,
            (_, 2) => Interleave::Sample,
            _ => return Err(damaged("interleaving")),
        };
        let (parts, _) = parts.as_chunks::<2>();
        Ok(Scan {
            channels: parts
                .iter()
                .map(|[id, table]| self.channel(frame, *id, *table))
                .collect::<Fallible<_>>()?,
            interleave,
            coding: Coding::new(frame.precision, *near, &self.presets)?,
            restart: self.restart,
        })
    }

    /// One component of a scan; table 0 is none.
    fn channel(&self, frame: &Frame, id: u8, table: u8) -> Fallible<Channel> {
        let place = frame
            .components
            .iter()
            .position(|known| *known == id)
            .ok_or_else(|| damaged("scan header"))?;
        if table == 0 {
            return Ok(Channel {
                place,
                bits: frame.precision,
                table: None,
            });
        }
        let table = self
            .tables
            .iter()
            .find(|known| known.id == table)
            .ok_or_else(|| damaged("scan header"))?;
        let entries = match table.wide {
            1 => table.bytes.iter().map(|byte| u16::from(*byte)).collect(),
            2 => {
                let (pairs, _) = table.bytes.as_chunks::<2>();
                pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
            }
            wide => {
                return Err(format!(
                    "has a JPEG-LS mapping table with {wide} bytes an entry, at most 2 are read: convert it first"
                ));
            }
        };
        Ok(Channel {
            place,
            bits: if table.wide == 1 { 8 } else { 16 },
            table: Some(entries),
        })
    }
}

fn damaged(part: &str) -> String {
    format!("is damaged: its JPEG-LS {part} makes no sense")
}

/// The colour space of a SPIFF header (T.84 Annex F); `None` where it is one of grey or not told.
fn colours(space: u8) -> Option<&'static str> {
    Some(match space {
        1 => "YCbCr (BT.709)",
        3 => "YCbCr (BT.601, full range)",
        4 => "YCbCr (BT.601)",
        9 => "PhotoYCC",
        10 => "RGB",
        11 => "CMY",
        12 => "CMYK",
        13 => "YCCK",
        14 => "CIELab",
        _ => return None,
    })
}
