//! Orders of the full screen in, what a lab does about them out: everything that happens is told as news.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::{Cancel, Mode, Next, Talk};
use crate::cmd::ear::{self, Said};
use crate::cmd::recording::Recording;
use crate::cmd::{pictures, prompting, remarks};
use crate::command::{Do, parse};
use crate::engine::{Quant, Source};
use crate::error::Failure;
use crate::lab::facts::quant_name;
use crate::lab::{Answer, Lab};
use crate::preprocess::Prepared;
use crate::prompt::Prompt;
use crate::repl::preview::Way as Preview;
use crate::session::store::Store;
use crate::session::{Event, Sink};
use crate::settings::Settings;
use crate::terminal::Interrupt;
use crate::tokenizer::Tokenizer;
use crate::tui::desk::{Answered, Asked, Budget, News, Order, Ready, Way};
use crate::tui::sheets::build::Sent;
use crate::tui::sheets::sent;

#[path = "screen_state.rs"]
mod state;

use state::Last;

/// How many tokens are told that the model thought of.
const TOP: usize = 5;
/// Prompts of the last answers that are kept, to look at what the model thought of instead.
const KEPT: usize = 64;

/// What the full screen begins with.
pub(in crate::cmd) struct Front {
    /// How everything is to be.
    pub(in crate::cmd) settings: Settings,
    /// Names of pictures.
    pub(in crate::cmd) files: Vec<String>,
    /// The session's name, if one was given.
    pub(in crate::cmd) session: Option<String>,
    /// Where pictures of a session are looked for.
    pub(in crate::cmd) folders: Vec<PathBuf>,
    /// What stops an answer.
    pub(in crate::cmd) interrupt: Interrupt,
    /// Who is told.
    pub(in crate::cmd) tell: Arc<dyn Fn(News) + Send + Sync>,
}

/// What was sent for an answer, and what was said.
pub(super) struct Kept {
    prompt: Prompt,
    pictures: Vec<Arc<Prepared>>,
    ids: Vec<u32>,
    text: String,
    sent: Sent,
}

impl Front {
    /// Loads, and does orders until nobody gives any more.
    pub(in crate::cmd) fn serve(mut self, orders: &Receiver<Order>) {
        let tell = Arc::clone(&self.tell);
        let front = Arc::clone(&self.tell);
        ear::listen(Arc::new(move |said| {
            front(match said {
                Said::Remark(text) => News::Remark(text),
                Said::Progress(what, share) => News::Progress(Some((what, share))),
                Said::Over => News::Progress(None),
            });
        }));
        let mut session = self.session.take();
        loop {
            let next = match self.talk(session.as_deref(), orders) {
                Ok(after) => after,
                Err(error) => {
                    tell(News::NoModel(format!("{error:#}")));
                    tell(News::Idle);
                    without_model(&error, orders, &*tell)
                }
            };
            match next {
                After::Leave => return,
                After::Session(path) => session = path.map(|it| it.display().to_string()),
            }
            self.files.clear();
        }
    }

    /// Tells the end of a long session at once; whether it did.
    fn tell_end(&self, session: Option<&str>, settings: &Settings) -> bool {
        let store = Store::of(settings.sessions.as_deref());
        let path = session.and_then(|it| store.path_to_write(it).ok());
        let last = path.map(|it| Last::near_end(&it)).unwrap_or_default();
        let early = last.early(settings.lang);
        let is_told = !early.is_empty();
        if is_told {
            (self.tell)(News::Early(early));
        }
        is_told
    }

    /// One session from its beginning.
    fn talk(&mut self, session: Option<&str>, orders: &Receiver<Order>) -> anyhow::Result<After> {
        let mut settings = self.settings.clone();
        let recording = Recording {
            session,
            by_default: true,
            folders: &self.folders,
        };
        let is_told = self.tell_end(session, &settings);
        let begun = recording.begin(&mut settings)?;
        let opened = pictures::open(&self.files, &settings);
        let mut failed = None;
        let opened = opened.unwrap_or_else(|error| {
            failed = Some(error);
            Vec::new()
        });
        let last = begun.story().map(Last::of).unwrap_or_default();
        let early = last.early(settings.lang);
        if !is_told && !early.is_empty() {
            (self.tell)(News::Early(early));
        }
        let lab = begun.start(&settings)?;
        (self.tell)(News::Ready(ready(&lab, &settings)));
        let library = prompting::library(&settings);
        let mut talk = Talk {
            lab,
            library,
            folders: self.folders.clone(),
            last_used: None,
            boxes: None,
            settings,
            interrupt: self.interrupt.clone(),
            mode: Mode::Screen,
            way: Preview::None,
            groups: Vec::new(),
            answered: None,
            screen: Some(Arc::clone(&self.tell)),
            kept: BTreeMap::new(),
        };
        talk.groups_of_all();
        let messages = talk.messages(&last);
        talk.news(News::Begin(messages));
        talk.take_all(&self.files, opened)?;
        if let Some(error) = failed {
            talk.news(News::Failed(format!("{error:#}")));
        }
        Ok(talk.serve(orders))
    }
}

/// Pictures can be looked at all the same; whoever asks hears why there is no answer.
fn without_model(error: &anyhow::Error, orders: &Receiver<Order>, tell: &dyn Fn(News)) -> After {
    for order in orders {
        if let Order::Session(path) = order {
            return After::Session(path);
        }
        tell(News::Failed(format!("{error:#}")));
        tell(News::Idle);
    }
    After::Leave
}

/// What comes after a session.
enum After {
    Leave,
    Session(Option<PathBuf>),
}

impl Talk {
    pub(super) fn news(&self, news: News) {
        crate::cmd::tui::panics::on_purpose("laboratory", &news);
        if let Some(screen) = &self.screen {
            screen(news);
        }
    }

    fn serve(&mut self, orders: &Receiver<Order>) -> After {
        self.tell_state();
        self.news(News::Idle);
        let mut next = orders.recv();
        while let Ok(order) = next {
            if let Order::Session(path) = order {
                self.lab.journal().sync();
                return After::Session(path);
            }
            let is_light = matches!(order, Order::Budget(_) | Order::Top { .. } | Order::Sent(_));
            match self.order(order) {
                Ok(Next::Read) => {}
                Ok(Next::Leave) => self.news(News::Quit),
                Err(error) if super::is_interrupted(&error) => {
                    let text = self.settings.lang.pick("stopped", "已停止");
                    self.news(News::Remark(text.to_owned()));
                }
                Err(error) => self.news(News::Failed(format!("{error:#}"))),
            }
            if let Some(trouble) = self.lab.journal().take_trouble() {
                self.news(News::Failed(trouble));
            }
            if !is_light {
                self.interrupt.forget();
                self.tell_state();
                self.news(News::Idle);
            }
            next = orders.recv();
        }
        After::Leave
    }

    fn order(&mut self, order: Order) -> anyhow::Result<Next> {
        match order {
            Order::Line(text) => return self.said(&text),
            Order::All(orders) => return self.all(orders),
            Order::Look { source, view } => self.look_at(self.picture_of(&source)?, &view)?,
            Order::Crop { source, view } => self.crop(self.picture_of(&source)?, &view)?,
            Order::Budget(question) => {
                let budget = self.budget(&question).map_err(|it| format!("{it:#}"));
                self.news(News::Budget(budget));
            }
            Order::Prior { date, text } => {
                self.lab.clear_prior();
                if !text.trim().is_empty() {
                    self.lab.add_prior(date.as_deref(), &text)?;
                }
            }
            Order::Count(text) => {
                let ids = self.lab.loaded().tokenizer.encode(&text)?;
                self.news(News::Counted(ids.len()));
            }
            Order::Preview(question) => {
                let sent = self.would_send(&question).map_err(|it| format!("{it:#}"));
                self.news(News::Sent(sent));
            }
            Order::Top {
                turn,
                token,
                message,
            } => {
                let top = self.top(turn, token)?;
                self.news(News::Top {
                    message,
                    token,
                    top,
                });
            }
            Order::About(turn) => self.about_turn(turn),
            Order::Edit { turn, question } => return self.edit(turn, &question),
            Order::Sent(turn) => {
                let kept = self.kept.get(&turn).map(|it| it.sent.clone());
                let sent = kept.ok_or_else(|| {
                    self.settings
                        .lang
                        .pick(
                            "what was sent is known of the answers of this run only; `medlab sessions show --all` has the rest",
                            "仅保留本次运行中的发送内容；其余请用 `medlab sessions show --all` 查看",
                        )
                        .to_owned()
                });
                self.news(News::Sent(sent));
            }
            Order::Session(_) => {}
        }
        Ok(Next::Read)
    }

    /// A line, with what only a screen has to be told of it.
    fn said(&mut self, text: &str) -> anyhow::Result<Next> {
        let before = self.lab.last_turn();
        let meant = parse(text)?;
        let next = self.line(text)?;
        match meant {
            Some(Do::Undo) => before
                .into_iter()
                .for_each(|it| self.news(News::Undone(it))),
            Some(Do::Reset) => self.news(News::Story(Vec::new())),
            Some(Do::Branch(_)) => self.retell()?,
            _ => {}
        }
        Ok(next)
    }

    /// Tells the conversation as the session's file has it.
    fn retell(&mut self) -> anyhow::Result<()> {
        let Some(path) = self.lab.journal().path().map(Path::to_owned) else {
            return Ok(());
        };
        self.lab.journal().sync();
        let story = crate::cmd::again::read(&path)?;
        let messages = self.messages(&Last::of(&story));
        self.news(News::Story(messages));
        Ok(())
    }

    /// One order after the other, until one fails or ends it.
    fn all(&mut self, orders: Vec<Order>) -> anyhow::Result<Next> {
        for order in orders {
            if self.order(order)? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        Ok(Next::Read)
    }

    /// The picture that was opened last from a name.
    fn picture_of(&self, source: &str) -> Result<u32, Failure> {
        let mut pictures = self.lab.pictures().iter();
        let found = pictures.rfind(|it| it.source == source).map(|it| it.id);
        found.ok_or_else(|| Failure::Usage(format!("{source} is not open for the model")))
    }

    /// Looks at a picture in another way: at all that were opened with it.
    fn look_at(&mut self, picture: u32, view: &[(String, String)]) -> anyhow::Result<()> {
        self.put_last(picture);
        // what this picture is looked at with is not what the next one is opened with
        let before = self.settings.clone();
        let looked = self.look_all(view, "no picture is open".to_owned());
        self.settings = before;
        self.lab.options = self.settings.options();
        looked
    }

    /// Pictures that came with a session, as if they had been opened by name.
    pub(super) fn groups_of_all(&mut self) {
        for it in self.lab.pictures() {
            let typed = match &it.role {
                Some(role) => format!("{role}:{}", it.source),
                None => it.source.clone(),
            };
            match self.groups.last_mut().filter(|group| group.0 == typed) {
                Some(group) => group.1.push(it.id),
                None => self.groups.push((typed, vec![it.id])),
            }
        }
    }

    /// What was opened with a picture counts as what was opened last.
    fn put_last(&mut self, picture: u32) {
        let place = self.groups.iter().position(|it| it.1.contains(&picture));
        if let Some(place) = place {
            let group = self.groups.remove(place);
            self.groups.push(group);
        }
    }

    /// Opens a part of a picture beside it; how pictures are looked at stays as it was.
    fn crop(&mut self, picture: u32, view: &[(String, String)]) -> anyhow::Result<()> {
        let group = self.groups.iter().find(|it| it.1.contains(&picture));
        let Some((name, _)) = group.cloned() else {
            let problem = "this picture came with the session; open its file to send a part of it";
            return Err(Failure::Usage(problem.to_owned()).into());
        };
        let before = self.settings.clone();
        let mut open = || -> anyhow::Result<()> {
            for (key, value) in view {
                self.settings.set(key, value)?;
            }
            self.lab.options = self.settings.options();
            self.open(std::slice::from_ref(&name))
        };
        let opened = open();
        self.settings = before;
        self.lab.options = self.settings.options();
        opened
    }

    fn budget(&self, question: &str) -> anyhow::Result<Budget> {
        let fitted = self.lab.budget(or_any(question))?;
        Ok(Budget {
            slots: fitted.slots,
            dropped: fitted.dropped,
            room: fitted.room,
            ctx: self.settings.ctx,
        })
    }

    fn top(&self, turn: usize, token: usize) -> anyhow::Result<Vec<(String, f32)>> {
        let lang = self.settings.lang;
        let kept = self.kept.get(&turn).filter(|it| token <= it.ids.len());
        let kept = kept.ok_or_else(|| {
            Failure::Usage(
                lang.pick(
                    "what the model thought of instead is known of the answers of this run only",
                    "仅本次运行中的回答可查看其他候选词元",
                )
                .to_owned(),
            )
        })?;
        let mut prompt = kept.prompt.clone();
        prompt.ids.extend(&kept.ids[..token]);
        let choices = self
            .lab
            .engine()
            .alternatives(prompt, kept.pictures.clone(), TOP)?;
        let tokenizer = &self.lab.loaded().tokenizer;
        let text = |id| tokenizer.piece(id).unwrap_or_default().replace('▁', " ");
        Ok(choices.iter().map(|it| (text(it.id), it.logprob)).collect())
    }

    fn about_turn(&mut self, turn: usize) {
        if let Some(kept) = self.kept.get(&turn) {
            self.answered = Some((turn, kept.text.clone()));
        } else if self.answered.as_ref().is_none_or(|it| it.0 != turn) {
            let text = self.answer_of(turn).unwrap_or_default();
            self.answered = Some((turn, text));
        }
    }

    /// An answer of the session's file.
    fn answer_of(&mut self, turn: usize) -> Option<String> {
        let path = self.lab.journal().path()?.to_owned();
        let story = crate::cmd::again::read(&path).ok()?;
        Some(story.numbered(turn)?.answer.clone())
    }

    fn edit(&mut self, turn: usize, question: &str) -> anyhow::Result<Next> {
        if self.lab.last_turn() == Some(turn) {
            self.said("/undo")?;
        } else {
            match turn.checked_sub(1) {
                Some(before) if before > 0 => self.said(&format!("/branch {before}"))?,
                _ => self.said("/branch")?,
            };
        }
        self.said(question)
    }

    /// A question is on its way.
    pub(super) fn asks(&mut self, question: &str, way: Way) {
        let turn = self.lab.journal().coming_turn();
        let question = question.to_owned();
        self.news(News::Asked(Asked {
            turn,
            question,
            way,
        }));
    }

    /// The last question is on its way again.
    pub(super) fn asks_again(&mut self) {
        let last = self.lab.conversation().turns.last();
        let last = last.map(|it| it.question.clone());
        if let Some((question, turn)) = last.zip(self.lab.last_turn()) {
            self.asks(&question, Way::Retry(turn));
        }
    }

    pub(super) fn answer_on_screen(
        &mut self,
        screen: &Arc<dyn Fn(News) + Send + Sync>,
        ask: impl FnOnce(&mut Lab, &Cancel, &mut dyn Sink) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        let lab = &mut self.lab;
        let answer = self.interrupt.during(|cancel| {
            let mut sink = |event: &Event| {
                screen(News::Event(event.clone()));
                Ok(())
            };
            ask(lab, cancel, &mut sink)
        })?;
        let told = Answered {
            turn: answer.turn,
            stats: answer.stats.clone(),
            boxes: answer.boxes.clone(),
            remarks: remarks(&answer, &self.settings),
        };
        self.keep_sent(&answer);
        self.news(News::Answered(Box::new(told)));
        Ok(answer)
    }

    fn keep_sent(&mut self, answer: &Answer) {
        let sent = Sent {
            ctx: self.settings.ctx,
            slots: answer.slots.clone(),
            dropped: answer.dropped.clone(),
            room: answer.room,
            parts: self.written(&answer.prompt),
        };
        let kept = Kept {
            prompt: answer.prompt.clone(),
            pictures: answer.pictures.clone(),
            ids: answer.ids.clone(),
            text: answer.text.clone(),
            sent,
        };
        self.kept.insert(answer.turn, kept);
        while self.kept.len() > KEPT {
            self.kept.pop_first();
        }
    }

    fn would_send(&self, question: &str) -> anyhow::Result<Sent> {
        let fitted = self.lab.budget(or_any(question))?;
        Ok(Sent {
            ctx: self.settings.ctx,
            parts: self.written(&fitted.prompt),
            slots: fitted.slots,
            dropped: fitted.dropped,
            room: fitted.room,
        })
    }

    /// A prompt as text, special tokens, and pictures.
    fn written(&self, prompt: &Prompt) -> Vec<sent::Part> {
        let loaded = self.lab.loaded();
        let n_places = loaded.config.tokens_per_picture();
        let words = Vocabulary(&loaded.tokenizer);
        sent::parts(&sent::places(prompt, n_places), n_places, &words)
    }
}

/// Who answers.
fn ready(lab: &Lab, settings: &Settings) -> Ready {
    let loaded = lab.loaded();
    Ready {
        name: loaded.name.clone(),
        device: loaded.device.clone(),
        quant: match loaded.quant {
            Quant::None => String::new(),
            quant => quant_name(quant).to_owned(),
        },
        is_phantom: settings.model == Source::Phantom,
        preprocess: Arc::new(loaded.preprocess.clone()),
        tokens_per_picture: loaded.config.tokens_per_picture(),
    }
}

/// A question to measure with where none is written yet.
fn or_any(question: &str) -> &str {
    if question.trim().is_empty() {
        "?"
    } else {
        question
    }
}

/// The words of a model.
struct Vocabulary<'a>(&'a Tokenizer);

impl sent::Words for Vocabulary<'_> {
    fn text(&self, ids: &[u32]) -> String {
        self.0.decode(ids)
    }

    fn special(&self, id: u32) -> Option<String> {
        self.0.special(id)
    }
}
