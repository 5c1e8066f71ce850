//! A recorded session in, the conversation's and the pictures' panes as they were when it was made out; and an experiment that runs.

use std::path::PathBuf;
use std::time::Instant;

use super::layers::Layer;
use super::viewing::Seen;
use super::{App, Effect, Job};
use crate::imaging::View;
use crate::tui::grid::{self, Grid};
use crate::tui::layout::Pane;
use crate::tui::picture::loader::Request;
use crate::tui::player::{self, Player};
use crate::tui::status::Weight;
use crate::tui::talk::Talk;
use crate::tui::talk::message::Level;

impl App {
    /// Plays a session, by its name or its file.
    pub(super) fn begin_replay(&mut self, session: &str, now: Instant) -> Vec<Effect> {
        let text = self.lang.pick("looking for the session", "正在查找会话");
        self.say(Weight::Info, text, now);
        vec![Effect::Job(Job::Play(session.to_owned()))]
    }

    /// Plays a session's file in place of the conversation.
    pub(super) fn play_file(&mut self, path: PathBuf, now: Instant) -> Vec<Effect> {
        let name = crate::session::store::name(&path);
        if self.talk_before.is_none() {
            let empty = Talk::new(self.lang);
            self.talk_before = Some(std::mem::replace(&mut self.talk, empty));
        }
        self.resize_talk(now);
        self.player = Some(Player::new(&name, self.lang));
        self.lang
            .pick("replay", "回放")
            .clone_into(&mut self.title.note);
        self.played = Some(path);
        self.wish.is_full = false;
        self.wish.give(Pane::Talk);
        self.play(player::Msg::Begin, now)
    }

    fn resize_talk(&mut self, now: Instant) {
        if let Some(area) = self.layout.talk {
            let msg = crate::tui::talk::Msg::Resize(area.width, area.height);
            drop(self.talk(msg, now));
        }
    }

    /// Something for the session that is played.
    pub(super) fn play(&mut self, msg: player::Msg, now: Instant) -> Vec<Effect> {
        let Some(player) = &mut self.player else {
            return Vec::new();
        };
        let effects = player.update(msg, now);
        effects
            .into_iter()
            .flat_map(|it| self.do_play(it, now))
            .collect()
    }

    fn do_play(&mut self, effect: player::Effect, now: Instant) -> Vec<Effect> {
        use player::Effect as Of;
        match effect {
            Of::Talk(msg) => self.talk(msg, now),
            Of::Show { picture, opening } => vec![Effect::Job(Job::Find {
                path: self.played.clone().unwrap_or_default(),
                picture,
                opening: Box::new(opening.as_ref().clone()),
            })],
            Of::Boxes(boxes) => self.boxes(&boxes.boxes, now),
            Of::Close(_) => Vec::new(),
            Of::Wake(at) => vec![Effect::Wake(at)],
            Of::Read { ticket, from } => vec![Effect::Job(Job::Read {
                path: self.played.clone().unwrap_or_default(),
                ticket,
                from,
            })],
            Of::Branch { turn } => self.branch_of_played(Some(turn).filter(|it| *it > 0), now),
            Of::Leave => self.end_replay(now),
        }
    }

    /// Gives the conversation its pane back.
    fn end_replay(&mut self, now: Instant) -> Vec<Effect> {
        self.player = None;
        self.played = None;
        self.title.note.clear();
        if let Some(talk) = self.talk_before.take() {
            self.talk = talk;
            self.resize_talk(now);
        }
        self.wish.give(Pane::Input);
        self.show_open_again(now)
    }

    fn branch_of_played(&mut self, turn: Option<usize>, now: Instant) -> Vec<Effect> {
        let Some(path) = self.played.clone() else {
            return Vec::new();
        };
        let mut effects = self.end_replay(now);
        effects.push(Effect::Job(Job::Branch { path, turn }));
        effects
    }

    /// A picture of the session that is played.
    pub(super) fn show_found(&mut self, picture: u32, source: &str, view: &View) -> Vec<Effect> {
        if self.player.is_none() {
            return Vec::new();
        }
        let mut seen = Seen::typed(source);
        seen.open.push(picture);
        let request = Request::Open {
            pane: 0,
            id: seen.id,
            name: seen.source.clone(),
            title: seen.name.clone(),
            view: view.clone(),
        };
        self.replayed.retain(|it| it.id != seen.id);
        self.replayed.push(seen);
        vec![Effect::Load(request)]
    }

    /// Something about an experiment.
    pub(super) fn grid_news(&mut self, msg: grid::Msg, now: Instant) -> Vec<Effect> {
        let is_plan = matches!(msg, grid::Msg::Plan(_));
        if is_plan {
            self.grid = Some(Grid::new(self.lang));
            if !self.layers.iter().any(|it| matches!(it, Layer::Grid)) {
                self.layers.push(Layer::Grid);
            }
            self.size_layer();
        }
        let is_end = matches!(msg, grid::Msg::End { .. });
        let mut effects = self.grid_msg(msg);
        if is_end && !self.layers.iter().any(|it| matches!(it, Layer::Grid)) {
            let key = self.keymap.hint("app.grid").unwrap_or_default();
            let text = match self.lang {
                crate::settings::Lang::En => format!("the experiment is over; {key} shows it"),
                crate::settings::Lang::Zh => format!("实验已结束；{key} 可查看"),
            };
            effects.extend(self.remark(None, Level::Plain, &text, now));
        }
        effects
    }
}
