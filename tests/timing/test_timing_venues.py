"""Every calendar of `exchange_calendars` is known by its MIC, its names and vendors' suffixes."""

from __future__ import annotations

from collections import Counter

import exchange_calendars
import pandas as pd
import pytest
from exchange_calendars import calendar_utils

from rareearth_research.datasets.venues import CALENDARS, LISTED
from rareearth_research.errors import TimingError
from rareearth_research.timing import (
    EXCHANGES,
    event_clock,
    event_session,
    map_sessions,
    sessions_of,
)
from tests.support.thorough import first_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library itself
FACTORIES = calendar_utils._default_calendar_factories  # a newer release may bring more


def builds(name: str) -> bool:
    """Say whether the library itself can make a calendar, with the pandas that is installed."""
    try:
        exchange_calendars.get_calendar(name)
    except (NotImplementedError, ValueError):
        return False
    return True


def test_every_calendar_of_the_library_is_known() -> None:
    assert set(CALENDARS) == set(FACTORIES)


def test_exchanges_keep_the_zone_of_their_calendar() -> None:
    for exchange in EXCHANGES.values():
        assert str(FACTORIES[exchange.calendar].tz) == exchange.timezone, exchange.mic


def test_no_suffix_and_no_name_is_of_two_exchanges() -> None:
    marks = Counter(m for e in EXCHANGES.values() for m in (e.mic, *e.suffixes, *e.names))
    assert max(marks.values()) == 1


OTHERS = ["XPAR", "XKRX", "XKOS", "ROCO", "XNSE", "BVMF", "XMEX", "XSWX"]


@pytest.mark.parametrize("mic", first_of(OTHERS))
def test_sessions_are_those_of_the_library(mic: str) -> None:
    own = pd.DatetimeIndex(sessions_of(mic).dates)
    library = exchange_calendars.get_calendar(EXCHANGES[mic].calendar).sessions
    inside = library[(library >= "2020-01-01") & (library <= "2025-12-31")]
    assert list(own[(own >= "2020-01-01") & (own <= "2025-12-31")]) == list(inside)


@pytest.mark.parametrize("calendar", first_of(CALENDARS, "XSHG", "XASX", "XNYS"))
def test_every_calendar_is_built_or_refused_by_name(calendar: str) -> None:
    mic = next(e.mic for e in EXCHANGES.values() if e.calendar == calendar)
    if builds(calendar):
        assert len(sessions_of(mic).dates) > 1_000
    else:
        with pytest.raises(TimingError, match=f"calendar of {calendar} cannot be built"):
            sessions_of(mic)


@pytest.mark.parametrize("name", ["NASDAQ", "NYSE", "XNAS", "XNYS"])
def test_an_exchange_may_be_called_by_another_name(name: str) -> None:
    found = event_session("2025-07-03T15:00-04:00", name)  # after the early close of 13:00
    assert (found.exchange, found.session) == ("XNYS", pd.Timestamp("2025-07-07"))
    assert map_sessions(pd.DataFrame({"event_id": ["a"], "date": ["2025-07-03"]}), name)[
        "exchange"
    ].tolist() == ["XNYS"]


def test_one_exchange_by_two_names_is_refused() -> None:
    with pytest.raises(TimingError, match="'XNYS' more than once"):
        event_clock("2025-07-03T15:00-04:00", ["NASDAQ", "NYSE"])


def test_any_exchange_stands_in_the_clock_of_an_event() -> None:
    clock = event_clock("2025-10-10T09:00+08:00", ["XPAR", "XKRX", "XSHG"])
    # Seoul trades at 10:00 of its time; Shanghai opens at 09:30; Paris is asleep
    assert clock["exchange"].tolist() == ["XKRX", "XSHG", "XPAR"]
    assert clock["city"].tolist() == ["Seoul", "Shanghai", "Paris"]


def test_the_clock_shows_the_exchanges_of_this_projects_securities_by_default() -> None:
    assert set(event_clock("2025-10-09T09:00+08:00")["exchange"]) == set(LISTED)
