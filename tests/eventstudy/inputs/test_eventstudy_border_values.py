"""No code for a missing value, per cent, level or filled holiday is taken for a return."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import RareEarthError
from rareearth_research.eventstudy.inputs.frame.values import check_levels
from tests.support.border import (
    DAYS,
    EVENT,
    EVENTS,
    FACTORS,
    NAN,
    RETURNS,
    fit,
    refusal,
    with_value,
)

CODES = [-9.0, -66.0, -77.0, -99.0, -999.0, -9999.0, 9.0, 99.0, 1e308]


@pytest.mark.parametrize("code", CODES)
def test_a_code_for_a_missing_value_is_no_return(code: float) -> None:
    said = refusal(with_value(code))
    assert f"'S0' of returns is {code:g} on {DAYS[300].date()}" in said
    assert "returns.mask((returns < -5) | (returns > 3))" in said
    bad = with_value(code)
    mended = fit(bad.mask((bad < -5) | (bad > 3)))
    pd.testing.assert_frame_equal(mended.car, fit(with_value(NAN)).car)


@pytest.mark.parametrize("code", [*CODES, np.inf])
def test_codes_are_found_in_benchmark_and_factors_too(code: float) -> None:
    bad = RETURNS["MKT"].copy()
    bad.iloc[300] = code
    factors = FACTORS.assign(mkt=bad)
    for said in (
        refusal(benchmark=bad),
        refusal(RETURNS.assign(MKT=bad)),
        refusal(model="factors", factors=factors),
    ):
        assert str(DAYS[300].date()) in said


@pytest.mark.parametrize("code", [-0.99, -0.66, 0.999])
def test_small_codes_are_found_where_they_come_back(code: float) -> None:
    one_column, two_columns = RETURNS.copy(), RETURNS.copy()
    one_column.iloc[[100, 300], 0] = code
    two_columns.iloc[100, 0] = two_columns.iloc[300, 1] = code
    for frame in (one_column, two_columns):
        assert f"returns.replace({code!r}, float('nan'))" in refusal(frame)
        fit(frame.replace(code, NAN))


@pytest.mark.parametrize("move", [1.6, -2.5, 0.7, -0.66])
def test_large_moves_of_real_shares_pass(move: float) -> None:
    fit(with_value(move))


def test_a_simple_loss_of_more_than_everything_is_no_benchmark() -> None:
    bad = RETURNS["MKT"].copy()
    bad.iloc[300] = -1.2
    assert "simple return" in refusal(benchmark=bad, return_type="simple")


@pytest.mark.parametrize("sd", [0.1, 0.15, 0.28, 1.0])
def test_per_cent_of_a_calm_series_is_no_fraction(sd: float) -> None:
    calm = pd.DataFrame({"SGD": np.random.default_rng(0).normal(0, sd, 1500)})
    calm = calm.set_axis(pd.bdate_range("2015-01-01", periods=1500))
    options: dict[str, Any] = {"model": "mean", "benchmark": None}
    assert "divide per cent by 100" in refusal(calm, [calm.index[700]], **options)
    fit(calm / 100, [calm.index[700]], **options)


def test_no_shipped_series_is_taken_for_per_cent_or_codes() -> None:
    from rareearth_research.eventstudy.inputs.checks import check_returns

    returns = rer.load_returns()
    for year in range(2009, 2026):
        check_returns(returns.loc[f"{year}-01" : f"{year}-12"])
    for kind in ("log", "simple"):
        check_returns(rer.load_returns(kind=kind), kind)


@pytest.mark.parametrize("rf", [0.05, 0.02, 0.004])
def test_a_risk_free_rate_per_year_or_in_per_cent_is_found(rf: float) -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    said = refusal(factors=FACTORS.assign(rf=rf), **options)
    assert "divide per cent by 100, and a rate per year by 252" in said
    fit(factors=FACTORS.assign(rf=rf / 252), **options)


@pytest.mark.parametrize("name", ["risk_free", "Risk Free", "RF_daily", "rate", "TB3MS", "RFR"])
def test_a_risk_free_rate_under_another_name_is_no_factor(name: str) -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    factors = FACTORS.assign(**{name: 0.0001})
    assert f"factors.rename(columns={{{name!r}: 'rf'}})" in refusal(factors=factors, **options)
    mended = fit(factors=factors.rename(columns={name: "rf"}), **options)
    for written in ("rf", "RF ", " Rf"):
        same = fit(factors=FACTORS.assign(**{written: 0.0001}), **options)
        pd.testing.assert_frame_equal(same.car, mended.car)


def test_a_rate_is_a_level_unless_it_falls_below_zero_and_free_of_risk_is_always_one() -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    level = np.where(np.arange(len(DAYS)) % 2, 0.0001, 0.0)
    assert "looks like a risk-free rate" in refusal(factors=FACTORS.assign(rate=level), **options)
    fit(factors=FACTORS.assign(rate=level - 0.00005), **options)
    for name in ("RF", "risk free"):
        given = FACTORS.assign(**{name + " rate": level - 0.00005})
        assert "looks like a risk-free rate" in refusal(factors=given, **options)


def test_weekends_filled_with_the_last_price_are_refused() -> None:
    daily = pd.date_range(DAYS[0], DAYS[-1])
    padded = RETURNS.reindex(daily, fill_value=0.0)
    assert "returns[returns.index.day_of_week < 5]" in refusal(padded)
    pd.testing.assert_frame_equal(fit(padded[padded.index.day_of_week < 5]).car, fit().car)
    alone = padded.drop(columns="MKT")
    assert "day_of_week" in refusal(alone, benchmark=padded["MKT"])
    assert "day_of_week" in refusal(alone[["S0"]], [EVENT], benchmark=None, model="mean")


def test_holidays_filled_with_the_last_price_are_refused() -> None:
    days = DAYS[[60, 200, 330]]
    padded = RETURNS.copy()
    padded.loc[days] = 0.0
    listed = ", ".join(f"'{day.date()}'" for day in days)
    assert f"returns.drop(pd.to_datetime([{listed}]))" in refusal(padded)
    pd.testing.assert_frame_equal(fit(padded.drop(days)).car, fit(RETURNS.drop(days)).car)


def test_shares_that_stand_still_together_are_no_holiday() -> None:
    thin = RETURNS[["S0", "S1", "MKT"]].copy()
    still = np.random.default_rng(0).random((len(thin), 3)) < 0.3
    fit(thin.mask(still, 0.0), [EVENT])


@pytest.mark.parametrize("value", [-1.0, 0.0, np.inf, 1e300])
def test_what_is_no_price_is_named(value: float) -> None:
    prices = np.exp(RETURNS.cumsum()).to_numpy()
    prices[7, 2] = value
    with pytest.raises(RareEarthError, match=f"'S2' of prices .* {DAYS[7].date()}"):
        check_levels(prices, DAYS, list(RETURNS.columns), "prices")
    if value == 0:
        check_levels(prices, DAYS, list(RETURNS.columns), "volumes", zero=True)


# --- what is rarely right, or never ------------------------------------------------------------


def test_a_share_that_rose_sevenfold_in_a_session_is_pointed_out() -> None:
    with pytest.warns(UserWarning, match=r"'S0' of returns is \+9 on .*; check that it is no code"):
        fit(with_value(9.0), return_type="simple")


@pytest.mark.parametrize("what", ["benchmark", "factors"])
def test_an_index_that_often_stands_still_is_pointed_out_and_the_remedy_is_silent(
    what: str,
) -> None:
    closed = np.arange(len(DAYS)) % 9 == 1
    still = RETURNS["MKT"].mask(closed, 0.0)
    given: Any = still if what == "benchmark" else still.to_frame()
    options = {"benchmark": given} if what == "benchmark" else {"factors": given, **BY_FACTORS}
    with pytest.warns(UserWarning, match=rf"exactly 0 on 56 sessions, .* source of {what}"):
        fit(**options)
    fit(RETURNS[~closed], **options)


BY_FACTORS: dict[str, Any] = {"benchmark": None, "model": "factors"}


def test_a_benchmark_or_factor_that_never_moves_is_named() -> None:
    flat = pd.Series(0.001, DAYS, name="flat")
    assert "benchmark: 'flat' is 0.001 on every session" in refusal(benchmark=flat)
    given = FACTORS.assign(flat=0.001)
    assert "factors: 'flat' is 0.001 on every session" in refusal(factors=given, **BY_FACTORS)
    fit(factors=given.drop(columns="flat"), **BY_FACTORS)  # the remedy


def test_one_event_id_stands_for_one_announcement() -> None:
    events = EVENTS.assign(event_id="a")
    assert "event 'a' is of 2020-05-05 and of 2020-08-11" in refusal(events=events)
    own = events["event_id"] + " " + events["date"].astype(str)  # the remedy
    assert fit(events=events.assign(event_id=own)).car["car"].equals(fit().car["car"])
    fit(events=events.assign(date=[EVENT, EVENT + pd.Timedelta(days=1)]))  # zones, holidays


@pytest.mark.parametrize("value", [True, 1j, None, "x", [1], np.inf, 0.5])
def test_an_own_window_is_of_whole_numbers(value: Any) -> None:
    ends = pd.Series([value, 5], dtype=object)
    events = EVENTS.assign(window_start=-1, window_end=ends)
    assert "window_end=" in refusal(events=events, windows="events")


@pytest.mark.parametrize("column", ["ticker", "flag"])
@pytest.mark.parametrize("value", ["", " ", None, True, [1], object()])
def test_a_row_of_a_side_table_without_a_name_is_refused(column: str, value: Any) -> None:
    rows = {"date": [EVENT, EVENT], "ticker": ["S0", "S1"], "flag": ["limit_up", "limit_down"]}
    flags = pd.DataFrame({**rows, column: pd.Series([rows[column][0], value], dtype=object)})
    assert f"price_flags has no {column} in row 1" in refusal(price_flags=flags, limit_days="flag")
