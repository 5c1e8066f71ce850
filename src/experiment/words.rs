//! Two texts in, how alike they are out: word for word, by the share of their words; and which of several choices a text names.
//!
//! Words are folded first: lower case, full-width letters and digits as half-width ones, punctuation gone. A run of letters
//! and digits is a word, a Chinese character is one too, and so is a number with its fraction (`3.5`). The articles a, an and
//! the do not count. On English this is the normalisation of VQA and `SQuAD` (Rajpurkar et al. 2016), on Chinese that of CMRC
//! (Cui et al. 2019).

use std::collections::BTreeMap;

use super::truth::{behind_marker, read_part};
use super::{Choice, Choosable};

/// A text in lower case, with full-width forms as their half-width ones and typographic quotes as plain ones.
pub fn fold(text: &str) -> String {
    let half = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        _ => c,
    });
    half.flat_map(char::to_lowercase).collect()
}

/// Whether a character is a word by itself: Chinese characters, kana.
pub fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// The words of a text, articles included.
pub fn words(text: &str) -> Vec<String> {
    let folded: Vec<char> = fold(text).chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (place, &c) in folded.iter().enumerate() {
        let digit = |at: Option<usize>| {
            at.and_then(|it| folded.get(it))
                .is_some_and(char::is_ascii_digit)
        };
        let is_point = c == '.' && digit(place.checked_sub(1)) && digit(Some(place + 1));
        let joins = c == '\''
            && !word.is_empty()
            && folded
                .get(place + 1)
                .is_some_and(|it| it.is_alphabetic() && !is_ideograph(*it));
        if is_ideograph(c) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.push(c.to_string());
        } else if c.is_alphanumeric() || (is_mark(c) && !word.is_empty()) || is_point {
            word.push(c);
        } else if !joins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Accents that stand behind their letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The words that count.
fn counted(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.retain(|it| !matches!(it.as_str(), "a" | "an" | "the"));
    words
}

/// Whether two texts have the same words in the same order.
pub fn is_same(a: &str, b: &str) -> bool {
    counted(a) == counted(b)
}

/// The harmonic mean of the share of the answer's words that are in the truth and the share of the truth's that are in the
/// answer, each word as often as it is there (the F1 of `SQuAD`): 0.0 ..= 1.0. Two texts without words are alike.
pub fn token_f1(answer: &str, truth: &str) -> f64 {
    let (answer, truth) = (counted(answer), counted(truth));
    if answer.is_empty() || truth.is_empty() {
        return f64::from(u8::from(answer.is_empty() && truth.is_empty()));
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for word in &truth {
        *left.entry(word).or_default() += 1;
    }
    let shared = answer
        .iter()
        .filter(|word| match left.get_mut(word.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        });
    2.0 * shared.count() as f64 / (answer.len() + truth.len()) as f64
}

/// Which choice a text names: `None` when it names none, or several.
///
/// In this order: what stands behind the last `answer:` (`final answer is`, `答案`), the whole text, a key at its beginning
/// (`B. …`, `(B)`, `option B`), the only choice that is mentioned and not denied right before. A key of one letter counts
/// only as a capital with something behind it that closes it, or behind such a word: the article is no choice A.
pub fn pick(text: &str, choice: &Choice) -> Option<usize> {
    let text = read_part(text);
    let parts = behind_marker(text).into_iter().chain([text]);
    parts
        .into_iter()
        .find_map(|part| whole(part, &choice.options).or_else(|| named(part, &choice.options)))
}

/// The choice that is the whole text, as key, as text, or as both.
fn whole(text: &str, options: &[Choosable]) -> Option<usize> {
    let said = words(text);
    options.iter().position(|it| {
        let key = words(&it.key);
        let text = it.text.as_deref().map(words).unwrap_or_default();
        said == key || (!text.is_empty() && said == text) || said == [key, text].concat()
    })
}

/// The choice that a text begins with or mentions.
fn named(text: &str, options: &[Choosable]) -> Option<usize> {
    let marked = options
        .iter()
        .enumerate()
        .filter(|(_, it)| is_letter(&it.key))
        .filter_map(|(index, it)| Some((lettered(text, &it.key)?, index)));
    if let Some((_, index)) = only(&marked.collect::<Vec<_>>()) {
        return Some(index);
    }
    let said = words(text);
    let mut places = Vec::new();
    for (index, option) in options.iter().enumerate() {
        let key = Some(option.key.as_str()).filter(|it| !is_letter(it));
        for wanted in key.into_iter().chain(option.text.as_deref()).map(words) {
            places.extend(mentions(&said, &wanted).map(|at| (at, at + wanted.len(), index)));
        }
    }
    let inside = |one: &(usize, usize, usize)| {
        places.iter().any(|other| {
            other.2 != one.2
                && other.0 <= one.0
                && one.1 <= other.1
                && other.1 - other.0 > one.1 - one.0
        })
    };
    let free = places.iter().filter(|it| !inside(it));
    let meant: Vec<(usize, usize)> = free
        .filter(|(at, ..)| !is_denied(&said, *at))
        .map(|(at, _, index)| (*at, *index))
        .collect();
    only(&meant).map(|(_, index)| index)
}

/// The one that all name, at its first place.
fn only(named: &[(usize, usize)]) -> Option<(usize, usize)> {
    let first = named.iter().copied().min()?;
    named.iter().all(|it| it.1 == first.1).then_some(first)
}

fn is_letter(key: &str) -> bool {
    key.chars().count() == 1 && key.chars().all(|c| c.is_ascii_alphabetic())
}

/// Where a key of one letter stands as a key: `B)`, `(B)`, `B.`, `B:`, `option B`, `选B`.
fn lettered(text: &str, key: &str) -> Option<usize> {
    let folded = fold(key);
    let characters: Vec<char> = text.chars().collect();
    let at = |place: Option<usize>| place.and_then(|it| characters.get(it)).copied();
    (0..characters.len()).find(|&place| {
        let is_it =
            at(Some(place)).is_some_and(|it| it.is_uppercase() && fold(&it.to_string()) == folded);
        let (before, behind) = (at(place.checked_sub(1)), at(Some(place + 1)));
        let begins = before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '\'');
        let ends = behind.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '\'');
        let closed = behind
            .is_none_or(|c| matches!(c, ')' | '）' | '.' | '．' | ':' | '：' | '、' | ']' | '*'));
        is_it && begins && ends && (closed || is_introduced(&characters[..place]))
    })
}

/// Whether what stands before a letter says that it is a choice.
fn is_introduced(before: &[char]) -> bool {
    let start = before.len().saturating_sub(16);
    let before: String = fold(&before[start..].iter().collect::<String>());
    let before =
        before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '*' | '(' | '"'));
    [
        "option",
        "choice",
        "answer",
        "answer is",
        "选",
        "选项",
        "选择",
        "答案",
        "答案是",
    ]
    .iter()
    .any(|it| before.ends_with(it))
}

/// Where some words stand in others.
fn mentions<'a>(said: &'a [String], wanted: &'a [String]) -> impl Iterator<Item = usize> + 'a {
    let last = said.len().saturating_sub(wanted.len());
    let starts = (!wanted.is_empty() && wanted.len() <= said.len()).then_some(0..=last);
    starts
        .into_iter()
        .flatten()
        .filter(move |at| said[*at..].starts_with(wanted))
}

/// Whether a word right before a place denies what stands there: `not on the left`, `不是左侧`.
fn is_denied(said: &[String], at: usize) -> bool {
    let idle = [
        "a", "an", "the", "on", "in", "at", "of", "是", "在", "位", "于",
    ];
    let mut before = said[..at].iter().rev().map(String::as_str);
    let word = before.by_ref().take(4).find(|it| !idle.contains(it));
    matches!(
        word,
        Some("not" | "no" | "without" | "isn't" | "isnt" | "nor" | "非" | "无" | "不")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words_of(text: &str, wanted: &str) {
        assert_eq!(words(text).join(" "), wanted);
    }

    #[test]
    fn words_are_folded_and_chinese_characters_are_words() {
        words_of("", "");
        words_of(
            "A Small, right-sided EFFUSION.",
            "a small right sided effusion",
        );
        words_of("右侧少量胸腔积液。", "右 侧 少 量 胸 腔 积 液");
        words_of("ＣＴ：12毫米nodule", "ct 12 毫 米 nodule");
        words_of("3.5 mm. 2.", "3.5 mm 2");
        words_of("isn’t 'quoted'", "isnt quoted");
        words_of("e\u{301}tude \u{301}", "e\u{301}tude");
        words_of("a\u{1b}[31mb\0", "a 31mb");
    }

    #[test]
    fn texts_are_the_same_when_their_words_are() {
        let check = |a, b, same| assert_eq!(is_same(a, b), same, "{a:?} {b:?}");
        check("The effusion.", "effusion", true);
        check("No effusion", "no  effusion!", true);
        check("effusion no", "no effusion", false);
        check("是。", "是", true);
        check("", "。", true);
    }

    #[track_caller]
    fn check_pick(text: &str, options: &[(&str, &str)], index: Option<usize>) {
        let choosable = |(key, text): &(&str, &str)| Choosable {
            key: (*key).to_owned(),
            text: (!text.is_empty()).then(|| (*text).to_owned()),
        };
        let choice = Choice {
            right: 0,
            options: options.iter().map(choosable).collect(),
        };
        assert_eq!(pick(text, &choice), index, "{text:?}");
    }

    #[test]
    fn a_choice_is_named_by_its_letter_or_by_its_words() {
        let abc = [
            ("A", "pleural effusion"),
            ("B", "pneumothorax"),
            ("C", "no finding"),
        ];
        check_pick("B", &abc, Some(1));
        check_pick("b", &abc, Some(1));
        check_pick("**B**", &abc, Some(1));
        check_pick("(B) pneumothorax", &abc, Some(1));
        check_pick("B. It is large.", &abc, Some(1));
        check_pick(
            "The answer is B because the lung edge is seen.",
            &abc,
            Some(1),
        );
        check_pick("A or B? Final answer: B", &abc, Some(1));
        check_pick("选B。", &abc, Some(1));
        check_pick("答案：Ａ", &abc, Some(0));
        check_pick("A small pneumothorax is seen.", &abc, Some(1));
        check_pick("Pleural effusion, not pneumothorax.", &abc, Some(0));
        check_pick("Pleural effusion or pneumothorax.", &abc, None);
        check_pick("Plan B is fine", &abc, None);
        check_pick("", &abc, None);
        check_pick("A) or B)", &abc, None);
    }

    #[test]
    fn the_longer_of_two_choices_in_one_place_is_meant() {
        let zones = [("left", ""), ("left lower", ""), ("both sides", "")];
        check_pick("In the left lower zone.", &zones, Some(1));
        check_pick("On the left.", &zones, Some(0));
        check_pick("Both sides", &zones, Some(2));
        check_pick("not on the left, both sides", &zones, Some(2));
        let sides = [("左侧", ""), ("右侧", ""), ("双侧", "")];
        check_pick("位于右侧。", &sides, Some(1));
        check_pick("不是左侧，是右侧", &sides, Some(1));
        check_pick("左侧和右侧", &sides, None);
    }
}
