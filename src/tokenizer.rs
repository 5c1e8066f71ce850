//! Words in, ids out, and back: a stream of ids becomes text that never breaks a character.

mod stream;

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};

pub use stream::TextStream;

/// The checkpoint's tokenizer: BPE over pieces with `▁` for a space, and bytes for what it has no piece for.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    controls: Controls,
    sha256: String,
}

/// Texts that steer the model; a user's words never become one of them.
struct Controls {
    texts: HashSet<String>,
    /// The characters they begin with.
    firsts: Vec<char>,
    /// How many bytes they have.
    lengths: Vec<usize>,
}

/// Ids with a meaning of their own, from the checkpoint's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialTokens {
    /// `<bos>`, 2.
    pub bos: u32,
    /// `<start_of_image>`.
    pub boi: u32,
    /// `<end_of_image>`.
    pub eoi: u32,
    /// `<image_soft_token>`: the place of one row of a picture.
    pub image: u32,
    /// Ids that end an answer: `<eos>` 1 and `<end_of_turn>` 106.
    pub stop: Vec<u32>,
    /// `<unused94>`: thinking begins (None when the vocabulary lacks it).
    pub think_start: Option<u32>,
    /// `<unused95>`: thinking ends.
    pub think_end: Option<u32>,
}

/// The ids that a checkpoint's `config.json` and `generation_config.json` name; what they leave out comes from the tokenizer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedTokens {
    /// `boi_token_index`.
    pub boi: Option<u32>,
    /// `eoi_token_index`.
    pub eoi: Option<u32>,
    /// `image_token_index` or `image_token_id`.
    pub image: Option<u32>,
    /// `eos_token_id` of `generation_config.json`, else of `config.json`; empty when neither has it.
    pub stop: Vec<u32>,
}

impl SpecialTokens {
    /// What the checkpoint names, completed from its tokenizer: `<start_of_image>`, `<end_of_image>`,
    /// `<image_soft_token>`, and as stop ids `<eos>` and `<end_of_turn>`.
    ///
    /// # Errors
    /// When a token is neither named nor in the vocabulary, or a named id is not in it.
    pub fn find(tokenizer: &Tokenizer, named: &NamedTokens) -> anyhow::Result<Self> {
        let find = |text: &str| {
            tokenizer
                .id_of(text)
                .with_context(|| format!("the tokenizer has no {text}, which a Gemma 3 chat needs; use the tokenizer.json of the same checkpoint"))
        };
        let or_find = |id: Option<u32>, text: &str| match id {
            Some(id) if tokenizer.piece(id).is_none() => {
                bail!(
                    "config.json names token {id} for {text}, which is not in tokenizer.json; the two belong to different checkpoints"
                )
            }
            Some(id) => Ok(id),
            None => find(text),
        };
        let stop = if named.stop.is_empty() {
            vec![find("<eos>")?, find("<end_of_turn>")?]
        } else {
            named.stop.clone()
        };
        Ok(Self {
            bos: find("<bos>")?,
            boi: or_find(named.boi, "<start_of_image>")?,
            eoi: or_find(named.eoi, "<end_of_image>")?,
            image: or_find(named.image, "<image_soft_token>")?,
            stop,
            think_start: tokenizer.id_of("<unused94>"),
            think_end: tokenizer.id_of("<unused95>"),
        })
    }
}

/// One id of a text, and the byte of the text where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The id.
    pub id: u32,
    /// Offset in bytes.
    pub byte: usize,
}

impl Tokenizer {
    /// From the bytes of `tokenizer.json`.
    ///
    /// # Errors
    /// When it is not a tokenizer, or one that does not turn pieces into text as Gemma's does.
    pub fn from_bytes(json: &[u8]) -> anyhow::Result<Self> {
        let inner = tokenizers::Tokenizer::from_bytes(json)
            .map_err(|error| anyhow::anyhow!("tokenizer.json is not a tokenizer: {error}"))?;
        check_decoder(&inner)?;
        let controls = Controls::of(&inner);
        let sha256 = hex(&Sha256::digest(json));
        Ok(Self {
            inner,
            controls,
            sha256,
        })
    }

    /// Text to ids, adding nothing; `<start_of_turn>` in the text becomes that token, as in Transformers.
    ///
    /// # Errors
    /// When the tokenizer refuses the text.
    pub fn encode(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|error| anyhow::anyhow!("the tokenizer refused the text: {error}"))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Untrusted text to ids with the byte each begins at: what looks like a control token
    /// (`<start_of_image>`, `<end_of_turn>`, `<unused94>` …) stays plain characters.
    /// Everything else is tokenised as `encode` does.
    ///
    /// # Errors
    /// When the tokenizer refuses the text.
    pub fn encode_plain(&self, text: &str) -> anyhow::Result<Vec<Placed>> {
        let mut placed = Vec::new();
        let mut start = 0;
        for end in self.controls.cuts(text).into_iter().chain([text.len()]) {
            let encoding = self
                .inner
                .encode(&text[start..end], false)
                .map_err(|error| anyhow::anyhow!("the tokenizer refused the text: {error}"))?;
            let places = encoding.get_offsets().iter().map(|offset| start + offset.0);
            placed.extend(
                encoding
                    .get_ids()
                    .iter()
                    .zip(places)
                    .map(|(&id, byte)| Placed { id, byte }),
            );
            start = end;
        }
        Ok(placed)
    }

    /// The id of a token by its exact text.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// A fresh stream: ids in, text out.
    pub fn stream(&self, tokens: &SpecialTokens) -> TextStream<'_> {
        TextStream::new(self, tokens)
    }

    /// Lower-case hex SHA-256 of `tokenizer.json`.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// A token's text as the vocabulary spells it (`▁the`, `<0xE4>`, `<eos>`); None for an id it lacks.
    pub fn piece(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The text of ids that stand together, none of them special.
    pub fn decode(&self, ids: &[u32]) -> String {
        // ids of this vocabulary have a text; those of another have none
        self.inner.decode(ids, false).unwrap_or_default()
    }

    /// The name of a token that steers the model and says nothing (`<start_of_turn>`); `None` for all others.
    pub fn special(&self, id: u32) -> Option<String> {
        self.piece(id).filter(|it| self.is_special(it))
    }

    /// Whether a token steers the model and says nothing (`<bos>`, `<end_of_turn>`, `<start_of_image>` …).
    fn is_special(&self, piece: &str) -> bool {
        self.inner.get_added_vocabulary().is_special_token(piece)
    }
}

impl Controls {
    fn of(inner: &tokenizers::Tokenizer) -> Self {
        let texts: HashSet<String> = inner
            .get_added_tokens_decoder()
            .into_values()
            .filter(|token| token.content.chars().count() > 1)
            .filter(|token| token.special || is_reserved(&token.content))
            .map(|token| token.content)
            .collect();
        let firsts: BTreeSet<char> = texts
            .iter()
            .filter_map(|text| text.chars().next())
            .collect();
        let lengths: BTreeSet<usize> = texts.iter().map(String::len).collect();
        Self {
            texts,
            firsts: firsts.into_iter().collect(),
            lengths: lengths.into_iter().collect(),
        }
    }

    /// Bytes to cut a text at, so that no part holds a whole control token: after the first character of each.
    fn cuts(&self, text: &str) -> Vec<usize> {
        text.char_indices()
            .filter(|(_, first)| self.firsts.contains(first))
            .filter(|&(start, _)| self.begins_at(text, start))
            .map(|(start, first)| start + first.len_utf8())
            .collect()
    }

    fn begins_at(&self, text: &str, start: usize) -> bool {
        self.lengths
            .iter()
            .filter_map(|length| text.get(start..start + length))
            .any(|candidate| self.texts.contains(candidate))
    }
}

/// Which of the model's two voices a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Between `<unused94>` and `<unused95>`.
    Thinking,
    /// The answer.
    Answer,
}

/// Added tokens that are not marked special and yet are nobody's words: `<unused94>`, `<mask>`, `[multimodal]`.
fn is_reserved(token: &str) -> bool {
    token == "<mask>" || token == "[multimodal]" || token.starts_with("<unused")
}

/// Gemma's decoder is `▁` to space, then bytes, then fuse; the stream does exactly that and nothing else.
fn check_decoder(inner: &tokenizers::Tokenizer) -> anyhow::Result<()> {
    let decoder = serde_json::to_value(inner.get_decoder())?;
    let steps: Vec<&str> = decoder["decoders"]
        .as_array()
        .map(|steps| {
            steps
                .iter()
                .filter_map(|step| step["type"].as_str())
                .collect()
        })
        .unwrap_or_default();
    let replaces_space = decoder["decoders"][0]["content"] == " "
        && decoder["decoders"][0]["pattern"]["String"] == "▁";
    ensure!(
        steps == ["Replace", "ByteFallback", "Fuse"] && replaces_space,
        "tokenizer.json turns ids into text by {}, expected Gemma's Replace ▁, ByteFallback, Fuse; use a Gemma 3 tokenizer",
        if steps.is_empty() {
            "another decoder".to_owned()
        } else {
            steps.join(", ")
        }
    );
    Ok(())
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        })
}
