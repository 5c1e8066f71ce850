//! An answer that grows is at each moment what it would be if it had come at once.

use super::Msg;
use super::message::{Answer, End, Look, Message, Writer};
use super::sheet::Sheet;
use super::tests::{pane, piece, plain, screen};
use crate::settings::Lang;
use crate::tokenizer::Voice;

/// A small generator: what it yields depends on the seed only.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    /// A text of so many scraps of Markdown.
    pub(super) fn text(&mut self, most: usize) -> String {
        const SCRAPS: &[&str] = &[
            "\n",
            "\n",
            "\n\n",
            " ",
            "a",
            "word ",
            "**",
            "*",
            "_",
            "`",
            "```",
            "```json\n",
            "~~~\n",
            "# ",
            "- ",
            "1. ",
            "2) ",
            "   ",
            "    ",
            "> ",
            "|",
            "|-|-|\n",
            "| a | b |\n",
            "---",
            "===",
            "[",
            "](x)",
            "{\"box_2d\": [1]}",
            "\\",
            "~~",
            "双肺",
            "。",
            "（",
            "：",
            "👩\u{200d}⚕\u{fe0f}",
            "e\u{301}",
            "\u{200d}",
            "\r\n",
            "\r",
            "\u{1b}[31m",
            "\t",
            "http://a.b/c_d",
            "[{\n",
            "}]\n",
            "+ x\n",
            "  - y\n",
        ];
        let n = self.below(most) + 1;
        (0..n).map(|_| SCRAPS[self.below(SCRAPS.len())]).collect()
    }
}

fn pieces(text: &str, dice: &mut Dice) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in text.chars() {
        if dice.below(3) == 0 {
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push(letter);
    }
    pieces
}

const LOOK: Look = Look {
    width: 23,
    lang: Lang::En,
};

fn whole(answer: &Answer) -> Sheet {
    let mut sheet = Sheet::default();
    Writer::default().write(answer, LOOK.lang, Some(LOOK.width), &mut sheet);
    sheet
}

#[test]
fn any_way_of_cutting_a_text_into_tokens_gives_the_same_screen_at_each_token() {
    for seed in 0..1000 {
        let mut dice = Dice::new(seed);
        let text = dice.text(30);
        let (mut answer, mut writer, mut sheet) =
            (Answer::default(), Writer::default(), Sheet::default());
        answer.set_unfolded(seed % 2 == 0);
        let mut voice = Voice::Thinking;
        for piece in pieces(&text, &mut dice) {
            if dice.below(12) == 0 {
                voice = Voice::Answer;
            }
            answer.push(&piece, voice, 0.0);
            writer.write(&answer, LOOK.lang, Some(LOOK.width), &mut sheet);
            assert_eq!(sheet, whole(&answer), "{text:?} at {:?}", answer.text());
        }
    }
}

#[test]
fn what_stands_does_not_change_when_more_comes() {
    for seed in 0..1000 {
        let mut dice = Dice::new(seed);
        let text = dice.text(30);
        let (mut answer, mut writer, mut sheet) =
            (Answer::default(), Writer::default(), Sheet::default());
        let mut stood: Vec<String> = Vec::new();
        for piece in pieces(&text, &mut dice) {
            answer.push(&piece, Voice::Answer, 0.0);
            writer.write(&answer, LOOK.lang, Some(LOOK.width), &mut sheet);
            let lines: Vec<String> = sheet
                .lines()
                .iter()
                .map(|it| format!("{:?} {:?}", it.leads, &sheet.text()[it.span.clone()]))
                .collect();
            assert_eq!(lines[..stood.len()], stood, "{text:?}");
            sheet.rewind(writer.mark());
            stood = lines[..sheet.lines().len()].to_vec();
        }
    }
}

#[test]
fn the_end_is_the_same_as_if_all_had_come_at_once() {
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let text = dice.text(60);
        let mut talks = [pane(37, 14), pane(37, 14)];
        for talk in &mut talks {
            talk.update(Msg::Add(Message::answer(1)));
        }
        let [slow, fast] = &mut talks;
        for piece_of in pieces(&text, &mut dice) {
            slow.update(piece(&piece_of, Voice::Answer, 0.0));
            if dice.below(8) == 0 {
                slow.update(Msg::Resize(10 + u16::try_from(dice.below(60)).unwrap(), 14));
            }
        }
        fast.update(piece(&text, Voice::Answer, 0.0));
        slow.update(Msg::Resize(37, 14));
        for talk in &mut talks {
            talk.update(Msg::End(End::Whole, None));
        }
        assert_eq!(
            screen(&talks[0], &plain()),
            screen(&talks[1], &plain()),
            "{text:?}"
        );
    }
}

#[test]
fn no_text_is_lost_but_the_signs_of_markdown() {
    for seed in 0..1000 {
        let mut dice = Dice::new(seed);
        let text = dice.text(40);
        let mut answer = Answer::default();
        answer.push(&text, Voice::Answer, 0.0);
        answer.finish(End::Whole, None);
        let sheet = whole(&answer);
        let seen: String = sheet
            .text()
            .chars()
            .filter(|it| it.is_alphabetic())
            .collect();
        let without_fence = |it: &str| {
            it.chars()
                .filter(|it| it.is_alphabetic())
                .collect::<String>()
        };
        // What stands behind a fence's sign after its first word is not shown, and neither is a title of a column too many.
        if !text.contains("```") && !text.contains('~') && !text.contains('|') {
            assert_eq!(seen, without_fence(answer.text()), "{text:?}");
        }
    }
}

#[test]
fn every_row_is_within_the_width_and_every_piece_within_the_text() {
    for seed in 0..1000 {
        let mut dice = Dice::new(seed);
        let text = dice.text(40);
        let width = u16::try_from(1 + dice.below(40)).unwrap();
        let mut answer = Answer::default();
        answer.push(&text, Voice::Answer, 0.0);
        let mut sheet = Sheet::default();
        Writer::default().write(&answer, Lang::Zh, Some(width), &mut sheet);
        for row in sheet.rows() {
            let mut from = 0;
            for piece in sheet.pieces(row) {
                let shown = &sheet.text()[piece.span.clone()];
                let wide = super::wrap::width(shown);
                assert!(
                    piece.x >= from,
                    "{text:?} at {width}: {shown:?} {piece:?} {from} {:?}",
                    sheet.lines()[row.line]
                );
                from = piece.x + u16::try_from(wide).unwrap();
                let is_one =
                    unicode_segmentation::UnicodeSegmentation::graphemes(shown.trim_end(), true)
                        .count()
                        <= 1;
                let is_table = sheet.pieces(row).len() > 1 || piece.x > 0;
                assert!(
                    from <= width || is_one || is_table,
                    "{text:?} at {width}: {shown:?} {piece:?} {:?}",
                    sheet.lines()[row.line]
                );
            }
        }
        // Every letter of the source that is seen is found again, by what is drawn there.
        let letters: Vec<(usize, char)> = answer.text().char_indices().collect();
        for pair in letters
            .windows(2)
            .filter(|it| it[0].1.is_ascii_alphanumeric() && it[1].1.is_ascii())
        {
            let place = sheet.place_of_source(pair[0].0);
            let place = place.filter(|it| sheet.source(*it) == Some(pair[0].0));
            let Some((row, column)) = place.and_then(|it| sheet.place(it)) else {
                continue;
            };
            assert_eq!(
                sheet.at(row, column),
                place,
                "{text:?} at {width}: {pair:?}"
            );
        }
    }
}
