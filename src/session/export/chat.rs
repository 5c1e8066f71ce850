//! A session's contents in, its conversation as it stands out, as messages that other chat programs and servers take.
//!
//! They are what medlab itself would send before the next question, with pictures as data or by their hash.

use std::io::Write;

use serde_json::{Value, json};

use super::Order;
use crate::context;
use crate::prompt::{Message, Part};
use crate::session::contents::Contents;
use crate::session::safe::json_safe;

pub(super) fn write(
    contents: &mut Contents,
    order: &Order<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let model = json_safe(&Value::from(contents.story.model.name.as_str()).to_string());
    write!(out, "{{\"model\":{model},\"messages\":[")?;
    let conversation = contents.story.now();
    let open = contents.story.open.clone();
    let mut is_first = true;
    let mut tell = |role: &str, content: Vec<Value>| {
        let comma = if std::mem::take(&mut is_first) {
            ""
        } else {
            ","
        };
        let content = json_safe(&Value::from(content).to_string());
        write!(
            out,
            "{comma}\n{{\"role\":\"{role}\",\"content\":{content}}}"
        )
    };
    let system = context::system_text(&conversation);
    if !system.is_empty() {
        tell("system", vec![text(&system)])?;
    }
    let (mut messages, _) = context::messages(&conversation, "", 0)?;
    // the next question, which nobody has asked
    messages.pop();
    let mut answers = contents.story.thread().into_iter();
    for said in messages {
        match said {
            Message::User(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(words) => text(words),
                    Part::Picture(index) => picture(contents, open[*index], order),
                });
                tell("user", parts.collect())?;
            }
            Message::Model(_) => {
                let turn = answers.next().expect("a turn has one answer");
                tell("assistant", vec![text(&contents.told(turn)?.answer)])?;
            }
        }
    }
    writeln!(out, "\n]}}")?;
    Ok(())
}

fn text(words: &str) -> Value {
    json!({ "type": "text", "text": words })
}

fn picture(contents: &Contents, id: u32, order: &Order<'_>) -> Value {
    let url = order.sights.get(&id).map(super::Sight::uri);
    let hash = contents.story.picture(id).map(|it| it.file_sha256.as_str());
    let url = url.unwrap_or_else(|| format!("sha256:{}", hash.unwrap_or_default()));
    json!({ "type": "image_url", "image_url": { "url": url } })
}
