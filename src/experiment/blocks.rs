//! A report in, headings, tables and lists out, which `table` and `markdown` write down.

use std::fmt::Write as _;

use super::control::{Label, Totals};
use super::figures::{Figure, Method, Metric};
use super::grid::Control;
use super::interval::RESAMPLES;
use super::paired::SWAPS;
use super::report::{Answered, CaseArm, Changed, Comparison, Report, Test};
use super::table::{Block, Table};

/// The most points of a list; the rest are counted.
const MOST_POINTS: usize = 50;
/// With fewer cases a bootstrap's interval is too narrow.
const FEW: usize = 20;
/// What stands where there is nothing.
const NONE: &str = "–";
const WRITES: &str = "a String takes every write";
/// The most characters of an answer in a table.
const SHORT: usize = 60;

/// The report in blocks. `full` adds every answer and the words that changed, for a file.
pub fn blocks(report: &Report, full: bool) -> Vec<Block> {
    let title = Some(report.title.trim()).filter(|it| !it.is_empty());
    let mut blocks = vec![
        Block::Heading(1, title.unwrap_or("Experiment").to_owned()),
        Block::Text(counted(report)),
    ];
    blocks.extend(figures(report));
    blocks.extend(comparisons(report, full));
    blocks.extend(controls(report));
    blocks.extend(cases(report));
    if let Some(failures) = list(report.failures.clone()) {
        blocks.push(Block::Heading(2, "Failed".to_owned()));
        blocks.push(failures);
    }
    if full {
        blocks.extend(answers(report));
    }
    let notes = notes(report);
    if !notes.is_empty() {
        blocks.push(Block::Heading(2, "Notes".to_owned()));
        blocks.push(Block::List(notes));
    }
    blocks
}

fn counted(report: &Report) -> String {
    let counts = report.counts;
    let left = counts.cells - counts.answered - counts.failed;
    let mut text = format!("{} of {} answers", counts.answered, counts.cells);
    if counts.failed > 0 {
        write!(text, ", {} failed", counts.failed).expect(WRITES);
    }
    if left > 0 {
        write!(text, ", {left} not asked yet").expect(WRITES);
    }
    let arms = report.arms.len();
    text + &format!("; {} cases, {arms} ways to ask", report.cases.len())
}

/// Three digits, or `<0.001` for what would be none.
fn p_value(p: f64) -> String {
    if p < 0.0005 {
        "<0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

fn interval(figure: &Figure) -> String {
    figure.interval.map_or_else(
        || NONE.to_owned(),
        |(low, high)| format!("{low:.2} to {high:.2}"),
    )
}

fn figures(report: &Report) -> Vec<Block> {
    let mut table = Table::new(&["way", "figure", ">value", ">95 %", ">cases"]);
    for arm in &report.arms {
        let counts = |it: &&Figure| it.metric != Metric::Unread || it.value > 0.0;
        for (index, figure) in arm.figures.iter().filter(counts).enumerate() {
            // said once, so that the eye finds where the next begins
            let name = if index == 0 { arm.name.as_str() } else { "" };
            table.row([
                name.to_owned(),
                figure.metric.title().to_owned(),
                format!("{:.3}", figure.value),
                interval(figure),
                figure.n.to_string(),
            ]);
        }
    }
    if table.rows.is_empty() {
        return Vec::new();
    }
    vec![Block::Heading(2, "Figures".to_owned()), Block::Table(table)]
}

fn comparisons(report: &Report, full: bool) -> Vec<Block> {
    let Some(baseline) = report.baseline.and_then(|it| report.arms.get(it)) else {
        return Vec::new();
    };
    let mut table = Table::new(&[
        "way",
        "figure",
        ">delta",
        ">p",
        ">p (Holm)",
        ">cases",
        ">differ",
    ]);
    for comparison in &report.comparisons {
        for (index, test) in comparison.tests.iter().enumerate() {
            let name = if index == 0 {
                name(report, comparison)
            } else {
                ""
            };
            table.row(tested(name, test));
        }
    }
    let heading = format!("Compared with {}", baseline.name);
    let mut blocks = vec![Block::Heading(2, heading)];
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
    }
    for comparison in &report.comparisons {
        blocks.extend(changed(report, comparison, full));
    }
    blocks
}

fn name<'a>(report: &'a Report, comparison: &Comparison) -> &'a str {
    let arm = report.arms.get(comparison.arm);
    arm.map(|it| it.name.as_str()).unwrap_or_default()
}

fn tested(name: &str, test: &Test) -> [String; 7] {
    let paired = &test.paired;
    [
        name.to_owned(),
        test.metric.title().to_owned(),
        format!("{:+.3}", paired.delta + 0.0),
        p_value(paired.p),
        p_value(test.holm),
        paired.n.to_string(),
        paired.discordant.to_string(),
    ]
}

fn changed(report: &Report, comparison: &Comparison, full: bool) -> Vec<Block> {
    let name = name(report, comparison);
    let count = comparison.changed.len();
    let mut text = match count {
        0 => format!("{name}: no case changed"),
        1 => format!("{name}: 1 case changed"),
        _ => format!("{name}: {count} cases changed"),
    };
    if comparison.reworded > 0 {
        write!(
            text,
            ", {} say the same in other words",
            comparison.reworded
        )
        .expect(WRITES);
    }
    let mut blocks = vec![Block::Text(text)];
    let points = comparison.changed.iter().map(|it| {
        let mut point = point(report, it);
        if full && !it.words.is_empty() {
            write!(point, "; words: {}", it.words).expect(WRITES);
        }
        point
    });
    blocks.extend(list(points.collect()));
    blocks
}

/// A list that is not endless.
fn list(mut points: Vec<String>) -> Option<Block> {
    let more = points.len().saturating_sub(MOST_POINTS);
    points.truncate(MOST_POINTS);
    points.extend((more > 0).then(|| format!("and {more} more")));
    (!points.is_empty()).then_some(Block::List(points))
}

fn point(report: &Report, changed: &Changed) -> String {
    let case = report.cases.get(changed.case);
    let mut text = case.map(|it| it.name.clone()).unwrap_or_default();
    if let Some((before, after)) = changed.marks {
        let word = match after.total_cmp(&before) {
            std::cmp::Ordering::Greater => "better",
            std::cmp::Ordering::Less => "worse",
            std::cmp::Ordering::Equal => "same mark",
        };
        write!(text, " ({word})").expect(WRITES);
    }
    text += ": ";
    if changed.findings.is_empty() {
        let (before, after) = &changed.said;
        write!(text, "{} → {}", short(before), short(after)).expect(WRITES);
    } else {
        text += &changed.findings.join("; ");
    }
    text
}

/// The beginning of a text.
fn short(text: &str) -> String {
    let mut characters = text.chars();
    let begun: String = characters.by_ref().take(SHORT).collect();
    if characters.next().is_some() {
        begun + "…"
    } else {
        begun
    }
}

fn has_controls(totals: &Totals) -> bool {
    totals.used.0 + totals.flips.0 > 0
}

fn controls(report: &Report) -> Vec<Block> {
    let arms = report.arms.iter().filter(|it| has_controls(&it.totals));
    let mut heads = vec!["way", ">picture used", ">flip rate", ">any flip"];
    let labels: Vec<String> = Label::ALL
        .iter()
        .map(|it| format!(">{}", it.name()))
        .collect();
    heads.extend(labels.iter().map(String::as_str));
    let mut table = Table::new(&heads);
    let mut blind = Table::new(&["way", "picture", "figure", ">value", ">95 %", ">cases"]);
    for arm in arms {
        table.row(totals(&arm.name, &arm.totals));
        for (control, figures) in &arm.blind {
            let shown = figures.iter().filter(|it| BLIND.contains(&it.metric));
            let rows = shown.map(|it| blind_row(&arm.name, *control, it));
            blind.rows.extend(rows);
        }
    }
    if table.rows.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![
        Block::Heading(2, "Controls".to_owned()),
        Block::Table(table),
    ];
    if !blind.rows.is_empty() {
        blocks.push(Block::Text("Right without the picture:".to_owned()));
        blocks.push(Block::Table(blind));
    }
    blocks
}

/// Figures of blind answers that are shown.
const BLIND: [Metric; 3] = [Metric::Accuracy, Metric::BalancedAccuracy, Metric::Exact];

fn totals(name: &str, totals: &Totals) -> Vec<String> {
    let share = |(all, some): (usize, usize)| match all {
        0 => NONE.to_owned(),
        _ => format!("{some} of {all}"),
    };
    let rate = totals.flip_rate();
    let known = totals.labelled() > 0;
    let mut row = vec![
        name.to_owned(),
        share(totals.used),
        rate.map_or_else(|| NONE.to_owned(), |it| format!("{it:.3}")),
        share(totals.flipped),
    ];
    row.extend(totals.labels.iter().map(|count| {
        if known {
            count.to_string()
        } else {
            NONE.to_owned()
        }
    }));
    row
}

fn blind_row(name: &str, control: Control, figure: &Figure) -> Vec<String> {
    let picture = match control {
        Control::Neutral => "neutral",
        _ => "none",
    };
    vec![
        name.to_owned(),
        picture.to_owned(),
        figure.metric.title().to_owned(),
        format!("{:.3}", figure.value),
        interval(figure),
        figure.n.to_string(),
    ]
}

fn cases(report: &Report) -> Vec<Block> {
    let mut heads = vec!["case".to_owned(), "expected".to_owned()];
    heads.extend(report.arms.iter().map(|it| it.name.clone()));
    let heads: Vec<&str> = heads.iter().map(|it| it.trim_start_matches('>')).collect();
    let mut table = Table::new(&heads);
    for case in &report.cases {
        let mut row = vec![case.name.clone(), short(&case.truth)];
        row.extend(case.arms.iter().map(cell));
        table.row(row);
    }
    if report.cases.iter().all(|it| it.truth.is_empty()) {
        table.columns.remove(1);
        for row in &mut table.rows {
            row.remove(1);
        }
    }
    vec![Block::Heading(2, "Cases".to_owned()), Block::Table(table)]
}

/// What an arm says of a case, in a cell of a table: `✓ yes`, `✗ no`, and the label of its controls.
fn cell(arm: &CaseArm) -> String {
    let Some(first) = arm.answers.first() else {
        return NONE.to_owned();
    };
    let mut cell = match &first.text {
        Err(_) => "failed".to_owned(),
        Ok(_) if first.said.is_empty() => "(empty)".to_owned(),
        Ok(_) => short(&first.said),
    };
    if let Some(right) = arm.right {
        let mark = if right >= 1.0 {
            "✓"
        } else if right <= 0.0 {
            "✗"
        } else {
            "±"
        };
        cell = format!("{mark} {cell}");
    }
    let others = arm.answers.iter().skip(1);
    let different = others.filter(|it| it.said != first.said).count();
    if different > 0 {
        write!(
            cell,
            " (other with {different} of {} seeds)",
            arm.answers.len()
        )
        .expect(WRITES);
    }
    if let Some(controlled) = arm.controlled {
        let used = controlled.used().filter(|_| controlled.label().is_none());
        let words = [
            controlled.label().map(|it| it.name().to_owned()),
            used.map(|it| {
                if it {
                    "picture used"
                } else {
                    "picture not used"
                }
                .to_owned()
            }),
            (controlled.flips > 0)
                .then(|| format!("{} of {} flip", controlled.flips, controlled.paraphrases)),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        if !words.is_empty() {
            write!(cell, " [{}]", words.join(", ")).expect(WRITES);
        }
    }
    cell
}

fn answers(report: &Report) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(2, "Answers".to_owned())];
    for case in &report.cases {
        blocks.push(Block::Heading(3, case.name.clone()));
        if !case.truth.is_empty() {
            blocks.push(Block::Text(format!("Expected: {}", case.truth)));
        }
        for (arm, answers) in report.arms.iter().zip(&case.arms) {
            for answered in &answers.answers {
                let seeds = answers.answers.len() > 1;
                blocks.extend(answer(&arm.name, answered, seeds));
            }
        }
    }
    blocks
}

fn answer(arm: &str, answered: &Answered, seeds: bool) -> Vec<Block> {
    let mut head = arm.to_owned();
    if seeds {
        write!(head, ", seed {}", answered.seed).expect(WRITES);
    }
    if !answered.score.faults.is_empty() {
        write!(head, " ({})", answered.score.faults.join("; ")).expect(WRITES);
    }
    match &answered.text {
        Ok(text) => vec![Block::Text(head + ":"), Block::Quote(text.clone())],
        Err(error) => vec![Block::Text(format!("{head}: failed: {error}"))],
    }
}

fn notes(report: &Report) -> Vec<String> {
    let mut notes = report.notes.clone();
    let figures = report.arms.iter().flat_map(|it| &it.figures);
    if figures.clone().next().is_some() {
        notes.push(format!(
            "95 % intervals: Wilson's for shares of cases that were asked once, else the percentile bootstrap over cases ({RESAMPLES} draws); – where all cases are alike, and no interval can be made of them"
        ));
    }
    let few = figures.filter(|it| it.method == Method::Bootstrap && it.interval.is_some());
    if let Some(fewest) = few.map(|it| it.n).min().filter(|it| *it < FEW) {
        notes.push(format!(
            "with only {fewest} cases a bootstrap's interval is too narrow; read it as a lower bound of the doubt"
        ));
    }
    let tests: Vec<&Test> = report.comparisons.iter().flat_map(|it| &it.tests).collect();
    if !tests.is_empty() {
        let drawn = tests.iter().any(|it| !it.paired.exact);
        let how = if drawn {
            format!("every way to swap up to 14 cases that differ, else {SWAPS} ways drawn")
        } else {
            "every way to swap the cases that differ".to_owned()
        };
        notes.push(format!(
            "p: paired approximate randomisation over cases (Noreen 1989; Yeh 2000), two-sided, {how}; corrected for several ways by Holm (1979)"
        ));
    }
    if report.arms.iter().any(|it| it.totals.flips.0 > 0) {
        notes.push("flip rate: paraphrases whose answer says something else than the question's own, of all paraphrases answered".to_owned());
    }
    if report.arms.iter().any(|it| it.totals.labelled() > 0) {
        notes.push(
            "ideal: stable in other words, and the picture is used; fragile: not stable; dangerous: the picture is not used; worst: neither (arXiv 2603.20985)".to_owned(),
        );
    }
    notes
}
