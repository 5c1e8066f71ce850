//! Sessions that are killed, cut, locked, or cannot be written: what was said is there, and the conversation goes on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use medlab::session::clock::Steady;
use medlab::session::read::Reader;
use medlab::session::story::{End, Story};
use medlab::session::transcript::{Reopened, Transcript};
use medlab::session::v1::{Head, Note, Record};

use super::cli::{Seen, TINY, finish, medlab};

const DATE: &str = "2026-11-24T00:00:00Z";

/// A folder that is gone at the end, and a session's file in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let session = home.path().join("talk.jsonl");
    (home, session)
}

/// Asks a random model, which does not stop by itself, and records it.
fn ask(home: &Path, session: &Path, tokens: &str) -> Command {
    let session = session.to_str().unwrap();
    let words = [
        "ask",
        "sample:cxr-effusion",
        "Is there an effusion?",
        "--session",
        session,
        "--max-new-tokens",
        tokens,
    ];
    medlab(home, &[&words[..], &TINY].concat())
}

fn asked(home: &Path, session: &Path, tokens: &str) -> Seen {
    finish(ask(home, session, tokens), b"")
}

fn story(session: &Path) -> Story {
    Story::read(&mut Reader::open(session).unwrap()).unwrap()
}

fn reopen(session: &Path) -> Reopened {
    Transcript::reopen(session, Box::new(clock())).unwrap()
}

fn clock() -> Steady {
    Steady::new(0.5, DATE)
}

fn note(text: &str) -> Record {
    let text = text.to_owned();
    Record::Note(Note { turn: None, text })
}

#[test]
fn what_was_said_before_a_kill_is_kept_and_the_session_goes_on() {
    let (home, session) = place();
    let mut kills = 0;
    for lines in [1, 2, 3, 4, 7, 20, 55] {
        let before = fs_err::read(&session).map_or(0, |it| it.len());
        let mut child = ask(home.path(), &session, "400")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // killed as soon as so many lines more are there, wherever it then is
        let until = Instant::now() + Duration::from_mins(1);
        let is_there = || {
            let bytes = fs_err::read(&session).unwrap_or_default();
            let new = bytes.get(before..).unwrap_or_default();
            new.split(|it| *it == b'\n').count() > lines
        };
        while !is_there() && Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let whole = fs_err::read(&session).unwrap();
        let Reopened {
            mut transcript,
            story,
            torn,
        } = reopen(&session);
        let last = story.turns.last();
        assert!(last.is_none_or(|it| it.end == End::Cut && it.is_partial()));
        assert!(torn <= whole.len() as u64);
        transcript.write(&note("and on")).unwrap();
        drop(transcript);
        let now = fs_err::read(&session).unwrap();
        assert!(
            now.starts_with(&whole[..whole.len() - usize::try_from(torn).unwrap()]),
            "nothing but the torn end is changed"
        );
    }
    assert!(kills > 3, "{kills} were killed in the middle");
    let (before, seen) = (story(&session), asked(home.path(), &session, "4"));
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(seen.err.contains("only a part"), "{}", seen.err);
    let after = story(&session);
    assert_eq!(after.turns.len(), before.turns.len() + 1);
    let context = after.before(after.turns.last().unwrap());
    let partial = context.turns.iter().filter(|it| it.partial).count();
    assert!(partial > 0, "a partial answer stays in the conversation");
}

#[test]
fn a_session_that_is_cut_anywhere_opens_with_all_its_whole_lines() {
    let (home, session) = place();
    assert_eq!(asked(home.path(), &session, "3").code, 0);
    let whole = fs_err::read(&session).unwrap();
    let answer = story(&session).turns[0].answer.clone();
    let cut = home.path().join("cut.jsonl");
    for n in 0..whole.len() {
        fs_err::write(&cut, &whole[..n]).unwrap();
        // a line that lacks nothing but its line feed is whole
        let complete = whole[..n].iter().rposition(|it| *it == b'\n');
        let complete = complete.map_or(0, |it| it + 1);
        let kept = if whole[n] == b'\n' { n } else { complete };
        if kept == 0 {
            let error = Reader::open(&cut).err().unwrap().to_string();
            let expected = ["its first line is cut", "is empty"];
            assert!(expected.iter().any(|it| error.contains(it)), "{n}: {error}");
            assert!(Transcript::reopen(&cut, Box::new(clock())).is_err());
            assert_eq!(fs_err::read(&cut).unwrap(), &whole[..n], "not touched");
            continue;
        }
        let Reopened {
            mut transcript,
            story,
            torn,
        } = reopen(&cut);
        assert_eq!(usize::try_from(torn), Ok(n - kept), "cut at {n}");
        let said = story.turns.first().map_or("", |it| it.answer.as_str());
        assert!(answer.starts_with(said), "cut at {n}: {said:?}");
        transcript.write(&note("on")).unwrap();
        drop(transcript);
        let again = self::story(&cut);
        assert_eq!(again.notes, ["on"], "cut at {n}");
        assert_eq!(again.turns.len(), story.turns.len());
    }
}

#[test]
fn a_session_has_one_writer() {
    let (home, session) = place();
    assert_eq!(asked(home.path(), &session, "3").code, 0);
    let Reopened { transcript, .. } = reopen(&session);
    let before = fs_err::read(&session).unwrap();
    let seen = asked(home.path(), &session, "3");
    assert_eq!(seen.code, 5);
    assert!(
        seen.err.contains("another medlab is at this session"),
        "{}",
        seen.err
    );
    assert_eq!(fs_err::read(&session).unwrap(), before);
    assert_eq!(story(&session).turns.len(), 1, "reading needs no lock");
    drop(transcript);
    assert_eq!(asked(home.path(), &session, "3").code, 0);
    let head = Head::default();
    let error = Transcript::create(&session, &head, Box::new(clock()))
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("there is a session of this name")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_conversation_goes_on_when_it_cannot_be_recorded() {
    let (home, session) = place();
    let nowhere = Path::new("/proc/nowhere/talk.jsonl");
    let seen = asked(home.path(), nowhere, "3");
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(
        seen.err
            .contains("this session is not recorded: /proc/nowhere/talk.jsonl: "),
        "{}",
        seen.err
    );
    // no more than 4 KiB a file, as on a disk that gets full: the head and the first question fit, the answer does not
    let program = ask(home.path(), &session, "200");
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
    limited.current_dir(env!("CARGO_MANIFEST_DIR"));
    let seen = finish(limited, b"");
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(
        seen.err.contains("this session is recorded no more: "),
        "{}",
        seen.err
    );
    let bytes = fs_err::read(&session).unwrap();
    assert_eq!(bytes.last(), Some(&b'\n'), "no half line is left");
    let story = story(&session);
    assert!(story.turns[0].is_partial() && !story.turns[0].ids.is_empty());
    assert_eq!(asked(home.path(), &session, "3").code, 0, "it can go on");
}

#[test]
fn what_cannot_go_on_is_refused_in_one_sentence_and_left_as_it_is() {
    let (home, session) = place();
    assert_eq!(asked(home.path(), &session, "3").code, 0);
    let text = fs_err::read_to_string(&session).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let check = |text: &str, expected: &str| {
        fs_err::write(&session, text).unwrap();
        let seen = asked(home.path(), &session, "3");
        assert_eq!(seen.code, 5, "{}", seen.err);
        assert!(seen.err.contains(expected), "{expected:?}: {}", seen.err);
        assert_eq!(fs_err::read_to_string(&session).unwrap(), text);
    };
    check(
        &text.replacen("\"version\":1", "\"version\":7", 1),
        "is a session of version 7; this medlab reads version 1",
    );
    check("hello\n", "is no session: its first line is not");
    let model = &story(&session_of(&home, &text)).model.sha256;
    check(
        &text.replace(model, &"0".repeat(64)),
        "is a session of the model tiny-old (000000000000…)",
    );
    let pixels = &story(&session_of(&home, &text)).openings[0].pictures[0].pixels_sha256;
    check(
        &text.replace(pixels, &"0".repeat(64)),
        "is the same file, and this medlab prepares it in another way",
    );
    lines.insert(2, "[0.5, \"turn\", {\"n\": ]");
    check(
        &(lines.join("\n") + "\n"),
        "line 3 is damaged: its data are not JSON",
    );
    lines[2] = "garbage";
    check(
        &(lines.join("\n") + "\n"),
        "line 3 is damaged: expected [delay, \"kind\", data]",
    );
}

/// The same session under another name.
fn session_of(home: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = home.path().join("copy.jsonl");
    fs_err::write(&path, text).unwrap();
    path
}

#[test]
fn a_session_goes_on_with_its_settings_unless_flags_say_otherwise() {
    let (home, session) = place();
    let again = |flags: &[&str]| {
        let mut command = ask(home.path(), &session, "3");
        command.args(flags);
        let seen = finish(command, b"");
        assert_eq!(seen.code, 0, "{}", seen.err);
        let story = story(&session);
        let turn = story.turns.last().unwrap().turn.clone();
        (turn.system, turn.sampling.temperature, turn.sampling.seed)
    };
    let brief = "Be brief.".to_owned();
    let first = again(&[
        "--system",
        "Be brief.",
        "--temperature",
        "0.5",
        "--seed",
        "7",
    ]);
    assert_eq!(first, (brief.clone(), 0.5, 7));
    assert_eq!(again(&[]), (brief.clone(), 0.5, 7));
    assert_eq!(again(&["--seed", "8"]), (brief.clone(), 0.5, 8));
    assert_eq!(
        again(&[]),
        (brief, 0.5, 8),
        "what a flag changed is recorded"
    );
}

#[test]
fn the_end_of_a_session_is_read_without_what_is_before_it() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/first-look.jsonl");
    let length = fs_err::metadata(&path).unwrap().len();
    let all = |mut reader: Reader| {
        let mut records = Vec::new();
        while let Some((_, record)) = reader.next_record().unwrap() {
            records.push(record);
        }
        records
    };
    let whole = all(Reader::open(&path).unwrap());
    for n_bytes in [1, 300, 5000, length / 2] {
        let mut reader = Reader::open(&path).unwrap();
        assert!(reader.go_near_end(n_bytes).unwrap());
        let end = all(reader);
        assert!(end.len() < whole.len(), "{n_bytes}");
        assert_eq!(end, whole[whole.len() - end.len()..], "{n_bytes}");
    }
    let mut reader = Reader::open(&path).unwrap();
    assert!(!reader.go_near_end(length).unwrap(), "it is all of it");
    assert_eq!(all(reader), whole);
}
