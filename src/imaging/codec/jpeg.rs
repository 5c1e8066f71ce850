//! A JPEG frame in (T.81: baseline, extended, progressive, lossless; 2 to 16 bits), its samples out.
//!
//! Colour stays as it is coded: YCbCr is told, not converted, so that the values are those of the code stream.

use super::jpeg_bits::Bits;
use super::jpeg_dct::Dct;
use super::jpeg_frame::{Frame, Hints, Process, Scan, Tables, damaged, truncated};
use super::jpeg_lossless::Lossless;
use super::{Expected, Fallible, Samples};
use super::{jpeg_progressive, jpeg_sequential};

/// Decodes one frame.
pub(super) fn decode(bytes: &[u8], expected: &Expected) -> Fallible<Samples> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return Err(
            "holds a frame that is no JPEG, which its transfer syntax says it is".to_owned(),
        );
    }
    let mut tables = Tables::default();
    let mut hints = Hints::default();
    let mut decoding: Option<Decoding> = None;
    let mut at = 2;
    while let Some(segment) = Segment::next(bytes, at)? {
        at = segment.end;
        match segment.marker {
            0xc4 => tables.read_huffman(segment.body)?,
            0xdb => tables.read_quantisation(segment.body)?,
            0xdd => tables.read_restart(segment.body)?,
            0xe0..=0xef => hints.read(segment.marker, segment.body),
            0xc0..=0xcf if !matches!(segment.marker, 0xc8 | 0xcc) => {
                if decoding.is_some() {
                    return Err(damaged("two frames in one"));
                }
                let frame = Frame::read(segment.marker, segment.body, expected)?;
                decoding = Some(Decoding::begin(frame, bytes.len() - at)?);
            }
            0xda => {
                let decoding = decoding
                    .as_mut()
                    .ok_or_else(|| damaged("a scan comes before the frame"))?;
                let scan = Scan::read(segment.body, &decoding.frame)?;
                at = decoding.scan(&scan, &tables, Bits::new(bytes, at), &mut hints)?;
                if decoding.is_complete() {
                    break;
                }
            }
            _ => {}
        }
    }
    let Some(decoding) = decoding else {
        return Err(damaged("it ends before it says how large it is"));
    };
    let (frame, values) = decoding.finish()?;
    Ok(frame.finish(values, &hints, expected))
}

/// One marker and what belongs to it.
struct Segment<'a> {
    marker: u8,
    body: &'a [u8],
    end: usize,
}

impl<'a> Segment<'a> {
    /// The next one from byte `at` on; `None` at the end of the image.
    ///
    /// Bytes before the marker are passed over, as libjpeg does: entropy-coded data may end with some.
    fn next(bytes: &'a [u8], at: usize) -> Fallible<Option<Self>> {
        let rest = bytes.get(at..).unwrap_or_default();
        let step = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd8))
            .ok_or_else(truncated)?;
        let segment = &rest[step..];
        let marker = segment[1];
        if marker == 0xd9 {
            return Ok(None);
        }
        let len = segment
            .get(2..4)
            .map(|len| usize::from(u16::from_be_bytes([len[0], len[1]])))
            .ok_or_else(truncated)?;
        let body = segment.get(4..len + 2).ok_or_else(|| {
            if len < 2 {
                damaged("a segment is shorter than its own length")
            } else {
                truncated()
            }
        })?;
        Ok(Some(Self {
            marker,
            body,
            end: at + step + len + 2,
        }))
    }
}

/// A frame and the decoder of its process.
struct Decoding {
    frame: Frame,
    decoder: Decoder,
}

enum Decoder {
    Dct(Dct),
    Lossless(Lossless),
}

impl Decoding {
    /// `left` is the number of bytes behind the frame header.
    fn begin(frame: Frame, left: usize) -> Fallible<Self> {
        let decoder = match frame.process {
            Process::Lossless => Decoder::Lossless(Lossless::new(&frame, left)?),
            Process::Sequential | Process::Progressive => Decoder::Dct(Dct::new(&frame, left)?),
        };
        Ok(Self { frame, decoder })
    }

    /// Decodes one scan and gives the byte where to look for the next marker.
    fn scan(
        &mut self,
        scan: &Scan,
        tables: &Tables,
        mut bits: Bits<'_>,
        hints: &mut Hints,
    ) -> Fallible<usize> {
        match &mut self.decoder {
            Decoder::Lossless(lossless) => lossless.scan(scan, tables, &mut bits)?,
            Decoder::Dct(dct) if self.frame.process == Process::Progressive => {
                jpeg_progressive::scan(dct, scan, tables, &mut bits)?;
            }
            Decoder::Dct(dct) => {
                if (scan.first, scan.last, scan.before, scan.low) != (0, 63, 0, 0) {
                    hints.notes.push(
                        "the scan header does not ask for all coefficients, which a sequential JPEG must: taken as if"
                            .to_owned(),
                    );
                }
                jpeg_sequential::scan(dct, scan, tables, &mut bits)?;
            }
        }
        Ok(bits.at())
    }

    fn is_complete(&self) -> bool {
        match &self.decoder {
            Decoder::Dct(_) if self.frame.process == Process::Progressive => false,
            Decoder::Dct(dct) => dct.has_all(),
            Decoder::Lossless(lossless) => lossless.has_all(),
        }
    }

    fn finish(self) -> Fallible<(Frame, Vec<u16>)> {
        let (all, values) = match self.decoder {
            Decoder::Dct(mut dct) => {
                if self.frame.process == Process::Progressive {
                    jpeg_progressive::finish(&mut dct);
                }
                (dct.has_all(), dct.finish())
            }
            Decoder::Lossless(lossless) => (lossless.has_all(), lossless.finish()),
        };
        if !all {
            return Err(truncated());
        }
        Ok((self.frame, values))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Values;
    use super::*;

    const HEADER: Expected = Expected {
        width: 3,
        height: 2,
        components: 1,
        bits_allocated: 8,
        bits_stored: 8,
        signed: false,
        photometric_is_rgb: false,
    };

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let len = u8::try_from(body.len() + 2).unwrap();
        [&[0xff, marker, 0, len], body].concat()
    }

    /// Codes 0, 10 and 110 for differences of 0, 1 and 2 bits.
    fn huffman() -> Vec<u8> {
        let mut body = vec![0, 1, 1, 1];
        body.resize(17, 0);
        body.extend([0, 1, 2]);
        segment(0xc4, &body)
    }

    fn frame(marker: u8) -> Vec<u8> {
        segment(marker, &[8, 0, 2, 0, 3, 1, 1, 0x11, 0])
    }

    fn scan(predictor: u8, shift: u8) -> Vec<u8> {
        segment(0xda, &[1, 1, 0, predictor, 0, shift])
    }

    fn decoded(parts: &[Vec<u8>]) -> Fallible<Samples> {
        let bytes = [&[0xff, 0xd8], parts.concat().as_slice()].concat();
        decode(&bytes, &HEADER)
    }

    #[track_caller]
    fn refused(parts: &[Vec<u8>], words: &str) {
        let problem = decoded(parts).unwrap_err();
        assert!(problem.contains(words), "{problem}");
    }

    #[test]
    fn a_lossless_frame_by_hand() {
        // differences 1 2 0 | -3 1 0: 101 11010 0 | 11000 101 0, then ones
        let data = vec![0b1011_1010, 0b0110_0010, 0b1011_1111, 0xff, 0xd9];
        let values = |predictor: u8, shift: u8| {
            let samples = decoded(&[frame(0xc3), huffman(), scan(predictor, shift), data.clone()]);
            let Values::Narrow(values) = samples.unwrap().values else {
                panic!("8 bits are narrow");
            };
            values
        };
        assert_eq!(values(1, 0), [129, 131, 131, 126, 127, 127]);
        assert_eq!(values(2, 0), [129, 131, 131, 126, 132, 131]);
        assert_eq!(values(4, 0), [129, 131, 131, 126, 129, 129]);
        // half of 128 and the differences, doubled
        assert_eq!(values(1, 1), [130, 134, 134, 124, 126, 126]);
    }

    #[test]
    fn segments_out_of_place_are_refused() {
        refused(&[huffman(), scan(1, 0)], "before the frame");
        refused(&[frame(0xc3), frame(0xc3), vec![0; 9]], "two frames");
        refused(&[huffman(), vec![0xff, 0xd9]], "how large");
        refused(&[frame(0xc3), vec![0; 9], vec![0xff, 0xd9]], "truncated");
        refused(
            &[frame(0xc3), huffman(), scan(1, 0), vec![0xb8]],
            "truncated",
        );
        refused(
            &[frame(0xc3), scan(1, 0), vec![0xba; 4]],
            "table is missing",
        );
        refused(
            &[frame(0xc0), huffman(), scan(1, 0), vec![0; 4]],
            "table is missing",
        );
        refused(&[vec![0xff, 0xc4, 0, 1]], "shorter than its own");
        assert!(decode(b"GIF89a", &HEADER).unwrap_err().contains("no JPEG"));
    }

    #[test]
    fn impossible_lossless_scans_are_refused() {
        let with = |scan: Vec<u8>| {
            [
                frame(0xc3),
                huffman(),
                scan,
                vec![0xba, 0x62, 0xbf, 0xff, 0xd9],
            ]
        };
        refused(&with(scan(0, 0)), "predictor 0");
        refused(&with(scan(8, 0)), "predictor 8");
        refused(&with(scan(1, 8)), "takes all bits");
        let restart = |units: u8| segment(0xdd, &[0, units]);
        let parts = |units: u8| [restart(units), with(scan(1, 0)).concat()];
        refused(&parts(2), "ends of rows");
        refused(&parts(3), "restart marker 0 is missing");
    }

    #[test]
    fn memory_is_not_asked_for_by_headers_that_lie() {
        let large = segment(0xc0, &[8, 0xff, 0xdc, 0xff, 0xdc, 1, 1, 0x11, 0]);
        refused(
            std::slice::from_ref(&large),
            "65500x65500 pixels, its header says 3x2",
        );
        let honest = Expected {
            width: 65_500,
            height: 65_500,
            ..HEADER
        };
        for marker in [0xc0, 0xc2, 0xc3] {
            let mut bytes = [&[0xff, 0xd8], large.as_slice()].concat();
            bytes[3] = marker;
            bytes.resize(800, 0);
            let problem = decode(&bytes, &honest).unwrap_err();
            assert!(problem.contains("cannot hold"), "{problem}");
        }
    }
}
