//! A session's contents in, what a person reads of them out, turn by turn: the same words wherever they are written.

use std::collections::HashSet;

use super::words;
use crate::session::contents::{Contents, Standing};
use crate::session::error::Error;
use crate::session::story::Told;
use crate::session::v1::{Boxed, Prior};
use crate::settings::Lang;

/// Which turns, and in which language.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The language of everything that the session itself does not say.
    pub lang: Lang,
    /// Also what was undone, retried, asked fresh, or a control.
    pub all: bool,
    /// This turn alone.
    pub turn: Option<usize>,
    /// Also what the model thought.
    pub thinking: bool,
}

/// What is read before the turns.
#[derive(Debug)]
pub struct Cover {
    /// What the session is called: its title, or its first question.
    pub title: String,
    /// What it is not for.
    pub disclaimer: &'static str,
    /// What it was made with, one fact each, and what somebody noted about it.
    pub facts: Vec<String>,
    /// Which turns are not shown.
    pub hidden: Option<String>,
}

/// What is read of a turn.
#[derive(Debug)]
pub struct Leaf {
    /// Its number.
    pub number: usize,
    /// What a reader must know before reading it: undone, partial …
    pub marks: Vec<String>,
    /// What is another way than before: model, settings.
    pub news: Vec<String>,
    /// Pictures that stand in it for the first time, and those that the answer speaks of places in.
    pub pictures: Vec<Pictured>,
    /// Prior reports, where they are others than before: what stands before each, and its text.
    pub priors: Vec<(String, String)>,
    /// The question.
    pub question: String,
    /// What the model thought.
    pub thinking: String,
    /// The answer.
    pub answer: String,
    /// Places that it speaks of.
    pub boxes: Vec<Boxed>,
    /// How it ended, what was left out, what was expected, what somebody said of it.
    pub facts: Vec<String>,
}

/// A picture in a turn.
#[derive(Debug)]
pub struct Pictured {
    /// Its number.
    pub id: u32,
    /// Its name and everything else worth knowing.
    pub line: String,
}

/// The turns of a session that are wanted, one after the other.
pub struct Leaves<'a> {
    contents: &'a mut Contents,
    wish: Wish,
    standings: Vec<Standing>,
    wanted: std::vec::IntoIter<usize>,
    before: Option<usize>,
    introduced: HashSet<u32>,
}

/// What is read before the turns.
pub fn cover(contents: &Contents, name: &str, wish: Wish) -> Cover {
    let (story, lang) = (&contents.story, wish.lang);
    let head = &story.head;
    let pictures = story.openings.iter().map(|it| it.pictures.len()).sum();
    let branch = head.branch.as_ref().map(|it| match lang {
        Lang::En => format!(
            "branched from session {} after turn {}",
            it.session, it.turn
        ),
        Lang::Zh => format!("从会话 {} 第 {} 轮之后分出", it.session, it.turn),
    });
    let torn = contents.is_torn().then(|| {
        let (en, zh) = (
            "its last line is cut off, as in a crash",
            "最后一行被截断,如同崩溃",
        );
        lang.pick(en, zh).to_owned()
    });
    let unknown = (story.unknown > 0).then(|| {
        let (en, zh) = (" of kinds that this medlab does not know", "的类型未知");
        let lines = words::counted(story.unknown, ("line", "lines"), "行", lang);
        format!("{lines}{}", lang.pick(en, zh))
    });
    let said = |name: &str, value: &str| {
        let is_there = !value.is_empty();
        is_there.then(|| format!("{name} {value}"))
    };
    let facts = [
        Some(format!("{} {name}", lang.pick("session", "会话"))),
        said(lang.pick("begun", "开始于"), &head.started),
        Some(words::extent(
            story.turns.len(),
            pictures,
            story.seconds,
            lang,
        )),
        Some(words::model(&head.model, lang)),
        said("medlab", &head.lab),
        branch,
        torn,
        unknown,
    ];
    let hidden = words::hidden(&contents.standings(), lang);
    let notes = story.notes.iter().filter(|it| !it.is_empty());
    let notes = notes.map(|it| words::note(it, lang));
    Cover {
        title: story.title(),
        disclaimer: words::disclaimer(lang),
        facts: facts.into_iter().flatten().chain(notes).collect(),
        hidden: hidden.filter(|_| !wish.all && wish.turn.is_none()),
    }
}

/// Ids of the pictures in the turns that are wanted.
pub fn picture_ids(contents: &Contents, wish: Wish) -> HashSet<u32> {
    let wanted = wanted(contents, &contents.standings(), wish);
    let turns = wanted.iter().map(|it| &contents.story.turns[*it]);
    turns.flat_map(ids).collect()
}

/// Ids of a turn's new pictures, and of those that its answer speaks of places in.
fn ids(told: &Told) -> Vec<u32> {
    let mut ids = told.turn.shows.clone();
    for boxed in told.boxes.iter().flat_map(|it| &it.boxes) {
        if !ids.contains(&boxed.picture) {
            ids.push(boxed.picture);
        }
    }
    ids
}

/// Indices of the turns that are wanted, in order.
pub(super) fn wanted(contents: &Contents, standings: &[Standing], wish: Wish) -> Vec<usize> {
    if let Some(turn) = wish.turn {
        return contents.index_of(turn).into_iter().collect();
    }
    let is_wanted = |index: &usize| wish.all || standings[*index].is_told();
    (0..standings.len()).filter(is_wanted).collect()
}

impl<'a> Leaves<'a> {
    /// The turns that are wanted.
    pub fn of(contents: &'a mut Contents, wish: Wish) -> Self {
        let standings = contents.standings();
        let wanted = wanted(contents, &standings, wish);
        Self {
            contents,
            wish,
            standings,
            wanted: wanted.into_iter(),
            before: None,
            introduced: HashSet::new(),
        }
    }

    /// The next turn, read from the session just now; `None` at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next_leaf(&mut self) -> Result<Option<Leaf>, Error> {
        let Some(index) = self.wanted.next() else {
            return Ok(None);
        };
        let told = self.contents.told(index)?;
        let (lang, standing) = (self.wish.lang, self.standings[index]);
        let leaf = Leaf {
            number: told.turn.n,
            marks: words::marks(&told, standing, lang),
            news: self.news(index, &told),
            pictures: ids(&told).into_iter().map(|id| self.pictured(id)).collect(),
            priors: self.priors(&told),
            facts: facts(&told, lang),
            question: match told.turn.before.as_str() {
                "" => told.turn.question,
                before => format!("{before}\n{}", told.turn.question),
            },
            thinking: Some(told.thinking)
                .filter(|_| self.wish.thinking)
                .unwrap_or_default(),
            answer: told.answer,
            boxes: told.boxes.map(|it| it.boxes).unwrap_or_default(),
        };
        self.before = Some(index);
        Ok(Some(leaf))
    }

    /// What is in another way than at the turn that was read before.
    fn news(&self, index: usize, told: &Told) -> Vec<String> {
        let lang = self.wish.lang;
        let before = self.before.map(|it| &self.contents.story.turns[it]);
        let mut news = Vec::new();
        let is_reset = |it| self.contents.is_reset_between(it, index);
        if self.before.is_some_and(is_reset) {
            let (en, zh) = (
                "a new conversation: everything before was reset",
                "新的对话:之前的内容已重置",
            );
            news.push(lang.pick(en, zh).to_owned());
        }
        let (now, then) = (self.contents.model_of(index), self.before);
        if then.map_or(&self.contents.story.head.model, |it| {
            self.contents.model_of(it)
        }) != now
        {
            let name = lang.pick("the model is now", "模型现为");
            news.push(format!("{name} {}", words::model(now, lang)));
        }
        news.extend(words::changes(&told.turn, before.map(|it| &it.turn), lang));
        let had_priors = before.is_some_and(|it| !it.priors.is_empty());
        if had_priors && told.priors.is_empty() {
            let (en, zh) = ("without a prior report from here on", "此后没有既往报告");
            news.push(lang.pick(en, zh).to_owned());
        }
        news
    }

    /// A picture: in full the first time, later by its name.
    fn pictured(&mut self, id: u32) -> Pictured {
        let lang = self.wish.lang;
        let openings = self.contents.story.openings.iter();
        let mut all = openings.flat_map(|it| it.pictures.iter().map(|shown| (&it.name, shown)));
        let line = match all.find(|(_, shown)| shown.id == id) {
            Some((name, shown)) if self.introduced.insert(id) => words::picture(shown, name, lang),
            Some((name, _)) => words::picture_name(id, name, lang),
            None => words::picture_name(id, "?", lang),
        };
        Pictured { id, line }
    }

    fn priors(&self, told: &Told) -> Vec<(String, String)> {
        let before = self.before.map(|it| &self.contents.story.turns[it].priors);
        if before.is_some_and(|it| *it == told.priors) {
            return Vec::new();
        }
        let line = |it: &Prior| (words::prior(it, self.wish.lang), it.text.clone());
        told.priors.iter().map(line).collect()
    }
}

fn facts(told: &Told, lang: Lang) -> Vec<String> {
    let mut facts = vec![words::end(&told.end, lang)];
    facts.extend(told.turn.dropped.iter().map(|it| words::dropped(it, lang)));
    if let Some(boxes) = &told.boxes {
        facts.extend(boxes.boxes.iter().map(|it| words::boxed(it, lang)));
        facts.extend(boxes.remarks.iter().cloned());
    }
    facts.extend(told.expects.iter().map(|it| words::expect(it, lang)));
    facts.extend(told.verdicts.iter().map(|it| words::verdict(it, lang)));
    facts.extend(told.notes.iter().map(|it| words::note(it, lang)));
    facts
}
