//! A picture in, the same on the terminal: kitty, iTerm2, sixel, or half blocks through `viuer`, or letters.

use std::io::Write as _;

use anyhow::Context as _;
use image::{DynamicImage, RgbImage};

use crate::imaging::{Picture, zoom};
use crate::settings::Graphics;
use crate::tui::surface::letter;

/// How this terminal shows pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    None,
    /// Coloured half blocks, two pixels a cell.
    Blocks,
    /// The kitty graphics protocol.
    Kitty,
    /// iTerm2's inline pictures.
    Iterm,
    /// Sixel.
    Sixel,
    /// Letters by brightness.
    Letters,
}

impl Way {
    /// The way asked for, or the best this terminal has; the second part says why it is another, if it is.
    ///
    /// Kitty's protocol and sixel begin with questions that `viuer` waits for ever for an answer to. So `answers` is
    /// called first where there may be questions: whether the terminal answers anything at all. Call this before
    /// anything else reads the keyboard.
    pub fn choose(
        graphics: Graphics,
        env: &dyn Fn(&str) -> Option<String>,
        answers: &dyn Fn() -> bool,
    ) -> (Self, Option<&'static str>) {
        let wanted = match graphics {
            Graphics::None => Some(Self::None),
            Graphics::Blocks => Some(Self::Blocks),
            Graphics::Kitty => Some(Self::Kitty),
            Graphics::Iterm => Some(Self::Iterm),
            Graphics::Sixel => Some(Self::Sixel),
            Graphics::Ascii => Some(Self::Letters),
            Graphics::Auto => Self::from_environment(env),
        };
        let asks = matches!(wanted, Some(Self::Kitty | Self::Sixel) | None);
        if asks && !answers() {
            let why = "the terminal does not answer; pictures are drawn in blocks";
            return (Self::Blocks, Some(why));
        }
        (wanted.unwrap_or_else(Self::from_answers), None)
    }

    /// What the environment alone decides; `None` when the terminal has to be asked.
    fn from_environment(env: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let term = env("TERM").unwrap_or_default();
        let is_set = |name: &str| env(name).is_some_and(|it| !it.is_empty());
        if term.is_empty() || term == "dumb" {
            return Some(Self::None);
        }
        let is_multiplexed = is_set("TMUX") || is_set("STY") || is_set("ZELLIJ");
        if is_multiplexed
            || term.starts_with("tmux")
            || term.starts_with("screen")
            || term == "linux"
        {
            return Some(Self::Blocks);
        }
        if is_set("KITTY_WINDOW_ID") || term == "xterm-kitty" || term == "xterm-ghostty" {
            return Some(Self::Kitty);
        }
        viuer::is_iterm_supported().then_some(Self::Iterm)
    }

    /// Asks the terminal; each question ends with one that every terminal answers.
    fn from_answers() -> Self {
        if viuer::get_kitty_support() != viuer::KittySupport::None {
            Self::Kitty
        } else if viuer::is_sixel_supported() {
            Self::Sixel
        } else {
            Self::Blocks
        }
    }
}

/// No side of what is sent to the terminal is longer, in pixels: a film of 3000 × 3000 would be 48 MB of text.
const LONGEST: u32 = 768;
/// Cells that a preview takes at most: columns, rows.
const PREVIEW: (u32, u32) = (64, 24);
/// As many as the terminal has.
pub const WHOLE: (u32, u32) = (u32::MAX, u32::MAX);

/// Draws a picture where the cursor is, on standard output; does nothing when there is no way.
///
/// # Errors
/// When the terminal does not take it.
pub fn show(picture: &Picture, way: Way) -> anyhow::Result<()> {
    let own = (picture.width, picture.height);
    let size = zoom::true_size(picture.width, picture.height, &picture.place);
    if size == own {
        show_rgb(&picture.rgb, own, way, PREVIEW)
    } else {
        show_rgb(&zoom::resize(&picture.rgb, own, size), size, way, PREVIEW)
    }
}

/// The same for `height * width * 3` bytes, in at most so many columns and rows of the terminal.
///
/// # Errors
/// As `show`.
pub fn show_rgb(
    rgb: &[u8],
    size: (usize, usize),
    way: Way,
    largest: (u32, u32),
) -> anyhow::Result<()> {
    if way == Way::None {
        return Ok(());
    }
    let (width, height) = (u32::try_from(size.0)?, u32::try_from(size.1)?);
    let whole =
        RgbImage::from_raw(width, height, rgb.to_vec()).context("a picture of another size")?;
    let mut whole = DynamicImage::ImageRgb8(whole);
    if width.max(height) > LONGEST {
        whole = whole.thumbnail(LONGEST, LONGEST);
    }
    let (columns, rows) = viuer::terminal_size();
    let room = (
        u32::from(columns).saturating_sub(1),
        u32::from(rows).saturating_sub(4),
    );
    let (columns, rows) = cells(
        (width, height),
        (room.0.min(largest.0), room.1.min(largest.1)),
    );
    if way == Way::Letters {
        let small = image::imageops::thumbnail(&whole, columns, rows);
        let mut out = std::io::stdout().lock();
        for row in small.rows() {
            let line: String = row.map(|it| letter([it[0], it[1], it[2]], false)).collect();
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let config = viuer::Config {
        absolute_offset: false,
        width: Some(columns),
        height: Some(rows),
        use_kitty: way == Way::Kitty,
        use_iterm: way == Way::Iterm,
        use_sixel: way == Way::Sixel,
        ..viuer::Config::default()
    };
    viuer::print(&whole, &config)?;
    if way == Way::Sixel {
        writeln!(std::io::stdout())?;
    }
    Ok(())
}

/// Columns and rows for a picture, within some room, at its own proportions: a cell is twice as high as wide.
fn cells(picture: (u32, u32), room: (u32, u32)) -> (u32, u32) {
    let (width, height) = (u64::from(picture.0.max(1)), u64::from(picture.1.max(1)));
    let (columns, rows) = (u64::from(room.0.max(1)), u64::from(room.1.max(1)));
    let is_wide = width * 2 * rows > height * columns;
    let (columns, rows) = if is_wide {
        (columns, (height * columns / (width * 2)).max(1))
    } else {
        ((width * 2 * rows / height).max(1), rows)
    };
    let small = |it: u64| u32::try_from(it).expect("no larger than the room");
    (small(columns), small(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_keeps_its_proportions_within_the_room() {
        assert_eq!(cells((224, 224), (64, 24)), (48, 24));
        assert_eq!(cells((1000, 100), (64, 24)), (64, 3));
        assert_eq!(cells((10, 100_000), (64, 24)), (1, 24));
        assert_eq!(cells((100_000, 1), (64, 24)), (64, 1));
        assert_eq!(cells((5, 5), (0, 0)), (1, 1));
    }

    #[test]
    fn the_environment_decides_where_asking_would_be_wrong() {
        let way = |pairs: &[(&str, &str)]| {
            Way::from_environment(&|name| {
                pairs
                    .iter()
                    .find(|it| it.0 == name)
                    .map(|it| it.1.to_owned())
            })
        };
        assert_eq!(way(&[]), Some(Way::None));
        assert_eq!(way(&[("TERM", "dumb")]), Some(Way::None));
        assert_eq!(way(&[("TERM", "tmux-256color")]), Some(Way::Blocks));
        assert_eq!(
            way(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default,1,0")]),
            Some(Way::Blocks)
        );
        assert_eq!(way(&[("TERM", "xterm-kitty")]), Some(Way::Kitty));
    }

    #[test]
    fn a_terminal_that_does_not_answer_is_asked_nothing_more() {
        let xterm = |name: &str| (name == "TERM").then(|| "xterm-256color".to_owned());
        for graphics in [Graphics::Auto, Graphics::Kitty, Graphics::Sixel] {
            let (way, why) = Way::choose(graphics, &xterm, &|| false);
            assert!(way == Way::Blocks && why.is_some(), "{graphics:?}");
        }
        let (way, why) = Way::choose(Graphics::Sixel, &xterm, &|| true);
        assert_eq!((way, why), (Way::Sixel, None));
        let (way, why) = Way::choose(Graphics::Blocks, &xterm, &|| panic!("asked in vain"));
        assert_eq!((way, why), (Way::Blocks, None));
    }
}
