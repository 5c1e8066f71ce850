//! Random conversations in, prompts out: each that was sent follows from the record alone, also after another process went on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use medlab::context::{self, Language};
use medlab::engine::{Engine, Quant, Source};
use medlab::imaging::Watch;
use medlab::lab::find::{self, Places};
use medlab::lab::{Asking, Control, Lab};
use medlab::session::Event;
use medlab::session::clock::Steady;
use medlab::session::journal::Journal;
use medlab::session::read::Reader;
use medlab::session::story::{Story, places};
use medlab::session::transcript::{Reopened, Transcript};
use medlab::session::v1::{Record, Set};

use medlab::experiment::interval::Random;

use super::{ask, lab, never, open};
use crate::engine::tiny;

/// A generator of numbers, the same for the same seed.
struct Dice(Random);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const QUESTIONS: [&str; 6] = [
    "What is it?",
    "Is there a nodule, and if so, where?\nSay it in one line.",
    "有胸腔积液吗?",
    "  How large?  ",
    "<start_of_image> & <end_of_turn>",
    "描述 the picture, 请。",
];
const PICTURES: [&str; 4] = [
    "sample:cxr-prior",
    "sample:cxr-current",
    "sample:ct-nodule",
    "tests/data/nifti/ct.nii.gz",
];

/// One thing that somebody may do. What does not fit the window is refused, and leaves no trace.
fn something(lab: &mut Lab, dice: &mut Dice) {
    let question = dice.pick(&QUESTIONS);
    match dice.below(16) {
        0..=3 => drop(lab.ask(question, &never(), &mut ())),
        4 => {
            let controls = [
                None,
                Some(Control::Blank),
                Some(Control::None),
                Some(Control::Paraphrase),
            ];
            let mut asking = Asking::of(question);
            asking.control = controls[dice.below(4)];
            drop(lab.ask_fresh(asking, &never(), &mut ()));
        }
        5 => drop(lab.retry(&never(), &mut ())),
        6 => stop_something(lab, question, dice),
        7 => drop(lab.undo()),
        8..=9 if lab.pictures().len() < 6 => open_something(lab, dice),
        8..=10 => {
            let open = lab.pictures().len();
            if open > 0 {
                drop(lab.close(dice.below(open)));
            }
        }
        11 => {
            let dates = [None, Some("2023"), Some("2024-03-01")];
            let report = dice.pick(&["No effusion.", "左侧少量胸腔积液。", "A\n\nB"]);
            drop(lab.add_prior(dates[dice.below(3)], report));
        }
        12 if dice.below(2) == 0 => drop(lab.clear_prior()),
        12 => drop(lab.set_prior(dice.pick(&["Small left effusion.", " \n"]))),
        13 => {
            let system = dice.pick(&["", "Be brief.", "回答要简短。\n"]);
            lab.set_system(system);
            let (key, value) = ("system".to_owned(), system.to_owned());
            lab.journal().keep(Record::Set(Set { key, value }));
        }
        14 => {
            let languages = [Language::Auto, Language::English, Language::Chinese];
            lab.options.language = languages[dice.below(3)];
            lab.options.ctx = [120, 200, 400, 2048][dice.below(4)];
            lab.options.max_new_tokens = [1, 5, 9][dice.below(3)];
            let warm = dice.below(2) == 0;
            lab.options.sampling.temperature = if warm { 0.0 } else { 0.8 };
        }
        _ if dice.below(4) == 0 => lab.reset(),
        _ => {}
    }
}

/// Asks or asks again, and stops it: at once, or at the first word.
fn stop_something(lab: &mut Lab, question: &str, dice: &mut Dice) {
    let cancel = Arc::new(AtomicBool::new(dice.below(2) == 0));
    let flag = Arc::clone(&cancel);
    let mut stop = |event: &Event| {
        flag.fetch_or(matches!(event, Event::Piece { .. }), Ordering::Relaxed);
        Ok(())
    };
    if dice.below(2) == 0 {
        drop(lab.ask(question, &cancel, &mut stop));
    } else {
        drop(lab.retry(&cancel, &mut stop));
    }
}

fn open_something(lab: &mut Lab, dice: &mut Dice) {
    let roles = [None, Some("prior"), Some("current")];
    let views: [&[(&str, &str)]; 4] = [
        &[],
        &[("region", "2,3,10,8")],
        &[("slices", "auto:2")],
        &[("region", "box:100,100,600,600"), ("crop", "on")],
    ];
    let (role, source) = (roles[dice.below(3)], dice.pick(&PICTURES));
    let is_volume = source.contains("nifti");
    let views = if is_volume { &views[..] } else { &views[..2] };
    open(lab, role, source, views[dice.below(views.len())]);
}

/// The same conversation in another process.
fn resumed(lab: Lab, path: &Path) -> Lab {
    let options = lab.options.clone();
    drop(lab);
    let engine = Engine::start(&Source::Folder(tiny("tiny-old")), Quant::None, &mut |_| ());
    let mut lab = Lab::new(engine.unwrap(), options);
    let clock = Steady::new(0.001, "2026-01-02T03:04:05Z");
    let Reopened {
        transcript, story, ..
    } = Transcript::reopen(path, Box::new(clock)).unwrap();
    let places = Places {
        deep: vec![PathBuf::from("tests/data/nifti")],
        flat: Vec::new(),
    };
    let found = find::reopen(
        &story.openings,
        &story.open,
        &places,
        &lab.loaded().preprocess,
        Watch::default(),
    );
    let pictures = find::all_same(&story.openings, found.unwrap()).unwrap();
    let ids = story.openings.iter().flat_map(|it| &it.pictures);
    let last = ids.map(|it| it.id).max().unwrap_or(0);
    let turns = story.turns.iter().map(|it| it.turn.n).max().unwrap_or(0);
    let journal = Journal::go_on(transcript, turns, last);
    lab.resume(&story, pictures, journal).unwrap();
    lab
}

/// Every prompt that was sent, made again from the record alone.
fn check_prompts(story: &Story, lab: &Lab, seed: u64) {
    let loaded = lab.loaded();
    for told in &story.turns {
        let turn = &told.turn;
        let conversation = story.before(told);
        let fitted = context::fit(
            &conversation,
            &turn.question,
            loaded,
            turn.ctx,
            turn.max_new_tokens,
        )
        .unwrap();
        let runs: Vec<(usize, u32)> = fitted
            .prompt
            .pictures
            .iter()
            .map(|(first, index)| (*first, turn.pictures[*index]))
            .collect();
        let each = loaded.config.tokens_per_picture();
        let again = places(&fitted.prompt.ids, &runs, each);
        assert_eq!(again, turn.ids, "turn {} of conversation {seed}", turn.n);
        assert_eq!((&fitted.dropped, fitted.room), (&turn.dropped, turn.room));
        let shows: Vec<u32> = context::new_pictures(&conversation)
            .iter()
            .map(|index| turn.pictures[*index])
            .collect();
        assert_eq!(shows, turn.shows, "turn {} of conversation {seed}", turn.n);
    }
}

#[test]
fn the_ids_sent_are_a_pure_function_of_the_transcript() {
    let folder = tempfile::tempdir().unwrap();
    let (mut turns, mut dropped, mut fewer) = (0, 0, 0);
    for seed in 0..24 {
        let path = folder.path().join(format!("{seed}.jsonl"));
        let mut lab = lab(&Source::Folder(tiny("tiny-old")), &path);
        lab.options.max_new_tokens = 5;
        let mut dice = Dice(Random::new(seed));
        ask(&mut lab, "Hello?");
        for n in 1..=40 {
            something(&mut lab, &mut dice);
            if n == 20 {
                lab = resumed(lab, &path);
            }
        }
        let story = Story::read(&mut Reader::open(&path).unwrap()).unwrap();
        check_prompts(&story, &lab, seed);
        let (now, then) = (story.now(), lab.conversation());
        assert_eq!(now.turns, then.turns, "conversation {seed}");
        assert_eq!((now.pictures, &now.labels), (then.pictures, &then.labels));
        assert_eq!((&now.priors, &now.system), (&then.priors, &then.system));
        turns += story.turns.len();
        dropped += story
            .turns
            .iter()
            .filter(|it| !it.turn.dropped.is_empty())
            .count();
        fewer += usize::from(story.thread().len() < story.turns.len());
    }
    assert!(
        turns > 200 && dropped > 10 && fewer > 10,
        "{turns} {dropped} {fewer}"
    );
}
