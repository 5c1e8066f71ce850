"""Scenes come in; pictures (uint8, 256 x 256), finding masks (32 x 32) or a contact sheet go out. `--check`, `--sheet OUT.png`."""

import argparse
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from anatomy import KINDS, body, sample_pair, sample_scene  # noqa: F401 (the other scripts take them from here)
from scene import FIELD_MM, FINDINGS, SIZE, Scene

N = SIZE

# ---------------------------------------------------------------- scenes as plain arrays

ANATOMY = {k: tuple(body(random.Random(0), k)) for k in KINDS}
WOBBLE = ("alpha", "x", "y", "ra", "rb", "rot", "soft", "w2", "p2", "w3", "p3", "w5", "p5")
ROUND = ("alpha", "x", "y", "ra", "rb", "rot", "soft")
# finding -> (how many slots, what a slot holds); two slots "by side" are the patient's right and left.
SLOTS = {
    "cxr": {"effusion": (2, ("alpha", "level", "rise", "grey")), "pneumothorax": (2, ("alpha", "d", "dy", "te", "line", "dark")),
            "consolidation": (2, WOBBLE), "nodule": (3, ROUND), "cardiomegaly": (1, ("v",))},
    "ct": {"effusion": (2, ("alpha", "d", "grey")), "consolidation": (2, WOBBLE), "ground_glass": (2, WOBBLE), "nodule": (3, ROUND)},
    "head": {"shift": (1, ("mm",)), "ventricles": (1, ("v",)), "lesion": (3, ROUND)},
}  # fmt: skip
BY_SIDE = ("effusion", "pneumothorax")


def pack(scenes: list[Scene]) -> dict[str, np.ndarray]:
    """The numbers of scenes of one kind: "anatomy" [B, n] and for each finding [B, slots, n], zero where there is none."""
    kind = scenes[0].kind
    slots, keys = SLOTS[kind], ANATOMY[kind]
    out = {name: np.zeros((len(scenes), n, len(row)), np.float32) for name, (n, row) in slots.items()}
    out["anatomy"] = np.array([[s.anatomy[k] for k in keys] for s in scenes], np.float32)
    for b, s in enumerate(scenes):
        used = dict.fromkeys(slots, 0)
        for f, q in zip(s.findings, s.shapes):
            i = int(f.side == "left") if f.kind in BY_SIDE else used[f.kind]
            used[f.kind] += 1
            out[f.kind][b, i] = [q[k] for k in slots[f.kind][1]]
    return out


class Row:
    """Packed numbers by name, each shaped to spread over pictures."""

    def __init__(self, keys, values):
        self.keys, self.values = {k: i for i, k in enumerate(keys)}, values

    def __getattr__(self, key):
        return self.values[:, self.keys[key], None, None]

    def sides(self, left, name):
        return torch.where(left, getattr(self, name + "_left"), getattr(self, name + "_right"))


def by_side(kind, packed, name, left):
    """Effusions and pneumothoraces: the number that holds on each pixel's side."""
    v, keys = packed[name], SLOTS[kind][name][1]
    return {k: torch.where(left, v[:, 1, i, None, None], v[:, 0, i, None, None]) for i, k in enumerate(keys)}


def slots_of(kind, packed, name):
    n, keys = SLOTS[kind][name]
    return [Row(keys, packed[name][:, i]) for i in range(n)]


# ---------------------------------------------------------------- small tools


def ramp(v):
    return v.clamp(0, 1)


def edge(v, soft=2.0):
    """1 where v > 0, 0 where v < 0, a ramp `soft` millimetres wide between."""
    return (v / soft + 0.5).clamp(0, 1)


def bell(v):
    return torch.exp(-v * v)


def make_noise(n, device="cpu", generator=None):
    """All the randomness a batch of pictures needs."""
    r = lambda *s: torch.randn(n, *s, device=device, generator=generator)
    return {"low": r(2, 12, 12), "mid": r(3, 36, 36), "high": r(2, 128, 128), "pixel": r(N, N)}


def spread(noise):
    """Coarse noise as smooth full-size fields of unit strength."""
    up = lambda v, k: F.interpolate(v, size=(N, N), mode="bicubic", align_corners=False) * k
    return up(noise["low"], 1.35), up(noise["mid"], 1.35), F.interpolate(noise["high"], size=(N, N), mode="bilinear", align_corners=False) * 1.6


def grid(kind, a):
    """Picture millimetres and the body's frame at every pixel."""
    line = ((torch.arange(N, device=a.values.device, dtype=torch.float32) + 0.5) / N - 0.5) * FIELD_MM[kind]
    px, py = line[None, None, :], line[None, :, None]
    c, s = torch.cos(a.rot), torch.sin(a.rot)
    qx, qy = px - a.dx, py - a.dy
    return px, py, c * qx + s * qy, c * qy - s * qx


def disc(q, x, y, more=0.0):
    """Strength (0..1) of a round finding: one half exactly on its ellipse. `more` makes it that many millimetres larger."""
    c, s = torch.cos(q.rot), torch.sin(q.rot)
    u, v = x - q.x, y - q.y
    ra, rb = q.ra.clamp(min=1), q.rb.clamp(min=1)
    e = (((c * u + s * v) / ra) ** 2 + ((c * v - s * u) / rb) ** 2 + 1e-6).sqrt()
    return edge((1 - e) * (ra * rb).sqrt() + more, q.soft.clamp(min=1) + 0.5 * more) * (q.alpha > 0)


def patch(q, x, y):
    """Strength of a fluffy finding: an ellipse with a wavy border."""
    c, s = torch.cos(q.rot), torch.sin(q.rot)
    u, v = x - q.x, y - q.y
    ra, rb = q.ra.clamp(min=1), q.rb.clamp(min=1)
    u, v = (c * u + s * v) / ra, (c * v - s * u) / rb
    th, e = torch.atan2(v, u + 1e-6), (u * u + v * v + 1e-6).sqrt()
    k = 1 + q.w2 * torch.cos(2 * th + q.p2) + q.w3 * torch.cos(3 * th + q.p3) + q.w5 * torch.cos(5 * th + q.p5)
    return edge((k - e) * (ra * rb).sqrt(), q.soft.clamp(min=1)) * (q.alpha > 0)


def branches(x, y, n, wave, width, turn):
    """Thin lines that run out from (0, 0), about n to a full turn, bent by `wave`: vessels."""
    rho = (x * x + y * y + 1).sqrt()
    p = torch.atan2(y, x) * n / 6.2832 + wave + turn
    off = ((p - p.round()).abs()) * 6.2832 / n * rho
    return ramp(1.25 - off / width)


def smooth(img):
    """A binomial blur of five pixels each way."""
    v = F.pad(img[:, None], (2, 2, 2, 2), mode="replicate")[:, 0]
    v = (v[:, :, :-4] + v[:, :, 4:] + 4 * (v[:, :, 1:-3] + v[:, :, 3:-1]) + 6 * v[:, :, 2:-2]) / 16
    return (v[:, :-4] + v[:, 4:] + 4 * (v[:, 1:-3] + v[:, 3:-1]) + 6 * v[:, 2:-2]) / 16


def develop(a, img, noise, speckle=1.0):
    """Exposure, blur and noise; the picture as whole grey levels."""
    img = img + (smooth(img) - img) * a.blur
    img = (img - 0.5) * a.gain + 0.5 + a.lift
    img = img.clamp(0.0, 1.0) ** a.gamma
    img = img + noise["pixel"] * a.noise * speckle
    return (img * 255).clamp(0, 255).round().to(torch.uint8)


def pool(masks):
    """[B, C, 32, 32] means of full-size masks."""
    return F.avg_pool2d(torch.stack(masks, 1), N // 32)


# ---------------------------------------------------------------- chest film

FONT = torch.tensor([[int(c == "#") for row in letter.split() for c in row] for letter in (
    "####. #...# #...# ####. #.#.. #..#. #...#", "#.... #.... #.... #.... #.... #.... #####")], dtype=torch.float32)  # R, L


def cxr(packed, noise):
    a = Row(ANATOMY["cxr"], packed["anatomy"])
    px, py, x, y = grid("cxr", a)
    low, mid, high = spread(noise)
    left, ax = x > 0, x.abs()

    # the lungs: same formulas as anatomy.cxr_edges and cxr_dome
    def outer_at(yy):
        s = (1 - (yy - a.yt) / a.H / a.tm).clamp(0, 1)
        return a.xa + (a.W - a.xa) * (1 - s**a.pw).clamp(min=0).sqrt()

    t = (y - a.yt) / a.H
    outer = outer_at(y)
    inner = a.xa - (a.xa - a.xm) * (1 - (1 - t / 0.14).clamp(0, 1) ** 2).sqrt()
    u = ax - a.xd
    u = torch.where(u > 0, u / (a.W - a.xd), u / (a.xd - a.xm))
    u = u.clamp(-1, 1)
    dome = a.yd_right + (a.yd_left - a.yd_right) * ramp(x / 30 + 0.5) + torch.where(u > 0, a.kout, a.kin) * u * u
    hull = edge(outer - ax) * edge(ax - inner) * edge(y - a.yt) * edge(dome - y)

    # heart, great vessels, airway
    def blob(n):
        ex, ey, k = getattr(a, "hex" + n), getattr(a, "hey" + n), getattr(a, "hk" + n)
        v = (y - getattr(a, "hy" + n)) / ey
        w = ((x - getattr(a, "hx" + n)) / ex - k * v) / (1 - k * k).sqrt()
        return edge((1 - (v * v + w * w + 1e-6).sqrt()) * (ex * ey).sqrt(), 3.0)

    heart = torch.maximum(blob("1"), blob("2"))
    knob = edge(a.knob - ((x - a.xm + 6) ** 2 + (y + 62) ** 2).sqrt(), 3.0) + edge(a.knob * 0.8 - ((x - a.xm + 5) ** 2 + ((y + 28) * 0.6) ** 2).sqrt(), 4.0)
    middle = torch.maximum(heart, knob.clamp(max=1) * 0.8)

    # findings that hide or replace lung
    q = by_side("cxr", packed, "effusion", left)
    m = ((ax - a.xm) / (a.W - a.xm)).clamp(0, 1)
    fluid = edge(outer - ax) * edge(ax - inner) * edge(dome - y) * edge(y - q["level"] + q["rise"] * m**2.5, 5.0) * (q["alpha"] > 0)
    wet, wet_grey = fluid * q["alpha"], q["grey"]
    q = by_side("cxr", packed, "pneumothorax", left)
    rest = (1 - t / q["te"].clamp(min=0.1)).clamp(0, 1)
    yy = y - q["dy"] * rest
    lung_edge = torch.where(yy < a.yt, inner, outer_at(yy) - q["d"] * rest)
    gap = torch.where(yy < a.yt, -9.0, lung_edge - ax)  # below zero: outside the collapsed lung
    wide = edge(outer - torch.maximum(inner, lung_edge) - 2.5, 1.0)  # a band thinner than that is not drawn
    gas = hull * edge(-gap, 1.6) * wide * (q["alpha"] > 0) * (1 - fluid) * (1 - heart)
    thin = (outer - ax).clamp(min=0)
    line = bell(gap / 1.3) * q["line"] * hull * (rest > 0.02) * wide * edge(thin - 2) * (1 - heart)
    dark = q["dark"]

    # soft tissue
    shoulder = a.neck + (a.sh - a.neck) * ramp((y + 196) / 66) ** 1.5
    trunk = a.W + a.fat + 10 + 0.04 * (y + 40).clamp(min=0)
    half = torch.where(y < -70, shoulder, trunk + (shoulder - trunk) * ramp((20 - y) / 90) ** 2)
    skin = edge(half + 1.5 * low[:, 0] - ax, 4.0)
    thick = a.soft + 0.10 * bell(x / 70) - 0.10 * ramp((ax - a.W) / 60) + 0.05 * low[:, 1] * 0.5 + a.tilt * x / 150
    belly = edge(y - dome, 3.0) * ramp((a.W + 12 - ax) / 14) + 0.5 * ramp((y - a.yd_left) / 90) * ramp((ax - a.W + 2) / 14)
    img = thick + (0.09 + 0.07 * ramp((y - dome) / 60)) * belly * edge(trunk - ax, 30.0)
    aired = hull * (1 - middle * 0.97) * (1 - 0.98 * wet)
    img = img - a.air * aired * (1 - 0.25 * ramp((t - 0.75) * 3) - 0.12 * bell((ax - a.xm) / 30))
    img = img + 0.12 * heart * edge(dome + 10 - y, 20.0) + 0.10 * bell(ax / 24) * (1 - heart * 0.6)
    # airway, gas in the stomach
    windpipe = bell(((x + 2) / 7.5) ** 2) * ramp((-48 - y) / 14) + 0.7 * bell((((ax - 14 - (y + 46) * 0.8)) / 5) ** 2) * bell(((y + 34) / 12) ** 2)
    img = img - 0.12 * windpipe
    img = img - a.gas * edge(1 - (((x - a.gasx) / a.gasr) ** 2 + ((y - a.yd_left - 18) / (a.gasr * 0.62)) ** 2).sqrt(), 0.3) * edge(y - dome - 5, 3.0)

    # vessels: lines that run out from each hilum, thinner and fewer with distance
    hx, hy = ax - a.xm - 14, y + 22
    rho = (hx * hx + hy * hy + 1).sqrt()
    near, far = ramp(1.15 - rho / 75), ramp(1.1 - rho / 105) * ramp(rho / 30)
    tree = branches(hx, hy, 13.0, mid[:, 0] * 0.30 + low[:, 0] * 0.3, 2.6, left * 0.5) * near * ramp(0.6 + 0.5 * mid[:, 2])
    tree = tree + 0.8 * branches(hx, hy, 27.0, mid[:, 1] * 0.45 + low[:, 1] * 0.4, 1.8, left * 0.3) * far * ramp(0.55 + 0.5 * mid[:, 0])
    root = bell(hx / 11) * bell(hy / 22) * ramp(0.8 + 0.25 * mid[:, 1])
    marks = 0.13 * a.vein * tree + 0.12 * a.hilum * root + 0.010 * high[:, 0] * 1.2 + 0.012 * mid[:, 2]
    img = img + marks * aired * (1 - gas)

    # bones
    arc = y - a.yt + a.ribarc * (1 - ((ax - 62) / 70) ** 2)
    p = arc / a.rib + a.rib0
    p = (p - p.floor() - 0.5).abs() * a.rib  # millimetres from a rib's middle
    band = edge(a.rib * 0.20 - p, 2.5) * 0.65 + bell((p - a.rib * 0.19) / 1.4) * 0.45
    cage = (1 - 0.5 * heart) * edge(outer + 7 - ax, 4.0) * edge(ax - 12, 8.0) * edge(y - a.yt + 4, 6.0) * ramp((150 - y) / 60)
    img = img + a.ribk * band * cage * (1 - 0.7 * ramp((y - dome) / 20)) * (1 - 0.75 * wet)
    p = (y - a.yt - 0.75 * (a.W - ax)) / (a.rib * 1.12) + a.rib0 * 0.7 + 0.35
    p = (p - p.floor() - 0.5).abs() * a.rib * 1.12
    front = edge(a.rib * 0.24 - p, 3.0) * edge(outer + 5 - ax, 4.0) * ramp((ax - 55) / 35) * ramp((y - a.yt - 30) / 30) * ramp((dome + 10 - y) / 25)
    img = img + 0.5 * a.ribk * front * (1 - 0.8 * wet)
    c = y - a.clav + a.claw * (ax - 14) + 6 * torch.sin((ax - 14) / 26)
    bone = edge(5.2 - c.abs(), 2.0) * 0.7 + bell((c.abs() - 4.6) / 1.3) * 0.4
    img = img + a.clak * bone * edge(ax - 14, 4.0) * edge(150 - ax, 8.0)
    c = (y / 21 - (y / 21).floor() - 0.5).abs()
    img = img + a.spine * edge(17 - ax, 4.0) * (0.55 + 0.45 * ramp(c * 5 - 0.6))
    c = ((ax - 168) ** 2 + (y + 112) ** 2).sqrt()
    img = img + 0.07 * edge(19 - c, 8.0) + 0.05 * edge(12 - (ax - 178).abs(), 4.0) * edge(y + 110, 6.0)

    # findings
    cons = [patch(q, x, y) for q in slots_of("cxr", packed, "consolidation")]
    room = hull * (1 - fluid)
    fluff = (0.85 + 0.13 * mid[:, 1] + 0.08 * high[:, 1]).clamp(0.55, 1.0)
    for m, q in zip(cons, slots_of("cxr", packed, "consolidation")):
        img = img + m * q.alpha * fluff * room
    nods = [disc(q, x, y) for q in slots_of("cxr", packed, "nodule")]
    for m, q in zip(nods, slots_of("cxr", packed, "nodule")):
        img = img + m * q.alpha * (0.97 + 0.04 * mid[:, 0])
    img = img - dark * gas + line
    img = img + (wet_grey + 0.02 * low[:, 1] - img) * wet * 0.85

    # outside the body, beam limits, letter
    img = img * skin + (0.02 + a.dark) * (1 - skin)
    i, j = ((py - a.marky) / a.marks * 7).floor(), ((px - (a.markl * 2 - 1) * a.markx) / (a.marks * 0.8) * 5 + 2.5).floor()
    inside = (i >= 0) & (i < 7) & (j >= 0) & (j < 5)
    at = (a.markl * 35 + i.clamp(0, 6) * 5 + j.clamp(0, 4)).long()
    ink = FONT.to(img.device).flatten()[at] * inside * (a.mark > 0)
    img = img + (a.mark - img) * ink
    beam = edge(a.col0 - px, 2.0) * edge(a.col1 + px, 2.0) * edge(a.col2 - py, 2.0) * edge(a.col3 + py, 2.0)
    img = img * beam
    big = packed["cardiomegaly"][:, 0, 0, None, None] > 0
    masks = [fluid, gas, torch.stack(cons).amax(0) * hull, torch.stack(nods).amax(0), heart * big * edge(a.hcut - y)]
    return develop(a, img, noise), masks


# ---------------------------------------------------------------- chest CT


def ct(packed, noise):
    a = Row(ANATOMY["ct"], packed["anatomy"])
    px, py, x, y = grid("ct", a)
    low, mid, high = spread(noise)
    left, ax = x > 0, x.abs()

    # the lungs: same formulas as anatomy.ct_edges
    def oval(rx, ry):  # signed millimetres, roughly: above zero inside
        e = (((ax / rx) + 1e-4) ** a.p + ((y.abs() / ry) + 1e-4) ** a.p) ** (1 / a.p)
        return (1 - e) * torch.minimum(rx, ry)

    cage = oval(a.RX, a.RY)
    inner = a.m0 + a.sides(left, "hb") * bell((y - a.hy) / a.hs) + a.sb * bell((y - a.sy) / a.ss)
    hull = edge(cage) * edge(ax - inner)
    v = (ax / a.RX).clamp(0, 1)
    low_edge = a.RY * (1 - v**a.p).clamp(min=0) ** (1 / a.p)
    q = by_side("ct", packed, "effusion", left)
    fluid = hull * edge(y - low_edge + q["d"] * (1 - v * v).sqrt() - 4 * v**4, 2.5) * (q["alpha"] > 0)
    wet, wet_grey = fluid * q["alpha"], q["grey"]

    # chest wall: skin, fat, muscle, ribs, spine, breastbone
    rx, ry = a.RX + a.wall, a.RY + a.wally + 6
    skin = oval(rx + 2 * low[:, 0], ry)
    wall = edge(skin, 3.0)
    fat = edge(skin - 2) * edge(a.fat + 3 * low[:, 1] - skin, 3.0)
    img = (a.soft + 0.02 * mid[:, 0] - 0.22 * fat) * wall
    turn = torch.atan2(y / a.RY, x / a.RX)
    p = turn * a.ribn / 6.2832 + a.rib0
    p = (p - p.round()).abs() * 2  # 0 in a rib's middle, 1 between two
    shell = bell((cage + 6.5) / 3.6)
    rib = ramp((0.62 - p) * 6) * shell * ramp(1.4 - 2.2 * (-cage - 13).clamp(min=0))
    sc = ((x / 17) ** 2 + ((y - a.RY + 6) / 14) ** 2).sqrt()
    vertebra = edge((1 - sc) * 15, 2.0) * (0.6 + 0.4 * ramp((sc - 0.75) * 8))
    arch = edge(5 - (ax - 0.8 * (y - a.RY - 5)).abs(), 2.0) * edge(y - a.RY - 6) * edge(a.RY + 20 - y) + edge(4 - ax) * edge(y - a.RY - 16) * edge(a.RY + 30 - y)
    canal = edge(7 - (x * x + (y - a.RY - 12) ** 2).sqrt(), 2.0)
    chest = edge(15 - ax, 2.0) * edge(4.5 - (y + a.RY + 6).abs(), 2.0)
    bone = (rib + vertebra + arch * (1 - canal) + chest).clamp(0, 1)

    # the middle: fat between the vessels, heart, aorta, airways
    inside = edge(cage + 2) * (1 - hull)
    cx, cy = (a.hb_left - a.hb_right) * 0.5, a.hy + 2
    hr = (a.hb_left + a.hb_right) * 0.5
    pump = edge(1 - ((((x - cx) / (hr + 3)) ** 2 + ((y - cy) / (a.hs * 1.05)) ** 2) + 1e-6).sqrt(), 0.08)
    aorta = edge(a.aorta - ((x - 15) ** 2 + (y - a.sy + 22) ** 2).sqrt(), 2.0)
    gullet = edge(6.5 - ((x - 2) ** 2 + (y - a.sy + 30) ** 2).sqrt(), 2.0)
    img = img - inside * 0.16 * (1 - (pump + aorta + gullet).clamp(0, 1)) * (1 - bone) + 0.05 * (pump + aorta).clamp(0, 1) * inside
    img = img + (1.02 - img) * bone * (1 - hull) * 0.92 * wall
    tube = edge(6.5 - ((ax - 14) ** 2 + (y - a.hy - a.hs + 2) ** 2).sqrt(), 2.0) * a.bron
    img = img + (0.06 - img) * tube * inside

    # lung with vessels
    air = a.air + a.grad * (y / a.RY) + 0.012 * low[:, 1] + 0.012 * high[:, 0]
    hx, hy = ax - (a.m0 + a.sides(left, "hb") * 0.62 + 10), y - a.hy - 20
    rho = (hx * hx + hy * hy + 1).sqrt()
    wide = (2.3 - rho / 70).clamp(min=0.9)
    tree = branches(hx, hy, 11.0, mid[:, 0] * 0.32 + low[:, 0] * 0.35, wide, left * 0.5) * ramp(1.35 - rho / 62) * ramp(0.35 + 0.8 * mid[:, 2])
    tree = tree + 0.75 * branches(hx, hy, 23.0, mid[:, 1] * 0.5 + low[:, 1] * 0.4, wide * 0.6, left * 0.3) * ramp(rho / 25) * ramp(1.3 - rho / 85) * ramp(0.25 + 0.8 * mid[:, 0])
    dots = ramp((high[:, 1] - 2.3 + 0.5 * ramp(1 - rho / 70)) * 1.6) * edge(cage - 8, 6.0) * a.dots
    root = bell(hx / 10) * bell(hy / 15) * ramp(0.5 + 0.7 * mid[:, 1])
    vessels = ramp(0.55 * a.vein * tree + 0.62 * dots + 0.5 * root) * 0.92
    lung = air + (0.80 - air) * vessels

    # findings inside the lung
    ggo = [patch(q, x, y) for q in slots_of("ct", packed, "ground_glass")]
    for m, q in zip(ggo, slots_of("ct", packed, "ground_glass")):
        lung = lung + m * q.alpha * (0.94 + 0.10 * mid[:, 1] + 0.06 * high[:, 0]) * (1 - 0.5 * vessels)
    cons = [patch(q, x, y) for q in slots_of("ct", packed, "consolidation")]
    fluff = (0.92 + 0.12 * mid[:, 2] + 0.10 * high[:, 0]).clamp(0.6, 1.0)
    tubes = branches(hx, hy, 15.0, mid[:, 0] * 0.3 + low[:, 1] * 0.3, 1.5, left * 0.2)  # air left in the bronchi
    for m, q in zip(cons, slots_of("ct", packed, "consolidation")):
        lung = lung + (q.alpha + 0.04 - 0.22 * tubes - lung) * m * fluff * (q.alpha > 0)
    nods = [disc(q, x, y) for q in slots_of("ct", packed, "nodule")]
    for m, q in zip(nods, slots_of("ct", packed, "nodule")):
        lung = lung + (q.alpha - lung).clamp(min=0) * m
    lung = lung + (wet_grey + 0.01 * mid[:, 0] - lung) * wet
    img = img + (lung - img) * hull

    # couch
    c = y - a.RY - a.wally - 8 - a.tabley + 0.0016 * x * x
    img = img + 0.30 * bell(c / 1.6) * edge(150 - ax) * a.table * (1 - wall) + 0.12 * bell((c - 9) / 1.4) * edge(140 - ax) * a.table * (1 - wall)
    masks = [fluid, torch.stack(cons).amax(0) * hull, torch.stack(ggo).amax(0) * hull, torch.stack(nods).amax(0)]
    return develop(a, img, noise), masks


# ---------------------------------------------------------------- head


def head(packed, noise):
    a = Row(ANATOMY["head"], packed["anatomy"])
    px, py, x0, y = grid("head", a)
    low, mid, high = spread(noise)

    def oval(rx, ry, x):
        e = (((x.abs() / rx) + 1e-4) ** a.p + ((y.abs() / ry) + 1e-4) ** a.p) ** (1 / a.p)
        return (1 - e) * (rx * ry).sqrt()

    # the shift carries the inner structures aside: everything from here on is asked at x
    push = a.shift * bell(y / a.sy) * (1 - (x0 / a.RX) ** 2).clamp(0, 1) ** 2
    x = x0 - push
    ax = x.abs()
    brain = oval(a.RX, a.RY, x0)  # millimetres under the inner skull
    skull = oval(a.RX + a.skull, a.RY + a.skull, x0)
    skin = oval(a.RX + a.skull + a.scalp, a.RY + a.skull + a.scalp, x0)

    img = a.fat * edge(skin) * (1 - edge(skull, 1.5)) * (0.9 + 0.15 * mid[:, 0] * 0.4)
    img = img + 0.22 * bell((skull - a.skull * 0.5) / (a.skull * 0.22)) * edge(skull) * (1 - edge(brain))  # marrow
    inside = edge(brain, 1.5)
    # white matter, the grey ribbon that follows the folds, nuclei
    th = torch.atan2(y / a.RY, x / a.RX)
    p = th * a.gyri / 6.2832 + a.gyr0 + 0.30 * low[:, 0] + 0.10 * mid[:, 0] + 0.02 * brain * low[:, 1]
    fold = (p - p.round()).abs() * 2  # 0 in a furrow, 1 on a crown
    gap = fold / 2 * 6.2832 / a.gyri * (x * x + y * y + 1).sqrt()  # millimetres from the furrow
    deep = a.depth * (1 + 0.35 * low[:, 1]).clamp(0.4, 1.6)
    ribbon = a.ribbon + deep * ramp(1.1 - gap / 6.0) + 0.8 * mid[:, 1]
    les = [disc(q, x0, y) for q in slots_of("head", packed, "lesion")]
    calm = torch.stack([disc(q, x0, y, 5.0) for q in slots_of("head", packed, "lesion")]).amax(0)  # furrows give way to a lesion
    white = torch.maximum(edge(brain - a.csf - ribbon, 2.5), calm * edge(brain - a.csf - 2, 2.0))
    tissue = a.gm + (a.wm - a.gm) * white + 0.008 * mid[:, 2] + 0.010 * high[:, 0]
    for cx, cy, rx, ry in ((22.0, -8.0, 6.0, 13.0), (12.0, 8.0, 7.0, 10.0)):  # basal ganglia, thalamus
        cx = cx + a.vr - 4
        tissue = tissue + (a.basal + 0.10) * edge(1 - (((ax - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + 1e-6).sqrt(), 0.35)
    img = img + (tissue + a.bias * y / 80 - img) * inside
    # water: rim, furrows, cleft between the halves, ventricles
    rim = edge(a.csf * (1 + 0.25 * mid[:, 1]) - brain, 1.2) * inside
    crack = ramp(1.3 - gap / 1.3) * edge(deep + a.csf - brain, 3.0) * inside * (0.75 + 0.25 * ramp(low[:, 0] + 0.5)) * (1 - calm)
    ends = ramp((y.abs() - 38 - 0.9 * (a.vr - 4)) / 6)
    cleft = ramp(1.25 - ax / 1.5) * ends * inside
    falx = ramp(1.2 - ax / 0.7) * ends * inside
    # Sylvian fissures
    sy = ramp(1.2 - (y + 6 + 0.35 * (ax - 45) + 2.5 * low[:, 0]).abs() / 1.6) * edge(24 - brain, 4.0) * inside * (1 - calm)

    def thick(x0, y0, r0, x1, y1, r1):
        dx, dy = x1 - x0, y1 - y0
        t = (((ax - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
        return r0 + (r1 - r0) * t - ((ax - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2 + 1e-6).sqrt()

    r, s = a.vr, a.vr + a.vg  # same numbers as anatomy.horns
    mx, my = s + a.vo + 0.7 * r, 17 + 0.4 * r
    front = thick(s, -4.0, 0.85 * r, s + a.vf + 0.9 * r, -22 - 0.6 * r, 0.75 * r)
    horn = torch.maximum(front, torch.maximum(thick(s, -4.0, 0.85 * r, mx, my, 1.05 * r), thick(mx, my, 1.05 * r, mx + 1.0, my + 13 + r, 0.45 * r)))
    vent = edge(horn, 1.4)
    third = edge(1.2 + 0.12 * a.vr - ax, 1.2) * edge(7 - (y - 12).abs(), 3.0) * 0.85
    water = torch.maximum(torch.maximum(rim * 0.9, crack * 0.85), torch.maximum(torch.maximum(cleft * 0.8, sy * 0.8), torch.maximum(vent, third)))
    img = img + (a.water - img) * water
    img = img + (0.22 - img) * falx * 0.8

    for m, q in zip(les, slots_of("head", packed, "lesion")):
        img = img + (q.alpha + 0.02 * mid[:, 0] - img) * m * 0.97
    big = packed["ventricles"][:, 0, 0, None, None] > 0
    moved = packed["shift"][:, 0, 0, None, None] > 0
    return develop(a, img + 0.015, noise), [vent * moved, vent * big, torch.stack(les).amax(0)]


# ---------------------------------------------------------------- what train.py calls

PAINT = {"cxr": cxr, "ct": ct, "head": head}


def paint(kind, packed, noise):
    """Packed scenes and their noise come in; whole pictures and full-size masks go out. Nothing random inside: may be compiled."""
    picture, masks = PAINT[kind](packed, noise)
    return picture, pool(masks)


def render(kind, packed, generator=None):
    """Pictures uint8 [B, 256, 256] and masks [B, C, 32, 32] on the device that `packed` is on."""
    v = packed["anatomy"]
    with torch.no_grad(), torch.autocast(v.device.type, enabled=False):
        return paint(kind, packed, make_noise(len(v), v.device, generator))


def tensors(packed, device="cpu"):
    return {k: torch.from_numpy(v).to(device) for k, v in packed.items()}


def to_png(scene, seed=0):
    """One scene as an 8-bit grey picture."""
    from PIL import Image

    picture, _ = render(scene.kind, tensors(pack([scene])), torch.Generator().manual_seed(seed))
    return Image.fromarray(picture[0].numpy())


# ---------------------------------------------------------------- looking and checking


def caption(scene):
    short = lambda f: " ".join(str(v) for v in (f.kind, f.side[:1].upper(), f.zone, f"{f.size_mm}mm" if f.size_mm else "", f.severity) if v)
    return [short(f) for f in scene.findings] or ["normal"]


def sheet(path, kind, n, seed, boxes=False, only=None, columns=6):
    from PIL import Image, ImageDraw

    rng, scenes = random.Random(seed), []
    while len(scenes) < n:
        s = sample_scene(rng, kind or KINDS[len(scenes) % 3])
        if only is None or (only == "normal" and not s.findings) or any(f.kind == only for f in s.findings):
            scenes.append(s)
    out = Image.new("L", (columns * (N + 4), -(-n // columns) * (N + 40)))
    pen = ImageDraw.Draw(out)
    for i, s in enumerate(scenes):
        x, y = i % columns * (N + 4), i // columns * (N + 40)
        picture = to_png(s, seed + i)
        if boxes:
            mark = ImageDraw.Draw(picture)
            for f in s.findings:
                y0, x0, y1, x1 = (v * N / 1000 for v in f.box)
                mark.rectangle((x0, y0, x1, y1), outline=255)
        out.paste(picture, (x, y))
        for j, line in enumerate(caption(s)):
            pen.text((x + 2, y + N + j * 12), line, fill=255)
    out.save(path)


def check(n=300, seed=1):
    from collections import Counter

    torch.set_num_threads(1)
    rng = random.Random(seed)
    for kind in KINDS:
        start = time.perf_counter()
        scenes = [sample_scene(rng, kind) for _ in range(n * 10)]
        each = (time.perf_counter() - start) / len(scenes) * 1e3
        print(f"\n{kind}: sample_scene {each:.3f} ms")
        print("  findings in a picture", sorted(Counter(len(s.findings) for s in scenes).items()))
        table = Counter((f.kind, f.side, f.zone or f.severity) for s in scenes for f in s.findings)
        for name in FINDINGS[kind]:
            rows = {" ".join(k[1:]).strip(): v for k, v in sorted(table.items()) if k[0] == name}
            sizes = [f.size_mm for s in scenes for f in s.findings if f.kind == name and f.size_mm]
            spread_ = f" size deciles {np.percentile(sizes, [10, 50, 90]).tolist()}" if sizes else ""
            print(f"  {name}: {sum(rows.values())} {rows}{spread_}")
        print("  several:", {name: sorted(Counter(sum(f.kind == name for f in s.findings) for s in scenes).items()) for name in FINDINGS[kind]})
        alone = [s for s in scenes if s.findings][:n]
        gaps, spent = {}, 0.0
        for s in alone:
            for f, q in zip(s.findings, s.shapes):  # each finding by itself, so that a mask is its own
                one = Scene(kind, (f,), s.anatomy, (q,))
                start = time.perf_counter()
                with torch.no_grad():
                    _, masks = PAINT[kind](tensors(pack([one])), make_noise(1))
                spent += time.perf_counter() - start
                on = (masks[FINDINGS[kind].index(f.kind)][0] > 0.5).nonzero()
                if not len(on):
                    gaps.setdefault(f.kind, []).append((1000, 0.0, s, f))
                    continue
                (y0, x0), (y1, x1) = on.amin(0).tolist(), (on.amax(0) + 1).tolist()
                seen = [v * 1000 / N for v in (y0, x0, y1, x1)]
                worst = max(abs(u - v) for u, v in zip(seen, f.box))
                h, w = min(seen[2], f.box[2]) - max(seen[0], f.box[0]), min(seen[3], f.box[3]) - max(seen[1], f.box[1])
                both = max(h, 0) * max(w, 0)
                area = lambda b: (b[2] - b[0]) * (b[3] - b[1])
                gaps.setdefault(f.kind, []).append((worst, both / (area(seen) + area(f.box) - both), f.box, seen))
        print(f"  render alone on the CPU {spent / sum(map(len, gaps.values())) * 1e3:.0f} ms")
        for name, g in gaps.items():
            ious = sorted(v[1] for v in g)
            worst = min(g, key=lambda v: v[1])
            print(f"  box against mask, {name}: mean IoU {sum(ious) / len(ious):.3f}, 5% {ious[len(ious) // 20]:.3f}, least {ious[0]:.3f}, side off mean {np.mean([v[0] for v in g]):.1f} most {max(v[0] for v in g):.0f}; worst {worst[2:]}")
        pairs = [sample_pair(rng, kind) for _ in range(n * 3)]
        print("  changes:", dict(Counter(c.what for p in pairs for c in p[2])), "in a pair:", sorted(Counter(len(p[2]) for p in pairs).items()))


if __name__ == "__main__":
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--check", action="store_true", help="print balance, timings and how well boxes fit masks")
    args.add_argument("--sheet", metavar="OUT.png", help="write a contact sheet with the truth under each picture")
    args.add_argument("--kind", choices=KINDS)
    args.add_argument("--only", help="only pictures with this finding (or: normal)")
    args.add_argument("--boxes", action="store_true")
    args.add_argument("--n", type=int, default=24)
    args.add_argument("--seed", type=int, default=0)
    o = args.parse_args()
    if o.sheet:
        sheet(o.sheet, o.kind, o.n, o.seed, o.boxes, o.only)
    if o.check:
        check()
    if not (o.sheet or o.check):
        args.print_help(sys.stderr)
