"""A scene or a pair comes in; questions go out whose answers a program can mark, each with its truth."""

from answers import LANG, SIDED, boxes_text, changes_text, of_kind, ordered, report, sort_changes
from asking import names, put
from changes import compare_kind, prior_text
from follow import follow
from questions import abnormal, count, impression, present, regions, some_kind, unknown, view, where, which_side, world
from scene import Change

HELD = {
    "describe": {"en": ["Could you go through this picture for me?", "Describe the study.", "Give a radiology report of this image."], "zh": ["请给这张图写个报告", "描述这张影像", "请描述你看到的内容"]},
    "where": {"en": ["Can you tell me where the {n} is?", "Where is the {n} located?", "Where is the {n}?"], "zh": ["{n}在图上什么地方", "{n}在哪里", "请告诉我{n}的位置"]},
    "size": {"en": ["Roughly how large is the {n}?", "How big is the {n}?", "How many mm across is the {n}?"], "zh": ["{n}大概有多大", "{n}有多大", "{n}大小是多少毫米"]},
    "compare": {"en": ["What has changed compared to the prior?", "Compare with the prior report.", "How do things compare with before?"], "zh": ["跟以前比有哪些变化", "与既往报告比较", "有什么变化"]},
    "box": {"en": ["Box all findings.", "Give bounding boxes (box_2d) of all findings."], "zh": ["请框出所有异常", "给出所有征象的边界框"]},
}


def _item(kind_of, lang, questions, truth, expected, prior=None, n_images=1):
    return {"task": kind_of, "lang": lang, "questions": [q.strip() for q in questions], "prior": prior, "n_images": n_images, "truth": truth, "expected": expected}


def _as_dict(f):
    return {"kind": f.kind, "side": f.side, "zone": f.zone, "size_mm": f.size_mm, "severity": f.severity, "box": list(map(int, f.box))}


def eval_items(rng, scene, pair=None, langs=("en", "zh"), want=None):
    """Questions about one picture (or a pair) whose answers a program can mark. `want`: only these tasks.

    An item: task, lang, questions (all but the last make the history), prior (report text or None), n_images, truth, expected.
    """
    items = []
    wants = lambda t: want is None or t in want  # noqa: E731
    before, changes = None, None
    if pair is not None:
        before, scene, changes = pair
        changes = sort_changes(changes)
    for lang in langs:
        L = LANG[lang]
        if pair is not None:
            if wants("compare"):
                shown = [Change("stable", c.prior, c.current) if c.what in ("larger", "smaller") and c.prior.kind in ("consolidation", "ground_glass") else c for c in changes]
                prior = prior_text(rng, before, lang) if rng.random() < 0.5 else report(before, lang)
                truth = [[c.what, f.kind, f.side, f.zone] for c in shown for f in (c.current or c.prior,)]
                if rng.random() < 0.5 or not shown:
                    items.append(_item("compare", lang, [put(rng, lang, HELD["compare"][lang], True)], truth, changes_text(shown, L), prior))
                else:
                    kind = (lambda c: (c.current or c.prior).kind)(rng.choice(shown))
                    t = compare_kind(rng, shown, lang, scene.kind, True, kind)
                    items.append(_item("compare", lang, [t.ask], [x for x in truth if x[1] == kind], t.text(), prior))
            if wants("compare_two"):
                truth = [[c.what, f.kind, f.side, f.zone] for c in changes for f in (c.current or c.prior,)]
                items.append(_item("compare_two", lang, [put(rng, lang, L.COMPARE_TWO[:5], True)], truth, changes_text(changes, L), None, 2))
            continue
        truth = [_as_dict(f) for f in ordered(scene.findings)]
        if wants("describe"):
            items.append(_item("describe", lang, [put(rng, lang, HELD["describe"][lang], True)], {"picture": scene.kind, "findings": truth}, report(scene, lang)))
        if wants("yesno"):
            # One kind that is there and one that is not, when the picture has both.
            for there in (1.0, 0.0):
                kind = some_kind(rng, scene, None, there)
                if bool(of_kind(scene, kind)) != bool(there):
                    continue
                templates = L.PRESENT_HELD if rng.random() < 0.34 else None
                t = present(rng, scene, lang, rng.random() < 0.5, kind, "", templates)
                items.append(_item("yesno", lang, [t.ask], {"yes": bool(there), "kind": kind, "picture": scene.kind}, t.text()))
        if wants("side") and any(f.kind in SIDED for f in scene.findings):
            kind = some_kind(rng, scene, SIDED, 1.0)
            t = which_side(rng, scene, lang, True) if kind == "shift" else None
            if t is None:
                found = of_kind(scene, kind)
                ask = put(rng, lang, HELD["where"][lang], True, **names(rng, lang, kind, True))
                items.append(_item("where", lang, [ask], {"kind": kind}, L.where(found)))
        if wants("size"):
            kind = some_kind(rng, scene, ("nodule", "lesion", "shift"), 1.0)
            found = of_kind(scene, kind) if kind else []
            if len(found) == 1:
                items.append(_item("size", lang, [put(rng, lang, HELD["size"][lang], True, **names(rng, lang, kind, True))], {"kind": kind, "size_mm": found[0].size_mm}, L.size(found)))
        if wants("box"):
            items.append(_item("box", lang, [put(rng, lang, HELD["box"][lang], True)], [[d["box"], L.label(f)] for d, f in zip(truth, ordered(scene.findings))], boxes_text(ordered(scene.findings), L)))
        if wants("region"):
            t = regions(rng, scene, lang, True)
            items.append(_item("region", lang, [t.ask], {"any": bool(t.found)}, t.text()))
        if wants("follow"):
            for _ in range(6):
                # Half over what is there: a chain of negatives would be easy.
                first = rng.choices((present, abnormal, where), (6, 1, 1))[0](rng, scene, lang, True)
                second = follow(rng, scene, first, lang)
                if second is None or second.task == "translate":
                    continue
                questions, end = [first.ask, second.ask], second
                if rng.random() < 0.4:
                    third = follow(rng, scene, second, lang)
                    if third is not None and third.task != "translate":
                        questions, end = questions + [third.ask], third
                items.append(_item("follow", lang, questions, {"task": end.task}, end.text()))
                break
        if wants("count"):
            t = count(rng, scene, lang, True)
            items.append(_item("count", lang, [t.ask], {}, t.text()))
        if wants("impression"):
            t = impression(rng, scene, lang, True)
            items.append(_item("impression", lang, [t.ask], {}, t.text()))
        if wants("other"):
            t = rng.choice((world, unknown, view))(rng, scene, lang, True)
            items.append(_item("other", lang, [t.ask], {}, t.text()))
    return items
