"""Breaks, criteria, tests and intervals are those of the papers and of R (tests/data/breaks)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import rareearth_research as rer
from rareearth_research.dynamics.breaks.intervals import argmax_cdf, break_intervals
from rareearth_research.dynamics.breaks.partitions import segments
from rareearth_research.dynamics.breaks.wald import cusum, long_run, one_break, p_value, sup_f
from tests.support.break_series import reference, reference_series

pytestmark = pytest.mark.filterwarnings("ignore:.*as persistent as the level")

STRUCCHANGE, MBREAKS = reference("strucchange"), reference("mbreaks")
MODELS = [(name, model) for name, models in STRUCCHANGE.items() for model in models]
each_model = pytest.mark.parametrize(("name", "model"), MODELS)
CASES = [(n, m, e) for n, models in MBREAKS["results"].items() for m in models for e in models[m]]


def found(name: str, model: str) -> Any:
    """`find_breaks` for a model of the reference: level, trend, changes, or own past."""
    series = reference_series(name)
    if model == "ar1":
        return rer.find_breaks(series[1:], regressors=series.shift()[1:])
    series = series.diff()[1:] if model == "dlog" else series
    return rer.find_breaks(series, trend=model == "trend")


@each_model
def test_partitions_equal_those_of_strucchange(name: str, model: str) -> None:
    ours, theirs = found(name, model), STRUCCHANGE[name][model]
    # its recursion lost three digits where a regressor is the series' own past
    precise = 1e-9 if model == "ar1" else 1e-10
    np.testing.assert_allclose(ours.table["rss"], theirs["rss"], rtol=precise)
    np.testing.assert_allclose(ours.table["bic"], theirs["bic"], rtol=1e-9)
    rows = [breaks[0].tolist() for breaks in ours.regimes.parts.breaks[1:]]
    assert rows == theirs["breaks"]


@each_model
@pytest.mark.parametrize(
    ("kind", "level", "same"),
    [("different_95", 0.95, False), ("different_90", 0.9, False), ("alike_95", 0.95, True)],
)
def test_intervals_equal_those_of_strucchange(
    name: str, model: str, kind: str, level: float, same: bool
) -> None:
    asked = found(name, model).regimes
    for theirs, breaks in zip(STRUCCHANGE[name][model][kind], asked.parts.breaks[1:], strict=True):
        ours = break_intervals(asked.y, asked.x, breaks[0], level, same=same)
        np.testing.assert_array_equal(ours, np.array(theirs, dtype=float))


@each_model
def test_paths_reach_the_statistics_of_strucchange(name: str, model: str) -> None:
    ours, theirs = found(name, model), STRUCCHANGE[name][model]
    assert ours.paths["cusum"].abs().max() == pytest.approx(theirs["cusum"], rel=1e-9)
    assert ours.paths["sup_f"].max() == pytest.approx(theirs["sup_f"], rel=1e-8)
    known = ours.asymptotic.set_index("test")["p_value"]
    assert known["OLS-CUSUM"] == pytest.approx(theirs["cusum_p"], abs=1e-9)


def test_the_nile_broke_in_1898() -> None:
    """Bai & Perron (2003) and every textbook since: one break, 1898, interval 1895 to 1902."""
    ours = rer.find_breaks(reference_series("nile"))
    assert ours.n_breaks == 1
    assert ours.breaks.loc[0, ["date", "lower", "upper"]].tolist() == [1898, 1895, 1902]


def test_the_us_real_rate_is_that_of_bai_and_perron() -> None:
    """Bai & Perron (2003), table 1: supF, supF(l+1|l) and three breaks, 24, 47 and 79."""
    ours = rer.find_breaks(reference_series("us_real_rate"))
    hac = ours.asymptotic[ours.asymptotic["errors"] == "hac"].set_index("test")["statistic"]
    printed = [57.91, 43.01, 33.32, 24.77, 18.33]
    assert hac[[f"supF({m})" for m in range(1, 6)]].round(2).tolist() == printed
    more = hac[["supF(2|1)", "supF(3|2)", "supF(4|3)"]].round(2).tolist()
    assert more == [33.93, 14.72, 0.03]
    assert ours.choices.set_index("rule")["n_breaks"]["sequential_hac"] == 3
    assert ours.regimes.ends(3)[1:-1] == [24, 47, 79]


@pytest.mark.parametrize(("name", "model", "errors"), CASES)
def test_tests_equal_those_of_mbreaks(name: str, model: str, errors: str) -> None:
    ours, theirs = found(name, model), MBREAKS["results"][name][model][errors]
    mine = ours.asymptotic[ours.asymptotic["errors"] == errors].set_index("test")["statistic"]
    sup_f = mine[[f"supF({m})" for m in range(1, 6)]]
    np.testing.assert_allclose(sup_f, theirs["sup_f"], rtol=1e-9)
    assert mine["UDmax(5)"] == pytest.approx(max(theirs["sup_f"]), rel=1e-9)
    more = mine[[f"supF({m + 1}|{m})" for m in range(1, 5)]].fillna(0)
    np.testing.assert_allclose(more, theirs["one_more"][1:], rtol=1e-6)
    chosen = ours.choices.set_index("rule")["n_breaks"]
    assert chosen[["bic", "lwz", "kt"]].to_dict() == theirs["chosen"]


def test_critical_values_are_those_of_bai_and_perron_within_eight_per_cent() -> None:
    """Their tables, trimming 0.15; both are simulated, theirs from 1,000 rows, ours from 400."""
    known = MBREAKS["critical_values"]
    named = {
        **{(f"supF({m})", q, 1): [row[m - 1] for row in known["sup_f"][q]]
           for m in range(1, 6) for q in ("1", "2")},
        **{("UDmax(5)", q, 1): known["ud_max"][q] for q in ("1", "2")},
        # supF(l+1|l) is the largest of l + 1 independent tests (1998, proposition 7)
        **{("supF(1)", "1", times): [row[times - 1] for row in known["one_more"]["1"]]
           for times in range(1, 6)},
    }  # fmt: skip
    for (test, q, times), values in named.items():
        for level, value in zip(known["levels"], values, strict=True):
            low, high = (
                p_value(test, scale * value, False, int(q), 0.15, times) for scale in (0.92, 1.08)
            )
            assert low > level > high, (test, q, times, level)


def test_sup_f_p_values_are_near_those_of_hansen() -> None:
    """Hansen (1997), whose approximation is asymptotic: p 0.115 for molybdenum's changes."""
    theirs = STRUCCHANGE["molybdenum"]["dlog"]
    ours = p_value("supF(1)", theirs["sup_f"], False, 1, 0.15)
    assert ours == pytest.approx(theirs["sup_f_p"], abs=0.02)


@pytest.mark.parametrize(("ratio", "variance"), [(1.0, 1.0), (2.0, 0.5), (0.6, 1.7)])
def test_the_distribution_of_the_break_is_that_of_a_simulated_argmax(
    ratio: float, variance: float
) -> None:
    """Bai (1997): W₁(−s) − |s|/2 before the break, √φ W₂(s) − ξ s/2 after it, φ = ξ · variance."""
    rng, steps, step, paths = np.random.default_rng(3), 8_000, 0.01, 1_000
    sides = []
    for drift, spread in ((0.5, 1.0), (ratio / 2, np.sqrt(ratio * variance))):
        moves = spread * np.sqrt(step) * rng.normal(size=(paths, steps)) - drift * step
        sides.append(moves.cumsum(axis=1))
    left, right = (side.argmax(axis=1) * step for side in sides)
    highest = [np.maximum(side.max(axis=1), 0) for side in sides]
    at = np.where(highest[0] > highest[1], -left, right)
    for s in (-4.0, -1.0, 1.0, 4.0):
        assert np.mean(at <= s) == pytest.approx(argmax_cdf(s, ratio, variance), abs=0.05)


def test_a_partition_is_the_best_of_all() -> None:
    """Every partition of a short synthetic series into three regimes, by brute force."""
    series = pd.Series(np.random.default_rng(5).normal(size=36), range(1960, 1996))
    asked = rer.find_breaks(series, max_breaks=2, trim=0.17, trend=True).regimes

    def rss(start: int, end: int) -> float:
        x, y = asked.x[start:end], asked.y[start:end]
        return float(np.square(y - x @ np.linalg.lstsq(x, y, rcond=None)[0]).sum())

    spans = [(a, b) for a in range(6, 25) for b in range(a + 6, 31)]
    sums = [sum(rss(*ends) for ends in pairwise([0, a, b, 36])) for a, b in spans]
    assert asked.parts.rss[0, 2] == pytest.approx(min(sums), rel=1e-12)
    assert asked.ends(2)[1:-1] == list(spans[int(np.argmin(sums))])


@pytest.mark.parametrize("breaks", [[30], [20, 55]])
@pytest.mark.parametrize("hac", [False, True])
def test_f_of_two_coefficients_is_wald_s_with_their_covariance_written_out(
    breaks: list[int], hac: bool
) -> None:
    rng = np.random.default_rng(3)
    y, x = rng.normal(size=80).cumsum(), np.column_stack([np.ones(80), rng.normal(size=80)])
    m, slopes, blocks, rss = len(breaks), [], [], 0.0
    for a, b in pairwise([0, *breaks, 80]):
        own, inverse = x[a:b], np.linalg.inv(x[a:b].T @ x[a:b])
        slopes += [*np.linalg.lstsq(own, y[a:b], rcond=None)[0]]
        errors = y[a:b] - own @ slopes[-2:]
        rss += errors @ errors
        scores = own * errors[:, None]
        blocks.append((b - a) * inverse @ long_run(scores) @ inverse if hac else inverse)
    v = np.zeros((2 * m + 2, 2 * m + 2))
    for i, block in enumerate(blocks):
        v[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block if hac else block * rss / 80
    r = np.kron(np.eye(m + 1)[:-1] - np.eye(m + 1)[1:], np.eye(2))
    gap = r @ slopes
    wald = gap @ np.linalg.inv(r @ v @ r.T) @ gap
    expected = (80 - (m + 1) * 2) / (80 * m) * wald
    assert sup_f(y, x, breaks, hac) == pytest.approx(expected, rel=1e-8)


def test_cumulated_residuals_are_over_their_spread_with_degrees_of_freedom() -> None:
    y, x = np.random.default_rng(4).normal(size=40), np.column_stack([np.ones(40), np.arange(40.0)])
    fit = sm.OLS(y, x).fit()
    expected = fit.resid.cumsum() / np.sqrt(fit.ssr / 38 * 40)
    np.testing.assert_allclose(cusum(y, x), expected, rtol=1e-9, atol=1e-12)


def test_long_run_covariances_are_those_of_andrews_and_monahan_written_out() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(60, 2)).cumsum(axis=0) * 0.3 + rng.normal(size=(60, 2))
    slopes = np.linalg.lstsq(scores[:-1], scores[1:])[0]
    white = scores[1:] - scores[:-1] @ slopes
    top, bottom = 0.0, 0.0
    for column in white.T:
        rho = (column[:-1] @ column[1:]) / (column[:-1] @ column[:-1])
        variance = np.mean((column[1:] - rho * column[:-1]) ** 2)
        top += 4 * rho**2 * variance**2 / (1 - rho) ** 8
        bottom += variance**2 / (1 - rho) ** 4
    bandwidth = 1.3221 * (59 * top / bottom) ** 0.2
    middle = np.zeros((2, 2))
    for s, t in np.ndindex(59, 59):
        x = 6 * np.pi * (s - t) / bandwidth / 5
        weight = 1.0 if s == t else 3 / x**2 * (np.sin(x) / x - np.cos(x))
        middle += weight * np.outer(white[s], white[t])
    colour = np.linalg.inv(np.eye(2) - slopes.T)
    expected = colour @ middle @ colour.T / 57  # rows less regressors
    np.testing.assert_allclose(long_run(scores), expected, rtol=1e-9)


@pytest.mark.parametrize("end", [34, 35, 36, 50])
def test_the_best_break_of_a_regime_leaves_ten_rows_on_either_side(end: int) -> None:
    y = np.random.default_rng(5).normal(size=60)
    costs = segments(y[:, None], np.ones((60, 1)), 10)[0]
    rss = {at: y[15:at].var() * (at - 15) + y[at:end].var() * (end - at)
           for at in range(25, end - 9)}  # fmt: skip
    assert one_break(costs, 15, end) == (min(rss, key=rss.__getitem__) if rss else None)
