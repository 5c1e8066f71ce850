//! Mentions with what is decided in, findings with side, zone, severity, size, number and change out.

use std::ops::Range;

use super::finding::{Change, Finding, Presence, Side};
use super::groups::{Group, collect, join};
use super::items::What;
use super::parsed::{Mention, Parsed, Segment};
use super::rules::{Between, Sense, Tag};

/// So many unknown words and a place, but no more, are no part of the finding before: "left lung well aerated".
const STRAY: usize = 2;
/// There is one heart: "both the heart and the ventricles are enlarged".
const SIDELESS: &str = "cardiomegaly";
/// One mention has at most so many places; what is beyond them is taken for the last.
const PLACES: usize = 16;

/// A mention with its groups, one for each place.
#[derive(Debug, Default)]
struct Bag {
    groups: Vec<Group>,
}

/// The findings of a sentence. `label` is the place that the sentence's label names ("Left lung: …").
pub(super) fn findings(parsed: &Parsed) -> Vec<Finding> {
    let mut bags: Vec<Bag> = Vec::new();
    bags.resize_with(parsed.mentions.len(), Bag::default);
    let label = label(parsed);
    let mut waiting: Vec<Group> = Vec::new();
    for (n, segment) in parsed.segments.iter().enumerate() {
        if segment.mentions.is_empty() {
            let mut group = collect(parsed, segment.items.clone(), None);
            group.echo = segment.echo;
            let is_label = n == 0 && label.is_some();
            if group.is_empty() || is_label || strays(parsed, segment, &group) {
                continue;
            }
            match before(parsed, n) {
                Some(mention) if group.echo.is_some() || !goes_on(parsed, n, mention) => {
                    let bag = bags.get_mut(mention).expect("a bag for each mention");
                    bag.append(group, segment.before);
                }
                _ => waiting.push(group),
            }
            continue;
        }
        for (mention, items) in shares(parsed, segment.items.clone(), segment.mentions.clone()) {
            let own = collect(parsed, items, parsed.mentions.get(mention));
            let bag = bags.get_mut(mention).expect("a bag for each mention");
            bag.groups = with_waiting(std::mem::take(&mut waiting), own);
        }
    }
    let all = parsed.mentions.iter().zip(bags);
    all.flat_map(|(mention, bag)| bag.findings(mention, label.as_ref()))
        .collect()
}

/// The place of a label in front of the sentence: "Left lung: small effusion, no nodule".
fn label(parsed: &Parsed) -> Option<Group> {
    let (first, second) = (parsed.segments.first()?, parsed.segments.get(1)?);
    let is_label = first.mentions.is_empty() && second.before == Between::Colon;
    let group = is_label.then(|| collect(parsed, first.items.clone(), None))?;
    group.has_place().then_some(group)
}

/// The last mention before a segment.
fn before(parsed: &Parsed, n: usize) -> Option<usize> {
    let segment = parsed.segments.get(n)?;
    segment.mentions.start.checked_sub(1)
}

/// Whether a segment without a mention belongs to the next finding rather than to the one before.
fn goes_on(parsed: &Parsed, n: usize, before: usize) -> bool {
    let (Some(segment), Some(next)) = (parsed.segments.get(n), parsed.segments.get(n + 1)) else {
        return false;
    };
    if next.mentions.is_empty() || matches!(next.before, Between::But) {
        return false;
    }
    let starts = parsed.has(next.items.start, Tag::There);
    let gone =
        (parsed.mentions.get(before)).is_some_and(|it| presence(it) != Some(Presence::Present));
    let placed = collect(parsed, segment.items.clone(), None).has_place();
    starts || (placed && gone)
}

/// Whether a segment without a finding speaks of something else: of an organ, or of more than a place.
fn strays(parsed: &Parsed, segment: &Segment, group: &Group) -> bool {
    let items = parsed.items.get(segment.items.clone()).unwrap_or_default();
    let organ = items.iter().any(|it| {
        let tags = it.tags();
        let subject = tags.iter().any(|it| matches!(it, Tag::Subject(_)));
        subject
            && !tags
                .iter()
                .any(|it| matches!(it, Tag::Side(_) | Tag::Zone(_)))
    });
    // "The heart is larger (mildly enlarged)": the organ is that of the finding.
    let end = items.last().map_or(0, |it| it.span.end);
    let next = parsed.mentions.get(segment.mentions.start);
    let organ = organ && !next.is_some_and(|it| it.state && it.span.start < end);
    let words = items
        .iter()
        .filter(|it| matches!(it.what, What::Word))
        .count();
    let at = items.iter().any(|it| it.has(Tag::At));
    let measured = group.severity.is_some() || group.size.is_some() || group.change.is_some();
    organ || (words >= STRAY && !at && !measured && group.echo.is_none())
}

/// Which items of a segment speak of which of its mentions.
fn shares(
    parsed: &Parsed,
    items: Range<usize>,
    mentions: Range<usize>,
) -> Vec<(usize, Range<usize>)> {
    let mut out: Vec<(usize, Range<usize>)> = Vec::new();
    let mut start = items.start;
    for mention in mentions {
        let at = parsed.mentions.get(mention).map_or(items.end, |it| it.at);
        if let Some((_, last)) = out.last_mut() {
            // What follows a preposition is said of the finding before it, all else of the one behind.
            let between = last.end..at;
            let behind = between.clone().any(|it| parsed.has(it, Tag::At));
            start = if behind { at } else { between.start };
            last.end = start;
        }
        out.push((mention, start..at + 1));
    }
    if let Some((_, last)) = out.last_mut() {
        last.end = items.end;
    }
    out
}

/// Groups that wait for a finding, and its own: a place each.
fn with_waiting(waiting: Vec<Group>, own: Group) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    let mut own = own;
    for group in waiting {
        if group.has_place() && own.has_place() && out.len() < PLACES {
            own.change = own.change.or(group.change);
            out.push(group);
        } else {
            own.fill(&group);
        }
    }
    // "Left and right upper lobe": the zone is that of both. "Right upper and middle lobe": the side.
    for group in &mut out {
        if group.zone.is_none() || group.side.is_none() {
            group.fill_place(&own);
        }
        group.fill_rest(&own);
    }
    if let Some(last) = out.last() {
        own.fill_place(last);
    }
    out.push(own);
    out
}

impl Bag {
    /// A part of the sentence behind the finding.
    fn append(&mut self, group: Group, between: Between) {
        let full = self.groups.len() >= PLACES;
        let Some(last) = self.groups.last_mut() else {
            self.groups.push(group);
            return;
        };
        let measured = group.severity.is_some() || group.size.is_some();
        let both = last.side == Some(Side::Bilateral) && group.zone.is_none() && !measured;
        let sized = group.size.is_some() && last.size.is_some() && between == Between::And;
        let another = group.echo.is_some()
            || sized
            || group.has_place()
                && last.has_place()
                && !both
                && between != Between::Colon
                && (group.side, group.zone) != (last.side, last.zone);
        if another && !full {
            let mut next = group;
            if next.echo.is_none() {
                let last = last.clone();
                next.fill(&Group {
                    change: None,
                    ..last
                });
            }
            self.groups.push(next);
        } else {
            last.fill(&group);
        }
    }

    /// "Bilateral effusions, moderate on the right and small on the left": the first is the sum of the others.
    fn is_summed_up(&self) -> bool {
        let on = |side| self.groups.iter().any(|it| it.side == Some(side));
        let first = self.groups.first();
        let plain = first.is_some_and(|it| it.side == Some(Side::Bilateral) && it.echo.is_none());
        plain && on(Side::Left) && on(Side::Right)
    }

    fn findings(self, mention: &Mention, label: Option<&Group>) -> Vec<Finding> {
        let mut out: Vec<Finding> = Vec::new();
        let several = self.groups.len() > 1;
        let skipped = usize::from(self.is_summed_up());
        for mut group in self.groups.into_iter().skip(skipped) {
            group.count = group.count.filter(|_| !several);
            let decided = group.echo.or(mention.decided);
            let Some(presence) = presence_of(mention.denied, decided) else {
                continue;
            };
            let denied = presence == Presence::Absent;
            if (group.other && denied) || (mention.weak && !denied) {
                continue;
            }
            if let Some(label) = label.filter(|_| group.side.is_none()) {
                group.fill_place(label);
            }
            let finding = finding(mention, presence, &group);
            if out.iter().any(|it| it.said() == finding.said()) {
                continue;
            }
            let twin = out.iter_mut().find(|it| is_twin(it, &finding));
            match twin {
                Some(twin) => twin.side = Some(Side::Bilateral),
                None => out.push(finding),
            }
        }
        for it in &mut out {
            if it.presence == Presence::Absent && it.side == Some(Side::Bilateral) {
                it.side = None;
            }
        }
        out
    }
}

/// Whether two findings differ by left and right alone.
fn is_twin(a: &Finding, b: &Finding) -> bool {
    let sides = (a.side, b.side);
    let both = matches!(
        sides,
        (Some(Side::Left), Some(Side::Right)) | (Some(Side::Right), Some(Side::Left))
    );
    both && a.said()
        == Finding {
            side: a.side,
            ..b.clone()
        }
        .said()
}

/// What is decided about a mention; `None` when it states nothing.
pub(super) fn presence(mention: &Mention) -> Option<Presence> {
    presence_of(mention.denied, mention.decided)
}

fn presence_of(denied: bool, decided: Option<Sense>) -> Option<Presence> {
    let presence = match decided {
        Some(Sense::Dropped) => return None,
        Some(Sense::Is(presence)) => presence,
        None if denied => return Some(Presence::Absent),
        None => return Some(Presence::Present),
    };
    // "Is not normal", "no longer clear".
    Some(if denied && presence.is_gone() {
        Presence::Present
    } else {
        presence
    })
}

fn finding(mention: &Mention, presence: Presence, group: &Group) -> Finding {
    let mut it = Finding::new(mention.what, presence, mention.span.clone());
    it.side = group.side.filter(|_| mention.what.key != SIDELESS);
    it.zone = group.zone;
    it.severity = group.severity;
    it.size = group.size;
    it.count = group.count;
    it.change = group.change;
    it.severity_before = group.severity_before;
    it.size_before = group.size_before;
    // "The nodule was 8 mm": of nothing else is it the size.
    if it.size.is_none() && it.change.is_none() {
        it.size = it.size_before.take();
    }
    if it.severity.is_none() && it.change.is_none() {
        it.severity = it.severity_before.take();
    }
    if mention.state && group.now && presence == Presence::Present && it.change.is_none() {
        it.change = Some(Change::New);
    }
    if presence == Presence::Resolved {
        it.change = Some(Change::Resolved);
    }
    it.span = join(Some(&mention.span), group.span.as_ref()).unwrap_or_default();
    it
}
