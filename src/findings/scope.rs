//! Mentions and cues in, what the cues make of each mention out: the reach of denial, doubt and resolution.
//!
//! The method is that of `NegEx` (Chapman et al., J Biomed Inform 2001;34:301, doi:10.1006/jbin.2001.1029) and `ConText`
//! (Harkema et al., J Biomed Inform 2009;42:839, doi:10.1016/j.jbi.2009.05.002): a cue reaches forwards or backwards
//! until something ends its scope, and longer phrases keep their parts from being cues. How far it reaches over a list
//! is ours, since reports put what is there behind what is not ("no pneumothorax, small left effusion").

use super::finding::{Change, Presence};
use super::parsed::{Parsed, Segment};
use super::rules::{Between, Cue, Sense, Tag, Way};

/// A cue that reaches forwards.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a cue's way through a sentence"
)]
struct Active {
    sense: Sense,
    /// The segment it began in.
    segment: usize,
    /// It has met a finding.
    met: bool,
    /// A verb has come behind that finding: the statement is complete.
    complete: bool,
    /// The last "or" or "and" of the list has come.
    closed: bool,
    /// The first finding's segment names a place.
    placed: bool,
    /// It begins its segment, as in "no X": a verb before any finding ends it.
    opening: bool,
}

/// Decides about every mention.
pub(super) fn decide(parsed: &mut Parsed) {
    let facts: Vec<Facts> = (parsed.segments.iter())
        .map(|it| Facts::of(parsed, it))
        .collect();
    let closes = closes(&parsed.segments);
    let mut active: Option<Active> = None;
    for n in 0..parsed.segments.len() {
        let (Some(segment), Some(fact)) = (parsed.segments.get(n).cloned(), facts.get(n).copied())
        else {
            return;
        };
        let or_closes = closes.get(n).copied().unwrap_or_default();
        active = active.and_then(|it| enter(it, &segment, fact, or_closes));
        if segment.before == Between::Nor {
            active = Some(begin(Sense::Is(Presence::Absent), n, fact, false));
        }
        for at in segment.items.clone() {
            step(parsed, &mut active, (n, at), &facts);
        }
    }
    doubt_alternatives(parsed);
}

/// What a segment has, for the reach of cues.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a segment"
)]
struct Facts {
    /// A size, a severity or a change.
    graded: bool,
    /// A side or a zone.
    placed: bool,
    /// It begins with an article.
    article: bool,
    /// "There is" stands in it, or another cue.
    starts: bool,
    /// A verb stands behind its finding.
    states: bool,
    /// It says what an organ is: "heart enlarged".
    state: bool,
}

impl Facts {
    fn of(parsed: &Parsed, segment: &Segment) -> Self {
        let any = |wanted: fn(Tag) -> bool| {
            let hit = |it| parsed.find(it, |tag| wanted(tag).then_some(())).is_some();
            segment.items.clone().any(hit)
        };
        let sized = (parsed.items.get(segment.items.clone())).is_some_and(|all| {
            all.iter()
                .any(|it| matches!(it.what, super::items::What::Size(_)))
        });
        let first = segment.items.start;
        let mentions = parsed.mentions.get(segment.mentions.clone());
        let mention = mentions.and_then(|it| it.first());
        let state = mention.is_some_and(|it| it.state);
        let mention = mention.map_or(usize::MAX, |it| it.at);
        let verb = |it: &usize| *it > mention && parsed.has(*it, Tag::Verb);
        Self {
            graded: sized || any(|it| matches!(it, Tag::Severity(_) | Tag::Change(_))),
            placed: any(|it| matches!(it, Tag::Side(_) | Tag::Zone(_))),
            article: parsed.has(first, Tag::Article),
            starts: any(|it| it == Tag::There),
            states: segment.items.clone().any(|it| verb(&it)),
            state,
        }
    }
}

/// For every segment, whether the list it is in ends with "or" behind it: "effusion, nodule, or mass".
fn closes(segments: &[Segment]) -> Vec<bool> {
    let mut out = vec![false; segments.len()];
    let mut behind = false;
    for (it, segment) in out.iter_mut().zip(segments).rev() {
        *it = behind;
        behind = match segment.before {
            Between::Or | Between::Nor => true,
            Between::Comma => behind,
            _ => false,
        };
    }
    out
}

fn begin(sense: Sense, segment: usize, fact: Facts, opening: bool) -> Active {
    Active {
        sense,
        segment,
        met: false,
        complete: false,
        closed: false,
        placed: fact.placed,
        opening,
    }
}

/// Whether a cue reaches into the next segment, and how it goes on there.
fn enter(mut active: Active, segment: &Segment, fact: Facts, or_closes: bool) -> Option<Active> {
    use Between::{And, But, ChineseComma, Colon, Comma, Nor, Or};
    let between = segment.before;
    if matches!(between, But | ChineseComma | Nor) || (between == Colon && active.met) {
        return None;
    }
    if active.sense == Sense::Dropped {
        let new = active.met && (fact.starts || fact.states);
        return (!new).then_some(active);
    }
    if fact.starts {
        return None;
    }
    if active.met && fact.state {
        return None;
    }
    if !active.met || between == Or {
        active.closed |= between == Or && active.met;
        return Some(active);
    }
    if active.complete {
        return None;
    }
    let empty = segment.mentions.is_empty();
    let parallel = between == And && active.placed && !fact.article;
    let bare = !fact.graded && (!fact.placed || parallel || empty) && !fact.article;
    let reaches = match (between, active.sense) {
        (Comma, _) if or_closes => true,
        (Comma, Sense::Is(Presence::Uncertain)) => empty,
        (Comma, _) => !active.closed && bare && (empty || !fact.states),
        _ => bare,
    };
    active.closed |= between == And;
    reaches.then_some(active)
}

fn step(
    parsed: &mut Parsed,
    active: &mut Option<Active>,
    (n, at): (usize, usize),
    facts: &[Facts],
) {
    let cue = parsed.find(at, |tag| match tag {
        Tag::Cue(cue) => Some(cue),
        _ => None,
    });
    if let (Some(cue), Some(fact)) = (cue, facts.get(n).copied()) {
        if let Some(sense) = meet_cue(parsed, cue, (n, at), facts) {
            let opening = parsed
                .segments
                .get(n)
                .is_some_and(|it| it.items.start == at)
                || at
                    .checked_sub(1)
                    .is_some_and(|it| parsed.has(it, Tag::There) || parsed.has(it, Tag::Article));
            let next = begin(sense, n, fact, opening);
            *active = combine(active.take(), next);
        }
        return;
    }
    if let Some(now) = active {
        if parsed.has(at, Tag::Verb) {
            now.complete |= now.met;
            if now.opening && !now.met && now.segment == n && now.sense != Sense::Dropped {
                *active = None;
            }
        } else if parsed.has(at, Tag::There) && now.met && now.sense != Sense::Dropped {
            *active = None;
        }
    }
    let here = parsed
        .segments
        .get(n)
        .map_or(0..0, |it| it.mentions.clone());
    let here = parsed.mentions.get_mut(here).unwrap_or_default();
    let first = here.partition_point(|it| it.at < at);
    let standing = here.iter_mut().skip(first).take_while(|it| it.at == at);
    for mention in standing {
        if let Some(now) = active {
            now.met = true;
            // "No nodule, heart normal": what is normal is not denied again from afar.
            if !mention.denied || now.segment == n {
                mention.decided.get_or_insert(now.sense);
            }
        }
    }
}

/// Two cues before the same finding.
fn combine(old: Option<Active>, new: Active) -> Option<Active> {
    use Presence::{Absent, Resolved, Uncertain};
    let Some(old) = old.filter(|it| !it.met && it.segment == new.segment) else {
        return Some(new);
    };
    match (old.sense, new.sense) {
        (Sense::Dropped, _) => Some(old),
        (Sense::Is(Absent), Sense::Is(Resolved)) => None,
        (Sense::Is(Absent), Sense::Is(Uncertain)) | (Sense::Is(Uncertain), Sense::Is(Absent)) => {
            Some(old)
        }
        _ => Some(new),
    }
}

/// Applies a cue backwards, or gives the sense that reaches forwards.
fn meet_cue(
    parsed: &mut Parsed,
    cue: Cue,
    (n, at): (usize, usize),
    facts: &[Facts],
) -> Option<Sense> {
    let segment = parsed.segments.get(n)?.clone();
    let here = parsed.mentions.get(segment.mentions.clone())?;
    let behind = here.last().is_some_and(|it| it.at > at);
    let ahead = here.first().is_some_and(|it| it.at < at);
    let none = here.is_empty();
    // "No new or larger nodules": the finding is still to come.
    let listed = parsed.segments.get(n + 1).is_some_and(|it| {
        matches!(it.before, Between::Or | Between::And) && !it.mentions.is_empty()
    });
    let degree = cue.sense == Sense::Is(Presence::Absent) && !behind && (ahead || !listed);
    if degree && denies_degree(parsed, &segment, at) {
        return None;
    }
    if none && echoes(parsed, n, facts) {
        if let Some(segment) = parsed.segments.get_mut(n) {
            segment.echo = Some(cue.sense);
        }
        return None;
    }
    let label = segment.before == Between::Colon && none && named_before(parsed, n);
    let alone = at + 1 == segment.items.end;
    let back = match cue.way {
        Way::Before | Way::Either if behind => false,
        Way::Before if label => true,
        // "No, there is a nodule."
        Way::Before if alone && segment.items.start == at => return None,
        Way::Before => false,
        Way::Either => ahead || (none && named_before(parsed, n)),
        Way::After => true,
    };
    if back {
        reach_back(parsed, cue.sense, (n, at), facts);
        return None;
    }
    Some(cue.sense)
}

/// "Is not larger", "is not large": the cue denies the change or the degree, not the finding.
fn denies_degree(parsed: &mut Parsed, segment: &Segment, at: usize) -> bool {
    for next in (at + 1..segment.items.end).take(2) {
        let change = parsed.find(next, |tag| match tag {
            Tag::Change(change) => Some(change),
            _ => None,
        });
        if let Some(Change::Larger | Change::Smaller) = change {
            if let Some(item) = parsed.items.get_mut(next) {
                item.what = super::items::What::Known(&[Tag::Change(Change::Unchanged)]);
            }
            return true;
        }
        let severity = parsed.find(next, |tag| matches!(tag, Tag::Severity(_)).then_some(()));
        let follows = parsed.find(next + 1, |tag| matches!(tag, Tag::Change(_)).then_some(()));
        if change.is_some() || (severity.is_some() && follows.is_none()) {
            parsed.take(next);
            return true;
        }
    }
    false
}

/// Whether a segment without a finding speaks of the one before it, at another place: "but not on the left".
fn echoes(parsed: &Parsed, n: usize, facts: &[Facts]) -> bool {
    let placed = |it: usize| facts.get(it).is_some_and(|it| it.placed);
    let Some(before) = n.checked_sub(1).and_then(|it| parsed.segments.get(it)) else {
        return false;
    };
    let next = parsed.segments.get(n + 1);
    let ends = next.is_none_or(|it| matches!(it.before, Between::But | Between::ChineseComma));
    let graded = facts.get(n).is_some_and(|it| it.graded);
    // "… although a small one cannot be excluded".
    let one = parsed
        .segments
        .get(n)
        .is_some_and(|it| it.before == Between::But)
        && graded;
    ((placed(n) && placed(n - 1)) || one) && !before.mentions.is_empty() && ends
}

/// Whether the segment before names a finding that a cue standing alone can be about.
fn named_before(parsed: &Parsed, n: usize) -> bool {
    let before = n.checked_sub(1).and_then(|it| parsed.segments.get(it));
    let segment = parsed.segments.get(n);
    segment.is_some_and(|it| is_joined(parsed, it))
        && before.is_some_and(|it| !it.mentions.is_empty())
}

/// Whether a segment without a finding can be about the one before it: after "but", only when its subject is left out
/// ("was seen before but is not seen now").
fn is_joined(parsed: &Parsed, segment: &Segment) -> bool {
    let first = segment.items.start;
    let elided = || {
        parsed.find(first, |it| {
            matches!(it, Tag::Verb | Tag::Cue(_)).then_some(())
        })
    };
    segment.before != Between::But || elided().is_some()
}

/// Gives a sense to the findings before a cue, over the list that they are in.
fn reach_back(parsed: &mut Parsed, sense: Sense, (n, at): (usize, usize), facts: &[Facts]) {
    let mut listed = false;
    let mut met = false;
    for k in (0..=n).rev() {
        let Some(segment) = parsed.segments.get(k).cloned() else {
            return;
        };
        let mentions = parsed.mentions.get_mut(segment.mentions.clone());
        for mention in mentions
            .unwrap_or_default()
            .iter_mut()
            .filter(|it| it.at < at)
        {
            if mention.decided.is_some() {
                return;
            }
            mention.decided = Some(sense);
            met = true;
        }
        let before = k.checked_sub(1).and_then(|it| facts.get(it));
        let bare = before.is_some_and(|it| !it.graded && !it.states && !it.starts);
        let on = match segment.before {
            _ if !met => k == n && is_joined(parsed, &segment),
            Between::And | Between::Or => bare,
            Between::Comma => listed && bare,
            _ => false,
        };
        if !on {
            return;
        }
        listed |= matches!(segment.before, Between::And | Between::Or);
    }
}

/// "Atelectasis or pneumonia", affirmed: either may be it.
fn doubt_alternatives(parsed: &mut Parsed) {
    for n in 1..parsed.segments.len() {
        let (Some(a), Some(b)) = (parsed.segments.get(n - 1), parsed.segments.get(n)) else {
            return;
        };
        if b.before != Between::Or || a.mentions.is_empty() || b.mentions.is_empty() {
            continue;
        }
        let (last, first) = (a.mentions.end - 1, b.mentions.start);
        let or = Some(Sense::Is(Presence::Uncertain));
        let open = |it: usize| {
            let mention = parsed.mentions.get(it);
            mention.is_some_and(|it| !it.denied && (it.decided.is_none() || it.decided == or))
        };
        if !(open(last) && open(first)) {
            continue;
        }
        for it in [last, first] {
            if let Some(mention) = parsed.mentions.get_mut(it) {
                mention.decided = or;
            }
        }
    }
}
