//! A question in, yes, no, or one line of text out.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::session::safe::printable_line;
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

use super::frame::{cells, put, wipe};
use super::write::{Write, Written};
use super::{Binding, When, row};

/// A yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    question: String,
    is_yes: bool,
}

/// Something that happens to a yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmMsg {
    /// Yes, or no.
    Say(bool),
    /// The other one is chosen.
    Switch,
    /// What is chosen is meant.
    Enter,
}

/// The keys of a yes or no.
pub const CONFIRM_KEYS: &[Binding<ConfirmMsg>] = &[
    row("y", When::Always, ConfirmMsg::Say(true), ("yes", "是")),
    row(
        "n esc q",
        When::Always,
        ConfirmMsg::Say(false),
        ("no", "否"),
    ),
    row(
        "left right tab h l",
        When::Always,
        ConfirmMsg::Switch,
        ("the other", "另一项"),
    ),
    row(
        "enter",
        When::Always,
        ConfirmMsg::Enter,
        ("what is chosen", "所选项"),
    ),
];

impl Confirm {
    /// A question; `is_yes` is what Enter says.
    pub fn new(question: &str, is_yes: bool) -> Self {
        Self {
            question: printable_line(question),
            is_yes,
        }
    }

    /// Takes a key; the answer, once there is one.
    pub fn update(&mut self, msg: ConfirmMsg) -> Option<bool> {
        match msg {
            ConfirmMsg::Say(is_yes) => return Some(is_yes),
            ConfirmMsg::Enter => return Some(self.is_yes),
            ConfirmMsg::Switch => self.is_yes = !self.is_yes,
        }
        None
    }

    /// Draws it on the first row of an area. The choices are always seen; the question yields.
    pub fn view(&self, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let Some(area) = first_row(theme, area, buf) else {
            return;
        };
        // the brackets tell which is chosen where nothing else does
        let side = |is_it: bool, word: &str| {
            let [open, close] = [[" ", " "], ["[", "]"]][usize::from(is_it)];
            format!("{open}{word}{close}")
        };
        let yes = side(self.is_yes, lang.pick("yes", "是"));
        let no = side(!self.is_yes, lang.pick("no", "否"));
        let room = usize::from(area.width);
        let choices = wrap::width(&yes) + wrap::width(&no) + 2;
        let question = wrap::shorten(
            &self.question,
            room.saturating_sub(choices),
            theme.symbols.ellipsis,
        );
        let x = put(buf, (area.x, area.y), &question, room, theme.warning);
        let x = x.saturating_add(u16::from(x > area.x));
        for (x, word, is_it) in [
            (x, &yes, self.is_yes),
            (
                x.saturating_add(cells(wrap::width(&yes) + 1)),
                &no,
                !self.is_yes,
            ),
        ] {
            let left = usize::from(area.right().saturating_sub(x));
            let style = if is_it { theme.chosen } else { theme.text };
            put(buf, (x, area.y), word, left, style);
        }
    }
}

/// A line of text that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    name: String,
    text: Written,
    choices: Vec<String>,
    chosen: Option<usize>,
    may_be_empty: bool,
}

/// Something that happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionMsg {
    /// Change the text.
    Write(Write),
    /// The next choice, or the one before.
    Choose(bool),
    /// It is finished.
    Enter,
    /// Forget it.
    Escape,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This was written, or chosen; blanks around it are taken off.
    Text(String),
    /// Nothing is to be done.
    Nothing,
}

/// The keys of a line that is asked for, before those of writing ([`super::write::KEYS`]).
pub const QUESTION_KEYS: &[Binding<QuestionMsg>] = &[
    row(
        "enter",
        When::Always,
        QuestionMsg::Enter,
        ("accept", "确定"),
    ),
    row("esc", When::Always, QuestionMsg::Escape, ("leave", "离开")),
    row(
        "tab down",
        When::Always,
        QuestionMsg::Choose(true),
        ("next choice", "下一项"),
    ),
    row(
        "backtab up",
        When::Always,
        QuestionMsg::Choose(false),
        ("choice before", "上一项"),
    ),
];

impl Question {
    /// Asks for a line: what it is called, what stands there already, and what can be chosen instead of typing.
    pub fn new(name: &str, text: &str, choices: &[&str]) -> Self {
        Self {
            name: printable_line(name),
            text: Written::new(text, false),
            choices: choices.iter().map(|it| printable_line(it)).collect(),
            chosen: None,
            may_be_empty: false,
        }
    }

    /// The same, but an empty line is an answer too: a title that is taken away.
    #[must_use]
    pub fn or_nothing(self) -> Self {
        Self {
            may_be_empty: true,
            ..self
        }
    }

    /// What is written.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// Takes what happened; what came of it, once it is over.
    pub fn update(&mut self, msg: QuestionMsg, lang: Lang) -> Option<Answer> {
        match msg {
            QuestionMsg::Write(write) => {
                if self.text.take(write, lang, usize::MAX) {
                    self.chosen = None;
                }
                None
            }
            QuestionMsg::Choose(is_next) => {
                self.choose(is_next);
                None
            }
            QuestionMsg::Escape => Some(Answer::Nothing),
            QuestionMsg::Enter => {
                let text = self.text.text().trim().to_owned();
                (self.may_be_empty || !text.is_empty()).then_some(Answer::Text(text))
            }
        }
    }

    fn choose(&mut self, is_next: bool) {
        let n = self.choices.len();
        let at = match (self.chosen, is_next) {
            (None, true) => 0,
            (None, false) => n.saturating_sub(1),
            (Some(at), true) => (at + 1) % n.max(1),
            (Some(at), false) => (at + n.saturating_sub(1)) % n.max(1),
        };
        if let Some(choice) = self.choices.get(at) {
            self.text.replace(choice);
            self.chosen = Some(at);
        }
    }

    /// Draws it on the first row of an area, the choices on the second where there is one; where the cursor belongs.
    pub fn view(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let line = first_row(theme, area, buf)?;
        let room = usize::from(line.width);
        let name = wrap::shorten(&self.name, room / 2, theme.symbols.ellipsis);
        let x = put(buf, (line.x, line.y), &name, room, theme.title);
        let x = x.saturating_add(1).min(line.right().saturating_sub(1));
        let left = usize::from(line.right() - x);
        let text = self.text.text();
        let before = text.get(..self.text.editor().caret()).unwrap_or("");
        let skip = wrap::width(before).saturating_sub(left.saturating_sub(1));
        let cut = if skip == 0 {
            0
        } else {
            wrap::clip(text, skip).len()
        };
        put(
            buf,
            (x, line.y),
            text.get(cut..).unwrap_or(""),
            left,
            theme.text,
        );
        let at = wrap::width(before.get(cut..).unwrap_or(""));
        let second = Rect {
            y: area.y.saturating_add(1),
            height: 1,
            ..area
        }
        .intersection(area);
        if let Some(second) = first_row(theme, second, buf).filter(|_| !self.choices.is_empty()) {
            self.choices(theme, second, buf);
        }
        let x = x
            .saturating_add(cells(at))
            .min(line.right().saturating_sub(1));
        Some(Position::new(x, line.y))
    }

    fn choices(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let mut x = area.x;
        for (index, choice) in self.choices.iter().enumerate() {
            let is_it = self.chosen == Some(index);
            let (word, style) = if is_it {
                (format!("[{choice}]"), theme.chosen)
            } else {
                (format!(" {choice} "), theme.dim)
            };
            let left = usize::from(area.right().saturating_sub(x));
            x = put(buf, (x, area.y), &word, left, style);
        }
    }
}

/// The first row of an area, wiped; `None` where there is none.
fn first_row(theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Rect> {
    let area = area.intersection(buf.area);
    let line = Rect {
        height: area.height.min(1),
        ..area
    };
    wipe(theme, line, buf);
    (!line.is_empty()).then_some(line)
}
