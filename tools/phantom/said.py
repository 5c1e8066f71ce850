"""Nothing comes in; answers of the phantom model, each with the findings it states, go out: `python said.py > ../../src/findings/phantom.tsv`.

The right column is made from the scene, never from the words: `key sign side zone severity size number change`, where the
sign is + present, - absent, ~ resolved, and `8mm>` is a size before. Python's random module alone decides (seed 4), so
the file is the same wherever it is made.
"""

from random import Random

import answers
import phrases_en as en
import phrases_zh as zh
from anatomy import sample_pair, sample_scene
from answers import COUNTED, ZONED, of_kind, ordered
from scene import FINDINGS, ZONES

KEY = {"effusion": "pleural-effusion", "ground_glass": "ground-glass", "ventricles": "ventriculomegaly", "shift": "midline-shift"}
ZONE = {"mid": "middle"}
GRADE = {"small": "small", "mild": "small", "moderate": "moderate", "large": "large", "marked": "large"}
WHAT = {"gone": "resolved", "stable": "unchanged"}
MEASURED = ("nodule", "lesion", "shift")
WHOLE = ("cardiomegaly", "ventricles")
CLEAR = {"cxr": ["opacity -", "pleural-effusion -", "pneumothorax -", "cardiomegaly -"], "ct": ["opacity -", "pleural-effusion -"],
         "head": ["midline-shift -", "ventriculomegaly -", "lesion -"]}


def row(kind, sign, *words):
    return " ".join([KEY.get(kind, kind), sign, *(w for w in words if w)])


def bare(f, sign="+", *words):
    return row(f.kind, sign, f.side, ZONE.get(f.zone, f.zone) if f.kind in ZONED else "", *words)


def full(f, change=""):
    return bare(f, "+", "" if f.kind in MEASURED else GRADE.get(f.severity, ""), f"{f.size_mm}mm" if f.kind in MEASURED else "", change)


def group(kind, fs):
    """What an impression says of the findings of one kind."""
    side = "" if kind in WHOLE else "bilateral" if len({f.side for f in fs}) == 2 else fs[0].side
    if kind in ("nodule", "lesion") and len(fs) > 1:
        return row(kind, "+", side, f"n{len(fs)}")
    return row(kind, "+", side, fs[0].zone if kind == "lesion" else "")


def findings(scene):
    found = ordered(scene.findings)
    extra = {"cxr": "cardiomegaly", "head": "ventricles"}.get(scene.kind)
    normal = [row(extra, "-")] if extra and not of_kind(scene, extra) else []
    return [full(f) for f in found] + normal if found else CLEAR[scene.kind]


def change(c):
    f = c.current or c.prior
    what = WHAT.get(c.what, c.what)
    if what == "new":
        return full(f, "new")
    if what == "resolved":
        return bare(f, "~")
    p, q = c.prior, c.current
    if what == "unchanged":
        return bare(f, "+", what)
    if p.size_mm and q.size_mm and f.kind not in WHOLE:
        return bare(f, "+", f"{p.size_mm}mm>", f"{q.size_mm}mm", what)
    return bare(f, "+", GRADE[p.severity] + ">", GRADE[q.severity], what) if p.severity else bare(f, "+", what)


def said(rng, L):
    """Pairs of an answer and the findings that it states."""
    scene = sample_scene(rng)
    found = ordered(scene.findings)
    groups = answers.groups(scene)
    yield answers.report(scene, "en" if L is en else "zh"), findings(scene) + ([group(*g) for g in groups] or ["abnormality -"])
    if found:
        yield L.yes(found), [full(f) for f in found]
        yield L.still(found, found[0].kind), [full(f) for f in found]
        yield answers.boxes_text(found, L), [row(f.kind, "+", "" if f.kind in (*WHOLE, "shift") else f.side) for f in found]
    for kind, fs in groups:
        if kind in COUNTED:
            yield L.count(kind, len(fs)), [row(kind, "+", f"n{len(fs)}" if len(fs) > 1 else "")]
        if kind in ("consolidation", "ground_glass"):
            yield L.size(fs), [full(f) for f in fs]
    kind = rng.choice(FINDINGS[scene.kind])
    side = rng.choice(("", "left", "right")) if kind in answers.SIDED else ""
    zone = rng.choice(ZONES[scene.kind]) if side and kind in ZONED and rng.random() < 0.5 else ""
    yield L.none(kind, side, zone), [row(kind, "-", side, ZONE.get(zone, zone))]
    yield L.still([], kind), [row(kind, "-")]
    yield L.neither(kind), [row(kind, "-")]
    if kind not in WHOLE:
        yield L.no_region_kind(kind), [row(kind, "-")]
    yield L.abnormality_none(side), [row("abnormality", "-", side)]
    yield L.untrained(scene.kind), []
    yield L.this_is(scene.kind, rng.choice((1, 2))), []
    changes = answers.sort_changes(sample_pair(rng)[2])
    yield answers.changes_text(changes, L), [change(c) for c in changes] or ["abnormality -"]


def fixed(L):
    for what, text in L.NOTHING.items():
        yield text, [row("abnormality", "-", WHAT.get(what, what))]
    for side, text in L.NO_REGION.items():
        yield text, [row("abnormality", "-", side)]
    yield from ((text, []) for text in (L.WORLD, L.NO_PICTURE, L.NO_OTHER, L.YES.strip(), L.NO.strip()))
    yield from ((text, ["abnormality -"]) for text in (L.neither(""), L.still([], ""), L.NO_CHANGE + L.NO_ABNORMALITY))


def main():
    rng = Random(4)
    rows = {}
    for L in (en, zh):
        rows.update((text, stated) for text, stated in fixed(L))
    for n in range(44):
        rows.update((text, stated) for text, stated in said(rng, (en, zh)[n % 2]))
    print("# made by tools/phantom/said.py")
    for text, stated in rows.items():
        print(text.replace("\n", "\\n") + "\t" + "; ".join(stated))


if __name__ == "__main__":
    main()
