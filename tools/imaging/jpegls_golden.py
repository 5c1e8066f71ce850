"""Makes the JPEG-LS streams in tests/data/images/jls and what they must decode to.

What goes in: the conformance streams and originals inside pyjpegls. What comes out: t87/*.jls, copied; made/*.jls, by
the encoder in t87.py; and jls.tsv, with the versions on line 1.
A stream is written only if CharLS (pyjpegls) or libjpeg decodes it to the same values; the last column says which of
them did. Neither can read mapping tables. CharLS 2.4 has faults of its own: RANGE and LIMIT are taken from the precision
where MAXVAL is less, RESET is kept in 8 bits, components of a scan are taken in the order of the frame. libjpeg does not
know that a preset of 0 stands for the default, nor HP's transforms.

    pip install pyjpegls==1.5.1 pylibjpeg-libjpeg==2.5.0 numpy==2.4.6
    python tools/imaging/jpegls_golden.py [FOLDER]
"""

import hashlib
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import jpeg_ls
import libjpeg
import numpy as np

import t87

HERE = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "tests/data/images/jls"
CONFORMANCE = Path(jpeg_ls.__file__).parent / "tests/jlsimV100"
TABLE_1 = bytes((7 * i + 3) % 256 for i in range(256))
TABLE_2 = b"".join(((251 * i + 9) % 65536).to_bytes(2, "big") for i in range(256))
SPIFF = (b"SPIFF\0\1\2\0\3" + (11).to_bytes(4, "big") + (23).to_bytes(4, "big") + bytes([10, 8, 6, 1])
         + (1).to_bytes(4, "big") * 2)


def noise(n):
    i = np.arange(n, dtype=np.uint64)
    h = (i * 2654435761 + 12345) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    return (h ^ (h >> 13)).astype(np.int64)


def picture(height, width, components, top):
    """[component, y, x]: a ramp, noise, a flat field with dots, and stripes, side by side."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(components):
        n = noise(height * width * (c + 1))[-height * width:].reshape(height, width)
        ramp = (x * (top // 37 + 1) + y * (top // 53 + 1) + n % 3 + c * top // 5) % (top + 1)
        flat = np.where(n % 23 == 0, n % (top + 1), top // 3)
        stripes = np.where((x // 3 + y // 2) % 2 == 0, top, n % 2)
        kind = (4 * x // max(width, 1) + 2 * y // max(height, 1)) % 4
        planes.append(np.choose(kind, [ramp, n % (top + 1), flat, stripes]))
    return np.array(planes)


def forward(kind, planes, bits):
    """HP's colour transforms, as their decoder undoes them."""
    r, g, b = planes
    size = 1 << bits
    if kind == 1:
        out = r - g + size // 2, g, b - g + size // 2
    elif kind == 2:
        out = r - g + size // 2, g, b - ((r + g) >> 1) - size // 2
    else:
        v2, v3 = (b - g + size // 2) % size, (r - g + size // 2) % size
        out = g + ((v2 + v3) >> 2) - size // 4, v2, v3
    return np.array(out) % size


def cases():
    """name, height, width, components, precision, arguments of the encoder."""
    for bits in (2, 3, 5, 7, 8, 9, 10, 12, 14, 16):
        yield f"grey-{bits}", 11, 31, 1, bits, {}
    for bits, near in ((2, 1), (5, 3), (8, 1), (8, 127), (12, 20), (16, 3), (16, 255)):
        yield f"grey-{bits}-near-{near}", 11, 31, 1, bits, {"near": near}
    for ilv in (0, 1, 2):
        for components in (2, 3, 4):
            yield f"colour-{components}-ilv-{ilv}", 11, 23, components, 8, {"ilv": ilv}
        yield f"colour-3-ilv-{ilv}-near-2", 11, 23, 3, 8, {"ilv": ilv, "near": 2}
        yield f"colour-3-ilv-{ilv}-16", 7, 13, 3, 16, {"ilv": ilv}
        yield f"restart-1-ilv-{ilv}", 11, 17, 3, 8, {"ilv": ilv, "restart": 1}
    for height, width in ((1, 1), (1, 40), (40, 1), (2, 3)):
        yield f"size-{width}x{height}", height, width, 1, 8, {}
        yield f"size-{width}x{height}-ilv-2", height, width, 3, 8, {"ilv": 2}
    yield "runs", 5, 4000, 1, 8, {"near": 90}
    yield "thresholds", 11, 31, 1, 8, {"maxval": 255, "t": (9, 9, 9), "reset": 31}
    yield "thresholds-some", 11, 31, 1, 8, {"t": (0, 9, 0)}
    yield "reset-3", 11, 31, 1, 12, {"maxval": 4095, "t": (18, 67, 276), "reset": 3}
    yield "reset-300", 40, 60, 1, 12, {"maxval": 4095, "t": (18, 67, 276), "reset": 300}
    yield "maxval-201", 11, 31, 1, 8, {"maxval": 201, "t": (3, 7, 21), "reset": 64}
    yield "maxval-256", 11, 31, 1, 9, {"maxval": 256, "t": (3, 7, 21), "reset": 64}
    yield "maxval-201-near-2", 11, 31, 1, 8, {"maxval": 201, "t": (9, 17, 35), "reset": 64, "near": 2}
    for wide in (2, 3, 4):
        yield f"restart-4-of-{wide}-bytes", 43, 9, 1, 8, {"restart": 4, "restart_bytes": wide}
        yield f"oversize-{wide}", 11, 31, 1, 8, {"oversize": wide}
    yield "lines-behind", 11, 31, 1, 8, {"dnl": True}
    yield "lines-behind-three-scans", 11, 13, 3, 8, {"dnl": True}
    yield "scans-in-disorder", 11, 13, 3, 8, {"ilv": 1, "groups": [[2, 0], [1]]}
    yield "segments-between", 11, 13, 3, 8, {"between": t87.segment(0xFE, b"a comment \xff\xd9") + t87.segment(0xE3, b"")}
    yield "table-1", 11, 31, 1, 8, {"tables": [(2, 1, TABLE_1)]}
    yield "table-2-continued", 11, 13, 3, 8, {"ilv": 2, "tables": [(2, 2, TABLE_2[:100]), (3, 2, TABLE_2[100:])]}
    yield "spiff", 11, 23, 3, 8, {"ilv": 1, "before": t87.segment(0xE8, SPIFF) + t87.segment(0xE8, b"\0\0\0\1\xff\xd8")}
    yield "padded", 11, 31, 1, 8, {"end": b"\xff\xd9\0"}
    yield "fill-bytes", 11, 31, 1, 8, {"before": b"\xff\xff", "end": b"\xff\xff\xd9"}
    for kind in (1, 2, 3):
        for ilv, bits in ((1, 8), (2, 8), (2, 16)):
            before = t87.segment(0xE8, b"mrfx" + bytes([kind]))
            yield f"hp{kind}-ilv-{ilv}-{bits}", 7, 13, 3, bits, {"ilv": ilv, "before": before}


def charls(stream, shape):
    values = np.asarray(jpeg_ls.decode(np.frombuffer(stream, np.uint8)))
    if values.ndim == 3 and values.shape != shape and values.shape[0] == shape[2]:
        values = values.transpose(1, 2, 0)
    return values.reshape(shape)


def witnesses(stream, values):
    """Which other decoders read a stream, and whether they give the same."""
    found = {}
    for name, decode in (("CharLS", charls), ("libjpeg", lambda s, shape: libjpeg.decode(s).reshape(shape))):
        try:
            found[name] = bool((decode(stream, values.shape) == values).all())
        except Exception:  # each has its own kinds of them
            pass
    return found


def main():
    rows = []
    for folder in ("made", "t87"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    for name in ("T8NDE0", "T8NDE3", "T16E3", "T8C1E3", "T8C2E3"):
        shutil.copy(CONFORMANCE / f"{name}.JLS", HERE / f"t87/{name}.jls")
        stream = (CONFORMANCE / f"{name}.JLS").read_bytes()
        bits, shape = (12, (256, 256, 1)) if name == "T16E3" else (8, (128, 128, 1) if "ND" in name else (256, 256, 3))
        values = charls(stream, shape)
        original = {"T16": "TEST16.PGM", "T8N": "TEST8BS2.PGM", "T8C": "TEST8.PPM"}[name[:3]]
        original = (CONFORMANCE / original).read_bytes()[-values.size * (2 if bits > 8 else 1):]
        original = np.frombuffer(original, ">u2" if bits > 8 else "u1").reshape(shape).astype(int)
        assert np.abs(values - original).max() <= int(name[-1]), name
        rows.append((f"t87/{name}.jls", values, bits, witnesses(stream, values)))
    for name, height, width, components, bits, arguments in cases():
        planes = picture(height, width, components, arguments.get("maxval") or (1 << bits) - 1)
        coded = forward(int(name[2]), planes, bits) if name.startswith("hp") else planes
        stream, decoded = t87.encode(coded.tolist(), bits, **arguments)
        decoded = np.array(decoded)
        assert np.abs(decoded - coded).max() <= arguments.get("near", 0), name
        values = planes if name.startswith("hp") else decoded
        if "tables" in arguments:
            wide = arguments["tables"][0][1]
            entries = np.frombuffer(TABLE_1 if wide == 1 else TABLE_2, "u1" if wide == 1 else ">u2")
            values, bits = entries[values], 8 * wide
        values = values.transpose(1, 2, 0)
        found = witnesses(stream, values)
        assert any(found.values()) or name.startswith("table"), name
        rows.append((f"made/{name}.jls", values, bits, found))
        (HERE / f"made/{name}.jls").write_bytes(stream)
    with open(HERE / "jls.tsv", "w") as table:
        print(f"# pyjpegls {version('pyjpegls')}, libjpeg {version('pylibjpeg-libjpeg')}, numpy {np.__version__}; "
              "made by tools/imaging/jpegls_golden.py; sha256 of the values as 16 bits, low byte first", file=table)
        print("file", "width", "height", "components", "bits", "sha256_values", "same_in", sep="\t", file=table)
        for name, values, bits, found in rows:
            digest = hashlib.sha256(np.ascontiguousarray(values.astype("<u2")).tobytes()).hexdigest()
            same = " ".join(who for who, is_same in found.items() if is_same) or "-"
            print(name, values.shape[1], values.shape[0], values.shape[2], bits, digest, same, sep="\t", file=table)


main()
