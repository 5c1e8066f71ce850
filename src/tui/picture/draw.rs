//! A frame, how it is shaded and what is marked in it in, the pixels that are seen and a key for them out.
//!
//! Outlines go inwards from their edges: nothing is drawn wider than its coordinates say. Each is doubled by a dark line inside,
//! so that it is seen on black, on white, and without colour.

use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::Arc;

use crate::imaging::display::show;
use crate::imaging::frame::Frame;
use crate::imaging::region::Region;
use crate::imaging::shade::{Curve, Shade};
use crate::tui::surface::{Fit, Kind, Pixels};
use crate::tui::terminal::probe::{Caps, Protocol};

use super::marks::{At, Figure};

/// Whose outline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ink {
    Mark,
    Chosen,
    Draft,
    Named,
}

impl Ink {
    fn colour(self, has_colours: bool) -> [u8; 3] {
        match self {
            _ if !has_colours => [255; 3],
            Self::Mark => [0, 215, 255],
            Self::Chosen => [255, 220, 0],
            Self::Draft => [255, 130, 255],
            Self::Named => [255, 150, 50],
        }
    }
}

/// What is outlined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Figure(Figure),
    /// Top, left, bottom, right.
    Edges([f64; 4]),
}

/// A picture as it is to look.
#[derive(Clone)]
pub(super) struct Scene {
    /// Which picture; another one has another number.
    pub(super) serial: u64,
    pub(super) slice: usize,
    pub(super) frame: Arc<Frame>,
    pub(super) shade: Arc<Shade>,
    pub(super) is_inverted: bool,
    pub(super) outlines: Vec<(Shape, Ink)>,
    /// Pixels of the picture that a line is wide: across, and down.
    pub(super) wide: (usize, usize),
    pub(super) has_colours: bool,
}

/// Pixels of a picture that a line must be wide to be seen on the screen.
pub(super) fn wide(fit: &Fit, caps: &Caps) -> (usize, usize) {
    let cells = (f64::from(fit.cells.width), f64::from(fit.cells.height));
    let scale = match caps.protocol {
        Protocol::Blocks => (cells.0 / fit.part.width, 2.0 * cells.1 / fit.part.height),
        Protocol::Ascii => (cells.0 / fit.part.width, cells.1 / fit.part.height),
        _ => fit.scale(),
    };
    let pixels = |scale: f64| {
        let least = 1.5 / scale;
        (1..64).find(|n| f64::from(*n) >= least).unwrap_or(64)
    };
    let whole = |n: i32| usize::try_from(n).unwrap_or(1);
    (whole(pixels(scale.0)), whole(pixels(scale.1)))
}

/// The dark rim of a line, in widths of the line.
const RIM: f64 = 0.5;

fn hash_floats(values: &[f64], hasher: &mut DefaultHasher) {
    for value in values {
        value.to_bits().hash(hasher);
    }
}

fn hash_curve(curve: &Curve, hasher: &mut DefaultHasher) {
    std::mem::discriminant(curve).hash(hasher);
    match curve {
        Curve::Colour => {}
        Curve::Window(window) => {
            hash_floats(&[window.center, window.width], hasher);
            std::mem::discriminant(&window.function).hash(hasher);
        }
        Curve::Lut(lut) => {
            hash_floats(&[lut.first], hasher);
            (&lut.entries, lut.bits).hash(hasher);
        }
        Curve::Rounded { min, max } => hash_floats(&[*min, *max], hasher),
        Curve::Three(ends) => {
            let ends = ends.as_flattened().iter().copied().map(f64::from);
            hash_floats(&ends.collect::<Vec<f64>>(), hasher);
        }
        Curve::Shades(bits) => bits.hash(hasher),
        Curve::Flat(shade) => shade.hash(hasher),
    }
}

fn hash_shape(shape: &Shape, hasher: &mut DefaultHasher) {
    match shape {
        Shape::Edges(edges) => hash_floats(edges, hasher),
        Shape::Figure(Figure::Ruler(from, to)) => {
            hash_floats(&[from.0, from.1, to.0, to.1], hasher);
        }
        Shape::Figure(Figure::Region(region)) => {
            matches!(region, Region::Ellipse { .. }).hash(hasher);
            hash_floats(&region.edges(), hasher);
        }
    }
}

impl Scene {
    /// Equal when the pixels are.
    pub(super) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.serial, self.slice, self.is_inverted).hash(&mut hasher);
        hash_curve(&self.shade.curve, &mut hasher);
        for (shape, ink) in &self.outlines {
            (ink, self.wide, self.has_colours).hash(&mut hasher);
            hash_shape(shape, &mut hasher);
        }
        hasher.finish()
    }

    /// The pixels: one channel where nothing has a colour.
    pub(super) fn pixels(&self) -> Pixels {
        let (width, height) = (self.frame.width, self.frame.height);
        let rgb = show(&self.frame, &self.shade, self.is_inverted).rgb;
        let mut canvas = Canvas {
            rgb,
            size: (width, height),
        };
        for (shape, ink) in &self.outlines {
            canvas.outline(shape, self.wide, ink.colour(self.has_colours));
        }
        let black = || Pixels::new(1, 1, Kind::Grey, vec![0]).expect("one pixel");
        Pixels::new(width, height, Kind::Rgb, canvas.rgb).map_or_else(black, Pixels::thrifty)
    }
}

/// Pixels of one direction.
type Span = std::ops::Range<usize>;

struct Canvas {
    rgb: Vec<u8>,
    size: (usize, usize),
}

/// Whole pixels that lie within two places of one direction; the one in their middle when there is none.
fn inside(low: f64, high: f64, n: usize) -> Span {
    let count = |it: f64| whole(it.clamp(0.0, n as f64));
    let range = count(low.ceil())..count(high.floor());
    if !range.is_empty() || low.is_nan() || high.is_nan() || low > high {
        return range;
    }
    let middle = f64::midpoint(low, high);
    if (0.0..n as f64).contains(&middle) {
        let at = count(middle.floor());
        at..at + 1
    } else {
        0..0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes NaN 0"
)]
fn whole(value: f64) -> usize {
    value as usize
}

impl Canvas {
    fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.size.0 && y < self.size.1 {
            let at = 3 * (y * self.size.0 + x);
            if let Some(pixel) = self.rgb.get_mut(at..at + 3) {
                pixel.copy_from_slice(&colour);
            }
        }
    }

    fn outline(&mut self, shape: &Shape, wide: (usize, usize), colour: [u8; 3]) {
        match shape {
            Shape::Edges(edges) => self.rectangle(*edges, wide, colour),
            Shape::Figure(Figure::Ruler(from, to)) => self.line(*from, *to, wide, colour),
            Shape::Figure(Figure::Region(region)) => match region {
                Region::Rectangle(_) => self.rectangle(region.edges(), wide, colour),
                Region::Ellipse { .. } => self.ellipse(region, wide, colour),
            },
        }
    }

    /// Paints pixels of a rectangle by how far each is from the edge, in widths of a line: the line itself, its dark rim, nothing.
    fn paint(
        &mut self,
        columns: &Span,
        rows: &Span,
        colour: [u8; 3],
        off: impl Fn(usize, usize) -> f64,
    ) {
        for (x, y) in rows
            .clone()
            .flat_map(|y| columns.clone().map(move |x| (x, y)))
        {
            let off = off(x, y);
            if off < 1.0 {
                self.set(x, y, colour);
            } else if off < 1.0 + RIM {
                self.set(x, y, [0; 3]);
            }
        }
    }

    fn rectangle(&mut self, edges: [f64; 4], wide: (usize, usize), colour: [u8; 3]) {
        let [top, left, bottom, right] = edges;
        let (width, height) = self.size;
        let (columns, rows) = (inside(left, right, width), inside(top, bottom, height));
        // an edge that the picture cuts is not drawn
        let is_cut = [
            top < 0.0,
            left < 0.0,
            bottom > height as f64,
            right > width as f64,
        ];
        let far = |nth: usize, wide: usize, is_cut: bool| {
            if is_cut {
                f64::INFINITY
            } else {
                nth as f64 / wide as f64
            }
        };
        self.paint(&columns, &rows, colour, |x, y| {
            let off = [
                far(y - rows.start, wide.1, is_cut[0]),
                far(x - columns.start, wide.0, is_cut[1]),
                far(rows.end - 1 - y, wide.1, is_cut[2]),
                far(columns.end - 1 - x, wide.0, is_cut[3]),
            ];
            off.into_iter().fold(f64::INFINITY, f64::min)
        });
    }

    fn ellipse(&mut self, region: &Region, wide: (usize, usize), colour: [u8; 3]) {
        let Region::Ellipse { cx, cy, rx, ry } = *region else {
            return;
        };
        let wide = (wide.0 as f64, wide.1 as f64);
        let is_in = |x: usize, y: usize, less: f64| {
            let (rx, ry) = (rx - less * wide.0, ry - less * wide.1);
            let (across, down) = ((x as f64 + 0.5 - cx) / rx, (y as f64 + 0.5 - cy) / ry);
            rx > 0.0 && ry > 0.0 && across * across + down * down <= 1.0
        };
        let bounds = region.bounds();
        self.paint(
            &(bounds.x0..bounds.x1),
            &(bounds.y0..bounds.y1),
            colour,
            |x, y| {
                let is_out = !region.contains(x, y);
                // a third more than a width, so that it has no gaps where it is slanted
                match (is_out, is_in(x, y, 1.3), is_in(x, y, 1.3 + RIM)) {
                    (true, ..) | (false, true, true) => f64::INFINITY,
                    (false, true, false) => 1.0,
                    (false, false, _) => 0.0,
                }
            },
        );
    }

    /// As wide as lines are, around the way from one place to another, with a dark rim.
    fn line(&mut self, from: At, to: At, wide: (usize, usize), colour: [u8; 3]) {
        let (wide_x, wide_y) = (wide.0 as f64, wide.1 as f64);
        // in units of the line's width
        let (dx, dy) = ((to.0 - from.0) / wide_x, (to.1 - from.1) / wide_y);
        let squared = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        let around = |a: f64, b: f64, wide: f64, n: usize| {
            inside(a.min(b) - 2.0 * wide, a.max(b) + 2.0 * wide, n)
        };
        let columns = around(from.0, to.0, wide_x, self.size.0);
        let rows = around(from.1, to.1, wide_y, self.size.1);
        self.paint(&columns, &rows, colour, |x, y| {
            let px = (x as f64 + 0.5 - from.0) / wide_x;
            let py = (y as f64 + 0.5 - from.1) / wide_y;
            let share = ((px * dx + py * dy) / squared).clamp(0.0, 1.0);
            // half a width is the line's edge; a quarter more, so that a slanted line has no gaps
            (px - share * dx).hypot(py - share * dy) + 0.25
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::imaging::frame::{Place, Scale, Values};
    use crate::imaging::window::Window;

    use super::*;

    fn scene(size: (usize, usize), outlines: Vec<(Shape, Ink)>, wide: usize) -> Scene {
        let frame = Frame {
            width: size.0,
            height: size.1,
            values: Values::Grey(vec![128.0; size.0 * size.1]),
            scale: Scale::default(),
            place: Place::default(),
            chain: Vec::new(),
        };
        let curve = Curve::Window(Window::between(0.0, 255.0).unwrap());
        Scene {
            serial: 1,
            slice: 0,
            frame: Arc::new(frame),
            shade: Arc::new(Shade {
                curve,
                why: String::new(),
            }),
            is_inverted: false,
            outlines,
            wide: (wide, wide),
            has_colours: true,
        }
    }

    fn drawn(scene: &Scene) -> Vec<String> {
        let pixels = scene.pixels();
        let letters: Vec<char> = pixels
            .colours()
            .map(|it| match it {
                [128, 128, 128] => '.',
                [0, 0, 0] => 'o',
                _ => '#',
            })
            .collect();
        letters
            .chunks(pixels.width())
            .map(|row| row.iter().collect())
            .collect()
    }

    #[track_caller]
    fn check(shape: Shape, wide: usize, expected: &[&str]) {
        let size = (expected[0].len(), expected.len());
        assert_eq!(
            drawn(&scene(size, vec![(shape, Ink::Named)], wide)),
            expected
        );
    }

    #[test]
    fn an_outline_goes_inwards_and_never_out_of_its_box() {
        let edges = Shape::Edges([1.4, 1.0, 5.9, 7.0]);
        check(
            edges,
            1,
            &[
                ".........",
                ".........",
                ".######..",
                ".#oooo#..",
                ".######..",
                ".........",
            ],
        );
        check(
            Shape::Edges([0.0, 0.0, 3.0, 4.0]),
            9,
            &["####", "####", "####"],
        );
    }

    #[test]
    fn a_box_between_two_pixels_is_the_one_it_is_in() {
        check(
            Shape::Edges([1.2, 1.2, 1.8, 1.4]),
            3,
            &["...", ".#.", "..."],
        );
        check(Shape::Edges([f64::NAN; 4]), 3, &["...", "..."]);
        check(Shape::Edges([5.0, 5.0, 9.0, 9.0]), 3, &["...", "..."]);
    }

    #[test]
    fn what_the_picture_cuts_has_no_edge_there() {
        check(
            Shape::Edges([-4.0, -4.0, 2.0, 3.0]),
            1,
            &["oo#..", "###..", "....."],
        );
    }

    #[test]
    fn an_ellipse_and_a_ruler() {
        let ellipse = Region::Ellipse {
            cx: 3.0,
            cy: 2.5,
            rx: 3.0,
            ry: 2.5,
        };
        let shown = drawn(&scene(
            (6, 5),
            vec![(Shape::Figure(Figure::Region(ellipse)), Ink::Mark)],
            1,
        ));
        for (y, row) in shown.iter().enumerate() {
            for (x, letter) in row.chars().enumerate() {
                assert!(letter == '.' || ellipse.contains(x, y), "{shown:?}");
            }
        }
        assert_eq!(shown[2].chars().next(), Some('#'));
        check(
            Shape::Figure(Figure::Ruler((0.5, 1.5), (3.5, 1.5))),
            1,
            &["oooo.", "####o", "oooo."],
        );
    }

    #[test]
    fn a_key_is_equal_when_the_pixels_are() {
        let plain = scene((4, 4), Vec::new(), 1);
        let keys = [
            plain.key(),
            Scene {
                slice: 1,
                ..plain.clone()
            }
            .key(),
            Scene {
                is_inverted: true,
                ..plain.clone()
            }
            .key(),
            Scene {
                serial: 2,
                ..plain.clone()
            }
            .key(),
            scene(
                (4, 4),
                vec![(Shape::Edges([0.0, 0.0, 2.0, 2.0]), Ink::Named)],
                1,
            )
            .key(),
            scene(
                (4, 4),
                vec![(Shape::Edges([0.0, 0.0, 2.0, 2.0]), Ink::Named)],
                2,
            )
            .key(),
            scene(
                (4, 4),
                vec![(Shape::Edges([0.0, 0.0, 2.0, 3.0]), Ink::Named)],
                1,
            )
            .key(),
        ];
        let distinct: std::collections::BTreeSet<u64> = keys.into_iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(
            Scene {
                wide: (7, 7),
                ..plain.clone()
            }
            .key(),
            plain.key()
        );
        assert_eq!(plain.pixels().kind(), Kind::Grey);
    }
}
