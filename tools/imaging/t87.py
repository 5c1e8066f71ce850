"""A JPEG-LS encoder, written down from ITU-T T.87 Annex A word by word: slow and plain.

What goes in: planes of numbers, [component][y][x]. What comes out: a stream, and the planes as a decoder will have them.
It can do what CharLS and libjpeg cannot: mapping tables, RESET above 255, MAXVAL below the precision's.
Where one of them can do the same, jpegls_golden.py compares.
"""

import struct

J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15]


def clamp(i, j, maxval):
    return j if i > maxval or i < j else i


def defaults(maxval, near):
    """T1, T2, T3 (C.2.4.1.1.1)."""
    if maxval >= 128:
        factor = (min(maxval, 4095) + 128) // 256
        t1 = clamp(factor * (3 - 2) + 2 + 3 * near, near + 1, maxval)
        t2 = clamp(factor * (7 - 3) + 3 + 5 * near, t1, maxval)
        return t1, t2, clamp(factor * (21 - 4) + 4 + 7 * near, t2, maxval)
    factor = 256 // (maxval + 1)
    t1 = clamp(max(2, 3 // factor + 3 * near), near + 1, maxval)
    t2 = clamp(max(3, 7 // factor + 5 * near), t1, maxval)
    return t1, t2, clamp(max(4, 21 // factor + 7 * near), t2, maxval)


class Bits:
    def __init__(self):
        self.out, self.held, self.byte = bytearray(), 0, 0

    def put(self, value, count):
        for i in reversed(range(count)):
            self.byte = self.byte << 1 | (value >> i & 1)
            self.held += 1
            if self.held == 8:
                self.out.append(self.byte)
                # A stuffed zero bit follows 0xff (A.1).
                self.held, self.byte = (1, 0) if self.byte == 255 else (0, 0)

    def done(self):
        while self.held:
            self.put(0, 1)
        return bytes(self.out)


class Scan:
    def __init__(self, precision, near=0, maxval=0, thresholds=(0, 0, 0), reset=0):
        self.near, self.maxval = near, maxval or (1 << precision) - 1
        self.t = [given or default for given, default in zip(thresholds, defaults(self.maxval, near))]
        self.reset = reset or 64
        self.range = (self.maxval + 2 * near) // (2 * near + 1) + 1
        self.qbpp = (self.range - 1).bit_length()
        bpp = max(2, self.maxval.bit_length())
        self.limit = 2 * (bpp + max(8, bpp))
        self.restart()

    def restart(self):
        self.bits = Bits()
        self.a, self.n = [max(2, (self.range + 32) // 64)] * 367, [1] * 367
        self.b, self.c, self.nn = [0] * 365, [0] * 365, [0, 0]

    def gradient(self, d):
        size, (t1, t2, t3) = abs(d), self.t
        q = 0 if size <= self.near else 1 if size < t1 else 2 if size < t2 else 3 if size < t3 else 4
        return -q if d < 0 else q

    def quantise(self, e):
        step = 2 * self.near + 1
        return (e + self.near) // step if e > 0 else -((self.near - e) // step)

    def reduce(self, e):
        if e < 0:
            e += self.range
        return e - self.range if e >= (self.range + 1) // 2 else e

    def rebuilt(self, predicted, e):
        return min(max(predicted + e * (2 * self.near + 1), 0), self.maxval)

    def golomb(self, mapped, k, limit):
        if mapped >> k < limit - self.qbpp - 1:
            self.bits.put(1, (mapped >> k) + 1)
            self.bits.put(mapped, k)
        else:
            self.bits.put(1, limit - self.qbpp)
            self.bits.put(mapped - 1, self.qbpp)

    def regular(self, gradients, x, a, b, c):
        q1, q2, q3 = gradients
        q = (q1 * 9 + q2) * 9 + q3
        sign, q = (-1, -q) if q < 0 else (1, q)
        predicted = min(a, b) if c >= max(a, b) else max(a, b) if c <= min(a, b) else a + b - c
        predicted = min(max(predicted + sign * self.c[q], 0), self.maxval)
        e = self.quantise(sign * (x - predicted))
        rebuilt = self.rebuilt(predicted, sign * e)
        e = self.reduce(e)
        k = 0
        while self.n[q] << k < self.a[q]:
            k += 1
        if self.near == 0 and k == 0 and 2 * self.b[q] <= -self.n[q]:
            mapped = 2 * e + 1 if e >= 0 else -2 * (e + 1)
        else:
            mapped = 2 * e if e >= 0 else -2 * e - 1
        self.golomb(mapped, k, self.limit)
        self.b[q] += e * (2 * self.near + 1)
        self.a[q] += abs(e)
        if self.n[q] == self.reset:
            self.a[q], self.b[q], self.n[q] = self.a[q] >> 1, self.b[q] >> 1, self.n[q] >> 1
        self.n[q] += 1
        if self.b[q] <= -self.n[q]:
            self.b[q] = max(self.b[q] + self.n[q], 1 - self.n[q])
            self.c[q] = max(self.c[q] - 1, -128)
        elif self.b[q] > 0:
            self.b[q] = min(self.b[q] - self.n[q], 0)
            self.c[q] = min(self.c[q] + 1, 127)
        return rebuilt

    def run_length(self, length, at_end, index):
        while length >= 1 << J[index]:
            self.bits.put(1, 1)
            length -= 1 << J[index]
            index = min(31, index + 1)
        if not at_end:
            self.bits.put(0, 1)
            self.bits.put(length, J[index])
        elif length:
            self.bits.put(1, 1)
        return index

    def ending(self, x, a, b, index, is_single):
        kind = 1 if is_single and abs(a - b) <= self.near else 0
        predicted = a if kind else b
        sign = -1 if not kind and a > b else 1
        e = self.quantise(sign * (x - predicted))
        rebuilt = self.rebuilt(predicted, sign * e)
        e = self.reduce(e)
        q = 365 + kind
        k = 0
        while self.n[q] << k < self.a[q] + (self.n[q] >> 1 if kind else 0):
            k += 1
        more_negative = 2 * self.nn[kind] >= self.n[q]
        odd = (k == 0 and e > 0 and not more_negative) or (e < 0 and more_negative) or (e < 0 and k != 0)
        mapped = 2 * abs(e) - kind - odd
        self.golomb(mapped, k, self.limit - J[index] - 1)
        self.nn[kind] += e < 0
        self.a[q] += (mapped + 1 - kind) >> 1
        if self.n[q] == self.reset:
            self.a[q], self.n[q], self.nn[kind] = self.a[q] >> 1, self.n[q] >> 1, self.nn[kind] >> 1
        self.n[q] += 1
        return rebuilt

    def line(self, pixels, above, corner, index):
        """A line of pixels (tuples) -> the line as decoded, and the run index. corner: left of the line above."""
        width, n, done = len(pixels), len(pixels[0]), []
        while len(done) < width:
            x = len(done)
            a, b = done[-1] if done else above[0], above[x]
            c, d = above[x - 1] if x else corner, above[min(x + 1, width - 1)]
            gradients = [[self.gradient(d[i] - b[i]), self.gradient(b[i] - c[i]), self.gradient(c[i] - a[i])]
                         for i in range(n)]
            if any(any(g) for g in gradients):
                done.append(tuple(self.regular(gradients[i], pixels[x][i], a[i], b[i], c[i]) for i in range(n)))
                continue
            while len(done) < width and all(abs(pixels[len(done)][i] - a[i]) <= self.near for i in range(n)):
                done.append(a)
            index = self.run_length(len(done) - x, len(done) == width, index)
            if len(done) < width:
                x = len(done)
                done.append(tuple(self.ending(pixels[x][i], a[i], above[x][i], index, n == 1) for i in range(n)))
                index = max(0, index - 1)
        return done, index


def scan_data(planes, scan, restart=0, ilv=0):
    """-> the bytes of a scan with its restart markers, and the planes as decoded."""
    height, width = len(planes[0]), len(planes[0][0])
    if ilv == 2:
        groups = [[[tuple(plane[y][x] for plane in planes) for x in range(width)] for y in range(height)]]
    else:
        groups = [[[(value,) for value in row] for row in plane] for plane in planes]
    out, number, rebuilt = bytearray(), 0, [[] for _ in groups]
    scan.restart()
    for y in range(height):
        if restart and y and y % restart == 0:
            out += scan.bits.done() + bytes([0xFF, 0xD0 + number % 8])
            number += 1
            scan.restart()
        if y == 0 or (restart and y % restart == 0):
            zero = (0,) * len(groups[0][0][0])
            states = [([zero] * width, zero, 0) for _ in groups]
        for g, group in enumerate(groups):
            above, corner, index = states[g]
            line, index = scan.line(group[y], above, corner, index)
            states[g] = (line, above[0], index)
            rebuilt[g].append(line)
    out += scan.bits.done()
    if ilv == 2:
        return bytes(out), [[[pixel[i] for pixel in row] for row in rebuilt[0]] for i in range(len(planes))]
    return bytes(out), [[[pixel[0] for pixel in row] for row in group] for group in rebuilt]


def segment(code, body):
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def encode(planes, precision, near=0, ilv=0, maxval=0, t=(0, 0, 0), reset=0, restart=0, restart_bytes=2,
           groups=None, oversize=0, dnl=False, tables=None, before=b"", between=b"", end=b"\xff\xd9"):
    """-> the stream, and the planes as decoded, before any mapping table.

    groups: which components go into which scan (default: all into one, with ilv 0 each into its own).
    tables: (3 for a continuation or 2, bytes an entry, bytes), all with the identifier 5, which all components select.
    """
    n, height, width = len(planes), len(planes[0]), len(planes[0][0])
    groups = groups or ([[i] for i in range(n)] if ilv == 0 else [list(range(n))])
    sides = (0, 0) if oversize else (0 if dnl else height, width)
    out = b"\xff\xd8" + before
    out += segment(0xF7, struct.pack(">BHHB", precision, *sides, n) + b"".join(bytes([i + 1, 0x11, 0]) for i in range(n)))
    if oversize:
        out += segment(0xF8, bytes([4, oversize]) + height.to_bytes(oversize, "big") + width.to_bytes(oversize, "big"))
    if maxval or any(t) or reset:
        out += segment(0xF8, struct.pack(">BHHHHH", 1, maxval, *t, reset))
    for kind, wide, entries in tables or []:
        out += segment(0xF8, bytes([kind, 5, wide]) + entries)
    if restart:
        out += segment(0xDD, restart.to_bytes(restart_bytes, "big"))
    decoded = [None] * n
    for g, group in enumerate(groups):
        scan_ilv = ilv if len(group) > 1 else 0
        data, rebuilt = scan_data([planes[i] for i in group], Scan(precision, near, maxval, t, reset), restart, scan_ilv)
        parts = b"".join(bytes([i + 1, 5 if tables else 0]) for i in group)
        out += segment(0xDA, bytes([len(group)]) + parts + bytes([near, scan_ilv, 0])) + data
        for i, plane in zip(group, rebuilt):
            decoded[i] = plane
        if g == 0 and dnl:
            out += segment(0xDC, struct.pack(">H", height))
        if g + 1 < len(groups):
            out += between
    return out + end, decoded
