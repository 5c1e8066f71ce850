//! A session's name in, the session played on standard output at its own pace, or verified (`verify`); and `/replay`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::recording::places;
use super::remark;
use crate::cli::ReplayArgs;
use crate::error::Failure;
use crate::lab::find::Places;
use crate::repl::preview::Way;
use crate::session::read::Reader;
use crate::session::replay::{self, Timed};
use crate::session::store::Store;
use crate::session::v1::Record;
use crate::settings::Settings;
use crate::terminal::{Interrupt, terminal_answers};

mod notes;

mod stage;

mod verify;

use stage::{Stage, View};

/// No pause is longer where nobody said otherwise, in seconds: somebody thought about the next question, and went for coffee.
const MAX_PAUSE: f64 = 2.0;

impl ReplayArgs {
    /// Plays, or verifies.
    ///
    /// # Errors
    /// When there is no such session, it is damaged, it was interrupted, or, for `--verify`, an answer differs.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let path = Store::of(settings.sessions.as_deref()).find(&self.session)?;
        if self.proof.verify {
            return self.verify(&path, settings);
        }
        let is_screen = std::io::stdout().is_terminal();
        let is_terminal = is_screen && std::io::stdin().is_terminal();
        if self.step && !is_terminal {
            let problem = "--step: waits for Enter, which needs a terminal";
            return Err(Failure::Usage(problem.to_owned()).into());
        }
        let playing = Playing {
            turn: self.turn,
            speed: self.speed.or(is_screen.then_some(1.0)),
            max_pause: self.max_pause.unwrap_or(MAX_PAUSE),
        };
        let view = View {
            is_styled: is_screen,
            is_all: self.all,
            is_stepwise: self.step,
            way: if is_terminal {
                way(settings)
            } else {
                Way::None
            },
        };
        let places = places(&self.folders, &path);
        let interrupt = Interrupt::install()?;
        interrupt.during(|cancel| {
            let played = playing.play(&path, &places, view, settings, cancel)?;
            if !played && cancel.load(Ordering::SeqCst) {
                return Err(Failure::Interrupted.into());
            }
            Ok(())
        })
    }
}

/// Plays a session into a conversation, which it leaves as it is; whether it was played to the end. Ctrl-C (`cancel`) ends the
/// playing alone.
pub(super) fn into_conversation(
    typed: &str,
    is_terminal: bool,
    way: Way,
    settings: &Settings,
    cancel: &Arc<AtomicBool>,
) -> anyhow::Result<bool> {
    let path = Store::of(settings.sessions.as_deref()).find(typed)?;
    let playing = Playing {
        turn: None,
        speed: is_terminal.then_some(1.0),
        max_pause: MAX_PAUSE,
    };
    let view = View {
        is_styled: is_terminal,
        is_all: false,
        is_stepwise: false,
        way,
    };
    let folders: &[PathBuf] = &[];
    let places = places(folders, &path);
    playing.play(&path, &places, view, settings, cancel)
}

/// What is played, and how fast.
struct Playing {
    turn: Option<usize>,
    /// `None` for no delays at all.
    speed: Option<f64>,
    /// In seconds, at the speed of the record.
    max_pause: f64,
}

impl Playing {
    /// Whether it was played to the end.
    fn play(
        &self,
        path: &Path,
        places: &Places,
        view: View,
        settings: &Settings,
        cancel: &Arc<AtomicBool>,
    ) -> anyhow::Result<bool> {
        let mut reader = Reader::open(path)?.without_prompts();
        let head = reader.head().clone();
        let mut out = std::io::stdout();
        let mut stage = Stage::new(view, &mut out, settings, places, cancel);
        stage.begin(&crate::session::store::name(path), &head)?;
        let mut turns = 0;
        let played = {
            let count = |timed: &Timed| {
                turns += usize::from(matches!(timed, Ok((_, Record::Turn(_)))));
            };
            let records = replay::records(&mut reader);
            let some: Box<dyn Iterator<Item = Timed>> = match self.turn {
                Some(turn) => Box::new(replay::only(records, turn)),
                None => Box::new(records),
            };
            let speed = self.speed.unwrap_or(f64::INFINITY);
            let timed =
                replay::accelerate(replay::limit(some.inspect(count), self.max_pause), speed);
            let played = replay::play(timed, &mut stage);
            stage.end()?;
            played?
        };
        match self.turn {
            Some(turn) if played && turns == 0 => Err(no_turn(turn, &name(path)).into()),
            _ => {
                if reader.is_torn() {
                    remark("the session's last line is cut off in the middle, as in a crash");
                }
                Ok(played)
            }
        }
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

fn no_turn(turn: usize, name: &str) -> Failure {
    Failure::Usage(format!("{name} has no turn {turn}"))
}

/// How the terminal shows pictures; a remark when it is another way than was asked for.
fn way(settings: &Settings) -> Way {
    let env = |name: &str| std::env::var(name).ok();
    let (way, trouble) = Way::choose(settings.graphics, &env, &terminal_answers);
    if let Some(trouble) = trouble {
        remark(trouble);
    }
    way
}
