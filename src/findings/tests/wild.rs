//! Random texts in, only what must hold of every text checked: no panic, valid spans, mirrored comparisons, linear time.

use super::*;
use crate::experiment::interval::Random;

/// All sentences of the tables of tests.
const SENTENCES: &str = concat!(
    include_str!("../sentences.tsv"),
    include_str!("../reports.tsv")
);

/// The same texts on every run.
struct Dice(Random);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0.below(sides)
    }

    /// Words of the tables, in any order, between marks and numbers.
    fn words(&mut self, words: &[&str], n: usize) -> String {
        let marks = [
            ". ", ", ", " ", " ", " ", "; ", ": ", "\n", "\n\n- ", "。", "，", "、", "（", "）",
            "? ", " - ", "/", "|", "**",
        ];
        let numbers = [
            "12 mm",
            "3 x 4 cm",
            "8毫米",
            "1.5cm",
            "3-5 mm",
            "2",
            "8 mm to 12 mm",
            "9999999999 mm",
        ];
        let mut text = String::new();
        for _ in 0..n {
            text.push_str(match self.roll(8) {
                0 => numbers[self.roll(numbers.len())],
                _ => words[self.roll(words.len())],
            });
            text.push_str(marks[self.roll(marks.len())]);
        }
        text
    }

    /// Characters from everywhere.
    fn characters(&mut self, n: usize) -> String {
        let ranges = [
            (0x20, 0x7f),
            (0, 0x20),
            (0x4e00, 0x9fff),
            (0x2000, 0x2070),
            (0xff00, 0xffef),
            (0x300, 0x370),
            (0x1f300, 0x1f700),
            (0, 0x0011_0000),
        ];
        let mut text = String::new();
        for _ in 0..n {
            let (from, to) = ranges[self.roll(ranges.len())];
            let code = from + self.roll(to - from);
            text.extend(char::from_u32(u32::try_from(code).unwrap()));
        }
        text
    }
}

/// Every phrase of the tables.
fn vocabulary() -> Vec<&'static str> {
    let tables = [
        include_str!("../lexicon.md"),
        include_str!("../rules.md"),
        include_str!("../states.md"),
    ];
    let cells = tables
        .into_iter()
        .flat_map(|it| it.lines().skip(2))
        .flat_map(|it| it.split('|'));
    cells
        .flat_map(|it| it.split(';'))
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect()
}

#[track_caller]
fn holds(a: &str, b: &str) {
    for text in [a, b] {
        for it in read(text) {
            assert!(
                text.get(it.span.clone()).is_some_and(|it| !it.is_empty()),
                "{text:?} {it:?}"
            );
            assert!(
                !it.phrase(Tongue::English).is_empty() && !it.phrase(Tongue::Chinese).is_empty()
            );
            assert!(
                it.presence != Presence::Absent || it.side != Some(Side::Bilateral),
                "{text:?} {it:?}"
            );
        }
        assert_eq!(compare(text, text), [], "{text:?}");
    }
    let forth = compare(a, b);
    let back: Vec<Difference> = compare(b, a).into_iter().map(Difference::mirror).collect();
    assert_eq!(forth, back, "{a:?} {b:?}");
    for it in &forth {
        assert!(!it.sentence(Tongue::English).contains('\n'));
        assert!(!it.sentence(Tongue::Chinese).contains('\n'));
        assert!(it.first.is_some() || it.second.is_some());
    }
    let verdict = says(a, b);
    assert!(!verdict.reason(Tongue::English).is_empty());
}

#[test]
fn texts_of_the_vocabulary() {
    let words = vocabulary();
    let mut dice = Dice(Random::new(1));
    for n in 0..1500 {
        let (a, b) = (
            dice.words(&words, 1 + n % 40),
            dice.words(&words, 1 + n % 17),
        );
        holds(&a, &b);
    }
}

#[test]
fn texts_of_any_characters() {
    let mut dice = Dice(Random::new(2));
    for n in 0..1500 {
        let (a, b) = (dice.characters(n % 80), dice.characters(n % 30));
        holds(&a, &b);
    }
}

#[test]
fn sentences_of_the_table_cut_and_joined_anywhere() {
    let rows: Vec<&str> = SENTENCES.lines().collect();
    let mut dice = Dice(Random::new(3));
    for _ in 0..1500 {
        let mut piece = || {
            let row: Vec<char> = rows[dice.roll(rows.len())].chars().collect();
            let (i, j) = (dice.roll(row.len() + 1), dice.roll(row.len() + 1));
            row[i.min(j)..i.max(j)].iter().collect::<String>()
        };
        let (a, b) = (piece() + &piece(), piece() + &piece());
        holds(&a, &b);
    }
}

#[test]
fn what_a_text_says_it_says() {
    // Each finding of a sentence, in its own words, is a claim that the sentence meets.
    let rows = SENTENCES.lines();
    let mut said = 0;
    for row in rows.filter(|it| !it.starts_with('#')) {
        let text = row.split('\t').next().unwrap().replace("\\n", "\n");
        let found = read(&text);
        for it in &found {
            // "No abnormality except for a nodule" does not say "no abnormality".
            let apart = |other: &Finding| other.what.is_a(it.what) || it.what.is_a(other.what);
            let disputed = |other: &Finding| apart(other) && other.presence != it.presence;
            let before = it.severity_before.is_some() || it.size_before.is_some();
            if before || found.iter().any(disputed) {
                continue;
            }
            said += 1;
            for tongue in [Tongue::English, Tongue::Chinese] {
                let (claim, verdict) = (it.phrase(tongue), says(&text, &it.phrase(tongue)));
                let reason = verdict.reason(Tongue::English);
                assert!(verdict.holds, "{text:?} {claim:?}: {reason}");
            }
        }
    }
    assert!(said > 400, "only {said} claims");
}

#[test]
fn long_texts_of_every_shape_are_read_to_their_end() {
    let pieces = [
        "no effusion ",
        "effusion not seen ",
        "nodule, ",
        "left, right, ",
        "heart ",
        "8 mm to 12 mm larger ",
        "effusion, left, right, ",
        "no ",
        "(",
        "right effusion and left nodule or ",
        "未见胸腔积液、",
        "1 x ",
        "1-",
        "one. ",
        "but ",
        "heart lungs not enlarged ",
        "no no nodule nodule ",
        "a\n",
        "- ",
        "small to large ",
        "finding of heart ",
        "abnormality of the ",
        "12 mm ",
        "is ",
    ];
    for piece in pieces {
        // by a way that takes the square of the time this would not end
        drop(read(&piece.repeat(10_000)));
    }
}

#[test]
fn comparing_many_findings_ends() {
    let list = |from: usize| {
        let one = |it: usize| format!("{} mm nodule in the left upper zone. ", from + it);
        (0..3_000).map(one).collect::<String>()
    };
    assert!(!compare(&list(1), &list(2_000)).is_empty());
    drop(says(&list(1), "no nodule"));
}
