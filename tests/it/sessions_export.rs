//! `medlab sessions export`: a session in; Markdown, HTML, JSON and chat messages out, in which its text is only ever text.

use std::path::Path;

use insta::assert_snapshot;
use medlab::session::v1::{Boxed, Boxes, Note, Opening, Prior, Priors, Record, Shown, Text};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::cli::{Seen, TINY, finish, medlab};
use super::privacy::known;
use super::sessions::{answer, bytes_of, folder_of, holds, question, sessions, write};

fn export(folder: &Path, words: &[&str]) -> String {
    let seen = sessions(folder, &[&["export"], words].concat());
    assert_eq!((seen.code, seen.err.as_str()), (0, ""), "{words:?}");
    seen.out
}

/// A session recorded by the program itself, in a folder of its own: two pictures, a region in the second, two questions.
fn recorded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = "/open prior:sample:cxr-prior\n/open current:sample:cxr-current\n/region ellipse:100,120,30,20\n\
                  /prior Small left pleural effusion.\nWhat has changed?\nAnd the heart?\n";
    let name = [
        "--session",
        "talk",
        "--sessions",
        folder.path().to_str().unwrap(),
    ];
    let args = [
        &["repl", "--system", "Be brief.", "--max-new-tokens", "3"],
        &name[..],
        &TINY,
    ]
    .concat();
    let seen = finish(medlab(folder.path(), &args), script.as_bytes());
    assert_eq!(seen.code, 0, "{}", seen.err);
    folder
}

#[test]
fn the_full_session_in_every_format() {
    let folder = folder_of(&["full"]);
    assert_snapshot!("export_md", export(folder.path(), &["full", "--all"]));
    assert_snapshot!(
        "export_html",
        export(folder.path(), &["full", "--format", "html", "--lang", "zh"])
    );
    assert_snapshot!(
        "export_chat",
        export(folder.path(), &["full", "-f", "chat"])
    );
}

#[test]
fn json_has_everything_but_prompts_and_pixels() {
    let folder = folder_of(&["full"]);
    let text = export(folder.path(), &["full", "-f", "json"]);
    let object: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        sessions(folder.path(), &["show", "full", "--json"]).out,
        text
    );
    let numbers = |object: &Value| -> Vec<u64> {
        let turns = object["turns"].as_array().unwrap();
        turns.iter().map(|it| it["n"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&object), [1, 3, 6, 7]);
    assert_eq!(object["conversation"], json!([7]));
    let all: Value =
        serde_json::from_str(&export(folder.path(), &["full", "-f", "json", "--all"])).unwrap();
    assert_eq!(numbers(&all), [1, 2, 3, 4, 5, 6, 7]);
    let one = sessions(folder.path(), &["show", "full", "--json", "--turn", "2"]);
    let one: Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(numbers(&one), [2]);
    let turns = all["turns"].as_array().unwrap();
    assert!(turns.iter().all(|it| it.get("ids").is_none()));
    assert_eq!(all["pictures"][1].get("path"), None);
    let prior = json!({ "date": "2024-03-01", "text": "Small left pleural effusion." });
    holds(
        &all,
        &[
            ("/turns/0/standing", json!("kept")),
            ("/turns/0/answer", json!("Yes.")),
            ("/turns/0/token_ids", json!([7, 8])),
            ("/turns/0/boxes/0/label", json!("effusion")),
            ("/turns/0/verdicts/1/grade", json!("bad")),
            ("/turns/0/priors/0", prior),
            ("/turns/1/standing", json!("replaced")),
            ("/turns/1/thinking", json!("it is small")),
            ("/turns/1/answer_ids", json!([30])),
            ("/turns/1/partial", json!(true)),
            ("/turns/1/stop", json!("length")),
            // with as many digits as it has
            ("/turns/1/sampling/repetition_penalty", json!(1.1)),
            ("/turns/2/retry_of", json!(2)),
            ("/turns/2/parent", json!(1)),
            ("/turns/3/standing", json!("undone")),
            ("/turns/4/standing", json!("control")),
            ("/turns/5/standing", json!("unanswered")),
            (
                "/turns/5/failed",
                json!("a value is not a number in layer 3"),
            ),
            ("/turns/6/stop", Value::Null),
            ("/turns/6/done", Value::Null),
            // this session recorded where it lies
            ("/pictures/0/path", json!("/data/films/film.dcm")),
            ("/pictures/1/name", json!("old.png")),
        ],
    );
}

#[test]
fn chat_messages_are_what_the_model_would_read_next() {
    let folder = recorded();
    let object: Value =
        serde_json::from_str(&export(folder.path(), &["talk", "-f", "chat"])).unwrap();
    assert_eq!(object["model"], "tiny-old");
    let messages = object["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|it| it["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "assistant"]);
    assert_eq!(
        messages[0]["content"],
        json!([{ "type": "text", "text": "Be brief." }])
    );
    let first = messages[1]["content"].as_array().unwrap();
    let kinds: Vec<&str> = first
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["text", "image_url", "text", "image_url", "text"]);
    assert_eq!(
        (&first[0]["text"], &first[2]["text"]),
        (&json!("prior:"), &json!("current:"))
    );
    let url = first[1]["image_url"]["url"].as_str().unwrap();
    assert!(url.starts_with("sha256:") && url.len() == 7 + 64, "{url}");
    let words = first[4]["text"].as_str().unwrap();
    assert!(
        words.starts_with("Prior report:\nSmall left pleural effusion.\n\nRegion R1: ["),
        "{words}"
    );
    assert!(words.ends_with("\nWhat has changed?"), "{words}");
    let story: Value =
        serde_json::from_str(&export(folder.path(), &["talk", "-f", "json"])).unwrap();
    for (turn, message) in [(0, 2), (1, 4)] {
        assert_eq!(
            story["turns"][turn]["answer"],
            messages[message]["content"][0]["text"]
        );
    }
    let given = ["--with-pictures", "sample:cxr-current", "sample:cxr-prior"];
    let object: Value = serde_json::from_str(&export(
        folder.path(),
        &[&["talk", "-f", "chat"], &given[..]].concat(),
    ))
    .unwrap();
    for at in [1, 3] {
        let url = object["messages"][1]["content"][at]["image_url"]["url"]
            .as_str()
            .unwrap();
        let png = of_base64(url.strip_prefix("data:image/png;base64,").unwrap());
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (256, 256));
    }
}

fn of_base64(text: &str) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |it: u8| letters.iter().position(|letter| *letter == it);
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0, 0);
    for six in text.bytes().map_while(value) {
        bits = bits << 6 | six;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 255).unwrap());
        }
    }
    bytes
}

#[test]
fn pictures_are_shown_when_their_files_are_given_and_are_the_same() {
    let folder = recorded();
    let plain = export(folder.path(), &["talk", "-f", "html"]);
    assert!(!plain.contains("data:image") && !plain.contains("<svg"));
    let page = export(
        folder.path(),
        &[
            "talk",
            "-f",
            "html",
            "--with-pictures",
            "sample:cxr-current",
        ],
    );
    assert_eq!(
        page.matches("data:image/png;base64,").count(),
        1,
        "each picture once"
    );
    assert_eq!(
        page.matches("<use href=\"#picture-3\"/>").count(),
        1,
        "the second, opened again with a region"
    );
    assert!(
        page.contains("<ellipse class=\"region\" cx=\"100\" cy=\"120\" rx=\"30\" ry=\"20\">"),
        "its region is drawn"
    );
    assert!(!page.contains("://"), "nothing is loaded from anywhere");
    let pages = export(
        folder.path(),
        &[
            "talk",
            "--with-pictures",
            "sample:cxr-current",
            "sample:cxr-prior",
        ],
    );
    assert_eq!(pages.matches("](data:image/png;base64,").count(), 2);
}

#[test]
fn another_file_is_not_the_picture_even_by_its_name() {
    let folder = recorded();
    // another file, even of the same name, is not it
    let other = folder.path().join("sample:cxr-prior");
    fs_err::copy("tests/data/golden/pictures/tall.png", &other).unwrap();
    let run = |words: &[&str]| {
        sessions(
            folder.path(),
            &[&["export", "talk", "-f", "html"], words].concat(),
        )
    };
    let seen = run(&["--with-pictures", other.to_str().unwrap()]);
    assert_eq!((seen.code, seen.out.contains("data:image")), (0, false));
    assert!(
        seen.err
            .contains("no picture that is to be shown is made of this file (another SHA-256)"),
        "{}",
        seen.err
    );
    let seen = run(&["--with-pictures", "no-such.png"]);
    assert_eq!((seen.code, seen.out.as_str()), (3, ""), "{}", seen.err);
    let seen = sessions(
        folder.path(),
        &["export", "talk", "-f", "json", "--with-pictures", "a.png"],
    );
    assert_eq!(seen.code, 2, "{}", seen.err);
    let seen = sessions(folder.path(), &["export", "talk", "-f", "chat", "--all"]);
    assert_eq!(seen.code, 2, "{}", seen.err);
}

/// A session whose every text tries to be something else.
fn hostile(folder: &Path) -> Vec<&'static str> {
    let texts = vec![
        "<script>alert(1)</script>",
        "]]> --> </p></section></body></html> &amp; &lt;",
        "\"quoted\" 'single' `tick` onload=\"x\"",
        "# heading\n---\n- item\n1. one\n    code\n> quote\n| a | b |",
        "![x](http://evil.example/x.png) [y](javascript:alert(1)) <http://evil.example> www.evil.example",
        "\u{0}\u{1b}[31m\u{9b}\u{202e}\u{2066}\u{feff}\u{200b}",
        "***\n___\n```\n~~~\n$$x$$",
        "---\nkey: value\n...",
    ];
    let mut records = vec![Record::Title(Text {
        text: texts.join(" "),
    })];
    let shown = Shown {
        id: 1,
        role: Some(texts[0].to_owned()),
        ..Shown::default()
    };
    let name = texts.join(" ");
    records.push(Record::Open(Opening {
        name,
        path: None,
        pictures: vec![shown],
    }));
    let reports = texts.iter().map(|it| Prior {
        date: Some((*it).to_owned()),
        text: (*it).to_owned(),
    });
    records.push(Record::Prior(Priors {
        reports: reports.collect(),
    }));
    for (text, n) in texts.iter().zip(1..) {
        records.push(question(n, text));
        records.extend(answer(&[text, " behind"]));
        let boxed = Boxed {
            label: (*text).to_owned(),
            picture: 1,
            ..Boxed::default()
        };
        records.push(Record::Boxes(Boxes {
            turn: n,
            boxes: vec![boxed],
            remarks: vec![(*text).to_owned()],
        }));
        records.push(Record::Note(Note {
            turn: Some(n),
            text: (*text).to_owned(),
        }));
    }
    write(folder, "bad", &records);
    texts
}

/// All tags that a page is made of, without their first bracket.
const TAGS: &str = "!DOCTYPE html>|html |/html>|head>|/head>|meta |title>|/title>|style>|/style>|body>|/body>|h1>|/h1>|h2>|/h2>|\
                    h3>|/h3>|p |/p>|ul>|/ul>|li>|/li>|section |/section>|span |/span>|hr>";

#[test]
fn hostile_text_is_only_text_in_html() {
    let folder = tempfile::tempdir().unwrap();
    let texts = hostile(folder.path());
    let page = export(folder.path(), &["bad", "-f", "html"]);
    for (_, rest) in page.match_indices('<').map(|(at, _)| page.split_at(at + 1)) {
        let start: String = rest.chars().take(40).collect();
        assert!(TAGS.split('|').any(|it| rest.starts_with(it)), "<{start}");
    }
    for tag in ["section", "p", "body", "ul", "li", "h3"] {
        let opened =
            page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert_eq!(page.matches("<section ").count(), texts.len());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; behind"));
}

#[test]
fn hostile_text_is_only_text_in_markdown() {
    let folder = tempfile::tempdir().unwrap();
    let texts = hostile(folder.path());
    let markdown = export(folder.path(), &["bad"]);
    let body = markdown.splitn(3, "---\n").nth(2).unwrap();
    for mark in [
        "<script",
        "](http",
        "](javascript",
        "www.evil",
        "://",
        "\n---\n",
        "> # heading",
        "> ---\n",
        "> ```",
        "> ~~~",
        "> ***",
        "> - ",
        "> 1.",
        "> > ",
        "&amp;",
    ] {
        // what has a backslash before it is only text
        let hits = body.match_indices(mark);
        let plain = hits.filter(|(at, _)| !body[..*at].ends_with('\\'));
        assert_eq!(plain.count(), 0, "{mark:?}");
    }
    let is_heading = |line: &&str| line.trim_start_matches(['>', ' ']).starts_with('#');
    let headings = body.lines().filter(is_heading).count();
    assert_eq!(
        headings,
        1 + texts.len(),
        "one title, and one heading a turn"
    );
}

#[test]
fn hostile_text_is_the_same_text_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let texts = hostile(folder.path());
    let parsed = |format: &str| -> Value {
        serde_json::from_str(&export(folder.path(), &["bad", "-f", format])).unwrap()
    };
    let (json, chat) = (parsed("json"), parsed("chat"));
    for (at, text) in texts.iter().enumerate() {
        let expected = json!(format!("{text} behind"));
        assert_eq!(json["turns"][at]["answer"], expected);
        assert_eq!(chat["messages"][2 * at + 1]["content"][0]["text"], expected);
        assert_eq!(json["turns"][at]["question"], json!(text));
    }
}

#[test]
fn a_file_is_whole_or_not_there_and_never_a_session() {
    let folder = folder_of(&["full", "minimal", "damaged"]);
    let run = |words: &[&str]| sessions(folder.path(), &[&["export"], words].concat());
    let before = bytes_of(folder.path());
    let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let check = |seen: &Seen, code: i32, sentence: &str| {
        assert_eq!((seen.code, seen.out.as_str()), (code, ""), "{}", seen.err);
        assert!(seen.err.contains(sentence), "{}", seen.err);
    };
    check(
        &run(&["full", "-o", &inside("full.jsonl")]),
        2,
        "it is a session; give another name",
    );
    check(
        &run(&["full", "-o", &inside("minimal.jsonl")]),
        2,
        "it is a session; give another name",
    );
    check(
        &run(&["full", "-o", folder.path().to_str().unwrap()]),
        2,
        "it is a folder",
    );
    check(
        &run(&["full", "-o", &inside("nowhere/a.md")]),
        2,
        "no such folder",
    );
    check(&run(&["full", "-f", "pdf"]), 2, "invalid value 'pdf'");
    assert_eq!(bytes_of(folder.path()), before);
    // what only comes to light while it is written: the words of an answer
    let text = fs_err::read_to_string(folder.path().join("minimal.jsonl")).unwrap();
    let bad = text.replace("{\"id\":8,\"text\":\".\"}", "{\"id\":8,\"text\":\".}");
    assert_ne!(bad, text);
    fs_err::write(folder.path().join("minimal.jsonl"), bad).unwrap();
    fs_err::write(folder.path().join("there.md"), "mine").unwrap();
    let before = bytes_of(folder.path());
    check(
        &run(&["minimal", "-o", &inside("there.md")]),
        5,
        "line 4 is damaged",
    );
    assert_eq!(
        bytes_of(folder.path()),
        before,
        "neither the old file is gone nor a half of the new one there"
    );
    check(&run(&["full", "-o", &inside("there.md")]), 0, "wrote ");
    let wrote = fs_err::read_to_string(folder.path().join("there.md")).unwrap();
    assert_eq!(wrote, run(&["full"]).out);
    assert_eq!(bytes_of(folder.path()).len(), before.len());
}

#[test]
fn nothing_that_is_written_names_a_patient_or_a_folder() {
    let files: Vec<_> = known()
        .into_iter()
        .filter(|it| it.name().contains("/images/"))
        .collect();
    let leaks: Vec<String> = files
        .par_chunks(8)
        .flat_map(|files| {
            let home = tempfile::tempdir().unwrap();
            let name = [
                "--session",
                "talk",
                "--sessions",
                home.path().to_str().unwrap(),
            ];
            let opened: Vec<String> = files
                .iter()
                .map(|it| format!("/open {:?}\n", it.name()))
                .collect();
            let script = opened.concat() + "What is it?\n";
            let args = [
                &["repl", "--max-new-tokens", "1", "--ctx", "4096"],
                &name[..],
                &TINY,
            ]
            .concat();
            finish(medlab(home.path(), &args), script.as_bytes());
            let session = fs_err::read_to_string(home.path().join("talk.jsonl")).unwrap();
            assert!(session.contains("\"dicom\""), "{session}");
            let mut leaks = Vec::new();
            for words in [
                &["list", "--json"][..],
                &["show", "talk"],
                &["show", "talk", "--json"],
                &["export", "talk"],
                &["export", "talk", "-f", "html"],
                &["export", "talk", "-f", "chat"],
            ] {
                let seen = sessions(home.path(), words);
                assert_eq!(seen.code, 0, "{words:?}: {}", seen.err);
                // the program says nothing of where things lie, unless somebody typed it
                assert!(!seen.out.contains(env!("CARGO_MANIFEST_DIR")), "{words:?}");
                let by = words.join(" ");
                leaks.extend(files.iter().filter_map(|it| it.leak(&by, &seen.out)));
            }
            leaks
        })
        .collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
