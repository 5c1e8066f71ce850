//! Bytes that a program writes in, whole pieces out: text, controls and sequences, however the bytes were cut.

/// One thing that a terminal would act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Printable text.
    Text(String),
    /// One byte below 0x20, or 0x7f.
    Control(u8),
    /// `ESC`, intermediates and the last byte.
    Escape(String),
    /// `CSI`: everything between `ESC [` and the last byte, and that.
    Csi(String, char),
    /// The text of an operating system command.
    Osc(Vec<u8>),
    /// The text of a device control string: sixel, answers, tmux's passthrough.
    Dcs(Vec<u8>),
    /// The text of an application program command: kitty's pictures.
    Apc(Vec<u8>),
    /// A string of another kind (SOS, PM).
    Other(Vec<u8>),
    /// A sequence that was given up half-way, by `CAN`, `SUB` or a new one.
    Cut(Vec<u8>),
    /// A byte that is no UTF-8.
    Broken(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    Escape,
    Csi,
    /// In a string of this kind (`]`, `P`, `_`, `X`, `^`); whether the byte before was `ESC`.
    Inside(u8, bool),
}

/// Cuts a stream; what is not whole yet waits for the next bytes.
#[derive(Debug)]
pub(crate) struct Splitter {
    state: State,
    /// The sequence so far, or the character so far.
    held: Vec<u8>,
    text: String,
}

impl Splitter {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Ground,
            held: Vec::new(),
            text: String::new(),
        }
    }

    /// Hands each piece to `to`, with how many of `bytes` end with it.
    pub(crate) fn take(&mut self, bytes: &[u8], to: &mut dyn FnMut(Piece, usize)) {
        for (at, byte) in bytes.iter().enumerate() {
            let is_ground = self.state == State::Ground;
            let breaks_off = is_ground && *byte < 0x80 && !self.held.is_empty();
            // a run of text ends before the byte that is none
            if breaks_off || (is_ground && (*byte < 0x20 || *byte == 0x7f)) {
                self.end_text(at, to);
            }
            if breaks_off {
                self.break_off(at, to);
            }
            for piece in self.byte(*byte) {
                self.end_text(at, to);
                to(piece, at + 1);
            }
        }
        self.end_text(bytes.len(), to);
    }

    /// What has begun and not ended.
    pub(crate) fn unfinished(&self) -> Option<&[u8]> {
        let is_whole = self.state == State::Ground && self.held.is_empty();
        (!is_whole).then_some(&self.held)
    }

    /// A character that ended before its last byte.
    fn break_off(&mut self, at: usize, to: &mut dyn FnMut(Piece, usize)) {
        for byte in std::mem::take(&mut self.held) {
            to(Piece::Broken(byte), at);
        }
    }

    fn end_text(&mut self, at: usize, to: &mut dyn FnMut(Piece, usize)) {
        if !self.text.is_empty() {
            to(Piece::Text(std::mem::take(&mut self.text)), at);
        }
    }

    fn byte(&mut self, byte: u8) -> Vec<Piece> {
        match self.state {
            State::Ground => self.ground(byte),
            State::Escape => self.escape(byte),
            State::Csi => self.csi(byte),
            State::Inside(kind, after_escape) => self.inside(kind, after_escape, byte),
        }
    }

    fn ground(&mut self, byte: u8) -> Vec<Piece> {
        match byte {
            0x1b => self.state = State::Escape,
            0..0x20 | 0x7f => return vec![Piece::Control(byte)],
            0x20..0x7f => self.text.push(char::from(byte)),
            _ => return self.character(byte),
        }
        Vec::new()
    }

    /// One byte of a character of several.
    fn character(&mut self, byte: u8) -> Vec<Piece> {
        self.held.push(byte);
        match std::str::from_utf8(&self.held) {
            Ok(text) => {
                self.text.push_str(text);
                self.held.clear();
                Vec::new()
            }
            Err(error) if error.error_len().is_none() => Vec::new(),
            Err(_) => self.held.drain(..).map(Piece::Broken).collect(),
        }
    }

    fn escape(&mut self, byte: u8) -> Vec<Piece> {
        match byte {
            b'[' if self.held.is_empty() => self.state = State::Csi,
            b']' | b'P' | b'_' | b'X' | b'^' if self.held.is_empty() => {
                self.state = State::Inside(byte, false);
            }
            0x20..0x30 => self.held.push(byte),
            0x30..0x7f => {
                self.held.push(byte);
                self.state = State::Ground;
                let text = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
                return vec![Piece::Escape(text)];
            }
            _ => return self.cut(byte),
        }
        Vec::new()
    }

    fn csi(&mut self, byte: u8) -> Vec<Piece> {
        match byte {
            0x20..0x40 => self.held.push(byte),
            0x40..0x7f => {
                self.state = State::Ground;
                let inner = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
                return vec![Piece::Csi(inner, char::from(byte))];
            }
            _ => return self.cut(byte),
        }
        Vec::new()
    }

    fn inside(&mut self, kind: u8, after_escape: bool, byte: u8) -> Vec<Piece> {
        let is_end = (after_escape && byte == b'\\') || (byte == 0x07 && kind == b']');
        if is_end {
            self.state = State::Ground;
            return vec![named(kind, std::mem::take(&mut self.held))];
        }
        if matches!(byte, 0x18 | 0x1a) {
            return self.cut(byte);
        }
        // tmux's passthrough doubles every ESC inside; elsewhere an ESC ends the string
        let is_passthrough = kind == b'P' && self.held.starts_with(b"tmux;");
        if after_escape && !(is_passthrough && byte == 0x1b) {
            let mut out = self.cut(0x1b);
            out.extend(self.byte(byte));
            return out;
        }
        if byte == 0x1b && !after_escape {
            self.state = State::Inside(kind, true);
        } else {
            self.held.push(byte);
            self.state = State::Inside(kind, false);
        }
        Vec::new()
    }

    /// Gives up what was begun; `ESC` begins anew.
    fn cut(&mut self, byte: u8) -> Vec<Piece> {
        self.state = if byte == 0x1b {
            State::Escape
        } else {
            State::Ground
        };
        vec![Piece::Cut(std::mem::take(&mut self.held))]
    }
}

fn named(kind: u8, text: Vec<u8>) -> Piece {
    match kind {
        b']' => Piece::Osc(text),
        b'P' => Piece::Dcs(text),
        b'_' => Piece::Apc(text),
        _ => Piece::Other(text),
    }
}
