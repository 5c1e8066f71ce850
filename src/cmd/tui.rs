//! Pictures and settings in, the full screen out: the loop around it, and the threads that work for it.
//!
//! ```text
//! keyboard, signals ─→ Terminal::hear ┐
//! laboratory (its own thread) ─ news ─┼→ App::update ─→ effects ─→ laboratory, loader, jobs, terminal
//! loader, jobs ───────────────────────┘        └→ App::view ─→ Terminal::draw
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::prompting;
use super::repl::Front;
use crate::cli::{Cli, Flags, TuiArgs};
use crate::error::Failure;
use crate::nearest::nearest;
use crate::settings::{Settings, config_path, keys_of, state_folder};
use crate::terminal::Interrupt;
use crate::tui::app::{App, Begin, Effect, Msg};
use crate::tui::desk::{News, Order};
use crate::tui::picture::loader::{Loader, LoaderMsg};
use crate::tui::terminal::{Drawn, End, Heard, Input, Options, Terminal};

mod editor;

mod jobs;

pub(in crate::cmd) mod panics;

use jobs::Jobs;

/// No two frames are closer than this, unless a key was pressed: a token need not be seen sooner.
const FRAME: Duration = Duration::from_millis(33);

/// What is looked at when nothing else is named.
const DRAWING: &str = "sample:cxr-effusion";

/// Something for the loop.
enum Call {
    Terminal(Input),
    News(News),
    Loader(LoaderMsg),
    Job(Box<Msg>),
}

impl TuiArgs {
    /// Shows the full screen until somebody leaves it.
    ///
    /// # Errors
    /// When there is no terminal, or it is lost; when the model could not be loaded, after the screen was left.
    pub fn run(self, flags: &Flags, settings: Settings) -> anyhow::Result<()> {
        self.are_files()?;
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            if self.files.is_empty() && self.session.is_none() {
                return super::print_help();
            }
            let problem = "the full screen needs a terminal; `medlab repl` reads lines, `medlab ask` answers one question";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        let (sender, calls) = mpsc::channel();
        panics::report(settings.lang);
        let log = state_folder().filter(|it| fs_err::create_dir_all(it).is_ok());
        let options = Options {
            graphics: settings.graphics,
            mouse: settings.mouse,
            log: log.map(|it| it.join("medlab.log")),
        };
        let told = sender.clone();
        let terminal = Terminal::open(options, move |it| {
            // after the end nobody listens
            let _ = told.send(Call::Terminal(it));
        })?;
        let mut files = self.files.clone();
        if files.is_empty() && self.session.is_none() {
            files.push(DRAWING.to_owned());
        }
        let app = App::new(Begin {
            caps: terminal.caps(),
            size: terminal.size(),
            files: files.clone(),
            history: jobs::history(),
            keys: keys_of(&config_path(flags, &|name| std::env::var(name).ok())),
            env: looks(),
            library: prompting::library(&settings),
            folder: std::env::current_dir().unwrap_or_default(),
            settings: settings.clone(),
        });
        let args = Self { files, ..self };
        let mut screen = Screen::start(args, settings, terminal, app, &sender)?;
        let ended = screen.until_the_end(&calls);
        screen.leave(ended)
    }
}

impl TuiArgs {
    /// A word that looks like no file and is none was meant to be a command.
    fn are_files(&self) -> Result<(), Failure> {
        let is_word = |it: &&String| it.chars().all(|it| it.is_alphanumeric() || it == '-');
        let mut words = self.files.iter().filter(is_word);
        let Some(word) = words.find(|it| !Path::new(it).exists()) else {
            return Ok(());
        };
        let command = Cli::command();
        let near = nearest(word, command.get_subcommands().map(clap::Command::get_name));
        let hint = near.map_or_else(
            || "see --help".to_owned(),
            |it| format!("did you mean medlab {it}?"),
        );
        Err(Failure::Usage(format!(
            "there is no file and no command {word:?}; {hint}"
        )))
    }
}

/// The full screen and who works for it.
struct Screen {
    terminal: Terminal,
    app: App,
    orders: Sender<Order>,
    interrupt: Interrupt,
    loader: Loader,
    jobs: Jobs,
    /// When the view changes by itself.
    wakes: BTreeSet<Instant>,
    drawn: Option<Instant>,
    /// Something changed since then.
    is_due: bool,
    /// A key was pressed: do not wait for the next frame.
    is_urgent: bool,
    is_over: bool,
    failed: Option<String>,
}

impl Screen {
    fn start(
        args: TuiArgs,
        settings: Settings,
        terminal: Terminal,
        app: App,
        calls: &Sender<Call>,
    ) -> anyhow::Result<Self> {
        let (orders, taken) = mpsc::channel();
        let interrupt = Interrupt::without_signal();
        let [news, loaded, done] = [calls.clone(), calls.clone(), calls.clone()];
        let tell = move |msg| {
            let _ = done.send(Call::Job(Box::new(msg)));
        };
        let jobs = Jobs::new(&settings, &args.folders, &(Arc::new(tell) as jobs::Tell));
        let tell: crate::tui::picture::loader::Tell = Arc::new(move |it| {
            let _ = loaded.send(Call::Loader(it));
        });
        let loader = Loader::start(&tell)?;
        let front = Front {
            files: args.files,
            session: args.session,
            folders: args.folders,
            interrupt: interrupt.clone(),
            settings,
            tell: Arc::new(move |it| {
                let _ = news.send(Call::News(it));
            }),
        };
        std::thread::Builder::new()
            .name("laboratory".to_owned())
            .spawn(move || front.serve(&taken))
            .context("a thread for the model cannot be had")?;
        Ok(Self {
            terminal,
            app,
            orders,
            interrupt,
            loader,
            jobs,
            wakes: BTreeSet::new(),
            drawn: None,
            is_due: true,
            is_urgent: true,
            is_over: false,
            failed: None,
        })
    }

    fn until_the_end(&mut self, calls: &Receiver<Call>) -> anyhow::Result<Option<End>> {
        let begin = self.app.begin(Instant::now());
        self.do_all(begin)?;
        while !self.is_over {
            self.draw_if_due()?;
            let call = match self.wait() {
                None => calls.recv().ok(),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    calls.recv_timeout(left).ok()
                }
            };
            // everything that is there already belongs into the same frame
            let end = self.all(call.into_iter().chain(calls.try_iter()))?;
            if end.is_some() {
                return Ok(end);
            }
            self.wake()?;
        }
        Ok(None)
    }

    /// Hears everybody, until somebody ends it.
    fn all(&mut self, calls: impl Iterator<Item = Call>) -> anyhow::Result<Option<End>> {
        for call in calls {
            let end = self.call(call)?;
            if end.is_some() {
                return Ok(end);
            }
        }
        Ok(None)
    }

    /// How long there is nothing to do; `None`: until somebody calls.
    fn wait(&self) -> Option<Instant> {
        let frame = self
            .is_due
            .then(|| self.drawn.map_or_else(Instant::now, |it| it + FRAME));
        self.wakes.iter().copied().chain(frame).min()
    }

    fn wake(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        if self.wakes.iter().any(|it| *it <= now) {
            self.wakes.retain(|it| *it > now);
            self.update(Msg::Tick)?;
        }
        Ok(())
    }

    fn call(&mut self, call: Call) -> anyhow::Result<Option<End>> {
        match call {
            Call::Terminal(input) => match self.terminal.hear(input)? {
                None => {}
                Some(Heard::Event(event)) => {
                    self.is_urgent = true;
                    self.update(Msg::Event(event))?;
                }
                Some(Heard::Redraw) => {
                    self.is_due = true;
                    self.is_urgent = true;
                }
                Some(Heard::Caps) => {
                    let caps = self.terminal.caps();
                    self.update(Msg::Caps(Box::new(caps)))?;
                }
                Some(Heard::End(end)) => return Ok(Some(end)),
            },
            Call::News(news) => {
                panics::on_purpose("screen", &news);
                if let News::NoModel(why) = &news {
                    self.failed = Some(why.clone());
                }
                self.update(Msg::News(Box::new(news)))?;
            }
            Call::Loader(msg) => self.update(Msg::Loader(msg))?,
            Call::Job(msg) => self.update(*msg)?,
        }
        Ok(None)
    }

    fn update(&mut self, msg: Msg) -> anyhow::Result<()> {
        self.is_due = true;
        let effects = self.app.update(msg, Instant::now());
        self.do_all(effects)
    }

    fn draw_if_due(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        let is_early = self.drawn.is_some_and(|it| now < it + FRAME);
        if !self.is_due || (is_early && !self.is_urgent) {
            return Ok(());
        }
        self.app
            .went_out(self.terminal.counts(), self.terminal.link(), now);
        let app = &mut self.app;
        let drawn = self.terminal.draw(|frame| app.view(frame, now))?;
        self.is_due = false;
        self.is_urgent = false;
        if let Drawn::Now(_) = drawn {
            self.drawn = Some(now);
        }
        self.wakes.extend(self.app.wakes_at());
        Ok(())
    }

    fn do_all(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            self.do_one(effect)?;
        }
        Ok(())
    }

    fn do_one(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Order(order) => {
                // without a laboratory there is nobody to wait for
                let _ = self.orders.send(order);
            }
            Effect::Stop => self.interrupt.stop(),
            Effect::Load(request) => self.loader.ask(request),
            Effect::Job(job) => self.jobs.start(job),
            Effect::Copy(text) => {
                let copied = self.terminal.copy(&text);
                self.update(Msg::Say(copied.text(self.app.lang())))?;
            }
            Effect::Title(title) => self.terminal.set_title(&title),
            Effect::Mouse(on) => self.terminal.set_mouse(on),
            Effect::Redraw => self.terminal.redraw()?,
            Effect::Session(path) => panics::session_is(path),
            Effect::Suspend => {
                self.terminal.suspend()?;
                self.update(Msg::Continued)?;
            }
            Effect::Editor(text) => {
                let written = self.terminal.lend(|| editor::write(&text))?;
                self.update(Msg::Edited(written.map_err(|it| format!("{it:#}"))))?;
            }
            Effect::Wake(at) => {
                self.wakes.insert(at);
            }
            Effect::Quit => self.is_over = true,
        }
        Ok(())
    }

    /// Gives the terminal back, and says why if it was not the person who left.
    fn leave(mut self, ended: anyhow::Result<Option<End>>) -> anyhow::Result<()> {
        self.interrupt.stop();
        drop(self.orders);
        self.terminal.close();
        match ended? {
            None => match self.failed {
                Some(why) => Err(anyhow::anyhow!(why)),
                None => Ok(()),
            },
            Some(End::Signal(signal)) => Err(Failure::Signal(signal).into()),
            Some(End::Gone) => Err(Failure::Interrupted.into()),
            Some(End::Panic) => Err(Failure::Panicked.into()),
        }
    }
}

/// What looks depend on, of the environment.
fn looks() -> BTreeMap<String, String> {
    let names = [
        "NO_COLOR",
        "TERM",
        "COLORFGBG",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
        "HOME",
    ];
    let known = names
        .into_iter()
        .filter_map(|it| Some((it.to_owned(), std::env::var(it).ok()?)));
    known.collect()
}
