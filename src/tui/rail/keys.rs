//! Names of keys in, what they mean in the rail out: the table that the keymap binds, changes and shows.

use super::{Go, Msg};
use crate::tui::keymap;

/// A row of the table.
pub type Binding = keymap::Binding<(), Msg>;

const fn row(keys: &'static str, msg: Msg, en: &'static str, zh: &'static str) -> Binding {
    Binding {
        keys,
        when: (),
        msg,
        en,
        zh,
    }
}

/// The keys of the rail.
#[rustfmt::skip]
pub const KEYS: &[Binding] = &[
    row("up k", Msg::Go(Go::Up), "row up", "上移一行"),
    row("down j", Msg::Go(Go::Down), "row down", "下移一行"),
    row("pageup ctrl-b", Msg::Go(Go::PageUp), "page up", "上翻一页"),
    row("pagedown ctrl-f", Msg::Go(Go::PageDown), "page down", "下翻一页"),
    row("home g", Msg::Go(Go::Top), "to the beginning", "到开头"),
    row("end G", Msg::Go(Go::End), "to the end", "到末尾"),
    row("enter space", Msg::Enter, "show; open", "显示；打开"),
    row("right l", Msg::Unfold(true), "list slices", "列出层面"),
    row("left h", Msg::Unfold(false), "fold slices", "折叠层面"),
    row("x delete", Msg::Close, "close the picture", "关闭图片"),
    row("r", Msg::Role, "prior, current, or neither", "既往、当前或无"),
    row("s", Msg::SideBySide, "beside the picture in view", "与当前图片并排"),
    row("o", Msg::Open, "open a file", "打开文件"),
    row("/", Msg::Browse, "all sessions", "所有会话"),
    row("esc", Msg::Escape, "leave", "离开"),
];
