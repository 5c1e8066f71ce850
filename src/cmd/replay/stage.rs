//! A session's events and records in, a conversation on standard output out, as it was seen when it was made.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::output::Screen;
use super::super::remark;
use super::notes::{self, Notes};
use crate::imaging::Watch;
use crate::lab::find::{Finder, Places};
use crate::repl::preview::{self, Way};
use crate::session::replay::Audience;
use crate::session::safe::printable;
use crate::session::v1::{Head, Opening, Record, Turn};
use crate::session::{Event, Sink};
use crate::settings::{Settings, Thinking};
use crate::terminal::{has_colours, wait_for_enter};

/// The longest that is waited at once: whether to stop is looked at in between.
const NAP: Duration = Duration::from_millis(10);
/// What took longer than this (showing a picture, a slow terminal) is not made up for by haste.
const LAG: Duration = Duration::from_millis(250);
/// No pause is longer, in seconds, whatever a file says.
const LONGEST: f64 = 86_400.0;

/// How a session is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// Dimmed notes, where the terminal has that.
    pub(super) is_styled: bool,
    /// Everything that was recorded.
    pub(super) is_all: bool,
    /// Waits for Enter before each question.
    pub(super) is_stepwise: bool,
    /// How pictures are shown.
    pub(super) way: Way,
}

/// Shows what happens.
pub(super) struct Stage<'a> {
    view: View,
    screen: Screen<'a>,
    notes: Notes,
    finder: Finder<'a>,
    cancel: Arc<AtomicBool>,
    /// When what comes next is due.
    due: Instant,
    /// Whether there was a question.
    is_under_way: bool,
}

impl<'a> Stage<'a> {
    /// Nothing is shown yet.
    pub(super) fn new(
        view: View,
        out: &'a mut dyn Write,
        settings: &Settings,
        places: &'a Places,
        cancel: &Arc<AtomicBool>,
    ) -> Self {
        let mut settings = settings.clone();
        if view.is_all {
            settings.thinking = Thinking::Show;
        }
        Self {
            screen: Screen::new(Some(out), &settings, cancel),
            notes: Notes::new(settings.lang, view.is_all),
            finder: Finder::new(places),
            cancel: Arc::clone(cancel),
            due: Instant::now(),
            is_under_way: false,
            view,
        }
    }

    /// Says which session it is.
    pub(super) fn begin(&mut self, name: &str, head: &Head) -> io::Result<()> {
        self.note(&notes::head(name, head))?;
        self.due = Instant::now();
        Ok(())
    }

    /// Ends the line that is open.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.screen.end_line()
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        let lines = text.lines().map(|line| format!("# {}", printable(line)));
        self.lines(lines, "\x1b[2m")
    }

    fn question(&mut self, turn: &Turn) -> io::Result<()> {
        let head = format!("{}> ", turn.n);
        let behind = " ".repeat(head.len());
        let text = printable(&turn.question);
        let lines = text.lines().enumerate().map(|(index, line)| {
            let before = if index == 0 { &head } else { &behind };
            format!("{before}{line}")
        });
        self.lines(lines, "\x1b[1m")
    }

    fn lines(&mut self, lines: impl Iterator<Item = String>, style: &str) -> io::Result<()> {
        self.screen.end_line()?;
        let is_styled = self.view.is_styled && has_colours();
        let mut out = io::stdout().lock();
        for line in lines {
            if is_styled {
                writeln!(out, "{style}{line}\x1b[0m")?;
            } else {
                writeln!(out, "{line}")?;
            }
        }
        out.flush()
    }

    fn opening(&mut self, opening: &Opening) -> anyhow::Result<()> {
        let watch = Watch {
            cancel: &self.cancel,
            ..Watch::default()
        };
        let is_shown = self.view.way != Way::None;
        let sought = is_shown.then(|| self.finder.find(opening, watch));
        let pictures = match sought {
            Some(Ok(Some(pictures))) => pictures,
            Some(Ok(None)) => {
                for note in self.notes.opening(opening) {
                    self.note(&note)?;
                }
                self.note(&self.notes.not_found())?;
                return Ok(());
            }
            Some(Err(_)) | None => Vec::new(),
        };
        let mut pictures = pictures.into_iter();
        for note in self.notes.opening(opening) {
            self.note(&note)?;
            if let Some(Err(error)) = pictures.next().map(|it| preview::show(&it, self.view.way)) {
                remark(&format!("the picture cannot be shown here: {error:#}"));
            }
        }
        Ok(())
    }

    /// Naps until it is time; whether nobody said stop meanwhile.
    fn nap(&mut self, seconds: f64) -> bool {
        let seconds = Duration::from_secs_f64(seconds.clamp(0.0, LONGEST));
        let now = Instant::now();
        let earliest = now.checked_sub(LAG).unwrap_or(now);
        self.due = self.due.max(earliest) + seconds;
        loop {
            if self.cancel.load(Ordering::SeqCst) {
                return false;
            }
            let left = self.due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    /// Waits for Enter; the line that asks for it is left behind.
    fn step(&mut self) -> anyhow::Result<bool> {
        self.screen.end_line()?;
        write!(io::stdout(), "{}", self.notes.enter())?;
        io::stdout().flush()?;
        let goes_on = wait_for_enter(&self.cancel)?;
        self.due = Instant::now();
        Ok(goes_on)
    }

    /// Ends the line that Ctrl-C, or the end of the input, left open.
    fn stop(&mut self) -> io::Result<()> {
        if self.view.is_styled && !self.screen.is_line_open() {
            writeln!(io::stdout())?;
        }
        self.screen.end_line()
    }
}

impl Sink for Stage<'_> {
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        self.screen.event(event)?;
        for note in self.notes.end(event) {
            self.note(&note)?;
        }
        Ok(())
    }
}

impl Audience for Stage<'_> {
    fn wait(&mut self, seconds: f64, next: &Record) -> anyhow::Result<bool> {
        let is_question = matches!(next, Record::Turn(_));
        let is_next = is_question && std::mem::replace(&mut self.is_under_way, true);
        let goes_on = if is_next && self.view.is_stepwise {
            self.step()?
        } else {
            self.nap(seconds)
        };
        if !goes_on {
            self.stop()?;
        }
        Ok(goes_on)
    }

    fn record(&mut self, record: &Record) -> anyhow::Result<()> {
        if let Record::Open(opening) = record {
            return self.opening(opening);
        }
        for note in self.notes.record(record) {
            self.note(&note)?;
        }
        if let Record::Turn(turn) = record {
            self.question(turn)?;
        }
        Ok(())
    }

    fn cut(&mut self) -> anyhow::Result<()> {
        let note = self.notes.cut();
        Ok(self.note(&note)?)
    }
}
