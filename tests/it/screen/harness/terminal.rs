//! Everything that a program writes in, the screen, the pictures and the modes of the terminal that got it out.
//!
//! It is a terminal without a window: text by `vt100`, pictures and modes by this folder, and every sequence that is none
//! of the known ones counted.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use super::modes::Modes;
use super::personality::{Personality, When};
use super::pictures::Kitty;
use super::wire::{Piece, Splitter};

/// The other end of a program's terminal.
pub(crate) struct Terminal {
    pub(crate) personality: Personality,
    text: vt100::Parser,
    pub(crate) modes: Modes,
    pub(crate) kitty: Kitty,
    /// Sixel pictures, and iTerm2's.
    pub(crate) n_sixel: usize,
    pub(crate) n_iterm: usize,
    /// What the program put on the clipboard (OSC 52), decoded by nobody.
    pub(crate) clipboard: Vec<String>,
    /// The title that is shown.
    pub(crate) title: String,
    /// Sequences that no terminal is expected to know, and how often they came.
    pub(crate) unknown: BTreeMap<String, usize>,
    /// How often a colour was asked for.
    pub(crate) n_coloured: usize,
    /// Sequences that were begun and given up.
    pub(crate) n_cut: usize,
    /// Everything, as it came.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes there were when the alternate screen was entered and left last.
    pub(crate) entered_at: Option<usize>,
    pub(crate) left_at: Option<usize>,
    splitter: Splitter,
    /// What the terminal will say, and when; `None` waits for the first key.
    answers: VecDeque<(Option<Instant>, Vec<u8>)>,
    was_key_pressed: bool,
}

fn non_zero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has at least one cell")
}

/// CSI sequences that draw, by their last letter, without a marker.
const DRAWS: &str = "@ABCDEFGHIJKLMPSTXZ`abdefhlmrsu";

impl Terminal {
    pub(crate) fn new(personality: Personality, (columns, rows): (u16, u16)) -> Self {
        Self {
            personality,
            text: vt100::Parser::new(non_zero(rows), non_zero(columns), 0),
            modes: Modes::default(),
            kitty: Kitty::default(),
            n_sixel: 0,
            n_iterm: 0,
            clipboard: Vec::new(),
            title: String::new(),
            unknown: BTreeMap::new(),
            n_coloured: 0,
            n_cut: 0,
            bytes: Vec::new(),
            entered_at: None,
            left_at: None,
            splitter: Splitter::new(),
            answers: VecDeque::new(),
            was_key_pressed: false,
        }
    }

    /// The screen with its colours and its cursor.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.text.screen()
    }

    /// The screen as lines of text.
    pub(crate) fn contents(&self) -> String {
        self.screen().contents()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.contents().contains(text)
    }

    /// Column and row, from 0, of the first place where a line shows this.
    pub(crate) fn find(&self, text: &str) -> Option<(u16, u16)> {
        let (_, columns) = self.screen().size();
        let mut rows = (0_u16..).zip(self.screen().rows(0, columns.get()));
        rows.find_map(|(row, line)| {
            let at = line.find(text)?;
            let before = &line[..at];
            let column: usize = before.chars().map(width).sum();
            Some((u16::try_from(column).ok()?, row))
        })
    }

    /// How often these bytes were written.
    pub(crate) fn n(&self, text: &str) -> usize {
        let windows = self.bytes.windows(text.len());
        windows.filter(|it| *it == text.as_bytes()).count()
    }

    pub(crate) fn is_alternate(&self) -> bool {
        self.modes.is_on(1049)
    }

    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        let screen = self.text.screen_mut();
        screen.set_size(non_zero(rows), non_zero(columns));
    }

    /// What is not as it was before the program came. Empty is what a shell wants to find.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mut left = self.modes.left();
        let screen = self.screen();
        let is_plain = screen.fgcolor() == vt100::Color::Default
            && screen.bgcolor() == vt100::Color::Default
            && !(screen.bold() || screen.italic() || screen.underline() || screen.inverse());
        if !is_plain {
            left.push("text is still coloured".to_owned());
        }
        let held = self.kitty.pictures.keys();
        left.extend(held.map(|id| format!("picture {id} is still held")));
        let shown = self.kitty.placements.keys();
        left.extend(shown.map(|id| format!("picture {} is still shown", id.0)));
        // a picture that was cut short by the end is reported by the terminal, and nobody is left to hear it
        if self.n_cut == 0 {
            let faults = self.kitty.faults.iter();
            left.extend(faults.map(|it| format!("picture fault: {it}")));
        }
        let unknown = self.unknown.iter();
        left.extend(unknown.map(|(it, n)| format!("unknown, {n} times: {it}")));
        if let Some(begun) = self.splitter.unfinished() {
            let begun = String::from_utf8_lossy(begun);
            left.push(format!("a sequence has no end: {begun:?}"));
        }
        left
    }

    /// Takes what the program wrote.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let base = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        self.splitter
            .take(bytes, &mut |piece, end| pieces.push((piece, end)));
        let mut fed = 0;
        for (piece, end) in pieces {
            self.text.process(&bytes[fed..end]);
            fed = end;
            self.piece(piece, base + end);
        }
        self.text.process(&bytes[fed..]);
    }

    fn piece(&mut self, piece: Piece, end: usize) {
        match piece {
            Piece::Text(_) | Piece::Control(0x07..=0x0f | 0x18) => {}
            Piece::Control(byte) => self.is_unknown(format!("control {byte:#04x}")),
            Piece::Escape(text) => self.escape(&text),
            Piece::Csi(inner, last) => self.csi(&inner, last, end),
            Piece::Osc(text) => self.osc(&String::from_utf8_lossy(&text)),
            Piece::Dcs(text) => self.dcs(&text, end),
            Piece::Apc(text) => self.apc(&text),
            Piece::Other(text) => {
                self.is_unknown(format!("string {:?}", String::from_utf8_lossy(&text)));
            }
            Piece::Cut(_) => self.n_cut += 1,
            Piece::Broken(byte) => self.is_unknown(format!("no UTF-8: {byte:#04x}")),
        }
    }

    fn is_unknown(&mut self, what: String) {
        *self.unknown.entry(what).or_default() += 1;
    }

    /// Saved cursors, index, character sets, the string terminator.
    fn escape(&mut self, text: &str) {
        if !matches!(
            text,
            "7" | "8" | "D" | "E" | "M" | "\\" | "=" | ">" | "(B" | "(0" | ")0" | "c"
        ) {
            self.is_unknown(format!("ESC {text}"));
        }
    }

    fn csi(&mut self, inner: &str, last: char, end: usize) {
        let was_alternate = self.is_alternate();
        if self.modes.csi(inner, last) {
            match (was_alternate, self.is_alternate()) {
                (false, true) => self.entered_at = Some(end),
                (true, false) => self.left_at = Some(end),
                _ => {}
            }
            return;
        }
        let (rows, columns) = self.screen().size();
        let (row, column) = self.screen().cursor_position();
        let question = self.personality.csi(
            inner,
            last,
            (columns.get(), rows.get()),
            (column + 1, row + 1),
            self.modes.keyboard(),
        );
        if let Some(answer) = question {
            if let Some(answer) = answer.0 {
                self.answer(answer.into_bytes());
            }
            return;
        }
        self.n_coloured += usize::from(last == 'm' && is_coloured(inner));
        let is_plain = inner
            .bytes()
            .all(|it| it.is_ascii_digit() || it == b';' || it == b':');
        if !(is_plain && DRAWS.contains(last)) {
            self.is_unknown(format!("CSI {inner}{last}"));
        } else if last == 'J' && matches!(inner, "2" | "3") {
            self.kitty.clear();
        }
    }

    fn osc(&mut self, text: &str) {
        if let Some(answer) = self.personality.osc(text) {
            return self.answer(answer.into_bytes());
        }
        let (number, rest) = text.split_once(';').unwrap_or((text, ""));
        match number {
            "0" | "2" => rest.clone_into(&mut self.title),
            "52" => self.clipboard.push(rest.to_owned()),
            "1337" => self.n_iterm += usize::from(rest.starts_with("File=")),
            "8" | "9" | "22" | "110" | "111" | "112" => {}
            _ => self.is_unknown(format!("OSC {text}")),
        }
    }

    fn dcs(&mut self, text: &[u8], end: usize) {
        if let Some(inner) = text.strip_prefix(b"tmux;") {
            return self.passed_through(inner, end);
        }
        let parameters = text
            .iter()
            .take_while(|it| it.is_ascii_digit() || **it == b';');
        let at = parameters.count();
        match text.get(at..) {
            Some([b'q', ..]) => self.n_sixel += 1,
            Some([b'+', b'q', ..]) => self.answer(b"\x1bP0+r\x1b\\".to_vec()),
            _ => self.is_unknown(format!(
                "DCS {:?}",
                String::from_utf8_lossy(&text[..text.len().min(40)])
            )),
        }
    }

    /// What a program sends through tmux: here nothing is between, so it counts as if it came bare.
    fn passed_through(&mut self, inner: &[u8], end: usize) {
        let mut pieces = Vec::new();
        Splitter::new().take(inner, &mut |piece, _| pieces.push(piece));
        for piece in pieces {
            self.piece(piece, end);
        }
    }

    fn apc(&mut self, text: &[u8]) {
        let Some(command) = text.strip_prefix(b"G") else {
            return self.is_unknown(format!("APC {:?}", String::from_utf8_lossy(text)));
        };
        if !self.personality.has_kitty_pictures() {
            return;
        }
        let cursor = self.screen().cursor_position();
        if let Some(answer) = self.kitty.command(command, cursor) {
            self.answer(format!("\x1b_{answer}\x1b\\").into_bytes());
        }
    }

    fn answer(&mut self, bytes: Vec<u8>) {
        let now = Instant::now();
        match self.personality.when {
            When::Never => {}
            When::AtOnce => self.answers.push_back((Some(now), bytes)),
            When::After(delay) => self.answers.push_back((Some(now + delay), bytes)),
            When::AfterFirstKey => {
                let due = self.was_key_pressed.then_some(now);
                self.answers.push_back((due, bytes));
            }
            When::ByteByByte(gap) => {
                let last = self.answers.back().and_then(|it| it.0).unwrap_or(now);
                let due = (1..).map(|nth: u32| Some(last.max(now) + gap * nth));
                let bytes = bytes.into_iter().map(|it| vec![it]);
                self.answers.extend(due.zip(bytes));
            }
        }
    }

    /// A key was pressed: what waited for it may go.
    pub(super) fn key_was_pressed(&mut self) {
        self.was_key_pressed = true;
        for answer in &mut self.answers {
            answer.0.get_or_insert_with(Instant::now);
        }
    }

    /// The next answer, if it is due; and when the next one is.
    pub(super) fn due(&mut self) -> Option<Vec<u8>> {
        let is_due = |at: &Option<Instant>| at.is_some_and(|it| it <= Instant::now());
        let (at, _) = self.answers.front()?;
        is_due(at).then(|| self.answers.pop_front().expect("it was looked at").1)
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.answers.front().and_then(|it| it.0)
    }

    /// Answers that are not sent yet.
    pub(crate) fn n_answers(&self) -> usize {
        self.answers.len()
    }

    /// Everything that a person who reads a failed test wants to see.
    pub(crate) fn dump(&self) -> String {
        let tail = &self.bytes[self.bytes.len().saturating_sub(600)..];
        let kitty = &self.kitty;
        let screen = self.contents().replace('\n', "\n  | ");
        format!(
            "screen ({}):\n  | {screen}\nnot as at the start: {:?}\npictures: {} sent, {} freed, {} shown, faults {:?}; \
             sixel {}, iTerm2 {}; unknown {:?}; answers not sent: {}\n{} bytes, the last: {:?}",
            if self.is_alternate() {
                "alternate"
            } else {
                "main"
            },
            self.modes.left(),
            kitty.n_sent,
            kitty.n_freed,
            kitty.n_shown(),
            kitty.faults,
            self.n_sixel,
            self.n_iterm,
            self.unknown,
            self.answers.len(),
            self.bytes.len(),
            String::from_utf8_lossy(tail),
        )
    }
}

/// Whether a rendition has a colour: 30 to 38, 40 to 48, and the bright ones; 39 and 49 are the terminal's own.
fn is_coloured(rendition: &str) -> bool {
    let mut codes = rendition.split([';', ':']).map(str::parse::<u16>);
    codes.any(|it| matches!(it, Ok(30..=38 | 40..=48 | 90..=97 | 100..=107)))
}

/// Cells of a character, as `vt100` counts them.
fn width(c: char) -> usize {
    let mut parser = vt100::Parser::new(non_zero(1), non_zero(4), 0);
    parser.process(c.to_string().as_bytes());
    usize::from(parser.screen().cursor_position().1)
}

/// How long a test waits for what must come: longer than any machine needs, since nothing is timed here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
