"""The same study on the announced and the effective date."""

from __future__ import annotations

import pandas as pd
import pytest

from rareearth_research.datasets import load_events, load_returns
from rareearth_research.eventstudy import EventStudy, compare_dates

OPTIONS = {"benchmark": "local", "windows": [(0, 1)], "estimation": (-260, -21)}


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    return load_returns(["MP", "LYC.AX", "600111.SS", "600392.SS"])


def test_each_row_is_the_study_on_that_date(returns: pd.DataFrame) -> None:
    events = load_events(event_ids=["cn-2023-07-ga-ge-controls", "cn-2024-12-ban-to-us"])
    table = compare_dates(returns, events, **OPTIONS).set_index("date")
    direct = EventStudy(returns, events, timing="effective", **OPTIONS).fit()
    assert table.loc["effective", "caar"] == pytest.approx(direct.car["car"].mean())
    assert table.loc["effective", "p_value"] == direct.headline["p_value"]


def test_measures_that_apply_at_once_have_no_later_row_of_their_own(returns: pd.DataFrame) -> None:
    events = load_events(event_ids=["cn-2023-07-ga-ge-controls", "cn-2024-12-ban-to-us"])
    table = compare_dates(returns, events, **OPTIONS).set_index("date")
    assert table.loc["effective", "n_events"] == 2
    assert table.loc["effective, if later", "n_events"] == 1


def test_nothing_to_study_is_said_and_not_a_number(returns: pd.DataFrame) -> None:
    events = load_events(event_ids=["cn-2024-12-ban-to-us"])  # applies at once
    row = compare_dates(returns, events, **OPTIONS).set_index("date").loc["effective, if later"]
    assert row["n_pairs"] == 0
    assert pd.isna(row["caar"])
    assert row["note"]
