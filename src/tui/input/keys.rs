//! Names of keys in, what they mean in the input out: the table that the parent binds, changes and shows.

use super::editor::Go;
use super::{Edit, Msg, QueueMsg};
use crate::tui::keymap::{self, Place};

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// When a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// When something that waits is chosen (`Queue::at`): before those of `Always`.
    Waiting,
}

impl When {
    /// Where such keys count.
    pub fn place(self) -> Place {
        match self {
            Self::Always => Place::Input,
            Self::Waiting => Place::Waiting,
        }
    }
}

const fn row(keys: &'static str, msg: Msg, en: &'static str, zh: &'static str) -> Binding {
    Binding {
        keys,
        when: When::Always,
        msg,
        en,
        zh,
    }
}

/// The keys of the input. Ctrl-Z stays the shell's; `ctrl-_` is what terminals send for Ctrl-/ too.
pub const KEYS: &[Binding] = &[
    row("enter", Msg::Enter, "ask", "提问"),
    row(
        "ctrl-j alt-enter shift-enter",
        Msg::Newline,
        "new line",
        "换行",
    ),
    row(
        "tab",
        Msg::Tab,
        "complete; attach what is offered",
        "补全；附上所提示的图片",
    ),
    row("backtab", Msg::BackTab, "completion before", "上一个补全"),
    row(
        "esc",
        Msg::Escape,
        "close; stop the answer; leave",
        "关闭；停止回答；离开",
    ),
    row(
        "ctrl-c",
        Msg::Interrupt,
        "clear; stop the answer",
        "清空；停止回答",
    ),
    row("left ctrl-b", Msg::Go(Go::Left), "left", "左移"),
    row("right ctrl-f", Msg::Go(Go::Right), "right", "右移"),
    row(
        "ctrl-left alt-b alt-left",
        Msg::Go(Go::WordLeft),
        "word left",
        "左移一词",
    ),
    row(
        "ctrl-right alt-f alt-right",
        Msg::Go(Go::WordRight),
        "word right",
        "右移一词",
    ),
    row(
        "home ctrl-a",
        Msg::Go(Go::LineStart),
        "beginning of the line",
        "行首",
    ),
    row(
        "end ctrl-e",
        Msg::Go(Go::LineEnd),
        "end of the line",
        "行尾",
    ),
    row(
        "ctrl-home alt-<",
        Msg::Go(Go::Start),
        "beginning of the text",
        "文首",
    ),
    row(
        "ctrl-end alt->",
        Msg::Go(Go::End),
        "end of the text",
        "文末",
    ),
    row(
        "up",
        Msg::Go(Go::Up),
        "row up; earlier input",
        "上移一行；上一条输入",
    ),
    row(
        "down",
        Msg::Go(Go::Down),
        "row down; later input",
        "下移一行；下一条输入",
    ),
    row(
        "backspace ctrl-h",
        Msg::Edit(Edit::Erase),
        "erase",
        "删除前一字",
    ),
    row(
        "delete ctrl-d",
        Msg::Edit(Edit::Delete),
        "erase what follows",
        "删除后一字",
    ),
    row(
        "ctrl-w alt-backspace",
        Msg::Edit(Edit::Cut(Go::WordLeft)),
        "cut the word before",
        "剪切前一词",
    ),
    row(
        "alt-d",
        Msg::Edit(Edit::Cut(Go::WordRight)),
        "cut the word after",
        "剪切后一词",
    ),
    row(
        "ctrl-u",
        Msg::Edit(Edit::Cut(Go::LineStart)),
        "cut to the line's beginning",
        "剪切到行首",
    ),
    row(
        "ctrl-k",
        Msg::Edit(Edit::Cut(Go::LineEnd)),
        "cut to the line's end",
        "剪切到行尾",
    ),
    row(
        "ctrl-y",
        Msg::Edit(Edit::Yank),
        "put back what was cut",
        "粘贴剪切内容",
    ),
    row("ctrl-_ alt-u", Msg::Edit(Edit::Undo), "undo", "撤销"),
    row("alt-shift-u alt-_", Msg::Edit(Edit::Redo), "redo", "重做"),
    row(
        "alt-o",
        Msg::Edit(Edit::Unfold),
        "show a folded paste",
        "展开折叠的粘贴",
    ),
    row(
        "ctrl-r",
        Msg::Lookup,
        "look through earlier inputs",
        "搜索历史输入",
    ),
    row(
        "ctrl-g",
        Msg::OpenEditor,
        "write in $EDITOR",
        "用 $EDITOR 编辑",
    ),
    row(
        "alt-up",
        Msg::Queue(QueueMsg::Up),
        "choose what waits",
        "选择排队的问题",
    ),
    row(
        "alt-down",
        Msg::Queue(QueueMsg::Down),
        "choose what waits below",
        "选择下一个排队的问题",
    ),
    Binding {
        keys: "delete backspace",
        when: When::Waiting,
        msg: Msg::Queue(QueueMsg::Remove),
        en: "take it away",
        zh: "移除",
    },
    Binding {
        keys: "enter",
        when: When::Waiting,
        msg: Msg::Queue(QueueMsg::Take),
        en: "change it",
        zh: "修改",
    },
];
