//! The command line as people meet it: the real program run on real words; what it prints where, and its exit code.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A random model of the right architecture: small, fast, and talking nonsense.
pub(crate) const TINY: [&str; 2] = ["--model", "tests/data/tiny-old"];
pub(crate) const QUESTION: &str = "Is there a pleural effusion?";

/// What a run of the program left behind.
pub(crate) struct Seen {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program with these arguments, in a world of its own: no settings, no home but an empty folder.
pub(crate) fn medlab(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medlab"));
    command
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear();
    command.envs([
        ("HOME", home.as_os_str()),
        ("PATH", "/usr/bin:/bin".as_ref()),
        ("LANG", "C.UTF-8".as_ref()),
    ]);
    command
}

/// Runs a command to its end, with this on its standard input.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Seen {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that ends early does not read its input; that is not our failure.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Seen {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(args: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    finish(medlab(home.path(), args), b"")
}

#[test]
fn without_a_command_it_prints_help() {
    let seen = run(&[]);
    assert_eq!(seen.code, 0);
    for part in [
        "Usage: medlab",
        "ask ",
        "repl ",
        "replay ",
        "check ",
        "inspect ",
        "model ",
        "bench ",
        "doctor ",
        "--temperature",
        "not for diagnosis",
    ] {
        assert!(seen.out.contains(part), "no {part:?} in the help");
    }
}

#[test]
fn every_command_has_examples() {
    for args in [
        vec!["ask"],
        vec!["repl"],
        vec!["replay"],
        vec!["check"],
        vec!["inspect"],
        vec!["model", "info"],
        vec!["bench"],
        vec!["doctor"],
    ] {
        let seen = run(&[args.as_slice(), &["--help"]].concat());
        let example = format!("  medlab {}", args.join(" "));
        assert!(
            seen.out.contains("Examples:") && seen.out.contains(&example),
            "{args:?}: {}",
            seen.out
        );
    }
}

#[test]
fn a_setting_says_where_it_came_from() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/medlab");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(
        folder.join("config.toml"),
        "# mine\nctx = 1024\nseed = 1\ntop-k = 5\nmin-p = 0.5\n",
    )
    .unwrap();
    let mut command = medlab(home.path(), &["doctor", "--top-k", "7"]);
    command.env("MEDLAB_SEED", "2").env("MEDLAB_TOP_K", "6");
    let seen = finish(command, b"");
    let settings = seen.out.split("settings\n").last().unwrap();
    let rows: Vec<Vec<&str>> = settings
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let row = |key: &str| {
        rows.iter().find(|row| row[0] == key).unwrap()[1..]
            .join(" ")
            .replace(home.path().to_str().unwrap(), "~")
    };
    assert_eq!(row("top-k"), "7 flag");
    assert_eq!(row("seed"), "2 MEDLAB_SEED");
    assert_eq!(row("ctx"), "1024 ~/.config/medlab/config.toml:2");
    assert_eq!(row("min-p"), "0.5 ~/.config/medlab/config.toml:5");
    assert_eq!(row("quant"), "none default");
}

#[test]
fn a_wrong_settings_file_is_refused_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("medlab.toml");
    let check = |text: &str, sentence: &str| {
        fs_err::write(&path, text).unwrap();
        let seen = finish(
            medlab(home.path(), &["doctor", "--config", path.to_str().unwrap()]),
            b"",
        );
        assert_eq!(
            seen.err,
            format!("medlab: {}:{sentence}\n", path.display()),
            "{text:?}"
        );
        assert_eq!(seen.code, 2);
    };
    check(
        "ctx = 1024\ntop_k = 5\n",
        "2: no setting is called \"top_k\"; did you mean top-k?",
    );
    check(
        "\ntemperature = \"hot\"\n",
        "2: temperature: \"hot\" is not possible; give a number from 0 (greedy) to 10",
    );
    check(
        "seed = [1]\n",
        "1: seed is an array; give text, a number, true or false",
    );
    fs_err::remove_file(&path).unwrap();
    let seen = finish(
        medlab(home.path(), &["doctor", "--config", path.to_str().unwrap()]),
        b"",
    );
    assert_eq!(seen.code, 2);
    assert!(seen.err.contains("No such file"), "{}", seen.err);
}

#[test]
fn samples_are_listed_with_their_truth() {
    let seen = run(&["ask", "--list-samples"]);
    assert_eq!(
        (seen.code, seen.err.as_str(), seen.out.lines().count()),
        (0, "", 12)
    );
    for name in [
        "cxr-normal",
        "cxr-effusion",
        "cxr-nodule",
        "cxr-prior",
        "cxr-current",
        "ct-nodule",
        "head-lesion",
    ] {
        assert!(seen.out.contains(&format!("sample:{name} ")), "no {name}");
    }
}

#[test]
fn the_first_command_of_the_readme_answers() {
    let seen = run(&["ask", "sample:cxr-effusion", QUESTION]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(
        seen.out.starts_with("Yes") && seen.out.ends_with('\n'),
        "{:?}",
        seen.out
    );
    let notice = "phantom model: trained on drawings, knows nothing about real patients · research only, not for diagnosis\n";
    assert_eq!(seen.err, notice);
}

#[test]
fn the_notice_speaks_the_language_that_is_set() {
    let seen = run(&[
        "ask",
        "sample:cxr-normal",
        "胸腔积液吗?",
        "--lang",
        "zh",
        "--max-new-tokens",
        "1",
    ]);
    assert!(seen.err.starts_with("phantom 模型"), "{}", seen.err);
}

#[test]
fn json_is_one_object_with_everything_about_the_answer() {
    let args = [
        "ask",
        "sample:cxr-prior",
        "tests/data/golden/pictures/tall.png",
        QUESTION,
        "--json",
        "--max-new-tokens",
        "5",
    ];
    let seen = run(&[
        &args[..],
        &TINY,
        &["--temperature", "0.5", "--top-k", "9", "--seed", "3"],
    ]
    .concat());
    assert_eq!(seen.code, 0, "{}", seen.err);
    let answer: Value = serde_json::from_str(&seen.out).unwrap();
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        keys(&answer),
        "answer boxes dropped image_tokens model pictures prompt_tokens sampling stop_reason thinking timings_ms token_ids tokens_per_s turn"
    );
    assert_eq!(
        keys(&answer["timings_ms"]),
        "first_token load prefill total vision"
    );
    assert_eq!(keys(&answer["model"]), "device hash name quant");
    assert_eq!(
        keys(&answer["pictures"][1]),
        "chain cropped edges file_sha256 fit format frame frames height label laterality modality name pixels_sha256 \
         region spacing_at_detector spacing_mm statistics view width window"
    );
    assert_eq!(answer["pictures"][1]["name"], "tall.png");
    assert_eq!(answer["image_tokens"], 8);
    assert_eq!(answer["model"]["name"], "tiny-old");
    assert_eq!(
        (&answer["sampling"]["top_k"], &answer["sampling"]["seed"]),
        (&9.into(), &3.into())
    );
    assert!(answer["token_ids"].as_array().unwrap().len() <= 5);
    assert!(
        answer["pictures"][0]["file_sha256"]
            .as_str()
            .is_some_and(|it| it.len() == 64)
    );
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let ask = |seed: &str| {
        let args = [
            "ask",
            "sample:cxr-normal",
            QUESTION,
            "--max-new-tokens",
            "12",
            "--temperature",
            "2",
            "--seed",
            seed,
        ];
        run(&[&args[..], &TINY].concat()).out
    };
    assert_eq!(ask("5"), ask("5"));
    assert_ne!(ask("5"), ask("6"));
}

#[test]
fn a_question_may_come_from_standard_input_and_pictures_by_flag() {
    let home = tempfile::tempdir().unwrap();
    let short = ["--max-new-tokens", "6"];
    let ask = |args: &[&str], input: &str| {
        finish(
            medlab(home.path(), &[args, &TINY, &short].concat()),
            input.as_bytes(),
        )
        .out
    };
    let direct = ask(&["ask", "sample:cxr-normal", "Where is it?"], "");
    assert_ne!(direct, "");
    assert_eq!(
        ask(&["ask", "sample:cxr-normal", "-"], "Where is it?\n"),
        direct
    );
    assert_eq!(
        ask(
            &["ask", "Where", "is", "it?", "--image", "sample:cxr-normal"],
            ""
        ),
        direct
    );
}

#[test]
fn a_prior_report_changes_the_prompt() {
    let home = tempfile::tempdir().unwrap();
    let report = home.path().join("report.txt");
    fs_err::write(&report, "Small left pleural effusion.").unwrap();
    let ask = |args: &[&str]| {
        run(&[
            &[
                "ask",
                "sample:cxr-current",
                "What is new?",
                "--json",
                "--max-new-tokens",
                "1",
            ],
            args,
        ]
        .concat())
    };
    let tokens = |seen: Seen| {
        serde_json::from_str::<Value>(&seen.out).unwrap()["prompt_tokens"]
            .as_u64()
            .unwrap()
    };
    let (without, with) = (
        tokens(ask(&[])),
        tokens(ask(&["--prior", report.to_str().unwrap()])),
    );
    assert!(with > without + 4, "{without} {with}");
    fs_err::write(&report, "  \n").unwrap();
    let empty = ask(&["--prior", report.to_str().unwrap()]);
    assert_eq!(empty.code, 2);
    assert_eq!(ask(&["--prior", "no-such-report.txt"]).code, 2);
}

#[test]
fn what_does_not_fit_the_window_is_refused_and_what_was_cut_is_said() {
    let question = "word ".repeat(3000);
    let seen = run(&[&["ask", "sample:cxr-normal", &question], &TINY[..]].concat());
    assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{}", seen.err);
    assert!(seen.err.contains("2048"), "{}", seen.err);
    let seen = run(&[
        "ask",
        "sample:cxr-normal",
        "Describe the picture.",
        "--max-new-tokens",
        "2",
    ]);
    assert!(
        seen.err
            .ends_with("the answer was cut off after 2 tokens; raise --max-new-tokens\n"),
        "{}",
        seen.err
    );
}

#[test]
fn model_info_says_what_the_model_is() {
    let seen = run(&["model", "info"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    for part in [
        "phantom",
        "Apache-2.0",
        "Gemma3ForConditionalGeneration",
        "256 × 256",
        "2048",
    ] {
        assert!(seen.out.contains(part), "no {part:?} in\n{}", seen.out);
    }
    let seen = run(&[&["model", "info", "--json"], &TINY[..]].concat());
    let info: Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!(info["model"]["name"], "tiny-old");
    assert_eq!(info["text"]["layers"], 6);
    let parts = info["memory"].as_array().unwrap();
    let sum: u64 = parts
        .iter()
        .map(|it| it["parameters"].as_u64().unwrap())
        .sum();
    assert_eq!(info["parameters"].as_u64(), Some(sum));
}

#[test]
fn bench_measures_every_stage() {
    let seen = run(&[
        &["bench", "--repeats", "1", "--json", "--max-new-tokens", "8"],
        &TINY[..],
    ]
    .concat());
    assert_eq!(seen.code, 0, "{}", seen.err);
    let bench: Value = serde_json::from_str(&seen.out).unwrap();
    let keys = [
        "load_ms",
        "vision_ms",
        "prefill_ms",
        "prefill_tokens_per_s",
        "first_token_ms",
        "decode_tokens_per_s",
        "second_first_token_ms",
    ];
    for key in keys {
        assert!(
            bench[key].as_f64().is_some_and(|it| it > 0.0),
            "{key}: {bench}"
        );
    }
}
