//! The REPL as a script: lines in, a transcript out, with what it says where and its exit code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use super::cli::{Seen, TINY, finish, medlab};

/// Runs a script on the random model, with short answers.
fn script(args: &[&str], lines: &str) -> Seen {
    let home = tempfile::tempdir().unwrap();
    let short = ["--max-new-tokens", "3"];
    finish(
        medlab(home.path(), &[&["repl"], args, &TINY, &short].concat()),
        lines.as_bytes(),
    )
}

/// What it said beside the answers, without the model's notice.
fn said(seen: &Seen) -> String {
    let cut = "the answer was cut off after 3 tokens; raise --max-new-tokens";
    let lines = seen.err.lines().skip(1).filter(|line| *line != cut);
    lines.collect::<Vec<_>>().join("\n")
}

fn answers(seen: &Seen) -> Vec<Value> {
    seen.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_wrong_line_is_reported_and_the_script_goes_on() {
    let seen = script(
        &[],
        "/opne a.png\n/open no-such.png\n/close 3\n/undo\n/retry\n/set temprature 1\n/set quant q8\n/view\n/ask-fresh\n/prior no-such.txt\n/help\n",
    );
    assert_eq!(seen.code, 1);
    assert_snapshot!(said(&seen), @r#"
    medlab: line 1: no command is called "/opne"; did you mean /open?
    medlab: line 2: no-such.png: no such file
    medlab: line 3: there is no picture 3; 0 are open
    medlab: line 4: /undo: nothing was asked yet
    medlab: line 5: nothing was asked yet; there is nothing to retry
    medlab: line 6: no setting is called "temprature"; did you mean temperature?
    medlab: line 7: quant cannot change while the model is loaded; start again with --quant
    medlab: line 8: /view: pictures are shown at a terminal only
    medlab: line 9: /ask-fresh: give a question
    medlab: line 10: no-such.txt: the prior report cannot be read: no such file
    /open FILE…                                 open pictures: files, or sample:NAME
    /pictures                                   list the open pictures
    /close [N]                                  close picture N, or all
    /view [N]                                   show picture N again, or the last
    /window WINDOW                              open the last picture again in another window: lung, 40/400, auto, full, file:2, rgb, default
    /slices WHICH                               open other slices of the last series or volume: 12, 5-9, every:4, middle, all, auto:7
    /plane PLANE                                cut the last volume in another plane: axial, coronal, sagittal, default
    /region REGION                              mark a region of the last picture, measured and told to the model: x,y,w,h, ellipse:cx,cy,rx,ry, box:y0,x0,y1,x1, off
    /prior [FILE|TEXT|clear]                    the prior report to compare with: a file or the text itself; shows it when alone
    /system [TEXT|clear]                        the text the model reads before everything else; shows it when alone
    /use PROMPT [KEY=VALUE…]                    ask a prompt of the library, as in /use localize right lung; /prompts lists them
    /prompts                                    list the prompts of the library
    /compare QUESTION | QUESTION… or FILE.toml  ask several questions about the open pictures and show what differs, or run an experiment
    /blind                                      ask the last question with grey in place of the picture, and without it: does the answer come from the picture?
    /paraphrase [N]                             ask the last prompt of the library in N other words: is the answer stable?
    /set [KEY VALUE]                            change a setting; lists them when alone
    /reset                                      forget everything: turns, prior report and pictures
    /undo                                       forget the last question and its answer
    /branch [TURN]                              go on in a new session that begins with the turns up to TURN, or all; this one stays as it is
    /retry                                      ask the last question again
    /ask-fresh QUESTION                         ask with the pictures and the prior report, but without the earlier turns
    /expect TEXT                                the last answer must say this, whenever the session is checked: no pneumothorax
    /expect-not TEXT                            the last answer must not say this
    /expect-box LABEL BOX [IOU]                 the last answer must give a box that overlaps y0,x0,y1,x1, of 0..1000, by so much [0.5]
    /note TEXT                                  keep a note with the last answer, or with the session when nothing was asked yet
    /verdict GRADE [TEXT]                       keep what you think of the last answer: good, bad, or any other word, and why
    /title TEXT                                 name the session
    /replay SESSION                             play a recorded session; this conversation stays as it is
    /context                                    draw what fills the context window
    /help [COMMAND]                             this list
    /quit                                       leave; so does Ctrl-D
    "#);
}

#[test]
fn pictures_settings_and_texts_are_shown_when_asked_for() {
    let seen = script(
        &["sample:cxr-prior"],
        "/open sample:cxr-current sample:ct-nodule\n/pictures\n/close 2\n/pictures\n/close\n/pictures\n\
         /prior\n/prior Small left effusion,\\\nno nodule.\n/prior\n/prior clear\n/prior\n\
         /system Be brief.\n/system\n/system clear\n/system\n/set top-k 4\n/help set\n/quit\n/never read\n",
    );
    assert_eq!((seen.code, seen.out.as_str()), (0, ""));
    assert_snapshot!(said(&seen), @r#"
    1  sample:cxr-prior  256 × 256, sample
    2  sample:cxr-current  256 × 256, sample
    3  sample:ct-nodule  256 × 256, sample
    1  sample:cxr-prior  256 × 256, sample
    2  sample:ct-nodule  256 × 256, sample
    no picture is open
    there is no prior report
    Small left effusion,
    no nodule.
    there is no prior report
    Be brief.
    there is no system text
    /set [KEY VALUE]  change a setting; lists them when alone
    "#);
}

#[test]
fn context_draws_the_budget() {
    let seen = script(
        &["sample:cxr-prior", "--system", "Be brief."],
        "Where is it?\n/prior Small left effusion.\n/context\n",
    );
    assert_eq!(seen.code, 0);
    assert_snapshot!(said(&seen), @r#"
    [SQPRTE··························································] 91 of 2048 tokens
     S system           10
     Q question          1
     P pictures          7
     R prior report     34
     T turns            14
     E template         25
     · free           1957
    "#);
}

#[test]
fn json_gives_one_line_for_each_answer_and_each_failure() {
    let seen = script(
        &["--json"],
        "/open sample:cxr-normal\nWhat is it?\n/open no-such.png\n\n  \nAnd now?\n/ask-fresh And now?\n/retry\n",
    );
    assert_eq!(seen.code, 1);
    let lines = answers(&seen);
    assert_eq!(lines.len(), 5, "{}", seen.out);
    assert_eq!(lines[1]["line"], 3);
    assert!(
        lines[1]["error"]
            .as_str()
            .is_some_and(|it| it.contains("no-such.png"))
    );
    let tokens = |n: usize| lines[n]["prompt_tokens"].as_u64().unwrap();
    assert!(
        tokens(2) > tokens(0),
        "the second question stands on the first"
    );
    assert!(tokens(3) < tokens(2), "a fresh one does not");
    assert_eq!(
        lines[4]["token_ids"], lines[2]["token_ids"],
        "greedy answers repeat"
    );
    assert_eq!(lines[2]["pictures"].as_array().unwrap().len(), 1);
}

#[test]
fn reset_forgets_turns_prior_report_and_pictures() {
    let first = "/open sample:cxr-normal\n/prior Small left effusion.\nWhat is it?\n";
    let again = format!("{first}And there?\n/reset\n{first}/reset\nHello?\n");
    let seen = script(&["--json"], &again);
    assert_eq!(seen.code, 0, "{}", seen.err);
    let lines = answers(&seen);
    let keys = [
        "answer",
        "token_ids",
        "prompt_tokens",
        "image_tokens",
        "pictures",
    ];
    for key in keys {
        assert_eq!(lines[0][key], lines[2][key], "{key}");
    }
    assert_eq!(
        (&lines[3]["image_tokens"], &lines[3]["pictures"]),
        (&0.into(), &Value::Array(Vec::new()))
    );
}

#[test]
fn undo_takes_the_last_turn_back() {
    let seen = script(
        &["--json", "sample:cxr-normal"],
        "One?\nTwo?\n/undo\nTwo?\n",
    );
    let lines = answers(&seen);
    assert_eq!(lines[1]["prompt_tokens"], lines[2]["prompt_tokens"]);
    assert_eq!(lines[1]["token_ids"], lines[2]["token_ids"]);
}

#[test]
fn a_script_answers_as_ask_does() {
    let home = tempfile::tempdir().unwrap();
    let ask = finish(
        medlab(
            home.path(),
            &[
                &[
                    "ask",
                    "sample:cxr-normal",
                    "What is it?",
                    "--max-new-tokens",
                    "3",
                ],
                &TINY[..],
            ]
            .concat(),
        ),
        b"",
    );
    let repl = script(&["sample:cxr-normal"], "What is it?\n");
    assert_eq!((repl.out, repl.code), (ask.out, 0));
}

#[test]
fn bytes_that_are_no_text_are_one_failure() {
    let home = tempfile::tempdir().unwrap();
    let seen = finish(
        medlab(home.path(), &[&["repl"], &TINY[..]].concat()),
        b"\xff\xfe\n/opne \x1b[31m\n",
    );
    assert_eq!(seen.code, 1);
    assert_snapshot!(said(&seen), @r#"
    medlab: line 1: the line is not UTF-8
    medlab: line 2: no command is called "/opne"; did you mean /open?
    "#);
}

#[test]
fn a_missing_picture_ends_it_before_it_begins() {
    let seen = script(&["no-such.png"], "Hello?\n");
    assert_eq!((seen.code, seen.out.as_str()), (3, ""));
}

#[test]
fn answers_stream_token_by_token() {
    let home = tempfile::tempdir().unwrap();
    let args = ["repl", "sample:cxr-normal", "--max-new-tokens", "4"];
    let mut child = medlab(home.path(), &[&args[..], &TINY].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    // The answer arrives while the program still waits for more input: nothing is held back in a buffer.
    stdin.write_all(b"What is it?\n").unwrap();
    assert!(!stdout.fill_buf().unwrap().is_empty());
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    let args = [
        "ask",
        "sample:cxr-normal",
        "What is it?",
        "--max-new-tokens",
        "400",
    ];
    let mut command = medlab(home.path(), &[&args[..], &TINY].concat());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap(); // and then it is dropped: the pipe is closed
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
