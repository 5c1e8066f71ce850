"""Scores of the program on drawings it has never seen, asked through `medlab repl --json`.

    python evaluate.py --binary ../../target/release/medlab --n 1000 --jobs 2 --out scores.json [--card CARD.md]

`make_items` (questions and pictures), `score` (marking) and `Repl` (the program) know nothing of one another.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import parse
from exam import eval_items
from scene import FINDINGS

LANGS = ("en", "zh")
BARS = {"presence_f1": 0.95, "place": 0.95, "size_within_4mm": 0.80, "yesno": 0.95, "box_iou": 0.60, "compare": 0.90, "follow": 0.90}
BLIND_AT_MOST = 0.60
GAP_AT_MOST = 0.03
NAMES = {
    "presence_f1": "presence of findings in a description, macro-F1",
    "place": "side and zone right, of detected findings",
    "size_within_4mm": "nodule size within 4 mm, of detected nodules",
    "yesno": "yes/no, balanced accuracy",
    "box_iou": "boxes, mean IoU over the true findings (a missed one counts 0)",
    "compare": "comparison with a prior report, findings right",
    "follow": "follow-up questions",
    "blind": "blind control: yes/no with another drawing's picture (at most 0.60)",
}

# ---------------------------------------------------------------- questions


def make_items(n, seed=1, langs=LANGS):
    """Scenes and questions: a list of (pictures, items); `pictures` are scenes to draw, in order.

    The seed is a string, so it cannot be one that training uses. A fifth of the drawings are pairs.
    Every item carries `picture`, the index of its (current) picture's group.
    """
    import draw

    groups, previous = [], {}
    for i in range(n):
        rng = random.Random(f"phantom held out {seed} {i}")
        kind = tuple(FINDINGS)[i % 3]
        own = langs if len(langs) == 1 else (langs[(i // 3) % 2],)  # where one language is enough, they take turns
        if i % 5 == 4:
            prior, current, changes = draw.sample_pair(rng, kind)
            items = eval_items(rng, current, (prior, current, changes), langs, ("compare",))
            items += eval_items(rng, current, (prior, current, changes), own, ("compare_two",))
            groups.append(((prior, current), items))
            continue
        scene = draw.sample_scene(rng, kind)
        items = eval_items(rng, scene, None, langs, ("describe", "yesno", "follow"))
        items += eval_items(rng, scene, None, own, ("side", "size", "box", "region", "count", "impression", "other"))
        if kind in previous:  # the blind control: these questions, with the picture of the scene before
            blind = eval_items(rng, scene, None, own, ("yesno",))
            groups.append(((previous[kind],), [{**item, "task": "blind"} for item in blind]))
        previous[kind] = scene
        groups.append(((scene,), items))
    for g, (_, items) in enumerate(groups):
        for item in items:
            item["picture"] = g
    return groups


# ---------------------------------------------------------------- marking


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def iou(a, b):
    h, w = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, h) * max(0, w)
    area = lambda r: max(0, r[2] - r[0]) * max(0, r[3] - r[1])  # noqa: E731
    return both / max(1, area(a) + area(b) - both)


def matched(true, found):
    """Pairs of a true and an answered finding of one kind: the same place first, then the nearest size."""
    pairs, left = [], list(found)
    order = sorted(true, key=lambda t: not any((t["side"], t["zone"]) == (f.side, f.zone) for f in found))
    for t in order:
        if left:
            best = min(left, key=lambda f: ((t["side"], t["zone"]) != (f.side, f.zone), t["side"] != f.side, abs(t["size_mm"] - f.size_mm)))
            left.remove(best)
            pairs.append((t, best))
    return pairs


def mark_descriptions(items):
    """Presence of each kind on each kind of picture, and of what was detected: the place, the size, the degree."""
    tally, right_place, sizes, lesions, degrees, whole = defaultdict(lambda: [0, 0, 0]), [], [], [], [], []
    for item in items:
        true, answer = item["truth"]["findings"], parse.parse_report(item["answer"], item["lang"])
        picture = item["truth"]["picture"]
        whole.append(item["answer"].strip() == item["expected"].strip())
        for kind in FINDINGS[picture]:
            t, f = [x for x in true if x["kind"] == kind], [x for x in answer if x.kind == kind]
            count = tally[picture, kind]
            count[0] += bool(t) and bool(f)
            count[1] += bool(f) and not t
            count[2] += bool(t) and not f
            for a, b in matched(t, f):
                if a["side"]:
                    right_place.append((a["side"], a["zone"]) == (b.side, b.zone))
                if kind in ("nodule", "lesion"):
                    (sizes if kind == "nodule" else lesions).append(abs(a["size_mm"] - b.size_mm))
                elif a["severity"] and b.severity:
                    degrees.append(a["severity"] == b.severity)
        tally[picture, "other"][1] += any(x.kind not in FINDINGS[picture] for x in answer)
    f1 = {f"{p} {k}": round(2 * tp / max(1, 2 * tp + fp + fn), 4) for (p, k), (tp, fp, fn) in sorted(tally.items()) if k != "other" and tp + fn}
    return {
        "presence_f1": mean(f1.values()), "f1_by_kind": f1, "place": mean(right_place), "size_within_4mm": mean(d <= 4 for d in sizes), "size_error_mm": mean(sizes),
        "lesion_within_4mm": mean(d <= 4 for d in lesions), "degree": mean(degrees), "describe_word_for_word": mean(whole), "n_describe": len(items), "n_nodules": len(sizes),
    }


def balanced(items):
    """Share right among the questions whose answer is yes and among those whose answer is no, averaged; then over the
    findings of each kind of picture, so that knowing which findings are common is worth nothing."""
    right = defaultdict(lambda: {True: [], False: []})
    for item in items:
        t = item["truth"]
        right[t["picture"], t["kind"]][t["yes"]].append(parse.parse_yes(item["answer"]) == t["yes"])
    return mean(mean(mean(v) for v in both.values() if v) for both in right.values())


def mark_boxes(items):
    """IoU of each true finding with the answered box of its label; how often a picture's list is right."""
    values, lists = [], []
    for item in items:
        answer = parse.parse_boxes(item["answer"]) or []
        left, good = list(answer), len(answer) == len(item["truth"]) and parse.parse_boxes(item["answer"]) is not None
        for box, label in item["truth"]:
            same = [a for a in left if a[1] == label and len(a[0]) == 4]
            best = max(same, key=lambda a: iou(box, a[0]), default=None)
            values.append(iou(box, best[0]) if best else 0.0)
            good = good and values[-1] >= 0.5
            if best:
                left.remove(best)
        lists.append(good)
    return {"box_iou": mean(values), "box_lists_at_half": mean(lists), "n_boxes": len(values)}


def mark_changes(items):
    """Share of findings whose fate, kind, side and zone are right (what is said too much counts against), and whole answers."""
    shares, whole = [], []
    for item in items:
        answer = parse.parse_changes(item["answer"], item["lang"])
        true = [tuple(t) for t in item["truth"]]
        if not true:
            shares.append(float(not answer and same(item["answer"], item["expected"])))
        else:
            left, hit = list(answer), 0
            for t in true:
                if t in left:
                    left.remove(t)
                    hit += 1
            shares.append(hit / max(len(true), len(answer)))
        whole.append(shares[-1] == 1)
    weights = [max(1, len(i["truth"])) for i in items]
    return (sum(s * w for s, w in zip(shares, weights)) / sum(weights) if items else None), mean(whole)


def same(answer, expected, within=4):
    """The same statement; millimetres may differ by `within`, boxes must overlap by half."""
    if "```" in expected:
        a, b = parse.parse_boxes(answer), parse.parse_boxes(expected)
        return a is not None and len(a) == len(b) and all(any(iou(x[0], y[0]) >= 0.5 and x[1] == y[1] and len(y[0]) == 4 for y in a) for x in b)
    numbers = lambda t: [int(n) for n in re.findall(r"\d+", t)]  # noqa: E731
    plain = lambda t: re.sub(r"\b(an|a)\b ", "", re.sub(r"\d+", "#", " ".join(t.split())).lower())  # noqa: E731
    a, b = numbers(answer), numbers(expected)
    return plain(answer) == plain(expected) and all(abs(x - y) <= within for x, y in zip(a, b, strict=True))


def score(items):
    """Items with their `answer`: the figures, by language."""
    out = {}
    for lang in (*LANGS, "all"):
        mine = [i for i in items if lang in ("all", i["lang"])]
        by = defaultdict(list)
        for item in mine:
            by[item["task"]].append(item)
        if not mine:
            continue
        s = mark_descriptions(by["describe"])
        s |= mark_boxes(by["box"])
        s["yesno"], s["blind"] = balanced(by["yesno"]), balanced(by["blind"])
        s["compare"], s["compare_whole"] = mark_changes(by["compare"])
        s["compare_two"], s["compare_two_whole"] = mark_changes(by["compare_two"])
        for task in ("follow", "where", "size", "region", "count", "impression", "other"):
            s[task] = mean(same(i["answer"], i["expected"]) for i in by[task])
        chains = defaultdict(list)
        for i in by["follow"]:
            chains[i["truth"]["task"]].append(same(i["answer"], i["expected"]))
        s["follow_by_task"] = {k: round(mean(v), 4) for k, v in sorted(chains.items())}
        s["n"] = {k: len(v) for k, v in by.items() if v}
        out[lang] = s
    return out


def verdict(scores):
    """(figure, bar, English, Chinese, held) for each bar."""
    rows = []
    for name, bar in BARS.items():
        e, z = (scores.get(lang, {}).get(name) for lang in LANGS)
        rows.append((NAMES[name], f"≥ {bar:.2f}", e, z, all(v is not None and v >= bar for v in (e, z))))
        rows.append(("  Chinese less English", f"≥ −{GAP_AT_MOST:.2f}", None, None if e is None or z is None else z - e, e is not None and z is not None and z >= e - GAP_AT_MOST))
    e, z = (scores.get(lang, {}).get("blind") for lang in LANGS)
    both = scores["all"]["blind"]
    rows.append((NAMES["blind"], f"≤ {BLIND_AT_MOST:.2f}", e, z, both is not None and both <= BLIND_AT_MOST))
    return rows


def table(scores):
    show = lambda v: "" if v is None else f"{v:.3f}"  # noqa: E731
    lines = ["| measured through the program | bar | English | Chinese | held |", "|---|---|---|---|---|"]
    lines += [f"| {name.strip()} | {bar} | {show(e)} | {show(z)} | {'yes' if held else 'no'} |" for name, bar, e, z, held in verdict(scores)]
    a = scores["all"]
    lines += ["", "Beyond the bars, both languages together: "
              + "; ".join(f"{name} {show(a[key])}" for name, key in (
                  ("description word for word", "describe_word_for_word"), ("mean error of a nodule's size in mm", "size_error_mm"), ("lesion size within 4 mm", "lesion_within_4mm"),
                  ("degree (small, mild, ...)", "degree"), ("every box of a picture right at IoU 0.5", "box_lists_at_half"), ("whole comparison right", "compare_whole"),
                  ("comparison of two pictures, findings right", "compare_two"), ("where", "where"), ("how large", "size"), ("region", "region"), ("count", "count"),
                  ("impression", "impression"), ("outside its world, kind of picture", "other")) if a.get(key) is not None) + ".",
              "", "Presence F1 by kind of picture and finding: " + "; ".join(f"{k} {v:.3f}" for k, v in a["f1_by_kind"].items()) + "."]
    return "\n".join(lines)


def write_card(path, scores, n):
    """Puts the table between the markers of the card, or at its end."""
    begin, end = "<!-- scores -->", "<!-- /scores -->"
    block = f"{begin}\n{n} held-out drawings.\n\n{table(scores)}\n{end}"
    old = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
    new = old[: old.index(begin)] + block + old[old.index(end) + len(end):] if begin in old and end in old else old.rstrip() + "\n\n" + block + "\n"
    Path(path).write_text(new.lstrip("\n"), encoding="utf-8")


# ---------------------------------------------------------------- asking


class Repl:
    """`medlab repl --json`: one process, one line in, one JSON line out for each question. Commands answer nothing."""

    def __init__(self, binary, args=()):
        self.command, self.process = [str(binary), "repl", "--json", *args], None
        self.state = None  # (pictures, prior) as the program has them

    def start(self):
        self.stop()
        home = tempfile.mkdtemp(prefix="phantom-eval-")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
                                        env={**os.environ, "XDG_STATE_HOME": home, "XDG_DATA_HOME": home})
        self.state = None

    def stop(self):
        if self.process:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.process = None

    def send(self, line):
        self.process.stdin.write(line.replace("\n", "\\\n") + "\n")
        self.process.stdin.flush()

    def read(self):
        """The next answer. An error line may come from a command before the question, so it ends the process."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the program ended")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["answer"]

    def set_up(self, pictures, prior, fresh):
        if fresh or self.state != (pictures, prior):
            self.send("/reset")
            for p in pictures:
                self.send(f"/open {p}")
            if prior:
                self.send(f"/prior {prior}")
            self.state = (pictures, prior)

    def answer(self, questions, pictures, prior):
        """The answer to the last question, after the ones before it were asked and answered in the same conversation."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        try:
            self.set_up(pictures, prior, fresh=len(questions) > 1)
            if len(questions) == 1:
                self.send("/ask-fresh " + questions[0])
                return self.read()
            for q in questions:
                self.send(q)
                reply = self.read()
            self.state = None  # the conversation now has a history
            return reply
        except (RuntimeError, OSError, ValueError) as why:
            print(f"{why} (asked {questions!r})", file=sys.stderr)
            self.start()
            return ""


def ask_all(groups, answer, jobs=1, folder=None):
    """Fills in every item's answer. `answer()` makes a function (questions, picture files, prior file) -> text for each job."""
    import draw

    folder = Path(folder or tempfile.mkdtemp(prefix="phantom-eval-"))
    lock, todo, done = threading.Lock(), iter(range(len(groups))), [0]
    started = time.time()

    def work():
        ask = answer()
        while True:
            with lock:
                g = next(todo, None)
                if g is None:
                    return
                scenes, items = groups[g]
                files = []
                for j, scene in enumerate(scenes):
                    file = folder / f"{g:05}-{j}.png"
                    draw.to_png(scene, 10**6 + g).save(file)
                    files.append(str(file))
            for k, item in enumerate(items):
                prior = None
                if item["prior"] is not None:
                    prior = str(folder / f"{g:05}-{k}.txt")
                    Path(prior).write_text(item["prior"], encoding="utf-8")
                item["answer"] = ask(item["questions"], tuple(files[-item["n_images"]:]), prior)
            with lock:
                done[0] += 1
                if done[0] % 50 == 0:
                    print(f"{done[0]} of {len(groups)} drawings, {time.time() - started:.0f} s", file=sys.stderr, flush=True)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return [item for _, items in groups for item in items]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--binary", default=str(Path(__file__).resolve().parents[2] / "target/release/medlab"))
    ap.add_argument("--arg", action="append", default=[], help="passed on to `medlab repl` (may be repeated)")
    ap.add_argument("--n", type=int, default=1000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--out", help="scores as JSON; every question and answer beside it as .jsonl")
    ap.add_argument("--card", help="a Markdown file to write the table into")
    args = ap.parse_args()

    import torch

    torch.set_num_threads(1)
    groups = make_items(args.n, args.seed)
    repls = []

    def job():
        repls.append(Repl(args.binary, args.arg))
        return repls[-1].answer

    items = ask_all(groups, job, args.jobs)
    for r in repls:
        r.stop()
    scores = score(items)
    print(table(scores))
    if args.out:
        Path(args.out).write_text(json.dumps({"n": args.n, "seed": args.seed, "scores": scores}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        with open(Path(args.out).with_suffix(".jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(i, ensure_ascii=False) + "\n" for i in items)
    if args.card:
        write_card(args.card, scores, args.n)


if __name__ == "__main__":
    main()
