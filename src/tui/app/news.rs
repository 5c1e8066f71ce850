//! What the laboratory tells in, the conversation, the pictures and the gauge as they are then out.

use std::time::Instant;

use super::layers::Layer;
use super::{App, Effect};
use crate::session::{Event, Stop};
use crate::tui::desk::{Answered, Asked, Budget, News, Order, Ready, Way};
use crate::tui::gauge::{Gauge, Slot, What};
use crate::tui::layout::Pane;
use crate::tui::progress::What as Work;
use crate::tui::sheets::build::Sent;
use crate::tui::sheets::paper;
use crate::tui::status;
use crate::tui::talk::message::{End, Figures, Level, Message, Note};
use crate::tui::talk::{self, TokenMsg};

impl App {
    pub(super) fn news(&mut self, news: News, now: Instant) -> Vec<Effect> {
        match news {
            News::Ready(ready) => {
                self.ready(ready, now);
                Vec::new()
            }
            News::NoModel(why) => {
                self.status
                    .update(status::Msg::Event(Event::Loading(1.0)), now);
                self.progress.end();
                self.no_model = Some(why.clone());
                self.told(None, Level::Failure, &why, now)
            }
            News::Early(messages) => {
                let told = self.talk_before.as_ref().unwrap_or(&self.talk);
                let from = told.entries().len();
                self.early = from..from + messages.len();
                self.said(talk::Msg::AddAll(messages), now)
            }
            News::Begin(messages) => self.session_begins(messages, now),
            News::Story(messages) => {
                let mut effects = self.said(talk::Msg::Clear, now);
                effects.extend(self.said(talk::Msg::AddAll(messages), now));
                effects
            }
            News::Asked(asked) => self.asked(&asked, now),
            News::Event(event) => self.heard(event, now),
            News::Answered(answered) => self.answered(*answered, now),
            news => self.news_of_work(news, now),
        }
    }

    /// What is told beside a question and its answer.
    fn news_of_work(&mut self, news: News, now: Instant) -> Vec<Effect> {
        match news {
            News::Undone(turn) => self.said(
                talk::Msg::Undone {
                    turn,
                    is_undone: true,
                },
                now,
            ),
            News::Told(text) | News::Remark(text) => self.told(None, Level::Plain, &text, now),
            News::Failed(text) => self.told(None, Level::Failure, &text, now),
            News::Progress(Some((what, share))) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0 to 1000"
                )]
                let done = (share.clamp(0.0, 1.0) * 1000.0) as u64;
                self.progress.step(Work::Other(what), done, 1000, now);
                Vec::new()
            }
            News::Progress(None) => {
                self.progress.end();
                Vec::new()
            }
            News::Counted(used) => {
                self.counted(used);
                Vec::new()
            }
            News::Grid(msg) => self.grid_news(msg, now),
            News::State(state) => self.state(*state, now),
            News::Budget(budget) => {
                self.budget(budget);
                Vec::new()
            }
            News::Top {
                message,
                token,
                top,
            } => self.said(
                talk::Msg::Token(TokenMsg::Top {
                    message,
                    token,
                    top,
                }),
                now,
            ),
            News::Sent(sent) => self.told_sent(sent, now),
            News::Idle => self.idle(now),
            News::Quit => vec![Effect::Quit],
            News::Replay(session) => self.begin_replay(&session, now),
            News::Show(id) => self.show_picture(id, now),
            // these were heard before
            News::Ready(_)
            | News::NoModel(_)
            | News::Early(_)
            | News::Begin(_)
            | News::Story(_)
            | News::Asked(_)
            | News::Event(_)
            | News::Answered(_) => Vec::new(),
        }
    }

    /// A remark of the laboratory.
    fn told(&mut self, turn: Option<usize>, level: Level, text: &str, now: Instant) -> Vec<Effect> {
        self.said(talk::Msg::Add(Message::remark(turn, level, text)), now)
    }

    /// The conversation so far, and behind it what was remarked on the way there.
    fn session_begins(&mut self, messages: Vec<Message>, now: Instant) -> Vec<Effect> {
        let early = std::mem::take(&mut self.early);
        let told = self.talk_before.as_ref().unwrap_or(&self.talk);
        let entries = told.entries().iter().enumerate();
        let remarks: Vec<Message> = entries
            .filter(|(at, _)| !early.contains(at))
            .map(|it| it.1.clone())
            .collect();
        let mut effects = self.said(talk::Msg::Clear, now);
        effects.extend(self.said(talk::Msg::AddAll(messages), now));
        effects.extend(self.said(talk::Msg::AddAll(remarks), now));
        effects
    }

    fn ready(&mut self, ready: Ready, now: Instant) {
        let model = status::Model {
            name: ready.name.clone(),
            device: ready.device.clone(),
            quant: ready.quant.clone(),
            is_phantom: ready.is_phantom,
        };
        self.status.update(status::Msg::Model(model), now);
        let loaded = status::Msg::Event(Event::Loading(1.0));
        self.status.update(loaded, now);
        self.progress.end();
        self.no_model = None;
        self.model = Some(ready);
    }

    fn asked(&mut self, asked: &Asked, now: Instant) -> Vec<Effect> {
        let notes = match asked.way {
            Way::Plain => Vec::new(),
            Way::Fresh => vec![Note::Fresh],
            Way::Retry(turn) => vec![Note::Retry(turn)],
            Way::Blank => vec![Note::Blank],
            Way::Sightless => vec![Note::Sightless],
            Way::Paraphrase => vec![Note::Paraphrase],
        };
        let question = Message::question(asked.turn, &asked.question, notes);
        let mut effects = self.said(talk::Msg::Add(question), now);
        effects.extend(self.said(talk::Msg::Add(Message::answer(asked.turn)), now));
        self.asking = Some(asked.turn);
        if self.wish.focus == Pane::Input {
            // where there is room for one pane, the answer is to be seen
            self.wish.front = Pane::Talk;
        }
        // it may not have been sent from the input, or before the model was there
        effects.extend(self.input(crate::tui::input::Msg::Busy, now));
        effects
    }

    fn heard(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        self.progress.event(&event, now);
        self.status.update(status::Msg::Event(event.clone()), now);
        match event {
            Event::Loading(_) => Vec::new(),
            Event::LeftOut(sentence) => self.told(self.asking, Level::Dropped, &sentence, now),
            Event::Vision { done, total } => {
                let words = self.lang.pick("looking at the pictures", "正在看图");
                self.said(talk::Msg::Phase(format!("{words} {done}/{total}")), now)
            }
            Event::Prefill { done, total } => {
                let words = self.lang.pick("reading", "正在阅读");
                self.said(talk::Msg::Phase(format!("{words} {done}/{total}")), now)
            }
            Event::Piece {
                text,
                voice,
                logprob,
                ..
            } => self.said(
                talk::Msg::Piece {
                    text,
                    voice,
                    logprob,
                },
                now,
            ),
            Event::Done(stats) => {
                let end = match stats.stop {
                    Stop::EndOfTurn => End::Whole,
                    Stop::Length => End::Length,
                    Stop::Window => End::Window,
                    Stop::Cancelled => End::Stopped,
                };
                let figures = Figures {
                    new_tokens: stats.new_tokens,
                    tokens_per_s: stats.tokens_per_s,
                    first_token_ms: stats.first_token_ms,
                };
                self.answer_over(end, Some(figures), now)
            }
            Event::Failed(why) => self.answer_over(End::Failed(why), None, now),
        }
    }

    fn answer_over(&mut self, end: End, figures: Option<Figures>, now: Instant) -> Vec<Effect> {
        self.asking = None;
        self.said(talk::Msg::End(end, figures), now)
    }

    fn answered(&mut self, answered: Answered, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        for remark in &answered.remarks {
            effects.extend(self.told(Some(answered.turn), Level::Warning, remark, now));
        }
        if let Some(boxes) = answered.boxes {
            for remark in &boxes.remarks {
                effects.extend(self.told(Some(answered.turn), Level::Plain, remark, now));
            }
            effects.extend(self.boxes(&boxes.boxes, now));
        }
        effects
    }

    fn budget(&mut self, budget: Result<Budget, String>) {
        self.is_measuring = false;
        match budget {
            Ok(budget) => {
                let slots = budget.slots.iter().filter_map(|it| {
                    let what = What::named(it.slot)?;
                    Some(Slot {
                        what,
                        tokens: it.tokens,
                    })
                });
                self.gauge = Gauge {
                    ctx: budget.ctx,
                    slots: slots.collect(),
                    dropped_turns: budget.dropped.len(),
                    ..Gauge::default()
                };
                self.dropped = budget.dropped;
                self.too_much = None;
            }
            Err(why) => self.too_much = Some(why),
        }
    }

    fn told_sent(&mut self, sent: Result<Sent, String>, now: Instant) -> Vec<Effect> {
        match sent {
            Ok(sent) => {
                self.show_sent(&sent);
                Vec::new()
            }
            Err(why) => self.told(None, Level::Warning, &why, now),
        }
    }

    fn idle(&mut self, now: Instant) -> Vec<Effect> {
        self.progress.end();
        let mut effects = self.input(crate::tui::input::Msg::Idle, now);
        effects.extend(self.measure());
        effects
    }

    /// Tokens of the text that is written on a sheet.
    fn counted(&mut self, used: usize) {
        let fixed = self.gauge.slots.iter().filter(|it| it.what != What::Prior);
        let others: usize = fixed.map(|it| it.tokens).sum();
        let count = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        let room = count(self.gauge.ctx) - count(others) - count(used);
        if let Some(Layer::Paper(paper)) = self.layers.last_mut() {
            drop(paper.update(paper::Msg::Tokens { used, room }));
        }
    }

    /// Lets the laboratory say what the text in the input would fill, unless it is busy.
    pub(super) fn measure(&mut self) -> Vec<Effect> {
        if self.input.is_busy() || self.model.is_none() {
            return Vec::new();
        }
        let text = self.input.editor().text();
        let is_known = self.measured.as_deref() == Some(text);
        if text.starts_with('/') || self.is_measuring || is_known {
            return Vec::new();
        }
        self.measured = Some(text.to_owned());
        self.is_measuring = true;
        vec![Effect::Order(Order::Budget(text.to_owned()))]
    }
}
