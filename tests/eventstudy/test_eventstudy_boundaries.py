"""Where a rule turns: no coefficients, no trade, no move, the last day of a shift, no variation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.eventstudy.statistics.parametric import crude_dependence
from rareearth_research.eventstudy.statistics.ranks import corrado, generalized_sign, sign

RNG = np.random.default_rng(0)
DAYS = pd.bdate_range("2021-01-04", periods=400)
RETURNS = pd.DataFrame(RNG.normal(0, 0.02, (400, 4)), DAYS, list("ABCD"))


@pytest.mark.parametrize(("estimated", "df"), [(0, 49), (1, 49), (2, 48)])
def test_crude_dependence_has_at_most_one_degree_less_than_sessions(estimated: int, df: int):
    series = RNG.normal(0.01, 0.02, 50)
    found = crude_dependence(0.05, series, 3, estimated)
    spread = np.sqrt(3 * ((series - series.mean()) ** 2).sum() / df)
    assert found.df == df
    assert found.statistic == pytest.approx(0.05 / spread)
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.05 / spread, df))


@pytest.mark.parametrize(("model", "df"), [("raw", 249), ("market_adjusted", 249), ("market", 248)])
def test_a_study_without_coefficients_tests_against_one_degree_less(model: str, df: int) -> None:
    benchmark = pd.Series(RNG.normal(0, 0.01, 400), DAYS)
    study = rer.EventStudy(RETURNS, [DAYS[350]], benchmark, model, tests=["crude_dependence"])
    assert study.fit().table["df"].iloc[0] == df


def test_corrado_counts_neither_empty_event_sessions_nor_empty_estimation_sessions() -> None:
    means, counts = RNG.uniform(-0.4, 0.4, 23), np.full(23, 4)
    counts[[5, 21]] = 0  # one of 20 estimation sessions, one of 3 event sessions
    means[[5, 21]] = 0
    scaled = means * np.sqrt(counts)
    spread = np.sqrt((scaled**2).sum() / 21)
    right = scaled[[20, 22]].sum() / (np.sqrt(2) * spread)
    assert corrado(means, counts, 3).statistic == pytest.approx(right)
    without = corrado(np.delete(means, [5, 21]), np.delete(counts, [5, 21]), 2)
    assert corrado(means, counts, 3).statistic == pytest.approx(without.statistic)


def test_a_car_of_zero_is_no_rise_for_the_sign_tests() -> None:
    car = np.array([0.0, 0.0, 0.01, -0.01])  # one of four rose
    assert sign(car).statistic == pytest.approx((1 - 2) / np.sqrt(1))
    found = generalized_sign(car, np.full(4, 0.4)).statistic
    assert found == pytest.approx((1 - 1.6) / np.sqrt(4 * 0.4 * 0.6))


def shifted(rule: str, max_shift: int) -> Any:
    """Place an event on a Wednesday in a week without sessions, in a frame of its own calendar."""
    week = (pd.Timestamp("2022-05-09") <= DAYS) & (pd.Timestamp("2022-05-13") >= DAYS)
    study = rer.EventStudy(
        RETURNS[~week], ["2022-05-11"], model="raw", rule=rule, max_shift=max_shift
    )
    return study.fit().car["session"].iloc[0]


@pytest.mark.parametrize(
    ("rule", "days", "session"), [("next", 5, "2022-05-16"), ("previous", 5, "2022-05-06")]
)
def test_an_event_moves_exactly_as_far_as_max_shift(rule: str, days: int, session: str) -> None:
    assert shifted(rule, days) == pd.Timestamp(session)
    with pytest.raises(SpecificationError, match="no_session"):
        shifted(rule, days - 1)


@pytest.mark.parametrize(
    ("rule", "days", "session"), [("next", 2, "2025-04-07"), ("previous", 1, "2025-04-04")]
)
def test_a_date_moves_exactly_as_far_as_max_shift_on_an_exchange(
    rule: str, days: int, session: str
):
    events = pd.DataFrame({"event_id": ["x"], "date": [pd.Timestamp("2025-04-05")]})  # Saturday
    there = rer.map_sessions(events, "XNYS", rule=rule, max_shift=days).iloc[0]
    short = rer.map_sessions(events, "XNYS", rule=rule, max_shift=days - 1).iloc[0]
    assert (there["session"], there["reason"]) == (pd.Timestamp(session), "")
    assert (pd.isna(short["session"]), short["reason"]) == (True, "no_session")


@pytest.mark.parametrize("model", ["market", "scholes_williams", "dimson", "factors", "garch"])
@pytest.mark.parametrize("value", [0.001, 0.0, 0.1, 1 / 7])
def test_a_benchmark_that_never_moves_gives_a_reason_and_no_number(model: str, value: float):
    if model == "garch":
        pytest.importorskip("arch")
    flat = pd.Series(value, DAYS, name="flat")
    options: dict[str, Any] = {"benchmark": flat}
    if model == "factors":
        options = {"factors": flat.to_frame()}
    with pytest.raises(RareEarthError):
        rer.EventStudy(RETURNS, [DAYS[350]], model=model, **options).fit()


def test_a_benchmark_that_stands_still_in_one_estimation_window_drops_that_pair_only() -> None:
    still = pd.Series(RNG.normal(0, 0.01, 400), DAYS)
    still.iloc[: 350 - 10] = 0.001
    result = rer.EventStudy(RETURNS, [DAYS[350], DAYS[390]], still, estimation=(-100, -11)).fit()
    ledger = result.attrition.set_index("event_id")["reason"]
    assert set(ledger[str(DAYS[350].date())]) == {"collinear_factors"}
    assert set(ledger[str(DAYS[390].date())]) == {""}
