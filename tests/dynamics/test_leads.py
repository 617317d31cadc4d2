"""Leads, their bands and Granger's test, each as a loop or statsmodels has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import zscore

import rareearth_research as rer
from rareearth_research.dynamics import leads
from rareearth_research.errors import SpecificationError

DAYS = pd.bdate_range("2020-01-01", periods=120)


def pair(rows: int = 120, lead: int = 0) -> list[pd.Series]:
    """Two synthetic series, the first `lead` rows before the second."""
    rng = np.random.default_rng(5)
    base = rng.normal(size=rows + abs(lead))
    first, second = base[max(lead, 0) :][:rows], base[max(-lead, 0) :][:rows]
    noise = rng.normal(0, 0.5, (2, rows))
    return [
        pd.Series(x + own, DAYS[:rows], name=name)
        for x, own, name in zip((first, second), noise, ("early", "late"), strict=True)
    ]


def test_correlations_at_leads_are_sums_of_products_about_the_means() -> None:
    a, b = np.random.default_rng(1).normal(2, 3, (2, 4, 30))
    expected = np.zeros((4, 7))
    for row, (x, y) in enumerate(zip(a, b, strict=True)):
        x, y = x - x.mean(), y - y.mean()
        for k in range(-3, 4):
            products = [x[t] * y[t + k] for t in range(30) if 0 <= t + k < 30]
            expected[row, k + 3] = sum(products) / np.sqrt((x @ x) * (y @ y))
    np.testing.assert_allclose(leads._correlations(a, b, 3), expected, rtol=1e-12)


@pytest.mark.parametrize("mean", [1, 4])
def test_blocks_go_on_from_where_they_began_around_the_end(mean: int) -> None:
    found = leads._blocks(np.random.default_rng(2), 3, 40, mean)
    rng = np.random.default_rng(2)
    begins, starts = rng.random((3, 40)) < 1 / mean, rng.integers(0, 40, (3, 40))
    for row in range(3):
        at = starts[row, 0]
        for t in range(40):
            at = starts[row, t] if t == 0 or begins[row, t] else (at + 1) % 40
            assert found[row, t] == at


def test_granger_is_the_robust_wald_test_of_a_formula() -> None:
    a, b = pair(lead=1)
    frame = pd.DataFrame({"own": b, "other": a})
    for j in (1, 2, 3):
        frame[f"own{j}"], frame[f"other{j}"] = b.shift(j), a.shift(j)
    formula = "own ~ own1 + own2 + own3 + other1 + other2 + other3"
    fit = smf.ols(formula, frame.dropna()).fit(cov_type="HC1")
    theirs = fit.f_test("other1 = other2 = other3 = 0")
    ours = leads._granger(a.to_numpy(), b.to_numpy(), 3)
    assert ours == pytest.approx((float(theirs.fvalue), float(theirs.pvalue)), rel=1e-8)


def test_granger_of_a_series_and_its_own_past_is_no_number() -> None:
    a = pair()[0].to_numpy()
    assert np.isnan(leads._granger(a[1:], a[:-1], 1)).all()


def test_a_series_that_goes_ahead_and_follows_alike_does_neither() -> None:
    white = np.random.default_rng(5).normal(size=122)
    both = pd.Series(white[:-2] + white[2:], DAYS, name="around")
    found = rer.lead_lag(pd.Series(white[1:-1], DAYS, name="own"), both, 4, draws=99)
    beyond = found.table.loc[found.table["correlation"] > found.table["joint_upper"], "lead"]
    assert beyond.tolist() == [-1, 1]
    assert found.ahead == 0


@pytest.mark.parametrize("lead", [-2, 0, 3])
def test_bands_and_p_values_are_those_of_series_drawn_apart(lead: int) -> None:
    first, second = pair(lead=lead)
    found = rer.lead_lag(first, second, 4, lags=2, draws=120, level=0.9, seed=3)
    a, b, rng = zscore(first.to_numpy()), zscore(second.to_numpy()), np.random.default_rng(3)
    drawn = []
    for count in (50, 50, 20):  # blocks of ⌈120^(1/3)⌉ rows
        rows = [leads._blocks(rng, count, 120, 5) for _ in range(2)]
        drawn.append(leads._correlations(a[rows[0]], b[rows[1]], 4))
    unrelated = np.concatenate(drawn)
    size, skew = np.abs(unrelated), np.abs(unrelated - unrelated[:, ::-1]).max(axis=1)
    own = leads._correlations(a[None], b[None], 4)[0]
    table = found.table
    assert table["lead"].tolist() == list(range(-4, 5))
    np.testing.assert_allclose(table["correlation"], own, rtol=1e-12)
    for sign, end in ((-1, "lower"), (1, "upper")):
        np.testing.assert_allclose(table[end], sign * np.quantile(size, 0.9, axis=0), rtol=1e-12)
        joint = np.quantile(size.max(axis=1), 0.9)
        np.testing.assert_allclose(table[f"joint_{end}"], sign * joint, rtol=1e-12)
    as_large = (size >= np.abs(own)).sum(axis=0)
    np.testing.assert_allclose(table["p_value"], (1 + as_large) / 121, rtol=1e-12)
    told = [k for k in range(-4, 5) if abs(own[k + 4]) > joint
            and abs(own[k + 4]) - abs(own[4 - k]) > np.quantile(skew, 0.9)]  # fmt: skip
    assert told == [lead] * (lead != 0)
    assert found.ahead == lead
    assert found.tests["statistic"].tolist() == [
        leads._granger(a, b, 2)[0],
        leads._granger(b, a, 2)[0],
    ]


@pytest.mark.parametrize(("max_lag", "lags", "least"), [(6, 1, 42), (1, 6, 42), (1, 1, 32)])
def test_rows_are_needed_for_leads_and_lags_both_ways_and_thirty_more(
    max_lag: int, lags: int, least: int
) -> None:
    options = {"max_lag": max_lag, "lags": lags, "draws": 99}
    assert rer.lead_lag(*pair(least), **options).n == least
    with pytest.raises(SpecificationError, match=f"need {least}"):
        rer.lead_lag(*pair(least - 1), **options)


def test_rows_of_one_series_alone_are_counted() -> None:
    first, second = pair()
    found = rer.lead_lag(first[3:], second[:-2], 2, lags=1, draws=99)
    assert found.n == 115
    assert "5 rows that only one of the two has are not compared." in found.notes
    assert not any("only one" in note for note in rer.lead_lag(first, second, 2, draws=99).notes)
