"""A kind of finding, a place and templates come in; a question goes out, put the way one person or another would put it."""

import re
from dataclasses import dataclass

from answers import LANG


@dataclass
class Turn:
    """One question with its answer in either language, and what "it" means afterwards."""

    task: str
    ask: str
    answer: object  # function: language module -> text
    lang: str
    kind: str = ""  # the kind that was asked for; "" when none in particular
    found: tuple = ()  # the findings that the answer named
    whole: bool = True  # the question was about the whole picture, not a side, a zone or a region
    compares: bool = False

    def text(self):
        return self.answer(LANG[self.lang])


_SWAP = re.compile(r"[A-Za-z]{4,}")
_KEEP = {"left", "right", "prior", "first", "second", "chinese", "json", "label", "final", "answer"}


def typo(rng, text):
    """One or two slips of the finger in longer words; never in a side, a number or a region."""
    words = [m for m in _SWAP.finditer(text) if m.group().lower() not in _KEEP]
    for m in rng.sample(words, min(len(words), 1 if rng.random() < 0.7 else 2)):
        i = rng.randrange(m.start() + 1, m.end() - 1)
        slip = rng.random()
        if slip < 0.4:
            text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        elif slip < 0.8:
            text = text[:i] + text[i] + text[i:]  # keeps the later places in order to within a letter
        else:
            text = text[:i] + rng.choice("aeinorst") + text[i + 1:]
    return text


def put(rng, lang, templates, plain=False, **slots):
    """A question from its templates, said the way one person or another would."""
    q = rng.choice(templates)
    for name, value in slots.items():
        q = q.replace("{" + name + "}", value)
    return say(rng, lang, q, plain)


def say(rng, lang, q, plain=False):
    L = LANG[lang]
    r = rng.random
    if lang == "zh":
        if not plain and r() < 0.12:
            q = rng.choice(L.BEFORE) + q
        if not plain and r() < 0.06:
            return q + rng.choice(L.AFTER)
        return q + rng.choice(("？", "？", "？", "?", "。", "", ""))
    if plain:
        return q
    if r() < 0.06:
        q = rng.choice(L.BEFORE) + (q[0].lower() + q[1:] if not q[:2].isupper() else q)
    if r() < 0.05:
        q += rng.choice(L.AFTER)
    if r() < 0.18:
        q = typo(rng, q)
    if r() < 0.22:
        q = q.rstrip("?.! ")
    x = r()
    if x < 0.22 and "R1" not in q and "R2" not in q:
        q = q.lower()
    elif x < 0.26 and "box_2d" not in q:
        q = q.upper()
    elif x < 0.32:
        q = q[:1].upper() + q[1:]
    return q


def names(rng, lang, kind, plain=False, noun=False):
    say_it = LANG[lang].SAY[kind]
    a, n, ns = say_it[0] if plain or rng.random() < 0.45 else rng.choice(say_it)
    if noun and kind == "ventricles" and lang == "en":
        n = "ventricular enlargement"  # "the enlarged ventricles" does not go with "is"
    return {"a": a, "n": n, "ns": ns}


def at(rng, lang, kind, side="", zone=""):
    """The words for a side or a zone, as the slot {w}."""
    L = LANG[lang]
    if not side:
        return ""
    if kind == "shift":
        return rng.choice(L.SHIFT_TO[side])
    if zone:
        w = rng.choice(L.ZONE_AT)
        if lang == "zh":
            return w.replace("{p}", L.place(side, zone))
        return w.replace("{side}", side).replace("{zone}", zone).replace("{area}", L.AREA[zone])
    if lang == "zh" and kind in ("consolidation", "nodule", "ground_glass"):
        return rng.choice(L.LUNG_AT[side])
    return rng.choice(L.SIDE_AT[side])
