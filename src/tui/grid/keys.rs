//! Names of keys in, what they mean in the grid out: the table that the parent binds, changes and shows.

use super::msg::{Go, Msg};
use crate::tui::keymap;

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// When a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// No answer is open. Else the keys are the sheet's, as [`Msg::Sheet`].
    Looking,
    /// An answer is open.
    Sheet,
}

const fn row(keys: &'static str, msg: Msg, en: &'static str, zh: &'static str) -> Binding {
    Binding {
        keys,
        when: When::Looking,
        msg,
        en,
        zh,
    }
}

/// The keys of the grid.
pub const KEYS: &[Binding] = &[
    row("up k", Msg::Go(Go::Up), "row up", "上移一行"),
    row("down j", Msg::Go(Go::Down), "row down", "下移一行"),
    row("left h", Msg::Go(Go::Left), "column left", "左移一列"),
    row("right l", Msg::Go(Go::Right), "column right", "右移一列"),
    row("pageup ctrl-b", Msg::Go(Go::PageUp), "page up", "上翻一页"),
    row(
        "pagedown ctrl-f",
        Msg::Go(Go::PageDown),
        "page down",
        "下翻一页",
    ),
    row("g", Msg::Go(Go::Top), "first row", "第一行"),
    row("G", Msg::Go(Go::End), "last row", "最后一行"),
    row("home 0", Msg::Go(Go::First), "first column", "第一列"),
    row("end $", Msg::Go(Go::Last), "last column", "最后一列"),
    row(
        "f",
        Msg::Go(Go::Running),
        "follow what is asked",
        "跟随正在提问的单元",
    ),
    row("enter", Msg::Open, "whole answer", "完整回答"),
    row(
        "d",
        Msg::Pin,
        "compare with this cell",
        "以此单元为基准比较",
    ),
    row(
        "s",
        Msg::Sort,
        "rows that differ first, or only",
        "有差异的行优先，或仅显示",
    ),
    row(
        "p",
        Msg::Take,
        "ask this in the conversation",
        "在对话中提此问题",
    ),
    row("x ctrl-c", Msg::Stop, "stop asking", "停止提问"),
    row(
        "esc q",
        Msg::Escape,
        "leave, asking goes on",
        "离开，提问继续",
    ),
];
