//! The environment, tmux's word and the terminal's answers in, whenever they come; what this terminal can do, and why, out.
//!
//! Nothing waits. Before any answer there is a verdict from the environment; each answer may change it, a late one as well.
//! Questions go out in two rounds. The first has only what every terminal takes: name, sizes, background, and the device
//! attributes that end it. The second goes to terminals that told a name, since others show parts of it as text: macOS's
//! Terminal shows the `p` of a mode question, old VTE and Termius show kitty's question whole.

use crate::settings::Graphics;
use crate::tui::surface::CellSize;

pub use super::caps::{Caps, Multiplexer, Protocol, Why};
use super::replies::Reply;
use super::tmux::Facts;

/// The environment variables that tell something, as they were when the program began.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a variable")]
pub struct Environment {
    term: String,
    program: String,
    colorterm: String,
    is_tmux: bool,
    is_zellij: bool,
    is_screen: bool,
    is_remote: bool,
    is_kitty: bool,
    no_color: bool,
}

impl Environment {
    /// Reads them.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = |name| get(name).unwrap_or_default();
        let is_set = |name| !text(name).is_empty();
        let term = text("TERM");
        // LC_… goes through SSH, TERM_PROGRAM does not
        let program = ["TERM_PROGRAM", "LC_TERMINAL"].map(text);
        let is_tmux = is_set("TMUX") || term.starts_with("tmux");
        Self {
            is_screen: is_set("STY") || (term.starts_with("screen") && !is_tmux),
            is_tmux,
            is_zellij: is_set("ZELLIJ"),
            is_remote: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            is_kitty: is_set("KITTY_WINDOW_ID"),
            no_color: is_set("NO_COLOR"),
            colorterm: text("COLORTERM"),
            program: program
                .into_iter()
                .find(|it| !it.is_empty())
                .unwrap_or_default(),
            term,
        }
    }

    /// A terminal that has kitty's protocol for certain, with nothing between.
    fn is_kitty(&self) -> bool {
        let by_term = matches!(self.term.as_str(), "xterm-kitty" | "xterm-ghostty");
        by_term || self.is_kitty || self.program == "ghostty"
    }
}

/// Terminals that have several ways and do iTerm2's best, by the beginning of their names.
const ITERM_BEST: &[&str] = &["iTerm", "WezTerm", "mintty"];

/// Terminals whose names say that they have 24-bit colours.
const TRUECOLOR: &[&str] = &[
    "kitty",
    "ghostty",
    "WezTerm",
    "iTerm",
    "foot",
    "Konsole",
    "VTE",
    "alacritty",
    "contour",
    "mintty",
    "rio",
    "tmux",
    "Zellij",
    "xterm.js",
];

const ASK_NAME: &str = "\x1b[>0q";
const ASK_CELL: &str = "\x1b[16t";
const ASK_AREA: &str = "\x1b[14t";
const ASK_BACKGROUND: &str = "\x1b]11;?\x1b\\";
const ASK_UPDATES: &str = "\x1b[?2026$p";
const ASK_KEYBOARD: &str = "\x1b[?u";
const ASK_GRAPHICS: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
const ASK_ATTRIBUTES: &str = "\x1b[c";

/// The id in the question about kitty's protocol: no picture has it.
const QUESTION_ID: u32 = 31;

/// What is known so far.
#[derive(Debug, Clone)]
pub struct Probe {
    wish: Graphics,
    environment: Environment,
    name: Option<String>,
    attributes: Option<Vec<u32>>,
    has_kitty: Option<bool>,
    has_updates: Option<bool>,
    has_keyboard: bool,
    background: Option<[u8; 3]>,
    cell: Option<CellSize>,
    area: Option<(u32, u32)>,
    screen: Screen,
    tmux: Option<Facts>,
    round: u8,
}

/// The screen as the system knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Screen {
    /// Cells across.
    pub columns: u16,
    /// Cells down.
    pub rows: u16,
    /// Width and height in pixels; 0 where the system does not know.
    pub pixels: (u16, u16),
}

impl Probe {
    /// Nothing was asked yet.
    pub fn new(wish: Graphics, environment: Environment, screen: Screen) -> Self {
        Self {
            wish,
            environment,
            name: None,
            attributes: None,
            has_kitty: None,
            has_updates: None,
            has_keyboard: false,
            background: None,
            cell: None,
            area: None,
            screen,
            tmux: None,
            round: 0,
        }
    }

    /// The questions to send now, each time the terminal may be another one: after the first paint, a resumption, an attachment.
    pub fn begin(&mut self) -> String {
        self.round = 1;
        self.has_kitty = None;
        if self.environment.term == "linux" {
            // it shows what it does not know, and has none of it
            return ASK_ATTRIBUTES.to_owned();
        }
        let mut questions = [ASK_NAME, ASK_CELL, ASK_AREA, ASK_BACKGROUND].concat();
        if self.environment.is_kitty() && !self.is_between() {
            self.round = 2;
            questions += &[ASK_GRAPHICS, ASK_UPDATES, ASK_KEYBOARD].concat();
        }
        questions + ASK_ATTRIBUTES
    }

    /// The question to send when the screen has another size: cells may have one, too.
    pub fn resized(&mut self, screen: Screen) -> String {
        self.screen = screen;
        self.area = None;
        if self.attributes.is_some() && self.cell.is_some() {
            [ASK_CELL, ASK_ATTRIBUTES].concat()
        } else {
            String::new()
        }
    }

    /// Takes an answer; what to ask next.
    pub fn hear(&mut self, reply: &Reply) -> String {
        match reply {
            Reply::Version(name) => self.name = Some(name.clone()),
            Reply::Attributes(attributes) => {
                self.attributes = Some(attributes.clone());
                return self.next_round();
            }
            Reply::Graphics {
                id: QUESTION_ID,
                is_ok,
            } => self.has_kitty = Some(*is_ok),
            Reply::Cell(width, height) => self.cell = measured(*width, *height).or(self.cell),
            Reply::Area(width, height) => self.area = Some((*width, *height)),
            Reply::Mode(2026, state) => self.has_updates = Some(matches!(state, 1..=3)),
            Reply::Keyboard(_) => self.has_keyboard = true,
            Reply::Background(colour) => self.background = Some(*colour),
            Reply::Graphics { .. } | Reply::Mode(..) | Reply::Ready | Reply::Other => {}
        }
        String::new()
    }

    /// tmux has told about itself and the terminal around it; what to ask next.
    pub fn hear_tmux(&mut self, facts: Facts) -> String {
        let is_unclear = facts.passes_through == Some(true) && facts.is_unnamed();
        self.tmux = Some(facts);
        if is_unclear {
            Self::ask_around_tmux()
        } else {
            String::new()
        }
    }

    /// The end of a round: terminals with a name are asked for more.
    fn next_round(&mut self) -> String {
        if self.round != 1 || self.name.is_none() {
            return String::new();
        }
        self.round = 2;
        if self.multiplexer() == Multiplexer::Tmux
            && self.tmux.is_none()
            && !self.environment.is_tmux
        {
            // an SSH inside of tmux: nobody to ask but the terminal itself
            return Self::ask_around_tmux() + ASK_UPDATES + ASK_ATTRIBUTES;
        }
        let graphics = if self.is_between() { "" } else { ASK_GRAPHICS };
        [graphics, ASK_UPDATES, ASK_KEYBOARD, ASK_ATTRIBUTES].concat()
    }

    /// Kitty's question, around tmux. There is no end to this one: an answer may come at any time, or never.
    fn ask_around_tmux() -> String {
        format!(
            "\x1bPtmux;{}\x1b\\",
            ASK_GRAPHICS.replace('\x1b', "\x1b\x1b")
        )
    }

    fn is_between(&self) -> bool {
        matches!(self.multiplexer(), Multiplexer::Tmux | Multiplexer::Screen)
    }

    fn multiplexer(&self) -> Multiplexer {
        let name = self.name.as_deref().unwrap_or_default();
        let environment = &self.environment;
        if name.starts_with("tmux") {
            Multiplexer::Tmux
        } else if name.starts_with("Zellij") || environment.is_zellij {
            Multiplexer::Zellij
        } else if environment.is_screen {
            Multiplexer::Screen
        } else if environment.is_tmux {
            Multiplexer::Tmux
        } else {
            Multiplexer::None
        }
    }

    /// The verdict on what is known so far.
    pub fn caps(&self) -> Caps {
        let (protocol, why) = self.protocol();
        let tmux = self.tmux.as_ref();
        Caps {
            protocol,
            why,
            cell: self.cell_size(),
            has_truecolor: self.has_truecolor(),
            has_updates: self.has_updates,
            is_light: self.background.map(is_light),
            multiplexer: self.multiplexer(),
            passes_through: tmux.is_some_and(|it| it.passes_through == Some(true))
                || protocol == Protocol::KittyInTmux,
            answers: self.attributes.is_some(),
            has_keyboard: self.has_keyboard,
            wants_colours: !self.environment.no_color,
            is_remote: self.environment.is_remote,
            name: self.name.clone(),
        }
    }

    fn protocol(&self) -> (Protocol, Why) {
        let is_tmux = self.multiplexer() == Multiplexer::Tmux;
        let asked = match self.wish {
            Graphics::Auto => return self.best(),
            Graphics::Kitty if is_tmux => Protocol::KittyInTmux,
            Graphics::Kitty => Protocol::Kitty,
            Graphics::Iterm => Protocol::Iterm,
            Graphics::Sixel => Protocol::Sixel,
            Graphics::Blocks => Protocol::Blocks,
            Graphics::Ascii => Protocol::Ascii,
            Graphics::None => Protocol::None,
        };
        // the library that writes colours drops them where NO_COLOR is set, and with them these pictures
        let needs_colours = matches!(asked, Protocol::Blocks | Protocol::KittyInTmux);
        if needs_colours && self.environment.no_color {
            return (Protocol::Ascii, Why::AskedWithoutColours);
        }
        (asked, Why::Asked)
    }

    fn best(&self) -> (Protocol, Why) {
        if self.environment.term == "dumb" {
            return (Protocol::None, Why::Dumb);
        }
        let (protocol, why) = match self.multiplexer() {
            Multiplexer::Tmux => self.best_in_tmux(),
            Multiplexer::Screen => (Protocol::Blocks, Why::Screen),
            Multiplexer::None | Multiplexer::Zellij => self.best_bare(),
        };
        let needs_colours = matches!(protocol, Protocol::Blocks | Protocol::KittyInTmux);
        if needs_colours && self.environment.no_color {
            return (Protocol::Ascii, Why::NoColour);
        }
        (protocol, why)
    }

    fn best_bare(&self) -> (Protocol, Why) {
        let named = [
            self.name.as_deref(),
            Some(self.environment.program.as_str()),
        ];
        let is_best = |it: &str| ITERM_BEST.iter().any(|best| it.starts_with(best));
        let is_zellij = self.multiplexer() == Multiplexer::Zellij;
        if !is_zellij && named.into_iter().flatten().any(is_best) {
            return (Protocol::Iterm, Why::Preferred);
        }
        match self.has_kitty {
            Some(true) => return (Protocol::Kitty, Why::Answered),
            None if self.environment.is_kitty() && !is_zellij => {
                return (Protocol::Kitty, Why::Named);
            }
            _ => {}
        }
        match &self.attributes {
            Some(attributes) if attributes[1.min(attributes.len())..].contains(&4) => {
                self.sixel(Why::Answered)
            }
            Some(_) => (Protocol::Blocks, Why::Lacks),
            None => (Protocol::Blocks, Why::Silent),
        }
    }

    fn best_in_tmux(&self) -> (Protocol, Why) {
        let Some(facts) = &self.tmux else {
            return match self.has_kitty {
                Some(true) => (Protocol::KittyInTmux, Why::ThroughTmux),
                _ => (Protocol::Blocks, Why::TmuxAsked),
            };
        };
        if facts.term.is_empty() {
            return (Protocol::Blocks, Why::TmuxDetached);
        }
        let has_kitty = facts.is_kitty() || (facts.is_unnamed() && self.has_kitty == Some(true));
        let passes = facts.passes_through == Some(true);
        if has_kitty && passes {
            return (Protocol::KittyInTmux, Why::ThroughTmux);
        }
        let draws = self
            .attributes
            .as_ref()
            .is_some_and(|it| it.iter().skip(1).any(|it| *it == 4));
        if draws && facts.has_sixel {
            return self.sixel(Why::TmuxDraws);
        }
        if passes || !(has_kitty || facts.is_unnamed()) {
            (Protocol::Blocks, Why::TmuxLacks)
        } else {
            (Protocol::Blocks, Why::TmuxBlocks)
        }
    }

    /// Sixel has no cells, only pixels: without their size it would cover its neighbours.
    fn sixel(&self, why: Why) -> (Protocol, Why) {
        if self.cell_size().is_measured {
            (Protocol::Sixel, why)
        } else {
            (Protocol::Blocks, Why::NoCellSize)
        }
    }

    /// The terminal's word for a cell, else for the whole area, else tmux's, else the system's for the whole, else a guess.
    fn cell_size(&self) -> CellSize {
        let Screen {
            columns,
            rows,
            pixels,
        } = self.screen;
        let share = |(width, height): (u32, u32)| {
            let each = |all: u32, n: u16| all.checked_div(u32::from(n));
            measured(each(width, columns)?, each(height, rows)?)
        };
        self.cell
            .or_else(|| self.area.and_then(share))
            .or_else(|| {
                self.tmux
                    .as_ref()
                    .and_then(|it| it.cell)
                    .and_then(|it| measured(it.0, it.1))
            })
            .or_else(|| share((u32::from(pixels.0), u32::from(pixels.1))))
            .unwrap_or(CellSize::GUESS)
    }

    fn has_truecolor(&self) -> bool {
        let environment = &self.environment;
        let names = [
            self.name.as_deref().unwrap_or_default(),
            &environment.program,
            environment.term.trim_start_matches("xterm-"),
        ];
        matches!(environment.colorterm.as_str(), "truecolor" | "24bit")
            || environment.term.ends_with("-direct")
            || names
                .iter()
                .any(|it| TRUECOLOR.iter().any(|known| it.starts_with(known)))
    }
}

fn measured(width: u32, height: u32) -> Option<CellSize> {
    CellSize::measured(u16::try_from(width).ok()?, u16::try_from(height).ok()?)
}

/// Whether a background is lighter than the middle (Rec. 601 luma).
fn is_light([r, g, b]: [u8; 3]) -> bool {
    77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) > 127 * 256
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
