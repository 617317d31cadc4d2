"""Columns of clean tables and the strict readers that fill them.

A reader turns text into a typed value or stops with the row that is at fault: bad input never
becomes a number. A `Column` says once what a column holds: its table reads raw text by it, checks
what was built, and describes it in the data package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.errors import DataError, did_you_mean

Range = tuple[float, float]
Reader = Callable[..., pd.Series]
PLAIN_NUMBER = r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?"


@dataclass(frozen=True)
class Column:
    """One column of a clean table: what it holds, and how the text of a raw file is read.

    Parameters
    ----------
    dtype
        Of the clean column.
    description, unit
        For people. A `pattern` may use ``{column}`` in its description.
    read
        Reader of raw text; None where text stays text or a rule of the table makes the figures.
    nullable
        Whether a value may be missing; a text never is, an absent one is ``""``.
    between
        Plausible range, ends included: for mistakes of unit, sign or decimal point; it says nothing
        about what is likely.
    isin
        All values there may be; none: any.
    unique
        Whether no two rows share a value.
    pattern
        Whether the name is a regular expression that stands for many columns.
    """

    dtype: str
    description: str
    unit: str = ""
    read: Reader | None = None
    nullable: bool = False
    between: Range | None = None
    isin: Sequence[str] = ()
    unique: bool = False
    pattern: bool = False


def text(description: str, *, isin: Sequence[str] = (), unique: bool = False) -> Column:
    """Return a text column."""
    return Column("str", description, isin=isin, unique=unique)


def number(description: str, unit: str, **options: Any) -> Column:
    """Return a column of floating-point numbers in `unit`."""
    return Column("float64", description, unit, read_numbers, **options)


def whole(
    description: str, unit: str = "", *, nullable: bool = False, between: Range | None = None
) -> Column:
    """Return a column of whole numbers."""

    def read(column: pd.Series, rows: pd.Series, *, blank: bool = False) -> pd.Series:
        return read_numbers(column, rows, blank=blank).astype(dtype)

    dtype: Any = "Int64" if nullable else "int64"
    return Column(dtype, description, unit, read, nullable, between)


def year(description: str, *, nullable: bool = False) -> Column:
    """Return a column of calendar years."""
    return whole(description, "year", nullable=nullable, between=(1900, 2100))


def flag(description: str) -> Column:
    """Return a true/false column."""
    return Column("bool", description, read=read_flags)


def day(description: str, *, nullable: bool = False) -> Column:
    """Return a column of calendar days without a zone."""
    return Column("datetime64[us]", description, read=read_days, nullable=nullable)


def month(description: str) -> Column:
    """Return a column of months, each the first day of it."""
    return Column("datetime64[us]", description, read=read_months)


def instant(description: str, *, nullable: bool = False) -> Column:
    """Return a column of UTC instants."""
    return Column("datetime64[us, UTC]", description, nullable=nullable)


# What a column may be, by the word for it in a codebook.
KINDS: dict[str, Callable[..., Column]] = {
    kind.__name__: kind for kind in (text, number, whole, year, flag, day, month, instant)
}


def read_numbers(column: pd.Series, rows: pd.Series, *, blank: bool = False) -> pd.Series:
    """Read plain decimal numbers; `rows` names each row in an error; blanks only if allowed."""
    wanted = "a plain decimal number"
    return _read(column, rows, PLAIN_NUMBER, wanted, lambda text: text.astype("float64"), blank)


def read_flags(column: pd.Series, rows: pd.Series) -> pd.Series:
    """Read ``True`` and ``False``; nothing else is a flag."""
    flags = {"True": True, "False": False}
    found = _read(column, rows, "True|False", "True or False", lambda text: text.map(flags))
    return found.astype(bool)


def read_days(column: pd.Series, rows: pd.Series, *, blank: bool = False) -> pd.Series:
    """Read ISO calendar days (``2025-04-04``); an allowed blank becomes ``NaT``."""
    return _read(column, rows, r"\d{4}-\d{2}-\d{2}", "a day like 2025-04-04", _days, blank)


def read_months(column: pd.Series, rows: pd.Series) -> pd.Series:
    """Read ISO months (``2025-04``) as the first day of the month."""
    wanted = "a month like 2025-04"
    return _read(column, rows, r"\d{4}-\d{2}", wanted, lambda text: _days(text + "-01"))


def read_instants(column: pd.Series, rows: pd.Series) -> pd.Series:
    """Read ISO instants in UTC, to the minute or second; a blank becomes ``NaT``."""
    form = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z"
    return _read(column, rows, form, "an instant like 2025-04-04T10:42Z", _instants, blank=True)


def _read(
    column: pd.Series,
    rows: pd.Series,
    pattern: str,
    wanted: str,
    parse: Callable[[pd.Series], pd.Series],
    blank: bool = False,
) -> pd.Series:
    """Parse the cells of one form, or raise for the first that is neither that nor may be blank."""
    parsed = parse(column.where(column.str.fullmatch(pattern)))
    bad = parsed.isna() & ~((column == "") & blank)
    if bad.any():
        at = first_true(bad)
        raise DataError(
            f"{column.name} of {rows[at]!r} is {column[at]!r}, not {wanted}; correct the raw table"
        )
    return parsed


def _days(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def _instants(text: pd.Series) -> pd.Series:
    found: Any = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    return found.astype("datetime64[us, UTC]")


def split_list(value: str) -> list[str]:
    """Return the parts of a ``;`` separated list, without blanks around them."""
    return [part.strip() for part in value.split(";") if part.strip()]


def first_true(bad: pd.Series) -> Any:
    """Return the label of the first true value."""
    return bad.idxmax()


def refuse(bad: pd.Series, rows: pd.Series, problem: str) -> None:
    """Raise if any row is `bad`, naming the first of them by `rows`."""
    if bad.any():
        raise DataError(f"{rows[first_true(bad)]} {problem}")


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
