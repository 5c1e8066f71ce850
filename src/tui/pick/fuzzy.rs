//! What was typed and an item in, how well they fit and which characters do out.
//!
//! Of a name any letters in their order fit; of the line about it, and of text that is not shown, words do, or letters
//! that stand close together: a long line has nearly every letter somewhere. Every word of the query must fit somewhere.
//! Letter case does not count, nor do accents that were not typed, nor the full width of letters.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation as _;

use super::item::Item;

/// What a name's score weighs against that of the line about it.
const NAME: u32 = 4;

/// More for a name that is the word and nothing else.
const WHOLE: u32 = 64;

/// What is looked for: the words of what was typed.
#[derive(Debug, Default)]
pub(super) struct Query {
    words: Vec<Word>,
    /// Whether it begins with a dot.
    is_dotted: bool,
}

#[derive(Debug)]
struct Word {
    letters: Atom,
    part: Atom,
    length: usize,
}

impl Query {
    /// From what was typed. Without `by_letters` words are looked for in names too.
    pub(super) fn of(typed: &str, by_letters: bool) -> Self {
        let typed: String = first_letters(typed).map(of_half_width).collect();
        let words = typed.split_whitespace().map(|it| Word::of(it, by_letters));
        Self {
            words: words.collect(),
            is_dotted: typed.starts_with('.'),
        }
    }

    /// Whether everything fits.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl Word {
    fn of(text: &str, by_letters: bool) -> Self {
        let atom = |kind| {
            let (case, normal) = (CaseMatching::Ignore, Normalization::Smart);
            Atom::new(text, case, normal, kind, false)
        };
        let part = atom(AtomKind::Substring);
        let letters = if by_letters {
            atom(AtomKind::Fuzzy)
        } else {
            part.clone()
        };
        Self {
            length: letters.needle_text().len(),
            part,
            letters,
        }
    }
}

/// The first letter of each character, as a person counts them: an accent that stands behind its letter does not count.
fn first_letters(text: &str) -> impl Iterator<Item = char> {
    text.graphemes(true).filter_map(|it| it.chars().next())
}

/// A text as it is matched: one letter for each character; nothing when the text is ASCII and is that already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Letters(Option<Box<[char]>>);

impl Letters {
    pub(super) fn of(text: &str) -> Self {
        Self((!text.is_ascii()).then(|| first_letters(text).collect()))
    }

    /// `text` is the one that these are of.
    fn matched<'a>(&'a self, text: &'a str) -> Utf32Str<'a> {
        match &self.0 {
            Some(letters) => Utf32Str::Unicode(letters),
            None => Utf32Str::Ascii(text.as_bytes()),
        }
    }
}

/// Letters of full width are those of ASCII: an input method may type them.
fn of_half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(letter) - 0xfee0).expect("these all have an ASCII form")
        }
        other => other,
    }
}

/// Which text of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Its name.
    Name,
    /// The line about it.
    About,
}

/// Fits queries to items; room for its work is made once.
pub(super) struct Fitter {
    matcher: Matcher,
    places: Vec<u32>,
}

impl Fitter {
    pub(super) fn new() -> Self {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        Self {
            matcher: Matcher::new(config),
            places: Vec::new(),
        }
    }

    /// How well an item fits, more is better; `None` when it does not.
    pub(super) fn score(&mut self, query: &Query, item: &Item) -> Option<u32> {
        let is_found = !item.found.is_empty();
        if item.is_hidden && !query.is_dotted {
            return None;
        }
        let [name, about, text] = item.letters();
        let (name, about) = (name.0.matched(name.1), about.0.matched(about.1));
        let mut sum = 0;
        for word in &query.words {
            let score = self.name(word, name).map(|it| it * NAME);
            let score = score.or_else(|| self.about(word, about).map(u32::from));
            let score = score.or_else(|| {
                let text = text.0.matched(text.1);
                let score = word.part.score(text, &mut self.matcher)?;
                Some(u32::from(score) / 2)
            });
            sum += match score {
                None if is_found => 0,
                found => found?,
            };
        }
        Some(sum)
    }

    fn name(&mut self, word: &Word, name: Utf32Str<'_>) -> Option<u32> {
        let whole = if name.len() == word.length { WHOLE } else { 0 };
        let score = word.letters.score(name, &mut self.matcher)?;
        Some(u32::from(score) + whole)
    }

    /// The places of a word in the line about an item are in `places` then.
    fn about(&mut self, word: &Word, about: Utf32Str<'_>) -> Option<u16> {
        self.places.clear();
        let part = word
            .part
            .indices(about, &mut self.matcher, &mut self.places);
        if part.is_some() {
            return part;
        }
        self.places.clear();
        let (matcher, places) = (&mut self.matcher, &mut self.places);
        let score = word.letters.indices(about, matcher, places)?;
        // letters that stand far from each other are an accident
        let span = match (places.first(), places.last()) {
            (Some(first), Some(last)) => usize::try_from(last - first).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let is_close = word.length > 1 && span < word.length + word.length / 2;
        is_close.then_some(score)
    }

    /// Which characters of an item's text fit, as a person counts them, in order.
    pub(super) fn marks(&mut self, query: &Query, item: &Item, which: Which) -> Vec<usize> {
        let [name, about, _] = item.letters();
        let mut marks: Vec<u32> = Vec::new();
        for word in &query.words {
            match which {
                Which::Name => {
                    let name = name.0.matched(name.1);
                    word.letters.indices(name, &mut self.matcher, &mut marks);
                }
                Which::About => {
                    let about = about.0.matched(about.1);
                    let is_there = self.about(word, about).is_some();
                    let places = self.places.iter().filter(|_| is_there);
                    marks.extend(places);
                }
            }
        }
        marks.sort_unstable();
        marks.dedup();
        let marks = marks.into_iter().map(usize::try_from);
        marks.filter_map(Result::ok).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        let text = "Where is the {{object}}? Say whether there is a nodule.";
        vec![
            Item::new("1", "/open").about("open pictures: files, or sample:NAME"),
            Item::new("2", "/reset").about("forget everything: turns, prior report and pictures"),
            Item::new("3", "/set").about("change a setting; lists them when alone"),
            Item::new("4", "/undo").about("forget the last question and its answer"),
            Item {
                text: text.to_owned(),
                ..Item::new("5", "localize").about("框出某个部位或征象")
            },
            Item::new("6", "café-école").about("accents"),
            Item {
                is_hidden: true,
                ..Item::new("7", ".hidden")
            },
            Item {
                found: vec![("a hit".to_owned(), true)],
                ..Item::new("8", "zzz")
            },
        ]
    }

    /// The keys of what fits, the best first.
    fn fitting(typed: &str) -> Vec<String> {
        let (query, mut fitter) = (Query::of(typed, true), Fitter::new());
        let items: Vec<Item> = items().into_iter().map(Item::harmless).collect();
        let scored = items
            .iter()
            .filter_map(|it| Some((fitter.score(&query, it)?, it)));
        let mut scored: Vec<_> = scored.collect();
        scored.sort_by_key(|it| std::cmp::Reverse(it.0));
        scored.into_iter().map(|it| it.1.key.clone()).collect()
    }

    #[track_caller]
    fn check(typed: &str, expected: &str) {
        // what was found elsewhere is always there
        let mut found = fitting(typed);
        found.retain(|it| it != "8");
        assert_eq!(found.concat(), expected, "{typed:?}");
    }

    #[test]
    fn letters_of_names_and_words_of_the_rest_fit() {
        check("", "123456");
        check("set", "32");
        check("/set", "32");
        check("SET", "32");
        check("ｓｅｔ", "32");
        check("opn", "1");
        check("pictures", "12");
        check("forget question", "4");
        check("question forget", "4");
        check("prior pict", "2");
        check("loc", "5");
        check("部位", "5");
        check("位征", "5");
        check("框征象", "");
        check("象部", "");
        check("nodule", "5");
        check("ndl", "");
        check("cafe", "6");
        check("cafe\u{301}", "6");
        check("café", "6");
        check("ecole", "6");
        check("hidden", "");
        check(".hid", "7");
        check("qqqq", "");
        check("^$!'", "");
        check("   ", "123456");
    }

    #[test]
    fn what_was_found_elsewhere_stays() {
        assert_eq!(fitting("qqqq"), ["8"]);
    }

    #[track_caller]
    fn check_marks(typed: &str, text: &str, which: Which, expected: &[usize]) {
        let item = Item::new("", text).about(text).harmless();
        let marks = Fitter::new().marks(&Query::of(typed, true), &item, which);
        assert_eq!(marks, expected, "{typed:?} in {text:?}");
    }

    #[test]
    fn characters_that_fit_are_marked() {
        check_marks("st", "/set", Which::Name, &[1, 3]);
        check_marks("积液", "左侧胸腔积液", Which::Name, &[4, 5]);
        check_marks("左积", "左侧胸腔积液", Which::Name, &[0, 4]);
        // e and its accent are one character
        check_marks("b", "e\u{301}b", Which::Name, &[1]);
        check_marks("file or", "files, or", Which::About, &[0, 1, 2, 3, 7, 8]);
        check_marks("fo", "files, or", Which::About, &[]);
        check_marks("zz", "files", Which::Name, &[]);
    }

    #[test]
    fn long_words_and_texts_are_no_trouble() {
        let long = "积".repeat(3000);
        let item = Item::new("", long.clone()).about(long.clone()).harmless();
        let score = |typed: &str| Fitter::new().score(&Query::of(typed, true), &item);
        assert!(score(&long[..900]).is_some());
        assert!(score(&"a".repeat(100_000)).is_none());
        assert!(score(&"积 ".repeat(1000)).is_some());
        // an accent without a letter, and letters with many of them
        assert!(score("\u{301}").is_none());
        assert!(score(&format!("积{}", "\u{301}".repeat(1000))).is_some());
    }
}
