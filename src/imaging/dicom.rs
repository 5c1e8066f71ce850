//! A DICOM file's bytes in, one picture out: stored values → rescale → window → `MONOCHROME1` → 8-bit RGB.
//!
//! Our own scan finds the picture's attributes and checks every length; `dicom-object` reads their values and sees
//! nothing else of the file. Bits, sign, padding, window and planes are done here.

use std::io::Cursor;
use std::ops::RangeInclusive;

use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, OpenFileOptions, Tag};

use super::scan::{self, Encoding, PIXEL_DATA, Scan, Span, TagId};
use super::stored::{self, Layout, Order};
use super::window::{Function, Window};
use super::{Decoded, Fallible, Format, guard, origin};

const SAMPLES_PER_PIXEL: TagId = (0x0028, 0x0002);
const PHOTOMETRIC: TagId = (0x0028, 0x0004);
const PLANAR: TagId = (0x0028, 0x0006);
const FRAMES: TagId = (0x0028, 0x0008);
const ROWS: TagId = (0x0028, 0x0010);
const COLUMNS: TagId = (0x0028, 0x0011);
const BITS_ALLOCATED: TagId = (0x0028, 0x0100);
const BITS_STORED: TagId = (0x0028, 0x0101);
const HIGH_BIT: TagId = (0x0028, 0x0102);
const PIXEL_REPRESENTATION: TagId = (0x0028, 0x0103);
const PADDING: TagId = (0x0028, 0x0120);
const PADDING_LIMIT: TagId = (0x0028, 0x0121);
const WINDOW_CENTER: TagId = (0x0028, 0x1050);
const WINDOW_WIDTH: TagId = (0x0028, 0x1051);
const INTERCEPT: TagId = (0x0028, 0x1052);
const SLOPE: TagId = (0x0028, 0x1053);
const FUNCTION: TagId = (0x0028, 0x1056);
const MODALITY_LUT: TagId = (0x0028, 0x3000);
const VOI_LUT: TagId = (0x0028, 0x3010);

/// Decodes a single-frame uncompressed file whose meta group begins at byte `meta`.
pub(super) fn decode(bytes: &[u8], meta: usize) -> Fallible<Decoded> {
    let (syntax, start) = scan::transfer_syntax(bytes, meta)?;
    let scan = scan::data_set(bytes, start, encoding(&syntax)?)?;
    let Some(span) = scan.found.get(&PIXEL_DATA) else {
        return Err(
            "is DICOM without pixel data (a report, a plan, an index), expected a picture"
                .to_owned(),
        );
    };
    let file = Attributes::read(bytes, &scan)?;
    let shape = Shape::of(&file)?;
    let data = pixel_data(bytes, span, &shape)?;
    let order = match (shape.layout.bytes(), scan.encoding.big) {
        (1, true) if span.vr == Some(*b"OW") => Order::SwappedBytes,
        (1, _) => Order::Bytes,
        (_, true) => Order::Big,
        (_, false) => Order::Little,
    };
    let mut chain = vec![format!(
        "DICOM {} {}x{} {}, {}",
        syntax_name(scan.encoding),
        shape.columns,
        shape.rows,
        shape.colour.name(),
        shape.layout
    )];
    let mut patterns = stored::patterns(data, order);
    patterns.truncate(shape.values());
    let (rgb, window) = match shape.colour {
        Colour::Rgb { planar } => {
            chain.push(
                if planar {
                    "colour planes"
                } else {
                    "colour by pixel"
                }
                .to_owned(),
            );
            (colour(&patterns, planar, shape.layout), None)
        }
        Colour::Grey { inverted } => grey(&patterns, inverted, shape.layout, &file, &mut chain)?,
    };
    Ok(Decoded {
        width: shape.columns,
        height: shape.rows,
        rgb,
        format: Format::Dicom,
        window,
        chain,
    })
}

/// The encoding of an uncompressed transfer syntax.
fn encoding(syntax: &str) -> Fallible<Encoding> {
    let (explicit, big) = match syntax {
        "1.2.840.10008.1.2" => (false, false),
        "1.2.840.10008.1.2.1" => (true, false),
        "1.2.840.10008.1.2.2" => (true, true),
        _ => {
            return Err(format!(
                "is stored as {} (transfer syntax {syntax}), only uncompressed DICOM is read yet: \
                 decompress it first, for example with gdcmconv --raw",
                compression(syntax)
            ));
        }
    };
    Ok(Encoding { explicit, big })
}

fn compression(syntax: &str) -> &'static str {
    match syntax.strip_prefix("1.2.840.10008.1.2.") {
        Some("1.99") => "deflated data",
        Some("4.50") => "JPEG baseline",
        Some("4.51") => "JPEG extended",
        Some("4.57" | "4.70") => "JPEG lossless",
        Some("4.80") => "JPEG-LS lossless",
        Some("4.81") => "JPEG-LS near-lossless",
        Some("4.90" | "4.92") => "JPEG 2000 lossless",
        Some("4.91" | "4.93") => "JPEG 2000",
        Some("4.110" | "4.111" | "4.112") => "JPEG XL",
        Some("4.201" | "4.202" | "4.203") => "high-throughput JPEG 2000",
        Some("5") => "RLE",
        Some(video) if video.starts_with("4.10") => "video",
        _ => "something that is not known here",
    }
}

fn uid(encoding: Encoding) -> &'static str {
    match (encoding.explicit, encoding.big) {
        (false, _) => "1.2.840.10008.1.2",
        (true, false) => "1.2.840.10008.1.2.1",
        (true, true) => "1.2.840.10008.1.2.2",
    }
}

fn syntax_name(encoding: Encoding) -> &'static str {
    match (encoding.explicit, encoding.big) {
        (false, _) => "implicit little endian",
        (true, false) => "explicit little endian",
        (true, true) => "explicit big endian",
    }
}

/// The picture's attributes, as `dicom-object` reads them.
struct Attributes {
    object: DefaultDicomObject,
    big: bool,
    has_modality_lut: bool,
    has_voi_lut: bool,
}

impl Attributes {
    /// Cuts the wanted elements out of the file and has them parsed.
    fn read(bytes: &[u8], scan: &Scan) -> Fallible<Self> {
        let mut uid = uid(scan.encoding).as_bytes().to_vec();
        if uid.len() % 2 == 1 {
            uid.push(0);
        }
        let uid_len = u8::try_from(uid.len()).expect("our three UIDs are short");
        let mut cut = b"DICM\x02\0\0\0UL\x04\0".to_vec();
        cut.extend([uid_len + 8, 0, 0, 0]);
        cut.extend(b"\x02\0\x10\0UI");
        cut.extend([uid_len, 0]);
        cut.extend(uid);
        for (tag, span) in &scan.found {
            if ![PIXEL_DATA, MODALITY_LUT, VOI_LUT].contains(tag) {
                cut.extend(&bytes[span.whole.clone()]);
            }
        }
        let object = OpenFileOptions::new()
            .read_preamble(ReadPreamble::Never)
            .from_reader(Cursor::new(cut))
            .map_err(|error| {
                format!(
                    "is a damaged DICOM file: {}",
                    origin::printable(&error.to_string())
                )
            })?;
        let has = |tag| {
            scan.found
                .get(&tag)
                .is_some_and(|span: &Span| span.declared != Some(0))
        };
        Ok(Self {
            object,
            big: scan.encoding.big,
            has_modality_lut: has(MODALITY_LUT),
            has_voi_lut: has(VOI_LUT),
        })
    }

    /// The first value of a text or number attribute. Also when a `UN` hides what it is.
    fn text(&self, tag: TagId) -> Option<String> {
        let element = self.object.get(Tag(tag.0, tag.1))?;
        let text = match element.vr().to_string() {
            "UN" => String::from_utf8_lossy(&element.to_bytes().ok()?).into_owned(),
            _ => element.to_str().ok()?.into_owned(),
        };
        let first = text.split('\\').next().unwrap_or_default();
        let first = first.trim_matches(['\0', ' ']);
        (!first.is_empty()).then(|| first.to_owned())
    }

    fn number(&self, tag: TagId) -> Option<f64> {
        self.text(tag)?.parse().ok().filter(|x: &f64| x.is_finite())
    }

    /// The first value of an attribute of two binary bytes.
    fn int(&self, tag: TagId) -> Option<i32> {
        let element = self.object.get(Tag(tag.0, tag.1))?;
        if element.vr().to_string() == "UN" {
            let bytes = element.to_bytes().ok()?;
            let two: [u8; 2] = bytes.get(..2)?.try_into().ok()?;
            return Some(i32::from(if self.big {
                u16::from_be_bytes(two)
            } else {
                u16::from_le_bytes(two)
            }));
        }
        element.to_int().ok()
    }

    /// A size or a count that the file must have.
    fn count(&self, tag: TagId, name: &str) -> Fallible<u32> {
        self.int(tag)
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| format!("is a damaged DICOM file: it has no {name}"))
    }
}

/// What one value or three mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Grey { inverted: bool },
    Rgb { planar: bool },
}

impl Colour {
    fn name(self) -> &'static str {
        match self {
            Self::Grey { inverted: false } => "MONOCHROME2",
            Self::Grey { inverted: true } => "MONOCHROME1",
            Self::Rgb { .. } => "RGB",
        }
    }

    fn samples(self) -> usize {
        match self {
            Self::Grey { .. } => 1,
            Self::Rgb { .. } => 3,
        }
    }
}

/// How the pixel data is laid out.
struct Shape {
    rows: usize,
    columns: usize,
    colour: Colour,
    layout: Layout,
}

impl Shape {
    /// Number of stored values.
    fn values(&self) -> usize {
        self.rows * self.columns * self.colour.samples()
    }

    fn of(file: &Attributes) -> Fallible<Self> {
        let rows = file.count(ROWS, "Rows")? as usize;
        let columns = file.count(COLUMNS, "Columns")? as usize;
        let samples = file
            .count(SAMPLES_PER_PIXEL, "SamplesPerPixel")
            .unwrap_or(1);
        let frames = file.number(FRAMES).unwrap_or(1.0);
        if frames > 1.0 {
            return Err(format!(
                "has {frames} frames, only single-frame DICOM is read yet: save one frame first"
            ));
        }
        let photometric = file.text(PHOTOMETRIC).unwrap_or_default();
        let colour = match (photometric.as_str(), samples) {
            ("MONOCHROME1", 1) => Colour::Grey { inverted: true },
            ("MONOCHROME2", 1) => Colour::Grey { inverted: false },
            ("RGB", 3) => Colour::Rgb {
                planar: file.int(PLANAR) == Some(1),
            },
            _ => {
                return Err(format!(
                    "has photometric interpretation '{}' with {samples} samples a pixel, \
                     only MONOCHROME1, MONOCHROME2 and RGB are read yet",
                    origin::printable(&photometric)
                ));
            }
        };
        let allocated = file.count(BITS_ALLOCATED, "BitsAllocated")?;
        let stored = file.count(BITS_STORED, "BitsStored").unwrap_or(allocated);
        let high = file
            .count(HIGH_BIT, "HighBit")
            .unwrap_or_else(|_| stored.saturating_sub(1));
        let signed = file.int(PIXEL_REPRESENTATION) == Some(1);
        let layout = Layout::new(allocated, stored, high, signed)?;
        guard::size(columns, rows, colour.samples() * layout.bytes())?;
        Ok(Self {
            rows,
            columns,
            colour,
            layout,
        })
    }
}

/// The bytes of the one frame, no fewer than it needs, and an even number of them where there are more.
fn pixel_data<'a>(bytes: &'a [u8], span: &Span, shape: &Shape) -> Fallible<&'a [u8]> {
    if span.declared.is_none() {
        return Err("is a damaged DICOM file: its pixel data is compressed, its transfer syntax says it is not".to_owned());
    }
    let data = &bytes[span.value.clone()];
    let needed = shape.values() * shape.layout.bytes();
    let even = needed.next_multiple_of(2);
    data.get(..even)
        .or_else(|| data.get(..needed))
        .ok_or_else(|| {
            format!(
                "is a truncated DICOM file: {}x{} pixels need {needed} bytes, {} are there",
                shape.columns,
                shape.rows,
                data.len()
            )
        })
}

/// Grey values to RGB through a table of every bit pattern.
fn grey(
    patterns: &[u16],
    inverted: bool,
    layout: Layout,
    file: &Attributes,
    chain: &mut Vec<String>,
) -> Fallible<(Vec<u8>, Option<Window>)> {
    if file.has_modality_lut {
        return Err(
            "has a modality lookup table (ModalityLUTSequence), which is not read yet".to_owned(),
        );
    }
    let (slope, intercept) = rescale(file, chain);
    let real = |pattern: u16| f64::from(layout.value(pattern)) * slope + intercept;
    let window = match file_window(file, chain)? {
        Some(window) => {
            chain.push(format!("{window} from the file"));
            Some(window)
        }
        None => full_range(
            patterns,
            layout,
            padding(file, layout).as_ref(),
            real,
            chain,
        ),
    };
    let shades: Vec<u8> = (0..layout.patterns())
        .map(|pattern| u16::try_from(pattern).expect("at most 16 bits"))
        .map(|pattern| match window {
            Some(window) if inverted => window.shade_inverted(real(pattern)),
            Some(window) => window.shade(real(pattern)),
            None => 0,
        })
        .collect();
    if inverted {
        chain.push("MONOCHROME1 inverted".to_owned());
    }
    chain.push("grey to RGB".to_owned());
    let rgb = patterns
        .iter()
        .flat_map(|pattern| [shades[usize::from(*pattern)]; 3])
        .collect();
    Ok((rgb, window))
}

/// Slope and intercept from stored value to HU or whatever the file means.
fn rescale(file: &Attributes, chain: &mut Vec<String>) -> (f64, f64) {
    let intercept = file.number(INTERCEPT).unwrap_or(0.0);
    let slope = match file.number(SLOPE) {
        Some(0.0) => {
            chain.push("rescale slope 0 in the file taken as 1".to_owned());
            1.0
        }
        slope => slope.unwrap_or(1.0),
    };
    if (slope, intercept) != (1.0, 0.0) {
        chain.push(format!("rescale slope {slope} intercept {intercept}"));
    }
    (slope, intercept)
}

/// The file's first window.
fn file_window(file: &Attributes, chain: &mut Vec<String>) -> Fallible<Option<Window>> {
    let (Some(center), Some(width)) = (file.number(WINDOW_CENTER), file.number(WINDOW_WIDTH))
    else {
        if file.has_voi_lut {
            return Err(
                "has a lookup table instead of a window (VOILUTSequence), which is not read yet"
                    .to_owned(),
            );
        }
        return Ok(None);
    };
    let function = match file.text(FUNCTION).as_deref() {
        None | Some("LINEAR") => Function::Linear,
        Some("LINEAR_EXACT") => Function::LinearExact,
        Some("SIGMOID") => Function::Sigmoid,
        Some(other) => {
            return Err(format!(
                "has a window with the unknown function '{}'",
                origin::printable(other)
            ));
        }
    };
    let window = Window::new(center, width, function);
    if window.is_none() {
        chain.push(format!(
            "window {center}/{width} in the file is not valid and was left out"
        ));
    }
    Ok(window)
}

/// Stored values that stand for "nothing here".
fn padding(file: &Attributes, layout: Layout) -> Option<RangeInclusive<i32>> {
    let one = layout.extend(file.int(PADDING)?);
    let other = file
        .int(PADDING_LIMIT)
        .map_or(one, |limit| layout.extend(limit));
    Some(one.min(other)..=one.max(other))
}

/// Without a window: the smallest value that occurs is black, the largest white; padding does not count.
fn full_range(
    patterns: &[u16],
    layout: Layout,
    padding: Option<&RangeInclusive<i32>>,
    real: impl Fn(u16) -> f64,
    chain: &mut Vec<String>,
) -> Option<Window> {
    let mut occurs = vec![false; layout.patterns() as usize];
    for pattern in patterns {
        occurs[usize::from(*pattern)] = true;
    }
    let is_padding = |pattern| padding.is_some_and(|range| range.contains(&layout.value(pattern)));
    let values = (0..=u16::MAX)
        .zip(occurs)
        .filter(|(pattern, occurs)| *occurs && !is_padding(*pattern))
        .map(|(pattern, _)| real(pattern));
    let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| {
        (min.min(value), max.max(value))
    });
    let window = Window::between(min, max);
    chain.push(match window {
        Some(_) => format!("no window in the file: {min}..{max} to 0..255"),
        None => "no window in the file, and all values are equal: black".to_owned(),
    });
    window
}

/// Three values a pixel, by pixel or by plane, to 8-bit RGB: of more than 8 bits the highest.
fn colour(patterns: &[u16], planar: bool, layout: Layout) -> Vec<u8> {
    let shift = layout.stored().saturating_sub(8);
    let shade = |pattern: u16| {
        u8::try_from((layout.value(pattern) >> shift) & 0xff).expect("masked to 8 bits")
    };
    if !planar {
        return patterns.iter().map(|pattern| shade(*pattern)).collect();
    }
    let plane = patterns.len() / 3;
    (0..plane)
        .flat_map(|at| [0, 1, 2].map(|channel| shade(patterns[channel * plane + at])))
        .collect()
}
