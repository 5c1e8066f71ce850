//! A program in, the same program inside a real tmux out: its own server, its own socket, gone with the test.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::personality::Personality;
use super::pty::{Program, Pty};
use super::terminal::PATIENCE;

/// The file that tells how the program ended.
const STATUS: &str = "status";

/// The session's name.
const SESSION: &str = "it";

/// A tmux server with one session.
pub(crate) struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    /// A server that is not started yet; `None`, said on standard error, where there is no tmux.
    pub(crate) fn new(config: &str) -> Option<Self> {
        Self::with("tmux", config)
    }

    /// The same with another name for the program, to see what is done without it.
    pub(crate) fn with(program: &str, config: &str) -> Option<Self> {
        let version = Command::new(program).arg("-V").output();
        let is_there = version.is_ok_and(|it| it.status.success());
        if !is_there {
            eprintln!("skipped: {program} is not installed (Debian: apt-get install tmux)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "set -sg escape-time 0\nset -g status off\nset -g remain-on-exit on\n{config}\n"
        );
        fs_err::write(folder.path().join("config"), config).unwrap();
        Some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn words(&self) -> Vec<String> {
        let config = self.path().join("config");
        let words = ["tmux", "-u", "-L", "it", "-f", config.to_str().unwrap()];
        words.map(str::to_owned).to_vec()
    }

    fn run(&self, words: &[&str]) -> Output {
        let mine = self.words();
        Command::new(&mine[0])
            .args(&mine[1..])
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path())
            .env("TMUX_TMPDIR", self.path())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .output()
            .unwrap()
    }

    /// Tells tmux something; gives what it printed.
    #[track_caller]
    pub(crate) fn say(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {words:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a program in the session, with no terminal attached.
    #[track_caller]
    pub(crate) fn start(&self, program: &[&str], (columns, rows): (u16, u16)) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let first = [
            "new-session",
            "-d",
            "-s",
            SESSION,
            "-x",
            &columns,
            "-y",
            &rows,
            "--",
        ];
        // tmux 3.3 may lose how a program ended, so a shell around it writes that down
        let script = format!("\"$@\"; echo $? > '{}'", self.path().join(STATUS).display());
        let shell = ["sh", "-c", &script, "sh"];
        self.say(&[&first[..], &shell, program].concat());
    }

    /// Attaches a terminal that is played; it ends when it is detached, or the server is.
    pub(crate) fn attach(&self, personality: Personality, size: (u16, u16)) -> Pty {
        let mut words = self.words();
        words.extend(["attach-session", "-t", SESSION].map(str::to_owned));
        Program::new(words)
            .on(personality)
            .size(size.0, size.1)
            .env("TMUX_TMPDIR", self.path())
            .start()
    }

    #[track_caller]
    pub(crate) fn detach(&self) {
        self.say(&["detach-client", "-s", SESSION]);
    }

    /// Presses keys by tmux's names: `C-c`, `Escape`, `PPage`.
    #[track_caller]
    pub(crate) fn keys(&self, names: &str) {
        let names: Vec<&str> = names.split(' ').collect();
        self.say(&[&["send-keys", "-t", SESSION], &names[..]].concat());
    }

    #[track_caller]
    pub(crate) fn text(&self, text: &str) {
        self.say(&["send-keys", "-t", SESSION, "-l", "--", text]);
    }

    /// Pastes, in brackets if the program asked for them.
    #[track_caller]
    pub(crate) fn paste(&self, text: &str) {
        self.say(&["set-buffer", "--", text]);
        self.say(&["paste-buffer", "-p", "-t", SESSION]);
    }

    #[track_caller]
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.say(&["resize-window", "-t", SESSION, "-x", &columns, "-y", &rows]);
    }

    /// The pane as text.
    #[track_caller]
    pub(crate) fn capture(&self) -> String {
        self.say(&["capture-pane", "-p", "-t", SESSION])
    }

    /// The pane with its colours.
    #[track_caller]
    pub(crate) fn capture_coloured(&self) -> String {
        self.say(&["capture-pane", "-pe", "-t", SESSION])
    }

    /// What a format says about the pane.
    #[track_caller]
    pub(crate) fn ask(&self, format: &str) -> String {
        let said = self.say(&["display-message", "-p", "-t", SESSION, format]);
        said.trim_end_matches('\n').to_owned()
    }

    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = self.capture();
            if is_so(&text) {
                return;
            }
            assert!(Instant::now() < until, "never {what}:\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(text, |it| it.contains(text));
    }

    /// Waits for the end of the program; gives its exit code, or 128 and the signal that ended it.
    #[track_caller]
    pub(crate) fn wait_exit(&self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = fs_err::read(self.path().join(STATUS)).unwrap_or_default();
            let text = String::from_utf8(text).unwrap();
            // written in one piece: a line feed ends it
            if let Some(code) = text.strip_suffix('\n') {
                return code.parse().unwrap();
            }
            assert!(
                Instant::now() < until,
                "it does not end:\n{}",
                self.capture()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Modes that are on in the pane, as tmux knows them.
    #[track_caller]
    pub(crate) fn modes(&self) -> String {
        let names = [
            "alternate_on",
            "mouse_any_flag",
            "mouse_button_flag",
            "mouse_standard_flag",
            "mouse_sgr_flag",
        ];
        let format = names.map(|it| format!("#{{?{it},{it} ,}}")).concat();
        self.ask(&format).trim_end().to_owned()
    }

    /// Writes a file next to the server's socket, for scripts and programs.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path().join(OsStr::new(name));
        fs_err::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.run(&["kill-server"]);
    }
}
