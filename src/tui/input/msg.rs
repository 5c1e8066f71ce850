//! What can happen to the input, and what somebody else has to do about it: data only.

use super::complete::{Candidate, Name};
use super::editor::Go;
use super::paste;
use crate::settings::Lang;

/// Something that happens to the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// It is so many cells wide, and may be so many rows high.
    Resize(u16, u16),
    /// The interface speaks this language.
    Lang(Lang),
    /// A character was typed.
    Insert(String),
    /// Text was pasted.
    Paste(String),
    /// A line feed.
    Newline,
    /// Enter: what is written is meant.
    Enter,
    /// Complete, or the next completion; take the offer.
    Tab,
    /// The previous completion.
    BackTab,
    /// Leave the innermost thing that is open; stop the answer.
    Escape,
    /// Forget what is written; stop the answer.
    Interrupt,
    /// Move the caret.
    Go(Go),
    /// Change the text.
    Edit(Edit),
    /// Look through earlier inputs, and on to an older one.
    Lookup,
    /// Something about what waits.
    Queue(QueueMsg),
    /// Write on in another program.
    OpenEditor,
    /// What was written there.
    Edited(String),
    /// Something is being answered, wherever it was asked.
    Busy,
    /// The last input is done with.
    Idle,
    /// These are the pictures and regions that can be named.
    Names(Vec<Name>),
    /// What may stand after a command: the answer to [`Effect::AskValues`].
    Values {
        /// The command.
        command: String,
        /// What was typed of it.
        typed: String,
        /// What it could be.
        list: Vec<Candidate>,
    },
    /// Whether there is a file that can be read: the answer to [`Effect::Check`].
    Checked {
        /// Its path.
        path: String,
        /// Whether there is.
        is_file: bool,
    },
    /// The mouse was pressed at a column and row of the input's area.
    Click(u16, u16),
}

/// A change of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Erase the character before the caret.
    Erase,
    /// Erase the one after.
    Delete,
    /// Cut to where this movement goes.
    Cut(Go),
    /// Put back what was cut last.
    Yank,
    /// Take the last change back.
    Undo,
    /// Make it again.
    Redo,
    /// Show a folded paste.
    Unfold,
}

/// Something about what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueMsg {
    /// Choose the one above, or the last.
    Up,
    /// Choose the one below.
    Down,
    /// Take the chosen one into the input, to be changed.
    Take,
    /// Take it away.
    Remove,
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask this question or do this command, then say [`Msg::Idle`].
    Enter(Entered),
    /// Do this command now, also while the model answers.
    Run(String),
    /// Keep this input for the next time.
    Remember(String),
    /// Stop the answer.
    Cancel,
    /// Nothing is open any more: give the keys to somebody else.
    Leave,
    /// Nothing is written and nothing runs.
    Interrupt,
    /// Let the text be written in another program, then say [`Msg::Edited`].
    OpenEditor(String),
    /// Find out whether this file can be read, then say [`Msg::Checked`].
    Check(String),
    /// Open this picture.
    Attach(String),
    /// Find out what may stand after a command, then say [`Msg::Values`].
    AskValues {
        /// The command.
        command: String,
        /// What was typed.
        typed: String,
    },
    /// Tell the person.
    Say(Notice),
}

/// A whole input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The question or the command.
    pub text: String,
    /// The pictures and regions that it names.
    pub names: Vec<String>,
}

/// Something that the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A paste was not taken: it has so many bytes.
    TooLong(usize),
    /// A paste stays folded: it has so many bytes.
    StaysFolded(usize),
}

impl Notice {
    /// The sentence.
    pub fn say(self, lang: Lang) -> String {
        let most = paste::LONGEST;
        match (self, lang) {
            (Self::TooLong(bytes), Lang::En) => format!(
                "the paste has {bytes} bytes, more than the {most} that an input may have; open it as a file"
            ),
            (Self::TooLong(bytes), Lang::Zh) => {
                format!("粘贴内容有 {bytes} 字节，超过输入上限 {most} 字节；请作为文件打开")
            }
            (Self::StaysFolded(bytes), Lang::En) => {
                format!("the paste has {bytes} bytes and stays folded; $EDITOR (Ctrl-G) shows it")
            }
            (Self::StaysFolded(bytes), Lang::Zh) => {
                format!("粘贴内容有 {bytes} 字节，保持折叠；可用 $EDITOR (Ctrl-G) 查看")
            }
        }
    }
}
