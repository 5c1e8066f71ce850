//! A prompt's ids in, its text with the tokens that are no text and the places of pictures in it out.

use crate::prompt::Prompt;
use crate::session::v1::Place;

/// A stretch of what the model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A token that is no text: `<start_of_turn>`.
    Special(String),
    /// The places of a picture.
    Picture {
        /// Its number, from 1.
        number: usize,
        /// Its tokens.
        tokens: usize,
    },
}

/// Who knows the ids' words.
pub trait Words {
    /// The text of ids that stand together, none of them special.
    fn text(&self, ids: &[u32]) -> String;

    /// The name of an id that is no text; `None` for all others.
    fn special(&self, id: u32) -> Option<String>;
}

/// The places of a prompt, as a session writes them: all places of a picture are one; its number is its index and 1.
pub fn places(prompt: &Prompt, tokens_per_picture: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut pictures = prompt.pictures.iter().peekable();
    let mut at = 0;
    while let Some(id) = prompt.ids.get(at) {
        let picture = pictures.next_if(|it| it.0 == at);
        let Some((_, picture)) = picture else {
            places.push(Place::Id(*id));
            at += 1;
            continue;
        };
        let picture = u32::try_from(picture.saturating_add(1)).unwrap_or(u32::MAX);
        places.push(Place::Picture { picture });
        at += tokens_per_picture.max(1);
    }
    places
}

/// The parts of a prompt. Ids that stand together are read together: a character may need several.
pub fn parts(places: &[Place], tokens_per_picture: usize, words: &dyn Words) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut run = Vec::new();
    let flush = |run: &mut Vec<u32>, parts: &mut Vec<Part>| {
        if !run.is_empty() {
            parts.push(Part::Text(words.text(run)));
            run.clear();
        }
    };
    for place in places {
        let part = match *place {
            Place::Id(id) => words.special(id).map(Part::Special).ok_or(id),
            Place::Picture { picture } => Ok(Part::Picture {
                number: usize::try_from(picture).unwrap_or(usize::MAX),
                tokens: tokens_per_picture,
            }),
        };
        let part = match part {
            Ok(part) => part,
            Err(id) => {
                run.push(id);
                continue;
            }
        };
        flush(&mut run, &mut parts);
        parts.push(part);
    }
    flush(&mut run, &mut parts);
    parts
}
