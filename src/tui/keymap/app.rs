//! The keys that belong to the whole screen: a table in, rows of the keymap out.

use super::{Place, Row};
use crate::tui::layout::{Pane, Way};

/// What a key of the whole screen does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Do {
    /// Leave the program.
    Quit,
    /// Every command, to be searched.
    Palette,
    /// Keys and commands, to be looked up.
    Help,
    /// Give the keys to the next pane.
    NextPane,
    /// Give the keys to the pane before.
    PreviousPane,
    /// Give the keys to this pane.
    Focus(Pane),
    /// Fold the rail to three columns, or unfold it.
    FoldRail,
    /// Move the border beside the pane that has the keys.
    Resize(Way),
    /// The picture alone, or all panes again.
    FullScreen,
    /// The conversation without the picture, or with it again.
    HidePicture,
    /// Two pictures beside each other, or one.
    SideBySide,
    /// Stop listening to the mouse, so that the terminal selects text; or listen again.
    Mouse,
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// Stop the answer.
    Stop,
    /// Sessions, to be searched.
    Sessions,
    /// The library of prompts.
    Prompts,
    /// Open a file.
    Open,
    /// The prior report.
    Prior,
    /// What would be sent to the model now.
    Context,
    /// The settings.
    Settings,
    /// The next theme.
    Theme,
    /// The other language.
    Language,
    /// Copy the last answer.
    CopyAnswer,
    /// The grid of an experiment.
    Grid,
    /// What the model sees of the picture.
    Eye,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    /// Its name in the settings, after `app.`.
    pub id: &'static str,
    /// The keys that do it, separated by blanks.
    pub keys: &'static str,
    /// Where they do it.
    pub place: Place,
    /// What they do.
    pub does: Do,
    /// What it is called in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

const fn row(
    id: &'static str,
    keys: &'static str,
    does: Do,
    en: &'static str,
    zh: &'static str,
) -> Binding {
    Binding {
        id,
        keys,
        place: Place::Everywhere,
        does,
        en,
        zh,
    }
}

impl Binding {
    const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }
}

/// The keys of the whole screen; what a list of them begins with is done by Enter alone, so leaving stands last. Ctrl-D in an empty input leaves the program too; that is the input's to know.
#[rustfmt::skip]
pub(super) const KEYS: &[Binding] = &[
    row("palette", "ctrl-p", Do::Palette, "all commands", "所有命令"),
    row("help", "f1", Do::Help, "help: keys and commands", "帮助：按键与命令"),
    row("next-pane", "f6", Do::NextPane, "next pane", "下一个窗格"),
    row("previous-pane", "shift-f6", Do::PreviousPane, "pane before", "上一个窗格"),
    row("picture", "alt-1", Do::Focus(Pane::Picture), "to the picture", "到图片"),
    row("conversation", "alt-2", Do::Focus(Pane::Talk), "to the conversation", "到对话"),
    row("input", "alt-3", Do::Focus(Pane::Input), "to the input", "到输入"),
    row("rail", "alt-0", Do::Focus(Pane::Rail), "to the rail", "到侧栏"),
    row("fold-rail", "f9", Do::FoldRail, "fold or unfold the rail", "折叠或展开侧栏"),
    row("border-left", "alt-shift-left f7", Do::Resize(Way::Left), "move the border left", "分隔线左移"),
    row("border-right", "alt-shift-right f8", Do::Resize(Way::Right), "move the border right", "分隔线右移"),
    row("border-up", "alt-shift-up shift-f7", Do::Resize(Way::Up), "move the border up", "分隔线上移"),
    row("border-down", "alt-shift-down shift-f8", Do::Resize(Way::Down), "move the border down", "分隔线下移"),
    row("full-screen", "f11 alt-4", Do::FullScreen, "the picture alone", "仅显示图片"),
    row("hide-picture", "alt-h", Do::HidePicture, "hide or show the picture", "隐藏或显示图片"),
    row("side-by-side", "alt-v", Do::SideBySide, "two pictures side by side", "两图并排"),
    row("eye", "alt-e", Do::Eye, "what the model sees", "模型所见"),
    row("open", "ctrl-o", Do::Open, "open a file", "打开文件"),
    row("sessions", "alt-s", Do::Sessions, "sessions", "会话列表"),
    row("prompts", "alt-p", Do::Prompts, "library of prompts", "提示词库"),
    row("prior", "alt-r", Do::Prior, "prior report", "既往报告"),
    row("context", "alt-c", Do::Context, "what will be sent to the model", "将发送给模型的内容"),
    row("copy-answer", "alt-y", Do::CopyAnswer, "copy the last answer", "复制最近的回答"),
    row("grid", "alt-x", Do::Grid, "experiment", "实验"),
    row("settings", "f2", Do::Settings, "settings", "设置"),
    row("theme", "f3", Do::Theme, "next theme", "下一个主题"),
    row("language", "f4", Do::Language, "Chinese or English", "中文或英文"),
    row("mouse", "f12 alt-m", Do::Mouse, "mouse off or on", "关闭或开启鼠标"),
    row("redraw", "ctrl-l", Do::Redraw, "draw everything anew", "重绘屏幕"),
    row("suspend", "ctrl-z", Do::Suspend, "to the shell (fg comes back)", "回到 shell（fg 返回）"),
    row("quit", "ctrl-q", Do::Quit, "quit", "退出"),
    row("help-here", "?", Do::Help, "help: keys and commands", "帮助：按键与命令").at(Place::Panes),
    row("pane-after", "tab ctrl-w", Do::NextPane, "next pane", "下一个窗格").at(Place::Panes),
    row("pane-before", "backtab", Do::PreviousPane, "pane before", "上一个窗格").at(Place::Panes),
    row("to-input", "esc", Do::Focus(Pane::Input), "to the input", "到输入").at(Place::Panes),
    row("stop", "ctrl-c", Do::Stop, "stop the answer", "停止回答").at(Place::Panes),
];

/// The rows of the whole screen, with the action that the parent makes of them.
pub fn app_rows<A>(wrap: impl Fn(Do) -> A) -> Vec<Row<A>> {
    let row = |it: &Binding| Row::new(it.place, it.id, it.keys, wrap(it.does), (it.en, it.zh));
    KEYS.iter().map(row).collect()
}
