//! Names of recorded sessions in; what is in them, in a form that a person or a program reads, out. No model runs.

mod branch;
pub(super) mod export;
mod list;
mod pictures;
mod rm;
mod search;
mod show;

use crate::cli::SessionsCommand;
use crate::session::export::leaf::Wish;
use crate::session::store::Store;
use crate::settings::{Settings, Thinking};

impl SessionsCommand {
    /// Does what was typed.
    ///
    /// # Errors
    /// When a session cannot be found, read or written, or nobody takes what is printed.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let store = Store::of(settings.sessions.as_deref());
        match self {
            Self::List(it) => it.run(&store, settings),
            Self::Show(it) => it.run(&store, settings),
            Self::Search(it) => it.run(&store, settings),
            Self::Export(it) => it.run(&store, settings),
            Self::Rm(it) => it.run(&store, settings),
            Self::Branch(it) => it.run(&store, settings),
        }
    }
}

/// Which turns are wanted, in the language that is set.
fn wish(settings: &Settings, all: bool, turn: Option<usize>) -> Wish {
    Wish {
        lang: settings.lang,
        all,
        turn,
        thinking: settings.thinking == Thinking::Show,
    }
}
