//! Sessions as they are found, read and searched in, a browser of them out; what is done with one is somebody else's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Picker;
use super::item::{Face, Item, Line};
use super::list::{List, Order};
use super::msg::{Act, Effect, News, Outcome};
use super::source::SessionRow;
use super::subject::{On, Shown, Step, Subject};
use crate::session::search::{Hit, Kind};
use crate::settings::Lang;

/// The most places of a session that stand above its preview.
const ABOVE: usize = 8;

impl Picker {
    /// A browser of sessions: they come as [`News::Sessions`], the newest first.
    pub fn sessions(lang: Lang) -> Self {
        let mut list = List::new(Order::Given);
        list.is_waiting = true;
        let subject = Sessions {
            lang,
            rows: Vec::new(),
            query: String::new(),
            hits: HashMap::new(),
            is_listing: true,
        };
        Self::new(Box::new(subject), list, lang)
    }
}

#[derive(Debug)]
struct Sessions {
    lang: Lang,
    rows: Vec<SessionRow>,
    query: String,
    hits: HashMap<PathBuf, Vec<Hit>>,
    is_listing: bool,
}

impl Sessions {
    fn items(&self) -> Step {
        Step::Items(self.rows.iter().map(|it| self.item(it)).collect())
    }

    fn item(&self, row: &SessionRow) -> Item {
        let hits = self.hits.get(&row.path);
        let found = hits.and_then(|it| it.first()).map(|it| self.found(it));
        let item = Item {
            found: found.unwrap_or_default(),
            text: row.name.clone(),
            ..Item::new(key_of(&row.path), row.name.clone()).keys(row.changed.clone())
        };
        let lang = self.lang;
        match &row.about {
            None => item.about(lang.pick("not read yet", "尚未读取")),
            Some(Err(problem)) => item.about(problem.clone()).why_not(Some(problem.clone())),
            Some(Ok(about)) => {
                let damaged = lang.pick(" · damaged", " · 已损坏");
                let damaged = if about.is_damaged { damaged } else { "" };
                let (model, turns, pictures) = (&about.model, about.turns, about.pictures);
                let facts = match lang {
                    Lang::En => format!(
                        "{model} · {} · {}{damaged}",
                        counted(turns, "turn"),
                        counted(pictures, "picture")
                    ),
                    Lang::Zh => format!("{model} · {turns} 轮 · {pictures} 图{damaged}"),
                };
                let name = match about.title.as_str() {
                    "" => row.name.clone(),
                    title => title.to_owned(),
                };
                Item { name, ..item }.about(facts)
            }
        }
    }

    /// Where a place is, and its line.
    fn found(&self, hit: &Hit) -> Vec<(String, bool)> {
        let kind = kind(hit.kind, self.lang);
        let place = match (hit.turn, self.lang) {
            (None, _) => format!("{kind}: "),
            (Some(turn), Lang::En) => format!("{turn} {kind}: "),
            (Some(turn), Lang::Zh) => format!("第 {turn} 轮{kind}："),
        };
        let line = hit.line.iter().map(|it| (it.text.clone(), it.is_hit));
        std::iter::once((place, false)).chain(line).collect()
    }

    fn find(&self, key: &str) -> Option<&SessionRow> {
        self.rows.iter().find(|it| it.path.to_string_lossy() == key)
    }

    /// Takes rows: in the place of those of the same file, or at the end.
    fn merge(&mut self, rows: Vec<SessionRow>) {
        let known = self.rows.iter().enumerate();
        let known: HashMap<PathBuf, usize> = known.map(|(at, it)| (it.path.clone(), at)).collect();
        for row in rows {
            match known.get(&row.path).and_then(|it| self.rows.get_mut(*it)) {
                Some(old) => *old = row,
                None => self.rows.push(row),
            }
        }
    }

    fn about_path(&self, act: Act, row: &SessionRow) -> Vec<Step> {
        let path = row.path.clone();
        match act {
            Act::Enter => vec![Step::End(Outcome::Resume(path))],
            Act::Replay => vec![Step::End(Outcome::Replay(path))],
            Act::Branch => vec![Step::End(Outcome::Branch(path))],
            Act::Export => vec![Step::Effect(Effect::Do(Outcome::Export(path)))],
            Act::Copy => {
                let text = path.to_string_lossy().into_owned();
                vec![Step::Effect(Effect::Do(Outcome::Copy(text)))]
            }
            Act::Delete => {
                let question = match self.lang {
                    Lang::En => format!("delete the session {} for ever?", row.name),
                    Lang::Zh => format!("永久删除会话 {}？", row.name),
                };
                vec![Step::Ask(question, Outcome::Delete(path))]
            }
            _ => Vec::new(),
        }
    }
}

fn key_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

fn kind(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Title => lang.pick("title", "标题"),
        Kind::Question => lang.pick("question", "问题"),
        Kind::Answer => lang.pick("answer", "回答"),
        Kind::Note => lang.pick("note", "备注"),
        Kind::Verdict => lang.pick("verdict", "评价"),
        Kind::Prior => lang.pick("prior report", "既往报告"),
    }
}

impl Subject for Sessions {
    fn title(&self, lang: Lang) -> String {
        lang.pick("sessions", "会话").to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        let words = lang.pick(
            "words of titles, questions, answers, notes",
            "标题、问题、回答、备注中的词",
        );
        words.to_owned()
    }

    fn nothing(&self, lang: Lang) -> String {
        let words = if self.rows.is_empty() {
            lang.pick("there is no session yet", "还没有会话")
        } else {
            lang.pick("nothing was found", "未找到")
        };
        words.to_owned()
    }

    fn acts(&self, lang: Lang) -> Vec<(Act, &'static str)> {
        vec![
            (Act::Enter, lang.pick("go on", "继续")),
            (Act::Replay, lang.pick("replay", "回放")),
            (Act::Branch, lang.pick("branch", "分支")),
            (Act::Export, lang.pick("export", "导出")),
            (Act::Copy, lang.pick("copy path", "复制路径")),
            (Act::Delete, lang.pick("delete", "删除")),
            (Act::Switch, lang.pick("search", "搜索")),
        ]
    }

    fn begins_with_keys(&self) -> bool {
        true
    }

    fn has_preview(&self) -> bool {
        true
    }

    fn preview(&self, _item: &Item) -> Shown {
        Shown::Asked
    }

    fn above(&self, item: &Item) -> Vec<Line> {
        let row = self.find(&item.key);
        let Some(hits) = row.and_then(|it| self.hits.get(&it.path)) else {
            return Vec::new();
        };
        let line = |hit: &Hit| {
            let parts = self.found(hit);
            let face = |is_hit| if is_hit { Face::Hit } else { Face::Dim };
            let parts = parts.iter().map(|it| (face(it.1), it.0.as_str()));
            Line::of(&parts.collect::<Vec<_>>())
        };
        let mut lines: Vec<Line> = hits.iter().take(ABOVE).map(line).collect();
        if hits.len() > ABOVE {
            let n = hits.len() - ABOVE;
            let more = match self.lang {
                Lang::En => format!("and {}", counted(n, "place")),
                Lang::Zh => format!("另有 {n} 处"),
            };
            lines.push(Line::new(Face::Dim, &more));
        }
        lines.push(Line::default());
        lines
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        let Some(row) = on.item.and_then(|it| self.find(&it.key)) else {
            return Vec::new();
        };
        let needs_reading = matches!(act, Act::Replay | Act::Branch | Act::Export);
        match &row.about {
            Some(Err(problem)) if needs_reading => vec![Step::Say(problem.clone())],
            _ => self.about_path(act, row),
        }
    }

    fn typed(&mut self, typed: &str) -> Vec<Step> {
        let typed = typed.trim();
        if typed == self.query {
            return Vec::new();
        }
        typed.clone_into(&mut self.query);
        self.hits.clear();
        let is_waiting = self.is_listing || !typed.is_empty();
        vec![
            self.items(),
            Step::Waiting(is_waiting),
            Step::Effect(Effect::Search(self.query.clone())),
        ]
    }

    fn end(&mut self) -> Option<Effect> {
        let is_searching = !self.query.is_empty();
        is_searching.then(|| Effect::Search(String::new()))
    }

    fn news(&mut self, news: News) -> Vec<Step> {
        match news {
            News::Sessions { rows, is_last } => {
                self.merge(rows);
                self.is_listing = !is_last;
                vec![self.items(), Step::Waiting(!is_last)]
            }
            News::Hits { query, path, hits } if query == self.query => {
                self.hits.insert(path, hits);
                vec![self.items()]
            }
            News::Searched { query } if query == self.query => {
                vec![Step::Waiting(self.is_listing)]
            }
            News::Removed(path) => {
                self.rows.retain(|it| it.path != path);
                vec![self.items()]
            }
            _ => Vec::new(),
        }
    }
}
