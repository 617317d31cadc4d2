"""What results of dynamics say of themselves, from numbers put into them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from tests.dynamics.test_leads import pair
from tests.support.break_series import synthetic_shift


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (2, ("early comes 2 sessions before late: correlation 0.60, beyond what unrelated series "
            "show at any lead, and −0.20 the other way round.")),
        (-1, ("late comes 1 session before early: correlation 0.10, beyond what unrelated series "
             "show at any lead, and 0.50 the other way round.")),
    ],
)  # fmt: skip
def test_the_series_that_comes_first_is_named_with_both_correlations(ahead: int, said: str) -> None:
    found = rer.lead_lag(*pair(), 2, draws=99)
    table = found.table.assign(correlation=[-0.2, 0.1, 0.9, 0.5, 0.6])
    assert replace(found, ahead=ahead, table=table).summary().headline == said


def test_where_none_comes_first_ties_over_several_rows_are_told_from_none() -> None:
    found = replace(rer.lead_lag(*pair(), 2, draws=99), ahead=0)

    def headline(*correlations: float) -> str:
        table = found.table.assign(correlation=correlations, joint_lower=-0.3, joint_upper=0.3)
        return replace(found, table=table).summary().headline

    tied = "early and late are tied over several sessions, either way about as much"
    assert headline(0.31, 0, 0.9, 0, 0).startswith(tied)
    assert headline(0, 0, 0.9, -0.31, 0).startswith(tied)
    none = "Neither early nor late is seen to come first"
    assert headline(0.3, 0, 0.9, -0.3, 0).startswith(none)  # the same row does not count
    lines = found.summary().lines
    first = found.tests.iloc[0]
    assert f"early helps to forecast late: p {first['p_value']:.4f} (Granger, 5 lags, Wh" in lines


def test_the_premium_is_told_with_its_median_and_range() -> None:
    weeks = pd.date_range("2024-01-05", periods=9, freq="W-FRI")
    abroad = pd.Series([1.1, 0.8, 1.5, 1.2, 1.3, 1.1, 1.1, 1.2, 1.4], weeks)
    found = rer.premium(abroad, pd.Series(7.0, weeks), 7.0, vat=0,
                        units={"abroad": "USD/kg", "home": "CNY/kg"})  # fmt: skip
    said = found.summary().headline
    assert said.startswith("In the week to 2024-03-01 ")
    assert "+40 %" in said
    assert "+20 %, the range −20 % to +50 %." in said
    assert len(found.summary().table) == 8


def test_nervousness_is_told_of_one_date_or_several() -> None:
    values = np.random.default_rng(1).normal(size=60)
    days = pd.bdate_range("2024-01-01", periods=60)
    one, two = (rer.brown_forsythe(pd.Series(values, days, name="y"), days[rows])
                for rows in ([20], [20, 40]))  # fmt: skip
    row = two.table.iloc[0]
    assert f"The variance of y in [0, 4] around the date was {one.table['ratio'][0]:.2f} times" in (
        one.summary().headline
    )
    assert (
        f"around 2 dates was {row['ratio']:.2f} times what was to be expected (95 % of ordinary "
        f"windows lie between {row['lower']:.2f} and {row['upper']:.2f}; p "
    ) in two.summary().headline


def test_distances_to_policy_are_told_in_days_with_those_of_drawn_series() -> None:
    breaks = rer.find_breaks(synthetic_shift(), max_breaks=2)
    found = rer.nearest_policy(breaks, ["2018-09-05", "2013-05-10"])
    drawn = replace(found, distance=1234.4, p_value=8 / 200, distances=np.zeros(199), near=1)
    assert drawn.summary().headline == (
        "The one break lies 1,234 days from the nearest of two policy events on average; those of "
        "7 of 199 drawn series without a break lie as near (p = 0.040)."
    )
    for outside, inside in (([0.0, 3.0], 1), ([0.0, 0.0], 2), ([np.nan, 1.0], 0)):
        table = pd.DataFrame({"outside": outside})
        lines = replace(drawn, table=table).summary().lines
        assert f"in the 95 % interval of {inside} of 2" in lines
