//! Results files: written, read back, cut anywhere, resumed, pinned.

use medlab::experiment::grid::cells;
use medlab::experiment::report::pinned_rows;
use medlab::experiment::row::Boxed;
use medlab::experiment::row::Row;
use medlab::experiment::row::by_id;
use medlab::experiment::row::pending;
use medlab::experiment::row::read;
use std::collections::BTreeMap;

use super::{HERE, LEAST, experiment};

fn row(id: &str, answer: Option<&str>) -> Row {
    Row {
        id: id.to_owned(),
        answer: answer.map(str::to_owned),
        error: answer.is_none().then(|| "it failed".to_owned()),
        ..Row::default()
    }
}

fn file(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        row.write(&mut bytes).unwrap();
    }
    bytes
}

#[test]
fn come_back_as_they_were_written() {
    let about = serde_json::json!({ "tokens": 5, "pixels_sha256": "x" });
    let full = Row {
        variant: "短".to_owned(),
        view: "lung".to_owned(),
        case: "one\n\u{1b}[31m".to_owned(),
        seed: u64::MAX,
        control: "neutral".to_owned(),
        question: "有积液吗？".to_owned(),
        boxes: vec![Boxed {
            label: "n".to_owned(),
            square: Some([0.1, 1e-9, 2.5, 1000.0]),
            pixels: None,
        }],
        score: BTreeMap::from([("right".to_owned(), 1.0)]),
        ms: Some(12.5),
        about: about.as_object().unwrap().clone(),
        ..row("a", Some("未见"))
    };
    let rows = vec![full, row("b", None)];
    let bytes = file(&rows);
    assert_eq!(String::from_utf8_lossy(&bytes).lines().count(), 2);
    let read = read(bytes.as_slice()).unwrap();
    assert_eq!(read.rows, rows);
    assert_eq!(read.whole, bytes.len() as u64);
    assert!(!read.torn && !read.open);
}

#[test]
fn cut_anywhere_lose_the_torn_line_only() {
    let rows = [
        row("a", Some("未见积液")),
        row("b", Some("x")),
        row("c", None),
    ];
    let bytes = file(&rows);
    for end in 0..=bytes.len() {
        let read = read(&bytes[..end]).unwrap();
        let ends: Vec<usize> = (1..=3).map(|it| file(&rows[..it]).len()).collect();
        // a line without its line feed is whole too
        let whole = ends.iter().filter(|it| **it <= end + 1).count();
        assert_eq!(read.rows, rows[..whole], "{end}");
        assert_eq!(read.open, ends.contains(&(end + 1)));
        let begun = ends
            .iter()
            .filter(|it| **it <= end)
            .max()
            .copied()
            .unwrap_or(0);
        assert_eq!(read.torn, begun < end && !read.open);
        assert_eq!(read.whole, if read.open { end } else { begun } as u64);
    }
}

#[test]
fn damaged_elsewhere_are_refused_with_the_line() {
    let mut bytes = file(&[row("a", Some("x"))]);
    bytes.extend(b"{\"id\":1}\n");
    bytes.extend(file(&[row("b", Some("x"))]));
    let problem = read(bytes.as_slice()).unwrap_err().to_string();
    assert!(
        problem.starts_with("line 2: this is no row of results: invalid type"),
        "{problem}"
    );
    let problem = read(&b"\xff\xfe\n"[..]).unwrap_err().to_string();
    assert!(
        problem.starts_with("line 1: this is no row of results"),
        "{problem}"
    );
    let endless = vec![b'a'; (16 << 20) + 10];
    let problem = read(endless.as_slice()).unwrap_err().to_string();
    assert_eq!(
        problem,
        "line 1: longer than 16777216 bytes; this is no results file"
    );
    assert_eq!(read(&b""[..]).unwrap().rows, []);
    assert_eq!(read(&b"\n\n"[..]).unwrap().whole, 2);
}

#[test]
fn are_resumed_where_they_stopped_and_failures_are_asked_again() {
    let grid = cells(&experiment(LEAST), &HERE).unwrap();
    let twin = [grid.cells.clone(), grid.cells.clone()].concat();
    let id = grid.cells[0].id.as_str();
    assert_eq!(pending(&twin, &[]).len(), 1, "one id is asked once");
    assert_eq!(pending(&twin, &[row(id, None)]).len(), 1);
    assert_eq!(pending(&twin, &[row(id, Some(""))]).len(), 0);
    assert_eq!(pending(&twin, &[row("other", Some("x"))]).len(), 1);
    let rows = [
        row(id, Some("first")),
        row(id, Some("second")),
        row(id, None),
    ];
    assert_eq!(by_id(&rows)[id].answer.as_deref(), Some("second"));
}

#[test]
fn of_an_earlier_run_are_pinned_by_variant() {
    let of = |variant: &str, control: &str| Row {
        variant: variant.to_owned(),
        control: control.to_owned(),
        ..row("x", Some("a"))
    };
    let rows = [of("a", ""), of("b", ""), of("b", "neutral")];
    assert_eq!(pinned_rows(&rows, Some("b")).unwrap().len(), 1);
    assert_eq!(pinned_rows(&rows[1..], None).unwrap().len(), 1);
    assert_eq!(
        pinned_rows(&rows, None).unwrap_err(),
        "there are several variants; name one of a, b"
    );
    assert_eq!(
        pinned_rows(&rows, Some("c")).unwrap_err(),
        "there is no variant \"c\"; there is a, b"
    );
}
