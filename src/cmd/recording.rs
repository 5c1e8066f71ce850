//! A session's name and the settings in, a lab that keeps its record out: a new session, or one that goes on.

use std::path::{Path, PathBuf};

use super::{remark, start};
use crate::imaging::Watch;
use crate::lab::Lab;
use crate::lab::facts;
use crate::lab::find::{self, Places};
use crate::prompt::TEMPLATE;
use crate::session::clock::{Clock, System};
use crate::session::journal::Journal;
use crate::session::store::Store;
use crate::session::transcript::{Reopened, Transcript};
use crate::session::v1::{Head, Record, Resume, Set, VERSION};
use crate::session::{Error, story::Story};
use crate::settings::{Lang, Origin, Settings};

/// What is recorded, and where pictures of a session that goes on are looked for.
pub(super) struct Recording<'a> {
    /// The session's name or file, if somebody named one.
    pub(super) session: Option<&'a str>,
    /// Whether to record without a name.
    pub(super) by_default: bool,
    /// Folders in which pictures are looked for.
    pub(super) folders: &'a [PathBuf],
}

/// What will be recorded, before the model is loaded, which takes long.
pub(super) struct Begun<'a> {
    folders: &'a [PathBuf],
    way: Way,
}

enum Way {
    Nothing,
    New(PathBuf),
    GoesOn(Box<GoesOn>),
}

struct GoesOn {
    path: PathBuf,
    reopened: Reopened,
    /// What flags say otherwise than the session.
    otherwise: Vec<Origin>,
}

impl<'a> Recording<'a> {
    /// Finds out whether a session goes on. If so, its settings count from now on, but where flags say otherwise: call this
    /// before anything that settings decide.
    ///
    /// # Errors
    /// When the session cannot be opened.
    pub(super) fn begin(&self, settings: &mut Settings) -> anyhow::Result<Begun<'a>> {
        let begun = |way| Begun {
            folders: self.folders,
            way,
        };
        let store = Store::of(settings.sessions.as_deref());
        let path = match self.session {
            Some(name) => store.path_to_write(name)?,
            None if self.by_default && settings.record => {
                match store.fresh_path(&System::start()) {
                    Ok(path) => path,
                    Err(error) => {
                        remark(&format!("this session is not recorded: {error}"));
                        return Ok(begun(Way::Nothing));
                    }
                }
            }
            None => return Ok(begun(Way::Nothing)),
        };
        if !path.exists() {
            return Ok(begun(Way::New(path)));
        }
        let reopened = Transcript::reopen(&path, Box::new(System::start()))?;
        let otherwise = settings.resume(&reopened.story.settings)?;
        Ok(begun(Way::GoesOn(Box::new(GoesOn {
            path,
            reopened,
            otherwise,
        }))))
    }
}

impl Begun<'_> {
    /// What was said in the session that goes on, if one does.
    pub(super) fn story(&self) -> Option<&Story> {
        match &self.way {
            Way::GoesOn(it) => Some(&it.reopened.story),
            Way::Nothing | Way::New(_) => None,
        }
    }

    /// Loads the model and opens a lab that keeps its record.
    ///
    /// # Errors
    /// When one of the session's pictures cannot be opened, it is of another model, or the model cannot be loaded.
    pub(super) fn start(self, settings: &Settings) -> anyhow::Result<Lab> {
        let mut lab = start(settings)?;
        match self.way {
            Way::Nothing => {}
            Way::New(path) => {
                let head = head(&lab, settings);
                lab.keep(Journal::begin(path, head, Box::new(System::start())));
            }
            Way::GoesOn(it) => it.go_on(&mut lab, self.folders, settings.lang)?,
        }
        Ok(lab)
    }
}

impl GoesOn {
    fn go_on(self, lab: &mut Lab, folders: &[PathBuf], lang: Lang) -> anyhow::Result<()> {
        let Reopened {
            transcript,
            story,
            torn,
        } = self.reopened;
        check_model(lab, &story, &self.path)?;
        // the conversation brings its own system text, which flags may have changed
        let system = lab.conversation().system.clone();
        resume(lab, transcript, &story, folders)?;
        lab.set_system(&system);
        for changed in self.otherwise {
            let (key, value) = (changed.key.to_owned(), changed.value);
            lab.journal().keep(Record::Set(Set { key, value }));
        }
        tell(&story, torn, lang);
        Ok(())
    }
}

/// Goes on with a session in a lab: its conversation, its pictures (opened again), its record.
///
/// # Errors
/// When one of its pictures is not there, or is another one.
pub(super) fn resume(
    lab: &mut Lab,
    transcript: Transcript,
    story: &Story,
    folders: &[PathBuf],
) -> anyhow::Result<()> {
    let places = places(folders, transcript.path());
    let config = &lab.loaded().preprocess;
    let found = find::reopen(
        &story.openings,
        &story.open,
        &places,
        config,
        Watch::default(),
    )?;
    let pictures = find::all_same(&story.openings, found)?;
    let last = |ids: &mut dyn Iterator<Item = u32>| ids.max().unwrap_or(0);
    let mut ids = story
        .openings
        .iter()
        .flat_map(|it| &it.pictures)
        .map(|it| it.id);
    let turns = story.turns.iter().map(|it| it.turn.n).max().unwrap_or(0);
    let mut journal = Journal::go_on(transcript, turns, last(&mut ids));
    journal.keep(Record::Resume(Resume {
        at: System::start().date(),
        lab: env!("CARGO_PKG_VERSION").to_owned(),
        model: facts::model(lab.loaded()),
    }));
    lab.resume(story, pictures, journal)
}

/// Where the pictures of a session are looked for: in these folders, here, and beside the session.
pub(super) fn places(folders: &[PathBuf], session: &Path) -> Places {
    let mut flat = vec![PathBuf::from(".")];
    flat.extend(session.parent().map(Path::to_owned));
    Places {
        deep: folders.to_vec(),
        flat,
    }
}

/// The first line of a session that begins now.
pub(super) fn head(lab: &Lab, settings: &Settings) -> Head {
    Head {
        version: VERSION,
        lab: env!("CARGO_PKG_VERSION").to_owned(),
        id: format!("{:016x}", System::stamp()),
        started: System::start().date(),
        model: facts::model(lab.loaded()),
        template: TEMPLATE.to_owned(),
        settings: settings.recorded(),
        branch: None,
    }
}

/// A conversation goes on with the model that it began with: its words are kept as that model's tokens.
fn check_model(lab: &Lab, story: &Story, path: &Path) -> Result<(), Error> {
    let (now, then) = (facts::model(lab.loaded()), &story.model);
    let name = path.display().to_string();
    if now.sha256 != then.sha256 || now.tokenizer_sha256 != then.tokenizer_sha256 {
        return Err(Error::new(
            &name,
            &format!(
                "is a session of the model {} ({}…), and this is {} ({}…); start with --model as it was, or begin a new session",
                then.name,
                &then.sha256.get(..12).unwrap_or(&then.sha256),
                now.name,
                &now.sha256[..12],
            ),
        ));
    }
    if now.quant != then.quant {
        return Err(Error::new(
            &name,
            &format!(
                "is a session with --quant {}, and this is --quant {}; start with the same",
                then.quant, now.quant
            ),
        ));
    }
    Ok(())
}

/// What a person should know of a session that goes on.
fn tell(story: &Story, torn: u64, lang: Lang) {
    let thread = story.thread();
    remark(&match (thread.len(), lang) {
        (n, Lang::Zh) => format!("会话从第 {n} 个问题之后继续"),
        (1, Lang::En) => "the session goes on after 1 question".to_owned(),
        (n, Lang::En) => format!("the session goes on after {n} questions"),
    });
    if torn > 0 {
        remark(&match lang {
            Lang::En => format!(
                "its last line was cut off in the middle, as in a crash: {torn} bytes were taken away, all before them is there"
            ),
            Lang::Zh => {
                format!("最后一行中途被截断（如程序崩溃）：已去掉 {torn} 字节，之前的内容完整")
            }
        });
    }
    let last = thread.last().map(|it| &story.turns[*it]);
    if let Some(last) = last.filter(|it| it.is_partial()) {
        let words = lang.pick(
            "the last answer is only a part of what the model would have said:",
            "最后一个回答不完整：",
        );
        let answer = crate::session::story::one_line(&last.answer);
        remark(&format!("{words} {answer}"));
    }
}
