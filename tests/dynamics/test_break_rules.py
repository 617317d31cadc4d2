"""Criteria, weights and paths of breaks, written out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import rareearth_research as rer
from rareearth_research.dynamics.breaks.guard import information
from rareearth_research.dynamics.breaks.partitions import partition, segments
from rareearth_research.dynamics.breaks.persistence import fit_null
from rareearth_research.dynamics.breaks.wald import TRIMS, p_value, weights
from tests.support.break_series import MONTHS, synthetic_shift

SHIFTED = synthetic_shift()


@pytest.mark.parametrize("trim", TRIMS)
def test_weights_make_five_per_cent_as_rare_with_any_number_of_breaks(trim: float) -> None:
    found = weights(False, 1, trim, 5)
    assert found[0] == 1
    one = brentq(lambda f: p_value("supF(1)", f, False, 1, trim) - 0.05, 1, 99)
    for m, weight in enumerate(found, 1):
        p = p_value(f"supF({m})", one / weight, False, 1, trim)
        room = (m + 1) * trim < 1.01
        assert p == pytest.approx(0.05 if room else np.nan, rel=1e-6, nan_ok=True)


def test_p_values_are_interpolated_between_the_trims_that_were_simulated() -> None:
    trims = (0.05, 0.1, 0.15, 0.2, 0.25)
    p = {trim: p_value("supF(1)", 8.0, False, 1, trim) for trim in (*trims, 0.04, 0.3)}
    assert (p[0.04], p[0.3]) == (p[0.05], p[0.25])
    for low, high in pairwise(trims):
        assert p[low] > p[high]
        between = p_value("supF(1)", 8.0, False, 1, (low + high) / 2)
        assert between == pytest.approx((p[low] + p[high]) / 2, rel=1e-9)


def test_what_regressors_explain_is_taken_off_before_persistence_is_told() -> None:
    rng = np.random.default_rng(4)
    driver, t = rng.normal(size=160).cumsum(), np.arange(160.0)
    series = 0.1 * t + 2 * driver + rng.normal(size=160)
    found = rer.find_breaks(
        pd.Series(series, MONTHS), 1, trend=True, regressors=pd.Series(driver, MONTHS)
    )
    slope = np.linalg.lstsq(np.column_stack([np.ones(160), t, driver]), series)[0][2]
    null = fit_null(series - slope * driver, True, np.random.default_rng([0, 0]))
    assert found.regimes.null.root == pytest.approx(null.root, abs=1e-9)


def test_the_weighted_largest_f_is_over_five_numbers_of_breaks_at_most() -> None:
    found = rer.find_breaks(SHIFTED, 6, 0.1)
    for errors, table in found.asymptotic.groupby("errors"):
        known = table.set_index("test")["statistic"]
        f = [known[f"supF({m})"] for m in range(1, 6)]
        assert known["UDmax(5)"] == max(f)
        weighted = np.multiply(f, weights(False, 1, 0.1, 5))
        assert known["WDmax(5)"] == weighted.max(), errors
    two = rer.find_breaks(SHIFTED, 2).asymptotic["test"].tolist()
    assert two[:5] == ["supF(1)", "supF(2)", "UDmax(2)", "WDmax(2)", "supF(2|1)"]
    assert "UDmax(1)" not in rer.find_breaks(SHIFTED, 1).asymptotic["test"].tolist()


def test_paths_hold_the_fit_of_each_regime_and_the_f_of_a_break_after_each_row() -> None:
    found = rer.find_breaks(SHIFTED)
    y, paths = SHIFTED.to_numpy(), found.paths
    assert paths["value"].tolist() == y.tolist()
    fitted = np.repeat([y[:80].mean(), y[80:].mean()], 80)
    np.testing.assert_allclose(paths["fitted"], fitted, rtol=1e-9)
    whole = y.var() * 160
    for row, f in enumerate(paths["sup_f"], 1):
        if 24 <= row <= 136:
            rss = y[:row].var() * row + y[row:].var() * (160 - row)
            assert f == pytest.approx(158 * (whole - rss) / rss, rel=1e-9)
        else:
            assert np.isnan(f)


@pytest.mark.parametrize(("scale", "shift"), [(1e-9, 0.0), (1.0, 1e10)])
def test_the_units_of_a_regressor_do_not_matter(scale: float, shift: float) -> None:
    driver = pd.Series(np.random.default_rng(8).normal(size=160), MONTHS)
    series = pd.Series(
        np.repeat([0.0, 2.0], [70, 90]) * driver.to_numpy()
        + np.random.default_rng(9).normal(size=160),
        MONTHS,
    )
    plain, other = (rer.find_breaks(series, 2, regressors=one)
                    for one in (driver, scale * driver + shift))  # fmt: skip
    np.testing.assert_allclose(other.table["rss"], plain.table["rss"], rtol=1e-4)
    np.testing.assert_allclose(other.paths["fitted"], plain.paths["fitted"], atol=1e-4)
    assert other.regimes.null.root == pytest.approx(plain.regimes.null.root, abs=1e-4)


def test_criteria_are_those_of_their_papers_written_out() -> None:
    y, q, n = np.random.default_rng(3).normal(size=(40, 2)), 2, 40
    y[:12, 1] = 3.0  # a regime without variation counts as 1e-12 of all
    x = np.column_stack([np.ones(n), np.linspace(-1, 1, n)])
    parts = partition(costs := segments(y, x, 8), 8, 2)
    found = information(costs, parts, q)
    for b in range(2):
        for m in range(3):
            ends, squares = [0, *parts.breaks[m][b], n], []
            for start, end in pairwise(ends):
                own, line = y[start:end, b], x[start:end]
                squares.append(np.square(own - line @ np.linalg.lstsq(line, own)[0]).sum())
            rss, log = sum(squares), np.log(n)
            floor = 1e-12 * np.square(y[:, b] - x @ np.linalg.lstsq(x, y[:, b])[0]).sum()
            rows = np.diff(ends)
            bic = n * (np.log(rss / n) + 1 + np.log(2 * np.pi)) + (m + 1) * (q + 1) * log
            lwz = np.log(rss / (n - (m + 1) * q - m)) + 0.299 * m * (q + 1) * log**2.1 / n
            kt = sum(r * np.log(max(s, floor) / r) + q * np.log(r)
                     for r, s in zip(rows, squares, strict=True)) + 2 * (m + 1) * log  # fmt: skip
            for name, value in (("bic", bic), ("lwz", lwz), ("kt", kt)):
                assert found[name][b, m] == pytest.approx(value, rel=1e-9)
