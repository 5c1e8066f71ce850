"""Takes pictures of any kind, asks the reference libraries and medlab for the same numbers, prints one table of both.

    pip install -r tools/reference/imaging-requirements.txt
    apt-get install dcmtk                                               # second opinions on windows and codecs
    python tools/reference/imaging.py FOLDER…                           # all files below, with target/release/medlab
    python tools/reference/imaging.py FOLDER… --oracle --write out.tsv  # the references alone; golden rows for tests
    python tools/reference/imaging.py FOLDER… --speed --series FOLDER   # seconds of pydicom and of medlab

`oracle.py` says what `values` and `picture` are. medlab is asked for them with `inspect --values OUT.npy FILE` and
`view FILE -o OUT.png`. Verdicts, by the values alone:

    equal         every value has the same bits
    bound         every value is within the bound of its codec (column `bound`, see `bound_of`) or 1 ulp of f32
    differs       a shape or a value is other
    ours only, oracle only, both refuse
    CRASH         medlab ended by a signal, a panic or out of time: always a fault
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.pixels import apply_modality_lut

sys.dont_write_bytecode = True  # tools/ stays as it is in the repository
import oracle  # noqa: E402
from oracle import SECONDS, apart, in_words, kind_of, versions  # noqa: E402


def sha(data):
    return hashlib.sha256(data).hexdigest()


def medlab(arguments, out, read):
    """Runs it; what it wrote, or {"error": its last line}, or {"crash": how it ended}."""
    out.unlink(missing_ok=True)
    try:
        run = subprocess.run(arguments, capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return {"crash": f"not done after {SECONDS} s"}
    said = (run.stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1][:160]
    if run.returncode < 0 or run.returncode == 101:
        return {"crash": f"status {run.returncode}: {said}"}
    if run.returncode:
        return {"error": said or f"status {run.returncode} and no word"}
    if not out.exists():
        return {"error": "status 0, but wrote nothing"}
    try:
        return {"array": read(out)}
    except (OSError, ValueError) as error:
        return {"error": f"status 0, but what it wrote is no array: {error}"}


def ours(binary, path):
    with tempfile.TemporaryDirectory() as folder:
        values, picture = Path(folder) / "out.npy", Path(folder) / "out.png"
        return (medlab([binary, "inspect", "--values", values, path], values, np.load),
                medlab([binary, "view", path, "-o", picture], picture, lambda out: np.array(Image.open(out))))


def compared(row, values, picture):
    """Adds to a row of the oracle what medlab gave and the verdict."""
    row |= {"ours": values.get("crash") or values.get("error") or "ok", "off": "-", "picture off": "-"}
    if "crash" in values or "crash" in picture:
        row["verdict"], row["ours"] = "CRASH", values.get("crash") or picture["crash"]
        return
    if "error" in row or "error" in values:
        row["verdict"] = ("both refuse" if "error" in values else "ours only") if "error" in row else "oracle only"
        return
    if "picture" in row:
        drawn = picture.get("array")
        row["picture off"] = picture["error"] if drawn is None else in_words(apart(drawn, row["picture"]), drawn.shape)
    theirs, mine = (array.reshape(-1, *array.shape[-3 if array.dtype == np.uint8 else -2:])
                    for array in (row["values"], values["array"]))  # time and slices are frames
    off = apart(mine, theirs)
    row |= {"off": in_words(off, mine.shape), "verdict": "differs"}
    if off is not None:
        ulp = np.spacing(np.abs(theirs)) if theirs.dtype == np.float32 and off.shape == theirs.shape else 0
        row["verdict"] = "equal" if not off.any() else "bound" if (off <= np.fmax(row["bound"], ulp)).all() else "differs"


COLUMNS = ("file", "kind", "syntax", "photometric", "size", "frames", "how", "oracle", "dcmtk", "ours", "off", "bound",
           "picture off", "verdict", "notes")


def look(path, name, arguments):
    row = oracle.look(path)
    row |= {"file": name, "oracle": row.get("error", "ok"), "sha256_file": sha(path.read_bytes())}
    if "values" in row:
        row["values"] = np.ascontiguousarray(row["values"])
        little = row["values"].astype(row["values"].dtype.newbyteorder("<"))
        row |= {"dtype": str(row["values"].dtype), "shape": "x".join(map(str, little.shape)),
                "sha256_values": sha(little.tobytes()),
                "sha256_picture": sha(np.ascontiguousarray(row["picture"]).tobytes()) if "picture" in row else "-"}
    if not arguments.oracle:
        compared(row, *ours(arguments.medlab, path))
    row["notes"] = "; ".join(row.get("notes", []))
    row.pop("values", None), row.pop("picture", None)
    return row


def summary(rows):
    """Counts by kind and answer; of the oracle alone, or of verdicts."""
    lines = Counter((row["kind"], row.get("verdict", "oracle " + ("reads" if row["oracle"] == "ok" else "refuses"))) for row in rows)
    pictures = Counter((row["how"].split()[0] if row["kind"] == "DICOM" else row["kind"],
                        off if (off := row["picture off"].split()[0]) in ("0", "1") else "more")
                       for row in rows if row.get("picture off", "-") != "-")
    return [*(f"{kind:6} {verdict:14} {count}" for (kind, verdict), count in sorted(lines.items())),
            *(f"pictures by {how:12} off by {off:4} {count}" for (how, off), count in sorted(pictures.items()))]


def write_golden(path, rows):
    header = ("file", "sha256_file", "kind", "dtype", "shape", "bound", "sha256_values", "how", "sha256_picture")
    lines = [f"# {', '.join(f'{k} {v}' for k, v in versions().items())}; made by tools/reference/imaging.py", "\t".join(header)]
    lines += ["\t".join(str(row[name]) for name in header) for row in rows if row["oracle"] == "ok"]
    path.write_text("\n".join(lines) + "\n")


# --- speed ------------------------------------------------------------------------------------------------------

def best(function, times=3):
    """Seconds of the quickest of some runs, all files warm in the page cache."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def medlab_decodes(binary, paths):
    """One process that decodes all these files to values, once."""
    run = subprocess.run([binary, "bench", "--repeats", "1", "--imaging", *paths], capture_output=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr.decode("utf-8", "replace").strip()[-200:])


def pydicom_decodes(paths):
    for path in paths:
        ds = pydicom.dcmread(path, force=True)
        array = ds.pixel_array
        if array.ndim == 2 or ds.SamplesPerPixel == 1:
            np.asarray(apply_modality_lut(array, ds), np.float32)


def pydicom_scans(folder):
    return [pydicom.dcmread(path, stop_before_pixels=True) for path in Path(folder).iterdir()]


def medlab_scans(binary, folder):
    subprocess.run([binary, "inspect", "--list-series", folder], capture_output=True, check=True)


def pydicom_reads(path):
    try:
        pydicom_decodes([path])
    except Exception as error:  # noqa: BLE001  whatever it throws, the file is not timed
        return {"error": str(error)}
    return {}


def many_series(source, to, count):
    """Copies of a series until there are so many files, each copy a series of its own."""
    files = [pydicom.dcmread(p) for p in sorted(source.iterdir()) if p.is_file()]
    for at in range(count):
        copy, slice_ = divmod(at, len(files))
        ds = files[slice_]
        ds.SeriesInstanceUID, ds.SOPInstanceUID = f"2.25.{copy + 1}", f"2.25.{count + at}"
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.save_as(to / f"{at:04}.dcm")
    return count


def speed(arguments, paths):
    """Decoding, by transfer syntax, and reading the headers of 1 000 files: pydicom against medlab, in this run."""
    warnings.simplefilter("ignore")
    read = [path for path in paths if kind_of(path) == "DICOM" and "error" not in oracle.look(path, pydicom_reads)]
    paths = [path for path in read if "array" in ours(arguments.medlab, path)[0]]
    print(f"{len(paths)} files that both read; {len(read) - len(paths)} more that only pydicom does are not timed")
    by_syntax = {}
    for path in paths:
        meta = getattr(pydicom.dcmread(path, force=True, stop_before_pixels=True), "file_meta", {})
        syntax = str(meta.get("TransferSyntaxUID", "none")).removeprefix("1.2.840.10008.1.2") or "implicit"
        by_syntax.setdefault(syntax, []).append(path)
    rows = [(f"decode {syntax}", len(files), lambda files=files: pydicom_decodes(files),
             lambda files=files: medlab_decodes(arguments.medlab, files)) for syntax, files in sorted(by_syntax.items())]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.series:
            count = many_series(arguments.series, Path(folder), 1000)
            rows.append(("headers", count, lambda: pydicom_scans(folder), lambda: medlab_scans(arguments.medlab, folder)))
        print(f"{'what':20} {'files':>5} {'pydicom s':>10} {'medlab s':>10} {'times':>7}")
        sums = [0.0, 0.0]
        for what, files, theirs, mine in rows:
            a = best(theirs)
            try:
                b = best(mine)
                print(f"{what:20} {files:5} {a:10.3f} {b:10.3f} {a / b:6.1f}x")
                if what.startswith("decode"):
                    sums = [sums[0] + a, sums[1] + b]
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                print(f"{what:20} {files:5} {a:10.3f} {'-':>10} {'-':>7}  {error}")
        print(f"{'decode, all':20} {len(paths):5} {sums[0]:10.3f} {sums[1]:10.3f} {sums[0] / sums[1]:6.1f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--medlab", type=Path, default=Path("target/release/medlab"))
    parser.add_argument("--oracle", action="store_true", help="ask the references only")
    parser.add_argument("--json", type=Path, help="all rows, versions and the summary as JSON")
    parser.add_argument("--write", type=Path, help="golden rows (TSV)")
    parser.add_argument("--speed", action="store_true", help="time instead of compare")
    parser.add_argument("--series", type=Path, help="with --speed: a folder of one series to make 1 000 files of")
    arguments = parser.parse_args()
    files = [(path, path.name if path == top else str(path.relative_to(top))) for top in arguments.paths
             for path in ([top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file()))]
    if arguments.speed:
        speed(arguments, [path for path, _ in files])
        return
    print("\t".join(COLUMNS))
    rows = []
    for path, name in files:
        rows.append(look(path, name, arguments))
        print("\t".join(str(rows[-1].get(column, "-")) for column in COLUMNS), flush=True)
    print(*summary(rows), f"versions: {versions()}", sep="\n", file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps({"versions": versions(), "files": rows, "summary": summary(rows)}, indent=1))
    if arguments.write:
        write_golden(arguments.write, rows)


if __name__ == "__main__":
    main()
