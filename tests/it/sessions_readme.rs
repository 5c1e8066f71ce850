//! `sessions/README.md` and what the program writes in: whether each has every kind and every field that the other has.

use std::collections::{BTreeMap, BTreeSet};

use medlab::session::v1::{
    self, Boxed, Boxes, Branch, Close, Done, Draw, Expect, ExpectBox, Head, Model, Note, Opening,
    Part, Piece, Place, Prior, Priors, Record, Resume, Set, Shown, Text, Turn, Undo, Used, Verdict,
};
use serde_json::{Map, Value};

use super::cli::{TINY, finish, medlab};
use super::sessions_format::{KINDS, events, fixture, kind};

fn readme() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sessions/README.md");
    fs_err::read_to_string(path).unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

// Everything that a session can have. No `..` below: a new field is missed here by the compiler.

fn model() -> Model {
    Model {
        name: text("m"),
        sha256: text("a"),
        tokenizer_sha256: text("b"),
        quant: text("q8"),
        device: text("cpu"),
        threads: 1,
        image_size: 2,
    }
}

fn head() -> Head {
    Head {
        version: 1,
        lab: text("1"),
        id: text("1"),
        started: text("now"),
        model: model(),
        template: text("t"),
        settings: BTreeMap::new(),
        branch: Some(Branch {
            session: text("s"),
            turn: 1,
        }),
    }
}

fn turn() -> Turn {
    Turn {
        n: 1,
        before: text("b"),
        question: text("q"),
        prompt: Some(Used {
            name: text("p"),
            values: BTreeMap::from([(text("finding"), text("x"))]),
        }),
        fresh: true,
        control: Some(text("blank")),
        retry_of: Some(1),
        pictures: vec![1],
        shows: vec![1],
        system: text("s"),
        language: text("en"),
        ctx: 1,
        max_new_tokens: 1,
        sampling: Draw {
            temperature: 1.0,
            top_k: Some(1),
            top_p: Some(1.0),
            min_p: Some(1.0),
            repetition_penalty: 1.0,
            seed: 1,
        },
        slots: BTreeMap::new(),
        dropped: vec![text("d")],
        room: 1,
        ids: vec![Place::Id(1), Place::Picture { picture: 1 }],
    }
}

fn answered() -> Vec<Record> {
    let boxed = Boxed {
        label: text("l"),
        box_2d: [1.0; 4],
        picture: 1,
        pixels: [1.0; 4],
    };
    vec![
        Record::Piece(Piece {
            id: 1,
            text: text("t"),
            logprob: 1.0,
            part: Some(Part::Thinking),
        }),
        Record::Done(Done {
            stop: text("length"),
            prompt_tokens: 1,
            image_tokens: 1,
            reused_tokens: 1,
            new_tokens: 1,
            vision_ms: 1.0,
            prefill_ms: 1.0,
            first_token_ms: 1.0,
            total_ms: 1.0,
            tokens_per_s: 1.0,
        }),
        Record::Failed(Text { text: text("t") }),
        Record::Boxes(Boxes {
            turn: 1,
            boxes: vec![boxed],
            remarks: vec![text("r")],
        }),
    ]
}

fn opened() -> Record {
    let shown = Shown {
        id: 1,
        format: text("png"),
        file_sha256: text("a"),
        pixels_sha256: text("b"),
        fit: text("pad"),
        role: Some(text("prior")),
        view: BTreeMap::new(),
        facts: Map::new(),
    };
    Record::Open(Opening {
        name: text("n"),
        path: Some(text("p")),
        pictures: vec![shown],
    })
}

fn expected() -> Record {
    Record::Expect(Expect {
        turn: 1,
        says: Some(text("a")),
        not: Some(text("b")),
        place: Some(ExpectBox {
            label: text("l"),
            box_2d: [1.0; 4],
            iou: 0.5,
        }),
    })
}

fn everything() -> Vec<Record> {
    let reports = vec![Prior {
        date: Some(text("d")),
        text: text("t"),
    }];
    let others = [
        Record::Resume(Resume {
            at: text("now"),
            lab: text("1"),
            model: model(),
        }),
        opened(),
        Record::Close(Close { picture: 1 }),
        Record::Prior(Priors { reports }),
        Record::Set(Set {
            key: text("k"),
            value: text("v"),
        }),
        Record::Turn(Box::new(turn())),
        Record::Undo(Undo { turn: 1 }),
        Record::Reset,
        expected(),
        Record::Note(Note {
            turn: Some(1),
            text: text("t"),
        }),
        Record::Verdict(Verdict {
            turn: 1,
            grade: text("g"),
            text: text("t"),
        }),
        Record::Title(Text { text: text("t") }),
    ];
    others.into_iter().chain(answered()).collect()
}

/// Every key of a JSON value, but those that somebody else gives.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                into.insert(key.clone());
                if key != "values" || field.get("mean").is_some() {
                    keys(field, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| keys(it, into)),
        _ => {}
    }
}

fn keys_of_line(line: &str, into: &mut BTreeSet<String>) {
    let line: Value = serde_json::from_str(line).unwrap();
    keys(line.get(2).unwrap_or(&line), into);
}

/// A session as medlab records it: of a CT slice with a window, a region, spacing and a place in the patient.
fn recorded() -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let session = home.path().join("ct.jsonl");
    let words = [
        "ask",
        "tests/data/images/real/CT_small.dcm",
        "What is it?",
        "--region",
        "20,30,40,50",
        "--window",
        "soft",
        "--max-new-tokens",
        "2",
        "--session",
        session.to_str().unwrap(),
    ];
    let seen = finish(medlab(home.path(), &[&words[..], &TINY].concat()), b"");
    assert_eq!(seen.code, 0, "{}", seen.err);
    let text = fs_err::read_to_string(session).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_readme_names_every_kind_and_every_field() {
    let readme = readme();
    let records = everything();
    let mut fields = BTreeSet::new();
    keys_of_line(&v1::head_line(&head()), &mut fields);
    for record in &records {
        assert!(KINDS.contains(&kind(record)), "{record:?}");
        keys_of_line(&v1::line(0.0, record), &mut fields);
    }
    assert_eq!(records.len(), KINDS.len());
    let lines = events("full")
        .into_iter()
        .filter(|it| !it.contains("\"marker\""));
    for line in lines.chain(recorded()) {
        keys_of_line(&line, &mut fields);
    }
    assert!(fields.len() > 100, "{fields:?}");
    let unsaid: Vec<&String> = fields
        .iter()
        .filter(|it| !readme.contains(&format!("`{it}`")))
        .collect();
    assert!(
        unsaid.is_empty(),
        "sessions/README.md does not explain {unsaid:?}"
    );
    // and the other way round: what the tables of the format explain is there
    let format = readme.split("## As one JSON object").next().unwrap();
    let rows = format
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let named = rows.flat_map(|(names, _)| names.split(", ").map(|it| it.trim_matches('`')));
    // other files have more to say than the one that was recorded just now
    let elsewhere = [
        "laterality",
        "frames",
        "label",
        "modality",
        "spacing_mm",
        "edges",
    ];
    let stale: Vec<&str> = named
        .filter(|it| !fields.contains(*it) && !elsewhere.contains(it))
        .collect();
    assert!(
        stale.is_empty(),
        "sessions/README.md explains {stale:?}, which nobody writes"
    );
    let headings: Vec<&str> = format
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.split('`').next())
        .collect();
    assert_eq!(
        headings.iter().collect::<BTreeSet<_>>(),
        KINDS.iter().collect()
    );
}

#[test]
fn the_readme_names_every_field_of_the_export() {
    let readme = readme();
    let session = fixture("full");
    let home = tempfile::tempdir().unwrap();
    let args = [
        "sessions",
        "show",
        session.to_str().unwrap(),
        "--json",
        "--all",
    ];
    let seen = finish(medlab(home.path(), &args), b"");
    let object: Value = serde_json::from_str(&seen.out).unwrap();
    let part = readme.split("## As one JSON object").nth(1).unwrap();
    for key in object.as_object().unwrap().keys() {
        assert!(part.contains(&format!("`{key}`")), "{key}");
    }
    for key in object["turns"][0].as_object().unwrap().keys() {
        assert!(readme.contains(&format!("`{key}`")), "{key}");
    }
}
