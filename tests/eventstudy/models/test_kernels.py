"""Kernels of many pairs beside a slow fit of each, with gaps and own windows. Synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy import EventStudy, compare_dates
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models import estimate, general, simple
from rareearth_research.eventstudy.models.estimate import fit_pairs
from rareearth_research.eventstudy.models.kernels import KERNELS
from rareearth_research.eventstudy.models.simple import Fit
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows
from tests.support.eventstudy_cases import synthetic_returns

L, W, P = 30, 5, 4
SAME = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 1]], dtype=float)
OWN = (np.random.default_rng(9).random((P, 2, W)) < 0.6).astype(float)


def synthetic(gaps: bool, regressors: int = 1) -> tuple[np.ndarray, ...]:
    """Returns, regressors and spans of estimation and event sessions, (P, L) and (P, W)."""
    rng = np.random.default_rng(3)
    x = 0.001 + rng.normal(0, 0.01, (P, regressors, L + W))
    y = 0.002 + 1.2 * x[:, 0] + rng.normal(0, 0.02, (P, L + W))
    spans = np.ones((P, L + W))
    if gaps:
        y[0, [3, 8]] = y[2, L + 1] = np.nan
        x[1, 0, 5] = np.nan
        spans[0, 9] = spans[3, L + 2] = 3
    return y[:, :L], x[:, :, :L], y[:, L:], x[:, :, L:], spans[:, :L], spans[:, L:]


def check(
    found: Fit, y: np.ndarray, design: np.ndarray, ye: np.ndarray, design_event: np.ndarray,
    members: np.ndarray, s: np.ndarray | None = None, se: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Compare with least squares of each pair alone; designs (P, L, k) and (P, W, k)."""
    k = design.shape[2]
    s, se = (np.ones_like(own) if of is None else of for own, of in ((y, s), (ye, se)))
    for p in range(P):
        seen = np.isfinite(y[p]) & np.isfinite(design[p]).all(axis=1)
        root = np.sqrt(s[p, seen])
        right, left = design[p, seen] / root[:, None], y[p, seen] / root
        slopes = np.linalg.lstsq(right, left, rcond=None)[0]
        errors = left - right @ slopes
        sigma2, inverse = errors @ errors / (seen.sum() - k), np.linalg.inv(right.T @ right)
        np.testing.assert_allclose(found.coefficients[p], slopes, rtol=1e-8)
        np.testing.assert_allclose(found.residuals[p, seen], errors, atol=1e-12)
        assert np.isnan(found.residuals[p, ~seen]).all()
        assert (found.n_obs[p], found.sigma2[p]) == pytest.approx((seen.sum(), sigma2), rel=1e-8)
        abnormal = ye[p] - design_event[p] @ slopes
        np.testing.assert_allclose(found.abnormal[p], abnormal, atol=1e-12)
        leverage = np.einsum("wi,ij,wj->w", design_event[p], inverse, design_event[p])
        variance = np.where(np.isnan(abnormal), np.nan, sigma2 * (se[p] + leverage))
        known = ~np.isnan(abnormal)
        np.testing.assert_allclose(found.variance[p, known], variance[known], rtol=1e-8)
        for g, inside in enumerate(members if members.ndim == 2 else members[p]):
            chosen = (inside > 0) & known
            assert found.car[p, g] == pytest.approx(abnormal[chosen].sum(), abs=1e-12)
            whole = design_event[p, chosen].sum(axis=0)
            expected = sigma2 * (se[p, chosen].sum() + whole @ inverse @ whole)
            assert found.car_variance[p, g] == pytest.approx(expected, rel=1e-8)
        np.testing.assert_allclose(
            found.standardised[p, known], (abnormal / np.sqrt(variance))[known], rtol=1e-8
        )


def with_one(x: np.ndarray, first: Any = 1.0) -> np.ndarray:
    return np.concatenate([np.broadcast_to(first, x[:, :1].shape), x], axis=1).swapaxes(1, 2)


@pytest.mark.parametrize("members", [SAME, OWN], ids=["same", "own"])
@pytest.mark.parametrize("gaps", [False, True])
def test_lines_and_means_are_least_squares_of_each_pair(gaps: bool, members: np.ndarray) -> None:
    y, x, ye, xe, *_ = synthetic(gaps)
    for model, k in (("market", 2), ("mean", 1), ("synthetic_market", 2)):
        found = KERNELS[model](y, x, ye, xe, members, None, None)
        check(found, y, with_one(x)[..., :k], ye, with_one(xe)[..., :k], members)
    line = KERNELS["market"](y, x, ye, xe, members, None, None)
    again = simple.line_residuals(y, x[:, 0], line.coefficients[:, 1])
    np.testing.assert_array_equal(again, line.residuals)


@pytest.mark.parametrize("members", [SAME, OWN], ids=["same", "own"])
@pytest.mark.parametrize("gaps", [False, True])
def test_several_regressors_and_returns_of_several_sessions_too(
    gaps: bool, members: np.ndarray
) -> None:
    y, x, ye, xe, s, se = synthetic(gaps, 3)
    found = KERNELS["factors"](y, x, ye, xe, members, None, None)
    check(found, y, with_one(x), ye, with_one(xe), members)
    spanned = KERNELS["dimson"](y, x, ye, xe, members, s, se)
    first, later = (own[:, None, :] for own in (s, se))
    check(spanned, y, with_one(x, first), ye, with_one(xe, later), members, s, se)
    line = KERNELS["market"](y, x[:, :1], ye, xe[:, :1], members, s, se)
    check(line, y, with_one(x[:, :1], first), ye, with_one(xe[:, :1], later), members, s, se)
    mean = KERNELS["mean"](y, x[:, :0], ye, xe[:, :0], members, s, se)
    check(mean, y, s[:, :, None], ye, se[:, :, None], members, s, se)


def test_collinear_regressors_have_no_coefficients() -> None:
    y, x, ye, xe, *_ = synthetic(False, 3)
    x[1, 2] = 3 * x[1, 0] - x[1, 1]
    x[2, 1] = 0.0
    found = KERNELS["factors"](y, x, ye, xe, SAME, None, None)
    assert np.isnan(found.coefficients).all(axis=1).tolist() == [False, True, True, False]
    assert np.isnan(found.sigma2).tolist() == [False, True, True, False]
    x[3, 0] = 0.004  # a constant market
    line = KERNELS["market"](y, x, ye, xe, SAME, None, None)
    assert np.isnan(line.coefficients[:, 1]).tolist() == [False, False, False, True]


def test_regressors_less_than_a_ten_millionth_apart_are_collinear() -> None:
    y, x, ye, xe, *_ = synthetic(False, 3)
    for p, apart in enumerate([0.8e-7, 1.2e-7]):
        others = np.column_stack([np.ones(L), *x[p, :2]])
        free = x[p, 2] - others @ np.linalg.lstsq(others, x[p, 2], rcond=None)[0]
        size = np.linalg.norm(x[p, 0]) / np.linalg.norm(free)
        x[p, 2] = x[p, 0] + apart * size * free  # sine of its angle to the plane of the others
    found = KERNELS["factors"](y, x, ye, xe, SAME, None, None)
    assert np.isnan(found.sigma2).tolist() == [True, False, False, False]


@pytest.mark.parametrize("model", ["market", "scholes_williams"])
def test_a_market_whose_spread_is_rounding_beside_its_mean_explains_nothing(model: str) -> None:
    y, x, ye, xe, *_ = synthetic(False, 3)
    sides = (-1.0) ** np.arange(L)
    for p, relative in enumerate([0.9e-12, 0.9e-12, 0.0, 1.1e-12]):  # around √CONSTANT
        x[p] = (0.004, -0.004, 0.0, -0.004)[p] * (1 + relative * sides)
    found = KERNELS[model](y, x, ye, xe, SAME, None, None)
    still = np.isnan(found.coefficients[:, 1]) & np.isnan(found.sigma2)
    assert still.tolist() == [True, True, True, False]


def test_without_a_day_there_is_no_mean_and_of_one_it_is_the_day_itself() -> None:
    seen = np.arange(4) < np.array([[0], [1], [4]])
    found = simple.mean_of(np.array([[1.0, 2, 3, 6]] * 3), seen, seen.sum(axis=1))
    np.testing.assert_array_equal(found, [np.nan, 1, 3])


@pytest.mark.parametrize("own", [False, True])
def test_garch_forecasts_from_the_last_day_it_has_and_leaves_out_missing_ones(own: bool) -> None:
    univariate = pytest.importorskip("arch.univariate")
    rng, length = np.random.default_rng(5), 250
    x, u, h = 0.001 + rng.normal(0, 0.01, (2, length + W)), np.zeros((2, length + W)), 1e-4
    for t in range(length + W):
        u[:, t] = np.sqrt(h) * rng.normal(size=2)
        h = 1e-5 + 0.2 * u[:, t] ** 2 + 0.7 * h
    y, members = 0.001 + 1.3 * x + u, OWN[:2] if own else SAME
    y[0, 100], x[1, 7], y[0, length + 2], ahead = np.nan, np.nan, np.nan, np.array([1, 4])
    parts = y[:, :length], x[:, None, :length], y[:, length:], x[:, None, length:]
    found = KERNELS["garch"](*parts, members, None, None, ahead)
    assert found.n_obs.tolist() == [length - 1] * 2
    for p in range(2):
        seen = np.isfinite(y[p, :length] + x[p, :length])
        left, right, scale = y[p, :length][seen], x[p, :length][seen], y[p, :length][seen].std()
        model = univariate.LS(left / scale, right[:, None] / scale, volatility=univariate.GARCH())
        fit = model.fit(disp="off")
        alpha, beta, omega, a, b = fit.params.to_numpy() * [scale, 1, scale**2, 1, 1]
        np.testing.assert_allclose(found.coefficients[p], [alpha, beta], rtol=1e-9)
        variance, error = (fit.conditional_volatility * scale) ** 2, left - alpha - beta * right
        mean = variance.mean()
        assert found.sigma2[p] == pytest.approx(mean, rel=1e-9)
        standard = error / np.sqrt(variance) * np.sqrt(mean)
        np.testing.assert_allclose(found.residuals[p, seen], standard, rtol=1e-6)
        assert np.isnan(found.residuals[p, ~seen]).all()
        first = omega + a * error[-1] ** 2 + b * variance[-1]
        level, steps = omega / (1 - a - b), np.arange(ahead[p] - 1, ahead[p] - 1 + W)
        forecast = level + (a + b) ** steps * (first - level)  # closed form of the recursion
        design, event = (np.column_stack([np.ones(len(m)), m]) for m in (right, x[p, length:]))
        spread = np.linalg.inv(design.T @ design)
        leverage = np.einsum("wi,ij,wj->w", event, spread, event)
        np.testing.assert_allclose(found.variance[p], forecast + mean * leverage, rtol=1e-6)
        abnormal = y[p, length:] - alpha - beta * x[p, length:]
        np.testing.assert_allclose(found.abnormal[p], abnormal, atol=1e-9)
        for g, inside in enumerate(members[p] if own else members):
            chosen = (inside > 0) & np.isfinite(abnormal)
            assert found.car[p, g] == pytest.approx(abnormal[chosen].sum(), abs=1e-9)
            moved = event[chosen].sum(axis=0)
            expected = forecast[chosen].sum() + mean * moved @ spread @ moved
            assert found.car_variance[p, g] == pytest.approx(expected, rel=1e-6)
    for value in (-0.004, 0.0):  # a market that stands still
        parts = parts[0], np.full_like(parts[1], value), *parts[2:]
        assert np.isnan(KERNELS["garch"](*parts, members, None, None, ahead).sigma2).all()


def two_markets() -> tuple[tuple[Market, Market], PairList, Windows]:
    """Seven pairs in two markets of 60 sessions, with a missing day, a constant and zeros."""
    rng = np.random.default_rng(2)
    markets = []
    for m in range(2):
        x, returns = rng.normal(0, 0.01, (1, 1, 60)), rng.normal(0, 0.02, (4, 60))
        returns[0, [12, 15]], returns[1, 14], returns[2, :40] = 0.0, np.nan, 0.01 / 3
        x[0, 0, 20 + m] = np.nan
        returns[3] = 2 * x[0, 0]
        markets.append(Market(
            exchange="", sessions=pd.bdate_range("2020-01-01", periods=60), rows=np.arange(60),
            securities=np.arange(4), returns=returns, regressors=x, set_of=np.zeros(4, dtype=int),
            spans=np.ones(returns.shape, dtype=np.int16),
        ))  # fmt: skip
    row, market = np.array([0, 1, 2, 0, 3, 1, 2]), np.array([0, 1, 0, 1, 1, 0, 1])
    pairs = replace(PairList.of_rows(row, np.full(7, 45)), market=market)
    return (*markets,), pairs, Windows.of((-40, -10), np.array([0]), np.array([2]))  # type: ignore[return-value]


@pytest.mark.parametrize("model", ["raw", "mean", "market_adjusted", "market"])
def test_what_is_held_of_the_estimation_is_of_the_matched_days_of_each_pair(model: str) -> None:
    markets, pairs, windows = two_markets()
    fit = fit_pairs(model, markets, pairs, np.arange(7) % 2 == 0, windows)
    assert fit.constant.tolist() == [False, False, True, False, False, False, True]
    for p in range(7):
        market, row = markets[pairs.market[p]], pairs.row[p]
        y, x = market.returns[row, 5:36], market.regressors[0, 0, 5:36]
        seen = np.isfinite(y + x) if model.startswith("market") else np.isfinite(y)
        y, x = y[seen], x[seen]
        design = np.column_stack([np.ones(len(y)), x])[:, : {"market": 2, "mean": 1}.get(model, 0)]
        left = y - x if model == "market_adjusted" else y
        errors = left - design @ np.linalg.lstsq(design, left, rcond=None)[0]
        assert fit.mean_square[p] == pytest.approx((y**2).mean(), rel=1e-9)
        assert fit.total[p] == pytest.approx(((y - y.mean()) ** 2).sum(), rel=1e-9, abs=1e-15)
        np.testing.assert_array_equal(fit.returns[p], market.returns[row, 45:48])
        if np.abs(errors).max() > 1e-9:  # else their signs are rounding
            assert fit.positive[p] == (errors > 0).sum()


@pytest.mark.parametrize(("many", "told"), [(6, True), (7, False)])
def test_a_bar_is_shown_of_more_than_many_pairs_where_it_is_asked_for(
    many: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[tuple[bool, list[int]]] = []

    @contextmanager
    def bar(label: str, total: int, unit: str, *, wanted: bool) -> Iterator[Any]:
        assert (label, total, unit) == ("fit", 7, "pairs")
        bars.append((wanted, []))
        yield bars[-1][1].append

    for name, value in {"progress_bar": bar, "MANY": many, "CHUNK": 2}.items():
        monkeypatch.setattr(estimate, name, value)
    markets, pairs, windows = two_markets()
    for asked in ({}, {"progress": False}, {"progress": True}):
        fit_pairs("mean", markets, pairs, np.ones(7, dtype=bool), windows, **asked)
    assert bars == [(False, [2, 4, 6, 7])] * 2 + [(told, [2, 4, 6, 7])]


@pytest.mark.parametrize("model", ["market_adjusted", "market", "mean", "raw"])
def test_no_session_has_a_variance_where_returns_do_not_vary_or_are_explained(model: str) -> None:
    (market, _), _, windows = two_markets()
    returns = market.returns.copy()
    returns[0], returns[1] = 0.0, market.regressors[0, 0]
    still = replace(market, returns=returns)
    [(car, variance)] = every_session(
        (still,), model, windows.estimation, [(0, 2)], 20, spans=True, at=np.array([44, 45])
    )
    for row, exact in enumerate([True, model.startswith("market"), True, model == "market"]):
        assert np.isfinite(car[0, row]).all()
        assert np.isnan(variance[0, row]).all() == exact, row


@pytest.mark.parametrize("spanned", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("model", ["raw", "market_adjusted"])
def test_what_is_not_estimated_has_the_mean_square_for_its_variance(
    model: str, gaps: bool, spanned: bool
) -> None:
    y, x, ye, xe, s, se = synthetic(gaps)
    own = slice(0, 1) if model == "market_adjusted" else slice(0, 0)
    given = (s, se) if spanned else (None, None)
    found = KERNELS[model](y, x[:, own], ye, xe[:, own], OWN, *given)
    left, event = (y - x[:, 0], ye - xe[:, 0]) if model == "market_adjusted" else (y, ye)
    left = left / np.sqrt(s) if spanned else left
    weight = se if spanned else np.ones_like(se)
    np.testing.assert_allclose(found.residuals, left, atol=1e-15)
    np.testing.assert_allclose(found.abnormal, event, atol=1e-15)
    assert found.coefficients.shape == (P, 0)
    for p in range(P):
        sigma2 = np.nanmean(left[p] ** 2)
        assert found.sigma2[p] == pytest.approx(sigma2, rel=1e-12)
        assert found.n_obs[p] == np.isfinite(left[p]).sum()
        known = np.isfinite(event[p])
        np.testing.assert_allclose(found.variance[p, known], sigma2 * weight[p, known], rtol=1e-12)
        assert np.isnan(found.variance[p, ~known]).all()
        for g in range(2):
            chosen = (OWN[p, g] > 0) & known
            assert found.car[p, g] == pytest.approx(event[p, chosen].sum(), abs=1e-12)
            expected = sigma2 * weight[p, chosen].sum()
            assert found.car_variance[p, g] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("gaps", [False, True])
def test_scholes_and_williams_add_up_the_slopes_on_neighbours(gaps: bool) -> None:
    y, x, ye, xe, *_ = synthetic(gaps, 3)
    found = general.fit_scholes_williams(y, x, ye, xe[:, 1], SAME)
    for p in range(P):
        seen = np.isfinite(y[p]) & np.isfinite(x[p]).all(axis=0)
        own, market = y[p, seen], x[p][:, seen]
        slopes = [np.cov(m, own)[0, 1] / m.var(ddof=1) for m in market]
        beta = sum(slopes) / (1 + 2 * np.corrcoef(market[1], market[0])[0, 1])
        alpha = own.mean() - beta * market[1].mean()
        np.testing.assert_allclose(found.coefficients[p], [alpha, beta], rtol=1e-8)
        errors = own - alpha - beta * market[1]
        sigma2 = errors @ errors / (seen.sum() - 2)
        assert found.sigma2[p] == pytest.approx(sigma2, rel=1e-8)
        np.testing.assert_allclose(found.residuals[p, seen], errors, atol=1e-12)
        away = xe[p, 1] - market[1].mean()
        sxx = ((market[1] - market[1].mean()) ** 2).sum()
        variance = sigma2 * (1 + 1 / seen.sum() + away**2 / sxx)
        known = np.isfinite(found.abnormal[p])
        np.testing.assert_allclose(found.variance[p, known], variance[known], rtol=1e-8)


def test_what_each_model_reads_and_estimates() -> None:
    found = {
        name: (model.regressors, model.estimated, model.spans) for name, model in MODELS.items()
    }
    assert found == {
        "raw": ("", 0, False), "mean": ("", 1, True), "market_adjusted": ("benchmark", 0, True),
        "market": ("benchmark", 2, True), "scholes_williams": ("benchmark", 2, False),
        "dimson": ("benchmark", 1, False), "factors": ("factors", 1, True),
        "garch": ("benchmark", 2, False), "synthetic": ("donors", -1, False),
        "synthetic_market": ("donors", 2, True),
    }  # fmt: skip


def test_conventions_are_compared_on_the_events_whose_session_differs() -> None:
    returns = synthetic_returns(400, 3)
    day = [str(returns.index[row].date()) for row in (300, 310, 320, 330, 340)]
    events = pd.DataFrame({
        "event_id": list("abc"), "date": [day[1], day[2], day[3]],
        "effective_date": [day[1], day[3], day[4]], "reported_date": [day[0], day[2], day[3]],
    })  # fmt: skip
    found = compare_dates(returns, events, benchmark="MKT", windows=[(0, 1)]).set_index("date")
    assert found["n_events"].to_dict() == {
        "latest": 3, "earliest": 3, "effective": 3, "reported": 3, "effective, if later": 2,
        "reported, if earlier": 1,
    }  # fmt: skip
    one = EventStudy(returns, [day[0]], "MKT", windows=[(0, 1)]).fit()
    row = found.loc["reported, if earlier"]
    assert (row["caar"], row["n_pairs"]) == (pytest.approx(one.car["car"].mean()), 3)
