"""Makes the volumes in tests/data/nifti and what they must be read as.

What goes in: nothing; every value is from a formula. What comes out: the files, and golden.tsv with the versions on
line 1: one line a volume with its size, its place (LPS, mm: steps along columns, rows, slices, then the origin) and
the SHA-256 of its values (f32, little endian, every NaN as 7fc00000, or RGB bytes), as stored and as the axial,
coronal and sagittal slices in radiological display. The reference is nibabel: `get_fdata`, `affine` and
`as_closest_canonical`.

    pip install nibabel==5.4.2 numpy==2.4.6
    python tools/imaging/nifti_golden.py               # writes tests/data/nifti
    python tools/imaging/nifti_golden.py FILE...       # prints the lines of other files
"""

import gzip
import hashlib
import struct
import sys
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np

HERE = Path(__file__).resolve().parents[2] / "tests/data/nifti"
VERSIONS = f"# nibabel {nib.__version__}, numpy {np.__version__}; made by tools/imaging/nifti_golden.py"
COLUMNS = ["file", "volume", "size", "kind", "place",
           "sha256_stored", "sha256_axial", "sha256_coronal", "sha256_sagittal"]

# --- files ------------------------------------------------------------------------------------------------------

FIELDS_1 = {  # nifti1.h: name: offset, format
    "sizeof_hdr": (0, "i"), "dim": (40, "8h"), "intent_code": (68, "h"), "datatype": (70, "h"), "bitpix": (72, "h"),
    "pixdim": (76, "8f"), "vox_offset": (108, "f"), "scl_slope": (112, "f"), "scl_inter": (116, "f"),
    "xyzt_units": (123, "b"), "cal_max": (124, "f"), "cal_min": (128, "f"), "qform_code": (252, "h"),
    "sform_code": (254, "h"), "quatern": (256, "3f"), "qoffset": (268, "3f"), "srow": (280, "12f"),
    "magic": (344, "4s"),
}
FIELDS_2 = {  # nifti2.h
    "sizeof_hdr": (0, "i"), "magic": (4, "8s"), "datatype": (12, "h"), "bitpix": (14, "h"), "dim": (16, "8q"),
    "pixdim": (104, "8d"), "vox_offset": (168, "q"), "scl_slope": (176, "d"), "scl_inter": (184, "d"),
    "cal_max": (192, "d"), "cal_min": (200, "d"), "qform_code": (344, "i"), "sform_code": (348, "i"),
    "quatern": (352, "3d"), "qoffset": (376, "3d"), "srow": (400, "12d"), "xyzt_units": (500, "i"),
    "intent_code": (504, "i"),
}
CODES = {"u1": 2, "i2": 4, "i4": 8, "f4": 16, "f8": 64, "i1": 256, "u2": 512, "u4": 768, "i8": 1024, "u8": 1280}
# columns to the left, rows to the back
SFORM = {"sform_code": 1, "srow": [-2, 0, 0, 9.5, 0, -3, 0, 20, 0, 0, 4, -30.25]}
SIZE = (5, 4, 3)


def noise(n):
    """Bytes that look random and are the same everywhere."""
    i = np.arange(n, dtype=np.uint64)
    h = (i * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = ((h * 2246822519) & 0xFFFFFFFF) >> 24
    return h.astype(np.uint8)


def numbers(kind, size):
    """Noise of a NumPy kind; floats are kept in a sane range."""
    count = int(np.prod(size))
    raw = noise(count * np.dtype(kind).itemsize)
    if kind in ("f4", "f8"):
        return ((raw[:count].astype(float) - 100) * 1.1).astype("<" + kind)
    return raw.view("<" + kind)


def header(size, code, bits, version=1, order="<", **fields):
    """A header whose values follow after 4 bytes (or in a second file, with vox_offset 0 and another magic)."""
    table, length = (FIELDS_1, 348) if version == 1 else (FIELDS_2, 540)
    dim = [len(size), *size, *[1] * (7 - len(size))]
    values = {
        "sizeof_hdr": length, "magic": b"n+1\0" if version == 1 else b"n+2\0\r\n\x1a\n", "dim": dim, "datatype": code,
        "bitpix": bits, "pixdim": [1, 2, 3, 4, 1.5, 1, 1, 1], "vox_offset": length + 4, "xyzt_units": 2 | 8, **fields,
    }
    out = bytearray(length + 4)
    for name, value in values.items():
        at, form = table[name]
        struct.pack_into(order + form, out, at, *(value if isinstance(value, (list, tuple)) else [value]))
    return bytes(out)


def volume(size, kind, version=1, order="<", gap=0, data=None, **fields):
    """A whole file; `gap` bytes that are no values lie between them and the header."""
    data = numbers(kind, size) if data is None else data
    start = (352 if version == 1 else 544) + gap
    bits = 8 * np.dtype(kind).itemsize
    head = header(size, CODES[kind], bits, version, order, **{"vox_offset": start, **SFORM, **fields})
    return head + b"\xAA" * gap + data.astype(order + kind).tobytes()


def zipped(data):
    return gzip.compress(data, 9, mtime=0)


def make():
    def save(name, data):
        (HERE / name).write_bytes(data)

    for kind, code in CODES.items():
        name = {"u": "uint", "i": "int", "f": "float"}[kind[0]] + str(8 * int(kind[1]))
        save(f"{name}.nii", volume(SIZE, kind))
        save(f"{name}-big.nii", volume(SIZE, kind, order=">"))
    rgb, rgba = noise(60 * 3).tobytes(), noise(60 * 4).tobytes()
    save("rgb24.nii.gz", zipped(header(SIZE, 128, 24, scl_slope=2, **SFORM) + rgb))
    save("rgba32.nii", header(SIZE, 2304, 32, order=">", **SFORM) + rgba)
    save("nifti2.nii.gz", zipped(volume(SIZE, "i2", 2, scl_slope=0.1, scl_inter=-7)))
    save("nifti2-big.nii", volume(SIZE, "f4", 2, order=">"))
    save("offset416.nii", volume(SIZE, "u1", gap=64))
    save("offset416.nii.gz", zipped(volume(SIZE, "u1", gap=64)))
    save("scaled.nii", volume(SIZE, "i2", scl_slope=0.3, scl_inter=-1000.7, cal_min=-150, cal_max=250))
    save("slope-nan.nii", volume(SIZE, "i2", scl_slope=np.nan, scl_inter=5))
    save("time.nii.gz", zipped(volume((6, 5, 4, 7), "i2", scl_slope=1.25)))
    save("vector.nii", volume((4, 3, 2, 2, 3), "f4", intent_code=1007))
    save("labels.nii.gz", zipped(volume(SIZE, "u1", intent_code=1002)))
    save("one-slice.nii", volume((7, 6), "u2"))
    save("cube.nii", volume((4, 4, 4), "i2"))
    holes = numbers("f4", SIZE).copy()
    holes[::7] = np.nan
    holes[5] = np.inf
    save("nan.nii", volume(SIZE, "f4", data=holes))
    wide = numbers("f8", SIZE).copy()
    wide[3], wide[4] = 1e300, -1e-300  # beyond f32 at both ends
    save("wide.nii", volume(SIZE, "f8", data=wide))
    places(save)
    pairs(save)
    ct(save)
    refused(save)


def places(save):
    """Every way to say where the voxels are."""
    turned = {"quatern": [0.1, -0.2, 0.3], "qoffset": [-11, 12.5, 13], "qform_code": 1}
    save("qform.nii", volume(SIZE, "u1", sform_code=0, **turned))
    save("qform-flipped.nii", volume(SIZE, "u1", sform_code=0, **turned, pixdim=[-1, 2, 3, 4, 0, 0, 0, 0]))
    half = {"quatern": [0.6, 0, 0.8], "qoffset": [1, 2, 3], "qform_code": 2}
    save("qform-half-turn.nii", volume(SIZE, "u1", sform_code=0, **half))
    save("both-forms.nii", volume(SIZE, "u1", **turned))
    save("neither.nii", volume(SIZE, "u1", sform_code=0))
    save("micrometres.nii", volume(SIZE, "u1", xyzt_units=3))
    for name, srow in {
        "sagittal": [0, 0, 3, -40, -1, 0, 0, 50, 0, -1, 0, 60],
        "coronal": [-1, 0, 0, 40, 0, 0, 2, -50, 0, -1, 0, 60],
        "oblique": [1.6, -0.9, 0.2, 5, 0.9, 1.7, -0.3, 6, -0.1, 0.3, 2.9, 7],
        "sheared": [2, 0, 0, 0, 0, 2, 1.1, 0, 0, 0, 4, 0],
    }.items():
        save(f"place-{name}.nii", volume(SIZE, "u1", srow=srow))


def pairs(save):
    raw = numbers("i2", SIZE).tobytes()
    pair = {"magic": b"ni1\0", "vox_offset": 0}
    save("pair.hdr", header(SIZE, 4, 16, **SFORM, **pair))
    save("pair.img", raw)
    save("pair-gzip.hdr.gz", zipped(header(SIZE, 4, 16, **SFORM, **{**pair, "vox_offset": 16})))
    save("pair-gzip.img.gz", zipped(b"\xAA" * 16 + raw))
    two = {"magic": b"ni2\0\r\n\x1a\n", "vox_offset": 0}
    save("pair2.hdr", header(SIZE, 4, 16, 2, ">", **SFORM, **two))
    save("pair2.img", numbers("i2", SIZE).astype(">i2").tobytes())
    save("analyze.hdr", header(SIZE, 4, 16, magic=b"\0" * 4, vox_offset=0, xyzt_units=0)[:348])
    save("analyze.img", raw)
    members = volume(SIZE, "i2")
    save("two-members.nii.gz", zipped(members[:401]) + zipped(members[401:]))


def ct(save):
    """A body with lungs in air, in HU: soft enough to be small, odd enough to tell left from right."""
    size = (24, 20, 16)
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, n) for n in size], indexing="ij")
    hu = np.full(size, -1000)
    hu[x**2 + (y * 1.3)**2 < 0.9] = 40
    hu[((x - 0.4) * 2.5)**2 + (y * 2)**2 + z**2 < 0.7] = -850
    hu[(x * 8)**2 + ((y + 0.55) * 8)**2 < 0.9] = 700
    hu += (noise(hu.size).reshape(size) % 16).astype(int)
    save("ct.nii.gz", zipped(volume(size, "i2", data=hu.ravel(order="F"))))


def refused(save):
    """Files that must end in a sentence."""
    save("refused-bit.nii", header(SIZE, 1, 1) + bytes(8))
    save("refused-complex.nii", header(SIZE, 32, 64) + bytes(480))
    save("refused-float128.nii", header(SIZE, 1536, 128) + bytes(960))
    save("refused-negative.nii", header((5, -4, 3), 2, 8) + bytes(60))
    save("refused-huge.nii", header((32767, 32767, 32767), 2, 8) + bytes(60))
    save("refused-offset-nan.nii", header(SIZE, 2, 8, vox_offset=np.nan) + bytes(60))
    save("refused-cut.nii", volume(SIZE, "i2")[:-1])
    save("refused-cut.nii.gz", zipped(volume(SIZE, "i2")[:-1]))
    whole = bytearray(zipped(volume(SIZE, "i2")))
    save("refused-cut-stream.nii.gz", bytes(whole[:-30]))
    whole[-8] ^= 1
    save("refused-checksum.nii.gz", bytes(whole))
    save("refused-bomb.nii.gz", zipped(header((500, 500, 500), 16, 32) + bytes(4000)))


# --- what they must be read as ----------------------------------------------------------------------------------

def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def whole(image):
    """Values [columns, rows, slices, volumes, channels], f32 or bytes."""
    raw = image.dataobj.get_unscaled()
    if raw.dtype.names:
        values = np.stack([raw[name] for name in ("R", "G", "B")], -1)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is too large becomes infinite
            values = image.get_fdata().astype("<f4")[..., None]
        values.view("<u4")[np.isnan(values)] = 0x7FC00000
    shape = raw.shape[:3] + (1,) * (3 - len(raw.shape[:3]))
    return values.reshape(*shape, -1, values.shape[-1], order="F")


def displayed(canonical):
    """Axial, coronal and sagittal slices [slice, row, column, channel] of values in RAS+ order [x, y, z, channel]."""
    left_back_up = canonical[::-1, ::-1]
    axial = left_back_up.transpose(2, 1, 0, 3)
    coronal = left_back_up.transpose(1, 2, 0, 3)[:, ::-1]
    sagittal = left_back_up.transpose(0, 2, 1, 3)[:, ::-1]
    return axial, coronal, sagittal


def rows(path, name):
    image = nib.load(path)
    values = whole(image)
    size = values.shape[:3]
    units = image.header.get_xyzt_units()[0] if hasattr(image.header, "get_xyzt_units") else "mm"
    place = np.diag([-1, -1, 1, 1]) @ image.affine
    place = place[:3] * {"meter": 1000, "micron": 0.001}.get(units, 1)
    numbers = ",".join(repr(float(it)) for it in place.T.ravel())
    for i in range(values.shape[3]):
        one = values[:, :, :, i]
        turn = nib.orientations.io_orientation(image.affine)
        canonical = nib.orientations.apply_orientation(one, turn)
        if not one.dtype == np.uint8:  # nibabel turns no colours
            again = nib.as_closest_canonical(nib.Nifti1Image(one[..., 0], image.affine))
            assert again.get_fdata().astype("<f4").tobytes() == canonical[..., 0].astype("<f4").tobytes()
        kind = "rgb" if one.dtype == np.uint8 else "grey"
        stored = sha(one.transpose(2, 1, 0, 3))
        yield name, i, "x".join(map(str, size)), kind, numbers, stored, *map(sha, displayed(canonical))


def table(files):
    lines = [VERSIONS, "\t".join(COLUMNS)]
    for path, name in files:
        lines += ["\t".join(map(str, row)) for row in rows(path, name)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(table((path, path) for path in sys.argv[1:]))
    else:
        HERE.mkdir(parents=True, exist_ok=True)
        make()
        names = sorted(path.name for path in HERE.iterdir() if not path.name.startswith("refused"))
        images = [name for name in names if name.endswith((".nii", ".nii.gz", ".hdr", ".hdr.gz"))]
        (HERE / "golden.tsv").write_text(table((HERE / name, name) for name in images))
