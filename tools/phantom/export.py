"""Trained weights in, `src/demo` in Transformers' format out, checked: Transformers must give the same logits.

    python export.py --weights OUT/model.safetensors --demo ../../src/demo

Without --weights the network is random: for trying the program before the training has been run.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

import data
from network import Phantom, Shape


def config(s, tokenizer):
    """The same graph in Transformers' words."""
    kinds = ["full_attention" if s.is_global(i) else "sliding_attention" for i in range(s.layers)]
    return Gemma3Config(
        text_config={
            "vocab_size": s.vocab,
            "hidden_size": s.hidden,
            "intermediate_size": s.ff,
            "num_hidden_layers": s.layers,
            "num_attention_heads": s.heads,
            "num_key_value_heads": s.kv_heads,
            "head_dim": s.head_dim,
            "query_pre_attn_scalar": s.head_dim,
            "sliding_window": s.window,
            "layer_types": kinds,
            "max_position_embeddings": 8192,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": s.factor, "rope_theta": s.theta_global},
                "sliding_attention": {"rope_type": "default", "rope_theta": s.theta_local},
            },
        },
        vision_config={
            "hidden_size": s.v_hidden,
            "intermediate_size": s.v_ff,
            "num_hidden_layers": s.v_layers,
            "num_attention_heads": s.v_heads,
            "image_size": s.image,
            "patch_size": s.patch,
            "vision_use_head": False,
        },
        mm_tokens_per_image=s.picture_tokens,
        boi_token_index=tokenizer.token_to_id("<start_of_image>"),
        eoi_token_index=tokenizer.token_to_id("<end_of_image>"),
        image_token_index=tokenizer.token_to_id("<image_soft_token>"),
        eos_token_id=[1, 106],
        dtype="bfloat16",
        architectures=["Gemma3ForConditionalGeneration"],
    )


def check(net, theirs, tokenizer):
    """The largest difference of logits between our network and Transformers', both in f32."""
    text = data.render_chat("", [("Is there a nodule?", "No nodule is seen."), ("And on the left?", None)], 1)
    ids, place = data.expand(tokenizer.encode(text, add_special_tokens=False).ids, theirs.config.image_token_index)
    grey = torch.randint(0, 256, (1, net.s.image, net.s.image), dtype=torch.uint8)
    ids, place = torch.tensor([ids]), torch.tensor([place])
    with torch.no_grad():
        rows = net.model.multi_modal_projector(net.see(grey)).flatten(0, 1)
        ours = net.logits(net.hidden(ids, rows, place, torch.arange(ids.shape[1])[None]))
        pixels = ((grey.float() - 127.5) / 127.5)[:, None].expand(-1, 3, -1, -1)
        out = theirs(input_ids=ids, pixel_values=pixels, token_type_ids=(place >= 0).long()).logits
    return ((ours - out).norm() / out.norm()).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--weights")
    ap.add_argument("--demo", required=True)
    args = ap.parse_args()
    demo, s = Path(args.demo), Shape()
    tokenizer = data.load_tokenizer(demo)
    torch.manual_seed(0)
    net = Phantom(s).eval()
    if args.weights:
        net.load_state_dict({k: v.float() for k, v in load_file(args.weights).items()})
    else:
        net.load_state_dict({k: v.bfloat16().float() for k, v in net.state_dict().items()})
    conf = config(s, tokenizer)
    theirs = Gemma3ForConditionalGeneration(conf).float().eval()
    missing = theirs.load_state_dict(net.state_dict(), strict=False)
    assert missing.missing_keys == ["lm_head.weight"] and not missing.unexpected_keys, missing
    theirs.tie_weights()
    error = check(net, theirs, tokenizer)
    print(f"logits differ from Transformers' by {error:.1e} (relative)")
    assert error < 1e-2, error  # our tables are in bf16 while training
    theirs.to(torch.bfloat16).save_pretrained(demo)
    (demo / "generation_config.json").write_text(json.dumps({"bos_token_id": 2, "do_sample": False, "eos_token_id": [1, 106], "pad_token_id": 0}, indent=2) + "\n")
    processor = {
        "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "Gemma3ImageProcessor", "image_seq_length": s.picture_tokens,
        "image_std": [0.5, 0.5, 0.5], "processor_class": "Gemma3Processor", "resample": 2, "rescale_factor": 1 / 255,
        "size": {"height": s.image, "width": s.image},
    }
    (demo / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    for f in sorted(demo.iterdir()):
        if f.is_file():
            print(f"{f.stat().st_size / 1e6:8.3f} MB  {f.name}")


if __name__ == "__main__":
    main()
