//! What can happen to the full screen, and what somebody else has to do about it: data only.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::imaging::View;
use crate::library::Library;
use crate::preprocess::{Fit, PreprocessConfig};
use crate::session::read::Here;
use crate::session::v1::Opening;
use crate::settings::Settings;
use crate::tui::desk::{News, Order};
use crate::tui::keymap::{Change, Problem};
use crate::tui::picture::ModelEye;
use crate::tui::picture::loader::{LoaderMsg, Request};
use crate::tui::terminal::probe::Caps;
use crate::tui::{grid, input, pick, player, rail};

/// What the screen begins with.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What the terminal can do, as far as it is known.
    pub caps: Caps,
    /// Cells across and down.
    pub size: Size,
    /// Names of pictures.
    pub files: Vec<String>,
    /// Earlier inputs, the oldest first.
    pub history: Vec<String>,
    /// How everything is to be.
    pub settings: Settings,
    /// Other keys, or what is wrong with them.
    pub keys: Result<Vec<Change>, Problem>,
    /// The environment, as far as looks depend on it.
    pub env: BTreeMap<String, String>,
    /// The prompts.
    pub library: Library,
    /// The folder that the program runs in.
    pub folder: PathBuf,
}

/// Something that happens.
#[derive(Debug)]
pub enum Msg {
    /// A key, a click, a paste, the focus, or the window's new size.
    Event(Event),
    /// The terminal can do more or less.
    Caps(Box<Caps>),
    /// The laboratory tells something.
    News(Box<News>),
    /// A picture or a part of it is there.
    Loader(LoaderMsg),
    /// What the model sees of the picture in a half, as it is looked at.
    Eye(Option<Arc<ModelEye>>),
    /// For the input.
    Input(input::Msg),
    /// Something for a list.
    Picked(pick::Msg),
    /// Something for the session that is played.
    Played(player::Msg),
    /// A session was found and is to be played.
    Play(PathBuf),
    /// The session to go on with.
    GoOn(PathBuf),
    /// Sessions for the rail.
    Recent(Vec<rail::Session>),
    /// A picture of the session that is played was found: what opens it, and how it was looked at.
    Found {
        /// The picture.
        picture: u32,
        /// What opens it.
        source: String,
        /// How.
        view: Box<View>,
    },
    /// Something about an experiment.
    Grid(grid::Msg),
    /// A sentence for the person.
    Say(String),
    /// What was written in another program.
    Edited(Result<String, String>),
    /// The program was stopped and goes on.
    Continued,
    /// The time of [`Effect::Wake`] has come.
    Tick,
}

/// What somebody else has to do.
#[derive(Debug)]
pub enum Effect {
    /// Something for the laboratory.
    Order(Order),
    /// Stop what the laboratory does.
    Stop,
    /// Something for the loader of pictures.
    Load(Request),
    /// Something to find out.
    Job(Job),
    /// Send this to the terminal's clipboard, and say so.
    Copy(String),
    /// Name the window.
    Title(String),
    /// Whether clicks and the wheel come to us.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Let the text be written in another program, then say [`Msg::Edited`].
    Editor(String),
    /// Send [`Msg::Tick`] then.
    Wake(Instant),
    /// The session is kept in this file, or in none.
    Session(Option<PathBuf>),
    /// Leave.
    Quit,
}

/// Something to find out, by a thread that may read the disk.
#[derive(Debug)]
pub enum Job {
    /// What may stand after a command.
    Values {
        /// The command.
        command: String,
        /// The word that was typed of it.
        word: String,
        /// Everything that was typed, up to its end.
        typed: String,
    },
    /// Whether there is something at a path.
    Check(String),
    /// Keep an input for the next time.
    Remember(String),
    /// Prepare what the model sees.
    Eye {
        /// What opens the picture.
        source: String,
        /// How it is looked at.
        view: Box<View>,
        /// How the model wants it.
        config: Arc<PreprocessConfig>,
        /// How it becomes a square.
        fit: Fit,
        /// Tokens of a picture.
        tokens: usize,
    },
    /// List the sessions.
    ListSessions,
    /// Look for this in all sessions; "" only stops looking.
    SearchSessions(String),
    /// Make the preview of a session.
    Preview(String),
    /// List a folder.
    List(PathBuf),
    /// Delete a session.
    Delete(PathBuf),
    /// Branch from a session after a turn, or whole, and go on there.
    Branch {
        /// The session.
        path: PathBuf,
        /// The turn.
        turn: Option<usize>,
    },
    /// Export a session.
    Export(PathBuf),
    /// Find a session by name and play it.
    Play(String),
    /// Read on in the session that is played.
    Read {
        /// The session.
        path: PathBuf,
        /// The number of the request.
        ticket: u64,
        /// Where to begin.
        from: Option<Here>,
    },
    /// Find a picture that was opened in the session that is played.
    Find {
        /// The session.
        path: PathBuf,
        /// The picture.
        picture: u32,
        /// The opening.
        opening: Box<Opening>,
    },
    /// Remember the sessions of the rail.
    Recent,
}

impl Job {
    /// Whether an earlier one of its kind is not wanted any more.
    pub fn replaces(&self) -> bool {
        matches!(
            self,
            Self::SearchSessions(_) | Self::Preview(_) | Self::List(_) | Self::ListSessions
        )
    }
}
