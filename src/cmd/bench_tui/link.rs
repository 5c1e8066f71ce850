//! A program and a link's speed in, the program in a pseudo-terminal at the other end of such a link out.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::played::Played;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A link: nothing lost, some time taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Speed {
    /// Bytes a second from the program to the terminal; no limit where none.
    pub(super) rate: Option<f64>,
    /// There and back.
    pub(super) rtt: Duration,
}

/// A program at the other end.
pub(super) struct Link {
    pub(super) played: Played,
    pub(super) started: Instant,
    master: File,
    child: Child,
    speed: Speed,
    reads_at: Instant,
    incoming: VecDeque<(Instant, Vec<u8>)>,
    outgoing: VecDeque<(Instant, Vec<u8>)>,
    has_ended: bool,
}

impl Link {
    /// Starts it; `started` is before the program `setsid` that gives it the terminal, about a millisecond too early.
    pub(super) fn start(
        program: &Path,
        arguments: &[OsString],
        (columns, rows): (u16, u16),
        speed: Speed,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let (master, slave) = pair(columns, rows).context("no pseudo-terminal")?;
        let end = || slave.try_clone().map(Stdio::from);
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program).args(arguments);
        // the terminal that is played is neither the one outside nor its multiplexer
        let outside = [
            "TMUX",
            "STY",
            "ZELLIJ",
            "KITTY_WINDOW_ID",
            "TERM_PROGRAM",
            "LC_TERMINAL",
            "COLORTERM",
            "NO_COLOR",
            "SSH_TTY",
            "SSH_CONNECTION",
        ];
        for name in outside {
            command.env_remove(name);
        }
        command
            .env("TERM", "xterm-256color")
            // neither another one's sessions nor keys that somebody changed
            .env("XDG_DATA_HOME", folder)
            .env("XDG_CONFIG_HOME", folder)
            .env("XDG_STATE_HOME", folder)
            .stdin(end()?)
            .stdout(end()?)
            .stderr(end()?);
        let started = Instant::now();
        let child = command
            .spawn()
            .context("`setsid` gives the interface its terminal (util-linux) and cannot be run")?;
        Ok(Self {
            played: Played::new(columns, rows),
            started,
            master,
            child,
            speed,
            reads_at: started,
            incoming: VecDeque::new(),
            outgoing: VecDeque::new(),
            has_ended: false,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends bytes as they are; they are there half a round trip later.
    pub(super) fn send(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        let due = Instant::now() + self.speed.rtt / 2;
        self.outgoing.push_back((due, bytes));
        self.write_due()
    }

    /// Presses keys by name.
    pub(super) fn keys(&mut self, names: &[&str]) -> anyhow::Result<()> {
        names
            .iter()
            .try_for_each(|name| self.send(self.played.encode(name)))
    }

    /// Reads until something is so; whether it became so before `until`.
    pub(super) fn run_until(
        &mut self,
        until: Instant,
        is_so: &dyn Fn(&Played) -> bool,
    ) -> anyhow::Result<bool> {
        loop {
            if is_so(&self.played) {
                return Ok(true);
            }
            if Instant::now() >= until || self.has_ended {
                return Ok(false);
            }
            self.step(until)?;
        }
    }

    /// Reads for so long.
    pub(super) fn run(&mut self, time: Duration) -> anyhow::Result<()> {
        self.run_until(Instant::now() + time, &|_| false)?;
        Ok(())
    }

    /// Reads until it is so; an error that shows the screen, when it does not become so.
    pub(super) fn wait(
        &mut self,
        what: &str,
        is_so: &dyn Fn(&Played) -> bool,
    ) -> anyhow::Result<()> {
        if self.run_until(Instant::now() + PATIENCE, is_so)? {
            return Ok(());
        }
        let how = if self.has_ended { "ended" } else { "waited" };
        bail!("{how} without {what}; the screen:\n{}", self.played.text())
    }

    /// Reads until nothing came for so long.
    pub(super) fn settle(&mut self, quiet: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let before = self.played.n_bytes;
            self.run(quiet)?;
            if before == self.played.n_bytes || self.has_ended {
                return Ok(());
            }
            if Instant::now() >= until {
                bail!("it never stops writing");
            }
        }
    }

    /// Ends it by its own keys, or as a process; whether by its keys.
    pub(super) fn quit(mut self, keys: &[&str]) -> anyhow::Result<bool> {
        for key in keys {
            self.keys(&[key])?;
            self.run_until(Instant::now() + Duration::from_millis(700), &|_| false)?;
            if self.has_ended {
                break;
            }
        }
        Ok(self.has_ended)
    }

    fn step(&mut self, until: Instant) -> anyhow::Result<()> {
        self.write_due()?;
        let now = Instant::now();
        while self.incoming.front().is_some_and(|it| it.0 <= now) {
            let (at, bytes) = self.incoming.pop_front().expect("it was looked at");
            self.take(&bytes, at)?;
        }
        let due = [self.incoming.front(), self.outgoing.front()];
        let next = due.into_iter().flatten().map(|it| it.0).min();
        let until = next.map_or(until, |it| it.min(until));
        // a slow link takes nothing yet
        if self.reads_at > now {
            let wake = self.reads_at.min(until);
            std::thread::sleep(wake.saturating_duration_since(now));
            return Ok(());
        }
        let wait = until.saturating_duration_since(now);
        let wait = Timespec::try_from(wait.min(Duration::from_millis(20)))?;
        let mut ends = [PollFd::new(&self.master, PollFlags::IN)];
        // interrupted: the next look is soon
        let _ = poll(&mut ends, Some(&wait));
        let ready = ends[0].revents();
        if ready.contains(PollFlags::IN) {
            return self.read();
        }
        self.has_ended = ready.intersects(PollFlags::HUP) || self.child.try_wait()?.is_some();
        Ok(())
    }

    fn read(&mut self) -> anyhow::Result<()> {
        let mut bytes = vec![0; 1 << 16];
        let most = if self.speed.rate.is_some() {
            2048
        } else {
            bytes.len()
        };
        let n = match self.master.read(&mut bytes[..most]) {
            Ok(n) => n,
            Err(error) if is_soon(&error) => return Ok(()),
            // the last process that had the other end is gone
            Err(error) if error.raw_os_error() == Some(5) => {
                self.has_ended = true;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let now = Instant::now();
        if let Some(rate) = self.speed.rate {
            self.reads_at = now + Duration::from_secs_f64(n as f64 / rate);
        }
        if self.speed.rtt.is_zero() {
            return self.take(&bytes[..n], now);
        }
        let due = now + self.speed.rtt / 2;
        self.incoming.push_back((due, bytes[..n].to_vec()));
        Ok(())
    }

    fn take(&mut self, bytes: &[u8], at: Instant) -> anyhow::Result<()> {
        let answers = self.played.take(bytes, at);
        if answers.is_empty() {
            return Ok(());
        }
        self.send(answers)
    }

    fn write_due(&mut self) -> anyhow::Result<()> {
        while let Some((due, bytes)) = self.outgoing.front_mut() {
            if *due > Instant::now() {
                return Ok(());
            }
            match self.master.write(bytes) {
                Ok(n) if n == bytes.len() => {
                    self.outgoing.pop_front();
                }
                Ok(n) => {
                    bytes.drain(..n);
                }
                Err(error) if is_soon(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_soon(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Both ends; the master never blocks.
fn pair(columns: u16, rows: u16) -> std::io::Result<(File, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&slave, size)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    Ok((File::from(master), slave))
}
