//! An answer's words in; yes, no, uncertain, or none of them out. English and Chinese.
//!
//! An answer to a yes/no question is read like this, and by nothing else, so that who reads a result can do the same by eye:
//!
//! 1. Marks of Markdown, quotes and case do not count; full-width forms are half-width ones.
//! 2. What stands behind the last `answer:`, `the answer is`, `conclusion:`, `答案：`, `结论：` is read first.
//! 3. Then sentence by sentence: the first that says something decides. A question is no answer, and neither is a refusal or a
//!    request for a picture (`I was not trained …`, `please provide …`, `请先打开一张图像`).
//! 4. A sentence says what its first words say (`yes`, `no`, `there is`, `有`, `未见` …): so `No, there is …` is no, and
//!    `Yes, possibly` is yes. What is behind a colon counts as a beginning (`Effusion: yes`). `no doubt`, `not only`, `no
//!    change`, `是否`, `有无` say nothing, and are skipped.
//! 5. Otherwise a hedge anywhere makes it uncertain (`cannot be excluded`, `possible`, `不能除外`, `可能`), and else the first
//!    cue decides (`is seen`, `not seen`, `shows no`, `未见`, `可见`). A cue that asserts is denied by `no`, `not` or `normal`
//!    up to three words behind it and in the same breath (`there is clearly no effusion`).
//!
//! What this cannot know is which finding the question was about: `There is a nodule.` as the answer to a question for an
//! effusion is read as yes. Where that matters, expect findings (`says`, `not`) and not an answer.

use std::fmt;

use super::cues::{
    ASSERTIONS, BREATHS, CUES, DENIALS, DENYING, HEDGES, IDLE, LEADS, REFUSALS, TELLING, each,
};
use super::words::{fold, is_ideograph};

/// What an answer to a yes/no question says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Yes.
    Yes,
    /// No.
    No,
    /// That it cannot be told.
    Uncertain,
}

impl Verdict {
    /// As typed in a file: yes, no or uncertain, in English or Chinese.
    pub fn typed(text: &str) -> Option<Self> {
        match fold(text.trim()).trim_end_matches(['.', '。', '!']) {
            "yes" | "y" | "是" | "是的" | "有" => Some(Self::Yes),
            "no" | "n" | "否" | "不是" | "没有" | "无" => Some(Self::No),
            "uncertain" | "不确定" => Some(Self::Uncertain),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Uncertain => "uncertain",
        })
    }
}

/// The longest answer that is read, in bytes; what is behind is not.
const LONGEST: usize = 1 << 16;

/// What an answer says; `None` when it says neither yes nor no nor that it cannot be told.
pub fn verdict(answer: &str) -> Option<Verdict> {
    let plain = plain(read_part(answer));
    let marked = behind_marker(&plain).and_then(|it| sentences(it).find_map(statement));
    marked.or_else(|| sentences(&plain).find_map(statement))
}

/// As much of an answer as is read.
pub(super) fn read_part(answer: &str) -> &str {
    let mut end = answer.len().min(LONGEST);
    while !answer.is_char_boundary(end) {
        end -= 1;
    }
    &answer[..end]
}

/// Without marks of Markdown, in lower case.
fn plain(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|c| !matches!(c, '*' | '`' | '#' | '~' | '"'))
        .map(|c| if c == '_' { ' ' } else { c })
        .collect()
}

/// Words before a final answer.
const MARKERS: [&str; 10] = [
    "answer:",
    "answer is",
    "answer would be",
    "conclusion:",
    "答案:",
    "答案是",
    "答案为",
    "结论:",
    "结论是",
    "回答:",
];

/// What stands behind the last word that announces the answer.
pub(super) fn behind_marker(text: &str) -> Option<&str> {
    // the places of the folded text are not those of the text, so the text itself is looked through
    let mut ends = text.char_indices().rev().map(|(at, c)| at + c.len_utf8());
    let end = ends.find(|end| {
        MARKERS
            .iter()
            .any(|marker| ends_with_folded(&text[..*end], marker))
    })?;
    Some(&text[end..]).filter(|it| !it.trim().is_empty())
}

/// Whether a text ends with some words, marks of Markdown left out (`**Answer**:`).
fn ends_with_folded(text: &str, wanted: &str) -> bool {
    let mut got = text
        .chars()
        .rev()
        .filter(|c| !matches!(c, '*' | '_' | '`'))
        .map(fold_one);
    wanted.chars().rev().all(|c| got.next() == Some(c))
}

fn fold_one(c: char) -> char {
    let mut buffer = [0; 4];
    fold(c.encode_utf8(&mut buffer)).chars().next().unwrap_or(c)
}

/// The sentences of a text that are no questions and no refusals.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = sentence_end(rest);
            let (sentence, behind) = rest.split_at(end);
            rest = behind;
            let sentence = sentence.trim();
            let is_idle = sentence.ends_with('?') || has(sentence, REFUSALS);
            if !sentence.is_empty() && !is_idle {
                return Some(sentence);
            }
        }
        None
    })
}

/// Bytes of the first sentence, its end mark included.
fn sentence_end(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|it| it.1);
        let ends = match c {
            '!' | '?' | '。' | ';' | '\n' | '\r' => true,
            '.' => {
                let ends = next.is_none_or(|it| it.is_whitespace() || is_ideograph(it));
                ends && !is_number_sign(&text[..at], &text[at + 1..])
            }
            _ => false,
        };
        if ends {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// Whether a full stop belongs to `No. 3`.
fn is_number_sign(before: &str, behind: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
    word == Some("no")
        && behind
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit())
}

/// What a sentence says.
fn statement(sentence: &str) -> Option<Verdict> {
    let begun = beginning(sentence);
    let behind = begun
        .rsplit_once(':')
        .map(|(_, it)| beginning(it))
        .filter(|it| !it.is_empty());
    let parts = behind.into_iter().chain([begun]);
    for part in parts {
        if let Lead::Says(verdict) = lead(part) {
            return Some(verdict);
        }
    }
    let begun = match lead(begun) {
        Lead::Skip(bytes) => beginning(&begun[bytes..]),
        Lead::Says(_) | Lead::Nothing => begun,
    };
    if let Lead::Says(verdict) = lead(begun) {
        return Some(verdict);
    }
    if has(begun, HEDGES) {
        return Some(Verdict::Uncertain);
    }
    cue(begun)
}

/// A sentence without what stands before its first word: bullets, numbers of a list, brackets.
fn beginning(sentence: &str) -> &str {
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    let digits = sentence.trim_start_matches(|c: char| c.is_ascii_digit());
    let listed = digits.len() < sentence.len() && digits.starts_with(['.', ')', '、']);
    if listed {
        digits.trim_start_matches(|c: char| !c.is_alphanumeric())
    } else {
        sentence
    }
}

/// What the first words of a sentence say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// This.
    Says(Verdict),
    /// Nothing; so many bytes are to be skipped.
    Skip(usize),
    /// They are none of those that are known.
    Nothing,
}

fn lead(text: &str) -> Lead {
    let fits = |word: &str| {
        text.strip_prefix(word).is_some_and(|behind| {
            let next = behind.chars().next();
            !word.is_ascii()
                || next.is_none_or(|c| !c.is_alphanumeric() && c != '\'' || is_ideograph(c))
        })
    };
    let all = LEADS
        .iter()
        .flat_map(|(verdict, words)| each(words).map(move |word| (*verdict, word)));
    let longest = all
        .filter(|(_, word)| fits(word))
        .max_by_key(|(_, word)| word.len());
    match longest {
        // "No. 3" counts something
        Some((Some(Verdict::No), "no")) if is_numbered(&text[2..]) => Lead::Skip(2),
        Some((Some(verdict), _)) => Lead::Says(verdict),
        Some((None, word)) => Lead::Skip(word.len()),
        None => Lead::Nothing,
    }
}

fn is_numbered(behind: &str) -> bool {
    let behind = behind.trim_start_matches(['.', ' ']);
    behind.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether any of some words stands in a sentence.
fn has(sentence: &str, words: &'static str) -> bool {
    each(words).any(|word| {
        sentence.match_indices(word).any(|(at, _)| {
            let (before, behind) = (&sentence[..at], &sentence[at + word.len()..]);
            let next = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_ideograph(c));
            let cut = word.is_ascii()
                && (next(before.chars().next_back()) || next(behind.chars().next()));
            let denied = word == "可能" && before.ends_with('不');
            !cut && !denied
        })
    })
}

/// What the first cue of a sentence says.
fn cue(sentence: &str) -> Option<Verdict> {
    let english = english_cue(sentence);
    let chinese = chinese_cue(sentence);
    let first = [english, chinese]
        .into_iter()
        .flatten()
        .min_by_key(|it| it.0);
    first.map(|it| it.1)
}

fn chinese_cue(sentence: &str) -> Option<(usize, Verdict)> {
    let mut at = 0;
    while let Some(c) = sentence[at..].chars().next() {
        let rest = &sentence[at..];
        let all = CUES
            .iter()
            .flat_map(|(verdict, words)| each(words).map(move |word| (*verdict, word)));
        let longest = all
            .filter(|(_, word)| rest.starts_with(word))
            .max_by_key(|(_, word)| word.len());
        match longest {
            Some((_, word)) if tells_nothing(word, &rest[word.len()..]) => at += word.len(),
            Some((Some(verdict), _)) => return Some((at, verdict)),
            Some((None, word)) => at += word.len(),
            None => at += c.len_utf8(),
        }
    }
    None
}

/// Whether a cue tells what follows, and what follows up to the next comma is normal.
fn tells_nothing(word: &str, behind: &str) -> bool {
    let breath = behind.split([',', '、']).next().unwrap_or_default();
    let (telling, normal) = TELLING;
    each(telling).any(|it| it == word) && each(normal).any(|it| breath.contains(it))
}

/// A word of a sentence: where it begins, what it is, and whether a comma or bracket stands right behind it.
struct Word<'a> {
    at: usize,
    text: &'a str,
    pause: bool,
}

fn english_words(sentence: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begun = None;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '\'';
    for (at, c) in sentence.char_indices().chain([(sentence.len(), ' ')]) {
        match (is_part(c), begun) {
            (true, None) => begun = Some(at),
            (false, Some(start)) => {
                begun = None;
                words.push(Word {
                    at: start,
                    text: &sentence[start..at],
                    pause: !c.is_whitespace() && c != '-',
                });
            }
            _ => {}
        }
    }
    words
}

fn english_cue(sentence: &str) -> Option<(usize, Verdict)> {
    let words = english_words(sentence);
    let pair = |at: usize| pair_at(&words, at);
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let two = pair(index);
        let is = |list| each(list).any(|it| it == word.text || it == two);
        if is(IDLE) {
            index += 2;
            continue;
        }
        if is(DENIALS) {
            return Some((word.at, Verdict::No));
        }
        if is(ASSERTIONS) {
            let last = index + usize::from(each(ASSERTIONS).any(|it| it == two));
            let verdict = if is_denied(&words, last) {
                Verdict::No
            } else {
                Verdict::Yes
            };
            return Some((word.at, verdict));
        }
        index += 1;
    }
    None
}

/// Two words behind one another, or what there is of them.
fn pair_at(words: &[Word<'_>], at: usize) -> String {
    let text = |at: usize| words.get(at).map_or("", |it| it.text);
    format!("{} {}", text(at), text(at + 1))
}

/// Whether a word is denied by one of the three behind it, in the same breath.
fn is_denied(words: &[Word<'_>], word: usize) -> bool {
    for at in word + 1..=word + 3 {
        let Some(next) = words.get(at) else {
            return false;
        };
        let two = pair_at(words, at);
        let is = |list| each(list).any(|it| it == next.text || it == two);
        if words[at - 1].pause || is(BREATHS) || is(IDLE) {
            return false;
        }
        if is(DENYING) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, wanted: Option<Verdict>) {
        assert_eq!(verdict(answer), wanted, "{answer:?}");
    }

    const YES: Option<Verdict> = Some(Verdict::Yes);
    const NO: Option<Verdict> = Some(Verdict::No);
    const UNCERTAIN: Option<Verdict> = Some(Verdict::Uncertain);

    #[test]
    fn first_words_decide() {
        check("Yes.", YES);
        check("yes", YES);
        check("Y", YES);
        check("**Yes**, there is a small effusion.", YES);
        check("YES!", YES);
        check("Yes, possibly a small one.", YES);
        check("Yes, there is no effusion.", YES);
        check("There is a small right pleural effusion.", YES);
        check("there are two nodules", YES);
        check("No.", NO);
        check("No, there is a nodule instead.", NO);
        check("no pleural effusion", NO);
        check("Not seen.", NO);
        check("None.", NO);
        check("Negative for pneumothorax.", NO);
        check("Absolutely not.", NO);
        check("- No", NO);
        check("1. Yes", YES);
        check("\u{201c}No\u{201d}", NO);
        check("ＹＥＳ", YES);
    }

    #[test]
    fn chinese_first_words_decide() {
        check("是的，右侧可见少量胸腔积液。", YES);
        check("有。可见左侧少量气胸。", YES);
        check("是。", YES);
        check("可见右侧胸腔积液", YES);
        check("存在", YES);
        check("没有。心影不大。", NO);
        check("没有", NO);
        check("未见胸腔积液。", NO);
        check("未见明显异常", NO);
        check("无", NO);
        check("否。", NO);
        check("不是", NO);
        check("右侧未见胸腔积液。", NO);
        check("左肺上野未见结节。", NO);
        check("Yes，右侧有积液", YES);
        check("不确定。", UNCERTAIN);
        check("无法判断。", UNCERTAIN);
        check("不能除外少量积液", UNCERTAIN);
        check("可能有少量积液。", UNCERTAIN);
        check("右侧肋膈角变钝，少量积液待排。", UNCERTAIN);
        check("不可能是气胸", NO);
    }

    #[test]
    fn a_final_answer_stands_above_what_is_said_before() {
        check(
            "No shift is seen. The angle is blunted.\n**Final Answer:** yes",
            YES,
        );
        check("The film shows a blunted angle. Final answer: **No**", NO);
        check("The answer is yes, since the angle is blunted.", YES);
        check("The answer is not clear.", UNCERTAIN);
        check("右侧肋膈角变钝。答案：有", YES);
        check("左肺可见结节。结论：没有胸腔积液。", NO);
        check("Answer:", None);
        check("No effusion. Answer: see above?", NO);
    }

    #[test]
    fn denials_are_found_inside_a_sentence() {
        check("There is no pleural effusion.", NO);
        check("There is clearly no effusion.", NO);
        check("There is a small effusion with no shift.", YES);
        check("There is an effusion but no pneumothorax.", YES);
        check("There is effusion, no shift.", YES);
        check("A pleural effusion is not seen.", NO);
        check("A pleural effusion is seen.", YES);
        check("I don’t see any effusion.", NO);
        check("I see no effusion.", NO);
        check("I see an effusion.", YES);
        check("The image shows no effusion.", NO);
        check("The film shows normal lungs.", NO);
        check("The lungs are free of effusion.", NO);
        check("Effusion is absent.", NO);
        check("There appears to be a small effusion.", YES);
        check("There does not appear to be an effusion.", NO);
        check(
            "Blunting of the angle, consistent with a small effusion.",
            YES,
        );
        check("The angles are sharp, suggesting no effusion.", NO);
        check("Interval resolution of the effusion.", NO);
        check("图像显示双侧肺野清晰，没有发现积液。", NO);
        check("图像显示右侧积液，未见气胸。", YES);
        check("右侧肋膈角变钝，提示少量胸腔积液。", YES);
        check("$\\boxed{No}$", NO);
        check("Effusion: yes", YES);
        check("Pleural effusion: none", NO);
        check("IMPRESSION: No acute disease.", NO);
        check("At present, no effusion.", NO);
        check("An effusion is no longer seen.", NO);
        check("The heart is markedly enlarged.", YES);
        check("The heart is not enlarged.", NO);
        check("心影明显增大。", YES);
        check("脑室不大。", NO);
        check("The heart is normal. There is no effusion.", NO);
    }

    #[test]
    fn words_that_only_look_like_a_denial_are_skipped() {
        check("No doubt, there is an effusion.", YES);
        check("There is no doubt that an effusion is present.", YES);
        check("Not only is there an effusion, a nodule is seen too.", YES);
        check("No change. The effusion is seen as before.", YES);
        check("No prior study. There is an effusion.", YES);
        check("No. 3 rib: an effusion is seen.", YES);
        check("Nodule in the left lung.", None);
        check("Northern parts are not shown, yes.", NO);
        check("无疑有积液", YES);
        check("是否有积液？有。", YES);
        check("有无积液？未见。", NO);
        check("所有肺野清晰，未见结节", NO);
        check("密度不均匀，可见结节", YES);
        check("不仅有积液，而且有气胸", YES);
    }

    #[test]
    fn hedges_make_a_sentence_uncertain() {
        check("A small effusion cannot be excluded.", UNCERTAIN);
        check("There may be a small effusion.", UNCERTAIN);
        check("I am not sure.", UNCERTAIN);
        check("It is unclear.", UNCERTAIN);
        check("It is difficult to tell from this image alone.", UNCERTAIN);
        check("I cannot answer yes or no.", UNCERTAIN);
        check("Uncertain", UNCERTAIN);
        check("Maybe.", UNCERTAIN);
        check("An impossible thing is seen.", YES);
    }

    #[test]
    fn a_refusal_is_no_no() {
        check(
            "I was not trained to look for that. On this picture I only look for an enlarged heart.",
            None,
        );
        check("Please provide the chest X-ray so that I can look.", None);
        check("I cannot see the image: no image was attached.", None);
        check(
            "As an AI, I am not able to diagnose. There is no effusion.",
            NO,
        );
        check("我没有学过识别这个。在这张图上我只看心影增大。", None);
        check("请先打开一张图像。我只能回答与图像有关的问题。", None);
        check(
            "I am the phantom demonstration model: I know nothing about real patients.",
            None,
        );
    }

    #[test]
    fn what_says_nothing_is_neither() {
        check("", None);
        check("...", None);
        check("Is there an effusion?", None);
        check("The left lung.", None);
        check("左肺上野。", None);
        check("请先打开一张图像？", None);
        check("\u{1b}[31m\0\u{202e}", None);
        check("- - - **", None);
        check("1. 2. 3.", None);
    }

    #[test]
    fn an_endless_answer_is_read_to_a_limit_and_never_inside_a_character() {
        check(&"呀".repeat(100_000), None);
        check(&format!("{} yes", "a".repeat(LONGEST)), None);
        check(&"answer:".repeat(20_000), None);
    }
}
