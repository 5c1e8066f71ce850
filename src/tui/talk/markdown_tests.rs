//! Markdown in, rows out, as a person sees them.

use super::markdown::Markdown;
use super::sheet::{Kind, Shape, Sheet};
use crate::tui::talk::sheet::Row;
use crate::tui::talk::view::lead_text;
use crate::tui::theme::{ASCII, Theme};

fn sheet(text: &str, width: u16) -> Sheet {
    let (mut markdown, mut sheet) = (Markdown::default(), Sheet::default());
    let mut at = 0;
    for line in text.split_terminator('\n') {
        markdown.line(line, at, &mut sheet);
        at += line.len() + 1;
    }
    markdown.finish(false, &mut sheet);
    sheet.lay(width);
    sheet
}

/// A row with what stands before it, in ASCII.
fn row(sheet: &Sheet, row: &Row, width: u16) -> String {
    let theme = Theme::named("none").unwrap().with(ASCII);
    let line = &sheet.lines()[row.line];
    let leads = line
        .leads
        .iter()
        .map(|it| if row.is_first { *it } else { it.after() });
    let mut shown: String = leads.map(|it| lead_text(it, &theme).0).collect();
    match &line.shape {
        Shape::Rule => shown += &"-".repeat(usize::from(width) - shown.len()),
        Shape::HeadRule(columns) => {
            let rules: Vec<String> = columns.widths.iter().map(|it| "-".repeat(*it)).collect();
            shown += &rules.join("  ");
        }
        _ => {}
    }
    for piece in sheet.pieces(row) {
        let used = crate::tui::talk::wrap::width(&shown);
        shown += &" ".repeat(usize::from(piece.x).saturating_sub(used));
        shown += &sheet.text()[piece.span.clone()];
    }
    shown
}

#[track_caller]
fn check(text: &str, width: u16, expected: &[&str]) {
    let sheet = sheet(text, width);
    let rows: Vec<String> = sheet
        .rows()
        .iter()
        .map(|it| row(&sheet, it, width))
        .collect();
    assert_eq!(rows, expected, "{text:?} at {width}");
}

#[test]
fn paragraphs_keep_their_lines_and_one_blank_between_them() {
    check(
        "FINDINGS:\nLungs clear.\n\n\n  Heart normal.  \n\n",
        40,
        &["FINDINGS:", "Lungs clear.", "", "Heart normal."],
    );
    check("\n\n", 40, &[]);
    check("one\ttwo", 40, &["one    two"]);
    check(
        "[1]: http://a.b\n<br>\n&lt; is <",
        40,
        &["[1]: http://a.b", "<br>", "&lt; is <"],
    );
    check("**bold\nstill** bold", 40, &["bold", "still bold"]);
    check("a\\\nb", 40, &["a", "b"]);
}

#[test]
fn headings_lose_their_signs() {
    check(
        "# A #\n## B\ntext\n###### C\n####### D",
        40,
        &["A", "B", "text", "C", "####### D"],
    );
    check(
        "Title\n=====\nOther\n---\ntext",
        40,
        &["Title", "Other", "text"],
    );
    check("#no heading", 40, &["#no heading"]);
}

#[test]
fn lists_nest_by_two_blanks_and_keep_their_numbers() {
    check(
        "- a\n- b\n  - c\n    - d\n- e",
        40,
        &["- a", "- b", "  - c", "    - d", "- e"],
    );
    check(
        "1. a\n  - b\n   - c\n2. d",
        40,
        &["1. a", "   - b", "   - c", "2. d"],
    );
    check(
        "9. a\n10. b\n\n    more",
        40,
        &["9. a", "10. b", "", "    more"],
    );
    check(
        "- one two three\n  four",
        10,
        &["- one two", "  three", "  four"],
    );
    check("- a\nlazy\n\nout", 40, &["- a", "  lazy", "", "out"]);
    check("-\n- b\n1.", 40, &["- ", "- b", "1. "]);
    check("- - a\n- 1. b", 40, &["- - a", "- 1. b"]);
    check("text\n2. cm\n1. one", 40, &["text", "2. cm", "1. one"]);
    check(
        "* a\n+ b\n\n* * *\n- - -",
        8,
        &["- a", "- b", "", "--------", "--------"],
    );
    check("- # A\n  text", 40, &["- A", "  text"]);
    check("- a\n# H\n- b", 40, &["- a", "H", "- b"]);
    let deep: Vec<String> = (0..30).map(|it| "  ".repeat(it) + "- x").collect();
    let deep = deep.join("\n");
    assert_eq!(sheet(&deep, 20).rows().len(), 30);
}

#[test]
fn quotations_have_a_bar() {
    check(
        "> a\n> b\nlazy\n\n> c\n>> d",
        40,
        &["| a", "| b", "| lazy", "| ", "| c", "| | d"],
    );
    check(
        "> - a\n>   b\n> \n> c",
        40,
        &["| - a", "|   b", "| ", "| c"],
    );
    check("a > b\n>quoted", 40, &["a > b", "| quoted"]);
    check("> ```\n> code\nout", 40, &["| | code", "out"]);
}

#[test]
fn code_is_shown_as_it_is() {
    check(
        "```rust\nlet a = \"*b*\";\n\n  # c\n```\nout",
        40,
        &["| rust", "| let a = \"*b*\";", "| ", "|   # c", "out"],
    );
    check("~~~\n```\n~~~", 40, &["| ```"]);
    check("````\n```\n````\n- a", 40, &["| ```", "- a"]);
    check("```\nno end", 40, &["| no end"]);
    check(
        "- a\n  ```\n  code\n  ```\n- b",
        40,
        &["- a", "  | code", "- b"],
    );
    check(
        "text\n\n    code  x\n      more\nend",
        40,
        &["text", "", "| code  x", "|   more", "end"],
    );
    check(
        "```\nabcdefghij klm\n```",
        8,
        &["| abcdef", "| ghij k", "| lm"],
    );
    check("``` not `code` ```", 40, &["not `code`"]);
}

#[test]
fn tables_are_columns() {
    check(
        "| Side | Depth |\n|:--|--:|\n| right | **2.1** cm |\n| left |\n\nend",
        40,
        &[
            "Side    Depth",
            "-----  ------",
            "right  2.1 cm",
            "left",
            "",
            "end",
        ],
    );
    check(
        "text\na | b\n--|--\n1 \\| 2 | `3`",
        40,
        &["text", "a      b", "-----  -", "1 | 2  3"],
    );
    check(
        "部位|所见\n-|:-:\n左肺|清晰无殊",
        40,
        &["部位    所见", "----  --------", "左肺  清晰无殊"],
    );
    check(
        "| a | b |\n|---|\n| c | d |",
        40,
        &["| a | b |", "|---|", "| c | d |"],
    );
    check("a | b\n-|-\n- x | y", 40, &["a  b", "-  -", "- x | y"]);
    let wide = "| finding | text |\n|-|-|\n| effusion | a small amount on the right |";
    check(
        wide,
        24,
        &[
            "finding   text",
            "--------  ---------------------------",
            "effusion  a small amount",
            "          on the right",
        ],
    );
    check(
        "- x\n\n  | a | b |\n  |-|-|\n  | 1 | 2 |",
        40,
        &["- x", "", "  a  b", "  -  -", "  1  2"],
    );
}

#[test]
fn json_numbers_its_boxes() {
    let boxes = "[\n {\"box_2d\": [1, 2, 3, 4], \"label\": \"a\"},\n {\"box_2d\": [5, 6, 7, 8]}\n]";
    let expected = [
        "   | [",
        "  1|  {\"box_2d\": [1, 2, 3, 4], \"label\": \"a\"},",
        "  2|  {\"box_2d\": [5, 6, 7, 8]}",
        "   | ]",
    ];
    check(boxes, 60, &expected);
    check(
        &format!("```json\n{boxes}\n```"),
        60,
        &[&["   | json"], &expected[..]].concat(),
    );
    check(
        "[{\"box_2d\": 1}, {\"box_2d\": 2}] and {\"box_2d\": 3}",
        60,
        &["1-2| [{\"box_2d\": 1}, {\"box_2d\": 2}] and {\"box_2d\": 3}"],
    );
    check(
        "{\"a\": \"}\"}\nThen text.",
        60,
        &["   | {\"a\": \"}\"}", "Then text."],
    );
    check("{\"a\":\n\n1}", 60, &["   | {\"a\":", "", "1}"]);
    check(
        "```json\n{\"s\": \"box_2d\"}\n```",
        60,
        &["   | json", "   | {\"s\": \"box_2d\"}"],
    );
    check(
        "{\"long\": [1000, 2000]}",
        18,
        &["   | {\"long\":", "   | [1000, 2000]}"],
    );
}

#[test]
fn json_tells_names_from_texts_and_numbers() {
    let sheet = sheet("{\"a\": \"b\", \"c\": -1.5e3, \"d\": true}", 80);
    let ends = sheet
        .runs()
        .iter()
        .skip(1)
        .map(|it| it.at)
        .chain([sheet.end()]);
    let runs: Vec<(&str, Kind)> = sheet
        .runs()
        .iter()
        .zip(ends)
        .map(|(it, end)| (sheet.text()[it.at..end].trim(), it.face.kind))
        .collect();
    for expected in [
        ("\"a\"", Kind::Key),
        ("\"b\"", Kind::String),
        ("-1.5e3", Kind::Number),
        ("true", Kind::Number),
        ("\"c\"", Kind::Key),
    ] {
        assert!(runs.contains(&expected), "{expected:?} {runs:?}");
    }
}
