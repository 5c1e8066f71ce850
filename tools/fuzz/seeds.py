"""Takes the fixtures of tests/data, gives a folder of seeds for each fuzz target.

    python3 tools/fuzz/seeds.py FOLDER
"""

import struct
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "tests/data"
SYNTAXES = ["5", "4.50", "4.51", "4.57", "4.80", "4.81", "4.90", "4.201"]  # in the order of src/lib.rs
ALLOCATED = {8: 0, 16: 4, 32: 8}


def write(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name.replace("/", "_")).write_bytes(data)


def main(out):
    files = [path for folder in ("images", "nifti", "golden/pictures") for path in sorted((DATA / folder).rglob("*"))]
    for path in files:
        if path.is_file() and path.suffix not in {".md", ".tsv", ".json", ".jls"}:
            target = "nifti" if ".nii" in path.name or path.suffix in {".hdr", ".img"} else "open"
            write(out / target, path.relative_to(DATA).as_posix(), path.read_bytes())
            write(out / "open", path.relative_to(DATA).as_posix(), path.read_bytes())
    rows = [line.split("\t") for line in (DATA / "frames/frames.tsv").read_text().splitlines()[3:]]
    for name, syntax, width, height, components, allocated, stored, signed, *_ in rows:
        index = SYNTAXES.index(syntax) if syntax in SYNTAXES else SYNTAXES.index(syntax[:3] + "0") if syntax[:3] + "0" in SYNTAXES else 3
        flags = (int(components) == 3) | int(signed) << 1 | ALLOCATED[int(allocated)]
        head = struct.pack("<BHHBB", index, int(width), int(height), flags, int(stored) - 1)
        write(out / "codecs", name, head + (DATA / f"frames/{name}.frame").read_bytes())
    rows = [line.split("\t") for line in (DATA / "images/jls/jls.tsv").read_text().splitlines()[2:]]
    for name, width, height, components, bits, *_ in rows:
        flags = (int(components) == 3) | (4 if int(bits) > 8 else 0)
        head = struct.pack("<BHHBB", SYNTAXES.index("4.80"), int(width), int(height), flags, int(bits) - 1)
        write(out / "codecs", name, head + (DATA / "images/jls" / name).read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
