"""Which day, span of days or instant was meant? The one reader of dates of the whole package.

Only full ISO dates are read from text: a month must not become its first day, and 04/05/2025 is a
different day on either side of the Atlantic. A number is never a date. A clock time needs a zone,
because a guess about it moves an event across a close. A month or a year is read where a span of
days is meant (`read_span`), and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from rareearth_research.errors import DataError, RareEarthError, shown
from rareearth_research.readings import OFFSET, no_clock, readings

Day = str | dt.date | pd.Timestamp
_Error = type[RareEarthError]

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    rf"(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?\s?(?:Z|UTC|GMT|{OFFSET}(?::?\d{{2}})?)?)?",
    re.ASCII,
)
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2})|-?Q([1-4]))?", re.ASCII)
_NUMERIC = re.compile(r"\d{1,4}[./\s-]\d{1,2}([./\s-]\d{2,4})?([T ].*)?", re.ASCII)
_EXCEL = (20_000, 80_000)  # serial days of 1954 to 2119
_COARSE = {"Y": "year", "Q": "quarter", "M": "month", "W": "week"}


def is_blank(value: object) -> bool:
    """Return whether `value` stands for "not given": None, NaN, NaT, NA, or blank text."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or pd.isna(value) is True  # type: ignore[call-overload]


def is_zone(name: str) -> bool:
    """Return whether `name` is the IANA name of a zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def read_day(value: object, what: str, error: _Error = DataError) -> pd.Timestamp:
    """Return a calendar day as a naive Timestamp at midnight.

    Parameters
    ----------
    value : str, date, datetime, Timestamp, datetime64 or Period
        ISO text (``"2025-04-04"``, also with a clock time of midnight) or a date object.
    what : str
        What `value` is, for the message: ``"since"``, ``"event 'a': date"``.
    error : type
        The class of `RareEarthError` to raise.

    Raises
    ------
    RareEarthError
        For anything else: a month, a number, an order of digits that can be read in two ways, a
        clock time. The message says what to write instead.
    """
    stamp = read_stamp(value, what, error)
    if stamp.tzinfo is not None:
        raise error(
            f"{what} {shown(value)} carries a time zone, and a day is meant; give the local "
            f"calendar day, such as '{stamp.date()}'"
        )
    return stamp


def read_instant(value: object, what: str, error: _Error = DataError) -> pd.Timestamp:
    """Return an instant with its zone; a day or a clock time without a zone is an error.

    Parameters
    ----------
    value : str, datetime or Timestamp
        ``"2025-04-04T18:00+08:00"``, or an object with a zone.
    what, error
        As in `read_day`.
    """
    if _problem(value):
        raise error(
            f"{what} {shown(value)} is no instant; write a day and a time with its zone, as in "
            "'2025-04-04T18:00+08:00'"
        )
    stamp = _read(value, what, error)
    if stamp.tzinfo is None:
        raise error(
            f"{what} {shown(value)} has no zone, so it may lie on either side of a close; add "
            "one, as in '2025-04-04T18:00+08:00'"
        )
    return stamp


def read_stamp(value: object, what: str, error: _Error = DataError) -> pd.Timestamp:
    """Return a day (naive, at midnight) or an instant (with its zone), whichever was given.

    `value`, `what` and `error` are as in `read_day`.
    """
    stamp = _read(value, what, error)
    if stamp.tzinfo is None and stamp != stamp.normalize():
        raise error(
            f"{what} {shown(value)} has a clock time but no zone, so it may lie on either side of "
            f"a close; add the zone, as in '{stamp.isoformat()}+08:00', or give the day alone, "
            f"'{stamp.date()}'"
        )
    return stamp


def read_span(
    value: object, what: str, error: _Error = DataError
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last day that `value` covers.

    Parameters
    ----------
    value : str, date, Timestamp, datetime64 or Period
        A year ``"2024"``, a quarter ``"2024Q2"``, a month ``"2024-05"``, or a day as in
        `read_day`.
    what, error
        As in `read_day`.
    """
    period = _period(value)
    if period is None:
        day = read_day(value, what, error)
        return day, day
    return period.start_time.as_unit("ns"), period.end_time.normalize().as_unit("ns")


def span_kind(value: object) -> str:
    """Return "year", "quarter", "month" or "week" if `value` names one, else an empty text."""
    period = _period(value)
    return "" if period is None else _COARSE.get(period.freqstr[0], "period")


def read_day_column(values: pd.Series, what: str, error: _Error = DataError) -> pd.DatetimeIndex:
    """Return a column of days as naive midnights, NaT where blank.

    Parameters
    ----------
    values : Series
        Days as in `read_day`.
    what : str
        What the column is, for the message, which also names the row by its label.
    error : type
        As in `read_day`.
    """
    days = plain_days(values)
    if days is not None:
        return days
    read = [
        pd.NaT if is_blank(value) else read_day(value, f"{what} in row {_label(row)}:", error)
        for row, value in values.items()
    ]
    return pd.DatetimeIndex(read, dtype="datetime64[ns]")


def plain_days(column: pd.Series) -> pd.DatetimeIndex | None:
    """Return a column that holds nothing but days, read at once; None where one must look closer.

    Parameters
    ----------
    column : Series

    Returns
    -------
    DatetimeIndex or None
        Naive midnights in nanoseconds, NaT where missing.
    """
    stamps = pd.api.types.is_datetime64_dtype(column.dtype)
    kind = "datetime" if stamps else pd.api.types.infer_dtype(column, skipna=True)
    if kind == "string":
        text = column.astype(str)
        if not text.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").all():
            return None
    elif kind not in ("date", "datetime"):  # a datetime64 of months would become their first days
        return None
    try:
        form = "%Y-%m-%d" if kind == "string" else None
        days = pd.DatetimeIndex(pd.to_datetime(column, format=form)).as_unit("ns")
    except (ValueError, TypeError, OverflowError):
        return None
    plain = days.tz is None and bool((days.isna() | (days == days.normalize())).all())
    return days if plain else None


def _label(row: Hashable) -> str:
    return str(row) if isinstance(row, int) else shown(row)


def _read(value: object, what: str, error: _Error) -> pd.Timestamp:
    """Return any full date or datetime as a Timestamp in nanoseconds."""
    problem = _problem(value)
    if problem:
        raise error(f"{what} {shown(value)} {problem}")
    given: Any = value.strip() if isinstance(value, str) else value
    try:
        stamp = pd.Timestamp(given.start_time if isinstance(given, pd.Period) else given)
    except (ValueError, TypeError, OverflowError):
        raise error(f"{what} {shown(value)} {_impossible(str(given))}") from None
    try:
        return stamp.as_unit("ns")
    except (ValueError, OverflowError):
        raise error(
            f"{what} {shown(value)} is a date that no calendar reaches (1678 to 2261)"
        ) from None


def _impossible(text: str) -> str:
    """Say why a text of the form of a day, with a clock time or without, is none."""
    day, clock = text[:10], text[11:]
    days, why = readings(day)
    if days and clock:
        return f"has no clock time of that day: {no_clock(day, clock)}"
    return f"is no day of the calendar{f': {why}' if why else ''}; correct it"


def _problem(value: object) -> str:
    """Say why `value` cannot be a day or an instant, or return an empty text."""
    if is_blank(value):
        return "is blank; write a day, such as '2025-04-04'"
    kind = span_kind(value)
    if kind:
        return f"is a {kind}, not a day; write the day of it, as in '2025-04-04'"
    if isinstance(value, dt.date | np.datetime64 | pd.Period):  # datetimes are dates
        return ""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return _about_number(value)
    if not isinstance(value, str):
        return f"is {type(value).__name__}, not a day; write '2025-04-04'"
    text = value.strip()
    if _ISO.fullmatch(text):
        return ""
    if text.isdecimal():
        return _about_number(int(text[:20]))
    if _NUMERIC.fullmatch(text) and re.search(r"\d:\d\d", text):
        return "has a clock time or zone of another form; write it as in '2025-04-04T18:00+08:00'"
    days, why = readings(text)
    if why:
        return f"is no day of the calendar: {why}; correct it and write it as 'YYYY-MM-DD'"
    if len(days) == 1:
        return f"is not written as 'YYYY-MM-DD'; write it as '{days[0]}'"
    if _NUMERIC.fullmatch(text):
        meant = f": {' or '.join(map(repr, days))}" if days else ""
        return f"can be read in more than one way; write the day as 'YYYY-MM-DD'{meant}"
    return "is not a day; write it as 'YYYY-MM-DD', for example '2025-04-04'"


def _about_number(value: Any) -> str:
    text = f"{value:.0f}" if abs(value) < 1e9 else ""
    if re.fullmatch(r"(19|20)\d{2}", text):
        return f"is a number; write a day as '{text}-04-04' (or, for a span of days, '{text}')"
    if re.fullmatch(r"(19|20)\d{6}", text):
        day = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        return _impossible(day) if readings(day)[1] else f"is a number; write the day as '{day}'"
    if _EXCEL[0] <= value <= _EXCEL[1]:
        return (
            "is a number, and a number is never a date; if it is a serial day of a spreadsheet, "
            "use pd.to_datetime(column, unit='D', origin='1899-12-30')"
        )
    return "is a number, and a number is never a date; write 'YYYY-MM-DD'"


def _period(value: object) -> pd.Period | None:
    """Return the year, quarter or month that `value` names, or None if it is none of them."""
    if isinstance(value, str):
        found = _PERIOD.fullmatch(value.strip())
        if found and 1678 <= int(found[1]) <= 2261 and 1 <= int(found[2] or 1) <= 12:
            freq = "M" if found[2] else "Q" if found[3] else "Y"
            return pd.Period(value.strip(), freq=freq)
        return None
    if isinstance(value, np.datetime64) and np.datetime_data(value)[0] in ("Y", "M", "W"):
        return None if np.isnat(value) else pd.Period(str(value), freq=np.datetime_data(value)[0])
    if isinstance(value, pd.Period) and value.freqstr[0] in _COARSE:
        return value
    return None
