//! The answers to a question, to the same question blind and in other words, in; whether the picture was used and the answer is stable, out.
//!
//! After Sadanandan and Behzadan, "Consistent but Dangerous" (arXiv 2603.20985): an answer that does not change when the
//! question is put in other words may still not come from the picture, so both must be looked at for each case:
//!
//! | | the picture is used | it is not |
//! | --- | --- | --- |
//! | stable in other words | ideal | dangerous |
//! | not stable | fragile | worst |
//!
//! *Used*: the answer says something else with a neutral picture of equal size and without one (as far as these were
//! asked). If either gives the same, the answer can be had without the picture. So a true "no" is never called used by a model that says
//! "no" to an empty picture: the label is about a case, and means something over many.
//! *Stable*: no paraphrase's answer says something else than the answer to the question itself; each that does is a flip.
//! *Flip rate*: flips / paraphrases answered, over all cases. Beside it stands the share of cases with any flip, which is
//! what others call by that name.
//! What "says something else" means is [`agree`]'s.

use super::grid::Control;
use super::score::{Said, agree};
use super::{Expect, Judge};

/// The four labels of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Stable, and from the picture.
    Ideal,
    /// From the picture, and not stable.
    Fragile,
    /// Stable, and not from the picture.
    Dangerous,
    /// Neither.
    Worst,
}

impl Label {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Ideal, Self::Fragile, Self::Dangerous, Self::Worst];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ideal => "ideal",
            Self::Fragile => "fragile",
            Self::Dangerous => "dangerous",
            Self::Worst => "worst",
        }
    }
}

/// What the controls say of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Controlled {
    /// Whether the answer with a neutral picture says the same.
    pub same_neutral: Option<bool>,
    /// Whether the answer without a picture says the same.
    pub same_without: Option<bool>,
    /// Paraphrases that were answered.
    pub paraphrases: usize,
    /// Those of them whose answer says something else.
    pub flips: usize,
}

impl Controlled {
    /// Whether the picture was used; `None` where no blind answer is there.
    pub fn used(&self) -> Option<bool> {
        let blind = [self.same_neutral, self.same_without];
        let mut asked = blind.into_iter().flatten().peekable();
        asked.peek()?;
        Some(asked.all(|same| !same))
    }

    /// Whether the answer is stable; `None` where no paraphrase was answered.
    pub fn stable(&self) -> Option<bool> {
        (self.paraphrases > 0).then_some(self.flips == 0)
    }

    /// The label, where both are known.
    pub fn label(&self) -> Option<Label> {
        Some(match (self.stable()?, self.used()?) {
            (true, true) => Label::Ideal,
            (false, true) => Label::Fragile,
            (true, false) => Label::Dangerous,
            (false, false) => Label::Worst,
        })
    }
}

/// What the controls say of a case: the answer to the question itself, and the answers of its controls that are there.
pub fn controlled(
    original: Said<'_>,
    controls: &[(Control, Said<'_>)],
    expect: Option<&Expect>,
    judge: &dyn Judge,
) -> Controlled {
    let mut result = Controlled::default();
    for (control, said) in controls {
        let same = agree(original, *said, expect, judge);
        match control {
            Control::None => {}
            Control::Neutral => result.same_neutral = Some(same),
            Control::NoPicture => result.same_without = Some(same),
            Control::Paraphrase(_) => {
                result.paraphrases += 1;
                result.flips += usize::from(!same);
            }
        }
    }
    result
}

/// The controls of an arm's cases together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Cases with a blind answer, and those of them whose picture was used.
    pub used: (usize, usize),
    /// Cases with a paraphrase answered, and those of them with any flip.
    pub flipped: (usize, usize),
    /// Paraphrases answered, and flips.
    pub flips: (usize, usize),
    /// Cases by label, in the order of [`Label::ALL`].
    pub labels: [usize; 4],
}

impl Totals {
    /// Adds up.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Controlled>) -> Self {
        let mut totals = Self::default();
        for case in cases {
            if let Some(used) = case.used() {
                totals.used.0 += 1;
                totals.used.1 += usize::from(used);
            }
            if let Some(stable) = case.stable() {
                totals.flipped.0 += 1;
                totals.flipped.1 += usize::from(!stable);
            }
            totals.flips.0 += case.paraphrases;
            totals.flips.1 += case.flips;
            if let Some(label) = case.label() {
                totals.labels[label as usize] += 1;
            }
        }
        totals
    }

    /// Flips a paraphrase; `None` without any.
    pub fn flip_rate(&self) -> Option<f64> {
        (self.flips.0 > 0).then(|| self.flips.1 as f64 / self.flips.0 as f64)
    }

    /// Cases with all labels.
    pub fn labelled(&self) -> usize {
        self.labels.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(same: (Option<bool>, Option<bool>), (asked, flips): (usize, usize), label: &str) {
        let case = Controlled {
            same_neutral: same.0,
            same_without: same.1,
            paraphrases: asked,
            flips,
        };
        assert_eq!(case.label().map_or("", Label::name), label);
    }

    #[test]
    fn a_label_is_stable_or_not_times_used_or_not() {
        let (same, other) = (Some(true), Some(false));
        check((other, other), (5, 0), "ideal");
        check((other, None), (5, 0), "ideal");
        check((other, other), (5, 1), "fragile");
        check((same, same), (5, 0), "dangerous");
        check((other, same), (5, 0), "dangerous");
        check((same, other), (5, 0), "dangerous");
        check((same, same), (5, 5), "worst");
        check((None, None), (5, 0), "");
        check((same, same), (0, 0), "");
    }

    #[test]
    fn totals_count_flips_and_cases_that_flip_apart() {
        let case = |same, paraphrases, flips| Controlled {
            same_neutral: Some(same),
            same_without: None,
            paraphrases,
            flips,
        };
        let totals = Totals::of(&[case(true, 4, 0), case(false, 4, 3), case(false, 2, 1)]);
        assert_eq!(totals.flips, (10, 4));
        assert_eq!(totals.flip_rate(), Some(0.4));
        assert_eq!(totals.flipped, (3, 2));
        assert_eq!(totals.used, (3, 2));
        assert_eq!(totals.labels, [0, 2, 1, 0]);
        assert_eq!(Totals::of(&[]).flip_rate(), None);
    }
}
