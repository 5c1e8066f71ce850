//! Headings, tables and lists in, Markdown out; nothing that a model or a file said can become Markdown, HTML or a link.

use super::table::{Block, Table};
use crate::session::safe::{printable, printable_line};

/// The blocks as Markdown (with GitHub's tables).
pub fn markdown(blocks: &[Block]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for block in blocks {
        parts.push(match block {
            Block::Heading(level, heading) => {
                format!(
                    "{} {}\n",
                    "#".repeat((*level).clamp(1, 6)),
                    escaped(heading)
                )
            }
            Block::Text(text) => paragraph(text) + "\n",
            Block::List(points) => {
                let points: Vec<String> = points.iter().map(|it| paragraph(it)).collect();
                format!("- {}\n", points.join("\n- "))
            }
            Block::Table(table) => rows(table),
            Block::Quote(text) => quote(text),
        });
    }
    parts.join("\n")
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = table.columns.iter().map(|it| escaped(&it.head)).collect();
    let rules = table
        .columns
        .iter()
        .map(|it| if it.number { "---:" } else { "---" }.to_owned())
        .collect();
    let rows = table
        .rows
        .iter()
        .map(|row| line(row.iter().map(|it| escaped(it)).collect()));
    line(heads) + &line(rules) + &rows.collect::<String>()
}

/// A block of code that holds a text, whatever backticks it has.
fn quote(text: &str) -> String {
    let text = printable(text);
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// A text of one line in which nothing means anything.
fn escaped(text: &str) -> String {
    let line = printable_line(text);
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // GitHub makes links of these
    escaped
        .replace("://", ":\\/\\/")
        .replace("www.", "www\\.")
        .replace('@', "\\@")
}

/// The same where it begins a block, so that it is no list, rule or heading either.
fn paragraph(text: &str) -> String {
    let mut escaped = escaped(text.trim_start());
    let digits = escaped.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = digits.len() < escaped.len() && digits.starts_with(['.', ')']);
    let place = if numbered {
        Some(escaped.len() - digits.len())
    } else {
        escaped.starts_with(['-', '+', '=']).then_some(0)
    };
    if let Some(place) = place {
        escaped.insert(place, '\\');
    }
    escaped
}
