//! The process's terminal: dimmed text or plain, what Ctrl-C means now, and a panic that leaves it usable.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::session::safe::printable;

/// What Ctrl-C means: the end of the answer while there is one, else the end of the program.
#[derive(Debug, Clone)]
pub struct Interrupt {
    cancel: Arc<AtomicBool>,
    is_answering: Arc<AtomicBool>,
    /// What comes next is not wanted any more.
    is_early: Arc<AtomicBool>,
}

/// The exit code after Ctrl-C: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

impl Interrupt {
    /// Takes Ctrl-C over; once a program.
    ///
    /// # Errors
    /// When the system refuses, or it was already taken over.
    pub fn install() -> anyhow::Result<Self> {
        let interrupt = Self::without_signal();
        let theirs = interrupt.clone();
        ctrlc::set_handler(move || theirs.strike()).context("Ctrl-C cannot be watched")?;
        Ok(interrupt)
    }

    /// Without a signal: somebody else calls [`Self::stop`].
    pub fn without_signal() -> Self {
        Self {
            cancel: Arc::default(),
            is_answering: Arc::default(),
            is_early: Arc::default(),
        }
    }

    /// Stops the work that is being done; where it has not begun, it stops as soon as it does.
    pub fn stop(&self) {
        self.is_early.store(true, Ordering::SeqCst);
        self.cancel.store(true, Ordering::SeqCst);
    }

    /// The work that was to be stopped is over, or never began.
    pub fn forget(&self) {
        self.is_early.store(false, Ordering::SeqCst);
    }

    /// Does `work`, during which Ctrl-C sets the flag that it gets; a second one ends the program.
    pub fn during<T>(&self, work: impl FnOnce(&Arc<AtomicBool>) -> T) -> T {
        let is_early = self.is_early.load(Ordering::SeqCst);
        self.cancel.store(is_early, Ordering::SeqCst);
        self.is_answering.store(true, Ordering::SeqCst);
        let done = work(&self.cancel);
        self.is_answering.store(false, Ordering::SeqCst);
        done
    }

    fn strike(&self) {
        let is_first = !self.cancel.swap(true, Ordering::SeqCst);
        if !(is_first && self.is_answering.load(Ordering::SeqCst)) {
            std::process::exit(INTERRUPTED.into());
        }
    }
}

/// Makes a panic one sentence, after the terminal's modes were undone.
pub fn tame_panics() {
    std::panic::set_hook(Box::new(|info| {
        let mut err = std::io::stderr().lock();
        if err.is_terminal() {
            // Colours off, cursor shown, bracketed paste off, and to the beginning of a line.
            let _ = write!(err, "\x1b[0m\x1b[?25h\x1b[?2004l\r\n");
        }
        let place = info
            .location()
            .map_or_else(String::new, |it| format!(" at {}:{}", it.file(), it.line()));
        let text = info.payload_as_str().unwrap_or("no message");
        let _ = writeln!(
            err,
            "medlab: a fault of the program itself{place}: {}; please report it",
            printable(text)
        );
    }));
}

/// How long a terminal may think about a question; over a slow line it takes some tenths of a second.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the terminal answers at all: it is asked for its primary device attributes (`CSI c`, DEC VT510), which every
/// terminal tells. One that nobody watches, as that of a test harness or a container, does not.
#[cfg(unix)]
pub fn terminal_answers() -> bool {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    let stdin = rustix::stdio::stdin();
    let Ok(before) = tcgetattr(stdin) else {
        return false;
    };
    let mut raw = before.clone();
    raw.make_raw();
    let is_told = tcsetattr(stdin, OptionalActions::Now, &raw).is_ok() && ask_attributes().is_ok();
    // What cannot be undone now cannot be undone later either.
    let _ = tcsetattr(stdin, OptionalActions::Now, &before);
    is_told
}

/// Elsewhere the console itself is asked, not a stream of characters.
#[cfg(not(unix))]
pub fn terminal_answers() -> bool {
    true
}

/// Asks, and reads until the answer (`CSI ? … c`) has come; an error when it did not come in time.
#[cfg(unix)]
fn ask_attributes() -> std::io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut out = std::io::stdout().lock();
    out.write_all(b"\x1b[c")?;
    out.flush()?;
    let (stdin, until) = (rustix::stdio::stdin(), Instant::now() + PATIENCE);
    let mut heard = Vec::new();
    while !is_attributes(&heard) {
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now()));
        let left = left.map_err(std::io::Error::other)?;
        let mut keyboard = [PollFd::new(&stdin, PollFlags::IN)];
        let mut bytes = [0; 64];
        let n_bytes = match poll(&mut keyboard, Some(&left))? {
            0 => 0,
            _ => rustix::io::read(stdin, &mut bytes)?,
        };
        if n_bytes == 0 {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        heard.extend_from_slice(&bytes[..n_bytes]);
    }
    Ok(())
}

/// Waits until somebody presses Enter. `false` when the input ended, or `cancel` was set meanwhile.
///
/// # Errors
/// When the keyboard cannot be read.
pub fn wait_for_enter(cancel: &AtomicBool) -> std::io::Result<bool> {
    while !cancel.load(Ordering::SeqCst) {
        if is_typed()? {
            return Ok(std::io::stdin().read_line(&mut String::new())? > 0);
        }
    }
    Ok(false)
}

/// Whether there is a line to read; looks for a twentieth of a second, since reading itself cannot be stopped.
#[cfg(unix)]
fn is_typed() -> std::io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let stdin = rustix::stdio::stdin();
    let mut keyboard = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut keyboard, Some(&patience)) {
        Ok(ready) => Ok(ready > 0),
        // Ctrl-C came meanwhile
        Err(error) if error == rustix::io::Errno::INTR => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn is_typed() -> std::io::Result<bool> {
    Ok(true)
}

/// Whether an answer is among what was heard, between keys that somebody may have pressed.
#[cfg(unix)]
fn is_attributes(heard: &[u8]) -> bool {
    let begin = heard.windows(3).position(|it| it == b"\x1b[?");
    begin.is_some_and(|it| heard[it..].contains(&b'c'))
}

/// Columns of the terminal that standard output is; `None` when it is none.
pub fn columns() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|it| *it > 0)
    }
    #[cfg(not(unix))]
    None
}

/// Text for standard error that is less important than the rest: dimmed on a terminal that has colours.
pub fn dim(text: &str) -> String {
    if std::io::stderr().is_terminal() && has_colours() {
        format!("\x1b[2m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Whether the person wants colours (`NO_COLOR` is unset or empty) and the terminal is not a dumb one.
pub fn has_colours() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
    !unwanted && std::env::var("TERM").is_ok_and(|it| it != "dumb" && !it.is_empty())
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_attributes;

    #[test]
    fn an_answer_is_told_from_keys() {
        assert!(is_attributes(b"\x1b[?62;4c"));
        assert!(is_attributes(b"abc\x1b[?1;2c"));
        assert!(!is_attributes(b"abc") && !is_attributes(b"\x1b[?62;4") && !is_attributes(b""));
    }
}
