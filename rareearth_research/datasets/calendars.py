"""When is an exchange open, according to `exchange_calendars`, and where does that err?

The one place that calls the library, because building a calendar takes about a tenth of a second
and needs two things known only here: where the calendar's own knowledge ends, and which warning
of it no reader can act on. A correction closes a day, changes the hours of a session or adds one;
``data/raw/calendar_corrections.csv`` lists those known to this project.
"""

from __future__ import annotations

import importlib
import re
import warnings
from functools import cache
from importlib.metadata import version
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_choice, check_frame
from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.venues import CALENDARS
from rareearth_research.days import is_blank, read_day
from rareearth_research.errors import DataError, RareEarthError, TimingError, did_you_mean, shown

FIRST_DATE = pd.Timestamp("1990-01-01")
LAST_DATE = pd.Timestamp("2030-12-31")
_ODD = {  # calendars of no exchange, which the library keeps under other names
    "24/5": ("weekday_calendar", "WeekdayCalendar"),
    "24/7": ("always_open", "AlwaysOpenCalendar"),
    "us_futures": ("us_futures_calendar", "QuantopianUSFuturesCalendar"),
}
KINDS = ("closed", "session")
CORRECTION = ("exchange", "date", "kind", "open", "close")
BESIDE = ("reason", "source_url", "status")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
USUAL = 20  # sessions whose hours say what is usual


def load_calendar_corrections() -> pd.DataFrame:
    """Return where the calendars of `exchange_calendars` are corrected, one row per day.

    Returns
    -------
    DataFrame
        ``exchange, date, kind, open, close, reason, source_url, status``. ``kind`` is ``closed``
        (no session) or ``session`` (one with these hours, local time; empty: as usual). Days closed
        to all are there, and sessions that opened late or ended early; halts within one are not.
    """
    return read("calendar_corrections")


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
        NaT where there is none). The same object on every call: do not change it. Without
        corrections.

    Raises
    ------
    TimingError
        If the library cannot build it, as some of its calendars with some releases of pandas.
    """
    from exchange_calendars import get_calendar

    factory = _factory(calendar)  # knows its own bounds; a default calendar would be built to ask
    first, last = factory.bound_min(), factory.bound_max()
    start = FIRST_DATE if first is None else max(first, FIRST_DATE)
    end = LAST_DATE if last is None else min(last, LAST_DATE)
    with warnings.catch_warnings():
        # Up to 4.13.2 the library uses names that pandas 4 will drop (Series.values of zoned
        # columns, DatetimeIndex.weekday); no caller can act on that
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return get_calendar(calendar, start=start, end=end).schedule
        except (NotImplementedError, TypeError, ValueError) as error:
            raise TimingError(
                f"the calendar of {calendar} cannot be built by exchange_calendars "
                f"{version('exchange_calendars')} with pandas {version('pandas')}; leave out this "
                "exchange, or let its securities follow the days on which they have a return: "
                "EventStudy(..., exchanges='own')"
            ) from error


def corrected(calendar: str, corrections: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions of a calendar as `exchange_schedule` does, with `corrections` applied.

    Parameters
    ----------
    calendar : str
        As in `exchange_schedule`.
    corrections : DataFrame
        As `check_corrections` returns them; rows of other calendars are left alone. A correction
        that the calendar knows already changes nothing.

    Raises
    ------
    TimingError
        If a session would not close after it opens.
    """
    mine = corrections[corrections["exchange"] == calendar].set_index("date")
    schedule = exchange_schedule(calendar)
    schedule = schedule.drop(schedule.index.intersection(mine.index[mine["kind"] == "closed"]))
    zone = _factory(calendar).tz
    rows = {}
    for day, row in mine[mine["kind"] == "session"].sort_index().iterrows():
        date = pd.Timestamp(day)  # type: ignore[arg-type]
        known = date in schedule.index
        hours = schedule.loc[[date]] if known else schedule.loc[:date].tail(USUAL)
        clock = hours.apply(lambda column: column.dt.tz_convert(zone).dt.strftime("%H:%M"))
        usual = clock.mode().iloc[0]
        usual = usual.mask(row[["open", "close"]].reindex(usual.index, fill_value="") != "", row)
        at = {
            name: pd.Timestamp(f"{date.date()} {text}").tz_localize(zone).tz_convert("UTC")
            for name, text in usual.dropna().items()
        }
        if not at["open"] < at["close"]:
            raise TimingError(
                f"the calendar of {calendar} is corrected on {date.date()} to open at "
                f"{usual['open']} and close at {usual['close']}; give both times"
            )
        times = [at[name] for name in ("open", "break_start", "break_end", "close") if name in at]
        if times != sorted(times):  # it trades on one side of the break only
            del at["break_start"], at["break_end"]
        rows[date] = at
    if not rows:
        return schedule
    added = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=schedule.columns)
    added = added.astype(schedule.dtypes.to_dict())
    return pd.concat([schedule.drop(schedule.index.intersection(added.index)), added]).sort_index()


def check_corrections(
    name: str, value: object, error: type[RareEarthError] = DataError
) -> pd.DataFrame:
    """Return corrections of calendars, checked: ``exchange, date, kind, open, close``.

    Parameters
    ----------
    name
        What `value` is, for the message.
    value
        A DataFrame with these columns; without ``open`` and ``close`` the hours are the usual ones.
    error
        The class of `RareEarthError` to raise.

    Raises
    ------
    RareEarthError
        Naming the row at fault.
    """
    frame = check_frame(name, value, ("exchange", "date", "kind"), error)
    for column in frame.columns.difference([*CORRECTION, *BESIDE], sort=False):
        hint = did_you_mean(column, CORRECTION)
        raise error(
            f"{name} has a column {shown(column)} that is not read{hint}; rename or drop it"
        )
    rows = []
    for number, cells in enumerate(frame.to_dict("records")):
        what = f"{name}, row {number}"
        exchange = check_choice(f"{what}: exchange", cells["exchange"], CALENDARS, error)
        date = read_day(cells["date"], f"{what}: date", error)
        kind = check_choice(f"{what}: kind", cells["kind"], KINDS, error)
        hours = {}
        for end in ("open", "close"):
            clock = cells.get(end, "")
            hours[end] = "" if is_blank(clock) else clock
            if hours[end] and not (isinstance(clock, str) and CLOCK.fullmatch(clock)):
                raise error(
                    f"{what}: {end} is {shown(clock)}; write the local time as text, such as "
                    "'09:30', or leave it empty for the usual one"
                )
        if kind == "closed" and any(hours.values()):
            raise error(
                f"{what}: a closed day has no hours; empty open and close, or write 'session'"
            )
        if all(hours.values()) and not hours["open"] < hours["close"]:
            raise error(f"{what}: it closes at {hours['close']}, not after it opens; correct one")
        rows.append({"exchange": exchange, "date": date, "kind": kind, **hours})
    found = pd.DataFrame(rows, columns=[*CORRECTION])
    twice = found.duplicated(["exchange", "date"])
    if twice.any():
        row = found[twice].iloc[0]
        raise error(
            f"{name} has {row['exchange']} on {row['date'].date()} twice; keep one row of each day"
        )
    return found


def _factory(calendar: str) -> Any:
    usual = f"exchange_calendar_{calendar.lower()}", f"{calendar}ExchangeCalendar"
    module, name = _ODD.get(calendar, usual)
    return getattr(importlib.import_module(f"exchange_calendars.{module}"), name)
