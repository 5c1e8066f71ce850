"""A random source comes in; a scene (numbers of a body, findings with exact truth) or a prior/current pair goes out."""

import math
from random import Random

from scene import FIELD_MM, FINDINGS, ZONES, Change, Finding, Scene

# The body's frame: millimetres from the middle of the picture, x to the picture's right (the patient's left), y down,
# before the small turn `rot` and shift `dx`, `dy`. Lungs are described by |x|, so one formula serves both sides.
SIDES = ("right", "left")  # in the order of x: the patient's right is the picture's left
SIGN = {"right": -1.0, "left": 1.0}
KINDS = tuple(FINDINGS)


def clip(v, lo, hi):
    return lo if v < lo else hi if v > hi else v


# ---------------------------------------------------------------- where the lungs are (draw.py has the same formulas)


def cxr_edges(a, y):
    """Inner and outer edge of a lung on a frontal film, at the height y."""
    t = (y - a["yt"]) / a["H"]
    s = clip(1 - t / a["tm"], 0, 1)
    s2 = clip(1 - t / 0.14, 0, 1)
    outer = a["xa"] + (a["W"] - a["xa"]) * math.sqrt(1 - s ** a["pw"])
    inner = a["xa"] - (a["xa"] - a["xm"]) * math.sqrt(1 - s2 * s2)
    return inner, outer


def cxr_dome(a, side, x):
    """Height of the diaphragm under |x|."""
    u = x - a["xd"]
    u = u / (a["W"] - a["xd"]) if u > 0 else u / (a["xd"] - a["xm"])
    return a["yd_" + side] + (a["kout"] if u > 0 else a["kin"]) * u * u


def cxr_meniscus(a, shape, x):
    u = clip((x - a["xm"]) / (a["W"] - a["xm"]), 0, 1)
    return shape["level"] - shape["rise"] * u**2.5


def cxr_collapsed(a, shape, y):
    """Outer edge of the lung that a pneumothorax leaves; below zero where none is left at this height."""
    left = clip(1 - (y - a["yt"]) / a["H"] / shape["te"], 0, 1)
    yy = y - shape["dy"] * left
    return -1.0 if yy < a["yt"] else cxr_edges(a, yy)[1] - shape["d"] * left


def cxr_heart(a, side, y):
    """How far the heart reaches to this side at the height y (0: not at all)."""
    reach = 0.0
    for n in ("1", "2"):
        # the ellipse's half width at this height, from its bounding numbers (tilt taken in)
        ex, ey, k = a["hex" + n], a["hey" + n], a["hk" + n]
        v = (y - a["hy" + n]) / ey
        if -1 < v < 1:
            mid, half = a["hx" + n] + k * v * ex, ex * math.sqrt((1 - v * v) * (1 - k * k))
            reach = max(reach, (mid + half) * SIGN[side], (mid - half) * SIGN[side])
    return reach


def ct_edges(a, side, y):
    v = abs(y) / a["RY"]
    outer = a["RX"] * (1 - v ** a["p"]) ** (1 / a["p"]) if v < 1 else 0.0
    u, w = (y - a["hy"]) / a["hs"], (y - a["sy"]) / a["ss"]
    return a["m0"] + a["hb_" + side] * math.exp(-u * u) + a["sb"] * math.exp(-w * w), outer


def ct_bottom(a, x):
    v = clip(x / a["RX"], 0, 1)
    return a["RY"] * (1 - v ** a["p"]) ** (1 / a["p"])


def ct_depth(a, shape, x):
    v = clip(x / a["RX"], 0, 1)
    return shape["d"] * math.sqrt(1 - v * v) - 4 * v**4


def head_push(a, x, y):
    """How far the midline shift moves the tissue at this place."""
    u, v = x / a["RX"], y / a["sy"]
    return a["shift"] * math.exp(-v * v) * (1 - clip(u * u, 0, 1)) ** 2


def horns(a):
    """The lateral ventricle as three tapering lines (x0, y0, r0, x1, y1, r1), to be mirrored: front horn, body, back horn."""
    r, s = a["vr"], a["vr"] + a["vg"]
    mx, my = s + a["vo"] + 0.7 * r, 17.0 + 0.4 * r
    return ((s, -4.0, 0.85 * r, s + a["vf"] + 0.9 * r, -22.0 - 0.6 * r, 0.75 * r), (s, -4.0, 0.85 * r, mx, my, 1.05 * r),
            (mx, my, 1.05 * r, mx + 1.0, my + 13.0 + r, 0.45 * r))  # fmt: skip


# ---------------------------------------------------------------- bodies


def common(rng, turn):
    u = rng.uniform
    return {
        "rot": u(-turn, turn), "dx": u(-9, 9), "dy": u(-8, 8), "gain": u(0.88, 1.14), "lift": u(-0.05, 0.05),
        "gamma": u(0.82, 1.22), "noise": u(0.006, 0.03), "blur": u(0.0, 0.85), "vein": u(0.75, 1.25), "tilt": u(-0.05, 0.05),
    }  # fmt: skip


def body(rng, kind):
    u = rng.uniform
    if kind == "cxr":
        a = common(rng, 0.05)
        a.update(
            W=u(122, 144), yt=u(-146, -130), xa=u(44, 54), xm=u(21, 27), xd=u(58, 70), tm=u(0.55, 0.75), pw=u(2.0, 2.7),
            yd_right=u(48, 74), kout=u(28, 40), kin=u(8, 16), rib=u(19.5, 24), rib0=u(0, 1), ribk=u(0.05, 0.10),
            ribarc=u(14, 24), clav=u(-118, -106), claw=u(0.16, 0.34), clak=u(0.09, 0.15), neck=u(36, 46), sh=u(172, 215),
            fat=u(12, 30), soft=u(0.52, 0.62), air=u(0.34, 0.44), hilum=u(0.7, 1.3), knob=u(13, 18), spine=u(0.03, 0.09),
            gas=u(0.10, 0.22) if rng.random() < 0.55 else 0.0, gasx=u(45, 70), gasr=u(12, 22),
            mark=u(0.5, 0.95) if rng.random() < 0.6 else 0.0, markl=float(rng.random() < 0.5), markx=u(150, 172), marky=u(-178, -60),
            marks=u(9, 14), col0=u(182, 215), col1=u(182, 215), col2=u(186, 215), col3=u(186, 215), dark=u(0.0, 0.07),
        )  # fmt: skip
        a["yd_left"] = a["yd_right"] + u(6, 15)
        a["H"] = a["yd_right"] + 5 + a["kout"] - a["yt"]
        set_heart(rng, a, u(0.39, 0.465))
    elif kind == "ct":
        a = common(rng, 0.07)
        a.update(
            RX=u(114, 132), RY=u(80, 95), p=u(2.1, 2.7), m0=u(4, 10), hb_left=u(40, 54), hb_right=u(16, 28), hy=u(-30, -18),
            hs=u(26, 34), sb=u(16, 22), ss=u(22, 32), wall=u(18, 30), wally=u(12, 20), fat=u(4, 12), soft=u(0.74, 0.86),
            air=u(0.10, 0.2), rib0=u(0, 1), ribn=float(rng.randrange(9, 14)), table=float(rng.random() < 0.6), tabley=u(4, 12),
            bron=float(rng.random() < 0.6), aorta=u(10, 14), grad=u(0.0, 0.07), dots=u(0.8, 1.2),
        )  # fmt: skip
        a["sy"] = a["RY"] - u(0, 14)
    else:
        a = common(rng, 0.10)
        a.update(
            RX=u(62, 69), RY=u(79, 88), p=u(2.05, 2.35), skull=u(5, 8), scalp=u(4, 7), csf=u(1.6, 3.2), vr=u(3.0, 4.2), vg=u(1.2, 2.4),
            vf=u(4, 8), vo=u(11, 16), sy=u(46, 56), shift=0.0, gyri=float(rng.randrange(19, 27)), gyr0=u(0, 6.28), depth=u(9, 14),
            wm=u(0.25, 0.33), gm=u(0.48, 0.56), water=u(0.86, 0.96), fat=u(0.5, 0.75), ribbon=u(3.6, 5.2), bias=u(-0.08, 0.08), basal=u(0.02, 0.06),
        )  # fmt: skip
    return a


def set_heart(rng, a, ratio):
    """Two tilted ellipses that together span `ratio` of the chest's inner width."""
    whole, u = ratio * 2 * a["W"], rng.uniform
    left = whole * u(0.66, 0.70)
    right = whole - left
    # each ellipse by its half extents and how far its middle leans with height (k: -1..1)
    a["hex1"] = (left + whole * 0.10) / 2
    a["hx1"] = left - a["hex1"]
    a["hey1"] = a["hex1"] * u(0.92, 1.04)
    a["hk1"] = u(0.28, 0.42)
    a["hy1"] = a["yd_left"] + 6 - a["hey1"] * 0.82
    a["hex2"] = (right + whole * 0.12) / 2
    a["hx2"] = -right + a["hex2"]
    a["hey2"] = a["hey1"] * u(0.84, 0.94)
    a["hk2"] = u(-0.12, 0.0)
    a["hy2"] = a["yd_right"] + 8 - a["hey2"] * 0.8
    a["hcut"] = a["yd_left"] + 8


# ---------------------------------------------------------------- findings: first their drawing numbers ("spec"), then their truth


def spec(kind, side="", zone="", severity="", size=0, **shape):
    return {"kind": kind, "side": side, "zone": zone, "severity": severity, "size": size, "shape": shape}


RANGES = {  # what a severity means, in drawing numbers; the gaps between are never drawn
    ("cxr", "effusion"): {"small": (0.15, 0.19), "moderate": (0.32, 0.40), "large": (0.55, 0.68)},
    ("cxr", "pneumothorax"): {"small": (15, 21), "large": (38, 50)},
    ("cxr", "cardiomegaly"): {"mild": (0.56, 0.595), "marked": (0.65, 0.71)},
    ("ct", "effusion"): {"small": (14, 18), "moderate": (28, 35), "large": (50, 62)},
    ("head", "ventricles"): {"mild": (6.4, 7.6), "marked": (9.8, 11.8)},
    ("head", "shift"): {"mild": (4, 7), "marked": (9, 15)},
}
CELLS = {  # centre of a finding along its lung, away from the zones' borders at 1/3 and 2/3
    "upper": (0.13, 0.285), "mid": (0.39, 0.61), "lower": (0.72, 0.86),
    "anterior": (0.15, 0.285), "central": (0.40, 0.60), "posterior": (0.715, 0.84),
}  # fmt: skip
LOBES = {"frontal": (17, 50), "temporal": (70, 96), "parietal": (114, 136), "occipital": (153, 168)}  # degrees from the front
SMALLEST = {"cxr": 8, "ct": 7, "head": 8}
LARGEST = {"cxr": 34, "ct": 30, "head": 36}


def of(specs, kind, side=None):
    return next((s for s in specs if s["kind"] == kind and side in (None, s["side"])), None)


def graded(rng, scene_kind, a, kind, side, severity):
    """A finding whose extent is its severity."""
    lo, hi = RANGES[scene_kind, kind][severity]
    u = rng.uniform
    if kind == "shift":
        mm = rng.randint(lo, hi)
        return spec(kind, side, severity=severity, size=mm, mm=float(mm))
    v = u(lo, hi)
    if kind == "effusion" and scene_kind == "cxr":
        rise = {"small": u(14, 20), "moderate": u(34, 44), "large": u(38, 52)}[severity]
        base = a["yd_" + side] + a["kout"]
        level = base - v * a["H"] + rise
        if severity == "small":  # only the angle, nothing beside the heart
            level = max(level, a["yd_" + side] + a["kin"] + 4)
        return spec(kind, side, severity=severity, level=level, rise=rise, alpha=u(0.86, 0.97), grey=u(0.70, 0.82))
    if kind == "effusion":
        return spec(kind, side, severity=severity, d=v, alpha=u(0.93, 1.0), grey=u(0.62, 0.72))
    if kind == "pneumothorax":
        small = severity == "small"
        return spec(kind, side, severity=severity, d=v, dy=u(18, 27) if small else u(36, 56), te=u(0.55, 0.7) if small else u(1.15, 1.4),
                    alpha=1.0, line=u(0.16, 0.26), dark=u(0.07, 0.12))  # fmt: skip
    return spec(kind, severity=severity, v=v)  # cardiomegaly, ventricles


def span(scene_kind, a, specs, side, y):
    """Free lung at this height, as a range of |x|."""
    if scene_kind == "ct":
        return ct_edges(a, side, y)
    lo, hi = cxr_edges(a, y)
    lo = max(lo, cxr_heart(a, side, y))
    gas = of(specs, "pneumothorax", side)
    return lo, min(hi, cxr_collapsed(a, gas["shape"], y)) if gas else hi


def lung_height(scene_kind, a, side):
    return (a["yt"], a["yd_" + side] + 14) if scene_kind == "cxr" else (-0.94 * a["RY"], 0.94 * a["RY"])


def free(scene_kind, a, specs, side, x, y, r):
    """Whether a disc stays clear of fluid, of the diaphragm and of the other findings."""
    wet = of(specs, "effusion", side)
    if scene_kind == "cxr":
        if y + r > cxr_dome(a, side, x) - 1 or (wet and y + r > cxr_meniscus(a, wet["shape"], x + r) - 3):
            return False
        if math.hypot(x - a["xm"] - 12, (y + 22) / 1.7) < 12 + 0.7 * r:  # the hilum is bright itself
            return False
    elif wet and (y + r > ct_bottom(a, x + r) - ct_depth(a, wet["shape"], x) - 3 or y + r > ct_bottom(a, x) - ct_depth(a, wet["shape"], x) - 3):
        return False
    for s in specs:
        if s["zone"] and s["side"] == side:
            q = s["shape"]
            if math.hypot(x - abs(q["x"]), y - q["y"]) < r + max(q["ra"], q["rb"]) * (1.12 if s["size"] == 0 else 1) + 4:
                return False
    return True


def place(rng, scene_kind, a, specs, side, zone, room, r):
    """A centre in this zone with `room` millimetres of lung around it and nothing else within r; None when there is none."""
    top, bottom = lung_height(scene_kind, a, side)
    lo_t, hi_t = CELLS[zone]
    for _ in range(6):
        y = top + (bottom - top) * rng.uniform(lo_t, hi_t)
        lo = hi = None
        for yy in (y - 0.7 * room, y, y + 0.7 * room):
            l, h = span(scene_kind, a, specs, side, yy)
            lo, hi = (l, h) if lo is None else (max(lo, l), min(hi, h))
        lo, hi = lo + room + 2, hi - room - 2
        if hi < lo:
            continue
        x = rng.uniform(lo, hi)
        if free(scene_kind, a, specs, side, x, y, r):
            return x * SIGN[side], y
    return None


def contrast(rng, scene_kind, size):
    """Small ones are drawn a little stronger, so that none sinks into the noise."""
    if scene_kind == "cxr":
        return rng.uniform(0.22, 0.31) + 0.05 * (size < 14)
    if scene_kind == "ct":
        return rng.uniform(0.58, 0.85)
    return rng.uniform(0.70, 0.92) + 0.06 * (size < 14)


def round_one(rng, scene_kind, kind, side, zone, x, y, size):
    ratio = rng.uniform(0.78, 1.0) if kind == "nodule" else rng.uniform(0.7, 1.0)
    soft = rng.uniform(1.8, 3.6) if scene_kind == "cxr" else rng.uniform(1.4, 2.8)
    return spec(kind, side, zone, size=size, alpha=contrast(rng, scene_kind, size), x=x, y=y, ra=size / 2, rb=size / 2 * ratio,
                rot=rng.uniform(0, math.pi), soft=soft)  # fmt: skip


def cells(rng, scene_kind):
    out = [(s, z) for s in SIDES for z in ZONES[scene_kind]]
    rng.shuffle(out)
    return out


def add_nodule(rng, scene_kind, a, specs):
    lo, hi = SMALLEST[scene_kind], LARGEST[scene_kind]
    size = rng.randint(lo, hi)
    for side, zone in cells(rng, scene_kind)[:4]:
        for s in (size, max(lo, round(size * 0.6))):
            at = place(rng, scene_kind, a, specs, side, zone, s / 2, s / 2)
            if at:
                return round_one(rng, scene_kind, "nodule", side, zone, *at, s)
    return None


def add_patch(rng, scene_kind, a, specs, kind):
    u = rng.uniform
    ra, rb = (u(24, 40), u(20, 32)) if scene_kind == "cxr" else (u(17, 32), u(16, 28))
    for side, zone in cells(rng, scene_kind)[:4]:
        for k in (1.0, 0.75):
            busy = of(specs, "effusion", side) or of(specs, "pneumothorax", side)
            at = place(rng, scene_kind, a, specs, side, zone, min(ra, rb) * k * (0.95 if busy else 0.7), max(ra, rb) * k * (0.95 if busy else 0.75))
            if at:
                alpha = u(0.62, 0.85) if kind == "consolidation" else u(0.24, 0.36)
                if scene_kind == "cxr":
                    alpha = u(0.24, 0.36)
                return spec(kind, side, zone, alpha=alpha, x=at[0], y=at[1], ra=ra * k, rb=rb * k, rot=u(-0.5, 0.5), soft=u(6, 11) if scene_kind == "cxr" else u(5, 10),
                            w2=u(0, 0.08), p2=u(0, 6.28), w3=u(0.02, 0.09), p3=u(0, 6.28), w5=u(0.0, 0.05), p5=u(0, 6.28))  # fmt: skip
    return None


def add_lesion(rng, a, specs):
    """Between the ventricles and the skull, on one side of the midline."""
    size = rng.randint(SMALLEST["head"], LARGEST["head"])
    lines, ways = horns(a), {0.0, a["shift"]}  # clear of the ventricles with and without the shift (a pair shows both)
    places = [(s, z) for s in SIDES for z in ZONES["head"]]
    rng.shuffle(places)
    for side, zone in places[:3]:
        best = (0.0, 0.0, 0.0)
        for _ in range(5):
            deg = math.radians(rng.uniform(*LOBES[zone]))
            sx, sy = math.sin(deg), -math.cos(deg)
            edge = ((abs(sx) / a["RX"]) ** a["p"] + (abs(sy) / a["RY"]) ** a["p"]) ** (-1 / a["p"])
            d = edge * rng.uniform(0.5, 0.86 if size > 14 else 0.68)  # small ones deep, away from the furrows
            x, y = d * sx * SIGN[side], d * sy
            # distance to the skull along the ray is longer than the nearest one: 0.93 allows for that
            r = (edge - d) * 0.93 - a["csf"] - 1.5
            for way in ways:
                q = abs(x - (head_push(a, x, y) if way else 0.0))
                r = min(r, q - 2.5, *(line_gap(q, y, *h) - 2 for h in lines))
            for s in specs:
                if s["kind"] == "lesion":
                    r = min(r, math.hypot(x - s["shape"]["x"], y - s["shape"]["y"]) - s["size"] / 2 - 4)
            best = max(best, (r, x, y))
            if r >= size / 2:
                break
        if best[0] >= SMALLEST["head"] / 2:
            return round_one(rng, "head", "lesion", side, zone, best[1], best[2], min(size, int(2 * best[0])))
    return None


def line_gap(x, y, x0, y0, r0, x1, y1, r1):
    dx, dy = x1 - x0, y1 - y0
    t = clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
    return math.hypot(x - x0 - t * dx, y - y0 - t * dy) - r0 - (r1 - r0) * t


def add(rng, scene_kind, a, specs, kind):
    """One more finding of this kind, or None where there is no place for it."""
    if kind == "nodule":
        return add_nodule(rng, scene_kind, a, specs)
    if kind == "lesion":
        return add_lesion(rng, a, specs)
    if kind in ("consolidation", "ground_glass"):
        return add_patch(rng, scene_kind, a, specs, kind)
    grades = list(RANGES[scene_kind, kind])
    if kind in ("cardiomegaly", "ventricles"):
        return graded(rng, scene_kind, a, kind, "", rng.choice(grades))
    sides = [s for s in SIDES if not of(specs, kind, s)]
    side = rng.choice(sides)
    if kind == "pneumothorax":
        wet = of(specs, "effusion", side)
        if wet and wet["severity"] == "large":
            side = SIDES[1 - SIDES.index(side)]
            wet = of(specs, "effusion", side)
            if side not in sides or (wet and wet["severity"] == "large"):
                return None
        if (wet and wet["severity"] != "small") or (side == "left" and of(specs, "cardiomegaly")):
            grades = ["small"]
        else:
            grades = ["small"] * 2 + ["large"] * 3  # makes up for those that had to be small
    return graded(rng, scene_kind, a, kind, side, rng.choice(grades))


# How likely a kind is to come again in the same picture; kinds not named come once.
AGAIN = {"nodule": 0.55, "lesion": 0.8, "effusion": 0.2, "consolidation": 0.2, "ground_glass": 0.2, "pneumothorax": 0.06}
FIRST = {"cardiomegaly": 0, "ventricles": 0, "shift": 1, "effusion": 2, "pneumothorax": 3, "consolidation": 4, "ground_glass": 5, "nodule": 6, "lesion": 7}
MOST = {"nodule": 3, "lesion": 3, "effusion": 2, "pneumothorax": 2, "consolidation": 2, "ground_glass": 2}


def draw_specs(rng, scene_kind, a, n, often=()):
    """n findings (fewer where they find no place) that do not hide one another; the body takes in heart, ventricles and shift."""
    one = FINDINGS[scene_kind][-2] if scene_kind == "cxr" else FINDINGS[scene_kind][-1]  # nodule or lesion: the kind to count
    kinds, weight = [], {k: 2.0 if k in often else 1.0 for k in FINDINGS[scene_kind]}
    weight[one] *= 0.75
    if n > 1 and rng.random() < 0.22:
        kinds = [one] * n
    for _ in range(n - len(kinds)):
        names = list(weight)
        k = rng.choices(names, [weight[m] for m in names])[0]
        kinds.append(k)
        weight[k] = AGAIN.get(k, 0.0) * (kinds.count(k) < MOST.get(k, 1))
    specs = []
    for k in sorted(kinds, key=FIRST.get):
        s = add(rng, scene_kind, a, specs, k)
        if s:
            specs.append(s)
            settle(rng, a, s)
    return specs


def settle(rng, a, s):
    """Findings that change the body itself."""
    if s["kind"] == "cardiomegaly":
        set_heart(rng, a, s["shape"]["v"])
    elif s["kind"] == "ventricles":
        a["vr"] = s["shape"]["v"]
    elif s["kind"] == "shift":
        a["shift"] = s["shape"]["mm"] * SIGN[s["side"]]


# ---------------------------------------------------------------- boxes


def box_of(kind, a, points):
    """The upright box of these points of the body's frame, in thousandths of the picture."""
    c, s, f = math.cos(a["rot"]), math.sin(a["rot"]), 1000 / FIELD_MM[kind]
    xs = [c * x - s * y for x, y in points]
    ys = [s * x + c * y for x, y in points]
    ox, oy = a["dx"], a["dy"]
    whole = ((min(ys) + oy) * f + 500, (min(xs) + ox) * f + 500, (max(ys) + oy) * f + 500, (max(xs) + ox) * f + 500)
    return tuple(int(clip(round(v), 0, 1000)) for v in whole)


def ellipse_box(kind, a, q):
    """Exact bounds of a turned ellipse in the turned body."""
    t = q["rot"] + a["rot"]
    ex = math.hypot(q["ra"] * math.cos(t), q["rb"] * math.sin(t))
    ey = math.hypot(q["ra"] * math.sin(t), q["rb"] * math.cos(t))
    c, s = math.cos(a["rot"]), math.sin(a["rot"])
    x, y = c * q["x"] - s * q["y"] + a["dx"], s * q["x"] + c * q["y"] + a["dy"]
    f = 1000 / FIELD_MM[kind]
    return tuple(int(clip(round(v * f + 500), 0, 1000)) for v in (y - ey, x - ex, y + ey, x + ex))


RING = [(math.cos(2 * math.pi * i / 24), math.sin(2 * math.pi * i / 24), 2 * math.pi * i / 24) for i in range(24)]


def outline(kind, a, s):
    """Points on the border of a finding's visible extent, in the body's frame."""
    q, side, name = s["shape"], s["side"], s["kind"]
    g = SIGN.get(side, 1.0)
    out = []
    if name == "cardiomegaly":
        for n in ("1", "2"):
            ex, ey, k = a["hex" + n], a["hey" + n], a["hk" + n]
            m = math.sqrt(1 - k * k)
            out += [(a["hx" + n] + ex * (k * sn + m * cs), min(a["hy" + n] + ey * sn, a["hcut"])) for cs, sn, _ in RING]
    elif name in ("ventricles", "shift"):
        (_, _, _, fx, fy, fr), (_, _, _, mx, my, mr), (_, _, _, bx, by, br) = horns(a)
        for x, y, r in ((fx, fy, fr), (mx, my, mr), (bx, by, br)):
            for cs, sn, _ in RING[::2]:
                for sign in (-1, 1):
                    px, py = sign * (x + r * cs), y + r * sn
                    d = head_push(a, px, py)
                    d = head_push(a, px + d, py)
                    out.append((px + head_push(a, px + d, py), py))
    elif name in ("consolidation", "ground_glass"):
        c, sn_ = math.cos(q["rot"]), math.sin(q["rot"])
        for cs, sn, th in RING:
            k = 1 + q["w2"] * math.cos(2 * th + q["p2"]) + q["w3"] * math.cos(3 * th + q["p3"]) + q["w5"] * math.cos(5 * th + q["p5"])
            px, py = q["ra"] * cs * k, q["rb"] * sn * k
            x, y = (q["x"] + c * px - sn_ * py) * g, q["y"] + sn_ * px + c * py
            if kind == "cxr":
                y = min(max(y, a["yt"] + 1), cxr_dome(a, side, clip(x, a["xm"], a["W"])))
                lo, hi = cxr_edges(a, y)
            else:
                y = clip(y, -0.985 * a["RY"], 0.985 * a["RY"])
                lo, hi = ct_edges(a, side, y)
            out.append((clip(x, min(lo, hi), hi) * g, y))
    elif name == "effusion" and kind == "cxr":
        for i in range(41):
            x = a["xm"] + (a["W"] - a["xm"]) * i / 40
            top, low = cxr_meniscus(a, q, x), cxr_dome(a, side, x)
            if low > top:
                xx = min(x, cxr_edges(a, top)[1])
                out += [(xx * g, top), (x * g, low)]
    elif name == "effusion":
        for i in range(33):
            x = a["RX"] * (1 - (1 - i / 32.5) ** 2)  # closer together where the crescent runs out
            low = ct_bottom(a, x)
            top = low - ct_depth(a, q, x)
            if low - top < 2:
                continue
            if x > ct_edges(a, side, top)[0]:
                out.append((x * g, top))
            if x > ct_edges(a, side, low)[0]:
                out.append((x * g, low))
    else:  # pneumothorax, row by row, where the band is at least 2.5 mm wide
        for i in range(60):
            y = a["yt"] + a["H"] * (i + 0.3) / 60
            lo, hi = cxr_edges(a, y)
            lo = max(lo, cxr_collapsed(a, q, y))
            if hi - lo > 2.2 and y < cxr_dome(a, side, min(hi, a["W"])):
                out += [(lo * g, y), (hi * g, y)]
    return out


def finish(kind, a, specs):
    """The scene of these findings: their truth in the order a report names them."""
    order = FINDINGS[kind]
    specs = sorted(specs, key=lambda s: (order.index(s["kind"]), SIDES.index(s["side"]) if s["side"] else 0, ZONES[kind].index(s["zone"]) if s["zone"] else 0))
    found = []
    for s in specs:
        box = ellipse_box(kind, a, s["shape"]) if s["kind"] in ("nodule", "lesion") else box_of(kind, a, outline(kind, a, s))
        found.append(Finding(s["kind"], s["side"], s["zone"], s["size"], s["severity"], box))
    return Scene(kind, tuple(found), a, tuple(s["shape"] for s in specs)), specs


# ---------------------------------------------------------------- what train.py calls


def sample_scene(rng: Random, kind: str | None = None) -> Scene:
    kind = kind or rng.choice(KINDS)
    a = body(rng, kind)
    n = rng.choices((0, 1, 2, 3), (25, 30, 25, 20))[0]
    return finish(kind, a, draw_specs(rng, kind, a, n))[0]


def lesser(rng, kind, a, s):
    """The same finding at an earlier, smaller stage; None where there is none."""
    if s["kind"] in ("nodule", "lesion"):
        most = int(min(s["size"] - 6, s["size"] / 1.35))
        if most < SMALLEST[kind]:
            return None
        size = rng.randint(max(SMALLEST[kind], most - 8), most)
        k = size / s["size"]
        q = s["shape"]
        return {**s, "size": size, "shape": {**q, "ra": q["ra"] * k, "rb": q["rb"] * k}}
    if s["zone"]:
        return None
    grades = list(RANGES[kind, s["kind"]])
    i = grades.index(s["severity"])
    return graded(rng, kind, a, s["kind"], s["side"], rng.choice(grades[:i])) if i else None


JITTER = {"rot": 0.02, "dx": 4, "dy": 4, "gain": 0.06, "lift": 0.03, "gamma": 0.1, "noise": 0.004, "blur": 0.2, "tilt": 0.03}


def stage(rng, kind, base, specs):
    """A scene of these findings on the base body, as another exposure of the same person."""
    a = dict(base)
    for k, w in JITTER.items():
        a[k] += rng.uniform(-w, w)
    a["noise"], a["blur"] = max(a["noise"], 0.004), clip(a["blur"], 0, 0.9)
    if kind == "cxr":
        a["mark"] = rng.uniform(0.5, 0.95) if rng.random() < 0.6 else 0.0
        a["markx"], a["marky"] = rng.uniform(150, 172), rng.uniform(-178, -60)
    for s in specs:
        settle(rng, a, s)
    return finish(kind, a, specs)


def sample_pair(rng: Random, kind: str | None = None) -> tuple[Scene, Scene, list[Change]]:
    kind = kind or rng.choice(KINDS)
    base = body(rng, kind)
    n = rng.choices((0, 1, 2, 3), (8, 37, 33, 22))[0]
    a = dict(base)
    before, after, fate = [], [], []
    for s in draw_specs(rng, kind, a, n, ("effusion", "nodule")):
        small = lesser(rng, kind, base, s)
        # only about half of the findings can be smaller, so those mostly are
        what = rng.choices(("larger", "smaller", "new", "gone", "stable"), (33, 33, 11, 11, 12) if small else (0, 0, 1, 1, 1))[0]
        p = {"larger": small, "new": None}.get(what, s)
        c = {"smaller": small, "gone": None}.get(what, s)
        before += [p] if p else []
        after += [c] if c else []
        fate.append((what, p, c))
    prior, was = stage(rng, kind, base, before)
    current, now = stage(rng, kind, base, after)
    pick = lambda scene, specs, s: next((f for f, t in zip(scene.findings, specs) if t is s), None)
    changes = [Change(what, pick(prior, was, p), pick(current, now, c)) for what, p, c in fate]
    rank = lambda c: FINDINGS[kind].index((c.current or c.prior).kind)
    return prior, current, sorted(changes, key=rank)
