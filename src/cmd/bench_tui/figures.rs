//! Numbers that were measured in, a table with the budget beside each, or one JSON object, out.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// What is measured, and what it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// For JSON.
    pub(super) key: &'static str,
    /// For people, with the unit.
    pub(super) name: &'static str,
    /// No more than this.
    pub(super) budget: Option<f64>,
}

/// A figure: measured, or why not.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) row: Row,
    pub(super) value: Result<f64, String>,
    /// How many were measured.
    pub(super) n: usize,
}

impl Figure {
    /// Whether it is within its budget; none where there is no budget or no number.
    fn is_within(&self) -> Option<bool> {
        Some(*self.value.as_ref().ok()? <= self.row.budget?)
    }
}

/// The value that so many percent are not above; the nearest rank.
pub(super) fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Figures as a table.
pub(super) fn table(figures: &[Figure]) -> String {
    let mut out = String::new();
    for it in figures {
        let value = match &it.value {
            Ok(value) => number(*value),
            Err(_) => "—".to_owned(),
        };
        let budget = it
            .row
            .budget
            .map_or(String::new(), |it| format!("≤ {}", number(it)));
        let verdict = match (it.is_within(), &it.value) {
            (_, Err(why)) => why.lines().next().unwrap_or_default(),
            (Some(false), _) => "over",
            _ => "",
        };
        let line = format!("{:<58} {value:>10}  {budget:<9} {verdict}", it.row.name);
        writeln!(out, "{}", line.trim_end()).expect("memory takes everything");
    }
    out
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 || value >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// Figures as JSON: `value` is null where nothing was measured, and `why` says why.
pub(super) fn object(figures: &[Figure]) -> Value {
    let entries = figures.iter().map(|it| {
        let value = json!({
            "name": it.row.name,
            "value": it.value.as_ref().ok(),
            "budget": it.row.budget,
            "within": it.is_within(),
            "n": it.n,
            "why": it.value.as_ref().err(),
        });
        (it.row.key.to_owned(), value)
    });
    Value::Object(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row {
        key: "paint",
        name: "paint, ms",
        budget: Some(50.0),
    };

    fn figure(value: Result<f64, String>) -> Figure {
        Figure {
            row: ROW,
            value,
            n: 3,
        }
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).map(f64::from).rev().collect();
        let of = |percent| percentile(&values, percent).unwrap().to_string();
        assert_eq!(
            (of(50), of(95), of(99)),
            ("50".to_owned(), "95".to_owned(), "99".to_owned())
        );
        assert_eq!(percentile(&[7.0], 99), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn what_is_over_or_missing_is_said() {
        let figures = [
            figure(Ok(12.34)),
            figure(Ok(80.0)),
            figure(Err("no model\nmore".to_owned())),
        ];
        let table = table(&figures);
        let lines: Vec<_> = table
            .lines()
            .map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "paint, ms 12.3 ≤ 50",
                "paint, ms 80 ≤ 50 over",
                "paint, ms — ≤ 50 no model"
            ]
        );
        let object = object(&figures[2..]);
        assert_eq!(object["paint"]["value"], Value::Null);
        assert_eq!(object["paint"]["why"], "no model\nmore");
        assert_eq!(super::object(&figures[..1])["paint"]["within"], true);
    }
}
