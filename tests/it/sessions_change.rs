//! `medlab sessions branch` and `rm`: the only two that change the folder, and only where they say so.

use std::path::Path;

use medlab::session::branch::{Branched, branch};
use medlab::session::clock::Steady;
use medlab::session::read::Reader;
use medlab::session::story::Story;
use medlab::session::transcript::Transcript;
use medlab::session::v1::{Note, Record, Verdict};
use serde_json::Value;

use super::sessions::{answer, bytes_of, folder_of, question, sessions, write};
use super::sessions_format::fixture;

const DATE: &str = "2026-11-26T00:00:00Z";

fn head_and_rest(path: &Path) -> (Value, String) {
    let text = fs_err::read_to_string(path).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    (serde_json::from_str(head).unwrap(), rest.to_owned())
}

/// Branches a session after a turn; gives the lines behind the head.
fn branched(from: &Path, turn: Option<usize>) -> (Branched, String) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new.jsonl");
    let before = fs_err::read(from).unwrap();
    let branched = branch(from, turn, &to, "0123456789abcdef", DATE).unwrap();
    assert_eq!(
        fs_err::read(from).unwrap(),
        before,
        "the source is untouched"
    );
    assert_eq!(
        bytes_of(folder.path()).len(),
        1,
        "nothing but the branch is left"
    );
    let (head, rest) = head_and_rest(&to);
    let (of_source, _) = head_and_rest(from);
    assert_eq!(
        (&head["id"], &head["started"]),
        (&"0123456789abcdef".into(), &DATE.into())
    );
    assert_eq!(head["branch"]["turn"], branched.turn);
    assert_eq!(
        head["branch"]["session"],
        *of_source.get("id").unwrap_or(&"".into())
    );
    for key in ["version", "lab", "model", "template", "settings", "sponsor"] {
        assert_eq!(head.get(key), of_source.get(key), "{key}");
    }
    let story = Story::read(&mut Reader::open(&to).unwrap()).unwrap();
    let last = story.turns.last().map_or(0, |it| it.turn.n);
    assert_eq!(last, branched.turn);
    (branched, rest)
}

#[test]
fn a_branch_has_the_first_lines_to_the_byte() {
    let from = fixture("full");
    let (_, rest) = head_and_rest(&from);
    for turn in 1..=7 {
        let (branched, lines) = branched(&from, Some(turn));
        assert_eq!(branched.turn, turn);
        assert!(rest.starts_with(&lines), "turn {turn}");
        // what comes next is no part of the turn
        let next = rest[lines.len()..].lines().next().unwrap_or_default();
        let expected = [
            "\"note\"",
            "\"turn\"",
            "\"turn\"",
            "\"undo\"",
            "\"close\"",
            "\"reset\"",
            "",
        ][turn - 1];
        assert!(next.contains(expected), "after turn {turn}: {next}");
        assert_eq!(branched.is_cut, turn == 7);
    }
    let (all, lines) = branched(&from, None);
    assert_eq!((all.turn, lines), (7, rest));
}

#[test]
fn what_was_said_of_a_turn_right_behind_it_belongs_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let note = |turn, text: &str| {
        Record::Note(Note {
            turn,
            text: text.to_owned(),
        })
    };
    let mut records = vec![question(1, "One?")];
    records.extend(answer(&["Yes"]));
    let verdict = Verdict {
        turn: 1,
        ..Verdict::default()
    };
    records.extend([
        Record::Verdict(verdict),
        note(Some(1), "mine"),
        note(None, "the session's"),
        note(Some(1), "late"),
    ]);
    let from = write(folder.path(), "a", &records);
    let (_, lines) = branched(&from, Some(1));
    assert!(lines.ends_with("\"mine\"}]\n"), "{lines}");
}

#[test]
fn an_answer_without_an_end_is_copied_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = vec![question(1, "One?")];
    records.extend(answer(&["Ye", "s"]));
    records.pop();
    records.push(question(2, "Two?"));
    records.extend(answer(&["No"]));
    let from = write(folder.path(), "a", &records);
    let (first, lines) = branched(&from, Some(1));
    assert!(first.is_cut && lines.lines().count() == 3, "{lines}");
    // in the middle of a line
    let text = fs_err::read_to_string(&from).unwrap();
    let at = text.find("\"No\"").unwrap();
    fs_err::write(&from, &text[..at]).unwrap();
    for turn in [None, Some(2)] {
        let (second, lines) = branched(&from, turn);
        assert_eq!((second.turn, second.is_cut), (2, true));
        assert!(
            lines.ends_with('\n') && lines.lines().count() == 4,
            "{lines}"
        );
    }
    // all but the line feed
    let whole = text.trim_end().to_owned();
    fs_err::write(&from, &whole).unwrap();
    let (second, lines) = branched(&from, Some(2));
    assert!(!second.is_cut && lines.ends_with("}]\n"), "{lines}");
}

#[test]
fn damage_behind_the_turn_does_not_matter_and_damage_before_it_does() {
    let from = fixture("damaged");
    assert_eq!(branched(&from, Some(1)).0.turn, 1);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new.jsonl");
    for turn in [None, Some(2), Some(3)] {
        let error = branch(&from, turn, &to, "id", DATE)
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 6 is damaged"), "{error}");
    }
    for name in ["unknown", "comments", "torn", "minimal"] {
        branched(&fixture(name), Some(1));
    }
    let refused = |from: &Path, turn, sentence: &str| {
        let error = branch(from, turn, &to, "id", DATE).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
        assert!(bytes_of(folder.path()).is_empty(), "nothing is left");
    };
    refused(&fixture("minimal"), Some(2), "has no turn 2; the last is 1");
    refused(&fixture("minimal"), Some(0), "has no turn 0; the last is 1");
    refused(&fixture("future"), None, "is a session of version 2");
    refused(
        &folder.path().join("nobody.jsonl"),
        None,
        "there is no such session",
    );
    let empty = write(folder.path(), "empty", &[]);
    let error = branch(&empty, Some(1), &to, "id", DATE)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("has no turn 1: nothing was asked in it"),
        "{error}"
    );
}

#[test]
fn a_branch_gets_a_name_and_never_takes_one() {
    let folder = folder_of(&["full", "minimal"]);
    let before = bytes_of(folder.path());
    let run = |words: &[&str]| sessions(folder.path(), &[&["branch"], words].concat());
    let out = |words: &[&str]| {
        let seen = run(words);
        assert_eq!(seen.code, 0, "{}", seen.err);
        seen.out
    };
    assert_eq!(out(&["full"]), "full-2\n");
    assert_eq!(out(&["full", "3"]), "full-3\n");
    assert_eq!(out(&["full", "other"]), "other\n");
    assert_eq!(out(&["full", "1", "一"]), "一\n");
    let elsewhere = folder.path().join("x.jsonl");
    let elsewhere = elsewhere.to_str().unwrap();
    assert_eq!(out(&["full", "1", elsewhere]), format!("{elsewhere}\n"));
    for (words, code, sentence) in [
        (
            &["full", "1", "minimal"][..],
            5,
            "there is a session of this name",
        ),
        (&["full", "9", "new"], 5, "has no turn 9; the last is 7"),
        (
            &["full", "one", "new"],
            2,
            "\"one\" is no turn; give its number",
        ),
        (&["full", "1", "a b"], 5, "is no name for a session"),
        (&["nobody"], 5, "there is no such session"),
    ] {
        let seen = run(words);
        assert_eq!(
            (seen.code, seen.out.as_str()),
            (code, ""),
            "{words:?}: {}",
            seen.err
        );
        assert!(seen.err.contains(sentence), "{words:?}: {}", seen.err);
    }
    let now = bytes_of(folder.path());
    assert_eq!(now.len(), before.len() + 5);
    assert!(
        before.iter().all(|it| now.contains(it)),
        "the sources are untouched"
    );
}

#[test]
fn a_session_that_somebody_is_at_is_branched_and_not_removed() {
    let folder = folder_of(&["full", "minimal"]);
    let path = folder.path().join("full.jsonl");
    let clock = Box::new(Steady::new(0.5, DATE));
    let held = Transcript::reopen(&path, clock).unwrap();
    let seen = sessions(folder.path(), &["branch", "full"]);
    assert_eq!(
        (seen.code, seen.out.as_str()),
        (0, "full-2\n"),
        "{}",
        seen.err
    );
    assert!(seen.err.contains("has no end there"), "{}", seen.err);
    assert_eq!(sessions(folder.path(), &["show", "full"]).code, 0);
    let before = bytes_of(folder.path());
    let seen = sessions(folder.path(), &["rm", "minimal", "full", "--yes"]);
    assert_eq!(seen.code, 5);
    assert!(
        seen.err.contains("another medlab is at this session"),
        "{}",
        seen.err
    );
    assert_eq!(bytes_of(folder.path()), before, "neither is removed");
    drop(held);
    let seen = sessions(
        folder.path(),
        &["rm", "minimal", "full", "minimal", "--yes"],
    );
    assert_eq!(
        (seen.code, seen.err.as_str()),
        (0, "removed minimal\nremoved full\n")
    );
    assert_eq!(bytes_of(folder.path()).len(), 1);
}

#[test]
fn only_sessions_are_removed_and_only_when_somebody_said_so() {
    let folder = folder_of(&["full", "damaged", "torn"]);
    let other = folder.path().join("other.jsonl");
    fs_err::write(&other, "{\"text\": \"somebody's data\"}\n").unwrap();
    let film = folder.path().join("film.png");
    fs_err::write(&film, "\u{89}PNG").unwrap();
    let before = bytes_of(folder.path());
    for (words, code, sentence) in [
        (
            &["full"][..],
            2,
            "nobody can be asked here whether the sessions are to be removed; give --yes",
        ),
        (&["full", "other", "--yes"], 5, "is no session"),
        (
            &["full", "--yes", film.to_str().unwrap()],
            5,
            "is no whole session",
        ),
        (&["full", "nobody", "--yes"], 5, "there is no such session"),
        (&["--yes"], 2, "NAME|FILE"),
    ] {
        let seen = sessions(folder.path(), &[&["rm"], words].concat());
        assert_eq!(seen.code, code, "{words:?}: {}", seen.err);
        assert!(seen.err.contains(sentence), "{words:?}: {}", seen.err);
        assert_eq!(bytes_of(folder.path()), before, "{words:?}");
    }
    let seen = sessions(folder.path(), &["rm", "full", "damaged", "torn", "-y"]);
    assert_eq!(seen.code, 0, "damaged ones too: {}", seen.err);
    assert_eq!(bytes_of(folder.path()).len(), 2);
}
