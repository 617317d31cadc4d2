"""From which row on is a series after a date?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_whole
from rareearth_research.days import read_day
from rareearth_research.dynamics.series import STEPS, Even
from rareearth_research.errors import SpecificationError, TimingError

__all__ = ["rows_before"]

FREQ = {unit: freq for unit, freq, *_ in STEPS}


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
        If fewer rows lie before, or none after.
    TimingError
        If `date` is no day.
    """
    index: Any = series.index
    if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        year = date if is_whole(date) else read_day(date, "date", TimingError).year
        before = int(np.searchsorted(index, year))
    else:
        freq = FREQ[series.unit]
        day = pd.Period(read_day(date, "date", TimingError), freq)
        days = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
        before = int(np.searchsorted(days.to_period(freq).asi8, day.ordinal))
    first, last = series.label(0), series.label(len(index) - 1)
    if before == len(index):
        raise SpecificationError(
            f"{what} ends with {last}, and date {date} leaves no row after it; choose an earlier "
            "date, or give a longer series"
        )
    if before < least:
        raise SpecificationError(
            f"{what} begins with {first}, and date {date} leaves {before} rows before it, while "
            f"{least} are needed {why}; choose a later date, or give a series that begins earlier"
        )
    return before
