//! A session's file in, whether the model still says the same out: one line, or one JSON object, a turn.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::super::again::{Again, Answered, Outcome, read, token_text};
use super::super::output::json_line;
use super::super::{remark, say};
use crate::cli::ReplayArgs;
use crate::engine::{Choice, Engine};
use crate::error::Failure;
use crate::session::safe::printable;
use crate::session::story::{End, Told, one_line};
use crate::session::v1::Place;
use crate::session::verify::{Gap, Grade, is_whole};
use crate::settings::Settings;
use crate::terminal::Interrupt;

/// How many turns came out how.
#[derive(Default)]
struct Tally {
    identical: usize,
    same_findings: usize,
    differs: usize,
    not_asked: usize,
    /// The largest difference of log-probabilities, and the turn that has it.
    largest: Option<(f32, usize)>,
}

impl ReplayArgs {
    /// Asks every question again, and tells whether the answers are the same.
    ///
    /// # Errors
    /// When it cannot be verified, was interrupted, or an answer differs.
    pub(super) fn verify(&self, path: &Path, settings: &Settings) -> anyhow::Result<()> {
        let story = read(path)?;
        let turns: Vec<&Told> = match self.turn {
            Some(n) => story.numbered(n).into_iter().collect(),
            None => story.turns.iter().collect(),
        };
        if let (Some(n), []) = (self.turn, turns.as_slice()) {
            return Err(super::no_turn(n, &super::name(path)).into());
        }
        let interrupt = Interrupt::install()?;
        let mut again = Again::new(settings, &self.folders, self.proof.anyway);
        let mut tally = Tally::default();
        let is_json = self.proof.json;
        let asked = interrupt.during(|cancel| {
            again.ask(
                path,
                &story,
                &turns,
                cancel,
                &mut |engine, told, outcome| {
                    tally.count(told, &outcome);
                    print(&text(is_json, engine, told, &outcome))
                },
            )
        });
        asked?;
        let summary = tally.summary();
        if is_json {
            say(&summary);
        } else {
            writeln!(std::io::stdout(), "{summary}")?;
        }
        if let Some((largest, turn)) = tally.largest.filter(|it| it.0 > 0.0) {
            remark(&format!(
                "the log-probabilities of the same tokens differ by at most {largest:.6} (turn {turn})"
            ));
        }
        match tally.differs + tally.not_asked {
            0 => Ok(()),
            n => Err(Failure::Some(n, turns.len()).into()),
        }
    }
}

impl Tally {
    fn count(&mut self, told: &Told, outcome: &Outcome) {
        let Outcome::Answered(answered) = outcome else {
            self.not_asked += 1;
            return;
        };
        match answered.compared.grade {
            Grade::Identical => self.identical += 1,
            Grade::SameFindings => self.same_findings += 1,
            Grade::Differs => self.differs += 1,
        }
        if let Some(now) = answered.compared.logprobs
            && self.largest.is_none_or(|(before, _)| now > before)
        {
            self.largest = Some((now, told.turn.n));
        }
    }

    fn summary(&self) -> String {
        let all = self.identical + self.same_findings + self.differs + self.not_asked;
        let turns = if all == 1 { "turn" } else { "turns" };
        let parts = [
            (self.identical, "identical"),
            (self.same_findings, "with the same findings in other words"),
            (self.differs, "differ"),
            (self.not_asked, "could not be asked"),
        ];
        let parts = parts.into_iter().filter(|(n, _)| *n > 0);
        let parts: Vec<String> = parts.map(|(n, what)| format!("{n} {what}")).collect();
        format!("{all} {turns}: {}", parts.join(", "))
            .trim_end_matches([':', ' '])
            .to_owned()
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn text(is_json: bool, engine: &Engine, told: &Told, outcome: &Outcome) -> String {
    if is_json {
        json_line(&object(engine, told, outcome))
    } else {
        printable(&lines(engine, told, outcome))
    }
}

/// For people, line feeds included.
fn lines(engine: &Engine, told: &Told, outcome: &Outcome) -> String {
    let head = format!("turn {:<3} ", told.turn.n);
    let answered = match outcome {
        Outcome::Answered(answered) => answered,
        Outcome::NotAsked(problem) => return format!("{head}could not be asked: {problem}\n"),
    };
    let compared = &answered.compared;
    let what = match compared.grade {
        Grade::Identical => "identical",
        Grade::SameFindings => "same findings, other words",
        Grade::Differs => "differs",
    };
    let n = compared.same_tokens;
    let part = if is_whole(told) {
        ""
    } else {
        ", as far as it was recorded"
    };
    let tokens = if n == 1 { "token" } else { "tokens" };
    let mut text = format!("{head}{what:<28}{n} {tokens} the same{part}\n");
    let mut add = |line: String| text.extend(["         ", &line, "\n"]);
    if let Some(gap) = &compared.prompt {
        add(gap_line("the prompt", gap, &|place| {
            place_text(engine, *place)
        }));
    }
    if let Some(gap) = &compared.answer {
        add(gap_line("the answer", gap, &|id| id_text(engine, *id)));
    }
    if compared.other_words {
        add("the record has other words for the same tokens".to_owned());
    }
    if compared.answer.is_some() || compared.other_words {
        add(format!("then: {}", one_line(&told.answer)));
        add(format!("now:  {}", one_line(&answered.said.text)));
    }
    if !answered.alternatives.is_empty() {
        let all = answered.alternatives.iter();
        let all: Vec<String> = all
            .map(|it| format!("{:?} {:.3}", token_text(engine, it.id), it.logprob))
            .collect();
        add(format!("likeliest there now: {}", all.join(" · ")));
    }
    if let Some((then, now)) = &compared.end {
        add(format!("it ended otherwise: {then} then, {now} now"));
    }
    if let Err(problem) = &answered.said.end {
        add(problem.clone());
    }
    text
}

/// `the answer from token 3 on: " left" (212) then, " right" (99) now`.
fn gap_line<T>(what: &str, gap: &Gap<T>, text: &dyn Fn(&T) -> String) -> String {
    let side = |it: &Option<T>| it.as_ref().map_or_else(|| "its end".to_owned(), text);
    let place = gap.at + 1;
    format!(
        "{what} from token {place} on: {} then, {} now",
        side(&gap.then),
        side(&gap.now)
    )
}

fn id_text(engine: &Engine, id: u32) -> String {
    format!("{:?} ({id})", token_text(engine, id))
}

fn place_text(engine: &Engine, place: Place) -> String {
    match place {
        Place::Id(id) => id_text(engine, id),
        Place::Picture { picture } => format!("picture {picture}"),
    }
}

/// For programs. Tokens are counted from 1, and the picture's places in a prompt are one.
fn object(engine: &Engine, told: &Told, outcome: &Outcome) -> Value {
    let mut object = json!({
        "turn": told.turn.n,
        "question": told.turn.question,
        "then": { "answer": told.answer, "stop": stop_then(told) },
    });
    match outcome {
        Outcome::NotAsked(problem) => {
            object["grade"] = json!("not_asked");
            object["error"] = json!(problem);
        }
        Outcome::Answered(answered) => {
            object["grade"] = json!(answered.compared.grade.name());
            fill(&mut object, engine, told, answered);
        }
    }
    object
}

fn fill(object: &mut Value, engine: &Engine, told: &Told, answered: &Answered) {
    let (compared, said) = (&answered.compared, &answered.said);
    object["now"] = match &said.end {
        Ok(stop) => json!({ "answer": said.text, "stop": stop.name() }),
        Err(problem) => json!({ "answer": said.text, "error": problem }),
    };
    object["is_whole"] = json!(is_whole(told));
    object["other_words"] = json!(compared.other_words);
    object["same_tokens"] = json!(compared.same_tokens);
    object["largest_logprob_difference"] = json!(compared.logprobs);
    let token = |id: u32| json!({ "id": id, "text": token_text(engine, id) });
    object["prompt_differs"] = compared.prompt.map_or(Value::Null, |gap| {
        gap_object(&gap, &|place| match place {
            Place::Id(id) => token(*id),
            Place::Picture { picture } => json!({ "picture": picture }),
        })
    });
    object["answer_differs"] = compared.answer.map_or(Value::Null, |gap| {
        let mut object = gap_object(&gap, &|id| token(*id));
        let choice = |it: &Choice| {
            json!({
                "id": it.id, "text": token_text(engine, it.id), "logprob": it.logprob,
            })
        };
        object["alternatives"] = answered.alternatives.iter().map(choice).collect();
        object
    });
}

fn gap_object<T>(gap: &Gap<T>, one: &dyn Fn(&T) -> Value) -> Value {
    json!({
        "token": gap.at + 1,
        "then": gap.then.as_ref().map(one),
        "now": gap.now.as_ref().map(one),
    })
}

fn stop_then(told: &Told) -> Value {
    match &told.end {
        End::Done(done) => json!(done.stop),
        End::Failed(_) => json!("failed"),
        End::Cut => Value::Null,
    }
}
