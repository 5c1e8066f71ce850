//! Events and answers in, what a person or a program reads out: streamed text, or one JSON object.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::progress::Progress;
use super::remark;
use crate::engine::{Loaded, Source};
use crate::lab::facts::{picture_json, quant_name};
use crate::lab::{Answer, Lab};
use crate::session::safe::{json_safe, printable};
use crate::session::{Event, Sink};
use crate::settings::{Lang, Settings, Thinking};
use crate::terminal::dim;
use crate::tokenizer::Voice;

/// The sink of `ask` and `repl`: the answer streams to `out`, thinking and progress go to standard error.
pub(super) struct Screen<'a> {
    out: Option<&'a mut dyn Write>,
    thinking: Thinking,
    progress: Progress,
    cancel: Arc<AtomicBool>,
    open_line: Option<Voice>,
}

impl<'a> Screen<'a> {
    /// Streams to `out`, or only shows progress; sets `cancel` when `out` is gone.
    pub(super) fn new(
        out: Option<&'a mut dyn Write>,
        settings: &Settings,
        cancel: &Arc<AtomicBool>,
    ) -> Self {
        Self {
            out,
            thinking: settings.thinking,
            progress: Progress::new(settings.lang),
            cancel: Arc::clone(cancel),
            open_line: None,
        }
    }

    /// Ends the line, and gives the answer back unless somebody was not there to read it.
    pub(super) fn finish(mut self, mut answer: Answer) -> anyhow::Result<Answer> {
        self.progress.clear();
        if let Some(lost) = answer.sink_failed.take() {
            return Err(lost);
        }
        self.switch(None)?;
        Ok(answer)
    }

    /// Whether somebody was shown words without the end of their line.
    pub(super) fn is_line_open(&self) -> bool {
        self.open_line.is_some()
    }

    /// Ends the line that is open, if one is.
    pub(super) fn end_line(&mut self) -> io::Result<()> {
        self.switch(None)
    }

    fn piece(&mut self, voice: Voice, text: &str) -> io::Result<()> {
        let is_shown = voice == Voice::Answer || self.thinking == Thinking::Show;
        if text.is_empty() || !is_shown {
            return Ok(());
        }
        self.switch(Some(voice))?;
        match (voice, &mut self.out) {
            (Voice::Thinking, _) => write!(io::stderr(), "{}", dim(&printable(text))),
            (Voice::Answer, Some(out)) => {
                write!(out, "{}", printable(text))?;
                out.flush()
            }
            (Voice::Answer, None) => Ok(()),
        }
    }

    /// Ends the line of one voice before another speaks.
    fn switch(&mut self, voice: Option<Voice>) -> io::Result<()> {
        if self.open_line == voice {
            return Ok(());
        }
        match (std::mem::replace(&mut self.open_line, voice), &mut self.out) {
            (Some(Voice::Thinking), _) => writeln!(io::stderr()),
            (Some(Voice::Answer), Some(out)) => {
                writeln!(out)?;
                out.flush()
            }
            _ => Ok(()),
        }
    }
}

impl Sink for Screen<'_> {
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        self.progress.event(event);
        if let Event::LeftOut(sentence) = event {
            remark(sentence);
        }
        let Event::Piece { text, voice, .. } = event else {
            return Ok(());
        };
        self.piece(*voice, text)
            .inspect_err(|_| self.cancel.store(true, Ordering::SeqCst))?;
        Ok(())
    }
}

/// Which model answers, and what that is worth.
pub(super) fn notice(source: &Source, loaded: &Loaded, lang: Lang) -> String {
    let model = match source {
        Source::Phantom => lang
            .pick(
                "phantom model: trained on drawings, knows nothing about real patients",
                "phantom 模型:用绘制的图片训练,对真实病人一无所知",
            )
            .to_owned(),
        Source::Folder(_) => {
            let (name, device, quant) = (&loaded.name, &loaded.device, quant_name(loaded.quant));
            format!("{} {name} ({device}, {quant})", lang.pick("model", "模型"))
        }
    };
    format!(
        "{model} · {}",
        lang.pick("research only, not for diagnosis", "仅供研究,不用于诊断")
    )
}

/// Everything about one answer.
pub(super) fn answer_json(answer: &Answer, lab: &Lab, settings: &Settings) -> Value {
    let (stats, loaded) = (&answer.stats, lab.loaded());
    json!({
        "answer": answer.text,
        "thinking": answer.thinking,
        "token_ids": answer.ids,
        "turn": answer.turn,
        "boxes": answer.boxes,
        "prompt_tokens": stats.prompt_tokens,
        "image_tokens": stats.image_tokens,
        "pictures": lab.pictures().iter().map(picture_json).collect::<Vec<_>>(),
        "dropped": answer.dropped,
        "timings_ms": {
            "load": loaded.load_ms,
            "vision": stats.vision_ms,
            "prefill": stats.prefill_ms,
            "first_token": stats.first_token_ms,
            "total": stats.total_ms,
        },
        "tokens_per_s": stats.tokens_per_s,
        "stop_reason": stats.stop.name(),
        "model": model_json(loaded),
        "sampling": sampling_json(settings),
    })
}

/// Which model it is.
pub(super) fn model_json(loaded: &Loaded) -> Value {
    json!({
        "name": loaded.name,
        "hash": loaded.sha256,
        "device": loaded.device,
        "quant": quant_name(loaded.quant),
    })
}

fn sampling_json(settings: &Settings) -> Value {
    let sampling = &settings.sampling;
    json!({
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repetition_penalty,
        "seed": sampling.seed,
        "max_new_tokens": settings.max_new_tokens,
    })
}

/// JSON on one line, in ASCII where a character could steer a terminal; says the same to every parser.
pub(super) fn json_line(value: &Value) -> String {
    json_safe(&value.to_string()) + "\n"
}

/// The same, indented for people.
pub(super) fn json_pretty(value: &Value) -> String {
    json_safe(&format!("{value:#}")) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_never_steers_a_terminal_and_stays_the_same() {
        let value = json!({ "a": "\u{9b}31m\u{7f}\u{202e}é\n\u{1b}[2J" });
        let line = json_line(&value);
        assert_eq!(line, "{\"a\":\"\\u009b31m\\u007f\\u202eé\\n\\u001b[2J\"}\n");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
