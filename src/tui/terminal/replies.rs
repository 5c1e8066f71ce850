//! Bytes from the terminal in, in whatever pieces; keys, clicks, pastes and the terminal's answers out, each as what it is.
//!
//! crossterm's own parser is not enough: it knows answers to its own questions only. Of kitty's answer `ESC _ G i=31 ; OK
//! ESC \` it makes Alt+`_` and seven typed characters, and it takes ESC for the key when a read ends behind it. Here every
//! sequence is recognised whole, asked for or not, however late and however split; what nobody knows is swallowed. Events
//! are crossterm's types, so that the rest of the interface does not care.

use crossterm::event::Event;

use super::keys::{self, Sequence};

/// What the terminal says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Primary device attributes: what every terminal answers, and so the end of every question.
    Attributes(Vec<u32>),
    /// Its name and version (XTVERSION).
    Version(String),
    /// Kitty's graphics protocol about a picture: done, or why not.
    Graphics {
        /// The picture's id.
        id: u32,
        /// The protocol's `OK`.
        is_ok: bool,
    },
    /// A cell in pixels: width, height.
    Cell(u32, u32),
    /// The whole text area in pixels: width, height.
    Area(u32, u32),
    /// A DEC private mode: its number, and 1 or 2 (set, reset), 3 or 4 (for ever), 0 (unknown).
    Mode(u32, u32),
    /// Flags of kitty's keyboard protocol, by a terminal that has it.
    Keyboard(u32),
    /// The background's red, green and blue.
    Background([u8; 3]),
    /// Everything before the question has been read (device status).
    Ready,
    /// An answer to something that was not asked.
    Other,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// From the person.
    Event(Event),
    /// From the terminal.
    Reply(Reply),
}

/// How long to wait for the rest of what has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing has begun.
    None,
    /// It may be a key by itself: ESC, or Alt with a letter that begins something.
    MayBeKey,
    /// It is the beginning of something.
    Begun,
}

/// Bytes of an answer, at most; the longest known is a version of some dozens.
const MOST: usize = 4096;
/// Bytes of a paste, at most; the rest of a longer one is dropped.
const MOST_PASTED: usize = 8 << 20;
const PASTE_END: &[u8] = b"\x1b[201~";

/// The state between two bytes.
#[derive(Debug, Default)]
pub struct Parser {
    bytes: Vec<u8>,
    paste: Option<Vec<u8>>,
    /// In something too long: nothing is of interest until it ends.
    is_skipping: bool,
    /// ESC was taken for the key because nothing followed in time.
    has_given_up: bool,
    /// And what came later looked like the rest of an answer.
    is_regained: bool,
}

/// What the bytes so far are.
enum Scan {
    /// Not yet anything.
    More,
    /// So many bytes are this, or nothing.
    Take(usize, Option<Heard>),
    /// A paste begins.
    Paste(usize),
}

impl Parser {
    /// Takes bytes as they come, and tells what they mean. `expects` when a question is open: then what follows an ESC
    /// that was given up is still tried as an answer.
    pub fn feed(&mut self, bytes: &[u8], expects: bool, tell: &mut dyn FnMut(Heard)) {
        for byte in bytes {
            if self.paste.is_some() {
                self.feed_paste(*byte, tell);
                continue;
            }
            if std::mem::take(&mut self.has_given_up) && expects && b"[]P_".contains(byte) {
                self.bytes.push(0x1b);
                self.is_regained = true;
            }
            self.bytes.push(*byte);
            self.take_all(tell);
        }
    }

    /// What is waited for.
    pub fn rest(&self) -> Rest {
        match self.bytes.as_slice() {
            [] => Rest::None,
            [0x1b] | [0x1b, b'[' | b']' | b'O' | b'P' | b'_' | b'^' | b'X'] => Rest::MayBeKey,
            _ => Rest::Begun,
        }
    }

    /// Nothing more came in time: what may be a key is one; anything else that has begun is dropped.
    pub fn give_up(&mut self, tell: &mut dyn FnMut(Heard)) {
        match self.bytes.as_slice() {
            [0x1b] => {
                self.has_given_up = true;
                tell(Heard::Event(keys::control(0x1b)));
            }
            [0x1b, byte] => {
                let key = keys::character(char::from(*byte));
                // its ESC was told before
                let key = if self.is_regained {
                    key
                } else {
                    keys::with_alt(key)
                };
                tell(Heard::Event(key));
            }
            _ => {}
        }
        self.bytes.clear();
        self.is_regained = false;
        self.is_skipping = false;
    }

    fn take_all(&mut self, tell: &mut dyn FnMut(Heard)) {
        while !self.bytes.is_empty() {
            match scan(&self.bytes, self.is_skipping) {
                Scan::More if self.bytes.len() >= MOST => {
                    self.bytes.drain(2..);
                    self.is_skipping = true;
                    return;
                }
                Scan::More => return,
                Scan::Take(n, heard) => {
                    self.bytes.drain(..n);
                    self.is_skipping = false;
                    self.is_regained = false;
                    heard.into_iter().for_each(&mut *tell);
                }
                Scan::Paste(n) => {
                    self.bytes.drain(..n);
                    self.paste = Some(Vec::new());
                    return;
                }
            }
        }
    }

    fn feed_paste(&mut self, byte: u8, tell: &mut dyn FnMut(Heard)) {
        let Some(paste) = &mut self.paste else { return };
        paste.push(byte);
        if paste.ends_with(PASTE_END) {
            let end = (paste.len() - PASTE_END.len()).min(MOST_PASTED);
            let text = String::from_utf8_lossy(&paste[..end]).replace("\r\n", "\n");
            self.paste = None;
            tell(Heard::Event(Event::Paste(text.replace('\r', "\n"))));
        } else if paste.len() > MOST_PASTED + 2 * PASTE_END.len() {
            // keeps what may be the beginning of the end
            let tail = paste.split_off(paste.len() - PASTE_END.len());
            paste.truncate(MOST_PASTED);
            paste.extend(tail);
        }
    }
}

fn scan(bytes: &[u8], is_skipping: bool) -> Scan {
    match bytes {
        [0x1b] => Scan::More,
        [0x1b, b'[', rest @ ..] => control_sequence(rest),
        [0x1b, b'O', rest @ ..] => third_set(rest),
        [0x1b, kind @ (b']' | b'P' | b'_' | b'^' | b'X'), rest @ ..] => {
            string(*kind, rest, is_skipping)
        }
        [0x1b, 0x1b, ..] => Scan::Take(1, Some(Heard::Event(keys::control(0x1b)))),
        [0x1b, rest @ ..] => match typed(rest) {
            Scan::Take(n, Some(Heard::Event(event))) => {
                Scan::Take(n + 1, Some(Heard::Event(keys::with_alt(event))))
            }
            Scan::Take(n, heard) => Scan::Take(n + 1, heard),
            other => other,
        },
        _ => typed(bytes),
    }
}

/// A character or a control byte.
fn typed(bytes: &[u8]) -> Scan {
    let event = |n, event| Scan::Take(n, Some(Heard::Event(event)));
    let n = match bytes[0] {
        byte @ (0..=0x1f | 0x7f) => return event(1, keys::control(byte)),
        0x20..=0x7e => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        // no beginning of a character
        _ => return Scan::Take(1, None),
    };
    let n_good = bytes[1..]
        .iter()
        .take(n - 1)
        .take_while(|it| **it & 0xc0 == 0x80)
        .count();
    if n_good < n - 1 {
        let is_broken = bytes.len() > n_good + 1;
        return if is_broken {
            Scan::Take(n_good + 1, None)
        } else {
            Scan::More
        };
    }
    let text = std::str::from_utf8(&bytes[..n])
        .ok()
        .and_then(|it| it.chars().next());
    match text {
        Some(c) => event(n, keys::character(c)),
        None => Scan::Take(n, None),
    }
}

/// `ESC O` and a letter.
fn third_set(rest: &[u8]) -> Scan {
    let Some(last) = rest.first() else {
        return Scan::More;
    };
    match keys::letter(*last) {
        Some(code) => {
            let key = crossterm::event::KeyEvent::new(code, crossterm::event::KeyModifiers::NONE);
            Scan::Take(3, Some(Heard::Event(Event::Key(key))))
        }
        // an application keypad is not asked for; Alt+O may have been typed before something else
        None if last.is_ascii_alphabetic() => Scan::Take(3, None),
        None => Scan::Take(2, Some(Heard::Event(keys::with_alt(keys::character('O'))))),
    }
}

/// `CSI`, bytes 0x30 to 0x3f, bytes 0x20 to 0x2f, and one of 0x40 to 0x7e (ECMA-48, 5.4).
fn control_sequence(rest: &[u8]) -> Scan {
    const HEAD: usize = 2;
    let is_body = |it: &u8| (0x20..=0x3f).contains(it);
    let n_body = rest.iter().take_while(|it| is_body(it)).count();
    let Some(last) = rest.get(n_body) else {
        return Scan::More;
    };
    let whole = HEAD + n_body + 1;
    if !(0x40..=0x7e).contains(last) {
        // broken off; the byte that did it is looked at again
        return Scan::Take(whole - 1, None);
    }
    match (last, n_body) {
        // the console of Linux: F1 to F5
        (b'[', 0) => {
            return match rest.get(1) {
                None => Scan::More,
                Some(key @ b'A'..=b'E') => {
                    let code = crossterm::event::KeyCode::F(key - b'A' + 1);
                    let key = crossterm::event::KeyEvent::from(code);
                    Scan::Take(4, Some(Heard::Event(Event::Key(key))))
                }
                Some(_) => Scan::Take(3, None),
            };
        }
        // the mouse as it was in 1986: three more bytes, and no use
        (b'M', 0) => {
            return if rest.len() < 4 {
                Scan::More
            } else {
                Scan::Take(HEAD + 4, None)
            };
        }
        _ => {}
    }
    let Ok(body) = std::str::from_utf8(&rest[..n_body]) else {
        return Scan::Take(whole, None);
    };
    if (body, *last) == ("200", b'~') {
        return Scan::Paste(whole);
    }
    let sequence = sequence(body, *last);
    let heard = match answer(&sequence) {
        Some(reply) => Some(Heard::Reply(reply)),
        None => keys::event(&sequence).map(Heard::Event),
    };
    Scan::Take(whole, heard)
}

fn sequence(body: &str, last: u8) -> Sequence<'_> {
    let private = body.bytes().next().filter(|it| b"<=>?".contains(it));
    let body = &body[usize::from(private.is_some())..];
    let intermediate = body.bytes().last().filter(|it| (0x20..=0x2f).contains(it));
    Sequence {
        private,
        parameters: body.trim_end_matches(|it: char| (' '..='/').contains(&it)),
        intermediate,
        last,
    }
}

/// What the terminal answers by a control sequence.
fn answer(sequence: &Sequence<'_>) -> Option<Reply> {
    let n = |nth| sequence.number(nth).unwrap_or(0);
    Some(
        match (sequence.private, sequence.intermediate, sequence.last) {
            (Some(b'?'), None, b'c') => {
                let all = sequence.parameters.split(';');
                Reply::Attributes(all.filter_map(|it| it.parse().ok()).collect())
            }
            (Some(b'?'), Some(b'$'), b'y') => Reply::Mode(n(0), n(1)),
            (Some(b'?'), None, b'u') => Reply::Keyboard(n(0)),
            (None, None, b'n') if n(0) == 0 => Reply::Ready,
            (None, None, b't') => match n(0) {
                6 => Reply::Cell(n(2), n(1)),
                4 => Reply::Area(n(2), n(1)),
                _ => Reply::Other,
            },
            (None, None, b'R') if sequence.number(0).is_some_and(|it| it != 1) => Reply::Other,
            (Some(b'?' | b'>' | b'='), ..) | (_, Some(_), _) | (None, None, b'n' | b'c' | b'x') => {
                Reply::Other
            }
            _ => return None,
        },
    )
}

/// A command string: `ESC` and one of `] P _ ^ X`, text, and `ESC \` or BEL.
fn string(kind: u8, rest: &[u8], is_skipping: bool) -> Scan {
    const HEAD: usize = 2;
    if !is_skipping && !may_be_answer(kind, rest) {
        let key = keys::character(char::from(kind));
        return Scan::Take(HEAD, Some(Heard::Event(keys::with_alt(key))));
    }
    let Some(end) = rest.iter().position(|it| *it < 0x20) else {
        return Scan::More;
    };
    let reply = if is_skipping {
        Reply::Other
    } else {
        said(kind, &rest[..end])
    };
    match (rest[end], rest.get(end + 1)) {
        (0x07, _) => Scan::Take(HEAD + end + 1, Some(Heard::Reply(reply))),
        (0x1b, Some(b'\\')) => Scan::Take(HEAD + end + 2, Some(Heard::Reply(reply))),
        (0x1b, None) => Scan::More,
        // broken off: a key was pressed, or something else begins
        _ => Scan::Take(HEAD + end, None),
    }
}

/// Whether this can be the beginning of an answer that is known; otherwise it was Alt and a letter.
fn may_be_answer(kind: u8, rest: &[u8]) -> bool {
    let begins = |all: &[&[u8]]| {
        all.iter()
            .any(|it| rest.starts_with(it) || it.starts_with(rest))
    };
    match kind {
        // versions, settings, capabilities, identities
        b'P' => begins(&[b">|", b"0$r", b"1$r", b"0+r", b"1+r", b"!|"]),
        b'_' => begins(&[b"G"]),
        b']' => {
            let n_digits = rest.iter().take_while(|it| it.is_ascii_digit()).count();
            (n_digits > 0 && n_digits <= 4 || rest.is_empty())
                && rest.get(n_digits).is_none_or(|it| *it == b';')
        }
        _ => rest.is_empty(),
    }
}

fn said(kind: u8, text: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(text);
    let known = match kind {
        b'P' => text
            .strip_prefix(">|")
            .map(|it| Reply::Version(it.to_owned())),
        b'_' => text.strip_prefix('G').and_then(graphics),
        b']' => text
            .strip_prefix("11;")
            .and_then(colour)
            .map(Reply::Background),
        _ => None,
    };
    known.unwrap_or(Reply::Other)
}

/// `i=31;OK`, or `i=31,p=1;ENOENT:…`.
fn graphics(text: &str) -> Option<Reply> {
    let (keys, message) = text.split_once(';')?;
    let id = keys.split(',').find_map(|it| it.strip_prefix("i="))?;
    Some(Reply::Graphics {
        id: id.parse().ok()?,
        is_ok: message == "OK",
    })
}

/// `rgb:1e1e/1e1e/2e2e`, with one to four digits each (Xlib's `XParseColor`).
fn colour(text: &str) -> Option<[u8; 3]> {
    let text = text.strip_prefix("rgb:").or(text.strip_prefix("rgba:"))?;
    let mut channels = text.split('/').map(|it| {
        let most = 16_u32
            .checked_pow(u32::try_from(it.len()).ok()?)?
            .checked_sub(1)?;
        let value = u32::from_str_radix(it, 16).ok()?;
        u8::try_from(value.checked_mul(255)?.checked_div(most)?).ok()
    });
    let mut next = || channels.next().flatten();
    Some([next()?, next()?, next()?])
}

#[cfg(test)]
#[path = "replies_tests.rs"]
mod tests;
