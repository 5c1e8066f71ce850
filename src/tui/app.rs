//! Everything that happens to the full screen in, what somebody else has to do out: pure state, `update`, and a view.
//!
//! The parts (pictures, conversation, input, rail, lists, sheets) have state, `update` and a view of their own; here is what
//! they have to do with each other. What takes time or touches the world is an [`Effect`]: the loop around it does that, and
//! says what came of it as a [`Msg`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use ratatui::layout::Rect;

use super::desk::{Ready, State};
use super::gauge::Gauge;
use super::input::{self, Input};
use super::keymap::{Change, Keymap, Place, Problem};
use super::layout::{Border, Layout, Pane, Sizes, Wish};
use super::look::{Look, Signs, Wanted};
use super::picture::{self, Viewer};
use super::progress::Progress;
use super::rail::{PartKind, Rail};
use super::status::{self, Status, Weight};
use super::surface::Link;
use super::talk::message::{Level, Message};
use super::talk::{self, Talk};
use super::terminal::probe::{Caps, Protocol};
use super::terminal::writer::Counts;
use crate::library::Library;
use crate::settings::{Lang, Settings};

mod acts;

mod asking;

mod keys;

mod layers;

mod mouse;

mod msg;

mod news;

mod playing;

mod side;

mod turns;

mod view;

mod viewing;

pub use keys::Act;
use layers::Layer;
pub use msg::{Begin, Effect, Job, Msg};
use viewing::Seen;

/// The full screen.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct App {
    settings: Settings,
    lang: Lang,
    env: BTreeMap<String, String>,
    caps: Caps,
    area: Rect,
    wish: Wish,
    sizes: Sizes,
    layout: Layout,
    look: Look,
    wanted_look: Wanted,
    keymap: Keymap<Act>,
    talk: Talk,
    input: Input,
    viewer: Viewer,
    rail: Rail,
    status: Status,
    progress: Progress,
    gauge: Gauge,
    /// What the next question would leave out.
    dropped: Vec<String>,
    /// Why the next question cannot be sent.
    too_much: Option<String>,
    /// The text that the gauge is about.
    measured: Option<String>,
    is_measuring: bool,
    layers: Vec<Layer>,
    player: Option<super::player::Player>,
    /// The session's file that is played.
    played: Option<PathBuf>,
    /// The conversation, while a session is played in its place.
    talk_before: Option<Talk>,
    grid: Option<super::grid::Grid>,
    state: State,
    model: Option<Ready>,
    /// Why there is none.
    no_model: Option<String>,
    /// Every picture that can be looked at.
    seen: Vec<Seen>,
    /// Those of the session that is played.
    replayed: Vec<Seen>,
    /// The picture whose series or slices the rail lists, and how many.
    parts: (Option<u32>, PartKind, usize),
    /// The turn that is being answered.
    asking: Option<usize>,
    /// Messages of a session that goes on, until the model is there.
    early: std::ops::Range<usize>,
    /// The border that is being dragged, and the pane that was pressed.
    drag: Option<Border>,
    pressed: Option<Pane>,
    /// The turn whose question is being edited.
    editing: Option<usize>,
    library: Library,
    /// Where files are looked for.
    folder: PathBuf,
    is_mouse_on: bool,
    /// What the picture shows was changed since the model got it.
    is_touched: bool,
    /// A search of the conversation goes on.
    is_searching: bool,
    title: super::title::Title,
    named: String,
}

impl App {
    /// The screen before anything is known: the first frame needs no model, no picture, and no answer of the terminal.
    pub fn new(begin: Begin) -> Self {
        let settings = begin.settings;
        let lang = settings.lang;
        let env = begin.env;
        let wanted_look = settings.theme;
        let look = chosen(wanted_look, settings.symbols, None, &env);
        let (keymap, talk) = bound(begin.keys, lang);
        Self {
            area: Rect::new(0, 0, begin.size.width, begin.size.height),
            layout: Layout::new(Rect::ZERO, &Wish::default(), Sizes::default()),
            wish: Wish::default(),
            sizes: Sizes::default(),
            look,
            wanted_look,
            keymap,
            talk,
            input: Input::new(lang, acts::commands(lang), &begin.history),
            viewer: Viewer::new(lang),
            rail: Rail::default(),
            status: Status::default(),
            progress: Progress::default(),
            gauge: Gauge {
                ctx: settings.ctx,
                ..Gauge::default()
            },
            dropped: Vec::new(),
            too_much: None,
            measured: None,
            is_measuring: false,
            layers: Vec::new(),
            player: None,
            played: None,
            talk_before: None,
            grid: None,
            state: State::default(),
            model: None,
            no_model: None,
            seen: begin.files.iter().map(|it| Seen::typed(it)).collect(),
            replayed: Vec::new(),
            parts: (None, PartKind::Slices, 0),
            asking: None,
            early: 0..0,
            drag: None,
            pressed: None,
            editing: None,
            library: begin.library,
            folder: begin.folder,
            is_mouse_on: settings.mouse,
            is_touched: false,
            is_searching: false,
            title: super::title::Title::default(),
            named: String::new(),
            caps: begin.caps,
            lang,
            env,
            settings,
        }
    }

    /// What there is to do at once.
    pub fn begin(&mut self, now: Instant) -> Vec<Effect> {
        let phantom = self.settings.model == crate::engine::Source::Phantom;
        self.status.update(
            status::Msg::Model(status::Model {
                is_phantom: phantom,
                ..status::Model::default()
            }),
            now,
        );
        self.status
            .update(status::Msg::MouseOff(!self.is_mouse_on), now);
        self.status.mouse_key = self.keymap.hint("app.mouse").unwrap_or_default();
        self.progress
            .step(super::progress::What::Loading, 0, 100, now);
        // the laboratory says it again, with the name
        self.state.is_recorded = self.settings.record && self.settings.sessions.is_some();
        self.session_in_status(now);
        let mut effects = self.show_first(now);
        effects.push(Effect::Job(Job::Recent));
        effects.extend(self.arrange(now));
        effects
    }

    /// The language of the interface.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Takes what happened, and says what somebody else has to do.
    pub fn update(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        let mut effects = match msg {
            Msg::Event(event) => self.event(event, now),
            Msg::Caps(caps) => self.take_caps(*caps, now),
            Msg::News(news) => self.news(*news, now),
            Msg::Loader(msg) => self.loaded(msg, now),
            Msg::Eye(eye) => self.viewer(picture::Msg::Eye(eye), now),
            Msg::Input(msg) => self.input(msg, now),
            Msg::Picked(msg) => self.found(msg, now),
            Msg::Played(msg) => self.play(msg, now),
            Msg::Play(path) => self.play_file(path, now),
            Msg::GoOn(path) => self.go_elsewhere(Some(path), now),
            Msg::Recent(sessions) => {
                self.recent(sessions);
                Vec::new()
            }
            Msg::Found {
                picture,
                source,
                view,
            } => self.show_found(picture, &source, &view),
            Msg::Grid(msg) => self.grid_news(msg, now),
            Msg::Say(text) => {
                self.say(Weight::Info, &text, now);
                Vec::new()
            }
            Msg::Edited(Ok(text)) => self.input(input::Msg::Edited(text), now),
            Msg::Edited(Err(problem)) => self.remark(None, Level::Failure, &problem, now),
            Msg::Continued => vec![Effect::Redraw],
            Msg::Tick => self.tick(now),
        };
        effects.extend(self.arrange(now));
        effects
    }

    /// What the terminal tells of the bytes that went out.
    pub fn went_out(&mut self, counts: Counts, link: Option<Link>, now: Instant) {
        if let Some(link) = link {
            let bytes = u64::try_from(link.bytes).unwrap_or(u64::MAX);
            self.status
                .update(status::Msg::Sent(bytes, Some(link.took)), now);
        } else if counts.uploads > 0 {
            self.status
                .update(status::Msg::Sent(counts.pictures, None), now);
        }
    }

    fn take_caps(&mut self, caps: Caps, now: Instant) -> Vec<Effect> {
        self.look = chosen(
            self.wanted_look,
            self.settings.symbols,
            caps.is_light,
            &self.env,
        );
        let name = match caps.protocol {
            Protocol::None => "",
            protocol => protocol.name(),
        };
        self.status.update(status::Msg::Protocol(name), now);
        self.caps = caps;
        Vec::new()
    }

    fn tick(&mut self, now: Instant) -> Vec<Effect> {
        self.status.update(status::Msg::Tick, now);
        let before = self.viewer.slice();
        let mut effects = self.viewer(picture::Msg::Tick, now);
        if self.viewer.slice() != before {
            self.tell_rail();
        }
        if self.player.is_some() {
            effects.extend(self.play(super::player::Msg::Wake, now));
        }
        if std::mem::take(&mut self.is_searching) {
            effects.extend(self.talk(talk::Msg::Find(talk::Find::On), now));
        }
        effects
    }

    /// When the view changes by itself, because a picture has rested.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.viewer.wakes_at()
    }

    /// Places everything anew, and lets the panes know how large they are.
    fn arrange(&mut self, now: Instant) -> Vec<Effect> {
        self.wish.input = self.input.height();
        self.wish.has_progress = self.progress.is_shown(now);
        self.wish.has_player = self.player.is_some();
        let layout = Layout::new(self.area, &self.wish, self.sizes);
        let mut effects = Vec::new();
        if layout != self.layout {
            self.layout = layout;
            if let Some(area) = self.layout.talk {
                effects.extend(self.talk(talk::Msg::Resize(area.width, area.height), now));
            }
            if let Some(area) = self.layout.input {
                let most = (self.area.height / 3).max(1);
                effects.extend(self.input(input::Msg::Resize(area.width, most), now));
            }
            if let Some(area) = self.layout.rail {
                effects.extend(self.rail(super::rail::Msg::Resize(area.width, area.height), now));
            }
            self.size_layer();
        }
        let wakes = [
            self.status.next_change(),
            self.progress.shown_at(now),
            self.viewer.wakes_at(),
        ];
        effects.extend(wakes.into_iter().flatten().map(Effect::Wake));
        effects.extend(self.retitle());
        effects
    }

    /// Names the window after the picture.
    fn retitle(&mut self) -> Option<Effect> {
        let picture = self.front_name();
        let name = if picture.is_empty() {
            "medlab".to_owned()
        } else {
            format!("{picture} - medlab")
        };
        self.title.picture = picture;
        let is_new = name != self.named;
        self.named.clone_from(&name);
        is_new.then_some(Effect::Title(name))
    }

    /// Something for the conversation's pane.
    fn talk(&mut self, msg: talk::Msg, now: Instant) -> Vec<Effect> {
        let effects = self.talk.update(msg);
        effects
            .into_iter()
            .flat_map(|it| self.do_talk(it, now))
            .collect()
    }

    /// Something for the laboratory's conversation, which may lie behind a session that is played.
    fn said(&mut self, msg: talk::Msg, now: Instant) -> Vec<Effect> {
        let Some(behind) = &mut self.talk_before else {
            return self.talk(msg, now);
        };
        // nobody sees it: there is nothing to be done for it
        drop(behind.update(msg));
        Vec::new()
    }

    /// Something for the input.
    fn input(&mut self, msg: input::Msg, now: Instant) -> Vec<Effect> {
        if msg == input::Msg::Interrupt {
            // who throws the text away edits nothing any more
            self.editing = None;
        }
        let effects = self.input.update(msg);
        let mut done: Vec<Effect> = Vec::new();
        for effect in effects {
            done.extend(self.do_input(effect, now));
        }
        done.extend(self.measure());
        done
    }

    /// A remark in the conversation.
    fn remark(
        &mut self,
        turn: Option<usize>,
        level: Level,
        text: &str,
        now: Instant,
    ) -> Vec<Effect> {
        self.talk(talk::Msg::Add(Message::remark(turn, level, text)), now)
    }

    /// A sentence in the status line, which goes by itself.
    fn say(&mut self, weight: Weight, text: &str, now: Instant) {
        self.status
            .update(status::Msg::Say(weight, text.to_owned()), now);
    }

    /// Where keys count now, the innermost place first.
    fn places(&self) -> Vec<Place> {
        if let Some(layer) = self.layers.last() {
            return layer.places(self);
        }
        let place = match self.wish.focus {
            Pane::Rail => Place::Rail,
            Pane::Picture => match self.viewer.when() {
                picture::When::Drawing => Place::Drawing,
                picture::When::Probing => Place::Probing,
                picture::When::Looking => Place::Picture,
            },
            Pane::Talk if self.talk.menu().is_some() => Place::Menu,
            Pane::Talk if self.talk.takes_text() => Place::Typing,
            Pane::Talk if self.player.is_some() => Place::Player,
            Pane::Talk => Place::Talk,
            Pane::Input if self.input.queue().at().is_some() => Place::Waiting,
            Pane::Input => Place::Input,
        };
        place.stack().to_vec()
    }
}

/// The keys as the settings want them, and a conversation in which stands what is wrong with them.
fn bound(changes: Result<Vec<Change>, Problem>, lang: Lang) -> (Keymap<Act>, Talk) {
    let (mut keymap, mut talk) = (Keymap::new(keys::rows()), Talk::new(lang));
    let problems = match changes {
        Ok(changes) => keymap.change(&changes),
        Err(problem) => vec![problem],
    };
    for problem in problems {
        let remark = Message::remark(None, Level::Warning, &problem.say(lang));
        drop(talk.update(talk::Msg::Add(remark)));
    }
    (keymap, talk)
}

fn chosen(
    wanted: Wanted,
    signs: Signs,
    is_light: Option<bool>,
    env: &BTreeMap<String, String>,
) -> Look {
    Look::choose(wanted, signs, is_light, &|name| env.get(name).cloned())
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod screens_tests;

#[cfg(test)]
mod asking_tests;

#[cfg(test)]
mod keys_tests;
