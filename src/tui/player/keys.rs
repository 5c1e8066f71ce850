//! Names of keys in, what they mean for a session that is played out: the table that the parent binds, changes and shows.

use super::msg::{Msg, Seek};
use crate::tui::keymap::{self, Place};

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// When a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// While a session is played.
    Playing,
}

impl When {
    /// Where such keys count.
    pub fn place(self) -> Place {
        match self {
            Self::Playing => Place::Player,
        }
    }
}

const fn row(keys: &'static str, msg: Msg, en: &'static str, zh: &'static str) -> Binding {
    Binding {
        keys,
        when: When::Playing,
        msg,
        en,
        zh,
    }
}

/// The keys of a session that is played.
pub const KEYS: &[Binding] = &[
    row("space", Msg::Toggle, "play, pause", "播放，暂停"),
    row(". right", Msg::Step, "one record further", "前进一条记录"),
    row("n", Msg::Seek(Seek::Next), "next question", "下一问"),
    row("p", Msg::Seek(Seek::Previous), "question before", "上一问"),
    row(
        "g home",
        Msg::Seek(Seek::Start),
        "to the beginning",
        "到开头",
    ),
    row("G end", Msg::Seek(Seek::End), "to the end", "到结尾"),
    row("+ =", Msg::Faster(true), "faster", "加快"),
    row("-", Msg::Faster(false), "slower", "减慢"),
    row(">", Msg::Longer(true), "longer pauses", "允许更长停顿"),
    row("<", Msg::Longer(false), "shorter pauses", "缩短停顿"),
    row("enter", Msg::Branch, "go on from here", "从此处继续对话"),
    row("q esc", Msg::Leave, "leave", "离开"),
];
