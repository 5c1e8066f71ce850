//! A log file in, standard error into it while the interface owns the terminal; and back.
//!
//! Libraries and decoders write to file descriptor 2 without asking; on a screen that somebody else draws, that is garbage.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The real standard error, while it is elsewhere.
static KEPT: Mutex<Option<OwnedFd>> = Mutex::new(None);

/// Larger, and the log begins anew.
const MOST: u64 = 1 << 20;

/// Lets everything that is written to standard error go to the end of a file, unless it does so already.
///
/// # Errors
/// When the file cannot be opened, or the system has no descriptor left.
pub(super) fn send_to(path: &Path) -> io::Result<()> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.is_some() {
        return Ok(());
    }
    let is_full = std::fs::metadata(path).is_ok_and(|it| it.len() > MOST);
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(!is_full)
        .write(true)
        .truncate(is_full)
        .mode(0o600)
        .open(path)?;
    let real = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?;
    rustix::stdio::dup2_stderr(&log)?;
    *kept = Some(real);
    Ok(())
}

/// Standard error is what it was.
pub(super) fn give_back() {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(real) = kept.take() {
        // what was open can be opened again under its old number
        let _ = rustix::stdio::dup2_stderr(&real);
    }
}
