//! A text and a place in it in; the value that begins there out, read as JSON with good will and bounded work.
//!
//! Beyond JSON it takes single and curly quotes, keys without quotes, Python's words and tuples, commas too many or
//! missing, comments, and what ends in the middle. A code fence ends everything.

/// How deep lists may lie in one another.
const DEEPEST: usize = 12;

/// A value of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A number, possibly not finite.
    Number(f64),
    /// A text.
    Text(String),
    /// A list, and how it ended.
    List(Vec<Self>, End),
    /// An object: keys in lower case with `_` for blanks and dashes; and how it ended.
    Object(Vec<(String, Self)>, End),
    /// `true`, `null`, `…`
    Other,
}

/// How a list or an object ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With its bracket.
    Closed,
    /// With something that cannot be in it.
    Open,
    /// With the text: what came last may be incomplete.
    Cut,
}

/// Reads values from a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// Where it stands, in bytes.
    pub(super) at: usize,
    /// Where everything ends, in bytes.
    end: usize,
    /// How many more steps may be taken.
    work: usize,
}

impl<'a> Reader<'a> {
    /// A reader that may take so many steps.
    pub(super) fn new(text: &'a str, work: usize) -> Self {
        Self {
            text,
            at: 0,
            end: 0,
            work,
        }
    }

    /// Whether the work is used up.
    pub(super) fn is_tired(&self) -> bool {
        self.work == 0
    }

    /// The value that begins at a byte and ends before another; `None` when there is none. Goes on to its end.
    pub(super) fn read(&mut self, at: usize, end: usize) -> Option<Value> {
        (self.at, self.end) = (at, end);
        self.value(DEEPEST)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        if self.work == 0 {
            return None;
        }
        self.rest().chars().next()
    }

    fn step(&mut self, letter: char) {
        self.at += letter.len_utf8();
        self.work = self.work.saturating_sub(1);
    }

    /// Passes over letters of a kind; returns them.
    fn pass(&mut self, kind: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while let Some(letter) = self.peek().filter(|it| kind(*it)) {
            self.step(letter);
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Passes over blanks and comments.
    fn pass_blanks(&mut self) {
        loop {
            self.pass(char::is_whitespace);
            let rest = self.rest();
            if rest.starts_with("//") {
                self.pass(|it| it != '\n');
            } else if rest.starts_with("/*") {
                let length = rest.find("*/").map_or(rest.len(), |it| it + 2);
                self.at += length;
                self.work = self.work.saturating_sub(length);
            } else {
                return;
            }
        }
    }

    /// Passes over what stands between two elements.
    fn pass_commas(&mut self) {
        self.pass_blanks();
        while let Some(letter) = self.peek().filter(|it| ",;，、；".contains(*it)) {
            self.step(letter);
            self.pass_blanks();
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.pass_blanks();
        let start = self.at;
        let letter = self.peek()?;
        match letter {
            '[' | '(' | '{' => {
                let depth = depth.checked_sub(1)?;
                self.step(letter);
                Some(match letter {
                    '[' => self.list(']', depth),
                    '(' => self.list(')', depth),
                    _ => self.object(depth),
                })
            }
            '"' | '\'' | '“' | '‘' => {
                self.step(letter);
                Some(Value::Text(self.quoted(letter)))
            }
            '…' => {
                self.step(letter);
                Some(Value::Other)
            }
            _ if self.rest().starts_with("...") => {
                self.pass(|it| it == '.');
                Some(Value::Other)
            }
            _ => {
                let word = self.pass(|it| it.is_alphanumeric() || "+-._".contains(it));
                let value = plain(word);
                if value.is_none() {
                    self.at = start;
                }
                value
            }
        }
    }

    /// The elements up to the closing bracket, or up to what cannot be an element.
    fn list(&mut self, close: char, depth: usize) -> Value {
        let mut items = Vec::new();
        loop {
            self.pass_commas();
            if self.peek() == Some(close) {
                self.step(close);
                return Value::List(items, End::Closed);
            }
            match self.value(depth) {
                Some(item) => items.push(item),
                None => return Value::List(items, self.stopped()),
            }
        }
    }

    /// The pairs up to the closing brace, or up to what cannot be a pair.
    fn object(&mut self, depth: usize) -> Value {
        let mut pairs = Vec::new();
        loop {
            self.pass_commas();
            if self.peek() == Some('}') {
                self.step('}');
                return Value::Object(pairs, End::Closed);
            }
            let Some(pair) = self.pair(depth) else {
                return Value::Object(pairs, self.stopped());
            };
            pairs.push(pair);
        }
    }

    /// How something ended that was not closed.
    fn stopped(&self) -> End {
        if self.peek().is_none() {
            End::Cut
        } else {
            End::Open
        }
    }

    fn pair(&mut self, depth: usize) -> Option<(String, Value)> {
        let key = match self.peek()? {
            quote @ ('"' | '\'' | '“' | '‘') => {
                self.step(quote);
                self.quoted(quote)
            }
            _ => self
                .pass(|it| it.is_alphanumeric() || it == '_' || it == '-')
                .to_owned(),
        };
        self.pass_blanks();
        let sign = self.peek().filter(|it| ":：=".contains(*it))?;
        self.step(sign);
        let value = self.value(depth)?;
        let key = key.trim().to_lowercase().replace([' ', '-'], "_");
        Some((key, value))
    }

    /// A text up to its closing quote. A quote that no comma, bracket, colon or other quote follows is part of the
    /// text: `'the patient's lung'`.
    fn quoted(&mut self, open: char) -> String {
        let close = match open {
            '“' => '”',
            '‘' => '’',
            other => other,
        };
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.step(letter);
            if letter == close && self.closes() {
                return text;
            }
            match letter {
                '\\' => self.escaped(&mut text),
                _ => text.push(letter),
            }
        }
        text
    }

    /// Whether a quote that was just passed ends its text.
    fn closes(&mut self) -> bool {
        let here = self.at;
        self.pass(char::is_whitespace);
        let next = self.rest().chars().next();
        self.at = here;
        next.is_none_or(|it| ",;:：，、；]})=\"'“”‘’/".contains(it))
    }

    /// What follows a backslash in a text.
    fn escaped(&mut self, text: &mut String) {
        let Some(letter) = self.peek() else {
            return;
        };
        self.step(letter);
        match letter {
            'n' | 'r' | 't' | 'b' | 'f' => text.push(' '),
            'u' => {
                let digits: String = self.rest().chars().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                if code.is_some() && digits.len() == 4 {
                    self.at += 4;
                }
                // half of a pair is no character of its own
                text.extend(code.and_then(char::from_u32));
            }
            other => text.push(other),
        }
    }
}

/// A word without quotes: a number, or one of the words of JSON and Python; `None` for any other.
fn plain(word: &str) -> Option<Value> {
    let unsigned = word.trim_start_matches(['+', '-']);
    match unsigned.to_lowercase().as_str() {
        "true" | "false" | "null" | "none" => return Some(Value::Other),
        "nan" | "inf" | "infinity" => return Some(Value::Number(f64::NAN)),
        _ => {}
    }
    number(word).map(Value::Number)
}

/// A number as JSON and Python write it, with a sign or without; possibly not finite.
pub(super) fn number(word: &str) -> Option<f64> {
    let begins = word.trim_start_matches(['+', '-']).chars().next()?;
    // `f64` also takes `inf` and `nan`
    (begins.is_ascii_digit() || begins == '.').then(|| word.parse().ok())?
}
