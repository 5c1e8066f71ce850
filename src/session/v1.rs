//! Version 1 of the session file: lines in, [`Head`] and [`Record`]s out, and back. `sessions/README.md` explains every field.
//!
//! The first line is a JSON object, the head. Every line after it is `[delay, kind, data]`: seconds since the line before,
//! what happened, and what belongs to it. A line that begins with `#` is a comment. Kinds that are not known are kept
//! ([`Record::Other`]), fields that are not known are passed over, and a field that is `null` counts as missing.
//! What is written is the newest version; older versions, once there are any, have modules of their own that make these
//! types.

mod exact;
mod records;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use records::{
    Boxed, Boxes, Branch, Close, Done, Draw, Expect, ExpectBox, Head, Model, Note, Opening, Part,
    Piece, Place, Prior, Priors, Record, Resume, Set, Shown, Text, Turn, Undo, Used, Verdict,
};

/// The version that this module reads and writes.
pub const VERSION: u32 = 1;

/// The head as its line, line feed included.
pub fn head_line(head: &Head) -> String {
    serde_json::to_string(head).expect("texts and numbers") + "\n"
}

/// The head of a branch from the head's line of a session: everything is kept but its name, its time, and where it comes from.
///
/// # Errors
/// When the line is no head; the rest of a sentence behind the file's name.
pub fn head_of_branch(
    line: &str,
    id: &str,
    started: &str,
    branch: &Branch,
) -> Result<String, String> {
    head(line)?;
    let mut fields: Map<String, Value> = serde_json::from_str(line).expect("a head is an object");
    fields.remove("version");
    fields.insert("id".to_owned(), id.into());
    fields.insert("started".to_owned(), started.into());
    fields.insert("branch".to_owned(), serde_json::json!(branch));
    // the version comes first, for people and for programs that look at the first bytes
    let rest = json(&fields);
    Ok(format!("{{\"version\":{VERSION},{}\n", &rest[1..]))
}

/// A record as its line, line feed included; `delay` in seconds.
pub fn line(delay: f64, record: &Record) -> String {
    let (kind, data) = match record {
        Record::Resume(it) => ("resume", json(it)),
        Record::Open(it) => ("open", json(it)),
        Record::Close(it) => ("close", json(it)),
        Record::Prior(it) => ("prior", json(it)),
        Record::Set(it) => ("set", json(it)),
        Record::Turn(it) => ("turn", json(it)),
        Record::Piece(it) => ("piece", json(it)),
        Record::Done(it) => ("done", json(it)),
        Record::Failed(it) => ("failed", json(it)),
        Record::Boxes(it) => ("boxes", json(it)),
        Record::Undo(it) => ("undo", json(it)),
        Record::Reset => ("reset", "{}".to_owned()),
        Record::Expect(it) => ("expect", json(it)),
        Record::Note(it) => ("note", json(it)),
        Record::Verdict(it) => ("verdict", json(it)),
        Record::Title(it) => ("title", json(it)),
        Record::Other(kind, data) => {
            let kind = Value::from(kind.as_str());
            return format!("[{delay:.3}, {kind}, {data}]\n");
        }
    };
    format!("[{delay:.3}, \"{kind}\", {data}]\n")
}

fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("texts and numbers")
}

/// A line cut into its delay, its kind and its data, before anybody looks at the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts<'a> {
    /// Seconds since the line before.
    pub delay: f64,
    /// What happened, as the file writes it.
    pub kind: &'a str,
    /// JSON.
    pub data: &'a str,
}

/// Cuts a line; the error is half a sentence.
///
/// # Errors
/// When it is not `[delay, "kind", data]`.
pub fn parts(line: &str) -> Result<Parts<'_>, &'static str> {
    const EXPECTED: &str = "expected [delay, \"kind\", data]";
    let cut = || -> Option<Parts<'_>> {
        let inner = line.trim().strip_prefix('[')?.strip_suffix(']')?;
        let (delay, rest) = inner.split_once(',')?;
        let (kind, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let data = rest.trim_start().strip_prefix(',')?.trim();
        let delay: f64 = delay.trim().parse().ok()?;
        let is_delay = delay.is_finite() && delay >= 0.0;
        (is_delay && !data.is_empty() && !kind.contains('\\')).then_some(Parts {
            delay,
            kind,
            data,
        })
    };
    exact::parts(line).or_else(cut).ok_or(EXPECTED)
}

impl Parts<'_> {
    /// What happened.
    ///
    /// # Errors
    /// When the data are not what this kind has; half a sentence.
    pub fn record(&self) -> Result<Record, String> {
        Ok(match self.kind {
            "piece" => Record::Piece(self.piece()?),
            "resume" => Record::Resume(self.tolerant()?),
            "open" => Record::Open(self.tolerant()?),
            "close" => Record::Close(self.tolerant()?),
            "prior" => Record::Prior(self.tolerant()?),
            "set" => Record::Set(self.tolerant()?),
            "turn" => Record::Turn(Box::new(self.turn(true)?)),
            "done" => Record::Done(self.tolerant()?),
            "failed" => Record::Failed(self.tolerant()?),
            "boxes" => Record::Boxes(self.tolerant()?),
            "undo" => Record::Undo(self.tolerant()?),
            "reset" => self.value().map(|_| Record::Reset)?,
            "expect" => Record::Expect(self.tolerant()?),
            "note" => Record::Note(self.tolerant()?),
            "verdict" => Record::Verdict(self.tolerant()?),
            "title" => Record::Title(self.tolerant()?),
            other => Record::Other(other.to_owned(), self.value()?),
        })
    }

    /// The same, but the ids of a turn's prompt are left out: they are looked at, and not kept.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn record_without_prompt(&self) -> Result<Record, String> {
        match self.kind {
            "turn" => Ok(Record::Turn(Box::new(self.turn(false)?))),
            _ => self.record(),
        }
    }

    /// A piece; there are so many that the common form is read by hand.
    ///
    /// # Errors
    /// When the data are not a piece's; half a sentence.
    pub fn piece(&self) -> Result<Piece, String> {
        exact::piece(self.data).map_or_else(|| self.tolerant(), Ok)
    }

    /// So many ids are in a prompt that they are read by hand, in the common form.
    fn turn(&self, with_ids: bool) -> Result<Turn, String> {
        let by_hand = || {
            let (object, ids) = exact::without_ids(self.data)?;
            let mut turn: Turn = serde_json::from_str(&object).ok()?;
            exact::each_place(ids, &mut |place| turn.ids.extend(with_ids.then_some(place)))?;
            Some(turn)
        };
        let mut turn: Turn = by_hand().map_or_else(|| self.tolerant(), Ok)?;
        if !with_ids {
            turn.ids.clear();
        }
        Ok(turn)
    }

    fn value(&self) -> Result<Value, String> {
        serde_json::from_str(self.data)
            .map_err(|error| format!("its data are not JSON ({})", brief(&error)))
    }

    /// Fields that are null count as missing.
    fn tolerant<T: DeserializeOwned>(&self) -> Result<T, String> {
        typed(self.value()?)
            .map_err(|error| format!("its data are not those of a {} ({error})", self.kind))
    }
}

/// The head of a file.
///
/// # Errors
/// When the line is no head, or of a version that this program does not know; the rest of a sentence behind the file's name.
pub fn head(line: &str) -> Result<Head, String> {
    const NONE: &str = "is no session: its first line is not {\"version\": 1, …}";
    let value: Value = serde_json::from_str(line).map_err(|_json| NONE.to_owned())?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => {
            return Err(format!(
                "is a session of version {version}; this medlab reads version {VERSION}: use the one that wrote it, or a newer one"
            ));
        }
        None => return Err(NONE.to_owned()),
    }
    typed(value)
        .map_err(|error| format!("is no whole session: its first line is damaged ({error})"))
}

fn typed<T: DeserializeOwned>(mut value: Value) -> Result<T, String> {
    without_nulls(&mut value);
    if !value.is_object() {
        return Err("expected an object".to_owned());
    }
    serde_json::from_value(value).map_err(|error| brief(&error))
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// What serde says, without the place, and bounded: it may repeat what the file has.
fn brief(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.find(" at line").unwrap_or(text.len());
    text[..end]
        .chars()
        .filter(|it| !it.is_control())
        .take(120)
        .collect()
}
