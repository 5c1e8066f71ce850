"""Says which files below a folder are a series, and in which order.

What goes in: tests/data/dicomdir, or the folder named. What comes out: series.tsv in it, with the versions on line 1: one
line a series with its modality, its size, its spacing in mm (the median step along the normal, `-` if there is none) and
its files in order. The reference is pydicom for grouping (study, series, size) and numpy for the order (along row x column);
wherever all slices of a series have one direction, GDCM's order (SimpleITK) must be the same, or the script stops.
A series whose pictures all have different directions is in the order of InstanceNumber.

    pip install pydicom==3.0.2 numpy==2.4.6 SimpleITK==2.5.7
    python tools/imaging/series_golden.py [FOLDER]
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk

HERE = Path(__file__).resolve().parents[2] / "tests/data/dicomdir"


def headers(folder):
    """Every picture below the folder, by what makes it part of a series."""
    series = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except pydicom.errors.InvalidDicomError:
            continue
        if "Rows" not in header:
            continue
        key = (header.StudyInstanceUID, header.SeriesInstanceUID, header.Rows, header.Columns)
        series[key].append((path, header))
    return series


def direction(header):
    """Row and column, rounded; None without."""
    orientation = header.get("ImageOrientationPatient")
    return None if orientation is None else tuple(round(float(x), 3) for x in orientation)


def ordered(files, folder, uid):
    """The files in order, and the spacing."""
    directions = {direction(header) for _, header in files}
    if len(directions) > 1 or None in directions:
        assert len(directions) in (1, len(files)), "a mixture that this script does not know"
        return sorted(files, key=lambda it: int(it[1].InstanceNumber)), None
    along = np.array(directions.pop())
    normal = np.cross(along[:3], along[3:])
    height = {path: float(normal @ np.array(header.ImagePositionPatient, float)) for path, header in files}
    files = sorted(files, key=lambda it: height[it[0]])
    folders = {path.parent for path, _ in files}
    assert len(folders) == 1, f"series in {folders}"
    theirs = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folders.pop()), uid)
    assert [Path(name) for name in theirs] == [path for path, _ in files], "GDCM has another order"
    steps = sorted(np.diff([height[path] for path, _ in files]))
    return files, (steps[(len(steps) - 1) // 2] if steps else None)


def main():
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
    lines = [
        f"# pydicom {pydicom.__version__}, numpy {np.__version__}, SimpleITK {sitk.Version.VersionString()};"
        " made by tools/imaging/series_golden.py",
        "modality\tsize\tspacing_mm\tfiles",
    ]
    rows = []
    for (_, uid, height, width), files in headers(folder).items():
        files, spacing = ordered(files, folder, uid)
        names = " ".join(path.relative_to(folder).as_posix() for path, _ in files)
        spacing = "-" if spacing is None else f"{spacing:.3f}"
        rows.append(f"{files[0][1].Modality}\t{width}x{height}\t{spacing}\t{names}")
    lines += sorted(rows)
    (folder / "series.tsv").write_text("\n".join(lines) + "\n")


main()
