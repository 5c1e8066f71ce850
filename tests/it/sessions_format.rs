//! The session's file format: fixtures and odd lines in, what every reader makes of them out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use medlab::session::contents::{Contents, Standing};
use medlab::session::outline::Outline;
use medlab::session::read::Reader;
use medlab::session::story::{End, Story};
use medlab::session::v1::{self, Branch, Piece, Record, Turn};
use serde_json::{Value, json};

/// The fixture of a name.
pub(crate) fn fixture(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sessions");
    PathBuf::from(folder).join(format!("{name}.jsonl"))
}

fn story(name: &str) -> Story {
    Story::read(&mut Reader::open(&fixture(name)).unwrap()).unwrap()
}

/// The lines of a fixture that are no head and no comment.
pub(crate) fn events(name: &str) -> Vec<String> {
    let text = fs_err::read_to_string(fixture(name)).unwrap();
    let lines = text.split_inclusive('\n').skip(1);
    lines
        .filter(|it| it.starts_with('['))
        .map(str::to_owned)
        .collect()
}

#[test]
fn minimal_full_and_nulls_say_the_same() {
    for name in ["minimal", "full", "nulls"] {
        let story = story(name);
        assert_eq!(story.head.version, 1, "{name}");
        let first = &story.turns[0];
        assert_eq!(first.turn.n, 1, "{name}");
        assert_eq!(
            first.turn.question, "Is there a pleural effusion?",
            "{name}"
        );
        assert_eq!(
            (first.answer.as_str(), &first.ids),
            ("Yes.", &vec![7, 8]),
            "{name}"
        );
        assert_eq!(first.answer_ids, first.ids, "{name}");
        assert!(
            matches!(&first.end, End::Done(done) if done.stop == "end_of_turn"),
            "{name}"
        );
        assert!(
            !first.is_partial() && first.thinking.is_empty() && first.parent.is_none(),
            "{name}"
        );
        assert!(!first.turn.fresh && first.turn.retry_of.is_none(), "{name}");
        let penalty = first.turn.sampling.repetition_penalty;
        assert_eq!(penalty.to_bits(), 1.0_f32.to_bits(), "{name}: no penalty");
        let outline = Outline::read(&fixture(name)).unwrap();
        assert_eq!(
            outline.question.as_deref(),
            Some("Is there a pleural effusion?"),
            "{name}"
        );
        assert!(outline.damage.is_none() && !outline.is_torn, "{name}");
        assert_eq!(outline.turns, story.turns.len(), "{name}");
        let tokens: usize = story.turns.iter().map(|it| it.ids.len()).sum();
        assert_eq!(outline.tokens, tokens, "{name}");
        assert_eq!(outline.unknown, story.unknown, "{name}");
        assert!((outline.seconds - story.seconds).abs() < 1e-9, "{name}");
    }
}

/// The kind of a record; a new one is missed here by the compiler.
pub(crate) fn kind(record: &Record) -> &str {
    match record {
        Record::Resume(_) => "resume",
        Record::Open(_) => "open",
        Record::Close(_) => "close",
        Record::Prior(_) => "prior",
        Record::Set(_) => "set",
        Record::Turn(_) => "turn",
        Record::Piece(_) => "piece",
        Record::Done(_) => "done",
        Record::Failed(_) => "failed",
        Record::Boxes(_) => "boxes",
        Record::Undo(_) => "undo",
        Record::Reset => "reset",
        Record::Expect(_) => "expect",
        Record::Note(_) => "note",
        Record::Verdict(_) => "verdict",
        Record::Title(_) => "title",
        Record::Other(kind, _) => kind,
    }
}

pub(crate) const KINDS: [&str; 16] = [
    "resume", "open", "close", "prior", "set", "turn", "piece", "done", "failed", "boxes", "undo",
    "reset", "expect", "note", "verdict", "title",
];

#[test]
fn full_has_every_kind_and_is_written_as_it_is_read() {
    let mut kinds = BTreeSet::new();
    for line in events("full") {
        let parts = v1::parts(&line).unwrap();
        let record = parts.record().unwrap();
        assert_eq!(v1::line(parts.delay, &record), line);
        kinds.insert(kind(&record).to_owned());
    }
    let expected = KINDS.iter().chain(&["marker"]).map(|it| (*it).to_owned());
    assert_eq!(kinds, expected.collect());
    let text = fs_err::read_to_string(fixture("full")).unwrap();
    let head = text.split_inclusive('\n').next().unwrap();
    assert_eq!(v1::head_line(&v1::head(head).unwrap()), head);
}

/// A line in another form of the same JSON: what is read by hand must not be read in another way than this.
fn spaced(line: &str) -> String {
    let line = line.replacen(", \"", " ,\t\"", 1);
    line.replacen(", {", " ,  { ", 1)
}

#[test]
fn what_is_read_by_hand_is_read_as_json_is() {
    let check = |line: &str| {
        let (fast, slow) = (line.to_owned(), spaced(line));
        assert_ne!(fast, slow);
        let (fast, slow) = (v1::parts(&fast).unwrap(), v1::parts(&slow).unwrap());
        assert_eq!(
            (fast.delay.to_bits(), fast.kind),
            (slow.delay.to_bits(), slow.kind),
            "{line}"
        );
        assert_eq!(fast.record().unwrap(), slow.record().unwrap(), "{line}");
        let (mut fast, slow) = (fast.record_without_prompt(), slow.record());
        if let Ok(Record::Turn(turn)) = &mut fast {
            assert!(turn.ids.is_empty(), "{line}");
            turn.ids = match slow.clone().unwrap() {
                Record::Turn(turn) => turn.ids,
                other => panic!("{other:?}"),
            };
        }
        assert_eq!(fast.unwrap(), slow.unwrap(), "{line}");
    };
    for line in events("full") {
        check(&line);
    }
    for text in [
        "",
        "\\n",
        "\\\"",
        "a\\\\",
        "\\u00e9",
        "\\ud83e\\udec1",
        "未见",
        "\\\\\\\"x",
        "],",
        "\\\",\\\"logprob\\\":7}",
    ] {
        for tail in [
            "-0.5}",
            "0.0}",
            "-12}",
            "0.25,\"part\":\"mark\"}",
            "-1e-7}",
            "0,\"more\":[{}]}",
        ] {
            check(&format!(
                "[12.034, \"piece\", {{\"id\":106,\"text\":\"{text}\",\"logprob\":{tail}]\n"
            ));
        }
    }
    for ids in ["", "1", "{\"picture\":3}", "1,{\"picture\":3},0,4294967295"] {
        let question = "what is \\\"x\\\",\\\"ids\\\":[1]} in \\\\";
        check(&format!(
            "[0.000, \"turn\", {{\"n\":1,\"question\":\"{question}\",\"slots\":{{\"turns\":4}},\"ids\":[{ids}]}}]\n"
        ));
    }
    // another object's ids are not the turn's
    check("[0.000, \"turn\", {\"n\":1,\"more\":{\"x\":1,\"ids\":[2]}}]\n");
    check("[0.000, \"turn\", {\"ids\":[2],\"n\":1,\"pictures\":[3]}]\n");
}

#[test]
fn every_number_that_is_written_is_read_to_the_bit() {
    let mut bits = 12_345_u32;
    for _ in 0..20_000 {
        bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let logprob = f32::from_bits(bits);
        if !logprob.is_finite() {
            continue;
        }
        let piece = Piece {
            logprob,
            ..Piece::default()
        };
        let line = v1::line(0.5, &Record::Piece(piece));
        let read = v1::parts(&line).unwrap().piece().unwrap();
        assert_eq!(read.logprob.to_bits(), logprob.to_bits(), "{line}");
    }
}

#[test]
fn what_is_not_json_is_not_read_by_hand_either() {
    let piece = |data: &str| format!("[0.000, \"piece\", {{{data}}}]\n");
    let turn = |ids: &str| format!("[0.000, \"turn\", {{\"n\":1,\"ids\":[{ids}]}}]\n");
    let pieces = [
        "\"id\":01,\"text\":\"a\",\"logprob\":0",
        "\"id\":-1,\"text\":\"a\",\"logprob\":0",
        "\"id\":4294967296,\"text\":\"a\",\"logprob\":0",
        "\"id\":1,\"text\":\"a\u{1}\",\"logprob\":0",
        "\"id\":1,\"text\":\"a\\x\",\"logprob\":0",
        "\"id\":1,\"text\":\"a\\\",\"logprob\":0",
        "\"id\":1,\"text\":\"a\"b\",\"logprob\":0",
        "\"id\":1,\"text\":\"a\",\"logprob\":.5",
        "\"id\":1,\"text\":\"a\",\"logprob\":5.",
        "\"id\":1,\"text\":\"a\",\"logprob\":-",
        "\"id\":1,\"text\":\"a\",\"logprob\":--1",
        "\"id\":1,\"text\":\"a\",\"logprob\":00.5",
        "\"id\":1,\"text\":\"a\",\"logprob\":+1",
        "\"id\":1,\"text\":\"a\",\"logprob\":inf",
        "\"id\":1,\"text\":\"a\",\"logprob\":NaN",
        "\"id\":1,\"text\":\"a\",\"logprob\":1.2.3",
        "\"id\":1,\"text\":\"a\",\"logprob\":0,\"part\":\"other\"",
        "\"id\":1,\"text\":\"a\",\"logprob\":0,",
        "\"id\":1 \"text\":\"a\"",
    ];
    let turns = [
        "1,",
        ",1",
        "1,,2",
        "1 2",
        "01",
        "-1",
        "4294967296",
        "{\"picture\":1",
        "{\"picture\":}",
        "\"1\"",
        "1.5",
        "[1]",
    ];
    let lines = pieces
        .iter()
        .map(|it| piece(it))
        .chain(turns.iter().map(|it| turn(it)));
    for line in lines {
        let parts = v1::parts(&line).unwrap();
        assert!(parts.record().is_err(), "{line}");
        assert!(parts.record_without_prompt().is_err(), "{line}");
    }
}

#[test]
fn what_is_no_event_is_no_line() {
    for line in [
        "",
        "[]",
        "[0.000]",
        "[0.000, \"a\"]",
        "[0.000, \"a\", ]",
        "[-1.000, \"a\", {}]",
        "[nan, \"a\", {}]",
        "[x, \"a\", {}]",
        "[0.000, a, {}]",
        "0.000, \"a\", {}",
        "[0.000, \"a\" {}]",
        "[1e999, \"a\", {}]",
        "[.000, \"a\", {}",
        "[0.000 \"a\", {}]",
    ] {
        assert!(v1::parts(line).is_err(), "{line}");
    }
}

#[test]
fn a_turn_read_alone_is_the_one_of_the_whole_story() {
    for name in ["minimal", "full", "nulls", "unknown", "comments", "torn"] {
        let whole = story(name);
        let mut contents = Contents::open(&fixture(name)).unwrap();
        assert_eq!(contents.story.thread(), whole.thread(), "{name}");
        assert_eq!(contents.story.turns.len(), whole.turns.len(), "{name}");
        // backwards, so that every one is gone back to
        for index in (0..whole.turns.len()).rev() {
            let (told, expected) = (contents.told(index).unwrap(), &whole.turns[index]);
            assert_eq!(
                (&told.answer, &told.thinking),
                (&expected.answer, &expected.thinking),
                "{name}"
            );
            assert_eq!(
                (&told.ids, &told.answer_ids),
                (&expected.ids, &expected.answer_ids),
                "{name}"
            );
            assert_eq!(
                (&told.end, told.parent),
                (&expected.end, expected.parent),
                "{name}"
            );
            assert_eq!(
                (&told.boxes, &told.notes),
                (&expected.boxes, &expected.notes),
                "{name}"
            );
            assert_eq!(
                (&told.expects, &told.verdicts),
                (&expected.expects, &expected.verdicts),
                "{name}"
            );
            assert_eq!(
                (&told.priors, told.at.to_bits()),
                (&expected.priors, expected.at.to_bits()),
                "{name}"
            );
            let turn = Turn {
                ids: Vec::new(),
                ..expected.turn.clone()
            };
            assert_eq!(told.turn, turn, "{name}");
        }
    }
}

#[test]
fn every_turn_of_the_full_one_stands_where_it_belongs() {
    let contents = Contents::open(&fixture("full")).unwrap();
    assert_eq!(
        contents.standings(),
        [
            Standing::Kept,
            Standing::Replaced,
            Standing::Kept,
            Standing::Undone,
            Standing::Control,
            Standing::Unanswered,
            Standing::Kept,
        ]
    );
    assert!(contents.is_reset_between(5, 6) && !contents.is_reset_between(0, 5));
    let devices: Vec<&str> = (0..7)
        .map(|it| contents.model_of(it).device.as_str())
        .collect();
    assert_eq!(
        devices,
        ["cpu", "cpu", "cpu", "cpu", "cpu", "cpu", "cuda:0"]
    );
}

#[test]
fn unknown_kinds_and_fields_comments_and_a_torn_end_say_nothing() {
    let outline = |name| Outline::read(&fixture(name)).unwrap();
    assert_eq!(
        (outline("unknown").unknown, outline("unknown").turns),
        (2, 1)
    );
    assert_eq!(
        (outline("comments").unknown, outline("comments").turns),
        (0, 1)
    );
    assert!(!outline("comments").is_torn && outline("torn").is_torn);
    for name in ["unknown", "comments", "torn"] {
        let story = story(name);
        assert_eq!(story.turns[0].answer, "Yes.", "{name}");
        assert!((story.turns[0].at - 0.0).abs() < f64::EPSILON, "{name}");
    }
    let torn = story("torn");
    assert_eq!(
        (torn.turns[1].end.clone(), torn.turns[1].answer.as_str()),
        (End::Cut, "")
    );
    let damaged = outline("damaged");
    assert_eq!((damaged.turns, damaged.tokens), (1, 2));
    assert!(
        damaged
            .damage
            .unwrap()
            .problem
            .starts_with("line 6 is damaged")
    );
    let error = Outline::read(&fixture("future")).unwrap_err().to_string();
    assert!(
        error.contains("is a session of version 2; this medlab reads version 1"),
        "{error}"
    );
}

#[test]
fn a_head_of_tomorrow_is_read_and_kept_in_a_branch() {
    let text = fs_err::read_to_string(fixture("unknown")).unwrap();
    let head = text.lines().next().unwrap();
    let branch = Branch {
        session: "x".to_owned(),
        turn: 3,
    };
    let line = v1::head_of_branch(head, "new", "now", &branch).unwrap();
    assert!(
        line.starts_with("{\"version\":1,") && line.ends_with("}\n"),
        "{line}"
    );
    let (old, mut new): (Value, Value) = (
        serde_json::from_str(head).unwrap(),
        serde_json::from_str(&line).unwrap(),
    );
    assert_eq!(new["branch"], json!({ "session": "x", "turn": 3 }));
    assert_eq!(
        (&new["id"], &new["started"]),
        (&json!("new"), &json!("now"))
    );
    new["id"] = old["id"].clone();
    new["started"] = old["started"].clone();
    new.as_object_mut().unwrap().remove("branch");
    assert_eq!(new, old);
    assert!(v1::head_of_branch("[]", "new", "now", &branch).is_err());
}
