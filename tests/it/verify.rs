//! `replay --verify`: sessions that the model still says, sessions that were tampered with, and prompts that follow from the record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use medlab::context::Language;
use medlab::engine::{Engine, Quant, Sampling, Source};
use medlab::imaging::{self, View, Watch};
use medlab::lab::{Asking, Control, Lab, Named, Options, facts};
use medlab::preprocess::Fit;
use medlab::prompt::TEMPLATE;
use medlab::session::Event;
use medlab::session::clock::Steady;
use medlab::session::journal::Journal;
use medlab::session::v1::{Head, VERSION};
use serde_json::Value;

use crate::cli::{Seen, TINY, finish, medlab};

mod conversations;

const EFFUSION: &str = "Is there a pleural effusion?";

/// A lab that keeps its record in a file, with greedy answers of at most 24 tokens.
fn lab(source: &Source, path: &Path) -> Lab {
    let engine = Engine::start(source, Quant::None, &mut |_| ()).unwrap();
    let options = Options {
        ctx: 2048,
        sampling: Sampling::default(),
        max_new_tokens: 24,
        fit: Fit::Pad,
        view: View::default(),
        language: Language::Auto,
    };
    let mut lab = Lab::new(engine, options);
    let head = Head {
        version: VERSION,
        model: facts::model(lab.loaded()),
        template: TEMPLATE.to_owned(),
        ..Head::default()
    };
    let clock = Steady::new(0.001, "2026-01-02T03:04:05Z");
    lab.keep(Journal::begin(path.to_owned(), head, Box::new(clock)));
    lab
}

fn never() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

fn ask(lab: &mut Lab, question: &str) {
    lab.ask(question, &never(), &mut ()).unwrap();
}

fn fresh(lab: &mut Lab, question: &str, control: Option<Control>) {
    let mut asking = Asking::of(question);
    asking.control = control;
    lab.ask_fresh(asking, &never(), &mut ()).unwrap();
}

/// Asks, and stops after so many pieces; the engine may be some tokens ahead.
fn ask_a_part(lab: &mut Lab, question: &str, most: usize) {
    let cancel = never();
    let (flag, mut pieces) = (Arc::clone(&cancel), 0);
    let mut stop = |event: &Event| {
        pieces += usize::from(matches!(event, Event::Piece { .. }));
        flag.store(pieces >= most, Ordering::Relaxed);
        Ok(())
    };
    lab.ask(question, &cancel, &mut stop).unwrap();
}

/// Opens pictures as they would be opened with these settings.
fn open(lab: &mut Lab, role: Option<&str>, source: &str, view: &[(&str, &str)]) {
    let mut look = View::default();
    for (key, value) in view {
        look.set(key, value).unwrap();
    }
    let opened = imaging::open_as(source, &look, Watch::default()).unwrap();
    lab.take(Named {
        role: role.map(str::to_owned),
        ..Named::of(source, opened.pictures)
    });
}

/// A session with a turn of every kind, and where the files of its pictures are.
fn every_kind(folder: &Path) -> PathBuf {
    let path = folder.join("kinds.jsonl");
    let mut lab = lab(&Source::Phantom, &path);
    open(&mut lab, None, "sample:cxr-effusion", &[]);
    ask(&mut lab, EFFUSION);
    ask(&mut lab, "Where is it?");
    lab.retry(&never(), &mut ()).unwrap();
    lab.undo();
    ask(&mut lab, "How large is it?");
    fresh(&mut lab, "Describe this X-ray.", None);
    fresh(&mut lab, EFFUSION, Some(Control::Blank));
    fresh(&mut lab, EFFUSION, Some(Control::None));
    fresh(&mut lab, "Is fluid seen?", Some(Control::Paraphrase));
    ask_a_part(&mut lab, "Describe this X-ray.", 3);
    ask_a_part(&mut lab, "Describe this X-ray.", 0);
    lab.ask("No word of it.", &Arc::new(AtomicBool::new(true)), &mut ())
        .unwrap();
    lab.options.sampling = Sampling {
        temperature: 0.7,
        top_p: Some(0.9),
        repetition_penalty: 1.1,
        seed: 5,
        ..Sampling::default()
    };
    ask(&mut lab, "Describe the picture.");
    lab.options.sampling = Sampling::default();
    lab.set_prior("Small left pleural effusion.").unwrap();
    lab.add_prior(Some("2024-03-01"), "No nodule.").unwrap();
    open(&mut lab, Some("current"), "sample:cxr-current", &[]);
    ask(&mut lab, "What has changed?");
    lab.set_system("Be brief.");
    lab.options.language = Language::Chinese;
    ask(&mut lab, "有胸腔积液吗?");
    lab.close(0).unwrap();
    lab.clear_prior();
    let region = [("region", "60,60,80,80")];
    open(&mut lab, None, "sample:ct-nodule", &region);
    ask(&mut lab, "描述该区域。");
    lab.reset();
    lab.options.language = Language::Auto;
    let slices = [("slices", "auto:3"), ("window", "lung")];
    open(&mut lab, None, "tests/data/nifti/ct.nii.gz", &slices);
    lab.options.max_new_tokens = 4;
    ask(&mut lab, "Describe the slices.");
    let tall = folder.join("tall.png");
    fs_err::copy("tests/data/golden/pictures/tall.png", &tall).unwrap();
    open(&mut lab, None, tall.to_str().unwrap(), &[]);
    ask(&mut lab, "And this?");
    path
}

const ANYWHERE: [&str; 2] = ["--pictures", "tests/data/nifti"];

fn verify(path: &Path, args: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    let all = [&["replay", path.to_str().unwrap(), "--verify"], args].concat();
    finish(medlab(home.path(), &all), b"")
}

fn objects(seen: &Seen) -> Vec<Value> {
    let lines = seen.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_kind_of_turn_is_said_again_to_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = every_kind(folder.path());
    let before = fs_err::read(&path).unwrap();
    let seen = verify(&path, &[&["--json"], &ANYWHERE[..]].concat());
    let objects = objects(&seen);
    assert_eq!(
        (seen.code, objects.len()),
        (0, 17),
        "{}{}",
        seen.out,
        seen.err
    );
    for object in &objects {
        assert_eq!(object["grade"], "identical", "{object}");
        assert_eq!(object["prompt_differs"], Value::Null);
        assert!(object["largest_logprob_difference"].as_f64().unwrap_or(0.0) < 1e-3);
    }
    let of = |key: &str| -> Vec<&Value> { objects.iter().map(|it| &it[key]).collect() };
    assert!(
        of("is_whole").contains(&&Value::Bool(false)),
        "one was cancelled"
    );
    assert!(
        seen.err.contains("17 turns: 17 identical\n"),
        "{}",
        seen.err
    );
    let after = fs_err::read(&path).unwrap();
    assert!(before == after, "it is only read");
    let one = verify(&path, &[&["--turn", "13"], &ANYWHERE[..]].concat());
    assert_eq!(one.code, 0, "{}", one.err);
    assert_eq!(one.out.lines().count(), 2, "{}", one.out);
    assert!(one.out.starts_with("turn 13  identical"), "{}", one.out);
    let none = verify(&path, &["--turn", "99"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert!(none.err.contains("has no turn 99"), "{}", none.err);
}

#[test]
fn a_session_that_another_process_went_on_with_is_verified_as_one() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("two.jsonl");
    let name = path.to_str().unwrap();
    let short = ["--max-new-tokens", "5"];
    let talk = |args: &[&str], lines: &str| {
        let args = [&["repl", "--session", name], args, &TINY, &short].concat();
        let seen = finish(medlab(home.path(), &args), lines.as_bytes());
        assert_eq!(seen.code, 0, "{}", seen.err);
    };
    talk(&["sample:cxr-prior"], "One?\n/set temperature 0.7\nTwo?\n");
    talk(
        &[],
        "Three?\n/undo\n/retry\n/open sample:cxr-current\nFour?\n",
    );
    let seen = verify(&path, &[&["--json"], &TINY[..]].concat());
    let grades: Vec<Value> = objects(&seen)
        .iter()
        .map(|it| it["grade"].clone())
        .collect();
    assert_eq!(grades, ["identical"; 5], "{}{}", seen.out, seen.err);
    let other = verify(&path, &[]);
    assert_eq!((other.code, other.out.as_str()), (5, ""), "{}", other.err);
    for part in [
        "two.jsonl: was made with the weights of tiny-old",
        "--anyway",
    ] {
        assert!(other.err.contains(part), "{}", other.err);
    }
}

/// A short session, its lines changed.
struct Tampered {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Tampered {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.jsonl");
        let picture = folder.path().join("tall.png");
        fs_err::copy("tests/data/golden/pictures/tall.png", &picture).unwrap();
        let mut lab = lab(&Source::Phantom, &path);
        open(&mut lab, None, "sample:cxr-effusion", &[]);
        ask(&mut lab, EFFUSION);
        open(&mut lab, None, picture.to_str().unwrap(), &[]);
        ask(&mut lab, "Where is it?");
        drop(lab);
        Self { folder, path }
    }

    /// Changes the data of the `n`th record of a kind (from 0); kind "head" is the first line.
    fn change(&self, kind: &str, n: usize, change: impl FnOnce(&mut Value)) {
        let text = fs_err::read_to_string(&self.path).unwrap();
        let mut lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        if kind == "head" {
            change(&mut lines[0]);
        } else {
            let mut of_kind = lines.iter_mut().filter(|it| it[1] == kind);
            change(&mut of_kind.nth(n).unwrap()[2]);
        }
        let text: Vec<String> = lines.iter().map(|it| format!("{it}\n")).collect();
        fs_err::write(&self.path, text.concat()).unwrap();
    }

    #[track_caller]
    fn check_refused(&self, sentence: &str) {
        let seen = verify(&self.path, &[]);
        assert_eq!((seen.code, seen.out.as_str()), (5, ""), "{}", seen.err);
        let expected = format!(
            "medlab: {}: {sentence}; --anyway asks all the same\n",
            self.path.display()
        );
        assert_eq!(seen.err, expected);
    }
}

#[test]
fn another_token_is_found_where_it_is_with_what_was_likeliest_there() {
    let tampered = Tampered::new();
    tampered.change("piece", 2, |piece| piece["id"] = 1669.into());
    let seen = verify(&tampered.path, &["--json"]);
    assert_eq!(seen.code, 1, "{}", seen.err);
    let objects = objects(&seen);
    let first = &objects[0];
    assert_eq!(first["same_tokens"], 2);
    let gap = &first["answer_differs"];
    assert_eq!(
        (&gap["token"], &gap["then"]["id"]),
        (&3.into(), &1669.into())
    );
    let alternatives = gap["alternatives"].as_array().unwrap();
    assert_eq!(alternatives.len(), 5);
    assert_eq!(alternatives[0]["id"], gap["now"]["id"], "greedy");
    assert!(alternatives[0]["logprob"].as_f64().unwrap() > -0.1);
    assert_eq!(first["grade"], "same_findings", "its text was not changed");
    let second = &objects[1];
    assert_eq!(
        second["grade"], "differs",
        "the answer is a part of the next prompt"
    );
    assert_eq!(second["prompt_differs"]["now"]["id"], 1669);
    let told = verify(&tampered.path, &["--turn", "1"]);
    assert!(
        told.out.contains("the answer from token 3 on: "),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("likeliest there now: \" There\" -0.0"),
        "{}",
        told.out
    );
}

#[test]
fn other_words_of_the_same_findings_are_told_from_other_findings() {
    let tampered = Tampered::new();
    let grade = || objects(&verify(&tampered.path, &["--json", "--turn", "1"]))[0]["grade"].clone();
    assert_eq!(grade(), "identical");
    tampered.change("piece", 9, |piece| piece["text"] = " !".into());
    assert_eq!(
        grade(),
        "same_findings",
        "the words of a token were changed"
    );
    // another word, another token
    tampered.change("piece", 4, |piece| {
        piece["id"] = 9.into();
        piece["text"] = " no".into();
    });
    assert_eq!(grade(), "differs");
}

#[test]
fn another_question_is_another_prompt() {
    let tampered = Tampered::new();
    tampered.change("turn", 1, |turn| turn["question"] = "Where is that?".into());
    let seen = verify(&tampered.path, &[]);
    assert_eq!(seen.code, 1, "{}", seen.err);
    let lines: Vec<&str> = seen.out.lines().collect();
    assert!(lines[0].starts_with("turn 1   identical"), "{}", seen.out);
    assert!(lines[1].starts_with("turn 2   differs"), "{}", seen.out);
    assert!(
        lines[2].contains("the prompt from token ") && lines[2].contains("\" it\""),
        "{}",
        seen.out
    );
    assert_eq!(*lines.last().unwrap(), "2 turns: 1 identical, 1 differ");
}

#[test]
fn settings_that_were_changed_show_in_the_answer() {
    let tampered = Tampered::new();
    tampered.change("turn", 0, |turn| turn["max_new_tokens"] = 2.into());
    let seen = verify(&tampered.path, &["--json"]);
    assert_eq!(seen.code, 1);
    let first = &objects(&seen)[0];
    assert_eq!(first["answer_differs"]["token"], 3);
    assert_eq!(
        first["answer_differs"]["now"],
        Value::Null,
        "behind its end"
    );
    assert_eq!(first["now"]["stop"], "length");
    let tampered = Tampered::new();
    tampered.change("turn", 0, |turn| turn["ctx"] = 9_000_000.into());
    let seen = verify(&tampered.path, &["--json"]);
    let first = &objects(&seen)[0];
    assert_eq!((seen.code, &first["grade"]), (1, &"not_asked".into()));
    assert!(first["error"].as_str().unwrap().contains("lower --ctx"));
}

#[test]
fn another_picture_is_refused_before_anything_is_asked() {
    let tampered = Tampered::new();
    fs_err::copy(
        "tests/data/golden/pictures/wide.png",
        tampered.folder.path().join("tall.png"),
    )
    .unwrap();
    let other = "tall.png is another file than the one in the session (its SHA-256 differs); say where that one is with --pictures DIR";
    tampered.check_refused(other);
    let one = verify(&tampered.path, &["--turn", "1"]);
    assert_eq!(one.code, 0, "the first turn has no part in it: {}", one.err);
    let anyway = verify(&tampered.path, &["--anyway"]);
    assert_eq!(anyway.code, 1, "{}", anyway.err);
    let second = anyway.out.lines().nth(1).unwrap();
    assert!(
        second.starts_with("turn 2   could not be asked: tall.png: is another file"),
        "{second}"
    );
    fs_err::remove_file(tampered.folder.path().join("tall.png")).unwrap();
    tampered.check_refused(
        "tall.png belongs to the session and was not found; say where it is with --pictures DIR",
    );
    let found = verify(&tampered.path, &["--pictures", "tests/data/golden"]);
    assert_eq!(found.code, 0, "by its hash: {}", found.err);
}

#[test]
fn a_picture_that_is_prepared_in_another_way_is_refused() {
    let tampered = Tampered::new();
    tampered.change("open", 0, |opening| {
        opening["pictures"][0]["pixels_sha256"] = "0".repeat(64).into();
    });
    let problem = "sample:cxr-effusion is the same file, and this medlab prepares it in another way than the one that recorded the session";
    tampered.check_refused(problem);
    let anyway = verify(&tampered.path, &["--anyway"]);
    assert_eq!(anyway.code, 0, "{}", anyway.err);
    assert!(
        anyway.err.contains(problem),
        "it is said all the same: {}",
        anyway.err
    );
}

#[test]
fn another_model_is_refused() {
    let tampered = Tampered::new();
    tampered.change("head", 0, |head| head["model"]["quant"] = "q8".into());
    let seen = verify(&tampered.path, &["--quant", "none"]);
    assert_eq!(seen.code, 5);
    assert!(
        seen.err
            .contains("was made with the quantisation q8, and this is none"),
        "{}",
        seen.err
    );
    tampered.change("head", 0, |head| {
        head["model"]["quant"] = "none".into();
        head["template"] = "gemma3/0".into();
    });
    tampered.check_refused("was made with the chat template gemma3/0, and this is gemma3/1");
    let anyway = verify(&tampered.path, &["--anyway"]);
    assert_eq!(anyway.code, 0, "{}", anyway.err);
    tampered.change("head", 0, |head| {
        head["template"] = "gemma3/1".into();
        head["model"]["sha256"] = "0".repeat(64).into();
    });
    let seen = verify(&tampered.path, &[]);
    assert_eq!((seen.code, seen.out.as_str()), (5, ""));
    assert!(
        seen.err.contains(
            "was made with the weights of phantom (000000000000…), and this is phantom ("
        ),
        "{}",
        seen.err
    );
    tampered.change("head", 0, |head| head["model"]["quant"] = "q3".into());
    let seen = verify(&tampered.path, &[]);
    assert_eq!(seen.code, 5);
    assert!(
        seen.err
            .contains("--quant q3, which this medlab does not know"),
        "{}",
        seen.err
    );
}

#[test]
fn quantised_sessions_are_verified_as_they_were_made() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("q8.jsonl");
    let name = path.to_str().unwrap();
    let args = [
        "ask",
        "sample:cxr-effusion",
        EFFUSION,
        "--session",
        name,
        "--quant",
        "q8",
    ];
    assert_eq!(finish(medlab(home.path(), &args), b"").code, 0);
    let seen = verify(&path, &[]);
    assert_eq!(seen.code, 0, "{}{}", seen.out, seen.err);
}
