//! Names of keys in, what they mean in a picker out: the table that the parent binds, changes and shows.

use super::list::Move;
use super::msg::{Act, Msg};
use crate::tui::input::Edit;
use crate::tui::input::editor::Go;
use crate::tui::keymap::{self, Place};

/// A row of the table.
pub type Binding = keymap::Binding<When, Msg>;

/// When a key counts: [`super::Picker::counts`] knows. The first row that counts is meant; what no row has is typed, if
/// [`super::Picker::takes_text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// While a question wants a yes or a no: nothing else counts then.
    Asked,
    /// While the values of a prompt or of a setting are written.
    Form,
    /// While letters are keys.
    List,
    /// While letters are typed, in a form too.
    Typing,
    /// While there is a list.
    Always,
}

impl When {
    /// Where such keys count.
    pub fn place(self) -> Place {
        match self {
            Self::Asked => Place::Asked,
            Self::Form => Place::Form,
            Self::List => Place::Letters,
            Self::Typing => Place::Query,
            Self::Always => Place::List,
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

const fn act(
    keys: &'static str,
    when: When,
    act: Act,
    en: &'static str,
    zh: &'static str,
) -> Binding {
    row(keys, when, Msg::Act(act), en, zh)
}

use When::{Always, Asked, Form, List, Typing};

/// The keys of all pickers.
pub const KEYS: &[Binding] = &[
    act("y", Asked, Act::Yes, "yes", "是"),
    act("n esc enter", Asked, Act::No, "no", "否"),
    act(
        "enter",
        Form,
        Act::Enter,
        "next field, or done",
        "下一栏或完成",
    ),
    act("tab down", Form, Act::Switch, "next field", "下一栏"),
    act("backtab up", Form, Act::Back, "field before", "上一栏"),
    act(
        "alt-down ctrl-n",
        Form,
        Act::NextValue,
        "next allowed value",
        "下一个可选值",
    ),
    act(
        "alt-up ctrl-p",
        Form,
        Act::ValueBefore,
        "allowed value before",
        "上一个可选值",
    ),
    act("/", List, Act::Switch, "type to search", "输入以搜索"),
    act("space", List, Act::Mark, "mark", "标记"),
    act("o", List, Act::Other, "the other meaning", "另一种操作"),
    act("r", List, Act::Replay, "replay", "回放"),
    act("d", List, Act::Delete, "delete", "删除"),
    act("b", List, Act::Branch, "branch", "分支"),
    act("e", List, Act::Export, "export", "导出"),
    act("y", List, Act::Copy, "copy the path", "复制路径"),
    act(
        "backspace h",
        List,
        Act::Above,
        "folder above",
        "上级文件夹",
    ),
    row("k", List, Msg::Move(Move::Up), "up", "上移"),
    row("j", List, Msg::Move(Move::Down), "down", "下移"),
    row("home g", List, Msg::Move(Move::First), "first", "第一项"),
    row("end G", List, Msg::Move(Move::Last), "last", "最后一项"),
    row("left ctrl-b", Typing, Msg::Go(Go::Left), "left", "左移"),
    row("right ctrl-f", Typing, Msg::Go(Go::Right), "right", "右移"),
    row(
        "ctrl-left alt-left",
        Typing,
        Msg::Go(Go::WordLeft),
        "word left",
        "左移一词",
    ),
    row(
        "ctrl-right alt-right",
        Typing,
        Msg::Go(Go::WordRight),
        "word right",
        "右移一词",
    ),
    row(
        "home ctrl-a",
        Typing,
        Msg::Go(Go::Start),
        "beginning",
        "开头",
    ),
    row("end ctrl-e", Typing, Msg::Go(Go::End), "end", "末尾"),
    row(
        "backspace ctrl-h",
        Typing,
        Msg::Edit(Edit::Erase),
        "erase",
        "删除前一字",
    ),
    row(
        "delete",
        Typing,
        Msg::Edit(Edit::Delete),
        "delete",
        "删除后一字",
    ),
    row(
        "ctrl-w",
        Typing,
        Msg::Edit(Edit::Cut(Go::WordLeft)),
        "cut the word",
        "剪切一词",
    ),
    row(
        "ctrl-u",
        Typing,
        Msg::Edit(Edit::Cut(Go::Start)),
        "cut to the beginning",
        "剪切到开头",
    ),
    row(
        "ctrl-k",
        Typing,
        Msg::Edit(Edit::Cut(Go::End)),
        "cut to the end",
        "剪切到末尾",
    ),
    row("ctrl-y", Typing, Msg::Edit(Edit::Yank), "put back", "粘回"),
    row("ctrl-_", Typing, Msg::Edit(Edit::Undo), "undo", "撤销"),
    act("enter", Always, Act::Enter, "choose", "选择"),
    act(
        "alt-enter ctrl-o",
        Always,
        Act::Other,
        "the other meaning",
        "另一种操作",
    ),
    act(
        "tab",
        Always,
        Act::Switch,
        "letters are keys, or typed",
        "字母作为按键或文字",
    ),
    act("ctrl-t", Always, Act::Mark, "mark", "标记"),
    act("alt-r", Always, Act::Replay, "replay", "回放"),
    act("alt-d", Always, Act::Delete, "delete", "删除"),
    act("alt-b", Always, Act::Branch, "branch", "分支"),
    act("alt-e", Always, Act::Export, "export", "导出"),
    act("alt-y", Always, Act::Copy, "copy the path", "复制路径"),
    row("up ctrl-p", Always, Msg::Move(Move::Up), "up", "上移"),
    row("down ctrl-n", Always, Msg::Move(Move::Down), "down", "下移"),
    row(
        "pageup",
        Always,
        Msg::Move(Move::PageUp),
        "page up",
        "上翻一页",
    ),
    row(
        "pagedown",
        Always,
        Msg::Move(Move::PageDown),
        "page down",
        "下翻一页",
    ),
    row(
        "ctrl-home",
        Always,
        Msg::Move(Move::First),
        "first",
        "第一项",
    ),
    row(
        "ctrl-end",
        Always,
        Msg::Move(Move::Last),
        "last",
        "最后一项",
    ),
    row(
        "shift-up alt-pageup",
        Always,
        Msg::Preview(false),
        "preview up",
        "预览上移",
    ),
    row(
        "shift-down alt-pagedown",
        Always,
        Msg::Preview(true),
        "preview down",
        "预览下移",
    ),
    row("esc ctrl-c", Always, Msg::Escape, "leave", "离开"),
];

/// The first row of the table that does this when the rows of `counts` count.
pub(super) fn row_of(act: Act, counts: impl Fn(When) -> bool) -> Option<usize> {
    let does = |it: &Binding| matches!(it.msg, Msg::Act(other) if other == act);
    KEYS.iter().position(|it| does(it) && counts(it.when))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_at_once() {
        let mut seen: Vec<(When, &str)> = Vec::new();
        for row in KEYS {
            assert!(!row.en.is_empty() && !row.zh.is_empty());
            for key in row.keys.split(' ') {
                assert!(!seen.contains(&(row.when, key)), "{key} {:?}", row.when);
                seen.push((row.when, key));
                let is_letter = key.chars().count() == 1 || key == "space";
                assert!(
                    !is_letter || matches!(row.when, Asked | List),
                    "{key} could not be typed"
                );
            }
        }
    }
}
