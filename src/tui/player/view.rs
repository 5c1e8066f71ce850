//! A session that is played in, one line out: what it does, a bar with the turns marked, where it is, and how fast.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::settings::Lang;
use crate::tui::talk::wrap;
use crate::tui::theme::Theme;

use super::{Player, State};

/// The narrowest bar that is worth drawing.
const NARROWEST: usize = 8;

impl Player {
    /// Draws it on the first row of an area.
    pub fn view(&self, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let line = Rect { height: 1, ..area };
        buf.set_style(line, theme.text);
        let room = usize::from(area.width);
        let (word, style) = self.word(theme, lang);
        let mut x = put(buf, (area.x, area.y), word, area.right(), style);
        let parts = self.parts(lang);
        // What does not fit is left out from the end; the bar has what is left.
        let mut shown = Vec::new();
        let mut left = room.saturating_sub(wrap::width(word));
        for part in parts.into_iter().filter(|it| !it.is_empty()) {
            let wide = wrap::width(&part) + 2;
            if wide > left {
                break;
            }
            left -= wide;
            shown.push(part);
        }
        let bar = left.saturating_sub(1);
        if bar >= NARROWEST {
            self.bar(bar, (x.saturating_add(1), area.y), theme, buf);
            x = x.saturating_add(1 + cells(bar));
        }
        for part in shown {
            x = put(
                buf,
                (x.saturating_add(2), area.y),
                &part,
                area.right(),
                theme.text,
            );
        }
    }

    fn word(&self, theme: &Theme, lang: Lang) -> (&'static str, Style) {
        match self.state() {
            State::Playing => (lang.pick("playing", "播放"), theme.accent),
            State::Paused => (lang.pick("paused", "暂停"), theme.warning),
            State::Seeking => (lang.pick("seeking", "定位"), theme.dim),
            State::Over => (lang.pick("over", "结束"), theme.success),
            State::Damaged => (lang.pick("damaged", "损坏"), theme.failure),
        }
    }

    /// Where it is and how fast, the most important first.
    fn parts(&self, lang: Lang) -> [String; 4] {
        let (turn, turns) = self.turn();
        let turn = match (turns, lang) {
            (None, _) => String::new(),
            (Some(turns), Lang::En) => format!("turn {turn}/{turns}"),
            (Some(turns), Lang::Zh) => format!("第 {turn}/{turns} 问"),
        };
        let (done, total) = self.seconds();
        let time = match total {
            None => clock(done),
            Some(total) => format!("{}/{}", clock(done), clock(total)),
        };
        let gap = self.longest_pause();
        let gap = match lang {
            Lang::En => format!("pauses up to {gap} s"),
            Lang::Zh => format!("停顿至多 {gap} 秒"),
        };
        [turn, time, format!("{}x", self.speed()), gap]
    }

    /// How far it is, in cells; a turn's question is marked where it stands.
    fn bar(&self, width: usize, (x, y): (u16, u16), theme: &Theme, buf: &mut Buffer) {
        let signs = &theme.symbols;
        let place = |share: f64| cell(share, width);
        let (done, total) = self.seconds();
        let records = self.marks.as_ref().map_or(0, |it| it.records);
        let share = |seconds: f64, record: usize| match total {
            Some(total) if total > 0.0 => seconds / total,
            _ if records > 0 => record as f64 / records as f64,
            _ => 0.0,
        };
        let full = place(share(done, self.at));
        let mut row: Vec<(&str, Style)> = (0..width)
            .map(|it| {
                if it < full {
                    (signs.full, theme.accent)
                } else {
                    (signs.rule, theme.dim)
                }
            })
            .collect();
        let turns = self.marks.as_ref().map_or(&[][..], |it| &it.turns);
        // so many that no two could be told apart are none
        let turns = Some(turns).filter(|it| it.len() <= width).unwrap_or(&[]);
        for mark in turns {
            let seconds = mark.clocks.get(self.gap).copied().unwrap_or(0.0);
            let at = place(share(seconds, mark.record)).min(width.saturating_sub(1));
            let style = [theme.text, theme.chosen][usize::from(at < full)];
            if let Some(cell) = row.get_mut(at) {
                *cell = (signs.between, style);
            }
        }
        for (x, (sign, style)) in (x..).zip(row) {
            buf.set_stringn(x, y, sign, 1, style);
        }
    }
}

/// The cell of a share, 0 to `width`.
fn cell(share: f64, width: usize) -> usize {
    let wanted = share.clamp(0.0, 1.0) * width as f64;
    (0..=width)
        .rev()
        .find(|it| *it as f64 <= wanted + 1e-9)
        .unwrap_or(0)
}

fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Draws a text up to a column; where it ends.
fn put(buf: &mut Buffer, (x, y): (u16, u16), text: &str, right: u16, style: Style) -> u16 {
    if x >= right {
        return right;
    }
    buf.set_stringn(x, y, text, usize::from(right - x), style).0
}

/// `0:34`, `1:02:03`.
fn clock(seconds: f64) -> String {
    let whole =
        std::time::Duration::try_from_secs_f64(seconds.max(0.0)).map_or(0, |it| it.as_secs());
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
