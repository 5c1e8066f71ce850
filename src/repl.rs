//! Standard input in, one finished input at a time out: from a terminal with an editor, or from a script's lines.

use std::io::{BufRead, Read as _};

mod line;

pub mod budget;

pub mod preview;

pub use line::{Guide, Line, Lines};

use line::{is_unfinished, join};

/// Where inputs come from.
pub enum Input {
    /// A person at a terminal.
    Terminal(Box<Lines>),
    /// A file or a pipe.
    Script(Script),
}

impl Input {
    /// The next input; a terminal shows the prompt first.
    ///
    /// # Errors
    /// When it can be read no more.
    pub fn next(&mut self, prompt: &str, styled: &str) -> anyhow::Result<Line> {
        match self {
            Self::Terminal(lines) => lines.next(prompt, styled),
            Self::Script(script) => script.next(),
        }
    }

    /// The line that the last input began at; `None` at a terminal.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Terminal(_) => None,
            Self::Script(script) => Some(script.began),
        }
    }
}

/// Lines of a script; one that ends with a backslash goes on in the next.
pub struct Script {
    reader: Box<dyn BufRead>,
    began: usize,
    read: usize,
}

/// A line longer than this is no question.
const LONGEST: u64 = 1 << 20;

impl Script {
    /// A script's reader.
    pub fn new(reader: Box<dyn BufRead>) -> Self {
        Self {
            reader,
            began: 0,
            read: 0,
        }
    }

    fn next(&mut self) -> anyhow::Result<Line> {
        let mut text = String::new();
        self.began = self.read + 1;
        loop {
            let mut bytes = Vec::new();
            let n_bytes = self
                .reader
                .by_ref()
                .take(LONGEST)
                .read_until(b'\n', &mut bytes)?;
            if n_bytes == 0 {
                let rest = (!text.is_empty()).then(|| Line::Text(join(&text)));
                return Ok(rest.unwrap_or(Line::End));
            }
            self.read += 1;
            match String::from_utf8(bytes) {
                Ok(line) => text.push_str(line.trim_end_matches(['\n', '\r'])),
                Err(_) => return Ok(Line::Unreadable("the line is not UTF-8")),
            }
            if !is_unfinished(&text) {
                return Ok(Line::Text(join(&text)));
            }
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_line_by_line() {
        let text: &[u8] = b"one\r\n\ntwo\\\nmore\n\xff\nend\\";
        let mut input = Input::Script(Script::new(Box::new(text)));
        let mut next = || (input.next("", "").unwrap(), input.line().unwrap());
        assert_eq!(next(), (Line::Text("one".into()), 1));
        assert_eq!(next(), (Line::Text(String::new()), 2));
        assert_eq!(next(), (Line::Text("two\nmore".into()), 3));
        assert_eq!(next(), (Line::Unreadable("the line is not UTF-8"), 5));
        assert_eq!(next(), (Line::Text("end\n".into()), 6));
        assert_eq!(next(), (Line::End, 7));
    }
}
