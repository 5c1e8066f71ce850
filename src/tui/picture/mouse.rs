//! Presses, drags and the wheel in, windows, slices, zoom, marks and the probe out. Positions come with these only.

use crate::imaging::preset::WindowChoice;
use crate::imaging::window::Window;
use crate::tui::surface::Fit;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::half::Half;
use super::marking::pixel;
use super::marks::{At, Draft};
use super::msg::{Effect, Go, ZoomBy};
use super::{Viewer, window};

/// What is being dragged, from where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Drag {
    /// A press that may become a shape.
    Press { from: (u16, u16), at: At },
    /// The window, from what it was, by steps.
    Window {
        from: (u16, u16),
        window: Window,
        step: f64,
    },
    /// What is seen, from what was in the middle.
    Pan { from: (u16, u16), centre: At },
}

/// The place of the picture at a cell of the screen; the nearest one when the cell is beside it.
fn place_at(fit: &Fit, column: u16, row: u16) -> At {
    let share = |at: u16, first: u16, n: u16| {
        let at = at.clamp(first, first.saturating_add(n.saturating_sub(1)));
        (f64::from(at - first) + 0.5) / f64::from(n.max(1))
    };
    let x = fit.part.x + share(column, fit.cells.x, fit.cells.width) * fit.part.width;
    let y = fit.part.y + share(row, fit.cells.y, fit.cells.height) * fit.part.height;
    super::marks::within((x, y), fit.size)
}

/// Cells from one to another: to the right, and down.
fn off(from: (u16, u16), to: (u16, u16)) -> (f64, f64) {
    let off = |a: u16, b: u16| f64::from(b) - f64::from(a);
    (off(from.0, to.0), off(from.1, to.1))
}

impl Viewer {
    /// The half that a cell of the screen belongs to.
    fn half_at(&self, column: u16, row: u16) -> Option<usize> {
        let at = (column, row).into();
        let has = |half: &Option<Half>| half.as_ref().is_some_and(|it| it.drawn.area.contains(at));
        self.halves.iter().position(has)
    }

    /// Whether a position is the pane's: then its events are, and those of a drag that began here.
    pub fn takes_mouse(&self, column: u16, row: u16) -> bool {
        self.drag.is_some() || self.half_at(column, row).is_some()
    }

    fn fit(&self) -> Option<Fit> {
        self.half()?.drawn.fit
    }

    pub(super) fn mouse(&mut self, event: MouseEvent) -> Vec<Effect> {
        let cell = (event.column, event.row);
        match event.kind {
            MouseEventKind::Down(button) => {
                let Some(pane) = self.half_at(cell.0, cell.1) else {
                    return Vec::new();
                };
                self.front_to(pane);
                self.press(button, event.modifiers, cell)
            }
            MouseEventKind::Drag(_) => self.drag(cell),
            MouseEventKind::Up(_) => self.release(),
            MouseEventKind::ScrollDown => self.wheel(cell, event.modifiers, true),
            MouseEventKind::ScrollUp => self.wheel(cell, event.modifiers, false),
            _ => Vec::new(),
        }
    }

    fn press(
        &mut self,
        button: MouseButton,
        modifiers: KeyModifiers,
        from: (u16, u16),
    ) -> Vec<Effect> {
        let Some(fit) = self.fit() else {
            return Vec::new();
        };
        let (x, y, part) = (from.0, from.1, fit.part);
        let centre = (part.x + part.width / 2.0, part.y + part.height / 2.0);
        let is_pan = button == MouseButton::Middle
            || (button == MouseButton::Left && modifiers.contains(KeyModifiers::SHIFT));
        self.drag = match button {
            _ if is_pan => Some(Drag::Pan { from, centre }),
            MouseButton::Right if self.shows_eye => None,
            MouseButton::Right => match self.half().and_then(Half::window_and_step) {
                Some((window, step)) => Some(Drag::Window { from, window, step }),
                None => return self.no_window(),
            },
            _ if fit.pixel_at(x, y).is_none() => None,
            _ => {
                self.draft = None;
                self.look_at(place_at(&fit, x, y));
                let at = place_at(&fit, x, y);
                Some(Drag::Press { from, at })
            }
        };
        Vec::new()
    }

    /// Puts the probe on a place.
    fn look_at(&mut self, at: At) {
        let size = self.looked_size();
        if let Some(half) = self.half_mut() {
            half.probe = size.and_then(|size| pixel(at, size));
        }
    }

    fn drag(&mut self, to: (u16, u16)) -> Vec<Effect> {
        let (Some(drag), Some(fit)) = (self.drag, self.fit()) else {
            return Vec::new();
        };
        match drag {
            Drag::Window { from, window, step } => {
                let (across, down) = off(from, to);
                // a row is as far as so many columns
                let tall = f64::from(fit.cell.height) / f64::from(fit.cell.width.max(1));
                let window = window::moved(&window, step, across, down * tall);
                self.look_through(Some(WindowChoice::Numbers(window)))
            }
            Drag::Pan { from, centre } => {
                let (across, down) = off(from, to);
                self.pan_from(centre, -across, -down);
                Vec::new()
            }
            Drag::Press { from, at } => {
                let here = place_at(&fit, to.0, to.1);
                self.look_at(here);
                let is_shape = !self.shows_eye && (from != to || self.draft.is_some());
                if is_shape {
                    self.draft = Some(Draft {
                        tool: self.tool,
                        from: at,
                        to: here,
                        of: None,
                        is_dragged: true,
                    });
                }
                Vec::new()
            }
        }
    }

    /// Keeps the shape that was dragged; a press without a drag chooses the region around it.
    fn release(&mut self) -> Vec<Effect> {
        let Some(Drag::Press { at, .. }) = self.drag.take() else {
            return Vec::new();
        };
        if self.draft.is_some_and(|it| it.is_dragged) {
            return self.accept();
        }
        let half = self.halves.get(self.front).and_then(Option::as_ref);
        let spot = half.and_then(Half::spot);
        if let Some(spot) = spot.filter(|_| !self.shows_eye) {
            let size = (spot.frame.width, spot.frame.height);
            let around = pixel(at, size).and_then(|at| self.marks.around(spot, at));
            self.marks.chosen = around;
        }
        Vec::new()
    }

    /// Slices; with Ctrl, and where there is one slice only, zoom.
    fn wheel(&mut self, cell: (u16, u16), modifiers: KeyModifiers, is_down: bool) -> Vec<Effect> {
        let Some(pane) = self.half_at(cell.0, cell.1) else {
            return Vec::new();
        };
        let n_slices = self.halves[pane].as_ref().map_or(1, Half::n_slices);
        if n_slices > 1 && !modifiers.contains(KeyModifiers::CONTROL) {
            let by = if is_down { 1 } else { -1 };
            return self.go(pane, Go::By(by));
        }
        self.front_to(pane);
        let around = self.fit().map(|it| place_at(&it, cell.0, cell.1));
        let by = if is_down { ZoomBy::Out } else { ZoomBy::In };
        self.zoom(by, around);
        Vec::new()
    }
}
