"""The tokenizer: Gemma 3's shape and low ids, 2560 entries, merges learnt from the conversations of `words.py`.

    python tokenizer.py [--out ../../src/demo] [--talks 20000]
"""

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

import words
from answers import COUNTED, LANG, STATED, ZONED
from scene import FINDINGS, ZONES, Change, Finding, Scene

VOCAB = 2560
LOW = (["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[multimodal]"] + [f"<unused{i}>" for i in range(99)] + ["<start_of_turn>", "<end_of_turn>"]
       + ["\n" * n for n in range(1, 32)])
LAST = ["<start_of_image>", "<end_of_image>", "<image_soft_token>"]
SPECIAL = {"<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[multimodal]", "<start_of_turn>", "<end_of_turn>", *LAST}
assert LOW[105:108] == ["<start_of_turn>", "<end_of_turn>", "\n"] and len(LOW) == 138

# Where no merge may cross while learning: words (with the space before), single digits, runs of punctuation, up to four CJK characters.
_PIECE = re.compile(r"▁?[A-Za-z]+|[0-9]|[㐀-鿿]{1,4}|▁?[^\sA-Za-z0-9㐀-鿿▁]+|▁")

# Common characters that phrases may lack, so that they are pieces and not three bytes each.
EXTRA = ("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现"
         "实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代"
         "想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规"
         "热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步"
         "群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型"
         "眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严病痛患者检诊症胸肺脑影像片左右侧医师请")


def pieces(text):
    """The stretches of one text in which merges are learnt; newlines and special tokens are never part of them."""
    return [p for line in re.split(r"\n+|<[a-z_]+>", text.replace(" ", "▁")) for p in _PIECE.findall(line)]


def tiny_scene(rng):
    """Any mixture of findings: enough for words, no drawing."""
    picture = rng.choice(tuple(FINDINGS))
    found = []
    for kind in FINDINGS[picture]:
        for _ in range(rng.choice((0, 0, 1, 1, 2) if kind in COUNTED else (0, 0, 1))):
            side = "" if kind in STATED else rng.choice(("left", "right"))
            zone = rng.choice(ZONES[picture]) if kind in ZONED else ""
            size = rng.randint(4, 40) if kind in ("nodule", "lesion", "shift") else 0
            severity = {"effusion": ("small", "moderate", "large"), "pneumothorax": ("small", "large")}.get(kind, ("mild", "marked"))
            y, x = rng.randint(50, 700), rng.randint(50, 700)
            box = (y, x, y + rng.randint(20, 250), x + rng.randint(20, 250))
            if kind == "effusion" and any(f.kind == kind and f.side == side for f in found):
                continue
            found.append(Finding(kind, side, zone, size, rng.choice(severity) if kind not in ZONED else "", box))
    return Scene(picture, tuple(found))


def tiny_pair(rng):
    prior, other = tiny_scene(rng), tiny_scene(rng)
    while other.kind != prior.kind:
        other = tiny_scene(rng)
    now, changes = [], []
    for f in prior.findings:
        what = rng.choice(("gone", "stable", "larger", "smaller"))
        changes.append(Change(what, f, None if what == "gone" else f))
        if what != "gone":
            now.append(f)
    for f in other.findings:
        if not any(g.kind == f.kind for g in prior.findings):
            now.append(f)
            changes.append(Change("new", None, f))
    return prior, Scene(prior.kind, tuple(now)), changes


def talks(n, seed):
    rng = random.Random(seed)
    for i in range(n):
        yield words.conversation(rng, tiny_scene(rng)) if i % 4 else words.conversation(rng, None, tiny_pair(rng))


def phrase_book():
    """Every string of both phrase files: rare wordings too give their characters."""
    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for v in value.values():
                yield from walk(v)
        elif isinstance(value, list | tuple):
            for v in value:
                yield from walk(v)

    for module in LANG.values():
        for name, value in vars(module).items():
            if name.isupper() or name.startswith("MORE"):
                yield from walk(value)


def learn(n):
    """The merges, most useful first, and the characters."""
    counts = Counter()
    for talk in talks(n, 7):
        for text in (talk.system, *(t for turn in talk.turns for t in turn)):
            counts.update(pieces(text))
    for text in phrase_book():
        for _ in range(20):
            counts.update(pieces(text))
    counts["user"] = counts["model"] = max(counts.values())  # one token each, as the chat template wants
    characters = {c for p in counts for c in p} | {chr(c) for c in range(33, 127)} | set("▁\t，。？！：；、（）“”‘’《》【】［］｛｝＋－＝／％～…—·°±×≤≥µ０１２３４５６７８９")
    characters |= set(EXTRA)
    trainer = trainers.BpeTrainer(vocab_size=VOCAB + len(characters), initial_alphabet=sorted(characters), min_frequency=2, show_progress=False, max_token_length=18)
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Split("\n", "removed")
    # One line a piece, as often as it came up (thinned: only the order of frequencies matters).
    learner.train_from_iterator(("\n".join([p] * max(1, c // 4)) for p, c in sorted(counts.items())), trainer)
    merges = [tuple(m) for m in json.loads(learner.to_str())["model"]["merges"]]
    return sorted(characters), merges


def build(characters, merges):
    """`tokenizer.json` as a dict."""
    tokens = LOW + [f"<0x{b:02X}>" for b in range(256)]
    known = set(tokens)
    tokens += [c for c in characters if c not in known]
    known.update(tokens)
    kept = []
    for a, b in merges:
        if a + b not in known:
            if len(tokens) == VOCAB - len(LAST):
                break
            tokens.append(a + b)
            known.add(a + b)
        kept.append([a, b])
    tokens += LAST
    assert len(tokens) == VOCAB == len(set(tokens)), (len(tokens), len(set(tokens)))
    vocab = {t: i for i, t in enumerate(tokens)}
    added = [{"id": vocab[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": t in SPECIAL} for t in LOW + LAST]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<bos>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<bos>": {"id": "<bos>", "ids": [2], "tokens": ["<bos>"]}},
        },
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True,
                  "ignore_merges": False, "vocab": vocab, "merges": kept},
    }


TEMPLATE = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""


def settings():
    return {
        "add_bos_token": True,
        "add_eos_token": False,
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
        "clean_up_tokenization_spaces": False,
        "extra_special_tokens": {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"},
        "model_max_length": 2048,
        "padding_side": "left",
        "processor_class": "Gemma3Processor",
        "sp_model_kwargs": None,
        "spaces_between_special_tokens": False,
        "tokenizer_class": "GemmaTokenizer",
        "use_default_system_prompt": False,
        "chat_template": TEMPLATE,
    }


def verify(tokenizer, n=400):
    """The low ids, the newline runs over the template's edges (rows of medgemma.md 3.2), round trips, merges inside their pieces."""
    ids = lambda t: tokenizer.encode(t, add_special_tokens=False).ids  # noqa: E731
    user, model, boi, eoi, soft = ids("user"), ids("model"), VOCAB - 3, VOCAB - 2, VOCAB - 1
    picture = "\n\n<start_of_image>" + "<image_soft_token>" * 64 + "<end_of_image>\n\n"
    shown = [boi] + [soft] * 64 + [eoi]
    end = [106, 107, 105, *model, 107]
    chat = lambda body: ids(f"<bos><start_of_turn>user\n{body}<end_of_turn>\n<start_of_turn>model\n")  # noqa: E731
    d, s, c = ids("Describe this X-ray"), ids("You are an expert radiologist."), ids("Compare.")
    rows = {
        "text": (chat("Hello"), [2, 105, *user, 107, *ids("Hello"), *end]),
        "image, text": (chat(picture + "Describe this X-ray"), [2, 105, *user, 109, *shown, 108, *d, *end]),
        "text, image": (chat("Describe this X-ray" + picture), [2, 105, *user, 107, *d, 108, *shown, 108, *end]),
        "system, image, text": (chat("You are an expert radiologist.\n\n" + picture + "Describe this X-ray"), [2, 105, *user, 107, *s, 110, *shown, 108, *d, *end]),
        "two images": (chat(picture + picture + "Compare."), [2, 105, *user, 109, *shown, 110, *shown, 108, *c, *end]),
    }
    for name, (got, want) in rows.items():
        assert got == want, (name, got, want)
    assert tokenizer.encode("Hello").ids[0] == 2 and len(user) == 1 and len(model) == 1
    for i in range(1, 32):
        assert ids("a" + "\n" * i + "b")[1] == 106 + i
    assert all(len(ids(str(x))) == len(str(x)) for x in range(1001))
    for text in ("naïve café 🫁 Ωμέγα", "肺炎？是否", "  two  spaces ", "tab\there", "한국어"):
        assert tokenizer.decode(ids(text), skip_special_tokens=False) == text, text
    for talk in talks(n, 99):
        for text in (t for turn in talk.turns for t in turn):
            got = ids(text)
            assert tokenizer.decode(got, skip_special_tokens=False) == text and 3 not in got
            if not re.search(r"[㐀-鿿]{5}", text):
                parts = [p for line in re.split(r"(\n+)", text.replace(" ", "▁")) for p in ([line] if line[:1] == "\n" else _PIECE.findall(line))]
                apart = [i for p in parts for i in ids(p)]
                assert apart == got, text


def measure(tokenizer, n=6000):
    """Tokens of question and answer, by task, and of whole conversations."""
    length = lambda t: len(tokenizer.encode(t, add_special_tokens=False).ids)  # noqa: E731
    by, whole, fallback, total, off = {}, [], 0, 0, []
    for talk in talks(n, 5):
        size = 10 + length(talk.system) if talk.system else 0
        for (q, a), task in zip(talk.turns, talk.task):
            nq, na = length(q), length(a)
            by.setdefault((task, "zh" if re.search("[㐀-鿿]", a) else "en"), []).append((nq, na))
            size += nq + na + 9
            off.append((words.cost(q) + words.cost(a)) / (nq + na + 9))
            for i in tokenizer.encode(q + a, add_special_tokens=False).ids:
                fallback += 138 <= i < 394
                total += 1
        whole.append((size, talk.n_images, len(talk.turns)))
    for key, v in sorted(by.items()):
        print(f"{key[0]:16} {key[1]}  n {len(v):5}  question {sum(x for x, _ in v) / len(v):6.1f}  answer {sum(x for _, x in v) / len(v):6.1f}  longest {max(x + y for x, y in v):4}")
    sizes = sorted(x for x, _, _ in whole)
    print(f"conversation: mean {sum(sizes) / len(sizes):.0f} tokens, p50 {sizes[len(sizes) // 2]}, p95 {sizes[len(sizes) * 95 // 100]}, p99 {sizes[len(sizes) * 99 // 100]}, max {sizes[-1]}; "
          f"turns {sum(t for *_, t in whole) / len(whole):.2f}")
    print(f"byte fallback {fallback} of {total} tokens; cost() over the true number: {sum(off) / len(off):.2f}")


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default=str(Path(__file__).resolve().parents[2] / "src/demo"))
    ap.add_argument("--talks", type=int, default=12000)
    ap.add_argument("--measure-only", action="store_true")
    args = ap.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    if not args.measure_only:
        characters, merges = learn(args.talks)
        data = build(characters, merges)
        (out / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        (out / "tokenizer_config.json").write_text(json.dumps(settings(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"{len(characters)} characters, {len(data['model']['merges'])} merges")
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    verify(tokenizer)
    measure(tokenizer)


if __name__ == "__main__":
    main()
