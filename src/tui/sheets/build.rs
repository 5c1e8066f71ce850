//! What was sent, how a picture was made, two answers, or what went wrong, in; a sheet to read out.

use crate::context::SlotUse;
use crate::findings;
use crate::judge::tongue;
use crate::settings::Lang;
use crate::tui::gauge::{Gauge, Slot, What};
use crate::words::{self, Change};

use super::sent::Part;
use super::text::{Line, Look, Text, lines};

/// What is sent, and what it takes.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Tokens of the window.
    pub ctx: usize,
    /// Tokens by slot.
    pub slots: Vec<SlotUse>,
    /// What was left out, a sentence each.
    pub dropped: Vec<String>,
    /// Tokens that are left for the answer.
    pub room: usize,
    /// The exact text.
    pub parts: Vec<Part>,
}

/// The context that was really sent.
pub fn context(sent: &Sent, lang: Lang) -> Text {
    let slots = sent.slots.iter().filter_map(|it| {
        Some(Slot {
            what: What::named(it.slot)?,
            tokens: it.tokens,
        })
    });
    let gauge = Gauge {
        ctx: sent.ctx,
        slots: slots.collect(),
        ..Gauge::default()
    };
    let (used, ctx, room) = (gauge.used(), sent.ctx, sent.room);
    let total = match lang {
        Lang::En => format!("{used} of {ctx} tokens, {room} left for the answer"),
        Lang::Zh => format!("{used}/{ctx} 词元，留给回答 {room}"),
    };
    let mut all = vec![Line::of(Look::Heading, &total)];
    let rows = gauge.lines(lang);
    // what is free was said already
    let rows = rows.iter().take(gauge.slots.len());
    all.extend(rows.map(|it| Line::of(Look::Plain, &format!("  {it}"))));
    if !sent.dropped.is_empty() {
        all.push(Line::default());
        all.push(Line::of(Look::Heading, lang.pick("left out", "已省略")));
        let dropped = sent.dropped.iter();
        all.extend(dropped.map(|it| Line::of(Look::Warning, &format!("  {it}"))));
    }
    all.push(Line::default());
    all.push(Line::of(Look::Heading, lang.pick("exactly", "原文")));
    all.extend(exact(&sent.parts, lang));
    Text::new(lang.pick("context sent", "实际发送的上下文"), all, lang)
}

fn exact(parts: &[Part], lang: Lang) -> Vec<Line> {
    let mut all = Vec::new();
    let mut line = Line::default();
    for part in parts {
        match part {
            Part::Special(name) => line.push(Look::Special, name),
            Part::Picture { number, tokens } => {
                let words = match lang {
                    Lang::En => format!("⟦picture {number}: {tokens} tokens⟧"),
                    Lang::Zh => format!("⟦图片 {number}：{tokens} 词元⟧"),
                };
                line.push(Look::Picture, &words);
            }
            Part::Text(text) => put(Look::Plain, text, &mut line, &mut all),
        }
    }
    all.push(line);
    all
}

/// What was done to a picture, step by step, until the model got it.
pub fn chain(name: &str, steps: &[String], lang: Lang) -> Text {
    let numbered = steps.iter().enumerate().map(|(n, step)| {
        let number = format!("{:>2}  ", n + 1);
        Line::of(Look::Dim, &number).and(Look::Plain, step)
    });
    let title = format!("{}{name}", lang.pick("chain of ", "处理步骤："));
    Text::new(&title, numbered.collect(), lang)
}

/// What went wrong, whole.
pub fn failure(problem: &str, details: &str, lang: Lang) -> Text {
    let mut all = lines(Look::Failure, problem);
    if !details.trim().is_empty() {
        all.push(Line::default());
        all.extend(lines(Look::Plain, details));
    }
    Text::new(lang.pick("what went wrong", "错误详情"), all, lang)
}

/// Two answers beside what differs between them.
pub fn difference(first: (&str, &str), second: (&str, &str), lang: Lang) -> Text {
    let title = format!("{} / {}", first.0, second.0);
    Text::new(&title, difference_lines(first.1, second.1, lang), lang)
}

/// What differs between two answers: findings first, then word by word. What is only in the first is between `[-` and `-]`,
/// what is only in the second between `{+` and `+}`.
pub fn difference_lines(first: &str, second: &str, lang: Lang) -> Vec<Line> {
    let differences = findings::compare(first, second);
    if first == second {
        let words = lang.pick("identical", "完全相同");
        return std::iter::once(Line::of(Look::Good, words))
            .chain(lines(Look::Plain, second))
            .collect();
    }
    let mut all: Vec<Line> = differences
        .iter()
        .map(|it| Line::of(Look::Warning, &it.sentence(tongue(lang))))
        .collect();
    if differences.is_empty() {
        let words = lang.pick("the same findings in other words", "所见相同，措辞不同");
        all.push(Line::of(Look::Good, words));
    }
    all.push(Line::default());
    all.extend(word_lines(&words::diff(first, second)));
    all
}

/// Adds text to a line; each line feed in it ends one.
fn put(look: Look, text: &str, line: &mut Line, all: &mut Vec<Line>) {
    for (n, words) in text.split('\n').enumerate() {
        if n > 0 {
            all.push(std::mem::take(line));
        }
        line.push(look, words);
    }
}

fn word_lines(changes: &[Change<'_>]) -> Vec<Line> {
    let mut all = Vec::new();
    let mut line = Line::default();
    for change in changes {
        let (look, open, close, text) = match *change {
            Change::Equal(text) => (Look::Plain, "", "", text),
            Change::Deleted(text) => (Look::Removed, "[-", "-]", text),
            Change::Inserted(text) => (Look::Added, "{+", "+}", text),
        };
        // the blank before a word stands outside the brackets
        let inner = text.trim_start_matches([' ', '\n']);
        let (before, inner) = if inner.is_empty() {
            ("", text)
        } else {
            text.split_at(text.len() - inner.len())
        };
        let body = format!("{before}{open}{inner}{close}");
        put(look, &body, &mut line, &mut all);
    }
    all.push(line);
    all
}
