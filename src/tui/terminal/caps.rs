//! What a terminal can do, and the reasons why pictures are shown the way they are, in words.

use ratatui::layout::Rect;

use crate::settings::Lang;
use crate::tui::surface::CellSize;

/// How pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Kitty's, with placements that can be moved and cropped.
    Kitty,
    /// Kitty's through tmux: cells that stand for the picture.
    KittyInTmux,
    /// iTerm2's inline pictures.
    Iterm,
    /// Sixel.
    Sixel,
    /// Coloured half blocks.
    Blocks,
    /// Letters by brightness.
    Ascii,
    /// Not at all.
    None,
}

impl Protocol {
    /// Its name, as in `--graphics`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kitty => "kitty",
            Self::KittyInTmux => "kitty (tmux)",
            Self::Iterm => "iterm",
            Self::Sixel => "sixel",
            Self::Blocks => "blocks",
            Self::Ascii => "ascii",
            Self::None => "none",
        }
    }
}

/// What stands between the interface and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing.
    None,
    /// tmux.
    Tmux,
    /// Zellij.
    Zellij,
    /// GNU screen.
    Screen,
}

/// Why pictures are shown the way they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person said so.
    Asked,
    /// The person said so, but it needs colours that the person does not want.
    AskedWithoutColours,
    /// The terminal's answer.
    Answered,
    /// The environment names a terminal that has it.
    Named,
    /// The terminal has several; this one works best there.
    Preferred,
    /// The terminal around tmux has it, and tmux lets it through.
    ThroughTmux,
    /// tmux draws sixel itself.
    TmuxDraws,
    /// tmux lets nothing through.
    TmuxBlocks,
    /// The terminal around tmux has nothing that works in tmux.
    TmuxLacks,
    /// No terminal is attached to tmux.
    TmuxDetached,
    /// tmux has not said yet.
    TmuxAsked,
    /// screen lets nothing through.
    Screen,
    /// The terminal does not tell how large its cells are.
    NoCellSize,
    /// The terminal told what it has, and it is nothing of this.
    Lacks,
    /// The terminal has not answered.
    Silent,
    /// `NO_COLOR` is set.
    NoColour,
    /// A terminal without addresses.
    Dumb,
}

impl Why {
    /// One sentence without a period.
    pub fn text(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Asked => ("--graphics says so", "由 --graphics 指定"),
            Self::AskedWithoutColours => (
                "half blocks are made of colours, and NO_COLOR is set",
                "半块字符依靠颜色，而 NO_COLOR 已设置",
            ),
            Self::Answered => ("the terminal says that it can", "终端表示支持"),
            Self::Named => (
                "the environment names a terminal that can",
                "环境变量表明终端支持",
            ),
            Self::Preferred => (
                "of what this terminal can, it does this best",
                "在此终端支持的方式中，这种最可靠",
            ),
            Self::ThroughTmux => (
                "the terminal around tmux can, and tmux lets it through",
                "tmux 外的终端支持，且 tmux 允许透传",
            ),
            Self::TmuxDraws => (
                "tmux draws it, and the terminal around it can show it",
                "由 tmux 绘制，且其外的终端支持",
            ),
            Self::TmuxBlocks => (
                "tmux lets no pictures through: allow-passthrough is off (`tmux set -p allow-passthrough on` changes it)",
                "tmux 不透传图片：allow-passthrough 为 off（可用 `tmux set -p allow-passthrough on` 更改）",
            ),
            Self::TmuxLacks => (
                "the terminal around tmux has no pictures that work in tmux",
                "tmux 外的终端没有可在 tmux 中使用的图片方式",
            ),
            Self::TmuxDetached => ("no terminal is attached to tmux", "没有终端连接到 tmux"),
            Self::TmuxAsked => (
                "tmux was asked and has not answered",
                "已询问 tmux，尚无回答",
            ),
            Self::Screen => ("screen lets no pictures through", "screen 不透传图片"),
            Self::NoCellSize => (
                "the terminal does not tell the size of its cells, which sixel needs",
                "终端未告知字符格尺寸，而 sixel 需要它",
            ),
            Self::Lacks => (
                "the terminal told what it has, and no pictures are among it",
                "终端已告知其能力，其中没有图片",
            ),
            Self::Silent => ("the terminal has not answered", "终端没有回答"),
            Self::NoColour => ("NO_COLOR is set", "NO_COLOR 已设置"),
            Self::Dumb => ("the terminal cannot place anything", "终端无法定位输出"),
        };
        lang.pick(en, zh)
    }
}

/// What this terminal can do.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Caps {
    /// How pictures are shown.
    pub protocol: Protocol,
    /// And why so.
    pub why: Why,
    /// A cell in pixels.
    pub cell: CellSize,
    /// 24-bit colours; otherwise 256.
    pub has_truecolor: bool,
    /// Synchronised updates; `None` while nothing is known.
    pub has_updates: Option<bool>,
    /// Whether dark letters stand on a light background; `None` when the terminal does not tell.
    pub is_light: Option<bool>,
    /// What stands between.
    pub multiplexer: Multiplexer,
    /// Commands can go around the multiplexer.
    pub passes_through: bool,
    /// It has answered at least once.
    pub answers: bool,
    /// Kitty's keyboard protocol.
    pub has_keyboard: bool,
    /// `NO_COLOR` asks for none.
    pub wants_colours: bool,
    /// The far end of an SSH connection.
    pub is_remote: bool,
    /// Its name, as it says.
    pub name: Option<String>,
}

impl Caps {
    /// The part of an area that pictures may stand in. Sixel and iTerm2's pictures leave the cursor below themselves: in the
    /// last row of the screen they would scroll it.
    pub fn room(&self, area: Rect, screen: Rect) -> Rect {
        let is_inline = matches!(self.protocol, Protocol::Sixel | Protocol::Iterm);
        let is_last = area.bottom() >= screen.bottom();
        Rect {
            height: area.height.saturating_sub(u16::from(is_inline && is_last)),
            ..area
        }
    }
}
