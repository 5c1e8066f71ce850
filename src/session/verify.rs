//! A recorded turn and what the model says now in, how far the two are the same out: token by token, then by findings.

use super::Stop;
use super::story::{End, Story, Told};
use super::v1::{Model, Place};

/// Whether two answers speak of the same findings.
pub type Same<'a> = dyn Fn(&str, &str) -> bool + 'a;

/// What a model was sent and said, now.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The prompt, as a session writes it.
    pub prompt: Vec<Place>,
    /// Every id, stop id left out.
    pub ids: Vec<u32>,
    /// Natural logarithm of each one's probability.
    pub logprobs: Vec<f32>,
    /// The answer, thinking left out.
    pub text: String,
    /// Why it ended; or why there is no answer.
    pub end: Result<Stop, String>,
}

/// How far an answer is the one that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// The same prompt, and the same tokens to the same end.
    Identical,
    /// The same prompt; other tokens that speak of the same findings.
    SameFindings,
    /// Another prompt, or other findings.
    Differs,
}

impl Grade {
    /// Its name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::SameFindings => "same_findings",
            Self::Differs => "differs",
        }
    }
}

/// A recorded turn beside the same turn now.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// How far they are the same.
    pub grade: Grade,
    /// The first entry of the prompt that is another.
    pub prompt: Option<Gap<Place>>,
    /// The first token of the answer that is another.
    pub answer: Option<Gap<u32>>,
    /// How it ended then and now, where the tokens are the same and the ends are not.
    pub end: Option<(String, String)>,
    /// Whether the record has other words for the same tokens.
    pub other_words: bool,
    /// Tokens of the answer that were compared and are the same.
    pub same_tokens: usize,
    /// The largest difference of the logarithms of their probabilities: no verdict, since other processors round in other
    /// ways.
    pub logprobs: Option<f32>,
}

/// The first place at which two sequences differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap<T> {
    /// From 0.
    pub at: usize,
    /// What was there then; `None` behind the end.
    pub then: Option<T>,
    /// What is there now; `None` behind the end.
    pub now: Option<T>,
}

/// Whether a record has its whole answer; else only its beginning can be compared.
pub fn is_whole(told: &Told) -> bool {
    match &told.end {
        End::Done(done) => done.stop != Stop::Cancelled.name(),
        End::Failed(_) => true,
        End::Cut => false,
    }
}

/// The longest answer that there is something to compare with, in tokens.
pub fn reach(told: &Told) -> usize {
    if is_whole(told) {
        told.turn.max_new_tokens
    } else {
        told.ids.len()
    }
}

/// Compares a recorded turn with what is said now. Of an answer that was recorded in part that part is compared.
pub fn compare(told: &Told, now: &Said, same: &Same<'_>) -> Compared {
    let is_whole = is_whole(told);
    let heard = if is_whole {
        now.ids.as_slice()
    } else {
        &now.ids[..now.ids.len().min(told.ids.len())]
    };
    let prompt = gap(&told.turn.ids, &now.prompt);
    let answer = gap(&told.ids, heard);
    let end = ends(told, now).filter(|_| answer.is_none());
    let same_tokens = answer.map_or(told.ids.len(), |it| it.at);
    let pairs = told.logprobs.iter().zip(&now.logprobs).take(same_tokens);
    let logprobs = pairs
        .map(|(then, now)| (then - now).abs())
        .reduce(f32::max)
        .filter(|it| it.is_finite());
    let is_same = answer.is_none() && end.is_none();
    let other_words = is_whole && is_same && told.answer != now.text;
    let grade = match prompt {
        None if is_same && !other_words => Grade::Identical,
        None if is_answered(told, now) && same(&told.answer, &now.text) => Grade::SameFindings,
        _ => Grade::Differs,
    };
    Compared {
        grade,
        prompt,
        answer,
        end,
        other_words,
        same_tokens,
        logprobs,
    }
}

/// Whether there is an answer then and now; two failures say nothing of findings.
fn is_answered(told: &Told, now: &Said) -> bool {
    !matches!(told.end, End::Failed(_)) && now.end.is_ok()
}

fn ends(told: &Told, now: &Said) -> Option<(String, String)> {
    let failed = || "failed".to_owned();
    let now = match &now.end {
        Ok(stop) => stop.name().to_owned(),
        Err(_) => failed(),
    };
    let then = match &told.end {
        End::Done(done) if is_whole(told) => done.stop.clone(),
        End::Failed(_) => failed(),
        // it was stopped from outside: that cannot come again
        End::Done(_) | End::Cut if now == "failed" => "stopped".to_owned(),
        End::Done(_) | End::Cut => return None,
    };
    (then != now).then_some((then, now))
}

fn gap<T: Copy + PartialEq>(then: &[T], now: &[T]) -> Option<Gap<T>> {
    let same = then.iter().zip(now).take_while(|(a, b)| a == b).count();
    let is_all = same == then.len() && same == now.len();
    (!is_all).then(|| Gap {
        at: same,
        then: then.get(same).copied(),
        now: now.get(same).copied(),
    })
}

/// What of a model is not as it was, one sentence each: the rest of a sentence behind the session's name. Where it computes is
/// no part of it.
pub fn other_model(story: &Story, template: &str, now: &Model) -> Vec<String> {
    let then = &story.model;
    let mut problems = Vec::new();
    if then.sha256 == now.sha256 {
        // the same weights may have any name
    } else if then.sha256.is_empty() {
        problems.push("does not say which model it was made with".to_owned());
    } else {
        problems.push(format!(
            "was made with the weights of {} ({}), and this is {} ({}); name them with --model",
            then.name,
            short(&then.sha256),
            now.name,
            short(&now.sha256),
        ));
    }
    let mut differs = |what: &str, then: &str, now: &str| {
        if then.is_empty() {
            problems.push(format!("does not say which {what} it was made with"));
        } else if then != now {
            problems.push(format!(
                "was made with the {what} {then}, and this is {now}"
            ));
        }
    };
    differs(
        "tokenizer",
        &short(&then.tokenizer_sha256),
        &short(&now.tokenizer_sha256),
    );
    differs("quantisation", &then.quant, &now.quant);
    differs("chat template", &story.head.template, template);
    let (then, now) = (then.image_size, now.image_size);
    differs("picture size", &then.to_string(), &now.to_string());
    problems
}

/// The beginning of a hash, enough to tell it from others.
pub fn short(hash: &str) -> String {
    match hash.char_indices().nth(12) {
        Some((end, _)) => format!("{}…", &hash[..end]),
        None => hash.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::v1::{Done, Head, Turn};

    const PROMPT: [Place; 3] = [Place::Id(2), Place::Picture { picture: 1 }, Place::Id(9)];

    fn told(ids: &[u32], answer: &str, stop: &str) -> Told {
        Told {
            turn: Turn {
                n: 1,
                ids: PROMPT.to_vec(),
                max_new_tokens: 24,
                ..Turn::default()
            },
            answer: answer.to_owned(),
            ids: ids.to_vec(),
            logprobs: vec![-0.5; ids.len()],
            answer_ids: ids.to_vec(),
            end: End::Done(Done {
                stop: stop.to_owned(),
                ..Done::default()
            }),
            ..Told::default()
        }
    }

    fn said(ids: &[u32], text: &str, stop: Stop) -> Said {
        Said {
            prompt: PROMPT.to_vec(),
            ids: ids.to_vec(),
            logprobs: vec![-0.75; ids.len()],
            text: text.to_owned(),
            end: Ok(stop),
        }
    }

    #[track_caller]
    fn check(told: &Told, now: &Said, grade: Grade) -> Compared {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let compared = compare(told, now, &same);
        assert_eq!(compared.grade, grade, "{compared:?}");
        compared
    }

    #[test]
    fn the_same_tokens_to_the_same_end_are_identical() {
        let now = said(&[5, 6, 7], "Left", Stop::EndOfTurn);
        let seen = check(
            &told(&[5, 6, 7], "Left", "end_of_turn"),
            &now,
            Grade::Identical,
        );
        assert_eq!((seen.same_tokens, seen.logprobs), (3, Some(0.25)));
        assert_eq!((seen.prompt, seen.answer, seen.end), (None, None, None));
    }

    #[test]
    fn the_first_other_token_is_named_also_behind_an_end() {
        let then = told(&[5, 6, 7], "Left", "end_of_turn");
        let gap_of = |ids: &[u32], text: &str, grade: Grade| {
            let seen = check(&then, &said(ids, text, Stop::EndOfTurn), grade);
            let gap = seen.answer.unwrap();
            (gap.at, gap.then, gap.now)
        };
        let other = gap_of(&[5, 8, 7], "Right", Grade::Differs);
        assert_eq!(other, (1, Some(6), Some(8)));
        let shorter = gap_of(&[5, 6], "left", Grade::SameFindings);
        assert_eq!(shorter, (2, Some(7), None));
        let longer = gap_of(&[5, 6, 7, 9], "Left.", Grade::Differs);
        assert_eq!(longer, (3, None, Some(9)));
    }

    #[test]
    fn the_same_tokens_to_another_end_are_not_identical() {
        let then = told(&[5], "Left", "length");
        let seen = check(
            &then,
            &said(&[5], "Left", Stop::EndOfTurn),
            Grade::SameFindings,
        );
        let ends = ("length".to_owned(), "end_of_turn".to_owned());
        assert_eq!((seen.answer, seen.end), (None, Some(ends)));
    }

    #[test]
    fn the_same_tokens_have_the_same_words() {
        let now = said(&[5], "Left", Stop::EndOfTurn);
        let mut then = told(&[5], "Right", "end_of_turn");
        assert!(check(&then, &now, Grade::Differs).other_words);
        then.answer = "LEFT".to_owned();
        assert!(check(&then, &now, Grade::SameFindings).other_words);
        then.end = End::Cut;
        assert!(!check(&then, &now, Grade::Identical).other_words);
    }

    #[test]
    fn another_prompt_is_never_identical_nor_the_same() {
        let mut then = told(&[5], "Left", "end_of_turn");
        then.turn.ids[1] = Place::Picture { picture: 2 };
        let seen = check(&then, &said(&[5], "Left", Stop::EndOfTurn), Grade::Differs);
        assert_eq!((seen.prompt.unwrap().at, seen.answer), (1, None));
    }

    #[test]
    fn of_a_part_the_part_is_compared() {
        let now = said(&[5, 6], "Left", Stop::Length);
        let mut then = told(&[5, 6], "Le", "cancelled");
        assert_eq!((is_whole(&then), reach(&then)), (false, 2));
        check(&then, &now, Grade::Identical);
        then.end = End::Cut;
        check(&then, &now, Grade::Identical);
        let more = said(&[5, 6, 7], "Left now", Stop::EndOfTurn);
        check(&then, &more, Grade::Identical);
        let gap = check(&then, &said(&[5], "L", Stop::EndOfTurn), Grade::Differs).answer;
        assert_eq!(gap.unwrap().then, Some(6));
    }

    #[test]
    fn a_failure_is_identical_to_a_failure_only() {
        let mut then = told(&[], "", "");
        then.end = End::Failed("nan".to_owned());
        let mut now = said(&[], "", Stop::EndOfTurn);
        check(&then, &now, Grade::Differs);
        now.end = Err("nan in layer 3".to_owned());
        check(&then, &now, Grade::Identical);
        check(&told(&[], "", "end_of_turn"), &now, Grade::Differs);
        check(&told(&[], "", "cancelled"), &now, Grade::Differs);
    }

    #[test]
    fn a_model_is_another_by_its_weights_its_words_its_rounding_and_its_eyes() {
        let model = Model {
            name: "phantom".to_owned(),
            sha256: "0123456789abcdef".repeat(4),
            tokenizer_sha256: "fedcba9876543210".repeat(4),
            quant: "none".to_owned(),
            device: "cpu".to_owned(),
            threads: 2,
            image_size: 256,
        };
        let story = Story::new(Head {
            model: model.clone(),
            template: "gemma3/1".to_owned(),
            ..Head::default()
        });
        let elsewhere = Model {
            device: "cuda:0".to_owned(),
            threads: 9,
            name: "renamed".to_owned(),
            ..model.clone()
        };
        assert!(other_model(&story, "gemma3/1", &elsewhere).is_empty());
        let other = Model {
            sha256: "é".to_owned(),
            tokenizer_sha256: String::new(),
            quant: "q8".to_owned(),
            image_size: 896,
            ..model
        };
        let problems = other_model(&story, "gemma3/2", &other);
        assert_eq!(
            problems,
            [
                "was made with the weights of phantom (0123456789ab…), and this is phantom (é); name them with --model",
                "was made with the tokenizer fedcba987654…, and this is ",
                "was made with the quantisation none, and this is q8",
                "was made with the chat template gemma3/1, and this is gemma3/2",
                "was made with the picture size 256, and this is 896",
            ]
        );
        let silent = other_model(&Story::new(Head::default()), "gemma3/1", &elsewhere);
        assert_eq!(silent[0], "does not say which model it was made with");
        assert_eq!(
            silent[2],
            "does not say which quantisation it was made with"
        );
    }
}
