//! The state of everything in, one frame out: panes, lines between them, what lies over them, and which pictures belong where.

use std::time::Instant;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::App;
use super::layers::Layer;
use crate::tui::layout::{Kind, Pane};
use crate::tui::picture::Stage;
use crate::tui::sheets::frame::{frame, wipe};
use crate::tui::surface::{HOLE, Wanted};
use crate::tui::terminal::caps::Protocol;

impl App {
    /// Draws everything; returns the pictures that belong into it.
    pub fn view(&mut self, frame: &mut Frame<'_>, now: Instant) -> Vec<Wanted> {
        let (wanted, cursor) = self.paint(frame.buffer_mut(), now);
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
        wanted
    }

    /// The same on a buffer; and where the cursor belongs.
    pub(super) fn paint(
        &mut self,
        buf: &mut Buffer,
        now: Instant,
    ) -> (Vec<Wanted>, Option<Position>) {
        let area = buf.area;
        buf.set_style(area, self.look.theme.text);
        if self.layout.kind == Kind::TooSmall {
            self.layout
                .view(self.wish.focus, &self.look.theme, self.lang, buf);
            return (Vec::new(), None);
        }
        let wanted = self.pictures(area, buf, now);
        let cursor = self.panes(buf, now);
        if self.layers.is_empty() {
            return (wanted, cursor);
        }
        let (over, cursor) = self.top(buf);
        // a picture that is no cells would lie over the letters: covered, it is not seen at all
        let is_cells = matches!(
            self.caps.protocol,
            Protocol::Blocks | Protocol::Ascii | Protocol::KittyInTmux | Protocol::None
        );
        let (seen, covered): (Vec<Wanted>, Vec<Wanted>) = wanted
            .into_iter()
            .partition(|it| is_cells || it.fit.cells.intersection(over).is_empty());
        for at in covered
            .iter()
            .flat_map(|it| it.fit.cells.intersection(area).positions())
        {
            if buf[at].symbol() == HOLE {
                buf[at].set_symbol(" ");
            }
        }
        (seen, cursor)
    }

    fn pictures(&mut self, screen: Rect, buf: &mut Buffer, now: Instant) -> Vec<Wanted> {
        let mut areas = self.layout.pictures.iter().flatten();
        let Some(first) = areas.next().copied() else {
            return Vec::new();
        };
        let area = areas.fold(first, |all, it| all.union(*it));
        let stage = Stage {
            theme: &self.look.theme,
            caps: &self.caps,
            area,
            screen,
            now,
        };
        self.viewer.view(stage, self.lang, buf)
    }

    fn panes(&self, buf: &mut Buffer, now: Instant) -> Option<Position> {
        let (theme, lang, focus) = (&self.look.theme, self.lang, self.wish.focus);
        self.title.view(&self.layout, focus, theme, lang, buf);
        self.layout.view(focus, theme, lang, buf);
        if let Some(area) = self.layout.rail {
            self.rail.view(focus == Pane::Rail, theme, lang, area, buf);
        }
        let mut cursor = None;
        if let Some(area) = self.layout.talk {
            let at = self.talk.view(theme, area, buf);
            cursor = at.filter(|_| focus == Pane::Talk);
        }
        if let Some(area) = self.layout.gauge {
            match &self.too_much {
                Some(why) => {
                    buf.set_stringn(area.x, area.y, why, usize::from(area.width), theme.over);
                }
                None => self.gauge.view(theme, lang, area, buf),
            }
        }
        if let Some(area) = self.layout.progress {
            self.progress.view(now, theme, lang, area, buf);
        }
        if let (Some(area), Some(player)) = (self.layout.player, &self.player) {
            player.view(theme, lang, area, buf);
        }
        if let Some(area) = self.layout.input {
            let above = self.layout.talk.unwrap_or(Rect { height: 0, ..area });
            let at = self.input.view(theme, area, above, buf);
            cursor = cursor.or(at.filter(|_| focus == Pane::Input));
        }
        if let Some(area) = self.layout.status {
            self.status.view(theme, lang, area, buf);
        }
        cursor
    }

    /// Where what lies over everything has its place.
    pub(super) fn layer_area(&self) -> Rect {
        let area = self.area;
        let body = Rect {
            height: area
                .height
                .saturating_sub(self.layout.status.map_or(1, |it| it.height)),
            ..area
        };
        match self.layers.last() {
            Some(Layer::Line(..) | Layer::Confirm(..)) => {
                let width = body.width.min(100);
                Rect {
                    x: body.x + (body.width - width) / 2,
                    y: body.y + body.height / 2,
                    width,
                    height: body.height.min(4),
                }
                .intersection(body)
            }
            Some(Layer::Pick(_) | Layer::Grid) => body,
            _ if body.width < 80 || body.height < 20 => body,
            _ => {
                let width = (body.width * 4 / 5).clamp(76, 140).min(body.width);
                let height = (body.height * 4 / 5).clamp(18, 50).min(body.height);
                Rect {
                    x: body.x + (body.width - width) / 2,
                    y: body.y + (body.height - height) / 2,
                    width,
                    height,
                }
            }
        }
    }

    /// Draws what is on top; the cells that it takes, and where the cursor belongs.
    fn top(&self, buf: &mut Buffer) -> (Rect, Option<Position>) {
        let area = self.layer_area();
        let (theme, lang) = (&self.look.theme, self.lang);
        let cursor = match self.layers.last() {
            Some(Layer::Pick(picker)) => {
                return (picker.outer(area), picker.view(theme, area, buf));
            }
            Some(Layer::Text(sheet)) => sheet.view(theme, lang, area, buf),
            Some(Layer::Paper(paper)) => paper.view(theme, lang, area, buf),
            Some(Layer::Line(_, line)) => {
                let inner = frame("", ("", theme.dim), theme, area, buf);
                line.view(theme, inner, buf)
            }
            Some(Layer::Confirm(_, confirm)) => {
                let inner = frame("", ("", theme.dim), theme, area, buf);
                confirm.view(theme, lang, inner, buf);
                None
            }
            Some(Layer::Grid) => {
                wipe(theme, area, buf);
                let grid = self.grid.as_ref();
                grid.and_then(|it| it.view(theme, lang, area, buf))
            }
            None => None,
        };
        (area, cursor)
    }
}
