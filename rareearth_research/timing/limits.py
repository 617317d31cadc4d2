"""Does a calendar reach as far as an event? And how does one go on behind its end?"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from rareearth_research.errors import TimingError, shown
from rareearth_research.timing.exchanges import Sessions
from rareearth_research.timing.intervals import Intervals
from rareearth_research.timing.parsing import NOT_A_TIME

__all__ = ["check_limits", "refuse_idle"]


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
