//! A message in, what can be done with it out: the list of actions as data; doing them is somebody else's.

use super::message::{Body, Message};
use super::sheet::cells;
use super::wrap;
use crate::settings::Lang;

/// Something that can be done with a message or its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask the same again; the new answer takes the old one's place.
    Retry,
    /// Change the question and ask it again.
    Edit,
    /// Go on from here in a new session.
    Branch,
    /// Ask the same without the earlier turns.
    Fresh,
    /// Ask the same with grey pictures.
    Blind,
    /// Compare with another answer.
    Compare,
    /// Say what must hold of the answer.
    Expect,
    /// Write a note.
    Note,
    /// Copy the message.
    CopyMessage,
    /// Copy the code block of this number, from 0.
    CopyCode(usize),
    /// Show how sure the model was of each token.
    Probabilities,
    /// Show what the model really read.
    Context,
    /// Show thinking or a long question, or fold it.
    Fold,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is done.
    pub action: Action,
    /// The key that does it at once.
    pub key: char,
    /// What it is called.
    pub words: String,
}

/// The list of what can be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The message.
    pub message: usize,
    /// What can be done.
    pub choices: Vec<Choice>,
    /// The one that Enter does.
    pub at: usize,
}

/// Actions on a turn, their keys and names.
const OF_TURN: [(Action, char, &str, &str); 8] = [
    (Action::Retry, 'r', "ask again", "重新提问"),
    (Action::Edit, 'e', "edit and ask again", "修改后重新提问"),
    (Action::Branch, 'b', "branch from here", "从这里分支"),
    (
        Action::Fresh,
        'f',
        "ask without the earlier turns",
        "不带之前的对话提问",
    ),
    (
        Action::Blind,
        'g',
        "ask with grey pictures (control)",
        "以灰图提问（对照）",
    ),
    (
        Action::Compare,
        'd',
        "compare with another answer",
        "与另一回答比较",
    ),
    (
        Action::Expect,
        'x',
        "say what must hold",
        "记下必须成立的内容",
    ),
    (Action::Note, 'n', "write a note", "写备注"),
];

/// What can be done with a message, in the order of the list.
pub fn choices(message: &Message, lang: Lang) -> Vec<Choice> {
    let choice = |action, key, en: &str, zh: &str| Choice {
        action,
        key,
        words: lang.pick(en, zh).to_owned(),
    };
    let answer = message.as_answer();
    let is_over = answer.is_none_or(|it| it.end().is_some());
    let mut choices = Vec::new();
    if message.turn.is_some() && is_over && !matches!(message.body, Body::Remark(..)) {
        choices.extend(OF_TURN.map(|(action, key, en, zh)| choice(action, key, en, zh)));
    }
    choices.push(choice(Action::CopyMessage, 'c', "copy", "复制"));
    for (number, code) in message.codes().iter().enumerate() {
        let digit = u32::try_from(number + 1)
            .ok()
            .and_then(|it| char::from_digit(it, 10));
        let first = code.text.lines().next().unwrap_or("").trim();
        let words = lang.pick("copy code", "复制代码");
        choices.push(Choice {
            action: Action::CopyCode(number),
            key: digit.unwrap_or(' '),
            words: format!(
                "{words} {} {} {}",
                number + 1,
                code.language,
                wrap::clip(first, 16)
            ),
        });
    }
    if answer.is_some() {
        choices.push(choice(
            Action::Probabilities,
            'p',
            "token probabilities",
            "词元概率",
        ));
    }
    if message.is_folded().is_some() {
        choices.push(choice(Action::Fold, 't', "show or fold", "展开或折叠"));
    }
    if message.turn.is_some() {
        choices.push(choice(
            Action::Context,
            'v',
            "what the model read",
            "模型实际读到的内容",
        ));
    }
    choices
}

impl Menu {
    /// The list for a message.
    pub fn open(index: usize, message: &Message, lang: Lang) -> Self {
        Self {
            message: index,
            choices: choices(message, lang),
            at: 0,
        }
    }

    /// Moves to another row, round the ends.
    pub fn step(&mut self, down: bool) {
        let n = self.choices.len().max(1);
        self.at = (self.at + if down { 1 } else { n - 1 }) % n;
    }

    /// The action of a key.
    pub fn keyed(&self, key: char) -> Option<Action> {
        self.choices
            .iter()
            .find(|it| it.key == key && key != ' ')
            .map(|it| it.action)
    }

    /// The action of Enter.
    pub fn chosen(&self) -> Option<Action> {
        self.choices.get(self.at).map(|it| it.action)
    }

    /// Cells that its rows need across.
    pub fn width(&self) -> u16 {
        let widest = self.choices.iter().map(|it| wrap::width(&it.words)).max();
        cells(widest.unwrap_or(0) + 4)
    }
}
