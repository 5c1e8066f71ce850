//! Sessions with expectations in, whether their answers still hold out: a table, JSON lines, `JUnit` XML, and an exit code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::again::{self, Again, Outcome, read};
use super::output::json_line;
use super::{because, remark, say};
use crate::cli::CheckArgs;
use crate::error::Failure;
use crate::findings::Tongue;
use crate::junit::{self, Case, Report, Suite};
use crate::session::check::{Answer, Judged, boxes_of, claims, judge, recorded_boxes};
use crate::session::safe::printable_line;
use crate::session::story::{End, Told};
use crate::session::v1::Expect;
use crate::session::verify::Grade;
use crate::session::{Error, store::Store};
use crate::settings::Settings;
use crate::terminal::Interrupt;

/// One line of the table.
struct Row {
    turn: usize,
    question: String,
    /// How far the answer is the recorded one.
    answer: &'static str,
    /// The answer that was judged; `None` when there is none.
    text: Option<String>,
    /// What must hold; `None` for a turn of which nothing is expected.
    judged: Option<Judged>,
    seconds: Option<f64>,
}

/// What came of all sessions.
#[derive(Default)]
struct Tally {
    claims: usize,
    failed: usize,
    sessions: usize,
    broken: Vec<Error>,
    suites: Vec<Suite>,
}

/// What was judged of an answer.
struct Seen {
    answer: &'static str,
    text: Option<String>,
    boxes: Vec<(String, [f64; 4])>,
    /// Why there is no answer.
    problem: Option<String>,
    seconds: Option<f64>,
}

impl CheckArgs {
    /// Judges every session.
    ///
    /// # Errors
    /// When something does not hold, a session is broken or cannot be checked here, or it was interrupted.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let paths = self.paths(&Store::of(settings.sessions.as_deref()))?;
        let widest = paths.iter().map(|it| name(it).width()).max().unwrap_or(0);
        let interrupt = Interrupt::install()?;
        let mut again = Again::new(settings, &self.folders, self.anyway);
        let mut tally = Tally::default();
        interrupt.during(|cancel| -> anyhow::Result<()> {
            for path in &paths {
                let rows = self.rows(path, &mut again, cancel);
                self.tell(path, widest, rows, &mut tally)?;
            }
            Ok(())
        })?;
        if let Some(file) = &self.junit {
            let suites = std::mem::take(&mut tally.suites);
            write_junit(file, suites)?;
        }
        tally.finish()
    }

    /// The sessions that were named, in order.
    fn paths(&self, store: &Store) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for typed in &self.named {
            paths.extend(named(typed, store)?);
        }
        Ok(paths)
    }

    /// What came of a session.
    fn rows(
        &self,
        path: &Path,
        again: &mut Again<'_>,
        cancel: &Arc<AtomicBool>,
    ) -> anyhow::Result<Vec<Row>> {
        let story = read(path)?;
        let turns = story.turns.iter();
        let turns: Vec<&Told> = turns
            .filter(|it| self.all || !it.expects.is_empty())
            .collect();
        let mut rows: Vec<Row> = story.astray.iter().flat_map(astray).collect();
        if self.recorded {
            for told in turns {
                rows.extend(judged(told, &recorded(told)));
            }
            return Ok(rows);
        }
        if turns.is_empty() {
            return Ok(rows);
        }
        let mut begun = Instant::now();
        again.ask(path, &story, &turns, cancel, &mut |_, told, outcome| {
            let seconds = begun.elapsed().as_secs_f64();
            begun = Instant::now();
            rows.extend(judged(told, &seen(outcome, seconds)));
            Ok(())
        })?;
        Ok(rows)
    }

    /// Prints and counts what came of a session; one that is broken does not keep the others from their turn.
    fn tell(
        &self,
        path: &Path,
        widest: usize,
        rows: anyhow::Result<Vec<Row>>,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        match rows {
            Ok(rows) => {
                self.print(path, widest, &rows)?;
                tally.add(path, &rows);
            }
            Err(error) => tally.broken(path, error.downcast::<Error>()?),
        }
        Ok(())
    }

    fn print(&self, path: &Path, widest: usize, rows: &[Row]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let session = name(path);
        if rows.is_empty() {
            remark(&format!(
                "{session}: nothing is expected of its answers; /expect in the REPL says what must hold"
            ));
        }
        let blanks = " ".repeat(widest.saturating_sub(session.width()));
        for row in rows {
            if self.json {
                out.write_all(json_line(&object(path, row)).as_bytes())?;
            } else {
                let (session, line) = (printable_line(&session), row.line());
                writeln!(out, "{session}{blanks}  {line}")?;
            }
        }
        Ok(out.flush()?)
    }
}

impl Row {
    /// `turn 2  identical       FAIL  says "no pneumothorax"; the answer is "…"`.
    fn line(&self) -> String {
        let head = format!("turn {:<3} {:<15}", self.turn, self.answer);
        let line = match &self.judged {
            None => head,
            Some(judged) => {
                let result = if judged.holds { "pass" } else { "FAIL" };
                let reason = match judged.reason.as_str() {
                    "" => String::new(),
                    reason => format!("; {reason}"),
                };
                format!("{head} {result}  {}{reason}", judged.claim)
            }
        };
        printable_line(line.trim_end())
    }

    fn case(&self, session: &str) -> Case {
        let said = self.text.as_deref().unwrap_or("");
        let (question, answer) = (&self.question, self.answer);
        let output = format!("{question}\n\n{said}\n\n({answer})\n");
        let (name, outcome) = match &self.judged {
            None => (String::new(), junit::Outcome::Passed),
            Some(judged) if judged.holds => (judged.claim.clone(), junit::Outcome::Passed),
            Some(judged) => {
                let (message, detail) = (judged.reason.clone(), output.clone());
                let failed = match self.text {
                    Some(_) => junit::Outcome::Failed { message, detail },
                    None => junit::Outcome::Broken { message, detail },
                };
                (judged.claim.clone(), failed)
            }
        };
        let name = format!("turn {} {name}", self.turn);
        Case {
            name: name.trim_end().to_owned(),
            class: session.to_owned(),
            seconds: self.seconds,
            outcome,
            output,
        }
    }
}

impl Tally {
    fn add(&mut self, path: &Path, rows: &[Row]) {
        let session = name(path);
        self.sessions += 1;
        let judged = rows.iter().filter_map(|it| it.judged.as_ref());
        for judged in judged {
            self.claims += 1;
            self.failed += usize::from(!judged.holds);
        }
        let mut cases: Vec<Case> = rows.iter().map(|it| it.case(&session)).collect();
        if cases.is_empty() {
            let why = "nothing is expected of its answers";
            cases.push(case(&session, junit::Outcome::Skipped(why.to_owned())));
        }
        self.suites.push(Suite {
            name: session,
            cases,
        });
    }

    fn broken(&mut self, path: &Path, error: Error) {
        let session = name(path);
        let outcome = junit::Outcome::Broken {
            message: error.to_string(),
            detail: String::new(),
        };
        let cases = vec![case(&session, outcome)];
        self.suites.push(Suite {
            name: session,
            cases,
        });
        self.sessions += 1;
        self.broken.push(error);
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let (claims, failed, sessions) = (self.claims, self.failed, self.sessions);
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        remark(&format!(
            "{sessions} session{}, {claims} expectation{}: {} held, {failed} failed",
            plural(sessions),
            plural(claims),
            claims - failed
        ));
        match (self.broken.pop(), self.broken.len()) {
            (Some(only), 0) => Err(only.into()),
            (Some(last), before) => {
                for error in self.broken.iter().chain([&last]) {
                    say(&format!("medlab: {error}"));
                }
                let problem = format!("{} of {sessions} could not be checked", before + 1);
                Err(Error::new("sessions", &problem).into())
            }
            (None, _) if failed > 0 => Err(Failure::Some(failed, claims).into()),
            (None, _) => Ok(()),
        }
    }
}

fn says(answer: &str, claim: &str) -> (bool, String) {
    again::says(answer, claim, Tongue::English)
}

/// A case for a session that has none of its own.
fn case(session: &str, outcome: junit::Outcome) -> Case {
    Case {
        name: session.to_owned(),
        class: session.to_owned(),
        outcome,
        ..Case::default()
    }
}

fn name(path: &Path) -> String {
    crate::session::store::name(path)
}

/// The sessions that a folder, a pattern, a name or a file stands for.
fn named(typed: &str, store: &Store) -> anyhow::Result<Vec<PathBuf>> {
    if Path::new(typed).is_dir() {
        let within = Store::of(Some(typed.as_ref())).all()?;
        return match within.as_slice() {
            [] => Err(Failure::Usage(format!("{typed}: holds no session")).into()),
            _ => Ok(within),
        };
    }
    if typed.contains(['*', '?', '[']) && !Path::new(typed).exists() {
        return Ok(matching(typed)?);
    }
    Ok(vec![store.find(typed)?])
}

/// The sessions that a pattern stands for.
fn matching(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let refused = |why: String| Failure::Usage(format!("{pattern}: {why}"));
    let found = glob::glob(pattern).map_err(|error| refused(format!("is no pattern: {error}")))?;
    let mut paths: Vec<PathBuf> = found.flatten().filter(|it| it.is_file()).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(refused("matches no session".to_owned()));
    }
    Ok(paths)
}

/// The answer as it was recorded.
fn recorded(told: &Told) -> Seen {
    let has_answer = !matches!(told.end, End::Failed(_));
    Seen {
        answer: "recorded",
        text: has_answer.then(|| told.answer.clone()),
        boxes: recorded_boxes(told),
        problem: None,
        seconds: None,
    }
}

/// The answer as it is now.
fn seen(outcome: Outcome, seconds: f64) -> Seen {
    let (answer, text, problem) = match outcome {
        Outcome::NotAsked(problem) => ("not asked", None, Some(problem)),
        Outcome::Answered(it) => {
            let answer = match it.compared.grade {
                Grade::Identical => "identical",
                Grade::SameFindings => "same findings",
                Grade::Differs => "other",
            };
            match it.said.end {
                Ok(_) => (answer, Some(it.said.text), None),
                Err(problem) => (answer, None, Some(problem)),
            }
        }
    };
    Seen {
        answer,
        boxes: text.as_deref().map(boxes_of).unwrap_or_default(),
        text,
        problem,
        seconds: Some(seconds),
    }
}

/// A row for each thing that is expected of a turn; one for a turn of which nothing is.
fn judged(told: &Told, seen: &Seen) -> Vec<Row> {
    let row = |judged| Row {
        turn: told.turn.n,
        question: told.turn.question.clone(),
        answer: seen.answer,
        text: seen.text.clone(),
        judged,
        seconds: seen.seconds,
    };
    if told.expects.is_empty() {
        return vec![row(None)];
    }
    let answer = seen.text.as_deref().map(|text| Answer {
        text,
        boxes: &seen.boxes,
    });
    let claims = told.expects.iter().flat_map(claims);
    let judged = claims.map(|claim| {
        let judged = judge(&claim, answer, &says);
        match &seen.problem {
            Some(problem) => Judged {
                reason: problem.clone(),
                ..judged
            },
            None => judged,
        }
    });
    let mut rows: Vec<Row> = judged.map(|it| row(Some(it))).collect();
    // it was asked once
    rows.iter_mut().skip(1).for_each(|it| it.seconds = None);
    rows
}

/// What is expected of a turn that is not there.
fn astray(expect: &Expect) -> impl Iterator<Item = Row> {
    claims(expect).into_iter().map(|claim| Row {
        turn: expect.turn,
        question: String::new(),
        answer: "not there",
        text: None,
        judged: Some(judge(&claim, None, &says)),
        seconds: None,
    })
}

fn object(path: &Path, row: &Row) -> Value {
    let judged = row.judged.as_ref();
    json!({
        "session": name(path),
        "file": path.display().to_string(),
        "turn": row.turn,
        "question": row.question,
        "answer": row.text,
        "compared": row.answer,
        "expected": judged.map(|it| &it.claim),
        "holds": judged.map(|it| it.holds),
        "reason": judged.map(|it| &it.reason).filter(|it| !it.is_empty()),
    })
}

fn write_junit(path: &Path, suites: Vec<Suite>) -> Result<(), Failure> {
    let report = Report {
        name: "medlab check".to_owned(),
        suites,
    };
    let written = fs_err::File::create(path).and_then(|file| report.write(file));
    written.map_err(|error| {
        let (path, why) = (path.display(), because(&error));
        Failure::Usage(format!("{path}: the report cannot be written: {why}"))
    })
}
