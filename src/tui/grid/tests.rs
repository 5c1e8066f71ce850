//! Plans, answers and keys in; cells, marks, orders and effects out.

use std::sync::Arc;

use crate::experiment::file::parse;
use crate::experiment::grid::cells;
use crate::experiment::row::Row;
use crate::experiment::{Ask, Asked, Beside, Experiment, Pairs, World};
use crate::settings::Lang;
use crate::tui::talk::Find;

use super::{Cell, Effect, Go, Grid, KEYS, Mark, Msg, Order, Plan, State};
use crate::tui::sheets::text;

struct Nowhere;

impl Beside for Nowhere {
    fn read(&self, _name: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }

    fn check_setting(&self, _key: &str, _value: &str) -> Result<(), String> {
        Ok(())
    }
}

impl World for Nowhere {
    fn model(&self) -> String {
        "m".to_owned()
    }

    fn settings(&self) -> Pairs {
        Pairs::from([("temperature".to_owned(), "0".to_owned())])
    }

    fn picture(&self, source: &str) -> Result<String, String> {
        Ok(source.to_owned())
    }

    fn prompt(&self, _name: &str, _variant: &Pairs, _case: &Pairs) -> Result<Asked, String> {
        Err("no prompts".to_owned())
    }

    fn paraphrases(&self, _ask: &Ask, _v: &Pairs, _c: &Pairs) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

const FILE: &str = r#"
title = "Two ways to ask for an effusion"

[[variant]]
name = "short"
text = "Is there an effusion?"
paraphrases = ["Any effusion?", "Do you see an effusion?"]

[[variant]]
name = "long"
text = "Look at both sides. Is there an effusion?"

[[case]]
name = "effusion"
pictures = "a.png"
expect = "yes"

[[case]]
name = "normal 正常"
pictures = "b.png"
expect = "no"

[[case]]
name = "unknown"
pictures = "c.png"

[controls]
blind = true
paraphrase = 2
"#;

pub(super) fn planned(file: &str) -> (Experiment, Plan) {
    let experiment = parse(file, &Nowhere).unwrap();
    let grid = cells(&experiment, &Nowhere).unwrap();
    let plan = Plan::of(&experiment, &grid, "effusion.results.jsonl");
    (experiment, plan)
}

pub(super) fn grid(width: u16, height: u16, lang: Lang) -> Grid {
    let mut grid = Grid::new(lang);
    grid.update(Msg::Plan(Box::new(planned(FILE).1)));
    grid.update(Msg::Resize(width, height));
    grid
}

/// The id of what is asked in a row and column of this name.
pub(super) fn id(grid: &Grid, row: usize, column: &str) -> String {
    let plan = grid.plan();
    let column = plan
        .columns
        .iter()
        .position(|it| it.name == column)
        .unwrap();
    let found = plan
        .cells
        .iter()
        .find(|it| (it.row, it.column) == (row, column));
    found.unwrap().id.clone()
}

pub(super) fn said(grid: &mut Grid, row: usize, column: &str, answer: &str) {
    let row = Row {
        id: id(grid, row, column),
        answer: Some(answer.to_owned()),
        ms: Some(2000.0),
        ..Row::default()
    };
    grid.update(Msg::Row(Arc::new(row)));
}

/// Two answers to each case, one failure, one answer that is being given.
pub(super) fn half(width: u16, height: u16, lang: Lang) -> Grid {
    let mut grid = grid(width, height, lang);
    said(
        &mut grid,
        0,
        "short",
        "Yes, there is a small right pleural effusion.",
    );
    said(&mut grid, 0, "short paraphrase-1", "No pleural effusion.");
    said(&mut grid, 0, "short paraphrase-2", "Yes.");
    said(
        &mut grid,
        0,
        "long",
        "Yes, there is a large left pleural effusion.",
    );
    said(&mut grid, 1, "short", "Yes, a small effusion is seen.");
    said(
        &mut grid,
        1,
        "long",
        "Possibly an effusion; it cannot be excluded.",
    );
    let failed = Row {
        id: id(&grid, 2, "short"),
        error: Some("out of memory\u{1b}[2J".to_owned()),
        ..Row::default()
    };
    grid.update(Msg::Row(Arc::new(failed)));
    let id = id(&grid, 2, "long");
    grid.update(Msg::Begin { id });
    for piece in ["There", " is", " a", " pleural"] {
        grid.update(Msg::Piece(piece.to_owned()));
    }
    grid
}

#[test]
fn a_plan_has_a_column_for_each_way_and_control() {
    let (_, plan) = planned(FILE);
    let names: Vec<&str> = plan.columns.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "short",
            "short neutral",
            "short no-picture",
            "short paraphrase-1",
            "short paraphrase-2",
            "long",
            "long neutral",
            "long no-picture",
        ]
    );
    assert_eq!(plan.columns[4].of, Some(0));
    assert_eq!(plan.cells.len(), 3 * 8);
    assert_eq!(plan.rows[0].truth, "yes");
    let seeds = FILE.replace(
        "title",
        "seeds = [1, 2]\n[settings]\ntemperature = 1\n[x]\ntitle",
    );
    let seeds =
        seeds.split("[x]").next().unwrap().to_owned() + &FILE[FILE.find("[[variant]]").unwrap()..];
    let (_, plan) = planned(&seeds);
    let own: Vec<&str> = plan
        .columns
        .iter()
        .filter(|it| it.of.is_none())
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(own, ["short #1", "short #2", "long #1", "long #2"]);
}

#[track_caller]
fn check_mark(grid: &Grid, at: (usize, usize), mark: Option<Mark>, short: &str) {
    let done = grid.cell(at).done().unwrap();
    assert_eq!((done.mark, done.short.as_str()), (mark, short));
}

#[track_caller]
fn check(grid: &mut Grid, go: Go, at: (usize, usize)) {
    grid.update(Msg::Go(go));
    assert_eq!(grid.at(), at);
}

#[test]
fn answers_are_marked_as_they_come() {
    let grid = half(80, 24, Lang::En);
    check_mark(&grid, (0, 0), Some(Mark::Right), "yes");
    check_mark(&grid, (0, 3), Some(Mark::Wrong), "no");
    check_mark(&grid, (1, 0), Some(Mark::Wrong), "yes");
    check_mark(&grid, (1, 5), Some(Mark::Uncertain), "uncertain");
    assert!(matches!(grid.cell((2, 0)), Cell::Failed(why) if why == "out of memory\\u{1b}[2J"));
    assert!(
        matches!(grid.cell((2, 5)), Cell::Running { tokens: 4, text } if text == "There is a pleural")
    );
    assert!(matches!(grid.cell((9, 0)), Cell::Absent));
    assert!(matches!(grid.cell((0, 99)), Cell::Absent));
    assert_eq!(grid.progress(), (7, 24));
    assert_eq!(grid.at(), (2, 5), "it follows what is asked");
}

#[test]
fn a_stop_puts_back_what_was_asked_and_keeps_what_was_answered() {
    let mut grid = half(80, 24, Lang::En);
    assert_eq!(grid.update(Msg::Stop), [Effect::Stop]);
    grid.update(Msg::End { is_stopped: true });
    assert_eq!(grid.state(), State::Stopped);
    assert!(matches!(grid.cell((2, 5)), Cell::Waiting));
    assert_eq!(grid.update(Msg::Stop), []);
    grid.update(Msg::Piece("late".to_owned()));
    assert!(matches!(grid.cell((2, 5)), Cell::Waiting));
    // asked again in vain: the answer stays
    let failed = Row {
        id: id(&grid, 0, "short"),
        error: Some("no".to_owned()),
        ..Row::default()
    };
    grid.update(Msg::Row(Arc::new(failed)));
    assert_eq!(grid.cell((0, 0)).done().unwrap().short, "yes");
    // answered again: counted once
    said(&mut grid, 0, "short", "No.");
    assert_eq!(grid.cell((0, 0)).done().unwrap().short, "no");
    assert_eq!(grid.progress(), (7, 24));
}

#[test]
fn rows_that_differ_come_first_or_alone() {
    let mut grid = half(80, 24, Lang::En);
    assert_eq!(grid.shown(), [0, 1, 2]);
    grid.update(Msg::Sort);
    assert_eq!(
        (grid.order(), grid.shown()),
        (Order::DifferingFirst, &[0, 1, 2][..])
    );
    grid.update(Msg::Sort);
    assert_eq!(grid.shown(), [0, 1]);
    assert_eq!(grid.at().0, 0, "the chosen row is one that is seen");
    said(&mut grid, 2, "short", "No effusion.");
    said(&mut grid, 2, "long", "A nodule on the left.");
    assert_eq!(grid.shown(), [0, 1, 2]);
    // "no" three times, and only the wrong one is pinned: rows differ from its column
    grid.update(Msg::Sort);
    assert_eq!(grid.order(), Order::Planned);
}

#[test]
fn the_same_findings_in_other_words_do_not_differ() {
    let mut grid = grid(80, 24, Lang::En);
    said(
        &mut grid,
        2,
        "short",
        "There is a small right pleural effusion.",
    );
    said(
        &mut grid,
        2,
        "long",
        "Right pleural effusion, small in size.",
    );
    // nor do blind controls count
    said(
        &mut grid,
        2,
        "long neutral",
        "Nothing is seen in this picture.",
    );
    grid.update(Msg::Sort);
    grid.update(Msg::Sort);
    assert_eq!(grid.shown(), &[] as &[usize]);
}

#[test]
fn a_pinned_cell_is_what_others_are_compared_with() {
    let mut grid = half(80, 24, Lang::En);
    grid.update(Msg::Go(Go::Top));
    grid.update(Msg::Go(Go::First));
    grid.update(Msg::Pin);
    assert_eq!(grid.pinned(), Some((0, 0)));
    grid.update(Msg::Go(Go::Last));
    for _ in 0..2 {
        grid.update(Msg::Go(Go::Left));
    }
    assert_eq!(grid.at(), (0, 5));
    grid.update(Msg::Open);
    let lines: Vec<&str> = grid
        .sheet()
        .unwrap()
        .lines()
        .iter()
        .map(text::Line::text)
        .collect();
    assert!(
        lines.contains(&"severity: pleural effusion, small → large"),
        "{lines:#?}"
    );
    assert!(
        lines
            .iter()
            .any(|it| it.contains("[-small-]") || it.contains("[-small right-]")),
        "{lines:#?}"
    );
    grid.update(Msg::Escape);
    assert!(grid.sheet().is_none());
    grid.update(Msg::Go(Go::First));
    grid.update(Msg::Pin);
    assert_eq!(grid.pinned(), None);
}

#[test]
fn a_cell_gives_its_question_and_escape_leaves_from_inside_out() {
    let mut grid = half(80, 24, Lang::En);
    grid.update(Msg::Go(Go::First));
    assert_eq!(
        grid.update(Msg::Take),
        [Effect::Take("Is there an effusion?".to_owned())]
    );
    grid.update(Msg::Open);
    grid.update(Msg::Sheet(text::Msg::Find(Find::Open)));
    assert_eq!(grid.update(Msg::Escape), []);
    assert!(grid.sheet().is_some(), "the search first");
    let copied = grid.update(Msg::Sheet(text::Msg::Copy));
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text.contains("out of memory")));
    assert_eq!(grid.update(Msg::Escape), []);
    assert!(grid.sheet().is_none());
    assert_eq!(grid.update(Msg::Escape), [Effect::Leave]);
}

#[test]
fn keys_move_within_the_table_and_follow_when_told() {
    let mut grid = half(80, 24, Lang::En);
    check(&mut grid, Go::First, (2, 0));
    check(&mut grid, Go::Left, (2, 0));
    check(&mut grid, Go::Up, (1, 0));
    check(&mut grid, Go::PageUp, (0, 0));
    check(&mut grid, Go::Up, (0, 0));
    check(&mut grid, Go::Last, (0, 7));
    check(&mut grid, Go::Right, (0, 7));
    check(&mut grid, Go::End, (2, 7));
    check(&mut grid, Go::Down, (2, 7));
    let id = id(&grid, 1, "long");
    grid.update(Msg::Begin { id });
    assert_eq!(grid.at(), (2, 7), "a key was pressed: it does not follow");
    check(&mut grid, Go::Running, (1, 5));
}

#[test]
fn several_ways_to_ask_are_one_row() {
    let mut grid = Grid::new(Lang::En);
    let ways = [("own words", "Effusion?"), ("paraphrase 1", "Any fluid?")];
    grid.update(Msg::Plan(Box::new(Plan::line(
        "paraphrase",
        "a.png",
        &ways,
    ))));
    grid.update(Msg::Resize(60, 14));
    for (id, answer) in [("0", "No effusion."), ("1", "Small left effusion.")] {
        grid.update(Msg::Begin { id: id.to_owned() });
        let row = Row {
            id: id.to_owned(),
            answer: Some(answer.to_owned()),
            ..Row::default()
        };
        grid.update(Msg::Row(Arc::new(row)));
    }
    grid.update(Msg::End { is_stopped: false });
    assert_eq!(grid.progress(), (2, 2));
    assert_eq!(grid.state(), State::Over);
    grid.update(Msg::Sort);
    grid.update(Msg::Sort);
    assert_eq!(grid.shown(), [0]);
}

#[test]
fn one_answer_may_stand_in_several_cells_and_unknown_ids_in_none() {
    let mut plan = Plan::line("t", "r", &[("a", "q"), ("b", "q")]);
    plan.cells[1].id = "0".to_owned();
    // and a plan that is wrong is no panic
    plan.cells.push(super::Asked {
        id: "9".to_owned(),
        row: 7,
        column: 9,
        question: String::new(),
    });
    let mut grid = Grid::new(Lang::En);
    grid.update(Msg::Plan(Box::new(plan)));
    let rows = ["0", "9", "none"].map(|id| {
        Arc::new(Row {
            id: id.to_owned(),
            answer: Some("x".to_owned()),
            ..Row::default()
        })
    });
    grid.update(Msg::Rows(rows.to_vec()));
    assert_eq!(grid.progress(), (2, 2));
}

#[test]
fn nothing_planned_is_no_panic() {
    let mut grid = Grid::new(Lang::Zh);
    for binding in KEYS {
        grid.update(binding.msg.clone());
        grid.update(Msg::Resize(30, 10));
    }
    grid.update(Msg::Click(3, 3));
    grid.update(Msg::Plan(Box::default()));
    grid.update(Msg::Escape);
    for binding in KEYS {
        grid.update(binding.msg.clone());
    }
}

#[test]
fn every_key_has_words_in_both_languages_and_no_key_is_there_twice() {
    let mut seen = Vec::new();
    for binding in KEYS {
        assert!(
            !binding.en.is_empty() && !binding.zh.is_ascii(),
            "{}",
            binding.keys
        );
        seen.extend(binding.keys.split(' '));
    }
    let n = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), n);
}
