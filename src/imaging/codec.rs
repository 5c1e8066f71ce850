//! One compressed DICOM frame in, its samples out: every decoder is held to what the header says the frame is.
//!
//! The header's size, components and bits come first: a code stream that says otherwise, or that is too short to
//! hold so many samples, is refused before memory is asked for. No decoder here changes a colour space that the
//! code stream's standard does not make it change: what the components are is told, and converted elsewhere.

mod jpeg;
mod jpeg2000;
mod jpeg2000_coding;
mod jpeg2000_header;
mod jpeg_bits;
mod jpeg_dct;
mod jpeg_frame;
mod jpeg_idct;
mod jpeg_lossless;
mod jpeg_progressive;
mod jpeg_sequential;
mod jpeg_upsample;
mod rle;

use super::{Fallible, jpegls, origin};

/// Most samples of a compressed frame: decoders take 2 to 6 bytes for each, JPEG 2000 most, so at most 900 MB.
const MOST_SAMPLES: usize = 150_000_000;

/// What the DICOM header says a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    /// `Columns`.
    pub width: usize,
    /// `Rows`.
    pub height: usize,
    /// `SamplesPerPixel`.
    pub components: usize,
    /// `BitsAllocated`: 8, 16 or 32.
    pub bits_allocated: u32,
    /// `BitsStored`.
    pub bits_stored: u32,
    /// `PixelRepresentation` is 1.
    pub signed: bool,
    /// `PhotometricInterpretation` is `RGB`.
    pub photometric_is_rgb: bool,
}

impl Expected {
    /// Number of samples, `width * height * components`.
    fn samples(&self) -> Fallible<usize> {
        let samples = self
            .width
            .checked_mul(self.height)
            .and_then(|n| n.checked_mul(self.components))
            .unwrap_or(usize::MAX);
        if samples == 0 || samples > MOST_SAMPLES {
            return Err(format!(
                "has a compressed frame of {}x{} pixels with {} samples each, expected 1 to {} million samples",
                self.width,
                self.height,
                self.components,
                MOST_SAMPLES / 1_000_000
            ));
        }
        Ok(samples)
    }

    /// Refuses a code stream (`kind` names it) of another size, number of components or too many bits.
    fn hold(&self, kind: &str, size: (usize, usize), components: usize, bits: u32) -> Fallible<()> {
        if size != (self.width, self.height) {
            return Err(format!(
                "holds a {kind} frame of {}x{} pixels, its header says {}x{}",
                size.0, size.1, self.width, self.height
            ));
        }
        if components != self.components {
            return Err(format!(
                "holds a {kind} frame of {components} components, its header says {}",
                self.components
            ));
        }
        if bits > self.bits_allocated {
            return Err(format!(
                "holds a {kind} frame of {bits} bits a sample, its header has room for {}",
                self.bits_allocated
            ));
        }
        Ok(())
    }
}

/// The samples of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Samples {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples a pixel.
    pub components: usize,
    /// Precision of the code stream; for RLE, `BitsAllocated`. See [`keeps_layout`].
    pub bits: u32,
    /// `height * width * components` bit patterns, the samples of a pixel side by side (whatever the header's
    /// `PlanarConfiguration` says).
    pub values: Values,
    /// Whether a pattern stands for a two's complement number of `bits` bits.
    pub signed: bool,
    /// What the components are.
    pub colour: ColourOf,
    /// What was unusual, a sentence each.
    pub notes: Vec<String>,
}

/// Bit patterns: no sign is extended, and what lies above the code stream's precision is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// At most 16 bits a sample.
    Narrow(Vec<u16>),
    /// 17 to 32 bits a sample.
    Wide(Vec<u32>),
}

/// What the components are after decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourOf {
    /// What the header's `PhotometricInterpretation` says, at full resolution: `YBR_FULL_422` is `YBR_FULL` here, and
    /// `YBR_RCT` and `YBR_ICT` (JPEG 2000) are RGB.
    AsHeader,
    /// Red, green, blue, whatever the header says.
    Rgb,
    /// Luminance and both colour differences, full range (`YBR_FULL`), whatever the header says.
    Ybr,
}

/// The decoders, by transfer syntax (PS3.6 A, without `1.2.840.10008.1.2.`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

impl Codec {
    fn of(syntax_uid: &str) -> Option<Self> {
        Some(match syntax_uid.strip_prefix("1.2.840.10008.1.2.")? {
            "5" => Self::Rle,
            // baseline, extended, retired spectral selection and full progression, lossless, lossless SV1
            "4.50" | "4.51" | "4.53" | "4.55" | "4.57" | "4.70" => Self::Jpeg,
            "4.80" | "4.81" => Self::JpegLs,
            // JPEG 2000, its part 2, high throughput
            "4.90" | "4.91" | "4.92" | "4.93" | "4.201" | "4.202" | "4.203" => Self::Jpeg2000,
            _ => return None,
        })
    }
}

/// What a transfer syntax is called (PS3.6 A).
pub(super) fn name(syntax_uid: &str) -> String {
    let name = match syntax_uid.strip_prefix("1.2.840.10008.1.2") {
        Some("") => "implicit little endian",
        Some(".1") => "explicit little endian",
        Some(".1.99") => "deflated explicit little endian",
        Some(".2") => "explicit big endian",
        Some(".5") => "RLE",
        Some(".4.50") => "JPEG baseline",
        Some(".4.51") => "JPEG extended",
        Some(".4.53" | ".4.55") => "JPEG progressive",
        Some(".4.57" | ".4.70") => "JPEG lossless",
        Some(".4.80") => "JPEG-LS lossless",
        Some(".4.81") => "JPEG-LS near-lossless",
        Some(".4.90") => "JPEG 2000 lossless",
        Some(".4.91") => "JPEG 2000",
        Some(".4.92" | ".4.93") => "JPEG 2000 part 2",
        Some(".4.110" | ".4.111" | ".4.112") => "JPEG XL",
        Some(".4.201" | ".4.202" | ".4.203") => "high-throughput JPEG 2000",
        Some(video) if video.starts_with(".4.10") => "video",
        _ => return format!("transfer syntax {}", origin::printable(syntax_uid)),
    };
    name.to_owned()
}

/// Whether the patterns are laid out as native pixel data is, so that the header's `BitsStored`, `HighBit` and
/// `PixelRepresentation` say how to read them (RLE, JPEG). If not, [`Samples::bits`] and [`Samples::signed`] do:
/// JPEG 2000 and JPEG-LS know their own precision, and headers are often wrong about it.
pub(super) fn keeps_layout(syntax_uid: &str) -> bool {
    matches!(Codec::of(syntax_uid), Some(Codec::Rle | Codec::Jpeg))
}

/// Decodes one frame, whose fragments have been joined.
///
/// # Errors
/// When the transfer syntax is not known here, or the code stream is damaged, too short, of a kind that is not read,
/// or not what the header says.
pub(super) fn decode(
    syntax_uid: &str,
    fragments_of_one_frame: &[u8],
    expected: &Expected,
) -> Fallible<Samples> {
    expected.samples()?;
    match Codec::of(syntax_uid) {
        Some(Codec::Rle) => rle::decode(fragments_of_one_frame, expected),
        Some(Codec::Jpeg) => jpeg::decode(fragments_of_one_frame, expected),
        Some(Codec::JpegLs) => jpegls::decode(fragments_of_one_frame, expected),
        Some(Codec::Jpeg2000) => jpeg2000::decode(fragments_of_one_frame, expected),
        None => Err(format!(
            "is stored in transfer syntax {}, which has no decoder here: decompress it first, for example with \
             gdcmconv --raw",
            origin::printable(syntax_uid)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize) -> Expected {
        Expected {
            width,
            height,
            components: 1,
            bits_allocated: 16,
            bits_stored: 12,
            signed: false,
            photometric_is_rgb: false,
        }
    }

    #[test]
    fn every_known_syntax_has_a_decoder_and_no_other() {
        for last in [
            "5", "4.50", "4.51", "4.53", "4.55", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91",
            "4.92", "4.93", "4.201", "4.202", "4.203",
        ] {
            let uid = format!("1.2.840.10008.1.2.{last}");
            let problem = decode(&uid, &[], &grey(2, 2)).unwrap_err();
            assert!(!problem.contains("no decoder"), "{uid}: {problem}");
        }
        for uid in ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.1", "4.50", ""] {
            assert!(decode(uid, &[], &grey(2, 2)).is_err());
        }
    }

    #[test]
    fn a_frame_without_samples_or_with_too_many_is_refused() {
        for (width, height) in [(0, 4), (4, 0), (usize::MAX, 2), (15_000, 10_001)] {
            let problem =
                decode("1.2.840.10008.1.2.5", &[0; 64], &grey(width, height)).unwrap_err();
            assert!(problem.contains("million samples"), "{problem}");
        }
    }

    #[test]
    fn only_the_layout_of_rle_and_jpeg_is_the_headers() {
        assert!(keeps_layout("1.2.840.10008.1.2.5"));
        assert!(keeps_layout("1.2.840.10008.1.2.4.70"));
        assert!(!keeps_layout("1.2.840.10008.1.2.4.80"));
        assert!(!keeps_layout("1.2.840.10008.1.2.4.90"));
    }

    /// A row of the table that `tools/imaging/frames_golden.py` makes.
    struct Golden {
        name: String,
        uid: String,
        bytes: Vec<u8>,
        header: Expected,
        bits: u32,
        colour: String,
        sha256: String,
    }

    fn golden() -> Vec<Golden> {
        let table = fs_err::read("tests/data/frames/frames.tsv").unwrap();
        let table = String::from_utf8(table).unwrap();
        let row = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let number = |i: usize| cells[i].parse::<u32>().unwrap();
            Golden {
                name: cells[0].to_owned(),
                uid: format!("1.2.840.10008.1.2.{}", cells[1]),
                bytes: fs_err::read(format!("tests/data/frames/{}.frame", cells[0])).unwrap(),
                header: Expected {
                    width: number(2) as usize,
                    height: number(3) as usize,
                    components: number(4) as usize,
                    bits_allocated: number(5),
                    bits_stored: number(6),
                    signed: number(7) == 1,
                    photometric_is_rgb: number(8) == 1,
                },
                bits: number(9),
                colour: cells[10].to_owned(),
                sha256: cells[11].to_owned(),
            }
        };
        table.lines().skip(3).map(row).collect()
    }

    fn patterns(samples: &Samples) -> Vec<u8> {
        match &samples.values {
            Values::Narrow(values) => values
                .iter()
                .flat_map(|value| u32::from(*value).to_le_bytes())
                .collect(),
            Values::Wide(values) => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    #[test]
    fn frames_have_the_values_that_other_decoders_give() {
        let golden = golden();
        assert!(golden.len() > 50);
        for frame in golden {
            let samples = decode(&frame.uid, &frame.bytes, &frame.header).unwrap();
            let name = &frame.name;
            assert_eq!(origin::sha256(&patterns(&samples)), frame.sha256, "{name}");
            assert_eq!(format!("{:?}", samples.colour), frame.colour, "{name}");
            assert_eq!(samples.bits, frame.bits, "{name}");
            assert_eq!(samples.signed, frame.header.signed, "{name}");
            let noted =
                name.contains("header") || name.contains("jp2") || name.contains("end-mark");
            assert_eq!(
                !samples.notes.is_empty(),
                noted,
                "{name}: {:?}",
                samples.notes
            );
        }
    }

    #[test]
    fn a_frame_cut_anywhere_is_refused_or_still_whole() {
        for frame in golden().iter().filter(|frame| frame.bytes.len() < 2_500) {
            let whole = decode(&frame.uid, &frame.bytes, &frame.header).unwrap();
            for len in (0..frame.bytes.len()).step_by(1 + frame.bytes.len() / 60) {
                match decode(&frame.uid, &frame.bytes[..len], &frame.header) {
                    Ok(cut) => assert_eq!(cut.values, whole.values, "{} at {len}", frame.name),
                    Err(problem) => assert!(problem.starts_with("holds"), "{problem}"),
                }
            }
        }
    }

    #[test]
    fn another_header_is_never_obeyed() {
        for frame in golden() {
            let other = |change: fn(&mut Expected)| {
                let mut header = frame.header;
                change(&mut header);
                decode(&frame.uid, &frame.bytes, &header)
            };
            assert!(
                other(|header| header.height += 1).is_err(),
                "{}",
                frame.name
            );
            assert!(
                other(|header| header.components += 1).is_err(),
                "{}",
                frame.name
            );
            assert!(
                other(|header| header.width = 65_535).is_err(),
                "{}",
                frame.name
            );
        }
    }

    #[test]
    fn changed_bytes_are_no_fault() {
        let mut state = 1_u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        // what the decoder of JPEG 2000 does with damaged frames is its own matter
        let ours = |frame: &Golden| frame.bytes.len() < 4_000 && keeps_layout(&frame.uid);
        let mut decode_damaged = |frame: &Golden| {
            let mut bytes = frame.bytes.clone();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                bytes[at] = u8::try_from(next(256)).unwrap();
            }
            if let Ok(samples) = decode(&frame.uid, &bytes, &frame.header) {
                let count = patterns(&samples).len() / 4;
                assert_eq!(count, frame.header.samples().unwrap());
            }
        };
        for frame in golden().into_iter().filter(ours) {
            for _ in 0..100 {
                decode_damaged(&frame);
            }
        }
    }
}
