//! `config.json` in, the model's graph out: every spelling, nothing unknown that would change the graph.
//!
//! Missing keys take the defaults of Transformers' `Gemma3Config`, `Gemma3TextConfig` and `SiglipVisionConfig`.

use serde_json::{Map, Value};

use super::keys::{Fields, short};

/// The checkpoint's graph.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The decoder.
    pub text: TextConfig,
    /// The tower and what joins it to the decoder; `None` when the checkpoint only reads.
    pub vision: Option<VisionConfig>,
    /// `<bos>`.
    pub bos_token: u32,
    /// Ids that end an answer, as `config.json` names them (`generation_config.json` goes first).
    pub eos_tokens: Vec<u32>,
    /// `<start_of_image>`.
    pub boi_token: u32,
    /// `<end_of_image>`.
    pub eoi_token: u32,
    /// `<image_soft_token>`: the place of one row of a picture.
    pub image_token: u32,
    /// How the checkpoint says its weights are stored (`bfloat16`), for display only.
    pub dtype: String,
    /// What was not understood and does not matter, one sentence each.
    pub notes: Vec<String>,
}

/// The decoder's graph (`text_config`).
#[derive(Debug, Clone, PartialEq)]
pub struct TextConfig {
    /// Rows of the embedding, padding rows included.
    pub vocab_size: usize,
    /// Width of a token's state.
    pub hidden_size: usize,
    /// Width inside the feed-forward block.
    pub intermediate_size: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads.
    pub num_key_value_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Added under the root of every norm.
    pub rms_norm_eps: f32,
    /// Scores are divided by its root.
    pub query_pre_attn_scalar: f64,
    /// A local layer's query sees itself and `sliding_window - 1` tokens before it.
    pub sliding_window: usize,
    /// What each layer sees, first to last.
    pub layers: Vec<LayerKind>,
    /// Rotation of the global layers.
    pub rope_global: Rope,
    /// Rotation of the local layers.
    pub rope_local: Rope,
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// Whether the head is the embedding.
    pub tie_word_embeddings: bool,
}

/// What a decoder layer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// The sliding window.
    Local,
    /// Everything before.
    Global,
}

/// A rotary embedding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rope {
    /// Base of the frequencies.
    pub theta: f64,
    /// Frequencies are divided by it (`rope_type` linear); 1 for none.
    pub factor: f64,
}

/// The tower's graph (`vision_config`) and the projector's.
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    /// Width of a patch's state.
    pub hidden_size: usize,
    /// Width inside the feed-forward block.
    pub intermediate_size: usize,
    /// Blocks.
    pub num_hidden_layers: usize,
    /// Heads.
    pub num_attention_heads: usize,
    /// Colour channels.
    pub num_channels: usize,
    /// Pixels a side of the picture.
    pub image_size: usize,
    /// Pixels a side of a patch.
    pub patch_size: usize,
    /// Added under the root of every norm, the projector's too.
    pub layer_norm_eps: f32,
    /// Rows a picture becomes.
    pub tokens_per_picture: usize,
}

impl VisionConfig {
    /// Patches along one side of the picture.
    pub fn patches_per_side(&self) -> usize {
        self.image_size / self.patch_size
    }

    /// Patches along one side of what becomes one row.
    pub fn pool(&self) -> usize {
        self.patches_per_side() / self.tokens_per_picture.isqrt()
    }
}

impl ModelConfig {
    /// Reads the text of `config.json`.
    ///
    /// # Errors
    /// One sentence, when it is no JSON, no Gemma 3, inconsistent, or asks for a graph that is not built.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let Ok(Value::Object(root)) = serde_json::from_slice(json) else {
            return Err("config.json is not a JSON object; download the file again".to_owned());
        };
        let mut notes = Vec::new();
        let expected =
            "expected \"gemma3\" or \"gemma3_text\"; choose a Gemma 3 or MedGemma checkpoint";
        let config = match root.get("model_type") {
            Some(Value::String(kind)) if kind == "gemma3" => parse_both(&root, &mut notes),
            Some(Value::String(kind)) if kind == "gemma3_text" => {
                parse_text_only(&root, &mut notes)
            }
            Some(other) => Err(format!(
                "config.json says model_type {}, {expected}",
                short(other)
            )),
            None => Err(format!("config.json says no model_type, {expected}")),
        }?;
        Ok(Self { notes, ..config })
    }

    /// Rows a picture becomes; 0 when the checkpoint only reads.
    pub fn tokens_per_picture(&self) -> usize {
        self.vision
            .as_ref()
            .map_or(0, |vision| vision.tokens_per_picture)
    }
}

fn parse_both(root: &Map<String, Value>, notes: &mut Vec<String>) -> Result<ModelConfig, String> {
    let mut top = Fields::new("", root);
    let empty = Map::new();
    let text_map = top.object("text_config")?.unwrap_or(&empty);
    let vision_map = top.object("vision_config")?;
    let tied = top.flag("tie_word_embeddings", true)?;
    let mut text_fields = Fields::new("text_config.", text_map);
    let text = text_config(&mut text_fields, tied)?;
    let tokens_per_picture = top.size(&["mm_tokens_per_image"], 256)?;
    let vision = vision_map
        .map(|map| {
            vision_config(
                Fields::new("vision_config.", map),
                tokens_per_picture,
                notes,
            )
        })
        .transpose()?;
    let inner_eos = text_fields.ids("eos_token_id")?;
    let inner_bos = text_fields.id(&["bos_token_id"], 2)?;
    let config = ModelConfig {
        bos_token: top.id(&["bos_token_id"], inner_bos)?,
        eos_tokens: top
            .ids("eos_token_id")?
            .or(inner_eos)
            .unwrap_or_else(|| vec![1]),
        boi_token: top.id(&["boi_token_index", "boi_token_id"], 255_999)?,
        eoi_token: top.id(&["eoi_token_index", "eoi_token_id"], 256_000)?,
        image_token: top.id(&["image_token_index", "image_token_id"], 262_144)?,
        dtype: top.text(&["dtype", "torch_dtype"])?.unwrap_or_default(),
        text,
        vision,
        notes: Vec::new(),
    };
    text_fields.finish(notes)?;
    top.finish(notes)?;
    Ok(config)
}

fn parse_text_only(
    root: &Map<String, Value>,
    notes: &mut Vec<String>,
) -> Result<ModelConfig, String> {
    let mut fields = Fields::new("", root);
    let config = ModelConfig {
        text: text_config(&mut fields, true)?,
        vision: None,
        bos_token: fields.id(&["bos_token_id"], 2)?,
        eos_tokens: fields.ids("eos_token_id")?.unwrap_or_else(|| vec![1]),
        boi_token: fields.id(&["boi_token_index", "boi_token_id"], 255_999)?,
        eoi_token: fields.id(&["eoi_token_index", "eoi_token_id"], 256_000)?,
        image_token: fields.id(&["image_token_index", "image_token_id"], 262_144)?,
        dtype: fields.text(&["dtype", "torch_dtype"])?.unwrap_or_default(),
        notes: Vec::new(),
    };
    fields.finish(notes)?;
    Ok(config)
}

fn text_config(fields: &mut Fields<'_>, tied: bool) -> Result<TextConfig, String> {
    let count = fields.size(&["num_hidden_layers"], 26)?;
    fields.activation(&["hidden_activation", "hidden_act"])?;
    let (rope_global, rope_local) = fields.ropes()?;
    let config = TextConfig {
        vocab_size: fields.size(&["vocab_size"], 262_208)?,
        hidden_size: fields.size(&["hidden_size"], 2304)?,
        intermediate_size: fields.size(&["intermediate_size"], 9216)?,
        num_attention_heads: fields.size(&["num_attention_heads"], 8)?,
        num_key_value_heads: fields.size(&["num_key_value_heads"], 4)?,
        head_dim: fields.size(&["head_dim"], 256)?,
        rms_norm_eps: fields.epsilon("rms_norm_eps", 1e-6)?,
        query_pre_attn_scalar: fields.number("query_pre_attn_scalar", 256.0)?,
        sliding_window: fields.size(&["sliding_window"], 4096)?,
        layers: fields.layers(count)?,
        rope_global,
        rope_local,
        max_position_embeddings: fields.size(&["max_position_embeddings"], 131_072)?,
        tie_word_embeddings: fields.flag("tie_word_embeddings", tied)?,
    };
    if !config
        .num_attention_heads
        .is_multiple_of(config.num_key_value_heads)
    {
        return Err(format!(
            "config.json: num_attention_heads {} is no multiple of num_key_value_heads {}",
            config.num_attention_heads, config.num_key_value_heads
        ));
    }
    if !config.head_dim.is_multiple_of(2) {
        return Err(format!(
            "config.json: head_dim {} is odd, so its halves cannot be rotated",
            config.head_dim
        ));
    }
    if config.query_pre_attn_scalar <= 0.0 {
        return Err(format!(
            "config.json: query_pre_attn_scalar {} must be positive",
            config.query_pre_attn_scalar
        ));
    }
    Ok(config)
}

fn vision_config(
    mut fields: Fields<'_>,
    tokens_per_picture: usize,
    notes: &mut Vec<String>,
) -> Result<VisionConfig, String> {
    if let Some(kind) = fields.text(&["model_type"])?
        && kind != "siglip_vision_model"
    {
        return Err(format!(
            "config.json says vision_config.model_type {kind:?}, expected \"siglip_vision_model\""
        ));
    }
    fields.activation(&["hidden_act"])?;
    let config = VisionConfig {
        hidden_size: fields.size(&["hidden_size"], 768)?,
        intermediate_size: fields.size(&["intermediate_size"], 3072)?,
        num_hidden_layers: fields.size(&["num_hidden_layers"], 12)?,
        num_attention_heads: fields.size(&["num_attention_heads"], 12)?,
        num_channels: fields.size(&["num_channels"], 3)?,
        image_size: fields.side("image_size", 224)?,
        patch_size: fields.side("patch_size", 16)?,
        layer_norm_eps: fields.epsilon("layer_norm_eps", 1e-6)?,
        tokens_per_picture,
    };
    fields.finish(notes)?;
    let side = config.patches_per_side();
    let rows = tokens_per_picture.isqrt();
    if !config.image_size.is_multiple_of(config.patch_size) {
        return Err(format!(
            "config.json: image_size {} is no multiple of patch_size {}",
            config.image_size, config.patch_size
        ));
    }
    if rows * rows != tokens_per_picture || !side.is_multiple_of(rows) {
        return Err(format!(
            "config.json: mm_tokens_per_image {tokens_per_picture} does not divide {side} x {side} patches into equal squares"
        ));
    }
    if !config
        .hidden_size
        .is_multiple_of(config.num_attention_heads)
    {
        return Err(format!(
            "config.json: vision hidden_size {} is no multiple of its {} heads",
            config.hidden_size, config.num_attention_heads
        ));
    }
    Ok(config)
}
