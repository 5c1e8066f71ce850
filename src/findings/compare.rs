//! The findings of two texts in, what differs between them out.

use std::collections::{BTreeMap, HashSet};

use super::difference::{Difference, Kind};
use super::finding::{Finding, Presence, Said, Side};
use super::pairing::{NEVER, pair};

/// What one finding alone costs; a pair may cost less than two of it.
const ALONE: u32 = 4_000;
/// Statements about one finding beyond this number are not searched for repetitions of one another.
const MANY: usize = 64;

/// The differences between two lists of findings, in the order of the lexicon.
pub(super) fn compare(first: &[Finding], second: &[Finding]) -> Vec<Difference> {
    // One direction only, so that the other is its mirror whatever is tied.
    let said = |all: &[Finding]| all.iter().map(Finding::said).collect::<Vec<Said>>();
    match said(first).cmp(&said(second)) {
        std::cmp::Ordering::Equal => Vec::new(),
        std::cmp::Ordering::Less => in_order(first, second),
        std::cmp::Ordering::Greater => {
            let mirrored = in_order(second, first).into_iter();
            mirrored.map(Difference::mirror).collect()
        }
    }
}

fn in_order(first: &[Finding], second: &[Finding]) -> Vec<Difference> {
    let mut by_key: BTreeMap<u16, [Vec<Finding>; 2]> = BTreeMap::new();
    for (n, all) in [first, second].into_iter().enumerate() {
        for finding in all {
            let both = by_key.entry(finding.what.index).or_default();
            if let Some(list) = both.get_mut(n) {
                list.push(finding.clone());
            }
        }
    }
    let mut out = Vec::new();
    for [a, b] in by_key.into_values() {
        let one_sided = |it: &Finding| {
            matches!(it.side, Some(Side::Left | Side::Right)) && it.presence != Presence::Absent
        };
        let split = a.iter().chain(&b).any(one_sided);
        one_key(&distinct(a, split), &distinct(b, split), &mut out);
    }
    out
}

/// The different statements about one finding: both sides as two where sides are named, repetitions left out.
///
/// "A right effusion" repeats "a moderate right effusion"; "no left effusion" repeats "no effusion".
pub(super) fn distinct(all: Vec<Finding>, split: bool) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut out: Vec<Finding> = Vec::new();
    for finding in all {
        let both = split && finding.side == Some(Side::Bilateral) && finding.count.is_none();
        let sides: &[Option<Side>] = if both {
            &[Some(Side::Left), Some(Side::Right)]
        } else {
            &[finding.side]
        };
        for side in sides {
            let side = *side;
            let one = Finding {
                side,
                ..finding.clone()
            };
            if seen.insert(one.said()) {
                out.push(one);
            }
        }
    }
    if out.len() > MANY {
        return out;
    }
    let repeats: Vec<bool> = (0..out.len()).map(|it| is_repeated(&out, it)).collect();
    let mut repeats = repeats.into_iter();
    out.retain(|_| !repeats.next().unwrap_or_default());
    out
}

/// Whether another of the statements says all that this one says.
fn is_repeated(all: &[Finding], at: usize) -> bool {
    let Some(one) = all.get(at) else { return false };
    let others = all.iter().filter(|it| it.said() != one.said());
    if let Some(count) = one.count {
        let listed = others.filter(|it| it.count.is_none() && says_more(it, &without_count(one)));
        return u32::try_from(listed.count()) == Ok(count);
    }
    let mut others = others;
    others.any(|other| match one.presence {
        Presence::Absent => says_more(one, other),
        _ => says_more(other, one),
    })
}

fn without_count(it: &Finding) -> Finding {
    Finding {
        count: None,
        ..it.clone()
    }
}

/// Whether `more` has every property of `less`.
fn says_more(more: &Finding, less: &Finding) -> bool {
    fn has<T: PartialEq + Copy>(more: Option<T>, less: Option<T>) -> bool {
        less.is_none() || more == less
    }
    more.presence == less.presence
        && has(more.side, less.side)
        && has(more.zone, less.zone)
        && has(more.severity, less.severity)
        && has(more.size, less.size)
        && has(more.count, less.count)
        && has(more.change, less.change)
        && has(more.severity_before, less.severity_before)
        && has(more.size_before, less.size_before)
}

fn one_key(first: &[Finding], second: &[Finding], out: &mut Vec<Difference>) {
    let known: HashSet<Said> = second.iter().map(Finding::said).collect();
    let (same, a): (Vec<&Finding>, Vec<&Finding>) =
        first.iter().partition(|it| known.contains(&it.said()));
    let same: HashSet<Said> = same.into_iter().map(Finding::said).collect();
    let b: Vec<&Finding> = second
        .iter()
        .filter(|it| !same.contains(&it.said()))
        .collect();
    let price = |i: usize, j: usize| match (a.get(i), b.get(j)) {
        (Some(a), Some(b)) => {
            // Ties go to those that stand at like places.
            let apart = u32::try_from(i.abs_diff(j)).unwrap_or(NEVER);
            cost(a, b).saturating_add(apart)
        }
        _ => NEVER,
    };
    let pairs = pair(a.len(), b.len(), ALONE, price);
    let (mut left_a, mut left_b) = (vec![true; a.len()], vec![true; b.len()]);
    for (i, j) in pairs {
        if let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            pair_differences(x, y, out);
            (left_a[i], left_b[j]) = (false, false);
        }
    }
    for (it, _) in a.iter().zip(left_a).filter(|it| it.1) {
        out.push(alone(it, second, false));
    }
    for (it, _) in b.iter().zip(left_b).filter(|it| it.1) {
        out.push(alone(it, first, true));
    }
}

/// A statement without a partner: denied by what the other text says of the finding everywhere, or missing there.
fn alone(one: &Finding, other: &[Finding], is_second: bool) -> Difference {
    let denies = |it: &&Finding| {
        it.presence.is_gone()
            && !one.presence.is_gone()
            && says_more(
                &Finding {
                    presence: it.presence,
                    ..one.clone()
                },
                &bare(it),
            )
    };
    let denial = other.iter().take(MANY).find(denies).cloned();
    let kind = match &denial {
        Some(_) if one.presence == Presence::Present => Kind::Negated,
        Some(denial) => Kind::Presence {
            from: one.presence,
            to: denial.presence,
        },
        None => Kind::Lost,
    };
    let difference = Difference {
        kind,
        first: Some(one.clone()),
        second: denial,
    };
    if is_second {
        difference.mirror()
    } else {
        difference
    }
}

/// A resolved finding denies by its place alone.
fn bare(it: &Finding) -> Finding {
    let mut it = it.clone();
    if it.presence == Presence::Resolved {
        it.change = None;
    }
    it
}

/// How unlike two statements about a finding are; less than two that stand [`ALONE`] when they may be about the same thing.
fn cost(a: &Finding, b: &Finding) -> u32 {
    let opposite = a.presence.is_gone() != b.presence.is_gone();
    let conflict = differ(a.side, b.side) || differ(a.zone, b.zone);
    if opposite {
        // "No left effusion" and "right effusion" agree.
        return if conflict { NEVER } else { 4_000 };
    }
    let apart = |differ: bool, one: bool, much: u32| match (differ, one) {
        (true, _) => much,
        (_, true) => 1_000,
        _ => 0,
    };
    let one = |a: bool, b: bool| a != b;
    let size = match (a.size, b.size) {
        (Some(x), Some(y)) if x != y => {
            let (less, more) = (
                x.longest().min(y.longest()).0,
                x.longest().max(y.longest()).0,
            );
            if u64::from(more) * 4 > u64::from(less) * 5 {
                2_000
            } else {
                1_000
            }
        }
        (x, y) => apart(false, one(x.is_some(), y.is_some()), 0),
    };
    let severity = match (a.severity, b.severity) {
        (Some(x), Some(y)) => 1_000 * u32::from((x as u8).abs_diff(y as u8).min(2)),
        (x, y) => apart(false, one(x.is_some(), y.is_some()), 0),
    };
    let presence = if a.presence == b.presence { 0 } else { 2_000 };
    presence
        + size
        + severity
        + apart(
            differ(a.side, b.side),
            one(a.side.is_some(), b.side.is_some()),
            3_000,
        )
        + apart(
            differ(a.zone, b.zone),
            one(a.zone.is_some(), b.zone.is_some()),
            3_000,
        )
        + if a.count == b.count { 0 } else { 1_000 }
        + if a.change == b.change { 0 } else { 500 }
}

/// Whether both name a value, and not the same.
fn differ<T: PartialEq + Copy>(a: Option<T>, b: Option<T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

fn pair_differences(a: &Finding, b: &Finding, out: &mut Vec<Difference>) {
    let mut push = |kind| {
        out.push(Difference {
            kind,
            first: Some(a.clone()),
            second: Some(b.clone()),
        });
    };
    let (from, to) = (a.presence, b.presence);
    if from != to {
        push(match (from.is_gone(), to.is_gone()) {
            (false, true) if from == Presence::Present => Kind::Negated,
            (true, false) if to == Presence::Present => Kind::Affirmed,
            _ => Kind::Presence { from, to },
        });
    }
    if from.is_gone() == to.is_gone() {
        properties(a, b).into_iter().flatten().for_each(push);
    }
}

/// The properties in which two statements differ.
fn properties(a: &Finding, b: &Finding) -> [Option<Kind>; 8] {
    fn changed<T: PartialEq + Copy>(
        (from, to): (T, T),
        kind: impl FnOnce(T, T) -> Kind,
    ) -> Option<Kind> {
        (from != to).then(|| kind(from, to))
    }
    let resolved = a.presence == Presence::Resolved || b.presence == Presence::Resolved;
    let change = changed((a.change, b.change), |from, to| Kind::Change { from, to });
    [
        changed((a.side, b.side), |from, to| Kind::Side { from, to }),
        changed((a.zone, b.zone), |from, to| Kind::Zone { from, to }),
        changed((a.severity, b.severity), |from, to| Kind::Severity {
            from,
            to,
        }),
        changed((a.size, b.size), |from, to| Kind::Size { from, to }),
        changed((a.count, b.count), |from, to| Kind::Count { from, to }),
        change.filter(|_| !resolved),
        changed((a.severity_before, b.severity_before), |from, to| {
            Kind::SeverityBefore { from, to }
        }),
        changed((a.size_before, b.size_before), |from, to| {
            Kind::SizeBefore { from, to }
        }),
    ]
}
