//! The keyboard's bytes in, events and answers out, on a thread of its own that can be paused while somebody else reads.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;

use super::modes;
use super::news::{Questions, Read};
use super::replies::{Heard, Parser, Rest};

/// Takes what was read, on the reader's thread.
pub(super) type Tell = Arc<dyn Fn(Read) + Send + Sync>;

/// An ESC that nothing follows for so long is the key.
const KEY: Duration = Duration::from_millis(50);
/// While an answer is expected, its ESC may come alone.
const ANSWER: Duration = Duration::from_secs(1);
/// What has begun and does not go on.
const BEGUN: Duration = Duration::from_secs(3);

/// What is said to the thread, by a byte through a pipe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Pause = b'p' as isize,
    GoOn = b'g' as isize,
    End = b'e' as isize,
}

pub(super) struct Reader {
    orders: PipeWriter,
    obeyed: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub(super) fn start(questions: Arc<Questions>, tell: Tell) -> io::Result<Self> {
        let (theirs, orders) = io::pipe()?;
        let (obeys, obeyed) = channel();
        let thread = std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                let mut listening = Listening {
                    parser: Parser::default(),
                    orders: theirs,
                    obeys,
                    questions,
                    tell,
                };
                if !listening.listen() {
                    (listening.tell)(Read::Ended);
                }
            })?;
        Ok(Self {
            orders,
            obeyed,
            thread: Some(thread),
        })
    }

    /// Returns when nobody reads the keyboard any more.
    pub(super) fn pause(&mut self) {
        self.order(Order::Pause);
    }

    /// Reads again; what was half read before is forgotten.
    pub(super) fn go_on(&mut self) {
        self.order(Order::GoOn);
    }

    /// False when it is not obeyed: the thread has ended, or the system keeps it in a read that was begun at the
    /// moment at which another thread left the terminal.
    fn order(&mut self, order: Order) -> bool {
        let patience = Duration::from_millis(200);
        self.orders.write_all(&[order as u8]).is_ok() && self.obeyed.recv_timeout(patience).is_ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let has_ended = self.order(Order::End);
        if let Some(thread) = self.thread.take().filter(|_| has_ended) {
            // it has told of its panic by itself
            let _ = thread.join();
        }
    }
}

struct Listening {
    parser: Parser,
    orders: PipeReader,
    obeys: Sender<()>,
    questions: Arc<Questions>,
    tell: Tell,
}

impl Listening {
    /// Until it is told to end (true), or the terminal is gone (false).
    fn listen(&mut self) -> bool {
        let mut is_paused = false;
        loop {
            let (keyboard, order) = match self.wait(is_paused) {
                Ok(ready) => ready,
                Err(Errno::INTR) => continue,
                Err(_) => return false,
            };
            if order {
                match self.next_order() {
                    Order::Pause => is_paused = true,
                    Order::GoOn => is_paused = false,
                    Order::End => return true,
                }
                continue;
            }
            if !self.is_ours() {
                continue;
            }
            if keyboard && !self.read() {
                return false;
            }
            if !keyboard && !is_paused {
                self.give_up();
            }
        }
    }

    /// Waits for the keyboard or an order; neither: the time is over.
    fn wait(&self, is_paused: bool) -> rustix::io::Result<(bool, bool)> {
        let stdin = stdin();
        let mut both = [
            PollFd::new(&self.orders, PollFlags::IN),
            PollFd::new(&stdin, PollFlags::IN),
        ];
        // once the terminal was left, what comes is somebody else's
        let n = if is_paused || !self.is_ours() { 1 } else { 2 };
        let patience = self.patience().and_then(|it| Timespec::try_from(it).ok());
        poll(&mut both[..n], patience.as_ref())?;
        let is_ready = |it: &PollFd<'_>| !it.revents().is_empty();
        Ok((n == 2 && is_ready(&both[1]), is_ready(&both[0])))
    }

    /// Whether what comes is for us: the last answers are, too.
    fn is_ours(&self) -> bool {
        modes::is_owned() || self.questions.is_leaving()
    }

    fn patience(&self) -> Option<Duration> {
        match self.parser.rest() {
            Rest::None => None,
            Rest::MayBeKey if self.questions.is_open() => Some(ANSWER),
            Rest::MayBeKey => Some(KEY),
            Rest::Begun => Some(BEGUN),
        }
    }

    fn next_order(&mut self) -> Order {
        let mut byte = [0];
        let order = match self.orders.read(&mut byte) {
            Ok(1) if byte[0] == Order::Pause as u8 => Order::Pause,
            Ok(1) if byte[0] == Order::GoOn as u8 => Order::GoOn,
            _ => Order::End,
        };
        self.parser = Parser::default();
        // nobody waits for the end
        let _ = self.obeys.send(());
        order
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let n_bytes = match rustix::io::read(stdin(), &mut bytes) {
            Ok(0) => return false,
            Ok(n_bytes) => n_bytes,
            Err(Errno::INTR | Errno::AGAIN) => return true,
            Err(_) => return false,
        };
        let Self {
            parser,
            questions,
            tell,
            ..
        } = self;
        let mut heard = |it: Heard| {
            if let Heard::Reply(reply) = &it {
                questions.hear(reply);
            }
            if !questions.is_leaving() {
                tell(Read::Heard(it));
            }
        };
        parser.feed(&bytes[..n_bytes], questions.is_open(), &mut heard);
        true
    }

    fn give_up(&mut self) {
        let tell = &self.tell;
        self.parser.give_up(&mut |it| tell(Read::Heard(it)));
    }
}
