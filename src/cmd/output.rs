//! Events and answers in, what a person or a program reads out: streamed text, or one JSON object.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::progress::Progress;
use crate::engine::{Loaded, Quant, Source};
use crate::imaging::caption::Edges;
use crate::imaging::statistics::{Found, Measured, Statistics};
use crate::imaging::window::Function;
use crate::imaging::{Format, Picture};
use crate::lab::{Answer, Lab, Opened};
use crate::preprocess::Fit;
use crate::session::safe::printable;
use crate::session::{Event, Sink, Stop};
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
        "stop_reason": stop_name(stats.stop),
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

/// Everything about a picture in use but its pixels.
pub(super) fn picture_json(opened: &Opened) -> Value {
    let mut object = picture_facts(&opened.picture);
    object["pixels_sha256"] = json!(opened.prepared.sha256);
    object["fit"] = json!(fit_name(opened.prepared.fit));
    object["chain"] = json!(opened.chain());
    object
}

/// What is known of a picture before it is fitted to a model. Nothing in it names a patient.
pub(super) fn picture_facts(picture: &Picture) -> Value {
    let (origin, place) = (&picture.origin, &picture.place);
    let view: serde_json::Map<String, Value> = picture
        .view
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({
        "name": origin.name,
        "format": format_name(origin.format),
        "file_sha256": origin.sha256,
        "width": picture.width,
        "height": picture.height,
        "modality": picture.modality,
        "frame": origin.frame,
        "frames": picture.slice.map(|(_, of)| of),
        "label": picture.label,
        "window": origin.window.map(|it| json!({
            "center": it.center,
            "width": it.width,
            "function": function_name(it.function),
        })),
        "spacing_mm": place.spacing_mm,
        "spacing_at_detector": place.at_detector,
        "edges": Edges::of(place).map(|it| json!({
            "left": it.left, "right": it.right, "top": it.top, "bottom": it.bottom,
        })),
        "laterality": place.laterality,
        "view": view,
        "region": picture.region.map(|it| it.to_string()),
        "statistics": picture.measured.as_ref().map(statistics),
        "cropped": picture.cropped.map(|it| [it.x0, it.y0, it.width(), it.height()]),
        "chain": origin.chain,
    })
}

fn function_name(function: Function) -> &'static str {
    match function {
        Function::Linear => "LINEAR",
        Function::LinearExact => "LINEAR_EXACT",
        Function::Sigmoid => "SIGMOID",
    }
}

fn statistics(measured: &Measured) -> Value {
    let one = |it: &Statistics| {
        json!({
            "n": it.n, "mean": it.mean, "sd": it.sd, "min": it.min, "median": it.median, "max": it.max,
        })
    };
    let values = match &measured.values {
        Found::Grey(grey) => json!(grey.as_ref().map(one)),
        Found::Rgb(channels) => json!(channels.iter().map(one).collect::<Vec<_>>()),
    };
    json!({
        "pixels": measured.pixels,
        "area_mm2": measured.area_mm2,
        "unit": measured.unit,
        "values": values,
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

/// The name of a way to keep weights, as `--quant` takes it.
pub(super) fn quant_name(quant: Quant) -> &'static str {
    match quant {
        Quant::None => "none",
        Quant::Q8 => "q8",
        Quant::Q4 => "q4",
    }
}

/// The name of what a file's bytes were.
pub(super) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Sample => "sample",
        Format::Png => "png",
        Format::Jpeg => "jpeg",
        Format::Tiff => "tiff",
        Format::WebP => "webp",
        Format::Bmp => "bmp",
        Format::Gif => "gif",
        Format::Dicom => "dicom",
        Format::Nifti => "nifti",
    }
}

/// The name of a way to become square, as `--fit` takes it.
pub(super) fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Pad => "pad",
        Fit::Stretch => "stretch",
    }
}

fn stop_name(stop: Stop) -> &'static str {
    match stop {
        Stop::EndOfTurn => "end_of_turn",
        Stop::Length => "length",
        Stop::Window => "window",
        Stop::Cancelled => "cancelled",
    }
}

/// JSON on one line, in ASCII where a character could steer a terminal; says the same to every parser.
pub(super) fn json_line(value: &Value) -> String {
    escape_controls(&value.to_string()) + "\n"
}

/// The same, indented for people.
pub(super) fn json_pretty(value: &Value) -> String {
    escape_controls(&format!("{value:#}")) + "\n"
}

fn escape(letter: char) -> String {
    format!("\\u{:04x}", u32::from(letter))
}

/// C1 controls and marks that change the direction of text occur in JSON only inside strings: `\uXXXX` is the same.
fn escape_controls(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        let is_mark = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (letter.is_control() && letter != '\n') || is_mark {
            escaped += &escape(letter);
        } else {
            escaped.push(letter);
        }
    }
    escaped
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
