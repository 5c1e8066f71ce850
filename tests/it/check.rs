//! `check`, and what the REPL keeps about answers: expectations that hold or not, tables, exit codes, `JUnit` XML.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::cli::{Seen, TINY, finish, medlab};

/// A session of the embedded model with one answered question, made by the program itself.
fn recorded(home: &Path, name: &str) -> PathBuf {
    let path = home.join(format!("{name}.jsonl"));
    let question = "Is there a pleural effusion?";
    let args = [
        "ask",
        "sample:cxr-effusion",
        question,
        "--session",
        path.to_str().unwrap(),
    ];
    let seen = finish(medlab(home, &args), b"");
    assert_eq!(
        (seen.code, seen.out.starts_with("Yes.")),
        (0, true),
        "{}",
        seen.err
    );
    path
}

fn add(path: &Path, kind: &str, data: &Value) {
    let mut text = fs_err::read_to_string(path).unwrap();
    writeln!(text, "[0.000, \"{kind}\", {data}]").unwrap();
    fs_err::write(path, text).unwrap();
}

fn check(home: &Path, args: &[&str]) -> Seen {
    let mut seen = finish(medlab(home, &[&["check"], args].concat()), b"");
    let here = home.to_str().unwrap();
    seen.err = seen.err.replace(here, "~");
    seen
}

#[test]
fn the_answers_of_now_are_judged() {
    let home = tempfile::tempdir().unwrap();
    let path = recorded(home.path(), "effusion");
    let name = path.to_str().unwrap();
    let nothing = check(home.path(), &[name]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
    assert!(
        nothing
            .err
            .contains("effusion: nothing is expected of its answers"),
        "{}",
        nothing.err
    );
    add(
        &path,
        "expect",
        &json!({ "turn": 1, "says": "right pleural effusion" }),
    );
    add(
        &path,
        "expect",
        &json!({ "turn": 1, "not": "pneumothorax" }),
    );
    let holds = check(home.path(), &[name]);
    assert_eq!(holds.code, 0, "{}", holds.err);
    assert_snapshot!(holds.out, @r#"
    effusion  turn 1   identical       pass  says "right pleural effusion"; the text says "moderate right pleural effusion"
    effusion  turn 1   identical       pass  does not say "pneumothorax"; the text says nothing of pneumothorax
    "#);
    assert_eq!(holds.err, "1 session, 2 expectations: 2 held, 0 failed\n");
    add(
        &path,
        "expect",
        &json!({ "turn": 1, "says": "pneumothorax" }),
    );
    add(
        &path,
        "expect",
        &json!({ "turn": 1, "box": { "label": "effusion", "box_2d": [0, 0, 9, 9], "iou": 0.5 } }),
    );
    add(&path, "expect", &json!({ "turn": 1, "smells": "of roses" }));
    add(
        &path,
        "expect",
        &json!({ "turn": 8, "says": "nobody asked" }),
    );
    let fails = check(home.path(), &[name]);
    assert_eq!(fails.code, 1, "{}", fails.err);
    assert_snapshot!(fails.out, @r#"
    effusion  turn 8   not there       FAIL  says "nobody asked"; there is no answer
    effusion  turn 1   identical       pass  says "right pleural effusion"; the text says "moderate right pleural effusion"
    effusion  turn 1   identical       pass  does not say "pneumothorax"; the text says nothing of pneumothorax
    effusion  turn 1   identical       FAIL  says "pneumothorax"; the text says nothing of pneumothorax
    effusion  turn 1   identical       FAIL  gives a box "effusion" at 0,0,9,9, overlap 0.5 or more; the answer gives no box
    effusion  turn 1   identical       FAIL  expects something that this medlab does not know; nothing was looked at
    "#);
}

#[test]
fn recorded_answers_are_judged_without_their_model() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("boxes.jsonl");
    let lines = [
        r#"{"version":1,"model":{"name":"another","sha256":"00","quant":"none"}}"#,
        r#"[0.1, "turn", {"n":1,"question":"Where?"}]"#,
        r#"[0.1, "piece", {"id":8,"text":"[{\"box_2d\": [100, 100, 200, 200], \"label\": \"Nodule\"}]"}]"#,
        r#"[0.1, "done", {"stop":"end_of_turn"}]"#,
        r#"[0.0, "boxes", {"turn":1,"boxes":[{"label":"Nodule","box_2d":[100,100,200,200],"picture":1}]}]"#,
        r#"[0.1, "expect", {"turn":1,"box":{"label":"nodule","box_2d":[100,100,200,160],"iou":0.5}}]"#,
        r#"[0.1, "expect", {"turn":1,"box":{"label":"","box_2d":[100,100,200,160],"iou":0.7}}]"#,
        r#"[0.1, "expect", {"turn":1,"box":{"label":"mass","box_2d":[100,100,200,200],"iou":0.5}}]"#,
        r#"[0.1, "turn", {"n":2,"question":"Sure?"}]"#,
        r#"[0.1, "failed", {"text":"nan"}]"#,
        r#"[0.1, "expect", {"turn":2,"not":"nodule"}]"#,
    ];
    fs_err::write(&path, lines.join("\n")).unwrap();
    let name = path.to_str().unwrap();
    let seen = check(home.path(), &[name, "--recorded"]);
    assert_eq!(seen.code, 1, "{}", seen.err);
    assert_snapshot!(seen.out, @r#"
    boxes  turn 1   recorded        pass  gives a box "nodule" at 100,100,200,160, overlap 0.5 or more; the best box overlaps by 0.600
    boxes  turn 1   recorded        FAIL  gives a box at 100,100,200,160, overlap 0.7 or more; the best box overlaps by 0.600
    boxes  turn 1   recorded        FAIL  gives a box "mass" at 100,100,200,200, overlap 0.5 or more; no box of that name overlaps, and there are "Nodule"
    boxes  turn 2   recorded        FAIL  does not say "nodule"; there is no answer
    "#);
    let objects = check(home.path(), &[name, "--recorded", "--json"]);
    let holds: Vec<Value> = objects
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["holds"].clone())
        .collect();
    assert_eq!(holds, [true, false, false, false]);
    let now = check(home.path(), &[name]);
    assert_eq!((now.code, now.out.as_str()), (5, ""));
    assert!(
        now.err
            .contains("was made with the weights of another (00)"),
        "{}",
        now.err
    );
}

#[test]
fn several_sessions_are_one_table_and_broken_ones_do_not_stop_the_others() {
    let home = tempfile::tempdir().unwrap();
    let good = recorded(home.path(), "a-good-one");
    add(&good, "expect", &json!({ "turn": 1, "says": "effusion" }));
    let bad = recorded(home.path(), "b");
    add(&bad, "expect", &json!({ "turn": 1, "not": "effusion" }));
    fs_err::write(home.path().join("c.jsonl"), "no session\n").unwrap();
    let folder = home.path().to_str().unwrap();
    let junit = home.path().join("report.xml");
    let args = [folder, "--junit", junit.to_str().unwrap(), "--recorded"];
    let seen = check(home.path(), &args);
    assert_eq!(seen.code, 5);
    assert_snapshot!(seen.out, @r#"
    a-good-one  turn 1   recorded        pass  says "effusion"; the text says "moderate right pleural effusion"
    b           turn 1   recorded        FAIL  does not say "effusion"; the text says "moderate right pleural effusion"
    "#);
    assert_snapshot!(seen.err, @r#"
    3 sessions, 2 expectations: 1 held, 1 failed
    medlab: ~/c.jsonl: is no session: its first line is not {"version": 1, …}
    "#);
    let xml = fs_err::read_to_string(&junit).unwrap();
    assert_snapshot!(xml.replace(folder, "~"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="medlab check" tests="3" failures="1" errors="1" skipped="0" time="0.000">
      <testsuite name="a-good-one" tests="1" failures="0" errors="0" skipped="0" time="0.000">
        <testcase name="turn 1 says &quot;effusion&quot;" classname="a-good-one">
          <system-out>Is there a pleural effusion?

    Yes. There is a moderate right pleural effusion.

    (recorded)
    </system-out>
        </testcase>
      </testsuite>
      <testsuite name="b" tests="1" failures="1" errors="0" skipped="0" time="0.000">
        <testcase name="turn 1 does not say &quot;effusion&quot;" classname="b">
          <failure message="the text says &quot;moderate right pleural effusion&quot;">Is there a pleural effusion?

    Yes. There is a moderate right pleural effusion.

    (recorded)
    </failure>
          <system-out>Is there a pleural effusion?

    Yes. There is a moderate right pleural effusion.

    (recorded)
    </system-out>
        </testcase>
      </testsuite>
      <testsuite name="c" tests="1" failures="0" errors="1" skipped="0" time="0.000">
        <testcase name="c" classname="c">
          <error message="~/c.jsonl: is no session: its first line is not {&quot;version&quot;: 1, …}"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn sessions_may_be_named_by_patterns_and_wrong_words_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    let good = recorded(home.path(), "a-good-one");
    add(&good, "expect", &json!({ "turn": 1, "says": "effusion" }));
    let bad = home.path().join("b.jsonl");
    fs_err::copy(&good, &bad).unwrap();
    add(&bad, "expect", &json!({ "turn": 1, "not": "effusion" }));
    let pattern = format!("{folder}/[ab]*.jsonl");
    let seen = check(home.path(), &[&pattern]);
    assert_eq!(
        (seen.code, seen.out.lines().count()),
        (1, 3),
        "{}",
        seen.err
    );
    let pattern = format!("{folder}/a*.jsonl");
    assert_eq!(check(home.path(), &[&pattern]).code, 0);
    for (name, code, sentence) in [
        ("x*.jsonl", 2, "matches no session"),
        ("***/a", 2, "is no pattern"),
        ("no-such", 5, "there is no such session"),
    ] {
        let seen = check(home.path(), &[&format!("{folder}/{name}")]);
        assert_eq!((seen.code, seen.out.as_str()), (code, ""), "{name}");
        assert!(seen.err.contains(sentence), "{name}: {}", seen.err);
    }
    let args = [
        good.to_str().unwrap(),
        "--recorded",
        "--junit",
        "/no/such/report.xml",
    ];
    let seen = check(home.path(), &args);
    assert_eq!(seen.code, 2);
    assert!(
        seen.err
            .contains("/no/such/report.xml: the report cannot be written: no such file"),
        "{}",
        seen.err
    );
}

#[test]
fn every_turn_is_asked_when_all_are_wanted() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("talk.jsonl");
    let name = path.to_str().unwrap();
    let args = [
        "repl",
        "sample:cxr-prior",
        "--session",
        name,
        "--max-new-tokens",
        "4",
    ];
    let lines = "One?\n/expect-not aorta\nTwo?\n/undo\nThree?\n";
    let seen = finish(
        medlab(home.path(), &[&args[..], &TINY].concat()),
        lines.as_bytes(),
    );
    assert_eq!(seen.code, 0, "{}", seen.err);
    let seen = check(home.path(), &[&[name, "--all"], &TINY[..]].concat());
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert_snapshot!(seen.out, @r#"
    talk  turn 1   identical       pass  does not say "aorta"; the text does not contain "aorta"
    talk  turn 2   identical
    talk  turn 3   identical
    "#);
    let text = fs_err::read_to_string(&path).unwrap();
    let changed = text.replacen("\"question\":\"Three?\"", "\"question\":\"Thirteen?\"", 1);
    fs_err::write(&path, changed).unwrap();
    let seen = check(
        home.path(),
        &[&[name, "--all", "--json"], &TINY[..]].concat(),
    );
    let last: Value = serde_json::from_str(seen.out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (seen.code, &last["compared"]),
        (0, &"other".into()),
        "{}",
        seen.out
    );
}

#[test]
fn what_is_said_about_answers_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("talk.jsonl");
    let talk = |args: &[&str], lines: &str| {
        finish(
            medlab(home.path(), &[&["repl"], args].concat()),
            lines.as_bytes(),
        )
    };
    let lines = "/note before anything\n/title First look\n/expect nothing yet\n/verdict good\n\
                 Is there a pleural effusion?\n/expect right pleural effusion\n/expect-not effusion\n\
                 /expect-box \"lung nodule\" 100,200,300,400.5 0.25\n/verdict good right side\n/note to show\n\
                 /ask-fresh Is there a nodule?\n/expect no nodule\n/undo\n/expect gone\n";
    let args = ["sample:cxr-effusion", "--session", path.to_str().unwrap()];
    let seen = talk(&args, lines);
    assert_eq!(seen.code, 1);
    let said: Vec<&str> = seen.err.lines().skip(1).collect();
    assert_snapshot!(said.join("\n"), @r#"
    medlab: line 3: /expect: nothing was asked yet
    medlab: line 4: /verdict: nothing was asked yet
    kept; it holds now
    kept; it does not hold now: the text says "moderate right pleural effusion"
    kept; it does not hold now: the answer gives no box
    kept; it holds now
    medlab: line 14: /expect: nothing was asked yet
    "#);
    let text = fs_err::read_to_string(&path).unwrap();
    let kinds = ["note", "title", "verdict", "expect"];
    let kept: Vec<String> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|it| kinds.iter().any(|kind| it[1] == *kind))
        .map(|it| format!("{} {}", it[1].as_str().unwrap(), it[2]))
        .collect();
    assert_snapshot!(kept.join("\n"), @r#"
    note {"text":"before anything"}
    title {"text":"First look"}
    expect {"says":"right pleural effusion","turn":1}
    expect {"not":"effusion","turn":1}
    expect {"box":{"box_2d":[100.0,200.0,300.0,400.5],"iou":0.25,"label":"lung nodule"},"turn":1}
    verdict {"grade":"good","text":"right side","turn":1}
    note {"text":"to show","turn":1}
    expect {"says":"no nodule","turn":2}
    "#);
    let unrecorded = talk(&TINY, "/note lost\n");
    assert_eq!(unrecorded.code, 1);
    assert!(
        unrecorded.err.contains("this conversation is not recorded"),
        "{}",
        unrecorded.err
    );
}
