"""The changes between two scenes come in, or a prior scene alone; comparison questions with their answers go out, and prior reports as people write them."""

import phrases_en as en
import phrases_zh as zh
from answers import LANG, OTHER, STATED, changes_text, findings_text, of_kind, ordered, report
from asking import Turn, names, put, say
from questions import presence_answer, some_kind
from scene import FINDINGS

# ---------------------------------------------------------------- comparison


def of_change(changes, kind):
    return [c for c in changes if (c.current or c.prior).kind == kind]


def _said(cs, L):
    return (" " if L is en else "").join(L.change(c) for c in cs)


def compare_all(rng, changes, lang, two, plain=False):
    L = LANG[lang]
    return Turn("compare", put(rng, lang, L.COMPARE_TWO if two else L.COMPARE, plain), lambda L: changes_text(changes, L), lang, compares=True)


def _kind_of_change(rng, picture, changes, there=0.85):
    have = list({(c.current or c.prior).kind: 1 for c in changes})
    return rng.choice(have) if have and rng.random() < there else rng.choice(FINDINGS[picture])


def compare_kind(rng, changes, lang, picture, plain=False, kind="", templates=None, task="compare_kind"):
    kind = kind or _kind_of_change(rng, picture, changes)
    cs = of_change(changes, kind)
    return Turn(task, put(rng, lang, templates or LANG[lang].COMPARE_KIND, plain, **names(rng, lang, kind, plain, True)),
                lambda L: _said(cs, L) if cs else L.neither(kind), lang, kind, tuple(cs), compares=True)


def compare_is(rng, changes, lang, picture, plain=False):
    """Is X new / gone / larger / smaller / unchanged?"""
    kind = _kind_of_change(rng, picture, changes, 0.9)
    cs = of_change(changes, kind)
    ways = ("new", "gone", "larger", "smaller", "stable")
    what = rng.choice(cs).what if cs and rng.random() < 0.5 else rng.choice(ways)
    right = any(c.what == what for c in cs)
    L = LANG[lang]
    templates = zh.COMPARE_IS_STATE if lang == "zh" and kind in STATED else L.COMPARE_IS

    def answer(L):
        return (L.YES if right else L.NO) + _said(cs, L) if cs else L.neither(kind)
    return Turn("compare_is", put(rng, lang, templates[what], plain, **names(rng, lang, kind, plain, True)), answer, lang, kind, tuple(cs), compares=True)


def compare_any(rng, changes, lang, plain=False, what="", task="compare_any"):
    what = what or (rng.choice(changes).what if changes and rng.random() < 0.5 else rng.choice(("new", "gone", "larger", "smaller", "stable")))
    cs = [c for c in changes if c.what == what]
    return Turn(task, put(rng, lang, LANG[lang].COMPARE_ANY[what], plain), lambda L: _said(cs, L) if cs else L.NOTHING[what], lang, "", tuple(cs), compares=True)


def follow_change(rng, scene, last, lang, changes):
    L = LANG[lang]
    x = rng.random()
    if x < 0.55:
        kinds = [k for k in FINDINGS[scene.kind] if k != last.kind]
        kind = _kind_of_change(rng, scene.kind, [c for c in changes if (c.current or c.prior).kind in kinds])
        if kind != last.kind:
            return compare_kind(rng, changes, lang, scene.kind, kind=kind, templates=L.MORE_CHANGE, task="follow_change")
    if x < 0.92 or last.task == "translate":
        return compare_any(rng, changes, lang, task="follow_change")
    other = OTHER[lang]
    return Turn("translate", put(rng, lang, L.MORE_TRANSLATE), lambda _: last.answer(LANG[other]), lang, last.kind, last.found, compares=True)


def on_picture(rng, prior, current, lang):
    """Two pictures: a question about one of them by name."""
    L = LANG[lang]
    which = rng.randrange(2)
    scene = (prior, current)[which]
    p = rng.choice(L.PICTURE_AT[which])
    if rng.random() < 0.3:
        ask = (rng.choice(("Describe what is{p}.", "What is{p}?", "Report what you see{p}.", "findings{p}?")).replace("{p}", p) if lang == "en"
               else rng.choice(("描述{p}", "{p}有什么", "{p}显示什么", "报告{p}")).replace("{p}", p))
        return Turn("describe_one", say(rng, lang, ask), lambda L: report(scene, "en" if L is en else "zh"), lang, whole=False)
    kind = some_kind(rng, scene)
    found = of_kind(scene, kind)
    return Turn("yesno_one", put(rng, lang, L.PRESENT, w=p, **names(rng, lang, kind)), presence_answer(found, kind), lang, kind, tuple(found), whole=False)


# ---------------------------------------------------------------- prior reports as people write them

_FREE = {
    "en": {
        "effusion": ["{sev} {side} pleural effusion", "{side} pleural effusion, {sev}", "{sev} effusion on the {side}", "{side}-sided {sev} effusion", "pleural effusion {side} ({sev})", "{sev} {side} effusion"],
        "pneumothorax": ["{sev} {side} pneumothorax", "{side} pneumothorax, {sev}", "{sev} pneumothorax on the {side}", "pneumothorax {side} ({sev})"],
        "consolidation": ["consolidation in the {side} {zone} zone", "{side} {zone} zone consolidation", "consolidation {side} {zone}", "consolidation of the {side} {zone} lung"],
        "nodule": ["{mm} mm nodule in the {side} {zone} zone", "{side} {zone} zone nodule {mm} mm", "nodule {side} {zone}, {mm} mm", "{side} {zone} lung nodule measuring {mm} mm", "a {mm}mm nodule in the {side} {zone} lung"],
        "cardiomegaly": ["{deg}ly enlarged heart", "{sev} cardiomegaly", "heart {deg}ly enlarged", "the heart is {deg}ly enlarged", "cardiomegaly ({sev})"],
        "ground_glass": ["ground-glass opacity in the {side} {zone} zone", "{side} {zone} ground-glass opacity", "ground glass {side} {zone}", "GGO in the {side} {zone} lung"],
        "shift": ["{mm} mm midline shift to the {side}", "midline shift to the {side}, {mm} mm", "midline shifted {mm} mm to the {side}"],
        "ventricles": ["{deg}ly enlarged ventricles", "{sev} ventricular enlargement", "ventricles {deg}ly enlarged"],
        "lesion": ["{mm} mm bright lesion in the {side} {zone} lobe", "{side} {zone} lesion {mm} mm", "bright lesion {side} {zone} lobe, {mm} mm", "{side} {zone} lobe lesion measuring {mm} mm"],
    },
    "zh": {
        "effusion": ["{s}侧{sev}胸腔积液", "{s}侧胸腔积液（{sev}）", "{s}侧胸腔{sev}积液"], "pneumothorax": ["{s}侧{sev}气胸", "{s}侧气胸（{sev}）", "{s}侧气胸，{sev}"],
        "consolidation": ["{p}实变", "{p}见实变影", "{p}可见实变"], "nodule": ["{p}{mm}毫米结节", "{p}结节，{mm}毫米", "{p}结节，直径约{mm}毫米", "{p}结节{mm}mm", "{p}见{mm}毫米结节影"],
        "cardiomegaly": ["心影{sev}增大", "心脏{sev}增大", "心影增大（{sev}）"], "ground_glass": ["{p}磨玻璃影", "{p}见磨玻璃影", "{p}磨玻璃密度影"],
        "shift": ["中线向{s}移位{mm}毫米", "中线{s}移{mm}毫米", "中线移位向{s}，{mm}mm"], "ventricles": ["脑室{sev}扩大", "脑室扩大（{sev}）", "双侧脑室{sev}扩大"],
        "lesion": ["{p}{mm}毫米高信号病灶", "{p}病灶，{mm}毫米", "{p}高信号灶{mm}mm", "{p}见高信号病灶，约{mm}毫米"],
    },
}
_ABSENT = {
    "en": {"effusion": "no pleural effusion", "pneumothorax": "no pneumothorax", "consolidation": "no consolidation", "nodule": "no nodule", "cardiomegaly": "heart size normal",
           "ground_glass": "no ground-glass opacity", "shift": "no midline shift", "ventricles": "ventricles normal", "lesion": "no bright lesion"},
    "zh": {"effusion": "无胸腔积液", "pneumothorax": "无气胸", "consolidation": "无实变", "nodule": "无结节", "cardiomegaly": "心影不大", "ground_glass": "无磨玻璃影", "shift": "中线居中",
           "ventricles": "脑室不大", "lesion": "无高信号病灶"},
}


def prior_text(rng, scene, lang):
    """A prior report: ours, or one that a person may have typed. Sides, zones, sizes and degrees are always given."""
    L = LANG[lang]
    x = rng.random()
    if x < 0.4:
        return report(scene, lang)
    if x < 0.48:
        return findings_text(scene, L)
    if not scene.findings and rng.random() < 0.7:
        return rng.choice(L.PRIOR_NORMAL)
    parts = []
    found = ordered(scene.findings)
    if rng.random() < 0.4:
        rng.shuffle(found)
    for f in found:
        t = rng.choice(_FREE[lang][f.kind])
        sev = f.severity if lang == "en" else zh.SEVERITY.get(f.severity, "")
        t = t.replace("{sev}", sev).replace("{deg}", "marked" if f.severity == "marked" else "mild").replace("{mm}", str(f.size_mm))
        t = t.replace("{side}", f.side).replace("{zone}", f.zone).replace("{s}", zh.SIDES[f.side])
        parts.append(t.replace("{p}", zh.place(f.side, f.zone)) if lang == "zh" else t)
    if not parts or rng.random() < 0.4:
        absent = [k for k in FINDINGS[scene.kind] if not any(f.kind == k for f in scene.findings)]
        if not parts:
            parts = [_ABSENT[lang][k] for k in absent]
        elif absent:
            parts += [_ABSENT[lang][k] for k in rng.sample(absent, rng.randint(1, min(2, len(absent))))]
    head = rng.choice(L.PRIOR_OPEN)
    if lang == "zh":
        return head + rng.choice(("，", "。", "；", "、")).join(parts) + rng.choice(("。", "。", ""))
    style = rng.random()
    if style < 0.15:
        return "- " + "\n- ".join(parts)
    if style < 0.5:
        text = ". ".join(p[0].upper() + p[1:] for p in parts) + "."
    else:
        text = rng.choice((", ", "; ", " and ", ", ")).join(parts) + rng.choice((".", ""))
    text = head + text if head or rng.random() < 0.3 else text[0].upper() + text[1:]
    if rng.random() < 0.08:
        text = text.upper()
    elif rng.random() < 0.1:
        text = text.lower()
    return text
