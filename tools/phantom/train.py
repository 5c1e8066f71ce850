"""Trains the phantom on one GPU: minutes in, `model.safetensors` (bf16) and a log out.

    python train.py --demo ../../src/demo --out OUT --minutes 17
    python train.py --demo ../../src/demo --out OUT --minutes 8 --resume WEIGHTS --lr 6e-4 --compile layers --seed 2

Pictures are drawn on the GPU, texts come from worker processes. Beside the words, the tower learns where each finding
is (a linear layer over its patches, thrown away afterwards): without it the model is fluent for a long time but blind.
"""

import argparse
import math
import time
from pathlib import Path

import torch
import torch._dynamo
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import data
import draw
from network import Phantom
from scene import FINDINGS

AUX = {}  # kind -> its first channel among all findings
for _kind, _names in FINDINGS.items():
    AUX[_kind] = sum(len(FINDINGS[k]) for k in AUX)
N_AUX = sum(len(v) for v in FINDINGS.values())


def to_gpu(batch):
    """Arrays to the GPU."""
    def move(x):
        return torch.from_numpy(x).pin_memory().cuda(non_blocking=True)

    out = {k: move(v) for k, v in batch.items() if k != "packed"}
    out["packed"] = {k: {f: move(x) for f, x in p.items()} for k, p in batch["packed"].items()}
    return out


@torch.no_grad()
def pictures(batch, render, generator):
    """All pictures `[n, 256, 256]` u8, and for each kind its masks."""
    drawn = []
    for kind in data.KINDS:
        noise = draw.make_noise(len(batch["packed"][kind]["anatomy"]), "cuda", generator)
        drawn.append(render(kind, batch["packed"][kind], noise))
    return torch.cat([d[0] for d in drawn]), [d[1] for d in drawn]


def place_rows(batch):
    """`place` of `Phantom.hidden`: each sequence's own picture rows among all rows of the batch."""
    local = batch["place"].long()
    which = torch.gather(batch["picture"].long(), 1, (local.clamp(min=0) // data.ROWS))
    return torch.where(local >= 0, which * data.ROWS + local % data.ROWS, -1)


def aux_loss(head, seen, masks):
    """How well each patch knows what is drawn on it."""
    scores, at, total = head(seen), 0, 0.0
    for kind, mask in zip(data.KINDS, masks, strict=True):
        n, first = mask.shape[0], AUX[kind]
        mine = scores[at : at + n, :, first : first + mask.shape[1]].float()
        want = mask.flatten(2).transpose(1, 2).float()
        total = total + F.binary_cross_entropy_with_logits(mine, want, pos_weight=torch.tensor(4.0, device=mine.device))
        at += n
    return total / len(masks)


def losses(net, head, batch, grey, masks):
    """(words, places)."""
    seen = net.see(grey)
    rows = net.model.multi_modal_projector(seen).flatten(0, 1)
    hidden = net.hidden(batch["ids"].long(), rows, place_rows(batch), batch["position"].long())
    logits = net.logits(hidden).float()
    words = F.cross_entropy(logits.flatten(0, 1), batch["target"].flatten().long(), ignore_index=data.IGNORE)
    return words, aux_loss(head, seen, masks)


def optimizer(net, head, lr):
    """AdamW; no decay on norms, biases and embeddings."""
    decay, plain = [], list(head.parameters())
    for name, p in net.named_parameters():
        (decay if p.ndim >= 2 and "embed" not in name else plain).append(p)
    groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.97), eps=1e-8, fused=True)


def schedule(share, peak, warm):
    """Linear warm-up over the first `warm` share, then cosine down to 1 % of the peak."""
    if share < warm:
        return peak * share / warm
    x = min(1.0, (share - warm) / (1 - warm))
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * x)))


def save(net, folder, name="model.safetensors"):
    """Weights in bf16, names of `Phantom`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.to(torch.bfloat16).contiguous() for k, v in net.state_dict().items()}, folder / name)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--demo", required=True, help="folder with tokenizer.json")
    ap.add_argument("--out", required=True)
    ap.add_argument("--minutes", type=float, default=17)
    ap.add_argument("--shards", type=int, default=8)
    ap.add_argument("--workers", type=int, default=15)
    ap.add_argument("--lr", type=float, default=1.5e-3)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--resume")
    ap.add_argument("--compile", choices=("all", "layers", "none"), default="all", help="all: 150 s more before the first step")
    args = ap.parse_args()

    started = time.time()
    torch._dynamo.config.suppress_errors = True
    stream = data.Stream(args.demo, args.workers, args.shards, args.seed)
    torch.manual_seed(args.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    net = Phantom().cuda()
    head = torch.nn.Linear(net.s.v_hidden, N_AUX).cuda()
    if args.resume:
        net.load_state_dict({k: v.float() for k, v in load_file(args.resume).items()})
    print(f"{sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters", flush=True)
    render = torch.compile(draw.paint, dynamic=False) if args.compile == "all" else draw.paint
    if args.compile != "none":
        for layer in [*net.model.vision_tower.encoder.layers, *net.model.language_model.layers]:
            layer.compile(dynamic=False)
    opt = optimizer(net, head, args.lr)
    generator = torch.Generator(device="cuda").manual_seed(args.seed)
    out, step, seen_words = Path(args.out), 0, 0
    begin = last = time.time()
    waited = 0.0
    while True:
        share = (time.time() - begin) / (args.minutes * 60)
        if share >= 1:
            break
        t = time.time()
        batch = to_gpu(stream.batch())
        waited += time.time() - t
        for group in opt.param_groups:
            group["lr"] = schedule(share, args.lr, 0.03)
        grey, masks = pictures(batch, render, generator)
        with torch.autocast("cuda", dtype=torch.bfloat16):
            words, places = losses(net, head, batch, grey, masks)
        (words + (0.5 if share < 0.5 else 0.2) * places).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        opt.zero_grad(set_to_none=True)
        step += 1
        seen_words += args.shards * data.SEQUENCES
        if step in (1, 10) or step % 100 == 0:
            now = time.time()
            print(f"{now - started:6.0f} s step {step} words {words.item():.4f} places {places.item():.4f} "
                  f"{seen_words / 1e6:.2f} M sequences, waited {waited:.1f} s of {now - last:.1f} s", flush=True)
            last, waited = now, 0.0
        if step % 1000 == 0:
            save(net, out, "last.safetensors")
    save(net, out)
    print("saved", flush=True)


if __name__ == "__main__":
    main()
