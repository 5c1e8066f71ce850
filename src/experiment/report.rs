//! An experiment, its cells and their answers in, everything that can be said about them out: once, for every way to write it.

use std::collections::{BTreeMap, BTreeSet};

use super::control::{Controlled, Totals, controlled};
use super::figures::{Classes, Figure, Metric, case_mark, figures, only_text};
use super::grid::{Cell, Control, Grid};
use super::interval::SEED;
use super::paired::{Pair, Paired, holm, mcnemar, randomisation};
use super::row::{Row, by_id};
use super::score::{Mark, Said, Score, agree, score, shown, shown_truth};
use super::words::is_same;
use super::{Baseline, Case, Experiment, Judge};

/// Everything that can be said about an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its title, "" for none.
    pub title: String,
    /// Answers that the grid asks for (each id once), that there are, and that failed.
    pub counts: Counts,
    /// The ways that were compared: variants, times views where there are views. A pinned baseline comes first.
    pub arms: Vec<Arm>,
    /// The index of the arm that the others are compared with, where there are others.
    pub baseline: Option<usize>,
    /// One for each other arm.
    pub comparisons: Vec<Comparison>,
    /// One for each case.
    pub cases: Vec<CaseLine>,
    /// What was asked in vain: the case, the way, the control if it is one, and why, a line each.
    pub failures: Vec<String>,
    /// What is to be known beside, a sentence each.
    pub notes: Vec<String>,
}

/// How many answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Asked for.
    pub cells: usize,
    /// Answered.
    pub answered: usize,
    /// Asked in vain.
    pub failed: usize,
}

/// A way of asking.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// The variant's name, and the view's behind `@`.
    pub name: String,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// The figures of its blind answers, by control.
    pub blind: Vec<(Control, Vec<Figure>)>,
    /// Its controls.
    pub totals: Totals,
}

/// An arm beside the baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The arm's index.
    pub arm: usize,
    /// Its tests.
    pub tests: Vec<Test>,
    /// Cases whose answer changed in mark or finding, in the order of cases.
    pub changed: Vec<Changed>,
    /// Cases whose answer changed in words only.
    pub reworded: usize,
}

/// Whether an arm's figure is better or worse by more than chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Which figure.
    pub metric: Metric,
    /// The test.
    pub paired: Paired,
    /// p after Holm's correction for the arms compared by this figure.
    pub holm: f64,
    /// The exact test of `McNemar`, where each mark is 0 or 1.
    pub mcnemar: Option<f64>,
}

/// A case whose answer changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The case's index.
    pub case: usize,
    /// Its marks before and after, where there are any: of [`Mark::Right`], else of the first there is.
    pub marks: Option<(f64, f64)>,
    /// What the answers say, in short.
    pub said: (String, String),
    /// The findings that differ, a phrase each.
    pub findings: Vec<String>,
    /// The words that differ.
    pub words: String,
}

/// A case and its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseLine {
    /// Its name.
    pub name: String,
    /// The truth in short, "" for none.
    pub truth: String,
    /// Its answers, for each arm in the order of arms.
    pub arms: Vec<CaseArm>,
}

/// A case's answers by one arm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CaseArm {
    /// One for each seed that was answered or failed.
    pub answers: Vec<Answered>,
    /// The mean of its marks [`Mark::Right`].
    pub right: Option<f64>,
    /// What its controls say.
    pub controlled: Option<Controlled>,
}

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The seed.
    pub seed: u64,
    /// The answer; the reason when it failed.
    pub text: Result<String, String>,
    /// What it says in short.
    pub said: String,
    /// Its marks.
    pub score: Score,
}

/// Answers of an earlier run that are the baseline.
#[derive(Debug, Clone, Copy)]
pub struct Pinned<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its rows; they belong to the cases of their name.
    pub rows: &'a [Row],
}

/// The rows of an earlier run that can be a baseline: the answers to the questions themselves, of one variant.
///
/// # Errors
/// When it has several variants and none is named, or none of this name.
pub fn pinned_rows(rows: &[Row], variant: Option<&str>) -> Result<Vec<Row>, String> {
    let plain = rows.iter().filter(|it| it.control.is_empty());
    let names: BTreeSet<&str> = plain.clone().map(|it| it.variant.as_str()).collect();
    let list = || names.iter().copied().collect::<Vec<_>>().join(", ");
    match variant {
        Some(name) if !names.contains(name) => {
            return Err(format!("there is no variant {name:?}; there is {}", list()));
        }
        None if names.len() > 1 => {
            return Err(format!(
                "there are several variants; name one of {}",
                list()
            ));
        }
        _ => {}
    }
    let chosen = plain.filter(|it| variant.is_none_or(|name| it.variant == name));
    Ok(chosen.cloned().collect())
}

/// Puts everything together.
///
/// `rows` may hold rows of other grids; those count not. `pinned` are the baseline's answers where that is an earlier run.
pub fn report(
    experiment: &Experiment,
    grid: &Grid,
    rows: &[Row],
    pinned: Option<Pinned<'_>>,
    judge: &dyn Judge,
) -> Report {
    let rows_by_id = by_id(rows);
    let data = arms(experiment, grid, &rows_by_id, pinned);
    let scored: Vec<Vec<Vec<Score>>> = data
        .iter()
        .map(|arm| scores(&arm.plain, experiment, judge))
        .collect();
    let baseline = baseline_of(experiment, &data, pinned.is_some());
    let mut comparisons = Vec::new();
    for (arm, it) in data.iter().enumerate() {
        let Some(before) = baseline.filter(|it| *it != arm) else {
            continue;
        };
        let sides = [&data[before], it];
        let marks = [&scored[before], &scored[arm]];
        let (changed, reworded) = changes(experiment, sides, marks, judge);
        comparisons.push(Comparison {
            arm,
            tests: tests(&scored[before], &scored[arm]),
            changed,
            reworded,
        });
    }
    correct(&mut comparisons);
    let controls: Vec<Vec<Option<Controlled>>> = data
        .iter()
        .map(|arm| arm.controlled(experiment, judge))
        .collect();
    let lines = experiment.cases.iter().enumerate().map(|(index, case)| {
        let arms = data.iter().enumerate().map(|(arm, it)| {
            let scores = &scored[arm][index];
            it.line(index, case, scores, controls[arm][index])
        });
        CaseLine {
            name: case.name.clone(),
            truth: case.expect.as_ref().map(shown_truth).unwrap_or_default(),
            arms: arms.collect(),
        }
    });
    let cases = lines.collect();
    let arms = data.iter().enumerate().map(|(index, arm)| Arm {
        name: arm.name.clone(),
        figures: figures(&scored[index]),
        blind: arm.blind_figures(experiment, judge),
        totals: Totals::of(controls[index].iter().flatten()),
    });
    Report {
        title: experiment.title.clone(),
        counts: counts(&grid.cells, &rows_by_id),
        arms: arms.collect(),
        baseline: baseline.filter(|_| data.len() > 1),
        comparisons,
        cases,
        failures: failures(experiment, &data),
        notes: notes(experiment, grid, rows, pinned.is_some()),
    }
}

fn counts(cells: &[Cell], rows: &BTreeMap<&str, &Row>) -> Counts {
    let ids: BTreeSet<&str> = cells.iter().map(|it| it.id.as_str()).collect();
    let mut counts = Counts {
        cells: ids.len(),
        ..Counts::default()
    };
    for row in ids.iter().filter_map(|id| rows.get(id)) {
        let answered = row.answer.is_some();
        counts.answered += usize::from(answered);
        counts.failed += usize::from(!answered);
    }
    counts
}

fn notes(experiment: &Experiment, grid: &Grid, rows: &[Row], pinned: bool) -> Vec<String> {
    let mut notes = grid.notes.clone();
    let ids: BTreeSet<&str> = grid.cells.iter().map(|it| it.id.as_str()).collect();
    let strange = rows
        .iter()
        .filter(|it| !ids.contains(it.id.as_str()))
        .count();
    if strange > 0 {
        let rows = if strange == 1 { "row" } else { "rows" };
        notes.push(format!(
            "{strange} {rows} of the results answer something else (another model, other settings, another question) and do not count"
        ));
    }
    let arms = experiment.variants.len() * experiment.views.len().max(1);
    if experiment.baseline.is_none() && arms > 1 && !pinned {
        let name = &experiment.variants[0].name;
        notes.push(format!(
            "no baseline is named, so the arms are compared with the first variant, {name:?}"
        ));
    }
    notes
}

/// An arm's rows.
struct ArmRows<'a> {
    name: String,
    variant: Option<usize>,
    view: Option<usize>,
    /// For each case, the rows of the question itself.
    plain: Vec<Vec<&'a Row>>,
    /// For each case, the rows of its controls.
    controls: Vec<Vec<(Control, &'a Row)>>,
}

fn arms<'a>(
    experiment: &Experiment,
    grid: &Grid,
    rows: &BTreeMap<&'a str, &'a Row>,
    pinned: Option<Pinned<'a>>,
) -> Vec<ArmRows<'a>> {
    let cases = experiment.cases.len();
    let arm = |name: String, variant, view| ArmRows {
        name,
        variant,
        view,
        plain: vec![Vec::new(); cases],
        controls: vec![Vec::new(); cases],
    };
    let mut arms = Vec::new();
    if let Some(pinned) = pinned {
        let mut first = arm(pinned.name.to_owned(), None, None);
        for (index, case) in experiment.cases.iter().enumerate() {
            let of_case = pinned.rows.iter().filter(|it| it.case == case.name);
            first.plain[index] = of_case.collect();
        }
        arms.push(first);
    }
    for (variant, it) in experiment.variants.iter().enumerate() {
        if experiment.views.is_empty() {
            arms.push(arm(it.name.clone(), Some(variant), None));
        }
        for (view, seen) in experiment.views.iter().enumerate() {
            let name = format!("{} @ {}", it.name, seen.name);
            arms.push(arm(name, Some(variant), Some(view)));
        }
    }
    for cell in &grid.cells {
        let Some(row) = rows.get(cell.id.as_str()) else {
            continue;
        };
        let its = arms
            .iter_mut()
            .find(|it| it.variant == Some(cell.variant) && it.view == cell.view);
        if let Some(arm) = its {
            match cell.control {
                Control::None => arm.plain[cell.case].push(row),
                control => arm.controls[cell.case].push((control, row)),
            }
        }
    }
    arms
}

fn baseline_of(experiment: &Experiment, arms: &[ArmRows<'_>], pinned: bool) -> Option<usize> {
    let (variant, view) = match &experiment.baseline {
        _ if pinned => return Some(0),
        Some(Baseline::Arm(variant, view)) => (*variant, *view),
        _ => (0, None),
    };
    arms.iter()
        .position(|it| it.variant == Some(variant) && (view.is_none() || it.view == view))
}

/// For each case the scores of its answers; none without a truth.
fn scores(plain: &[Vec<&Row>], experiment: &Experiment, judge: &dyn Judge) -> Vec<Vec<Score>> {
    let cases = experiment.cases.iter().zip(plain);
    cases
        .map(|(case, rows)| {
            let said = rows.iter().filter_map(|it| Said::of(it));
            let scores = said.filter_map(|it| Some(score(it, case.expect.as_ref()?, judge)));
            scores.collect()
        })
        .collect()
}

impl ArmRows<'_> {
    fn controlled(&self, experiment: &Experiment, judge: &dyn Judge) -> Vec<Option<Controlled>> {
        let cases = experiment.cases.iter().enumerate();
        cases
            .map(|(index, case)| {
                let original = self.plain[index].iter().find_map(|it| Said::of(it))?;
                let controls: Vec<(Control, Said<'_>)> = self.controls[index]
                    .iter()
                    .filter_map(|(control, row)| Some((*control, Said::of(row)?)))
                    .collect();
                (!controls.is_empty())
                    .then(|| controlled(original, &controls, case.expect.as_ref(), judge))
            })
            .collect()
    }

    /// The figures of the blind answers: what can be had without looking.
    fn blind_figures(
        &self,
        experiment: &Experiment,
        judge: &dyn Judge,
    ) -> Vec<(Control, Vec<Figure>)> {
        let both = [Control::Neutral, Control::NoPicture].into_iter();
        let all = both.map(|wanted| {
            let rows: Vec<Vec<&Row>> = self
                .controls
                .iter()
                .map(|it| {
                    let of = it.iter().filter(|(control, _)| *control == wanted);
                    of.map(|it| it.1).collect()
                })
                .collect();
            (wanted, figures(&scores(&rows, experiment, judge)))
        });
        all.filter(|(_, figures)| !figures.is_empty()).collect()
    }

    fn line(
        &self,
        index: usize,
        case: &Case,
        scores: &[Score],
        controlled: Option<Controlled>,
    ) -> CaseArm {
        let mut scores_left = scores.iter();
        let answers = self.plain[index].iter().map(|row| {
            let said = Said::of(row);
            let score = said.and_then(|_| scores_left.next());
            Answered {
                seed: row.seed,
                text: match (&row.answer, &row.error) {
                    (Some(answer), _) => Ok(answer.clone()),
                    (None, error) => Err(error.clone().unwrap_or_default()),
                },
                said: said.map_or_else(String::new, |it| shown(it, case.expect.as_ref())),
                score: score.cloned().unwrap_or_default(),
            }
        });
        CaseArm {
            answers: answers.collect(),
            right: case_mark(scores, Mark::Right),
            controlled,
        }
    }
}

/// Figures that are tested, and the marks that they are means of.
const TESTED: [(Metric, Mark); 6] = [
    (Metric::Accuracy, Mark::Right),
    (Metric::Exact, Mark::Exact),
    (Metric::TokenF1, Mark::TokenF1),
    (Metric::Claims, Mark::Claims),
    (Metric::Iou, Mark::Iou),
    (Metric::BoxF1, Mark::BoxF1),
];

fn tests(before: &[Vec<Score>], after: &[Vec<Score>]) -> Vec<Test> {
    let mut tests = Vec::new();
    for (metric, mark) in TESTED {
        let marks: Vec<(f64, f64)> = before
            .iter()
            .zip(after)
            .filter_map(|(a, b)| Some((case_mark(a, mark)?, case_mark(b, mark)?)))
            .collect();
        // where the only truth is a text, "right" is "same words", and is tested once
        if metric != Metric::Accuracy || !only_text(before) {
            tests.extend(test(metric, &marks, &vec![1.0; marks.len()]));
        }
        if metric == Metric::Accuracy {
            tests.extend(balanced_test(before, after));
        }
    }
    tests
}

/// The test of a weighted mean; weights are relative.
fn test(metric: Metric, marks: &[(f64, f64)], weights: &[f64]) -> Option<Test> {
    let all: f64 = weights.iter().sum();
    let pairs: Vec<Pair> = marks
        .iter()
        .zip(weights)
        .map(|((before, after), weight)| Pair {
            before: *before,
            after: *after,
            weight: weight / all,
        })
        .collect();
    let paired = randomisation(&pairs, SEED)?;
    let is_bit = |it: f64| it <= 0.0 || it >= 1.0;
    let counted = marks.iter().all(|(a, b)| is_bit(*a) && is_bit(*b));
    let even = weights.windows(2).all(|it| (it[0] - it[1]).abs() < 1e-12);
    let mcnemar = (counted && even).then(|| {
        let only = |f: fn(&(f64, f64)) -> bool| marks.iter().filter(|it| f(it)).count();
        mcnemar(only(|it| it.0 > it.1), only(|it| it.1 > it.0))
    });
    Some(Test {
        metric,
        holm: paired.p,
        paired,
        mcnemar,
    })
}

/// Balanced accuracy is a mean too, in which each case counts by how rare its class is.
fn balanced_test(before: &[Vec<Score>], after: &[Vec<Score>]) -> Option<Test> {
    let (before, after) = (Classes::of(before), Classes::of(after));
    let mut pairs = Vec::new();
    for (place, case) in before.cases.iter().enumerate() {
        let other = after.cases.binary_search(case);
        if let Ok(other) = other {
            pairs.push((before.truth[place], before.right(place), after.right(other)));
        }
    }
    let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
    for (class, ..) in &pairs {
        *sizes.entry(*class).or_default() += 1.0;
    }
    if sizes.len() < 2 {
        return None;
    }
    let weights: Vec<f64> = pairs.iter().map(|it| 1.0 / sizes[&it.0]).collect();
    let marks: Vec<(f64, f64)> = pairs.iter().map(|it| (it.1, it.2)).collect();
    test(Metric::BalancedAccuracy, &marks, &weights).map(|it| Test {
        mcnemar: None,
        ..it
    })
}

/// Corrects each figure's p for the number of arms that are compared by it.
fn correct(comparisons: &mut [Comparison]) {
    let mut by_metric: BTreeMap<Metric, Vec<&mut Test>> = BTreeMap::new();
    for test in comparisons.iter_mut().flat_map(|it| &mut it.tests) {
        by_metric.entry(test.metric).or_default().push(test);
    }
    for tests in by_metric.values_mut() {
        let ps: Vec<f64> = tests.iter().map(|it| it.paired.p).collect();
        for (test, p) in tests.iter_mut().zip(holm(&ps)) {
            test.holm = p;
        }
    }
}

fn failures(experiment: &Experiment, arms: &[ArmRows<'_>]) -> Vec<String> {
    let mut failures = Vec::new();
    for (index, case) in experiment.cases.iter().enumerate() {
        for arm in arms {
            let plain = arm.plain[index].iter().map(|row| (Control::None, *row));
            let all = plain.chain(arm.controls[index].iter().copied());
            for (control, row) in all.filter(|(_, row)| row.answer.is_none()) {
                let (case, way) = (&case.name, &arm.name);
                let why = row.error.as_deref().unwrap_or("no reason is known");
                failures.push(match control {
                    Control::None => format!("{case}, {way}: {why}"),
                    _ => format!("{case}, {way}, {control}: {why}"),
                });
            }
        }
    }
    failures
}

/// What changed from one arm to another (each case's first answers, and its marks), and how many were only reworded.
fn changes(
    experiment: &Experiment,
    sides: [&ArmRows<'_>; 2],
    scored: [&Vec<Vec<Score>>; 2],
    judge: &dyn Judge,
) -> (Vec<Changed>, usize) {
    let (mut changed, mut reworded) = (Vec::new(), 0);
    for (case, it) in experiment.cases.iter().enumerate() {
        let [before, after] =
            sides.map(|side| side.plain[case].iter().find_map(|row| Said::of(row)));
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        let marks: Vec<(f64, f64)> = TESTED
            .iter()
            .filter_map(|(_, mark)| {
                let [before, after] = scored.map(|it| case_mark(&it[case], *mark));
                before.zip(after)
            })
            .collect();
        let moved = marks.iter().any(|(a, b)| (a - b).abs() > 1e-9);
        let expect = it.expect.as_ref();
        let findings = judge.differences(before.text, after.text);
        if moved || !findings.is_empty() || !agree(before, after, expect, judge) {
            changed.push(Changed {
                case,
                marks: marks.first().copied(),
                said: (shown(before, expect), shown(after, expect)),
                findings,
                words: judge.word_difference(before.text, after.text),
            });
        } else if !is_same(before.text, after.text) {
            reworded += 1;
        }
    }
    (changed, reworded)
}
