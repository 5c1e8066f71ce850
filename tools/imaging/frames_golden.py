"""Makes the frames in tests/data/frames and the table of what they must decode to.

What goes in: the test files inside the package pydicom, and drawings and noise that this script makes.
What comes out: *.frame (one compressed frame each, as it lies in a DICOM file), frames.tsv with the versions on line 1.
The references are libjpeg-turbo (JPEG with cosine transform, through imagecodecs), the source itself (everything lossless that
is made here), pydicom with pylibjpeg (all else); pylibjpeg-libjpeg and dcmtk are asked for second opinions on JPEG.

    apt-get install dcmtk libjpeg-turbo-progs libopenjp2-tools
    pip install pydicom==3.0.2 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0 \
        imagecodecs==2026.3.6 numpy==2.4.6
    python tools/imaging/frames_golden.py
"""

import hashlib
import io
import struct
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import imagecodecs
import libjpeg
import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder

TOP = next(folder for folder in Path(__file__).resolve().parents if (folder / "tests").is_dir())
HERE = TOP / "tests/data/frames"
FILES = Path(pydicom.__file__).parent / "data/test_files"
PACKAGES = ["pydicom", "pylibjpeg-libjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "imagecodecs", "numpy"]
COLUMNS = "frame syntax width height components allocated stored signed rgb bits colour sha256 reference".split()
SYNTAX = "1.2.840.10008.1.2."
rows = []


def run(*words, stdin=None):
    return subprocess.run(words, input=stdin, capture_output=True, check=True).stdout


def add(name, syntax, data, header, bits, colour, values, reference):
    """`header`: width, height, components, allocated, stored, signed, rgb; `values`: any integers, row by row."""
    (HERE / f"{name}.frame").write_bytes(data)
    patterns = (np.ascontiguousarray(values).astype(np.int64) & ((1 << bits) - 1)).astype("<u4")
    assert patterns.size == header[0] * header[1] * header[2], (name, patterns.shape, header)
    sha = hashlib.sha256(patterns.tobytes()).hexdigest()
    rows.append([name, syntax, *map(int, header), bits, colour, sha, reference])


def header_of(ds):
    return (ds.Columns, ds.Rows, ds.SamplesPerPixel, ds.BitsAllocated, ds.BitsStored, ds.PixelRepresentation,
            ds.PhotometricInterpretation == "RGB")


def first_frame(ds):
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    return next(generate_frames(ds.PixelData, number_of_frames=frames))


def turbo(data, components):
    """libjpeg-turbo without colour transform: it is told that YCbCr is wanted of YCbCr."""
    space = "YCBCR" if components == 3 else None
    return imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)


def add_dct(name, syntax, data, header, bits, colour):
    values = turbo(data, header[2])
    try:
        off = int(np.abs(libjpeg.decode(data).astype(int) - values.reshape(libjpeg.decode(data).shape)).max())
        second = f"pylibjpeg off by {off}"
    except RuntimeError:
        second = "pylibjpeg refuses"
    add(name, syntax, data, header, bits, colour, values, f"libjpeg-turbo, {second}")


def from_pydicom():
    """Frames of pydicom's own test files."""
    for name, file, bits, colour in [
        ("rle-mr", "MR_small_RLE", 16, "AsHeader"), ("rle-rgb", "SC_rgb_rle", 8, "AsHeader"),
        ("rle-rgb-16", "SC_rgb_rle_16bit", 16, "AsHeader"), ("rle-rgb-32", "SC_rgb_rle_32bit", 32, "AsHeader"),
        ("rle-dose-32", "rtdose_rle_1frame", 32, "AsHeader"), ("jll-rgb", "SC_rgb_jpeg_gdcm", 8, "Rgb"),
        ("j2k-mr-signed", "MR_small_jp2klossless", 16, "AsHeader"), ("j2k-lossy", "JPEG2000", 16, "AsHeader"),
        ("j2k-rgb", "SC_rgb_gdcm_KY", 8, "AsHeader"), ("j2k-jp2-file", "GDCMJ2K_TextGBR", 8, "Rgb"),
    ]:
        ds = pydicom.dcmread(FILES / f"{file}.dcm")
        syntax = ds.file_meta.TransferSyntaxUID
        values, _ = get_decoder(syntax).as_array(ds, index=0, raw=True, decoding_plugin="pylibjpeg")
        add(name, syntax[len(SYNTAX):], first_frame(ds), header_of(ds), bits, colour, values, f"pydicom, {file}.dcm")
    for name, file, bits, colour in [
        ("dct-rgb-names", "SC_rgb_dcmtk_+eb+cr", 8, "Rgb"), ("dct-ybr-444", "SC_rgb_dcmtk_+eb+cy+n1", 8, "Ybr"),
        ("dct-ybr-422", "SC_rgb_dcmtk_+eb+cy+s2", 8, "Ybr"), ("dct-ybr-420", "SC_rgb_dcmtk_+eb+cy+s4", 8, "Ybr"),
        ("dct-no-hints", "SC_jpeg_no_color_transform", 8, "AsHeader"),
        ("dct-adobe-rgb", "SC_jpeg_no_color_transform_2", 8, "Rgb"), ("dct-short-adobe", "SC_rgb_jpeg", 8, "AsHeader"),
        ("dct-odd", "SC_rgb_small_odd_jpeg", 8, "Ybr"), ("dct-ultrasound", "examples_ybr_color", 8, "Ybr"),
        ("dct-12-bit", "JPGExtended", 12, "AsHeader"), ("dct-12-bit-dc-only-header", "JPEG-lossy", 12, "AsHeader"),
    ]:
        ds = pydicom.dcmread(FILES / f"{file}.dcm")
        add_dct(name, ds.file_meta.TransferSyntaxUID[len(SYNTAX):], first_frame(ds), header_of(ds), bits, colour)


def from_dcmtk():
    """pydicom's MR_small.dcm as dcmtk codes it: every predictor, and the retired progressive processes."""
    source = FILES / "MR_small.dcm"
    with tempfile.TemporaryDirectory() as folder:
        coded, plain = Path(folder, "coded.dcm"), Path(folder, "plain.dcm")
        for name, options in [(f"jll-predictor-{p}", ["+el", "+sv", str(p)]) for p in range(1, 8)] + [
            ("dct-12-bit-spectral", ["+es"]), ("dct-12-bit-progressive", ["+ep"]), ("dct-12-bit-sequential", ["+ee"]),
        ]:
            run("dcmcjpeg", *options, source, coded)
            run("dcmdjpeg", coded, plain)
            ds = pydicom.dcmread(coded)
            syntax = ds.file_meta.TransferSyntaxUID[len(SYNTAX):]
            header, values = header_of(ds), pydicom.dcmread(plain).pixel_array
            if options[0] == "+el":
                assert np.array_equal(values, pydicom.dcmread(source).pixel_array)
                add(name, syntax, first_frame(ds), header, 16, "AsHeader", values, "source")
            else:
                header = (*header[:4], 12, 0, False)
                assert np.array_equal(values, turbo(first_frame(ds), 1).astype(values.dtype)), "dcmtk and libjpeg-turbo differ"
                add_dct(name, syntax, first_frame(ds), header, 12, "AsHeader")


def drawing(height, width, components, bits, seed):
    y, x = np.mgrid[0:height, 0:width]
    waves = [(np.sin(x / 7 + i) + np.cos(y / 5 - i) + np.sin((x + y) / 11)) / 6 + 0.5 for i in range(components)]
    noise = np.random.default_rng(seed).normal(0, 0.02, (height, width, components))
    values = np.clip((np.stack(waves, -1) * 0.8 + 0.1 + noise) * (2**bits - 1), 0, 2**bits - 1).astype(np.int64)
    return values[..., 0] if components == 1 else values


def from_cjpeg():
    """Drawings as libjpeg's cjpeg codes them: restarts, scans, sampling."""
    picture = drawing(37, 45, 3, 8, 1).astype(np.uint8)
    ppm = b"P6 45 37 255\n" + picture.tobytes()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as scans:
        scans.write("0;\n1;\n2;\n")
        scans.flush()
        for name, options in [
            ("dct-restart", ["-sample", "2x1", "-restart", "3B"]), ("dct-progressive", ["-progressive"]),
            ("dct-progressive-restart", ["-progressive", "-restart", "2B", "-sample", "1x2"]),
            ("dct-three-scans", ["-scans", scans.name, "-restart", "2B"]), ("dct-411", ["-sample", "4x1"]),
            ("dct-mixed", ["-sample", "2x2,2x1,1x2"]),
        ]:
            data = run("cjpeg", "-quality", "85", *options, stdin=ppm)
            add_dct(name, "4.50", data, (45, 37, 3, 8, 8, 0, False), 8, "Ybr")
    for name, components, sub in [("dct-12-bit-420", 3, "420"), ("dct-12-bit-grey", 1, None)]:
        space = "YCBCR" if components == 3 else None
        data = imagecodecs.jpeg8_encode(drawing(33, 39, components, 12, 2).astype(np.uint16), level=90, colorspace=space,
                                        outcolorspace=space, subsampling=sub, bitspersample=12)
        colour = "AsHeader" if components == 1 else "Ybr"
        add_dct(name, "4.51", data, (39, 33, components, 16, 12, 0, False), 12, colour)


def lossless(values, bits, predictor, shift, rows_a_restart, interleaved):
    """T.81 annex H, with one table of 17 codes of 5 bits."""
    height, width, count = values.shape
    v = values >> shift
    out = b"\xff\xd8" + struct.pack(">BBHBHHB", 0xFF, 0xC3, 8 + 3 * count, bits, height, width, count)
    out += b"".join(bytes([i + 1, 0x11, 0]) for i in range(count))
    out += b"\xff\xc4" + struct.pack(">HB", 36, 0) + bytes([0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17))
    if rows_a_restart:
        out += struct.pack(">BBHH", 0xFF, 0xDD, 4, rows_a_restart * width)

    def packed(text):
        text += "1" * (-len(text) % 8)
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)).replace(b"\xff", b"\xff\0")

    for part in [range(count)] if interleaved else [[i] for i in range(count)]:
        out += b"\xff\xda" + struct.pack(">HB", 6 + 2 * len(part), len(part))
        out += b"".join(bytes([c + 1, 0]) for c in part) + bytes([predictor, 0, shift])
        text, marks = "", 0
        for y in range(height):
            first = y == 0 or (rows_a_restart and y % rows_a_restart == 0)
            if first and y:
                out += packed(text) + bytes([0xFF, 0xD0 + marks % 8])
                text, marks = "", marks + 1
            for x in range(width):
                for c in part:
                    a, b, d = v[y, x - 1, c], v[y - 1, x, c], v[y - 1, x - 1, c]
                    guess = [0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][predictor]
                    if first:
                        guess = a if x else 1 << (bits - shift - 1)
                    elif x == 0:
                        guess = b
                    step = int(v[y, x, c] - guess) & 0xFFFF
                    if step == 0x8000:
                        text += f"{16:05b}"
                        continue
                    step -= 0x10000 if step > 0x8000 else 0
                    size = abs(step).bit_length()
                    text += f"{size:05b}" + (f"{step if step > 0 else step + (1 << size) - 1:0{size}b}" if size else "")
        out += packed(text)
    return out + b"\xff\xd9"


def from_own_lossless():
    """Noise in the corners of annex H: restarts, point transform, 2 to 16 bits, components one by one."""
    for i, (bits, count, predictor, shift, restart, interleaved) in enumerate([
        (16, 1, 1, 0, 0, True), (16, 3, 4, 0, 1, True), (16, 1, 7, 0, 2, True), (2, 1, 5, 0, 0, True), (12, 1, 6, 2, 0, True),
        (8, 3, 2, 1, 3, False), (12, 3, 3, 0, 2, False), (8, 1, 1, 7, 1, True),
    ]):
        values = np.random.default_rng(i).integers(0, 2**bits, (7, 5, count))
        data = lossless(values, bits, predictor, shift, restart, interleaved)
        expected = values >> shift << shift
        second = "pylibjpeg differs" if np.any(libjpeg.decode(data).reshape(values.shape) != expected) else "pylibjpeg"
        header = (5, 7, count, 8 if bits <= 8 else 16, bits, 0, False)
        name = f"jll-{bits}-bit-{count}-predictor-{predictor}-shift-{shift}-restart-{restart}"
        add(name, "4.57", data, header, bits, "AsHeader", expected, f"source, {second}")


def from_openjpeg():
    """Drawings as OpenJPEG and OpenJPH code them."""
    with tempfile.TemporaryDirectory() as folder:
        raw, coded = Path(folder, "raw.rawl"), Path(folder, "coded.j2k")
        for name, components, bits, signed, options, colour in [
            ("j2k-tiles", 3, 8, 0, ["-t", "16,20", "-n", "3", "-TP", "R", "-p", "RPCL"], "Rgb"),
            ("j2k-offsets", 1, 12, 0, ["-d", "5,7", "-T", "2,3", "-t", "20,24", "-n", "3"], "AsHeader"),
            ("j2k-layers-lossy", 3, 8, 0, ["-I", "-r", "20,5", "-SOP", "-EPH"], "Rgb"),
            ("j2k-signed", 1, 10, 1, ["-b", "16,16", "-M", "63", "-c", "[64,64]", "-n", "3"], "AsHeader"),
        ]:
            values = drawing(41, 50, components, bits, 3) - (signed << (bits - 1))
            planes = values if components == 1 else np.moveaxis(values, -1, 0)
            kind = ("<i" if signed else "<u") + ("1" if bits <= 8 else "2")
            raw.write_bytes(np.ascontiguousarray(planes).astype(kind).tobytes())
            run("opj_compress", "-i", raw, "-o", coded, "-F", f"50,41,{components},{bits},{'s' if signed else 'u'}", *options)
            data = coded.read_bytes()
            lossy = "-I" in options
            expected = openjpeg_decode(data) if lossy else values
            header = (50, 41, components, 8 if bits <= 8 else 16, bits, signed, False)
            add(name, "4.91" if lossy else "4.90", data, header, bits, colour, expected, "OpenJPEG" if lossy else "source")
            if name == "j2k-signed":
                # a header that says unsigned: the same patterns
                add("j2k-signed-header-not", "4.90", data, (*header[:5], 0, False), bits, colour, expected, "source")
                add("j2k-no-end-mark", "4.90", data[:-2] + b"\0", header, bits, colour, expected, "source")
    for name, components, bits, options in [
        ("htj2k", 1, 16, {"reversible": True}), ("htj2k-rgb", 3, 8, {"reversible": True, "tile": (32, 32)}),
        ("htj2k-lossy", 1, 12, {"reversible": False}),
    ]:
        values = drawing(41, 50, components, bits, 4)
        data = bytes(imagecodecs.htj2k_encode(values.astype(np.uint8 if bits <= 8 else np.uint16), **options))
        lossy = not options["reversible"]
        header = (50, 41, components, 8 if bits <= 8 else 16, bits, 0, False)
        add(name, "4.203" if lossy else "4.201", data, header, 8 if bits <= 8 else 16, "Rgb" if components == 3 else "AsHeader",
            openjpeg_decode(data) if lossy else values, "OpenJPEG" if lossy else "source")


def openjpeg_decode(data):
    import openjpeg
    return openjpeg.decode(io.BytesIO(data).getvalue())


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    for old in HERE.glob("*.frame"):
        old.unlink()
    for make in (from_pydicom, from_dcmtk, from_cjpeg, from_own_lossless, from_openjpeg):
        make()
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    dcmtk = run("dcmcjpeg", "--version").decode().splitlines()[0].strip("$ ")
    turbo_version = imagecodecs.version(dict)["libjpeg_turbo"]
    lines = [f"# {versions}, libjpeg-turbo {turbo_version}, {dcmtk}; made by tools/imaging/frames_golden.py",
             "# sha256: of the patterns as little-endian 32-bit numbers, the samples of a pixel side by side",
             "\t".join(COLUMNS)]
    lines += ["\t".join(map(str, row)) for row in rows]
    (HERE / "frames.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
