//! Items of a sentence in, what they say of side, zone, severity, size, number and change out.

use std::ops::Range;

use super::attach::presence;
use super::finding::{Change, Presence, Severity, Side, Size};
use super::items::What;
use super::parsed::{Mention, Parsed};
use super::rules::{Sense, Tag};
use super::zone::Zone;

/// A change is looked for this many items around two linked lengths.
const REACH: usize = 24;

/// What a part of a sentence says about a finding.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub side: Option<Side>,
    pub zone: Option<Zone>,
    pub severity: Option<Severity>,
    pub severity_before: Option<Severity>,
    pub size: Option<Size>,
    pub size_before: Option<Size>,
    pub count: Option<u32>,
    pub change: Option<Change>,
    /// "Now" was said.
    pub now: bool,
    /// "Other" was said: another one is denied.
    pub other: bool,
    /// Said of this place alone: "present on the left, absent on the right".
    pub echo: Option<Sense>,
    pub span: Option<Range<usize>>,
}

impl Group {
    pub(super) fn has_place(&self) -> bool {
        self.side.is_some() || self.zone.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.span.is_none()
    }

    /// Takes what it lacks from another.
    pub(super) fn fill(&mut self, other: &Self) {
        self.fill_place(other);
        self.fill_rest(other);
    }

    pub(super) fn fill_place(&mut self, other: &Self) {
        self.side = self.side.or(other.side);
        self.zone = self.zone.or(other.zone);
    }

    pub(super) fn fill_rest(&mut self, other: &Self) {
        self.severity = self.severity.or(other.severity);
        self.severity_before = self.severity_before.or(other.severity_before);
        self.size = self.size.or(other.size);
        self.size_before = self.size_before.or(other.size_before);
        self.count = self.count.or(other.count);
        self.change = self.change.or(other.change);
        self.span = join(self.span.as_ref(), other.span.as_ref());
    }
}

/// The span over two spans.
pub(super) fn join(a: Option<&Range<usize>>, b: Option<&Range<usize>>) -> Option<Range<usize>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.start.min(b.start)..a.end.max(b.end)),
        (a, b) => a.or(b).cloned(),
    }
}

/// What these items say. `mention` is the one that they are about, where it stands among them.
pub(super) fn collect(parsed: &Parsed, items: Range<usize>, mention: Option<&Mention>) -> Group {
    let mut group = Group::default();
    let denied = mention.is_some_and(|it| presence(it) == Some(Presence::Absent));
    let mut severities: Vec<(usize, Severity)> = Vec::new();
    let mut sizes: Vec<(usize, Size)> = Vec::new();
    let mut sides: Vec<Side> = Vec::new();
    let mut zones: Vec<Zone> = Vec::new();
    for at in items.clone() {
        let Some(item) = parsed.items.get(at) else {
            continue;
        };
        let tags = parsed
            .find(at, |_| Some(()))
            .map_or(&[][..], |()| item.tags());
        let mut says = true;
        match item.what {
            What::Size(size) if !is_distance(parsed, at) => sizes.push((at, size)),
            What::Number(n) => {
                says = is_count(parsed, at, mention);
                group.count = group.count.or(says.then_some(n));
            }
            _ => says = false,
        }
        for tag in tags {
            match *tag {
                Tag::Severity(it) if weighs(parsed, at, denied) => severities.push((at, it)),
                Tag::Side(it) => sides.push(it),
                Tag::Zone(it) => zones.push(it),
                Tag::Change(it) | Tag::Nothing(Some(it)) => {
                    group.change = group.change.or(Some(it));
                }
                Tag::Number(n) if is_count(parsed, at, mention) => {
                    group.count = group.count.or(Some(n));
                }
                Tag::Now => group.now = true,
                Tag::Other if mention.is_none_or(|it| at < it.at) => group.other = true,
                _ => continue,
            }
            says = true;
        }
        if says {
            group.span = join(group.span.as_ref(), Some(&item.span));
        }
    }
    group.count = group.count.filter(|it| *it > 1);
    group.side = both(&sides);
    group.zone = zones.into_iter().min();
    let ahead = mention.map_or(0, |it| it.at);
    (group.severity_before, group.severity) = grades(parsed, &severities, ahead);
    (group.size_before, group.size) = measures(parsed, &sizes, ahead);
    group
}

/// Whether two linked degrees or lengths are then and now ("larger (8 mm to 12 mm)"), not a range ("8 mm to 12 mm nodules").
fn moves(parsed: &Parsed, i: usize, j: usize, ahead: usize) -> bool {
    let earlier = |at: usize| parsed.has(at, Tag::Earlier) && !parsed.has(at, Tag::Verb);
    let became = (i + 1..j).any(|it| parsed.has(it, Tag::Became));
    let from = i.checked_sub(1).is_some_and(earlier);
    let moved = |at: usize| {
        let change = parsed.find(at, |tag| match tag {
            Tag::Change(it) => matches!(it, Change::Larger | Change::Smaller).then_some(()),
            _ => None,
        });
        change.is_some() || earlier(at)
    };
    let first = parsed.mentions.partition_point(|it| it.at < ahead);
    let mention = parsed.mentions.get(first);
    let state = mention.is_some_and(|it| it.at == ahead && it.state);
    let end = if state { i } else { j + REACH };
    let said = i.saturating_sub(REACH)..end;
    became || from || ((state || j > ahead) && said.into_iter().any(moved))
}

/// Left and right together are both sides.
fn both(sides: &[Side]) -> Option<Side> {
    let first = *sides.first()?;
    let one = sides.iter().all(|it| *it == first);
    Some(if one { first } else { Side::Bilateral })
}

/// Whether a word of degree is said of the finding: not of its change ("markedly increased"), and not 明显 in 未见明显….
fn weighs(parsed: &Parsed, at: usize, denied: bool) -> bool {
    let item = parsed.items.get(at);
    let adverb = item.is_some_and(|it| it.has(Tag::Adverb));
    let change = parsed.find(at + 1, |tag| match tag {
        Tag::Change(Change::New) => None,
        Tag::Change(_) => Some(()),
        _ => None,
    });
    let hedge = denied && item.is_some_and(|it| it.has(Tag::Hedge));
    !(hedge || (adverb && change.is_some()))
}

/// Whether a length is how far something is from something else.
fn is_distance(parsed: &Parsed, at: usize) -> bool {
    parsed.has(at + 1, Tag::Distance)
}

/// Whether a number counts the finding: "two nodules", "3 nodules", "两个结节".
fn is_count(parsed: &Parsed, at: usize, mention: Option<&Mention>) -> bool {
    if parsed.has(at + 1, Tag::Measure) {
        return true;
    }
    mention.is_some_and(|it| {
        let plural = parsed.items.get(it.at).is_some_and(|it| it.plural);
        at < it.at && it.at - at <= 4 && plural && !it.state
    })
}

/// Severity before and now, of the words for it in their order.
fn grades(
    parsed: &Parsed,
    said: &[(usize, Severity)],
    ahead: usize,
) -> (Option<Severity>, Option<Severity>) {
    match *said {
        [(i, a), (j, b), ..] if linked(parsed, i, j) => {
            if moves(parsed, i, j, ahead) {
                (Some(a), Some(b))
            } else {
                (None, Some(a.max(b)))
            }
        }
        _ => split(parsed, said, |a, _| a),
    }
}

/// Size before and now.
fn measures(parsed: &Parsed, said: &[(usize, Size)], ahead: usize) -> (Option<Size>, Option<Size>) {
    if let [(i, a), (j, b), ..] = *said
        && linked(parsed, i, j)
    {
        return if moves(parsed, i, j, ahead) {
            (Some(a), Some(b))
        } else {
            let (least, most) = (a.longest().min(b.longest()), a.longest().max(b.longest()));
            (None, Some(Size::Range(least, most)))
        };
    }
    split(
        parsed,
        said,
        |a, b| if b.longest() > a.longest() { b } else { a },
    )
}

/// The first that is marked as earlier ("previously 8 mm"), and the best of the others.
fn split<T: Copy>(
    parsed: &Parsed,
    said: &[(usize, T)],
    best: fn(T, T) -> T,
) -> (Option<T>, Option<T>) {
    let earlier = |at: usize| {
        let near = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
        near.into_iter().any(|it| parsed.has(it, Tag::Earlier))
    };
    let before = said.iter().find(|it| earlier(it.0)).map(|it| it.1);
    let now = said.iter().filter(|it| !earlier(it.0)).map(|it| it.1);
    (before, now.reduce(best))
}

/// Whether "to" or "became" stands between two items, and little else.
fn linked(parsed: &Parsed, i: usize, j: usize) -> bool {
    j - i <= 3 && (i + 1..j).any(|it| parsed.has(it, Tag::To) || parsed.has(it, Tag::Became))
}
