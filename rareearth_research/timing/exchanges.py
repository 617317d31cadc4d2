"""Which exchange does a ticker trade on, and when did that exchange trade?

A ticker's suffix names its exchange. Sessions come from `exchange_calendars`, which knows
holidays, early closes and lunch breaks; each calendar is built once in a process, and only when
asked for, because building one takes about a tenth of a second.

Does a calendar reach as far as an event? And how does one go on behind its end?
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_names
from rareearth_research.arrays import Ints
from rareearth_research.datasets.calendars import (
    CORRECTION,
    check_corrections,
    corrected,
    load_calendar_corrections,
)
from rareearth_research.datasets.venues import LISTED, VENUES
from rareearth_research.errors import RareEarthError, TimingError, did_you_mean, shown
from rareearth_research.timing.intervals import Intervals
from rareearth_research.timing.parsing import NOT_A_TIME


@dataclass(frozen=True)
class Exchange:
    """A stock exchange as this package knows it.

    Attributes
    ----------
    mic : str
        ISO 10383 market identifier, ``"XNYS"``.
    name, city : str
        Names for tables and pictures.
    timezone : str
        IANA zone of its clock.
    suffixes : tuple of str
        How data vendors mark its tickers, ``(".SS", ".SH")``; a ticker without any is taken for a
        listing in the United States.
    names : tuple of str
        What else it is called, ``("NYSE", "NASDAQ", "XNAS")``.
    calendar : str
        Calendar of `exchange_calendars` it follows (Shenzhen follows Shanghai's).
    """

    mic: str
    name: str
    city: str
    suffixes: tuple[str, ...]
    names: tuple[str, ...]
    timezone: str
    calendar: str


EXCHANGES: Mapping[str, Exchange] = MappingProxyType(
    {exchange.mic: exchange for exchange in (Exchange(*venue) for venue in VENUES)}
)
LONGEST = 40  # letters of a ticker, generously
_shipped: dict[tuple[str, str], tuple[tuple[Any, ...], ...]] = {}  # by sha256 and calendar
MIC_OF_SUFFIX = {
    suffix: exchange.mic
    for exchange in EXCHANGES.values()
    for suffix in (*exchange.suffixes, f".{exchange.mic}")
}
_MIC_OF_NAME = {name: exchange.mic for exchange in EXCHANGES.values() for name in exchange.names}


def exchange_of(ticker: str) -> str:
    """Return the MIC of the exchange that a ticker's suffix names.

    Parameters
    ----------
    ticker : str
        ``"MP"``, ``"LYC.AX"``, ``"600111.SH"``; no suffix means a listing in the United States. The
        suffixes are those of Yahoo, Reuters, Wind and Stooq, and MICs.

    Returns
    -------
    str
        ``"XNYS"`` (all United States listings), ``"XASX"``, ``"XSHG"``, ...

    Raises
    ------
    TimingError
        If the suffix names no exchange of `EXCHANGES`.
    """
    stem, dot, tail = ticker.strip().partition(".") if isinstance(ticker, str) else ("", "", "")
    if not stem or len(ticker) > LONGEST:
        raise TimingError(f"ticker must be text such as 'MP' or 'LYC.AX'; got {shown(ticker)}")
    suffix = f".{tail.rpartition('.')[2].upper()}" if dot else ""
    if dot and suffix not in MIC_OF_SUFFIX:
        raise TimingError(
            f"ticker {shown(ticker)} ends in {shown(suffix)}, which names no known exchange"
            f"{did_you_mean(suffix, MIC_OF_SUFFIX)}; rer.timing.EXCHANGES lists the suffixes of "
            "each, and listings in the United States have none (write share classes as BRK-B)"
        )
    return MIC_OF_SUFFIX[suffix] if dot else "XNYS"


def check_exchange(
    exchange: object, name: str = "exchange", error: type[RareEarthError] = TimingError
) -> Exchange:
    """Return the `Exchange` of a MIC, or of another name of it, or raise."""
    code = _MIC_OF_NAME.get(exchange, exchange) if isinstance(exchange, str) else exchange
    if isinstance(code, str) and code in EXCHANGES:
        return EXCHANGES[code]
    known = [*EXCHANGES, *_MIC_OF_NAME]
    raise error(
        f"{name}={shown(exchange)} is not known{did_you_mean(exchange, known)}; write the MIC of "
        "an exchange, such as 'XNYS', 'XPAR' or 'XKRX'; rer.timing.EXCHANGES lists them all"
    )


def check_exchanges(exchanges: object, name: str = "exchanges") -> list[str]:
    """Return one MIC or several as a list, or raise a `TimingError`; a set is put in order."""
    if isinstance(exchanges, Sized) and not isinstance(exchanges, str) and not len(exchanges):
        raise TimingError(f"{name} is empty; name at least one, such as {', '.join(LISTED)}")
    given = check_names(name, exchanges, TimingError)
    mics = [check_exchange(mic, name).mic for mic in given]
    if len(set(mics)) < len(mics):
        raise TimingError(f"{name} names {max(mics, key=mics.count)!r} more than once")
    return sorted(mics) if isinstance(exchanges, set | frozenset) else mics


@dataclass(frozen=True)
class Sessions:
    """Every session of one exchange as arrays, ready for `numpy.searchsorted`.

    Attributes
    ----------
    exchange : Exchange
        Whose sessions these are.
    dates : ndarray of datetime64[ns], shape (S,)
        Exchange-local session dates, ascending.
    opens, closes : ndarray of int64, shape (S,)
        UTC nanoseconds of the regular open and the actual close (early closes included).
    break_starts, break_ends : ndarray of int64, shape (S,)
        UTC nanoseconds of the lunch break; both equal the open when there is none.
    """

    exchange: Exchange
    dates: NDArray[np.datetime64]
    opens: Ints
    closes: Ints
    break_starts: Ints
    break_ends: Ints

    @property
    def limits(self) -> str:
        """First and last session as text, for messages."""
        first, last = (pd.Timestamp(self.dates[i]).date().isoformat() for i in (0, -1))
        return f"{first} to {last}"


def sessions_of(exchange: str, calendar: pd.DataFrame | None = None) -> Sessions:
    """Return the sessions of an exchange, 1990 (or its first year) to 2030 (or the last known).

    Parameters
    ----------
    exchange : str
        MIC, one of `EXCHANGES`, or another name of it.
    calendar : DataFrame, optional
        Corrections of your own, ``exchange, date, kind`` and, if wanted, ``open, close`` (local
        time, ``"09:30"``): ``kind`` is ``"closed"`` or ``"session"``. They come on top of
        `load_calendar_corrections`, and count where both have a day.

    Returns
    -------
    Sessions
        Cached: the same object on every call.

    Notes
    -----
    Shanghai's calendar ends where its published holidays end, currently 2026-12-31; `calendar` can
    add the sessions that follow. Shenzhen keeps Shanghai's calendar, corrections included.
    """
    mic = check_exchange(exchange).mic
    own = None if calendar is None else check_corrections("calendar", calendar, TimingError)
    return _build(mic, _rows_of(EXCHANGES[mic].calendar, own))


def _rows_of(calendar: str, own: pd.DataFrame | None) -> tuple[tuple[Any, ...], ...]:
    """Return the corrections of one calendar, of this project and one's own, as a key."""
    shipped = load_calendar_corrections()
    digest = shipped.attrs["provenance"]["sha256"]
    if own is None and (digest, calendar) in _shipped:
        return _shipped[digest, calendar]
    rows = pd.concat([shipped, own]).drop_duplicates(["exchange", "date"], keep="last")
    mine = rows.loc[rows["exchange"] == calendar, [*CORRECTION]]
    found = tuple(mine.itertuples(index=False, name=None))
    if own is None:
        _shipped[digest, calendar] = found
    return found


@lru_cache(maxsize=64)
def _build(mic: str, corrections: tuple[tuple[Any, ...], ...]) -> Sessions:
    exchange = EXCHANGES[mic]
    schedule = corrected(exchange.calendar, pd.DataFrame([*corrections], columns=[*CORRECTION]))
    opens = _nanoseconds(schedule["open"])
    starts, ends = _nanoseconds(schedule["break_start"]), _nanoseconds(schedule["break_end"])
    no_break = starts == NOT_A_TIME
    return Sessions(
        exchange=exchange,
        dates=schedule.index.to_numpy().astype("datetime64[ns]"),
        opens=opens,
        closes=_nanoseconds(schedule["close"]),
        break_starts=np.where(no_break, opens, starts),
        break_ends=np.where(no_break, opens, ends),
    )


def _nanoseconds(instants: pd.Series) -> Ints:
    return pd.DatetimeIndex(instants).as_unit("ns").asi8


def refuse_idle(calendar: pd.DataFrame | None, of: list[Sessions]) -> None:
    """Raise for corrections of no calendar that is asked for."""
    asked = list(dict.fromkeys(sessions.exchange.calendar for sessions in of))
    if calendar is not None and not calendar["exchange"].isin(asked).any():
        raise TimingError(
            f"calendar corrects no calendar that is asked for ({', '.join(asked)}); leave it out, "
            "or give rows of these exchanges"
        )


def check_limits(intervals: Intervals, sessions: Sessions) -> None:
    """Raise for instants and dates for which the calendar does not know the next session."""
    timed, dates = intervals.earliest != NOT_A_TIME, intervals.dates
    early = timed & (intervals.earliest < sessions.opens[0])
    late = timed & (intervals.latest >= sessions.closes[-1])
    outside = early | late | (dates < sessions.dates[0]) | (dates > sessions.dates[-1])
    for row in np.flatnonzero(outside):
        instant = intervals.earliest[row] if early[row] else intervals.latest[row]
        when = pd.Timestamp(instant, tz="UTC") if timed[row] else pd.Timestamp(dates[row]).date()
        raise TimingError(
            f"event {shown(intervals.event_ids[row])} at {when.isoformat()} lies outside the "
            f"calendar of {sessions.exchange.mic}, which knows {sessions.limits}; drop the event "
            f"or leave out this exchange{_way_on(sessions, when)}"
        )


def _way_on(sessions: Sessions, when: dt.date) -> str:
    """Say how a calendar goes on after its end, for an event after it; else nothing."""
    last, day = pd.Timestamp(sessions.dates[-1]), pd.Timestamp(when.isoformat()[:10])
    if day <= last - pd.Timedelta(days=2):
        return ""
    first, until = last + pd.offsets.BDay(1), day + pd.offsets.BDay(5)
    return (
        ", or give the sessions that follow, holidays left out: calendar=pd.DataFrame({'exchange': "
        f"'{sessions.exchange.calendar}', 'date': pd.bdate_range('{first.date()}', "
        f"'{until.date()}'), 'kind': 'session'}}), or as rows of data/raw/calendar_corrections.csv "
        "(docs/event_time.md)"
    )
