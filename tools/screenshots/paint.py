"""Takes a terminal's cells and pictures, gives a PNG of its window: text, colours, and each picture at its true pixels.

Letters are JetBrains Mono's; Chinese is Noto Sans CJK's, a cell apart from it; what neither has is DejaVu Sans Mono's. Lines of
boxes and blocks are drawn, not set, as terminals do it, so that they meet.
"""

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# Debian: fonts-jetbrains-mono 2.242, fonts-noto-cjk 20220127, fonts-dejavu-core 2.37.
FONTS = Path("/usr/share/fonts")
LATIN = {
    (False, False): "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
    (True, False): "truetype/jetbrains-mono/JetBrainsMono-Bold.ttf",
    (False, True): "truetype/jetbrains-mono/JetBrainsMono-Italic.ttf",
    (True, True): "truetype/jetbrains-mono/JetBrainsMono-BoldItalic.ttf",
}
CJK = {False: "opentype/noto/NotoSansCJK-Regular.ttc", True: "opentype/noto/NotoSansCJK-Bold.ttc"}
# the faces of the collection: Japanese, Korean, Simplified Chinese, …
SIMPLIFIED = 2
REST = {False: "truetype/dejavu/DejaVuSansMono.ttf", True: "truetype/dejavu/DejaVuSansMono-Bold.ttf"}

# How much of a cell the letters of each font fill.
SIZES = {"latin": 0.76, "cjk": 0.86, "rest": 0.74}

# The 16 colours of a calm terminal; the first eight, and bright.
DARK = ["#2a2e3a", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
        "#5c6370", "#ff7b86", "#b5e890", "#ffd68a", "#82c4ff", "#de9cf0", "#7fdbe8", "#ffffff"]
LIGHT = ["#20242c", "#b3261e", "#2e7d32", "#8a6100", "#1f5fbf", "#8e24aa", "#00707f", "#8a8f99",
         "#5c6370", "#d0342b", "#388e3c", "#a57400", "#2f74d8", "#a437c2", "#008697", "#ffffff"]


def rgb(text):
    return tuple(int(text[at:at + 2], 16) for at in (1, 3, 5))


def indexed(number, palette):
    if number < 16:
        return rgb(palette[number])
    if number >= 232:
        return (8 + (number - 232) * 10,) * 3
    levels = (0, 95, 135, 175, 215, 255)
    number -= 16
    return levels[number // 36], levels[number // 6 % 6], levels[number % 6]


def mixed(a, b, share):
    return tuple(round(x * (1 - share) + y * share) for x, y in zip(a, b))


@cache
def font(kind, bold, italic, height):
    size = round(height * SIZES[kind])
    if kind == "latin":
        return ImageFont.truetype(FONTS / LATIN[bold, italic], size)
    if kind == "cjk":
        return ImageFont.truetype(FONTS / CJK[bold], size, index=SIMPLIFIED)
    return ImageFont.truetype(FONTS / REST[bold], size)


@cache
def has(kind, character):
    """Whether a font has a character: one that it has not looks as one that no font has."""
    face = font(kind, False, False, 40)
    return bytes(face.getmask(character)) != bytes(face.getmask("\U000ffffd"))


def face_of(character, wide, style, height):
    kinds = ["cjk"] if wide else ["latin", "rest", "cjk"]
    kind = next((it for it in kinds if has(it, character)), "rest")
    return font(kind, style.bold, style.italic and kind == "latin", height)


# Which of up, right, down, left a box character has: 1 light, 2 heavy, 3 double.
BOX = {"─": "0101", "│": "1010", "┌": "0110", "┐": "0011", "└": "1100", "┘": "1001", "├": "1110", "┤": "1011", "┬": "0111",
       "┴": "1101", "┼": "1111", "╭": "0110", "╮": "0011", "╯": "1001", "╰": "1100", "━": "0202", "┃": "2020", "┏": "0220",
       "┓": "0022", "┗": "2200", "┛": "2002", "═": "0303", "║": "3030", "╔": "0330", "╗": "0033", "╚": "3300", "╝": "3003",
       "╴": "0001", "╵": "1000", "╶": "0100", "╷": "0010", "┣": "2220", "┫": "2022", "┳": "0222", "┻": "2202", "╋": "2222"}
# Blocks: left, top, right, bottom in eighths.
BLOCK = {"▀": (0, 0, 8, 4), "▄": (0, 4, 8, 8), "█": (0, 0, 8, 8), "▌": (0, 0, 4, 8), "▐": (4, 0, 8, 8), "▔": (0, 0, 8, 1),
         "▕": (7, 0, 8, 8), "▖": (0, 4, 4, 8), "▗": (4, 4, 8, 8), "▘": (0, 0, 4, 4), "▝": (4, 0, 8, 4)}
BLOCK.update({chr(0x2580 + n): (0, 8 - n, 8, 8) for n in range(1, 8)})
BLOCK.update({chr(0x2590 - n): (0, 0, n, 8) for n in range(1, 8)})
SHADE = {"░": 0.25, "▒": 0.5, "▓": 0.75}


def drawn(draw, character, box, colour, behind):
    """Draws a line or a block; whether the character is one."""
    left, top, right, bottom = box
    if character in BLOCK:
        a, b, c, d = BLOCK[character]
        x, y = (right - left) / 8, (bottom - top) / 8
        draw.rectangle((left + round(a * x), top + round(b * y), left + round(c * x) - 1, top + round(d * y) - 1), fill=colour)
    elif character in SHADE:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=mixed(behind, colour, SHADE[character]))
    elif "\u2800" <= character <= "\u28ff":
        dots(draw, ord(character) - 0x2800, box, colour)
    elif character in BOX:
        lines(draw, BOX[character], box, colour)
    else:
        return False
    return True


def dots(draw, bits, box, colour):
    """Braille: the bits are the left column from above, the right one, then both lowest."""
    left, top, right, bottom = box
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    for nth, (column, row) in enumerate(places):
        if bits >> nth & 1:
            x, y = left + (right - left) * (2 * column + 1) / 4, top + (bottom - top) * (2 * row + 1) / 8
            draw.ellipse((x - 1.2, y - 1.2, x + 1.2, y + 1.2), fill=colour)


def lines(draw, arms, box, colour):
    left, top, right, bottom = box
    thin = max(1, (right - left) // 9)
    x, y = (left + right) // 2, (top + bottom) // 2
    for arm, kind in zip("urdl", map(int, arms)):
        if kind == 0:
            continue
        size = thin * 2 if kind == 2 else thin
        for shift in (-thin, thin) if kind == 3 else (0,):
            a, b = x - size // 2, y - size // 2
            draw.rectangle({
                "u": (a + shift, top, a + shift + size - 1, b + size - 1), "d": (a + shift, b, a + shift + size - 1, bottom - 1),
                "l": (left, b + shift, a + size - 1, b + shift + size - 1), "r": (a, b + shift, right - 1, b + shift + size - 1),
            }[arm], fill=colour)


def colours(style, terminal, palette):
    own = {"fg": terminal.foreground, "bg": terminal.background}

    def of(colour, name):
        if colour is None:
            return own[name]
        return indexed(colour, palette) if isinstance(colour, int) else colour
    fg, bg = of(style.fg, "fg"), of(style.bg, "bg")
    if style.reverse:
        fg, bg = bg, fg
    if style.dim:
        fg = mixed(fg, bg, 0.4)
    return fg, bg


def cell_colours(terminal, palette):
    for row, cells in enumerate(terminal.cells):
        for column, cell in enumerate(cells):
            yield row, column, cell, *colours(cell.style, terminal, palette)


def window(terminal, margin=12):
    """The window as an RGB image, with a margin of its background around."""
    width, height = terminal.cell
    palette = DARK if sum(terminal.background) < 384 else LIGHT
    image = Image.new("RGB", (terminal.columns * width, terminal.rows * height), terminal.background)
    draw = ImageDraw.Draw(image)
    for row, column, _, _, bg in cell_colours(terminal, palette):
        if bg != terminal.background:
            draw.rectangle((column * width, row * height, (column + 1) * width - 1, (row + 1) * height - 1), fill=bg)
    for place in terminal.placements.values():
        paste(image, terminal, place)
    for row, column, cell, fg, bg in cell_colours(terminal, palette):
        letter(draw, terminal, row, column, cell, fg, bg)
    if terminal.cursor_shown:
        x, y = terminal.column * width, terminal.row * height
        draw.rectangle((x, y, x + max(1, width // 6), y + height - 1), fill=terminal.foreground)
    framed = Image.new("RGB", (image.width + 2 * margin, image.height + 2 * margin), terminal.background)
    framed.paste(image, (margin, margin))
    return framed


def paste(image, terminal, place):
    width, height = terminal.cell
    x, y, w, h = place.source
    part = terminal.pictures[place.picture].crop((x, y, x + w, y + h))
    size = (place.columns * width or w, place.rows * height or h)
    if part.size != size:
        part = part.resize(size, Image.Resampling.LANCZOS)
    image.paste(part, (place.column * width, place.row * height))


def letter(draw, terminal, row, column, cell, fg, bg):
    width, height = terminal.cell
    left, top = column * width, row * height
    wide = column + 1 < terminal.columns and terminal.cells[row][column + 1].text == "" and cell.text != ""
    box = (left, top, left + width * (2 if wide else 1), top + height)
    if cell.style.underline:
        draw.rectangle((box[0], box[3] - 2, box[2] - 1, box[3] - 2), fill=fg)
    if cell.text in ("", " ") or drawn(draw, cell.text[0], box, fg, bg):
        return
    face = face_of(cell.text[0], wide, cell.style, height)
    baseline = top + round(height * 0.78)
    draw.text(((box[0] + box[2]) / 2, baseline), cell.text, font=face, fill=fg, anchor="ms")
    if cell.style.strike:
        draw.rectangle((box[0], top + height // 2, box[2] - 1, top + height // 2), fill=fg)
