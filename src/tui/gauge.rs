//! Tokens by slot in, one line out: what fills the context window, in columns, names and numbers, also without colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::talk::wrap;
use super::theme::Theme;
use crate::settings::Lang;

/// What fills the context window, as it would be sent now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauge {
    /// Tokens of prompt and answer together.
    pub ctx: usize,
    /// Uses of the window, in the order of the bar.
    pub slots: Vec<Slot>,
    /// Tokens of earlier turns that will be left out.
    pub dropped: usize,
    /// Turns that they belong to.
    pub dropped_turns: usize,
    /// Tokens that are too many: it cannot be sent.
    pub over: usize,
}

/// A use of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// What it is.
    pub what: What,
    /// Its tokens.
    pub tokens: usize,
}

/// What a slot is, in the context's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The text that the model reads before everything else.
    System,
    /// The question.
    Question,
    /// The pictures.
    Pictures,
    /// The prior report.
    Prior,
    /// Earlier turns.
    Turns,
    /// What the template needs.
    Template,
}

impl What {
    /// The slot of a name of the context's table (`system`, `question`, `pictures`, `prior report`, `turns`, `template`).
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "system" => Self::System,
            "question" => Self::Question,
            "pictures" => Self::Pictures,
            "prior report" => Self::Prior,
            "turns" => Self::Turns,
            "template" => Self::Template,
            _ => return None,
        })
    }

    /// Its names, the longest first; no two slots share one.
    fn names(self, lang: Lang) -> [&'static str; 3] {
        match (self, lang) {
            (Self::System, Lang::En) => ["system", "sys", "S"],
            (Self::Question, Lang::En) => ["question", "quest", "Q"],
            (Self::Pictures, Lang::En) => ["pictures", "pic", "P"],
            (Self::Prior, Lang::En) => ["prior report", "prior", "R"],
            (Self::Turns, Lang::En) => ["turns", "turns", "T"],
            (Self::Template, Lang::En) => ["template", "tmpl", "E"],
            (Self::System, Lang::Zh) => ["系统", "系统", "系"],
            (Self::Question, Lang::Zh) => ["问题", "问题", "问"],
            (Self::Pictures, Lang::Zh) => ["图片", "图片", "图"],
            (Self::Prior, Lang::Zh) => ["既往报告", "既往", "既"],
            (Self::Turns, Lang::Zh) => ["对话", "对话", "话"],
            (Self::Template, Lang::Zh) => ["模板", "模板", "模"],
        }
    }
}

/// How many lengths a segment's text has.
const LEVELS: usize = 4;

/// The narrowest bar that is worth drawing.
const NARROWEST: usize = 8;

impl Gauge {
    /// Tokens of the prompt.
    pub fn used(&self) -> usize {
        self.slots.iter().map(|it| it.tokens).sum()
    }

    /// The same in lines: a slot's name and tokens each, then what is free, too much, or left out.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let slots = self
            .slots
            .iter()
            .map(|it| format!("{} {}", it.what.names(lang)[0], it.tokens));
        let free = self.ctx.saturating_sub(self.used());
        let free = format!("{} {free}", lang.pick("free", "空闲"));
        slots
            .chain([free])
            .chain(Some(self.notes(lang)).filter(|it| !it.is_empty()))
            .collect()
    }

    /// Draws it on the first row of an area.
    pub fn view(&self, theme: &Theme, lang: Lang, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let line = Rect { height: 1, ..area };
        buf.set_style(line, theme.text);
        let room = usize::from(area.width);
        let total = self.total(room, lang);
        let notes = self.notes(lang);
        let short = self.short_note(lang);
        // Notes matter more than the bar, the numbers more than notes.
        let left = room.saturating_sub(wrap::width(&total) + 1);
        let fits = |it: &str, bar: usize| !it.is_empty() && wrap::width(it) + 1 + bar <= left;
        let note = match () {
            () if fits(&notes, NARROWEST * 2) => notes,
            () if fits(&short, NARROWEST) || fits(&short, 0) => short,
            () => String::new(),
        };
        let wide = if note.is_empty() {
            0
        } else {
            wrap::width(&note) + 1
        };
        let bar = left.saturating_sub(wide);
        let number = if self.over > 0 {
            theme.over
        } else {
            theme.text
        };
        let mut x = buf
            .set_stringn(area.x, area.y, &total, room, number)
            .0
            .saturating_add(1);
        if bar >= NARROWEST {
            self.bar(bar, (x, area.y), theme, lang, buf);
            x += u16::try_from(bar).unwrap_or(0);
        }
        if !note.is_empty() && x < area.right() {
            let gap = u16::from(bar >= NARROWEST);
            let style = if self.over > 0 {
                theme.failure
            } else {
                theme.warning
            };
            let left = usize::from(area.right().saturating_sub(x + gap));
            buf.set_stringn(x + gap, area.y, &note, left, style);
        }
    }

    /// `1432/2048`, and in a wide pane `1432 of 2048 tokens`.
    fn total(&self, room: usize, lang: Lang) -> String {
        let (used, ctx) = (self.used(), self.ctx);
        match lang {
            _ if room < 60 => format!("{used}/{ctx}"),
            Lang::En => format!("{used} of {ctx} tokens"),
            Lang::Zh => format!("{used}/{ctx} 词元"),
        }
    }

    /// What will be left out, or what is too much.
    fn notes(&self, lang: Lang) -> String {
        let (over, dropped, turns) = (self.over, self.dropped, self.dropped_turns);
        match lang {
            Lang::En if over > 0 => {
                format!("{over} tokens too many: shorten it, or close a picture")
            }
            Lang::Zh if over > 0 => format!("超出 {over} 词元：请缩短或关闭图片"),
            _ if dropped == 0 => String::new(),
            Lang::En if turns == 1 => format!("leaves out 1 turn ({dropped} tokens)"),
            Lang::En => format!("leaves out {turns} turns ({dropped} tokens)"),
            Lang::Zh => format!("将省略 {turns} 轮对话（{dropped} 词元）"),
        }
    }

    fn short_note(&self, lang: Lang) -> String {
        match (self.over, self.dropped) {
            (0, 0) => String::new(),
            (0, dropped) => format!("{}{dropped}", lang.pick("drops ", "省略 ")),
            (over, _) => format!("{}{over}", lang.pick("over ", "超 ")),
        }
    }

    /// Segments of a bar of so many columns: what they are and how wide; the last may be free.
    ///
    /// Each has the columns that its text needs, as long a text as all have room for; the rest is shared by tokens.
    fn segments(&self, width: usize, lang: Lang) -> Vec<(Option<Slot>, usize)> {
        let slots: Vec<Slot> = self
            .slots
            .iter()
            .copied()
            .filter(|it| it.tokens > 0)
            .collect();
        let needs = |level: usize| -> Vec<usize> {
            slots
                .iter()
                .map(|it| 1 + texts(*it, lang).get(level).map_or(0, |it| wrap::width(it)))
                .collect()
        };
        let fitting = (0..LEVELS)
            .map(needs)
            .find(|it| it.iter().sum::<usize>() <= width);
        let least =
            fitting.unwrap_or_else(|| (0..slots.len()).map(|it| usize::from(it < width)).collect());
        let used = self.used();
        let free = self.ctx.saturating_sub(used);
        let whole = self.ctx.max(used).max(1);
        let share = width - least.iter().sum::<usize>();
        let part = |tokens: usize| tokens.saturating_mul(share);
        let mut cells: Vec<(Option<Slot>, usize, usize)> = slots
            .iter()
            .zip(&least)
            .map(|(it, least)| {
                (
                    Some(*it),
                    least + part(it.tokens) / whole,
                    part(it.tokens) % whole,
                )
            })
            .collect();
        if free > 0 {
            cells.push((None, part(free) / whole, part(free) % whole));
        }
        // Columns that are left go to those that lost most by rounding.
        let given: usize = cells.iter().map(|it| it.1).sum();
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|it| std::cmp::Reverse(cells.get(*it).map_or(0, |it| it.2)));
        let spare = if cells.is_empty() {
            0
        } else {
            width.saturating_sub(given)
        };
        for index in order.into_iter().cycle().take(spare) {
            cells[index].1 += 1;
        }
        cells.into_iter().map(|it| (it.0, it.1)).collect()
    }

    fn bar(
        &self,
        width: usize,
        (mut x, y): (u16, u16),
        theme: &Theme,
        lang: Lang,
        buf: &mut Buffer,
    ) {
        for (number, (slot, columns)) in self.segments(width, lang).into_iter().enumerate() {
            let (text, style) = match slot {
                None => (theme.symbols.free.repeat(columns), theme.free),
                Some(slot) => (
                    segment(slot, columns, theme, lang),
                    slot_style(number, self.over, theme),
                ),
            };
            buf.set_stringn(x, y, text, columns, style);
            x = x.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX));
        }
    }
}

/// Neighbours look different; all alike where there is too much.
fn slot_style(number: usize, over: usize, theme: &Theme) -> Style {
    if over > 0 {
        return theme.over;
    }
    theme.slots[number % theme.slots.len()]
}

/// Texts of a segment, the longest first.
fn texts(slot: Slot, lang: Lang) -> [String; LEVELS] {
    let [long, short, letter] = slot.what.names(lang);
    let tokens = slot.tokens;
    [
        format!("{long} {tokens}"),
        format!("{short} {tokens}"),
        format!("{letter} {tokens}"),
        letter.to_owned(),
    ]
}

/// The text of a segment, exactly so many columns: its name and number as far as they fit, and a line at its right.
fn segment(slot: Slot, columns: usize, theme: &Theme, lang: Lang) -> String {
    let inner = columns.saturating_sub(1);
    let fitting = texts(slot, lang)
        .into_iter()
        .find(|it| wrap::width(it) <= inner);
    let letter = slot.what.names(lang)[2];
    let text = fitting.unwrap_or_else(|| wrap::clip(letter, columns).to_owned());
    match columns.saturating_sub(wrap::width(&text)) {
        0 => text,
        spare => format!("{text}{}{}", " ".repeat(spare - 1), theme.symbols.between),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::CellWidth as _;

    use super::*;

    fn gauge(tokens: [usize; 6]) -> Gauge {
        let whats = [
            What::System,
            What::Question,
            What::Pictures,
            What::Prior,
            What::Turns,
            What::Template,
        ];
        Gauge {
            ctx: 2048,
            slots: whats
                .into_iter()
                .zip(tokens)
                .map(|(what, tokens)| Slot { what, tokens })
                .collect(),
            ..Gauge::default()
        }
    }

    fn shown(gauge: &Gauge, width: u16, lang: Lang) -> String {
        let theme = Theme::named("none").unwrap();
        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
        gauge.view(&theme, lang, buf.area, &mut buf);
        let (mut row, mut x) = (String::new(), 0);
        while x < width {
            row.push_str(buf[(x, 0)].symbol());
            x += buf[(x, 0)].symbol().cell_width().max(1);
        }
        row.trim_end().to_owned()
    }

    /// The gauge at several widths.
    fn at_widths(gauge: &Gauge, lang: Lang) -> String {
        let lines = [120, 100, 80, 60, 40, 30, 20].map(|it| shown(gauge, it, lang));
        lines.join("\n")
    }

    #[test]
    fn each_slot_has_a_name_and_a_number() {
        let gauge = gauge([20, 24, 512, 180, 640, 31]);
        insta::assert_snapshot!(at_widths(&gauge, Lang::En), @"
        1407 of 2048 tokens system 20│question 24│pictures 512       │prior report 180  │turns 640        │template 31 │········
        1407 of 2048 tokens system 20│question 24│pictures 512 │prior report 180 │turns 640  │template 31│··
        1407 of 2048 tokens sys 20│quest 24│pic 512  │prior 180 │turns 640  │tmpl 31│···
        1407 of 2048 tokens S 20│Q 24│pic 512│R 180 │T 640  │E 31│··
        1407/2048 S│Q│P 512│R  │T 640  │E│······
        1407/2048 S│Q│P  │R │T  │E│···
        1407/2048 SQP│R│T│E·
        ");
        insta::assert_snapshot!(at_widths(&gauge, Lang::Zh), @"
        1407/2048 词元 系统 20│问题 24 │图片 512            │既往报告 180    │对话 640                │模板 31 │················
        1407/2048 词元 系统 20│问题 24│图片 512        │既往报告 180   │对话 640         │模板 31 │·········
        1407/2048 词元 系统 20│问题 24│图片 512   │既往报告 180 │对话 640   │模板 31│···
        1407/2048 词元 系 20│问 24│图 512 │既 180 │对话 640│模 31│··
        1407/2048 系│问│图   │既 │话 640│模│····
        1407/2048 系│问│图│既│话 │模│·
        1407/2048 ││图既话│·
        ");
    }

    #[test]
    fn what_will_be_left_out_is_said_before_it_is_sent() {
        let gauge = Gauge {
            dropped: 312,
            dropped_turns: 2,
            ..gauge([20, 24, 1024, 180, 500, 31])
        };
        insta::assert_snapshot!(at_widths(&gauge, Lang::En), @"
        1779 of 2048 tokens sys 20│quest 24│pictures 1024   │prior 180 │turns 500    │tmpl 31│·· leaves out 2 turns (312 tokens)
        1779 of 2048 tokens S 20│Q 24│pictures 1024│R 180 │turns 500│E 31│·· leaves out 2 turns (312 tokens)
        1779 of 2048 tokens S│Q│pic 1024 │R  │T 500│E│·· leaves out 2 turns (312 tokens)
        1779 of 2048 tokens S│Q│pic 1024  │R  │T 500 │E│·· drops 312
        1779/2048 S│Q│P    │R │T  │E│· drops 312
        1779/2048 SQP │RT│E· drops 312
        1779/2048 drops 312
        ");
        insta::assert_snapshot!(at_widths(&gauge, Lang::Zh), @"
        1779/2048 词元 系统 20│问题 24│图片 1024           │既往报告 180  │对话 500     │模板 31│··· 将省略 2 轮对话（312 词元）
        1779/2048 词元 系统 20│问题 24│图片 1024 │既往报告 180│对话 500│模板 31│ 将省略 2 轮对话（312 词元）
        1779/2048 词元 系│问│图片 1024   │既  │话 500 │模│·· 将省略 2 轮对话（312 词元）
        1779/2048 词元 ││图    │既话 ││· 将省略 2 轮对话（312 词元）
        1779/2048 系│问│图  │既│话 │模│ 省略 312
        1779/2048 ││图 ││话│· 省略 312
        1779/2048 省略 312
        ");
    }

    #[test]
    fn too_much_is_said_in_words() {
        let gauge = Gauge {
            over: 345,
            ..gauge([20, 24, 2304, 0, 0, 45])
        };
        insta::assert_snapshot!(at_widths(&gauge, Lang::En), @"
        2393 of 2048 tokens system 20│question 24│pictures 2304│template 45│ 345 tokens too many: shorten it, or close a picture
        2393 of 2048 tokens S 20│Q 24│pic 2304    │E 45│ 345 tokens too many: shorten it, or close a picture
        2393 of 2048 tokens system 20│question 24│pictures 2304   │template 45│ over 345
        2393 of 2048 tokens S 20│Q 24│pictures 2304  │E 45│ over 345
        2393/2048 S│Q│pictures 2304 │E│ over 345
        2393/2048 S│Q│P   │E│ over 345
        2393/2048 over 345
        ");
        insta::assert_snapshot!(at_widths(&gauge, Lang::Zh), @"
        2393/2048 词元 系统 20│问题 24│图片 2304                                      │模板 45 │ 超出 345 词元：请缩短或关闭图片
        2393/2048 词元 系统 20│问题 24│图片 2304                  │模板 45 │ 超出 345 词元：请缩短或关闭图片
        2393/2048 词元 系 20│问 24│图片 2304     │模 45│ 超出 345 词元：请缩短或关闭图片
        2393/2048 词元 系统 20│问题 24│图片 2304    │模板 45│ 超 345
        2393/2048 系│问│图片 2304    │模│ 超 345
        2393/2048 系│问│图 │模│ 超 345
        2393/2048 超 345
        ");
    }

    #[test]
    fn the_lines_say_everything() {
        let gauge = Gauge {
            dropped: 312,
            dropped_turns: 1,
            ..gauge([20, 24, 1024, 0, 500, 31])
        };
        let expected = [
            "system 20",
            "question 24",
            "pictures 1024",
            "prior report 0",
            "turns 500",
            "template 31",
            "free 449",
            "leaves out 1 turn (312 tokens)",
        ];
        assert_eq!(gauge.lines(Lang::En), expected);
    }

    #[test]
    fn an_empty_window_is_all_free() {
        insta::assert_snapshot!(shown(&Gauge { ctx: 2048, ..Gauge::default() }, 40, Lang::En), @"
        0/2048 ·································
        ");
        insta::assert_snapshot!(shown(&Gauge::default(), 40, Lang::En), @"
        0/0
        ");
    }

    #[test]
    fn the_bar_is_as_wide_as_it_is_meant_to_be_and_shows_every_slot() {
        let mut state = 7_u64;
        let mut below = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from((state >> 33) % most).unwrap()
        };
        for _ in 0..5000 {
            let tokens = [0; 6].map(|_: usize| if below(3) == 0 { 0 } else { below(3000) });
            let gauge = Gauge {
                ctx: below(9000),
                ..gauge(tokens)
            };
            let width = below(130);
            check_bar(&gauge, width, Lang::En);
            check_bar(&gauge, width, Lang::Zh);
        }
    }

    #[track_caller]
    fn check_bar(gauge: &Gauge, width: usize, lang: Lang) {
        let segments = gauge.segments(width, lang);
        let sum: usize = segments.iter().map(|it| it.1).sum();
        let is_empty = gauge.used() == 0 && gauge.ctx == 0;
        assert_eq!(sum, if is_empty { 0 } else { width }, "{gauge:?}");
        let n_slots = gauge.slots.iter().filter(|it| it.tokens > 0).count();
        let seen: Vec<_> = segments
            .iter()
            .filter(|it| it.0.is_some() && it.1 > 0)
            .collect();
        assert_eq!(seen.len(), n_slots.min(width), "{gauge:?} in {width}");
        let theme = Theme::named("none").unwrap();
        for (slot, columns) in seen {
            let text = slot.map(|it| segment(it, *columns, &theme, lang)).unwrap();
            assert_eq!(wrap::width(&text), *columns, "{text:?}");
        }
    }

    #[test]
    fn no_width_is_a_panic() {
        for width in 0..140 {
            for lang in [Lang::En, Lang::Zh] {
                shown(&gauge([usize::MAX / 100, 0, 1, 2, 3, 4]), width, lang);
                shown(
                    &Gauge {
                        over: 9,
                        ..gauge([1; 6])
                    },
                    width,
                    lang,
                );
            }
        }
    }

    #[test]
    fn slots_have_the_names_of_the_context() {
        let names = [
            "system",
            "question",
            "pictures",
            "prior report",
            "turns",
            "template",
        ];
        let whats: Vec<What> = names.iter().filter_map(|it| What::named(it)).collect();
        assert_eq!(
            whats,
            gauge([0; 6])
                .slots
                .iter()
                .map(|it| it.what)
                .collect::<Vec<_>>()
        );
        assert_eq!(What::named("free"), None);
    }
}
