//! Lines with looks in, a sheet to read out: scrolled, searched, copied.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::session::safe::{printable, printable_line};
use crate::settings::Lang;
use crate::tui::talk::scroll::Move;
use crate::tui::talk::{Find, wrap};
use crate::tui::theme::Theme;

use super::frame::{cells, frame, put};
use super::{Binding, When, row};

/// The most places that a search finds.
const MOST_HITS: usize = 10_000;

/// The most text that a sheet shows, in bytes.
pub const LONGEST: usize = 4 << 20;

/// Columns that the frame takes.
const AROUND: u16 = 4;

/// How a stretch of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As text.
    Plain,
    /// Beside the point.
    Dim,
    /// A heading.
    Heading,
    /// A token that is no text.
    Special,
    /// The places of a picture.
    Picture,
    /// Only in the first text.
    Removed,
    /// Only in the second text.
    Added,
    /// What should be looked at.
    Warning,
    /// What went wrong.
    Failure,
    /// What went well.
    Good,
}

/// A line: stretches of text without line feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// Where each look begins.
    looks: Vec<(usize, Look)>,
}

impl Line {
    /// A line of one look; line feeds in it are shown as escapes.
    pub fn of(look: Look, text: &str) -> Self {
        Self::default().and(look, text)
    }

    /// The same with more behind it.
    #[must_use]
    pub fn and(mut self, look: Look, text: &str) -> Self {
        self.push(look, text);
        self
    }

    /// Adds text to it.
    pub fn push(&mut self, look: Look, text: &str) {
        if !text.is_empty() {
            self.looks.push((self.text.len(), look));
            // a tab's width would depend on its column
            self.text += &printable(text).replace('\t', "    ").replace('\n', "\\n");
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn look_at(&self, place: usize) -> Look {
        let after = self.looks.partition_point(|it| it.0 <= place);
        let found = after.checked_sub(1).and_then(|it| self.looks.get(it));
        found.map_or(Look::Plain, |it| it.1)
    }
}

/// Lines of one look from a text that may have many.
pub fn lines(look: Look, text: &str) -> Vec<Line> {
    text.trim_end()
        .lines()
        .map(|it| Line::of(look, it))
        .collect()
}

/// Something that happens to the sheet.
#[derive(Debug, Clone)]
pub enum Msg {
    /// It is so many cells wide and high, the frame included.
    Resize(u16, u16),
    /// Move the screen.
    Scroll(Move),
    /// Search; `Find::On` means nothing here.
    Find(Find),
    /// Send the whole text to the clipboard.
    Copy,
    /// Leave the search, then the sheet.
    Escape,
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send this text to the clipboard.
    Copy(String),
    /// Close the sheet.
    Leave,
}

/// The keys of the sheet.
pub const KEYS: &[Binding<Msg>] = &[
    row(
        "up k ctrl-y",
        When::Reading,
        Msg::Scroll(Move::Up(1)),
        ("row up", "上移一行"),
    ),
    row(
        "down j ctrl-e",
        When::Reading,
        Msg::Scroll(Move::Down(1)),
        ("row down", "下移一行"),
    ),
    row(
        "pageup ctrl-b",
        When::Reading,
        Msg::Scroll(Move::PageUp),
        ("page up", "上翻一页"),
    ),
    row(
        "pagedown ctrl-f space",
        When::Reading,
        Msg::Scroll(Move::PageDown),
        ("page down", "下翻一页"),
    ),
    row(
        "ctrl-u",
        When::Reading,
        Msg::Scroll(Move::HalfUp),
        ("half a page up", "上翻半页"),
    ),
    row(
        "ctrl-d",
        When::Reading,
        Msg::Scroll(Move::HalfDown),
        ("half a page down", "下翻半页"),
    ),
    row(
        "home g",
        When::Reading,
        Msg::Scroll(Move::Top),
        ("to the beginning", "到开头"),
    ),
    row(
        "end G",
        When::Reading,
        Msg::Scroll(Move::End),
        ("to the end", "到末尾"),
    ),
    row(
        "/",
        When::Reading,
        Msg::Find(Find::Open),
        ("search", "搜索"),
    ),
    row(
        "n",
        When::Reading,
        Msg::Find(Find::Next),
        ("next place", "下一处"),
    ),
    row(
        "N",
        When::Reading,
        Msg::Find(Find::Previous),
        ("place before", "上一处"),
    ),
    row("c", When::Reading, Msg::Copy, ("copy", "复制")),
    row("q esc", When::Reading, Msg::Escape, ("leave", "离开")),
    row(
        "enter",
        When::Finding,
        Msg::Find(Find::Accept),
        ("search", "搜索"),
    ),
    row(
        "backspace ctrl-h",
        When::Finding,
        Msg::Find(Find::Erase),
        ("erase", "删除前一字"),
    ),
    row(
        "esc",
        When::Finding,
        Msg::Find(Find::Cancel),
        ("forget the search", "取消搜索"),
    ),
];

/// A sheet to read.
#[derive(Debug, Clone)]
pub struct Text {
    title: String,
    lines: Vec<Line>,
    size: (u16, u16),
    /// Each row's line and its bytes in that.
    rows: Vec<(usize, Range<usize>)>,
    top: usize,
    search: Option<Search>,
}

#[derive(Debug, Clone, Default)]
struct Search {
    query: String,
    is_typing: bool,
    /// Line and bytes of every place, in order.
    hits: Vec<(usize, Range<usize>)>,
    at: usize,
}

impl Text {
    /// A sheet with these lines, in an area without size. What is longer than [`LONGEST`] is cut, which is said.
    pub fn new(title: &str, mut lines: Vec<Line>, lang: Lang) -> Self {
        let mut left = LONGEST;
        let fits = |it: &Line| {
            left = left.saturating_sub(it.text.len() + 32);
            left > 0
        };
        let n = lines.iter().map(fits).take_while(|it| *it).count();
        if n < lines.len() {
            lines.truncate(n);
            let words = lang.pick("cut: the rest is too long to show", "已截断：其余过长");
            lines.push(Line::of(Look::Warning, words));
        }
        let mut text = Self {
            title: printable_line(title),
            lines,
            size: (0, 0),
            rows: Vec::new(),
            top: 0,
            search: None,
        };
        text.lay();
        text
    }

    /// Its lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Which keys count; when it is [`When::Finding`], typed characters go to [`Find::Type`].
    pub fn when(&self) -> When {
        match &self.search {
            Some(search) if search.is_typing => When::Finding,
            _ => When::Reading,
        }
    }

    /// Rows of text on the screen.
    fn height(&self) -> usize {
        let frame = if self.size.0 < 8 || self.size.1 < 4 {
            0
        } else {
            2
        };
        usize::from(self.size.1.saturating_sub(frame)).max(1)
    }

    fn lay(&mut self) {
        let (width, height) = self.size;
        let frame = if width < 8 || height < 4 { 0 } else { AROUND };
        let columns = usize::from(width.saturating_sub(frame)).max(1);
        self.rows.clear();
        for (index, line) in self.lines.iter().enumerate() {
            let rows = &mut self.rows;
            wrap::words(&line.text, columns, |it| rows.push((index, it)));
        }
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Resize(width, height) => self.resize(width, height),
            Msg::Scroll(by) => self.scroll(by),
            Msg::Find(find) => self.find(find),
            Msg::Copy => {
                let texts: Vec<&str> = self.lines.iter().map(Line::text).collect();
                effects.push(Effect::Copy(texts.join("\n")));
            }
            Msg::Escape => {
                if self.search.take().is_none() {
                    effects.push(Effect::Leave);
                }
            }
        }
        self.top = self.top.min(self.last_top());
        effects
    }

    /// What was at the top stays there.
    fn resize(&mut self, width: u16, height: u16) {
        let place = self.rows.get(self.top).map(|it| (it.0, it.1.start));
        let is_wider = self.size.0 != width || (self.size.1 < 4) != (height < 4);
        self.size = (width, height);
        if is_wider {
            self.lay();
            if let Some(place) = place.filter(|_| self.top > 0) {
                self.top = self.row_of(place);
            }
        }
    }

    /// The row that shows a place of a line.
    fn row_of(&self, place: (usize, usize)) -> usize {
        let after = self.rows.partition_point(|it| (it.0, it.1.start) <= place);
        after.saturating_sub(1)
    }

    fn last_top(&self) -> usize {
        self.rows.len().saturating_sub(self.height())
    }

    fn scroll(&mut self, by: Move) {
        let page = self.height();
        let up = |by: usize| self.top.saturating_sub(by);
        let down = |by: usize| self.top.saturating_add(by);
        self.top = match by {
            Move::Up(by) => up(by),
            Move::Down(by) => down(by),
            Move::PageUp => up((page - 1).max(1)),
            Move::PageDown => down((page - 1).max(1)),
            Move::HalfUp => up((page / 2).max(1)),
            Move::HalfDown => down((page / 2).max(1)),
            Move::Top => 0,
            Move::End => usize::MAX,
        };
    }

    fn find(&mut self, find: Find) {
        match find {
            Find::Open => {
                self.search = Some(Search {
                    is_typing: true,
                    ..Search::default()
                });
            }
            Find::Cancel => self.search = None,
            _ => {}
        }
        let from = self
            .rows
            .get(self.top)
            .map_or((0, 0), |it| (it.0, it.1.start));
        let Some(search) = &mut self.search else {
            return;
        };
        let n = search.hits.len().max(1);
        match find {
            Find::Type(text) => {
                search.query += &printable_line(&text);
                search.look(&self.lines, from);
            }
            Find::Erase => {
                search.query.pop();
                search.look(&self.lines, from);
            }
            Find::Accept if search.query.is_empty() => {
                self.search = None;
                return;
            }
            Find::Accept => search.is_typing = false,
            Find::Next => search.at = (search.at + 1) % n,
            Find::Previous => search.at = (search.at + n - 1) % n,
            Find::Open | Find::Cancel | Find::On => return,
        }
        let hit = search.hits.get(search.at);
        if let Some(place) = hit.map(|it| (it.0, it.1.start)) {
            let row = self.row_of(place);
            let height = self.height();
            if row < self.top || row >= self.top + height {
                self.top = row.saturating_sub(height / 3);
            }
        }
    }

    /// Draws it over an area as large as [`Msg::Resize`] said; where the cursor belongs while a query is typed.
    pub fn view(
        &self,
        theme: &Theme,
        lang: Lang,
        area: Rect,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let foot = self.foot(lang);
        let style = match &self.search {
            Some(search) if search.hits.is_empty() && !search.query.is_empty() => theme.warning,
            Some(_) => theme.accent,
            None => theme.dim,
        };
        let inner = frame(&self.title, (&foot, style), theme, area, buf);
        for (y, (index, range)) in (inner.y..inner.bottom()).zip(self.rows.iter().skip(self.top)) {
            self.draw(*index, range, theme, (inner, y), buf);
        }
        let is_typing = self.when() == When::Finding && inner.height + 2 <= area.height;
        let x = area
            .x
            .saturating_add(3 + cells(wrap::width(self.query()) + 1));
        let right = area.right().saturating_sub(2);
        is_typing.then(|| Position::new(x.min(right), area.bottom() - 1))
    }

    fn query(&self) -> &str {
        self.search.as_ref().map_or("", |it| &it.query)
    }

    fn foot(&self, lang: Lang) -> String {
        let n = self.rows.len();
        match &self.search {
            Some(search) if search.query.is_empty() => "/".to_owned(),
            Some(search) if search.hits.is_empty() => {
                format!(
                    "/{} {}",
                    search.query,
                    lang.pick("(not found)", "（未找到）")
                )
            }
            Some(search) => {
                let more = if search.hits.len() >= MOST_HITS {
                    "+"
                } else {
                    ""
                };
                format!(
                    "/{} {}/{}{more}",
                    search.query,
                    search.at + 1,
                    search.hits.len()
                )
            }
            None if n <= self.height() => String::new(),
            None => {
                let last = (self.top + self.height()).min(n);
                format!("{}-{last}/{n}", self.top + 1)
            }
        }
    }

    fn draw(
        &self,
        index: usize,
        range: &Range<usize>,
        theme: &Theme,
        (area, y): (Rect, u16),
        buf: &mut Buffer,
    ) {
        let Some(line) = self.lines.get(index) else {
            return;
        };
        let hits = self.hits_of(index);
        let here = self.search.as_ref().and_then(|it| it.hits.get(it.at));
        let over = |place: usize| {
            let hit = hits.iter().find(|it| it.1.contains(&place));
            let styles = [theme.hit, theme.hit_here];
            hit.map(|it| styles[usize::from(here == Some(it))])
        };
        draw_row(line, range, theme, (area, y, &over), buf);
    }

    fn hits_of(&self, line: usize) -> &[(usize, Range<usize>)] {
        let Some(search) = &self.search else {
            return &[];
        };
        let from = search.hits.partition_point(|it| it.0 < line);
        let to = search.hits.partition_point(|it| it.0 <= line);
        search.hits.get(from..to).unwrap_or(&[])
    }
}

impl Search {
    /// Finds every place, and stands at the first at or behind one.
    fn look(&mut self, lines: &[Line], from: (usize, usize)) {
        self.hits.clear();
        self.at = 0;
        if self.query.is_empty() {
            return;
        }
        for (index, line) in lines.iter().enumerate() {
            let more = found(&line.text, &self.query).map(|it| (index, it));
            self.hits.extend(more.take(MOST_HITS - self.hits.len()));
            if self.hits.len() >= MOST_HITS {
                break;
            }
        }
        let at = self.hits.partition_point(|it| (it.0, it.1.start) < from);
        self.at = if at < self.hits.len() { at } else { 0 };
    }
}

/// The places of a query in a text, none in another; the case of ASCII letters does not count.
fn found<'a>(text: &'a str, query: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let (bytes, wanted) = (text.as_bytes(), query.as_bytes());
    let mut next = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(next..)?;
        let mut windows = rest.windows(wanted.len().max(1));
        // bytes of UTF-8 match only where characters do
        let at = next + windows.position(|it| it.eq_ignore_ascii_case(wanted))?;
        next = at + wanted.len();
        Some(at..next)
    })
}

/// Draws the first rows of some lines: as many as an area has room for.
pub(crate) fn draw_lines(lines: &[Line], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut y = area.y;
    for line in lines {
        let mut rows = Vec::new();
        let columns = usize::from(area.width).max(1);
        wrap::words(&line.text, columns, |it| rows.push(it));
        for range in rows {
            if y >= area.bottom() {
                return;
            }
            draw_row(line, &range, theme, (area, y, &|_| None), buf);
            y += 1;
        }
    }
}

/// Draws a row of a line; `over` is laid over the look of a place.
fn draw_row(
    line: &Line,
    range: &Range<usize>,
    theme: &Theme,
    (area, y, over): (Rect, u16, &dyn Fn(usize) -> Option<Style>),
    buf: &mut Buffer,
) {
    let mut x = area.x;
    for (at, cluster) in line
        .text
        .get(range.clone())
        .unwrap_or("")
        .grapheme_indices(true)
    {
        let place = range.start + at;
        let look = line.look_at(place);
        let style = style(look, theme).patch(over(place).unwrap_or_default());
        let room = usize::from(area.right().saturating_sub(x));
        x = put(buf, (x, y), sign(cluster, look, theme), room, style);
    }
}

fn style(look: Look, theme: &Theme) -> Style {
    match look {
        Look::Plain => theme.text,
        Look::Dim => theme.dim,
        Look::Heading => theme.heading,
        Look::Special | Look::Picture => theme.fold,
        Look::Removed => theme.failure.patch(theme.strike),
        Look::Warning => theme.warning,
        Look::Failure => theme.failure,
        Look::Added | Look::Good => theme.success,
    }
}

/// What is drawn for the brackets of a picture where there is only ASCII.
fn sign<'a>(cluster: &'a str, look: Look, theme: &Theme) -> &'a str {
    match cluster {
        "⟦" if look == Look::Picture && theme.symbols.user.is_ascii() => "[",
        "⟧" if look == Look::Picture && theme.symbols.user.is_ascii() => "]",
        _ => cluster,
    }
}
