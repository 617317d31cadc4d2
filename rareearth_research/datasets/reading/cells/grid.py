"""What stands in which cell? Text, workbook, Parquet or frame as one grid of cells as they are."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets.disk import said
from rareearth_research.datasets.reading.cells.dates import kind_of
from rareearth_research.datasets.reading.cells.letters import decoded
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.days import is_blank
from rareearth_research.errors import SourceError, shown

WORKBOOKS = (".xls", ".xlsx")
ENDINGS = (*WORKBOOKS, ".csv", ".tsv", ".txt", ".parquet")
DELIMITERS = "\t;|,"  # the comma last: it may be a decimal sign
COUNTED = "days counted from"
LOOKED_AT = 200  # lines, for the delimiter
MAX_FILE = 256 * 2**20
MAX_COLUMNS = 10_000


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
    widths : Series, optional
        The cells of each row of a text file, before all were made equally long.
    said : dict
        How it was read.
    """

    what: str
    cells: pd.DataFrame
    heads: list[list[str]] | None = None
    widths: pd.Series | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    def options(self, options: Options) -> Options:
        """Return how the cells are to be read, with what the file itself says of it."""
        return replace(options, counted_from=self.said.get(COUNTED, options.counted_from))


def grid_of(path: Path, options: Options, missing: str) -> Grid:
    """Return the cells of a file; `missing` is the message if it is not there."""
    if path.suffix.lower() == ".parquet":
        return _parquet(path, options, missing)
    content = _content(path, options, missing)
    if path.suffix.lower() in WORKBOOKS:
        return _workbook(path, content, options)
    text, encoding = decoded(content, str(path), options)
    delimiter = "\t" if options.delimiter == r"\t" else options.delimiter or _delimiter(text)
    cells, widths = _delimited(text, delimiter, path, options)
    if cells.shape[1] > MAX_COLUMNS:
        raise options.error(
            f"{path} has more than {MAX_COLUMNS:,} columns; cut it in parts, or make it long, with "
            "columns date, security and value"
        )
    return Grid(
        str(path), cells, widths=widths, said={"encoding": encoding, "delimiter": delimiter}
    )


def _content(path: Path, options: Options, missing: str) -> bytes:
    """Return the bytes of a file of no unreasonable size."""
    with said(f"{path.name} cannot be read", options.error, missing):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise options.error(f"{path} is a pipe or a device and no file; save what it gives")
        if path.stat().st_size > MAX_FILE:
            raise options.error(f"{path} is larger than {MAX_FILE:,} bytes; cut it in parts")
        return path.read_bytes()


def _workbook(path: Path, content: bytes, options: Options) -> Grid:
    try:
        cells = sheet(content, options.sheet or 0, str(path), as_it_is=True)
    except SourceError as error:
        raise options.error(str(error)) from None
    others, late = cells.attrs.pop("other sheets"), cells.attrs.pop("1904")
    cells = cells.set_axis(cells.index + 1).astype(object)
    cells = cells[~cells.map(is_blank).all(axis=1)]
    if cells.empty:
        options.refuse(
            f"{path}: the sheet is empty; name another, {options.key('sheet', 1)} (they are "
            "counted from 0)"
        )
    said = {"sheet": str(options.sheet or "the first"), "sheets not read": others}
    said |= {COUNTED: 1904} if late else {}
    return Grid(str(path), cells, said=said)


def _parquet(path: Path, options: Options, missing: str) -> Grid:
    content = _content(path, options, missing)
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
    levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
    levels = [level for level in levels if not _counts(level)]
    dated = [kind_of(next(iter(level), "")) not in ("", "serial") for level in levels]
    named = [level.name if level.name is not None else "date" * day
             for level, day in zip(levels, dated, strict=True)]  # fmt: skip
    before = pd.DataFrame(
        {at: level.astype(object) for at, level in enumerate(levels)}, index=range(len(frame))
    )
    after = frame.reset_index(drop=True).astype(object)
    cells = pd.concat([before, after], axis=1)
    cells = cells.set_axis(range(cells.shape[1]), axis=1)
    heads = []
    for level in range(frame.columns.nlevels):
        names = frame.columns.get_level_values(level)
        blank = ["" if is_blank(name) else str(name) for name in names]
        heads.append([*(str(frame.columns.names[level] or name) for name in named), *blank])
    if frame.columns.nlevels > 1 and named:  # the names of the index, as a file of it has them
        heads.append([*map(str, named), *[""] * frame.shape[1]])
    elif named:
        heads = [[*map(str, named), *heads[0][len(named) :]]]
    return Grid(what, cells[~cells.map(is_blank).all(axis=1)], heads=heads)


def _counts(level: pd.Index) -> bool:
    """Return whether an index only numbers rows, also those that a filter left."""
    return isinstance(level, pd.RangeIndex) or (
        level.name is None
        and pd.api.types.is_integer_dtype(level)
        and not all(kind_of(number) == "digits" for number in level)
    )


def _delimiter(text: str) -> str:
    """Return the sign that cuts most lines into equally many cells."""
    lines = [line for line in text[: 2**20].splitlines() if line.strip()][:LOOKED_AT]

    def alike(sign: str) -> int:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if len(row) > 1)
        except csv.Error:  # said with its line, once all is read
            return 0
        return max(widths.values(), default=0)

    best = max(DELIMITERS, key=alike)
    return best if alike(best) else ","


def _delimited(
    text: str, delimiter: str, path: Path, options: Options
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the cells, all rows equally long, and how long each was."""
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
    cells = pd.DataFrame(filled, index=list(rows), dtype=object)
    return cells, pd.Series([len(row) for row in rows.values()], index=cells.index)


def text_of(cell: Any) -> str:
    """Return a cell as the text a spreadsheet shows: no ``.0``, no midnight."""
    if is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if hasattr(cell, "isoformat") and str(cell).endswith(" 00:00:00"):
        return str(cell)[:10]
    return str(cell).strip().strip("\ufeff\u200b\u200e\u200f")  # what nobody sees


def refuse_uneven(grid: Grid, rows: pd.Index, width: int, options: Options) -> None:
    """Raise for a row of a text file with more or fewer cells than the `width` of its header."""
    if grid.widths is None:
        return
    beyond = grid.cells.loc[rows].iloc[:, width:].map(is_blank).all(axis=1)
    uneven = rows[(grid.widths[rows] < width) | ~beyond]
    if len(uneven):
        options.refuse(
            f"{grid.what}, line {uneven[0]}: {grid.widths[uneven[0]]} cells where the header has "
            f"{width}; put a text or number that holds the delimiter between double quotes, or "
            "remove the line if it is none of the table's"
        )


def refuse_unused(files: Sequence[Path], options: Options, what: str = "") -> None:
    """Raise for an option that has no meaning for any of the files; `what` begins the message."""
    kinds = {
        "an Excel file": [f for f in files if f.suffix.lower() in WORKBOOKS],
        "a text file": [f for f in files if f.suffix.lower() not in (*WORKBOOKS, ".parquet")],
    }
    for kind, names in (("an Excel file", ["sheet"]), ("a text file", ["encoding", "delimiter"])):
        for name in names:
            if getattr(options, name) and not kinds[kind]:
                other = files[0].name if files else "a frame"
                options.refuse(
                    f"{what}{name!r} means nothing, because {other} is not {kind}; remove it"
                )
