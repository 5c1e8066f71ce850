//! What the lines of a session file say, as types: the head, and one type a kind of record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::sample::Sampling;

/// The first line: what the session was made with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// The format's version, 1.
    pub version: u32,
    /// The version of medlab that wrote it.
    pub lab: String,
    /// Names this session among all others: 16 hexadecimal digits.
    pub id: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// The model that answers.
    pub model: Model,
    /// The chat template and its revision: `gemma3/1`.
    pub template: String,
    /// Every setting that an answer or a picture depends on, as text.
    pub settings: BTreeMap<String, String>,
    /// Where it was branched from, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
}

/// Which model, and where it computes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// `phantom`, or the name of the checkpoint.
    pub name: String,
    /// SHA-256 over its weight files.
    pub sha256: String,
    /// SHA-256 of its tokenizer.
    pub tokenizer_sha256: String,
    /// How weights are kept: `none`, `q8`, `q4`.
    pub quant: String,
    /// `cpu`, `cuda:0` …
    pub device: String,
    /// Threads that compute.
    pub threads: usize,
    /// Pixels a side of what it sees; 0 for a model without eyes.
    pub image_size: usize,
}

/// Where a session was branched from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branch {
    /// The [`Head::id`] of the other.
    pub session: String,
    /// The last turn that both have.
    pub turn: usize,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// `resume`: another process goes on with the session.
    Resume(Resume),
    /// `open`: pictures were opened.
    Open(Opening),
    /// `close`: a picture was closed.
    Close(Close),
    /// `prior`: the prior reports as they are from now on.
    Prior(Priors),
    /// `set`: a setting changed.
    Set(Set),
    /// `turn`: a question was sent.
    Turn(Box<Turn>),
    /// `piece`: a token was said.
    Piece(Piece),
    /// `done`: the answer is whole, or was stopped.
    Done(Done),
    /// `failed`: there will be no answer.
    Failed(Text),
    /// `boxes`: what the answer says about places in the pictures.
    Boxes(Boxes),
    /// `undo`: the last turn is out of the conversation.
    Undo(Undo),
    /// `reset`: turns, prior reports and pictures are out of the conversation.
    Reset,
    /// `expect`: what must hold of a turn's answer.
    Expect(Expect),
    /// `note`: words about a turn, or about the session.
    Note(Note),
    /// `verdict`: what somebody thinks of a turn's answer.
    Verdict(Verdict),
    /// `title`: what the session is called.
    Title(Text),
    /// Anything else, kept as it was.
    Other(String, Value),
}

/// Another process goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resume {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The version of medlab.
    pub lab: String,
    /// The model as it is now: the same weights, maybe on another device.
    pub model: Model,
}

/// Pictures that were opened by one name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// `sample:NAME`, or the file's or folder's name without where it lies.
    pub name: String,
    /// Where it lies, only with `--record-paths`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The pictures, in order.
    pub pictures: Vec<Shown>,
}

/// A picture as it was opened: everything but its pixels and its patient.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// From 1, through the whole session.
    pub id: u32,
    /// What the file's bytes were: `dicom`, `png` …
    pub format: String,
    /// SHA-256 of the file; of a volume in several files that of their hashes.
    pub file_sha256: String,
    /// SHA-256 of the prepared pixels: what the model got.
    pub pixels_sha256: String,
    /// How it was made square: `pad`, `stretch`.
    pub fit: String,
    /// What the model is told before it: `prior`, `current`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How it was looked at, as typed: enough to see the same again.
    pub view: BTreeMap<String, String>,
    /// Size, window, frame or slice, place, region and its statistics, chain.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

/// A picture was closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Close {
    /// Its [`Shown::id`].
    pub picture: u32,
}

/// The prior reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Priors {
    /// All of them, in the order in which the model reads them.
    pub reports: Vec<Prior>,
}

/// One prior report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prior {
    /// Its date as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Its text.
    pub text: String,
}

/// A setting changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Set {
    /// Its name.
    pub key: String,
    /// Its value as text.
    pub value: String,
}

/// A question as it was sent, with everything that the answer depends on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// From 1, through the whole session.
    pub n: usize,
    /// What stands before the question's pictures.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The question as the model read it, marked regions before it.
    pub question: String,
    /// The prompt of the library that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Used>,
    /// Asked without the earlier turns, and not part of the later ones.
    #[serde(skip_serializing_if = "is_false")]
    pub fresh: bool,
    /// A control: `blank` (the pictures replaced by grey ones), `none` (left out), `paraphrase`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// The turn whose answer this one's replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<usize>,
    /// Ids of the pictures that were open, in order.
    pub pictures: Vec<u32>,
    /// Those of them that stand in this turn for the first time.
    pub shows: Vec<u32>,
    /// The system text, the language's line not in it.
    pub system: String,
    /// The language to answer in: `auto`, `en`, `zh`.
    pub language: String,
    /// Tokens of the context window.
    pub ctx: usize,
    /// The longest answer, in tokens.
    pub max_new_tokens: usize,
    /// How tokens are chosen.
    pub sampling: Draw,
    /// Tokens of the prompt by slot.
    pub slots: BTreeMap<String, usize>,
    /// What was left out of the prompt, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Tokens that the window left for the answer.
    pub room: usize,
    /// The prompt's ids; all places of a picture are one entry.
    pub ids: Vec<Place>,
}

/// A prompt of the library, and what was put in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Used {
    /// Its name.
    pub name: String,
    /// Its variables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// How tokens are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draw {
    /// 0 takes the likeliest.
    pub temperature: f64,
    /// Only among so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<usize>,
    /// Only up to this mass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Only those at least so likely beside the likeliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// 1 is none, which is also meant when it is missing.
    pub repetition_penalty: f32,
    /// Same seed, same answer.
    pub seed: u64,
}

/// One entry of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// A token.
    Id(u32),
    /// All places of the picture of this id.
    Picture {
        /// Its [`Shown::id`].
        picture: u32,
    },
}

/// A token that was said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Piece {
    /// The token.
    pub id: u32,
    /// What it completes; empty while a character is incomplete.
    pub text: String,
    /// Natural logarithm of its probability before any sampling setting.
    pub logprob: f32,
    /// Missing for a word of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// What of the model's words is no part of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Thinking.
    Thinking,
    /// A mark around the thinking.
    Mark,
}

/// Counts and timings of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// Why it ended: `end_of_turn`, `length`, `window`, `cancelled`.
    pub stop: String,
    /// Tokens of the prompt, pictures included.
    pub prompt_tokens: usize,
    /// Of these, places of pictures.
    pub image_tokens: usize,
    /// Of the prompt's, those that were in the cache.
    pub reused_tokens: usize,
    /// Tokens said.
    pub new_tokens: usize,
    /// Milliseconds in the vision tower; 0 when it had seen the pictures before.
    pub vision_ms: f64,
    /// Milliseconds of prefill.
    pub prefill_ms: f64,
    /// Milliseconds to the first token.
    pub first_token_ms: f64,
    /// Milliseconds to the end.
    pub total_ms: f64,
    /// Tokens a second after the first.
    pub tokens_per_s: f64,
}

/// Words alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Text {
    /// The words.
    pub text: String,
}

/// Places in the pictures, read out of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Boxes {
    /// Whose answer.
    pub turn: usize,
    /// The boxes, in the answer's order.
    pub boxes: Vec<Boxed>,
    /// What had to be put right to read them, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// One place in a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Boxed {
    /// What the model calls it.
    pub label: String,
    /// Top, left, bottom, right, each in 0 to 1000 of the square that the model got.
    pub box_2d: [f64; 4],
    /// The picture's [`Shown::id`].
    pub picture: u32,
    /// Top, left, bottom, right in pixels of the file's frame.
    pub pixels: [f64; 4],
}

/// The last turn is out of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Undo {
    /// Its number.
    pub turn: usize,
}

/// What must hold of an answer; one of the three is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expect {
    /// Whose answer.
    pub turn: usize,
    /// It must say this: `no pneumothorax`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// It must not say this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<String>,
    /// A box of it must lie here.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    pub place: Option<ExpectBox>,
}

/// Where a box must lie.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExpectBox {
    /// Its label, "" for any.
    pub label: String,
    /// Top, left, bottom, right in 0 to 1000 of the square.
    pub box_2d: [f64; 4],
    /// The least intersection over union.
    pub iou: f64,
}

/// Words about a turn, or about the session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// Which turn; missing for the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
    /// The words.
    pub text: String,
}

/// What somebody thinks of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// Whose answer.
    pub turn: usize,
    /// `good`, `bad`, or any other word.
    pub grade: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Default for Draw {
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

impl From<&Sampling> for Draw {
    fn from(it: &Sampling) -> Self {
        Self {
            temperature: it.temperature,
            top_k: it.top_k,
            top_p: it.top_p,
            min_p: it.min_p,
            repetition_penalty: it.repetition_penalty,
            seed: it.seed,
        }
    }
}

impl From<&Draw> for Sampling {
    fn from(it: &Draw) -> Self {
        Self {
            temperature: it.temperature,
            top_k: it.top_k,
            top_p: it.top_p,
            min_p: it.min_p,
            repetition_penalty: it.repetition_penalty,
            seed: it.seed,
        }
    }
}
