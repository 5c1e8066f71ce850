//! A marked region as it was typed or drawn in, its pixels and its box in the model's words out.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::Fallible;

/// Part of a picture, in source pixels. Numbers are places between pixels: the first pixel lies from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Region {
    /// Whole pixels.
    Rectangle(Bounds),
    /// The pixels whose centres lie inside or on the edge.
    Ellipse {
        /// Place of the middle, from the left.
        cx: f64,
        /// Place of the middle, from the top.
        cy: f64,
        /// Half the extent across, above 0.
        rx: f64,
        /// Half the extent down, above 0.
        ry: f64,
    },
}

/// Whole pixels from `x0` to before `x1` and from `y0` to before `y1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first column.
    pub x0: usize,
    /// The first row.
    pub y0: usize,
    /// The column after the last.
    pub x1: usize,
    /// The row after the last.
    pub y1: usize,
}

/// A region as a person gives it: in source pixels, or as the model writes boxes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Marked {
    /// In source pixels.
    Source(Region),
    /// Top, left, bottom, right in 0..=1000 of the padded square; [`Region::from_edges`] takes it once it is mapped to pixels.
    Square([f64; 4]),
}

/// The name of a region in the order they were marked, from 0: `R1`, `R2` …
pub fn name(at: usize) -> String {
    format!("R{}", at + 1)
}

impl Bounds {
    /// Columns.
    pub fn width(&self) -> usize {
        self.x1.saturating_sub(self.x0)
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.y1.saturating_sub(self.y0)
    }

    /// Whether it holds a pixel and none outside of a picture.
    pub(super) fn lies_in(&self, width: usize, height: usize) -> bool {
        self.x0 < self.x1 && self.y0 < self.y1 && self.x1 <= width && self.y1 <= height
    }
}

impl Region {
    /// From places between pixels, top, left, bottom, right: rounded to the nearest, at least one pixel.
    ///
    /// # Errors
    /// When they are not in this order, or not in the picture.
    pub fn from_edges(edges: [f64; 4], width: usize, height: usize) -> Fallible<Self> {
        let [top, left, bottom, right] = edges;
        let down = whole(top, bottom, height);
        let across = whole(left, right, width);
        match (across, down) {
            (Some(across), Some(down)) => Ok(Self::Rectangle(Bounds {
                x0: across.start,
                y0: down.start,
                x1: across.end,
                y1: down.end,
            })),
            _ => Err(format!(
                "has no region with top {top}, left {left}, bottom {bottom}, right {right}: it is {width} pixels wide and {height} high"
            )),
        }
    }

    /// Top, left, bottom, right, as places between pixels: what the preprocessor maps to the model's square.
    pub fn edges(&self) -> [f64; 4] {
        match *self {
            Self::Rectangle(Bounds { x0, y0, x1, y1 }) => {
                [y0, x0, y1, x1].map(|place| place as f64)
            }
            Self::Ellipse { cx, cy, rx, ry } => [cy - ry, cx - rx, cy + ry, cx + rx],
        }
    }

    /// The smallest rectangle of whole pixels around it; what lies left of or above the picture is cut off.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is negative becomes 0"
    )]
    pub fn bounds(&self) -> Bounds {
        if let Self::Rectangle(bounds) = *self {
            return bounds;
        }
        let [top, left, bottom, right] = self.edges();
        Bounds {
            x0: left.floor() as usize,
            y0: top.floor() as usize,
            x1: right.ceil() as usize,
            y1: bottom.ceil() as usize,
        }
    }

    /// Refuses a region that reaches out of a picture or holds no pixel of it.
    ///
    /// # Errors
    /// Says the picture's size.
    pub fn check(&self, width: usize, height: usize) -> Fallible<()> {
        let [top, left, ..] = self.edges();
        if top < 0.0 || left < 0.0 || !self.bounds().lies_in(width, height) {
            return Err(format!(
                "has {width}x{height} pixels, and the region {self} reaches out of them"
            ));
        }
        if self.spans().all(|(_, span)| span.is_empty()) {
            return Err(format!("has no pixel whose centre is in the region {self}"));
        }
        Ok(())
    }

    /// Its pixels row by row: the row, and the columns in it. The region is checked before.
    pub fn spans(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let Bounds { x0, y0, x1, y1 } = self.bounds();
        (y0..y1).map(move |y| {
            let start = (x0..x1).find(|x| self.contains(*x, y)).unwrap_or(x1);
            let end = (start..x1).rfind(|x| self.contains(*x, y));
            (y, start..end.map_or(start, |last| last + 1))
        })
    }

    /// Whether the pixel of a column and a row belongs to it.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        match *self {
            Self::Rectangle(Bounds { x0, y0, x1, y1 }) => {
                (x0..x1).contains(&x) && (y0..y1).contains(&y)
            }
            Self::Ellipse { cx, cy, rx, ry } => {
                let across = (x as f64 + 0.5 - cx) / rx;
                let down = (y as f64 + 0.5 - cy) / ry;
                across * across + down * down <= 1.0
            }
        }
    }
}

/// Two places between the pixels of one direction to whole pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the length"
)]
fn whole(from: f64, to: f64, length: usize) -> Option<Range<usize>> {
    let inside = 0.0 <= from && from < to && to <= length as f64;
    inside.then(|| {
        let start = (from.round() as usize).min(length - 1);
        start..(to.round() as usize).max(start + 1)
    })
}

/// A box in 0..=1000 of the square, as whole numbers: rounded, and never without extent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=1000"
)]
pub fn box_2d(edges: [f64; 4]) -> [u32; 4] {
    let [y0, x0, y1, x1] = edges.map(|place| place.round().clamp(0.0, 1000.0) as u32);
    let axis = |from: u32, to: u32| {
        let from = from.min(999);
        (from, to.max(from + 1))
    };
    let ((y0, y1), (x0, x1)) = (axis(y0, y1), axis(x0, x1));
    [y0, x0, y1, x1]
}

/// Named boxes in 0..=1000 of the square as `MedGemma` writes and reads them:
/// `[{"box_2d": [y0, x0, y1, x1], "label": "R1"}]`.
pub fn boxes_json<'a>(boxes: impl IntoIterator<Item = (&'a str, [f64; 4])>) -> String {
    let boxes: Vec<String> = boxes
        .into_iter()
        .map(|(label, edges)| {
            format!(
                "{{\"box_2d\": {:?}, \"label\": {}}}",
                box_2d(edges),
                serde_json::Value::from(label)
            )
        })
        .collect();
    format!("[{}]", boxes.join(", "))
}

impl FromStr for Marked {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        let word = text.trim().to_lowercase();
        let (shape, numbers) = word.split_once(':').unwrap_or(("rect", &word));
        let marked = match shape {
            "rect" => four(numbers).and_then(rectangle),
            "ellipse" => four(numbers).and_then(ellipse),
            "box" => four(numbers).and_then(square),
            _ => None,
        };
        marked.ok_or_else(|| {
            format!(
                "{text:?} is no region: give x,y,width,height in whole pixels, ellipse:x,y,rx,ry around a middle, \
                 or box:y0,x0,y1,x1 in 0 to 1000 as the model does"
            )
        })
    }
}

/// Four numbers with commas between them.
fn four<T: FromStr>(text: &str) -> Option<[T; 4]> {
    let numbers: Option<Vec<T>> = text.split(',').map(|it| it.trim().parse().ok()).collect();
    numbers?.try_into().ok()
}

fn rectangle([x0, y0, width, height]: [usize; 4]) -> Option<Marked> {
    let bounds = Bounds {
        x0,
        y0,
        x1: x0.checked_add(width).filter(|_| width > 0)?,
        y1: y0.checked_add(height).filter(|_| height > 0)?,
    };
    Some(Marked::Source(Region::Rectangle(bounds)))
}

fn ellipse([cx, cy, rx, ry]: [f64; 4]) -> Option<Marked> {
    let region = Region::Ellipse { cx, cy, rx, ry };
    let finite = region.edges().iter().all(|edge| edge.is_finite());
    (finite && rx > 0.0 && ry > 0.0).then_some(Marked::Source(region))
}

fn square([y0, x0, y1, x1]: [f64; 4]) -> Option<Marked> {
    let axis = |from: f64, to: f64| 0.0 <= from && from < to && to <= 1000.0;
    (axis(y0, y1) && axis(x0, x1)).then_some(Marked::Square([y0, x0, y1, x1]))
}

impl fmt::Display for Region {
    /// What can be typed to mean it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rectangle(bounds) => write!(
                f,
                "rect:{},{},{},{}",
                bounds.x0,
                bounds.y0,
                bounds.width(),
                bounds.height()
            ),
            Self::Ellipse { cx, cy, rx, ry } => write!(f, "ellipse:{cx},{cy},{rx},{ry}"),
        }
    }
}

impl fmt::Display for Marked {
    /// What can be typed to mean it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(region) => region.fmt(f),
            Self::Square([y0, x0, y1, x1]) => write!(f, "box:{y0},{x0},{y1},{x1}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, shown: &str) {
        let marked: Marked = typed.parse().unwrap();
        assert_eq!(marked.to_string(), shown, "{typed}");
        assert_eq!(shown.parse(), Ok(marked), "{shown} read again");
    }

    #[track_caller]
    fn region(typed: &str) -> Region {
        match typed.parse().unwrap() {
            Marked::Source(region) => region,
            Marked::Square(_) => panic!("{typed} is not in source pixels"),
        }
    }

    #[test]
    fn what_is_typed_is_what_is_shown() {
        check("10,20,30,40", "rect:10,20,30,40");
        check(" RECT: 10, 20 ,30,40", "rect:10,20,30,40");
        check("ellipse:10,20.5,3,4", "ellipse:10,20.5,3,4");
        check("box:140,110,340,470", "box:140,110,340,470");
        check("box:0,0,1000,999.5", "box:0,0,1000,999.5");
    }

    #[test]
    fn what_is_no_region_is_refused() {
        for typed in [
            "",
            "1,2,3",
            "1,2,3,4,5",
            "-1,2,3,4",
            "1.5,2,3,4",
            "1,2,0,4",
            "1,2,3,0",
            "circle:1,2,3,4",
            "1,18446744073709551615,3,4",
            "ellipse:1,2,0,4",
            "ellipse:1,2,3,-4",
            "ellipse:nan,2,3,4",
            "ellipse:1,2,inf,4",
            "box:5,5,5,9",
            "box:1,2,3,1001",
            "box:-1,2,3,4",
            "box:9,2,3,4",
        ] {
            let problem = typed.parse::<Marked>().unwrap_err();
            assert!(
                problem.contains("is no region: give x,y,width,height"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_rectangle_is_its_whole_pixels() {
        let region = region("1,2,3,2");
        let pixels: Vec<_> = region.spans().collect();
        assert_eq!(pixels, [(2, 1..4), (3, 1..4)]);
        assert_eq!(
            region.edges().map(f64::to_bits),
            [2.0, 1.0, 4.0, 4.0_f64].map(f64::to_bits)
        );
        assert_eq!(Region::from_edges(region.edges(), 10, 10), Ok(region));
        assert!(region.contains(3, 3) && !region.contains(4, 3) && !region.contains(3, 4));
    }

    #[test]
    fn an_ellipse_is_the_pixels_with_their_centres_in_it() {
        let rows = |typed: &str| -> Vec<_> { region(typed).spans().collect() };
        assert_eq!(rows("ellipse:2,2,1,1"), [(1, 1..3), (2, 1..3)]);
        assert_eq!(
            rows("ellipse:1.5,1.5,1,1"),
            [(0, 1..2), (1, 0..3), (2, 1..2)]
        );
        assert_eq!(
            rows("ellipse:3,1.5,3,1.5"),
            [(0, 1..5), (1, 0..6), (2, 1..5)]
        );
        let edges = region("ellipse:2,2,0.5,1").edges();
        assert_eq!(
            edges.map(f64::to_bits),
            [1.0, 1.5, 3.0, 2.5_f64].map(f64::to_bits)
        );
    }

    #[test]
    fn a_region_outside_of_the_picture_is_refused() {
        let check = |typed: &str| region(typed).check(10, 8);
        assert_eq!(check("0,0,10,8"), Ok(()));
        assert_eq!(check("ellipse:5,4,5,4"), Ok(()));
        for typed in [
            "0,0,11,8",
            "0,0,10,9",
            "10,0,1,1",
            "ellipse:5,4,5.5,4",
            "ellipse:5,7,1,2",
            "ellipse:1e300,1,1,1",
        ] {
            let problem = check(typed).unwrap_err();
            assert!(problem.contains("has 10x8 pixels"), "{typed}: {problem}");
        }
        let problem = check("ellipse:5,5,0.2,0.2").unwrap_err();
        assert!(problem.contains("no pixel whose centre"), "{problem}");
    }

    #[test]
    fn edges_are_rounded_to_whole_pixels_and_never_to_none() {
        let of = |edges| Region::from_edges(edges, 10, 8).map(|region| region.bounds());
        let bounds = |x0, y0, x1, y1| Ok(Bounds { x0, y0, x1, y1 });
        assert_eq!(of([0.4, 1.6, 3.5, 4.4]), bounds(2, 0, 4, 4));
        assert_eq!(of([2.1, 2.1, 2.2, 2.2]), bounds(2, 2, 3, 3));
        assert_eq!(of([7.9, 9.9, 8.0, 10.0]), bounds(9, 7, 10, 8));
        for edges in [
            [0.0, 0.0, 8.5, 3.0],
            [-0.1, 0.0, 2.0, 3.0],
            [3.0, 0.0, 2.0, 3.0],
            [f64::NAN; 4],
        ] {
            assert!(of(edges).is_err(), "{edges:?}");
        }
        assert!(Region::from_edges([0.0; 4], 0, 0).is_err());
    }

    #[test]
    fn boxes_are_written_as_the_model_writes_them() {
        assert_eq!(
            boxes_json([
                ("R1", [140.2, 109.5, 340.0, 470.0]),
                ("left \"lung\"", [0.0, 0.0, 0.2, 1000.0])
            ]),
            r#"[{"box_2d": [140, 110, 340, 470], "label": "R1"}, {"box_2d": [0, 0, 1, 1000], "label": "left \"lung\""}]"#
        );
        assert_eq!(
            box_2d([1000.0, 999.8, 1000.0, 1000.0]),
            [999, 999, 1000, 1000]
        );
        assert_eq!(boxes_json([]), "[]");
        assert_eq!([0, 11].map(name), ["R1", "R12"]);
    }
}
