"""Days in zones whose clocks change at midnight, and moves of exactly the most days allowed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import TimingError
from rareearth_research.timing import date_conventions, event_session, map_sessions
from rareearth_research.timing.intervals import local_days

# zone, day, its first instant (UTC), hours. From the rules of each zone: clocks go forward from
# midnight to one (the day starts at one), back from midnight to eleven (the day before is longer),
# or back from one to midnight (midnight comes twice, and the day starts at the first).
DAYS = [
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 23),
    ("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00", 24),
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", 25),
    ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00", 24),
    ("America/Havana", "2024-03-10", "2024-03-10T05:00", 23),
    ("America/Havana", "2024-11-02", "2024-11-02T04:00", 24),
    ("America/Havana", "2024-11-03", "2024-11-03T04:00", 25),
    ("America/Santiago", "2024-09-08", "2024-09-08T04:00", 23),
    ("America/Santiago", "2024-04-06", "2024-04-06T03:00", 25),
    ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00", 23),
    ("Asia/Beirut", "2024-10-26", "2024-10-25T21:00", 25),
    ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00", 23),
    ("Africa/Cairo", "2023-10-26", "2023-10-25T21:00", 25),
    ("Atlantic/Azores", "2024-03-31", "2024-03-31T01:00", 23),
    ("Atlantic/Azores", "2024-10-27", "2024-10-27T00:00", 25),
    ("Asia/Shanghai", "2025-04-04", "2025-04-03T16:00", 24),
]
each_day = pytest.mark.parametrize(("zone", "day", "first", "hours"), DAYS)


@each_day
def test_a_day_runs_from_its_first_instant_to_its_last(
    zone: str, day: str, first: str, hours: int
) -> None:
    starts, ends = local_days(np.array([day], dtype="M8[ns]"), zone)
    begin = pd.Timestamp(first, tz="UTC")
    assert pd.Timestamp(starts[0], tz="UTC") == begin
    assert ends[0] == (begin + pd.Timedelta(hours=hours)).value - 1


@each_day
def test_a_day_is_the_minutes_that_a_calendar_in_that_zone_shows_under_its_date(
    zone: str, day: str, first: str, hours: int
) -> None:
    wanted, clock = dt.date.fromisoformat(day), ZoneInfo(zone)
    midnight = dt.datetime.combine(wanted, dt.time(), tzinfo=dt.UTC)
    minutes = [midnight + dt.timedelta(minutes=m) for m in range(-24 * 60, 48 * 60)]
    shown = [minute for minute in minutes if minute.astimezone(clock).date() == wanted]
    starts, ends = local_days(np.array([day], dtype="M8[ns]"), zone)
    assert pd.Timestamp(starts[0], tz="UTC") == shown[0]
    assert pd.Timestamp(ends[0] + 1, tz="UTC") == shown[-1] + dt.timedelta(minutes=1)


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    # Samoa went from 29 to 31 December 2011 to change sides of the date line
    days = {"event_id": ["there", "skipped"], "date": ["2011-12-29", "2011-12-30"]}
    events = pd.DataFrame(days).assign(announced_tz="Pacific/Apia")
    with pytest.raises(TimingError, match=r"'skipped': 'Pacific/Apia' has no 2011-12-30"):
        map_sessions(events, "XNYS")
    after = map_sessions(events.replace("2011-12-30", "2011-12-31"), "XNYS")  # at 05:00 in New York
    assert after["session_earliest"].tolist()[1] == pd.Timestamp("2011-12-30")


def test_many_days_of_one_zone_are_each_read_by_their_own_clock() -> None:
    days = np.array(["2024-03-10", "2024-07-01", "2024-11-03"], dtype="M8[ns]")
    starts, ends = local_days(days, "America/Havana")
    hours = (ends + 1 - starts) / 3_600_000_000_000
    assert hours.tolist() == [23, 24, 25]


# Shanghai was closed from 1 to 8 October 2025; 11 and 12 October were a weekend.
SHIFTS = [
    ("2025-10-01T10:00+08:00", "next", 8, "2025-10-09"),
    ("2025-10-01", "next", 8, "2025-10-09"),
    ("2025-10-10T16:00+08:00", "next", 2, "2025-10-13"),
    ("2025-10-04T10:00+08:00", "previous", -4, "2025-09-30"),
    ("2025-10-04", "previous", -4, "2025-09-30"),
    ("2025-10-10T10:00+08:00", "next", 0, "2025-10-10"),
    ("2025-10-10", "skip", 0, "2025-10-10"),
]
each_shift = pytest.mark.parametrize(("event", "rule", "shift", "session"), SHIFTS)


@each_shift
def test_an_event_may_cross_exactly_max_shift_closed_days(
    event: str, rule: str, shift: int, session: str
) -> None:
    found = event_session(event, "XSHG", rule=rule, max_shift=abs(shift))
    assert (found.session, found.shift, found.reason) == (pd.Timestamp(session), shift, "")


@pytest.mark.parametrize("closed", ["2020-02-02", "2020-02-03"])
def test_an_event_may_cross_ten_closed_days_unless_more_are_asked_for(closed: str) -> None:
    own = pd.DataFrame({"exchange": "XSHG", "date": [closed], "kind": "closed"})
    beside = {"exchange": "XSHG", "calendar": own}
    found = event_session("2020-01-24", **beside)
    assert (found.session is pd.NaT) == (closed == "2020-02-03")
    assert event_session("2020-01-24", **beside, max_shift=11).session >= pd.Timestamp(closed)


@pytest.mark.parametrize(("event", "rule", "shift"), [case[:3] for case in SHIFTS if case[2]])
def test_an_event_may_not_cross_one_day_more_than_max_shift(
    event: str, rule: str, shift: int
) -> None:
    found = event_session(event, "XSHG", rule=rule, max_shift=abs(shift) - 1)
    assert found.session is pd.NaT
    assert (found.shift, found.reason) == (0, "no_session")


def test_ten_closed_days_are_allowed_unless_said_otherwise() -> None:
    # Shanghai was closed from 20 January to 4 February 2001
    events = pd.DataFrame({"event_id": ["ten", "eleven"], "date": ["2001-01-26", "2001-01-25"]})
    found = map_sessions(events, "XSHG")
    assert found["shift"].tolist() == [10, 0]
    assert found["reason"].tolist() == ["", "no_session"]
    assert date_conventions(events, "XSHG")["latest"].isna().tolist() == [False, True]
