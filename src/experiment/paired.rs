//! Two marks for each case in, whether their difference could be chance out: paired approximate randomisation, `McNemar`, Holm.
//!
//! If two ways of asking were equally good, each case's two marks could as well have been swapped. The test swaps them in many
//! ways and asks how often the difference of the means is at least as large as it was (Noreen 1989; Yeh 2000, "More accurate
//! tests for the statistical significance of result differences"). Swapping two equal marks changes nothing, so only cases
//! whose marks differ (discordant ones) matter: when these can be swapped in at most 2^14 ways, all ways are tried and p is exact.
//! Otherwise 10 000 are drawn, and p = (1 + as large) / (1 + 10 000), which is never 0.

use super::interval::Random;

/// How many ways to swap are drawn.
pub const SWAPS: u32 = 10_000;
/// Up to so many discordant cases, all ways to swap are tried.
pub const MOST_EXACT: usize = 14;

/// A case's marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The baseline's.
    pub before: f64,
    /// The other's.
    pub after: f64,
    /// How much the case counts; the weights of all add up to 1 (1 / n each for a mean).
    pub weight: f64,
}

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Cases.
    pub n: usize,
    /// Cases whose marks differ.
    pub discordant: usize,
    /// The weighted mean of `after - before`.
    pub delta: f64,
    /// The chance of a difference at least as large if nothing differed; two-sided.
    pub p: f64,
    /// How many ways to swap were looked at.
    pub ways: u32,
    /// Whether these were all that there are.
    pub exact: bool,
}

/// The test; `None` without pairs.
pub fn randomisation(pairs: &[Pair], seed: u64) -> Option<Paired> {
    if pairs.is_empty() {
        return None;
    }
    let all = pairs.iter().map(|it| (it.after - it.before) * it.weight);
    let differences: Vec<f64> = all.filter(|it| it.abs() > 1e-12).collect();
    let delta: f64 = differences.iter().sum();
    // sums in another order may differ in the last bits
    let reached = delta.abs() - 1e-9 * differences.iter().map(|it| it.abs()).sum::<f64>();
    let discordant = differences.len();
    let exact = discordant <= MOST_EXACT;
    let (ways, p) = if exact {
        let (ways, large) = every_way(&differences, reached);
        (ways, f64::from(large) / f64::from(ways))
    } else {
        let large = drawn_ways(&differences, reached, seed);
        (SWAPS, f64::from(1 + large) / f64::from(1 + SWAPS))
    };
    Some(Paired {
        n: pairs.len(),
        discordant,
        delta,
        p,
        ways,
        exact,
    })
}

/// The sum of some differences, those of a set bit with the other sign.
fn signed_sum(differences: &[f64], bits: u64) -> f64 {
    let signed = (0..).zip(differences).map(
        |(index, it): (u32, _)| {
            if (bits >> index) & 1 == 1 { -it } else { *it }
        },
    );
    signed.sum()
}

/// How many ways to swap there are, and in how many the sum is as large.
fn every_way(differences: &[f64], reached: f64) -> (u32, u32) {
    let ways = 1_u32 << differences.len();
    let large = (0..ways).filter(|way| signed_sum(differences, u64::from(*way)).abs() >= reached);
    (ways, u32::try_from(large.count()).unwrap_or(ways))
}

/// In how many of the ways that were drawn the sum is as large.
fn drawn_ways(differences: &[f64], reached: f64, seed: u64) -> u32 {
    let mut random = Random::new(seed);
    let mut large = 0;
    for _ in 0..SWAPS {
        let mut sum = 0.0;
        for part in differences.chunks(64) {
            let bits = random.bits();
            sum += signed_sum(part, bits);
        }
        large += u32::from(sum.abs() >= reached);
    }
    large
}

/// `McNemar`'s exact test (1947): of the cases that only one of two got right, how likely so uneven a share is; two-sided.
///
/// `randomisation` over the same cases is this very number as long as it is exact.
pub fn mcnemar(only_before: usize, only_after: usize) -> f64 {
    let n = only_before + only_after;
    let fewer = only_before.min(only_after);
    if 2 * fewer == n {
        return 1.0;
    }
    // the logarithm of the largest term, since 2^-n is soon too small
    let log = |it: usize| (it as f64).ln();
    let mut term: f64 = (1..=fewer).map(|it| log(n - fewer + it) - log(it)).sum();
    term -= n as f64 * 2_f64.ln();
    let mut sum = 0.0;
    for k in (0..=fewer).rev() {
        sum += term.exp();
        if k > 0 {
            term += log(k) - log(n - k + 1);
        }
    }
    (2.0 * sum).min(1.0)
}

/// Holm's step-down correction (1979) of several p values, in their order: comparing often finds something by chance.
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]));
    let mut corrected = vec![1.0; ps.len()];
    let mut least: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        least = least.max(ps[index] * (ps.len() - rank) as f64).min(1.0);
        corrected[index] = least;
    }
    corrected
}
