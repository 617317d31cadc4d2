"""In which row of a series does a date fall, and are the rows before it enough?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_whole
from rareearth_research.arrays import Ints
from rareearth_research.days import read_day, read_span
from rareearth_research.dynamics.series import Even, periods_of
from rareearth_research.errors import SpecificationError, shown


def rows_of(what: str, dates: Any, series: Even) -> Ints:
    """Return the row of a series in which each date falls: the session itself or the next one.

    Parameters
    ----------
    what : str
        The argument, for messages.
    dates : str, date, int (a year), or a list of them
        In order of time; one row may hold one of them.
    series : Even

    Returns
    -------
    ndarray of int, ascending

    Raises
    ------
    SpecificationError
        For dates outside of the series, and two in one row.
    """
    listed = isinstance(dates, list | tuple | pd.Index | pd.Series | np.ndarray)
    given = list(dates) if listed else [dates]
    if not given:
        raise SpecificationError(f"{what} is empty; name at least one date")
    index = series.index
    dated = isinstance(index, pd.DatetimeIndex | pd.PeriodIndex)
    for day in given if dated else ():
        if is_whole(day):
            raise SpecificationError(f"{what} {day} is a number; write a day, 'YYYY-MM-DD'")
    if series.unit == "session":
        days = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
        wanted = pd.DatetimeIndex([read_day(day, what, SpecificationError) for day in given])
        within = (wanted >= days[0]) & (wanted <= days[-1])
        rows = np.where(within, days.searchsorted(wanted), -1)
    elif dated:
        periods: Any = periods_of(index, what)[1]
        spans = [_within(day, what, series.unit, periods.freqstr) for day in given]
        rows = periods.get_indexer(pd.PeriodIndex(spans))
    else:
        years = [day if is_whole(day) else read_span(day, what, SpecificationError)[0].year
                 for day in given]  # fmt: skip
        rows = index.get_indexer(pd.Index(years))
    for day, row in zip(given, rows, strict=True):
        if row < 0:
            raise SpecificationError(
                f"{what}: {shown(str(day))} is outside of the series, {series.label(0)} to "
                f"{series.label(-1)}; choose a date within it, or give a longer series"
            )
    found = np.sort(np.asarray(rows, dtype=np.int64))
    if (twice := np.flatnonzero(np.diff(found) == 0)).size:
        raise SpecificationError(
            f"{what} has two dates in the {series.unit} {series.label(int(found[twice[0]]))}, "
            "which cannot be told apart in this series; keep one of them"
        )
    return found


def rows_before(what: str, date: Any, series: Even, least: int, why: str) -> int:
    """Return how many rows of a series lie before a date.

    Parameters
    ----------
    what : str
        The argument that holds the series, for messages.
    date : str, date, Timestamp or int
        A day; a year where the rows are whole years. The week, month, quarter or year that holds
        the day counts as after it, because part of it is.
    series : Even
    least : int
        Rows that are needed before.
    why : str
        What they are needed for, for the message.

    Raises
    ------
    SpecificationError
        If `date` is no day, several, or outside of the series, and if fewer rows lie before it.
    """
    rows = rows_of(f"date in {what}", date, series)
    if len(rows) > 1:
        raise SpecificationError(
            f"date must be one day, and {shown(str(date))} are {len(rows)}; ask for one at a time"
        )
    before = int(rows[0])
    if before < least:
        raise SpecificationError(
            f"{what} begins with {series.label(0)}, and date {date} leaves {before} rows before "
            f"it, while {least} are needed {why}; choose a later date, or give a series that "
            "begins earlier"
        )
    return before


def _within(day: Any, what: str, unit: str, freq: str) -> pd.Period:
    """Return the week, month, ... that holds a day, or all of a shorter span."""
    ends = [end.to_period(freq) for end in read_span(day, what, SpecificationError)]
    if ends[0] != ends[1]:
        raise SpecificationError(
            f"{what}: {shown(str(day))} covers several {unit}s; name a day of one, 'YYYY-MM-DD'"
        )
    return ends[0]
