//! Checks and what came of them in, a `JUnit` XML report out, as CI servers read it.
//!
//! There is no standard; this is what Jenkins' and GitLab's readers share: `testsuites/testsuite/testcase` with `failure`,
//! `error` or `skipped`, counts on the suites, times in seconds. XML 1.0 cannot hold every character (not even escaped): those
//! that it cannot become U+FFFD.

use std::fmt::Write as _;
use std::io::{self, Write};

/// A report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// What was run.
    pub name: String,
    /// Its suites, in order.
    pub suites: Vec<Suite>,
}

/// Checks that belong together: those of one file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Its checks, in order.
    pub cases: Vec<Case>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// What it belongs to: servers group by it, at its dots.
    pub class: String,
    /// Seconds that it took, if known.
    pub seconds: Option<f64>,
    /// What came of it.
    pub outcome: Outcome,
    /// What is to be seen beside it (the question and the answer), "" for nothing.
    pub output: String,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outcome {
    /// It holds.
    #[default]
    Passed,
    /// It does not hold.
    Failed {
        /// Why, in one line.
        message: String,
        /// Everything about it.
        detail: String,
    },
    /// It could not be looked at.
    Broken {
        /// Why, in one line.
        message: String,
        /// Everything about it.
        detail: String,
    },
    /// It was not looked at; why.
    Skipped(String),
}

impl Report {
    /// Writes the report.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        to.write_all(self.xml().as_bytes())?;
        to.flush()
    }

    /// The report as text.
    pub fn xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
        attribute(&mut xml, "name", &self.name);
        counts(&mut xml, self.suites.iter().flat_map(|it| &it.cases));
        if self.suites.is_empty() {
            xml.push_str("/>\n");
            return xml;
        }
        xml.push_str(">\n");
        for suite in &self.suites {
            suite.xml(&mut xml);
        }
        xml.push_str("</testsuites>\n");
        xml
    }
}

impl Suite {
    fn xml(&self, xml: &mut String) {
        xml.push_str("  <testsuite");
        attribute(xml, "name", &self.name);
        counts(xml, self.cases.iter());
        if self.cases.is_empty() {
            xml.push_str("/>\n");
            return;
        }
        xml.push_str(">\n");
        for case in &self.cases {
            case.xml(xml);
        }
        xml.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn xml(&self, xml: &mut String) {
        xml.push_str("    <testcase");
        attribute(xml, "name", &self.name);
        attribute(xml, "classname", &self.class);
        if let Some(seconds) = time(self.seconds) {
            attribute(xml, "time", &seconds);
        }
        if self.outcome == Outcome::Passed && self.output.is_empty() {
            xml.push_str("/>\n");
            return;
        }
        xml.push_str(">\n");
        match &self.outcome {
            Outcome::Passed => {}
            Outcome::Failed { message, detail } => child(xml, "failure", message, detail),
            Outcome::Broken { message, detail } => child(xml, "error", message, detail),
            Outcome::Skipped(message) => child(xml, "skipped", message, ""),
        }
        if !self.output.is_empty() {
            xml.push_str("      <system-out>");
            xml.push_str(&escaped(&self.output, false));
            xml.push_str("</system-out>\n");
        }
        xml.push_str("    </testcase>\n");
    }
}

/// `<name message="…">detail</name>`.
fn child(xml: &mut String, name: &str, message: &str, detail: &str) {
    xml.push_str("      <");
    xml.push_str(name);
    attribute(xml, "message", message);
    if detail.is_empty() {
        xml.push_str("/>\n");
    } else {
        let detail = escaped(detail, false);
        writeln!(xml, ">{detail}</{name}>").expect("a String takes every write");
    }
}

fn counts<'a>(xml: &mut String, cases: impl Iterator<Item = &'a Case>) {
    let (mut tests, mut failures, mut errors, mut skipped, mut seconds) = (0, 0, 0, 0, 0.0);
    for case in cases {
        tests += 1;
        seconds += case.seconds.filter(|it| it.is_finite()).unwrap_or(0.0);
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Failed { .. } => failures += 1,
            Outcome::Broken { .. } => errors += 1,
            Outcome::Skipped(_) => skipped += 1,
        }
    }
    let counts = [
        ("tests", tests),
        ("failures", failures),
        ("errors", errors),
        ("skipped", skipped),
    ];
    for (name, count) in counts {
        attribute(xml, name, &format!("{count}"));
    }
    if let Some(seconds) = time(Some(seconds)) {
        attribute(xml, "time", &seconds);
    }
}

/// Seconds as they are written; `None` for a time that is none.
fn time(seconds: Option<f64>) -> Option<String> {
    let seconds = seconds.filter(|it| it.is_finite() && *it >= 0.0)?;
    Some(format!("{seconds:.3}"))
}

fn attribute(xml: &mut String, name: &str, value: &str) {
    let value = escaped(value, true);
    write!(xml, " {name}=\"{value}\"").expect("a String takes every write");
}

/// Text as XML may hold it. In an attribute white space is written as a reference, or a reader would make it a blank; a
/// carriage return always, or a reader would make it a line feed.
fn escaped(text: &str, attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if attribute => escaped.push_str("&quot;"),
            '\n' if attribute => escaped.push_str("&#10;"),
            '\t' if attribute => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}
