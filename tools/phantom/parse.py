"""An answer's text comes in; the findings, changes, boxes or yes and no that it states go out."""

import json
import re

import phrases_en as en
import phrases_zh as zh
from answers import SIDES
from scene import ZONES, Finding

_KIND_EN = {v: k for k, v in en.NAME.items()}
_KIND_ZH = {v: k for k, v in zh.NAME.items()}
_ZONE_ZH = {v: k for k, v in zh.ZONE.items()}
_SEV_ZH = {v: k for k, v in zh.SEVERITY.items()}
_SIDE_ZH = {"左": "left", "右": "right"}
_EN = (
    (re.compile(r"(small|moderate|large) (left|right) (pleural effusion|pneumothorax)"), lambda m: (_KIND_EN[m[3]], m[2], "", 0, m[1])),
    (re.compile(r"(consolidation|ground-glass opacity) in the (left|right) (\w+) zone"), lambda m: (_KIND_EN[m[1]], m[2], m[3], 0, "")),
    (re.compile(r"(\d+) mm (nodule|bright lesion) in the (left|right) (\w+) (?:zone|lobe)"), lambda m: (_KIND_EN[m[2]], m[3], m[4], int(m[1]), "")),
    (re.compile(r"heart is (mild|marked)ly enlarged|(mild|marked)ly enlarged heart"), lambda m: ("cardiomegaly", "", "", 0, m[1] or m[2])),
    (re.compile(r"ventricles are (mild|marked)ly enlarged|(mild|marked)ly enlarged ventricles"), lambda m: ("ventricles", "", "", 0, m[1] or m[2])),
    (re.compile(r"(\d+) mm midline shift to the (left|right)"), lambda m: ("shift", m[2], "", int(m[1]), "")),
)
_ZH = (
    (re.compile("(左|右)侧(少量|中量|大量)(胸腔积液|气胸)"), lambda m: (_KIND_ZH[m[3]], _SIDE_ZH[m[1]], "", 0, _SEV_ZH[m[2]])),
    (re.compile("(左|右)肺(上野|中野|下野|前部|中部|后部)(实变|磨玻璃影)"), lambda m: (_KIND_ZH[m[3]], _SIDE_ZH[m[1]], _ZONE_ZH[m[2]], 0, "")),
    (re.compile(r"(左|右)(?:肺|侧)(上野|中野|下野|前部|中部|后部|额叶|颞叶|顶叶|枕叶)(\d+)毫米(结节|高信号病灶)"), lambda m: (_KIND_ZH[m[4]], _SIDE_ZH[m[1]], _ZONE_ZH[m[2]], int(m[3]), "")),
    (re.compile("心影(轻度|明显)增大"), lambda m: ("cardiomegaly", "", "", 0, _SEV_ZH[m[1]])),
    (re.compile("脑室(轻度|明显)扩大"), lambda m: ("ventricles", "", "", 0, _SEV_ZH[m[1]])),
    (re.compile(r"中线向(左|右)移位(\d+)毫米"), lambda m: ("shift", _SIDE_ZH[m[1]], "", int(m[2]), "")),
)


def parse_report(text, lang):
    """The findings that an answer of ours names, in its order. A shift's degree is not said in a report, so it stays empty."""
    text = re.split(r"Impression:|印象：", text)[0]
    if lang == "en":
        text = text.lower()
    hits = [(m.start(), make(m)) for pattern, make in (_EN if lang == "en" else _ZH) for m in pattern.finditer(text)]
    return [Finding(k, s, z, mm, sev) for _, (k, s, z, mm, sev) in sorted(hits, key=lambda h: h[0])]


_CHANGE_EN = (("new", re.compile(r"there is (?:a )?new|now (?:mild|marked)ly")), ("gone", re.compile("has resolved|no longer")), ("larger", re.compile(r"(?:is|are) larger")),
              ("smaller", re.compile(r"(?:is|are) smaller")), ("stable", re.compile(r"(?:is|are) unchanged")))
_CHANGE_ZH = (("new", re.compile("^新出现")), ("gone", re.compile("已消失")), ("larger", re.compile("较前(?:增大|加重)")), ("smaller", re.compile("较前(?:缩小|减轻)")), ("stable", re.compile("无变化")))
_NAME_EN = [(v, k) for k, v in en.NAME.items()] + [("heart", "cardiomegaly"), ("ventricles", "ventricles")]
_NAME_ZH = [(v, k) for k, v in zh.NAME.items()] + [("心影", "cardiomegaly"), ("脑室", "ventricles"), ("中线", "shift")]


def parse_changes(text, lang):
    """(what, kind, side, zone) for each change sentence."""
    out = []
    for s in re.split(r"[.。]\s*", text):
        s = s.lower() if lang == "en" else s
        what = next((w for w, p in (_CHANGE_EN if lang == "en" else _CHANGE_ZH) if p.search(s)), None)
        if what is None:
            continue
        kind = next((k for n, k in (_NAME_EN if lang == "en" else _NAME_ZH) if n in s), "")
        if lang == "en":
            side = next((x for x in SIDES if re.search(rf"\b{x}\b", s)), "")
            zone = next((z for zs in ZONES.values() for z in zs if re.search(rf"\b{z} (?:zone|lobe)", s)), "")
        else:
            m = re.search("(左|右)(?:侧|肺|移)", s)
            side = _SIDE_ZH[m[1]] if m else ""
            zone = next((z for w, z in _ZONE_ZH.items() if w in s), "")
        out.append((what, kind, side, zone))
    return out


def parse_boxes(text):
    """[(box, label)] of a box answer; None when it does not parse."""
    m = re.search(r"```json\s*(.*)```", text, re.S) or re.search(r"(\[.*\])", text, re.S)
    try:
        return [(tuple(int(v) for v in row["box_2d"]), row["label"]) for row in json.loads(m[1])]
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def parse_yes(text):
    """True for yes, False for no, None when the answer says neither."""
    t = text.strip().lower()
    if t.startswith(("yes", "there is", "there are", "有", "是", "可见")):
        return True
    if t.startswith(("no", "没有", "未见", "否", "不")) or re.match("(左|右)[侧肺].{0,3}未见", t):
        return False
    return None
