//! What time it is, for whoever is given a clock: nothing in a session looks at the system's by itself.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

/// A clock.
pub trait Clock: Send {
    /// Seconds since some moment; never fewer than before.
    fn seconds(&self) -> f64;
    /// The date, for people: RFC 3339 in UTC, to the second.
    fn date(&self) -> String;
}

/// The system's clock.
pub struct System(Instant);

impl System {
    /// Begins to count now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// A number that no other session has: from the time and the process.
    pub fn stamp() -> u64 {
        let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = format!("{} {}", since.as_nanos(), std::process::id());
        let hash = Sha256::digest(seed.as_bytes());
        u64::from_le_bytes(hash[..8].try_into().expect("a hash of 32 bytes"))
    }
}

impl Clock for System {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn date(&self) -> String {
        humantime::format_rfc3339_seconds(now()).to_string()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everybody else is given"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// A clock that goes on by so much whenever somebody looks: for tests, and for what has no time of its own.
pub struct Steady {
    now: std::cell::Cell<f64>,
    step: f64,
    date: String,
}

impl Steady {
    /// Begins at 0.
    pub fn new(step: f64, date: &str) -> Self {
        Self {
            now: std::cell::Cell::new(0.0),
            step,
            date: date.to_owned(),
        }
    }
}

impl Clock for Steady {
    fn seconds(&self) -> f64 {
        self.now.set(self.now.get() + self.step);
        self.now.get()
    }

    fn date(&self) -> String {
        self.date.clone()
    }
}
