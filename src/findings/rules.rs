//! The tables of rules, states and findings in, one dictionary of phrases with what each means out.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::finding::{Change, Presence, Severity, Side};
use super::lexicon::{Entry, entry, lexicon};
use super::table::{phrases, rows};
use super::tokens::{Token, tokens};
use super::zone::Zone;

/// What a phrase means. A phrase may mean several things; where it stands decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tag {
    /// A finding; `weak`: only where it is denied.
    Finding {
        what: &'static Entry,
        weak: bool,
    },
    /// An organ whose state is a finding: index into the states.
    Subject(u8),
    /// What such an organ may be said to be.
    Predicate {
        state: u8,
        normal: bool,
    },
    /// Normal, of any organ.
    Normal,
    /// Denies, doubts, drops.
    Cue(Cue),
    /// Makes the sentence a question; only as its first words if `start`.
    Question {
        start: bool,
    },
    /// "Nothing", with the change that is denied.
    Nothing(Option<Change>),
    Change(Change),
    /// "Now": new, of a state.
    Now,
    Severity(Severity),
    /// A degree that may be said of a change: "markedly increased".
    Adverb,
    /// A degree that says nothing when denied: 未见明显积液 denies any effusion that can be seen.
    Hedge,
    Side(Side),
    Zone(Zone),
    /// What joins or parts.
    Between(Between),
    /// "There is": a new statement begins.
    There,
    Article,
    Verb,
    /// "Other": what is denied is another one.
    Other,
    /// The measurement next to it is the earlier one.
    Earlier,
    /// The length before it is a distance, no size.
    Distance,
    /// "To": a range, or from one to the other.
    To,
    /// "Became": from one to the other.
    Became,
    /// A unit, in hundredths of a millimetre.
    Unit(u32),
    /// "x", "by".
    Times,
    Number(u32),
    Measure,
    /// A preposition: what follows belongs to the finding before it.
    At,
    /// The name of a section that states nothing.
    Section,
    /// May stand beside "normal" in a sentence that says nothing else.
    Filler,
    /// Means nothing here, and keeps what it consists of from meaning something.
    Skip,
}

/// A word that decides whether a finding is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    pub sense: Sense,
    pub way: Way,
}

/// What a cue makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Is(Presence),
    /// No statement at all: a question, a wish, a condition, the past.
    Dropped,
}

/// On which side of a finding a cue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Before,
    After,
    Either,
}

/// What stands between two parts of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    Comma,
    ChineseComma,
    And,
    Or,
    Nor,
    Colon,
    But,
}

/// An organ and the finding that its abnormal state is.
#[derive(Debug)]
pub(super) struct State {
    pub what: &'static Entry,
}

/// Everything that reading goes by.
pub(super) struct Rules {
    pub states: Vec<State>,
    /// Key, English and Chinese name.
    pub zones: Vec<(&'static str, &'static str, &'static str)>,
    pub abnormality: &'static Entry,
    words: HashMap<String, u32>,
    steps: HashMap<(u32, u32), u32>,
    tags: Vec<Vec<Tag>>,
}

/// The rules, read once from their tables.
pub(super) fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);
    &RULES
}

impl Rules {
    fn read() -> Self {
        let mut rules = Self {
            states: Vec::new(),
            zones: Vec::new(),
            abnormality: entry("abnormality").expect("the lexicon has it"),
            words: HashMap::new(),
            steps: HashMap::new(),
            tags: vec![Vec::new()],
        };
        for [class, value, english, chinese] in rows(include_str!("rules.md")) {
            let tag = rules.tag(class, value, [english, chinese]);
            rules.learn_all([english, chinese], tag);
        }
        for row in rows(include_str!("states.md")) {
            rules.learn_state(row);
        }
        for what in lexicon() {
            let names = [what.english, what.chinese].into_iter();
            let all = names.chain(what.also_english.iter().copied());
            for phrase in all.chain(what.also_chinese.iter().copied()) {
                let strong = phrase.trim_start_matches('~');
                let weak = strong.len() != phrase.len();
                rules.learn(strong, Tag::Finding { what, weak });
            }
        }
        rules
    }

    /// The meaning of a row of `rules.md`.
    fn tag(&mut self, class: &str, value: &'static str, words: [&'static str; 2]) -> Tag {
        match class {
            "absent" | "uncertain" | "resolved" | "dropped" => Tag::Cue(cue(class, value)),
            "question" => Tag::Question {
                start: value == "start",
            },
            "skip" => Tag::Skip,
            "other" => Tag::Other,
            "change" => Tag::Change(change(value).expect("a change has a value")),
            "nothing" => Tag::Nothing(change(value)),
            "now" => Tag::Now,
            "normal" => Tag::Normal,
            "severity" => Tag::Severity(severity(value)),
            "adverb" => Tag::Adverb,
            "hedge" => Tag::Hedge,
            "side" => Tag::Side(side(value)),
            "zone" => Tag::Zone(self.zone(value, words)),
            "between" => Tag::Between(between(value)),
            "to" => Tag::To,
            "became" => Tag::Became,
            "there" => Tag::There,
            "article" => Tag::Article,
            "verb" => Tag::Verb,
            "earlier" => Tag::Earlier,
            "distance" => Tag::Distance,
            "unit" => Tag::Unit(if value == "10" { 1000 } else { 100 }),
            "times" => Tag::Times,
            "number" => Tag::Number(value.parse().expect("a number")),
            "at" => Tag::At,
            "filler" => Tag::Filler,
            "measure" => Tag::Measure,
            _ => {
                debug_assert_eq!(class, "section", "an unknown class of rules");
                Tag::Section
            }
        }
    }

    fn zone(&mut self, key: &'static str, words: [&'static str; 2]) -> Zone {
        let known = self.zones.iter().position(|it| it.0 == key);
        let index = known.unwrap_or_else(|| {
            let [english, chinese] = words.map(|it| phrases(it).next().unwrap_or(key));
            self.zones.push((key, english, chinese));
            self.zones.len() - 1
        });
        Zone(u8::try_from(index).expect("fewer than 256 zones"))
    }

    fn learn_state(&mut self, row: [&'static str; 7]) {
        let [key, subject, subject_zh, bad, bad_zh, good, good_zh] = row;
        let what = entry(key).expect("a state's finding is in the lexicon");
        let state = u8::try_from(self.states.len()).expect("fewer than 256 states");
        self.states.push(State { what });
        self.learn_all([subject, subject_zh], Tag::Subject(state));
        let predicate = |normal| Tag::Predicate { state, normal };
        self.learn_all([bad, bad_zh], predicate(false));
        self.learn_all([good, good_zh], predicate(true));
    }

    fn learn_all(&mut self, cells: [&'static str; 2], tag: Tag) {
        for phrase in cells.into_iter().flat_map(phrases) {
            self.learn(phrase, tag);
        }
    }

    fn learn(&mut self, phrase: &str, tag: Tag) {
        let mut node = 0;
        for token in tokens(phrase) {
            let fresh = u32::try_from(self.words.len()).expect("few words");
            let word = *self.words.entry(token.word).or_insert(fresh);
            let next = u32::try_from(self.tags.len()).expect("few phrases");
            node = *self.steps.entry((node, word)).or_insert(next);
            if node == next {
                self.tags.push(Vec::new());
            }
        }
        let tags = self.tags.get_mut(node as usize).expect("just made");
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }

    /// The longest phrase that the tokens begin with: its meanings and how many tokens it takes.
    pub(super) fn longest(&self, tokens: &[Token]) -> Option<(&[Tag], usize)> {
        let mut node = 0;
        let mut found = None;
        for (n, token) in (1..).zip(tokens) {
            let Some(word) = self.words.get(&token.word) else {
                break;
            };
            let Some(next) = self.steps.get(&(node, *word)) else {
                break;
            };
            node = *next;
            let tags = self.tags.get(node as usize).map_or(&[][..], Vec::as_slice);
            if !tags.is_empty() {
                found = Some((tags, n));
            }
        }
        found
    }
}

fn cue(class: &str, way: &str) -> Cue {
    Cue {
        sense: match class {
            "absent" => Sense::Is(Presence::Absent),
            "uncertain" => Sense::Is(Presence::Uncertain),
            "resolved" => Sense::Is(Presence::Resolved),
            _ => Sense::Dropped,
        },
        way: match way {
            "before" => Way::Before,
            "after" => Way::After,
            _ => Way::Either,
        },
    }
}

fn change(value: &str) -> Option<Change> {
    Some(match value {
        "new" => Change::New,
        "larger" => Change::Larger,
        "smaller" => Change::Smaller,
        "unchanged" => Change::Unchanged,
        "resolved" => Change::Resolved,
        _ => return None,
    })
}

fn severity(value: &str) -> Severity {
    match value {
        "trace" => Severity::Trace,
        "small" => Severity::Small,
        "moderate" => Severity::Moderate,
        _ => Severity::Large,
    }
}

fn side(value: &str) -> Side {
    match value {
        "left" => Side::Left,
        "right" => Side::Right,
        _ => Side::Bilateral,
    }
}

fn between(value: &str) -> Between {
    match value {
        "and" => Between::And,
        "or" => Between::Or,
        "nor" => Between::Nor,
        _ => Between::But,
    }
}
