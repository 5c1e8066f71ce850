//! A click, a drag or a turn of the wheel in, what it means where the pointer is out.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::layers::Layer;
use super::{App, Effect};
use crate::tui::layout::Pane;
use crate::tui::talk::scroll::Move;
use crate::tui::{input, pick, picture, rail, talk};

/// Rows of the conversation that one step of the wheel moves.
const WHEEL: usize = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent, now: Instant) -> Vec<Effect> {
        if let Some(border) = self.drag {
            let to = (event.column, event.row);
            if matches!(event.kind, MouseEventKind::Drag(_)) {
                self.layout.drag(&mut self.sizes, border, to);
            } else {
                self.drag = None;
            }
            return Vec::new();
        }
        if !self.layers.is_empty() {
            return self.mouse_on_layer(event, now);
        }
        let is_press = matches!(event.kind, MouseEventKind::Down(_));
        if is_press && let Some(border) = self.layout.border_at(event.column, event.row) {
            self.drag = Some(border);
            return Vec::new();
        }
        // what was begun in the picture goes on in it, wherever the pointer is
        let pane = match event.kind {
            MouseEventKind::Drag(_) | MouseEventKind::Up(_) => self.pressed,
            _ => self.layout.pane_at(event.column, event.row),
        };
        if is_press {
            self.pressed = pane;
            if let Some(pane) = pane {
                self.wish.give(pane);
            }
        }
        match pane {
            Some(Pane::Picture) => self.viewer_by_hand(picture::Msg::Mouse(event), now),
            Some(Pane::Talk) => self.mouse_on_talk(event, now),
            Some(Pane::Input) => self.mouse_on_input(event, now),
            Some(Pane::Rail) => self.mouse_on_rail(event, now),
            None => Vec::new(),
        }
    }

    fn mouse_on_talk(&mut self, event: MouseEvent, now: Instant) -> Vec<Effect> {
        let Some(area) = self.layout.talk else {
            return Vec::new();
        };
        match event.kind {
            MouseEventKind::ScrollUp => self.talk(talk::Msg::Scroll(Move::Up(WHEEL)), now),
            MouseEventKind::ScrollDown => self.talk(talk::Msg::Scroll(Move::Down(WHEEL)), now),
            MouseEventKind::Down(MouseButton::Left) => {
                let (column, row) = within(event, area);
                self.talk(talk::Msg::Click(column, row), now)
            }
            _ => Vec::new(),
        }
    }

    fn mouse_on_input(&mut self, event: MouseEvent, now: Instant) -> Vec<Effect> {
        match (event.kind, self.layout.input) {
            (MouseEventKind::Down(MouseButton::Left), Some(area)) => {
                let (column, row) = within(event, area);
                self.input(input::Msg::Click(column, row), now)
            }
            _ => Vec::new(),
        }
    }

    fn mouse_on_rail(&mut self, event: MouseEvent, now: Instant) -> Vec<Effect> {
        let Some(area) = self.layout.rail else {
            return Vec::new();
        };
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let (column, row) = within(event, area);
                self.rail(rail::Msg::Click(column, row), now)
            }
            MouseEventKind::ScrollUp => self.rail(rail::Msg::Scroll(-1), now),
            MouseEventKind::ScrollDown => self.rail(rail::Msg::Scroll(1), now),
            _ => Vec::new(),
        }
    }

    fn mouse_on_layer(&mut self, event: MouseEvent, now: Instant) -> Vec<Effect> {
        let area = self.layer_area();
        let (column, row) = within(event, area);
        let is_inside = area.contains(Position::new(event.column, event.row));
        let wheel = match event.kind {
            MouseEventKind::ScrollUp => Some(false),
            MouseEventKind::ScrollDown => Some(true),
            _ => None,
        };
        let is_press = matches!(event.kind, MouseEventKind::Down(MouseButton::Left));
        match (self.layers.last_mut(), wheel) {
            (Some(Layer::Pick(_)), Some(down)) => {
                let go = if down {
                    pick::list::Move::Down
                } else {
                    pick::list::Move::Up
                };
                self.pick(pick::Msg::Move(go), now)
            }
            (Some(Layer::Pick(_)), None) if is_press && is_inside => {
                self.pick(pick::Msg::Click(column, row), now)
            }
            (Some(Layer::Text(sheet)), Some(down)) => {
                let by = if down {
                    Move::Down(WHEEL)
                } else {
                    Move::Up(WHEEL)
                };
                drop(sheet.update(crate::tui::sheets::text::Msg::Scroll(by)));
                Vec::new()
            }
            // a press beside what is open leaves it, unless something would be lost
            (Some(layer), None) if is_press && !is_inside && layer.is_light() => {
                self.layers.pop();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

/// The pointer's place in an area.
fn within(event: MouseEvent, area: Rect) -> (u16, u16) {
    (
        event.column.saturating_sub(area.x),
        event.row.saturating_sub(area.y),
    )
}
