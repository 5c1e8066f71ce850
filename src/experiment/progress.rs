//! How long the last cells took and how many are left in, how long it will take out.

use std::time::Duration;

/// How many of the last cells are looked at: old ones were in another phase (a model not yet warm, another picture).
pub const RECENT: usize = 20;

/// The time that `left` more cells will take, each as long as the mean of the last [`RECENT`] finished ones; `None` before
/// the first. Times that are none (negative, not finite) do not count.
pub fn time_left(finished_ms: &[f64], left: usize) -> Option<Duration> {
    let recent: Vec<f64> = finished_ms
        .iter()
        .rev()
        .copied()
        .filter(|it| it.is_finite() && *it >= 0.0)
        .take(RECENT)
        .collect();
    if recent.is_empty() {
        return None;
    }
    let mean = recent.iter().sum::<f64>() / recent.len() as f64;
    Duration::try_from_secs_f64(mean / 1000.0 * left as f64).ok()
}

/// A time as it is said: `8 s`, `3 min`, `2 h 5 min`; rounded up, so that it is not over before it is.
pub fn spoken(time: Duration) -> String {
    let seconds = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_last_cells_only() {
        let check = |finished: &[f64], left, ms| {
            let wanted: Option<u64> = ms;
            assert_eq!(time_left(finished, left), wanted.map(Duration::from_millis));
        };
        check(&[], 5, None);
        check(&[1000.0], 0, Some(0));
        check(&[1000.0, 2000.0], 4, Some(6000));
        let mut slow = vec![60_000.0; 100];
        slow.extend([500.0; RECENT]);
        check(&slow, 10, Some(5000));
        check(&[f64::NAN, -1.0, f64::INFINITY], 3, None);
        check(&[f64::MAX], usize::MAX, None);
    }

    #[test]
    fn times_are_said_in_the_unit_that_counts() {
        let check = |ms, said: &str| assert_eq!(spoken(Duration::from_millis(ms)), said);
        check(0, "0 s");
        check(1, "1 s");
        check(90_000, "90 s");
        check(90_001, "2 min");
        check(5_400_000, "90 min");
        check(7_500_000, "2 h 5 min");
        assert!(spoken(Duration::MAX).ends_with("min"));
    }
}
