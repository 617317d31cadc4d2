"""Which session could first price an announcement?

The event session is the first one whose *close* is strictly after the instant: news during
trading counts the same day, news at or after the close the next session. Where the two ends of an
announcement's interval fall into different sessions, both are kept and the pair is ambiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice, check_whole
from rareearth_research.arrays import Ints
from rareearth_research.choices import Rule, Timing
from rareearth_research.errors import TimingError
from rareearth_research.timing.exchanges import (
    Sessions,
    check_exchanges,
    check_limits,
    refuse_idle,
    sessions_of,
)
from rareearth_research.timing.intervals import Intervals, to_intervals
from rareearth_research.timing.parsing import NOT_A_TIME

RULES = get_args(Rule)
PHASES = ("before_open", "in_session", "lunch_break", "after_close", "holiday",
          "before_open_or_in_session", "ambiguous_session", "date_only")  # fmt: skip
NO_SESSION = -1
MOST = 10_000  # closed days crossed, or sessions of a window: as many as a calendar has sessions


def map_sessions(
    events: pd.DataFrame,
    exchanges: str | Sequence[str],
    *,
    timing: Timing = "latest",
    rule: Rule = "next",
    max_shift: int = 10,
    calendar: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Map announcements to the first session on each exchange that could price them.

    Parameters
    ----------
    events : DataFrame
        N rows with ``event_id`` and either the interval ``announced_earliest`` /
        ``announced_latest`` (tz-aware) or a ``date``; see `timing.intervals.to_intervals`. A date
        without a zone is itself the session.
    exchanges : str or sequence of str
        E market identifiers, from `EXCHANGES`.
    timing : {"latest", "earliest", "effective", "reported"}
        Which end of the announcement, or which other date, gives the session.
    rule : {"next", "previous", "skip"}
        Where an event goes whose local day is a weekend or holiday.
    max_shift : int
        Largest number of closed calendar days an event may be moved across.
    calendar : DataFrame, optional
        Corrections of the exchanges' calendars for this call, as in `timing.sessions_of`: rows of
        ``exchange, date, kind`` (``"closed"`` or ``"session"``) and, if wanted, ``open, close``.

    Returns
    -------
    DataFrame
        N x E rows: ``event_id, exchange, session, session_earliest, session_latest, phase,
        ambiguous, shift, reason``. Sessions are naive exchange-local dates. ``shift`` counts the
        closed calendar days crossed (negative for ``rule="previous"``). ``reason`` is empty, or
        ``no_session`` (the rule or `max_shift` left none), ``no_time`` (nothing known),
        ``imprecise_date`` (only a month or year known) or ``beyond_calendar`` (a scheduled event,
        by ``event_status``, after the last session that the exchange has published); then
        ``session`` is NaT.

    Raises
    ------
    TimingError
        For an unknown exchange, rule or timing, a naive clock time, an unknown zone, an interval
        that ends before it starts, an instant outside an exchange's calendar, or corrections
        that cannot be read or are of other exchanges.

    Notes
    -----
    s(t) = min{s : close(s) > t}, on actual closes, so early closes count. News at or after a
    close belongs to the next session under every rule; `rule` only governs closed days.
    """
    mics = check_exchanges(exchanges)
    calendars = [sessions_of(mic, calendar) for mic in mics]
    refuse_idle(calendar, calendars)
    check_choice("rule", rule, RULES, TimingError)
    check_whole("max_shift", max_shift, 0, MOST, TimingError)
    intervals = to_intervals(events, timing)
    blocks = [map_one(intervals, sessions, timing, rule, max_shift) for sessions in calendars]
    n, e = len(intervals.event_ids), len(mics)

    def interleave(name: str) -> NDArray:
        """Stack exchanges beside each other and read row-wise, so that an event stays together."""
        return np.stack([block[name] for block in blocks], axis=1).reshape(n * e)

    columns = {name: interleave(name) for name in blocks[0]}
    return pd.DataFrame(
        {
            "event_id": np.repeat(intervals.event_ids, e),
            "exchange": np.tile(np.array(mics, dtype=object), n),
            **columns,
        }
    )


@dataclass(frozen=True)
class Located:
    """Where N instants or dates fall on one exchange (arrays of N)."""

    index: Ints  # session the rule chose, NO_SESSION if none
    phase: NDArray[np.object_]
    shift: Ints


def locate_instants(instants: Ints, sessions: Sessions, rule: str, max_shift: int) -> Located:
    """Return session, phase and shift of UTC nanoseconds (all inside the calendar)."""
    index = np.searchsorted(sessions.closes, instants, side="right")  # first close > t
    local = _local_days(instants, sessions)
    day = sessions.dates[index]
    last = np.searchsorted(sessions.dates, local, side="right") - 1  # -1 is another day as well
    traded = sessions.dates[last] == local
    opened = instants >= sessions.opens[index]
    at_lunch = (instants >= sessions.break_starts[index]) & (instants < sessions.break_ends[index])
    phase = np.select(
        [opened & at_lunch, opened, local == day, traded],
        ["lunch_break", "in_session", "before_open", "after_close"],
        default="holiday",
    ).astype(object)
    # the closing day itself was open: it is not one of the days crossed
    crossed = _days_between(local, day) - (phase == "after_close")
    return _apply_rule(index, phase, crossed, local, sessions, rule, max_shift)


def locate_dates(
    dates: NDArray[np.datetime64], sessions: Sessions, rule: str, max_shift: int
) -> Located:
    """Return session, phase and shift of exchange-local dates (all inside the calendar)."""
    index = np.searchsorted(sessions.dates, dates, side="left")
    day = sessions.dates[index]
    phase = np.where(day == dates, "date_only", "holiday").astype(object)
    crossed = _days_between(dates, day)
    return _apply_rule(index, phase, crossed, dates, sessions, rule, max_shift)


def map_one(
    intervals: Intervals, sessions: Sessions, timing: str, rule: str, max_shift: int
) -> dict[str, NDArray]:
    """Return the columns of `map_sessions` for one exchange."""
    intervals = _published(intervals, sessions)
    n = len(intervals.event_ids)
    check_limits(intervals, sessions)
    timed = np.flatnonzero(intervals.earliest != NOT_A_TIME)
    dated = np.flatnonzero(~np.isnat(intervals.dates))
    ends = [
        Located(np.full(n, NO_SESSION), np.full(n, "", dtype=object), np.zeros(n, dtype=np.int64))
        for _ in range(2)
    ]
    for end, instants in zip(ends, (intervals.earliest, intervals.latest), strict=True):
        _put(end, timed, locate_instants(instants[timed], sessions, rule, max_shift))
        _put(end, dated, locate_dates(intervals.dates[dated], sessions, rule, max_shift))

    first, last = ends
    chosen = first if timing == "earliest" else last
    reasons = intervals.reasons.copy()
    reasons[(reasons == "") & (chosen.index == NO_SESSION)] = "no_session"
    return {
        "session": _dates_of(chosen.index, sessions),
        "session_earliest": _dates_of(first.index, sessions),
        "session_latest": _dates_of(last.index, sessions),
        "phase": _join_phases(first, last),
        "ambiguous": first.index != last.index,
        "shift": chosen.shift,
        "reason": reasons,
    }


def _published(intervals: Intervals, sessions: Sessions) -> Intervals:
    """Take the time off scheduled events whose sessions the exchange has not published yet."""
    beyond = (intervals.latest >= sessions.closes[-1]) & (intervals.latest != NOT_A_TIME)
    beyond = intervals.scheduled & (beyond | (intervals.dates > sessions.dates[-1]))
    return replace(
        intervals,
        earliest=np.where(beyond, NOT_A_TIME, intervals.earliest),
        latest=np.where(beyond, NOT_A_TIME, intervals.latest),
        dates=np.where(beyond, np.datetime64("NaT", "ns"), intervals.dates),
        reasons=np.where(beyond, "beyond_calendar", intervals.reasons),
    )


def _join_phases(first: Located, last: Located) -> NDArray[np.object_]:
    """One word for an interval: its phase if both ends agree, else what it straddles."""
    closed = ("before_open", "after_close", "holiday")
    trading = ("in_session", "lunch_break")
    return np.select(
        [
            first.index != last.index,
            first.phase == last.phase,
            np.isin(first.phase, closed) & np.isin(last.phase, closed),
            np.isin(first.phase, trading) & np.isin(last.phase, trading),
        ],
        [
            np.full(len(first.phase), "ambiguous_session", dtype=object),
            first.phase,
            np.full(len(first.phase), "before_open", dtype=object),
            np.full(len(first.phase), "in_session", dtype=object),
        ],
        default="before_open_or_in_session",
    ).astype(object)


def _apply_rule(
    index: Ints,
    phase: NDArray[np.object_],
    crossed: Ints,
    local: NDArray[np.datetime64],
    sessions: Sessions,
    rule: str,
    max_shift: int,
) -> Located:
    closed_day = phase == "holiday"
    if rule == "previous":
        index = np.where(closed_day, index - 1, index)
        back = _days_between(local, sessions.dates[index])
        crossed = np.where(closed_day, back, crossed)
    allowed = (np.abs(crossed) <= max_shift) & (index >= 0)
    if rule == "skip":
        allowed &= ~closed_day
    return Located(
        index=np.where(allowed, index, NO_SESSION), phase=phase, shift=np.where(allowed, crossed, 0)
    )


def _local_days(instants: Ints, sessions: Sessions) -> NDArray[np.datetime64]:
    local = pd.DatetimeIndex(instants, tz="UTC").tz_convert(sessions.exchange.timezone)
    return local.tz_localize(None).normalize().as_unit("ns").to_numpy()


def _days_between(start: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> Ints:
    return (end - start) // np.timedelta64(1, "D")


def _dates_of(index: Ints, sessions: Sessions) -> NDArray[np.datetime64]:
    found = sessions.dates[np.maximum(index, 0)]
    return np.where(index == NO_SESSION, np.datetime64("NaT", "ns"), found)


def _put(target: Located, rows: Ints, source: Located) -> None:
    target.index[rows], target.phase[rows], target.shift[rows] = (
        source.index,
        source.phase,
        source.shift,
    )
