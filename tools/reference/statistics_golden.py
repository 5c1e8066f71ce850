"""Takes nothing, gives the numbers that medlab's statistics must have: tests/data/golden/statistics.json.

    python -m venv v && v/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    v/bin/python tools/reference/statistics_golden.py

Intervals of shares, exact p values and corrected ones are SciPy's and statsmodels', figures by class scikit-learn's. What hangs
on random numbers (the bootstrap) is computed here once more with NumPy, on the same SplitMix64, and is held against SciPy's
own bootstrap within what chance allows. Token F1 follows SQuAD's script, with Chinese characters as words.
"""

import json
import random
import re
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, f1_score
from statsmodels.stats.multitest import multipletests

LIBRARIES = ("numpy", "scipy", "scikit-learn", "statsmodels")
SEED, RESAMPLES, MASK = 1854, 2000, 2**64 - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.bits() * n) >> 64


def wilson():
    pairs = [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (9, 12), (81, 263), (15, 148), (1, 29), (999, 1000), (5000, 10000)]
    rows = []
    for hits, n in pairs:
        ci = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
        rows.append([hits, n, ci.low, ci.high])
    return rows


def mcnemar():
    pairs = [(0, 0), (0, 1), (1, 0), (3, 3), (0, 6), (2, 9), (9, 2), (10, 25), (59, 6), (300, 340), (1000, 1200), (4000, 4001), (0, 2000)]
    return [[b, c, float(stats.binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0] for b, c in pairs]


def exact(before, after):
    test = stats.permutation_test((np.array(before), np.array(after)), lambda x, y, axis: np.mean(y - x, axis=axis), permutation_type="samples",
                                  vectorized=True, n_resamples=np.inf, alternative="two-sided")
    return float(test.pvalue)


def randomisation(rng):
    """Marks before and after with SciPy's exact p: of 0 and 1, of thirds, of any value; the last two kinds have too many to try all."""
    cases = []
    kinds = {"bits": lambda: rng.choice((0.0, 1.0)), "thirds": lambda: rng.randrange(4) / 3, "any": rng.random}
    for kind, draw in kinds.items():
        for n in (2, 3, 5, 9, 12):
            before = [draw() for _ in range(n)]
            after = [x if rng.random() < 0.3 else max(draw(), draw()) for x in before]
            cases.append([kind, before, after, exact(before, after)])
    for shift in (0.0, 0.05, 0.15, 0.3):
        before = [rng.random() for _ in range(17)]
        after = [min(1.0, x + rng.gauss(shift, 0.2)) for x in before]
        cases.append(["many", before, after, exact(before, after)])
    return cases


def bootstrap(rng):
    """Percentile intervals of means, on our random numbers; checked against SciPy's."""
    rows = []
    for n in (2, 5, 20, 60):
        values = [round(rng.random(), 3) for _ in range(n)]
        draw = SplitMix64(SEED)
        means = [np.mean([values[draw.below(n)] for _ in range(n)]) for _ in range(RESAMPLES)]
        low, high = np.percentile(means, [2.5, 97.5])
        theirs = stats.bootstrap((np.array(values),), np.mean, n_resamples=50_000, method="percentile", rng=np.random.default_rng(0)).confidence_interval
        spread = np.std(means)
        if n > 2 and max(abs(low - theirs.low), abs(high - theirs.high)) > 0.15 * spread:
            sys.exit(f"the bootstrap of {n} values is far from SciPy's: {low, high} {theirs}")
        rows.append([values, float(low), float(high)])
    return rows


def classes(rng):
    """Truths and answers ("" names no class) with balanced accuracy and macro F1 over the true classes."""
    rows = []
    for n, names in ((4, ("yes", "no")), (10, ("yes", "no")), (30, ("yes", "no", "uncertain")), (25, ("A", "B", "C", "D"))):
        truth = [rng.choices(names, range(1, len(names) + 1))[0] for _ in range(n)]
        truth[:2] = names[:2]
        said = [t if rng.random() < 0.6 else rng.choice((*names, "")) for t in truth]
        labels = sorted(set(truth))
        recall = balanced_accuracy_score(truth, said)
        rows.append([truth, said, float(recall), float(f1_score(truth, said, labels=labels, average="macro", zero_division=0.0))])
    return rows


def holm(rng):
    rows = [[0.01], [0.01, 0.04, 0.03, 0.005], [0.5, 0.5], [0.001, 0.9, 0.02, 0.02, 0.3], [round(rng.random() ** 3, 4) for _ in range(12)]]
    return [[ps, [float(p) for p in multipletests(ps, method="holm")[1]]] for ps in rows]


def words(text):
    found = re.findall(r"[\u4e00-\u9fff]|\d+\.\d+|[^\W_\u4e00-\u9fff]+(?:'[^\W_\u4e00-\u9fff]+)*", text.lower())
    return [w.replace("'", "") for w in found if w not in ("a", "an", "the")]


def token_f1():
    pairs = [("A small right pleural effusion.", "small right effusion"), ("No effusion", "there is no pleural effusion"), ("left", "right"), ("", ""),
             ("", "effusion"), ("the", "a"), ("右侧少量胸腔积液。", "右侧胸腔积液"), ("未见异常", "可见异常"), ("a 12.5 mm nodule 结节", "12.5 mm 结节"),
             ("effusion effusion effusion", "effusion"), ("It isn't there", "isn't there"), ("CT：12毫米nodule", "12 毫米 nodule on CT")]
    rows = []
    for answer, truth in pairs:
        a, t = words(answer), words(truth)
        same = sum((Counter(a) & Counter(t)).values())
        f1 = float(a == t) if not a or not t else 0.0 if not same else 2 * (same / len(a)) * (same / len(t)) / (same / len(a) + same / len(t))
        rows.append([answer, truth, f1])
    return rows


def main():
    rng = random.Random(20260322)
    golden = {
        "made_with": {"python": sys.version.split()[0], **{name: version(name) for name in LIBRARIES}},
        "splitmix64": [SplitMix64(SEED).bits(), SplitMix64(0).bits()],
        "wilson": wilson(),
        "mcnemar": mcnemar(),
        "randomisation": randomisation(rng),
        "bootstrap": bootstrap(rng),
        "classes": classes(rng),
        "holm": holm(rng),
        "token_f1": token_f1(),
    }
    path = Path(__file__).resolve().parents[2] / "tests/data/golden/statistics.json"
    lines = [f"{json.dumps(name)}: {json.dumps(rows, ensure_ascii=False)}" for name, rows in golden.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
