//! What was typed after `--slices` in, which slices of a series are meant out.

use std::fmt;
use std::str::FromStr;

use super::Fallible;

/// Slices that `MedGemma` 1.5 takes at most.
pub const PUBLISHED: usize = 85;

/// Which slices are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slices {
    /// The middle one; of an even number the second of the two.
    Middle,
    /// All.
    All,
    /// The first, and every so many after it.
    Every(usize),
    /// Some, in the order they were typed.
    Listed(Vec<Span>),
    /// `MedGemma` 1.5's choice: all, or 85 of them.
    Published,
    /// The same rule with another number.
    Spread(usize),
}

/// From one slice to another, both from 1, and every so many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: usize,
    /// The last that may be taken.
    pub last: usize,
    /// How far from one to the next.
    pub step: usize,
}

/// Which of `n` slices, from 0, in the order they are to be shown.
///
/// # Errors
/// When there are none, or not as many as were asked for.
pub fn pick(n: usize, choice: &Slices) -> Fallible<Vec<usize>> {
    if n == 0 {
        return Err("has no slices".to_owned());
    }
    Ok(match choice {
        Slices::Middle => vec![n / 2],
        Slices::All => (0..n).collect(),
        Slices::Every(step) => (0..n).step_by(*step).collect(),
        Slices::Published => spread(n, PUBLISHED),
        Slices::Spread(count) => spread(n, *count),
        Slices::Listed(spans) => {
            let mut picked = Vec::new();
            for span in spans {
                picked.extend(span.pick(n)?);
            }
            picked
        }
    })
}

/// All, or `count` of them: `round(i / count * (n - 1))` for i from 1 to `count`, half to even.
///
/// As in `MedGemma`'s CT notebook: the first slice is never taken, the last always.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and n - 1"
)]
fn spread(n: usize, count: usize) -> Vec<usize> {
    if n <= count {
        return (0..n).collect();
    }
    (1..=count)
        .map(|i| (i as f64 / count as f64 * (n - 1) as f64).round_ties_even() as usize)
        .collect()
}

impl Span {
    fn pick(self, n: usize) -> Fallible<impl Iterator<Item = usize>> {
        if self.last > n {
            let there = if n == 1 {
                "there is one".to_owned()
            } else {
                format!("there are {n}")
            };
            return Err(format!(
                "has no slice {}: {there}, counted from 1",
                self.last
            ));
        }
        Ok((self.first - 1..self.last).step_by(self.step))
    }
}

impl FromStr for Slices {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        let word = text.trim().to_lowercase();
        let typed = match (word.as_str(), word.split_once(':')) {
            ("middle", _) => Some(Self::Middle),
            ("all", _) => Some(Self::All),
            ("published", _) => Some(Self::Published),
            (_, Some(("every", step))) => number(step).map(Self::Every),
            (_, Some(("auto", count))) => number(count).map(Self::Spread),
            _ => {
                let spans: Option<Vec<Span>> = word.split(',').map(span).collect();
                spans.map(Self::Listed)
            }
        };
        typed.ok_or_else(|| {
            format!(
                "{text:?} names no slices: give middle, 12, 10-20, 10-20/2, 3,7,12, every:5, all, published or auto:20, \
                 counted from 1"
            )
        })
    }
}

/// `12`, `10-20` or `10-20/2`.
fn span(text: &str) -> Option<Span> {
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, number(step)?),
        None => (text, 1),
    };
    let Some((first, last)) = range.split_once('-') else {
        // a step without an end would be silently one slice
        let first = number(range).filter(|_| range == text)?;
        return Some(Span {
            first,
            last: first,
            step,
        });
    };
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(Span { first, last, step })
}

/// From 1 up.
fn number(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|n| *n >= 1)
}

impl fmt::Display for Slices {
    /// What can be typed to mean it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Middle => f.write_str("middle"),
            Self::All => f.write_str("all"),
            Self::Published => f.write_str("published"),
            Self::Every(step) => write!(f, "every:{step}"),
            Self::Spread(count) => write!(f, "auto:{count}"),
            Self::Listed(spans) => {
                let spans: Vec<String> = spans.iter().map(ToString::to_string).collect();
                f.write_str(&spans.join(","))
            }
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, step } = self;
        match (first == last, step) {
            (true, _) => write!(f, "{first}"),
            (false, 1) => write!(f, "{first}-{last}"),
            (false, _) => write!(f, "{first}-{last}/{step}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, n: usize, expected: &[usize]) {
        let slices: Slices = typed.parse().unwrap();
        assert_eq!(pick(n, &slices).unwrap(), expected, "{typed} of {n}");
        assert_eq!(slices.to_string().parse(), Ok(slices), "{typed} read again");
    }

    #[track_caller]
    fn check_refused(typed: &str, n: usize, expected: &str) {
        let problem = typed
            .parse::<Slices>()
            .and_then(|slices| pick(n, &slices))
            .unwrap_err();
        assert!(problem.contains(expected), "{typed} of {n}: {problem}");
    }

    #[test]
    fn people_count_from_1() {
        check("middle", 20, &[10]);
        check("middle", 1, &[0]);
        check("3", 20, &[2]);
        check("20", 20, &[19]);
        check("2-5", 20, &[1, 2, 3, 4]);
        check("2-9/3", 20, &[1, 4, 7]);
        check("2-2", 20, &[1]);
        check(" 3, 1,7-8 ", 20, &[2, 0, 6, 7]);
        check("5,5", 20, &[4, 4]);
        check("every:7", 20, &[0, 7, 14]);
        check("every:50", 3, &[0]);
        check("ALL", 3, &[0, 1, 2]);
    }

    #[test]
    fn medgemmas_rule_never_takes_the_first_of_many() {
        check("published", 3, &[0, 1, 2]);
        check("auto:4", 4, &[0, 1, 2, 3]);
        check("auto:4", 5, &[1, 2, 3, 4]);
        check("auto:1", 9, &[8]);
        check("auto:2", 6, &[2, 5]);
        check("auto:2", 8, &[4, 7]);
        let picked = pick(86, &Slices::Published).unwrap();
        assert_eq!((picked.len(), picked[0], picked[84]), (85, 1, 85));
        let picked = pick(120, &Slices::Published).unwrap();
        assert_eq!((picked.len(), picked[0], picked[84]), (85, 1, 119));
    }

    #[test]
    fn what_is_not_there_is_said() {
        check_refused("25", 20, "has no slice 25: there are 20");
        check_refused("15-25", 20, "has no slice 25: there are 20");
        check_refused("2", 1, "there is one");
        check_refused("all", 0, "has no slices");
        for typed in [
            "",
            "0",
            "-3",
            "3-",
            "5-2",
            "x",
            "1,,2",
            "1.5",
            "every:0",
            "every",
            "auto:",
            "auto:0",
            "3/2",
            "1-9/0",
            "1-2-3",
            "1-9/2/3",
            "99999999999999999999999",
            "published:9",
        ] {
            check_refused(typed, 20, "names no slices: give middle");
        }
    }
}
