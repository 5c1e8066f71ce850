//! Two answers, or an answer and what is claimed of it, in; what a reader of findings says of them out.

use crate::experiment::Judge;
use crate::findings::{self, Tongue};
use crate::settings::Lang;
use crate::{boxes, words};

/// Reads findings by the lexicon, words by their difference, boxes by their overlap.
pub struct Reader;

impl Judge for Reader {
    fn says(&self, text: &str, claim: &str) -> (bool, String) {
        let verdict = findings::says(text, claim);
        (verdict.holds, verdict.reason(Tongue::English).to_owned())
    }

    fn same(&self, before: &str, after: &str) -> bool {
        findings::same(before, after)
    }

    fn differences(&self, before: &str, after: &str) -> Vec<String> {
        let differences = findings::compare(before, after);
        differences
            .iter()
            .map(|it| it.sentence(Tongue::English))
            .collect()
    }

    fn word_difference(&self, before: &str, after: &str) -> String {
        words::render(&words::diff(before, after))
    }

    fn iou(&self, a: [f64; 4], b: [f64; 4]) -> f64 {
        boxes::iou(a, b)
    }
}

/// The language of findings for a language of the interface.
pub fn tongue(lang: Lang) -> Tongue {
    match lang {
        Lang::En => Tongue::English,
        Lang::Zh => Tongue::Chinese,
    }
}
