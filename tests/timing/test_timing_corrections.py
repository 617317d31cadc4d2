"""Calendars err: what this project corrects, and what a user can."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets import calendars, catalog
from rareearth_research.datasets.building.build import build
from rareearth_research.errors import DataError, TimingError
from rareearth_research.timing import EXCHANGES, event_session, map_sessions, sessions_of

ENDED = "2027-02-03T16:00+08:00"  # after Shanghai's published holidays


def hours(mic: str, day: str) -> tuple[str, str]:
    """Local open and close of a session."""
    sessions = sessions_of(mic)
    at = list(sessions.dates).index(pd.Timestamp(day).to_datetime64())
    zone = sessions.exchange.timezone
    ends = (pd.Timestamp(end[at], tz="UTC") for end in (sessions.opens, sessions.closes))
    opens, closes = (f"{end.tz_convert(zone):%H:%M}" for end in ends)
    return opens, closes


def correction(**cells: Any) -> pd.DataFrame:
    return pd.DataFrame([{"exchange": "XNYS", "date": "2025-04-04", "kind": "closed", **cells}])


@pytest.mark.parametrize("day", ["2023-09-01", "2023-09-08"])
def test_hong_kong_was_closed_by_typhoon_saola_and_by_the_black_rain(day: str) -> None:
    """HKEX notices 2309012 and 2309083, quoted in gerrymanoim/exchange_calendars, issue 600."""
    monday = pd.Timestamp(day) + pd.Timedelta(days=3)
    found = event_session(f"{day}T11:00+08:00", "XHKG")
    assert (found.session, found.phase) == (monday, "holiday")


@pytest.mark.parametrize(
    ("day", "opens"), [("2020-08-19", "13:30"), ("2021-06-28", "13:30"), ("2023-10-09", "14:00")]
)
def test_hong_kong_opened_late(day: str, opens: str) -> None:
    assert hours("XHKG", day) == (opens, "16:00")
    assert event_session(f"{day}T11:00+08:00", "XHKG").phase == "before_open"


@pytest.mark.parametrize(
    ("mic", "day", "closes"),
    [
        ("XASX", "2016-09-19", "14:13"),
        ("XASX", "2020-11-16", "10:24"),
        ("XSHG", "2016-01-04", "13:33"),
        ("XSHG", "2016-01-07", "09:59"),
        ("XSHE", "2016-01-07", "09:59"),
        ("XTSE", "2018-04-27", "13:39"),
    ],
)
def test_news_after_a_session_that_ended_early_belongs_to_the_next(
    mic: str, day: str, closes: str
) -> None:
    assert hours(mic, day)[1] == closes
    bell = pd.Timestamp(f"{day} {closes}", tz=EXCHANGES[mic].timezone)
    before = event_session(bell - pd.Timedelta(minutes=1), mic)
    assert (before.session, before.phase) == (pd.Timestamp(day), "in_session")
    assert event_session(bell, mic).session > pd.Timestamp(day)


def test_each_correction_says_why_where_it_was_read_and_how_far_it_was_checked() -> None:
    table = rer.load_calendar_corrections()
    assert len(table) == 10
    assert (table[["reason", "source_url", "status"]] != "").all(axis=None)
    assert table["status"].value_counts().to_dict() == {
        "verified in archived page": 7,
        "read in public repository notes only, primary page not opened": 3,
    }


@pytest.mark.parametrize("mic", ["XPAR", "XKOS", "XNSE"])
def test_every_exchange_has_a_calendar_that_can_be_corrected(mic: str) -> None:
    own = correction(exchange=EXCHANGES[mic].calendar)
    found = event_session("2025-04-04", mic, calendar=own)
    assert found.session == pd.Timestamp("2025-04-07")


# One's own corrections


def test_a_day_can_be_closed_for_one_call() -> None:
    day = "2025-04-04T10:00-04:00"
    assert event_session(day, calendar=correction()).session == pd.Timestamp("2025-04-07")
    assert event_session(day).session == pd.Timestamp("2025-04-04")


def test_own_hours_count_before_those_of_the_project() -> None:
    own = correction(exchange="XASX", date="2020-11-16", kind="session", close="12:00")
    noon = "2020-11-16T11:00+11:00"
    assert event_session(noon, "XASX", calendar=own).session == pd.Timestamp("2020-11-16")
    assert event_session(noon, "XASX").session == pd.Timestamp("2020-11-17")


def test_a_session_can_be_added_with_the_usual_hours_and_break() -> None:
    own = correction(exchange="XSHG", date="2025-10-11", kind="session")  # a Saturday
    found = [
        event_session(f"2025-10-11T{clock}+08:00", "XSHE", calendar=own)
        for clock in ("09:00", "10:00", "12:00")
    ]
    assert [answer.phase for answer in found] == ["before_open", "in_session", "lunch_break"]
    assert {answer.session for answer in found} == {pd.Timestamp("2025-10-11")}


def test_the_refusal_beyond_a_calendars_end_names_a_way_that_works() -> None:
    with pytest.raises(TimingError, match="lies outside the calendar of XSHE") as error:
        event_session(ENDED, "XSHE")
    said = re.search(r"calendar=(pd\.DataFrame\(\{.*?\}\))", str(error.value))
    assert said
    own = eval(said[1], {"pd": pd})  # the code that the message gives
    assert event_session(ENDED, "XSHE", calendar=own).session == pd.Timestamp("2027-02-04")
    holiday = own[own["date"] != "2027-02-04"]
    assert event_session(ENDED, "XSHE", calendar=holiday).session == pd.Timestamp("2027-02-05")


def test_rows_of_the_raw_file_correct_every_function_after_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rareearth_research.datasets.building import build as build_module
    from rareearth_research.datasets.cleaning.calendars import TABLES

    raw = catalog.data_dir() / "raw"
    (tmp_path / "raw").mkdir()
    for name in ("sources.csv", "calendar_corrections.csv"):
        (tmp_path / "raw" / name).write_bytes((raw / name).read_bytes())
    with open(tmp_path / "raw" / "calendar_corrections.csv", "a", encoding="utf-8") as file:
        for day in pd.bdate_range("2027-01-04", "2027-02-10"):
            file.write(f"XSHG,{day.date()},session,,,next year,,entered by the user\n")
    monkeypatch.setattr(build_module, "all_tables", lambda: TABLES)
    build(tmp_path, progress=False)
    monkeypatch.setenv("RAREEARTH_DATA", str(tmp_path))
    assert event_session(ENDED, "XSHG").session == pd.Timestamp("2027-02-04")
    assert rer.event_clock(pd.Timestamp(ENDED), ["XSHG", "XNYS"])["city"][0] == "New York"
    monkeypatch.delenv("RAREEARTH_DATA")
    with pytest.raises(TimingError, match="lies outside"):
        event_session(ENDED, "XSHG")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"exchange": "XSHE"}, "row 0: exchange='XSHE' is not known; nearest: .*'XSHG'"),
        ({"date": "04/04/2025"}, "row 0: date '04/04/2025'"),
        ({"kind": "shut"}, "row 0: kind"),
        ({"open": "9.30", "kind": "session"}, "open is '9.30'; write the local time"),
        ({"close": 16.0, "kind": "session"}, "close is 16.0; write the local time"),
        ({"open": "09:30"}, "a closed day has no hours"),
        ({"kind": "session", "open": "12:00", "close": "11:00"}, "not after it opens"),
        ({"kind": "session", "close": "09:00"}, "open at 09:30 and close at 09:00; give both"),
        ({"exchange": "XHKG"}, r"calendar corrects no calendar that is asked for \(XNYS\)"),
    ],
)
def test_a_correction_that_cannot_be_meant_is_refused(cells: dict[str, Any], says: str) -> None:
    frame = pd.DataFrame({"event_id": ["a"], "date": ["2025-04-04"]})
    with pytest.raises(TimingError, match=says):
        map_sessions(frame, "XNYS", calendar=correction(**cells))


def test_a_day_corrected_twice_is_refused() -> None:
    twice = pd.concat([correction(), correction(kind="session")])
    with pytest.raises(TimingError, match="calendar has XNYS on 2025-04-04 twice"):
        event_session("2025-04-04", calendar=twice)


def test_a_raw_file_that_cannot_be_meant_stops_the_build() -> None:
    with pytest.raises(DataError, match=r"calendar_corrections.csv, row 0: kind"):
        calendars.check_corrections("calendar_corrections.csv", correction(kind="shut"))
