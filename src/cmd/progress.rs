//! Events in, one line of progress on standard error out, when it takes more than half a second and somebody watches.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::session::Event;
use crate::settings::Lang;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line on standard error that tells how far loading, vision or prefill is.
pub(super) struct Progress {
    since: Instant,
    lang: Lang,
    is_watched: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins to wait now.
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            since: Instant::now(),
            lang,
            is_watched: std::io::stderr().is_terminal(),
            bar: None,
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
            Event::Piece { .. } | Event::Done(_) | Event::Failed(_) => self.clear(),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, what: &'static str, share: f64) {
        if !self.is_watched || self.since.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{msg} [{bar:32}] {percent}%")
                .expect("the template is right");
            ProgressBar::new(1000).with_style(style.progress_chars("=> "))
        });
        bar.set_message(what);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1000"
        )]
        bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
    }
}

fn share(done: usize, total: usize) -> f64 {
    done as f64 / total.max(1) as f64
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
