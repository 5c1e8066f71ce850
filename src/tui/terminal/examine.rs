//! A terminal in, what it can do out, without taking its screen: for a report.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::caps::{Caps, Multiplexer};
use super::news::{Questions, Read};
use super::probe::{Environment, Probe};
use super::reader::Reader;
use super::replies::Heard;
use super::{modes, tmux, tty};
use crate::settings::Graphics;

/// Asks the terminal what it can do without taking its screen, for a report: waits until it has told, or for `patience`.
///
/// # Errors
/// When standard input and output are no terminal.
pub fn examine(graphics: Graphics, patience: Duration) -> io::Result<Caps> {
    if !tty::is_terminal() {
        return Err(io::Error::other(
            "standard input and output are no terminal",
        ));
    }
    let environment = Environment::read(&|name| std::env::var(name).ok());
    let mut probe = Probe::new(graphics, environment, tty::size()?);
    if probe.caps().multiplexer == Multiplexer::Tmux
        && let Some(facts) = tmux::ask(std::env::var("TMUX_PANE").ok().as_deref())
    {
        probe.hear_tmux(facts);
    }
    modes::enter(&[])?;
    let caps = ask_all(&mut probe, patience);
    modes::leave();
    caps
}

fn ask_all(probe: &mut Probe, patience: Duration) -> io::Result<Caps> {
    let questions = Arc::new(Questions::new());
    let (tell, told) = channel();
    let tell = move |it| {
        // nobody listens any more
        let _ = tell.send(it);
    };
    let _reader = Reader::start(Arc::clone(&questions), Arc::new(tell))?;
    let until = Instant::now() + patience;
    let mut next = probe.begin();
    loop {
        if !next.is_empty() {
            questions.ask();
            modes::write(next.as_bytes())?;
        }
        next = match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Read::Heard(Heard::Reply(reply))) => probe.hear(&reply),
            Ok(Read::Heard(Heard::Event(_))) => String::new(),
            Ok(Read::Ended) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                break;
            }
        };
        if next.is_empty() && !questions.is_open() {
            break;
        }
    }
    Ok(probe.caps())
}
