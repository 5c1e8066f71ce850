//! Log-probabilities in, how sure the model was out: a level for each token, and the table of what else it might have said.

use std::ops::Range;

use crate::session::safe::printable_line;

/// From this probability on the next level begins.
const LEVELS: [f32; 3] = [0.9, 0.5, 0.1];

/// How sure the model was, from 0 (sure) to 3 (a guess).
pub fn level(logprob: f32) -> usize {
    let probability = logprob.exp();
    LEVELS
        .iter()
        .position(|it| probability >= *it)
        .unwrap_or(LEVELS.len())
}

/// The token that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Its message.
    pub message: usize,
    /// Its number in it, from 0.
    pub token: usize,
    /// What the model thought of instead, likeliest first; empty while nobody has said.
    pub top: Vec<(String, f32)>,
}

/// A row of the table: a token as a word, its probability in percent, the cells of its bar, and whether it was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Rank {
    /// Its text, quoted.
    pub word: String,
    /// Its probability, as shown.
    pub percent: String,
    /// Cells of a bar of [`BAR`].
    pub bar: usize,
    /// Whether it is the one that was said.
    pub is_taken: bool,
}

/// Cells of a certain token's bar.
pub const BAR: usize = 10;

/// The most rows of the table.
const MOST: usize = 5;

/// The table of a token and what the model thought of instead.
pub fn ranks(text: &str, logprob: f32, top: &[(String, f32)]) -> Vec<Rank> {
    let mut ranks: Vec<Rank> = top
        .iter()
        .take(MOST)
        .map(|it| rank(&it.0, it.1, it.0 == text))
        .collect();
    if !ranks.iter().any(|it| it.is_taken) {
        ranks.push(rank(text, logprob, true));
    }
    ranks
}

fn rank(text: &str, logprob: f32, is_taken: bool) -> Rank {
    let probability = logprob.exp().clamp(0.0, 1.0);
    let percent = match probability * 100.0 {
        it if it >= 99.95 => "100 %".to_owned(),
        it if it >= 10.0 => format!("{it:.1} %"),
        it if it >= 0.01 => format!("{it:.2} %"),
        _ => "< 0.01 %".to_owned(),
    };
    let filled = (1..=BAR).filter(|it| (*it as f32 - 0.5) / BAR as f32 <= probability);
    Rank {
        word: quoted(text),
        percent,
        bar: filled.count(),
        is_taken,
    }
}

/// A token's text such that its blanks are seen.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", printable_line(text))
}

/// The token after, or before, another; tokens without text are passed over.
pub fn step(
    spans: impl Iterator<Item = (usize, Range<usize>)>,
    from: Option<usize>,
) -> Option<usize> {
    let mut visible = spans.filter(|it| !it.1.is_empty()).map(|it| it.0);
    match from {
        None => visible.next(),
        Some(from) => visible.find(|it| *it != from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_sure_to_a_guess() {
        let check = |probability: f32, expected: usize| {
            assert_eq!(level(probability.ln()), expected, "{probability}");
        };
        check(1.0, 0);
        check(0.901, 0);
        check(0.89, 1);
        check(0.51, 1);
        check(0.49, 2);
        check(0.11, 2);
        check(0.09, 3);
        check(0.0, 3);
        assert_eq!(level(f32::NAN), 3);
    }

    #[test]
    fn the_taken_token_is_in_the_table_also_when_it_was_unlikely() {
        let top: Vec<(String, f32)> = [(" no", 0.7_f32), (" a", 0.2), ("\n", 0.06)]
            .map(|it| (it.0.to_owned(), it.1.ln()))
            .to_vec();
        let shown = |text: &str, probability: f32| -> Vec<String> {
            let ranks = ranks(text, probability.ln(), &top);
            let row = |it: &Rank| format!("{} {} {} {}", it.word, it.percent, it.bar, it.is_taken);
            ranks.iter().map(row).collect()
        };
        assert_eq!(
            shown(" a", 0.2),
            [
                "\" no\" 70.0 % 7 false",
                "\" a\" 20.0 % 2 true",
                "\"\\n\" 6.00 % 1 false"
            ]
        );
        assert_eq!(shown("zz", 0.00001)[3], "\"zz\" < 0.01 % 0 true");
        assert_eq!(ranks("x", 0.0, &[])[0].percent, "100 %");
    }
}
