"""Takes a picture file, gives what the reference libraries make of it: values, an 8-bit picture, and how far codecs may differ.

    oracle.look(path)    a dict with kind, syntax, photometric, size, frames, values, picture (where there is one), how, bound,
                         notes, dcmtk; or with kind and error

`values`, what was measured before any window, frames first, in the file's order:

    DICOM, grey     f32 [frames, rows, columns]       after the modality LUT or the rescale, each frame with its own
    DICOM, colour   u8 [frames, rows, columns, 3]     palettes expanded, YBR to RGB, the high byte of deeper samples
    NIfTI, MGH      f32 [(time,) slices, j, i]        get_fdata() with its axes turned round; RGB as u8 [..., 3]
    others          u8 [frames, rows, columns, 3]     Pillow's RGB, upright by Exif; f32 [...] of 16 and 32-bit grey

and `picture`, 8 bits: the first frame of a DICOM or raster file with the first window of the file that is one (a LINEAR width
is >= 1), else its first VOI LUT, else from the smallest to the largest value that is not padding (`how` says which); the
fraction is cut, as dcmtk does. MONOCHROME1 is inverted. Overlays are not drawn. `imaging.py` holds medlab against it.
"""

import gzip
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from PIL import Image, ImageOps, ImageSequence
from pydicom.pixels import get_decoder
from pydicom.pixels.processing import _expand_segmented_lut

LIBRARIES = ("pydicom", "pylibjpeg", "pylibjpeg-libjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls", "nibabel", "pillow",
             "numpy")
RASTERS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF",
           b"II+\0": "TIFF", b"MM\0+": "TIFF"}
PLUGINS = ("pylibjpeg", "pyjpegls", "pillow", "pydicom")  # in this order; the first that can is the oracle
JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
J2K = ("1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.20")
SECONDS, BYTES = 120, 8 << 30  # for one file


def versions():
    found = {name: version(name) for name in LIBRARIES}
    if shutil.which("dcmj2pnm"):
        found["dcmtk"] = subprocess.run(["dcmj2pnm", "--version"], capture_output=True, text=True, check=False).stdout.split()[2]
    return found | {"python": sys.version.split()[0]}


def kind_of(path):
    """By the first bytes; the name decides only for DICOM without a preamble."""
    head = path.open("rb").read(544)
    packed = head[:2] == b"\x1f\x8b"
    if packed:
        try:
            head = gzip.open(path).read(544)
        except (OSError, EOFError):
            return "other"
    if head[128:132] == b"DICM":
        return "DICOM"
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0"):
        return "NIfTI"
    if head[:4] == b"\0\0\0\1" and path.suffix.lower() in (".mgz", ".mgh"):
        return "MGH"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"\xff\xd8\xff\xf7"):  # JPEG-LS without a container
        return "other"
    for magic, name in RASTERS.items():
        if head.startswith(magic):
            return name
    return "DICOM" if path.suffix.lower() == ".dcm" or head[:4] in (b"\x08\0\0\0", b"\x08\0\x05\0", b"\x08\0\x08\0") else "other"


def apart(a, b):
    """How far each value of two arrays is from the other's, None if they have other shapes; NaN is equal to NaN."""
    if abs(a.ndim - b.ndim) == 1:  # three equal channels are the same grey as one
        wide = a if a.ndim > b.ndim else b
        if wide.shape[-1] == 3 and (wide == wide[..., :1]).all():
            a, b = (x[..., 0] if x is wide else x for x in (a, b))
    if a.shape != b.shape:
        return None
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        off = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, np.abs(a - b))
    return np.where(np.isnan(off), np.inf, off)


def in_words(off, shape=()):
    if off is None:
        return " ".join(["other shape", "x".join(map(str, shape))]).strip()
    return f"{off.max():.6g} ({np.count_nonzero(off)} of {off.size})" if off.any() else "0"


# --- DICOM ------------------------------------------------------------------------------------------------------

def group(ds, frame, name):
    """The item that holds for this frame: of its own functional group, of the shared one, else the file itself."""
    per_frame, shared = ds.get("PerFrameFunctionalGroupsSequence") or [], ds.get("SharedFunctionalGroupsSequence") or []
    for item in [*per_frame[frame:frame + 1], *shared[:1]]:
        if item.get(name):
            return item[name].value[0]
    return ds


def number(ds, name):
    """The first number of an attribute, also one whose VR got lost (UN); None without one."""
    value = ds.get(name)
    if isinstance(value, bytes):
        value = value.decode("ascii").strip(" \0").split("\\")
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        value = value[0] if len(value) else None
    return None if value in (None, "") else float(value)


def table(item, little, signed):
    """A LUT's first mapped value, its entries and their bits (PS3.3 C.11.1.1.1)."""
    count, first, bits = (int(v) & 0xFFFF for v in item.LUTDescriptor)
    first -= (first >> 15 << 16) if signed else 0
    data = item.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, np.uint8 if len(data) < 2 * (count or 1 << 16) else "<u2" if little else ">u2")
    return first, np.asarray(data, np.int64).ravel()[:count or 1 << 16] & 0xFFFF, bits


def looked_up(values, first, entries):
    return entries[np.clip(values - first, 0, len(entries) - 1).astype(np.int64)]


def by_dcmtk(ds):
    """The file decompressed by dcmdjpeg, dcmdjpls or dcmdrle, as one more decoder."""
    syntax = ds.file_meta.TransferSyntaxUID
    tool = "dcmdrle" if syntax.endswith(".5") else "dcmdjpls" if syntax[-3:] in (".80", ".81") else "dcmdjpeg"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.dcm"
        subprocess.run([tool, ds.filename, out], capture_output=True, check=True, timeout=SECONDS)
        plain = pydicom.dcmread(out)
        return get_decoder(plain.file_meta.TransferSyntaxUID).as_array(plain)


def decoded(ds, notes):
    """Stored values [frames, rows, columns(, samples)], their photometric interpretation, and how far decoders are apart.

    All decoders that can are asked; the first that answers is the oracle, and how far the others are from it is noted."""
    syntax = ds.file_meta.TransferSyntaxUID
    decoder = get_decoder(syntax)
    plugins = [p for p in PLUGINS if p in decoder.available_plugins] if syntax.is_encapsulated else [""]
    if syntax.is_encapsulated and not syntax.startswith(J2K) and shutil.which("dcmdjpeg"):
        plugins.append("dcmtk")
    found, why = [], []
    for plugin in plugins:
        try:
            array, meta = by_dcmtk(ds) if plugin == "dcmtk" else decoder.as_array(ds, decoding_plugin=plugin)
        except Exception as error:  # noqa: BLE001  whatever a decoder throws, the next one is asked
            why.append(" ".join(f"{plugin} {error}".split()).rsplit(" as exceptions were raised by all available plugins: ")[-1])
            continue
        shape = (-1, ds.Rows, ds.Columns) + ((meta["samples_per_pixel"],) if meta["samples_per_pixel"] > 1 else ())
        found.append((array.reshape(shape), meta["photometric_interpretation"], plugin))
    if not found:
        raise ValueError(" | ".join(why) or f"no decoder for {syntax}")
    array, photometric, first = found[0]
    spread = 0
    for other, _, plugin in found[1:]:
        off = apart(other, array)
        if off is None or off.any():
            notes.append(f"{plugin} against {first}: {in_words(off)}")
            spread = max(spread, 0 if off is None else int(off.max()))
    return array, photometric, spread


def unused_bits_cut(ds, array, syntax):
    """pydicom keeps the low bits whatever HighBit says: here the bits below HighBit count (PS3.5 8.1.1)."""
    if ds.HighBit + 1 == ds.BitsStored or syntax.is_encapsulated or "PixelData" not in ds or ds.BitsAllocated not in (8, 16, 32):
        return array
    raw, _ = get_decoder(syntax).as_array(ds, correct_unused_bits=False)
    value = (raw.astype(np.int64) >> (ds.HighBit + 1 - ds.BitsStored)) & ((1 << ds.BitsStored) - 1)
    if ds.PixelRepresentation:
        value -= value >> (ds.BitsStored - 1) << ds.BitsStored
    return value.reshape(array.shape)


def palette(ds, stored):
    """Indices to RGB, 8 bits; 16-bit entries by their high byte (PS3.3 C.7.6.3.1.5)."""
    little, channels = ds.original_encoding[1], []
    for colour in ("Red", "Green", "Blue"):
        item = pydicom.Dataset()
        item.LUTDescriptor = ds[f"{colour}PaletteColorLookupTableDescriptor"].value
        segments = ds.get(f"Segmented{colour}PaletteColorLookupTableData")
        if segments:
            first, bits = int(item.LUTDescriptor[1]), int(item.LUTDescriptor[2])
            order = f"{'<' if little else '>'}{'B' if bits == 8 else 'H'}"  # as struct and numpy both know it
            entries = np.array(_expand_segmented_lut(tuple(np.frombuffer(segments, order).tolist()), order))
        else:
            data = ds[f"{colour}PaletteColorLookupTableData"].value
            item.LUTData = data
            first, entries, bits = table(item, little, ds.PixelRepresentation)
            bits = 8 if len(data) < 2 * len(entries) else bits
        channels.append(looked_up(stored.astype(np.int64), first, entries) >> (bits - 8))
    return np.stack(channels, -1).astype(np.uint8)


def rescaled(ds, stored, frame):
    """Stored values of one frame to measured ones, f64 (PS3.3 C.11.1)."""
    if ds.get("ModalityLUTSequence"):
        first, entries, _ = table(ds.ModalityLUTSequence[0], ds.original_encoding[1], ds.PixelRepresentation)
        return looked_up(stored.astype(np.int64), first, entries).astype(np.float64)
    part = group(ds, frame, "PixelValueTransformationSequence")
    slope, intercept = number(part, "RescaleSlope"), number(part, "RescaleIntercept")
    return stored.astype(np.float64) * (1 if slope is None else slope) + (intercept or 0)


def windowed(values, centre, width, function):
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, to 0..255 with a fraction."""
    if function == "SIGMOID":
        return 255 / (1 + np.exp(-4 * (values - centre) / width))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
    inside = ((values - centre) / (width or 1) + 0.5) * 255
    return np.where(values <= centre - width / 2, 0, np.where(values > centre + width / 2, 255, inside))


def shown(ds, values, stored):
    """The first frame of grey values as 8 bits, and by what: window, LUT or range."""
    part = group(ds, 0, "FrameVOILUTSequence")
    centre, width = number(part, "WindowCenter"), number(part, "WindowWidth")
    function = str(part.get("VOILUTFunction") or "LINEAR").strip().upper()
    if centre is not None and width is not None and (width >= 1 if function == "LINEAR" else width > 0):
        grey, how = windowed(values, centre, width, function), f"{function.lower()} {centre:g}/{width:g}"
    elif part.get("VOILUTSequence"):
        first, entries, bits = table(part.VOILUTSequence[0], ds.original_encoding[1], values.min() < 0 or ds.PixelRepresentation)
        grey, how = looked_up(values, first, entries) * 255 / ((1 << bits) - 1), "LUT"
    else:
        padding, limit = number(ds, "PixelPaddingValue"), number(ds, "PixelPaddingRangeLimit")
        ends = sorted((padding, padding if limit is None else limit)) if padding is not None else (1, 0)
        inside = values[(stored < ends[0]) | (stored > ends[1])]
        low, high = (inside.min(), inside.max()) if inside.size else (0, 1)
        grey, how = np.clip((values - low) / ((high - low) or 1), 0, 1) * 255, "range"
    if ds.PhotometricInterpretation == "MONOCHROME1":
        grey = 255 - grey
    return np.floor(np.clip(grey, 0, 255) + 1e-9).astype(np.uint8), how


def bound_of(ds, syntax, spread, colour):
    """How far two right decoders of this codec may be from each other, in stored values; 0 where the codec is exact.

    JPEG: an inverse DCT of 1 (ITU-T T.83) and the rounding of the colours, or what the two references differ by, which is more
    where chroma is enlarged. JPEG 2000 with the irreversible filter: 1. All others, near-lossless JPEG-LS too, are exact."""
    if syntax in JPEG:
        return max(3 if colour else 1, spread)
    if syntax.startswith(J2K):
        stream = next(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1))
        cod = stream.find(b"\xff\x52")  # coding style: the filter is its byte 13
        return 1 if cod > 0 and stream[cod + 13] == 0 else 0
    return 0


def dicom(path):
    ds, notes = pydicom.dcmread(path, force=True), []
    if not any(name in ds for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise ValueError("no pixel data")
    if "TransferSyntaxUID" not in getattr(ds, "file_meta", {}):
        implicit, little = ds.original_encoding
        ds.file_meta = pydicom.dataset.FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2{'' if implicit else '.1' if little else '.2'}"
        notes.append("no transfer syntax: guessed")
    syntax, photometric = ds.file_meta.TransferSyntaxUID, str(ds.PhotometricInterpretation)
    array, became, spread = decoded(ds, notes)
    if "PixelData" in ds:
        array = unused_bits_cut(ds, array, syntax)
    out = {"syntax": syntax.removeprefix("1.2.840.10008.1.2") or "implicit", "photometric": photometric, "notes": notes,
           "size": f"{ds.Columns}x{ds.Rows}", "frames": len(array), "how": "colour"}
    said = int(number(ds, "NumberOfFrames") or 1)
    if said != len(array):
        notes.append(f"NumberOfFrames is {said}")
        array = array[:said]
        out["frames"] = len(array)
    if photometric == "PALETTE COLOR":
        out["values"] = palette(ds, array)
    elif array.ndim == 4:
        if became not in ("RGB", "YBR_RCT", "YBR_ICT"):
            raise ValueError(f"{became} is not turned into RGB")
        deep = 8 * array.dtype.itemsize > 8 or ds.BitsStored > 8
        out["values"] = (array >> (ds.BitsStored - 8) if deep else array).astype(np.uint8)
    else:
        exact = np.stack([rescaled(ds, frame, at) for at, frame in enumerate(array)])
        out["values"] = exact.astype(np.float32)
        out["picture"], out["how"] = shown(ds, exact[0], array[0])
    if array.ndim == 4 or photometric == "PALETTE COLOR":
        out["picture"] = out["values"][0]
    out["bound"] = bound_of(ds, syntax, spread, array.ndim == 4)
    if out["bound"] and out["values"].dtype == np.float32:
        slope = number(group(ds, 0, "PixelValueTransformationSequence"), "RescaleSlope")
        out["bound"] *= abs(1 if slope is None else slope)
    out["dcmtk"] = second_opinion(path, out["picture"], out["how"])
    return out


def second_opinion(path, picture, how):
    """What dcmj2pnm makes of the first frame, against ours."""
    if not shutil.which("dcmj2pnm"):
        return "-"
    option = {"range": ["+Wm"], "LUT": ["+Wl", "1"], "colour": []}.get(how, ["+Wi", "1"])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        run = subprocess.run(["dcmj2pnm", "-O", "+on", *option, path, out], capture_output=True, check=False, timeout=SECONDS)
        if run.returncode or not out.exists():
            return "refuses"
        theirs = np.array(Image.open(out))
    return in_words(apart(theirs, picture))


# --- others -----------------------------------------------------------------------------------------------------

def nifti(path):
    image = nibabel.load(path)
    kind = image.get_data_dtype()
    if kind.fields:  # RGB24, RGBA32
        array = np.asarray(image.dataobj).T
        values = np.stack([array[name] for name in kind.names[:3]], -1)  # alpha is not applied
    else:
        if kind.kind == "c":
            raise ValueError("complex numbers")
        values = image.get_fdata(dtype=np.float64).T.astype(np.float32)
    pixel = values.ndim - (3 if kind.fields else 2)
    if pixel < 0:
        raise ValueError("one axis only")
    shape = image.shape[::-1]
    if len(shape) == 2:
        values = values[None]
    return {"syntax": f"{type(image).__name__} {kind}", "photometric": "RGB" if kind.fields else "grey",
            "size": f"{shape[-1]}x{shape[-2]}", "frames": int(np.prod(shape[:-2])), "values": values, "how": "-", "bound": 0,
            "notes": [f"shape {'x'.join(map(str, image.shape))}"], "dcmtk": "-"}


def raster(path):
    image, notes = Image.open(path), []
    mode, frames = image.mode, getattr(image, "n_frames", 1)
    lossy = image.format in ("JPEG", "MPO") or image.info.get("compression") == "jpeg"
    out = {"syntax": f"{image.format} {image.info.get('compression', '')}".strip(), "photometric": mode, "notes": notes,
           "size": f"{image.width}x{image.height}", "frames": frames, "bound": 3 if lossy else 0, "dcmtk": "-", "how": "-"}
    deep = mode.startswith("I;16") or mode in ("I", "F")
    pages = []
    for page in ImageSequence.Iterator(image):
        upright = ImageOps.exif_transpose(page)
        pages.append(np.array(upright, np.float32) if deep else np.array(upright.convert("RGB")))
        if pages[-1].shape != pages[0].shape:
            notes.append(f"page {len(pages)} has another size")
            pages.pop()
            break
    out["values"] = np.stack(pages)
    if "A" in mode or "transparency" in image.info:
        notes.append("has alpha: not applied")
    if not deep:
        out["picture"] = pages[0]
    elif mode.startswith("I;16"):
        out["picture"] = (pages[0].astype(np.uint16) >> 8).astype(np.uint8)
    return out


def answer(path):
    kind = kind_of(path)
    if kind == "other":
        return {"kind": kind, "error": "not asked"}
    reader = {"DICOM": dicom, "NIfTI": nifti, "MGH": nifti}.get(kind, raster)
    try:
        return {"kind": kind} | reader(path)
    except Exception as error:  # noqa: BLE001  whatever a library throws is its answer
        return {"kind": kind, "error": " ".join(f"{type(error).__name__}: {error}".split())[:160]}


def look(path, function=answer):
    """Asks in a process of its own: a library that crashes or does not end must not end the caller."""
    def child(pipe):
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        warnings.simplefilter("ignore")
        pipe.send(function(path))
    ours, theirs = multiprocessing.get_context("fork").Pipe(False)
    process = multiprocessing.get_context("fork").Process(target=child, args=(theirs,))
    process.start()
    theirs.close()
    try:
        said = ours.recv() if ours.poll(SECONDS) else {"error": f"not done after {SECONDS} s"}
    except EOFError:
        said = {"error": "the library crashed"}
    process.kill()
    process.join()
    return {"kind": kind_of(path)} | said
