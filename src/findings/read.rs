//! A report text in, the statements about findings in it out, in the order of the text.

use super::attach;
use super::finding::Finding;
use super::items::{Item, What, items};
use super::mentions;
use super::parsed::Parsed;
use super::rules::{Between, Tag, rules};
use super::scope;
use super::sentences::{Sentence, sentences};
use super::tokens::{Kind, Token, tokens};

/// A label ("Findings:") has at most this many items before its colon.
const LABEL: usize = 4;

/// Reads a text. Linear in its length.
pub(super) fn read(text: &str) -> Vec<Finding> {
    let tokens = tokens(text);
    let mut out = Vec::new();
    let mut silent = false;
    for sentence in sentences(&tokens) {
        let items = items(rules(), &words(&tokens, &sentence));
        match label(&items) {
            Some(section) => silent = section,
            None => silent &= !sentence.apart,
        }
        if silent || sentence.asked || asks(&items) {
            continue;
        }
        let mut parsed = Parsed::new(items);
        mentions::find(rules(), &mut parsed);
        scope::decide(&mut parsed);
        out.append(&mut attach::findings(&parsed));
    }
    out
}

/// A sentence's tokens without the ends of lines that it runs over.
fn words(tokens: &[Token], sentence: &Sentence) -> Vec<Token> {
    let all = tokens.get(sentence.tokens.clone()).unwrap_or_default();
    all.iter()
        .filter(|it| !matches!(it.kind, Kind::Line(_)))
        .cloned()
        .collect()
}

/// Whether the sentence begins with a label, and if so, whether that is of a section that states nothing ("Indication:").
fn label(items: &[Item]) -> Option<bool> {
    let colon = items
        .iter()
        .take(LABEL)
        .position(|it| matches!(it.what, What::Between(Between::Colon)))?;
    let names = items.get(..colon).unwrap_or_default();
    Some(names.iter().any(|it| it.has(Tag::Section)))
}

/// Whether it is a question by its words.
fn asks(items: &[Item]) -> bool {
    let first = items.first();
    let start = first.is_some_and(|it| it.has(Tag::Question { start: true }));
    start
        || items
            .iter()
            .any(|it| it.has(Tag::Question { start: false }))
}
