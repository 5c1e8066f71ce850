//! A DICOM file's bytes in; what it is, and its frames as measured values with their meaning, out.
//!
//! Our own walk finds the attributes that matter and checks every length; `dicom-object` reads their values and sees
//! nothing else of the file; codecs give raw samples. Bits, sign, planes, colour, lookup tables and geometry are done here.

mod attributes;
mod colour;
mod deflated;
mod describe;
mod descriptor;
mod fragments;
mod grey;
mod groups;
mod overlay;
mod place;
mod profile;
mod scan;
mod shape;
mod stored;
mod tags;

use std::borrow::Cow;

use attributes::{Attributes, DataSet};
use grey::Modality;
use groups::OfFrame;
use scan::{Encoding, PIXEL_DATA, Scan, Span};
use shape::{Colour, Numbers, Shape};
use stored::{Layout, Order};

use super::about::About;
use super::codec::{self, Expected, Samples};
use super::frame::{Frame, Scale, Values};
use super::{Fallible, guard};

pub use tags::Tag;

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// Overlay pixels in a picture: as white as it gets.
const OVERLAY_STEP: &str = "overlay planes drawn white";

/// A DICOM file that was looked through: where its attributes and its pixel data lie.
pub(super) struct File<'a> {
    bytes: Cow<'a, [u8]>,
    scan: Scan,
    set: DataSet,
    /// The transfer syntax, as the file names it or as it was guessed.
    syntax: String,
    /// Where the data set begins.
    start: usize,
    notes: Vec<String>,
}

/// Whether bytes are DICOM: with the preamble's mark, or like a data set from the first byte on.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
        || bytes.starts_with(b"DICM")
        || scan::sniff(bytes, 0).is_some()
}

impl<'a> File<'a> {
    /// Looks through a file. `bytes` may end early as long as the pixel data begins in them (for headers alone).
    pub(super) fn read(bytes: &'a [u8]) -> Fallible<Self> {
        Self::unpacked(bytes, deflated::all)
    }

    /// The same for what comes before the pixel data: of a deflated file no more is unpacked than that takes.
    pub(super) fn header(bytes: &'a [u8]) -> Fallible<Self> {
        let up_to = |most| Self::unpacked(bytes, |packed| deflated::head(packed, most));
        up_to(deflated::SHORT_HEADER).or_else(|_| up_to(deflated::LONG_HEADER))
    }

    fn unpacked(
        bytes: &'a [u8],
        unpack: impl FnOnce(&[u8]) -> Fallible<Vec<u8>>,
    ) -> Fallible<Self> {
        let mut notes = Vec::new();
        let (named, start) = meta(bytes, &mut notes)?;
        let bytes = match named.as_deref() {
            Some(DEFLATED) => Cow::Owned(unpack(&bytes[start..])?),
            _ => Cow::Borrowed(bytes),
        };
        let start = if matches!(bytes, Cow::Owned(_)) {
            0
        } else {
            start
        };
        let announced = match named.as_deref() {
            Some(uid) => encoding(uid),
            None => scan::sniff(&bytes, start).ok_or(
                "is not a DICOM file that is known here: it does not say how it is written down",
            )?,
        };
        let scan = scan::data_set(&bytes, start, announced)?;
        if scan.encoding != announced {
            notes.push(
                "its data set is written as implicit VR, its meta group says explicit".to_owned(),
            );
        }
        let set = DataSet::parse(&bytes, &scan)?;
        let syntax = named.unwrap_or_else(|| guess(&bytes, &scan, &mut notes));
        Ok(Self {
            bytes,
            scan,
            set,
            syntax,
            start,
            notes,
        })
    }

    fn top(&self) -> Attributes<'_> {
        self.set.top()
    }

    /// Where the pixel data lies, and how many bytes a floating point value has.
    fn pixel_data(&self) -> Fallible<(&Span, Option<usize>)> {
        let found = |tag| self.scan.found.get(&tag);
        if let Some(span) = found(PIXEL_DATA) {
            return Ok((span, None));
        }
        if let Some(span) = found(scan::FLOAT_PIXELS) {
            return Ok((span, Some(4)));
        }
        if let Some(span) = found(scan::DOUBLE_PIXELS) {
            return Ok((span, Some(8)));
        }
        Err(
            "is DICOM without pixel data (a report, a plan, an index), expected a picture"
                .to_owned(),
        )
    }

    fn shape(&self) -> Fallible<Shape> {
        let (_, float) = self.pixel_data()?;
        let shape = Shape::of(self.top(), float)?;
        // a frame has at least a byte; compressed ones are held to the header one by one
        guard::frames(shape.frames, self.bytes.len())?;
        Ok(shape)
    }

    /// What is known without decoding.
    pub(super) fn about(&self) -> Fallible<About> {
        let shape = self.shape()?;
        Ok(describe::about(self.top(), &shape, self.notes.clone()))
    }

    /// Decodes a frame (from 0).
    pub(super) fn frame(&self, index: usize, overlays: bool) -> Fallible<Frame> {
        let shape = self.shape()?;
        if index >= shape.frames {
            return Err(format!(
                "has {} frames, there is no frame {}",
                shape.frames,
                index + 1
            ));
        }
        let mut chain = vec![self.headline(&shape)];
        chain.extend(self.notes.iter().cloned());
        if shape.frames > 1 {
            chain.push(format!("frame {} of {}", index + 1, shape.frames));
        }
        let raw = self.raw(&shape, index, &mut chain)?;
        let of = OfFrame::new(self.top(), index);
        let (mut values, scale) = if shape.colour.is_grey() {
            grey_values(of, &shape, &raw, &mut chain)?
        } else {
            (
                self.colour(&shape, raw.clone_whole()?, &mut chain)?,
                Scale::default(),
            )
        };
        if overlays {
            let mask = self.overlays(&shape, index, &raw, &mut chain);
            whiten(&mut values, &scale, &mask);
        }
        Ok(Frame {
            width: shape.columns,
            height: shape.rows,
            values,
            scale,
            place: place::of(of),
            chain,
        })
    }

    fn headline(&self, shape: &Shape) -> String {
        let bits = match shape.numbers {
            Numbers::Whole(layout) => layout.to_string(),
            Numbers::Float => "32-bit floating point".to_owned(),
            Numbers::Double => "64-bit floating point".to_owned(),
        };
        format!(
            "DICOM {} {}x{} {}, {bits}",
            codec::name(&self.syntax),
            shape.columns,
            shape.rows,
            shape.colour.name()
        )
    }
}

/// The stored values of one frame.
enum Raw {
    /// Bit patterns of uncompressed pixel data, and how many of them the file really has.
    Native {
        patterns: Vec<u32>,
        layout: Layout,
        there: usize,
    },
    /// What a codec gave.
    Decoded { samples: Samples, layout: Layout },
    /// Floating point.
    Floats(Vec<f64>),
}

impl Raw {
    /// Every stored integer through a function; floating point has none.
    fn map<T>(&self, to: impl Fn(i64) -> T) -> Vec<T> {
        match self {
            Self::Native {
                patterns, layout, ..
            } => patterns.iter().map(|it| to(layout.value(*it))).collect(),
            Self::Decoded { samples, layout } => match &samples.values {
                codec::Values::Narrow(values) => values
                    .iter()
                    .map(|it| to(layout.value(u32::from(*it))))
                    .collect(),
                codec::Values::Wide(values) => {
                    values.iter().map(|it| to(layout.value(*it))).collect()
                }
            },
            Self::Floats(_) => Vec::new(),
        }
    }

    /// Colour needs every value.
    fn clone_whole(&self) -> Fallible<&Self> {
        match self {
            Self::Native {
                patterns, there, ..
            } if *there < patterns.len() => Err(truncated(patterns.len(), *there)),
            Self::Floats(_) => Err("has colour as floating point, which is not read".to_owned()),
            _ => Ok(self),
        }
    }
}

fn truncated(needed: usize, there: usize) -> String {
    format!("is a truncated DICOM file: a frame needs {needed} values, {there} are there")
}

impl File<'_> {
    /// The stored values of a frame.
    fn raw(&self, shape: &Shape, index: usize, chain: &mut Vec<String>) -> Fallible<Raw> {
        let (span, _) = self.pixel_data()?;
        if span.declared.is_none() {
            return self.decoded(shape, span, index, chain);
        }
        let data = &self.bytes[span.value.clone()];
        let native = fragments::native(data, shape, index)?;
        // up to half of a picture may be missing; what is there is worth to be seen
        if native.bytes.len() < native.needed.div_ceil(2) {
            return Err(format!(
                "is a truncated DICOM file: a frame of {}x{} pixels needs {} bytes, {} are there",
                shape.columns,
                shape.rows,
                native.needed,
                native.bytes.len()
            ));
        }
        let layout = match shape.numbers {
            Numbers::Whole(layout) => layout,
            Numbers::Float | Numbers::Double => {
                return Ok(Raw::Floats(floats(
                    native.bytes,
                    shape,
                    self.scan.encoding.big,
                )));
            }
        };
        let values = match shape.colour {
            Colour::Ybr422 => shape.pixels() * 2,
            _ => shape.values(),
        };
        let order = order(shape.bits(), native.skip, self.scan.encoding, span.vr);
        let mut patterns = stored::patterns(native.bytes, order);
        let there = patterns.len().min(values);
        patterns.resize(values, 0);
        Ok(Raw::Native {
            patterns,
            layout,
            there,
        })
    }

    /// A compressed frame through its codec.
    fn decoded(
        &self,
        shape: &Shape,
        span: &Span,
        index: usize,
        chain: &mut Vec<String>,
    ) -> Fallible<Raw> {
        let Numbers::Whole(layout) = shape.numbers else {
            return Err(
                "is a damaged DICOM file: floating point pixel data cannot be compressed"
                    .to_owned(),
            );
        };
        let frame = fragments::encapsulated(&self.bytes, span, self.top(), shape.frames, index)?;
        let expected = Expected {
            width: shape.columns,
            height: shape.rows,
            components: shape.colour.samples(),
            bits_allocated: layout.allocated(),
            bits_stored: layout.stored(),
            signed: layout.signed(),
            photometric_is_rgb: shape.colour == Colour::Rgb,
        };
        let samples = codec::decode(&self.syntax, &frame, &expected)?;
        chain.extend(samples.notes.iter().cloned());
        let layout = if codec::keeps_layout(&self.syntax) {
            layout
        } else {
            Layout::of_stream(samples.bits, samples.signed)?
        };
        Ok(Raw::Decoded { samples, layout })
    }

    /// Colour to RGB.
    fn colour(&self, shape: &Shape, raw: &Raw, chain: &mut Vec<String>) -> Fallible<Values> {
        let (layout, planar, of) = match raw {
            Raw::Native { layout, .. } => (*layout, shape.planar, codec::ColourOf::AsHeader),
            Raw::Decoded { samples, layout } => (*layout, false, samples.colour),
            Raw::Floats(_) => {
                return Err("has colour as floating point, which is not read".to_owned());
            }
        };
        if shape.colour == Colour::Palette {
            let palettes = colour::Palettes::read(self.top(), layout.signed())?;
            chain.push(palettes.step());
            return Ok(Values::Rgb(palettes.rgb(&raw.map(|value| value))));
        }
        let bits = match raw {
            Raw::Decoded { samples, .. } => samples.bits,
            _ => layout.stored(),
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the low bits are meant"
        )]
        let mut bytes = colour::bytes(&raw.map(|value| value as u32), bits);
        if bits > 8 {
            chain.push(format!("{bits} bits to 8: the highest"));
        }
        if planar {
            chain.push("colour planes to pixels".to_owned());
            bytes = colour::interleave(&bytes);
        }
        if shape.colour == Colour::Ybr422 && matches!(raw, Raw::Native { .. }) {
            chain.push("colour of every two pixels spread to both".to_owned());
            bytes = colour::from_422(&bytes);
        }
        if let Some(step) = convert(shape.colour, of, &mut bytes) {
            chain.push(step.to_owned());
        }
        Ok(Values::Rgb(bytes))
    }

    /// Which pixels the file's overlay planes mark out; none when there are no planes.
    fn overlays(
        &self,
        shape: &Shape,
        index: usize,
        raw: &Raw,
        chain: &mut Vec<String>,
    ) -> Vec<bool> {
        let overlays = overlay::of(self.top(), index);
        if overlays.is_empty() {
            chain.push("no overlay planes in the file".to_owned());
            return Vec::new();
        }
        let patterns = match raw {
            Raw::Native { patterns, .. } => patterns.as_slice(),
            _ => &[],
        };
        if patterns.is_empty() && overlays.iter().any(overlay::Overlay::is_in_pixels) {
            chain.push("an overlay in unused bits of compressed pixels was left out".to_owned());
        }
        let mut mask = vec![false; shape.pixels()];
        for overlay in &overlays {
            overlay.mark(&mut mask, shape.columns, patterns);
        }
        chain.push(OVERLAY_STEP.to_owned());
        mask
    }
}

/// Grey values through the modality transformation; what a truncated file lacks is NaN.
fn grey_values(
    of: OfFrame<'_>,
    shape: &Shape,
    raw: &Raw,
    chain: &mut Vec<String>,
) -> Fallible<(Values, Scale)> {
    let (layout, inverted) = match (shape.numbers, shape.colour) {
        (Numbers::Whole(layout), Colour::Grey { inverted }) => (Some(layout), inverted),
        (_, colour) => (None, colour == Colour::Grey { inverted: true }),
    };
    let modality = Modality::of(of, layout.is_some_and(Layout::signed), chain)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "values are shown and kept as f32"
    )]
    let mut values: Vec<f32> = match raw {
        Raw::Floats(values) => values
            .iter()
            .map(|value| modality.of_float(*value) as f32)
            .collect(),
        _ => raw.map(|stored| modality.value(stored) as f32),
    };
    let there = match raw {
        Raw::Native { there, .. } => *there,
        _ => values.len(),
    };
    if there < shape.pixels() {
        values.truncate(there);
        values.resize(shape.pixels(), f32::NAN);
        chain.push(format!(
            "truncated file: the last {} of {} pixels are missing and shown black",
            shape.pixels() - there,
            shape.pixels()
        ));
    }
    let scale = grey::scale(of, inverted, &modality, layout, chain);
    Ok((Values::Grey(values), scale))
}

/// Marked pixels get what is shown whitest.
fn whiten(values: &mut Values, scale: &Scale, mask: &[bool]) {
    match values {
        Values::Grey(values) => {
            let white = match (scale.inverted, scale.possible) {
                (true, Some((min, _))) => min,
                (false, Some((_, max))) => max,
                (true, None) => f32::MIN,
                (false, None) => f32::MAX,
            };
            let marked = values.iter_mut().zip(mask).filter(|(_, marked)| **marked);
            marked.for_each(|(value, _)| *value = white);
        }
        Values::Rgb(rgb) => {
            let marked = rgb
                .chunks_exact_mut(3)
                .zip(mask)
                .filter(|(_, marked)| **marked);
            marked.for_each(|(pixel, _)| pixel.fill(255));
        }
    }
}

/// To RGB where it is not yet; gives the step.
fn convert(header: Colour, of: codec::ColourOf, bytes: &mut Vec<u8>) -> Option<&'static str> {
    use codec::ColourOf;
    match (of, header) {
        (ColourOf::Rgb, Colour::Rgb) => None,
        (ColourOf::Rgb, _) => Some("YCbCr to RGB by the decoder"),
        (ColourOf::Ybr, _) | (ColourOf::AsHeader, Colour::Ybr | Colour::Ybr422) => {
            *bytes = colour::from_ybr(bytes);
            Some("YCbCr to RGB")
        }
        (ColourOf::AsHeader, Colour::YbrPartial) => {
            *bytes = colour::from_ybr_partial(bytes);
            Some("YCbCr of 16..235 to RGB")
        }
        (ColourOf::AsHeader, _) => None,
    }
}

/// How uncompressed values are to be taken from their bytes.
fn order(bits: usize, skip: usize, encoding: Encoding, vr: Option<[u8; 2]>) -> Order {
    match (bits, encoding.big) {
        (1, _) => Order::Bits { skip },
        (8, true) if vr == Some(*b"OW") => Order::SwappedBytes,
        (8, _) => Order::Bytes,
        (_, true) => Order::Big(bits / 8),
        (_, false) => Order::Little(bits / 8),
    }
}

fn floats(data: &[u8], shape: &Shape, big: bool) -> Vec<f64> {
    let mut values: Vec<f64> = if shape.bits() == 32 {
        let fours = data
            .chunks_exact(4)
            .map(|four| [four[0], four[1], four[2], four[3]]);
        let read = |four| {
            if big {
                f32::from_be_bytes(four)
            } else {
                f32::from_le_bytes(four)
            }
        };
        fours.map(|four| f64::from(read(four))).collect()
    } else {
        let eights = data
            .chunks_exact(8)
            .map(|eight| eight.try_into().expect("eight bytes"));
        let read = |eight| {
            if big {
                f64::from_be_bytes(eight)
            } else {
                f64::from_le_bytes(eight)
            }
        };
        eights.map(read).collect()
    };
    values.resize(shape.pixels(), f64::NAN);
    values
}

/// What the meta group says, where there is one, and where the data set begins.
fn meta(bytes: &[u8], notes: &mut Vec<String>) -> Fallible<(Option<String>, usize)> {
    let start = match bytes {
        _ if bytes.get(128..132) == Some(b"DICM") => 132,
        _ if bytes.starts_with(b"DICM") => 4,
        _ => {
            notes.push("no preamble".to_owned());
            0
        }
    };
    scan::meta(bytes, start)
}

/// The encoding that a transfer syntax prescribes.
fn encoding(syntax: &str) -> Encoding {
    match syntax {
        "1.2.840.10008.1.2" => Encoding::IMPLICIT,
        "1.2.840.10008.1.2.2" => Encoding::BIG,
        _ => Encoding::EXPLICIT,
    }
}

/// The transfer syntax of a file that does not name it: by how it is written down and how its pixels begin.
fn guess(bytes: &[u8], scan: &Scan, notes: &mut Vec<String>) -> String {
    let compressed = scan
        .found
        .get(&PIXEL_DATA)
        .filter(|span| span.declared.is_none())
        .and_then(|span| fragments::syntax_of(&bytes[span.value.clone()]));
    let syntax = compressed.unwrap_or_else(|| scan.encoding.uid());
    notes.push(format!(
        "no transfer syntax in the file, taken as {}",
        codec::name(syntax)
    ));
    syntax.to_owned()
}
