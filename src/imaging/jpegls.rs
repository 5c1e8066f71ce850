//! A JPEG-LS stream in, its samples out: lossless and near-lossless, 2 to 16 bits (ITU-T T.87, ISO/IEC 14495-1).

mod bits;
mod coding;
mod header;
mod model;
mod scan;
mod segments;
mod transform;

use super::Fallible;
use super::codec::{ColourOf, Expected, Samples, Values};
use header::Header;
use scan::{Picture, Scan};
use segments::{DNL, EOI, SOS, Segments, number};
use transform::Transform;

/// Most pixels that one bit can stand for: a piece of a run (T.87 A.2.1).
const MOST_PIXELS_PER_BIT: usize = 1 << 15;

/// Decodes a frame: `height * width * components` values, interleaved by pixel, exact as T.87 has them.
///
/// What is read: one scan or several, interleaved in any way; presets, mapping tables of one or two bytes, sizes
/// beyond 65 535, restarts, the number of lines behind the scan, and HP's colour transforms 1 to 3, which are undone.
/// Memory: the values, two lines, and for 16 bits 128 KiB; `expected` is to be bounded by who calls.
///
/// # Errors
/// When the stream is another frame than expected, damaged, truncated, or uses what DICOM has no place for:
/// components of different sizes, point transforms, palettes of more than two bytes, the extensions of T.870.
pub(super) fn decode(bytes: &[u8], expected: &Expected) -> Fallible<Samples> {
    let mut segments = Segments::open(bytes)?;
    let mut decoding = Decoding::default();
    let mut has_end = false;
    while let Some((marker, body)) = segments.next()? {
        match marker {
            EOI => {
                has_end = true;
                break;
            }
            SOS => {
                let scan = decoding.header.scan(body)?;
                segments.at = decoding.scan(&scan, bytes, segments.at, expected)?;
            }
            DNL => decoding.lines(body, expected)?,
            _ => decoding.header.read(marker, body)?,
        }
    }
    decoding.samples(has_end, expected.signed)
}

/// A frame on its way.
#[derive(Default)]
struct Decoding {
    header: Header,
    /// From the first scan on.
    picture: Option<Picture>,
    /// Bits of the values, by component, as the components are decoded.
    bits: Vec<Option<u32>>,
    near: i32,
    has_tables: bool,
    /// What is to be undone at the end.
    transform: Option<Transform>,
    /// Whether the number of lines is still to be told.
    lacks_lines: bool,
}

impl Decoding {
    /// Decodes a scan that begins at a byte; gives the place of the marker behind it.
    fn scan(
        &mut self,
        scan: &Scan,
        bytes: &[u8],
        start: usize,
        expected: &Expected,
    ) -> Fallible<usize> {
        if self.lacks_lines {
            return Err(
                "is damaged: its JPEG-LS frame never says how many lines it has".to_owned(),
            );
        }
        if self.picture.is_none() {
            self.lacks_lines = !self.header.hold(expected)?;
            self.bits = vec![None; expected.components];
        }
        for channel in &scan.channels {
            if self.bits[channel.place].replace(channel.bits).is_some() {
                return Err("is damaged: one of its JPEG-LS components is there twice".to_owned());
            }
            self.has_tables |= channel.table.is_some();
        }
        self.near = self.near.max(scan.coding.near);
        self.transform = self.header.transform;
        if self.transform.is_some() && !can_be_undone(scan, expected.components) {
            return Err("has a HP colour transform on JPEG-LS data that are not 3 interleaved, lossless components \
                 of 8 or 16 bits, where encoders differ in what it means: convert it first"
                .to_owned());
        }
        let picture = match &mut self.picture {
            Some(picture) => picture,
            none => none.insert(room(expected, bytes.len() - start)?),
        };
        scan.decode(bytes, start, picture)
    }

    /// The number of lines, which may come behind the first scan (T.81 B.2.5).
    fn lines(&mut self, body: &[u8], expected: &Expected) -> Fallible<()> {
        self.lacks_lines = false;
        if self.picture.is_some() && body.len() <= 4 && number(body) == expected.height {
            return Ok(());
        }
        Err(format!(
            "is damaged: its JPEG-LS frame has not the {} lines of the DICOM header",
            expected.height
        ))
    }

    /// The finished frame.
    fn samples(mut self, has_end: bool, signed: bool) -> Fallible<Samples> {
        let mut picture = self
            .picture
            .take()
            .ok_or("is truncated: its JPEG-LS data end before the first scan")?;
        let missing = self.bits.iter().filter(|bits| bits.is_none()).count();
        if missing > 0 {
            return Err(format!(
                "is truncated: its JPEG-LS data lack {missing} of {} components",
                self.bits.len()
            ));
        }
        if self.lacks_lines {
            return Err("is truncated: its JPEG-LS data end before the number of lines".to_owned());
        }
        let bits = self.bits[0].expect("no component is missing");
        if self.bits.iter().any(|other| *other != Some(bits)) {
            return Err(
                "has JPEG-LS components of different depths, which is not read: convert it first"
                    .to_owned(),
            );
        }
        if let Some(transform) = self.transform {
            transform.undo(&mut picture.values, bits);
        }
        Ok(Samples {
            width: picture.width,
            height: picture.height,
            components: picture.components,
            bits,
            values: Values::Narrow(picture.values),
            signed,
            colour: ColourOf::AsHeader,
            notes: self.notes(has_end),
        })
    }

    /// What somebody who looks at the values should know of them.
    fn notes(&self, has_end: bool) -> Vec<String> {
        let near = (self.near > 0).then(|| format!("JPEG-LS near-lossless (NEAR {})", self.near));
        let table = self
            .has_tables
            .then(|| "JPEG-LS mapping table applied".to_owned());
        let transform = self
            .transform
            .map(|transform| format!("JPEG-LS colour transform {transform} undone"));
        let colours = self.header.colours;
        let colours = colours.map(|colours| format!("JPEG-LS SPIFF header: {colours}"));
        let end = (!has_end).then(|| "JPEG-LS data without an end marker".to_owned());
        [near, table, transform, colours, end]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Whether a scan is one that a colour transform means the same in for every encoder.
///
/// Near-lossless values cannot wrap around without harm, and what it means for components that are not interleaved
/// differs from one encoder to the other (`CharLS` writes the segment there, and transforms nothing).
fn can_be_undone(scan: &Scan, components: usize) -> bool {
    components == 3
        && scan.coding.near == 0
        && scan.channels.len() == 3
        && (scan.channels.iter())
            .all(|channel| channel.table.is_none() && matches!(channel.bits, 8 | 16))
}

/// An empty picture with room for what is expected, if so few bytes can fill it.
fn room(expected: &Expected, bytes: usize) -> Fallible<Picture> {
    let &Expected {
        width,
        height,
        components,
        ..
    } = expected;
    let bits = width.div_ceil(MOST_PIXELS_PER_BIT).saturating_mul(height);
    if bits > bytes.saturating_mul(8) {
        return Err(format!(
            "is truncated: {width}x{height} pixels cannot come from {bytes} bytes of JPEG-LS data"
        ));
    }
    let mut values = Vec::new();
    width
        .checked_mul(height)
        .and_then(|pixels| pixels.checked_mul(components))
        .and_then(|count| values.try_reserve_exact(count).ok())
        .ok_or_else(|| format!("is too large: no memory for {width}x{height} pixels"))?;
    Ok(Picture {
        width,
        height,
        components,
        values,
    })
}

#[cfg(test)]
mod tests;
