//! Columns or rows in, shares of the screen out, and back: what stays when the window changes its size.

/// How the screen is shared, in parts of 10 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The rail's part of all columns.
    pub rail: u16,
    /// The picture's part of what picture and conversation have beside each other.
    pub across: u16,
    /// The picture's part of what picture and conversation have above each other.
    pub down: u16,
}

const WHOLE: u32 = 10_000;

impl Default for Sizes {
    fn default() -> Self {
        Self {
            rail: 1_500,
            across: 5_300,
            down: 5_500,
        }
    }
}

impl Sizes {
    /// The cells of a part, to the nearest.
    pub fn of(part: u16, whole: u16) -> u16 {
        let cells = (u32::from(part) * u32::from(whole) + WHOLE / 2) / WHOLE;
        u16::try_from(cells).unwrap_or(u16::MAX)
    }

    /// The part that cells are, to the nearest; at most all.
    pub fn share(cells: u16, whole: u16) -> u16 {
        let whole = u32::from(whole.max(1));
        let part = (u32::from(cells) * WHOLE + whole / 2) / whole;
        u16::try_from(part.min(WHOLE)).unwrap_or(u16::MAX)
    }
}
