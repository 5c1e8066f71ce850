//! A question that a program asks its terminal in, what terminals of each kind answer, and when, out.

use std::time::Duration;

/// Which terminal is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Answers everything and shows kitty's pictures.
    Kitty,
    /// xterm that was started for a VT340: sixel, no kitty.
    Sixel,
    /// xterm as it comes.
    Xterm,
    /// What a program inside tmux meets: attributes and a name, nothing else.
    Tmux,
}

/// When it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    AtOnce,
    Never,
    /// Each answer so much later: a link, or a busy terminal.
    After(Duration),
    /// Not before a key was pressed.
    AfterFirstKey,
    /// One byte, and so much until the next.
    ByteByByte(Duration),
}

/// What a terminal says to a question, if anything.
pub(crate) struct Answer(pub(crate) Option<String>);

/// A terminal's kind, habits and looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Personality {
    pub(crate) kind: Kind,
    pub(crate) when: When,
    /// Width and height of a cell in pixels.
    pub(crate) cell: (u16, u16),
    /// Its background colour.
    pub(crate) background: [u8; 3],
}

const fn at_once(kind: Kind) -> Personality {
    Personality {
        kind,
        when: When::AtOnce,
        cell: (8, 16),
        background: [0x1e, 0x1e, 0x2e],
    }
}

pub(crate) const KITTY: Personality = at_once(Kind::Kitty);
pub(crate) const SIXEL: Personality = at_once(Kind::Sixel);
pub(crate) const XTERM: Personality = at_once(Kind::Xterm);
pub(crate) const TMUX: Personality = at_once(Kind::Tmux);
/// Shows pictures, says nothing.
pub(crate) const SILENT: Personality = KITTY.when(When::Never);
pub(crate) const LATE: Personality = KITTY.when(When::AfterFirstKey);
pub(crate) const BYTE_BY_BYTE: Personality = KITTY.when(When::ByteByByte(Duration::from_millis(3)));

impl Personality {
    pub(crate) const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    pub(crate) const fn light(self) -> Self {
        Self {
            background: [0xff, 0xff, 0xff],
            ..self
        }
    }

    /// The answer to a CSI sequence, or none where this terminal has none, or `None` where it is no question; `size` and
    /// `cursor` are columns and rows, from 1.
    pub(crate) fn csi(
        &self,
        inner: &str,
        last: char,
        size: (u16, u16),
        cursor: (u16, u16),
        keyboard: u8,
    ) -> Option<Answer> {
        let is = |kinds: &[Kind]| kinds.contains(&self.kind);
        let (width, height) = self.cell;
        let (columns, rows) = size;
        let answer = match (inner, last) {
            ("" | "0", 'c') => Some(self.attributes().to_owned()),
            (">" | ">0", 'c') => Some(self.version_number().to_owned()),
            (">" | ">0", 'q') => Some(format!("\x1bP>|{}\x1b\\", self.name())),
            ("5", 'n') => Some("\x1b[0n".to_owned()),
            ("6", 'n') => Some(format!("\x1b[{};{}R", cursor.1, cursor.0)),
            ("14", 't') => Some(format!(
                "\x1b[4;{};{}t",
                u32::from(height) * u32::from(rows),
                u32::from(width) * u32::from(columns)
            )),
            ("16", 't') => Some(format!("\x1b[6;{height};{width}t")),
            ("18", 't') => Some(format!("\x1b[8;{rows};{columns}t")),
            ("?", 'u') => is(&[Kind::Kitty]).then(|| format!("\x1b[?{keyboard}u")),
            (_, 'p') if inner.starts_with('?') && inner.ends_with('$') => {
                let mode = &inner[1..inner.len() - 1];
                let state = if mode == "2026" && is(&[Kind::Kitty]) {
                    2
                } else {
                    0
                };
                Some(format!("\x1b[?{mode};{state}$y"))
            }
            _ => return None,
        };
        Some(Answer(answer))
    }

    /// The answer to an operating system command that is a question.
    pub(crate) fn osc(&self, text: &str) -> Option<String> {
        let [r, g, b] = self.background;
        match text {
            "11;?" => Some(format!(
                "\x1b]11;rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}\x1b\\"
            )),
            "10;?" => Some("\x1b]10;rgb:c0c0/c0c0/c0c0\x1b\\".to_owned()),
            _ => None,
        }
    }

    /// Whether commands of kitty's graphics protocol are understood.
    pub(crate) fn has_kitty_pictures(&self) -> bool {
        self.kind == Kind::Kitty
    }

    fn attributes(&self) -> &'static str {
        match self.kind {
            Kind::Kitty => "\x1b[?62;c",
            Kind::Sixel => "\x1b[?63;1;2;4;6;9;15;22c",
            Kind::Xterm => "\x1b[?64;1;2;6;9;15;18;21;22c",
            Kind::Tmux => "\x1b[?1;2c",
        }
    }

    fn version_number(&self) -> &'static str {
        match self.kind {
            Kind::Kitty => "\x1b[>1;4000;42c",
            Kind::Sixel | Kind::Xterm => "\x1b[>41;390;0c",
            Kind::Tmux => "\x1b[>84;0;0c",
        }
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Kitty => "kitty(0.42.1)",
            Kind::Sixel | Kind::Xterm => "XTerm(390)",
            Kind::Tmux => "tmux 3.5a",
        }
    }
}
