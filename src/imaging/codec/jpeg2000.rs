//! A JPEG 2000 frame in (T.800, part 2 and high throughput alike), its samples out, the colour transform undone.
//!
//! `openjp2` decodes: it is `OpenJPEG` translated to Rust, so lossy frames have the same values as there. It sees
//! no byte that [`jpeg2000_header`] has not walked over. It has `unsafe` inside, and may panic: callers keep it in a
//! process of its own.

use std::borrow::Cow;

use jpeg2k::{DecodeParameters, Image, ImageComponent};

use super::{ColourOf, Expected, Fallible, Samples, Values, jpeg2000_header, origin};

/// Decodes one frame.
pub(super) fn decode(bytes: &[u8], expected: &Expected) -> Fallible<Samples> {
    let mut notes = Vec::new();
    let stream = code_stream(bytes, &mut notes)?;
    let header = jpeg2000_header::read(stream, expected)?;
    let stream = ended(stream, header.end, &mut notes);
    let image =
        Image::from_bytes_with(&stream, DecodeParameters::new().strict(true)).map_err(|error| {
            format!(
                "holds a damaged JPEG 2000 frame: {}",
                origin::reason(&error)
            )
        })?;
    let planes = image.components();
    let whole = planes.len() == expected.components
        && planes.iter().all(|plane| {
            (plane.width() as usize, plane.height() as usize) == (expected.width, expected.height)
        });
    if !whole {
        return Err("holds a JPEG 2000 frame that its decoder does not decode whole".to_owned());
    }
    let planes: Vec<&[i32]> = planes.iter().map(ImageComponent::data).collect();
    if header.signed != expected.signed {
        notes.push(format!(
            "the header says {}, the JPEG 2000 code stream does not: the header is followed",
            if expected.signed {
                "signed"
            } else {
                "unsigned"
            }
        ));
    }
    let values = if header.precision > 16 {
        let mask = u32::MAX >> (32 - header.precision);
        Values::Wide(weave(&planes, |value| value.cast_unsigned() & mask))
    } else {
        let mask = u16::MAX >> (16 - header.precision);
        Values::Narrow(weave(&planes, |value| {
            let [low, high, ..] = value.to_le_bytes();
            u16::from_le_bytes([low, high]) & mask
        }))
    };
    Ok(Samples {
        width: expected.width,
        height: expected.height,
        components: expected.components,
        bits: header.precision,
        values,
        signed: expected.signed,
        colour: if header.transformed && expected.components == 3 {
            ColourOf::Rgb
        } else {
            ColourOf::AsHeader
        },
        notes,
    })
}

/// The code stream up to its end mark; when that is missing, with one: the decoder insists on it.
fn ended<'a>(stream: &'a [u8], end: usize, notes: &mut Vec<String>) -> Cow<'a, [u8]> {
    const MARK: [u8; 2] = [0xff, 0xd9];
    if stream[end..].starts_with(&MARK) {
        return Cow::Borrowed(&stream[..end + MARK.len()]);
    }
    notes.push("the JPEG 2000 code stream has no end mark; all its tiles are there".to_owned());
    let mut whole = stream[..end].to_vec();
    whole.extend(MARK);
    Cow::Owned(whole)
}

/// Planes to pixels.
fn weave<T: Copy + Default>(planes: &[&[i32]], pattern: impl Fn(i32) -> T) -> Vec<T> {
    if let [plane] = planes {
        return plane.iter().map(|value| pattern(*value)).collect();
    }
    let mut values = vec![T::default(); planes.iter().map(|plane| plane.len()).sum()];
    for (component, plane) in planes.iter().enumerate() {
        for (pixel, value) in values.chunks_exact_mut(planes.len()).zip(*plane) {
            pixel[component] = pattern(*value);
        }
    }
    values
}

/// The code stream: the frame itself, or what is in the boxes of a JP2 file, which DICOM does not allow but finds.
fn code_stream<'a>(bytes: &'a [u8], notes: &mut Vec<String>) -> Fallible<&'a [u8]> {
    if bytes.starts_with(b"\xff\x4f\xff\x51") {
        return Ok(bytes);
    }
    if !bytes.starts_with(b"\0\0\0\x0cjP  \r\n\x87\n") {
        return Err(
            "holds a frame that is no JPEG 2000, which its transfer syntax says it is".to_owned(),
        );
    }
    notes.push("the frame is a JP2 file: only its code stream was taken".to_owned());
    let truncated = || "holds a truncated JP2 file: it has no code stream".to_owned();
    let mut rest = bytes;
    loop {
        let (head, long) = (rest.get(..8).ok_or_else(truncated)?, rest.get(8..16));
        let len = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let (start, len) = match (len, long) {
            (0, _) => (8, rest.len()),
            (1, Some(long)) => {
                let long = <[u8; 8]>::try_from(long)
                    .map(u64::from_be_bytes)
                    .unwrap_or_default();
                (16, usize::try_from(long).unwrap_or(usize::MAX))
            }
            (len, _) => (8, len as usize),
        };
        // the last box may be said to be longer than it is
        let content = rest.get(start..len.min(rest.len())).ok_or_else(truncated)?;
        if head.ends_with(b"jp2c") {
            return Ok(content);
        }
        rest = rest.get(len..).ok_or_else(truncated)?;
    }
}
