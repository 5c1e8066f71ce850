//! What was found under a name in, lines for people out: no UID, no description, no date, nothing of the patient.

use super::order::mm;
use super::{OrderedBy, Scanned, Series};

/// Most warnings of a series that are shown.
const MAX_WARNINGS: usize = 6;
/// Most names that are shown for one reason to skip files.
const MAX_NAMES: usize = 3;
/// Most reasons that are shown.
const MAX_REASONS: usize = 12;

/// One line a series, its warnings below it, then what was left out. Series that are parts of one stack share a line.
pub fn report(scanned: &Scanned) -> Vec<String> {
    let mut lines = Vec::new();
    let studies = scanned.studies.len();
    for (index, study) in scanned.studies.iter().enumerate() {
        if studies > 1 {
            lines.push(format!("study {} of {studies}", index + 1));
        }
        for parts in study.series.chunk_by(are_parts_of_one) {
            lines.extend(of_parts(parts));
        }
    }
    lines.extend(skipped(&scanned.skipped));
    lines
}

fn are_parts_of_one(before: &Series, after: &Series) -> bool {
    match (before.part, after.part) {
        (Some(before), Some(after)) => after.of == before.of && after.number == before.number + 1,
        _ => false,
    }
}

fn of_parts(parts: &[Series]) -> Vec<String> {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Vec::new();
    };
    let numbers = match parts.len() {
        1 => first.number.to_string(),
        _ => format!("{}-{}", first.number, last.number),
    };
    let mut words: Vec<String> = vec![
        first
            .modality
            .clone()
            .unwrap_or_else(|| first.about.format.to_string()),
    ];
    words.extend(first.view.iter().cloned());
    words.push(format!("{}x{},", first.width, first.height));
    words.push(content(first, parts.len()));
    if first.is_localizer {
        words.push("(localiser)".to_owned());
    }
    let mut lines = vec![format!("{numbers:>3}  {}", words.join(" "))];
    let mut warnings: Vec<&String> = Vec::new();
    for warning in parts.iter().flat_map(|part| &part.warnings) {
        if !warnings.contains(&warning) && warnings.len() <= MAX_WARNINGS {
            warnings.push(warning);
        }
    }
    let more = warnings.len() > MAX_WARNINGS;
    lines.extend(
        warnings
            .iter()
            .take(MAX_WARNINGS)
            .map(|warning| format!("     {warning}")),
    );
    lines.extend(more.then(|| "     and more warnings".to_owned()));
    lines
}

/// `20 slices every 2.00 mm` …
fn content(series: &Series, parts: usize) -> String {
    let n = series.slices.len() / series.times.max(1);
    let times = parts * series.times.max(1);
    let every = series
        .spacing_mm
        .map_or_else(String::new, |spacing| format!(" every {} mm", mm(spacing)));
    let is_stack = matches!(series.ordered_by, OrderedBy::Place | OrderedBy::Line)
        || series.spacing_mm.is_some();
    let what = match (n, is_stack, series.ordered_by) {
        (1, ..) => "picture",
        (_, true, _) => "slices",
        (_, _, OrderedBy::Frame) => "frames",
        _ => "pictures",
    };
    match times {
        1 => format!("{n} {what}{every}"),
        times => format!("{times} times {n} {what}{every}"),
    }
}

/// What was left out or is odd, by reason.
fn skipped(skipped: &[(String, String)]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, why) in skipped {
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let mut lines: Vec<String> = reasons
        .iter()
        .take(MAX_REASONS)
        .map(|(why, names)| sentence(why, names))
        .collect();
    let more: usize = reasons
        .iter()
        .skip(MAX_REASONS)
        .map(|(_, names)| names.len())
        .sum();
    if more > 0 {
        lines.push(format!("     {more} more, for other reasons"));
    }
    if !lines.is_empty() {
        lines.insert(0, "left out or odd".to_owned());
    }
    lines
}

fn sentence(why: &str, names: &[&str]) -> String {
    let shown = names.get(..MAX_NAMES).unwrap_or(names).join(", ");
    match names.len() {
        1 => format!("     {shown} {why}"),
        n if n > MAX_NAMES => format!("     {shown} and {} more, each {why}", n - MAX_NAMES),
        _ => format!("     {shown}, each {why}"),
    }
}
