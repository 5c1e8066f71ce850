//! The only door to the terminal: what is drawn goes in, what is typed comes out, and the shell gets back what it had.
//!
//! ```text
//! keyboard → reader → replies ┬→ Input ─→ Terminal::hear ─→ Heard: an event for `update`, draw again, the end
//! signals ────────────────────┤              │
//! worker, writer, tmux ───────┘              ├→ probe: what this terminal can do, judged anew with each answer
//!                                            ▼
//! view → Terminal::draw → cells → backend ┬→ writer → one thread → terminal
//!                         pictures → surface ┘
//! ```
//!
//! * `modes` has the list of everything that is changed about the terminal, and the one way out of it.
//! * `writer` puts frames into synchronised updates, counts bytes, and sends pictures and questions between frames.
//! * `replies` and `keys` tell keys from answers, byte by byte; `reader` is their thread.
//! * `probe` and `tmux` find out what there is; `signals`, `stderr`, `tty` talk to the system (`elsewhere`: where that is no
//!   Unix); `clipboard` to the terminal's.
//!
//! The loop around it, which never waits for the terminal:
//!
//! ```text
//! for input in receiver { match terminal.hear(input)? {
//!     Some(Heard::Event(event)) => update(…), Some(Heard::Redraw | Heard::Caps) => …, Some(Heard::End(end)) => break, None => {}
//! } … terminal.draw(|frame| view(&state, frame))?; }
//! ```

pub mod backend;
pub mod caps;
pub mod clipboard;
#[cfg(not(unix))]
mod elsewhere;
mod examine;
mod keys;
pub mod modes;
mod news;
pub mod probe;
#[cfg(unix)]
mod reader;
pub mod replies;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod stderr;
pub mod tmux;
#[cfg(unix)]
mod tty;
pub mod writer;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::layout::Size;

use self::backend::Quiet;
use self::clipboard::Copied;
#[cfg(not(unix))]
use self::elsewhere::{reader, signals, stderr, tty};
pub use self::examine::examine;
use self::modes::Mode;
use self::news::{Questions, Read, Told};
use self::probe::{Caps, Environment, Multiplexer, Probe, Screen};
use self::reader::Reader;
use self::replies::Reply;
use self::signals::Signals;
use self::writer::{Counts, TtyWriter, Wrote};
use crate::session::safe::printable_line;
use crate::settings::Graphics;
use crate::tui::surface::{Link, Quality, Surface, Wanted};

/// What the person decides about the terminal.
#[derive(Debug, Clone)]
pub struct Options {
    /// How pictures are shown.
    pub graphics: Graphics,
    /// Whether clicks and the wheel come to us; where they do, text is selected with Shift held.
    pub mouse: bool,
    /// Where standard error goes meanwhile.
    pub log: Option<PathBuf>,
}

/// Something came in, for [`Terminal::hear`] to say what.
#[derive(Debug)]
pub struct Input(News);

#[derive(Debug)]
enum News {
    Read(Read),
    Told(Told),
    Wrote(Wrote),
    Encoded,
    Tmux(Box<tmux::Facts>),
    Panicked,
}

/// What an input means to the interface.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A key, a click, a paste, the focus, or the window's new size.
    Event(Event),
    /// There is something new to be seen; draw.
    Redraw,
    /// The terminal turned out to be able to do more or less ([`Terminal::caps`]); draw.
    Caps,
    /// The terminal was left, or is gone: save, and end.
    End(End),
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// This signal; the exit code is 128 + its number.
    Signal(i32),
    /// The terminal hung up.
    Gone,
    /// A thread panicked; its report is on standard error.
    Panic,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// So many bytes are on their way.
    Now(usize),
    /// The last frame has not left yet, and [`Heard::Redraw`] comes when it has; or the terminal is not ours any more, and
    /// [`Heard::End`] comes.
    Later,
}

type Tell = Arc<dyn Fn(Input) + Send + Sync>;

/// The terminal while it is ours.
pub struct Terminal {
    screen: ratatui::Terminal<Quiet>,
    writer: TtyWriter,
    surface: Surface,
    probe: Probe,
    questions: Arc<Questions>,
    reader: Option<Reader>,
    signals: Option<Signals>,
    writing: Option<JoinHandle<()>>,
    tell: Tell,
    options: Options,
    /// A frame was asked for while another was being written.
    is_owed: bool,
    /// The questions went out after the first frame.
    has_asked: bool,
    entered: Instant,
    client: Option<String>,
    /// tmux is being asked.
    is_asking_tmux: Arc<AtomicBool>,
}

/// What is entered with the interface; the keyboard's protocol follows when the terminal says that it has it.
const ALWAYS: &[Mode] = &[
    Mode::Title,
    Mode::Screen,
    Mode::Cursor,
    Mode::Paste,
    Mode::Focus,
];

impl Terminal {
    /// Takes the terminal over. `tell` is called from several threads with what is to be passed to [`Terminal::hear`].
    ///
    /// Nothing is asked and nothing waited for before the first frame.
    ///
    /// # Errors
    /// When standard input and output are no terminal, or it cannot be switched.
    pub fn open(
        options: Options,
        tell: impl Fn(Input) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        if !tty::is_terminal() {
            return Err(io::Error::other(
                "standard input and output are no terminal; `medlab repl` works without one",
            ));
        }
        let environment = Environment::read(&|name| std::env::var(name).ok());
        let screen = tty::size()?;
        let tell: Tell = Arc::new(tell);
        let said = |make: fn(()) -> News| -> Arc<dyn Fn() + Send + Sync> {
            let tell = Arc::clone(&tell);
            Arc::new(move || tell(Input(make(()))))
        };
        let panicked = said(|()| News::Panicked);
        modes::guard_panics(move || panicked());
        let probe = Probe::new(options.graphics, environment, screen);
        let writer = TtyWriter::new();
        let quiet = Quiet::new(writer.clone(), Size::new(screen.columns, screen.rows));
        let surface = Surface::new(probe.caps(), said(|()| News::Encoded));
        let questions = Arc::new(Questions::new());
        let told = Arc::clone(&tell);
        let signals = Signals::watch(Arc::new(move |it| told(Input(News::Told(it)))))?;
        let mut terminal = Self {
            screen: ratatui::Terminal::new(quiet)?,
            surface,
            probe,
            reader: None,
            signals: Some(signals),
            writing: None,
            questions,
            options,
            is_owed: false,
            has_asked: false,
            entered: Instant::now(),
            client: None,
            is_asking_tmux: Arc::default(),
            tell,
            writer,
        };
        terminal.enter()?;
        terminal.start_threads()?;
        Ok(terminal)
    }

    fn start_threads(&mut self) -> io::Result<()> {
        let (writer, tell) = (self.writer.clone(), Arc::clone(&self.tell));
        let write = move || {
            let mut put = |bytes: &[u8]| modes::write(bytes);
            writer.serve(&mut put, &|wrote| tell(Input(News::Wrote(wrote))));
        };
        let thread = std::thread::Builder::new().name("screen".to_owned());
        self.writing = Some(thread.spawn(write)?);
        let tell = Arc::clone(&self.tell);
        let read = Arc::new(move |it| tell(Input(News::Read(it))));
        self.reader = Some(Reader::start(Arc::clone(&self.questions), read)?);
        Ok(())
    }

    /// What this terminal can do, as far as it is known.
    pub fn caps(&self) -> Caps {
        self.probe.caps()
    }

    /// Cells across and down.
    pub fn size(&self) -> Size {
        self.screen.backend().screen()
    }

    /// Bytes that went out.
    pub fn counts(&self) -> Counts {
        self.writer.counts()
    }

    /// How fast the last picture was.
    pub fn link(&self) -> Option<Link> {
        self.surface.link()
    }

    /// What a pane shows now: the key of its pixels, and how well.
    pub fn shown(&self, pane: u8) -> Option<(u64, Quality)> {
        self.surface.shown(pane)
    }

    /// Draws: `view` fills the frame, and says which pictures belong where (their cells left blank).
    ///
    /// # Errors
    /// None but those of memory.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>) -> Vec<Wanted>) -> io::Result<Drawn> {
        self.is_owed = self.writer.is_busy();
        if self.is_owed || !modes::is_owned() {
            return Ok(Drawn::Later);
        }
        let (surface, writer, now) = (&mut self.surface, &self.writer, Instant::now());
        self.screen.draw(|frame| {
            let wanted = view(frame);
            surface.draw(&wanted, frame.buffer_mut(), writer, now);
        })?;
        let n_bytes = self.writer.end_frame();
        // a console without answers is not asked: they would be typed
        if cfg!(unix) && !std::mem::replace(&mut self.has_asked, true) {
            let questions = self.probe.begin();
            self.ask(&questions);
            self.ask_tmux();
        }
        Ok(Drawn::Now(n_bytes))
    }

    /// Says what an input means; `None`: nothing to the interface.
    ///
    /// # Errors
    /// When the terminal cannot be entered again after the process was stopped.
    pub fn hear(&mut self, input: Input) -> io::Result<Option<Heard>> {
        Ok(match input.0 {
            News::Read(Read::Heard(replies::Heard::Event(event))) => Some(self.hear_event(event)),
            News::Read(Read::Heard(replies::Heard::Reply(reply))) => self.hear_reply(&reply),
            News::Read(Read::Ended) => {
                modes::leave();
                Some(Heard::End(End::Gone))
            }
            News::Told(Told::End(signal)) => Some(Heard::End(End::Signal(signal))),
            News::Panicked => Some(Heard::End(End::Panic)),
            News::Told(Told::Resized) => {
                let screen = tty::size()?;
                self.resize(screen);
                self.ask_tmux();
                Some(Heard::Event(Event::Resize(screen.columns, screen.rows)))
            }
            News::Told(Told::Continued) => {
                // our own suspension has entered again by itself
                let is_known = self.entered.elapsed() < Duration::from_millis(500);
                if is_known || !modes::is_owned() {
                    return Ok(None);
                }
                self.leave(&|| {})?;
                Some(Heard::Redraw)
            }
            News::Encoded => Some(Heard::Redraw),
            News::Wrote(Wrote::Frame) => self.is_owed.then_some(Heard::Redraw),
            News::Wrote(Wrote::Upload(nth)) => {
                self.surface.uploaded(nth, Instant::now());
                Some(Heard::Redraw)
            }
            News::Tmux(facts) => self.hear_tmux(*facts),
        })
    }

    fn hear_event(&mut self, event: Event) -> Heard {
        match event {
            // maybe attached somewhere else meanwhile
            Event::FocusGained => self.ask_tmux(),
            Event::Resize(columns, rows) => self.resize(Screen {
                columns,
                rows,
                pixels: (0, 0),
            }),
            _ => {}
        }
        Heard::Event(event)
    }

    fn hear_reply(&mut self, reply: &Reply) -> Option<Heard> {
        match reply {
            Reply::Ready => {
                self.surface.acknowledged(Instant::now());
                return Some(Heard::Redraw);
            }
            Reply::Keyboard(_) => self.send(modes::switch(Mode::Keyboard, true)),
            Reply::Graphics { id, is_ok: false } => self.surface.lost(*id),
            _ => {}
        }
        let before = self.probe.caps();
        let questions = self.probe.hear(reply);
        self.ask(&questions);
        self.judge(&before)
    }

    fn hear_tmux(&mut self, facts: tmux::Facts) -> Option<Heard> {
        let before = self.probe.caps();
        let client = facts.client.clone();
        let is_other = self
            .client
            .replace(client)
            .is_some_and(|it| it != facts.client);
        if is_other {
            self.surface.lost_all();
            let questions = self.probe.begin();
            self.ask(&questions);
        }
        let questions = self.probe.hear_tmux(facts);
        self.writer.question(questions.as_bytes());
        self.judge(&before).or(is_other.then_some(Heard::Redraw))
    }

    /// Lets everybody know what the terminal can do now, if that is something else than before.
    fn judge(&mut self, before: &Caps) -> Option<Heard> {
        let caps = self.probe.caps();
        if caps == *before {
            return None;
        }
        self.writer
            .set_synchronised(caps.has_updates != Some(false));
        modes::set_in_tmux(caps.multiplexer == Multiplexer::Tmux);
        self.surface.set_caps(caps, &self.writer);
        Some(Heard::Caps)
    }

    fn resize(&mut self, screen: Screen) {
        let size = Size::new(screen.columns, screen.rows);
        self.screen.backend_mut().set_size(size);
        self.surface.disturbed();
        let before = self.probe.caps();
        let questions = self.probe.resized(screen);
        self.ask(&questions);
        self.judge(&before);
    }

    /// Sends questions, the last of which every terminal answers.
    fn ask(&self, questions: &str) {
        if !questions.is_empty() {
            self.questions.ask();
            self.writer.question(questions.as_bytes());
        }
    }

    fn ask_tmux(&self) {
        if self.probe.caps().multiplexer != Multiplexer::Tmux || std::env::var_os("TMUX").is_none()
        {
            return;
        }
        if self.is_asking_tmux.swap(true, Ordering::SeqCst) {
            return;
        }
        let (tell, is_asking) = (Arc::clone(&self.tell), Arc::clone(&self.is_asking_tmux));
        let ask = move || {
            let pane = std::env::var("TMUX_PANE").ok();
            // whoever asks from now on may get another answer
            is_asking.store(false, Ordering::SeqCst);
            if let Some(facts) = tmux::ask(pane.as_deref()) {
                tell(Input(News::Tmux(Box::new(facts))));
            }
        };
        // without a thread, tmux stays unknown
        let _ = std::thread::Builder::new()
            .name("tmux".to_owned())
            .spawn(ask);
    }

    /// Something that is no part of a frame.
    fn send(&mut self, command: &str) {
        self.writer
            .write_all(command.as_bytes())
            .expect("memory takes everything");
        self.writer.end_frame();
    }

    /// Whether clicks and the wheel come to us, or the terminal selects text with them.
    pub fn set_mouse(&mut self, on: bool) {
        self.options.mouse = on;
        self.send(modes::switch(Mode::Mouse, on));
    }

    /// Names the window; the name before comes back at the end.
    pub fn set_title(&mut self, title: &str) {
        let title: String = printable_line(title).chars().take(100).collect();
        self.send(&format!("\x1b]2;{title}\x1b\\"));
    }

    /// Puts text on the clipboard of the terminal, wherever that is; whether it takes it, it does not tell.
    pub fn copy(&mut self, text: &str) -> Copied {
        let caps = self.probe.caps();
        let through = caps.multiplexer == Multiplexer::Tmux && caps.passes_through;
        let (command, copied) = clipboard::command(text, through);
        self.send(&command);
        copied
    }

    /// Draws everything anew with the next frame.
    ///
    /// # Errors
    /// None but those of memory.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.surface.disturbed();
        self.screen.clear()
    }

    /// Frees what the terminal keeps of a pane.
    pub fn retire(&mut self, pane: u8) {
        self.surface.retire(pane, &self.writer);
    }

    /// Stops the whole job, as Ctrl-Z does, and comes back when it goes on: draw then. False when nobody could continue it.
    ///
    /// # Errors
    /// When the terminal cannot be entered again.
    pub fn suspend(&mut self) -> io::Result<bool> {
        let signals = self.signals.take();
        let stop = || {
            let Some(signals) = &signals else {
                return false;
            };
            signals.forget_continued();
            tty::stop_group().is_ok() && signals.wait_until_continued()
        };
        let has_stopped = self.leave(&stop);
        self.signals = signals;
        has_stopped
    }

    /// Gives the terminal away, to an editor for example, and takes it back: draw then.
    ///
    /// # Errors
    /// When it cannot be entered again.
    pub fn lend<T>(&mut self, work: impl Fn() -> T) -> io::Result<T> {
        self.leave(&work)
    }

    /// Leaves, does something, and enters again.
    fn leave<T>(&mut self, work: &dyn Fn() -> T) -> io::Result<T> {
        self.quiet_down();
        let done = work();
        self.enter()?;
        self.resize(tty::size()?);
        if let Some(reader) = &mut self.reader {
            reader.go_on();
        }
        Ok(done)
    }

    /// Everything is on: raw mode, the modes, standard error elsewhere. Nothing of ours is on the screen.
    fn enter(&mut self) -> io::Result<()> {
        if let Some(log) = &self.options.log {
            stderr::send_to(log)?;
        }
        let mouse = self.options.mouse.then_some(Mode::Mouse);
        let modes: Vec<Mode> = ALWAYS.iter().copied().chain(mouse).collect();
        modes::enter(&modes)?;
        self.entered = Instant::now();
        self.has_asked = false;
        self.is_owed = false;
        self.surface.lost_all();
        self.screen.backend_mut().forget_cursor();
        self.screen.clear()
    }

    /// Leaves the terminal with nothing on its way: what it still answers is read here, and not by whoever comes next.
    fn quiet_down(&mut self) {
        self.writer.abandon();
        self.questions.set_leaving(true);
        let was_ours = modes::leave_modes();
        if was_ours && self.questions.has_answered() {
            self.questions.ask();
            // a terminal that is gone answers nothing
            let _ = tty::put(b"\x1b[c", modes::PATIENCE, &|| true);
        }
        let until = Instant::now() + modes::PATIENCE;
        while was_ours && self.questions.is_open() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.questions.forget();
        if let Some(reader) = &mut self.reader {
            reader.pause();
        }
        self.questions.set_leaving(false);
        modes::make_cooked();
    }

    /// Gives the terminal back; also done when this is dropped.
    pub fn close(&mut self) {
        if let Some(writing) = self.writing.take() {
            self.quiet_down();
            self.writer.close();
            self.reader = None;
            self.signals = None;
            // it has told of its panic by itself
            let _ = writing.join();
        }
        modes::leave();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
    }
}
