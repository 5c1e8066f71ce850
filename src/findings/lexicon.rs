//! The table `lexicon.md` in, the findings that can be read out.

use std::sync::LazyLock;

use super::finding::Tongue;
use super::table::{phrases, rows};

/// The words in which a finding's severity is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Trace, small, moderate, large: effusion.
    Amount,
    /// Minimal, mild, moderate, marked: emphysema.
    Degree,
    /// Tiny, small, medium-sized, large: nodule.
    Size,
}

/// A finding that can be read from a text.
#[derive(Debug)]
pub struct Entry {
    /// Stable name: `pleural-effusion`.
    pub key: &'static str,
    /// English name.
    pub english: &'static str,
    /// Chinese name.
    pub chinese: &'static str,
    /// Other English words for it. A `~` in front: counts only where it is denied ("no finding").
    pub also_english: Vec<&'static str>,
    /// Other Chinese words for it.
    pub also_chinese: Vec<&'static str>,
    /// The words of its severity.
    pub scale: Scale,
    /// The finding that it is a kind of: consolidation is an opacity. Who has no opacity, has no consolidation.
    pub part_of: Option<&'static str>,
    /// Its place in the lexicon.
    pub(super) index: u16,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Entry {}

impl Entry {
    /// Its name.
    pub fn name(&self, tongue: Tongue) -> &'static str {
        tongue.pick(self.english, self.chinese)
    }

    /// Whether it is this finding or a kind of it.
    pub fn is_a(&self, other: &Self) -> bool {
        let mut at = self;
        loop {
            if at == other {
                return true;
            }
            match at.part_of.and_then(entry) {
                Some(next) => at = next,
                None => return false,
            }
        }
    }
}

/// Every finding that can be read, in the order in which comparisons list them.
pub fn lexicon() -> &'static [Entry] {
    static LEXICON: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        (0..)
            .zip(rows(include_str!("lexicon.md")))
            .map(of)
            .collect()
    });
    &LEXICON
}

/// The finding of this key.
pub fn entry(key: &str) -> Option<&'static Entry> {
    lexicon().iter().find(|it| it.key == key)
}

fn of((index, row): (u16, [&'static str; 7])) -> Entry {
    let [
        key,
        scale,
        part_of,
        english,
        chinese,
        more_english,
        more_chinese,
    ] = row;
    Entry {
        key,
        english,
        chinese,
        also_english: phrases(more_english).collect(),
        also_chinese: phrases(more_chinese).collect(),
        scale: match scale {
            "amount" => Scale::Amount,
            "degree" => Scale::Degree,
            _ => Scale::Size,
        },
        part_of: (!part_of.is_empty()).then_some(part_of),
        index,
    }
}
