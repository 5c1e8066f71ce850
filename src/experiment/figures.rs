//! The scores of an arm's answers in, its figures out: each a mean over cases, with how many and how sure.
//!
//! A case counts once, however many seeds it was asked with: its mark is the mean over its answers, and every figure is made
//! of these. An interval is Wilson's where a figure is a share of cases that were each asked once, else the bootstrap's over cases.

use std::collections::BTreeSet;

use super::interval::{bootstrap, wilson};
use super::score::{Class, Mark, Score};

/// What a figure measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Share of cases that are right ([`Mark::Right`]).
    Accuracy,
    /// Mean over the true classes of the share of each that is right: what is common is worth no more than what is rare.
    BalancedAccuracy,
    /// Share of the cases whose truth is yes that say yes.
    Sensitivity,
    /// Share of the cases whose truth is no that say no.
    Specificity,
    /// Mean over the true classes of F1.
    MacroF1,
    /// [`Mark::Exact`].
    Exact,
    /// [`Mark::TokenF1`].
    TokenF1,
    /// [`Mark::Claims`].
    Claims,
    /// [`Mark::Iou`].
    Iou,
    /// [`Mark::BoxF1`].
    BoxF1,
    /// Share of the answers to questions with classes that name none; they count as wrong above.
    Unread,
}

impl Metric {
    /// Its name in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Sensitivity => "sensitivity",
            Self::Specificity => "specificity",
            Self::MacroF1 => "macro F1",
            Self::Exact => "same words",
            Self::TokenF1 => "token F1",
            Self::Claims => "findings that hold",
            Self::Iou => "box IoU",
            Self::BoxF1 => "box F1 at IoU 0.5",
            Self::Unread => "names no class",
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Sensitivity => "sensitivity",
            Self::Specificity => "specificity",
            Self::MacroF1 => "macro_f1",
            Self::Exact => "exact",
            Self::TokenF1 => "token_f1",
            Self::Claims => "claims",
            Self::Iou => "iou",
            Self::BoxF1 => "box_f1",
            Self::Unread => "unread",
        }
    }
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Wilson's score interval.
    Wilson,
    /// The percentile bootstrap over cases.
    Bootstrap,
}

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// What it measures.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// Cases that it stands on.
    pub n: usize,
    /// The 95 % interval; `None` where the cases show no spread to make one of.
    pub interval: Option<(f64, f64)>,
    /// How the interval was made, or would have been.
    pub method: Method,
}

/// The figures of an arm; `cases` has the scores of each case's answers (one a seed; none where it has no answer).
pub fn figures(cases: &[Vec<Score>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let of_mark = |metric, mark| by_mark(cases, metric, mark);
    // "right" is "same words" there, and is said once
    if !only_text(cases) {
        figures.extend(of_mark(Metric::Accuracy, Mark::Right));
    }
    figures.extend(by_class(cases));
    figures.extend(of_mark(Metric::Exact, Mark::Exact));
    figures.extend(of_mark(Metric::TokenF1, Mark::TokenF1));
    figures.extend(of_mark(Metric::Claims, Mark::Claims));
    figures.extend(of_mark(Metric::Iou, Mark::Iou));
    figures.extend(of_mark(Metric::BoxF1, Mark::BoxF1));
    figures
}

/// Whether a text is the only truth of every case.
pub(super) fn only_text(cases: &[Vec<Score>]) -> bool {
    let mut all = cases.iter().flatten();
    all.all(|it| {
        it.marks.get(&Mark::Right) == it.marks.get(&Mark::Exact)
            && it.class.is_none()
            && !it.marks.contains_key(&Mark::Claims)
    })
}

/// A case's mean mark; `None` where it has none.
pub fn case_mark(scores: &[Score], mark: Mark) -> Option<f64> {
    mean(scores.iter().filter_map(|it| it.marks.get(&mark).copied()))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), it| (count + 1, sum + it));
    (count > 0).then(|| sum / f64::from(count))
}

fn by_mark(cases: &[Vec<Score>], metric: Metric, mark: Mark) -> Option<Figure> {
    let marks: Vec<f64> = cases.iter().filter_map(|it| case_mark(it, mark)).collect();
    let is_share = matches!(mark, Mark::Right | Mark::Exact);
    Some(share_of(metric, &marks, is_share && asked_once(cases))).filter(|it| it.n > 0)
}

/// A mean over cases; `counted` when each is 0 or 1.
fn share_of(metric: Metric, marks: &[f64], counted: bool) -> Figure {
    let n = marks.len();
    let value = mean(marks.iter().copied()).unwrap_or(0.0);
    let (interval, method) = if counted {
        let hits = marks.iter().filter(|it| **it >= 1.0).count();
        (wilson(hits, n), Method::Wilson)
    } else {
        let drawn = |cases: &[usize]| mean(cases.iter().map(|it| marks[*it]));
        (bootstrap(n, drawn), Method::Bootstrap)
    };
    Figure {
        metric,
        value,
        n,
        interval,
        method,
    }
}

fn asked_once(cases: &[Vec<Score>]) -> bool {
    cases.iter().all(|it| it.len() < 2)
}

/// The cases whose truth is one of several classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classes {
    /// The true classes, each once, sorted.
    pub names: Vec<String>,
    /// For each such case its index among all cases.
    pub cases: Vec<usize>,
    /// For each the index of its true class.
    pub truth: Vec<usize>,
    /// For each and each class the share of the case's answers that say it.
    said: Vec<Vec<f64>>,
    /// For each the share of its answers that name no class.
    unread: Vec<f64>,
    /// Whether the classes are yes and no.
    binary: bool,
}

impl Classes {
    /// Of the scores of cases.
    ///
    /// The classes are yes/no where there is such a question, else the choices if all cases have the same ones (a letter A
    /// means nothing across questions); else there are none.
    pub fn of(cases: &[Vec<Score>]) -> Self {
        let Some(family) = family(cases) else {
            return Self::default();
        };
        let answers: Vec<(usize, Vec<&Class>)> = cases
            .iter()
            .enumerate()
            .map(|(index, scores)| {
                let classes = scores.iter().filter_map(|it| it.class.as_ref());
                (index, classes.filter(|it| it.family == family).collect())
            })
            .filter(|(_, classes): &(usize, Vec<_>)| !classes.is_empty())
            .collect();
        let names: BTreeSet<&String> = answers.iter().map(|it| &it.1[0].truth).collect();
        let mut classes = Self {
            names: names.into_iter().cloned().collect(),
            binary: family == YES_NO,
            ..Self::default()
        };
        for (index, answers) in answers {
            let each = 1.0 / answers.len() as f64;
            let mut said = vec![0.0; classes.names.len()];
            let mut unread = 0.0;
            for answer in &answers {
                match &answer.said {
                    None => unread += each,
                    // a class that is never true (uncertain) is wrong, and that is all
                    Some(name) => classes.add(&mut said, name, each),
                }
            }
            let truth = classes.place(&answers[0].truth);
            classes
                .truth
                .push(truth.expect("the names are those of the truths"));
            classes.cases.push(index);
            classes.said.push(said);
            classes.unread.push(unread);
        }
        classes
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|it| it == name)
    }

    fn add(&self, said: &mut [f64], name: &str, share: f64) {
        if let Some(place) = self.place(name) {
            said[place] += share;
        }
    }

    /// The share of a case's answers that is right, by its place in `cases`.
    pub fn right(&self, place: usize) -> f64 {
        self.said[place][self.truth[place]]
    }

    /// Mean over the true classes of the share that is right; `None` of fewer than two classes, where it would be accuracy.
    fn balanced(&self, places: &[usize]) -> Option<f64> {
        let mut sums = vec![(0.0, 0.0); self.names.len()];
        for &place in places {
            let (right, all) = &mut sums[self.truth[place]];
            *right += self.right(place);
            *all += 1.0;
        }
        sums.retain(|it| it.1 > 0.0);
        (sums.len() > 1)
            .then(|| mean(sums.iter().map(|(right, all)| right / all)))
            .flatten()
    }

    /// Mean over the true classes of F1, as scikit-learn's with `labels` the true ones; `None` of fewer than two classes.
    fn macro_f1(&self, places: &[usize]) -> Option<f64> {
        let mut sums = vec![(0.0, 0.0, 0.0); self.names.len()];
        for &place in places {
            for (sum, share) in sums.iter_mut().zip(&self.said[place]) {
                sum.0 += share;
            }
            let own = &mut sums[self.truth[place]];
            own.1 += 1.0;
            own.2 += self.right(place);
        }
        sums.retain(|it| it.1 > 0.0);
        (sums.len() > 1)
            .then(|| {
                mean(
                    sums.iter()
                        .map(|(said, truth, hits)| 2.0 * hits / (said + truth)),
                )
            })
            .flatten()
    }
}

/// The family of yes/no questions.
pub(super) const YES_NO: &str = "yes/no";

fn family(cases: &[Vec<Score>]) -> Option<String> {
    let classes = cases.iter().flatten().filter_map(|it| it.class.as_ref());
    let families: BTreeSet<&str> = classes.map(|it| it.family.as_str()).collect();
    if families.contains(YES_NO) {
        return Some(YES_NO.to_owned());
    }
    let mut families = families.into_iter();
    let only = families.next()?;
    families.next().is_none().then(|| only.to_owned())
}

fn by_class(cases: &[Vec<Score>]) -> Vec<Figure> {
    let classes = Classes::of(cases);
    let n = classes.cases.len();
    let mut figures = Vec::new();
    if n == 0 {
        return figures;
    }
    let all: Vec<usize> = (0..n).collect();
    let figure = |metric, statistic: &dyn Fn(&[usize]) -> Option<f64>| {
        statistic(&all).map(|value| Figure {
            metric,
            value,
            n,
            interval: bootstrap(n, statistic),
            method: Method::Bootstrap,
        })
    };
    let once = asked_once(cases);
    figures.extend(figure(Metric::BalancedAccuracy, &|it| classes.balanced(it)));
    for (metric, truth) in [(Metric::Sensitivity, "yes"), (Metric::Specificity, "no")] {
        let class = classes.place(truth).filter(|_| classes.binary);
        let of_class = all.iter().filter(|it| Some(classes.truth[**it]) == class);
        let marks: Vec<f64> = of_class.map(|it| classes.right(*it)).collect();
        figures.extend(Some(share_of(metric, &marks, once)).filter(|it| it.n > 0));
    }
    figures.extend(figure(Metric::MacroF1, &|it| classes.macro_f1(it)));
    figures.push(share_of(Metric::Unread, &classes.unread, once));
    figures
}
