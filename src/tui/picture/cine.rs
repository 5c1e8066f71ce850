//! A clock and a speed in, the slice whose time has come out.

use std::time::{Duration, Instant};

use super::Viewer;
use super::msg::{Cine, Effect, Go};

/// Slices a second, from the slowest to the fastest.
const SPEEDS: [u32; 9] = [1, 2, 4, 7, 10, 15, 20, 25, 30];
/// What is usual where a film does not say how fast it was recorded.
const USUAL: u32 = 10;

impl Viewer {
    pub(super) fn run(&mut self, cine: Cine, now: Instant) -> Vec<Effect> {
        let speed = self.slices_a_second();
        match cine {
            Cine::Faster => {
                let faster = SPEEDS.into_iter().find(|it| f64::from(*it) > speed + 0.5);
                self.speed = faster.or(self.speed);
            }
            Cine::Slower => {
                let slower = SPEEDS.into_iter().rfind(|it| f64::from(*it) < speed - 0.5);
                self.speed = slower.or(self.speed);
            }
            Cine::Toggle => {
                let can_run = self.half().is_some_and(|it| it.n_slices() > 1);
                let runs = self.cine.is_none() && can_run;
                self.cine = runs.then(|| now + self.beat());
            }
        }
        self.cine.map(Effect::Wake).into_iter().collect()
    }

    /// As a person asked, else as it was recorded.
    pub(super) fn slices_a_second(&self) -> f64 {
        let recorded = || {
            let ms = self.half().and_then(|it| it.reel.frame_ms())?;
            Some((1000.0 / ms).clamp(0.5, 60.0)).filter(|it| it.is_finite())
        };
        let asked = self.speed.map(f64::from);
        asked.or_else(recorded).unwrap_or(f64::from(USUAL))
    }

    /// From one slice to the next.
    fn beat(&self) -> Duration {
        Duration::from_secs(1).div_f64(self.slices_a_second())
    }

    /// The next slice, if its time has come and the one before has been seen.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let Some(due) = self.cine else {
            return Vec::new();
        };
        if now < due {
            return vec![Effect::Wake(due)];
        }
        let Some(half) = self.half() else {
            self.cine = None;
            return Vec::new();
        };
        let is_seen = half.there.as_ref().is_some_and(|it| it.slice == half.slice);
        let next = (half.slice + 1) % half.n_slices();
        let mut effects = if is_seen {
            self.go(self.front, Go::To(next))
        } else {
            Vec::new()
        };
        // in step with the clock, unless it was far behind
        let (beat, due) = (self.beat(), due + self.beat());
        let due = if due > now { due } else { now + beat };
        self.cine = Some(due);
        effects.push(Effect::Wake(due));
        effects
    }
}
