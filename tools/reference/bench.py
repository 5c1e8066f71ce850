"""Takes a model folder and medlab's release binary, gives a markdown table: both on the same weights, CPU and threads, in one run.

    cargo build --release
    python tools/reference/bench.py                                  # src/demo, target/release/medlab, 2 threads, 5 rounds
    python tools/reference/bench.py --model DIR --rounds 9 --threads 4 --new-tokens 64

The two take turns, round by round, so that whatever else the machine does hits both. For Transformers the better of eager and sdpa
is taken for every figure (dynamic cache, f32, torch threads as given); for medlab `medlab bench --json` is run with
RAYON_NUM_THREADS as given. Every figure is the median of the rounds, with the smallest and largest. A ratio above 1 is in
medlab's favour. The last lines are versions, CPU and date, for BENCHMARKS.md.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
import transformers

sys.dont_write_bytecode = True
from make import processor_of, render  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

# What is compared: our name, unit, whether smaller is better, and the keys that `medlab bench --json` may use for it.
FIGURES = [
    ("load", "ms", True, ("load_ms", "load")),
    ("vision tower and projector, one picture", "ms", True, ("vision_ms", "vision")),
    ("prefill of the prompt", "ms", True, ("prefill_ms", "prefill")),
    ("first token, picture and question", "ms", True, ("first_token_ms", "first_token", "ttft_ms")),
    ("decode", "tokens/s", False, ("decode_tokens_per_s", "tokens_per_s", "decode", "decode_tps")),
    ("first token of a second question", "ms", True,
     ("second_first_token_ms", "second_question_first_token_ms", "second_ttft_ms", "second_token_ms", "second_ms")),
]


class Peer:
    """Transformers on one attention implementation."""

    def __init__(self, folder: Path, attention: str):
        self.folder, self.attention = folder, attention
        started = time.perf_counter()
        self.model = transformers.Gemma3ForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, attn_implementation=attention).eval()
        self.load_ms = (time.perf_counter() - started) * 1e3
        self.processor = processor_of(folder, self.model.config)

    @torch.inference_mode()
    def prefill(self, inputs, cache):
        """Logits of the last position, cache filled."""
        out = self.model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return int(out.logits[0, -1].argmax())

    @torch.inference_mode()
    def round(self, first, second, new_tokens):
        """One conversation of two questions on one picture; gives every figure."""
        model, figures = self.model, {"load": self.load_ms}
        seen, figures["vision tower and projector, one picture"] = timed(
            lambda: model.model.get_image_features(first["pixel_values"]).pooler_output)
        embeds = model.get_input_embeddings()(first["input_ids"])
        embeds[first["input_ids"] == model.config.image_token_id] = seen.reshape(-1, seen.shape[-1])
        text_only = {"inputs_embeds": embeds, "attention_mask": first["attention_mask"],
                     "token_type_ids": first["token_type_ids"]}
        _, figures["prefill of the prompt"] = timed(lambda: self.prefill(text_only, self.cache()))
        cache = self.cache()
        token, figures["first token, picture and question"] = timed(lambda: self.prefill(first, cache))
        answer, seconds = [token], 0.0
        while len(answer) < new_tokens:
            step = {"input_ids": torch.tensor([[answer[-1]]])}
            token, ms = timed(lambda: self.prefill(step, cache))
            answer.append(token)
            seconds += ms / 1e3
        figures["decode"] = (new_tokens - 1) / seconds
        step = {"input_ids": torch.cat([torch.tensor([[answer[-1]]]), second], 1)}
        _, figures["first token of a second question"] = timed(lambda: self.prefill(step, cache))
        return figures

    def cache(self):
        """An empty dynamic cache: full layers and windows."""
        return transformers.DynamicCache(config=self.model.config.get_text_config())


def timed(work):
    """Result and milliseconds."""
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1e3


def find(report, keys):
    """The first of `keys` anywhere in medlab's JSON; of an object or list its median."""
    if isinstance(report, dict):
        for key in keys:
            if key in report and report[key] is not None:
                return number(report[key])
        for value in report.values():
            found = find(value, keys)
            if found is not None:
                return found
    if isinstance(report, list):
        named = [r for r in report if isinstance(r, dict) and r.get("name", r.get("what")) in keys]
        if named:
            return number(named[0])
    return None


def number(value):
    """A number as it is, a list's median, an object's `median`, `value` or `mean`."""
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, list):
        return statistics.median(value)
    return next((float(value[k]) for k in ("median", "value", "mean") if k in value), None)


def medlab(args):
    """One run of `medlab bench --json`."""
    command = [str(args.binary), "bench", "--json", *args.extra]
    if args.model.resolve() != (ROOT / "src/demo").resolve():
        command += ["--model", str(args.model)]
    threads = str(args.threads)
    env = os.environ | {"RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    out = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if out.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {out.returncode}\n{out.stderr}")
    report = json.loads(out.stdout)
    figures = {name: find(report, keys) for name, _, _, keys in FIGURES}
    missing = [name for name, value in figures.items() if value is None]
    if missing:
        sys.exit(f"medlab bench --json says nothing of: {', '.join(missing)}; it has {json.dumps(report)[:2000]}")
    return figures, report


def cpu_name():
    """The CPU as the kernel names it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def inputs_for(peer, report):
    """The first prompt and the ids of the second question. A drawing of the golden cases stands for the picture: its
    content does not change the time, its tokens are as many."""
    question = report.get("question", "Is there a pleural effusion?")
    follow_up = report.get("second_question", "And on the left?")
    first, _ = render(peer.processor, "pad", "", [["@chest", question]])
    text = f"<end_of_turn>\n<start_of_turn>user\n{follow_up}<end_of_turn>\n<start_of_turn>model\n"
    second = peer.processor.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    first["attention_mask"] = torch.ones_like(first["input_ids"])
    return first, second


def cell(values, digits):
    """`median (smallest–largest)`."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "src/demo")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/medlab")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("extra", nargs="*", help="more arguments for `medlab bench`, after --")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    ours = {name: [] for name, *_ in FIGURES}
    theirs = {attention: {name: [] for name, *_ in FIGURES} for attention in ("eager", "sdpa")}
    _, report = medlab(args)  # warms the file cache, not counted
    for at in range(args.rounds):
        figures, _ = medlab(args)
        for name, value in figures.items():
            ours[name].append(value)
        for attention, kept in theirs.items():
            peer = Peer(args.model, attention)
            first, second = inputs_for(peer, report)
            peer.round(first, second, 8)  # warms, not counted
            for name, value in peer.round(first, second, args.new_tokens).items():
                kept[name].append(value)
        print(f"round {at + 1} of {args.rounds}", file=sys.stderr)

    print("| what | medlab | Transformers (better of eager, sdpa) | ratio |\n|---|---|---|---|")
    for name, unit, smaller, _ in FIGURES:
        best = (min if smaller else max)(theirs.values(), key=lambda kept: statistics.median(kept[name]))[name]
        mine, other = statistics.median(ours[name]), statistics.median(best)
        ratio = other / mine if smaller else mine / other
        digits = 1 if smaller else 0
        print(f"| {name}, {unit} | {cell(ours[name], digits)} | {cell(best, digits)} | **{ratio:.1f}×** |")
    first_question, second_question = FIGURES[3][0], FIGURES[5][0]
    gain = statistics.median(ours[first_question]) / statistics.median(ours[second_question])
    tokens = first["input_ids"].shape[1]
    print(f"\nmedlab's second question starts {gain:.1f}× sooner than its first. Prompt for Transformers: {tokens} tokens, then "
          f"{second.shape[1] + 1} more for the second question; {args.new_tokens} tokens decoded; medians of {args.rounds} rounds "
          f"(smallest–largest), taking turns.\n{cpu_name()}, {args.threads} threads; Python {platform.python_version()}, PyTorch "
          f"{torch.__version__}, Transformers {transformers.__version__}; {platform.system()} {platform.release()}; "
          f"{datetime.date.today().isoformat()}.")


if __name__ == "__main__":
    main()
