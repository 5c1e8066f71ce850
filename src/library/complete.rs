//! What was typed so far after `/use` in; what may follow, and where it begins, out: names, then `key=`, then values.

use super::typed::{key, quoted};
use super::{Library, Prompt, Variable};
use crate::settings::Lang;

/// Something that may be typed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is put in the place of the word that was begun.
    pub replacement: String,
    /// What a list shows: the replacement, and what it is.
    pub shown: String,
}

impl Library {
    /// What may follow, and the byte of `typed` where it begins. `typed` is what stands between `/use ` and the cursor.
    pub fn complete(&self, typed: &str, lang: Lang) -> (usize, Vec<Offer>) {
        let begin = typed.len() - typed.trim_start().len();
        let Some((name, rest)) = typed[begin..].split_once(char::is_whitespace) else {
            let offers = self.prompts().iter().map(|it| of_name(it, lang));
            return (begin, matching(&typed[begin..], offers));
        };
        let Ok(prompt) = self.find(name) else {
            return (typed.len(), Vec::new());
        };
        let variables = &prompt.wording(lang).variables;
        let (start, given) = last_word(rest);
        let word = &rest[start..];
        let begin = typed.len() - word.len();
        if let Some((name, _)) = key(word) {
            let variable = variables.iter().find(|it| it.name == name);
            let offers = variable.map_or_else(Vec::new, values);
            return (begin, matching(word, offers.into_iter()));
        }
        let free = variables.iter().filter(|it| !given.contains(&it.name));
        (begin, matching(word, free.map(of_variable)))
    }
}

fn of_name(prompt: &Prompt, lang: Lang) -> Offer {
    let wording = prompt.wording(lang);
    let blank = if wording.variables.is_empty() {
        ""
    } else {
        " "
    };
    Offer {
        replacement: format!("{}{blank}", prompt.name),
        shown: format!("{}  {}", prompt.name, wording.title),
    }
}

fn of_variable(variable: &Variable) -> Offer {
    Offer {
        replacement: format!("{}=", variable.name),
        shown: format!("{}=  {}", variable.name, variable.description)
            .trim_end()
            .to_owned(),
    }
}

/// `key=value` for every allowed value; where any is allowed, for the default and the example.
fn values(variable: &Variable) -> Vec<Offer> {
    let mut values: Vec<&str> = variable.values.iter().map(String::as_str).collect();
    if values.is_empty() {
        let known = [variable.default.as_deref(), Some(variable.example.as_str())];
        values.extend(known.into_iter().flatten().filter(|it| !it.is_empty()));
        values.dedup();
    }
    let offer = |value: &str| {
        let replacement = format!("{}={}", variable.name, quoted(value));
        let shown = replacement.clone();
        Offer { replacement, shown }
    };
    values.into_iter().map(offer).collect()
}

/// Those that go on with a word; a quote that was not typed yet does not count.
fn matching(word: &str, offers: impl Iterator<Item = Offer>) -> Vec<Offer> {
    let plain = |text: &str| text.replace(['"', '\'', '“', '”'], "").replace('＝', "=");
    let word = plain(word);
    offers
        .filter(|it| plain(&it.replacement).starts_with(&word))
        .collect()
}

/// Where the last word begins, blanks in quotes counting as part of it, and the keys of the words before.
fn last_word(text: &str) -> (usize, Vec<String>) {
    let (mut start, mut close) = (0, None);
    let mut given = Vec::new();
    for (at, letter) in text.char_indices() {
        match (letter, close) {
            (it, Some(end)) if it == end => close = None,
            ('"' | '\'', None) => close = Some(letter),
            ('“', None) => close = Some('”'),
            (it, None) if it.is_whitespace() => {
                given.extend(key(&text[start..at]).map(|(name, _)| name.to_owned()));
                start = at + it.len_utf8();
            }
            _ => {}
        }
    }
    (start, given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::tests::toml;

    #[track_caller]
    fn check(typed: &str, lang: Lang, start: usize, expected: &[&str]) {
        let mut library = Library::built_in();
        let mut own = toml(
            "text = '{{side}} {{object}}'\n[variables.side]\nvalues = ['left', 'right', 'both sides']\n\
             [variables.object]\nexample = 'right lung'\ndefault = 'heart'",
        );
        own.name = "zz".to_owned();
        library.prompts.push(own);
        let (at, offers) = library.complete(typed, lang);
        let offers: Vec<&str> = offers.iter().map(|it| it.replacement.as_str()).collect();
        assert_eq!((at, offers.as_slice()), (start, expected), "{typed:?}");
    }

    #[test]
    fn names_then_variables_then_values() {
        check("fin", Lang::En, 0, &["findings", "findings-json"]);
        check("  lo", Lang::En, 2, &["localize ", "longitudinal"]);
        check("nothing-like-it", Lang::En, 0, &[]);
        check("zz ", Lang::En, 3, &["side=", "object="]);
        check("zz o", Lang::En, 3, &["object="]);
        check(
            "zz side=",
            Lang::En,
            3,
            &["side=left", "side=right", "side=\"both sides\""],
        );
        check("zz side=l", Lang::En, 3, &["side=left"]);
        check("zz side=\"both s", Lang::En, 3, &["side=\"both sides\""]);
        check("zz side=“both s", Lang::En, 3, &["side=\"both sides\""]);
        check("zz side=left ", Lang::En, 13, &["object="]);
        check("zz side=\"both sides\" ob", Lang::En, 21, &["object="]);
        check(
            "zz object=",
            Lang::En,
            3,
            &["object=heart", "object=\"right lung\""],
        );
        check("zz nothing=", Lang::En, 3, &[]);
        check("unknown side=", Lang::En, 13, &[]);
        check("localize object=", Lang::Zh, 9, &["object=右肺"]);
        check(
            "teach level＝",
            Lang::Zh,
            6,
            &["level=医学生", "level=住院医师", "level=技师"],
        );
        check("findings ", Lang::En, 9, &[]);
    }

    #[test]
    fn offers_say_what_they_are() {
        let (_, offers) = Library::built_in().complete("localize", Lang::Zh);
        assert_eq!(
            offers[0].shown,
            "localize  框出某个部位或征象(MedGemma 的格式)"
        );
        let (_, offers) = Library::built_in().complete("localize o", Lang::En);
        assert_eq!(
            offers[0].shown,
            "object=  an organ or a finding, without an article"
        );
    }
}
