//! What an answer is worth: its marks, its class, its faults; when two answers say the same; and figures over seeds and views.

use std::collections::BTreeMap;

use medlab::experiment::figures::{Figure, Method, Metric, figures};
use medlab::experiment::grid::cells;
use medlab::experiment::report::report;
use medlab::experiment::row::{Boxed, Row};
use medlab::experiment::score::{Mark, Said, Score, agree, score};
use medlab::experiment::{Expect, Judge as _};

use super::{Child, HERE, Here, LEAST, experiment};

fn truth(expect: &str) -> Expect {
    let text = format!("{LEAST}expect = {expect}");
    experiment(&text).cases[0].expect.clone().unwrap()
}

fn said(text: &str) -> Said<'_> {
    Said { text, boxes: &[] }
}

#[track_caller]
fn check(expect: &str, answer: &str, marks: &[(Mark, f64)], faults: &[&str]) {
    let score = score(said(answer), &truth(expect), &Child);
    let all: Vec<(Mark, f64)> = score.marks.into_iter().collect();
    assert_eq!(all, marks, "{answer:?}");
    assert_eq!(score.faults, faults, "{answer:?}");
}

#[test]
fn an_answer_is_marked_by_what_the_truth_allows() {
    use Mark::{Claims, Exact, Right, TokenF1};
    check("'yes'", "Yes.", &[(Right, 1.0)], &[]);
    check("'yes'", "No.", &[(Right, 0.0)], &["says no, expected yes"]);
    check(
        "'no'",
        "The left lung.",
        &[(Right, 0.0)],
        &["says neither yes nor no, expected no"],
    );
    let sides = "{ choice = 'B', choices = { A = 'left', B = 'right' } }";
    check(sides, "On the right.", &[(Right, 1.0)], &[]);
    check(sides, "Left", &[(Right, 0.0)], &["chooses A, expected B"]);
    check(
        sides,
        "?",
        &[(Right, 0.0)],
        &["chooses none of the choices, expected B"],
    );
    let text = "'A small effusion'";
    check(
        text,
        "small effusion.",
        &[(Right, 1.0), (Exact, 1.0), (TokenF1, 1.0)],
        &[],
    );
    check(
        text,
        "effusion",
        &[(Right, 0.0), (Exact, 0.0), (TokenF1, 2.0 / 3.0)],
        &[],
    );
    let findings = "{ answer = 'yes', says = ['effusion'], not = ['nodule', '积液'] }";
    check(
        findings,
        "Yes, effusion, no nodule.",
        &[(Right, 1.0), (Claims, 1.0)],
        &[],
    );
    check(
        findings,
        "Yes, a nodule.",
        &[(Right, 0.0), (Claims, 1.0 / 3.0)],
        &[
            "does not say \"effusion\": they do not",
            "says \"nodule\": its words stand there",
        ],
    );
    // a text beside an answer is no reason to be wrong
    let both = "{ answer = 'yes', text = 'yes an effusion' }";
    check(
        both,
        "Yes",
        &[(Right, 1.0), (Exact, 0.0), (TokenF1, 0.5 + 1.0 / 6.0)],
        &[],
    );
}

fn boxed(label: &str, edges: [f64; 4]) -> Boxed {
    Boxed {
        label: label.to_owned(),
        square: Some(edges),
        pixels: None,
    }
}

#[track_caller]
fn check_boxes(truth: &[Boxed], answer: &[Boxed], iou: Option<f64>, f1: f64) {
    let expect = Expect {
        boxes: Some(truth.to_vec()),
        ..Expect::default()
    };
    let said = Said {
        text: "",
        boxes: answer,
    };
    let score = score(said, &expect, &Child);
    assert_eq!(score.marks.get(&Mark::Iou).copied(), iou);
    assert!((score.marks[&Mark::BoxF1] - f1).abs() < 1e-12, "{score:?}");
    assert_eq!(score.faults.is_empty(), f1 >= 1.0);
}

#[test]
fn boxes_are_paired_by_label_and_overlap() {
    let (left, right) = ([0.0, 0.0, 10.0, 10.0], [0.0, 10.0, 10.0, 20.0]);
    let half = [0.0, 0.0, 5.0, 10.0];
    assert!((Child.iou(left, half) - 0.5).abs() < 1e-12);
    let nodule = |edges| boxed("nodule", edges);
    check_boxes(&[nodule(left)], &[boxed("Nodule.", left)], Some(1.0), 1.0);
    check_boxes(&[nodule(left)], &[boxed("mass", left)], Some(0.0), 0.0);
    check_boxes(&[boxed("", left)], &[boxed("mass", left)], Some(1.0), 1.0);
    check_boxes(&[nodule(left)], &[nodule(half)], Some(0.5), 1.0);
    check_boxes(&[nodule(left)], &[nodule(right)], Some(0.0), 0.0);
    check_boxes(
        &[nodule(left), nodule(right)],
        &[nodule(right), nodule(left)],
        Some(1.0),
        1.0,
    );
    check_boxes(
        &[nodule(left), nodule(right)],
        &[nodule(left)],
        Some(0.5),
        2.0 / 3.0,
    );
    check_boxes(
        &[nodule(left)],
        &[nodule(left), nodule(left)],
        Some(1.0),
        2.0 / 3.0,
    );
    check_boxes(&[], &[], None, 1.0);
    check_boxes(&[], &[nodule(left)], None, 0.0);
    // one place is in pixels, the other in the square: nothing to compare
    let pixels = Boxed {
        label: "nodule".to_owned(),
        square: None,
        pixels: Some(left),
    };
    check_boxes(&[pixels], &[nodule(left)], Some(0.0), 0.0);
}

#[test]
fn two_answers_say_the_same_as_far_as_the_truth_asks() {
    let check = |expect: Option<&str>, a, b, same| {
        let expect = expect.map(truth);
        let agree = agree(said(a), said(b), expect.as_ref(), &Child);
        assert_eq!(agree, same, "{expect:?} {a:?} {b:?}");
    };
    check(Some("'yes'"), "Yes, effusion.", "There is a nodule.", true);
    check(Some("'yes'"), "Yes", "No", false);
    check(Some("'yes'"), "Perhaps.", "?", false);
    check(Some("'yes'"), "?", "??", true);
    check(
        Some("{ says = 'effusion' }"),
        "effusion",
        "effusion, nodule",
        true,
    );
    check(
        Some("{ says = 'effusion' }"),
        "effusion",
        "no effusion",
        false,
    );
    check(Some("{ not = 'nodule' }"), "nodule", "clear", false);
    check(
        Some("{ choice = 'a', choices = ['a', 'bb'] }"),
        "bb",
        "It is bb.",
        true,
    );
    check(Some("'some text'"), "Some text.", "some TEXT", true);
    check(None, "Clear.", "clear", true);
    check(None, "Yes, effusion", "There is effusion", true);
    check(None, "effusion", "nodule", false);
}

fn figure(figures: &[Figure], metric: Metric) -> Figure {
    *figures.iter().find(|it| it.metric == metric).unwrap()
}

fn right(right: f64) -> Score {
    Score {
        marks: BTreeMap::from([(Mark::Right, right)]),
        ..Score::default()
    }
}

#[test]
fn a_case_counts_once_however_many_seeds_it_has() {
    let cases = [
        vec![right(1.0)],
        vec![right(0.0), right(0.0), right(1.0), right(0.0)],
        vec![],
    ];
    let accuracy = figure(&figures(&cases), Metric::Accuracy);
    assert_eq!((accuracy.n, accuracy.method), (2, Method::Bootstrap));
    assert!((accuracy.value - 0.625).abs() < 1e-12);
    let once = [vec![right(1.0)], vec![right(0.0)]];
    let accuracy = figure(&figures(&once), Metric::Accuracy);
    assert_eq!((accuracy.n, accuracy.method), (2, Method::Wilson));
    assert!(figures(&[]).is_empty());
    assert!(figures(&[vec![], vec![]]).is_empty());
}

#[test]
fn choices_have_classes_only_where_all_cases_have_the_same() {
    let of = |choices: &str, answer: &str| vec![score(said(answer), &truth(choices), &Child)];
    let first = "{ choice = 'left', choices = ['left', 'right'] }";
    let second = "{ choice = 'right', choices = ['left', 'right'] }";
    let other = "{ choice = 'top', choices = ['top', 'bottom'] }";
    let same = figures(&[of(first, "left"), of(second, "left")]);
    assert!((figure(&same, Metric::BalancedAccuracy).value - 0.5).abs() < 1e-12);
    let mixed = figures(&[of(first, "left"), of(second, "left"), of(other, "top")]);
    assert!(mixed.iter().all(|it| it.metric != Metric::BalancedAccuracy));
    assert!((figure(&mixed, Metric::Accuracy).value - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn the_only_truth_being_a_text_right_and_same_words_are_said_once() {
    let of = |answer: &str| vec![score(said(answer), &truth("'clear lungs'"), &Child)];
    let metrics: Vec<Metric> = figures(&[of("clear lungs"), of("clear")])
        .iter()
        .map(|it| it.metric)
        .collect();
    assert_eq!(metrics, [Metric::Exact, Metric::TokenF1]);
}

#[test]
fn views_are_ways_to_ask_and_the_first_is_the_baseline() {
    let text = format!(
        "baseline = 'short'\nseeds = [1, 2]\n{LEAST}expect = 'yes'\n[[view]]\nname = 'lung'\nwindow = 'lung'\n[[view]]\nname = 'bone'\nwindow = 'bone'"
    );
    let experiment = experiment(&text);
    let world = Here {
        temperature: "1",
        ..HERE
    };
    let grid = cells(&experiment, &world).unwrap();
    let rows: Vec<Row> = grid
        .cells
        .iter()
        .map(|cell| Row {
            answer: Some(
                if cell.view == Some(1) && cell.seed == 2 {
                    "No"
                } else {
                    "Yes"
                }
                .to_owned(),
            ),
            ..Row::of(cell, &experiment)
        })
        .collect();
    assert_eq!((rows.len(), rows[0].view.as_str()), (4, "lung"));
    let report = report(&experiment, &grid, &rows, None, &Child);
    let names: Vec<&str> = report.arms.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["short @ lung", "short @ bone"]);
    assert_eq!((report.baseline, report.comparisons[0].arm), (Some(0), 1));
    let test = &report.comparisons[0].tests[0];
    assert!((test.paired.delta + 0.5).abs() < 1e-12);
    assert_eq!(test.mcnemar, None, "half right is no right or wrong");
    assert_eq!(report.comparisons[0].changed[0].marks, Some((1.0, 0.5)));
}

#[test]
fn the_test_of_balanced_accuracy_weighs_each_case_by_how_rare_its_class_is() {
    let mut text =
        "[[variant]]\nname = 'a'\ntext = 'x'\n[[variant]]\nname = 'b'\ntext = 'y'\n".to_owned();
    for (name, truth) in [("1", "yes"), ("2", "no"), ("3", "no"), ("4", "no")] {
        text += &[
            "[[case]]\nname = '",
            name,
            "'\npictures = '",
            name,
            "'\nexpect = '",
            truth,
            "'\n",
        ]
        .concat();
    }
    let experiment = experiment(&text);
    let grid = cells(&experiment, &HERE).unwrap();
    let rows = grid.cells.iter().map(|cell| Row {
        answer: Some(
            if cell.variant == 1 && cell.case < 2 {
                "Yes"
            } else {
                "No"
            }
            .to_owned(),
        ),
        ..Row::of(cell, &experiment)
    });
    let rows: Vec<Row> = rows.collect();
    let report = report(&experiment, &grid, &rows, None, &Child);
    let delta = |metric| {
        let tests = &report.comparisons[0].tests;
        tests
            .iter()
            .find(|it| it.metric == metric)
            .unwrap()
            .paired
            .delta
    };
    let value = |arm: usize| figure(&report.arms[arm].figures, Metric::BalancedAccuracy).value;
    assert!(delta(Metric::Accuracy).abs() < 1e-12);
    assert!((delta(Metric::BalancedAccuracy) - 1.0 / 3.0).abs() < 1e-12);
    assert!((value(1) - value(0) - 1.0 / 3.0).abs() < 1e-12);
}
