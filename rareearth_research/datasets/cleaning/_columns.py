"""Columns of clean tables and the strict readers that fill them.

A reader turns text into a typed value or stops with the row that is at fault: bad input never
becomes a number. A column maker gives a pandera column its description and unit in one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from pandera.pandas import Column, DataFrameSchema

__all__ = [
    "check_known",
    "check_unique",
    "day",
    "first_true",
    "flag",
    "instant",
    "number",
    "read_days",
    "read_flags",
    "read_months",
    "read_numbers",
    "split_list",
    "strict",
    "text",
    "whole",
    "year",
]

Range = tuple[float, float]
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")


def strict(name: str, columns: dict[str, Column]) -> DataFrameSchema:
    """Return a schema that accepts exactly `columns`, in this order."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True)


def text(description: str, *, isin: Sequence[str] | None = None, **options: Any) -> Column:
    """Return a text column; an absent text is the empty string."""
    return _column(str, description, "", isin, nullable=False, **options)


def number(
    description: str, unit: str, *, nullable: bool = False, between: Range | None = None
) -> Column:
    """Return a column of floating-point numbers in `unit`, within a plausible range.

    The range, ends included, is for mistakes of unit, sign or decimal point; it says nothing about
    what is likely.
    """
    return _column("float64", description, unit, None, between, nullable=nullable)


def whole(
    description: str, unit: str = "", *, nullable: bool = False, between: Range | None = None
) -> Column:
    """Return a column of whole numbers, within a plausible range as in `number`."""
    dtype = "Int64" if nullable else "int64"
    return _column(dtype, description, unit, None, between, nullable=nullable)


def year(description: str, *, nullable: bool = False) -> Column:
    """Return a column of calendar years."""
    return whole(description, "year", nullable=nullable, between=(1900, 2100))


def flag(description: str) -> Column:
    """Return a true/false column."""
    return _column("bool", description, "", None, nullable=False)


def day(description: str, *, nullable: bool = False) -> Column:
    """Return a column of calendar days without a zone."""
    return _column("datetime64[us]", description, "", None, nullable=nullable)


def instant(description: str, *, nullable: bool = False) -> Column:
    """Return a column of UTC instants."""
    return _column("datetime64[us, UTC]", description, "", None, nullable=nullable)


def _column(
    dtype: Any,
    description: str,
    unit: str,
    isin: Sequence[str] | None,
    between: Range | None = None,
    **options: Any,
) -> Column:
    import pandera.pandas as pa

    checks = []
    metadata: dict[str, Any] = {"unit": unit}
    if isin is not None:
        checks.append(pa.Check.isin(list(isin)))
    if between is not None:
        checks.append(pa.Check.in_range(*between))
        metadata |= dict(zip(("minimum", "maximum"), between, strict=True))
    return pa.Column(dtype, checks=checks, description=description, metadata=metadata, **options)


def read_numbers(column: pd.Series, rows: pd.Series, *, blank: bool = False) -> pd.Series:
    """Read plain decimal numbers; `rows` names each row in an error; blanks only if allowed."""

    def read(value: str) -> float:
        if value == "" and blank:
            return float("nan")
        if not PLAIN_NUMBER.fullmatch(value):
            raise ValueError("a plain decimal number")
        return float(value)

    return _read(column, rows, read).astype("float64")


def read_flags(column: pd.Series, rows: pd.Series) -> pd.Series:
    """Read ``True`` and ``False``; nothing else is a flag."""

    def read(value: str) -> bool:
        if value not in ("True", "False"):
            raise ValueError("True or False")
        return value == "True"

    return _read(column, rows, read).astype(bool)


def read_days(column: pd.Series, rows: pd.Series, *, blank: bool = False) -> pd.Series:
    """Read ISO calendar days (``2025-04-04``); an allowed blank becomes ``NaT``."""
    return _read_dates(column, rows, r"\d{4}-\d{2}-\d{2}", "", "a day like 2025-04-04", blank)


def read_months(column: pd.Series, rows: pd.Series) -> pd.Series:
    """Read ISO months (``2025-04``) as the first day of the month."""
    return _read_dates(column, rows, r"\d{4}-\d{2}", "-01", "a month like 2025-04", False)


def _read_dates(
    column: pd.Series, rows: pd.Series, pattern: str, suffix: str, wanted: str, blank: bool
) -> pd.Series:
    present = column != "" if blank else pd.Series(True, index=column.index)
    fits = column.str.fullmatch(pattern)
    parsed = pd.to_datetime(
        (column + suffix).where(fits & present), format="%Y-%m-%d", errors="coerce"
    )
    bad = present & parsed.isna()
    if bad.any():
        _refuse(column, rows, first_true(bad), wanted)
    return parsed.astype("datetime64[us]")


def _read(column: pd.Series, rows: pd.Series, read: Callable[[str], Any]) -> pd.Series:
    values = []
    for place, value in column.items():
        try:
            values.append(read(value))
        except ValueError as wanted:
            _refuse(column, rows, place, str(wanted))
    return pd.Series(values, index=column.index)


def _refuse(column: pd.Series, rows: pd.Series, place: Any, wanted: str) -> None:
    raise DataError(
        f"{column.name} of {rows[place]!r} is {column[place]!r}, not {wanted}; "
        "correct the raw table"
    )


def split_list(value: str) -> list[str]:
    """Return the parts of a ``;`` separated list, without blanks around them."""
    return [part.strip() for part in value.split(";") if part.strip()]


def first_true(bad: pd.Series) -> Any:
    """Return the label of the first true value."""
    return bad.idxmax()


def check_known(column: pd.Series, rows: pd.Series, known: Iterable[str]) -> None:
    """Refuse a ``;`` separated list that holds anything not in `known`."""
    names = set(known)
    for row, value in zip(rows, column, strict=True):
        for part in split_list(value):
            if part not in names:
                raise DataError(
                    f"{column.name} of {row!r} holds {part!r}, which is not known"
                    f"{did_you_mean(part, names)}; correct the raw table"
                )


def check_unique(frame: pd.DataFrame, key: Sequence[str], table: str) -> None:
    """Refuse a table in which two rows share the key."""
    twice = frame.duplicated(list(key))
    if twice.any():
        row = frame.loc[first_true(twice), list(key)].tolist()
        raise DataError(f"{table}: two rows have {list(key)} = {row}; keep one of them")
