"""A scene and the last question with its answer come in; a question that only makes sense after it goes out."""

import phrases_zh as zh
from answers import COUNTED, LANG, OTHER, SIDED, SIDES, STATED, boxes_text, of_kind, ordered
from asking import Turn, names, put
from changes import follow_change
from questions import presence_answer, some_kind
from scene import FINDINGS


def follow(rng, scene, last, lang, changes=None):
    """A question which only makes sense after `last`; None when there is none to ask."""
    L = LANG[lang]
    kind, found = last.kind, list(last.found)
    options = []

    def option(weight, make):
        options.append((weight, make))

    if last.compares:
        return follow_change(rng, scene, last, lang, changes)
    if kind and found:
        if kind in SIDED and last.task not in ("where", "side"):
            if kind != "shift":
                option(3, lambda: Turn("follow_where", put(rng, lang, L.MORE_WHERE), lambda L: L.where(found), lang, kind, last.found, last.whole))
            option(2, lambda: Turn("follow_side", put(rng, lang, L.MORE_SIDE), lambda L: L.which_side(found), lang, kind, last.found, last.whole))
        if last.task not in ("size", "follow_size") and kind not in ("consolidation", "ground_glass"):
            graded = kind not in ("nodule", "lesion", "shift")
            templates = L.MORE_SEVERITY if graded else L.MORE_SIZE
            option(4, lambda: Turn("follow_size", put(rng, lang, templates), lambda L: L.size(found), lang, kind, last.found, last.whole))
        if last.task != "box":
            option(1.5, lambda: Turn("follow_box", put(rng, lang, L.MORE_BOX), lambda L: boxes_text(found, L), lang, kind, last.found, last.whole))
        if kind in COUNTED and last.task != "count" and last.whole:
            option(1, lambda: Turn("follow_count", put(rng, lang, L.MORE_COUNT), lambda L: L.count(kind, len(found)), lang, kind, last.found))
    if kind in SIDED and kind != "shift" and last.task not in ("region",):
        def on_side():
            side = rng.choice(SIDES)
            if rng.random() < 0.3 and of_kind(scene, kind):
                side = rng.choice(of_kind(scene, kind)).side
            hits = of_kind(scene, kind, side)
            return Turn("follow_on", put(rng, lang, L.MORE_ON, side=side if lang == "en" else zh.SIDES[side]), presence_answer(hits, kind, side), lang, kind, tuple(hits), False)
        option(3 if of_kind(scene, kind) else 0.7, on_side)
    if not kind and last.task == "abnormal":
        def any_side():
            side = rng.choice(SIDES)
            hits = [f for f in ordered(scene.findings) if f.side == side and f.kind != "shift"]
            return Turn("follow_on", put(rng, lang, L.MORE_ON, side=side if lang == "en" else zh.SIDES[side]),
                        lambda L: L.yes(hits) if hits else L.abnormality_none(side), lang, "", tuple(hits), False)
        option(2, any_side)
    if kind and last.task != "region" and (last.whole or found):
        def besides():
            others = [f for f in ordered(scene.findings) if (f.kind != kind if last.whole else f not in found)]
            return Turn("follow_besides", put(rng, lang, L.MORE_BESIDES), lambda L: L.yes(others) if others else L.NO_OTHER, lang, "", tuple(others), False)
        option(2, besides)
    if kind and last.task != "region":
        def another():
            k = some_kind(rng, scene, [x for x in FINDINGS[scene.kind] if x != kind])
            hits = of_kind(scene, k)
            if k in STATED and rng.random() < 0.6:
                return Turn("follow_state", put(rng, lang, L.MORE_HEART[k]), lambda L: L.state(k, hits[0] if hits else None), lang, k, tuple(hits))
            return Turn("follow_kind", put(rng, lang, L.MORE_KIND, **names(rng, lang, k)), presence_answer(hits, k), lang, k, tuple(hits))
        option(2.5, another)
    if last.task in ("yesno", "abnormal", "follow_kind") and last.whole:
        option(1, lambda: Turn("follow_sure", put(rng, lang, L.MORE_SURE), lambda L: L.still(found, kind), lang, kind, last.found, last.whole))
    if last.task not in ("box", "follow_box", "world", "unknown", "translate"):
        other = OTHER[lang]
        option(0.35, lambda: Turn("translate", put(rng, lang, L.MORE_TRANSLATE), lambda _: last.answer(LANG[other]), lang, kind, last.found, last.whole))
    if len(options) < 2 and rng.random() < 0.85:  # nothing to go on with, but perhaps to translate
        return None
    if not options:
        return None
    weights, makes = zip(*options)
    return rng.choices(makes, weights)[0]()
