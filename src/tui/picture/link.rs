//! Two pictures in, the slice of the one that goes with a slice of the other out: by millimetres where both are placed, else by number.

use super::half::Half;
use super::place;

/// How the right picture's slices go with those of the left one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Link {
    pub(super) is_on: bool,
    /// What the right one is further on, when a person has lined them up.
    off: Option<Off>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Off {
    mm: Option<f64>,
    slices: f64,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            is_on: true,
            off: None,
        }
    }
}

/// Whether millimetres of the one mean something in the other.
fn are_parallel(a: &Half, b: &Half) -> bool {
    let place = |it: &Half| it.there.as_ref().map(|it| it.frame.place.clone());
    place(a)
        .zip(place(b))
        .is_some_and(|(a, b)| place::are_parallel(&a, &b))
}

/// Where the slices of a picture begin and end, mm.
fn ends(half: &Half) -> Option<(f64, f64)> {
    let (a, b) = (half.depth(0)?, half.depth(half.n_slices() - 1)?);
    Some((a.min(b), a.max(b)))
}

fn overlap(a: &Half, b: &Half) -> bool {
    ends(a)
        .zip(ends(b))
        .is_some_and(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
}

impl Link {
    /// Other pictures: nobody has lined them up.
    pub(super) fn forget(&mut self) {
        self.off = None;
    }

    /// Off; or on, so that what is seen side by side stays side by side.
    pub(super) fn toggle(&mut self, left: &Half, right: &Half) {
        self.is_on = !self.is_on;
        if self.is_on {
            let mm = left.depth(left.slice).zip(right.depth(right.slice));
            self.off = Some(Off {
                mm: mm
                    .filter(|_| are_parallel(left, right))
                    .map(|(left, right)| right - left),
                slices: right.slice as f64 - left.slice as f64,
            });
        }
    }

    /// The slice of `follows` that goes with that of `leads`.
    pub(super) fn slice(&self, leads: &Half, follows: &Half) -> usize {
        let sign = if leads.number == 0 { 1.0 } else { -1.0 };
        let by_mm = || {
            let off = match self.off {
                Some(off) => off.mm?,
                None if overlap(leads, follows) => 0.0,
                None => return None,
            };
            follows.slice_at(leads.depth(leads.slice)? + sign * off)
        };
        let by_number = || leads.slice as f64 + sign * self.off.map_or(0.0, |it| it.slices);
        let slice = Some(())
            .filter(|()| are_parallel(leads, follows))
            .and_then(|()| by_mm())
            .unwrap_or_else(by_number);
        let last = follows.n_slices() - 1;
        cut(slice.clamp(0.0, last as f64)).min(last)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the slices that there are"
)]
fn cut(slice: f64) -> usize {
    slice as usize
}
