//! A model and a number of repeats in, the medians of its times on this machine out.

use std::ffi::OsString;
use std::io::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::output::{json_pretty, model_json};
use super::{bench_tui, load, remark, start};
use crate::cli::BenchArgs;
use crate::error::Failure;
use crate::lab::{Answer, Lab};
use crate::session::Stop;
use crate::settings::{Place, Settings};
use crate::terminal::Interrupt;

const PICTURE: &str = "sample:cxr-effusion";
const FIRST: &str = "Describe the picture.";
const SECOND: &str = "Is there a pleural effusion?";

/// What one repeat took.
struct Run {
    load_ms: f64,
    vision_ms: f64,
    prefill_ms: f64,
    prefill_tokens_per_s: f64,
    first_token_ms: f64,
    decode_tokens_per_s: f64,
    second_first_token_ms: f64,
}

/// A name for people, its key in JSON, and where it stands in a run.
type Measure = (&'static str, &'static str, fn(&Run) -> f64);

const MEASURES: &[Measure] = &[
    ("load, ms", "load_ms", |run| run.load_ms),
    ("vision, ms", "vision_ms", |run| run.vision_ms),
    ("prefill, ms", "prefill_ms", |run| run.prefill_ms),
    ("prefill, tokens/s", "prefill_tokens_per_s", |run| {
        run.prefill_tokens_per_s
    }),
    ("first token, ms", "first_token_ms", |run| {
        run.first_token_ms
    }),
    ("decode, tokens/s", "decode_tokens_per_s", |run| {
        run.decode_tokens_per_s
    }),
    (
        "second question, first token, ms",
        "second_first_token_ms",
        |run| run.second_first_token_ms,
    ),
];

impl BenchArgs {
    /// Measures the full screen, with the model and the settings that were asked for.
    fn interface(&self, settings: &Settings) -> anyhow::Result<()> {
        let asked = settings.origins.iter().filter(|it| it.place == Place::Flag);
        let words = asked.map(|it| OsString::from(format!("--{}={}", it.key, it.value)));
        let words: Vec<OsString> = words.collect();
        bench_tui::run(&self.tui, &words, usize::from(self.repeats), self.json)
    }

    /// Measures and prints.
    ///
    /// # Errors
    /// When the model fails, or Ctrl-C was pressed.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        if self.tui.tui {
            return self.interface(settings);
        }
        if !self.imaging.is_empty() {
            return self.imaging(settings);
        }
        let interrupt = Interrupt::install()?;
        let mut runs = Vec::new();
        let mut model = Value::Null;
        for repeat in 1..=self.repeats {
            let mut lab = if repeat == 1 {
                start(settings)
            } else {
                load(settings)
            }?;
            runs.push(measure(&mut lab, &interrupt)?);
            model = model_json(lab.loaded());
            remark(&format!("{repeat} of {}", self.repeats));
        }
        let medians = MEASURES
            .iter()
            .map(|(name, key, of)| (*name, *key, median(runs.iter().map(of).collect())));
        let mut out = std::io::stdout().lock();
        if self.json {
            let mut object = json!({
                "model": model,
                "repeats": self.repeats,
                "question": FIRST,
                "second_question": SECOND,
            });
            for (_, key, value) in medians {
                object[key] = json!(value);
            }
            out.write_all(json_pretty(&object).as_bytes())?;
        } else {
            for (name, _, value) in medians {
                writeln!(out, "{name:<34} {value:>10.1}")?;
            }
        }
        Ok(())
    }
}

fn measure(lab: &mut Lab, interrupt: &Interrupt) -> anyhow::Result<Run> {
    lab.open(PICTURE)?;
    let mut ask = |question: &str| -> anyhow::Result<Answer> {
        let answer = interrupt.during(|cancel| lab.ask(question, &Arc::clone(cancel), &mut ()))?;
        if answer.stats.stop == Stop::Cancelled {
            Err(Failure::Interrupted.into())
        } else {
            Ok(answer)
        }
    };
    let (first, second) = (ask(FIRST)?.stats, ask(SECOND)?.stats);
    let n_prefilled = first.prompt_tokens - first.reused_tokens;
    Ok(Run {
        load_ms: lab.loaded().load_ms,
        vision_ms: first.vision_ms,
        prefill_ms: first.prefill_ms,
        prefill_tokens_per_s: n_prefilled as f64 * 1000.0 / first.prefill_ms,
        first_token_ms: first.first_token_ms,
        decode_tokens_per_s: first.tokens_per_s,
        second_first_token_ms: second.first_token_ms,
    })
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    #[expect(
        clippy::float_cmp,
        reason = "small whole numbers and their halves are exact"
    )]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
