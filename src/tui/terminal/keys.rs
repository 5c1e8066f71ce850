//! A complete sequence of a keyboard or a mouse in, crossterm's event for it out.
//!
//! Sequences: xterm's control sequences document (ctlseqs), "PC-Style Function Keys" and "Mouse Tracking"; and kitty's
//! keyboard protocol, <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MediaKeyCode, ModifierKeyCode,
    MouseButton, MouseEvent, MouseEventKind,
};

/// A control sequence: `CSI`, parameters, a last byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence<'a> {
    /// `<`, `?`, `>` or `=`, if one is there.
    pub(super) private: Option<u8>,
    /// What stands between: numbers, `;` and `:`.
    pub(super) parameters: &'a str,
    /// `$`, space …, if one is there.
    pub(super) intermediate: Option<u8>,
    /// What it is.
    pub(super) last: u8,
}

impl Sequence<'_> {
    /// The n-th parameter's first number; `None` where it is missing or no number.
    pub(super) fn number(&self, nth: usize) -> Option<u32> {
        self.field(nth, 0)
    }

    fn field(&self, nth: usize, sub: usize) -> Option<u32> {
        let parameter = self.parameters.split(';').nth(nth)?;
        parameter.split(':').nth(sub)?.parse().ok()
    }

    fn modifiers(&self) -> KeyModifiers {
        modifiers(self.number(1).unwrap_or(1))
    }

    fn kind(&self) -> KeyEventKind {
        match self.field(1, 1) {
            Some(2) => KeyEventKind::Repeat,
            Some(3) => KeyEventKind::Release,
            _ => KeyEventKind::Press,
        }
    }
}

/// What a keyboard, a mouse or a window meant; `None` when it is none of them.
pub(super) fn event(sequence: &Sequence<'_>) -> Option<Event> {
    match (sequence.private, sequence.intermediate, sequence.last) {
        (Some(b'<'), None, b'M' | b'm') => mouse(sequence).map(Event::Mouse),
        (None, None, b'I') => Some(Event::FocusGained),
        (None, None, b'O') => Some(Event::FocusLost),
        (None, None, b'Z') => Some(press(
            KeyCode::BackTab,
            sequence.modifiers() | KeyModifiers::SHIFT,
        )),
        (None, None, b'u') => kitty(sequence).map(Event::Key),
        (None, None, b'~') => tilde(sequence),
        (None, None, last) => {
            let code = letter(last)?;
            let mut key = KeyEvent::new(code, sequence.modifiers());
            key.kind = sequence.kind();
            Some(Event::Key(key))
        }
        _ => None,
    }
}

/// The key of `SS3` and a letter, or of `CSI` and a letter.
pub(super) fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

/// The key of a control byte.
pub(super) fn control(byte: u8) -> Event {
    let ctrl = |c: u8| press(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    match byte {
        b'\r' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x7f => plain(KeyCode::Backspace),
        0x1b => plain(KeyCode::Esc),
        0 => ctrl(b' '),
        0x01..=0x1a => ctrl(byte - 1 + b'a'),
        _ => ctrl(byte - 0x1c + b'4'),
    }
}

/// The key of a character; capitals come with Shift, as crossterm has it.
pub(super) fn character(c: char) -> Event {
    let shift = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    press(KeyCode::Char(c), shift)
}

/// The same key with Alt.
pub(super) fn with_alt(event: Event) -> Event {
    match event {
        Event::Key(mut key) => {
            key.modifiers |= KeyModifiers::ALT;
            Event::Key(key)
        }
        other => other,
    }
}

fn plain(code: KeyCode) -> Event {
    press(code, KeyModifiers::NONE)
}

fn press(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// One more than the sum of 1 (Shift), 2 (Alt), 4 (Control), 8 (Super), 16 (Hyper), 32 (Meta).
fn modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let all = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    let held = all.into_iter().filter(|it| bits & it.0 != 0);
    held.fold(KeyModifiers::NONE, |sum, it| sum | it.1)
}

/// `CSI number ; modifiers ~`, and xterm's `CSI 27 ; modifiers ; code ~`.
fn tilde(sequence: &Sequence<'_>) -> Option<Event> {
    let code = match sequence.number(0)? {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        n @ 11..=15 => function(n - 10)?,
        n @ 17..=21 => function(n - 11)?,
        n @ 23..=26 => function(n - 12)?,
        n @ 28..=29 => function(n - 13)?,
        n @ 31..=34 => function(n - 14)?,
        27 => {
            let key = coded(sequence.number(2)?, sequence.modifiers())?;
            return Some(Event::Key(key));
        }
        _ => return None,
    };
    let mut key = KeyEvent::new(code, sequence.modifiers());
    key.kind = sequence.kind();
    Some(Event::Key(key))
}

fn function(n: u32) -> Option<KeyCode> {
    u8::try_from(n).ok().map(KeyCode::F)
}

/// `CSI code : shifted ; modifiers : kind u`.
fn kitty(sequence: &Sequence<'_>) -> Option<KeyEvent> {
    let mut key = coded(sequence.number(0)?, sequence.modifiers())?;
    if let (Some(shifted), true) = (
        sequence.field(0, 1).and_then(char::from_u32),
        key.modifiers.contains(KeyModifiers::SHIFT),
    ) {
        key.code = KeyCode::Char(shifted);
    }
    key.kind = sequence.kind();
    Some(key)
}

fn coded(code: u32, modifiers: KeyModifiers) -> Option<KeyEvent> {
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    let code = match code {
        27 => KeyCode::Esc,
        13 => KeyCode::Enter,
        9 if shift => KeyCode::BackTab,
        9 => KeyCode::Tab,
        127 => KeyCode::Backspace,
        57_344..=63_743 => functional(code)?,
        _ => KeyCode::Char(char::from_u32(code).filter(|it| !it.is_control())?),
    };
    Some(KeyEvent::new(code, modifiers))
}

/// Keys that kitty's protocol gives numbers of Unicode's private area.
fn functional(code: u32) -> Option<KeyCode> {
    let keypad = [
        KeyCode::Char('.'),
        KeyCode::Char('/'),
        KeyCode::Char('*'),
        KeyCode::Char('-'),
        KeyCode::Char('+'),
        KeyCode::Enter,
        KeyCode::Char('='),
        KeyCode::Char(','),
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
        KeyCode::KeypadBegin,
    ];
    Some(match code {
        57_358 => KeyCode::CapsLock,
        57_359 => KeyCode::ScrollLock,
        57_360 => KeyCode::NumLock,
        57_361 => KeyCode::PrintScreen,
        57_362 => KeyCode::Pause,
        57_363 => KeyCode::Menu,
        57_376..=57_398 => function(code - 57_376 + 13)?,
        57_399..=57_408 => KeyCode::Char(char::from_digit(code - 57_399, 10)?),
        57_409..=57_427 => *keypad.get(usize::try_from(code - 57_409).ok()?)?,
        57_430 => KeyCode::Media(MediaKeyCode::PlayPause),
        57_441 => KeyCode::Modifier(ModifierKeyCode::LeftShift),
        57_447 => KeyCode::Modifier(ModifierKeyCode::RightShift),
        _ => return None,
    })
}

/// `CSI < buttons ; column ; row M`, or `m` when a button is let go. Columns and rows count from 1.
fn mouse(sequence: &Sequence<'_>) -> Option<MouseEvent> {
    let buttons = sequence.number(0)?;
    let at = |nth| u16::try_from(sequence.number(nth)?.checked_sub(1)?).ok();
    let is_up = sequence.last == b'm';
    let button = match buttons & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let is_wheel = buttons & 64 != 0;
    let is_moving = buttons & 32 != 0;
    let kind = match (button, buttons & 3) {
        (_, 0) if is_wheel => MouseEventKind::ScrollUp,
        (_, 1) if is_wheel => MouseEventKind::ScrollDown,
        (_, 2) if is_wheel => MouseEventKind::ScrollLeft,
        _ if is_wheel => MouseEventKind::ScrollRight,
        (None, _) => MouseEventKind::Moved,
        (Some(button), _) if is_moving => MouseEventKind::Drag(button),
        (Some(button), _) if is_up => MouseEventKind::Up(button),
        (Some(button), _) => MouseEventKind::Down(button),
    };
    let all = [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ];
    let held = all.into_iter().filter(|it| buttons & it.0 != 0);
    Some(MouseEvent {
        kind,
        column: at(1)?,
        row: at(2)?,
        modifiers: held.fold(KeyModifiers::NONE, |sum, it| sum | it.1),
    })
}
