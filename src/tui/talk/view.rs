//! The pane's state in, cells out: the messages on the screen, the search's line, the list of actions, a token's table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Talk;
use super::message::{Body, Level, Message};
use super::popup;
use super::search::Search;
use super::sheet::{Face, Kind, Lead, Line, Piece, Row, Shape, Sheet, lead_width, spread};
use super::tint;
use super::wrap;
use crate::tui::theme::Theme;

/// Columns left of the text: the sign of who speaks, and a blank.
pub(super) const LEFT: u16 = 2;

/// Columns right of it: room for the caret, and the mark of where the screen is.
const RIGHT: u16 = 2;

/// The narrowest pane that has the columns on the right.
const ROOMY: u16 = 20;

/// Columns of text in a pane.
pub(super) fn content_width(width: u16) -> u16 {
    let right = if width < ROOMY { 0 } else { RIGHT };
    width.saturating_sub(LEFT + right).max(1)
}

impl Talk {
    /// Draws the pane; where the cursor belongs, if it is here.
    pub fn view(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        buf.set_style(area, theme.text);
        let mut painter = Painter {
            talk: self,
            theme,
            area,
            buf,
        };
        let rows = area.height.saturating_sub(u16::from(self.search.is_some()));
        painter.messages(rows);
        painter.thumb(rows);
        painter.hint(rows);
        let cursor = self.search.as_ref().and_then(|it| painter.search(it));
        popup::menu(self, theme, area, buf);
        popup::token(self, theme, area, buf);
        cursor
    }

    /// Where a place of a message's text is on the screen: column and row of the pane.
    pub(super) fn on_screen(&self, message: usize, at: usize) -> Option<(u16, u16)> {
        let (row, column) = self.entries.sheet(message)?.place(at)?;
        let mut y = 0;
        for index in self.scroll.top..message {
            y += self.entries.sheet(index)?.rows().len();
        }
        let y = (y + row).checked_sub(self.scroll.row)?;
        Some((column.saturating_add(LEFT), u16::try_from(y).ok()?))
    }
}

struct Painter<'a> {
    talk: &'a Talk,
    theme: &'a Theme,
    area: Rect,
    buf: &'a mut Buffer,
}

impl Painter<'_> {
    fn messages(&mut self, rows: u16) {
        let scroll = self.talk.scroll;
        let entries = &self.talk.entries;
        let (mut y, mut skip) = (0, scroll.row);
        for index in scroll.top..entries.len() {
            let (Some(sheet), Some(message)) = (entries.sheet(index), entries.get(index)) else {
                return;
            };
            let seen = sheet
                .rows()
                .iter()
                .enumerate()
                .skip(std::mem::take(&mut skip));
            for (at, row) in seen.take(usize::from(rows - y)) {
                self.gutter(index, message, at, at + 1 == sheet.rows().len(), y);
                Rows::new(self, index, message, sheet).row(row, y);
                y += 1;
            }
            if entries.live() == Some(index) {
                self.caret(index, sheet, rows);
            }
            if y == rows {
                return;
            }
        }
    }

    /// Text at a column and row of the pane, cut at its right edge.
    fn put(&mut self, x: u16, y: u16, text: &str, style: Style) {
        if x < self.area.width && y < self.area.height {
            let most = usize::from(self.area.width - x);
            self.buf
                .set_stringn(self.area.x + x, self.area.y + y, text, most, style);
        }
    }

    /// The sign of who speaks, or the mark of what is chosen.
    fn gutter(&mut self, index: usize, message: &Message, at: usize, is_last: bool, y: u16) {
        let signs = &self.theme.symbols;
        let is_chosen = self.talk.chosen == Some(index) && !is_last;
        let (sign, style) = match &message.body {
            Body::Question(_) => (signs.user, self.theme.user),
            Body::Answer(_) => (signs.model, self.theme.accent),
            Body::Picture(_) => (signs.picture, self.theme.accent),
            Body::Remark(Level::Plain, _) => (signs.remark, self.theme.remark),
            Body::Remark(Level::Dropped, _) => (signs.dropped, self.theme.warning),
            Body::Remark(Level::Warning, _) => (signs.warning, self.theme.warning),
            Body::Remark(Level::Failure, _) => (signs.failure, self.theme.failure),
        };
        match (at, is_chosen) {
            (0, true) => self.put(0, y, sign, style.patch(self.theme.chosen)),
            (0, false) => self.put(0, y, sign, style),
            (_, true) => self.put(0, y, signs.bar, self.theme.chosen_mark),
            (_, false) => {}
        }
    }

    /// The mark of where the screen is in the whole.
    fn thumb(&mut self, rows: u16) {
        if self.area.width < ROOMY || rows < 3 {
            return;
        }
        let entries = &self.talk.entries;
        let (mut above, mut total) = (0, 0);
        for index in 0..entries.len() {
            if index == self.talk.scroll.top {
                above = total + self.talk.scroll.row;
            }
            total += entries.guess(index);
        }
        let rows_u = usize::from(rows);
        if total <= rows_u + 1 {
            return;
        }
        let size = (rows_u * rows_u / total).max(1);
        let room = rows_u - size;
        let hidden = (total - 1).saturating_sub(rows_u).max(1);
        let from = if self.talk.scroll.follows {
            room
        } else {
            (above * room / hidden).min(room)
        };
        let x = self.area.width - 1;
        for y in 0..rows {
            let is_thumb = (from..from + size).contains(&usize::from(y));
            let sign = if is_thumb {
                self.theme.symbols.thumb
            } else {
                self.theme.symbols.track
            };
            self.put(x, y, sign, self.theme.dim);
        }
    }

    /// Says that text came below.
    fn hint(&mut self, rows: u16) {
        let scroll = self.talk.scroll;
        if scroll.follows || rows == 0 {
            return;
        }
        let lang = self.talk.entries.lang();
        let sign = self.theme.symbols.below;
        let words = if scroll.has_unseen {
            format!(" {sign} {} ", lang.pick("new text below", "下方有新内容"))
        } else {
            format!(" {sign} ")
        };
        let width = u16::try_from(wrap::width(&words)).unwrap_or(u16::MAX);
        let x = self.area.width.saturating_sub(RIGHT).saturating_sub(width);
        let style = if scroll.has_unseen {
            self.theme.chosen
        } else {
            self.theme.dim
        };
        self.put(x, rows - 1, &words, style);
    }

    /// The mark of where the next token will come.
    fn caret(&mut self, index: usize, sheet: &Sheet, rows: u16) {
        // The message's last line is the empty one after it.
        let Some(line) = sheet
            .lines()
            .len()
            .checked_sub(2)
            .and_then(|it| sheet.lines().get(it))
        else {
            return;
        };
        let place = self.talk.on_screen(index, line.span.end);
        let empty = || {
            let start = self.talk.on_screen_line(index, sheet.lines().len() - 2)?;
            Some((
                LEFT + lead_width(&line.leads, self.talk.entries.look().width),
                start,
            ))
        };
        let Some((x, y)) = place.or_else(empty) else {
            return;
        };
        if y < rows && !matches!(line.leads.first(), Some(Lead::Fold(_))) {
            let x = x.min(self.area.width.saturating_sub(1));
            // In the text's own style: a colour would be a third of what a token costs on the wire.
            self.put(x, y, self.theme.symbols.caret, self.theme.text);
        }
    }

    /// The search's line; where the cursor is while the query is typed.
    fn search(&mut self, search: &Search) -> Option<Position> {
        let y = self.area.height - 1;
        let (here, total) = search.count();
        let more = if search.is_done() {
            ""
        } else {
            self.theme.symbols.ellipsis
        };
        let lang = self.talk.entries.lang();
        let count = match (here, search.query().is_empty()) {
            (_, true) => String::new(),
            (Some(here), _) => format!("{here}/{total}{more}"),
            (None, _) if search.is_done() => lang.pick("not found", "未找到").to_owned(),
            (None, _) => more.to_owned(),
        };
        let room = usize::from(self.area.width).saturating_sub(wrap::width(&count) + 3);
        // Of a long query the end is seen.
        let mut query = search.query();
        while wrap::width(query) > room {
            let first = query.graphemes(true).next().map_or(query.len(), str::len);
            query = &query[first..];
        }
        self.put(0, y, "/", self.theme.accent);
        self.put(1, y, query, self.theme.text);
        let x = 1 + u16::try_from(wrap::width(query)).unwrap_or(0);
        self.put(x.saturating_add(2), y, &count, self.theme.dim);
        let cursor = Position::new(self.area.x + x.min(self.area.width - 1), self.area.y + y);
        search.is_typing.then_some(cursor)
    }
}

impl Talk {
    /// The row of the pane where a line of a message begins.
    pub(super) fn on_screen_line(&self, message: usize, line: usize) -> Option<u16> {
        let row = self
            .entries
            .sheet(message)?
            .rows()
            .iter()
            .position(|it| it.line == line)?;
        let mut y = row;
        for index in self.scroll.top..message {
            y += self.entries.sheet(index)?.rows().len();
        }
        u16::try_from(y.checked_sub(self.scroll.row)?).ok()
    }
}

/// The rows of one message.
struct Rows<'a, 'b> {
    painter: &'a mut Painter<'b>,
    message: &'a Message,
    sheet: &'a Sheet,
    hits: &'a [std::ops::Range<usize>],
    here: Option<&'a std::ops::Range<usize>>,
    looked: Option<std::ops::Range<usize>>,
}

impl<'a, 'b> Rows<'a, 'b> {
    fn new(
        painter: &'a mut Painter<'b>,
        index: usize,
        message: &'a Message,
        sheet: &'a Sheet,
    ) -> Self
    where
        'b: 'a,
    {
        let talk = painter.talk;
        let search = talk.search.as_ref();
        let here = search
            .and_then(Search::here)
            .filter(|it| it.0 == index)
            .map(|it| it.1);
        let looked = talk.looked.as_ref().filter(|it| it.message == index);
        let looked = looked.and_then(|it| message.as_answer()?.token_span(it.token));
        Self {
            painter,
            message,
            sheet,
            hits: search.map_or(&[], |it| it.hits(index)),
            here,
            looked,
        }
    }

    fn row(&mut self, row: &Row, y: u16) {
        let Some(line) = self.sheet.lines().get(row.line) else {
            return;
        };
        self.leads(line, row.is_first, y);
        match &line.shape {
            Shape::Rule => self.rule(line, y),
            Shape::HeadRule(columns) => {
                let width = self.painter.talk.entries.look().width;
                let lead = lead_width(&line.leads, width);
                let room = usize::from(width.saturating_sub(lead));
                for (x, width) in spread(columns, room, lead) {
                    let rule = self.painter.theme.symbols.rule.repeat(width);
                    self.painter.put(
                        LEFT.saturating_add(x),
                        y,
                        &rule,
                        self.painter.theme.furniture,
                    );
                }
            }
            Shape::Words | Shape::Code | Shape::Cells(..) => {
                for piece in self.sheet.pieces(row) {
                    self.piece(piece, y);
                }
            }
        }
    }

    fn rule(&mut self, line: &Line, y: u16) {
        let width = self.painter.talk.entries.look().width;
        let lead = lead_width(&line.leads, width);
        let rule = self
            .painter
            .theme
            .symbols
            .rule
            .repeat(usize::from(width - lead));
        self.painter
            .put(LEFT + lead, y, &rule, self.painter.theme.furniture);
    }

    fn leads(&mut self, line: &Line, is_first: bool, y: u16) {
        let most = lead_width(&line.leads, self.painter.talk.entries.look().width);
        let mut x = 0;
        for lead in &line.leads {
            let lead = if is_first { *lead } else { lead.after() };
            let (text, style) = lead_text(lead, self.painter.theme);
            let text = wrap::clip(&text, usize::from(most - x));
            self.painter.put(LEFT + x, y, text, style);
            x = x.saturating_add(lead.width()).min(most);
        }
    }

    /// A piece of text, character by character, as each looks.
    fn piece(&mut self, piece: &Piece, y: u16) {
        let Some(text) = self.sheet.text().get(piece.span.clone()) else {
            return;
        };
        let area = self.painter.area;
        let mut x = LEFT.saturating_add(piece.x);
        let mut stretch = Stretch::default();
        for (at, cluster) in text.grapheme_indices(true) {
            let (sign, wide) = wrap::glyph(cluster);
            if x.saturating_add(wide) > area.width {
                return;
            }
            if wide == 0 {
                continue;
            }
            let at = piece.span.start + at;
            if at >= stretch.end {
                stretch = self.stretch(at);
            }
            // A terminal may not be told of the second half of a wide character.
            let (left, top) = (area.x + x, area.y + y);
            self.painter.buf[(left, top)]
                .set_symbol(sign)
                .set_style(stretch.style);
            for more in 1..wide {
                self.painter.buf[(left + more, top)].reset();
                self.painter.buf[(left + more, top)].set_style(stretch.style);
            }
            x += wide;
        }
    }

    /// How the text looks at a place, and to where.
    fn stretch(&self, at: usize) -> Stretch {
        let runs = self.sheet.runs();
        let Some((index, run)) = self
            .sheet
            .run_at(at)
            .and_then(|it| Some((it, runs.get(it)?)))
        else {
            return Stretch::default();
        };
        let theme = self.painter.theme;
        let mut stretch = Stretch {
            style: face_style(run.face, theme),
            end: runs.get(index + 1).map_or(usize::MAX, |it| it.at),
        };
        if self.message.is_undone && run.source.is_some() {
            stretch.style = stretch.style.patch(theme.undone);
        }
        if let Some(source) = run.source.filter(|_| self.painter.talk.is_tinted) {
            self.tint(source + (at - run.at), at, &mut stretch);
        }
        let next = self.hits.partition_point(|it| it.end <= at);
        match self.hits.get(next) {
            Some(hit) if hit.start <= at => {
                let is_here = self.here == Some(hit);
                let style = if is_here { theme.hit_here } else { theme.hit };
                stretch.lay(style, hit.end);
            }
            Some(hit) => stretch.end = stretch.end.min(hit.start),
            None => {}
        }
        stretch
    }

    /// Lays a token's tint over the text at a place that stands at `source`.
    fn tint(&self, source: usize, at: usize, stretch: &mut Stretch) {
        let Some(answer) = self.message.as_answer() else {
            return;
        };
        let token = answer.token_at(source);
        let found = token.and_then(|it| Some((answer.tokens().get(it)?, answer.token_span(it)?)));
        let Some((token, span)) = found else {
            return;
        };
        let theme = self.painter.theme;
        stretch.lay(
            theme.tint[tint::level(token.logprob)],
            at + (span.end - source),
        );
        if self.looked.as_ref() == Some(&span) {
            stretch.style = stretch.style.patch(theme.token_here);
        }
    }
}

/// A stretch of text that looks the same.
#[derive(Default)]
struct Stretch {
    style: Style,
    end: usize,
}

impl Stretch {
    /// Lays a style over it, as far as that goes.
    fn lay(&mut self, style: Style, end: usize) {
        self.style = self.style.patch(style);
        self.end = self.end.min(end);
    }
}

/// How a face looks in a theme.
pub(super) fn face_style(face: Face, theme: &Theme) -> Style {
    let mut style = match face.kind {
        Kind::Text => theme.text,
        Kind::User => theme.user,
        Kind::Thinking => theme.thinking,
        Kind::Heading => theme.heading,
        Kind::Code => theme.code,
        Kind::Link => theme.link,
        Kind::Furniture => theme.furniture,
        Kind::Key => theme.key,
        Kind::String => theme.string,
        Kind::Number => theme.number,
        Kind::Dim => theme.dim,
        Kind::Remark => theme.remark,
        Kind::Warning => theme.warning,
        Kind::Failure => theme.failure,
    };
    for (is_on, more) in [
        (face.strong, theme.strong),
        (face.emphasis, theme.emphasis),
        (face.strike, theme.strike),
    ] {
        if is_on {
            style = style.patch(more);
        }
    }
    style
}

/// What is drawn for a lead.
pub(super) fn lead_text(lead: Lead, theme: &Theme) -> (String, Style) {
    let signs = &theme.symbols;
    match lead {
        Lead::Indent(width) => (" ".repeat(usize::from(width)), theme.text),
        Lead::Bullet(depth) => {
            let bullet = signs.bullets[depth % signs.bullets.len()];
            (format!("{bullet} "), theme.furniture)
        }
        Lead::Number(number, after) => (format!("{number}{after} "), theme.furniture),
        Lead::Quote | Lead::Code => (format!("{} ", signs.beside), theme.furniture),
        Lead::Json(None) => (format!("   {} ", signs.beside), theme.furniture),
        Lead::Json(Some((first, last))) => {
            let numbers = match (first, last) {
                _ if first == last => format!("{first}"),
                (1..=9, 1..=9) => format!("{first}-{last}"),
                _ => format!("{first}+"),
            };
            (format!("{numbers:>3}{} ", signs.beside), theme.box_number)
        }
        Lead::Fold(is_open) => {
            let sign = if is_open {
                signs.unfolded
            } else {
                signs.folded
            };
            (format!("{sign} "), theme.accent)
        }
    }
}
