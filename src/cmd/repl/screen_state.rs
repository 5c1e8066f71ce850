//! A lab in, how it stands and what was said in it out, as the full screen is told.

use std::path::Path;
use std::sync::Arc;

use super::Talk;
use crate::session::story::{End as Ended, Told};
use crate::settings::Thinking;
use crate::tui::desk::{News, Picture, State};
use crate::tui::talk::message::{End, Figures, Message, Note};

impl Talk {
    pub(super) fn tell_state(&mut self) {
        let state = self.state();
        self.news(News::State(Box::new(state)));
    }

    fn state(&mut self) -> State {
        let turns = &self.lab.conversation().turns;
        let asked: Vec<usize> = turns.iter().flat_map(|it| it.pictures.clone()).collect();
        let pictures = self.lab.pictures().iter().enumerate();
        let pictures = pictures.map(|(index, it)| Picture {
            id: it.id,
            source: it.source.clone(),
            name: it.picture.origin.name.clone(),
            role: it.role.clone(),
            view: it.picture.view.clone(),
            slice: it.picture.slice,
            window: it
                .picture
                .origin
                .window
                .map_or_else(String::new, |it| it.to_string()),
            size: (it.picture.width, it.picture.height),
            cropped: it
                .picture
                .cropped
                .map(|it| [it.y0, it.x0, it.y1, it.x1].map(|it| it as f64)),
            prepared: Arc::clone(&it.prepared),
            chain: it.chain(),
            sha256: it.picture.origin.sha256.clone(),
            is_new: !asked.contains(&index),
        });
        let mut state = State {
            pictures: pictures.collect(),
            priors: self.lab.conversation().priors.clone(),
            system: self.settings.system.clone(),
            last_turn: self.lab.last_turn(),
            turns: turns.len(),
            settings: self.settings.origins.clone(),
            lang: Some(self.settings.lang),
            ..State::default()
        };
        let journal = self.lab.journal();
        state.is_recorded = journal.path().is_some();
        state.session = journal
            .path()
            .filter(|_| journal.is_begun())
            .map(Path::to_owned);
        state
    }

    /// Turns of a conversation as messages.
    pub(super) fn messages<'a>(&self, told: impl Iterator<Item = &'a Told>) -> Vec<Message> {
        let mut messages = Vec::new();
        for told in told {
            messages.push(Message::question(
                told.turn.n,
                &told.turn.question,
                notes(told),
            ));
            messages.push(self.answer_of_story(told));
        }
        messages
    }

    fn answer_of_story(&self, told: &Told) -> Message {
        let loaded = self.lab.loaded();
        let mut message = Message::answer(told.turn.n);
        let mut stream = loaded.tokenizer.stream(&loaded.tokens);
        let shows_thinking = self.settings.thinking == Thinking::Show;
        if let Some(answer) = message.as_answer_mut() {
            let tokens = told.ids.iter().zip(&told.logprobs);
            for (id, logprob) in tokens {
                let (voice, text) = stream.push(*id);
                answer.push(&text, voice, *logprob);
            }
            let (voice, text) = stream.finish();
            if !text.is_empty() {
                answer.push(&text, voice, 0.0);
            }
            answer.set_unfolded(shows_thinking);
            let (end, figures) = ended(told);
            answer.finish(end, figures);
        }
        message
    }
}

/// What is particular about a recorded question.
fn notes(told: &Told) -> Vec<Note> {
    let turn = &told.turn;
    let control = match turn.control.as_deref() {
        Some("blank") => Some(Note::Blank),
        Some("none") => Some(Note::Sightless),
        Some("paraphrase") => Some(Note::Paraphrase),
        _ => None,
    };
    let fresh = turn.fresh.then_some(Note::Fresh);
    let retry = turn.retry_of.map(Note::Retry);
    [retry, control.or(fresh)].into_iter().flatten().collect()
}

/// How a recorded answer ended.
fn ended(told: &Told) -> (End, Option<Figures>) {
    match &told.end {
        Ended::Cut => (End::Cut, None),
        Ended::Failed(why) => (End::Failed(why.clone()), None),
        Ended::Done(done) => {
            let end = match done.stop.as_str() {
                "cancelled" => End::Stopped,
                "length" => End::Length,
                "window" => End::Window,
                _ => End::Whole,
            };
            let figures = Figures {
                new_tokens: done.new_tokens,
                tokens_per_s: done.tokens_per_s,
                first_token_ms: done.first_token_ms,
            };
            (end, Some(figures))
        }
    }
}
