//! Bytes of the interface in; what a terminal would show, which pictures came when, and what it answers out.
//!
//! A terminal as small as measuring allows: cells without colours, kitty's pictures by their size on the wire.

use std::time::Instant;

use base64::Engine as _;
use unicode_width::UnicodeWidthChar as _;

/// The right half of a wide character.
const HALF: char = '\0';

/// A sequence longer than this is none of an interface's: nothing is kept of it.
const LONGEST: usize = 1 << 20;

/// A picture that came whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) at: Instant,
    /// Bytes on the wire, with the commands around.
    pub(super) n_bytes: usize,
    /// Pixels across: a draft has fewer.
    pub(super) width: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    Escape,
    Csi,
    /// In a string that began with this byte; whether the last byte was `ESC`.
    Inside(u8, bool),
}

/// The terminal.
#[derive(Debug)]
pub(super) struct Played {
    columns: usize,
    cells: Vec<Vec<char>>,
    row: usize,
    column: usize,
    state: State,
    held: Vec<u8>,
    character: Vec<u8>,
    /// Flags of kitty's keyboard protocol: how often they were pushed and not popped.
    keyboard: usize,
    loading: Option<(usize, u32)>,
    answers: Vec<u8>,
    pub(super) is_alternate: bool,
    pub(super) n_bytes: usize,
    /// When the alternate screen had its first letter.
    pub(super) first_paint: Option<Instant>,
    /// When a picture was first told its place.
    pub(super) first_placed: Option<Instant>,
    pub(super) sent: Vec<Sent>,
    watched: Option<char>,
    watched_at: Option<Instant>,
}

impl Played {
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        let (columns, rows) = (usize::from(columns.max(1)), usize::from(rows.max(1)));
        Self {
            columns,
            cells: vec![vec![' '; columns]; rows],
            row: 0,
            column: 0,
            state: State::Ground,
            held: Vec::new(),
            character: Vec::new(),
            keyboard: 0,
            loading: None,
            answers: Vec::new(),
            is_alternate: false,
            n_bytes: 0,
            first_paint: None,
            first_placed: None,
            sent: Vec::new(),
            watched: None,
            watched_at: None,
        }
    }

    /// Takes bytes that came at this time; gives what the terminal answers.
    pub(super) fn take(&mut self, bytes: &[u8], at: Instant) -> Vec<u8> {
        self.n_bytes += bytes.len();
        for byte in bytes {
            self.byte(*byte, at);
        }
        std::mem::take(&mut self.answers)
    }

    /// Whether any of these is in one row of the screen.
    pub(super) fn shows(&self, words: &[&str]) -> bool {
        self.cells.iter().any(|row| {
            let row: String = row.iter().filter(|it| **it != HALF).collect();
            words.iter().any(|it| row.contains(it))
        })
    }

    /// The number that stands behind these words on the screen.
    pub(super) fn number_after(&self, words: &str) -> Option<usize> {
        self.cells.iter().find_map(|row| {
            let row: String = row.iter().filter(|it| **it != HALF).collect();
            let (_, rest) = row.split_once(words)?;
            let end = rest.find(|it: char| !it.is_ascii_digit());
            rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
        })
    }

    /// The screen, for an error.
    pub(super) fn text(&self) -> String {
        let rows = self.cells.iter().map(|row| {
            let row: String = row.iter().filter(|it| **it != HALF).collect();
            row.trim_end().to_owned()
        });
        rows.filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// From now on, when this character is drawn.
    pub(super) fn watch(&mut self, c: char) {
        self.watched = Some(c);
        self.watched_at = None;
    }

    pub(super) fn watched_at(&self) -> Option<Instant> {
        self.watched_at
    }

    /// The bytes of a key by its name: `ctrl-c`, `esc`, `enter`, `pagedown`, `]`.
    pub(super) fn encode(&self, name: &str) -> Vec<u8> {
        let is_told_apart = self.keyboard > 0;
        let text = match name {
            "enter" => "\r".to_owned(),
            "tab" => "\t".to_owned(),
            "backspace" => "\x7f".to_owned(),
            "esc" if is_told_apart => "\x1b[27u".to_owned(),
            "esc" => "\x1b".to_owned(),
            "up" => "\x1b[A".to_owned(),
            "down" => "\x1b[B".to_owned(),
            "pageup" => "\x1b[5~".to_owned(),
            "pagedown" => "\x1b[6~".to_owned(),
            _ => match name.split_once('-').map(|it| (it.0, it.1.as_bytes())) {
                Some(("ctrl", [letter])) if is_told_apart => format!("\x1b[{letter};5u"),
                Some(("ctrl", [letter])) => char::from(letter & 0x1f).to_string(),
                Some(("alt", [letter])) if is_told_apart => format!("\x1b[{letter};3u"),
                Some(("alt", [letter])) => format!("\x1b{}", char::from(*letter)),
                _ => name.to_owned(),
            },
        };
        text.into_bytes()
    }

    fn byte(&mut self, byte: u8, at: Instant) {
        match (self.state, byte) {
            (State::Inside(kind, true), b'\\') => self.end_string(kind, at),
            (State::Inside(b']', _), 0x07) => self.end_string(b']', at),
            (State::Inside(..), 0x18 | 0x1a) => self.state = State::Ground,
            (State::Inside(kind, false), 0x1b) => self.state = State::Inside(kind, true),
            (State::Inside(kind, _), _) => {
                if self.held.len() < LONGEST {
                    self.held.push(byte);
                }
                self.state = State::Inside(kind, false);
            }
            (_, 0x1b) => {
                self.held.clear();
                self.state = State::Escape;
            }
            (State::Escape, b'[') => self.state = State::Csi,
            (State::Escape, b']' | b'P' | b'_' | b'X' | b'^') => {
                self.state = State::Inside(byte, false);
            }
            (State::Escape, 0x20..0x30) => {}
            (State::Escape, _) => self.state = State::Ground,
            (State::Csi, 0x40..0x7f) => {
                self.state = State::Ground;
                let inner = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
                self.csi(&inner, byte);
            }
            (State::Csi, _) => self.held.push(byte),
            (State::Ground, b'\r') => self.column = 0,
            (State::Ground, b'\n') => self.row = (self.row + 1).min(self.cells.len() - 1),
            (State::Ground, 0..0x20 | 0x7f) => {}
            (State::Ground, _) => self.part(byte, at),
        }
    }

    /// One byte of a character.
    fn part(&mut self, byte: u8, at: Instant) {
        self.character.push(byte);
        match std::str::from_utf8(&self.character) {
            Ok(text) => {
                let c = text.chars().next().unwrap_or(HALF);
                self.character.clear();
                self.draw(c, at);
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => self.character.clear(),
        }
    }

    fn draw(&mut self, c: char, at: Instant) {
        let width = c.width().unwrap_or(0);
        if width == 0 {
            return;
        }
        if self.column + width > self.columns {
            self.column = 0;
            self.row = (self.row + 1).min(self.cells.len() - 1);
        }
        let row = self.cells.get_mut(self.row).into_iter().flatten();
        let halves = std::iter::once(c).chain(std::iter::repeat(HALF));
        for (cell, half) in row.skip(self.column).take(width).zip(halves) {
            *cell = half;
        }
        self.column += width;
        if self.is_alternate && c.is_alphanumeric() {
            self.first_paint.get_or_insert(at);
        }
        if self.watched == Some(c) {
            self.watched_at.get_or_insert(at);
        }
    }

    fn csi(&mut self, inner: &str, last: u8) {
        let number = |nth: usize| -> Option<usize> {
            inner.split(';').nth(nth).and_then(|it| it.parse().ok())
        };
        let n = number(0).unwrap_or(1).max(1);
        let (rows, columns) = (self.cells.len(), self.columns);
        match last {
            b'H' | b'f' => {
                self.row = (n - 1).min(rows - 1);
                self.column = (number(1).unwrap_or(1).max(1) - 1).min(columns - 1);
            }
            b'G' => self.column = (n - 1).min(columns - 1),
            b'd' => self.row = (n - 1).min(rows - 1),
            b'A' => self.row = self.row.saturating_sub(n),
            b'B' => self.row = (self.row + n).min(rows - 1),
            b'C' => self.column = (self.column + n).min(columns - 1),
            b'D' => self.column = self.column.saturating_sub(n),
            b'J' => self.erase_screen(number(0).unwrap_or(0)),
            b'K' => self.erase_row(number(0).unwrap_or(0)),
            b'X' => self.erase(self.row, self.column, self.column + n),
            b'h' | b'l' if inner == "?1049" => {
                self.is_alternate = last == b'h';
                self.erase_screen(2);
            }
            b'u' if inner.starts_with('>') => self.keyboard += 1,
            b'u' if inner.starts_with('<') => self.keyboard = self.keyboard.saturating_sub(1),
            _ => self.answer_csi(inner, last),
        }
    }

    fn erase(&mut self, row: usize, from: usize, to: usize) {
        let cells = self.cells.get_mut(row).into_iter().flatten();
        let cells = cells.take(to).skip(from);
        cells.for_each(|cell| *cell = ' ');
    }

    fn erase_row(&mut self, how: usize) {
        match how {
            0 => self.erase(self.row, self.column, self.columns),
            1 => self.erase(self.row, 0, self.column + 1),
            _ => self.erase(self.row, 0, self.columns),
        }
    }

    fn erase_screen(&mut self, how: usize) {
        let rows = match how {
            0 => self.row + 1..self.cells.len(),
            1 => 0..self.row,
            _ => 0..self.cells.len(),
        };
        rows.for_each(|row| self.erase(row, 0, self.columns));
        if how < 2 {
            self.erase_row(how);
        }
    }

    /// Questions of a probe, answered as kitty does.
    fn answer_csi(&mut self, inner: &str, last: u8) {
        let (rows, columns) = (self.cells.len(), self.columns);
        let answer = match (inner, last) {
            (">0" | ">", b'q') => "\x1bP>|kitty(0.42.1)\x1b\\".to_owned(),
            (">0" | ">", b'c') => "\x1b[>1;4000;42c".to_owned(),
            ("" | "0", b'c') => "\x1b[?62;c".to_owned(),
            ("5", b'n') => "\x1b[0n".to_owned(),
            ("6", b'n') => format!("\x1b[{};{}R", self.row + 1, self.column + 1),
            ("14", b't') => format!("\x1b[4;{};{}t", rows * 16, columns * 8),
            ("16", b't') => "\x1b[6;16;8t".to_owned(),
            ("?2026$", b'p') => "\x1b[?2026;2$y".to_owned(),
            ("?", b'u') => "\x1b[?0u".to_owned(),
            _ => return,
        };
        self.answers.extend(answer.into_bytes());
    }

    fn end_string(&mut self, kind: u8, at: Instant) {
        self.state = State::Ground;
        let text = std::mem::take(&mut self.held);
        match kind {
            b']' if text == b"11;?" => {
                self.answers.extend(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\");
            }
            b'_' => {
                if let Some(command) = text.strip_prefix(b"G") {
                    self.picture(command, at);
                }
            }
            _ => {}
        }
    }

    fn picture(&mut self, command: &[u8], at: Instant) {
        let end = command.iter().position(|it| *it == b';');
        let (control, data) = command.split_at(end.unwrap_or(command.len()));
        let control = String::from_utf8_lossy(control);
        let key = |name: &str| {
            let mut keys = control.split(',').filter_map(|it| it.split_once('='));
            keys.find(|it| it.0 == name).map(|it| it.1)
        };
        match key("a") {
            Some("q") => {
                let id = key("i").unwrap_or("0");
                let answer = format!("\x1b_Gi={id};OK\x1b\\");
                return self.answers.extend(answer.into_bytes());
            }
            Some("p") => {
                self.first_placed.get_or_insert(at);
                return;
            }
            Some("d") => return,
            Some(_) => self.loading = Some((0, width_of(data.get(1..).unwrap_or_default()))),
            None => {}
        }
        let Some((n_bytes, width)) = self.loading else {
            return;
        };
        let n_bytes = n_bytes + command.len() + 5;
        if key("m") == Some("1") {
            self.loading = Some((n_bytes, width));
            return;
        }
        self.loading = None;
        self.sent.push(Sent { at, n_bytes, width });
        if key("a") == Some("T") {
            self.first_placed.get_or_insert(at);
        }
    }
}

/// The width that a PNG in base 64 says at its beginning; 0 where it is none.
fn width_of(data: &[u8]) -> u32 {
    let begin = data.get(..44).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD.decode(begin);
    let bytes = bytes.unwrap_or_default();
    let width = bytes.get(16..20).and_then(|it| it.try_into().ok());
    width.map_or(0, u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(bytes: &str) -> (Played, String) {
        let mut it = Played::new(12, 3);
        let mut answers = Vec::new();
        for byte in bytes.bytes() {
            answers.extend(it.take(&[byte], Instant::now()));
        }
        (it, String::from_utf8(answers).unwrap())
    }

    #[test]
    fn words_are_found_however_they_were_drawn() {
        let (it, _) = played("\x1b[2;3Hsto\x1b[1mp\x1b[0m\x1b[3;1H肺 x\x1b[2;7Hped");
        assert!(it.shows(&["none", "stopped"]) && it.shows(&["肺 x"]) && !it.shows(&["none"]));
        assert_eq!(it.text(), "  stopped\n肺 x");
        let (it, _) = played("a 7\x1b[2;1Hgot 12 t");
        assert_eq!(
            (it.number_after("got "), it.number_after("a b")),
            (Some(12), None)
        );
        let (it, _) = played("abcdef\x1b[1;3H\x1b[K\x1b[2;1Hxyz\x1b[1;2H\x1b[J");
        assert_eq!(it.text(), "a");
        let (it, _) = played("abcdefghijklmn\x1b[2J\x1b[9;99Hz\x1b[1;1Hq");
        assert!(it.shows(&["q"]) && it.shows(&["z"]));
    }

    #[test]
    fn the_first_letter_of_the_alternate_screen_is_the_first_paint() {
        assert!(played("shell").0.first_paint.is_none());
        assert!(played("\x1b[?1049h  ─┌ ").0.first_paint.is_none());
        assert!(played("\x1b[?1049h x").0.first_paint.is_some());
    }

    #[test]
    fn a_character_is_watched_from_when_it_is_wished() {
        let (mut it, _) = played("ŧ");
        it.watch('ŧ');
        assert!(it.watched_at().is_none());
        it.take("x".as_bytes(), Instant::now());
        assert!(it.watched_at().is_none());
        it.take("ŧ".as_bytes(), Instant::now());
        assert!(it.watched_at().is_some());
    }

    #[test]
    fn questions_are_answered_and_keys_follow_the_protocol() {
        let (it, answers) =
            played("\x1b[>0q\x1b_Gi=31,s=1,v=1,a=q;AAAA\x1b\\\x1b]11;?\x1b\\\x1b[>1u\x1b[c");
        assert!(answers.contains("kitty") && answers.contains("Gi=31;OK"));
        assert!(answers.contains("]11;rgb") && answers.ends_with("\x1b[?62;c"));
        assert_eq!(it.encode("ctrl-c"), b"\x1b[99;5u");
        assert_eq!(it.encode("esc"), b"\x1b[27u");
        let (it, _) = played("\x1b[>1u\x1b[<u");
        assert_eq!(it.encode("ctrl-c"), b"\x03");
        assert_eq!(it.encode("]"), b"]");
        assert_eq!(it.encode("alt-1"), b"\x1b1");
    }

    #[test]
    fn a_picture_counts_when_its_last_chunk_is_there() {
        // the first 33 bytes of a PNG of 300 pixels across, in base 64
        let head = "iVBORw0KGgoAAAANSUhEUgAAASwAAADICAAAAAA2mJD2";
        let begun = format!("\x1b_Ga=t,f=100,i=7,q=2,m=1;{head}AAAA\x1b\\");
        let (it, _) = played(&begun);
        assert!(it.sent.is_empty());
        let (it, _) = played(&format!(
            "{begun}\x1b_Gq=2,m=0;AAAA\x1b\\\x1b_Ga=p,i=7\x1b\\"
        ));
        let [sent] = it.sent[..] else {
            panic!("{:?}", it.sent);
        };
        assert_eq!(sent.width, 300);
        assert_eq!(sent.n_bytes, begun.len() + "\x1b_Gq=2,m=0;AAAA\x1b\\".len());
        assert!(it.first_placed.is_some());
        assert!(played("\x1b_Gq=2,m=0;\x1b\\").0.sent.is_empty());
    }
}
