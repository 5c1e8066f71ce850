//! Turns in, ids and image places out: the one chat template (Gemma 3's), token-exact.
//!
//! The template is rendered to one text with the pictures' wrappers in it, and only then tokenised, so that runs of line
//! feeds merge across what was joined, as they do in Transformers. Two things differ on purpose: what the model said
//! is spliced in as the ids it chose, and a user's text that looks like a control token stays plain characters.

use anyhow::{Context, bail, ensure};

use crate::tokenizer::{SpecialTokens, Tokenizer};

/// The template and its revision, as sessions name it.
pub const TEMPLATE: &str = "gemma3/1";

/// A piece of a user's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words; trimmed as the template does.
    Text(String),
    /// A picture, by its index among the conversation's pictures.
    Picture(usize),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What the user sent.
    User(Vec<Part>),
    /// What the model said: its own ids, never re-tokenised, without the stop id.
    Model(Vec<u32>),
}

/// What the model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Every id, image places included.
    pub ids: Vec<u32>,
    /// For each run of image places, in order: first place, and the index of the picture.
    pub pictures: Vec<(usize, usize)>,
}

/// What a token of a prompt was made from; a token over a boundary belongs to what its first byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The chat template's own words.
    Template,
    /// The system text and the empty line after it.
    System,
    /// A user's words.
    Text {
        /// Index of the message.
        message: usize,
        /// Index of the part.
        part: usize,
        /// Byte of the trimmed text.
        byte: usize,
    },
    /// A picture's places and wrappers.
    Picture {
        /// Index of the message.
        message: usize,
        /// Index of the part.
        part: usize,
    },
    /// What the model said.
    Said {
        /// Index of the message.
        message: usize,
    },
}

/// What turns words into a model's ids.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The checkpoint's tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// Its special ids.
    pub tokens: &'a SpecialTokens,
    /// Places that a picture takes.
    pub tokens_per_picture: usize,
}

/// Renders messages (ending with a user's) into a prompt that ends where the model begins to speak.
///
/// # Errors
/// When roles do not alternate or the tokenizer refuses a text.
pub fn render(
    tokenizer: &Tokenizer,
    tokens: &SpecialTokens,
    tokens_per_picture: usize,
    system: &str,
    messages: &[Message],
) -> anyhow::Result<Prompt> {
    let words = Words {
        tokenizer,
        tokens,
        tokens_per_picture,
    };
    Ok(render_traced(&words, system, messages)?.0)
}

/// `render`, and what each of the prompt's ids was made from.
///
/// # Errors
/// As `render`.
pub fn render_traced(
    words: &Words<'_>,
    system: &str,
    messages: &[Message],
) -> anyhow::Result<(Prompt, Vec<Origin>)> {
    check_roles(messages)?;
    let mut writer = Writer::new(words)?;
    writer.special(words.tokens.bos, Origin::Template)?;
    for (index, message) in messages.iter().enumerate() {
        match message {
            Message::User(parts) => {
                writer.begin("user")?;
                if index == 0 && !system.is_empty() {
                    writer.text(system, |_| Origin::System);
                    writer.text("\n\n", |_| Origin::System);
                }
                writer.parts(index, parts)?;
            }
            Message::Model(ids) => {
                writer.begin("model")?;
                for &id in ids {
                    writer.special(id, Origin::Said { message: index })?;
                }
            }
        }
        writer.special(writer.end_of_turn, Origin::Template)?;
        writer.text("\n", |_| Origin::Template);
    }
    writer.begin("model")?;
    writer.finish()
}

/// The template's `trim`: Python's `str.strip`, which also strips U+001C to U+001F.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

fn check_roles(messages: &[Message]) -> anyhow::Result<()> {
    for (index, message) in messages.iter().enumerate() {
        let is_user = matches!(message, Message::User(_));
        if is_user != (index % 2 == 0) {
            bail!(
                "message {} speaks out of turn: user and model must alternate, the user first",
                index + 1
            );
        }
    }
    ensure!(
        messages.len() % 2 == 1,
        "a prompt ends with a user's message, this one has none at its end"
    );
    Ok(())
}

/// What a byte of a text, counted from the text's beginning, comes from.
type Source = Box<dyn Fn(usize) -> Origin>;

/// Gathers text until a token with an id of its own cuts it.
struct Writer<'a> {
    words: &'a Words<'a>,
    start_of_turn: u32,
    end_of_turn: u32,
    ids: Vec<u32>,
    origins: Vec<Origin>,
    pictures: Vec<(usize, usize)>,
    /// Text not yet tokenised.
    text: String,
    /// Where in `text` each source begins, and what a byte of it (counted from there) comes from.
    sources: Vec<(usize, Source)>,
}

impl<'a> Writer<'a> {
    fn new(words: &'a Words<'a>) -> anyhow::Result<Self> {
        let id_of = |text: &str| {
            words
                .tokenizer
                .id_of(text)
                .with_context(|| format!("the tokenizer has no {text}, which a Gemma 3 chat needs"))
        };
        Ok(Self {
            words,
            start_of_turn: id_of("<start_of_turn>")?,
            end_of_turn: id_of("<end_of_turn>")?,
            ids: Vec::new(),
            origins: Vec::new(),
            pictures: Vec::new(),
            text: String::new(),
            sources: Vec::new(),
        })
    }

    fn begin(&mut self, role: &str) -> anyhow::Result<()> {
        self.special(self.start_of_turn, Origin::Template)?;
        self.text(role, |_| Origin::Template);
        self.text("\n", |_| Origin::Template);
        Ok(())
    }

    fn parts(&mut self, message: usize, parts: &[Part]) -> anyhow::Result<()> {
        for (part, what) in parts.iter().enumerate() {
            match what {
                Part::Text(text) => self.text(trim(text), move |byte| Origin::Text {
                    message,
                    part,
                    byte,
                }),
                Part::Picture(picture) => {
                    self.picture(*picture, Origin::Picture { message, part })?;
                }
            }
        }
        Ok(())
    }

    fn picture(&mut self, picture: usize, origin: Origin) -> anyhow::Result<()> {
        let tokens = self.words.tokens;
        self.text("\n\n", move |_| origin);
        self.special(tokens.boi, origin)?;
        self.pictures.push((self.ids.len(), picture));
        for _ in 0..self.words.tokens_per_picture {
            self.special(tokens.image, origin)?;
        }
        self.special(tokens.eoi, origin)?;
        self.text("\n\n", move |_| origin);
        Ok(())
    }

    fn text(&mut self, text: &str, origin: impl Fn(usize) -> Origin + 'static) {
        self.sources.push((self.text.len(), Box::new(origin)));
        self.text.push_str(text);
    }

    fn special(&mut self, id: u32, origin: Origin) -> anyhow::Result<()> {
        self.flush()?;
        self.ids.push(id);
        self.origins.push(origin);
        Ok(())
    }

    /// Tokenises the text so far; untrusted, since a control token may also form where two parts meet.
    fn flush(&mut self) -> anyhow::Result<()> {
        let text = std::mem::take(&mut self.text);
        let sources = std::mem::take(&mut self.sources);
        if text.is_empty() {
            return Ok(());
        }
        for placed in self.words.tokenizer.encode_plain(&text)? {
            let after = sources.partition_point(|(start, _)| *start <= placed.byte);
            let (start, origin) = &sources[after.saturating_sub(1)];
            self.ids.push(placed.id);
            self.origins.push(origin(placed.byte - start));
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<(Prompt, Vec<Origin>)> {
        self.flush()?;
        Ok((
            Prompt {
                ids: self.ids,
                pictures: self.pictures,
            },
            self.origins,
        ))
    }
}
