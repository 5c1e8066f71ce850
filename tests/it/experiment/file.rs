//! What an experiment's file may say, and how it is refused.

use medlab::experiment::Ask;
use medlab::experiment::Baseline;
use medlab::experiment::Choice;
use medlab::experiment::Choosable;
use medlab::experiment::Expect;
use medlab::experiment::file::parse;
use medlab::experiment::row::Boxed;
use medlab::experiment::truth::Verdict;

use super::{Files, LEAST, experiment, pairs};

#[test]
fn may_say_everything_that_its_documentation_shows() {
    let doc = fs_err::read_to_string("src/experiment.rs").unwrap();
    let shown = doc
        .split("```toml")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let toml: String = shown
        .lines()
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let mut files = Files::default();
    files
        .0
        .insert("cases.csv", "name,pictures\nlast,a.png\n".to_owned());
    // what stands for any value is no value
    let toml = toml.replace("region = \"…\"", "region = \"1,2,3,4\"");
    let read = parse(&toml, &files).unwrap();
    assert_eq!(read.title, "Two ways to ask for an effusion");
    assert_eq!(read.baseline, Some(Baseline::Arm(0, None)));
    assert_eq!(read.seeds, [0, 1, 2]);
    assert_eq!(read.variants.len(), 2);
    assert_eq!(read.variants[0].paraphrases.len(), 2);
    assert_eq!(read.variants[1].ask, Ask::Prompt("yes-no".to_owned()));
    let system = "You are an expert radiologist.";
    let settings = pairs(&[("max-new-tokens", "64"), ("system", system)]);
    assert_eq!(read.variants[1].settings, settings);
    assert_eq!(read.views[0].settings, pairs(&[("window", "lung")]));
    assert_eq!(read.cases[0].priors, ["…"]);
    assert_eq!(read.cases[1].name, "last");
    assert!(read.controls.blind);
    assert_eq!(read.controls.paraphrase, 5);
}

#[test]
fn needs_no_more_than_a_way_to_ask_and_a_case() {
    let read = experiment(LEAST);
    assert_eq!((read.title.as_str(), read.baseline), ("", None));
    assert_eq!(read.seeds, [0]);
    assert_eq!(read.cases[0].name, "case 1");
    assert_eq!(read.cases[0].expect, None);
    assert_eq!(read.cases[0].pictures, ["sample:cxr"]);
}

fn truth(expect: &str) -> Expect {
    let text = format!("{LEAST}expect = {expect}");
    experiment(&text).cases[0].expect.clone().unwrap()
}

#[test]
fn says_the_truth_in_several_ways() {
    let answer = |answer| Expect {
        answer: Some(answer),
        ..Expect::default()
    };
    assert_eq!(truth("\"yes\""), answer(Verdict::Yes));
    assert_eq!(truth("\"No.\""), answer(Verdict::No));
    assert_eq!(truth("\"没有\""), answer(Verdict::No));
    assert_eq!(truth("\"uncertain\""), answer(Verdict::Uncertain));
    assert_eq!(truth("\"A nodule.\"").text.unwrap(), "A nodule.");
    assert_eq!(truth("{ text = \"yes\" }").text.unwrap(), "yes");
    let findings = truth("{ answer = \"yes\", says = \"effusion\", not = [\"a\", \"b\"] }");
    assert_eq!((findings.says.len(), findings.denies.len()), (1, 2));
    let choosable = |key: &str, text: Option<&str>| Choosable {
        key: key.to_owned(),
        text: text.map(str::to_owned),
    };
    assert_eq!(
        truth("{ choice = \"right\", choices = { A = \"left\", B = \"right\" } }").choice,
        Some(Choice {
            right: 1,
            options: vec![choosable("A", Some("left")), choosable("B", Some("right"))]
        })
    );
    assert_eq!(
        truth("{ choice = \"b\", choices = [\"a\", \"B\"] }").choice,
        Some(Choice {
            right: 1,
            options: vec![choosable("a", None), choosable("B", None)]
        })
    );
    let boxed = Boxed {
        label: "x".to_owned(),
        square: Some([1.0, 2.0, 3.5, 4.0]),
        pixels: None,
    };
    let boxes = "{ boxes = [{ label = \"x\", box = [1, 2, 3.5, 4] }] }";
    assert_eq!(truth(boxes).boxes, Some(vec![boxed]));
    assert_eq!(truth("{ boxes = [] }").boxes, Some(Vec::new()));
}

#[track_caller]
fn refused(text: &str, problem: &str) {
    let refusal = parse(text, &Files::default()).unwrap_err();
    assert_eq!(refusal.to_string(), problem, "{text}");
}

#[test]
fn is_refused_with_one_sentence_that_says_what_to_do() {
    refused(
        "",
        "line 1: the experiment has no variant; write [[variant]] with a name and a text",
    );
    refused(
        "title = ",
        "line 1: this is not TOML: string values must be quoted, expected literal string",
    );
    refused(
        &format!("titel = \"x\"\n{LEAST}"),
        "line 1: the experiment has no \"titel\"; did you mean title?",
    );
    refused(
        "[[variant]]\nname = \"a\"\ntext = \"b\"",
        "line 1: the experiment has no case; write [[case]] with pictures, or cases_from",
    );
    refused(
        "[[variant]]\ntext = \"b\"",
        "line 1: variant 1 has no name; give each variant a name of its own",
    );
    refused(
        "[[variant]]\nname = \"a\"",
        "line 1: variant \"a\" asks nothing; give text = \"…\", or prompt = \"…\" with the name of a prompt",
    );
    refused(
        "[[variant]]\nname = \"a\"\ntext = \"x\"\nprompt = \"y\"",
        "line 1: variant \"a\" has both a text and a prompt; give one of them",
    );
    refused(
        "[[variant]]\nname = \"a\"\ntext = \" \"",
        "line 3: text of variant \"a\" is empty; write it, or leave it out",
    );
}

#[test]
fn is_refused_when_settings_names_or_files_are_none() {
    refused(
        "[[variant]]\nname = 'a'\ntext = 'x'\nsettings = { temprature = 1 }",
        "line 4: temprature of variant \"a\": no such setting; did you mean temperature?",
    );
    refused(
        "[[variant]]\nname = 'a'\ntext = 'x'\nsettings = { temperature = 'hot' }",
        "line 4: temperature of variant \"a\": \"hot\" is not possible; give a number",
    );
    refused(
        &format!("[settings]\nseed = 1\n{LEAST}"),
        "line 2: seed is no setting of an experiment; write seeds = [0, 1] at the top of the file",
    );
    refused(
        "variant = 3",
        "line 1: variant is a number; write [[variant]] above each",
    );
    refused(
        &format!("{LEAST}\n[[case]]\nname = 'case 1'\npictures = []"),
        "line 9: two cases are called \"case 1\"; give each a name of its own",
    );
    refused(
        &LEAST.replace("pictures = \"sample:cxr\"\n", ""),
        "line 5: case 1 has no pictures; give pictures = [\"…\"], or pictures = [] to ask without one",
    );
    refused(
        &format!("{LEAST}prior_file = 'old.txt'"),
        "line 5: case 1 has the prior_file \"old.txt\": no such file",
    );
    refused(
        &format!("cases_from = 'cases.xlsx'\n{LEAST}"),
        "line 1: cases_from is \"cases.xlsx\"; give a file that ends with .csv or .jsonl",
    );
}

#[test]
fn is_refused_when_numbers_are_none() {
    let seeds = |seeds: &str| format!("seeds = {seeds}\n{LEAST}");
    let wanted = "give a list of whole numbers from 0, each once";
    refused(
        &seeds("1"),
        &format!("line 1: seeds of the experiment is a number; {wanted}"),
    );
    refused(&seeds("[]"), &format!("line 1: seeds is empty; {wanted}"));
    refused(
        &seeds("[1, 1]"),
        &format!("line 1: seeds has 1 in it; {wanted}"),
    );
    refused(
        &seeds("[-1]"),
        &format!("line 1: seeds has -1 in it; {wanted}"),
    );
    refused(
        &seeds("[0.5]"),
        &format!("line 1: seeds has 0.5 in it; {wanted}"),
    );
    refused(
        &seeds("['x']"),
        &format!("line 1: seeds has x in it; {wanted}"),
    );
    assert_eq!(
        experiment(&seeds("[18446744073709551615, 1_0]")).seeds,
        [u64::MAX, 10]
    );
    refused(
        &format!("{LEAST}\n[controls]\nparaphrase = true"),
        "line 10: paraphrase of controls says how many; give a whole number up to 100",
    );
    refused(
        &format!("{LEAST}\n[controls]\nblind = 1"),
        "line 10: blind of controls is a number; give true or false",
    );
}

#[test]
fn is_refused_when_a_truth_is_none() {
    let expect = |it: &str| format!("{LEAST}expect = {it}");
    refused(
        &expect("1"),
        "line 8: expect of case 1 is a number; give text or a table",
    );
    refused(
        &expect("{}"),
        "line 8: expect of case 1 is empty; give answer, choice, text, says, not or boxes",
    );
    refused(
        &expect("{ answer = 'perhaps' }"),
        "line 8: expect of case 1 has the answer \"perhaps\"; give yes, no or uncertain",
    );
    refused(
        &expect("{ choice = 'C', choices = ['A', 'B'] }"),
        "line 8: expect of case 1 has the choice \"C\", which is none of A, B",
    );
    refused(
        &expect("{ choice = 'C' }"),
        "line 8: expect of case 1 has the choice \"C\" and no choices; give choices = [\"…\", \"…\"]",
    );
    refused(
        &expect("{ choice = 'A', choices = ['A', 'a'] }"),
        "line 8: expect of case 1 has the choice \"a\" twice",
    );
    refused(
        &expect("{ says = ['a', ''] }"),
        "line 8: says of expect of case 1 has an empty text; write it, or leave it out",
    );
    refused(
        &expect("{ sais = 'a' }"),
        "line 8: expect of case 1 has no \"sais\"; did you mean says?",
    );
    let edges = "give [y0, x0, y1, x1] with y0 below y1 and x0 below x1";
    for edges_given in [
        "[1, 2, 3]",
        "[3, 0, 1, 4]",
        "[0, 0, nan, 1]",
        "[-1, 0, 1, 1]",
        "[0, 0, 1, 'x']",
    ] {
        refused(
            &expect(&format!("{{ boxes = [{{ box = {edges_given} }}] }}")),
            &format!("line 8: a box of expect of case 1 has a box that is none; {edges}"),
        );
    }
    refused(
        &expect("{ boxes = [{ box = [0, 0, 1, 1001] }] }"),
        "line 8: a box of expect of case 1 reaches beyond 1000; box is in 0..=1000 of the square, write pixels = […] for pixels of the picture",
    );
}

#[test]
fn is_refused_when_two_places_say_the_same_thing() {
    refused(
        &format!("{LEAST}window = 'lung'\n[[view]]\nname = 'bone'\nwindow = 'bone'"),
        "line 5: window is set by view \"bone\" and by case \"case 1\"; set it in one of them",
    );
    refused(
        &LEAST.replace("[[case]]", "vars = { finding = \"x\" }\n[[case]]"),
        "line 6: finding is set by variant \"short\" and by case \"case 1\"; set it in one of them",
    );
    refused(
        &LEAST.replace(
            "[[case]]",
            "system = 'a'\nsettings = { system = 'b' }\n[[case]]",
        ),
        "line 2: variant \"short\" has a system text twice; leave it out of its settings",
    );
}

#[test]
fn names_a_baseline_that_is_there() {
    let with =
        |baseline: &str| format!("baseline = {baseline}\n{LEAST}[[view]]\nname = 'v'\ncrop = true");
    let read = |baseline: &str| experiment(&with(baseline)).baseline.unwrap();
    assert_eq!(read("'short'"), Baseline::Arm(0, None));
    assert_eq!(
        read("{ variant = 'short', view = 'v' }"),
        Baseline::Arm(0, Some(0))
    );
    assert_eq!(
        read("{ results = 'a.jsonl' }"),
        Baseline::Results {
            file: "a.jsonl".to_owned(),
            variant: None
        }
    );
    assert_eq!(
        read("{ session = 's.jsonl' }"),
        Baseline::Session("s.jsonl".to_owned())
    );
    refused(
        &with("'shrt'"),
        "line 1: baseline names the variant \"shrt\", which is none; did you mean short?",
    );
    refused(
        &with("{ session = 'a', results = 'b' }"),
        "line 1: baseline is neither one nor the other; give variant (and view), results (and variant), or session",
    );
}

#[test]
fn of_any_bytes_is_refused_and_never_a_panic() {
    let whole = format!(
        "seeds = [0]\n{LEAST}expect = {{ boxes = [{{ box = [0, 1, 2, 3] }}] }}\n[controls]\nblind = true"
    );
    for end in (0..whole.len()).filter(|it| whole.is_char_boundary(*it)) {
        let _ = parse(&whole[..end], &Files::default());
        let mut bytes = whole.clone().into_bytes();
        bytes[end] = bytes[end].wrapping_add(1) & 0x7f;
        let _ = parse(&String::from_utf8(bytes).unwrap(), &Files::default());
    }
    assert!(parse(&"#".repeat(1 << 21), &Files::default()).is_err());
    assert!(parse(&format!("a = {}", "[".repeat(100_000)), &Files::default()).is_err());
}
