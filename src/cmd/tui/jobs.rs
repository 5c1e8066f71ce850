//! Things to find out in, what was found out told out: what takes long or touches the disk is done here, on threads of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use crate::cmd::prompting;
use crate::cmd::sessions::export::export_here;
use crate::imaging::{self, Watch, square::Square};
use crate::lab::find::Finder;
use crate::preprocess;
use crate::repl::Guide;
use crate::session::branch::branch;
use crate::session::clock::{Clock as _, System};
use crate::session::read::Reader;
use crate::session::remove::Removable;
use crate::session::store::Store;
use crate::settings::{Settings, history_path};
use crate::tui::app::{Job, Msg};
use crate::tui::input::complete::Candidate;
use crate::tui::picture::ModelEye;
use crate::tui::player::source::Source;
use crate::tui::player::{self, Marks};
use crate::tui::{input, pick, rail};

/// Earlier inputs that are kept.
const MOST: usize = 1000;
/// Sessions that the rail lists.
const RECENT: usize = 12;
/// How long somebody may type on before a search begins.
const PAUSE: Duration = Duration::from_millis(120);

/// Tells somebody, from another thread.
pub(super) type Tell = Arc<dyn Fn(Msg) + Send + Sync>;

/// Does one job after the other; a newer one of a kind of which only the newest counts stops the one before.
pub(super) struct Jobs {
    /// For what is over soon, and for what may take long: a search does not wait for a picture.
    lanes: [Sender<(Job, Arc<AtomicBool>)>; 2],
    /// What stops the last one of those that replace each other.
    last: Arc<AtomicBool>,
    /// The same for what the model sees, which changes with every step of a window.
    eye: Arc<AtomicBool>,
}

impl Jobs {
    /// Starts the threads; `tell` is called with what was found out.
    pub(super) fn new(settings: &Settings, folders: &[PathBuf], tell: &Tell) -> Self {
        let lane = |name: &str| {
            let (jobs, taken) = mpsc::channel();
            let mut worker = Worker {
                settings: settings.clone(),
                folders: folders.to_vec(),
                tell: Arc::clone(tell),
                guide: None,
                played: None,
            };
            // without a thread nothing is found out, and everything else works
            let _ = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || worker.serve(&taken));
            jobs
        };
        Self {
            lanes: [lane("jobs"), lane("long jobs")],
            last: Arc::default(),
            eye: Arc::default(),
        }
    }

    /// Begins something.
    pub(super) fn start(&mut self, job: Job) {
        let is_long = matches!(
            job,
            Job::Eye { .. }
                | Job::SearchSessions(_)
                | Job::ListSessions
                | Job::Find { .. }
                | Job::Preview(_)
        );
        let before = match job {
            Job::Eye { .. } => Some(&mut self.eye),
            _ if job.replaces() => Some(&mut self.last),
            _ => None,
        };
        let cancel: Arc<AtomicBool> = Arc::default();
        if let Some(before) = before {
            before.store(true, Ordering::SeqCst);
            *before = Arc::clone(&cancel);
        }
        // a thread that is gone does nothing any more
        let _ = self.lanes[usize::from(is_long)].send((job, cancel));
    }
}

struct Worker {
    settings: Settings,
    folders: Vec<PathBuf>,
    tell: Tell,
    guide: Option<Guide>,
    /// The session that is played.
    played: Option<(PathBuf, Source)>,
}

impl Worker {
    fn serve(&mut self, jobs: &Receiver<(Job, Arc<AtomicBool>)>) {
        for (job, cancel) in jobs {
            if !cancel.load(Ordering::SeqCst) {
                self.work(job, &cancel);
            }
        }
    }

    fn work(&mut self, job: Job, cancel: &AtomicBool) {
        match job {
            Job::Values {
                command,
                word,
                typed,
            } => self.values(command, word, &typed),
            Job::Check(path) => {
                let is_file = Path::new(&path).exists();
                (self.tell)(Msg::Input(input::Msg::Checked { path, is_file }));
            }
            Job::Remember(text) => remember(&text),
            Job::Eye {
                source,
                view,
                config,
                fit,
                tokens,
            } => {
                let watch = Watch {
                    cancel,
                    ..Watch::default()
                };
                let eye = eye((&source, &view, watch), &config, fit, tokens);
                match eye {
                    // a newer one is asked for already
                    Err(_) if cancel.load(Ordering::SeqCst) => {}
                    Ok(eye) => (self.tell)(Msg::Eye(Some(Arc::new(eye)))),
                    Err(problem) => {
                        (self.tell)(Msg::Eye(None));
                        (self.tell)(Msg::Say(problem));
                    }
                }
            }
            Job::Play(session) => self.play(&session),
            Job::Read { path, ticket, from } => self.read(&path, ticket, from),
            Job::Find {
                path,
                picture,
                opening,
            } => self.find(&path, picture, &opening),
            Job::Recent => self.recent(),
            job => self.for_lists(job, cancel),
        }
    }

    /// What the word at the end of a text may become.
    fn values(&mut self, command: String, word: String, typed: &str) {
        let settings = &self.settings;
        let new = || Guide::new(prompting::library(settings), settings.lang);
        let (start, offers) = self.guide.get_or_insert_with(new).complete_end(typed);
        let list = if typed.len() - start == word.len() {
            let candidate = |(word, about): (String, String)| Candidate { word, about };
            offers.into_iter().map(candidate).collect()
        } else {
            Vec::new()
        };
        (self.tell)(Msg::Input(input::Msg::Values {
            command,
            typed: word,
            list,
        }));
    }

    fn store(&self) -> Store {
        Store::of(self.settings.sessions.as_deref())
    }

    fn for_lists(&self, job: Job, cancel: &AtomicBool) {
        let lang = self.settings.lang;
        let tell = |it| (self.tell)(Msg::Picked(it));
        let say = |text: String| tell(pick::Msg::Say(text));
        match job {
            Job::ListSessions => {
                let Some(folder) = self.settings.sessions.clone() else {
                    return say(lang
                        .pick("there is no folder of sessions", "没有会话文件夹")
                        .to_owned());
                };
                if let Err(problem) =
                    pick::source::sessions(&folder, lang, cancel, &mut |it| tell(it))
                {
                    say(problem);
                }
            }
            Job::SearchSessions(query) => {
                std::thread::sleep(PAUSE);
                if query.is_empty() || cancel.load(Ordering::SeqCst) {
                    return;
                }
                let paths = self.store().all().unwrap_or_default();
                pick::source::search(&query, &paths, cancel, &mut |it| tell(it));
            }
            Job::Preview(key) => {
                let lines = pick::source::conversation(Path::new(&key), lang, cancel);
                if let Some(lines) = lines {
                    tell(pick::Msg::News(pick::News::Preview { key, lines }));
                }
            }
            Job::List(folder) => {
                if let Some(listing) = pick::source::folder(&folder, lang, cancel) {
                    tell(pick::Msg::News(pick::News::Listed(listing)));
                }
            }
            Job::Delete(path) => match Removable::claim(&path).and_then(Removable::remove) {
                Ok(()) => tell(pick::Msg::News(pick::News::Removed(path))),
                Err(error) => say(error.to_string()),
            },
            Job::Export(path) => match export_here(&path, &self.settings) {
                Ok(to) => say(format!("{} {to}", lang.pick("written to", "已写入"))),
                Err(error) => say(format!("{error:#}")),
            },
            Job::Branch { path, turn } => match self.branched(&path, turn) {
                Ok(to) => (self.tell)(Msg::GoOn(to)),
                Err(error) => (self.tell)(Msg::Say(format!("{error:#}"))),
            },
            _ => {}
        }
    }

    fn branched(&self, path: &Path, turn: Option<usize>) -> anyhow::Result<PathBuf> {
        let clock = System::start();
        let to = self.store().fresh_path(&clock)?;
        let id = format!("{:016x}", System::stamp());
        branch(path, turn, &to, &id, &clock.date())?;
        Ok(to)
    }

    fn play(&mut self, session: &str) {
        match self.store().find(session) {
            Ok(path) => (self.tell)(Msg::Play(path)),
            Err(error) => (self.tell)(Msg::Say(error.to_string())),
        }
    }

    /// Reads on in the session that is played; with the first records come the places of its turns.
    fn read(&mut self, path: &Path, ticket: u64, from: Option<crate::session::read::Here>) {
        let is_other = self.played.as_ref().is_none_or(|it| it.0 != path);
        if is_other {
            match Reader::open(path).map(|it| Source::new(it.without_prompts())) {
                Ok(source) => self.played = Some((path.to_owned(), source)),
                Err(error) => return (self.tell)(Msg::Say(error.to_string())),
            }
        }
        if let Some((_, source)) = &mut self.played {
            let chunk = source.chunk(ticket, from);
            (self.tell)(Msg::Played(player::Msg::Chunk(chunk)));
        }
        if is_other && let Ok(mut reader) = Reader::open(path) {
            let marks = Marks::read(&mut reader);
            (self.tell)(Msg::Played(player::Msg::Marks(marks)));
        }
    }

    /// A picture of the session that is played, found by its name and proved by its hash.
    fn find(&self, session: &Path, picture: u32, opening: &crate::session::v1::Opening) {
        let places = crate::cmd::recording::places(&self.folders, session);
        let found = Finder::new(&places).source(opening, Watch::default());
        match found {
            Ok(Some((source, mut view))) => {
                let shown = opening.pictures.iter().find(|it| it.id == picture);
                let slices = shown.and_then(|it| it.view.iter().find(|it| it.0 == "slices"));
                if let Some((_, slices)) = slices {
                    // what was possible then is possible now
                    let _ = view.set("slices", slices);
                }
                let view = Box::new(view);
                (self.tell)(Msg::Found {
                    picture,
                    source,
                    view,
                });
            }
            Ok(None) => {
                let words = self.settings.lang.pick(
                    "is not there as it was; say where with --pictures DIR",
                    "与当时不同或不存在；用 --pictures 指定文件夹",
                );
                (self.tell)(Msg::Say(format!("{} {words}", opening.name)));
            }
            Err(error) => (self.tell)(Msg::Say(error.to_string())),
        }
    }

    /// The sessions that were changed last.
    fn recent(&self) {
        let Some(folder) = &self.settings.sessions else {
            return;
        };
        let mut rows: Vec<rail::Session> = Vec::new();
        let cancel = AtomicBool::new(false);
        let lang = self.settings.lang;
        let mut tell = |msg| {
            let pick::Msg::News(pick::News::Sessions { rows: some, .. }) = msg else {
                return;
            };
            for row in some.into_iter().filter(|it| it.about.is_some()) {
                let about = row.about.and_then(Result::ok);
                rows.push(rail::Session {
                    id: row.path.display().to_string(),
                    title: about.map_or(row.name, |it| it.title),
                    note: row.changed,
                    is_here: false,
                });
            }
            if rows.len() >= RECENT {
                cancel.store(true, Ordering::SeqCst);
            }
        };
        // a folder that cannot be listed has no sessions to show; the browser says why
        let _ = pick::source::sessions(folder, lang, &cancel, &mut tell);
        rows.truncate(RECENT);
        (self.tell)(Msg::Recent(rows));
    }
}

/// What the model sees of a picture that is looked at in some way.
fn eye(
    (source, view, watch): (&str, &imaging::View, Watch<'_>),
    config: &preprocess::PreprocessConfig,
    fit: preprocess::Fit,
    tokens: usize,
) -> Result<ModelEye, String> {
    let opened = imaging::open_as(source, view, watch).map_err(|it| it.to_string())?;
    let picture = opened.pictures.into_iter().next().ok_or("no picture")?;
    let prepared = preprocess::prepare(&picture, config, fit);
    let square = Square::new(picture.width, picture.height, fit);
    let (wide, high) = (picture.width as f64, picture.height as f64);
    let content = square.to_model([0.0, 0.0, high, wide]);
    let side = prepared.size;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to the square's side"
    )]
    let content = content.map(|it| (it.clamp(0.0, 1000.0) / 1000.0 * side as f64).round() as usize);
    let window = picture
        .origin
        .window
        .map_or_else(|| "as it is".to_owned(), |it| it.short());
    Ok(ModelEye {
        side,
        rgb: Arc::new(prepared.rgb),
        grid: tokens.isqrt(),
        content,
        fit: match fit {
            preprocess::Fit::Pad => "pad".to_owned(),
            preprocess::Fit::Stretch => "stretch".to_owned(),
        },
        window,
        hash: prepared.sha256,
    })
}

/// Earlier inputs, the oldest first. The REPL has them in the same file, a line each, in rustyline's way: line feeds and
/// backslashes are escaped.
pub(super) fn history() -> Vec<String> {
    let text = history_path().and_then(|it| fs_err::read_to_string(it).ok());
    let text = text.unwrap_or_default();
    let lines = text
        .lines()
        .filter(|it| !it.starts_with("#V2") && !it.is_empty());
    let lines: Vec<&str> = lines.collect();
    let from = lines.len().saturating_sub(MOST);
    lines[from..].iter().map(|it| unescaped(it)).collect()
}

fn remember(text: &str) {
    use std::io::Write as _;

    // a history that cannot be kept is no reason to stop anybody
    let _ = (|| -> std::io::Result<()> {
        let Some(path) = history_path() else {
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let is_new = !path.exists();
        let mut options = fs_err::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use fs_err::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        let head = if is_new { "#V2\n" } else { "" };
        file.write_all(format!("{head}{}\n", escaped(text)).as_bytes())
    })();
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_inputs_survive_their_file() {
        for text in [
            "plain",
            "two\nlines",
            "a \\n that is none",
            "ends with \\",
            "中文\n\n",
        ] {
            let line = escaped(text);
            assert!(!line.contains('\n'));
            assert_eq!(unescaped(&line), text);
        }
    }
}
