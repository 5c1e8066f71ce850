//! The values of a volume in, whether they are Hounsfield units and what is odd about them out.
//!
//! NIfTI does not say what values mean, and windows for CT are only right on CT. The rule asks for what every CT of a
//! patient has and what MR, maps and masks have not:
//!
//! 1. the smallest value is -900 or less and the largest above 300;
//! 2. of the voxels that count, at least 1 in 100 is air (-1100 to -800);
//! 3. at least 2 in 100 are fat, water or soft tissue (-200 to 300);
//! 4. at most 1 in 100 is outside -1100 to 3100.
//!
//! A smallest value below -1100 stands for what lies outside the scanner's circle and does not count. Whole numbers
//! are not asked for: a resampled CT has none. A CT without air around or in the patient stays without a unit, and so
//! does a file with several points of time, or of labels.

/// What one look at all values gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Smallest and largest finite value; `None` when there is none.
    range: Option<(f32, f32)>,
    /// How many are not a number.
    not_numbers: usize,
    /// How many are infinite.
    infinite: usize,
}

impl Look {
    pub(super) fn new(values: &[f32]) -> Self {
        let mut look = Self {
            range: None,
            not_numbers: 0,
            infinite: 0,
        };
        for value in values {
            if value.is_finite() {
                let (low, high) = look.range.unwrap_or((*value, *value));
                look.range = Some((low.min(*value), high.max(*value)));
            } else if value.is_nan() {
                look.not_numbers += 1;
            } else {
                look.infinite += 1;
            }
        }
        look
    }

    /// What the chain says about values that can't be shown.
    pub(super) fn notes(self) -> impl Iterator<Item = String> {
        let odd = [
            (self.not_numbers, "are not a number"),
            (self.infinite, "are infinite"),
        ];
        odd.into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("voxels that {what}: {count}"))
    }

    /// Whether the values pass the rule above.
    pub(super) fn is_hounsfield(self, values: &[f32]) -> bool {
        let Some((low, high)) = self.range else {
            return false;
        };
        if low > -900.0 || high <= 300.0 {
            return false;
        }
        let outside_circle = |value: f32| low < -1100.0 && value.to_bits() == low.to_bits();
        let [mut counted, mut air, mut soft, mut odd] = [0_usize; 4];
        for value in values
            .iter()
            .copied()
            .filter(|value| !outside_circle(*value))
        {
            counted += 1;
            match value {
                -1100.0..=-800.0 => air += 1,
                -200.0..=300.0 => soft += 1,
                -800.0..=3100.0 => {}
                _ => odd += 1,
            }
        }
        air * 100 >= counted && soft * 50 >= counted && odd * 100 <= counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values and how often each comes.
    #[track_caller]
    fn check(parts: &[(f32, usize)], expected: bool) {
        let values: Vec<f32> = parts
            .iter()
            .flat_map(|(value, times)| vec![*value; *times])
            .collect();
        assert_eq!(
            Look::new(&values).is_hounsfield(&values),
            expected,
            "{parts:?}"
        );
    }

    #[test]
    fn ct_is_known_by_its_values() {
        check(&[(-1000.0, 50), (-90.5, 20), (45.2, 29), (1200.0, 1)], true);
        check(
            &[(-2048.0, 300), (-1000.0, 2), (40.0, 97), (1200.0, 1)],
            true,
        );
        check(&[(-1024.0, 97), (40.0, 2), (301.0, 1)], true);
    }

    #[test]
    fn what_is_no_ct_gets_no_unit() {
        check(&[(0.0, 50), (500.0, 50)], false); // MR
        check(&[(0.0, 50), (1000.0, 20), (1064.0, 30)], false); // CT with 1024 added
        let phase: Vec<(f32, usize)> = (-40..41_i16)
            .map(|step| (100.0 * f32::from(step), 1))
            .collect();
        check(&phase, false); // MR phase, -4096 to 4096
        check(&[(-1000.0, 1), (0.0, 150), (900.0, 1)], false); // a difference, mostly 0
        check(&[(-1000.0, 50), (1000.0, 50)], false); // no soft tissue
        check(&[(f32::NAN, 3)], false);
    }

    #[test]
    fn what_cannot_be_shown_is_counted() {
        let look = Look::new(&[f32::NAN, 1.0, f32::INFINITY, f32::NAN, f32::NEG_INFINITY]);
        let notes: Vec<String> = look.notes().collect();
        assert_eq!(
            notes,
            [
                "voxels that are not a number: 2",
                "voxels that are infinite: 2"
            ]
        );
        assert_eq!(look.range, Some((1.0, 1.0)));
    }
}
