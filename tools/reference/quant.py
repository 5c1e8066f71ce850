"""Takes model folders, gives what rounding to GGML's Q8_0 and Q4_0 must cost: the relative error of the logits, in f64.

    python tools/reference/quant.py tests/data/tiny-old src/demo

Weights of the decoder are rounded as `--quant` rounds them (the embedding and the head to Q8_0), and so is what enters each
product, block by block of 32 numbers; everything else is exact. The limits in tests/it/engine/quantised.rs stand on it. A row of
256 numbers is kept by the engine as Q4_K, which rounds finer than Q4_0: there the last column is an upper bound.
"""

import copy
import sys
from pathlib import Path

import torch
from transformers import Gemma3ForConditionalGeneration

sys.dont_write_bytecode = True
from make import PHANTOM_CASES, SMALL, SMALL_CASES, forward, processor_of, render  # noqa: E402

CASES = ("text", "one-picture", "two-pictures")


def q8_0(x):
    """Steps of 1/127 of the largest number of a block."""
    blocks = x.reshape(-1, 32)
    step = blocks.abs().amax(1, keepdim=True) / 127
    levels = torch.where(step > 0, torch.round(blocks / step), torch.zeros_like(blocks))
    return (levels * step.half().double()).reshape(x.shape)


def q4_0(x):
    """Levels -8 to 7; the largest number of a block is at -8."""
    blocks = x.reshape(-1, 32)
    largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    step = largest / -8
    levels = torch.where(step != 0, torch.floor(blocks / step + 8.5), torch.full_like(blocks, 8)).clamp(max=15)
    return ((levels - 8) * step.half().double()).reshape(x.shape)


def rounded(model, how, with_inputs):
    """A copy with its decoder's weights rounded, and on request what enters each product."""
    model = copy.deepcopy(model)
    text = model.model.language_model
    text.embed_tokens.weight.data = q8_0(text.embed_tokens.weight.data)
    model.lm_head.weight = text.embed_tokens.weight
    linears = [m for m in text.modules() if isinstance(m, torch.nn.Linear)]
    for linear in linears:
        linear.weight.data = how(linear.weight.data)
    for linear in [*linears, model.lm_head] if with_inputs else []:
        linear.register_forward_pre_hook(lambda _m, inputs: (q8_0(inputs[0]),))
    return model


def relative_error(ours, reference):
    """Root mean square of the difference over that of the reference."""
    return float(((ours - reference).pow(2).sum() / reference.pow(2).sum()).sqrt())


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    print("| model | case | Q8_0, weights alone | Q8_0 | Q4_0, weights alone | Q4_0 |\n|---|---|---|---|---|---|")
    for folder in map(Path, sys.argv[1:]):
        model = Gemma3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
        processor = processor_of(folder, model.config)
        small = model.config.text_config.vocab_size < SMALL
        variants = [rounded(model, how, inputs) for how in (q8_0, q4_0) for inputs in (False, True)]
        for name, fit, system, turns, _ in SMALL_CASES if small else PHANTOM_CASES:
            if name not in CASES:
                continue
            inputs, _ = render(processor, fit, system, turns)
            if "pixel_values" in inputs:
                inputs["pixel_values"] = inputs["pixel_values"].double()
            reference = forward(model, inputs)[0]
            errors = [relative_error(forward(variant, inputs)[0], reference) for variant in variants]
            print(f"| {folder.name} | {name} | " + " | ".join(f"{error:.4f}" for error in errors) + " |")


if __name__ == "__main__":
    main()
