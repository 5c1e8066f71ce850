//! Values in, the smallest, the largest and two percentiles out: exact, without sorting or copying them.

/// What some values reach over: those of a frame, or of a whole volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// Which percentiles were asked for, 0 to 100.
    pub percent: [f64; 2],
    /// The values at these percentiles, interpolated between neighbours as numpy does by default.
    pub at: [f64; 2],
}

impl Range {
    /// Over values in any order. Padding, NaN and infinities do not count; `None` when nothing else is there.
    ///
    /// The values are looked at three times and never copied: once for their number and ends, once for how many
    /// begin with which 16 bits, once for the lower 16 bits of those around the percentiles.
    pub fn of(
        values: impl Iterator<Item = f32> + Clone,
        padding: Option<(f32, f32)>,
        percent: [f64; 2],
    ) -> Option<Self> {
        let counted = values.filter(|value| value.is_finite() && !is_padding(*value, padding));
        let (mut n, mut min, mut max) = (0_usize, f32::INFINITY, f32::NEG_INFINITY);
        for value in counted.clone() {
            n += 1;
            min = min.min(value);
            max = max.max(value);
        }
        if n == 0 {
            return None;
        }
        let places = percent.map(|percent| Place::of(percent, n));
        let ranks = places.map(|place| [place.rank, (place.rank + 1).min(n - 1)]);
        let found = at_ranks(counted, ranks.as_flattened());
        let at = [0, 1].map(|i| places[i].between(found[2 * i].into(), found[2 * i + 1].into()));
        Some(Self {
            min: min.into(),
            max: max.into(),
            percent,
            at,
        })
    }
}

/// Whether a value stands for "nothing here".
pub(super) fn is_padding(value: f32, padding: Option<(f32, f32)>) -> bool {
    padding.is_some_and(|(low, high)| low <= value && value <= high)
}

/// Where a percentile lies among sorted values: after the one of this rank, by a part of a step.
#[derive(Clone, Copy)]
struct Place {
    rank: usize,
    part: f64,
}

impl Place {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and n - 1, and the fraction is kept apart"
    )]
    fn of(percent: f64, n: usize) -> Self {
        let place = (percent / 100.0).clamp(0.0, 1.0) * (n - 1) as f64;
        Self {
            rank: place as usize,
            part: place.fract(),
        }
    }

    /// From the nearer of the two, so that both ends are met exactly.
    fn between(self, low: f64, high: f64) -> f64 {
        let step = high - low;
        if self.part < 0.5 {
            low + step * self.part
        } else {
            high - step * (1.0 - self.part)
        }
    }
}

/// The values that would stand at these ranks if all were sorted.
fn at_ranks(values: impl Iterator<Item = f32> + Clone, ranks: &[usize]) -> Vec<f32> {
    let mut tops = vec![0_usize; 1 << 16];
    for value in values.clone() {
        tops[top(ordered(value))] += 1;
    }
    // which upper half a rank falls in, and its rank among those with it
    let places: Vec<(usize, usize)> = ranks.iter().map(|rank| descend(&tops, *rank)).collect();
    let mut wanted: Vec<usize> = places.iter().map(|(top, _)| *top).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut bottoms = vec![vec![0_usize; 1 << 16]; wanted.len()];
    for bits in values.map(ordered) {
        if let Some(at) = wanted.iter().position(|wanted| *wanted == top(bits)) {
            bottoms[at][bottom(bits)] += 1;
        }
    }
    let value = |(top, rank): &(usize, usize)| {
        let at = wanted.iter().position(|wanted| wanted == top);
        let (bottom, _) = descend(&bottoms[at.expect("every upper half is wanted")], *rank);
        unordered(u32::try_from(top << 16 | bottom).expect("two times 16 bits"))
    };
    places.iter().map(value).collect()
}

/// The place in some counts where a rank falls, and the rank inside it.
fn descend(counts: &[usize], rank: usize) -> (usize, usize) {
    let mut left = rank;
    for (at, count) in counts.iter().enumerate() {
        if left < *count {
            return (at, left);
        }
        left -= count;
    }
    (counts.len() - 1, 0)
}

/// The bits of a number, turned so that they sort as the number does.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

fn unordered(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 {
        bits & !(1 << 31)
    } else {
        !bits
    })
}

fn top(bits: u32) -> usize {
    (bits >> 16) as usize
}

fn bottom(bits: u32) -> usize {
    (bits & 0xffff) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f32], padding: Option<(f32, f32)>, percent: [f64; 2], expected: [f64; 4]) {
        let range = Range::of(values.iter().copied(), padding, percent).unwrap();
        let [low, high] = range.at;
        let found = [range.min, low, high, range.max];
        let far = found
            .iter()
            .zip(expected)
            .any(|(a, b)| (a - b).abs() > 1e-12);
        assert!(
            !far,
            "{percent:?} of {values:?}: {found:?} is not {expected:?}"
        );
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        check(&[7.0], None, [1.0, 99.0], [7.0, 7.0, 7.0, 7.0]);
        check(&[3.0, 1.0], None, [25.0, 75.0], [1.0, 1.5, 2.5, 3.0]);
        check(
            &[4.0, -8.0, 0.0],
            None,
            [0.0, 100.0],
            [-8.0, -8.0, 4.0, 4.0],
        );
        check(&[4.0, -8.0, 0.0], None, [50.0, 75.0], [-8.0, 0.0, 2.0, 4.0]);
        let many: Vec<f32> = (0..=1000_u16).rev().map(f32::from).collect();
        check(&many, None, [1.0, 99.0], [0.0, 10.0, 990.0, 1000.0]);
    }

    #[test]
    fn values_that_differ_only_in_their_last_bits_are_told_apart() {
        let (a, b) = (1000.0_f32, 1000.0_f32.next_up());
        let expected = [a, a, b, b].map(f64::from);
        check(&[b, a, b, a], None, [0.0, 100.0], expected);
        check(
            &[-b, -a, -a],
            None,
            [0.0, 100.0],
            [-b, -b, -a, -a].map(f64::from),
        );
    }

    #[test]
    fn padding_and_what_is_no_number_do_not_count() {
        let values = [-2000.0, 5.0, f32::NAN, 9.0, f32::INFINITY, -1999.0];
        check(
            &values,
            Some((-2000.0, -1999.0)),
            [0.0, 100.0],
            [5.0, 5.0, 9.0, 9.0],
        );
        let nothing = Range::of([f32::NAN, 1.0].into_iter(), Some((1.0, 1.0)), [1.0, 99.0]);
        assert_eq!(nothing, None);
    }

    #[test]
    fn sorting_gives_the_same() {
        let mut values: Vec<f32> = (0..5000_u32)
            .map(|i| f32::from_bits(i.wrapping_mul(2_654_435_761)))
            .filter(|value| value.is_finite())
            .collect();
        let n = values.len();
        let ranks = [0, 1, n / 7, n / 2, n - 2, n - 1];
        let found = at_ranks(values.iter().copied(), &ranks);
        values.sort_by(f32::total_cmp);
        assert_eq!(found, ranks.map(|rank| values[rank]));
    }
}
