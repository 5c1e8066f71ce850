//! How much of something long is done in, one line with a bar out, but only when it takes longer than half a second.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::session::Event;
use crate::session::safe::printable_line;
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// What takes longer than this is shown.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// Before this nobody says how long it will still take: the beginning of most things says little about their end.
const GUESS_AFTER: Duration = Duration::from_secs(3);

/// The widest and the narrowest bar.
const BAR: (usize, usize) = (40, 6);

/// What takes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Weights are loaded.
    Loading,
    /// The vision tower's layers.
    Vision,
    /// Tokens of the prompt.
    Prefill,
    /// Files of a series.
    Series,
    /// Answers of an experiment.
    Experiment,
    /// A session is read.
    Session,
    /// Something else, in the reader's language.
    Other(String),
}

impl What {
    fn words(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Loading => ("loading the model", "正在加载模型"),
            Self::Vision => ("looking at the picture", "正在看图"),
            Self::Prefill => ("reading the prompt", "正在读取提示"),
            Self::Series => ("loading slices", "正在加载层面"),
            Self::Experiment => ("experiment", "实验"),
            Self::Session => ("reading the session", "正在读取会话"),
            Self::Other(words) => return printable_line(words),
        };
        lang.pick(en, zh).to_owned()
    }
}

/// Something long that is going on, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    job: Option<Job>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    what: What,
    done: u64,
    total: u64,
    /// When the work began of which this is a part: that decides whether it is shown.
    since: Instant,
    /// When this part began, and what was done then: that says how long it will take.
    part_since: Instant,
    part_from: u64,
}

impl Progress {
    /// So much is done of so much (0: nobody knows). What follows without an end between belongs to the same work.
    pub fn step(&mut self, what: What, done: u64, total: u64, now: Instant) {
        let since = self.job.as_ref().map_or(now, |it| it.since);
        match &mut self.job {
            Some(job) if job.what == what && done >= job.done => {
                (job.done, job.total) = (done, total);
            }
            _ => {
                self.job = Some(Job {
                    what,
                    done,
                    total,
                    since,
                    part_since: now,
                    part_from: done,
                });
            }
        }
    }

    /// What happens while a question is answered, or a model is loaded; a token of the answer is the end of the waiting.
    pub fn event(&mut self, event: &Event, now: Instant) {
        let count = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        match event {
            Event::Loading(part) if *part < 1.0 => {
                let part = Duration::try_from_secs_f32(part.max(0.0)).unwrap_or_default();
                let done = u64::try_from((part.as_micros() + 500) / 1000).unwrap_or(0);
                self.step(What::Loading, done, 1000, now);
            }
            Event::Vision { done, total } => {
                self.step(What::Vision, count(*done), count(*total), now);
            }
            Event::Prefill { done, total } => {
                self.step(What::Prefill, count(*done), count(*total), now);
            }
            Event::LeftOut(_) => {}
            Event::Loading(_) | Event::Piece { .. } | Event::Done(_) | Event::Failed(_) => {
                self.end();
            }
        }
    }

    /// It is over.
    pub fn end(&mut self) {
        self.job = None;
    }

    /// Whether something is going on, shown or not.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Whether it is shown now.
    pub fn is_shown(&self, now: Instant) -> bool {
        let job = self.job.as_ref();
        job.is_some_and(|it| now.saturating_duration_since(it.since) >= PATIENCE)
    }

    /// When it will be shown, if it is going on and not shown yet: the next time to draw.
    pub fn shown_at(&self, now: Instant) -> Option<Instant> {
        let at = self.job.as_ref()?.since.checked_add(PATIENCE)?;
        (at > now).then_some(at)
    }

    /// Draws it on the first row of an area, when it is time; whether it did.
    pub fn view(
        &self,
        now: Instant,
        theme: &Theme,
        lang: Lang,
        area: Rect,
        buf: &mut Buffer,
    ) -> bool {
        let area = area.intersection(buf.area);
        let Some(job) = self.job.as_ref().filter(|_| self.is_shown(now)) else {
            return false;
        };
        if area.is_empty() {
            return false;
        }
        let room = usize::from(area.width);
        buf.set_style(Rect { height: 1, ..area }, theme.text);
        let texts = job.texts(now, lang);
        let words = texts.iter().find(|it| wrap::width(it) + 1 + BAR.1 <= room);
        let words = words.or_else(|| texts.last()).map_or("", String::as_str);
        let words = wrap::shorten(words, room, theme.symbols.ellipsis);
        let x = buf.set_stringn(area.x, area.y, &words, room, theme.text).0;
        let bar = room.saturating_sub(wrap::width(&words) + 1).min(BAR.0);
        if bar < BAR.1 || job.total == 0 {
            return true;
        }
        let done = u128::from(job.done.min(job.total)) * bar as u128 / u128::from(job.total);
        let done = usize::try_from(done).unwrap_or(bar);
        let full = theme.symbols.full.repeat(done);
        let x = buf.set_stringn(x + 1, area.y, full, bar, theme.accent).0;
        let free = theme.symbols.free.repeat(bar - done);
        buf.set_stringn(x, area.y, free, bar - done, theme.free);
        true
    }
}

impl Job {
    /// The longest first.
    fn texts(&self, now: Instant, lang: Lang) -> Vec<String> {
        let words = self.what.words(lang);
        let (done, total) = (self.done.min(self.total.max(self.done)), self.total);
        if total == 0 {
            let count = if done == 0 {
                String::new()
            } else {
                format!(" {done}")
            };
            return vec![format!("{words}{count}")];
        }
        let count = match self.what {
            // Weights and files are told in parts of a whole, not counted.
            What::Loading | What::Session | What::Other(_) => {
                let percent = u128::from(done.min(total)) * 100 / u128::from(total);
                format!("{percent} %")
            }
            _ => format!("{done}/{total}"),
        };
        let short = format!("{words} {count}");
        let left = self.left(now).map(|it| seconds(it, lang));
        let long = left.map(|it| match lang {
            Lang::En => format!("{short}, {it} left"),
            Lang::Zh => format!("{short}，还需 {it}"),
        });
        long.into_iter().chain([short, count]).collect()
    }

    /// How long it will still take, if it goes on as it went.
    fn left(&self, now: Instant) -> Option<Duration> {
        let spent = now.saturating_duration_since(self.part_since);
        let done = self.done.checked_sub(self.part_from).filter(|it| *it > 0)?;
        let rest = self.total.checked_sub(self.done).filter(|it| *it > 0)?;
        if spent < GUESS_AFTER {
            return None;
        }
        let left = spent.as_secs_f64() * rest as f64 / done as f64;
        Duration::try_from_secs_f64(left).ok()
    }
}

/// `12 s left`, in a language.
pub(super) fn time_left(left: Duration, lang: Lang) -> String {
    let time = seconds(left, lang);
    match lang {
        Lang::En => format!("{time} left"),
        Lang::Zh => format!("还需 {time}"),
    }
}

/// `8 s`, `3 min`, `2 h`.
fn seconds(left: Duration, lang: Lang) -> String {
    let seconds = left.as_secs().max(1);
    match seconds {
        ..90 => format!("{seconds} {}", lang.pick("s", "秒")),
        90..5400 => format!("{} {}", seconds.div_ceil(60), lang.pick("min", "分钟")),
        _ => format!("{} {}", seconds.div_ceil(3600), lang.pick("h", "小时")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{rows_of, theme};

    fn at(progress: &Progress, now: Instant, width: u16, looks: (&str, Lang)) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        let area = buf.area;
        progress.view(now, &theme(looks.0), looks.1, area, &mut buf);
        rows_of(&buf)
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_is_short_is_not_shown() {
        let begin = Instant::now();
        let mut progress = Progress::default();
        assert!(!progress.is_shown(begin) && progress.shown_at(begin).is_none());
        progress.step(What::Vision, 1, 27, begin);
        assert_eq!(at(&progress, begin + 499 * MS, 80, ("none", Lang::En)), "");
        assert_eq!(progress.shown_at(begin), Some(begin + PATIENCE));
        assert!(progress.is_shown(begin + PATIENCE));
        assert_eq!(progress.shown_at(begin + PATIENCE), None);
        progress.end();
        assert!(!progress.is_shown(begin + 900 * MS) && !progress.is_busy());
    }

    #[test]
    fn what_happens_while_a_question_is_answered_is_its_progress() {
        let begin = Instant::now();
        let now = begin + 700 * MS;
        let after = |events: &[Event]| {
            let mut progress = Progress::default();
            for event in events {
                progress.event(event, begin);
            }
            at(&progress, now, 26, ("none", Lang::En))
        };
        let vision = Event::Vision { done: 3, total: 12 };
        let failed = Event::Failed("x".to_owned());
        assert_eq!(after(&[Event::Loading(0.57)]), "57 % ███████████··········");
        assert_eq!(after(&[Event::Loading(-1.0)]), "0 % ······················");
        assert_eq!(after(&[Event::Loading(0.5), Event::Loading(1.0)]), "");
        assert_eq!(
            after(std::slice::from_ref(&vision)),
            "3/12 █████················"
        );
        assert_eq!(after(&[vision, failed]), "");
    }

    #[test]
    fn parts_of_one_work_are_waited_for_once() {
        let begin = Instant::now();
        let mut progress = Progress::default();
        progress.step(What::Vision, 1, 27, begin);
        progress.step(What::Prefill, 0, 300, begin + 450 * MS);
        assert!(progress.is_shown(begin + 500 * MS));
    }

    #[test]
    fn a_line_says_what_how_much_and_how_long() {
        let begin = Instant::now();
        let now = begin + 4000 * MS;
        let mut progress = Progress::default();
        progress.step(What::Series, 0, 400, begin);
        progress.step(What::Series, 100, 400, now);
        let lines =
            [80, 60, 40, 24, 12, 8, 4, 1, 0].map(|it| at(&progress, now, it, ("none", Lang::En)));
        insta::assert_snapshot!(lines.join("\n"), @"
        loading slices 100/400, 12 s left ██████████······························
        loading slices 100/400, 12 s left ██████····················
        loading slices 100/400, 12 s left █·····
        100/400 ████············
        100/400
        100/400
        100…
        …
        ");
        insta::assert_snapshot!(at(&progress, now, 60, ("none", Lang::Zh)), @"
        正在加载层面 100/400，还需 12 秒 ██████·····················
        ");
        insta::assert_snapshot!(at(&progress, now, 60, ("ascii", Lang::En)), @"
        loading slices 100/400, 12 s left ######....................
        ");
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let begin = Instant::now();
        let now = begin + 4000 * MS;
        let mut progress = Progress::default();
        progress.step(What::Other("indexing\u{1b}[2J".to_owned()), 0, 0, begin);
        assert_eq!(
            at(&progress, now, 60, ("none", Lang::En)),
            "indexing\\u{1b}[2J"
        );
        progress.step(What::Loading, u64::MAX, u64::MAX, begin);
        assert!(at(&progress, now, 60, ("none", Lang::En)).starts_with("loading the model 100 % "));
        progress.step(What::Experiment, 9, 3, begin);
        assert!(at(&progress, now, 60, ("none", Lang::En)).starts_with("experiment 9/3 "));
    }
}
