//! A lab in, how it stands and what was said in it out, as the full screen is told.

use std::path::Path;
use std::sync::Arc;

use super::Talk;
use crate::session::read::Reader;
use crate::session::story::{End as Ended, Story, Told};
use crate::session::v1::Record;
use crate::settings::{Lang, Thinking};
use crate::tokenizer::Voice;
use crate::tui::desk::{News, Picture, State};
use crate::tui::talk::message::{End, Figures, Level, Message, Note};

/// Tokens of earlier answers that are shown when a session goes on.
const MOST_TOKENS: usize = 100_000;

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
                .map_or_else(String::new, |it| it.short()),
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

    /// What was said last, as messages.
    pub(super) fn messages(&self, last: &Last) -> Vec<Message> {
        let mut messages = last.remark(self.settings.lang);
        for told in &last.told {
            let notes = notes(told);
            messages.push(Message::question(told.turn.n, &told.turn.question, notes));
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

/// The last turns of a conversation: a very long one is there at once all the same.
#[derive(Default)]
pub(super) struct Last {
    /// Turns before them.
    earlier: usize,
    told: Vec<Told>,
}

impl Last {
    pub(super) fn of(story: &Story) -> Self {
        let thread = story.thread();
        let mut n_tokens = 0;
        let is_shown = |it: &&usize| {
            n_tokens += story.turns[**it].ids.len();
            n_tokens <= MOST_TOKENS
        };
        let n_shown = thread.iter().rev().take_while(is_shown).count().max(1);
        let (earlier, shown) = thread.split_at(thread.len().saturating_sub(n_shown));
        Self {
            earlier: earlier.len(),
            told: shown.iter().map(|it| story.turns[*it].clone()).collect(),
        }
    }
}

/// So many bytes at the end of a long session are read first.
const END: u64 = 1 << 20;

impl Last {
    /// What stands at the end of a long session, read without what is before it; nothing of a short one, or of one in which
    /// something is wrong there: whoever reads it whole will say what.
    pub(super) fn near_end(path: &Path) -> Self {
        let read = || -> Result<Self, crate::session::Error> {
            let mut reader = Reader::open(path)?.without_prompts();
            if !reader.go_near_end(END)? {
                return Ok(Self::default());
            }
            let mut story = Story::new(reader.head().clone());
            let mut next = reader.next_record()?;
            // an answer whose question is not there is nothing
            while !matches!(next, None | Some((_, Record::Turn(_)))) {
                next = reader.next_record()?;
            }
            while let Some((_, record)) = next {
                story.add(record);
                next = reader.next_record()?;
            }
            Ok(Self {
                earlier: 0,
                ..Self::of(&story)
            })
        };
        read().unwrap_or_default()
    }

    /// That there is more before it, if there is.
    fn remark(&self, lang: Lang) -> Vec<Message> {
        let n = self.earlier;
        let text = match lang {
            Lang::En => {
                format!("{n} earlier questions are not shown here; /replay has all of them")
            }
            Lang::Zh => format!("此处未显示更早的 {n} 个问题；/replay 可查看全部"),
        };
        let remark = || Message::remark(None, Level::Plain, &text);
        (n > 0).then(remark).into_iter().collect()
    }

    /// The same as messages without a model: words, but not where each token of them ends.
    pub(super) fn early(&self, lang: Lang) -> Vec<Message> {
        let mut messages = self.remark(lang);
        for told in &self.told {
            messages.push(Message::question(
                told.turn.n,
                &told.turn.question,
                notes(told),
            ));
            messages.push(early_answer(told));
        }
        messages
    }
}

fn early_answer(told: &Told) -> Message {
    let mut message = Message::answer(told.turn.n);
    let parts = [
        (&told.thinking, Voice::Thinking),
        (&told.answer, Voice::Answer),
    ];
    let parts = parts.into_iter().filter(|it| !it.0.is_empty());
    if let Some(answer) = message.as_answer_mut() {
        parts.for_each(|(text, voice)| answer.push(text, voice, 0.0));
        let (end, figures) = ended(told);
        answer.finish(end, figures);
    }
    message
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
