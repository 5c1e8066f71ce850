//! Decoded colours in, the colours before the HP transform (APP8 `mrfx`) out, pure.

use crate::imaging::Fallible;

/// One of the reversible colour transforms of HP's encoder. They wrap around at the precision of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    /// Red and blue less green.
    Hp1,
    /// Red less green, blue less the mean of red and green.
    Hp2,
    /// A mean, then blue and red less green.
    Hp3,
}

impl Transform {
    /// From the number in the segment; 0 is none.
    ///
    /// # Errors
    /// When it is one whose formula is not public.
    pub(super) fn of(kind: u8) -> Fallible<Option<Self>> {
        Ok(match kind {
            0 => None,
            1 => Some(Self::Hp1),
            2 => Some(Self::Hp2),
            3 => Some(Self::Hp3),
            _ => {
                return Err(format!(
                    "has the JPEG-LS colour transform {kind} of HP, only 1 to 3 are read: convert it first"
                ));
            }
        })
    }

    /// Makes red, green and blue of pixels of three values, each of 8 or 16 bits.
    pub(super) fn undo(self, values: &mut [u16], bits: u32) {
        let (pixels, _) = values.as_chunks_mut::<3>();
        let mask = u16::MAX >> (16 - bits);
        let half = (mask >> 1) + 1;
        for pixel in pixels {
            *pixel = self.pixel(*pixel, mask, half).map(|value| value & mask);
        }
    }

    #[inline]
    fn pixel(self, [a, b, c]: [u16; 3], mask: u16, half: u16) -> [u16; 3] {
        match self {
            Self::Hp1 => [
                a.wrapping_add(b).wrapping_sub(half),
                b,
                c.wrapping_add(b).wrapping_sub(half),
            ],
            Self::Hp2 => {
                let red = a.wrapping_add(b).wrapping_sub(half) & mask;
                let blue = c.wrapping_add(red.midpoint(b)).wrapping_sub(half);
                [red, b, blue]
            }
            Self::Hp3 => {
                let green = a.wrapping_sub(b.midpoint(c) >> 1).wrapping_add(half >> 1);
                let red = c.wrapping_add(green).wrapping_sub(half);
                [red, green, b.wrapping_add(green).wrapping_sub(half)]
            }
        }
    }
}

impl std::fmt::Display for Transform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hp1 => "HP1",
            Self::Hp2 => "HP2",
            Self::Hp3 => "HP3",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the encoder does, in whole numbers.
    fn apply(transform: Transform, [r, g, b]: [i32; 3], range: i32) -> [u16; 3] {
        let wrap = |value: i32| u16::try_from(value.rem_euclid(range)).unwrap();
        match transform {
            Transform::Hp1 => [wrap(r - g + range / 2), wrap(g), wrap(b - g + range / 2)],
            Transform::Hp2 => [
                wrap(r - g + range / 2),
                wrap(g),
                wrap(b - ((r + g) >> 1) - range / 2),
            ],
            Transform::Hp3 => {
                let blue = wrap(b - g + range / 2);
                let red = wrap(r - g + range / 2);
                let mean = (i32::from(blue) + i32::from(red)) >> 2;
                [wrap(g + mean - range / 4), blue, red]
            }
        }
    }

    #[track_caller]
    fn check(transform: Transform, bits: u32) {
        let range = 1 << bits;
        let levels = [
            0,
            1,
            2,
            range / 3,
            range / 2 - 1,
            range / 2,
            range - 2,
            range - 1,
        ];
        let with_red = |r| levels.map(|g| levels.map(|b| [r, g, b]));
        for rgb in levels.into_iter().flat_map(with_red).flatten() {
            let mut pixel = apply(transform, rgb, range);
            transform.undo(&mut pixel, bits);
            assert_eq!(pixel.map(i32::from), rgb, "{transform} at {bits} bits");
        }
    }

    #[test]
    fn every_transform_is_undone_exactly() {
        for transform in [Transform::Hp1, Transform::Hp2, Transform::Hp3] {
            check(transform, 8);
            check(transform, 16);
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        assert_eq!(Transform::of(0), Ok(None));
        assert!(Transform::of(4).unwrap_err().contains("only 1 to 3"));
    }
}
