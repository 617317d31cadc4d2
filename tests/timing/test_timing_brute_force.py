"""The fast mapping against a slow one that walks the calendar session by session.

Instants are drawn around clock changes, leap days and year ends, where arithmetic on local times
goes wrong.
"""

from __future__ import annotations

import functools

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth_research.timing import EXCHANGES, LISTED, map_sessions
from rareearth_research.timing.intervals import local_days

# exchange_calendars uses names that pandas 4 will drop
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.PandasChangeWarning")
EDGES = [
    "2024-02-29",  # leap day
    "2000-02-29",
    "2025-03-09",  # clocks forward in New York
    "2024-11-03",  # and back
    "2025-03-30",  # forward in London and Frankfurt
    "2024-10-27",
    "2025-04-06",  # back in Sydney
    "2024-10-06",  # and forward
    "2024-12-31",
    "2023-07-03",  # early close in New York
    "2024-12-24",
]
seconds = st.integers(min_value=-5 * 86_400, max_value=5 * 86_400)
instants = st.builds(
    lambda day, offset: pd.Timestamp(day, tz="UTC") + pd.Timedelta(seconds=offset),
    st.sampled_from(EDGES),
    seconds,
)


@functools.cache
def schedule(mic: str) -> pd.DataFrame:
    return exchange_calendars.get_calendar(
        EXCHANGES[mic].calendar, start="1999-01-01", end="2026-01-31"
    ).schedule


def first_session_closing_after(instant: pd.Timestamp, mic: str) -> pd.Timestamp:
    table = schedule(mic).loc[(instant - pd.Timedelta("5D")).tz_localize(None) :]
    return next(session for session, close in table["close"].items() if close > instant)


def closed_days_crossed(instant: pd.Timestamp, session: pd.Timestamp, mic: str) -> int:
    """Count, one by one, the days from the local day of `instant` on which nothing traded."""
    local = instant.tz_convert(EXCHANGES[mic].timezone).tz_localize(None).normalize()
    days = pd.date_range(local, session - pd.Timedelta("1D"))
    return sum(day not in schedule(mic).index for day in days)


@pytest.mark.parametrize("mic", list(LISTED))
@settings(max_examples=50)
@given(instant=instants)
def test_session_and_shift_equal_a_walk_through_the_calendar(
    mic: str, instant: pd.Timestamp
) -> None:
    events = pd.DataFrame(
        {"event_id": ["e"], "announced_earliest": [instant], "announced_latest": [instant]}
    )
    found = map_sessions(events, mic, max_shift=30).iloc[0]
    expected = first_session_closing_after(instant, mic)
    assert found["session"] == expected
    assert found["shift"] == closed_days_crossed(instant, expected, mic)


@given(day=st.sampled_from(EDGES), zone=st.sampled_from(["America/New_York", "Australia/Sydney"]))
def test_a_day_with_a_zone_is_its_midnights_even_when_clocks_change(day: str, zone: str) -> None:
    midnight = pd.Timestamp(day).tz_localize(zone)
    last_second = (pd.Timestamp(day) + pd.Timedelta("1D")).tz_localize(zone) - pd.Timedelta("1s")
    by_day = pd.DataFrame({"event_id": ["e"], "date": [day], "announced_tz": [zone]})
    by_clock = pd.DataFrame(
        {"event_id": ["e"], "announced_earliest": [midnight], "announced_latest": [last_second]}
    )
    pd.testing.assert_frame_equal(
        map_sessions(by_day, list(LISTED)), map_sessions(by_clock, list(LISTED))
    )


@given(first=instants, length=st.integers(min_value=0, max_value=4 * 86_400))
def test_earliest_never_lies_after_latest_and_ambiguity_is_their_difference(
    first: pd.Timestamp, length: int
) -> None:
    events = pd.DataFrame(
        {
            "event_id": ["e"],
            "announced_earliest": [first],
            "announced_latest": [first + pd.Timedelta(seconds=length)],
        }
    )
    found = map_sessions(events, list(LISTED), max_shift=30)
    assert (found["session_earliest"] <= found["session_latest"]).all()
    differs = found["session_earliest"] != found["session_latest"]
    assert (found["ambiguous"] == differs).all()


def test_a_day_that_begins_after_midnight_begins_at_its_first_instant() -> None:
    # São Paulo skipped the hour after midnight on 4 November 2018
    starts, ends = local_days(np.array(["2018-11-04"], dtype="M8[ns]"), "America/Sao_Paulo")
    assert pd.Timestamp(starts[0], tz="UTC") == pd.Timestamp("2018-11-04T01:00-02:00")
    assert ends[0] + 1 - starts[0] == pd.Timedelta("23h").as_unit("ns").value
