//! Items, keys and what others found out in, a list to choose from and what was meant out:
//! palette, help, prompts, sessions, files, settings.
//!
//! One `Picker` is open at a time. `update` takes what happened ([`Msg`]) and says what somebody else has to do
//! ([`Effect`]); it reads nothing and waits for nothing. What needs a disk is in [`source`], for another thread to call.
//! Text may come from anywhere: it is made harmless where it enters ([`Item`], [`Line`]).

pub mod files;

pub mod form;

mod fuzzy;

pub mod help;

pub mod item;

mod keys;

pub mod list;

mod msg;

mod paint;

pub mod palette;

mod places;

pub mod prompts;

pub mod quote;

pub mod sessions;

pub mod settings;

pub mod source;

mod subject;

mod view;

#[cfg(test)]
mod kinds_tests;

#[cfg(test)]
mod screens_tests;

#[cfg(test)]
mod tests;

pub use item::{Face, Item, Line};
pub use keys::{Binding, KEYS, When};
pub use msg::{Act, Effect, Msg, News, Outcome};

use crate::session::safe::printable_line;
use crate::settings::Lang;
use crate::tui::input::Edit;
use crate::tui::input::editor::{Editor, Go};
use form::Form;
use list::{List, Order};
use places::Places;
use subject::{Choice, On, Shown, Step, Subject};

/// A list to choose from, over the screen.
#[derive(Debug)]
pub struct Picker {
    subject: Box<dyn Subject>,
    lang: Lang,
    /// The innermost is the last.
    lists: Vec<List>,
    form: Option<Form>,
    /// A question, and what is done after a yes.
    asked: Option<(String, Outcome)>,
    is_typing: bool,
    said: String,
    /// What a key of each row of the table is called, if the parent has said so.
    bound: Vec<String>,
    /// The key of the item whose preview is shown or asked for, its lines, and how many are above the screen.
    preview: Option<(String, Vec<Line>, usize)>,
    size: (u16, u16),
}

impl Picker {
    /// A list of the parent's own: Enter gives [`Outcome::Chosen`]. Items come as [`News::Items`].
    pub fn choice(title: &str, order: Order, lang: Lang) -> Self {
        let title = printable_line(title);
        let mut list = List::new(order);
        list.is_waiting = true;
        Self::new(Box::new(Choice { title }), list, lang)
    }

    fn new(subject: Box<dyn Subject>, list: List, lang: Lang) -> Self {
        Self {
            is_typing: !subject.begins_with_keys(),
            subject,
            lang,
            lists: vec![list],
            form: None,
            asked: None,
            said: String::new(),
            bound: Vec::new(),
            preview: None,
            size: (0, 0),
        }
    }

    /// What has to be done because the picker was opened: folders, previews.
    #[must_use]
    pub fn begin(&mut self) -> Vec<Effect> {
        let steps = self.subject.begin();
        let mut effects = self.take_all(steps);
        effects.extend(self.look());
        effects
    }

    /// The list that is on top.
    pub fn list(&self) -> &List {
        self.lists.last().expect("the first list is never left")
    }

    fn list_mut(&mut self) -> &mut List {
        self.lists.last_mut().expect("the first list is never left")
    }

    /// The fields that are filled, if any are.
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref()
    }

    /// The question that wants a yes or a no.
    pub fn asked(&self) -> Option<&str> {
        self.asked.as_ref().map(|it| it.0.as_str())
    }

    /// Whether what no key does is typed.
    pub fn takes_text(&self) -> bool {
        self.asked.is_none() && (self.form.is_some() || self.is_typing)
    }

    /// Whether the keys of a row of [`KEYS`] count now.
    pub fn counts(&self, when: When) -> bool {
        match when {
            When::Asked => self.asked.is_some(),
            _ if self.asked.is_some() => false,
            When::Form => self.form.is_some(),
            When::List => self.form.is_none() && !self.is_typing,
            When::Typing => self.takes_text(),
            When::Always => true,
        }
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        if matches!(
            msg,
            Msg::Act(_) | Msg::Move(_) | Msg::Edit(_) | Msg::Type(_)
        ) {
            self.said.clear();
        }
        let mut effects = match msg {
            Msg::Resize(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Msg::Type(text) => self.type_text(&text),
            Msg::Edit(edit) => self.edit(edit),
            Msg::Go(go) => self.go(go),
            Msg::Move(go) => {
                if self.form.is_none() && self.asked.is_none() {
                    self.list_mut().go(go);
                }
                Vec::new()
            }
            Msg::Preview(down) => self.scroll_preview(down),
            Msg::Act(act) => self.act(act),
            Msg::Escape => self.escape(),
            Msg::Click(column, row) => self.click(column, row),
            Msg::Bound(bound) => {
                self.bound = bound.iter().map(|it| printable_line(it)).collect();
                Vec::new()
            }
            Msg::Say(said) => {
                self.said = printable_line(&said);
                Vec::new()
            }
            Msg::News(News::Preview { key, lines }) => self.previewed(&key, lines),
            Msg::News(news) => {
                let steps = self.subject.news(news);
                self.take_all(steps)
            }
        };
        let rows = self.places().rows();
        self.list_mut().set_page(rows);
        if effects.first() != Some(&Effect::Close) {
            effects.extend(self.look());
        }
        effects
    }

    /// The part of an area that it takes.
    pub fn outer(&self, area: ratatui::layout::Rect) -> ratatui::layout::Rect {
        Places::of(area, self.subject.has_preview()).outer
    }

    fn places(&self) -> Places {
        let area = ratatui::layout::Rect::new(0, 0, self.size.0, self.size.1);
        Places::of(area, self.subject.has_preview())
    }

    fn take_all(&mut self, steps: Vec<Step>) -> Vec<Effect> {
        let taken = steps.into_iter().map(|it| self.take(it));
        let taken: Vec<Vec<Effect>> = taken.collect();
        taken.concat()
    }

    fn take(&mut self, step: Step) -> Vec<Effect> {
        match step {
            Step::Effect(effect) => return vec![effect],
            Step::End(outcome) => {
                let mut effects = vec![Effect::Close];
                effects.extend(self.subject.end());
                effects.push(Effect::Do(outcome));
                return effects;
            }
            Step::Go(go) => self.list_mut().go(go),
            Step::Items(items) => self.list_mut().replace(items),
            Step::Add(items) => self.list_mut().add(items),
            Step::Push(list) => {
                self.lists.push(*list);
                self.is_typing = true;
            }
            Step::Form(form) => self.form = Some(form),
            Step::Ask(question, outcome) => {
                self.asked = Some((printable_line(&question), outcome));
            }
            Step::Typed(typed) => {
                let list = self.list_mut();
                list.editor.replace(&typed);
                list.typed_on();
            }
            Step::Waiting(is_waiting) => self.list_mut().is_waiting = is_waiting,
            Step::Say(said) => self.said = printable_line(&said),
        }
        Vec::new()
    }

    /// The text that the keys write in.
    fn editor(&mut self) -> Option<&mut Editor> {
        if !self.takes_text() {
            return None;
        }
        match &mut self.form {
            Some(form) => form.editor(),
            None => self.lists.last_mut().map(|it| &mut it.editor),
        }
    }

    fn type_text(&mut self, text: &str) -> Vec<Effect> {
        let text = printable_line(text);
        let is_blank = text == " " && self.list().typed().is_empty();
        if is_blank && self.form.is_none() && self.is_typing {
            // No query begins with a blank: where items can be marked, it marks.
            return self.act(Act::Mark);
        }
        let Some(editor) = self.editor() else {
            return Vec::new();
        };
        editor.insert(&text);
        self.typed()
    }

    fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        let (lang, is_form) = (self.lang, self.form.is_some());
        let Some(editor) = self.editor() else {
            return Vec::new();
        };
        if edit == Edit::Erase && editor.is_empty() && !is_form {
            return self.act(Act::Above);
        }
        match edit {
            Edit::Erase => editor.erase(),
            Edit::Delete => editor.delete(),
            Edit::Cut(go) => editor.cut(go, lang),
            Edit::Yank => editor.yank(),
            Edit::Undo => drop(editor.undo()),
            Edit::Redo => drop(editor.redo()),
            Edit::Unfold => {}
        }
        self.typed()
    }

    /// Something else is typed now.
    fn typed(&mut self) -> Vec<Effect> {
        if self.form.is_some() {
            return Vec::new();
        }
        let list = self.list_mut();
        list.typed_on();
        let typed = list.typed().to_owned();
        let steps = self.subject.typed(&typed);
        self.take_all(steps)
    }

    fn go(&mut self, go: Go) -> Vec<Effect> {
        let lang = self.lang;
        if let Some(editor) = self.editor() {
            editor.go(go, lang, usize::MAX);
        }
        Vec::new()
    }

    fn scroll_preview(&mut self, down: bool) -> Vec<Effect> {
        const STEP: usize = 3;
        if let Some((_, lines, top)) = &mut self.preview {
            *top = if down {
                (*top + STEP).min(lines.len().saturating_sub(1))
            } else {
                top.saturating_sub(STEP)
            };
        }
        Vec::new()
    }

    fn act(&mut self, act: Act) -> Vec<Effect> {
        if let Some((question, outcome)) = self.asked.take() {
            return match act {
                Act::Yes => vec![Effect::Do(outcome)],
                Act::No => Vec::new(),
                _ => {
                    self.asked = Some((question, outcome));
                    Vec::new()
                }
            };
        }
        if self.form.is_some() {
            return self.act_on_form(act);
        }
        if act == Act::Switch {
            self.is_typing = !self.is_typing;
            return Vec::new();
        }
        let list = self.lists.last().expect("the first list is never left");
        let on = On::of(list, self.lang);
        if let Some(why) = on.item.and_then(|it| it.why_not.as_ref())
            && act == Act::Enter
        {
            self.said.clone_from(why);
            return Vec::new();
        }
        let steps = self.subject.act(act, on);
        self.take_all(steps)
    }

    fn act_on_form(&mut self, act: Act) -> Vec<Effect> {
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        match act {
            Act::Switch | Act::Back => form.step(act == Act::Switch),
            Act::NextValue | Act::ValueBefore => form.step_value(act == Act::NextValue),
            Act::Enter if form.is_whole() => match self.subject.filled(&form.values()) {
                Ok(steps) => {
                    self.form = None;
                    return self.take_all(steps);
                }
                Err(problem) => form.problem = printable_line(&problem),
            },
            _ => {}
        }
        Vec::new()
    }

    fn escape(&mut self) -> Vec<Effect> {
        if self.asked.take().is_some() || self.form.take().is_some() {
            return Vec::new();
        }
        if self.lists.len() > 1 {
            self.lists.pop();
            self.subject.left();
            self.preview = None;
            return Vec::new();
        }
        if self.subject.begins_with_keys() && self.is_typing {
            self.is_typing = false;
            self.list_mut().editor.replace("");
            return self.typed();
        }
        let mut effects = vec![Effect::Close];
        effects.extend(self.subject.end());
        effects
    }

    /// A click chooses; on what is chosen already it is Enter.
    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        let places = self.places();
        if self.asked.is_some() || !places.list.contains((column, row).into()) {
            return Vec::new();
        }
        let height = usize::from(row - places.list.y);
        if let Some(form) = &mut self.form {
            form.choose(paint::field_at(form, places.rows(), height));
            return Vec::new();
        }
        let before = self.list().place().0;
        if self.list_mut().click(height) && self.list().place().0 == before {
            return self.act(Act::Enter);
        }
        Vec::new()
    }

    /// Makes the preview of what is chosen, or asks for it.
    fn look(&mut self) -> Vec<Effect> {
        let Some(item) = self.list().chosen() else {
            self.preview = None;
            return Vec::new();
        };
        let is_shown = self.preview.as_ref().is_some_and(|it| it.0 == item.key);
        if is_shown || !self.subject.has_preview() {
            return Vec::new();
        }
        let key = item.key.clone();
        let has_room = !self.places().preview.is_empty();
        let (lines, effects) = match self.subject.preview(item) {
            Shown::Lines(lines) => (lines, Vec::new()),
            Shown::Asked if !has_room => return Vec::new(),
            Shown::Asked => (Vec::new(), vec![Effect::Preview(key.clone())]),
        };
        self.preview = Some((key, lines, 0));
        effects
    }

    fn previewed(&mut self, key: &str, lines: Vec<Line>) -> Vec<Effect> {
        if let Some(preview) = self.preview.as_mut().filter(|it| it.0 == key) {
            preview.1 = lines;
        }
        Vec::new()
    }

    /// The lines of the preview in two parts, and how many of them are above the screen.
    fn preview_parts(&self) -> (Vec<Line>, &[Line], usize) {
        if let Some(form) = &self.form {
            return (self.subject.draft(&form.values()), &[], 0);
        }
        let above = self.list().chosen().map(|it| self.subject.above(it));
        match &self.preview {
            Some((_, lines, top)) => (above.unwrap_or_default(), lines, *top),
            None => (Vec::new(), &[], 0),
        }
    }

    /// What a key is called that does this now.
    fn key_of(&self, act: Act) -> &str {
        let Some(row) = keys::row_of(act, |when| self.counts(when)) else {
            return "";
        };
        let bound = self.bound.get(row).map(String::as_str);
        bound.unwrap_or_else(|| KEYS[row].keys.split(' ').next().unwrap_or(""))
    }
}
