"""Which files of a table does a reader take away? CSV, Excel, Parquet and LaTeX.

CSV holds what the frame holds. Excel and Parquet need openpyxl and fastparquet, and are left out
where they are not installed. LaTeX is for a paper: numbers rounded to four decimals.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.latex import tabular

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no cell of Excel may hold these


def write_downloads(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` beside the CSV file `path`, with its index where the index carries a name.

    Warns
    -----
    UserWarning
        If a form cannot hold this table; the others are written.
    """
    path.write_text(csv_of(frame), encoding="utf-8", newline="")
    flat = _flat(frame.reset_index(drop=not _named(frame)))
    for suffix, (library, write) in WRITERS.items():
        if find_spec(library) is None:
            continue
        target = path.with_suffix(f".{suffix}")
        try:
            write(flat, target)
        except (ValueError, TypeError) as error:
            target.unlink(missing_ok=True)
            warnings.warn(f"the table {path.stem} has no {suffix} file: {error}", stacklevel=3)


def csv_of(frame: pd.DataFrame) -> str:
    """Return a table as it is kept: with its index where that carries a name."""
    return frame.to_csv(index=_named(frame), lineterminator="\n")


def _named(frame: pd.DataFrame) -> bool:
    return any(level is not None for level in frame.index.names)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with one name for each column, and text for what is no number, day or text."""
    frame.columns = pd.Index(
        " ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns
    )
    kinds = pd.api.types
    plain = (kinds.is_numeric_dtype, kinds.is_datetime64_any_dtype, kinds.is_string_dtype)

    def texts(column: pd.Series[Any]) -> pd.Series[Any]:
        if column.dtype != object and any(check(column.dtype) for check in plain):
            return column
        return column.astype(object).where(column.isna(), column.map(str)).astype("str")

    return frame.apply(texts)


def _excel(frame: pd.DataFrame, target: Path) -> None:
    frame = frame.copy()
    for number, (_, column) in enumerate(frame.items()):  # two columns may have one name
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            frame.isetitem(number, column.map(pd.Timestamp.isoformat, na_action="ignore").array)
        elif pd.api.types.is_string_dtype(column.dtype):
            frame.isetitem(number, column.str.replace(CONTROL, "\ufffd", regex=True).array)
    with pd.ExcelWriter(target, engine="openpyxl") as writer:
        frame.to_excel(writer, index=False)
        for row in writer.book.active.iter_rows():
            for cell in row:
                if cell.data_type == "f":  # a text that begins with "=" is no formula
                    cell.data_type = "s"


def _parquet(frame: pd.DataFrame, target: Path) -> None:
    import fastparquet

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what fastparquet asks of pandas
        fastparquet.write(str(target), frame, write_index=False)


def _latex(frame: pd.DataFrame, target: Path) -> None:
    texts = frame.astype(object).where(frame.notna(), "–")
    texts = texts.map(lambda value: f"{value:z.4f}" if isinstance(value, float) else value)
    kinds = "".join("r" if dtype.kind in "iufb" else "l" for dtype in frame.dtypes)
    target.write_text(tabular(texts, columns=kinds), encoding="utf-8")


WRITERS: dict[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "xlsx": ("openpyxl", _excel),
    "parquet": ("fastparquet", _parquet),
    "tex": ("jinja2", _latex),
}
FORMS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "tex": "LaTeX",
         "svg": "SVG", "png": "PNG"}  # fmt: skip
