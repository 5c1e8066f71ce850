//! One answer's events in; its text, its ids and its counts out, every event passed on to the sinks.

use std::sync::mpsc::Receiver;

use crate::error::Failure;
use crate::session::{Event, Fan, Stats, Stop};
use crate::tokenizer::{SpecialTokens, Voice};

/// What one answer came to.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) thinking: String,
    /// Everything said, stop id left out.
    pub(crate) ids: Vec<u32>,
    /// The answer alone: no thinking, no marks of thinking.
    pub(crate) answer_ids: Vec<u32>,
    pub(crate) stats: Stats,
}

/// Listens to the end. `cut_by_window`: the limit of new tokens is the window's, not the user's, so that reaching it is
/// `Stop::Window`. A sink that fails is told no more ([`Fan`]); the answer goes on.
///
/// # Errors
/// When the engine failed or went away.
pub(crate) fn listen(
    events: &Receiver<Event>,
    tokens: &SpecialTokens,
    cut_by_window: bool,
    sinks: &mut Fan<'_>,
) -> Result<Heard, Failure> {
    let (mut text, mut thinking) = (String::new(), String::new());
    let (mut ids, mut answer_ids) = (Vec::new(), Vec::new());
    loop {
        let Ok(mut event) = events.recv() else {
            return Err(Failure::Model(
                "the engine went away in the middle of an answer; start again".to_owned(),
            ));
        };
        match &mut event {
            Event::Piece {
                id,
                text: piece,
                voice,
                ..
            } => {
                match voice {
                    Voice::Thinking => thinking.push_str(piece),
                    Voice::Answer => text.push_str(piece),
                }
                if !tokens.stop.contains(id) {
                    ids.push(*id);
                    let is_mark = [tokens.think_start, tokens.think_end].contains(&Some(*id));
                    answer_ids.extend((*voice == Voice::Answer && !is_mark).then_some(*id));
                }
            }
            Event::Done(stats) if cut_by_window && stats.stop == Stop::Length => {
                stats.stop = Stop::Window;
            }
            Event::Loading(_)
            | Event::LeftOut(_)
            | Event::Vision { .. }
            | Event::Prefill { .. }
            | Event::Done(_)
            | Event::Failed(_) => {}
        }
        sinks.tell(&event);
        match event {
            Event::Done(stats) => {
                return Ok(Heard {
                    text,
                    thinking,
                    ids,
                    answer_ids,
                    stats,
                });
            }
            Event::Failed(problem) => return Err(Failure::Model(problem)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Sink;
    use std::sync::mpsc::channel;

    const TOKENS: SpecialTokens = SpecialTokens {
        bos: 2,
        boi: 3,
        eoi: 4,
        image: 5,
        stop: Vec::new(),
        think_start: Some(94),
        think_end: Some(95),
    };

    fn piece(id: u32, text: &str, voice: Voice) -> Event {
        Event::Piece {
            id,
            text: text.to_owned(),
            voice,
            logprob: -0.5,
        }
    }

    fn done(stop: Stop) -> Event {
        Event::Done(Stats {
            prompt_tokens: 9,
            image_tokens: 4,
            reused_tokens: 0,
            new_tokens: 2,
            vision_ms: 0.0,
            prefill_ms: 1.0,
            first_token_ms: 2.0,
            total_ms: 3.0,
            tokens_per_s: 4.0,
            stop,
        })
    }

    fn hear(
        events: Vec<Event>,
        cut_by_window: bool,
        sink: &mut dyn Sink,
    ) -> Result<Heard, Failure> {
        let (sender, receiver) = channel();
        for event in events {
            sender.send(event).unwrap();
        }
        drop(sender);
        let tokens = SpecialTokens {
            stop: vec![1, 106],
            ..TOKENS
        };
        let mut sinks = Fan::new();
        sinks.add("screen", sink);
        listen(&receiver, &tokens, cut_by_window, &mut sinks)
    }

    #[test]
    fn thinking_its_marks_and_the_stop_id_are_no_part_of_the_answer() {
        let events = vec![
            Event::Prefill { done: 9, total: 9 },
            piece(94, "", Voice::Answer),
            piece(7, "so", Voice::Thinking),
            piece(95, "", Voice::Thinking),
            piece(8, "Le", Voice::Answer),
            piece(9, "ft", Voice::Answer),
            piece(106, "", Voice::Answer),
            done(Stop::EndOfTurn),
        ];
        let mut told = Vec::new();
        let heard = hear(events.clone(), false, &mut |event: &Event| {
            told.push(event.clone());
            Ok(())
        })
        .unwrap();
        assert_eq!(
            (heard.text.as_str(), heard.thinking.as_str()),
            ("Left", "so")
        );
        assert_eq!(
            (heard.ids, heard.answer_ids),
            (vec![94, 7, 95, 8, 9], vec![8, 9])
        );
        assert_eq!(told, events);
    }

    #[test]
    fn the_limit_is_the_windows_when_the_window_set_it() {
        for (stop, by_window, expected) in [
            (Stop::Length, true, Stop::Window),
            (Stop::Length, false, Stop::Length),
            (Stop::EndOfTurn, true, Stop::EndOfTurn),
            (Stop::Cancelled, true, Stop::Cancelled),
        ] {
            assert_eq!(
                hear(vec![done(stop)], by_window, &mut ())
                    .unwrap()
                    .stats
                    .stop,
                expected
            );
        }
    }

    #[test]
    fn an_engine_that_fails_or_dies_is_an_error() {
        let failed = hear(
            vec![
                piece(8, "a", Voice::Answer),
                Event::Failed("nan in layer 3".to_owned()),
            ],
            false,
            &mut (),
        );
        assert_eq!(failed.unwrap_err().to_string(), "nan in layer 3");
        assert!(
            hear(vec![piece(8, "a", Voice::Answer)], false, &mut ())
                .unwrap_err()
                .to_string()
                .contains("went away")
        );
    }
}
