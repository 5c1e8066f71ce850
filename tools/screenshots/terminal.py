"""Takes the bytes that a program writes, gives the cells and pictures of the terminal that got them, and what it answers.

A kitty of as little as the interface needs: cells with colours, wide characters, the graphics protocol with chunks and source
rectangles. Sequences it does not know are counted in `unknown`, since a screenshot that ignores one may lie.
"""

import base64
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from PIL import Image

SEQUENCE = re.compile(
    r"\x1b_(?P<apc>.*?)\x1b\\"
    r"|\x1b\](?P<osc>.*?)(?:\x07|\x1b\\)"
    r"|\x1bP(?P<dcs>.*?)\x1b\\"
    r"|\x1b\[(?P<csi>[\x20-\x3f]*)(?P<last>[\x40-\x7e])"
    r"|\x1b(?P<escape>[\x20-\x2f]*[\x30-\x4f\x51-\x5a\\\x60-\x7e])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])", re.S)


@dataclass(frozen=True)
class Style:
    """Colours are None (the terminal's own), a number below 256, or (r, g, b)."""
    fg: object = None
    bg: object = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


@dataclass
class Cell:
    """`text` is "" in the right half of a wide character."""
    text: str = " "
    style: Style = Style()


@dataclass
class Placement:
    picture: int
    row: int
    column: int
    rows: int
    columns: int
    source: tuple


def width(character):
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Terminal:
    def __init__(self, columns, rows, cell, background, foreground, has_pictures=True):
        self.columns, self.rows, self.cell = columns, rows, cell
        self.background, self.foreground, self.has_pictures = background, foreground, has_pictures
        self.cells = [[Cell() for _ in range(columns)] for _ in range(rows)]
        self.row = self.column = 0
        self.saved = (0, 0)
        self.style = Style()
        self.cursor_shown, self.keyboard = True, 0
        self.pictures, self.placements = {}, {}
        self.loading = None
        self.answers, self.unknown, self.complaints = [], Counter(), Counter()
        self.pending = ""
        self.updates = 0

    def feed(self, text):
        """Takes text; what is not whole yet waits. Gives the terminal's answers."""
        text = self.pending + text
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if not found:
                break
            # a run of text may go on, a sequence may not
            self.take(found)
            at = found.end()
        self.pending = text[at:]
        if len(self.pending) > 1 << 22:
            raise SystemExit(f"a sequence without an end: {self.pending[:80]!r}")
        answers, self.answers = self.answers, []
        return "".join(answers)

    def take(self, found):
        kind = found.lastgroup if found.lastgroup != "last" else "csi"
        if kind == "text":
            for character in found["text"]:
                self.draw(character)
        elif kind == "csi":
            self.csi(found["csi"], found["last"])
        elif kind == "apc":
            self.graphics(found["apc"])
        elif kind == "osc":
            self.osc(found["osc"])
        elif kind == "control":
            self.control(found["control"])
        elif kind == "dcs" and found["dcs"].startswith("tmux;"):
            self.feed(found["dcs"][5:].replace("\x1b\x1b", "\x1b"))
        elif kind == "escape" and found["escape"] in ("7", "8"):
            if found["escape"] == "7":
                self.saved = (self.row, self.column)
            else:
                self.row, self.column = self.saved
        elif kind != "escape" or found["escape"] not in ("\\", "(B", "=", ">"):
            self.unknown[found[0][:40]] += 1

    def control(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character == "\b":
            self.column = max(self.column - 1, 0)

    def draw(self, character):
        size = width(character)
        if size == 0:
            before = self.cells[self.row][max(self.column - 1, 0)]
            before.text += character
            return
        if self.column + size > self.columns:
            self.column, self.row = 0, min(self.row + 1, self.rows - 1)
        for nth in range(size):
            self.cells[self.row][self.column + nth] = Cell("" if nth else character, self.style)
        self.column += size

    def osc(self, text):
        if text == "11;?":
            self.answers.append("\x1b]11;rgb:%02x%02x/%02x%02x/%02x%02x\x1b\\" % tuple(
                it for value in self.background for it in (value, value)))
        elif text.split(";")[0] not in ("0", "2", "8", "10", "52", "112"):
            self.unknown["OSC " + text[:40]] += 1

    def csi(self, inner, last):
        if inner[:1] in tuple("?><=") or inner.endswith(("$", " ", "!")):
            return self.private(inner, last)
        numbers = [int(it) if it.isdigit() else 0 for it in re.split("[;:]", inner)]
        n = max(numbers[0], 1)
        if last == "m":
            self.sgr(inner)
        elif last in "Hf":
            self.row = min(n, self.rows) - 1
            self.column = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
        elif last in "ABCDGd":
            moves = {"A": (-n, 0), "B": (n, 0), "C": (0, n), "D": (0, -n),
                     "G": (0, n - 1 - self.column), "d": (n - 1 - self.row, 0)}
            down, right = moves[last]
            self.row = min(max(self.row + down, 0), self.rows - 1)
            self.column = min(max(self.column + right, 0), self.columns - 1)
        elif last in "JK":
            self.erase(last, numbers[0])
        elif last == "X":
            self.blank(self.row, self.column, self.column + n)
        elif (inner, last) in QUESTIONS:
            self.answers.append(QUESTIONS[inner, last](self))
        elif last not in "trhlsu":
            self.unknown[f"CSI {inner}{last}"] += 1

    def private(self, inner, last):
        if last in "hl":
            for mode in inner[1:].split(";"):
                if mode == "25":
                    self.cursor_shown = last == "h"
                elif mode in ("1049", "47"):
                    self.erase("J", 2)
                elif mode == "2026" and last == "l":
                    self.updates += 1
        elif last == "u" and inner[0] in "><":
            self.keyboard += 1 if inner[0] == ">" else -1
        elif (inner, last) in QUESTIONS:
            if self.has_pictures or inner.startswith(">"):
                self.answers.append(QUESTIONS[inner, last](self))
        elif (inner[-1], last) not in ((" ", "q"), ("!", "p")):
            self.unknown[f"CSI {inner}{last}"] += 1

    def blank(self, row, begin, end):
        for column in range(begin, min(end, self.columns)):
            self.cells[row][column] = Cell(" ", Style(bg=self.style.bg))

    def erase(self, what, how):
        rows = range(self.rows)
        if what == "J":
            if how >= 2:
                self.placements.clear()
            below, above = range(self.row + 1, self.rows), range(self.row)
            for row in below if how == 0 else above if how == 1 else rows:
                self.blank(row, 0, self.columns)
        if what == "K" or how < 2:
            begin, end = [(self.column, self.columns), (0, self.column + 1), (0, self.columns)][min(how, 2)]
            self.blank(self.row, begin, end)

    def sgr(self, inner):
        codes = [int(it) if it.isdigit() else 0 for it in re.split("[;:]", inner)] or [0]
        names = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.style = Style()
            elif code in names:
                self.style = replace(self.style, **{names[code]: True})
            elif code == 22:
                self.style = replace(self.style, bold=False, dim=False)
            elif code - 20 in names:
                self.style = replace(self.style, **{names[code - 20]: False})
            elif code in (38, 48):
                colour, codes = self.colour(codes)
                self.style = replace(self.style, **{"fg" if code == 38 else "bg": colour})
            elif code in (39, 49):
                self.style = replace(self.style, **{"fg" if code == 39 else "bg": None})
            elif 30 <= code < 38 or 90 <= code < 98:
                self.style = replace(self.style, fg=code - 30 if code < 38 else code - 82)
            elif 40 <= code < 48 or 100 <= code < 108:
                self.style = replace(self.style, bg=code - 40 if code < 48 else code - 92)
            elif code == 58:
                _, codes = self.colour(codes)
            elif code != 59:
                self.unknown[f"SGR {code}"] += 1

    @staticmethod
    def colour(codes):
        if codes[:1] == [5]:
            return codes[1], codes[2:]
        return tuple(codes[1:4]), codes[4:]

    def graphics(self, text):
        if not text.startswith("G") or not self.has_pictures:
            return
        control, _, data = text[1:].partition(";")
        keys = dict(it.split("=", 1) for it in control.split(",") if "=" in it)
        if self.loading and "a" not in keys:
            keys, data = {**self.loading[0], "m": keys.get("m", "0")}, self.loading[1] + data
        action, number = keys.get("a", "t"), int(keys.get("i", 0))
        if action in "tTq" and keys.get("m") == "1":
            self.loading = (keys, data)
            return
        self.loading = None
        if action == "q":
            self.answers.append(f"\x1b_Gi={number};OK\x1b\\")
        elif action in "tT" and "f" in keys:
            self.pictures[number] = self.decoded(keys, base64.b64decode(data))
            self.placements = {key: it for key, it in self.placements.items() if key[0] != number}
        if action in "pT":
            self.place(keys, number)
        if action == "d":
            self.delete(keys, number)

    @staticmethod
    def decoded(keys, data):
        if keys["f"] == "100":
            return Image.open(io.BytesIO(data)).convert("RGB")
        mode = {"24": "RGB", "32": "RGBA"}[keys["f"]]
        return Image.frombytes(mode, (int(keys["s"]), int(keys["v"])), data).convert("RGB")

    def place(self, keys, number):
        n = lambda key: int(keys.get(key, 0))
        if number not in self.pictures:
            # kitty says so, and the program may send it again; a good one need not
            self.complaints[f"placed without a picture: {number}"] += 1
            if keys.get("q") != "2":
                self.answers.append(f"\x1b_Gi={number};ENOENT:no such picture\x1b\\")
            return
        picture = self.pictures[number]
        source = (n("x"), n("y"), n("w") or picture.width - n("x"), n("h") or picture.height - n("y"))
        at = Placement(number, self.row, self.column, n("r"), n("c"), source)
        self.placements[number, n("p")] = at

    def delete(self, keys, number):
        if keys.get("d", "a") in "iI":
            self.placements = {key: it for key, it in self.placements.items() if key[0] != number}
        elif keys.get("d", "a") in "aA":
            self.placements.clear()
        if keys.get("d") == "I":
            self.pictures.pop(number, None)

    def text(self):
        """The screen as lines."""
        return "\n".join("".join(cell.text for cell in row).rstrip() for row in self.cells)


QUESTIONS = {
    ("", "c"): lambda it: "\x1b[?62;c",
    ("0", "c"): lambda it: "\x1b[?62;c",
    ("5", "n"): lambda it: "\x1b[0n",
    ("6", "n"): lambda it: f"\x1b[{it.row + 1};{it.column + 1}R",
    ("14", "t"): lambda it: f"\x1b[4;{it.rows * it.cell[1]};{it.columns * it.cell[0]}t",
    ("16", "t"): lambda it: f"\x1b[6;{it.cell[1]};{it.cell[0]}t",
    (">0", "q"): lambda it: f"\x1bP>|{'kitty(0.42.1)' if it.has_pictures else 'VTE(7600)'}\x1b\\",
    (">", "q"): lambda it: f"\x1bP>|{'kitty(0.42.1)' if it.has_pictures else 'VTE(7600)'}\x1b\\",
    (">", "c"): lambda it: "\x1b[>1;4000;42c",
    ("?2026$", "p"): lambda it: "\x1b[?2026;2$y",
    ("?", "u"): lambda it: "\x1b[?0u",
}
