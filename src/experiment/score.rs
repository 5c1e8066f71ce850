//! An answer and the truth in, its marks out, each with why it is not full. Also whether two answers say the same.

use std::collections::BTreeMap;

use super::figures::YES_NO;
use super::row::{Boxed, Row};
use super::truth::verdict;
use super::words::{fold, is_same, pick, token_f1};
use super::{Choice, Expect, Judge};

/// What an answer is marked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// 1 when answer, choice and every finding expected are right, else 0; where only a text is expected, when it has the same
    /// words.
    Right,
    /// 1 when the text expected has the same words, else 0.
    Exact,
    /// Token F1 of the text expected.
    TokenF1,
    /// Share of the findings expected (`says` and `not`) that hold.
    Claims,
    /// Mean intersection over union of the true boxes; one that was missed counts 0.
    Iou,
    /// F1 of the boxes, where one is found when it overlaps by half or more.
    BoxF1,
}

impl Mark {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Exact => "exact",
            Self::TokenF1 => "token_f1",
            Self::Claims => "claims",
            Self::Iou => "iou",
            Self::BoxF1 => "box_f1",
        }
    }
}

/// An answer's class among those that the truth can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Which classes there are: `yes/no`, or the choices' keys.
    pub family: String,
    /// The true one.
    pub truth: String,
    /// The answer's; `None` when it names none.
    pub said: Option<String>,
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Its marks, 0.0 ..= 1.0; only those that the truth allows.
    pub marks: BTreeMap<Mark, f64>,
    /// Its class, where the truth has classes.
    pub class: Option<Class>,
    /// What is wrong, a phrase each.
    pub faults: Vec<String>,
}

/// What was answered: the words, and the boxes in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said<'a> {
    /// The words.
    pub text: &'a str,
    /// The boxes.
    pub boxes: &'a [Boxed],
}

impl<'a> Said<'a> {
    /// A row's answer, if it has one.
    pub fn of(row: &'a Row) -> Option<Self> {
        let text = row.answer.as_deref()?;
        Some(Self {
            text,
            boxes: &row.boxes,
        })
    }
}

/// Marks an answer.
pub fn score(said: Said<'_>, expect: &Expect, judge: &dyn Judge) -> Score {
    let mut score = Score::default();
    let mut right = Vec::new();
    if let Some(truth) = expect.answer {
        let answer = verdict(said.text);
        let fits = answer == Some(truth);
        if !fits {
            let shown = answer.map_or("neither yes nor no".to_owned(), |it| it.to_string());
            score.faults.push(format!("says {shown}, expected {truth}"));
        }
        right.push(fits);
        score.class = Some(Class {
            family: YES_NO.to_owned(),
            truth: truth.to_string(),
            said: answer.map(|it| it.to_string()),
        });
    }
    if let Some(choice) = &expect.choice {
        let class = chosen(said.text, choice);
        let fits = class.said.as_ref() == Some(&class.truth);
        if !fits {
            let shown = class.said.as_deref().unwrap_or("none of the choices");
            let truth = &class.truth;
            score
                .faults
                .push(format!("chooses {shown}, expected {truth}"));
        }
        right.push(fits);
        score.class.get_or_insert(class);
    }
    claims(said.text, expect, judge, &mut score, &mut right);
    if let Some(text) = &expect.text {
        let exact = is_same(said.text, text);
        score.marks.insert(Mark::Exact, mark(exact));
        score.marks.insert(Mark::TokenF1, token_f1(said.text, text));
        if right.is_empty() {
            right.push(exact);
        }
    }
    if let Some(boxes) = &expect.boxes {
        mark_boxes(said.boxes, boxes, judge, &mut score);
    }
    if !right.is_empty() {
        let all = right.iter().all(|it| *it);
        score.marks.insert(Mark::Right, mark(all));
    }
    score
}

fn mark(full: bool) -> f64 {
    f64::from(u8::from(full))
}

fn chosen(text: &str, choice: &Choice) -> Class {
    let key = |index: usize| choice.options.get(index).map(|it| it.key.clone());
    let keys: Vec<&str> = choice.options.iter().map(|it| it.key.as_str()).collect();
    Class {
        family: keys.join("/"),
        truth: key(choice.right).unwrap_or_default(),
        said: pick(text, choice).and_then(key),
    }
}

/// Findings that must and must not be stated.
fn claims(
    text: &str,
    expect: &Expect,
    judge: &dyn Judge,
    score: &mut Score,
    right: &mut Vec<bool>,
) {
    let wanted = expect.says.iter().map(|it| (it, true));
    let all: Vec<(&String, bool)> = wanted
        .chain(expect.denies.iter().map(|it| (it, false)))
        .collect();
    if all.is_empty() {
        return;
    }
    let mut held = 0_u32;
    for (claim, wanted) in &all {
        let (says, why) = judge.says(text, claim);
        if says == *wanted {
            held += 1;
        } else {
            let verb = if *wanted { "does not say" } else { "says" };
            score.faults.push(format!("{verb} {claim:?}: {why}"));
        }
    }
    let share = f64::from(held) / all.len() as f64;
    score.marks.insert(Mark::Claims, share);
    right.push(share >= 1.0);
}

/// Pairs each true box with one of the answer's: those of one label that overlap most, first.
fn mark_boxes(said: &[Boxed], truth: &[Boxed], judge: &dyn Judge, score: &mut Score) {
    let overlaps = overlaps(said, truth, judge);
    let found = overlaps.iter().filter(|it| **it >= 0.5).count();
    if !truth.is_empty() {
        let mean = overlaps.iter().sum::<f64>() / truth.len() as f64;
        score.marks.insert(Mark::Iou, mean);
    }
    let both = said.len() + truth.len();
    let f1 = if both == 0 {
        1.0
    } else {
        2.0 * found as f64 / both as f64
    };
    score.marks.insert(Mark::BoxF1, f1);
    for (boxed, overlap) in truth.iter().zip(&overlaps) {
        if *overlap < 0.5 {
            let label = &boxed.label;
            score
                .faults
                .push(format!("box of {label:?}: overlap {overlap:.2}"));
        }
    }
    if said.len() > truth.len() {
        let more = said.len() - truth.len();
        score.faults.push(format!("{more} boxes too many"));
    }
}

/// For each box of `truth` its overlap with the one of `said` that it is paired with, 0 for none.
fn overlaps(said: &[Boxed], truth: &[Boxed], judge: &dyn Judge) -> Vec<f64> {
    let mut pairs = Vec::new();
    for (mine, boxed) in truth.iter().enumerate() {
        for (other, candidate) in said.iter().enumerate() {
            let alike = boxed.label.is_empty() || is_same(&boxed.label, &candidate.label);
            let overlap = overlap(boxed, candidate, judge);
            if alike && overlap > 0.0 {
                pairs.push((overlap, mine, other));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = vec![false; said.len()];
    let mut overlaps = vec![0.0; truth.len()];
    for (overlap, mine, other) in pairs {
        if overlaps[mine] <= 0.0 && !taken[other] {
            overlaps[mine] = overlap;
            taken[other] = true;
        }
    }
    overlaps
}

/// The overlap of two boxes where both places are known in the same unit, 0 where not.
fn overlap(a: &Boxed, b: &Boxed, judge: &dyn Judge) -> f64 {
    let pixels = a.pixels.zip(b.pixels);
    let Some((a, b)) = pixels.or_else(|| a.square.zip(b.square)) else {
        return 0.0;
    };
    let overlap = judge.iou(a, b);
    if overlap.is_finite() {
        overlap.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// Whether two answers to one question say the same, as far as the truth asks: the same answer, choice, findings and boxes.
/// Where it asks for none of these, the same words, or the same verdict and the same findings.
pub fn agree(a: Said<'_>, b: Said<'_>, expect: Option<&Expect>, judge: &dyn Judge) -> bool {
    let nothing = Expect::default();
    let expect = expect.unwrap_or(&nothing);
    let answers = expect.answer.map(|_| verdict(a.text) == verdict(b.text));
    let choices = expect
        .choice
        .as_ref()
        .map(|it| pick(a.text, it) == pick(b.text, it));
    let mut claims = expect.says.iter().chain(&expect.denies);
    let has_claims = !expect.says.is_empty() || !expect.denies.is_empty();
    let claims =
        has_claims.then(|| claims.all(|it| judge.says(a.text, it).0 == judge.says(b.text, it).0));
    let boxes = expect.boxes.as_ref().map(|_| {
        let alike = overlaps(a.boxes, b.boxes, judge);
        a.boxes.len() == b.boxes.len() && alike.iter().all(|it| *it >= 0.5)
    });
    let asked = [answers, choices, claims, boxes];
    if asked.iter().any(Option::is_some) {
        return asked.into_iter().flatten().all(|it| it);
    }
    is_same(a.text, b.text) || verdict(a.text) == verdict(b.text) && judge.same(a.text, b.text)
}

/// What an answer says, in a word or two for a table: the verdict, the choice, or its beginning.
pub fn shown(said: Said<'_>, expect: Option<&Expect>) -> String {
    let wants_answer = expect.is_none_or(|it| it.answer.is_some() || *it == Expect::default());
    if wants_answer && let Some(verdict) = verdict(said.text) {
        return verdict.to_string();
    }
    let choice = expect.and_then(|it| it.choice.as_ref());
    if let Some(index) = choice.and_then(|it| pick(said.text, it)) {
        let options = choice.map(|it| it.options.as_slice()).unwrap_or_default();
        return options
            .get(index)
            .map(|it| it.key.clone())
            .unwrap_or_default();
    }
    said.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The truth, in a few words for a table.
pub fn shown_truth(expect: &Expect) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(expect.answer.map(|it| it.to_string()));
    if let Some(choice) = &expect.choice {
        parts.extend(choice.options.get(choice.right).map(|it| it.key.clone()));
    }
    parts.extend(expect.text.clone());
    parts.extend(expect.says.iter().cloned());
    let denied = expect.denies.iter();
    parts.extend(denied.map(|it| match fold(it).strip_prefix("no ") {
        Some(_) => format!("not: {it}"),
        None => format!("not {it}"),
    }));
    parts.extend(expect.boxes.as_ref().map(|it| match it.len() {
        1 => "1 box".to_owned(),
        count => format!("{count} boxes"),
    }));
    parts.join("; ")
}
