//! Keys about zoom, marks and the probe in, the pane's state after them out.

use std::sync::Arc;

use crate::tui::surface::{Fit, Zoom};

use super::half::Half;
use super::marks::{At, Draft, Spot, within};
use super::msg::{Edit, Effect, Go, Probe, Tool, ZoomBy};
use super::{MAX_ZOOM, Viewer, ZOOM_STEP, marks, text};

/// Pixels of the picture that a cell shows, across and down; whole, and at least one.
fn cell(fit: Option<&Fit>) -> At {
    let one = |extent: f64, n: u16| (extent / f64::from(n.max(1))).round().max(1.0);
    fit.map_or((1.0, 1.0), |it| {
        (
            one(it.part.width, it.cells.width),
            one(it.part.height, it.cells.height),
        )
    })
}

/// A place between pixels as the pixel it is in.
pub(super) fn pixel((x, y): At, (width, height): (usize, usize)) -> Option<(usize, usize)> {
    let whole = |at: f64, n: usize| (0..n).rfind(|it| *it as f64 <= at);
    Some((whole(at_least(x), width)?, whole(at_least(y), height)?))
}

fn at_least(place: f64) -> f64 {
    if place.is_nan() { 0.0 } else { place.max(0.0) }
}

impl Half {
    /// Where a mark of what is seen belongs.
    pub(super) fn spot(&self) -> Option<Spot<'_>> {
        let there = self.there.as_ref()?;
        Some(Spot {
            id: self.id,
            slice: there.slice,
            plane: self.view.plane,
            frame: &there.frame,
        })
    }
}

impl Viewer {
    /// Columns and rows of what is looked at: the picture in front, or the square that the model gets.
    pub(super) fn looked_size(&self) -> Option<(usize, usize)> {
        if self.shows_eye {
            return self.eye.as_ref().map(|it| (it.side, it.side));
        }
        self.half()?.size()
    }

    fn zoom_mut(&mut self) -> Option<&mut Zoom> {
        let is_eye = self.shows_eye;
        let half = self.half_mut()?;
        Some(if is_eye {
            &mut half.eye_zoom
        } else {
            &mut half.zoom
        })
    }

    /// What is in the middle now. The screen shows whole pixels; what was asked for is not lost by that.
    fn centre(&self) -> Option<At> {
        let half = self.half()?;
        let part = half.drawn.fit?.part;
        let seen = (part.x + part.width / 2.0, part.y + part.height / 2.0);
        let zoom = if self.shows_eye {
            half.eye_zoom
        } else {
            half.zoom
        };
        let is_near = |it: &At| (it.0 - seen.0).abs() <= 1.0 && (it.1 - seen.1).abs() <= 1.0;
        Some(zoom.centre.filter(is_near).unwrap_or(seen))
    }

    /// Larger or smaller around a place, which stays where it is.
    pub(super) fn zoom(&mut self, by: ZoomBy, around: Option<At>) {
        let centre = self.centre();
        let Some(zoom) = self.zoom_mut() else {
            return;
        };
        let factor = match by {
            ZoomBy::In => zoom.factor * ZOOM_STEP,
            ZoomBy::Out => zoom.factor / ZOOM_STEP,
            ZoomBy::Fit => 1.0,
        };
        // a hair above one is one
        let factor = if factor < 1.01 {
            1.0
        } else {
            factor.min(MAX_ZOOM)
        };
        let share = zoom.factor / factor;
        zoom.factor = factor;
        zoom.centre = centre.filter(|_| factor > 1.0).map(|(x, y)| {
            around.map_or((x, y), |(at_x, at_y)| {
                (at_x + (x - at_x) * share, at_y + (y - at_y) * share)
            })
        });
    }

    /// Moves what is seen, in cells.
    pub(super) fn pan(&mut self, columns: f64, rows: f64) {
        if let Some(centre) = self.centre() {
            self.pan_from(centre, columns, rows);
        }
    }

    /// So many cells from a place, which was in the middle.
    pub(super) fn pan_from(&mut self, centre: At, columns: f64, rows: f64) {
        let Some(fit) = self.half().and_then(|it| it.drawn.fit) else {
            return;
        };
        let per_cell = |extent: f64, n: u16| extent / f64::from(n.max(1));
        let x = centre.0 + columns * per_cell(fit.part.width, fit.cells.width);
        let y = centre.1 + rows * per_cell(fit.part.height, fit.cells.height);
        // no further than an edge goes
        let keep = |at: f64, shown: f64, n: usize| {
            let (half, n) = (shown / 2.0, n as f64);
            if shown >= n {
                n / 2.0
            } else {
                at.clamp(half, n - half)
            }
        };
        let x = keep(x, fit.part.width, fit.size.0);
        let y = keep(y, fit.part.height, fit.size.1);
        if let Some(zoom) = self.zoom_mut() {
            zoom.centre = Some((x, y));
        }
    }

    /// Takes a tool and puts its shape in the middle of what is seen.
    pub(super) fn take_tool(&mut self, tool: Tool) {
        self.tool = tool;
        if self.shows_eye {
            return;
        }
        let half = self.half();
        let seen = half.and_then(|it| Some((it.drawn.fit?, it.size()?)));
        self.draft = seen.map(|(fit, size)| Draft::middle(tool, fit.part, size));
        self.is_probing = false;
    }

    pub(super) fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        let half = self.halves.get(self.front).and_then(Option::as_ref);
        let (Some(half), Some(draft)) = (half, &mut self.draft) else {
            return Vec::new();
        };
        match edit {
            Edit::Drop => {
                self.draft = None;
                self.drag = None;
                Vec::new()
            }
            Edit::Accept => self.accept(),
            edit => {
                if let Some(size) = half.size() {
                    draft.edit(edit, cell(half.drawn.fit.as_ref()), size);
                }
                Vec::new()
            }
        }
    }

    /// Keeps the shape that is being drawn as a mark.
    pub(super) fn accept(&mut self) -> Vec<Effect> {
        let half = self.halves.get(self.front).and_then(Option::as_ref);
        let (Some(draft), Some(spot)) = (self.draft.take(), half.and_then(Half::spot)) else {
            return Vec::new();
        };
        let size = (spot.frame.width, spot.frame.height);
        let Some(figure) = draft.figure(size) else {
            return Vec::new();
        };
        self.marks.put(draft.of, figure, spot).into_iter().collect()
    }

    /// Chooses a mark of the picture in front and goes to its slice.
    pub(super) fn choose(&mut self, is_next: bool) -> Vec<Effect> {
        let Some(half) = self.half() else {
            return Vec::new();
        };
        let (id, plane) = (half.id, half.view.plane);
        let Some(mark) = self.marks.choose(id, is_next) else {
            return Vec::new();
        };
        if mark.plane != plane {
            let said = text::in_plane(&mark.name(), mark.plane, self.lang);
            return vec![Effect::Say(said)];
        }
        let slice = mark.slice;
        self.go(self.front, Go::To(slice))
    }

    /// The chosen mark as a shape that is being drawn.
    pub(super) fn change(&mut self) {
        let spot = self.half().and_then(Half::spot);
        let mark = self.marks.chosen();
        let here = mark.filter(|mark| spot.is_some_and(|it| it.has(mark)));
        if !self.shows_eye {
            self.draft = here.map(Draft::of);
        }
    }

    pub(super) fn remove(&mut self) -> Vec<Effect> {
        let id = self.half().map(|it| it.id);
        self.draft = None;
        let removed = id.and_then(|id| self.marks.remove(id));
        let said = removed.map(|it| Effect::Say(text::removed(&it.name(), self.lang)));
        said.into_iter().collect()
    }

    pub(super) fn probe(&mut self, probe: Probe) {
        let (Some(size), Some(centre)) = (self.looked_size(), self.centre()) else {
            return;
        };
        self.draft = None;
        let Some(half) = self.half_mut() else {
            return;
        };
        let step = cell(half.drawn.fit.as_ref());
        let from = half
            .probe
            .map_or(centre, |(x, y)| (x as f64 + 0.5, y as f64 + 0.5));
        let by = |x: i8, y: i8, step: At| {
            let last = (size.0 as f64 - 0.5, size.1 as f64 - 0.5);
            let x = (from.0 + f64::from(x) * step.0).clamp(0.5, last.0.max(0.5));
            (
                x,
                (from.1 + f64::from(y) * step.1).clamp(0.5, last.1.max(0.5)),
            )
        };
        let at = match probe {
            Probe::Toggle => {
                half.probe = half.probe.or_else(|| pixel(within(centre, size), size));
                self.is_probing = !self.is_probing;
                return;
            }
            Probe::Move(x, y) => by(x, y, step),
            Probe::MoveFine(x, y) => by(x, y, (1.0, 1.0)),
        };
        half.probe = pixel(at, size);
        self.is_probing = true;
    }

    /// The line of what is chosen, else that of the probe.
    pub(super) fn copy(&self) -> Vec<Effect> {
        let Some(half) = self.half() else {
            return Vec::new();
        };
        let frame = half.there.as_ref().map(|it| Arc::clone(&it.frame));
        let spot = half.spot();
        let mark = self.marks.chosen();
        let mark = mark.filter(|mark| spot.is_some_and(|it| it.has(mark)));
        let text = match (mark, frame) {
            (Some(mark), Some(frame)) => {
                let line = marks::line(mark, &frame, self.lang);
                Some(format!("{} {line}", mark.name()))
            }
            _ => self.probe_line(half),
        };
        text.map(Effect::Copy).into_iter().collect()
    }
}
