//! What the system does about terminals where it is not Unix: crossterm's console, no signals, no log for standard error.

/// In place of `tty`.
pub(super) mod tty {
    use std::io::{self, IsTerminal as _, Write as _};
    use std::time::Duration;

    use super::super::probe::Screen;

    #[derive(Clone)]
    pub(in super::super) struct Saved;

    pub(in super::super) fn is_terminal() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    pub(in super::super) fn raw() -> io::Result<Saved> {
        crossterm::terminal::enable_raw_mode()?;
        Ok(Saved)
    }

    pub(in super::super) fn cook(_: &Saved) {
        // a console that is gone cannot be cooked
        let _ = crossterm::terminal::disable_raw_mode();
    }

    pub(in super::super) fn size() -> io::Result<Screen> {
        let (columns, rows) = crossterm::terminal::size()?;
        Ok(Screen {
            columns,
            rows,
            pixels: (0, 0),
        })
    }

    pub(in super::super) fn put(
        bytes: &[u8],
        _: Duration,
        goes_on: &dyn Fn() -> bool,
    ) -> io::Result<()> {
        if !goes_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    pub(in super::super) fn stop_group() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// In place of `reader`: it gives no answers of the terminal.
pub(super) mod reader {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::time::Duration;

    use super::super::news::{Questions, Read};
    use super::super::replies::Heard;

    pub(in super::super) type Tell = Arc<dyn Fn(Read) + Send + Sync>;

    const LOOK_UP: Duration = Duration::from_millis(50);
    const READS: u8 = 0;
    const PAUSES: u8 = 1;
    const ENDS: u8 = 2;

    pub(in super::super) struct Reader {
        state: Arc<AtomicU8>,
    }

    impl Reader {
        pub(in super::super) fn start(_: Arc<Questions>, tell: Tell) -> std::io::Result<Self> {
            let state = Arc::new(AtomicU8::new(READS));
            let theirs = Arc::clone(&state);
            let thread = std::thread::Builder::new().name("keyboard".to_owned());
            thread.spawn(move || listen(&theirs, &tell).unwrap_or_else(|_| tell(Read::Ended)))?;
            Ok(Self { state })
        }

        pub(in super::super) fn pause(&mut self) {
            self.state.store(PAUSES, Ordering::SeqCst);
            std::thread::sleep(2 * LOOK_UP);
        }

        pub(in super::super) fn go_on(&mut self) {
            self.state.store(READS, Ordering::SeqCst);
        }
    }

    impl Drop for Reader {
        fn drop(&mut self) {
            self.state.store(ENDS, Ordering::SeqCst);
        }
    }

    fn listen(state: &AtomicU8, tell: &Tell) -> std::io::Result<()> {
        loop {
            match state.load(Ordering::SeqCst) {
                ENDS => return Ok(()),
                PAUSES => std::thread::sleep(LOOK_UP),
                _ if crossterm::event::poll(LOOK_UP)? => {
                    tell(Read::Heard(Heard::Event(crossterm::event::read()?)));
                }
                _ => {}
            }
        }
    }
}

/// In place of `signals`.
pub(super) mod signals {
    use std::sync::Arc;

    use super::super::news::Told;

    pub(in super::super) type Tell = Arc<dyn Fn(Told) + Send + Sync>;

    pub(in super::super) struct Signals;

    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as where there are signals"
    )]
    impl Signals {
        pub(in super::super) fn watch(_: Tell) -> std::io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) fn wait_until_continued(&self) -> bool {
            false
        }

        pub(in super::super) fn forget_continued(&self) {}
    }
}

/// In place of `stderr`: it stays where it is.
pub(super) mod stderr {
    #[expect(clippy::unnecessary_wraps, reason = "as where it goes to a file")]
    pub(in super::super) fn send_to(_: &std::path::Path) -> std::io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn give_back() {}
}
