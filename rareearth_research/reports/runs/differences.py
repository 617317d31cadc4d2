"""Where do two runs differ? Cells of their tables, pixels of their pictures, values of records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import DataError
from rareearth_research.reports.reading.texts import quoted

KEY = 4  # first columns that may tell rows apart
COLUMNS = ["file", "row", "column", "first", "second"]
ALL = "all"
THERE, MISSING = "there", "–"
Row = tuple[str, ...]  # where two files differ: row, column, and what stands there in each


def values(
    one: Mapping[str, Any], other: Mapping[str, Any], what: str, *, shared: bool = False
) -> pd.DataFrame:
    """Return what two mappings hold differently: columns `what`, ``first``, ``second``.

    If `shared`, only of what both hold.
    """
    rows = [
        {what: name, "first": one.get(name, MISSING), "second": other.get(name, MISSING)}
        for name in dict.fromkeys([*one, *other])
        if one.get(name, MISSING) != other.get(name, MISSING)
        and (not shared or (name in one and name in other))
    ]
    return pd.DataFrame(rows, columns=[what, "first", "second"], dtype=object)


def files(one: Mapping[str, Any], other: Mapping[str, Any]) -> pd.DataFrame:
    """Return where the tables and pictures of two runs differ.

    Parameters
    ----------
    one, other : mapping
        Records, as `read_record` gives them.

    Returns
    -------
    DataFrame
        ``file, row, column, first, second``, texts as they stand in the files. Rows of two tables
        are one another's if their first columns, as far as these tell rows apart, are the same;
        else those of the same number. Of a picture the column is ``pixels``, of an SVG ``drawing``.

    Raises
    ------
    DataError
        If a file is gone or cannot be read.
    """
    found = []
    for kind in ("tables", "figures"):
        told = set()  # a picture whose pixels differ need not be told again as a drawing
        for name in sorted({*one[kind], *other[kind]}):
            here = [name in run[kind] for run in (one, other)]
            if not all(here):
                rows = [(ALL, ALL, *(THERE if there else MISSING for there in here))]
            elif name.removesuffix(".svg") in told:
                continue
            else:
                rows = _inside(*(run["path"] / kind / name for run in (one, other)))
            told |= {name.removesuffix(".png")} if rows else set()
            found += [(f"{kind}/{name}", *row) for row in rows]
    return pd.DataFrame(found, columns=COLUMNS, dtype=object)


def _inside(one: Path, other: Path) -> list[Row]:
    """Return row, column and both contents of every difference between two files of one name."""
    try:
        if one.read_bytes() == other.read_bytes():
            return []
        if one.suffix == ".csv":
            return _cells(*map(_table, (one, other))) or [(ALL, ALL, "one order", "another order")]
        return _pixels(one, other) if one.suffix == ".png" else [(ALL, "drawing", "one", "another")]
    except (OSError, ValueError, SyntaxError) as error:  # the last is how Pillow says it
        raise DataError(
            f"{quoted(one)} or {quoted(other)} cannot be read ({quoted(error)}); run that study "
            "again"
        ) from error


def _cells(one: pd.DataFrame, other: pd.DataFrame) -> list[Row]:
    shared = [name for name in one.columns if name in other.columns]
    first, second = _named(one[shared], other[shared])
    found: list[Row] = []
    for (here, rows), (there, others), words in (
        ((one, first), (other, second), (THERE, MISSING)),
        ((other, second), (one, first), (MISSING, THERE)),
    ):
        found += [(ALL, name, *words) for name in here.columns if name not in there.columns]
        found += [(row, ALL, *words) for row in rows.index.difference(others.index, sort=False)]
    both = first.index.intersection(second.index, sort=False)
    before, after = (frame.loc[both].to_numpy() for frame in (first, second))
    for i, j in np.argwhere(before != after):
        found.append((both[i], shared[j], before[i, j], after[i, j]))
    return found


def _named(one: pd.DataFrame, other: pd.DataFrame) -> list[pd.DataFrame]:
    """Return both tables with an index that names their rows."""
    for n in range(1, min(KEY, one.shape[1]) + 1):
        names = [
            pd.Series(
                [" · ".join(row).strip(" ·") for row in frame.iloc[:, :n].to_numpy()], dtype=str
            )
            for frame in (one, other)
        ]
        words = all(pd.to_numeric(f.iloc[:, 0], errors="coerce").isna().all() for f in (one, other))
        known = words or 2 * names[0].isin(names[1]).sum() >= min(map(len, names))
        if known and all(name.is_unique for name in names):
            break
    else:
        names = [pd.Series([f"row {i + 1}" for i in range(len(frame))]) for frame in (one, other)]
    return [f.set_axis(name, axis=0) for f, name in zip((one, other), names, strict=True)]


def _pixels(one: Path, other: Path) -> list[Row]:
    from matplotlib.image import imread

    first, second = imread(one), imread(other)
    if first.shape != second.shape:
        sizes = (f"{shape[1]} × {shape[0]}" for shape in (first.shape, second.shape))
        return [(ALL, "pixels", *sizes)]
    count = int((first != second).reshape(*first.shape[:2], -1).any(axis=-1).sum())
    pixels = f"{first.shape[0] * first.shape[1]:,}"
    return [(ALL, "pixels", pixels, f"{count:,} of them others")] if count else []


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
