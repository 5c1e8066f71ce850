"""Makes the tables in tests/data/display: what values must look like, and what is measured and picked.

What goes in: one CT slice (`--slice FILE`, 512 x 512, J2K; it may be left out, then ct-roi.tsv stays as it is). All else is noise
that the tests make again from the same formula.
What comes out: three.tsv, minmax.tsv, lut.tsv, percentiles.tsv, jpeg.tsv, pick.tsv, regions.tsv, ct-roi.tsv; the versions are on line 1.
The references are numpy (arithmetic of MedGemma's published code, percentiles, statistics), pydicom (lookup tables), Pillow (JPEG)
and Python's own round (slices); dcmtk's dcmj2pnm, when it is installed, is asked about the lookup tables as a second opinion.

    pip install pillow==13.0.0 numpy==2.4.6 pydicom==3.0.2 pylibjpeg-openjpeg==2.6.0
    python tools/imaging/display_golden.py --slice CT.….16580
"""

import argparse
import hashlib
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import PIL
import pydicom
from PIL import Image, features
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_rescale, apply_voi
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

TOP = next(folder for folder in Path(__file__).resolve().parents if (folder / "tests").is_dir())
HERE = TOP / "tests/data/display"
VERSIONS = (f"# Pillow {PIL.__version__} (libjpeg-turbo {features.version('libjpeg_turbo')}), numpy {np.__version__}, "
            f"pydicom {pydicom.__version__}; made by tools/imaging/display_golden.py")


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def noise(n):
    """Bytes that the tests make again from the same formula."""
    i = np.arange(n, dtype=np.uint64)
    h = (i * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    return (((h * 2246822519) & 0xFFFFFFFF) >> 24).astype(np.uint8)


def words(n):
    two = noise(2 * n).astype(np.uint16)
    return two[0::2] << 8 | two[1::2]


def values(kind, n):
    """Grey values: whole numbers around 0, quarters, or what fits nowhere."""
    w = words(n).astype(np.float64)
    if kind == "whole":
        return ((w % 4096) - 1024).astype(np.float32)
    if kind == "quarters":
        return ((w % 4096) / 4 - 300).astype(np.float32)
    return (w.astype(np.float32) - np.float32(30000)) * np.float32(0.0137)


KINDS = ["whole", "quarters", "odd"]


# --- MedGemma's published arithmetic ------------------------------------------------------------------------------

WINDOWS = {"rgb": [(-1024, 1024), (-135, 215), (0, 80)], "rgb-1": [(-1225, 1025), (-135, 215), (0, 80)]}


def channel(hu, low, high):
    """Clip, then step by step in float32, as the CT notebook does; rounded half to even."""
    part = np.clip(hu, low, high).astype(np.float32)
    part -= low
    part /= high - low
    part *= 255.0
    return np.round(part, 0).astype(np.uint8)


def three_rows():
    for name, windows in WINDOWS.items():
        every = np.arange(-2000, 2000, 0.25, dtype=np.float32)
        for kind, hu in [("every", every), *((kind, values(kind, 5000)) for kind in KINDS)]:
            rgb = np.stack([channel(hu, *window) for window in windows], -1)
            yield name, kind, hu.size, sha(rgb)


def minmax_rows():
    """One minimum and one maximum for all, in float64, as the server does with MR."""
    for kind in KINDS:
        for n in (2, 300, 20000):
            x = values(kind, n)
            low, high = float(x.min()), float(x.max())
            shade = np.round((x.astype(np.float64) - low) / (high - low) * 255, 0).astype(np.uint8)
            yield kind, n, repr(low), repr(high), sha(np.repeat(shade[:, None], 3, -1))


# --- lookup tables ------------------------------------------------------------------------------------------------

LUTS = [(256, 0, 8), (256, -100, 8), (1000, 37, 12), (4096, -1024, 16), (1, 5, 10), (77, -5, 16)]  # entries, first, bits


def lut_rows():
    for n, first, bits in LUTS:
        entries = (words(n).astype(np.uint32) >> (16 - bits)).astype(np.uint16)
        entries[0] |= 1 << (bits - 1)  # dcmtk takes the bits from the entries
        x = np.arange(-1500, 4500, dtype=np.int16)
        item = Dataset()
        item.add_new(0x00283002, "SS", [n, first, bits])
        item.add_new(0x00283006, "OW", entries.astype("<u2").tobytes())
        ds = data_set(x, item)
        inside = x.clip(first, first + n - 1)  # pydicom counts entries of 8 bits in 8 bits, and wraps outside of the table
        shade = (np.asarray(apply_voi(inside, ds, index=0)).astype(np.uint32) >> (bits - 8)).astype(np.uint8)
        second_opinion(ds, shade, f"{n} entries of {bits} bits")
        yield n, first, bits, sha(np.repeat(shade[:, None], 3, -1))


def data_set(x, item):
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = SecondaryCaptureImageStorage, "1.2.3.4", "OT"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = 60, x.size // 60
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.VOILUTSequence = [item]
    ds.add_new(0x7FE00010, "OW", x.astype("<i2").tobytes())
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds


def second_opinion(ds, shade, name):
    if not shutil.which("dcmj2pnm"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "in.dcm", Path(folder) / "out.png"
        ds.save_as(path, enforce_file_format=True)
        run = subprocess.run(["dcmj2pnm", "+on", "+Wl", "1", path, out], capture_output=True, check=False)
        if run.returncode or not out.exists():
            print(f"  dcmj2pnm on {name}: {run.stderr.decode().strip()[:90]}")
            return
        off = np.abs(np.array(Image.open(out)).astype(int).ravel() - shade)
        print(f"  dcmj2pnm on {name}: {np.count_nonzero(off)} of {off.size} differ, by at most {off.max()}")


# --- percentiles, JPEG, slices ------------------------------------------------------------------------------------

def percentile_rows():
    for kind in KINDS:
        for n in (1, 2, 3, 10, 101, 5000):
            x = values(kind, n).astype(np.float64)
            for low, high in [(1, 99), (0.5, 99.5), (2, 98), (0, 100), (25, 33.3)]:
                ends = np.percentile(x, [low, high])
                yield kind, n, low, high, repr(float(x.min())), *map(repr, map(float, ends)), repr(float(x.max()))


SIZES = [(1, 1), (2, 2), (3, 3), (4, 5), (5, 4), (8, 8), (9, 17), (16, 16), (17, 15), (1, 40), (40, 1), (2, 33), (4, 40),
         (64, 64), (100, 37), (129, 67)]


def jpeg_rows():
    for width, height in SIZES:
        raw = noise(width * height * 3).reshape(height, width, 3)
        y, x = np.mgrid[:height, :width]
        ramps = np.stack([(5 * x + 3 * y) % 256, (2 * x + 7 * y) % 256, (x * y) % 256], -1).astype(np.uint8)
        for kind, rgb in [("noise", raw), ("steps", np.where(raw < 128, 0, 255).astype(np.uint8)), ("ramps", ramps)]:
            for quality in (1, 30, 50, 75, 95, 100):
                file = io.BytesIO()
                Image.fromarray(rgb).save(file, "JPEG", quality=quality)
                yield kind, width, height, quality, sha(np.array(Image.open(file).convert("RGB")))


def pick_rows():
    for n in (1, 2, 20, 84, 85, 86, 87, 100, 128, 169, 170, 171, 255, 256, 300, 512, 1000):
        for count in (1, 2, 3, 8, 16, 20, 85):
            picked = range(n) if n <= count else [int(round(i / count * (n - 1))) for i in range(1, count + 1)]
            yield n, count, ",".join(map(str, picked))


# --- regions ------------------------------------------------------------------------------------------------------

REGIONS = ["rect:0,0,1,1", "rect:3,5,20,7", "rect:0,0,60,50", "ellipse:30,25,30,25", "ellipse:10.5,10.5,0.6,0.6",
           "ellipse:31.3,20.9,17.25,3.5", "ellipse:5,45,4,4.99", "ellipse:20,20,10,10"]


def inside(region, width, height):
    """By the centres of pixels."""
    shape, numbers = region.split(":")
    a, b, c, d = map(float, numbers.split(","))
    y, x = np.mgrid[:height, :width] + 0.5
    if shape == "rect":
        return (a <= x) & (x <= a + c) & (b <= y) & (y <= b + d)
    return ((x - a) / c) ** 2 + ((y - b) / d) ** 2 <= 1


def statistics(x):
    return (x.size, *(repr(float(f(x.astype(np.float64)))) for f in (np.mean, np.std, np.min, np.median, np.max)))


def region_rows():
    for kind in KINDS:
        x = values(kind, 60 * 50).reshape(50, 60)
        for region in REGIONS:
            yield kind, region, *statistics(x[inside(region, 60, 50)])


def roi_rows(path):
    """Rows and columns 230 to 260 of a real slice, in HU."""
    ds = pydicom.dcmread(path)
    hu = apply_rescale(ds.pixel_array, ds)
    print(f"  whole slice: {hu.min()}..{hu.max()}, mean {hu.mean():.3f}; spacing {ds.PixelSpacing}")
    roi = hu[230:260, 230:260]
    print(f"  its region: mean {roi.mean():.2f}, SD {roi.std():.2f}, area {roi.size * np.prod(ds.PixelSpacing):.2f} mm2")
    yield from roi.astype(int)


def write(name, header, rows):
    lines = [VERSIONS, "\t".join(header), *("\t".join(map(str, row)) for row in rows)]
    (HERE / name).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", help="the CT slice of ct-roi.tsv")
    path = parser.parse_args().slice
    HERE.mkdir(parents=True, exist_ok=True)
    write("three.tsv", ["windows", "values", "n", "sha256_rgb"], three_rows())
    write("minmax.tsv", ["values", "n", "min", "max", "sha256_rgb"], minmax_rows())
    write("lut.tsv", ["entries", "first", "bits", "sha256_rgb"], lut_rows())
    write("percentiles.tsv", ["values", "n", "low", "high", "min", "at_low", "at_high", "max"], percentile_rows())
    write("jpeg.tsv", ["kind", "width", "height", "quality", "sha256_rgb"], jpeg_rows())
    write("pick.tsv", ["n", "count", "picked"], pick_rows())
    write("regions.tsv", ["values", "region", "n", "mean", "sd", "min", "median", "max"], region_rows())
    if path:
        write("ct-roi.tsv", [f"column_{x}" for x in range(230, 260)], roi_rows(path))
