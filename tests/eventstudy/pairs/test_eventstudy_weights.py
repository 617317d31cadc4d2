"""The value-weighted portfolio is one security: the sum of its members by market value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.pairs.tables import check_weights

SESSIONS = 400
INDEX = pd.bdate_range("2020-01-01", periods=SESSIONS)
EVENT = INDEX[350]
NAMES = ["A", "B", "C"]
VALUES = pd.Series([1.0, 3.0, 6.0], NAMES)


def synthetic_returns() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    market = rng.normal(0, 0.01, SESSIONS)
    own = rng.normal(0, 0.02, (SESSIONS, 3))
    return pd.DataFrame(market[:, None] + own, INDEX, NAMES).assign(MKT=market)


def portfolio(returns: pd.DataFrame, weights=None, events=(EVENT,)) -> pd.Series:
    study = rer.EventStudy(returns, list(events), "MKT", tests=["portfolio", "kp"], weights=weights)
    return study.fit().table.set_index("test").loc["portfolio"]


def test_value_weighted_portfolio_equals_the_study_of_its_own_return() -> None:
    returns = synthetic_returns()
    whole = (returns[NAMES] * VALUES / VALUES.sum()).sum(axis=1)
    one = portfolio(pd.DataFrame({"P": whole, "MKT": returns["MKT"]}))
    found = portfolio(returns, VALUES)
    assert found["statistic"] == pytest.approx(one["statistic"], rel=1e-10)
    assert found["df"] == one["df"]
    assert "value-weighted, mean CAR" in found["note"]


def test_equal_weights_change_nothing() -> None:
    plain = portfolio(synthetic_returns())
    same = portfolio(synthetic_returns(), pd.Series(7.0, NAMES))
    assert same["statistic"] == pytest.approx(plain["statistic"], rel=1e-12)


def test_the_last_values_before_the_window_count() -> None:
    by_date = pd.DataFrame(np.tile(VALUES, (SESSIONS, 1)), INDEX, NAMES)
    by_date.loc[INDEX[349] :] = [100.0, 0.0, 0.0]  # first session of the window [-1, 1]
    found = portfolio(synthetic_returns(), by_date)
    assert found["statistic"] == portfolio(synthetic_returns(), VALUES)["statistic"]


def test_weights_are_relative_within_each_event() -> None:
    by_date = pd.DataFrame(np.tile(VALUES, (SESSIONS, 1)), INDEX, NAMES)
    by_date.loc[INDEX[330] :] *= 50
    events = (EVENT, INDEX[320])
    grown = portfolio(synthetic_returns(), by_date, events)
    constant = portfolio(synthetic_returns(), VALUES, events)
    assert grown["statistic"] == pytest.approx(constant["statistic"], rel=1e-12)


@pytest.mark.parametrize("bad", [-1e-9, np.inf, -np.inf])
def test_the_first_weight_that_is_none_is_named_and_nothing_is_a_weight(bad: float) -> None:
    by_date = pd.DataFrame(1.0, INDEX[:3], NAMES)
    for places, name in (([(1, 2)], "C"), ([(1, 1), (0, 2)], "C"), ([(1, 0), (1, 1)], "A")):
        table, series = by_date.copy(), VALUES.copy()
        for row, column in places:
            table.iloc[row, column] = series.iloc[column] = bad
        for weights, whose in ((table, name), (series, NAMES[min(c for _, c in places)])):
            with pytest.raises(DataError, match=f"weights of '{whose}' must be finite"):
                check_weights(weights, NAMES)
    kept = VALUES.replace(3.0, 0.0)
    pd.testing.assert_series_equal(check_weights(kept, NAMES), kept)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (VALUES.drop("B"), DataError, "no weight for 'B' before event"),
        (-VALUES, DataError, "not negative"),
        (VALUES.add_prefix("x"), SpecificationError, "names no security"),
        ([1, 2, 3], SpecificationError, "Series by security"),
    ],
)
def test_weights_without_meaning_are_refused(weights, error, message: str) -> None:
    with pytest.raises(error, match=message):
        portfolio(synthetic_returns(), weights)
