//! Precision, NEAR and preset parameters in, the constants and the gradient table of a scan out (T.87 A.2.1, C.2.4.1.1).

use crate::imaging::Fallible;

/// The preset coding parameters of an LSE segment; zero stands for the default (T.87 C.2.4.1.1).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Presets {
    /// Largest sample value, `MAXVAL`.
    pub(super) largest: u16,
    /// `T1`, `T2`, `T3`.
    pub(super) thresholds: [u16; 3],
    /// `RESET`: after how many samples the statistics of a context are halved.
    pub(super) reset: u16,
}

/// What is the same for all samples of a scan.
#[derive(Debug)]
pub(super) struct Coding {
    /// `MAXVAL`.
    pub(super) largest: i32,
    /// `NEAR`: how far a sample may be from the original.
    pub(super) near: i32,
    /// `2 * NEAR + 1`: the step of the quantised errors.
    pub(super) step: i32,
    /// `RANGE`: how many quantised errors there are.
    pub(super) range: i32,
    /// `qbpp`: bits of a quantised error.
    pub(super) wide: u32,
    /// `LIMIT`: longest code, in bits.
    pub(super) limit: u32,
    /// `RESET`.
    pub(super) reset: i32,
    /// The quantised gradient (-4..=4) of every difference, that of `-MAXVAL` first (T.87 A.3.3).
    gradients: Vec<i8>,
}

impl Coding {
    /// For samples of 2 to 16 bits.
    ///
    /// # Errors
    /// When NEAR or a preset is outside what T.87 allows.
    pub(super) fn new(precision: u32, near: u8, presets: &Presets) -> Fallible<Self> {
        let most = (1 << precision) - 1;
        let largest = match i32::from(presets.largest) {
            0 => most,
            some => some,
        };
        let near = i32::from(near);
        if largest > most {
            return Err(format!(
                "is damaged: its JPEG-LS samples go up to {largest}, but have {precision} bits"
            ));
        }
        if near > largest / 2 {
            return Err(format!(
                "is damaged: JPEG-LS samples up to {largest} cannot be near-lossless with an error of {near}"
            ));
        }
        let thresholds = thresholds(largest, near, presets.thresholds)?;
        let reset = match presets.reset {
            0 => 64,
            1 | 2 => return Err("is damaged: its JPEG-LS RESET is below 3".to_owned()),
            some => i32::from(some),
        };
        let step = 2 * near + 1;
        let range = (largest + 2 * near) / step + 1;
        let deep = bits(largest).max(2);
        Ok(Self {
            largest,
            near,
            step,
            range,
            wide: bits(range - 1),
            limit: 2 * (deep + deep.max(8)),
            reset,
            gradients: (-largest..=largest)
                .map(|difference| quantise(difference, near, thresholds))
                .collect(),
        })
    }

    /// Whether samples are exact and wrap around at a power of two.
    pub(super) fn is_plain(&self) -> bool {
        self.near == 0 && self.largest & (self.largest + 1) == 0
    }

    /// The quantised gradient of a difference of two samples.
    #[inline]
    pub(super) fn gradient(&self, difference: i32) -> i32 {
        i32::from(self.gradients[(difference + self.largest).cast_unsigned() as usize])
    }
}

/// How many bits a number that is not negative has.
fn bits(number: i32) -> u32 {
    i32::BITS - number.leading_zeros()
}

/// The three thresholds: those that are given, the defaults for the others (T.87 C.2.4.1.1.1).
fn thresholds(largest: i32, near: i32, given: [u16; 3]) -> Fallible<[i32; 3]> {
    let mut thresholds = [0; 3];
    let mut least = near + 1;
    for (place, basic) in [3, 7, 21].into_iter().enumerate() {
        let rank = i32::try_from(place).expect("there are three") + 2;
        let widened = (2 * rank - 1) * near;
        let default = if largest >= 128 {
            let factor = (largest.min(4095) + 128) / 256;
            factor * (basic - rank) + rank + widened
        } else {
            (basic / (256 / (largest + 1)) + widened).max(rank)
        };
        let default = if default > largest || default < least {
            least
        } else {
            default
        };
        let threshold = match i32::from(given[place]) {
            0 => default,
            some if some < least || some > largest => {
                return Err(format!(
                    "is damaged: its JPEG-LS threshold {some} is not between {least} and {largest}"
                ));
            }
            some => some,
        };
        thresholds[place] = threshold;
        least = threshold;
    }
    Ok(thresholds)
}

/// The region of a gradient (T.87 A.3.3).
fn quantise(difference: i32, near: i32, thresholds: [i32; 3]) -> i8 {
    let size = difference.abs();
    let region = thresholds
        .iter()
        .fold(i8::from(size > near), |region, threshold| {
            region + i8::from(size >= *threshold)
        });
    if difference < 0 { -region } else { region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(precision: u32, near: u8, expected: (i32, u32, u32), expected_thresholds: [i32; 3]) {
        let coding = Coding::new(precision, near, &Presets::default()).unwrap();
        assert_eq!((coding.range, coding.wide, coding.limit), expected);
        assert_eq!(
            thresholds(coding.largest, coding.near, [0; 3]).unwrap(),
            expected_thresholds
        );
    }

    #[test]
    fn defaults_are_those_of_the_standard() {
        check(8, 0, (256, 8, 32), [3, 7, 21]);
        check(8, 3, (38, 6, 32), [12, 22, 42]);
        check(12, 0, (4096, 12, 48), [18, 67, 276]);
        check(16, 0, (65_536, 16, 64), [18, 67, 276]);
        check(2, 0, (4, 2, 20), [2, 3, 3]);
    }

    #[test]
    fn gradients_fall_into_nine_regions() {
        let coding = Coding::new(8, 2, &Presets::default()).unwrap();
        let rows = [
            (0, 0),
            (2, 0),
            (3, 1),
            (8, 1),
            (9, 2),
            (16, 2),
            (17, 3),
            (34, 3),
        ];
        for (difference, region) in rows.into_iter().chain([(35, 4), (255, 4)]) {
            assert_eq!(coding.gradient(difference), region, "{difference}");
            assert_eq!(coding.gradient(-difference), -region, "-{difference}");
        }
    }

    #[test]
    fn a_power_of_two_as_the_largest_sample_needs_one_more_bit() {
        let presets = Presets {
            largest: 256,
            ..Presets::default()
        };
        let coding = Coding::new(9, 0, &presets).unwrap();
        assert_eq!((coding.range, coding.wide, coding.limit), (257, 9, 36));
        assert!(!coding.is_plain());
    }

    #[track_caller]
    fn refused(precision: u32, near: u8, largest: u16, thresholds: [u16; 3], reset: u16) {
        let presets = Presets {
            largest,
            thresholds,
            reset,
        };
        let problem = Coding::new(precision, near, &presets).unwrap_err();
        assert!(problem.starts_with("is damaged"), "{problem}");
    }

    #[test]
    fn what_the_standard_does_not_allow_is_refused() {
        refused(8, 0, 256, [0, 0, 0], 0);
        refused(8, 128, 0, [0, 0, 0], 0);
        refused(8, 3, 0, [3, 0, 0], 0);
        refused(8, 0, 0, [9, 8, 0], 0);
        refused(8, 0, 0, [0, 0, 256], 0);
        refused(8, 0, 0, [0, 0, 0], 2);
    }
}
