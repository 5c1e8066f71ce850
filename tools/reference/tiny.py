"""Takes a seed, gives the two random Gemma 3 folders (every spelling and layout) and the pictures of the golden cases.

`tiny-old` is spelt as Google's first checkpoints are (rope_scaling, sliding_window_pattern, *_token_index, `language_model.model…`,
bf16, two shards, as many defaults as can be left out); `tiny-new` as Transformers 5 does (rope_parameters, layer_types, *_token_id,
`model.language_model…`, f32, one file). Sizes are chosen so that mistakes show: hidden is neither a square nor heads x head_dim,
query_pre_attn_scalar is not head_dim, both eps of tiny-new are large and differ, norm weights are far from 0, the window is shorter
than every prompt, and in tiny-new shorter than one picture.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

# Chosen among a few so that 32 greedy tokens vary and every first choice leads by more than 1e-3.
SEEDS = {"tiny-old": 1, "tiny-new": 5}

OLD = {
    "architectures": ["Gemma3ForConditionalGeneration"],
    "boi_token_index": 296, "eoi_token_index": 297, "image_token_index": 298, "eos_token_id": [1, 5],
    "initializer_range": 0.02, "mm_tokens_per_image": 4, "model_type": "gemma3", "torch_dtype": "bfloat16",
    "transformers_version": "4.50.0.dev0",
    "text_config": {
        "head_dim": 16, "hidden_size": 96, "intermediate_size": 64, "max_position_embeddings": 4096,
        "model_type": "gemma3_text", "num_attention_heads": 4, "num_hidden_layers": 6, "num_key_value_heads": 2,
        "query_pre_attn_scalar": 20, "rope_local_base_freq": 5000.0, "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        "rope_theta": 500000.0, "sliding_window": 8, "sliding_window_pattern": 3, "vocab_size": 304},
    "vision_config": {
        "hidden_size": 32, "image_size": 56, "intermediate_size": 64, "model_type": "siglip_vision_model",
        "num_attention_heads": 4, "num_hidden_layers": 3, "patch_size": 14, "vision_use_head": False},
}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]
NEW = {
    "architectures": ["Gemma3ForConditionalGeneration"],
    "boi_token_id": 296, "eoi_token_id": 297, "image_token_id": 298, "dtype": "float32", "initializer_range": 0.02,
    "mm_tokens_per_image": 16, "model_type": "gemma3", "tie_word_embeddings": True, "transformers_version": "5.17.0",
    "text_config": {
        "_sliding_window_pattern": 6, "attention_bias": False, "attention_dropout": 0.0, "attn_logit_softcapping": None,
        "bos_token_id": 2, "dtype": "float32", "eos_token_id": 1, "final_logit_softcapping": None, "head_dim": 20,
        "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 48, "initializer_range": 0.02, "intermediate_size": 40,
        "layer_types": LAYERS, "max_position_embeddings": 4096, "model_type": "gemma3_text", "num_attention_heads": 4,
        "num_hidden_layers": 6, "num_key_value_heads": 2, "pad_token_id": 0, "query_pre_attn_scalar": 14,
        "rms_norm_eps": 0.003,
        "rope_parameters": {"full_attention": {"factor": 8.0, "rope_theta": 1000000.0, "rope_type": "linear"},
                            "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"}},
        "sliding_window": 6, "tie_word_embeddings": True, "use_bidirectional_attention": False, "use_cache": True,
        "vocab_size": 304},
    "vision_config": {
        "attention_dropout": 0.0, "dtype": "float32", "hidden_act": "gelu_pytorch_tanh", "hidden_size": 24, "image_size": 112,
        "intermediate_size": 40, "layer_norm_eps": 0.01, "model_type": "siglip_vision_model", "num_attention_heads": 3,
        "num_channels": 3, "num_hidden_layers": 2, "patch_size": 14, "vision_use_head": False},
}
RENAMED = {"tiny-old": ("language_model.model.", "vision_tower.vision_model.", "multi_modal_projector."),
           "tiny-new": ("model.language_model.", "model.vision_tower.vision_model.", "model.multi_modal_projector.")}


def vocabulary():
    """Gemma 3's kinds of token on 299 ids: control, newline runs, bytes, a few merged words, picture tokens last."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "<unused94>", "<unused95>"]
    words += ["\n" * n for n in range(1, 9)]
    words += [f"<0x{b:02X}>" for b in range(256)]
    letters = list("▁userhmodtanilwk")
    merges = [("u", "s"), ("e", "r"), ("us", "er"), ("t", "h"), ("th", "e"), ("i", "n"), ("a", "n"), ("m", "o")]
    words += letters + [a + b for a, b in merges]
    assert len(words) == 296
    return words + ["<start_of_image>", "<end_of_image>", "<image_soft_token>"], merges


def tokenizer_json():
    """BPE with byte fallback, set up as Gemma 3's is."""
    words, merges = vocabulary()
    added = [{"id": i, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": w[0] == "<" and not w.startswith("<unused")}
             for i, w in enumerate(words) if i < 16 or i >= 296]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                    {"SpecialToken": {"id": "<bos>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"<bos>": {"id": "<bos>", "ids": [2], "tokens": ["<bos>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                                     {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": {w: i for i, w in enumerate(words)}, "merges": [list(m) for m in merges]},
    }


def random_tensors(config, prefixes, seed):
    """Name to f32 tensor, scaled so that activations stay near 1 and the first choice usually leads clearly."""
    g = torch.Generator().manual_seed(seed)
    text, vision, eyes = prefixes
    t, v, out = config["text_config"], config["vision_config"], {}
    hidden, ff = t["hidden_size"], t["intermediate_size"]
    q, kv = t["num_attention_heads"] * t["head_dim"], t["num_key_value_heads"] * t["head_dim"]

    def put(name, shape, scale, centre=0.0):
        out[name] = centre + scale * torch.randn(shape, generator=g)

    def matrix(name, rows, columns, gain=1.0):
        put(f"{name}.weight", (rows, columns), gain * columns**-0.5)

    put(f"{text}embed_tokens.weight", (t["vocab_size"], hidden), 0.04)  # small, or a tied head repeats the last token
    out[f"{text}embed_tokens.weight"][:16] *= 0.3  # control tokens and picture tokens are never the best choice
    out[f"{text}embed_tokens.weight"][296:299] *= 0.3
    out[f"{text}embed_tokens.weight"][299:] = 0.0  # rows that no token has
    for i in range(t["num_hidden_layers"]):
        at = f"{text}layers.{i}."
        for norm in ("input", "post_attention", "pre_feedforward", "post_feedforward"):
            put(f"{at}{norm}_layernorm.weight", (hidden,), 0.3)
        matrix(f"{at}self_attn.q_proj", q, hidden)
        matrix(f"{at}self_attn.k_proj", kv, hidden)
        matrix(f"{at}self_attn.v_proj", kv, hidden)
        matrix(f"{at}self_attn.o_proj", hidden, q)
        put(f"{at}self_attn.q_norm.weight", (t["head_dim"],), 0.3, 0.8)
        put(f"{at}self_attn.k_norm.weight", (t["head_dim"],), 0.3)
        matrix(f"{at}mlp.gate_proj", ff, hidden)
        matrix(f"{at}mlp.up_proj", ff, hidden)
        matrix(f"{at}mlp.down_proj", hidden, ff)
    put(f"{text}norm.weight", (hidden,), 0.3, 6.0)

    d, side = v["hidden_size"], v["image_size"] // v["patch_size"]
    put(f"{vision}embeddings.patch_embedding.weight", (d, 3, v["patch_size"], v["patch_size"]), 0.1)
    put(f"{vision}embeddings.patch_embedding.bias", (d,), 0.2)
    put(f"{vision}embeddings.position_embedding.weight", (side * side, d), 0.5)
    for i in range(v["num_hidden_layers"]):
        at = f"{vision}encoder.layers.{i}."
        shapes = {"self_attn.q_proj": (d, d), "self_attn.k_proj": (d, d), "self_attn.v_proj": (d, d), "self_attn.out_proj": (d, d),
                  "mlp.fc1": (v["intermediate_size"], d), "mlp.fc2": (d, v["intermediate_size"])}
        for name, shape in shapes.items():
            matrix(f"{at}{name}", *shape, gain=1.5)
            put(f"{at}{name}.bias", shape[:1], 0.2)
        for norm in ("layer_norm1", "layer_norm2"):
            put(f"{at}{norm}.weight", (d,), 0.2, 1.0)
            put(f"{at}{norm}.bias", (d,), 0.2)
    put(f"{vision}post_layernorm.weight", (d,), 0.2, 1.0)
    put(f"{vision}post_layernorm.bias", (d,), 0.2)
    put(f"{eyes}mm_input_projection_weight", (d, hidden), 1.5 * d**-0.5)
    put(f"{eyes}mm_soft_emb_norm.weight", (d,), 0.3)
    return out


def write_weights(name, folder, tensors):
    """One f32 file, or two bf16 shards with their index."""
    if name == "tiny-new":
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return
    tensors = {k: w.to(torch.bfloat16) for k, w in tensors.items()}
    names = sorted(tensors)
    shards = [names[: len(names) // 2], names[len(names) // 2 :]]
    placed = {}
    for i, shard in enumerate(shards, 1):
        file = f"model-{i:05}-of-00002.safetensors"
        save_file({k: tensors[k] for k in shard}, folder / file, {"format": "pt"})
        placed |= dict.fromkeys(shard, file)
    size = sum(w.numel() * 2 for w in tensors.values())
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": dict(sorted(placed.items()))})


def write_json(path, value, indent=2):
    """JSON with a newline at its end."""
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def make_tiny(name, folder: Path, seed=None):
    """Writes one of the two folders."""
    config = OLD if name == "tiny-old" else NEW
    folder.mkdir(parents=True, exist_ok=True)
    size = config["vision_config"]["image_size"]
    write_json(folder / "config.json", config)
    write_json(folder / "tokenizer.json", tokenizer_json(), None)
    write_json(folder / "generation_config.json", {"bos_token_id": 2, "do_sample": False, "eos_token_id": [1, 5], "pad_token_id": 0})
    write_json(folder / "preprocessor_config.json", {
        "do_convert_rgb": None, "do_normalize": True, "do_pan_and_scan": None, "do_rescale": True, "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "Gemma3ImageProcessor",
        "image_seq_length": config["mm_tokens_per_image"], "image_std": [0.5, 0.5, 0.5], "processor_class": "Gemma3Processor",
        "resample": 2, "rescale_factor": 0.00392156862745098, "size": {"height": size, "width": size}})
    write_weights(name, folder, random_tensors(config, RENAMED[name], SEEDS[name] if seed is None else seed))


def make_pictures(folder: Path):
    """Four small drawings: wide and tall in colour, one grey, one like a chest film."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)

    def noisy(width, height, noise):
        y, x = np.mgrid[0:height, 0:width]
        waves = [np.sin(x / (5 + 3 * c)) * np.cos(y / (7 - c)) for c in range(3)]
        grid = 128 + 90 * np.stack(waves, -1) + rng.normal(0, noise, (height, width, 3))
        return Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))

    noisy(97, 40, 12).save(folder / "wide.png", optimize=True)
    noisy(49, 130, 12).save(folder / "tall.png", optimize=True)
    noisy(75, 64, 6).convert("L").save(folder / "grey.png", optimize=True)
    chest = Image.new("L", (260, 300), 12)
    draw = ImageDraw.Draw(chest)
    draw.rounded_rectangle((20, 10, 240, 299), 60, fill=170)
    draw.ellipse((40, 40, 120, 250), fill=50)
    draw.ellipse((140, 40, 220, 250), fill=50)
    draw.ellipse((105, 150, 190, 240), fill=200)
    draw.chord((140, 180, 222, 262), 0, 180, fill=190)
    chest.save(folder / "chest.png", optimize=True)
