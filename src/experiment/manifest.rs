//! The text of a file of cases in, the cases out: CSV with a heading, or JSON lines.
//!
//! JSON lines: one object a line, with the keys of a `[[case]]`.
//!
//! CSV (RFC 4180; UTF-8; quotes around commas and line feeds; an empty field is one that is not given): columns may be
//! `name`, `pictures`, `prior`, `prior_file`, `expect`, every setting of how pictures are looked at (`window`, `region`, …),
//! `var.NAME` for a variable, and the parts of a truth: `answer`, `choice`, `choices`, `text`, `says`, `not`, `boxes`
//! (as JSON). Several pictures, priors, choices, findings stand behind one another with `;` between them. A column that is
//! for people only has a name that begins with `#`; any other column is refused.

use serde_json::Value;

use super::Beside;
use super::case::case;
use super::fields::{Entry, Fields, Kind, Node, Problem, Spot, at};
use super::file::{MOST_CASES, Placed};
use crate::imaging::view;
use crate::nearest::nearest;

/// The longest file of cases, in bytes.
const LONGEST: usize = 1 << 26;
/// What stands between several things in one field of CSV.
const BETWEEN: char = ';';
/// Columns with one text.
const TEXTS: [&str; 3] = ["name", "prior", "expect"];
/// Columns with one or several texts.
const LISTS: [&str; 2] = ["pictures", "prior_file"];
/// Columns of the truth with one text.
const TRUTH_TEXTS: [&str; 3] = ["answer", "choice", "text"];
/// Columns of the truth with one or several texts.
const TRUTH_LISTS: [&str; 3] = ["choices", "says", "not"];
/// Boxes, as JSON.
const BOXES: &str = "boxes";
/// What the columns of variables begin with.
const VARIABLE: &str = "var.";
/// What columns that are for people begin with.
const NOTE: char = '#';

/// The cases of the file `name`, which `line` of the experiment names; `before` cases stand before them.
pub(super) fn cases(
    name: &str,
    line: usize,
    before: usize,
    beside: &dyn Beside,
) -> Result<Vec<Placed<super::Case>>, Problem> {
    let kind = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let read = match kind.as_str() {
        "csv" => csv_rows,
        "jsonl" => json_rows,
        _ => {
            return Err(at(
                line,
                format!("cases_from is {name:?}; give a file that ends with .csv or .jsonl"),
            ));
        }
    };
    let text = beside
        .read(name)
        .map_err(|problem| at(line, format!("cases_from {name:?}: {problem}")))?;
    let within = |mut problem: Problem| {
        problem.within = Some(name.to_owned());
        problem
    };
    if text.len() > LONGEST {
        let size = text.len();
        return Err(within(at(
            1,
            format!("{size} bytes are too many; {LONGEST} are possible"),
        )));
    }
    let rows = read(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(within)?;
    let rows = (before + 1..).zip(&rows);
    let cases = rows.map(|(place, row)| {
        let spot = Spot {
            within: Some(name.to_owned()),
            line: row.line,
        };
        Ok((spot, case(place, row, beside).map_err(within)?))
    });
    cases.collect()
}

fn json_rows(text: &str) -> Result<Vec<Node>, Problem> {
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|err| at(line, format!("this line is not JSON: {err}")))?;
        rows.push(Node::of_json(value, line));
        enough(&rows)?;
    }
    Ok(rows)
}

fn enough(rows: &[Node]) -> Result<(), Problem> {
    let line = rows.last().map_or(1, |it| it.line);
    if rows.len() > MOST_CASES {
        return Err(at(line, format!("more than {MOST_CASES} cases")));
    }
    Ok(())
}

fn csv_rows(text: &str) -> Result<Vec<Node>, Problem> {
    let mut records = Records::of(text);
    let Some(head) = records.next().transpose()? else {
        return Err(at(1, "the file is empty; its first line names the columns"));
    };
    let columns: Vec<&str> = head.fields.iter().map(|it| it.trim()).collect();
    for (index, column) in columns.iter().enumerate() {
        known(column, head.line)?;
        if columns[..index].contains(column) && !column.starts_with(NOTE) {
            return Err(at(
                head.line,
                format!("the column {column:?} stands there twice"),
            ));
        }
    }
    let mut rows = Vec::new();
    for record in records {
        let record = record?;
        if record.fields.len() != columns.len() {
            let (has, wants) = (record.fields.len(), columns.len());
            return Err(at(
                record.line,
                format!(
                    "this row has {has} fields and the heading {wants}; put quotes around a field with a comma in it"
                ),
            ));
        }
        rows.push(row(&columns, &record)?);
        enough(&rows)?;
    }
    Ok(rows)
}

/// Refuses a column that means nothing.
fn known(column: &str, line: usize) -> Result<(), Problem> {
    let looks = view::KEYS.iter().map(|(key, ..)| *key);
    let known: Vec<&str> = [&TEXTS[..], &LISTS, &TRUTH_TEXTS, &TRUTH_LISTS, &[BOXES]]
        .concat()
        .into_iter()
        .chain(looks)
        .collect();
    let variable = column
        .strip_prefix(VARIABLE)
        .is_some_and(|it| !it.is_empty());
    if known.contains(&column) || variable || column.starts_with(NOTE) {
        return Ok(());
    }
    let hint = match nearest(column, known) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("write {VARIABLE}{column} for a variable, #{column} for a note"),
    };
    Err(at(line, format!("there is no column {column:?}; {hint}")))
}

/// A row as the table that a `[[case]]` would be.
fn row(columns: &[&str], record: &Record) -> Result<Node, Problem> {
    let line = record.line;
    let node = |kind| Node { line, kind };
    let entry = |key: &str, kind| Entry {
        key: key.to_owned(),
        line,
        node: node(kind),
    };
    let (mut fields, mut truth, mut vars) = (Vec::new(), Vec::new(), Vec::new());
    for (column, text) in columns.iter().copied().zip(&record.fields) {
        if text.trim().is_empty() || column.starts_with(NOTE) {
            continue;
        }
        let one = || Kind::Text(text.trim().to_owned());
        if let Some(name) = column.strip_prefix(VARIABLE) {
            vars.push(entry(name, one()));
        } else if TRUTH_TEXTS.contains(&column) {
            truth.push(entry(column, one()));
        } else if TRUTH_LISTS.contains(&column) {
            truth.push(entry(column, list(text, line)));
        } else if LISTS.contains(&column) {
            fields.push(entry(column, list(text, line)));
        } else if column == BOXES {
            let value: Value = serde_json::from_str(text)
                .map_err(|err| at(line, format!("boxes is not JSON: {err}")))?;
            truth.push(entry(column, Node::of_json(value, line).kind));
        } else {
            fields.push(entry(column, one()));
        }
    }
    let row = Fields::new("this row", line, &fields);
    if !truth.is_empty() {
        if row.get("expect").is_some() {
            let name = &truth[0].key;
            return Err(row.problem(&format!("has both expect and {name}; give one of them")));
        }
        fields.push(entry("expect", Kind::Table(truth)));
    }
    if !vars.is_empty() {
        fields.push(entry("vars", Kind::Table(vars)));
    }
    Ok(node(Kind::Table(fields)))
}

fn list(text: &str, line: usize) -> Kind {
    let parts = text
        .split(BETWEEN)
        .map(str::trim)
        .filter(|it| !it.is_empty());
    let nodes = parts.map(|it| Node {
        line,
        kind: Kind::Text(it.to_owned()),
    });
    Kind::List(nodes.collect())
}

/// A record of CSV and the line that it begins in.
#[derive(Debug, PartialEq)]
struct Record {
    line: usize,
    fields: Vec<String>,
}

/// The records of a CSV text; lines with nothing in them are left out.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Records<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            line: 1,
        }
    }

    fn record(&mut self) -> Result<Record, Problem> {
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            let (field, last) = self.field()?;
            fields.push(field);
            if last {
                return Ok(Record { line, fields });
            }
        }
    }

    /// A field, and whether it is the last of its record.
    fn field(&mut self) -> Result<(String, bool), Problem> {
        let mut field = String::new();
        if self.rest.next_if_eq(&'"').is_some() {
            self.quoted(&mut field)?;
        }
        loop {
            match self.rest.next() {
                None => return Ok((field, true)),
                Some(',') => return Ok((field, false)),
                Some('\r') if self.rest.peek() == Some(&'\n') => {}
                Some('\n') => {
                    self.line += 1;
                    return Ok((field, true));
                }
                Some(c) => field.push(c),
            }
        }
    }

    /// What stands between quotes; two quotes are one.
    fn quoted(&mut self, field: &mut String) -> Result<(), Problem> {
        let begun = self.line;
        loop {
            match self.rest.next() {
                None => return Err(at(begun, "a quote is opened here and never closed")),
                Some('"') if self.rest.next_if_eq(&'"').is_some() => field.push('"'),
                Some('"') => break,
                Some(c) => {
                    self.line += usize::from(c == '\n');
                    field.push(c);
                }
            }
        }
        match self.rest.peek() {
            None | Some(',' | '\n' | '\r') => Ok(()),
            Some(_) => Err(at(
                self.line,
                "something stands behind a closing quote; write a quote inside quotes twice",
            )),
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.rest.peek()?;
            let record = self.record();
            if record.is_err() {
                self.rest = "".chars().peekable();
            }
            let blank = |it: &Record| it.fields.iter().all(|it| it.trim().is_empty());
            if !record.as_ref().is_ok_and(blank) {
                return Some(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, records: &[(usize, &[&str])]) {
        let read: Vec<Record> = Records::of(text).collect::<Result<_, _>>().unwrap();
        let wanted: Vec<Record> = records
            .iter()
            .map(|(line, fields)| Record {
                line: *line,
                fields: fields.iter().map(|it| (*it).to_owned()).collect(),
            })
            .collect();
        assert_eq!(read, wanted);
    }

    #[test]
    fn records_are_read_as_rfc_4180_says() {
        check("", &[]);
        check("a,b\r\nc,d\r\n", &[(1, &["a", "b"]), (2, &["c", "d"])]);
        check(
            "a,\"b,\"\"c\"\"\n\"\nd,",
            &[(1, &["a", "b,\"c\"\n"]), (3, &["d", ""])],
        );
        check("\n , \nx,是", &[(3, &["x", "是"])]);
        check("a\rb,c", &[(1, &["a\rb", "c"])]);
    }

    #[test]
    fn a_quote_that_is_left_open_is_named_where_it_opens() {
        let read = |text: &str| Records::of(text).find_map(Result::err).unwrap().to_string();
        assert_eq!(
            read("a\nb,\"c\nd"),
            "line 2: a quote is opened here and never closed"
        );
        assert_eq!(
            read("\"a\"b"),
            "line 1: something stands behind a closing quote; write a quote inside quotes twice"
        );
    }
}
