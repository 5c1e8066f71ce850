//! Pairs of texts in, their comparison checked: exact to the byte, shortest where it should be, never slow.

use super::*;
use crate::experiment::interval::Random;

#[track_caller]
fn check(first: &str, second: &str, rendered: &str) {
    let changes = diff(first, second);
    exact(first, second, &changes);
    assert_eq!(render(&changes), rendered);
}

/// Equal and deleted are the first text, equal and inserted the second; no part is empty, no two alike are neighbours.
#[track_caller]
fn exact(first: &str, second: &str, changes: &[Change<'_>]) {
    let (mut a, mut b) = (String::new(), String::new());
    for change in changes {
        match *change {
            Change::Equal(text) => {
                a.push_str(text);
                b.push_str(text);
            }
            Change::Deleted(text) => a.push_str(text),
            Change::Inserted(text) => b.push_str(text),
        }
        assert!(!matches!(
            change,
            Change::Equal("") | Change::Deleted("") | Change::Inserted("")
        ));
    }
    assert!(
        a == first && b == second,
        "{first:?} {second:?} {changes:?}"
    );
    let alike = changes
        .windows(2)
        .any(|it| std::mem::discriminant(&it[0]) == std::mem::discriminant(&it[1]));
    assert!(!alike, "{changes:?}");
}

#[test]
fn words_and_characters() {
    check(
        "the left lung",
        "the right lung",
        "the [-left-]{+right+} lung",
    );
    check(
        "There is no effusion.",
        "There is a small effusion.",
        "There is [-no-]{+a small+} effusion.",
    );
    check(
        "small left effusion",
        "small effusion",
        "small [-left -]effusion",
    );
    check(
        "small effusion",
        "small left effusion",
        "small {+left +}effusion",
    );
    check(
        "右侧少量胸腔积液。",
        "左侧大量胸腔积液。",
        "[-右-]{+左+}侧[-少-]{+大+}量胸腔积液。",
    );
    check(
        "右肺 8 mm nodule",
        "右肺 12 mm nodule",
        "右肺 [-8-]{+12+} mm nodule",
    );
    check("No effusion.", "No effusion!", "No effusion[-.-]{+!+}");
    check("same", "same", "same");
    check("", "", "");
    check("", "new text", "{+new text+}");
    check("old text", "", "[-old text-]");
    check("a", "b", "[-a-]{+b+}");
}

#[test]
fn white_space_is_kept_and_tears_nothing_apart() {
    check("one two\nthree", "one two three", "one two[-\n-]{+ +}three");
    check("a  b", "a b", "a [- -]b");
    check(" a", "a", "[- -]a");
    check("a\n", "a", "a[-\n-]");
    check(
        "one\ntwo three",
        "one two four",
        "one[-\n-]{+ +}two [-three-]{+four+}",
    );
}

#[test]
fn the_first_difference() {
    let at = |a: &'static str, b: &'static str| {
        let it = first_difference(a, b)?;
        Some((it.at_first, it.at_second, it.words, it.first, it.second))
    };
    assert_eq!(
        at("the left lung", "the right lung"),
        Some((4, 4, 1, Some("left"), Some("right")))
    );
    assert_eq!(
        at("右侧少量", "右侧大量"),
        Some((6, 6, 2, Some("少"), Some("大")))
    );
    assert_eq!(at("a b", "a b c"), Some((3, 4, 2, None, Some("c"))));
    assert_eq!(at("a  b", "a b c"), Some((4, 4, 2, None, Some("c"))));
    assert_eq!(at("a b", "a\nb"), Some((1, 1, 1, Some("b"), Some("b"))));
    assert_eq!(at("a ", "a"), Some((1, 1, 1, None, None)));
    assert_eq!(at("a", "a"), None);
}

/// The same texts on every run.
struct Dice(Random);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0.below(sides)
    }

    fn text(&mut self, words: usize, kinds: usize) -> String {
        let gaps = [" ", " ", "  ", "\n", "\u{3000}", ""];
        let mut text = String::new();
        for _ in 0..words {
            let kind = self.roll(kinds);
            match self.roll(5) {
                0 => text.extend(char::from_u32(0x4e00 + u32::try_from(kind).unwrap())),
                1 => text.push_str([".", "é́", "🫁", ","][kind % 4]),
                _ => text.extend(["w".to_owned(), kind.to_string()]),
            }
            text.push_str(gaps[self.roll(gaps.len())]);
        }
        text
    }
}

#[test]
fn random_texts_are_rebuilt_and_mirrored() {
    let mut dice = Dice(Random::new(1));
    for n in 0..3000 {
        let (a, b) = (dice.text(n % 30, 1 + n % 9), dice.text(n % 23, 1 + n % 9));
        exact(&a, &b, &diff(&a, &b));
        assert_eq!(diff(&a, &a).len(), usize::from(!a.is_empty()));
        assert_eq!(first_difference(&a, &b).is_none(), a == b);
    }
}

#[test]
fn short_texts_have_the_fewest_changed_words() {
    let mut dice = Dice(Random::new(2));
    for n in 0..2000 {
        let text = |dice: &mut Dice| -> Vec<usize> {
            let words = dice.roll(14);
            (0..words).map(|_| dice.roll(2 + n % 5)).collect()
        };
        let (p, q) = (text(&mut dice), text(&mut dice));
        let path = shortest(&p, &q);
        let kept: usize = path.runs.iter().map(|it| it.2).sum();
        assert!(path.is_whole);
        assert_eq!(kept, longest_common(&p, &q), "{p:?} {q:?}");
        for (i, j, n) in path.runs {
            assert_eq!(p[i..i + n], q[j..j + n]);
        }
    }
}

/// The length of the longest common subsequence, by the table.
fn longest_common(p: &[usize], q: &[usize]) -> usize {
    let mut row = vec![0; q.len() + 1];
    for a in p {
        let mut diagonal = 0;
        for (j, b) in q.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b {
                diagonal + 1
            } else {
                above.max(row[j])
            };
            diagonal = above;
        }
    }
    row[q.len()]
}

#[test]
fn a_long_insertion_leaves_the_rest_equal() {
    let word = |it: usize| format!("word{it} ");
    let report = |from: usize| (from..from + 3000).map(word).collect::<String>();
    let (a, b) = (
        report(0) + &report(3000),
        report(0) + &report(10_000) + &report(3000),
    );
    let changes = diff(&a, &b);
    exact(&a, &b, &changes);
    let deleted = changes
        .iter()
        .filter(|it| matches!(it, Change::Deleted(_)))
        .count();
    let inserted = changes
        .iter()
        .filter(|it| matches!(it, Change::Inserted(_)))
        .count();
    assert_eq!((deleted, inserted), (0, 1));
}

#[test]
fn a_hundred_thousand_words_end_soon() {
    let mut dice = Dice(Random::new(3));
    let mut text = |kinds: usize, prefix: &str| {
        let word = |_| format!("{prefix}{} ", dice.roll(kinds));
        (0..100_000).map(word).collect::<String>()
    };
    let same = "no effusion ".repeat(50_000);
    let other = "effusion no ".repeat(50_000);
    let numbers: Vec<String> = (0..100_000).map(|it| it.to_string()).collect();
    let turned: Vec<String> = numbers.iter().rev().cloned().collect();
    let pairs = [
        (text(2, "w"), text(2, "w")),
        (text(50, "w"), text(50, "w")),
        (text(1_000_000, "w"), text(1_000_000, "w")),
        (text(9, "a"), text(9, "b")),
        (same.clone(), other),
        (same, "x".to_owned()),
        (numbers.join(" "), turned.join(" ")),
        ("右肺".repeat(50_000), "左肺无".repeat(33_000)),
    ];
    for (a, b) in pairs {
        let changes = diff(&a, &b);
        exact(&a, &b, &changes);
    }
}
