//! Pictures in, one sheet of them out: cells of one size in a grid, each picture whole and with its label.

use super::Fallible;
use super::glyphs::{Canvas, Face};
use super::zoom;

/// A picture for the sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile<'a> {
    /// `height * width * 3` bytes.
    pub rgb: &'a [u8],
    /// Pixels across and down.
    pub size: (usize, usize),
    /// What is written into its upper left corner, usually the slice's number.
    pub label: String,
}

/// How the sheet is laid out; what is `None` is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Cells in a row.
    pub columns: Option<usize>,
    /// Pixels across and down of a cell.
    pub cell: Option<(usize, usize)>,
}

/// A sheet of pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width * 3` bytes.
    pub rgb: Vec<u8>,
    /// Cells in a row.
    pub columns: usize,
    /// Pixels across and down of a cell.
    pub cell: (usize, usize),
}

/// Pixels between two cells, and around all.
const GAP: usize = 3;
/// What is between the cells: neither black, as pictures often are at their edges, nor bright.
const BETWEEN: u8 = 48;
/// Largest side of a sheet whose cells nobody asked for, in pixels.
const MAX_FOUND: usize = 4096;
/// Largest side of any sheet.
const MAX_SIDE: usize = 16_384;
/// Most pixels of any sheet.
const MAX_PIXELS: usize = 100_000_000;
/// Smallest side of a cell that still shows something.
const MIN_CELL: usize = 16;

/// Lays pictures out in rows, in their order.
///
/// Without a wish the cells are as large as the largest picture, and smaller where the sheet would be much longer than 4096
/// pixels; the columns make the sheet about as wide as it is high. Pictures that do not fill their cell have black beside them.
///
/// # Errors
/// When there are no pictures, one of them has no pixels, or the sheet would be too large.
///
/// # Panics
/// When the bytes of a picture are not as many as its size says.
pub fn montage(tiles: &[Tile<'_>], layout: Layout) -> Fallible<Sheet> {
    let grid = Grid::of(tiles, layout)?;
    let (width, height) = grid.size();
    let mut rgb = vec![BETWEEN; 3 * width * height];
    for (at, tile) in tiles.iter().enumerate() {
        let picture = fitted(tile, grid.cell);
        grid.paste(&mut rgb, at, &picture);
    }
    Ok(Sheet {
        width,
        height,
        rgb,
        columns: grid.columns,
        cell: grid.cell,
    })
}

/// Cells in rows and columns.
struct Grid {
    columns: usize,
    rows: usize,
    cell: (usize, usize),
    shrunk: bool,
}

impl Grid {
    fn of(tiles: &[Tile<'_>], layout: Layout) -> Fallible<Self> {
        let largest = |side: fn(&Tile<'_>) -> usize| tiles.iter().map(side).max();
        let (Some(width), Some(height)) = (largest(|it| it.size.0), largest(|it| it.size.1)) else {
            return Err("has no pictures to lay out".to_owned());
        };
        if tiles.iter().any(|it| it.size.0 == 0 || it.size.1 == 0) {
            return Err("has a picture without pixels, which cannot be laid out".to_owned());
        }
        let (width, height) = layout.cell.unwrap_or((width, height));
        if width == 0 || height == 0 || layout.columns == Some(0) {
            return Err(format!(
                "cannot be laid out in cells of {width}x{height} pixels and {} columns: give at least 1 of each",
                layout
                    .columns
                    .map_or("so many".to_owned(), |n| n.to_string())
            ));
        }
        let columns = layout
            .columns
            .unwrap_or_else(|| even_columns(tiles.len(), width, height))
            .min(tiles.len());
        let rows = tiles.len().div_ceil(columns);
        let mut grid = Self {
            columns,
            rows,
            cell: (width, height),
            shrunk: false,
        };
        if layout.cell.is_none() {
            grid.shrink();
        }
        grid.check(tiles.len())?;
        Ok(grid)
    }

    fn size(&self) -> (usize, usize) {
        let side = |n: usize, cell: usize| {
            let cell = cell.saturating_add(GAP);
            n.saturating_mul(cell).saturating_add(GAP)
        };
        (
            side(self.columns, self.cell.0),
            side(self.rows, self.cell.1),
        )
    }

    /// Smaller cells, in the same proportions, until the sheet is no longer than it should be.
    fn shrink(&mut self) {
        let room = |n: usize| MAX_FOUND.saturating_sub((n + 1) * GAP) as f64;
        let (width, height) = self.cell;
        let across = room(self.columns) / (self.columns as f64 * width as f64);
        let down = room(self.rows) / (self.rows as f64 * height as f64);
        let factor = across.min(down);
        if factor < 1.0 {
            self.cell = (scaled(width, factor), scaled(height, factor));
            self.shrunk = true;
        }
    }

    fn check(&self, n: usize) -> Fallible<()> {
        let (width, height) = self.size();
        let too_large = width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS;
        let too_small = self.cell.0.max(self.cell.1) < MIN_CELL && self.shrunk;
        if too_large || too_small {
            return Err(format!(
                "does not fit on a sheet: {n} pictures in {} columns of {}x{} pixels: take fewer slices",
                self.columns, self.cell.0, self.cell.1
            ));
        }
        Ok(())
    }

    /// A picture into the middle of its cell.
    fn paste(&self, sheet: &mut [u8], at: usize, picture: &Fitted) {
        let (sheet_width, _) = self.size();
        let (width, height) = self.cell;
        let left = GAP + at % self.columns * (width + GAP);
        let top = GAP + at / self.columns * (height + GAP);
        let (beside, above) = ((width - picture.size.0) / 2, (height - picture.size.1) / 2);
        for y in 0..height {
            let row = &mut sheet[3 * ((top + y) * sheet_width + left)..][..3 * width];
            row.fill(0);
            let source = y.checked_sub(above).filter(|y| *y < picture.size.1);
            if let Some(y) = source {
                let bytes = 3 * picture.size.0;
                row[3 * beside..][..bytes].copy_from_slice(&picture.rgb[y * bytes..][..bytes]);
            }
        }
        let face = Face::for_picture(width, height);
        let margin = face.margin();
        let label = face.cut(&picture.label, width.saturating_sub(2 * margin));
        let mut cell = Canvas {
            height: sheet.len() / (3 * sheet_width),
            width: sheet_width,
            rgb: sheet,
        };
        if face.line() + margin <= height {
            cell.write(&label, (left + margin, top + margin), face);
        }
    }
}

/// A picture as large as its cell lets it be.
struct Fitted {
    rgb: Vec<u8>,
    size: (usize, usize),
    label: String,
}

fn fitted(tile: &Tile<'_>, cell: (usize, usize)) -> Fitted {
    let (width, height) = tile.size;
    let factor = (cell.0 as f64 / width as f64).min(cell.1 as f64 / height as f64);
    let size = (
        scaled(width, factor).min(cell.0),
        scaled(height, factor).min(cell.1),
    );
    Fitted {
        rgb: zoom::resize(tile.rgb, tile.size, size),
        size,
        label: tile.label.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side of a picture times a factor that keeps it in its cell"
)]
fn scaled(side: usize, factor: f64) -> usize {
    ((side as f64 * factor).round() as usize).max(1)
}

/// As many columns as make the sheet about as wide as it is high.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the root of a number of pictures"
)]
fn even_columns(n: usize, width: usize, height: usize) -> usize {
    let columns = (n as f64 * height as f64 / width as f64).sqrt().ceil() as usize;
    columns.clamp(1, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(rgb: &[u8], width: usize, height: usize) -> Tile<'_> {
        Tile {
            rgb,
            size: (width, height),
            label: String::new(),
        }
    }

    #[track_caller]
    fn check(n: usize, (width, height): (usize, usize), layout: Layout, expected: [usize; 5]) {
        let rgb = vec![200; 3 * width * height];
        let tiles = vec![tile(&rgb, width, height); n];
        let sheet = montage(&tiles, layout).unwrap();
        let Sheet { columns, cell, .. } = sheet;
        assert_eq!(
            [columns, cell.0, cell.1, sheet.width, sheet.height],
            expected
        );
        assert_eq!(sheet.rgb.len(), 3 * sheet.width * sheet.height);
    }

    const FOUND: Layout = Layout {
        columns: None,
        cell: None,
    };

    #[test]
    fn columns_and_cells_are_found() {
        check(1, (40, 30), FOUND, [1, 40, 30, 46, 36]);
        check(4, (40, 40), FOUND, [2, 40, 40, 89, 89]);
        check(5, (40, 40), FOUND, [3, 40, 40, 132, 89]);
        check(20, (64, 16), FOUND, [3, 64, 16, 204, 136]);
        check(3, (8, 8), FOUND, [2, 8, 8, 25, 25]);
        let nine = Layout {
            columns: Some(9),
            cell: Some((32, 20)),
        };
        check(4, (40, 40), nine, [4, 32, 20, 143, 26]);
        check(10, (40, 40), nine, [9, 32, 20, 318, 49]);
        check(3, (6000, 30), FOUND, [1, 4090, 20, 4096, 72]);
    }

    #[test]
    fn each_picture_is_in_the_middle_of_its_cell() {
        let (red, blue) = ([255, 0, 0].repeat(20 * 10), [0, 0, 255].repeat(20 * 20));
        let tiles = [tile(&red, 20, 10), tile(&blue, 20, 20)];
        let two = Layout {
            columns: Some(2),
            cell: None,
        };
        let sheet = montage(&tiles, two).unwrap();
        let at = |x: usize, y: usize| &sheet.rgb[3 * (y * sheet.width + x)..][..3];
        assert_eq!(at(0, 0), [BETWEEN; 3]);
        assert_eq!(at(3, 3), [0; 3], "black above the flat one");
        assert_eq!(at(3, 8), [255, 0, 0]);
        assert_eq!(at(22, 17), [255, 0, 0]);
        assert_eq!(at(22, 18), [0; 3]);
        assert_eq!(at(23, 10), [BETWEEN; 3]);
        assert_eq!(at(26, 3), [0, 0, 255]);
        assert_eq!(at(45, 22), [0, 0, 255]);
    }

    #[test]
    fn labels_are_written_into_their_cells() {
        let rgb = vec![100; 3 * 40 * 40];
        let mut tiles = [tile(&rgb, 40, 40), tile(&rgb, 40, 40)];
        "12345678".clone_into(&mut tiles[1].label);
        let two = Layout {
            columns: Some(2),
            cell: None,
        };
        let sheet = montage(&tiles, two).unwrap();
        let changed = |left: usize| {
            (3..43).any(|y| {
                let row = &sheet.rgb[3 * (y * sheet.width + left)..][..3 * 40];
                row.iter().any(|value| *value != 100)
            })
        };
        assert!(!changed(3), "no label in the first");
        assert!(changed(46), "a label in the second");
        let border = (0..sheet.height).map(|y| &sheet.rgb[3 * (y * sheet.width + 86)..][..9]);
        assert!(
            border.into_iter().flatten().all(|value| *value == BETWEEN),
            "it stays in its cell"
        );
    }

    #[test]
    fn what_cannot_be_laid_out_is_refused() {
        let rgb = vec![0; 3 * 40 * 40];
        let refused =
            |n: usize, columns: Option<usize>, cell: Option<(usize, usize)>, expected: &str| {
                let tiles = vec![tile(&rgb, 40, 40); n];
                let problem = montage(&tiles, Layout { columns, cell }).unwrap_err();
                assert!(problem.contains(expected), "{problem}");
            };
        refused(0, None, None, "no pictures");
        refused(2, Some(0), None, "give at least 1 of each");
        refused(2, None, Some((0, 9)), "give at least 1 of each");
        refused(2, None, Some((usize::MAX, 9)), "does not fit on a sheet");
        refused(100, Some(100), Some((400, 400)), "take fewer slices");
        refused(100_000, None, None, "take fewer slices");
        let problem = montage(&[tile(&[], 0, 4)], FOUND).unwrap_err();
        assert!(problem.contains("without pixels"), "{problem}");
    }
}
