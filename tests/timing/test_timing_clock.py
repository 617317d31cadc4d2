"""The hour order in which exchanges can react, and benchmarks that keep other hours."""

from __future__ import annotations

import pandas as pd
import pytest

from rareearth_research.errors import TimingError
from rareearth_research.timing import (
    EXCHANGES,
    LISTED,
    benchmark_clock,
    date_conventions,
    event_clock,
)

EVENING = "2025-04-04T18:00+08:00"  # No. 18: Qingming in Shanghai, Sydney already closed


def test_new_york_reacts_to_no_18_before_every_asian_exchange() -> None:
    clock = event_clock(EVENING, ["XSHG", "XASX", "XNYS"])
    assert clock["exchange"].tolist() == ["XNYS", "XASX", "XSHG"]
    assert clock["order"].tolist() == [1, 2, 3]


def test_an_open_exchange_reacts_at_once() -> None:
    clock = event_clock(EVENING, ["XLON"]).iloc[0]
    assert clock["phase"] == "in_session"
    assert clock["hours_after"] == 0.0


def test_a_closed_exchange_reacts_at_its_next_open() -> None:
    clock = event_clock(EVENING, ["XNYS"]).iloc[0]
    assert clock["reaction_latest"] == pd.Timestamp("2025-04-04T09:30-04:00")
    assert clock["hours_after"] == 3.5


@pytest.mark.parametrize(
    ("told", "reacts"),
    [("11:29:59", "11:29:59"), ("11:30", "13:00"), ("12:10", "13:00"), ("13:00", "13:00")],
)
def test_lunch_break_waits_for_the_afternoon(told: str, reacts: str) -> None:
    clock = event_clock(f"2025-10-10T{told}+08:00", ["XSHG"]).iloc[0]
    assert clock["reaction_latest"] == pd.Timestamp(f"2025-10-10T{reacts}+08:00")


def test_reaction_falls_on_the_event_session_of_every_exchange() -> None:
    clock = event_clock(EVENING)
    assert len(clock) == len(LISTED)
    local = [
        reaction.tz_convert(EXCHANGES[mic].timezone).tz_localize(None).normalize()
        for reaction, mic in zip(clock["reaction_latest"], clock["exchange"], strict=True)
    ]
    assert local == clock["session"].tolist()


def test_order_is_uncertain_when_the_interval_decides_who_is_open() -> None:
    # at 16:00 in Frankfurt New York is already open; at 18:00 Frankfurt has closed
    clock = event_clock(("2025-05-14T09:00+02:00", "2025-05-14T18:00+02:00"), ["XETR", "XNYS"])
    assert not clock["order_certain"].all()
    assert event_clock("2025-05-14T09:00+02:00", ["XETR", "XNYS"])["order_certain"].all()


def test_an_event_known_by_date_alone_has_no_clock() -> None:
    with pytest.raises(TimingError, match=r"no clock time .only a session date is known"):
        event_clock("2025-04-04")
    with pytest.raises(TimingError, match=r"no clock time .imprecise_date"):
        event_clock({"date": "2025-04", "date_precision": "month"})


def test_new_york_benchmark_of_a_sydney_share_is_asynchronous() -> None:
    clock = benchmark_clock("XASX", "XNYS")
    assert not clock.synchronous
    assert 13 <= clock.close_gap_hours <= 16
    assert "at least one lag" in clock.advice


def test_closes_a_whole_hour_apart_are_asynchronous() -> None:
    clock = benchmark_clock("XSHG", "XHKG")  # 15:00 and 16:00 of one zone
    assert (clock.close_gap_hours, clock.synchronous) == (1.0, False)


def test_the_gap_is_that_of_the_closes_since_2015() -> None:
    assert (
        benchmark_clock("XTKS", "XKRX").close_gap_hours == 0.5
    )  # Seoul closed at 15:00 until 2016


def test_gap_of_two_exchanges_is_antisymmetric() -> None:
    there, back = benchmark_clock("XSHG", "XNYS"), benchmark_clock("XNYS", "XSHG")
    assert there.close_gap_hours == -back.close_gap_hours
    assert "at least one lead" in back.advice


@pytest.mark.parametrize("mic", list(LISTED))
def test_a_local_benchmark_is_synchronous(mic: str) -> None:
    assert benchmark_clock(mic, mic).synchronous


def test_date_conventions_stand_side_by_side() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["control"],
            "date": ["2024-08-15"],
            "announced_earliest": ["2024-08-15T14:30+08:00"],
            "announced_latest": ["2024-08-15T16:00+08:00"],
            "effective_date": ["2024-09-15"],  # a Sunday, and then Mid-Autumn until the 17th
        }
    )
    found = date_conventions(events, "XSHG").loc["control"]
    assert found.to_dict() == {
        "latest": pd.Timestamp("2024-08-16"),
        "earliest": pd.Timestamp("2024-08-15"),
        "effective": pd.Timestamp("2024-09-18"),
    }
