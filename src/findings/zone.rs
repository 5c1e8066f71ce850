//! The zones of the rules' table in, their names out.

use super::finding::Tongue;
use super::rules::rules;

/// A part of the body that a finding is in: a row of class `zone` of `rules.md`.
///
/// The lobe and the zone of a film are one ("left upper lobe" is "left upper zone"): a film cannot tell them apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone(pub(super) u8);

impl Zone {
    /// Stable name: `upper`, `frontal`, `basal-ganglia`.
    pub fn key(self) -> &'static str {
        self.row().0
    }

    /// Its name: "upper zone", "上野".
    pub fn name(self, tongue: Tongue) -> &'static str {
        let (_, english, chinese) = self.row();
        tongue.pick(english, chinese)
    }

    fn row(self) -> (&'static str, &'static str, &'static str) {
        rules()
            .zones
            .get(usize::from(self.0))
            .copied()
            .expect("zones are made from the rows of the table")
    }
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}
