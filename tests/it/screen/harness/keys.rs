//! Names of keys and moves of the mouse in, the bytes that a terminal sends for them out, by what the program asked for.

/// A button of the mouse, or its wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    Left,
    Right,
    WheelUp,
    WheelDown,
}

impl Button {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Right => 2,
            Self::WheelUp => 64,
            Self::WheelDown => 65,
        }
    }
}

/// Keys that have a name: (name, number in kitty's protocol and in CSI u, bytes without it).
const NAMED: &[(&str, u32, &str)] = &[
    ("enter", 13, "\r"),
    ("tab", 9, "\t"),
    ("backspace", 127, "\x7f"),
    ("esc", 27, "\x1b"),
    ("space", 32, " "),
];

/// Keys whose bytes are CSI, a number and a letter.
const CURSOR: &[(&str, u32, char)] = &[
    ("up", 1, 'A'),
    ("down", 1, 'B'),
    ("right", 1, 'C'),
    ("left", 1, 'D'),
    ("home", 1, 'H'),
    ("end", 1, 'F'),
    ("insert", 2, '~'),
    ("delete", 3, '~'),
    ("pageup", 5, '~'),
    ("pagedown", 6, '~'),
    ("f1", 1, 'P'),
    ("f2", 1, 'Q'),
    ("f3", 13, '~'),
    ("f4", 1, 'S'),
    ("f5", 15, '~'),
    ("f6", 17, '~'),
    ("f7", 18, '~'),
    ("f8", 19, '~'),
    ("f9", 20, '~'),
    ("f10", 21, '~'),
    ("f11", 23, '~'),
    ("f12", 24, '~'),
];

/// `ctrl-c`, `alt-enter`, `shift-tab`, `pageup`, `]`: with kitty's `keyboard` flags, or application `cursor` keys.
#[track_caller]
pub(crate) fn encode(name: &str, keyboard: u8, cursor: bool) -> Vec<u8> {
    let (mut rest, mut modifiers) = (name, 0_u32);
    for (prefix, bit) in [("shift-", 1), ("alt-", 2), ("ctrl-", 4)].repeat(2) {
        if let Some(it) = rest.strip_prefix(prefix).filter(|it| !it.is_empty()) {
            rest = it;
            modifiers |= bit;
        }
    }
    if let Some((_, number, last)) = CURSOR.iter().find(|it| it.0 == rest) {
        return match (modifiers, *last) {
            (0, 'A'..='H') if cursor => format!("\x1bO{last}"),
            (0, 'P'..='S') => format!("\x1bO{last}"),
            (0, '~') => format!("\x1b[{number}~"),
            (0, _) => format!("\x1b[{last}"),
            (_, _) => format!("\x1b[{number};{}{last}", modifiers + 1),
        }
        .into_bytes();
    }
    let named = NAMED.iter().find(|it| it.0 == rest);
    let mut characters = rest.chars();
    let number = match (named, characters.next(), characters.next()) {
        (Some(it), _, _) => it.1,
        (None, Some(c), None) => u32::from(c),
        _ => panic!("no key is called {name:?}"),
    };
    let plain = named.map_or(rest, |it| it.2);
    let is_told_apart = keyboard & 1 != 0 && (rest == "esc" || modifiers & !1 != 0);
    if is_told_apart || (keyboard & 1 != 0 && named.is_some() && modifiers != 0) {
        let modifiers = if modifiers == 0 {
            String::new()
        } else {
            format!(";{}", modifiers + 1)
        };
        return format!("\x1b[{number}{modifiers}u").into_bytes();
    }
    legacy(name, plain, modifiers)
}

/// What terminals have sent since the VT100.
fn legacy(name: &str, plain: &str, modifiers: u32) -> Vec<u8> {
    let mut bytes = plain.as_bytes().to_vec();
    if modifiers & 4 != 0 {
        match bytes[..] {
            [letter @ (b'a'..=b'z' | b'@'..=b'_')] => bytes = vec![letter & 0x1f],
            [b' '] => bytes = vec![0],
            // no byte says it: the key comes without Ctrl
            _ => {}
        }
    }
    if modifiers & 1 != 0 && name.ends_with("tab") {
        bytes = b"\x1b[Z".to_vec();
    }
    if modifiers & 2 != 0 {
        bytes.insert(0, 0x1b);
    }
    bytes
}
