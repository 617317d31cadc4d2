"""Bad times never become sessions: each is refused with a sentence that names what and where."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from rareearth_research.errors import DataError, TimingError
from rareearth_research.timing import event_session, exchange_of, map_sessions
from rareearth_research.timing.exchanges import sessions_of


def events(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["no-18"], **{k: [v] for k, v in columns.items()}})


@pytest.mark.parametrize(
    "naive", ["2025-04-04T18:00", dt.datetime(2025, 4, 4, 18), pd.Timestamp("2025-04-04 18:00")]
)
def test_naive_instant_is_refused(naive: object) -> None:
    with pytest.raises(TimingError, match="no zone"):
        event_session(naive, "XNYS")


def test_naive_column_of_instants_is_refused_naming_the_event() -> None:
    naive = pd.Timestamp("2025-04-04 18:00")
    frame = events(announced_earliest=naive, announced_latest=naive)
    with pytest.raises(TimingError, match=r"'no-18'.*no zone"):
        map_sessions(frame, "XNYS")


def test_date_with_a_clock_time_but_no_zone_is_refused() -> None:
    with pytest.raises(TimingError, match=r"'no-18'.*clock time but no zone"):
        map_sessions(events(date=pd.Timestamp("2025-04-04 18:00")), "XNYS")


def test_unknown_zone_is_refused_naming_event_and_zone() -> None:
    frame = events(date="2025-04-04", announced_tz="Asia/Peking")
    with pytest.raises(TimingError, match=r"'no-18'.*'Asia/Peking'"):
        map_sessions(frame, "XNYS")


def test_interval_that_ends_before_it_starts_is_refused() -> None:
    frame = events(announced_earliest="2025-04-04T12:00Z", announced_latest="2025-04-04T11:00Z")
    with pytest.raises(TimingError, match=r"'no-18'.*before"):
        map_sessions(frame, "XNYS")


def test_interval_with_one_end_is_refused() -> None:
    frame = events(announced_earliest="2025-04-04T12:00Z", announced_latest=None)
    with pytest.raises(TimingError, match="only one end"):
        map_sessions(frame, "XNYS")


@pytest.mark.parametrize("day", ["2025-04-01", "2025-05-04"])
def test_a_day_and_clock_times_of_two_announcements_are_refused(day: str) -> None:
    clocks = dict.fromkeys(("announced_earliest", "announced_latest"), "2025-04-04T12:00Z")
    with pytest.raises(TimingError, match=r"correct the wrong one, or leave date blank"):
        map_sessions(events(date=day, **clocks), "XNYS")
    for right in ("2025-04-04", "2025-04-07", None):
        [session] = map_sessions(events(date=right, **clocks), "XNYS")["session"]
        assert session == pd.Timestamp("2025-04-04")


@pytest.mark.parametrize("day", ["2025-04-02", "2025-04-19"])
def test_a_day_may_lie_two_days_before_and_fifteen_after_its_clock_times(day: str) -> None:
    clocks = dict.fromkeys(("announced_earliest", "announced_latest"), "2025-04-04T00:00Z")
    assert map_sessions(events(date=day, **clocks), "XNYS")["session"].notna().all()


@pytest.mark.parametrize("mic", ["XNYS", "XSHG"])
def test_a_calendar_serves_from_its_first_open_until_before_its_last_close(mic: str) -> None:
    known, second = sessions_of(mic), pd.Timedelta(seconds=1)
    first, last = pd.to_datetime([known.opens[0], known.closes[-1]], utc=True)
    days = pd.DatetimeIndex(known.dates[[0, -1]])
    for inside, day in zip((first, last - second, *days), (*days, *days), strict=True):
        assert event_session(inside, mic).session == day
    assert event_session(pd.Timestamp(known.dates[1]), mic).session == known.dates[1]
    for outside in (first - second, last, days[0] - second * 86400, days[1] + second * 86400):
        with pytest.raises(TimingError, match="lies outside the calendar"):
            event_session(outside, mic)


def test_a_ticker_has_forty_letters_at_most() -> None:
    assert exchange_of("A" * 40) == "XNYS"
    with pytest.raises(TimingError, match="ticker must be text"):
        exchange_of("A" * 41)


def test_text_that_is_no_instant_is_refused() -> None:
    frame = events(announced_earliest="soon", announced_latest="later")
    with pytest.raises(TimingError, match="'soon'"):
        map_sessions(frame, "XNYS")


@pytest.mark.parametrize(
    ("instant", "limits"),
    [("2035-01-02T12:00Z", "1990-12-03 to 20"), ("1985-01-02T12:00Z", "1990-12-03 to 20")],
)
def test_instant_beyond_the_calendar_names_its_limits(instant: str, limits: str) -> None:
    with pytest.raises(TimingError, match=f"XSHG, which knows {limits}"):
        event_session(instant, "XSHG")


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("1990-01-02", "1990-01-01"),
        ("2030-12-31", "2031-01-01"),
        ("1990-01-02T09:30-05:00", "1990-01-02T09:29:59-05:00"),
        ("2030-12-31T15:59:59-05:00", "2030-12-31T16:00-05:00"),
    ],
)
def test_a_calendar_reaches_from_its_first_open_until_before_its_last_close(
    inside: str, outside: str
) -> None:
    assert str(event_session(inside, "XNYS").session.date()) == inside[:10]
    with pytest.raises(TimingError, match="outside the calendar of XNYS"):
        event_session(outside, "XNYS")


def test_date_beyond_the_calendar_names_event_and_limits() -> None:
    with pytest.raises(TimingError, match=r"'no-18' at 2040-01-02.*1990-01-02 to 2030-12-31"):
        map_sessions(events(date="2040-01-02"), "XNYS")


def test_unknown_exchange_gets_the_nearest_name() -> None:
    with pytest.raises(TimingError, match=r"'XNYZ'.*'XNYS'"):
        map_sessions(events(date="2025-04-04"), "XNYZ")


def test_unknown_suffix_is_refused() -> None:
    with pytest.raises(TimingError, match=r"'EGX.CA'.*'\.CA'"):
        exchange_of("EGX.CA")


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("rule", "nearest"), ("timing", "late"), ("max_shift", -1), ("max_shift", 2.5)],
)
def test_unknown_option_is_refused(keyword: str, value: Any) -> None:
    with pytest.raises(TimingError, match=str(value)):
        map_sessions(events(date="2025-04-04"), "XNYS", **{keyword: value})


def test_missing_columns_are_named() -> None:
    with pytest.raises(TimingError, match="'event_id'"):
        map_sessions(pd.DataFrame({"date": ["2025-04-04"]}), "XNYS")
    with pytest.raises(TimingError, match="'effective_date'"):
        map_sessions(events(date="2025-04-04"), "XNYS", timing="effective")
    with pytest.raises(TimingError, match="neither"):
        map_sessions(events(name="No. 18"), "XNYS")


@pytest.mark.parametrize("value", ["04/05/2025", "April 2025", "2025-04", 20250404, 1.5, True])
def test_only_full_iso_dates_are_read(value: Any) -> None:
    with pytest.raises(TimingError, match=r"'no-18': date .* (write|not a day)"):
        map_sessions(events(date=value), "XNYS")


@pytest.mark.parametrize("value", ["9999-01-01", pd.Timestamp("9999-01-01").as_unit("s")])
def test_a_date_too_far_for_any_calendar_is_refused_and_never_wraps(value: Any) -> None:
    with pytest.raises(TimingError, match="9999"):
        map_sessions(events(date=value), "XNYS")


def test_an_impossible_day_is_refused() -> None:
    with pytest.raises(TimingError, match="2025-02-30"):
        map_sessions(events(date="2025-02-30"), "XNYS")


def test_a_mistyped_event_id_gets_the_nearest() -> None:
    with pytest.raises(DataError, match="cn-2025-04-no18-seven-ree"):
        event_session("cn-2025-04-no18")


def test_a_list_without_press_dates_says_what_to_add() -> None:
    with pytest.raises(TimingError, match=r"'reported_date'.*where you know it"):
        map_sessions(events(date="2025-04-04"), "XNYS", timing="reported")
