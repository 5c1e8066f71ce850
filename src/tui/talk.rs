//! What is said, scrolled, searched and chosen in, the conversation's pane out: pure state, `update`, and a view.
//!
//! `update` takes one message (`Msg`) and says what somebody else has to do (`Effect`); `view` draws what is on the
//! screen and nothing else. Text may come from anywhere: it is made harmless where it enters (`Message`).

use crate::settings::Lang;

pub mod message;

mod answer;

pub mod markdown;

mod starts;

mod table;

mod json;

pub mod inline;

pub mod sheet;

pub mod wrap;

pub mod entries;

pub mod scroll;

pub mod search;

pub mod select;

pub mod tint;

mod keys;

mod msg;

mod view;

mod popup;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod growing_tests;

#[cfg(test)]
mod moving_tests;

#[cfg(test)]
mod screens_tests;

#[cfg(test)]
mod markdown_tests;

pub use keys::{Binding, KEYS, When};
pub use msg::{Choose, Effect, Find, MenuMsg, Msg, TokenMsg};

use entries::Entries;
use message::{Look, Message};
use scroll::Scroll;
use search::{STEP, Search};
use select::{Action, Menu};
use sheet::Lead;
use tint::Looked;

/// The conversation's pane.
#[derive(Debug)]
pub struct Talk {
    entries: Entries,
    scroll: Scroll,
    search: Option<Search>,
    /// The message that actions are about.
    chosen: Option<usize>,
    menu: Option<Menu>,
    /// Whether tokens are tinted by their probability.
    is_tinted: bool,
    looked: Option<Looked>,
    /// Cells across and down.
    size: (u16, u16),
    /// The message and row at the top after the last change of width, and the text that is to stay there: a row begins
    /// before it, and the next change must not go on from that.
    anchor: Option<(usize, usize, usize)>,
}

impl Talk {
    /// Nothing was said yet, in a pane without size.
    pub fn new(lang: Lang) -> Self {
        Self {
            entries: Entries::new(Look { width: 1, lang }),
            scroll: Scroll::default(),
            search: None,
            chosen: None,
            menu: None,
            is_tinted: false,
            looked: None,
            size: (0, 0),
            anchor: None,
        }
    }

    /// The messages.
    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Where the screen is.
    pub fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// The message that actions are about: an index.
    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// The list of actions that is open.
    pub fn menu(&self) -> Option<&Menu> {
        self.menu.as_ref()
    }

    /// The search.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Whether typed characters go to the search's query.
    pub fn takes_text(&self) -> bool {
        self.search.as_ref().is_some_and(|it| it.is_typing)
    }

    /// The token that is looked at.
    pub fn looked(&self) -> Option<&Looked> {
        self.looked.as_ref()
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Resize(width, height) => self.resize(width, height),
            Msg::Lang(lang) => self.look(Look {
                lang,
                ..self.entries.look()
            }),
            Msg::Add(message) => self.add(message),
            Msg::AddAll(messages) => messages.into_iter().for_each(|it| self.add(it)),
            Msg::Piece {
                text,
                voice,
                logprob,
            } => {
                let changed = self.entries.piece(&text, voice, logprob);
                self.grew(changed);
            }
            Msg::Phase(phase) => {
                let changed = self.entries.phase(&phase);
                self.grew(changed);
            }
            Msg::End(end, figures) => {
                let changed = self.entries.finish(end, figures);
                self.grew(changed);
            }
            Msg::Undone { turn, is_undone } => self.undone(turn, is_undone),
            Msg::Clear => *self = self.cleared(),
            Msg::Scroll(by) => {
                let rows = self.rows();
                self.scroll.go(by, &mut self.entries, rows);
            }
            Msg::Find(find) => effects = self.find(find),
            Msg::Choose(choose) => self.choose(choose),
            Msg::Act(action) => effects = self.act(action),
            Msg::Menu(msg) => effects = self.menu_msg(msg),
            Msg::FoldAll => self.fold_all(),
            Msg::Tint => {
                self.is_tinted = !self.is_tinted;
                self.looked = None;
            }
            Msg::Token(msg) => effects = self.token_msg(msg),
            Msg::Click(column, row) => effects = self.click(column, row),
            Msg::Escape => effects = self.escape(),
        }
        self.settle();
        effects
    }

    /// Rows of messages on the screen.
    fn rows(&self) -> usize {
        usize::from(self.size.1).saturating_sub(usize::from(self.search.is_some()))
    }

    /// The messages on the screen, each with its rows on the screen.
    fn shown(&mut self) -> Vec<(usize, usize)> {
        let rows = self.rows();
        self.scroll.shown(&mut self.entries, rows)
    }

    fn settle(&mut self) {
        let rows = self.rows();
        self.scroll.settle(&mut self.entries, rows);
        let shown = self.shown();
        let last = shown.last().map_or(self.scroll.top, |it| it.0);
        self.entries.forget(self.scroll.top..last + 1);
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        self.look(Look {
            width: view::content_width(width),
            ..self.entries.look()
        });
    }

    /// Draws everything anew; the text at the top of the screen stays there.
    fn look(&mut self, look: Look) {
        let (top, row) = (self.scroll.top, self.scroll.row);
        let kept = self
            .anchor
            .filter(|it| (it.0, it.1) == (top, row))
            .map(|it| it.2);
        let place = kept.or_else(|| Some(self.entries.sheet(top)?.start_of(row)));
        let lang = self.entries.lang();
        self.entries.set_look(look);
        if let Some(place) = place.filter(|_| lang == look.lang) {
            self.entries.draw(top);
            self.scroll.row = self.entries.sheet(top).map_or(0, |it| it.row_of(place));
            self.anchor = Some((top, self.scroll.row, place));
        }
        let n_messages = self.entries.len();
        if let Some(search) = self.search.as_mut().filter(|_| lang != look.lang) {
            search.look_for(search.query().to_owned(), n_messages);
        }
    }

    fn add(&mut self, message: Message) {
        self.entries.push(message);
        self.grew(self.entries.len().checked_sub(1));
    }

    /// A message is new or has more text.
    fn grew(&mut self, index: Option<usize>) {
        let Some(index) = index else {
            return;
        };
        self.scroll.has_unseen |= !self.scroll.follows;
        self.changed(index);
    }

    fn changed(&mut self, index: usize) {
        if let Some(search) = &mut self.search {
            search.changed(index, &self.entries);
        }
        if self.menu.as_ref().is_some_and(|it| it.message == index) {
            self.open_menu(index);
        }
    }

    fn change(&mut self, index: usize, change: impl FnOnce(&mut Message)) {
        self.entries.change(index, change);
        self.changed(index);
    }

    fn undone(&mut self, turn: usize, is_undone: bool) {
        let of_turn = |it: &(usize, &Message)| it.1.turn == Some(turn);
        let indices: Vec<usize> = self
            .entries
            .iter()
            .enumerate()
            .filter(of_turn)
            .map(|it| it.0)
            .collect();
        for index in indices {
            self.change(index, |it| it.is_undone = is_undone);
        }
    }

    fn cleared(&self) -> Self {
        Self {
            entries: Entries::new(self.entries.look()),
            size: self.size,
            is_tinted: self.is_tinted,
            ..Self::new(self.entries.lang())
        }
    }

    fn find(&mut self, find: Find) -> Vec<Effect> {
        let n_messages = self.entries.len();
        let last = self.shown().last().map_or(0, |it| it.0);
        match find {
            Find::Open => self.search = Some(Search::begin(last)),
            Find::Cancel => self.search = None,
            _ => {}
        }
        let Some(search) = &mut self.search else {
            return Vec::new();
        };
        let before = search.here().map(|it| (it.0, it.1.start));
        let before = before.filter(|_| find == Find::On);
        match find {
            Find::Type(text) => {
                let text = crate::session::safe::printable_line(&text);
                let query = format!("{}{text}", search.query());
                search.look_for(query, n_messages);
            }
            Find::Erase => {
                let mut query = search.query().to_owned();
                query.pop();
                search.look_for(query, n_messages);
            }
            Find::Accept if search.query().is_empty() => self.search = None,
            Find::Accept => search.is_typing = false,
            Find::Next => search.next(),
            Find::Previous => search.previous(),
            Find::On | Find::Open | Find::Cancel => {}
        }
        self.search_on(before)
    }

    /// Searches a step further, and brings the place onto the screen that it stands at, if it is not the one before.
    fn search_on(&mut self, before: Option<(usize, usize)>) -> Vec<Effect> {
        let Some(search) = &mut self.search else {
            return Vec::new();
        };
        search.step(&self.entries, STEP);
        let is_done = search.is_done();
        let here = search.here().map(|it| (it.0, it.1.start));
        // Only a new place moves the screen: somebody may have scrolled while the search went on.
        if let Some((index, at)) = here.filter(|_| here != before) {
            self.show(index, at);
        }
        if is_done {
            Vec::new()
        } else {
            vec![Effect::SearchOn]
        }
    }

    /// Brings a place of a message's text onto the screen.
    fn show(&mut self, index: usize, at: usize) {
        self.entries.draw(index);
        let row = self.entries.sheet(index).map_or(0, |it| it.row_of(at));
        let rows = self.rows();
        self.scroll.show(index, row, &mut self.entries, rows);
    }

    fn choose(&mut self, choose: Choose) {
        let n_messages = self.entries.len();
        let shown = self.shown();
        let chosen = match choose {
            Choose::Nothing => None,
            Choose::Last => n_messages.checked_sub(1),
            Choose::Previous => match self.chosen {
                Some(chosen) => Some(chosen.saturating_sub(1)),
                None => shown.last().map(|it| it.0),
            },
            Choose::Next => {
                if let Some(chosen) = self.chosen {
                    Some((chosen + 1).min(n_messages.saturating_sub(1)))
                } else {
                    // Of the first message perhaps only the empty row after it is seen.
                    let is_over = self.scroll.row + 1 >= self.entries.height(self.scroll.top);
                    shown.get(usize::from(is_over)).map(|it| it.0)
                }
            }
        };
        self.chosen = chosen.filter(|it| *it < n_messages);
        if self.chosen.is_none() || self.looked.as_ref().map(|it| it.message) != self.chosen {
            self.looked = None;
        }
        if let Some(index) = self.chosen {
            self.show_message(index);
        }
    }

    /// Brings a message onto the screen: whole if it fits, else its beginning.
    fn show_message(&mut self, index: usize) {
        let rows = self.rows();
        let height = self.entries.height(index).saturating_sub(1);
        let shown = self.shown();
        let is_whole = |it: &(usize, usize)| it.0 == index && it.1 >= height.min(rows);
        if !shown.iter().any(is_whole) {
            let row = if index > self.scroll.top {
                height.saturating_sub(1).min(rows)
            } else {
                0
            };
            self.scroll.show(index, row, &mut self.entries, rows);
        }
    }

    fn open_menu(&mut self, index: usize) {
        let lang = self.entries.lang();
        self.menu = self
            .entries
            .get(index)
            .map(|it| Menu::open(index, it, lang));
    }

    fn menu_msg(&mut self, msg: MenuMsg) -> Vec<Effect> {
        if msg == MenuMsg::Open {
            if let Some(index) = self.chosen {
                self.open_menu(index);
            }
            return Vec::new();
        }
        let Some(menu) = &mut self.menu else {
            return Vec::new();
        };
        let action = match msg {
            MenuMsg::Open => None,
            MenuMsg::Up | MenuMsg::Down => {
                menu.step(msg == MenuMsg::Down);
                None
            }
            MenuMsg::Enter => menu.chosen(),
            MenuMsg::Key(key) => menu.keyed(key),
        };
        action.map(|it| self.act(it)).unwrap_or_default()
    }

    /// Does something with the chosen message, or says what somebody else has to do.
    fn act(&mut self, action: Action) -> Vec<Effect> {
        self.menu = None;
        let Some(index) = self.chosen else {
            return Vec::new();
        };
        let Some(message) = self.entries.get(index) else {
            return Vec::new();
        };
        match action {
            Action::CopyMessage => vec![Effect::Copy(message.copy())],
            Action::CopyCode(number) => {
                let code = message.codes().into_iter().nth(number);
                code.map(|it| Effect::Copy(it.text)).into_iter().collect()
            }
            Action::Probabilities => {
                self.is_tinted = true;
                self.looked = None;
                self.token_msg(TokenMsg::Next)
            }
            Action::Fold => {
                self.fold(index);
                Vec::new()
            }
            _ => {
                let turn = message.turn;
                turn.map(|turn| Effect::Act { turn, action })
                    .into_iter()
                    .collect()
            }
        }
    }

    fn fold(&mut self, index: usize) {
        let is_folded = self.entries.get(index).and_then(Message::is_folded);
        if let Some(is_folded) = is_folded {
            self.change(index, |it| it.set_folded(!is_folded));
        }
    }

    /// Shows everything that is folded; when nothing is, folds it.
    fn fold_all(&mut self) {
        let states = self.entries.iter().enumerate();
        let states: Vec<(usize, bool)> = states
            .filter_map(|it| Some((it.0, it.1.is_folded()?)))
            .collect();
        let unfold = states.iter().any(|it| it.1);
        for (index, _) in states {
            self.change(index, |it| it.set_folded(!unfold));
        }
    }

    fn token_msg(&mut self, msg: TokenMsg) -> Vec<Effect> {
        let Some(index) = self.chosen else {
            return Vec::new();
        };
        let from = self.looked.as_ref().map(|it| it.token);
        let step = |is_down: bool| -> Option<usize> {
            let answer = self.entries.get(index)?.as_answer()?;
            let n_tokens = answer.tokens().len();
            let span = |it: usize| answer.token_span(it).map(|span| (it, span));
            if is_down {
                tint::step((from.unwrap_or(0)..n_tokens).filter_map(span), from)
            } else {
                let before = from.map_or(n_tokens, |it| it + 1);
                tint::step((0..before).rev().filter_map(span), from)
            }
        };
        let token = match msg {
            TokenMsg::Next => step(true),
            TokenMsg::Previous => step(false),
            TokenMsg::Top {
                message,
                token,
                top,
            } => {
                let looked = self.looked.as_mut();
                let asked = looked.filter(|it| (it.message, it.token) == (message, token));
                if let Some(looked) = asked {
                    looked.top = top;
                }
                return Vec::new();
            }
        };
        token.map(|it| self.look_at(index, it)).unwrap_or_default()
    }

    /// Looks at a token, and asks for what the model thought of instead.
    fn look_at(&mut self, index: usize, token: usize) -> Vec<Effect> {
        let Some(message) = self.entries.get(index) else {
            return Vec::new();
        };
        let (turn, span) = (
            message.turn,
            message.as_answer().and_then(|it| it.token_span(token)),
        );
        self.looked = Some(Looked {
            message: index,
            token,
            top: Vec::new(),
        });
        let place = span.and_then(|it| self.entries.sheet(index)?.place_of_source(it.start));
        if let Some(at) = place {
            self.show(index, at);
        }
        let ask = |turn| Effect::Probabilities {
            turn,
            message: index,
            token,
        };
        turn.map(ask).into_iter().collect()
    }

    /// The message and the row of it at a row of the screen.
    fn hit(&mut self, row: u16) -> Option<(usize, usize)> {
        let (mut left, mut skip) = (usize::from(row), self.scroll.row);
        for (index, height) in self.shown() {
            if left < height {
                return Some((index, left + skip));
            }
            left -= height;
            skip = 0;
        }
        None
    }

    /// A click on a message chooses it, a second one opens its list; on thinking it unfolds, on a tinted token it shows
    /// its probabilities.
    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if self.menu.take().is_some() {
            return Vec::new();
        }
        let Some((index, at)) = self.hit(row) else {
            self.chosen = None;
            return Vec::new();
        };
        let again = self.chosen.replace(index) == Some(index);
        let sheet = self.entries.sheet(index);
        let line = sheet.and_then(|it| it.lines().get(it.rows().get(at)?.line));
        if line.is_some_and(|it| matches!(it.leads.first(), Some(Lead::Fold(_)))) {
            self.fold(index);
            return Vec::new();
        }
        if self.is_tinted {
            let x = column.saturating_sub(view::LEFT);
            let place = sheet.and_then(|it| it.source(it.at(at, x)?));
            let answer = self.entries.get(index).and_then(Message::as_answer);
            let token = answer
                .zip(place)
                .and_then(|(answer, place)| answer.token_at(place));
            if let Some(token) = token {
                return self.look_at(index, token);
            }
        }
        if again {
            self.open_menu(index);
        }
        Vec::new()
    }

    fn escape(&mut self) -> Vec<Effect> {
        if self.menu.take().is_some() || self.looked.take().is_some() {
            return Vec::new();
        }
        if self.search.take().is_some() {
            return Vec::new();
        }
        if std::mem::take(&mut self.is_tinted) || self.chosen.take().is_some() {
            return Vec::new();
        }
        vec![Effect::Leave]
    }
}
