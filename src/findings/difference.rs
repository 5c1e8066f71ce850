//! A difference between two texts about one finding, as a value; its sentence in English or Chinese comes out.

use std::fmt;

use super::finding::{Change, Finding, Presence, Severity, Side, Size, Tongue};
use super::zone::Zone;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// The statement of the first text; `None` when it makes none.
    pub first: Option<Finding>,
    /// The statement of the second text.
    pub second: Option<Finding>,
}

/// What differs between two statements. `from` is the first text's, `to` the second's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only the second text speaks of it.
    Added,
    /// Only the first text speaks of it.
    Lost,
    /// Present or uncertain in the first, absent or resolved in the second.
    Negated,
    /// Absent or resolved in the first, present in the second.
    Affirmed,
    /// Any other change of presence: doubt, and absent against resolved.
    Presence {
        /// The first text's.
        from: Presence,
        /// The second text's.
        to: Presence,
    },
    /// Another side, or a side only one names.
    Side {
        /// The first text's.
        from: Option<Side>,
        /// The second text's.
        to: Option<Side>,
    },
    /// Another zone.
    Zone {
        /// The first text's.
        from: Option<Zone>,
        /// The second text's.
        to: Option<Zone>,
    },
    /// Another severity.
    Severity {
        /// The first text's.
        from: Option<Severity>,
        /// The second text's.
        to: Option<Severity>,
    },
    /// Another size.
    Size {
        /// The first text's.
        from: Option<Size>,
        /// The second text's.
        to: Option<Size>,
    },
    /// Another number.
    Count {
        /// The first text's.
        from: Option<u32>,
        /// The second text's.
        to: Option<u32>,
    },
    /// Another change against the prior.
    Change {
        /// The first text's.
        from: Option<Change>,
        /// The second text's.
        to: Option<Change>,
    },
    /// Another severity before.
    SeverityBefore {
        /// The first text's.
        from: Option<Severity>,
        /// The second text's.
        to: Option<Severity>,
    },
    /// Another size before.
    SizeBefore {
        /// The first text's.
        from: Option<Size>,
        /// The second text's.
        to: Option<Size>,
    },
}

impl Kind {
    /// The same difference seen from the other text.
    #[must_use]
    pub fn mirror(self) -> Self {
        match self {
            Self::Added => Self::Lost,
            Self::Lost => Self::Added,
            Self::Negated => Self::Affirmed,
            Self::Affirmed => Self::Negated,
            Self::Presence { from, to } => Self::Presence { from: to, to: from },
            Self::Side { from, to } => Self::Side { from: to, to: from },
            Self::Zone { from, to } => Self::Zone { from: to, to: from },
            Self::Severity { from, to } => Self::Severity { from: to, to: from },
            Self::Size { from, to } => Self::Size { from: to, to: from },
            Self::Count { from, to } => Self::Count { from: to, to: from },
            Self::Change { from, to } => Self::Change { from: to, to: from },
            Self::SeverityBefore { from, to } => Self::SeverityBefore { from: to, to: from },
            Self::SizeBefore { from, to } => Self::SizeBefore { from: to, to: from },
        }
    }

    /// Its name.
    pub fn name(self, tongue: Tongue) -> &'static str {
        match self {
            Self::Added => tongue.pick("added", "新增"),
            Self::Lost => tongue.pick("lost", "缺失"),
            Self::Negated => tongue.pick("negated", "变为否定"),
            Self::Affirmed => tongue.pick("affirmed", "变为肯定"),
            Self::Presence { .. } => tongue.pick("certainty", "确定程度"),
            Self::Side {
                from: Some(_),
                to: Some(_),
            } => tongue.pick("side swapped", "侧别互换"),
            Self::Side { .. } => tongue.pick("side", "侧别"),
            Self::Zone {
                from: Some(_),
                to: Some(_),
            } => tongue.pick("zone moved", "部位改变"),
            Self::Zone { .. } => tongue.pick("zone", "部位"),
            Self::Severity { .. } => tongue.pick("severity", "程度"),
            Self::Size { .. } => tongue.pick("size", "大小"),
            Self::Count { .. } => tongue.pick("number", "数目"),
            Self::Change { .. } => tongue.pick("change", "变化"),
            Self::SeverityBefore { .. } => tongue.pick("severity before", "既往程度"),
            Self::SizeBefore { .. } => tongue.pick("size before", "既往大小"),
        }
    }
}

impl Difference {
    /// The same difference seen from the other text.
    #[must_use]
    pub fn mirror(self) -> Self {
        Self {
            kind: self.kind.mirror(),
            first: self.second,
            second: self.first,
        }
    }

    /// One line: "severity: right pleural effusion, small → moderate".
    pub fn sentence(&self, tongue: Tongue) -> String {
        let name = self.kind.name(tongue);
        let colon = tongue.pick(": ", "：");
        let comma = tongue.pick(", ", "，");
        let first = self.first.as_ref().map(|it| it.phrase(tongue));
        let second = self.second.as_ref().map(|it| it.phrase(tongue));
        match (self.values(tongue), first, second) {
            (Some((from, to)), ..) => {
                let subject = self.subject(tongue);
                format!("{name}{colon}{subject}{comma}{from} → {to}")
            }
            (None, Some(first), Some(second)) => format!("{name}{colon}{first} → {second}"),
            (None, first, second) => {
                let only = first.or(second).unwrap_or_default();
                format!("{name}{colon}{only}")
            }
        }
    }

    /// What it is about, as both texts call it.
    fn subject(&self, tongue: Tongue) -> String {
        let Some(finding) = self.first.as_ref().or(self.second.as_ref()) else {
            return String::new();
        };
        let same_side =
            self.first.as_ref().map(|it| it.side) == self.second.as_ref().map(|it| it.side);
        let same_zone =
            self.first.as_ref().map(|it| it.zone) == self.second.as_ref().map(|it| it.zone);
        let bare = Finding {
            side: finding.side.filter(|_| same_side),
            zone: finding.zone.filter(|_| same_zone),
            ..Finding::new(finding.what, subject_presence(self), 0..0)
        };
        bare.phrase(tongue)
    }

    /// The two values, in words.
    fn values(&self, tongue: Tongue) -> Option<(String, String)> {
        let none = tongue.pick("not said", "未说明");
        let of = |it: Option<&str>| it.unwrap_or(none).to_owned();
        let scale = (self.first.as_ref().or(self.second.as_ref()))?.what.scale;
        Some(match self.kind {
            Kind::Added | Kind::Lost | Kind::Negated | Kind::Affirmed => return None,
            Kind::Presence { from, to } => (of(Some(from.name(tongue))), of(Some(to.name(tongue)))),
            Kind::Side { from, to } => (
                of(from.map(|it| it.name(tongue))),
                of(to.map(|it| it.name(tongue))),
            ),
            Kind::Zone { from, to } => (
                of(from.map(|it| it.name(tongue))),
                of(to.map(|it| it.name(tongue))),
            ),
            Kind::Severity { from, to } | Kind::SeverityBefore { from, to } => (
                of(from.map(|it| it.name(scale, tongue))),
                of(to.map(|it| it.name(scale, tongue))),
            ),
            Kind::Size { from, to } | Kind::SizeBefore { from, to } => (
                of(from.map(|it| it.phrase(tongue)).as_deref()),
                of(to.map(|it| it.phrase(tongue)).as_deref()),
            ),
            Kind::Count { from, to } => (
                of(from.map(|it| it.to_string()).as_deref()),
                of(to.map(|it| it.to_string()).as_deref()),
            ),
            Kind::Change { from, to } => (
                of(from.map(|it| it.name(tongue))),
                of(to.map(|it| it.name(tongue))),
            ),
        })
    }
}

/// "No" stands before the subject when both texts deny it.
fn subject_presence(difference: &Difference) -> Presence {
    let gone = |it: &Option<Finding>| {
        it.as_ref()
            .is_some_and(|it| it.presence == Presence::Absent)
    };
    if gone(&difference.first) && gone(&difference.second) {
        Presence::Absent
    } else {
        Presence::Present
    }
}

/// The English sentence.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Tongue::English))
    }
}
