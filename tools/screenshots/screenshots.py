"""Takes medlab's binary, runs it in a terminal that is played, writes docs/screenshots/*.png: what a person sees, one a view.

    apt-get install fonts-jetbrains-mono fonts-noto-cjk fonts-dejavu-core
    python -m venv v && v/bin/pip install -r tools/screenshots/requirements.txt
    cargo build --release
    v/bin/python tools/screenshots/screenshots.py                       # all scenes
    v/bin/python tools/screenshots/screenshots.py main chinese --to DIR --program target/debug/medlab

Every scene is a real run: a pseudo-terminal of its size, keys, words that are waited for, and then the cells and pictures that are
there, painted by `paint.py`. Nothing is drawn that the program did not write; a sequence that `terminal.py` does not know ends it.
A scene has a home of its own with the recorded sessions of the repository in it. PNGs have a palette, and less than 250 kB.
"""

import argparse
import codecs
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

sys.dont_write_bytecode = True  # tools/ stays as it is in the repository
from paint import window  # noqa: E402
from terminal import Terminal  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CELL = (10, 21)
MOST = 250_000
PATIENCE = 60
DARK = ((0x14, 0x18, 0x22), (0xd8, 0xde, 0xe9))
LIGHT = ((0xfb, 0xfc, 0xfe), (0x20, 0x24, 0x2c))

# Words that are there from the first paint on, while the model is on its way, and when an answer is complete; by language.
ALWAYS = ("research only", "仅供研究")
LOADING = ("loading", "加载")
DONE = {"en": "tok/s", "zh": "词元/秒"}


@dataclass
class Scene:
    """`steps` are "ready", "wait WORDS", "keys NAME NAME", "type TEXT", "settle", "drag BUTTON X Y X Y" (in cells from 0), "sleep S"."""
    name: str
    arguments: list
    steps: list
    size: tuple = (140, 42)
    colours: tuple = DARK
    has_pictures: bool = True
    environment: dict = field(default_factory=dict)


def asked(question, lang="en"):
    return ["ready", f"type {question}", "keys enter", f"wait {DONE[lang]}", "settle"]


FILM = "sample:cxr-effusion"
ASKED = asked("Is there a pleural effusion?")
SCENES = [
    Scene("main", [FILM], ASKED),
    Scene("seen", [FILM], ["ready", "keys alt-1 m", "settle"]),
    Scene("side-by-side", ["sample:cxr-prior", "sample:cxr-current"], ["ready", "keys alt-v", "settle"]),
    Scene("palette", [FILM], ["ready", "keys ctrl-p", "type win", "settle"]),
    Scene("sessions", [FILM], ["ready", "keys alt-s", "settle"]),
    Scene("replay", [FILM], ["ready", "type /replay first-look", "keys enter", "sleep 2", "settle"]),
    Scene("experiment", [FILM], 
          ["ready", "type /compare Is there a nodule? | Any nodule? | Describe the picture.", "keys enter", "sleep 4", "settle"]),
    Scene("chinese", ["--lang", "zh", "sample:cxr-consolidation"], asked("描述这张图片。", "zh")),
    Scene("light", [FILM], ASKED, colours=LIGHT),
    Scene("small", [FILM], ASKED, size=(80, 24)),
    Scene("half-blocks", [FILM], ASKED, has_pictures=False),
    Scene("no-colour", [FILM], ASKED, has_pictures=False, environment={"NO_COLOR": "1"}),
]

NAMED = {"enter": "\r", "tab": "\t", "backspace": "\x7f", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
         "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "f1": "\x1bOP", "space": " "}
BUTTONS = {"left": 0, "middle": 1, "right": 2}


class Run:
    """A program in a pseudo-terminal."""

    def __init__(self, program, scene, home):
        self.terminal = Terminal(*scene.size, CELL, *scene.colours, scene.has_pictures)
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.has_ended = False
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color",
                       "COLORTERM": "truecolor", **scene.environment}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # the size must be there before the program looks
            columns, rows = scene.size
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(home)
            os.execve(program, [str(program), *scene.arguments], environment)

    def step(self, wait):
        """Takes what comes within so many seconds; whether something came."""
        if not select.select([self.fd], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has ended
            data = b""
        if not data:
            self.has_ended = True
            return False
        self.write(self.terminal.feed(self.decoder.decode(data)))
        return True

    def write(self, text):
        data = text.encode()
        while data:
            data = data[os.write(self.fd, data):]

    def settle(self, quiet=0.5):
        until = time.monotonic() + PATIENCE
        while self.step(quiet) and time.monotonic() < until:
            pass

    def until(self, what, is_so):
        until = time.monotonic() + PATIENCE
        while not is_so(self.terminal.text()):
            self.step(0.05)
            if self.has_ended or time.monotonic() > until:
                raise SystemExit(f"no {what} on the screen:\n{self.terminal.text()}")

    def wait(self, words):
        self.until(repr(words), lambda text: words in text)

    def ready(self):
        """The model may not have begun to load when the first letters are there: it is looked twice."""
        for _ in range(2):
            self.until("sign that the model is ready", lambda text: any(it in text for it in ALWAYS)
                       and not any(it in text for it in LOADING))
            self.settle()

    def key(self, name):
        modifier = {"ctrl-": 5, "alt-": 3, "shift-": 2}
        for prefix, number in modifier.items():
            if name.startswith(prefix) and len(name) > len(prefix):
                rest = name[len(prefix):]
                if self.terminal.keyboard:
                    code = ord(NAMED[rest]) if rest in NAMED else ord(rest)
                    return f"\x1b[{code};{number}u"
                return chr(ord(rest) & 31) if number == 5 else "\x1b" + rest
        if name == "esc":
            return "\x1b[27u" if self.terminal.keyboard else "\x1b"
        if name not in NAMED and len(name) != 1:
            raise SystemExit(f"no key is called {name!r}")
        return NAMED.get(name, name)

    def drag(self, button, *numbers):
        x, y, to_x, to_y = map(int, numbers)
        code, steps = BUTTONS[button], max(abs(to_x - x), abs(to_y - y), 1)
        self.write(f"\x1b[<{code};{x + 1};{y + 1}M")
        for nth in range(1, steps + 1):
            at = (x + (to_x - x) * nth // steps + 1, y + (to_y - y) * nth // steps + 1)
            self.write(f"\x1b[<{code + 32};{at[0]};{at[1]}M")
        self.write(f"\x1b[<{code};{to_x + 1};{to_y + 1}m")

    def do(self, step):
        what, _, rest = step.partition(" ")
        if what == "wait":
            self.wait(rest)
        elif what == "ready":
            self.ready()
        elif what == "settle":
            self.settle()
        elif what == "sleep":
            until = time.monotonic() + float(rest)
            while time.monotonic() < until and not self.has_ended:
                self.step(0.05)
        elif what == "type":
            self.write(rest)
            self.settle(0.2)
        elif what == "keys":
            for name in rest.split(" "):
                self.write(self.key(name))
                self.settle(0.2)
        elif what == "drag":
            self.drag(*rest.split(" "))
            self.settle(0.2)
        else:
            raise SystemExit(f"no step is called {what!r}")

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        until = time.monotonic() + 5
        # what it writes at the end must be read, or it waits for somebody who does
        while not os.waitpid(self.pid, os.WNOHANG)[0]:
            self.step(0.05)
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)


def save(image, path):
    """With a palette: the colours of the text, which are few, and as many greys as fit into the size; gives greys and size."""
    coloured = [it for it in image.get_flattened_data() if max(it) - min(it) > 12] or [(0, 0, 0)]
    strip = Image.new("RGB", (len(coloured), 1))
    strip.putdata(coloured)
    colours = strip.quantize(96, dither=0).getpalette()[:3 * 96]
    for n in (160, 128, 96, 64, 48, 32, 16):
        palette = Image.new("P", (1, 1))
        greys = [level for nth in range(n) for level in [round(255 * nth / (n - 1))] * 3]
        palette.putpalette(colours + greys)
        image.quantize(palette=palette, dither=0).save(path, optimize=True)
        if path.stat().st_size < MOST:
            return n, path.stat().st_size
    raise SystemExit(f"{path} has {path.stat().st_size} bytes with 16 greys")


def shoot(program, scene, to):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        kept = home / ".local/share/medlab/sessions"
        kept.mkdir(parents=True)
        for path in sorted((ROOT / "sessions").glob("*.jsonl")):
            shutil.copy2(path, kept)
        run = Run(program, scene, home)
        try:
            for step in scene.steps:
                run.do(step)
            if run.has_ended:
                raise SystemExit(f"{scene.name}: it has ended:\n{run.terminal.text()}")
            image = window(run.terminal)
            text, unknown, complaints = run.terminal.text(), run.terminal.unknown, run.terminal.complaints
        finally:
            run.end()
    if unknown:
        raise SystemExit(f"{scene.name}: sequences that are not known: {dict(unknown)}")
    for what in complaints:
        print(f"{scene.name}: {what}", file=sys.stderr)
    greys, size = save(image, to / f"{scene.name}.png")
    print(f"{scene.name}: {image.width} × {image.height}, {greys} greys, {size / 1000:.0f} kB")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scenes", nargs="*", help="names of scenes; all without")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/medlab")
    parser.add_argument("--to", type=Path, default=ROOT / "docs/screenshots")
    parser.add_argument("--text", action="store_true", help="also prints each screen as text")
    arguments = parser.parse_args()
    wrong = set(arguments.scenes) - {it.name for it in SCENES}
    if wrong:
        parser.error(f"no such scenes: {', '.join(sorted(wrong))}")
    arguments.to.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        if not arguments.scenes or scene.name in arguments.scenes:
            text = shoot(arguments.program.resolve(), scene, arguments.to)
            if arguments.text:
                print(text)


if __name__ == "__main__":
    main()
