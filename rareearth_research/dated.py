"""Are these rows dated, and do they hold numbers? One check for whatever is indexed by days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import DataError, shown


def check_index(index: Any, what: str) -> None:
    """Raise unless `index` is an ascending DatetimeIndex of distinct, zoneless days."""
    if not len(index):
        raise DataError(f"{what} is empty; give one row per session")
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"{what} must have a DatetimeIndex of session dates, got {type(index).__name__}; "
            + _to_dates(index, what)
        )
    if index.tz is not None:
        local = "" if (index == index.normalize()).all() else ".tz_convert('Asia/Shanghai')"
        zone = ", with the zone of the exchange" if local else ""
        raise DataError(
            f"{what} has an index in time zone {index.tz}; sessions are exchange-local dates: use "
            f"{what}.set_axis({what}.index{local}.tz_localize(None).normalize()){zone}"
        )
    if index.hasnans:
        raise DataError(
            f"{what} has a missing date at row {int(np.argmax(index.isna()))}; drop such rows: "
            f"{what}[{what}.index.notna()]"
        )
    if not (index == index.normalize()).all():
        first, days = index[index != index.normalize()][0], index.normalize()
        mend = "give one row per session: " + (
            f"{what}.set_axis({what}.index.normalize())"
            if days.is_unique
            else f"log returns of a day add up, {what}.groupby({what}.index.normalize())"
            ".sum(min_count=1); windows within a day are not supported"
        )
        raise DataError(f"{what} has a clock time in its index ({first}); {mend}")
    if not index.is_unique:
        first = index[index.duplicated()][0]
        raise DataError(
            f"{what} has the date {first.date()} more than once; keep one row a date: "
            f"{what}[~{what}.index.duplicated()]"
        )
    if not index.is_monotonic_increasing:
        row = int(np.argmax(np.diff(index.asi8) < 0)) + 1
        raise DataError(
            f"{what} is not sorted: {index[row].date()} (row {row}) follows "
            f"{index[row - 1].date()}; use sort_index()"
        )


def spacing(index: pd.DatetimeIndex) -> float:
    """Return the median number of days between neighbouring rows (1 for fewer than three)."""
    if len(index) < 3:
        return 1.0
    return float(np.median(np.diff(index.as_unit("s").asi8))) / 86_400


def to_floats(values: pd.DataFrame | pd.Series, what: str) -> NDArray[np.float64]:
    """Return numbers as floats, or raise naming the column and the first value that is none.

    Parameters
    ----------
    values : DataFrame or Series
    what : str
        Name of the argument, for the message and the line that mends it.
    """
    frame = values.to_frame() if isinstance(values, pd.Series) else values
    for at, (name, dtype) in enumerate(frame.dtypes.items()):
        if dtype.kind in "fiu":
            continue
        one, column = isinstance(values, pd.Series), frame.iloc[:, at]
        whose = what if one else f"column {shown(name)} of {what}"
        kinds = (pd.api.types.is_complex_dtype, pd.api.types.is_bool_dtype)
        if any(is_kind(dtype) for is_kind in kinds) or dtype.kind in "mM":
            raise DataError(f"{whose} is {dtype}, not numbers; give numbers, or leave it out")
        bad = pd.to_numeric(column, errors="coerce").isna() & column.notna()
        first = ""
        if bad.any():
            row = int(np.argmax(bad))
            first = f" (the first that is none: {shown(column.iloc[row])} on {_day(column, row)})"
        mend = f"pd.to_numeric({what}, errors='coerce')"
        if not one:
            mend = f"{what}.apply(pd.to_numeric, errors='coerce')"
        if first and str(column.iloc[row]).endswith("%"):
            strip = "str.rstrip('%').astype(float) / 100"
            mend = f"{what}.apply(lambda c: c if c.dtype.kind == 'f' else c.{strip})"
            mend = f"{what}.{strip}" if one else mend
        elif bad.sum() == column.notna().sum() > 0 and not one:
            raise DataError(
                f"{whose} is {dtype}, not numbers, and holds none at all{first}; leave it out, "
                f"with {what}.drop(columns={shown(name)})"
            )
        raise DataError(
            f"{whose} is {dtype}, not numbers{first}; {mend} makes numbers of them"
            + ("" if "%" in mend else ", and NaN of what is none")
        )
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _to_dates(index: Any, what: str) -> str:
    """Say how to make dates of an index that holds none."""
    if isinstance(index, pd.PeriodIndex):
        return f"use {what}.to_timestamp()"
    if isinstance(index, pd.RangeIndex):
        return f"use {what}.set_axis(pd.to_datetime(...)) on the column or file of its dates"
    text = index.map(str)
    if text.str.fullmatch(r"(19|20)\d{6}").all():
        return f"use {what}.set_axis(pd.to_datetime({what}.index.astype(str), format='%Y%m%d'))"
    if pd.api.types.is_numeric_dtype(index):
        return (
            "if its numbers are serial days of a spreadsheet, use "
            f"{what}.set_axis(pd.to_datetime({what}.index, unit='D', origin='1899-12-30'))"
        )
    if text.str.match(r"\d{4}-\d{2}-\d{2}").all():
        return f"use {what}.set_axis(pd.to_datetime({what}.index))"
    return (
        f"say how its dates, such as {shown(index[0])}, are written: "
        f"{what}.set_axis(pd.to_datetime({what}.index, format='%d.%m.%Y'))"
    )


def _day(column: pd.Series[Any], row: int) -> str:
    label = column.index[row]
    return str(label.date()) if isinstance(label, pd.Timestamp) else shown(label)
