//! What is refused as people meet it: wrong words, files and models in, one sentence and the right exit code out.

use std::path::Path;

use crate::cli::{QUESTION, run};

/// Runs with these words, and expects one line on standard error, nothing on standard output, and code 2.
#[track_caller]
fn check_refused(words: &str, sentence: &str) {
    let seen = run(&words.split('|').collect::<Vec<_>>());
    assert_eq!(seen.err, format!("medlab: {sentence}\n"), "{words}");
    assert_eq!((seen.out.as_str(), seen.code), ("", 2), "{words}");
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
    let picture = "is a picture, and the last argument must be the question; add it";
    check_refused(
        "ask|sample:cxr-prior|sample:cxr-current",
        &format!("\"sample:cxr-current\" {picture}"),
    );
    check_refused(
        "ask|Is there a nodule?|tests/data/golden/pictures/chest.png",
        &format!("\"tests/data/golden/pictures/chest.png\" {picture}"),
    );
    check_refused(
        "aks",
        "there is no file and no command \"aks\"; did you mean medlab ask?",
    );
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
        "doctor|--ctx|-1",
        "--ctx: \"-1\" is not possible; give a whole number from 1 to 131072",
    );
    check_refused(
        "doctor|--seed|-1",
        "--seed: \"-1\" is not possible; give a whole number from 0",
    );
    check_refused(
        "doctor|--device|cuda",
        "--device: \"cuda\" is not possible; give auto or cpu",
    );
    let model = "--model: \"gpt\" is not possible; give phantom, or a folder that holds a Gemma 3 checkpoint";
    check_refused("doctor|--model|gpt", model);
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
fn a_prior_report_that_cannot_be_read_is_code_2() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    fs_err::write(path("bytes.txt"), [0xff, 0xfe, 0x00]).unwrap();
    fs_err::write(path("blank.txt"), " \n").unwrap();
    fs_err::write(path("book.txt"), "a".repeat((1 << 20) + 1)).unwrap();
    for (name, problem) in [
        ("missing.txt", "no such file"),
        ("bytes.txt", "it is not text in UTF-8"),
        ("blank.txt", "is empty"),
        ("book.txt", "it is longer than 1 MiB"),
        ("", "is a folder"),
    ] {
        let seen = run(&["ask", "sample:cxr-normal", QUESTION, "--prior", &path(name)]);
        assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{}", seen.err);
        let last = seen.err.lines().last().unwrap();
        assert_one_sentence(&format!("{last}\n"), problem);
    }
}

#[test]
fn a_broken_checkpoint_is_code_4() {
    let home = tempfile::tempdir().unwrap();
    let check = |about: &str| {
        let seen = run(&[
            "ask",
            "sample:cxr-normal",
            QUESTION,
            "--model",
            home.path().to_str().unwrap(),
        ]);
        assert_eq!((seen.code, seen.out.as_str()), (4, ""), "{}", seen.err);
        assert_one_sentence(&seen.err, about);
    };
    let tiny = Path::new("tests/data/tiny-new");
    let give = |name: &str| fs_err::copy(tiny.join(name), home.path().join(name)).unwrap();
    let write = |name: &str, text: &[u8]| fs_err::write(home.path().join(name), text).unwrap();
    check("the folder holds no config.json; a model folder needs");
    write("config.json", b"{");
    check("the folder holds no tokenizer.json; a model folder needs");
    write("tokenizer.json", b"{");
    check("the folder holds no model.safetensors; a model folder needs");
    write("model.safetensors", b"");
    check("config.json is not a JSON object");
    write("config.json", b"{}");
    check("config.json says no model_type");
    give("config.json");
    check("model.safetensors is not a whole .safetensors file");
    give("model.safetensors");
    check("tokenizer.json is not a tokenizer");
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
