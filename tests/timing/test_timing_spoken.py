"""Moments and sessions in words, and what messages say to a reader, to the letter."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import TimingError
from rareearth_research.timing import benchmark_clock, confounders, event_clock, map_sessions
from rareearth_research.timing.exchanges import sessions_of
from rareearth_research.timing.parsing import read_days
from rareearth_research.timing.spoken import either, spoken

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("ends", "zone", "said"),
    [
        (("2025-10-09T01:00Z", "2025-10-09T01:29Z"), SHANGHAI,
         "9 October 2025, 09:00 to 09:29 in Shanghai (01:00 to 01:29 UTC)"),
        (("2025-10-09T01:00Z", "2025-10-09T01:00Z"), SHANGHAI,
         "9 October 2025, 09:00 in Shanghai (01:00 UTC)"),
        (("2025-10-09T01:00Z", "2025-10-09T01:29Z"), "UTC", "9 October 2025, 01:00 to 01:29 UTC"),
        (("2025-10-08T23:30Z", "2025-10-09T17:00Z"), SHANGHAI,
         ("9 October 2025, 07:30 to 10 October 01:00 in Shanghai "
         "(8 October 23:30 to 9 October 17:00 UTC)")),
        (("2025-10-09T02:00Z", "2025-10-09T03:00Z"), "America/New_York",
         "8 October 2025, 22:00 to 23:00 in New York (9 October 02:00 to 03:00 UTC)"),
    ],
)  # fmt: skip
def test_an_interval_is_told_in_the_time_of_the_place(
    ends: tuple[str, str], zone: str, said: str
) -> None:
    assert spoken((pd.Timestamp(ends[0]), pd.Timestamp(ends[1])), zone) == said


NAMES = {"a": "the first", "b": "the second", "c": "the third"}


def listed(**rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{"event_id": name} | row for name, row in rows.items()])


def test_two_possible_sessions_are_told_by_event_and_city() -> None:
    straddling = {
        "announced_earliest": "2025-04-04T10:00Z", "announced_latest": "2025-04-04T22:00Z",
    }  # fmt: skip
    mapped = map_sessions(listed(a=straddling), ["XNYS", "XTSE", "XSHG"])
    assert either(mapped, NAMES, "latest") == [
        (
            "Two sessions are possible for the first (4 April 2025 or 7 April 2025 in New York and "
            "Toronto): the later one is studied."
        )
    ]
    assert "the earlier one is studied" in either(mapped, NAMES, "earliest")[0]
    assert either(mapped[mapped["exchange"] == "XSHG"], NAMES, "latest") == []


def test_days_without_a_zone_are_told_apart() -> None:
    mapped = map_sessions(listed(b={"date": "2025-04-03"}, c={"date": "2025-04-04"}), "XNYS")
    assert either(mapped, NAMES, "latest") == [
        (
            "Only the day is known of the second (3 April 2025 in New York) and the third (4 April "
            "2025 in New York), and no zone: that day's session is studied; news after its close "
            "would belong to the next."
        )
    ]
    turned = either(mapped[::-1], NAMES, "latest")[0]  # in the order of the list
    assert turned.index("the third") < turned.index("the second")
    several = map_sessions(listed(b={"date": "2025-04-04"}), ["XNYS", "XSHG"])
    dated = either(several.assign(phase="date_only"), NAMES, "latest")
    assert "the second (4 April 2025 in New York; 7 April 2025 in Shanghai)" in dated[0]


@pytest.mark.parametrize(
    ("zone", "told"), [(SHANGHAI, SHANGHAI), ("", "UTC"), (None, "UTC"), (np.nan, "UTC")]
)
def test_a_clock_knows_the_zone_of_its_event_or_takes_utc(zone: Any, told: str) -> None:
    instant = "2025-04-04T10:00Z"
    event = {"announced_earliest": instant, "announced_latest": instant, "announced_tz": zone}
    clock = event_clock(event, ["XSHG", "XNYS"])
    assert clock.attrs["timezone"] == told
    assert list(clock)[:3] == ["order", "order_certain", "exchange"]
    assert clock.index.tolist() == [0, 1]
    assert clock.attrs["announced"] == (pd.Timestamp(instant), pd.Timestamp(instant))


def test_benchmarks_an_hour_later_or_earlier_are_told_with_their_cure() -> None:
    later, earlier = benchmark_clock("XSHG", "XHKG"), benchmark_clock("XHKG", "XSHG")
    assert later.advice.startswith("Hong Kong closes 1.0 hours later than Shanghai")
    assert "at least one lag" in later.advice
    assert earlier.advice.startswith("Shanghai closes 1.0 hours earlier than Hong Kong")
    assert "at least one lead" in earlier.advice


def test_the_id_of_another_kind_is_the_one_named() -> None:
    mixed = pd.DataFrame({"event_id": ["a", 7, "c"], "date": ["2025-04-04"] * 3})
    with pytest.raises(TimingError, match="has the event_id 7 among others"):
        map_sessions(mixed, "XNYS")


@pytest.mark.parametrize(
    ("day", "rows"),
    [
        ("2031-01-06", "pd.bdate_range('2031-01-01', '2031-01-13'), 'kind': 'session'"),
        ("2031-01-01T12:00Z", "pd.bdate_range('2031-01-01', '2031-01-08'), 'kind': 'session'"),
        ("1985-01-02", ""),
    ],
)
def test_beyond_a_calendar_the_sessions_that_follow_are_written_out(day: str, rows: str) -> None:
    with pytest.raises(TimingError) as refused:
        map_sessions(pd.DataFrame({"event_id": ["a"], "date": [day]}), "XNYS")
    assert rows in str(refused.value)
    assert ("calendar=pd.DataFrame" in str(refused.value)) == bool(rows)
    assert rows or str(refused.value).endswith("or leave out this exchange")


def test_a_scheduled_event_has_a_session_up_to_the_last_one_published() -> None:
    known = sessions_of("XNYS")
    last, close = pd.Timestamp(known.dates[-1]), pd.Timestamp(known.closes[-1], tz="UTC")
    second = pd.Timedelta(seconds=1)
    for value, inside in (
        ("2025-04-04", True), (last, True), (last + pd.Timedelta(days=1), False),
        ("2025-04-04T14:00Z", True), (close - second, True), (close, False),
    ):  # fmt: skip
        events = listed(a={"date": str(value), "event_status": "scheduled_outcome_unknown"})
        events["date"] = events["date"].str.removesuffix(" 00:00:00")
        [row] = map_sessions(events, "XNYS").to_dict("records")
        assert row["reason"] == ("" if inside else "beyond_calendar")
        assert pd.notna(row["session"]) == inside


def test_a_month_is_read_as_its_first_day_where_it_may_be_coarse() -> None:
    values = pd.Series(["2025-04", "2025-04-09", None, "2025-04-04T10:00Z"], name="date")
    days, clocks = read_days(values, np.array(list("abcd"), dtype=object), np.array([True] * 4))
    assert days.astype("datetime64[D]").astype(str).tolist() == [
        "2025-04-01", "2025-04-09", "NaT", "NaT",
    ]  # fmt: skip
    assert clocks[3] == pd.Timestamp("2025-04-04T10:00Z").value
    assert (clocks[:3] == np.iinfo(np.int64).min).all()


def test_four_events_are_three_and_one_more_in_a_sentence() -> None:
    many = {name: {"date": "2025-04-03"} for name in "abcd"}
    for count, said in ((3, "the third (3 April 2025"), (4, "1 more")):
        some = dict([*many.items()][:count])
        mapped = map_sessions(listed(**some), "XNYS")
        assert said in either(mapped, NAMES | {"d": "the fourth"}, "latest")[0]


def test_an_interval_the_wrong_way_round_is_refused_with_both_its_ends() -> None:
    ends = {"announced_earliest": "2025-04-04T12:00Z", "announced_latest": "2025-04-04T11:00Z"}
    said = "announced_latest 2025-04-04T11:00:00+00:00 lies before announced_earliest 2025-04-04T12"
    with pytest.raises(TimingError, match=re.escape(said)):
        map_sessions(listed(a=ends), "XNYS")


@pytest.mark.parametrize(("day", "right"), [("2025-04-02", True), ("2025-04-01", False)])
def test_a_day_lies_two_days_before_its_midnight_at_most(day: str, right: bool) -> None:
    clocks = dict.fromkeys(("announced_earliest", "announced_latest"), "2025-04-04T00:00Z")
    if right:
        assert map_sessions(listed(a=clocks | {"date": day}), "XNYS")["session"].notna().all()
    else:
        with pytest.raises(TimingError, match="are not of one announcement"):
            map_sessions(listed(a=clocks | {"date": day}), "XNYS")


def test_of_the_offsets_that_an_interval_allows_the_nearest_to_the_event_is_told() -> None:
    wide = {"announced_earliest": "2025-04-02T14:00Z", "announced_latest": "2025-04-08T14:00Z"}
    own = {"announced_earliest": "2025-04-04T14:00Z", "announced_latest": "2025-04-04T14:00Z"}
    events = listed(a=own, b=wide)
    for window, offset in (((-3, 3), 0), ((1, 3), 1), ((2, 3), 2), ((-3, -1), -1), ((-3, -2), -2)):
        found = confounders(events, window).set_index("event_id").loc["a"]
        assert (found["confounder_id"], found["offset"]) == ("b", offset)
    assert confounders(events, (3, 4)).empty


def test_exchanges_are_one_or_more() -> None:
    events = listed(a={"date": "2025-04-03"})
    for none in ([], (), {}):
        with pytest.raises(TimingError, match="exchanges is empty; name at least one, such as"):
            map_sessions(events, none)
    with pytest.raises(TimingError, match="exchanges names 'XNYS' more than once"):
        map_sessions(events, ["XNYS", "XASX", "XNYS"])
    assert map_sessions(events, {"XNYS", "XASX"})["exchange"].tolist() == ["XASX", "XNYS"]
