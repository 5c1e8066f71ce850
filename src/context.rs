//! A conversation and a window in, what fits and what was left out, out: the token budget, slot by slot.
//!
//! What is kept when it gets tight, in this order: system text, current question, pictures in use, prior report,
//! newest turns, older turns. Only turns are ever left out, oldest first and whole; their pictures stay, in the first
//! turn that is kept. The answer's room is `max_new_tokens`; history yields until the answer has `max_new_tokens` or a
//! quarter of the window, whichever is less (`reserve`). The question, the pictures and the prior report may go on into
//! that reserve, as long as 64 tokens (or `max_new_tokens`, if less) remain; beyond that they do not fit, which is an error.

use anyhow::{Result, ensure};

use crate::engine::Loaded;
use crate::error::Failure;
use crate::prompt::{Message, Origin, Part, Prompt, Words, render_traced, trim};

/// The least room for an answer that the question, the pictures and the prior report must leave, in tokens.
const LEAST_ROOM: usize = 64;

/// Everything a question stands on.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// System text, "" for none.
    pub system: String,
    /// Prior reports, in the order in which the model reads them.
    pub priors: Vec<Prior>,
    /// Questions and answers so far, oldest first.
    pub turns: Vec<Exchange>,
    /// Number of pictures in use (indices 0.. into the lab's pictures). Those that no turn has belong to the next question.
    pub pictures: usize,
    /// What stands before the pictures of the next question, "" for nothing.
    pub before: String,
    /// What the model is told about each picture; may be shorter than the pictures are many.
    pub labels: Vec<Label>,
    /// The language to answer in.
    pub language: Language,
}

/// A report from before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prior {
    /// Its date as typed.
    pub date: Option<String>,
    /// Its text.
    pub text: String,
}

/// What the model is told about a picture, "" for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Before it, without the colon: `prior`, `current`.
    pub before: String,
    /// After it: `SLICE 7`.
    pub after: String,
}

/// One question and its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What stood before its pictures, "" for nothing.
    pub before: String,
    /// The question as asked.
    pub question: String,
    /// The answer's text, thinking left out.
    pub answer: String,
    /// The ids the model said for the answer (thinking left out, stop id left out).
    pub answer_ids: Vec<u32>,
    /// Pictures that were opened before this question: indices.
    pub pictures: Vec<usize>,
    /// Whether the answer was cut off: cancelled, or out of tokens.
    pub partial: bool,
}

/// The language that the model is asked to answer in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// The question's own: nothing is added to the system text.
    #[default]
    Auto,
    /// "Answer in English." is added to the system text.
    English,
    /// "请用中文回答。" is added to the system text.
    Chinese,
}

impl std::str::FromStr for Language {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        match text {
            "auto" => Ok(Self::Auto),
            "en" => Ok(Self::English),
            "zh" => Ok(Self::Chinese),
            _ => Err(Failure::Usage(format!(
                "language {text:?} is unknown; use auto, en or zh"
            ))),
        }
    }
}

impl Language {
    /// Its name, as `--lang` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The line that the system text gets, if any.
    fn line(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::English => Some("Answer in English."),
            Self::Chinese => Some("请用中文回答。"),
        }
    }

    /// What stands before a region's box; `{}` is its name.
    pub(crate) fn region_heading(self, question: &str) -> &'static str {
        match self {
            Self::Chinese => "区域 {}：",
            Self::Auto if has_chinese(question) => "区域 {}：",
            Self::Auto | Self::English => "Region {}: ",
        }
    }

    /// What stands before a prior report that a question follows.
    fn prior_heading(self, question: &str, date: Option<&str>) -> String {
        let is_chinese = self == Self::Chinese || self == Self::Auto && has_chinese(question);
        match (is_chinese, date) {
            (true, None) => "既往报告：".to_owned(),
            (true, Some(date)) => format!("既往报告（{date}）："),
            (false, None) => "Prior report:".to_owned(),
            (false, Some(date)) => format!("Prior report ({date}):"),
        }
    }
}

/// A use of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotUse {
    /// `system`, `question`, `pictures`, `prior report`, `turns`, `template`.
    pub slot: &'static str,
    /// Tokens it takes.
    pub tokens: usize,
}

/// What will be sent.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The prompt.
    pub prompt: Prompt,
    /// Tokens by slot, always the six of [`SlotUse`] in that order; the sum is the prompt's length.
    pub slots: Vec<SlotUse>,
    /// What was left out, one sentence each; empty when everything fits.
    pub dropped: Vec<String>,
    /// Tokens left for the answer.
    pub room: usize,
}

impl Fitted {
    /// How many pictures like the `open` ones the window has room for, beside everything else of this prompt and the least
    /// room for an answer; `None` when none is open.
    pub fn pictures_that_fit(&self, open: usize) -> Option<usize> {
        let tokens = self.slots.get(PICTURES)?.tokens;
        let each = tokens.checked_div(open).filter(|each| *each > 0)?;
        Some((tokens + self.room.saturating_sub(LEAST_ROOM)) / each)
    }
}

/// How many tokens there are to spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Tokens of prompt and answer together.
    pub ctx: usize,
    /// The longest answer wanted.
    pub max_new_tokens: usize,
}

impl Window {
    /// Room that turns yield to the answer.
    pub fn reserve(self) -> usize {
        self.max_new_tokens.min(self.ctx / 4)
    }

    /// Room that everything yields to the answer.
    fn least(self) -> usize {
        self.reserve().min(LEAST_ROOM)
    }
}

/// Fits a conversation and a new question into a window of `ctx` tokens, keeping room for an answer.
///
/// # Errors
/// When what may not be dropped does not fit: says by how many tokens.
pub fn fit(
    conversation: &Conversation,
    question: &str,
    loaded: &Loaded,
    ctx: usize,
    max_new_tokens: usize,
) -> Result<Fitted> {
    let (limit, per_picture) = (
        loaded.config.text.max_position_embeddings,
        loaded.config.tokens_per_picture(),
    );
    if ctx > limit {
        let problem = format!(
            "a window of {ctx} tokens is more than this model has, which is {limit}; lower --ctx"
        );
        return Err(Failure::Usage(problem).into());
    }
    if conversation.pictures > 0 && per_picture == 0 {
        let problem = format!(
            "{} reads text only and cannot see pictures; close them or use another --model",
            loaded.name
        );
        return Err(Failure::Usage(problem).into());
    }
    let words = Words {
        tokenizer: &loaded.tokenizer,
        tokens: &loaded.tokens,
        tokens_per_picture: per_picture,
    };
    fit_words(
        conversation,
        question,
        &words,
        Window {
            ctx,
            max_new_tokens,
        },
    )
}

/// `fit`, for a tokenizer without its model.
///
/// # Errors
/// As `fit`.
pub fn fit_words(
    conversation: &Conversation,
    question: &str,
    words: &Words<'_>,
    window: Window,
) -> Result<Fitted> {
    if trim(question).is_empty() {
        return Err(
            Failure::Usage("the question is empty; type what you want to know".to_owned()).into(),
        );
    }
    let whole = Draft::new(conversation, question, 0, words)?;
    let whole_length = whole.prompt.ids.len();
    let mut draft = whole;
    if whole_length + window.reserve() > window.ctx {
        let first = first_kept(conversation, question, words, window)?;
        draft = Draft::new(conversation, question, first, words)?;
    }
    let length = draft.prompt.ids.len();
    if length + window.least() > window.ctx {
        return Err(too_long(conversation, question, words, window)?.into());
    }
    let room = window.ctx - length;
    let dropped = left_out(
        draft.first,
        conversation.turns.len(),
        whole_length - length,
        room,
    );
    Ok(Fitted {
        slots: draft.slots(),
        prompt: draft.prompt,
        dropped,
        room,
    })
}

/// The first turn that is kept: the fewest are left out. Each turn left out makes the prompt shorter.
fn first_kept(
    conversation: &Conversation,
    question: &str,
    words: &Words<'_>,
    window: Window,
) -> Result<usize> {
    let (mut low, mut high) = (0, conversation.turns.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let length = Draft::new(conversation, question, middle, words)?
            .prompt
            .ids
            .len();
        if length + window.reserve() <= window.ctx {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

fn left_out(first: usize, turns: usize, tokens: usize, room: usize) -> Vec<String> {
    let what = match (first, turns) {
        (0, _) => return Vec::new(),
        (1, 1) => "the earlier question and its answer".to_owned(),
        (1, _) => format!("the oldest of {turns} earlier questions and its answer"),
        (_, _) if first == turns => format!("all {turns} earlier questions and their answers"),
        _ => format!("the {first} oldest of {turns} earlier questions and their answers"),
    };
    vec![format!(
        "left out {what} ({tokens} tokens), so that {room} tokens remain for this answer"
    )]
}

/// Says what does not fit, and by how much.
fn too_long(
    conversation: &Conversation,
    question: &str,
    words: &Words<'_>,
    window: Window,
) -> Result<Failure> {
    let bare = |prior: bool| -> Result<Draft> {
        let priors = conversation.priors.iter().filter(|_| prior);
        let alone = Conversation {
            system: conversation.system.clone(),
            priors: priors.cloned().collect(),
            turns: Vec::new(),
            pictures: conversation.pictures,
            before: conversation.before.clone(),
            labels: conversation.labels.clone(),
            language: conversation.language,
        };
        Draft::new(&alone, question, 0, words)
    };
    let excess =
        |draft: &Draft| (draft.prompt.ids.len() + window.least()).saturating_sub(window.ctx);
    let (with_prior, without) = (bare(true)?, bare(false)?);
    let (ctx, least) = (window.ctx, window.least());
    if excess(&without) == 0 {
        let (what, is, them) = match conversation.priors.len() {
            0 | 1 => ("the prior report", "is", "it"),
            _ => ("the prior reports", "are", "them"),
        };
        return Ok(Failure::Usage(format!(
            "{what} ({} tokens) {is} {} tokens too long for the window of {ctx} (with {least} kept for the answer); \
             shorten {them}, close a picture, or raise --ctx",
            with_prior.tokens_of(PRIOR),
            excess(&with_prior),
        )));
    }
    let pictures = match conversation.pictures {
        0 => String::new(),
        1 => " and the picture".to_owned(),
        n => format!(" and {n} pictures"),
    };
    Ok(Failure::Usage(format!(
        "the question{pictures} {verb} {} tokens, {} more than fit into the window of {ctx} (with {least} kept for the answer); \
         {}, or raise --ctx to {}",
        without.prompt.ids.len(),
        excess(&without),
        way_out(&without, conversation.pictures, excess(&without)),
        without.prompt.ids.len() + least,
        verb = if conversation.pictures == 0 {
            "takes"
        } else {
            "take"
        },
    )))
}

/// What to do about pictures or a question that do not fit.
fn way_out(draft: &Draft, pictures: usize, excess: usize) -> String {
    if pictures < 2 {
        return "shorten the question".to_owned();
    }
    let each = (draft.tokens_of(PICTURES) / pictures).max(1);
    match pictures.saturating_sub(excess.div_ceil(each)) {
        0 => "close a picture".to_owned(),
        fit => format!("close a picture ({fit} of them fit; of a series take --slices auto:{fit})"),
    }
}

const PICTURES: usize = 2;
const SLOTS: [&str; 6] = [
    "system",
    "question",
    "pictures",
    "prior report",
    "turns",
    "template",
];
const PRIOR: usize = 3;

/// The prompt that keeps the turns from `first` on.
struct Draft {
    first: usize,
    prompt: Prompt,
    origins: Vec<Origin>,
    /// Bytes of the first turn's text that are the prior report and its heading.
    prior_bytes: usize,
    /// For each message the index of the part that is the user's own words.
    words: Vec<usize>,
    /// Index of the message that is the question.
    question: usize,
    /// Whether something stands before the question's pictures.
    has_before: bool,
}

impl Draft {
    fn new(
        conversation: &Conversation,
        question: &str,
        first: usize,
        words: &Words<'_>,
    ) -> Result<Self> {
        let (messages, prior_bytes) = messages(conversation, question, first)?;
        let system = system_text(conversation);
        let (prompt, origins) = render_traced(words, &system, &messages)?;
        Ok(Self {
            first,
            prompt,
            origins,
            prior_bytes,
            words: messages.iter().map(last_part).collect(),
            question: messages.len() - 1,
            has_before: !trim(&conversation.before).is_empty(),
        })
    }

    fn slots(&self) -> Vec<SlotUse> {
        let slots = SLOTS.iter().enumerate();
        slots
            .map(|(index, slot)| SlotUse {
                slot,
                tokens: self.tokens_of(index),
            })
            .collect()
    }

    fn tokens_of(&self, slot: usize) -> usize {
        self.origins
            .iter()
            .filter(|origin| self.slot_of(origin) == slot)
            .count()
    }

    fn slot_of(&self, origin: &Origin) -> usize {
        match *origin {
            Origin::System => 0,
            Origin::Text {
                message, part: 0, ..
            } if self.has_before && message == self.question => 1,
            Origin::Text { message, part, .. } if part != self.words[message] => 2,
            Origin::Text {
                message: 0, byte, ..
            } if byte < self.prior_bytes => PRIOR,
            Origin::Text { message, .. } if message == self.question => 1,
            Origin::Picture { .. } => 2,
            Origin::Text { .. } | Origin::Said { .. } => 4,
            Origin::Template => 5,
        }
    }
}

/// The index of a message's last part.
fn last_part(message: &Message) -> usize {
    match message {
        Message::User(parts) => parts.len().saturating_sub(1),
        Message::Model(_) => 0,
    }
}

/// The system text and the language's line under it.
pub(crate) fn system_text(conversation: &Conversation) -> String {
    match conversation.language.line() {
        None => conversation.system.clone(),
        Some(line) if conversation.system.is_empty() => line.to_owned(),
        Some(line) => format!("{}\n{line}", conversation.system),
    }
}

/// The turns from `first` on and the question, as messages; and the bytes of the first text that are the prior report.
pub(crate) fn messages(
    conversation: &Conversation,
    question: &str,
    first: usize,
) -> Result<(Vec<Message>, usize)> {
    let (out, kept) = conversation.turns.split_at(first);
    let mut carried: Vec<usize> = out
        .iter()
        .flat_map(|turn| turn.pictures.iter().copied())
        .collect();
    let mut heading = prior_text(
        conversation,
        kept.first().map_or(question, |turn| &turn.question),
    );
    let prior_bytes = heading.len();
    let mut messages = Vec::with_capacity(2 * kept.len() + 1);
    for turn in kept {
        carried.extend(&turn.pictures);
        messages.push(user(
            &mut carried,
            &conversation.labels,
            &mut heading,
            (&turn.before, &turn.question),
        ));
        messages.push(Message::Model(turn.answer_ids.clone()));
    }
    carried.extend(new_pictures(conversation));
    messages.push(user(
        &mut carried,
        &conversation.labels,
        &mut heading,
        (&conversation.before, question),
    ));
    let shown = messages.iter().flat_map(|message| match message {
        Message::User(parts) => parts.as_slice(),
        Message::Model(_) => &[],
    });
    for part in shown {
        let open = !matches!(part, Part::Picture(index) if *index >= conversation.pictures);
        ensure!(
            open,
            "a turn shows a picture that is not open ({part:?} of {})",
            conversation.pictures
        );
    }
    Ok((messages, prior_bytes))
}

/// A user's message: what stands before the pictures, these, each between its labels, then what is carried to the first of
/// them, then the question.
fn user(
    pictures: &mut Vec<usize>,
    labels: &[Label],
    heading: &mut String,
    (before, question): (&str, &str),
) -> Message {
    let text = std::mem::take(heading) + trim(question);
    let pictures = pictures.drain(..).flat_map(|index| {
        let label = labels.get(index);
        let before = label.filter(|it| !it.before.is_empty());
        let after = label.filter(|it| !it.after.is_empty());
        [
            before.map(|it| Part::Text(format!("{}:", it.before))),
            Some(Part::Picture(index)),
            after.map(|it| Part::Text(it.after.clone())),
        ]
    });
    let before = Some(trim(before)).filter(|it| !it.is_empty());
    let before = before.map(|it| Part::Text(it.to_owned())).into_iter();
    let parts = before.chain(pictures.flatten());
    Message::User(parts.chain([Part::Text(text)]).collect())
}

/// The prior reports as they stand before a question, "" when there is none.
fn prior_text(conversation: &Conversation, question: &str) -> String {
    let mut text = String::new();
    for prior in &conversation.priors {
        let report = trim(&prior.text);
        if !report.is_empty() {
            let date = prior.date.as_deref();
            text += &conversation.language.prior_heading(question, date);
            text.extend(["\n", report, "\n\n"]);
        }
    }
    text
}

/// Pictures that were opened since the last question: those that no turn shows.
pub fn new_pictures(conversation: &Conversation) -> Vec<usize> {
    let shown = |index: &usize| {
        conversation
            .turns
            .iter()
            .any(|turn| turn.pictures.contains(index))
    };
    (0..conversation.pictures)
        .filter(|index| !shown(index))
        .collect()
}

/// Whether a text has Chinese characters.
pub fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
    })
}
