//! Two sessions or two answers in, what differs between them out: by finding, and by word.

use std::io::Write as _;

use serde_json::{Value, json};

use super::output::json_line;
use crate::cli::DiffArgs;
use crate::error::Failure;
use crate::findings::{self, Difference};
use crate::judge::tongue;
use crate::session::read::Reader;
use crate::session::safe::printable;
use crate::session::store::Store;
use crate::session::story::{Story, Told};
use crate::settings::{Lang, Settings};
use crate::words;

/// Answers of one side, in order.
struct Side {
    name: String,
    story: Story,
    /// Indices into the story's turns.
    turns: Vec<usize>,
}

/// Two answers that belong together; one may be missing.
struct Pair<'a> {
    first: Option<&'a Told>,
    second: Option<&'a Told>,
}

impl DiffArgs {
    /// Prints what differs.
    ///
    /// # Errors
    /// When a session cannot be read, there is no such turn, or the findings differ (exit code 1).
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let store = Store::of(settings.sessions.as_deref());
        let (first, second) = (
            Side::read(&store, &self.first)?,
            Side::read(&store, &self.second)?,
        );
        let mut out = std::io::stdout().lock();
        let (mut all, mut differ) = (0, 0);
        for index in 0..first.turns.len().max(second.turns.len()) {
            let pair = Pair {
                first: first.told(index),
                second: second.told(index),
            };
            let differences = pair.differences();
            let is_same = pair.is_whole() && differences.is_empty();
            all += 1;
            differ += usize::from(!is_same);
            let text = if self.json {
                json_line(&pair.object(&differences))
            } else {
                printable(&pair.shown(&differences, settings.lang))
            };
            out.write_all(text.as_bytes())?;
        }
        if all == 0 {
            let problem = format!("neither {} nor {} has an answer", first.name, second.name);
            return Err(Failure::Usage(problem).into());
        }
        if differ > 0 {
            return Err(Failure::Some(differ, all).into());
        }
        Ok(())
    }
}

impl Side {
    /// A session, or with `#N` one of its turns.
    fn read(store: &Store, typed: &str) -> anyhow::Result<Self> {
        let (name, turn) = match typed.rsplit_once('#') {
            Some((name, turn)) if !name.is_empty() => (name, Some(turn)),
            _ => (typed, None),
        };
        let path = store.find(name)?;
        let story = Story::read(&mut Reader::open(&path)?)?;
        let turns = match turn {
            None => story.thread(),
            Some(number) => {
                let is_it = |told: &Told| told.turn.n.to_string() == number;
                let found = story.turns.iter().position(is_it);
                let problem = || {
                    format!(
                        "{name}: has no turn {number:?}; it has {}",
                        story.turns.len()
                    )
                };
                vec![found.ok_or_else(|| Failure::Usage(problem()))?]
            }
        };
        Ok(Self {
            name: typed.to_owned(),
            story,
            turns,
        })
    }

    fn told(&self, index: usize) -> Option<&Told> {
        self.turns.get(index).map(|it| &self.story.turns[*it])
    }
}

/// What was said; nothing where nobody was asked.
fn answer(told: Option<&Told>) -> &str {
    told.map_or("", |it| it.answer.as_str())
}

/// What was asked.
fn asked(told: Option<&Told>) -> &str {
    told.map_or("", |it| it.turn.question.trim())
}

impl Pair<'_> {
    fn is_whole(&self) -> bool {
        self.first.is_some() && self.second.is_some()
    }

    fn answers(&self) -> (&str, &str) {
        (answer(self.first), answer(self.second))
    }

    fn differences(&self) -> Vec<Difference> {
        let (first, second) = self.answers();
        findings::compare(first, second)
    }

    fn object(&self, differences: &[Difference]) -> Value {
        let side = |told: Option<&Told>| {
            told.map(|it| json!({ "turn": it.turn.n, "question": it.turn.question, "answer": it.answer }))
        };
        let (first, second) = self.answers();
        json!({
            "first": side(self.first),
            "second": side(self.second),
            "identical": self.is_whole() && first == second,
            "same_findings": self.is_whole() && differences.is_empty(),
            "findings": differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "words": words::render(&words::diff(first, second)),
        })
    }

    fn shown(&self, differences: &[Difference], lang: Lang) -> String {
        let number =
            |told: Option<&Told>| told.map_or("–".to_owned(), |it| it.turn.n.to_string());
        let (first, second) = (asked(self.first), asked(self.second));
        let questions = if first == second {
            first.to_owned()
        } else {
            words::render(&words::diff(first, second))
        };
        let mut lines = vec![format!(
            "{} / {}  {questions}",
            number(self.first),
            number(self.second)
        )];
        let (first, second) = self.answers();
        if !self.is_whole() {
            lines.push(lang.pick("only on one side", "仅一侧有").to_owned());
        } else if first == second {
            lines.push(lang.pick("identical", "完全相同").to_owned());
        } else if differences.is_empty() {
            lines.push(
                lang.pick("the same findings in other words", "所见相同,措辞不同")
                    .to_owned(),
            );
        }
        lines.extend(differences.iter().map(|it| it.sentence(tongue(lang))));
        if first != second {
            lines.push(words::render(&words::diff(first, second)));
        }
        lines.join("\n    ") + "\n"
    }
}
