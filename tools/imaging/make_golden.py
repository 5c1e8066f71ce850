"""Makes the pictures in tests/data/images and what they must decode and resize to.

What goes in: nothing but the real files already in tests/data/images/real (see ORIGIN.md).
What comes out: made/*.png|jpg|dcm, and the tables rasters.tsv, dicom.tsv, resize.tsv, with the versions on line 1.
The references are Pillow (rasters, resize), Transformers' Gemma3ImageProcessorPil (values) and pydicom (DICOM);
dcmtk's dcmj2pnm, when it is installed, is asked as a second opinion.

    pip install pillow==13.0.0 numpy==2.4.6 transformers==5.17.0 pydicom==3.0.2 torch torchvision
    python tools/imaging/make_golden.py
"""

import hashlib
import io
import math
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import PIL
import pydicom
import transformers
from PIL import Image, ImageOps
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_rescale, apply_voi_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

HERE = Path(__file__).resolve().parents[2] / "tests/data/images"
MADE = HERE / "made"
VERSIONS = (f"# Pillow {PIL.__version__}, numpy {np.__version__}, pydicom {pydicom.__version__}, "
            f"transformers {transformers.__version__}; made by tools/imaging/make_golden.py")


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def noise(n, kind="noise"):
    """Bytes that the tests make again from the same formula."""
    i = np.arange(n, dtype=np.uint64)
    h = (i * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = ((h * 2246822519) & 0xFFFFFFFF) >> 24
    return (h if kind == "noise" else np.where(h < 128, 0, 255)).astype(np.uint8)


# --- resize -----------------------------------------------------------------------------------------------------

RESIZES = [  # width, height, size
    (1, 1, 7), (2, 3, 5), (7, 5, 7), (8, 8, 8), (1, 40, 16), (40, 1, 16), (3, 200, 9), (333, 2, 11), (5, 4, 64),
    (64, 64, 32), (65, 63, 32), (100, 37, 56), (37, 100, 56), (31, 33, 224), (224, 224, 224), (225, 223, 224),
    (257, 129, 224), (512, 512, 224), (640, 480, 256), (1000, 10, 64), (10, 1000, 64), (999, 1001, 3), (501, 499, 1),
    (2048, 2500, 224), (300, 200, 896), (897, 895, 896), (1841, 1955, 896), (4001, 17, 30),
]


def padded(image):
    side = max(image.size)
    square = Image.new("RGB", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def resize_rows():
    for width, height, size in RESIZES:
        for kind in ("noise", "steps"):
            image = Image.fromarray(noise(width * height * 3, kind).reshape(height, width, 3))
            for fit in ("pad", "stretch"):
                square = padded(image) if fit == "pad" else image
                rgb = np.array(square.resize((size, size), Image.Resampling.BILINEAR))
                yield kind, width, height, size, fit, sha(rgb), sha(values(square, size, [0.5] * 3, [0.5] * 3))
    image = Image.fromarray(noise(61 * 47 * 3).reshape(47, 61, 3))
    rgb = np.array(image.resize((24, 24), Image.Resampling.BILINEAR))
    # other means and deviations, those of CLIP
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    yield "clip", 61, 47, 24, "stretch", sha(rgb), sha(values(image, 24, mean, std))


def values(image, size, mean, std):
    processor = Gemma3ImageProcessorPil(size={"height": size, "width": size}, image_mean=mean, image_std=std)
    out = processor(images=image, return_tensors="np", input_data_format="channels_last")["pixel_values"]
    assert out.dtype == np.float32 and out.shape == (1, 3, size, size)
    return out


# --- PNG and JPEG -----------------------------------------------------------------------------------------------

W, H = 23, 17


def chunk(name, body=b""):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def scanlines(values, channels, depth):
    """Filter-0 lines of an array [h, w * channels], packed to `depth` bits."""
    if depth == 16:
        return b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    if depth == 8:
        return b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in values)
    lines = []
    for row in values:
        bits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:].ravel()
        lines.append(b"\0" + np.packbits(bits).tobytes())
    return b"".join(lines)


def write_png(name, values, kind, depth, extra=b"", interlaced=False, before=b"", after=b""):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    h, w = values.shape[0], values.shape[1] // channels
    if interlaced:
        pixels = values.reshape(h, w, channels)
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = (pixels[y::dy, x::dx] for y, x, dy, dx in passes)
        data = b"".join(scanlines(p.reshape(p.shape[0], -1), channels, depth) for p in parts if p.size)
    else:
        data = scanlines(values, channels, depth)
    header = struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced))
    (MADE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + extra
                              + chunk(b"IDAT", zlib.compress(data, 9)) + after + chunk(b"IEND"))


def make_pngs():
    wide = noise(W * H * 4 * 2).astype(np.uint16)
    sixteen = (wide[0::2] << 8 | wide[1::2]).reshape(H, -1)
    eight = noise(W * H * 4).reshape(H, -1)
    for depth in (1, 2, 4):
        write_png(f"grey{depth}.png", eight[:, :W] >> (8 - depth), 0, depth)
    write_png("grey8.png", eight[:, :W], 0, 8)
    write_png("grey16.png", sixteen[:, :W], 0, 16)
    write_png("grey16-dark.png", sixteen[:, :W] >> 4, 0, 16)
    write_png("grey-alpha8.png", eight[:, :2 * W], 4, 8)
    write_png("grey-alpha16.png", sixteen[:, :2 * W], 4, 16)
    write_png("rgb8.png", eight[:, :3 * W], 2, 8)
    write_png("rgb8-interlaced.png", eight[:, :3 * W], 2, 8, interlaced=True)
    write_png("rgb16.png", sixteen[:, :3 * W], 2, 16)
    write_png("rgba8.png", eight, 6, 8)
    write_png("rgba16.png", sixteen, 6, 16)
    key = struct.pack(">HHH", *(int(v) for v in eight[0, :3]))
    write_png("rgb8-key.png", eight[:, :3 * W], 2, 8, chunk(b"tRNS", key))
    write_png("grey8-key.png", eight[:, :W], 0, 8, chunk(b"tRNS", struct.pack(">H", int(eight[0, 0]))))
    for depth in (1, 4, 8):
        palette = noise(3 << depth)[::-1].tobytes()
        write_png(f"palette{depth}.png", eight[:, :W] >> (8 - depth), 3, depth, chunk(b"PLTE", palette))
    palette = chunk(b"PLTE", noise(768).tobytes()) + chunk(b"tRNS", noise(200).tobytes())
    write_png("palette8-alpha.png", eight[:, :W], 3, 8, palette)
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    write_png("rgb8-turned.png", eight[:, :3 * W], 2, 8, chunk(b"eXIf", exif))
    gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0))
    write_png("grey8-gamma.png", eight[:, :W], 0, 8, before=gamma)
    control = chunk(b"acTL", struct.pack(">II", 2, 0))
    frame = struct.pack(">IIIIIHHBB", 0, W, H, 0, 0, 1, 10, 0, 0)
    second = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, W, H, 0, 0, 1, 10, 0, 0)) + chunk(
        b"fdAT", struct.pack(">I", 2) + zlib.compress(scanlines(255 - eight[:, :W], 1, 8)))
    write_png("animated.png", eight[:, :W], 0, 8, before=control + chunk(b"fcTL", frame), after=second)


def make_jpegs():
    y, x = np.mgrid[:H * 2, :W * 2]
    smooth = np.stack([127 + 120 * np.sin(x / 9 + c) * np.cos(y / (7 + c)) for c in range(4)], -1)
    smooth = np.clip(np.round(smooth), 0, 255).astype(np.uint8)
    rgb = Image.fromarray(smooth[..., :3])
    Image.fromarray(smooth[..., 0]).save(MADE / "grey.jpg", quality=90)
    rgb.save(MADE / "colour-444.jpg", quality=95, subsampling=0)
    rgb.save(MADE / "colour-422.jpg", quality=90, subsampling=1)
    rgb.save(MADE / "colour-420.jpg", quality=75, subsampling=2)
    rgb.save(MADE / "colour-rgb.jpg", quality=95, keep_rgb=True)
    rgb.save(MADE / "progressive.jpg", quality=90, progressive=True)
    rgb.save(MADE / "restart.jpg", quality=90, restart_marker_rows=1)
    Image.fromarray(smooth, "CMYK").save(MADE / "cmyk.jpg", quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(smooth[:9, :14, 0]).save(MADE / f"turned-{orientation}.jpg", quality=95, exif=exif)


def raster_rows():
    for path in sorted([*MADE.glob("*.png"), *MADE.glob("*.jpg")]):
        if path.name.endswith(".expected.png"):
            continue
        image = ImageOps.exif_transpose(Image.open(path))
        if image.mode.startswith("I;16"):  # Pillow would cut at 255: ours is the high byte
            rgb = np.repeat((np.array(image) >> 8).astype(np.uint8)[..., None], 3, -1)
        else:
            rgb = np.array(image.convert("RGB"))
        if path.suffix == ".jpg":
            Image.fromarray(rgb).save(MADE / (path.stem + ".expected.png"), optimize=True)
        yield path.name, rgb.shape[1], rgb.shape[0], sha(rgb)


# --- DICOM ------------------------------------------------------------------------------------------------------

def data_set(pixels, allocated=16, stored=None, high=None, signed=False, photometric="MONOCHROME2", **more):
    stored = stored or allocated
    ds = Dataset()
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = "1.2.3.4"
    ds.PatientName = "Secret^Patient"
    ds.PatientID = "SECRET-ID"
    ds.Modality = "OT"
    ds.SamplesPerPixel = 3 if photometric == "RGB" else 1
    ds.PhotometricInterpretation = photometric
    ds.Rows, ds.Columns = H, W
    ds.BitsAllocated, ds.BitsStored = allocated, stored
    ds.HighBit = stored - 1 if high is None else high
    ds.PixelRepresentation = int(signed)
    for name, value in more.items():
        setattr(ds, name, value)
    ds.add_new(0x7FE00010, "OW" if allocated == 16 else "OB", pixels)
    return ds


def save(name, ds, syntax=ExplicitVRLittleEndian, preamble=True):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.save_as(MADE / name, enforce_file_format=True)
    if not preamble:
        path = MADE / name
        path.write_bytes(path.read_bytes()[132:])


def make_dicoms():
    raw = noise(W * H * 3 * 2)
    two = raw.astype(np.uint16)
    words = (two[0::2] << 8 | two[1::2])[:W * H]
    le = words.astype("<u2").tobytes()
    window = {"WindowCenter": "40", "WindowWidth": "400"}
    hu = (words % 4096).astype("<u2").tobytes()
    rescale = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}
    save("ct-window.dcm", data_set(hu, stored=12, **rescale, **window))
    save("ct-two-windows.dcm", data_set(hu, stored=12, **rescale, WindowCenter=["40", "-600"], WindowWidth=["400", "1500"]))
    save("ct-slope.dcm", data_set(hu, stored=12, RescaleSlope="0.25", RescaleIntercept="-100.5", WindowCenter="300.5",
                                  WindowWidth="701"))
    save("no-window.dcm", data_set(hu, stored=12, **rescale))
    save("mono1.dcm", data_set(hu, stored=12, photometric="MONOCHROME1", **window))
    save("linear-exact.dcm", data_set(hu, stored=12, **rescale, **window, VOILUTFunction="LINEAR_EXACT"))
    save("sigmoid.dcm", data_set(hu, stored=12, **rescale, **window, VOILUTFunction="SIGMOID"))
    save("junk-above.dcm", data_set(le, stored=12, **rescale, **window))
    save("signed-junk-above.dcm", data_set(le, stored=12, signed=True, **window))
    save("high-bit-15.dcm", data_set(le, stored=12, high=15, **window))
    save("signed-16.dcm", data_set(le, signed=True))
    pad = np.where(words % 7 == 0, 0xF830, words % 2000).astype("<u2").tobytes()  # -2000
    save("padding.dcm", data_set(pad, signed=True, PixelPaddingValue=-2000))
    save("grey8.dcm", data_set(raw[:W * H].tobytes() + b"\0", allocated=8))
    save("grey8-signed.dcm", data_set(raw[:W * H].tobytes() + b"\0", allocated=8, signed=True, WindowCenter="0", WindowWidth="100"))
    save("implicit.dcm", data_set(hu, stored=12, **rescale, **window), ImplicitVRLittleEndian)
    save("big.dcm", data_set(words.astype(">u2").tobytes(), **window), ExplicitVRBigEndian)
    save("no-preamble.dcm", data_set(hu, stored=12, **rescale, **window), preamble=False)
    rgb = raw[:W * H * 3].tobytes() + b"\0"
    save("rgb.dcm", data_set(rgb, allocated=8, photometric="RGB", PlanarConfiguration=0))
    save("rgb-planes.dcm", data_set(rgb, allocated=8, photometric="RGB", PlanarConfiguration=1))
    un = data_set(hu, stored=12, **window)
    un.add_new(0x00281052, "UN", b"-1024 ")
    un.add_new(0x00281053, "UN", b"2 ")
    save("un-rescale.dcm", un)
    enhanced = data_set(hu, stored=12, NumberOfFrames=1)
    transform, voi, group = Dataset(), Dataset(), Dataset()
    transform.RescaleSlope, transform.RescaleIntercept = "1", "-1024"
    voi.WindowCenter, voi.WindowWidth = "-600", "1500"
    group.PixelValueTransformationSequence = [transform]
    group.FrameVOILUTSequence = [voi]
    enhanced.SharedFunctionalGroupsSequence = [group]
    save("enhanced.dcm", enhanced)
    icon = data_set(hu, stored=12, **rescale)
    small = Dataset()
    small.Rows, small.Columns, small.WindowCenter, small.WindowWidth = 1, 1, "1", "2"
    small.add_new(0x7FE00010, "OB", b"\x01\x02")
    icon.IconImageSequence = [small]
    icon["IconImageSequence"].is_undefined_length = True
    save("icon.dcm", icon)
    unusual(hu, raw)


def unusual(hu, raw):
    """What a plain reader gets wrong: several frames, other bits, lookup tables, groups that a frame lacks."""
    save("frames.dcm", data_set(hu + bytes(reversed(hu)), stored=12, NumberOfFrames=2))
    save("32-bit.dcm", data_set(hu * 2, allocated=32))
    save("ybr.dcm", data_set(raw[:W * H * 3].tobytes() + b"\0", allocated=8, SamplesPerPixel=3,
                             photometric="YBR_FULL", PlanarConfiguration=0))
    lut = Dataset()
    lut.LUTDescriptor, lut.LUTData = [4, 1000, 16], np.array([0, 20000, 30000, 65535], "<u2").tobytes()
    lut["LUTDescriptor"].VR = "US"
    lut["LUTData"].VR = "OW"
    save("modality-lut.dcm", data_set(hu, stored=12, ModalityLUTSequence=[lut]))
    save("voi-lut.dcm", data_set(hu, stored=12, VOILUTSequence=[lut]))
    gap = data_set(hu * 3, stored=12, NumberOfFrames=3)
    groups = []
    for slope, intercept in (("2", "10"), (None, None), ("4", "30")):
        group = Dataset()
        if slope:
            transform = Dataset()
            transform.RescaleSlope, transform.RescaleIntercept = slope, intercept
            group.PixelValueTransformationSequence = [transform]
        groups.append(group)
    shared = Dataset()
    transform = Dataset()
    transform.RescaleSlope, transform.RescaleIntercept = "3", "20"
    shared.PixelValueTransformationSequence = [transform]
    gap.SharedFunctionalGroupsSequence, gap.PerFrameFunctionalGroupsSequence = [shared], groups
    save("enhanced-gap.dcm", gap)
    marked = np.zeros(W * H, np.uint8)
    marked[[0, 1, W, 5 * W + 7, W * H - 1]] = 1
    for name, inside in (("overlay.dcm", False), ("overlay-in-pixels.dcm", True)):
        words = np.frombuffer(hu, "<u2")[:W * H]
        plane = data_set((words | marked.astype("<u2") << 15).tobytes() if inside else hu, stored=12)
        for element, vr, value in ((0x10, "US", H), (0x11, "US", W), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
                                   (0x100, "US", 16 if inside else 1), (0x102, "US", 15 if inside else 0)):
            plane.add_new(0x60000000 + element, vr, value)
        if not inside:
            packed = np.packbits(marked, bitorder="little").tobytes()
            plane.add_new(0x60003000, "OW", packed + b"\0" * (len(packed) % 2))
        save(name, plane)
    floats = data_set(b"", allocated=32, RescaleSlope="2", RescaleIntercept="1")
    del floats.PixelData, floats.BitsStored, floats.HighBit, floats.PixelRepresentation
    floats.FloatPixelData = (np.frombuffer(hu, "<u2")[:W * H].astype("<f4") / 7 - 100).tobytes()
    save("float.dcm", floats)


def shown(ds, path):
    """What the picture must look like, from pydicom's stored values."""
    if ds.PhotometricInterpretation == "RGB":
        return ds.pixel_array
    values = stored_values(ds)
    for tag in (0x00281052, 0x00281053):
        if tag in ds and ds[tag].VR == "UN":
            ds[tag].VR, ds[tag].value = "DS", ds[tag].value.decode().strip()
            ds[tag] = pydicom.dataelem.DataElement(tag, "DS", str(ds[tag].value))
    if "SharedFunctionalGroupsSequence" in ds:
        group = ds.SharedFunctionalGroupsSequence[0]
        for part in (group.PixelValueTransformationSequence[0], group.FrameVOILUTSequence[0]):
            ds.update(part)
    real = np.asarray(apply_rescale(values, ds), dtype=np.float64)
    if "WindowWidth" in ds:
        ds.BitsStored, ds.PixelRepresentation, ds.PhotometricInterpretation = 8, 0, ds.PhotometricInterpretation
        grey = window(real, ds)
    else:
        grey = without_window(ds, values, real)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        grey = 255 - grey
    grey = np.floor(grey + 1e-9).astype(np.uint8)  # the fraction is cut at the very end, as dcmtk does
    second_opinion(path, grey)
    return np.repeat(grey[..., None], 3, -1)


def without_window(ds, values, real):
    """CT in HU: the soft-tissue window. 8 bits that are neither MR nor film: as they are. Else percentiles 1 to 99."""
    if ds.get("Modality") == "CT" and "RescaleSlope" in ds:
        soft = Dataset()
        soft.WindowCenter, soft.WindowWidth = 40, 400
        return window(real, soft)
    if ds.BitsStored == 8 and not ds.PixelRepresentation and ds.get("Modality") not in ("MR", "CR", "DX", "MG"):
        return real
    inside = real if "PixelPaddingValue" not in ds else real[values != ds.PixelPaddingValue]
    low, high = np.percentile(inside.astype(np.float32), (1, 99))
    if low == high:
        low, high = inside.min(), inside.max()
    return np.clip((real - low) / (high - low), 0, 1) * 255


def stored_values(ds):
    """pydicom leaves bits outside BitsStored where they are: cut them, extend the sign."""
    dtype = {8: "u1", 16: ("<u2" if ds.original_encoding[1] else ">u2")}[ds.BitsAllocated]
    raw = np.frombuffer(ds.PixelData, dtype)[:ds.Rows * ds.Columns].astype(np.int64).reshape(ds.Rows, ds.Columns)
    value = (raw >> (ds.HighBit + 1 - ds.BitsStored)) & ((1 << ds.BitsStored) - 1)
    if ds.PixelRepresentation:
        value = np.where(value >> (ds.BitsStored - 1), value - (1 << ds.BitsStored), value)
    if ds.HighBit + 1 == ds.BitsStored == ds.BitsAllocated:
        assert np.array_equal(value, ds.pixel_array), "pydicom reads it otherwise"
    return value


def window(real, ds):
    """pydicom's own window; it writes to the range of the stored bits, which is set to 8 bits here."""
    plain = Dataset()
    for name in ("WindowCenter", "WindowWidth", "VOILUTFunction"):
        if name in ds:
            setattr(plain, name, getattr(ds, name))
    plain.PhotometricInterpretation, plain.BitsStored, plain.PixelRepresentation = "MONOCHROME2", 8, 0
    plain.RescaleSlope, plain.RescaleIntercept = "1", "0"
    return apply_voi_lut(real, plain, index=0)


def second_opinion(path, grey):
    if not shutil.which("dcmj2pnm"):
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        option = ["+Wi", "1"] if "WindowWidth" in pydicom.dcmread(path, force=True) else ["+Wm"]
        run = subprocess.run(["dcmj2pnm", "+on", *option, path, out], capture_output=True, check=False)
        if run.returncode or not out.exists():
            print(f"  dcmj2pnm on {path.name}: {run.stderr.decode().strip()[:90]}")
            return
        theirs = np.array(Image.open(out)).astype(int)
        off = np.abs(theirs - grey)
        print(f"  dcmj2pnm on {path.name}: {np.count_nonzero(off)} of {off.size} differ, by at most {off.max()}")


def dicom_rows():
    for path in sorted([*MADE.glob("*.dcm"), *(HERE / "real").glob("*.dcm")]):
        if path.name in UNUSUAL or path.parent.name == "real" and path.name not in REAL:
            continue
        rgb = shown(pydicom.dcmread(path, force=True), path)
        yield f"{path.parent.name}/{path.name}", rgb.shape[1], rgb.shape[0], sha(rgb.astype(np.uint8))


# measured by tools/reference/imaging.py instead (values.tsv)
UNUSUAL = ["frames.dcm", "32-bit.dcm", "ybr.dcm", "modality-lut.dcm", "voi-lut.dcm", "enhanced-gap.dcm", "float.dcm",
           "overlay.dcm", "overlay-in-pixels.dcm"]
REAL = ["CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_padded.dcm", "SC_rgb_small_odd.dcm",
        "SC_rgb_small_odd_big_endian.dcm"]


def write(name, header, rows):
    lines = [VERSIONS, "\t".join(header), *("\t".join(map(str, row)) for row in rows)]
    (HERE / name).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    MADE.mkdir(parents=True, exist_ok=True)
    make_pngs()
    make_jpegs()
    make_dicoms()
    write("rasters.tsv", ["file", "width", "height", "sha256_rgb"], raster_rows())
    write("dicom.tsv", ["file", "width", "height", "sha256_rgb"], dicom_rows())
    write("resize.tsv", ["kind", "width", "height", "size", "fit", "sha256_rgb", "sha256_values"], resize_rows())
