//! What a kind of picker is asked in, what it says out: its words, its previews, and what its keys mean.

use std::fmt::Debug;

use super::form::Form;
use super::item::{Item, Line};
use super::list::{List, Move, Row};
use super::msg::{Act, Effect, News, Outcome};
use crate::settings::Lang;

/// What is chosen while a key is pressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct On<'a> {
    /// The item, if one is.
    pub(super) item: Option<&'a Item>,
    /// Whether what is typed is chosen, as it is.
    pub(super) is_typed: bool,
    /// What is typed.
    pub(super) typed: &'a str,
    /// The reader's language.
    pub(super) lang: Lang,
}

impl<'a> On<'a> {
    pub(super) fn of(list: &'a List, lang: Lang) -> Self {
        Self {
            item: list.chosen(),
            is_typed: list.chosen_row() == Some(Row::Typed),
            typed: list.typed(),
            lang,
        }
    }
}

/// What a kind of picker wants to happen.
#[derive(Debug)]
pub(super) enum Step {
    /// Somebody else has to do something; the picker stays.
    Effect(Effect),
    /// The picker is done with.
    End(Outcome),
    /// These items, in place of all.
    Items(Vec<Item>),
    /// These items too.
    Add(Vec<Item>),
    /// The choice goes there.
    Go(Move),
    /// Another list, until it is left.
    Push(Box<List>),
    /// Fields to be filled.
    Form(Form),
    /// A question before this is done.
    Ask(String, Outcome),
    /// This is typed now.
    Typed(String),
    /// More items come, or no more.
    Waiting(bool),
    /// A sentence at the bottom.
    Say(String),
}

/// What is known of an item's preview.
#[derive(Debug)]
pub(super) enum Shown {
    /// This.
    Lines(Vec<Line>),
    /// Somebody else makes it.
    Asked,
}

/// A kind of picker.
pub(super) trait Subject: Debug + Send {
    /// What stands in its frame.
    fn title(&self, lang: Lang) -> String;

    /// What stands where nothing is typed yet.
    fn hint(&self, lang: Lang) -> String {
        lang.pick("type to search", "输入以搜索").to_owned()
    }

    /// What stands in an empty list.
    fn nothing(&self, lang: Lang) -> String {
        lang.pick("nothing is here", "这里没有内容").to_owned()
    }

    /// What its keys do, in the order of the last line.
    fn acts(&self, lang: Lang) -> Vec<(Act, &'static str)> {
        vec![(Act::Enter, lang.pick("choose", "选择"))]
    }

    /// Whether letters are keys when it opens.
    fn begins_with_keys(&self) -> bool {
        false
    }

    /// Whether it has previews.
    fn has_preview(&self) -> bool {
        false
    }

    /// The preview of an item.
    fn preview(&self, _item: &Item) -> Shown {
        Shown::Lines(Vec::new())
    }

    /// What goes above the lines that somebody else made.
    fn above(&self, _item: &Item) -> Vec<Line> {
        Vec::new()
    }

    /// The preview while fields are filled.
    fn draft(&self, _values: &[String]) -> Vec<Line> {
        Vec::new()
    }

    /// Whether an item is marked; `None` where none can be.
    fn is_marked(&self, _key: &str) -> Option<bool> {
        None
    }

    /// The picker opens.
    fn begin(&mut self) -> Vec<Step> {
        Vec::new()
    }

    /// The picker closes, and nothing was chosen or something was.
    fn end(&mut self) -> Option<Effect> {
        None
    }

    /// The list on top was left.
    fn left(&mut self) {}

    /// Does something with what is chosen.
    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step>;

    /// Something else is typed.
    fn typed(&mut self, _typed: &str) -> Vec<Step> {
        Vec::new()
    }

    /// Somebody else found something out.
    fn news(&mut self, news: News) -> Vec<Step> {
        match news {
            News::Items { items, is_last } => vec![Step::Add(items), Step::Waiting(!is_last)],
            _ => Vec::new(),
        }
    }

    /// All fields are filled.
    ///
    /// # Errors
    /// What is wrong with them.
    fn filled(&mut self, _values: &[String]) -> Result<Vec<Step>, String> {
        Ok(Vec::new())
    }
}

/// A list that the parent made: what is chosen is said by its key.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) title: String,
}

impl Subject for Choice {
    fn title(&self, _lang: Lang) -> String {
        self.title.clone()
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        match (act, on.item) {
            (Act::Enter, Some(item)) => vec![Step::End(Outcome::Chosen(item.key.clone()))],
            _ => Vec::new(),
        }
    }
}
