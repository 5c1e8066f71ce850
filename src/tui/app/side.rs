//! Pictures and sessions in, the rail as it shows them out; and what is chosen in it, done.

use std::path::PathBuf;
use std::time::Instant;

use super::{App, Effect};
use crate::imaging::View;
use crate::tui::desk::Order;
use crate::tui::layout::Pane;
use crate::tui::picture::loader::Request;
use crate::tui::picture::{self, Go};
use crate::tui::rail::{self, PartKind, Parts, Role};

impl App {
    /// Something for the rail.
    pub(super) fn rail(&mut self, msg: rail::Msg, now: Instant) -> Vec<Effect> {
        let effects = self.rail.update(msg);
        effects
            .into_iter()
            .flat_map(|it| self.do_rail(it, now))
            .collect()
    }

    fn do_rail(&mut self, effect: rail::Effect, now: Instant) -> Vec<Effect> {
        use rail::Effect as Of;
        match effect {
            Of::Show(index) => {
                let id = self.seen.get(index).map(|it| it.id);
                let pane = self.viewer.front().map_or(0, |it| it.0);
                self.wish.has_picture = true;
                id.map_or_else(Vec::new, |id| self.look_at(id, pane, now))
            }
            Of::Part(index) if self.parts.1 == PartKind::Series => self.open_series(index, now),
            Of::Part(index) => self.viewer_by_hand(picture::Msg::Slice(Go::To(index)), now),
            Of::Close(index) => vec![Effect::Order(Order::All(self.close_seen(index)))],
            Of::Role(index, role) => self.give_role(index, role),
            Of::SideBySide(index) => self.beside_of(index, now),
            Of::OpenSession(id) => self.go_elsewhere(Some(PathBuf::from(id)), now),
            Of::Browse => self.open_sessions(now),
            Of::Open => self.open_files(now),
            Of::Unfold => {
                self.wish.rail = crate::tui::layout::RailForm::Open;
                Vec::new()
            }
            Of::Leave => {
                self.wish.give(Pane::Input);
                Vec::new()
            }
        }
    }

    /// Closes what one name opened, the last picture first: the others keep their numbers meanwhile.
    fn close_seen(&self, index: usize) -> Vec<Order> {
        let Some(seen) = self.seen.get(index) else {
            return Vec::new();
        };
        let pictures = self.state.pictures.iter().enumerate().rev();
        let of = pictures.filter(|(_, it)| seen.open.contains(&it.id));
        of.map(|(at, _)| Order::Line(format!("/close {}", at + 1)))
            .collect()
    }

    /// Opens it again with what the model is told before it.
    fn give_role(&self, index: usize, role: Option<Role>) -> Vec<Effect> {
        let Some(seen) = self.seen.get(index) else {
            return Vec::new();
        };
        let mut orders = self.close_seen(index);
        let name = match role {
            None => seen.source.clone(),
            Some(Role::Prior) => format!("prior:{}", seen.source),
            Some(Role::Current) => format!("current:{}", seen.source),
        };
        let line = crate::tui::pick::quote::command_line("open", [name.as_str()]);
        orders.push(Order::Line(line));
        vec![Effect::Order(Order::All(orders))]
    }

    fn beside_of(&mut self, index: usize, now: Instant) -> Vec<Effect> {
        let Some(id) = self.seen.get(index).map(|it| it.id) else {
            return Vec::new();
        };
        let [first, second] = self.viewer.ids();
        if second == Some(id) {
            return self.viewer_by_hand(picture::Msg::SideBySide, now);
        }
        if first == Some(id) {
            return Vec::new();
        }
        self.look_at(id, 1, now)
    }

    /// Lets the rail know which pictures there are, and which are in view.
    pub(super) fn tell_rail(&mut self) {
        let [first, second] = self.viewer.ids();
        let place = |id: Option<u32>| self.seen.iter().position(|it| Some(it.id) == id);
        let front = self.viewer.front().map(|it| it.1);
        let list = self.seen.iter().map(|it| rail::Picture {
            name: it.name.clone(),
            n_slices: self.slices_of(it.id),
            role: match it.role.as_deref() {
                Some("prior") => Some(Role::Prior),
                Some("current") => Some(Role::Current),
                _ => None,
            },
        });
        let msg = rail::Msg::Pictures {
            list: list.collect(),
            in_view: place(front.or(first)),
            second: place(second).filter(|_| self.viewer.is_split()),
        };
        // what the rail is told asks for nothing
        drop(self.rail.update(msg));
        let n_slices = front.map_or(1, |it| self.slices_of(it));
        // of a study the series are listed: slices turn with the wheel
        let series = self.viewer.series().filter(|it| it.1 > 1);
        let (kind, n_parts, here) = match series {
            Some((number, of)) => (PartKind::Series, of, number.saturating_sub(1)),
            None => (PartKind::Slices, n_slices, self.viewer.slice().unwrap_or(0)),
        };
        let key = (front, kind, n_parts);
        if self.parts == key {
            drop(self.rail.update(rail::Msg::Part(here)));
            return;
        }
        self.parts = key;
        let parts = (n_parts > 1).then(|| Parts {
            kind,
            names: (1..=n_parts).map(|it| it.to_string()).collect(),
            here,
        });
        drop(self.rail.update(rail::Msg::Parts(parts)));
    }

    /// Another series of the study in view; the model gets it with the next question.
    fn open_series(&mut self, index: usize, now: Instant) -> Vec<Effect> {
        let Some(((pane, id), view)) = self.viewer.front().zip(self.viewer.look_as_view()) else {
            return Vec::new();
        };
        let Some(seen) = self.seen.iter().find(|it| it.id == id) else {
            return Vec::new();
        };
        let request = Request::Open {
            pane,
            id,
            name: seen.source.clone(),
            title: seen.name.clone(),
            view: View {
                series: Some(index + 1),
                slices: None,
                window: None,
                ..view
            },
        };
        self.is_touched = true;
        let mut effects = self.viewer(picture::Msg::Close(pane), now);
        effects.push(Effect::Load(request));
        effects
    }

    fn slices_of(&self, id: u32) -> usize {
        if let Some(n) = self.viewer.n_slices(id) {
            return n;
        }
        let seen = self.seen.iter().find(|it| it.id == id);
        let open = seen.and_then(|it| it.open.last());
        let picture = open.and_then(|id| self.state.pictures.iter().find(|it| it.id == *id));
        picture.and_then(|it| it.slice).map_or(1, |it| it.1)
    }

    /// Sessions for the rail; this one is marked.
    pub(super) fn recent(&mut self, mut sessions: Vec<rail::Session>) {
        let here = self
            .state
            .session
            .as_ref()
            .map(|it| it.display().to_string());
        for session in &mut sessions {
            session.is_here = Some(&session.id) == here.as_ref();
        }
        drop(self.rail.update(rail::Msg::Sessions(sessions)));
    }
}
