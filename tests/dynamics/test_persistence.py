"""The autoregression behind the guard, equation by equation, as statsmodels and a loop have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from rareearth_research.dynamics.breaks import persistence
from rareearth_research.dynamics.breaks.persistence import Null, fit_null
from tests.support.break_series import synthetic_walk

WALK = synthetic_walk(6, 90).to_numpy()
TREND = pytest.mark.parametrize("trend", [False, True])


def rows_of(y: np.ndarray, lags: int, trend: bool, from_row: int) -> tuple[np.ndarray, np.ndarray]:
    """Changes, and beside them the level before, changes before, one and a line, row by row."""
    rows = range(from_row + 1, len(y))
    left = np.array([y[t] - y[t - 1] for t in rows])
    right = np.array([
        [y[t - 1], *(y[t - i] - y[t - i - 1] for i in range(1, lags + 1)), 1.0, *[t] * trend]
        for t in rows
    ])  # fmt: skip
    return left, right


@TREND
@pytest.mark.parametrize("lags", [0, 1, 3])
def test_roots_and_lags_of_several_series_are_those_of_least_squares(
    lags: int, trend: bool
) -> None:
    both = np.column_stack([WALK, np.random.default_rng(1).normal(size=90)])
    roots, gammas = persistence._roots(both, lags, trend)
    for b, y in enumerate(both.T):
        fit = sm.OLS(*rows_of(y, lags, trend, lags)).fit()
        assert roots[b] == pytest.approx(1 + fit.params[0], rel=1e-9)
        np.testing.assert_allclose(gammas[:, b], fit.params[1 : lags + 1], rtol=1e-8)


@TREND
@pytest.mark.parametrize("lags", range(5))
def test_every_number_of_lags_is_judged_on_the_rows_that_four_leave(lags: int, trend: bool) -> None:
    left, right = rows_of(WALK, lags, trend, 4)
    fit = sm.OLS(left, right).fit()
    bic = len(left) * np.log(fit.ssr) + right.shape[1] * np.log(len(left))
    assert persistence._bic(WALK, lags, trend) == pytest.approx(bic, rel=1e-12)


@pytest.mark.parametrize("root", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("gammas", [[], [0.4], [0.3, -0.5, 0.1]])
def test_an_autoregression_of_changes_is_one_of_the_levels(
    root: float, gammas: list[float]
) -> None:
    # 1 − ρL − Σ γ_i L^i (1 − L)
    known = np.zeros(len(gammas) + 2)
    known[:2] = 1.0, -root
    for i, gamma in enumerate(gammas, 1):
        known[i : i + 2] -= gamma, -gamma
    np.testing.assert_allclose(persistence._polynomial(root, np.array(gammas)), known, atol=1e-15)


def test_changes_that_explode_are_left_out_and_those_of_rounding_are_not() -> None:
    for gamma, kept in ((1 + 5e-7, True), (1 + 2e-6, False)):  # the roots are 1 and gamma
        found = persistence._polynomial(1.0, np.array([gamma]))
        np.testing.assert_allclose(found, [1, -1 - gamma, gamma] if kept else [1, -1, 0])


@pytest.mark.parametrize(("root", "trend"), [(0.6, False), (0.6, True), (1.0, True)])
def test_with_a_root_given_the_rest_is_least_squares_and_a_walk_has_no_line(
    root: float, trend: bool
) -> None:
    found = persistence._given(WALK, root, 2, trend)
    left, right = rows_of(WALK, 2, trend and root < 1, 2)
    target, right = left - (root - 1) * right[:, 0], right[:, 1:]
    fit = sm.OLS(target, right).fit()
    polynomial = persistence._polynomial(root, fit.params[:2])
    np.testing.assert_allclose(found.coefficients, -polynomial[1:], rtol=1e-9)
    np.testing.assert_allclose(found.drift, right[:, 2:] @ fit.params[2:], rtol=1e-9)
    scale = np.sqrt(len(left) / (len(left) - right.shape[1]))
    np.testing.assert_allclose(found.residuals, fit.resid * scale, atol=1e-12)
    assert found.root == root
    assert found.start.tolist() == WALK[:3].tolist()


def test_a_drawn_series_goes_on_from_the_observed_start_as_a_loop_does() -> None:
    null = Null(
        0.9, np.array([0.5, 0.3]), np.linspace(1, 2, 8), np.array([-1.0, 0.5]), np.array([3.0, 5.0])
    )
    shocks = np.random.default_rng(3).choice(null.residuals, (8, 4))
    expected = np.tile([[3.0], [5.0]], 4).tolist()
    for drift, row in zip(null.drift, shocks, strict=True):
        expected.append(0.5 * np.array(expected[-1]) + 0.3 * np.array(expected[-2]) + drift + row)
    drawn = null.draw(4, np.random.default_rng(3))
    np.testing.assert_allclose(drawn, np.array(expected), rtol=1e-12)


@pytest.mark.parametrize(("rows", "draws"), [(90, 200), (800, 125), (2500, 50)])
def test_the_root_is_the_one_whose_estimates_have_the_observed_one_as_median(
    rows: int, draws: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = np.zeros(rows)
    for t, shock in enumerate(np.random.default_rng(8).normal(size=rows - 1), 1):
        y[t] = 0.85 * y[t - 1] + 0.3 * (y[t - 1] - y[t - 2]) * (t > 1) + shock
    lags = min(range(5), key=lambda p: persistence._bic(y, p, False))
    own = sm.OLS(*rows_of(y, lags, False, lags)).fit().params
    shocks = np.random.default_rng(0).normal(size=(100 + rows, draws))
    roots, medians = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0], []
    for root in roots:
        coefficients = -persistence._polynomial(root, own[1 : 1 + lags])[1:]
        path = np.zeros((len(shocks) + len(coefficients), draws))
        for t, shock in enumerate(shocks, len(coefficients)):
            path[t] = shock + sum(c * path[t - j] for j, c in enumerate(coefficients, 1))
        medians.append(np.median(persistence._roots(path[-rows:], lags, False)[0]))
    assert lags > 0
    assert (np.diff(medians) > 0).all()
    given: list[Any] = []
    monkeypatch.setattr(persistence, "_given", lambda *arguments: given.append(arguments))
    fit_null(y, False, np.random.default_rng(0))
    assert given[0][1:] == (pytest.approx(np.interp(1 + own[0], medians, roots), rel=1e-9), lags,
                            False)  # fmt: skip
