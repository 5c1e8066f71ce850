//! A report in, one JSON object out, with every number unrounded.

use serde_json::{Map, Value, json};

use super::control::{Controlled, Label};
use super::figures::{Figure, Method};
use super::interval::{RESAMPLES, SEED};
use super::report::{Answered, Arm, CaseArm, Comparison, Report, Test};

/// The report as JSON.
///
/// `title`; `answers` (`asked_for`, `answered`, `failed`); `arms` (`name`, `figures`, `blind`, `controls`); `baseline` (an
/// arm's name or null); `comparisons` (`arm`, `tests`, `changed`, `reworded`); `cases` (`name`, `expected`, `arms`); `failures`; `notes`;
/// `statistics` (how intervals and tests were made, so that they can be made again).
pub fn json(report: &Report) -> Value {
    let name = |index: usize| report.arms.get(index).map(|it| it.name.as_str());
    json!({
        "title": report.title,
        "answers": {
            "asked_for": report.counts.cells,
            "answered": report.counts.answered,
            "failed": report.counts.failed,
        },
        "arms": report.arms.iter().map(arm).collect::<Vec<_>>(),
        "baseline": report.baseline.and_then(name),
        "comparisons": report.comparisons.iter().map(|it| comparison(report, it)).collect::<Vec<_>>(),
        "cases": report.cases.iter().map(|it| json!({
            "name": it.name,
            "expected": it.truth,
            "arms": it.arms.iter().zip(&report.arms).map(|(case, arm)| case_arm(case, &arm.name)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "failures": report.failures,
        "notes": report.notes,
        "statistics": {
            "level": 0.95,
            "resamples": RESAMPLES,
            "seed": SEED,
            "test": "paired approximate randomisation, two-sided",
            "correction": "Holm",
        },
    })
}

fn arm(arm: &Arm) -> Value {
    let blind = arm
        .blind
        .iter()
        .map(|(control, figures)| (control.to_string(), of_figures(figures)));
    let totals = &arm.totals;
    let labels: Map<String, Value> = Label::ALL
        .iter()
        .zip(totals.labels)
        .map(|(label, count)| (label.name().to_owned(), Value::from(count)))
        .collect();
    json!({
        "name": arm.name,
        "figures": of_figures(&arm.figures),
        "blind": blind.collect::<Map<_, _>>(),
        "controls": {
            "blind_cases": totals.used.0,
            "picture_used": totals.used.1,
            "paraphrases": totals.flips.0,
            "flips": totals.flips.1,
            "flip_rate": totals.flip_rate(),
            "paraphrased_cases": totals.flipped.0,
            "cases_that_flip": totals.flipped.1,
            "labels": labels,
        },
    })
}

fn of_figures(figures: &[Figure]) -> Value {
    let all = figures.iter().map(|it| {
        let method = match it.method {
            Method::Wilson => "wilson",
            Method::Bootstrap => "bootstrap",
        };
        let value = json!({
            "value": it.value,
            "n": it.n,
            "interval": it.interval.map(|(low, high)| [low, high]),
            "method": method,
        });
        (it.metric.name().to_owned(), value)
    });
    Value::Object(all.collect())
}

fn comparison(report: &Report, comparison: &Comparison) -> Value {
    let changed = comparison.changed.iter().map(|it| {
        json!({
            "case": report.cases.get(it.case).map(|case| case.name.as_str()),
            "marks": it.marks.map(|(before, after)| [before, after]),
            "said": [it.said.0, it.said.1],
            "findings": it.findings,
            "words": it.words,
        })
    });
    json!({
        "arm": report.arms.get(comparison.arm).map(|it| it.name.as_str()),
        "tests": comparison.tests.iter().map(test).collect::<Map<_, _>>(),
        "changed": changed.collect::<Vec<_>>(),
        "reworded": comparison.reworded,
    })
}

fn test(test: &Test) -> (String, Value) {
    let paired = &test.paired;
    let value = json!({
        "n": paired.n,
        "differ": paired.discordant,
        "delta": paired.delta,
        "p": paired.p,
        "p_holm": test.holm,
        "exact": paired.exact,
        "ways": paired.ways,
        "mcnemar_p": test.mcnemar,
    });
    (test.metric.name().to_owned(), value)
}

fn case_arm(case: &CaseArm, name: &str) -> Value {
    json!({
        "arm": name,
        "right": case.right,
        "answers": case.answers.iter().map(answered).collect::<Vec<_>>(),
        "controls": case.controlled.as_ref().map(controlled),
    })
}

fn answered(answered: &Answered) -> Value {
    let marks = answered.score.marks.iter();
    let marks: Map<String, Value> = marks
        .map(|(mark, value)| (mark.name().to_owned(), Value::from(*value)))
        .collect();
    json!({
        "seed": answered.seed,
        "answer": answered.text.as_ref().ok(),
        "error": answered.text.as_ref().err(),
        "said": answered.said,
        "score": marks,
        "faults": answered.score.faults,
    })
}

fn controlled(case: &Controlled) -> Value {
    json!({
        "picture_used": case.used(),
        "same_with_neutral_picture": case.same_neutral,
        "same_without_picture": case.same_without,
        "stable": case.stable(),
        "paraphrases": case.paraphrases,
        "flips": case.flips,
        "label": case.label().map(Label::name),
    })
}
