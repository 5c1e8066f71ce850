//! Records in, the words that a person reads of them out, in English or Chinese. Text of the session itself comes out as it is:
//! whoever writes it somewhere makes it harmless there.

use serde_json::Value;

use crate::session::contents::Standing;
use crate::session::story::{End, Told};
use crate::session::v1::{Boxed, Done, Draw, Expect, Model, Prior, Shown, Turn, Verdict};
use crate::settings::Lang;

/// Between facts on one line.
const AND: &str = " · ";

/// What a document says of itself.
pub(super) fn disclaimer(lang: Lang) -> &'static str {
    lang.pick("research only, not for diagnosis", "仅供研究,不用于诊断")
}

/// How much of a hash is enough to know a file again.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Which model, and where it computed.
pub fn model(model: &Model, lang: Lang) -> String {
    let threads = counted(model.threads, ("thread", "threads"), "个线程", lang);
    let hash = format!("sha256 {}", short(&model.sha256));
    let quant = Some(format!("quant {}", model.quant))
        .filter(|_| !["none", ""].contains(&model.quant.as_str()));
    let facts = [
        Some(model.name.clone()),
        Some(model.device.clone()),
        quant,
        Some(threads).filter(|_| model.threads > 0),
        Some(hash).filter(|_| !model.sha256.is_empty()),
    ];
    joined(facts.into_iter().flatten())
}

/// `1 turn`, `3 pictures`.
pub fn counted(n: usize, (one, many): (&str, &str), zh: &str, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Zh, _) => format!("{n} {zh}"),
        (Lang::En, 1) => format!("1 {one}"),
        (Lang::En, _) => format!("{n} {many}"),
    }
}

/// Turns, pictures and time.
pub(super) fn extent(turns: usize, pictures: usize, seconds: f64, lang: Lang) -> String {
    joined([
        counted(turns, ("turn", "turns"), "轮", lang),
        counted(pictures, ("picture", "pictures"), "张图片", lang),
        duration(seconds),
    ])
}

/// Hours, minutes and seconds: `0:01:23`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and delays are not negative"
)]
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    format!("{hours}:{:02}:{:02}", minutes % 60, seconds % 60)
}

/// What a reader must know of a turn before reading it.
pub(super) fn marks(told: &Told, standing: Standing, lang: Lang) -> Vec<String> {
    let kind = told.turn.control.as_deref().unwrap_or_default();
    let of_standing = match standing {
        Standing::Kept => None,
        Standing::Replaced => Some(lang.pick("replaced by a retry", "已被重试取代").to_owned()),
        Standing::Undone => Some(lang.pick("undone", "已撤销").to_owned()),
        Standing::Fresh => Some(lang.pick("asked fresh", "单独提问").to_owned()),
        Standing::Control => Some(format!(
            "{} {}",
            lang.pick("control:", "对照:"),
            control(kind, lang)
        )),
        Standing::Unanswered => Some(lang.pick("without an answer", "没有回答").to_owned()),
    };
    let retried = told.turn.retry_of.map(|n| match lang {
        Lang::En => format!("asks turn {n} again"),
        Lang::Zh => format!("重试第 {n} 轮"),
    });
    let is_partial = told.is_partial() && !told.answer.is_empty();
    let partial = is_partial.then(|| lang.pick("partial", "不完整").to_owned());
    let prompt = told.turn.prompt.as_ref().map(|used| {
        let values = used.values.iter();
        let values: Vec<String> = values
            .map(|(key, value)| format!(" {key}={value}"))
            .collect();
        let name = lang.pick("prompt", "提示模板");
        format!("{name} {}{}", used.name, values.concat())
    });
    let marks = [of_standing, retried, partial, prompt];
    marks.into_iter().flatten().collect()
}

fn control(kind: &str, lang: Lang) -> &str {
    match kind {
        "blank" => lang.pick("with grey pictures", "图片换成灰色"),
        "none" => lang.pick("without pictures", "不带图片"),
        "paraphrase" => lang.pick("in other words", "换一种问法"),
        other => other,
    }
}

/// How many turns are not shown, by what became of them; `None` when all are.
pub(super) fn hidden(standings: &[Standing], lang: Lang) -> Option<String> {
    let of = |standing| standings.iter().filter(|it| **it == standing).count();
    let named = [
        (Standing::Undone, lang.pick("undone", "已撤销")),
        (
            Standing::Replaced,
            lang.pick("replaced by a retry", "已被重试取代"),
        ),
        (Standing::Fresh, lang.pick("asked fresh", "单独提问")),
        (Standing::Control, lang.pick("asked as a control", "对照")),
    ];
    let named = named
        .into_iter()
        .map(|(standing, name)| (of(standing), name));
    let named = named.filter(|(n, _)| *n > 0);
    let named: Vec<String> = named.map(|(n, name)| format!("{n} {name}")).collect();
    let said = named.join(lang.pick(", ", "、"));
    (!named.is_empty()).then(|| match lang {
        Lang::En => format!("not shown: {said} (--all shows them)"),
        Lang::Zh => format!("未显示:{said}(--all 全部显示)"),
    })
}

/// A picture by its number and name.
pub(super) fn picture_name(id: u32, name: &str, lang: Lang) -> String {
    format!("{} {id} {name}", lang.pick("picture", "图片"))
}

/// A picture with everything that a reader may want to know of it.
pub(super) fn picture(shown: &Shown, name: &str, lang: Lang) -> String {
    let facts = &shown.facts;
    let text = |key: &str| facts.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| facts.get(key).and_then(Value::as_u64);
    let size = number("width").zip(number("height"));
    let slice = number("frame").map(|n| match (lang, number("frames")) {
        (Lang::En, Some(of)) => format!("slice {n} of {of}"),
        (Lang::Zh, Some(of)) => format!("第 {n}/{of} 层"),
        (Lang::En, None) => format!("frame {n}"),
        (Lang::Zh, None) => format!("第 {n} 帧"),
    });
    let window = facts.get("window").and_then(|it| {
        let (center, width) = (it.get("center")?.as_f64()?, it.get("width")?.as_f64()?);
        Some(format!("C {center} W {width}"))
    });
    let heading = lang.pick("window", "窗");
    let window = match (shown.view.get("window"), window) {
        (Some(typed), Some(window)) => Some(format!("{heading} {typed} ({window})")),
        (typed, window) => {
            let only = typed.cloned().or(window);
            only.map(|it| format!("{heading} {it}"))
        }
    };
    let region = text("region").map(|it| format!("{} {it}", lang.pick("region", "区域")));
    let view = shown.view.iter();
    let view = view.filter(|(key, _)| !["window", "region"].contains(&key.as_str()));
    let view = view.map(|(key, value)| format!("{key} {value}"));
    // a slice's label says its number again
    let label = text("label").filter(|_| slice.is_none());
    let statistics = facts.get("statistics").and_then(statistics);
    let first = [
        Some(picture_name(shown.id, name, lang)),
        shown.role.clone(),
        text("modality"),
        size.map(|(width, height)| format!("{width} × {height}")),
        slice,
        label,
        window,
        region,
    ];
    let last = [
        statistics,
        Some(format!("fit {}", shown.fit)).filter(|_| shown.fit != "pad"),
        Some(format!("sha256 {}", short(&shown.file_sha256))),
    ];
    joined(
        first
            .into_iter()
            .flatten()
            .chain(view)
            .chain(last.into_iter().flatten()),
    )
}

/// What the values in a region are like, of a grey picture.
fn statistics(statistics: &Value) -> Option<String> {
    let values = statistics.get("values")?;
    let (mean, sd) = (values.get("mean")?.as_f64()?, values.get("sd")?.as_f64()?);
    let unit = statistics.get("unit").and_then(Value::as_str);
    let unit = unit.map_or_else(String::new, |it| format!(" {it}"));
    Some(format!("mean {mean:.1}{unit}, SD {sd:.1}"))
}

/// What stands before a prior report.
pub(super) fn prior(prior: &Prior, lang: Lang) -> String {
    let heading = lang.pick("prior report", "既往报告");
    match &prior.date {
        Some(date) => format!("{heading} ({date})"),
        None => heading.to_owned(),
    }
}

/// What is set in another way than at the turn before; of the first turn, what is not as everybody has it.
pub(super) fn changes(turn: &Turn, before: Option<&Turn>, lang: Lang) -> Vec<String> {
    let plain = Turn {
        ctx: turn.ctx,
        max_new_tokens: turn.max_new_tokens,
        ..Turn::default()
    };
    let before = before.unwrap_or(&plain);
    let mut changes = Vec::new();
    if turn.system != before.system {
        let name = lang.pick("system text", "系统文本");
        changes.push(match turn.system.as_str() {
            "" => format!("{name}: {}", lang.pick("none", "无")),
            system => format!("{name}: {system}"),
        });
    }
    if turn.sampling != before.sampling {
        let name = lang.pick("sampling", "采样");
        changes.push(format!("{name}: {}", draw(&turn.sampling)));
    }
    let numbers = [
        ("ctx", turn.ctx, before.ctx),
        ("max-new-tokens", turn.max_new_tokens, before.max_new_tokens),
    ];
    let numbers = numbers.into_iter().filter(|(_, now, then)| now != then);
    changes.extend(numbers.map(|(name, now, then)| format!("{name}: {now} ({then})")));
    let language = |turn: &Turn| match turn.language.as_str() {
        "" => "auto".to_owned(),
        language => language.to_owned(),
    };
    if language(turn) != language(before) {
        changes.push(format!(
            "{}: {}",
            lang.pick("language", "语言"),
            language(turn)
        ));
    }
    changes
}

fn draw(draw: &Draw) -> String {
    let facts = [
        Some(format!("temperature {}", draw.temperature)),
        draw.top_k.map(|it| format!("top-k {it}")),
        draw.top_p.map(|it| format!("top-p {it}")),
        draw.min_p.map(|it| format!("min-p {it}")),
        Some(format!("repetition-penalty {}", draw.repetition_penalty))
            .filter(|_| draw.repetition_penalty.to_bits() != 1.0_f32.to_bits()),
        Some(format!("seed {}", draw.seed)),
    ];
    joined(facts.into_iter().flatten())
}

/// How an answer ended, with its counts and times.
pub(super) fn end(end: &End, lang: Lang) -> String {
    match end {
        End::Cut => lang
            .pick(
                "the answer has no end: the program ended in the middle of it, or is still at it",
                "回答没有结尾:程序中途结束,或仍在回答",
            )
            .to_owned(),
        End::Failed(problem) => format!("{}: {problem}", lang.pick("no answer", "没有回答")),
        End::Done(done) => self::done(done, lang),
    }
}

fn done(done: &Done, lang: Lang) -> String {
    let stop = match done.stop.as_str() {
        "end_of_turn" => lang.pick("ended by itself", "自然结束"),
        "length" => lang.pick("cut off at the longest answer", "达到最长回答而截断"),
        "window" => lang.pick("cut off at the end of the window", "上下文窗口已满而截断"),
        "cancelled" => lang.pick("stopped by the person", "被用户停止"),
        other => other,
    };
    if done.prompt_tokens == 0 {
        // nobody counted
        return stop.to_owned();
    }
    let (prompt, images, reused) = (done.prompt_tokens, done.image_tokens, done.reused_tokens);
    let (new, speed) = (done.new_tokens, done.tokens_per_s);
    let (first, total) = (time(done.first_token_ms), time(done.total_ms));
    let counts = match lang {
        Lang::En => [
            format!("prompt {prompt} tokens ({images} of pictures, {reused} reused)"),
            format!("answer {}", counted(new, ("token", "tokens"), "词元", lang)),
            format!("first after {first}, all in {total}"),
            format!("{speed:.0} tokens/s"),
        ],
        Lang::Zh => [
            format!("提示 {prompt} 词元(图片 {images},复用 {reused})"),
            format!("回答 {new} 词元"),
            format!("首个 {first},共 {total}"),
            format!("{speed:.0} 词元/秒"),
        ],
    };
    joined([stop.to_owned()].into_iter().chain(counts))
}

fn time(ms: f64) -> String {
    if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.2} s", ms / 1000.0)
    }
}

/// What was left out of a prompt; the sentences are the session's.
pub(super) fn dropped(sentence: &str, lang: Lang) -> String {
    format!("{}: {sentence}", lang.pick("left out", "未发送"))
}

/// A place that an answer speaks of.
pub(super) fn boxed(boxed: &Boxed, lang: Lang) -> String {
    let [top, left, bottom, right] = boxed.box_2d;
    let [y0, x0, y1, x1] = boxed.pixels.map(f64::round);
    let (name, pixels) = (lang.pick("box", "框"), lang.pick("pixels", "像素"));
    let picture = lang.pick("picture", "图片");
    format!(
        "{name} {}: [{top}, {left}, {bottom}, {right}] · {pixels} x {x0}–{x1}, y {y0}–{y1} · {picture} {}",
        boxed.label, boxed.picture
    )
}

/// What must hold of an answer.
pub(super) fn expect(expect: &Expect, lang: Lang) -> String {
    let (says, not, place) = (&expect.says, &expect.not, &expect.place);
    let name = lang.pick("expected", "期望");
    let said = says
        .as_ref()
        .map(|it| format!("{} {it:?}", lang.pick("says", "包含")));
    let unsaid = not
        .as_ref()
        .map(|it| format!("{} {it:?}", lang.pick("does not say", "不包含")));
    let boxed = place.as_ref().map(|it| {
        let [top, left, bottom, right] = it.box_2d;
        let label = &it.label;
        let name = lang.pick("box", "框");
        format!(
            "{name} {label} [{top}, {left}, {bottom}, {right}], IoU ≥ {}",
            it.iou
        )
    });
    let all: Vec<String> = [said, unsaid, boxed].into_iter().flatten().collect();
    format!("{name}: {}", all.join("; "))
}

/// What somebody thinks of an answer.
pub(super) fn verdict(verdict: &Verdict, lang: Lang) -> String {
    let name = lang.pick("verdict", "评价");
    match verdict.text.as_str() {
        "" => format!("{name}: {}", verdict.grade),
        text => format!("{name}: {} ({text})", verdict.grade),
    }
}

/// Words about a turn.
pub(super) fn note(text: &str, lang: Lang) -> String {
    format!("{}: {text}", lang.pick("note", "备注"))
}

fn joined(facts: impl IntoIterator<Item = String>) -> String {
    let facts: Vec<String> = facts.into_iter().filter(|it| !it.is_empty()).collect();
    facts.join(AND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_long_as_they_are() {
        assert_eq!(duration(0.0), "0:00:00");
        assert_eq!(duration(59.6), "0:01:00");
        assert_eq!(duration(3725.0), "1:02:05");
        assert_eq!(duration(f64::INFINITY), duration(u64::MAX as f64));
        assert_eq!(
            (time(999.4), time(1234.0)),
            ("999 ms".into(), "1.23 s".into())
        );
    }

    #[test]
    fn one_is_not_many() {
        let turns = |n, lang| counted(n, ("turn", "turns"), "轮", lang);
        assert_eq!(turns(1, Lang::En), "1 turn");
        assert_eq!(turns(0, Lang::En), "0 turns");
        assert_eq!(turns(1, Lang::Zh), "1 轮");
    }

    #[test]
    fn what_changed_is_said_once() {
        let turn = |temperature: f64, system: &str| Turn {
            system: system.to_owned(),
            sampling: Draw {
                temperature,
                ..Draw::default()
            },
            ctx: 2048,
            language: "auto".to_owned(),
            ..Turn::default()
        };
        let (first, second) = (turn(0.0, ""), turn(0.5, "Be brief."));
        assert!(changes(&first, None, Lang::En).is_empty());
        assert!(changes(&second, Some(&second), Lang::En).is_empty());
        assert_eq!(
            changes(&second, Some(&first), Lang::En),
            [
                "system text: Be brief.",
                "sampling: temperature 0.5 · seed 0"
            ]
        );
        assert_eq!(changes(&first, Some(&second), Lang::Zh)[0], "系统文本: 无");
    }
}
