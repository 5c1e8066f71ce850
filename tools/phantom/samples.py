"""Writes the twelve sample pictures and their truth: `python samples.py --out ../../src/imaging/samples`.

Each is the first fresh drawing (seeds that training never used) whose findings are the ones its name promises.
"""

import argparse
import random
from pathlib import Path

import draw
from answers import report

# name -> kind of picture and, for each finding, what must hold of it
WANTED = {
    "cxr-normal": ("cxr", []),
    "cxr-effusion": ("cxr", [{"kind": "effusion", "severity": "moderate", "side": "right"}]),
    "cxr-nodule": ("cxr", [{"kind": "nodule", "side": "left", "zone": "upper"}]),
    "cxr-consolidation": ("cxr", [{"kind": "consolidation", "side": "right", "zone": "lower"}]),
    "cxr-pneumothorax": ("cxr", [{"kind": "pneumothorax", "side": "left", "severity": "small"}]),
    "cxr-cardiomegaly": ("cxr", [{"kind": "cardiomegaly", "severity": "marked"}, {"kind": "effusion", "side": "left", "severity": "small"}]),
    "ct-nodule": ("ct", [{"kind": "nodule", "side": "right", "zone": "posterior"}]),
    "ct-ground-glass": ("ct", [{"kind": "ground_glass", "side": "left"}, {"kind": "effusion", "side": "right"}]),
    "head-lesion": ("head", [{"kind": "lesion", "side": "right", "zone": "frontal"}]),
    "head-shift": ("head", [{"kind": "shift", "side": "left", "severity": "marked"}, {"kind": "lesion", "side": "right"}]),
}
CHANGES = {"larger": "effusion", "new": "nodule"}  # from cxr-prior to cxr-current


def fits(scene, wanted):
    """Are the findings exactly the wanted ones?"""
    found = sorted(scene.findings, key=lambda f: f.kind)
    wanted = sorted(wanted, key=lambda w: w["kind"])
    return len(found) == len(wanted) and all(getattr(f, k) == v for f, w in zip(found, wanted, strict=True) for k, v in w.items())


def one(name, kind, wanted):
    """The first scene that fits."""
    rng = random.Random(f"sample {name}")
    while True:
        scene = draw.sample_scene(rng, kind)
        if fits(scene, wanted) and all(f.size_mm == 0 or 14 <= f.size_mm <= 26 or f.kind == "shift" for f in scene.findings):
            return scene


def pair():
    """The first prior and current chest film with exactly the wanted changes."""
    rng = random.Random("sample pair")
    while True:
        prior, current, changes = draw.sample_pair(rng, "cxr")
        if len(changes) == 2 and {c.what: (c.current or c.prior).kind for c in changes} == CHANGES:
            return prior, current


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    out = Path(ap.parse_args().out)
    out.mkdir(parents=True, exist_ok=True)
    scenes = {name: one(name, *what) for name, what in WANTED.items()}
    scenes["cxr-prior"], scenes["cxr-current"] = pair()
    lines = []
    for name in sorted(scenes):
        draw.to_png(scenes[name], 7).save(out / f"{name}.png", optimize=True)
        lines.append(f"{name}\t{report(scenes[name], 'en').splitlines()[0].removeprefix('Findings: ')}\n")
    (out / "truth.tsv").write_text("".join(lines))
    print("".join(lines), end="")


if __name__ == "__main__":
    main()
