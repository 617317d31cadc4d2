"""When is an exchange open, according to `exchange_calendars`? Built once in a process.

The one place that calls the library, because building a calendar takes about a tenth of a second
and needs two things known only here: where the calendar's own knowledge ends, and which warning
of it no reader can act on.
"""

from __future__ import annotations

import importlib
import warnings
from functools import cache

import pandas as pd

__all__ = ["exchange_schedule"]

FIRST_DATE = pd.Timestamp("1990-01-01")
LAST_DATE = pd.Timestamp("2030-12-31")


@cache
def exchange_schedule(calendar: str) -> pd.DataFrame:
    """Return every session of a calendar, 1990 (or its first year) to 2030 (or the last known).

    Parameters
    ----------
    calendar : str
        Name in `exchange_calendars`, such as ``"XNYS"``.

    Returns
    -------
    DataFrame
        Indexed by session date (naive): ``open, break_start, break_end, close`` (UTC; the breaks
        NaT where there is none). The same object on every call: do not change it.
    """
    # the class knows its own bounds; get_calendar would build a default calendar just to ask
    module = importlib.import_module(f"exchange_calendars.exchange_calendar_{calendar.lower()}")
    factory = getattr(module, f"{calendar}ExchangeCalendar")
    first, last = factory.bound_min(), factory.bound_max()
    start = FIRST_DATE if first is None else max(first, FIRST_DATE)
    end = LAST_DATE if last is None else min(last, LAST_DATE)
    with warnings.catch_warnings():
        # Up to 4.13.2 the library uses names that pandas 4 will drop (Series.values of zoned
        # columns, DatetimeIndex.weekday); no caller can act on that
        warnings.simplefilter("ignore", DeprecationWarning)
        return factory(start=start, end=end).schedule
