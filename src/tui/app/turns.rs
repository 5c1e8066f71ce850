//! What the conversation and the input ask for in, orders, sheets and effects out.

use std::time::Instant;

use super::layers::Layer;
use super::{App, Effect, Job};
use crate::command::{self, Do};
use crate::session::safe::printable_line;
use crate::tui::desk::Order;
use crate::tui::input;
use crate::tui::layout::Pane;
use crate::tui::sheets::ask::Question;
use crate::tui::sheets::build;
use crate::tui::sheets::text::Text;
use crate::tui::status::{self, Weight};
use crate::tui::talk;
use crate::tui::talk::message::{Body, Level, Message};
use crate::tui::talk::select::Action;

/// What a one-line question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// What must hold of this turn's answer.
    Expect(usize),
    /// A note on this turn.
    Note(usize),
    /// Another answer to compare this one with: its turn.
    Compare(usize),
}

impl App {
    pub(super) fn do_talk(&mut self, effect: talk::Effect, now: Instant) -> Vec<Effect> {
        match effect {
            talk::Effect::Act { turn, action } => self.act_on_turn(turn, action, now),
            talk::Effect::Copy(text) => vec![Effect::Copy(text)],
            talk::Effect::SearchOn => {
                // keys come first: the search goes on with the next tick
                self.is_searching = true;
                vec![Effect::Wake(now)]
            }
            talk::Effect::Probabilities {
                turn,
                message,
                token,
            } => vec![Effect::Order(Order::Top {
                turn,
                token,
                message,
            })],
            talk::Effect::Leave => {
                self.wish.give(Pane::Input);
                Vec::new()
            }
        }
    }

    fn act_on_turn(&mut self, turn: usize, action: Action, now: Instant) -> Vec<Effect> {
        if self.player.is_some() {
            // its numbers are those of another conversation
            let text = self.lang.pick(
                "this session is played; branch from it to go on",
                "正在回放该会话；请从中分支以继续",
            );
            self.say(Weight::Info, text, now);
            return Vec::new();
        }
        let is_last = self.state.last_turn == Some(turn);
        match action {
            Action::Retry if is_last => self.command("/retry", now),
            Action::Retry => match self.question_of(turn) {
                Some(question) => vec![Effect::Order(Order::Edit { turn, question })],
                None => Vec::new(),
            },
            Action::Edit => {
                if let Some(question) = self.question_of(turn) {
                    self.editing = Some(turn);
                    self.wish.give(Pane::Input);
                    let text = self.lang.pick(
                        "change the question; Enter asks it in place of the old one, Esc leaves it",
                        "修改问题；Enter 以新问题替换，Esc 放弃",
                    );
                    self.say(Weight::Info, text, now);
                    return self.input(input::Msg::Edited(question), now);
                }
                Vec::new()
            }
            Action::Branch => self.command(&format!("/branch {turn}"), now),
            Action::Fresh => match self.question_of(turn) {
                Some(question) => self.command(&format!("/ask-fresh {question}"), now),
                None => Vec::new(),
            },
            Action::Blind if is_last => self.command("/blind", now),
            Action::Blind => {
                let text = self.lang.pick(
                    "the control is about the last question; branch from this turn first",
                    "对照仅针对最后一个问题；请先从该轮分支",
                );
                self.remark(None, Level::Warning, text, now)
            }
            Action::Compare => self.ask_line(About::Compare(turn)),
            Action::Expect => self.ask_line(About::Expect(turn)),
            Action::Note => self.ask_line(About::Note(turn)),
            Action::Context => vec![Effect::Order(Order::Sent(turn))],
            Action::CopyMessage | Action::CopyCode(_) | Action::Probabilities | Action::Fold => {
                Vec::new()
            }
        }
    }

    /// Opens a line to be filled.
    fn ask_line(&mut self, about: About) -> Vec<Effect> {
        let title = match about {
            About::Expect(turn) => match self.lang {
                crate::settings::Lang::En => format!("what must hold of answer {turn}:"),
                crate::settings::Lang::Zh => format!("第 {turn} 个回答必须成立的内容："),
            },
            About::Note(turn) => match self.lang {
                crate::settings::Lang::En => format!("a note on answer {turn}:"),
                crate::settings::Lang::Zh => format!("对第 {turn} 个回答的备注："),
            },
            About::Compare(turn) => match self.lang {
                crate::settings::Lang::En => {
                    format!("compare answer {turn} with the answer of turn:")
                }
                crate::settings::Lang::Zh => format!("将第 {turn} 个回答与哪一轮比较："),
            },
        };
        self.layers
            .push(Layer::Line(about, Box::new(Question::new(&title, "", &[]))));
        Vec::new()
    }

    /// A line was filled.
    pub(super) fn line_filled(&mut self, about: About, text: &str, now: Instant) -> Vec<Effect> {
        let order = |turn, line: String| {
            vec![
                Effect::Order(Order::About(turn)),
                Effect::Order(Order::Line(line)),
            ]
        };
        match about {
            _ if text.trim().is_empty() => Vec::new(),
            About::Expect(turn) => order(turn, format!("/expect {text}")),
            About::Note(turn) => order(turn, format!("/note {text}")),
            About::Compare(turn) => {
                if let Ok(other) = text.trim().parse() {
                    return self.compare_turns(turn, other, now);
                }
                let text = self
                    .lang
                    .pick("give the number of a turn", "请输入轮次编号");
                self.remark(None, Level::Failure, text, now)
            }
        }
    }

    fn compare_turns(&mut self, one: usize, other: usize, now: Instant) -> Vec<Effect> {
        let Some((first, second)) = self.answer_of(one).zip(self.answer_of(other)) else {
            let text = self
                .lang
                .pick("one of these turns has no answer", "其中一轮没有回答");
            return self.remark(None, Level::Failure, text, now);
        };
        self.show_difference(one, &first, other, &second);
        Vec::new()
    }

    /// The question of a turn, as it was asked.
    pub(super) fn question_of(&self, turn: usize) -> Option<String> {
        let of_turn = |it: &&Message| it.turn == Some(turn) && matches!(it.body, Body::Question(_));
        self.talk.entries().iter().find(of_turn).map(Message::copy)
    }

    /// The answer of a turn.
    pub(super) fn answer_of(&self, turn: usize) -> Option<String> {
        let mut entries = self.talk.entries().iter();
        let found = entries.find(|it| it.turn == Some(turn) && it.as_answer().is_some());
        found.map(Message::copy)
    }

    pub(super) fn do_input(&mut self, effect: input::Effect, now: Instant) -> Vec<Effect> {
        match effect {
            input::Effect::Enter(entered) => self.entered(&entered.text, now),
            input::Effect::Run(text) => self.command(&text, now),
            input::Effect::Remember(text) => vec![Effect::Job(Job::Remember(text))],
            input::Effect::Cancel => self.stop(now),
            input::Effect::Leave => {
                if self.editing.take().is_some() {
                    return self.input(input::Msg::Edited(String::new()), now);
                }
                let front = if self.wish.has_picture {
                    Pane::Picture
                } else {
                    Pane::Talk
                };
                self.wish.give(front);
                Vec::new()
            }
            input::Effect::Interrupt => {
                let key = self.keymap.hint("app.quit").unwrap_or_default();
                let text = match self.lang {
                    crate::settings::Lang::En => format!("{key} or Ctrl-D leaves"),
                    crate::settings::Lang::Zh => format!("{key} 或 Ctrl-D 退出"),
                };
                self.say(Weight::Info, &text, now);
                Vec::new()
            }
            input::Effect::OpenEditor(text) => vec![Effect::Editor(text)],
            input::Effect::Check(path) => vec![Effect::Job(Job::Check(path))],
            input::Effect::Attach(path) => {
                let line = crate::tui::pick::quote::command_line("open", [path.as_str()]);
                vec![Effect::Order(Order::Line(line))]
            }
            input::Effect::AskValues { command, typed } => {
                let caret = self.input.editor().caret();
                let text = self.input.editor().text();
                let typed_all = text.get(..caret).unwrap_or(text).to_owned();
                vec![Effect::Job(Job::Values {
                    command,
                    word: typed,
                    typed: typed_all,
                })]
            }
            input::Effect::Say(notice) => {
                let text = notice.say(self.lang);
                self.say(Weight::Warning, &text, now);
                Vec::new()
            }
        }
    }

    /// Stops the answer; it is seen at once, before the model hears of it.
    pub(super) fn stop(&mut self, now: Instant) -> Vec<Effect> {
        if !self.input.is_busy() {
            return Vec::new();
        }
        self.status.update(status::Msg::Cancelling, now);
        let words = self.lang.pick("stopping", "正在停止").to_owned();
        let mut effects = vec![Effect::Stop];
        effects.extend(self.said(talk::Msg::Phase(words), now));
        effects
    }

    /// A question or a command is meant.
    fn entered(&mut self, text: &str, now: Instant) -> Vec<Effect> {
        if text.trim_start().starts_with('/') {
            return self.command(text, now);
        }
        if let Some(turn) = self.editing.take() {
            let question = text.to_owned();
            return vec![Effect::Order(Order::Edit { turn, question })];
        }
        if let Some(why) = self.no_model.clone() {
            let mut effects = self.remark(None, Level::Failure, &why, now);
            effects.extend(self.input(input::Msg::Idle, now));
            return effects;
        }
        self.ask(text, now)
    }

    /// Does a command: here what is about the screen, in the laboratory everything else.
    pub(super) fn command(&mut self, line: &str, now: Instant) -> Vec<Effect> {
        let here = match command::parse(line) {
            Ok(Some(Do::Quit)) => return vec![Effect::Quit],
            Ok(Some(Do::System(command::Text::Show))) => {
                self.open_system();
                Vec::new()
            }
            Ok(Some(Do::Prior(command::Text::Show))) => {
                self.open_prior();
                Vec::new()
            }
            Ok(Some(Do::Replay(session))) => self.begin_replay(&session, now),
            Ok(Some(Do::Help(_))) => self.open_help(now),
            Ok(Some(Do::Prompts)) => self.open_prompts(now),
            Ok(Some(Do::Settings)) => self.open_settings(now),
            Ok(Some(Do::Context)) => self.open_context(),
            Ok(Some(Do::Look(key, value))) => {
                // the picture on the screen is meant, whichever it is
                let look = match self.front_picture() {
                    Some(picture) => vec![Effect::Order(Order::Look {
                        source: picture.source.clone(),
                        view: vec![(key.to_owned(), value)],
                    })],
                    None => vec![Effect::Order(Order::Line(line.to_owned()))],
                };
                return look;
            }
            _ => return vec![Effect::Order(Order::Line(line.to_owned()))],
        };
        let mut effects = here;
        effects.extend(self.input(input::Msg::Idle, now));
        effects
    }

    /// Shows what was sent for a turn, or would be sent now.
    pub(super) fn show_sent(&mut self, sent: &build::Sent) {
        let sheet = build::context(sent, self.lang);
        let mut lines = sheet.lines().to_vec();
        lines.extend(self.chains());
        let title = self.lang.pick("context", "上下文");
        self.push_text(Text::new(title, lines, self.lang));
    }

    /// The session's name in the status line and the title.
    pub(super) fn session_in_status(&mut self, now: Instant) {
        let name = self
            .state
            .session
            .as_deref()
            .map(crate::session::store::name);
        let name = match name {
            Some(name) => Some(name),
            None if self.state.is_recorded => {
                Some(self.lang.pick("new session", "新会话").to_owned())
            }
            None => None,
        };
        self.title.session = printable_line(name.as_deref().unwrap_or_default());
        self.status.update(status::Msg::Session(name), now);
    }
}
