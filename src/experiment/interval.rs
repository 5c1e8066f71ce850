//! Counts or cases in, a 95 % interval out: Wilson's for shares, the bootstrap's for everything else. Seeded, so always the same.

/// The normal quantile of 0.975.
const Z: f64 = 1.959_963_984_540_054;
/// How often cases are drawn anew.
pub const RESAMPLES: usize = 2000;
/// The seed of every draw.
pub const SEED: u64 = 1_854;

/// Wilson's score interval of `hits` in `n` (Wilson 1927), without continuity correction; `None` of nothing.
pub fn wilson(hits: usize, n: usize) -> Option<(f64, f64)> {
    if n == 0 || hits > n {
        return None;
    }
    let (hits, n) = (hits as f64, n as f64);
    let share = hits / n;
    let square = Z * Z;
    let middle = (share + square / (2.0 * n)) / (1.0 + square / n);
    let half = Z / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

/// The percentile bootstrap (Efron 1979): `n` cases are drawn `RESAMPLES` times with replacement, `statistic` gets the indices
/// drawn, and the 2.5th and 97.5th percentile of what it says are the interval (linear between neighbours).
///
/// A draw of which the statistic is not defined does not count. `None` when fewer than half count, or all say the same:
/// then the cases show no spread, and an interval without a width would pretend to be sure.
pub fn bootstrap(n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<(f64, f64)> {
    let mut random = Random::new(SEED);
    let mut drawn = vec![0; n];
    let mut values = Vec::with_capacity(RESAMPLES);
    if n < 2 {
        return None;
    }
    for _ in 0..RESAMPLES {
        drawn.fill_with(|| random.below(n));
        values.extend(statistic(&drawn).filter(|it| it.is_finite()));
    }
    if values.len() < RESAMPLES / 2 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let (low, high) = (percentile(&values, 0.025)?, percentile(&values, 0.975)?);
    let spread = values.last()? - values.first()?;
    (spread > 1e-12).then_some((low, high))
}

/// Of sorted values, linear between neighbours (as numpy's default).
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = sorted
        .iter()
        .enumerate()
        .rev()
        .find(|(index, _)| *index as f64 <= place)?;
    let next = sorted.get(below.0 + 1).unwrap_or(below.1);
    Some(below.1 + (next - below.1) * (place - below.0 as f64))
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, by multiplication (Lemire 2019), its bias below n / 2^64; 0 of nothing.
    pub fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.bits()) * (n as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}
