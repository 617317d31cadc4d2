"""When could an announcement first have been known?

Every record becomes an interval of UTC instants. A record with clock times keeps them; one with
only a date and the issuer's zone spans that local day; one with only a date and no zone is taken
as a session date; a month or a year is never turned into a day. Naive clock times are refused,
because a guess about the zone moves an event across a close.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice
from rareearth_research.arrays import Bools, Ints
from rareearth_research.choices import Timing
from rareearth_research.errors import TimingError, did_you_mean, shown
from rareearth_research.timing.events import check_events, precisions, texts
from rareearth_research.timing.parsing import NOT_A_TIME, read_days, read_instants

TIMINGS = get_args(Timing)
# how far a day may lie before and after the clock times: zones, and holidays until a session
APART = pd.Timedelta(days=2), pd.Timedelta(days=15)
# short names of several clocks, or of a winter clock that people mean in summer too
ABBREVIATIONS = {
    "CST": "'America/Chicago' or 'Asia/Shanghai'",
    "EST": "'America/New_York' (or 'Etc/GMT+5' for a clock that never changes)",
    "MST": "'America/Denver' (or 'Etc/GMT+7' for a clock that never changes)",
    "PST": "'America/Los_Angeles' or 'Asia/Manila'",
    "IST": "'Asia/Kolkata', 'Asia/Jerusalem' or 'Europe/Dublin'",
    "BST": "'Europe/London' or 'Asia/Dhaka'",
}


@dataclass(frozen=True)
class Intervals:
    """When each event could first have been known, as arrays of N events.

    Attributes
    ----------
    event_ids : ndarray of object, shape (N,)
    earliest, latest : ndarray of int64, shape (N,)
        UTC nanoseconds, both ends included; ``NOT_A_TIME`` where there is no clock time.
    dates : ndarray of datetime64[ns], shape (N,)
        Session dates of events known by date alone; NaT for the others.
    reasons : ndarray of object, shape (N,)
        ``""``, ``"imprecise_date"`` or ``"no_time"``.
    scheduled : ndarray of bool, shape (N,)
        Whether the event is still to come, by its ``event_status``.
    """

    event_ids: NDArray[np.object_]
    earliest: Ints
    latest: Ints
    dates: NDArray[np.datetime64]
    reasons: NDArray[np.object_]
    scheduled: NDArray[np.bool_]

    def take(self, rows: Ints) -> Intervals:
        """Return the intervals of some of the events."""
        return Intervals(*(getattr(self, field.name)[rows] for field in fields(self)))


def to_intervals(events: pd.DataFrame, timing: str = "latest") -> Intervals:
    """Return the interval of instants in which each event became known.

    Parameters
    ----------
    events : DataFrame
        ``event_id`` and either ``announced_earliest``/``announced_latest`` (tz-aware) or ``date``
        (naive day), with ``announced_tz`` and ``date_precision`` if known. For
        ``timing="effective"`` the column ``effective_date``; for ``"reported"`` either
        ``reported_earliest``/``reported_latest`` or ``reported_date``, where an event without
        an earlier report on record counts as reported by its announcement.
    timing : {"latest", "earliest", "effective", "reported"}
        The first two read the announcement; which end counts is the caller's business.

    Returns
    -------
    Intervals

    Raises
    ------
    TimingError
        For a missing column, a naive clock time, an unknown zone, one end without the other, or
        an end before its start; the message names the event.

    Notes
    -----
    An effective or reported *date* is a calendar date and stands for the session of that date on
    every exchange, because no hour is attached to it.
    """
    events = check_dated(events, timing)
    prefix, day, precision = _columns_of(timing)
    ids = events["event_id"].to_numpy(dtype=object)
    earliest, latest = _ends(events, prefix, ids)
    coarse = precisions(events, precision, ids)
    blank = pd.Series(pd.NaT, index=events.index, name=day)
    dates, clocks = read_days(events[day] if day in events.columns else blank, ids, coarse)
    reasons = np.full(len(ids), "", dtype=object)

    # a `date` column that carries zone and hour is an exact instant
    exact = (earliest == NOT_A_TIME) & (clocks != NOT_A_TIME)
    earliest[exact], latest[exact] = clocks[exact], clocks[exact]
    timed = earliest != NOT_A_TIME
    _refuse_apart(ids, dates, earliest, latest, day, prefix)
    reasons[~timed & np.isnat(dates)] = "no_time"
    reasons[~timed & coarse] = "imprecise_date"

    if timing in ("latest", "earliest"):
        _span_local_days(events, ids, earliest, latest, dates, ~timed & (reasons == ""))
    dates[(reasons != "") | (earliest != NOT_A_TIME)] = np.datetime64("NaT", "ns")
    scheduled = texts(events, "event_status") == "scheduled_outcome_unknown"
    found = Intervals(ids, earliest, latest, dates, reasons, scheduled)
    return _announced_where_unreported(events, found) if timing == "reported" else found


def _refuse_apart(
    ids: NDArray[np.object_], dates: NDArray[np.datetime64], earliest: Ints,
    latest: Ints, day: str, prefix: str,
) -> None:  # fmt: skip
    """Raise where a day and the clock times of one event are not of one announcement."""
    days, first, last = (
        pd.DatetimeIndex(stamps.astype("datetime64[ns]")) for stamps in (dates, earliest, latest)
    )
    for row in np.flatnonzero((days < first - APART[0]) | (days > last + APART[1])).tolist():
        raise TimingError(
            f"event {shown(ids[row])}: {day} {days[row].date()} and "
            f"{prefix}_earliest {first[row]} UTC are not of one announcement; "
            f"correct the wrong one, or leave {day} blank"
        )


def check_dated(events: pd.DataFrame, timing: str, name: str = "events") -> pd.DataFrame:
    """Return `events` as read if they have the columns that `timing` reads, or raise."""
    check_choice("timing", timing, TIMINGS, TimingError)
    events = check_events(events, name)
    prefix, day, _ = _columns_of(timing)
    if not {day, f"{prefix}_earliest", f"{prefix}_latest"} & set(events.columns):
        raise TimingError(
            f"timing={timing!r} needs a column {day!r}, or {prefix}_earliest and {prefix}_latest; "
            f"{name} has neither{_hint(timing, events)}"
        )
    return events


def _announced_where_unreported(events: pd.DataFrame, reported: Intervals) -> Intervals:
    """What nobody is on record to have reported earlier was first reported by its announcement."""
    if not {"date", "announced_earliest"} & set(events.columns):
        return reported
    announced, blank = to_intervals(events, "latest"), reported.reasons == "no_time"
    names = ("earliest", "latest", "dates", "reasons")
    chosen = {n: np.where(blank, getattr(announced, n), getattr(reported, n)) for n in names}
    return replace(reported, **chosen)


def _hint(timing: str, events: pd.DataFrame) -> str:
    if timing == "reported":
        return "; add the day on which the press first had each event, where you know it"
    return f", only {shown(', '.join(map(str, events.columns)), 300)}"


def _columns_of(timing: str) -> tuple[str, str, str]:
    if timing == "effective":
        return "effective", "effective_date", "effective_date_precision"
    if timing == "reported":
        return "reported", "reported_date", "reported_date_precision"
    return "announced", "date", "date_precision"


def _ends(events: pd.DataFrame, prefix: str, ids: NDArray[np.object_]) -> tuple[Ints, Ints]:
    columns = [f"{prefix}_{end}" for end in ("earliest", "latest")]
    present = [column in events.columns for column in columns]
    if not any(present):
        empty = np.full(len(ids), NOT_A_TIME)
        return empty, empty.copy()
    if not all(present):
        raise TimingError(
            f"events has only one of the columns {columns[0]!r} and {columns[1]!r}; add the other "
            "(equal, if the instants are exact)"
        )
    first, last = (read_instants(events[column], ids) for column in columns)
    for row in np.flatnonzero((first == NOT_A_TIME) != (last == NOT_A_TIME)):
        raise TimingError(
            f"event {shown(ids[row])} has only one end of its interval; give both {columns[0]!r} "
            f"and {columns[1]!r} (equal, if the instant is exact)"
        )
    for row in np.flatnonzero(last < first):
        raise TimingError(
            f"event {shown(ids[row])}: {columns[1]} {_show(last[row])} lies before {columns[0]} "
            f"{_show(first[row])}; swap them or correct the record"
        )
    return first, last


def _span_local_days(
    events: pd.DataFrame,
    ids: NDArray[np.object_],
    earliest: Ints,
    latest: Ints,
    dates: NDArray[np.datetime64],
    wanted: Bools,
) -> None:
    """Fill, in place, the local day of events that have a date and a zone but no clock time."""
    zones = texts(events, "announced_tz")
    for row in np.flatnonzero(wanted):
        if not isinstance(zones[row], str):
            raise TimingError(
                f"event {shown(ids[row])}: announced_tz {shown(zones[row])} is no zone; write an "
                "IANA name such as 'Asia/Shanghai', or give the announcement as an interval"
            )
    for zone in set(zones[wanted]) - {""}:
        rows = np.flatnonzero(wanted & (zones == zone))
        try:
            earliest[rows], latest[rows] = local_days(dates[rows], zone)
        except TimingError as error:
            raise TimingError(f"event {shown(ids[rows[0]])}: announced_tz {error}") from error
        for row in rows[latest[rows] < earliest[rows]]:
            raise TimingError(
                f"event {shown(ids[row])}: {zone!r} has no {pd.Timestamp(dates[row]).date()}, "
                "because its calendar skipped that day; give the one before or after"
            )


def local_days(dates: NDArray[np.datetime64], zone: str) -> tuple[Ints, Ints]:
    """Return first and last UTC nanosecond of calendar days in a zone (23 to 25 hours long)."""
    tz = _zone(zone)
    days = pd.DatetimeIndex(dates).as_unit("ns")
    # where clocks change at midnight the day begins at its first instant
    starts, ends = (
        day.tz_localize(tz, ambiguous=np.ones(len(day), dtype=bool), nonexistent="shift_forward")
        for day in (days, days + pd.Timedelta(days=1))
    )
    return starts.asi8, ends.asi8 - 1


def _zone(name: str) -> ZoneInfo:
    if name in ABBREVIATIONS:
        raise TimingError(
            f"{name!r} stands for more than one clock; write {ABBREVIATIONS[name]} instead"
        )
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones())
        raise TimingError(
            f"{shown(name)} is not known{hint}; use an IANA name such as 'Asia/Shanghai'"
        ) from None


def _show(nanoseconds: int) -> str:
    return pd.Timestamp(nanoseconds, tz="UTC").isoformat()
