"""What stands in which cell? Text, workbook, Parquet or frame as one grid of cells as they are."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets.disk import said
from rareearth_research.datasets.reading.cells.letters import decoded
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.errors import SourceError, shown

__all__ = ["ENDINGS", "Grid", "content_of", "grid_of", "grid_of_frame", "is_workbook"]

WORKBOOKS = (".xls", ".xlsx")
ENDINGS = (*WORKBOOKS, ".csv", ".tsv", ".txt", ".parquet")
DELIMITERS = "\t;|,"  # the comma last: it may be a decimal sign
LOOKED_AT = 200  # lines, for the delimiter
MAX_FILE = 256 * 2**20


@dataclass(frozen=True)
class Grid:
    """Cells as they stand, and where they come from.

    Attributes
    ----------
    what : str
        Begins every message: the file, or "the frame".
    cells : DataFrame
        Columns numbered; the index is the row in the file, from 1. Rows without anything are none.
    heads : list of list of str, optional
        Names of the columns, where they are no cells: the levels of a frame.
    kinds : list of str
        What each of the heads, or the first cell of it, is called.
    said : dict
        How it was read.
    """

    what: str
    cells: pd.DataFrame
    heads: list[list[str]] | None = None
    said: Mapping[str, str] = field(default_factory=dict)


def is_workbook(path: Path) -> bool:
    """Return whether a file is an Excel file, by its ending."""
    return path.suffix.lower() in WORKBOOKS


def grid_of(path: Path, options: Options, missing: str) -> Grid:
    """Return the cells of a file; `missing` is the message if it is not there."""
    if path.suffix.lower() == ".parquet":
        return _parquet(path, options, missing)
    content = content_of(path, options, missing)
    if is_workbook(path):
        return _workbook(path, content, options)
    text, encoding = decoded(content, str(path), options)
    delimiter = "\t" if options.delimiter == r"\t" else options.delimiter or _delimiter(text)
    cells = _delimited(text, delimiter, path, options)
    return Grid(str(path), cells, said={"encoding": encoding, "delimiter": delimiter})


def content_of(path: Path, options: Options, missing: str) -> bytes:
    """Return the bytes of a file of no unreasonable size."""
    with said(f"{path.name} cannot be read", options.error, missing):
        if path.stat().st_size > MAX_FILE:
            raise options.error(f"{path} is larger than {MAX_FILE:,} bytes; cut it in parts")
        return path.read_bytes()


def _workbook(path: Path, content: bytes, options: Options) -> Grid:
    try:
        cells = sheet(content, options.sheet or 0, str(path), as_it_is=True)
    except SourceError as error:
        raise options.error(str(error)) from None
    cells = cells.set_axis(cells.index + 1).astype(object)
    cells = cells[~cells.map(_is_nothing).all(axis=1)]
    if cells.empty:
        options.refuse(
            f"{path}: the sheet is empty; name another, {options.key('sheet', 1)} (they are "
            "counted from 0)"
        )
    return Grid(str(path), cells, said={"sheet": str(options.sheet or "the first")})


def _parquet(path: Path, options: Options, missing: str) -> Grid:
    content = content_of(path, options, missing)
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except ImportError:
        options.refuse(f"reading {path} needs fastparquet: pip install fastparquet")
    except Exception as error:  # a damaged file fails in the library's own ways
        options.refuse(
            f"{path} is no Parquet file that can be read ({shown(str(error), 100)}); write it anew "
            "with frame.to_parquet(...), or save it as CSV"
        )
    return grid_of_frame(frame, str(path))


def grid_of_frame(frame: pd.DataFrame, what: str) -> Grid:
    """Return the cells of a frame, an index of its own among them; rows count from 0."""
    if not isinstance(frame.index, pd.RangeIndex):
        named = [name if name is not None else "date" for name in frame.index.names]
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        before = pd.DataFrame({at: level.astype(object) for at, level in enumerate(levels)})
    else:
        named, before = [], pd.DataFrame(index=range(len(frame)))
    after = frame.reset_index(drop=True).astype(object)
    cells = pd.concat([before, after], axis=1)
    cells = cells.set_axis(range(cells.shape[1]), axis=1)
    heads = []
    for level in range(frame.columns.nlevels):
        names = frame.columns.get_level_values(level)
        blank = ["" if _is_nothing(name) else str(name) for name in names]
        heads.append([*(str(frame.columns.names[level] or name) for name in named), *blank])
    if frame.columns.nlevels > 1 and named:  # the names of the index, as a file of it has them
        heads.append([*map(str, named), *[""] * frame.shape[1]])
    elif named:
        heads = [[*map(str, named), *heads[0][len(named) :]]]
    return Grid(what, cells[~cells.map(_is_nothing).all(axis=1)], heads=heads)


def _delimiter(text: str) -> str:
    """Return the sign that cuts most lines into equally many cells."""
    lines = [line for line in text[: 2**20].splitlines() if line.strip()][:LOOKED_AT]
    for sign in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if len(row) > 1)
        if widths and max(widths.values()) * 5 >= len(lines) * 3:
            return sign
    return ","


def _delimited(text: str, delimiter: str, path: Path, options: Options) -> pd.DataFrame:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: dict[int, list[str]] = {}
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows[reader.line_num] = row
    except csv.Error as error:
        options.refuse(f"{path}, line {reader.line_num}: {error}; check the quotation marks there")
    if not rows:
        options.refuse(f"{path} is empty; save it again, the header in the first row")
    width = max(map(len, rows.values()))
    filled = [row + [""] * (width - len(row)) for row in rows.values()]
    return pd.DataFrame(filled, index=list(rows), dtype=object)


def _is_nothing(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or pd.isna(cell) is True
