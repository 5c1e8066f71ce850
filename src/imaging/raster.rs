//! A PNG, JPEG, TIFF, WebP, BMP or GIF in, its pages as grey or colour values out.
//!
//! Alpha is dropped as Pillow does, orientation applied, the colour profile not.

mod jpeg;
mod pages;
mod png;

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder, ImageError, Limits};

use super::about::{About, BurnedIn, Ids};
use super::frame::{Frame, Place, Scale, Values};
use super::{Fallible, Format, guard, origin};

/// What is known of a picture file without decoding its pixels.
pub(super) fn about(bytes: &[u8], format: Format) -> Fallible<About> {
    let frames = match format {
        Format::Tiff => pages::of_tiff(bytes)?.len(),
        Format::Gif => pages::of_gif(bytes),
        _ => 1,
    };
    let (width, height, grey) = match format {
        Format::Jpeg => jpeg::size(bytes)?,
        Format::Png => png::size(bytes)?,
        _ => {
            let decoder = decoder(bytes, format)?;
            let (width, height) = decoder.dimensions();
            let grey = !decoder.color_type().has_color();
            (width as usize, height as usize, grey)
        }
    };
    guard::size(width, height, if grey { 1 } else { 3 })?;
    Ok(About {
        format,
        width,
        height,
        frames,
        slices: frames,
        grey,
        modality: None,
        unit: None,
        view: Vec::new(),
        image_type: Vec::new(),
        ids: Ids::default(),
        place: Place::default(),
        places: Vec::new(),
        frame_ms: None,
        burned_in: BurnedIn::No,
        notes: Vec::new(),
    })
}

/// Decodes a page (from 0).
pub(super) fn frame(bytes: &[u8], format: Format, index: usize) -> Fallible<Frame> {
    let mut chain = Vec::new();
    match format {
        Format::Png => png::check(bytes, &mut chain)?,
        Format::Jpeg => jpeg::check(bytes, &mut chain)?,
        _ => {}
    }
    match format {
        Format::Tiff => {
            let pages = pages::of_tiff(bytes)?;
            let page = *pages
                .get(index)
                .ok_or_else(|| no_page(pages.len(), index))?;
            let bytes = pages::with_first(bytes, page);
            let decoder = decoder(&bytes, format)?;
            finish(decoder, format, (index, pages.len()), chain)
        }
        Format::Gif => gif(bytes, index, chain),
        _ if index > 0 => Err(no_page(1, index)),
        _ => finish(decoder(bytes, format)?, format, (0, 1), chain),
    }
}

fn no_page(pages: usize, index: usize) -> String {
    format!("has {pages} pages, there is no page {}", index + 1)
}

/// The decoder of a format, held to limits.
fn decoder<'a>(bytes: &'a [u8], format: Format) -> Fallible<Box<dyn ImageDecoder + 'a>> {
    let cursor = Cursor::new(bytes);
    let damaged = |error: ImageError| damaged(format, &error);
    let mut decoder: Box<dyn ImageDecoder + 'a> = match format {
        Format::Png => Box::new(PngDecoder::with_limits(cursor, limits()).map_err(damaged)?),
        Format::Jpeg => Box::new(JpegDecoder::new(cursor).map_err(damaged)?),
        Format::Tiff => Box::new(TiffDecoder::new(cursor).map_err(damaged)?),
        Format::WebP => Box::new(WebPDecoder::new(cursor).map_err(damaged)?),
        Format::Bmp => Box::new(BmpDecoder::new(cursor).map_err(damaged)?),
        Format::Gif => Box::new(GifDecoder::new(cursor).map_err(damaged)?),
        Format::Sample | Format::Dicom | Format::Nifti => {
            return Err(format!(
                "is {format}, expected a PNG, JPEG, TIFF, WebP, BMP or GIF"
            ));
        }
    };
    let (width, height) = decoder.dimensions();
    let bytes_per_pixel = decoder.color_type().bytes_per_pixel();
    guard::size(width as usize, height as usize, bytes_per_pixel.into())?;
    decoder.set_limits(limits()).map_err(damaged)?;
    Ok(decoder)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(guard::MAX_DECODED_BYTES as u64);
    limits
}

/// What is the same for all: pixels, orientation, values.
fn finish(
    mut decoder: Box<dyn ImageDecoder + '_>,
    format: Format,
    (index, pages): (usize, usize),
    mut chain: Vec<String>,
) -> Fallible<Frame> {
    let damaged = |error: ImageError| damaged(format, &error);
    if chain.is_empty() {
        chain.push(headline(format, decoder.as_ref()));
    }
    if pages > 1 {
        chain.push(format!("page {} of {pages}", index + 1));
    }
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
    values(picture, chain)
}

fn headline(format: Format, decoder: &dyn ImageDecoder) -> String {
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let bits = colour.bits_per_pixel() / u16::from(colour.channel_count());
    let kind = match (colour.has_color(), colour.has_alpha()) {
        (false, false) => "grey",
        (false, true) => "grey with alpha",
        (true, false) => "RGB",
        (true, true) => "RGB with alpha",
    };
    format!("{format} {bits}-bit {kind} {width}x{height}")
}

/// A frame of a GIF, composed with those before it as a viewer does.
fn gif(bytes: &[u8], index: usize, mut chain: Vec<String>) -> Fallible<Frame> {
    let damaged = |error: ImageError| damaged(Format::Gif, &error);
    chain.push(headline(Format::Gif, decoder(bytes, Format::Gif)?.as_ref()));
    let frames = pages::of_gif(bytes);
    if frames > 1 {
        chain.push(format!("frame {} of {frames}", index + 1));
    }
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let frame = decoder
        .into_frames()
        .nth(index)
        .ok_or_else(|| no_page(frames, index))?
        .map_err(damaged)?;
    values(DynamicImage::ImageRgba8(frame.into_buffer()), chain)
}

/// To grey or colour values. Alpha is dropped, not blended: so does Pillow's `convert("RGB")`.
///
/// Of 16 bits of colour the high byte is kept, that is, the whole range 0..=65535 is spread over 0..=255, as Pillow does.
/// Grey of 16 bits stays as it is; unless a window is asked for, it is shown by its high byte. Pillow cuts it at
/// 255, which whitens the picture, and is not copied.
fn values(picture: DynamicImage, mut chain: Vec<String>) -> Fallible<Frame> {
    if picture.color().has_alpha() {
        chain.push("alpha dropped".to_owned());
    }
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let is_wide = picture.color().bytes_per_pixel() > picture.color().channel_count();
    if is_wide && picture.color().has_color() {
        chain.push("16 bits to 8: the high byte of 0..65535".to_owned());
    }
    if let DynamicImage::ImageLuma16(grey) = &picture {
        let max = grey.as_raw().iter().copied().max().unwrap_or_default();
        if max < 1 << 12 {
            chain.push(format!("very dark: of 0..65535 only 0..{max} is used"));
        }
    }
    let values = match picture {
        DynamicImage::ImageLuma8(p) => grey(p.as_raw(), 1),
        DynamicImage::ImageLumaA8(p) => grey(p.as_raw(), 2),
        DynamicImage::ImageLuma16(p) => grey(p.as_raw(), 1),
        DynamicImage::ImageLumaA16(p) => grey(p.as_raw(), 2),
        DynamicImage::ImageRgb8(p) => Values::Rgb(p.into_raw()),
        DynamicImage::ImageRgba8(p) => Values::Rgb(without_alpha(p.as_raw())),
        DynamicImage::ImageRgb16(p) => Values::Rgb(high_bytes(p.as_raw())),
        DynamicImage::ImageRgba16(p) => Values::Rgb(high_bytes_without_alpha(p.as_raw())),
        other => {
            return Err(format!(
                "has pixels of a kind that is not known here ({:?})",
                other.color()
            ));
        }
    };
    let most = if is_wide { 65_535.0 } else { 255.0 };
    let scale = match values {
        Values::Grey(_) => Scale {
            shades: Some(if is_wide { 16 } else { 8 }),
            possible: Some((0.0, most)),
            ..Scale::default()
        },
        Values::Rgb(_) => Scale::default(),
    };
    Ok(Frame {
        width,
        height,
        values,
        scale,
        place: Place::default(),
        chain,
    })
}

fn grey<T: Copy + Into<f32>>(values: &[T], values_per_pixel: usize) -> Values {
    let first = values.iter().step_by(values_per_pixel);
    Values::Grey(first.map(|value| (*value).into()).collect())
}

fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect()
}

fn high_bytes_without_alpha(rgba: &[u16]) -> Vec<u8> {
    let high = |value: u16| value.to_be_bytes()[0];
    rgba.chunks_exact(4)
        .flat_map(|pixel| [high(pixel[0]), high(pixel[1]), high(pixel[2])])
        .collect()
}

fn high_bytes(values: &[u16]) -> Vec<u8> {
    values.iter().map(|value| value.to_be_bytes()[0]).collect()
}

/// One sentence from a decoder's error.
fn damaged(format: Format, error: &ImageError) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            format!("is a truncated {format}: its data ends too early")
        }
        ImageError::Unsupported(_) => {
            format!("is a {format} of a kind that cannot be decoded: save it again as an 8-bit PNG")
        }
        error => format!("is a damaged {format}: {}", origin::reason(error)),
    }
}
