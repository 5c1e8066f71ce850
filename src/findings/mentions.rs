//! A sentence in segments in, its mentions of findings filled in: names, and organs with what they are said to be.

use super::items::{Item, What};
use super::lexicon::Entry;
use super::parsed::{Mention, Parsed};
use super::rules::{Between, Rules, Tag};

/// A subject may be this many items before the adjective's noun: "normal sized heart".
const NEAR: usize = 2;
/// The same behind a preposition: "blunting of the left costophrenic angle".
const FAR: usize = 4;
/// A sentence that only says "normal" has at most this many items.
const BRIEF: usize = 5;

/// Fills in the mentions.
pub(super) fn find(rules: &'static Rules, parsed: &mut Parsed) {
    let mut finder = Finder {
        rules,
        subjects: Vec::new(),
        said: false,
        segment: 0,
    };
    for at in 0..parsed.items.len() {
        finder.step(parsed, at);
    }
    parsed.place_mentions();
    only_named(parsed);
    if parsed.mentions.is_empty() {
        only_normal(rules, parsed);
    }
    parsed.place_mentions();
}

struct Finder {
    rules: &'static Rules,
    /// Organs of which nothing has been said yet: state, item.
    subjects: Vec<(u8, usize)>,
    /// Whether a verb or a finding has come since the last of them.
    said: bool,
    /// The item at which the segment began.
    segment: usize,
}

impl Finder {
    fn step(&mut self, parsed: &mut Parsed, at: usize) {
        let Some(item) = parsed.items.get(at) else {
            return;
        };
        if let What::Between(between) = item.what {
            self.segment = at;
            if between == Between::ChineseComma {
                self.subjects.clear();
            }
            return;
        }
        if self.predicate(parsed, at) || self.finding(parsed, at) {
            return;
        }
        if parsed.has(at, Tag::Verb) {
            self.said = true;
        }
        self.subject(parsed, at);
    }

    /// An adjective behind its organ: "heart is enlarged".
    fn predicate(&mut self, parsed: &mut Parsed, at: usize) -> bool {
        let Some(item) = parsed.items.get(at) else {
            return false;
        };
        if self.subjects.is_empty() || belongs_to_next(parsed, at) {
            return false;
        }
        let tags = item.tags();
        let states: Vec<(u8, usize, bool)> = self
            .subjects
            .iter()
            .filter_map(|&(state, subject)| Some((state, subject, normality(tags, state)?)))
            .collect();
        if states.is_empty() {
            return false;
        }
        for (state, subject, normal) in states {
            self.push(parsed, (state, normal), subject.min(at)..at, at);
        }
        self.subjects.clear();
        true
    }

    /// A finding's name.
    fn finding(&mut self, parsed: &mut Parsed, at: usize) -> bool {
        let Some(item) = parsed.items.get(at) else {
            return false;
        };
        let found = item.find(|tag| match tag {
            Tag::Finding { what, weak } => Some((what, weak, false)),
            Tag::Nothing(_) => Some((self.rules.abnormality, false, true)),
            _ => None,
        });
        let Some((what, weak, denied)) = found else {
            return false;
        };
        // "The lungs show no abnormality": of the lungs only.
        if what == self.rules.abnormality && !denied && !self.subjects.is_empty() {
            for (state, subject) in std::mem::take(&mut self.subjects) {
                self.push(parsed, (state, false), subject.min(at)..at, at);
                weaken(parsed);
            }
            return true;
        }
        let span = item.span.clone();
        parsed.mentions.push(Mention {
            what,
            at,
            span,
            denied,
            weak,
            state: false,
            decided: None,
        });
        if !denied {
            parsed.take(at);
        }
        self.said = true;
        true
    }

    /// An organ. An adjective right before it, or "abnormality" in the same segment, is said of it at once.
    fn subject(&mut self, parsed: &mut Parsed, at: usize) {
        let Some(item) = parsed.items.get(at) else {
            return;
        };
        let states: Vec<u8> = (item.tags().iter())
            .filter_map(|it| match it {
                Tag::Subject(state) => Some(*state),
                _ => None,
            })
            .collect();
        if states.is_empty() {
            return;
        }
        if std::mem::take(&mut self.said) {
            self.subjects.clear();
        }
        let far = at.saturating_sub(FAR).max(self.segment)..at;
        for before in far.rev() {
            if before + NEAR < at && !parsed.has(before + 1, Tag::At) {
                continue;
            }
            let tags = parsed.items.get(before).map_or(&[][..], |it| it.tags());
            let is: Vec<(u8, bool)> = (states.iter())
                .filter_map(|&it| Some((it, normality(tags, it)?)))
                .collect();
            if is.is_empty() || parsed.used.get(before) == Some(&true) {
                continue;
            }
            for state in is {
                self.push(parsed, state, before..at, before);
            }
            self.said = true;
            return;
        }
        if !self.narrow(parsed, at, &states) {
            self.subjects.retain(|it| !states.contains(&it.0));
            self.subjects.extend(states.into_iter().map(|it| (it, at)));
        }
    }

    /// "No abnormality of the heart": the abnormality that was named in this segment is that of the organ.
    fn narrow(&self, parsed: &mut Parsed, at: usize, states: &[u8]) -> bool {
        let abnormality = self.rules.abnormality;
        let last = parsed.mentions.last();
        let Some(general) = last
            .filter(|it| it.what == abnormality && it.at >= self.segment && !it.state)
            .filter(|it| it.at < at && !it.denied)
            .cloned()
        else {
            return false;
        };
        parsed.mentions.pop();
        for what in states.iter().filter_map(|it| self.state(*it)) {
            parsed.mentions.push(Mention {
                what,
                weak: general.weak || what != abnormality,
                ..general.clone()
            });
        }
        true
    }

    fn state(&self, state: u8) -> Option<&'static Entry> {
        self.rules.states.get(usize::from(state)).map(|it| it.what)
    }

    /// A mention of a state over these items, standing at one of them.
    fn push(
        &mut self,
        parsed: &mut Parsed,
        (state, denied): (u8, bool),
        over: std::ops::Range<usize>,
        at: usize,
    ) {
        let Some(what) = self.state(state) else {
            return;
        };
        let (Some(first), Some(last)) = (parsed.items.get(over.start), parsed.items.get(over.end))
        else {
            return;
        };
        let span = first.span.start..last.span.end;
        parsed.mentions.push(Mention {
            what,
            at,
            span,
            denied,
            weak: false,
            state: true,
            decided: None,
        });
        let organ = if over.start == at {
            over.end
        } else {
            over.start
        };
        if what.key != "opacity" && parsed.has_zone(organ) {
            parsed.take(organ);
        }
        parsed.take(at);
        self.said = true;
    }
}

/// Whether an adjective stands right before an organ that may be so: "normal heart".
fn belongs_to_next(parsed: &Parsed, at: usize) -> bool {
    let tags = parsed.items.get(at).map_or(&[][..], |it| it.tags());
    let next = parsed.items.get(at + 1..).unwrap_or_default();
    let inside = next.iter().take(NEAR);
    inside
        .take_while(|it| !matches!(it.what, What::Between(_)))
        .flat_map(Item::tags)
        .any(|tag| matches!(tag, Tag::Subject(state) if normality(tags, *state).is_some()))
}

/// "No findings of pneumonia", "未见骨折征象": the general word beside a finding's name is no finding of its own.
fn only_named(parsed: &mut Parsed) {
    let general = |it: &Mention| it.weak && !it.state;
    let mut keep = vec![true; parsed.mentions.len()];
    for segment in &parsed.segments {
        let here = segment.mentions.clone();
        let mentions = parsed.mentions.get(here.clone()).unwrap_or_default();
        if mentions.iter().all(general) {
            continue;
        }
        for (keep, mention) in keep
            .get_mut(here)
            .unwrap_or_default()
            .iter_mut()
            .zip(mentions)
        {
            *keep = !general(mention);
        }
    }
    let mut keep = keep.into_iter();
    parsed.mentions.retain(|_| keep.next().unwrap_or(true));
    parsed.place_mentions();
}

/// What the last mention says counts only where it is denied: "the heart is abnormal" is no enlarged heart.
fn weaken(parsed: &mut Parsed) {
    if let Some(last) = parsed.mentions.last_mut() {
        last.weak = true;
    }
}

/// Whether a word says of an organ that it is normal (true) or not (false); `None` when it says nothing of it.
fn normality(tags: &[Tag], of: u8) -> Option<bool> {
    tags.iter().find_map(|tag| match *tag {
        Tag::Predicate { state, normal } if state == of => Some(normal),
        Tag::Normal => Some(true),
        _ => None,
    })
}

/// "Normal.", "Unremarkable.", "正常。": of everything.
fn only_normal(rules: &'static Rules, parsed: &mut Parsed) {
    let everything = (rules.states.iter()).position(|it| it.what == rules.abnormality);
    let everything = everything.and_then(|it| u8::try_from(it).ok());
    let normal = |tags: &[Tag]| everything.is_some_and(|it| normality(tags, it) == Some(true));
    let beside = |tag: &Tag| {
        matches!(
            tag,
            Tag::Article | Tag::Verb | Tag::To | Tag::Filler | Tag::Now | Tag::There
        )
    };
    let fits = |item: &Item| {
        let tags = item.tags();
        matches!(item.what, What::Between(_)) || normal(tags) || tags.iter().any(beside)
    };
    if parsed.items.len() > BRIEF || !parsed.items.iter().all(fits) {
        return;
    }
    let Some(at) = parsed.items.iter().position(|it| normal(it.tags())) else {
        return;
    };
    let span = parsed.items.get(at).map_or(0..0, |it| it.span.clone());
    parsed.mentions.push(Mention {
        what: rules.abnormality,
        at,
        span,
        denied: true,
        weak: false,
        state: true,
        decided: None,
    });
    parsed.take(at);
}
