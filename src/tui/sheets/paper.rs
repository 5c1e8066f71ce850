//! A prior report or a system text in, the text as somebody changed it out: a sheet to write on.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::settings::Lang;
use crate::tui::input::editor::{Go, SpanKind};
use crate::tui::input::shown::Shown;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

use super::frame::{cells, frame, put};
use super::write::{Write, Written};
use super::{Binding, When, row};

/// Columns that the frame and the caret's own column take.
const AROUND: u16 = 5;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A report from before; it may have a date.
    Prior,
    /// What the model reads before everything else.
    System,
}

/// Something that happens to the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// It is so many cells wide and high, the frame included.
    Resize(u16, u16),
    /// The interface speaks this language.
    Lang(Lang),
    /// Change the text, or the date.
    Write(Write),
    /// A line feed; in the date, on to the text.
    Newline,
    /// To the other field.
    Field,
    /// A screen up, or down.
    Page(bool),
    /// The mouse was pressed at a column and row of the sheet.
    Click(u16, u16),
    /// What it takes: the answer to [`Effect::Count`].
    Tokens {
        /// Tokens of it.
        used: usize,
        /// Tokens that are left in the window, negative when it is too long.
        room: i64,
    },
    /// It is finished.
    Accept,
    /// Leave; changes are asked about first.
    Escape,
    /// Whether changes may be lost.
    Drop(bool),
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Count its tokens, when no key waits, and send [`Msg::Tokens`].
    Count,
    /// Take this.
    Accept {
        /// The date as typed; `None` for none, and of a system text.
        date: Option<String>,
        /// The text.
        text: String,
    },
    /// Close the sheet; nothing changed.
    Leave,
}

/// The keys of the sheet, before those of writing ([`super::write::KEYS`]).
pub const KEYS: &[Binding<Msg>] = &[
    row("ctrl-s", When::Writing, Msg::Accept, ("accept", "确定")),
    row("esc", When::Writing, Msg::Escape, ("leave", "离开")),
    row(
        "enter ctrl-j",
        When::Writing,
        Msg::Newline,
        ("new line", "换行"),
    ),
    row(
        "tab backtab",
        When::Writing,
        Msg::Field,
        ("date or text", "日期或正文"),
    ),
    row(
        "up ctrl-p",
        When::Writing,
        Msg::Write(Write::Go(Go::Up)),
        ("row up", "上移一行"),
    ),
    row(
        "down ctrl-n",
        When::Writing,
        Msg::Write(Write::Go(Go::Down)),
        ("row down", "下移一行"),
    ),
    row(
        "pageup",
        When::Writing,
        Msg::Page(false),
        ("page up", "上翻一页"),
    ),
    row(
        "pagedown",
        When::Writing,
        Msg::Page(true),
        ("page down", "下翻一页"),
    ),
    row(
        "y enter",
        When::Asking,
        Msg::Drop(true),
        ("drop the changes", "放弃修改"),
    ),
    row(
        "n esc",
        When::Asking,
        Msg::Drop(false),
        ("write on", "继续编辑"),
    ),
];

/// A sheet to write on.
#[derive(Debug, Clone)]
pub struct Paper {
    what: What,
    lang: Lang,
    date: Written,
    text: Written,
    is_in_date: bool,
    tokens: Option<(usize, i64)>,
    is_asking: bool,
    size: (u16, u16),
    /// The first row that is seen.
    top: usize,
}

impl Paper {
    /// What stands there already, "" for nothing.
    pub fn new(what: What, date: Option<&str>, text: &str, lang: Lang) -> Self {
        Self {
            what,
            lang,
            date: Written::new(date.unwrap_or(""), false),
            text: Written::new(text, true),
            is_in_date: false,
            tokens: None,
            is_asking: false,
            size: (0, 0),
            top: 0,
        }
    }

    /// What is written on it.
    pub fn what(&self) -> What {
        self.what
    }

    /// The text as it is now.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// The date as it is now.
    pub fn date(&self) -> Option<&str> {
        Some(self.date.text().trim()).filter(|it| !it.is_empty() && self.what == What::Prior)
    }

    /// Which keys count.
    pub fn when(&self) -> When {
        if self.is_asking {
            When::Asking
        } else {
            When::Writing
        }
    }

    /// Whether something is not as it was.
    pub fn is_changed(&self) -> bool {
        self.text.is_changed() || self.date.is_changed()
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Resize(width, height) => self.size = (width, height),
            Msg::Lang(lang) => self.lang = lang,
            Msg::Tokens { used, room } => self.tokens = Some((used, room)),
            Msg::Drop(is_dropped) => {
                let asked = std::mem::take(&mut self.is_asking);
                effects.extend((asked && is_dropped).then_some(Effect::Leave));
            }
            Msg::Escape => {
                self.is_asking = self.is_changed();
                effects.extend((!self.is_asking).then_some(Effect::Leave));
            }
            // a key that slipped in changes nothing while something is asked
            _ if self.is_asking => {}
            Msg::Write(write) => effects.extend(self.write(write)),
            Msg::Newline if self.is_in_date => self.is_in_date = false,
            Msg::Newline => effects.extend(self.write(Write::Insert("\n".to_owned()))),
            Msg::Field => self.is_in_date = !self.is_in_date && self.what == What::Prior,
            Msg::Page(is_down) => {
                let go = if is_down { Go::Down } else { Go::Up };
                for _ in 0..self.rows().max(2) - 1 {
                    self.write(Write::Go(go));
                }
            }
            Msg::Click(column, row) => self.click(column, row),
            Msg::Accept => effects.push(Effect::Accept {
                date: self.date().map(str::to_owned),
                text: self.text.text().trim().to_owned(),
            }),
        }
        self.settle();
        effects
    }

    fn write(&mut self, write: Write) -> Option<Effect> {
        let (lang, width) = (self.lang, self.columns());
        let is_other = match (self.is_in_date, &write) {
            (true, Write::Go(Go::Down)) => {
                self.is_in_date = false;
                false
            }
            (true, _) => self.date.take(write, lang, usize::MAX),
            (false, _) => self.text.take(write, lang, width),
        };
        is_other.then_some(Effect::Count)
    }

    fn click(&mut self, column: u16, row: u16) {
        let head = self.head();
        let (lang, width) = (self.lang, self.columns());
        let column = usize::from(column.saturating_sub(2));
        let Some(row) = row.checked_sub(1) else {
            return;
        };
        self.is_in_date = head > 0 && row == 0;
        if let Some(row) = row.checked_sub(head) {
            let place = (self.top + usize::from(row), column);
            self.text.click(place, lang, width);
        }
    }

    fn columns(&self) -> usize {
        usize::from(self.size.0.saturating_sub(AROUND)).max(1)
    }

    /// Rows over the text: the date, and a gap.
    fn head(&self) -> u16 {
        match self.what {
            What::Prior if self.size.1 > 6 => 2,
            What::Prior if self.size.1 > 4 => 1,
            _ => 0,
        }
    }

    /// Rows of text on the screen.
    fn rows(&self) -> usize {
        let frame = if self.size.0 < 8 || self.size.1 < 4 {
            0
        } else {
            2
        };
        usize::from(self.size.1.saturating_sub(frame + self.head())).max(1)
    }

    fn settle(&mut self) {
        let editor = self.text.editor();
        let shown = editor.shown(self.lang, self.columns());
        let (row, _) = shown.place(editor.caret());
        let (n, rows) = (shown.rows().len(), self.rows());
        let least = (row + 1).saturating_sub(rows);
        self.top = self.top.min(n.saturating_sub(rows)).clamp(least, row);
    }

    /// Draws it over an area as large as [`Msg::Resize`] said; where the cursor belongs.
    pub fn view(
        &self,
        theme: &Theme,
        lang: Lang,
        area: Rect,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let title = match self.what {
            What::Prior => lang.pick("prior report", "既往报告"),
            What::System => lang.pick("system text", "系统文本"),
        };
        let title = if self.is_changed() {
            format!("{title} ({})", lang.pick("changed", "已修改"))
        } else {
            title.to_owned()
        };
        let (foot, style) = self.foot(theme, lang);
        let inner = frame(&title, (&foot, style), theme, area, buf);
        if inner.is_empty() {
            return None;
        }
        let head = self.head().min(inner.height.saturating_sub(1));
        let in_date = self.draw_date(head, inner, (theme, lang), buf);
        let rest = Rect {
            y: inner.y + head,
            height: inner.height - head,
            ..inner
        };
        let editor = self.text.editor();
        let shown = editor.shown(lang, self.columns());
        draw(&shown, self.top, theme, rest, buf);
        if self.is_asking {
            return None;
        }
        if self.is_in_date {
            return in_date;
        }
        let (row, column) = shown.place(editor.caret());
        let (x, y) = (cells(column), cells(row.saturating_sub(self.top)));
        let x = rest.x.saturating_add(x.min(rest.width.saturating_sub(1)));
        let y = rest.y.saturating_add(y.min(rest.height.saturating_sub(1)));
        Some(Position::new(x, y))
    }

    /// Draws the date's line; where the caret would be in it.
    fn draw_date(
        &self,
        head: u16,
        area: Rect,
        (theme, lang): (&Theme, Lang),
        buf: &mut Buffer,
    ) -> Option<Position> {
        if head == 0 {
            return None;
        }
        let room = usize::from(area.width);
        let name = lang.pick("date: ", "日期：");
        let style = if self.is_in_date {
            theme.accent
        } else {
            theme.dim
        };
        let x = put(buf, (area.x, area.y), name, room, style);
        let left = usize::from(area.right().saturating_sub(x));
        let text = self.date.text();
        if text.is_empty() {
            let hint = lang.pick(
                "as the model reads it, may be empty",
                "按原样给模型，可留空",
            );
            put(buf, (x, area.y), hint, left, theme.placeholder);
        }
        let before = text.get(..self.date.editor().caret()).unwrap_or("");
        // what is before the caret is seen as far as there is room
        let skip = wrap::width(before).saturating_sub(left.saturating_sub(1));
        let cut = wrap::clip(text, skip).len();
        let cut = if skip == 0 || !self.is_in_date {
            0
        } else {
            cut
        };
        put(
            buf,
            (x, area.y),
            text.get(cut..).unwrap_or(""),
            left,
            theme.text,
        );
        let at = wrap::width(before.get(cut..).unwrap_or(""));
        let x = x
            .saturating_add(cells(at))
            .min(area.right().saturating_sub(1));
        Some(Position::new(x, area.y))
    }

    fn foot(&self, theme: &Theme, lang: Lang) -> (String, Style) {
        if self.is_asking {
            let words = lang.pick("drop the changes? y/n", "放弃修改？y/n");
            return (words.to_owned(), theme.warning);
        }
        match (self.tokens, lang) {
            (None, _) => (String::new(), theme.dim),
            (Some((used, room)), Lang::En) if room < 0 => {
                let over = room.unsigned_abs();
                (format!("{used} tokens, {over} too many"), theme.failure)
            }
            (Some((used, room)), Lang::Zh) if room < 0 => {
                let over = room.unsigned_abs();
                (format!("{used} 词元，超出 {over}"), theme.failure)
            }
            (Some((used, room)), Lang::En) => {
                (format!("{used} tokens, room for {room} more"), theme.dim)
            }
            (Some((used, room)), Lang::Zh) => (format!("{used} 词元，还可容纳 {room}"), theme.dim),
        }
    }
}

/// Draws rows of a text that is written.
pub(super) fn draw(shown: &Shown, top: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (y, range) in (area.y..area.bottom()).zip(shown.rows().iter().skip(top)) {
        let mut x = area.x;
        let text = shown.text().get(range.clone()).unwrap_or("");
        for (at, cluster) in text.grapheme_indices(true) {
            let style = match shown.kind(range.start + at) {
                Some(SpanKind::Paste { .. }) => theme.fold,
                _ => theme.text,
            };
            let room = usize::from(area.right().saturating_sub(x));
            x = put(buf, (x, y), cluster, room, style);
        }
    }
}
