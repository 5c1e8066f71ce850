//! What one pane wants and what the terminal has of it in; commands, marks on cells and jobs for the worker out.

use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::{Position, Rect};

use super::fit::{Fit, Part, whole};
use super::kitty::{self, Source};
use super::worker::{Done, Encoded, Job, Way};
use super::{ACKNOWLEDGE, HOLE, LONGEST_REST, Quality, SLOW, Turn, Wanted, wrap};
use crate::tui::terminal::probe::Protocol;
use crate::tui::terminal::writer::TtyWriter;

/// What the terminal was sent by kitty's protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sent {
    id: u32,
    /// The number of its upload.
    nth: u64,
    key: u64,
    group: u64,
    quality: Quality,
    part: Part,
    size: (usize, usize),
    /// Of the picture as a whole.
    picture: (usize, usize),
    is_written: bool,
}

/// What the terminal was told to show.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Placed {
    id: u32,
    source: Source,
    cells: Rect,
}

/// A picture drawn where it is, that cannot be moved or taken back.
#[derive(Debug)]
struct Drawn {
    done: Done,
    /// The cells of it that had letters.
    letters: Vec<Position>,
}

/// What a job was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Asked {
    key: u64,
    group: u64,
    quality: Quality,
    fit: Fit,
    way: Way,
}

pub(super) struct Pane {
    pub(super) number: u8,
    process: u32,
    /// Of the next job.
    serial: u64,
    /// Jobs before this one were for another terminal or another picture.
    valid_from: u64,
    asked: Option<(u64, Asked)>,
    ready: Option<Done>,
    sent: Vec<Sent>,
    placed: Option<Placed>,
    /// What is placed may be gone, or elsewhere.
    is_in_doubt: bool,
    drawn: Option<Drawn>,
    stamped: Option<Done>,
    /// Key, group and place of what is wanted, and since when.
    wish: Option<(u64, u64, Fit, Instant)>,
}

impl Pane {
    pub(super) fn new(number: u8, process: u32) -> Self {
        Self {
            number,
            process,
            serial: 0,
            valid_from: 0,
            asked: None,
            ready: None,
            sent: Vec::new(),
            placed: None,
            is_in_doubt: false,
            drawn: None,
            stamped: None,
            wish: None,
        }
    }

    pub(super) fn shown(&self) -> Option<(u64, Quality)> {
        if let Some(placed) = self.placed {
            let sent = self.sent.iter().find(|it| it.id == placed.id)?;
            return Some((sent.key, sent.quality));
        }
        let done = self
            .drawn
            .as_ref()
            .map(|it| &it.done)
            .or(self.stamped.as_ref())?;
        Some((done.key, done.quality))
    }

    /// Whether something is being encoded or waits to be sent.
    #[cfg(test)]
    pub(super) fn is_busy(&self) -> bool {
        self.asked.is_some() || self.ready.is_some()
    }

    pub(super) fn retire(&mut self, protocol: Protocol, writer: &TtyWriter) {
        for sent in std::mem::take(&mut self.sent) {
            writer.picture(&kitty::delete(sent.id, wrap(protocol)));
            writer.freed(sent.id);
        }
        self.lost_all();
    }

    pub(super) fn lost_all(&mut self) {
        *self = Self {
            serial: self.serial,
            valid_from: self.serial,
            ..Self::new(self.number, self.process)
        };
    }

    pub(super) fn disturbed(&mut self) {
        self.is_in_doubt = true;
        self.drawn = None;
    }

    pub(super) fn lost(&mut self, id: u32) {
        self.sent.retain(|it| it.id != id);
        self.placed = self.placed.filter(|it| it.id != id);
    }

    pub(super) fn uploaded(&mut self, nth: u64) {
        for sent in self.sent.iter_mut().filter(|it| it.nth == nth) {
            sent.is_written = true;
        }
    }

    /// Whether this upload is for this pane.
    pub(super) fn is_sending(&self, nth: u64) -> bool {
        self.sent.iter().any(|it| it.nth == nth)
    }

    /// Makes a draft of what is wanted in full while it changes faster than the link can take it; until when.
    ///
    /// `full_took` is the time of the last picture in full. What has stood still for half of it is likely to be looked at.
    pub(super) fn ease(
        &mut self,
        wanted: &mut Wanted,
        full_took: Option<Duration>,
        now: Instant,
    ) -> Option<Instant> {
        let same = |it: &(u64, u64, Fit, Instant)| {
            (it.0, it.1, it.2) == (wanted.key, wanted.group, wanted.fit)
        };
        let new = (wanted.key, wanted.group, wanted.fit, now);
        let (.., since) = *self.wish.insert(self.wish.filter(same).unwrap_or(new));
        let took = full_took.filter(|it| *it > SLOW)?;
        let until = since + (took / 2).min(LONGEST_REST);
        if now >= until || wanted.quality == Quality::Draft {
            return None;
        }
        wanted.quality = Quality::Draft;
        Some(until)
    }

    pub(super) fn draw(
        &mut self,
        wanted: Option<&Wanted>,
        buffer: &mut Buffer,
        turn: &mut Turn<'_>,
    ) {
        let holes = wanted.map_or_else(Vec::new, |it| take_holes(it.fit.cells, buffer));
        let done = turn.worker.take(self.number);
        if let Some(done) = done.filter(|it| it.serial >= self.valid_from) {
            self.asked = self.asked.filter(|it| it.0 != done.serial);
            self.ready = Some(done);
        }
        let room = turn.caps.room(buffer.area, buffer.area);
        let wanted = wanted.filter(|it| room.intersection(it.fit.cells) == it.fit.cells);
        let mut canvas = Canvas { buffer, holes };
        match turn.caps.protocol {
            Protocol::Kitty | Protocol::KittyInTmux => self.draw_kitty(wanted, &mut canvas, turn),
            Protocol::Iterm | Protocol::Sixel => self.draw_inline(wanted, &mut canvas, turn),
            Protocol::Blocks | Protocol::Ascii => self.draw_cells(wanted, &mut canvas),
            Protocol::None => return,
        }
        if let Some(wanted) = wanted {
            self.ask(wanted, turn);
        }
    }

    /// Lets the worker encode what is wanted, unless the terminal has it or it is under way.
    fn ask(&mut self, wanted: &Wanted, turn: &Turn<'_>) {
        let Some(way) = turn.way(wanted) else { return };
        let asked = Asked {
            key: wanted.key,
            group: wanted.group,
            quality: wanted.quality,
            fit: wanted.fit,
            way,
        };
        let is_ready = self.ready.as_ref().is_some_and(|it| serves(it, &asked));
        let is_asked = self.asked.is_some_and(|it| it.1 == asked);
        if is_ready || is_asked || self.has(&asked) || !turn.is_link_free() {
            return;
        }
        self.asked = Some((self.serial, asked));
        self.serial += 1;
        turn.worker.submit(Job {
            pane: self.number,
            serial: self.serial - 1,
            key: wanted.key,
            group: wanted.group,
            quality: wanted.quality,
            fit: wanted.fit,
            way,
            make: wanted.make.clone(),
        });
    }

    /// Whether the terminal has it, or will have when everything on its way has arrived.
    fn has(&self, asked: &Asked) -> bool {
        let Way::Kitty { part, size } = asked.way else {
            let drawn = self.drawn.as_ref().map(|it| &it.done);
            return drawn
                .or(self.stamped.as_ref())
                .is_some_and(|it| serves(it, asked));
        };
        self.sent.last().is_some_and(|it| {
            it.key == asked.key
                && it.group == asked.group
                && it.quality >= asked.quality
                && it.part.contains(part, 1e-6)
                && is_fine_enough(it, part, size)
        })
    }

    // Kitty: data and places are two things.

    fn draw_kitty(
        &mut self,
        wanted: Option<&Wanted>,
        canvas: &mut Canvas<'_>,
        turn: &mut Turn<'_>,
    ) {
        self.upload(turn);
        let newest = self.sent.iter().rfind(|it| it.is_written).copied();
        let place = wanted.zip(newest).and_then(|(wanted, sent)| {
            let source = source(&sent, wanted)?;
            Some(Placed {
                id: sent.id,
                source,
                cells: wanted.fit.cells,
            })
        });
        if turn.caps.protocol == Protocol::KittyInTmux {
            self.place_in_tmux(place, canvas, turn);
        } else {
            self.place(place, turn);
        }
        if self.placed.is_some() {
            self.delete_replaced(turn);
        }
    }

    /// Sends what is ready, in the background, when nothing else is on its way.
    fn upload(&mut self, turn: &mut Turn<'_>) {
        if !turn.is_link_free() {
            return;
        }
        let Some(done) = self.ready.take() else {
            return;
        };
        let Encoded::Png { bytes, part, size } = done.encoded else {
            return;
        };
        let id = self.free_id();
        if self.sent.iter().any(|it| it.id == id) {
            // sent, but not shown any more, or never
            self.sent.retain(|it| it.id != id);
            turn.writer.picture(&kitty::delete(id, turn.wrap()));
            turn.writer.freed(id);
        }
        let mut commands = kitty::upload(id, &bytes, turn.wrap());
        if turn.caps.answers {
            commands.push(ACKNOWLEDGE.to_vec());
        }
        let n_bytes = commands.iter().map(Vec::len).sum();
        let nth = turn.writer.upload(id, commands);
        turn.takes_off(Some(nth), done.quality, n_bytes);
        self.sent.push(Sent {
            id,
            nth,
            key: done.key,
            group: done.group,
            quality: done.quality,
            part,
            size,
            picture: done.fit.size,
            is_written: false,
        });
    }

    /// The one of the pane's two ids that the terminal has nothing of; else that of the older one that is not on the screen.
    fn free_id(&self) -> u32 {
        let ids = [false, true].map(|turn| kitty::id(self.process, self.number, turn));
        let is_new = |id: &u32| self.sent.iter().all(|it| it.id != *id);
        let is_hidden = |id: &u32| self.placed.is_none_or(|it| it.id != *id);
        let new = ids.into_iter().find(|id| is_new(id) && is_hidden(id));
        let mut old = self.sent.iter().map(|it| it.id);
        new.or_else(|| old.find(is_hidden))
            .expect("one of two is on the screen")
    }

    fn place(&mut self, place: Option<Placed>, turn: &Turn<'_>) {
        let is_in_doubt = std::mem::take(&mut self.is_in_doubt);
        if self.placed == place && !is_in_doubt {
            return;
        }
        if let Some(place) = place {
            let command = kitty::place(place.id, place.source, place.cells);
            turn.writer.picture(command.as_bytes());
            turn.writer.moved();
        } else if let Some(placed) = self.placed {
            turn.writer.picture(kitty::hide(placed.id).as_bytes());
        }
        self.placed = place;
    }

    /// The placement is virtual: cells show it, so that tmux knows where it is.
    fn place_in_tmux(&mut self, place: Option<Placed>, canvas: &mut Canvas<'_>, turn: &Turn<'_>) {
        let most = kitty::MOST_CELLS;
        let place = place.filter(|it| it.cells.width <= most && it.cells.height <= most);
        let Some(place) = place else { return };
        let size = |it: Placed| (it.id, it.cells.as_size());
        let is_in_doubt = std::mem::take(&mut self.is_in_doubt);
        if self.placed.map(size) != Some(size(place)) || is_in_doubt {
            let command = kitty::place_virtual(place.id, place.cells, turn.wrap());
            turn.writer.picture(&command);
        }
        self.placed = Some(place);
        let mut last = None;
        for (at, cell) in canvas.holes() {
            let (column, row) = (at.x - place.cells.x, at.y - place.cells.y);
            let continues = column > 0 && last == Some((column - 1, row));
            *cell = kitty::placeholder(place.id, column, row, continues);
            last = Some((column, row));
        }
    }

    /// What stands on the screen replaced the rest.
    fn delete_replaced(&mut self, turn: &Turn<'_>) {
        let shown = self.placed.map(|it| it.id);
        let is_old = |it: &Sent| it.is_written && Some(it.id) != shown;
        for sent in self.sent.iter().filter(|it| is_old(it)) {
            turn.writer.picture(&kitty::delete(sent.id, turn.wrap()));
            turn.writer.freed(sent.id);
        }
        self.sent.retain(|it| !is_old(it));
    }

    // Sixel and iTerm2: drawn over the cells, gone when something else is drawn there.

    fn draw_inline(
        &mut self,
        wanted: Option<&Wanted>,
        canvas: &mut Canvas<'_>,
        turn: &mut Turn<'_>,
    ) {
        let is_there = |it: &Drawn| {
            wanted.is_some_and(|wanted| {
                wanted.group == it.done.group && wanted.fit.cells == it.done.fit.cells
            })
        };
        if let Some(gone) = self.drawn.take_if(|it| !is_there(it)) {
            let area = canvas.buffer.area;
            for at in gone.done.fit.cells.intersection(area).positions() {
                canvas.buffer[at].set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
        let Some(wanted) = wanted else { return };
        let cells = wanted.fit.cells;
        let mut holes = canvas.holes.iter().peekable();
        let is_letter = |it: &Position| holes.next_if(|hole| *hole == it).is_none();
        let letters: Vec<Position> = cells.positions().filter(is_letter).collect();
        let serves = |it: &mut Done| it.group == wanted.group && it.fit == wanted.fit;
        let mut next = None;
        if turn.is_link_free() {
            next = self.ready.take_if(serves);
            if next.is_none()
                && self
                    .drawn
                    .as_ref()
                    .is_some_and(|it| uncovers(it, &canvas.holes))
            {
                next = self.drawn.take().map(|it| it.done);
            }
        }
        if let Some(done) = next {
            draw_at(&done, turn);
            for at in &letters {
                canvas.buffer[*at].set_diff_option(CellDiffOption::AlwaysUpdate);
            }
            self.drawn = Some(Drawn { done, letters });
        }
        if self.drawn.is_some() {
            for (_, cell) in canvas.holes() {
                cell.set_diff_option(CellDiffOption::Skip);
            }
        }
    }

    // Half blocks and letters: text like any other.

    fn draw_cells(&mut self, wanted: Option<&Wanted>, canvas: &mut Canvas<'_>) {
        if let Some(done) = self.ready.take() {
            self.stamped = Some(done);
        }
        let Some((wanted, done)) = wanted.zip(self.stamped.as_ref()) else {
            return;
        };
        let (new, old) = (wanted.fit.cells, done.fit.cells);
        let Encoded::Cells(cells) = &done.encoded else {
            return;
        };
        if wanted.group != done.group || new.as_size() != old.as_size() {
            return;
        }
        let width = usize::from(new.width);
        for (at, place) in canvas.holes() {
            let nth = usize::from(at.y - new.y) * width + usize::from(at.x - new.x);
            place.clone_from(&cells[nth]);
        }
    }
}

/// The frame, and the cells of it that a view has left to the picture.
struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// Row by row.
    holes: Vec<Position>,
}

impl Canvas<'_> {
    fn holes(&mut self) -> impl Iterator<Item = (Position, &mut Cell)> {
        let mut holes = self.holes.iter().copied().peekable();
        let area = self.buffer.area;
        let cells = area.positions().zip(&mut self.buffer.content);
        cells.filter(move |(at, _)| holes.next_if_eq(at).is_some())
    }
}

/// Finds the cells that are left to the picture, and blanks them.
fn take_holes(cells: Rect, buffer: &mut Buffer) -> Vec<Position> {
    let area = cells.intersection(buffer.area);
    let is_hole = |it: &Position| buffer[*it].symbol() == HOLE;
    let holes: Vec<Position> = area.positions().filter(is_hole).collect();
    for at in &holes {
        buffer[*at].reset();
    }
    holes
}

/// Whether what is done is what is asked for, or better.
fn serves(done: &Done, asked: &Asked) -> bool {
    done.key == asked.key
        && done.group == asked.group
        && done.quality >= asked.quality
        && done.fit == asked.fit
}

/// Whether letters went away from a picture that cannot be drawn behind them alone.
fn uncovers(drawn: &Drawn, holes: &[Position]) -> bool {
    let order = |it: &Position| (it.y, it.x);
    let is_hole = |it: &Position| holes.binary_search_by_key(&order(it), order).is_ok();
    drawn.letters.iter().any(is_hole)
}

fn draw_at(done: &Done, turn: &mut Turn<'_>) {
    let Encoded::Inline(bytes) = &done.encoded else {
        return;
    };
    let cells = done.fit.cells;
    let to = format!("\x1b[{};{}H", cells.y + 1, cells.x + 1);
    turn.writer.picture(to.as_bytes());
    turn.writer.picture(bytes);
    if turn.caps.answers {
        turn.writer.picture(ACKNOWLEDGE);
        turn.takes_off(None, done.quality, bytes.len());
    }
    turn.writer.moved();
}

/// Pixels that are worth sending once, so that moving within them costs nothing.
const WHOLE: usize = 1 << 20;

/// The part of a picture to send: where the terminal can show a part of what it has, as much as is worth it.
pub(super) fn part_to_send(fit: &Fit, can_crop: bool) -> Part {
    let (width, height) = (fit.size.0 as f64, fit.size.1 as f64);
    // an axis that is seen whole is sent with the black beside it
    let axis = |start: f64, extent: f64, size: f64| {
        if extent >= size {
            (start, extent)
        } else {
            (0.0, size)
        }
    };
    let (x, width) = axis(fit.part.x, fit.part.width, width);
    let (y, height) = axis(fit.part.y, fit.part.height, height);
    let whole = Part {
        x,
        y,
        width,
        height,
    };
    let n_pixels = |part: Part| {
        let (width, height) = fit.pixels_for(part, false);
        width.saturating_mul(height)
    };
    let is_worth_it = n_pixels(whole) <= WHOLE.max(2 * n_pixels(fit.part));
    if can_crop && is_worth_it {
        whole
    } else {
        fit.part
    }
}

/// Whether what was sent has as many pixels for a part as are wanted.
fn is_fine_enough(sent: &Sent, part: Part, size: (usize, usize)) -> bool {
    let has = sent.size.0 as f64 / sent.part.width;
    has * 1.02 >= size.0 as f64 / part.width
}

/// The rectangle of what was sent that a fit shows; `None` when it was not sent, or is of a picture of another size.
fn source(sent: &Sent, wanted: &Wanted) -> Option<Source> {
    let fit = &wanted.fit;
    let per = (
        sent.size.0 as f64 / sent.part.width,
        sent.size.1 as f64 / sent.part.height,
    );
    if sent.group != wanted.group || sent.picture != fit.size || !sent.part.contains(fit.part, 1.0)
    {
        return None;
    }
    let axis = |start: f64, extent: f64, most: usize| {
        let first = whole(start.round()).min(most - 1);
        let n = whole(extent.round()).clamp(1, most - first);
        u32::try_from(first).ok().zip(u32::try_from(n).ok())
    };
    let (x, width) = axis(
        (fit.part.x - sent.part.x) * per.0,
        fit.part.width * per.0,
        sent.size.0,
    )?;
    let (y, height) = axis(
        (fit.part.y - sent.part.y) * per.1,
        fit.part.height * per.1,
        sent.size.1,
    )?;
    Some([x, y, width, height])
}
