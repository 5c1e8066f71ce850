//! The system's signals in, news for the interface out; the terminal is left at once when the process has to end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::{Handle, Signals as Iterator};

use super::modes;
use super::news::Told;

/// Hears of a signal, on a thread of its own.
pub(super) type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// Between a signal that asks the process to end and its end without further questions.
const GRACE: Duration = Duration::from_secs(10);

/// The signals that ask a process to end.
const ENDS: [i32; 4] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT];

pub(super) struct Signals {
    /// Whether these signals do again what they do by default; no handler can be taken back.
    is_over: Arc<AtomicBool>,
    handle: Handle,
    continued: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Signals {
    pub(super) fn watch(tell: Tell) -> io::Result<Self> {
        let is_over = Arc::<AtomicBool>::default();
        for signal in ENDS {
            register_conditional_default(signal, Arc::clone(&is_over))?;
        }
        let signals = Iterator::new([SIGWINCH, SIGCONT].iter().chain(&ENDS))?;
        let handle = signals.handle();
        let (continues, continued) = channel();
        let thread = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || serve(signals, &continues, &tell))?;
        Ok(Self {
            is_over,
            handle,
            continued,
            thread: Some(thread),
        })
    }

    /// After the process group was told to stop: returns when it goes on, and whether it had stopped at all.
    pub(super) fn wait_until_continued(&self) -> bool {
        // the stop may come a moment after the call that asks for it, and not at all without a shell to continue it
        let begin = Instant::now();
        let patience = Duration::from_millis(300);
        self.continued.recv_timeout(patience).is_ok() || begin.elapsed() > 2 * patience
    }

    /// Forgets continuations that nobody waited for.
    pub(super) fn forget_continued(&self) {
        while self.continued.try_recv().is_ok() {}
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // it has told of its panic by itself
            let _ = thread.join();
        }
    }
}

fn serve(mut signals: Iterator, continues: &Sender<()>, tell: &Tell) {
    for signal in &mut signals {
        match signal {
            SIGWINCH => tell(Told::Resized),
            SIGCONT => {
                // nobody may be waiting
                let _ = continues.send(());
                tell(Told::Continued);
            }
            signal => end(signal, tell),
        }
    }
}

/// Leaves the terminal now, lets the interface save what it has to, and ends the process if it does not.
fn end(signal: i32, tell: &Tell) {
    modes::leave();
    tell(Told::End(signal));
    let last_resort = move || {
        std::thread::sleep(GRACE);
        // only an unknown signal is refused
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    };
    // without a thread, the interface ends by itself or not at all
    let _ = std::thread::Builder::new()
        .name("last resort".to_owned())
        .spawn(last_resort);
}
