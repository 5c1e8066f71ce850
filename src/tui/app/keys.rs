//! Every table of keys in, the rows of one keymap out: what a key does, where, and what it is called.

use crate::tui::keymap::{self, Place, Row, rows as of};
use crate::tui::sheets::ask::{self, ConfirmMsg, QuestionMsg};
use crate::tui::sheets::write::{self, Write};
use crate::tui::sheets::{self, paper, text};
use crate::tui::{grid, input, pick, picture, player, rail, talk};

/// What a key does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Something about the whole screen.
    App(keymap::Do),
    /// Something in the conversation.
    Talk(talk::Msg),
    /// Something in the input.
    Input(input::Msg),
    /// Something in the picture.
    Picture(picture::Msg),
    /// Something in the rail.
    Rail(rail::Msg),
    /// Something with the session that is played.
    Player(player::Msg),
    /// Something in the experiment.
    Grid(grid::Msg),
    /// Something in a list.
    Pick(pick::Msg),
    /// Something in a text that is read.
    Text(text::Msg),
    /// Something in the sheet that is written on.
    Paper(paper::Msg),
    /// A change of what is written.
    Write(Write),
    /// Something in a line that is asked for.
    Line(QuestionMsg),
    /// A yes or no.
    Confirm(ConfirmMsg),
}

/// Every row of every table.
pub(super) fn rows() -> Vec<Row<Act>> {
    let mut rows = keymap::app_rows(Act::App);
    rows.extend(of(picture::KEYS, picture::When::place, Act::Picture));
    rows.extend(of(talk::KEYS, talk::When::place, Act::Talk));
    rows.extend(of(input::KEYS, input::When::place, Act::Input));
    rows.extend(of(rail::KEYS, |()| Place::Rail, Act::Rail));
    rows.extend(of(player::KEYS, player::When::place, Act::Player));
    rows.extend(of(grid::KEYS, |_| Place::Grid, Act::Grid));
    rows.extend(of(pick::KEYS, pick::When::place, Act::Pick));
    let of_text = |when| match when {
        sheets::When::Finding => Place::Finding,
        _ => Place::Sheet,
    };
    let of_paper = |when| match when {
        sheets::When::Asking => Place::Dropping,
        _ => Place::Prior,
    };
    rows.extend(of(text::KEYS, of_text, Act::Text));
    rows.extend(of(paper::KEYS, of_paper, Act::Paper));
    rows.extend(of(write::KEYS, |_| Place::Writing, Act::Write));
    rows.extend(of(ask::QUESTION_KEYS, |_| Place::Question, Act::Line));
    rows.extend(of(ask::CONFIRM_KEYS, |_| Place::Confirm, Act::Confirm));
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_and_both_languages() {
        let mut names = BTreeSet::new();
        for row in rows() {
            assert!(names.insert(row.id.clone()), "{} is there twice", row.id);
            assert!(!row.en.is_empty() && !row.zh.is_ascii(), "{}", row.id);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut taken = BTreeSet::new();
        for row in rows() {
            for key in &row.keys {
                let here = (row.place, key.to_string());
                assert!(taken.insert(here.clone()), "{here:?} in {}", row.id);
            }
        }
    }
}
