//! The straight line on the embedded model: pictures, turns, retries, undoing, cancelling, and the next question's reuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use medlab::context::{Exchange, Language};
use medlab::engine::{Engine, Quant, Sampling, Source};
use medlab::imaging::Format;
use medlab::imaging::View;
use medlab::lab::{Answer, Asking, Lab, Options};
use medlab::preprocess::Fit;
use medlab::session::{Event, Stop};

const EFFUSION: &str = "Is there a pleural effusion?";

/// The embedded model, nothing open, greedy answers of at most 24 tokens.
fn lab() -> Lab {
    let engine = Engine::start(&Source::Phantom, Quant::None, &mut |_| ()).unwrap();
    let options = Options {
        ctx: 2048,
        sampling: Sampling::default(),
        max_new_tokens: 24,
        fit: Fit::Pad,
        view: View::default(),
        language: Language::Auto,
    };
    Lab::new(engine, options)
}

fn never() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

fn ask(lab: &mut Lab, question: &str) -> Answer {
    lab.ask(question, &never(), &mut ()).unwrap()
}

#[test]
fn an_answer_is_what_the_sink_was_told() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    let (mut text, mut ids, mut done) = (String::new(), Vec::new(), 0);
    let mut sink = |event: &Event| {
        match event {
            Event::Piece {
                id, text: piece, ..
            } => {
                text.push_str(piece);
                ids.push(*id);
            }
            Event::Done(_) => done += 1,
            _ => {}
        }
        Ok(())
    };
    let answer = lab.ask(EFFUSION, &never(), &mut sink).unwrap();
    assert!(!answer.text.is_empty());
    assert_eq!(
        (answer.text.as_str(), &answer.ids, 1),
        (text.as_str(), &ids, done)
    );
    assert_eq!(answer.stats.new_tokens, ids.len());
    let used: usize = answer.slots.iter().map(|slot| slot.tokens).sum();
    assert_eq!(answer.stats.prompt_tokens, used);
    assert_eq!(
        answer.stats.image_tokens,
        lab.loaded().config.tokens_per_picture()
    );
    assert_eq!(answer.room, lab.options.ctx - answer.stats.prompt_tokens);
    assert!(answer.sink_failed.is_none() && answer.dropped.is_empty());
    let kept = &lab.conversation().turns;
    let expected = Exchange {
        before: String::new(),
        question: EFFUSION.to_owned(),
        answer: text.clone(),
        answer_ids: ids.clone(),
        pictures: vec![0],
        partial: answer.stats.stop != Stop::EndOfTurn,
    };
    assert_eq!(kept.as_slice(), [expected]);
}

#[test]
fn five_turns_evaluate_each_token_once() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    let questions = [
        EFFUSION,
        "Which side?",
        "Is there a nodule?",
        "心脏增大吗?",
        "Describe the picture.",
    ];
    let mut evaluated = 0;
    let mut read_and_said = 0;
    for (turn, question) in questions.iter().enumerate() {
        let stats = ask(&mut lab, question).stats;
        assert_eq!(
            stats.vision_ms < f64::EPSILON,
            turn > 0,
            "a picture is seen once"
        );
        // what was read or said before is not read again: not one token of it
        assert_eq!(stats.reused_tokens, evaluated, "turn {turn}");
        // the last token said has not been read when the answer ends
        evaluated = stats.prompt_tokens + stats.new_tokens;
        let is_ended = stats.stop == Stop::EndOfTurn;
        evaluated -= usize::from(!is_ended);
        read_and_said += stats.prompt_tokens - stats.reused_tokens + stats.new_tokens;
        read_and_said -= usize::from(!is_ended);
    }
    assert_eq!(read_and_said, evaluated);
}

#[test]
fn the_next_question_evaluates_only_what_is_new() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    let first = ask(&mut lab, EFFUSION);
    let second = ask(&mut lab, "And on the left?");
    assert_eq!(first.stats.reused_tokens, 0);
    // The prompt, and all that was said but its last token, which was chosen and never read.
    let least = first.stats.prompt_tokens + first.ids.len() - 1;
    assert!(
        second.stats.reused_tokens >= least,
        "{:?} after {:?}",
        second.stats,
        first.stats
    );
    assert!((second.stats.vision_ms - 0.0).abs() < f64::EPSILON);
}

#[test]
fn reuse_does_not_change_the_answer() {
    let mut lab = lab();
    lab.open("sample:cxr-nodule").unwrap();
    ask(&mut lab, "Describe this X-ray.");
    let reused = ask(&mut lab, EFFUSION);
    let turns = lab.conversation().turns.clone();
    let mut other = self::lab();
    other.open("sample:cxr-nodule").unwrap();
    ask(&mut other, "Describe this X-ray.");
    // Something else in between: the cache must come back to the conversation.
    other
        .ask_fresh(Asking::of("Is the heart enlarged?"), &never(), &mut ())
        .unwrap();
    let rewound = ask(&mut other, EFFUSION);
    assert_eq!((reused.text, reused.ids), (rewound.text, rewound.ids));
    assert_eq!(turns, other.conversation().turns);
}

#[test]
fn asking_fresh_knows_the_pictures_and_no_turn_and_leaves_no_trace() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    let alone = ask(&mut lab, EFFUSION);
    lab.undo();
    ask(&mut lab, "Describe this X-ray.");
    let before = lab.conversation().turns.clone();
    let fresh = lab
        .ask_fresh(Asking::of(EFFUSION), &never(), &mut ())
        .unwrap();
    assert_eq!((fresh.text, fresh.slots), (alone.text, alone.slots));
    assert_eq!(lab.conversation().turns, before);
}

#[test]
fn a_retry_replaces_and_an_undo_removes() {
    let mut lab = lab();
    let cancel = never();
    let error = lab.retry(&cancel, &mut ()).unwrap_err().to_string();
    assert!(error.contains("nothing was asked"), "{error}");
    assert_eq!(lab.undo(), None);
    lab.open("sample:cxr-effusion").unwrap();
    let first = ask(&mut lab, EFFUSION);
    let again = lab.retry(&cancel, &mut ()).unwrap();
    assert_eq!(
        (first.text, first.slots),
        (again.text, again.slots),
        "greedy"
    );
    assert_eq!(lab.conversation().turns.len(), 1);
    assert_eq!(lab.undo().unwrap().pictures, [0]);
    assert!(lab.conversation().turns.is_empty());
    let third = ask(&mut lab, EFFUSION);
    assert!(
        third.stats.image_tokens > 0,
        "its picture belongs to the next question"
    );
}

#[test]
fn a_retry_without_a_new_answer_keeps_the_old_one() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    ask(&mut lab, EFFUSION);
    let before = lab.conversation().turns.clone();
    let cancelled = Arc::new(AtomicBool::new(true));
    let answer = lab.retry(&cancelled, &mut ()).unwrap();
    assert_eq!(
        (answer.stats.stop, answer.text.as_str()),
        (Stop::Cancelled, "")
    );
    assert_eq!(lab.conversation().turns, before);
    lab.options.sampling.temperature = f64::NAN;
    assert!(lab.retry(&never(), &mut ()).is_err());
    assert_eq!(lab.conversation().turns, before);
}

#[test]
fn a_cancelled_answer_is_kept_as_far_as_it_went_and_the_next_is_as_ever() {
    let mut lab = lab();
    lab.open("sample:cxr-nodule").unwrap();
    let whole = ask(&mut lab, "Describe this X-ray.");
    assert!(whole.ids.len() > 4, "{whole:?}");
    lab.undo();
    let cancel = never();
    let flag = Arc::clone(&cancel);
    let mut pieces = 0;
    let mut stop_after_two = |event: &Event| {
        pieces += usize::from(matches!(event, Event::Piece { .. }));
        flag.store(pieces >= 2, Ordering::Relaxed);
        Ok(())
    };
    let cut = lab
        .ask("Describe this X-ray.", &cancel, &mut stop_after_two)
        .unwrap();
    // The engine may be some tokens ahead of the sink when it is told.
    if cut.stats.stop == Stop::Cancelled {
        let turn = &lab.conversation().turns[0];
        assert!(turn.partial && whole.text.starts_with(&turn.answer) && !turn.answer.is_empty());
        assert!(whole.ids.starts_with(&turn.answer_ids));
    }
    lab.undo();
    assert_eq!(ask(&mut lab, "Describe this X-ray.").ids, whole.ids);
}

#[test]
fn nothing_is_remembered_of_a_question_that_was_not_answered() {
    let mut lab = lab();
    let error = lab.ask(" \n", &never(), &mut ()).unwrap_err().to_string();
    assert!(error.contains("empty"), "{error}");
    let long = "effusion ".repeat(4000);
    let error = lab.ask(&long, &never(), &mut ()).unwrap_err().to_string();
    assert!(error.contains("more than fit"), "{error}");
    lab.options.ctx = 1_000_000;
    let error = lab.ask("Hi", &never(), &mut ()).unwrap_err().to_string();
    assert!(error.contains("lower --ctx"), "{error}");
    lab.options.ctx = 2048;
    let cancelled = Arc::new(AtomicBool::new(true));
    let answer = lab.ask("Hi", &cancelled, &mut ()).unwrap();
    assert_eq!(answer.stats.stop, Stop::Cancelled);
    assert!(lab.conversation().turns.is_empty());
}

#[test]
fn a_sink_that_fails_does_not_cost_the_answer() {
    let mut lab = lab();
    lab.open("sample:cxr-effusion").unwrap();
    let mut closed = |_: &Event| anyhow::bail!("screen closed");
    let answer = lab.ask(EFFUSION, &never(), &mut closed).unwrap();
    assert_eq!(answer.sink_failed.unwrap().to_string(), "screen closed");
    lab.undo();
    assert_eq!(answer.text, ask(&mut lab, EFFUSION).text);
}

#[test]
fn a_window_that_ends_the_answer_says_so() {
    let mut lab = lab();
    lab.open("sample:cxr-nodule").unwrap();
    let prompt = lab.budget("Describe this X-ray.").unwrap().prompt;
    lab.options.max_new_tokens = 4;
    let by_length = ask(&mut lab, "Describe this X-ray.");
    assert_eq!(by_length.stats.stop, Stop::Length);
    assert!(lab.undo().unwrap().partial);
    // So small a window that the least room (a quarter of it would do) is all there is.
    lab.options.max_new_tokens = 4000;
    lab.options.ctx = prompt.ids.len() + 64;
    let by_window = lab.budget("Describe this X-ray.").map(|fitted| fitted.room);
    assert_eq!(by_window.ok(), Some(64));
    let answer = ask(&mut lab, "Describe this X-ray. Describe this X-ray.");
    assert!(answer.ids.len() <= answer.room);
    assert!(matches!(answer.stats.stop, Stop::Window | Stop::EndOfTurn));
}

#[test]
fn closing_a_picture_takes_it_out_of_every_turn() {
    let mut lab = lab();
    for source in ["sample:cxr-prior", "sample:cxr-current"] {
        lab.open(source).unwrap();
    }
    ask(&mut lab, "What has changed?");
    lab.open("sample:ct-nodule").unwrap();
    ask(&mut lab, "Where is the nodule?");
    let shown = |lab: &Lab| -> Vec<Vec<usize>> {
        let turns = lab.conversation().turns.iter();
        turns.map(|turn| turn.pictures.clone()).collect()
    };
    assert_eq!(shown(&lab), [vec![0, 1], vec![2]]);
    let closed = lab.close(0).unwrap();
    assert_eq!(closed.picture.origin.name, "sample:cxr-prior");
    assert_eq!(shown(&lab), [vec![0], vec![1]]);
    let prompt = lab.budget("Now?").unwrap().prompt;
    let order: Vec<usize> = prompt.pictures.iter().map(|&(_, index)| index).collect();
    assert_eq!(order, [0, 1]);
    let error = lab.close(2).unwrap_err().to_string();
    assert!(error.contains("no picture 3; 2 are open"), "{error}");
}

#[test]
fn pictures_describe_themselves_without_their_pixels() {
    let mut lab = lab();
    lab.open("sample:ct-nodule").unwrap();
    lab.options.fit = Fit::Stretch;
    lab.open("sample:head-lesion").unwrap();
    let names: Vec<&str> = lab
        .pictures()
        .iter()
        .map(|it| it.picture.origin.name.as_str())
        .collect();
    assert_eq!(names, ["sample:ct-nodule", "sample:head-lesion"]);
    let fits: Vec<Fit> = lab.pictures().iter().map(|it| it.prepared.fit).collect();
    assert_eq!(fits, [Fit::Pad, Fit::Stretch]);
    for opened in lab.pictures() {
        let origin = &opened.picture.origin;
        assert_eq!(origin.format, Format::Sample);
        let chain = opened.chain();
        assert!(
            chain[0].starts_with("PNG 8-bit grey") && chain.last().unwrap().contains("std"),
            "{chain:?}"
        );
        for hash in [&origin.sha256, &opened.prepared.sha256] {
            assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}

#[test]
fn the_prior_report_and_the_language_reach_the_prompt() {
    let mut lab = lab();
    lab.open("sample:cxr-current").unwrap();
    let tokens = |lab: &Lab, slot: &str| -> usize {
        let slots = lab.budget("What is new?").unwrap().slots;
        slots.iter().find(|used| used.slot == slot).unwrap().tokens
    };
    assert_eq!(
        (tokens(&lab, "prior report"), tokens(&lab, "system")),
        (0, 0)
    );
    lab.set_prior("\nNo effusion.\n\n").unwrap();
    assert_eq!(lab.conversation().priors[0].text, "No effusion.");
    assert!(tokens(&lab, "prior report") > 0);
    lab.options.language = Language::Chinese;
    assert!(tokens(&lab, "system") > 0);
    let error = lab.set_prior(" \n").unwrap_err().to_string();
    assert!(error.contains("prior report is empty"), "{error}");
    assert_eq!(lab.clear_prior()[0].text, "No effusion.");
    assert_eq!(tokens(&lab, "prior report"), 0);
    lab.set_system("Be brief.");
    lab.reset();
    assert!(lab.pictures().is_empty() && lab.conversation().turns.is_empty());
    assert_eq!(lab.conversation().system, "Be brief.");
}

#[test]
fn what_is_no_picture_is_not_opened() {
    let mut lab = lab();
    assert!(lab.open("sample:no-such-thing").is_err());
    assert!(lab.open("/no/such/file.png").is_err());
    assert!(lab.pictures().is_empty());
    assert_eq!(lab.conversation().pictures, 0);
}
