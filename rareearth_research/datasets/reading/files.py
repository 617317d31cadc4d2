"""Read prices and returns from a file, a folder or a frame: everything understood, and said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_flag, is_number, is_whole
from rareearth_research.datasets.disk import said as disk_said
from rareearth_research.datasets.reading.artefacts import DAILY, swept
from rareearth_research.datasets.reading.cells.grid import (
    ENDINGS,
    Grid,
    grid_of,
    grid_of_frame,
    refuse_unused,
)
from rareearth_research.datasets.reading.cells.options import Options, check_options
from rareearth_research.datasets.reading.panel import Panel, panel_of
from rareearth_research.datasets.reading.understood import merged, printed
from rareearth_research.datasets.reading.units import as_log, refuse_impossible, refuse_no_prices
from rareearth_research.datasets.reading.words import is_market
from rareearth_research.dated import spacing
from rareearth_research.errors import DataError, shown

Source = str | os.PathLike[str] | pd.DataFrame
MEANINGS = ("date", "security", "price", "return", "currency")


def read_prices(
    source: Source,
    *,
    layout: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    date_format: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    missing: Iterable[str | float] = (),
    show: bool = True,
) -> pd.DataFrame:
    """Return the prices in a file, a folder of files or a frame, one column for each security.

    What is not named by an argument is found out, and what was understood is printed. What can be
    read in two ways is refused with the argument that settles it.

    Parameters
    ----------
    source : str, path or DataFrame
        A file (.csv, .tsv, .txt, .xlsx, .xls, .parquet), a folder of such files, or a frame, also
        one of yfinance with two levels of columns.
    layout : str, optional
        ``"wide"``: a column for each security, or ``"long"``: a row for each date and security.
    encoding : str, optional
        Of a text file, such as ``"gb18030"``.
    delimiter : str, optional
        Of a text file, one sign.
    decimal, thousands : str, optional
        The signs of numbers that are text.
    date_format : str, optional
        How dates are written, such as ``"%d/%m/%Y"``.
    sheet : str or int, optional
        Of a workbook: its name, or its number counted from 0.
    header_row : int, optional
        The row of the file that names the columns, counted from 1.
    columns : mapping of str to str, or sequence of str, optional
        The column of each meaning: ``{"date": ..., "security": ..., "price": ..., "currency":
        ...}``, those that are known by their names left out; or, for a file that names no columns,
        the names of all in their order.
    missing : iterable of str or float, optional
        Further codes for "no figure", such as ``[-99, "halted"]``.
    show : bool, default True
        Whether to print what was understood.

    Returns
    -------
    DataFrame
        Prices with a DatetimeIndex ``date``, ascending; columns ``security``; missing where there
        is no price. Adjusted closes are preferred to closes. ``.attrs["read"]`` says how the file
        was understood.

    Raises
    ------
    DataError
        Naming the file, row and column at fault, and what to do.
    """
    options = options_of(layout, encoding, delimiter, decimal, thousands, date_format, sheet,
                         header_row, columns, missing)  # fmt: skip
    panels = [panel_of(grid, options, ("price",), stem) for grid, stem in grids_of(source, options)]
    for panel in panels:
        refuse_no_prices(panel, options)
    return _shown(panels, [panel.values for panel in panels], options, show, prices=True)


def read_returns(
    source: Source,
    *,
    unit: str | None = None,
    kind: str | None = None,
    layout: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    date_format: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    missing: Iterable[str | float] = (),
    show: bool = True,
) -> pd.DataFrame:
    """Return log returns from a file, a folder or a frame of returns or of prices.

    Parameters
    ----------
    source : str, path or DataFrame
        As in `read_prices`. A column of returns counts before one of prices.
    unit : str, optional
        ``"fraction"`` (0.01 is one per cent) or ``"percent"``, where neither a sign nor the size
        of the figures shows it.
    kind : str, optional
        ``"log"``, ``"simple"`` (Pₜ / Pₜ₋₁ − 1) or ``"price"``, where no name says what the
        figures are.
    layout, encoding, delimiter, decimal, thousands, date_format : str, optional
        As in `read_prices`.
    sheet : str or int, optional
    header_row : int, optional
    columns : mapping of str to str, or sequence of str, optional
    missing : iterable of str or float, optional
    show : bool, default True
        As in `read_prices`; `columns` may also name ``"return"``.

    Returns
    -------
    DataFrame
        Log returns as fractions, laid out as in `read_prices`. From prices: ln(Pₜ / Pₛ), where s is
        the last day before t on which the security has a price.

    Raises
    ------
    DataError
        As `read_prices`, and where the unit or kind of the figures cannot be told.
    """
    if unit is not None:
        check_choice("unit", unit, ("fraction", "percent"), DataError)
    if kind is not None:
        check_choice("kind", kind, ("log", "simple", "price"), DataError)
    options = options_of(layout, encoding, delimiter, decimal, thousands, date_format, sheet,
                         header_row, columns, missing)  # fmt: skip
    wanted = ("price",) if kind == "price" else ("return", "price")
    panels = [panel_of(grid, options, wanted, stem) for grid, stem in grids_of(source, options)]
    returns = [as_log(panel, unit, kind, options) for panel in panels]
    return _shown(panels, returns, options, show, prices=False)


def options_of(
    layout: Any, encoding: Any, delimiter: Any, decimal: Any, thousands: Any, date_format: Any,
    sheet: Any, header_row: Any, columns: Any, missing: Any, meanings: Sequence[str] = MEANINGS,
) -> Options:  # fmt: skip
    """Return keywords as options, each checked."""
    texts = {"layout": layout, "encoding": encoding, "delimiter": delimiter, "decimal": decimal,
             "thousands": thousands, "date_format": date_format}  # fmt: skip
    given: dict[str, Any] = {
        name: str(value) if isinstance(value, str) else value
        for name, value in texts.items()
        if value is not None
    }
    if sheet is not None:
        if not isinstance(sheet, str | int) or isinstance(sheet, bool) or sheet == "":
            raise DataError(f"sheet must be a name, or a number from 0; got {shown(sheet)}")
        given["sheet"] = str(sheet)
    if header_row is not None:
        if not is_whole(header_row) or header_row < 1:
            raise DataError(f"header_row must be a row of the file from 1; got {shown(header_row)}")
        given["header_row"] = header_row
    if isinstance(missing, str | bytes) or not isinstance(missing, Iterable):
        raise DataError(f"missing must be a list of codes, such as [-99]; got {shown(missing)}")
    codes = list(missing)
    for code in codes:
        if not isinstance(code, str) and not is_number(code):
            raise DataError(f"missing holds {shown(code)}; write texts and numbers, as in [-99]")
    given["missing"] = tuple(codes)
    return check_options(Options(**given, **_columns(columns, meanings)), "")


def _columns(columns: Any, meanings: Sequence[str]) -> dict[str, Any]:
    if columns is None:
        return {}
    if isinstance(columns, Mapping):
        for meaning, name in columns.items():
            check_choice("a meaning in columns", meaning, meanings, DataError)
            if not isinstance(name, str) or not name.strip():
                raise DataError(f"columns[{meaning!r}] must name a column; got {shown(name)}")
        return {"columns": dict(columns)}
    names = list(columns) if isinstance(columns, list | tuple) else []
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DataError(
            "columns must be a mapping such as {'date': 'Datum'}, or a list with the names of all "
            f"columns; got {shown(columns)}"
        )
    return {"names": tuple(names)}


def grids_of(source: Any, options: Options) -> list[tuple[Grid, str]]:
    """Return the cells of a source, and the name each file gives a security."""
    if isinstance(source, pd.DataFrame):
        if source.empty:
            raise DataError("source is an empty frame; give one with a row for each date")
        refuse_unused([], options)
        return [(grid_of_frame(source, "the frame"), "")]
    if not isinstance(source, str | os.PathLike) or not str(source).strip() or "\0" in str(source):
        raise DataError(
            f"source must be the path of a file or folder, or a DataFrame; got {shown(source)}"
        )
    path = Path(os.path.expanduser(source))
    named = shown(str(path), 200)
    with disk_said(f"{named} cannot be read"):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    if not path.is_dir():
        refuse_unused(files, options)
        if path.suffix.lower() not in ENDINGS and path.exists():
            raise DataError(
                f"{named} ends in {shown(path.suffix)}; a file must be one of "
                f"{', '.join(ENDINGS)}: save it as .csv or .xlsx"
            )
        missing = f"there is no file {named}; write its path as it is seen from {Path.cwd()}"
        return [(grid_of(path, options, missing), path.stem)]
    usable = [file for file in files if file.suffix.lower() in ENDINGS and file.name[0] not in ".~"]
    if not usable:
        raise DataError(f"{path} holds none of {', '.join(ENDINGS)}; put files of prices there")
    refuse_unused(usable, options)
    grids = [(grid_of(file, options, f"{file} is gone"), file.stem) for file in usable]
    left = [file.name for file in files if file not in usable]
    if left:
        grids[0][0].said["files not read"] = left  # type: ignore[index]
    return grids


def _shown(
    panels: list[Panel], frames: list[pd.DataFrame], options: Options, show: bool, *, prices: bool
) -> pd.DataFrame:
    """Return the frames as one, without filled rows, with what was understood."""
    check_flag("show", show, DataError)
    names = [name for frame in frames for name in frame.columns]
    for name in names:
        if names.count(name) > 1:
            files = [p.said["file"] for p, f in zip(panels, frames, strict=True) if name in f]
            options.refuse(
                f"{shown(name)} is in {files[0]} and in {files[1]}; keep one, or rename it there"
            )
    whole = pd.concat(frames, axis=1, sort=True).rename_axis(index="date", columns="security")
    refuse_impossible(whole, prices, panels, options)
    growth = whole / whole.ffill().shift() if prices else whole.apply(np.exp)
    values, notes = swept(whole, growth)
    said = merged([panel.said for panel in panels])
    said["notes"] = [*said["notes"], *notes]
    said["securities"] = (
        f"{values.shape[1]}: "
        + ", ".join(map(str, values.columns[:8]))
        + (", …" if values.shape[1] > 8 else "")
    )
    if markets := [name for name in map(str, values.columns) if is_market(name)]:
        said["markets"] = f"{', '.join(markets)}: to measure against; not studied unless named"
    days = pd.DatetimeIndex(values.index)
    said["rows"] = f"{len(days)}, {days[0].date()} to {days[-1].date()}" + _step(days)
    order = ["file", "holds", "securities", *["markets"][: len(markets)], "rows"]
    said = {key: said[key] for key in [*order, *(k for k in said if k not in order)]}
    values.attrs = {"read": said}
    if show:
        print(printed(said))
    return values


def _step(days: pd.DatetimeIndex) -> str:
    """Say the step of rows that are not daily."""
    gap = spacing(days)
    return "" if gap <= DAILY else ", weekly" if gap <= 8 else f", a row every {gap:.0f} days"
