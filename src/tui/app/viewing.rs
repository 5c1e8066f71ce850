//! Pictures that are open, and what is done in their pane, in; the pane, and what the model is to get of it, out.

use std::sync::Arc;
use std::time::Instant;

use super::{App, Effect, Job};
use crate::imaging::file_name;
use crate::imaging::view::View;
use crate::session::safe::printable_line;
use crate::session::v1::Boxed;
use crate::tui::desk;
use crate::tui::input::complete::Name;
use crate::tui::layout::Pane;
use crate::tui::picture::loader::{LoaderMsg, Request};
use crate::tui::picture::{self, Mention};
use crate::tui::progress::What;
use crate::tui::status::Weight;
use crate::tui::talk;
use crate::tui::talk::message::Message;

/// Something that can be looked at: what one name opened.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Its number for the pictures' pane.
    pub(super) id: u32,
    /// What opens it again.
    pub(super) source: String,
    /// What it is called.
    pub(super) name: String,
    /// `prior`, `current`.
    pub(super) role: Option<String>,
    /// The pictures of the laboratory that are of it.
    pub(super) open: Vec<u32>,
}

impl Seen {
    /// What somebody typed to open it.
    pub(super) fn typed(typed: &str) -> Self {
        let role = ["prior", "current"]
            .into_iter()
            .find_map(|role| Some((role, typed.strip_prefix(role)?.strip_prefix(':')?)));
        let (role, source) = role.map_or((None, typed), |it| (Some(it.0), it.1));
        Self::new(source, role.map(str::to_owned))
    }

    fn new(source: &str, role: Option<String>) -> Self {
        let name = match source.strip_prefix("sample:") {
            Some(_) => source.to_owned(),
            None => file_name(source),
        };
        Self {
            id: number_of(source),
            source: source.to_owned(),
            name: printable_line(&name),
            role,
            open: Vec::new(),
        }
    }
}

/// A number for a name: the same name has the same number, so that marks stay where they are.
fn number_of(source: &str) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in source.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

impl App {
    /// The first picture is looked at before anybody knows of a model.
    pub(super) fn show_first(&mut self, now: Instant) -> Vec<Effect> {
        match self.seen.first().map(|it| it.id) {
            Some(id) => self.look_at(id, 0, now),
            None => Vec::new(),
        }
    }

    /// Opens something in one half of the pane.
    pub(super) fn look_at(&mut self, id: u32, pane: usize, now: Instant) -> Vec<Effect> {
        let Some(seen) = self.seen.iter().find(|it| it.id == id) else {
            return Vec::new();
        };
        let picture = self.open_of(seen);
        let view = picture.map_or_else(|| self.settings.view.clone(), |it| view_of(&it.view));
        self.progress.step(What::Series, 0, 0, now);
        self.is_touched = false;
        vec![Effect::Load(Request::Open {
            pane,
            id,
            name: seen.source.clone(),
            title: seen.name.clone(),
            view,
        })]
    }

    /// The last of the laboratory's pictures that are of this.
    fn open_of(&self, seen: &Seen) -> Option<&desk::Picture> {
        let last = seen.open.last()?;
        self.state.pictures.iter().find(|it| it.id == *last)
    }

    /// The laboratory's picture that the pane shows.
    pub(super) fn front_picture(&self) -> Option<&desk::Picture> {
        let (_, id) = self.viewer.front()?;
        self.open_of(self.seen.iter().find(|it| it.id == id)?)
    }

    /// What the picture in front is called.
    pub(super) fn front_name(&self) -> String {
        let front = self.viewer.front();
        let seen = front.and_then(|(_, id)| self.seen.iter().find(|it| it.id == id));
        seen.map(|it| it.name.clone()).unwrap_or_default()
    }

    /// Something for the pictures' pane.
    pub(super) fn viewer(&mut self, msg: picture::Msg, now: Instant) -> Vec<Effect> {
        let effects = self.viewer.update(msg, now);
        effects
            .into_iter()
            .flat_map(|it| self.do_picture(it, now))
            .collect()
    }

    /// The same, done by a person.
    pub(super) fn viewer_by_hand(&mut self, msg: picture::Msg, now: Instant) -> Vec<Effect> {
        if matches!(msg, picture::Msg::SideBySide) && self.viewer.ids()[1].is_none() {
            return self.beside(now);
        }
        let effects = self.viewer.update(msg, now);
        self.is_touched |= effects.contains(&picture::Effect::LookChanged);
        let effects: Vec<Effect> = effects
            .into_iter()
            .flat_map(|it| self.do_picture(it, now))
            .collect();
        self.name_all();
        self.tell_rail();
        effects
    }

    /// Opens a second picture beside the first: the prior one if there is one.
    fn beside(&mut self, now: Instant) -> Vec<Effect> {
        let front = self.viewer.front().map(|it| it.1);
        let others = || self.seen.iter().filter(|it| Some(it.id) != front);
        let prior = others().find(|it| it.role.as_deref() == Some("prior"));
        let Some(other) = prior.or_else(|| others().next_back()).map(|it| it.id) else {
            let text = self.lang.pick(
                "there is one picture only; Ctrl-O opens another",
                "只有一张图片；按 Ctrl-O 打开另一张",
            );
            self.say(Weight::Info, text, now);
            return Vec::new();
        };
        // what comes first stands on the left
        let place = |id: u32| self.seen.iter().position(|it| it.id == id);
        let front = front.filter(|it| place(other) < place(*it));
        let Some(front) = front else {
            return self.look_at(other, 1, now);
        };
        let mut effects = self.look_at(other, 0, now);
        effects.extend(self.look_at(front, 1, now));
        effects
    }

    fn do_picture(&mut self, effect: picture::Effect, now: Instant) -> Vec<Effect> {
        use picture::Effect as Of;
        if let Some(request) = Request::of(&effect) {
            return vec![Effect::Load(request)];
        }
        match effect {
            Of::Frame(_)
            | Of::Prefetch(..)
            | Of::Measure { .. }
            | Of::Reopen(_)
            | Of::LookChanged => Vec::new(),
            Of::ModelEye { id, .. } => self.ask_eye(id, now),
            Of::Wake(at) => vec![Effect::Wake(at)],
            Of::Say(text) => {
                self.say(Weight::Info, &text, now);
                Vec::new()
            }
            Of::FullScreen => {
                self.wish.toggle_full();
                Vec::new()
            }
            Of::Hide => {
                self.wish.toggle_picture();
                Vec::new()
            }
            Of::Copy(text) => vec![Effect::Copy(text)],
            Of::Leave => {
                self.wish.is_full = false;
                self.wish.give(Pane::Input);
                Vec::new()
            }
        }
    }

    fn ask_eye(&mut self, id: u32, now: Instant) -> Vec<Effect> {
        let Some(model) = &self.model else {
            let text = self.lang.pick(
                "what the model sees is known when it is loaded",
                "模型载入后才能查看其所见",
            );
            self.say(Weight::Info, text, now);
            return Vec::new();
        };
        let Some((seen, view)) = self
            .seen
            .iter()
            .find(|it| it.id == id)
            .zip(self.viewer.look_as_view())
        else {
            return Vec::new();
        };
        vec![Effect::Job(Job::Eye {
            source: seen.source.clone(),
            view: Box::new(without_region(view)),
            config: Arc::clone(&model.preprocess),
            fit: self.settings.fit,
            tokens: model.tokens_per_picture,
        })]
    }

    pub(super) fn loaded(&mut self, msg: LoaderMsg, now: Instant) -> Vec<Effect> {
        match msg {
            LoaderMsg::Pane(msg) => {
                if matches!(*msg, picture::Msg::Open(_)) {
                    self.progress.end();
                }
                let effects = self.viewer(*msg, now);
                self.name_all();
                self.tell_rail();
                effects
            }
            LoaderMsg::Progress { done, of, .. } => {
                let whole = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
                self.progress
                    .step(What::Series, whole(done), whole(of), now);
                Vec::new()
            }
            LoaderMsg::OpenFailed { problem, .. } => {
                self.progress.end();
                // the laboratory says the same of what it was asked to open
                self.say(Weight::Failure, &problem, now);
                Vec::new()
            }
        }
    }

    /// How things stand in the laboratory now: pictures that are new are shown, those that are gone are not.
    pub(super) fn state(&mut self, state: desk::State, now: Instant) -> Vec<Effect> {
        let before: Vec<u32> = self.state.pictures.iter().map(|it| it.id).collect();
        let mut effects = Vec::new();
        if self.state.session != state.session {
            effects.push(Effect::Session(state.session.clone()));
            effects.push(Effect::Job(Job::Recent));
        }
        // only what the laboratory changed: a person may have chosen another language on the screen
        let told = self.state.lang.unwrap_or(self.settings.lang);
        self.state = state;
        if let Some(lang) = self.state.lang.filter(|it| *it != told) {
            self.set_lang(lang, now);
        }
        let fresh: Vec<desk::Picture> = self
            .state
            .pictures
            .iter()
            .filter(|it| !before.contains(&it.id))
            .cloned()
            .collect();
        for seen in &mut self.seen {
            seen.open.clear();
        }
        for picture in &self.state.pictures {
            let known = self.seen.iter_mut().find(|it| it.source == picture.source);
            if let Some(seen) = known {
                seen.open.push(picture.id);
                continue;
            }
            let mut seen = Seen::new(&picture.source, picture.role.clone());
            seen.open.push(picture.id);
            self.seen.push(seen);
        }
        self.seen.retain(|it| !it.open.is_empty());
        for picture in &fresh {
            effects.extend(self.introduce(picture, now));
        }
        effects.extend(self.show_what_is_open(fresh.last(), now));
        self.measured = None;
        self.name_all();
        self.tell_rail();
        self.session_in_status(now);
        effects
    }

    fn introduce(&mut self, picture: &desk::Picture, now: Instant) -> Vec<Effect> {
        let slice = picture
            .slice
            .map_or_else(String::new, |(n, of)| format!("{n}/{of}"));
        let message = Message::picture(&picture.name, &picture.window, &slice);
        self.said(talk::Msg::Add(message), now)
    }

    /// Brings what was opened last into the pane, and takes out what is closed.
    fn show_what_is_open(&mut self, last: Option<&desk::Picture>, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (pane, id) in self.viewer.ids().into_iter().enumerate() {
            let is_gone = id.is_some_and(|id| !self.seen.iter().any(|it| it.id == id));
            if is_gone {
                effects.push(Effect::Load(Request::Forget(pane)));
                effects.extend(self.viewer(picture::Msg::Close(pane), now));
            }
        }
        let shown = self.viewer.ids();
        let wanted = match last {
            Some(last) => self.seen.iter().find(|it| it.source == last.source),
            None if shown == [None; 2] => self.seen.last(),
            None => None,
        };
        // what is shown already is opened anew where the laboratory looks at it in another way
        let is_other = |id: &u32| match last {
            Some(last) if shown.contains(&Some(*id)) => {
                self.viewer.front().map(|it| it.1) == Some(*id)
                    && self.viewer.is_changed_from(&last.view)
            }
            _ => !shown.contains(&Some(*id)),
        };
        if let Some(id) = wanted.map(|it| it.id).filter(is_other) {
            let pane = self.viewer.front().map_or(0, |it| it.0);
            if shown.contains(&Some(id)) {
                // what was set by hand does not outlive what the laboratory was told
                effects.extend(self.viewer(picture::Msg::Close(pane), now));
            }
            effects.extend(self.look_at(id, pane, now));
        }
        effects
    }

    /// Shows what is open again, after a session was played.
    pub(super) fn show_open_again(&mut self, now: Instant) -> Vec<Effect> {
        self.replayed.clear();
        let mut effects = self.show_what_is_open(None, now);
        if self.viewer.ids() == [None; 2] && effects.is_empty() {
            effects = self.show_first(now);
        }
        effects
    }

    /// Shows a picture of the laboratory.
    pub(super) fn show_picture(&mut self, picture: u32, now: Instant) -> Vec<Effect> {
        let seen = self.seen.iter().find(|it| it.open.contains(&picture));
        let Some(id) = seen.map(|it| it.id) else {
            return Vec::new();
        };
        self.wish.has_picture = true;
        let pane = self.viewer.front().map_or(0, |it| it.0);
        self.look_at(id, pane, now)
    }

    /// Places that an answer speaks of.
    pub(super) fn boxes(&mut self, boxes: &[Boxed], now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        let seen = if self.player.is_some() {
            self.replayed.clone()
        } else {
            self.seen.clone()
        };
        for seen in seen {
            let of: Vec<Boxed> = boxes
                .iter()
                .filter(|it| seen.open.contains(&it.picture))
                .cloned()
                .collect();
            if of.is_empty() {
                continue;
            }
            let picture = self.state.pictures.iter().find(|it| it.id == of[0].picture);
            let slice = picture.and_then(|it| it.slice).map(|it| it.0 - 1);
            let id = seen.id;
            effects.extend(self.viewer(
                picture::Msg::Boxes {
                    id,
                    slice,
                    boxes: of,
                },
                now,
            ));
        }
        effects
    }

    /// What can be named in a question, and the rail, know the pictures and regions there are.
    pub(super) fn name_all(&mut self) {
        let mut names = Vec::new();
        for (number, seen) in (1..).zip(&self.seen) {
            names.push(Name {
                name: seen.name.clone(),
                about: format!("{} {number}", self.lang.pick("picture", "图片")),
            });
        }
        for mention in self.mentions() {
            names.push(Name {
                name: mention.name.clone(),
                about: mention.description.clone(),
            });
            let crop = self.lang.pick(
                "the same, and cut out as a second picture",
                "同上，并裁剪为第二张图片",
            );
            names.push(Name {
                name: format!("{}{}", mention.name, super::asking::CROP),
                about: crop.to_owned(),
            });
        }
        // a list of names asks for nothing
        drop(self.input.update(crate::tui::input::Msg::Names(names)));
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        self.viewer.region_mentions()
    }
}

fn view_of(typed: &[(&'static str, String)]) -> View {
    let mut view = View::default();
    for (key, value) in typed {
        // what the laboratory opened a picture with is possible
        let _ = view.set(key, value);
    }
    without_region(view)
}

fn without_region(view: View) -> View {
    View {
        region: None,
        crop: false,
        ..view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_may_begin_with_a_role() {
        let seen = Seen::typed("prior:a/b.png");
        assert_eq!(
            (seen.source.as_str(), seen.name.as_str()),
            ("a/b.png", "b.png")
        );
        assert_eq!(seen.role.as_deref(), Some("prior"));
        assert_eq!(Seen::typed("sample:cxr-normal").name, "sample:cxr-normal");
        assert_eq!(Seen::typed("sample:cxr-normal").role, None);
    }
}
