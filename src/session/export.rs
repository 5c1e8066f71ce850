//! A session's contents and a format in, a document out: read from the store turn by turn, never from a screen.

mod chat;
mod html;
mod json;
pub mod leaf;
mod markdown;
pub mod words;

use std::collections::BTreeMap;
use std::io::Write;

use super::contents::Contents;
use leaf::Wish;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, as `CommonMark` has it, behind a front matter in YAML.
    Markdown,
    /// One page of HTML that needs nothing beside it.
    Html,
    /// One JSON object.
    Json,
    /// Messages as chat models take them: `{"model": …, "messages": […]}`.
    Chat,
}

/// What is to be written.
pub struct Order<'a> {
    /// What the session is called.
    pub name: &'a str,
    /// Which turns, and in which language.
    pub wish: Wish,
    /// Pictures to show, by their ids.
    pub sights: &'a BTreeMap<u32, Sight>,
}

/// A picture as a document shows it.
#[derive(Debug, Clone)]
pub struct Sight {
    /// A PNG file.
    pub png: Vec<u8>,
    /// Columns and rows, as wide and as high as it is to be shown.
    pub size: (usize, usize),
    /// Columns and rows of the picture that it was made of.
    pub picture: (usize, usize),
    /// Where the picture begins in the file's frame: columns, rows.
    pub begin: (usize, usize),
    /// The region that was marked, in pixels of the file's frame.
    pub region: Option<Shape>,
}

/// A marked region: places between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Top, left, bottom, right.
    Rectangle([f64; 4]),
    /// Top, left, bottom, right of what it fills.
    Ellipse([f64; 4]),
}

/// Writes a document.
///
/// # Errors
/// When the session cannot be read any more, or nobody takes what is written.
pub fn write(
    contents: &mut Contents,
    format: Format,
    order: &Order<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match format {
        Format::Markdown => markdown::write(contents, order, out),
        Format::Html => html::write(contents, order, out),
        Format::Json => json::write(contents, order, out),
        Format::Chat => chat::write(contents, order, out),
    }
}

impl Sight {
    /// As a data URI (RFC 2397).
    fn uri(&self) -> String {
        format!("data:image/png;base64,{}", base64(&self.png))
    }
}

/// Bytes as text of 64 letters (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            let is_there = at <= three.len();
            text.push(if is_there { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfb, 0xfe]), "//v+");
    }
}
