//! `replay`: a recorded session on standard output without a model, at its own pace, harmless, and stopped by Ctrl-C.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::cli::{Seen, TINY, finish, medlab};

/// A session by hand: what was undone, asked again, asked fresh, cut off, stopped and failed; and words that would command a terminal.
const SESSION: &str = r#"{"version":1,"lab":"0.1.0","id":"0123456789abcdef","started":"2026-01-02T03:04:05Z","model":{"name":"another","sha256":"00","quant":"q8","device":"cuda:0"},"settings":{}}
# a comment
[0.000, "open", {"name":"sample:cxr-effusion","pictures":[{"id":1,"format":"sample","file_sha256":"0123456789abcdef","view":{},"fit":"pad","width":256,"height":256}]}]
[0.000, "open", {"name":"ct\u001b]0;x\u0007","pictures":[{"id":2,"format":"dicom","file_sha256":"fedcba","role":"prior","width":512,"height":400,"frame":3,"frames":20,"window":{"center":40,"width":400.5},"label":"SLICE 3","region":"rect:1,2,3,4"},{"id":3,"format":"dicom","file_sha256":"fedcba"}]}]
[0.500, "turn", {"n":1,"question":"Region R1: [0, 0, 9, 9]\nIs it \u001b[31mred\u202e?","pictures":[1,2,3],"shows":[1,2,3],"dropped":["left out the oldest"],"sampling":{"temperature":0.7,"seed":3},"ctx":2048,"max_new_tokens":64,"prompt":{"name":"yes-no","values":{"what":"red"}},"system":"Be brief."}]
[0.300, "piece", {"id":6,"text":"","logprob":-1.0,"part":"mark"}]
[0.010, "piece", {"id":7,"text":"hm","logprob":-1.0,"part":"thinking"}]
[0.010, "piece", {"id":8,"text":"No\u001b[2J,","logprob":-1.0}]
[0.010, "piece", {"id":9,"text":" it\nis ","logprob":-1.0}]
[0.010, "piece", {"id":9,"text":"未见。","logprob":-1.0}]
[0.010, "done", {"stop":"end_of_turn","new_tokens":5,"first_token_ms":300.2,"tokens_per_s":100.0}]
[0.000, "boxes", {"turn":1,"boxes":[{"label":"red","box_2d":[1,2,3,4],"picture":1,"pixels":[1,2,3,4]}],"remarks":["one was cut"]}]
[0.100, "expect", {"turn":1,"says":"no red"}]
[0.100, "note", {"turn":1,"text":"first line\nsecond line"}]
[0.100, "note", {"text":"about all"}]
[0.100, "verdict", {"turn":1,"grade":"bad","text":"wrong"}]
[0.100, "title", {"text":"Red or not"}]
[0.100, "set", {"key":"temperature","value":"0.7"}]
[0.100, "prior", {"reports":[{"date":"2024-03-01","text":"Clear."},{"text":"Small\neffusion."}]}]
[0.500, "turn", {"n":2,"question":"And now?","pictures":[1],"retry_of":1}]
[0.100, "piece", {"id":8,"text":"Wel","logprob":-1.0}]
[0.100, "done", {"stop":"cancelled","new_tokens":1}]
[0.100, "undo", {"turn":2}]
[0.100, "resume", {"at":"2026-01-03T03:04:05Z","lab":"0.1.0","model":{"name":"another","quant":"q8","device":"cpu"}}]
[0.100, "prior", {"reports":[]}]
[0.100, "turn", {"n":3,"question":"Blank?","pictures":[1],"fresh":true,"control":"blank"}]
[0.100, "piece", {"id":8,"text":"Gre","logprob":-1.0}]
[0.100, "close", {"picture":2}]
[0.100, "turn", {"n":4,"question":"Alone?","pictures":[1],"fresh":true}]
[0.100, "failed", {"text":"nan in \u001b layer 3"}]
[0.100, "turn", {"n":5,"question":"Long?","pictures":[1]}]
[0.100, "piece", {"id":8,"text":"Long","logprob":-1.0}]
[0.100, "done", {"stop":"length","new_tokens":1}]
[0.100, "frobnicated", {"by":"a later medlab"}]
[0.100, "reset", {}]
[0.100, "turn", {"n":6,"question":"Last?"}]
[0.100, "piece", {"id":8,"text":"Las","logprob":-1.0}]
"#;

/// Replays a text as a session, not at a terminal.
fn replay(text: &str, args: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("red.jsonl");
    fs_err::write(&path, text).unwrap();
    let all = [&["replay", path.to_str().unwrap()], args].concat();
    let mut seen = finish(medlab(home.path(), &all), b"");
    seen.err = seen.err.replace(home.path().to_str().unwrap(), "~");
    seen
}

#[test]
fn everything_that_was_said_is_said_again() {
    let seen = replay(SESSION, &[]);
    assert_eq!((seen.code, seen.err.as_str()), (0, ""));
    assert_snapshot!(seen.out, @r#"
    # red · another (cuda:0, q8) · 2026-01-02T03:04:05Z
    # picture 1 sample:cxr-effusion, 256 × 256, sample, sha256 0123456789ab…
    # picture 2 ct\u{1b}]0;x\u{7}, prior, 512 × 400, dicom, slice 3/20, 40/400.5, rect:1,2,3,4, SLICE 3, sha256 fedcba
    # picture 3 ct\u{1b}]0;x\u{7}, dicom, sha256 fedcba
    # left out the oldest
    1> Region R1: [0, 0, 9, 9]
       Is it \u{1b}[31mred\u{202e}?
    No\u{1b}[2J, it
    is 未见。
    # note on turn 1: first line
    # second line
    # note: about all
    # turn 1: bad, wrong
    # title: Red or not
    # prior report (2024-03-01): Clear.
    # prior report: Small
    # effusion.
    # asked again, in place of turn 1
    2> And now?
    Wel
    # stopped here
    # turn 2 undone
    # the prior report is gone
    # asked with blank pictures
    3> Blank?
    Gre
    # cut off here: the program ended in the middle of the answer
    # picture 2 ct\u{1b}]0;x\u{7} closed
    # asked without the earlier turns
    4> Alone?
    # no answer: nan in \u{1b} layer 3
    5> Long?
    Long
    # cut off after 1 token
    # everything forgotten: turns, prior reports and pictures
    6> Last?
    Las
    # cut off here: the program ended in the middle of the answer
    "#);
}

#[test]
fn all_of_a_session_is_its_settings_timings_boxes_and_expectations_too() {
    let seen = replay(SESSION, &["--all"]);
    assert_eq!((seen.code, seen.err.as_str()), (0, "hm\n"));
    let usual = replay(SESSION, &[]).out;
    let more: Vec<&str> = seen
        .out
        .lines()
        .filter(|line| !usual.contains(line))
        .collect();
    assert_snapshot!(more.join("\n"), @r#"
    # /use yes-no what=red
    # system: Be brief.
    # temperature 0.7, seed 3, ctx 2048, max-new-tokens 64
    # 5 tokens · the first after 300 ms · 100 tokens/s
    # red: [1, 2, 3, 4], picture 1 sample:cxr-effusion
    # one was cut
    # turn 1 expected: says "no red"
    # temperature = 0.7
    # temperature 0, seed 0, ctx 0, max-new-tokens 0
    # 1 tokens · the first after 0 ms · 0 tokens/s
    # another (cpu, q8) · medlab 0.1.0 · 2026-01-03T03:04:05Z
    # temperature 0, seed 0, ctx 0, max-new-tokens 0
    # temperature 0, seed 0, ctx 0, max-new-tokens 0
    # temperature 0, seed 0, ctx 0, max-new-tokens 0
    # 1 tokens · the first after 0 ms · 0 tokens/s
    # frobnicated {"by":"a later medlab"}
    # temperature 0, seed 0, ctx 0, max-new-tokens 0
    "#);
}

#[test]
fn notes_speak_the_language_that_is_set() {
    let seen = replay(SESSION, &["--lang", "zh", "--turn", "3"]);
    assert_snapshot!(seen.out, @r#"
    # red · another (cuda:0, q8) · 2026-01-02T03:04:05Z
    # 图片 1 sample:cxr-effusion, 256 × 256, sample, sha256 0123456789ab…
    # 用空白图片提问
    3> Blank?
    Gre
    # 在此中断:程序在回答中途结束
    "#);
}

#[test]
fn one_turn_comes_alone() {
    let seen = replay(SESSION, &["--turn", "2"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert_snapshot!(seen.out, @r#"
    # red · another (cuda:0, q8) · 2026-01-02T03:04:05Z
    # picture 1 sample:cxr-effusion, 256 × 256, sample, sha256 0123456789ab…
    # prior report (2024-03-01): Clear.
    # prior report: Small
    # effusion.
    # asked again, in place of turn 1
    2> And now?
    Wel
    # stopped here
    # turn 2 undone
    "#);
    let none = replay(SESSION, &["--turn", "7"]);
    assert_eq!(
        (none.code, none.err.as_str()),
        (2, "medlab: ~/red.jsonl has no turn 7\n")
    );
}

#[test]
fn nothing_that_is_shown_commands_a_terminal() {
    let seen = replay(SESSION, &["--all"]);
    let is_harmless = |text: &str| text.chars().all(|it| !it.is_control() || it == '\n');
    assert!(
        is_harmless(&seen.out) && is_harmless(&seen.err),
        "{}",
        seen.out
    );
    assert!(!seen.out.contains('\u{202e}'));
}

#[test]
fn a_torn_end_is_told_and_a_damaged_line_ends_it() {
    let torn = replay(&SESSION[..SESSION.len() - 9], &[]);
    assert_eq!(torn.code, 0);
    assert!(
        torn.out
            .ends_with("6> Last?\n# cut off here: the program ended in the middle of the answer\n"),
        "{}",
        torn.out
    );
    assert_eq!(
        torn.err,
        "the session's last line is cut off in the middle, as in a crash\n"
    );
    let damaged = replay(
        &SESSION.replace(r#""undo", {"turn":2}"#, r#""undo", {"turn":"#),
        &[],
    );
    assert_eq!(damaged.code, 5);
    assert!(
        damaged.out.ends_with("Wel\n# stopped here\n"),
        "{}",
        damaged.out
    );
    assert!(
        damaged
            .err
            .starts_with("medlab: ~/red.jsonl: line 23 is damaged: "),
        "{}",
        damaged.err
    );
    let future = replay(&SESSION.replace("\"version\":1", "\"version\":2"), &[]);
    assert_eq!((future.code, future.out.as_str()), (5, ""));
}

#[test]
fn sessions_are_named_as_everywhere_and_wrong_words_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("sessions");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("first-look.jsonl"), SESSION).unwrap();
    let run = |args: &[&str]| {
        let sessions = ["--sessions", folder.to_str().unwrap()];
        finish(
            medlab(home.path(), &[&["replay"], args, &sessions].concat()),
            b"",
        )
    };
    let by_file = run(&[folder.join("first-look.jsonl").to_str().unwrap()]);
    for name in ["first-look", "first", "last"] {
        let seen = run(&[name]);
        assert_eq!(
            (seen.code, &seen.out),
            (0, &by_file.out),
            "{name}: {}",
            seen.err
        );
    }
    for (args, code, sentence) in [
        (&["no-such"][..], 5, "no-such: there is no such session"),
        (
            &["first", "--step"],
            2,
            "--step: waits for Enter, which needs a terminal",
        ),
        (
            &["first", "--speed", "0"],
            2,
            "give a number from 0.01 to 1000",
        ),
        (&["first", "--max-pause", "soon"], 2, "give a time"),
        (&["first", "--turn", "0"], 2, "turns are counted from 1"),
        (&["first", "--json"], 2, "--verify"),
        (&["first", "--verify", "--step"], 2, "--verify"),
    ] {
        let seen = run(args);
        assert_eq!((seen.code, seen.out.as_str()), (code, ""), "{args:?}");
        assert!(seen.err.contains(sentence), "{args:?}: {}", seen.err);
    }
}

/// A session that takes a second before its first question, and half a minute in its answer.
const SLOW: &str = r#"{"version":1,"model":{"name":"another"}}
[1.000, "turn", {"n":1,"question":"Slow?"}]
[0.200, "piece", {"id":8,"text":"Very","logprob":-1.0}]
[30.000, "piece", {"id":8,"text":" slow.","logprob":-1.0}]
[0.000, "done", {"stop":"end_of_turn","new_tokens":2}]
"#;

#[test]
fn delays_are_kept_only_where_somebody_asks_for_them() {
    let timed = |args: &[&str]| {
        let begun = Instant::now();
        let seen = replay(SLOW, args);
        assert!(seen.out.ends_with("1> Slow?\nVery slow.\n"), "{}", seen.out);
        begun.elapsed()
    };
    let recorded = Duration::from_secs(30);
    let (piped, slow) = (timed(&[]), timed(&["--speed", "1"]));
    assert!(piped < slow, "a pipe does not wait");
    // (1 + 0.2 + at most 2) seconds, four times as fast
    let fast = timed(&["--speed", "4"]);
    assert!(
        fast >= Duration::from_millis(800) && fast < recorded,
        "{fast:?}"
    );
    let limited = timed(&["--speed", "1", "--max-pause", "300ms"]);
    assert!(
        limited >= Duration::from_millis(800) && limited < recorded,
        "{limited:?}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    use rustix::process::{Pid, Signal, kill_process};

    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("slow.jsonl");
    fs_err::write(&path, SLOW).unwrap();
    let args = [
        "replay",
        path.to_str().unwrap(),
        "--speed",
        "1",
        "--max-pause",
        "off",
    ];
    let mut child = medlab(home.path(), &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"Very") {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    let begun = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), rest.as_str()), (Some(130), "\n"));
    let pause = Duration::from_secs(30);
    assert!(begun.elapsed() < pause, "the pause is not waited for");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_session_is_played_into_a_conversation_which_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let red = home.path().join("red.jsonl");
    fs_err::write(&red, SESSION).unwrap();
    let own = home.path().join("own.jsonl");
    let talk = |name: &Path, lines: &str| {
        let args = [
            "repl",
            "--session",
            name.to_str().unwrap(),
            "--max-new-tokens",
            "3",
        ];
        finish(
            medlab(home.path(), &[&args[..], &TINY].concat()),
            lines.as_bytes(),
        )
    };
    let line = format!("/replay {}\n", red.display());
    let seen = talk(
        &own,
        &format!("One?\n{line}Two?\n/replay no-such\n/replay\n"),
    );
    assert_eq!(seen.code, 1);
    for part in [
        "no-such: there is no such session",
        "/replay: name a session",
    ] {
        assert!(seen.err.contains(part), "{}", seen.err);
    }
    let plain = talk(&home.path().join("plain.jsonl"), "One?\nTwo?\n");
    let played = replay(SESSION, &[]).out;
    assert!(seen.out.contains(&played), "{}", seen.out);
    assert_eq!(seen.out.replace(&played, ""), plain.out);
    let turns = |name: &str| {
        let text = fs_err::read_to_string(home.path().join(name)).unwrap();
        text.lines().filter(|it| it.contains("\"turn\", ")).count()
    };
    assert_eq!((turns("own.jsonl"), turns("plain.jsonl")), (2, 2));
    let args = ["repl", "--json", "--max-new-tokens", "3"];
    let json = finish(
        medlab(home.path(), &[&args[..], &TINY].concat()),
        line.as_bytes(),
    );
    assert_eq!(json.code, 1);
    assert!(json.out.contains("plays for people"), "{}", json.out);
}
