//! The recorded sessions and the experiment in `sessions/`: each plays back to a snapshot, and the model still says the same.

use super::cli::{Seen, finish, medlab};

const EXAMPLES: [&str; 6] = [
    "first-look",
    "prior-current",
    "region",
    "chinese",
    "prompts",
    "regression",
];

fn run(args: &[&str]) -> Seen {
    let home = tempfile::tempdir().unwrap();
    finish(medlab(home.path(), args), b"")
}

fn file(name: &str) -> String {
    format!("sessions/{name}.jsonl")
}

#[test]
fn every_example_plays_back() {
    for name in EXAMPLES {
        let seen = run(&["replay", &file(name)]);
        assert_eq!(seen.code, 0, "{name}: {}", seen.err);
        insta::assert_snapshot!(format!("example_{name}"), seen.out);
    }
}

#[test]
fn the_model_says_every_example_again_token_by_token() {
    for name in EXAMPLES {
        let seen = run(&["replay", &file(name), "--verify"]);
        assert_eq!(seen.code, 0, "{name}: {}{}", seen.out, seen.err);
        let turns = seen.out.lines().filter(|it| it.starts_with("turn "));
        let (all, same) = turns.fold((0, 0), |(all, same), line| {
            (all + 1, same + usize::from(line.contains("identical")))
        });
        assert!(all > 1 && all == same, "{name}: {}", seen.out);
    }
}

#[test]
fn what_is_expected_of_the_examples_holds() {
    let seen = run(&["check", "sessions"]);
    assert_eq!(seen.code, 0, "{}{}", seen.out, seen.err);
    assert_eq!(seen.out.matches("pass").count(), 4, "{}", seen.out);
}

#[test]
fn every_example_is_named_where_newcomers_look() {
    let readme = fs_err::read_to_string("README.md").unwrap();
    for name in EXAMPLES {
        assert!(readme.contains(name), "README.md does not name {name}");
    }
}

#[test]
fn the_experiment_is_asked_once_and_reported_twice() {
    let home = tempfile::tempdir().unwrap();
    let results = home.path().join("results.jsonl");
    let results = results.to_str().unwrap();
    let args = [
        "experiment",
        "sessions/experiments/effusion.toml",
        "--results",
        results,
    ];
    let first = run(&args);
    assert_eq!(first.code, 0, "{}", first.err);
    let kept = fs_err::read_to_string(results).unwrap();
    // the same question without a picture is asked once, not once a case
    assert_eq!(kept.lines().count(), 2 * (4 * (1 + 3 + 1) + 1));
    let second = run(&args);
    assert_eq!(
        fs_err::read_to_string(results).unwrap(),
        kept,
        "asked again"
    );
    assert_eq!(first.out, second.out);
    assert!(first.out.contains("42 of 42 answers"), "{}", first.out);
    // cut off in the middle of a line, it goes on from there
    fs_err::write(results, &kept[..kept.len() / 2]).unwrap();
    let third = run(&args);
    assert_eq!(third.code, 0, "{}", third.err);
    assert_eq!(first.out, third.out);
    insta::assert_snapshot!("example_experiment", first.out);
}

#[test]
fn what_is_wrong_with_an_experiment_is_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("e.toml");
    let check = |text: &str, expected: &str| {
        fs_err::write(&path, text).unwrap();
        let seen = run(&["experiment", path.to_str().unwrap()]);
        assert_eq!(seen.code, 2, "{}", seen.err);
        assert!(seen.err.contains(expected), "{expected:?}: {}", seen.err);
    };
    let case = "[[case]]\npictures = []\n";
    check(
        &format!("{case}[[variant]]\nname = \"a\"\nprompt = \"findngs\"\n"),
        "did you mean findings?",
    );
    check(
        &format!(
            "{case}[[variant]]\nname = \"a\"\ntext = \"What?\"\nsettings = {{ tempratur = 1 }}\n"
        ),
        "did you mean temperature?",
    );
    check(
        "[[variant]]\nname = \"a\"\ntext = \"What?\"\n[[case]]\npictures = [\"no.png\"]\n",
        "no such file",
    );
    let seen = run(&["experiment", "no-such.toml"]);
    assert_eq!(
        (seen.code, seen.err.trim()),
        (2, "medlab: no-such.toml: no such file")
    );
}
