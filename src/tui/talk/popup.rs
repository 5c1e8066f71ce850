//! The list of actions and a token's table in, boxes over the conversation out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Talk;
use super::message::Message;
use super::tint;
use super::wrap;
use crate::tui::theme::Theme;

/// Draws an empty box with a title at the top, and says what is inside of it.
fn frame(area: Rect, title: &str, theme: &Theme, buf: &mut Buffer) -> Rect {
    for position in area.positions() {
        buf[position].reset();
    }
    buf.set_style(area, theme.text);
    let [top_left, top_right, bottom_left, bottom_right, across, down] = theme.symbols.frame;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let inner = usize::from(area.width - 2);
    let rule = across.repeat(inner);
    for (y, left, end) in [
        (area.y, top_left, top_right),
        (bottom, bottom_left, bottom_right),
    ] {
        buf.set_stringn(area.x, y, left, 1, theme.border_focus);
        buf.set_stringn(area.x + 1, y, &rule, inner, theme.border_focus);
        buf.set_stringn(right, y, end, 1, theme.border_focus);
    }
    for y in area.y + 1..bottom {
        buf.set_stringn(area.x, y, down, 1, theme.border_focus);
        buf.set_stringn(right, y, down, 1, theme.border_focus);
    }
    let title = wrap::shorten(title, inner.saturating_sub(2), theme.symbols.ellipsis);
    if !title.is_empty() {
        buf.set_stringn(area.x + 1, area.y, format!(" {title} "), inner, theme.title);
    }
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

/// A box of this size beside a place of the pane: under it if there is room, else above it.
fn beside(area: Rect, at: (u16, u16), size: (u16, u16)) -> Option<Rect> {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    if width < 6 || height < 3 {
        return None;
    }
    let at = (at.0.min(area.width - width), at.1.min(area.height - 1));
    let below = at.1.saturating_add(1);
    let y = if below + height <= area.height {
        below
    } else if at.1 >= height {
        at.1 - height
    } else {
        area.height - height
    };
    Some(Rect::new(area.x + at.0, area.y + y, width, height))
}

/// The list of actions.
pub(super) fn menu(talk: &Talk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(menu) = &talk.menu else {
        return;
    };
    let row = talk.on_screen_line(menu.message, 0).unwrap_or(0);
    let rows = u16::try_from(menu.choices.len()).unwrap_or(u16::MAX);
    let size = (menu.width().saturating_add(4), rows.saturating_add(2));
    let Some(outer) = beside(area, (2, row), size) else {
        return;
    };
    let turn = talk.entries.get(menu.message).and_then(|it| it.turn);
    let title = turn.map_or(String::new(), |it| format!("#{it}"));
    let inner = frame(outer, &title, theme, buf);
    let from = (menu.at + 1).saturating_sub(usize::from(inner.height));
    for (y, (index, choice)) in
        (inner.y..inner.bottom()).zip(menu.choices.iter().enumerate().skip(from))
    {
        let is_here = index == menu.at;
        let line = Rect::new(inner.x, y, inner.width, 1);
        let (key, words) = if is_here {
            (theme.chosen, theme.chosen)
        } else {
            (theme.accent, theme.text)
        };
        buf.set_style(line, words);
        let mark = if is_here { theme.symbols.folded } else { " " };
        let most = usize::from(inner.width);
        let next = buf
            .set_stringn(inner.x, y, format!("{mark}{} ", choice.key), most, key)
            .0;
        let left = usize::from(inner.right().saturating_sub(next));
        let text = wrap::shorten(&choice.words, left, theme.symbols.ellipsis);
        buf.set_stringn(next, y, text, left, words);
    }
}

/// The table of a token.
pub(super) fn token(talk: &Talk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(looked) = &talk.looked else {
        return;
    };
    let answer = talk
        .entries
        .get(looked.message)
        .and_then(Message::as_answer);
    let Some((answer, token)) = answer.and_then(|it| Some((it, it.tokens().get(looked.token)?)))
    else {
        return;
    };
    let span = answer.token_span(looked.token).unwrap_or_default();
    let sheet = talk.entries.sheet(looked.message);
    let at = sheet.and_then(|it| it.place_of_source(span.start));
    let place = at
        .and_then(|it| talk.on_screen(looked.message, it))
        .unwrap_or((0, 0));
    let text = answer.text().get(span).unwrap_or("");
    let ranks = tint::ranks(text, token.logprob, &looked.top);
    let widest = ranks
        .iter()
        .map(|it| wrap::width(&it.word))
        .max()
        .unwrap_or(0)
        .min(24);
    let width = u16::try_from(widest + 2 + 9 + 1 + tint::BAR + 2).unwrap_or(u16::MAX);
    let height = u16::try_from(ranks.len() + 2).unwrap_or(u16::MAX);
    let Some(outer) = beside(area, place, (width, height)) else {
        return;
    };
    let title = format!("{}/{}", looked.token + 1, answer.tokens().len());
    let inner = frame(outer, &title, theme, buf);
    for (y, rank) in (inner.y..inner.bottom()).zip(&ranks) {
        let style = if rank.is_taken {
            theme.strong
        } else {
            Style::new()
        };
        let mark = if rank.is_taken {
            theme.symbols.folded
        } else {
            " "
        };
        let word = wrap::shorten(&rank.word, widest, theme.symbols.ellipsis);
        let pad = " ".repeat(widest - wrap::width(&word));
        let bar = theme.symbols.full.repeat(rank.bar);
        let row = format!("{mark} {word}{pad} {:>8} {bar}", rank.percent);
        buf.set_stringn(
            inner.x,
            y,
            row,
            usize::from(inner.width),
            theme.text.patch(style),
        );
    }
}
