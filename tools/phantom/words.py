"""A drawn scene, or a prior and a current one, comes in; a conversation about it (`Talk`), in English and Chinese, goes out."""

from dataclasses import dataclass

import phrases_en as en
import phrases_zh as zh
from answers import LANG, OTHER, sort_changes
from changes import compare_all, compare_any, compare_is, compare_kind, on_picture, prior_text
from follow import follow
from questions import MAKERS, WEIGHTS, box, describe, regions, view, world
from scene import Change


@dataclass
class Talk:
    system: str
    turns: list  # (user, answer); the pictures come before the first user text
    lang: str
    task: list  # one name a turn
    n_images: int = 1


def cost(text):
    """About how many tokens: near enough to fill a sequence without a tokenizer."""
    wide = sum(1 for c in text if c > "⺀")
    digits = sum(1 for c in text if c.isdigit())
    return wide * 0.5 + digits + (len(text) - wide - digits) * 0.24 + 4


def _system(rng):
    return "" if rng.random() < 0.75 else rng.choice(en.SYSTEM if rng.random() < 0.65 else zh.SYSTEM)


def conversation(rng, scene, pair=None, two=None, budget=285):
    """One training conversation. `pair` = (prior scene, current scene, changes); `two`: show both pictures (None: by chance)."""
    base = "en" if rng.random() < 0.6 else "zh"
    if pair is None and rng.random() < 0.02:
        return _without_picture(rng, scene, base)
    changes, is_two = None, False
    if pair is not None:
        before, scene, changes = pair
        changes = sort_changes(changes)
        is_two = rng.random() < 0.3 if two is None else two
        if not is_two:
            # Written words do not show how large a finding without a size is.
            changes = [Change("stable", c.prior, c.current) if c.what in ("larger", "smaller") and (c.prior.kind in ("consolidation", "ground_glass")) else c for c in changes]
    wanted = rng.choices((1, 2, 3, 4, 5, 6, 7, 8, 10, 12), (2, 2, 3, 3, 4, 5, 6, 8, 8, 8))[0]
    budget = min(budget, 240) if is_two else budget
    turns, spent = [], 0.0
    last = None
    while len(turns) < wanted:
        lang = base if rng.random() < 0.93 else OTHER[base]
        turn = None
        if last is not None and rng.random() < (0.35 if last.compares else 0.5):
            turn = follow(rng, scene, last, lang, changes)
        if turn is None:
            turn = _fresh(rng, scene, lang, pair, changes, is_two, 0.82 if not turns else 0.5)
        user, answer = turn.ask, turn.text()
        if not turns and pair is not None and not is_two:
            head_lang = lang if rng.random() < 0.8 else OTHER[lang]
            words = LANG[lang].PRIOR
            user = words.replace("{p}", prior_text(rng, before, head_lang)).replace("{q}", user)
        price = cost(user) + cost(answer)
        if turns and spent + price > budget:
            break
        spent += price
        turns.append((user.strip(), answer, turn.task))
        last = turn
    return Talk(_system(rng), [t[:2] for t in turns], base, [t[2] for t in turns], 2 if is_two else 1)


def _fresh(rng, scene, lang, pair, changes, is_two, compares=0.82):
    if pair is not None and rng.random() < compares:
        x = rng.random()
        if is_two and x < 0.25:
            return on_picture(rng, pair[0], scene, lang)
        if x < 0.5:
            return compare_all(rng, changes, lang, is_two)
        if x < 0.72:
            return compare_kind(rng, changes, lang, scene.kind)
        if x < 0.9:
            return compare_is(rng, changes, lang, scene.kind)
        return compare_any(rng, changes, lang)
    maker = rng.choices(MAKERS, WEIGHTS)[0]
    if is_two and maker in (regions, box):  # coordinates belong to one picture
        maker = describe
    if is_two and maker is view:
        return view(rng, scene, lang, n=2)
    return maker(rng, scene, lang)


def _without_picture(rng, scene, base):
    turns = []
    for _ in range(rng.randint(1, 4)):
        lang = base if rng.random() < 0.93 else OTHER[base]
        if rng.random() < 0.5:
            turn = world(rng, scene, lang)
            turns.append((turn.ask, turn.text(), "world"))
        else:
            turn = rng.choices(MAKERS[:-2], WEIGHTS[:-2])[0](rng, scene, lang)
            turns.append((turn.ask, LANG[lang].NO_PICTURE, "no_picture"))
    return Talk(_system(rng), [t[:2] for t in turns], base, [t[2] for t in turns], 0)
