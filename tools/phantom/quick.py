"""Weights in, scores on fresh drawings out, on the GPU in half a minute: a look at a training run before it is exported.

    python quick.py --weights OUT/model.safetensors --demo ../../src/demo --n 200

The figures that count are `evaluate.py`'s, which asks the program itself.
"""

import argparse
import random
from collections import Counter, defaultdict

import numpy as np
import torch
from safetensors.torch import load_file

import data
import draw
from network import Phantom


@torch.no_grad()
def answers(net, tokenizer, grey, chats, limit=120, batch=256):
    """Greedy answers to `chats`: (system, turns ending in (question, None), picture indices into `grey`)."""
    soft = tokenizer.token_to_id("<image_soft_token>")
    rows = torch.cat([net.model.multi_modal_projector(net.see(g)) for g in grey.split(batch)])
    out = []
    for at in range(0, len(chats), batch):
        out += decode(net, tokenizer, soft, rows, chats[at : at + batch], limit)
    return out


def decode(net, tokenizer, soft, rows, chats, limit):
    """One batch, every token by a whole forward pass: slow and simple."""
    full = [data.expand(tokenizer.encode(data.render_chat(s, t, len(p)), add_special_tokens=False).ids, soft) for s, t, p in chats]
    start = [len(i) for i, _ in full]
    length = max(start) + limit
    ids = torch.zeros(len(chats), length, dtype=torch.long)
    place = torch.full((len(chats), length), -1)
    for b, ((i, local), (_, _, pictures)) in enumerate(zip(full, chats, strict=True)):
        ids[b, : len(i)] = torch.tensor(i)
        place[b, : len(i)] = torch.tensor([pictures[r // data.ROWS] * data.ROWS + r % data.ROWS if r >= 0 else -1 for r in local])
    device = rows.device
    ids, place, at = ids.to(device), place.to(device), torch.tensor(start, device=device)
    done, flat = torch.zeros(len(chats), dtype=torch.bool, device=device), rows.flatten(0, 1)
    for _ in range(limit):
        end = int(at.max())
        positions = torch.arange(end, device=device).expand(len(chats), end)
        hidden = net.hidden(ids[:, :end], flat, place[:, :end], positions)
        nxt = net.logits(hidden[torch.arange(len(chats), device=device), at - 1].float()).argmax(-1)
        done |= nxt == 106
        if bool(done.all()):
            break
        alive = torch.nonzero(~done)[:, 0]
        ids[alive, at[alive]] = nxt[alive]
        at[alive] += 1
    return [tokenizer.decode(ids[b, start[b] : at[b]].tolist(), skip_special_tokens=False) for b in range(len(chats))]


def held_out(n, seed=10**9):
    """`n` scenes and the conversations about them, one question each to be answered, drawn as in training."""
    import words

    rng = random.Random(seed)
    scenes, talks = [], []
    for i in range(n):
        kind = data.KINDS[i % 3]
        if i % 5 == 0:
            prior, current, changes = draw.sample_pair(rng, kind)
            talk = words.conversation(rng, current, (prior, current, changes))
            shown = [prior, current] if talk.n_images == 2 else [current]
        else:
            shown = [draw.sample_scene(rng, kind)]
            talk = words.conversation(rng, shown[0])
        talks.append((talk, list(range(len(scenes), len(scenes) + len(shown)))))
        scenes += shown
    grey = torch.stack([torch.from_numpy(np.array(draw.to_png(s, i))) for i, s in enumerate(scenes)])
    return grey, talks


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--weights", required=True)
    ap.add_argument("--demo", required=True)
    ap.add_argument("--n", type=int, default=200)
    ap.add_argument("--show", type=int, default=30)
    args = ap.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = Phantom().eval()
    net.load_state_dict({k: v.float() for k, v in load_file(args.weights).items()})
    net.to(device)
    tokenizer = data.load_tokenizer(args.demo)
    grey, talks = held_out(args.n)
    chats, want, task = [], [], []
    for talk, pictures in talks:
        for t in range(len(talk.turns)):
            pictures_shown = pictures[: talk.n_images]
            chats.append((talk.system, [*talk.turns[:t], (talk.turns[t][0], None)], pictures_shown))
            want.append(talk.turns[t][1].strip())
            task.append((talk.task[t], talk.lang))
    with torch.autocast(device, dtype=torch.bfloat16):
        got = answers(net, tokenizer, grey.to(device), chats)
    right, total = Counter(), Counter()
    wrong = defaultdict(list)
    for g, w, k, c in zip(got, want, task, chats, strict=True):
        total[k] += 1
        right[k] += g.strip() == w
        if g.strip() != w:
            wrong[k].append((c[1][-1][0], w, g))
    for k in sorted(total):
        print(f"{right[k]:5d} of {total[k]:5d} word for word: {k}")
    flat = [(k, *x) for k, v in wrong.items() for x in v]
    for k, q, w, g in random.Random(0).sample(flat, min(args.show, len(flat))):
        print(f"\n{k}\n Q {q[-160:]!r}\n W {w!r}\n G {g!r}")


if __name__ == "__main__":
    main()
