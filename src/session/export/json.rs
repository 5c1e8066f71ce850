//! A session's contents in, one JSON object out, a turn at a time: everything but pixels, patients and the ids of the prompts.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::leaf::wanted;
use super::{Order, words};
use crate::session::contents::{Contents, Standing};
use crate::session::safe::json_safe;
use crate::session::story::{End, Told};
use crate::session::v1::{Prior, Turn};
use crate::settings::Lang;

/// The object's own version: it goes up when a field changes its meaning.
const VERSION: u32 = 1;

pub(super) fn write(
    contents: &mut Contents,
    order: &Order<'_>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut object = json!({
        "export": VERSION,
        "disclaimer": words::disclaimer(Lang::En),
        "session": order.name,
    });
    if let (Value::Object(object), Value::Object(story)) = (&mut object, story(contents)) {
        object.extend(story);
    }
    // the turns come last, and one by one
    let text = json_safe(&object.to_string());
    write!(
        out,
        "{},\"turns\":[",
        text.strip_suffix('}').unwrap_or(&text)
    )?;
    let standings = contents.standings();
    let mut comma = "";
    for index in wanted(contents, &standings, order.wish) {
        let told = contents.told(index)?;
        let turn = turn(contents, &told, standings[index]).to_string();
        write!(out, "{comma}\n{}", json_safe(&turn))?;
        comma = ",";
    }
    writeln!(out, "\n]}}")?;
    Ok(())
}

/// What there is beside the turns.
fn story(contents: &Contents) -> Value {
    let story = &contents.story;
    let pictures = story.openings.iter().flat_map(|opening| {
        opening.pictures.iter().map(|shown| {
            let mut picture = Map::new();
            if let Value::Object(fields) = json!(shown) {
                picture.extend(fields);
            }
            picture.insert("name".to_owned(), json!(opening.name));
            if let Some(path) = &opening.path {
                picture.insert("path".to_owned(), json!(path));
            }
            Value::Object(picture)
        })
    });
    json!({
        "head": story.head,
        "model": story.model,
        "title": story.title,
        "settings": story.settings,
        "seconds": (story.seconds * 1e3).round() / 1e3,
        "notes": story.notes,
        "pictures": pictures.collect::<Vec<_>>(),
        "open": story.open,
        "priors": priors(&story.priors),
        "conversation": story.thread().iter().map(|it| story.turns[*it].turn.n).collect::<Vec<_>>(),
        "unknown": story.unknown,
        "torn": contents.is_torn(),
    })
}

fn turn(contents: &Contents, told: &Told, standing: Standing) -> Value {
    let mut turn = as_written(&told.turn);
    let (stop, done, failed) = match &told.end {
        End::Cut => (None, None, None),
        End::Done(done) => (Some(&done.stop), Some(done), None),
        End::Failed(problem) => (None, None, Some(problem)),
    };
    let parent = told.parent.map(|it| contents.story.turns[it].turn.n);
    let more = json!({
        "standing": name(standing),
        "parent": parent,
        "at_s": (told.at * 1e3).round() / 1e3,
        "priors": priors(&told.priors),
        "thinking": told.thinking,
        "answer": told.answer,
        "partial": told.is_partial(),
        "token_ids": told.ids,
        "answer_ids": told.answer_ids,
        "logprobs": told.logprobs.iter().map(|it| in_short(*it)).collect::<Vec<_>>(),
        "stop": stop,
        "done": done,
        "failed": failed,
        "boxes": told.boxes.as_ref().map(|it| &it.boxes),
        "box_remarks": told.boxes.as_ref().map(|it| &it.remarks),
        "expects": told.expects,
        "verdicts": told.verdicts,
        "notes": told.notes,
    });
    if let (Value::Object(turn), Value::Object(more)) = (&mut turn, more) {
        // they are left out of what was read
        turn.remove("ids");
        turn.extend(more);
    }
    turn
}

fn priors(priors: &[Prior]) -> Value {
    json!(priors)
}

/// As the session's file writes it: a number of single precision keeps its few digits.
fn as_written(turn: &Turn) -> Value {
    let text = serde_json::to_string(turn).expect("texts and numbers");
    serde_json::from_str(&text).expect("it was written just now")
}

/// A number of single precision with as many digits as it has.
fn in_short(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

/// The name of what became of a turn.
fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Kept => "kept",
        Standing::Replaced => "replaced",
        Standing::Undone => "undone",
        Standing::Fresh => "fresh",
        Standing::Control => "control",
        Standing::Unanswered => "unanswered",
    }
}
