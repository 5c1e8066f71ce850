//! A PNG's or a JPEG's bytes in, 8-bit RGB out: alpha dropped as Pillow does, orientation applied, colour profile not.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};

use super::{Decoded, Fallible, Format, guard, origin};

/// Decodes a PNG (its first picture, when it is animated).
pub(super) fn png(bytes: &[u8]) -> Fallible<Decoded> {
    let header = PngHeader::of(bytes).ok_or("is a truncated PNG: it ends inside its header")?;
    guard::size(header.width, header.height, header.bytes_per_pixel())?;
    let damaged = |error: ImageError| damaged("PNG", &error);
    let decoder =
        PngDecoder::with_limits(Cursor::new(bytes), Limits::default()).map_err(damaged)?;
    let mut chain = vec![format!(
        "PNG {}-bit {} {}x{}",
        header.depth,
        header.colour(),
        header.width,
        header.height
    )];
    if decoder.is_apng().map_err(damaged)? {
        chain.push("animated: its still picture taken".to_owned());
    }
    finish(decoder, Format::Png, chain)
}

/// Decodes a JPEG.
pub(super) fn jpeg(bytes: &[u8]) -> Fallible<Decoded> {
    let header = JpegHeader::of(bytes)?;
    guard::size(header.width, header.height, 3)?;
    let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|error| damaged("JPEG", &error))?;
    let chain = vec![format!(
        "JPEG {}-bit {} {}x{}",
        header.depth,
        header.colour(),
        header.width,
        header.height
    )];
    finish(decoder, Format::Jpeg, chain)
}

/// What is the same for both: pixels, orientation, RGB.
fn finish(
    mut decoder: impl ImageDecoder,
    format: Format,
    mut chain: Vec<String>,
) -> Fallible<Decoded> {
    let damaged = |error: ImageError| damaged(&format.to_string(), &error);
    let (width, height) = decoder.dimensions();
    guard::size(
        width as usize,
        height as usize,
        decoder.color_type().bytes_per_pixel().into(),
    )?;
    if decoder.icc_profile().is_ok_and(|profile| profile.is_some()) {
        chain.push("colour profile ignored".to_owned());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if orientation != Orientation::NoTransforms {
        picture.apply_orientation(orientation);
        chain.push(format!(
            "EXIF orientation {} applied",
            orientation.to_exif()
        ));
    }
    Ok(Decoded {
        width: picture.width() as usize,
        height: picture.height() as usize,
        rgb: rgb(picture, &mut chain)?,
        format,
        window: None,
        chain,
    })
}

/// To 8-bit RGB. Alpha is dropped, not blended: so does Pillow's `convert("RGB")`.
///
/// Of 16 bits the high byte is kept, that is, the whole range 0..=65535 is spread over 0..=255. Pillow does the same
/// with colour; its 16-bit grey is cut at 255, which whitens the picture, and is not copied.
fn rgb(picture: DynamicImage, chain: &mut Vec<String>) -> Fallible<Vec<u8>> {
    if picture.color().has_alpha() {
        chain.push("alpha dropped".to_owned());
    }
    if picture.color().bytes_per_pixel() > picture.color().channel_count() {
        chain.push("16 bits to 8: the high byte of 0..65535".to_owned());
    }
    if let DynamicImage::ImageLuma16(grey) = &picture {
        let max = grey.as_raw().iter().copied().max().unwrap_or_default();
        if max < 1 << 12 {
            chain.push(format!("very dark: of 0..65535 only 0..{max} is used"));
        }
    }
    let grey = !picture.color().has_color();
    let rgb = match picture {
        DynamicImage::ImageLuma8(p) => grey_to_rgb(p.as_raw(), 1),
        DynamicImage::ImageLumaA8(p) => grey_to_rgb(p.as_raw(), 2),
        DynamicImage::ImageRgb8(p) => p.into_raw(),
        DynamicImage::ImageRgba8(p) => without_alpha(p.as_raw()),
        DynamicImage::ImageLuma16(p) => grey_to_rgb(&high_bytes(p.as_raw()), 1),
        DynamicImage::ImageLumaA16(p) => grey_to_rgb(&high_bytes(p.as_raw()), 2),
        DynamicImage::ImageRgb16(p) => high_bytes(p.as_raw()),
        DynamicImage::ImageRgba16(p) => without_alpha(&high_bytes(p.as_raw())),
        other => {
            return Err(format!(
                "has pixels of a kind that is not known here ({:?})",
                other.color()
            ));
        }
    };
    if grey {
        chain.push("grey to RGB".to_owned());
    }
    Ok(rgb)
}

fn grey_to_rgb(values: &[u8], values_per_pixel: usize) -> Vec<u8> {
    values
        .chunks_exact(values_per_pixel)
        .flat_map(|pixel| [pixel[0]; 3])
        .collect()
}

fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect()
}

fn high_bytes(values: &[u16]) -> Vec<u8> {
    values.iter().map(|value| value.to_be_bytes()[0]).collect()
}

/// One sentence from a decoder's error.
fn damaged(format: &str, error: &ImageError) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            format!("is a truncated {format}: its data ends too early")
        }
        ImageError::Unsupported(_) => {
            format!("is a {format} of a kind that cannot be decoded: save it again as an 8-bit PNG")
        }
        error => format!(
            "is a damaged {format}: {}",
            origin::printable(&error.to_string())
        ),
    }
}

/// The first chunk of a PNG.
struct PngHeader {
    width: usize,
    height: usize,
    depth: u8,
    kind: u8,
}

impl PngHeader {
    fn of(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let four = bytes.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(four)).ok()
        };
        Some(Self {
            width: number(16)?,
            height: number(20)?,
            depth: *bytes.get(24)?,
            kind: *bytes.get(25)?,
        })
    }

    fn colour(&self) -> &'static str {
        match self.kind {
            0 => "grey",
            2 => "RGB",
            3 => "palette",
            4 => "grey with alpha",
            6 => "RGB with alpha",
            _ => "of unknown colour",
        }
    }

    /// As decoded; a palette or a transparent colour may turn out to have alpha.
    fn bytes_per_pixel(&self) -> usize {
        let channels = match self.kind {
            0 | 4 => 2,
            _ => 4,
        };
        channels * if self.depth == 16 { 2 } else { 1 }
    }
}

/// The frame header of a JPEG, read by our own walk over its markers.
struct JpegHeader {
    width: usize,
    height: usize,
    depth: u8,
    components: u8,
}

impl JpegHeader {
    /// Also finds out whether the file is whole: the decoder paints what is missing grey and says nothing.
    fn of(bytes: &[u8]) -> Fallible<Self> {
        let truncated = || "is a truncated JPEG: its data ends too early".to_owned();
        let sizeless = || "is a damaged JPEG: it ends before it says how large it is".to_owned();
        let mut header = None;
        let mut at = 2;
        loop {
            // to the next marker: entropy-coded data holds 0xff only before 0x00 and restart marks
            let step = bytes
                .get(at..)
                .and_then(|rest| {
                    rest.windows(2)
                        .position(|w| w[0] == 0xff && !matches!(w[1], 0 | 0xff | 0xd0..=0xd7))
                })
                .ok_or_else(truncated)?;
            let segment = &bytes[at + step..];
            if segment[1] == 0xd9 {
                return header.ok_or_else(sizeless);
            }
            let len = segment
                .get(2..4)
                .map(|len| usize::from(u16::from_be_bytes([len[0], len[1]])));
            let body = len
                .filter(|len| *len >= 2)
                .and_then(|len| segment.get(4..2 + len))
                .ok_or_else(truncated)?;
            // start of frame: C0..=CF but the three that are tables
            if matches!(segment[1], 0xc0..=0xcf) && !matches!(segment[1], 0xc4 | 0xc8 | 0xcc) {
                header = Some(Self::of_frame(body).ok_or_else(truncated)?);
            }
            at += step + 4 + body.len();
        }
    }

    fn of_frame(body: &[u8]) -> Option<Self> {
        let &[depth, h1, h0, w1, w0, components, ..] = body else {
            return None;
        };
        Some(Self {
            width: u16::from_be_bytes([w1, w0]).into(),
            height: u16::from_be_bytes([h1, h0]).into(),
            depth,
            components,
        })
    }

    fn colour(&self) -> &'static str {
        match self.components {
            1 => "grey",
            3 => "colour",
            4 => "CMYK",
            _ => "of unknown colour",
        }
    }
}
