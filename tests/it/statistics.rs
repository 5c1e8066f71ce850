//! The statistics of experiments against `SciPy`, statsmodels and scikit-learn: `tools/reference/statistics_golden.py` made the numbers.

use std::collections::BTreeMap;

use medlab::experiment::figures::{Metric, figures};
use medlab::experiment::interval::{Random, SEED, bootstrap, wilson};
use medlab::experiment::paired::{Pair, SWAPS, holm, mcnemar, randomisation};
use medlab::experiment::score::{Class, Score};
use medlab::experiment::words::token_f1;
use serde_json::Value;

fn golden(name: &str) -> Vec<Vec<Value>> {
    let text = fs_err::read_to_string("tests/data/golden/statistics.json").unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<Vec<Value>> = serde_json::from_value(all[name].clone()).unwrap();
    assert!(rows.len() > 3, "{name}");
    rows
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn near(ours: f64, theirs: f64, within: f64) {
    assert!((ours - theirs).abs() <= within, "{ours} is not {theirs}");
}

#[test]
fn shares_have_wilsons_interval() {
    for row in golden("wilson") {
        let (low, high) = wilson(count(&row[0]), count(&row[1])).unwrap();
        near(low, number(&row[2]), 1e-12);
        near(high, number(&row[3]), 1e-12);
    }
    assert_eq!(wilson(0, 0), None);
    assert_eq!(wilson(2, 1), None);
}

#[test]
fn mcnemar_is_the_exact_binomial_test() {
    for row in golden("mcnemar") {
        let theirs = number(&row[2]);
        let ours = mcnemar(count(&row[0]), count(&row[1]));
        near(ours, theirs, 1e-12 + 1e-9 * theirs);
    }
}

fn pairs(before: &[f64], after: &[f64]) -> Vec<Pair> {
    let weight = 1.0 / before.len() as f64;
    let both = before.iter().zip(after);
    both.map(|(before, after)| Pair {
        before: *before,
        after: *after,
        weight,
    })
    .collect()
}

#[test]
fn the_paired_test_is_exact_where_few_cases_differ_and_near_where_many_do() {
    for row in golden("randomisation") {
        let (before, after) = (numbers(&row[1]), numbers(&row[2]));
        let theirs = number(&row[3]);
        let ours = randomisation(&pairs(&before, &after), SEED).unwrap();
        assert_eq!(ours.n, before.len());
        let differ = before
            .iter()
            .zip(&after)
            .filter(|(a, b)| (*a - *b).abs() > 0.0)
            .count();
        assert_eq!(ours.discordant, differ);
        let mean = |it: &[f64]| it.iter().sum::<f64>() / it.len() as f64;
        near(ours.delta, mean(&after) - mean(&before), 1e-12);
        if row[0] == "many" {
            assert!(!ours.exact && ours.ways == SWAPS && differ > 14);
            // four standard deviations of a share of 10 000
            near(ours.p, theirs, 4.0 * (theirs / 10_000.0).sqrt() + 1e-4);
            let again = randomisation(&pairs(&before, &after), SEED).unwrap();
            assert_eq!(again, ours);
            let other = |seed| randomisation(&pairs(&before, &after), seed).unwrap().p;
            let moved = (1..6).any(|seed| other(seed).to_bits() != ours.p.to_bits());
            assert!(moved, "the seed does nothing");
        } else {
            assert!(ours.exact && ours.ways == 1 << differ);
            near(ours.p, theirs, 1e-12);
        }
    }
}

#[test]
fn over_right_and_wrong_the_paired_test_is_mcnemars() {
    for lost in 0..8 {
        for won in 0..7 {
            let before = [vec![1.0; lost], vec![0.0; won], vec![1.0; 3], vec![0.0; 2]].concat();
            let after = [vec![0.0; lost], vec![1.0; won], vec![1.0; 3], vec![0.0; 2]].concat();
            let test = randomisation(&pairs(&before, &after), SEED).unwrap();
            assert!(test.exact);
            near(test.p, mcnemar(lost, won), 1e-12);
        }
    }
}

#[test]
fn the_paired_test_of_equal_or_no_answers_finds_nothing() {
    assert_eq!(randomisation(&[], SEED), None);
    let same = randomisation(&pairs(&[0.5, 1.0], &[0.5, 1.0]), SEED).unwrap();
    assert_eq!((same.p, same.discordant, same.delta), (1.0, 0, 0.0));
    // never 0, however clear: 40 cases all the same way
    let clear = randomisation(&pairs(&[0.0; 40], &[1.0; 40]), SEED).unwrap();
    near(clear.p, 1.0 / 10_001.0, 1e-15);
}

#[test]
fn a_p_value_of_chance_is_below_five_percent_as_often_as_it_says() {
    let mut random = Random::new(7);
    let mut low = 0;
    for _ in 0..400 {
        let mut marks = || -> Vec<f64> { (0..30).map(|_| random.below(2) as f64).collect() };
        let (before, after) = (marks(), marks());
        let test = randomisation(&pairs(&before, &after), SEED).unwrap();
        low += u32::from(test.p <= 0.05);
    }
    assert!((2..=36).contains(&low), "{low} of 400");
}

#[test]
fn the_bootstrap_draws_as_the_reference_does() {
    let all: Value =
        serde_json::from_str(&fs_err::read_to_string("tests/data/golden/statistics.json").unwrap())
            .unwrap();
    assert_eq!(
        Random::new(SEED).bits(),
        all["splitmix64"][0].as_u64().unwrap()
    );
    assert_eq!(
        Random::new(0).bits(),
        all["splitmix64"][1].as_u64().unwrap()
    );
    for row in golden("bootstrap") {
        let values = numbers(&row[0]);
        let mean = |places: &[usize]| {
            let sum: f64 = places.iter().map(|it| values[*it]).sum();
            Some(sum / places.len() as f64)
        };
        let (low, high) = bootstrap(values.len(), mean).unwrap();
        near(low, number(&row[1]), 1e-12);
        near(high, number(&row[2]), 1e-12);
    }
}

#[test]
fn the_bootstrap_of_equal_cases_or_of_none_pretends_nothing() {
    let constant = |_: &[usize]| Some(1.0);
    assert_eq!(bootstrap(10, constant), None);
    assert_eq!(bootstrap(1, |_| Some(0.5)), None);
    assert_eq!(bootstrap(0, |it| Some(it.len() as f64)), None);
    assert_eq!(bootstrap(10, |_| None), None);
    assert_eq!(bootstrap(10, |_| Some(f64::NAN)), None);
}

#[test]
fn holm_corrects_as_statsmodels_does() {
    for row in golden("holm") {
        let (ps, theirs) = (numbers(&row[0]), numbers(&row[1]));
        for (ours, theirs) in holm(&ps).into_iter().zip(theirs) {
            near(ours, theirs, 1e-12);
        }
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn figures_by_class_are_scikit_learns() {
    for row in golden("classes") {
        let (truth, said) = (texts(&row[0]), texts(&row[1]));
        let family = if truth[0] == "yes" {
            "yes/no"
        } else {
            "A/B/C/D"
        };
        let cases: Vec<Vec<Score>> = truth
            .iter()
            .zip(&said)
            .map(|(truth, said)| {
                let class = Class {
                    family: family.to_owned(),
                    truth: truth.clone(),
                    said: (!said.is_empty()).then(|| said.clone()),
                };
                vec![Score {
                    class: Some(class),
                    ..Score::default()
                }]
            })
            .collect();
        let figures: BTreeMap<Metric, _> = figures(&cases)
            .into_iter()
            .map(|it| (it.metric, it))
            .collect();
        near(
            figures[&Metric::BalancedAccuracy].value,
            number(&row[2]),
            1e-12,
        );
        near(figures[&Metric::MacroF1].value, number(&row[3]), 1e-12);
        let positives = truth.iter().filter(|it| *it == "yes").count();
        match figures.get(&Metric::Sensitivity) {
            Some(figure) => assert_eq!(figure.n, positives),
            None => assert_eq!(family, "A/B/C/D"),
        }
        let unread = said.iter().filter(|it| it.is_empty()).count();
        near(
            figures[&Metric::Unread].value,
            unread as f64 / said.len() as f64,
            1e-12,
        );
    }
}

#[test]
fn token_f1_is_squads_with_chinese_characters_as_words() {
    for row in golden("token_f1") {
        let (answer, truth) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        near(token_f1(answer, truth), number(&row[2]), 1e-12);
        near(token_f1(truth, answer), number(&row[2]), 1e-12);
    }
}
