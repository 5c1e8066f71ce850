"""Takes a Gemma 3 folder, gives golden tensors from Hugging Face Transformers; also makes the two tiny folders.

    pip install -r tools/reference/requirements.txt
    python tools/reference/make.py all                                  # everything below tests/data
    python tools/reference/make.py tiny                                 # only the two tiny checkpoints and the pictures
    python tools/reference/make.py golden FOLDER OUT.safetensors        # golden tensors of any folder

After `phantom` has been trained again, from the repository's root:

    python tools/reference/make.py golden src/demo tests/data/golden/phantom.safetensors

Everything is computed in f32 on the CPU with eager attention; the library versions are in the file's metadata.
`tests/it/parity.rs` reads what this writes:

    metadata   versions, sha256 of the weights, `cases` (JSON): for each case its fit, pictures, messages
    CASE/ids                 u32 [t]           the prompt, from Gemma3Processor and Gemma 3's chat template
    CASE/pixels_u8 *         u8  [n,3,S,S]     the processor's levels before 1/255 and normalisation
    CASE/vision *            f32 [n,rows,d]    tower's output after post_layernorm, of the patches in CASE/patches
    CASE/projector *         f32 [n,rows,h]    what is written at the image places
    CASE/hidden_L            f32 [t,h]         after decoder layer L (one local, one global), before the final norm
    CASE/logits              f32 [at,columns]  at the places in CASE/positions, for the ids in CASE/columns
    CASE/logsumexp, /argmax  f32, u32 [t]      over the whole vocabulary
    CASE/last                f32 [vocab]       the last position's logits
    CASE/greedy              u32 [<= 32]       greedy answer; ends with the first stop id if there is one

Cases marked full have the tensors with a star, and every column of a small vocabulary; light ones have no hidden states and
only the last positions. The file stays small, and logsumexp and argmax still watch every logit. `cases` also has, for every
picture of every case, the sha256 of its normalised pixels as little-endian f32.
"""

import argparse
import hashlib
import json
import platform
import sys
from pathlib import Path

import numpy as np
import PIL
import safetensors
import tokenizers
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import Gemma3ForConditionalGeneration, Gemma3Processor, PreTrainedTokenizerFast
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

sys.dont_write_bytecode = True  # tools/ stays as it is in the repository
from tiny import make_pictures, make_tiny  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
NEW_TOKENS = 32
SMALL = 512  # a vocabulary below this is a tiny folder's

# Gemma 3's chat template, for texts and pictures given as parts.
TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set first = messages[0]['content'] + '\n\n' %}"
    "{% set turns = messages[1:] %}{% else %}{% set first = '' %}{% set turns = messages %}{% endif %}"
    "{% for m in turns %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{{ first if loop.first else '' }}{% for part in m['content'] %}"
    "{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] | trim }}{% endif %}{% endfor %}"
    "<end_of_turn>\n{% endfor %}{{ '<start_of_turn>model\n' }}"  # Jinja drops a template's own last line end
)

# name, fit, system, turns. A turn is a list of parts (user) or a text (model); "@a" is picture a. See: tests/it/parity.rs
SMALL_CASES = [
    ("text", "stretch", "", [["is the heart in the picture?"]], {}),
    ("one-picture", "stretch", "", [["@wide", "what is seen here"]], {"full": True}),
    ("two-pictures", "pad", "be brief", [["@tall", "then", "@wide", "what is new?"]], {"full": True}),
    ("swapped", "pad", "be brief", [["@wide", "then", "@tall", "what is new?"]], {"light": True}),
    ("picture-far", "pad", "", [["@grey", "the model and the user need the name of the region here, in a short line"]], {}),
    ("turns", "stretch", "", [["@grey", "where?"], "in the lower zone", ["and on the left side?"]], {}),
    ("long", "pad", "", [["@tall", "the user and the model " * 56, "@wide", "a short line here, then more " * 28, "what is it?"]],
     {"light": True}),
]
PHANTOM_CASES = [
    ("text", "pad", "", [["What can you do?"]], {"light": True}),
    ("one-picture", "pad", "", [["@chest", "Is there a pleural effusion?"]], {"full": True}),
    ("stretched", "stretch", "", [["Describe this picture.", "@wide"]], {"light": True}),
    ("two-pictures", "pad", "", [["@chest", "@tall", "What has changed?"]], {"light": True}),
    ("turns", "pad", "", [["@chest", "Is the heart enlarged?"], "No.", ["And on the left?"]], {"light": True}),
    ("long", "pad", "", [["@chest", "No nodule is seen. The heart is of normal size. " * 60, "Is that so?"]], {"light": True}),
]


def processor_of(folder: Path, config) -> Gemma3Processor:
    """The folder's own tokenizer and picture settings inside Gemma3Processor, pictures through Pillow."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), bos_token="<bos>", eos_token="<eos>", pad_token="<pad>",
        extra_special_tokens={"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>",
                              "image_token": "<image_soft_token>"})
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    keep = ("size", "resample", "rescale_factor", "image_mean", "image_std", "do_resize", "do_rescale", "do_normalize",
            "do_convert_rgb")
    pictures = Gemma3ImageProcessorPil(**{k: settings[k] for k in keep if k in settings})
    return Gemma3Processor(pictures, tokenizer, chat_template=TEMPLATE, image_seq_length=config.mm_tokens_per_image)


def padded(picture: Image.Image) -> Image.Image:
    """Centred zero padding to a square: `d // 2` before, the rest after."""
    side = max(picture.size)
    square = Image.new("RGB", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def render(processor, fit, system, turns):
    """Case to model inputs and the picture names in order."""
    messages, names = ([{"role": "system", "content": system}] if system else []), []
    for turn in turns:
        if isinstance(turn, str):
            messages.append({"role": "assistant", "content": [{"type": "text", "text": turn}]})
            continue
        names += [part[1:] for part in turn if part[0] == "@"]
        parts = [{"type": "image"} if p[0] == "@" else {"type": "text", "text": p} for p in turn]
        messages.append({"role": "user", "content": parts})
    text = processor.apply_chat_template(messages, tokenize=False)
    pictures = [Image.open(DATA / "golden" / "pictures" / f"{name}.png").convert("RGB") for name in names]
    if fit == "pad":
        pictures = [padded(p) for p in pictures]
    inputs = processor(images=[pictures] if pictures else None, text=[text], add_special_tokens=False, return_tensors="pt")
    inputs.pop("num_crops", None)
    return inputs, names


def levels(pixels: torch.Tensor) -> torch.Tensor:
    """The 8-bit levels behind normalised pixels; exact, or an error."""
    u8 = torch.round((pixels.double() * 0.5 + 0.5) * 255)
    again = ((u8.numpy().astype(np.float64) * (1 / 255)).astype(np.float32) - np.float32(0.5)) / np.float32(0.5)
    assert np.array_equal(again, pixels.numpy()), "pixels are not (level / 255 - 0.5) / 0.5 in f32"
    return u8.to(torch.uint8)


def forward(model, inputs):
    """One pass over the whole prompt without a cache: logits [t, vocab] and each layer's output [t, h]."""
    hidden = {}
    hooks = [layer.register_forward_hook(lambda _m, _i, out, at=at: hidden.__setitem__(at, out[0].clone()))
             for at, layer in enumerate(model.model.language_model.layers)]
    logits = model(**inputs, use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    return logits, hidden


def greedy(model, inputs):
    """At most 32 greedy tokens with the cache, checked against a pass without one; and the smallest lead of a first choice."""
    with_cache = model.generate(**inputs, do_sample=False, max_new_tokens=NEW_TOKENS)
    tokens = with_cache[0, inputs["input_ids"].shape[1]:]
    whole = dict(inputs, input_ids=with_cache)
    whole["attention_mask"] = torch.ones_like(with_cache)
    whole["token_type_ids"] = torch.nn.functional.pad(inputs["token_type_ids"], (0, len(tokens)))
    logits = forward(model, whole)[0][-len(tokens) - 1 : -1]
    best = logits.topk(2).values
    assert torch.equal(logits.argmax(-1), tokens), "generate() with its cache and a pass without one disagree"
    return tokens, float((best[:, 0] - best[:, 1]).min())


def golden_case(model, inputs, how):
    """All tensors of one case. `how`: full keeps every stage, light only what proves the end."""
    config, ids = model.config, inputs["input_ids"][0]
    layers = config.text_config.layer_types
    logits, hidden = forward(model, inputs)
    vocab = logits.shape[1]
    small, full = vocab < SMALL, how.get("full")
    columns = torch.arange(0, vocab, 1 if small and full else max(1, vocab // 128))
    at = torch.arange(len(ids)) if not how.get("light") else torch.arange(max(0, len(ids) - 6), len(ids))
    out = {"ids": ids, "columns": columns, "positions": at, "logits": logits[at][:, columns], "last": logits[-1],
           "logsumexp": logits.logsumexp(-1), "argmax": logits.argmax(-1)}
    if "pixel_values" in inputs:
        eight_bit = levels(inputs["pixel_values"])
    if full:
        if small:
            out["pixels_u8"] = eight_bit
        seen = model.model.get_image_features(inputs["pixel_values"])
        patches = seen.last_hidden_state.shape[1]
        out["patches"] = torch.arange(0, patches, max(1, patches // 128))
        out["vision"], out["projector"] = seen.last_hidden_state[:, out["patches"]], seen.pooler_output
    if not how.get("light"):
        for kind in ("sliding_attention", "full_attention"):
            layer = layers.index(kind)
            out[f"hidden_{layer}"] = hidden[layer]
    out["greedy"], lead = greedy(model, inputs)
    integers = (torch.int64, torch.int32)
    return {k: (v.to(torch.uint32) if v.dtype in integers else v).contiguous() for k, v in out.items()}, lead


def weights_sha256(folder: Path) -> str:
    """SHA-256 over the weight files in order of name."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@torch.no_grad()
def golden(folder: Path, out: Path) -> float:
    """Writes the golden file of a folder; gives the smallest lead of any greedy choice."""
    model = Gemma3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    processor = processor_of(folder, model.config)
    small = model.config.text_config.vocab_size < SMALL
    tensors, described, leads = {}, [], []
    for name, fit, system, turns, how in SMALL_CASES if small else PHANTOM_CASES:
        inputs, pictures = render(processor, fit, system, turns)
        case, lead = golden_case(model, inputs, how)
        special = set(case["greedy"].tolist()) & set(processor.tokenizer.all_special_ids)
        if small:
            assert not special and len(case["greedy"]) == NEW_TOKENS, f"{name}: special ids {special} in the greedy path"
        leads.append(lead)
        tensors |= {f"{name}/{k}": v for k, v in case.items()}
        described.append({"name": name, "fit": fit, "system": system, "turns": turns, "pictures": pictures, "lead": lead,
                          "pixels_sha256": [hashlib.sha256(p.numpy().astype("<f4").tobytes()).hexdigest()
                                            for p in inputs.get("pixel_values", [])]})
        print(f"{folder.name} {name}: {len(case['ids'])} tokens, lead {lead:.4f}, {len(set(case['greedy'].tolist()))} kinds")
    versions = {m.__name__: m.__version__ for m in (torch, transformers, tokenizers, safetensors, np, PIL)}
    metadata = {"versions": json.dumps(versions | {"python": platform.python_version()}), "folder": folder.name,
                "weights_sha256": weights_sha256(folder), "computed": "f32, cpu, eager attention",
                "cases": json.dumps(described)}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out, metadata)
    print(f"{out}: {out.stat().st_size:,} bytes")
    return min(leads)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["all", "tiny", "golden"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("out", nargs="?", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.what == "golden":
        if not (args.folder and args.out):
            parser.error("golden takes FOLDER and OUT")
        golden(args.folder, args.out)
        return
    make_pictures(DATA / "golden" / "pictures")
    for name in ("tiny-old", "tiny-new"):
        make_tiny(name, DATA / name)
        if args.what == "all":
            lead = golden(DATA / name, DATA / "golden" / f"{name}.safetensors")
            assert lead > 1e-3, f"{name}: a greedy choice leads by {lead} only; take another seed in tiny.py"
    if args.what == "all" and (ROOT / "src/demo/config.json").exists():
        golden(ROOT / "src/demo", DATA / "golden" / "phantom.safetensors")


if __name__ == "__main__":
    main()
