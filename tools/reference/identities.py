"""Takes DICOM and NIfTI files, gives for each the identifying texts in it, as JSON: no output of medlab may carry one of them.

    python tools/reference/identities.py FOLDER… > identities.json       # with the table in src/imaging/dicom/profile.rs
    {"versions": {…}, "files": {PATH: {"sha256": …, "texts": [TEXT, …]}}}

What identifies is what `profile.rs` says, and everything inside a sequence that does. Of that only texts are listed that are
found by accident nowhere else: of 4 characters and more; no fractions, no numbers of less than 6 digits, no UIDs of the standard, no
words that mean nobody (`anonymous`); no text that the file also has where it does not identify (a body part in a description),
and none that is in the file's own path, which medlab is told. A name is listed whole and by its parts, a date also as 2004-01-19,
of a long text the first 8 lines, 40 characters each.
"""

import argparse
import hashlib
import json
import re
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import nibabel
import pydicom

sys.dont_write_bytecode = True  # tools/ stays as it is in the repository
from oracle import kind_of  # noqa: E402

PROFILE = Path(__file__).resolve().parents[2] / "src/imaging/dicom/profile.rs"
TEXTS = {"AE", "AS", "DA", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT", "UN", "DS", "CS"}
NOBODY = {"anon", "anonymous", "anonymized", "anonymised", "anonymize", "unknown", "none", "null", "true", "false", "other",
          "test", "name", "patient", "removed", "unspecified", "not specified", "default", "deidentified", "de-identified",
          "image", "float", "float32", "uint16", "int16", "units", "original", "primary", "secondary", "derived"}
CODES = {0x00080100, 0x00080102, 0x00080103, 0x00080105, 0x00080106, 0x0008010F,  # which code, not what it means
         0x0040A010, 0x0040A040, 0x0040A050}


def profile(path):
    """The tags that identify, out of the Rust source: one truth for both."""
    text = path.read_text()
    begin, middle, end = (text.index(mark) for mark in ("const MORE", "const BASIC", "#[cfg(test)]"))
    more, table = text[begin:middle], text[middle:end]
    tags = {int(group, 16) << 16 | int(element, 16)
            for group, elements in re.findall(r"\(\s*(0x\w{4}),\s*\"[^\"]+\",\s*&\[([^\]]*)\]", table)
            for element in re.findall(r"0x\w{4}", elements)}
    return tags | {int(group, 16) << 16 | int(element, 16) for group, element in re.findall(r"\((0x\w{4}), (0x\w{4})\)", more)}


def identifies(element, tags):
    tag = element.tag
    overlay = tag.group & 0xFF00 == 0x6000 and tag.element in (0x3000, 0x4000)
    return tag.is_private or tag.group & 0xFF00 == 0x5000 or overlay or element.VR == "PN" or int(tag) in tags


def texts_of(element):
    """The values of an element as texts; bytes only if they are printable and short."""
    values = element.value if isinstance(element.value, (list, pydicom.multival.MultiValue)) else [element.value]
    for value in values:
        if isinstance(value, bytes):
            value = value.rstrip(b"\0 ")
            if len(value) > 64 or not all(32 <= byte < 127 for byte in value):
                continue
            value = value.decode("ascii")
        if isinstance(value, pydicom.valuerep.PersonName):
            yield from (part for group in str(value).split("=") for part in group.split("^"))
        yield from (line[:40].strip() for line in str(value).splitlines()[:8])
        if element.VR in ("DA", "DT") and re.match(r"\d{8}", str(value)):
            yield str(value)[:8]
            yield f"{str(value)[:4]}-{str(value)[4:6]}-{str(value)[6:8]}"


def walk(ds, tags, inside, found, plain):
    """Puts the texts that identify into `found`, the others into `plain`; `inside` a sequence that identifies, all do."""
    for raw in list(ds.keys()):
        try:
            element = ds[raw]
        except Exception:  # noqa: BLE001  a broken element has no value to give away
            continue
        told = inside or identifies(element, tags)
        if element.VR == "SQ":
            for item in element.value:
                walk(item, tags, told, found, plain)
        elif element.VR in TEXTS:
            (found if told and int(element.tag) not in CODES else plain).update(texts_of(element))


def specific(text):
    if len(text) < 4 or text.lower() in NOBODY or text.startswith("1.2.840.10008."):
        return False
    if re.fullmatch(r"[-+\d.,e ]*", text) and not re.fullmatch(r"\d+(\.\d+){3,}", text):  # numbers, but not UIDs
        digits = re.sub(r"\D", "", text.split(".")[0])
        return len(digits) >= 6 and len(set(digits)) > 2
    return sum(c.isalnum() for c in text) >= 4 and len(set(text)) > 2


def texts(path, tags):
    found, plain = set(), set()
    if kind_of(path) == "DICOM":
        ds = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        walk(ds, tags, False, found, plain)
        walk(getattr(ds, "file_meta", {}), tags, False, found, plain)
    elif kind_of(path) == "NIfTI":
        image = nibabel.load(path)
        header = getattr(image, "nifti_header", image.header)  # CIFTI keeps it apart
        for name in ("descrip", "db_name", "aux_file", "intent_name"):
            if name in header:
                found.add(bytes(header[name]).split(b"\0")[0].decode("latin-1").strip()[:40])
    shown = {word.lower() for text in plain for word in (text, *re.split(r"[\s\\/_,;:]+", text))}
    whole = "\n".join(plain).lower()  # a station may be called by the first letters of its model
    return sorted(t for t in found
                  if specific(t) and t.lower() not in shown and t.lower() not in whole and t not in str(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--profile", type=Path, default=PROFILE)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    tags, files = profile(arguments.profile), {}
    for top in arguments.paths:
        for path in [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file()):
            try:
                listed = texts(path, tags)
            except Exception as error:  # noqa: BLE001  a file that no library opens has no list
                print(f"{path}: {type(error).__name__}: {error}"[:160], file=sys.stderr)
                continue
            if listed:
                name = path.name if path == top else str(path.relative_to(top))
                files[name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "texts": listed}
    versions = {name: version(name) for name in ("pydicom", "nibabel")}
    json.dump({"versions": versions, "files": files}, sys.stdout, indent=1, ensure_ascii=False)
    print(f"{len(tags)} tags, {len(files)} files, {sum(len(f['texts']) for f in files.values())} texts", file=sys.stderr)


if __name__ == "__main__":
    main()
