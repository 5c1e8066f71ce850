//! The system's calls about a terminal, and nothing else: raw or not, how large, write some, stop the process group.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

use super::probe::Screen;

/// How the terminal was before it was made raw.
#[derive(Clone)]
pub(super) struct Saved(Termios);

/// Whether there are a keyboard and a screen.
pub(super) fn is_terminal() -> bool {
    isatty(stdin()) && isatty(stdout())
}

/// Every byte as it comes, nothing echoed, no key a signal.
pub(super) fn raw() -> io::Result<Saved> {
    let before = tcgetattr(stdin())?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(stdin(), OptionalActions::Now, &raw)?;
    Ok(Saved(before))
}

/// As it was; what was typed (or answered by the terminal) and not read is thrown away, so that no shell reads it.
pub(super) fn cook(saved: &Saved) {
    // a terminal that is gone cannot be cooked
    let _ = tcsetattr(stdin(), OptionalActions::Flush, &saved.0);
}

/// How large the screen is; some serial lines say 0 × 0.
pub(super) fn size() -> io::Result<Screen> {
    let size = tcgetwinsize(stdout())?;
    Ok(Screen {
        columns: if size.ws_col == 0 { 80 } else { size.ws_col },
        rows: if size.ws_row == 0 { 24 } else { size.ws_row },
        pixels: (size.ws_xpixel, size.ws_ypixel),
    })
}

/// Writes all of it to the terminal, if that takes some at least every so often, and `goes_on`.
pub(super) fn put(
    mut bytes: &[u8],
    patience: Duration,
    goes_on: &dyn Fn() -> bool,
) -> io::Result<()> {
    // so little at once that what is written stays whole even where the other side reads slowly
    const PORTION: usize = 4096;
    /// How soon it is noticed that nobody wants to go on.
    const LOOK_UP: Duration = Duration::from_millis(20);
    let mut until = Instant::now() + patience;
    while !bytes.is_empty() {
        if !goes_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let stdout = stdout();
        let mut screen = [PollFd::new(&stdout, PollFlags::OUT)];
        let look_up = Timespec::try_from(LOOK_UP).map_err(io::Error::other)?;
        let written = match poll(&mut screen, Some(&look_up)) {
            Ok(0) | Err(Errno::INTR) => 0,
            Ok(_) => write_some(&bytes[..bytes.len().min(PORTION)])?,
            Err(error) => return Err(error.into()),
        };
        if written > 0 {
            until = Instant::now() + patience;
        } else if Instant::now() > until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        bytes = &bytes[written..];
    }
    Ok(())
}

fn write_some(bytes: &[u8]) -> io::Result<usize> {
    match rustix::io::write(stdout(), bytes) {
        Err(Errno::INTR | Errno::AGAIN) => Ok(0),
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        written => Ok(written?),
    }
}

/// What Ctrl-Z does where no program catches it: the whole job stops (and not at all where nobody could continue it).
pub(super) fn stop_group() -> io::Result<()> {
    Ok(kill_current_process_group(Signal::TSTP)?)
}
