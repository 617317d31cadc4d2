"""Distances from breaks to policy events, against series that never broke."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from tests.support.break_series import MONTHS, nile, synthetic_shift

SHIFTED = rer.find_breaks(synthetic_shift())
EVENTS = pd.DataFrame(
    {
        "event_id": ["early", "near", "late"],
        "date": pd.to_datetime(["2013-05-10", "2018-09-05", "2023-01-01"]),
    }
)


def test_the_distance_runs_from_the_first_day_of_the_new_regime() -> None:
    row = rer.nearest_policy(SHIFTED, EVENTS).table.iloc[0]
    assert (row["date"], row["event_id"]) == (MONTHS[79], "near")
    assert row["days"] == (pd.Timestamp("2018-09-05") - MONTHS[80]).days == 4
    assert row["outside"] == 0


def test_an_event_before_the_break_has_negative_days_and_lies_outside_the_interval() -> None:
    row = rer.nearest_policy(SHIFTED, EVENTS.iloc[:1]).table.iloc[0]
    assert row["days"] == (pd.Timestamp("2013-05-10") - MONTHS[80]).days
    first = MONTHS[MONTHS.get_loc(SHIFTED.breaks["lower"][0]) + 1]
    assert row["outside"] == (first - pd.Timestamp("2013-05-10")).days


def test_the_p_value_counts_drawn_series_as_near() -> None:
    found = rer.nearest_policy(SHIFTED, EVENTS)
    days = MONTHS[SHIFTED.guard.breaks[1][:, 0]]
    nearest = [min(abs((day - event).days) for event in EVENTS["date"]) for day in days]
    np.testing.assert_array_equal(found.distances, nearest)
    as_near = sum(n <= 4 for n in nearest)
    assert found.p_value == (1 + as_near) / 200
    assert f"those of {as_near} of 199 drawn series" in found.summary().headline


def test_an_event_after_the_interval_lies_outside_by_the_days_since_its_last_row() -> None:
    row = rer.nearest_policy(SHIFTED, EVENTS.iloc[2:]).table.iloc[0]
    last = MONTHS[MONTHS.get_loc(SHIFTED.breaks["upper"][0]) + 1]
    assert row["outside"] == (pd.Timestamp("2023-01-01") - last).days


@pytest.mark.parametrize(("event", "outside"), [("2012-01-10", 22), ("2025-04-20", 19)])
def test_an_interval_of_the_whole_sample_begins_with_the_second_row(
    event: str, outside: int
) -> None:
    ends = SHIFTED.breaks.assign(lower=MONTHS[0], upper=MONTHS[-1])
    row = rer.nearest_policy(replace(SHIFTED, breaks=ends), [event]).table.iloc[0]
    assert row["outside"] == outside
    unknown = replace(SHIFTED, breaks=ends.assign(upper=pd.NaT))
    assert np.isnan(rer.nearest_policy(unknown, [event]).table["outside"][0])


def test_the_sample_ends_one_row_after_its_last() -> None:
    events = ["2011-12-31", "2012-01-01", "2025-04-30", "2025-05-02"]
    assert rer.nearest_policy(SHIFTED, events).n_events == 2


@pytest.mark.parametrize(("days", "near"), [(31, 1), (32, 0)])
def test_near_is_within_31_days(days: int, near: int) -> None:
    event = MONTHS[80] + pd.Timedelta(days=days)
    found = rer.nearest_policy(SHIFTED, [event])
    drawn = abs(MONTHS[SHIFTED.guard.breaks[1][:, 0]] - event).days
    assert (found.near, found.drawn_near.tolist()) == (near, [int(n <= 31) for n in drawn])


def test_dates_alone_will_do_and_the_answer_draws_itself() -> None:
    found = rer.nearest_policy(SHIFTED, ["2018-09-05", pd.Timestamp("2013-05-10")])
    assert found.table["event_id"][0] == "2018-09-05"
    assert (
        "The one break lies 4 days from the nearest of two policy events"
        in found.plot().get_suptitle()
    )


def test_events_outside_the_sample_or_known_too_roughly_are_counted() -> None:
    more = pd.DataFrame(
        {"event_id": ["old", "rough"], "date": pd.to_datetime(["1990-01-01", "2018-07-01"])}
    )
    events = pd.concat([EVENTS, more]).assign(date_precision=["day"] * 4 + ["year"])
    found = rer.nearest_policy(SHIFTED, events)
    assert found.n_events == 3
    assert "known less exactly than to a month: 1" in found.summary().lines
    assert "outside the sample, or without a date: 1" in found.summary().lines


def test_an_event_listed_twice_is_kept_once_or_named_apart() -> None:
    twice = pd.concat([EVENTS, EVENTS[:1]])
    with pytest.raises(DataError, match="keep one row of each, or give each its own event_id"):
        rer.nearest_policy(SHIFTED, twice)
    for mended in (twice.drop_duplicates(), twice.assign(event_id=list("abcd"))):
        assert rer.nearest_policy(SHIFTED, mended).table["days"][0] == 4


def test_without_a_break_there_is_no_distance_and_it_is_said() -> None:
    none = rer.find_breaks(synthetic_shift(0.0))
    found = rer.nearest_policy(none, EVENTS)
    assert np.isnan(found.p_value)
    assert "There is no break" in found.summary().headline
    with pytest.raises(SpecificationError, match="no break to draw"):
        found.plot()


def test_years_are_measured_from_their_first_day() -> None:
    found = rer.nearest_policy(rer.find_breaks(nile()), ["1902-12-10"])
    assert found.table["days"][0] == (pd.Timestamp("1902-12-10") - pd.Timestamp("1899-01-01")).days


def test_the_shipped_events_can_be_measured() -> None:
    found = rer.nearest_policy(SHIFTED, rer.load_events(usable=True))
    assert found.n_events > 50
    assert 0 < found.p_value <= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"breaks": synthetic_shift()}, "breaks must be what find_breaks(series) returns"),
        ({"events": ["1990-01-01"]}, "none lies within the sample, January 2012 to April 2025"),
        ({"events": ["2024-05"]}, "is a month, not a day"),
        ({"events": pd.DataFrame({"day": ["2024-01-01"]})}, "has no column 'date'"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_by_name(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(RareEarthError, match=re.escape(says)):
        rer.nearest_policy(**{"breaks": SHIFTED, "events": EVENTS, **arguments})
