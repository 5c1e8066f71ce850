"""The truth of a drawn picture: what is in it, on which side, how large. Nothing here draws or speaks."""

from dataclasses import dataclass, field

# Every finding a picture of each kind may hold, in the order a report names them.
FINDINGS = {
    "cxr": ("effusion", "pneumothorax", "consolidation", "nodule", "cardiomegaly"),
    "ct": ("effusion", "consolidation", "ground_glass", "nodule"),
    "head": ("shift", "ventricles", "lesion"),
}
ZONES = {
    "cxr": ("upper", "mid", "lower"),
    "ct": ("anterior", "central", "posterior"),
    "head": ("frontal", "temporal", "parietal", "occipital"),
}
# Millimetres across the whole square picture: constant for a kind, so that a size can be read off.
FIELD_MM = {"cxr": 400.0, "ct": 360.0, "head": 220.0}
SIZE = 256  # pixels a side


@dataclass(frozen=True)
class Finding:
    """One finding. `side` is the patient's own ("left" is on the right of the picture)."""

    kind: str  # a name in FINDINGS
    side: str = ""  # "left", "right"; "" for cardiomegaly and ventricles; for a shift, the side it goes to
    zone: str = ""  # a name in ZONES for nodule, consolidation, ground_glass, lesion; "" for the others
    size_mm: int = 0  # nodule and lesion: longest diameter; shift: millimetres off the midline; others 0
    severity: str = ""  # effusion: small/moderate/large; pneumothorax: small/large; cardiomegaly, ventricles, shift: mild/marked
    box: tuple[int, int, int, int] = (0, 0, 0, 0)  # y0, x0, y1, x1 in 0..1000 of the square picture


@dataclass(frozen=True)
class Scene:
    """One picture: its kind, what is in it, and the numbers the drawing needs (`anatomy`: name -> float)."""

    kind: str  # "cxr", "ct", "head"
    findings: tuple[Finding, ...]
    anatomy: dict = field(default_factory=dict)
    shapes: tuple[dict, ...] = ()  # one dict of drawing numbers for each finding, same order


@dataclass(frozen=True)
class Change:
    """What became of one finding between a prior and a current picture."""

    what: str  # "new", "gone", "larger", "smaller", "stable"
    prior: Finding | None
    current: Finding | None
