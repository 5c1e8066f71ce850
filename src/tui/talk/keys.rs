//! Names of keys in, what they mean in the conversation out: the table that the parent binds, changes and shows.

use super::scroll::Move;
use super::{Choose, Find, MenuMsg, Msg, TokenMsg};
use crate::tui::keymap::{self, Place};

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// What must be open for a key to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Neither a query that is typed, nor the list of actions.
    Reading,
    /// The list of actions.
    Menu,
    /// A query that is typed.
    Typing,
}

impl When {
    /// Where such keys count.
    pub fn place(self) -> Place {
        match self {
            Self::Reading => Place::Talk,
            Self::Menu => Place::Menu,
            Self::Typing => Place::Typing,
        }
    }
}

const fn row(
    keys: &'static str,
    when: When,
    msg: Msg,
    en: &'static str,
    zh: &'static str,
) -> Binding {
    Binding {
        keys,
        when,
        msg,
        en,
        zh,
    }
}

use When::{Menu, Reading, Typing};

/// The keys of the conversation. In the list of actions each action's own key counts too (`MenuMsg::Key`).
pub const KEYS: &[Binding] = &[
    row(
        "up ctrl-y",
        Reading,
        Msg::Scroll(Move::Up(1)),
        "row up",
        "上移一行",
    ),
    row(
        "down ctrl-e",
        Reading,
        Msg::Scroll(Move::Down(1)),
        "row down",
        "下移一行",
    ),
    row(
        "pageup ctrl-b",
        Reading,
        Msg::Scroll(Move::PageUp),
        "page up",
        "上翻一页",
    ),
    row(
        "pagedown ctrl-f",
        Reading,
        Msg::Scroll(Move::PageDown),
        "page down",
        "下翻一页",
    ),
    row(
        "ctrl-u",
        Reading,
        Msg::Scroll(Move::HalfUp),
        "half a page up",
        "上翻半页",
    ),
    row(
        "ctrl-d",
        Reading,
        Msg::Scroll(Move::HalfDown),
        "half a page down",
        "下翻半页",
    ),
    row(
        "home g",
        Reading,
        Msg::Scroll(Move::Top),
        "to the beginning",
        "到开头",
    ),
    row(
        "end G",
        Reading,
        Msg::Scroll(Move::End),
        "to the end",
        "到末尾",
    ),
    row("/", Reading, Msg::Find(Find::Open), "search", "搜索"),
    row("n", Reading, Msg::Find(Find::Next), "next place", "下一处"),
    row(
        "N",
        Reading,
        Msg::Find(Find::Previous),
        "place before",
        "上一处",
    ),
    row(
        "k",
        Reading,
        Msg::Choose(Choose::Previous),
        "choose the message above",
        "选择上一条",
    ),
    row(
        "j",
        Reading,
        Msg::Choose(Choose::Next),
        "choose the message below",
        "选择下一条",
    ),
    row(
        "enter",
        Reading,
        Msg::Menu(MenuMsg::Open),
        "what can be done with it",
        "可用操作",
    ),
    row(
        "t",
        Reading,
        Msg::FoldAll,
        "show or fold thinking",
        "展开或折叠思考",
    ),
    row(
        "p",
        Reading,
        Msg::Tint,
        "tint tokens by probability",
        "按概率标记词元",
    ),
    row(
        "right l",
        Reading,
        Msg::Token(TokenMsg::Next),
        "next token",
        "下一个词元",
    ),
    row(
        "left h",
        Reading,
        Msg::Token(TokenMsg::Previous),
        "token before",
        "上一个词元",
    ),
    row("esc", Reading, Msg::Escape, "leave", "离开"),
    row(
        "up ctrl-p",
        Menu,
        Msg::Menu(MenuMsg::Up),
        "row up",
        "上移一行",
    ),
    row(
        "down ctrl-n",
        Menu,
        Msg::Menu(MenuMsg::Down),
        "row down",
        "下移一行",
    ),
    row("enter", Menu, Msg::Menu(MenuMsg::Enter), "do it", "执行"),
    row("esc", Menu, Msg::Escape, "leave", "离开"),
    row(
        "enter",
        Typing,
        Msg::Find(Find::Accept),
        "search for it",
        "确认搜索",
    ),
    row(
        "backspace ctrl-h",
        Typing,
        Msg::Find(Find::Erase),
        "erase",
        "删除一字",
    ),
    row(
        "down ctrl-n",
        Typing,
        Msg::Find(Find::Next),
        "next place",
        "下一处",
    ),
    row(
        "up ctrl-p",
        Typing,
        Msg::Find(Find::Previous),
        "place before",
        "上一处",
    ),
    row("esc", Typing, Msg::Find(Find::Cancel), "forget it", "取消"),
];
