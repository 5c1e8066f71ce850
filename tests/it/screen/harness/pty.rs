//! A program and a kind of terminal in, the program running in a pseudo-terminal whose other end is played out.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::keys::{Button, encode};
use super::personality::Personality;
use super::terminal::{PATIENCE, Terminal};

/// What is to be run, and where.
pub(crate) struct Program {
    words: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    folder: Option<PathBuf>,
    size: (u16, u16),
    personality: Personality,
}

impl Program {
    /// A program and its arguments, on a terminal of 80 × 24.
    pub(crate) fn new<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Self {
        let base = [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PS1", "$ "),
        ];
        let mut environment: BTreeMap<OsString, OsString> =
            (base.iter()).map(|it| (it.0.into(), it.1.into())).collect();
        let path = std::env::var_os("PATH").expect("a path to programs");
        environment.insert("PATH".into(), path);
        Self {
            words: words.into_iter().map(|it| it.as_ref().to_owned()).collect(),
            environment,
            folder: None,
            size: (80, 24),
            personality: super::personality::KITTY,
        }
    }

    /// A line for the shell.
    pub(crate) fn shell(line: &str) -> Self {
        Self::new(["sh", "-c", line])
    }

    pub(crate) fn on(self, personality: Personality) -> Self {
        Self {
            personality,
            ..self
        }
    }

    pub(crate) fn size(self, columns: u16, rows: u16) -> Self {
        Self {
            size: (columns, rows),
            ..self
        }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .insert(name.into(), value.as_ref().to_owned());
        self
    }

    pub(crate) fn folder(self, folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            ..self
        }
    }

    /// Starts it as the leader of a session of its own, with nothing of this process' environment but the path.
    pub(crate) fn start(self) -> Pty {
        let (master, slave) = pair();
        tcsetwinsize(&slave, self.winsize()).unwrap();
        let before = tcgetattr(&slave).unwrap();
        let home = tempfile::tempdir().unwrap();
        let end = || Stdio::from(slave.try_clone().unwrap());
        let child = Command::new("setsid")
            .arg("--ctty")
            .args(&self.words)
            .env_clear()
            .env("HOME", home.path())
            .envs(&self.environment)
            .current_dir(self.folder.as_deref().unwrap_or(home.path()))
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap_or_else(|error| panic!("setsid, of util-linux: {error}"));
        Pty {
            terminal: Terminal::new(self.personality, self.size),
            child,
            status: None,
            master,
            slave,
            before,
            waiting: Vec::new(),
            home,
        }
    }

    fn winsize(&self) -> Winsize {
        let (columns, rows) = self.size;
        Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        }
    }
}

/// Both ends; the master never blocks.
fn pair() -> (File, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    rustix::io::ioctl_fionbio(&master, true).unwrap();
    (File::from(master), slave)
}

/// A program in a terminal.
pub(crate) struct Pty {
    pub(crate) terminal: Terminal,
    child: Child,
    status: Option<ExitStatus>,
    master: File,
    slave: OwnedFd,
    before: Termios,
    /// What the program has not taken yet.
    waiting: Vec<u8>,
    home: tempfile::TempDir,
}

impl Pty {
    /// The program's home, empty at the start.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads and answers until something is true. Fails with everything that is known, when it does not become so.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&Terminal) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so(&self.terminal) {
            let has_ended = self.status.is_some() || self.child.try_wait().unwrap().is_some();
            let came = self.step(Instant::now() + Duration::from_millis(20));
            let is_hopeless = has_ended && !came && !is_so(&self.terminal);
            assert!(
                Instant::now() < until && !is_hopeless,
                "{}, and not {what}\n{}",
                if is_hopeless {
                    "it has ended"
                } else {
                    "time is over"
                },
                self.terminal.dump()
            );
        }
    }

    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |it| it.shows(text));
    }

    /// Reads and answers for so long; gives the number of bytes that came.
    pub(crate) fn run(&mut self, time: Duration) -> usize {
        let (before, until) = (self.terminal.bytes.len(), Instant::now() + time);
        while Instant::now() < until {
            self.step(until);
        }
        self.terminal.bytes.len() - before
    }

    /// Reads until nothing came, and nothing had to be answered, for 150 ms; gives the number of bytes that came.
    #[track_caller]
    pub(crate) fn settle(&mut self) -> usize {
        const QUIET: Duration = Duration::from_millis(150);
        let before = self.terminal.bytes.len();
        let until = Instant::now() + PATIENCE;
        loop {
            let n_answers = self.terminal.n_answers();
            if self.run(QUIET) == 0 && n_answers == self.terminal.n_answers() {
                return self.terminal.bytes.len() - before;
            }
            assert!(
                Instant::now() < until,
                "it never stops writing\n{}",
                self.terminal.dump()
            );
        }
    }

    /// One look: what is due is sent, what came is taken. Whether something came.
    fn step(&mut self, until: Instant) -> bool {
        while let Some(answer) = self.terminal.due() {
            self.waiting.extend(answer);
        }
        let next = self.terminal.next_due().map_or(until, |it| it.min(until));
        let wait = next
            .saturating_duration_since(Instant::now())
            .min(Duration::from_millis(20));
        let mut flags = PollFlags::IN;
        flags.set(PollFlags::OUT, !self.waiting.is_empty());
        let wait = Timespec::try_from(wait).expect("some milliseconds");
        let mut ends = [PollFd::new(&self.master, flags)];
        // interrupted: the next look is soon
        let _ = poll(&mut ends, Some(&wait));
        let ready = ends[0].revents();
        if ready.contains(PollFlags::OUT) {
            self.write_some();
        }
        ready.contains(PollFlags::IN) && self.read_some()
    }

    fn read_some(&mut self) -> bool {
        let mut bytes = vec![0; 65536];
        match self.master.read(&mut bytes) {
            Ok(n) => {
                self.terminal.take(&bytes[..n]);
                n > 0
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                false
            }
            Err(error) => panic!("the terminal cannot be read: {error}"),
        }
    }

    fn write_some(&mut self) {
        match self.master.write(&self.waiting) {
            Ok(n) => {
                self.waiting.drain(..n);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("the terminal cannot be written: {error}"),
        }
    }

    /// Types bytes as they are.
    pub(crate) fn type_bytes(&mut self, bytes: &[u8]) {
        self.terminal.key_was_pressed();
        self.waiting.extend_from_slice(bytes);
        self.step(Instant::now());
    }

    /// Types text, as a person or an input method does.
    pub(crate) fn text(&mut self, text: &str) {
        self.type_bytes(text.as_bytes());
    }

    /// Presses keys by their names, as the program asked for them (kitty's protocol, application cursor keys).
    #[track_caller]
    pub(crate) fn keys(&mut self, names: &str) {
        for name in names.split(' ') {
            let modes = &self.terminal.modes;
            let bytes = encode(name, modes.keyboard(), modes.is_on(1));
            self.type_bytes(&bytes);
        }
    }

    /// Pastes: in brackets, if the program asked for them.
    pub(crate) fn paste(&mut self, text: &str) {
        let text = text.replace('\n', "\r");
        let text = if self.terminal.modes.is_on(2004) {
            format!("\x1b[200~{text}\x1b[201~")
        } else {
            text
        };
        self.type_bytes(text.as_bytes());
    }

    /// The window gets or loses the focus; told only if the program asked.
    pub(crate) fn focus(&mut self, has_it: bool) {
        if self.terminal.modes.is_on(1004) {
            self.type_bytes(if has_it { b"\x1b[I" } else { b"\x1b[O" });
        }
    }

    /// Presses a button in a cell (column and row from 0), or turns the wheel.
    #[track_caller]
    pub(crate) fn press(&mut self, button: Button, at: (u16, u16)) {
        self.mouse(button.code(), at, 'M');
    }

    #[track_caller]
    pub(crate) fn release(&mut self, button: Button, at: (u16, u16)) {
        self.mouse(button.code(), at, 'm');
    }

    /// Press, one motion a cell, release.
    #[track_caller]
    pub(crate) fn drag(&mut self, button: Button, from: (u16, u16), to: (u16, u16)) {
        assert!(
            self.terminal.modes.is_on(1002),
            "nobody asked for motion with a button"
        );
        self.press(button, from);
        let way = |from: u16, to: u16, nth: u16, n: u16| {
            let (from, to) = (i32::from(from), i32::from(to));
            let at = from + (to - from) * i32::from(nth) / i32::from(n.max(1));
            u16::try_from(at).expect("between two cells")
        };
        let n = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1));
        for nth in 1..=n {
            let at = (way(from.0, to.0, nth, n), way(from.1, to.1, nth, n));
            self.mouse(button.code() + 32, at, 'M');
            self.step(Instant::now());
        }
        self.release(button, to);
    }

    #[track_caller]
    fn mouse(&mut self, code: u8, (column, row): (u16, u16), last: char) {
        let modes = &self.terminal.modes;
        let is_told = modes.is_on(1006) && (modes.is_on(1000) || modes.is_on(1002));
        assert!(is_told, "nobody asked for the mouse");
        let text = format!("\x1b[<{code};{};{}{last}", column + 1, row + 1);
        self.type_bytes(text.as_bytes());
    }

    /// The window has another size from now on.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.resize((columns, rows));
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.slave, size).unwrap();
    }

    /// Sends a signal to the program itself.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the program is stopped (`SIGTSTP`, `SIGSTOP`).
    #[track_caller]
    pub(crate) fn wait_stopped(&mut self) {
        let path = format!("/proc/{}/stat", self.child.id());
        self.wait_until("stopped", |_| {
            let stat = fs_err::read(&path).unwrap_or_default();
            let after_name = stat.rsplit(|it| *it == b')').next().unwrap_or_default();
            after_name.starts_with(b" T")
        });
    }

    /// The line discipline edits lines, echoes, and makes signals of keys, as before the start.
    pub(crate) fn is_cooked(&self) -> bool {
        let now = tcgetattr(&self.slave).unwrap();
        let flags = |it: &Termios| {
            (
                it.input_modes.bits(),
                it.output_modes.bits(),
                it.control_modes.bits(),
                it.local_modes.bits(),
            )
        };
        flags(&now) == flags(&self.before)
    }

    /// Waits for the end, and takes everything that was written until then.
    #[track_caller]
    pub(crate) fn wait_exit(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        while self.status.is_none() {
            self.status = self.child.try_wait().unwrap();
            self.step(Instant::now() + Duration::from_millis(10));
            assert!(
                Instant::now() < until,
                "it does not end\n{}",
                self.terminal.dump()
            );
        }
        while self.step(Instant::now() + Duration::from_millis(50)) {}
        self.status.expect("it has ended")
    }

    /// What a shell would find that was not so before; empty is right.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mut left = self.terminal.left_behind();
        if !self.is_cooked() {
            left.push("the line discipline is another one".to_owned());
        }
        let n_unread = rustix::io::ioctl_fionread(&self.slave).unwrap();
        if n_unread > 0 {
            left.push(format!("{n_unread} bytes are left for the shell to read"));
        }
        left
    }

    #[track_caller]
    pub(crate) fn check_as_it_was(&self) {
        let left = self.left_behind();
        assert!(left.is_empty(), "{left:#?}\n{}", self.terminal.dump());
    }

    /// The link breaks: the terminal is gone, as when SSH ends or the window is closed. Gives how the program ended.
    #[track_caller]
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        let (gone, _) = pair();
        self.master = gone;
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it outlives its terminal");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.status.is_none() {
            // it may have ended by itself
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
