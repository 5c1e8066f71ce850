//! What can happen to the conversation's pane, and what somebody else has to do about it: data only.

use super::message::{End, Figures, Message};
use super::scroll::Move;
use super::select::Action;
use crate::settings::Lang;
use crate::tokenizer::Voice;

/// Something that happens to the pane.
#[derive(Debug, Clone)]
pub enum Msg {
    /// The pane is so many cells wide and high.
    Resize(u16, u16),
    /// The interface speaks this language.
    Lang(Lang),
    /// A message more, at the end.
    Add(Message),
    /// Many messages more: a session that is opened. Only what is on the screen is drawn.
    AddAll(Vec<Message>),
    /// A token of the answer that is being given.
    Piece {
        /// What it completes.
        text: String,
        /// Thinking or answer.
        voice: Voice,
        /// Natural logarithm of its probability.
        logprob: f32,
    },
    /// What is done before the first token, in the reader's language.
    Phase(String),
    /// The answer that is being given is over.
    End(End, Option<Figures>),
    /// A turn was undone (or that was taken back).
    Undone {
        /// The turn.
        turn: usize,
        /// Whether it is undone now.
        is_undone: bool,
    },
    /// Forget everything.
    Clear,
    /// Move the screen.
    Scroll(Move),
    /// Search.
    Find(Find),
    /// Choose a message.
    Choose(Choose),
    /// Do something with the chosen message.
    Act(Action),
    /// The list of what can be done with it.
    Menu(MenuMsg),
    /// Show all thinking, or fold it.
    FoldAll,
    /// Tint tokens by their probability, or not.
    Tint,
    /// Look at a token's probabilities.
    Token(TokenMsg),
    /// The mouse was pressed at a column and row of the pane.
    Click(u16, u16),
    /// Leave the innermost thing that is open.
    Escape,
}

/// A part of searching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// Begin a query.
    Open,
    /// Add to it.
    Type(String),
    /// Take its last character away.
    Erase,
    /// It is finished; keys move again.
    Accept,
    /// Forget it.
    Cancel,
    /// The next place below.
    Next,
    /// The next place above.
    Previous,
    /// Search on: the answer to [`Effect::SearchOn`].
    On,
}

/// Choosing a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// The one above; the last on the screen if there is none.
    Previous,
    /// The one below.
    Next,
    /// The last of all.
    Last,
    /// None.
    Nothing,
}

/// A part of the list of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuMsg {
    /// Open it for the chosen message.
    Open,
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// Do what the row says.
    Enter,
    /// Do what has this key.
    Key(char),
}

/// A part of looking at tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenMsg {
    /// The token after it; the first if none is looked at.
    Next,
    /// The token before it.
    Previous,
    /// What the model thought of instead: the answer to [`Effect::Probabilities`].
    Top {
        /// The message.
        message: usize,
        /// The token.
        token: usize,
        /// Texts and natural logarithms of probabilities, likeliest first.
        top: Vec<(String, f32)>,
    },
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Do this with the turn.
    Act {
        /// The turn, as the session counts.
        turn: usize,
        /// What to do.
        action: Action,
    },
    /// Send this text to the clipboard.
    Copy(String),
    /// Send [`Find::On`] when no key waits.
    SearchOn,
    /// Say what the model thought of at this token with [`TokenMsg::Top`].
    Probabilities {
        /// The turn, as the session counts.
        turn: usize,
        /// The message.
        message: usize,
        /// The token, from 0, thinking counted.
        token: usize,
    },
    /// Nothing is open any more: give the keys back to the input.
    Leave,
}
