//! What a text says about one finding, as a value; its phrase in English or Chinese comes out.

use std::fmt;
use std::ops::Range;

use super::lexicon::{Entry, Scale};
use super::zone::Zone;

/// The language of names and sentences that are shown to a person.
///
/// An enum of this module, so that it knows no settings: `Lang::En` is `English`, `Lang::Zh` is `Chinese`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    English,
    /// Chinese (simplified).
    Chinese,
}

impl Tongue {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

/// Whether a finding is there, according to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// It is there.
    Present,
    /// It is said not to be there.
    Absent,
    /// Neither affirmed nor denied: possible, likely, unlikely, not excluded.
    Uncertain,
    /// It was there and is no longer.
    Resolved,
}

impl Presence {
    /// Its name.
    pub fn name(self, tongue: Tongue) -> &'static str {
        match self {
            Self::Present => tongue.pick("present", "有"),
            Self::Absent => tongue.pick("absent", "无"),
            Self::Uncertain => tongue.pick("uncertain", "不确定"),
            Self::Resolved => tongue.pick("resolved", "已消失"),
        }
    }

    /// Whether it says that the finding is not there now.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Absent | Self::Resolved)
    }
}

/// The patient's side; for a shift, the side it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Both.
    Bilateral,
}

impl Side {
    /// Its name.
    pub fn name(self, tongue: Tongue) -> &'static str {
        match self {
            Self::Left => tongue.pick("left", "左侧"),
            Self::Right => tongue.pick("right", "右侧"),
            Self::Bilateral => tongue.pick("bilateral", "双侧"),
        }
    }
}

/// How much of it there is. An ordered scale; its words depend on the finding's [`Scale`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Trace, tiny, minimal.
    Trace,
    /// Small, mild, slight.
    Small,
    /// Moderate, medium; also "small to moderate".
    Moderate,
    /// Large, severe, marked, massive; also "moderate to large".
    Large,
}

impl Severity {
    /// The word that fits a finding of this scale: "small" effusion, "mild" emphysema.
    pub fn name(self, scale: Scale, tongue: Tongue) -> &'static str {
        let (english, chinese) = match (scale, self) {
            (Scale::Amount, Self::Trace) => ("trace", "微量"),
            (Scale::Amount, Self::Small) => ("small", "少量"),
            (Scale::Amount, Self::Moderate) => ("moderate", "中量"),
            (Scale::Amount, Self::Large) => ("large", "大量"),
            (Scale::Degree, Self::Trace) => ("minimal", "极轻度"),
            (Scale::Degree, Self::Small) => ("mild", "轻度"),
            (Scale::Degree, Self::Moderate) => ("moderate", "中度"),
            (Scale::Degree, Self::Large) => ("marked", "明显"),
            (Scale::Size, Self::Trace) => ("tiny", "微小"),
            (Scale::Size, Self::Small) => ("small", "小"),
            (Scale::Size, Self::Moderate) => ("medium-sized", "中等大小"),
            (Scale::Size, Self::Large) => ("large", "大"),
        };
        tongue.pick(english, chinese)
    }
}

/// What became of it since the prior picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Was not there before.
    New,
    /// Larger, more, worse.
    Larger,
    /// Smaller, less, better, partly resolved.
    Smaller,
    /// Unchanged, stable; "no increase" too.
    Unchanged,
    /// Gone: stands with [`Presence::Resolved`].
    Resolved,
}

impl Change {
    /// Its name.
    pub fn name(self, tongue: Tongue) -> &'static str {
        match self {
            Self::New => tongue.pick("new", "新出现"),
            Self::Larger => tongue.pick("larger", "增大"),
            Self::Smaller => tongue.pick("smaller", "缩小"),
            Self::Unchanged => tongue.pick("unchanged", "无变化"),
            Self::Resolved => tongue.pick("resolved", "已消失"),
        }
    }
}

/// A length in hundredths of a millimetre, so that 1.2 cm and 12 mm are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Length(pub u32);

impl Length {
    /// In millimetres.
    pub fn mm(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole}"),
            _ if rest % 10 == 0 => write!(f, "{whole}.{}", rest / 10),
            _ => write!(f, "{whole}.{rest:02}"),
        }
    }
}

/// A measurement as the text gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    /// One length: "12 mm", "约2cm", "up to 8 mm".
    One(Length),
    /// Between two lengths, the lesser first: "3-5 mm".
    Range(Length, Length),
    /// Two or three diameters, in the order of the text: "3 x 4 cm".
    Across(Length, Length, Option<Length>),
}

impl Size {
    /// The longest length of it.
    pub fn longest(self) -> Length {
        match self {
            Self::One(it) => it,
            Self::Range(_, most) => most,
            Self::Across(a, b, c) => a.max(b).max(c.unwrap_or(a)),
        }
    }

    /// The shortest length that the finding may have by it: a range's lesser end, else the longest diameter.
    pub fn least(self) -> Length {
        match self {
            Self::Range(least, _) => least,
            _ => self.longest(),
        }
    }

    /// Whether a claimed size agrees with this one: equal, or a single length that is the longest diameter or in the range.
    pub fn admits(self, claim: Self) -> bool {
        self == claim
            || matches!(claim, Self::One(it) if it >= self.least() && it <= self.longest())
    }

    /// "12 mm", "3-5 mm", "30 x 40 mm" or the same in Chinese.
    pub fn phrase(self, tongue: Tongue) -> String {
        let unit = tongue.pick(" mm", "毫米");
        match self {
            Self::One(it) => format!("{it}{unit}"),
            Self::Range(a, b) => format!("{a}-{b}{unit}"),
            Self::Across(a, b, None) => format!("{a} x {b}{unit}"),
            Self::Across(a, b, Some(c)) => format!("{a} x {b} x {c}{unit}"),
        }
    }
}

/// One statement about one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which finding: an entry of the lexicon.
    pub what: &'static Entry,
    /// Whether it is there.
    pub presence: Presence,
    /// On which side. Never `Bilateral` where absent: absent on both sides is absent.
    pub side: Option<Side>,
    /// In which part.
    pub zone: Option<Zone>,
    /// How much. With `Absent` it limits: "no large effusion" denies a large one only.
    pub severity: Option<Severity>,
    /// How large. With `Absent` it limits.
    pub size: Option<Size>,
    /// How many, when the text gives a number from 2.
    pub count: Option<u32>,
    /// Against the prior. With `Absent`, `New` limits: "no new nodule".
    pub change: Option<Change>,
    /// How much it was before, where the text says so ("small to moderate", of a larger one).
    pub severity_before: Option<Severity>,
    /// How large it was before.
    pub size_before: Option<Size>,
    /// The bytes of the text that it was read from: the finding's words, with those of its side, zone, size and change
    /// next to it. Several findings may share a span ("consolidation in the left upper and right lower zones").
    pub span: Range<usize>,
}

impl Finding {
    /// A finding of which nothing but its presence is known.
    pub(super) fn new(what: &'static Entry, presence: Presence, span: Range<usize>) -> Self {
        Self {
            what,
            presence,
            side: None,
            zone: None,
            severity: None,
            size: None,
            count: None,
            change: None,
            severity_before: None,
            size_before: None,
            span,
        }
    }

    /// All that is said, without where it is said.
    pub(super) fn said(&self) -> Said {
        Said {
            key: self.what.index,
            presence: self.presence,
            place: (self.side, self.zone),
            amount: (self.severity, self.size, self.count),
            change: self.change,
            before: (self.severity_before, self.size_before),
        }
    }

    /// The statement in a few words: "no pneumothorax", "small right pleural effusion", "8 mm nodule, left upper zone".
    pub fn phrase(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::English => self.english(),
            Tongue::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        let tongue = Tongue::English;
        let mut words: Vec<String> = Vec::new();
        match self.presence {
            Presence::Present => {}
            Presence::Absent => words.push("no".to_owned()),
            Presence::Uncertain => words.push("possible".to_owned()),
            Presence::Resolved => words.push("resolved".to_owned()),
        }
        let change = self.change.filter(|it| *it != Change::Resolved);
        words.extend(change.map(|it| it.name(tongue).to_owned()));
        words.extend(self.count.map(|it| it.to_string()));
        words.extend(
            self.severity
                .map(|it| it.name(self.what.scale, tongue).to_owned()),
        );
        words.extend(self.size.map(|it| it.phrase(tongue)));
        let zoned = self.zone.is_some();
        words.extend(
            self.side
                .filter(|_| !zoned)
                .map(|it| it.name(tongue).to_owned()),
        );
        words.push(self.what.english.to_owned());
        let text = words.join(" ");
        let Some(zone) = self.zone.map(|it| it.name(tongue)) else {
            return text;
        };
        match self.side {
            Some(side) => format!("{text}, {} {zone}", side.name(tongue)),
            None => format!("{text}, {zone}"),
        }
    }

    /// Whether its zone is one of a lung, of which Chinese says 左肺 rather than 左侧.
    fn is_in_lung(&self) -> bool {
        const LUNG: [&str; 10] = [
            "upper",
            "middle",
            "lower",
            "lingula",
            "anterior",
            "central",
            "posterior",
            "apical",
            "basal",
            "perihilar",
        ];
        self.zone.is_some_and(|it| LUNG.contains(&it.key()))
    }

    fn chinese(&self) -> String {
        let tongue = Tongue::Chinese;
        let mut text = String::new();
        match self.presence {
            Presence::Present | Presence::Resolved => {}
            Presence::Absent => text.push('无'),
            Presence::Uncertain => text.push_str("可能有"),
        }
        let change = self.change.filter(|it| *it != Change::Resolved);
        if let Some(change) = change {
            text.push_str(change.name(tongue));
            text.push_str(if change == Change::New { "" } else { "的" });
        }
        text.push_str(self.side.map_or("", |it| match (it, self.is_in_lung()) {
            (_, false) => it.name(tongue),
            (Side::Left, true) => "左肺",
            (Side::Right, true) => "右肺",
            (Side::Bilateral, true) => "双肺",
        }));
        text.push_str(self.zone.map_or("", |it| it.name(tongue)));
        text.push_str(&self.count.map_or(String::new(), |it| format!("{it}个")));
        let severity = self.severity.map(|it| it.name(self.what.scale, tongue));
        text.push_str(severity.unwrap_or_default());
        text.push_str(&self.size.map_or(String::new(), |it| it.phrase(tongue)));
        text.push_str(self.what.chinese);
        if self.presence == Presence::Resolved {
            text.push_str("已消失");
        }
        text
    }
}

/// All that a finding says, comparable and hashable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Said {
    key: u16,
    presence: Presence,
    place: (Option<Side>, Option<Zone>),
    amount: (Option<Severity>, Option<Size>, Option<u32>),
    change: Option<Change>,
    before: (Option<Severity>, Option<Size>),
}
