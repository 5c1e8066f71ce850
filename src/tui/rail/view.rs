//! The rail in, cells out: rows with names, or three columns of marks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::rows::Head;
use super::{PartKind, Picture, Rail, Role, Row, Session};
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// Columns from which rows have names.
pub(super) const NAMED: u16 = 10;

/// What a row says.
struct Said {
    mark: &'static str,
    text: String,
    /// At the right end: the first that leaves room for the words, or none.
    notes: Vec<String>,
    style: Style,
}

impl Rail {
    /// Draws it. `has_keys` shows the chosen row.
    pub fn view(&self, has_keys: bool, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        buf.set_style(area, theme.text);
        if area.width < NAMED {
            self.folded(has_keys, theme, area, buf);
            return;
        }
        for (y, index) in (area.y..area.bottom()).zip(self.top..) {
            let Some(row) = self.row(index) else {
                break;
            };
            let said = self.said(row, theme, lang);
            let line = Rect {
                y,
                height: 1,
                ..area
            };
            let is_chosen = has_keys && index == self.at;
            draw(&said, is_chosen, line, theme, buf);
        }
        let right = area.right() - 1;
        if self.top > 0 {
            buf.set_stringn(right, area.y, theme.symbols.above, 1, theme.accent);
        }
        if self.top + usize::from(area.height) < self.n_rows() {
            let y = area.bottom() - 1;
            buf.set_stringn(right, y, theme.symbols.below, 1, theme.accent);
        }
    }

    fn said(&self, row: Row, theme: &Theme, lang: Lang) -> Said {
        let plain = |text: &str, style| Said {
            mark: " ",
            text: text.to_owned(),
            notes: Vec::new(),
            style,
        };
        match row {
            Row::Head(Head::Pictures) => plain(lang.pick("pictures", "图片"), theme.title),
            Row::Head(Head::Gap) => plain("", theme.text),
            Row::Head(Head::Sessions) => plain(lang.pick("sessions", "会话"), theme.title),
            Row::Open => plain(lang.pick("+ open a picture", "+ 打开图片"), theme.dim),
            Row::Browse => plain(lang.pick("all sessions", "所有会话"), theme.dim),
            Row::Picture(index) => {
                let picture = self.pictures.get(index);
                picture.map_or_else(
                    || plain("", theme.text),
                    |it| self.picture_said(index, it, theme, lang),
                )
            }
            Row::Parts => self.parts_said(theme, lang),
            Row::Part(index) => self.part_said(index, theme),
            Row::Session(index) => {
                let session = self.sessions.get(index);
                session.map_or_else(|| plain("", theme.text), |it| session_said(it, theme, lang))
            }
        }
    }

    fn picture_said(&self, index: usize, picture: &Picture, theme: &Theme, lang: Lang) -> Said {
        let slices = (picture.n_slices > 1).then(|| picture.n_slices.to_string());
        let notes = match (slices, picture.role) {
            (None, None) => Vec::new(),
            (Some(slices), None) => vec![slices],
            (slices, Some(role)) => {
                let (long, short) = match role {
                    Role::Prior => (lang.pick("prior", "既往"), lang.pick("p", "既")),
                    Role::Current => (lang.pick("current", "当前"), lang.pick("c", "当")),
                };
                let both = slices.map(|it| format!("{it} {long}"));
                let alone = [long.to_owned(), short.to_owned()];
                both.into_iter().chain(alone).collect()
            }
        };
        let (mark, style) = self.mark(index, theme);
        Said {
            mark,
            text: format!("{} {}", index + 1, picture.name),
            notes,
            style,
        }
    }

    /// The mark of a picture: in view, beside it, or neither.
    fn mark(&self, index: usize, theme: &Theme) -> (&'static str, Style) {
        match Some(index) {
            it if it == self.in_view => (theme.symbols.folded, theme.accent),
            it if it == self.second => (theme.symbols.beside, theme.accent),
            _ => (" ", theme.text),
        }
    }

    fn parts_said(&self, theme: &Theme, lang: Lang) -> Said {
        let (here, n, kind) = self.parts.as_ref().map_or((0, 0, PartKind::Slices), |it| {
            (
                it.here.saturating_add(1).min(it.names.len()),
                it.names.len(),
                it.kind,
            )
        });
        let words = match kind {
            PartKind::Series => lang.pick("series", "序列"),
            PartKind::Slices => lang.pick("slice", "层面"),
        };
        let sign = if self.is_unfolded {
            theme.symbols.unfolded
        } else {
            theme.symbols.folded
        };
        Said {
            mark: " ",
            text: format!("  {sign} {words} {here}/{n}"),
            notes: Vec::new(),
            style: theme.text,
        }
    }

    fn part_said(&self, index: usize, theme: &Theme) -> Said {
        let parts = self.parts.as_ref();
        let is_here = parts.is_some_and(|it| it.here == index);
        let name = parts.and_then(|it| it.names.get(index));
        let (sign, style) = if is_here {
            (theme.symbols.bullets[0], theme.accent)
        } else {
            (" ", theme.text)
        };
        Said {
            mark: " ",
            text: format!("    {sign} {}", name.map_or("", String::as_str)),
            notes: Vec::new(),
            style,
        }
    }

    /// Three columns: a mark, a number, a role.
    fn folded(&self, has_keys: bool, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let pictures = self.pictures.iter().enumerate().skip(self.folded_top());
        let last = area.bottom() - 1;
        for (y, (index, picture)) in (area.y..last).zip(pictures) {
            let (mark, style) = self.mark(index, theme);
            let role = match picture.role {
                None => " ",
                Some(Role::Prior) => "p",
                Some(Role::Current) => "c",
            };
            let number = (index + 1) % 10;
            let is_chosen = has_keys && self.chosen() == Row::Picture(index);
            let style = if is_chosen { theme.chosen } else { style };
            let text = format!("{mark}{number}{role}");
            buf.set_stringn(area.x, y, text, usize::from(area.width), style);
        }
        let sign = theme.symbols.folded;
        let style = if has_keys { theme.accent } else { theme.dim };
        let words = format!(" {sign}");
        buf.set_stringn(area.x, last, words, usize::from(area.width), style);
    }
}

fn session_said(session: &Session, theme: &Theme, lang: Lang) -> Said {
    let (mark, style) = if session.is_here {
        (theme.symbols.model, theme.accent)
    } else {
        (" ", theme.text)
    };
    let text = match session.title.as_str() {
        "" if session.is_here => lang.pick("this session", "本次会话").to_owned(),
        "" => lang.pick("without a name", "未命名").to_owned(),
        title => title.to_owned(),
    };
    Said {
        mark,
        text,
        notes: vec![session.note.clone()],
        style,
    }
}

/// Mark, words, and the note at the right end where ten cells are left for the words.
fn draw(said: &Said, is_chosen: bool, line: Rect, theme: &Theme, buf: &mut Buffer) {
    let (words, note) = if is_chosen {
        (theme.chosen, theme.chosen)
    } else {
        (said.style, theme.dim)
    };
    if is_chosen {
        buf.set_style(line, theme.chosen);
    }
    // One cell at each end: the mark, and where the signs of more rows stand.
    let room = usize::from(line.width).saturating_sub(2);
    let note_room = room.saturating_sub(wrap::width(&said.text).min(10) + 1);
    let fits = |it: &&String| !it.is_empty() && wrap::width(it) <= note_room;
    let note_text = said.notes.iter().find(fits).map_or("", String::as_str);
    let has_note = !note_text.is_empty();
    let left = room.saturating_sub(wrap::width(note_text) + usize::from(has_note));
    let text = wrap::shorten(&said.text, left, theme.symbols.ellipsis);
    let text = format!("{}{text}", said.mark);
    buf.set_stringn(line.x, line.y, text, left + 1, words);
    if has_note {
        let wide = u16::try_from(wrap::width(note_text)).unwrap_or(line.width);
        let x = line.right().saturating_sub(1).saturating_sub(wide);
        buf.set_stringn(x, line.y, note_text, usize::from(wide), note);
    }
}
