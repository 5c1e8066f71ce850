//! Events in, one line of progress on standard error out, when it takes more than half a second and somebody watches.
//! Where somebody listens on this thread (`ear`), everything is told there, and no line is drawn.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use super::ear::{self, Ear, Said};
use crate::session::Event;
use crate::settings::Lang;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// The line is drawn no more often than this.
const PAUSE: Duration = Duration::from_millis(40);
/// Cells of the bar.
const WIDTH: usize = 32;

/// A line on standard error that tells how far loading, vision or prefill is.
pub(super) struct Progress {
    /// Who is told instead of standard error.
    ear: Option<Ear>,
    since: Instant,
    lang: Lang,
    is_watched: bool,
    drawn: Option<Instant>,
}

impl Progress {
    /// Begins to wait now.
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            ear: ear::listener(),
            since: Instant::now(),
            lang,
            is_watched: std::io::stderr().is_terminal(),
            drawn: None,
        }
    }

    /// Takes what is progress; anything else ends the line.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Loading(share) => {
                self.show(self.lang.pick("loading", "载入模型"), f64::from(*share));
            }
            Event::Vision { done, total } => {
                self.show(self.lang.pick("looking", "看图"), share(*done, *total));
            }
            Event::Prefill { done, total } => {
                self.show(self.lang.pick("reading", "阅读"), share(*done, *total));
            }
            Event::LeftOut(_) | Event::Piece { .. } | Event::Done(_) | Event::Failed(_) => {
                self.clear();
            }
        }
    }

    /// Slices of a series decoded so far.
    pub(super) fn slices(&mut self, done: usize, total: usize) {
        self.show(self.lang.pick("decoding", "解码"), share(done, total));
    }

    /// Questions of an experiment asked so far, and how long the rest will take.
    pub(super) fn cells(&mut self, done: usize, total: usize, left: &str) {
        let what = self.lang.pick("asking", "提问");
        let left = if left.is_empty() {
            String::new()
        } else {
            format!(", {left}")
        };
        self.show(&format!("{what} {done}/{total}{left}"), share(done, total));
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        match (self.drawn.take(), &self.ear) {
            (Some(_), Some(ear)) => ear(Said::Over),
            (Some(_), None) => write(""),
            (None, _) => {}
        }
    }

    fn show(&mut self, what: &str, share: f64) {
        if let Some(ear) = &self.ear {
            self.drawn = Some(Instant::now());
            return ear(Said::Progress(what.to_owned(), share));
        }
        let is_early = self.since.elapsed() < PATIENCE;
        let is_recent = self.drawn.is_some_and(|it| it.elapsed() < PAUSE);
        if self.is_watched && !is_early && !is_recent {
            write(&line(what, share));
            self.drawn = Some(Instant::now());
        }
    }
}

/// Puts this in place of the line that the cursor is on. It is short and never padded: what the terminal itself puts
/// behind it, as the `^C` of Ctrl-C, stays on the same line and goes with it.
fn write(line: &str) {
    let mut err = std::io::stderr().lock();
    // Nobody is left to tell when standard error is gone.
    let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
}

/// `reading [======>    ] 57%`.
fn line(what: &str, share: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100"
    )]
    let percent = (share.clamp(0.0, 1.0) * 100.0) as usize;
    let done = percent * WIDTH / 100;
    let head = if done < WIDTH { ">" } else { "" };
    let (done, free) = ("=".repeat(done), " ".repeat(WIDTH - done - head.len()));
    format!("{what} [{done}{head}{free}] {percent}%")
}

fn share(done: usize, total: usize) -> f64 {
    done as f64 / total.max(1) as f64
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_long_at_its_beginning_as_at_its_end() {
        assert_eq!(line("a", 0.0), format!("a [>{}] 0%", " ".repeat(31)));
        assert_eq!(
            line("a", 0.5),
            format!("a [{}>{}] 50%", "=".repeat(16), " ".repeat(15))
        );
        assert_eq!(line("a", 7.0), format!("a [{}] 100%", "=".repeat(32)));
    }
}
