//! A turn of a session in, what the model says to the same question now out: its conversation, pictures and settings as then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::Control;
use super::find::{self, Found};
use crate::context::{self, Fitted};
use crate::engine::{Choice, Engine, Job, Sampling};
use crate::error::Failure;
use crate::preprocess::{self, Prepared};
use crate::prompt::Prompt;
use crate::session::listen::listen;
use crate::session::story::{self, Story, Told};
use crate::session::v1::Place;
use crate::session::verify::{self, Said};
use crate::session::{Error, Event, Fan, Sink, Stop};

/// Asks the turns of a session again. Nothing is recorded, and the session's conversation stays as it is.
pub struct Rerun<'a> {
    engine: &'a Engine,
    story: &'a Story,
    pictures: BTreeMap<u32, Arc<Prepared>>,
    /// Why each picture that is not there is not.
    missing: BTreeMap<u32, &'static str>,
}

/// Ids of the pictures that some turns were asked about, each once.
pub fn wanted<'a>(turns: impl IntoIterator<Item = &'a Told>) -> Vec<u32> {
    let ids = turns.into_iter().flat_map(|it| &it.turn.pictures);
    let mut ids: Vec<u32> = ids.copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl<'a> Rerun<'a> {
    /// With the pictures that were found, also those that are prepared in another way now.
    pub fn new(engine: &'a Engine, story: &'a Story, found: BTreeMap<u32, Found>) -> Self {
        let (mut pictures, mut missing) = (BTreeMap::new(), BTreeMap::new());
        for (id, found) in found {
            let problem = find::problem(&found);
            match found {
                Found::Same(opened) | Found::OtherPixels(opened) => {
                    pictures.insert(id, opened.prepared);
                }
                Found::OtherFile | Found::Nowhere => {
                    missing.insert(id, problem);
                }
            }
        }
        Self {
            engine,
            story,
            pictures,
            missing,
        }
    }

    /// Asks a turn again, as far as there is something to compare with.
    ///
    /// # Errors
    /// When it cannot be asked: a picture is missing, or it does not fit the window; or when `cancel` was set meanwhile
    /// (`Failure::Interrupted`). A failure of the engine is a part of what was said.
    pub fn ask(
        &self,
        told: &Told,
        cancel: &Arc<AtomicBool>,
        sink: &mut dyn Sink,
    ) -> Result<(Said, Prompt)> {
        let pictures = self.pictures_of(told)?;
        let fitted = self.fit(told)?;
        let mut said = Said {
            prompt: self.places(told, &fitted.prompt),
            ids: Vec::new(),
            logprobs: Vec::new(),
            text: String::new(),
            end: Ok(Stop::Cancelled),
        };
        let reach = verify::reach(told);
        if reach == 0 {
            return Ok((said, fitted.prompt));
        }
        let max_new_tokens = reach.min(fitted.room);
        let events = self.engine.ask(Job {
            prompt: fitted.prompt.clone(),
            pictures,
            sampling: Sampling::from(&told.turn.sampling),
            max_new_tokens,
            cancel: Arc::clone(cancel),
        });
        let tokens = &self.engine.loaded().tokens;
        let mut likelihoods = |event: &Event| {
            if let Event::Piece { id, logprob, .. } = event
                && !tokens.stop.contains(id)
            {
                said.logprobs.push(*logprob);
            }
            Ok(())
        };
        let mut fan = Fan::new();
        fan.add("likelihoods", &mut likelihoods);
        fan.add("screen", sink);
        let heard = listen(&events, tokens, max_new_tokens < reach, &mut fan);
        let lost = fan.take_lost().pop();
        drop(fan);
        if cancel.load(Ordering::SeqCst) {
            return Err(Failure::Interrupted.into());
        }
        if let Some(lost) = lost {
            return Err(lost.error);
        }
        match heard {
            Ok(heard) => {
                (said.ids, said.text) = (heard.ids, heard.text);
                said.end = Ok(heard.stats.stop);
            }
            Err(failure) => said.end = Err(failure.to_string()),
        }
        Ok((said, fitted.prompt))
    }

    /// A prompt as a session writes it.
    fn places(&self, told: &Told, prompt: &Prompt) -> Vec<Place> {
        let pictures = &told.turn.pictures;
        let runs = prompt.pictures.iter();
        let runs: Vec<(usize, u32)> = runs
            .map(|(first, index)| (*first, pictures[*index]))
            .collect();
        let each = self.engine.loaded().config.tokens_per_picture();
        story::places(&prompt.ids, &runs, each)
    }

    /// The likeliest tokens at a place of an answer: after its prompt and these ids.
    ///
    /// # Errors
    /// When a picture is missing, or the engine fails.
    pub fn alternatives(
        &self,
        told: &Told,
        prompt: &Prompt,
        ids: &[u32],
        count: usize,
    ) -> Result<Vec<Choice>> {
        let mut prompt = prompt.clone();
        prompt.ids.extend(ids);
        let pictures = self.pictures_of(told)?;
        self.engine.alternatives(prompt, pictures, count)
    }

    /// What a turn would send now.
    ///
    /// # Errors
    /// When it does not fit the window.
    pub fn fit(&self, told: &Told) -> Result<Fitted> {
        let turn = &told.turn;
        context::fit(
            &self.story.before(told),
            &turn.question,
            self.engine.loaded(),
            turn.ctx,
            turn.max_new_tokens,
        )
    }

    /// What the model got then, in the order in which it was open.
    fn pictures_of(&self, told: &Told) -> Result<Vec<Arc<Prepared>>> {
        let config = &self.engine.loaded().preprocess;
        let is_blank = told.turn.control.as_deref() == Some(Control::Blank.name());
        let pictures = told.turn.pictures.iter().map(|id| {
            let picture = self.pictures.get(id).ok_or_else(|| {
                let problem = self.missing.get(id).copied();
                let problem = problem.unwrap_or("was never opened in this session");
                Error::new(&find::name_of(&self.story.openings, *id), problem)
            })?;
            if is_blank {
                return Ok(Arc::new(preprocess::blank(picture, config)));
            }
            Ok(Arc::clone(picture))
        });
        pictures.collect()
    }
}
