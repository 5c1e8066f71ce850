//! Logits in, a token out: greedy, or a seeded draw over the most likely tokens.

use candle_core::{Device, Result, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling as Draw};
use candle_transformers::utils::apply_repeat_penalty;

use super::kernels;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// 0 = greedy.
    pub temperature: f64,
    /// Keep the k most likely.
    pub top_k: Option<usize>,
    /// Keep the most likely up to this probability mass.
    pub top_p: Option<f64>,
    /// Keep those at least this fraction of the most likely.
    pub min_p: Option<f64>,
    /// 1.0 = none.
    pub repetition_penalty: f32,
    /// Same seed, same answer.
    pub seed: u64,
}

impl Default for Sampling {
    /// Greedy, as `MedGemma`'s generation config says.
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: 1.0,
            seed: 0,
        }
    }
}

impl Sampling {
    /// Checks the ranges.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self) -> std::result::Result<(), String> {
        let wrong = |name: &str, value: String, expected: &str| {
            Err(format!("{name} is {value}, expected {expected}"))
        };
        let share = |value: Option<f64>| value.is_none_or(|value| value > 0.0 && value <= 1.0);
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return wrong("temperature", self.temperature.to_string(), "0 or more");
        }
        if self.top_k == Some(0) {
            return wrong("top-k", "0".to_owned(), "1 or more");
        }
        if !share(self.top_p) {
            return wrong(
                "top-p",
                self.top_p.unwrap_or_default().to_string(),
                "more than 0 and at most 1",
            );
        }
        if !share(self.min_p) {
            return wrong(
                "min-p",
                self.min_p.unwrap_or_default().to_string(),
                "more than 0 and at most 1",
            );
        }
        if !(self.repetition_penalty > 0.0 && self.repetition_penalty.is_finite()) {
            return wrong(
                "repetition penalty",
                self.repetition_penalty.to_string(),
                "more than 0",
            );
        }
        Ok(())
    }
}

/// Chooses tokens for one answer.
pub struct Sampler {
    sampling: Sampling,
    /// Ids from here on are padding rows of the embedding, never chosen.
    vocabulary: usize,
    /// Ids never chosen.
    banned: Vec<u32>,
    draw: Option<LogitsProcessor>,
}

/// A chosen token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its id.
    pub id: u32,
    /// Natural logarithm of its probability before any setting.
    pub logprob: f32,
}

impl Sampler {
    /// Chooses among the first `vocabulary` ids, but for those in `banned`.
    pub fn new(sampling: Sampling, vocabulary: usize, banned: Vec<u32>) -> Self {
        let temperature = sampling.temperature;
        let draw = (temperature > 0.0).then(|| {
            let rule = match sampling.top_p {
                Some(p) if p < 1.0 => Draw::TopP { p, temperature },
                _ => Draw::All { temperature },
            };
            LogitsProcessor::from_sampling(sampling.seed, rule)
        });
        Self {
            sampling,
            vocabulary,
            banned,
            draw,
        }
    }

    /// The next token; `so_far` is what the model was given and has said, for the repetition penalty.
    ///
    /// # Errors
    /// When the logits are no numbers.
    pub fn choose(&mut self, logits: &mut [f32], so_far: &[u32]) -> Result<Choice> {
        let total = kernels::log_sum_exp(logits);
        if !total.is_finite() {
            candle_core::bail!(
                "the model gave no numbers (NaN or infinity); its weights are broken"
            )
        }
        let limit = self.vocabulary.min(logits.len());
        let open = &mut logits[..limit];
        for &id in &self.banned {
            if let Some(logit) = open.get_mut(id as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
        let penalised = self.penalised(open, so_far)?;
        let judged = penalised.as_deref().unwrap_or(open);
        let at = match &mut self.draw {
            None => kernels::argmax(judged),
            Some(draw) => {
                let kept = candidates(judged, &self.sampling);
                let tensor = Tensor::from_iter(kept.iter().map(|&at| judged[at]), &Device::Cpu)?;
                kept[draw.sample(&tensor)? as usize]
            }
        };
        let id = u32::try_from(at).map_err(candle_core::Error::wrap)?;
        Ok(Choice {
            id,
            logprob: open[at] - total,
        })
    }

    fn penalised(&self, logits: &[f32], so_far: &[u32]) -> Result<Option<Vec<f32>>> {
        if (self.sampling.repetition_penalty - 1.0).abs() < f32::EPSILON {
            return Ok(None);
        }
        let tensor = Tensor::new(logits, &Device::Cpu)?;
        apply_repeat_penalty(&tensor, self.sampling.repetition_penalty, so_far)?
            .to_vec1()
            .map(Some)
    }
}

/// The `count` likeliest tokens, the likeliest first, among the first `vocabulary` ids but for those in `banned`; of equals the
/// lowest id first.
///
/// # Errors
/// When the logits are no numbers.
pub fn likeliest(
    logits: &[f32],
    vocabulary: usize,
    banned: &[u32],
    count: usize,
) -> Result<Vec<Choice>> {
    let total = kernels::log_sum_exp(logits);
    if !total.is_finite() {
        candle_core::bail!("the model gave no numbers (NaN or infinity); its weights are broken")
    }
    let all = (0..).zip(logits.iter().take(vocabulary));
    let mut choices: Vec<Choice> = all
        .filter(|(id, _)| !banned.contains(id))
        .map(|(id, logit)| Choice {
            id,
            logprob: logit - total,
        })
        .collect();
    choices.sort_by(|a, b| b.logprob.total_cmp(&a.logprob).then(a.id.cmp(&b.id)));
    choices.truncate(count);
    Ok(choices)
}

/// The places that top-k and min-p keep, in order of place; top-p is the draw's. Without either, all that have a
/// chance of more than one in 2³² against the most likely.
fn candidates(logits: &[f32], sampling: &Sampling) -> Vec<usize> {
    let top = logits[kernels::argmax(logits)];
    let share = sampling.min_p.unwrap_or(2f64.powi(-32));
    // p ≥ share · p_top at this temperature, as in `transformers`' MinPLogitsWarper, which runs after the temperature.
    let floor = f64::from(top) + share.ln() * sampling.temperature;
    let mut kept: Vec<usize> = (0..logits.len())
        .filter(|&at| f64::from(logits[at]) >= floor)
        .collect();
    if let Some(k) = sampling.top_k
        && k < kept.len()
    {
        kept.select_nth_unstable_by(k, |&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
        kept.truncate(k);
        kept.sort_unstable();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(sampling: &Sampling, logits: &[f32], count: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling.clone(), logits.len(), vec![]);
        (0..count)
            .map(|_| sampler.choose(&mut logits.to_vec(), &[]).unwrap().id)
            .collect()
    }

    #[test]
    fn the_likeliest_come_in_order_and_never_one_that_cannot_be_chosen() {
        let logits = [1.0, 3.0, 2.0, 3.0, 9.0, 0.5];
        let ids = |vocabulary, banned: &[u32], count| -> Vec<u32> {
            let choices = likeliest(&logits, vocabulary, banned, count).unwrap();
            choices.iter().map(|it| it.id).collect()
        };
        assert_eq!(ids(6, &[], 2), [4, 1]);
        assert_eq!(ids(4, &[], 9), [1, 3, 2, 0]);
        assert_eq!(ids(6, &[4, 1], 2), [3, 2]);
        let all = likeliest(&logits, 6, &[], 6).unwrap();
        let mass: f32 = all.iter().map(|it| it.logprob.exp()).sum();
        assert!((mass - 1.0).abs() < 1e-5, "{mass}");
        assert!(likeliest(&[f32::NAN], 1, &[], 1).is_err());
    }

    fn warm() -> Sampling {
        Sampling {
            temperature: 1.0,
            seed: 7,
            ..Sampling::default()
        }
    }

    #[test]
    fn padding_and_banned_ids_are_never_chosen() {
        let mut sampler = Sampler::new(Sampling::default(), 4, vec![1]);
        let choice = sampler
            .choose(&mut [0.0, 9.0, 3.0, 1.0, 50.0], &[])
            .unwrap();
        assert_eq!(choice.id, 2);
        assert!(
            (choice.logprob - (3.0 - 50.0)).abs() < 1e-4,
            "the probability counts every id: {}",
            choice.logprob
        );
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let logits: Vec<f32> = (0..50u8).map(|i| f32::from(i % 7) / 3.0).collect();
        let once = drawn(&warm(), &logits, 40);
        assert_eq!(once, drawn(&warm(), &logits, 40));
        assert_ne!(once, drawn(&Sampling { seed: 8, ..warm() }, &logits, 40));
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let logits = [0f32, 3f32.ln(), f32::NEG_INFINITY];
        let ones = drawn(&warm(), &logits, 4000)
            .iter()
            .filter(|&&id| id == 1)
            .count();
        assert!(
            (2850..3150).contains(&ones),
            "3 in 4 expected, {ones} of 4000 drawn"
        );
    }

    #[test]
    fn each_limit_keeps_what_it_says() {
        let logits = [2f32.ln(), 4f32.ln(), 1f32.ln(), 3f32.ln()]; // 0.2 0.4 0.1 0.3
        let kept = |sampling: Sampling| {
            let mut ids = drawn(&sampling, &logits, 500);
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        assert_eq!(kept(warm()), [0, 1, 2, 3]);
        assert_eq!(
            kept(Sampling {
                top_k: Some(2),
                ..warm()
            }),
            [1, 3]
        );
        assert_eq!(
            kept(Sampling {
                top_p: Some(0.65),
                ..warm()
            }),
            [1, 3]
        );
        assert_eq!(
            kept(Sampling {
                min_p: Some(0.45),
                ..warm()
            }),
            [0, 1, 3]
        );
    }

    #[test]
    fn a_penalty_turns_away_from_what_was_said() {
        let mut sampler = Sampler::new(
            Sampling {
                repetition_penalty: 2.0,
                ..Sampling::default()
            },
            3,
            vec![],
        );
        assert_eq!(sampler.choose(&mut [1.0, 3.0, 2.0], &[]).unwrap().id, 1);
        assert_eq!(sampler.choose(&mut [1.0, 3.0, 2.0], &[1]).unwrap().id, 2);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (sampling, name) in [
            (
                Sampling {
                    temperature: -1.0,
                    ..warm()
                },
                "temperature",
            ),
            (
                Sampling {
                    temperature: f64::NAN,
                    ..warm()
                },
                "temperature",
            ),
            (
                Sampling {
                    top_k: Some(0),
                    ..warm()
                },
                "top-k",
            ),
            (
                Sampling {
                    top_p: Some(1.5),
                    ..warm()
                },
                "top-p",
            ),
            (
                Sampling {
                    min_p: Some(0.0),
                    ..warm()
                },
                "min-p",
            ),
            (
                Sampling {
                    repetition_penalty: 0.0,
                    ..warm()
                },
                "repetition penalty",
            ),
        ] {
            assert!(sampling.check().unwrap_err().starts_with(name));
        }
        assert_eq!(warm().check(), Ok(()));
    }
}
