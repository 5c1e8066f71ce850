//! `medlab sessions list`, `show` and `search`: recorded sessions in, what a person or a program reads of them out.

use std::path::Path;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use medlab::session::v1::{
    self, Done, Head, Note, Piece, Prior, Priors, Record, Text, Turn, Verdict,
};
use serde_json::Value;

use super::cli::{Seen, finish, medlab, run};
use super::sessions_format::fixture;

/// `medlab sessions …` on a folder.
pub(crate) fn sessions(folder: &Path, words: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    let folder = ["--sessions", folder.to_str().unwrap()];
    finish(
        medlab(home.path(), &[&["sessions"], words, &folder].concat()),
        b"",
    )
}

/// A folder with these fixtures, the first of them the oldest.
pub(crate) fn folder_of(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (at, name) in names.iter().enumerate() {
        let path = folder.path().join(format!("{name}.jsonl"));
        fs_err::copy(fixture(name), &path).unwrap();
        age(&path, at as u64);
    }
    folder
}

/// Makes a file as old as if it was changed at this minute of a day.
fn age(path: &Path, minute: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000 + 60 * minute);
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn every_command_has_examples() {
    for command in ["list", "show", "search", "export", "rm", "branch"] {
        let seen = run(&["sessions", command, "--help"]);
        let example = format!("  medlab sessions {command} ");
        let example = example.trim_end();
        assert!(
            seen.out.contains(&format!("Examples:\n{example}")),
            "{}",
            seen.out
        );
    }
}

/// Everything in a folder, to see that nothing changed.
pub(crate) fn bytes_of(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs_err::read_dir(folder).unwrap().map(|it| it.unwrap());
    let mut all: Vec<_> = entries
        .map(|it| (it.file_name(), fs_err::read(it.path()).unwrap()))
        .collect();
    all.sort();
    all
}

/// What must be at these places (RFC 6901) of an object.
#[track_caller]
pub(crate) fn holds(object: &Value, places: &[(&str, Value)]) {
    for (place, expected) in places {
        assert_eq!(object.pointer(place), Some(expected), "{place}");
    }
}

#[test]
fn the_list_has_a_row_for_every_file_and_the_last_changed_comes_first() {
    let folder = folder_of(&["minimal", "torn", "full", "damaged", "future", "unknown"]);
    fs_err::write(folder.path().join("notes.txt"), "no session").unwrap();
    fs_err::write(folder.path().join(".draft.jsonl"), "hidden").unwrap();
    fs_err::write(folder.path().join("report.jsonl"), "\u{1b}[31mhello\n").unwrap();
    age(&folder.path().join("report.jsonl"), 9);
    let before = bytes_of(folder.path());
    let seen = sessions(folder.path(), &["list"]);
    assert_eq!(seen.code, 0, "some could be listed");
    let out = seen.out.replace(folder.path().to_str().unwrap(), "DIR");
    assert_snapshot!(out, @r#"
    name     begun (UTC)       changed           model    turns  pictures    size  title
    report                     2025-11-24 16:09                              11 B  is no session: its first line is not {"version": 1, …}
    unknown  2026-11-24 09:30  2025-11-24 16:05  phantom      1         0  1.5 kB  Is there a pleural effusion?
    future                     2025-11-24 16:04                            2.0 kB  is a session of version 2; this medlab reads version 1: use the one that wrote it, or a newer one
    damaged  2026-11-24 09:30  2025-11-24 16:03  phantom      1         0  1.7 kB  Is there a pleural effusion? (damaged)
    full     2026-11-24 09:30  2025-11-24 16:02  phantom      7         2  8.1 kB  Left effusion, first look (branch of 1122334455667788, turn 3)
    torn     2026-11-24 09:30  2025-11-24 16:01  phantom      2         0  1.8 kB  Is there a pleural effusion? (last line cut off)
    minimal                    2025-11-24 16:00               1         0   188 B  Is there a pleural effusion?
    "#);
    assert_snapshot!(seen.err.replace(folder.path().to_str().unwrap(), "DIR"), @r#"
    medlab: DIR/report.jsonl: is no session: its first line is not {"version": 1, …}
    medlab: DIR/future.jsonl: is a session of version 2; this medlab reads version 1: use the one that wrote it, or a newer one
    medlab: DIR/damaged.jsonl: line 6 is damaged: expected [delay, "kind", data]; nothing was changed, and `medlab sessions branch` can copy the turns before it
    "#);
    assert_eq!(bytes_of(folder.path()), before);
    let zh = sessions(folder.path(), &["list", "--lang", "zh"]);
    assert!(
        zh.out.starts_with("名称") && zh.out.contains("最后一行被截断"),
        "{}",
        zh.out
    );
}

#[test]
fn the_list_as_json_is_one_line_a_file() {
    let folder = folder_of(&["full", "damaged", "future"]);
    let child = v1::head_line(&Head {
        version: 1,
        branch: Some(v1::Branch {
            session: "00f1d2c3b4a59687".to_owned(),
            turn: 2,
        }),
        ..Head::default()
    });
    fs_err::write(folder.path().join("child.jsonl"), child).unwrap();
    let seen = sessions(folder.path(), &["list", "--json"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    let rows: Vec<Value> = seen
        .out
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let names: Vec<&str> = rows
        .iter()
        .map(|it| it["session"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["child", "future", "damaged", "full"]);
    let rows = Value::from(rows);
    holds(
        &rows,
        &[
            ("/3/title", "Left effusion, first look".into()),
            ("/3/turns", 7.into()),
            ("/3/pictures", 2.into()),
            ("/3/tokens", 12.into()),
            ("/3/model", "phantom".into()),
            ("/3/device", "cuda:0".into()),
            ("/3/quant", "q8".into()),
            ("/3/started", "2026-11-24T09:30:00Z".into()),
            ("/3/changed", "2025-11-24T16:00:00Z".into()),
            // everything was reset
            ("/3/open", Value::Array(Vec::new())),
            ("/3/error", Value::Null),
            ("/3/unknown", 1.into()),
            // the other is not here
            ("/3/branch/session", Value::Null),
            ("/0/branch/session", "full".into()),
            ("/0/branch/turn", 2.into()),
            ("/2/turns", 1.into()),
        ],
    );
    let error = |at: usize| rows[at]["error"].as_str().unwrap();
    assert!(error(1).starts_with("is a session of version 2"));
    assert!(error(2).starts_with("line 6 is damaged"));
    assert_eq!(rows[1].get("turns"), None);
}

#[test]
fn a_list_of_nothing_is_no_failure_and_one_of_no_session_is() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("nowhere")] {
        let seen = sessions(&path, &["list"]);
        assert_eq!(
            (seen.code, seen.out.as_str(), seen.err.as_str()),
            (0, "", "there is no session yet\n")
        );
    }
    fs_err::write(folder.path().join("a.jsonl"), "").unwrap();
    fs_err::write(folder.path().join("b.jsonl"), b"\xff\n").unwrap();
    fs_err::create_dir(folder.path().join("c.jsonl")).unwrap();
    let seen = sessions(folder.path(), &["list"]);
    assert_eq!(seen.code, 5);
    assert_eq!(
        (seen.out.lines().count(), seen.err.lines().count()),
        (4, 4),
        "{}{}",
        seen.out,
        seen.err
    );
    assert!(
        seen.err
            .ends_with("there are files here, and none of them is a session that can be read\n"),
        "{}",
        seen.err
    );
}

#[test]
fn a_session_is_shown_as_it_is_read() {
    let folder = folder_of(&["full"]);
    let show = |words: &[&str]| {
        let seen = sessions(folder.path(), &[&["show", "full"], words].concat());
        assert_eq!((seen.code, seen.err.as_str()), (0, ""));
        seen.out
    };
    assert_snapshot!("show", show(&[]));
    assert_snapshot!(
        "show_all_zh",
        show(&["--all", "--lang", "zh", "--thinking", "show"])
    );
    let second = show(&["--turn", "2"]);
    assert!(
        second.starts_with(
            "== turn 2 (replaced by a retry, partial, prompt size finding=effusion) ==\n"
        ),
        "{second}"
    );
    assert!(!second.contains("turn 1"), "{second}");
}

#[test]
fn a_session_is_found_by_name_beginning_time_or_file() {
    let folder = folder_of(&["full", "minimal"]);
    let out = |name: &str| sessions(folder.path(), &["show", name]).out;
    let full = out("full");
    assert!(full.contains("Left effusion"));
    assert_eq!(out("f"), full);
    assert_eq!(out("last"), out("minimal"));
    assert_eq!(
        out(folder.path().join("full.jsonl").to_str().unwrap()),
        full
    );
    fs_err::copy(fixture("full"), folder.path().join("fuller.jsonl")).unwrap();
    let check = |words: &[&str], code: i32, sentence: &str| {
        let seen = sessions(folder.path(), words);
        assert_eq!((seen.code, seen.out.as_str()), (code, ""), "{}", seen.err);
        assert!(
            seen.err.contains(sentence) && seen.err.lines().count() == 1,
            "{}",
            seen.err
        );
    };
    check(
        &["show", "fu"],
        5,
        "fu: begins the names of 2 sessions; type more of it",
    );
    check(
        &["show", "nobody"],
        5,
        "nobody: there is no such session; medlab sessions list shows those there are",
    );
    check(&["show", "no/body.jsonl"], 5, "there is no such session");
    check(
        &["show", "minimal", "--turn", "9"],
        2,
        "--turn: there is no turn 9; the last is 1",
    );
    check(&["show", "minimal", "--turn", "x"], 2, "invalid value 'x'");
    check(&["show"], 2, "NAME|FILE");
}

#[test]
fn what_cannot_be_read_is_refused_in_one_sentence() {
    let folder = folder_of(&["damaged", "future"]);
    fs_err::write(folder.path().join("text.jsonl"), "hello\n").unwrap();
    fs_err::write(folder.path().join("cut.jsonl"), "{\"version\":1,\"la").unwrap();
    let before = bytes_of(folder.path());
    for (name, sentence) in [
        (
            "damaged",
            "line 6 is damaged: expected [delay, \"kind\", data]",
        ),
        (
            "future",
            "is a session of version 2; this medlab reads version 1",
        ),
        (
            "text",
            "is no session: its first line is not {\"version\": 1, …}",
        ),
        ("cut", "its first line is cut"),
    ] {
        for words in [
            &["show", name][..],
            &["show", name, "--json"],
            &["export", name],
            &[
                "export",
                name,
                "--format",
                "html",
                "-o",
                "/proc/nowhere/a.html",
            ],
            &["branch", name],
        ] {
            let seen = sessions(folder.path(), words);
            assert_eq!(
                (seen.code, seen.out.as_str()),
                (5, ""),
                "{words:?}: {}",
                seen.err
            );
            assert!(seen.err.contains(sentence), "{words:?}: {}", seen.err);
            assert_eq!(seen.err.lines().count(), 1, "{}", seen.err);
        }
    }
    assert_eq!(bytes_of(folder.path()), before, "nothing was changed");
}

/// A session of these records.
pub(crate) fn write(folder: &Path, name: &str, records: &[Record]) -> std::path::PathBuf {
    let head = Head {
        version: 1,
        ..Head::default()
    };
    let lines = records.iter().map(|it| v1::line(0.25, it));
    let text = v1::head_line(&head) + &lines.collect::<String>();
    let path = folder.join(format!("{name}.jsonl"));
    fs_err::write(&path, text).unwrap();
    path
}

pub(crate) fn question(n: usize, question: &str) -> Record {
    Record::Turn(Box::new(Turn {
        n,
        question: question.to_owned(),
        ..Turn::default()
    }))
}

/// An answer in these pieces.
pub(crate) fn answer(pieces: &[&str]) -> Vec<Record> {
    let pieces = pieces.iter().zip(1..).map(|(text, id)| {
        Record::Piece(Piece {
            id,
            text: (*text).to_owned(),
            ..Piece::default()
        })
    });
    let done = Record::Done(Done {
        stop: "end_of_turn".to_owned(),
        ..Done::default()
    });
    pieces.chain([done]).collect()
}

fn searchable() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let words = |text: &str| text.to_owned();
    let prior = |date: &str, text: &str| Prior {
        date: Some(words(date)),
        text: words(text),
    };
    let mut first = vec![
        Record::Title(Text {
            text: words("Chest of November"),
        }),
        Record::Prior(Priors {
            reports: vec![prior("a", "Small Pleural effusion.")],
        }),
        Record::Prior(Priors {
            reports: vec![
                prior("a", "Small Pleural effusion."),
                prior("b", "No effusion."),
            ],
        }),
        question(1, "Is there an effusion?"),
    ];
    first.extend(answer(&[
        "Yes: a small",
        " pleu",
        "ral\n",
        "effusi",
        "on, left.",
    ]));
    first.push(Record::Verdict(Verdict {
        turn: 1,
        grade: words("good"),
        text: words("effusion seen"),
    }));
    first.push(Record::Note(Note {
        turn: Some(1),
        text: words("compare the EFFUSION"),
    }));
    write(folder.path(), "a-first", &first);
    let mut second = vec![question(1, "有胸腔积液吗？")];
    second.extend(answer(&["该区域", "未见胸", "腔积液，ＣＴ正常。"]));
    second.push(question(2, "And the heart?"));
    second.push(Record::Piece(Piece {
        text: words("Enlarged, no end"),
        ..Piece::default()
    }));
    write(folder.path(), "b-second", &second);
    folder
}

#[test]
fn words_are_found_in_every_text_across_pieces() {
    let folder = searchable();
    let check = |words: &[&str], expected: &[&str]| {
        let seen = sessions(folder.path(), &[&["search"], words].concat());
        let lines: Vec<&str> = seen.out.lines().collect();
        assert_eq!(lines, expected, "{words:?}");
    };
    check(
        &["effusion"],
        &[
            "a-first:prior: Small Pleural [effusion].",
            "a-first:prior: No [effusion].",
            "a-first:1:question: Is there an [effusion]?",
            "a-first:1:answer: Yes: a small pleural [effusion], left.",
            "a-first:1:verdict: good [effusion] seen",
            "a-first:1:note: compare the [EFFUSION]",
        ],
    );
    check(
        &["pleural effusion"],
        &[
            "a-first:prior: Small [Pleural effusion].",
            "a-first:1:answer: Yes: a small [pleural effusion], left.",
        ],
    );
    check(
        &["effusion", "LEFT"],
        &["a-first:1:answer: Yes: a small pleural [effusion], [left]."],
    );
    check(
        &["胸腔积液"],
        &[
            "b-second:1:question: 有[胸腔积液]吗？",
            "b-second:1:answer: 该区域未见[胸腔积液]，ＣＴ正常。",
        ],
    );
    check(
        &["ct", "积液"],
        &["b-second:1:answer: 该区域未见胸腔[积液]，[ＣＴ]正常。"],
    );
    check(&["november"], &["a-first:title: Chest of [November]"]);
    check(&["no end"], &["b-second:2:answer: Enlarged, [no end]"]);
    check(
        &["正常", "--lang", "zh"],
        &["b-second:1:回答: 该区域未见胸腔积液，ＣＴ[正常]。"],
    );
}

#[test]
fn what_is_found_is_json_too() {
    let folder = searchable();
    let seen = sessions(folder.path(), &["search", "积液", "正常", "--json"]);
    assert_eq!(
        seen.out,
        "{\"hits\":[[7,9],[12,14]],\"line\":\"该区域未见胸腔积液，ＣＴ正常。\",\"session\":\"b-second\",\"text\":\"answer\",\"turn\":1}\n"
    );
}

#[test]
fn nothing_found_is_code_1_and_an_unread_session_code_5() {
    let folder = searchable();
    let check = |words: &[&str], code: i32, sentence: &str| {
        let seen = sessions(folder.path(), &[&["search"], words].concat());
        assert_eq!(seen.code, code, "{}", seen.err);
        assert!(seen.err.contains(sentence), "{}", seen.err);
        seen
    };
    check(&["effusion"], 0, "");
    check(&["effusion", "heart"], 1, "nothing was found in 2 sessions");
    check(&["\"\"", " "], 2, "there is nothing to look for");
    fs_err::copy(fixture("damaged"), folder.path().join("damaged.jsonl")).unwrap();
    check(&["nodule"], 5, "not every session could be read");
    let seen = check(&["yes"], 0, "line 6 is damaged");
    assert!(
        seen.out.contains("damaged:1:answer: [Yes]."),
        "what is before the damage is found: {}",
        seen.out
    );
}

#[test]
fn text_of_a_session_cannot_command_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}word\r\u{200b}";
    let mut records = vec![
        Record::Title(Text {
            text: bad.to_owned(),
        }),
        Record::Note(Note {
            turn: None,
            text: bad.to_owned(),
        }),
        Record::Prior(Priors {
            reports: vec![Prior {
                date: Some(bad.to_owned()),
                text: bad.to_owned(),
            }],
        }),
        question(1, bad),
    ];
    records.extend(answer(&[bad]));
    let path = write(folder.path(), "bad", &records);
    let text = fs_err::read_to_string(&path).unwrap();
    let head = v1::head_line(&Head {
        version: 1,
        lab: bad.to_owned(),
        started: bad.to_owned(),
        model: v1::Model {
            name: bad.to_owned(),
            device: bad.to_owned(),
            ..v1::Model::default()
        },
        ..Head::default()
    });
    fs_err::write(&path, head + text.split_once('\n').unwrap().1).unwrap();
    for words in [
        &["list"][..],
        &["list", "--json"],
        &["show", "bad"],
        &["show", "bad", "--json"],
        &["search", "word"],
        &["search", "word", "--json"],
        &["export", "bad"],
        &["export", "bad", "--format", "html"],
        &["export", "bad", "--format", "json"],
        &["export", "bad", "--format", "chat"],
    ] {
        let seen = sessions(folder.path(), words);
        assert_eq!(seen.code, 0, "{words:?}: {}", seen.err);
        let said = seen.out + &seen.err;
        assert!(said.contains("word"), "{words:?}");
        let is_bad =
            |it: &char| (it.is_control() && *it != '\n') || ['\u{202e}', '\u{200b}'].contains(it);
        let is_json =
            words.contains(&"--json") || words.contains(&"json") || words.contains(&"chat");
        // a blank without width commands nothing, and JSON says what it says
        let found = said
            .chars()
            .find(|it| is_bad(it) && !(is_json && *it == '\u{200b}'));
        assert_eq!(found, None, "{words:?}");
    }
}
