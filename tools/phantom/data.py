"""Endless training data: worker processes draw scenes and write conversations; out come shards of arrays.

A shard has a fixed number of sequences and pictures of each kind, so that every batch has the same shapes.
"""

import multiprocessing as mp
import queue as queues
import random
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import draw
import words
from scene import FINDINGS

KINDS = tuple(FINDINGS)
SINGLES = {"cxr": 20, "ct": 15, "head": 14}  # sequences about one picture
PAIRS = {"cxr": 7, "ct": 4, "head": 4}  # sequences about a prior and a current picture (two pictures drawn)
SEQUENCES = sum(SINGLES.values()) + sum(PAIRS.values())
PICTURES = {k: SINGLES[k] + 2 * PAIRS[k] for k in KINDS}
LENGTH = 416  # tokens a sequence
ROWS = 64  # tokens a picture
IGNORE = -100


@dataclass
class Ids:
    """Ids that the tokenizer gives a meaning of their own."""

    turn: int = 105
    stop: int = 106
    newline: int = 107
    soft: int = 2559


def render_chat(system, turns, n_images):
    """Gemma 3's chat template with each picture's 64 places written as one."""
    picture = "\n\n<start_of_image><image_soft_token><end_of_image>\n\n"
    out = "<bos>"
    for i, (user, answer) in enumerate(turns):
        head = (f"{system}\n\n" if system and i == 0 else "") + (picture * n_images if i == 0 else "")
        out += f"<start_of_turn>user\n{head}{user.strip()}<end_of_turn>\n<start_of_turn>model\n"
        if answer is not None:
            out += f"{answer.strip()}<end_of_turn>\n"
    return out


def expand(ids, soft):
    """Each picture's one place becomes 64; returns ids and, for each, -1 or its row (64 * picture + j)."""
    full, place, picture = [], [], 0
    for i in ids:
        if i == soft:
            full += [soft] * ROWS
            place += range(picture * ROWS, (picture + 1) * ROWS)
            picture += 1
        else:
            full.append(i)
            place.append(-1)
    return full, place


def targets(ids):
    """The next token inside every answer (its stop token included), IGNORE elsewhere."""
    out = [IGNORE] * len(ids)
    inside, i = False, 0
    while i < len(ids) - 1:
        if inside:
            out[i] = ids[i + 1]
            inside = ids[i + 1] != 106
        elif ids[i] == 107 and speaker_is_model(ids, i):
            inside = True
            continue
        i += 1
    return out


def speaker_is_model(ids, newline):
    """Is this newline the end of `<start_of_turn>model`?"""
    n = len(MODEL)
    return ids[newline - n : newline] == MODEL and newline > n and ids[newline - n - 1] == 105


MODEL: list[int] = []  # ids of the word "model", set by `load_tokenizer`


def load_tokenizer(folder):
    """The tokenizer, with the ids of "model" noted."""
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    MODEL[:] = tokenizer.encode("model", add_special_tokens=False).ids
    return tokenizer


def sequence(tokenizer, soft, talk):
    """One conversation as arrays of LENGTH."""
    text = render_chat(talk.system, talk.turns, talk.n_images)
    ids, place = expand(tokenizer.encode(text, add_special_tokens=False).ids, soft)
    target = targets(ids)
    pad = LENGTH - len(ids)
    if pad < 0:
        return ids[:LENGTH], place[:LENGTH], target[:LENGTH]
    return ids + [0] * pad, place + [-1] * pad, target + [IGNORE] * pad


def gaps(rng):
    """Positions with holes now and then, so that a picture far back in a long conversation is nothing new."""
    positions = np.arange(LENGTH, dtype=np.int32)
    if rng.random() < 0.3:
        for _ in range(rng.randint(1, 2)):
            positions[rng.randrange(66, LENGTH) :] += rng.randrange(0, 800)
    return positions


def shard(tokenizer, soft, rng):
    """SEQUENCES conversations with the numbers that draw their pictures."""
    ids, place, target, position, owner, packed = [], [], [], [], [], {}
    for k, kind in enumerate(KINDS):
        scenes = []
        for i in range(SINGLES[kind] + PAIRS[kind]):
            first = len(scenes)
            if i < SINGLES[kind]:
                scenes.append(draw.sample_scene(rng, kind))
                talk = words.conversation(rng, scenes[-1])
                order = (first, first)
            else:
                prior, current, changes = draw.sample_pair(rng, kind)
                scenes += [prior, current]
                talk = words.conversation(rng, current, (prior, current, changes))
                order = (first, first + 1) if talk.n_images == 2 else (first + 1, first + 1)
            a, b, c = sequence(tokenizer, soft, talk)
            ids.append(a), place.append(b), target.append(c), position.append(gaps(rng))
            owner.append((k, *order))
        packed[kind] = draw.pack(scenes)
    return {
        "ids": np.array(ids, np.int32),
        "place": np.array(place, np.int32),
        "target": np.array(target, np.int32),
        "position": np.array(position, np.int32),
        "owner": np.array(owner, np.int32),
        "packed": packed,
    }


def work(folder, seed, queue):
    """A worker's life: shards into the queue, for ever."""
    rng = random.Random(seed)
    tokenizer = load_tokenizer(folder)
    soft = tokenizer.token_to_id("<image_soft_token>")
    while True:
        queue.put(shard(tokenizer, soft, rng))


class Stream:
    """Batches of `n` shards from `workers` processes. Start it before CUDA is touched."""

    def __init__(self, folder, workers, n, seed=0):
        context = mp.get_context("fork")
        self.n = n
        self.queue, self.ready = context.Queue(maxsize=6 * n), queues.Queue(maxsize=3)
        for i in range(workers):
            context.Process(target=work, args=(folder, seed * 1000 + i, self.queue), daemon=True).start()

        threading.Thread(target=self._join, daemon=True).start()

    def _join(self):
        """Unpickling takes a tenth of a second: beside the GPU's work, not before it."""
        while True:
            self.ready.put(join([self.queue.get() for _ in range(self.n)]))

    def batch(self):
        """The next batch as arrays."""
        return self.ready.get()


def join(shards):
    """Shards into one batch; `picture` `[b, 2]` are indices into the pictures, kinds one after another."""
    n = len(shards)
    start = np.cumsum([0] + [PICTURES[k] * n for k in KINDS])
    picture = []
    for s, one in enumerate(shards):
        kind = one["owner"][:, 0]
        first = start[kind] + s * np.array([PICTURES[k] for k in KINDS])[kind]
        picture.append(one["owner"][:, 1:] + first[:, None])
    out = {name: np.concatenate([s[name] for s in shards]) for name in ("ids", "place", "target", "position")}
    out["picture"] = np.concatenate(picture).astype(np.int32)
    out["packed"] = {k: {f: np.concatenate([s["packed"][k][f] for s in shards]) for f in shards[0]["packed"][k]} for k in KINDS}
    return out
