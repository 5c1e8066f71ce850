"""A scene, some findings or some changes come in; the words of the model's answer go out, one wording for a fact."""

import json

import phrases_en as en
import phrases_zh as zh
from scene import FINDINGS, ZONES

LANG = {"en": en, "zh": zh}
OTHER = {"en": "zh", "zh": "en"}
SIDES = ("left", "right")
ZONED = ("consolidation", "nodule", "ground_glass", "lesion")
SIDED = ZONED + ("effusion", "pneumothorax", "shift")
COUNTED = ("nodule", "lesion", "effusion", "consolidation", "ground_glass")
STATED = ("cardiomegaly", "ventricles")
KIND_ORDER = {k: i for ks in FINDINGS.values() for i, k in enumerate(ks)}


def ordered(findings):
    """The order in which every answer names findings."""
    zone = lambda f: next((z.index(f.zone) for z in ZONES.values() if f.zone in z), 0)  # noqa: E731
    return sorted(findings, key=lambda f: (KIND_ORDER[f.kind], f.side != "right", zone(f), f.box))


def of_kind(scene, kind, side="", zone=""):
    return [f for f in ordered(scene.findings) if f.kind == kind and (not side or f.side == side) and (not zone or f.zone == zone)]


def groups(scene):
    return [(k, of_kind(scene, k)) for k in FINDINGS[scene.kind] if any(f.kind == k for f in scene.findings)]


def findings_text(scene, L):
    gap = " " if L is en else ""
    found = ordered(scene.findings)
    if not found:
        return L.CLEAR[scene.kind]
    lines = [L.sentence(f) for f in found]
    if scene.kind == "cxr" and not of_kind(scene, "cardiomegaly"):
        lines.append(L.state("cardiomegaly", None))
    if scene.kind == "head" and not of_kind(scene, "ventricles"):
        lines.append(L.state("ventricles", None))
    return gap.join(lines)


def report(scene, lang, rng=None):
    """The whole report: the answer to "describe", and the prior report that `medlab` would put into a prompt."""
    L = LANG[lang]
    return L.REPORT.replace("{f}", findings_text(scene, L)).replace("{i}", L.suggests(groups(scene)))


def sort_changes(changes):
    return sorted(changes, key=lambda c: ordered_key(c.current or c.prior))


def ordered_key(f):
    return (KIND_ORDER[f.kind], f.side != "right", next((z.index(f.zone) for z in ZONES.values() if f.zone in z), 0), f.box)


def changes_text(changes, L):
    gap = " " if L is en else ""
    if not changes:
        return L.NO_CHANGE + L.NO_ABNORMALITY
    head = L.NO_CHANGE if all(c.what == "stable" for c in changes) else ""
    return head + gap.join(L.change(c) for c in changes)


def boxes_text(found, L):
    rows = [{"box_2d": list(map(int, f.box)), "label": L.label(f)} for f in found]
    return "```json\n" + json.dumps(rows, ensure_ascii=False) + "\n```"
