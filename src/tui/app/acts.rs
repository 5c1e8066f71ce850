//! An event in, what is done about it out: keys by the keymap, what no key is to whoever takes text.

use std::time::Instant;

use crossterm::event::{Event, KeyEvent};
use ratatui::layout::Rect;

use super::keys::Act;
use super::layers::{Layer, Then};
use super::{App, Effect};
use crate::command::{COMMANDS, Completion};
use crate::settings::{Key, Lang};
use crate::tui::input;
use crate::tui::input::complete::Command;
use crate::tui::keymap::{Do, typed};
use crate::tui::layout::Pane;
use crate::tui::sheets::ask::Confirm;
use crate::tui::sheets::write::Write;
use crate::tui::status::{self, Weight};
use crate::tui::talk::message::Message;
use crate::tui::talk::{self, Find, MenuMsg};
use crate::tui::{pick, picture, sheets};

/// Commands that are done at once, also while the model answers.
const INSTANT: [&str; 7] = [
    "help", "prompts", "context", "replay", "quit", "view", "settings",
];

/// The commands as the input completes them.
pub(super) fn commands(lang: Lang) -> Vec<Command> {
    let known = COMMANDS.iter().map(|it| {
        let values: Vec<String> = match it.completion {
            Completion::Clear => vec!["clear".to_owned()],
            Completion::Verdict => vec!["good".to_owned(), "bad".to_owned()],
            Completion::Commands => COMMANDS.iter().map(|it| it.name.to_owned()).collect(),
            Completion::View(key) => {
                let values = Key::find(key).map_or(&[] as &[&str], |key| key.values);
                values.iter().map(|it| (*it).to_owned()).collect()
            }
            _ => Vec::new(),
        };
        let asks = matches!(
            it.completion,
            Completion::Pictures
                | Completion::FileOrClear
                | Completion::Settings
                | Completion::Prompts
        );
        Command {
            name: it.name.to_owned(),
            arguments: it.arguments.to_owned(),
            about: lang.pick(it.en, it.zh).to_owned(),
            values,
            asks,
            is_instant: INSTANT.contains(&it.name),
        }
    });
    known.collect()
}

impl App {
    pub(super) fn event(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(&key, now),
            Event::Mouse(event) => self.mouse(event, now),
            Event::Paste(text) => self.paste(&text, now),
            Event::Resize(columns, rows) => {
                self.area = Rect::new(0, 0, columns, rows);
                Vec::new()
            }
            Event::FocusGained | Event::FocusLost => Vec::new(),
        }
    }

    fn key(&mut self, key: &KeyEvent, now: Instant) -> Vec<Effect> {
        let places = self.places();
        // with nothing written, Ctrl-D leaves, as in a shell
        if self.layers.is_empty() && is_end(key) && self.wish.focus == Pane::Input {
            let is_idle = self.input.editor().is_empty() && self.input.queue().waiting().is_empty();
            if is_idle {
                return self.act(Act::App(Do::Quit), now);
            }
        }
        if let Some(row) = self.keymap.lookup(&places, key) {
            let act = row.does.clone();
            return self.act(act, now);
        }
        match typed(key) {
            Some(text) => self.type_text(&text.to_string(), now),
            None => Vec::new(),
        }
    }

    /// What no key is: for the query, the list, the sheet or the input that takes text.
    fn type_text(&mut self, text: &str, now: Instant) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Pick(_)) => return self.pick(pick::Msg::Type(text.to_owned()), now),
            Some(Layer::Text(_) | Layer::Grid) => {
                return self.text_sheet(sheets::text::Msg::Find(Find::Type(text.to_owned())));
            }
            Some(Layer::Paper(_)) => {
                let write = Write::Insert(text.to_owned());
                return self.paper(sheets::paper::Msg::Write(write), now);
            }
            Some(Layer::Line(..)) => {
                let write = Write::Insert(text.to_owned());
                return self.question(sheets::ask::QuestionMsg::Write(write), now);
            }
            Some(Layer::Confirm(..)) => return Vec::new(),
            None => {}
        }
        match self.wish.focus {
            Pane::Input => self.input(input::Msg::Insert(text.to_owned()), now),
            Pane::Talk if self.talk.takes_text() => {
                self.talk(talk::Msg::Find(Find::Type(text.to_owned())), now)
            }
            Pane::Talk if self.talk.menu().is_some() => {
                let letter = text.chars().next();
                let msgs = letter.map(|it| talk::Msg::Menu(MenuMsg::Key(it)));
                msgs.map_or_else(Vec::new, |it| self.talk(it, now))
            }
            Pane::Talk | Pane::Picture | Pane::Rail => Vec::new(),
        }
    }

    fn paste(&mut self, text: &str, now: Instant) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Paper(_)) => {
                let write = Write::Paste(text.to_owned());
                self.paper(sheets::paper::Msg::Write(write), now)
            }
            Some(_) => {
                let line = text.lines().next().unwrap_or_default().to_owned();
                self.type_text(&line, now)
            }
            None => {
                // wherever the keys are, pasted text is meant for the input
                self.wish.give(Pane::Input);
                self.input(input::Msg::Paste(text.to_owned()), now)
            }
        }
    }

    /// Does what a key means.
    pub(super) fn act(&mut self, act: Act, now: Instant) -> Vec<Effect> {
        match act {
            Act::App(it) => self.act_on_all(it, now),
            Act::Talk(msg) => self.talk(msg, now),
            Act::Input(msg) => self.input(msg, now),
            Act::Picture(msg) => self.viewer_by_hand(msg, now),
            Act::Rail(msg) => self.rail(msg, now),
            Act::Player(msg) => self.play(msg, now),
            Act::Grid(msg) => self.grid_msg(msg),
            Act::Pick(msg) => self.pick(msg, now),
            Act::Text(msg) => self.text_sheet(msg),
            Act::Paper(msg) => self.paper(msg, now),
            Act::Write(write) => self.write(write, now),
            Act::Line(msg) => self.question(msg, now),
            Act::Confirm(msg) => self.confirm(msg),
        }
    }

    /// Changes the text that is written.
    fn write(&mut self, write: Write, now: Instant) -> Vec<Effect> {
        match self.layers.last() {
            Some(Layer::Paper(_)) => self.paper(sheets::paper::Msg::Write(write), now),
            Some(Layer::Line(..)) => self.question(sheets::ask::QuestionMsg::Write(write), now),
            _ => Vec::new(),
        }
    }

    fn act_on_all(&mut self, act: Do, now: Instant) -> Vec<Effect> {
        match act {
            Do::Quit => return self.quit(),
            Do::Palette => return self.open_palette(now),
            Do::Help => return self.open_help(now),
            Do::Sessions => return self.open_sessions(now),
            Do::Prompts => return self.open_prompts(now),
            Do::Open => return self.open_files(now),
            Do::Settings => return self.open_settings(now),
            Do::Grid => return self.open_grid(now),
            Do::Prior => self.open_prior(),
            Do::Context => return self.open_context(),
            Do::NextPane => self.give(self.wish.next(true)),
            Do::PreviousPane => self.give(self.wish.next(false)),
            Do::Focus(pane) => self.give(pane),
            Do::FoldRail => self.fold_rail(),
            Do::Resize(way) => {
                self.layout.push(&mut self.sizes, self.wish.focus, way);
            }
            Do::FullScreen => self.wish.toggle_full(),
            Do::HidePicture => self.wish.toggle_picture(),
            Do::SideBySide => return self.viewer_by_hand(picture::Msg::SideBySide, now),
            Do::Eye => return self.viewer_by_hand(picture::Msg::ModelEye, now),
            Do::Mouse => {
                self.is_mouse_on = !self.is_mouse_on;
                self.status
                    .update(status::Msg::MouseOff(!self.is_mouse_on), now);
                return vec![Effect::Mouse(self.is_mouse_on)];
            }
            Do::Redraw => return vec![Effect::Redraw],
            Do::Suspend => return vec![Effect::Suspend],
            Do::Stop => return self.stop(now),
            Do::Theme => self.next_theme(now),
            Do::Language => {
                let lang = match self.lang {
                    Lang::En => Lang::Zh,
                    Lang::Zh => Lang::En,
                };
                self.set_lang(lang, now);
            }
            Do::CopyAnswer => return self.copy_answer(now),
        }
        Vec::new()
    }

    /// Gives the keys to a pane.
    pub(super) fn give(&mut self, pane: Pane) {
        // under a list or a sheet nobody sees where they go
        if self.layers.is_empty() {
            self.wish.give(pane);
        }
    }

    fn fold_rail(&mut self) {
        use crate::tui::layout::RailForm;
        self.wish.rail = match self.wish.rail {
            RailForm::Open => RailForm::Folded,
            RailForm::Folded => RailForm::Hidden,
            RailForm::Hidden => RailForm::Open,
        };
        if self.wish.rail == RailForm::Hidden && self.wish.focus == Pane::Rail {
            self.wish.give(Pane::Input);
        }
    }

    /// Leaves; while something is asked that would be lost, a yes is needed.
    fn quit(&mut self) -> Vec<Effect> {
        if !self.input.is_busy() {
            return vec![Effect::Quit];
        }
        let question = self.lang.pick(
            "the model is still answering; leave?",
            "模型仍在回答；要退出吗？",
        );
        self.layers
            .retain(|it| !matches!(it, Layer::Confirm(Then::Quit, _)));
        self.layers
            .push(Layer::Confirm(Then::Quit, Confirm::new(question, false)));
        Vec::new()
    }

    fn next_theme(&mut self, now: Instant) {
        self.wanted_look = self.look.next();
        self.look = super::chosen(
            self.wanted_look,
            self.settings.symbols,
            self.caps.is_light,
            &self.env,
        );
        let text = self.look.say(self.lang);
        self.say(Weight::Info, &text, now);
    }

    /// The interface speaks this language from now on.
    pub(super) fn set_lang(&mut self, lang: Lang, now: Instant) {
        self.lang = lang;
        self.viewer.set_lang(lang);
        // a change of words asks for nothing
        drop(self.talk.update(talk::Msg::Lang(lang)));
        drop(self.input.update(input::Msg::Lang(lang)));
        self.input.set_commands(commands(lang));
        if let Some(player) = &mut self.player {
            drop(player.update(crate::tui::player::Msg::Lang(lang), now));
        }
        if let Some(grid) = &mut self.grid {
            drop(grid.update(crate::tui::grid::Msg::Lang(lang)));
        }
        self.name_all();
    }

    fn copy_answer(&mut self, now: Instant) -> Vec<Effect> {
        let mut entries: Vec<&Message> = self.talk.entries().iter().collect();
        entries.retain(|it| it.as_answer().is_some() && !it.is_undone);
        if let Some(answer) = entries.last() {
            return vec![Effect::Copy(answer.copy())];
        }
        let text = self.lang.pick("there is no answer yet", "还没有回答");
        self.say(Weight::Info, text, now);
        Vec::new()
    }
}

/// Ctrl-D.
fn is_end(key: &KeyEvent) -> bool {
    use crossterm::event::{KeyCode, KeyModifiers};
    key.code == KeyCode::Char('d') && key.modifiers == KeyModifiers::CONTROL
}
