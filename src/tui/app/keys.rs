//! Every table of keys in, the rows of one keymap out: what a key does, where, and what it is called.

use crate::tui::keymap::{self, Part, Place, Row};
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
    /// Something with the session that is played: a row of its table.
    Player(usize),
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
    rows.extend(picture_rows());
    rows.extend(keymap::talk_rows(Act::Talk));
    rows.extend(keymap::input_rows(Act::Input));
    rows.extend(rail::rail_rows(Act::Rail));
    rows.extend(player_rows());
    rows.extend(grid_rows());
    rows.extend(pick_rows());
    rows.extend(sheet_rows());
    rows
}

fn picture_rows() -> Vec<Row<Act>> {
    keymap::rows(picture::KEYS, |it| Part {
        id: None,
        place: match it.when {
            picture::When::Looking => Place::Picture,
            picture::When::Drawing => Place::Drawing,
            picture::When::Probing => Place::Probing,
        },
        keys: it.keys,
        does: Act::Picture(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
}

fn player_rows() -> Vec<Row<Act>> {
    // its messages carry what was read of a session, and are not copied: the row's number is
    let numbered: Vec<(usize, &player::Binding)> = player::KEYS.iter().enumerate().collect();
    keymap::rows(&numbered, |(number, it)| Part {
        id: None,
        place: Place::Player,
        keys: it.keys,
        does: Act::Player(*number),
        en: it.en,
        zh: it.zh,
    })
}

fn grid_rows() -> Vec<Row<Act>> {
    keymap::rows(grid::KEYS, |it| Part {
        id: None,
        place: Place::Grid,
        keys: it.keys,
        does: Act::Grid(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
}

fn pick_rows() -> Vec<Row<Act>> {
    keymap::rows(pick::KEYS, |it| Part {
        id: None,
        place: match it.when {
            pick::When::Asked => Place::Asked,
            pick::When::Form => Place::Form,
            pick::When::List => Place::Letters,
            pick::When::Typing => Place::Query,
            pick::When::Always => Place::List,
        },
        keys: it.keys,
        does: Act::Pick(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
}

fn sheet_rows() -> Vec<Row<Act>> {
    let mut rows = of_sheet(text::KEYS, Act::Text, |when| match when {
        sheets::When::Finding => Place::Finding,
        _ => Place::Sheet,
    });
    rows.extend(of_sheet(paper::KEYS, Act::Paper, |when| match when {
        sheets::When::Asking => Place::Dropping,
        _ => Place::Prior,
    }));
    rows.extend(of_sheet(write::KEYS, Act::Write, |_| Place::Writing));
    rows.extend(of_sheet(ask::QUESTION_KEYS, Act::Line, |_| Place::Question));
    rows.extend(of_sheet(ask::CONFIRM_KEYS, Act::Confirm, |_| {
        Place::Confirm
    }));
    rows
}

fn of_sheet<M: Clone>(
    table: &[sheets::Binding<M>],
    wrap: impl Fn(M) -> Act,
    place: impl Fn(sheets::When) -> Place,
) -> Vec<Row<Act>> {
    keymap::rows(table, |it| Part {
        id: None,
        place: place(it.when),
        keys: it.keys,
        does: wrap(it.msg.clone()),
        en: it.en,
        zh: it.zh,
    })
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
