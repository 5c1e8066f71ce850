//! A Markdown table in, its rows of cells out: the lexicon and the rules are tables that a person can read in the documentation.

/// The rows below the heading, each with exactly `N` cells, trimmed. A cell "-" is empty.
///
/// The tables are part of the program; a row that is not of this form is a fault in the program, found by the first test.
pub(super) fn rows<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let body = text.lines().skip(2).filter(|line| !line.is_empty());
    body.map(|line| {
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
        let mut cells = inner.split('|').map(|it| match it.trim() {
            "-" => "",
            cell => cell,
        });
        let row = std::array::from_fn(|_| cells.next().expect("a row has every cell"));
        debug_assert!(cells.next().is_none(), "too many cells: {line}");
        row
    })
    .collect()
}

/// The phrases of a cell.
pub(super) fn phrases(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split(';').map(str::trim).filter(|it| !it.is_empty())
}
