"""What a message of `timing` tells to do gives the right answer."""

from __future__ import annotations

import pandas as pd
import pytest

from rareearth_research.timing import (
    confounders,
    event_clock,
    event_session,
    exchange_of,
    map_sessions,
    overlaps,
)
from tests.timing.test_timing_borders import FRAMES, LIST, TIMED, first, refusal, session


@pytest.mark.parametrize(
    ("text", "kind"), [("2025-04", "month"), ("2025Q2", "quarter"), ("2025", "year")]
)
def test_remedy_a_month_keeps_its_row_once_its_precision_stands_beside_it(
    text: str, kind: str
) -> None:
    assert f"date_precision '{kind}'" in refusal(FRAMES["map_sessions"], first(text))
    mended = map_sessions(first(text).assign(date_precision=[kind, "day"]), "XNYS")
    assert mended["reason"].tolist() == ["imprecise_date", ""]
    assert mended["session"].isna().tolist() == [True, False]


def test_remedy_an_effective_month_keeps_its_row_too() -> None:
    events = LIST.assign(effective_date=["2025-05", "2025-07-08"])
    call = lambda events: map_sessions(events, "XNYS", timing="effective")  # noqa: E731
    assert "effective_date_precision 'month'" in refusal(call, events)
    mended = call(events.assign(effective_date_precision=["month", "day"]))
    assert mended["reason"].tolist() == ["imprecise_date", ""]


@pytest.mark.parametrize(
    ("wrong", "says", "right", "day"),
    [
        (first("2025-04"), "the day of it, as in '2025-04-04'", first("2025-04-04"), "2025-04-04"),
        (first(20250404), "write the day as '2025-04-04'", first("2025-04-04"), "2025-04-04"),
        (
            first("2025-04-03T16:30"),
            "add the zone, as in '2025-04-03T16:30:00+08:00'",
            first("2025-04-03T16:30:00+08:00"),
            "2025-04-03",
        ),
        (
            first("2025-04-03T16:30"),
            "give the day alone, '2025-04-03'",
            first("2025-04-03"),
            "2025-04-03",
        ),
        (
            LIST.assign(date=[45751, 45846]),
            "pd.to_datetime(column, unit='D', origin='1899-12-30')",
            LIST.assign(
                date=pd.to_datetime(pd.Series([45751, 45846]), unit="D", origin="1899-12-30")
            ),
            "2025-04-04",
        ),
        (
            first(8, "announced_tz"),
            "an IANA name such as 'Asia/Shanghai'",
            first("Asia/Shanghai", "announced_tz"),
            "2025-04-04",
        ),
        (
            first(8, "announced_tz"),
            "give the announcement as an interval",
            first(8, "announced_tz").merge(TIMED),
            "2025-04-04",
        ),
        (
            first("EST", "announced_tz"),
            "write 'America/New_York' (or 'Etc/GMT+5'",
            first("America/New_York", "announced_tz"),
            "2025-04-07",  # the last instant of 4 April in New York
        ),
        (
            first("CST", "announced_tz"),
            "write 'America/Chicago' or 'Asia/Shanghai'",
            first("America/Chicago", "announced_tz"),
            "2025-04-07",
        ),
        (
            first("Asia/Shanghi", "announced_tz"),
            "nearest: 'Asia/Shanghai'",
            first("Asia/Shanghai", "announced_tz"),
            "2025-04-04",
        ),
        (
            first("moth", "date_precision"),
            "nearest: 'month'; choose from 'day', 'month'",
            first("day", "date_precision"),
            "2025-04-04",
        ),
        (
            first("2025-04-04T10:00", "announced_earliest", TIMED),
            "add one, as in '2025-04-04T18:00+08:00'",
            first("2025-04-04T18:00+08:00", "announced_earliest", TIMED),
            "2025-04-04",
        ),
        (
            first("soon", "announced_earliest", TIMED),
            "as in '2025-04-04T18:00+08:00'",
            first("2025-04-04T18:00+08:00", "announced_earliest", TIMED),
            "2025-04-04",
        ),
        (
            first(None, "announced_earliest", TIMED),
            "give both 'announced_earliest' and 'announced_latest' (equal",
            TIMED.assign(announced_earliest=TIMED["announced_latest"]),
            "2025-04-04",
        ),
        (
            TIMED.drop(columns="announced_earliest"),
            "add the other (equal",
            TIMED.assign(announced_earliest=TIMED["announced_latest"]),
            "2025-04-04",
        ),
        (
            TIMED.set_axis(["event_id", "announced_latest", "announced_earliest"], axis=1),
            "swap them",
            TIMED,
            "2025-04-04",
        ),
        (
            LIST.assign(tz="Asia/Shanghai"),
            "rename it to 'announced_tz'",
            LIST.assign(announced_tz="Asia/Shanghai"),
            "2025-04-04",
        ),
        (
            LIST.assign(tz="Asia/Shanghai"),
            "events.drop(columns='tz')",
            LIST.assign(tz="Asia/Shanghai").drop(columns="tz"),
            "2025-04-04",
        ),
        (
            LIST.assign(time="16:30"),
            "from announced_earliest and announced_latest; give both as instants",
            LIST.assign(time="16:30").merge(TIMED),
            "2025-04-04",
        ),
        (
            first(None, "event_id"),
            "events.assign(event_id=range(len(events)))",
            LIST.assign(event_id=range(len(LIST))),
            "2025-04-04",
        ),
        (
            first(1, "event_id"),
            "events.assign(event_id=events['event_id'].astype(str))",
            first(1, "event_id").assign(event_id=first(1, "event_id")["event_id"].astype(str)),
            "2025-04-04",
        ),
        (
            pd.concat([LIST, LIST["date"]], axis=1),
            "keep or rename one",
            pd.concat([LIST, LIST["date"].rename("also")], axis=1),
            "2025-04-04",
        ),
        (
            pd.concat({"x": LIST}, axis=1),
            "frame.droplevel(0, axis=1)",
            pd.concat({"x": LIST}, axis=1).droplevel(0, axis=1),
            "2025-04-04",
        ),
        (first("2040-01-02"), "drop the event", first("2040-01-02").iloc[1:], "2025-07-08"),
    ],
)
def test_remedy_of_a_damaged_list_gives_the_session(
    wrong: pd.DataFrame, says: str, right: pd.DataFrame, day: str
) -> None:
    assert says in refusal(FRAMES["map_sessions"], wrong)
    assert session(right) == day


def test_remedy_the_exchange_whose_calendar_ends_too_early_is_left_out() -> None:
    later = first("2028-03-01")
    call = lambda mics: map_sessions(later, mics)  # noqa: E731
    assert "leave out this exchange" in refusal(call, ["XNYS", "XSHG"])
    assert session(later) == "2028-03-01"


def test_remedy_a_clock_needs_an_interval_or_a_zone() -> None:
    assert "an interval, or a date with announced_tz" in refusal(event_clock, "2025-04-04")
    dated = event_clock({"date": "2025-04-04", "announced_tz": "Asia/Shanghai"}, "XNYS")
    between = event_clock(("2025-04-03T16:00Z", "2025-04-04T15:59:59.999999999Z"), "XNYS")
    pd.testing.assert_frame_equal(dated, between)


def test_remedy_an_event_of_a_list_is_picked_by_its_row() -> None:
    assert "frame.iloc[[0]], or use map_sessions" in refusal(event_session, LIST)
    assert str(event_session(LIST.iloc[[0]]).session.date()) == session(LIST) == "2025-04-04"


def test_remedy_an_event_stands_once_in_a_list() -> None:
    twice = pd.concat([LIST, LIST])
    assert "events.drop_duplicates('event_id')" in refusal(overlaps, twice)
    assert overlaps(twice.drop_duplicates("event_id")).clean == ["a", "b"]


def test_remedy_a_window_is_turned_around() -> None:
    call = lambda window: confounders(LIST.assign(date="2025-04-04"), window)  # noqa: E731
    assert refusal(call, (1, -1)).endswith("write (-1, 1)")
    assert len(call((-1, 1))) == 2


def test_remedy_a_share_class_is_written_with_a_hyphen() -> None:
    assert "BRK-B" in refusal(exchange_of, "BRK.B")
    assert exchange_of("BRK-B") == "XNYS"
