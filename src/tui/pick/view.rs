//! A picker's state in, cells and the cursor out: what is typed, the rows that are seen, the preview, the last line.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::Picker;
use super::fuzzy::{Fitter, Which};
use super::item::Item;
use super::list::{List, Row};
use super::msg::Act;
use super::paint;
use super::places::Places;
use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

/// The narrowest list that shows more than names.
const ROOMY: u16 = 34;

impl Picker {
    /// Draws it over an area; where the cursor belongs, if something is typed.
    pub fn view(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        let places = Places::of(area, self.subject.has_preview());
        if places.outer.is_empty() {
            return None;
        }
        for position in places.outer.positions() {
            buf[position].reset();
        }
        buf.set_style(places.outer, theme.text);
        if places.has_frame {
            let title = self.subject.title(self.lang);
            paint::frame(places.outer, &title, theme, buf);
        }
        let at_query = self.query(places.query, theme, buf);
        let at_field = self
            .form
            .as_ref()
            .and_then(|it| paint::form(it, places.list, self.lang, theme, buf));
        if self.form.is_none() {
            self.rows(places.list, theme, buf);
        }
        self.preview(&places, theme, buf);
        self.foot(&places, theme, buf);
        match (&self.form, &self.asked) {
            (_, Some(_)) => None,
            (Some(_), None) => at_field,
            (None, None) => at_query.filter(|_| self.is_typing),
        }
    }

    /// Draws what is typed, and how many items fit; where the caret is.
    fn query(&self, area: Rect, theme: &Theme, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let list = self.list();
        let more = if list.is_waiting {
            theme.symbols.ellipsis
        } else {
            ""
        };
        let count = match (list.typed().is_empty(), list.items().len()) {
            (true, n) => format!(" {n}{more}"),
            (false, n) => format!(" {}/{n}{more}", list.n_fitting()),
        };
        let n_count = u16::try_from(wrap::width(&count)).unwrap_or(u16::MAX);
        let has_count = area.width >= n_count.saturating_add(12);
        if has_count {
            let x = area.right() - n_count;
            buf.set_stringn(x, area.y, &count, usize::from(n_count), theme.dim);
        }
        let room = area.width - if has_count { n_count } else { 0 };
        let sign = if self.is_typing {
            theme.user
        } else {
            theme.dim
        };
        let lead = room.min(2);
        buf.set_stringn(area.x, area.y, theme.symbols.user, usize::from(lead), sign);
        let rest = Rect {
            x: area.x + lead,
            width: room - lead,
            ..area
        };
        let text = list.typed();
        if text.is_empty() {
            let hint = self.hint();
            paint::line(rest, &hint, theme.placeholder, theme, buf);
        }
        let columns = usize::from(rest.width);
        let (start, column) = paint::window(text, list.editor.caret(), columns);
        paint::line(rest, &text[start..], theme.text, theme, buf);
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        let x = rest.x.saturating_add(column).min(area.right() - 1);
        Some(Position::new(x, area.y))
    }

    fn hint(&self) -> String {
        let hint = self.subject.hint(self.lang);
        match self.key_of(Act::Switch) {
            key if self.takes_text() || key.is_empty() => hint,
            key => format!("{key}: {hint}"),
        }
    }

    fn rows(&self, area: Rect, theme: &Theme, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let list = self.list();
        let (at, top) = list.place();
        if list.rows().is_empty() {
            let words = if list.is_waiting {
                self.lang.pick("one moment", "请稍候").to_owned()
            } else if list.items().is_empty() || list.typed().is_empty() {
                self.subject.nothing(self.lang)
            } else {
                self.lang.pick("nothing fits", "没有匹配项").to_owned()
            };
            let below = Rect {
                x: area.x + area.width.min(2),
                width: area.width.saturating_sub(2),
                ..area
            };
            paint::line(below, &words, theme.dim, theme, buf);
            return;
        }
        // a screen that is lower than the list knows still shows what is chosen
        let height = usize::from(area.height);
        let top = top.clamp((at + 1).saturating_sub(height), at);
        let seen = list.rows().iter().enumerate().skip(top).take(height);
        let has_bar = list.rows().len() > height && area.width >= ROOMY;
        let area_of_rows = Rect {
            width: area.width - u16::from(has_bar),
            ..area
        };
        let mut painter = Painter::new(self, area_of_rows, theme, top);
        for (y, (index, row)) in (area.y..).zip(seen) {
            painter.row(*row, y, index == at, buf);
        }
        if has_bar {
            bar(area, top, list.rows().len(), theme, buf);
        }
    }

    fn preview(&self, places: &Places, theme: &Theme, buf: &mut Buffer) {
        if places.preview.is_empty() {
            return;
        }
        paint::divider(places.divider, theme, buf);
        let (above, lines, top) = self.preview_parts();
        let lines = above.iter().chain(lines).skip(top);
        paint::lines(places.preview, lines, theme, buf);
    }

    /// The last line: what is asked, what was said, why not, or what keys do.
    fn foot(&self, places: &Places, theme: &Theme, buf: &mut Buffer) {
        let is_said = self.asked.is_some() || !self.said.is_empty();
        // where there is no last line, what must be seen stands where is typed
        let area = match places.foot.is_empty() {
            false => places.foot,
            true if is_said => places.query,
            true => return,
        };
        let why_not = self.list().chosen().and_then(|it| it.why_not.as_deref());
        let (words, style) = match (&self.asked, self.said.as_str(), why_not) {
            (Some((question, _)), ..) => {
                let (yes, no) = (self.key_of(Act::Yes), self.key_of(Act::No));
                (format!("{yes}/{no}: {question}"), theme.warning)
            }
            (None, "", None) => (self.keys(), theme.dim),
            (None, "", Some(_)) if self.form.is_some() => (self.keys(), theme.dim),
            (None, "", Some(why)) => (format!("{} {why}", theme.symbols.warning), theme.warning),
            (None, said, _) => (format!("{} {said}", theme.symbols.remark), theme.warning),
        };
        if places.foot.is_empty() {
            buf.set_stringn(
                area.x,
                area.y,
                " ".repeat(area.width.into()),
                area.width.into(),
                theme.text,
            );
        }
        paint::line(area, &words, style, theme, buf);
    }

    /// What keys do.
    fn keys(&self) -> String {
        let (lang, mut words) = (self.lang, String::new());
        let acts = match &self.form {
            None => self.subject.acts(lang),
            Some(form) => {
                let values = form.fields().get(form.at()).map(|it| it.values.len());
                let mut acts = vec![(Act::Enter, lang.pick("done", "完成"))];
                if form.fields().len() > 1 {
                    acts.push((Act::Switch, lang.pick("next field", "下一栏")));
                }
                if values.is_some_and(|it| it > 0) {
                    acts.push((Act::NextValue, lang.pick("next value", "下一个值")));
                }
                acts
            }
        };
        for (act, what) in acts {
            let key = self.key_of(act);
            let is_typing_now = act == Act::Switch && self.form.is_none() && self.is_typing;
            if !(key.is_empty() || is_typing_now) {
                write!(words, "{key} {what}  ").expect("a String takes every write");
            }
        }
        words + "esc " + lang.pick("leave", "离开")
    }
}

/// The mark of where the screen is in the whole.
fn bar(area: Rect, top: usize, n_rows: usize, theme: &Theme, buf: &mut Buffer) {
    let height = usize::from(area.height);
    let size = (height * height / n_rows).max(1);
    let hidden = n_rows.saturating_sub(height).max(1);
    let from = (top * (height - size) / hidden).min(height - size);
    for (number, y) in (area.y..area.bottom()).enumerate() {
        let is_thumb = (from..from + size).contains(&number);
        let sign = if is_thumb {
            theme.symbols.thumb
        } else {
            theme.symbols.track
        };
        buf.set_stringn(area.right() - 1, y, sign, 1, theme.dim);
    }
}

/// The rows that are seen.
struct Painter<'a> {
    picker: &'a Picker,
    list: &'a List,
    area: Rect,
    theme: &'a Theme,
    /// Columns of names.
    names: u16,
    /// Where something is typed that can be marked in what fits.
    fitter: Option<Fitter>,
}

impl<'a> Painter<'a> {
    fn new(picker: &'a Picker, area: Rect, theme: &'a Theme, top: usize) -> Self {
        let list = picker.list();
        let seen = list.rows().iter().skip(top).take(usize::from(area.height));
        let items = seen.filter_map(|it| match it {
            Row::Item(index) => list.items().get(*index),
            Row::Heading(_) | Row::Typed => None,
        });
        let widest = items.map(|it| wrap::width(&it.name)).max().unwrap_or(0);
        let widest = u16::try_from(widest).unwrap_or(u16::MAX);
        Self {
            picker,
            list,
            area,
            theme,
            names: widest.min(area.width / 2),
            fitter: (!list.query().is_empty()).then(Fitter::new),
        }
    }

    fn row(&mut self, row: Row, y: u16, is_here: bool, buf: &mut Buffer) {
        let line = Rect {
            y,
            height: 1,
            ..self.area
        };
        let chosen = if is_here {
            self.theme.chosen
        } else {
            Style::new()
        };
        buf.set_style(line, chosen);
        match row {
            Row::Heading(number) => {
                let words = self.list.heading(number);
                paint::line(line, words, self.theme.heading, self.theme, buf);
            }
            Row::Typed => {
                let words = match self.picker.lang {
                    Lang::En => format!("as typed: {}", self.list.typed().trim()),
                    Lang::Zh => format!("按所输入：{}", self.list.typed().trim()),
                };
                let style = self.theme.text.patch(chosen);
                let rest = self.lead(line, is_here, None, style, buf);
                paint::line(rest, &words, style, self.theme, buf);
            }
            Row::Item(index) => {
                if let Some(item) = self.list.items().get(index) {
                    self.item(item, line, is_here, chosen, buf);
                }
            }
        }
    }

    /// The signs before a row; what is left of it.
    fn lead(
        &self,
        line: Rect,
        is_here: bool,
        key: Option<&str>,
        style: Style,
        buf: &mut Buffer,
    ) -> Rect {
        let symbols = &self.theme.symbols;
        let here = if is_here { symbols.folded } else { " " };
        let marked = key.and_then(|it| self.picker.subject.is_marked(it));
        let signs = match marked {
            None => format!("{here} "),
            Some(false) => format!("{here}  "),
            Some(true) => format!("{here}* "),
        };
        let used = paint::line(line, &signs, style, self.theme, buf);
        Rect {
            x: line.x + used,
            width: line.width - used,
            ..line
        }
    }

    fn item(&mut self, item: &Item, line: Rect, is_here: bool, chosen: Style, buf: &mut Buffer) {
        let theme = self.theme;
        let is_off = item.why_not.is_some();
        let base = if is_off { theme.dim } else { theme.text };
        let style = base.patch(chosen);
        let rest = self.lead(line, is_here, Some(&item.key), style, buf);
        let is_roomy = line.width >= ROOMY;
        let keys = self.keys(item, rest, chosen, is_roomy, buf);
        let room = rest.width.saturating_sub(keys);
        let has_about = is_roomy && !(item.about.is_empty() && item.found.is_empty());
        let most = if has_about {
            self.names.min(room)
        } else {
            room
        };
        let marks = self.marks(item, Which::Name);
        let hit = style.patch(theme.hit);
        let looks = |number: usize| match marks.binary_search(&number) {
            Ok(_) => hit,
            Err(_) => style,
        };
        paint::text((rest.x, rest.y), most, &item.name, theme, buf, looks);
        let used = most.saturating_add(2);
        if has_about && used < room {
            let rest = Rect {
                x: rest.x + used,
                width: room - used,
                ..rest
            };
            self.about(item, rest, chosen, buf);
        }
    }

    /// What stands at the right edge; how many columns it takes, blanks before it included.
    fn keys(
        &self,
        item: &Item,
        rest: Rect,
        chosen: Style,
        is_roomy: bool,
        buf: &mut Buffer,
    ) -> u16 {
        let width = u16::try_from(wrap::width(&item.keys)).unwrap_or(u16::MAX);
        // of a narrow row a name needs half
        if width == 0 || width > rest.width / 2 || !is_roomy {
            return 0;
        }
        let style = self.theme.accent.patch(chosen);
        let at = (rest.right() - width, rest.y);
        paint::text(at, width, &item.keys, self.theme, buf, |_| style);
        width.saturating_add(2)
    }

    fn about(&mut self, item: &Item, area: Rect, chosen: Style, buf: &mut Buffer) {
        let theme = self.theme;
        let style = theme.dim.patch(chosen);
        let hit = theme.text.patch(chosen).patch(theme.hit);
        if item.found.is_empty() {
            let marks = self.marks(item, Which::About);
            let looks = |number: usize| match marks.binary_search(&number) {
                Ok(_) => hit,
                Err(_) => style,
            };
            paint::text((area.x, area.y), area.width, &item.about, theme, buf, looks);
            return;
        }
        let mut rest = area;
        for (words, is_hit) in &item.found {
            let style = if *is_hit { hit } else { style };
            let used = paint::line(rest, words, style, theme, buf);
            rest.x += used;
            rest.width -= used;
        }
    }

    fn marks(&mut self, item: &Item, which: Which) -> Vec<usize> {
        let query = self.list.query();
        let fitter = self.fitter.as_mut();
        fitter.map_or_else(Vec::new, |it| it.marks(query, item, which))
    }
}
