//! Pictures and where they belong in, the bytes and cells that show them in this terminal's way out; none when nothing changed.
//!
//! A view says what it wants to see ([`Wanted`]: a key for what the pixels are, a [`Fit`] for where, and how well), in every
//! frame. [`Surface::draw`] compares that with what the terminal has, lets a worker encode what is missing, sends it, and
//! deletes what it replaces. What is not wanted in a frame is hidden in it: that is how pictures go under overlays.
//!
//! A view leaves cells to a picture with [`Wanted::mark`], and may then write letters over it; they stay readable in every way.

mod cells;
pub mod fit;
mod iterm;
mod kitty;
mod pane;
pub mod pixels;
mod sixel;
#[cfg(test)]
mod tests;
mod worker;

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;

pub use self::cells::letter;
pub use self::fit::{CellSize, Fit, Part, Zoom};
use self::kitty::Wrap;
use self::pane::Pane;
pub use self::pixels::{Kind, Pixels};
pub use self::worker::{Make, Wake};
use self::worker::{Way, Worker};
use crate::tui::terminal::probe::{Caps, Protocol};
use crate::tui::terminal::writer::TtyWriter;

/// How well a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// A quarter of the pixels: while something is dragged or scrolled.
    Draft,
    /// Every pixel that can be seen.
    Full,
}

/// What is to be seen in a pane.
#[derive(Clone)]
pub struct Wanted {
    /// Which pane; four can be told apart (the number's lowest two bits).
    pub pane: u8,
    /// Equal when the pixels are equal: a hash of picture, slice, window, regions …, but not of zoom, place or quality.
    pub key: u64,
    /// The picture or series: what belongs to another one is never shown in its place, not even until this one is ready.
    pub group: u64,
    /// Where, and which part; within [`Caps::room`].
    pub fit: Fit,
    /// How well.
    pub quality: Quality,
    /// Makes the pixels, where they are needed; they are `fit.size` large.
    pub make: Make,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted")
            .field("pane", &self.pane)
            .field("key", &self.key)
            .field("group", &self.group)
            .field("fit", &self.fit)
            .field("quality", &self.quality)
            .finish_non_exhaustive()
    }
}

/// What [`Wanted::mark`] puts into each cell; in screens drawn without a terminal, that is how a picture looks.
pub const HOLE: &str = "░";

impl Wanted {
    /// Leaves the picture's cells to it; what is drawn over them later stays.
    pub fn mark(&self, buffer: &mut Buffer) {
        for at in self.fit.cells.intersection(buffer.area).positions() {
            let cell = &mut buffer[at];
            cell.reset();
            cell.set_symbol(HOLE);
        }
    }
}

/// How long full quality waits after the last change.
pub const REST: Duration = Duration::from_millis(120);

/// Draft while something changes, full quality when it has rested: one a pane.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    last: Option<(u64, Quality)>,
    until: Option<Instant>,
}

impl Pace {
    /// The quality to show `key` with now. The first picture, and one that comes after a rest, is shown in full at once.
    pub fn quality(&mut self, key: u64, now: Instant) -> Quality {
        let has_rested = self.until.is_none_or(|it| now >= it);
        let quality = match self.last {
            _ if has_rested => Quality::Full,
            Some((last, quality)) if last == key => quality,
            _ => Quality::Draft,
        };
        if self.last.is_some_and(|it| it.0 != key) {
            self.until = Some(now + REST);
        }
        self.last = Some((key, quality));
        quality
    }

    /// When to draw again, because a draft will have rested; `None` when nothing is a draft.
    pub fn wakes_at(&self) -> Option<Instant> {
        let is_draft = self.last.is_some_and(|it| it.1 == Quality::Draft);
        self.until.filter(|_| is_draft)
    }
}

/// How long after a picture's last byte its acknowledgement may come before the next one is sent all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Over a link that takes longer than this for a picture in full, a draft of it goes first.
const SLOW: Duration = Duration::from_millis(300);

/// How long full quality waits at most for the end of a change, over such a link.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// The one picture that may be on its way.
#[derive(Debug, Clone, Copy)]
struct Flight {
    /// The number of its upload; `None` for what is part of a frame.
    nth: Option<u64>,
    quality: Quality,
    since: Instant,
    bytes: usize,
    /// Whether the terminal was asked to acknowledge it.
    is_asked: bool,
    /// When its last byte went out.
    written: Option<Instant>,
    acknowledged: Option<Instant>,
}

/// What the link to the terminal was last seen to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Bytes of the last picture.
    pub bytes: usize,
    /// From its first byte to the terminal's acknowledgement.
    pub took: Duration,
}

/// Everything of ours that the terminal shows or keeps.
pub struct Surface {
    caps: Caps,
    panes: [Pane; 4],
    worker: Worker,
    flight: Option<Flight>,
    link: Option<Link>,
    /// How long the last picture in full took.
    full_took: Option<Duration>,
}

impl Surface {
    /// Nothing shown yet. `wake` is called from another thread when a frame should be drawn, since a picture is ready.
    pub fn new(caps: Caps, wake: Wake) -> Self {
        let process = std::process::id();
        Self {
            caps,
            panes: [0, 1, 2, 3].map(|pane| Pane::new(pane, process)),
            worker: Worker::start(wake),
            flight: None,
            link: None,
            full_took: None,
        }
    }

    /// The terminal turned out to be another: what it shows in the old way is taken away.
    pub fn set_caps(&mut self, caps: Caps, writer: &TtyWriter) {
        let look = |it: &Caps| match it.protocol {
            Protocol::Blocks => (it.protocol, it.has_truecolor),
            Protocol::Ascii => (it.protocol, it.is_light == Some(true)),
            pixels => (pixels, false),
        };
        if look(&self.caps) != look(&caps) {
            for pane in &mut self.panes {
                pane.retire(self.caps.protocol, writer);
                self.worker.forget(pane.number);
            }
            self.forget_link();
        }
        self.caps = caps;
    }

    /// Forgets a pane, and frees what the terminal keeps for it.
    pub fn retire(&mut self, pane: u8, writer: &TtyWriter) {
        let pane = &mut self.panes[usize::from(pane & 3)];
        let is_its = |it: &mut Flight| it.nth.is_some_and(|nth| pane.is_sending(nth));
        // it may never be written, and then never be told
        self.flight.take_if(is_its);
        pane.retire(self.caps.protocol, writer);
        self.worker.forget(pane.number);
    }

    /// The screen has another size, or somebody else wrote on it: what it shows may be gone, elsewhere, or there as before.
    pub fn disturbed(&mut self) {
        for pane in &mut self.panes {
            pane.disturbed();
        }
    }

    /// The terminal has nothing of us any more: it was left and entered again, or is another one.
    pub fn lost_all(&mut self) {
        for pane in &mut self.panes {
            pane.lost_all();
            self.worker.forget(pane.number);
        }
        self.forget_link();
    }

    fn forget_link(&mut self) {
        self.flight = None;
        self.full_took = None;
    }

    /// The terminal says that it does not have a picture.
    pub fn lost(&mut self, id: u32) {
        for pane in &mut self.panes {
            pane.lost(id);
        }
    }

    /// A picture left for the terminal whole: the number that [`TtyWriter::upload`] gave.
    pub fn uploaded(&mut self, nth: u64, now: Instant) {
        for pane in &mut self.panes {
            pane.uploaded(nth);
        }
        if let Some(flight) = self.flight.as_mut().filter(|it| it.nth == Some(nth)) {
            flight.written = Some(now);
        }
        self.land(now);
    }

    /// The terminal has read everything up to the end of the last picture.
    pub fn acknowledged(&mut self, now: Instant) {
        if let Some(flight) = &mut self.flight {
            flight.acknowledged = Some(now);
        }
        self.land(now);
    }

    /// Lets the next picture go when the last one has arrived. Its acknowledgement may be heard before it was told to be out.
    fn land(&mut self, now: Instant) {
        let is_over = |it: &mut Flight| {
            it.written.is_some_and(|written| {
                let is_late = now.saturating_duration_since(written) > PATIENCE;
                it.acknowledged.is_some() || !it.is_asked || is_late
            })
        };
        let Some(flight) = self.flight.take_if(is_over) else {
            return;
        };
        let Some(acknowledged) = flight.acknowledged else {
            return;
        };
        let took = acknowledged.saturating_duration_since(flight.since);
        self.link = Some(Link {
            bytes: flight.bytes,
            took,
        });
        if flight.quality == Quality::Full {
            self.full_took = Some(took);
        }
    }

    /// How fast the last picture got there; `None` before the first, and with terminals that acknowledge nothing.
    pub fn link(&self) -> Option<Link> {
        self.link
    }

    /// The key of what a pane shows at this moment, which may be older than what is wanted.
    pub fn shown(&self, pane: u8) -> Option<(u64, Quality)> {
        self.panes[usize::from(pane & 3)].shown()
    }

    /// One frame: everything wanted is shown, or its encoding begun; everything else is hidden.
    ///
    /// Comes after the view has drawn into `buffer` and before it is compared with the last one. `screen` is its area.
    pub fn draw(
        &mut self,
        wanted: &[Wanted],
        buffer: &mut Buffer,
        writer: &TtyWriter,
        now: Instant,
    ) {
        self.land(now);
        for number in 0..self.panes.len() {
            let wanted = wanted.iter().rfind(|it| usize::from(it.pane & 3) == number);
            let mut wanted = wanted.cloned();
            if let Some(wanted) = &mut wanted
                && let Some(at) = self.panes[number].ease(wanted, self.full_took, now)
            {
                self.worker.wake_at(at);
            }
            let mut turn = Turn {
                caps: &self.caps,
                worker: &self.worker,
                flight: &mut self.flight,
                writer,
                now,
            };
            self.panes[number].draw(wanted.as_ref(), buffer, &mut turn);
        }
    }
}

/// What a pane works with during one frame.
struct Turn<'a> {
    caps: &'a Caps,
    worker: &'a Worker,
    flight: &'a mut Option<Flight>,
    writer: &'a TtyWriter,
    now: Instant,
}

impl Turn<'_> {
    fn wrap(&self) -> Wrap {
        wrap(self.caps.protocol)
    }

    fn is_link_free(&self) -> bool {
        self.flight.is_none()
    }

    /// `nth`: the number of an upload, which is told when it is out; a part of a frame is as good as out.
    fn takes_off(&mut self, nth: Option<u64>, quality: Quality, bytes: usize) {
        *self.flight = Some(Flight {
            nth,
            quality,
            since: self.now,
            bytes,
            is_asked: self.caps.answers,
            written: nth.is_none().then_some(self.now),
            acknowledged: None,
        });
    }

    /// What to encode for a picture in this terminal.
    fn way(&self, wanted: &Wanted) -> Option<Way> {
        Some(match self.caps.protocol {
            Protocol::Kitty | Protocol::KittyInTmux => {
                let can_crop = self.caps.protocol == Protocol::Kitty;
                let part = pane::part_to_send(&wanted.fit, can_crop);
                let size = wanted
                    .fit
                    .pixels_for(part, wanted.quality == Quality::Draft);
                Way::Kitty { part, size }
            }
            Protocol::Iterm => Way::Iterm,
            Protocol::Sixel => Way::Sixel,
            Protocol::Blocks => Way::Blocks {
                has_truecolor: self.caps.has_truecolor,
            },
            Protocol::Ascii => Way::Letters {
                is_light: self.caps.is_light == Some(true),
            },
            Protocol::None => return None,
        })
    }
}

fn wrap(protocol: Protocol) -> Wrap {
    if protocol == Protocol::KittyInTmux {
        Wrap::Tmux
    } else {
        Wrap::Bare
    }
}

/// The question whose answer acknowledges everything before it (device status report).
const ACKNOWLEDGE: &[u8] = b"\x1b[5n";
