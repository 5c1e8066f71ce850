//! The status in, the pieces of its line out: words, lengths, and what is given up first.

use std::time::Duration;

use super::fit::{KEPT, Piece};
use super::{Busy, Status, Weight, name};
use crate::settings::Lang;
use crate::tui::theme::Theme;
use ratatui::style::Style;

/// What a text costs to give up; the research notice is the dearest.
type Forms = Vec<(String, u8)>;

fn piece(forms: Forms, style: Style) -> Piece {
    Piece {
        forms,
        style,
        is_right: false,
    }
}

fn right(forms: Forms, style: Style) -> Piece {
    Piece {
        is_right: true,
        ..piece(forms, style)
    }
}

impl Status {
    /// What is new, and what is so: the two rows where there are two.
    pub(super) fn pieces(&self, theme: &Theme, lang: Lang) -> (Vec<Piece>, Vec<Piece>) {
        let news = [
            self.busy_piece(theme, lang),
            self.notice_piece(theme),
            self.mouse_piece(theme, lang),
            Some(self.session_piece(theme, lang)),
            self.protocol_piece(theme),
            self.link_piece(theme, lang),
        ];
        let facts = [
            self.model_piece(theme),
            self.speed_piece(theme, lang),
            self.first_piece(theme, lang),
            self.cache_piece(theme, lang),
            self.phantom_piece(theme, lang),
            Some(research(theme, lang)),
        ];
        (
            news.into_iter().flatten().collect(),
            facts.into_iter().flatten().collect(),
        )
    }

    fn busy_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let (words, count) = match self.busy {
            Busy::Idle => return None,
            Busy::Loading(percent) => (lang.pick("loading", "加载"), format!("{percent} %")),
            Busy::Looking(done, total) => (lang.pick("looking", "看图"), format!("{done}/{total}")),
            Busy::Reading(done, total) => (lang.pick("reading", "读取"), format!("{done}/{total}")),
            Busy::Answering(n) => {
                let tokens = match (lang, n) {
                    (Lang::Zh, _) => format!("{n} 词元"),
                    (Lang::En, 1) => "1 token".to_owned(),
                    (Lang::En, _) => format!("{n} tokens"),
                };
                (lang.pick("answering", "回答"), tokens)
            }
            Busy::Cancelling => {
                let words = lang.pick("cancelling", "正在取消");
                return Some(piece(vec![(words.to_owned(), 90)], theme.warning));
            }
        };
        let forms = vec![(format!("{words} {count}"), 70), (count, 90)];
        Some(piece(forms, theme.accent))
    }

    fn notice_piece(&self, theme: &Theme) -> Option<Piece> {
        let notice = self.notices.shown()?;
        let (sign, style) = match notice.weight {
            Weight::Info => ("", theme.text),
            Weight::Success => ("", theme.success),
            Weight::Warning => (theme.symbols.warning, theme.warning),
            Weight::Failure => (theme.symbols.failure, theme.failure),
        };
        let text = match sign {
            "" => notice.text.clone(),
            sign => format!("{sign} {}", notice.text),
        };
        // Never given up: where it does not fit beside what is kept, its end is cut.
        Some(piece(vec![(text, KEPT)], style))
    }

    fn mouse_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let words = lang.pick("mouse off", "鼠标已关");
        let long = match self.mouse_key.as_str() {
            "" => words.to_owned(),
            key => format!("{words} ({key})"),
        };
        let forms = vec![(long, 48), (words.to_owned(), 60)];
        self.is_mouse_off.then(|| piece(forms, theme.warning))
    }

    fn session_piece(&self, theme: &Theme, lang: Lang) -> Piece {
        let Some(session) = &self.session else {
            let words = lang.pick("not recorded", "未记录").to_owned();
            return piece(vec![(words, 42)], theme.dim);
        };
        let words = lang.pick("rec", "记录");
        let sign = theme.symbols.model;
        let long = format!("{sign} {words} {}", name(session, 32, theme));
        piece(vec![(long, 38), (format!("{sign} {words}"), 44)], theme.dim)
    }

    fn model_piece(&self, theme: &Theme) -> Option<Piece> {
        let model = &self.model;
        if model.name.is_empty() {
            return None;
        }
        let short = name(&model.name, 24, theme);
        let parts = [model.device.as_str(), model.quant.as_str()];
        let parts = parts
            .into_iter()
            .filter(|it| !it.is_empty() && *it != "none");
        let parts = parts.map(|it| name(it, 12, theme));
        let long: Vec<String> = [name(&model.name, 40, theme)]
            .into_iter()
            .chain(parts)
            .collect();
        let forms = vec![
            (long.join(" "), 36),
            (short, 56),
            (name(&model.name, 12, theme), 64),
        ];
        Some(piece(forms, theme.text))
    }

    fn speed_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let figures = self.figures.filter(|it| is_told(it.tokens_per_s))?;
        let words = lang.pick("tok/s", "词元/秒");
        let text = if figures.tokens_per_s >= 100.0 {
            format!("{:.0} {words}", figures.tokens_per_s)
        } else {
            format!("{:.1} {words}", figures.tokens_per_s)
        };
        Some(piece(vec![(text, 54)], theme.text))
    }

    fn first_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let figures = self.figures.filter(|it| is_told(it.first_token_ms))?;
        let time = Duration::try_from_secs_f64(figures.first_token_ms / 1000.0).ok()?;
        let words = lang.pick("first token", "首词元");
        let text = format!("{words} {}", span(time, lang));
        Some(piece(vec![(text, 32)], theme.dim))
    }

    fn cache_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let figures = self.figures.filter(|it| it.prompt > 0)?;
        let words = lang.pick("cache", "缓存");
        let short = format!("{words} {}/{}", figures.reused, figures.prompt);
        let pictures = match figures.has_cached_pictures {
            None => "",
            Some(true) => lang.pick(" + picture", " + 图片"),
            Some(false) => lang.pick(", picture new", "，图片为新"),
        };
        let forms = vec![(format!("{short}{pictures}"), 24), (short, 30)];
        Some(piece(forms, theme.dim))
    }

    fn protocol_piece(&self, theme: &Theme) -> Option<Piece> {
        let forms = vec![(self.protocol.to_owned(), 15)];
        (!self.protocol.is_empty()).then(|| right(forms, theme.dim))
    }

    fn link_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let size = self.link.bytes.map(bytes);
        let sent = match (&size, self.link.took) {
            (Some(size), Some(took)) => Some(format!("{size} {}", span(took, lang))),
            (size, _) => size.clone(),
        };
        let trip = self
            .link
            .round_trip
            .map(|it| format!("RTT {}", span(it, lang)));
        let all: Vec<String> = sent.iter().chain(&trip).cloned().collect();
        let short = trip.or(size)?;
        Some(right(vec![(all.join(" "), 10), (short, 20)], theme.dim))
    }

    fn phantom_piece(&self, theme: &Theme, lang: Lang) -> Option<Piece> {
        let (long, short, least) = match lang {
            Lang::En => ("phantom: knows drawings only", "drawings only", "drawings"),
            Lang::Zh => ("phantom：只认识图画", "只认识图画", "仅图画"),
        };
        let forms = vec![
            (long.to_owned(), 52),
            (short.to_owned(), 85),
            (least.to_owned(), KEPT),
        ];
        self.model.is_phantom.then(|| right(forms, theme.warning))
    }
}

fn research(theme: &Theme, lang: Lang) -> Piece {
    let (first, second) = match lang {
        Lang::En => ("research only", "not for diagnosis"),
        Lang::Zh => ("仅供研究", "不用于诊断"),
    };
    let between = theme.symbols.remark;
    let forms = vec![
        (format!("{first} {between} {second}"), 50),
        (second.to_owned(), KEPT),
    ];
    right(forms, theme.warning)
}

/// Whether a figure is one: an answer of one token has no speed.
fn is_told(figure: f64) -> bool {
    figure.is_finite() && figure > 0.0
}

/// `40 ms`, `1.2 s`, `75 s`.
fn span(time: Duration, lang: Lang) -> String {
    let (ms, s) = (lang.pick("ms", "毫秒"), lang.pick("s", "秒"));
    match time.as_millis() {
        millis @ ..1000 => format!("{millis} {ms}"),
        1000..10_000 => format!("{:.1} {s}", time.as_secs_f64()),
        _ => format!("{} {s}", time.as_secs()),
    }
}

/// `900 B`, `81 KB`, `1.4 MB`, in thousands.
fn bytes(n: u64) -> String {
    let tenths = n / 100_000;
    match n {
        ..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{} KB", n.div_ceil(1000)),
        _ => format!("{}.{} MB", tenths / 10, tenths % 10),
    }
}
