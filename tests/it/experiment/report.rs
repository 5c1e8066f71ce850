//! What a report says, in a terminal, in Markdown and in JSON.

use insta::assert_snapshot;
use medlab::experiment::Experiment;
use medlab::experiment::blocks::blocks;
use medlab::experiment::grid::Control;
use medlab::experiment::grid::Grid;
use medlab::experiment::grid::cells;
use medlab::experiment::json::json;
use medlab::experiment::markdown::markdown;
use medlab::experiment::report::Pinned;
use medlab::experiment::report::Report;
use medlab::experiment::report::report;
use medlab::experiment::row::Row;
use medlab::experiment::table::text;
use unicode_width::UnicodeWidthStr;

use super::{Child, HERE, experiment};

const STUDY: &str = "
title = 'Two ways to ask'
[[variant]]
name = 'short'
text = 'Effusion?'
paraphrases = ['Any fluid?', 'Fluid there?']
[[variant]]
name = '详细'
text = 'Is there an effusion? Answer yes or no.'
paraphrases = ['Do you see fluid?']
[[case]]
name = '左侧积液'
pictures = 'a.png'
expect = 'yes'
[[case]]
name = 'clear'
pictures = 'b.png'
expect = 'no'
[[case]]
name = 'clear | twice'
pictures = 'c.png'
expect = 'no'
[controls]
blind = true
paraphrase = 2
";

/// Short says yes to all; the other looks, and fails once.
fn answer(variant: usize, case: usize, control: Control) -> Option<&'static str> {
    Some(match (variant, case, control) {
        (0, _, Control::Paraphrase(2)) => "No.",
        (0, ..) => "Yes, an effusion.",
        (1, 0, Control::None | Control::Paraphrase(_)) => "有。右侧\u{1b}[31m积液 **large** | x",
        (1, 2, Control::None) => return None,
        (1, ..) => "No, no effusion.",
        _ => "?",
    })
}

fn study() -> (Experiment, Grid, Vec<Row>) {
    let experiment = experiment(STUDY);
    let grid = cells(&experiment, &HERE).unwrap();
    let rows = grid.cells.iter().map(|cell| {
        let answer = answer(cell.variant, cell.case, cell.control);
        Row {
            answer: answer.map(str::to_owned),
            error: answer.is_none().then(|| "the window is full".to_owned()),
            ..Row::of(cell, &experiment)
        }
    });
    let rows = rows.collect();
    (experiment, grid, rows)
}

fn made() -> Report {
    let (experiment, grid, rows) = study();
    report(&experiment, &grid, &rows, None, &Child)
}

#[test]
fn in_a_terminal_reads_like_this() {
    let shown = text(&blocks(&made(), false), 80);
    assert_snapshot!("in_a_terminal", shown);
}

#[test]
fn in_markdown_reads_like_this() {
    let shown = markdown(&blocks(&made(), true));
    assert_snapshot!("in_markdown", shown);
}

#[test]
fn in_json_has_every_number() {
    let json = json(&made());
    assert_eq!(json["answers"]["asked_for"], 23);
    assert_eq!(json["answers"]["failed"], 1);
    assert_eq!(json["baseline"], "short");
    let figures = &json["arms"][0]["figures"];
    assert_eq!(figures["accuracy"]["value"], 1.0 / 3.0);
    assert_eq!(figures["accuracy"]["method"], "wilson");
    assert_eq!(figures["balanced_accuracy"]["value"], 0.5);
    assert_eq!(figures["sensitivity"]["value"], 1.0);
    assert_eq!(figures["specificity"]["value"], 0.0);
    let test = &json["comparisons"][0]["tests"]["accuracy"];
    assert_eq!(
        (
            test["n"].as_u64(),
            test["delta"].as_f64(),
            test["p"].as_f64()
        ),
        (Some(2), Some(0.5), Some(1.0))
    );
    assert_eq!(test["mcnemar_p"], 1.0);
    let controls = &json["arms"][0]["controls"];
    assert_eq!(controls["flip_rate"], 0.5);
    assert_eq!(controls["labels"]["worst"], 3);
    assert_eq!(
        json["cases"][2]["arms"][1]["answers"][0]["error"],
        "the window is full"
    );
}

#[test]
fn fits_every_width_and_cannot_command_a_terminal() {
    let blocks = blocks(&made(), true);
    for width in 0..200 {
        let shown = text(&blocks, width);
        assert!(!shown.contains('\u{1b}'));
        let widest = shown.lines().map(UnicodeWidthStr::width).max().unwrap();
        assert!(width < 12 || widest <= width, "{width}: {widest}\n{shown}");
    }
    assert!(!markdown(&blocks).contains('\u{1b}'));
}

#[test]
fn of_rows_in_any_order_is_the_same_and_strange_rows_are_told() {
    let (experiment, grid, mut rows) = study();
    let first = report(&experiment, &grid, &rows, None, &Child);
    rows.reverse();
    assert_eq!(report(&experiment, &grid, &rows, None, &Child), first);
    rows.push(Row {
        id: "other".to_owned(),
        answer: Some("Yes".to_owned()),
        ..Row::default()
    });
    let told = report(&experiment, &grid, &rows, None, &Child);
    assert!(
        told.notes
            .iter()
            .any(|it| it.starts_with("1 row of the results answer"))
    );
    assert_eq!(told.arms, first.arms);
}

#[test]
fn of_nothing_answered_is_a_report_all_the_same() {
    let (experiment, grid, _) = study();
    let empty = report(&experiment, &grid, &[], None, &Child);
    let shown = text(&blocks(&empty, true), 80);
    assert!(
        shown.contains("0 of 23 answers, 23 not asked yet"),
        "{shown}"
    );
    assert!(empty.arms.iter().all(|it| it.figures.is_empty()));
}

#[test]
fn is_compared_with_pinned_answers_by_the_names_of_cases() {
    let (experiment, grid, rows) = study();
    let pinned = ["左侧积液", "clear", "clear | twice"].map(|case| Row {
        case: case.to_owned(),
        answer: Some("No.".to_owned()),
        ..Row::default()
    });
    let pinned = Pinned {
        name: "last week",
        rows: &pinned,
    };
    let report = report(&experiment, &grid, &rows, Some(pinned), &Child);
    let names: Vec<&str> = report.arms.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["last week", "short", "详细"]);
    assert_eq!(report.baseline, Some(0));
    assert_eq!(report.comparisons.len(), 2);
    let changed: Vec<usize> = report.comparisons[0]
        .changed
        .iter()
        .map(|it| it.case)
        .collect();
    assert_eq!(changed, [0, 1, 2]);
    // Holm over the two arms
    let test = &report.comparisons[0].tests[0];
    assert!(test.holm >= test.paired.p);
}

#[test]
fn without_truth_says_what_changed_and_tests_nothing() {
    let text = STUDY
        .replace("expect = 'yes'\n", "")
        .replace("expect = 'no'\n", "");
    let experiment = experiment(&text);
    let grid = cells(&experiment, &HERE).unwrap();
    let (_, _, rows) = study();
    let report = report(&experiment, &grid, &rows, None, &Child);
    assert!(report.arms.iter().all(|it| it.figures.is_empty()));
    let comparison = &report.comparisons[0];
    assert!(comparison.tests.is_empty());
    assert_eq!(comparison.changed.len(), 2);
    assert_eq!(comparison.changed[1].findings, ["changed: effusion"]);
    assert_eq!(report.arms[0].totals.flips, (6, 3));
}
