"""A picture's scene and a language come in; one question about that picture with its answer, a `Turn`, goes out."""

import phrases_en as en
import phrases_zh as zh
from answers import COUNTED, LANG, SIDED, SIDES, STATED, ZONED, boxes_text, findings_text, groups, of_kind, ordered, report
from asking import Turn, at, names, put, say
from scene import FINDINGS, ZONES

# ---------------------------------------------------------------- regions


def _cover(box, other):
    """How much of the smaller of two boxes lies in the other."""
    h = min(box[2], other[2]) - max(box[0], other[0])
    w = min(box[3], other[3]) - max(box[1], other[1])
    if h <= 0 or w <= 0:
        return 0.0
    area = lambda b: max(1, (b[2] - b[0]) * (b[3] - b[1]))  # noqa: E731
    return h * w / min(area(box), area(other))


def in_region(scene, box):
    return [f for f in ordered(scene.findings) if _cover(box, f.box) >= 0.5]


def region(rng, scene):
    """A region over a finding (half the time) or over nothing, never a doubtful one."""
    for _ in range(20):
        if scene.findings and rng.random() < 0.55:
            y0, x0, y1, x1 = rng.choice(scene.findings).box
            grow = rng.choice((0.05, 0.1, 0.2, 0.5)) if min(y1 - y0, x1 - x0) > 60 else rng.choice((0.1, 0.4, 0.8, 1.5))
            h, w = (y1 - y0) * grow, (x1 - x0) * grow
            low = -0.3
            box = (y0 - rng.uniform(low, 1) * h, x0 - rng.uniform(low, 1) * w, y1 + rng.uniform(low, 1) * h, x1 + rng.uniform(low, 1) * w)
        else:
            h, w = rng.uniform(60, 300), rng.uniform(60, 300)
            y0, x0 = rng.uniform(40, 960 - h), rng.uniform(40, 960 - w)
            box = (y0, x0, y0 + h, x0 + w)
        box = tuple(int(min(1000, max(0, v))) for v in box)
        covers = [_cover(box, f.box) for f in scene.findings]
        middle = abs((box[1] + box[3]) / 2 - 500)
        if any(0.1 < c < 0.5 for c in covers) or (not any(c >= 0.5 for c in covers) and 40 < middle < 100):
            continue
        return box
    return (10, 20, 90, 110)


def region_answer(found, box, L):
    if found:
        return L.there(found)
    x = (box[1] + box[3]) / 2
    return L.NO_REGION["" if abs(x - 500) <= 70 else "right" if x < 500 else "left"]


# ---------------------------------------------------------------- single questions: (rng, scene, lang) -> Turn


def describe(rng, scene, lang, plain=False):
    return Turn("describe", put(rng, lang, LANG[lang].DESCRIBE, plain), lambda L: report(scene, "en" if L is en else "zh"), lang, found=tuple(scene.findings))


def findings_only(rng, scene, lang, plain=False):
    return Turn("findings", put(rng, lang, LANG[lang].FINDINGS, plain), lambda L: findings_text(scene, L), lang, found=tuple(scene.findings))


def impression(rng, scene, lang, plain=False):
    return Turn("impression", put(rng, lang, LANG[lang].IMPRESSION, plain), lambda L: L.suggests(groups(scene)), lang, found=tuple(scene.findings))


def some_kind(rng, scene, kinds=None, present=0.65):
    """A kind to ask about: one that is there with this chance, else one that is not."""
    kinds = [k for k in FINDINGS[scene.kind] if not kinds or k in kinds]
    have = [k for k in kinds if any(f.kind == k for f in scene.findings)]
    lack = [k for k in kinds if k not in have]
    pick = have if have and (not lack or rng.random() < present) else lack
    return rng.choice(pick) if pick else ""


def presence_answer(found, kind, side="", zone=""):
    return lambda L: L.yes(found) if found else L.none(kind, side, zone)


def present(rng, scene, lang, plain=False, kind="", place=None, templates=None):
    """Is there X, anywhere, on a side or in a zone?"""
    L = LANG[lang]
    kind = kind or some_kind(rng, scene)
    side = zone = ""
    how = place if place is not None else rng.choices(("", "side", "zone"), (6, 2, 1))[0]
    have = of_kind(scene, kind)
    if how and kind in SIDED:
        there = rng.choice(have) if have else None
        side = rng.choice(SIDES)
        if there and len({f.side for f in have}) < 2 and rng.random() < 0.5:
            side = there.side
        if how == "zone" and kind in ZONED:
            side, zone = rng.choice(SIDES), rng.choice(ZONES[scene.kind])
            if there and rng.random() < 0.55:
                side, zone = there.side, there.zone
            elif there and rng.random() < 0.5:
                side = there.side
    w = at(rng, lang, kind, side, zone)
    if lang == "zh" and kind == "shift" and w:
        ask = say(rng, lang, rng.choice(("有没有中线{s}移位", "中线{s}移位了吗", "中线是否{s}移位", "有中线{s}移位吗")).replace("{s}", w.rstrip("的")), plain)
    elif not side and not templates and kind in L.HEART and rng.random() < 0.5:
        ask = put(rng, lang, L.HEART[kind], plain)
    else:
        ask = put(rng, lang, templates or L.PRESENT, plain, w=w, **names(rng, lang, kind, plain))
    found = of_kind(scene, kind, side, zone)
    return Turn("yesno", ask, presence_answer(found, kind, side, zone), lang, kind, tuple(found), whole=not side)


def present_side(rng, scene, lang, plain=False):
    return present(rng, scene, lang, plain, some_kind(rng, scene, SIDED, 0.75), rng.choice(("side", "zone")))


def rule_out(rng, scene, lang, plain=False):
    L, kind = LANG[lang], some_kind(rng, scene)
    found = of_kind(scene, kind)

    def answer(L):
        return L.there(found) if found else L.state(kind, None) if kind in STATED else L.none(kind)
    return Turn("rule_out", put(rng, lang, L.RULE_OUT, plain, w="", **names(rng, lang, kind)), answer, lang, kind, tuple(found))


def present_two(rng, scene, lang, plain=False):
    """Is there X or Y?"""
    one = some_kind(rng, scene)
    two = some_kind(rng, scene, [k for k in FINDINGS[scene.kind] if k != one])
    a, b = names(rng, lang, one), names(rng, lang, two)
    ask = put(rng, lang, LANG[lang].PRESENT_TWO, plain, a=a["a"], b=b["a"], n=a["n"], m=b["n"])

    def answer(L):
        parts = []
        for kind in (one, two):
            found = of_kind(scene, kind)
            parts.append(L.there(found) if found else L.state(kind, None) if kind in STATED else L.none(kind))
        return (" " if L is en else "").join(parts)
    return Turn("two", ask, answer, lang, whole=False)


def state(rng, scene, lang, plain=False):
    kind = {"cxr": "cardiomegaly", "head": "ventricles"}.get(scene.kind)
    if not kind:
        return present(rng, scene, lang, plain)
    found = of_kind(scene, kind)
    return Turn("state", put(rng, lang, LANG[lang].STATE[kind], plain), lambda L: L.state(kind, found[0] if found else None), lang, kind, tuple(found))


def abnormal(rng, scene, lang, plain=False):
    side = rng.choice(("", "", *SIDES))
    found = [f for f in ordered(scene.findings) if not side or (f.side == side and f.kind != "shift")]
    w = rng.choice(LANG[lang].SIDE_AT[side]) if side else ""
    return Turn("abnormal", put(rng, lang, LANG[lang].ABNORMAL, plain, w=w), lambda L: L.yes(found) if found else L.abnormality_none(side),
                lang, "", tuple(found), whole=not side)


def _no_there(L, found):
    return ("No. " if L is en else "不正常。") + L.there(found)


def normal(rng, scene, lang, plain=False):
    found = ordered(scene.findings)
    return Turn("normal", put(rng, lang, LANG[lang].NORMAL, plain),
                lambda L: _no_there(L, found) if found else ("Yes. " if L is en else "正常。") + L.NO_ABNORMALITY, lang, "", tuple(found))


def lungs(rng, scene, lang, plain=False):
    if scene.kind == "head":
        return normal(rng, scene, lang, plain)
    found = [f for f in ordered(scene.findings) if f.kind != "cardiomegaly"]

    def answer(L):
        return ("No. " if L is en else "否。") + L.there(found) if found else ("Yes. " if L is en else "是。") + L.LUNGS_CLEAR
    return Turn("lungs", put(rng, lang, LANG[lang].LUNGS, plain), answer, lang, "", tuple(found), whole=False)


def _none_of(kind):
    return lambda L: L.state(kind, None) if kind in STATED else L.none(kind)


def where(rng, scene, lang, plain=False):
    kind = some_kind(rng, scene, SIDED, 0.8)
    found = of_kind(scene, kind)
    return Turn("where", put(rng, lang, LANG[lang].WHERE if kind != "shift" or lang == "en" else zh.SIDE_SHIFT, plain, **names(rng, lang, kind, plain)),
                (lambda L: L.where(found)) if found else _none_of(kind), lang, kind, tuple(found))


def which_side(rng, scene, lang, plain=False):
    kind = some_kind(rng, scene, SIDED, 0.8)
    found = of_kind(scene, kind)
    if kind == "shift":
        templates = ["Which way is the midline shifted?", "To which side is the midline shift?", "Midline shift to which side?", "Which direction does the midline shift go?"] if lang == "en" else zh.SIDE_SHIFT
    else:
        templates = LANG[lang].SIDE
    return Turn("side", put(rng, lang, templates, plain, **names(rng, lang, kind, plain)), (lambda L: L.which_side(found)) if found else _none_of(kind), lang, kind, tuple(found))


def size(rng, scene, lang, plain=False, kind="", place=None):
    L = LANG[lang]
    measured = ("nodule", "lesion", "shift")
    graded = ("effusion", "pneumothorax", "cardiomegaly", "ventricles")
    kind = kind or some_kind(rng, scene, measured if rng.random() < 0.55 else graded, 0.85) or some_kind(rng, scene, measured + graded, 0.85)
    if not plain and rng.random() < 0.04:
        kind = some_kind(rng, scene, ("consolidation", "ground_glass"), 0.9) or kind
    found = of_kind(scene, kind)
    w = ""
    if kind in ("nodule", "lesion", "effusion") and found and (place if place is not None else rng.random() < 0.25):
        f = rng.choice(found)
        if f.zone and rng.random() < 0.5:
            w, found = at(rng, lang, kind, f.side, f.zone), of_kind(scene, kind, f.side, f.zone)
        else:
            w, found = at(rng, lang, kind, f.side), of_kind(scene, kind, f.side)
    if kind in STATED and lang == "zh":
        templates = zh.SEVERITY_STATE
    elif kind in graded:
        templates = en.SEVERITY if lang == "en" else zh.SEVERITY_ASK
    else:
        templates = L.SIZE
    return Turn("size", put(rng, lang, templates, plain, w=w, **names(rng, lang, kind, plain, True)), (lambda L: L.size(found)) if found else _none_of(kind),
                lang, kind, tuple(found), whole=not w)


def count(rng, scene, lang, plain=False):
    if rng.random() < 0.25:
        n = len(scene.findings)
        return Turn("count", put(rng, lang, LANG[lang].COUNT_ALL, plain), lambda L: L.count("finding" if L is en else "征象", n) if n else L.NO_ABNORMALITY,
                    lang, "", tuple(ordered(scene.findings)))
    main = {"cxr": "nodule", "ct": "nodule", "head": "lesion"}[scene.kind]
    kind = main if rng.random() < 0.7 else some_kind(rng, scene, COUNTED, 0.8)
    found = of_kind(scene, kind)
    return Turn("count", put(rng, lang, LANG[lang].COUNT, plain, **names(rng, lang, kind, plain)), (lambda L: L.count(kind, len(found))) if found else _none_of(kind),
                lang, kind, tuple(found))


def box(rng, scene, lang, plain=False, kind=None):
    L = LANG[lang]
    final = ""
    if kind is None:
        kind = "" if rng.random() < 0.5 else some_kind(rng, scene, None, 0.8)
    found = of_kind(scene, kind) if kind else ordered(scene.findings)
    slots = names(rng, lang, kind, plain) if kind else {}
    if kind and not plain and rng.random() < 0.08:
        ask, final = L.BOX_SKELETON.replace("{n}", slots["n"]), L.BOX_FINAL
    else:
        ask = put(rng, lang, L.BOX_ONE if kind else L.BOX_ALL, plain, **slots)
    return Turn("box", ask, lambda L: final + boxes_text(found, L), lang, kind, tuple(found))


def regions(rng, scene, lang, plain=False):
    L = LANG[lang]
    b = region(rng, scene)
    found = in_region(scene, b)
    kind = found[0].kind if len({f.kind for f in found}) == 1 else ""
    text = "[" + ", ".join(map(str, b)) + "]"
    way = rng.random()
    answer = lambda L: region_answer(found, b, L)  # noqa: E731
    if way < 0.2 and not plain:
        ask = put(rng, lang, L.REGION_INLINE, True).replace("{b}", text)
        if lang == "en" and rng.random() < 0.3:
            ask = ask.lower().rstrip("?.")
    elif way < 0.35 and not plain:
        b2 = region(rng, scene)
        found2 = in_region(scene, b2)
        lines = L.REGION.replace("{r}", "R1").replace("{b}", text) + "\n" + L.REGION.replace("{r}", "R2").replace("{b}", "[" + ", ".join(map(str, b2)) + "]")
        if rng.random() < 0.4:
            r, found, b = ("R1", found, b) if rng.random() < 0.5 else ("R2", found2, b2)
            kind = found[0].kind if len({f.kind for f in found}) == 1 else ""
            ask = lines + "\n" + put(rng, lang, [t for t in L.REGION_ASK if "{r}" in t], r=r)
            chosen, where_ = found, b
            answer = lambda L: region_answer(chosen, where_, L)  # noqa: E731
        else:
            ask = lines + "\n" + put(rng, lang, L.REGION_TWO)
            one, two, b1 = found, found2, b

            def answer(L):
                sep = ": " if L is en else "："
                gap = " " if L is en else ""
                return f"R1{sep}{region_answer(one, b1, L)}{gap}R2{sep}{region_answer(two, b2, L)}"
            found, kind = ordered(set(found) | set(found2)), ""
    else:
        r = "R1" if plain or rng.random() < 0.85 else rng.choice(("R2", "R3"))
        head = L.REGION.replace("{r}", r).replace("{b}", text) + "\n"
        if not plain and way < 0.5:
            asked = kind if kind and rng.random() < 0.55 else rng.choice(FINDINGS[scene.kind])
            hits = [f for f in found if f.kind == asked]
            ask = head + put(rng, lang, L.REGION_KIND, r=r, **names(rng, lang, asked))
            found, kind = hits, asked
            answer = lambda L: L.yes(hits) if hits else L.no_region_kind(asked)  # noqa: E731
        elif not plain and way < 0.58 and len(found) == 1:
            ask = head + put(rng, lang, L.REGION_SIZE, r=r)
            answer = lambda L: L.size(found)  # noqa: E731
        else:
            ask = head + put(rng, lang, L.REGION_ASK, plain, r=r)
    return Turn("region", ask, answer, lang, kind, tuple(found), whole=False)


def view(rng, scene, lang, plain=False, n=1):
    L = LANG[lang]
    if n == 1 and rng.random() < 0.35:
        of = scene.kind if rng.random() < 0.5 else rng.choice([k for k in FINDINGS if k != scene.kind])
        right = of == scene.kind

        def answer(L):
            return (L.YES if right else L.NO) + L.this_is(scene.kind)
        return Turn("view", put(rng, lang, L.VIEW_YN_ASK, plain, v=rng.choice(L.VIEW_YN[of])), answer, lang, whole=False)
    return Turn("view", put(rng, lang, L.VIEW_ASK, plain), lambda L: L.this_is(scene.kind, n), lang, whole=False)


def world(rng, scene, lang, plain=False):
    return Turn("world", put(rng, lang, LANG[lang].WORLD_ASK, plain), lambda L: L.WORLD, lang, whole=False)


def unknown(rng, scene, lang, plain=False):
    """A finding that is not among those of this kind of picture."""
    L = LANG[lang]
    if rng.random() < 0.3:
        kind = rng.choice([k for ks in FINDINGS.values() for k in ks if k not in FINDINGS[scene.kind]])
        if kind == "lesion":  # on a chest, "a lesion" may mean one of its own findings
            kind = "shift"
        x = names(rng, lang, kind)["a"]
    else:
        x = rng.choice(L.UNKNOWN)
    return Turn("unknown", put(rng, lang, L.UNKNOWN_ASK, plain, x=x), lambda L: L.untrained(scene.kind), lang, whole=False)


SINGLE = ((describe, 12), (findings_only, 4), (impression, 6), (present, 18), (present_side, 8), (present_two, 2), (rule_out, 3), (state, 3), (abnormal, 6), (normal, 4), (lungs, 1.5),
          (where, 7), (which_side, 4), (size, 9), (count, 5), (box, 9), (regions, 11), (view, 3), (world, 3), (unknown, 3))
MAKERS, WEIGHTS = zip(*SINGLE)
