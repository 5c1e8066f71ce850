//! The command line as people meet it: the real program run on real words; what it prints where, and its exit code.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A random model of the right architecture: small, fast, and talking nonsense.
pub(crate) const TINY: [&str; 2] = ["--model", "tests/data/tiny-old"];
const QUESTION: &str = "Is there a pleural effusion?";

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

fn run(args: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    finish(medlab(home.path(), args), b"")
}

/// Runs with these words, and expects one line on standard error, nothing on standard output, and code 2.
#[track_caller]
fn check_refused(words: &str, sentence: &str) {
    let seen = run(&words.split('|').collect::<Vec<_>>());
    assert_eq!(seen.err, format!("medlab: {sentence}\n"), "{words}");
    assert_eq!((seen.out.as_str(), seen.code), ("", 2), "{words}");
}

#[test]
fn without_a_command_it_prints_help() {
    let seen = run(&[]);
    assert_eq!(seen.code, 0);
    for part in [
        "Usage: medlab",
        "ask ",
        "repl ",
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
fn wrong_words_are_one_sentence_and_code_2() {
    let usage =
        "give a picture and then a question, as in: medlab ask film.png \"Is there a nodule?\"";
    let empty = "the question is empty; give it as the last argument";
    let below_one = "give a number above 0 and up to 1, or off";
    // Words are parted by `|`.
    check_refused("ask", usage);
    check_refused("ask|film.png", usage);
    check_refused("ask|film.png| \t", empty);
    check_refused("ask|film.png|-", empty);
    check_refused("aks", "unrecognized subcommand 'aks'; see --help");
    check_refused(
        "ask|a|b|--jsn",
        "unexpected argument '--jsn' found; a similar argument exists: '--json'; see --help",
    );
    check_refused(
        "bench|--repeats|0",
        "invalid value '0' for '--repeats <N>': 0 is not in 1..=1000; see --help",
    );
    check_refused(
        "doctor|--quant|q9",
        "--quant: \"q9\" is not possible; give none, q8 or q4",
    );
    let temperature = |text: &str| {
        format!("--temperature: {text:?} is not possible; give a number from 0 (greedy) to 10")
    };
    check_refused("doctor|--temperature|-1", &temperature("-1"));
    check_refused("doctor|--temperature|NaN", &temperature("NaN"));
    check_refused(
        "doctor|--top-p|1.5",
        &format!("--top-p: \"1.5\" is not possible; {below_one}"),
    );
    check_refused(
        "doctor|--ctx|0",
        "--ctx: \"0\" is not possible; give a whole number from 1 to 131072",
    );
    check_refused(
        "doctor|--device|cuda",
        "--device: \"cuda\" is not possible; give auto or cpu",
    );
    let model = "--model: \"gpt\" is not possible; give phantom, or a folder that holds a Gemma 3 checkpoint";
    check_refused("doctor|--model|gpt", model);
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
fn pictures_that_cannot_be_opened_are_code_3() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let whole = fs_err::read("tests/data/golden/pictures/chest.png").unwrap();
    fs_err::write(path("cut.png"), &whole[..whole.len() / 2]).unwrap();
    fs_err::write(path("words.png"), "not a picture").unwrap();
    fs_err::write(path("empty.png"), "").unwrap();
    for name in ["cut.png", "words.png", "empty.png", "missing.png"] {
        let seen = run(&["ask", &path(name), QUESTION]);
        assert_eq!(
            (seen.code, seen.out.as_str()),
            (3, ""),
            "{name}: {}",
            seen.err
        );
        assert_one_sentence(&seen.err, name);
    }
    let seen = run(&["ask", "sample:elbow", QUESTION]);
    assert_eq!(seen.code, 3);
    assert_one_sentence(&seen.err, "elbow");
}

#[test]
fn a_broken_checkpoint_is_code_4() {
    let home = tempfile::tempdir().unwrap();
    let seen = run(&[
        "ask",
        "sample:cxr-normal",
        QUESTION,
        "--model",
        home.path().to_str().unwrap(),
    ]);
    assert_eq!((seen.code, seen.out.as_str()), (4, ""), "{}", seen.err);
    assert_one_sentence(&seen.err, "safetensors");
    for file in fs_err::read_dir("tests/data/tiny-old").unwrap() {
        let from = file.unwrap().path();
        fs_err::copy(&from, home.path().join(from.file_name().unwrap())).unwrap();
    }
    fs_err::write(home.path().join("config.json"), "{").unwrap();
    let seen = run(&[
        "ask",
        "sample:cxr-normal",
        QUESTION,
        "--model",
        home.path().to_str().unwrap(),
    ]);
    assert_eq!((seen.code, seen.out.as_str()), (4, ""), "{}", seen.err);
    assert_one_sentence(&seen.err, "config.json");
}

#[track_caller]
fn assert_one_sentence(err: &str, about: &str) {
    let sentence = err
        .strip_prefix("medlab: ")
        .unwrap()
        .strip_suffix('\n')
        .unwrap();
    assert!(
        !sentence.contains('\n') && sentence.contains(about) && !sentence.ends_with('.'),
        "{err:?}"
    );
    assert!(
        !err.contains("backtrace") && !err.contains("panicked"),
        "{err:?}"
    );
}

#[test]
fn control_characters_never_come_out_as_they_are() {
    let nasty = "\u{1b}[31m\u{7}\u{9b}2J\u{202e}";
    let name = format!("{nasty}.png");
    let question = format!("{nasty}?");
    let runs = [
        vec!["ask", &name, QUESTION],
        vec![
            "ask",
            "sample:cxr-normal",
            &question,
            "--max-new-tokens",
            "4",
        ],
        vec![
            "ask",
            "sample:cxr-normal",
            &question,
            "--max-new-tokens",
            "4",
            "--json",
        ],
        vec!["inspect", "sample:cxr-normal", "--question", &question],
        vec!["inspect", &name],
        vec![&name],
        vec!["doctor", "--system", &name],
        vec!["doctor", "--model", &name],
        vec!["doctor", "--config", &name],
        vec!["doctor", &name],
        vec!["bench", "--repeats", &name],
    ];
    for args in runs {
        let seen = run(&args);
        let bad = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
        assert!(
            !seen.out.contains(bad) && !seen.err.contains(bad),
            "{args:?}: {:?} {:?}",
            seen.out,
            seen.err
        );
    }
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
        "answer dropped image_tokens model pictures prompt_tokens sampling stop_reason thinking timings_ms token_ids tokens_per_s"
    );
    assert_eq!(
        keys(&answer["timings_ms"]),
        "first_token load prefill total vision"
    );
    assert_eq!(keys(&answer["model"]), "device hash name quant");
    assert_eq!(
        keys(&answer["pictures"][1]),
        "chain file_sha256 fit format height name pixels_sha256 width"
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
