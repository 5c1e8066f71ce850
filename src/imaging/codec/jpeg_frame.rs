//! The marker segments of a JPEG frame in (T.81 B.2), tables, sizes and hints about colour out.

use super::jpeg_bits::Huffman;
use super::{ColourOf, Expected, Fallible, Samples, Values};

/// How a frame's samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// Baseline and extended sequential, Huffman (processes 1, 2 and 4).
    Sequential,
    /// Spectral selection and full progression, Huffman (processes 6, 8, 10 and 12).
    Progressive,
    /// Lossless, Huffman (process 14).
    Lossless,
}

/// A frame header (B.2.2).
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub process: Process,
    /// Bits a sample: 8 or 12, lossless 2 to 16.
    pub precision: u32,
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
}

/// A component of a frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    pub id: u8,
    /// Sampling factors, 1 to 4.
    pub across: usize,
    pub down: usize,
    /// Which quantisation table, 0 to 3.
    pub quantisation: usize,
}

/// A sentence about bytes that make no sense.
pub(super) fn damaged(what: &str) -> String {
    format!("holds a damaged JPEG frame: {what}")
}

/// A sentence about bytes that are not there.
pub(super) fn truncated() -> String {
    "holds a truncated JPEG frame: its data ends too early".to_owned()
}

impl Frame {
    /// From the body of a start-of-frame segment, held to the header; `marker` is its code.
    pub(super) fn read(marker: u8, body: &[u8], expected: &Expected) -> Fallible<Self> {
        let process = match marker {
            0xc0 | 0xc1 => Process::Sequential,
            0xc2 => Process::Progressive,
            0xc3 => Process::Lossless,
            _ => {
                return Err(format!(
                    "is JPEG with arithmetic coding or in a hierarchy (SOF{}), which is not read: decompress it first",
                    marker & 15
                ));
            }
        };
        let &[precision, h1, h0, w1, w0, count, ref list @ ..] = body else {
            return Err(truncated());
        };
        let frame = Self {
            process,
            precision: precision.into(),
            width: u16::from_be_bytes([w1, w0]).into(),
            height: u16::from_be_bytes([h1, h0]).into(),
            components: list
                .chunks_exact(3)
                .take(count.into())
                .map(|entry| Component {
                    id: entry[0],
                    across: usize::from(entry[1] >> 4),
                    down: usize::from(entry[1] & 15),
                    quantisation: entry[2].into(),
                })
                .collect(),
        };
        if frame.components.len() != usize::from(count) {
            return Err(truncated());
        }
        frame.check(expected)?;
        Ok(frame)
    }

    fn check(&self, expected: &Expected) -> Fallible<()> {
        expected.hold(
            "JPEG",
            (self.width, self.height),
            self.components.len(),
            self.precision,
        )?;
        let possible = match self.process {
            Process::Lossless => (2..=16).contains(&self.precision),
            Process::Sequential | Process::Progressive => matches!(self.precision, 8 | 12),
        };
        if !possible {
            return Err(damaged(&format!("{} bits a sample", self.precision)));
        }
        if self.components.len() > 4 {
            return Err("is JPEG with more than four components, which is not read".to_owned());
        }
        for component in &self.components {
            let factors = 1..=4;
            if !factors.contains(&component.across) || !factors.contains(&component.down) {
                return Err(damaged("a sampling factor is not 1 to 4"));
            }
            if component.quantisation > 3 {
                return Err(damaged("a quantisation table beyond the fourth"));
            }
        }
        Ok(())
    }

    /// The samples, as everybody outside wants them.
    pub(super) fn finish(&self, values: Vec<u16>, hints: &Hints, expected: &Expected) -> Samples {
        let colour = hints.colour(&self.components);
        let mut notes = hints.notes.clone();
        match colour {
            ColourOf::Ybr if expected.photometric_is_rgb => notes.push(
                "the header says RGB, the JPEG code stream says YCbCr: taken as YCbCr".to_owned(),
            ),
            ColourOf::Rgb if !expected.photometric_is_rgb => notes.push(
                "the header does not say RGB, the JPEG code stream does: taken as RGB".to_owned(),
            ),
            _ => {}
        }
        Samples {
            width: self.width,
            height: self.height,
            components: self.components.len(),
            bits: self.precision,
            values: Values::Narrow(values),
            signed: expected.signed,
            colour,
            notes,
        }
    }
}

/// A scan header (B.2.3).
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub parts: Vec<ScanPart>,
    /// First coefficient, or the predictor of a lossless scan.
    pub first: usize,
    /// Last coefficient.
    pub last: usize,
    /// Bit position of the scan before; 0 in the first one.
    pub before: u32,
    /// Bit position, or the point transform of a lossless scan.
    pub low: u32,
}

/// A component in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanPart {
    /// Its place in the frame.
    pub component: usize,
    /// Which Huffman tables, 0 to 3.
    pub dc: usize,
    pub ac: usize,
}

impl Scan {
    /// From the body of a start-of-scan segment.
    pub(super) fn read(body: &[u8], frame: &Frame) -> Fallible<Self> {
        let (count, rest) = body.split_first().ok_or_else(truncated)?;
        let (list, rest) = rest
            .split_at_checked(usize::from(*count) * 2)
            .ok_or_else(truncated)?;
        let &[first, last, position, ..] = rest else {
            return Err(truncated());
        };
        let mut parts: Vec<ScanPart> = Vec::new();
        for entry in list.chunks_exact(2) {
            let component = frame
                .components
                .iter()
                .position(|component| component.id == entry[0])
                .filter(|found| parts.iter().all(|part| part.component != *found))
                .ok_or_else(|| damaged("a scan of a component that the frame does not have"))?;
            let (dc, ac) = (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
            if dc > 3 || ac > 3 {
                return Err(damaged("a Huffman table beyond the fourth"));
            }
            parts.push(ScanPart { component, dc, ac });
        }
        if parts.is_empty() || parts.len() > 4 {
            return Err(damaged("a scan without components or with more than four"));
        }
        Ok(Self {
            parts,
            first: first.into(),
            last: last.into(),
            before: u32::from(position >> 4),
            low: u32::from(position & 15),
        })
    }
}

/// What table segments have said so far.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Quantisation, in zigzag order.
    pub quantisation: [Option<[u16; 64]>; 4],
    pub dc: [Option<Huffman>; 4],
    pub ac: [Option<Huffman>; 4],
    /// Minimum coded units between restart markers; 0 when there are none.
    pub restart: usize,
}

impl Tables {
    /// A quantisation segment (B.2.4.1).
    pub(super) fn read_quantisation(&mut self, mut body: &[u8]) -> Fallible<()> {
        while let Some((head, rest)) = body.split_first() {
            let bytes = if head >> 4 == 0 { 1 } else { 2 };
            let (list, rest) = rest.split_at_checked(64 * bytes).ok_or_else(truncated)?;
            let mut table = [0; 64];
            for (step, entry) in table.iter_mut().zip(list.chunks_exact(bytes)) {
                *step = entry
                    .iter()
                    .fold(0, |value, byte| value << 8 | u16::from(*byte));
            }
            *self
                .quantisation
                .get_mut(usize::from(head & 15))
                .ok_or_else(|| damaged("a quantisation table beyond the fourth"))? = Some(table);
            body = rest;
        }
        Ok(())
    }

    /// A Huffman segment (B.2.4.2).
    pub(super) fn read_huffman(&mut self, mut body: &[u8]) -> Fallible<()> {
        while let Some((head, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(truncated)?;
            let codes = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(codes).ok_or_else(truncated)?;
            let ac = head >> 4 == 1;
            let tables = if ac { &mut self.ac } else { &mut self.dc };
            let table = tables
                .get_mut(usize::from(head & 15))
                .filter(|_| head >> 4 < 2)
                .ok_or_else(|| damaged("a Huffman table beyond the fourth"))?;
            *table = Some(Huffman::new(counts, symbols, ac)?);
            body = rest;
        }
        Ok(())
    }

    /// A restart segment (B.2.4.4).
    pub(super) fn read_restart(&mut self, body: &[u8]) -> Fallible<()> {
        let &[high, low, ..] = body else {
            return Err(truncated());
        };
        self.restart = u16::from_be_bytes([high, low]).into();
        Ok(())
    }
}

/// What application segments say about colour.
#[derive(Debug, Default)]
pub(super) struct Hints {
    jfif: bool,
    /// The transform of an Adobe segment: 0 none, 1 YCbCr.
    adobe: Option<u8>,
    /// What was unusual.
    pub notes: Vec<String>,
}

impl Hints {
    /// An application segment; `marker` is its code.
    pub(super) fn read(&mut self, marker: u8, body: &[u8]) {
        match (marker, body) {
            (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) => self.jfif = true,
            (
                0xee,
                [
                    b'A',
                    b'd',
                    b'o',
                    b'b',
                    b'e',
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    transform,
                    ..,
                ],
            ) => {
                self.adobe = Some(*transform);
            }
            _ => {}
        }
    }

    /// What three components are, as pydicom decides it and, where that is silent, libjpeg: component names `R`, `G`,
    /// `B`; then a JFIF segment, which allows only YCbCr; then Adobe's. With none of them, the DICOM header decides.
    fn colour(&self, components: &[Component]) -> ColourOf {
        let &[r, g, b] = components else {
            return ColourOf::AsHeader;
        };
        let names = [r.id, g.id, b.id];
        match (names.to_ascii_uppercase().as_slice(), self.jfif, self.adobe) {
            (b"RGB", _, _) => ColourOf::Rgb,
            (_, true, _) | (_, _, Some(1)) => ColourOf::Ybr,
            (_, _, Some(0)) => ColourOf::Rgb,
            _ => ColourOf::AsHeader,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Expected = Expected {
        width: 16,
        height: 8,
        components: 3,
        bits_allocated: 8,
        bits_stored: 8,
        signed: false,
        photometric_is_rgb: false,
    };

    fn frame(ids: [u8; 3]) -> Vec<u8> {
        let mut body = vec![8, 0, 8, 0, 16, 3];
        body.extend(ids.iter().flat_map(|id| [*id, 0x11, 0]));
        body
    }

    #[test]
    fn a_frame_is_held_to_its_header() {
        assert!(Frame::read(0xc0, &frame([1, 2, 3]), &HEADER).is_ok());
        let refused = |marker: u8, at: usize, byte: u8, word: &str| {
            let mut body = frame([1, 2, 3]);
            body[at] = byte;
            let problem = Frame::read(marker, &body, &HEADER).unwrap_err();
            assert!(problem.contains(word), "{problem}");
        };
        refused(0xc0, 1, 0xff, "16x65288 pixels, its header says 16x8");
        refused(0xc0, 5, 2, "2 components");
        refused(0xc0, 5, 4, "truncated");
        refused(0xc1, 0, 12, "12 bits");
        refused(0xc3, 0, 1, "1 bits");
        refused(0xc0, 7, 0x51, "sampling");
        refused(0xc0, 7, 0x10, "sampling");
        refused(0xc0, 8, 4, "quantisation");
        refused(0xc9, 0, 8, "arithmetic");
        refused(0xc5, 0, 8, "hierarchy");
    }

    #[test]
    fn who_decides_what_the_components_are() {
        let check = |ids: [u8; 3], segments: &[(u8, &[u8])], colour: ColourOf| {
            let mut hints = Hints::default();
            for (marker, body) in segments {
                hints.read(*marker, body);
            }
            let frame = Frame::read(0xc0, &frame(ids), &HEADER).unwrap();
            assert_eq!(
                hints.colour(&frame.components),
                colour,
                "{ids:?} {segments:?}"
            );
        };
        let jfif: (u8, &[u8]) = (0xe0, b"JFIF\0\x01\x01");
        let none: (u8, &[u8]) = (0xee, b"Adobe\0\x64\0\0\0\0\0");
        let ybr: (u8, &[u8]) = (0xee, b"Adobe\0\x64\0\0\0\0\x01");
        let short: (u8, &[u8]) = (0xee, b"Adobe\0\0\0\0\0");
        check([1, 2, 3], &[], ColourOf::AsHeader);
        check([1, 2, 3], &[jfif], ColourOf::Ybr);
        check([1, 2, 3], &[none], ColourOf::Rgb);
        check([1, 2, 3], &[ybr], ColourOf::Ybr);
        check([1, 2, 3], &[jfif, none], ColourOf::Ybr);
        check([1, 2, 3], &[short], ColourOf::AsHeader);
        check(*b"RGB", &[], ColourOf::Rgb);
        check(*b"rgb", &[jfif], ColourOf::Rgb);
    }

    #[test]
    fn damaged_tables_are_refused() {
        let mut tables = Tables::default();
        assert!(tables.read_quantisation(&[0; 64]).is_err());
        assert!(tables.read_quantisation(&[4; 65]).is_err());
        assert!(tables.read_quantisation(&[0; 65]).is_ok());
        assert!(tables.read_huffman(&[0; 16]).is_err());
        assert!(tables.read_huffman(&[0x20; 17]).is_err());
        assert!(tables.read_huffman(&[0; 17]).is_ok());
        assert!(tables.read_restart(&[1]).is_err());
    }
}
