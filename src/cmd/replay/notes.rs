//! Records of a session in, what is said about them beside questions and answers out.

use serde_json::{Map, Value};

use crate::session::check::claims;
use crate::session::replay::Cast;
use crate::session::v1::{Head, Model, Opening, Prior, Record, Shown, Turn};
use crate::session::verify::short;
use crate::session::{Event, Stats, Stop};
use crate::settings::Lang;

/// Says what happened.
pub(super) struct Notes {
    lang: Lang,
    is_all: bool,
    cast: Cast,
    had_priors: bool,
}

/// Which session it is.
pub(super) fn head(name: &str, head: &Head) -> String {
    format!("{name} · {} · {}", model(&head.model), head.started)
}

fn model(model: &Model) -> String {
    format!("{} ({}, {})", model.name, model.device, model.quant)
}

impl Notes {
    /// In a language; `is_all` for everything that was recorded.
    pub(super) fn new(lang: Lang, is_all: bool) -> Self {
        Self {
            lang,
            is_all,
            cast: Cast::default(),
            had_priors: false,
        }
    }

    /// What is said of a record, each a note of its own. Of pictures see [`Self::opening`], of a turn this is what stands
    /// before the question.
    pub(super) fn record(&mut self, record: &Record) -> Vec<String> {
        let pick = |en: &str, zh: &str| self.lang.pick(en, zh).to_owned();
        match record {
            Record::Close(close) => {
                let name = self.picture(close.picture);
                vec![format!("{name} {}", pick("closed", "已关闭"))]
            }
            Record::Prior(priors) => self.priors(&priors.reports),
            Record::Turn(turn) => self.before(turn),
            Record::Undo(undo) => {
                vec![format!(
                    "{} {}",
                    self.turn(undo.turn),
                    pick("undone", "已撤销")
                )]
            }
            Record::Reset => {
                self.had_priors = false;
                let (en, zh) = (
                    "everything forgotten: turns, prior reports and pictures",
                    "全部清除:对话、既往报告和图片",
                );
                vec![pick(en, zh)]
            }
            Record::Note(note) => match note.turn {
                Some(n) => {
                    let (on, text) = (pick("note on", "备注"), &note.text);
                    vec![format!("{on} {}: {text}", self.turn(n))]
                }
                None => vec![format!("{}: {}", pick("note", "备注"), note.text)],
            },
            Record::Verdict(it) => {
                let words = [it.grade.as_str(), &it.text];
                let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
                vec![format!("{}: {}", self.turn(it.turn), words.join(", "))]
            }
            Record::Title(title) => {
                vec![format!("{}: {}", pick("title", "标题"), title.text)]
            }
            other if self.is_all => self.rest(other),
            _ => Vec::new(),
        }
    }

    /// What is said of a record when everything is wanted.
    fn rest(&self, record: &Record) -> Vec<String> {
        match record {
            Record::Set(set) => vec![format!("{} = {}", set.key, set.value)],
            Record::Resume(it) => {
                vec![format!(
                    "{} · medlab {} · {}",
                    model(&it.model),
                    it.lab,
                    it.at
                )]
            }
            Record::Expect(expect) => {
                let claims = claims(expect).into_iter();
                let one = |it: crate::session::check::Claim<'_>| {
                    let expected = self.lang.pick("expected", "预期");
                    format!("{} {expected}: {}", self.turn(expect.turn), it.name())
                };
                claims.map(one).collect()
            }
            Record::Boxes(boxes) => {
                let found = boxes.boxes.iter().map(|it| {
                    let [top, left, bottom, right] = it.box_2d;
                    let name = self.picture(it.picture);
                    format!("{}: [{top}, {left}, {bottom}, {right}], {name}", it.label)
                });
                found.chain(boxes.remarks.iter().cloned()).collect()
            }
            Record::Other(kind, data) => vec![format!("{kind} {data}")],
            _ => Vec::new(),
        }
    }

    fn turn(&self, n: usize) -> String {
        match self.lang {
            Lang::En => format!("turn {n}"),
            Lang::Zh => format!("第 {n} 轮"),
        }
    }

    /// One note a picture: what it was, and how it was looked at.
    pub(super) fn opening(&mut self, opening: &Opening) -> Vec<String> {
        self.cast.take(opening);
        let pictures = opening.pictures.iter();
        pictures.map(|it| self.shown(it)).collect()
    }

    fn shown(&self, shown: &Shown) -> String {
        let facts = &shown.facts;
        let mut parts = vec![self.picture(shown.id)];
        parts.extend(shown.role.clone());
        if let (Some(width), Some(height)) = (whole(facts, "width"), whole(facts, "height")) {
            parts.push(format!("{width} × {height}"));
        }
        parts.push(shown.format.clone());
        if let Some(number) = whole(facts, "frame") {
            let of = whole(facts, "frames").map_or_else(String::new, |it| format!("/{it}"));
            parts.push(format!("{} {number}{of}", self.lang.pick("slice", "层面")));
        }
        parts.extend(window(facts));
        for what in ["region", "label"] {
            parts.extend(facts.get(what).and_then(Value::as_str).map(str::to_owned));
        }
        parts.push(format!("sha256 {}", short(&shown.file_sha256)));
        parts.retain(|it| !it.is_empty());
        parts.join(", ")
    }

    /// `picture 2 sample:ct-nodule`.
    fn picture(&self, id: u32) -> String {
        let number = match self.lang {
            Lang::En => format!("picture {id}"),
            Lang::Zh => format!("图片 {id}"),
        };
        match self.cast.get(id) {
            Some((name, _)) => format!("{number} {name}"),
            None => number,
        }
    }

    fn priors(&mut self, reports: &[Prior]) -> Vec<String> {
        let had = std::mem::replace(&mut self.had_priors, !reports.is_empty());
        if reports.is_empty() {
            let none = self.lang.pick("the prior report is gone", "既往报告已清除");
            return Vec::from_iter(had.then(|| none.to_owned()));
        }
        let heading = self.lang.pick("prior report", "既往报告");
        let one = |it: &Prior| match &it.date {
            Some(date) => format!("{heading} ({date}): {}", it.text),
            None => format!("{heading}: {}", it.text),
        };
        reports.iter().map(one).collect()
    }

    /// What stands before a question.
    fn before(&self, turn: &Turn) -> Vec<String> {
        let pick = |en: &str, zh: &str| self.lang.pick(en, zh).to_owned();
        let mut notes = Vec::new();
        if let Some(n) = turn.retry_of {
            notes.push(match self.lang {
                Lang::En => format!("asked again, in place of turn {n}"),
                Lang::Zh => format!("重新提问,取代第 {n} 轮"),
            });
        }
        match turn.control.as_deref() {
            None if turn.fresh => {
                notes.push(pick(
                    "asked without the earlier turns",
                    "不带之前的对话提问",
                ));
            }
            None => {}
            Some("blank") => {
                notes.push(pick("asked with blank pictures", "用空白图片提问"));
            }
            Some("none") => notes.push(pick("asked without pictures", "不带图片提问")),
            Some("paraphrase") => {
                notes.push(pick("asked in other words", "换一种说法提问"));
            }
            Some(other) => notes.push(other.to_owned()),
        }
        notes.extend(turn.dropped.iter().cloned());
        if self.is_all {
            if let Some(used) = &turn.prompt {
                let values = used.values.iter().map(|it| format!(" {}={}", it.0, it.1));
                notes.push(format!("/use {}{}", used.name, values.collect::<String>()));
            }
            if !turn.system.is_empty() {
                notes.push(format!("system: {}", turn.system));
            }
            let draw = &turn.sampling;
            notes.push(format!(
                "temperature {}, seed {}, ctx {}, max-new-tokens {}",
                draw.temperature, draw.seed, turn.ctx, turn.max_new_tokens
            ));
        }
        notes
    }

    /// What is said behind an answer.
    pub(super) fn end(&self, event: &Event) -> Vec<String> {
        match event {
            Event::Done(stats) => {
                let timings = self.is_all.then(|| self.timings(stats));
                self.stop(stats).into_iter().chain(timings).collect()
            }
            Event::Failed(problem) => vec![match self.lang {
                Lang::En => format!("no answer: {problem}"),
                Lang::Zh => format!("没有回答:{problem}"),
            }],
            _ => Vec::new(),
        }
    }

    fn stop(&self, stats: &Stats) -> Option<String> {
        let tokens = stats.new_tokens;
        match (stats.stop, self.lang) {
            (Stop::EndOfTurn, _) => None,
            (Stop::Cancelled, Lang::En) => Some("stopped here".to_owned()),
            (Stop::Cancelled, Lang::Zh) => Some("在此停止".to_owned()),
            (Stop::Length, Lang::En) if tokens == 1 => Some("cut off after 1 token".to_owned()),
            (Stop::Length, Lang::En) => Some(format!("cut off after {tokens} tokens")),
            (Stop::Length, Lang::Zh) => Some(format!("在 {tokens} 个词元后截断")),
            (Stop::Window, Lang::En) => Some("cut off at the end of the window".to_owned()),
            (Stop::Window, Lang::Zh) => Some("在窗口末尾截断".to_owned()),
        }
    }

    fn timings(&self, stats: &Stats) -> String {
        let (tokens, first, speed) = (stats.new_tokens, stats.first_token_ms, stats.tokens_per_s);
        match self.lang {
            Lang::En => {
                format!("{tokens} tokens · the first after {first:.0} ms · {speed:.0} tokens/s")
            }
            Lang::Zh => format!("{tokens} 个词元 · 首个 {first:.0} 毫秒 · {speed:.0} 词元/秒"),
        }
    }

    /// An answer without an end.
    pub(super) fn cut(&self) -> String {
        let (en, zh) = (
            "cut off here: the program ended in the middle of the answer",
            "在此中断:程序在回答中途结束",
        );
        self.lang.pick(en, zh).to_owned()
    }

    /// Pictures that are not here.
    pub(super) fn not_found(&self) -> String {
        let (en, zh) = (
            "not found here; --pictures DIR says where it is",
            "未找到;可用 --pictures DIR 指明位置",
        );
        self.lang.pick(en, zh).to_owned()
    }

    /// Asks for Enter.
    pub(super) fn enter(&self) -> &'static str {
        self.lang.pick("# Enter goes on ", "# 按 Enter 继续 ")
    }
}

fn whole(facts: &Map<String, Value>, key: &str) -> Option<u64> {
    facts.get(key)?.as_u64()
}

fn window(facts: &Map<String, Value>) -> Option<String> {
    let window = facts.get("window")?;
    let number = |key: &str| window.get(key)?.as_f64();
    Some(format!("{}/{}", number("center")?, number("width")?))
}
