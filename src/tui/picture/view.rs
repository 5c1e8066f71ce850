//! The pane's state in, what is to be seen and the words around and over it out.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Instant;

use crate::session::safe::printable_line;
use crate::settings::Lang;
use crate::tui::surface::{Fit, Kind, Pixels, Wanted};
use crate::tui::terminal::probe::{Caps, Protocol};
use crate::tui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::{Ink, Scene, Shape, wide};
use super::half::{Drawn, Half, There};
use super::marks::{self, Figure, Mark};
use super::paper::Paper;
use super::{Viewer, corners, place};

/// The narrowest half.
const NARROWEST: u16 = 20;

/// Where and how everything is drawn.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// Styles and signs.
    pub theme: &'a Theme,
    /// What the terminal can do.
    pub caps: &'a Caps,
    /// The pane.
    pub area: Rect,
    /// All of the screen.
    pub screen: Rect,
    /// Now.
    pub now: Instant,
}

/// One half while it is drawn.
pub(super) struct Scenery<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) half: &'a Half,
    pub(super) stage: Stage<'a>,
    /// The room of the picture.
    pub(super) room: Rect,
    pub(super) fit: Option<Fit>,
}

impl Viewer {
    /// Draws the pane, and says which pictures belong into it: hand them to the surface after everything is drawn.
    ///
    /// Where everything was drawn is remembered: the mouse's positions mean that.
    pub fn view(&mut self, stage: Stage<'_>, lang: Lang, buf: &mut Buffer) -> Vec<Wanted> {
        self.lang = lang;
        let area = stage.area.intersection(buf.area);
        for half in self.halves.iter_mut().flatten() {
            half.drawn = Drawn::default();
        }
        if area.is_empty() {
            return Vec::new();
        }
        for at in area.positions() {
            buf[at].reset();
        }
        buf.set_style(area, stage.theme.text);
        if self.half().is_none() {
            let text = lang.pick(
                "no picture yet: Ctrl-O or /open FILE opens one",
                "尚无图片：按 Ctrl-O 或输入 /open 文件名 打开",
            );
            Paper::new(stage.theme, buf, area).middle(text, stage.theme.dim);
            return Vec::new();
        }
        let places = self.places(area, stage, buf);
        // as many lines below the one as below the other, so that both pictures are equally large
        let lines = places.iter().map(|it| self.foot(it.0).len()).max();
        let lines = u16::try_from(lines.unwrap_or(0)).unwrap_or(u16::MAX);
        let rows = lines.min(area.height / 4 + 1);
        let rows = rows.min(area.height.saturating_sub(3));
        let mut wanted = Vec::new();
        for (number, area) in places {
            wanted.extend(self.half_view(number, Stage { area, ..stage }, rows, buf));
        }
        wanted
    }

    /// Which halves are seen, and where.
    fn places(&self, area: Rect, stage: Stage<'_>, buf: &mut Buffer) -> Vec<(usize, Rect)> {
        if !self.is_split() || area.width < 2 * NARROWEST + 1 {
            return vec![(self.front, area)];
        }
        let left = Rect {
            width: (area.width - 1) / 2,
            ..area
        };
        let right = Rect {
            x: left.right() + 1,
            width: area.width - left.width - 1,
            ..area
        };
        for y in area.y..area.bottom() {
            let sign = stage.theme.symbols.beside;
            buf[(left.right(), y)]
                .set_symbol(sign)
                .set_style(stage.theme.border);
        }
        vec![(0, left), (1, right)]
    }

    /// Draws a half with so many lines below its picture.
    fn half_view(
        &mut self,
        number: usize,
        stage: Stage<'_>,
        rows: u16,
        buf: &mut Buffer,
    ) -> Option<Wanted> {
        let shows_eye = self.shows_eye && number == self.front;
        let foot = self.foot(number);
        let area = stage.area;
        let [room, below] = [
            Rect {
                height: area.height - rows,
                ..area
            },
            Rect {
                y: area.bottom() - rows,
                height: rows,
                ..area
            },
        ];
        let fit = self.fit_of(number, shows_eye, room, stage);
        let half = self.halves.get_mut(number)?.as_mut()?;
        half.drawn = Drawn { area, fit };
        let can_show = stage.caps.protocol != Protocol::None;
        let fit_shown = fit.filter(|_| can_show);
        let wanted = fit_shown.and_then(|fit| self.wanted(number, shows_eye, fit, stage));
        if let Some(wanted) = &wanted {
            wanted.mark(buf);
        }
        let half = self.halves.get(number)?.as_ref()?;
        let scenery = Scenery {
            viewer: self,
            half,
            stage,
            room,
            fit,
        };
        corners::draw(&scenery, shows_eye, buf);
        foot_lines(&foot, below, stage, buf);
        wanted
    }

    /// Where the picture, or the square that the model gets, stands.
    fn fit_of(&self, number: usize, shows_eye: bool, room: Rect, stage: Stage<'_>) -> Option<Fit> {
        let half = self.halves.get(number)?.as_ref()?;
        let room = stage.caps.room(room, stage.screen);
        let cell = stage.caps.cell;
        if shows_eye {
            let side = self.eye.as_ref()?.side;
            return Fit::new((side, side), 1.0, half.eye_zoom, room, cell);
        }
        let frame = &half.there.as_ref()?.frame;
        let shape = place::shape(&frame.place);
        Fit::new((frame.width, frame.height), shape, half.zoom, room, cell)
    }

    /// What is to be seen in a half.
    fn wanted(
        &mut self,
        number: usize,
        shows_eye: bool,
        fit: Fit,
        stage: Stage<'_>,
    ) -> Option<Wanted> {
        let serial = u64::from(*self.serials.get(number)?) << 2 | number as u64;
        let (key, make, group): (u64, crate::tui::surface::Make, u64) = if shows_eye {
            let eye = Arc::clone(self.eye.as_ref()?);
            let (grid, wide) = (self.shows_grid, wide(&fit, stage.caps).0);
            let has_colours = stage.caps.wants_colours;
            let mut hasher = DefaultHasher::new();
            (serial, &eye.hash, eye.side, eye.grid, eye.content).hash(&mut hasher);
            grid.then_some((wide, has_colours)).hash(&mut hasher);
            let black = || Pixels::new(1, 1, Kind::Grey, vec![0]).expect("one pixel");
            let make = move || eye.pixels(grid, wide, has_colours).unwrap_or_else(black);
            (hasher.finish(), Arc::new(make), !serial)
        } else {
            let scene = self.scene(number, serial, &fit, stage.caps)?;
            (scene.key(), Arc::new(move || scene.pixels()), serial)
        };
        let half = self.halves.get_mut(number)?.as_mut()?;
        // zoom and place are no part of the key, but a drag of them is a change too
        let mut hasher = DefaultHasher::new();
        let part = [fit.part.x, fit.part.y, fit.part.width, fit.part.height];
        (key, part.map(f64::to_bits)).hash(&mut hasher);
        let quality = half.pace.quality(hasher.finish(), stage.now);
        Some(Wanted {
            pane: u8::from(number == 1),
            key,
            group,
            fit,
            quality,
            make,
        })
    }

    fn scene(&self, number: usize, serial: u64, fit: &Fit, caps: &Caps) -> Option<Scene> {
        let half = self.halves.get(number)?.as_ref()?;
        let there = half.there.as_ref()?;
        Some(Scene {
            serial,
            slice: there.slice,
            frame: Arc::clone(&there.frame),
            shade: Arc::clone(&there.shade),
            is_inverted: half.is_inverted,
            outlines: self.outlines(half, there),
            wide: wide(fit, caps),
            has_colours: caps.wants_colours,
        })
    }

    /// What is drawn into a picture: places of answers below, then marks, then the shape that is being drawn.
    fn outlines(&self, half: &Half, there: &There) -> Vec<(Shape, Ink)> {
        let boxes = self
            .marks
            .boxes(half.id, there.slice)
            .filter(|_| self.shows_boxes);
        let mut outlines: Vec<(Shape, Ink)> = boxes
            .map(|(_, it)| (Shape::Edges(it.pixels), Ink::Named))
            .collect();
        let draft = self.draft.filter(|_| self.is_front(half));
        let is_replaced = |mark: &Mark| draft.is_some_and(|it| it.of == Some(mark.key));
        outlines.extend(
            self.marks_here(half)
                .filter(|it| !is_replaced(it))
                .map(|mark| {
                    let is_chosen = self.marks.chosen == Some(mark.key);
                    let ink = if is_chosen { Ink::Chosen } else { Ink::Mark };
                    (Shape::Figure(mark.figure), ink)
                }),
        );
        let size = (there.frame.width, there.frame.height);
        let figure = draft.and_then(|it| it.figure(size));
        outlines.extend(figure.map(|it| (Shape::Figure(it), Ink::Draft)));
        outlines
    }

    /// The marks of what is seen.
    pub(super) fn marks_here<'a>(&'a self, half: &'a Half) -> impl Iterator<Item = &'a Mark> {
        let spot = half.spot();
        let marks = self.marks.of(half.id);
        marks.filter(move |mark| spot.is_some_and(|it| it.has(mark)))
    }

    /// Names over the picture: where, what, and whether it is chosen.
    pub(super) fn labels(&self, half: &Half) -> Vec<(marks::At, String, bool)> {
        let slice = half.there.as_ref().map_or(half.slice, |it| it.slice);
        let boxes = self
            .marks
            .boxes(half.id, slice)
            .filter(|_| self.shows_boxes);
        let named = boxes.map(|(number, it)| {
            let [top, left, ..] = it.pixels;
            let label = printable_line(&it.label);
            ((left, top), format!("{number} {label}"), false)
        });
        let marks = self.marks_here(half).map(|it| {
            let is_chosen = self.marks.chosen == Some(it.key);
            (it.corner(), it.name(), is_chosen)
        });
        named.chain(marks).collect()
    }

    /// Lines below a picture: the value and the tool, the shape that is drawn, then the marks, the chosen one first.
    fn foot(&self, number: usize) -> Vec<FootLine> {
        let Some(half) = self.halves.get(number).and_then(Option::as_ref) else {
            return Vec::new();
        };
        let is_front = self.is_front(half);
        let left = self.draft_line(half).or_else(|| self.probe_line(half));
        let right = is_front
            .then(|| self.tool_line())
            .filter(|_| !self.shows_eye);
        let mut lines = vec![FootLine {
            name: String::new(),
            text: left.unwrap_or_default(),
            right: right.unwrap_or_default(),
            look: FootLook::Value,
        }];
        if self.shows_eye && is_front {
            return lines;
        }
        let Some(there) = &half.there else {
            return lines;
        };
        let mut marks: Vec<&Mark> = self.marks.of(half.id).collect();
        let spot = half.spot();
        let is_here = |mark: &Mark| spot.is_some_and(|it| it.has(mark));
        marks.sort_by_key(|it| (self.marks.chosen != Some(it.key), !is_here(it)));
        lines.extend(marks.into_iter().map(|mark| {
            let text = if is_here(mark) {
                marks::line(mark, &there.frame, self.lang)
            } else {
                elsewhere(mark, self.lang)
            };
            let look = match (is_here(mark), self.marks.chosen == Some(mark.key)) {
                (_, true) => FootLook::Chosen,
                (true, false) => FootLook::Here,
                (false, false) => FootLook::Elsewhere,
            };
            FootLine {
                name: mark.name(),
                text,
                right: String::new(),
                look,
            }
        }));
        lines
    }
}

/// Where a mark is that is not seen.
fn elsewhere(mark: &Mark, lang: Lang) -> String {
    let plane = mark.plane.map(|it| super::text::plane(it, lang));
    let plane = plane.map_or_else(String::new, |it| format!("{it} "));
    let what = match mark.figure {
        Figure::Region(_) => lang.pick("region", "区域"),
        Figure::Ruler(..) => lang.pick("ruler", "测距线"),
    };
    match lang {
        Lang::En => format!("{what} on {plane}slice {}", mark.slice + 1),
        Lang::Zh => format!("{what}，位于{plane}第 {} 层", mark.slice + 1),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FootLook {
    Value,
    Chosen,
    Here,
    Elsewhere,
}

#[derive(Debug)]
struct FootLine {
    name: String,
    text: String,
    right: String,
    look: FootLook,
}

fn foot_lines(lines: &[FootLine], area: Rect, stage: Stage<'_>, buf: &mut Buffer) {
    let theme = stage.theme;
    let mut paper = Paper::new(theme, buf, area);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        let style = match line.look {
            FootLook::Value | FootLook::Here => theme.text,
            FootLook::Chosen => theme.accent,
            FootLook::Elsewhere => theme.dim,
        };
        let mark = match line.look {
            FootLook::Value => "",
            FootLook::Chosen => theme.symbols.bar,
            FootLook::Here | FootLook::Elsewhere => " ",
        };
        let gap = if line.name.is_empty() { "" } else { " " };
        let text = format!("{mark}{}{gap}{}", line.name, line.text);
        paper.left(row, &text, style);
        // whole or not at all, beside the value
        let room = area.width.saturating_sub(super::paper::width(&text) + 2);
        if !line.right.is_empty() && super::paper::width(&line.right) <= room {
            paper.right(row, &line.right, theme.dim);
        }
    }
}
