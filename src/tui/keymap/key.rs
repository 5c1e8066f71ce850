//! The name of a key or a terminal's event in, one and the same key out, and what it is called on the screen.
//!
//! Terminals send some keys in the same bytes: Ctrl-I is Tab, Ctrl-M is Enter, Ctrl-[ is Esc, Ctrl-/ is Ctrl-_ (ASCII). All are
//! taken for the latter everywhere, so that what works in one terminal works in all.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::nearest::nearest;

/// A key that is pressed, with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    held: KeyModifiers,
}

/// Names as settings write them, the key, and what is shown.
const NAMES: [(&str, KeyCode, &str); 19] = [
    ("enter", KeyCode::Enter, "Enter"),
    ("return", KeyCode::Enter, "Enter"),
    ("esc", KeyCode::Esc, "Esc"),
    ("escape", KeyCode::Esc, "Esc"),
    ("tab", KeyCode::Tab, "Tab"),
    ("backtab", KeyCode::BackTab, "Shift-Tab"),
    ("backspace", KeyCode::Backspace, "Backspace"),
    ("delete", KeyCode::Delete, "Del"),
    ("del", KeyCode::Delete, "Del"),
    ("insert", KeyCode::Insert, "Ins"),
    ("ins", KeyCode::Insert, "Ins"),
    ("home", KeyCode::Home, "Home"),
    ("end", KeyCode::End, "End"),
    ("pageup", KeyCode::PageUp, "PgUp"),
    ("pgup", KeyCode::PageUp, "PgUp"),
    ("pagedown", KeyCode::PageDown, "PgDn"),
    ("pgdn", KeyCode::PageDown, "PgDn"),
    ("up", KeyCode::Up, "Up"),
    ("down", KeyCode::Down, "Down"),
];

/// The same for those that need no second name.
const MORE: [(&str, KeyCode, &str); 3] = [
    ("left", KeyCode::Left, "Left"),
    ("right", KeyCode::Right, "Right"),
    ("space", KeyCode::Char(' '), "Space"),
];

const HELD: [(&str, KeyModifiers, &str); 4] = [
    ("ctrl-", KeyModifiers::CONTROL, "Ctrl-"),
    ("alt-", KeyModifiers::ALT, "Alt-"),
    ("shift-", KeyModifiers::SHIFT, "Shift-"),
    ("super-", KeyModifiers::SUPER, "Super-"),
];

/// What the keys of a US keyboard without and with Shift write: kitty's protocol names the key, not the character, when Alt or
/// Ctrl is held.
const PLAIN: &str = "`1234567890-=[]\\;',./";
const SHIFTED: &str = "~!@#$%^&*()_+{}|:\"<>?";

impl Key {
    /// The key of a name: `ctrl-j`, `alt-enter`, `shift-up`, `G`, `?`, `f1`, `space`. With Ctrl or Alt the case of a letter does not
    /// matter (`alt-shift-r` has Shift); alone it does.
    ///
    /// # Errors
    /// When there is none: half a sentence, with the name that was probably meant.
    pub fn parse(name: &str) -> Result<Self, Unknown> {
        let mut held = KeyModifiers::NONE;
        let mut rest = name;
        while let Some((bit, after)) = held_of(rest) {
            held |= bit;
            rest = after;
        }
        let code = code_of(rest).ok_or_else(|| Unknown::new(name, rest))?;
        let is_free = held.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let code = match code {
            KeyCode::Char(c) if is_free => KeyCode::Char(c.to_ascii_lowercase()),
            other => other,
        };
        Self::new(code, held).ok_or_else(|| Unknown::new(name, rest))
    }

    /// The key of a terminal's event; `None` where a key is let go or only a modifier is pressed.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        Self::new(event.code, event.modifiers)
    }

    /// One of all the ways to say the same.
    fn new(code: KeyCode, held: KeyModifiers) -> Option<Self> {
        let mut held = held;
        if held.contains(KeyModifiers::META) {
            held |= KeyModifiers::ALT;
        }
        held &=
            KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT | KeyModifiers::SUPER;
        match code {
            KeyCode::Char(c) => Self::character(c, held),
            KeyCode::BackTab => Some(Self {
                code,
                held: held - KeyModifiers::SHIFT,
            }),
            KeyCode::Tab if held.contains(KeyModifiers::SHIFT) => Some(Self {
                code: KeyCode::BackTab,
                held: held - KeyModifiers::SHIFT,
            }),
            KeyCode::CapsLock
            | KeyCode::ScrollLock
            | KeyCode::NumLock
            | KeyCode::PrintScreen
            | KeyCode::Pause
            | KeyCode::Menu
            | KeyCode::KeypadBegin
            | KeyCode::Media(_)
            | KeyCode::Modifier(_)
            | KeyCode::Null => None,
            _ => Some(Self { code, held }),
        }
    }

    fn character(c: char, held: KeyModifiers) -> Option<Self> {
        if c.is_control() {
            return None;
        }
        let is_ctrl = held.contains(KeyModifiers::CONTROL);
        let is_shift = held.contains(KeyModifiers::SHIFT);
        let c = if is_shift && !c.is_alphabetic() {
            shifted(c)
        } else {
            c
        };
        let bare = held - KeyModifiers::CONTROL - KeyModifiers::SHIFT;
        if is_ctrl && c.is_ascii_alphabetic() {
            let c = c.to_ascii_lowercase();
            return Some(match c {
                'i' if !is_shift => Self {
                    code: KeyCode::Tab,
                    held: bare,
                },
                'm' if !is_shift => Self {
                    code: KeyCode::Enter,
                    held: bare,
                },
                _ => Self {
                    code: KeyCode::Char(c),
                    held,
                },
            });
        }
        if is_ctrl {
            let code = match c {
                '[' | '3' => {
                    return Some(Self {
                        code: KeyCode::Esc,
                        held: bare,
                    });
                }
                '@' | '2' => KeyCode::Char(' '),
                '4' => KeyCode::Char('\\'),
                '5' => KeyCode::Char(']'),
                '6' => KeyCode::Char('^'),
                '7' | '/' => KeyCode::Char('_'),
                _ => KeyCode::Char(c),
            };
            return Some(Self {
                code,
                held: held - KeyModifiers::SHIFT,
            });
        }
        let c = if is_shift { upper(c) } else { c };
        Some(Self {
            code: KeyCode::Char(c),
            held: held - KeyModifiers::SHIFT,
        })
    }

    /// The event that a terminal would send.
    pub fn event(self) -> KeyEvent {
        let is_upper = matches!(self.code, KeyCode::Char(c) if c.is_uppercase());
        let is_back = self.code == KeyCode::BackTab;
        let shift = if is_upper || is_back {
            KeyModifiers::SHIFT
        } else {
            KeyModifiers::NONE
        };
        KeyEvent::new(self.code, self.held | shift)
    }

    /// Whether it writes a character where something is typed.
    pub fn is_typed(self) -> bool {
        matches!(self.code, KeyCode::Char(_))
            && !self
                .held
                .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER)
    }

    /// What terminals without kitty's keyboard protocol send for it, where that is another key: nobody should notice that Shift was
    /// still held at Backspace, or Ctrl at Enter.
    pub fn simpler(self) -> Option<Self> {
        let both = KeyModifiers::CONTROL | KeyModifiers::SHIFT;
        let held = match self.code {
            KeyCode::Enter | KeyCode::Backspace | KeyCode::Esc | KeyCode::Tab => self.held - both,
            KeyCode::BackTab => self.held - KeyModifiers::CONTROL,
            KeyCode::Char(_) if self.held.contains(both) => self.held - KeyModifiers::SHIFT,
            _ => self.held,
        };
        (held != self.held).then_some(Self { held, ..self })
    }

    /// Whether terminals without kitty's keyboard protocol can send it too.
    pub fn is_common(self) -> bool {
        let has = |it| self.held.contains(it);
        if has(KeyModifiers::SUPER) {
            return false;
        }
        match self.code {
            KeyCode::Char(c) if has(KeyModifiers::CONTROL) => {
                !has(KeyModifiers::SHIFT) && (c.is_ascii_lowercase() || " \\]^_".contains(c))
            }
            // Escape and one of these begin something that is no key.
            KeyCode::Char(c) => !(has(KeyModifiers::ALT) && "[]OPX^_".contains(c)),
            KeyCode::Enter | KeyCode::Esc | KeyCode::Tab | KeyCode::Backspace => {
                !has(KeyModifiers::CONTROL) && !has(KeyModifiers::SHIFT)
            }
            KeyCode::BackTab => self.held.is_empty(),
            KeyCode::F(n) => n <= 12,
            _ => true,
        }
    }
}

/// The character that an event writes where something is typed.
pub fn typed(event: &KeyEvent) -> Option<char> {
    let key = Key::of(event).filter(|it| it.is_typed())?;
    match key.code {
        KeyCode::Char(c) => Some(c),
        _ => None,
    }
}

fn held_of(name: &str) -> Option<(KeyModifiers, &str)> {
    HELD.iter().find_map(|(prefix, bit, _)| {
        let (head, rest) = name.split_at_checked(prefix.len())?;
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some((*bit, rest))
    })
}

fn code_of(name: &str) -> Option<KeyCode> {
    let mut letters = name.chars();
    if let (Some(c), None) = (letters.next(), letters.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    let lower = name.to_ascii_lowercase();
    if let Some(number) = lower.strip_prefix('f') {
        let number = number.parse().ok().filter(|it| (1..=35).contains(it));
        return number.map(KeyCode::F);
    }
    let mut all = NAMES.iter().chain(&MORE);
    all.find(|it| it.0 == lower).map(|it| it.1)
}

fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn shifted(c: char) -> char {
    let at = PLAIN.find(c);
    at.and_then(|it| SHIFTED.get(it..)?.chars().next())
        .unwrap_or(c)
}

impl fmt::Display for Key {
    /// `Ctrl-J`, `Alt-Shift-R`, `G`, `PgUp`: what `parse` takes too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_free = self
            .held
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let mut held = self.held;
        if let (KeyCode::Char(c), true) = (self.code, is_free)
            && c.is_uppercase()
        {
            held |= KeyModifiers::SHIFT;
        }
        for (_, bit, shown) in HELD {
            if held.contains(bit) {
                f.write_str(shown)?;
            }
        }
        let mut all = NAMES.iter().chain(&MORE);
        match (self.code, all.find(|it| it.1 == self.code)) {
            (_, Some((_, _, shown))) => f.write_str(shown),
            (KeyCode::Char(c), None) if is_free => write!(f, "{}", c.to_ascii_uppercase()),
            (KeyCode::Char(c), None) => write!(f, "{c}"),
            (KeyCode::F(n), None) => write!(f, "F{n}"),
            (other, None) => write!(f, "{other}"),
        }
    }
}

/// A name that no key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The name.
    pub name: String,
    /// The one that was probably meant.
    pub near: Option<String>,
}

impl Unknown {
    fn new(name: &str, rest: &str) -> Self {
        let lower = rest.to_ascii_lowercase();
        let names = NAMES.iter().chain(&MORE).map(|it| it.0);
        let near = nearest(&lower, names).map(|it| format!("{}{it}", held_before(name, rest)));
        // `ctl-p`, `control-p`, `ctrl+p`: what is before the last letter was meant to be held.
        let held = || {
            let at = rest.rfind(['-', '+'])?;
            let (head, tail) = (rest.get(..at)?, rest.get(at + 1..)?);
            let words = ["ctrl", "alt", "shift", "super", "control", "option", "meta"];
            let word = nearest(&head.to_ascii_lowercase(), words)?;
            let word = match word {
                "control" => "ctrl",
                "option" | "meta" => "alt",
                other => other,
            };
            code_of(tail)?;
            Some(format!("{}{word}-{tail}", held_before(name, rest)))
        };
        Self {
            name: name.to_owned(),
            near: held().or(near),
        }
    }
}

/// What was understood of a name: what is held.
fn held_before<'a>(name: &'a str, rest: &str) -> &'a str {
    name.strip_suffix(rest).unwrap_or("")
}
