//! Words in, the places where a session says them out: in its title, questions, answers, notes, verdicts and prior reports.
//!
//! Letters count in either case (Unicode's, not only ASCII's), forms of full width count as those of half width, and white space
//! is one blank, however much of it there is. A word is found inside of longer ones too, so that Chinese needs no spaces.

use std::ops::Range;
use std::path::Path;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::error::Error;
use super::read::Reader;
use super::v1::{Prior, Record};

/// Columns of a line around a hit.
const COLUMNS: usize = 76;
/// Columns of it before the first hit.
const BEFORE: usize = 24;

/// What is looked for: every word of it must be in the same text.
#[derive(Debug, Clone)]
pub struct Query {
    /// Folded, none of them empty.
    words: Vec<Vec<char>>,
}

/// Which text of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What it is called.
    Title,
    /// A question.
    Question,
    /// An answer, thinking left out.
    Answer,
    /// A note.
    Note,
    /// What somebody thinks of an answer.
    Verdict,
    /// A prior report.
    Prior,
}

/// A text that has all the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The turn that it belongs to, if it belongs to one.
    pub turn: Option<usize>,
    /// Which text.
    pub kind: Kind,
    /// One line of it, in parts: what was looked for, and what is around it.
    pub line: Vec<Part>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// Whether it is what was looked for.
    pub is_hit: bool,
}

/// What was found in a session.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order of the file.
    pub hits: Vec<Hit>,
    /// Why nothing is known behind some line.
    pub damage: Option<Error>,
}

impl Kind {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Note => "note",
            Self::Verdict => "verdict",
            Self::Prior => "prior",
        }
    }
}

impl Query {
    /// From what was typed: an argument with blanks in it is one phrase, as the shell's quotes made it one; quotes inside of an
    /// argument do the same. `None` when nothing is left to look for.
    pub fn of(typed: &[String]) -> Option<Self> {
        let words = typed.iter().flat_map(|it| words(it));
        let words = words.map(|it| folded(&it).map(|(letter, _)| letter).collect());
        let words: Vec<Vec<char>> = words.filter(|it: &Vec<char>| !it.is_empty()).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// Where a text has all the words, on one line; `None` when it has not.
    fn look(&self, text: &str) -> Option<Vec<Part>> {
        let line = on_one_line(text);
        let (letters, places): (Vec<char>, Vec<usize>) = folded(&line).unzip();
        let mut marks = Vec::new();
        for (word, letters_of_word) in self.words.iter().enumerate() {
            let n = letters_of_word.len();
            let hits = letters.windows(n).enumerate();
            let hits = hits.filter(|(_, window)| window == letters_of_word);
            let before = marks.len();
            // one letter may be folded to two: the hit ends where another letter begins
            let end = |last: usize| {
                let next = places[last..].iter().find(|it| **it > places[last]);
                next.copied().unwrap_or(line.len())
            };
            marks.extend(hits.map(|(at, _)| Mark {
                word,
                range: places[at]..end(at + n - 1),
            }));
            if marks.len() == before {
                return None;
            }
        }
        marks.sort_by_key(|it| it.range.start);
        Some(around(&line, &marks))
    }
}

/// Where a word is in a line, in bytes.
struct Mark {
    word: usize,
    range: Range<usize>,
}

/// Looks through a session, turn by turn. One that is damaged is looked through up to there.
///
/// # Errors
/// When there is none, or it is no session that this program knows.
pub fn search(path: &Path, query: &Query) -> Result<Found, Error> {
    let mut reader = Reader::open(path)?;
    let mut looking = Looking {
        query,
        turn: None,
        answer: String::new(),
        priors: Vec::new(),
        hits: Vec::new(),
    };
    let damage = looking.through(&mut reader).err();
    looking.end_answer();
    let hits = looking.hits;
    Ok(Found { hits, damage })
}

struct Looking<'a> {
    query: &'a Query,
    /// The turn that is being answered.
    turn: Option<usize>,
    answer: String,
    priors: Vec<Prior>,
    hits: Vec<Hit>,
}

impl Looking<'_> {
    fn through(&mut self, reader: &mut Reader) -> Result<(), Error> {
        while let Some(parts) = reader.next_parts()? {
            match parts.record_without_prompt() {
                Ok(record) => self.take(record),
                Err(problem) => return Err(reader.damaged(&problem)),
            }
        }
        Ok(())
    }

    fn take(&mut self, record: Record) {
        if let Record::Piece(piece) = record {
            let is_answer = piece.part.is_none();
            self.answer
                .push_str(if is_answer { &piece.text } else { "" });
            return;
        }
        self.end_answer();
        match record {
            Record::Turn(turn) => {
                self.turn = Some(turn.n);
                let question = [turn.before, turn.question].join("\n");
                self.look(Some(turn.n), Kind::Question, &question);
            }
            Record::Note(note) => self.look(note.turn, Kind::Note, &note.text),
            Record::Verdict(it) => {
                let text = format!("{} {}", it.grade, it.text);
                self.look(Some(it.turn), Kind::Verdict, &text);
            }
            Record::Title(title) => self.look(None, Kind::Title, &title.text),
            Record::Prior(priors) => {
                // each time all of them are written: those that are new
                let before = std::mem::replace(&mut self.priors, priors.reports);
                let new = self.priors.iter().filter(|it| !before.contains(it));
                let new: Vec<String> = new.map(|it| it.text.clone()).collect();
                for text in &new {
                    self.look(None, Kind::Prior, text);
                }
            }
            _ => {}
        }
    }

    fn end_answer(&mut self) {
        if !self.answer.is_empty() {
            let answer = std::mem::take(&mut self.answer);
            self.look(self.turn, Kind::Answer, &answer);
        }
    }

    fn look(&mut self, turn: Option<usize>, kind: Kind, text: &str) {
        if let Some(line) = self.query.look(text) {
            self.hits.push(Hit { turn, kind, line });
        }
    }
}

/// The words and phrases of an argument.
fn words(typed: &str) -> Vec<String> {
    let is_quote = |letter| matches!(letter, '"' | '“' | '”');
    if !typed.contains(is_quote) {
        return vec![on_one_line(typed)];
    }
    let parts = typed.split(is_quote).enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            1 => vec![on_one_line(part)],
            _ => part.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}

fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The letters of a text as they are compared, each with the place of the letter that it was made of.
fn folded(text: &str) -> impl Iterator<Item = (char, usize)> {
    let folded = text
        .char_indices()
        .map(|(at, letter)| (of_half_width(letter), at));
    folded.flat_map(|(letter, at)| {
        let lower = letter.to_lowercase();
        lower.map(move |it| (if it == 'ς' { 'σ' } else { it }, at))
    })
}

/// Forms of full width are those of ASCII, and the half-wide marks of Chinese and Japanese those of full width.
fn of_half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        '\u{ff61}' => '。',
        '\u{ff62}' => '「',
        '\u{ff63}' => '」',
        '\u{ff64}' => '、',
        '\u{ff65}' => '・',
        other => other,
    }
}

/// The part of a line that has most of the words. Marks come in order.
fn around(line: &str, marks: &[Mark]) -> Vec<Part> {
    let most = |first: &&Mark| {
        let end = columns(&line[first.range.start..], COLUMNS - BEFORE).len() + first.range.start;
        let near = marks
            .iter()
            .filter(|it| it.range.start >= first.range.start && it.range.end <= end);
        let mut words: Vec<usize> = near.map(|it| it.word).collect();
        words.sort_unstable();
        words.dedup();
        words.len()
    };
    // of several the first
    let Some(best) = marks.iter().rev().max_by_key(most) else {
        return Vec::new();
    };
    let begin = last_columns(&line[..best.range.start], BEFORE);
    // not in the middle of a word, if it ends soon
    let cut = &line[begin..best.range.start];
    let begin = match cut.find(' ') {
        Some(at) if begin > 0 && cut[..at].width() <= BEFORE / 2 => begin + at + 1,
        _ => begin,
    };
    let end = begin
        + columns(&line[begin..], COLUMNS)
            .len()
            .max(best.range.end - begin);
    let mut parts = vec![Part::around(if begin > 0 { "…" } else { "" })];
    let mut at = begin;
    for Mark { range, .. } in marks {
        let (from, to) = (range.start.max(at), range.end.min(end));
        if from < to {
            parts.push(Part::around(&line[at..from]));
            parts.push(Part {
                text: line[from..to].to_owned(),
                is_hit: true,
            });
            at = to;
        }
    }
    parts.push(Part::around(&line[at..end]));
    parts.push(Part::around(if end < line.len() { "…" } else { "" }));
    parts.retain(|it| !it.text.is_empty());
    parts
}

impl Part {
    fn around(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            is_hit: false,
        }
    }
}

/// As much of a text's beginning as fits into so many columns.
fn columns(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > most
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Where the last so many columns of a text begin.
fn last_columns(text: &str, most: usize) -> usize {
    let mut used = 0;
    let before = text.char_indices().rev().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > most
    });
    before.map_or(0, |(at, letter)| at + letter.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &[&str], text: &str) -> Option<String> {
        let typed: Vec<String> = typed.iter().map(|it| (*it).to_owned()).collect();
        let parts = Query::of(&typed)?.look(text)?;
        let marked = parts.iter().map(|part| {
            let (before, after) = if part.is_hit { ("[", "]") } else { ("", "") };
            format!("{before}{}{after}", part.text)
        });
        Some(marked.collect())
    }

    #[track_caller]
    fn check(typed: &[&str], text: &str, expected: Option<&str>) {
        assert_eq!(
            found(typed, text).as_deref(),
            expected,
            "{typed:?} in {text:?}"
        );
    }

    #[test]
    fn all_words_must_be_there_in_either_case() {
        let text = "No pleural effusion.\nHeart: normal";
        check(
            &["EFFUSION"],
            text,
            Some("No pleural [effusion]. Heart: normal"),
        );
        check(
            &["heart", "no"],
            text,
            Some("[No] pleural effusion. [Heart]: [no]rmal"),
        );
        check(&["heart", "nodule"], text, None);
        check(
            &["effus"],
            text,
            Some("No pleural [effus]ion. Heart: normal"),
        );
    }

    #[test]
    fn a_phrase_is_kept_together() {
        let text = "pleural  \n effusion, effusion pleural";
        check(
            &["pleural effusion"],
            text,
            Some("[pleural effusion], effusion pleural"),
        );
        check(&["\"pleural effusion\" left"], text, None);
        check(
            &["“effusion pleural” effusion,"],
            text,
            Some("pleural [effusion,] [effusion pleural]"),
        );
        check(&["effusion effusion"], text, None);
    }

    #[test]
    fn chinese_needs_no_spaces_and_width_does_not_count() {
        check(
            &["胸腔积液"],
            "该区域未见胸腔积液。",
            Some("该区域未见[胸腔积液]。"),
        );
        check(&["ＣＴ,右"], "ct，右肺", Some("[ct，右]肺"));
        check(&["ct"], "胸部ＣＴ平扫", Some("胸部[ＣＴ]平扫"));
        check(&["肺　结节"], "肺 结节", Some("[肺 结节]"));
        check(&["积液｡"], "积液。", Some("[积液。]"));
    }

    #[test]
    fn letters_beyond_ascii_fold_too() {
        check(&["ÖDEM"], "Lungenödem", Some("Lungen[ödem]"));
        check(&["ΟΙΔΗΜΑ"], "οίδημα οιδημα", Some("οίδημα [οιδημα]"));
        check(&["ΠΝΕΥΜΩΝ"], "πνευμων", Some("[πνευμων]"));
        check(&["οσ"], "Ος", Some("[Ος]"));
        // İ folds to two letters
        check(&["i"], "İ", Some("[İ]"));
        check(&["x"], "İx", Some("İ[x]"));
    }

    #[test]
    fn nothing_to_look_for_is_no_query() {
        for typed in [vec![], vec![""], vec![" ", "\"\""], vec!["\"  \""]] {
            assert_eq!(found(&typed, "text"), None, "{typed:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_around_the_words() {
        let long = format!(
            "{} left {} effusion left {}",
            "a ".repeat(100),
            "b ".repeat(100),
            "c ".repeat(100)
        );
        let line = found(&["left", "effusion"], &long).unwrap();
        assert!(line.contains("[effusion] [left] c"), "{line}");
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        let wide = format!("{}积液{}", "未".repeat(60), "见".repeat(60));
        let line = found(&["积液"], &wide).unwrap();
        assert_eq!(
            line,
            format!("…{}[积液]{}…", "未".repeat(12), "见".repeat(24))
        );
        let word = "x".repeat(200);
        assert_eq!(found(&[word.as_str()], &word), Some(format!("[{word}]")));
    }
}
