//! Corners that were dragged or moved by keys in, named regions and rulers with their measures out; places of answers beside them.

use std::sync::Arc;

use crate::imaging::frame::Frame;
use crate::imaging::plane::Plane;
use crate::imaging::region::{Bounds, Region, box_2d};
use crate::imaging::square::Square;
use crate::imaging::statistics::{Found, Measured, Statistics, measure};
use crate::session::safe::printable_line;
use crate::session::v1::Boxed;
use crate::settings::Lang;

use super::msg::{Edit, Effect, Tool};
use super::place;

/// Pixels that are measured at once: some milliseconds.
const FEW: usize = 1 << 18;

/// A place in a picture: from the left and from the top, between pixels.
pub(super) type At = (f64, f64);

/// What is marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Figure {
    Region(Region),
    Ruler(At, At),
}

/// The values of a region.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// Another thread is asked, or will be.
    Unknown,
    Known(Box<Result<Measured, String>>),
}

/// A mark of one picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// Unlike that of any other mark of this kind, in whatever picture.
    pub(super) number: usize,
    /// Unlike that of any other mark.
    pub(super) key: usize,
    pub(super) id: u32,
    pub(super) figure: Figure,
    pub(super) slice: usize,
    pub(super) plane: Option<Plane>,
    /// Of the frame it is in.
    pub(super) size: (usize, usize),
    pub(super) values: Values,
}

impl Mark {
    /// `R1`, `L2`.
    pub(super) fn name(&self) -> String {
        let letter = match self.figure {
            Figure::Region(_) => 'R',
            Figure::Ruler(..) => 'L',
        };
        format!("{letter}{}", self.number)
    }

    pub(super) fn region(&self) -> Option<Region> {
        match self.figure {
            Figure::Region(region) => Some(region),
            Figure::Ruler(..) => None,
        }
    }

    /// Where its name stands.
    pub(super) fn corner(&self) -> At {
        corner(&self.figure)
    }
}

pub(super) fn corner(figure: &Figure) -> At {
    match figure {
        Figure::Region(region) => {
            let [top, left, ..] = region.edges();
            (left, top)
        }
        Figure::Ruler(from, _) => *from,
    }
}

/// A shape that is being drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draft {
    pub(super) tool: Tool,
    pub(super) from: At,
    pub(super) to: At,
    /// The mark that it will replace, by key.
    pub(super) of: Option<usize>,
    pub(super) is_dragged: bool,
}

/// Keeps a place within a picture.
pub(super) fn within((x, y): At, (width, height): (usize, usize)) -> At {
    (x.clamp(0.0, width as f64), y.clamp(0.0, height as f64))
}

impl Draft {
    /// A third of what is seen, in its middle.
    pub(super) fn middle(
        tool: Tool,
        seen: crate::tui::surface::Part,
        size: (usize, usize),
    ) -> Self {
        let share = |start: f64, extent: f64, n: usize, at: f64| {
            let (low, high) = (start.max(0.0), (start + extent).min(n as f64));
            (low + (high - low) * at).round()
        };
        let at = |share_of: f64, y_share: f64| {
            let x = share(seen.x, seen.width, size.0, share_of);
            within((x, share(seen.y, seen.height, size.1, y_share)), size)
        };
        let (from, to) = match tool {
            Tool::Ruler => (at(1.0 / 3.0, 0.5), at(2.0 / 3.0, 0.5)),
            Tool::Rectangle | Tool::Ellipse => (at(1.0 / 3.0, 1.0 / 3.0), at(2.0 / 3.0, 2.0 / 3.0)),
        };
        Self {
            tool,
            from,
            to,
            of: None,
            is_dragged: false,
        }
    }

    /// A mark as it was drawn.
    pub(super) fn of(mark: &Mark) -> Self {
        let (tool, from, to) = match mark.figure {
            Figure::Ruler(from, to) => (Tool::Ruler, from, to),
            Figure::Region(region) => {
                let tool = match region {
                    Region::Rectangle(_) => Tool::Rectangle,
                    Region::Ellipse { .. } => Tool::Ellipse,
                };
                let [top, left, bottom, right] = region.edges();
                (tool, (left, top), (right, bottom))
            }
        };
        Self {
            tool,
            from,
            to,
            of: Some(mark.key),
            is_dragged: false,
        }
    }

    /// Moves it, or its end; `cell` is how many pixels a cell shows across and down.
    pub(super) fn edit(&mut self, edit: Edit, cell: At, size: (usize, usize)) {
        let by = |x: i8, y: i8, step: At| (f64::from(x) * step.0, f64::from(y) * step.1);
        let fine = (1.0, 1.0);
        let (both, (x, y)) = match edit {
            Edit::Move(x, y) => (true, by(x, y, cell)),
            Edit::MoveFine(x, y) => (true, by(x, y, fine)),
            Edit::Grow(x, y) => (false, by(x, y, cell)),
            Edit::GrowFine(x, y) => (false, by(x, y, fine)),
            Edit::Accept | Edit::Drop => return,
        };
        if both {
            let (low_x, high_x) = (self.from.0.min(self.to.0), self.from.0.max(self.to.0));
            let (low_y, high_y) = (self.from.1.min(self.to.1), self.from.1.max(self.to.1));
            let x = x.clamp(-low_x, (size.0 as f64 - high_x).max(-low_x));
            let y = y.clamp(-low_y, (size.1 as f64 - high_y).max(-low_y));
            self.from = (self.from.0 + x, self.from.1 + y);
            self.to = (self.to.0 + x, self.to.1 + y);
        } else {
            self.to = within((self.to.0 + x, self.to.1 + y), size);
        }
    }

    /// What it is now; at least one pixel (an ellipse: two) large.
    pub(super) fn figure(&self, (width, height): (usize, usize)) -> Option<Figure> {
        if self.tool == Tool::Ruler {
            let is_long = self.from != self.to;
            return is_long.then_some(Figure::Ruler(self.from, self.to));
        }
        let least = if self.tool == Tool::Ellipse { 2.0 } else { 1.0 };
        let span = |a: f64, b: f64, n: usize| {
            let (low, high) = (a.min(b).round(), a.max(b).round());
            let low = low.min(n as f64 - least).max(0.0);
            (low, high.max(low + least).min(n as f64))
        };
        let (left, right) = span(self.from.0, self.to.0, width);
        let (top, bottom) = span(self.from.1, self.to.1, height);
        let region = match self.tool {
            Tool::Ellipse => Region::Ellipse {
                cx: f64::midpoint(left, right),
                cy: f64::midpoint(top, bottom),
                rx: (right - left) / 2.0,
                ry: (bottom - top) / 2.0,
            },
            _ => Region::from_edges([top, left, bottom, right], width, height).ok()?,
        };
        region.check(width, height).ok()?;
        Some(Figure::Region(region))
    }
}

/// Places that an answer names in a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) id: u32,
    pub(super) slice: Option<usize>,
    pub(super) boxes: Vec<Boxed>,
}

/// A region as the input completes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// `R1`.
    pub name: String,
    /// What it is, one line.
    pub description: String,
    /// The picture it is in.
    pub id: u32,
    /// The slice, from 0.
    pub slice: usize,
    /// The plane that the slice is of.
    pub plane: Option<Plane>,
    /// The region itself, in source pixels.
    pub region: Region,
    /// Top, left, bottom, right in source pixels.
    pub source: [f64; 4],
    /// Top, left, bottom, right in 0 to 1000 of the square that the model gets of the whole picture.
    pub model: [u32; 4],
    /// What to cut out for a second picture, at source resolution.
    pub crop: Bounds,
}

/// Marks of all pictures that were shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    all: Vec<Mark>,
    pub(super) named: Vec<Named>,
    /// By key.
    pub(super) chosen: Option<usize>,
    n_regions: usize,
    n_rulers: usize,
}

/// Where a mark is put.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) id: u32,
    pub(super) slice: usize,
    pub(super) plane: Option<Plane>,
    pub(super) frame: &'a Arc<Frame>,
}

impl Spot<'_> {
    pub(super) fn has(&self, mark: &Mark) -> bool {
        (mark.id, mark.slice, mark.plane) == (self.id, self.slice, self.plane)
            && mark.size == (self.frame.width, self.frame.height)
    }
}

impl Marks {
    pub(super) fn of(&self, id: u32) -> impl Iterator<Item = &Mark> {
        self.all.iter().filter(move |it| it.id == id)
    }

    pub(super) fn chosen(&self) -> Option<&Mark> {
        self.all.iter().find(|it| Some(it.key) == self.chosen)
    }

    /// Adds a mark, or gives one another shape; what has to be measured elsewhere.
    pub(super) fn put(
        &mut self,
        of: Option<usize>,
        figure: Figure,
        spot: Spot<'_>,
    ) -> Option<Effect> {
        let found = self.all.iter_mut().find(|it| Some(it.key) == of);
        let key = if let Some(mark) = found {
            mark.figure = figure;
            mark.key
        } else {
            let counter = match figure {
                Figure::Region(_) => &mut self.n_regions,
                Figure::Ruler(..) => &mut self.n_rulers,
            };
            *counter += 1;
            let number = *counter;
            let key = self.n_regions + self.n_rulers;
            self.all.push(Mark {
                number,
                key,
                id: spot.id,
                figure,
                slice: spot.slice,
                plane: spot.plane,
                size: (spot.frame.width, spot.frame.height),
                values: Values::Unknown,
            });
            key
        };
        self.chosen = Some(key);
        self.measure(key, spot.frame)
    }

    fn measure(&mut self, key: usize, frame: &Arc<Frame>) -> Option<Effect> {
        let mark = self.all.iter_mut().find(|it| it.key == key)?;
        let region = mark.region()?;
        let bounds = region.bounds();
        if bounds.width().saturating_mul(bounds.height()) <= FEW {
            mark.values = Values::Known(Box::new(measure(frame, &region)));
            return None;
        }
        mark.values = Values::Unknown;
        Some(Effect::Measure {
            mark: key,
            frame: Arc::clone(frame),
            region,
        })
    }

    /// What another thread measured, if the mark is still the same.
    pub(super) fn measured(
        &mut self,
        key: usize,
        region: Region,
        measured: Result<Measured, String>,
    ) {
        let mut marks = self.all.iter_mut();
        if let Some(mark) = marks.find(|it| it.key == key && it.region() == Some(region)) {
            mark.values = Values::Known(Box::new(measured));
        }
    }

    /// Chooses the mark after the chosen one, or the one before; of one picture.
    pub(super) fn choose(&mut self, id: u32, is_next: bool) -> Option<&Mark> {
        let keys: Vec<usize> = self.of(id).map(|it| it.key).collect();
        let here = keys.iter().position(|it| Some(*it) == self.chosen);
        let at = match here {
            Some(at) if is_next => at.checked_add(1),
            Some(at) => at.checked_sub(1),
            None if is_next => Some(0),
            None => keys.len().checked_sub(1),
        };
        self.chosen = at.and_then(|at| keys.get(at)).copied();
        self.chosen()
    }

    /// Removes the chosen mark, if it is of this picture.
    pub(super) fn remove(&mut self, id: u32) -> Option<Mark> {
        let chosen = self.chosen;
        let at = self
            .all
            .iter()
            .position(|it| it.id == id && Some(it.key) == chosen)?;
        self.chosen = None;
        Some(self.all.remove(at))
    }

    /// The smallest region around a place.
    pub(super) fn around(&self, spot: Spot<'_>, (x, y): (usize, usize)) -> Option<usize> {
        let size = |it: &Mark| {
            it.region()
                .map(|it| it.bounds())
                .map_or(0, |it| it.width().saturating_mul(it.height()))
        };
        let regions = self.all.iter().filter(|it| spot.has(it));
        regions
            .filter(|it| it.region().is_some_and(|it| it.contains(x, y)))
            .min_by_key(|it| size(it))
            .map(|it| it.key)
    }

    /// Places that answers name, on a slice: each with its number in its answer, from 1.
    pub(super) fn boxes(&self, id: u32, slice: usize) -> impl Iterator<Item = (usize, &Boxed)> {
        let named = self.named.iter().filter(move |it| it.id == id);
        let here = named.filter(move |it| it.slice.is_none_or(|it| it == slice));
        here.flat_map(|it| it.boxes.iter().enumerate().map(|(at, it)| (at + 1, it)))
    }

    pub(super) fn mentions(&self, fit: crate::imaging::square::Fit, lang: Lang) -> Vec<Mention> {
        let mention = |mark: &Mark| {
            let region = mark.region()?;
            let (width, height) = mark.size;
            let edges = region.edges();
            Some(Mention {
                name: mark.name(),
                description: describe(mark, lang),
                id: mark.id,
                slice: mark.slice,
                plane: mark.plane,
                region,
                source: edges,
                model: box_2d(Square::new(width, height, fit).to_model(edges)),
                crop: region.bounds(),
            })
        };
        self.all.iter().filter_map(mention).collect()
    }
}

fn describe(mark: &Mark, lang: Lang) -> String {
    let shape = match mark.region() {
        Some(Region::Ellipse { .. }) => lang.pick("ellipse", "椭圆"),
        _ => lang.pick("rectangle", "矩形"),
    };
    let slice = match lang {
        Lang::En => format!("slice {}", mark.slice + 1),
        Lang::Zh => format!("第 {} 层", mark.slice + 1),
    };
    match &mark.values {
        Values::Known(measured) if measured.is_ok() => {
            let values = values_line(measured, lang);
            format!("{shape}, {slice}, {values}")
        }
        _ => format!("{shape}, {slice}"),
    }
}

/// What the values of a region are like, or why that cannot be said.
fn values_line(measured: &Result<Measured, String>, lang: Lang) -> String {
    match measured {
        Ok(measured) => values_text(measured, lang),
        Err(problem) => printable_line(problem),
    }
}

fn values_text(measured: &Measured, lang: Lang) -> String {
    let unit = measured
        .unit
        .as_deref()
        .map_or(String::new(), |unit| format!(" {}", printable_line(unit)));
    let of = |it: &Statistics| {
        let [mean, sd, min, max] = [it.mean, it.sd, it.min, it.max].map(place::short);
        let (mean_word, sd_word) = (lang.pick("mean", "均值"), lang.pick("SD", "标准差"));
        let (min_word, max_word) = (lang.pick("min", "最小"), lang.pick("max", "最大"));
        format!("{mean_word} {mean}{unit} {sd_word} {sd} {min_word} {min} {max_word} {max}")
    };
    let mut text = match &measured.values {
        Found::Grey(None) => lang.pick("no values", "无数值").to_owned(),
        Found::Grey(Some(it)) => format!("{} n {}", of(it), it.n),
        Found::Rgb(channels) => {
            let each = ["R", "G", "B"].iter().zip(channels);
            let each: Vec<String> = each
                .map(|(name, it)| {
                    format!(
                        "{name} {} SD {}",
                        place::short(it.mean),
                        place::short(it.sd)
                    )
                })
                .collect();
            format!("{} n {}", each.join(" "), measured.pixels)
        }
    };
    for (n, en, zh) in [
        (measured.padding, "padding left out", "填充未计"),
        (measured.no_number, "without a value", "无数值"),
    ] {
        if n > 0 {
            text = format!("{text}, {n} {}", lang.pick(en, zh));
        }
    }
    text
}

/// A mark's line: its size, and what its values are like.
pub(super) fn line(mark: &Mark, frame: &Frame, lang: Lang) -> String {
    let place = &frame.place;
    match mark.figure {
        Figure::Ruler(from, to) => place::length(place, from, to).text(place, lang),
        Figure::Region(region) => {
            let [top, left, bottom, right] = region.edges();
            let extent = place::extent(place, (right - left, bottom - top), lang);
            let values = match &mark.values {
                Values::Unknown => lang.pick("measuring", "测量中").to_owned(),
                Values::Known(measured) => values_line(measured, lang),
            };
            format!("{extent}  {values}")
        }
    }
}
