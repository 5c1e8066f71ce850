//! What lies over the panes in (lists, sheets, questions), what a person meant with it out.

use std::path::PathBuf;
use std::time::Instant;

use super::turns::About;
use super::{App, Effect, Job};
use crate::settings::Lang;
use crate::tui::desk::Order;
use crate::tui::input;
use crate::tui::keymap::Place;
use crate::tui::pick::palette::{self, Action};
use crate::tui::pick::{self, Outcome, Picker};
use crate::tui::sheets::ask::{Answer, Confirm, ConfirmMsg, Question, QuestionMsg};
use crate::tui::sheets::paper::{self, Paper};
use crate::tui::sheets::text::{self, Text};
use crate::tui::sheets::{self, build};
use crate::tui::status::Weight;
use crate::tui::talk::message::Level;

/// Something over the panes.
pub(super) enum Layer {
    /// A list to choose from.
    Pick(Box<Picker>),
    /// A text to read.
    Text(Box<Text>),
    /// A text to write.
    Paper(Box<Paper>),
    /// A line that is asked for.
    Line(About, Box<Question>),
    /// A yes or no.
    Confirm(Then, Confirm),
    /// The experiment.
    Grid,
}

/// What is done after a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Leave the program.
    Quit,
}

impl Layer {
    /// Where keys count in it, the first place first.
    pub(super) fn places(&self, app: &App) -> Vec<Place> {
        match self {
            Self::Pick(picker) => {
                let all = [
                    (pick::When::Asked, Place::Asked),
                    (pick::When::Form, Place::Form),
                    (pick::When::List, Place::Letters),
                    (pick::When::Typing, Place::Query),
                    (pick::When::Always, Place::List),
                ];
                let counting = all.into_iter().filter(|it| picker.counts(it.0));
                counting.map(|it| it.1).chain([Place::Everywhere]).collect()
            }
            Self::Text(sheet) => of_text(sheet).stack().to_vec(),
            Self::Paper(paper) => match paper.when() {
                sheets::When::Asking => Place::Dropping.stack().to_vec(),
                _ => Place::Prior.stack().to_vec(),
            },
            Self::Line(..) => Place::Question.stack().to_vec(),
            Self::Confirm(..) => Place::Confirm.stack().to_vec(),
            Self::Grid => match app.grid.as_ref().and_then(|it| it.sheet()) {
                Some(sheet) => of_text(sheet).stack().to_vec(),
                None => Place::Grid.stack().to_vec(),
            },
        }
    }

    /// Whether a click beside it closes it.
    pub(super) fn is_light(&self) -> bool {
        !matches!(self, Self::Paper(_))
    }
}

fn of_text(sheet: &Text) -> Place {
    match sheet.when() {
        sheets::When::Finding => Place::Finding,
        _ => Place::Sheet,
    }
}

impl App {
    /// Opens a list.
    fn open_pick(&mut self, mut picker: Picker, now: Instant) -> Vec<Effect> {
        let effects = picker.begin();
        self.layers.push(Layer::Pick(Box::new(picker)));
        let area = self.layer_area();
        let mut done = self.pick(pick::Msg::Resize(area.width, area.height), now);
        for effect in effects {
            done.extend(self.do_pick(effect, now));
        }
        done
    }

    /// Something for the list that is open.
    pub(super) fn pick(&mut self, msg: pick::Msg, now: Instant) -> Vec<Effect> {
        let Some(Layer::Pick(picker)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let effects = picker.update(msg);
        effects
            .into_iter()
            .flat_map(|it| self.do_pick(it, now))
            .collect()
    }

    /// What was found out for a list.
    pub(super) fn found(&mut self, msg: pick::Msg, now: Instant) -> Vec<Effect> {
        // it may be for a list that something lies over
        let at = self
            .layers
            .iter()
            .rposition(|it| matches!(it, Layer::Pick(_)));
        let Some(Layer::Pick(picker)) = at.and_then(|it| self.layers.get_mut(it)) else {
            return Vec::new();
        };
        let effects = picker.update(msg);
        effects
            .into_iter()
            .flat_map(|it| self.do_pick(it, now))
            .collect()
    }

    fn do_pick(&mut self, effect: pick::Effect, now: Instant) -> Vec<Effect> {
        match effect {
            pick::Effect::Close => {
                if let Some(at) = self
                    .layers
                    .iter()
                    .rposition(|it| matches!(it, Layer::Pick(_)))
                {
                    self.layers.remove(at);
                }
                Vec::new()
            }
            pick::Effect::Do(outcome) => self.outcome(outcome, now),
            pick::Effect::Search(query) => vec![Effect::Job(Job::SearchSessions(query))],
            pick::Effect::Preview(key) => vec![Effect::Job(Job::Preview(key))],
            pick::Effect::List(folder) => vec![Effect::Job(Job::List(folder))],
        }
    }

    fn outcome(&mut self, outcome: Outcome, now: Instant) -> Vec<Effect> {
        match outcome {
            Outcome::Run(line) => self.run_line(&line, now),
            Outcome::Fill(text) => {
                self.wish.give(crate::tui::layout::Pane::Input);
                self.input(input::Msg::Edited(text), now)
            }
            Outcome::Action(id) => match self.keymap.row(&id).map(|it| it.does.clone()) {
                Some(act) => self.act(act, now),
                None => Vec::new(),
            },
            Outcome::Resume(path) => self.go_on_with(path, now),
            Outcome::Replay(path) => self.begin_replay(&path.display().to_string(), now),
            Outcome::Branch(path) => vec![Effect::Job(Job::Branch { path, turn: None })],
            Outcome::Export(path) => vec![Effect::Job(Job::Export(path))],
            Outcome::Delete(path) if self.state.session.as_ref() == Some(&path) => {
                let text = self.lang.pick(
                    "this session is being written; begin a new one first",
                    "该会话正在写入；请先开始新会话",
                );
                self.found(pick::Msg::Say(text.to_owned()), now)
            }
            Outcome::Delete(path) => vec![Effect::Job(Job::Delete(path))],
            Outcome::Copy(text) => vec![Effect::Copy(text)],
            Outcome::Chosen(_) => Vec::new(),
        }
    }

    /// A command line from a list: done now, or after what the laboratory does.
    fn run_line(&mut self, line: &str, now: Instant) -> Vec<Effect> {
        if !self.input.is_busy() {
            let mut effects = self.input(input::Msg::Busy, now);
            effects.extend(self.command(line, now));
            return effects;
        }
        if !self.input.editor().is_empty() {
            let text = self.lang.pick(
                "the model answers, and something is written in the input: send or clear it first",
                "模型正在回答，且输入框中有内容：请先发送或清空",
            );
            self.say(Weight::Warning, text, now);
            return Vec::new();
        }
        let text = self.lang.pick("after the answer", "将在回答结束后执行");
        self.say(Weight::Info, text, now);
        let mut effects = self.input(input::Msg::Edited(line.to_owned()), now);
        effects.extend(self.input(input::Msg::Enter, now));
        effects
    }

    fn go_on_with(&mut self, path: PathBuf, now: Instant) -> Vec<Effect> {
        let text = self.lang.pick("opening the session", "正在打开会话");
        self.say(Weight::Info, text, now);
        self.go_elsewhere(Some(path), now)
    }

    /// Goes on in another session; what is on the screen is forgotten, what is on the disk stays.
    pub(super) fn go_elsewhere(&mut self, path: Option<PathBuf>, now: Instant) -> Vec<Effect> {
        let mut effects = self.said(crate::tui::talk::Msg::Clear, now);
        if self.input.is_busy() {
            effects.push(Effect::Stop);
        }
        effects.push(Effect::Order(Order::Session(path)));
        effects
    }

    /// Everything that keys do, by name, for palette and help.
    fn actions(&self) -> Vec<Action> {
        let rows = self.keymap.rows().iter();
        rows.map(|it| Action {
            id: it.id.clone(),
            name: self.lang.pick(it.en, it.zh).to_owned(),
            keys: it.shown(),
            place: palette_place(it.place),
            why_not: None,
        })
        .collect()
    }

    pub(super) fn open_palette(&mut self, now: Instant) -> Vec<Effect> {
        let mut actions = self.actions();
        // what moves a caret or a choice is done by its key alone
        actions.retain(|it| {
            matches!(
                it.place,
                palette::Place::Everywhere | palette::Place::Picture
            ) && !["drawing.", "probe."]
                .iter()
                .any(|of| it.id.starts_with(of))
        });
        let nothing_asked = self.lang.pick("nothing was asked yet", "尚未提问");
        let unable: Vec<palette::Unable<'_>> = if self.state.turns == 0 {
            ["retry", "undo", "blind", "paraphrase", "verdict", "expect"]
                .into_iter()
                .map(|name| (name, nothing_asked))
                .collect()
        } else {
            Vec::new()
        };
        let picker = Picker::palette(&actions, &unable, self.lang);
        self.open_pick(picker, now)
    }

    pub(super) fn open_help(&mut self, now: Instant) -> Vec<Effect> {
        let picker = Picker::help(&self.actions(), self.lang);
        self.open_pick(picker, now)
    }

    pub(super) fn open_prompts(&mut self, now: Instant) -> Vec<Effect> {
        let picker = Picker::prompts(&self.library, self.settings.language, self.lang);
        self.open_pick(picker, now)
    }

    pub(super) fn open_settings(&mut self, now: Instant) -> Vec<Effect> {
        let origins = if self.state.settings.is_empty() {
            &self.settings.origins
        } else {
            &self.state.settings
        };
        let picker = Picker::settings(origins, self.lang);
        self.open_pick(picker, now)
    }

    pub(super) fn open_sessions(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = self.open_pick(Picker::sessions(self.lang), now);
        effects.push(Effect::Job(Job::ListSessions));
        effects
    }

    pub(super) fn open_files(&mut self, now: Instant) -> Vec<Effect> {
        let home = self.env.get("HOME").map(PathBuf::from);
        let base = self.folder.clone();
        self.open_pick(Picker::files(&base, home.as_deref(), self.lang), now)
    }

    /// What would be sent now, with the chain of every picture.
    pub(super) fn open_context(&mut self) -> Vec<Effect> {
        if self.model.is_some() && !self.input.is_busy() {
            let text = self.input.editor().text();
            let question = if text.starts_with('/') { "" } else { text };
            return vec![Effect::Order(Order::Preview(question.to_owned()))];
        }
        let lines = self.chains();
        let title = self.lang.pick("what would be sent now", "当前将发送的内容");
        self.push_text(Text::new(title, lines, self.lang));
        Vec::new()
    }

    /// Every step from the files to the model's pixels.
    pub(super) fn chains(&self) -> Vec<text::Line> {
        let mut lines = Vec::new();
        for (number, picture) in (1..).zip(&self.state.pictures) {
            lines.push(text::Line::default());
            let name = format!(
                "{} {number}: {}",
                self.lang.pick("picture", "图片"),
                picture.name
            );
            lines.extend(text::lines(text::Look::Heading, &name));
            for step in &picture.chain {
                lines.extend(text::lines(text::Look::Plain, &format!("  {step}")));
            }
        }
        lines
    }

    pub(super) fn push_text(&mut self, sheet: Text) {
        self.layers.push(Layer::Text(Box::new(sheet)));
        self.size_layer();
    }

    /// Lets what lies over the panes know how large it is.
    pub(super) fn size_layer(&mut self) {
        let area = self.layer_area();
        match self.layers.last_mut() {
            Some(Layer::Pick(picker)) => {
                drop(picker.update(pick::Msg::Resize(area.width, area.height)));
            }
            Some(Layer::Text(sheet)) => {
                drop(sheet.update(text::Msg::Resize(area.width, area.height)));
            }
            Some(Layer::Paper(paper)) => {
                drop(paper.update(paper::Msg::Resize(area.width, area.height)));
            }
            Some(Layer::Grid) => {
                let msg = crate::tui::grid::Msg::Resize(area.width, area.height);
                if let Some(grid) = &mut self.grid {
                    drop(grid.update(msg));
                }
            }
            Some(Layer::Line(..) | Layer::Confirm(..)) | None => {}
        }
    }

    pub(super) fn open_prior(&mut self) {
        let prior = self.state.priors.last();
        let date = prior.and_then(|it| it.date.as_deref());
        let text = prior.map_or("", |it| it.text.as_str());
        let paper = Paper::new(paper::What::Prior, date, text, self.lang);
        self.layers.push(Layer::Paper(Box::new(paper)));
        self.size_layer();
    }

    pub(super) fn open_system(&mut self) {
        let paper = Paper::new(paper::What::System, None, &self.state.system, self.lang);
        self.layers.push(Layer::Paper(Box::new(paper)));
        self.size_layer();
    }

    /// Something for the text that is written.
    pub(super) fn paper(&mut self, msg: paper::Msg, now: Instant) -> Vec<Effect> {
        let Some(Layer::Paper(paper)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let what = paper.what();
        let effects = paper.update(msg);
        let mut done = Vec::new();
        for effect in effects {
            match effect {
                // without a model nobody can count
                paper::Effect::Count if self.model.is_none() => {}
                paper::Effect::Count => {
                    let text = match self.layers.last() {
                        Some(Layer::Paper(paper)) => paper.text().to_owned(),
                        _ => String::new(),
                    };
                    done.push(Effect::Order(Order::Count(text)));
                }
                paper::Effect::Accept { date, text } => {
                    self.layers.pop();
                    done.extend(self.accept_paper(what, date, &text, now));
                }
                paper::Effect::Leave => {
                    self.layers.pop();
                }
            }
        }
        done
    }

    fn accept_paper(
        &mut self,
        what: paper::What,
        date: Option<String>,
        text: &str,
        now: Instant,
    ) -> Vec<Effect> {
        match what {
            paper::What::Prior => vec![Effect::Order(Order::Prior {
                date,
                text: text.to_owned(),
            })],
            paper::What::System => {
                let line = if text.trim().is_empty() {
                    "/system clear".to_owned()
                } else {
                    format!("/system {text}")
                };
                self.command(&line, now)
            }
        }
    }

    /// Something for the text that is read.
    pub(super) fn text_sheet(&mut self, msg: text::Msg) -> Vec<Effect> {
        let effects = match self.layers.last_mut() {
            Some(Layer::Text(sheet)) => sheet.update(msg),
            Some(Layer::Grid) => return self.grid_msg(crate::tui::grid::Msg::Sheet(msg)),
            _ => return Vec::new(),
        };
        let mut done = Vec::new();
        for effect in effects {
            match effect {
                text::Effect::Copy(text) => done.push(Effect::Copy(text)),
                text::Effect::Leave => {
                    self.layers.pop();
                }
            }
        }
        done
    }

    /// Something for the line that is asked for.
    pub(super) fn question(&mut self, msg: QuestionMsg, now: Instant) -> Vec<Effect> {
        let lang = self.lang;
        let Some(Layer::Line(about, question)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let about = *about;
        match question.update(msg, lang) {
            None => Vec::new(),
            Some(Answer::Nothing) => {
                self.layers.pop();
                Vec::new()
            }
            Some(Answer::Text(text)) => {
                self.layers.pop();
                self.line_filled(about, &text, now)
            }
        }
    }

    /// Something for the yes or no.
    pub(super) fn confirm(&mut self, msg: ConfirmMsg) -> Vec<Effect> {
        let Some(Layer::Confirm(then, confirm)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let then = *then;
        match confirm.update(msg) {
            None => Vec::new(),
            Some(is_yes) => {
                self.layers.pop();
                match (is_yes, then) {
                    (true, Then::Quit) => vec![Effect::Quit],
                    (false, Then::Quit) => Vec::new(),
                }
            }
        }
    }

    pub(super) fn show_difference(&mut self, one: usize, first: &str, other: usize, second: &str) {
        let name = |turn: usize| match self.lang {
            Lang::En => format!("answer {turn}"),
            Lang::Zh => format!("第 {turn} 个回答"),
        };
        let (one, other) = (name(one), name(other));
        let sheet = build::difference((&one, first), (&other, second), self.lang);
        self.push_text(sheet);
    }

    /// Something for the experiment.
    pub(super) fn grid_msg(&mut self, msg: crate::tui::grid::Msg) -> Vec<Effect> {
        use crate::tui::grid::Effect as Of;
        let Some(grid) = &mut self.grid else {
            return Vec::new();
        };
        let mut done = Vec::new();
        for effect in grid.update(msg) {
            match effect {
                Of::Take(question) => {
                    self.layers.retain(|it| !matches!(it, Layer::Grid));
                    self.wish.give(crate::tui::layout::Pane::Input);
                    drop(self.input.update(input::Msg::Edited(question)));
                }
                Of::Stop => done.push(Effect::Stop),
                Of::Copy(text) => done.push(Effect::Copy(text)),
                Of::Leave => self.layers.retain(|it| !matches!(it, Layer::Grid)),
            }
        }
        done
    }

    /// Shows the experiment, if there is one.
    pub(super) fn open_grid(&mut self, now: Instant) -> Vec<Effect> {
        if self.grid.is_none() {
            let text = self.lang.pick(
                "no experiment runs: /compare QUESTION | QUESTION, or /compare FILE.toml",
                "没有正在进行的实验：/compare 问题 | 问题，或 /compare 文件.toml",
            );
            return self.remark(None, Level::Plain, text, now);
        }
        if !self.layers.iter().any(|it| matches!(it, Layer::Grid)) {
            self.layers.push(Layer::Grid);
        }
        self.size_layer();
        Vec::new()
    }
}

/// Where palette and help list a key.
fn palette_place(place: Place) -> palette::Place {
    match place {
        Place::Everywhere | Place::Panes | Place::Rail => palette::Place::Everywhere,
        Place::Picture | Place::Drawing | Place::Probing => palette::Place::Picture,
        Place::Talk | Place::Menu | Place::Typing => palette::Place::Conversation,
        Place::Input | Place::Waiting => palette::Place::Input,
        Place::Player => palette::Place::Replay,
        _ => palette::Place::Lists,
    }
}
