//! A text and a claim in, whether the text says so and why out.

use super::compare::distinct;
use super::finding::{Change, Finding, Presence, Side, Tongue};
use super::fold::plain;
use super::read::read;

/// Whether a text says what was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// It does.
    pub holds: bool,
    english: String,
    chinese: String,
}

impl Verdict {
    /// Why, in one sentence without a full stop.
    pub fn reason(&self, tongue: Tongue) -> &str {
        tongue.pick(&self.english, &self.chinese)
    }

    fn new(holds: bool, english: String, chinese: String) -> Self {
        Self {
            holds,
            english,
            chinese,
        }
    }
}

/// The most characters of a claim that a reason quotes.
const QUOTED: usize = 80;

/// See [`super::says()`].
pub(super) fn says(text: &str, claim: &str) -> Verdict {
    let claims = read(claim);
    if claims.is_empty() {
        return literal(text, claim);
    }
    let found = read(text);
    let mut reasons: Vec<Verdict> = Vec::new();
    for claim in &claims {
        let verdict = match claim.presence {
            Presence::Absent => denied(&found, claim),
            _ => affirmed(&found, claim),
        };
        if !verdict.holds {
            return verdict;
        }
        reasons.push(verdict);
    }
    let all = |tongue: Tongue| {
        let reasons: Vec<&str> = reasons.iter().map(|it| it.reason(tongue)).collect();
        reasons.join(tongue.pick("; ", "；"))
    };
    Verdict::new(true, all(Tongue::English), all(Tongue::Chinese))
}

/// A claim that names no finding: it must stand in the text.
fn literal(text: &str, claim: &str) -> Verdict {
    let (haystack, needle) = (plain(text), plain(claim));
    let quote: String = needle
        .chars()
        .filter(|it| !it.is_control())
        .take(QUOTED)
        .collect();
    if needle.is_empty() {
        let english = "the claim is empty".to_owned();
        return Verdict::new(false, english, "要求为空".to_owned());
    }
    let holds = haystack.contains(&needle);
    let (is, there) = if holds {
        ("contains", "含有")
    } else {
        ("does not contain", "不含")
    };
    Verdict::new(
        holds,
        format!("the text {is} \"{quote}\""),
        format!("文本{there}“{quote}”"),
    )
}

/// A claim that something is there, is doubtful, or has resolved.
fn affirmed(found: &[Finding], claim: &Finding) -> Verdict {
    let kinds: Vec<&Finding> = found.iter().filter(|it| it.what.is_a(claim.what)).collect();
    let matching: Vec<Finding> = kinds
        .iter()
        .filter(|it| it.presence == claim.presence && agrees(it, claim))
        .map(|it| (*it).clone())
        .collect();
    let denies = |it: &&&Finding| {
        it.what == claim.what && it.presence == Presence::Absent && covers(it, claim)
    };
    let denial = kinds.iter().find(denies);
    if let Some(denial) = denial.filter(|_| !claim.presence.is_gone()) {
        let Some(hit) = matching.first() else {
            return instead(denial);
        };
        return Verdict::new(
            false,
            format!(
                "the text says both \"{}\" and \"{}\"",
                hit.phrase(Tongue::English),
                denial.phrase(Tongue::English)
            ),
            format!(
                "文本自相矛盾：“{}”与“{}”",
                hit.phrase(Tongue::Chinese),
                denial.phrase(Tongue::Chinese)
            ),
        );
    }
    let numbered = claim.count.is_none_or(|count| counts(&matching, count));
    let sided = claim.side != Some(Side::Bilateral) || is_on_both(&matching);
    match matching.first() {
        Some(hit) if numbered && sided => says_so(hit),
        _ => match nearest(&kinds, claim) {
            Some(near) => instead(near),
            None => silent(claim),
        },
    }
}

/// A claim that something is not there: it must be denied, or said to have resolved; silence is not denial.
fn denied(found: &[Finding], claim: &Finding) -> Verdict {
    let against = found
        .iter()
        .find(|it| it.what.is_a(claim.what) && !it.presence.is_gone() && is_within(it, claim));
    if let Some(against) = against {
        return instead(against);
    }
    let gone = |it: &&Finding| it.presence.is_gone() && claim.what.is_a(it.what);
    let denials: Vec<&Finding> = found.iter().filter(gone).collect();
    if let Some(denial) = denials.iter().find(|it| covers(it, claim)) {
        return says_so(denial);
    }
    // "No left effusion. No right effusion."
    let on = |side| {
        let claim = Finding {
            side: Some(side),
            ..claim.clone()
        };
        denials.iter().find(|it| covers(it, &claim))
    };
    if let (None, Some(left), Some(_)) = (claim.side, on(Side::Left), on(Side::Right)) {
        return says_so(left);
    }
    // "No large effusion": a small one says so.
    let lesser = |it: &&Finding| {
        let less = matches!((it.severity, claim.severity), (Some(a), Some(b)) if a < b);
        less && it.what.is_a(claim.what) && it.presence == Presence::Present
    };
    if let Some(lesser) = found.iter().find(lesser) {
        return says_so(lesser);
    }
    let about = found.iter().filter(|it| it.what.is_a(claim.what));
    match denials
        .first()
        .copied()
        .or_else(|| about.into_iter().next())
    {
        Some(near) => only(near),
        None => silent(claim),
    }
}

/// Whether a statement has every property that the claim names.
fn agrees(it: &Finding, claim: &Finding) -> bool {
    fn has<T: PartialEq + Copy>(it: Option<T>, claim: Option<T>) -> bool {
        claim.is_none() || it == claim
    }
    let side = match claim.side {
        // A finding on both sides is on this one; two on one side each are on both (`is_on_both`).
        Some(_) if it.side == Some(Side::Bilateral) => true,
        Some(Side::Bilateral) => it.side.is_some(),
        side => has(it.side, side),
    };
    let size = claim
        .size
        .is_none_or(|claim| it.size.is_some_and(|it| it.admits(claim)));
    side && size
        && has(it.zone, claim.zone)
        && has(it.severity, claim.severity)
        && has(it.change, claim.change)
        && has(it.severity_before, claim.severity_before)
        && has(it.size_before, claim.size_before)
}

/// Whether statements place it on both sides.
fn is_on_both(all: &[Finding]) -> bool {
    let on = |side| all.iter().any(|it| it.side == Some(side));
    on(Side::Bilateral) || (on(Side::Left) && on(Side::Right))
}

/// Whether statements speak of so many: by a number, or one by one.
fn counts(all: &[Finding], count: u32) -> bool {
    if all.iter().any(|it| it.count == Some(count)) {
        return true;
    }
    let single = all.iter().filter(|it| it.count.is_none()).cloned();
    let single = distinct(single.collect(), true);
    u32::try_from(single.len()) == Ok(count)
}

/// Whether a denial denies all that the claim denies: not only on one side, in one zone, of one size.
fn covers(denial: &Finding, claim: &Finding) -> bool {
    fn within<T: PartialEq + Copy>(denial: Option<T>, claim: Option<T>) -> bool {
        denial.is_none() || denial == claim
    }
    let resolved = denial.presence == Presence::Resolved;
    let change = denial
        .change
        .filter(|it| !(resolved && *it == Change::Resolved));
    within(denial.side, claim.side)
        && within(denial.zone, claim.zone)
        && within(denial.severity, claim.severity)
        && within(denial.size, claim.size)
        && within(change, claim.change)
}

/// Whether a finding is one of those that the claim denies.
fn is_within(it: &Finding, claim: &Finding) -> bool {
    let side = match (claim.side, it.side) {
        (Some(claim), Some(it)) => claim == it || it == Side::Bilateral,
        _ => true,
    };
    let zone = claim.zone.is_none() || it.zone.is_none() || claim.zone == it.zone;
    let severe = match (claim.severity, it.severity) {
        (Some(claim), Some(it)) => it >= claim,
        _ => true,
    };
    let large = match (claim.size, it.size) {
        (Some(claim), Some(it)) => it.longest() >= claim.longest(),
        _ => true,
    };
    let new = claim.change.is_none() || claim.change == it.change;
    side && zone && severe && large && new
}

/// The statement that is most like the claim.
fn nearest<'a>(all: &[&'a Finding], claim: &Finding) -> Option<&'a Finding> {
    let fits = |it: &&&Finding| {
        usize::from(it.presence == claim.presence) * 2
            + usize::from(it.what == claim.what)
            + usize::from(it.side == claim.side)
            + usize::from(it.zone == claim.zone)
    };
    // The first of the best: `max_by_key` would take the last.
    all.iter().rev().max_by_key(fits).copied()
}

fn says_so(it: &Finding) -> Verdict {
    let (english, chinese) = (it.phrase(Tongue::English), it.phrase(Tongue::Chinese));
    Verdict::new(
        true,
        format!("the text says \"{english}\""),
        format!("文本称“{chinese}”"),
    )
}

fn instead(it: &Finding) -> Verdict {
    let (english, chinese) = (it.phrase(Tongue::English), it.phrase(Tongue::Chinese));
    Verdict::new(
        false,
        format!("the text says \"{english}\" instead"),
        format!("文本却称“{chinese}”"),
    )
}

fn only(it: &Finding) -> Verdict {
    let (english, chinese) = (it.phrase(Tongue::English), it.phrase(Tongue::Chinese));
    Verdict::new(
        false,
        format!("the text says only \"{english}\""),
        format!("文本只称“{chinese}”"),
    )
}

fn silent(claim: &Finding) -> Verdict {
    let (english, chinese) = (claim.what.english, claim.what.chinese);
    Verdict::new(
        false,
        format!("the text says nothing of {english}"),
        format!("文本未提及{chinese}"),
    )
}
