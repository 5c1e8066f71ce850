//! A picture, a zoom and a room of cells in, the cells it takes and the part that they show out; and back, cell to pixel.

use ratatui::layout::Rect;

/// A cell of the terminal in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellSize {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Told by the terminal; otherwise a guess, and so is every proportion.
    pub is_measured: bool,
}

impl CellSize {
    /// What most terminals have, for those that do not tell.
    pub const GUESS: Self = Self {
        width: 8,
        height: 16,
        is_measured: false,
    };

    /// What a terminal told, unless it is absurd.
    pub fn measured(width: u16, height: u16) -> Option<Self> {
        let is_sane = (2..=255).contains(&width) && (4..=255).contains(&height);
        is_sane.then_some(Self {
            width,
            height,
            is_measured: true,
        })
    }
}

/// A rectangle in the pixels of a picture: (0, 0) is the upper left corner of the first pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Pixels across.
    pub width: f64,
    /// Pixels down.
    pub height: f64,
}

impl Part {
    /// Whether another rectangle is within this one, but for `slack` pixels.
    pub fn contains(self, other: Self, slack: f64) -> bool {
        other.x >= self.x - slack
            && other.y >= self.y - slack
            && other.x + other.width <= self.x + self.width + slack
            && other.y + other.height <= self.y + self.height + slack
    }
}

/// How a picture is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    /// 1: the whole picture; 2: twice as large.
    pub factor: f64,
    /// What is in the middle, in pixels of the picture; `None`: its middle.
    pub centre: Option<(f64, f64)>,
}

impl Default for Zoom {
    fn default() -> Self {
        Self {
            factor: 1.0,
            centre: None,
        }
    }
}

/// Where a picture stands on the screen, and what of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The cells it takes.
    pub cells: Rect,
    /// What these cells show together; beyond the picture where their number does not come out even.
    pub part: Part,
    /// Columns and rows of the picture.
    pub size: (usize, usize),
    /// A cell's size that the proportions were computed with.
    pub cell: CellSize,
}

impl Fit {
    /// Places a picture of `size` (columns, rows) in the middle of a room, as large as it goes.
    ///
    /// `shape` is the width of a picture's pixel over its height in the patient (1 where that is not known). Proportions
    /// are exact: cells that are covered in part show black beside the picture. `None` when either is empty.
    pub fn new(
        size: (usize, usize),
        shape: f64,
        zoom: Zoom,
        room: Rect,
        cell: CellSize,
    ) -> Option<Self> {
        let is_sane = |it: f64| it.is_finite() && it > 1e-6;
        if size.0 == 0 || size.1 == 0 || room.is_empty() || !is_sane(shape) || !is_sane(zoom.factor)
        {
            return None;
        }
        let (width, height) = (size.0 as f64, size.1 as f64);
        let cell_size = (f64::from(cell.width), f64::from(cell.height));
        let across = f64::from(room.width) * cell_size.0 / (width * shape);
        let down = f64::from(room.height) * cell_size.1 / height;
        // device pixels to a pixel of the picture, across and down
        let scale = across.min(down) * zoom.factor;
        let scale = (scale * shape, scale);
        let columns = cells(width * scale.0 / cell_size.0, room.width);
        let rows = cells(height * scale.1 / cell_size.1, room.height);
        let shown = (
            f64::from(columns) * cell_size.0 / scale.0,
            f64::from(rows) * cell_size.1 / scale.1,
        );
        let centre = zoom.centre.unwrap_or((width / 2.0, height / 2.0));
        Some(Self {
            cells: Rect {
                x: room.x + (room.width - columns) / 2,
                y: room.y + (room.height - rows) / 2,
                width: columns,
                height: rows,
            },
            part: Part {
                x: start(centre.0, shown.0, width),
                y: start(centre.1, shown.1, height),
                width: shown.0,
                height: shown.1,
            },
            size,
            cell,
        })
    }

    /// Where the middle of a cell is in the picture; `None` beside it.
    pub fn pixel_at(&self, column: u16, row: u16) -> Option<(f64, f64)> {
        if !self.cells.contains((column, row).into()) {
            return None;
        }
        let share = |at: u16, first: u16, n: u16| (f64::from(at - first) + 0.5) / f64::from(n);
        let x = self.part.x + share(column, self.cells.x, self.cells.width) * self.part.width;
        let y = self.part.y + share(row, self.cells.y, self.cells.height) * self.part.height;
        let is_inside =
            (0.0..self.size.0 as f64).contains(&x) && (0.0..self.size.1 as f64).contains(&y);
        is_inside.then_some((x, y))
    }

    /// The cell that shows a place of the picture; `None` when it is out of sight.
    pub fn cell_of(&self, x: f64, y: f64) -> Option<(u16, u16)> {
        let share = |at: f64, first: f64, extent: f64, n: u16| {
            let nth = (at - first) / extent * f64::from(n);
            (0.0..f64::from(n)).contains(&nth).then(|| whole(nth))
        };
        let column = share(x, self.part.x, self.part.width, self.cells.width)?;
        let row = share(y, self.part.y, self.part.height, self.cells.height)?;
        Some((
            self.cells.x + u16::try_from(column).ok()?,
            self.cells.y + u16::try_from(row).ok()?,
        ))
    }

    /// Device pixels for one pixel of the picture: across and down.
    pub fn scale(&self) -> (f64, f64) {
        let device = self.device();
        (
            device.0 as f64 / self.part.width,
            device.1 as f64 / self.part.height,
        )
    }

    /// Pixels of the device that the cells have.
    pub fn device(&self) -> (usize, usize) {
        (
            usize::from(self.cells.width) * usize::from(self.cell.width),
            usize::from(self.cells.height) * usize::from(self.cell.height),
        )
    }

    /// Pixels to send for a part of the picture: as many as it has, but no more than can be seen, and a quarter for a draft.
    pub fn pixels_for(&self, part: Part, is_draft: bool) -> (usize, usize) {
        let scale = self.scale();
        let less = if is_draft { 0.5 } else { 1.0 };
        let n = |extent: f64, scale: f64| whole((extent * scale.min(1.0) * less).round()).max(1);
        (n(part.width, scale.0), n(part.height, scale.1))
    }
}

/// Cells that something takes: whole ones, at least one, and no more than there are.
fn cells(exact: f64, room: u16) -> u16 {
    // a hair over a whole number is that number
    let n = whole((exact - 1e-6).ceil()).max(1);
    u16::try_from(n).unwrap_or(u16::MAX).min(room)
}

/// Where a view of `shown` begins in a picture of `size`: around the centre, but not beyond an edge while there is enough.
fn start(centre: f64, shown: f64, size: f64) -> f64 {
    if shown >= size {
        (size - shown) / 2.0
    } else {
        // whole pixels, so that moving it does not blur it
        (centre - shown / 2.0).clamp(0.0, size - shown).floor()
    }
}

/// A number that is not negative as a count; what is too large or no number is cut.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes NaN 0"
)]
pub(super) fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: CellSize = CellSize {
        width: 8,
        height: 16,
        is_measured: true,
    };

    fn fit(size: (usize, usize), shape: f64, room: (u16, u16)) -> Fit {
        let room = Rect::new(10, 5, room.0, room.1);
        Fit::new(size, shape, Zoom::default(), room, CELL).unwrap()
    }

    #[track_caller]
    fn check(fit: &Fit, shape: f64) {
        let (across, down) = fit.scale();
        assert!(
            (across / shape / down - 1.0).abs() < 1e-9,
            "{across} {down}"
        );
    }

    #[test]
    fn a_square_picture_takes_twice_as_many_columns_as_rows() {
        assert_eq!(
            fit((512, 512), 1.0, (64, 32)).cells,
            Rect::new(10, 5, 64, 32)
        );
        assert_eq!(
            fit((512, 512), 1.0, (100, 32)).cells,
            Rect::new(28, 5, 64, 32)
        );
        assert_eq!(
            fit((512, 512), 1.0, (20, 32)).cells,
            Rect::new(10, 16, 20, 10)
        );
    }

    #[test]
    fn proportions_are_exact_whatever_the_room() {
        let rooms = [(1, 1), (7, 3), (63, 31), (200, 60), (2, 50)];
        let sizes = [(512, 512), (1, 1), (3000, 2), (2, 3000), (17, 23)];
        let pairs = rooms
            .into_iter()
            .flat_map(|room| sizes.map(|size| (room, size)));
        for ((room, size), shape) in pairs.flat_map(|it| [1.0, 0.5, 1.7].map(|shape| (it, shape))) {
            let fit = fit(size, shape, room);
            check(&fit, shape);
            let seen = Part {
                x: 0.0,
                y: 0.0,
                width: size.0 as f64,
                height: size.1 as f64,
            };
            assert!(fit.part.contains(seen, 1e-6), "{room:?} {size:?} {fit:?}");
        }
    }

    #[test]
    fn pixels_that_are_wide_make_a_picture_that_is_wide() {
        let fit = fit((100, 100), 2.0, (100, 100));
        assert_eq!((fit.cells.width, fit.cells.height), (100, 25));
    }

    #[test]
    fn a_zoomed_picture_fills_the_room_and_stays_within_itself() {
        let room = Rect::new(0, 0, 100, 32);
        let zoom = |factor, centre| {
            Fit::new((512, 512), 1.0, Zoom { factor, centre }, room, CELL).unwrap()
        };
        let twice = zoom(2.0, None);
        assert_eq!(twice.cells, room);
        assert_eq!(
            twice.part,
            Part {
                x: 56.0,
                y: 128.0,
                width: 400.0,
                height: 256.0
            }
        );
        let corner = zoom(4.0, Some((0.0, 9000.0)));
        assert_eq!((corner.part.x, corner.part.y), (0.0, 384.0));
    }

    #[test]
    fn the_cell_of_a_pixel_is_where_that_pixel_is() {
        let fit = fit((512, 300), 1.3, (61, 23));
        for cell in fit.cells.positions() {
            if let Some((x, y)) = fit.pixel_at(cell.x, cell.y) {
                assert_eq!(fit.cell_of(x, y), Some((cell.x, cell.y)));
            }
        }
        assert_eq!(fit.pixel_at(9, 5), None);
        assert_eq!(fit.cell_of(-1.0, 5.0), None);
    }

    #[test]
    fn no_more_pixels_are_sent_than_seen_or_had() {
        let whole = |fit: &Fit| Part {
            x: 0.0,
            y: 0.0,
            width: fit.size.0 as f64,
            height: fit.size.1 as f64,
        };
        let small = fit((512, 512), 1.0, (200, 100));
        assert_eq!(small.pixels_for(whole(&small), false), (512, 512));
        assert_eq!(small.pixels_for(whole(&small), true), (256, 256));
        let large = fit((3000, 3000), 1.0, (64, 32));
        assert_eq!(large.pixels_for(whole(&large), false), (512, 512));
    }

    #[test]
    fn nothing_is_nowhere() {
        let room = Rect::new(0, 0, 10, 10);
        let none = |size, shape, factor, room| {
            Fit::new(
                size,
                shape,
                Zoom {
                    factor,
                    centre: None,
                },
                room,
                CELL,
            )
            .is_none()
        };
        assert!(none((0, 5), 1.0, 1.0, room) && none((5, 5), 0.0, 1.0, room));
        assert!(none((5, 5), 1.0, f64::NAN, room) && none((5, 5), 1.0, 1.0, Rect::default()));
        assert!(!none((5, 5), 1.0, 1000.0, room));
    }

    #[test]
    fn absurd_cells_are_not_believed() {
        assert!(CellSize::measured(0, 16).is_none() && CellSize::measured(8, 3000).is_none());
        assert!(CellSize::measured(10, 20).unwrap().is_measured);
    }
}
