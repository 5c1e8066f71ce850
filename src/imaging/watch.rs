//! Work that takes long: who is told how far it has come, and whether it is to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Fallible;

/// What work says that was told to stop.
pub(super) const STOPPED: &str = "was stopped before it was open";

static NEVER: AtomicBool = AtomicBool::new(false);

/// Goes along with work that takes long.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told how far it has come (files looked at, headers read or slices decoded) and how many there are.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Once it is set the work ends with an error within a tenth of a second, and a file that is being decoded is left.
    pub cancel: &'a AtomicBool,
}

impl Default for Watch<'_> {
    /// Tells nobody and is never stopped.
    fn default() -> Self {
        Self {
            progress: &|_, _| {},
            cancel: &NEVER,
        }
    }
}

impl<'a> Watch<'a> {
    /// Stopped as this one, but somebody else is told.
    pub fn with<'b>(self, progress: &'b (dyn Fn(usize, usize) + Sync)) -> Watch<'b>
    where
        'a: 'b,
    {
        Watch { progress, ..self }
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.cancel.load(Ordering::SeqCst)
    }

    /// Fails once the work is to stop.
    pub(super) fn goes_on(&self) -> Fallible<()> {
        if self.is_stopped() {
            Err(STOPPED.to_owned())
        } else {
            Ok(())
        }
    }
}
