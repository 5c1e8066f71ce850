//! The interface on a link in, what each of its promises costs out: one function a promise.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::link::{Link, Speed};
use super::make;
use super::played::Played;
use super::signs::{LAST, PROBES, QUESTION, Signs};

/// What every measure needs.
pub(super) struct Bench<'a> {
    pub(super) program: &'a Path,
    pub(super) signs: &'a Signs,
    /// Settings of the model, as arguments.
    pub(super) arguments: &'a [OsString],
    pub(super) size: (u16, u16),
    pub(super) speed: Speed,
    /// For files; gone afterwards.
    pub(super) folder: &'a Path,
    pub(super) repeats: usize,
}

/// Between two things that a person does.
const PAUSE: Duration = Duration::from_millis(8);

/// Nothing comes for so long: what was begun is done.
const QUIET: Duration = Duration::from_millis(400);

fn ms(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e3
}

/// What was measured of a series that is scrolled.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Of pictures with fewer pixels than the first one.
    pub(super) draft_bytes: Vec<f64>,
    pub(super) full_bytes: Vec<f64>,
    /// From a key at rest to the first picture of the new slice, draft or not.
    pub(super) first_ms: Vec<f64>,
    pub(super) full_ms: Vec<f64>,
}

/// What was measured while answers came.
#[derive(Debug, Clone, Default)]
pub(super) struct Answering {
    pub(super) key_ms: Vec<f64>,
    /// Of each token of an answer into an empty conversation.
    pub(super) bytes_a_token: Vec<f64>,
    /// The same where the conversation is full and scrolls.
    pub(super) bytes_scrolled: Vec<f64>,
}

impl Bench<'_> {
    fn start(&self, more: &[OsString]) -> anyhow::Result<Link> {
        let mine = self.signs.arguments.iter().map(OsString::from);
        let arguments: Vec<OsString> = mine
            .chain(self.arguments.iter().chain(more).cloned())
            .collect();
        Link::start(self.program, &arguments, self.size, self.speed, self.folder)
    }

    fn picture(&self) -> Vec<OsString> {
        (!self.signs.picture.is_empty())
            .then(|| self.signs.picture.into())
            .into_iter()
            .collect()
    }

    /// Started, with its picture shown, the model ready, and nothing under way.
    fn started(&self, more: &[OsString]) -> anyhow::Result<Link> {
        let mut link = self.start(more)?;
        self.wait_ready(&mut link)?;
        Ok(link)
    }

    /// The model may not have begun to load when the first letters are there: nothing must be under way for a while.
    fn wait_ready(&self, link: &mut Link) -> anyhow::Result<()> {
        let signs = self.signs;
        let is_ready = |it: &Played| it.shows(signs.ready) && !it.shows(signs.loading);
        link.wait("a sign that the model is ready", &is_ready)?;
        link.settle(QUIET)?;
        link.wait("a sign that the model is ready", &is_ready)?;
        link.settle(QUIET)
    }

    /// From the start to the first letters, and to the first picture, one of each a start.
    pub(super) fn start_times(&self) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
        let (mut paints, mut pictures) = (Vec::new(), Vec::new());
        for _ in 0..self.repeats {
            let mut link = self.start(&self.picture())?;
            link.wait("letters", &|it| it.first_paint.is_some())?;
            let is_shown = |it: &Played| it.first_placed.is_some() && !it.sent.is_empty();
            link.wait("a picture", &is_shown)?;
            let played = &link.played;
            paints.extend(played.first_paint.map(|it| ms(link.started, it)));
            pictures.extend(played.first_placed.map(|it| ms(link.started, it)));
            link.settle(QUIET)?;
            link.quit(self.signs.quit)?;
        }
        Ok((paints, pictures))
    }

    /// From a key to its letter on the screen, in milliseconds: `n` of them, with nothing else under way.
    pub(super) fn idle_keys(&self, n: usize) -> anyhow::Result<Vec<f64>> {
        let mut link = self.started(&self.picture())?;
        link.keys(self.signs.to_input)?;
        let times = self.keys(&mut link, n)?;
        link.quit(self.signs.quit)?;
        Ok(times)
    }

    fn keys(&self, link: &mut Link, n: usize) -> anyhow::Result<Vec<f64>> {
        let mut times = Vec::new();
        for (nth, probe) in PROBES.chars().cycle().take(n).enumerate() {
            // before letters come again, and before the line is full
            if nth % 40 == 39 {
                link.keys(&[self.signs.clear])?;
                link.settle(Duration::from_millis(100))?;
            }
            times.push(key(link, probe)?);
            link.run(PAUSE)?;
        }
        link.keys(&[self.signs.clear])?;
        link.settle(Duration::from_millis(100))?;
        Ok(times)
    }

    /// Keys and bytes while answers come, until there are `n` keys.
    pub(super) fn answering(&self, n: usize) -> anyhow::Result<Answering> {
        let session = self.folder.join("answering.jsonl");
        let mut more: Vec<OsString> = self.signs.long_answer.iter().map(Into::into).collect();
        more.extend(self.signs.session.iter().map(OsString::from));
        more.push(session.clone().into());
        more.extend(self.picture());
        let mut link = self.started(&more)?;
        let mut out = Answering::default();
        for nth in 1..=24 {
            if nth > 7 && out.key_ms.len() >= n {
                break;
            }
            // tokens are counted of answers that nobody types into
            let types = nth % 2 == 0;
            self.one_answer(&mut link, &session, nth, types, &mut out)?;
        }
        link.quit(self.signs.quit)?;
        Ok(out)
    }

    fn one_answer(
        &self,
        link: &mut Link,
        session: &Path,
        nth: usize,
        types: bool,
        out: &mut Answering,
    ) -> anyhow::Result<()> {
        link.keys(self.signs.to_input)?;
        link.send(QUESTION.into())?;
        link.run(Duration::from_millis(100))?;
        link.keys(&[self.signs.submit])?;
        let mut probes = PROBES.chars().take(40);
        let until = Instant::now() + Duration::from_mins(2);
        let mut tokens = Tokens::default();
        while tokens_if_there(session)?.len() < nth {
            if Instant::now() >= until {
                bail!("no answer came; the screen:\n{}", link.played.text());
            }
            match probes.next() {
                Some(probe) if types => {
                    out.key_ms.push(key(link, probe)?);
                    link.run(PAUSE)?;
                }
                _ => tokens.follow(link, self.signs.count)?,
            }
        }
        // the first answer is alone; the last ones stand where the conversation is full
        match (types, nth) {
            (false, 1) => out.bytes_a_token.append(&mut tokens.bytes),
            (false, 5..) => out.bytes_scrolled.append(&mut tokens.bytes),
            _ => {}
        }
        link.settle(QUIET)?;
        link.keys(&[self.signs.clear])?;
        link.settle(Duration::from_millis(100))
    }

    /// Keys with a long conversation above, that goes on.
    pub(super) fn keys_in(&self, session: &Path, n: usize) -> anyhow::Result<Vec<f64>> {
        let mut more: Vec<OsString> = self.signs.session.iter().map(Into::into).collect();
        more.push(session.into());
        let mut link = self.start(&more)?;
        link.wait("the end of the conversation", &|it| it.shows(&[LAST]))?;
        self.wait_ready(&mut link)?;
        link.keys(self.signs.to_input)?;
        let times = self.keys(&mut link, n)?;
        link.quit(self.signs.quit)?;
        Ok(times)
    }

    /// From the start to a letter that was typed, the end of the session being on the screen.
    pub(super) fn resumed(&self, session: &Path) -> anyhow::Result<Vec<f64>> {
        let mut more: Vec<OsString> = self.signs.session.iter().map(Into::into).collect();
        more.push(session.into());
        (0..self.repeats)
            .map(|_| {
                let mut link = self.start(&more)?;
                let started = link.started;
                link.wait("letters", &|it| it.first_paint.is_some())?;
                link.wait("the end of the conversation", &|it| it.shows(&[LAST]))?;
                link.keys(self.signs.to_input)?;
                key(&mut link, 'ŧ')?;
                let at = link.played.watched_at().context("the letter was seen")?;
                link.settle(QUIET)?;
                link.quit(self.signs.quit)?;
                Ok(ms(started, at))
            })
            .collect()
    }

    /// Bytes a second when nothing happens, over three seconds.
    pub(super) fn idle(&self) -> anyhow::Result<f64> {
        let mut link = self.started(&self.picture())?;
        link.run(Duration::from_secs(2))?;
        let before = link.played.n_bytes;
        link.run(Duration::from_secs(3))?;
        let n_bytes = link.played.n_bytes - before;
        link.quit(self.signs.quit)?;
        Ok(n_bytes as f64 / 3.0)
    }

    /// Slices of a volume: one at a time at rest, then one after the other as the wheel does.
    pub(super) fn steps(&self, series: &Path) -> anyhow::Result<Steps> {
        let mut link = self.started(&[series.into()])?;
        link.keys(self.signs.to_picture)?;
        link.wait("a picture", &|it| !it.sent.is_empty())?;
        link.settle(QUIET)?;
        let full = link.played.sent.iter().map(|it| it.width).max();
        let full = full.context("a picture was sent")?;
        let mut out = Steps::default();
        for _ in 0..8 {
            self.step(&mut link, full, &mut out)?;
        }
        // scrolled: what is sent between is drafts
        let before = link.played.sent.len();
        for _ in 0..12 {
            link.keys(&[self.signs.previous_slice])?;
            link.run(Duration::from_millis(50))?;
        }
        link.settle(QUIET)?;
        let sent = link.played.sent.get(before..).unwrap_or_default();
        let drafts = sent.iter().filter(|it| it.width < full);
        out.draft_bytes.extend(drafts.map(|it| it.n_bytes as f64));
        link.quit(self.signs.quit)?;
        Ok(out)
    }

    fn step(&self, link: &mut Link, full: u32, out: &mut Steps) -> anyhow::Result<()> {
        let before = link.played.sent.len();
        let pressed = Instant::now();
        link.keys(&[self.signs.next_slice])?;
        link.wait("another slice", &|it| it.sent.len() > before)?;
        link.settle(QUIET)?;
        let sent = link.played.sent.get(before..).unwrap_or_default();
        let times = sent.iter().map(|it| ms(pressed, it.at));
        out.first_ms.extend(times.min_by(f64::total_cmp));
        for sent in sent {
            if sent.width < full {
                out.draft_bytes.push(sent.n_bytes as f64);
            } else {
                out.full_bytes.push(sent.n_bytes as f64);
                out.full_ms.push(ms(pressed, sent.at));
            }
        }
        Ok(())
    }

    /// From the key that cancels to the word for it, in milliseconds: in the vision tower of a new picture, and between tokens.
    pub(super) fn cancel(&self) -> anyhow::Result<Vec<f64>> {
        (0..self.repeats)
            .map(|nth| {
                let mut more: Vec<OsString> =
                    self.signs.long_answer.iter().map(Into::into).collect();
                more.extend(self.picture());
                let mut link = self.started(&more)?;
                link.keys(self.signs.to_input)?;
                link.send(QUESTION.into())?;
                link.run(Duration::from_millis(100))?;
                link.keys(&[self.signs.submit])?;
                link.wait("a sign that it answers", &|it| it.shows(self.signs.busy))?;
                // later each time, as far as an answer goes
                let wait = Duration::from_millis(40 * u64::try_from(nth)?);
                link.run(wait)?;
                let pressed = Instant::now();
                link.keys(&[self.signs.cancel])?;
                link.wait("a sign that it stopped", &|it| it.shows(self.signs.stopped))?;
                let took = ms(pressed, Instant::now());
                link.quit(self.signs.quit)?;
                Ok(took)
            })
            .collect()
    }

    /// Megabytes: of the process, at most so far, and of the same model without a screen.
    pub(super) fn memory(&self) -> anyhow::Result<[f64; 3]> {
        let link = self.started(&self.picture())?;
        let [now, most] = resident(link.pid())?;
        link.quit(self.signs.quit)?;
        let mut child = Command::new(self.program)
            .args(self.signs.record)
            .args(self.arguments)
            .arg(self.signs.picture)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // it has loaded when it grows no more
        let mut beside = 0.0;
        let until = Instant::now() + Duration::from_mins(1);
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(700));
            let [now, _] = resident(child.id()).unwrap_or([beside; 2]);
            if now <= beside {
                break;
            }
            beside = now;
        }
        child.kill()?;
        child.wait()?;
        Ok([now, most, beside])
    }
}

/// Tokens as the screen counts them, and the bytes that they came with.
#[derive(Debug, Default)]
struct Tokens {
    /// The last count, and how many bytes there were then.
    last: Option<(usize, usize)>,
    /// One number a token: those of one frame share its bytes.
    bytes: Vec<f64>,
}

impl Tokens {
    /// Reads for some milliseconds, or until the count changes.
    fn follow(&mut self, link: &mut Link, count: &str) -> anyhow::Result<()> {
        let before = self.last.map(|it| it.0);
        let is_other = |it: &Played| {
            let now = it.number_after(count);
            now.is_some() && now != before
        };
        let until = Instant::now() + Duration::from_millis(20);
        if !link.run_until(until, &is_other)? {
            return Ok(());
        }
        // the rest of the same frame
        link.run(Duration::from_millis(5))?;
        let now = link.played.number_after(count);
        let now = now.zip(Some(link.played.n_bytes));
        if let (Some((before, from)), Some((after, to))) = (self.last, now)
            && after > before
        {
            let n = after - before;
            let each = (to - from) as f64 / n as f64;
            self.bytes.extend(std::iter::repeat_n(each, n));
        }
        self.last = now;
        Ok(())
    }
}

/// Presses a letter; milliseconds until it is on the screen.
fn key(link: &mut Link, letter: char) -> anyhow::Result<f64> {
    link.played.watch(letter);
    let pressed = Instant::now();
    link.send(letter.to_string().into())?;
    link.wait("the letter that was typed", &|it| it.watched_at().is_some())?;
    let at = link.played.watched_at().context("it was waited for")?;
    Ok(ms(pressed, at))
}

fn tokens_if_there(session: &Path) -> anyhow::Result<Vec<usize>> {
    if session.exists() {
        make::tokens_of(session)
    } else {
        Ok(Vec::new())
    }
}

/// Megabytes of a process: resident, and the most that ever were (`VmRSS` and `VmHWM` of `proc(5)`).
fn resident(pid: u32) -> anyhow::Result<[f64; 2]> {
    let bytes = fs_err::read(format!("/proc/{pid}/status"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let of = |name: &str| -> anyhow::Result<f64> {
        let line = text.lines().find_map(|it| it.strip_prefix(name));
        let words = line.and_then(|it| it.split_whitespace().next());
        let kilobytes: f64 = words.with_context(|| format!("no {name}"))?.parse()?;
        Ok(kilobytes / 1024.0)
    };
    Ok([of("VmRSS:")?, of("VmHWM:")?])
}
