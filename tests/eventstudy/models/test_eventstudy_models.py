"""Each expected-return model against a slow, independent fit of one pair."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from tests.support.eventstudy_cases import synthetic_returns

ESTIMATION, WINDOW = slice(49, 299), slice(309, 320)  # sessions [-260, -11] and [0, 10] of 309
TIGHT = {"rtol": 1e-10, "atol": 1e-15}


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    return synthetic_returns()


def fit(returns: pd.DataFrame, model: str, **options: object) -> object:
    events = pd.DataFrame({"event_id": ["x"], "security": ["S2"], "date": [returns.index[309]]})
    return EventStudy(returns, events, "MKT", model, windows=[(0, 10)], **options).fit()  # type: ignore[arg-type]


def check_against_ols(result: object, y: np.ndarray, design: np.ndarray) -> None:
    """Compare with statsmodels: coefficients, forecast variance of each day and of the sum."""
    ols = sm.OLS(y[ESTIMATION], design[ESTIMATION]).fit()
    forecast = ols.get_prediction(design[WINDOW])
    abnormal = result.abnormal  # type: ignore[attr-defined]
    np.testing.assert_allclose(result.fitted.coefficients[0], ols.params, rtol=1e-9)  # type: ignore[attr-defined]
    np.testing.assert_allclose(
        abnormal["abnormal_return"], y[WINDOW] - forecast.predicted_mean, **TIGHT
    )
    np.testing.assert_allclose(
        abnormal["variance"], forecast.se_obs**2, rtol=1e-10
    )  # se_obs² = σ²(1 + x'(X'X)⁻¹x)
    x = design[WINDOW]
    total = ols.scale * (len(x) + x.sum(axis=0) @ ols.normalized_cov_params @ x.sum(axis=0))
    car = result.car.iloc[0]  # type: ignore[attr-defined]
    assert car["variance"] == pytest.approx(total, rel=1e-10)
    assert car["scar"] == pytest.approx(car["car"] / np.sqrt(total), rel=1e-10)


def test_market_model_equals_least_squares_of_statsmodels(returns: pd.DataFrame) -> None:
    design = sm.add_constant(returns["MKT"].to_numpy())
    check_against_ols(fit(returns, "market"), returns["S2"].to_numpy(), design)


def test_mean_model_equals_least_squares_on_a_constant(returns: pd.DataFrame) -> None:
    check_against_ols(fit(returns, "mean"), returns["S2"].to_numpy(), np.ones((len(returns), 1)))


def test_factor_model_equals_least_squares_of_statsmodels(returns: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    factors = pd.DataFrame(
        rng.normal(0, 0.01, (len(returns), 3)), index=returns.index, columns=["a", "b", "c"]
    )
    result = fit(returns, "factors", factors=factors)
    check_against_ols(result, returns["S2"].to_numpy(), sm.add_constant(factors.to_numpy()))
    assert list(result.params.columns[2:6]) == ["alpha", "a", "b", "c"]  # type: ignore[attr-defined]


def test_risk_free_column_turns_returns_into_excess_returns(returns: pd.DataFrame) -> None:
    factors = pd.DataFrame({"mkt_rf": returns["MKT"] - 0.0001, "rf": 0.0001}, index=returns.index)
    result = fit(returns, "factors", factors=factors, return_type="simple")
    design = sm.add_constant(factors["mkt_rf"].to_numpy())
    check_against_ols(result, returns["S2"].to_numpy() - 0.0001, design)


def test_dimson_model_is_least_squares_on_leads_and_lags(returns: pd.DataFrame) -> None:
    market = returns["MKT"]
    neighbours = [market.shift(step).to_numpy() for step in (2, 1, 0, -1, -2)]
    design = np.column_stack([np.ones(len(returns)), *neighbours])
    result = fit(returns, "dimson", leads_lags=2)
    check_against_ols(result, returns["S2"].to_numpy(), design)
    assert result.specification.estimated == 6  # type: ignore[attr-defined]
    betas = result.fitted.coefficients[0, 1:]  # type: ignore[attr-defined]
    assert result.params["beta"].iloc[0] == pytest.approx(betas.sum())  # type: ignore[attr-defined]


def test_scholes_williams_beta_is_the_published_ratio(returns: pd.DataFrame) -> None:
    y, x = returns["S2"], returns["MKT"]
    slopes = []
    for step in (1, 0, -1):
        shifted = x.shift(step).iloc[ESTIMATION]
        slopes.append(np.cov(y.iloc[ESTIMATION], shifted)[0, 1] / shifted.var())
    rho = np.corrcoef(x.iloc[ESTIMATION], x.shift(1).iloc[ESTIMATION])[0, 1]
    params = fit(returns, "scholes_williams").params.iloc[0]  # type: ignore[attr-defined]
    assert params["beta"] == pytest.approx(sum(slopes) / (1 + 2 * rho), rel=1e-10)
    mean = y.iloc[ESTIMATION].mean() - params["beta"] * x.iloc[ESTIMATION].mean()
    assert params["alpha"] == pytest.approx(mean, rel=1e-9)


def test_models_without_estimation_take_returns_as_they_are(returns: pd.DataFrame) -> None:
    raw, adjusted = fit(returns, "raw"), fit(returns, "market_adjusted")
    y, x = returns["S2"].to_numpy(), returns["MKT"].to_numpy()
    np.testing.assert_array_equal(raw.abnormal["abnormal_return"], y[WINDOW])  # type: ignore[attr-defined]
    np.testing.assert_allclose(adjusted.abnormal["abnormal_return"], (y - x)[WINDOW], **TIGHT)  # type: ignore[attr-defined]
    spread = ((y - x)[ESTIMATION] ** 2).mean()
    assert adjusted.car["variance"].iloc[0] == pytest.approx(11 * spread)  # type: ignore[attr-defined]


def test_garch_model_forecasts_the_variance_of_each_session() -> None:
    pytest.importorskip("arch")
    from arch.univariate import LS
    from arch.univariate.volatility import GARCH

    returns = synthetic_returns(seed=8)
    rng = np.random.default_rng(3)
    h, shocks = 1e-4, []
    for _ in range(len(returns)):
        shocks.append(np.sqrt(h) * rng.normal())
        h = 1e-5 + 0.2 * shocks[-1] ** 2 + 0.7 * h
    returns["S2"] = returns["MKT"] + shocks
    result = fit(returns, "garch")
    y, x = 100 * returns["S2"].iloc[ESTIMATION], 100 * returns[["MKT"]].iloc[ESTIMATION]
    direct = LS(y, x=x, volatility=GARCH()).fit(disp="off")
    assert result.params["beta"].iloc[0] == pytest.approx(direct.params["MKT"], abs=0.01)  # type: ignore[attr-defined]
    ahead = direct.forecast(horizon=21, x=np.zeros((1, 21)), reindex=False).residual_variance
    forecast = ahead.to_numpy()[0, 10:] / 1e4  # the estimation window ends 11 sessions before 0
    design = sm.add_constant(returns["MKT"].to_numpy())
    leverage = np.einsum(
        "wi,ij,wj->w",
        design[WINDOW],
        np.linalg.inv(design[ESTIMATION].T @ design[ESTIMATION]),
        design[WINDOW],
    )
    expected = forecast + (direct.conditional_volatility**2).mean() / 1e4 * leverage
    np.testing.assert_allclose(result.abnormal["variance"], expected, rtol=0.02)  # type: ignore[attr-defined]


def test_missing_days_are_left_out_of_both_sides(returns: pd.DataFrame) -> None:
    gappy = returns.copy()
    gappy.iloc[100:120, 2] = np.nan
    result = fit(gappy, "market")
    kept = [i for i in range(49, 299) if not 100 <= i < 120]
    y, x = returns["S2"].to_numpy(), sm.add_constant(returns["MKT"].to_numpy())
    ols = sm.OLS(y[kept], x[kept]).fit()
    np.testing.assert_allclose(result.fitted.coefficients[0], ols.params, rtol=1e-9)  # type: ignore[attr-defined]
    assert result.params["n_estimation"].iloc[0] == 230  # type: ignore[attr-defined]
    assert result.car["p_value"].notna().all()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("model", "free", "spans"),
    [("raw", 0, False), ("mean", 1, True), ("market_adjusted", 0, True), ("market", 2, True),
     ("scholes_williams", 2, False), ("dimson", 6, False), ("factors", 3, True),
     ("garch", 2, False), ("synthetic", 2, False), ("synthetic_market", 2, True)],
)  # fmt: skip
def test_what_a_model_estimates_and_whether_it_goes_from_trade_to_trade(
    returns: pd.DataFrame, model: str, free: int, spans: bool
) -> None:
    options: dict[str, object] = {"dimson": {"leads_lags": 2}}.get(model, {})
    if model == "factors":  # a constant and two slopes
        options = {"factors": returns[["MKT", "S0"]].add_suffix("f")}
    elif model in ("synthetic", "synthetic_market"):  # weights of three donors that add up to 1
        options = {"donors": ["S3", "S4", "S5"]}
    elif model != "raw":
        options["benchmark"] = "MKT"
    study = partial(EventStudy, returns, [returns.index[309]], model=model, **options)
    assert study().setup.specification.estimated == free
    if spans:
        assert study(gaps="trade_to_trade").setup.specification.gaps == "trade_to_trade"
    else:
        with pytest.raises(SpecificationError, match="has no meaning for model"):
            study(gaps="trade_to_trade")


def test_trade_to_trade_is_weighted_least_squares_over_spans(returns: pd.DataFrame) -> None:
    gappy = returns.copy()
    gappy.iloc[100:103, 2] = np.nan
    gappy.iloc[103, 2] = returns.iloc[100:104, 2].sum()  # the price move over the gap
    gappy.iloc[311, 2] = np.nan
    gappy.iloc[312, 2] = returns.iloc[311:313, 2].sum()
    result = fit(gappy, "market", gaps="trade_to_trade")
    y, x, span = gappy["S2"].to_numpy(), returns["MKT"].to_numpy().copy(), np.ones(len(gappy))
    x[103], span[103] = x[100:104].sum(), 4
    x[312], span[312] = x[311:313].sum(), 2
    seen = ~np.isnan(y)
    rows = np.flatnonzero(seen[ESTIMATION]) + ESTIMATION.start
    design = np.column_stack([span, x])
    wls = sm.WLS(y[rows], design[rows], weights=1 / span[rows]).fit()
    np.testing.assert_allclose(result.fitted.coefficients[0], wls.params, rtol=1e-9)  # type: ignore[attr-defined]
    days = np.flatnonzero(seen[WINDOW]) + WINDOW.start
    total = design[days].sum(axis=0)
    variance = wls.scale * (span[days].sum() + total @ wls.normalized_cov_params @ total)
    car = result.car.iloc[0]  # type: ignore[attr-defined]
    assert car["car"] == pytest.approx((y[days] - design[days] @ wls.params).sum(), rel=1e-9)
    assert car["variance"] == pytest.approx(variance, rel=1e-9)
    assert result.abnormal["multi_session"].sum() == 1  # type: ignore[attr-defined]


def test_buy_and_hold_compounds_actual_and_expected_returns(returns: pd.DataFrame) -> None:
    log, simple = fit(returns, "market"), fit(returns, "market", return_type="simple")
    for result, grow in ((log, lambda r: np.exp(r.sum())), (simple, lambda r: (1 + r).prod())):
        frame = result.abnormal  # type: ignore[attr-defined]
        expected = grow(frame["return"]) - grow(frame["expected_return"])
        assert result.car["bhar"].iloc[0] == pytest.approx(expected, rel=1e-12)  # type: ignore[attr-defined]
