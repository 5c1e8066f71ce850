//! What the program is doing and with what in, one or two lines out; that it is for research only is said in every width.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::session::safe::printable_line;
use crate::session::{Event, Stats};
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

mod fit;

mod notices;

mod pieces;

#[cfg(test)]
mod tests;

pub use notices::{Notice, Notices, Weight};

/// What the program is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Busy {
    /// Nothing.
    #[default]
    Idle,
    /// Weights are loaded: so many percent.
    Loading(u8),
    /// Layers of the vision tower: done, of.
    Looking(usize, usize),
    /// Tokens of the prompt: done, of.
    Reading(usize, usize),
    /// So many tokens of the answer.
    Answering(usize),
    /// The answer is to stop and has not yet.
    Cancelling,
}

/// Figures of the last answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Tokens a second.
    pub tokens_per_s: f64,
    /// Milliseconds to the first token.
    pub first_token_ms: f64,
    /// Tokens of the prompt.
    pub prompt: usize,
    /// Of these, those that were in the cache.
    pub reused: usize,
    /// Whether the pictures were in the vision cache; `None` without pictures.
    pub has_cached_pictures: Option<bool>,
}

impl Figures {
    /// Of the counts of an answer.
    pub fn of(stats: &Stats) -> Self {
        Self {
            tokens_per_s: stats.tokens_per_s,
            first_token_ms: stats.first_token_ms,
            prompt: stats.prompt_tokens,
            reused: stats.reused_tokens,
            has_cached_pictures: (stats.image_tokens > 0).then_some(stats.vision_ms <= 0.0),
        }
    }
}

/// The way to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Link {
    /// Bytes of the last picture.
    pub bytes: Option<u64>,
    /// How long they took.
    pub took: Option<Duration>,
    /// There and back.
    pub round_trip: Option<Duration>,
}

/// The model and where it computes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// Its name; "" while there is none.
    pub name: String,
    /// `cpu` …
    pub device: String,
    /// `q8` …; `none` is not shown.
    pub quant: String,
    /// Whether it is the model inside the program, which knows drawings only.
    pub is_phantom: bool,
}

/// Everything that the status line says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// The model.
    pub model: Model,
    /// What goes on.
    pub busy: Busy,
    /// The last answer's figures.
    pub figures: Option<Figures>,
    /// How pictures are shown, as `Protocol::name` says; "" while nobody knows.
    pub protocol: &'static str,
    /// The way to the terminal.
    pub link: Link,
    /// Whether the mouse is the terminal's.
    pub is_mouse_off: bool,
    /// The session that is recorded; `None` when nothing is.
    pub session: Option<String>,
    /// The key that turns the mouse on, as it is shown; "" for none.
    pub mouse_key: String,
    /// Sentences that come and go.
    pub notices: Notices,
}

/// Something that the status line should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A model is there, or on its way.
    Model(Model),
    /// Something happened while loading or answering.
    Event(Event),
    /// The answer is to stop.
    Cancelling,
    /// A picture was sent: bytes, and how long until the terminal had it, if it says so.
    Sent(u64, Option<Duration>),
    /// The way there and back takes so long.
    RoundTrip(Duration),
    /// Pictures are shown this way.
    Protocol(&'static str),
    /// The mouse is the terminal's, or ours.
    MouseOff(bool),
    /// A session is recorded under this name, or nothing is.
    Session(Option<String>),
    /// Something to be told.
    Say(Weight, String),
    /// The notice was read.
    Dismiss,
    /// Time went by.
    Tick,
}

impl Status {
    /// Takes what happened.
    pub fn update(&mut self, msg: Msg, now: Instant) {
        match msg {
            Msg::Model(model) => self.model = model,
            Msg::Event(event) => self.event(&event, now),
            Msg::Cancelling if self.busy == Busy::Idle => {}
            Msg::Cancelling => self.busy = Busy::Cancelling,
            Msg::Sent(bytes, took) => {
                self.link = Link {
                    bytes: Some(bytes),
                    took,
                    ..self.link
                };
            }
            Msg::RoundTrip(time) => self.link.round_trip = Some(time),
            Msg::Protocol(name) => self.protocol = name,
            Msg::MouseOff(is_off) => self.is_mouse_off = is_off,
            Msg::Session(name) => self.session = name,
            Msg::Say(weight, text) => self.notices.say(Notice::new(weight, &text), now),
            Msg::Dismiss => self.notices.dismiss(now),
            Msg::Tick => {
                self.notices.tick(now);
            }
        }
    }

    fn event(&mut self, event: &Event, now: Instant) {
        // What is on its way to an end says how far it is, but that is no news any more.
        let is_ending = self.busy == Busy::Cancelling;
        match event {
            Event::Done(stats) => {
                self.busy = Busy::Idle;
                self.figures = Some(Figures::of(stats));
            }
            Event::Failed(_) => self.busy = Busy::Idle,
            Event::LeftOut(sentence) => {
                self.notices
                    .say(Notice::new(Weight::Warning, sentence), now);
            }
            Event::Loading(part) if *part >= 1.0 => self.busy = Busy::Idle,
            _ if is_ending => {}
            Event::Loading(part) => self.busy = Busy::Loading(percent(*part)),
            Event::Vision { done, total } => self.busy = Busy::Looking(*done, *total),
            Event::Prefill { done, total } => self.busy = Busy::Reading(*done, *total),
            Event::Piece { .. } => {
                let before = match self.busy {
                    Busy::Answering(n) => n,
                    _ => 0,
                };
                self.busy = Busy::Answering(before.saturating_add(1));
            }
        }
    }

    /// When a notice goes: the next time to draw, if nothing else happens.
    pub fn next_change(&self) -> Option<Instant> {
        self.notices.next_change()
    }

    /// Draws it in an area of one row or two.
    pub fn view(&self, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        buf.set_style(area, theme.text);
        let (news, facts) = self.pieces(theme, lang);
        let row = Rect { height: 1, ..area };
        if area.height == 1 {
            let all: Vec<fit::Piece> = news.into_iter().chain(facts).collect();
            line(&all, row, theme, buf);
            return;
        }
        line(&news, row, theme, buf);
        let below = Rect {
            y: area.y + 1,
            ..row
        };
        line(&facts, below, theme, buf);
    }
}

/// Draws the pieces that fit into a row: those of the left, then those of the right end.
fn line(pieces: &[fit::Piece], row: Rect, theme: &Theme, buf: &mut Buffer) {
    let between = format!(" {} ", theme.symbols.remark);
    let gap = wrap::width(&between);
    let room = usize::from(row.width);
    let shown = fit::fit(pieces, room, gap);
    let is_right = |n: &usize| pieces.get(*n).is_some_and(|it| it.is_right);
    let (right, left): (Vec<_>, Vec<_>) = shown.into_iter().partition(|it| is_right(&it.0));
    let right_texts: usize = right.iter().map(|it| wrap::width(it.1)).sum();
    let right_width = right_texts + gap * right.len().saturating_sub(1);
    let room_left = room.saturating_sub(right_width);
    let x = row.x.saturating_add(u16::try_from(room_left).unwrap_or(0));
    let right_row = Rect {
        x,
        width: row.right().saturating_sub(x),
        ..row
    };
    let left_room = room_left.saturating_sub(usize::from(!right.is_empty()));
    let left_row = Rect {
        width: u16::try_from(left_room).unwrap_or(row.width),
        ..row
    };
    for (texts, row) in [(left, left_row), (right, right_row)] {
        let mut x = row.x;
        for (nth, (n, text)) in texts.into_iter().enumerate() {
            let style = pieces.get(n).map_or(Style::new(), |it| it.style);
            if nth > 0 {
                x = put(&between, theme.dim, x, row, theme, buf);
            }
            x = put(text, style, x, row, theme, buf);
        }
    }
}

fn put(text: &str, style: Style, x: u16, row: Rect, theme: &Theme, buf: &mut Buffer) -> u16 {
    let room = usize::from(row.right().saturating_sub(x));
    if room == 0 {
        return x;
    }
    let text = wrap::shorten(text, room, theme.symbols.ellipsis);
    buf.set_stringn(x, row.y, text, room, style).0
}

/// 0 ..= 100 of 0.0 ..= 1.0; what is no number is nothing.
fn percent(part: f32) -> u8 {
    let part = Duration::try_from_secs_f32(part.clamp(0.0, 1.0)).unwrap_or_default();
    u8::try_from((part.as_micros() + 5_000) / 10_000).unwrap_or(100)
}

/// The name of a file, model or session, cut and harmless.
fn name(text: &str, most: usize, theme: &Theme) -> String {
    wrap::shorten(
        &printable_line(wrap::clip(text, 200)),
        most,
        theme.symbols.ellipsis,
    )
}
